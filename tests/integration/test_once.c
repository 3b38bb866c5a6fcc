/* The real program against real databases: one cycle by hand, and what bad input does to it. */
#include "tests/integration/hospital.h"

#include "daemon/forecasting.h"
#include "daemon/site.h"

#include <glib/gstdio.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The newest run's rows as they were written: the views call rows of a time long past stale. */
#define FORECAST "(SELECT f.* FROM wardcast.forecast f JOIN wardcast.current_run USING (run_id)) AS f"

static void contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        g_error("wanted \"%s\" in: %s", part, text);
}

static gint64 number(const Hospital *hospital, const char *sql)
{
    g_autofree char *text = hospital_ask(hospital, sql);
    return g_ascii_strtoll(text, NULL, 10);
}

/* The middle that an explanation of the newest run tells is the one in the table. */
static void assert_explained(const Hospital *hospital)
{
    g_autofree char *run = hospital_ask(hospital, "SELECT max(run_id) FROM wardcast.run"), *told = NULL;
    g_autofree char *median = hospital_ask(hospital, "SELECT q50 FROM wardcast.forecast WHERE run_id = (SELECT max(run_id) FROM wardcast.run) AND unit_id = 'icu' "
                                                     "AND measure = 'census' AND step = 3");
    g_assert_cmpint(hospital_run(hospital, &told, "explain", "--run", g_strstrip(run), "--series", "tiny/icu/census", "--step", "3", "--json", NULL), ==, 0);
    contains(told, "\"median\":");
    g_assert_cmpfloat(g_ascii_strtod(strstr(told, "\"median\":") + strlen("\"median\":"), NULL), ==, g_ascii_strtod(median, NULL));
    g_assert_null(strstr(told, "warning"));
}

static void a_cycle_publishes_forecasts_staffing_and_beds(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    g_autofree char *said = NULL;
    g_assert_cmpint(hospital_run(hospital, &said, "once", "--as-of", HOSPITAL_NOW, NULL), ==, 0);
    contains(said, "published");
    /* Three wards' census and the department's arrivals, 48 hours each. */
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM " FORECAST " WHERE measure = 'census'"), ==, 3 * 48);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM " FORECAST " WHERE measure = 'arrivals'"), ==, 48);
    g_assert_cmpint(number(hospital, "SELECT count(DISTINCT unit_id) FROM wardcast.current_beds"), ==, 4);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.current_staffing WHERE unit_id = 'med' AND required > 0"), >, 0);
    /* The census now, counted by the database itself. */
    g_autofree char *now = cluster_ask(hospital->cluster, "hospital",
                                       "SELECT count(*) FILTER (WHERE event = 'enter') - count(*) FILTER (WHERE event = 'leave') FROM bed_move "
                                       "WHERE ward = 'med' AND at <= '" HOSPITAL_NOW "' AND written <= '" HOSPITAL_NOW "'");
    g_autofree char *brief = g_build_filename(hospital->folder, "report", "tiny", "latest.html", NULL);
    g_autofree char *page = NULL;
    g_assert_true(g_file_get_contents(brief, &page, NULL, NULL));
    contains(page, "Medical ward");
    contains(page, now);
    assert_explained(hospital);
}

/* At each step ahead the census expected is the one before it, plus those expected to come in the hour
 * between, less those who leave; the first follows the census of the hour at hand, counted by the hospital's own database. */
