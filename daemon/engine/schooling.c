#include "daemon/engine/schooling.h"

#include "config/build.h"
#include "daemon/engine/leash.h"
#include "daemon/engine/panel.h"
#include "daemon/engine/seats.h"
#include "daemon/engine/training.h"
#include "forecast/model/pretrained.h"

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

/* What a network starts from; NULL = from scratch. */
static const Network *start_of(const Training *t, NetworkKind kind)
{
    return t->pretrained != NULL ? t->pretrained->network[kind] : NULL;
}

/* Usual optimiser steps: all trainings (each network, twice) fit into four
 * minutes on two cores.  A year or two of days holds one or two regimes;
 * trained longer from scratch the networks learn the regime and lose in the next. */
static gsize usual_steps(const Training *t, NetworkKind kind)
{
    return start_of(t, kind) == NULL && t->series[0]->grain == GRAIN_DAY ? 100 : 300;
}

/* Voices of a network: as measured, the second gains most of what more of them would.
 * The free network is there to differ from the others, not to be sure of itself: it has one. */
static gsize voices_of(const Training *t, NetworkKind kind)
{
    static const gsize usual_seeds = 2;
    if (network_kind_is_plain(kind))
        return 1;
    return t->options->seeds > 0 ? t->options->seeds : usual_seeds;
}

static void find_until(Training *t)
{
    for (gsize i = 0; i < t->n; i++) {
        t->until[i] = backtest_first(t->series[i], &t->plan);
        if (t->until[i] == BACKTEST_NONE)
            t->until[i] = engine_origin(t->series[i]);
    }
}

static Network *train_network(const Training *t, NetworkKind kind, GError **error)
{
    const EngineOptions *o = t->options;
    NetworkTraining training = {.seed = o->seed, .voices = voices_of(t, kind), .steps = o->steps > 0 ? o->steps : usual_steps(t, kind),
                                .seconds = o->seconds / 2, /* once to be judged, once with all values */
                                .threads = o->threads > 0 ? o->threads : g_get_num_processors(), .progress = o->progress, .self = o->self, .start = start_of(t, kind)};
    return network_train(kind, t->series, t->until, t->n, t->calendar, t->season, o->horizon, &training, error);
}

static void find_pretrained(Training *t)
{
    g_autoptr(GError) cause = NULL;
    if (t->options->from_scratch) {
        g_string_append(t->absent, "The networks learnt from scratch, as was asked for.\n");
        return;
    }
    t->pretrained = pretrained_load(t->series[0]->grain, &cause);
    if (t->pretrained == NULL)
        g_string_append_printf(t->absent, "The networks learnt from scratch: %s.\n", cause->message);
}

static void say_beginning(const Training *t, NetworkKind kind, const Network *network)
{
    if (start_of(t, kind) != NULL && network_learnt(network) == 0)
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

static Backtest *ask_about_held_back(const Training *t, Panel *panel, const gboolean *asked, const char *what, GError **error)
{
    TrainingReport report = {t->options, what};
    BacktestOptions plan = t->plan;
    plan.progress = training_report;
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

/* A network that corrects a fitted forecast is sure to know something; the free one must show first what it is worth. */
static gboolean trusted_unseen(Network *const network[NETWORK_KINDS], gsize member)
{
    return panel_is_network(member) && network[member - classical_members] != NULL && !network_kind_is_plain((NetworkKind)(member - classical_members));
}

static void let_networks_publish(ReleaseRow *row, Network *const network[NETWORK_KINDS], gsize networks)
{
    for (gsize m = 0; m < panel_members(); m++)
        row->weight[m] = trusted_unseen(network, m) ? 1.0 / (double)networks : 0;
    row->network = TRUE;
    g_free(row->verdict);
    row->verdict = g_strdup("the pretrained networks publish: there is too little history to judge anyone by");
}

/* Has a member that learns from the whole group, and is made for this grain alone, an answer today? */
static gboolean specialist_answers(const Training *t)
{
    g_autofree gsize *now = g_new(gsize, t->n);
    for (gsize i = 0; i < t->n; i++)
        now[i] = engine_origin(t->series[i]);
    g_autoptr(Panel) panel = panel_new(t->series, t->n, now, t->calendar, t->season, NULL);
    gboolean answers = FALSE;
    for (gsize m = 0; m < panel_members(); m++)
        for (gsize i = 0; i < t->n && !answers && t->allowed[m] && panel_is_made_for(m, t->series[0]->grain); i++) {
            g_autoptr(Outlook) outlook = outlook_new(panel_name(m), t->series[i]->start + (gint64)now[i], t->options->horizon);
            Outlook *one[] = {outlook};
            answers = now[i] > 0 && panel_ask(panel, m, i, &now[i], 1, one, NULL);
        }
    return answers;
}

/* Of a ward that has just opened nobody has shown anything; the pretrained
 * networks have at least seen many such wards.  A member that learns from the
 * whole group has seen its neighbours, and needs no judge to go first. */
static void trust_pretrained(Training *t, const Backtest *backtest, Release *release)
{
    static const double all[NETWORK_RANGES] = {1, 1, 1, 1};
    gsize networks = 0;
    for (gsize m = 0; m < panel_members(); m++)
        networks += trusted_unseen(release->network, m);
    if (t->pretrained == NULL || networks == 0 || mornings(backtest) >= MORNINGS_WANTED || specialist_answers(t))
        return;
    for (int k = 0; k < NETWORK_KINDS; k++)
        if (trusted_unseen(release->network, classical_members + (gsize)k))
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
    g_assert(unique); /* the caller has looked */
    *out = g_steal_pointer(&release);
    return TRUE;
}

gboolean schooling_run(const Series *const *series, gsize n, const Calendar *calendar, const EngineOptions *options, Release **out, GError **error)
{
    Training t = {.series = series, .n = n, .calendar = calendar, .options = options, .season = {options->season[0], options->season[1]}};
    if (!training_allowed(options->member, series[0]->grain, t.allowed, error))
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
