#include "daemon/engine/training.h"

#include "daemon/engine/card.h"
#include "daemon/engine/panel.h"
#include "forecast/model/blend.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ which mornings */

/* Few series need more mornings each for the same evidence. */
static gsize usual_origins(gsize n, Grain grain)
{
    gsize few = grain == GRAIN_HOUR ? 48 : 16; /* a morning of hours tells of two days, one of days of weeks */
    return n <= 4 ? few : n <= 40 ? 12 : 8;
}

/* Hours are judged on two days per morning, however few are asked for: of a few
 * hours, that is by more of them one after the other, a quarter of a day apart at least. */
static gsize fill_days(gsize mornings, gsize horizon, gsize day, gsize *apart)
{
    gsize days = MAX(horizon, 2 * day);
    *apart = MAX(horizon, day / 4);
    return mornings * days / *apart;
}

static int ascending(const void *a, const void *b)
{
    gsize x = *(const gsize *)a, y = *(const gsize *)b;
    return (x > y) - (x < y);
}

static gsize median_length(const Series *const *series, gsize n)
{
    g_autofree gsize *known = g_new(gsize, n + 1);
    for (gsize i = 0; i < n; i++)
        known[i] = series_known(series[i]);
    qsort(known, n, sizeof *known, ascending);
    return n > 0 ? known[n / 2] : 0;
}

/* Where a season is longer than what is asked for (weeks), mornings of a part of
 * it say nothing of the rest: summers do not tell who foresees a winter.  With
 * one season and a half known, every second step of the last season is held back. */
static void see_whole_season(gsize length, const EngineOptions *options, gsize season, BacktestOptions *plan)
{
    if (season <= plan->horizon || length < season + season / 2)
        return;
    if (options->origins == 0)
        plan->origins = (season - plan->horizon + 1) / 2 + 1;
    if (options->stride == 0 && plan->origins > 1)
        plan->stride = (season - plan->horizon + plan->origins - 2) / (plan->origins - 1);
}

void training_plan(const Series *const *series, gsize n, const EngineOptions *options, const gsize season[2], BacktestOptions *plan)
{
    gsize length = median_length(series, n), room = length / 3 > options->horizon ? length / 3 - options->horizon : 0;
    gsize usual = usual_origins(n, series[0]->grain), apart = options->horizon;
    if (series[0]->grain == GRAIN_HOUR && options->stride == 0)
        usual = fill_days(usual, options->horizon, season[0], &apart);
    gsize origins = options->origins > 0 ? options->origins : MIN(usual, room + 3);
    gsize stride = options->stride;
    if (stride == 0) {
        stride = MIN(apart, origins > 1 ? room / (origins - 1) : room);
        /* mornings at all places of the season, not the same one again and again */
        if (season[0] > 1 && stride >= season[0] && stride % season[0] == 0)
            stride--;
    }
    *plan = (BacktestOptions){.horizon = options->horizon, .origins = origins, .stride = MAX(stride, 1), .least = 2, .threads = options->threads};
    if (series[0]->grain != GRAIN_HOUR) /* whose mornings see many days as it is */
        see_whole_season(length, options, season[0], plan);
}

gboolean training_allowed(const char *names, Grain grain, gboolean *allowed, GError **error)
{
    gboolean all = names == NULL || g_str_equal(names, "auto");
    gboolean any = FALSE;
    for (gsize m = 0; m < panel_members(); m++)
        allowed[m] = all && panel_serves(m, grain);
    g_auto(GStrv) name = g_strsplit(all ? "" : names, ",", -1);
    for (gsize k = 0; name[k] != NULL; k++) {
        gsize m = panel_find(g_strstrip(name[k]));
        if (m == G_MAXSIZE) {
            g_autofree char *known = g_strjoinv(", ", (char **)engine_members());
            g_set_error(error, JUDGE_ERROR, JUDGE_ERROR_DATA, "there is no member \"%s\"; wanted auto or some of %s", name[k], known);
            return FALSE;
        }
        allowed[m] = panel_serves(m, grain);
        any = any || allowed[m];
    }
    if (all || any)
        return TRUE;
    g_set_error(error, JUDGE_ERROR, JUDGE_ERROR_DATA, "member %s forecasts no %ss; wanted one that does, or auto", names, grain_name(grain));
    return FALSE;
}

double training_scale(const Series *series, gsize until, gsize season)
{
    double scale = score_seasonal_error(series->value, until, season), size = 0;
    gsize known = 0;
    if (scale > 0)
        return scale;
    for (gsize t = 0; t < until; t++)
        if (!isnan(series->value[t])) {
            size += fabs(series->value[t]);
            known++;
        }
    return size > 0 ? size / (double)known : 1;
}

