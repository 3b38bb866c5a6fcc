#include "connectors/in/csv_series.h"

#include "connectors/in/csv_cell.h"
#include "connectors/in/rhythm.h"
#include "connectors/wire/csv.h"
#include "forecast/series/gather.h"
#include "forecast/series/mend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

G_DEFINE_QUARK(wardcast-csv-series-error-quark, csv_series_error)

/* Steps of all series and covariates together: 400 MB of numbers. */
enum { MOST_STEPS = 50 * 1000 * 1000, LONGEST_ID = 256 };

enum { COLUMN_ID, COLUMN_TIME, COLUMN_VALUE, COLUMNS };
static const char *const column_name[COLUMNS] = {"series_id", "timestamp", "value"};

typedef struct {
    char *name;
    gsize at;          /* cell of the row */
    char *label;       /* the first cell that is no number; NULL = all are */
    guint64 label_line;
    gboolean known;    /* some cell holds a number */
    gboolean left_out; /* by its name */
} Extra;

typedef struct {
    guint series;
    gint64 wall, utc;  /* seconds; the same in files without zones */
    guint64 line;
    gsize row;         /* into the extra columns' numbers */
    double value;
} Row;

/* How series are handed over while the file is read. */
typedef struct {
    gsize batch;
    const char *exposure;
    CsvSeriesTake *take;
    void *self;
} Batches;

typedef struct {
    const char *file;
    const Calendar *calendar;
    GPtrArray *notes;
    gsize at[COLUMNS], cells;
    GArray *extra;           /* Extra */
    GArray *number;          /* double[rows][extras] */
    GArray *rows;            /* Row */
    GHashTable *series;      /* id -> index + 1 */
    GPtrArray *id;           /* char *, owned */
    gboolean styled;
    CsvCellTime style;    /* of the first row */
    gboolean ordered;        /* so far */
    Rhythm rhythm;
    Grain grain;
    int label_day;
    const Batches *batches;  /* NULL: all series at once */
    char *newest;            /* id met last */
    gsize taken;             /* batches */
    guint64 extras;          /* what the first batch showed of them, as a checksum */
    gsize made;              /* series handed over */
} File;

G_GNUC_PRINTF(3, 4)
static gboolean complain(File *file, guint64 line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *where = line ? g_strdup_printf("%s:%" G_GUINT64_FORMAT, file->file, line) : g_strdup(file->file);
    g_ptr_array_add(file->notes, g_strdup_printf("%s: %s", where, what));
    return FALSE;
}

/* The last note becomes the error. */
static gboolean fail(File *file, int code, GError **error)
{
    guint last = file->notes->len - 1;
    g_set_error_literal(error, CSV_SERIES_ERROR, code, g_ptr_array_index(file->notes, last));
    g_ptr_array_remove_index(file->notes, last);
    return FALSE;
}

/* --- rows ------------------------------------------------------------------- */

static gboolean take_header(File *file, const char *const *cell, gsize cells)
{
    for (int c = 0; c < COLUMNS; c++)
        file->at[c] = cells;
    for (gsize k = 0; k < cells; k++) {
        int column = 0;
        while (column < COLUMNS && strcmp(cell[k], column_name[column]) != 0)
            column++;
        if (column < COLUMNS) {
            if (file->at[column] != cells)
                return complain(file, 1, "the column %s comes twice; rename one", column_name[column]);
            file->at[column] = k;
            continue;
        }
        if (cell[k][0] == '\0' || !g_utf8_validate(cell[k], -1, NULL))
            return complain(file, 1, "column %" G_GSIZE_FORMAT " has no name in UTF-8; give it one", k + 1);
        for (guint e = 0; e < file->extra->len; e++)
            if (g_str_equal(g_array_index(file->extra, Extra, e).name, cell[k]))
                return complain(file, 1, "the column %s comes twice; rename one", cell[k]);
        Extra extra = {.name = g_strdup(cell[k]), .at = k, .left_out = g_str_has_prefix(cell[k], "value_")};
        g_array_append_val(file->extra, extra);
    }
    for (int c = 0; c < COLUMNS; c++)
        if (file->at[c] == cells) {
            g_autofree char *names = g_strjoinv(",", (char **)cell);
            g_autofree char *seen = csv_cell_shown(names);
            return complain(file, 1, "seen the columns %s, wanted series_id,timestamp,value; %s is missing", seen, column_name[c]);
        }
    file->cells = cells;
    return TRUE;
}

