#include "daemon/engine/trust.h"

#include "daemon/engine/publish.h"
#include "forecast/model/renew.h"

#include <string.h>

#define assert_near(seen, wanted, most) g_assert_cmpfloat(fabs((seen) - (wanted)), <=, (most))

static Calendar *utc(void)
{
    return calendar_new("UTC", NULL, NULL);
}

/* A Poisson count by waiting times. */
static double draw(GRand *rand, double mean)
{
    double left = mean, count = -1;
    for (; left > 0; count++)
        left += log(1 - g_rand_double(rand));
    return count;
}

/* A ward by hours: a day with a morning peak, quieter weekends, and weeks that differ. */
static Series *hours(GRand *rand, gsize days)
{
    Series *series = series_new("general/new/arrivals", GRAIN_HOUR, 24 * 19000, 24 * days);
    double level = 3 + 6 * g_rand_double(rand), peak = 9 + 4 * g_rand_double(rand), today = 0;
    series->counts = series->flow = TRUE;
    for (gsize t = 0; t < series->length; t++) {
        if (t % 24 == 0)
            today = 0.7 * today + 0.08 * (g_rand_double(rand) + g_rand_double(rand) - 1);
        double hour = 1 + 0.8 * cos(2 * G_PI * ((double)(t % 24) - peak) / 24), weekend = grain_weekday(19000 + (gint64)(t / 24)) > 4 ? 0.8 : 1;
        series->value[t] = draw(rand, level * hour * weekend * exp(today));
    }
    return series;
}

/* Beds in use: a level that wanders, and quieter weekends. */
static Series *beds(GRand *rand, gsize days)
{
    Series *series = series_new("general/new/census", GRAIN_DAY, 19000, days);
    double level = log(60 + 400 * g_rand_double(rand)), weekend = 0.9 + 0.1 * g_rand_double(rand);
    series->counts = TRUE;
    for (gsize t = 0; t < days; t++) {
        level += 0.04 * (g_rand_double(rand) + g_rand_double(rand) - 1);
        series->value[t] = rint(exp(level) * (grain_weekday(19000 + (gint64)t) > 4 ? weekend : 1) + 4 * (g_rand_double(rand) - 0.5));
    }
    return series;
}

static double loss_of(const Outlook *outlook, const double *truth)
{
    ScoreSum sum = {0};
    for (gsize h = 0; h < outlook->horizon; h++)
        score_add(&sum, outlook->quantile + h * OUTLOOK_LEVELS, truth[h]);
    return score_of(&sum, MISSING).pinball;
}

static gsize number_of(const char *name)
{
    gsize m = panel_find(name);
    g_assert_cmpuint(m, <, panel_members());
    return m;
}

/* Two weeks known: what is published from day 15 on, without any release, against naive and ETS. */
static void new_wards_are_forecast_better_than_by_habit(Series *(*ward)(GRand *rand, gsize days), gsize day, gsize horizon)
{
    enum { WARDS = 40, KNOWN = 14, DAYS = 28 };
    GRand *rand = g_rand_new_with_seed(15);
    g_autoptr(Calendar) calendar = utc();
    double published = 0, naive = 0, ets = 0;
    for (int w = 0; w < WARDS; w++) {
        g_autoptr(Series) all = ward(rand, DAYS);
        gsize origin = KNOWN * day;
        const Series *one = all;
        Outlook *out = NULL;
        g_autofree Outlook **part = g_new0(Outlook *, panel_members());
        g_auto(EngineNote) note = {.fallback = FALSE};
        g_assert_true(engine_forecast(NULL, &one, 1, &origin, horizon, calendar, 1, &out, &note, part, NULL));
        g_assert_true(note.fallback);
        g_assert_nonnull(strstr(note.sentence, "last days"));
        const double *truth = all->value + origin;
        published += loss_of(out, truth);
        naive += loss_of(part[number_of("naive")], truth);
        ets += loss_of(part[number_of("ets")], truth);
        outlook_free(out);
        for (gsize m = 0; m < panel_members(); m++)
            outlook_free(part[m]);
    }
    g_rand_free(rand);
    g_test_message("loss: published %.4f, naive %.4f, ets %.4f", published / WARDS, naive / WARDS, ets / WARDS);
    g_assert_cmpfloat(published, <, 0.95 * naive);
    g_assert_cmpfloat(published, <, ets);
}

