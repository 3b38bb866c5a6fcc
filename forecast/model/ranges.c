#include "forecast/model/ranges.h"

#include "forecast/kernel/counts.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

enum { PASSES = 3, WEIGHTS = RANGES_WEIGHTS };
G_STATIC_ASSERT((int)WEIGHTS == (int)COUNTS_WEIGHTS);
/* What is believed of a weight before any value speaks: somewhere between
 * nothing and all. */
#define WEIGHT_MIDDLE 0.5
#define WEIGHT_SPREAD 0.5
/* Values that what is learnt of nearer ranges counts as for the next one. */
#define RANGE_FAITH 10.0
/* Squared misses beyond this many deviations are one accident, not the rule. */
#define FAR_OFF 4.0

gsize ranges_of(gsize lead)
{
    return MIN((gsize)g_bit_storage(lead - 1) * (lead > 1), RANGES - 1);
}

double ranges_level(const Range *range, const double ratio[RANGES_MEMORIES])
{
    double level = ratio[0];
    for (int k = 0; k < WEIGHTS; k++)
        level += range->weight[k] * (ratio[k + 1] - ratio[k]);
    return level;
}

double ranges_variance(const Range *range, double mean)
{
    return range->linear * mean + range->square * mean * mean;
}

/* The past steps that teach one range: each is predicted from one of its leads in turn. */
typedef struct {
    const RangesPast *past;
    gsize low, high; /* leads, both included */
    gsize most;      /* room in each array */
    double *live, *value, *rate, *level, *lean, *mean, *miss; /* as counts.h wants them */
    gboolean *next;  /* is this the step after the one before? */
    gsize values;
    Counts counts;
} Trial;

static gboolean trial_origin(const Trial *trial, gsize target, gsize *origin)
{
    gsize lead = trial->low + target % (trial->high - trial->low + 1);
    if (isnan(trial->past->value[target]) || lead > target)
        return FALSE;
    *origin = target + 1 - lead;
    return *origin >= trial->past->first;
}

static void collect(Trial *trial)
{
    const RangesPast *past = trial->past;
    gsize n = 0, before = G_MAXSIZE, origin;
    for (gsize t = past->first; t < past->fit; t++) {
        if (!trial_origin(trial, t, &origin))
            continue;
        const double *ratio = past->ratio[origin];
        trial->live[n] = 1;
        trial->value[n] = past->value[t];
        trial->rate[n] = past->rate[t];
        trial->level[n] = ratio[0];
        for (gsize j = 0; j < WEIGHTS; j++)
            trial->lean[j * trial->most + n] = ratio[j + 1] - ratio[j];
        trial->next[n++] = before + 1 == t;
        before = t;
    }
    gsize padded = COUNTS_PADDED(n);
    for (gsize k = n; k < padded; k++) {
        trial->live[k] = trial->value[k] = trial->rate[k] = trial->level[k] = 0;
        for (gsize j = 0; j < WEIGHTS; j++)
            trial->lean[j * trial->most + k] = 0;
    }
    for (gsize j = 1; j < WEIGHTS; j++)
        memmove(trial->lean + j * padded, trial->lean + j * trial->most, padded * sizeof *trial->lean);
    trial->values = n;
    trial->counts = (Counts){padded, trial->live, trial->value, trial->rate, trial->level, trial->lean};
}

/* Independent values in a run of misses of which one resembles the next: with
 * the correlation of neighbours c, the share (1 - c) / (1 + c). */
static double independent_share(const Trial *trial)
{
    double squares = 0, products = 0;
    counts_misses(&trial->counts, trial->mean, trial->miss);
    for (gsize k = 0; k < trial->values; k++) {
        squares += trial->miss[k] * trial->miss[k];
        products += trial->next[k] ? trial->miss[k] * trial->miss[k - 1] : 0;
    }
    double alike = squares > 0 ? CLAMP(products / squares, 0, 0.98) : 0;
    return (1 - alike) / (1 + alike);
}

/* One step of Gauss and Newton for the weights, held to what is believed of them. */
static void learn_weights(const Trial *trial, const double *believed, double share, Range *range)
{
    double a[WEIGHTS * WEIGHTS], b[WEIGHTS], spread = WEIGHT_SPREAD * WEIGHT_SPREAD;
    counts_lean(&trial->counts, trial->mean, range->linear, range->square, share, a, b);
    for (int j = 0; j < WEIGHTS; j++) {
        a[j * WEIGHTS + j] += 1 / spread;
        b[j] += (believed[j] - range->weight[j]) / spread;
    }
    if (LAPACKE_dposv(LAPACK_ROW_MAJOR, 'U', WEIGHTS, 1, a, WEIGHTS, b, 1) != 0)
        return;
    for (int j = 0; j < WEIGHTS; j++)
        range->weight[j] = CLAMP(range->weight[j] + b[j], 0, 1);
}