static gboolean read_series(File *file, guint64 line, const char *id, guint *series)
{
    gpointer found = g_hash_table_lookup(file->series, id);
    if (found == NULL) {
        gsize bytes = strlen(id);
        gboolean fine = bytes > 0 && bytes <= LONGEST_ID && g_utf8_validate(id, -1, NULL);
        for (const char *c = id; *c; c++)
            fine &= !g_ascii_iscntrl(*c);
        if (!fine) {
            g_autofree char *seen = csv_cell_shown(id);
            return complain(file, line, "seen series_id \"%s\", wanted 1 to %d bytes of UTF-8 without control characters", seen, LONGEST_ID);
        }
        g_ptr_array_add(file->id, g_strdup(id));
        found = GUINT_TO_POINTER(file->id->len);
        g_hash_table_insert(file->series, g_ptr_array_index(file->id, file->id->len - 1), found);
    }
    *series = GPOINTER_TO_UINT(found) - 1;
    return TRUE;
}

static gboolean read_time(File *file, guint64 line, const char *cell, Row *row)
{
    CsvCellTime style;
    gint64 second;
    if (!csv_cell_time(cell, &style, &second)) {
        g_autofree char *seen = csv_cell_shown(cell);
        return complain(file, line, "seen timestamp \"%s\", wanted a date or time like 2025-07-04, 2025-07-04T13:00:00 or 2025-07-04T13:00:00Z", seen);
    }
    if (!file->styled) {
        file->styled = TRUE;
        file->style = style;
    }
    if (style != file->style)
        return complain(file, line, "seen timestamp \"%s\" of another style than the first row's; write all as dates, all without or all with an offset", cell);
    row->utc = second;
    row->wall = style == CSV_CELL_INSTANT && file->calendar != NULL ? calendar_civil_second(file->calendar, second * INSTANT_SECOND) : second;
    return TRUE;
}

static void take_extras(File *file, guint64 line, const char *const *cell)
{
    for (guint e = 0; e < file->extra->len; e++) {
        Extra *extra = &g_array_index(file->extra, Extra, e);
        double number = MISSING;
        if (!csv_cell_is_empty(cell[extra->at])) {
            if (csv_cell_number(cell[extra->at], &number))
                extra->known = TRUE;
            else if (extra->label == NULL) {
                extra->label = csv_cell_shown(cell[extra->at]);
                extra->label_line = line;
            }
        }
        g_array_append_val(file->number, number);
    }
}

