#include "forecast/series/mend.h"

#include <stdlib.h>

/* Far enough that real surges (the worst flu week, the first covid wave) pass. */
#define FAR_Z 12.0
#define FAR_RATIO 10.0
/* A series with more negative values than this is no count with typing errors. */
#define NEGATIVE_SHARE 0.05
/* The standard deviation of a normal distribution over its median absolute deviation. */
#define MAD_TO_SD 1.4826

/* Steps or seasons looked at on either side. */
enum { AWAY = 2 };

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts the values; MISSING when there are none. */
static double median_of(double *value, gsize n)
{
    if (n == 0)
        return MISSING;
    qsort(value, n, sizeof *value, compare_doubles);
    return n % 2 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2;
}

/* The known values at t +- stride, ..., t +- away * stride. */
static gsize collect_around(const Series *series, gsize t, gsize stride, gsize away, double *near)
{
    gsize n = 0;
    for (gsize k = 1; k <= away; k++) {
        gsize distance = k * stride;
        if (t >= distance && !isnan(series->value[t - distance]))
            near[n++] = series->value[t - distance];
        if (t + distance < series->length && !isnan(series->value[t + distance]))
            near[n++] = series->value[t + distance];
    }
    return n;
}

static double median_around(const Series *series, gsize t, gsize stride)
{
    double near[2 * AWAY];
    gsize n = collect_around(series, t, stride, AWAY, near);
    return median_of(near, n);
}

/* The neighbour that explains value[t] best, so that the first and the last
 * step of a lasting change are not called absurd. */
static double closest_around(const Series *series, gsize t, gsize stride)
{
    double near[2 * AWAY], closest = MISSING;
    gsize n = collect_around(series, t, stride, AWAY, near);
    for (gsize k = 0; k < n; k++)
        if (isnan(closest) || fabs(near[k] - series->value[t]) < fabs(closest - series->value[t]))
            closest = near[k];
    return closest;
}

static void take_out(Series *series, gsize t)
{
    series->value[t] = MISSING;
    series->mended[t] = MEND_ABSURD;
}

static gsize take_out_impossible(Series *series)
{
    gsize known = 0, negative = 0, taken = 0;
    for (gsize t = 0; t < series->length; t++) {
        known += isfinite(series->value[t]);
        negative += isfinite(series->value[t]) && series->value[t] < 0;
    }
    gboolean typing_errors = (double)negative < NEGATIVE_SHARE * (double)known;
    for (gsize t = 0; t < series->length; t++)
        if (isinf(series->value[t]) || (typing_errors && series->value[t] < 0)) {
            take_out(series, t);
            taken++;
        }
    return taken;
}

/* Beyond reason against an expectation: far out and ten times off. */
static gboolean is_beyond(const Series *series, double value, double expected, double spread)
{
    if (isnan(expected))
        return FALSE;
    /* Head counts scatter at least by their square root, and by one patient. */
    double least = MAX(1.0, sqrt(fabs(expected)));
    if (!(fabs(value - expected) > FAR_Z * MAX(spread, least)))
        return FALSE;
    if (value > expected)
        return value >= FAR_RATIO * MAX(fabs(expected), 1.0);
    return !series->flow && expected >= FAR_RATIO * MAX(fabs(value), 1.0);
}

static double spread_of(const Series *series, gsize stride)
{
    g_autofree double *off = g_new(double, series->length);
    gsize n = 0;
    for (gsize t = 0; t < series->length; t++) {
        double expected = median_around(series, t, stride);
        if (!isnan(series->value[t]) && !isnan(expected))
            off[n++] = fabs(series->value[t] - expected);
    }
    double mad = median_of(off, n);
    return isnan(mad) ? 0.0 : MAD_TO_SD * mad;
}

gsize mend_absurd(Series *series, gsize season)
{
    gsize taken = take_out_impossible(series);
    gboolean seasonal = season > 1;
    /* Neighbouring steps differ by the season as well, so their spread judges only where there is none. */
    double near_spread = seasonal ? 0.0 : spread_of(series, 1), season_spread = seasonal ? spread_of(series, season) : 0.0;
    /* Judged on what was reported, then taken out, so that the order of steps does not matter. */
    g_autofree gboolean *absurd = g_new0(gboolean, series->length);
    for (gsize t = 0; t < series->length; t++) {
        double value = series->value[t];
        if (isnan(value) || !is_beyond(series, value, closest_around(series, t, 1), near_spread))
            continue;
        double best = seasonal ? closest_around(series, t, season) : MISSING;
        absurd[t] = isnan(best) || is_beyond(series, value, best, season_spread);
    }
    for (gsize t = 0; t < series->length; t++)
        if (absurd[t]) {
            take_out(series, t);
            taken++;
        }
    return taken;
}

gsize mend_clock(Series *series, const Calendar *calendar)
{
    gsize marked = 0;
    if (series->grain != GRAIN_HOUR)
        return 0;
    for (gsize t = 0; t < series->length; t++) {
        Instant at[2];
        int begins = calendar_instants(calendar, series->start + (gint64)t, at);
        if (begins == 1)
            continue;
        if (begins == 0)
            series->value[t] = MISSING;
        series->mended[t] = MEND_CLOCK;
        marked++;
    }
    return marked;
}

void mend_count(const Series *series, gsize count[MENDS])
{
    for (Mend m = 0; m < MENDS; m++)
        count[m] = 0;
    for (gsize t = 0; t < series->length; t++) {
        Mend mend = (Mend)series->mended[t];
        count[mend == MEND_NONE && isnan(series->value[t]) ? MEND_GAP : mend]++;
    }
}
