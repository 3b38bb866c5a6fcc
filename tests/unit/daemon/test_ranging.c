#include "daemon/ladder.h"

#include "forecast/model/aci.h"
#include "tests/unit/daemon/north.h"

#include <math.h>

/* A ward that is forecast from midnight to midnight, every midnight, as 100 with a
 * spread of 10: the truth of each hour is 100 + 10 x spread x a normal score. */
enum { HORIZON = 24, MOST_DAYS = 120 };

typedef struct {
    North north;
    SnapshotSeries ward;
    const char *model;
    gboolean watched; /* drift is looked for, and answered */
    guint steps;      /* taken so far */
    double truth[24 * MOST_DAYS];
    double width[MOST_DAYS]; /* of the farthest steps, as published that midnight */
    double inside[MOST_DAYS]; /* share of the day's hours in the 80 % range as published */
} World;

/* Always the same numbers on every machine: 31 bits of a linear congruence, and
 * twelve uniform numbers less six. */
static double normal(guint64 *state)
{
    double sum = -6;
    for (int k = 0; k < 12; k++) {
        *state = *state * G_GUINT64_CONSTANT(6364136223846793005) + G_GUINT64_CONSTANT(1442695040888963407);
        sum += (double)(*state >> 33) / 2147483648.0;
    }
    return sum;
}

static Instant midnight(int day)
{
    return house_hour(24 * day + 18); /* 2026-03-02 00:00 UTC is day 0 */
}

static World *world_new(void)
{
    World *world = g_new0(World, 1);
    if (!north_begin(&world->north, "UTC")) {
        g_free(world);
        return NULL;
    }
    world->model = "none";
    world->ward = (SnapshotSeries){.facility = "general", .unit = "icu", .measure = "census", .horizon = HORIZON, .status = ROW_OK};
    g_ptr_array_add(world->north.snapshot.series, &world->ward);
    return world;
}

