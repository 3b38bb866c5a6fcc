/* health.h -- the board on which every worker notes how it is doing.
 *
 * Workers (one per source, one per group, one for the leases) write; the
 * watchdog, systemd's status line, /health and /metrics read.  A worker says
 * before each piece of work how long it may take; one that is over its time
 * holds the watchdog back, so that a hung daemon is restarted.
 *
 * Units    times are microseconds of the monotonic clock for deadlines, UTC instants for facts.
 * Threads  every function locks; call from anywhere.
 */
#pragma once
#include "forecast/series/observation.h"

typedef struct Health Health;

typedef enum { WORKER_SOURCE, WORKER_GROUP, WORKER_LEASE } WorkerKind;

Health *health_new(void);
void health_free(Health *health);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Health, health_free)

/* A worker's place on the board: made by the first call, kept for the daemon's
 * life.  `name` is the source's, the group's or "leases". */
void health_busy(Health *health, WorkerKind kind, const char *name, double at_most_s);
void health_idle(Health *health, WorkerKind kind, const char *name);

/* Results: message NULL = fine. `rows` are added up. `at` is when. */
void health_result(Health *health, WorkerKind kind, const char *name, Instant at, guint64 rows, const char *message);

/* A run was published: its number and summary. */
void health_run(Health *health, const char *group, gint64 run_id, const char *summary);

/* Series of the newest run whose forecasts no longer fit (drift.h). */
void health_drift(Health *health, const char *group, guint alarms);

/* Runs of the group that were made before their time, and are not shown to readers. */
void health_ahead(Health *health, const char *group, guint runs);

/* Forget the workers of these kinds that are not in `name` (after a reload). */
void health_keep(Health *health, WorkerKind kind, const char *const *name);

/* TRUE while no worker is over its time; else *who (caller frees). */
gboolean health_alive(const Health *health, char **who);

/* One human line: "run 4711 published 05:52; 3/4 sources fine; pas: connection refused". Caller frees. */
char *health_line(const Health *health);

/* Prometheus text, version 0.0.4. Caller frees. */
char *health_metrics(const Health *health);
