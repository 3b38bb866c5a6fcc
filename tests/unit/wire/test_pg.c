#include "connectors/wire/pg.h"
#include "tests/harness/cluster.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static Cluster *cluster; /* one for all cases; NULL when no server is installed */

static Pg *open_as_postgres(void)
{
    g_autofree char *conninfo = cluster_conninfo(cluster, "postgres", "postgres");
    g_autoptr(GError) error = NULL;
    Pg *pg = pg_open(conninfo, NULL, 10, &error);
    g_assert_no_error(error);
    return pg;
}

#define NEED_CLUSTER() \
    if (cluster == NULL) { \
        g_test_skip("no PostgreSQL server is installed"); \
        return; \
    }

/* Run a statement that must work, and give back its single cell. */
static char *ask(Pg *pg, const char *sql)
{
    g_autoptr(PgResult) result = NULL;
    g_autoptr(GError) error = NULL;
    gboolean done = pg_query(pg, sql, NULL, 0, PG_EXPECT_ROW, &result, 10, &error);
    g_assert_no_error(error);
    g_assert_true(done);
    return g_strdup(pg_cell(result, 0, 0));
}

static void run(Pg *pg, const char *sql)
{
    g_autoptr(GError) error = NULL;
    gboolean done = pg_query(pg, sql, NULL, 0, PG_EXPECT_NONE, NULL, 10, &error);
    g_assert_no_error(error);
    g_assert_true(done);
}

/* A statement that must fail in this way. */
static void refuse(Pg *pg, const char *sql, PgExpect expect, PgError code, const char *words)
{
    g_autoptr(PgResult) result = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_false(pg_query(pg, sql, NULL, 0, expect, &result, 10, &error));
    g_assert_null(result);
    g_assert_error(error, PG_ERROR, (int)code);
    g_assert_nonnull(strstr(error->message, words));
}

static void assert_usable(Pg *pg)
{
    g_assert_true(pg_ok(pg));
    g_autofree char *answer = ask(pg, "select 41 + 1");
    g_assert_cmpstr(answer, ==, "42");
}

static void values_are_bound_and_null_is_null(void)
{
    NEED_CLUSTER();
    g_autoptr(Pg) pg = open_as_postgres();
    const char *value[] = {"'; drop table x; --", NULL, ""};
    g_autoptr(PgResult) result = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(pg_query(pg, "select $1::text, $2::text, $3::text, 1 where $2::text is null", value, 3, PG_EXPECT_ROWS, &result, 10, &error));
    g_assert_cmpuint(pg_rows(result), ==, 1);
    g_assert_cmpuint(pg_columns(result), ==, 4);
    g_assert_cmpstr(pg_cell(result, 0, 0), ==, value[0]);
    g_assert_null(pg_cell(result, 0, 1));
    g_assert_cmpstr(pg_cell(result, 0, 2), ==, "");
    g_assert_cmpstr(pg_cell(result, 0, 3), ==, "1");
}

static void a_session_speaks_utc_and_iso(void)
{
    NEED_CLUSTER();
    g_autoptr(Pg) pg = open_as_postgres();
    g_autofree char *at = ask(pg, "select timestamptz '2026-07-01 12:00:00+02'");
    g_assert_cmpstr(at, ==, "2026-07-01 10:00:00+00");
    g_autofree char *name = ask(pg, "select application_name || '/' || current_setting('client_encoding') from pg_stat_activity where pid = pg_backend_pid()");
    g_assert_cmpstr(name, ==, "wardcast/UTF8");
    g_autofree char *where = g_strdup_printf("%s/5432/postgres as postgres", cluster_host(cluster));
    g_assert_cmpstr(pg_where(pg), ==, where);
}