static void assert_balanced(const Hospital *hospital, const char *now, gint64 pairs)
{
    static const char *const ward[] = {"icu", "med", "surg"};
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.forecast c JOIN wardcast.forecast b ON (b.run_id, b.unit_id, b.measure, b.target_at) = (c.run_id, c.unit_id, c.measure, c.target_at - interval '1 hour') "
                                     "JOIN wardcast.forecast a ON (a.run_id, a.unit_id, a.measure, a.target_at) = (c.run_id, c.unit_id, 'admissions', b.target_at) "
                                     "JOIN wardcast.forecast d ON (d.run_id, d.unit_id, d.measure, d.target_at) = (c.run_id, c.unit_id, 'discharges', b.target_at) "
                                     "JOIN wardcast.current_run r ON r.run_id = c.run_id "
                                     "WHERE c.measure = 'census' AND abs(c.mean - (b.mean + a.mean - d.mean)) < 1e-6"), ==, pairs);
    for (gsize w = 0; w < G_N_ELEMENTS(ward); w++) {
        g_autofree char *count = g_strdup_printf("SELECT count(*) FILTER (WHERE event = 'enter') - count(*) FILTER (WHERE event = 'leave') FROM bed_move "
                                                 "WHERE ward = '%s' AND at <= '%s' AND written <= '%s'", ward[w], now, now);
        g_autofree char *sum = g_strdup_printf("SELECT sum(CASE measure WHEN 'admissions' THEN -mean WHEN 'discharges' THEN mean ELSE mean END) FROM " FORECAST
                                               " WHERE unit_id = '%s' AND step = 1 AND measure IN ('census', 'admissions', 'discharges')", ward[w]);
        g_autofree char *there = cluster_ask(hospital->cluster, "hospital", count), *before = hospital_ask(hospital, sum);
        g_assert_cmpfloat(fabs(g_ascii_strtod(there, NULL) - g_ascii_strtod(before, NULL)), <, 1e-6);
    }
}

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* "q025|q05|..." of the hospital's census, a line per step, beside the paths that its plans are made from: each
 * quantile is to half a patient the least sum of the wards' paths that so many do not exceed. */
static void assert_sums(const Hospital *hospital, const float *path, gsize wards, gsize paths)
{
    enum { STEPS = 48 };
    g_autofree char *text = hospital_ask(hospital, "SELECT q025, q05, q10, q20, q30, q40, q50, q60, q70, q80, q90, q95, q975 FROM " FORECAST
                                                   " WHERE unit_id = 'everybody' AND measure = 'census' ORDER BY step");
    g_auto(GStrv) line = g_strsplit(g_strchomp(text), "\n", -1);
    g_autofree float *sum = g_new(float, paths);
    g_assert_cmpuint(g_strv_length(line), ==, STEPS);
    for (gsize h = 0; h < STEPS; h++) {
        g_auto(GStrv) quantile = g_strsplit(line[h], "|", -1);
        for (gsize p = 0; p < paths; p++) {
            sum[p] = 0;
            for (gsize w = 0; w < wards; w++)
                sum[p] += path[(w * paths + p) * STEPS + h];
        }
        qsort(sum, paths, sizeof *sum, ascending);
        for (gsize q = 0; q < OUTLOOK_LEVELS; q++) {
            double least = (double)sum[(gsize)ceil(outlook_level[q] * (double)paths - 1e-9) - 1];
            g_assert_cmpfloat(fabs(g_ascii_strtod(quantile[q], NULL) - least), <=, 0.5 + 1e-6);
        }
    }
}

