#include "forecast/model/lstm.h"

#include "forecast/kernel/lstm_cell.h"
#include "forecast/kernel/product.h"
#include "forecast/kernel/rmsnorm.h"
#include "forecast/model/embed.h"

enum { LAYER_NORM, LAYER_INPUT, LAYER_STATE, LAYER_BIAS, LAYER_TENSORS };

/* Tokens, and steps, that go through all layers before the next do: what one layer leaves is still near when the other reads it. */
enum { STRETCH_TOKENS = 256, STRETCH_STEPS = 16 };

/* Offsets of one layer's arrays in the workspace: the streams before and after it, what the backward pass
 * reads, what is carried from stretch to stretch, what a stretch needs, and both matrices packed. */
typedef struct {
    gsize stream, next, gate, cell, state, dstate, normed, inverse, weights, end;
} Layer;

/* Behind the layers: the gradient of what a layer read, and scratch. */
typedef struct {
    gsize dnormed, scratch, end;
} Shared;

static gsize steps_of(const GraphShape *shape)
{
    return shape->context + shape->future;
}

/* Few windows read each weight for so little that they take all steps at once. */
static gboolean is_few(const GraphShape *shape)
{
    return shape->light && shape->rows <= GRAPH_FEW;
}

static gsize stretch_of(const GraphShape *shape)
{
    return is_few(shape) ? steps_of(shape) : CLAMP(STRETCH_TOKENS / shape->rows, 1, STRETCH_STEPS);
}

/* `steps` steps of a layer from step `first` on. */
static LstmCellShape cell_shape(const GraphShape *shape, gsize first, gsize steps)
{
    return (LstmCellShape){.steps = steps, .rows = shape->rows, .in = shape->width, .hidden = shape->width,
                           .begun = first > 0, .going = first + steps < steps_of(shape)};
}

/* One matrix as the forward or as the backward pass wants it. */
static gsize matrix_room(const GraphShape *shape)
{
    gsize d = shape->width;
    return real_lines(MAX(product_packed(d, 4 * d), product_packed(4 * d, d)));
}

/* Without a backward pass all layers work on one stream, and keep only what their next steps read. */
static Layer layer_at(const GraphShape *shape, gsize layer)
{
    gsize d = shape->width, row = shape->rows * d, all = steps_of(shape) * row, some = stretch_of(shape) * row;
    gsize streams = shape->light ? 1 : shape->layers + 1, kept = shape->light ? some : all;
    LstmCellShape cell = cell_shape(shape, 0, 1);
    Layer at = {.stream = embed_workspace(shape) + (shape->light ? 0 : layer * all)};
    at.next = at.stream + (shape->light ? 0 : all);
    at.gate = 0;
    at.cell = at.gate + 4 * kept;
    at.state = at.cell + (shape->light ? row : all);
    at.dstate = at.state + real_lines(lstm_cell_state(&cell));
    at.normed = at.dstate + (shape->light ? 0 : 2 * row);
    at.inverse = at.normed + some;
    at.weights = at.inverse + real_lines(some / d);
    at.end = at.weights + 2 * matrix_room(shape);
    gsize own = embed_workspace(shape) + streams * all + layer * at.end;
    gsize *part[] = {&at.gate, &at.cell, &at.state, &at.dstate, &at.normed, &at.inverse, &at.weights, &at.end};
    for (gsize k = 0; k < G_N_ELEMENTS(part); k++)
        *part[k] += own;
    return at;
}

