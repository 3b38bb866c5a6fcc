#include "connectors/out/warehouse.h"

#include "connectors/out/warehouse_base.h"
#include "connectors/wire/pg.h"
#include "sql/statements.h"
#include "tests/unit/out/cutter.h"
#include "tests/unit/out/house.h"

#include <string.h>

static gint64 publish(const House *house, Warehouse *warehouse, const RunRecord *record, gboolean wanted)
{
    GError *error = NULL;
    gint64 run_id = 0;
    gboolean published = !wanted;
    (void)house;
    gboolean ok = warehouse_publish(warehouse, record, 30, &run_id, &published, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    g_assert_cmpint(published, ==, wanted);
    g_assert_cmpint(run_id, >, 0);
    return run_id;
}

static void assert_refused(const House *house, const RunRecord *record, int code, const char *words)
{
    g_autoptr(GError) error = NULL;
    gint64 run_id = 0;
    gboolean published = TRUE;
    g_assert_false(warehouse_publish(house->warehouse, record, 10, &run_id, &published, &error));
    g_assert_error(error, WAREHOUSE_ERROR, code);
    if (strstr(error->message, words) == NULL)
        g_error("wanted '%s', seen '%s'", words, error->message);
}

/* --- once and only once ------------------------------------------------------------------ */

static void test_a_run_is_published_once(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(RunRecord) record = house_record("north", house_hour(0), 3, 24, 1), other = house_record("north", house_hour(0), 2, 12, 2);
    g_autoptr(GError) error = NULL;
    gint64 found = -1;
    g_assert_true(warehouse_find_run(house->warehouse, "north", house_hour(0), &found, &error));
    g_assert_cmpint(found, ==, 0);
    gint64 run = publish(house, house->warehouse, record, TRUE);
    g_autofree char *before = house_rows(house);
    g_assert_cmpint(publish(house, house->warehouse, record, FALSE), ==, run);
    g_assert_cmpint(publish(house, house->warehouse, other, FALSE), ==, run);
    g_assert_true(warehouse_find_run(house->warehouse, "north", house_hour(0), &found, &error));
    g_assert_cmpint(found, ==, run);
    g_autofree char *after = house_rows(house);
    g_assert_cmpstr(before, ==, after);
    house_assert_asked(house, "SELECT count(*) FROM wardcast.forecast UNION ALL SELECT count(*) FROM wardcast.staffing_recommendation "
                 "UNION ALL SELECT count(*) FROM wardcast.bed_recommendation UNION ALL SELECT count(*) FROM wardcast.move_recommendation "
                 "UNION ALL SELECT count(*) FROM wardcast.score", "72\n3\n12\n1\n3");
    house_assert_asked(house, "SELECT forecasts, recommendations, scores FROM wardcast.run", "72|16|3");
    house_assert_asked(house, "SELECT DISTINCT tableoid::regclass FROM wardcast.forecast", "wardcast.forecast_202603");
}

typedef struct {
    const House *house;
    const RunRecord *record;
    gint64 run_id;
    gboolean published;
} Publisher;

static void *publish_in_thread(void *self)
{
    Publisher *publisher = self;
    GError *error = NULL;
    g_autoptr(Warehouse) warehouse = warehouse_open(&publisher->house->settings, NULL, &error);
    g_assert_no_error(error);
    gboolean ok = warehouse_publish(warehouse, publisher->record, 30, &publisher->run_id, &publisher->published, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    return NULL;
}

static void test_of_two_at_once_one_wins(void)
{
    enum { SLOTS = 10, THREADS = 3 };
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    for (int s = 0; s < SLOTS; s++) {
        g_autoptr(RunRecord) record = house_record("north", house_hour(s * 24 * 20), 2, 24, (guint)s);
        Publisher publisher[THREADS];
        GThread *thread[THREADS];
        int published = 0;
        for (int t = 0; t < THREADS; t++) {
            publisher[t] = (Publisher){house, record, 0, FALSE};
            thread[t] = g_thread_new("publisher", publish_in_thread, &publisher[t]);
        }
        for (int t = 0; t < THREADS; t++) {
            g_thread_join(thread[t]);
            published += publisher[t].published;
            g_assert_cmpint(publisher[t].run_id, ==, publisher[0].run_id);
        }
        g_assert_cmpint(published, ==, 1);
    }
    house_assert_asked(house, "SELECT count(*), count(DISTINCT slot) FROM wardcast.run", "10|10");
    house_assert_asked(house, "SELECT count(*) FROM wardcast.forecast", "480");
}

static void test_readers_see_whole_runs_only(void)
{
    enum { SLOTS = 12 };
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(GError) error = NULL;
    g_autofree char *conninfo = cluster_conninfo(house->cluster, "postgres", "scheduler");
    g_autoptr(Pg) reader = pg_open(conninfo, NULL, 10, &error);
    g_assert_no_error(error);
    g_autoptr(RunRecord) first = house_record("north", house_hour(0), 12, 48, 0);
    publish(house, house->warehouse, first, TRUE);
    for (int s = 1; s < SLOTS; s++) {
        g_autoptr(RunRecord) record = house_record("north", house_hour(s), 12, 48, (guint)s);
        Publisher publisher = {house, record, 0, FALSE};
        GThread *thread = g_thread_new("publisher", publish_in_thread, &publisher);
        for (int look = 0; look < 20; look++) {
            g_autoptr(PgResult) result = NULL;
            gboolean ok = pg_query(reader, "SELECT count(DISTINCT run_id), count(*) FROM wardcast.current_forecast", NULL, 0, PG_EXPECT_ROW, &result, 10, &error);
            g_assert_no_error(error);
            g_assert_true(ok);
            g_assert_cmpstr(pg_cell(result, 0, 0), ==, "1");
            g_assert_cmpstr(pg_cell(result, 0, 1), ==, "576");
        }
        g_thread_join(thread);
    }
}

static void test_listeners_are_woken(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(GError) error = NULL;
    g_autofree char *conninfo = cluster_conninfo(house->cluster, "postgres", "scheduler"), *payload = NULL, *silence = NULL;
    g_autoptr(Pg) listener = pg_open(conninfo, NULL, 10, &error);
    g_assert_true(pg_query(listener, "LISTEN wardcast_published", NULL, 0, PG_EXPECT_NONE, NULL, 10, &error));
    g_autoptr(RunRecord) record = house_record("north", house_hour(0), 1, 2, 0);
    gint64 run = publish(house, house->warehouse, record, TRUE);
    gint64 since = g_get_monotonic_time();
    g_assert_true(pg_wait_notify(listener, 5, &payload, &error));
    g_assert_cmpint(g_get_monotonic_time() - since, <, G_USEC_PER_SEC);
    g_autofree char *wanted = g_strdup_printf("{\"run_id\" : %" G_GINT64_FORMAT ", \"group\" : \"north\", \"slot\" : \"2026-03-01T06:00:00Z\"}", run);
    g_assert_cmpstr(payload, ==, wanted);
    publish(house, house->warehouse, record, FALSE);
    g_assert_true(pg_wait_notify(listener, 0.2, &silence, &error));
    g_assert_cmpstr(silence, ==, NULL);
}

/* --- digests --------------------------------------------------------------------------------- */

static void test_the_digest_of_the_tables_is_that_of_the_record(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(RunRecord) record = house_record("north", house_hour(0), 12, 48, (guint)g_test_rand_int()), same = house_record("south", house_hour(0), 1, 3, 5);
    g_autoptr(GError) error = NULL;
    ForecastRows *forecast = (ForecastRows *)record->forecast;
    forecast[1].outlook->mean[3] = 0.1 + 0.2;
    forecast[1].outlook->mean[4] = 1e-300;
    forecast[2].counts = FALSE;
    forecast[2].outlook->mean[0] = -0.0;
    forecast[3].status = ROW_WITHHELD;
    forecast[3].reason = "no data\tfor\na \\ day";
    forecast[4].data_as_of = INSTANT_NONE;
    gint64 run = publish(house, house->warehouse, record, TRUE);
    g_autofree char *stored = warehouse_run_digest(house->warehouse, run, &error), *made = warehouse_record_digest(record);
    g_assert_no_error(error);
    g_assert_cmpstr(stored, ==, made);
    g_autofree char *ledger = cluster_ask(house->cluster, "postgres", "SELECT digest FROM wardcast.run");
    g_assert_cmpstr(g_strchomp(ledger), ==, made);
    g_autofree char *elsewhere = warehouse_record_digest(same);
    g_assert_cmpstr(elsewhere, !=, made);
    cluster_sql(house->cluster, "postgres", "UPDATE wardcast.score SET bias = bias - 1e-12 WHERE unit_id = 'icu'");
    g_autofree char *tampered = warehouse_run_digest(house->warehouse, run, &error);
    g_assert_cmpstr(tampered, !=, made);
    g_autofree char *none = warehouse_run_digest(house->warehouse, 999, &error);
    g_assert_null(none);
    g_assert_error(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_REFUSED);
}

static void test_every_value_of_a_record_counts_in_its_digest(void)
{
    g_autoptr(RunRecord) record = house_record("north", house_hour(0), 2, 3, 7);
    g_autofree char *before = warehouse_record_digest(record);
    ForecastRows *forecast = (ForecastRows *)record->forecast;
    ScoreRow *score = (ScoreRow *)record->score;
    BedRow *bed = &g_array_index(record->plan[0].plan->beds, BedRow, 1);
    StaffingRow *staffing = &g_array_index(record->plan[0].plan->staffing, StaffingRow, 1);
    double *number[] = {&forecast[1].outlook->mean[2], &forecast[0].outlook->quantile[OUTLOOK_LEVELS * 3 - 1], &score[1].bias, &bed->overflow, &staffing->fractile};
    for (gsize i = 0; i < G_N_ELEMENTS(number); i++) {
        double kept = *number[i];
        *number[i] = nextafter(kept, 1e9);
        g_autofree char *changed = warehouse_record_digest(record);
        g_assert_cmpstr(changed, !=, before);
        *number[i] = kept;
    }
    record->summary = "another sentence";
    g_autofree char *after = warehouse_record_digest(record);
    g_assert_cmpstr(after, ==, before);
}

/* --- refusals --------------------------------------------------------------------------------- */

static void test_impossible_rows_are_refused_by_name_and_nothing_stays(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(RunRecord) crossed = house_record("north", house_hour(0), 2, 3, 1), infinite = house_record("north", house_hour(0), 2, 3, 1),
                         negative = house_record("north", house_hour(0), 2, 3, 1), stranger = house_record("north", house_hour(0), 2, 3, 1);
    crossed->forecast[1].outlook->quantile[2 * OUTLOOK_LEVELS] = 1000;
    assert_refused(house, crossed, WAREHOUSE_ERROR_REFUSED, "forecast_quantiles_are_ordered");
    ((ScoreRow *)infinite->score)[1].bias = (double)INFINITY;
    assert_refused(house, infinite, WAREHOUSE_ERROR_REFUSED, "number_is_finite");
    g_array_index(negative->plan[0].plan->beds, BedRow, 3).over = -0.1;
    assert_refused(house, negative, WAREHOUSE_ERROR_REFUSED, "probability_is_from_0_to_1");
    cluster_sql(house->cluster, "postgres", "INSERT INTO wardcast.facility_group VALUES ('south', 'South'); INSERT INTO wardcast.facility VALUES ('general', 'south')");
    assert_refused(house, stranger, WAREHOUSE_ERROR_REFUSED, "general (of group south)");
    house_assert_asked(house, "SELECT (SELECT count(*) FROM wardcast.run) + (SELECT count(*) FROM wardcast.forecast) + (SELECT count(*) FROM wardcast.score)", "0");
}

static void test_withheld_rows_carry_no_numbers(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(RunRecord) record = house_record("north", house_hour(0), 2, 3, 1);
    ForecastRows *forecast = (ForecastRows *)record->forecast;
    StaffingRow *staffing = &g_array_index(record->plan[0].plan->staffing, StaffingRow, 0);
    BedRow *bed = &g_array_index(record->plan[0].plan->beds, BedRow, 0);
    forecast[0].status = staffing->status = bed->status = ROW_WITHHELD;
    forecast[0].reason = "census is 2 days old";
    staffing->reason = g_strdup("census is 2 days old");
    bed->reason = g_strdup("census is 2 days old");
    outlook_free((Outlook *)forecast[1].outlook);
    forecast[1].outlook = NULL;
    forecast[1].status = ROW_WITHHELD;
    forecast[1].reason = "no history";
    publish(house, house->warehouse, record, TRUE);
    house_assert_asked(house, "SELECT unit_id, count(*), count(mean), count(q50), min(reason) FROM wardcast.forecast GROUP BY 1 ORDER BY 1",
                 "icu|3|0|0|census is 2 days old\nmed|1|0|0|no history");
    house_assert_asked(house, "SELECT required, floor, status FROM wardcast.current_staffing WHERE unit_id = 'icu'", "|2|withheld");
    house_assert_asked(house, "SELECT census_p50, net_p10, available, status FROM wardcast.current_beds WHERE unit_id = 'icu' AND horizon = '4h'", "||20|withheld");
}

/* --- faults --------------------------------------------------------------------------------------- */

static void test_a_lost_reply_to_commit_doubles_and_loses_nothing(void)
{
    enum { SLOTS = 51 };
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(GError) error = NULL;
    g_autoptr(Cutter) cutter = cutter_new(cluster_host(house->cluster));
    g_autofree char *through = g_strdup_printf("host=%s port=5432 dbname=postgres user=daemon", cutter_host(cutter));
    WarehouseSettings settings = {.connection = through, .deadline_s = 10};
    Warehouse *warehouse = warehouse_open(&settings, NULL, &error);
    g_assert_no_error(error);
    for (int s = 0; s < SLOTS; s++) {
        g_autoptr(RunRecord) record = house_record("north", house_hour(s), 2, 6, (guint)s);
        cutter_arm(cutter, (Cut)(CUT_BEFORE + s % 3));
        gint64 run = publish(house, warehouse, record, TRUE);
        g_assert_cmpint(cutter_cuts(cutter), ==, s + 1);
        g_autofree char *stored = warehouse_run_digest(house->warehouse, run, &error), *made = warehouse_record_digest(record);
        g_assert_cmpstr(stored, ==, made);
        g_assert_cmpint(publish(house, warehouse, record, FALSE), ==, run);
    }
    warehouse_close(warehouse);
    house_assert_asked(house, "SELECT count(*), count(DISTINCT slot) FROM wardcast.run", "51|51");
    house_assert_asked(house, "SELECT count(*) FROM wardcast.forecast", "612");
}

static void *kill_soon(void *self)
{
    Publisher *publisher = self;
    g_usleep((gulong)publisher->run_id);
    cluster_kill9(publisher->house->cluster);
    cluster_start(publisher->house->cluster);
    return NULL;
}

static void test_a_server_killed_while_publishing_loses_and_doubles_nothing(void)
{
    enum { SLOTS = 8 };
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(GError) error = NULL;
    for (int s = 0; s < SLOTS; s++) {
        g_autoptr(RunRecord) record = house_record("north", house_hour(s), 12, 48, (guint)s);
        Publisher killer = {house, NULL, g_test_rand_int_range(0, 60000), FALSE};
        GThread *thread = g_thread_new("killer", kill_soon, &killer);
        gint64 run = publish(house, house->warehouse, record, TRUE);
        g_thread_join(thread);
        g_autofree char *stored = warehouse_run_digest(house->warehouse, run, &error), *made = warehouse_record_digest(record);
        g_assert_no_error(error);
        g_assert_cmpstr(stored, ==, made);
    }
    house_assert_asked(house, "SELECT count(*), count(DISTINCT slot) FROM wardcast.run", "8|8");
    house_assert_asked(house, "SELECT count(*) FROM wardcast.forecast", "4608");
}

static void test_without_a_server_the_deadline_holds(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(RunRecord) record = house_record("north", house_hour(0), 1, 2, 1);
    cluster_stop(house->cluster);
    g_autoptr(GError) error = NULL;
    gint64 run_id = 0, since = g_get_monotonic_time();
    gboolean published = FALSE;
    g_assert_false(warehouse_publish(house->warehouse, record, 1.5, &run_id, &published, &error));
    g_assert_error(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_DOWN);
    g_assert_cmpint(g_get_monotonic_time() - since, <, 5 * G_USEC_PER_SEC);
    cluster_start(house->cluster);
    publish(house, house->warehouse, record, TRUE);
}

/* --- reading back ------------------------------------------------------------------------------------ */

static gboolean add_forecast(void *self, const PastForecast *row, GError **error)
{
    (void)error;
    g_string_append_printf(self, "%s %s %s %s %+" G_GINT64_FORMAT " %d %.17g %.17g\n", row->facility, row->unit, row->measure, grain_name(row->grain),
                           (row->target_at - house_hour(0)) / INSTANT_HOUR, (int)row->step, row->mean, row->quantile[OUTLOOK_LEVELS - 1]);
    return TRUE;
}

static void test_past_runs_and_their_forecasts_are_found(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(GError) error = NULL;
    g_autoptr(RunRecord) early = house_record("north", house_hour(0), 1, 2, 1), late = house_record("north", house_hour(24 * 40), 2, 2, 2);
    gint64 first = publish(house, house->warehouse, early, TRUE), second = publish(house, house->warehouse, late, TRUE);
    RunHead head;
    g_assert_true(warehouse_run_head(house->warehouse, 0, "north", house_hour(24), &head, &error));
    g_assert_cmpint(head.run_id, ==, first);
    g_assert_cmpint(head.slot, ==, house_hour(0));
    g_assert_cmpuint(head.seed, ==, G_MAXUINT64 - 1);
    g_assert_cmpstr(head.group, ==, "north");
    run_head_clear(&head);
    g_assert_true(warehouse_run_head(house->warehouse, second, NULL, INSTANT_NONE, &head, &error));
    g_assert_cmpint(head.slot, ==, house_hour(24 * 40));
    run_head_clear(&head);
    g_assert_true(warehouse_run_head(house->warehouse, 0, "north", house_hour(-1), &head, &error));
    g_assert_cmpint(head.run_id, ==, 0);
    run_head_clear(&head);
    g_autoptr(GString) seen = g_string_new(NULL), wanted = g_string_new(NULL);
    g_assert_true(warehouse_read_forecasts(house->warehouse, second, add_forecast, seen, &error));
    for (int u = 0; u < 2; u++)
        for (int h = 0; h < 2; h++) {
            const Outlook *outlook = late->forecast[u].outlook;
            g_string_append_printf(wanted, "general %s census hour +%d %d %.17g %.17g\n", u ? "med" : "icu", 960 + h, h + 1, outlook->mean[h],
                                   outlook->quantile[h * OUTLOOK_LEVELS + OUTLOOK_LEVELS - 1]);
        }
    g_assert_cmpstr(seen->str, ==, wanted->str);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/out/warehouse/a-run-is-published-once", test_a_run_is_published_once);
    g_test_add_func("/out/warehouse/of-two-at-once-one-wins", test_of_two_at_once_one_wins);
    g_test_add_func("/out/warehouse/readers-see-whole-runs-only", test_readers_see_whole_runs_only);
    g_test_add_func("/out/warehouse/listeners-are-woken", test_listeners_are_woken);
    g_test_add_func("/out/warehouse/the-digest-of-the-tables-is-that-of-the-record", test_the_digest_of_the_tables_is_that_of_the_record);
    g_test_add_func("/out/warehouse/every-value-of-a-record-counts-in-its-digest", test_every_value_of_a_record_counts_in_its_digest);
    g_test_add_func("/out/warehouse/impossible-rows-are-refused-by-name-and-nothing-stays", test_impossible_rows_are_refused_by_name_and_nothing_stays);
    g_test_add_func("/out/warehouse/withheld-rows-carry-no-numbers", test_withheld_rows_carry_no_numbers);
    g_test_add_func("/out/warehouse/a-lost-reply-to-commit-doubles-and-loses-nothing", test_a_lost_reply_to_commit_doubles_and_loses_nothing);
    g_test_add_func("/out/warehouse/a-server-killed-while-publishing-loses-and-doubles-nothing", test_a_server_killed_while_publishing_loses_and_doubles_nothing);
    g_test_add_func("/out/warehouse/without-a-server-the-deadline-holds", test_without_a_server_the_deadline_holds);
    g_test_add_func("/out/warehouse/past-runs-and-their-forecasts-are-found", test_past_runs_and_their_forecasts_are_found);
    return g_test_run();
}