/* Draw the paths of the newest run, the first one, again. */
static void assert_paths(const Hospital *hospital)
{
    static const char *const ward[] = {"icu", "med", "surg"};
    g_autoptr(GError) error = NULL;
    Instant now;
    gboolean made = site_read_time(HOSPITAL_NOW, "UTC", &now, &error);
    g_autoptr(Config) config = made ? config_read(hospital->config, &error) : NULL;
    g_assert_no_error(error);
    const GroupSettings *group = g_ptr_array_index(config->groups, 0);
    g_autoptr(Calendar) calendar = site_calendar(group, &error);
    g_autoptr(Warehouse) warehouse = calendar != NULL ? site_warehouse(config, &error) : NULL;
    g_autoptr(Snapshot) snapshot = warehouse != NULL ? snapshot_read(warehouse, group, config->sources, calendar, now, &error) : NULL;
    g_assert_no_error(error);
    g_autoptr(Forecasting) forecasting = forecasting_new(config, snapshot);
    g_autoptr(Ranging) ranging = ranging_new(warehouse, snapshot, now, forecasting_model_hash(forecasting), &error);
    g_assert_no_error(error);
    made = forecasting_make(forecasting, config, snapshot, ranging, NULL, &error);
    g_assert_no_error(error);
    const ForecastItem *item[G_N_ELEMENTS(ward)];
    for (gsize w = 0; w < G_N_ELEMENTS(ward); w++)
        g_assert_nonnull(item[w] = forecasting_find(forecasting, "tiny", ward[w], "census"));
    gsize paths = config->plan.paths;
    g_autofree float *path = g_new(float, G_N_ELEMENTS(ward) * paths * item[0]->outlook->horizon);
    made = made && forecasting_paths(forecasting, item, G_N_ELEMENTS(ward), paths, 1, path, &error);
    g_assert_no_error(error);
    g_assert_true(made);
    assert_sums(hospital, path, G_N_ELEMENTS(ward), paths);
}

/* What the tables say of the wards adds up to what they say of the hospital, with models and without; no ward is
 * larger than the hospital, at any level; and who comes and leaves makes the census of each. */
static void wards_add_up_to_the_hospital(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    hospital_edit(hospital, "measure: census, grain: hour", "measure: census, total: everybody, grain: hour");
    hospital_edit(hospital, "      - {measure: arrivals, grain", "      - {measure: admissions, total: everybody, grain: hour, horizon: 48}\n"
                                                                "      - {measure: discharges, total: everybody, grain: hour, horizon: 48}\n      - {measure: arrivals, grain");
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", HOSPITAL_NOW, NULL), ==, 0);
    assert_balanced(hospital, HOSPITAL_NOW, 4 * 47);
    assert_paths(hospital);
    g_assert_cmpint(hospital_run(hospital, NULL, "train", "--as-of", HOSPITAL_NOW, NULL), ==, 0);
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", "2026-03-10T07:00:00Z", NULL), ==, 0);
    assert_balanced(hospital, "2026-03-10T07:00:00Z", 4 * 47);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.forecast WHERE unit_id = 'everybody'"), ==, 3 * 2 * 48);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.forecast t JOIN (SELECT run_id, measure, target_at, sum(mean) AS sum FROM wardcast.forecast "
                                     "WHERE unit_id <> 'everybody' GROUP BY 1, 2, 3) w USING (run_id, measure, target_at) "
                                     "WHERE t.unit_id = 'everybody' AND abs(t.mean - w.sum) < 1e-6"), ==, 3 * 2 * 48);
    /* Quantiles of whole patients, each told to half a patient. */
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.forecast t JOIN wardcast.forecast w USING (run_id, measure, target_at) "
                                     "WHERE t.unit_id = 'everybody' AND w.unit_id <> 'everybody' AND "
                                     "least(t.q025 - w.q025, t.q10 - w.q10, t.q50 - w.q50, t.q90 - w.q90, t.q975 - w.q975) >= -1"), ==, 3 * 3 * 2 * 48);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.current_beds WHERE unit_id = 'everybody'"), ==, 0);
    g_autofree char *run = hospital_ask(hospital, "SELECT max(run_id) FROM wardcast.run");
    /* Nor do the rows depend on who works at them. */
    g_assert_cmpint(hospital_run(hospital, NULL, "replay", g_strstrip(run), NULL), ==, 0);
    hospital_edit(hospital, "threads: 2", "threads: 1");
    g_assert_cmpint(hospital_run(hospital, NULL, "replay", run, NULL), ==, 0);
    hospital_edit(hospital, "threads: 1", "threads: 4");
    g_assert_cmpint(hospital_run(hospital, NULL, "replay", run, NULL), ==, 0);
}

