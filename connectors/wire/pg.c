#include "connectors/wire/pg.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <string.h>

G_DEFINE_QUARK(pg-error-quark, pg_error)

/* OID of timestamptz; fixed since PostgreSQL 7.0. */
#define OID_TIMESTAMPTZ 1184

struct Pg {
    PGconn *conn;
    char *where;
    char state[6];       /* SQLSTATE of the last error, "" for none */
    gboolean dead;       /* a deadline passed or the wire broke */
    gboolean copying;
    gint64 copy_wait_us; /* deadline of each call of a COPY */
    gsize copy_held;     /* bytes of a COPY since the last flush */
};

struct PgResult {
    PGresult *rows;
};

static gint64 deadline_after(double seconds)
{
    return g_get_monotonic_time() + (gint64)(CLAMP(seconds, 0, 1e9) * G_USEC_PER_SEC);
}

/* libpq ends its messages with newlines and may hold several lines. */
static char *one_line(const char *message)
{
    g_auto(GStrv) lines = g_strsplit(message ? message : "", "\n", -1);
    GString *line = g_string_new(NULL);
    for (char **each = lines; *each != NULL; each++)
        if (*g_strstrip(*each) != '\0')
            g_string_append_printf(line, "%s%s", line->len ? "; " : "", *each);
    return g_string_free(line, FALSE);
}

/* --- waiting ----------------------------------------------------------------- */

typedef enum { WAIT_READY, WAIT_LATE, WAIT_BROKEN } Wait;

static Wait wait_socket(PGconn *conn, short events, gint64 until)
{
    for (;;) {
        struct pollfd socket = {.fd = PQsocket(conn), .events = events};
        gint64 left_us = until - g_get_monotonic_time();
        if (socket.fd < 0)
            return WAIT_BROKEN;
        if (left_us <= 0)
            return WAIT_LATE;
        int ready = poll(&socket, 1, (int)MIN((left_us + 999) / 1000, 3600000));
        if (ready > 0)
            return WAIT_READY;
        if (ready < 0 && errno != EINTR && errno != EAGAIN)
            return WAIT_BROKEN;
    }
}

/* --- giving up --------------------------------------------------------------- */

/* A cancel blocks in libpq, for ever when the whole server is frozen: it runs
 * in a thread of its own, and no more than these at once. */
enum { MOST_CANCELS = 8 };
static gint cancels;

typedef struct {
    GMutex lock;
    GCond done;
    gboolean finished;
    gatomicrefcount users;
    PGcancel *request;
} Cancel;

static void cancel_unref(Cancel *cancel)
{
    if (!g_atomic_ref_count_dec(&cancel->users))
        return;
    PQfreeCancel(cancel->request);
    g_mutex_clear(&cancel->lock);
    g_cond_clear(&cancel->done);
    g_free(cancel);
}

static gpointer cancel_run(gpointer data)
{
    Cancel *cancel = data;
    char words[256] = "";
    if (!PQcancel(cancel->request, words, sizeof words))
        g_debug("cancel: %s", words);
    g_mutex_lock(&cancel->lock);
    cancel->finished = TRUE;
    g_cond_signal(&cancel->done);
    g_mutex_unlock(&cancel->lock);
    cancel_unref(cancel);
    g_atomic_int_add(&cancels, -1);
    return NULL;
}

/* Ask the server to stop the statement; TRUE when it took the request before `until`. */
static gboolean cancel_statement(Pg *pg, gint64 until)
{
    PGcancel *request = PQgetCancel(pg->conn);
    if (request == NULL || g_atomic_int_get(&cancels) >= MOST_CANCELS) {
        PQfreeCancel(request);
        return FALSE;
    }
    g_atomic_int_inc(&cancels);
    Cancel *cancel = g_new0(Cancel, 1);
    g_mutex_init(&cancel->lock);
    g_cond_init(&cancel->done);
    g_atomic_ref_count_init(&cancel->users);
    g_atomic_ref_count_inc(&cancel->users);
    cancel->request = request;
    g_thread_unref(g_thread_new("pg-cancel", cancel_run, cancel));
    g_mutex_lock(&cancel->lock);
    while (!cancel->finished && g_cond_wait_until(&cancel->done, &cancel->lock, until))
        ;
    gboolean finished = cancel->finished;
    g_mutex_unlock(&cancel->lock);
    cancel_unref(cancel);
    return finished;
}