/* ------------------------------------------------------------------ who publishes */

typedef struct {
    const Backtest *backtest;
    const Series *const *series;
    const gboolean *allowed;
    gboolean *classical; /* [members]: allowed and no network */
    gboolean any_classical, any_network;
    BlendTrial trial;
    double *group, *group_classical; /* [members] */
    double *each, *each_classical;   /* [series][members] */
    double *prior;                   /* [members]: who speaks where a backtest has seen too little */
    BlendVerdict verdict;            /* of the whole group */
    Release *release;
} Decision;

static gsize first_origin(const Backtest *b, gsize series)
{
    const gsize *origin = b->origin + series * b->origins;
    for (gsize k = 0; k < b->origins; k++)
        if (origin[k] != BACKTEST_NONE)
            return origin[k];
    return BACKTEST_NONE;
}

/* Steps between the first and the last origin of the longest backtest. */
static gsize span_of(const Backtest *b)
{
    gsize span = 0;
    for (gsize i = 0; i < b->series; i++) {
        gsize first = first_origin(b, i);
        if (first != BACKTEST_NONE)
            span = MAX(span, b->origin[(i + 1) * b->origins - 1] - first);
    }
    return span;
}

/* Horizons that the origins of the longest backtest span side by side: what
 * overlaps tells of the same days again. */
static double separate_horizons(const Backtest *b)
{
    return (double)span_of(b) / (double)b->horizon + 1;
}

static double *scales(const Backtest *b, const Series *const *series, gsize season)
{
    double *scale = g_new(double, b->series + 1);
    for (gsize i = 0; i < b->series; i++)
        scale[i] = training_scale(series[i], MIN(first_origin(b, i), series[i]->length), season);
    return scale;
}

static double network_share(const double *weight)
{
    double share = 0;
    for (gsize m = classical_members; m < panel_members(); m++)
        share += weight[m];
    return share;
}

/* One series' own evidence decides when it is clear; when it is not, the
 * group's does, unless the series speaks against the networks. */
static void judge_series(const Decision *d, gsize i, const double *weight, const double *classical, ReleaseRow *row)
{
    BlendVerdict own = {0};
    blend_gate(&d->trial, i, "the blend with networks", weight, classical, &own);
    gboolean against = own.origins >= 3 && own.difference < -own.error;
    row->network = own.publish || (d->verdict.publish && !against);
    if (row->network && !own.publish)
        row->verdict = g_strdup_printf("the networks may publish: the group's backtest is clear and this series does not speak against it (%s)", own.sentence);
    else
        row->verdict = g_strdup(own.sentence);
    blend_verdict_clear(&own);
}

static void decide_series(const Decision *d, gsize i)
{
    ReleaseRow *row = &d->release->row[i];
    gsize members = d->backtest->members;
    const double *classical = d->each_classical + i * members;
    row->id = g_strdup(d->series[i]->id);
    row->weight = g_memdup2(d->each + i * members, members * sizeof(double));
    row->network = d->any_network;
    if (!d->any_classical || !d->any_network) {
        row->verdict = g_strdup(d->release->group.verdict);
        return;
    }
    if (network_share(row->weight) > 0)
        judge_series(d, i, row->weight, classical, row);
    else {
        row->network = FALSE;
        row->verdict = g_strdup("the classical members publish: the blend that did best holds no network");
    }
    if (!row->network)
        memcpy(row->weight, classical, members * sizeof *classical);
}

/* Seasons that the backtest has seen, or horizons where these are longer; where nothing could be scored, none. */
static double periods_seen(const Decision *d)
{
    const Backtest *b = d->backtest;
    for (gsize i = 0; i < b->series; i++)
        if (first_origin(b, i) != BACKTEST_NONE)
            return (double)(span_of(b) + b->horizon) / (double)MAX(d->trial.season, b->horizon);
    return 0;
}

/* The share of what the backtest chose. */
static double believed(const Decision *d)
{
    double seen = periods_seen(d);
    return seen / (seen + 1);
}

/* The members that learn from the whole group and are made for this grain alone, or the better half when there are none. */
static void find_prior(Decision *d, const double *half)
{
    gsize members = d->backtest->members, made = 0;
    d->prior = g_memdup2(half, members * sizeof *half);
    for (gsize m = 0; m < members; m++)
        made += d->classical[m] && panel_is_made_for(m, d->release->grain);
    for (gsize m = 0; m < members && made > 0; m++)
        d->prior[m] = d->classical[m] && panel_is_made_for(m, d->release->grain) ? 1 / (double)made : 0;
}

