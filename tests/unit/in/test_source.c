#include "connectors/in/source.h"

#include "tests/harness/cluster.h"
#include "tests/unit/in/store.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Each case has a hospital of its own: a database with a table of stays and one of beds. */

static Cluster *cluster;
static const guint8 key[32] = "thirty-two bytes of a test's key";

static const char *const tables =
    "create table moves (patient bigint, ward text, what text, at timestamptz, seen timestamptz);"
    "create table bed_count (ward text, at timestamptz, staffed numeric, seen timestamptz);";

static const char *const stays_sql =
    "select 'north' as facility, ward as unit, patient as stay, what as event, at as effective_at, seen as recorded_at "
    "from moves where seen > $1 and seen <= $2 order by seen, patient";
static const char *const beds_sql =
    "select seen as recorded_at, staffed, ward as unit, 'north' as facility, at as effective_at from bed_count where seen > $1 and seen <= $2";

typedef struct {
    char *database;
    SourceSettings settings;
    FeedSettings stays, beds;
} Hospital;

static void hospital_free(Hospital *hospital)
{
    g_ptr_array_unref(hospital->settings.feeds);
    g_free(hospital->settings.connection);
    g_free(hospital->stays.sql);
    g_free(hospital->beds.sql);
    g_free(hospital->database);
    g_free(hospital);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Hospital, hospital_free)

static Hospital *hospital_new(void)
{
    static int count;
    if (cluster == NULL) {
        g_test_skip("no PostgreSQL server is installed");
        return NULL;
    }
    Hospital *hospital = g_new0(Hospital, 1);
    hospital->database = g_strdup_printf("hospital%d", ++count);
    g_autofree char *sql = g_strdup_printf("create database %s;", hospital->database);
    cluster_sql(cluster, "postgres", sql);
    cluster_sql(cluster, hospital->database, tables);
    hospital->stays = (FeedSettings){FEED_STAYS, g_strdup(stays_sql)};
    hospital->beds = (FeedSettings){FEED_BEDS, g_strdup(beds_sql)};
    hospital->settings = (SourceSettings){
        .name = (char *)"ward-db", .group = (char *)"north", .type = (char *)"postgres",
        .connection = cluster_conninfo(cluster, hospital->database, "postgres"),
        .every_s = 60, .deadline_s = 10, .overlap_s = 600, .max_rows = 100000, .max_bytes = 100000000, .feeds = g_ptr_array_new(),
    };
    g_ptr_array_add(hospital->settings.feeds, &hospital->stays);
    g_ptr_array_add(hospital->settings.feeds, &hospital->beds);
    return hospital;
}

static Source *open_source(const Hospital *hospital)
{
    g_autoptr(GError) error = NULL;
    Source *source = source_new(&hospital->settings, NULL, key, &error);
    g_assert_no_error(error);
    return source;
}

static void add_moves(const Hospital *hospital, int from, int until)
{
    g_autofree char *sql = g_strdup_printf(
        "insert into moves select n, 'icu', 'enter', timestamptz '2026-11-22 00:00+00' + n * interval '1 minute', "
        "timestamptz '2026-11-22 00:00+00' + n * interval '1 minute' from generate_series(%d, %d) n;", from, until);
    cluster_sql(cluster, hospital->database, sql);
}

/* --- cases ------------------------------------------------------------------- */

static void what_is_new_since_the_watermark_comes_once(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    g_autoptr(Source) source = open_source(hospital);
    g_autoptr(Store) store = store_new();
    SourcePull pull;
    store_must_pull(store, source, &hospital->stays, STORE_NOW, &pull);
    g_assert_true(pull.empty);
    g_assert_cmpint(pull.watermark, ==, INSTANT_NONE);
    add_moves(hospital, 1, 100);
    store_must_pull(store, source, &hospital->stays, STORE_NOW, &pull);
    g_assert_false(pull.empty);
    g_assert_cmpuint(pull.rows, ==, 100);
    g_assert_cmpint(pull.watermark, ==, G_GINT64_CONSTANT(1795305600000000) + 100 * 60 * INSTANT_SECOND);
    add_moves(hospital, 101, 130);
    store_must_pull(store, source, &hospital->stays, STORE_NOW, &pull);
    g_assert_cmpuint(pull.rows, ==, 40); /* 30 new ones and the 10 minutes of overlap: the newest ten before */
    g_assert_cmpuint(g_hash_table_size(store->kept), ==, 130);
    store_must_pull(store, source, &hospital->stays, STORE_NOW, &pull);
    g_assert_cmpuint(g_hash_table_size(store->kept), ==, 130);
}