static int compare_rows(gconstpointer a, gconstpointer b)
{
    const Row *x = a, *y = b;
    if (x->series != y->series)
        return x->series < y->series ? -1 : 1;
    if (x->wall != y->wall)
        return x->wall < y->wall ? -1 : 1;
    if (x->utc != y->utc)
        return x->utc < y->utc ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

static gboolean take_data(File *file, guint64 line, const char *const *cell, gsize cells)
{
    Row row = {.line = line, .row = file->rows->len, .value = MISSING};
    if (cells != file->cells)
        return complain(file, line, "seen %" G_GSIZE_FORMAT " cells, wanted %" G_GSIZE_FORMAT " as in the first line", cells, file->cells);
    if (!read_series(file, line, cell[file->at[COLUMN_ID]], &row.series) || !read_time(file, line, cell[file->at[COLUMN_TIME]], &row))
        return FALSE;
    const char *value = cell[file->at[COLUMN_VALUE]];
    if (!csv_cell_is_empty(value) && !csv_cell_number(value, &row.value)) {
        g_autofree char *seen = csv_cell_shown(value);
        return complain(file, line, "seen value \"%s\", wanted a number or nothing", seen);
    }
    take_extras(file, line, cell);
    if (file->rows->len > 0 && compare_rows(&g_array_index(file->rows, Row, file->rows->len - 1), &row) > 0)
        file->ordered = FALSE;
    g_array_append_val(file->rows, row);
    return TRUE;
}

static gboolean hand_over(File *file, GError **error);

/* Where batches are handed over: is this the next series, and is there room for it? */
static gboolean make_way(File *file, guint64 line, const char *id, GError **error)
{
    if (file->newest != NULL && strcmp(id, file->newest) == 0)
        return TRUE;
    if (file->newest != NULL && strcmp(id, file->newest) < 0) {
        g_autofree char *seen = csv_cell_shown(id);
        complain(file, line, "series %s comes after %s, wanted ascending ids", seen, file->newest);
        return fail(file, CSV_SERIES_ERROR_ORDER, error);
    }
    g_free(file->newest);
    file->newest = g_strdup(id);
    return file->id->len < file->batches->batch || hand_over(file, error);
}

static gboolean take_row(void *self, guint64 line, const char *const *cell, gsize cells, GError **error)
{
    File *file = self;
    if (file->batches != NULL && file->cells > 0 && cells == file->cells && !make_way(file, line, cell[file->at[COLUMN_ID]], error))
        return FALSE;
    gboolean fine = file->cells == 0 ? take_header(file, cell, cells) : take_data(file, line, cell, cells);
    return fine ? TRUE : fail(file, CSV_SERIES_ERROR_FORMAT, error);
}

/* --- steps ------------------------------------------------------------------ */

static gint64 step_of(const File *file, const Row *row)
{
    return grain_step_of_hour(file->grain, row->wall / 3600 - (row->wall % 3600 < 0));
}

static gboolean find_grain(File *file)
{
    const Row *before = NULL;
    for (guint k = 0; k < file->rows->len; k++) {
        const Row *row = &g_array_index(file->rows, Row, k);
        gboolean first = before == NULL || before->series != row->series;
        rhythm_see(&file->rhythm, row->wall, row->utc, first ? G_MININT64 : before->wall, first ? G_MININT64 : before->utc);
        before = row;
    }
    g_autofree char *seen = rhythm_grain(&file->rhythm, &file->grain, &file->label_day);
    if (seen != NULL)
        return complain(file, 0, "the times step by %s, wanted hours, days, weeks or months; bring the file to one of these", seen);
    return TRUE;
}

static gboolean same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static gboolean same_fact(const File *file, const Row *a, const Row *b)
{
    const double *number = (const double *)(gconstpointer)file->number->data;
    if (a->wall != b->wall || a->utc != b->utc || !same_number(a->value, b->value))
        return FALSE;
    for (gsize e = 0; e < file->extra->len; e++)
        if (!same_number(number[a->row * file->extra->len + e], number[b->row * file->extra->len + e]))
            return FALSE;
    return TRUE;
}

/* Are these the two halves of an hour that happens twice? */
static gboolean is_doubled_hour(const File *file, const Row *a, const Row *b)
{
    Instant at[2];
    if (file->grain != GRAIN_HOUR || file->calendar == NULL || calendar_instants(file->calendar, step_of(file, a), at) != 2)
        return FALSE;
    return a->utc != b->utc || file->style != CSV_CELL_INSTANT;
}

static char *value_in_words(double value)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    return g_strdup(isnan(value) ? "nothing" : g_ascii_formatd(buffer, sizeof buffer, "%.10g", value));
}

static gboolean conflict(File *file, const Row *a, const Row *b)
{
    g_autofree char *one = value_in_words(a->value), *other = value_in_words(b->value);
    const char *hint = same_number(a->value, b->value) ? " with other covariates" : "";
    return complain(file, b->line, "series %s already has a row for this time: line %" G_GUINT64_FORMAT " says %s, this one %s%s; keep one",
                    (const char *)g_ptr_array_index(file->id, a->series), a->line, one, other, hint);
}

/* The mean of what is known of two. */
static double merge(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) ? b : a;
    return (a + b) / 2;
}

/* The mean of both halves goes to the first; of counts a whole number. */
static void merge_rows(File *file, Row *first, const Row *second)
{
    double *number = (double *)(gpointer)file->number->data;
    gsize extras = file->extra->len;
    gboolean whole = fmod(first->value, 1) == 0 && fmod(second->value, 1) == 0;
    double value = merge(first->value, second->value);
    first->value = whole ? floor(value + 0.5) : value;
    for (gsize e = 0; e < extras; e++)
        number[first->row * extras + e] = merge(number[first->row * extras + e], number[second->row * extras + e]);
}

