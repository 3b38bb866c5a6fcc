/* network.h -- the global networks: an LSTM, a patch transformer, and a free one.
 *
 * One set of weights serves all series of a group that share a grain.  All
 * read the same tokens (tokens.h) and end in the same quantile head, whose last
 * layer starts at zero: an untrained network forecasts exactly its Anchor.
 * The first two correct a fitted forecast, and inherit what it believes; when
 * habits break they believe it for too long.  The free one is an LSTM that corrects
 * the same as last season (anchor_plain) and learns from pasts with other habits,
 * too, so that it believes nothing from before the break (after one it does better
 * than a transformer, which looks as far back as it can).  On quiet days it knows
 * no more than the others: it is there for the blend to choose.
 * What one training learnt is part chance (its batches, its gaps, where it began):
 * a Network may have several voices, trained alike from different seeds, and says
 * the mean of their quantiles.
 *
 * Shapes   see tokens.h; d = 64 wide.
 * Source   S. Hochreiter, J. Schmidhuber (1997) for the LSTM; A. Vaswani et al. (2017) and
 *          Y. Nie et al. (2023) for the patch transformer; I. Loshchilov, F. Hutter (2019) for AdamW;
 *          B. Lakshminarayanan, A. Pritzel, C. Blundell (2017), Deep Ensembles, for the voices.
 * Threads  training uses its own workers over fixed shards of the batch, so that the
 *          result is the same for any number of threads; forecasting only reads the weights, and
 *          a window by itself may be shared with the one helper of duo.h.
 */
#pragma once
#include "forecast/model/tokens.h"

typedef enum { NETWORK_LSTM, NETWORK_TRANSFORMER, NETWORK_FREE, NETWORK_KINDS } NetworkKind;

typedef struct Network Network;

typedef struct {
    guint64 seed;
    gsize voices;          /* trained one after the other from seeds of their own; 0 = one */
    gsize steps;           /* optimiser steps of each voice at most; 0 leaves the network untrained: it forecasts its Anchor */
    double seconds;        /* stop cleanly (keeping the best weights) when this much time is spent on all voices; 0 = no limit.
                              Only `steps` binds when the result must be the same bytes everywhere. */
    gsize threads;
    const Network *start;  /* begin with its weights (borrowed; same kind and grain, else MODEL_ERROR_FILE) and move them
                              gently; when no series is long enough to learn from, they serve as they are; NULL = from scratch */
    const gsize *fit;      /* [n] to pretrain: anchors are fitted on the values before fit[i] and windows begin there, as
                              in a forecast; and a third of the windows must do without the place in the year; NULL = as usual */
    gsize turns;           /* steps of a season: of many windows the past had other habits, its shape lying elsewhere in the season;
                              0 = as it was.  network_train sets it for a plain kind, which is to know a break when it sees one */
    const Calendar *const *calendar; /* [n]: each series has its own; NULL = all have the one of the call */
    /* Called every few steps with the share done (0..1) and the held-out loss so far; FALSE stops: MODEL_ERROR_STOPPED. */
    gboolean (*progress)(void *self, const char *what, double share, double loss);
    void *self;
} NetworkTraining;

const char *network_kind_name(NetworkKind kind); /* "lstm", "transformer", "free" */

/* Does it correct the same as last season, and not a fitted forecast?  The Anchor that it corrects; the caller owns it. */
gboolean network_kind_is_plain(NetworkKind kind);
Anchor *network_kind_anchor(NetworkKind kind, Fits *fits, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Train on series[n].  For series i only value[0 .. until[i]-1] is seen.  The
 * caller owns the Network.  MODEL_ERROR_SHORT: no series is long enough, or
 * MODEL_ERROR_NUMERIC: the loss is not finite, or MODEL_ERROR_STOPPED. */
Network *network_train(NetworkKind kind, const Series *const *series, const gsize *until, gsize n,
                       const Calendar *calendar, const gsize season[2], gsize horizon,
                       const NetworkTraining *training, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void network_free(Network *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Network, network_free)

/* As Member.forecast, for many tasks at once. anchor[k], of the kind's own, may be NULL: then
 * it is made here of the values before the task's origin.  The horizon may not
 * exceed the trained one (MODEL_ERROR_SHORT names both). */
gboolean network_forecast(const Network *network, const Task *task, const Anchor *const *anchor, gsize tasks,
                          Outlook **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For those who ask the network about windows they wrote themselves: the shape
 * of its tokens; floats of room that some rows need (at most NETWORK_ROWS); and
 * what it adds to the anchor's quantiles, in scales, [future][rows][13][patch]
 * within `room`. */
enum { NETWORK_ROWS = 32 };
const TokensShape *network_tokens(const Network *network);
gsize network_room(const Network *network, gsize rows);
const float *network_say(const Network *network, const Tokens *tokens, float *room);

NetworkKind network_kind(const Network *network);
gsize network_horizon(const Network *network);
Grain network_grain(const Network *network);
gsize network_parameters(const Network *network); /* of all voices */

enum { NETWORK_VOICES_MOST = 16 };
gsize network_voices(const Network *network);

/* How much of what it adds to its anchor a network says, 0 (nothing: it forecasts
 * the anchor) to 1 (all, as at first), by ranges of steps ahead: the first eighth
 * of the horizon, up to a quarter, up to a half, the rest.  Not saved with the bytes. */
enum { NETWORK_RANGES = 4 };
gsize network_range(gsize horizon, gsize h);
void network_set_leash(Network *network, const double leash[NETWORK_RANGES]);
const double *network_leash(const Network *network); /* [NETWORK_RANGES] */

/* Optimiser steps behind the weights that were kept, the most of any voice; 0 = those it started from (not saved with the bytes). */
gsize network_learnt(const Network *network);

/* The weights as bytes for weights.h, and back; the loader checks every shape
 * and refuses non-finite weights (MODEL_ERROR_FILE). */
GBytes *network_to_bytes(const Network *network);
Network *network_from_bytes(GBytes *bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
