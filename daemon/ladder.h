/* ladder.h -- what is done about forecasts that no longer fit, the smallest step first.
 *
 *   recalibrate  the ranges are measured anew from what came since the change; also
 *                when learning step by step (ranging.h) has reached its bound
 *   refit        the last days are asked whom to believe, without waiting for a
 *                sign in the forecast itself (trust.h; each cycle fits the members
 *                themselves anyway)
 *   tune         a training is asked for: `wardcast train`
 *   retrain      the same, because the alarm came back
 *
 * The first two are done by the daemon itself, in the cycle that sees the alarm
 * and before it forecasts.  Training is a process of its own: the daemon writes
 * train.wanted (drifting.h) when one series in ten needs it, wardcast-train.path
 * starts wardcast-train.service; where systemd is not used, run `wardcast train`.
 * Each step is taken once per alarm, and stored with its reason and with what was
 * done: in the table drift_step, in the brief and in `wardcast status`.
 *
 * Threads  pure but for reading the warehouse.
 */
#pragma once
#include "daemon/drifting.h"
#include "daemon/ranging.h"

typedef struct Ladder Ladder;

/* Take the steps that the verdicts ask for, and add them to the sentences of the Drifting. */
Ladder *ladder_new(Warehouse *warehouse, const Snapshot *snapshot, Ranging *ranging, Drifting *drifting, Instant slot, const char *model_hash,
                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
void ladder_free(Ladder *ladder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Ladder, ladder_free)

/* The steps taken now: StepRow, owned by the Ladder. */
const GArray *ladder_rows(const Ladder *ladder);

/* The series (SnapshotSeries) of which the last days decide since this model forecasts: a set. */
GHashTable *ladder_refit(const Ladder *ladder);
