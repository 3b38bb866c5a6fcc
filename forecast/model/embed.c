#include "forecast/model/embed.h"

#include "forecast/kernel/block.h"

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

/* What relu let through, and its gradient. */
gsize embed_workspace(const GraphShape *shape)
{
    BlockShape block = block_shape(shape);
    return 2 * block.rows * block.middle;
}

static BlockWeights weights_of(const Tensors *tensors, const real *w)
{
    const Tensor *t = tensors->tensor;
    return (BlockWeights){w + t[0].offset, w + t[1].offset, w + t[2].offset, w + t[3].offset, w + t[4].offset};
}

void embed_forward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *x, real *work, real *e)
{
    BlockShape block = block_shape(shape);
    BlockWeights weights = weights_of(tensors, w);
    block_forward(&block, &weights, x, work, e);
}

void embed_backward(const GraphShape *shape, const Tensors *tensors, const real *wt, const real *x, real *work,
                    const real *de, real *dw)
{
    const Tensor *t = tensors->tensor;
    BlockShape block = block_shape(shape);
    BlockWeights transposed = weights_of(tensors, wt);
    BlockGradients gradients = {dw + t[0].offset, dw + t[1].offset, dw + t[2].offset, dw + t[3].offset, dw + t[4].offset};
    block_backward(&block, &transposed, x, work, de, work + block.rows * block.middle, NULL, &gradients);
}
