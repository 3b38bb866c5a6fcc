#include "forecast/series/gather.h"

#include "forecast/series/mend.h"

#include <string.h>

enum { OBSERVED_FACILITY, OBSERVED_UNIT, OBSERVED_MEASURE, OBSERVED_GRAIN, OBSERVED_STARTS_AT, OBSERVED_VALUE, OBSERVED_RECORDED_AT };
enum { PLANNED_FACILITY, PLANNED_UNIT, PLANNED_STARTS_AT, PLANNED_VALUE, PLANNED_RECORDED_AT };

typedef struct {
    gint64 step;
    guint second; /* 1: the later of a doubled hour */
    Instant recorded_at;
    guint order;  /* of taking */
    double value;
} Entry;

typedef struct {
    char *id;       /* as in Series */
    char *unit_key; /* into plans */
    Grain grain;
    gboolean flow;
    int label_day;
    GArray *entries; /* Entry */
} Pile;

struct Gather {
    const Calendar *calendar;
    GHashTable *piles; /* key -> Pile */
    GHashTable *plans; /* unit key -> Pile of planned admissions per day */
};

/* Ids hold no control characters (observation_complaint), so this one parts them. */
#define PART "\x1f"

static Pile *pile_new(char *id, char *unit_key, Grain grain, gboolean flow)
{
    Pile *pile = g_new0(Pile, 1);
    pile->id = id;
    pile->unit_key = unit_key;
    pile->grain = grain;
    pile->flow = flow;
    pile->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    return pile;
}

static void pile_free(gpointer data)
{
    Pile *pile = data;
    g_free(pile->id);
    g_free(pile->unit_key);
    g_array_unref(pile->entries);
    g_free(pile);
}

Gather *gather_new(const Calendar *calendar)
{
    Gather *gather = g_new0(Gather, 1);
    gather->calendar = calendar;
    gather->piles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, pile_free);
    gather->plans = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, pile_free);
    return gather;
}

void gather_free(Gather *gather)
{
    if (gather == NULL)
        return;
    g_hash_table_unref(gather->piles);
    g_hash_table_unref(gather->plans);
    g_free(gather);
}

gboolean gather_is_flow(const char *measure)
{
    static const char *const level[] = {"census", "beds", "patients", "occupan", "occupied", "shortage"};
    g_autofree char *lower = g_ascii_strdown(measure, -1);
    for (gsize k = 0; k < G_N_ELEMENTS(level); k++)
        if (strstr(lower, level[k]) != NULL)
            return FALSE;
    return TRUE;
}

static void pile_put(Pile *pile, const Calendar *calendar, Instant starts_at, Instant recorded_at, double value)
{
    Entry entry = {.step = calendar_step(calendar, pile->grain, starts_at), .recorded_at = recorded_at,
                   .order = pile->entries->len, .value = value};
    Instant at[2];
    if (pile->grain == GRAIN_HOUR && calendar_instants(calendar, entry.step, at) == 2)
        entry.second = starts_at >= at[1];
    if (pile->grain == GRAIN_WEEK)
        pile->label_day = grain_weekday(calendar_step(calendar, GRAIN_DAY, starts_at));
    g_array_append_val(pile->entries, entry);
}

static void take_observed(Gather *gather, const Cell *cell)
{
    const char *facility = cell[OBSERVED_FACILITY].text, *unit = cell[OBSERVED_UNIT].text, *measure = cell[OBSERVED_MEASURE].text;
    Grain grain;
    if (!grain_from_name(cell[OBSERVED_GRAIN].text, &grain))
        return;
    g_autofree char *key = g_strconcat(facility, PART, unit, PART, measure, PART, grain_name(grain), NULL);
    Pile *pile = g_hash_table_lookup(gather->piles, key);
    if (pile == NULL) {
        pile = pile_new(g_strdup_printf("%s/%s/%s", facility, unit, measure), g_strconcat(facility, PART, unit, NULL), grain, gather_is_flow(measure));
        g_hash_table_insert(gather->piles, g_steal_pointer(&key), pile);
    }
    pile_put(pile, gather->calendar, cell[OBSERVED_STARTS_AT].time, cell[OBSERVED_RECORDED_AT].time, cell[OBSERVED_VALUE].number);
}

static void take_planned(Gather *gather, const Cell *cell)
{
    g_autofree char *key = g_strconcat(cell[PLANNED_FACILITY].text, PART, cell[PLANNED_UNIT].text, NULL);
    Pile *pile = g_hash_table_lookup(gather->plans, key);
    if (pile == NULL) {
        pile = pile_new(NULL, NULL, GRAIN_DAY, TRUE);
        g_hash_table_insert(gather->plans, g_steal_pointer(&key), pile);
    }
    pile_put(pile, gather->calendar, cell[PLANNED_STARTS_AT].time, cell[PLANNED_RECORDED_AT].time, cell[PLANNED_VALUE].number);
}

void gather_take(Gather *gather, const Observation *row)
{
    if (row->feed == FEED_OBSERVATIONS)
        take_observed(gather, row->cell);
    else if (row->feed == FEED_ELECTIVES)
        take_planned(gather, row->cell);
}

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

