#include "daemon/inputs.h"

#include "daemon/ladder.h"
#include "tests/unit/out/house.h"

#include <string.h>

/* A ward of days; on the day of the change it is given other patients, and its plan other operations. */
enum { DAYS = 500, CHANGE = 440, FIRST_DAY = 20000 /* 2024-10-04 */ };

/* Even numbers from one congruence, always the same: 31 of its bits. */
static double even(guint64 *state)
{
    *state = *state * G_GUINT64_CONSTANT(6364136223846793005) + G_GUINT64_CONSTANT(1442695040888963407);
    return (double)(*state >> 33) / 2147483648.0;
}

static void make(Series *series, gint64 change, double shift)
{
    guint64 state = 20261123;
    for (gsize t = 0; t < series->length; t++)
        series->value[t] = 100 + (t % 7 > 4 ? 0 : 30) + 20 * even(&state) + ((gint64)t >= change ? shift : 0);
}

static SnapshotSeries *ward(const char *unit, gsize length, gint64 change, double shift)
{
    SnapshotSeries *one = g_new0(SnapshotSeries, 1);
    g_autofree char *id = g_strdup_printf("general/%s/census", unit);
    *one = (SnapshotSeries){.facility = "general", .unit = unit, .measure = "census", .series = series_new(id, GRAIN_DAY, FIRST_DAY, length), .status = ROW_OK};
    make(one->series, change, shift);
    return one;
}

static void ward_free(SnapshotSeries *one)
{
    series_free(one->series);
    g_free(one);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SnapshotSeries, ward_free)

static void test_quiet(void)
{
    DriftVerdict verdict;
    g_autoptr(SnapshotSeries) one = ward("icu", DAYS, G_MAXINT64, 0), young = ward("icu", 300, 250, 50);
    g_assert_true(inputs_judge(one, &verdict));
    g_assert_cmpint(verdict.cause, ==, DRIFT_NONE);
    g_assert_null(verdict.sentence);
    g_assert_false(inputs_judge(young, &verdict)); /* not a year: no season is known yet */
}

/* Other patients: the alarm names its day, and that day stays while it stands. */
static void test_values(void)
{
    gint64 day = 0;
    guint alarms = 0;
    for (gsize length = CHANGE; length <= CHANGE + 35; length++) {
        DriftVerdict verdict;
        g_autoptr(SnapshotSeries) one = ward("icu", length, CHANGE, 25);
        g_assert_true(inputs_judge(one, &verdict));
        if (verdict.cause == DRIFT_NONE)
            continue;
        g_assert_cmpint(verdict.cause, ==, DRIFT_INPUT);
        day = alarms++ == 0 ? verdict.day : day;
        g_assert_cmpint(verdict.day, ==, day);
        g_assert_cmpint(verdict.action, ==, (gint64)length - 1 + FIRST_DAY - day < 14 ? DRIFT_REFIT : DRIFT_TUNE);
        g_assert_cmpint(verdict.since, >=, FIRST_DAY + CHANGE - 7);
        g_assert_cmpint(verdict.since, <=, FIRST_DAY + CHANGE + 1);
        g_assert_nonnull(strstr(verdict.sentence, "what came has not been spread as in the years before since about 2025-12-1"));
        g_assert_nonnull(strstr(verdict.sentence, "lie in the highest fifth for their weekday"));
        drift_verdict_clear(&verdict);
    }
    g_assert_cmpuint(alarms, >=, 15);
}

/* The values are as they were, the plan is not. */
static void test_covariate(void)
{
    const char *const name[] = {"electives"};
    DriftVerdict verdict;
    guint64 state = 5;
    g_autoptr(SnapshotSeries) one = ward("icu", CHANGE + 28, G_MAXINT64, 0);
    Series *series = one->series;
    series_set_covariates(series, name, 1, series->length + 14);
    for (gsize t = 0; t < series->cover; t++)
        series->covariate[t] = t < CHANGE ? floor(10 * even(&state)) : t < series->length ? 1 : 50;
    g_assert_true(inputs_judge(one, &verdict));
    g_assert_cmpint(verdict.cause, ==, DRIFT_INPUT);
    g_assert_true(g_str_has_prefix(verdict.sentence, "its input electives has not been spread"));
    g_assert_nonnull(strstr(verdict.sentence, "fifth for their weekday"));
    drift_verdict_clear(&verdict);
}