static void a_taker_that_fails_half_way_loses_and_doubles_nothing(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    add_moves(hospital, 1, 200);
    g_autoptr(Store) store = store_new();
    SourcePull pull;
    for (gsize fail_at = 1; fail_at <= 200; fail_at += 33) {
        g_autoptr(Source) source = open_source(hospital);
        g_autoptr(GError) error = NULL;
        store->fail_at = store->seen + fail_at;
        g_assert_false(store_pull(store, source, &hospital->stays, STORE_NOW, &pull, &error));
        g_assert_error(error, SOURCE_ERROR, SOURCE_ERROR_TAKER);
        g_assert_nonnull(strstr(error->message, "the disk is full"));
        g_assert_cmpuint(g_hash_table_size(store->kept), ==, 0);
        g_assert_cmpint(store->watermark, ==, INSTANT_NONE);
    }
    store->fail_at = 0;
    g_autoptr(Source) source = open_source(hospital);
    store_must_pull(store, source, &hospital->stays, STORE_NOW, &pull);
    g_assert_cmpuint(g_hash_table_size(store->kept), ==, 200);
}

static void a_server_that_dies_half_way_loses_and_doubles_nothing(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    add_moves(hospital, 1, 50);
    g_autoptr(Source) source = open_source(hospital);
    g_autoptr(Store) store = store_new();
    g_autoptr(GError) error = NULL;
    SourcePull pull;
    g_free(hospital->stays.sql);
    hospital->stays.sql = g_strdup(
        "select 'north' as facility, ward as unit, patient as stay, what as event, at as effective_at, seen as recorded_at "
        "from moves where patient < 20 or pg_terminate_backend(pg_backend_pid())");
    g_assert_false(store_pull(store, source, &hospital->stays, STORE_NOW, &pull, &error));
    g_assert_error(error, SOURCE_ERROR, SOURCE_ERROR_DOWN);
    g_assert_cmpuint(g_hash_table_size(store->kept), ==, 0);
    cluster_kill9(cluster);
    store_must_fail(source, &hospital->stays, SOURCE_ERROR_DOWN, "cannot connect");
    cluster_start(cluster);
    g_free(hospital->stays.sql);
    hospital->stays.sql = g_strdup(stays_sql);
    store_must_pull(store, source, &hospital->stays, STORE_NOW, &pull);
    g_assert_cmpuint(g_hash_table_size(store->kept), ==, 50);
}

static void late_rows_and_corrections_are_found_by_the_overlap(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    g_autoptr(Source) source = open_source(hospital);
    g_autoptr(Store) store = store_new();
    SourcePull pull;
    cluster_sql(cluster, hospital->database, "insert into bed_count values ('icu', '2026-11-22 06:00+00', 12, '2026-11-22 06:10+00');");
    store_must_pull(store, source, &hospital->beds, STORE_NOW, &pull);
    /* Committed later with an earlier time; a correction of the same fact; the first row again, exactly. */
    cluster_sql(cluster, hospital->database,
                "insert into bed_count values ('er', '2026-11-22 06:00+00', 8, '2026-11-22 06:05+00'), "
                "('icu', '2026-11-22 06:00+00', 11, '2026-11-22 07:00+00'), ('icu', '2026-11-22 06:00+00', 12, '2026-11-22 06:10+00');");
    store_must_pull(store, source, &hospital->beds, STORE_NOW, &pull);
    g_assert_cmpuint(pull.rows, ==, 4);
    g_assert_cmpuint(g_hash_table_size(store->kept), ==, 3);
    g_assert_true(g_hash_table_contains(store->kept, "beds|north|icu|1795327200000000|12|nan|nan|1795327800000000"));
    g_assert_true(g_hash_table_contains(store->kept, "beds|north|icu|1795327200000000|11|nan|nan|1795330800000000"));
    g_assert_true(g_hash_table_contains(store->kept, "beds|north|er|1795327200000000|8|nan|nan|1795327500000000"));
}

