#include "forecast/model/graph.h"

#include "forecast/kernel/pinball.h"
#include "forecast/model/duo.h"
#include "forecast/model/head.h"
#include "forecast/model/lstm.h"
#include "forecast/model/outlook.h"
#include "forecast/model/transformer.h"

#include <string.h>

/* Tokens of the windows that go through the layers together: their numbers, some
 * 10 KiB a token, stay near; fewer make the products too small. */
enum { GROUP_TOKENS = 128 };

/* Tokens that go through the head together. */
enum { CHUNK_TOKENS = 256 };

/* Width of the parabola that replaces the kink of the pinball loss, in units of the scale. */
static const real huber = (real)0.01;

void graph_tensors(const GraphShape *shape, Tensors *tensors)
{
    *tensors = (Tensors){0};
    (shape->transformer ? transformer_tensors : lstm_tensors)(shape, tensors);
    head_tensors(shape, tensors);
}

void graph_start(const GraphShape *shape, const Tensors *tensors, guint64 seed, real *w)
{
    tensors_start(tensors, seed, w);
    if (!shape->transformer)
        lstm_start(shape, tensors, w);
}

/* Parts in which two threads share few windows: an LSTM's follow one another, a transformer's go side by side. */
static gsize parts_of(const GraphShape *shape)
{
    return shape->transformer ? 4 : 6;
}

/* The head's space for one of them. */
static gsize head_of_part(const GraphShape *shape)
{
    GraphShape part = *shape;
    part.future = (shape->context + shape->future + parts_of(shape) - 1) / parts_of(shape);
    return head_workspace(&part);
}

/* Offsets: the body's part, the head's, quantiles, their gradient, that of the stream. */
typedef struct {
    gsize head, quantile, dquantile, dstream, end;
} Work;

static Work work_at(const GraphShape *shape)
{
    gsize outputs = real_lines(shape->future * shape->rows * OUTLOOK_LEVELS * shape->patch);
    Work at = {.head = (shape->transformer ? transformer_workspace : lstm_workspace)(shape)};
    at.quantile = at.head + MAX(head_workspace(shape), shape->rows <= GRAPH_FEW ? parts_of(shape) * head_of_part(shape) : 0);
    at.dquantile = at.quantile + outputs;
    at.dstream = at.dquantile + outputs;
    at.end = at.dstream + (shape->context + shape->future) * shape->rows * shape->width;
    return at;
}

gsize graph_workspace(const GraphShape *shape)
{
    return work_at(shape).end + REAL_LINE;
}

/* The stream of the future tokens, as the body left it. */
static const real *future_stream(const GraphShape *shape, const real *work)
{
    return work + (shape->transformer ? transformer_stream : lstm_stream)(shape) + shape->context * shape->rows * shape->width;
}

static double loss_of(const GraphShape *shape, const GraphInput *input, const real *quantile, real *dquantile)
{
    return pinball_loss(quantile, input->target, input->weight, outlook_level, shape->future * shape->rows,
                        OUTLOOK_LEVELS, shape->patch, huber, (real)(1.0 / OUTLOOK_LEVELS), dquantile);
}

/* The body's part. */
static void run_body(const GraphShape *shape, const Tensors *tensors, const real *w, const real *packed, const GraphInput *input, real *work)
{
    (shape->transformer ? transformer_forward : lstm_forward)(shape, tensors, w, packed, input, work);
}

/* A few steps of the future: what the head makes of them stays near. */
typedef struct {
    GraphShape shape;
    GraphInput input;
    gsize first;
} Chunk;

static Chunk chunk_at(const GraphShape *shape, const GraphInput *input, gsize first)
{
    gsize at = first * shape->rows * shape->patch;
    Chunk chunk = {.shape = *shape, .input = *input, .first = first};
    chunk.shape.future = MIN(MAX(CHUNK_TOKENS / shape->rows, 1), shape->future - first);
    const real **part[] = {&chunk.input.anchor, &chunk.input.spread, &chunk.input.target, &chunk.input.weight};
    for (gsize k = 0; k < G_N_ELEMENTS(part); k++)
        *part[k] = *part[k] != NULL ? *part[k] + at : NULL;
    return chunk;
}

/* The head of all future tokens, chunk by chunk, when nothing of it is to be kept. */
static void run_head(const GraphShape *shape, const Tensors *tensors, const real *w, const real *packed, const GraphInput *input,
                     real *work, real *quantile)
{
    Work at = work_at(shape);
    gsize tokens = shape->rows, each = OUTLOOK_LEVELS * shape->patch;
    for (gsize first = 0; first < shape->future;) {
        Chunk chunk = chunk_at(shape, input, first);
        head_forward(&chunk.shape, tensors, w, packed, future_stream(shape, work) + first * tokens * shape->width, chunk.input.anchor,
                     chunk.input.spread, work + at.head, quantile + first * tokens * each);
        first += chunk.shape.future;
    }
}

