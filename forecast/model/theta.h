/* theta.h -- halfway between a straight line and a level that follows.
 *
 * The season, if there is one, is taken out; what is left is forecast by
 * exponential smoothing that drifts by half the slope of the straight line
 * through the past.  Simple, never far wrong, and wrong in other ways than the
 * smoothers are.  Counts are forecast on the square root's scale.  For days, weeks and months.
 *
 * Missing  not learnt from; the season needs two whole rounds.
 * Source   V. Assimakopoulos, K. Nikolopoulos (2000), Int. J. Forecast. 16(4); R. J. Hyndman,
 *          B. Billah (2003), Int. J. Forecast. 19(2), for the form as smoothing with drift;
 *          J. A. Fiorucci et al. (2016), Int. J. Forecast. 32(4), for the test of the season.
 * Threads  pure.
 */
#pragma once
#include "forecast/model/member.h"

/* As Member.forecast.  MODEL_ERROR_SHORT: hours, or fewer than four known values. */
gboolean theta_forecast(const Task *task, gsize tasks, Outlook **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
