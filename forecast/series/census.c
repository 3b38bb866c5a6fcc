#include "forecast/series/census.h"

#include <string.h>

enum { STAY_FACILITY, STAY_UNIT, STAY_STAY, STAY_EVENT, STAY_EFFECTIVE_AT };

typedef enum { ENTER = 1, LEAVE = 2, CANCEL_ENTER = 4, CANCEL_LEAVE = 8 } Kind;

typedef struct {
    gsize stay; /* address of the interned stay id: any fixed order does */
    Instant at;
    guint kind;
} Event;

/* A change of the census by +1 or -1, and what it counts as. */
typedef struct {
    Instant at;
    gint8 change;
    gint8 came, left;
} Change;

typedef struct {
    CensusUnit count;
    char *facility, *unit;
    GArray *events;  /* Event, as taken */
    GArray *changes; /* Change by time; NULL: to be folded again */
} Ward;

struct Census {
    const Calendar *calendar;
    GHashTable *wards;    /* key -> Ward */
    GStringChunk *stays;  /* interned stay ids */
};

#define PART "\x1f"
#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

static void ward_free(gpointer data)
{
    Ward *ward = data;
    g_free(ward->facility);
    g_free(ward->unit);
    g_array_unref(ward->events);
    g_clear_pointer(&ward->changes, g_array_unref);
    g_free(ward);
}

Census *census_new(const Calendar *calendar)
{
    Census *census = g_new0(Census, 1);
    census->calendar = calendar;
    census->wards = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, ward_free);
    census->stays = g_string_chunk_new(64 * 1024);
    return census;
}

void census_free(Census *census)
{
    if (census == NULL)
        return;
    g_hash_table_unref(census->wards);
    g_string_chunk_free(census->stays);
    g_free(census);
}

static gboolean read_kind(const char *name, guint *kind)
{
    static const char *const names[] = {"enter", "leave", "cancel_enter", "cancel_leave"};
    for (guint k = 0; k < G_N_ELEMENTS(names); k++)
        if (g_str_equal(name, names[k])) {
            *kind = 1u << k;
            return TRUE;
        }
    return FALSE;
}

void census_take(Census *census, const Observation *row)
{
    guint kind;
    if (row->feed != FEED_STAYS || !read_kind(row->cell[STAY_EVENT].text, &kind))
        return;
    const char *facility = row->cell[STAY_FACILITY].text, *unit = row->cell[STAY_UNIT].text;
    g_autofree char *key = g_strconcat(facility, PART, unit, NULL);
    Ward *ward = g_hash_table_lookup(census->wards, key);
    if (ward == NULL) {
        ward = g_new0(Ward, 1);
        ward->facility = g_strdup(facility);
        ward->unit = g_strdup(unit);
        ward->events = g_array_new(FALSE, FALSE, sizeof(Event));
        g_hash_table_insert(census->wards, g_steal_pointer(&key), ward);
    }
    const char *stay = g_string_chunk_insert_const(census->stays, row->cell[STAY_STAY].text);
    Event event = {(gsize)stay, row->cell[STAY_EFFECTIVE_AT].time, kind};
    g_array_append_val(ward->events, event);
    g_clear_pointer(&ward->changes, g_array_unref);
}

static int compare_events(gconstpointer a, gconstpointer b)
{
    const Event *x = a, *y = b;
    int order = COMPARE(x->stay, y->stay);
    return order ? order : COMPARE(x->at, y->at);
}

static int compare_changes(gconstpointer a, gconstpointer b)
{
    return COMPARE(((const Change *)a)->at, ((const Change *)b)->at);
}

static void put_change(Ward *ward, Instant at, int change, int came, int left)
{
    Change row = {at, (gint8)change, (gint8)came, (gint8)left};
    g_array_append_val(ward->changes, row);
}

/* All that happened to one stay at one instant, as a set of kinds; gives
 * whether the patient is present afterwards. */
static gboolean fold_instant(Ward *ward, Instant at, guint kinds, gboolean present)
{
    CensusUnit *count = &ward->count;
    gboolean enter = (kinds & (ENTER | CANCEL_ENTER)) == ENTER, leave = (kinds & (LEAVE | CANCEL_LEAVE)) == LEAVE;
    gsize happened = !!(kinds & ENTER) + !!(kinds & LEAVE);
    gsize taken_back = ((kinds & CANCEL_ENTER) && (kinds & ENTER)) + ((kinds & CANCEL_LEAVE) && (kinds & LEAVE));
    count->events += happened;
    count->cancelled += taken_back;
    count->cancels_alone += (gsize)(!!(kinds & CANCEL_ENTER) + !!(kinds & CANCEL_LEAVE)) - taken_back;
    if (enter && leave) {
        put_change(ward, at, 0, 1, 1);
        return present;
    }
    if (enter) {
        count->enters_again += present;
        if (!present)
            put_change(ward, at, 1, 1, 0);
        return TRUE;
    }
    if (leave) {
        count->leaves_alone += !present;
        put_change(ward, at, present ? -1 : 0, 0, 1);
        return FALSE;
    }
    return present;
}