/* Leaves one row per step in row[*count]. */
static gboolean drop_doubles(File *file, Row *row, guint *count)
{
    guint kept = 0, merged = G_MAXUINT;
    for (guint k = 0; k < *count; k++) {
        Row *last = kept ? &row[kept - 1] : NULL;
        if (last == NULL || step_of(file, last) != step_of(file, &row[k])) {
            row[kept++] = row[k];
            continue;
        }
        gboolean doubled = is_doubled_hour(file, last, &row[k]) && merged != kept;
        /* Equal rows stand side by side; row[k - 1] is still as it was read. */
        if (same_fact(file, &row[k - 1], &row[k]) && (!doubled || file->style == CSV_CELL_INSTANT))
            continue;
        if (!doubled)
            return conflict(file, last, &row[k]);
        Row second = row[k];
        merge_rows(file, last, &second);
        merged = kept;
    }
    *count = kept;
    return TRUE;
}

/* --- series ----------------------------------------------------------------- */

static gboolean is_covariate(const Extra *extra)
{
    return !extra->left_out && extra->label == NULL && extra->known;
}

static void put_covariates(const File *file, const Row *row, guint count, Series *series, gsize cover)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const double *number = (const double *)(gconstpointer)file->number->data;
    for (guint e = 0; e < file->extra->len; e++)
        if (is_covariate(&g_array_index(file->extra, Extra, e)))
            g_ptr_array_add(names, g_array_index(file->extra, Extra, e).name);
    if (names->len == 0)
        return;
    series_set_covariates(series, (const char *const *)names->pdata, names->len, cover);
    for (guint k = 0; k < count; k++) {
        gint64 t = step_of(file, &row[k]) - series->start;
        gsize covariate = 0;
        for (guint e = 0; t >= 0 && e < file->extra->len; e++)
            if (is_covariate(&g_array_index(file->extra, Extra, e)))
                series->covariate[covariate++ * cover + (gsize)t] = number[row[k].row * file->extra->len + e];
    }
}

/* The mean of the exposure's known cells. */
static gboolean put_exposure(File *file, const Row *row, guint count, gsize extra, Series *series)
{
    const double *number = (const double *)(gconstpointer)file->number->data;
    double sum = 0;
    guint known = 0;
    for (guint k = 0; k < count; k++) {
        double value = number[row[k].row * file->extra->len + extra];
        sum += isnan(value) ? 0 : value;
        known += !isnan(value);
    }
    series->exposure = known ? sum / known : 0;
    if (!(series->exposure > 0))
        return complain(file, row[0].line, "series %s has no positive %s; give it one or leave --exposure out", series->id, g_array_index(file->extra, Extra, extra).name);
    return TRUE;
}

static gboolean is_count(const Row *row, guint count)
{
    for (guint k = 0; k < count; k++)
        if (!isnan(row[k].value) && !(row[k].value >= 0 && row[k].value == floor(row[k].value)))
            return FALSE;
    return TRUE;
}

/* One series from its rows, in order and without doubles; NULL in *series when
 * nothing of it is known. */
static gboolean make_series(File *file, const Row *row, guint count, gssize exposure, gint64 *room, Series **series)
{
    const char *id = g_ptr_array_index(file->id, row[0].series);
    guint first = 0, last = count;
    while (first < count && isnan(row[first].value))
        first++;
    if (first == count) {
        complain(file, row[0].line, "series %s has no known value and is left out", id);
        return TRUE;
    }
    while (isnan(row[last - 1].value))
        last--;
    gint64 start = step_of(file, &row[first]), end = step_of(file, &row[last - 1]) + 1, cover = step_of(file, &row[count - 1]) + 1 - start;
    *room -= (end - start) + cover * (gint64)file->extra->len;
    if (*room < 0)
        return complain(file, row[count - 1].line, "series %s reaches over %" G_GINT64_FORMAT " steps, more than %d in all; is a date wrong?", id, cover, MOST_STEPS);
    *series = series_new(id, file->grain, start, (gsize)(end - start));
    (*series)->flow = gather_is_flow(id);
    (*series)->counts = is_count(row, count);
    (*series)->label_day = file->grain == GRAIN_WEEK ? grain_weekday(row[first].wall / 86400 - (row[first].wall % 86400 < 0)) : file->label_day;
    for (guint k = first; k < last; k++)
        (*series)->value[step_of(file, &row[k]) - start] = row[k].value;
    put_covariates(file, row, count, *series, (gsize)MAX(cover, end - start));
    if (exposure >= 0 && !put_exposure(file, row, count, (gsize)exposure, *series))
        return FALSE;
    if (file->calendar != NULL)
        mend_clock(*series, file->calendar);
    return TRUE;
}

