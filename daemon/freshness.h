/* freshness.h -- how far the data behind a series can be trusted, by their age.
 *
 * Each source has its own limits: beyond the first its rows are stale, beyond the
 * second they are withheld.
 *
 * Threads  pure functions.
 */
#pragma once
#include "daemon/snapshot.h"

/* The newest fact of all sources and feeds; 0 when none is known. */
Instant freshness_watermark(const Snapshot *snapshot);

/* Set data_as_of of a series that comes from this feed of this source, and its
 * status and reason where the data are too old.  The snapshot's freshness and
 * watermark must be known. */
void freshness_judge(const Snapshot *snapshot, const GPtrArray *sources, const char *source, Feed feed, SnapshotSeries *series);
