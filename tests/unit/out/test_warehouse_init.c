#include "connectors/out/warehouse.h"

#include "sql/statements.h"
#include "tests/unit/out/house.h"

#include <string.h>

static void count_line(void *self, const char *line)
{
    g_assert_nonnull(strstr(line, "migration 00"));
    ++*(int *)self;
}

static void test_init_is_idempotent(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    int lines = 0;
    g_autoptr(GError) error = NULL;
    g_autofree char *before = cluster_ask(house->cluster, "postgres", "SELECT * FROM wardcast.schema_version ORDER BY 1");
    g_assert_true(warehouse_init(&house->settings, NULL, count_line, &lines, &error));
    g_assert_no_error(error);
    g_assert_cmpint(lines, ==, 0);
    g_autofree char *after = cluster_ask(house->cluster, "postgres", "SELECT * FROM wardcast.schema_version ORDER BY 1");
    g_assert_cmpstr(before, ==, after);
}

typedef struct {
    WarehouseSettings settings;
    int lines;
} Migrator;

static void *migrate(void *self)
{
    Migrator *migrator = self;
    GError *error = NULL;
    gboolean ok = warehouse_init(&migrator->settings, NULL, count_line, &migrator->lines, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    return NULL;
}

static void test_two_at_once_run_each_migration_once(void)
{
    g_autoptr(Cluster) cluster = cluster_new();
    if (cluster == NULL)
        return;
    g_autofree char *owner = cluster_conninfo(cluster, "postgres", "postgres");
    Migrator a = {.settings = {.connection = owner}}, b = a;
    GThread *one = g_thread_new("one", migrate, &a), *two = g_thread_new("two", migrate, &b);
    g_thread_join(one);
    g_thread_join(two);
    g_assert_cmpint(a.lines + b.lines, ==, (int)sql_migrations);
    g_autofree char *versions = cluster_ask(cluster, "postgres", "SELECT count(*), max(version) FROM wardcast.schema_version");
    g_autofree char *wanted = g_strdup_printf("%d|%d", (int)sql_migrations, (int)sql_migrations);
    g_assert_cmpstr(g_strchomp(versions), ==, wanted);
}

static void test_an_owner_need_not_be_a_superuser(void)
{
    g_autoptr(Cluster) cluster = cluster_new();
    if (cluster == NULL)
        return;
    cluster_sql(cluster, "postgres", "CREATE ROLE dba LOGIN CREATEROLE; CREATE DATABASE wards OWNER dba;");
    g_autofree char *owner = cluster_conninfo(cluster, "wards", "dba");
    Migrator dba = {.settings = {.connection = owner}};
    (void)migrate(&dba);
    g_assert_cmpint(dba.lines, ==, (int)sql_migrations);
}

/* Opening must fail with this code and say these words. */
static void assert_closed(const House *house, const char *role, int code, const char *words)
{
    g_autofree char *conninfo = cluster_conninfo(house->cluster, "postgres", role);
    WarehouseSettings settings = {.connection = conninfo, .deadline_s = 10};
    g_autoptr(GError) error = NULL;
    g_autoptr(Warehouse) warehouse = warehouse_open(&settings, NULL, &error);
    g_assert_null(warehouse);
    g_assert_error(error, WAREHOUSE_ERROR, code);
    g_assert_nonnull(strstr(error->message, words));
}

static void test_mighty_and_powerless_roles_are_refused(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    cluster_sql(house->cluster, "postgres",
                "CREATE ROLE boss LOGIN BYPASSRLS IN ROLE wardcast_writer;"
                "CREATE ROLE snoop LOGIN IN ROLE wardcast_writer, pg_read_server_files;"
                "CREATE ROLE builder LOGIN IN ROLE wardcast_writer, wardcast_owner;"
                "CREATE ROLE nobody_here LOGIN;");
    assert_closed(house, "postgres", WAREHOUSE_ERROR_ROLE, "superuser");
    assert_closed(house, "boss", WAREHOUSE_ERROR_ROLE, "row security");
    assert_closed(house, "snoop", WAREHOUSE_ERROR_ROLE, "server's files");
    assert_closed(house, "builder", WAREHOUSE_ERROR_ROLE, "wardcast_owner");
    assert_closed(house, "nobody_here", WAREHOUSE_ERROR_ROLE, "GRANT wardcast_writer TO nobody_here");
    assert_closed(house, "scheduler", WAREHOUSE_ERROR_ROLE, "GRANT wardcast_writer TO scheduler");
}

static void test_other_versions_are_refused_with_the_remedy(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(GError) newer = NULL, edited = NULL;
    cluster_sql(house->cluster, "postgres", "INSERT INTO wardcast.schema_version VALUES (999, '0999_later', repeat('0', 64), '9')");
    assert_closed(house, "daemon", WAREHOUSE_ERROR_SCHEMA, "install the newer program");
    g_assert_false(warehouse_init(&house->settings, NULL, NULL, NULL, &newer));
    g_assert_error(newer, WAREHOUSE_ERROR, WAREHOUSE_ERROR_SCHEMA);
    cluster_sql(house->cluster, "postgres", "DELETE FROM wardcast.schema_version WHERE version >= 4");
    assert_closed(house, "daemon", WAREHOUSE_ERROR_SCHEMA, "run 'wardcast init'");
    cluster_sql(house->cluster, "postgres", "UPDATE wardcast.schema_version SET sha256 = repeat('a', 64) WHERE version = 2");
    g_assert_false(warehouse_init(&house->settings, NULL, NULL, NULL, &edited));
    g_assert_error(edited, WAREHOUSE_ERROR, WAREHOUSE_ERROR_SCHEMA);
    g_assert_nonnull(strstr(edited->message, "0002_facts"));
    cluster_sql(house->cluster, "postgres", "DROP SCHEMA wardcast CASCADE");
    assert_closed(house, "daemon", WAREHOUSE_ERROR_SCHEMA, "run 'wardcast init'");
}

static void test_the_writer_writes_and_does_nothing_else(void)
{
    static const char *const forbidden[] = {
        "DELETE FROM wardcast.observation", "DELETE FROM wardcast.run", "UPDATE wardcast.observation SET value = 1", "UPDATE wardcast.forecast SET mean = 1",
        "UPDATE wardcast.run SET summary = ''", "UPDATE wardcast.facility SET group_id = 'x'", "UPDATE wardcast.facility_group SET group_id = 'x'",
        "DELETE FROM wardcast.lease", "DELETE FROM wardcast.watermark", "TRUNCATE wardcast.stay_event", "DROP TABLE wardcast.score",
        "CREATE TABLE wardcast.mine (x int)", "ALTER TABLE wardcast.run ADD mine int", "INSERT INTO wardcast.schema_version VALUES (9, 'x', repeat('0', 64), 'x')",
        "INSERT INTO wardcast.partition_span VALUES ('run', 'year', 'slot')", "SET ROLE wardcast_owner",
        "SELECT wardcast.make_partitions('run', now(), now())", "INSERT INTO wardcast.observation_default SELECT * FROM wardcast.observation",
        "CREATE OR REPLACE VIEW wardcast.current_run AS SELECT 1",
    };
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(forbidden); i++) {
        g_autofree char *refusal = house_refusal(house, "daemon", forbidden[i]);
        if (refusal == NULL)
            g_error("the writer may: %s", forbidden[i]);
    }
    g_autofree char *allowed = house_refusal(house, "daemon", "INSERT INTO wardcast.facility_group (group_id, name) VALUES ('g', 'G')");
    g_assert_cmpstr(allowed, ==, NULL);
}

