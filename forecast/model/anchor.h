/* anchor.h -- the classical forecast that a network starts from and corrects.
 *
 * An Anchor is the mean of up to three forecasters: the exponential smoother
 * (ets.h), the level of the last days with holidays (level.h, for days; the weekly
 * profile, profile.h, where there is too little for it or no calendar) and the
 * regression for counts (poisson.h, for hours and days), each as heavy as it would
 * have done well on the newer half of the first `fit` values.  Parameters are fitted
 * on those, states run over the whole series, so that it can be asked for its
 * forecast at any origin in O(horizon).  All speak in the transformed space g(y).
 * A plain Anchor is none of these but the same as last season (repeat.h): nothing
 * in it is fitted, so that nothing in it is wrong for long when habits change.
 *
 * Units    g-space is unit-free: g(y) = 2 sqrt(y + 3/8), log1p(y) or y (transform.h).
 * Missing  a missing value leaves the states as predicted.
 * Source   R. J. Hyndman, A. B. Koehler, J. K. Ord, R. D. Snyder (2008), Forecasting with
 *          Exponential Smoothing; J. W. Taylor (2003), J. Oper. Res. Soc. 54(8), for two seasons;
 *          J. M. Bates, C. W. J. Granger (1969), Oper. Res. Q. 20(4), for the mean.
 * Threads  after it is made it only is read.
 */
#pragma once
#include "forecast/model/member.h"

typedef struct Anchor Anchor;

/* Fit on value[0 .. fit-1], then filter value[0 .. length-1].  Without a calendar
 * the regression for counts takes no part; it must outlive the Anchor.  The
 * caller owns it.  MODEL_ERROR_SHORT when fewer than two known values. */
Anchor *anchor_new(const Series *series, const Calendar *calendar, gsize fit, const gsize season[2], GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same with what its series' other members fit alike: before fits_end(), with its season. */
Anchor *anchor_of(Fits *fits, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The plain one: at an origin it depends on the values before it alone, but for the scale on which they vary
 * evenly, which is chosen on those before fits_end().  MODEL_ERROR_SHORT when fewer than two of these are known. */
Anchor *anchor_plain(Fits *fits, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void anchor_free(Anchor *anchor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Anchor, anchor_free)

/* The forecast of value[origin ..] knowing value[0 .. origin-1], in g-space:
 * mean[horizon] and standard deviation sd[horizon]. */
void anchor_at(const Anchor *anchor, gsize origin, gsize horizon, double *mean, double *sd);

/* Level (without season) just before `origin`, in g-space, and
 * the one-step error scale there: an exponentially weighted mean of squared
 * one-step errors, half-life two seasons, never below 1e-3. */
double anchor_level(const Anchor *anchor, gsize origin);
double anchor_scale(const Anchor *anchor, gsize origin);

/* What the mean of step origin + h is the sum of, in g-space: the level, where it
 * is heading, the pattern of the (shorter) season and of the longer one, of the
 * regression for counts what the calendar says of an ordinary day, and holidays. */
typedef enum { ANCHOR_LEVEL, ANCHOR_TREND, ANCHOR_SEASON, ANCHOR_LONG_SEASON, ANCHOR_CALENDAR, ANCHOR_HOLIDAYS, ANCHOR_PARTS } AnchorPart;
void anchor_parts(const Anchor *anchor, gsize origin, gsize h, double part[ANCHOR_PARTS]);

/* The same of its forecasters one by one: how many there are, and of each. */
gsize anchor_voices(const Anchor *anchor);
void anchor_voice_parts(const Anchor *anchor, gsize voice, gsize origin, gsize h, double part[ANCHOR_PARTS]);

/* Is g the logarithm, so that parts in g-space are factors of 1 + y? */
gboolean anchor_multiplies(const Anchor *anchor);

/* g and its inverse for this series, and dy/dz at z. */
double anchor_transform(const Anchor *anchor, double y);
double anchor_undo(const Anchor *anchor, double z);
double anchor_slope(const Anchor *anchor, double z);

/* The members "ets" (the smoother alone) and "profile" (the weekly profile
 * alone, of hours and days), fitted on everything before each task's origin.  As
 * Member.forecast, and as Member.fit. */
gboolean anchor_forecast(const Task *task, gsize tasks, Outlook **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean anchor_forecast_profile(const Task *task, gsize tasks, Outlook **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean anchor_fit_ets(const Task *task, gsize tasks, Fits *fits, Outlook **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean anchor_fit_profile(const Task *task, gsize tasks, Fits *fits, Outlook **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
