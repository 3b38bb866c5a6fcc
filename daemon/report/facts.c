#include "daemon/report/facts.h"

#include <string.h>

/* From this many facilities on a page per facility is no longer a page. */
enum { MANY_FACILITIES = 5, DAYS_LATER = 7 };
/* As many as a reader takes in; the rest is in the tables. */
enum { MOST_TOLD = 6 };

const char *facts_facility_name(const BriefFacility *facility)
{
    return facility->name ? facility->name : facility->facility;
}

const char *facts_unit_name(const BriefFacility *facility, const char *unit)
{
    for (gsize u = 0; u < facility->units; u++)
        if (g_str_equal(facility->unit[u].unit, unit))
            return facility->unit[u].name ? facility->unit[u].name : unit;
    return unit;
}

static const BriefForecast *find_census(const BriefInput *input, const BriefFacility *facility, const PlanUnit *unit)
{
    for (gsize k = 0; k < input->forecasts; k++) {
        const BriefForecast *forecast = &input->forecast[k];
        if (g_str_equal(forecast->measure, "census") && g_str_equal(forecast->unit, unit->unit) && g_str_equal(forecast->facility, facility->facility))
            return forecast;
    }
    return NULL;
}

gboolean facts_is_of(const BriefForecast *forecast, const FactUnit *fact)
{
    return g_str_equal(forecast->unit, fact->unit->unit) && g_str_equal(forecast->facility, fact->facility->facility);
}

const BedRow *facts_tomorrow(const FactUnit *fact)
{
    const BedRow *row = fact->row[BED_HORIZONS - 1];
    return row != NULL && row->status != ROW_WITHHELD ? row : NULL;
}

/* Beds as the plan counts them, else as the forecast's line says. */
static double available_of(const FactUnit *fact)
{
    for (int h = 0; h < BED_HORIZONS; h++)
        if (fact->row[h] != NULL && !isnan(fact->row[h]->available))
            return fact->row[h]->available;
    return fact->census ? fact->census->capacity : MISSING;
}

/* A week on, straight from the outlook: paths do not reach that far. */
static void look_later(FactUnit *fact)
{
    const BriefForecast *census = fact->census;
    fact->later_over = fact->later_p50 = fact->later_p90 = MISSING;
    if (census == NULL || census->outlook == NULL || census->status == ROW_WITHHELD)
        return;
    const Outlook *outlook = census->outlook;
    gsize h = census->series->grain == GRAIN_DAY ? MIN(DAYS_LATER, outlook->horizon) - 1 : outlook->horizon - 1;
    fact->later_step = outlook->origin + (gint64)h;
    fact->later_p50 = outlook_at(outlook, h, 0.5, census->series->counts);
    fact->later_p90 = outlook_at(outlook, h, 0.9, census->series->counts);
    if (!isnan(fact->available))
        fact->later_over = 1 - outlook_probability(outlook, h, fact->available);
}

static void add_unit(Facts *facts, const BriefFacility *facility, const PlanUnit *unit)
{
    FactUnit fact = {.facility = facility, .unit = unit, .name = unit->name ? unit->name : unit->unit, .over = MISSING};
    fact.census = find_census(facts->input, facility, unit);
    for (guint k = 0; facility->plan != NULL && k < facility->plan->beds->len; k++) {
        const BedRow *row = &g_array_index(facility->plan->beds, BedRow, k);
        if (!g_str_equal(row->unit, unit->unit) || row->horizon < 0 || row->horizon >= BED_HORIZONS)
            continue;
        fact.row[row->horizon] = row;
        if (row->status != ROW_WITHHELD && !isnan(row->over))
            fact.over = isnan(fact.over) ? row->over : MAX(fact.over, row->over);
    }
    fact.available = available_of(&fact);
    for (gsize k = 0; k < facts->input->forecasts && fact.census == NULL && isnan(fact.available); k++)
        fact.flows_only |= facts_is_of(&facts->input->forecast[k], &fact);
    facts->flows_only += fact.flows_only;
    look_later(&fact);
    if (facts->coarse && !isnan(fact.later_over))
        fact.over = isnan(fact.over) ? fact.later_over : MAX(fact.over, fact.later_over);
    fact.light = words_light(fact.over, facts->input->over_limit);
    facts->over += fact.light == LIGHT_OVER;
    facts->tight += fact.light == LIGHT_TIGHT;
    facts->unknown += fact.light == LIGHT_UNKNOWN;
    g_array_append_val(facts->units, fact);
}