static void test_the_reader_reads_views_and_nothing_else(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autofree char *names = cluster_ask(house->cluster, "postgres",
                                         "SELECT relkind, relname FROM pg_class WHERE relnamespace = 'wardcast'::regnamespace AND relkind IN ('r', 'p', 'v') ORDER BY 2");
    g_auto(GStrv) line = g_strsplit(g_strchomp(names), "\n", -1);
    int views = 0;
    for (char **l = line; *l != NULL; l++) {
        g_autofree char *sql = g_strdup_printf("SELECT * FROM wardcast.%s LIMIT 1", *l + 2);
        g_autofree char *refusal = house_refusal(house, "scheduler", sql);
        views += **l == 'v';
        if ((refusal == NULL) != (**l == 'v'))
            g_error("%s: %s", *l, refusal ? refusal : "the reader may read it");
    }
    g_assert_cmpint(views, ==, 9);
    static const char *const forbidden[] = {"INSERT INTO wardcast.facility_group VALUES ('x', 'x')", "DELETE FROM wardcast.current_run",
                                            "SELECT wardcast.make_partitions('forecast', now(), now())"};
    for (gsize i = 0; i < G_N_ELEMENTS(forbidden); i++) {
        g_autofree char *refusal = house_refusal(house, "scheduler", forbidden[i]);
        g_assert_nonnull(refusal);
    }
}

static void test_everything_has_a_comment(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autofree char *bare = cluster_ask(house->cluster, "postgres",
        "SELECT c.relname || coalesce('.' || a.attname, '') FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
        "WHERE c.relnamespace = 'wardcast'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition AND coalesce(col_description(c.oid, a.attnum), '') = '' "
        "UNION ALL SELECT relname FROM pg_class WHERE relnamespace = 'wardcast'::regnamespace AND relkind IN ('r', 'p', 'v') AND obj_description(oid, 'pg_class') IS NULL "
        "UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'wardcast'::regnamespace AND typtype = 'd' AND obj_description(oid, 'pg_type') IS NULL");
    g_assert_cmpstr(bare, ==, "");
}

