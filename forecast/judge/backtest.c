#include "forecast/judge/backtest.h"

#include <string.h>

G_DEFINE_QUARK(wardcast-judge-error-quark, judge_error)

/* The index after the last window of `horizon` known values, else after the last known value. */
static gsize latest_end(const Series *series, gsize horizon)
{
    gsize run = 0, whole = 0, last = 0;
    for (gsize t = 0; t < series->length; t++) {
        run = isnan(series->value[t]) ? 0 : run + 1;
        if (run > 0)
            last = t + 1;
        if (run >= horizon)
            whole = t + 1;
    }
    return whole > 0 ? whole : last;
}

void backtest_origins(const Series *series, const BacktestOptions *options, gsize *origin)
{
    gsize end = latest_end(series, options->horizon), first = 0, known = 0;
    while (first < series->length && known < options->least)
        known += !isnan(series->value[first++]);
    gboolean enough = known >= options->least && end >= options->horizon;
    gsize last = enough ? end - options->horizon : 0;
    for (gsize k = 0; k < options->origins; k++) {
        gsize back = options->origins - 1 - k;
        gboolean there = enough && last >= first && back <= (last - first) / options->stride;
        origin[k] = there ? last - back * options->stride : BACKTEST_NONE;
    }
}

/* ------------------------------------------------------------------ places */

static gsize place(const Backtest *b, gsize member, gsize series, gsize origin)
{
    return ((member * b->series + series) * b->origins + origin) * b->horizon;
}

float *backtest_quantile(const Backtest *backtest, gsize member, gsize series, gsize origin)
{
    return backtest->quantile + place(backtest, member, series, origin) * OUTLOOK_LEVELS;
}

float *backtest_mean(const Backtest *backtest, gsize member, gsize series, gsize origin)
{
    return backtest->mean + place(backtest, member, series, origin);
}

float *backtest_actual(const Backtest *backtest, gsize series, gsize origin)
{
    return backtest->actual + place(backtest, 0, series, origin);
}

Outlook *backtest_outlook(const Backtest *backtest, gsize member, const Series *series, gsize number, gsize origin)
{
    const float *quantile = backtest_quantile(backtest, member, number, origin), *mean = backtest_mean(backtest, member, number, origin);
    gsize at = backtest->origin[number * backtest->origins + origin];
    if (at == BACKTEST_NONE || isnan(quantile[0]))
        return NULL;
    Outlook *outlook = outlook_new(backtest->name[member], series->start + (gint64)at, backtest->horizon);
    for (gsize k = 0; k < backtest->horizon * OUTLOOK_LEVELS; k++)
        outlook->quantile[k] = (double)quantile[k];
    for (gsize h = 0; h < backtest->horizon; h++)
        outlook->mean[h] = (double)mean[h];
    return outlook;
}

ScoreSum backtest_sum(const Backtest *backtest, gsize member, gsize series, gsize origin)
{
    const float *quantile = backtest_quantile(backtest, member, series, origin);
    const float *actual = backtest_actual(backtest, series, origin);
    ScoreSum sum = {0};
    for (gsize h = 0; h < backtest->horizon; h++) {
        double row[OUTLOOK_LEVELS];
        for (int q = 0; q < OUTLOOK_LEVELS; q++)
            row[q] = (double)quantile[h * OUTLOOK_LEVELS + (gsize)q];
        score_add(&sum, row, (double)actual[h]);
    }
    return sum;
}

/* ------------------------------------------------------------------ making room */

static float *missing_block(gsize count)
{
    float *block = g_try_malloc_n(count, sizeof *block);
    for (gsize k = 0; block != NULL && k < count; k++)
        block[k] = (float)MISSING;
    return block;
}

static gboolean make_room(Backtest *b, GError **error)
{
    gsize cells, rows, values;
    gboolean fits = g_size_checked_mul(&cells, b->series, b->origins) && g_size_checked_mul(&cells, cells, b->horizon) &&
                    g_size_checked_mul(&rows, cells, b->members) && g_size_checked_mul(&values, rows, OUTLOOK_LEVELS) &&
                    values < G_MAXSIZE / sizeof(float);
    if (fits) {
        b->actual = missing_block(cells + 1);
        b->mean = missing_block(rows + 1);
        b->quantile = missing_block(values + 1);
    }
    if (fits && b->actual != NULL && b->mean != NULL && b->quantile != NULL)
        return TRUE;
    double gigabytes = 4e-9 * (double)OUTLOOK_LEVELS * (double)b->members * (double)b->series * (double)b->origins * (double)b->horizon;
    g_set_error(error, JUDGE_ERROR, JUDGE_ERROR_MEMORY,
                "the backtest of %zu members, %zu series, %zu origins and horizon %zu wants %.1f GB, which this machine does not give; "
                "lower --origins, --horizon or the number of series",
                b->members, b->series, b->origins, b->horizon, gigabytes);
    return FALSE;
}

void backtest_free(Backtest *backtest)
{
    if (backtest == NULL)
        return;
    for (gsize m = 0; m < backtest->members; m++)
        g_free(backtest->name[m]);
    for (gsize k = 0; k < backtest->members * backtest->series; k++)
        g_free(backtest->complaint[k]);
    g_free(backtest->name);
    g_free(backtest->complaint);
    g_free(backtest->origin);
    g_free(backtest->quantile);
    g_free(backtest->mean);
    g_free(backtest->actual);
    g_free(backtest);
}

