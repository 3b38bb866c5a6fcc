#include "daemon/snapshot.h"

#include "connectors/wire/failpoint.h"
#include "daemon/freshness.h"
#include "daemon/totals.h"
#include "forecast/series/census.h"
#include "forecast/series/gather.h"
#include "forecast/series/mend.h"

#include <string.h>

/* What a series counts, and where its facts came from. */
typedef struct {
    const char *facility, *unit, *measure; /* in the Snapshot's strings */
    char *source;
    Feed feed;
} Origin;

typedef struct {
    Snapshot *snapshot;
    Gather *gather;
    Census *census;
    GHashTable *origin;   /* series id -> Origin */
    GHashTable *facility; /* id -> SnapshotFacility, borrowed */
    GPtrArray *series;    /* all Series made, before targets are picked */
} Reader;

static void origin_free(gpointer data)
{
    Origin *origin = data;
    g_free(origin->source);
    g_free(origin);
}

static void unit_free(gpointer data)
{
    SnapshotUnit *unit = data;
    g_free(unit->id);
    g_free(unit->name);
    g_free(unit->kind);
    g_free(unit);
}

static void facility_free(gpointer data)
{
    SnapshotFacility *facility = data;
    g_free(facility->id);
    g_ptr_array_unref(facility->units);
    g_array_unref(facility->roster);
    g_free(facility);
}

static void series_record_free(gpointer data)
{
    SnapshotSeries *series = data;
    g_clear_pointer(&series->series, series_free);
    g_free(series->reason);
    g_free(series);
}

void snapshot_free(Snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    g_ptr_array_unref(snapshot->facilities);
    g_ptr_array_unref(snapshot->series);
    g_ptr_array_unref(snapshot->remarks);
    if (snapshot->freshness != NULL)
        g_array_unref(snapshot->freshness);
    g_string_chunk_free(snapshot->strings);
    g_free(snapshot);
}

/* --- rows in --------------------------------------------------------------- */

static SnapshotFacility *facility_of(Reader *reader, const char *id)
{
    SnapshotFacility *facility = g_hash_table_lookup(reader->facility, id);
    if (facility != NULL)
        return facility;
    facility = g_new0(SnapshotFacility, 1);
    facility->id = g_strdup(id);
    facility->units = g_ptr_array_new_with_free_func(unit_free);
    facility->roster = g_array_new(FALSE, TRUE, sizeof(PlanRoster));
    g_ptr_array_add(reader->snapshot->facilities, facility);
    g_hash_table_insert(reader->facility, facility->id, facility);
    return facility;
}

const SnapshotUnit *snapshot_unit(const SnapshotFacility *facility, const char *unit)
{
    for (guint u = 0; u < facility->units->len; u++) {
        const SnapshotUnit *known = g_ptr_array_index(facility->units, u);
        if (g_str_equal(known->id, unit))
            return known;
    }
    return NULL;
}

static SnapshotUnit *unit_of(SnapshotFacility *facility, const char *id)
{
    SnapshotUnit *unit = (SnapshotUnit *)snapshot_unit(facility, id);
    if (unit != NULL)
        return unit;
    unit = g_new0(SnapshotUnit, 1);
    unit->id = g_strdup(id);
    unit->name = g_strdup(id);
    unit->kind = g_strdup("unknown");
    unit->physical = unit->staffed = unit->blocked = unit->reserved = MISSING;
    g_ptr_array_add(facility->units, unit);
    return unit;
}

static void take_unit(Reader *reader, const Observation *row)
{
    SnapshotUnit *unit = unit_of(facility_of(reader, row->cell[0].text), row->cell[1].text);
    g_free(unit->name);
    g_free(unit->kind);
    unit->name = g_strdup(row->cell[2].text);
    unit->kind = g_strdup(row->cell[3].text);
    unit->physical = row->cell[4].number;
    unit->staffed = row->cell[5].number;
}

static void take_beds(Reader *reader, const Observation *row)
{
    /* Rows come in order of time: the last one that already holds wins. */
    if (row->cell[2].time > reader->snapshot->as_of)
        return;
    SnapshotUnit *unit = unit_of(facility_of(reader, row->cell[0].text), row->cell[1].text);
    unit->staffed = row->cell[3].number;
    unit->blocked = row->cell[4].number;
    unit->reserved = row->cell[5].number;
}

