#include "connectors/in/source.h"

#include <string.h>

#include "connectors/in/mapping.h"
#include "connectors/in/postgres.h"

G_DEFINE_QUARK(source-error-quark, source_error)

struct Source {
    const SourceSettings *settings;
    char *secret;
    guint8 key[32];
    GHashTable *pinned; /* FeedSettings (by address) -> Mapping of the first pull */
};

/* One pull of one feed. */
typedef struct {
    Source *source;
    const FeedSettings *feed;
    Mapping *mapping;
    Instant until, now;
    SourceTake take;
    void *self;
    SourcePull *pull;
} Pulling;

Source *source_new(const SourceSettings *settings, const char *secret, const guint8 key[32], GError **error)
{
    if (!g_str_equal(settings->type, "postgres")) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_SETTING, "source %s: type is %s; wanted postgres", settings->name, settings->type);
        return NULL;
    }
    Source *source = g_new0(Source, 1);
    source->settings = settings;
    source->secret = g_strdup(secret);
    memcpy(source->key, key, sizeof source->key);
    source->pinned = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)mapping_free);
    return source;
}

void source_free(Source *source)
{
    if (source == NULL)
        return;
    if (source->secret != NULL)
        explicit_bzero(source->secret, strlen(source->secret));
    explicit_bzero(source->key, sizeof source->key);
    g_hash_table_unref(source->pinned);
    g_free(source->secret);
    g_free(source);
}

const SourceSettings *source_settings(const Source *source)
{
    return source->settings;
}

/* --- pulling ----------------------------------------------------------------- */

static gboolean take_columns(void *self, const MappingColumn *column, gsize columns, GError **error)
{
    Pulling *pulling = self;
    pulling->mapping = mapping_new(pulling->feed->feed, column, columns, error);
    if (pulling->mapping == NULL)
        return FALSE;
    const Mapping *pinned = g_hash_table_lookup(pulling->source->pinned, pulling->feed);
    g_autofree char *change = pinned ? mapping_change(pinned, pulling->mapping) : NULL;
    if (change == NULL)
        return TRUE;
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_CHANGED, "%s; look at the data and the mapping, then reload to accept it", change);
    return FALSE;
}

/* What is wrong with a row, NULL when nothing is. */
static char *complaint_about(const Pulling *pulling, const Observation *row, char *unreadable)
{
    if (unreadable != NULL)
        return unreadable;
    Instant recorded_at = row->cell[feed_shape[row->feed].columns - 1].time;
    if (recorded_at != INSTANT_NONE && recorded_at > pulling->until)
        return g_strdup("recorded_at is after the end of the pull; wanted no time ahead: is the source's clock fast?");
    return observation_complaint(row, pulling->now);
}

static gboolean take_row(void *self, const char *const *cell, gsize cells, GError **error)
{
    Pulling *pulling = self;
    Observation row = {0};
    g_autofree char *complaint = complaint_about(pulling, &row, mapping_row(pulling->mapping, cell, pulling->source->key, &row));
    Instant recorded_at = row.cell[feed_shape[row.feed].columns - 1].time;
    if (complaint != NULL)
        pulling->pull->complaints++;
    else
        pulling->pull->rows++;
    pulling->pull->empty = FALSE;
    /* A bad row moves the watermark as well: it is kept apart once, not at every pull. */
    if (recorded_at != INSTANT_NONE && recorded_at <= pulling->until && recorded_at > pulling->pull->watermark)
        pulling->pull->watermark = recorded_at;
    g_autoptr(GError) cause = NULL;
    gboolean taken = pulling->take(pulling->self, &row, complaint, &cause);
    observation_clear(&row);
    if (!taken)
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_TAKER, "row not taken: %s", cause ? cause->message : "no reason given");
    return taken;
}

/* Rows committed late may carry a time before the watermark: pull these again. */
static Instant with_overlap(Instant since, guint overlap_s)
{
    Instant overlap = (Instant)overlap_s * INSTANT_SECOND;
    return since == INSTANT_NONE || since < G_MININT64 + 1 + overlap ? INSTANT_NONE : since - overlap;
}

static gboolean pull(Pulling *pulling, Instant since, GError **error)
{
    Source *source = pulling->source;
    PostgresReader reader = {pulling, take_columns, take_row};
    *pulling->pull = (SourcePull){.watermark = since, .empty = TRUE};
    return postgres_read(source->settings, source->secret, pulling->feed->sql, with_overlap(since, source->settings->overlap_s),
                         pulling->until, &reader, error);
}

gboolean source_pull(Source *source, const FeedSettings *feed, Instant since, Instant until, Instant now,
                     SourceTake take, void *self, SourcePull *report, GError **error)
{
    Pulling pulling = {source, feed, NULL, until, now, take, self, report};
    gboolean done = pull(&pulling, since, error);
    if (done)
        g_hash_table_insert(source->pinned, (gpointer)feed, g_steal_pointer(&pulling.mapping));
    mapping_free(pulling.mapping);
    return done;
}

/* --- checking ---------------------------------------------------------------- */

/* Keeps the first complaint, to show a person what is wrong with the rows. */
static gboolean look_only(void *self, Observation *row, const char *complaint, GError **error)
{
    char **first = self;
    if (complaint != NULL && *first == NULL)
        *first = g_strdup(complaint);
    return TRUE;
}

static gboolean check_feed(Source *source, const FeedSettings *feed, GString *report, GError **error)
{
    g_autofree char *complaint = NULL;
    const char *name = feed_shape[feed->feed].name;
    Instant now = g_get_real_time();
    SourcePull seen;
    Pulling pulling = {source, feed, NULL, now, now, look_only, &complaint, &seen};
    g_autoptr(GError) cause = NULL;
    gboolean done = pull(&pulling, now - INSTANT_DAY, &cause);
    g_autoptr(Mapping) mapping = g_steal_pointer(&pulling.mapping);
    if (!done) {
        g_string_append_printf(report, "feed %s: %s\n", name, cause->message);
        g_propagate_error(error, g_steal_pointer(&cause));
        return FALSE;
    }
    g_string_append_printf(report, "feed %s: %" G_GSIZE_FORMAT " columns fit, %" G_GUINT64_FORMAT " rows in the last day", name,
                           mapping_found(mapping), seen.rows + seen.complaints);
    if (seen.complaints > 0)
        g_string_append_printf(report, ", %" G_GUINT64_FORMAT " of them to be kept apart (%s)", seen.complaints, complaint);
    if (mapping_ignored(mapping) != NULL)
        g_string_append_printf(report, "; ignored: %s", mapping_ignored(mapping));
    g_string_append_c(report, '\n');
    return TRUE;
}

gboolean source_check(Source *source, GString *report, GError **error)
{
    gboolean fine = TRUE;
    for (guint i = 0; i < source->settings->feeds->len; i++) {
        const FeedSettings *feed = g_ptr_array_index(source->settings->feeds, i);
        fine = check_feed(source, feed, report, fine ? error : NULL) && fine;
    }
    g_autofree char *warning = fine ? postgres_warning(source->settings, source->secret) : NULL;
    if (warning != NULL)
        g_string_append_printf(report, "warning: %s\n", warning);
    return fine;
}
