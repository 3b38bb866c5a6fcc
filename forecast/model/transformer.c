#include "forecast/model/transformer.h"

#include "forecast/kernel/affine.h"
#include "forecast/kernel/attention.h"
#include "forecast/kernel/product.h"
#include "forecast/kernel/rmsnorm.h"
#include "forecast/model/embed.h"

enum { LAYER_LOOK_NORM, LAYER_LOOK_IN, LAYER_LOOK_OUT, LAYER_THINK_NORM, LAYER_THINK_IN, LAYER_THINK_OUT, LAYER_TENSORS };
enum { WIDER = 4 }; /* the feed-forward part is this many times wider */

/* Offsets of one layer's arrays in the workspace. */
typedef struct {
    gsize stream, normed1, inverse1, qkv, table, seen, middle, normed2, inverse2, inner, next;
} Layer;

static gsize steps_of(const GraphShape *shape)
{
    return shape->context + shape->future;
}

static AttentionShape attention_shape(const GraphShape *shape)
{
    return (AttentionShape){.steps = steps_of(shape), .rows = shape->rows, .heads = shape->heads};
}

static Layer layer_at(const GraphShape *shape, gsize layer)
{
    AttentionShape attention = attention_shape(shape);
    gsize n = steps_of(shape) * shape->rows, d = shape->width, table = real_lines(attention_table(&attention));
    gsize each = n * d * (8 + WIDER) + 2 * real_lines(n) + table;
    Layer at = {.stream = embed_workspace(shape) + layer * each};
    at.normed1 = at.stream + n * d;
    at.inverse1 = at.normed1 + n * d;
    at.qkv = at.inverse1 + real_lines(n);
    at.table = at.qkv + 3 * n * d;
    at.seen = at.table + table;
    at.middle = at.seen + n * d;
    at.normed2 = at.middle + n * d;
    at.inverse2 = at.normed2 + n * d;
    at.inner = at.inverse2 + real_lines(n);
    at.next = at.inner + WIDER * n * d;
    return at;
}

/* What layers share: the last stream, rotations, scratch and gradients. */
typedef struct {
    gsize stream, turn, scratch, dqkv, dinner, dnormed, end;
} Shared;

static Shared shared_at(const GraphShape *shape)
{
    gsize steps = steps_of(shape), n = steps * shape->rows, d = shape->width;
    Shared at = {.stream = layer_at(shape, shape->layers).stream};
    at.turn = at.stream + n * d;
    at.scratch = at.turn + steps * ATTENTION_HEAD;
    at.dqkv = at.scratch + attention_scratch(steps);
    at.dinner = at.dqkv + 3 * n * d;
    at.dnormed = at.dinner + WIDER * n * d;
    at.end = at.dnormed + n * d;
    return at;
}

void transformer_tensors(const GraphShape *shape, Tensors *tensors)
{
    gsize d = shape->width;
    /* Paths back into the stream start smaller, so that depth does not inflate it. */
    double bound = 1 / sqrt((double)d), shy = 1 / sqrt(2.0 * (double)shape->layers);
    embed_tensors(shape, tensors);
    for (gsize layer = 0; layer < shape->layers; layer++) {
        tensors_add(tensors, 1, d, 1, 0);
        tensors_add(tensors, d, 3 * d, 0, bound);
        tensors_add(tensors, d, d, 0, bound * shy);
        tensors_add(tensors, 1, d, 1, 0);
        tensors_add(tensors, d, WIDER * d, 0, bound);
        tensors_add(tensors, WIDER * d, d, 0, bound / sqrt((double)WIDER) * shy);
    }
}

static gsize offset_of(const Tensors *tensors, gsize layer, gsize which)
{
    return tensors->tensor[EMBED_TENSORS + layer * LAYER_TENSORS + which].offset;
}

gsize transformer_workspace(const GraphShape *shape)
{
    return shared_at(shape).end;
}

gsize transformer_stream(const GraphShape *shape)
{
    return layer_at(shape, shape->layers).stream;
}

/* Behind the weights: the rotations. */
gsize transformer_packed(const GraphShape *shape, const Tensors *tensors)
{
    return tensors->packed + steps_of(shape) * ATTENTION_HEAD;
}

void transformer_pack(const GraphShape *shape, const Tensors *tensors, const real *w, real *packed)
{
    tensors_pack(tensors, w, packed);
    attention_turns(steps_of(shape), packed + tensors->packed);
}

/* y[n][columns] = x w of one tensor of a layer, added to what `from` holds; NULL: 0. */
static Product times(const Tensors *tensors, gsize layer, gsize which, const real *w, const real *packed, gsize n, const real *x, const real *from, real *y)
{
    const Tensor *t = &tensors->tensor[EMBED_TENSORS + layer * LAYER_TENSORS + which];
    return (Product){.rows = n, .inner = t->rows, .columns = t->columns, .a = x, .a_row = t->rows, .a_inner = 1,
                     .b = packed != NULL ? packed + t->packed : w + t->offset, .b_inner = t->columns, .b_column = 1, .packed = packed != NULL,
                     .c = y, .c_row = t->columns, .from = from};
}

