#include "daemon/engine/card.h"

#include "daemon/engine/scoreboard.h"
#include "daemon/json.h"

#include <string.h>

/* ------------------------------------------------------------------ figures */

static ReleaseFigures figures_of(const ScoreboardRow *row)
{
    const Score *s = &row->score;
    if (s->rows == 0)
        return (ReleaseFigures){MISSING, MISSING, MISSING, MISSING, MISSING, MISSING, MISSING, MISSING, MISSING};
    return (ReleaseFigures){s->mase, s->wape, s->wql, s->coverage80, s->coverage95, s->pinball, row->difference, row->low, row->high};
}

static gsize naive_of(const Backtest *b)
{
    for (gsize m = 0; m < b->members; m++)
        if (g_str_equal(b->name[m], "naive"))
            return m;
    return 0;
}

/* A backtest of two: naive, and what was released. */
static Backtest *beside_naive(const Backtest *b, const float *released)
{
    gsize origins = b->series * b->origins, each = origins * b->horizon * OUTLOOK_LEVELS;
    Backtest *two = g_new0(Backtest, 1);
    *two = (Backtest){.members = 2, .series = b->series, .origins = b->origins, .horizon = b->horizon};
    two->name = g_new0(char *, 2);
    two->name[0] = g_strdup("naive");
    two->name[1] = g_strdup("wardcast");
    two->complaint = g_new0(char *, 2 * b->series + 1);
    two->origin = g_memdup2(b->origin, origins * sizeof *b->origin);
    two->counts = g_memdup2(b->counts, b->series * sizeof *b->counts);
    two->actual = g_memdup2(b->actual, origins * b->horizon * sizeof *b->actual);
    two->quantile = g_new(float, 2 * each + 1);
    memcpy(two->quantile, b->quantile + naive_of(b) * each, each * sizeof(float));
    memcpy(two->quantile + each, released, each * sizeof(float));
    return two;
}

void card_judge(Release *release, const Backtest *backtest, const float *released, const double *scale)
{
    g_autofree ScoreboardRow *member = scoreboard_new(backtest, scale, 1);
    g_autoptr(Backtest) two = beside_naive(backtest, released);
    g_autofree ScoreboardRow *whole = scoreboard_new(two, scale, 1);
    g_free(release->figures);
    release->figures = g_new(ReleaseFigures, backtest->members + 1);
    for (gsize m = 0; m < backtest->members; m++)
        release->figures[m] = figures_of(&member[m]);
    release->figures[backtest->members] = figures_of(&whole[1]);
}

/* ------------------------------------------------------------------ words */

static void append_row(GString *text, const char *name, const ReleaseFigures *f, double weight)
{
    if (isnan(f->pinball))
        return;
    g_string_append_printf(text, "%-12s %8.4f %6.2f%% %7.4f %7.1f%% %7.1f%%", name, f->mase, 100 * f->wape, f->wql, 100 * f->coverage80, 100 * f->coverage95);
    if (isnan(weight))
        g_string_append(text, "        ");
    else
        g_string_append_printf(text, " %7.2f", weight);
    if (!g_str_equal(name, "naive") && !isnan(f->against))
        g_string_append_printf(text, "  %+.1f%% (%+.1f .. %+.1f)", 100 * f->against, 100 * f->low, 100 * f->high);
    g_string_append_c(text, '\n');
}

char *card_table(const Release *release)
{
    GString *text = g_string_new("member           MASE    WAPE     WQL  cover80  cover95  weight  against naive (95 % interval)\n");
    for (gsize m = 0; release->figures != NULL && m < release->members; m++)
        append_row(text, release->member[m], &release->figures[m], release->group.weight[m]);
    if (release->figures != NULL)
        append_row(text, "wardcast", &release->figures[release->members], MISSING);
    return g_string_free(text, FALSE);
}

char *card_publishers(const Release *release)
{
    GString *text = g_string_new(NULL);
    gboolean told[RELEASE_MEMBERS_MOST] = {FALSE};
    for (gsize k = 0; k < release->members; k++) {
        gsize most = G_MAXSIZE;
        for (gsize m = 0; m < release->members; m++)
            if (!told[m] && (most == G_MAXSIZE || release->group.weight[m] > release->group.weight[most]))
                most = m;
        told[most] = TRUE;
        if (release->group.weight[most] >= 0.005)
            g_string_append_printf(text, "%s%s %.0f %%", text->len > 0 ? ", " : "", release->member[most], 100 * release->group.weight[most]);
    }
    return g_string_free(text, FALSE);
}

char *card_sentence(const Release *release)
{
    g_autofree char *publishers = card_publishers(release);
    const ReleaseFigures *f = release->figures != NULL ? &release->figures[release->members] : NULL;
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "Forecasts by the %s are made, as a rule, by %s.", grain_name(release->grain), publishers);
    if (f != NULL && !isnan(f->against)) {
        gboolean less = f->against <= 0;
        g_string_append_printf(text, " In the backtest their loss was %.0f %% (%.0f to %.0f %% in 95 of 100) %s that of repeating the last %s.", 100 * fabs(f->against),
                               100 * (less ? -f->high : f->low), 100 * (less ? -f->low : f->high), less ? "below" : "above",
                               release->grain == GRAIN_HOUR || release->grain == GRAIN_DAY ? "week" : "year");
    }
    return g_string_free(text, FALSE);
}

