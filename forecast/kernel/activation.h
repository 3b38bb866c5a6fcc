/* activation.h -- exp, tanh and the logistic function for whole arrays, and what is built on them.
 *
 * curve.h has the functions themselves, with their errors.
 */
#pragma once
#include "forecast/kernel/real.h"

#define activation_exp KERNEL(activation_exp)
#define activation_sigmoid KERNEL(activation_sigmoid)
#define activation_tanh KERNEL(activation_tanh)
#define activation_sum KERNEL(activation_sum)
#define activation_add KERNEL(activation_add)
#define activation_relu KERNEL(activation_relu)
#define activation_relu_backward KERNEL(activation_relu_backward)
#define activation_softmax KERNEL(activation_softmax)
#define activation_softmax_backward KERNEL(activation_softmax_backward)

/* y[n] of x[n]; the two may be the same array.  exp saturates at +-87. */
void activation_exp(const real *x, gsize n, real *y);
void activation_sigmoid(const real *x, gsize n, real *y);
void activation_tanh(const real *x, gsize n, real *y);

/* y[n] = a[n] + b[n], and y[n] += x[n]. */
void activation_sum(const real *a, const real *b, gsize n, real *y);
void activation_add(const real *x, gsize n, real *y);

/* x[n] = max(x, 0) in place; dx[n] = dy where y > 0, else 0 (dy and dx may be the same). */
void activation_relu(real *x, gsize n);
void activation_relu_backward(const real *y, const real *dy, gsize n, real *dx);

/* p[n] = key * exp(x - max) / sum, over the n entries with key 1; all zero when none has. p and x may be the same. */
void activation_softmax(const real *x, const real *key, gsize n, real *p);
/* dx = p * (dp - sum(p dp)); dx and dp may be the same. */
void activation_softmax_backward(const real *p, const real *dp, gsize n, real *dx);