static void test_new_wards_by_hours(void)
{
    new_wards_are_forecast_better_than_by_habit(hours, 24, 48);
}

static void test_new_wards_by_days(void)
{
    new_wards_are_forecast_better_than_by_habit(beds, 1, 14);
}

/* Every day repeats the day before: whoever knows that is believed, and last
 * week's hours, all of them other, are not. */
static void test_weights_follow_the_last_days(void)
{
    g_autoptr(Calendar) calendar = utc();
    g_autoptr(Series) series = series_new("general/new/arrivals", GRAIN_HOUR, 24 * 19000, 24 * 20);
    GRand *rand = g_rand_new_with_seed(3);
    series->counts = TRUE;
    for (gsize t = 0; t < series->length; t++)
        series->value[t] = draw(rand, 4 + 20 * (t % 24 > 7));
    g_rand_free(rand);
    const Series *one = series;
    gsize fit = trust_fit(GRAIN_HOUR, 24 * 14), season[2] = {24, 168};
    Network *const none[NETWORK_KINDS] = {NULL};
    g_autoptr(Panel) panel = panel_new(&one, 1, &fit, calendar, season, none);
    panel_keep_fits(panel, trust_steps(GRAIN_HOUR));
    gboolean allowed[RELEASE_MEMBERS_MOST];
    double weight[RELEASE_MEMBERS_MOST], again[RELEASE_MEMBERS_MOST], sum = 0;
    g_assert_cmpuint(fit, ==, 24 * 7);
    trust_allowed(NULL, GRAIN_HOUR, TRUE, allowed);
    publish_weights(NULL, RELEASE_UNKNOWN, GRAIN_HOUR, weight);
    publish_weights(NULL, RELEASE_UNKNOWN, GRAIN_HOUR, again);
    g_assert_true(trust_weights(panel, series, 0, 24 * 14, 48, allowed, weight));
    for (gsize m = 0; m < panel_members(); m++) {
        g_assert_cmpfloat(weight[m], >=, 0);
        g_assert_true(!panel_is_network(m) || !(weight[m] > 0));
        sum += weight[m];
    }
    g_assert_cmpfloat_with_epsilon(sum, 1, 1e-9);
    /* a difference of two counts is 1.4 times as wide as one count: seven days say exp(-0.4 x 7), less than a tenth */
    g_assert_cmpfloat(weight[number_of("naive")], <, weight[number_of("poisson")] / 4);
    /* nothing from the origin on is looked at */
    for (gsize t = 24 * 14; t < series->length; t++)
        series->value[t] = 900;
    g_assert_true(trust_weights(panel, series, 0, 24 * 14, 48, allowed, again));
    g_assert_cmpmem(weight, panel_members() * sizeof *weight, again, panel_members() * sizeof *again);
}

static void test_too_little_is_said(void)
{
    g_autoptr(Calendar) calendar = utc();
    g_autoptr(Series) series = series_new("general/new/census", GRAIN_DAY, 19000, 5);
    for (gsize t = 0; t < 5; t++)
        series->value[t] = 3;
    const Series *one = series;
    gsize fit = 5, season[2] = {7, 0};
    Network *const none[NETWORK_KINDS] = {NULL};
    g_autoptr(Panel) panel = panel_new(&one, 1, &fit, calendar, season, none);
    gboolean allowed[RELEASE_MEMBERS_MOST];
    double weight[RELEASE_MEMBERS_MOST], before[RELEASE_MEMBERS_MOST];
    trust_allowed(NULL, GRAIN_DAY, TRUE, allowed);
    publish_weights(NULL, RELEASE_UNKNOWN, GRAIN_DAY, weight);
    memcpy(before, weight, sizeof weight);
    g_assert_false(trust_weights(panel, series, 0, 5, 7, allowed, weight));
    g_assert_cmpmem(weight, panel_members() * sizeof *weight, before, panel_members() * sizeof *before);
}

/* A day differs from that of the week before by +1 for a week, then by -1 for a week:
 * of seven pairs of neighbours six agree, r = 5/7, and a day says (2/7) / (12/7). */