/* The night from March 7 to 8 has no 02:00 in Chicago: 47 of 48 hours are published, and patients balance across it. */
static void the_hour_that_spring_skips_is_not_forecast(void)
{
    static const char now[] = "2026-03-07T18:00:00Z";
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    hospital_hurry(hospital);
    hospital_edit(hospital, "timezone: UTC", "timezone: America/Chicago");
    hospital_edit(hospital, "      - {measure: arrivals, grain", "      - {measure: admissions, grain: hour, horizon: 48}\n"
                                                                "      - {measure: discharges, grain: hour, horizon: 48}\n      - {measure: arrivals, grain");
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", now, NULL), ==, 0);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.forecast"), ==, (3 * 3 + 1) * 47);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.forecast WHERE target_at = '2026-03-08T08:00:00Z'"), ==, 3 * 3 + 1);
    assert_balanced(hospital, now, 3 * 46);
}

/* Three runs, by the first model, the second, and the first again; and a wish for training is told until one begins. */
static void a_rollback_is_what_the_next_cycle_forecasts_with(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    g_autofree char *wish = g_build_filename(hospital->folder, "state", "models", "tiny", "train.wanted", NULL), *asked = NULL, *listed = NULL, *none = NULL;
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", HOSPITAL_NOW, NULL), ==, 0);
    g_assert_cmpint(hospital_run(hospital, NULL, "train", "--as-of", "2026-03-09T06:00:00Z", NULL), ==, 0);
    g_assert_cmpint(hospital_run(hospital, &none, "model", "rollback", NULL), ==, 1);
    contains(none, "there is no training before the current one");
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", "2026-03-10T06:10:00Z", NULL), ==, 0);
    g_assert_true(g_file_set_contents(wish, "icu census: errors have been large\n", -1, NULL));
    cluster_sql(hospital->cluster, "warehouse",
                "WITH r AS (INSERT INTO wardcast.run (group_id, slot, as_of, seed, program_version, model_hash, config_hash, summary, forecasts, recommendations, scores, digest, publication) "
                "SELECT group_id, now() - interval '1 hour', as_of, seed, program_version, model_hash, config_hash, summary, 0, 0, 0, digest, gen_random_uuid() FROM wardcast.run "
                "LIMIT 1 RETURNING run_id) INSERT INTO wardcast.drift_step SELECT 'tiny', 'icu', 'census', 'hour', 'recalibrate', 'loss', '2026-03-01', 'errors have grown', "
                "'the ranges were measured anew', run_id FROM r");
    g_assert_cmpint(hospital_run(hospital, &asked, "status", NULL), ==, 0);
    contains(asked, "icu census by the hour, recalibrate: errors have grown\n    done: the ranges were measured anew\n");
    contains(asked, "training is asked for");
    contains(asked, "icu census: errors have been large");
    g_assert_cmpint(hospital_run(hospital, NULL, "train", "--as-of", HOSPITAL_NOW, NULL), ==, 0);
    g_assert_false(g_file_test(wish, G_FILE_TEST_EXISTS));
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", "2026-03-10T06:20:00Z", NULL), ==, 0);
    g_assert_cmpint(hospital_run(hospital, NULL, "model", "rollback", "--group", "tiny", "--grain", "hour", NULL), ==, 0);
    g_assert_cmpint(hospital_run(hospital, &listed, "model", "list", NULL), ==, 0);
    contains(listed, "tiny         hour  1 before");
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", "2026-03-10T06:30:00Z", NULL), ==, 0);
    g_assert_cmpint(number(hospital, "SELECT count(DISTINCT model_hash) FROM wardcast.run"), ==, 3); /* none, first, second */
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.run a JOIN wardcast.run b USING (model_hash) WHERE a.slot = '2026-03-10T06:10:00Z' "
                                     "AND b.slot = '2026-03-10T06:30:00Z' AND model_hash <> 'none'"), ==, 1);
    /* Whom the last days have been asked about, an explanation asks again. */
    cluster_sql(hospital->cluster, "warehouse",
                "INSERT INTO wardcast.drift_step SELECT facility_id, unit_id, measure, grain, 'refit', 'level', '2026-03-01', 'the level has shifted', 'weighed', run_id "
                "FROM wardcast.forecast JOIN wardcast.run r USING (run_id) WHERE r.slot = '2026-03-10T06:30:00Z' AND unit_id = 'icu' AND measure = 'census' AND step = 1");
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", "2026-03-10T06:40:00Z", NULL), ==, 0);
    assert_explained(hospital);
}

