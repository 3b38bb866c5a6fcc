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

double adamw_norm(const real *gradient, gsize n)
{
    double sum = 0;
    for (gsize k = 0; k < n; k++)
        sum += (double)gradient[k] * (double)gradient[k];
    return sqrt(sum);
}

VECTOR void adamw_blend(const real *weight, real keep, gsize n, real *mean)
{
    for (gsize k = 0; k < n; k++)
        mean[k] = keep * mean[k] + (1 - keep) * weight[k];
}
