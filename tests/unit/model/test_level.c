#include "forecast/model/level.h"

#include <string.h>

enum { WARDS = 6, HORIZON = 14 };

/* Six wards of 100 to 600 beds used in the United States, fewer on weekends,
 * that drift apart a little; a tenth less on holidays and the day after. */
typedef struct {
    Calendar *calendar;
    Series *series[WARDS];
    Outlook *out[WARDS];
    GError *complaint[WARDS];
} Hospital;

static gboolean is_quiet(const Calendar *calendar, gint64 day)
{
    return calendar_holiday(calendar, day) != NULL || calendar_holiday(calendar, day - 1) != NULL;
}

static double usual(gsize ward, gint64 day)
{
    return (double)(ward + 1) * 100 * (grain_weekday(day) < 5 ? 1 : 0.9);
}

static Hospital *hospital_new(gint64 until)
{
    Hospital *h = g_new0(Hospital, 1);
    g_autofree char *file = calendar_holiday_file("US", NULL);
    gint64 first = grain_day_of_date(2020, 8, 1);
    h->calendar = calendar_new("America/Chicago", file, NULL);
    for (gsize i = 0; i < WARDS; i++) {
        g_autofree char *id = g_strdup_printf("general/%zu/census", i);
        double drift = 0;
        h->series[i] = series_new(id, GRAIN_DAY, first, (gsize)(until - first));
        for (gsize t = 0; t < h->series[i]->length; t++) {
            drift += 0.004 * (g_test_rand_double() - 0.5) - 0.02 * drift;
            double quiet = is_quiet(h->calendar, first + (gint64)t) ? 0.9 : 1;
            h->series[i]->value[t] = rint(usual(i, first + (gint64)t) * quiet * exp(drift));
        }
        h->series[i]->counts = TRUE;
        h->out[i] = outlook_new("level", until, HORIZON);
    }
    return h;
}

static void hospital_free(Hospital *h)
{
    for (gsize i = 0; i < WARDS; i++) {
        series_free(h->series[i]);
        outlook_free(h->out[i]);
        g_clear_error(&h->complaint[i]);
    }
    calendar_free(h->calendar);
    g_free(h);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Hospital, hospital_free)

static gboolean ask(Hospital *h, GError **error)
{
    Task task[WARDS];
    for (gsize i = 0; i < WARDS; i++)
        task[i] = (Task){h->series[i], h->calendar, h->series[i]->length, HORIZON, {7, 0}, 0};
    return level_forecast(task, WARDS, h->out, h->complaint, error);
}

static double middle(const Hospital *h, gsize ward, gsize step)
{
    return h->out[ward]->quantile[step * OUTLOOK_LEVELS + OUTLOOK_MEDIAN];
}

/* Tuesday morning after Labor Day: the newest value is a tenth low. */
static void the_day_after_a_holiday_is_no_lower_level(void)
{
    gint64 until = grain_day_of_date(2021, 9, 7);
    g_autoptr(Hospital) h = hospital_new(until);
    g_assert_true(ask(h, NULL));
    for (gsize i = 0; i < WARDS; i++)
        for (gsize k = 2; k < HORIZON; k++)
            g_assert_cmpfloat_with_epsilon(middle(h, i, k) / usual(i, until + (gint64)k), 1, 0.03);
}

static void a_holiday_ahead_is_expected_to_be_quiet(void)
{
    gint64 until = grain_day_of_date(2021, 11, 20);
    g_autoptr(Hospital) h = hospital_new(until);
    g_assert_true(ask(h, NULL));
    for (gsize i = 0; i < WARDS; i++)
        for (gsize k = 0; k < HORIZON; k++) {
            double expected = is_quiet(h->calendar, until + (gint64)k) ? 0.91 : 1;
            g_assert_cmpfloat_with_epsilon(middle(h, i, k) / usual(i, until + (gint64)k), expected, 0.04);
        }
}

