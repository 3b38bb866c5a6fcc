#include "forecast/judge/backtest.h"

#include <string.h>

static Series *ramp(const char *id, gsize length)
{
    Series *series = series_new(id, GRAIN_DAY, 100, length);
    for (gsize t = 0; t < length; t++)
        series->value[t] = (double)t;
    return series;
}

/* Forecasts the last known value, spread by the level's place; fails where told to. */
typedef struct {
    const Series *const *series;
    gsize fail_series, fail_origin;
} Last;

static gboolean last_value(void *self, gsize series, const gsize *origin, gsize origins, Outlook **out, GError **error)
{
    const Last *last = self;
    for (gsize k = 0; k < origins; k++) {
        if (series == last->fail_series && (last->fail_origin == BACKTEST_NONE || origin[k] == last->fail_origin)) {
            g_set_error(error, JUDGE_ERROR, JUDGE_ERROR_DATA, "cannot say anything at %zu", origin[k]);
            return FALSE;
        }
        for (gsize h = 0; h < out[k]->horizon; h++) {
            out[k]->mean[h] = last->series[series]->value[origin[k] - 1];
            for (int q = 0; q < OUTLOOK_LEVELS; q++)
                out[k]->quantile[h * OUTLOOK_LEVELS + (gsize)q] = out[k]->mean[h] + q - OUTLOOK_MEDIAN;
        }
    }
    return TRUE;
}

static void test_origins(void)
{
    g_autoptr(Series) series = ramp("a", 30);
    BacktestOptions options = {.horizon = 4, .origins = 3, .stride = 7, .least = 1};
    gsize origin[3];
    backtest_origins(series, &options, origin);
    g_assert_cmpuint(origin[0], ==, 12);
    g_assert_cmpuint(origin[1], ==, 19);
    g_assert_cmpuint(origin[2], ==, 26);
}

static void test_origins_with_gaps(void)
{
    g_autoptr(Series) series = ramp("a", 30);
    BacktestOptions options = {.horizon = 4, .origins = 2, .stride = 5, .least = 1};
    gsize origin[2];
    series->value[28] = MISSING; /* the last four known steps in a row are 24..27 */
    backtest_origins(series, &options, origin);
    g_assert_cmpuint(origin[1], ==, 24);
    for (gsize t = 0; t < 30; t += 3) /* never four in a row: end at the last known value, 29 */
        series->value[t] = MISSING;
    backtest_origins(series, &options, origin);
    g_assert_cmpuint(origin[1], ==, 26);
    g_assert_cmpuint(origin[0], ==, 21);
}

static void test_origins_of_a_short_series(void)
{
    g_autoptr(Series) series = ramp("a", 12);
    BacktestOptions options = {.horizon = 4, .origins = 3, .stride = 3, .least = 5};
    gsize origin[3];
    backtest_origins(series, &options, origin); /* 8 has eight values before it, 5 has five, 2 too few */
    g_assert_true(origin[0] == BACKTEST_NONE);
    g_assert_cmpuint(origin[1], ==, 5);
    g_assert_cmpuint(origin[2], ==, 8);
    options.least = 9;
    backtest_origins(series, &options, origin);
    g_assert_true(origin[2] == BACKTEST_NONE);
    g_autoptr(Series) none = series_new("none", GRAIN_DAY, 0, 3);
    options.least = 1;
    backtest_origins(none, &options, origin);
    g_assert_true(origin[2] == BACKTEST_NONE);
}

static Backtest *run(const Series *const *series, gsize n, Last *last, gsize threads)
{
    Forecaster forecaster[] = {{"last", last_value, last}, {"again", last_value, last}};
    BacktestOptions options = {.horizon = 4, .origins = 3, .stride = 2, .least = 1, .threads = threads};
    g_autoptr(GError) error = NULL;
    Backtest *backtest = backtest_new(series, n, forecaster, 2, &options, &error);
    g_assert_no_error(error);
    return backtest;
}

static void test_places(void)
{
    g_autoptr(Series) a = ramp("a", 20);
    g_autoptr(Series) b = ramp("b", 40);
    const Series *series[] = {a, b};
    Last last = {series, G_MAXSIZE, 0};
    g_autoptr(Backtest) backtest = run(series, 2, &last, 1);
    /* b's origins are 32, 34, 36; at 34 the last value is 33 and the truth 34..37. */
    g_assert_cmpfloat(backtest_actual(backtest, 1, 1)[3], ==, 37);
    g_assert_cmpfloat(backtest_mean(backtest, 1, 1, 1)[3], ==, 33);
    g_assert_cmpfloat(backtest_quantile(backtest, 1, 1, 1)[3 * OUTLOOK_LEVELS], ==, 27);
    g_autoptr(Outlook) outlook = backtest_outlook(backtest, 1, b, 1, 1);
    g_assert_cmpint(outlook->origin, ==, 134);
    g_assert_cmpfloat(outlook->quantile[OUTLOOK_LEVELS - 1], ==, 39);
    g_assert_cmpstr(outlook->member, ==, "again");
    /* errors 1, 2, 3, 4 at each origin */
    ScoreSum sum = backtest_sum(backtest, 0, 1, 2);
    g_assert_cmpuint(sum.rows, ==, 4);
    g_assert_cmpfloat(sum.absolute, ==, 10);
}

