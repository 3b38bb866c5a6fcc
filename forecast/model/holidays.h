/* holidays.h -- what holidays do to all wards alike, learnt from past ones.
 *
 * Over Thanksgiving beds empty in every hospital of the country, and fill again
 * within days: no drop in demand, but a day of the calendar.  Each holiday of
 * the past shows, as the median over all series, how far the days around it
 * lay from the usual level and weekday.  The next one is expected to be like the
 * last of the same name and, less so, like all others; one that is under way
 * like its own first days.
 *
 * Shapes   day 0 is `first`; z[series][known]; effects of days 0 .. known+ahead-1.
 * Units    those of z, alike in all series: 0.01 should mean one part in a hundred.
 * Missing  a missing z is left out.
 * Source   C. E. Rasmussen, C. K. I. Williams (2006), Gaussian Processes for Machine
 *          Learning, equations 2.23 and 2.24.
 * Threads  after holidays_learn it is only read.
 */
#pragma once
#include "forecast/series/calendar.h"

enum { HOLIDAYS_REACH = 4 }; /* days before and after that a holiday touches */

typedef struct Holidays Holidays;

/* The holidays of days first .. first+known+ahead-1 and their neighbours, with
 * no effect yet.  The caller owns it. */
Holidays *holidays_new(const Calendar *calendar, gint64 first, gsize known, gsize ahead);
void holidays_free(Holidays *holidays);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Holidays, holidays_free)

/* Is this day within reach of a holiday? */
gboolean holidays_near(const Holidays *holidays, gsize day);

/* Learn the effects from z[series], each of `known` values. */
void holidays_learn(Holidays *holidays, const double *const *z, gsize series);

/* How far the day lies from the usual, and the variance of what is not known of it. */
double holidays_effect(const Holidays *holidays, gsize day);
double holidays_variance(const Holidays *holidays, gsize day);
