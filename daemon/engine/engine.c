#include "daemon/engine/engine.h"

#include "config/build.h"
#include "daemon/engine/leash.h"
#include "daemon/engine/panel.h"
#include "daemon/engine/publish.h"
#include "daemon/engine/seats.h"
#include "daemon/engine/training.h"
#include "daemon/engine/trust.h"
#include "forecast/model/paths.h"
#include "forecast/model/pretrained.h"

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

/* The earliest origin of a plan, or BACKTEST_NONE. */
static gsize first_origin(const Series *series, const BacktestOptions *plan)
{
    g_autofree gsize *origin = g_new(gsize, plan->origins);
    backtest_origins(series, plan, origin);
    for (gsize k = 0; k < plan->origins; k++)
        if (origin[k] != BACKTEST_NONE)
            return origin[k];
    return BACKTEST_NONE;
}

/* ------------------------------------------------------------------ training */

typedef struct {
    const Series *const *series;
    gsize n;
    const Calendar *calendar;
    const EngineOptions *options;
    gsize season[2];
    BacktestOptions plan;
    gsize *until; /* [n]: what training may see of each series */
    gboolean allowed[RELEASE_MEMBERS_MOST];
    Pretrained *pretrained; /* what the networks start from; NULL = from scratch */
    GString *absent; /* how the networks began, and why one is not part of it */
} Training;

/* Usual optimiser steps: four trainings (two networks, twice) fit into three
 * minutes on two cores.  A year or two of days holds one or two regimes;
 * trained longer from scratch the networks learn the regime and lose in the next. */
static gsize usual_steps(const Training *t)
{
    return t->pretrained == NULL && t->series[0]->grain == GRAIN_DAY ? 100 : 300;
}

static void find_until(Training *t)
{
    for (gsize i = 0; i < t->n; i++) {
        t->until[i] = first_origin(t->series[i], &t->plan);
        if (t->until[i] == BACKTEST_NONE)
            t->until[i] = engine_origin(t->series[i]);
    }
}

static Network *train_network(const Training *t, NetworkKind kind, GError **error)
{
    const EngineOptions *o = t->options;
    NetworkTraining training = {.seed = o->seed, .steps = o->steps > 0 ? o->steps : usual_steps(t),
                                .seconds = o->seconds / 2, /* once to be judged, once with all values */
                                .threads = o->threads > 0 ? o->threads : g_get_num_processors(), .progress = o->progress, .self = o->self};
    training.start = t->pretrained != NULL ? t->pretrained->network[kind] : NULL;
    return network_train(kind, t->series, t->until, t->n, t->calendar, t->season, o->horizon, &training, error);
}

static void find_pretrained(Training *t)
{
    g_autoptr(GError) cause = NULL;
    t->pretrained = pretrained_load(t->series[0]->grain, &cause);
    if (t->pretrained == NULL)
        g_string_append_printf(t->absent, "The networks learnt from scratch: %s.\n", cause->message);
}

static void say_beginning(const Training *t, NetworkKind kind, const Network *network)
{
    if (t->pretrained != NULL && network_learnt(network) == 0)
        g_string_append_printf(t->absent, "The %s network serves as it was pretrained: what it could learn here did not help it.\n", network_kind_name(kind));
}

/* A network that cannot be trained is left out; only a stop ends the training. */
static gboolean train_networks(Training *t, Network *network[NETWORK_KINDS], GError **error)
{
    for (int k = 0; k < NETWORK_KINDS; k++) {
        gboolean *allowed = &t->allowed[classical_members + (gsize)k];
        g_autoptr(GError) cause = NULL;
        if (!*allowed)
            continue;
        network[k] = train_network(t, (NetworkKind)k, &cause);
        if (network[k] != NULL) {
            say_beginning(t, (NetworkKind)k, network[k]);
            continue;
        }
        if (g_error_matches(cause, MODEL_ERROR, MODEL_ERROR_STOPPED)) {
            g_propagate_error(error, g_steal_pointer(&cause));
            return FALSE;
        }
        *allowed = FALSE;
        g_string_append_printf(t->absent, "The %s network is not part of it: %s.\n", network_kind_name((NetworkKind)k), cause->message);
    }
    return TRUE;
}