static void add_shift(Facts *facts, const StaffingRow *row)
{
    for (guint k = 0; k < facts->shifts->len; k++)
        if (g_array_index(facts->shifts, FactShift, k).starts_at == row->shift_starts_at &&
            g_str_equal(g_array_index(facts->shifts, FactShift, k).name, row->shift))
            return;
    FactShift shift = {row->shift, row->shift_starts_at, row->shift_ends_at};
    g_array_append_val(facts->shifts, shift);
}

static void add_staff(Facts *facts, const BriefFacility *facility)
{
    for (guint k = 0; facility->plan != NULL && k < facility->plan->staffing->len; k++) {
        const StaffingRow *row = &g_array_index(facility->plan->staffing, StaffingRow, k);
        if (row->status == ROW_WITHHELD) {
            if (facts->withheld_staff++ == 0)
                facts->withheld_reason = row->reason;
            continue;
        }
        FactStaff staff = {facts_unit_name(facility, row->unit), facts_facility_name(facility), row, LIGHT_UNKNOWN};
        if (!isnan(row->gap))
            staff.light = row->gap > 0 ? LIGHT_OVER : LIGHT_FITS;
        facts->roster |= !isnan(row->gap);
        g_array_append_val(facts->staff, staff);
        add_shift(facts, row);
    }
    facts->moves += facility->plan ? facility->plan->moves->len : 0;
}

static int compare_shifts(gconstpointer a, gconstpointer b)
{
    const FactShift *x = a, *y = b;
    if (x->starts_at != y->starts_at)
        return x->starts_at < y->starts_at ? -1 : 1;
    return strcmp(x->name, y->name);
}

static void find_worst_shift(Facts *facts)
{
    for (guint s = 0; s < facts->shifts->len; s++) {
        const FactShift *shift = &g_array_index(facts->shifts, FactShift, s);
        double missing = 0;
        for (guint k = 0; k < facts->staff->len; k++) {
            const StaffingRow *row = g_array_index(facts->staff, FactStaff, k).row;
            if (row->shift_starts_at == shift->starts_at && g_str_equal(row->shift, shift->name) && row->gap > 0)
                missing += row->gap;
        }
        if (missing > facts->short_nurses) {
            facts->short_nurses = missing;
            facts->short_shift = shift;
        }
    }
}

/* The share of beds free tomorrow with 90 % probability. */
static double room_of(const FactUnit *fact)
{
    const BedRow *row = fact->row[BED_HORIZONS - 1];
    return row == NULL || isnan(row->net_p10) || !(row->available > 0) ? (double)INFINITY : row->net_p10 / row->available;
}

/* The worst first; unknown ones last; by name where all else is equal. */
static int compare_units(gconstpointer a, gconstpointer b)
{
    const FactUnit *x = a, *y = b;
    double over_x = isnan(x->over) ? -1 : x->over, over_y = isnan(y->over) ? -1 : y->over;
    if (over_x != over_y)
        return over_x > over_y ? -1 : 1;
    double room_x = room_of(x), room_y = room_of(y);
    if (room_x != room_y)
        return room_x < room_y ? -1 : 1;
    int order = strcmp(facts_facility_name(x->facility), facts_facility_name(y->facility));
    return order ? order : strcmp(x->name, y->name);
}

static gint compare_told(gconstpointer a, gconstpointer b)
{
    const FactUnit *x = *(const FactUnit *const *)a, *y = *(const FactUnit *const *)b;
    int order = compare_units(x, y);
    return order ? order : x < y ? -1 : x > y;
}

static void pick_told(Facts *facts)
{
    for (guint k = 0; k < facts->units->len; k++) {
        FactUnit *fact = &g_array_index(facts->units, FactUnit, k);
        const BedRow *row = facts_tomorrow(fact);
        if (row != NULL && row->explanation != NULL && (fact->light == LIGHT_TIGHT || fact->light == LIGHT_OVER))
            g_ptr_array_add(facts->told, fact);
    }
    g_ptr_array_sort(facts->told, compare_told);
    g_ptr_array_set_size(facts->told, (gint)MIN(facts->told->len, MOST_TOLD));
}