static void the_same_cycle_twice_publishes_once(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    g_autofree char *said = NULL;
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", HOSPITAL_NOW, NULL), ==, 0);
    gint64 rows = number(hospital, "SELECT count(*) FROM wardcast.forecast"), facts = number(hospital, "SELECT count(*) FROM wardcast.stay_event");
    g_assert_cmpint(hospital_run(hospital, &said, "once", "--as-of", HOSPITAL_NOW, NULL), ==, 0);
    contains(said, "was published before");
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.run"), ==, 1);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.forecast"), ==, rows);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.stay_event"), ==, facts);
}

static char *hours_from_now(int hours)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autoptr(GDateTime) then = g_date_time_add_hours(now, hours);
    return g_date_time_format(then, "%Y-%m-%dT%H:%M:%SZ");
}

/* Readers go by the server's clock, so the times are of this very day. */
static void a_run_of_tomorrow_hides_none_of_today(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    g_autofree char *today = hours_from_now(-1), *tomorrow = hours_from_now(24), *said = NULL, *quiet = NULL, *told = NULL;
    g_assert_cmpint(hospital_run(hospital, &quiet, "once", "--as-of", today, NULL), ==, 0);
    g_assert_null(strstr(quiet, "has not come"));
    g_assert_cmpint(hospital_run(hospital, &said, "once", "--as-of", tomorrow, NULL), ==, 0);
    contains(said, "the time of this run has not come: readers are shown the newest run made in its time");
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.current_run WHERE slot < now()"), ==, 1);
    g_assert_cmpint(hospital_run(hospital, &told, "status", NULL), ==, 0);
    contains(told, "1 run was made before its time, up to that of ");
    contains(told, "by a clock that had jumped ahead, or a mistaken --as-of");
}

static void a_replay_makes_the_same_rows_byte_for_byte(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    g_autofree char *said = NULL, *again = NULL;
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", HOSPITAL_NOW, NULL), ==, 0);
    g_autofree char *run = hospital_ask(hospital, "SELECT max(run_id) FROM wardcast.run");
    /* Facts that came later must not change what was known then. */
    cluster_sql(hospital->cluster, "hospital", "INSERT INTO bed_move (stay, ward, event, at, written) VALUES ('late', 'med', 'enter', '2026-03-09 01:00Z', '2026-03-10 09:00Z')");
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", "2026-03-10T12:00:00Z", NULL), ==, 0);
    g_assert_cmpint(hospital_run(hospital, &said, "replay", g_strstrip(run), NULL), ==, 0);
    contains(said, "the same, byte for byte");
    g_assert_cmpint(hospital_run(hospital, &again, "once", "--dry-run", "--as-of", HOSPITAL_NOW, NULL), ==, 0);
    contains(said, strstr(again, "\nrows ") + 1); /* the digest of a dry run is the digest of the run */
    /* The second run went on from what the first had learnt, and its replay does too. */
    g_autofree char *second = hospital_ask(hospital, "SELECT max(run_id) FROM wardcast.run"), *twice = NULL;
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.range_state"), ==, 2 * 4 * 4);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.range_state WHERE seen > 0 AND factor <> 1"), ==, 4);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM " FORECAST " WHERE range_width <> 1"), ==, 4 * 6);
    g_assert_cmpint(hospital_run(hospital, &twice, "replay", g_strstrip(second), NULL), ==, 0);
    contains(twice, "the same, byte for byte");
}