static void set_late(Pg *pg, GError **error)
{
    pg->dead = TRUE;
    if (PQstatus(pg->conn) == CONNECTION_OK)
        cancel_statement(pg, g_get_monotonic_time() + G_USEC_PER_SEC / 5);
    g_set_error(error, PG_ERROR, PG_ERROR_DEADLINE, "%s: no answer within the deadline; the connection is given up", pg->where);
}

static void set_lost(Pg *pg, GError **error)
{
    pg->dead = TRUE;
    g_autofree char *words = one_line(PQerrorMessage(pg->conn));
    g_set_error(error, PG_ERROR, PG_ERROR_LOST, "%s: connection lost: %s", pg->where, words);
}

static gboolean wait_or_give_up(Pg *pg, short events, gint64 until, GError **error)
{
    switch (wait_socket(pg->conn, events, until)) {
    case WAIT_READY:
        return TRUE;
    case WAIT_LATE:
        set_late(pg, error);
        return FALSE;
    case WAIT_BROKEN:
    default:
        set_lost(pg, error);
        return FALSE;
    }
}

/* --- the server's words ------------------------------------------------------ */

static PgError kind_of(const char *state)
{
    static const struct { const char *state; PgError kind; } table[] = {
        {"40001", PG_ERROR_RETRY}, {"40P01", PG_ERROR_RETRY}, {"55P03", PG_ERROR_RETRY}, {"57P01", PG_ERROR_RETRY},
        {"57P02", PG_ERROR_RETRY}, {"57P03", PG_ERROR_RETRY}, {"53300", PG_ERROR_RETRY}, {"25006", PG_ERROR_READONLY},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
        if (g_strcmp0(state, table[i].state) == 0)
            return table[i].kind;
    return PG_ERROR_STATEMENT;
}

/* Class 22 (data exception) quotes the value it could not read. */
static char *without_quoted(const char *message)
{
    GString *kept = g_string_new(NULL);
    gboolean quoted = FALSE;
    for (const char *c = message; *c; c++) {
        if (*c == '"') {
            quoted = !quoted;
            g_string_append(kept, quoted ? "\"..." : "\"");
        } else if (!quoted) {
            g_string_append_c(kept, *c);
        }
    }
    return g_string_free(kept, FALSE);
}

static void set_from_result(Pg *pg, const PGresult *result, GError **error)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    if (state == NULL) { /* libpq's own: the connection broke */
        set_lost(pg, error);
        return;
    }
    g_strlcpy(pg->state, state, sizeof pg->state);
    g_autofree char *words = g_str_has_prefix(state, "22") ? without_quoted(primary) : g_strdup(primary);
    g_set_error(error, PG_ERROR, (int)kind_of(state), "%s: %s (%s)%s%s", pg->where, words, state, hint ? "; " : "", hint ? hint : "");
}

static void take_notice(void *self, const char *message)
{
    g_autofree char *words = one_line(message);
    g_debug("%s: %s", (const char *)self, words);
}

/* --- connecting -------------------------------------------------------------- */

typedef struct {
    const char *keyword[64], *value[64];
    int count;
} Options;

static void options_set(Options *options, const char *keyword, const char *value)
{
    for (int i = 0; i < options->count; i++)
        if (g_str_equal(options->keyword[i], keyword)) {
            options->value[i] = value;
            return;
        }
    g_assert(options->count < (int)G_N_ELEMENTS(options->keyword) - 1);
    options->keyword[options->count] = keyword;
    options->value[options->count++] = value;
    options->keyword[options->count] = options->value[options->count] = NULL;
}

