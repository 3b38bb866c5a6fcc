#include "daemon/pull.h"

#include "connectors/wire/failpoint.h"

void pull_report_clear(PullReport *report)
{
    g_clear_pointer(&report->message, g_free);
}

static gboolean take_row(void *self, Observation *row, const char *complaint, GError **error)
{
    failpoint("pull-row");
    return warehouse_take(self, row, complaint, error);
}

/* Note a source's failure without losing the reason for the report. */
static gboolean note(Warehouse *warehouse, const SourceSettings *settings, Feed feed, const GError *why, Instant now, PullReport *report, GError **error)
{
    report->failed++;
    g_free(report->message);
    report->message = g_strdup_printf("%s, feed %s: %s", settings->name, feed_shape[feed].name, why->message);
    return warehouse_note_failure(warehouse, settings->name, settings->group, feed, why->message, now, error);
}

static gboolean end_take(Warehouse *warehouse, const SourcePull *pull, Instant now, PullReport *report, GError **error)
{
    guint64 stored = 0;
    failpoint("pull-end");
    if (!warehouse_take_end(warehouse, TRUE, pull->watermark, now, &stored, error))
        return FALSE;
    report->rows += stored;
    report->complaints += pull->complaints;
    return TRUE;
}

static gboolean pull_feed(Warehouse *warehouse, Source *source, const FeedSettings *feed, Instant until, Instant now, PullReport *report, GError **error)
{
    const SourceSettings *settings = source_settings(source);
    Instant since;
    failpoint("pull-begin");
    if (!warehouse_watermark(warehouse, settings->name, feed->feed, &since, error) ||
        !warehouse_take_begin(warehouse, settings->name, settings->group, feed->feed, error))
        return FALSE;
    g_autoptr(GError) why = NULL;
    SourcePull pull = {0};
    report->feeds++;
    if (source_pull(source, feed, since, until, now, take_row, warehouse, &pull, &why)) {
        report->empty += pull.empty && since != INSTANT_NONE;
        return end_take(warehouse, &pull, now, report, error);
    }
    if (!warehouse_take_end(warehouse, FALSE, since, now, NULL, error))
        return FALSE;
    /* A row the warehouse did not take is the warehouse's trouble, not the source's. */
    if (why->domain != SOURCE_ERROR || why->code == SOURCE_ERROR_TAKER) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    return note(warehouse, settings, feed->feed, why, now, report, error);
}

gboolean pull_source(Warehouse *warehouse, Source *source, Instant until, Instant now, PullReport *report, GError **error)
{
    const SourceSettings *settings = source_settings(source);
    for (guint f = 0; f < settings->feeds->len; f++)
        if (!pull_feed(warehouse, source, g_ptr_array_index(settings->feeds, f), until, now, report, error)) {
            g_prefix_error(error, "source %s: ", settings->name);
            return FALSE;
        }
    return TRUE;
}
