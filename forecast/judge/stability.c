#include "forecast/judge/stability.h"

#include <stdlib.h>
#include <string.h>

/* Blocks of the years before: two years at most, about one at least. */
enum { BLOCKS_MOST = 26, BLOCKS_LEAST = 12 };

#define USUAL_LIMIT 0.2 /* another population, by the usual rule */
#define BEYOND_ANY 3.0  /* times the largest index of the years before */
#define RECENT_KNOWN 0.75
#define BLOCK_KNOWN 0.5

typedef double Fifths[STABILITY_BINS];

/* The last weeks are block 0, those before them 1, and so on. */
typedef struct {
    const double *value;
    gsize end, block, blocks, season;
    Fifths *count;      /* of each block */
    guint8 *place;      /* of the steps of block 0; STABILITY_BINS: not known */
    double *sorted;     /* of one place in the season */
} Spread;

static double total(const double *count)
{
    double sum = 0;
    for (gsize b = 0; b < STABILITY_BINS; b++)
        sum += count[b];
    return sum;
}

double stability_index(const double *recent, const double *reference, gsize bins)
{
    double n = 0, m = 0, index = 0;
    for (gsize b = 0; b < bins; b++) {
        gboolean counts = recent[b] + reference[b] > 0;
        n += counts ? recent[b] + 0.5 : 0;
        m += counts ? reference[b] + 0.5 : 0;
    }
    for (gsize b = 0; b < bins; b++) {
        if (recent[b] + reference[b] <= 0)
            continue;
        double p = (recent[b] + 0.5) / n, q = (reference[b] + 0.5) / m;
        index += (p - q) * log(p / q);
    }
    return index;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How many of sorted[n] are below x. */
static gsize below(const double *sorted, gsize n, double x)
{
    gsize from = 0;
    while (n > 0) {
        gsize half = n / 2;
        if (sorted[from + half] < x) {
            from += half + 1;
            n -= half + 1;
        } else
            n = half;
    }
    return from;
}

static const double *first_of(const Spread *spread, gsize block)
{
    return spread->value + spread->end - (block + 1) * spread->block;
}

/* The fifth in which x lies among the reference, less the block that it is part of:
 * a value is no measure of itself.  Of equals one half lies below. */
static guint8 fifth_of(const Spread *spread, gsize known, gsize block, gsize phase, double x)
{
    gsize less = below(spread->sorted, known, x), equal = less;
    while (equal < known && spread->sorted[equal] <= x)
        equal++;
    equal -= less;
    if (block > 0)
        for (gsize t = phase; t < spread->block; t += spread->season) {
            double own = first_of(spread, block)[t];
            known -= !isnan(own);
            less -= own < x;
            equal -= own <= x && own >= x;
        }
    double rank = ((double)less + 0.5 * (double)equal) / (double)MAX(known, 1);
    return (guint8)MIN((gsize)(rank * STABILITY_BINS), STABILITY_BINS - 1);
}

/* All values that stand at one place of the season. */
static void count_phase(Spread *spread, gsize phase)
{
    gsize known = 0;
    for (gsize block = 1; block <= spread->blocks; block++)
        for (gsize t = phase; t < spread->block; t += spread->season)
            if (!isnan(first_of(spread, block)[t]))
                spread->sorted[known++] = first_of(spread, block)[t];
    qsort(spread->sorted, known, sizeof *spread->sorted, ascending);
    for (gsize block = 0; block <= spread->blocks; block++)
        for (gsize t = phase; t < spread->block; t += spread->season) {
            double x = first_of(spread, block)[t];
            guint8 fifth = isnan(x) ? STABILITY_BINS : fifth_of(spread, known, block, phase, x);
            if (block == 0)
                spread->place[t] = fifth;
            if (fifth < STABILITY_BINS)
                spread->count[block][fifth]++;
        }
}

/* The years before, but for one block (0: none). */
static gsize reference_of(const Spread *spread, gsize but, Fifths sum)
{
    gsize usable = 0;
    memset(sum, 0, sizeof(Fifths));
    for (gsize block = 1; block <= spread->blocks; block++) {
        if (block == but || total(spread->count[block]) < BLOCK_KNOWN * (double)spread->block)
            continue;
        usable++;
        for (gsize b = 0; b < STABILITY_BINS; b++)
            sum[b] += spread->count[block][b];
    }
    return usable;
}

/* What no change brings: by chance alone, or as the years before did. */
static double limit_of(const Spread *spread, const Fifths reference)
{
    double by_chance = (STABILITY_BINS - 1) * (1 / total(spread->count[0]) + 1 / total(reference));
    double sum = 0, most = 0, n = 0;
    for (gsize block = 1; block <= spread->blocks; block++) {
        Fifths rest;
        if (total(spread->count[block]) < BLOCK_KNOWN * (double)spread->block)
            continue;
        reference_of(spread, block, rest);
        double index = stability_index(spread->count[block], rest, STABILITY_BINS);
        sum += index;
        most = MAX(most, index);
        n++;
    }
    return MAX(USUAL_LIMIT + MAX(by_chance, sum / n), BEYOND_ANY * most);
}

/* Since when the fifth that has grown most has been fuller than before. */
static gsize since_of(const Spread *spread, const Fifths reference)
{
    gsize fifth = 0, since = 0;
    double most = -1, excess = 0, n = total(spread->count[0]), m = total(reference);
    for (gsize b = 0; b < STABILITY_BINS; b++)
        if (spread->count[0][b] / n - reference[b] / m > most) {
            most = spread->count[0][b] / n - reference[b] / m;
            fifth = b;
        }
    most = 0;
    for (gsize t = spread->block; t-- > 0;) {
        excess += spread->place[t] == STABILITY_BINS ? 0 : (spread->place[t] == fifth) - reference[fifth] / m;
        if (excess > most) {
            most = excess;
            since = t;
        }
    }
    return since;
}

static gboolean conclude(const Spread *spread, gint64 start, Stability *stability)
{
    Fifths reference;
    double n = total(spread->count[0]);
    if (reference_of(spread, 0, reference) < BLOCKS_LEAST || n < RECENT_KNOWN * (double)spread->block)
        return FALSE;
    stability->index = stability_index(spread->count[0], reference, STABILITY_BINS);
    stability->limit = limit_of(spread, reference);
    for (gsize b = 0; b < STABILITY_BINS; b++)
        stability->share[b] = spread->count[0][b] / n;
    stability->since = start + (gint64)(spread->end - spread->block + since_of(spread, reference));
    return TRUE;
}

gboolean stability_judge(const double *value, gsize length, gint64 start, Grain grain, Stability *stability)
{
    if (grain != GRAIN_HOUR && grain != GRAIN_DAY)
        return FALSE;
    const gsize day = grain == GRAIN_HOUR ? 24 : 1;
    Spread spread = {.value = value, .end = length, .block = STABILITY_DAYS * day, .season = 7 * day};
    if (length < (BLOCKS_LEAST + 1) * spread.block)
        return FALSE;
    spread.blocks = MIN(length / spread.block - 1, BLOCKS_MOST);
    g_autofree Fifths *count = g_new0(Fifths, spread.blocks + 1);
    g_autofree guint8 *place = g_new(guint8, spread.block);
    g_autofree double *sorted = g_new(double, spread.blocks * spread.block / spread.season);
    spread.count = count;
    spread.place = place;
    spread.sorted = sorted;
    for (gsize phase = 0; phase < spread.season; phase++)
        count_phase(&spread, phase);
    return conclude(&spread, start, stability);
}
