#include "tests/unit/plan/fixture.h"

static void rule_free(void *data)
{
    PlanRule *rule = data;
    g_strfreev(rule->may_send_to);
    g_free(rule->kind);
    g_free(rule->role);
    g_free(rule);
}

Fixture *fixture_new(gsize paths, gsize hours)
{
    Fixture *f = g_new0(Fixture, 1);
    f->settings.rules = g_ptr_array_new_with_free_func(rule_free);
    f->settings.shifts = g_ptr_array_new();
    f->settings.paths = (guint)paths;
    f->settings.over_limit = 0.3;
    f->units = g_array_new(FALSE, FALSE, sizeof(PlanUnit));
    f->rosters = g_array_new(FALSE, FALSE, sizeof(PlanRoster));
    f->shifts = g_array_new(FALSE, FALSE, sizeof(PlanShiftWindow));
    f->paths = g_ptr_array_new_with_free_func(g_free);
    f->hour_at = g_new(Instant, hours);
    for (gsize h = 0; h < hours; h++)
        f->hour_at[h] = FIXTURE_AS_OF + (Instant)h * INSTANT_HOUR;
    f->input = (PlanInput){.facility = "hill", .as_of = FIXTURE_AS_OF, .paths = paths, .hours = hours, .hour_at = f->hour_at,
                           .next_morning = 26, .settings = &f->settings};
    return f;
}

void fixture_free(Fixture *f)
{
    g_ptr_array_unref(f->settings.rules);
    g_ptr_array_unref(f->settings.shifts);
    g_array_unref(f->units);
    g_array_unref(f->rosters);
    g_array_unref(f->shifts);
    g_ptr_array_unref(f->paths);
    g_free(f->hour_at);
    g_free(f);
}

PlanRule *fixture_rule(Fixture *f, const char *kind, double ratio, guint floor, double cost_short, double cost_idle,
                       const char *may_send_to, guint escalation)
{
    PlanRule *rule = g_new0(PlanRule, 1);
    *rule = (PlanRule){g_strdup(kind), g_strdup("RN"), ratio, floor, cost_short, cost_idle, g_strsplit(may_send_to, ",", 0), escalation};
    g_ptr_array_add(f->settings.rules, rule);
    return rule;
}

float *fixture_unit(Fixture *f, const char *unit, const char *kind, double staffed, double census)
{
    float *path = g_new(float, f->input.paths * f->input.hours);
    for (gsize k = 0; k < f->input.paths * f->input.hours; k++)
        path[k] = (float)census;
    g_ptr_array_add(f->paths, path);
    PlanUnit row = {.unit = unit, .name = unit, .kind = kind, .staffed = staffed, .physical = MISSING, .blocked = 0,
                    .reserved = 0, .census = census, .status = ROW_OK, .data_as_of = FIXTURE_AS_OF - INSTANT_HOUR, .path = path};
    g_array_append_val(f->units, row);
    return path;
}

PlanUnit *fixture_unit_at(Fixture *f, guint index)
{
    return &g_array_index(f->units, PlanUnit, index);
}

void fixture_shift(Fixture *f, const char *name, gsize first, gsize last)
{
    PlanShiftWindow window = {name, FIXTURE_AS_OF + (Instant)first * INSTANT_HOUR, FIXTURE_AS_OF + (Instant)(last + 1) * INSTANT_HOUR,
                              first, last};
    g_array_append_val(f->shifts, window);
}

void fixture_roster(Fixture *f, const char *unit, const char *role, gsize from_hour, gsize to_hour, double scheduled)
{
    PlanRoster row = {unit, role, FIXTURE_AS_OF + (Instant)from_hour * INSTANT_HOUR, FIXTURE_AS_OF + (Instant)to_hour * INSTANT_HOUR,
                      scheduled};
    g_array_append_val(f->rosters, row);
}

const PlanInput *fixture_input(Fixture *f)
{
    f->input.unit = (const PlanUnit *)f->units->data;
    f->input.units = f->units->len;
    f->input.roster = (const PlanRoster *)f->rosters->data;
    f->input.rosters = f->rosters->len;
    f->input.shift = (const PlanShiftWindow *)f->shifts->data;
    f->input.shifts = f->shifts->len;
    return &f->input;
}