static int compare_entries(gconstpointer a, gconstpointer b)
{
    const Entry *x = a, *y = b;
    int order = COMPARE(x->step, y->step);
    order = order ? order : COMPARE(x->second, y->second);
    order = order ? order : COMPARE(x->recorded_at, y->recorded_at);
    return order ? order : COMPARE(x->order, y->order);
}

/* Sorted, with only the newest row of each step (and half of a doubled hour). */
static GArray *newest_entries(const Pile *pile, gint64 last)
{
    GArray *kept = g_array_sized_new(FALSE, FALSE, sizeof(Entry), pile->entries->len);
    g_array_sort(pile->entries, compare_entries);
    for (guint k = 0; k < pile->entries->len; k++) {
        const Entry *entry = &g_array_index(pile->entries, Entry, k);
        const Entry *before = kept->len ? &g_array_index(kept, Entry, kept->len - 1) : NULL;
        if (entry->step > last)
            break;
        if (before != NULL && before->step == entry->step && before->second == entry->second)
            g_array_set_size(kept, kept->len - 1);
        g_array_append_val(kept, *entry);
    }
    return kept;
}

static gboolean all_counts(const GArray *entries)
{
    for (guint k = 0; k < entries->len; k++) {
        double value = g_array_index(entries, Entry, k).value;
        if (!(value >= 0) || value != floor(value))
            return FALSE;
    }
    return TRUE;
}

static void put_values(Series *series, const GArray *entries)
{
    for (guint k = 0; k < entries->len; k++) {
        const Entry *entry = &g_array_index(entries, Entry, k);
        double *value = &series->value[entry->step - series->start];
        if (entry->second && !isnan(*value))
            *value = series->counts ? floor((*value + entry->value) / 2 + 0.5) : (*value + entry->value) / 2;
        else
            *value = entry->value;
    }
}

/* The last step that may be known at `until`. */
static gint64 last_step(const Calendar *calendar, const Pile *pile, Instant until)
{
    if (until == INSTANT_NONE)
        return G_MAXINT64;
    return calendar_step(calendar, pile->grain, until) - (pile->flow ? 1 : 0);
}

/* First and last step of the plan in the grain of a series. */
static gint64 step_of_day(Grain grain, gint64 day)
{
    return grain_step_of_hour(grain, 24 * day);
}

static void put_plan(Series *series, GArray *days)
{
    static const char *const name[] = {"electives"};
    gint64 first_day = g_array_index(days, Entry, 0).step, last_day = g_array_index(days, Entry, days->len - 1).step;
    gint64 end = series->start + (gint64)series->length;
    gint64 plan_end = grain_step_of_hour(series->grain, 24 * last_day + 23) + 1;
    series_set_covariates(series, name, 1, (gsize)(MAX(end, plan_end) - series->start));
    for (gsize t = 0; t < series->cover; t++) {
        gint64 day = grain_first_hour(series->grain, series->start + (gint64)t);
        day = day / 24 - (day % 24 < 0);
        /* A week or month that the list covers in part would look emptier than it is. */
        gint64 end_day = series->grain == GRAIN_HOUR ? day : grain_first_hour(series->grain, series->start + (gint64)t + 1) / 24 - 1;
        if (day >= first_day && end_day <= last_day)
            series->covariate[t] = 0;
    }
    for (guint k = 0; k < days->len; k++) {
        const Entry *entry = &g_array_index(days, Entry, k);
        gint64 from = step_of_day(series->grain, entry->step), until = series->grain == GRAIN_HOUR ? from + 24 : from + 1;
        for (gint64 step = MAX(from, series->start); step < MIN(until, series->start + (gint64)series->cover); step++)
            series->covariate[step - series->start] += entry->value; /* NaN stays NaN */
    }
}

static Series *series_of(Gather *gather, const Pile *pile, Instant until)
{
    g_autoptr(GArray) entries = newest_entries(pile, last_step(gather->calendar, pile, until));
    if (entries->len == 0)
        return NULL;
    gint64 start = g_array_index(entries, Entry, 0).step, last = g_array_index(entries, Entry, entries->len - 1).step;
    Series *series = series_new(pile->id, pile->grain, start, (gsize)(last - start + 1));
    series->flow = pile->flow;
    series->label_day = pile->label_day;
    series->counts = all_counts(entries);
    put_values(series, entries);
    mend_clock(series, gather->calendar);
    Pile *plan = g_hash_table_lookup(gather->plans, pile->unit_key);
    if (plan != NULL) {
        g_autoptr(GArray) days = newest_entries(plan, G_MAXINT64);
        put_plan(series, days);
    }
    return series;
}

static int compare_series(gconstpointer a, gconstpointer b)
{
    const Series *x = *(Series *const *)a, *y = *(Series *const *)b;
    int order = strcmp(x->id, y->id);
    return order ? order : COMPARE(x->grain, y->grain);
}

GPtrArray *gather_series(Gather *gather, Instant until)
{
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    GHashTableIter iter;
    gpointer pile;
    g_hash_table_iter_init(&iter, gather->piles);
    while (g_hash_table_iter_next(&iter, NULL, &pile)) {
        Series *series = series_of(gather, pile, until);
        if (series != NULL)
            g_ptr_array_add(all, series);
    }
    g_ptr_array_sort(all, compare_series);
    return all;
}
