#include "daemon/engine/file_mode.h"

#include "connectors/in/csv_series.h"
#include "connectors/out/csv_outlook.h"
#include "connectors/wire/csv.h"
#include "daemon/engine/engine.h"
#include "daemon/engine/file_options.h"
#include "daemon/engine/panel.h"
#include "daemon/engine/scoreboard.h"
#include "daemon/engine/training.h"
#include "daemon/exit.h"
#include "daemon/options.h"
#include "daemon/progress.h"
#include "daemon/site.h"

#include <string.h>

/* ------------------------------------------------------------------ words to people */

static gboolean show(void *self, const char *what, double share, double loss)
{
    return progress_tell(self, what, share, loss);
}

/* ------------------------------------------------------------------ one order */

typedef struct {
    FileOptions options;
    Calendar *calendar;
    GPtrArray *series; /* Series */
    gsize season[2];
    char *member;      /* the names of --member joined again, NULL = all */
    EngineOptions engine;
    Progress *progress;
} Order;

static void clear_order(Order *order)
{
    file_options_clear(&order->options);
    calendar_free(order->calendar);
    g_clear_pointer(&order->series, g_ptr_array_unref);
    g_free(order->member);
    progress_free(order->progress);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Order, clear_order)

static const Series *const *series_of(const Order *order)
{
    return (const Series *const *)order->series->pdata;
}

static gboolean open_calendar(Order *order, GError **error)
{
    order->calendar = options_calendar(order->options.timezone, order->options.country, error);
    return order->calendar != NULL;
}

static void say_reading(const Order *order, const GPtrArray *notes, gboolean read)
{
    for (guint k = 0; k < notes->len; k++)
        g_printerr("note: %s\n", (const char *)notes->pdata[k]);
    if (order->options.exposure != NULL && read)
        g_printerr("note: %s is read as the exposure: it puts weekly series on one scale; other grains are scaled by their own level\n", order->options.exposure);
}

static gboolean read_series(Order *order, GError **error)
{
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    order->series = csv_series_read(order->options.csv, order->calendar, order->options.exposure, notes, error);
    say_reading(order, notes, order->series != NULL);
    if (order->series != NULL && order->series->len == 0) {
        g_set_error(error, JUDGE_ERROR, JUDGE_ERROR_DATA, "%s holds no series with a known value", order->options.csv);
        return FALSE;
    }
    return order->series != NULL;
}

/* A place that cannot be written to is told before the work, not after it. */
static gboolean try_place(const char *path, GError **error)
{
    if (path == NULL || !csv_is_plain(path))
        return TRUE;
    g_autoptr(CsvWriter) trial = csv_writer_new(path, error);
    return trial != NULL;
}

static gboolean open_order(Order *order, FileCommand command, int argc, char **argv, GError **error)
{
    if (!file_options_read(&order->options, command, argc, argv, error) || !open_calendar(order, error) || !try_place(order->options.output, error) ||
        !try_place(order->options.forecasts, error))
        return FALSE;
    const FileOptions *o = &order->options;
    order->season[0] = o->season[0];
    order->season[1] = o->season[1];
    order->member = o->member != NULL ? g_strjoinv(",", o->member) : NULL;
    order->progress = progress_new(o->csv);
    order->engine = (EngineOptions){.horizon = o->horizon, .season = {order->season[0], order->season[1]}, .refit = o->refit, .seed = o->seed,
                                    .seeds = o->seeds, .from_scratch = o->from_scratch, .steps = o->steps, .threads = o->threads, .member = order->member, .progress = show, .self = order->progress};
    return TRUE;
}

/* Read all series; what depends on them follows. */
static gboolean read_order(Order *order, GError **error)
{
    if (!read_series(order, error))
        return FALSE;
    panel_season(series_of(order)[0]->grain, order->season);
    memcpy(order->engine.season, order->season, sizeof order->season);
    return TRUE;
}

/* ------------------------------------------------------------------ train */

static gboolean train_release(Order *order, Release **release, GError **error)
{
    return engine_train(series_of(order), order->series->len, order->calendar, &order->engine, release, error);
}

static gboolean run_train(Order *order, GError **error)
{
    if (!read_order(order, error))
        return FALSE;
    const char *folder = order->options.model_dir;
    g_autofree char *path = release_path(folder, series_of(order)[0]->grain);
    g_autoptr(Release) release = NULL;
    if (!site_make_folder(folder, "--model-dir", error) || !train_release(order, &release, error) || !release_save(release, path, error))
        return FALSE;
    g_print("%sWritten to %s.\n", release->card, path);
    return TRUE;
}

/* ------------------------------------------------------------------ forecast */

/* The named member alone publishes, whatever the release decided. */
static void hold_others_back(Release *release, const char *member)
{
    g_free(release->only);
    release->only = g_strdup(member);
    for (gsize i = 0; i <= release->series; i++) {
        ReleaseRow *row = i < release->series ? &release->row[i] : &release->group;
        for (gsize m = 0; m < release->members; m++)
            row->weight[m] = g_str_equal(release->member[m], member) ? 1 : 0;
    }
}

