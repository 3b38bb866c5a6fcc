/* csv_cell.h -- dates and times as people write them in files.
 *
 * Times are ISO 8601: a date (2025-07-04), a date with a time on the wall
 * (2025-07-04T13:00, also with a blank, seconds or a fraction), or an instant
 * (the same with Z or an offset).
 *
 * Units    seconds since 1970-01-01 00:00; of an instant in UTC, else on the wall.
 * Missing  an empty cell, NA, NaN or null in any case.
 * Threads  pure.
 */
#pragma once
#include <glib.h>

typedef enum { CSV_CELL_DATE, CSV_CELL_WALL, CSV_CELL_INSTANT } CsvCellTime;

/* FALSE: not a date or time between the years 1 and 9999. */
gboolean csv_cell_time(const char *cell, CsvCellTime *style, gint64 *second) G_GNUC_WARN_UNUSED_RESULT;

gboolean csv_cell_is_empty(const char *cell);

/* What a message may show of a cell: short, valid and on one line.  The caller frees it. */
char *csv_cell_shown(const char *cell);
