#include "daemon/scoring.h"

#include "tests/unit/daemon/north.h"

#include <math.h>

/* One ward, forecast by the day, the week and the month: 10 with a spread of 4. */
enum { LENGTH = 70 };
static const Grain grain_of[] = {GRAIN_DAY, GRAIN_WEEK, GRAIN_MONTH};

typedef struct {
    North north;
    SnapshotSeries ward[G_N_ELEMENTS(grain_of)];
} World;

static World *world_new(void)
{
    World *world = g_new0(World, 1);
    if (!north_begin(&world->north, "Europe/Madrid")) {
        g_free(world);
        return NULL;
    }
    world->north.snapshot.as_of = house_hour(0);
    for (gsize k = 0; k < G_N_ELEMENTS(grain_of); k++) {
        gint64 today = calendar_step(world->north.calendar, grain_of[k], house_hour(0));
        SnapshotSeries *ward = &world->ward[k];
        *ward = (SnapshotSeries){.facility = "general", .unit = "icu", .measure = "admissions", .horizon = 4, .status = ROW_OK};
        ward->series = series_new("general/icu/admissions", grain_of[k], today - LENGTH, LENGTH);
        for (gsize t = 0; t < LENGTH; t++)
            ward->series->value[t] = 10 + (double)(t % 3);
        ward->series->value[LENGTH - 1] = 14; /* yesterday, last week, last month */
        g_ptr_array_add(world->north.snapshot.series, ward);
    }
    return world;
}

