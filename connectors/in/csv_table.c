#include "connectors/in/csv_table.h"

#include "connectors/wire/csv_number.h"
#include "forecast/series/missing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_ID = 256 };

static const char *const column_name[CSV_TABLE_COLUMNS] = {"series_id", "timestamp", "value"};

void csv_table_init(CsvTable *table, const char *name, const Calendar *calendar)
{
    *table = (CsvTable){.file = name, .calendar = calendar, .ordered = TRUE};
    rhythm_init(&table->rhythm);
    table->notes = g_ptr_array_new_with_free_func(g_free);
    table->extra = g_array_new(FALSE, FALSE, sizeof(CsvExtra));
    table->number = g_array_new(FALSE, FALSE, sizeof(double));
    table->rows = g_array_new(FALSE, FALSE, sizeof(CsvRow));
    table->series = g_hash_table_new(g_str_hash, g_str_equal);
    table->id = g_ptr_array_new_with_free_func(g_free);
}

void csv_table_clear(CsvTable *table)
{
    for (guint e = 0; e < table->extra->len; e++) {
        g_free(g_array_index(table->extra, CsvExtra, e).name);
        g_free(g_array_index(table->extra, CsvExtra, e).label);
    }
    g_array_unref(table->extra);
    g_array_unref(table->number);
    g_array_unref(table->rows);
    g_hash_table_unref(table->series);
    g_ptr_array_unref(table->id);
    g_ptr_array_unref(table->notes);
}

void csv_table_next(CsvTable *table)
{
    g_array_set_size(table->rows, 0);
    g_array_set_size(table->number, 0);
    g_hash_table_remove_all(table->series);
    g_ptr_array_set_size(table->id, 0);
    table->ordered = TRUE;
}

gboolean csv_table_complain(CsvTable *table, guint64 line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *where = line ? g_strdup_printf("%s:%" G_GUINT64_FORMAT, table->file, line) : g_strdup(table->file);
    g_ptr_array_add(table->notes, g_strdup_printf("%s: %s", where, what));
    return FALSE;
}

/* --- rows ------------------------------------------------------------------- */

/* What may be printed and kept: a terminal obeys control characters. */
static gboolean is_name(const char *text)
{
    gsize bytes = strlen(text);
    gboolean fine = bytes > 0 && bytes <= LONGEST_ID && g_utf8_validate(text, -1, NULL);
    for (const char *c = text; fine && *c; c++)
        fine = !g_ascii_iscntrl(*c);
    return fine;
}

gboolean csv_table_header(CsvTable *table, const char *const *cell, gsize cells)
{
    for (int c = 0; c < CSV_TABLE_COLUMNS; c++)
        table->at[c] = cells;
    for (gsize k = 0; k < cells; k++) {
        int column = 0;
        while (column < CSV_TABLE_COLUMNS && strcmp(cell[k], column_name[column]) != 0)
            column++;
        if (column < CSV_TABLE_COLUMNS) {
            if (table->at[column] != cells)
                return csv_table_complain(table, 1, "the column %s comes twice; rename one", column_name[column]);
            table->at[column] = k;
            continue;
        }
        if (!is_name(cell[k]))
            return csv_table_complain(table, 1, "column %" G_GSIZE_FORMAT " has no name in UTF-8; give it one of 1 to %d bytes without control characters", k + 1, LONGEST_ID);
        for (guint e = 0; e < table->extra->len; e++)
            if (g_str_equal(g_array_index(table->extra, CsvExtra, e).name, cell[k]))
                return csv_table_complain(table, 1, "the column %s comes twice; rename one", cell[k]);
        CsvExtra extra = {.name = g_strdup(cell[k]), .at = k, .left_out = g_str_has_prefix(cell[k], "value_")};
        g_array_append_val(table->extra, extra);
    }
    for (int c = 0; c < CSV_TABLE_COLUMNS; c++)
        if (table->at[c] == cells) {
            g_autofree char *names = g_strjoinv(",", (char **)cell);
            g_autofree char *seen = csv_cell_shown(names);
            const char *hint = cells == 1 && strpbrk(names, ";\t|") != NULL ? "; put commas between the cells" : "";
            return csv_table_complain(table, 1, "seen the columns %s, wanted series_id,timestamp,value; %s is missing%s", seen, column_name[c], hint);
        }
    table->cells = cells;
    return TRUE;
}