static void a_statement_in_error_leaves_the_connection_usable(void)
{
    NEED_CLUSTER();
    g_autoptr(Pg) pg = open_as_postgres();
    refuse(pg, "select nothing from nowhere", PG_EXPECT_ROWS, PG_ERROR_STATEMENT, "relation \"nowhere\" does not exist (42P01)");
    assert_usable(pg);
    refuse(pg, "select 1; select 2", PG_EXPECT_ROWS, PG_ERROR_STATEMENT, "multiple commands");
    assert_usable(pg);
    refuse(pg, "select pg_sleep(5), set_config('statement_timeout', '1', false)", PG_EXPECT_NONE, PG_ERROR_SHAPE, "wanted no rows");
    assert_usable(pg);
}

static void an_answer_of_another_shape_is_refused(void)
{
    NEED_CLUSTER();
    g_autoptr(Pg) pg = open_as_postgres();
    refuse(pg, "select generate_series(1, 2)", PG_EXPECT_ROW, PG_ERROR_SHAPE, "wanted one row, got 2");
    refuse(pg, "select 1 where false", PG_EXPECT_ROW, PG_ERROR_SHAPE, "wanted one row, got 0");
    refuse(pg, "select generate_series(1, 2)", PG_EXPECT_MAYBE_ROW, PG_ERROR_SHAPE, "wanted at most one row, got 2");
    refuse(pg, "select 1", PG_EXPECT_NONE, PG_ERROR_SHAPE, "wanted no rows, got 1");
    refuse(pg, "set work_mem = '1MB'", PG_EXPECT_ROWS, PG_ERROR_SHAPE, "returns none by its nature");
    refuse(pg, "", PG_EXPECT_ROWS, PG_ERROR_SHAPE, "EMPTY");
    assert_usable(pg);
}

static void messages_never_quote_bound_values(void)
{
    NEED_CLUSTER();
    g_autoptr(Pg) pg = open_as_postgres();
    const char *value[] = {"John Doe"};
    g_autoptr(GError) error = NULL;
    g_assert_false(pg_query(pg, "select $1::int", value, 1, PG_EXPECT_ROW, NULL, 10, &error));
    g_assert_error(error, PG_ERROR, PG_ERROR_STATEMENT);
    g_assert_null(strstr(error->message, "John"));
    g_assert_nonnull(strstr(error->message, "invalid input syntax for type integer: \"...\" (22P02)"));
}

static void each_kind_of_trouble_has_its_code(void)
{
    NEED_CLUSTER();
    static const struct { const char *state; PgError code; } table[] = {
        {"40001", PG_ERROR_RETRY}, {"40P01", PG_ERROR_RETRY}, {"55P03", PG_ERROR_RETRY}, {"57P01", PG_ERROR_RETRY}, {"57P02", PG_ERROR_RETRY},
        {"57P03", PG_ERROR_RETRY}, {"53300", PG_ERROR_RETRY}, {"25006", PG_ERROR_READONLY}, {"23505", PG_ERROR_STATEMENT}, {"57014", PG_ERROR_STATEMENT},
    };
    g_autoptr(Pg) pg = open_as_postgres();
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *sql = g_strdup_printf("do $$ begin raise 'x' using errcode = '%s'; end $$", table[i].state);
        refuse(pg, sql, PG_EXPECT_NONE, table[i].code, table[i].state);
    }
    run(pg, "begin read only");
    refuse(pg, "create table never (x int)", PG_EXPECT_NONE, PG_ERROR_READONLY, "25006");
    run(pg, "rollback");
    assert_usable(pg);
}

static void a_conninfo_with_a_password_is_refused(void)
{
    static const char *const conninfo[] = {"host=/nowhere password=canary", "postgresql://me:canary@localhost/db", "password=canary host"};
    for (gsize i = 0; i < G_N_ELEMENTS(conninfo); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(pg_open(conninfo[i], NULL, 1, &error));
        g_assert_error(error, PG_ERROR, PG_ERROR_CONNECT);
        g_assert_null(strstr(error->message, "canary"));
    }
}

static void a_server_that_is_not_there_is_said_to_be_so(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(pg_open("host=/nowhere/at/all user=me", NULL, 5, &error));
    g_assert_error(error, PG_ERROR, PG_ERROR_CONNECT);
    g_assert_nonnull(strstr(error->message, "/nowhere/at/all"));
    g_assert_null(strchr(error->message, '\n'));
}

