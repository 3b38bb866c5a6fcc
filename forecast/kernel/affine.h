/* affine.h -- a matrix product with a bias: every layer is made of these.
 *
 * Shapes   x[rows][in], w[in][out], bias[out], y[rows][out].
 * Weights are stored [in][out], so that the forward product needs no transposed
 * operand; the backward pass takes a transposed copy wt[out][in], which the
 * caller refreshes once per optimiser step.
 */
#pragma once
#include "forecast/kernel/real.h"

#define affine_forward KERNEL(affine_forward)
#define affine_backward_input KERNEL(affine_backward_input)
#define affine_backward_weight KERNEL(affine_backward_weight)
#define affine_transpose KERNEL(affine_transpose)

/* y = x w + bias; with bias NULL, y = keep * y + x w.  keep is 0 or 1. */
void affine_forward(const real *x, const real *w, const real *bias, gsize rows, gsize in, gsize out, real keep, real *y);

/* dx = keep * dx + dy wt, with wt[out][in]. */
void affine_backward_input(const real *dy, const real *wt, gsize rows, gsize in, gsize out, real keep, real *dx);

/* dw += x' dy and dbias += the column sums of dy (dbias may be NULL). */
void affine_backward_weight(const real *x, const real *dy, gsize rows, gsize in, gsize out, real *dw, real *dbias);

/* wt[out][in] = w[in][out]. */
void affine_transpose(const real *w, gsize in, gsize out, real *wt);