/* The head of all future tokens there and back, chunk by chunk; the loss. */
static double learn_head(const GraphShape *shape, const Tensors *tensors, const real *w, const real *wt, const GraphInput *input, real *work, real *dw)
{
    Work at = work_at(shape);
    real *dstream = work + at.dstream;
    double loss = 0;
    memset(dstream, 0, shape->context * shape->rows * shape->width * sizeof *work);
    dstream += shape->context * shape->rows * shape->width;
    for (gsize first = 0; first < shape->future;) {
        Chunk chunk = chunk_at(shape, input, first);
        gsize token = first * shape->rows * shape->width;
        memset(dstream + token, 0, chunk.shape.future * shape->rows * shape->width * sizeof *work);
        head_forward(&chunk.shape, tensors, w, NULL, future_stream(shape, work) + token, chunk.input.anchor, chunk.input.spread,
                     work + at.head, work + at.quantile);
        loss += loss_of(&chunk.shape, &chunk.input, work + at.quantile, work + at.dquantile);
        head_backward(&chunk.shape, tensors, w, wt, future_stream(shape, work) + token, work + at.dquantile, work + at.head,
                      dstream + token, dw);
        first += chunk.shape.future;
    }
    return loss;
}

const real *graph_forward(const GraphShape *shape, const Tensors *tensors, const real *w, const GraphInput *input, real *work)
{
    Work at = work_at(shape);
    work += real_ahead(work);
    run_body(shape, tensors, w, NULL, input, work);
    head_forward(shape, tensors, w, NULL, future_stream(shape, work), input->anchor, input->spread, work + at.head, work + at.quantile);
    return work + at.quantile;
}

double graph_loss(const GraphShape *shape, const GraphInput *input, real *work)
{
    Work at = work_at(shape);
    work += real_ahead(work);
    return loss_of(shape, input, work + at.quantile, work + at.dquantile);
}

static void body_back(const GraphShape *shape, const Tensors *tensors, const real *w, const real *wt, const GraphInput *input, real *work, real *dw)
{
    real *dstream = work + work_at(shape).dstream;
    (shape->transformer ? transformer_backward : lstm_backward)(shape, tensors, w, wt, input, work, dstream, dw);
}

void graph_backward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *wt,
                    const GraphInput *input, real *work, real *dw)
{
    Work at = work_at(shape);
    work += real_ahead(work);
    memset(work + at.dstream, 0, (at.end - at.dstream) * sizeof *work);
    head_backward(shape, tensors, w, wt, future_stream(shape, work), work + at.dquantile, work + at.head,
                  work + at.dstream + shape->context * shape->rows * shape->width, dw);
    body_back(shape, tensors, w, wt, input, work, dw);
}

/* A group of windows: its shape, its part of the inputs, and the space after them. */
typedef struct {
    GraphShape shape;
    GraphInput input;
    real *work;
} Group;

static gsize group_rows(const GraphShape *shape)
{
    return shape->transformer ? CLAMP(GROUP_TOKENS / (shape->context + shape->future), 1, shape->rows) : shape->rows;
}

/* Reals of one window's inputs. */
static gsize window_inputs(const GraphShape *shape)
{
    return (shape->context + shape->future) * (shape->features + 2) + 4 * shape->future * shape->patch;
}

gsize graph_groups(const GraphShape *shape)
{
    GraphShape group = *shape;
    group.rows = group_rows(shape);
    return (group.rows < shape->rows ? group.rows * window_inputs(shape) : 0) + graph_workspace(&group);
}

/* Rows first .. first + rows of from[steps][all][each], moved side by side; returns where they are. */
static const real *cut(const real *from, gsize steps, gsize all, gsize each, gsize first, gsize rows, real **to)
{
    const real *start = *to;
    for (gsize t = 0; t < steps; t++, *to += rows * each)
        memcpy(*to, from + (t * all + first) * each, rows * each * sizeof **to);
    return start;
}

static Group group_at(const GraphShape *shape, const GraphInput *input, gsize first, real *work)
{
    Group group = {.shape = *shape, .input = *input, .work = work};
    gsize rows = MIN(group_rows(shape), shape->rows - first), all = shape->rows, steps = shape->context + shape->future;
    group.shape.rows = rows;
    if (rows == all)
        return group;
    real **to = &group.work;
    group.input.x = cut(input->x, steps, all, shape->features, first, rows, to);
    group.input.live = cut(input->live, steps, all, 1, first, rows, to);
    group.input.key = cut(input->key, steps, all, 1, first, rows, to);
    if (input->anchor != NULL) {
        group.input.anchor = cut(input->anchor, shape->future, all, shape->patch, first, rows, to);
        group.input.spread = cut(input->spread, shape->future, all, shape->patch, first, rows, to);
    }
    if (shape->light)
        return group;
    group.input.target = cut(input->target, shape->future, all, shape->patch, first, rows, to);
    group.input.weight = cut(input->weight, shape->future, all, shape->patch, first, rows, to);
    return group;
}

