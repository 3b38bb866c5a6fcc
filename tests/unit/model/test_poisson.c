#include "forecast/model/poisson.h"

#include "forecast/model/negbin.h"

#include <string.h>

static const gsize hourly[2] = {24, 168}, daily[2] = {7, 0};

static double draw(double mean)
{
    double left = mean, count = -1;
    for (; left > 0; count++)
        left += log(1 - g_test_rand_double());
    return count;
}

static Calendar *spanish(void)
{
    g_autofree char *file = calendar_holiday_file("ES", NULL);
    g_assert_nonnull(file);
    return calendar_new("Europe/Madrid", file, NULL);
}

/* Hours of a ward: more by day and on Mondays. */
static double usual_number(gint64 step)
{
    return (step % 24 >= 8 && step % 24 < 20 ? 1.4 : 0.6) * (grain_weekday(step / 24) == 0 ? 1.25 : 1);
}

static Series *arrivals(gsize length, double level)
{
    Series *series = series_new("general/ed/arrivals", GRAIN_HOUR, 24 * 18000, length);
    series->counts = series->flow = TRUE;
    for (gsize t = 0; t < length; t++)
        series->value[t] = draw(level * usual_number(series->start + (gint64)t));
    return series;
}

static void check_range(const Outlook *outlook, double most)
{
    for (gsize h = 0; h < outlook->horizon; h++) {
        g_assert_true(isfinite(outlook->mean[h]) && outlook->mean[h] >= 0);
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++) {
            double quantile = outlook->quantile[h * OUTLOOK_LEVELS + k];
            g_assert_true(isfinite(quantile) && quantile >= 0 && quantile <= most);
        }
    }
}

static Outlook *forecast(const Series *series, const Calendar *calendar, gsize horizon)
{
    const Task task = {series, calendar, series->length, horizon, {hourly[0], hourly[1]}, 0};
    g_autoptr(Outlook) outlook = outlook_new("poisson", series->start + (gint64)series->length, horizon);
    g_autoptr(GError) error = NULL;
    gboolean done = poisson_forecast(&task, 1, &outlook, &error);
    g_assert_no_error(error);
    g_assert_true(done);
    return g_steal_pointer(&outlook);
}

static void it_says_the_usual_number(void)
{
    g_autoptr(Calendar) calendar = calendar_new("Europe/Madrid", NULL, NULL);
    g_autoptr(Series) series = arrivals(24 * 365, 10);
    g_autoptr(Outlook) outlook = forecast(series, calendar, 168);
    for (gsize h = 0; h < 168; h++) {
        double expected = 10 * usual_number(series->start + (gint64)(series->length + h));
        g_assert_cmpfloat_with_epsilon(outlook->mean[h], expected, 0.16 * expected);
    }
}

/* A ward that became busier by half four weeks before the end of five. */
static void it_follows_how_busy_it_has_been(void)
{
    g_autoptr(Calendar) calendar = calendar_new("Europe/Madrid", NULL, NULL);
    g_autoptr(Series) series = arrivals(24 * 400, 10);
    for (gsize t = series->length - 24 * 28; t < series->length; t++)
        series->value[t] = draw(15 * usual_number(series->start + (gint64)t));
    g_autoptr(Outlook) outlook = forecast(series, calendar, 24);
    double sum = 0, expected = 0;
    for (gsize h = 0; h < 24; h++) {
        sum += outlook->mean[h];
        expected += usual_number(series->start + (gint64)(series->length + h));
    }
    g_assert_cmpfloat(sum, >, 12.5 * expected);
    g_assert_cmpfloat(sum, <, 16.0 * expected);
}

