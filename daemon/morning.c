#include "daemon/morning.h"

#include "config/build.h"
#include "daemon/report/brief.h"
#include "daemon/site.h"

#include <string.h>

/* A change below this, in beds and as a share, is noise and would bury the rest. */
enum { MOST_CHANGES = 8 };
#define LEAST_CHANGE_BEDS 2.0
#define LEAST_CHANGE_SHARE 0.1

/* --- what changed ---------------------------------------------------------- */

typedef struct {
    const MorningOrder *order;
    GPtrArray *sentence; /* owned */
    GHashTable *seen;    /* "facility/unit/measure" told already */
} Changes;

/* The step of an item that a past forecast spoke of, or -1. */
static gssize step_of(const ForecastItem *item, Instant target_at)
{
    for (gsize h = 0; item->outlook != NULL && h < item->outlook->horizon; h++)
        if (item->target_at[h] == target_at)
            return (gssize)h;
    return -1;
}

static char *change_sentence(const MorningOrder *order, const PastForecast *past, double now)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(order->group->timezone);
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(past->target_at / INSTANT_SECOND);
    g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, zone);
    g_autofree char *at = g_date_time_format(local, past->grain == GRAIN_HOUR ? "%a %H:%M" : "%a %d %b");
    double before = past->quantile[OUTLOOK_MEDIAN];
    return g_strdup_printf("%s: %s expected for %s went from %.0f to %.0f", snapshot_unit_name(order->snapshot, past->facility, past->unit), past->measure, at, before, now);
}

/* The first target of each series that moved enough is told. */
static gboolean compare(void *self, const PastForecast *past, GError **error)
{
    (void)error;
    Changes *changes = self;
    const ForecastItem *item = forecasting_find(changes->order->forecasting, past->facility, past->unit, past->measure);
    gssize h = item != NULL && item->series->series->grain == past->grain ? step_of(item, past->target_at) : -1;
    if (h < 0 || changes->sentence->len >= MOST_CHANGES || g_hash_table_contains(changes->seen, item))
        return TRUE;
    double before = past->quantile[OUTLOOK_MEDIAN], now = item->outlook->quantile[(gsize)h * OUTLOOK_LEVELS + OUTLOOK_MEDIAN];
    if (fabs(now - before) < MAX(LEAST_CHANGE_BEDS, LEAST_CHANGE_SHARE * before))
        return TRUE;
    g_hash_table_add(changes->seen, (gpointer)item);
    g_ptr_array_add(changes->sentence, change_sentence(changes->order, past, now));
    return TRUE;
}

/* Sentences about what moved since the last run, and that run's as_of. */
static GPtrArray *what_changed(Warehouse *warehouse, const MorningOrder *order, Instant *previous, GError **error)
{
    RunHead head = {0};
    *previous = INSTANT_NONE;
    g_autoptr(GPtrArray) sentence = g_ptr_array_new_with_free_func(g_free);
    if (!warehouse_run_head(warehouse, 0, order->group->id, order->record->slot - 1, &head, error))
        return NULL;
    gint64 run_id = head.run_id;
    if (run_id != 0)
        *previous = head.as_of;
    run_head_clear(&head);
    if (run_id == 0)
        return g_steal_pointer(&sentence);
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    Changes changes = {.order = order, .sentence = sentence, .seen = seen};
    if (!warehouse_read_forecasts(warehouse, run_id, compare, &changes, error))
        return NULL;
    return g_steal_pointer(&sentence);
}

/* --- what the page shows --------------------------------------------------- */

typedef struct {
    BriefSource *source;
    BriefFacility *facility;
    BriefForecast *forecast;
    gsize forecasts;
} Parts;

static const SourceSettings *settings_of(const Config *config, const char *source)
{
    for (guint s = 0; s < config->sources->len; s++) {
        const SourceSettings *settings = g_ptr_array_index(config->sources, s);
        if (g_str_equal(settings->name, source))
            return settings;
    }
    return NULL;
}

static void list_sources(const MorningOrder *order, Parts *parts)
{
    const GArray *freshness = order->snapshot->freshness;
    parts->source = g_new0(BriefSource, freshness->len);
    for (guint f = 0; f < freshness->len; f++) {
        const SourceFreshness *fresh = &g_array_index(freshness, SourceFreshness, f);
        const SourceSettings *settings = settings_of(order->config, fresh->source);
        parts->source[f] = (BriefSource){.fresh = *fresh};
        if (settings != NULL) {
            parts->source[f].stale_s = settings->stale_s;
            parts->source[f].withhold_s = settings->withhold_s;
            parts->source[f].note = settings->note;
        }
    }
}

static void list_facilities(const MorningOrder *order, Parts *parts)
{
    const GPtrArray *facilities = order->planning->facilities;
    parts->facility = g_new0(BriefFacility, facilities->len);
    for (guint f = 0; f < facilities->len; f++) {
        const FacilityPlanning *planning = g_ptr_array_index(facilities, f);
        parts->facility[f] = (BriefFacility){
            .facility = planning->input.facility, .plan = planning->plan, .unit = planning->unit, .units = planning->input.units};
    }
}