static void test_what_a_day_says(void)
{
    enum { DAYS = 8 + 28 * 5 };
    g_autoptr(Series) days = series_new("a/b/census", GRAIN_DAY, 19000, DAYS), hours = series_new("a/b/arrivals", GRAIN_HOUR, 24 * 19000, (gsize)24 * DAYS);
    for (gsize t = 0; t < DAYS; t++)
        days->value[t] = 10 * (double)(t % 7) + (double)(t / 7 % 2);
    for (gsize t = 0; t < hours->length; t++)
        hours->value[t] = days->value[t / 24] + (double)(t % 24);
    assert_near(trust_evidence(days, DAYS), 1.0 / 6, 1e-9);
    assert_near(trust_evidence(hours, hours->length), 1.0 / 6, 1e-9);
    /* neighbours that disagree are no more than independent; of a short past nothing is known */
    for (gsize t = 0; t < DAYS; t++)
        days->value[t] = (double)(t % 2);
    assert_near(trust_evidence(days, DAYS), 1, 1e-9);
    assert_near(trust_evidence(days, 30), 1.0 / 7, 1e-9);
    assert_near(trust_evidence(hours, (gsize)24 * 30), 1, 1e-9);
}

/* Of the weight 0.6 and 0.4 a quarter goes to whom begins anew; less than one in a hundred is not heard. */
static void test_who_begins_anew(void)
{
    gboolean allowed[RELEASE_MEMBERS_MOST];
    double weight[RELEASE_MEMBERS_MOST] = {0};
    gsize anew = number_of("renew"), naive = number_of("naive"), ets = number_of("ets");
    trust_allowed(NULL, GRAIN_DAY, TRUE, allowed);
    weight[naive] = 0.6;
    weight[ets] = 0.4;
    trust_renew(0.25, allowed, weight);
    assert_near(weight[naive], 0.45, 1e-12);
    assert_near(weight[ets], 0.3, 1e-12);
    assert_near(weight[anew], 0.25, 1e-12);
    trust_renew(0.98, allowed, weight); /* 0.009, 0.006 and 0.985 */
    assert_near(weight[anew], 1, 1e-12);
    weight[ets] = 0.5;
    weight[anew] = 0.5;
    trust_renew(0.009, allowed, weight);
    assert_near(weight[ets], 0.4955, 1e-12);
    weight[anew] = 0;
    weight[ets] = 1;
    trust_renew(0.009, allowed, weight);
    assert_near(weight[ets], 1, 1e-12);
    allowed[anew] = FALSE;
    trust_renew(0.5, allowed, weight);
    assert_near(weight[ets], 1, 1e-12);
}

/* 28 days hold a change with chance 1 - (364/365)^28 = 0.0739 before they are seen: what
 * they tell multiplies the odds of that as often as days are worth one another. */
static void test_how_likely_habits_have_changed(void)
{
    enum { DAYS = 8 + 28 * 5, CHANGE = DAYS - 4 };
    g_autoptr(Series) days = series_new("a/b/census", GRAIN_DAY, 19000, DAYS), hours = series_new("a/b/census", GRAIN_HOUR, 24 * 19000, (gsize)24 * DAYS);
    for (gsize t = 0; t < DAYS; t++)
        days->value[t] = (t < CHANGE ? 10 * (double)(t % 7) : 65 - 10 * (double)(t % 7)) + (double)(t / 7 % 2) + 200;
    for (gsize t = 0; t < hours->length; t++)
        hours->value[t] = days->value[t / 24];
    RenewUsual usual;
    double told = renew_changed(days, DAYS, 28, &usual), odds = 0.07394125 / (1 - 0.07394125);
    double times = told / (1 - told) / odds;
    g_assert_cmpfloat(told, >, 0.5);
    /* a day of the 120 before them says 1/6 (see above) */
    assert_near(trust_evidence(days, DAYS - 28), 1.0 / 6, 2e-3);
    odds *= pow(times, trust_evidence(days, DAYS - 28));
    /* mornings 42 to 120: the chance itself and 79 / 28 times what was said on them, of 107 / 28 */
    double often = (0.07394125 * 28 + 79 * usual.changed) / 107, novel = 0.07394125 / (0.07394125 + 0.92605875 * often);
    g_assert_cmpuint(usual.mornings, ==, 79);
    assert_near(trust_changed(days, DAYS), odds / (1 + odds) * novel, 1e-6);
    /* what is told against a change counts in full */
    g_assert_cmpfloat(trust_changed(days, CHANGE), <=, renew_changed(days, CHANGE, 28, NULL));
    g_assert_cmpfloat(trust_changed(days, CHANGE), <, 0.05);
    g_assert_false(trust_changed(hours, hours->length) > 0);
    g_assert_false(trust_changed(days, 27) > 0);
}

