/* warehouse_base.h -- what the warehouse's own files share: a connection that is checked, and rows as text.
 *
 * Included by connectors/out/warehouse*.c and nobody else.
 *
 * Errors   of PostgreSQL become WAREHOUSE_ERROR by warehouse_base_fail(); those
 *          of a caller's callback stay as they are.
 */
#pragma once
#include "connectors/out/warehouse.h"
#include "connectors/wire/pg.h"

/* When the settings say nothing: long enough for a busy server, short enough to notice a frozen one. */
enum { WAREHOUSE_DEADLINE_S = 30 };

struct Warehouse {
    char *connection, *secret;
    double deadline_s;   /* of one statement */
    double lease_s;
    Pg *pg;              /* NULL: connect at the next call */
    gboolean staged;     /* this connection has its staging table */
    gboolean taking;     /* between take_begin and take_end */
    gint64 take_until;   /* monotonic: when what was taken must be stored */
    Feed feed;
    char *source, *group;
    gint64 rows;         /* taken so far */
};

/* Connect to the primary. */
Pg *warehouse_base_connect(const char *connection, const char *secret, double deadline_s, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A usable, checked connection: the one there is, or a new one.  Errors are WAREHOUSE_ERROR or PG_ERROR. */
gboolean warehouse_base_ready(Warehouse *warehouse, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Give the connection up; what it had begun is undone by the server. */
void warehouse_base_drop(Warehouse *warehouse);

/* One statement; a connection found dead is replaced and the statement sent
 * again, once, so only statements that may run twice belong here. */
gboolean warehouse_base_query(Warehouse *warehouse, const char *sql, const char *const *value, gsize values, PgExpect expect,
                              PgResult **result, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Moving a whole feed takes longer than asking for a row. */
double warehouse_base_bulk_deadline(const Warehouse *warehouse);

/* The same row by row, in bulk time; sent again only if no row was handed over yet. */
gboolean warehouse_base_stream(Warehouse *warehouse, const char *sql, const char *const *value, gsize values,
                               gboolean (*row)(void *self, const char *const *cell, gsize cells, GError **error), void *self,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Is it worth another try on this or a new connection? */
gboolean warehouse_base_passing(const GError *cause);
/* Hand `cause` (taken over) on as WAREHOUSE_ERROR; always FALSE. */
gboolean warehouse_base_fail(GError *cause, GError **error);

/* The statement with each {name} replaced; pairs end with NULL.  Only names from
 * this program's own tables belong here, never data.  The caller frees it. */
char *warehouse_base_fill(const char *sql, ...) G_GNUC_NULL_TERMINATED;

/* An array of texts in PostgreSQL's notation; the caller frees it. */
char *warehouse_base_array(const char *const *text, gsize n);

/* --- one row as text cells ---------------------------------------------------- */

enum { ROW_MOST = 32 };
typedef struct {
    gsize cells;
    const char *cell[ROW_MOST];
    char buffer[ROW_MOST][40];
} Row;

/* Numbers are written with 17 significant digits, so that they come back as the same bits. */
void warehouse_base_text(Row *row, const char *text);
void warehouse_base_time(Row *row, Instant time);
void warehouse_base_number(Row *row, double number);
void warehouse_base_integer(Row *row, gint64 integer);

/* And back: MISSING and INSTANT_NONE for NULL. */
double warehouse_base_read_number(const char *cell);
gboolean warehouse_base_read_time(const char *cell, Instant *time, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean warehouse_base_read_grain(const char *cell, Grain *grain, GError **error) G_GNUC_WARN_UNUSED_RESULT;