static gboolean read_series(CsvTable *table, guint64 line, const char *id, guint *series)
{
    gpointer found = g_hash_table_lookup(table->series, id);
    if (found == NULL) {
        if (!is_name(id)) {
            g_autofree char *seen = csv_cell_shown(id);
            return csv_table_complain(table, line, "seen series_id \"%s\", wanted 1 to %d bytes of UTF-8 without control characters", seen, LONGEST_ID);
        }
        g_ptr_array_add(table->id, g_strdup(id));
        found = GUINT_TO_POINTER(table->id->len);
        g_hash_table_insert(table->series, g_ptr_array_index(table->id, table->id->len - 1), found);
    }
    *series = GPOINTER_TO_UINT(found) - 1;
    return TRUE;
}

static gboolean read_time(CsvTable *table, guint64 line, const char *cell, CsvRow *row)
{
    CsvCellTime style;
    gint64 second;
    if (!csv_cell_time(cell, &style, &second)) {
        g_autofree char *seen = csv_cell_shown(cell);
        return csv_table_complain(table, line, "seen timestamp \"%s\", wanted a date or time like 2025-07-04, 2025-07-04T13:00:00 or 2025-07-04T13:00:00Z", seen);
    }
    if (!table->styled) {
        table->styled = TRUE;
        table->style = style;
    }
    if (style != table->style)
        return csv_table_complain(table, line, "seen timestamp \"%s\" of another style than the first row's; write all as dates, all without or all with an offset", cell);
    row->utc = second;
    row->wall = style == CSV_CELL_INSTANT && table->calendar != NULL ? calendar_civil_second(table->calendar, second * INSTANT_SECOND) : second;
    return TRUE;
}

static void take_extras(CsvTable *table, guint64 line, const char *const *cell)
{
    for (guint e = 0; e < table->extra->len; e++) {
        CsvExtra *extra = &g_array_index(table->extra, CsvExtra, e);
        double number = MISSING;
        if (!csv_cell_is_empty(cell[extra->at])) {
            if (csv_number_take(cell[extra->at], &number) && fabs(number) <= CSV_TABLE_MOST)
                extra->known = TRUE;
            else if (extra->label == NULL) {
                extra->label = csv_cell_shown(cell[extra->at]);
                extra->label_line = line;
            }
        }
        g_array_append_val(table->number, number);
    }
}

