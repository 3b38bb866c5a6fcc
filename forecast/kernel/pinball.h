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

/* The sum of weight * rho over everything, and its gradient by `quantile` (overwritten). */
double pinball_loss(const real *quantile, const real *target, const real *weight, const double *level,
                    gsize rows, gsize levels, gsize steps, real kappa, real *gradient);
