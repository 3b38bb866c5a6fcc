#include "daemon/engine/scoreboard.h"

#include <string.h>

/* GLib's own macro promotes to long double, which clang warns of. */
#define assert_near(seen, wanted, most) g_assert_cmpfloat(fabs((seen) - (wanted)), <=, (most))

/* Every series of the test is flat at 10; "naive" says 12, "wardcast" 11, "lstm" nothing. */
static gboolean says(void *self, gsize series, const gsize *origin, gsize origins, Outlook **out, GError **error)
{
    double value = *(const double *)self;
    if (isnan(value)) {
        g_set_error_literal(error, JUDGE_ERROR, JUDGE_ERROR_DATA, "held back");
        return FALSE;
    }
    for (gsize k = 0; k < origins; k++)
        for (gsize h = 0; h < out[k]->horizon; h++)
            for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
                out[k]->quantile[h * OUTLOOK_LEVELS + q] = out[k]->mean[h] = value;
    return TRUE;
}

static Backtest *sample(gsize n)
{
    static double value[] = {12, MISSING, 11};
    Forecaster forecaster[] = {{"naive", says, &value[0]}, {"lstm", says, &value[1]}, {"wardcast", says, &value[2]}};
    BacktestOptions options = {.horizon = 3, .origins = 2, .stride = 4, .least = 1, .threads = 1};
    g_autoptr(GPtrArray) series = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    g_autoptr(GError) error = NULL;
    for (gsize i = 0; i < n; i++) {
        Series *one = series_new("s", GRAIN_DAY, 0, 20);
        for (gsize t = 0; t < 20; t++)
            one->value[t] = 10;
        g_ptr_array_add(series, one);
    }
    Backtest *backtest = backtest_new((const Series *const *)series->pdata, n, forecaster, 3, &options, &error);
    g_assert_no_error(error);
    return backtest;
}

static void test_rows(void)
{
    g_autoptr(Backtest) backtest = sample(2);
    double scale[] = {4, 4};
    g_autofree ScoreboardRow *row = scoreboard_new(backtest, scale, 1);
    g_assert_cmpstr(row[2].member, ==, "wardcast");
    g_assert_cmpuint(row[2].score.rows, ==, 2 * 2 * 3);
    assert_near(row[0].score.mase, 0.5, 1e-6);
    assert_near(row[2].score.mase, 0.25, 1e-6);
    g_assert_cmpuint(row[1].score.rows, ==, 0);
    /* Half the error everywhere: half the pinball loss, without any spread. */
    assert_near(row[2].difference, -0.5, 1e-6);
    assert_near(row[2].low, -0.5, 1e-6);
    assert_near(row[2].high, -0.5, 1e-6);
    /* the next step is off by 1 of 10, three steps together by 3 */
    assert_near(row[2].score.next, 1, 1e-6);
    assert_near(row[2].score.whole, 3, 1e-6);
    g_assert_cmpuint(row[2].pairs, ==, 4);
    g_assert_true(isnan(row[1].difference));
}

static void test_pairs_are_series_when_many(void)
{
    g_autoptr(Backtest) backtest = sample(12);
    double scale[12];
    for (gsize i = 0; i < 12; i++)
        scale[i] = 4;
    g_autofree ScoreboardRow *row = scoreboard_new(backtest, scale, 1);
    g_assert_cmpuint(row[2].pairs, ==, 12);
}

static void test_text(void)
{
    g_autoptr(Backtest) backtest = sample(2);
    double scale[] = {4, 4};
    g_autofree ScoreboardRow *row = scoreboard_new(backtest, scale, 1);
    g_autofree char *text = scoreboard_text(row, 3), *csv = scoreboard_csv(row, 3);
    g_assert_nonnull(strstr(text, "wardcast       0.2500  10.00%"));
    g_assert_nonnull(strstr(text, "-50.0% (-50.0 .. -50.0)"));
    g_assert_null(strstr(text, "lstm"));
    g_auto(GStrv) line = g_strsplit(csv, "\n", -1);
    g_assert_cmpuint(g_strv_length(line), ==, 5);
    g_assert_cmpstr(line[2], ==, "lstm,0,,,,,,,,,,,,,,,,,0");
    g_assert_true(g_str_has_prefix(line[3], "wardcast,12,0.25,0.1,0.1,0,0,0.5,1,1,1,"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/scoreboard/figures-and-difference-to-naive", test_rows);
    g_test_add_func("/daemon/scoreboard/ten-series-are-compared-as-series", test_pairs_are_series_when_many);
    g_test_add_func("/daemon/scoreboard/the-table-and-the-file", test_text);
    return g_test_run();
}
