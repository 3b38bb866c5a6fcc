/* pinball.h -- the price of a quantile forecast, and its slope.
 *
 * rho(e) = level * e for e >= 0, (level - 1) * e below, with e = target -
 * quantile.  Within `kappa` of zero |e| is replaced by Huber's parabola, which
 * takes the kink away.
 *
 * Shapes   quantile, gradient[rows][levels][steps]; target, weight[rows][steps]; level[levels].
 * Missing  weight 0; the target beside it may be anything finite.
 * Source   R. Koenker, G. Bassett (1978), Econometrica 46(1); W. Dabney et al. (2018), equation 9, divided by kappa.
 */
#pragma once
#include "forecast/kernel/real.h"

#define pinball_loss KERNEL(pinball_loss)
#define pinball_lay KERNEL(pinball_lay)

/* share times the sum of weight * rho over everything, and its gradient by `quantile`
 * (overwritten).  kappa is above 0. */
double pinball_loss(const real *quantile, const real *target, const real *weight, const double *level,
                    gsize rows, gsize levels, gsize steps, real kappa, real share, real *gradient);

/* Add the quantiles of a Gaussian: quantile[rows][levels][steps] += middle + spread * score,
 * with middle, spread[rows][steps] and score[levels]. */
void pinball_lay(const real *middle, const real *spread, const double *score, gsize rows, gsize levels, gsize steps, real *quantile);
