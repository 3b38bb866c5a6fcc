/* allocation.h -- where to open beds and where to send patients, at the least penalty.
 *
 * A unit whose chance of being over exceeds the limit has patients to place: as
 * many as its census exceeds its beds by at the planning quantile, 1 -
 * over_limit.  They go, cheapest first, to escalation beds of the unit itself
 * (penalty 1), to units with beds left at the same quantile: those of the same
 * kind (5), those of kinds that the rule may send to (10 for the first kind in
 * the list, 20 for the second, ...),
 * or nowhere (dearer than any other way, so that nobody stays without a bed
 * while one can be reached).  The whole facility is settled at once, as a
 * transportation problem, which a unit-by-unit rule cannot do.
 *
 * It is done for 12 hours ahead, the moment the shift now being staffed must
 * prepare for, and for tomorrow 08:00, when the night's patients are in and the
 * day's discharges are not yet out.
 *
 * Source   Hitchcock (1941), J. Math. Phys. 20; a basic solution of a
 *          transportation problem with whole supplies and demands is whole,
 *          because its matrix is totally unimodular.  Solved by GLPK.
 * Threads  safe; calls wait for one another, because GLPK keeps one environment.
 */
#pragma once
#include "forecast/plan/plan.h"

enum { ALLOCATION_NOWHERE = 1000000, ALLOCATION_ESCALATE = 1, ALLOCATION_SAME_KIND = 5, ALLOCATION_STEP = 10 };

/* A way for patients of source `from` to beds of sink `to`. */
typedef struct {
    gsize from, to;
    double cost; /* per bed */
    int beds;    /* the answer */
} AllocationWay;

/* Choose `beds` of every way so that supply[sources] leaves completely, no
 * capacity[sinks] is exceeded and the cost is least.  *total is that cost.
 * PLAN_ERROR_SOLVER: there is no such choice, or GLPK gave up. */
gboolean allocation_solve(const int *supply, gsize sources, const int *capacity, gsize sinks, AllocationWay *way, gsize ways,
                          double *total, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Append the advice of a plan to rows (MoveRow).  withheld[units] says which
 * units have no numbers; these neither send nor receive. */
gboolean allocation_rows(const PlanInput *input, char *const *withheld, GArray *rows, GError **error) G_GNUC_WARN_UNUSED_RESULT;