static void bad_rows_are_set_apart_and_the_others_pass(void)
{
    static const struct { const char *row, *words; } bad[] = {
        {"('icu', '2026-11-22 06:00+00', -3, '2026-11-22 06:10+00')", "staffed is -3"},
        {"('icu', '2026-11-22 06:00+00', 'NaN', '2026-11-22 06:10+00')", "staffed is not a finite number"},
        {"('icu', '2026-11-22 06:00+00', 1e300, '2026-11-22 06:10+00')", "staffed is 1e+300"},
        {"('icu', '2026-11-22 06:00+00', null, '2026-11-22 06:10+00')", "staffed is missing"},
        {"('icu', '9999-12-31 06:00+00', 3, '2026-11-22 06:10+00')", "effective_at is 9999"},
        {"('icu', '1883-11-18 06:00+00', 3, '2026-11-22 06:10+00')", "effective_at is 1883"},
        {"('icu', 'infinity', 3, '2026-11-22 06:10+00')", "effective_at is no instant"},
        {"('icu', '0044-03-15 06:00+00 BC', 3, '2026-11-22 06:10+00')", "effective_at is no instant"},
        {"('icu', '294276-01-01 06:00+00', 3, '2026-11-22 06:10+00')", "effective_at is no instant"},
        {"(null, '2026-11-22 06:00+00', 3, '2026-11-22 06:10+00')", "unit is missing"},
        {"('', '2026-11-22 06:00+00', 3, '2026-11-22 06:10+00')", "unit has 0 bytes"},
        {"(e'i\\nu', '2026-11-22 06:00+00', 3, '2026-11-22 06:10+00')", "unit holds a control character"},
        {"('icu', '2026-11-22 06:00+00', 3, '2026-11-24 06:10+00')", "recorded_at is after the end of the pull"},
    };
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    g_free(hospital->beds.sql);
    hospital->beds.sql = g_strdup("select 'north' as facility, ward as unit, at as effective_at, staffed, seen as recorded_at from bed_count");
    g_autoptr(Source) source = open_source(hospital);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *sql = g_strdup_printf("truncate bed_count; insert into bed_count values %s, ('er', '2026-11-22 06:00+00', 8, '2026-11-22 06:05+00');", bad[i].row);
        g_autoptr(Store) store = store_new();
        SourcePull pull;
        cluster_sql(cluster, hospital->database, sql);
        store_must_pull(store, source, &hospital->beds, STORE_NOW, &pull);
        g_assert_cmpuint(pull.rows, ==, 1);
        g_assert_cmpuint(pull.complaints, ==, 1);
        g_assert_cmpuint(store->complaints->len, ==, 1);
        g_test_message("%s", (char *)store->complaints->pdata[0]);
        g_assert_nonnull(strstr(store->complaints->pdata[0], bad[i].words));
        g_assert_cmpuint(g_hash_table_size(store->kept), ==, 1);
        g_assert_cmpint(pull.watermark, <=, STORE_NOW);
    }
}

static void stay_ids_leave_as_keyed_hashes_only(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    cluster_sql(cluster, hospital->database,
                "insert into moves values (9434765919, 'icu', 'enter', '2026-11-22 06:00+00', '2026-11-22 06:00+00'), "
                "(9434765870, 'icu', 'moved', '2026-11-22 06:00+00', '2026-11-22 06:00+00');");
    g_autoptr(Source) source = open_source(hospital);
    g_autoptr(Store) store = store_new();
    SourcePull pull;
    store_must_pull(store, source, &hospital->stays, STORE_NOW, &pull);
    GHashTableIter each;
    gpointer row;
    g_hash_table_iter_init(&each, store->kept);
    g_assert_true(g_hash_table_iter_next(&each, &row, NULL));
    g_assert_null(strstr(row, "9434765919"));
    /* Python: hmac.new(key, b"9434765919", sha256).hexdigest()[:32] */
    g_assert_nonnull(strstr(row, "|ea450db114adf10091bee59d07a13a6f|enter|"));
    g_assert_cmpuint(store->complaints->len, ==, 1);
    g_assert_null(strstr(store->complaints->pdata[0], "943476"));
}

