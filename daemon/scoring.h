/* scoring.h -- how earlier forecasts did, now that the truth is in.
 *
 * Each series is scored by its own grain: hours by the newest run that is at
 * least half a day old, days, weeks and months by the newest run that had spoken
 * of the newest one that has come.  What it said is compared with what has become
 * known since, beside what "the same time last week" (of weeks and months: last
 * year) would have said.
 *
 * Missing  a score that needs something unknown is MISSING.
 * Threads  pure but for reading the warehouse.
 */
#pragma once
#include "daemon/snapshot.h"

typedef struct {
    gint64 run_id;       /* the run whose hours were scored; 0 = none yet */
    Instant as_of;       /* of that run */
    GArray *rows;        /* ScoreRow; strings owned by the Snapshot */
    GPtrArray *misses;   /* sentences, worst first: truths outside the 95 % band or far off; owned */
} Scoring;

/* `slot` is that of the run being made, which follows all that are scored. */
Scoring *scoring_new(Warehouse *warehouse, const Snapshot *snapshot, Instant slot, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void scoring_free(Scoring *scoring);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Scoring, scoring_free)

/* What came at a step as it was reported; MISSING when it has not, or was filled in. */
double scoring_truth(const Series *series, gint64 step);

/* Does the feed of a series repeat itself? */
gboolean scoring_stuck(const Series *series);

/* May a model be judged by these data: are they fresh, and do they move? */
gboolean scoring_sound(const SnapshotSeries *series);

/* The newest step that is known as it was reported; FALSE when none is. */
gboolean scoring_newest(const Series *series, gint64 *step) G_GNUC_WARN_UNUSED_RESULT;
