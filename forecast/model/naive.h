/* naive.h -- the forecast anybody could make: the same as last season.
 *
 * Every step is expected to be what it was one season earlier (the week of an
 * hourly or daily series, the year of a weekly or monthly one); without a whole
 * season of history, what it was last.  Its spread is how wrong that rule was
 * over the series' own past, more so the more seasons ahead.  No other member
 * may publish that does not beat it.
 *
 * Source   R. J. Hyndman, G. Athanasopoulos (2021), Forecasting: Principles and Practice, 5.2 and 5.5.
 * Threads  pure.
 */
#pragma once
#include "forecast/model/member.h"

/* As Member.forecast.  One known value is enough. */
gboolean naive_forecast(const Task *task, gsize tasks, Outlook **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
