#include "forecast/kernel/block.h"

#include "forecast/kernel/activation.h"
#include "forecast/kernel/affine.h"

void block_forward(const BlockShape *shape, const BlockWeights *weights, const real *x, real *inner, real *y)
{
    gsize rows = shape->rows, in = shape->in, middle = shape->middle, out = shape->out;
    affine_forward(x, weights->w1, weights->b1, rows, in, middle, 0, inner);
    activation_relu(inner, rows * middle);
    affine_forward(inner, weights->w2, weights->b2, rows, middle, out, 0, y);
    affine_forward(x, weights->w3, NULL, rows, in, out, 1, y);
}

void block_backward(const BlockShape *shape, const BlockWeights *transposed, const real *x, const real *inner,
                    const real *dy, real *dinner, real *dx, const BlockGradients *gradients)
{
    gsize rows = shape->rows, in = shape->in, middle = shape->middle, out = shape->out;
    affine_backward_weight(inner, dy, rows, middle, out, gradients->w2, gradients->b2);
    affine_backward_weight(x, dy, rows, in, out, gradients->w3, NULL);
    affine_backward_input(dy, transposed->w2, rows, middle, out, 0, dinner);
    activation_relu_backward(inner, dinner, rows * middle, dinner);
    affine_backward_weight(x, dinner, rows, in, middle, gradients->w1, gradients->b1);
    if (dx == NULL)
        return;
    affine_backward_input(dy, transposed->w3, rows, in, out, 0, dx);
    affine_backward_input(dinner, transposed->w1, rows, in, middle, 1, dx);
}
