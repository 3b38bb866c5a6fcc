/* poisson.h -- how many are expected: the usual number, times how busy it has been lately.
 *
 * The calendar says what a step usually brings (usual.h).  A Poisson multiplies
 * it with how busy the ward is: the ratio of what came to what is usual over
 * all its history, four weeks, a week, a day and six hours, each pulled towards
 * the longer one as far as it rests on few patients.  How much each of them
 * still says so many steps ahead is learnt from the past, and so is how far
 * what came lay from what was expected.
 *
 * It is for counts by hours and days: of rare events, of arrivals, of beds.
 *
 * Units    the series' own.
 * Missing  a missing value leaves the ratios as they were, and counts as one step further ahead.
 * Source   P. McCullagh, J. A. Nelder (1989), Generalized Linear Models; A. C. Harvey, C. Fernandes
 *          (1989), J. Bus. Econ. Stat. 7(4): discounted counts over discounted rates as level.
 * Threads  after poisson_new it only is read.
 */
#pragma once
#include "forecast/model/member.h"

typedef struct Poisson Poisson;

/* Learn from value[0 .. fit-1] (of a long series the last three years), then run
 * over value[0 .. length-1].  The calendar must outlive it; the series need not.
 * The caller owns it.  MODEL_ERROR_SHORT: fewer than three known values,
 * another grain than hours or days, or values below 0. */
Poisson *poisson_new(const Series *series, const Calendar *calendar, gsize fit, GError **error) G_GNUC_WARN_UNUSED_RESULT;
Poisson *poisson_ref(Poisson *poisson); /* one more owner, each of whom ends with poisson_free() */
void poisson_free(Poisson *poisson);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Poisson, poisson_free)

/* Mean and variance of value[origin ..] knowing value[0 .. origin-1]. */
void poisson_at(const Poisson *poisson, gsize origin, gsize horizon, double *mean, double *variance);

/* How many come in a usual step, as of the last week before `origin`. */
double poisson_level(const Poisson *poisson, gsize origin);

/* What the mean of value[origin + h] is the product of: how many come in a usual
 * step, as far as the past still tells it so far ahead; what the calendar makes
 * of it on an ordinary day; what holidays make of that. */
void poisson_parts(const Poisson *poisson, gsize origin, gsize h, double *level, double *ordinary, double *holiday);

/* As Member.forecast, and as Member.fit. */
gboolean poisson_forecast(const Task *task, gsize tasks, Outlook **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean poisson_fit(const Task *task, gsize tasks, Fits *fits, Outlook **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