static gboolean find_exposure(File *file, const char *name, gssize *exposure)
{
    *exposure = -1;
    for (guint e = 0; name != NULL && e < file->extra->len; e++)
        if (g_str_equal(g_array_index(file->extra, Extra, e).name, name))
            *exposure = (gssize)e;
    if (name == NULL)
        return TRUE;
    if (*exposure < 0)
        return complain(file, 1, "no column %s for the exposure; name one of the file's covariates", name);
    Extra *extra = &g_array_index(file->extra, Extra, *exposure);
    if (extra->label != NULL)
        return complain(file, extra->label_line, "seen \"%s\" in the exposure's column %s, wanted numbers", extra->label, name);
    extra->left_out = TRUE; /* no covariate */
    return TRUE;
}

static void note_extras(File *file, gssize exposure)
{
    for (guint e = 0; e < file->extra->len; e++) {
        const Extra *extra = &g_array_index(file->extra, Extra, e);
        if ((gssize)e == exposure)
            continue;
        if (extra->left_out)
            complain(file, 0, "column %s is another version of the value and is left out", extra->name);
        else if (extra->label != NULL)
            complain(file, extra->label_line, "column %s holds text (\"%s\") and is left out", extra->name, extra->label);
        else if (!extra->known)
            complain(file, 0, "column %s is empty and is left out", extra->name);
    }
}

/* Series in the order of the file; rows are sorted by series, so by first mention. */
static gboolean make_all(File *file, gssize exposure, GPtrArray *all)
{
    gint64 room = MOST_STEPS;
    Row *row = (Row *)(gpointer)file->rows->data;
    for (guint from = 0, to; from < file->rows->len; from = to) {
        for (to = from + 1; to < file->rows->len && row[to].series == row[from].series; to++)
            ;
        guint count = to - from;
        Series *series = NULL;
        gboolean fine = drop_doubles(file, row + from, &count) && make_series(file, row + from, count, exposure, &room, &series);
        if (series != NULL)
            g_ptr_array_add(all, series);
        if (!fine)
            return FALSE;
    }
    return TRUE;
}

/* Series from the rows that are there. */
static gboolean finish(File *file, const char *exposure, GPtrArray *all, GError **error)
{
    gssize column;
    if (!file->ordered)
        qsort(file->rows->data, file->rows->len, sizeof(Row), compare_rows);
    if (!find_grain(file))
        return fail(file, CSV_SERIES_ERROR_STEP, error);
    if (!find_exposure(file, exposure, &column))
        return fail(file, CSV_SERIES_ERROR_FORMAT, error);
    if (file->taken == 0)
        note_extras(file, column);
    return make_all(file, column, all) ? TRUE : fail(file, CSV_SERIES_ERROR_FORMAT, error);
}

/* Was there anything at all? */
static gboolean check_made(File *file, gsize made, GError **error)
{
    if (made > 0)
        return TRUE;
    if (file->rows->len == 0 && file->taken == 0)
        complain(file, 0, "no rows; wanted a header series_id,timestamp,value and at least one row");
    else
        complain(file, 0, "no value is known in any row; wanted at least one");
    return fail(file, CSV_SERIES_ERROR_FORMAT, error);
}

/* ------------------------------------------------------------------ in batches */

static guint64 extras_seen(const File *file)
{
    guint64 seen = 0;
    for (guint e = 0; e < file->extra->len; e++) {
        const Extra *extra = &g_array_index(file->extra, Extra, e);
        seen = seen * 31 + 2 * (extra->label != NULL) + extra->known + 1;
    }
    return seen;
}

/* Does what the first batch showed still hold? */
static gboolean still_holds(File *file, Grain grain, int label_day, GError **error)
{
    guint64 extras = extras_seen(file);
    if (file->taken > 0 && (grain != file->grain || label_day != file->label_day || extras != file->extras)) {
        complain(file, 0, "the step or the kind of a column changes after some %" G_GSIZE_FORMAT " series", file->made);
        return fail(file, CSV_SERIES_ERROR_ORDER, error);
    }
    file->extras = extras;
    return TRUE;
}