static void the_second_host_is_tried_when_the_first_is_frozen(void)
{
    NEED_CLUSTER();
    /* A listener that accepts nothing and says nothing. */
    g_autoptr(GSocketListener) mute = g_socket_listener_new();
    guint16 port = g_socket_listener_add_any_inet_port(mute, NULL, NULL);
    g_autofree char *conninfo = g_strdup_printf("host=127.0.0.1,%s port=%u,5432 dbname=postgres user=postgres target_session_attrs=read-write",
                                                cluster_host(cluster), port);
    g_autoptr(GError) error = NULL;
    gint64 begun = g_get_monotonic_time();
    g_autoptr(Pg) pg = pg_open(conninfo, NULL, 4, &error);
    g_assert_no_error(error);
    g_assert_cmpint(g_get_monotonic_time() - begun, <, 3000000);
    assert_usable(pg);
}

static double elapsed_s(gint64 begun)
{
    return (double)(g_get_monotonic_time() - begun) / G_USEC_PER_SEC;
}

static void a_frozen_backend_ends_with_the_deadline(void)
{
    NEED_CLUSTER();
    g_autoptr(Pg) pg = open_as_postgres();
    g_autofree char *pid = ask(pg, "select pg_backend_pid()");
    g_assert_cmpint(kill(atoi(pid), SIGSTOP), ==, 0);
    gint64 begun = g_get_monotonic_time();
    g_autoptr(GError) error = NULL;
    gboolean answered = pg_query(pg, "select 1", NULL, 0, PG_EXPECT_ROW, NULL, 1, &error);
    double took_s = elapsed_s(begun);
    kill(atoi(pid), SIGCONT);
    g_assert_false(answered);
    g_assert_error(error, PG_ERROR, PG_ERROR_DEADLINE);
    g_assert_false(pg_ok(pg));
    g_assert_cmpfloat(took_s, >=, 1);
    g_assert_cmpfloat(took_s, <, 2);
    g_autoptr(GError) again = NULL;
    g_assert_false(pg_query(pg, "select 1", NULL, 0, PG_EXPECT_ROW, NULL, 1, &again));
    g_assert_error(again, PG_ERROR, PG_ERROR_LOST);
}

static void a_frozen_server_ends_connecting_with_the_deadline(void)
{
    NEED_CLUSTER();
    g_autofree char *file = g_build_filename(cluster_host(cluster), "data", "postmaster.pid", NULL);
    g_autofree char *content = NULL;
    g_assert_true(g_file_get_contents(file, &content, NULL, NULL));
    g_autofree char *conninfo = cluster_conninfo(cluster, "postgres", "postgres");
    kill(atoi(content), SIGSTOP);
    gint64 begun = g_get_monotonic_time();
    g_autoptr(GError) error = NULL;
    g_autoptr(Pg) pg = pg_open(conninfo, NULL, 1, &error);
    double took_s = elapsed_s(begun);
    kill(atoi(content), SIGCONT);
    g_assert_null(pg);
    g_assert_error(error, PG_ERROR, PG_ERROR_DEADLINE);
    g_assert_cmpfloat(took_s, <, 2);
}

static void a_slow_statement_is_cancelled_at_the_deadline(void)
{
    NEED_CLUSTER();
    g_autoptr(Pg) pg = open_as_postgres();
    g_autoptr(Pg) watcher = open_as_postgres();
    g_autoptr(GError) error = NULL;
    g_assert_false(pg_query(pg, "select pg_sleep(300), 'slow canary'", NULL, 0, PG_EXPECT_ROW, NULL, 0.3, &error));
    g_assert_error(error, PG_ERROR, PG_ERROR_DEADLINE);
    /* The server must not go on with it. */
    for (int i = 0; i < 100; i++) {
        g_autofree char *left = ask(watcher, "select count(*) from pg_stat_activity where state = 'active' and query like '%slow canary%' and pid <> pg_backend_pid()");
        if (g_str_equal(left, "0"))
            return;
        g_usleep(50000);
    }
    g_test_fail_printf("the statement still runs on the server");
}

