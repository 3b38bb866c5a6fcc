#include "forecast/model/graph.h"

#include "forecast/kernel/pinball.h"
#include "forecast/model/head.h"
#include "forecast/model/lstm.h"
#include "forecast/model/outlook.h"
#include "forecast/model/transformer.h"

#include <string.h>

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

/* Offsets: the body's part, the head's, quantiles, their gradient, that of the stream. */
typedef struct {
    gsize head, quantile, dquantile, dstream, end;
} Work;

static Work work_at(const GraphShape *shape)
{
    gsize outputs = shape->future * shape->rows * OUTLOOK_LEVELS * shape->patch;
    Work at = {.head = (shape->transformer ? transformer_workspace : lstm_workspace)(shape)};
    at.quantile = at.head + head_workspace(shape);
    at.dquantile = at.quantile + outputs;
    at.dstream = at.dquantile + outputs;
    at.end = at.dstream + (shape->context + shape->future) * shape->rows * shape->width;
    return at;
}

gsize graph_workspace(const GraphShape *shape)
{
    return work_at(shape).end;
}

/* The stream of the future tokens, as the body left it. */
static const real *future_stream(const GraphShape *shape, const real *work)
{
    return work + (shape->transformer ? transformer_stream : lstm_stream)(shape) + shape->context * shape->rows * shape->width;
}

const real *graph_forward(const GraphShape *shape, const Tensors *tensors, const real *w, const GraphInput *input, real *work)
{
    Work at = work_at(shape);
    (shape->transformer ? transformer_forward : lstm_forward)(shape, tensors, w, input, work);
    head_forward(shape, tensors, w, future_stream(shape, work), input->anchor, input->spread, work + at.head, work + at.quantile);
    return work + at.quantile;
}

double graph_loss(const GraphShape *shape, const GraphInput *input, real *work)
{
    Work at = work_at(shape);
    double sum = pinball_loss(work + at.quantile, input->target, input->weight, outlook_level, shape->future * shape->rows,
                              OUTLOOK_LEVELS, shape->patch, huber, work + at.dquantile);
    for (gsize k = at.dquantile; k < at.dstream; k++)
        work[k] /= OUTLOOK_LEVELS;
    return sum / OUTLOOK_LEVELS;
}

void graph_backward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *wt,
                    const GraphInput *input, real *work, real *dw)
{
    Work at = work_at(shape);
    memset(work + at.dstream, 0, (at.end - at.dstream) * sizeof *work);
    head_backward(shape, tensors, w, wt, future_stream(shape, work), work + at.dquantile, work + at.head,
                  work + at.dstream + shape->context * shape->rows * shape->width, dw);
    (shape->transformer ? transformer_backward : lstm_backward)(shape, tensors, w, wt, input, work, work + at.dstream, dw);
}