static void a_dry_run_writes_nothing(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--dry-run", "--as-of", HOSPITAL_NOW, NULL), ==, 0);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.run"), ==, 0);
    g_autofree char *brief = g_build_filename(hospital->folder, "report", "tiny", NULL);
    g_assert_false(g_file_test(brief, G_FILE_TEST_EXISTS));
}

static void impossible_rows_are_set_apart_and_the_rest_goes_on(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    g_autofree char *said = NULL;
    cluster_sql(hospital->cluster, "hospital",
                "UPDATE door_count SET arrivals = -3 WHERE hour = '2026-03-01 05:00Z';"
                "UPDATE door_count SET arrivals = 'NaN' WHERE hour = '2026-03-01 06:00Z';"
                "UPDATE door_count SET arrivals = 'Infinity' WHERE hour = '2026-03-01 07:00Z';"
                "UPDATE door_count SET arrivals = 4e9 WHERE hour = '2026-03-01 08:00Z';"
                "INSERT INTO door_count VALUES ('9999-01-01 00:00Z', 5, '2026-03-01 00:00Z'), ('infinity', 5, '2026-03-01 00:00Z'), (NULL, 5, '2026-03-01 00:00Z')");
    g_assert_cmpint(hospital_run(hospital, &said, "once", "--as-of", HOSPITAL_NOW, NULL), ==, 0);
    contains(said, "7 set apart");
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.quarantine"), ==, 7);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM " FORECAST " WHERE measure = 'arrivals' AND status = 'ok' OR status = 'fallback' AND measure = 'arrivals'"), ==, 48);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.observation WHERE value < 0 OR value = 'NaN' OR value > 1e6"), ==, 0);
}

static void a_source_that_is_down_leaves_the_last_good_data(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    g_autofree char *said = NULL;
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", HOSPITAL_NOW, NULL), ==, 0);
    cluster_sql(hospital->cluster, "postgres", "ALTER ROLE pas_reader NOLOGIN");
    g_assert_cmpint(hospital_run(hospital, &said, "once", "--as-of", "2026-03-10T18:00:00Z", NULL), ==, 0);
    contains(said, "the last good data are used");
    contains(said, "pas_reader");
    /* Twelve hours old, and the limit is six: everything is marked. */
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM " FORECAST " WHERE status <> 'stale'"), ==, 0);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM " FORECAST " WHERE reason LIKE '%old%'"), >, 0);
    /* Three days later it is withheld: no number at all. */
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", "2026-03-13T06:00:00Z", NULL), ==, 0);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM " FORECAST " WHERE status <> 'withheld' OR mean IS NOT NULL"), ==, 0);
}

static void a_group_without_recent_facts_says_so(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    g_autofree char *said = NULL;
    hospital_edit(hospital, "      - {measure: census, grain: hour, horizon: 48}\n", "");
    g_assert_cmpint(hospital_run(hospital, &said, "once", "--as-of", "2026-09-01T06:00:00Z", NULL), ==, 0);
    contains(said, "nothing to forecast: no facts of the last 60 days");
}

static void a_changed_schema_stops_that_feed_only_and_says_which_column(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    g_autofree char *said = NULL;
    hospital_edit(hospital, "arrivals AS value", "arrivals AS valu");
    g_assert_cmpint(hospital_run(hospital, &said, "once", "--as-of", HOSPITAL_NOW, NULL), ==, 0);
    contains(said, "door, feed observations");
    contains(said, "value");
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM " FORECAST " WHERE measure = 'census'"), ==, 3 * 48);
}

