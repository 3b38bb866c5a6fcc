/* ranging.h -- ranges that learn from each day that came.
 *
 * Every published forecast waits in the warehouse for its day.  When the truth
 * of a step has come, all that earlier runs said of it is held against it, and
 * the ranges of that series and of those steps ahead become a little wider or
 * narrower (aci.h).  The next forecast is corrected by what has been learnt,
 * says so in its rows, and publishes the state it went on with, so that the run
 * after it goes on from there: after a restart, after a kill, in a replay.
 *
 * Missing  a truth that has not come, a step that was mended and a feed that is
 *          stuck move nothing.  A series without a state begins with today.
 * Threads  pure but for reading the warehouse; made, it is only read.
 */
#pragma once
#include "daemon/snapshot.h"
#include "forecast/model/outlook.h"

typedef struct Ranging Ranging;

/* Take up the state of the newest run before `slot` and learn what has come
 * since.  The Snapshot must outlive the Ranging. */
Ranging *ranging_new(Warehouse *warehouse, const Snapshot *snapshot, Instant slot, const char *model_hash, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void ranging_free(Ranging *ranging);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Ranging, ranging_free)

/* Measure the ranges of series[n] anew from all that was said of what came since
 * since[n]; what had been learnt step by step begins anew from there.  The middle is
 * moved as well where moves[n].  done[n] takes what was done, in words the caller owns, or
 * NULL where too little has come since. */
gboolean ranging_recalibrate(Ranging *ranging, Warehouse *warehouse, Instant slot, const SnapshotSeries *const *series, const Instant *since,
                             const gboolean *moves, gsize n, char **done, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Has learning step by step reached its bound?  1: ranges as wide as it may make
 * them, -1: as narrow, 0: there is room. */
int ranging_bound(const Ranging *ranging, const SnapshotSeries *series);

/* Correct what the members say of a series; shift[horizon] and width[horizon]
 * take what was done to each step (0 and 1: nothing). */
void ranging_correct(const Ranging *ranging, const SnapshotSeries *series, Outlook *outlook, double *shift, double *width);

/* The state to publish: RangeRow, a row per series and range of steps ahead; owned by the Ranging. */
const GArray *ranging_rows(const Ranging *ranging);

/* "ranges of the next 24 hours are 12 % wider ..." for the trace of what is planned
 * from a series; NULL when they are as the members have them.  Free with g_free(). */
char *ranging_words(const Ranging *ranging, const SnapshotSeries *series);