gsize card_parameters(const Release *release)
{
    gsize sum = 0;
    for (int k = 0; k < NETWORK_KINDS; k++)
        sum += release->network[k] != NULL ? network_parameters(release->network[k]) : 0;
    return sum;
}

char *card_date(Grain grain, gint64 step)
{
    int year, month, day;
    gint64 hour = grain_first_hour(grain, step);
    grain_date_of_day(hour >= 0 ? hour / 24 : -((23 - hour) / 24), &year, &month, &day);
    return g_strdup_printf("%04d-%02d-%02d", year, month, day);
}

char *card_text(const Release *release)
{
    g_autofree char *since = card_date(release->grain, release->since), *until = card_date(release->grain, release->watermark - 1);
    g_autofree char *publishers = card_publishers(release);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "Grain        %s; %zu series, up to %zu steps ahead, seasons of %zu and %zu steps\n", grain_name(release->grain), release->series,
                           release->horizon, release->season[0], release->season[1]);
    g_string_append_printf(text, "Data         %s .. %s\n", since, until);
    g_string_append_printf(text, "Made by      wardcast %s, seed %" G_GUINT64_FORMAT "\n", release->program != NULL ? release->program : "of an unknown version", release->seed);
    g_string_append_printf(text, "Settings     members: %s; ", release->only != NULL ? release->only : "all, the backtest decides");
    if (release->steps > 0)
        g_string_append_printf(text, "%" G_GUINT64_FORMAT " optimiser steps; ", release->steps);
    else
        g_string_append(text, "optimiser steps as usual; ");
    if (release->seconds > 0)
        g_string_append_printf(text, "at most %g s of training\n", release->seconds);
    else
        g_string_append(text, "no time limit\n");
    for (int k = 0; k < NETWORK_KINDS; k++)
        if (release->network[k] != NULL)
            g_string_append_printf(text, "Network      %s, %zu parameters, %zu seed%s\n", network_kind_name((NetworkKind)k), network_parameters(release->network[k]),
                                   network_voices(release->network[k]), network_voices(release->network[k]) == 1 ? "" : "s");
    g_string_append_printf(text, "Publishes    %s\n%s", publishers, release->card);
    return g_string_free(text, FALSE);
}

/* ------------------------------------------------------------------ for programs */

static void append_figures(GString *json, const char *name, double weight, const ReleaseFigures *f)
{
    static const char *const key[] = {"mase", "wape", "wql", "coverage80", "coverage95", "pinball", "against_naive", "low", "high"};
    const double value[] = {f->mase, f->wape, f->wql, f->coverage80, f->coverage95, f->pinball, f->against, f->low, f->high};
    json_key(json, "name");
    json_text(json, name);
    g_string_append_c(json, ',');
    json_key(json, "weight");
    json_number(json, weight);
    for (gsize k = 0; k < G_N_ELEMENTS(value); k++) {
        g_string_append_c(json, ',');
        json_key(json, key[k]);
        json_number(json, value[k]);
    }
}

static void append_members(GString *json, const Release *release)
{
    const ReleaseFigures none = {MISSING, MISSING, MISSING, MISSING, MISSING, MISSING, MISSING, MISSING, MISSING};
    json_key(json, "members");
    for (gsize m = 0; m <= release->members; m++) {
        g_string_append(json, m == 0 ? "[{" : "},{");
        append_figures(json, m < release->members ? release->member[m] : "wardcast", m < release->members ? release->group.weight[m] : MISSING,
                       release->figures != NULL ? &release->figures[m] : &none);
    }
    g_string_append(json, "}]");
}

char *card_json(const Release *release)
{
    g_autofree char *since = card_date(release->grain, release->since), *until = card_date(release->grain, release->watermark - 1);
    const char *const text[][2] = {{"grain", grain_name(release->grain)}, {"data_since", since}, {"data_until", until},
                                   {"program_version", release->program}, {"only_members", release->only},
                                   {"verdict", release->group.verdict}, {"card", release->card}};
    const struct {
        const char *key;
        double value;
    } number[] = {{"series", (double)release->series}, {"horizon", (double)release->horizon}, {"season", (double)release->season[0]},
                  {"long_season", (double)release->season[1]}, {"origins", (double)release->origins},
                  {"steps", (double)release->steps}, {"seconds", release->seconds}, {"parameters", (double)card_parameters(release)}};
    GString *json = g_string_new(NULL);
    for (gsize k = 0; k < G_N_ELEMENTS(text); k++) {
        json_key(json, text[k][0]);
        json_text(json, text[k][1]);
        g_string_append_c(json, ',');
    }
    for (gsize k = 0; k < G_N_ELEMENTS(number); k++) {
        json_key(json, number[k].key);
        json_number(json, number[k].value);
        g_string_append_c(json, ',');
    }
    json_key(json, "seed"); /* as text: readers keep 53 bits of a number */
    g_autofree char *seed = g_strdup_printf("%" G_GUINT64_FORMAT, release->seed);
    json_text(json, seed);
    g_string_append_c(json, ',');
    append_members(json, release);
    return g_string_free(json, FALSE);
}