static gboolean speaks(const Release *release, gsize member)
{
    gboolean heard = release->group.weight[member] > 0;
    for (gsize i = 0; i < release->series && !heard; i++)
        heard = release->row[i].weight[member] > 0;
    return heard;
}

/* Judged on the days held back, a network that may speak learns from those
 * days too.  When that fails the judged one stays. */
static gboolean learn_from_all(Training *t, Release *release, GError **error)
{
    for (gsize i = 0; i < t->n; i++)
        t->until[i] = engine_origin(t->series[i]);
    for (int k = 0; k < NETWORK_KINDS; k++) {
        g_autoptr(GError) cause = NULL;
        if (release->network[k] == NULL || !speaks(release, classical_members + (gsize)k))
            continue;
        Network *fresh = train_network(t, (NetworkKind)k, &cause);
        if (fresh != NULL) {
            network_set_leash(fresh, network_leash(release->network[k]));
            network_free(release->network[k]);
            release->network[k] = fresh;
        } else if (g_error_matches(cause, MODEL_ERROR, MODEL_ERROR_STOPPED)) {
            g_propagate_error(error, g_steal_pointer(&cause));
            return FALSE;
        }
    }
    return TRUE;
}

enum { MORNINGS_WANTED = 3 }; /* as many as the gate wants */

typedef struct {
    const EngineOptions *options;
    const char *what;
} Report;

static gboolean report_backtest(void *self, double share)
{
    const Report *report = self;
    return report->options->progress == NULL || report->options->progress(report->options->self, report->what, share, MISSING);
}

static Backtest *ask_about_held_back(const Training *t, Panel *panel, const gboolean *asked, const char *what, GError **error)
{
    Report report = {t->options, what};
    BacktestOptions plan = t->plan;
    plan.progress = report_backtest;
    plan.self = &report;
    g_autoptr(Seats) seats = seats_new(panel, asked, NULL, t->series, t->n);
    gsize rows;
    const Forecaster *forecaster = seats_rows(seats, &rows);
    return backtest_new(t->series, t->n, forecaster, rows, &plan, error);
}

/* What the networks said freely, and what their anchors did, says how far each may go. */
static gboolean put_on_leash(const Training *t, Panel *panel, Network *const network[NETWORK_KINDS], GError **error)
{
    static const double none[NETWORK_RANGES] = {0};
    gboolean asked[RELEASE_MEMBERS_MOST] = {FALSE};
    for (gsize k = 0; k < NETWORK_KINDS; k++)
        asked[classical_members + k] = network[k] != NULL;
    g_autoptr(Backtest) free_speech = ask_about_held_back(t, panel, asked, "asking the networks about the days held back", error);
    for (gsize k = 0; k < NETWORK_KINDS && free_speech != NULL; k++)
        if (network[k] != NULL)
            network_set_leash(network[k], none);
    g_autoptr(Backtest) anchored = free_speech != NULL ? ask_about_held_back(t, panel, asked, "asking their anchors", error) : NULL;
    if (anchored == NULL)
        return FALSE;
    g_autofree double *scale = g_new(double, t->n + 1);
    for (gsize i = 0; i < t->n; i++)
        scale[i] = training_scale(t->series[i], MIN(t->until[i], t->series[i]->length), t->season[0]);
    for (gsize k = 0; k < NETWORK_KINDS; k++) {
        double leash[NETWORK_RANGES];
        if (network[k] == NULL)
            continue;
        leash_learn(free_speech, anchored, classical_members + k, scale, leash);
        network_set_leash(network[k], leash);
        g_string_append_printf(t->absent, "Of what the %s adds to its anchor it says %.0f, %.0f, %.0f and %.0f %% in the first eighth, up to a quarter, up to a half and in the rest of the horizon.\n",
                               network_kind_name((NetworkKind)k), 100 * leash[0], 100 * leash[1], 100 * leash[2], 100 * leash[3]);
    }
    return TRUE;
}

