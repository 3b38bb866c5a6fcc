#include "daemon/engine/engine.h"

#include "daemon/engine/panel.h"
#include "daemon/engine/publish.h"
#include "daemon/engine/schooling.h"
#include "daemon/engine/seats.h"
#include "daemon/engine/training.h"
#include "daemon/engine/trust.h"
#include "forecast/model/paths.h"

void engine_options_init(EngineOptions *options, gsize horizon)
{
    *options = (EngineOptions){.horizon = horizon, .seed = 1};
}

const char *const *engine_members(void)
{
    static const char *name[RELEASE_MEMBERS_MOST + 1];
    static gsize once = 0;
    if (g_once_init_enter(&once)) {
        g_assert(panel_members() <= RELEASE_MEMBERS_MOST);
        for (gsize m = 0; m < panel_members(); m++)
            name[m] = panel_name(m);
        g_once_init_leave(&once, 1);
    }
    return name;
}

gsize engine_origin(const Series *series)
{
    gsize origin = series->length;
    while (origin > 0 && isnan(series->value[origin - 1]))
        origin--;
    return origin;
}

static gboolean one_grain(const Series *const *series, gsize n, GError **error)
{
    if (n == 0) {
        g_set_error_literal(error, JUDGE_ERROR, JUDGE_ERROR_DATA, "there is no series to forecast; give at least one");
        return FALSE;
    }
    for (gsize i = 1; i < n; i++)
        if (series[i]->grain != series[0]->grain) {
            g_set_error(error, JUDGE_ERROR, JUDGE_ERROR_DATA, "series %s counts by %ss and %s by %ss; forecast one grain at a time", series[0]->id,
                        grain_name(series[0]->grain), series[i]->id, grain_name(series[i]->grain));
            return FALSE;
        }
    return TRUE;
}

static gboolean own_ids(const Series *const *series, gsize n, GError **error)
{
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    for (gsize i = 0; i < n; i++)
        if (!g_hash_table_add(ids, series[i]->id)) {
            g_set_error(error, JUDGE_ERROR, JUDGE_ERROR_DATA, "two series have the same id, %s; give each its own", series[i]->id);
            return FALSE;
        }
    return TRUE;
}

/* ------------------------------------------------------------------ training */

gboolean engine_train(const Series *const *series, gsize n, const Calendar *calendar, const EngineOptions *options, Release **out, GError **error)
{
    return one_grain(series, n, error) && own_ids(series, n, error) && schooling_run(series, n, calendar, options, out, error);
}

/* ------------------------------------------------------------------ forecasting */

static Network *const no_network[NETWORK_KINDS] = {NULL};

typedef struct {
    const Release *release;
    const Series *const *series;
    gsize n;
    const gsize *origin;
    const gboolean *anew; /* NULL: no series */
    gsize horizon;
    Panel *panel, *past; /* before today, and before the last days */
    gboolean group;
    Outlook **out, **part;
    EngineNote *note;
    gint next; /* atomic: the next series without a worker */
} Forecasting;

/* Ask the wanted members that have not been asked yet; TRUE when all wanted answered. */
static gboolean ask_wanted(const Forecasting *f, gsize i, gsize origin, const gboolean *wanted, Outlook **part, char **complaint)
{
    gboolean all = TRUE;
    for (gsize m = 0; m < panel_members(); m++) {
        if (!wanted[m] || part[m] != NULL || complaint[m] != NULL)
            continue;
        g_autoptr(GError) error = NULL;
        g_autoptr(Outlook) outlook = outlook_new(panel_name(m), f->series[i]->start + (gint64)origin, f->horizon);
        Outlook *one[] = {outlook};
        if (panel_ask(f->panel, m, i, &origin, 1, one, &error))
            part[m] = g_steal_pointer(&outlook);
        else {
            complaint[m] = g_strdup(error != NULL ? error->message : "no answer");
            all = FALSE;
        }
    }
    return all;
}

static Outlook *speak(const Forecasting *f, gsize i, Outlook **part, char **complaint)
{
    gboolean wanted[RELEASE_MEMBERS_MOST] = {FALSE};
    Voices voices = {.release = f->release, .number = f->release != NULL ? release_find(f->release, f->series[i]->id) : RELEASE_UNKNOWN,
                     .series = f->series[i], .origin = f->origin[i], .horizon = f->horizon, .past = f->past, .place = i, .group = f->group,
                     .anew = f->anew != NULL && f->anew[i]};
    voices_begin(&voices);
    for (gsize m = 0; m < panel_members(); m++)
        wanted[m] = voices.weight[m] > 0;
    gboolean all = ask_wanted(f, i, f->origin[i], wanted, part, complaint);
    voices_listen(&voices, part, all);
    for (gsize m = 0; m < panel_members(); m++)
        wanted[m] = voices.weight[m] > 0 || (panel_serves(m, f->series[i]->grain) && (f->part != NULL || (!all && !panel_is_network(m))));
    (void)ask_wanted(f, i, f->origin[i], wanted, part, complaint);
    return publish_outlook(&voices, part, complaint, &f->note[i]);
}

