#include "forecast/kernel/pinball.h"

/* |e| smoothed: e^2 / (2 kappa) + kappa / 2 inside, so that it meets |e| at kappa with slope 1. */
double pinball_loss(const real *quantile, const real *target, const real *weight, const double *level,
                    gsize rows, gsize levels, gsize steps, real kappa, real *gradient)
{
    double sum = 0;
    for (gsize r = 0; r < rows; r++, target += steps, weight += steps)
        for (gsize q = 0; q < levels; q++, quantile += steps, gradient += steps) {
            real tilt = (real)(level[q] - 0.5), part = 0;
            for (gsize s = 0; s < steps; s++) {
                real e = target[s] - quantile[s], size = e < 0 ? -e : e;
                gboolean inside = size < kappa;
                real slope = inside ? e / kappa : (e < 0 ? (real)-1 : (real)1);
                real smooth = inside ? (size * size / kappa + kappa) / 2 : size;
                part += weight[s] * (tilt * e + smooth / 2);
                gradient[s] = -weight[s] * (tilt + slope / 2);
            }
            sum += (double)part;
        }
    return sum;
}
