#include "forecast/kernel/rmsnorm.h"

#include "forecast/kernel/lanes.h"

static const real epsilon = (real)1e-6;

VECTOR void rmsnorm_forward(const real *x, const real *gain, gsize rows, gsize width, real *y, real *inverse)
{
    for (gsize r = 0; r < rows; r++, x += width, y += width) {
        inverse[r] = 1 / real_sqrt(lanes_dot(x, x, width) / (real)width + epsilon);
        for (gsize k = 0; k < width; k++)
            y[k] = x[k] * inverse[r] * gain[k];
    }
}

VECTOR void rmsnorm_backward(const real *x, const real *gain, const real *inverse, const real *dy, gsize rows, gsize width,
                             real *dx, real *dgain)
{
    for (gsize r = 0; r < rows; r++, x += width, dy += width, dx += width) {
        real s = inverse[r], pull = s * s * s / (real)width * lanes_dot3(x, gain, dy, width);
        for (gsize k = 0; k < width; k++) {
            dgain[k] += dy[k] * x[k] * s;
            dx[k] += s * gain[k] * dy[k] - pull * x[k];
        }
    }
}