static void later_values_change_no_earlier_forecast(void)
{
    g_autoptr(Calendar) calendar = spanish();
    g_autoptr(Series) series = arrivals(24 * 90, 4);
    gsize fit = 24 * 70;
    g_autoptr(Poisson) first = poisson_new(series, calendar, fit, NULL);
    for (gsize t = fit; t < series->length; t++)
        series->value[t] = t % 3 ? 900 : MISSING;
    g_autoptr(Poisson) second = poisson_new(series, calendar, fit, NULL);
    double mean[2][48], variance[2][48];
    for (gsize origin = 0; origin <= fit; origin += 35) {
        poisson_at(first, origin, 48, mean[0], variance[0]);
        poisson_at(second, origin, 48, mean[1], variance[1]);
        g_assert_cmpmem(mean[0], sizeof mean[0], mean[1], sizeof mean[1]);
        g_assert_cmpmem(variance[0], sizeof variance[0], variance[1], sizeof variance[1]);
        g_assert_cmpfloat(poisson_level(first, origin), ==, poisson_level(second, origin));
    }
    /* and they do change later ones */
    poisson_at(first, fit + 48, 48, mean[0], variance[0]);
    poisson_at(second, fit + 48, 48, mean[1], variance[1]);
    g_assert_cmpfloat(mean[1][0], >, 2 * mean[0][0]);
}

static void a_missing_stretch_leaves_the_forecast_in_place(void)
{
    g_autoptr(Calendar) calendar = calendar_new("Europe/Madrid", NULL, NULL);
    g_autoptr(Series) series = arrivals(24 * 60, 4);
    for (gsize t = series->length - 20; t < series->length; t++)
        series->value[t] = MISSING;
    g_autoptr(Poisson) poisson = poisson_new(series, calendar, series->length, NULL);
    double before[44], after[24], variance[44];
    poisson_at(poisson, series->length - 20, 44, before, variance);
    poisson_at(poisson, series->length, 24, after, variance);
    for (int h = 0; h < 24; h++)
        g_assert_cmpfloat_with_epsilon(after[h], before[20 + h], 1e-12);
}

static void two_weeks_are_enough_to_beat_last_week(void)
{
    double naive = 0, poisson = 0;
    g_autoptr(Calendar) calendar = calendar_new("Europe/Madrid", NULL, NULL);
    for (int round = 0; round < 10; round++) {
        g_autoptr(Series) all = arrivals(24 * 21, 5);
        g_autoptr(Series) series = series_new("general/ed/arrivals", GRAIN_HOUR, all->start, 24 * 14);
        series->counts = TRUE;
        memcpy(series->value, all->value, series->length * sizeof *all->value);
        g_autoptr(Outlook) outlook = forecast(series, calendar, 168);
        for (gsize h = 0; h < 168; h++) {
            double truth = all->value[series->length + h];
            naive += fabs(truth - all->value[series->length + h - 168]);
            poisson += fabs(truth - outlook->quantile[h * OUTLOOK_LEVELS + OUTLOOK_MEDIAN]);
        }
    }
    g_test_message("absolute errors: last week %.0f, poisson %.0f", naive, poisson);
    /* a difference of two counts is sqrt(2) times as wide as a count: .71 at best */
    g_assert_cmpfloat(poisson, <, 0.8 * naive);
}

static void any_short_history_is_answered(void)
{
    g_autoptr(Calendar) calendar = spanish();
    for (gsize length = 3; length < 200; length += length < 30 ? 1 : 17) {
        g_autoptr(Series) hours = arrivals(length, 3);
        g_autoptr(Outlook) week = forecast(hours, calendar, 200);
        check_range(week, 200);
        g_autoptr(Series) days = series_new("general/icu/census", GRAIN_DAY, 18000, length);
        days->counts = TRUE;
        for (gsize t = 0; t < length; t++)
            days->value[t] = 20 + (double)(t % 7);
        g_autoptr(Outlook) month = forecast(days, calendar, 28);
        check_range(month, 200);
    }
}