static int compare_rows(gconstpointer a, gconstpointer b)
{
    const CsvRow *x = a, *y = b;
    if (x->series != y->series)
        return x->series < y->series ? -1 : 1;
    if (x->wall != y->wall)
        return x->wall < y->wall ? -1 : 1;
    if (x->utc != y->utc)
        return x->utc < y->utc ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

gboolean csv_table_add(CsvTable *table, guint64 line, const char *const *cell, gsize cells)
{
    CsvRow row = {.line = line, .row = table->rows->len, .value = MISSING};
    if (cells != table->cells)
        return csv_table_complain(table, line, "seen %" G_GSIZE_FORMAT " cells, wanted %" G_GSIZE_FORMAT " as in the first line", cells, table->cells);
    if (!read_series(table, line, cell[table->at[CSV_TABLE_ID]], &row.series) || !read_time(table, line, cell[table->at[CSV_TABLE_TIME]], &row))
        return FALSE;
    const char *value = cell[table->at[CSV_TABLE_VALUE]];
    if (!csv_cell_is_empty(value) && !csv_number_take(value, &row.value)) {
        g_autofree char *seen = csv_cell_shown(value);
        return csv_table_complain(table, line, "seen value \"%s\", wanted a number or nothing", seen);
    }
    if (fabs(row.value) > CSV_TABLE_MOST) {
        g_autofree char *seen = csv_cell_shown(value);
        return csv_table_complain(table, line, "seen value \"%s\", wanted a number of at most 1e15, above or below zero; check the unit", seen);
    }
    take_extras(table, line, cell);
    if (table->rows->len > 0 && compare_rows(&g_array_index(table->rows, CsvRow, table->rows->len - 1), &row) > 0)
        table->ordered = FALSE;
    g_array_append_val(table->rows, row);
    return TRUE;
}

void csv_table_sort(CsvTable *table)
{
    if (!table->ordered)
        qsort(table->rows->data, table->rows->len, sizeof(CsvRow), compare_rows);
    table->ordered = TRUE;
}

/* --- steps ------------------------------------------------------------------ */

gint64 csv_table_step(const CsvTable *table, const CsvRow *row)
{
    return grain_step_of_hour(table->grain, row->wall / 3600 - (row->wall % 3600 < 0));
}

gboolean csv_table_grain(CsvTable *table)
{
    const CsvRow *before = NULL;
    for (guint k = 0; k < table->rows->len; k++) {
        const CsvRow *row = &g_array_index(table->rows, CsvRow, k);
        gboolean first = before == NULL || before->series != row->series;
        rhythm_see(&table->rhythm, row->wall, row->utc, first ? G_MININT64 : before->wall, first ? G_MININT64 : before->utc);
        before = row;
    }
    g_autofree char *seen = rhythm_grain(&table->rhythm, &table->grain, &table->label_day);
    if (seen != NULL)
        return csv_table_complain(table, 0, "the times step by %s, wanted hours, days, weeks or months; bring the file to one of these", seen);
    return TRUE;
}

static gboolean same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static gboolean same_fact(const CsvTable *table, const CsvRow *a, const CsvRow *b)
{
    const double *number = (const double *)(gconstpointer)table->number->data;
    if (a->wall != b->wall || a->utc != b->utc || !same_number(a->value, b->value))
        return FALSE;
    for (gsize e = 0; e < table->extra->len; e++)
        if (!same_number(number[a->row * table->extra->len + e], number[b->row * table->extra->len + e]))
            return FALSE;
    return TRUE;
}

/* Are these the two halves of an hour that happens twice?  Two instants in one
 * hour of the clock are, also where the clock goes back by half an hour (Lord Howe). */
static gboolean is_doubled_hour(const CsvTable *table, const CsvRow *a, const CsvRow *b)
{
    Instant at[2];
    if (table->grain != GRAIN_HOUR || table->calendar == NULL)
        return FALSE;
    if (table->style == CSV_CELL_INSTANT)
        return a->utc != b->utc;
    return calendar_instants(table->calendar, csv_table_step(table, a), at) == 2;
}

static char *value_in_words(double value)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    return g_strdup(isnan(value) ? "nothing" : g_ascii_formatd(buffer, sizeof buffer, "%.10g", value));
}

static gboolean conflict(CsvTable *table, const CsvRow *a, const CsvRow *b)
{
    g_autofree char *one = value_in_words(a->value), *other = value_in_words(b->value);
    const char *hint = same_number(a->value, b->value) ? " with other covariates" : "";
    return csv_table_complain(table, b->line, "series %s already has a row for this time: line %" G_GUINT64_FORMAT " says %s, this one %s%s; keep one",
                    (const char *)g_ptr_array_index(table->id, a->series), a->line, one, other, hint);
}

/* The mean of what is known of two. */
static double merge(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) ? b : a;
    return (a + b) / 2;
}

/* The mean of both halves goes to the first; of counts a whole number. */
static void merge_rows(CsvTable *table, CsvRow *first, const CsvRow *second)
{
    double *number = (double *)(gpointer)table->number->data;
    gsize extras = table->extra->len;
    gboolean whole = fmod(first->value, 1) == 0 && fmod(second->value, 1) == 0;
    double value = merge(first->value, second->value);
    first->value = whole ? floor(value + 0.5) : value;
    for (gsize e = 0; e < extras; e++)
        number[first->row * extras + e] = merge(number[first->row * extras + e], number[second->row * extras + e]);
}

gboolean csv_table_drop_doubles(CsvTable *table, CsvRow *row, guint *count)
{
    guint kept = 0, merged = G_MAXUINT;
    for (guint k = 0; k < *count; k++) {
        CsvRow *last = kept ? &row[kept - 1] : NULL;
        if (last == NULL || csv_table_step(table, last) != csv_table_step(table, &row[k])) {
            row[kept++] = row[k];
            continue;
        }
        gboolean doubled = is_doubled_hour(table, last, &row[k]) && merged != kept;
        /* Equal rows stand side by side; row[k - 1] is still as it was read. */
        if (same_fact(table, &row[k - 1], &row[k]) && (!doubled || table->style == CSV_CELL_INSTANT))
            continue;
        if (!doubled)
            return conflict(table, last, &row[k]);
        CsvRow second = row[k];
        merge_rows(table, last, &second);
        merged = kept;
    }
    *count = kept;
    return TRUE;
}
