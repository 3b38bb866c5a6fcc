/* rmsnorm.h -- bring every token to unit size before a layer reads it.
 *
 * y = x * inverse * gain with inverse = 1 / sqrt(mean(x^2) + 1e-6), row by row.
 *
 * Shapes   x, y[rows][width], gain[width], inverse[rows]; width a multiple of 16.
 * Source   B. Zhang, R. Sennrich (2019), Root Mean Square Layer Normalization.
 */
#pragma once
#include "forecast/kernel/real.h"

#define rmsnorm_forward KERNEL(rmsnorm_forward)
#define rmsnorm_backward KERNEL(rmsnorm_backward)

void rmsnorm_forward(const real *x, const real *gain, gsize rows, gsize width, real *y, real *inverse);

/* dx += the gradient (norms stand beside a residual path), dgain += likewise. */
void rmsnorm_backward(const real *x, const real *gain, const real *inverse, const real *dy, gsize rows, gsize width,
                      real *dx, real *dgain);
