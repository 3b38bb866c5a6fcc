#include "forecast/kernel/activation.h"

#define LEVELS_BODY "forecast/kernel/activation_body.h"
#include "forecast/kernel/levels.h"

void activation_exp(const real *x, gsize n, real *y)
{
    LEVELS_CALL(all_exp, x, n, y);
}

void activation_sigmoid(const real *x, gsize n, real *y)
{
    LEVELS_CALL(all_sigmoid, x, n, y);
}

void activation_tanh(const real *x, gsize n, real *y)
{
    LEVELS_CALL(all_tanh, x, n, y);
}

VECTOR void activation_sum(const real *a, const real *b, gsize n, real *y)
{
    for (gsize k = 0; k < n; k++)
        y[k] = a[k] + b[k];
}

VECTOR void activation_add(const real *x, gsize n, real *y)
{
    for (gsize k = 0; k < n; k++)
        y[k] += x[k];
}

VECTOR void activation_relu(real *x, gsize n)
{
    for (gsize k = 0; k < n; k++)
        x[k] = x[k] > 0 ? x[k] : 0;
}

VECTOR void activation_relu_backward(const real *y, const real *dy, gsize n, real *dx)
{
    for (gsize k = 0; k < n; k++)
        dx[k] = y[k] > 0 ? dy[k] : 0;
}

void activation_softmax(const real *x, const real *key, gsize n, real *p)
{
    LEVELS_CALL(softmax, x, key, n, p);
}

VECTOR void activation_softmax_backward(const real *p, const real *dp, gsize n, real *dx)
{
    real mean = 0;
    for (gsize k = 0; k < n; k++)
        mean += p[k] * dp[k];
    for (gsize k = 0; k < n; k++)
        dx[k] = p[k] * (dp[k] - mean);
}