/* Moments: miss^2 / mean = linear + square * mean, neither below 0, far misses
 * cut to what was believed (`before`) of the variance. */
static void learn_variance(const Trial *trial, const Range *before, Range *range)
{
    double sum[5], slack = before != NULL ? trial->past->unit : (double)INFINITY;
    counts_moments(&trial->counts, trial->mean, before != NULL ? before->linear : 0, before != NULL ? before->square : 0, FAR_OFF, slack, sum);
    double n = sum[0], x = sum[1], y = sum[2], xx = sum[3], xy = sum[4];
    if (n < 1)
        return;
    double varied = xx - x * x / n, slope = varied > 1e-3 * xx ? (xy - x * y / n) / varied : 0;
    slope = fmax(slope, 0);
    range->linear = (y - slope * x) / n;
    range->square = slope;
    if (range->linear < 0) {
        range->linear = 0;
        range->square = xy / xx;
    }
    range->linear *= trial->past->optimism;
    range->square *= trial->past->optimism;
}

/* How far one more patient than expected moves the level of the next step. */
static double gain(const RangesPast *past, const Range *range)
{
    double sum = 0;
    for (int k = 0; k < WEIGHTS; k++) {
        double shorter = k + 1 < WEIGHTS ? range->weight[k + 1] : 0;
        sum += (range->weight[k] - shorter) * (1 - pow(0.5, 1 / past->half_life[k + 1]));
    }
    return CLAMP(sum, 0, 1);
}

/* Few values of their own: what the nearer range learnt, its variance grown as
 * that of a level with this gain (Hyndman et al. 2008, 6.1: 1 + (h - 1) gain^2). */
static void lean_on(const Trial *trial, const Range *first, const Range *nearer, double values, Range *range)
{
    double share = values / (values + RANGE_FAITH), lead = 0.5 * (double)(trial->low + trial->high), before = fmax(0.5 * lead, 1);
    double square = gain(trial->past, trial->low > 1 ? first : range);
    square *= square;
    double growth = (1 + (lead - 1) * square) / (1 + (before - 1) * square);
    range->linear = share * range->linear + (1 - share) * growth * nearer->linear;
    range->square = share * range->square + (1 - share) * growth * nearer->square;
}

/* What is believed of the next step's weights fades with the memory; what is
 * believed of later ones is what the nearer range has learnt. */
static void believe(const Trial *trial, const Range *nearer, double *believed)
{
    for (int k = 0; k < WEIGHTS; k++)
        believed[k] = trial->low > 1 ? nearer->weight[k] : WEIGHT_MIDDLE * pow(0.5, 1 / trial->past->half_life[k + 1]);
}

static void learn_range(Trial *trial, const Range *first, const Range *nearer, Range *range)
{
    double believed[WEIGHTS], share = 1;
    believe(trial, nearer, believed);
    memcpy(range->weight, believed, sizeof believed);
    range->linear = nearer->linear;
    range->square = nearer->square;
    collect(trial);
    for (int pass = 0; pass < PASSES && trial->values > 0; pass++) {
        Range before = *range;
        counts_mean(&trial->counts, range->weight, 1e-9 * trial->past->level, trial->past->ceiling, trial->mean);
        learn_variance(trial, pass > 0 ? &before : NULL, range);
        /* one step ahead, misses that are alike say that the weights are wrong; further ahead they overlap */
        share = trial->low > 1 ? independent_share(trial) : 1;
        learn_weights(trial, believed, share, range);
    }
    lean_on(trial, first, nearer, share * (double)trial->values, range);
}

void ranges_learn(const RangesPast *past, Range range[RANGES])
{
    Range nearest = {.linear = past->unit};
    gsize most = COUNTS_PADDED(past->fit - past->first + 1);
    g_autofree double *memory = g_new(double, (6 + WEIGHTS) * most);
    g_autofree gboolean *next = g_new(gboolean, most);
    for (gsize r = 0; r < RANGES; r++) {
        Trial trial = {.past = past, .low = r == 0 ? 1 : ((gsize)1 << (r - 1)) + 1, .high = (gsize)1 << r, .most = most, .live = memory,
                       .value = memory + most, .rate = memory + 2 * most, .level = memory + 3 * most, .mean = memory + 4 * most,
                       .miss = memory + 5 * most, .lean = memory + 6 * most, .next = next};
        learn_range(&trial, &range[0], r > 0 ? &range[r - 1] : &nearest, &range[r]);
    }
}