double graph_learn(const GraphShape *shape, const Tensors *tensors, const real *w, const real *wt,
                   const GraphInput *input, real *work, real *dw)
{
    double loss = 0;
    for (gsize first = 0; first < shape->rows; first += group_rows(shape)) {
        Group group = group_at(shape, input, first, work);
        real *at = group.work + real_ahead(group.work);
        if (dw == NULL) {
            graph_forward(&group.shape, tensors, w, &group.input, at);
            loss += graph_loss(&group.shape, &group.input, at);
            continue;
        }
        run_body(&group.shape, tensors, w, NULL, &group.input, at);
        loss += learn_head(&group.shape, tensors, w, wt, &group.input, at, dw);
        body_back(&group.shape, tensors, w, wt, &group.input, at, dw);
    }
    return loss;
}

gsize graph_packed(const GraphShape *shape, const Tensors *tensors)
{
    return (shape->transformer ? transformer_packed(shape, tensors) : tensors->packed) + REAL_LINE;
}

void graph_pack(const GraphShape *shape, const Tensors *tensors, const real *w, real *packed)
{
    packed += real_ahead(packed);
    if (shape->transformer)
        transformer_pack(shape, tensors, w, packed);
    else
        tensors_pack(tensors, w, packed);
}

/* Few windows, shared with a second thread. */
typedef struct {
    GraphPass pass;
    gsize body; /* tasks of it; then the head's, one for each part */
} Shared;

/* The head of the future tokens of one part. */
static void head_do(const GraphPass *pass, gsize part)
{
    const GraphShape *shape = pass->shape;
    const GraphInput *input = pass->input;
    gsize steps = shape->context + shape->future, first = MAX(graph_part(steps, pass->parts, part), shape->context);
    GraphShape some = *shape;
    some.future = MAX(graph_part(steps, pass->parts, part + 1), first) - first;
    gsize token = (first - shape->context) * shape->rows, each = token * shape->patch;
    if (some.future > 0)
        head_forward(&some, pass->tensors, pass->w, pass->packed, future_stream(shape, pass->work) + token * shape->width,
                     input->anchor != NULL ? input->anchor + each : NULL, input->spread != NULL ? input->spread + each : NULL,
                     pass->work + work_at(shape).head + part * head_of_part(shape), pass->quantile + each * OUTLOOK_LEVELS);
}

static void shared_do(gpointer self, gsize task)
{
    const Shared *shared = self;
    if (task >= shared->body)
        head_do(&shared->pass, task - shared->body);
    else
        (shared->pass.shape->transformer ? transformer_do : lstm_do)(&shared->pass, task);
}

/* FALSE: nobody is there to share with. */
static gboolean share(const GraphShape *shape, const Tensors *tensors, const real *w, const real *packed, const GraphInput *input,
                      real *work, real *quantile)
{
    if (shape->rows > GRAPH_FEW || packed == NULL || !duo_take())
        return FALSE;
    DuoTask task[DUO_TASKS];
    gsize parts = parts_of(shape);
    Shared shared = {.pass = {.shape = shape, .tensors = tensors, .w = w, .packed = packed, .input = input, .work = work,
                              .quantile = quantile, .parts = parts}};
    shared.body = (shape->transformer ? transformer_plan : lstm_plan)(shape, parts, task);
    for (gsize part = 0; part < parts; part++)
        task[shared.body + part] = (DuoTask){.after = {(int)(shared.body - parts + part), -1}};
    duo_run(task, shared.body + parts, shared_do, &shared);
    return TRUE;
}

void graph_forecast(const GraphShape *shape, const Tensors *tensors, const real *w, const real *packed, const GraphInput *input,
                    real *work, real *quantile)
{
    gsize each = OUTLOOK_LEVELS * shape->patch;
    GraphShape light = *shape;
    light.light = TRUE;
    packed = packed != NULL ? packed + real_ahead(packed) : NULL;
    for (gsize first = 0; first < shape->rows; first += group_rows(shape)) {
        Group group = group_at(&light, input, first, work);
        gsize rows = group.shape.rows;
        real *at = group.work + real_ahead(group.work), *said = rows == shape->rows ? quantile : at + work_at(&group.shape).quantile;
        if (!share(&group.shape, tensors, w, packed, &group.input, at, said)) {
            run_body(&group.shape, tensors, w, packed, &group.input, at);
            run_head(&group.shape, tensors, w, packed, &group.input, at, said);
        }
        for (gsize f = 0; f < shape->future && said != quantile; f++)
            memcpy(quantile + (f * shape->rows + first) * each, said + f * rows * each, rows * each * sizeof *quantile);
    }
}
