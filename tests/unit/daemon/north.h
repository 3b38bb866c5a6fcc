/* north.h -- the group that tests of a cycle's steps live in: a warehouse, a zone, and a snapshot to fill. */
#pragma once
#include "daemon/snapshot.h"
#include "tests/unit/out/house.h"

typedef struct {
    House *house;
    GroupSettings group;
    Calendar *calendar;
    Snapshot snapshot; /* of no facilities and no series yet; it owns neither */
} North;

/* FALSE after g_test_skip() when no server is installed. */
gboolean north_begin(North *north, const char *zone);
void north_end(North *north);

/* A run without rows of its own: the caller adds what it publishes. */
RunRecord north_record(const North *north, Instant slot, const char *model_hash);
