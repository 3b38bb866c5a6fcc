#include "connectors/in/csv_series.h"

#include "connectors/in/csv_table.h"
#include "connectors/wire/csv.h"
#include "connectors/wire/csv_number.h"
#include "forecast/series/gather.h"
#include "forecast/series/mend.h"

#include <math.h>
#include <string.h>

G_DEFINE_QUARK(wardcast-csv-series-error-quark, csv_series_error)

/* Steps of all series and covariates together: 400 MB of numbers. */
enum { MOST_STEPS = 50 * 1000 * 1000 };

/* How series are handed over while the file is read. */
typedef struct {
    gsize batch;
    const char *exposure;
    CsvSeriesTake *take;
    void *self;
} Batches;

typedef struct {
    CsvTable table;
    const Batches *batches;  /* NULL: all series at once */
    char *newest;            /* id met last */
    gsize taken;             /* batches */
    guint64 extras;          /* what the first batch showed of them, as a checksum */
    gsize made;              /* series handed over */
    gsize sparse;            /* series of which many steps have no row */
    struct {
        char *id;
        gsize steps, of;     /* without a row; that there are */
    } sparsest;
} File;

/* The last note becomes the error. */
static gboolean fail(File *file, int code, GError **error)
{
    guint last = file->table.notes->len - 1;
    g_set_error_literal(error, CSV_SERIES_ERROR, code, g_ptr_array_index(file->table.notes, last));
    g_ptr_array_remove_index(file->table.notes, last);
    return FALSE;
}

static gboolean hand_over(File *file, GError **error);

/* Where batches are handed over: is this the next series, and is there room for it? */
static gboolean make_way(File *file, guint64 line, const char *id, GError **error)
{
    if (file->newest != NULL && strcmp(id, file->newest) == 0)
        return TRUE;
    if (file->newest != NULL && strcmp(id, file->newest) < 0) {
        g_autofree char *seen = csv_cell_shown(id);
        csv_table_complain(&file->table, line, "series %s comes after %s, wanted ascending ids", seen, file->newest);
        return fail(file, CSV_SERIES_ERROR_ORDER, error);
    }
    g_free(file->newest);
    file->newest = g_strdup(id);
    return file->table.id->len < file->batches->batch || hand_over(file, error);
}

static gboolean take_row(void *self, guint64 line, const char *const *cell, gsize cells, GError **error)
{
    File *file = self;
    if (file->batches != NULL && file->table.cells > 0 && cells == file->table.cells && !make_way(file, line, cell[file->table.at[CSV_TABLE_ID]], error))
        return FALSE;
    gboolean fine = file->table.cells == 0 ? csv_table_header(&file->table, cell, cells) : csv_table_add(&file->table, line, cell, cells);
    return fine ? TRUE : fail(file, CSV_SERIES_ERROR_FORMAT, error);
}

/* --- series ----------------------------------------------------------------- */

static gboolean is_covariate(const CsvExtra *extra)
{
    return !extra->left_out && extra->label == NULL && extra->known;
}

static void put_covariates(const File *file, const CsvRow *row, guint count, Series *series, gsize cover)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const double *number = (const double *)(gconstpointer)file->table.number->data;
    for (guint e = 0; e < file->table.extra->len; e++)
        if (is_covariate(&g_array_index(file->table.extra, CsvExtra, e)))
            g_ptr_array_add(names, g_array_index(file->table.extra, CsvExtra, e).name);
    if (names->len == 0)
        return;
    series_set_covariates(series, (const char *const *)names->pdata, names->len, cover);
    for (guint k = 0; k < count; k++) {
        gint64 t = csv_table_step(&file->table, &row[k]) - series->start;
        gsize covariate = 0;
        for (guint e = 0; t >= 0 && e < file->table.extra->len; e++)
            if (is_covariate(&g_array_index(file->table.extra, CsvExtra, e)))
                series->covariate[covariate++ * cover + (gsize)t] = number[row[k].row * file->table.extra->len + e];
    }
}

/* The mean of the exposure's known cells. */
static gboolean put_exposure(File *file, const CsvRow *row, guint count, gsize extra, Series *series)
{
    const double *number = (const double *)(gconstpointer)file->table.number->data;
    double sum = 0;
    guint known = 0;
    for (guint k = 0; k < count; k++) {
        double value = number[row[k].row * file->table.extra->len + extra];
        sum += isnan(value) ? 0 : value;
        known += !isnan(value);
    }
    series->exposure = known ? sum / known : 0;
    if (!(series->exposure > 0))
        return csv_table_complain(&file->table, row[0].line, "series %s has no positive %s; give it one or leave --exposure out", series->id, g_array_index(file->table.extra, CsvExtra, extra).name);
    return TRUE;
}

