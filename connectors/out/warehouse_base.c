#include "connectors/out/warehouse_base.h"

#include "sql/statements.h"

#include <stdarg.h>
#include <string.h>

G_DEFINE_QUARK(warehouse-error-quark, warehouse_error)

/* --- errors -------------------------------------------------------------------- */

gboolean warehouse_base_passing(const GError *cause)
{
    if (cause->domain == WAREHOUSE_ERROR)
        return cause->code == WAREHOUSE_ERROR_DOWN;
    if (cause->domain != PG_ERROR)
        return FALSE;
    switch ((PgError)cause->code) {
    case PG_ERROR_CONNECT:
    case PG_ERROR_DEADLINE:
    case PG_ERROR_LOST:
    case PG_ERROR_RETRY:
    case PG_ERROR_READONLY:
        return TRUE;
    case PG_ERROR_STATEMENT:
    case PG_ERROR_SHAPE:
    case PG_ERROR_TOO_LARGE:
        return FALSE;
    }
    return FALSE;
}

gboolean warehouse_base_fail(GError *cause, GError **error)
{
    if (cause->domain == PG_ERROR) {
        WarehouseError code = warehouse_base_passing(cause) ? WAREHOUSE_ERROR_DOWN : WAREHOUSE_ERROR_REFUSED;
        g_set_error(error, WAREHOUSE_ERROR, (int)code, "warehouse: %s", cause->message);
        g_error_free(cause);
    } else
        g_propagate_error(error, cause);
    return FALSE;
}

/* --- connection ------------------------------------------------------------------ */

/* Several hosts are tried until one may be written to, unless the conninfo says otherwise. */
static char *primary_wanted(const char *connection)
{
    if (strstr(connection, "target_session_attrs") != NULL)
        return g_strdup(connection);
    if (g_str_has_prefix(connection, "postgres://") || g_str_has_prefix(connection, "postgresql://"))
        return g_strconcat(connection, strchr(connection, '?') ? "&" : "?", "target_session_attrs=read-write", NULL);
    return g_strconcat(connection, " target_session_attrs=read-write", NULL);
}

Pg *warehouse_base_connect(const char *connection, const char *secret, double deadline_s, GError **error)
{
    g_autofree char *conninfo = primary_wanted(connection);
    return pg_open(conninfo, secret, deadline_s, error);
}

static gboolean truth(const PgResult *result, gsize column)
{
    return g_strcmp0(pg_cell(result, 0, column), "t") == 0;
}

static gboolean check_role(Pg *pg, double deadline_s, GError **error)
{
    g_autoptr(PgResult) result = NULL;
    if (!pg_query(pg, sql_open_check, NULL, 0, PG_EXPECT_ROW, &result, deadline_s, error))
        return FALSE;
    const char *who = pg_cell(result, 0, 0);
    gboolean mighty = truth(result, 1), standby = truth(result, 2), made = truth(result, 3), writer = truth(result, 4), owner = truth(result, 5);
    if (standby)
        g_set_error(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_DOWN, "warehouse %s is a standby; wanted the primary, which is looked for again", pg_where(pg));
    else if (mighty)
        g_set_error(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_ROLE, "role %s is a superuser, bypasses row security or may touch the server's files; "
                    "wanted a plain role: CREATE ROLE name LOGIN IN ROLE wardcast_writer", who);
    else if (!made)
        g_set_error(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_SCHEMA, "warehouse %s has no schema wardcast; run 'wardcast init'", pg_where(pg));
    else if (owner)
        g_set_error(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_ROLE, "role %s is a member of wardcast_owner, which may drop what is published; "
                    "wanted a role that is in wardcast_writer only", who);
    else if (!writer)
        g_set_error(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_ROLE, "role %s may not write; as the owner run: GRANT wardcast_writer TO %s", who, who);
    return !standby && !mighty && made && !owner && writer;
}

static gboolean check_version(Pg *pg, double deadline_s, GError **error)
{
    g_autoptr(PgResult) result = NULL;
    if (!pg_query(pg, sql_open_versions, NULL, 0, PG_EXPECT_ROWS, &result, deadline_s, error))
        return FALSE;
    gsize there = pg_rows(result);
    if (there == sql_migrations)
        return TRUE;
    g_set_error(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_SCHEMA, "the schema of %s is at version %" G_GSIZE_FORMAT "; this program wants %" G_GSIZE_FORMAT "; %s",
                pg_where(pg), there, sql_migrations, there < sql_migrations ? "run 'wardcast init'" : "install the newer program");
    return FALSE;
}

/* The server tidies up after us should we freeze or vanish in the middle of a transaction; later than our own deadline. */
static gboolean set_limits(Pg *pg, double deadline_s, GError **error)
{
    g_autofree char *idle = g_strdup_printf("%.0fms", (deadline_s + 2) * 1000);
    const char *const value[] = {idle};
    return pg_query(pg, sql_open_limits, value, G_N_ELEMENTS(value), PG_EXPECT_ROW, NULL, deadline_s, error);
}

gboolean warehouse_base_ready(Warehouse *warehouse, GError **error)
{
    if (warehouse->pg != NULL && pg_ok(warehouse->pg))
        return TRUE;
    warehouse_base_drop(warehouse);
    g_autoptr(Pg) pg = warehouse_base_connect(warehouse->connection, warehouse->secret, warehouse->deadline_s, error);
    if (pg == NULL || !check_role(pg, warehouse->deadline_s, error) || !check_version(pg, warehouse->deadline_s, error) ||
        !set_limits(pg, warehouse->deadline_s, error))
        return FALSE;
    warehouse->pg = g_steal_pointer(&pg);
    return TRUE;
}

