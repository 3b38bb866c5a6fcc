/* drifting.h -- which forecasts no longer fit, and what is done about it.
 *
 * After the scores of yesterday's forecasts are made, the scores that earlier
 * runs told are read again, one day of each series becomes a line of its diary
 * (drift.h).  What the models read is held against the years before (inputs.h):
 * beside errors it may be their reason, alone it is an alarm of its own.  What
 * stands today is told in the brief, in the run's summary
 * and in the metrics.  What the daemon can do about it by itself it does
 * (ladder.h).  When one series in ten needs more than that, training is asked
 * for: a file train.wanted beside the group's weights, which wardcast-train.path
 * sees and the training takes away.
 *
 * Every grain has its diary: hours and days a line a day, weeks and months a line
 * for each that has come.
 *
 * Threads  pure but for reading the warehouse and writing the file.
 */
#pragma once
#include "config/config.h"
#include "daemon/scoring.h"
#include "forecast/judge/drift.h"

typedef struct {
    const SnapshotSeries *series;
    DriftVerdict verdict;
} DriftingSeries;

typedef struct {
    GArray *series;       /* DriftingSeries: those about which there is something to say, gravest first */
    GPtrArray *sentences; /* of each of them, for people; owned */
    guint judged;         /* series that have a diary */
    guint alarms;         /* of these, with an alarm of the models that stands and is not answered */
    guint wishes;         /* of these, the ones that only a training can help */
} Drifting;

/* Hours are told by the day, days, weeks and months each by its own. */
Grain drifting_line(Grain grain);

/* `slot` and `model_hash` are those of the run being made, which follows all it reads. */
Drifting *drifting_new(Warehouse *warehouse, const Snapshot *snapshot, const Scoring *scoring, Instant slot, const char *model_hash, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void drifting_free(Drifting *drifting);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Drifting, drifting_free)

/* Is training asked for? */
gboolean drifting_wants(const Drifting *drifting);

/* Write the wish, with its reasons, unless one stands already. */
gboolean drifting_ask(const Config *config, const char *group, const Drifting *drifting, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The file of the wish; free with g_free(). */
char *drifting_wish(const Config *config, const char *group);