static void world_free(World *world)
{
    north_end(&world->north);
    g_free(world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

/* The truth up to that midnight. */
static Series *known_until(const World *world, int day)
{
    gint64 start = calendar_step(world->north.calendar, GRAIN_HOUR, midnight(0));
    Series *series = series_new("general/icu/census", GRAIN_HOUR, start, (gsize)(24 * MAX(day, 1)));
    for (int t = 0; t < 24 * MAX(day, 1); t++)
        series->value[t] = day > 0 ? world->truth[t] : MISSING;
    return series;
}

static Ranging *range(World *world, int day)
{
    GError *error = NULL;
    world->ward.series = known_until(world, day);
    world->north.snapshot.as_of = midnight(day);
    Ranging *ranging = ranging_new(world->north.house->warehouse, &world->north.snapshot, midnight(day), world->model, &error);
    g_assert_no_error(error);
    return ranging;
}

static void forget(World *world)
{
    g_clear_pointer(&world->ward.series, series_free);
}

static Outlook *as_the_members_have_it(const World *world, int day)
{
    Outlook *outlook = outlook_new("wardcast", calendar_step(world->north.calendar, GRAIN_HOUR, midnight(day)), HORIZON);
    for (gsize h = 0; h < HORIZON; h++) {
        outlook->mean[h] = 100;
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
            outlook->quantile[h * OUTLOOK_LEVELS + k] = 100 + 10 * outlook_probit[k];
    }
    return outlook;
}

static void note(World *world, int day, const Outlook *outlook, const double *width)
{
    world->width[day] = width[HORIZON - 1];
    for (gsize h = 0; h < HORIZON && day < MOST_DAYS; h++) {
        double truth = world->truth[24 * day + (int)h];
        world->inside[day] += truth >= outlook->quantile[h * OUTLOOK_LEVELS + 2] && truth <= outlook->quantile[h * OUTLOOK_LEVELS + 10] ? 1.0 / HORIZON : 0;
    }
}

/* A cycle of that midnight, published. */
static void live(World *world, int day)
{
    double shift[HORIZON], width[HORIZON];
    Instant target_at[HORIZON];
    GError *error = NULL;
    g_autoptr(Ranging) ranging = range(world, day);
    g_autoptr(Scoring) scoring = scoring_new(world->north.house->warehouse, &world->north.snapshot, midnight(day), &error);
    g_assert_no_error(error);
    g_autoptr(Drifting) drifting = world->watched ? drifting_new(world->north.house->warehouse, &world->north.snapshot, scoring, midnight(day), world->model, &error) : NULL;
    g_assert_no_error(error);
    g_autoptr(Ladder) ladder = world->watched ? ladder_new(world->north.house->warehouse, &world->north.snapshot, ranging, drifting, midnight(day), world->model, &error) : NULL;
    g_assert_no_error(error);
    g_autoptr(Outlook) outlook = as_the_members_have_it(world, day);
    ranging_correct(ranging, &world->ward, outlook, shift, width);
    note(world, day, outlook, width);
    world->steps += ladder != NULL ? ladder_rows(ladder)->len : 0;
    for (int h = 0; h < HORIZON; h++)
        target_at[h] = midnight(day) + h * INSTANT_HOUR;
    const ForecastRows rows = {.facility = "general", .unit = "icu", .measure = "census", .grain = GRAIN_HOUR, .outlook = outlook, .target_at = target_at,
                               .status = ROW_OK, .valid_until = INSTANT_NONE, .data_as_of = INSTANT_NONE, .shift = shift, .width = width};
    const GArray *state = ranging_rows(ranging);
    RunRecord record = north_record(&world->north, midnight(day), world->model);
    record.forecast = &rows;
    record.forecasts = 1;
    record.range = (const RangeRow *)(const void *)state->data;
    record.ranges = state->len;
    record.score = (const ScoreRow *)(const void *)scoring->rows->data;
    record.scores = scoring->rows->len;
    record.step = ladder ? (const StepRow *)(const void *)ladder_rows(ladder)->data : NULL;
    record.steps = ladder ? ladder_rows(ladder)->len : 0;
    house_publish(world->north.house, &record);
    forget(world);
}

static void make_truth(World *world, int from, int until, double spread, guint64 *state)
{
    for (int t = 24 * from; t < 24 * until; t++)
        world->truth[t] = 100 + 10 * spread * normal(state);
}

static void live_days(World *world, int from, int until)
{
    for (int day = from; day < until; day++)
        live(world, day);
}

static double coverage(const World *world, int from, int until)
{
    double sum = 0;
    for (int day = from; day < until; day++)
        sum += world->inside[day] / (until - from);
    return sum;
}

/* ------------------------------------------------------------------ the tests */

static void ranges_that_hold_stay_as_they_are(void)
{
    g_autoptr(World) world = world_new();
    guint64 state = 1;
    if (world == NULL)
        return;
    make_truth(world, 0, 60, 1, &state);
    live_days(world, 0, 60);
    for (int day = 0; day < 60; day++) {
        g_assert_cmpfloat(world->width[day], >, 0.8);
        g_assert_cmpfloat(world->width[day], <, 1.2);
    }
    g_assert_cmpfloat_with_epsilon(coverage(world, 0, 60), 0.8, 0.04);
}

/* The header of aci.h promises four fifths of the way back in 27 days to who learns of
 * all hours of a day; one run a day teaches the nearest steps of three of them only. */
static void noise_that_grows_finds_wider_ranges_within_the_days_promised(void)
{
    enum { CHANGE = 10, PROMISED = 35, UNTIL = 80 };
    g_autoptr(World) world = world_new();
    guint64 state = 2;
    if (world == NULL)
        return;
    make_truth(world, 0, CHANGE, 1, &state);
    make_truth(world, CHANGE, UNTIL, 1.4, &state);
    live_days(world, 0, UNTIL);
    double at_first = coverage(world, CHANGE, CHANGE + 3), later = coverage(world, CHANGE + PROMISED, UNTIL);
    g_test_message("coverage %.3f in the first three days, %.3f after %d", at_first, later, PROMISED);
    g_assert_cmpfloat(at_first, <, 0.72); /* as the members have it: 64 % */
    g_assert_cmpfloat_with_epsilon(later, 0.8, 0.04);
}

/* A whole day of typing errors: the ranges hardly move, and no value moves them beyond their bounds. */
static void one_absurd_day_cannot_blow_ranges_up(void)
{
    g_autoptr(World) world = world_new();
    guint64 state = 3;
    if (world == NULL)
        return;
    make_truth(world, 0, 12, 1, &state);
    for (int t = 24 * 5; t < 24 * 6; t++)
        world->truth[t] = 4000 + t;
    live_days(world, 0, 12);
    g_assert_cmpfloat(world->width[6], >, world->width[5]);
    g_assert_cmpfloat(world->width[6], <, world->width[5] + 0.2);
    for (int day = 6; day < 12; day++)
        g_assert_cmpfloat(world->width[day], <, ACI_MOST);
}

static void a_truth_that_has_not_come_moves_nothing(void)
{
    g_autoptr(World) world = world_new();
    guint64 state = 4;
    if (world == NULL)
        return;
    make_truth(world, 0, 8, 1, &state);
    for (int t = 24 * 4; t < 24 * 6; t++)
        world->truth[t] = MISSING;
    live_days(world, 0, 8);
    g_assert_cmpfloat(world->width[5], ==, world->width[4]);
    g_assert_cmpfloat(world->width[6], ==, world->width[4]);
    g_assert_cmpfloat(world->width[7], !=, world->width[6]);
    g_autofree char *judged = cluster_ask(world->north.house->cluster, "postgres",
                                          "SELECT max(seen) FROM wardcast.range_state JOIN wardcast.run USING (run_id) WHERE bucket = 4 "
                                          "AND slot = (SELECT max(slot) FROM wardcast.run)");
    g_assert_cmpint(g_ascii_strtoll(judged, NULL, 10), ==, 4 * 12); /* of days 1, 2, 3 and 6 the hours that were 13 to 24 ahead */
}

/* Each run made again, after all that came later, has learnt what it had learnt then;
 * and who begins anew with an empty warehouse comes to the same. */
static void a_replay_and_another_life_come_to_the_same(void)
{
    enum { DAYS = 8 };
    g_autoptr(World) world = world_new(), again = world_new();
    guint64 state = 5;
    if (world == NULL || again == NULL)
        return;
    make_truth(world, 0, DAYS, 1.3, &state);
    for (int t = 0; t < 24 * DAYS; t++)
        again->truth[t] = world->truth[t];
    live_days(world, 0, DAYS);
    live_days(again, 0, DAYS);
    static const char sql[] = "SELECT r.slot, to_jsonb(s) - 'run_id' FROM wardcast.range_state s JOIN wardcast.run r USING (run_id) ORDER BY 1, 2";
    g_autofree char *first = cluster_ask(world->north.house->cluster, "postgres", sql), *second = cluster_ask(again->north.house->cluster, "postgres", sql);
    g_assert_cmpstr(first, ==, second);
    for (int day = 1; day < DAYS; day++) {
        double shift[HORIZON], width[HORIZON];
        g_autoptr(Ranging) ranging = range(world, day);
        g_autoptr(Outlook) outlook = as_the_members_have_it(world, day);
        ranging_correct(ranging, &world->ward, outlook, shift, width);
        g_assert_cmpfloat(width[HORIZON - 1], ==, world->width[day]);
        forget(world);
    }
}

/* A second run of the same midnight's hours is judged beside the first, and every hour counts once. */
static void every_target_is_judged_once(void)
{
    g_autoptr(World) world = world_new();
    guint64 state = 6;
    if (world == NULL)
        return;
    make_truth(world, 0, 3, 1, &state);
    live(world, 0);
    live(world, 1);
    for (int k = 0; k < 2; k++) {
        g_autoptr(Ranging) ranging = range(world, 2);
        const GArray *rows = ranging_rows(ranging);
        guint64 seen = 0;
        g_assert_cmpuint(rows->len, ==, 4);
        for (guint b = 0; b < rows->len; b++)
            seen += g_array_index(rows, RangeRow, b).seen;
        /* The first midnight knew nothing, so the second began with the 24th hour; the third judges 24. */
        g_assert_cmpuint(seen, ==, 24);
        forget(world);
    }
}

static void a_plan_says_how_its_ranges_were_corrected(void)
{
    g_autoptr(World) world = world_new();
    guint64 state = 7;
    if (world == NULL)
        return;
    make_truth(world, 0, 12, 3, &state);
    live_days(world, 0, 12);
    g_autoptr(Ranging) ranging = range(world, 12);
    g_autofree char *words = ranging_words(ranging, &world->ward);
    g_assert_nonnull(words);
    g_assert_true(g_str_has_prefix(words, "ranges up to ") && g_str_has_suffix(words, " % wider after what came of earlier forecasts"));
    forget(world);
}

/* Noise doubles: more than step by step may be put right.  The alarm comes, the ranges
 * are measured anew from what came since, and hold again; the step is stored once. */
static void noise_that_doubles_is_answered_by_measuring_anew(void)
{
    enum { CHANGE = 40, ANSWERED = 60, UNTIL = 100 };
    g_autoptr(World) world = world_new();
    guint64 state = 8;
    if (world == NULL)
        return;
    world->watched = TRUE;
    make_truth(world, 0, CHANGE, 1, &state);
    make_truth(world, CHANGE, UNTIL, 2, &state);
    live_days(world, 0, CHANGE);
    g_assert_cmpuint(world->steps, ==, 0);
    live_days(world, CHANGE, UNTIL);
    double at_first = coverage(world, CHANGE, CHANGE + 5), later = coverage(world, ANSWERED, UNTIL);
    g_test_message("coverage %.3f in the first five days, %.3f from day %d after the change on", at_first, later, ANSWERED - CHANGE);
    g_autofree char *log = cluster_ask(world->north.house->cluster, "postgres", "SELECT slot::date, step, cause, since_at::date, reason, done FROM wardcast.drift_log ORDER BY slot, step");
    g_test_message("%s", log);
    g_assert_cmpfloat(at_first, <, 0.6); /* as the members have it: 48 % */
    g_assert_cmpfloat_with_epsilon(later, 0.8, 0.05);
    g_autofree char *first = cluster_ask(world->north.house->cluster, "postgres",
                                         "SELECT unit_id, step, cause, since_at >= '2026-04-05' AND since_at <= '2026-04-20', "
                                         "done LIKE 'the ranges were measured anew: %' FROM wardcast.drift_log WHERE step = 'recalibrate' ORDER BY slot LIMIT 1");
    g_assert_cmpstr(g_strchomp(first), ==, "icu|recalibrate|coverage|t|t"); /* the noise doubled on 2026-04-11 */
    g_autofree char *twice = cluster_ask(world->north.house->cluster, "postgres",
                                         "SELECT count(*) FROM wardcast.drift_log a JOIN wardcast.drift_log b USING (unit_id, step) "
                                         "WHERE a.slot < b.slot AND b.slot < a.slot + interval '14 days'");
    g_assert_cmpstr(g_strchomp(twice), ==, "0");
    /* The run that is made again takes the step again, and comes to the same ranges. */
    g_autofree char *slot = cluster_ask(world->north.house->cluster, "postgres",
                                        "SELECT extract(day FROM min(slot) - timestamptz '2026-03-02 00:00Z')::int FROM wardcast.drift_log WHERE step = 'recalibrate'");
    int day = (int)g_ascii_strtoll(slot, NULL, 10);
    g_assert_cmpfloat(world->width[day], >, world->width[day - 1] + 0.1);
}

/* What was measured was about the model before; what was learnt step by step stays. */
static void another_model_drops_what_was_measured(void)
{
    g_autoptr(World) world = world_new();
    g_autoptr(GError) error = NULL;
    guint64 state = 9;
    char *done = NULL;
    double shift[HORIZON], width[HORIZON];
    if (world == NULL)
        return;
    make_truth(world, 0, 12, 2, &state);
    live_days(world, 0, 12);
    g_autoptr(Ranging) ranging = range(world, 12);
    const SnapshotSeries *series[] = {&world->ward};
    const Instant since = midnight(1), late = midnight(10);
    const gboolean moves = FALSE;
    double before = world->width[11];
    g_assert_true(ranging_recalibrate(ranging, world->north.house->warehouse, midnight(12), series, &late, &moves, 1, &done, &error));
    g_assert_null(done); /* of two days */
    g_assert_true(ranging_recalibrate(ranging, world->north.house->warehouse, midnight(12), series, &since, &moves, 1, &done, &error));
    g_assert_no_error(error);
    g_test_message("%s", done);
    g_free(done);
    g_autoptr(Outlook) outlook = as_the_members_have_it(world, 12);
    ranging_correct(ranging, &world->ward, outlook, shift, width);
    g_assert_cmpfloat(width[HORIZON - 1], >, 1.6); /* 2 is right, eleven days leave some of it */
    g_assert_cmpfloat(width[HORIZON - 1], <=, 2);
    g_assert_cmpfloat(outlook->mean[0], ==, 100);
    for (guint b = 0; b < ranging_rows(ranging)->len; b++)
        g_assert_cmpfloat(g_array_index(ranging_rows(ranging), RangeRow, b).factor, ==, 1);
    forget(world);
    world->model = "another";
    g_autoptr(Ranging) other = range(world, 12);
    g_autoptr(Outlook) fresh = as_the_members_have_it(world, 12);
    ranging_correct(other, &world->ward, fresh, shift, width);
    g_assert_cmpfloat_with_epsilon(width[HORIZON - 1], before, 0.1);
    forget(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/ranging/ranges-that-hold-stay-as-they-are", ranges_that_hold_stay_as_they_are);
    g_test_add_func("/daemon/ranging/noise-that-grows-finds-wider-ranges-within-the-days-promised", noise_that_grows_finds_wider_ranges_within_the_days_promised);
    g_test_add_func("/daemon/ranging/one-absurd-day-cannot-blow-ranges-up", one_absurd_day_cannot_blow_ranges_up);
    g_test_add_func("/daemon/ranging/a-truth-that-has-not-come-moves-nothing", a_truth_that_has_not_come_moves_nothing);
    g_test_add_func("/daemon/ranging/a-replay-and-another-life-come-to-the-same", a_replay_and_another_life_come_to_the_same);
    g_test_add_func("/daemon/ranging/every-target-is-judged-once", every_target_is_judged_once);
    g_test_add_func("/daemon/ranging/a-plan-says-how-its-ranges-were-corrected", a_plan_says_how_its_ranges_were_corrected);
    g_test_add_func("/daemon/ranging/noise-that-doubles-is-answered-by-measuring-anew", noise_that_doubles_is_answered_by_measuring_anew);
    g_test_add_func("/daemon/ranging/another-model-drops-what-was-measured", another_model_drops_what_was_measured);
    return g_test_run();
}
