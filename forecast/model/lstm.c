#include "forecast/model/lstm.h"

#include "forecast/kernel/activation.h"
#include "forecast/kernel/lstm_cell.h"
#include "forecast/kernel/rmsnorm.h"
#include "forecast/model/embed.h"

enum { LAYER_NORM, LAYER_INPUT, LAYER_STATE, LAYER_BIAS, LAYER_TENSORS };

/* Offsets of one layer's arrays in the workspace. */
typedef struct {
    gsize stream, normed, inverse, gate, cell, squashed, out, next;
} Layer;

/* After the stream that the last layer leaves: what layers share. */
typedef struct {
    gsize scratch, dnormed, dstate, end;
} Shared;

static gsize tokens_of(const GraphShape *shape)
{
    return (shape->context + shape->future) * shape->rows;
}

static Layer layer_at(const GraphShape *shape, gsize layer)
{
    gsize n = tokens_of(shape), d = shape->width, each = 9 * n * d + real_lines(n);
    Layer at = {.stream = embed_workspace(shape) + layer * each};
    at.normed = at.stream + n * d;
    at.inverse = at.normed + n * d;
    at.gate = at.inverse + real_lines(n);
    at.cell = at.gate + 4 * n * d;
    at.squashed = at.cell + n * d;
    at.out = at.squashed + n * d;
    at.next = at.out + n * d;
    return at;
}

void lstm_tensors(const GraphShape *shape, Tensors *tensors)
{
    gsize d = shape->width;
    double bound = 1 / sqrt((double)d);
    embed_tensors(shape, tensors);
    for (gsize layer = 0; layer < shape->layers; layer++) {
        tensors_add(tensors, 1, d, 1, 0);
        tensors_add(tensors, d, 4 * d, 0, bound);
        tensors_add(tensors, d, 4 * d, 0, bound);
        tensors_add(tensors, 1, 4 * d, 0, 0);
    }
}

static const Tensor *layer_tensor(const Tensors *tensors, gsize layer, gsize which)
{
    return &tensors->tensor[EMBED_TENSORS + layer * LAYER_TENSORS + which];
}

void lstm_start(const GraphShape *shape, const Tensors *tensors, real *w)
{
    for (gsize layer = 0; layer < shape->layers; layer++) {
        real *bias = w + layer_tensor(tensors, layer, LAYER_BIAS)->offset;
        for (gsize column = 0; column < 4 * shape->width; column++)
            if (column % 64 / 16 == 1) /* the second 16 of each 64 are forget gates */
                bias[column] = 1;
    }
}

static LstmCellShape cell_shape(const GraphShape *shape)
{
    return (LstmCellShape){.steps = shape->context + shape->future, .rows = shape->rows, .in = shape->width, .hidden = shape->width};
}

static Shared shared_at(const GraphShape *shape)
{
    gsize n = tokens_of(shape), d = shape->width;
    LstmCellShape cell = cell_shape(shape);
    Shared at = {.scratch = layer_at(shape, shape->layers).stream + n * d};
    at.dnormed = at.scratch + real_lines(lstm_cell_scratch(&cell));
    at.dstate = at.dnormed + n * d;
    at.end = at.dstate + 2 * shape->rows * d;
    return at;
}

gsize lstm_workspace(const GraphShape *shape)
{
    return shared_at(shape).end;
}

gsize lstm_stream(const GraphShape *shape)
{
    return layer_at(shape, shape->layers).stream;
}

/* Where the packed weights of a layer lie: behind those of the products. */
static gsize packed_at(const GraphShape *shape, const Tensors *tensors, gsize layer)
{
    LstmCellShape cell = cell_shape(shape);
    return tensors->packed + layer * real_lines(lstm_cell_packed(&cell));
}

gsize lstm_packed(const GraphShape *shape, const Tensors *tensors)
{
    return packed_at(shape, tensors, shape->layers);
}

void lstm_pack(const GraphShape *shape, const Tensors *tensors, const real *w, real *packed)
{
    LstmCellShape cell = cell_shape(shape);
    tensors_pack(tensors, w, packed);
    for (gsize layer = 0; layer < shape->layers; layer++)
        lstm_cell_pack(&cell, w + layer_tensor(tensors, layer, LAYER_INPUT)->offset, w + layer_tensor(tensors, layer, LAYER_STATE)->offset,
                       packed + packed_at(shape, tensors, layer));
}

void lstm_forward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *packed,
                  const GraphInput *input, real *work)
{
    gsize n = tokens_of(shape), d = shape->width;
    LstmCellShape cell = cell_shape(shape);
    Shared shared = shared_at(shape);
    embed_forward(shape, tensors, w, packed, input->x, work, work + layer_at(shape, 0).stream);
    for (gsize layer = 0; layer < shape->layers; layer++) {
        Layer at = layer_at(shape, layer);
        const real *norm = w + layer_tensor(tensors, layer, LAYER_NORM)->offset;
        rmsnorm_forward(work + at.stream, norm, n, d, work + at.normed, work + at.inverse);
        lstm_cell_forward(&cell, work + at.normed, w + layer_tensor(tensors, layer, LAYER_INPUT)->offset,
                          w + layer_tensor(tensors, layer, LAYER_STATE)->offset,
                          packed != NULL ? packed + packed_at(shape, tensors, layer) : NULL,
                          w + layer_tensor(tensors, layer, LAYER_BIAS)->offset, input->live, work + shared.scratch,
                          work + at.gate, work + at.cell, shape->light ? NULL : work + at.squashed, work + at.out);
        activation_sum(work + at.stream, work + at.out, n * d, work + at.next);
    }
}

void lstm_backward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *wt,
                   const GraphInput *input, real *work, real *dstream, real *dw)
{
    gsize n = tokens_of(shape), d = shape->width;
    LstmCellShape cell = cell_shape(shape);
    Shared shared = shared_at(shape);
    real *dnormed = work + shared.dnormed;
    for (gsize layer = shape->layers; layer-- > 0;) {
        Layer at = layer_at(shape, layer);
        gsize norm = layer_tensor(tensors, layer, LAYER_NORM)->offset, in = layer_tensor(tensors, layer, LAYER_INPUT)->offset;
        gsize state = layer_tensor(tensors, layer, LAYER_STATE)->offset, bias = layer_tensor(tensors, layer, LAYER_BIAS)->offset;
        lstm_cell_backward(&cell, work + at.normed, wt + in, wt + state, input->live, work + shared.scratch, work + at.gate,
                           work + at.cell, work + at.squashed, work + at.out, dstream, work + shared.dstate, dnormed, dw + in, dw + state, dw + bias);
        rmsnorm_backward(work + at.stream, w + norm, work + at.inverse, dnormed, n, d, dstream, dw + norm);
    }
    embed_backward(shape, tensors, wt, input->x, work, dstream, dw);
}
