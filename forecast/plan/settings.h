/* settings.h -- what the hospital decides about staffing and beds.
 *
 * Plain rows, filled by config/ and handed to plan/.
 */
#pragma once
#include <glib.h>

typedef struct {
    char *kind;              /* kind of unit the rule is for, as in the units feed */
    char *role;              /* role whose roster it is compared with, such as RN */
    double patients_per_nurse; /* the ratio, > 0 */
    guint floor;             /* never fewer than this many */
    double cost_short;       /* cost of one nurse too few for a shift, any unit */
    double cost_idle;        /* cost of one nurse too many, same unit */
    char **may_send_to;      /* other kinds of unit that may take this kind's overflow, best first (its own kind always may, before them); NULL-terminated */
    guint escalation_beds;   /* physical beds that can be opened beyond the staffed ones */
} PlanRule;

typedef struct {
    char *name;          /* "day", "night" */
    guint starts;        /* minute of the civil day, 0..1439 */
    guint ends;          /* the same; at or before `starts` means next day */
} PlanShift;

typedef struct {
    GPtrArray *rules;    /* PlanRule, owned */
    GPtrArray *shifts;   /* PlanShift, owned */
    guint paths;         /* sample paths, 100..100000 */
    double over_limit;   /* chance of being over that calls for advice, 0..1; beds are planned at the quantile 1 - over_limit */
} PlanSettings;

/* The row for a kind of unit, or NULL. */
const PlanRule *plan_rule_find(const PlanSettings *settings, const char *kind);