static gboolean is_count(const CsvRow *row, guint count)
{
    for (guint k = 0; k < count; k++)
        if (!isnan(row[k].value) && !(row[k].value >= 0 && row[k].value == floor(row[k].value)))
            return FALSE;
    return TRUE;
}

/* A hospital's query often leaves out the days on which nobody came; a clock that
 * jumps and a day that got lost leave out few. */
static void count_absent(File *file, const char *id, gsize rows, gsize steps)
{
    enum { FEW = 20, FEWEST = 3 };
    gsize absent = steps - MIN(rows, steps);
    if (absent < FEWEST || absent * FEW <= steps)
        return;
    if (file->sparse++ == 0 || absent * file->sparsest.of > file->sparsest.steps * steps) {
        g_free(file->sparsest.id);
        file->sparsest.id = g_strdup(id);
        file->sparsest.steps = absent;
        file->sparsest.of = steps;
    }
}

static void note_absent(File *file)
{
    g_autofree char *others = file->sparse > 1 ? g_strdup_printf(" (and many of %" G_GSIZE_FORMAT " more series)", file->sparse - 1) : g_strdup("");
    if (file->sparse > 0)
        csv_table_complain(&file->table, 0, "%" G_GSIZE_FORMAT " of the %" G_GSIZE_FORMAT " %ss of series %s have no row%s; they are taken as unknown, not as 0: where nobody came, give a row that says 0",
                           file->sparsest.steps, file->sparsest.of, grain_name(file->table.grain), file->sparsest.id, others);
}

/* One series from its rows, in order and without doubles; NULL in *series when
 * nothing of it is known. */
static gboolean make_series(File *file, const CsvRow *row, guint count, gssize exposure, gint64 *room, Series **series)
{
    const char *id = g_ptr_array_index(file->table.id, row[0].series);
    guint first = 0, last = count;
    while (first < count && isnan(row[first].value))
        first++;
    if (first == count) {
        csv_table_complain(&file->table, row[0].line, "series %s has no known value and is left out", id);
        return TRUE;
    }
    while (isnan(row[last - 1].value))
        last--;
    gint64 start = csv_table_step(&file->table, &row[first]), end = csv_table_step(&file->table, &row[last - 1]) + 1, cover = csv_table_step(&file->table, &row[count - 1]) + 1 - start;
    *room -= (end - start) + cover * (gint64)file->table.extra->len;
    if (*room < 0)
        return csv_table_complain(&file->table, row[count - 1].line, "series %s reaches over %" G_GINT64_FORMAT " steps, more than %d in all; is a date wrong?", id, cover, MOST_STEPS);
    *series = series_new(id, file->table.grain, start, (gsize)(end - start));
    (*series)->flow = gather_is_flow(id);
    (*series)->counts = is_count(row, count);
    (*series)->label_day = file->table.grain == GRAIN_WEEK ? grain_weekday(row[first].wall / 86400 - (row[first].wall % 86400 < 0)) : file->table.label_day;
    for (guint k = first; k < last; k++)
        (*series)->value[csv_table_step(&file->table, &row[k]) - start] = row[k].value;
    count_absent(file, id, last - first, (*series)->length);
    put_covariates(file, row, count, *series, (gsize)MAX(cover, end - start));
    if (exposure >= 0 && !put_exposure(file, row, count, (gsize)exposure, *series))
        return FALSE;
    if (file->table.calendar != NULL)
        mend_clock(*series, file->table.calendar);
    return TRUE;
}

static gboolean find_exposure(File *file, const char *name, gssize *exposure)
{
    *exposure = -1;
    for (guint e = 0; name != NULL && e < file->table.extra->len; e++)
        if (g_str_equal(g_array_index(file->table.extra, CsvExtra, e).name, name))
            *exposure = (gssize)e;
    if (name == NULL)
        return TRUE;
    if (*exposure < 0)
        return csv_table_complain(&file->table, 1, "no column %s for the exposure; name one of the file's covariates", name);
    CsvExtra *extra = &g_array_index(file->table.extra, CsvExtra, *exposure);
    if (extra->label != NULL)
        return csv_table_complain(&file->table, extra->label_line, "seen \"%s\" in the exposure's column %s, wanted numbers", extra->label, name);
    extra->left_out = TRUE; /* no covariate */
    return TRUE;
}

