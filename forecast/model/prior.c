#include "forecast/model/prior.h"

#include "forecast/model/draw.h"
#include "forecast/model/prior_count.h"
#include "forecast/model/prior_flow.h"

#include <gsl/gsl_sort.h>

enum { STREAM_KIND = 1, STREAM_REST, FIRST_YEAR = 1996, LAST_YEAR = 2024 };

/* How often each kind is met, per grain; a house gives several series, so about
 * half of hours and days are of patients that flow.  Weeks are the grain of epidemics. */
static const double share[GRAINS][PRIOR_KINDS] = {
    [GRAIN_HOUR] = {[PRIOR_COUNT] = 0.75, [PRIOR_EPIDEMIC] = 0, [PRIOR_HOUSE] = 0.15, [PRIOR_PLAIN] = 0.1},
    [GRAIN_DAY] = {[PRIOR_COUNT] = 0.55, [PRIOR_EPIDEMIC] = 0.2, [PRIOR_HOUSE] = 0.15, [PRIOR_PLAIN] = 0.1},
    [GRAIN_WEEK] = {[PRIOR_COUNT] = 0.4, [PRIOR_EPIDEMIC] = 0.4, [PRIOR_HOUSE] = 0.05, [PRIOR_PLAIN] = 0.15},
    [GRAIN_MONTH] = {[PRIOR_COUNT] = 0.75, [PRIOR_EPIDEMIC] = 0.05, [PRIOR_HOUSE] = 0.05, [PRIOR_PLAIN] = 0.15},
};

/* Patients a day: from a clinic that sees one a month to the beds of a country's region. */
static const struct {
    double least, most;
} size_row[GRAINS] = {[GRAIN_HOUR] = {2, 2000}, [GRAIN_DAY] = {0.3, 20000}, [GRAIN_WEEK] = {0.2, 2000}, [GRAIN_MONTH] = {0.1, 300}};

typedef struct {
    const PriorOptions *options;
    gsl_rng *chance;
    PriorSpan span;  /* hours for hours, else days */
    gint64 start;    /* first step of the grain */
    gsize *step;     /* [span.steps] which step of the series it belongs to; >= length: none */
} Making;

static double spread(gsl_rng *chance, double low, double high)
{
    return low * pow(high / low, gsl_rng_uniform(chance));
}

static gboolean happens(gsl_rng *chance, double probability)
{
    return gsl_rng_uniform(chance) < probability;
}

PriorKind prior_kind(const PriorOptions *options, guint64 number)
{
    double x = draw_uniform(options->seed, STREAM_KIND, number);
    PriorKind kind = PRIOR_COUNT;
    while (kind + 1 < PRIOR_KINDS && x >= share[options->grain][kind])
        x -= share[options->grain][kind++];
    return kind;
}

/* A span of whole days that holds `length` steps from a random date on. */
static void draw_span(Making *making)
{
    const PriorOptions *options = making->options;
    gint64 first = grain_day_of_date(FIRST_YEAR, 1, 1), last = grain_day_of_date(LAST_YEAR, 1, 1), day = first + (gint64)gsl_rng_uniform_int(making->chance, (gulong)(last - first));
    making->start = grain_step_of_hour(options->grain, 24 * day);
    gint64 begin = grain_first_hour(options->grain, making->start) / 24, end = (grain_first_hour(options->grain, making->start + (gint64)options->length) + 23) / 24;
    gboolean hours = options->grain == GRAIN_HOUR;
    making->span = (PriorSpan){.calendar = options->calendar, .hours = hours, .first_day = begin, .steps = (gsize)(end - begin) * (hours ? 24 : 1)};
    making->step = g_new(gsize, making->span.steps);
    for (gsize t = 0; t < making->span.steps; t++)
        making->step[t] = (gsize)(grain_step_of_hour(options->grain, 24 * begin + (gint64)t * (hours ? 1 : 24)) - making->start);
}

/* ------------------------------------------------------------------ what is counted */

static Series *new_series(const Making *making, guint64 number, const char *what, gboolean flow)
{
    g_autofree char *id = g_strdup_printf("prior-%" G_GUINT64_FORMAT "/%s", number, what);
    Series *series = series_new(id, making->options->grain, making->start, making->options->length);
    series->flow = flow;
    series->counts = TRUE;
    return series;
}

/* Sum of a flow, rounded mean of a level, over the days of each step. */
static Series *gather(const Making *making, guint64 number, const char *what, gboolean flow, const double *value)
{
    Series *series = new_series(making, number, what, flow);
    g_autofree double *days = g_new0(double, series->length);
    for (gsize t = 0; t < series->length; t++)
        series->value[t] = 0;
    for (gsize t = 0; t < making->span.steps; t++)
        if (making->step[t] < series->length) {
            series->value[making->step[t]] += value[t];
            days[making->step[t]]++;
        }
    for (gsize t = 0; t < series->length && !flow; t++)
        series->value[t] = floor(series->value[t] / days[t] + 0.5);
    return series;
}

static Series *single(const Making *making, guint64 number, PriorKind kind)
{
    gsl_rng *chance = making->chance;
    gsize steps = making->span.steps;
    double size = spread(chance, size_row[making->options->grain].least, size_row[making->options->grain].most);
    g_autofree double *eta = g_new(double, steps);
    (kind == PRIOR_EPIDEMIC ? prior_rate_epidemic : kind == PRIOR_PLAIN ? prior_rate_plain : prior_rate_ward)(chance, &making->span, size, eta);
    PriorCount counting = prior_count_draw(chance);
    for (gsize t = 0; t < steps; t++)
        eta[t] = prior_count(chance, &counting, exp(eta[t]));
    return gather(making, number, "count", TRUE, eta);
}

