#include "forecast/kernel/activation.h"

#include <string.h>

enum { LANES = 16 };

#ifdef KERNEL_DOUBLE
static inline real one_exp(real x)
{
    return exp(CLAMP(x, -87, 87));
}

static inline real one_tanh(real x)
{
    return tanh(x);
}
#else
/* e^x = 2^n e^r with |r| <= ln(2)/2.  Adding 1.5 * 2^23 rounds to a whole
 * number; ln(2) is split in two so that n ln(2) is exact enough.  The
 * comparisons are written so that a NaN becomes the lower bound, never an
 * undefined conversion; a NaN in the weights shows elsewhere. */
__attribute__((always_inline)) static inline float one_exp(float x)
{
    x = x > -87.0f ? x : -87.0f;
    x = x < 87.0f ? x : 87.0f;
    float n = (x * 1.44269504f + 12582912.0f) - 12582912.0f;
    float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    float p = 1.9841270e-4f;
    p = p * r + 1.3888889e-3f;
    p = p * r + 8.3333333e-3f;
    p = p * r + 4.1666667e-2f;
    p = p * r + 1.6666667e-1f;
    p = p * r + 0.5f;
    p = p * r * r + r + 1.0f;
    gint32 bits = ((gint32)n + 127) * 8388608;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return p * scale;
}

/* Near zero 1 - 2/(1 + e^2x) cancels, so there the odd series is used. */
__attribute__((always_inline)) static inline float one_tanh(float x)
{
    float far = 1.0f - 2.0f / (1.0f + one_exp(2.0f * x));
    float s = x * x;
    float near = x * (1.0f + s * (-3.3333333e-1f + s * (1.3333333e-1f + s * (-5.3968254e-2f + s * 2.1869489e-2f))));
    return s < 0.0625f ? near : far;
}
#endif

__attribute__((always_inline)) static inline real one_sigmoid(real x)
{
    return 1 / (1 + one_exp(-x));
}

VECTOR void activation_exp(const real *x, gsize n, real *y)
{
    for (gsize k = 0; k < n; k++)
        y[k] = one_exp(x[k]);
}

VECTOR void activation_sigmoid(const real *x, gsize n, real *y)
{
    for (gsize k = 0; k < n; k++)
        y[k] = one_sigmoid(x[k]);
}

VECTOR void activation_tanh(const real *x, gsize n, real *y)
{
    for (gsize k = 0; k < n; k++)
        y[k] = one_tanh(x[k]);
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

VECTOR void activation_softmax(const real *x, const real *key, gsize n, real *p)
{
    real top = (real)-1e30, sum = 0;
    for (gsize k = 0; k < n; k++)
        top = key[k] > 0 && x[k] > top ? x[k] : top;
    for (gsize k = 0; k < n; k++)
        p[k] = key[k] > 0 ? one_exp(x[k] - top) : 0;
    for (gsize k = 0; k < n; k++)
        sum += p[k];
    real inverse = sum > 0 ? 1 / sum : 0;
    for (gsize k = 0; k < n; k++)
        p[k] *= inverse;
}

VECTOR void activation_softmax_backward(const real *p, const real *dp, gsize n, real *dx)
{
    real mean = 0;
    for (gsize k = 0; k < n; k++)
        mean += p[k] * dp[k];
    for (gsize k = 0; k < n; k++)
        dx[k] = p[k] * (dp[k] - mean);
}

/* S. Hochreiter, J. Schmidhuber (1997) with the forget gate of F. Gers et al. (2000). */
VECTOR void activation_gates(real *gate, const real *before, const real *live, gsize rows, gsize hidden,
                             real *cell, real *squashed, real *out)
{
    for (gsize r = 0; r < rows; r++)
        for (gsize unit = 0; unit < hidden; unit += LANES) {
            real *a = gate + (r * hidden + unit) * 4;
            gsize at = r * hidden + unit;
            real past[LANES] = {0};
            if (before != NULL)
                memcpy(past, before + at, sizeof past);
            for (int k = 0; k < LANES; k++) {
                real i = one_sigmoid(a[k]), f = one_sigmoid(a[LANES + k]);
                real g = one_tanh(a[2 * LANES + k]), o = one_sigmoid(a[3 * LANES + k]);
                real c = live[r] * (f * past[k] + i * g), t = one_tanh(c);
                a[k] = i;
                a[LANES + k] = f;
                a[2 * LANES + k] = g;
                a[3 * LANES + k] = o;
                cell[at + k] = c;
                squashed[at + k] = t;
                out[at + k] = o * t;
            }
        }
}

/* With live = 0 the step's cell and output are 0 whatever came in, and so are all its gradients. */
VECTOR void activation_gates_backward(real *gate, const real *before, const real *squashed, const real *live,
                                      const real *dout, gsize rows, gsize hidden, real *dcell)
{
    for (gsize r = 0; r < rows; r++)
        for (gsize unit = 0; unit < hidden; unit += LANES) {
            real *a = gate + (r * hidden + unit) * 4;
            gsize at = r * hidden + unit;
            real past[LANES] = {0};
            if (before != NULL)
                memcpy(past, before + at, sizeof past);
            for (int k = 0; k < LANES; k++) {
                real i = a[k], f = a[LANES + k], g = a[2 * LANES + k], o = a[3 * LANES + k], t = squashed[at + k];
                real dc = live[r] * (dcell[at + k] + dout[at + k] * o * (1 - t * t));
                a[k] = dc * g * i * (1 - i);
                a[LANES + k] = dc * past[k] * f * (1 - f);
                a[2 * LANES + k] = dc * i * (1 - g * g);
                a[3 * LANES + k] = live[r] * dout[at + k] * t * o * (1 - o);
                dcell[at + k] = dc * f;
            }
        }
}