static void world_free(World *world)
{
    for (gsize k = 0; k < G_N_ELEMENTS(grain_of); k++)
        series_free(world->ward[k].series);
    north_end(&world->north);
    g_free(world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

/* A run of that time that forecasts four steps of a grain from `first` on. */
static void publish_spread(const World *world, Instant slot, gsize k, gint64 first, double median, double spread)
{
    enum { STEPS = 4 };
    Instant target_at[STEPS];
    g_autoptr(Outlook) outlook = outlook_new("wardcast", first, STEPS);
    for (gsize h = 0; h < STEPS; h++) {
        target_at[h] = calendar_instant(world->north.calendar, grain_of[k], first + (gint64)h);
        outlook->mean[h] = median;
        for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
            outlook->quantile[h * OUTLOOK_LEVELS + q] = median + spread * outlook_probit[q];
    }
    const ForecastRows rows = {.facility = "general", .unit = "icu", .measure = "admissions", .grain = grain_of[k], .outlook = outlook,
                               .target_at = target_at, .status = ROW_OK, .data_as_of = INSTANT_NONE, .valid_until = INSTANT_NONE};
    RunRecord record = north_record(&world->north, slot, "none");
    record.forecast = &rows;
    record.forecasts = 1;
    house_publish(world->north.house, &record);
}

static void publish(const World *world, Instant slot, gsize k, gint64 first, double median)
{
    publish_spread(world, slot, k, first, median, 4);
}

static const ScoreRow *row_of(const Scoring *scoring, Grain grain)
{
    for (guint r = 0; r < scoring->rows->len; r++)
        if (g_array_index(scoring->rows, ScoreRow, r).grain == grain)
            return &g_array_index(scoring->rows, ScoreRow, r);
    g_error("no %s was scored", grain_name(grain));
}

/* An early run says 6 of the newest step, the last one that could speak of it 10;
 * a run of an hour ago, when it had come already, speaks of the next ones only. */
static void each_grain_is_scored_by_who_spoke_last_of_its_newest_step(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(GError) error = NULL;
    if (world == NULL)
        return;
    for (gsize k = 0; k < G_N_ELEMENTS(grain_of); k++) {
        gint64 today = calendar_step(world->north.calendar, grain_of[k], house_hour(0));
        Instant early = calendar_instant(world->north.calendar, grain_of[k], today - 2) + (gint64)k * 60 * INSTANT_SECOND;
        Instant late = calendar_instant(world->north.calendar, grain_of[k], today) - (gint64)(k + 1) * 60 * INSTANT_SECOND;
        publish(world, early, k, today - 2, 6);
        publish(world, late, k, today - 1, 10);
        publish(world, house_hour(-1) + (gint64)k * 60 * INSTANT_SECOND, k, today, 50);
    }
    g_autoptr(Scoring) scoring = scoring_new(world->north.house->warehouse, &world->north.snapshot, house_hour(0), &error);
    g_assert_no_error(error);
    g_assert_cmpuint(scoring->rows->len, ==, G_N_ELEMENTS(grain_of));
    for (gsize k = 0; k < G_N_ELEMENTS(grain_of); k++) {
        const ScoreRow *row = row_of(scoring, grain_of[k]);
        g_assert_cmpuint(row->n, ==, 1);
        g_assert_true(row->from == row->until);
        g_assert_cmpint(calendar_step(world->north.calendar, grain_of[k], row->until), ==, calendar_step(world->north.calendar, grain_of[k], house_hour(0)) - 1);
        g_assert_cmpfloat(row->mae, ==, 4); /* 14 came of 10 */
        g_assert_cmpfloat(row->bias, ==, -4);
        g_assert_cmpfloat_with_epsilon(row->first_score, 1, 1e-9); /* one spread above */
        g_assert_cmpfloat_with_epsilon(row->last_pit, 0.8413447460685429, 1e-9);
        g_assert_cmpfloat(row->coverage80, ==, 1);
        g_assert_true(row->sound);
    }
}

/* Weekly runs of a daily series: all days of which the last one spoke are scored. */
static void days_between_two_runs_are_all_scored(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(GError) error = NULL;
    if (world == NULL)
        return;
    gint64 today = calendar_step(world->north.calendar, GRAIN_DAY, house_hour(0));
    publish(world, calendar_instant(world->north.calendar, GRAIN_DAY, today - 3), 0, today - 3, 10);
    g_autoptr(Scoring) scoring = scoring_new(world->north.house->warehouse, &world->north.snapshot, house_hour(0), &error);
    g_assert_no_error(error);
    g_assert_cmpuint(scoring->rows->len, ==, 1);
    g_assert_cmpuint(row_of(scoring, GRAIN_DAY)->n, ==, 3);
}

/* 6 were expected, with a spread of 4: of three days only the 14 of the last is beyond 13.8. */
static void a_miss_is_told_by_the_name_of_the_unit(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(GError) error = NULL;
    if (world == NULL)
        return;
    g_autoptr(GPtrArray) units = g_ptr_array_new();
    SnapshotUnit unit = {.id = (char *)"icu", .name = (char *)"Intensive care"};
    SnapshotFacility facility = {.id = (char *)"general", .units = units};
    g_ptr_array_add(units, &unit);
    g_ptr_array_add(world->north.snapshot.facilities, &facility);
    g_assert_cmpstr(snapshot_unit_name(&world->north.snapshot, "general", "ed"), ==, "ed");
    gint64 today = calendar_step(world->north.calendar, GRAIN_DAY, house_hour(0));
    publish(world, calendar_instant(world->north.calendar, GRAIN_DAY, today - 3), 0, today - 3, 6);
    g_autoptr(Scoring) scoring = scoring_new(world->north.house->warehouse, &world->north.snapshot, house_hour(0), &error);
    g_assert_no_error(error);
    g_assert_cmpuint(scoring->misses->len, ==, 1);
    const char *miss = g_ptr_array_index(scoring->misses, 0);
    g_assert_true(g_str_has_prefix(miss, "Intensive care admissions, "));
    g_assert_true(g_str_has_suffix(miss, ": expected about 6, was 14; 1 of 3 values was outside the 95 % band"));
}

/* Nobody came for three days; 0.2 were expected, between 0.1 and 0.3: for a count that is nobody. */
static void a_range_that_means_nobody_holds_when_nobody_comes(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(GError) error = NULL;
    if (world == NULL)
        return;
    Series *ward = world->ward[0].series;
    gint64 today = calendar_step(world->north.calendar, GRAIN_DAY, house_hour(0));
    for (gsize t = LENGTH - 3; t < LENGTH; t++)
        ward->value[t] = 0;
    publish_spread(world, calendar_instant(world->north.calendar, GRAIN_DAY, today - 3), 0, today - 3, 0.2, 0.05);
    for (int counts = 0; counts < 2; counts++) {
        ward->counts = counts;
        g_autoptr(Scoring) scoring = scoring_new(world->north.house->warehouse, &world->north.snapshot, house_hour(0), &error);
        g_assert_no_error(error);
        g_assert_cmpuint(row_of(scoring, GRAIN_DAY)->n, ==, 3);
        g_assert_cmpfloat(row_of(scoring, GRAIN_DAY)->coverage80, ==, counts);
        g_assert_cmpuint(scoring->misses->len, ==, counts ? 0 : 1);
    }
}

static void what_has_not_come_has_no_score(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(GError) error = NULL;
    if (world == NULL)
        return;
    for (gsize k = 0; k < G_N_ELEMENTS(grain_of); k++)
        publish(world, house_hour(-1) + (gint64)k * 60 * INSTANT_SECOND, k, calendar_step(world->north.calendar, grain_of[k], house_hour(0)), 10);
    g_autoptr(Scoring) scoring = scoring_new(world->north.house->warehouse, &world->north.snapshot, house_hour(0), &error);
    g_assert_no_error(error);
    g_assert_cmpuint(scoring->rows->len, ==, 0);
    g_assert_cmpint(scoring->run_id, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/scoring/each-grain-is-scored-by-who-spoke-last-of-its-newest-step", each_grain_is_scored_by_who_spoke_last_of_its_newest_step);
    g_test_add_func("/daemon/scoring/days-between-two-runs-are-all-scored", days_between_two_runs_are_all_scored);
    g_test_add_func("/daemon/scoring/a-miss-is-told-by-the-name-of-the-unit", a_miss_is_told_by_the_name_of_the_unit);
    g_test_add_func("/daemon/scoring/a-range-that-means-nobody-holds-when-nobody-comes", a_range_that_means_nobody_holds_when_nobody_comes);
    g_test_add_func("/daemon/scoring/what-has-not-come-has-no-score", what_has_not_come_has_no_score);
    return g_test_run();
}