static void take_roster(Reader *reader, const Observation *row)
{
    if (row->cell[4].time <= reader->snapshot->as_of)
        return;
    GStringChunk *strings = reader->snapshot->strings;
    PlanRoster roster = {
        .unit = g_string_chunk_insert_const(strings, row->cell[1].text),
        .role = g_string_chunk_insert_const(strings, row->cell[2].text),
        .starts_at = row->cell[3].time,
        .ends_at = row->cell[4].time,
        .scheduled = row->cell[5].number,
    };
    g_array_append_val(facility_of(reader, row->cell[0].text)->roster, roster);
}

static void note_origin(Reader *reader, const Observation *row, const char *measure, const char *source)
{
    GStringChunk *strings = reader->snapshot->strings;
    char *id = g_strdup_printf("%s/%s/%s", row->cell[0].text, row->cell[1].text, measure);
    if (g_hash_table_contains(reader->origin, id)) {
        g_free(id);
        return;
    }
    Origin *origin = g_new(Origin, 1);
    *origin = (Origin){
        .facility = g_string_chunk_insert_const(strings, row->cell[0].text),
        .unit = g_string_chunk_insert_const(strings, row->cell[1].text),
        .measure = g_string_chunk_insert_const(strings, measure),
        .source = g_strdup(source),
        .feed = row->feed,
    };
    g_hash_table_insert(reader->origin, id, origin);
}

/* What the fold of stays gives of each unit. */
static void note_stays(Reader *reader, const Observation *row, const char *source)
{
    static const char *const measures[] = {"census", "admissions", "discharges"};
    for (gsize m = 0; m < G_N_ELEMENTS(measures); m++)
        note_origin(reader, row, measures[m], source);
}

static gboolean take(void *self, const char *source, const Observation *row, GError **error)
{
    (void)error;
    Reader *reader = self;
    switch (row->feed) {
    case FEED_UNITS:
        take_unit(reader, row);
        break;
    case FEED_OBSERVATIONS:
        note_origin(reader, row, row->cell[2].text, source);
        gather_take(reader->gather, row);
        break;
    case FEED_ELECTIVES:
        gather_take(reader->gather, row);
        break;
    case FEED_STAYS:
        note_stays(reader, row, source);
        census_take(reader->census, row);
        break;
    case FEED_BEDS:
        take_beds(reader, row);
        break;
    case FEED_ROSTER:
        take_roster(reader, row);
        break;
    case FEED_EVENTS:
    case FEEDS:
        break;
    }
    return TRUE;
}

static gboolean read_feeds(Reader *reader, Warehouse *warehouse, GError **error)
{
    const Snapshot *snapshot = reader->snapshot;
    Instant since = snapshot->as_of - (Instant)snapshot->group->history_days * INSTANT_DAY;
    /* Who came long ago may still be there, and a ward named long ago still stands. */
    const Instant from[FEEDS] = {
        [FEED_UNITS] = INSTANT_NONE, [FEED_OBSERVATIONS] = since, [FEED_STAYS] = INSTANT_NONE,
        [FEED_ROSTER] = snapshot->as_of - 2 * INSTANT_DAY, [FEED_BEDS] = INSTANT_NONE, [FEED_ELECTIVES] = since, [FEED_EVENTS] = since,
    };
    failpoint("snapshot-read");
    for (Feed feed = 0; feed < FEEDS; feed++)
        if (!warehouse_read(warehouse, snapshot->group->id, feed, snapshot->as_of, from[feed], take, reader, error))
            return FALSE;
    return TRUE;
}

/* --- series ---------------------------------------------------------------- */

