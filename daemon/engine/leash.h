/* leash.h -- how far a network may leave its anchor, learnt from mornings held back.
 *
 * A year of days holds one or two regimes: what a network adds to its anchor may
 * be right for one and wrong for the next.  On the mornings held back the
 * addition is taken by parts, from none to all of it; the part that gained most
 * beyond the standard error of its gain is what the network may say from then on,
 * for each of four ranges of steps ahead.  Where no part gained for sure, the
 * network is its anchor; of the free one that is the same as last season, which
 * the blend knows already and gives no more weight than it is worth.
 *
 * Units    losses are mean pinball losses over scale[series]; a leash is 0..1.
 * Source   L. Breiman (1996), Mach. Learn. 24, stacked regressions with weights held to 0..1.
 * Threads  pure.
 */
#pragma once
#include "forecast/judge/backtest.h"
#include "forecast/model/network.h"

/* Learn from what member number `member` said at the same origins freely and as
 * its anchor alone.  Fewer than three origins: all 0. */
void leash_learn(const Backtest *free_speech, const Backtest *anchored, gsize member, const double *scale, double leash[NETWORK_RANGES]);
