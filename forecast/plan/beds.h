/* beds.h -- whether a unit's beds will do, a few hours and a night ahead.
 *
 * For each unit at 4 h, 12 h, 24 h and tomorrow 08:00: beds that can be used
 * (staffed - blocked - reserved), how many patients there will be, what is left
 * or lacking, how likely too few, and how many patients too many on average.
 * A target is the hour of the paths that holds the moment asked for.
 *
 * Missing  staffed beds unknown: census is given, the rest is MISSING and the
 *          row degraded.  Blocked or reserved unknown count as none, and the
 *          trace says so.  A withheld row has no numbers but `available`.
 * Threads  pure.
 */
#pragma once
#include "forecast/plan/plan.h"

/* Beds of a unit that can be used; MISSING when staffed is unknown.  Never
 * below 0, whatever is blocked. */
double beds_available(const PlanUnit *unit);

/* Index of the hour that a bed horizon falls into; FALSE when the paths end
 * before it. */
gboolean beds_hour(const PlanInput *input, int horizon, gsize *hour) G_GNUC_WARN_UNUSED_RESULT;

/* Append the unit's rows, one per horizon, to rows (BedRow).  `withheld` is why
 * there may be no numbers, NULL when there may. */
void beds_rows(const PlanInput *input, const PlanUnit *unit, const char *withheld, GArray *rows);
