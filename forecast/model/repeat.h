/* repeat.h -- the same as last season, asked at any origin.
 *
 * What a ward does that trusts no model: next Monday is as last Monday was.  It
 * has learnt nothing that a change of habits could make wrong for longer than a
 * season, and so is the place to start from for a network that must not inherit
 * what a fitted forecast believes (network.h).
 *
 * Units    the unit of z, the values it is given (usually transformed counts).
 * Missing  where last season's value is missing the season before it speaks, and so on
 *          back; where none is known, the level.
 * Source   the random walk of seasons: R. J. Hyndman, G. Athanasopoulos (2021), Forecasting:
 *          Principles and Practice, 5.2 and 5.5.
 * Threads  after repeat_new it only is read.
 */
#pragma once
#include "forecast/series/series.h"

typedef struct Repeat Repeat;

/* Run over z[0 .. length-1] (copied).  What is said at an origin depends on the values before it alone.
 * `season` and `stretch`, the number of newest known values whose mean is the level, are at least 1 (asserted).
 * The caller owns it. */
Repeat *repeat_new(const double *z, gsize length, gsize season, gsize stretch);
void repeat_free(Repeat *repeat);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Repeat, repeat_free)

/* Mean and standard deviation of z[origin ..] knowing z[0 .. origin-1]: the scale, times
 * the root of the number of seasons that the value is repeated over. */
void repeat_at(const Repeat *repeat, gsize origin, gsize horizon, double *mean, double *sd);

/* The level just before `origin`, 0 of nothing, and the scale there: the root of an exponentially weighted
 * mean (half-life two seasons) of squared differences over a season, to which the mean square of the
 * differences from one known value to the next counts as one more; never below 1e-3, and 1 where two
 * values are not known. */
double repeat_level(const Repeat *repeat, gsize origin);
double repeat_scale(const Repeat *repeat, gsize origin);
