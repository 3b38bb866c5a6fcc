#include "connectors/out/warehouse_base.h"
#include "connectors/wire/failpoint.h"
#include "sql/statements.h"

#include <string.h>

/* Whole seconds of the years 0001 and 9999, what a text cell of the warehouse can hold as a time. */
#define FIRST_INSTANT (-62135596800 * INSTANT_SECOND)
#define LAST_INSTANT (253402300799 * INSTANT_SECOND)
/* A transaction that met another is tried again this often. */
#define TRIES 5

static const char *const feed_table[FEEDS] = {
    [FEED_UNITS] = "unit", [FEED_OBSERVATIONS] = "observation", [FEED_STAYS] = "stay_event", [FEED_ROSTER] = "roster",
    [FEED_BEDS] = "bed_state", [FEED_ELECTIVES] = "elective", [FEED_EVENTS] = "marked_event",
};

/* --- a feed's statements ----------------------------------------------------------- */

/* Every feed's table has the feed's columns; ids are called so there. */
static const char *column_name(const FeedColumn *column)
{
    if (g_str_equal(column->name, "facility"))
        return "facility_id";
    return g_str_equal(column->name, "unit") ? "unit_id" : column->name;
}

/* The feed's own time: its first key column that is a time, else recorded_at. */
static const FeedColumn *time_column(const FeedShape *shape)
{
    for (gsize c = 0; c < shape->columns; c++)
        if (shape->column[c].key && shape->column[c].type == CELL_TIME)
            return &shape->column[c];
    return &shape->column[shape->columns - 1];
}