static void a_changed_schema_stops_the_source_and_names_the_column(void)
{
    static const struct { const char *change, *words; } drift[] = {
        {"alter table bed_count alter staffed type integer", "column staffed was numeric and is integer"},
        {"alter table bed_count alter staffed type text", "column staffed is text; wanted a number"},
        {"alter table bed_count alter at type timestamp", "column effective_at is timestamp without time zone"},
        {"alter table bed_count alter seen type date", "column recorded_at is date"},
        {"alter table bed_count alter ward type varchar(10)", "column unit was text and is character varying"},
        {"alter table bed_count rename ward to station", "column \"ward\" does not exist"},
        {"alter table bed_count drop column staffed", "column \"staffed\" does not exist"},
        {"alter table bed_count rename to beds_2027", "relation \"bed_count\" does not exist"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(drift); i++) {
        g_autoptr(Hospital) hospital = hospital_new();
        if (hospital == NULL)
            return;
        cluster_sql(cluster, hospital->database, "insert into bed_count values ('icu', '2026-11-22 06:00+00', 12, '2026-11-22 06:10+00');");
        g_autoptr(Source) source = open_source(hospital);
        g_autoptr(Store) store = store_new();
        SourcePull pull;
        store_must_pull(store, source, &hospital->beds, STORE_NOW, &pull);
        store_must_pull(store, source, &hospital->beds, STORE_NOW, &pull);
        cluster_sql(cluster, hospital->database, drift[i].change);
        store_must_fail(source, &hospital->beds, SOURCE_ERROR_CHANGED, drift[i].words);
        store_must_pull(store, source, &hospital->stays, STORE_NOW, &pull); /* the other feed goes on */
    }
}

static void a_renamed_column_behind_a_star_is_found(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    cluster_sql(cluster, hospital->database,
                "create table feed_beds (facility text, unit text, effective_at timestamptz, staffed int, recorded_at timestamptz, extra int);");
    g_free(hospital->beds.sql);
    hospital->beds.sql = g_strdup("select * from feed_beds");
    g_autoptr(Source) source = open_source(hospital);
    g_autoptr(Store) store = store_new();
    SourcePull pull;
    store_must_pull(store, source, &hospital->beds, STORE_NOW, &pull);
    cluster_sql(cluster, hospital->database, "alter table feed_beds rename staffed to staffed_count;");
    store_must_fail(source, &hospital->beds, SOURCE_ERROR_CHANGED, "column staffed is missing, the nearest seen is staffed_count");
}

static void set_sql(FeedSettings *feed, const char *sql)
{
    g_free(feed->sql);
    feed->sql = g_strdup(sql);
}

#define GOOD_COLUMNS "'north' as facility, 'icu' as unit, now() as effective_at, 1 as staffed, now() - interval '1 year' as recorded_at"

static void a_mapping_cannot_write_or_leave_anything_behind(void)
{
    static const struct { const char *sql; SourceError code; const char *words; } hostile[] = {
        {"insert into bed_count values ('x', now(), 1, now()) returning " GOOD_COLUMNS, SOURCE_ERROR_SETTING, "the mapping writes"},
        {"with w as (delete from bed_count returning 1) select " GOOD_COLUMNS " from w", SOURCE_ERROR_SETTING, "the mapping writes"},
        {"select " GOOD_COLUMNS "; delete from bed_count", SOURCE_ERROR_SETTING, "multiple commands"},
        {"select " GOOD_COLUMNS " from (select set_config('transaction_read_only', 'off', true)) x", SOURCE_ERROR_CHANGED, "read-write mode"},
        {"select " GOOD_COLUMNS ", set_config('default_transaction_read_only', 'off', false), nextval('tick')", SOURCE_ERROR_SETTING, "the mapping writes"},
        {"commit", SOURCE_ERROR_CHANGED, "the query returns no columns"},
        {"set transaction read write", SOURCE_ERROR_CHANGED, "the query returns no columns"},
        {"drop table bed_count", SOURCE_ERROR_CHANGED, "the query returns no columns"},
        {"copy bed_count to stdout", SOURCE_ERROR_CHANGED, "the query returns no columns"},
        {"lock table bed_count", SOURCE_ERROR_CHANGED, "the query returns no columns"},
        {"selekt 1", SOURCE_ERROR_SETTING, "syntax error"},
        {"", SOURCE_ERROR_CHANGED, "the query returns no columns"},
    };
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    cluster_sql(cluster, hospital->database, "create sequence tick; insert into bed_count values ('icu', '2026-11-22 06:00+00', 12, '2026-11-22 06:10+00');");
    g_autoptr(Source) source = open_source(hospital);
    for (gsize i = 0; i < G_N_ELEMENTS(hostile); i++) {
        g_test_message("%s", hostile[i].sql);
        set_sql(&hospital->beds, hostile[i].sql);
        store_must_fail(source, &hospital->beds, hostile[i].code, hostile[i].words);
    }
    /* These two succeed in a read-only transaction; what they take must end with the pull. */
    set_sql(&hospital->beds, "select " GOOD_COLUMNS " from (select pg_advisory_lock(4711)) x");
    g_autoptr(Store) store = store_new();
    SourcePull pull;
    store_must_pull(store, source, &hospital->beds, STORE_NOW, &pull);
    g_autofree char *left = cluster_ask(cluster, hospital->database,
                                        "select (select count(*) from bed_count), (select is_called from tick), "
                                        "(select count(*) from pg_locks where locktype = 'advisory')");
    for (int i = 0; i < 100 && !g_str_has_suffix(left, "|0"); i++) { /* the backend ends a moment after we hang up */
        g_usleep(20000);
        g_free(left);
        left = cluster_ask(cluster, hospital->database,
                           "select (select count(*) from bed_count), (select is_called from tick), "
                           "(select count(*) from pg_locks where locktype = 'advisory')");
    }
    g_assert_cmpstr(left, ==, "1|f|0");
}

static void a_slow_or_frozen_source_ends_with_the_deadline(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    hospital->settings.deadline_s = 1;
    g_autoptr(Source) source = open_source(hospital);
    set_sql(&hospital->beds, "select " GOOD_COLUMNS " from (select set_config('statement_timeout', '0', false), pg_sleep(60)) x");
    gint64 begun = g_get_monotonic_time();
    store_must_fail(source, &hospital->beds, SOURCE_ERROR_DOWN, "no answer within the deadline");
    g_assert_cmpint(g_get_monotonic_time() - begun, <, 2000000);
    g_autofree char *file = g_build_filename(cluster_host(cluster), "data", "postmaster.pid", NULL);
    g_autofree char *content = NULL;
    g_assert_true(g_file_get_contents(file, &content, NULL, NULL));
    begun = g_get_monotonic_time();
    kill(atoi(content), SIGSTOP);
    g_autoptr(GError) error = NULL;
    g_autoptr(Store) store = store_new();
    SourcePull pull;
    gboolean done = store_pull(store, source, &hospital->beds, STORE_NOW, &pull, &error);
    kill(atoi(content), SIGCONT);
    g_assert_false(done);
    g_assert_error(error, SOURCE_ERROR, SOURCE_ERROR_DOWN);
    g_assert_cmpint(g_get_monotonic_time() - begun, <, 2000000);
    set_sql(&hospital->beds, beds_sql);
    hospital->settings.deadline_s = 10;
    store_must_pull(store, source, &hospital->beds, STORE_NOW, &pull);
}

static void caps_name_the_setting(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    hospital->settings.max_rows = 99;
    g_autoptr(Source) source = open_source(hospital);
    set_sql(&hospital->beds, "select " GOOD_COLUMNS " from generate_series(1, 100)");
    store_must_fail(source, &hospital->beds, SOURCE_ERROR_TOO_LARGE, "more than 99 rows; raise max_rows");
    hospital->settings.max_rows = 100;
    hospital->settings.max_bytes = 100;
    store_must_fail(source, &hospital->beds, SOURCE_ERROR_TOO_LARGE, "more than 100 bytes; raise max_rows or max_bytes");
}

static void a_check_says_what_fits_and_what_does_not(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    cluster_sql(cluster, hospital->database,
                "insert into moves select n, 'icu', 'enter', now() - interval '1 hour', now() - interval '1 hour' from generate_series(1, 7) n;"
                "insert into bed_count values ('icu', now(), 12, now() - interval '2 days'), ('icu', now(), -1, now() - interval '1 hour');"
                "create role reader login; grant select on moves, bed_count to reader;");
    g_autoptr(Source) source = open_source(hospital);
    g_autoptr(GString) report = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    gboolean fine = source_check(source, report, &error);
    g_assert_no_error(error);
    g_assert_true(fine);
    g_assert_true(g_str_has_prefix(report->str, "feed stays: 6 columns fit, 7 rows in the last day\n"
                                                "feed beds: 5 columns fit, 1 rows in the last day, 1 of them to be kept apart (staffed is -1; wanted 0 to 1e+06)\n"
                                                "warning: the account is a superuser"));
    g_free(hospital->settings.connection);
    hospital->settings.connection = cluster_conninfo(cluster, hospital->database, "reader");
    g_string_truncate(report, 0);
    g_assert_true(source_check(source, report, &error));
    g_assert_null(strstr(report->str, "warning"));
    set_sql(&hospital->stays, "select 1 as facility, 2 as other");
    g_string_truncate(report, 0);
    g_assert_false(source_check(source, report, &error));
    g_assert_error(error, SOURCE_ERROR, SOURCE_ERROR_CHANGED);
    g_assert_nonnull(strstr(report->str, "feed stays: column unit is missing"));
    g_assert_nonnull(strstr(report->str, "\nfeed beds: 5 columns fit"));
}

static void an_unknown_type_of_source_is_refused(void)
{
    SourceSettings settings = {.name = (char *)"ward-db", .type = (char *)"telepathy"};
    g_autoptr(GError) error = NULL;
    g_assert_null(source_new(&settings, NULL, key, &error));
    g_assert_error(error, SOURCE_ERROR, SOURCE_ERROR_SETTING);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    cluster = cluster_new();
    g_test_add_func("/in/source/what-is-new-since-the-watermark-comes-once", what_is_new_since_the_watermark_comes_once);
    g_test_add_func("/in/source/a-taker-that-fails-half-way-loses-and-doubles-nothing", a_taker_that_fails_half_way_loses_and_doubles_nothing);
    g_test_add_func("/in/source/a-server-that-dies-half-way-loses-and-doubles-nothing", a_server_that_dies_half_way_loses_and_doubles_nothing);
    g_test_add_func("/in/source/late-rows-and-corrections-are-found-by-the-overlap", late_rows_and_corrections_are_found_by_the_overlap);
    g_test_add_func("/in/source/bad-rows-are-set-apart-and-the-others-pass", bad_rows_are_set_apart_and_the_others_pass);
    g_test_add_func("/in/source/stay-ids-leave-as-keyed-hashes-only", stay_ids_leave_as_keyed_hashes_only);
    g_test_add_func("/in/source/a-changed-schema-stops-the-source-and-names-the-column", a_changed_schema_stops_the_source_and_names_the_column);
    g_test_add_func("/in/source/a-renamed-column-behind-a-star-is-found", a_renamed_column_behind_a_star_is_found);
    g_test_add_func("/in/source/a-mapping-cannot-write-or-leave-anything-behind", a_mapping_cannot_write_or_leave_anything_behind);
    g_test_add_func("/in/source/a-slow-or-frozen-source-ends-with-the-deadline", a_slow_or_frozen_source_ends_with_the_deadline);
    g_test_add_func("/in/source/caps-name-the-setting", caps_name_the_setting);
    g_test_add_func("/in/source/a-check-says-what-fits-and-what-does-not", a_check_says_what_fits_and_what_does_not);
    g_test_add_func("/in/source/an-unknown-type-of-source-is-refused", an_unknown_type_of_source_is_refused);
    int failed = g_test_run();
    cluster_free(cluster);
    return failed;
}
