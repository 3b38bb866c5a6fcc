/* trainer.h -- teach a network from windows of many series.
 *
 * Windows are drawn over series and origins, cut in fixed shards that workers
 * take in any order; gradients are added in the order of the shards.  The last
 * part of each series is held out: the weights that forecast it best are kept,
 * the untrained ones among them.
 *
 * Source   method: pinball loss (pinball.h), AdamW with warm-up and a cosine, global-norm
 *          clipping (R. Pascanu et al., 2013), running mean of the weights
 *          (B. Polyak, A. Juditsky, 1992).
 * Threads  uses training->threads workers of its own; the result does not depend on how many.
 */
#pragma once
#include "forecast/model/graph.h"
#include "forecast/model/network.h"
#include "forecast/model/tokens.h"

typedef struct {
    const Series *series; /* nothing at or after `until` is read */
    const Anchor *anchor; /* fitted on the values before `until` */
    const Calendar *calendar;
    gsize until;
    gsize from;           /* first origin to learn from; 0 = after the history that training looks at */
} TrainerSeries;

/* Improve w[tensors->size] in place; `learnt` is the number of steps behind what was kept.  MODEL_ERROR_SHORT, MODEL_ERROR_NUMERIC,
 * MODEL_ERROR_STOPPED, MODEL_ERROR_MEMORY; on failure w is of no use. */
gboolean trainer_run(const GraphShape *graph, const Tensors *tensors, const TokensShape *tokens,
                     const TrainerSeries *series, gsize n, gsize season,
                     const NetworkTraining *training, float *w, gsize *learnt, GError **error) G_GNUC_WARN_UNUSED_RESULT;