gboolean facts_feed_flows(Feed feed)
{
    return feed == FEED_OBSERVATIONS || feed == FEED_STAYS;
}

Instant facts_source_age(const BriefInput *input, const BriefSource *source)
{
    Instant newest = facts_feed_flows(source->fresh.feed) ? source->fresh.newest_fact : source->fresh.pulled_at;
    return MAX(input->as_of - newest, 0);
}

Light facts_source_light(const BriefInput *input, const BriefSource *source)
{
    if (source->fresh.pulled_at == INSTANT_NONE || source->fresh.newest_fact == INSTANT_NONE)
        return LIGHT_OVER;
    Instant age = facts_source_age(input, source);
    if (source->withhold_s > 0 && age > (Instant)source->withhold_s * INSTANT_SECOND)
        return LIGHT_OVER;
    gboolean stale = source->stale_s > 0 && age > (Instant)source->stale_s * INSTANT_SECOND;
    return stale || source->fresh.failures > 0 ? LIGHT_TIGHT : LIGHT_FITS;
}

static gboolean has_hours(const BriefInput *input)
{
    for (gsize k = 0; k < input->forecasts; k++)
        if (g_str_equal(input->forecast[k].measure, "census") && input->forecast[k].series->grain == GRAIN_HOUR)
            return TRUE;
    return FALSE;
}

gboolean brief_is_wide(gsize facilities, gsize units)
{
    return facilities >= MANY_FACILITIES && units <= 2 * facilities;
}

static gsize count_units(const BriefInput *input)
{
    gsize units = 0;
    for (gsize f = 0; f < input->facilities; f++)
        units += input->facility[f].units;
    return units;
}

static gboolean has_census(const BriefInput *input)
{
    for (gsize k = 0; k < input->forecasts; k++)
        if (g_str_equal(input->forecast[k].measure, "census"))
            return TRUE;
    return FALSE;
}

/* One status and one reason for all units need not be said at each of them. */
static void find_common_status(Facts *facts)
{
    const PlanUnit *first = facts->units->len > 1 ? g_array_index(facts->units, FactUnit, 0).unit : NULL;
    for (guint k = 1; first != NULL && k < facts->units->len; k++) {
        const PlanUnit *unit = g_array_index(facts->units, FactUnit, k).unit;
        if (unit->status != first->status || g_strcmp0(unit->reason, first->reason) != 0)
            return;
    }
    if (first != NULL) {
        facts->common_status = first->status;
        facts->common_reason = first->reason;
    }
}

Facts *facts_new(const BriefInput *input)
{
    Facts *facts = g_new0(Facts, 1);
    facts->input = input;
    facts->units = g_array_new(FALSE, FALSE, sizeof(FactUnit));
    facts->told = g_ptr_array_new();
    facts->staff = g_array_new(FALSE, FALSE, sizeof(FactStaff));
    facts->shifts = g_array_new(FALSE, FALSE, sizeof(FactShift));
    facts->wide = brief_is_wide(input->facilities, count_units(input));
    facts->coarse = has_census(input) && !has_hours(input);
    for (gsize f = 0; f < input->facilities; f++) {
        for (gsize u = 0; u < input->facility[f].units; u++)
            add_unit(facts, &input->facility[f], &input->facility[f].unit[u]);
        add_staff(facts, &input->facility[f]);
    }
    for (gsize s = 0; s < input->sources; s++)
        facts->stale_sources += facts_source_light(input, &input->source[s]) != LIGHT_FITS;
    g_array_sort(facts->shifts, compare_shifts);
    find_worst_shift(facts);
    find_common_status(facts);
    if (facts->wide)
        g_array_sort(facts->units, compare_units);
    pick_told(facts); /* after the sort: it keeps places */
    return facts;
}

void facts_free(Facts *facts)
{
    if (facts == NULL)
        return;
    g_ptr_array_unref(facts->told);
    g_array_unref(facts->units);
    g_array_unref(facts->staff);
    g_array_unref(facts->shifts);
    g_free(facts);
}
