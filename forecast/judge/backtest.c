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

gsize backtest_first(const Series *series, const BacktestOptions *options)
{
    g_autofree gsize *origin = g_new(gsize, options->origins);
    backtest_origins(series, options, origin);
    for (gsize k = 0; k < options->origins; k++)
        if (origin[k] != BACKTEST_NONE)
            return origin[k];
    return BACKTEST_NONE;
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
    const float *mean = backtest->mean != NULL ? backtest_mean(backtest, member, series, origin) : NULL;
    gboolean counts = backtest->counts != NULL && backtest->counts[series];
    ScoreSum sum = {0};
    double forecast = 0, came = 0;
    for (gsize h = 0; h < backtest->horizon; h++) {
        forecast += mean != NULL ? (double)mean[h] : MISSING;
        came += (double)actual[h];
        double row[OUTLOOK_LEVELS];
        for (gsize q = 0; q < OUTLOOK_LEVELS; q++) {
            double said = (double)quantile[h * OUTLOOK_LEVELS + q];
            row[q] = counts && !isnan(said) ? outlook_settle(said) : said;
        }
        score_add(&sum, row, (double)actual[h]);
    }
    score_add_origin(&sum, (double)quantile[OUTLOOK_MEDIAN], (double)actual[0], forecast, came);
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
    g_free(backtest->counts);
    g_free(backtest->quantile);
    g_free(backtest->mean);
    g_free(backtest->actual);
    g_free(backtest);
}

/* ------------------------------------------------------------------ the work */

/* Many series are one job each; of few, each is cut into jobs of some origins. */
enum { SERIES_MANY = 16, JOBS_PER_SERIES = 8 };

typedef struct {
    Backtest *result;
    const Series *const *series;
    const Forecaster *forecaster;
    const BacktestOptions *options;
    gsize chunk, chunks; /* origins per job, jobs per series: the same for any number of threads */
    char **complaint;    /* [members][series][chunks] */
    gint next;           /* atomic: the next job without a worker */
    gint stopped;        /* atomic */
    GMutex report;       /* guards done and the progress call */
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

static gboolean ask(const Work *work, gsize member, gsize series, gsize first, gsize origins, GError **error)
{
    Backtest *b = work->result;
    const gsize *origin = b->origin + series * b->origins + first;
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

/* All origins of the job together; when that fails, each alone. */
static char *run_member(const Work *work, gsize member, gsize series, gsize first, gsize origins)
{
    g_autoptr(GError) together = NULL;
    char *complaint = NULL;
    if (ask(work, member, series, first, origins, &together))
        return NULL;
    for (gsize k = 0; k < origins; k++) {
        g_autoptr(GError) alone = NULL;
        if (!ask(work, member, series, first + k, 1, &alone) && complaint == NULL)
            complaint = g_strdup(alone != NULL ? alone->message : "failed without a message");
    }
    return complaint;
}

static void run_job(const Work *work, gsize job)
{
    const Backtest *b = work->result;
    gsize series = job / work->chunks, chunk = job % work->chunks;
    gsize first = chunk * work->chunk, end = MIN(first + work->chunk, b->origins);
    while (first < end && b->origin[series * b->origins + first] == BACKTEST_NONE)
        first++;
    for (gsize m = 0; first < end && m < b->members; m++)
        work->complaint[(m * b->series + series) * work->chunks + chunk] = run_member(work, m, series, first, end - first);
}

static void report(Work *work)
{
    g_mutex_lock(&work->report);
    work->done++;
    const BacktestOptions *o = work->options;
    if (o->progress != NULL && !o->progress(o->self, (double)work->done / (double)(work->result->series * work->chunks)))
        g_atomic_int_set(&work->stopped, 1);
    g_mutex_unlock(&work->report);
}

static gpointer worker(gpointer data)
{
    Work *work = data;
    while (!g_atomic_int_get(&work->stopped)) {
        gsize job = (gsize)g_atomic_int_add(&work->next, 1);
        if (job >= work->result->series * work->chunks)
            break;
        run_job(work, job);
        report(work);
    }
    return NULL;
}

static void run_workers(Work *work)
{
    gsize threads = work->options->threads > 0 ? work->options->threads : g_get_num_processors();
    threads = MIN(threads, MAX(work->result->series * work->chunks, 1));
    g_autofree GThread **thread = g_new(GThread *, threads);
    for (gsize k = 1; k < threads; k++)
        thread[k] = g_thread_new("backtest", worker, work);
    worker(work);
    for (gsize k = 1; k < threads; k++)
        g_thread_join(thread[k]);
}

static void keep_truth(const Work *work, gsize series)
{
    Backtest *b = work->result;
    const Series *s = work->series[series];
    b->counts[series] = s->counts;
    backtest_origins(s, work->options, b->origin + series * b->origins);
    for (gsize k = 0; k < b->origins; k++) {
        gsize origin = b->origin[series * b->origins + k];
        float *actual = backtest_actual(b, series, k);
        for (gsize h = 0; origin != BACKTEST_NONE && h < b->horizon; h++)
            actual[h] = (float)s->value[origin + h];
    }
}

/* The first complaint of each member and series, in the order of origins. */
static void keep_complaints(Work *work)
{
    Backtest *b = work->result;
    for (gsize k = 0; k < b->members * b->series; k++) {
        gboolean none = b->origin[(k % b->series + 1) * b->origins - 1] == BACKTEST_NONE;
        if (none)
            b->complaint[k] = g_strdup_printf("no origin has %zu known values before it and %zu steps after it", work->options->least, b->horizon);
        for (gsize c = 0; c < work->chunks; c++) {
            char *complaint = work->complaint[k * work->chunks + c];
            if (b->complaint[k] == NULL)
                b->complaint[k] = complaint;
            else
                g_free(complaint);
        }
    }
}

static gboolean run(Work *work)
{
    Backtest *b = work->result;
    work->chunk = b->series >= SERIES_MANY ? b->origins : (b->origins + JOBS_PER_SERIES - 1) / JOBS_PER_SERIES;
    work->chunks = (b->origins + work->chunk - 1) / work->chunk;
    work->complaint = g_new0(char *, b->members * b->series * work->chunks + 1);
    g_mutex_init(&work->report);
    for (gsize i = 0; i < b->series; i++)
        keep_truth(work, i);
    run_workers(work);
    keep_complaints(work);
    g_free(work->complaint);
    g_mutex_clear(&work->report);
    return !g_atomic_int_get(&work->stopped);
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
    b->counts = g_new0(gboolean, n + 1);
    Work work = {.result = b, .series = series, .forecaster = forecaster, .options = options};
    if (!run(&work)) {
        g_set_error_literal(error, JUDGE_ERROR, JUDGE_ERROR_STOPPED, "the backtest was stopped before its end");
        return NULL;
    }
    return g_steal_pointer(&b);
}