static void fold(Ward *ward)
{
    if (ward->changes != NULL)
        return;
    ward->changes = g_array_sized_new(FALSE, FALSE, sizeof(Change), ward->events->len);
    ward->count = (CensusUnit){.facility = ward->facility, .unit = ward->unit};
    g_array_sort(ward->events, compare_events);
    const Event *event = (const Event *)(gpointer)ward->events->data;
    gboolean present = FALSE;
    for (guint k = 0; k < ward->events->len;) {
        Event first = event[k];
        guint kinds = 0;
        if (k > 0 && event[k - 1].stay != first.stay)
            present = FALSE;
        for (; k < ward->events->len && compare_events(&event[k], &first) == 0; k++)
            kinds |= event[k].kind;
        present = fold_instant(ward, first.at, kinds, present);
    }
    g_array_sort(ward->changes, compare_changes);
}

/* The measures of a unit, in the order of their names. */
enum { ADMISSIONS, CENSUS, DISCHARGES, MEASURES };
static const char *const measure_name[MEASURES] = {"admissions", "census", "discharges"};

static void make_series(const Ward *ward, gint64 start, gint64 end, Series *out[MEASURES])
{
    for (int m = 0; m < MEASURES; m++) {
        g_autofree char *id = g_strdup_printf("%s/%s/%s", ward->facility, ward->unit, measure_name[m]);
        gint64 past = m == CENSUS ? end : end - 1; /* the running hour's flows are not over */
        out[m] = series_new(id, GRAIN_HOUR, start, (gsize)(past - start));
        out[m]->flow = m != CENSUS;
        out[m]->counts = TRUE;
    }
}

/* Sum of a stretch of changes: everything up to and with `until` (inclusive or
 * not), from *next on. */
static void add_changes(const GArray *changes, guint *next, Instant until, gboolean inclusive, int sum[MEASURES])
{
    for (; *next < changes->len; (*next)++) {
        const Change *change = &g_array_index(changes, Change, *next);
        if (change->at > until || (change->at == until && !inclusive))
            return;
        sum[CENSUS] += change->change;
        sum[ADMISSIONS] += change->came;
        sum[DISCHARGES] += change->left;
    }
}

/* The census when each hour begins. */
static void put_levels(const Calendar *calendar, const GArray *changes, Series *census)
{
    int sum[MEASURES] = {0};
    guint next = 0;
    for (gsize t = 0; t < census->length; t++) {
        Instant at[2];
        int begins = calendar_instants(calendar, census->start + (gint64)t, at);
        if (begins != 1)
            census->mended[t] = MEND_CLOCK;
        if (begins == 0)
            continue;
        add_changes(changes, &next, at[0], TRUE, sum);
        census->value[t] = sum[CENSUS];
    }
}

/* Who came and left between the beginning of each hour and that of the next. */
static void put_flows(const Calendar *calendar, const GArray *changes, Series *admissions, Series *discharges)
{
    guint next = 0;
    for (gsize t = 0; t < admissions->length; t++) {
        gint64 hour = admissions->start + (gint64)t;
        Instant at[2];
        int begins = calendar_instants(calendar, hour, at), sum[MEASURES] = {0};
        if (begins != 1)
            admissions->mended[t] = discharges->mended[t] = MEND_CLOCK;
        if (begins == 0)
            continue;
        add_changes(changes, &next, calendar_instant(calendar, GRAIN_HOUR, hour + 1), FALSE, sum);
        admissions->value[t] = begins == 2 ? (sum[ADMISSIONS] + 1) / 2 : sum[ADMISSIONS];
        discharges->value[t] = begins == 2 ? (sum[DISCHARGES] + 1) / 2 : sum[DISCHARGES];
    }
}

static void add_ward(const Census *census, const Ward *ward, Instant until, GPtrArray *all)
{
    if (ward->changes->len == 0 || g_array_index(ward->changes, Change, 0).at > until)
        return;
    gint64 start = calendar_civil_hour(census->calendar, g_array_index(ward->changes, Change, 0).at);
    /* In a doubled hour the clock may show an earlier hour than before. */
    gint64 end = MAX(start, calendar_civil_hour(census->calendar, until)) + 1;
    Series *series[MEASURES];
    make_series(ward, start, end, series);
    put_levels(census->calendar, ward->changes, series[CENSUS]);
    put_flows(census->calendar, ward->changes, series[ADMISSIONS], series[DISCHARGES]);
    for (int m = 0; m < MEASURES; m++)
        g_ptr_array_add(all, series[m]);
}

static int compare_series(gconstpointer a, gconstpointer b)
{
    return strcmp((*(Series *const *)a)->id, (*(Series *const *)b)->id);
}

GPtrArray *census_series(Census *census, Instant until)
{
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    GHashTableIter iter;
    gpointer ward;
    g_hash_table_iter_init(&iter, census->wards);
    while (g_hash_table_iter_next(&iter, NULL, &ward)) {
        fold(ward);
        add_ward(census, ward, until, all);
    }
    g_ptr_array_sort(all, compare_series);
    return all;
}

static int compare_units(gconstpointer a, gconstpointer b)
{
    const CensusUnit *x = a, *y = b;
    int order = strcmp(x->facility, y->facility);
    return order ? order : strcmp(x->unit, y->unit);
}

GArray *census_units(Census *census)
{
    GArray *units = g_array_new(FALSE, FALSE, sizeof(CensusUnit));
    GHashTableIter iter;
    gpointer ward;
    g_hash_table_iter_init(&iter, census->wards);
    while (g_hash_table_iter_next(&iter, NULL, &ward)) {
        fold(ward);
        g_array_append_val(units, ((Ward *)ward)->count);
    }
    g_array_sort(units, compare_units);
    return units;
}