/* A ward whose numbers are made up each day, and one that doubled last month. */
static void one_wild_ward_bends_no_other(void)
{
    gint64 until = grain_day_of_date(2021, 10, 25);
    g_autoptr(Hospital) h = hospital_new(until);
    for (gsize t = 0; t < h->series[0]->length; t++) {
        h->series[0]->value[t] = (double)g_test_rand_int_range(0, 1000);
        if (t + 30 >= h->series[1]->length)
            h->series[1]->value[t] *= 2;
    }
    g_assert_true(ask(h, NULL));
    for (gsize k = 0; k < HORIZON; k++) {
        g_assert_cmpfloat_with_epsilon(middle(h, 1, k) / usual(1, until + (gint64)k), 2, 0.06);
        for (gsize i = 2; i < WARDS; i++)
            g_assert_cmpfloat_with_epsilon(middle(h, i, k) / usual(i, until + (gint64)k), 1, 0.03);
    }
}

/* The wild ward's range is its own: several times as wide, for its size, as the others'. */
static void a_wild_ward_has_a_wide_range(void)
{
    g_autoptr(Hospital) h = hospital_new(grain_day_of_date(2021, 10, 25));
    for (gsize t = 0; t < h->series[0]->length; t++)
        h->series[0]->value[t] = (double)g_test_rand_int_range(50, 150);
    g_assert_true(ask(h, NULL));
    double wild = h->out[0]->quantile[10] - h->out[0]->quantile[2], tame = h->out[5]->quantile[10] - h->out[5]->quantile[2];
    g_assert_cmpfloat(wild / 100, >, 5 * tame / 600);
}

static void a_ward_of_a_few_days_is_refused_alone(void)
{
    gint64 until = grain_day_of_date(2021, 10, 25);
    g_autoptr(Hospital) h = hospital_new(until);
    for (gsize t = 0; t + 13 < h->series[3]->length; t++)
        h->series[3]->value[t] = MISSING;
    for (gsize t = 0; t + 14 < h->series[4]->length; t++)
        h->series[4]->value[t] = MISSING;
    g_assert_true(ask(h, NULL));
    g_assert_error(h->complaint[3], MODEL_ERROR, MODEL_ERROR_SHORT);
    g_assert_nonnull(strstr(h->complaint[3]->message, "general/3/census"));
    for (gsize i = 0; i < WARDS; i++)
        g_assert_true(i == 3 || h->complaint[i] == NULL);
    for (gsize k = 0; k < HORIZON; k++)
        g_assert_cmpfloat_with_epsilon(middle(h, 4, k) / usual(4, until + (gint64)k), 1, 0.1);
}