static const char *options_get(const Options *options, const char *keyword)
{
    for (int i = 0; i < options->count; i++)
        if (g_str_equal(options->keyword[i], keyword))
            return options->value[i];
    return NULL;
}

static gboolean read_conninfo(const PQconninfoOption *parsed, Options *options, GError **error)
{
    options_set(options, "gssencmode", "disable");
    options_set(options, "application_name", "wardcast");
    for (const PQconninfoOption *option = parsed; option->keyword; option++) {
        if (option->val == NULL)
            continue;
        if (g_str_equal(option->keyword, "password")) {
            g_set_error(error, PG_ERROR, PG_ERROR_CONNECT, "the connection string holds a password; remove it and name a credential instead");
            return FALSE;
        }
        options_set(options, option->keyword, option->val);
    }
    options_set(options, "client_encoding", "UTF8");
    return TRUE;
}

/* One attempt; NULL with PG_ERROR_CONNECT or PG_ERROR_DEADLINE. */
static PGconn *connect_once(const Options *options, gint64 until, GError **error)
{
    PGconn *conn = PQconnectStartParams(options->keyword, options->value, 0);
    PostgresPollingStatusType step = PGRES_POLLING_WRITING;
    Wait wait = WAIT_READY;
    while (conn != NULL && PQstatus(conn) != CONNECTION_BAD && step != PGRES_POLLING_OK && step != PGRES_POLLING_FAILED) {
        wait = wait_socket(conn, step == PGRES_POLLING_READING ? POLLIN : POLLOUT, until);
        if (wait != WAIT_READY)
            break;
        step = PQconnectPoll(conn);
    }
    if (conn != NULL && step == PGRES_POLLING_OK && PQstatus(conn) == CONNECTION_OK)
        return conn;
    if (wait == WAIT_LATE) {
        const char *host = PQhost(conn), *port = PQport(conn);
        g_set_error(error, PG_ERROR, PG_ERROR_DEADLINE, "%s/%s does not answer within the deadline", host ? host : "the server", port ? port : "");
    } else {
        g_autofree char *words = one_line(conn ? PQerrorMessage(conn) : "out of memory");
        g_set_error(error, PG_ERROR, PG_ERROR_CONNECT, "cannot connect: %s", words);
    }
    PQfinish(conn);
    return NULL;
}

static char *nth(char **list, guint i)
{
    guint count = list ? g_strv_length(list) : 0;
    return count == 0 ? NULL : list[count == 1 ? 0 : MIN(i, count - 1)];
}

/* libpq goes to the next host only when one refuses; one that is frozen would
 * eat the whole deadline, so each host gets its share of what is left. */
static PGconn *connect_any(const Options *options, gint64 until, GError **error)
{
    const char *hosts = options_get(options, "host"), *addresses = options_get(options, "hostaddr"), *ports = options_get(options, "port");
    g_auto(GStrv) host = hosts ? g_strsplit(hosts, ",", -1) : NULL;
    g_auto(GStrv) address = addresses ? g_strsplit(addresses, ",", -1) : NULL;
    g_auto(GStrv) port = ports ? g_strsplit(ports, ",", -1) : NULL;
    guint count = MAX(host ? g_strv_length(host) : 0, address ? g_strv_length(address) : 0);
    if (count < 2 || g_strcmp0(options_get(options, "target_session_attrs"), "prefer-standby") == 0)
        return connect_once(options, until, error);
    g_autoptr(GString) words = g_string_new(NULL);
    int code = PG_ERROR_CONNECT;
    for (guint i = 0; i < count; i++) {
        Options one = *options;
        g_autoptr(GError) cause = NULL;
        if (host)
            options_set(&one, "host", nth(host, i));
        if (address)
            options_set(&one, "hostaddr", nth(address, i));
        if (port)
            options_set(&one, "port", nth(port, i));
        gint64 now = g_get_monotonic_time();
        PGconn *conn = connect_once(&one, now + (until - now) / (count - i), &cause);
        if (conn != NULL)
            return conn;
        code = cause->code;
        g_string_append_printf(words, "%s%s", words->len ? "; " : "", cause->message);
    }
    g_set_error_literal(error, PG_ERROR, code, words->str);
    return NULL;
}

