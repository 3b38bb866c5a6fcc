#include "connectors/in/postgres.h"

#include "connectors/wire/pg.h"

typedef struct {
    const SourceSettings *settings;
    const PostgresReader *reader;
    gboolean stopped;
    gint64 until_us; /* monotonic */
} Reading;

static double left_s(const Reading *reading)
{
    return (double)MAX(0, reading->until_us - g_get_monotonic_time()) / 1e6;
}

static guint fits_of_type(const char *type)
{
    static const struct { const char *type; guint fits; } table[] = {
        {"text", MAPPING_TEXT}, {"character varying", MAPPING_TEXT}, {"name", MAPPING_TEXT}, {"uuid", MAPPING_TEXT},
        {"character", MAPPING_TEXT | MAPPING_PADDED}, {"bpchar", MAPPING_TEXT | MAPPING_PADDED},
        {"smallint", MAPPING_TEXT | MAPPING_NUMBER}, {"integer", MAPPING_TEXT | MAPPING_NUMBER}, {"bigint", MAPPING_TEXT | MAPPING_NUMBER},
        {"numeric", MAPPING_NUMBER}, {"real", MAPPING_NUMBER}, {"double precision", MAPPING_NUMBER},
        {"timestamp with time zone", MAPPING_TIME},
        {"timestamp without time zone", MAPPING_LOCAL_TIME}, {"date", MAPPING_LOCAL_TIME},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
        if (g_str_equal(type, table[i].type))
            return table[i].fits;
    return 0;
}

/* What a failure of the server means for the source. */
static SourceError kind_of(const GError *cause, const char *state)
{
    if (cause->code == PG_ERROR_TOO_LARGE)
        return SOURCE_ERROR_TOO_LARGE;
    if (cause->code == PG_ERROR_READONLY || cause->code == PG_ERROR_SHAPE || g_strcmp0(state, "42601") == 0)
        return SOURCE_ERROR_SETTING;
    /* Class 53 insufficient resources, 57 operator intervention and timeouts, 58 system error: it may pass. */
    gboolean passing = state != NULL && (g_str_has_prefix(state, "53") || g_str_has_prefix(state, "57") || g_str_has_prefix(state, "58"));
    if (cause->code == PG_ERROR_STATEMENT && !passing)
        return SOURCE_ERROR_CHANGED;
    return SOURCE_ERROR_DOWN;
}

static void set_cause(const GError *cause, const char *state, GError **error)
{
    SourceError kind = kind_of(cause, state);
    const char *remedy = "";
    if (kind == SOURCE_ERROR_TOO_LARGE)
        remedy = "; raise max_rows or max_bytes of this source, or let the mapping return less (use $1 and $2)";
    else if (cause->code == PG_ERROR_READONLY)
        remedy = "; the mapping writes, and only a SELECT is allowed";
    else if (kind == SOURCE_ERROR_SETTING)
        remedy = "; wanted one SELECT in the mapping";
    g_set_error(error, SOURCE_ERROR, (int)kind, "%s%s", cause->message, remedy);
}

static gboolean tell_columns(Reading *reading, char **name, char **type, GError **error)
{
    gsize columns = g_strv_length(name);
    g_autofree MappingColumn *column = g_new0(MappingColumn, columns + 1);
    for (gsize c = 0; c < columns; c++)
        column[c] = (MappingColumn){name[c], type[c], fits_of_type(type[c])};
    reading->stopped = !reading->reader->columns(reading->reader->self, column, columns, error);
    return !reading->stopped;
}

static gboolean tell_row(void *self, const char *const *cell, gsize cells, GError **error)
{
    Reading *reading = self;
    reading->stopped = !reading->reader->row(reading->reader->self, cell, cells, error);
    return !reading->stopped;
}

/* Read-only from its first word: a role's default would not hold, because
 * set_config() lifts that for the next transaction.  The server's own timeouts
 * only tidy up should we die, so they run out later; the deadline is kept here. */
static gboolean begin(Pg *pg, Reading *reading, GError **error)
{
    g_autofree char *timeout = g_strdup_printf("%.0fms", left_s(reading) * 1000 + 2000);
    const char *value[] = {timeout};
    return pg_query(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", NULL, 0, PG_EXPECT_NONE, NULL, left_s(reading), error) &&
           pg_query(pg, "SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $1, true), "
                        "set_config('idle_in_transaction_session_timeout', $1, true)",
                    value, 1, PG_EXPECT_ROW, NULL, left_s(reading), error);
}

static gboolean read_all(Pg *pg, Reading *reading, const char *sql, Instant since, Instant until, GError **error)
{
    g_auto(GStrv) name = NULL, type = NULL;
    const SourceSettings *settings = reading->settings;
    return begin(pg, reading, error) && pg_describe(pg, sql, &name, &type, left_s(reading), error) &&
           tell_columns(reading, name, type, error) &&
           pg_stream_between(pg, sql, since, until, settings->max_rows, settings->max_bytes, tell_row, reading, left_s(reading), error) &&
           pg_query(pg, "ROLLBACK", NULL, 0, PG_EXPECT_NONE, NULL, left_s(reading), error);
}

gboolean postgres_read(const SourceSettings *settings, const char *password, const char *sql, Instant since, Instant until,
                       const PostgresReader *reader, GError **error)
{
    g_autoptr(GError) cause = NULL;
    Reading reading = {settings, reader, FALSE, g_get_monotonic_time() + (gint64)settings->deadline_s * 1000000};
    g_autoptr(Pg) pg = pg_open(settings->connection, password, left_s(&reading), &cause);
    gboolean done = pg != NULL && read_all(pg, &reading, sql, since, until, &cause);
    if (done)
        return TRUE;
    if (reading.stopped)
        g_propagate_error(error, g_steal_pointer(&cause));
    else
        set_cause(cause, pg ? pg_state(pg) : NULL, error);
    return FALSE;
}

char *postgres_warning(const SourceSettings *settings, const char *password)
{
    g_autoptr(PgResult) answer = NULL;
    g_autoptr(Pg) pg = pg_open(settings->connection, password, settings->deadline_s, NULL);
    if (pg == NULL || !pg_query(pg, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user", NULL, 0, PG_EXPECT_MAYBE_ROW, &answer,
                                settings->deadline_s, NULL))
        return NULL;
    if (pg_rows(answer) == 0 || g_strcmp0(pg_cell(answer, 0, 0), "t") != 0)
        return NULL;
    return g_strdup_printf("the account is a superuser (%s); make one that may only read what the mapping needs", pg_where(pg));
}
