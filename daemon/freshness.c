#include "daemon/freshness.h"

Instant freshness_watermark(const Snapshot *snapshot)
{
    Instant watermark = 0;
    for (guint f = 0; f < snapshot->freshness->len; f++) {
        Instant newest = g_array_index(snapshot->freshness, SourceFreshness, f).newest_fact;
        if (newest != INSTANT_NONE)
            watermark = MAX(watermark, newest);
    }
    return watermark;
}

static const SourceFreshness *freshness_of(const Snapshot *snapshot, const char *source, Feed feed)
{
    for (guint f = 0; f < snapshot->freshness->len; f++) {
        const SourceFreshness *fresh = &g_array_index(snapshot->freshness, SourceFreshness, f);
        if (fresh->feed == feed && g_str_equal(fresh->source, source))
            return fresh;
    }
    return NULL;
}

static char *age_words(Instant age)
{
    gint64 hours = age / INSTANT_HOUR;
    return hours < 48 ? g_strdup_printf("%" G_GINT64_FORMAT " h", hours) : g_strdup_printf("%" G_GINT64_FORMAT " days", hours / 24);
}

void freshness_judge(const Snapshot *snapshot, const GPtrArray *sources, const char *source, Feed feed, SnapshotSeries *series)
{
    const SourceFreshness *fresh = freshness_of(snapshot, source, feed);
    series->data_as_of = fresh != NULL && fresh->newest_fact != INSTANT_NONE ? fresh->newest_fact : snapshot->watermark;
    Instant age = snapshot->as_of - series->data_as_of;
    g_autofree char *words = age_words(age);
    for (guint s = 0; s < sources->len; s++) {
        const SourceSettings *settings = g_ptr_array_index(sources, s);
        if (!g_str_equal(settings->name, source))
            continue;
        if (age > (Instant)settings->withhold_s * INSTANT_SECOND)
            series->status = ROW_WITHHELD;
        else if (age > (Instant)settings->stale_s * INSTANT_SECOND)
            series->status = ROW_STALE;
        if (series->status != ROW_OK)
            series->reason = g_strdup_printf("the newest fact of source %s is %s old", settings->name, words);
    }
}
