#include "connectors/out/csv_outlook.h"

#include "connectors/wire/csv.h"
#include "connectors/wire/csv_number.h"

#include <string.h>

enum { COLUMN_ID, COLUMN_ORIGIN, COLUMN_TIMESTAMP, COLUMN_HORIZON, COLUMN_MEMBER, COLUMN_MEAN, COLUMNS };

struct CsvOutlook {
    CsvWriter *writer;
    double *level;
    gsize levels;
    char (*text)[CSV_NUMBER_BYTES]; /* [COLUMNS + levels]: of a row */
    const char **cell;              /* [COLUMNS + levels] */
};

/* Below a billionth of a patient there is only rounding. */
#define NOTHING 1e-9

static void put_number(double value, char text[CSV_NUMBER_BYTES])
{
    csv_number_put(fabs(value) < NOTHING ? 0 : value, text);
}

CsvOutlook *csv_outlook_new(const char *path, const double *level, gsize levels, GError **error)
{
    g_autoptr(CsvOutlook) file = g_new0(CsvOutlook, 1);
    g_autoptr(GPtrArray) head = g_ptr_array_new_with_free_func(g_free);
    static const char *const name[COLUMNS] = {"series_id", "origin", "timestamp", "horizon", "member", "mean"};
    for (gsize k = 0; k < COLUMNS; k++)
        g_ptr_array_add(head, g_strdup(name[k]));
    for (gsize k = 0; k < levels; k++) {
        char text[CSV_NUMBER_BYTES];
        put_number(level[k], text);
        g_ptr_array_add(head, g_strconcat("q", text, NULL));
    }
    file->level = g_memdup2(level, levels * sizeof *level);
    file->levels = levels;
    file->text = g_malloc_n(COLUMNS + levels, sizeof *file->text);
    file->cell = g_new(const char *, COLUMNS + levels);
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
    g_free(file->text);
    g_free(file->cell);
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

static char *put_date(int year, int month, int day, char *at)
{
    at = csv_number_digits(at, year > 9999 ? 5 : 4, (guint)year);
    *at++ = '-';
    at = csv_number_digits(at, 2, (guint)month);
    *at++ = '-';
    return csv_number_digits(at, 2, (guint)day);
}

static void put_timestamp(const Series *series, gint64 step, char text[CSV_NUMBER_BYTES])
{
    int year, month, day;
    if (series->grain != GRAIN_HOUR) {
        grain_date_of_day(day_of_step(series, step), &year, &month, &day);
        *put_date(year, month, day, text) = '\0';
        return;
    }
    gint64 days = grain_step_of_hour(GRAIN_DAY, step);
    grain_date_of_day(days, &year, &month, &day);
    char *at = put_date(year, month, day, text);
    *at++ = 'T';
    memcpy(csv_number_digits(at, 2, (guint)(step - 24 * days)), ":00:00", sizeof ":00:00");
}

/* The row of a step; id, origin and member stand already. */
static void put_row(CsvOutlook *file, const Series *series, const Outlook *outlook, gsize h)
{
    put_timestamp(series, outlook->origin + (gint64)h, file->text[COLUMN_TIMESTAMP]);
    put_number((double)(h + 1), file->text[COLUMN_HORIZON]);
    put_number(outlook->mean[h], file->text[COLUMN_MEAN]);
    for (gsize k = 0; k < file->levels; k++) {
        double quantile = outlook_at(outlook, h, file->level[k], series->counts);
        put_number(series->counts ? outlook_settle(quantile) : quantile, file->text[COLUMNS + k]);
    }
}

gboolean csv_outlook_put(CsvOutlook *file, const Series *series, const Outlook *outlook, GError **error)
{
    for (gsize k = 0; k < COLUMNS + file->levels; k++)
        file->cell[k] = file->text[k];
    file->cell[COLUMN_ID] = series->id;
    file->cell[COLUMN_MEMBER] = outlook->member;
    put_timestamp(series, outlook->origin - 1, file->text[COLUMN_ORIGIN]);
    for (gsize h = 0; h < outlook->horizon; h++) {
        put_row(file, series, outlook, h);
        if (!csv_writer_row(file->writer, file->cell, COLUMNS + file->levels, error))
            return FALSE;
    }
    return TRUE;
}

gboolean csv_outlook_end(CsvOutlook *file, GError **error)
{
    return csv_writer_end(file->writer, error);
}