static void a_restarted_server_is_lost_and_a_new_connection_works(void)
{
    NEED_CLUSTER();
    g_autoptr(Pg) pg = open_as_postgres();
    cluster_stop(cluster);
    cluster_start(cluster);
    g_autoptr(GError) error = NULL;
    g_assert_false(pg_query(pg, "select 1", NULL, 0, PG_EXPECT_ROW, NULL, 5, &error));
    g_assert_true(g_error_matches(error, PG_ERROR, PG_ERROR_LOST) || g_error_matches(error, PG_ERROR, PG_ERROR_RETRY));
    g_assert_false(pg_ok(pg));
    g_autoptr(Pg) fresh = open_as_postgres();
    assert_usable(fresh);
    cluster_kill9(cluster);
    g_autoptr(GError) killed = NULL;
    g_assert_false(pg_query(fresh, "select 1", NULL, 0, PG_EXPECT_ROW, NULL, 5, &killed));
    g_assert_true(g_error_matches(killed, PG_ERROR, PG_ERROR_LOST) || g_error_matches(killed, PG_ERROR, PG_ERROR_RETRY));
    g_assert_false(pg_ok(fresh));
    cluster_start(cluster);
    g_autoptr(Pg) third = open_as_postgres();
    assert_usable(third);
}

static void a_backend_that_is_ended_is_worth_a_retry(void)
{
    NEED_CLUSTER();
    g_autoptr(Pg) pg = open_as_postgres();
    refuse(pg, "select pg_terminate_backend(pg_backend_pid()), pg_sleep(5)", PG_EXPECT_ROW, PG_ERROR_RETRY, "57P01");
    g_assert_false(pg_ok(pg));
}

/* --- streams ----------------------------------------------------------------- */

typedef struct { gsize rows, stop_at; gint64 sum; } Count;

static gboolean count_row(void *self, const char *const *cell, gsize cells, GError **error)
{
    Count *count = self;
    g_assert_cmpuint(cells, ==, 1);
    count->rows++;
    count->sum += cell[0] ? atoll(cell[0]) : 0;
    if (count->rows != count->stop_at)
        return TRUE;
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC, "the taker has had enough");
    return FALSE;
}

static void a_stream_gives_every_row(void)
{
    NEED_CLUSTER();
    g_autoptr(Pg) pg = open_as_postgres();
    Count count = {0};
    const char *value[] = {"100000"};
    g_autoptr(GError) error = NULL;
    gboolean done = pg_stream(pg, "select generate_series(1, $1::int)", value, 1, 100000, 1 << 20, count_row, &count, 30, &error);
    g_assert_no_error(error);
    g_assert_true(done);
    g_assert_cmpuint(count.rows, ==, 100000);
    g_assert_cmpint(count.sum, ==, G_GINT64_CONSTANT(5000050000));
    Count none = {0};
    g_assert_true(pg_stream(pg, "select 1 where false", NULL, 0, 10, 10, count_row, &none, 30, &error));
    g_assert_cmpuint(none.rows, ==, 0);
    assert_usable(pg);
}

static void a_stream_stops_at_its_caps(void)
{
    NEED_CLUSTER();
    g_autoptr(Pg) pg = open_as_postgres();
    Count rows = {0}, bytes = {0};
    g_autoptr(GError) too_many = NULL, too_long = NULL;
    g_assert_false(pg_stream(pg, "select generate_series(1, 100000000)", NULL, 0, 1000, G_MAXSIZE, count_row, &rows, 30, &too_many));
    g_assert_error(too_many, PG_ERROR, PG_ERROR_TOO_LARGE);
    g_assert_cmpuint(rows.rows, ==, 1000);
    assert_usable(pg);
    g_assert_false(pg_stream(pg, "select repeat('0', 1000) from (select generate_series(1, 100000000)) x", NULL, 0, G_MAXSIZE, 10500, count_row, &bytes, 30, &too_long));
    g_assert_error(too_long, PG_ERROR, PG_ERROR_TOO_LARGE);
    g_assert_cmpuint(bytes.rows, ==, 10);
    assert_usable(pg);
}

