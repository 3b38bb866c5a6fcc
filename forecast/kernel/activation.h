/* activation.h -- exp, tanh and the logistic function for whole arrays, and what is built on them.
 *
 * In single precision these are polynomials after range reduction, so that a
 * compiler turns them into vector code; this is the only place that has them.
 * Relative error against the exact value: exp and sigmoid below 3e-7 for
 * results that are normal numbers, tanh below 5e-7 (tested for every path).
 *
 * Source   the reduction is that of W. J. Cody, W. Waite (1980), Software Manual for the
 *          Elementary Functions, chapter 6, with a polynomial of degree 7 for e^r.
 */
#pragma once
#include "forecast/kernel/real.h"

#define activation_exp KERNEL(activation_exp)
#define activation_sigmoid KERNEL(activation_sigmoid)
#define activation_tanh KERNEL(activation_tanh)
#define activation_add KERNEL(activation_add)
#define activation_relu KERNEL(activation_relu)
#define activation_relu_backward KERNEL(activation_relu_backward)
#define activation_softmax KERNEL(activation_softmax)
#define activation_softmax_backward KERNEL(activation_softmax_backward)
#define activation_gates KERNEL(activation_gates)
#define activation_gates_backward KERNEL(activation_gates_backward)

/* y[n] of x[n]; the two may be the same array.  exp saturates at +-87. */
void activation_exp(const real *x, gsize n, real *y);
void activation_sigmoid(const real *x, gsize n, real *y);
void activation_tanh(const real *x, gsize n, real *y);

/* y[n] += x[n]. */
void activation_add(const real *x, gsize n, real *y);

/* x[n] = max(x, 0) in place; dx[n] = dy where y > 0, else 0 (dy and dx may be the same). */
void activation_relu(real *x, gsize n);
void activation_relu_backward(const real *y, const real *dy, gsize n, real *dx);

/* p[n] = key * exp(x - max) / sum, over the n entries with key 1; all zero when none has. p and x may be the same. */
void activation_softmax(const real *x, const real *key, gsize n, real *p);
/* dx = p * (dp - sum(p dp)); dx and dp may be the same. */
void activation_softmax_backward(const real *p, const real *dp, gsize n, real *dx);

/* The gates of one LSTM step.
 * Shapes  gate[rows][4 * hidden]: for each 16 units their 16 input, forget, candidate
 *         and output gates; before activation on entry, after it on return (backward:
 *         the reverse).  before, cell, squashed, out, live as in lstm_cell.h, one step.
 * before is NULL in the first step. */
void activation_gates(real *gate, const real *before, const real *live, gsize rows, gsize hidden,
                      real *cell, real *squashed, real *out);
/* dout[rows][hidden] is the whole gradient of `out`; dcell[rows][hidden] that of
 * `cell` from the next step, and on return that of `before`. */
void activation_gates_backward(real *gate, const real *before, const real *squashed, const real *live,
                               const real *dout, gsize rows, gsize hidden, real *dcell);
