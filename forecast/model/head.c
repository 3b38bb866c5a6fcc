#include "forecast/model/head.h"

#include "forecast/kernel/block.h"
#include "forecast/kernel/pinball.h"
#include "forecast/kernel/rmsnorm.h"
#include "forecast/model/outlook.h"

enum { HEAD_NORM, HEAD_BLOCK, HEAD_TENSORS = 6 };

static BlockShape block_shape(const GraphShape *shape)
{
    return (BlockShape){.rows = shape->future * shape->rows, .in = shape->width, .middle = 2 * shape->width,
                        .out = OUTLOOK_LEVELS * shape->patch};
}

void head_tensors(const GraphShape *shape, Tensors *tensors)
{
    BlockShape block = block_shape(shape);
    double in = 1 / sqrt((double)block.in);
    tensors_add(tensors, 1, block.in, 1, 0);
    tensors_add(tensors, block.in, block.middle, 0, in);
    tensors_add(tensors, 1, block.middle, 0, in);
    tensors_add(tensors, block.middle, block.out, 0, 0);
    tensors_add(tensors, 1, block.out, 0, 0);
    tensors_add(tensors, block.in, block.out, 0, 0);
}

typedef struct {
    gsize normed, inverse, inner, dinner, dnormed, end;
} Work;

static Work work_at(const GraphShape *shape)
{
    BlockShape block = block_shape(shape);
    Work at = {.normed = 0, .inverse = block.rows * block.in};
    at.inner = at.inverse + real_lines(block.rows);
    at.dinner = at.inner + block.rows * block.middle;
    at.dnormed = at.dinner + block.rows * block.middle;
    at.end = at.dnormed + block.rows * block.in;
    return at;
}

gsize head_workspace(const GraphShape *shape)
{
    return work_at(shape).end;
}

static BlockWeights weights_of(const Tensor *t, const real *w, const real *packed)
{
    if (packed != NULL)
        return (BlockWeights){packed + t[0].packed, w + t[1].offset, packed + t[2].packed, w + t[3].offset, packed + t[4].packed, TRUE};
    return (BlockWeights){w + t[0].offset, w + t[1].offset, w + t[2].offset, w + t[3].offset, w + t[4].offset, FALSE};
}

void head_forward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *packed, const real *stream,
                  const real *anchor, const real *spread, real *work, real *quantile)
{
    const Tensor *first = &tensors->tensor[tensors->count - HEAD_TENSORS];
    BlockShape block = block_shape(shape);
    BlockWeights weights = weights_of(first + HEAD_BLOCK, w, packed);
    Work at = work_at(shape);
    rmsnorm_forward(stream, w + first[HEAD_NORM].offset, block.rows, block.in, work + at.normed, work + at.inverse);
    block_forward(&block, &weights, work + at.normed, work + at.inner, quantile);
    if (anchor != NULL)
        pinball_lay(anchor, spread, outlook_probit, block.rows, OUTLOOK_LEVELS, shape->patch, quantile);
}

void head_backward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *wt, const real *stream,
                   const real *dquantile, real *work, real *dstream, real *dw)
{
    const Tensor *first = &tensors->tensor[tensors->count - HEAD_TENSORS], *t = first + HEAD_BLOCK;
    BlockShape block = block_shape(shape);
    BlockWeights transposed = weights_of(t, wt, NULL);
    BlockGradients gradients = {dw + t[0].offset, dw + t[1].offset, dw + t[2].offset, dw + t[3].offset, dw + t[4].offset};
    Work at = work_at(shape);
    block_backward(&block, &transposed, work + at.normed, work + at.inner, dquantile, work + at.dinner, work + at.dnormed, &gradients);
    rmsnorm_backward(stream, w + first[HEAD_NORM].offset, work + at.inverse, work + at.dnormed, block.rows, block.in,
                     dstream, dw + first[HEAD_NORM].offset);
}