static void a_unit_that_nobody_listed_is_marked_and_named(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    cluster_sql(hospital->cluster, "hospital", "UPDATE bed_move SET ward = 'intensive/2' WHERE ward = 'icu'");
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", HOSPITAL_NOW, NULL), ==, 0);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM " FORECAST " WHERE unit_id = 'intensive/2' AND status = 'degraded' AND reason LIKE '%units feed%'"), ==, 48);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM " FORECAST " WHERE unit_id = 'med' AND status = 'degraded'"), ==, 0);
}

static void late_corrections_supersede_and_lose_nothing(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", HOSPITAL_NOW, NULL), ==, 0);
    gint64 before = number(hospital, "SELECT count(*) FROM wardcast.observation");
    cluster_sql(hospital->cluster, "hospital", "INSERT INTO door_count VALUES ('2026-03-09 05:00Z', 40, '2026-03-10 07:00Z')");
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", "2026-03-10T18:00:00Z", NULL), ==, 0);
    /* Twelve new hours, and the correction beside the row it corrects. */
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.observation"), ==, before + 12 + 1);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.observation WHERE starts_at = '2026-03-09 05:00Z'"), ==, 2);
}

static void a_damaged_model_file_falls_back_and_says_so(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    g_autoptr(GError) error = NULL;
    g_autofree char *said = NULL, *bytes = NULL;
    gsize length;
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", HOSPITAL_NOW, NULL), ==, 0);
    g_assert_cmpint(hospital_run(hospital, &said, "train", "--as-of", HOSPITAL_NOW, NULL), ==, 0);
    g_autofree char *path = g_build_filename(hospital->folder, "state", "models", "tiny", "hour.weights", NULL);
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", "2026-03-10T18:00:00Z", NULL), ==, 0);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.current_run WHERE model_hash <> 'none'"), ==, 1);
    bytes[length / 2] ^= 4;
    g_file_set_contents(path, bytes, (gssize)length, &error);
    g_assert_no_error(error);
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", "2026-03-11T06:00:00Z", NULL), ==, 0);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.current_run WHERE model_hash = 'none'"), ==, 1);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM " FORECAST " WHERE status = 'fallback'"), >, 0);
}

/* A quota of one block stands for a full disk: writing the weights fails in the middle. */
static void a_full_disk_leaves_the_old_weights_whole(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    g_autoptr(GError) error = NULL;
    g_autofree char *before = NULL, *after = NULL, *said = NULL;
    gsize length, length_after;
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", HOSPITAL_NOW, NULL), ==, 0);
    g_assert_cmpint(hospital_run(hospital, NULL, "train", "--as-of", HOSPITAL_NOW, NULL), ==, 0);
    g_autofree char *path = g_build_filename(hospital->folder, "state", "models", "tiny", "hour.weights", NULL);
    g_assert_true(g_file_get_contents(path, &before, &length, NULL));
    g_autofree char *command = g_strdup_printf("ulimit -f 8; exec '%s/wardcast' train --config '%s' --as-of 2026-03-10T18:00:00Z 2>&1", g_getenv("top_builddir"), hospital->config);
    int status = 0;
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &said, NULL, &status, &error));
    g_assert_false(g_spawn_check_wait_status(status, NULL));
    contains(said, "hour models");
    g_assert_true(g_file_get_contents(path, &after, &length_after, NULL));
    g_assert_cmpmem(before, length, after, length_after);
    g_assert_cmpint(hospital_run(hospital, NULL, "once", "--as-of", "2026-03-10T18:00:00Z", NULL), ==, 0);
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.current_run WHERE model_hash <> 'none'"), ==, 1);
}

static void each_wrong_command_line_says_what_is_wanted(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    g_autofree char *said = NULL, *time = NULL, *group = NULL, *broken = NULL;
    g_assert_cmpint(hospital_run(hospital, &said, "onse", NULL), ==, 2);
    contains(said, "did you mean \"once\"");
    g_assert_cmpint(hospital_run(hospital, &time, "once", "--as-of", "yesterday", NULL), ==, 78);
    contains(time, "yesterday");
    g_assert_cmpint(hospital_run(hospital, &group, "once", "--group", "big", NULL), ==, 78);
    contains(group, "tiny");
    hospital_edit(hospital, "history_days", "historydays");
    g_assert_cmpint(hospital_run(hospital, &broken, "check", NULL), ==, 78);
    contains(broken, "history_days");
}