static void remark(Snapshot *snapshot, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void remark(Snapshot *snapshot, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(snapshot->remarks, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

static void tell_odd_stays(Reader *reader)
{
    g_autoptr(GArray) units = census_units(reader->census);
    for (guint u = 0; u < units->len; u++) {
        const CensusUnit *unit = &g_array_index(units, CensusUnit, u);
        if (unit->leaves_alone > 0)
            remark(reader->snapshot, "%s: %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " events are patients leaving who were never seen to enter", unit->unit, unit->leaves_alone, unit->events);
        if (unit->enters_again > 0)
            remark(reader->snapshot, "%s: %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " events are patients entering who were already there", unit->unit, unit->enters_again, unit->events);
    }
}

/* Keep the hours from `since` on: the fold needs all stays, a forecaster only
 * the recent past.  Series of the fold have no covariates to keep in step. */
static Series *recent(Series *series, gint64 since_step)
{
    gint64 drop = since_step - series->start;
    if (drop <= 0)
        return series;
    if (drop > (gint64)series->length)
        drop = (gint64)series->length;
    memmove(series->value, series->value + drop, (series->length - (gsize)drop) * sizeof *series->value);
    memmove(series->mended, series->mended + drop, series->length - (gsize)drop);
    series->length -= (gsize)drop;
    series->start += drop;
    return series;
}

static void make_series(Reader *reader)
{
    Snapshot *snapshot = reader->snapshot;
    gint64 since = calendar_step(snapshot->calendar, GRAIN_HOUR, snapshot->as_of - (Instant)snapshot->group->history_days * INSTANT_DAY);
    g_autoptr(GPtrArray) gathered = gather_series(reader->gather, snapshot->as_of);
    g_autoptr(GPtrArray) folded = census_series(reader->census, snapshot->as_of);
    g_ptr_array_set_free_func(gathered, NULL);
    g_ptr_array_set_free_func(folded, NULL);
    for (guint s = 0; s < gathered->len; s++)
        g_ptr_array_add(reader->series, g_ptr_array_index(gathered, s));
    for (guint s = 0; s < folded->len; s++)
        g_ptr_array_add(reader->series, recent(g_ptr_array_index(folded, s), since));
}

/* A series that ends before now gets its missing steps, so that forecasts begin now and not where the source stopped. */
static Series *reach(Series *series, gint64 next_step)
{
    gint64 wanted = next_step - series->start;
    if (wanted <= (gint64)series->length)
        return series;
    series->value = g_renew(double, series->value, wanted);
    series->mended = g_renew(guint8, series->mended, wanted);
    for (gint64 t = (gint64)series->length; t < wanted; t++) {
        series->value[t] = MISSING;
        series->mended[t] = MEND_NONE;
    }
    series->length = (gsize)wanted;
    return series;
}

static void mend(Snapshot *snapshot, Series *series)
{
    gsize count[MENDS] = {0};
    gsize absurd = mend_absurd(series, grain_season(series->grain));
    if (series->grain == GRAIN_HOUR)
        mend_clock(series, snapshot->calendar);
    mend_count(series, count);
    for (Mend kind = 0; kind < MENDS; kind++)
        snapshot->mended[kind] += (guint)count[kind];
    if (absurd > 0)
        remark(snapshot, "%s: %" G_GSIZE_FORMAT " values that cannot be were taken as missing", series->id, absurd);
}

static const TargetSettings *target_of(const GroupSettings *group, const char *measure, Grain grain)
{
    for (guint t = 0; t < group->targets->len; t++) {
        const TargetSettings *target = g_ptr_array_index(group->targets, t);
        if (target->grain == grain && g_str_equal(target->measure, measure))
            return target;
    }
    return NULL;
}

/* A unit that observations name but the units feed does not: new, renamed or a slip. */
static void judge_unit(Reader *reader, SnapshotSeries *series)
{
    SnapshotFacility *facility = facility_of(reader, series->facility);
    if (snapshot_unit(facility, series->unit) != NULL)
        return;
    gboolean listed = facility->units->len > 0 && !g_str_equal(((SnapshotUnit *)g_ptr_array_index(facility->units, 0))->kind, "unknown");
    unit_of(facility, series->unit);
    if (!listed || series->status != ROW_OK)
        return;
    series->status = ROW_DEGRADED;
    series->reason = g_strdup_printf("unit %s is not in the units feed; add it there, or correct its name in the mapping", series->unit);
    remark(reader->snapshot, "%s", series->reason);
}

/* Staffed beds may also come as a daily count. */
static void learn_beds(Reader *reader, const Series *series, const char *facility, const char *unit)
{
    SnapshotUnit *known = unit_of(facility_of(reader, facility), unit);
    for (gsize t = series->length; t-- > 0 && isnan(known->staffed);)
        known->staffed = series->value[t];
}

static void pick_targets(Reader *reader, const GPtrArray *sources)
{
    Snapshot *snapshot = reader->snapshot;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint s = 0; s < reader->series->len; s++) {
        Series *series = g_ptr_array_index(reader->series, s);
        const Origin *origin = g_hash_table_lookup(reader->origin, series->id);
        g_assert(origin != NULL); /* every series is made of rows that were taken */
        const TargetSettings *target = target_of(snapshot->group, origin->measure, series->grain);
        if (g_str_equal(origin->measure, "staffed_beds"))
            learn_beds(reader, series, origin->facility, origin->unit);
        if (target == NULL || series->length == 0 || !g_hash_table_add(seen, g_strdup_printf("%s/%d", series->id, series->grain)))
            continue;
        SnapshotSeries *record = g_new0(SnapshotSeries, 1);
        record->facility = origin->facility;
        record->unit = origin->unit;
        record->measure = origin->measure;
        record->horizon = target->horizon;
        mend(snapshot, series);
        record->series = reach(series, calendar_step(snapshot->calendar, series->grain, snapshot->as_of));
        reader->series->pdata[s] = NULL; /* the record owns it now */
        freshness_judge(snapshot, sources, origin->source, origin->feed, record);
        judge_unit(reader, record);
        g_ptr_array_add(snapshot->series, record);
    }
}

static gint by_series(gconstpointer a, gconstpointer b)
{
    const SnapshotSeries *x = *(SnapshotSeries *const *)a, *y = *(SnapshotSeries *const *)b;
    int order = strcmp(x->series->id, y->series->id);
    return order != 0 ? order : (int)x->series->grain - (int)y->series->grain;
}

static gint by_facility(gconstpointer a, gconstpointer b)
{
    return strcmp((*(SnapshotFacility *const *)a)->id, (*(SnapshotFacility *const *)b)->id);
}

static gint by_unit(gconstpointer a, gconstpointer b)
{
    return strcmp((*(SnapshotUnit *const *)a)->id, (*(SnapshotUnit *const *)b)->id);
}

static void put_in_order(Snapshot *snapshot)
{
    g_ptr_array_sort(snapshot->series, by_series);
    g_ptr_array_sort(snapshot->facilities, by_facility);
    for (guint f = 0; f < snapshot->facilities->len; f++)
        g_ptr_array_sort(((SnapshotFacility *)g_ptr_array_index(snapshot->facilities, f))->units, by_unit);
}

static Snapshot *snapshot_begin(const GroupSettings *group, const Calendar *calendar, Instant as_of)
{
    Snapshot *snapshot = g_new0(Snapshot, 1);
    snapshot->group = group;
    snapshot->calendar = calendar;
    snapshot->as_of = as_of;
    snapshot->strings = g_string_chunk_new(4096);
    snapshot->facilities = g_ptr_array_new_with_free_func(facility_free);
    snapshot->series = g_ptr_array_new_with_free_func(series_record_free);
    snapshot->remarks = g_ptr_array_new_with_free_func(g_free);
    return snapshot;
}

static void series_or_null_free(gpointer data)
{
    series_free(data);
}

Snapshot *snapshot_read(Warehouse *warehouse, const GroupSettings *group, const GPtrArray *sources, const Calendar *calendar, Instant as_of, GError **error)
{
    g_autoptr(Snapshot) snapshot = snapshot_begin(group, calendar, as_of);
    Reader reader = {
        .snapshot = snapshot,
        .gather = gather_new(calendar),
        .census = census_new(calendar),
        .origin = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, origin_free),
        .facility = g_hash_table_new(g_str_hash, g_str_equal),
        .series = g_ptr_array_new_with_free_func(series_or_null_free),
    };
    snapshot->freshness = warehouse_freshness(warehouse, group->id, as_of, error);
    gboolean read = snapshot->freshness != NULL && read_feeds(&reader, warehouse, error);
    if (read) {
        snapshot->watermark = freshness_watermark(snapshot);
        tell_odd_stays(&reader);
        make_series(&reader);
        pick_targets(&reader, sources);
        totals_add(snapshot);
        put_in_order(snapshot);
    }
    g_ptr_array_unref(reader.series);
    g_hash_table_unref(reader.origin);
    g_hash_table_unref(reader.facility);
    gather_free(reader.gather);
    census_free(reader.census);
    return read ? g_steal_pointer(&snapshot) : NULL;
}

const char *snapshot_unit_name(const Snapshot *snapshot, const char *facility, const char *unit)
{
    for (guint f = 0; f < snapshot->facilities->len; f++) {
        const SnapshotFacility *known = g_ptr_array_index(snapshot->facilities, f);
        const SnapshotUnit *found = g_str_equal(known->id, facility) ? snapshot_unit(known, unit) : NULL;
        if (found != NULL)
            return found->name;
    }
    return unit;
}