static void rare_events_stay_rare(void)
{
    g_autoptr(Calendar) calendar = spanish();
    g_autoptr(Series) series = arrivals(24 * 200, 0.05);
    g_autoptr(Outlook) outlook = forecast(series, calendar, 168);
    double sum = 0;
    for (gsize h = 0; h < 168; h++) {
        sum += outlook->mean[h];
        g_assert_cmpfloat(outlook->quantile[h * OUTLOOK_LEVELS + OUTLOOK_MEDIAN], ==, 0);
        g_assert_cmpfloat(outlook->quantile[h * OUTLOOK_LEVELS + 12], <, 3.5);
    }
    /* 4,800 hours hold about 250 patients, with a deviation of 6 %; how busy it has been lately adds as much again */
    g_test_message("%.2f expected in a week", sum);
    g_assert_cmpfloat_with_epsilon(sum, 168 * 0.05 * 1.04, 5.5);
}

/* Hours of a ward that nobody has ever come to; then one patient. */
/* Children in hospital with Covid-19 in the US Virgin Islands, from 1 August 2020 on: one in ten
 * months, on a Saturday, and then one at a time in seven days that are no Saturdays.  Saturdays
 * are not taken for the day of children: nobody ever saw two. */
static void one_patient_makes_no_rule(void)
{
    static const gsize day[] = {56, 356, 357, 358, 359, 360, 362};
    g_autoptr(Calendar) calendar = calendar_new("America/St_Thomas", NULL, NULL);
    g_autoptr(Series) series = series_new("VI", GRAIN_DAY, grain_day_of_date(2020, 8, 1), 363);
    g_autoptr(GError) error = NULL;
    series->counts = TRUE;
    for (gsize t = 0; t < series->length; t++)
        series->value[t] = 0;
    for (gsize k = 0; k < G_N_ELEMENTS(day); k++)
        series->value[day[k]] = 1;
    g_autoptr(Poisson) poisson = poisson_new(series, calendar, 319, &error);
    double mean[14], variance[14];
    g_assert_no_error(error);
    for (gsize origin = 319; origin <= series->length; origin++) {
        poisson_at(poisson, origin, 14, mean, variance);
        for (gsize h = 0; h < 14; h++)
            g_assert_true(mean[h] >= 0 && mean[h] < 2);
    }
}

static void nobody_yet_is_no_division_by_zero(void)
{
    g_autoptr(Calendar) calendar = spanish();
    g_autoptr(Series) series = series_new("general/burns/arrivals", GRAIN_HOUR, 24 * 18000, 24 * 30);
    series->counts = TRUE;
    for (gsize t = 0; t < series->length; t++)
        series->value[t] = 0;
    g_autoptr(Outlook) none = forecast(series, calendar, 48);
    check_range(none, 0.5);
    series->value[500] = 1;
    g_autoptr(Outlook) one = forecast(series, calendar, 48);
    check_range(one, 1.5);
    g_assert_cmpfloat(one->mean[0], >, 0);
}

static void huge_fractional_and_constant_values_are_taken_as_they_are(void)
{
    static const double level[] = {1e9, 1e-6, 0.3};
    g_autoptr(Calendar) calendar = spanish();
    for (gsize k = 0; k < G_N_ELEMENTS(level); k++)
        for (int varied = 0; varied < 2; varied++) {
            g_autoptr(Series) series = series_new("made", GRAIN_DAY, 18000, 120);
            for (gsize t = 0; t < series->length; t++)
                series->value[t] = level[k] * (varied ? 1 + 0.1 * (double)(t % 7) + 0.05 * g_test_rand_double() : 1);
            series->counts = level[k] > 1 && !varied;
            g_autoptr(Outlook) outlook = forecast(series, calendar, 14);
            check_range(outlook, 4 * level[k]);
            for (gsize h = 0; h < 14; h++)
                g_assert_cmpfloat_with_epsilon(outlook->mean[h] / level[k], varied ? 1.025 + 0.1 * (double)((120 + h) % 7) : 1, varied ? 0.08 : 1e-6);
        }
}

