#include "forecast/model/usual.h"

#include "forecast/model/member.h"

static Calendar *american(void)
{
    g_autofree char *file = calendar_holiday_file("US", NULL);
    g_assert_nonnull(file);
    return calendar_new("America/Chicago", file, NULL);
}

static double noise(void)
{
    double sum = -6.0;
    for (int k = 0; k < 12; k++)
        sum += g_test_rand_double();
    return sum;
}

/* A Poisson count by waiting times. */
static double draw(double mean)
{
    double left = mean, count = -1;
    for (; left > 0; count++)
        left += log(1 - g_test_rand_double());
    return count;
}

/* Ten weeks of days from Monday 2023-01-02, one of them missing; expected values
 * made with numpy 2.4 by a dense implementation of the same regression
 * (weekday effects and a walk of weekly levels joined by lines, penalties by Wood and Fasiolo's
 * rule run to its end). */
static void it_agrees_with_a_dense_implementation(void)
{
    static const double value[70] = {24, 27, 31, 27, 29, 22, 22, 30, 28, 32, 28, 30, 27, 22, 30, 27, 31, -1, 29, 26, 21, 28, 30, 29, 29, 26, 23, 23,
                                     25, 27, 25, 26, 28, 19, 20, 22, 24, 28, 23, 25, 17, 18, 25, 23, 26, 22, 24, 21, 17, 25, 23, 26, 28, 25, 22, 18,
                                     26, 29, 27, 29, 26, 23, 24, 27, 30, 28, 30, 32, 24, 24};
    static const double expected[7] = {1.028542, 1.049818, 1.105194, 1.058857, 1.067367, 0.876955, 0.819152};
    gint64 monday = grain_day_of_date(2023, 1, 2);
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, NULL);
    g_autoptr(Series) series = series_new("made", GRAIN_DAY, monday, 70);
    for (gsize t = 0; t < 70; t++)
        series->value[t] = value[t] < 0 ? MISSING : value[t];
    g_autoptr(Usual) usual = usual_new(series, calendar, 0, 70, NULL);
    for (int k = 0; k < 7; k++)
        g_assert_cmpfloat_with_epsilon(usual_rate(usual, monday + k), expected[k], 0.002);
    g_assert_cmpfloat_with_epsilon(usual_dispersion(usual), 0.111375, 0.002);
    g_assert_cmpfloat_with_epsilon(usual_freedom(usual), 13.688, 0.15);
}

/* Hours that double by day, a busy Monday morning, a quiet summer. */
static double rate_of(gint64 step)
{
    int weekday = grain_weekday(step / 24), hour = (int)(step % 24);
    double rate = hour >= 8 && hour < 20 ? 1.4 : 0.6;
    return weekday == 0 && hour >= 8 && hour < 12 ? 1.5 * rate : rate;
}

static void three_years_of_hours_show_their_shape(void)
{
    gint64 start = 24 * grain_day_of_date(2018, 1, 1), monday = 24 * grain_day_of_date(2021, 3, 1);
    g_autoptr(Calendar) calendar = american();
    g_autoptr(Series) series = series_new("general/ed/arrivals", GRAIN_HOUR, start, 3 * 8766);
    for (gsize t = 0; t < series->length; t++)
        series->value[t] = draw(8 * rate_of(start + (gint64)t));
    g_autoptr(Usual) usual = usual_new(series, calendar, 0, series->length, NULL);
    double lift = 0; /* the rule's own mean over a week: (1.4 * 84 + 0.6 * 84 + 0.5 * 1.4 * 4) / 168 */
    for (int h = 0; h < 168; h++)
        lift += rate_of(monday + h) / 168;
    for (int h = 0; h < 168; h++) { /* 156 weeks, six deviations of their mean */
        double expected = rate_of(monday + h) / lift;
        g_assert_cmpfloat_with_epsilon(usual_rate(usual, monday + h), expected, 6 * sqrt(expected / (8 * 156)));
    }
    /* most of the 450 columns are of no use here: there is no season, no holiday and no drift */
    g_assert_cmpfloat_with_epsilon(usual_dispersion(usual), 1, 0.04);
    g_assert_cmpfloat(usual_freedom(usual), <, 180);
}

/* Two weeks say little of an hour of the week and much of an hour of the day. */
static void two_weeks_lean_on_the_hour_of_the_day(void)
{
    gint64 start = 24 * grain_day_of_date(2018, 1, 1);
    g_autoptr(Calendar) calendar = american();
    g_autoptr(Series) series = series_new("general/ed/arrivals", GRAIN_HOUR, start, 336);
    double raw = 0, shrunk = 0;
    for (gsize t = 0; t < 336; t++)
        series->value[t] = draw(t % 24 >= 8 && t % 24 < 20 ? 7 : 3);
    g_autoptr(Usual) usual = usual_new(series, calendar, 0, 336, NULL);
    for (gsize t = 0; t < 168; t++) {
        double truth = t % 24 >= 8 && t % 24 < 20 ? 7 : 3, mean = (series->value[t] + series->value[t + 168]) / 2;
        raw += fabs(mean - truth);
        shrunk += fabs(5 * usual_rate(usual, start + (gint64)t) - truth);
    }
    g_test_message("mean error of an hour of the week: its own mean %.2f, shrunk %.2f", raw / 168, shrunk / 168);
    g_assert_cmpfloat(shrunk, <, 0.6 * raw);
}

