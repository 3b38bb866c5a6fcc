/* balance.h -- tomorrow's patients are today's, those who come, less those who leave.
 *
 * Where a unit's census, admissions and discharges are all forecast by the same
 * grain, they are made to balance (reconcile.h): at every step ahead the census
 * expected is the one before it plus the admissions less the discharges expected,
 * beginning with the last census known.  Whether a census is counted when the step
 * of its flows begins or when it ends is seen from where the forecasts begin.
 *
 * Flows that have not led from census to census in the past are not made to do so: a
 * hospital may count admissions without transfers, or not at all hours.
 *
 * Missing  a unit without one of the three, or whose last census is not known, is left alone.
 * Threads  pure.
 */
#pragma once
#include "daemon/forecasting.h"

/* Balance the units among items[n], all of one grain; totals are left to totals_draw(). */
void balance_units(ForecastItem *const *item, gsize n);

/* Did the flows lead from census to census?  `ahead` (0 or 1): the census after the flows of
 * step t is that of step t + ahead.  They did when all that they leave unexplained is below
 * half of how the census moves, and adds up to no more than one patient and
 * one in a hundred who moved. */
gboolean balance_held(const Series *census, const Series *admissions, const Series *discharges, gint64 ahead);
