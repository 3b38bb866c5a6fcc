/* csv_outlook.h -- file mode: forecasts as a CSV file.
 *
 * One row per series, member and step ahead: series_id, origin, timestamp,
 * horizon, member, mean and one column per level (q0.025, ...).  `origin` is
 * the last step that was known, `timestamp` the step forecast, `horizon` counts
 * from 1.  Hours are written 2025-07-04T13:00:00 as the hospital's clock shows
 * them, coarser steps as the date that the series' own dates fall on.
 *
 * Units    the series' own; up to 10 significant digits, a dot for the decimals.  A quantile of a
 *          count lies beside a whole number (outlook_settle); rounded it is that number.
 * Errors   those of wire/csv.h.
 * Threads  one owner.
 */
#pragma once
#include "forecast/model/outlook.h"

typedef struct CsvOutlook CsvOutlook;

/* Begin a file ("-": standard output) with these levels, each in (0, 1).  The
 * caller owns it; freeing it without an end leaves an earlier file as it was. */
CsvOutlook *csv_outlook_new(const char *path, const double *level, gsize levels, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void csv_outlook_free(CsvOutlook *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CsvOutlook, csv_outlook_free)

gboolean csv_outlook_put(CsvOutlook *file, const Series *series, const Outlook *outlook, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* All is there: put it on disk under the file's name. */
gboolean csv_outlook_end(CsvOutlook *file, GError **error) G_GNUC_WARN_UNUSED_RESULT;