/* One row that every wall lets pass, with one cell changed at a time. */
static void test_the_last_wall_holds(void)
{
    static const struct { const char *table, *cells, *column, *value, *wall; } bad[] = {
        {"observation", "O", "value", "'NaN'", "count_is_from_0_to_1000000"},
        {"observation", "O", "value", "'Infinity'", "count_is_from_0_to_1000000"},
        {"observation", "O", "value", "-1", "count_is_from_0_to_1000000"},
        {"observation", "O", "starts_at", "'9999-12-31'", "observation_starts_in_1970_to_2199"},
        {"observation", "O", "recorded_at", "'infinity'", "instant_is_in_1970_to_2199"},
        {"observation", "O", "grain", "'minute'", "grain_is_known"},
        {"observation", "O", "facility_id", "''", "identifier_has_1_to_128_bytes"},
        {"observation", "O", "unit_id", "repeat('x', 129)", "identifier_has_1_to_128_bytes"},
        {"forecast", "F", "mean", "'NaN'", "number_is_finite"},
        {"forecast", "F", "mean", "'-Infinity'", "number_is_finite"},
        {"forecast", "F", "mean", "-1", "forecast_counts_are_not_negative"},
        {"forecast", "F", "q025", "-0.5", "forecast_counts_are_not_negative"},
        {"forecast", "F", "q50", "0", "forecast_quantiles_are_ordered"},
        {"forecast", "F", "q975", "NULL", "forecast_has_numbers_unless_withheld"},
        {"forecast", "F", "status", "'withheld'", "forecast_has_numbers_unless_withheld"},
        {"forecast", "F", "reason", "NULL", "forecast_gives_a_reason_unless_ok"},
        {"forecast", "F", "status", "'fine'", "row_status_is_known"},
        {"forecast", "F", "step", "0", "step_is_positive"},
        {"forecast", "F", "run_id", "-1", "run_id_fkey"},
        {"staffing_recommendation", "S", "floor", "6", "staffing_is_never_below_its_floor"},
        {"staffing_recommendation", "S", "p90", "3", "staffing_quantiles_are_ordered"},
        {"staffing_recommendation", "S", "gap", "3", "staffing_gap_is_required_minus_scheduled"},
        {"staffing_recommendation", "S", "fractile", "1.5", "probability_is_from_0_to_1"},
        {"staffing_recommendation", "S", "shift_ends_at", "'2026-03-01'", "shift_ends_after_it_starts"},
        {"bed_recommendation", "B", "p_over", "-0.1", "probability_is_from_0_to_1"},
        {"bed_recommendation", "B", "census_p10", "9", "bed_quantiles_are_ordered"},
        {"bed_recommendation", "B", "overflow", "'NaN'", "count_is_from_0_to_1000000"},
        {"move_recommendation", "M", "to_unit", "NULL", "only_sending_has_a_taker"},
        {"move_recommendation", "M", "to_unit", "'icu'", "nobody_is_sent_where_they_are"},
        {"move_recommendation", "M", "beds", "0", "move_has_beds"},
        {"score", "C", "coverage80", "1.01", "probability_is_from_0_to_1"},
        {"facility_group", "G", "timezone", "'Europe/Atlantis'", "time zone"},
    };
    static const struct { const char *cells, *json; } good[] = {
        {"O", "{\"facility_id\":\"f\",\"unit_id\":\"u\",\"measure\":\"census\",\"grain\":\"hour\",\"starts_at\":\"2026-03-01\",\"value\":1,\"recorded_at\":\"2026-03-01\",\"source\":\"s\",\"stored_at\":\"2026-03-01\"}"},
        {"F", "{\"facility_id\":\"f\",\"unit_id\":\"u\",\"measure\":\"census\",\"grain\":\"hour\",\"member\":\"wardcast\",\"target_at\":\"2026-03-01\",\"step\":1,\"counts\":true,\"mean\":1,"
              "\"q025\":1,\"q05\":1,\"q10\":1,\"q20\":1,\"q30\":1,\"q40\":1,\"q50\":1,\"q60\":1,\"q70\":1,\"q80\":1,\"q90\":1,\"q95\":1,\"q975\":1,\"status\":\"degraded\",\"reason\":\"r\",\"run_id\":1,\"slot\":\"2026-03-01\"}"},
        {"S", "{\"facility_id\":\"f\",\"unit_id\":\"u\",\"role\":\"RN\",\"shift_starts_at\":\"2026-03-01\",\"shift_ends_at\":\"2026-03-02\",\"shift\":\"day\",\"required\":5,\"p50\":4,\"p90\":6,\"floor\":2,"
              "\"scheduled\":3,\"gap\":2,\"fractile\":0.8,\"census_p50\":7,\"census_p90\":8,\"status\":\"ok\",\"trace\":\"t\",\"run_id\":1}"},
        {"B", "{\"facility_id\":\"f\",\"unit_id\":\"u\",\"horizon\":\"4h\",\"target_at\":\"2026-03-01\",\"available\":9,\"census_p10\":6,\"census_p50\":7,\"census_p90\":8,\"net_p50\":2,\"net_p10\":1,"
              "\"p_over\":0.1,\"overflow\":0.1,\"status\":\"ok\",\"trace\":\"t\",\"run_id\":1}"},
        {"M", "{\"facility_id\":\"f\",\"rank\":1,\"action\":\"send\",\"from_unit\":\"icu\",\"to_unit\":\"med\",\"beds\":1,\"target_at\":\"2026-03-01\",\"cost\":1,\"status\":\"ok\",\"trace\":\"t\",\"run_id\":1}"},
        {"C", "{\"facility_id\":\"f\",\"unit_id\":\"u\",\"measure\":\"census\",\"grain\":\"hour\",\"from_at\":\"2026-03-01\",\"until_at\":\"2026-03-02\",\"n\":1,\"mae\":1,\"naive_mae\":1,\"pinball\":1,\"coverage80\":0.8,\"bias\":-1,\"run_id\":1}"},
        {"G", "{\"group_id\":\"h\",\"name\":\"H\",\"timezone\":\"Europe/Madrid\",\"country\":\"ES\"}"},
    };
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    cluster_sql(house->cluster, "postgres", "INSERT INTO wardcast.facility_group (group_id, name) VALUES ('g', 'G');"
                "INSERT INTO wardcast.run (group_id, slot, as_of, seed, program_version, model_hash, config_hash, summary, forecasts, recommendations, scores, digest, publication) "
                "VALUES ('g', '2026-03-01', '2026-03-01', 1, 'v', 'm', 'c', 's', 0, 0, 0, repeat('0', 64), gen_random_uuid())");
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        const char *json = NULL;
        for (gsize g = 0; g < G_N_ELEMENTS(good); g++)
            if (g_str_equal(good[g].cells, bad[i].cells))
                json = good[g].json;
        g_autofree char *fine = g_strdup_printf("DO $$ BEGIN INSERT INTO wardcast.%s SELECT * FROM json_populate_record(NULL::wardcast.%s, '%s'); RAISE EXCEPTION 'it fits'; END $$",
                                                bad[i].table, bad[i].table, json);
        g_autofree char *fits = house_refusal(house, "daemon", fine);
        if (fits == NULL || strstr(fits, "it fits") == NULL)
            g_error("the good row of %s: %s", bad[i].table, fits);
        g_autofree char *wrong = g_strdup_printf(
            "INSERT INTO wardcast.%s SELECT * FROM jsonb_populate_record(NULL::wardcast.%s, '%s'::jsonb || jsonb_build_object('%s', %s))",
            bad[i].table, bad[i].table, json, bad[i].column, bad[i].value);
        g_autofree char *refusal = house_refusal(house, "daemon", wrong);
        if (refusal == NULL || strstr(refusal, bad[i].wall) == NULL)
            g_error("%s.%s = %s: wanted %s, seen %s", bad[i].table, bad[i].column, bad[i].value, bad[i].wall, refusal ? refusal : "no refusal");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/out/warehouse/init-a-second-time-does-nothing", test_init_is_idempotent);
    g_test_add_func("/out/warehouse/two-inits-at-once-run-each-migration-once", test_two_at_once_run_each_migration_once);
    g_test_add_func("/out/warehouse/an-owner-need-not-be-a-superuser", test_an_owner_need_not_be_a_superuser);
    g_test_add_func("/out/warehouse/mighty-and-powerless-roles-are-refused", test_mighty_and_powerless_roles_are_refused);
    g_test_add_func("/out/warehouse/other-versions-are-refused-with-the-remedy", test_other_versions_are_refused_with_the_remedy);
    g_test_add_func("/out/warehouse/the-writer-writes-and-does-nothing-else", test_the_writer_writes_and_does_nothing_else);
    g_test_add_func("/out/warehouse/the-reader-reads-views-and-nothing-else", test_the_reader_reads_views_and_nothing_else);
    g_test_add_func("/out/warehouse/everything-has-a-comment", test_everything_has_a_comment);
    g_test_add_func("/out/warehouse/the-last-wall-holds", test_the_last_wall_holds);
    return g_test_run();
}
