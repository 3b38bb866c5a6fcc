/* chance.h -- a reproducible stream of random numbers for simulations.
 *
 * The same seed and stream give the same numbers on every machine and for ever.
 *
 * Source   xoshiro256** and splitmix64: D. Blackman, S. Vigna (2021), ACM TOMS 47(4).
 * Threads  one owner.
 */
#pragma once
#include <glib.h>

typedef struct {
    guint64 state[4];
} Chance;

/* Start stream number `stream` of a seed; streams do not touch one another. */
void chance_init(Chance *chance, guint64 seed, guint64 stream);

guint64 chance_bits(Chance *chance);
double chance_uniform(Chance *chance);                  /* 0 <= x < 1 */
gint64 chance_below(Chance *chance, gint64 n);          /* 0..n-1 */
gboolean chance_true(Chance *chance, double probability);
double chance_exponential(Chance *chance, double mean); /* > 0 */
int chance_poisson(Chance *chance, double mean);        /* mean below 500 */
