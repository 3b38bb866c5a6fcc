#include "forecast/plan/spread.h"

#include <string.h>

/* The same bound as for counts in the feeds: more patients are a broken forecast. */
#define COUNT_MOST 1e6

/* level x paths is meant exactly; 0.8 x 100 must not become 81 by rounding. */
#define LEVEL_SLACK 1e-9

char *spread_complaint(const PlanUnit *unit, gsize paths, gsize hours)
{
    gsize bad = 0;
    float seen = 0;
    for (gsize k = 0; k < paths * hours; k++)
        if (!(unit->path[k] >= 0 && (double)unit->path[k] <= COUNT_MOST)) {
            seen = bad == 0 ? unit->path[k] : seen;
            bad++;
        }
    if (bad == 0)
        return NULL;
    return g_strdup_printf("%" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " forecast values are no counts, the first is %g", bad,
                           paths * hours, (double)seen);
}

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

Spread *spread_new(const PlanUnit *unit, gsize paths, gsize hours, gsize first, gsize last)
{
    g_assert(paths > 0 && first <= last && last < hours);
    Spread *spread = g_new0(Spread, 1);
    spread->paths = paths;
    spread->value = g_new(float, paths);
    for (gsize p = 0; p < paths; p++) {
        const float *census = unit->path + p * hours;
        float worst = census[first];
        for (gsize h = first + 1; h <= last; h++)
            worst = MAX(worst, census[h]);
        spread->value[p] = roundf(worst);
    }
    qsort(spread->value, paths, sizeof *spread->value, ascending);
    return spread;
}

void spread_free(Spread *spread)
{
    if (spread == NULL)
        return;
    g_free(spread->value);
    g_free(spread);
}

double spread_quantile(const Spread *spread, double level)
{
    double rank = ceil(level * (double)spread->paths - LEVEL_SLACK);
    return (double)spread->value[(gsize)CLAMP(rank, 1.0, (double)spread->paths) - 1];
}

gsize spread_within(const Spread *spread, double limit)
{
    gsize low = 0, high = spread->paths;
    while (low < high) {
        gsize middle = low + (high - low) / 2;
        if ((double)spread->value[middle] <= limit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

double spread_excess(const Spread *spread, double limit)
{
    double sum = 0;
    for (gsize p = spread_within(spread, limit); p < spread->paths; p++)
        sum += (double)spread->value[p] - limit;
    return sum / (double)spread->paths;
}