static void check_names_every_fault_and_changes_nothing(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    g_autofree char *fine = NULL, *single = NULL, *wrong = NULL;
    g_assert_cmpint(hospital_run(hospital, &fine, "check", NULL), ==, 0);
    contains(fine, "0 wrong");
    contains(fine, "ok    networks multiply in ");
    hospital_edit(hospital, "forecast:\n", "forecast:\n  precision: single\n");
    g_assert_cmpint(hospital_run(hospital, &single, "check", NULL), ==, 0);
    contains(single, "ok    networks multiply in single precision, as was asked for\n");
    cluster_sql(hospital->cluster, "hospital", "REVOKE SELECT ON door_count FROM pas_reader");
    g_assert_cmpint(hospital_run(hospital, &wrong, "check", NULL), ==, 78);
    contains(wrong, "WRONG source door");
    contains(wrong, "ok    source pas");
    g_assert_cmpint(number(hospital, "SELECT count(*) FROM wardcast.stay_event"), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    (void)gsl_set_error_handler_off();
    g_test_add_func("/once/a-cycle-publishes-forecasts-staffing-and-beds", a_cycle_publishes_forecasts_staffing_and_beds);
    g_test_add_func("/once/wards-add-up-to-the-hospital", wards_add_up_to_the_hospital);
    g_test_add_func("/once/the-hour-that-spring-skips-is-not-forecast", the_hour_that_spring_skips_is_not_forecast);
    g_test_add_func("/once/a-rollback-is-what-the-next-cycle-forecasts-with", a_rollback_is_what_the_next_cycle_forecasts_with);
    g_test_add_func("/once/the-same-cycle-twice-publishes-once", the_same_cycle_twice_publishes_once);
    g_test_add_func("/once/a-run-of-tomorrow-hides-none-of-today", a_run_of_tomorrow_hides_none_of_today);
    g_test_add_func("/once/a-replay-makes-the-same-rows-byte-for-byte", a_replay_makes_the_same_rows_byte_for_byte);
    g_test_add_func("/once/a-dry-run-writes-nothing", a_dry_run_writes_nothing);
    g_test_add_func("/once/impossible-rows-are-set-apart-and-the-rest-goes-on", impossible_rows_are_set_apart_and_the_rest_goes_on);
    g_test_add_func("/once/a-source-that-is-down-leaves-the-last-good-data", a_source_that_is_down_leaves_the_last_good_data);
    g_test_add_func("/once/a-group-without-recent-facts-says-so", a_group_without_recent_facts_says_so);
    g_test_add_func("/once/a-changed-schema-stops-that-feed-only-and-says-which-column", a_changed_schema_stops_that_feed_only_and_says_which_column);
    g_test_add_func("/once/a-unit-that-nobody-listed-is-marked-and-named", a_unit_that_nobody_listed_is_marked_and_named);
    g_test_add_func("/once/late-corrections-supersede-and-lose-nothing", late_corrections_supersede_and_lose_nothing);
    g_test_add_func("/once/a-damaged-model-file-falls-back-and-says-so", a_damaged_model_file_falls_back_and_says_so);
    g_test_add_func("/once/a-full-disk-leaves-the-old-weights-whole", a_full_disk_leaves_the_old_weights_whole);
    g_test_add_func("/once/each-wrong-command-line-says-what-is-wanted", each_wrong_command_line_says_what_is_wanted);
    g_test_add_func("/once/check-names-every-fault-and-changes-nothing", check_names_every_fault_and_changes_nothing);
    return g_test_run();
}
