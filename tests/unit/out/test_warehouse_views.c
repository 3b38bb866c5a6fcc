#include "connectors/out/warehouse.h"

#include "connectors/wire/pg.h"
#include "sql/statements.h"
#include "tests/unit/out/house.h"

static void test_views_show_the_newest_run_and_mark_what_is_stale(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(GError) error = NULL;
    g_assert_true(warehouse_describe_group(house->warehouse, "north", "North", "Europe/Madrid", "ES", NULL, &error));
    g_autoptr(RunRecord) old = house_record("north", house_hour(0), 1, 2, 1), new = house_record("north", house_hour(1), 1, 2, 2);
    StaffingRow *staffing = &g_array_index(new->plan[0].plan->staffing, StaffingRow, 0);
    staffing->valid_until = g_get_real_time() + INSTANT_HOUR;
    gint64 newest = house_publish(house, new);
    house_publish(house, old);
    g_autofree char *wanted = g_strdup_printf("%" G_GINT64_FORMAT "|2026-03-01 08:00:00|%" G_GSIZE_FORMAT, newest, sql_migrations);
    house_assert_asked(house, "SELECT run_id, slot_local, schema_version FROM wardcast.current_run", wanted);
    house_assert_asked(house, "SELECT status, reason IS NULL FROM wardcast.current_staffing", "ok|t");
    house_assert_asked(house, "SELECT DISTINCT status, reason FROM wardcast.current_beds", "stale|not valid any more since valid_until");
    house_assert_asked(house, "SELECT horizon, explanation FROM wardcast.current_beds WHERE explanation IS NOT NULL",
                 "tomorrow 08:00|3 more than on a usual Tuesday 08:00 (16): +3 day after Memorial Day");
    house_assert_asked(house, "SELECT DISTINCT status FROM wardcast.current_forecast", "stale");
    house_assert_asked(house, "SELECT action, beds, from_unit FROM wardcast.current_moves", "open|2|icu");
    house_assert_asked(house, "SELECT n, naive_mae, coverage80 FROM wardcast.scorecard", "24|1.25|0.79");
}

static gint64 publish_at(const House *house, Instant slot)
{
    g_autoptr(RunRecord) record = house_record("north", slot, 1, 2, 1);
    return house_publish(house, record);
}

static void assert_current(const House *house, gint64 run)
{
    g_autofree char *wanted = g_strdup_printf("%" G_GINT64_FORMAT, run);
    house_assert_asked(house, "SELECT run_id FROM wardcast.current_run", wanted);
    house_assert_asked(house, "SELECT DISTINCT run_id FROM wardcast.current_forecast", wanted);
    house_assert_asked(house, "SELECT DISTINCT run_id FROM wardcast.current_beds", wanted);
}

/* The slots are of this very day, because the views go by the server's clock. */
static void test_a_run_made_before_its_time_hides_no_other(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(GError) error = NULL;
    guint runs = 9;
    Instant now = g_get_real_time() / INSTANT_SECOND * INSTANT_SECOND, last;
    g_assert_true(warehouse_describe_group(house->warehouse, "north", "North", "Europe/Madrid", "ES", NULL, &error));
    gint64 ahead = publish_at(house, now + 24 * INSTANT_HOUR);
    assert_current(house, ahead); /* there is no other */
    gint64 old = publish_at(house, now - 3 * INSTANT_HOUR);
    assert_current(house, old);
    gint64 nearly = publish_at(house, now + INSTANT_HOUR / 12); /* two clocks may differ by five minutes */
    assert_current(house, nearly);
    g_assert_true(warehouse_runs_ahead(house->warehouse, "north", &runs, &last, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(runs, ==, 1);
    g_assert_cmpint(last, ==, now + 24 * INSTANT_HOUR);
    /* The server's own clock had jumped with the daemon's. */
    cluster_sql(house->cluster, "postgres", "UPDATE wardcast.run SET published_at = slot WHERE slot > now() + interval '1 hour'");
    assert_current(house, nearly);
    /* Made yesterday for a time that has come since. */
    cluster_sql(house->cluster, "postgres", "UPDATE wardcast.run SET published_at = slot - interval '1 day' WHERE slot BETWEEN now() AND now() + interval '1 hour'");
    assert_current(house, old);
    g_assert_true(warehouse_runs_ahead(house->warehouse, "north", &runs, &last, &error));
    g_assert_cmpuint(runs, ==, 2);
    g_autofree char *conninfo = cluster_conninfo(house->cluster, "postgres", "scheduler");
    g_autoptr(Pg) reader = pg_open(conninfo, NULL, 10, &error);
    g_assert_true(pg_query(reader, "SELECT * FROM wardcast.run_ahead", NULL, 0, PG_EXPECT_ROWS, NULL, 10, &error));
    g_assert_no_error(error);
    g_assert_true(warehouse_runs_ahead(house->warehouse, "south", &runs, &last, &error));
    g_assert_cmpuint(runs, ==, 0);
    g_assert_cmpint(last, ==, INSTANT_NONE);
}

static void test_every_view_answers_within_50_ms(void)
{
    static const char *const query[] = {
        "SELECT * FROM wardcast.current_run", "SELECT * FROM wardcast.current_forecast WHERE facility_id = 'general' AND unit_id = 'icu'",
        "SELECT * FROM wardcast.current_forecast", "SELECT * FROM wardcast.current_staffing", "SELECT * FROM wardcast.current_beds",
        "SELECT * FROM wardcast.current_moves", "SELECT * FROM wardcast.source_freshness", "SELECT * FROM wardcast.scorecard",
    };
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(GError) error = NULL;
    g_autofree char *conninfo = cluster_conninfo(house->cluster, "postgres", "scheduler");
    g_autoptr(Pg) reader = pg_open(conninfo, NULL, 10, &error);
    for (int s = 0; s < 60; s++) {
        g_autoptr(RunRecord) record = house_record("north", house_hour(s * 72), 12, 72, (guint)s);
        house_publish(house, record);
    }
    for (gsize q = 0; q < G_N_ELEMENTS(query); q++) {
        /* what others do on the machine may slow one try, never all of half a minute */
        double best = G_MAXDOUBLE;
        gint64 deadline = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;
        for (int tries = 0; tries < 5 || (best > 50 && g_get_monotonic_time() < deadline); tries++) {
            gint64 since = g_get_monotonic_time();
            gboolean ok = pg_query(reader, query[q], NULL, 0, PG_EXPECT_ROWS, NULL, 10, &error);
            g_assert_no_error(error);
            g_assert_true(ok);
            best = MIN(best, (double)(g_get_monotonic_time() - since) / 1000);
        }
        g_test_message("%.1f ms: %s", best, query[q]);
        g_assert_cmpfloat(best, <=, 50);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/out/warehouse/views-show-the-newest-run-and-mark-what-is-stale", test_views_show_the_newest_run_and_mark_what_is_stale);
    g_test_add_func("/out/warehouse/a-run-made-before-its-time-hides-no-other", test_a_run_made_before_its_time_hides_no_other);
    g_test_add_func("/out/warehouse/every-view-answers-within-50-ms", test_every_view_answers_within_50_ms);
    return g_test_run();
}