static void forecast_series(const Forecasting *f, gsize i)
{
    Outlook *part[RELEASE_MEMBERS_MOST] = {NULL};
    char *complaint[RELEASE_MEMBERS_MOST] = {NULL};
    if (f->origin[i] > 0)
        f->out[i] = speak(f, i, part, complaint);
    else
        f->note[i] = (EngineNote){.fallback = TRUE, .sentence = g_strdup("no value of this series is known")};
    panel_leave(f->panel, i);
    panel_leave(f->past, i);
    for (gsize m = 0; m < panel_members(); m++) {
        if (f->part != NULL)
            f->part[i * panel_members() + m] = g_steal_pointer(&part[m]);
        outlook_free(part[m]);
        g_free(complaint[m]);
    }
}

static gpointer forecast_worker(gpointer data)
{
    Forecasting *f = data;
    for (;;) {
        gsize i = (gsize)g_atomic_int_add(&f->next, 1);
        if (i >= f->n)
            return NULL;
        forecast_series(f, i);
    }
}

static void forecast_all(Forecasting *f, gsize threads)
{
    threads = MIN(threads > 0 ? threads : g_get_num_processors(), f->n);
    g_autofree GThread **thread = g_new(GThread *, threads);
    for (gsize k = 1; k < threads; k++)
        thread[k] = g_thread_new("forecast", forecast_worker, f);
    forecast_worker(f);
    for (gsize k = 1; k < threads; k++)
        g_thread_join(thread[k]);
}

static gboolean fits(const Release *release, const Series *series, GError **error)
{
    if (release == NULL || release->grain == series->grain)
        return TRUE;
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_FILE, "the release was trained on %ss and series %s counts by %ss; train one for that grain",
                grain_name(release->grain), series->id, grain_name(series->grain));
    return FALSE;
}

/* The members as they were before the last days, to be asked about these. */
static Panel *past_panel(const Series *const *series, gsize n, const gsize *origin, const Calendar *calendar, const gsize season[2], Network *const *network)
{
    g_autofree gsize *fit = g_new(gsize, n);
    for (gsize i = 0; i < n; i++)
        fit[i] = origin[i] != BACKTEST_NONE ? trust_fit(series[i]->grain, origin[i]) : BACKTEST_NONE;
    Panel *past = panel_new(series, n, fit, calendar, season, network);
    panel_keep_fits(past, trust_steps(series[0]->grain));
    return past;
}

gboolean engine_forecast_anew(const Release *release, const Series *const *series, gsize n, const gsize *origin, const gboolean *anew, gsize horizon,
                              const Calendar *calendar, gsize threads, Outlook **out, EngineNote *note, Outlook **part, GError **error)
{
    gsize season[2] = {release != NULL ? release->season[0] : 0, release != NULL ? release->season[1] : 0};
    for (gsize i = 0; i < n; i++) {
        out[i] = NULL;
        note[i] = (EngineNote){.fallback = FALSE};
    }
    for (gsize k = 0; part != NULL && k < n * panel_members(); k++)
        part[k] = NULL;
    if (!one_grain(series, n, error) || !fits(release, series[0], error))
        return FALSE;
    panel_season(series[0]->grain, season);
    g_autofree gsize *from = g_new(gsize, n);
    for (gsize i = 0; i < n; i++)
        from[i] = origin != NULL ? origin[i] : engine_origin(series[i]);
    Network *const *network = release != NULL ? release->network : no_network;
    g_autoptr(Panel) panel = panel_new(series, n, from, calendar, season, network);
    g_autoptr(Panel) past = past_panel(series, n, from, calendar, season, network);
    Forecasting f = {release, series, n, from, anew, horizon, panel, past, engine_asks_group(release, series[0]->grain), out, part, note, 0};
    forecast_all(&f, threads);
    return TRUE;
}

gboolean engine_forecast(const Release *release, const Series *const *series, gsize n, const gsize *origin, gsize horizon,
                         const Calendar *calendar, gsize threads, Outlook **out, EngineNote *note, Outlook **part, GError **error)
{
    return engine_forecast_anew(release, series, n, origin, NULL, horizon, calendar, threads, out, note, part, error);
}

gboolean engine_asks_group(const Release *release, Grain grain)
{
    gboolean wanted[RELEASE_MEMBERS_MOST], asks = FALSE;
    gsize rows = release != NULL ? release->series : 0;
    for (gsize i = 0; i <= rows; i++) {
        publish_wanted(release, i < rows ? i : RELEASE_UNKNOWN, grain, wanted);
        for (gsize m = 0; m < panel_members(); m++)
            asks = asks || (wanted[m] && panel_is_group(m));
    }
    return asks;
}

/* How all of them are to be drawn: one horizon, counts only if all are. */
static gboolean alike(const Series *const *series, const Outlook *const *outlook, gsize n, gboolean *counts, GError **error)
{
    *counts = TRUE;
    for (gsize i = 0; i < n; i++) {
        *counts = *counts && series[i]->counts;
        if (outlook[i]->horizon != outlook[0]->horizon) {
            g_set_error(error, JUDGE_ERROR, JUDGE_ERROR_DATA, "series %s is forecast %zu steps ahead and %s %zu; paths need one horizon", series[0]->id,
                        outlook[0]->horizon, series[i]->id, outlook[i]->horizon);
            return FALSE;
        }
    }
    return TRUE;
}

