/* product.h -- the matrix product that everything else waits for.
 *
 *   c = a b, with a start (bias, or what c holds) and an end (relu, or only where another array is positive)
 *
 * BLAS is made for large matrices; here one side is a network's weights, 64 by
 * 256, and the start and the end cost as much as the product when they walk over
 * memory by themselves.  So tiles of c are kept in registers from start to end.
 * Either operand may lie transposed: give its strides.  Operands are rounded to
 * bfloat16 where precision.h says so.
 *
 * Shapes   a[row, inner] at a + row * a_row + inner * a_inner, b[inner, column] at
 *          b + inner * b_inner + column * b_column, c[row, column] at c + row * c_row + column;
 *          bias[columns]; open laid out as c; sum[columns].
 * Missing  nothing is read when inner is 0: the product is then 0.
 */
#pragma once
#include "forecast/kernel/real.h"

#define product_run KERNEL(product_run)
#define product_pack KERNEL(product_pack)
#define product_packed KERNEL(product_packed)

typedef struct Product {
    gsize rows, inner, columns;
    const real *a;
    gsize a_row, a_inner;
    const real *b;
    gsize b_inner, b_column;
    gboolean packed;  /* b is what product_pack made of it, and its strides do not count */
    gboolean paired;  /* where products are of pairs, a holds pairs already: neighbours of the inner index in one real, a_row between rows */
    real *c;
    gsize c_row;
    const real *bias; /* c starts from it; NULL: from 0 */
    gboolean add;     /* or from what c holds */
    const real *from; /* or from what this array, laid out as c, holds; NULL: it does not */
    gboolean relu;    /* end with max(c, 0) */
    const real *open; /* end with 0 where open <= 0; NULL: everywhere as it is */
    real *sum;        /* the column sums of b are added here; NULL: not wanted */
    const struct Product *more; /* whose a b is added: only its inner, a and b count; NULL: none */
} Product;

void product_run(const Product *product);

/* Lay b[inner][columns] out as the product wants it, once for many products with
 * it: its inner, columns, b and strides count.  Asks for product_packed() reals. */
gsize product_packed(gsize inner, gsize columns);
void product_pack(const Product *product, real *to);
