/* autoets.h -- the textbook's smoother, chosen among all: what other programs would say.
 *
 * On each of the scales that suit the counts (transform.h) all of {no trend, line,
 * damped} x {no pattern, season} are fitted, and the one of smallest AICc, the
 * stretch of the scale counted in, forecasts.  This is what "automatic
 * exponential smoothing" means elsewhere; it stands here so that a comparison
 * with it is fair, and as one more opinion for the blend.  For months.
 *
 * Missing  not learnt from.
 * Source   R. J. Hyndman, A. B. Koehler, J. K. Ord, R. D. Snyder (2008), Forecasting with
 *          Exponential Smoothing, chapters 2, 6 and 7; G. E. P. Box, D. R. Cox (1964), J. R. Stat.
 *          Soc. B 26(2), for comparing scales.
 * Threads  pure.
 */
#pragma once
#include "forecast/model/member.h"

/* As Member.forecast.  MODEL_ERROR_SHORT: other grains, fewer than six known values
 * among the last 600, a season of more than 24 steps. */
gboolean autoets_forecast(const Task *task, gsize tasks, Outlook **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
