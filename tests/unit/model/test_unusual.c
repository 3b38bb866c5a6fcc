#include "forecast/model/unusual.h"

enum { DAYS = 7 * 60, HORIZON = 3 };
static const gsize weekly[2] = {7, 0};

static Calendar *american(void)
{
    g_autofree char *file = calendar_holiday_file("US", NULL);
    g_assert_nonnull(file);
    return calendar_new("America/Chicago", file, NULL);
}

/* A ward of 60, ten fewer at weekends, that ends the day before `end`; small, fixed noise. */
static Series *ward(gint64 end)
{
    Series *series = series_new("general/med/census", GRAIN_DAY, end - DAYS, DAYS);
    series->counts = TRUE;
    for (gsize t = 0; t < DAYS; t++)
        series->value[t] = (grain_weekday(series->start + (gint64)t) < 5 ? 60 : 50) + (double)(t * 5 % 3) - 1;
    return series;
}

static double anchored(const Anchor *anchor, gsize origin, gsize h)
{
    double mean[HORIZON], sd[HORIZON];
    anchor_at(anchor, origin, HORIZON, mean, sd);
    return anchor_undo(anchor, mean[h]);
}

static void assert_adds_up(const Unusual *unusual, double expected)
{
    double sum = 0;
    for (int k = 0; k < UNUSUAL_CAUSES; k++)
        sum += unusual->cause[k];
    g_assert_cmpfloat_with_epsilon(sum, unusual->difference, 1e-9 * (1 + fabs(expected)));
    g_assert_cmpfloat_with_epsilon(unusual->usual + unusual->difference, expected, 1e-9 * (1 + fabs(expected)));
}

/* Of what is expected; MISSING: what the anchor says. */
static Unusual find(const Series *series, const Calendar *calendar, gsize h, double expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Anchor) anchor = anchor_new(series, calendar, series->length, weekly, &error);
    g_assert_no_error(error);
    Unusual unusual;
    if (isnan(expected))
        expected = anchored(anchor, series->length, h);
    g_assert_true(unusual_find(anchor, series, calendar, series->length, h, expected, &unusual));
    assert_adds_up(&unusual, expected);
    return unusual;
}

/* Wednesday 2023-08-16 after two weeks of 15 more: of the eight Wednesdays compared with
 * two were of them, so that 11 more are expected than usual. */
static void a_fuller_fortnight_is_the_cause(void)
{
    g_autoptr(Calendar) calendar = american();
    g_autoptr(Series) series = ward(grain_day_of_date(2023, 8, 16));
    for (gsize t = DAYS - 14; t < DAYS; t++)
        series->value[t] += 15;
    Unusual unusual = find(series, calendar, 0, MISSING);
    g_assert_cmpuint(unusual.weeks, ==, UNUSUAL_WEEKS);
    g_assert_cmpfloat_with_epsilon(unusual.usual, 63.7, 1.5);
    g_assert_cmpfloat_with_epsilon(unusual.difference, 11.2, 3.5);
    g_assert_true(unusual.trusted);
    g_assert_cmpfloat(unusual.cause[UNUSUAL_LATELY] + unusual.cause[UNUSUAL_TODAY], >, 0.7 * unusual.difference);
    g_assert_cmpfloat(fabs(unusual.cause[UNUSUAL_HOLIDAYS]), <, 1);
    /* 6 of 60, 2 of 75: the standard deviation is 6.9, and the noise adds little */
    g_assert_cmpfloat_with_epsilon(unusual.spread, 6.9, 1);
}

/* Christmas 2023 is a Monday; the ward has emptied by 20 on every holiday before, and 42 are forecast. */
static void a_holiday_is_the_cause(void)
{
    g_autoptr(Calendar) calendar = american();
    g_autoptr(Series) series = ward(grain_day_of_date(2023, 12, 25));
    for (gsize t = 0; t < DAYS; t++)
        if (calendar_holiday(calendar, series->start + (gint64)t) != NULL)
            series->value[t] -= 20;
    Unusual unusual = find(series, calendar, 0, 42);
    g_assert_cmpfloat_with_epsilon(unusual.difference, -18, 1.5);
    g_assert_cmpfloat(unusual.cause[UNUSUAL_HOLIDAYS], <, 0.6 * unusual.difference);
    g_assert_true(unusual.trusted);
}

/* What nobody of the anchor forecasts is not explained by it. */
static void what_the_anchor_does_not_say_is_a_rest(void)
{
    g_autoptr(Calendar) calendar = american();
    g_autoptr(Series) series = ward(grain_day_of_date(2023, 8, 16));
    Unusual unusual = find(series, calendar, 2, 85);
    g_assert_false(unusual.trusted);
    g_assert_cmpfloat(unusual.cause[UNUSUAL_REST], >, 20);
}

/* Tuesdays before 2023-07-11: the Fourth of July is passed over with its 500 patients, the day
 * after Juneteenth and the one after Memorial Day, too; weeks 2, 4 to 5 and 7 to 11 are left. */
static void only_ordinary_weeks_are_compared_with(void)
{
    g_autoptr(Calendar) calendar = american();
    g_autoptr(Series) series = ward(grain_day_of_date(2023, 7, 11));
    static const gsize passed[] = {1, 3, 6};
    for (gsize t = 0; t < DAYS; t++)
        series->value[t] = 60 + (double)(t * 5 % 3) - 1;
    for (gsize k = 0; k < G_N_ELEMENTS(passed); k++)
        series->value[DAYS - 7 * passed[k]] = 500;
    Unusual unusual = find(series, calendar, 0, MISSING);
    g_assert_cmpuint(unusual.weeks, ==, UNUSUAL_WEEKS);
    g_assert_cmpfloat_with_epsilon(unusual.usual, 60, 1.1);
    g_assert_cmpfloat(unusual.spread, <, 1.5);
}

static void too_few_weeks_are_not_compared_with(void)
{
    g_autoptr(Calendar) calendar = american();
    g_autoptr(Series) series = ward(grain_day_of_date(2023, 8, 16));
    for (gsize week = UNUSUAL_FEWEST; week < 60; week++)
        series->value[DAYS - 7 * week] = MISSING;
    g_autoptr(GError) error = NULL;
    g_autoptr(Anchor) anchor = anchor_new(series, calendar, series->length, weekly, &error);
    g_assert_no_error(error);
    Unusual unusual;
    g_assert_false(unusual_find(anchor, series, calendar, series->length, 0, 60, &unusual));
    g_assert_cmpuint(unusual.weeks, ==, UNUSUAL_FEWEST - 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/unusual/a-fuller-fortnight-is-the-cause", a_fuller_fortnight_is_the_cause);
    g_test_add_func("/model/unusual/a-holiday-is-the-cause", a_holiday_is_the_cause);
    g_test_add_func("/model/unusual/what-the-anchor-does-not-say-is-a-rest", what_the_anchor_does_not_say_is_a_rest);
    g_test_add_func("/model/unusual/only-ordinary-weeks-are-compared-with", only_ordinary_weeks_are_compared_with);
    g_test_add_func("/model/unusual/too-few-weeks-are-not-compared-with", too_few_weeks_are_not_compared_with);
    return g_test_run();
}