static void a_taker_that_refuses_stops_the_stream_with_its_own_error(void)
{
    NEED_CLUSTER();
    g_autoptr(Pg) pg = open_as_postgres();
    Count count = {.stop_at = 7};
    g_autoptr(GError) error = NULL;
    g_assert_false(pg_stream(pg, "select generate_series(1, 100000000)", NULL, 0, G_MAXSIZE, G_MAXSIZE, count_row, &count, 30, &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
    g_assert_cmpuint(count.rows, ==, 7);
    assert_usable(pg);
}

static void an_error_in_the_middle_of_a_stream_is_told(void)
{
    NEED_CLUSTER();
    g_autoptr(Pg) pg = open_as_postgres();
    Count count = {0};
    g_autoptr(GError) error = NULL, shape = NULL;
    g_assert_false(pg_stream(pg, "select 10 / (5 - x) from generate_series(1, 10) x", NULL, 0, 100, 1000, count_row, &count, 30, &error));
    g_assert_error(error, PG_ERROR, PG_ERROR_STATEMENT);
    g_assert_cmpuint(count.rows, ==, 4);
    g_assert_false(pg_stream(pg, "set work_mem = '1MB'", NULL, 0, 100, 1000, count_row, &count, 30, &shape));
    g_assert_error(shape, PG_ERROR, PG_ERROR_SHAPE);
    assert_usable(pg);
}

static void a_window_may_use_both_ends_or_none(void)
{
    NEED_CLUSTER();
    static const char *const sql[] = {
        "select 1", "select 1 where $1 < '1971-01-01'", "select 1 where $2 = '2026-11-23 05:00+00'", "select 1 where $1 - interval '1 hour' < $2",
    };
    g_autoptr(Pg) pg = open_as_postgres();
    for (gsize i = 0; i < G_N_ELEMENTS(sql); i++) {
        Count count = {0};
        g_autoptr(GError) error = NULL;
        gboolean done = pg_stream_between(pg, sql[i], 0, G_GINT64_CONSTANT(1795410000000000), 10, 100, count_row, &count, 10, &error);
        g_assert_no_error(error);
        g_assert_true(done);
        g_assert_cmpuint(count.rows, ==, 1);
    }
}

static void columns_are_described_without_running(void)
{
    NEED_CLUSTER();
    g_autoptr(Pg) pg = open_as_postgres();
    g_auto(GStrv) name = NULL, type = NULL;
    g_autoptr(GError) error = NULL;
    gboolean done = pg_describe(pg, "select pg_sleep(60)::text as a, now() as \"B c\", 1.5::numeric(5,2) as n, localtimestamp as l where $1 < now()",
                                &name, &type, 5, &error);
    g_assert_no_error(error);
    g_assert_true(done);
    g_autofree char *names = g_strjoinv("|", name);
    g_autofree char *types = g_strjoinv("|", type);
    g_assert_cmpstr(names, ==, "a|B c|n|l");
    g_assert_cmpstr(types, ==, "text|timestamp with time zone|numeric|timestamp without time zone");
    g_auto(GStrv) no_name = NULL, no_type = NULL;
    g_assert_false(pg_describe(pg, "select gone from pg_class", &no_name, &no_type, 5, &error));
    g_assert_error(error, PG_ERROR, PG_ERROR_STATEMENT);
    g_assert_null(no_name);
    assert_usable(pg);
}

/* --- copy -------------------------------------------------------------------- */

static void nasty_text_survives_a_copy(void)
{
    NEED_CLUSTER();
    static const char *const nasty[] = {
        "plain", "", "\\", "\\N", "\\.", "tab\there", "two\nlines\r\n", "\b\f\v", "quote ' \" $1", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x8f\xa5", NULL, "\\t \\n", "NULL",
    };
    g_autoptr(Pg) pg = open_as_postgres();
    g_autoptr(GError) error = NULL;
    run(pg, "create temp table note (n int, words text)");
    g_assert_true(pg_copy_begin(pg, "copy note (n, words) from stdin", 10, &error));
    for (gsize i = 0; i < G_N_ELEMENTS(nasty); i++) {
        g_autofree char *n = g_strdup_printf("%d", (int)i);
        const char *cell[] = {n, nasty[i]};
        g_assert_true(pg_copy_row(pg, cell, 2, &error));
    }
    gboolean done = pg_copy_end(pg, TRUE, &error);
    g_assert_no_error(error);
    g_assert_true(done);
    g_autoptr(PgResult) rows = NULL;
    g_assert_true(pg_query(pg, "select words from note order by n", NULL, 0, PG_EXPECT_ROWS, &rows, 10, &error));
    g_assert_cmpuint(pg_rows(rows), ==, G_N_ELEMENTS(nasty));
    for (gsize i = 0; i < G_N_ELEMENTS(nasty); i++)
        g_assert_cmpstr(pg_cell(rows, i, 0), ==, nasty[i]);
}

static void a_copy_given_up_leaves_no_row(void)
{
    NEED_CLUSTER();
    g_autoptr(Pg) pg = open_as_postgres();
    g_autoptr(GError) error = NULL;
    const char *good[] = {"1"}, *bad[] = {"John Doe"};
    run(pg, "create temp table bed (n int)");
    g_assert_true(pg_copy_begin(pg, "copy bed from stdin", 10, &error));
    g_assert_true(pg_copy_row(pg, good, 1, &error));
    g_assert_true(pg_copy_end(pg, FALSE, &error));
    g_assert_true(pg_copy_begin(pg, "copy bed from stdin", 10, &error));
    g_assert_true(pg_copy_row(pg, good, 1, &error));
    g_assert_true(pg_copy_row(pg, bad, 1, &error));
    g_assert_false(pg_copy_end(pg, TRUE, &error));
    g_assert_error(error, PG_ERROR, PG_ERROR_STATEMENT);
    g_assert_null(strstr(error->message, "John"));
    g_autofree char *rows = ask(pg, "select count(*) from bed");
    g_assert_cmpstr(rows, ==, "0");
    g_autoptr(GError) shape = NULL;
    g_assert_false(pg_copy_begin(pg, "select 1", 10, &shape));
    g_assert_error(shape, PG_ERROR, PG_ERROR_SHAPE);
    assert_usable(pg);
}

static void a_large_copy_into_a_frozen_server_ends_with_the_deadline(void)
{
    NEED_CLUSTER();
    g_autoptr(Pg) pg = open_as_postgres();
    g_autoptr(GError) error = NULL;
    g_autofree char *pid = ask(pg, "select pg_backend_pid()");
    g_autofree char *wide = g_strnfill(100000, 'x');
    const char *cell[] = {wide};
    run(pg, "create temp table wide (words text)");
    g_assert_true(pg_copy_begin(pg, "copy wide from stdin", 1, &error));
    kill(atoi(pid), SIGSTOP);
    gint64 begun = g_get_monotonic_time();
    gboolean put = TRUE;
    for (int i = 0; put && i < 1000; i++)
        put = pg_copy_row(pg, cell, 1, &error);
    double took_s = elapsed_s(begun);
    kill(atoi(pid), SIGCONT);
    g_assert_false(put);
    g_assert_error(error, PG_ERROR, PG_ERROR_DEADLINE);
    g_assert_cmpfloat(took_s, <, 3);
    g_autoptr(GError) end = NULL;
    g_assert_false(pg_copy_end(pg, FALSE, &end));
    g_assert_error(end, PG_ERROR, PG_ERROR_LOST);
}

static void a_notification_wakes_the_waiter(void)
{
    NEED_CLUSTER();
    g_autoptr(Pg) listener = open_as_postgres();
    g_autoptr(Pg) speaker = open_as_postgres();
    g_autoptr(GError) error = NULL;
    g_autofree char *none = NULL, *payload = NULL;
    run(listener, "listen published");
    gint64 begun = g_get_monotonic_time();
    g_assert_true(pg_wait_notify(listener, 0.2, &none, &error));
    g_assert_null(none);
    g_assert_cmpfloat(elapsed_s(begun), >=, 0.2);
    run(speaker, "notify published, 'run 17'");
    g_assert_true(pg_wait_notify(listener, 5, &payload, &error));
    g_assert_cmpstr(payload, ==, "run 17");
    assert_usable(listener);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    cluster = cluster_new();
    g_test_add_func("/wire/pg/values-are-bound-and-null-is-null", values_are_bound_and_null_is_null);
    g_test_add_func("/wire/pg/a-session-speaks-utc-and-iso", a_session_speaks_utc_and_iso);
    g_test_add_func("/wire/pg/a-statement-in-error-leaves-the-connection-usable", a_statement_in_error_leaves_the_connection_usable);
    g_test_add_func("/wire/pg/an-answer-of-another-shape-is-refused", an_answer_of_another_shape_is_refused);
    g_test_add_func("/wire/pg/messages-never-quote-bound-values", messages_never_quote_bound_values);
    g_test_add_func("/wire/pg/each-kind-of-trouble-has-its-code", each_kind_of_trouble_has_its_code);
    g_test_add_func("/wire/pg/a-conninfo-with-a-password-is-refused", a_conninfo_with_a_password_is_refused);
    g_test_add_func("/wire/pg/a-server-that-is-not-there-is-said-to-be-so", a_server_that_is_not_there_is_said_to_be_so);
    g_test_add_func("/wire/pg/the-second-host-is-tried-when-the-first-is-frozen", the_second_host_is_tried_when_the_first_is_frozen);
    g_test_add_func("/wire/pg/a-frozen-backend-ends-with-the-deadline", a_frozen_backend_ends_with_the_deadline);
    g_test_add_func("/wire/pg/a-frozen-server-ends-connecting-with-the-deadline", a_frozen_server_ends_connecting_with_the_deadline);
    g_test_add_func("/wire/pg/a-slow-statement-is-cancelled-at-the-deadline", a_slow_statement_is_cancelled_at_the_deadline);
    g_test_add_func("/wire/pg/a-restarted-server-is-lost-and-a-new-connection-works", a_restarted_server_is_lost_and_a_new_connection_works);
    g_test_add_func("/wire/pg/a-backend-that-is-ended-is-worth-a-retry", a_backend_that_is_ended_is_worth_a_retry);
    g_test_add_func("/wire/pg/a-stream-gives-every-row", a_stream_gives_every_row);
    g_test_add_func("/wire/pg/a-stream-stops-at-its-caps", a_stream_stops_at_its_caps);
    g_test_add_func("/wire/pg/a-taker-that-refuses-stops-the-stream-with-its-own-error", a_taker_that_refuses_stops_the_stream_with_its_own_error);
    g_test_add_func("/wire/pg/an-error-in-the-middle-of-a-stream-is-told", an_error_in_the_middle_of_a_stream_is_told);
    g_test_add_func("/wire/pg/a-window-may-use-both-ends-or-none", a_window_may_use_both_ends_or_none);
    g_test_add_func("/wire/pg/columns-are-described-without-running", columns_are_described_without_running);
    g_test_add_func("/wire/pg/nasty-text-survives-a-copy", nasty_text_survives_a_copy);
    g_test_add_func("/wire/pg/a-copy-given-up-leaves-no-row", a_copy_given_up_leaves_no_row);
    g_test_add_func("/wire/pg/a-large-copy-into-a-frozen-server-ends-with-the-deadline", a_large_copy_into_a_frozen_server_ends_with_the_deadline);
    g_test_add_func("/wire/pg/a-notification-wakes-the-waiter", a_notification_wakes_the_waiter);
    int failed = g_test_run();
    cluster_free(cluster);
    return failed;
}
