/* level.h -- the level of the last days, moved as the whole group tells, and holidays.
 *
 * Beds next week are as many as in the last days, weekday by weekday, unless a
 * holiday empties them.  Holidays are taken out first (holidays.h), so that the
 * days after one are not mistaken for a quiet week.  How far to trust the newest
 * day against last week and the weeks before is one regression over all series
 * of the group and all their past days, by absolute errors: one ward whose
 * reporting jumps does not bend it.
 *
 * Units    inside, shares of a series' usual size.
 * Source   R. Koenker, G. Bassett (1978), Econometrica 46(1), for regression on the median.
 * Threads  pure.
 */
#pragma once
#include "forecast/model/member.h"

/* As Member.forecast_group.  Days only; at least five weeks of one series. */
gboolean level_forecast(const Task *task, gsize tasks, Outlook **out, GError **complaint, GError **error) G_GNUC_WARN_UNUSED_RESULT;
