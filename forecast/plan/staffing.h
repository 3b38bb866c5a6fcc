/* staffing.h -- how many nurses a unit needs in each shift.
 *
 * Ratios hold at all times, so the shift's worst hour counts and never its
 * average: along every sample path the highest ceil(census / ratio) of the
 * shift, over the paths the quantile at the critical fractile
 * cost_short / (cost_short + cost_idle), and never fewer than the floor.
 *
 * A withheld row invents nothing: required, p50 and p90 are 0 and mean nothing,
 * fractile, census and gap are MISSING, and the reason says why.  What the
 * roster and the rule say (scheduled, floor) stays.
 *
 * Source   newsvendor fractile: Arrow, Harris, Marschak (1951), Econometrica 19(3);
 *          "at all times": California Code of Regulations, title 22, section 70217.
 * Threads  pure.
 */
#pragma once
#include "forecast/plan/plan.h"

/* Append the unit's rows, one per shift and rule of its kind, to rows
 * (StaffingRow).  `withheld` is why there may be no numbers, NULL when there may. */
void staffing_rows(const PlanInput *input, const PlanUnit *unit, const char *withheld, GArray *rows);

/* The critical fractile of a rule; MISSING when its costs name none. */
double staffing_fractile(const PlanRule *rule);