static void hours_and_a_group_without_history_are_refused(void)
{
    g_autoptr(Hospital) h = hospital_new(grain_day_of_date(2020, 9, 5)); /* 35 days */
    g_autoptr(GError) error = NULL, grain = NULL;
    g_assert_false(ask(h, &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_SHORT);
    for (gsize i = 0; i < WARDS; i++)
        h->series[i]->grain = GRAIN_HOUR;
    g_assert_false(ask(h, &grain));
    g_assert_error(grain, MODEL_ERROR, MODEL_ERROR_SHORT);
}

/* One ward alone, learnt up to the beginning of November 2021, asked before and after that. */
static void one_series_can_be_asked_at_any_day(void)
{
    gint64 until = grain_day_of_date(2021, 12, 10), fit = grain_day_of_date(2021, 11, 4);
    g_autoptr(Hospital) h = hospital_new(until);
    const Series *series = h->series[2];
    const Transform transform = {TRANSFORM_LOG, 1e6};
    g_autoptr(Level) level = level_new(series, h->calendar, &transform, (gsize)(fit - series->start));
    g_assert_nonnull(level);
    static const int asked[][3] = {{2021, 3, 2}, {2021, 6, 9}, {2021, 11, 4}, {2021, 11, 20}, {2021, 12, 7}};
    for (gsize k = 0; k < G_N_ELEMENTS(asked); k++) {
        gint64 day = grain_day_of_date(asked[k][0], asked[k][1], asked[k][2]);
        double mean[HORIZON], sd[HORIZON];
        level_at(level, (gsize)(day - series->start), HORIZON, mean, sd);
        for (gsize step = 0; step < HORIZON; step++) {
            double quiet = is_quiet(h->calendar, day + (gint64)step) ? 0.91 : 1;
            g_assert_cmpfloat_with_epsilon(transform_undo(&transform, mean[step]) / (usual(2, day + (gint64)step) * quiet), 1, 0.1);
            g_assert_true(sd[step] > 0 && sd[step] < 0.1);
        }
        g_assert_cmpfloat_with_epsilon(transform_undo(&transform, level_base(level, (gsize)(day - series->start))), 290, 30);
        g_assert_true(level_scale(level, (gsize)(day - series->start)) < 0.03);
    }
}

static void later_values_change_nothing_before_them(void)
{
    gint64 until = grain_day_of_date(2021, 12, 10);
    g_autoptr(Hospital) h = hospital_new(until);
    const Transform transform = {TRANSFORM_LOG, 1e6};
    gsize fit = h->series[2]->length - 40;
    double mean[2][HORIZON], sd[2][HORIZON];
    g_autoptr(Level) first = level_new(h->series[2], h->calendar, &transform, fit);
    for (gsize t = fit; t < h->series[2]->length; t++)
        h->series[2]->value[t] = t % 2 ? MISSING : 5000;
    g_autoptr(Level) second = level_new(h->series[2], h->calendar, &transform, fit);
    for (gsize origin = 0; origin <= fit; origin += 13) {
        level_at(first, origin, HORIZON, mean[0], sd[0]);
        level_at(second, origin, HORIZON, mean[1], sd[1]);
        g_assert_cmpmem(mean[0], sizeof mean[0], mean[1], sizeof mean[1]);
        g_assert_cmpmem(sd[0], sizeof sd[0], sd[1], sizeof sd[1]);
        g_assert_true(isfinite(mean[0][HORIZON - 1]) && level_scale(first, origin) == level_scale(second, origin));
    }
    g_assert_null(level_new(h->series[2], h->calendar, &transform, 20));
}

/* Constants close to the largest number there is: an answer that is a number, or a complaint. */
static void test_largest(void)
{
    static const double size[] = {1e308, 1e300, 1e155, 1e18, 0};
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, NULL);
    for (gsize k = 0; k < G_N_ELEMENTS(size) * 2; k++) {
        g_autoptr(Series) series = series_new("beds", GRAIN_DAY, 0, 120);
        g_autoptr(Outlook) outlook = outlook_new("level", 120, HORIZON);
        g_autoptr(GError) complaint = NULL, error = NULL;
        series->counts = k % 2;
        for (gsize t = 0; t < series->length; t++)
            series->value[t] = size[k / 2];
        const Task task = {.series = series, .calendar = calendar, .origin = 120, .horizon = HORIZON, .season = {7, 0}};
        gboolean fine = level_forecast(&task, 1, &outlook, &complaint, &error);
        g_assert_cmpint(fine, ==, complaint == NULL && error == NULL);
        for (gsize h = 0; h < HORIZON && fine; h++)
            g_assert_true(isfinite(outlook->mean[h]) && isfinite(outlook->quantile[h * OUTLOOK_LEVELS]));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/level/the-day-after-a-holiday-is-no-lower-level", the_day_after_a_holiday_is_no_lower_level);
    g_test_add_func("/model/level/a-holiday-ahead-is-expected-to-be-quiet", a_holiday_ahead_is_expected_to_be_quiet);
    g_test_add_func("/model/level/one-wild-ward-bends-no-other", one_wild_ward_bends_no_other);
    g_test_add_func("/model/level/a-wild-ward-has-a-wide-range", a_wild_ward_has_a_wide_range);
    g_test_add_func("/model/level/a-ward-of-a-few-days-is-refused-alone", a_ward_of_a_few_days_is_refused_alone);
    g_test_add_func("/model/level/hours-and-a-group-without-history-are-refused", hours_and_a_group_without_history_are_refused);
    g_test_add_func("/model/level/one-series-can-be-asked-at-any-day", one_series_can_be_asked_at_any_day);
    g_test_add_func("/model/level/later-values-change-nothing-before-them", later_values_change_nothing_before_them);
    g_test_add_func("/model/level/the-largest-numbers-are-survived", test_largest);
    return g_test_run();
}
