/* csv_table.h -- the rows of a CSV file of series, as read: ids, times, values and further columns.
 *
 * Rows may come in any order; csv_table_sort() puts them in order of their
 * series (as first named) and time, csv_table_grain() finds the step, and
 * csv_table_drop_doubles() leaves one row per step.
 *
 * Missing  an empty cell, NA, NaN or null: NaN.
 * Errors   what is wrong becomes the last sentence of `notes` (file, line, value seen, value wanted), and FALSE.
 * Threads  one owner.
 */
#pragma once
#include "connectors/in/csv_cell.h"
#include "connectors/in/rhythm.h"
#include "forecast/series/calendar.h"

enum { CSV_TABLE_ID, CSV_TABLE_TIME, CSV_TABLE_VALUE, CSV_TABLE_COLUMNS };

/* Beyond this a number is a slip: nothing that hospitals count comes near, and squares of it must stay numbers. */
#define CSV_TABLE_MOST 1e15

typedef struct {
    char *name;
    gsize at;          /* cell of the row */
    char *label;       /* the first cell that is no number, or too large a one; NULL = all are fine */
    guint64 label_line;
    gboolean known;    /* some cell holds a number */
    gboolean left_out; /* by its name */
} CsvExtra;

typedef struct {
    guint series;
    gint64 wall, utc;  /* seconds; the same in files without zones */
    guint64 line;
    gsize row;         /* into the further columns' numbers */
    double value;
} CsvRow;

typedef struct {
    const char *file;
    const Calendar *calendar;
    GPtrArray *notes;
    gsize at[CSV_TABLE_COLUMNS], cells; /* cells 0: no header yet */
    GArray *extra;           /* CsvExtra: the further columns */
    GArray *number;          /* double[rows][extras] */
    GArray *rows;            /* CsvRow */
    GHashTable *series;      /* id -> index + 1 */
    GPtrArray *id;           /* char *, owned */
    gboolean styled;
    CsvCellTime style;       /* of the first row */
    gboolean ordered;        /* so far */
    Rhythm rhythm;
    Grain grain;
    int label_day;
} CsvTable;

/* `name` of the file and calendar (may be NULL) are borrowed. */
void csv_table_init(CsvTable *table, const char *name, const Calendar *calendar);
void csv_table_clear(CsvTable *table);

/* Forget the rows and their series, keep columns, style and rhythm. */
void csv_table_next(CsvTable *table);

/* Add a sentence to the notes; line 0: of the whole file.  Always FALSE. */
gboolean csv_table_complain(CsvTable *table, guint64 line, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The first line, then each other one. */
gboolean csv_table_header(CsvTable *table, const char *const *cell, gsize cells) G_GNUC_WARN_UNUSED_RESULT;
gboolean csv_table_add(CsvTable *table, guint64 line, const char *const *cell, gsize cells) G_GNUC_WARN_UNUSED_RESULT;

void csv_table_sort(CsvTable *table);

/* Find grain and label day from the rows in order. */
gboolean csv_table_grain(CsvTable *table) G_GNUC_WARN_UNUSED_RESULT;

/* The step that a row belongs to, once the grain is found. */
gint64 csv_table_step(const CsvTable *table, const CsvRow *row);

/* Leave one row per step in row[*count], the rows of one series in order: equal
 * rows count once, the two halves of an hour that happens twice become their
 * mean, anything else contradicts. */
gboolean csv_table_drop_doubles(CsvTable *table, CsvRow *row, guint *count) G_GNUC_WARN_UNUSED_RESULT;
