/* pull.h -- move what a source recorded since last time into the warehouse.
 *
 * Each feed's rows and its new watermark are stored in one transaction, so a
 * restart anywhere loses and doubles nothing.  A source that fails is noted
 * with its message; its other feeds and the other sources go on.
 *
 * Threads  one source and one warehouse per thread.
 */
#pragma once
#include "connectors/in/source.h"
#include "connectors/out/warehouse.h"

typedef struct {
    guint feeds, failed;         /* feeds asked, feeds that failed */
    guint64 rows, complaints;    /* stored, set apart */
    guint empty;                 /* feeds that gave nothing although they once gave something */
    char *message;               /* of the last failure; NULL when all went well */
} PullReport;

void pull_report_clear(PullReport *report);

/* Pull every feed of a source up to `until`.  FALSE only when the warehouse
 * fails; a failing source is told in the report. */
gboolean pull_source(Warehouse *warehouse, Source *source, Instant until, Instant now, PullReport *report, GError **error) G_GNUC_WARN_UNUSED_RESULT;