static Shared shared_at(const GraphShape *shape)
{
    LstmCellShape cell = cell_shape(shape, 0, stretch_of(shape));
    Shared at = {.dnormed = layer_at(shape, shape->layers - 1).end};
    at.scratch = at.dnormed + (shape->light ? 0 : cell.steps * cell.rows * cell.in);
    at.end = at.scratch + (shape->light ? 0 : lstm_cell_scratch(&cell));
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

gsize lstm_workspace(const GraphShape *shape)
{
    return shared_at(shape).end;
}

gsize lstm_stream(const GraphShape *shape)
{
    return layer_at(shape, shape->layers - 1).next;
}

/* A layer's matrices, packed already or packed here. */
static LstmCellWeights weights_of(const GraphShape *shape, const Tensors *tensors, gsize layer, const real *w, const real *packed, real *work)
{
    const Tensor *in = layer_tensor(tensors, layer, LAYER_INPUT), *state = layer_tensor(tensors, layer, LAYER_STATE);
    const real *bias = w + layer_tensor(tensors, layer, LAYER_BIAS)->offset;
    if (packed != NULL)
        return (LstmCellWeights){packed + in->packed, packed + state->packed, bias};
    real *to = work + layer_at(shape, layer).weights;
    tensors_pack_one(in, w, to);
    tensors_pack_one(state, w, to + matrix_room(shape));
    return (LstmCellWeights){to, to + matrix_room(shape), bias};
}

/* Steps first .. first + steps - 1 of one layer: what it reads; and what it makes of that. */
static void layer_ahead(const GraphShape *shape, const Tensors *tensors, gsize layer, const real *w, const LstmCellWeights *weights,
                        gsize first, gsize steps, real *work)
{
    gsize rows = shape->rows, d = shape->width, token = first * rows, kept = is_few(shape) ? token : 0;
    LstmCellShape cell = cell_shape(shape, first, steps);
    Layer at = layer_at(shape, layer);
    rmsnorm_forward(work + at.stream + token * d, w + layer_tensor(tensors, layer, LAYER_NORM)->offset, steps * rows, d,
                    work + at.normed + kept * d, work + at.inverse + kept);
    if (is_few(shape))
        lstm_cell_ahead(&cell, weights, work + at.normed + kept * d, work + at.gate + 4 * kept * d);
}

static void layer_forward(const GraphShape *shape, gsize layer, const LstmCellWeights *weights, const real *live,
                          gsize first, gsize steps, real *work)
{
    gsize d = shape->width, token = first * shape->rows, kept = shape->light ? 0 : token;
    LstmCellShape cell = cell_shape(shape, first, steps);
    Layer at = layer_at(shape, layer);
    lstm_cell_forward(&cell, weights, is_few(shape) ? NULL : work + at.normed, live + token, !shape->light, work + at.state,
                      work + at.gate + 4 * (is_few(shape) ? token : kept) * d, work + at.cell + kept * d, work + at.stream + token * d, work + at.next + token * d);
}

void lstm_forward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *packed,
                  const GraphInput *input, real *work)
{
    gsize steps = stretch_of(shape);
    LstmCellWeights weights[GRAPH_LAYERS];
    for (gsize layer = 0; layer < shape->layers; layer++)
        weights[layer] = weights_of(shape, tensors, layer, w, packed, work);
    for (gsize first = 0; first < steps_of(shape); first += steps) {
        steps = MIN(steps, steps_of(shape) - first);
        embed_forward(shape, tensors, w, packed, input->x, first * shape->rows, steps * shape->rows, work, work + layer_at(shape, 0).stream);
        for (gsize layer = 0; layer < shape->layers; layer++) {
            layer_ahead(shape, tensors, layer, w, &weights[layer], first, steps, work);
            layer_forward(shape, layer, &weights[layer], input->live, first, steps, work);
        }
    }
}

/* Stages of tasks: the embedding, then of each layer what it reads and what it makes of that. */
enum { STAGE_EMBED, STAGE_LAYERS, LAYER_AHEAD = 0, LAYER_FORWARD, LAYER_STAGES };

gsize lstm_plan(const GraphShape *shape, gsize parts, DuoTask *task)
{
    gsize stages = STAGE_LAYERS + shape->layers * LAYER_STAGES;
    g_assert(is_few(shape));
    for (gsize stage = 0; stage < stages; stage++)
        for (gsize part = 0; part < parts; part++) {
            gsize k = stage * parts + part;
            gboolean recurs = stage >= STAGE_LAYERS && (stage - STAGE_LAYERS) % LAYER_STAGES == LAYER_FORWARD;
            task[k] = (DuoTask){.after = {stage > 0 ? (int)(k - parts) : -1, recurs && part > 0 ? (int)(k - 1) : -1}};
        }
    return stages * parts;
}

