/* usual.h -- how busy a step usually is, by the calendar alone.
 *
 * A Usual knows how the hour, the weekday, the hour of the week, the season of
 * the year and holidays multiply the number of patients that come.  Each of
 * these effects is pulled towards the coarser one as far as the history does
 * not speak for it: the hours of the week towards the hours of the day, a
 * single holiday towards holidays in general, everything towards no effect at
 * all.  Two weeks of history therefore give a day with a shape, three years
 * give every hour of the week and every feast its own.  Slow changes of the
 * level are taken out on the way, so that they are not mistaken for a season.
 *
 * Units    a rate is a factor; over the history it learnt from its mean is 1.
 * Missing  a missing value is not learnt from.
 * Source   P. McCullagh, J. A. Nelder (1989), Generalized Linear Models, chapters 6 and 9 (quasi-
 *          likelihood); N. E. Breslow, D. G. Clayton (1993), J. Am. Stat. Assoc. 88(421): the
 *          effects as draws from normal distributions; S. N. Wood, M. Fasiolo (2017), Biometrics
 *          73(4), eq. 8: how wide these distributions are.
 * Threads  after usual_new it is only read.
 */
#pragma once
#include "forecast/series/calendar.h"
#include "forecast/series/series.h"

typedef struct Usual Usual;

/* Learn from value[first .. fit-1] of a series by hours or days (asserted), whose
 * known values are >= 0 and hold at least one above 0 (asserted).  The calendar
 * must outlive it.  The caller owns it.  MODEL_ERROR_NUMERIC: no finite answer. */
Usual *usual_new(const Series *series, const Calendar *calendar, gsize first, gsize fit, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void usual_free(Usual *usual);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Usual, usual_free)

/* The rate of any step (a step number, grain.h), above 0. */
double usual_rate(const Usual *usual, gint64 step);

/* The part of it that holidays, their neighbours and the days between make: a
 * factor, 1 on an ordinary day. */
double usual_holiday(const Usual *usual, gint64 step);

/* Variance over mean of the values around their usual number, and how many
 * free parameters it took to say so. */
double usual_dispersion(const Usual *usual);
double usual_freedom(const Usual *usual);
