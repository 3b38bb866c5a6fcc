#include "connectors/out/csv_outlook.h"

#include "connectors/wire/csv.h"

enum { COLUMN_ID, COLUMN_ORIGIN, COLUMN_TIMESTAMP, COLUMN_HORIZON, COLUMN_MEMBER, COLUMN_MEAN, COLUMNS };

struct CsvOutlook {
    CsvWriter *writer;
    double *level;
    gsize levels;
};

/* Below a billionth of a patient there is only rounding. */
#define NOTHING 1e-9

static char *number(double value)
{
    if (fabs(value) < NOTHING)
        return g_strdup("0");
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    return g_strdup(g_ascii_formatd(buffer, sizeof buffer, "%.10g", value));
}

CsvOutlook *csv_outlook_new(const char *path, const double *level, gsize levels, GError **error)
{
    g_autoptr(CsvOutlook) file = g_new0(CsvOutlook, 1);
    g_autoptr(GPtrArray) head = g_ptr_array_new_with_free_func(g_free);
    static const char *const name[COLUMNS] = {"series_id", "origin", "timestamp", "horizon", "member", "mean"};
    for (gsize k = 0; k < COLUMNS; k++)
        g_ptr_array_add(head, g_strdup(name[k]));
    for (gsize k = 0; k < levels; k++) {
        g_autofree char *text = number(level[k]);
        g_ptr_array_add(head, g_strconcat("q", text, NULL));
    }
    file->level = g_memdup2(level, levels * sizeof *level);
    file->levels = levels;
    file->writer = csv_writer_new(path, error);
    if (file->writer == NULL || !csv_writer_row(file->writer, (const char *const *)head->pdata, head->len, error))
        return NULL;
    return g_steal_pointer(&file);
}

void csv_outlook_free(CsvOutlook *file)
{
    if (file == NULL)
        return;
    csv_writer_free(file->writer);
    g_free(file->level);
    g_free(file);
}

/* The day that stands for a step of a day, a week or a month. */
static gint64 day_of_step(const Series *series, gint64 step)
{
    gint64 first = grain_first_hour(series->grain, step) / 24;
    if (series->grain == GRAIN_WEEK)
        return first + series->label_day;
    if (series->grain == GRAIN_MONTH)
        return MIN(first + series->label_day, grain_first_hour(GRAIN_MONTH, step + 1) / 24 - 1);
    return first;
}

char *csv_outlook_timestamp(const Series *series, gint64 step)
{
    int year, month, day;
    if (series->grain != GRAIN_HOUR) {
        grain_date_of_day(day_of_step(series, step), &year, &month, &day);
        return g_strdup_printf("%04d-%02d-%02d", year, month, day);
    }
    gint64 days = grain_step_of_hour(GRAIN_DAY, step);
    grain_date_of_day(days, &year, &month, &day);
    return g_strdup_printf("%04d-%02d-%02dT%02d:00:00", year, month, day, (int)(step - 24 * days));
}

gboolean csv_outlook_put(CsvOutlook *file, const Series *series, const Outlook *outlook, GError **error)
{
    g_autofree char *origin = csv_outlook_timestamp(series, outlook->origin - 1);
    for (gsize h = 0; h < outlook->horizon; h++) {
        g_autoptr(GPtrArray) row = g_ptr_array_new_full((guint)(COLUMNS + file->levels), g_free);
        g_ptr_array_add(row, g_strdup(series->id));
        g_ptr_array_add(row, g_strdup(origin));
        g_ptr_array_add(row, csv_outlook_timestamp(series, outlook->origin + (gint64)h));
        g_ptr_array_add(row, g_strdup_printf("%" G_GSIZE_FORMAT, h + 1));
        g_ptr_array_add(row, g_strdup(outlook->member));
        g_ptr_array_add(row, number(outlook->mean[h]));
        for (gsize k = 0; k < file->levels; k++) {
            double quantile = outlook_at(outlook, h, file->level[k], series->counts);
            g_ptr_array_add(row, number(series->counts ? outlook_settle(quantile) : quantile));
        }
        if (!csv_writer_row(file->writer, (const char *const *)row->pdata, row->len, error))
            return FALSE;
    }
    return TRUE;
}

gboolean csv_outlook_end(CsvOutlook *file, GError **error)
{
    return csv_writer_end(file->writer, error);
}
