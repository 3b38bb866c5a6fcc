#include "forecast/kernel/block.h"

#include "forecast/kernel/affine.h"
#include "forecast/kernel/product.h"

void block_forward(const BlockShape *shape, const BlockWeights *weights, const real *x, real *inner, real *y)
{
    gsize rows = shape->rows, in = shape->in, middle = shape->middle, out = shape->out;
    const Product first = {.rows = rows, .inner = in, .columns = middle, .a = x, .a_row = in, .a_inner = 1, .b = weights->w1, .b_inner = middle,
                           .b_column = 1, .packed = weights->packed, .c = inner, .c_row = middle, .bias = weights->b1, .relu = TRUE};
    product_run(&first);
    const Product straight = {.inner = in, .a = x, .a_row = in, .a_inner = 1, .b = weights->w3, .b_inner = out, .b_column = 1,
                              .packed = weights->packed};
    const Product second = {.rows = rows, .inner = middle, .columns = out, .a = inner, .a_row = middle, .a_inner = 1, .b = weights->w2,
                            .b_inner = out, .b_column = 1, .packed = weights->packed, .c = y, .c_row = out, .bias = weights->b2, .more = &straight};
    product_run(&second);
}

void block_backward(const BlockShape *shape, const BlockWeights *transposed, const real *x, const real *inner,
                    const real *dy, real *dinner, real *dx, const BlockGradients *gradients)
{
    gsize rows = shape->rows, in = shape->in, middle = shape->middle, out = shape->out;
    affine_backward_weight(inner, dy, rows, middle, out, gradients->w2, gradients->b2);
    affine_backward_weight(x, dy, rows, in, out, gradients->w3, NULL);
    const Product back = {.rows = rows, .inner = out, .columns = middle, .a = dy, .a_row = out, .a_inner = 1, .b = transposed->w2,
                          .b_inner = middle, .b_column = 1, .c = dinner, .c_row = middle, .open = inner};
    product_run(&back);
    affine_backward_weight(x, dinner, rows, in, middle, gradients->w1, gradients->b1);
    if (dx == NULL)
        return;
    const Product straight = {.inner = out, .a = dy, .a_row = out, .a_inner = 1, .b = transposed->w3, .b_inner = in, .b_column = 1};
    const Product first = {.rows = rows, .inner = middle, .columns = in, .a = dinner, .a_row = middle, .a_inner = 1, .b = transposed->w1,
                           .b_inner = in, .b_column = 1, .c = dx, .c_row = in, .more = &straight};
    product_run(&first);
}