/* Weeks differ by 2 from each other; last week was 4, 5, 6 ... */
static void test_a_forecast_that_strays(void)
{
    g_autoptr(Series) series = series_new("a/b/census", GRAIN_DAY, 19000, 35);
    g_autoptr(Outlook) near = outlook_new("near", 19035, 14), far = outlook_new("far", 19035, 14);
    for (gsize t = 0; t < 35; t++)
        series->value[t] = (double)(t % 7) + 2 * (double)(t / 7 % 2);
    for (gsize h = 0; h < 14; h++)
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++) {
            near->quantile[h * OUTLOOK_LEVELS + k] = series->value[28 + h % 7] + (h < 7 ? 1.9 : 50);
            far->quantile[h * OUTLOOK_LEVELS + k] = series->value[28 + h % 7] + (h < 7 ? 2.1 : 0);
        }
    g_assert_false(trust_strays(series, 35, near));
    g_assert_true(trust_strays(series, 35, far));
    g_assert_false(trust_strays(series, 13, far));
    series->value[30] = MISSING;
    g_assert_true(trust_strays(series, 35, far));
}

/* A release made by hand that believes a member of long histories most. */
static Release *of_long_wards(void)
{
    static const char *member[] = {"level", "ridge", NULL};
    Release *release = g_new0(Release, 1);
    release->grain = GRAIN_DAY;
    release->season[0] = 7;
    release->horizon = 14;
    release->members = 2;
    release->member = g_strdupv((char **)member);
    release->group.id = g_strdup("");
    release->group.weight = g_new(double, 2);
    release->group.weight[0] = 0.8;
    release->group.weight[1] = 0.2;
    release->group.verdict = g_strdup("made for this test");
    release->row = g_new0(ReleaseRow, 1);
    release->calibration = calibrate_new(NULL, NULL, NULL, 0, 0, 14);
    g_assert_true(release_index(release));
    return release;
}

/* Two weeks are too short for the member the release believes: the ward's own
 * days speak as they do without any release.  A long past needs no such help. */
static void test_a_release_of_other_wards(void)
{
    GRand *rand = g_rand_new_with_seed(4);
    g_autoptr(Calendar) calendar = utc();
    g_autoptr(Release) release = of_long_wards();
    g_autoptr(Series) all = beds(rand, 200);
    const Series *one = all;
    g_rand_free(rand);
    for (int known = 14; known < 200; known += 150) {
        gsize origin = (gsize)known;
        Outlook *with = NULL, *without = NULL;
        g_auto(EngineNote) note = {.fallback = FALSE}, other = {.fallback = FALSE};
        g_assert_true(engine_forecast(release, &one, 1, &origin, 14, calendar, 1, &with, &note, NULL, NULL));
        g_assert_true(engine_forecast(NULL, &one, 1, &origin, 14, calendar, 1, &without, &other, NULL, NULL));
        gboolean same = memcmp(with->quantile, without->quantile, 14 * OUTLOOK_LEVELS * sizeof(double)) == 0;
        g_assert_true(same == (known == 14) && note.fallback == (known == 14));
        g_assert_true(known > 14 || strstr(note.sentence, "not seen this series") != NULL);
        outlook_free(with);
        outlook_free(without);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/trust/weights-follow-the-last-days", test_weights_follow_the_last_days);
    g_test_add_func("/daemon/trust/too-little-to-judge-by-is-said", test_too_little_is_said);
    g_test_add_func("/daemon/trust/what-a-day-says-is-what-it-adds-to-the-day-before", test_what_a_day_says);
    g_test_add_func("/daemon/trust/who-begins-anew-speaks-as-far-as-a-change-is-likely", test_who_begins_anew);
    g_test_add_func("/daemon/trust/a-change-is-as-likely-as-days-worth-it-tell", test_how_likely_habits_have_changed);
    g_test_add_func("/daemon/trust/a-forecast-strays-when-it-is-further-away-than-weeks-are", test_a_forecast_that_strays);
    g_test_add_func("/daemon/trust/new-wards-by-hours-beat-habit-and-smoothing", test_new_wards_by_hours);
    g_test_add_func("/daemon/trust/new-wards-by-days-beat-habit-and-smoothing", test_new_wards_by_days);
    g_test_add_func("/daemon/trust/a-release-of-other-wards-leaves-a-short-past-to-itself", test_a_release_of_other_wards);
    return g_test_run();
}