/* Clocks go forward and back in the middle of the forecast and of the history. */
static void days_of_23_and_25_hours_are_days(void)
{
    g_autoptr(Calendar) calendar = spanish();
    gint64 start = 24 * grain_day_of_date(2023, 2, 27), end = 24 * grain_day_of_date(2023, 10, 28);
    g_autoptr(Series) series = series_new("general/ed/arrivals", GRAIN_HOUR, start, (gsize)(end - start));
    series->counts = TRUE;
    for (gsize t = 0; t < series->length; t++) {
        Instant at[2];
        gboolean skipped = calendar_instants(calendar, start + (gint64)t, at) == 0;
        series->value[t] = skipped ? MISSING : draw(6 * usual_number(start + (gint64)t));
    }
    g_assert_cmpuint(series_known(series), ==, series->length - 1);
    g_autoptr(Outlook) outlook = forecast(series, calendar, 48);
    for (gsize h = 0; h < 48; h++) {
        double expected = 6 * usual_number(end + (gint64)h);
        g_assert_cmpfloat_with_epsilon(outlook->mean[h], expected, 0.25 * expected);
    }
}

static void what_it_cannot_take_is_named(void)
{
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, NULL);
    g_autoptr(Series) weeks = series_new("general/ed/arrivals", GRAIN_WEEK, 2700, 60);
    g_autoptr(Series) debts = series_new("general/office/balance", GRAIN_DAY, 18000, 60);
    g_autoptr(Series) empty = series_new("general/new/census", GRAIN_DAY, 18000, 60);
    for (gsize t = 0; t < 60; t++) {
        weeks->value[t] = 5;
        debts->value[t] = -3;
    }
    empty->value[1] = empty->value[7] = 2;
    const Series *refused[] = {weeks, debts, empty};
    for (gsize k = 0; k < G_N_ELEMENTS(refused); k++) {
        g_autoptr(GError) error = NULL;
        const Task task = {refused[k], calendar, 60, 7, {daily[0], daily[1]}, 0};
        g_autoptr(Outlook) outlook = outlook_new("poisson", 0, 7);
        g_assert_false(poisson_forecast(&task, 1, &outlook, &error));
        g_assert_error(error, MODEL_ERROR, MODEL_ERROR_SHORT);
        g_assert_nonnull(strstr(error->message, refused[k]->id));
        g_assert_nonnull(strstr(error->message, "wanted"));
    }
}

/* Ranges of counts whose level drifts, at one, three and ten days ahead. */
static void ranges_hold_as_often_as_they_say(void)
{
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, NULL);
    double inside[3] = {0}, seen = 0;
    static const gsize lead[3] = {1, 3, 10};
    for (int round = 0; round < 12; round++) {
        g_autoptr(Series) series = series_new("general/ward/census", GRAIN_DAY, 18000, 700);
        double level = 3.5;
        for (gsize t = 0; t < 700; t++) {
            level += 0.06 * (g_test_rand_double() + g_test_rand_double() + g_test_rand_double() - 1.5);
            series->value[t] = draw(exp(CLAMP(level, 2, 5)) * (t % 7 < 5 ? 1.1 : 0.75));
        }
        series->counts = TRUE;
        g_autoptr(Poisson) poisson = poisson_new(series, calendar, 500, NULL);
        for (gsize origin = 500; origin < 690; origin += 3, seen++) {
            double mean[10], variance[10], quantile[OUTLOOK_LEVELS];
            poisson_at(poisson, origin, 10, mean, variance);
            for (int k = 0; k < 3; k++) {
                double truth = series->value[origin + lead[k] - 1];
                negbin_quantiles(mean[lead[k] - 1], variance[lead[k] - 1], TRUE, quantile);
                inside[k] += truth >= quantile[2] && truth <= quantile[10];
            }
        }
    }
    for (int k = 0; k < 3; k++) {
        g_test_message("%zu days ahead %.1f %% inside 80 %%", lead[k], 100 * inside[k] / seen);
        g_assert_cmpfloat_with_epsilon(inside[k] / seen, 0.8, 0.07);
    }
}

