/* morning.h -- gather what the brief shows and put it on disk.
 *
 * The brief of a run is written beside the earlier ones as
 * REPORT_DIR/GROUP/YYYY-MM-DD-HHMM.html, and REPORT_DIR/GROUP/latest.html is
 * replaced by it, each by an atomic rename.
 *
 * Threads  one caller at a time per group.
 */
#pragma once
#include "daemon/drifting.h"
#include "daemon/planning.h"
#include "daemon/scoring.h"

typedef struct {
    const Config *config;
    const GroupSettings *group;
    const Snapshot *snapshot;
    const Forecasting *forecasting;
    const Planning *planning;
    const Scoring *scoring;
    const Drifting *drifting;
    const RunRecord *record;
    gint64 run_id;
} MorningOrder;

/* Write it; *path and *text (the brief as plain text) are the caller's. */
gboolean morning_write(Warehouse *warehouse, const MorningOrder *order, char **path, char **text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
