#include "forecast/plan/settings.h"

const PlanRule *plan_rule_find(const PlanSettings *settings, const char *kind)
{
    for (guint r = 0; r < settings->rules->len; r++) {
        const PlanRule *rule = g_ptr_array_index(settings->rules, r);
        if (g_str_equal(rule->kind, kind))
            return rule;
    }
    return NULL;
}
