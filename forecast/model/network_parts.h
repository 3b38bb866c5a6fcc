/* network_parts.h -- what a Network is made of, for the files that are about networks alone.
 *
 * Threads  as network.h.
 */
#pragma once
#include "forecast/model/graph.h"
#include "forecast/model/network.h"

enum { NETWORK_WIDTH = 64, NETWORK_HEADS = 4, NETWORK_NAME_MOST = 255 /* bytes of a covariate's name */ };

struct Network {
    NetworkKind kind;
    TokensShape tokens;
    GraphShape graph;
    Tensors tensors;
    gsize voices;
    float *w[NETWORK_VOICES_MOST], *packed[NETWORK_VOICES_MOST]; /* packed: what w becomes when it no longer changes */
    gsize learnt;
    double leash[NETWORK_RANGES];
};

/* A Network of that shape whose weights are all zero; 0 voices: they come later. */
Network *network_new(NetworkKind kind, const TokensShape *tokens, gsize voices);

/* From here on the weights stay as they are. */
void network_settle(Network *network);