static void house(const Making *making, guint64 number, GPtrArray *series)
{
    g_autoptr(PriorFlow) flow = prior_flow_new(making->chance, &making->span);
    g_autofree double *all = g_new0(double, flow->steps);
    g_ptr_array_add(series, gather(making, number, "arrivals", TRUE, flow->arrivals));
    g_ptr_array_add(series, gather(making, number, "admissions", TRUE, flow->admissions));
    g_ptr_array_add(series, gather(making, number, "discharges", TRUE, flow->discharges));
    for (gsize w = 0; w < flow->wards; w++) {
        g_autofree char *what = g_strdup_printf("census-%" G_GSIZE_FORMAT, w);
        g_ptr_array_add(series, gather(making, number, what, FALSE, flow->census[w]));
        for (gsize t = 0; t < flow->steps; t++)
            all[t] += flow->census[w][t];
    }
    g_ptr_array_add(series, gather(making, number, "census", FALSE, all));
}

/* ------------------------------------------------------------------ how it is recorded */

/* Steps that last about `days`. */
static gsize steps_of(const Series *series, double days)
{
    static const double each[GRAINS] = {[GRAIN_HOUR] = 1.0 / 24, [GRAIN_DAY] = 1, [GRAIN_WEEK] = 7, [GRAIN_MONTH] = 30.4};
    return MAX((gsize)(days / each[series->grain]), 1);
}

static void lose_runs(gsl_rng *chance, Series *series)
{
    for (gulong runs = 1 + gsl_rng_uniform_int(chance, 3); runs > 0; runs--) {
        gsize from = gsl_rng_uniform_int(chance, series->length), length = steps_of(series, spread(chance, 1, 14));
        for (gsize t = from; t < MIN(from + length, series->length); t++)
            series->value[t] = MISSING;
    }
}

static void lose_some(gsl_rng *chance, Series *series)
{
    double rate = spread(chance, 0.002, 0.1);
    for (gsize t = 0; t < series->length; t++)
        if (happens(chance, rate))
            series->value[t] = MISSING;
}

/* A weekend's reports come on the next working step: what is held back is added then. */
static void report_late(gsl_rng *chance, Series *series)
{
    double rate = spread(chance, 0.002, 0.05);
    for (gsize t = 0; t + 3 < series->length; t++) {
        if (!happens(chance, rate))
            continue;
        gsize days = 1 + gsl_rng_uniform_int(chance, 2);
        double kept = gsl_rng_uniform(chance), held = 0;
        for (gsize k = t; k < t + days; k++) {
            double now = floor(kept * series->value[k]);
            held += series->value[k] - now;
            series->value[k] = now;
        }
        series->value[t + days] += held;
        t += days;
    }
}

static void slip(gsl_rng *chance, Series *series)
{
    for (gulong slips = 1 + gsl_rng_uniform_int(chance, 3); slips > 0; slips--) {
        gsize t = gsl_rng_uniform_int(chance, series->length);
        series->value[t] = happens(chance, 0.5) ? 0 : floor(series->value[t] * spread(chance, 1.3, 5));
    }
}

/* Nothing above what it reaches on a tenth of the steps. */
static void cap(Series *series)
{
    g_autofree double *sorted = g_memdup2(series->value, series->length * sizeof(double));
    gsl_sort(sorted, 1, series->length);
    double most = sorted[series->length * 9 / 10];
    for (gsize t = 0; t < series->length; t++)
        series->value[t] = MIN(series->value[t], most);
}

/* A part of the house begins to report, or ends. */
static void change_who_reports(gsl_rng *chance, Series *series)
{
    double factor = 1 + (happens(chance, 0.5) ? 1 : -1) * spread(chance, 0.02, 0.3);
    for (gsize t = gsl_rng_uniform_int(chance, series->length); t < series->length; t++)
        series->value[t] = floor(factor * series->value[t] + 0.5);
}

static void keep_badly(gsl_rng *chance, Series *series)
{
    if (happens(chance, 0.03))
        cap(series);
    for (int changes = 0; changes < 3 && happens(chance, 0.15); changes++)
        change_who_reports(chance, series);
    if (series->flow && happens(chance, 0.06))
        report_late(chance, series);
    if (happens(chance, 0.04))
        slip(chance, series);
    if (happens(chance, 0.1))
        lose_runs(chance, series);
    if (happens(chance, 0.05))
        lose_some(chance, series);
}

/* ------------------------------------------------------------------ hospitals */

void prior_hospital(const PriorOptions *options, guint64 number, GPtrArray *series)
{
    Making making = {.options = options, .chance = gsl_rng_alloc(gsl_rng_mt19937)};
    gsl_rng_set(making.chance, (gulong)(draw_bits(options->seed, STREAM_REST, number) & G_MAXUINT32) | 1); /* 0 stands for another seed */
    draw_span(&making);
    guint from = series->len;
    PriorKind kind = prior_kind(options, number);
    if (kind == PRIOR_HOUSE)
        house(&making, number, series);
    else
        g_ptr_array_add(series, single(&making, number, kind));
    for (guint k = from; k < series->len && !options->clean; k++)
        keep_badly(making.chance, series->pdata[k]);
    g_free(making.step);
    gsl_rng_free(making.chance);
}

GPtrArray *prior_series(const PriorOptions *options, gsize count)
{
    GPtrArray *series = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    for (guint64 number = 0; series->len < count; number++)
        prior_hospital(options, number, series);
    if (series->len > count)
        g_ptr_array_set_size(series, (gint)count);
    return series;
}