static Backtest *held_back(const Training *t, Network *const network[NETWORK_KINDS], GError **error)
{
    gboolean asked[RELEASE_MEMBERS_MOST] = {FALSE}, any_network = FALSE;
    for (gsize m = 0; m < panel_members(); m++)
        asked[m] = t->allowed[m] || g_str_equal(panel_name(m), "naive");
    for (gsize k = 0; k < NETWORK_KINDS; k++)
        any_network = any_network || network[k] != NULL;
    g_autoptr(Panel) panel = panel_new(t->series, t->n, t->until, t->calendar, t->season, network);
    if (t->series[0]->grain == GRAIN_HOUR) /* the rules of hours hold for a week */
        panel_keep_fits(panel, 7 * grain_season(GRAIN_HOUR));
    if (any_network && !put_on_leash(t, panel, network, error))
        return NULL;
    return ask_about_held_back(t, panel, asked, "asking all members about the days held back", error);
}

/* Mornings that a member could be judged on, of whichever series. */
static gsize mornings(const Backtest *b)
{
    gsize count = 0;
    for (gsize k = 0; k < b->origins; k++) {
        gboolean any = FALSE;
        for (gsize i = 0; i < b->series; i++)
            any = any || b->origin[i * b->origins + k] != BACKTEST_NONE;
        count += any;
    }
    return count;
}

static void let_networks_publish(ReleaseRow *row, Network *const network[NETWORK_KINDS], gsize networks)
{
    for (gsize m = 0; m < panel_members(); m++)
        row->weight[m] = panel_is_network(m) && network[m - classical_members] != NULL ? 1.0 / (double)networks : 0;
    row->network = TRUE;
    g_free(row->verdict);
    row->verdict = g_strdup("the pretrained networks publish: there is too little history to judge anyone by");
}

/* Of a ward that has just opened nobody has shown anything; the pretrained
 * networks have at least seen many such wards. */
static void trust_pretrained(Training *t, const Backtest *backtest, Release *release)
{
    static const double all[NETWORK_RANGES] = {1, 1, 1, 1};
    gsize networks = 0;
    for (int k = 0; k < NETWORK_KINDS; k++)
        networks += release->network[k] != NULL;
    if (t->pretrained == NULL || networks == 0 || mornings(backtest) >= MORNINGS_WANTED)
        return;
    for (int k = 0; k < NETWORK_KINDS; k++)
        if (release->network[k] != NULL)
            network_set_leash(release->network[k], all);
    let_networks_publish(&release->group, release->network, networks);
    for (gsize i = 0; i < release->series; i++)
        let_networks_publish(&release->row[i], release->network, networks);
    g_string_append(t->absent, "There is too little history to judge anyone by: the pretrained networks publish, and say all that they add.\n");
}

static gint64 watermark_of(const Series *const *series, gsize n)
{
    gint64 watermark = G_MININT64;
    for (gsize i = 0; i < n; i++)
        watermark = MAX(watermark, series[i]->start + (gint64)engine_origin(series[i]));
    return watermark;
}

/* What the card tells of how it was made. */
static void sign(const Training *t, Release *release)
{
    release->seed = t->options->seed;
    release->steps = t->options->steps;
    release->seconds = t->options->seconds;
    release->only = t->options->member != NULL && !g_str_equal(t->options->member, "auto") ? g_strdup(t->options->member) : NULL;
    release->program = g_strdup(PACKAGE_VERSION);
    release->watermark = watermark_of(t->series, t->n);
    release->since = G_MAXINT64;
    for (gsize i = 0; i < t->n; i++)
        release->since = MIN(release->since, t->series[i]->start);
}

static gboolean wants_networks(const Training *t)
{
    for (gsize m = 0; m < panel_members(); m++)
        if (t->allowed[m] && panel_is_network(m))
            return TRUE;
    return FALSE;
}

static gboolean none_allowed(const Training *t)
{
    for (gsize m = 0; m < panel_members(); m++)
        if (t->allowed[m])
            return FALSE;
    return TRUE;
}