static gboolean hand_over(File *file, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    g_autoptr(GError) cause = NULL;
    Grain grain = file->grain;
    int label_day = file->label_day;
    if (!finish(file, file->batches->exposure, all, &cause)) {
        gboolean step = g_error_matches(cause, CSV_SERIES_ERROR, CSV_SERIES_ERROR_STEP); /* more rows may show it */
        g_propagate_error(error, step ? g_error_new_literal(CSV_SERIES_ERROR, CSV_SERIES_ERROR_ORDER, cause->message) : g_steal_pointer(&cause));
        return FALSE;
    }
    if (!still_holds(file, grain, label_day, error))
        return FALSE;
    file->taken++;
    file->made += all->len;
    g_array_set_size(file->rows, 0);
    g_array_set_size(file->number, 0);
    g_hash_table_remove_all(file->series);
    g_ptr_array_set_size(file->id, 0);
    file->ordered = TRUE;
    return all->len == 0 || file->batches->take(file->batches->self, all, error);
}

static void file_init(File *file, const char *name, const Calendar *calendar)
{
    *file = (File){.file = name, .calendar = calendar, .ordered = TRUE};
    rhythm_init(&file->rhythm);
    file->notes = g_ptr_array_new_with_free_func(g_free);
    file->extra = g_array_new(FALSE, FALSE, sizeof(Extra));
    file->number = g_array_new(FALSE, FALSE, sizeof(double));
    file->rows = g_array_new(FALSE, FALSE, sizeof(Row));
    file->series = g_hash_table_new(g_str_hash, g_str_equal);
    file->id = g_ptr_array_new_with_free_func(g_free);
}

static void file_clear(File *file)
{
    for (guint e = 0; e < file->extra->len; e++) {
        g_free(g_array_index(file->extra, Extra, e).name);
        g_free(g_array_index(file->extra, Extra, e).label);
    }
    g_array_unref(file->extra);
    g_array_unref(file->number);
    g_array_unref(file->rows);
    g_hash_table_unref(file->series);
    g_ptr_array_unref(file->id);
    g_ptr_array_unref(file->notes);
    g_free(file->newest);
}

static void hand_notes(File *file, GPtrArray *notes)
{
    for (guint k = 0; notes != NULL && k < file->notes->len; k++)
        g_ptr_array_add(notes, g_strdup(g_ptr_array_index(file->notes, k)));
}

/* Hands the notes over and gives the series, or NULL when reading failed. */
static GPtrArray *end_file(File *file, gboolean fine, const char *exposure, GPtrArray *notes, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    fine = fine && (file->rows->len == 0 || finish(file, exposure, all, error)) && check_made(file, all->len, error);
    hand_notes(file, notes);
    file_clear(file);
    return fine ? g_steal_pointer(&all) : NULL;
}

GPtrArray *csv_series_read(const char *path, const Calendar *calendar, const char *exposure, GPtrArray *notes, GError **error)
{
    File file;
    file_init(&file, g_str_equal(path, "-") ? "standard input" : path, calendar);
    gboolean fine = csv_read_file(path, take_row, &file, error);
    return end_file(&file, fine, exposure, notes, error);
}

GPtrArray *csv_series_read_stream(GInputStream *stream, const char *name, const Calendar *calendar, const char *exposure, GPtrArray *notes, GError **error)
{
    File file;
    file_init(&file, name, calendar);
    gboolean fine = csv_read_stream(stream, name, take_row, &file, error);
    return end_file(&file, fine, exposure, notes, error);
}

gboolean csv_series_read_batches(const char *path, const Calendar *calendar, const char *exposure, gsize batch,
                                 CsvSeriesTake *take, void *self, GPtrArray *notes, GError **error)
{
    const Batches batches = {MAX(batch, 1), exposure, take, self};
    File file;
    file_init(&file, g_str_equal(path, "-") ? "standard input" : path, calendar);
    file.batches = &batches;
    gboolean fine = csv_read_file(path, take_row, &file, error) && (file.rows->len == 0 || hand_over(&file, error)) &&
                    check_made(&file, file.made, error);
    hand_notes(&file, notes);
    file_clear(&file);
    return fine;
}
