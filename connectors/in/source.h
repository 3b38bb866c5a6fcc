/* source.h -- the contract of every source of facts.
 *
 * A source is pulled for what it recorded in (since, until]; it hands rows over
 * one by one and keeps none.  The caller stores them together with the new
 * watermark in one transaction, so that a restart in the middle loses and
 * doubles nothing.  A source never sees the warehouse.
 *
 * Errors   messages leave it to the caller to name source and feed:
 *          SOURCE_ERROR_DOWN      unreachable, refused, frozen, too slow: ask again later
 *          SOURCE_ERROR_CHANGED   the columns are not the ones expected: a person must look
 *          SOURCE_ERROR_TOO_LARGE a cap was reached; the message names the setting
 *          SOURCE_ERROR_TAKER     the taker refused (its own error is the cause)
 * Threads  one source is used by one thread at a time.
 */
#pragma once
#include "connectors/in/settings.h"

typedef struct Source Source;

#define SOURCE_ERROR (source_error_quark())
GQuark source_error_quark(void);
typedef enum { SOURCE_ERROR_DOWN, SOURCE_ERROR_CHANGED, SOURCE_ERROR_TOO_LARGE, SOURCE_ERROR_TAKER, SOURCE_ERROR_SETTING } SourceError;

/* What a taker is given.  `complaint` is NULL for a good row; otherwise the row
 * is to be kept apart (quarantined) with that sentence. The row's cells are the
 * taker's to steal (set to NULL) or leave. */
typedef gboolean (*SourceTake)(void *self, Observation *row, const char *complaint, GError **error);

typedef struct {
    guint64 rows;         /* handed over, good ones */
    guint64 complaints;   /* of these set apart */
    Instant watermark;    /* newest recorded_at seen, or `since` when nothing came */
    gboolean empty;       /* nothing at all came */
} SourcePull;

/* Make a source from its settings, which it borrows: they must outlive it.  `secret` is the password or NULL (copied,
 * wiped on free); `key`[32] hashes stay ids (HMAC-SHA-256). */
Source *source_new(const SourceSettings *settings, const char *secret, const guint8 key[32], GError **error) G_GNUC_WARN_UNUSED_RESULT;
void source_free(Source *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Source, source_free)
const SourceSettings *source_settings(const Source *source);

/* Check without taking anything: reachable, read-only possible, each feed's
 * columns present and of usable types.  For `wardcast check`: appends one line
 * per feed to `report` ("feed stays: 6 columns fit, 1234 rows in the last day"). */
gboolean source_check(Source *source, GString *report, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Pull one feed. `now` bounds plausible times. */
gboolean source_pull(Source *source, const FeedSettings *feed, Instant since, Instant until, Instant now,
                     SourceTake take, void *self, SourcePull *pull, GError **error) G_GNUC_WARN_UNUSED_RESULT;