/* ------------------------------------------------------------------ the work */

typedef struct {
    Backtest *result;
    const Series *const *series;
    const Forecaster *forecaster;
    const BacktestOptions *options;
    gint next;    /* atomic: the next series without a worker */
    gint stopped; /* atomic */
    GMutex report; /* guards done and the progress call */
    gsize done;
} Work;

static void keep_outlook(Backtest *b, gsize member, gsize series, gsize origin, const Outlook *outlook)
{
    float *quantile = backtest_quantile(b, member, series, origin), *mean = backtest_mean(b, member, series, origin);
    for (gsize k = 0; k < b->horizon * OUTLOOK_LEVELS; k++)
        quantile[k] = (float)outlook->quantile[k];
    for (gsize h = 0; h < b->horizon; h++)
        mean[h] = (float)outlook->mean[h];
}

static gboolean ask(const Work *work, gsize member, gsize series, const gsize *origin, gsize origins, gsize first, GError **error)
{
    Backtest *b = work->result;
    const Forecaster *forecaster = &work->forecaster[member];
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)outlook_free);
    for (gsize k = 0; k < origins; k++)
        g_ptr_array_add(out, outlook_new(b->name[member], work->series[series]->start + (gint64)origin[k], b->horizon));
    if (!forecaster->forecast(forecaster->self, series, origin, origins, (Outlook **)out->pdata, error))
        return FALSE;
    for (gsize k = 0; k < origins; k++)
        keep_outlook(b, member, series, first + k, out->pdata[k]);
    return TRUE;
}

static void run_member(const Work *work, gsize member, gsize series)
{
    Backtest *b = work->result;
    const gsize *origin = b->origin + series * b->origins;
    gsize first = 0;
    while (first < b->origins && origin[first] == BACKTEST_NONE)
        first++;
    char **complaint = &b->complaint[member * b->series + series];
    if (first == b->origins) {
        *complaint = g_strdup_printf("no origin has %zu known values before it and %zu steps after it", work->options->least, b->horizon);
        return;
    }
    g_autoptr(GError) together = NULL;
    if (ask(work, member, series, origin + first, b->origins - first, first, &together))
        return;
    for (gsize k = first; k < b->origins; k++) {
        g_autoptr(GError) alone = NULL;
        if (!ask(work, member, series, origin + k, 1, k, &alone) && *complaint == NULL)
            *complaint = g_strdup(alone ? alone->message : "failed without a message");
    }
}

static void keep_actual(const Work *work, gsize series)
{
    Backtest *b = work->result;
    const Series *s = work->series[series];
    for (gsize k = 0; k < b->origins; k++) {
        gsize origin = b->origin[series * b->origins + k];
        float *actual = backtest_actual(b, series, k);
        for (gsize h = 0; origin != BACKTEST_NONE && h < b->horizon && origin + h < s->length; h++)
            actual[h] = (float)s->value[origin + h];
    }
}

static void report(Work *work)
{
    g_mutex_lock(&work->report);
    work->done++;
    const BacktestOptions *o = work->options;
    if (o->progress != NULL && !o->progress(o->self, (double)work->done / (double)work->result->series))
        g_atomic_int_set(&work->stopped, 1);
    g_mutex_unlock(&work->report);
}

static gpointer worker(gpointer data)
{
    Work *work = data;
    while (!g_atomic_int_get(&work->stopped)) {
        gsize series = (gsize)g_atomic_int_add(&work->next, 1);
        if (series >= work->result->series)
            break;
        backtest_origins(work->series[series], work->options, work->result->origin + series * work->result->origins);
        keep_actual(work, series);
        for (gsize m = 0; m < work->result->members; m++)
            run_member(work, m, series);
        report(work);
    }
    return NULL;
}

static void run_workers(Work *work)
{
    gsize threads = work->options->threads > 0 ? work->options->threads : g_get_num_processors();
    threads = MIN(threads, MAX(work->result->series, 1));
    g_autofree GThread **thread = g_new(GThread *, threads);
    for (gsize k = 1; k < threads; k++)
        thread[k] = g_thread_new("backtest", worker, work);
    worker(work);
    for (gsize k = 1; k < threads; k++)
        g_thread_join(thread[k]);
}

Backtest *backtest_new(const Series *const *series, gsize n, const Forecaster *forecaster, gsize members,
                       const BacktestOptions *options, GError **error)
{
    g_assert(options->horizon >= 1 && options->origins >= 1 && options->stride >= 1 && options->least >= 1 && n < G_MAXINT);
    g_autoptr(Backtest) b = g_new0(Backtest, 1);
    b->members = members;
    b->series = n;
    b->origins = options->origins;
    b->horizon = options->horizon;
    b->name = g_new0(char *, members + 1);
    for (gsize m = 0; m < members; m++)
        b->name[m] = g_strdup(forecaster[m].name);
    b->complaint = g_new0(char *, members * n + 1);
    if (!make_room(b, error))
        return NULL;
    b->origin = g_new0(gsize, n * options->origins + 1);
    Work work = {.result = b, .series = series, .forecaster = forecaster, .options = options};
    g_mutex_init(&work.report);
    run_workers(&work);
    g_mutex_clear(&work.report);
    if (g_atomic_int_get(&work.stopped)) {
        g_set_error_literal(error, JUDGE_ERROR, JUDGE_ERROR_STOPPED, "the backtest was stopped before its end");
        return NULL;
    }
    return g_steal_pointer(&b);
}