/* A forecast being written. */
typedef struct {
    Order *order;
    Release *release;
    CsvOutlook *file;
    gsize forecasts, fallbacks;
    char *complaint; /* why the first series without a forecast has none */
    gboolean loaded; /* the release, or it is known to be of no use */
    GThread *worker; /* forecasts `batch` and writes it while the next one is read; NULL: nobody does */
    GPtrArray *batch;
    GError *error;   /* why the worker failed */
} Writing;

/* Wait for the worker, if there is one; FALSE when it failed. */
static gboolean join_worker(Writing *writing, GError **error)
{
    if (writing->worker != NULL)
        g_thread_join(writing->worker);
    writing->worker = NULL;
    g_clear_pointer(&writing->batch, g_ptr_array_unref);
    if (writing->error == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&writing->error));
    return FALSE;
}

static void clear_writing(Writing *writing)
{
    (void)join_worker(writing, NULL);
    release_free(writing->release);
    csv_outlook_free(writing->file);
    g_free(writing->complaint);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Writing, clear_writing)

/* A damaged or missing release is said, and the classical members go on without it. */
static void load_release(Writing *writing, Grain grain)
{
    if (writing->loaded)
        return;
    g_autofree char *path = release_path(writing->order->options.model_dir, grain), *remark = NULL;
    g_autoptr(GError) cause = NULL;
    writing->loaded = TRUE;
    writing->release = release_load(path, NULL, &remark, &cause);
    if (writing->release == NULL)
        g_printerr("warning: %s; the classical members forecast without it\n", cause->message);
    else if (remark != NULL)
        g_printerr("warning: %s\n", remark);
    if (writing->release != NULL && writing->order->member != NULL)
        hold_others_back(writing->release, writing->order->member);
}

enum { BATCH = 256 /* series that are read, forecast and written together */, TOLD = 5 };

static void tell(Writing *writing, const Series *series, const Outlook *out, EngineNote *note)
{
    if (note->fallback && writing->fallbacks++ < TOLD)
        g_printerr("note: %s: %s\n", series->id, note->sentence);
    writing->forecasts += out != NULL;
    if (out == NULL && writing->complaint == NULL)
        writing->complaint = g_strdup(note->sentence);
}

static gboolean write_some(Writing *writing, const Series *const *series, gsize n, GError **error)
{
    const FileOptions *o = &writing->order->options;
    g_autofree Outlook **out = g_new0(Outlook *, n);
    g_autofree EngineNote *note = g_new0(EngineNote, n);
    gboolean fine = engine_forecast(writing->release, series, n, NULL, o->horizon, writing->order->calendar, o->threads, out, note, NULL, error);
    for (gsize i = 0; fine && i < n; i++) {
        tell(writing, series[i], out[i], &note[i]);
        fine = out[i] == NULL || csv_outlook_put(writing->file, series[i], out[i], error);
    }
    for (gsize i = 0; i < n; i++) {
        outlook_free(out[i]);
        engine_note_clear(&note[i]);
    }
    return fine;
}

static gboolean begin_writing(Writing *writing, GError **error)
{
    const FileOptions *o = &writing->order->options;
    writing->file = csv_outlook_new(o->output, o->level, o->levels, error);
    return writing->file != NULL;
}

static gboolean end_writing(Writing *writing, GError **error)
{
    if (writing->forecasts == 0) {
        g_set_error(error, JUDGE_ERROR, JUDGE_ERROR_DATA, "no series could be forecast: %s", writing->complaint);
        return FALSE;
    }
    if (writing->fallbacks > TOLD)
        g_printerr("note: and %zu more series likewise\n", writing->fallbacks - TOLD);
    return csv_outlook_end(writing->file, error);
}

static gboolean forecast_whole(Writing *writing, GError **error)
{
    Order *order = writing->order;
    g_clear_pointer(&writing->file, csv_outlook_free);
    g_clear_pointer(&writing->complaint, g_free);
    writing->forecasts = writing->fallbacks = 0;
    if (!read_order(order, error))
        return FALSE;
    if (order->options.model_dir != NULL)
        load_release(writing, series_of(order)[0]->grain);
    else if (!train_release(order, &writing->release, error))
        return FALSE;
    return begin_writing(writing, error) && write_some(writing, series_of(order), order->series->len, error) && end_writing(writing, error);
}

static gpointer work_on_batch(gpointer data)
{
    Writing *writing = data;
    (void)write_some(writing, (const Series *const *)writing->batch->pdata, writing->batch->len, &writing->error);
    return NULL;
}

static gboolean take_batch(void *self, GPtrArray *series, GError **error)
{
    Writing *writing = self;
    if (!join_worker(writing, error))
        return FALSE;
    Grain grain = ((const Series *)series->pdata[0])->grain;
    load_release(writing, grain);
    if (writing->file == NULL && engine_asks_group(writing->release, grain)) {
        g_set_error_literal(error, CSV_SERIES_ERROR, CSV_SERIES_ERROR_ORDER, "members that learn from all of them together forecast");
        return FALSE;
    }
    if (writing->file == NULL && !begin_writing(writing, error))
        return FALSE;
    writing->batch = g_ptr_array_ref(series);
    writing->worker = g_thread_new("batch", work_on_batch, writing);
    return TRUE;
}

