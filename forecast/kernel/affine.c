#include "forecast/kernel/affine.h"

#include "forecast/kernel/product.h"

void affine_forward(const real *x, const real *w, const real *bias, gsize rows, gsize in, gsize out, real keep, real *y)
{
    const Product product = {.rows = rows, .inner = in, .columns = out, .a = x, .a_row = in, .a_inner = 1, .b = w, .b_inner = out,
                             .b_column = 1, .c = y, .c_row = out, .bias = bias, .add = bias == NULL && keep > 0};
    product_run(&product);
}

void affine_backward_input(const real *dy, const real *wt, gsize rows, gsize in, gsize out, real keep, real *dx)
{
    const Product product = {.rows = rows, .inner = out, .columns = in, .a = dy, .a_row = out, .a_inner = 1, .b = wt, .b_inner = in,
                             .b_column = 1, .c = dx, .c_row = in, .add = keep > 0};
    product_run(&product);
}

void affine_backward_weight(const real *x, const real *dy, gsize rows, gsize in, gsize out, real *dw, real *dbias)
{
    const Product product = {.rows = in, .inner = rows, .columns = out, .a = x, .a_row = 1, .a_inner = in, .b = dy, .b_inner = out,
                             .b_column = 1, .c = dw, .c_row = out, .add = TRUE, .sum = dbias};
    product_run(&product);
}

void affine_transpose(const real *w, gsize in, gsize out, real *wt)
{
    for (gsize i = 0; i < in; i++)
        for (gsize k = 0; k < out; k++)
            wt[k * in + i] = w[i * out + k];
}