static void holidays_are_known_ahead_each_as_far_as_it_was_seen(void)
{
    gint64 start = grain_day_of_date(2018, 1, 1);
    g_autoptr(Calendar) calendar = american();
    g_autoptr(Series) series = series_new("general/clinic/visits", GRAIN_DAY, start, 3 * 365);
    for (gsize t = 0; t < series->length; t++) {
        const char *name = calendar_holiday(calendar, start + (gint64)t);
        gboolean christmas = name != NULL && g_str_has_prefix(name, "Christmas");
        series->value[t] = rint(100 * (christmas ? 0.3 : name != NULL ? 0.7 : 1) + 3 * noise());
    }
    g_autoptr(Usual) usual = usual_new(series, calendar, 0, series->length, NULL);
    double plain = usual_rate(usual, grain_day_of_date(2021, 6, 2));
    g_assert_cmpfloat_with_epsilon(usual_rate(usual, grain_day_of_date(2021, 12, 25)) / plain, 0.3, 0.08);
    g_assert_cmpfloat_with_epsilon(usual_rate(usual, grain_day_of_date(2021, 12, 24)) / plain, 0.3, 0.08); /* observed */
    g_assert_cmpfloat_with_epsilon(usual_rate(usual, grain_day_of_date(2021, 9, 6)) / plain, 0.7, 0.08);
    g_assert_cmpfloat_with_epsilon(usual_rate(usual, grain_day_of_date(2021, 6, 19)) / plain, 0.7, 0.15);  /* first seen in 2021 */
    g_assert_cmpfloat_with_epsilon(usual_rate(usual, grain_day_of_date(2021, 6, 9)) / plain, 1, 0.05);
}

/* One patient every 19 hours, but several at once on one holiday: no more of
 * them are expected than came, and no fewer in the week after it. */
static void a_few_patients_on_one_holiday_are_no_flood(void)
{
    g_autofree char *file = calendar_holiday_file("ES", NULL);
    g_autoptr(Calendar) calendar = calendar_new("Europe/Madrid", file, NULL);
    gint64 start = 24 * grain_day_of_date(2019, 4, 14), feast = 24 * grain_day_of_date(2019, 10, 12);
    static const double several[] = {4, 8, 12, 40};
    for (gsize k = 0; k < G_N_ELEMENTS(several); k++) {
        g_autoptr(Series) series = series_new("general/ed/arrivals", GRAIN_HOUR, start, 24 * 200);
        for (gsize t = 0; t < series->length; t++)
            series->value[t] = t % 19 == 0;
        series->value[feast + 5 - start] = several[k];
        g_autoptr(Usual) usual = usual_new(series, calendar, 0, series->length, NULL);
        double week = 0;
        for (int h = 0; h < 168; h++)
            week += usual_rate(usual, feast + 24 * 3 + h) / 168;
        g_test_message("%g on the feast: %.2f, a week %.2f", several[k], usual_rate(usual, feast + 5), week);
        g_assert_cmpfloat(usual_rate(usual, feast + 5), >, 1);
        g_assert_cmpfloat(usual_rate(usual, feast + 5), <, several[k] * 19);
        g_assert_cmpfloat_with_epsilon(week, 1, 0.15);
    }
}

static void a_step_leaves_the_week_its_shape(void)
{
    gint64 start = grain_day_of_date(2018, 1, 1);
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, NULL);
    g_autoptr(Series) series = series_new("general/icu/census", GRAIN_DAY, start, 900);
    for (gsize t = 0; t < 900; t++) /* one step up and one down, and a quiet weekend */
        series->value[t] = (t > 250 && t < 700 ? 80 : 40) * (t % 7 < 5 ? 1 : 0.8);
    g_autoptr(Usual) usual = usual_new(series, calendar, 0, 900, NULL);
    for (gint64 day = 0; day < 364; day += 7) {
        double monday = usual_rate(usual, start + day), sunday = usual_rate(usual, start + day + 6);
        g_assert_cmpfloat_with_epsilon(sunday / monday, 0.8, 0.05);
    }
}

static void numbers_beyond_reason_are_refused(void)
{
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, NULL);
    g_autoptr(Series) series = series_new("made", GRAIN_DAY, 19000, 30);
    g_autoptr(GError) error = NULL;
    for (gsize t = 0; t < 30; t++)
        series->value[t] = t == 3 ? (double)INFINITY : 1;
    g_assert_null(usual_new(series, calendar, 0, 30, &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_NUMERIC);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/usual/it-agrees-with-a-dense-implementation", it_agrees_with_a_dense_implementation);
    g_test_add_func("/model/usual/three-years-of-hours-show-their-shape", three_years_of_hours_show_their_shape);
    g_test_add_func("/model/usual/two-weeks-lean-on-the-hour-of-the-day", two_weeks_lean_on_the_hour_of_the_day);
    g_test_add_func("/model/usual/holidays-are-known-ahead-each-as-far-as-it-was-seen", holidays_are_known_ahead_each_as_far_as_it_was_seen);
    g_test_add_func("/model/usual/a-few-patients-on-one-holiday-are-no-flood", a_few_patients_on_one_holiday_are_no_flood);
    g_test_add_func("/model/usual/a-step-leaves-the-week-its-shape", a_step_leaves_the_week_its_shape);
    g_test_add_func("/model/usual/numbers-beyond-reason-are-refused", numbers_beyond_reason_are_refused);
    return g_test_run();
}
