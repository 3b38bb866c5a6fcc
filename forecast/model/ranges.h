/* ranges.h -- what each memory of how busy it has been still says so many steps ahead.
 *
 * How busy a ward is can be read from the last hours, the last day or all its
 * history.  The last hours say much of the next one and nothing of next week.
 * For each range of leads (1, 2, 3-4, 5-8 ... steps ahead) the past tells how
 * much weight each shorter memory deserves beside the longer one, and how far
 * what came lay from what was then expected.
 *
 * Units    ratios are logs of factors; variance = linear * mean + square * mean^2.
 * Source   H. Akaike (1969), Ann. Inst. Stat. Math. 21(1), for what has been fitted lying closer than what will
 *          come; R. J. Hyndman, A. B. Koehler, J. K. Ord, R. D. Snyder (2008), 6.1, for variance that grows with a gain.
 * Threads  pure.
 */
#pragma once
#include <glib.h>

enum { RANGES = 17, RANGES_MEMORIES = 5, RANGES_WEIGHTS = RANGES_MEMORIES - 1 /* of each memory's ratio against the longer one's */ };

typedef struct {
    double weight[RANGES_WEIGHTS];
    double linear, square;
} Range;

/* The past to learn from: values value[first .. fit-1] (NaN: missing) beside what is usual, and
 * each memory's ratio as it was just before each step, the longest first. */
typedef struct {
    const double *value, *rate;
    const double (*ratio)[RANGES_MEMORIES];
    const double *half_life; /* [RANGES_MEMORIES], in steps */
    gsize first, fit;
    double level;            /* of all history */
    double unit;             /* variance over mean: what counts as one patient */
    double optimism;         /* >= 1: variance that will come over variance of what has been fitted */
    double ceiling;          /* no mean is above it */
} RangesPast;

/* Of leads counted from 1, the range: range r holds 2^(r-1)+1 .. 2^r steps. */
gsize ranges_of(gsize lead);
void ranges_learn(const RangesPast *past, Range range[RANGES]);

/* Level (a log) that a range makes of the ratios, and variance around a mean. */
double ranges_level(const Range *range, const double ratio[RANGES_MEMORIES]);
double ranges_variance(const Range *range, double mean);