void transformer_forward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *packed,
                         const GraphInput *input, real *work)
{
    gsize n = steps_of(shape) * shape->rows, d = shape->width;
    AttentionShape attention = attention_shape(shape);
    Shared shared = shared_at(shape);
    const real *turn = packed != NULL ? packed + tensors->packed : work + shared.turn;
    if (packed == NULL)
        attention_turns(attention.steps, work + shared.turn);
    embed_forward(shape, tensors, w, packed, input->x, work, work + layer_at(shape, 0).stream);
    for (gsize layer = 0; layer < shape->layers; layer++) {
        Layer at = layer_at(shape, layer);
        rmsnorm_forward(work + at.stream, w + offset_of(tensors, layer, LAYER_LOOK_NORM), n, d, work + at.normed1, work + at.inverse1);
        Product look = times(tensors, layer, LAYER_LOOK_IN, w, packed, n, work + at.normed1, NULL, work + at.qkv);
        product_run(&look);
        attention_forward(&attention, work + at.qkv, input->key, turn, work + at.table, work + shared.scratch, work + at.seen);
        Product seen = times(tensors, layer, LAYER_LOOK_OUT, w, packed, n, work + at.seen, work + at.stream, work + at.middle);
        product_run(&seen);
        rmsnorm_forward(work + at.middle, w + offset_of(tensors, layer, LAYER_THINK_NORM), n, d, work + at.normed2, work + at.inverse2);
        Product think = times(tensors, layer, LAYER_THINK_IN, w, packed, n, work + at.normed2, NULL, work + at.inner);
        think.relu = TRUE;
        product_run(&think);
        Product thought = times(tensors, layer, LAYER_THINK_OUT, w, packed, n, work + at.inner, work + at.middle, work + at.next);
        product_run(&thought);
    }
}

/* dstream holds the gradient after the feed-forward part; on return the one before it. */
static void think_backward(const GraphShape *shape, const Tensors *tensors, gsize layer, const real *w, const real *wt,
                           real *work, real *dstream, real *dw)
{
    gsize n = steps_of(shape) * shape->rows, d = shape->width;
    gsize norm = offset_of(tensors, layer, LAYER_THINK_NORM), in = offset_of(tensors, layer, LAYER_THINK_IN);
    gsize out = offset_of(tensors, layer, LAYER_THINK_OUT);
    Layer at = layer_at(shape, layer);
    Shared shared = shared_at(shape);
    affine_backward_weight(work + at.inner, dstream, n, WIDER * d, d, dw + out, NULL);
    const Product open = {.rows = n, .inner = d, .columns = WIDER * d, .a = dstream, .a_row = d, .a_inner = 1, .b = wt + out,
                          .b_inner = WIDER * d, .b_column = 1, .c = work + shared.dinner, .c_row = WIDER * d, .open = work + at.inner};
    product_run(&open);
    affine_backward_weight(work + at.normed2, work + shared.dinner, n, d, WIDER * d, dw + in, NULL);
    affine_backward_input(work + shared.dinner, wt + in, n, d, WIDER * d, 0, work + shared.dnormed);
    rmsnorm_backward(work + at.middle, w + norm, work + at.inverse2, work + shared.dnormed, n, d, dstream, dw + norm);
}

/* The same for the attention part. */
static void look_backward(const GraphShape *shape, const Tensors *tensors, gsize layer, const real *w, const real *wt,
                          const GraphInput *input, real *work, real *dstream, real *dw)
{
    gsize n = steps_of(shape) * shape->rows, d = shape->width;
    gsize norm = offset_of(tensors, layer, LAYER_LOOK_NORM), in = offset_of(tensors, layer, LAYER_LOOK_IN);
    gsize out = offset_of(tensors, layer, LAYER_LOOK_OUT);
    AttentionShape attention = attention_shape(shape);
    Layer at = layer_at(shape, layer);
    Shared shared = shared_at(shape);
    affine_backward_weight(work + at.seen, dstream, n, d, d, dw + out, NULL);
    affine_backward_input(dstream, wt + out, n, d, d, 0, work + shared.dnormed);
    attention_backward(&attention, work + at.qkv, input->key, work + shared.turn, work + at.table, work + shared.dnormed,
                       work + shared.scratch, work + shared.dqkv);
    affine_backward_weight(work + at.normed1, work + shared.dqkv, n, d, 3 * d, dw + in, NULL);
    affine_backward_input(work + shared.dqkv, wt + in, n, d, 3 * d, 0, work + shared.dnormed);
    rmsnorm_backward(work + at.stream, w + norm, work + at.inverse1, work + shared.dnormed, n, d, dstream, dw + norm);
}

void transformer_backward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *wt,
                          const GraphInput *input, real *work, real *dstream, real *dw)
{
    for (gsize layer = shape->layers; layer-- > 0;) {
        think_backward(shape, tensors, layer, w, wt, work, dstream, dw);
        look_backward(shape, tensors, layer, w, wt, input, work, dstream, dw);
    }
    embed_backward(shape, tensors, wt, input->x, work, dstream, dw);
}
