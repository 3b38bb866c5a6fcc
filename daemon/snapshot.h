/* snapshot.h -- all that was known of a facility group at an instant, ready to forecast from.
 *
 * A Snapshot is read from the warehouse as of a time: the units, their beds,
 * the roster, and one regular Series per forecast target, each with the source
 * feed it came from and how fresh that is.  Nothing recorded later than as_of
 * is in it, so that the same as_of gives the same Snapshot for ever.
 *
 * Missing  bed numbers nobody reported are MISSING.
 * Errors   as of warehouse.h and series/.
 * Threads  after it was read a Snapshot never changes.
 */
#pragma once
#include "connectors/out/warehouse.h"
#include "daemon/settings.h"
#include "forecast/series/calendar.h"

typedef struct {
    char *id, *name, *kind;
    double physical, staffed, blocked, reserved;
} SnapshotUnit;

typedef struct {
    char *id;
    GPtrArray *units;      /* SnapshotUnit by id */
    GArray *roster;        /* PlanRoster; strings owned by the Snapshot */
} SnapshotFacility;

typedef struct {
    const char *facility, *unit, *measure; /* owned by the Snapshot */
    Series *series;        /* owned; value[length-1] is the newest step that could be known at as_of */
    guint horizon;         /* steps to forecast */
    Instant data_as_of;    /* newest fact of the feed it comes from */
    RowStatus status;      /* of the data: ok, stale, degraded or withheld */
    char *reason;          /* owned; NULL when ok */
    gboolean total;        /* the sum over the units of the facility (totals.h); its unit is none of them */
} SnapshotSeries;

typedef struct {
    const GroupSettings *group;
    const Calendar *calendar;
    Instant as_of;
    Instant watermark;        /* newest recorded_at among everything read */
    GStringChunk *strings;
    GPtrArray *facilities;    /* SnapshotFacility by id */
    GPtrArray *series;        /* SnapshotSeries, ordered by id and grain */
    GArray *freshness;        /* SourceFreshness */
    guint mended[MENDS];      /* values in the history by reason */
    GPtrArray *remarks;       /* sentences about the data, owned */
} Snapshot;

/* Read one.  `sources` are the configured sources (for their age limits); the
 * group and the calendar must outlive the Snapshot. */
Snapshot *snapshot_read(Warehouse *warehouse, const GroupSettings *group, const GPtrArray *sources,
                        const Calendar *calendar, Instant as_of, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void snapshot_free(Snapshot *snapshot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Snapshot, snapshot_free)

/* The unit as people know it: its name, else its id. */
const char *snapshot_unit_name(const Snapshot *snapshot, const char *facility, const char *unit);
const SnapshotUnit *snapshot_unit(const SnapshotFacility *facility, const char *unit);