/* Who was best for a part of a season may be the worst in the rest of it, and one
 * season or horizon is not like the next: the prior weighs as much as one of them. */
static void lean_on_prior(const Decision *d, double *weight)
{
    double own = believed(d);
    for (gsize m = 0; m < d->backtest->members; m++)
        weight[m] = own * weight[m] + (1 - own) * d->prior[m];
}

/* Weights of the classical members; the sentence (free it) says how they were found. */
static char *choose_weights(Decision *d, double *weight)
{
    g_autofree double *half = g_new0(double, d->backtest->members + 1);
    blend_group(&d->trial, d->classical, weight);
    blend_better_half(&d->trial, d->classical, half);
    find_prior(d, half);
    gboolean made = memcmp(d->prior, half, d->backtest->members * sizeof *half) != 0;
    lean_on_prior(d, weight);
    g_autofree char *rest = made ? g_strdup_printf("those made for %ss alone", grain_name(d->release->grain)) : g_strdup("the better half of the members");
    return g_strdup_printf("a member speaks the softer, the surer it is that another was better; with %.1f %s seen that decides %.0f %%, the rest %s",
                           periods_seen(d), d->trial.season > d->backtest->horizon ? "seasons" : "horizons", 100 * believed(d), rest);
}

static void decide_group(Decision *d)
{
    ReleaseRow *row = &d->release->group;
    gsize members = d->backtest->members, each = d->backtest->series * members;
    d->group = g_new0(double, members);
    d->group_classical = g_new0(double, members);
    d->each = g_new0(double, each + 1);
    d->each_classical = g_new0(double, each + 1);
    row->id = g_strdup("");
    row->network = d->any_network;
    g_autofree char *chosen = d->any_classical ? choose_weights(d, d->group_classical) : NULL;
    if (d->any_classical && d->any_network) {
        blend_group(&d->trial, d->allowed, d->group);
        lean_on_prior(d, d->group);
        blend_gate(&d->trial, BLEND_ALL, "the blend with networks", d->group, d->group_classical, &d->verdict);
        row->network = d->verdict.publish;
        (void)blend_series(&d->trial, d->group_classical, d->each_classical);
    } else if (d->any_network)
        blend_group(&d->trial, d->allowed, d->group);
    else
        memcpy(d->group, d->group_classical, members * sizeof(double));
    (void)blend_series(&d->trial, d->group, d->each);
    gboolean stand_down = d->any_network && !row->network;
    row->weight = g_memdup2(stand_down ? d->group_classical : d->group, members * sizeof(double));
    if (d->verdict.sentence != NULL)
        row->verdict = g_strdup_printf("%s; of the classical members %s", d->verdict.sentence, chosen);
    else if (d->any_network)
        row->verdict = g_strdup("the networks publish: all other members are held back");
    else
        row->verdict = g_strdup_printf("the classical members publish, no network takes part; %s", chosen);
}

/* ------------------------------------------------------------------ what was released */

/* The blend of one origin before calibration; NULL when no member had an answer. */
static Outlook *blend_of(const Decision *d, gsize i, gsize k)
{
    const Backtest *b = d->backtest;
    g_autoptr(Outlook) out = outlook_new("wardcast", 0, b->horizon);
    Outlook *part[RELEASE_MEMBERS_MOST] = {NULL};
    for (gsize m = 0; m < b->members; m++)
        part[m] = backtest_outlook(b, m, d->series[i], i, k);
    gboolean blended = blend_apply((const Outlook *const *)part, d->release->row[i].weight, b->members, d->series[i]->counts, out);
    for (gsize m = 0; m < b->members; m++)
        outlook_free(part[m]);
    return blended ? g_steal_pointer(&out) : NULL;
}

/* One year of a chance all wards share is no reason to shift the next one's
 * ranges: with fewer seasons (or horizons, where these are longer) the members'
 * own ranges are released. */
static const double periods_wanted = 3;

static void calibrate(Decision *d)
{
    const Backtest *b = d->backtest;
    gboolean enough = periods_seen(d) >= periods_wanted;
    gsize row = b->horizon * OUTLOOK_LEVELS, rows = b->series * b->origins;
    g_autofree float *quantile = g_new(float, rows * row + 1);
    g_autofree gboolean *counts = g_new(gboolean, b->series + 1);
    for (gsize r = 0; r < rows; r++) {
        g_autoptr(Outlook) out = blend_of(d, r / b->origins, r % b->origins);
        for (gsize c = 0; c < row; c++)
            quantile[r * row + c] = (float)(out != NULL && enough ? out->quantile[c] : MISSING);
    }
    for (gsize i = 0; i < b->series; i++)
        counts[i] = d->series[i]->counts;
    d->release->calibration = calibrate_new(quantile, b->actual, counts, b->series, b->origins, b->horizon);
}

