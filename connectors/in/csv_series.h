/* csv_series.h -- file mode: a CSV file of many series.
 *
 * The file has a header row with the columns series_id, timestamp and value, in
 * any place; rows may come in any order.  Every other column that holds numbers
 * is a covariate, known ahead in the rows after a series' last value; a column
 * with text in it is a label and left out, as is one whose name begins with
 * "value_" (another version of the value, not something known ahead).  The step
 * is found from the file: hours, days, weeks or months.
 *
 * Missing  an empty cell, NA, NaN or null; a step without a row (where more than one in
 *          twenty has none, a note says so: nobody may have come).
 * Errors   CSV_SERIES_ERROR_FORMAT: file, line, value seen, value wanted;
 *          CSV_SERIES_ERROR_STEP: the step is none of ours; CSV_SERIES_ERROR_ORDER: see
 *          csv_series_read_batches(); also errors of wire/csv.h.
 * Threads  one call, one file.
 */
#pragma once
#include "forecast/series/calendar.h"
#include "forecast/series/series.h"

#include <gio/gio.h>

#define CSV_SERIES_ERROR (csv_series_error_quark())
GQuark csv_series_error_quark(void);
typedef enum { CSV_SERIES_ERROR_FORMAT, CSV_SERIES_ERROR_STEP, CSV_SERIES_ERROR_ORDER } CsvSeriesError;

/* Read a file ("-": standard input), plain or gzip'd, or a stream called `name`.
 * Times with an offset or Z are instants, seen on the calendar's clock; others
 * are what the clock showed.  `exposure` (NULL: none) names a covariate that
 * puts the series on a common scale: its mean becomes the exposure of each
 * series, and it is no covariate.  To `notes` (may be NULL) a newly allocated
 * sentence is added for all that was left out.
 *
 * The Series (elements owned by the array, the array by the caller) come in the
 * order in which the file first names them; each begins with its first and ends
 * with its last known value.  All share one grain and one set of covariates. */
GPtrArray *csv_series_read(const char *path, const Calendar *calendar, const char *exposure, GPtrArray *notes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GPtrArray *csv_series_read_stream(GInputStream *stream, const char *name, const Calendar *calendar, const char *exposure,
                                  GPtrArray *notes, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* More series than memory holds: they are handed over in batches of up to `batch`
 * series while the file is read; `take` may keep the array by a reference of its own.
 * The ids must ascend (by bytes), a series' rows stand together, and what the
 * first batch shows of the step and of the covariates must hold to the end:
 * else CSV_SERIES_ERROR_ORDER, and the file has to be read as a whole.  Otherwise
 * as csv_series_read. */
typedef gboolean CsvSeriesTake(void *self, GPtrArray *series, GError **error);
gboolean csv_series_read_batches(const char *path, const Calendar *calendar, const char *exposure, gsize batch,
                                 CsvSeriesTake *take, void *self, GPtrArray *notes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
