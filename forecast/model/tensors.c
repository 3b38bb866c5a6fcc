#include "forecast/model/tensors.h"

#include "forecast/kernel/affine.h"
#include "forecast/kernel/product.h"
#include "forecast/model/draw.h"

#include <string.h>

enum { PADDING = 16 };

void tensors_add(Tensors *tensors, gsize rows, gsize columns, double start, double spread)
{
    g_assert(tensors->count < TENSORS_MOST);
    tensors->tensor[tensors->count++] =
        (Tensor){.offset = tensors->size, .packed = tensors->packed, .rows = rows, .columns = columns, .start = start, .spread = spread, .decays = rows > 1};
    tensors->size += (rows * columns + PADDING - 1) / PADDING * PADDING;
    tensors->packed += rows > 1 ? real_lines(product_packed(rows, columns)) : 0;
}

void tensors_start(const Tensors *tensors, guint64 seed, real *w)
{
    memset(w, 0, tensors->size * sizeof *w);
    for (gsize k = 0; k < tensors->count; k++) {
        const Tensor *t = &tensors->tensor[k];
        for (gsize j = 0; j < t->rows * t->columns; j++)
            w[t->offset + j] = (real)(t->start + t->spread * (2 * draw_uniform(seed, k, j) - 1));
    }
}

void tensors_transpose(const Tensors *tensors, const real *w, real *wt)
{
    for (gsize k = 0; k < tensors->count; k++) {
        const Tensor *t = &tensors->tensor[k];
        if (t->rows > 1)
            affine_transpose(w + t->offset, t->rows, t->columns, wt + t->offset);
    }
}

void tensors_pack_one(const Tensor *tensor, const real *w, real *to)
{
    const Product product = {.inner = tensor->rows, .columns = tensor->columns, .b = w + tensor->offset, .b_inner = tensor->columns, .b_column = 1};
    product_pack(&product, to);
}

void tensors_pack(const Tensors *tensors, const real *w, real *packed)
{
    for (gsize k = 0; k < tensors->count; k++)
        if (tensors->tensor[k].rows > 1)
            tensors_pack_one(&tensors->tensor[k], w, packed + tensors->tensor[k].packed);
}

gsize tensors_parameters(const Tensors *tensors)
{
    gsize parameters = 0;
    for (gsize k = 0; k < tensors->count; k++)
        parameters += tensors->tensor[k].rows * tensors->tensor[k].columns;
    return parameters;
}