/* Nobody can tell a feed that stands still, or one that is late, from a ward that has changed. */
static void test_doubt(void)
{
    DriftVerdict verdict;
    g_autoptr(SnapshotSeries) late = ward("icu", CHANGE + 28, CHANGE, 25), stuck = ward("icu", CHANGE + 28, CHANGE, 25), filled = ward("icu", CHANGE + 28, CHANGE, 25);
    late->status = ROW_STALE;
    g_assert_false(inputs_judge(late, &verdict));
    for (gsize t = CHANGE; t < stuck->series->length; t++)
        stuck->series->value[t] = 160;
    g_assert_false(inputs_judge(stuck, &verdict));
    memset(filled->series->mended + CHANGE, MEND_GAP, 28);
    g_assert_false(inputs_judge(filled, &verdict));
    g_assert_cmpint(verdict.cause, ==, DRIFT_NONE);
}

/* ------------------------------------------------------------------ what is done */

/* A run of that day's morning, published with the steps it takes. */
static void live(const House *house, const Calendar *calendar, int length, RowStatus status, guint *told)
{
    const GroupSettings group = {.id = (char *)"north"};
    g_autoptr(GError) error = NULL;
    g_autoptr(SnapshotSeries) icu = ward("icu", (gsize)length, CHANGE, 25), med = ward("med", (gsize)length, G_MAXINT64, 0);
    Snapshot snapshot = {.group = &group, .calendar = calendar, .series = g_ptr_array_new(), .facilities = g_ptr_array_new()};
    icu->status = status;
    g_ptr_array_add(snapshot.series, icu);
    g_ptr_array_add(snapshot.series, med);
    Instant slot = calendar_instant(calendar, GRAIN_DAY, FIRST_DAY + length) + 6 * INSTANT_HOUR;
    snapshot.as_of = slot;
    Scoring none = {.rows = g_array_new(FALSE, TRUE, sizeof(ScoreRow))};
    g_autoptr(Ranging) ranging = ranging_new(house->warehouse, &snapshot, slot, "none", &error);
    g_assert_no_error(error);
    g_autoptr(Drifting) drifting = drifting_new(house->warehouse, &snapshot, &none, slot, "none", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(drifting->judged, ==, status == ROW_OK ? 2 : 1);
    *told += drifting->alarms;
    g_autoptr(Ladder) ladder = ladder_new(house->warehouse, &snapshot, ranging, drifting, slot, "none", &error);
    g_assert_no_error(error);
    const GArray *step = ladder_rows(ladder);
    g_assert_cmpuint(g_hash_table_size(ladder_refit(ladder)), <=, 1);
    const RunRecord record = {.group = "north", .slot = slot, .as_of = slot, .data_watermark = INSTANT_NONE, .program_version = "0", .model_hash = "none",
                              .config_hash = "made up", .summary = "a run", .step = (const StepRow *)(const void *)step->data, .steps = step->len};
    house_publish(house, &record);
    g_ptr_array_unref(snapshot.series);
    g_ptr_array_unref(snapshot.facilities);
    g_array_unref(none.rows);
}

/* Once a refit, two weeks later once a training; while the data are late nothing. */
static void test_ladder(void)
{
    guint told = 0;
    g_autoptr(House) house = house_new();
    g_autoptr(GError) error = NULL;
    if (house == NULL)
        return;
    g_autoptr(Calendar) calendar = calendar_new("Europe/Madrid", NULL, &error);
    g_assert_no_error(error);
    for (int length = CHANGE - 2; length < CHANGE + 20; length++)
        live(house, calendar, length, ROW_STALE, &told);
    g_assert_cmpuint(told, ==, 0);
    for (int length = CHANGE + 20; length < CHANGE + 42; length++)
        live(house, calendar, length, ROW_OK, &told);
    g_assert_cmpuint(told, >=, 15);
    g_autofree char *log = cluster_ask(house->cluster, "postgres", "SELECT string_agg(unit_id || ' ' || grain || ' ' || step || ' ' || cause, ', ' ORDER BY slot, step) FROM wardcast.drift_log");
    g_assert_cmpstr(log, ==, "icu day refit input, icu day tune input");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/inputs/what-is-as-it-was-is-not-told", test_quiet);
    g_test_add_func("/daemon/inputs/other-patients-are-told-with-the-day-of-the-alarm", test_values);
    g_test_add_func("/daemon/inputs/another-plan-is-told-by-its-name", test_covariate);
    g_test_add_func("/daemon/inputs/doubtful-data-are-not-judged", test_doubt);
    g_test_add_func("/daemon/inputs/the-ladder-answers-once-and-then-once-more", test_ladder);
    return g_test_run();
}
