/* pg.h -- PostgreSQL with deadlines of our own.
 *
 * The only user of libpq.  Every call works on the asynchronous interface and
 * ends by its own CLOCK_MONOTONIC deadline, because a frozen server defeats
 * connect_timeout, keepalives, tcp_user_timeout and statement_timeout together.
 * Values are always bound, never pasted; one statement per call.
 *
 * Missing  a NULL cell is a NULL pointer.
 * Errors   domain PG_ERROR; messages name the server's own words (never bound
 *          values) and what to do.  After PG_ERROR_DEADLINE or PG_ERROR_LOST the
 *          connection is unusable (pg_ok says so): close it and open another.
 * Threads  one connection per thread.
 */
#pragma once
#include <gio/gio.h>

typedef struct Pg Pg;
typedef struct PgResult PgResult;

#define PG_ERROR (pg_error_quark())
GQuark pg_error_quark(void);
typedef enum {
    PG_ERROR_CONNECT,   /* no connection */
    PG_ERROR_DEADLINE,  /* the server did not answer in time */
    PG_ERROR_LOST,      /* the connection broke; what was in flight may or may not have happened */
    PG_ERROR_RETRY,     /* serialization failure, deadlock, lock not available, shutting down, too many clients: 40001 40P01 55P03 57P01 57P02 57P03 53300 */
    PG_ERROR_READONLY,  /* 25006: this server is a standby; look for the new primary */
    PG_ERROR_STATEMENT, /* any other error of the statement: do not retry */
    PG_ERROR_SHAPE,     /* the answer is not what the caller said it expects */
    PG_ERROR_TOO_LARGE  /* row or byte cap reached */
} PgError;

/* What a statement must give back; anything else is PG_ERROR_SHAPE. */
typedef enum { PG_EXPECT_NONE, PG_EXPECT_ROW, PG_EXPECT_MAYBE_ROW, PG_EXPECT_ROWS } PgExpect;

/* Connect by conninfo (keywords or URI; no password in it) with the password
 * given apart (NULL: none).  Of several hosts each gets its share of the
 * deadline, so that a frozen one does not hide the next.  gssencmode is off unless
 * the conninfo says otherwise; application_name is "wardcast"; client_encoding
 * UTF8; the session's time zone is UTC. */
Pg *pg_open(const char *conninfo, const char *password, double deadline_s, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void pg_close(Pg *pg);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pg, pg_close)

/* FALSE once the connection is known to be dead. */
gboolean pg_ok(const Pg *pg);

/* SQLSTATE of the last error the server told, NULL when there was none. */
const char *pg_state(const Pg *pg);

/* "host/port/database as user", for messages; no secrets. */
const char *pg_where(const Pg *pg);

/* Run one statement with text parameters ($1 = value[0], ...; NULL = SQL NULL).
 * The caller owns the result; with PG_EXPECT_NONE it is NULL on success too,
 * so read success from the return value. */
gboolean pg_query(Pg *pg, const char *sql, const char *const *value, gsize values, PgExpect expect,
                  PgResult **result, double deadline_s, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Same, row by row without holding all of them: `row` sees each row's cells
 * (valid during the call) and returns FALSE to stop with its own error.  Ends
 * with PG_ERROR_TOO_LARGE after max_rows or max_bytes of cells. */
gboolean pg_stream(Pg *pg, const char *sql, const char *const *value, gsize values, gsize max_rows, gsize max_bytes,
                   gboolean (*row)(void *self, const char *const *cell, gsize cells, GError **error), void *self,
                   double deadline_s, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Same for a statement about a window of time: its $1 and $2 are `since` and
 * `until` as timestamptz, and it may use both, one or none of them. */
gboolean pg_stream_between(Pg *pg, const char *sql, gint64 since, gint64 until, gsize max_rows, gsize max_bytes,
                           gboolean (*row)(void *self, const char *const *cell, gsize cells, GError **error), void *self,
                           double deadline_s, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The columns a statement for pg_stream_between() would return, and their types
 * as the server names them (without length or precision), without running it.
 * The caller frees both with g_strfreev(). */
gboolean pg_describe(Pg *pg, const char *sql, char ***name, char ***type, double deadline_s, GError **error) G_GNUC_WARN_UNUSED_RESULT;

gsize pg_rows(const PgResult *result);
gsize pg_columns(const PgResult *result);
const char *pg_cell(const PgResult *result, gsize row, gsize column); /* NULL = SQL NULL; borrowed */
void pg_result_free(PgResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PgResult, pg_result_free)

/* COPY table (columns) FROM STDIN: begin, any number of rows, end.  Text cells,
 * escaped here; NULL = SQL NULL.  pg_copy_end with ok = FALSE makes the server
 * forget all rows.  Each of the calls may take deadline_s.  After a row that
 * failed the connection is dead; pg_copy_end then only says so. */
gboolean pg_copy_begin(Pg *pg, const char *copy_sql, double deadline_s, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean pg_copy_row(Pg *pg, const char *const *cell, gsize cells, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean pg_copy_end(Pg *pg, gboolean ok, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Wait up to timeout_s for a NOTIFY on a channel the caller LISTENs to. TRUE
 * with *payload (caller frees) or TRUE with NULL when none came. */
gboolean pg_wait_notify(Pg *pg, double timeout_s, char **payload, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "2026-11-23T05:00:00.000000Z" for an instant in microseconds since 1970 UTC,
 * and the inverse for what the server prints in ISO style (offset or 'Z' wanted;
 * infinity and years outside 1..9999 are refused).  An instant outside those
 * years is printed as the nearest one inside.  The buffer has PG_INSTANT_BYTES. */
enum { PG_INSTANT_BYTES = 40 };
const char *pg_instant(gint64 instant, char *buffer);
gboolean pg_read_instant(const char *text, gint64 *instant) G_GNUC_WARN_UNUSED_RESULT;
