/* scoring.h -- how yesterday's forecasts did, now that the truth is in.
 *
 * The forecasts of the newest run that is at least half a day old are compared
 * with what has become known since, series by series, beside what "the same
 * time last week" would have said.
 *
 * Missing  a score that needs something unknown is MISSING.
 * Threads  pure but for reading the warehouse.
 */
#pragma once
#include "daemon/snapshot.h"

typedef struct {
    gint64 run_id;       /* the run that was scored; 0 = none yet */
    Instant as_of;       /* of that run */
    GArray *rows;        /* ScoreRow; strings owned by the Snapshot */
    GPtrArray *misses;   /* sentences, worst first: truths outside the 95 % band or far off; owned */
} Scoring;

Scoring *scoring_new(Warehouse *warehouse, const Snapshot *snapshot, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void scoring_free(Scoring *scoring);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Scoring, scoring_free)

/* What came at a step as it was reported; MISSING when it has not, or was filled in. */
double scoring_truth(const Series *series, gint64 step);

/* Does the feed of a series repeat itself? */
gboolean scoring_stuck(const Series *series);