Pg *pg_open(const char *conninfo, const char *password, double deadline_s, GError **error)
{
    gint64 until = deadline_after(deadline_s);
    char *words = NULL;
    PQconninfoOption *parsed = PQconninfoParse(conninfo, &words);
    if (parsed == NULL) {
        /* The parser's words may quote the string, and with it a password. */
        g_set_error(error, PG_ERROR, PG_ERROR_CONNECT, "the connection string cannot be read; wanted KEYWORD=VALUE pairs or postgresql://...");
        PQfreemem(words);
        return NULL;
    }
    Options options = {.count = 0};
    PGconn *conn = NULL;
    if (read_conninfo(parsed, &options, error)) {
        if (password != NULL)
            options_set(&options, "password", password);
        conn = connect_any(&options, until, error);
    }
    PQconninfoFree(parsed);
    if (conn == NULL)
        return NULL;
    Pg *pg = g_new0(Pg, 1);
    pg->conn = conn;
    pg->where = g_strdup_printf("%s/%s/%s as %s", PQhost(conn), PQport(conn), PQdb(conn), PQuser(conn));
    PQsetNoticeProcessor(conn, take_notice, pg->where);
    PQsetnonblocking(conn, 1);
    double left_s = (double)(until - g_get_monotonic_time()) / G_USEC_PER_SEC;
    if (!pg_query(pg, "SELECT set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO, YMD', false), "
                      "set_config('extra_float_digits', '1', false)", NULL, 0, PG_EXPECT_ROW, NULL, left_s, error))
        g_clear_pointer(&pg, pg_close);
    return pg;
}

void pg_close(Pg *pg)
{
    if (pg == NULL)
        return;
    PQfinish(pg->conn);
    g_free(pg->where);
    g_free(pg);
}

gboolean pg_ok(const Pg *pg)
{
    return !pg->dead && PQstatus(pg->conn) == CONNECTION_OK;
}

const char *pg_state(const Pg *pg)
{
    return pg->state[0] ? pg->state : NULL;
}

const char *pg_where(const Pg *pg)
{
    return pg->where;
}

/* --- sending and receiving --------------------------------------------------- */

static gboolean begin_call(Pg *pg, GError **error)
{
    g_assert(!pg->copying);
    if (pg_ok(pg))
        return TRUE;
    pg->dead = TRUE;
    g_set_error(error, PG_ERROR, PG_ERROR_LOST, "%s: the connection is dead; open another", pg->where);
    return FALSE;
}

/* Push what libpq holds back onto the wire, reading meanwhile so that neither side waits for the other. */
static gboolean flush(Pg *pg, gint64 until, GError **error)
{
    int left;
    while ((left = PQflush(pg->conn)) == 1) {
        if (!wait_or_give_up(pg, POLLIN | POLLOUT, until, error))
            return FALSE;
        if (!PQconsumeInput(pg->conn)) {
            set_lost(pg, error);
            return FALSE;
        }
    }
    if (left < 0)
        set_lost(pg, error);
    return left == 0;
}

static gboolean send_statement(Pg *pg, const char *sql, const Oid *type, const char *const *value, gsize values, gint64 until, GError **error)
{
    if (!PQsendQueryParams(pg->conn, sql, (int)values, type, value, NULL, NULL, 0)) {
        set_lost(pg, error);
        return FALSE;
    }
    return flush(pg, until, error);
}

