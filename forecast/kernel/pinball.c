#include "forecast/kernel/pinball.h"

#define LEVELS_BODY "forecast/kernel/pinball_body.h"
#include "forecast/kernel/levels.h"

double pinball_loss(const real *quantile, const real *target, const real *weight, const double *level,
                    gsize rows, gsize levels, gsize steps, real kappa, real share, real *gradient)
{
    return LEVELS_CALL(loss, quantile, target, weight, level, rows, levels, steps, kappa, share, gradient);
}

void pinball_lay(const real *middle, const real *spread, const double *score, gsize rows, gsize levels, gsize steps, real *quantile)
{
    LEVELS_CALL(lay, middle, spread, score, rows, levels, steps, quantile);
}