/* Two years of days that lose a third on holidays and gain a fifth on Mondays. */
static void its_parts_multiply_to_the_mean(void)
{
    g_autoptr(Calendar) calendar = spanish();
    gint64 start = grain_day_of_date(2022, 1, 3), new_year = grain_day_of_date(2024, 1, 1);
    g_autoptr(Series) series = series_new("general/ed/arrivals", GRAIN_DAY, start, (gsize)(new_year - start));
    series->counts = series->flow = TRUE;
    for (gsize t = 0; t < series->length; t++) {
        CalendarDay day;
        calendar_day(calendar, GRAIN_DAY, start + (gint64)t, &day);
        series->value[t] = rint(90 * (day.holiday > 0 ? 0.67 : 1) * (day.weekday == 0 ? 1.2 : 1) + 4 * sin((double)(t * t)));
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(Poisson) poisson = poisson_new(series, calendar, series->length, &error);
    g_assert_no_error(error);
    double mean[21], variance[21], level, ordinary, holiday;
    poisson_at(poisson, series->length, 21, mean, variance);
    for (gsize h = 0; h < 21; h++) {
        CalendarDay day;
        calendar_day(calendar, GRAIN_DAY, new_year + (gint64)h, &day);
        poisson_parts(poisson, series->length, h, &level, &ordinary, &holiday);
        g_assert_cmpfloat_with_epsilon(level * ordinary * holiday, mean[h], 1e-9 * mean[h]);
        if (day.holiday > 0)
            g_assert_cmpfloat_with_epsilon(holiday, 0.67, 0.08);
        else if (day.before + day.after + day.bridge <= 0)
            g_assert_cmpfloat(holiday, ==, 1);
    }
    poisson_parts(poisson, series->length, 0, &level, &ordinary, &holiday);
    g_assert_cmpfloat(holiday, <, 0.8); /* the first of January is a Monday and a holiday */
    g_assert_cmpfloat(ordinary, >, 1.1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/poisson/it-says-the-usual-number", it_says_the_usual_number);
    g_test_add_func("/model/poisson/it-follows-how-busy-it-has-been", it_follows_how_busy_it_has_been);
    g_test_add_func("/model/poisson/later-values-change-no-earlier-forecast", later_values_change_no_earlier_forecast);
    g_test_add_func("/model/poisson/a-missing-stretch-leaves-the-forecast-in-place", a_missing_stretch_leaves_the_forecast_in_place);
    g_test_add_func("/model/poisson/two-weeks-are-enough-to-beat-last-week", two_weeks_are_enough_to_beat_last_week);
    g_test_add_func("/model/poisson/any-short-history-is-answered", any_short_history_is_answered);
    g_test_add_func("/model/poisson/rare-events-stay-rare", rare_events_stay_rare);
    g_test_add_func("/model/poisson/one-patient-makes-no-rule", one_patient_makes_no_rule);
    g_test_add_func("/model/poisson/nobody-yet-is-no-division-by-zero", nobody_yet_is_no_division_by_zero);
    g_test_add_func("/model/poisson/huge-fractional-and-constant-values-are-taken-as-they-are", huge_fractional_and_constant_values_are_taken_as_they_are);
    g_test_add_func("/model/poisson/days-of-23-and-25-hours-are-days", days_of_23_and_25_hours_are_days);
    g_test_add_func("/model/poisson/what-it-cannot-take-is-named", what_it_cannot_take_is_named);
    g_test_add_func("/model/poisson/ranges-hold-as-often-as-they-say", ranges_hold_as_often_as_they_say);
    g_test_add_func("/model/poisson/its-parts-multiply-to-the-mean", its_parts_multiply_to_the_mean);
    return g_test_run();
}