/* Beds that a census can fill; other measures have no such line. */
static double capacity_of(const MorningOrder *order, const SnapshotSeries *series)
{
    if (!g_str_equal(series->measure, "census"))
        return MISSING;
    const GPtrArray *facilities = order->snapshot->facilities;
    for (guint f = 0; f < facilities->len; f++) {
        const SnapshotFacility *facility = g_ptr_array_index(facilities, f);
        const SnapshotUnit *unit = g_str_equal(facility->id, series->facility) ? snapshot_unit(facility, series->unit) : NULL;
        if (unit != NULL)
            return unit->staffed - (isnan(unit->blocked) ? 0 : unit->blocked) - (isnan(unit->reserved) ? 0 : unit->reserved);
    }
    return MISSING;
}

static void list_forecasts(const MorningOrder *order, Parts *parts)
{
    const GPtrArray *items = forecasting_items(order->forecasting);
    parts->forecast = g_new0(BriefForecast, items->len);
    for (guint k = 0; k < items->len; k++) {
        const ForecastItem *item = g_ptr_array_index(items, k);
        parts->forecast[parts->forecasts++] = (BriefForecast){
            .facility = item->series->facility,
            .unit = item->series->unit,
            .measure = item->series->measure,
            .series = item->series->series,
            .outlook = item->outlook,
            .capacity = capacity_of(order, item->series),
            .status = item->status,
            .reason = item->reason,
        };
    }
}

static void parts_clear(Parts *parts)
{
    g_free(parts->source);
    g_free(parts->facility);
    g_free(parts->forecast);
}

static BriefInput input_of(const MorningOrder *order, const Parts *parts, const GPtrArray *changes, Instant previous)
{
    const GPtrArray *notes = forecasting_remarks(order->forecasting);
    const Snapshot *snapshot = order->snapshot;
    const Scoring *scoring = order->scoring;
    BriefInput input = {
        .group = order->group->id,
        .name = order->group->name,
        .note = order->group->note,
        .calendar = snapshot->calendar,
        .as_of = snapshot->as_of,
        .slot = order->record->slot,
        .run_id = order->run_id,
        .summary = order->record->summary,
        .program_version = PACKAGE_VERSION,
        .model_hash = order->record->model_hash,
        .config_hash = order->record->config_hash,
        .model_note = (const char *const *)notes->pdata,
        .model_notes = notes->len,
        .over_limit = order->config->plan.over_limit,
        .source = parts->source,
        .sources = snapshot->freshness->len,
        .facility = parts->facility,
        .facilities = order->planning->facilities->len,
        .forecast = parts->forecast,
        .forecasts = parts->forecasts,
        .remark = (const char *const *)snapshot->remarks->pdata,
        .remarks = snapshot->remarks->len,
        .scored_as_of = scoring->run_id != 0 ? scoring->as_of : INSTANT_NONE,
        .scored_run_id = scoring->run_id,
        .score = (const ScoreRow *)(const void *)scoring->rows->data,
        .scores = scoring->rows->len,
        .miss = (const char *const *)scoring->misses->pdata,
        .misses = scoring->misses->len,
        .alarm = (const char *const *)order->drifting->sentences->pdata,
        .alarms = order->drifting->sentences->len,
        .previous_as_of = previous,
        .change = (const char *const *)changes->pdata,
        .changes = changes->len,
    };
    for (Mend kind = 0; kind < MENDS; kind++)
        input.mended[kind] = snapshot->mended[kind];
    return input;
}

/* --- on disk ---------------------------------------------------------------- */

static gboolean put(const char *folder, const char *name, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    return g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0640, error);
}

static char *stamp(const MorningOrder *order)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(order->group->timezone);
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(order->record->slot / INSTANT_SECOND);
    g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, zone);
    return g_date_time_format(local, "%Y-%m-%d-%H%M");
}

static gboolean put_all(const MorningOrder *order, const char *html, const char *text, char **path, GError **error)
{
    g_autofree char *folder = g_build_filename(order->config->daemon.report_dir, order->group->id, NULL);
    g_autofree char *at = stamp(order);
    g_autofree char *page = g_strconcat(at, ".html", NULL), *plain = g_strconcat(at, ".txt", NULL);
    if (!site_make_folder(folder, "daemon.report_dir", error) || !put(folder, page, html, error) || !put(folder, plain, text, error) ||
        !put(folder, "latest.html", html, error) || !put(folder, "latest.txt", text, error))
        return FALSE;
    *path = g_build_filename(folder, page, NULL);
    return TRUE;
}

gboolean morning_write(Warehouse *warehouse, const MorningOrder *order, char **path, char **text, GError **error)
{
    Instant previous;
    Parts parts = {0};
    *path = *text = NULL;
    g_autoptr(GPtrArray) changes = what_changed(warehouse, order, &previous, error);
    if (changes == NULL)
        return FALSE;
    list_sources(order, &parts);
    list_facilities(order, &parts);
    list_forecasts(order, &parts);
    BriefInput input = input_of(order, &parts, changes, previous);
    g_autofree char *html = brief_html(&input);
    *text = brief_text(&input);
    parts_clear(&parts);
    return put_all(order, html, *text, path, error);
}