/* From trained weights a series needs no other: any number of them goes through
 * in batches.  *again: it cannot be done so. */
static gboolean forecast_batches(Writing *writing, gboolean *again, GError **error)
{
    const Order *order = writing->order;
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) cause = NULL;
    gboolean fine = csv_series_read_batches(order->options.csv, order->calendar, order->options.exposure, BATCH, take_batch, writing, notes, &cause);
    fine = join_worker(writing, cause != NULL ? NULL : &cause) && fine;
    *again = g_error_matches(cause, CSV_SERIES_ERROR, CSV_SERIES_ERROR_ORDER);
    if (*again) {
        g_printerr("note: all series are read at once: %s\n", cause->message);
        return FALSE;
    }
    say_reading(order, notes, fine);
    if (fine)
        return end_writing(writing, error);
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
}

static gboolean run_forecast(Order *order, GError **error)
{
    const FileOptions *o = &order->options;
    g_auto(Writing) writing = {.order = order};
    gboolean again = o->model_dir == NULL || !csv_is_plain(o->csv) || !csv_is_plain(o->output);
    if (!again && forecast_batches(&writing, &again, error))
        return TRUE;
    return again && forecast_whole(&writing, error);
}

/* ------------------------------------------------------------------ backtest */

static gboolean write_forecasts(const Order *order, const Backtest *backtest, GError **error)
{
    const FileOptions *o = &order->options;
    g_autoptr(CsvOutlook) file = csv_outlook_new(o->forecasts, o->level, o->levels, error);
    if (file == NULL)
        return FALSE;
    for (gsize i = 0; i < backtest->series; i++)
        for (gsize k = 0; k < backtest->origins; k++)
            for (gsize m = 0; m < backtest->members; m++) {
                g_autoptr(Outlook) outlook = backtest_outlook(backtest, m, series_of(order)[i], i, k);
                if (outlook != NULL && !csv_outlook_put(file, series_of(order)[i], outlook, error))
                    return FALSE;
            }
    return csv_outlook_end(file, error);
}

/* What MASE counts in: the seasonal naive error before the first origin. */
static double *scales(const Order *order, const Backtest *backtest)
{
    double *scale = g_new(double, backtest->series);
    for (gsize i = 0; i < backtest->series; i++) {
        const Series *series = series_of(order)[i];
        const gsize *origin = backtest->origin + i * backtest->origins;
        gsize k = 0;
        while (k < backtest->origins && origin[k] == BACKTEST_NONE)
            k++;
        scale[i] = training_scale(series, k < backtest->origins ? origin[k] : series->length, order->season[0]);
    }
    return scale;
}

static void say_failures(const Order *order, const Backtest *backtest)
{
    gsize published = backtest->members - 1, failures = 0;
    for (gsize i = 0; i < backtest->series; i++) {
        const char *complaint = backtest->complaint[published * backtest->series + i];
        if (complaint != NULL && failures++ < 5)
            g_printerr("note: %s: %s\n", series_of(order)[i]->id, complaint);
    }
    if (failures > 5)
        g_printerr("note: and %zu more series likewise\n", failures - 5);
}

static gboolean run_backtest(Order *order, GError **error)
{
    if (!read_order(order, error))
        return FALSE;
    const FileOptions *o = &order->options;
    g_autoptr(Release) release = NULL;
    g_autoptr(Backtest) backtest = NULL;
    if (!engine_backtest(series_of(order), order->series->len, order->calendar, &order->engine, o->origins,
                                    o->stride > 0 ? o->stride : o->horizon, &release, &backtest, error))
        return FALSE;
    say_failures(order, backtest);
    g_autofree double *scale = scales(order, backtest);
    g_autofree ScoreboardRow *row = scoreboard_new(backtest, scale, o->seed);
    g_autofree char *text = scoreboard_text(row, backtest->members), *csv = scoreboard_csv(row, backtest->members);
    g_print("Held back within training:\n%s\nForecasts of %zu series from %zu origins, %zu steps ahead:\n%s", release->card, backtest->series,
            backtest->origins, backtest->horizon, text);
    return csv_write_text(o->output, csv, error) && (o->forecasts == NULL || write_forecasts(order, backtest, error));
}

/* ------------------------------------------------------------------ the commands */

static int run(FileCommand command, gboolean (*work)(Order *order, GError **error), int argc, char **argv)
{
    g_auto(Order) order = {.options = {.command = command}};
    g_autoptr(GError) error = NULL;
    if (!open_order(&order, command, argc, argv, &error))
        return error != NULL ? options_file_fail(argv[0], error) : EXIT_FINE;
    return work(&order, &error) ? EXIT_FINE : options_file_fail(argv[0], error);
}

int file_mode_train(int argc, char **argv)
{
    return run(FILE_TRAIN, run_train, argc, argv);
}

int file_mode_forecast(int argc, char **argv)
{
    return run(FILE_FORECAST, run_forecast, argc, argv);
}

int file_mode_backtest(int argc, char **argv)
{
    return run(FILE_BACKTEST, run_backtest, argc, argv);
}
