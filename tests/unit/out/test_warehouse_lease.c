#include "connectors/out/warehouse.h"

#include "connectors/out/warehouse_base.h"
#include "connectors/wire/pg.h"
#include "sql/statements.h"
#include "tests/unit/out/house.h"

#include <string.h>

static void test_a_lease_is_taken_renewed_lost_and_fences(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(GError) error = NULL;
    g_autofree char *holder = NULL, *none = NULL;
    gint64 first = 0, renewed = 0, other = 0, second = 0, again = 0;
    g_assert_true(warehouse_lease(house->warehouse, "north", "one", &first, &none, &error));
    g_assert_cmpint(first, ==, 1);
    g_assert_cmpstr(none, ==, NULL);
    g_assert_true(warehouse_lease(house->warehouse, "north", "one", &renewed, NULL, &error));
    g_assert_cmpint(renewed, ==, first);
    g_assert_true(warehouse_lease(house->warehouse, "north", "two", &other, &holder, &error));
    g_assert_cmpint(other, ==, 0);
    g_assert_cmpstr(holder, ==, "one");
    cluster_sql(house->cluster, "postgres", "UPDATE wardcast.lease SET expires_at = clock_timestamp()");
    g_assert_true(warehouse_lease(house->warehouse, "north", "two", &second, NULL, &error));
    g_assert_cmpint(second, ==, 2);
    g_assert_true(warehouse_lease(house->warehouse, "north", "one", &again, NULL, &error));
    g_assert_cmpint(again, ==, 0);
    g_autoptr(RunRecord) stale = house_record("north", house_hour(0), 1, 2, 1), fresh = house_record("north", house_hour(0), 1, 2, 1);
    stale->token = first;
    fresh->token = second;
    gint64 run_id;
    gboolean published;
    g_assert_false(warehouse_publish(house->warehouse, stale, 10, &run_id, &published, &error));
    g_assert_error(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_LEASE);
    g_assert_nonnull(strstr(error->message, "went to two with token 2, ours is 1"));
    g_clear_error(&error);
    house_assert_asked(house, "SELECT count(*) FROM wardcast.run", "0");
    house_publish(house, fresh);
    g_assert_true(warehouse_lease_release(house->warehouse, "north", "two", &error));
    g_assert_true(warehouse_lease(house->warehouse, "north", "one", &again, NULL, &error));
    g_assert_cmpint(again, ==, 3);
}

static void test_another_process_of_the_same_name_waits_for_expiry(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(GError) error = NULL;
    gint64 token = -1;
    cluster_sql(house->cluster, "postgres", "INSERT INTO wardcast.lease VALUES ('north', 'one', 'another process', 7, clock_timestamp() + interval '1 s')");
    g_assert_true(warehouse_lease(house->warehouse, "north", "one", &token, NULL, &error));
    g_assert_cmpint(token, ==, 0);
    for (int tries = 0; token == 0 && tries < 100; tries++) {
        g_usleep(100000);
        g_assert_true(warehouse_lease(house->warehouse, "north", "one", &token, NULL, &error));
    }
    g_assert_cmpint(token, ==, 8);
}

/* Power is cut in the middle of a publication: the server must not keep the lease locked for the dead. */
static void test_a_frozen_daemon_gives_the_lease_up(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(GError) error = NULL;
    gint64 token = 0;
    WarehouseSettings hasty = house->settings;
    hasty.deadline_s = 1;
    g_autoptr(Warehouse) frozen = warehouse_open(&hasty, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(warehouse_lease(frozen, "north", "one", &token, NULL, &error));
    cluster_sql(house->cluster, "postgres", "UPDATE wardcast.lease SET expires_at = clock_timestamp()");
    const char *const value[] = {"north", "1"};
    g_assert_true(pg_query(frozen->pg, "BEGIN", NULL, 0, PG_EXPECT_NONE, NULL, 5, &error));
    g_assert_true(pg_query(frozen->pg, sql_lease_check, value, 2, PG_EXPECT_ROW, NULL, 5, &error));
    gboolean asked = warehouse_lease(house->warehouse, "north", "two", &token, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(asked);
    g_assert_cmpint(token, ==, 2);
    g_assert_false(pg_query(frozen->pg, "COMMIT", NULL, 0, PG_EXPECT_NONE, NULL, 5, NULL));
}

typedef struct {
    const House *house;
    gint64 token;
} Daemon;

static void *lease_in_thread(void *self)
{
    Daemon *daemon = self;
    GError *error = NULL;
    g_autofree char *me = g_strdup_printf("daemon %p", self);
    g_autoptr(Warehouse) warehouse = warehouse_open(&daemon->house->settings, NULL, &error);
    g_assert_no_error(error);
    gboolean ok = warehouse_lease(warehouse, "north", me, &daemon->token, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    return NULL;
}

static void test_of_many_daemons_one_gets_the_lease(void)
{
    enum { THREADS = 6 };
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    Daemon daemon[THREADS];
    GThread *thread[THREADS];
    int holders = 0;
    for (int t = 0; t < THREADS; t++) {
        daemon[t] = (Daemon){house, 0};
        thread[t] = g_thread_new("daemon", lease_in_thread, &daemon[t]);
    }
    for (int t = 0; t < THREADS; t++) {
        g_thread_join(thread[t]);
        holders += daemon[t].token > 0;
    }
    g_assert_cmpint(holders, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/out/lease/a-lease-is-taken-renewed-lost-and-fences", test_a_lease_is_taken_renewed_lost_and_fences);
    g_test_add_func("/out/lease/another-process-of-the-same-name-waits-for-expiry", test_another_process_of_the_same_name_waits_for_expiry);
    g_test_add_func("/out/lease/a-frozen-daemon-gives-the-lease-up", test_a_frozen_daemon_gives_the_lease_up);
    g_test_add_func("/out/lease/of-many-daemons-one-gets-the-lease", test_of_many_daemons_one_gets_the_lease);
    return g_test_run();
}
