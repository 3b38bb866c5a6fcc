/* telling.h -- one plain sentence per unit: why tomorrow differs from usual.
 *
 * Tomorrow's 08:00 row of a unit's beds gets an explanation such as "6 more than
 * on a usual Tuesday 08:00 (25): +4 day after Memorial Day, +3 higher level of the
 * last two weeks, -1 everything else" (unusual.h).  Where the causes do not account
 * for the difference, but such differences are usual: "about as many as on a
 * usual Tuesday 08:00 (25, give or take 3)".  It is part of the row, so that tables,
 * brief and replay tell the same.
 *
 * Units    whole patients; what is told adds up.
 * Missing  no explanation: too few ordinary weeks are known, the row is withheld, or
 *          the difference is neither accounted for nor usual.
 * Threads  pure.
 */
#pragma once
#include "daemon/forecasting.h"
#include "forecast/model/unusual.h"

/* Give the plan's rows for tomorrow 08:00 their explanations. */
void telling_explain(const Snapshot *snapshot, const Forecasting *forecasting, const char *facility, Plan *plan);

/* The sentence for `expected` patients at a step; NULL when there is none that
 * can be trusted.  The caller frees it. */
char *telling_sentence(const Unusual *unusual, const Calendar *calendar, Grain grain, gint64 step, double expected);
