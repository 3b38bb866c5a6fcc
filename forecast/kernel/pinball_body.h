/* pinball_body.h -- pinball.c for one vector width; included by levels.h. */
#ifdef LEVEL
#include "forecast/kernel/vector.h"

#define loss LEVEL_NAME(loss)
#define lay LEVEL_NAME(lay)

/* |e| smoothed: e^2 / (2 kappa) + kappa / 2 inside, so that it meets |e| at kappa
 * with slope 1.  With its slope s it is s e + (1 - s^2) kappa / 2 on both sides. */
LEVEL_TARGET static double loss(const real *quantile, const real *target, const real *weight, const double *level,
                                gsize rows, gsize levels, gsize steps, real kappa, real share, real *gradient)
{
    double sum = 0;
    real sharp = 1 / kappa;
    for (gsize r = 0; r < rows; r++, target += steps, weight += steps) {
        vec part = {0};
        for (gsize q = 0; q < levels; q++, quantile += steps, gradient += steps) {
            real tilt = (real)(level[q] - 0.5);
            for (gsize s = 0; s < steps; s += VEC_LANES) {
                gsize some = MIN(steps - s, VEC_LANES);
                vec w = share * vec_load_some(weight + s, some);
                vec e = vec_load_some(target + s, some) - vec_load_some(quantile + s, some), slope = vec_within(e * sharp, 1);
                part += w * (tilt * e + (slope * e + (1 - slope * slope) * (kappa / 2)) / 2);
                vec_store_some(gradient + s, some, -w * (tilt + slope / 2));
            }
        }
        for (gsize k = 0; k < VEC_LANES; k++)
            sum += (double)part[k];
    }
    return sum;
}

LEVEL_TARGET static void lay(const real *middle, const real *spread, const double *score, gsize rows, gsize levels, gsize steps, real *quantile)
{
    for (gsize r = 0; r < rows; r++, middle += steps, spread += steps)
        for (gsize q = 0; q < levels; q++, quantile += steps)
            for (gsize s = 0; s < steps; s += VEC_LANES) {
                gsize some = MIN(steps - s, VEC_LANES);
                vec at = vec_load_some(middle + s, some) + vec_load_some(spread + s, some) * (real)score[q];
                vec_store_some(quantile + s, some, vec_load_some(quantile + s, some) + at);
            }
}

#undef loss
#undef lay
#endif