/* The next result, NULL (with TRUE) after the last one. */
static gboolean next_result(Pg *pg, PGresult **result, gint64 until, GError **error)
{
    *result = NULL;
    while (PQisBusy(pg->conn)) {
        if (!wait_or_give_up(pg, POLLIN, until, error))
            return FALSE;
        if (!PQconsumeInput(pg->conn)) {
            /* The server's last words may have come before the wire broke. */
            if (!PQisBusy(pg->conn))
                break;
            set_lost(pg, error);
            return FALSE;
        }
    }
    *result = PQgetResult(pg->conn);
    return TRUE;
}

/* Read off what is left, so that the connection can be used again. */
static gboolean drain(Pg *pg, gint64 until, GError **error)
{
    PGresult *result = NULL;
    do {
        if (!next_result(pg, &result, until, error))
            return FALSE;
        ExecStatusType status = PQresultStatus(result);
        PQclear(result);
        if (result != NULL && (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)) {
            pg->dead = TRUE; /* a COPY nobody feeds never ends */
            return TRUE;
        }
    } while (result != NULL);
    if (PQstatus(pg->conn) != CONNECTION_OK)
        pg->dead = TRUE;
    return TRUE;
}

/* The first result, with the rest read off; the caller clears it. */
static PGresult *only_result(Pg *pg, gint64 until, GError **error)
{
    PGresult *result = NULL;
    if (!next_result(pg, &result, until, error))
        return NULL;
    if (result == NULL) {
        set_lost(pg, error);
        return NULL;
    }
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
        set_from_result(pg, result, error);
        drain(pg, until, NULL);
        g_clear_pointer(&result, PQclear);
    } else if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
        return result;
    } else if (!drain(pg, until, error)) {
        g_clear_pointer(&result, PQclear);
    }
    return result;
}

/* --- statements -------------------------------------------------------------- */

static gboolean check_shape(Pg *pg, const PGresult *rows, PgExpect expect, GError **error)
{
    static const struct { const char *wanted; int least, most; } shape[] = {
        [PG_EXPECT_NONE] = {"no rows", -1, -1},
        [PG_EXPECT_ROW] = {"one row", 1, 1},
        [PG_EXPECT_MAYBE_ROW] = {"at most one row", 0, 1},
        [PG_EXPECT_ROWS] = {"rows", 0, G_MAXINT},
    };
    ExecStatusType status = PQresultStatus(rows);
    int seen = status == PGRES_TUPLES_OK ? PQntuples(rows) : -1;
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        pg->dead = pg->dead || status != PGRES_EMPTY_QUERY;
        g_set_error(error, PG_ERROR, PG_ERROR_SHAPE, "%s: wanted %s, the statement gives %s", pg->where, shape[expect].wanted, PQresStatus(status));
        return FALSE;
    }
    if (seen >= shape[expect].least && seen <= shape[expect].most)
        return TRUE;
    if (seen < 0)
        g_set_error(error, PG_ERROR, PG_ERROR_SHAPE, "%s: wanted %s, the statement returns none by its nature", pg->where, shape[expect].wanted);
    else
        g_set_error(error, PG_ERROR, PG_ERROR_SHAPE, "%s: wanted %s, got %d", pg->where, shape[expect].wanted, seen);
    return FALSE;
}

gboolean pg_query(Pg *pg, const char *sql, const char *const *value, gsize values, PgExpect expect,
                  PgResult **result, double deadline_s, GError **error)
{
    gint64 until = deadline_after(deadline_s);
    if (result != NULL)
        *result = NULL;
    if (!begin_call(pg, error) || !send_statement(pg, sql, NULL, value, values, until, error))
        return FALSE;
    PGresult *rows = only_result(pg, until, error);
    if (rows == NULL)
        return FALSE;
    gboolean fits = check_shape(pg, rows, expect, error);
    if (!fits || expect == PG_EXPECT_NONE || result == NULL) {
        PQclear(rows);
        return fits;
    }
    *result = g_new(PgResult, 1);
    (*result)->rows = rows;
    return TRUE;
}

/* What a stream has used of what it may. */
typedef struct {
    gsize rows, max_rows, bytes, max_bytes;
    const char **cell;
    gsize cells;
} Intake;