static void score_origin(const Decision *d, gsize i, gsize k, gint16 *score, float *released)
{
    const Backtest *b = d->backtest;
    g_autoptr(Outlook) out = blend_of(d, i, k);
    const float *actual = backtest_actual(b, i, k);
    if (out != NULL)
        calibrate_apply(d->release->calibration, i, d->series[i]->counts, out);
    for (gsize h = 0; h < b->horizon; h++) {
        guint64 key = (i * b->origins + k) * b->horizon + h;
        double z = out != NULL ? calibrate_score(out, h, (double)actual[h], d->series[i]->counts, key) : MISSING;
        score[h] = isnan(z) ? RELEASE_SCORE_NONE : (gint16)lrint(1000 * z);
    }
    for (gsize c = 0; c < b->horizon * OUTLOOK_LEVELS; c++)
        released[c] = (float)(out != NULL ? out->quantile[c] : MISSING);
}

static void score_all(Decision *d)
{
    const Backtest *b = d->backtest;
    gsize each = b->horizon * OUTLOOK_LEVELS;
    g_autofree float *released = g_new(float, b->series * b->origins * each + 1);
    d->release->origins = b->origins;
    d->release->score = g_new(gint16, b->series * b->origins * b->horizon + 1);
    for (gsize r = 0; r < b->series * b->origins; r++)
        score_origin(d, r / b->origins, r % b->origins, d->release->score + r * b->horizon, released + r * each);
    card_judge(d->release, b, released, d->trial.scale);
}

/* ------------------------------------------------------------------ the card */

static void make_card(Decision *d)
{
    const Backtest *b = d->backtest;
    GString *card = g_string_new(NULL);
    gsize publish = 0;
    for (gsize i = 0; i < b->series; i++)
        publish += d->release->row[i].network;
    g_string_append_printf(card, "Backtest of %zu series by %ss from %zu origins each, %zu steps ahead.\n", b->series,
                           grain_name(d->release->grain), b->origins, b->horizon);
    g_string_append_printf(card, "Networks publish for %zu series and stand down for %zu.\n", publish, b->series - publish);
    g_string_append_printf(card, "For the whole group: %s.\n", d->release->group.verdict);
    if (periods_seen(d) < periods_wanted)
        g_string_append(card, "The days held back span too few horizons or seasons to correct the ranges: the members' own are released.\n");
    g_autofree char *table = card_table(d->release);
    g_string_append(card, table);
    d->release->card = g_string_free(card, FALSE);
}

Release *training_decide(const Backtest *backtest, const Series *const *series, const gboolean *allowed, const gsize season[2])
{
    g_autofree double *scale = scales(backtest, series, season[0]);
    g_autofree gboolean *classical = g_new0(gboolean, backtest->members + 1);
    g_autoptr(Release) release = g_new0(Release, 1);
    Decision d = {.backtest = backtest, .series = series, .allowed = allowed, .classical = classical, .release = release};
    d.trial = (BlendTrial){backtest->members, backtest->series, backtest->origins, backtest->horizon, backtest->quantile, backtest->actual, scale, season[0],
                           separate_horizons(backtest)};
    for (gsize m = 0; m < backtest->members; m++) {
        classical[m] = allowed[m] && !panel_is_network(m);
        d.any_classical |= classical[m];
        d.any_network |= allowed[m] && panel_is_network(m);
    }
    release->grain = backtest->series > 0 ? series[0]->grain : GRAIN_DAY;
    release->season[0] = season[0];
    release->season[1] = season[1];
    release->horizon = backtest->horizon;
    release->members = backtest->members;
    release->member = g_strdupv(backtest->name);
    release->series = backtest->series;
    release->row = g_new0(ReleaseRow, backtest->series + 1);
    decide_group(&d);
    for (gsize i = 0; i < backtest->series; i++)
        decide_series(&d, i);
    calibrate(&d);
    score_all(&d);
    make_card(&d);
    g_free(d.group);
    g_free(d.group_classical);
    g_free(d.prior);
    g_free(d.each);
    g_free(d.each_classical);
    blend_verdict_clear(&d.verdict);
    return g_steal_pointer(&release);
}

gboolean training_report(void *self, double share)
{
    const TrainingReport *report = self;
    return report->options->progress == NULL || report->options->progress(report->options->self, report->what, share, MISSING);
}
