#include "forecast/model/embed.h"

#include "forecast/kernel/block.h"

/* Tokens that go through the block together: their inner numbers stay near. */
enum { TOGETHER = 256 };

static BlockShape block_shape(const GraphShape *shape)
{
    return (BlockShape){.rows = (shape->context + shape->future) * shape->rows, .in = shape->features,
                        .middle = 2 * shape->width, .out = shape->width};
}

void embed_tensors(const GraphShape *shape, Tensors *tensors)
{
    BlockShape block = block_shape(shape);
    double in = 1 / sqrt((double)block.in), middle = 1 / sqrt((double)block.middle);
    tensors_add(tensors, block.in, block.middle, 0, in);
    tensors_add(tensors, 1, block.middle, 0, in);
    tensors_add(tensors, block.middle, block.out, 0, middle);
    tensors_add(tensors, 1, block.out, 0, 0);
    tensors_add(tensors, block.in, block.out, 0, in);
}

/* Without a backward pass the inner numbers are those of the moment, unless two threads have moments of their own. */
static gboolean forgets(const GraphShape *shape)
{
    return shape->light && shape->rows > GRAPH_FEW;
}

/* Tokens whose inner numbers are kept. */
static gsize kept(const GraphShape *shape)
{
    gsize all = block_shape(shape).rows;
    return forgets(shape) ? MIN(all, TOGETHER) : all;
}

/* What relu let through, and its gradient. */
gsize embed_workspace(const GraphShape *shape)
{
    BlockShape block = block_shape(shape);
    return (kept(shape) + (shape->light ? 0 : MIN(block.rows, TOGETHER))) * block.middle;
}

static BlockWeights weights_of(const Tensors *tensors, const real *w, const real *packed)
{
    const Tensor *t = tensors->tensor;
    if (packed != NULL)
        return (BlockWeights){packed + t[0].packed, w + t[1].offset, packed + t[2].packed, w + t[3].offset, packed + t[4].packed, TRUE};
    return (BlockWeights){w + t[0].offset, w + t[1].offset, w + t[2].offset, w + t[3].offset, w + t[4].offset, FALSE};
}

void embed_forward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *packed, const real *x, gsize first, gsize tokens,
                   real *work, real *e)
{
    BlockShape block = block_shape(shape);
    BlockWeights weights = weights_of(tensors, w, packed);
    for (gsize end = first + tokens; first < end; first += block.rows) {
        block.rows = MIN(end - first, TOGETHER);
        block_forward(&block, &weights, x + first * block.in, work + (forgets(shape) ? 0 : first * block.middle), e + first * block.out);
    }
}

void embed_backward(const GraphShape *shape, const Tensors *tensors, const real *wt, const real *x, gsize first, gsize tokens,
                    real *work, const real *de, real *dw)
{
    const Tensor *t = tensors->tensor;
    BlockShape block = block_shape(shape);
    BlockWeights transposed = weights_of(tensors, wt, NULL);
    BlockGradients gradients = {dw + t[0].offset, dw + t[1].offset, dw + t[2].offset, dw + t[3].offset, dw + t[4].offset};
    real *dinner = work + kept(shape) * block.middle;
    for (gsize end = first + tokens; first < end; first += block.rows) {
        block.rows = MIN(end - first, TOGETHER);
        block_backward(&block, &transposed, x + first * block.in, work + first * block.middle, de + first * block.out, dinner, NULL, &gradients);
    }
}