static gboolean take_row(Pg *pg, Intake *intake, const PGresult *one, gboolean (*row)(void *, const char *const *, gsize, GError **), void *self, GError **error)
{
    if (intake->cell == NULL) {
        intake->cells = (gsize)PQnfields(one);
        intake->cell = g_new0(const char *, intake->cells + 1);
    }
    for (gsize c = 0; c < intake->cells; c++) {
        intake->cell[c] = PQgetisnull(one, 0, (int)c) ? NULL : PQgetvalue(one, 0, (int)c);
        intake->bytes += (gsize)PQgetlength(one, 0, (int)c);
    }
    if (++intake->rows > intake->max_rows) {
        g_set_error(error, PG_ERROR, PG_ERROR_TOO_LARGE, "%s: more than %" G_GSIZE_FORMAT " rows", pg->where, intake->max_rows);
        return FALSE;
    }
    if (intake->bytes > intake->max_bytes) {
        g_set_error(error, PG_ERROR, PG_ERROR_TOO_LARGE, "%s: more than %" G_GSIZE_FORMAT " bytes", pg->where, intake->max_bytes);
        return FALSE;
    }
    return row(self, intake->cell, intake->cells, error);
}

/* Stop a stream half-way: cancel, then read off the rest, so that the
 * connection stays usable; if that does not work quickly, it is given up. */
static void stop_stream(Pg *pg)
{
    gint64 until = g_get_monotonic_time() + 2 * G_USEC_PER_SEC;
    if (!cancel_statement(pg, until) || !drain(pg, until, NULL))
        pg->dead = TRUE;
}

static gboolean stream_rows(Pg *pg, Intake *intake, gboolean (*row)(void *, const char *const *, gsize, GError **), void *self, gint64 until, GError **error)
{
    for (;;) {
        PGresult *one = NULL;
        if (!next_result(pg, &one, until, error))
            return FALSE;
        ExecStatusType status = PQresultStatus(one);
        if (one != NULL && status == PGRES_SINGLE_TUPLE) {
            gboolean taken = take_row(pg, intake, one, row, self, error);
            PQclear(one);
            if (!taken) {
                stop_stream(pg);
                return FALSE;
            }
            continue;
        }
        gboolean done = one != NULL && status == PGRES_TUPLES_OK;
        if (one == NULL)
            set_lost(pg, error);
        else if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE)
            set_from_result(pg, one, error);
        else if (!done)
            g_set_error(error, PG_ERROR, PG_ERROR_SHAPE, "%s: wanted rows, the statement gives %s", pg->where, PQresStatus(status));
        PQclear(one);
        if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
            pg->dead = TRUE;
        else if (!drain(pg, until, done ? error : NULL))
            return FALSE;
        return done;
    }
}

static gboolean stream(Pg *pg, const char *sql, const Oid *type, const char *const *value, gsize values, gsize max_rows, gsize max_bytes,
                       gboolean (*row)(void *, const char *const *, gsize, GError **), void *self, double deadline_s, GError **error)
{
    gint64 until = deadline_after(deadline_s);
    if (!begin_call(pg, error) || !send_statement(pg, sql, type, value, values, until, error))
        return FALSE;
    PQsetSingleRowMode(pg->conn);
    Intake intake = {.max_rows = max_rows, .max_bytes = max_bytes};
    gboolean done = stream_rows(pg, &intake, row, self, until, error);
    g_free(intake.cell);
    return done;
}

gboolean pg_stream(Pg *pg, const char *sql, const char *const *value, gsize values, gsize max_rows, gsize max_bytes,
                   gboolean (*row)(void *self, const char *const *cell, gsize cells, GError **error), void *self,
                   double deadline_s, GError **error)
{
    return stream(pg, sql, NULL, value, values, max_rows, max_bytes, row, self, deadline_s, error);
}

/* The window's two parameters are given their type, so that a statement may use both, one or none of them. */
static const Oid window_type[2] = {OID_TIMESTAMPTZ, OID_TIMESTAMPTZ};