static void append(GString *list, const char *between, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void append(GString *list, const char *between, const char *format, ...)
{
    if (list->len > 0)
        g_string_append(list, between);
    va_list arguments;
    va_start(arguments, format);
    g_string_append_vprintf(list, format, arguments);
    va_end(arguments);
}

/* Fill a statement's {table}, {columns}, {cells} and so on for a feed. */
static char *feed_statement(const char *sql, Feed feed)
{
    static const char *const cast[] = {[CELL_TEXT] = "text", [CELL_TIME] = "timestamptz", [CELL_NUMBER] = "double precision"};
    const FeedShape *shape = &feed_shape[feed];
    g_autoptr(GString) columns = g_string_new(NULL), read = g_string_new(NULL), keys = g_string_new(NULL), same = g_string_new(NULL);
    g_autoptr(GString) cells = g_string_new(NULL), stored = g_string_new(NULL), given = g_string_new(NULL);
    for (gsize c = 0; c < shape->columns; c++) {
        const FeedColumn *column = &shape->column[c];
        const char *name = column_name(column), *type = cast[column->type];
        gboolean key = column->key || c == shape->columns - 1;
        append(columns, ", ", "%s", name);
        append(read, ", ", "t.%s", name);
        append(cells, ", ", "s.c%" G_GSIZE_FORMAT "::%s", c, type);
        if (column->key)
            append(keys, ", ", "t.%s", name);
        if (key)
            append(same, " AND ", "t.%s = s.c%" G_GSIZE_FORMAT "::%s", name, c, type);
        else {
            append(stored, ", ", "t.%s::%s", name, type);
            append(given, ", ", "s.c%" G_GSIZE_FORMAT "::%s", c, type);
        }
    }
    if (sql == sql_take_facts)
        return warehouse_base_fill(sql, "table", feed_table[feed], "columns", columns->str, "cells", cells->str, NULL);
    if (sql == sql_take_conflicts)
        return stored->len == 0 ? NULL : warehouse_base_fill(sql, "table", feed_table[feed], "same", same->str, "stored", stored->str, "cells", given->str, NULL);
    return warehouse_base_fill(sql, "table", feed_table[feed], "columns", read->str, "keys", keys->str, "time", column_name(time_column(shape)), NULL);
}

/* --- taking ---------------------------------------------------------------------------- */

gboolean warehouse_watermark(Warehouse *warehouse, const char *source, Feed feed, Instant *watermark, GError **error)
{
    const char *const value[] = {source, feed_shape[feed].name};
    g_autoptr(PgResult) result = NULL;
    *watermark = INSTANT_NONE;
    if (!warehouse_base_query(warehouse, sql_watermark, value, G_N_ELEMENTS(value), PG_EXPECT_MAYBE_ROW, &result, error))
        return FALSE;
    return pg_rows(result) == 0 || warehouse_base_read_time(pg_cell(result, 0, 0), watermark, error);
}

static gboolean begin_stage(Warehouse *warehouse, GError **error)
{
    if (!warehouse_base_ready(warehouse, error))
        return FALSE;
    if (!warehouse->staged && !pg_query(warehouse->pg, sql_stage_create, NULL, 0, PG_EXPECT_NONE, NULL, warehouse->deadline_s, error))
        return FALSE;
    warehouse->staged = TRUE;
    return pg_query(warehouse->pg, sql_stage_empty, NULL, 0, PG_EXPECT_NONE, NULL, warehouse->deadline_s, error) &&
           pg_copy_begin(warehouse->pg, sql_stage_copy, warehouse->deadline_s, error);
}

gboolean warehouse_take_begin(Warehouse *warehouse, const char *source, const char *group, Feed feed, GError **error)
{
    g_return_val_if_fail(!warehouse->taking, FALSE);
    GError *cause = NULL;
    if (!begin_stage(warehouse, &cause)) {
        /* An idle connection may have died since its last use: once more on a new one. */
        gboolean dead = warehouse->pg != NULL && !pg_ok(warehouse->pg);
        warehouse_base_drop(warehouse);
        if (!dead)
            return warehouse_base_fail(cause, error);
        g_clear_error(&cause);
        if (!begin_stage(warehouse, &cause)) {
            warehouse_base_drop(warehouse);
            return warehouse_base_fail(cause, error);
        }
    }
    failpoint("take-begin");
    g_free(warehouse->source);
    g_free(warehouse->group);
    warehouse->source = g_strdup(source);
    warehouse->group = g_strdup(group);
    warehouse->feed = feed;
    warehouse->rows = 0;
    warehouse->taking = TRUE;
    return TRUE;
}

/* A complained-about cell may hold anything; keep what a text column can hold of it. */
static char *tame(const char *text)
{
    enum { LONGEST = 128 };
    g_autofree char *cut = g_strndup(text, LONGEST);
    return g_utf8_make_valid(cut, -1);
}

gboolean warehouse_take(Warehouse *warehouse, const Observation *observation, const char *complaint, GError **error)
{
    g_return_val_if_fail(warehouse->taking && observation->feed == warehouse->feed, FALSE);
    const FeedShape *shape = &feed_shape[observation->feed];
    g_autoptr(GPtrArray) tamed = g_ptr_array_new_with_free_func(g_free);
    Row row = {.cells = 0};
    warehouse_base_integer(&row, warehouse->rows);
    warehouse_base_text(&row, complaint);
    for (gsize c = 0; c < shape->columns; c++) {
        const Cell *cell = &observation->cell[c];
        if (shape->column[c].type == CELL_NUMBER)
            warehouse_base_number(&row, cell->number);
        else if (shape->column[c].type == CELL_TEXT && (complaint == NULL || cell->text == NULL))
            warehouse_base_text(&row, cell->text);
        else if (shape->column[c].type == CELL_TEXT) {
            g_ptr_array_add(tamed, tame(cell->text));
            warehouse_base_text(&row, g_ptr_array_index(tamed, tamed->len - 1));
        } else if (cell->time != INSTANT_NONE && (cell->time < FIRST_INSTANT || cell->time > LAST_INSTANT))
            warehouse_base_text(&row, "out of range");
        else
            warehouse_base_time(&row, cell->time);
    }
    while (row.cells < 2 + FEED_MAX_COLUMNS)
        warehouse_base_text(&row, NULL);
    GError *cause = NULL;
    if (!pg_copy_row(warehouse->pg, row.cell, row.cells, &cause))
        return warehouse_base_fail(cause, error);
    warehouse->rows++;
    failpoint("take-row");
    return TRUE;
}

typedef struct {
    const Warehouse *warehouse;
    const char *watermark, *pulled_at;
    gint64 stored, apart;
} Taken;

/* All statements that store one take share its time. */
static double left_s(const Warehouse *warehouse)
{
    return MAX(0, (double)(warehouse->take_until - g_get_monotonic_time()) / G_USEC_PER_SEC);
}

static gboolean run(Warehouse *warehouse, const char *sql, const char *const *value, gsize values, GError **error)
{
    return pg_query(warehouse->pg, sql, value, values, PG_EXPECT_NONE, NULL, left_s(warehouse), error);
}

static gboolean run_count(Warehouse *warehouse, const char *sql, const char *const *value, gsize values, gint64 *count, GError **error)
{
    g_autoptr(PgResult) result = NULL;
    if (!pg_query(warehouse->pg, sql, value, values, PG_EXPECT_ROW, &result, left_s(warehouse), error))
        return FALSE;
    *count = g_ascii_strtoll(pg_cell(result, 0, 0), NULL, 10);
    return TRUE;
}

/* Names of the feed's columns, as an array for the quarantine. */
static char *column_names(const FeedShape *shape)
{
    const char *name[FEED_MAX_COLUMNS];
    for (gsize c = 0; c < shape->columns; c++)
        name[c] = shape->column[c].name;
    return warehouse_base_array(name, shape->columns);
}

/* From the staging table to facts and quarantine. */
static gboolean store_rows(Warehouse *warehouse, Taken *taken, GError **error)
{
    g_autofree char *facts = feed_statement(sql_take_facts, warehouse->feed);
    g_autofree char *conflicts = feed_statement(sql_take_conflicts, warehouse->feed);
    g_autofree char *names = column_names(&feed_shape[warehouse->feed]);
    const char *const group[] = {warehouse->group}, *const source[] = {warehouse->source};
    const char *const apart[] = {warehouse->group, warehouse->source, feed_shape[warehouse->feed].name, names};
    return run(warehouse, sql_take_facilities, group, 1, error) && run(warehouse, sql_take_strangers, group, 1, error) &&
           run_count(warehouse, facts, source, 1, &taken->stored, error) &&
           (conflicts == NULL || run(warehouse, conflicts, NULL, 0, error)) &&
           run_count(warehouse, sql_take_quarantine, apart, G_N_ELEMENTS(apart), &taken->apart, error);
}

/* Rows and watermark together, or neither. */
static gboolean store(Warehouse *warehouse, Taken *taken, GError **error)
{
    char stored[24], apart[24];
    const char *const group[] = {warehouse->group};
    if (!run(warehouse, "BEGIN", NULL, 0, error) || !run(warehouse, sql_group_ensure, group, 1, error) ||
        (warehouse->rows > 0 && !store_rows(warehouse, taken, error)))
        return FALSE;
    g_snprintf(stored, sizeof stored, "%" G_GINT64_FORMAT, taken->stored);
    g_snprintf(apart, sizeof apart, "%" G_GINT64_FORMAT, taken->apart);
    const char *const value[] = {warehouse->group, warehouse->source, feed_shape[warehouse->feed].name, taken->watermark, taken->pulled_at, stored, apart};
    if (!run(warehouse, sql_watermark_advance, value, G_N_ELEMENTS(value), error))
        return FALSE;
    failpoint("take-before-commit");
    if (!run(warehouse, "COMMIT", NULL, 0, error))
        return FALSE;
    failpoint("take-after-commit");
    return TRUE;
}

/* What must be there before the transaction: partitions, and statistics for its plans. */
static gboolean prepare(Warehouse *warehouse, GError **error)
{
    if (!pg_copy_end(warehouse->pg, TRUE, error))
        return FALSE;
    if (warehouse->rows == 0)
        return TRUE;
    if (!run(warehouse, sql_stage_analyze, NULL, 0, error))
        return FALSE;
    if (warehouse->feed != FEED_OBSERVATIONS)
        return TRUE;
    gint64 made;
    g_autofree char *partitions = warehouse_base_fill(sql_take_partitions, "time", "c4", NULL);
    return run_count(warehouse, partitions, NULL, 0, &made, error);
}

gboolean warehouse_take_end(Warehouse *warehouse, gboolean ok, Instant watermark, Instant pulled_at, guint64 *stored, GError **error)
{
    g_return_val_if_fail(warehouse->taking, FALSE);
    char watermark_text[40], pulled_text[40];
    Taken taken = {.watermark = watermark == INSTANT_NONE ? NULL : pg_instant(watermark, watermark_text), .pulled_at = pg_instant(pulled_at, pulled_text)};
    GError *cause = NULL;
    warehouse->taking = FALSE;
    warehouse->take_until = g_get_monotonic_time() + (gint64)(warehouse_base_bulk_deadline(warehouse) * G_USEC_PER_SEC);
    if (stored != NULL)
        *stored = 0;
    if (!ok) {
        if (!pg_copy_end(warehouse->pg, FALSE, NULL))
            warehouse_base_drop(warehouse);
        return TRUE;
    }
    gboolean done = prepare(warehouse, &cause);
    for (int again = TRIES - 1; done && !store(warehouse, &taken, &cause); again--) {
        done = again > 0 && g_error_matches(cause, PG_ERROR, PG_ERROR_RETRY) && run(warehouse, "ROLLBACK", NULL, 0, NULL);
        if (done) {
            g_clear_error(&cause);
            g_usleep((gulong)g_random_int_range(10000, 100000));
        }
    }
    if (!done) {
        warehouse_base_drop(warehouse);
        return warehouse_base_fail(cause, error);
    }
    if (stored != NULL)
        *stored = (guint64)taken.stored;
    return TRUE;
}

gboolean warehouse_note_failure(Warehouse *warehouse, const char *source, const char *group, Feed feed, const char *message, Instant at, GError **error)
{
    char when[40];
    g_autofree char *plain = g_utf8_make_valid(message, -1);
    const char *const ensured[] = {group};
    const char *const value[] = {group, source, feed_shape[feed].name, pg_instant(at, when), plain};
    return warehouse_base_query(warehouse, sql_group_ensure, ensured, 1, PG_EXPECT_NONE, NULL, error) &&
           warehouse_base_query(warehouse, sql_watermark_failure, value, G_N_ELEMENTS(value), PG_EXPECT_NONE, NULL, error);
}

/* --- reading ------------------------------------------------------------------------------ */

typedef struct {
    Feed feed;
    gboolean (*take)(void *self, const char *source, const Observation *row, GError **error);
    void *self;
} Reader;

static gboolean read_row(void *self, const char *const *cell, gsize cells, GError **error)
{
    const Reader *reader = self;
    const FeedShape *shape = &feed_shape[reader->feed];
    g_return_val_if_fail(cells == shape->columns + 1, FALSE);
    Observation row = {.feed = reader->feed};
    gboolean ok = TRUE;
    for (gsize c = 0; c < shape->columns; c++)
        if (shape->column[c].type == CELL_TEXT)
            row.cell[c].text = g_strdup(cell[c + 1]);
        else if (shape->column[c].type == CELL_NUMBER)
            row.cell[c].number = warehouse_base_read_number(cell[c + 1]);
        else
            ok = ok && warehouse_base_read_time(cell[c + 1], &row.cell[c].time, error);
    ok = ok && reader->take(reader->self, cell[0], &row, error);
    observation_clear(&row);
    return ok;
}

gboolean warehouse_read(Warehouse *warehouse, const char *group, Feed feed, Instant as_of, Instant since,
                        gboolean (*take)(void *self, const char *source, const Observation *row, GError **error), void *self, GError **error)
{
    char as_of_text[40], since_text[40];
    g_autofree char *sql = feed_statement(sql_read_facts, feed);
    /* Units have no time of their own: there is only the newest state of each. */
    gboolean all = since == INSTANT_NONE || !time_column(&feed_shape[feed])->key;
    const char *const value[] = {group, pg_instant(as_of, as_of_text), all ? NULL : pg_instant(since, since_text)};
    Reader reader = {feed, take, self};
    return warehouse_base_stream(warehouse, sql, value, G_N_ELEMENTS(value), read_row, &reader, error);
}

static void freshness_clear(void *cell)
{
    SourceFreshness *freshness = cell;
    g_free(freshness->source);
    g_free(freshness->message);
}

static gboolean read_freshness(Warehouse *warehouse, const PgResult *result, gsize r, Instant as_of, SourceFreshness *freshness, GError **error)
{
    char as_of_text[40];
    if (!feed_from_name(pg_cell(result, r, 1), &freshness->feed)) {
        g_set_error(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_SCHEMA, "the warehouse knows a feed '%s' that this program does not; install the newer program", pg_cell(result, r, 1));
        return FALSE;
    }
    g_autofree char *sql = feed_statement(sql_newest_fact, freshness->feed);
    const char *const value[] = {pg_cell(result, r, 0), pg_instant(as_of, as_of_text)};
    g_autoptr(PgResult) newest = NULL;
    if (!warehouse_base_query(warehouse, sql, value, G_N_ELEMENTS(value), PG_EXPECT_ROW, &newest, error) ||
        !warehouse_base_read_time(pg_cell(newest, 0, 0), &freshness->newest_fact, error) ||
        !warehouse_base_read_time(pg_cell(result, r, 2), &freshness->pulled_at, error))
        return FALSE;
    freshness->source = g_strdup(pg_cell(result, r, 0));
    freshness->rows = g_ascii_strtoull(pg_cell(result, r, 3), NULL, 10);
    freshness->quarantined = g_ascii_strtoull(pg_cell(result, r, 4), NULL, 10);
    freshness->failures = (guint)g_ascii_strtoull(pg_cell(result, r, 5), NULL, 10);
    freshness->message = g_strdup(pg_cell(result, r, 6));
    return TRUE;
}

GArray *warehouse_freshness(Warehouse *warehouse, const char *group, Instant as_of, GError **error)
{
    const char *const value[] = {group};
    g_autoptr(PgResult) result = NULL;
    if (!warehouse_base_query(warehouse, sql_freshness, value, 1, PG_EXPECT_ROWS, &result, error))
        return NULL;
    g_autoptr(GArray) all = g_array_new(FALSE, TRUE, sizeof(SourceFreshness));
    g_array_set_clear_func(all, freshness_clear);
    for (gsize r = 0; r < pg_rows(result); r++) {
        SourceFreshness freshness = {.source = NULL};
        if (!read_freshness(warehouse, result, r, as_of, &freshness, error))
            return NULL;
        g_array_append_val(all, freshness);
    }
    return g_steal_pointer(&all);
}