static gboolean train(Training *t, Release **out, GError **error)
{
    Network *network[NETWORK_KINDS] = {NULL};
    g_autoptr(Backtest) backtest = NULL;
    gboolean ready = train_networks(t, network, error);
    if (ready && none_allowed(t)) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "no member is left: %s", t->absent->str);
        ready = FALSE;
    }
    if (ready)
        backtest = held_back(t, network, error);
    g_autoptr(Release) release = backtest != NULL ? training_decide(backtest, t->series, t->allowed, t->season) : NULL;
    for (int k = 0; k < NETWORK_KINDS; k++) {
        if (release != NULL)
            release->network[k] = network[k];
        else
            network_free(network[k]);
    }
    if (release != NULL)
        trust_pretrained(t, backtest, release);
    if (release == NULL || !learn_from_all(t, release, error))
        return FALSE;
    sign(t, release);
    g_string_prepend(t->absent, release->card);
    g_free(release->card);
    release->card = g_strdup(t->absent->str);
    gboolean unique = release_index(release);
    g_assert(unique); /* own_ids() has looked */
    *out = g_steal_pointer(&release);
    return TRUE;
}

gboolean engine_train(const Series *const *series, gsize n, const Calendar *calendar, const EngineOptions *options, Release **out, GError **error)
{
    Training t = {.series = series, .n = n, .calendar = calendar, .options = options, .season = {options->season[0], options->season[1]}};
    if (!one_grain(series, n, error) || !own_ids(series, n, error) || !training_allowed(options->member, series[0]->grain, t.allowed, error))
        return FALSE;
    panel_season(series[0]->grain, t.season);
    training_plan(series, n, options, t.season, &t.plan);
    g_autofree gsize *until = g_new0(gsize, n);
    t.until = until;
    find_until(&t);
    t.absent = g_string_new(NULL);
    if (wants_networks(&t))
        find_pretrained(&t);
    gboolean fine = train(&t, out, error);
    g_string_free(t.absent, TRUE);
    pretrained_free(t.pretrained);
    return fine;
}

/* ------------------------------------------------------------------ forecasting */

static Network *const no_network[NETWORK_KINDS] = {NULL};

