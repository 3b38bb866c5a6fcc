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

/* Two threads look with different heads at the same time. */
static gsize scratches(const GraphShape *shape)
{
    return shape->rows <= GRAPH_FEW ? shape->rows * shape->heads : 1;
}

static Shared shared_at(const GraphShape *shape)
{
    gsize steps = steps_of(shape), n = steps * shape->rows, d = shape->width;
    Shared at = {.stream = layer_at(shape, shape->layers).stream};
    at.turn = at.stream + n * d;
    at.scratch = at.turn + steps * ATTENTION_HEAD;
    at.dqkv = at.scratch + scratches(shape) * attention_scratch(steps);
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

/* What tokens first .. first + tokens - 1 ask and answer in a layer. */
static void ask(const GraphPass *pass, gsize layer, gsize first, gsize tokens)
{
    gsize d = pass->shape->width;
    Layer at = layer_at(pass->shape, layer);
    real *normed = pass->work + at.normed1 + first * d;
    rmsnorm_forward(pass->work + at.stream + first * d, pass->w + offset_of(pass->tensors, layer, LAYER_LOOK_NORM), tokens, d, normed,
                    pass->work + at.inverse1 + first);
    Product look = times(pass->tensors, layer, LAYER_LOOK_IN, pass->w, pass->packed, tokens, normed, NULL, pass->work + at.qkv + first * 3 * d);
    product_run(&look);
}

/* What they make of what they have seen. */
static void think(const GraphPass *pass, gsize layer, gsize first, gsize tokens)
{
    gsize d = pass->shape->width, token = first * d;
    const Tensors *tensors = pass->tensors;
    Layer at = layer_at(pass->shape, layer);
    real *middle = pass->work + at.middle + token, *normed = pass->work + at.normed2 + token, *inner = pass->work + at.inner + WIDER * token;
    Product seen = times(tensors, layer, LAYER_LOOK_OUT, pass->w, pass->packed, tokens, pass->work + at.seen + token, pass->work + at.stream + token, middle);
    product_run(&seen);
    rmsnorm_forward(middle, pass->w + offset_of(tensors, layer, LAYER_THINK_NORM), tokens, d, normed, pass->work + at.inverse2 + first);
    Product open = times(tensors, layer, LAYER_THINK_IN, pass->w, pass->packed, tokens, normed, NULL, inner);
    open.relu = TRUE;
    product_run(&open);
    Product thought = times(tensors, layer, LAYER_THINK_OUT, pass->w, pass->packed, tokens, inner, middle, pass->work + at.next + token);
    product_run(&thought);
}

void transformer_forward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *packed,
                         const GraphInput *input, real *work)
{
    gsize n = steps_of(shape) * shape->rows;
    const GraphPass pass = {.shape = shape, .tensors = tensors, .w = w, .packed = packed, .input = input, .work = work};
    AttentionShape attention = attention_shape(shape);
    Shared shared = shared_at(shape);
    const real *turn = packed != NULL ? packed + tensors->packed : work + shared.turn;
    if (packed == NULL)
        attention_turns(attention.steps, work + shared.turn);
    embed_forward(shape, tensors, w, packed, input->x, 0, n, work, work + layer_at(shape, 0).stream);
    for (gsize layer = 0; layer < shape->layers; layer++) {
        Layer at = layer_at(shape, layer);
        ask(&pass, layer, 0, n);
        attention_forward(&attention, work + at.qkv, input->key, turn, work + at.table, work + shared.scratch, work + at.seen);
        think(&pass, layer, 0, n);
    }
}

/* Tasks: the parts of the tokens are embedded and ask; then in each layer every head looks
 * when all have asked, and the parts think, and ask for the next layer, when all have looked. */
gsize transformer_plan(const GraphShape *shape, gsize parts, DuoTask *task)
{
    gsize heads = shape->rows * shape->heads, tasks = 0;
    for (gsize layer = 0; layer <= shape->layers; layer++) {
        gsize before = tasks;
        for (gsize head = 0; head < heads && layer > 0; head++)
            task[tasks++] = (DuoTask){.after = {-1, -1}, .all = before};
        before = tasks;
        for (gsize part = 0; part < parts; part++)
            task[tasks++] = (DuoTask){.after = {-1, -1}, .all = before};
    }
    return tasks;
}

void transformer_do(const GraphPass *pass, gsize task)
{
    const GraphShape *shape = pass->shape;
    gsize heads = shape->rows * shape->heads, layer = (task + heads) / (heads + pass->parts), at = (task + heads) % (heads + pass->parts);
    if (at < heads) {
        AttentionShape attention = attention_shape(shape);
        Layer of = layer_at(shape, layer - 1);
        attention_look(&attention, pass->work + of.qkv, pass->input->key, at / shape->heads, at % shape->heads, pass->work + of.table,
                       pass->work + shared_at(shape).scratch + at * attention_scratch(steps_of(shape)), pass->work + of.seen);
        return;
    }
    gsize part = at - heads, first = graph_part(steps_of(shape), pass->parts, part) * shape->rows;
    gsize tokens = graph_part(steps_of(shape), pass->parts, part + 1) * shape->rows - first;
    if (layer == 0)
        embed_forward(shape, pass->tensors, pass->w, pass->packed, pass->input->x, first, tokens, pass->work, pass->work + layer_at(shape, 0).stream);
    else
        think(pass, layer - 1, first, tokens);
    if (layer == shape->layers)
        return;
    AttentionShape attention = attention_shape(shape);
    ask(pass, layer, first, tokens);
    attention_turn(&attention, pass->packed + pass->tensors->packed, first, tokens, pass->work + layer_at(shape, layer).qkv);
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
    embed_backward(shape, tensors, wt, input->x, 0, steps_of(shape) * shape->rows, work, dstream, dw);
}
