/* seasonal.h -- sixteen exponential smoothers with up to two seasons, run at once over one series.
 *
 * Fitting a smoother means running it over the series again and again, and each
 * step waits for the one before; sixteen sets of parameters side by side cost
 * as much as one.  A smoother without a trend or a season has zeros there.
 *
 * Shapes   L = 16 lanes, innermost; pattern[k][period[k]][L], where entry t % period[k]
 *          belongs to step t; a period is at least 1.
 * Missing  NaN in z: the states move as forecast.
 * Source   R. J. Hyndman, A. B. Koehler, J. K. Ord, R. D. Snyder (2008), Forecasting with
 *          Exponential Smoothing, table 2.2, additive errors.
 */
#pragma once
#include "forecast/kernel/real.h"

#define seasonal_run KERNEL(seasonal_run)

enum { SEASONAL_LANES = 16 };

typedef struct {
    double alpha[SEASONAL_LANES], beta[SEASONAL_LANES], phi[SEASONAL_LANES], gamma[2][SEASONAL_LANES];
} SeasonalRates;

typedef struct {
    double level[SEASONAL_LANES], slope[SEASONAL_LANES];
    double *pattern[2];
} SeasonalState;

/* Over z[length], from its first value on, or (`backwards`) from its last one
 * back to the first; the state is changed.  squares[L]: the sum of squared errors. */
void seasonal_run(const SeasonalRates *rates, const gsize period[2], const double *z, gsize length, gboolean backwards,
                  SeasonalState *state, double squares[SEASONAL_LANES]);