gboolean pg_stream_between(Pg *pg, const char *sql, gint64 since, gint64 until, gsize max_rows, gsize max_bytes,
                           gboolean (*row)(void *self, const char *const *cell, gsize cells, GError **error), void *self,
                           double deadline_s, GError **error)
{
    char from[PG_INSTANT_BYTES], to[PG_INSTANT_BYTES];
    const char *value[2] = {pg_instant(since, from), pg_instant(until, to)};
    return stream(pg, sql, window_type, value, 2, max_rows, max_bytes, row, self, deadline_s, error);
}

/* Names of the types with these OIDs, in order. */
static char **type_names(Pg *pg, const PGresult *description, gint64 until, GError **error)
{
    g_autoptr(GString) oids = g_string_new("{");
    int columns = PQnfields(description);
    for (int c = 0; c < columns; c++)
        g_string_append_printf(oids, "%s%u", c ? "," : "", PQftype(description, c));
    g_string_append_c(oids, '}');
    const char *value[] = {oids->str};
    g_autoptr(PgResult) names = NULL;
    if (!pg_query(pg, "SELECT format_type(t, NULL) FROM unnest($1::oid[]) WITH ORDINALITY AS u (t, n) ORDER BY n", value, 1,
                  PG_EXPECT_ROWS, &names, (double)(until - g_get_monotonic_time()) / G_USEC_PER_SEC, error))
        return NULL;
    char **type = g_new0(char *, (gsize)columns + 1);
    for (gsize c = 0; c < pg_rows(names); c++)
        type[c] = g_strdup(pg_cell(names, c, 0));
    return type;
}

static PGresult *describe(Pg *pg, const char *sql, gint64 until, GError **error)
{
    if (!PQsendPrepare(pg->conn, "", sql, 2, window_type) || !flush(pg, until, error)) {
        if (error == NULL || *error == NULL)
            set_lost(pg, error);
        return NULL;
    }
    PGresult *prepared = only_result(pg, until, error);
    if (prepared == NULL)
        return NULL;
    PQclear(prepared);
    if (!PQsendDescribePrepared(pg->conn, "") || !flush(pg, until, error)) {
        if (error == NULL || *error == NULL)
            set_lost(pg, error);
        return NULL;
    }
    return only_result(pg, until, error);
}

gboolean pg_describe(Pg *pg, const char *sql, char ***name, char ***type, double deadline_s, GError **error)
{
    gint64 until = deadline_after(deadline_s);
    *name = *type = NULL;
    PGresult *description = begin_call(pg, error) ? describe(pg, sql, until, error) : NULL;
    if (description == NULL)
        return FALSE;
    *type = type_names(pg, description, until, error);
    if (*type != NULL) {
        int columns = PQnfields(description);
        *name = g_new0(char *, (gsize)columns + 1);
        for (int c = 0; c < columns; c++)
            (*name)[c] = g_strdup(PQfname(description, c));
    }
    PQclear(description);
    return *type != NULL;
}

gsize pg_rows(const PgResult *result)
{
    return (gsize)PQntuples(result->rows);
}

gsize pg_columns(const PgResult *result)
{
    return (gsize)PQnfields(result->rows);
}

const char *pg_cell(const PgResult *result, gsize row, gsize column)
{
    g_assert(row < pg_rows(result) && column < pg_columns(result));
    return PQgetisnull(result->rows, (int)row, (int)column) ? NULL : PQgetvalue(result->rows, (int)row, (int)column);
}

void pg_result_free(PgResult *result)
{
    if (result == NULL)
        return;
    PQclear(result->rows);
    g_free(result);
}

/* --- copy -------------------------------------------------------------------- */

/* libpq would hold back any amount for a server that does not read: bytes after which we wait for it. */
enum { COPY_HELD_MOST = 256 * 1024 };

