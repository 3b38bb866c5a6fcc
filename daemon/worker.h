/* worker.h -- the daemon's threads: one per source, one per group, one for the leases.
 *
 * Each has its own warehouse connection, notes on the Health board what it does
 * and how it went, and leaves soon after it is told to stop.  A frozen source
 * holds up its own thread only.
 *
 * Threads  workers_start and workers_stop are for the main thread.
 */
#pragma once
#include "config/config.h"
#include "daemon/health.h"

typedef struct Workers Workers;

/* Start the threads for a configuration, which must outlive them. */
Workers *workers_start(const Config *config, Health *health);

/* Ask all to stop and wait for at most `seconds`; TRUE when all have ended and
 * everything is freed.  FALSE: some thread is still in a call with a deadline;
 * whoever ends the process then loses nothing (every write is one transaction),
 * whoever goes on may call again. */
gboolean workers_stop(Workers *workers, double seconds);
