/* lanes.h -- sums in sixteen fixed lanes, so that they are vector code and yet always the same.
 *
 * A compiler may not reorder a plain sum; a sum that is written as sixteen
 * partial sums needs no permission.  n is a multiple of 16.
 */
#pragma once
#include "forecast/kernel/real.h"

enum { LANES_WIDTH = 16 };

__attribute__((always_inline)) static inline real lanes_fold(const real *part)
{
    real sum = 0;
    for (int k = 0; k < LANES_WIDTH; k++)
        sum += part[k];
    return sum;
}

/* Sum of a[k] b[k]. */
__attribute__((always_inline)) static inline real lanes_dot(const real *a, const real *b, gsize n)
{
    real part[LANES_WIDTH] = {0};
    for (gsize base = 0; base < n; base += LANES_WIDTH)
        for (int k = 0; k < LANES_WIDTH; k++)
            part[k] += a[base + k] * b[base + k];
    return lanes_fold(part);
}

/* Sum of a[k] b[k] c[k]. */
__attribute__((always_inline)) static inline real lanes_dot3(const real *a, const real *b, const real *c, gsize n)
{
    real part[LANES_WIDTH] = {0};
    for (gsize base = 0; base < n; base += LANES_WIDTH)
        for (int k = 0; k < LANES_WIDTH; k++)
            part[k] += a[base + k] * b[base + k] * c[base + k];
    return lanes_fold(part);
}