/* Nobody came; a range from 0.3 to 0.4 with its middle at 0.35 says as much, and is no miss. */
static void test_counts_are_judged_as_handed_over(void)
{
    g_autoptr(Series) empty = series_new("empty", GRAIN_DAY, 0, 10);
    for (gsize t = 0; t < 10; t++)
        empty->value[t] = 0;
    const Series *series[] = {empty};
    Last last = {series, G_MAXSIZE, 0};
    for (int counts = 0; counts < 2; counts++) {
        empty->counts = counts;
        g_autoptr(Backtest) backtest = run(series, 1, &last, 1);
        for (gsize k = 0; k < 4 * OUTLOOK_LEVELS; k++)
            backtest_quantile(backtest, 0, 0, 2)[k] = 0.3f + 0.1f * (float)(k % OUTLOOK_LEVELS) / (OUTLOOK_LEVELS - 1);
        ScoreSum sum = backtest_sum(backtest, 0, 0, 2);
        g_assert_cmpuint(sum.rows, ==, 4);
        g_assert_cmpuint(sum.inside80, ==, counts ? 4 : 0);
        g_assert_cmpfloat_with_epsilon(sum.absolute, counts ? 0 : 4 * 0.35, 1e-6);
    }
}

static void test_failures(void)
{
    g_autoptr(Series) a = ramp("a", 20);
    g_autoptr(Series) b = ramp("b", 20);
    const Series *series[] = {a, b};
    Last last = {series, 1, 14};
    g_autoptr(Backtest) backtest = run(series, 2, &last, 2);
    g_assert_null(backtest->complaint[0]);
    g_assert_cmpstr(backtest->complaint[1], ==, "cannot say anything at 14");
    g_assert_true(isnan(backtest_quantile(backtest, 0, 1, 1)[0]));
    g_assert_false(isnan(backtest_quantile(backtest, 0, 1, 0)[0]));
    g_assert_null(backtest_outlook(backtest, 0, b, 1, 1));
    g_assert_cmpuint(backtest_sum(backtest, 0, 1, 1).rows, ==, 0);
    g_assert_cmpuint(backtest_sum(backtest, 0, 1, 2).rows, ==, 4);
}

static void test_short_series_are_said(void)
{
    g_autoptr(Series) a = ramp("a", 4);
    const Series *series[] = {a};
    Last last = {series, G_MAXSIZE, 0};
    g_autoptr(Backtest) backtest = run(series, 1, &last, 1);
    g_assert_cmpstr(backtest->complaint[0], ==, "no origin has 1 known values before it and 4 steps after it");
    g_assert_true(isnan(backtest_actual(backtest, 0, 2)[0]));
}

static void test_threads(void)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    for (gsize i = 0; i < 23; i++)
        g_ptr_array_add(all, ramp("x", 15 + i));
    const Series *const *series = (const Series *const *)all->pdata;
    Last last = {series, 3, BACKTEST_NONE};
    g_autoptr(Backtest) one = run(series, all->len, &last, 1);
    g_autoptr(Backtest) four = run(series, all->len, &last, 4);
    gsize rows = one->members * one->series * one->origins * one->horizon;
    g_assert_cmpint(memcmp(one->quantile, four->quantile, rows * OUTLOOK_LEVELS * sizeof(float)), ==, 0);
    g_assert_cmpint(memcmp(one->mean, four->mean, rows * sizeof(float)), ==, 0);
    g_assert_cmpint(memcmp(one->origin, four->origin, one->series * one->origins * sizeof(gsize)), ==, 0);
}

static void test_too_large(void)
{
    g_autoptr(Series) a = ramp("a", 20);
    const Series *series[] = {a};
    Last last = {series, G_MAXSIZE, 0};
    Forecaster forecaster = {"last", last_value, &last};
    BacktestOptions options = {.horizon = G_MAXSIZE / 4, .origins = 1000, .stride = 1, .least = 1};
    g_autoptr(GError) error = NULL;
    g_assert_null(backtest_new(series, 1, &forecaster, 1, &options, &error));
    g_assert_error(error, JUDGE_ERROR, JUDGE_ERROR_MEMORY);
    g_assert_nonnull(strstr(error->message, "--origins"));
}

static gboolean stop_half_way(void *self, double share)
{
    return share < 0.5;
}

static void test_stopped(void)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    for (gsize i = 0; i < 10; i++)
        g_ptr_array_add(all, ramp("x", 20));
    Last last = {(const Series *const *)all->pdata, G_MAXSIZE, 0};
    Forecaster forecaster = {"last", last_value, &last};
    BacktestOptions options = {.horizon = 2, .origins = 1, .stride = 1, .least = 1, .threads = 2, .progress = stop_half_way};
    g_autoptr(GError) error = NULL;
    g_assert_null(backtest_new(last.series, 10, &forecaster, 1, &options, &error));
    g_assert_error(error, JUDGE_ERROR, JUDGE_ERROR_STOPPED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/judge/backtest/the-last-origin-leaves-a-whole-horizon", test_origins);
    g_test_add_func("/judge/backtest/a-gap-moves-the-last-origin-back", test_origins_with_gaps);
    g_test_add_func("/judge/backtest/a-short-series-has-fewer-origins", test_origins_of_a_short_series);
    g_test_add_func("/judge/backtest/every-number-is-in-its-place", test_places);
    g_test_add_func("/judge/backtest/counts-are-judged-as-they-are-handed-over", test_counts_are_judged_as_handed_over);
    g_test_add_func("/judge/backtest/one-failed-origin-spoils-no-other", test_failures);
    g_test_add_func("/judge/backtest/a-series-without-origins-is-said", test_short_series_are_said);
    g_test_add_func("/judge/backtest/threads-change-no-bit", test_threads);
    g_test_add_func("/judge/backtest/a-backtest-too-large-names-the-settings", test_too_large);
    g_test_add_func("/judge/backtest/the-caller-can-stop-it", test_stopped);
    return g_test_run();
}
