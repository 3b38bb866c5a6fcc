#include "forecast/kernel/rmsnorm.h"

static const real epsilon = (real)1e-6;

#define LEVELS_BODY "forecast/kernel/rmsnorm_body.h"
#include "forecast/kernel/levels.h"

void rmsnorm_forward(const real *x, const real *gain, gsize rows, gsize width, real *y, real *inverse)
{
    LEVELS_CALL(forward, x, gain, rows, width, y, inverse);
}

void rmsnorm_backward(const real *x, const real *gain, const real *inverse, const real *dy, gsize rows, gsize width,
                      real *dx, real *dgain)
{
    LEVELS_CALL(backward, x, gain, inverse, dy, rows, width, dx, dgain);
}
