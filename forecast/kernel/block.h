/* block.h -- a small two-layer network with a straight path beside it.
 *
 * y = relu(x w1 + b1) w2 + b2 + x w3.  It carries tokens in (any width to d) and
 * quantiles out (d to any width).
 *
 * Shapes   x[rows][in], w1[in][middle], b1[middle], w2[middle][out], b2[out],
 *          w3[in][out], y[rows][out], inner[rows][middle].
 */
#pragma once
#include "forecast/kernel/real.h"

#define block_forward KERNEL(block_forward)
#define block_backward KERNEL(block_backward)

typedef struct {
    gsize rows, in, middle, out;
} BlockShape;

/* The five tensors; in the backward pass w1, w2, w3 are transposed copies, in the
 * forward pass they may all be what product_pack() made of them. */
typedef struct {
    const real *w1, *b1, *w2, *b2, *w3;
    gboolean packed;
} BlockWeights;
typedef struct {
    real *w1, *b1, *w2, *b2, *w3;
} BlockGradients;

void block_forward(const BlockShape *shape, const BlockWeights *weights, const real *x, real *inner, real *y);

/* dinner[rows][middle] is scratch.  dx (NULL: not wanted) is overwritten, the gradients are added to. */
void block_backward(const BlockShape *shape, const BlockWeights *transposed, const real *x, const real *inner,
                    const real *dy, real *dinner, real *dx, const BlockGradients *gradients);
