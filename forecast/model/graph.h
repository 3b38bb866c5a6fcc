/* graph.h -- one network from tokens to quantiles and back, over one shard of windows.
 *
 * tokens -> body (LSTM or transformer) -> head, on the future tokens.  All that
 * is computed on the way lies in one workspace that the caller sizes up front.
 *
 * Shapes   x[steps][rows][features]; live, key[steps][rows]; anchor, spread, target,
 *          weight[future][rows][patch]; quantile[future][rows][13][patch] (tokens.h says
 *          what they mean); steps = context + future; width a multiple of 16, width = 16 heads.
 * Threads  pure functions of their arguments.
 */
#pragma once
#include "forecast/model/tensors.h"

#define graph_tensors KERNEL(graph_tensors)
#define graph_start KERNEL(graph_start)
#define graph_workspace KERNEL(graph_workspace)
#define graph_forward KERNEL(graph_forward)
#define graph_loss KERNEL(graph_loss)
#define graph_backward KERNEL(graph_backward)
#define graph_groups KERNEL(graph_groups)
#define graph_packed KERNEL(graph_packed)
#define graph_pack KERNEL(graph_pack)
#define graph_learn KERNEL(graph_learn)
#define graph_forecast KERNEL(graph_forecast)

enum { GRAPH_LAYERS = 8 /* at most */, GRAPH_FEW = 2 /* windows that do not fill the processor: two threads may share them */ };

typedef struct {
    gboolean transformer; /* else LSTM */
    gsize rows, context, future, features, patch;
    gsize width, layers, heads;
    gboolean light; /* no backward pass follows: what only that needs is not kept */
} GraphShape;

/* anchor and spread may both be NULL: then the quantiles are the head's share alone;
 * target and weight count for the loss only. */
typedef struct {
    const real *x, *live, *key, *anchor, *spread, *target, *weight;
} GraphInput;

/* A forecast of few windows in tasks that two threads share (duo.h): each part is some tokens. */
typedef struct {
    const GraphShape *shape; /* light */
    const Tensors *tensors;
    const real *w, *packed;
    const GraphInput *input;
    real *work, *quantile;
    gsize parts;
} GraphPass;

/* Number k of `parts` nearly equal parts of n begins here; and the next one there. */
static inline gsize graph_part(gsize n, gsize parts, gsize k)
{
    return n * k / parts;
}

/* The tensors in order: embedding, layers, head. */
void graph_tensors(const GraphShape *shape, Tensors *tensors);

/* Starting weights of `seed`; the head's last layer is zero, the forget gates lean to 1. */
void graph_start(const GraphShape *shape, const Tensors *tensors, guint64 seed, real *w);

/* Reals that the workspace of a shard holds. */
gsize graph_workspace(const GraphShape *shape);

/* The quantiles in units of the window's scale above its level; they stay in the
 * workspace, the returned pointer is into it. */
const real *graph_forward(const GraphShape *shape, const Tensors *tensors, const real *w, const GraphInput *input, real *work);

/* After graph_forward: the weighted pinball loss, a mean over the 13 levels; its gradient stays in the workspace. */
double graph_loss(const GraphShape *shape, const GraphInput *input, real *work);

/* After graph_loss: add the gradient of the loss to dw[size]; wt is tensors_transpose of w. */
void graph_backward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *wt,
                    const GraphInput *input, real *work, real *dw);

/* The same over as many windows as one likes, in groups whose numbers stay in the
 * processor's cache (a transformer's; an LSTM takes all rows of a step at once).
 * `work` has graph_groups() reals. */
gsize graph_groups(const GraphShape *shape);
/* Forward, loss and, unless dw is NULL, backward.  Returns the loss. */
double graph_learn(const GraphShape *shape, const Tensors *tensors, const real *w, const real *wt,
                   const GraphInput *input, real *work, real *dw);

/* The weights as forecasts read them, for those who ask the same network often: packed
 * has graph_packed() reals and serves any number of rows.  It is good for the
 * precision that was chosen when it was made (precision.h). */
gsize graph_packed(const GraphShape *shape, const Tensors *tensors);
void graph_pack(const GraphShape *shape, const Tensors *tensors, const real *w, real *packed);

/* quantile[future][rows][13][patch] of all windows.  packed may be NULL, and says nothing that w does not say.
 * Few windows with packed weights are shared with a second thread, if one is free; the result is the same. */
void graph_forecast(const GraphShape *shape, const Tensors *tensors, const real *w, const real *packed, const GraphInput *input,
                    real *work, real *quantile);
