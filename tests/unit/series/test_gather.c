#include "forecast/series/gather.h"

static Calendar *zone(const char *name)
{
    g_autoptr(GError) error = NULL;
    Calendar *calendar = calendar_new(name, NULL, &error);
    g_assert_no_error(error);
    return calendar;
}

static void observe(Gather *gather, const char *unit, const char *measure, const char *grain, Instant at, double value, Instant recorded_at)
{
    Observation row = {.feed = FEED_OBSERVATIONS, .cell = {{.text = (char *)"st-x"}, {.text = (char *)unit}, {.text = (char *)measure},
                       {.text = (char *)grain}, {.time = at}, {.number = value}, {.time = recorded_at}}};
    gather_take(gather, &row);
}

static void plan(Gather *gather, const char *unit, Instant at, double planned, Instant recorded_at)
{
    Observation row = {.feed = FEED_ELECTIVES, .cell = {{.text = (char *)"st-x"}, {.text = (char *)unit}, {.time = at}, {.number = planned}, {.time = recorded_at}}};
    gather_take(gather, &row);
}

static void test_hours(void)
{
    g_autoptr(Calendar) calendar = zone("UTC");
    g_autoptr(Gather) gather = gather_new(calendar);
    observe(gather, "ed", "arrivals", "hour", 12 * INSTANT_HOUR, 7, 100);
    observe(gather, "ed", "arrivals", "hour", 10 * INSTANT_HOUR, 3, 100);
    observe(gather, "ed", "arrivals", "hour", 10 * INSTANT_HOUR, 4, 300); /* corrected */
    observe(gather, "ed", "arrivals", "hour", 10 * INSTANT_HOUR, 5, 200); /* an older correction that came later */
    observe(gather, "ed", "census", "hour", 11 * INSTANT_HOUR, 2.5, 100);
    g_autoptr(GPtrArray) all = gather_series(gather, INSTANT_NONE);
    g_assert_cmpint(all->len, ==, 2);
    const Series *arrivals = g_ptr_array_index(all, 0), *census = g_ptr_array_index(all, 1);
    g_assert_cmpstr(arrivals->id, ==, "st-x/ed/arrivals");
    g_assert_true(arrivals->flow && arrivals->counts);
    g_assert_cmpint(arrivals->start, ==, 10);
    g_assert_cmpint(arrivals->length, ==, 3);
    g_assert_true(arrivals->value[0] == 4 && isnan(arrivals->value[1]) && arrivals->value[2] == 7);
    g_assert_cmpstr(census->id, ==, "st-x/ed/census");
    g_assert_true(!census->flow && !census->counts && census->value[0] == 2.5);
}

static void test_until(void)
{
    g_autoptr(Calendar) calendar = zone("UTC");
    g_autoptr(Gather) gather = gather_new(calendar);
    for (int h = 0; h < 10; h++) {
        observe(gather, "ed", "arrivals", "hour", h * INSTANT_HOUR, h, 0);
        observe(gather, "ed", "census", "hour", h * INSTANT_HOUR, h, 0);
    }
    g_autoptr(GPtrArray) all = gather_series(gather, 5 * INSTANT_HOUR + 1);
    const Series *arrivals = g_ptr_array_index(all, 0), *census = g_ptr_array_index(all, 1);
    g_assert_cmpint(arrivals->length, ==, 5); /* the hour of 05:00 is not over */
    g_assert_cmpint(census->length, ==, 6);
}

static void test_autumn(void)
{
    g_autoptr(Calendar) calendar = zone("America/New_York");
    g_autoptr(Gather) gather = gather_new(calendar);
    Instant midnight = calendar_instant(calendar, GRAIN_DAY, grain_day_of_date(2025, 11, 2));
    static const double value[] = {3, 4, 7, 9}; /* 00:00, 01:00, 01:00 again, 02:00 */
    for (int h = 3; h >= 0; h--)
        observe(gather, "ed", "arrivals", "hour", midnight + h * INSTANT_HOUR, value[h], 0);
    observe(gather, "ed", "arrivals", "hour", midnight + 2 * INSTANT_HOUR, 8, 5); /* the second one corrected */
    g_autoptr(GPtrArray) all = gather_series(gather, INSTANT_NONE);
    const Series *series = g_ptr_array_index(all, 0);
    g_assert_cmpint(series->length, ==, 3);
    g_assert_true(series->value[0] == 3 && series->value[1] == 6 && series->value[2] == 9);
    g_assert_true(series->mended[1] == MEND_CLOCK && series->mended[0] == MEND_NONE && series->counts);
}

