/* draw.h -- chance that can be told again.
 *
 * A draw is a pure function of a seed, a stream and a counter, so that it is
 * the same whichever thread asks for it and in whatever order.
 *
 * Source   the mixing function is SplitMix64's: G. Steele, D. Lea, C. Flood (2014), OOPSLA, section 5.
 */
#pragma once
#include <glib.h>

guint64 draw_bits(guint64 seed, guint64 stream, guint64 counter);

/* Uniform in [0, 1), 53 bits. */
double draw_uniform(guint64 seed, guint64 stream, guint64 counter);

/* A whole number in [0, n); n >= 1. */
gsize draw_below(guint64 seed, guint64 stream, guint64 counter, gsize n);