/* score[origins][n][horizon]: how past forecasts erred; NaN where that is not known. */
static float *past_scores(const Release *release, const Series *const *series, gsize n, gsize horizon, gsize *origins)
{
    *origins = release != NULL ? release->origins : 0;
    float *score = g_new(float, *origins * n * horizon + 1);
    for (gsize i = 0; i < n; i++) {
        const gint16 *known = release != NULL ? release_scores(release, release_find(release, series[i]->id)) : NULL;
        for (gsize k = 0; k < *origins; k++)
            for (gsize h = 0; h < horizon; h++) {
                gint16 z = known != NULL && h < release->horizon ? known[k * release->horizon + h] : RELEASE_SCORE_NONE;
                score[(k * n + i) * horizon + h] = z == RELEASE_SCORE_NONE ? (float)MISSING : (float)z / 1000;
            }
    }
    return score;
}

gboolean engine_paths(const Release *release, const Series *const *series, const Outlook *const *outlook, gsize n,
                      gsize paths, guint64 seed, float *out, GError **error)
{
    gsize horizon = n > 0 ? outlook[0]->horizon : 0, origins;
    gboolean counts;
    if (!alike(series, outlook, n, &counts, error))
        return FALSE;
    g_autofree float *score = past_scores(release, series, n, horizon, &origins);
    paths_draw(outlook, n, score, origins, horizon, paths, seed, counts, out);
    return TRUE;
}

gboolean engine_paths_parts(const Release *release, const Series *const *series, const Outlook *const *outlook, gsize n, const Outlook *total,
                            gsize paths, guint64 seed, float *out, GError **error)
{
    gsize horizon = n > 0 ? outlook[0]->horizon : 0, origins;
    gboolean counts;
    if (!alike(series, outlook, n, &counts, error))
        return FALSE;
    g_assert(total->horizon >= horizon);
    g_autofree float *score = past_scores(release, series, n, horizon, &origins);
    paths_draw_parts(outlook, n, total, score, origins, horizon, paths, seed, counts, out);
    return TRUE;
}

/* ------------------------------------------------------------------ backtest */

static Backtest *run_backtest(const Release *release, const Series *const *series, gsize n, const Calendar *calendar, const EngineOptions *options,
                              const BacktestOptions *plan, GError **error)
{
    gboolean asked[RELEASE_MEMBERS_MOST] = {FALSE};
    if (!training_allowed(options->member, series[0]->grain, asked, error))
        return NULL;
    asked[panel_find("naive")] = TRUE;
    g_autofree gsize *first = g_new(gsize, n);
    for (gsize i = 0; i < n; i++)
        first[i] = backtest_first(series[i], plan);
    g_autoptr(Panel) panel = panel_new(series, n, first, calendar, release->season, release->network);
    panel_keep_fits(panel, options->refit);
    g_autoptr(Panel) past = past_panel(series, n, first, calendar, release->season, release->network);
    panel_keep_answers(past);
    g_autoptr(Seats) seats = seats_new(panel, asked, release, series, n);
    seats_recall(seats, past, engine_asks_group(release, series[0]->grain));
    gsize rows;
    const Forecaster *forecaster = seats_rows(seats, &rows);
    return backtest_new(series, n, forecaster, rows, plan, error);
}

/* The series as they were known before the first origin of the backtest. */
static GPtrArray *before_first(const Series *const *series, gsize n, const BacktestOptions *plan)
{
    GPtrArray *past = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    for (gsize i = 0; i < n; i++) {
        gsize first = backtest_first(series[i], plan);
        if (first != BACKTEST_NONE)
            g_ptr_array_add(past, series_upto(series[i], first));
    }
    return past;
}

gboolean engine_backtest(const Series *const *series, gsize n, const Calendar *calendar, const EngineOptions *options,
                         gsize origins, gsize stride, Release **release, Backtest **out, GError **error)
{
    TrainingReport report = {options, "forecasting from past days"};
    BacktestOptions plan = {.horizon = options->horizon, .origins = origins, .stride = stride, .least = 2, .threads = options->threads,
                            .progress = training_report, .self = &report};
    if (!one_grain(series, n, error))
        return FALSE;
    g_autoptr(GPtrArray) past = before_first(series, n, &plan);
    if (past->len == 0) {
        g_set_error(error, JUDGE_ERROR, JUDGE_ERROR_DATA, "no series has two known values and %zu steps after them; lower --horizon", options->horizon);
        return FALSE;
    }
    g_autoptr(Release) trained = NULL;
    if (!engine_train((const Series *const *)past->pdata, past->len, calendar, options, &trained, error))
        return FALSE;
    *out = run_backtest(trained, series, n, calendar, options, &plan, error);
    if (*out == NULL)
        return FALSE;
    *release = g_steal_pointer(&trained);
    return TRUE;
}