static void note_extras(File *file, gssize exposure)
{
    for (guint e = 0; e < file->table.extra->len; e++) {
        const CsvExtra *extra = &g_array_index(file->table.extra, CsvExtra, e);
        if ((gssize)e == exposure)
            continue;
        if (extra->left_out)
            csv_table_complain(&file->table, 0, "column %s is another version of the value and is left out", extra->name);
        else if (extra->label != NULL) {
            double number;
            csv_table_complain(&file->table, extra->label_line, "column %s holds %s (\"%s\") and is left out", extra->name,
                               csv_number_take(extra->label, &number) ? "a number beyond 1e15" : "text", extra->label);
        } else if (!extra->known)
            csv_table_complain(&file->table, 0, "column %s is empty and is left out", extra->name);
    }
}

/* Series in the order of the file; rows are sorted by series, so by first mention. */
static gboolean make_all(File *file, gssize exposure, GPtrArray *all)
{
    gint64 room = MOST_STEPS;
    CsvRow *row = (CsvRow *)(gpointer)file->table.rows->data;
    for (guint from = 0, to; from < file->table.rows->len; from = to) {
        for (to = from + 1; to < file->table.rows->len && row[to].series == row[from].series; to++)
            ;
        guint count = to - from;
        Series *series = NULL;
        gboolean fine = csv_table_drop_doubles(&file->table, row + from, &count) && make_series(file, row + from, count, exposure, &room, &series);
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
    csv_table_sort(&file->table);
    if (!csv_table_grain(&file->table))
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
    if (file->table.rows->len == 0 && file->taken == 0)
        csv_table_complain(&file->table, 0, "no rows; wanted a header series_id,timestamp,value and at least one row");
    else
        csv_table_complain(&file->table, 0, "no value is known in any row; wanted at least one");
    return fail(file, CSV_SERIES_ERROR_FORMAT, error);
}

/* ------------------------------------------------------------------ in batches */

static guint64 extras_seen(const File *file)
{
    guint64 seen = 0;
    for (guint e = 0; e < file->table.extra->len; e++) {
        const CsvExtra *extra = &g_array_index(file->table.extra, CsvExtra, e);
        seen = seen * 31 + 2 * (extra->label != NULL) + extra->known + 1;
    }
    return seen;
}

/* Does what the first batch showed still hold? */
static gboolean still_holds(File *file, Grain grain, int label_day, GError **error)
{
    guint64 extras = extras_seen(file);
    if (file->taken > 0 && (grain != file->table.grain || label_day != file->table.label_day || extras != file->extras)) {
        csv_table_complain(&file->table, 0, "the step or the kind of a column changes after some %" G_GSIZE_FORMAT " series", file->made);
        return fail(file, CSV_SERIES_ERROR_ORDER, error);
    }
    file->extras = extras;
    return TRUE;
}

static gboolean hand_over(File *file, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    g_autoptr(GError) cause = NULL;
    Grain grain = file->table.grain;
    int label_day = file->table.label_day;
    if (!finish(file, file->batches->exposure, all, &cause)) {
        gboolean step = g_error_matches(cause, CSV_SERIES_ERROR, CSV_SERIES_ERROR_STEP); /* more rows may show it */
        g_propagate_error(error, step ? g_error_new_literal(CSV_SERIES_ERROR, CSV_SERIES_ERROR_ORDER, cause->message) : g_steal_pointer(&cause));
        return FALSE;
    }
    if (!still_holds(file, grain, label_day, error))
        return FALSE;
    file->taken++;
    file->made += all->len;
    csv_table_next(&file->table);
    return all->len == 0 || file->batches->take(file->batches->self, all, error);
}

static void file_init(File *file, const char *name, const Calendar *calendar)
{
    *file = (File){.batches = NULL};
    csv_table_init(&file->table, name, calendar);
}

static void file_clear(File *file)
{
    csv_table_clear(&file->table);
    g_free(file->newest);
    g_free(file->sparsest.id);
}

static void hand_notes(File *file, GPtrArray *notes)
{
    note_absent(file);
    for (guint k = 0; notes != NULL && k < file->table.notes->len; k++)
        g_ptr_array_add(notes, g_strdup(g_ptr_array_index(file->table.notes, k)));
}

/* Hands the notes over and gives the series, or NULL when reading failed. */
static GPtrArray *end_file(File *file, gboolean fine, const char *exposure, GPtrArray *notes, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    fine = fine && (file->table.rows->len == 0 || finish(file, exposure, all, error)) && check_made(file, all->len, error);
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
    gboolean fine = csv_read_file(path, take_row, &file, error) && (file.table.rows->len == 0 || hand_over(&file, error)) &&
                    check_made(&file, file.made, error);
    hand_notes(&file, notes);
    file_clear(&file);
    return fine;
}