void lstm_do(const GraphPass *pass, gsize task)
{
    const GraphShape *shape = pass->shape;
    gsize stage = task / pass->parts, part = task % pass->parts;
    gsize first = graph_part(steps_of(shape), pass->parts, part), steps = graph_part(steps_of(shape), pass->parts, part + 1) - first;
    if (stage == STAGE_EMBED) {
        embed_forward(shape, pass->tensors, pass->w, pass->packed, pass->input->x, first * shape->rows, steps * shape->rows, pass->work,
                      pass->work + layer_at(shape, 0).stream);
        return;
    }
    gsize layer = (stage - STAGE_LAYERS) / LAYER_STAGES;
    LstmCellWeights weights = weights_of(shape, pass->tensors, layer, pass->w, pass->packed, pass->work);
    if ((stage - STAGE_LAYERS) % LAYER_STAGES == LAYER_AHEAD)
        layer_ahead(shape, pass->tensors, layer, pass->w, &weights, first, steps, pass->work);
    else
        layer_forward(shape, layer, &weights, pass->input->live, first, steps, pass->work);
}

/* dstream holds the gradient of what the layer left; on return that of what it was given. */
static void layer_backward(const GraphShape *shape, const Tensors *tensors, gsize layer, const real *w, const real *live,
                           gsize first, gsize steps, real *work, real *dstream, real *dw)
{
    gsize rows = shape->rows, d = shape->width, token = first * rows;
    LstmCellShape cell = cell_shape(shape, first, steps);
    Layer at = layer_at(shape, layer);
    Shared shared = shared_at(shape);
    gsize norm = layer_tensor(tensors, layer, LAYER_NORM)->offset, in = layer_tensor(tensors, layer, LAYER_INPUT)->offset;
    gsize state = layer_tensor(tensors, layer, LAYER_STATE)->offset, bias = layer_tensor(tensors, layer, LAYER_BIAS)->offset;
    const real *stream = work + at.stream + token * d, *wxt = work + at.weights, *wht = wxt + matrix_room(shape);
    rmsnorm_forward(stream, w + norm, steps * rows, d, work + at.normed, work + at.inverse);
    lstm_cell_backward(&cell, wxt, wht, work + at.normed, live + token, work + at.gate + 4 * token * d, work + at.cell + token * d, dstream + token * d,
                       work + at.dstate, work + shared.scratch, work + shared.dnormed, dw + in, dw + state, dw + bias);
    rmsnorm_backward(stream, w + norm, work + at.inverse, work + shared.dnormed, steps * rows, d, dstream + token * d, dw + norm);
}

/* Both matrices of a layer the other way round, over those of the forward pass. */
static void pack_back(const GraphShape *shape, const Tensors *tensors, gsize layer, const real *wt, real *work)
{
    gsize d = shape->width;
    real *to = work + layer_at(shape, layer).weights;
    for (gsize which = LAYER_INPUT; which <= LAYER_STATE; which++, to += matrix_room(shape)) {
        const Product back = {.inner = 4 * d, .columns = d, .b = wt + layer_tensor(tensors, layer, which)->offset, .b_inner = d, .b_column = 1};
        product_pack(&back, to);
    }
}

void lstm_backward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *wt,
                   const GraphInput *input, real *work, real *dstream, real *dw)
{
    gsize rows = shape->rows;
    for (gsize layer = 0; layer < shape->layers; layer++)
        pack_back(shape, tensors, layer, wt, work);
    for (gsize end = steps_of(shape), steps; end > 0; end -= steps) {
        steps = (end - 1) % stretch_of(shape) + 1; /* as forward: the last may be short */
        for (gsize layer = shape->layers; layer-- > 0;)
            layer_backward(shape, tensors, layer, w, input->live, end - steps, steps, work, dstream, dw);
        embed_backward(shape, tensors, wt, input->x, (end - steps) * rows, steps * rows, work, dstream, dw);
    }
}
