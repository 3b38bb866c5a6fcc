/* store.h -- a taker of rows as the warehouse would be one: rows and watermark are kept
 * together or not at all, and the same row twice is one row.
 */
#pragma once
#include "connectors/in/source.h"

/* The newest instant that the tests know of: 2026-11-23 05:00 UTC. */
#define STORE_NOW G_GINT64_CONSTANT(1795410000000000)

typedef struct {
    GHashTable *kept;      /* text of a row */
    GPtrArray *complaints;
    Instant watermark;
    GHashTable *open;      /* of the pull under way */
    gsize fail_at, seen;
} Store;

Store *store_new(void);
void store_free(Store *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_free)

/* Pull once and commit, or roll back. */
gboolean store_pull(Store *store, Source *source, const FeedSettings *feed, Instant until, SourcePull *pull, GError **error);

/* The same; the test ends unless it works. */
void store_must_pull(Store *store, Source *source, const FeedSettings *feed, Instant until, SourcePull *pull);

/* Into an empty one; the test ends unless it fails so, with these words. */
void store_must_fail(Source *source, const FeedSettings *feed, SourceError code, const char *words);
