#include "forecast/series/mend.h"

/* Ten weeks of days: weekdays 100, weekends 60. */
static Series *weeks(void)
{
    Series *series = series_new("h/w/census", GRAIN_DAY, 0, 70);
    for (gsize t = 0; t < 70; t++)
        series->value[t] = t % 7 < 5 ? 100 + (double)(t % 3) : 60;
    series->counts = TRUE;
    return series;
}

static void test_typing_error(void)
{
    g_autoptr(Series) series = weeks();
    series->value[30] = 4000;
    series->value[40] = -1;
    series->value[50] = (double)INFINITY;
    g_assert_cmpint(mend_absurd(series, 7), ==, 3);
    g_assert_true(isnan(series->value[30]) && isnan(series->value[40]) && isnan(series->value[50]));
    g_assert_cmpint(series->mended[30], ==, MEND_ABSURD);
    gsize count[MENDS];
    mend_count(series, count);
    g_assert_cmpint(count[MEND_ABSURD], ==, 3);
    g_assert_cmpint(count[MEND_GAP], ==, 0);
    g_assert_cmpint(count[MEND_NONE], ==, 67);
    g_assert_cmpint(mend_absurd(series, 7), ==, 0);
}

static void test_level_drop(void)
{
    g_autoptr(Series) series = weeks();
    for (gsize t = 0; t < 70; t++)
        series->value[t] *= 5;
    series->value[30] = 0; /* 500 patients do not leave and come back */
    g_assert_cmpint(mend_absurd(series, 7), ==, 1);
    g_assert_true(isnan(series->value[30]));
    series->flow = TRUE;
    series->value[37] = 0; /* but on a holiday nobody may come */
    g_assert_cmpint(mend_absurd(series, 7), ==, 0);
}

static void test_real_surges_stay(void)
{
    g_autoptr(Series) series = weeks();
    for (gsize t = 40; t < 60; t++)
        series->value[t] = 100 * exp(0.15 * (double)(t - 40)); /* to 17 times in three weeks */
    g_assert_cmpint(mend_absurd(series, 7), ==, 0);
    for (gsize t = 0; t < 70; t++)
        series->value[t] = t >= 35 ? 900 : 9; /* a hospital that opens a building */
    g_assert_cmpint(mend_absurd(series, 7), ==, 0);
    for (gsize t = 0; t < 70; t++)
        series->value[t] = t % 7 == 3 ? 400 : 2; /* a clinic open one day a week */
    series->value[31] = 0;
    g_assert_cmpint(mend_absurd(series, 7), ==, 0); /* the steps around explain it */
    for (gsize t = 0; t < 70; t++)
        series->value[t] = t == 20 || t == 41 ? 3 : 0; /* rare events */
    g_assert_cmpint(mend_absurd(series, 7), ==, 0);
}

static void test_signed_series_stay(void)
{
    g_autoptr(Series) series = weeks();
    for (gsize t = 0; t < 70; t++)
        series->value[t] = t % 4 ? 5 : -5; /* a net flow */
    g_assert_cmpint(mend_absurd(series, 7), ==, 0);
    g_autoptr(Series) empty = series_new("h/w/x", GRAIN_DAY, 0, 0);
    g_assert_cmpint(mend_absurd(empty, 7), ==, 0);
}

static void test_clock(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Calendar) calendar = calendar_new("America/New_York", NULL, &error);
    g_assert_no_error(error);
    gint64 spring = 24 * grain_day_of_date(2025, 3, 9);
    g_autoptr(Series) series = series_new("h/w/arrivals", GRAIN_HOUR, spring, 24 * 365);
    for (gsize t = 0; t < series->length; t++)
        series->value[t] = 5;
    g_assert_cmpint(mend_clock(series, calendar), ==, 3); /* and the spring of 2026 */
    gsize autumn = (gsize)(24 * grain_day_of_date(2025, 11, 2) + 1 - spring);
    g_assert_true(isnan(series->value[2]) && series->mended[2] == MEND_CLOCK);
    g_assert_true(series->value[autumn] == 5 && series->mended[autumn] == MEND_CLOCK);
    g_autoptr(Series) daily = weeks();
    g_assert_cmpint(mend_clock(daily, calendar), ==, 0);
}

/* What is not known for no other reason is a gap. */
static void test_count(void)
{
    g_autoptr(Series) nothing = series_new("h/w/y", GRAIN_DAY, 0, 6);
    gsize count[MENDS];
    nothing->value[2] = 7;
    nothing->mended[4] = MEND_ABSURD;
    mend_count(nothing, count);
    g_assert_cmpint(count[MEND_NONE], ==, 1);
    g_assert_cmpint(count[MEND_GAP], ==, 4);
    g_assert_cmpint(count[MEND_ABSURD], ==, 1);
    g_assert_cmpint(count[MEND_CLOCK], ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/series/mend/a-typing-error-is-taken-out", test_typing_error);
    g_test_add_func("/series/mend/a-level-cannot-vanish-for-a-day-but-a-flow-can", test_level_drop);
    g_test_add_func("/series/mend/a-real-surge-stays", test_real_surges_stay);
    g_test_add_func("/series/mend/a-series-with-many-negative-values-keeps-them", test_signed_series_stay);
    g_test_add_func("/series/mend/the-hours-of-the-clock-change-are-marked", test_clock);
    g_test_add_func("/series/mend/each-step-is-counted-by-its-reason", test_count);
    return g_test_run();
}
