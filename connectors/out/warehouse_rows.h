/* warehouse_rows.h -- the rows of a run as the tables hold them.
 *
 * One walk over a RunRecord serves the COPY that publishes it and the digest
 * that proves a replay; the same digest is taken from the database.  Included by
 * connectors/out/warehouse*.c and nobody else.
 */
#pragma once
#include "connectors/out/warehouse_base.h"

typedef enum { RUN_FORECAST, RUN_STAFFING, RUN_BEDS, RUN_MOVES, RUN_SCORE, RUN_RANGES, RUN_STEPS, RUN_TABLES } RunTable;

typedef struct {
    const char *table, *columns; /* without run_id (and slot), which the caller adds */
    const char *types;           /* a letter per column: t text, i integer, n number, w time */
} RunTableShape;

extern const RunTableShape run_table[RUN_TABLES];

/* Hand over each row of a table, in the order of the record. */
gboolean warehouse_rows_each(const RunRecord *record, RunTable table, gboolean (*take)(void *self, const Row *row, GError **error), void *self,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* How many rows a table gets. */
guint64 warehouse_rows_count(const RunRecord *record, RunTable table);
