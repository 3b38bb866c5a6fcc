#include "forecast/kernel/adamw.h"

VECTOR void adamw_step(const AdamwStep *step, const real *gradient, gsize n, real *first, real *second, real *weight)
{
    const AdamwStep s = *step;
    for (gsize k = 0; k < n; k++) {
        real g = gradient[k] * s.clip;
        real m = s.beta1 * first[k] + (1 - s.beta1) * g;
        real v = s.beta2 * second[k] + (1 - s.beta2) * g * g;
        first[k] = m;
        second[k] = v;
        weight[k] -= s.rate * (m * s.mend1 / (real_sqrt(v * s.mend2) + s.epsilon) + s.decay * weight[k]);
    }
}

/* Eight sums side by side: vector code whose order never changes. */
VECTOR double adamw_norm(const real *gradient, gsize n)
{
    enum { LANES = 8 };
    double part[LANES] = {0}, sum = 0;
    gsize whole = n / LANES * LANES;
    for (gsize base = 0; base < whole; base += LANES)
        for (int k = 0; k < LANES; k++)
            part[k] += (double)gradient[base + (gsize)k] * (double)gradient[base + (gsize)k];
    for (gsize k = whole; k < n; k++)
        sum += (double)gradient[k] * (double)gradient[k];
    for (int k = 0; k < LANES; k++)
        sum += part[k];
    return sqrt(sum);
}

VECTOR void adamw_blend(const real *weight, real keep, gsize n, real *mean)
{
    for (gsize k = 0; k < n; k++)
        mean[k] = keep * mean[k] + (1 - keep) * weight[k];
}