gboolean pg_copy_begin(Pg *pg, const char *copy_sql, double deadline_s, GError **error)
{
    gint64 until = deadline_after(deadline_s);
    if (!begin_call(pg, error) || !send_statement(pg, copy_sql, NULL, NULL, 0, until, error))
        return FALSE;
    PGresult *begun = only_result(pg, until, error);
    if (begun == NULL)
        return FALSE;
    ExecStatusType status = PQresultStatus(begun);
    PQclear(begun);
    pg->copying = status == PGRES_COPY_IN;
    pg->copy_wait_us = (gint64)(deadline_s * G_USEC_PER_SEC);
    if (pg->copying)
        return TRUE;
    pg->dead = pg->dead || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
    g_set_error(error, PG_ERROR, PG_ERROR_SHAPE, "%s: wanted COPY ... FROM STDIN, the statement gives %s", pg->where, PQresStatus(status));
    return FALSE;
}

/* The text format of COPY: the PostgreSQL manual, "COPY", section File Formats. */
static void append_cell(GString *line, const char *cell)
{
    static const char special[] = "\\\b\f\n\r\t\v", letter[] = "\\bfnrtv";
    if (cell == NULL) {
        g_string_append(line, "\\N");
        return;
    }
    for (const char *c = cell; *c; c++) {
        const char *found = strchr(special, *c);
        if (found != NULL) {
            g_string_append_c(line, '\\');
            g_string_append_c(line, letter[found - special]);
        } else {
            g_string_append_c(line, *c);
        }
    }
}

gboolean pg_copy_row(Pg *pg, const char *const *cell, gsize cells, GError **error)
{
    g_assert(pg->copying);
    gint64 until = g_get_monotonic_time() + pg->copy_wait_us;
    g_autoptr(GString) line = g_string_new(NULL);
    for (gsize c = 0; c < cells; c++) {
        if (c > 0)
            g_string_append_c(line, '\t');
        append_cell(line, cell[c]);
    }
    g_string_append_c(line, '\n');
    gboolean put = PQputCopyData(pg->conn, line->str, (int)line->len) > 0;
    if (!put)
        set_lost(pg, error);
    pg->copy_held += line->len;
    if (put && pg->copy_held > COPY_HELD_MOST) {
        put = flush(pg, until, error);
        pg->copy_held = 0;
    }
    pg->copying = put;
    return put;
}

gboolean pg_copy_end(Pg *pg, gboolean ok, GError **error)
{
    if (!pg->copying) { /* a row failed, and the connection with it */
        g_set_error(error, PG_ERROR, PG_ERROR_LOST, "%s: the copy broke off", pg->where);
        return FALSE;
    }
    gint64 until = g_get_monotonic_time() + pg->copy_wait_us;
    g_autoptr(GError) cause = NULL;
    pg->copying = FALSE;
    pg->copy_held = 0;
    if (PQputCopyEnd(pg->conn, ok ? NULL : "given up by the client") <= 0) {
        set_lost(pg, error);
        return FALSE;
    }
    if (!flush(pg, until, error))
        return FALSE;
    PGresult *ended = only_result(pg, until, &cause);
    PQclear(ended);
    /* Giving up is answered with an error, which is what was wanted. */
    if (cause == NULL || (!ok && pg_ok(pg)))
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
}

/* --- notifications ----------------------------------------------------------- */

gboolean pg_wait_notify(Pg *pg, double timeout_s, char **payload, GError **error)
{
    gint64 until = deadline_after(timeout_s);
    *payload = NULL;
    if (!begin_call(pg, error))
        return FALSE;
    for (;;) {
        PGnotify *notify = PQnotifies(pg->conn);
        if (notify != NULL) {
            *payload = g_strdup(notify->extra);
            PQfreemem(notify);
            return TRUE;
        }
        Wait wait = wait_socket(pg->conn, POLLIN, until);
        if (wait == WAIT_LATE)
            return TRUE;
        if (wait == WAIT_BROKEN || !PQconsumeInput(pg->conn)) {
            set_lost(pg, error);
            return FALSE;
        }
    }
}