typedef struct {
    const Release *release;
    const Series *const *series;
    gsize n;
    const gsize *origin;
    gsize horizon;
    Panel *panel;
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

/* Of a ward that training has not seen the release's weights hold only where its
 * past is long enough for all that they name: else its own days say whom to
 * believe, and networks keep their share, for they cannot be judged on these. */
static gboolean own_trust(const Forecasting *f, gsize i, gsize number, gboolean all, double *trust)
{
    double weight[RELEASE_MEMBERS_MOST], networks = 0;
    if (f->release != NULL && (number != RELEASE_UNKNOWN || all))
        return FALSE;
    if (!trust_weights(f->panel, f->series[i], i, f->origin[i], f->horizon, trust))
        return FALSE;
    publish_weights(f->release, number, f->series[i]->grain, weight);
    for (gsize m = classical_members; m < panel_members(); m++)
        networks += weight[m];
    for (gsize m = 0; m < panel_members(); m++)
        trust[m] = panel_is_network(m) ? weight[m] : (1 - networks) * trust[m];
    return TRUE;
}

static void forecast_series(const Forecasting *f, gsize i)
{
    Outlook *part[RELEASE_MEMBERS_MOST] = {NULL};
    char *complaint[RELEASE_MEMBERS_MOST] = {NULL};
    gboolean wanted[RELEASE_MEMBERS_MOST] = {FALSE};
    gsize origin = f->origin[i];
    gsize number = f->release != NULL ? release_find(f->release, f->series[i]->id) : RELEASE_UNKNOWN;
    if (origin > 0) {
        publish_wanted(f->release, number, f->series[i]->grain, wanted);
        gboolean all = ask_wanted(f, i, origin, wanted, part, complaint);
        for (gsize m = 0; m < panel_members(); m++)
            wanted[m] = panel_serves(m, f->series[i]->grain) && (f->part != NULL || (!all && !panel_is_network(m)));
        (void)ask_wanted(f, i, origin, wanted, part, complaint);
        double trust[RELEASE_MEMBERS_MOST];
        gboolean trusted = own_trust(f, i, number, all, trust);
        f->out[i] = publish_outlook(f->release, trusted ? trust : NULL, f->series[i], part, complaint, &f->note[i]);
    } else
        f->note[i] = (EngineNote){TRUE, g_strdup("no value of this series is known"), NULL};
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

gboolean engine_forecast(const Release *release, const Series *const *series, gsize n, const gsize *origin, gsize horizon,
                         const Calendar *calendar, gsize threads, Outlook **out, EngineNote *note, Outlook **part, GError **error)
{
    gsize season[2] = {release != NULL ? release->season[0] : 0, release != NULL ? release->season[1] : 0};
    for (gsize i = 0; i < n; i++) {
        out[i] = NULL;
        note[i] = (EngineNote){FALSE, NULL, NULL};
    }
    for (gsize k = 0; part != NULL && k < n * panel_members(); k++)
        part[k] = NULL;
    if (!one_grain(series, n, error) || !fits(release, series[0], error))
        return FALSE;
    panel_season(series[0]->grain, season);
    g_autofree gsize *from = g_new(gsize, n);
    for (gsize i = 0; i < n; i++)
        from[i] = origin != NULL ? origin[i] : engine_origin(series[i]);
    g_autoptr(Panel) panel = panel_new(series, n, from, calendar, season, release != NULL ? release->network : no_network);
    panel_keep_fits(panel, trust_steps(series[0]->grain));
    Forecasting f = {release, series, n, from, horizon, panel, out, part, note, 0};
    forecast_all(&f, threads);
    return TRUE;
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

gboolean engine_paths(const Release *release, const Series *const *series, const Outlook *const *outlook, gsize n,
                      gsize paths, guint64 seed, float *out, GError **error)
{
    gsize horizon = n > 0 ? outlook[0]->horizon : 0, origins = release != NULL ? release->origins : 0;
    gboolean counts = TRUE;
    for (gsize i = 0; i < n; i++) {
        counts = counts && series[i]->counts;
        if (outlook[i]->horizon != horizon) {
            g_set_error(error, JUDGE_ERROR, JUDGE_ERROR_DATA, "series %s is forecast %zu steps ahead and %s %zu; paths need one horizon", series[0]->id,
                        horizon, series[i]->id, outlook[i]->horizon);
            return FALSE;
        }
    }
    g_autofree float *score = g_new(float, origins * n * horizon + 1);
    for (gsize i = 0; i < n; i++) {
        const gint16 *known = release != NULL ? release_scores(release, release_find(release, series[i]->id)) : NULL;
        for (gsize k = 0; k < origins; k++)
            for (gsize h = 0; h < horizon; h++) {
                gint16 z = known != NULL && h < release->horizon ? known[k * release->horizon + h] : RELEASE_SCORE_NONE;
                score[(k * n + i) * horizon + h] = z == RELEASE_SCORE_NONE ? (float)MISSING : (float)z / 1000;
            }
    }
    paths_draw(outlook, n, score, origins, horizon, paths, seed, counts, out);
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
        first[i] = first_origin(series[i], plan);
    g_autoptr(Panel) panel = panel_new(series, n, first, calendar, release->season, release->network);
    panel_keep_fits(panel, options->refit);
    g_autoptr(Seats) seats = seats_new(panel, asked, release, series, n);
    gsize rows;
    const Forecaster *forecaster = seats_rows(seats, &rows);
    return backtest_new(series, n, forecaster, rows, plan, error);
}

/* The series as they were known before the first origin of the backtest. */
static GPtrArray *before_first(const Series *const *series, gsize n, const BacktestOptions *plan)
{
    GPtrArray *past = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    for (gsize i = 0; i < n; i++) {
        gsize first = first_origin(series[i], plan);
        if (first != BACKTEST_NONE)
            g_ptr_array_add(past, series_upto(series[i], first));
    }
    return past;
}

gboolean engine_backtest(const Series *const *series, gsize n, const Calendar *calendar, const EngineOptions *options,
                         gsize origins, gsize stride, Release **release, Backtest **out, GError **error)
{
    Report report = {options, "forecasting from past days"};
    BacktestOptions plan = {.horizon = options->horizon, .origins = origins, .stride = stride, .least = 2, .threads = options->threads,
                            .progress = report_backtest, .self = &report};
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