void warehouse_base_drop(Warehouse *warehouse)
{
    g_clear_pointer(&warehouse->pg, pg_close);
    warehouse->staged = FALSE;
}

/* A connection that was idle may have died: TRUE (and `cause` forgotten) when a new one is worth a try. */
static gboolean once_more(const Warehouse *warehouse, int again, GError **cause)
{
    gboolean dead = warehouse->pg != NULL && !pg_ok(warehouse->pg);
    if (again == 0 || !dead || g_error_matches(*cause, PG_ERROR, PG_ERROR_DEADLINE))
        return FALSE;
    g_clear_error(cause);
    return TRUE;
}

gboolean warehouse_base_query(Warehouse *warehouse, const char *sql, const char *const *value, gsize values, PgExpect expect,
                              PgResult **result, GError **error)
{
    for (int again = 1;; again--) {
        GError *cause = NULL;
        if (warehouse_base_ready(warehouse, &cause) && pg_query(warehouse->pg, sql, value, values, expect, result, warehouse->deadline_s, &cause))
            return TRUE;
        if (!once_more(warehouse, again, &cause))
            return warehouse_base_fail(cause, error);
    }
}

/* A first pull brings years of history: a million rows take about a minute on a small server. */
#define BULK 10

double warehouse_base_bulk_deadline(const Warehouse *warehouse)
{
    return BULK * warehouse->deadline_s;
}

double warehouse_take_longest(const WarehouseSettings *settings)
{
    /* The end of the COPY, then everything that is stored; begin_stage() and a lost connection before it. */
    return (BULK + 3) * (settings->deadline_s ? settings->deadline_s : WAREHOUSE_DEADLINE_S);
}

typedef struct {
    gboolean (*row)(void *self, const char *const *cell, gsize cells, GError **error);
    void *self;
    gboolean begun; /* rows were handed over, so there is no second try */
} Stream;

static gboolean stream_row(void *self, const char *const *cell, gsize cells, GError **error)
{
    Stream *stream = self;
    stream->begun = TRUE;
    return stream->row(stream->self, cell, cells, error);
}

gboolean warehouse_base_stream(Warehouse *warehouse, const char *sql, const char *const *value, gsize values,
                               gboolean (*row)(void *self, const char *const *cell, gsize cells, GError **error), void *self, GError **error)
{
    Stream stream = {row, self, FALSE};
    for (int again = 1;; again--) {
        GError *cause = NULL;
        if (warehouse_base_ready(warehouse, &cause) &&
            pg_stream(warehouse->pg, sql, value, values, G_MAXSIZE, G_MAXSIZE, stream_row, &stream, warehouse_base_bulk_deadline(warehouse), &cause))
            return TRUE;
        if (stream.begun || !once_more(warehouse, again, &cause))
            return warehouse_base_fail(cause, error);
    }
}

/* --- statements -------------------------------------------------------------------- */

char *warehouse_base_fill(const char *sql, ...)
{
    GString *filled = g_string_new(sql);
    va_list pairs;
    va_start(pairs, sql);
    for (const char *name; (name = va_arg(pairs, const char *)) != NULL;) {
        g_autofree char *braced = g_strdup_printf("{%s}", name);
        g_string_replace(filled, braced, va_arg(pairs, const char *), 0);
    }
    va_end(pairs);
    return g_string_free(filled, FALSE);
}

char *warehouse_base_array(const char *const *text, gsize n)
{
    GString *array = g_string_new("{");
    for (gsize i = 0; i < n; i++) {
        g_string_append(array, i ? ",\"" : "\"");
        for (const char *c = text[i]; *c; c++) {
            if (*c == '"' || *c == '\\')
                g_string_append_c(array, '\\');
            g_string_append_c(array, *c);
        }
        g_string_append_c(array, '"');
    }
    g_string_append_c(array, '}');
    return g_string_free(array, FALSE);
}

/* --- cells ---------------------------------------------------------------------------- */

void warehouse_base_text(Row *row, const char *text)
{
    g_assert(row->cells < ROW_MOST);
    row->cell[row->cells++] = text;
}

void warehouse_base_time(Row *row, Instant time)
{
    g_assert(row->cells < ROW_MOST);
    row->cell[row->cells] = time == INSTANT_NONE ? NULL : pg_instant(time, row->buffer[row->cells]);
    row->cells++;
}

void warehouse_base_number(Row *row, double number)
{
    g_assert(row->cells < ROW_MOST);
    row->cell[row->cells] = isnan(number) ? NULL : g_ascii_dtostr(row->buffer[row->cells], sizeof row->buffer[0], number);
    row->cells++;
}

void warehouse_base_integer(Row *row, gint64 integer)
{
    g_assert(row->cells < ROW_MOST);
    g_snprintf(row->buffer[row->cells], sizeof row->buffer[0], "%" G_GINT64_FORMAT, integer);
    row->cell[row->cells] = row->buffer[row->cells];
    row->cells++;
}

double warehouse_base_read_number(const char *cell)
{
    return cell == NULL ? MISSING : g_ascii_strtod(cell, NULL);
}

gboolean warehouse_base_read_time(const char *cell, Instant *time, GError **error)
{
    *time = INSTANT_NONE;
    if (cell == NULL || pg_read_instant(cell, time))
        return TRUE;
    g_set_error(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_REFUSED, "the warehouse answers '%s'; wanted a time of the years 1 to 9999", cell);
    return FALSE;
}

gboolean warehouse_base_read_grain(const char *cell, Grain *grain, GError **error)
{
    if (grain_from_name(cell, grain))
        return TRUE;
    g_set_error(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_SCHEMA, "the warehouse knows a grain '%s' that this program does not; install the newer program", cell);
    return FALSE;
}