static void test_days_and_weeks(void)
{
    g_autoptr(Calendar) calendar = zone("Europe/London");
    g_autoptr(Gather) gather = gather_new(calendar);
    for (int d = 0; d < 4; d++) { /* over the change to summer time: midnights are 23 hours apart */
        gint64 day = grain_day_of_date(2025, 3, 29) + d;
        observe(gather, "w", "occupied_beds", "day", calendar_instant(calendar, GRAIN_DAY, day), d, 0);
    }
    for (int w = 0; w < 3; w++)
        observe(gather, "w", "flu_admissions", "week", calendar_instant(calendar, GRAIN_DAY, grain_day_of_date(2025, 3, 1) + 7 * w), w, 0);
    g_autoptr(GPtrArray) all = gather_series(gather, INSTANT_NONE);
    const Series *flu = g_ptr_array_index(all, 0), *beds = g_ptr_array_index(all, 1);
    g_assert_true(beds->length == 4 && series_known(beds) == 4 && !beds->flow);
    g_assert_true(flu->length == 3 && flu->flow && flu->label_day == 5); /* Saturdays */
}

static void test_electives(void)
{
    g_autoptr(Calendar) calendar = zone("UTC");
    g_autoptr(Gather) gather = gather_new(calendar);
    for (int d = 10; d < 14; d++)
        observe(gather, "surgery", "admissions", "day", d * INSTANT_DAY, 5, 0);
    observe(gather, "other", "admissions", "day", 10 * INSTANT_DAY, 5, 0);
    observe(gather, "surgery", "arrivals", "hour", 13 * INSTANT_DAY + 20 * INSTANT_HOUR, 1, 0);
    plan(gather, "surgery", 12 * INSTANT_DAY, 3, 100);
    plan(gather, "surgery", 12 * INSTANT_DAY, 4, 200);
    plan(gather, "surgery", 15 * INSTANT_DAY, 6, 100);
    g_autoptr(GPtrArray) all = gather_series(gather, INSTANT_NONE);
    const Series *other = g_ptr_array_index(all, 0), *daily = g_ptr_array_index(all, 1), *hourly = g_ptr_array_index(all, 2);
    g_assert_cmpint(other->covariates, ==, 0);
    g_assert_cmpint(daily->covariates, ==, 1);
    g_assert_cmpstr(daily->covariate_name[0], ==, "electives");
    g_assert_cmpint(daily->cover, ==, 6);
    g_assert_true(isnan(daily->covariate[0]) && isnan(daily->covariate[1]));
    g_assert_true(daily->covariate[2] == 4 && daily->covariate[3] == 0 && daily->covariate[4] == 0 && daily->covariate[5] == 6);
    g_assert_cmpint(hourly->cover, ==, 4 + 24 + 24);
    g_assert_true(hourly->covariate[0] == 0 && hourly->covariate[27] == 0 && hourly->covariate[28] == 6 && hourly->covariate[51] == 6);
}

static void test_names(void)
{
    static const char *const levels[] = {"census", "staffed_beds", "inpatient_beds_used", "total_adult_patients_hospitalized_confirmed_covid",
                                         "critical_staffing_shortage_today_yes", "occupancy"};
    static const char *const flows[] = {"arrivals", "admissions", "previous_day_admission_adult_covid_confirmed", "deaths_covid", "discharges"};
    for (gsize k = 0; k < G_N_ELEMENTS(levels); k++)
        g_assert_false(gather_is_flow(levels[k]));
    for (gsize k = 0; k < G_N_ELEMENTS(flows); k++)
        g_assert_true(gather_is_flow(flows[k]));
}

static void test_names_with_strokes(void)
{
    g_autoptr(Calendar) calendar = zone("UTC");
    g_autoptr(Gather) gather = gather_new(calendar);
    observe(gather, "a/b", "c", "day", 0, 1, 0);
    observe(gather, "a", "b/c", "day", 0, 2, 0);
    g_autoptr(GPtrArray) all = gather_series(gather, INSTANT_NONE);
    g_assert_cmpint(all->len, ==, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/series/gather/the-newest-row-of-a-step-counts", test_hours);
    g_test_add_func("/series/gather/nothing-after-the-limit-is-known", test_until);
    g_test_add_func("/series/gather/the-doubled-hour-is-averaged", test_autumn);
    g_test_add_func("/series/gather/days-and-weeks-follow-the-clock", test_days_and_weeks);
    g_test_add_func("/series/gather/planned-admissions-are-known-ahead", test_electives);
    g_test_add_func("/series/gather/names-tell-levels-from-flows", test_names);
    g_test_add_func("/series/gather/two-units-never-share-a-series", test_names_with_strokes);
    return g_test_run();
}
