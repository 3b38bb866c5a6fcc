#include "daemon/report/chart.h"
#include "daemon/report/section.h"

/* Rows of a wide table that are always shown; the rest unfolds. */
enum { WIDE_ROWS = 20 };

static const char *const ahead[BED_HORIZONS] = {"in 4 h", "in 12 h", "in 24 h", "tomorrow 08:00"};

static gboolean shows(const Facts *facts, int horizon)
{
    return !facts->coarse || horizon == BED_HORIZONS - 1;
}

/* When the plan's rows of a horizon speak of, from the first unit that has one. */
static Instant target_of(const Facts *facts, int horizon)
{
    for (guint k = 0; k < facts->units->len; k++) {
        const BedRow *row = g_array_index(facts->units, FactUnit, k).row[horizon];
        if (row != NULL && row->status != ROW_WITHHELD)
            return row->target_at;
    }
    return INSTANT_NONE;
}

static void put_head(Page *page, const Facts *facts)
{
    page_open(page, "thead", NULL);
    page_open(page, "tr", NULL);
    page_put(page, "th", NULL, facts->wide ? "Facility" : "Unit");
    page_open(page, "th", NULL);
    page_text(page, "Patients and beds now");
    section_note(page, NOTE_BEDS);
    page_close(page);
    for (int h = 0; h < BED_HORIZONS; h++) {
        if (!shows(facts, h))
            continue;
        Instant at = target_of(facts, h);
        g_autofree char *when = at == INSTANT_NONE ? g_strdup("") : words_day_time(facts->input->calendar, at);
        page_open(page, "th", NULL);
        page_text(page, "%s", facts->coarse ? "Tomorrow" : h == BED_HORIZONS - 1 ? "Tomorrow" : ahead[h]);
        if (!facts->coarse)
            page_put(page, "small", NULL, " %s", when);
        page_close(page);
    }
    if (facts->coarse)
        page_put(page, "th", NULL, "A week ahead");
    page_open(page, "th", NULL);
    page_text(page, facts->coarse ? "Beds needed tomorrow" : "Beds needed 08:00");
    page_close(page);
    page_close(page);
    page_close(page);
}

static void put_now(Page *page, const FactUnit *fact)
{
    double patients = fact->unit->census;
    g_autofree char *now = words_number(patients), *beds = words_number(fact->available);
    page_open(page, "td", "now");
    page_attribute(page, "data-label", "Now");
    page_open(page, "span", "value");
    page_open(page, "span", "count");
    page_put(page, "b", NULL, "%s", now);
    page_text(page, " of %s", beds);
    page_close(page);
    if (!isnan(patients) && !isnan(fact->available))
        page_image(page, "bar", chart_bar(patients, fact->available, 60, 9), g_strdup_printf("%s patients, %s beds", now, beds));
    if (fact->census != NULL)
        page_image(page, "spark", chart_spark(fact->census->series, fact->available, 84, 18), g_strdup("the census of late"));
    page_close(page);
    page_close(page);
}

/* Half a bed is none. */
static char *whole_beds(double beds)
{
    return words_signed(floor(beds + 1e-6));
}

static void put_cell(Page *page, const char *label, double over, double limit, double net, double sure, RowStatus status)
{
    Light light = words_light(over, limit);
    g_autofree char *chance = words_chance(over), *free_beds = whole_beds(net), *surely = whole_beds(sure);
    page_open(page, "td", NULL);
    page_attribute(page, "data-label", label);
    page_open(page, "span", "value");
    section_light(page, light, light == LIGHT_UNKNOWN ? NULL : chance);
    if (!isnan(net))
        page_put(page, "span", "net", "%s (%s)", free_beds, surely);
    if (status != ROW_OK)
        page_put(page, "span", "status", "%s", row_status_name(status));
    page_close(page);
    page_close(page);
}

static void put_needed(Page *page, const Facts *facts, const FactUnit *fact)
{
    const BedRow *row = fact->row[BED_HORIZONS - 1];
    double needed = row && row->status != ROW_WITHHELD ? ceil(row->census_p90 - 1e-9) : MISSING;
    g_autofree char *number = words_number(needed);
    page_open(page, "td", "needed");
    page_attribute(page, "data-label", facts->coarse ? "Beds needed (90 %)" : "Beds needed 08:00");
    page_open(page, "span", "value");
    if (!isnan(needed))
        page_put(page, "span", "notprint", "at least ");
    page_put(page, "b", NULL, "%s", number);
    page_close(page);
    page_close(page);
}

static const char *row_name(const Facts *facts, const FactUnit *fact)
{
    return facts->wide && fact->facility->units == 1 ? facts_facility_name(fact->facility) : fact->name;
}

static void put_unit(Page *page, const Facts *facts, const FactUnit *fact)
{
    double limit = facts->input->over_limit;
    page_open(page, "tr", NULL);
    page_open(page, "th", NULL);
    page_attribute(page, "scope", "row");
    page_text(page, "%s", row_name(facts, fact));
    if (facts->wide && fact->facility->units > 1)
        page_put(page, "small", NULL, " %s", facts_facility_name(fact->facility));
    if (fact->unit->status != ROW_OK && fact->unit->status != facts->common_status)
        page_put(page, "small", "status", "%s", row_status_name(fact->unit->status));
    page_close(page);
    put_now(page, fact);
    for (int h = 0; h < BED_HORIZONS; h++) {
        const BedRow *row = fact->row[h];
        gboolean known = row != NULL && row->status != ROW_WITHHELD;
        if (shows(facts, h))
            put_cell(page, facts->coarse ? "Tomorrow" : ahead[h], known ? row->over : MISSING, limit, known ? row->net_p50 : MISSING,
                     known ? row->net_p10 : MISSING, row && row->status != fact->unit->status ? row->status : ROW_OK);
    }
    if (facts->coarse)
        put_cell(page, "A week ahead", fact->later_over, limit, fact->available - fact->later_p50, fact->available - fact->later_p90, ROW_OK);
    put_needed(page, facts, fact);
    page_close(page);
}

/* Rows [from, to) of the units; a line with the facility's name where it changes. */
static void put_table(Page *page, const Facts *facts, guint from, guint to)
{
    const BriefFacility *before = NULL;
    page_open(page, "table", facts->coarse ? "beds coarse" : "beds");
    put_head(page, facts);
    page_open(page, "tbody", NULL);
    for (guint k = from; k < to; k++) {
        const FactUnit *fact = &g_array_index(facts->units, FactUnit, k);
        if (fact->flows_only)
            continue;
        if (!facts->wide && facts->input->facilities > 1 && fact->facility != before) {
            page_open(page, "tr", "facility");
            page_open(page, "th", NULL);
            page_attribute(page, "colspan", "7");
            page_text(page, "%s", facts_facility_name(fact->facility));
            page_close(page);
            page_close(page);
        }
        before = fact->facility;
        put_unit(page, facts, fact);
    }
    page_close(page);
    page_close(page);
}

/* Why units are not ok, each reason once. */
static void put_reasons(Page *page, const Facts *facts, guint shown)
{
    g_autoptr(GHashTable) told = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint k = 0; k < shown; k++) {
        const PlanUnit *unit = g_array_index(facts->units, FactUnit, k).unit;
        if (g_array_index(facts->units, FactUnit, k).flows_only || unit->status == ROW_OK || unit->reason == NULL || !g_hash_table_add(told, (gpointer)unit->reason))
            continue;
        g_autoptr(GString) names = g_string_new(NULL);
        for (guint j = k; j < shown; j++) {
            const FactUnit *other = &g_array_index(facts->units, FactUnit, j);
            if (other->unit->status == unit->status && g_strcmp0(other->unit->reason, unit->reason) == 0)
                g_string_append_printf(names, "%s%s", names->len ? ", " : "", row_name(facts, other));
        }
        page_open(page, "p", "lead");
        page_put(page, "b", NULL, "%s", facts->common_status != ROW_OK ? "All units" : names->str);
        page_text(page, " %s: %s.", row_status_name(unit->status), unit->reason);
        if (g_hash_table_size(told) == 1)
            section_note(page, NOTE_STATUS);
        page_close(page);
    }
}

/* How tomorrow differs from the usual, of the most pressing. */
static void put_told(Page *page, const Facts *facts)
{
    if (facts->told->len == 0)
        return;
    page_open(page, "h3", NULL);
    page_text(page, facts->coarse ? "Tomorrow against the usual" : "Tomorrow 08:00 against the usual");
    section_note(page, NOTE_USUAL);
    page_close(page);
    page_open(page, "ul", "plain told");
    for (guint k = 0; k < facts->told->len; k++) {
        const FactUnit *fact = g_ptr_array_index(facts->told, k);
        const BedRow *row = facts_tomorrow(fact);
        g_autofree char *said = words_explanation(row->census_p50, row->available, row->explanation);
        page_open(page, "li", NULL);
        page_put(page, "b", NULL, "%s:", row_name(facts, fact));
        page_text(page, " %s", said);
        page_close(page);
    }
    page_close(page);
}

/* --- units without beds ------------------------------------------------------------ */

/* Means add up over steps, quantiles do not. */
static void put_expected(Page *page, const BriefForecast *forecast, gsize steps, const char *label)
{
    double sum = 0;
    gboolean reached = forecast->outlook != NULL && steps <= forecast->outlook->horizon;
    for (gsize h = 0; reached && h < steps; h++)
        sum += forecast->outlook->mean[h];
    g_autofree char *number = words_number(reached ? sum : MISSING);
    page_open(page, "td", NULL);
    page_attribute(page, "data-label", label);
    page_put(page, "span", "value", "%s", number);
    page_close(page);
}

static void put_flow(Page *page, const Facts *facts, const FactUnit *fact, const BriefForecast *forecast)
{
    page_open(page, "tr", NULL);
    page_open(page, "th", NULL);
    page_attribute(page, "scope", "row");
    page_text(page, "%s", row_name(facts, fact));
    g_autofree char *measure = words_measure(forecast->measure);
    page_put(page, "small", NULL, " %s", measure);
    section_status(page, facts, forecast->status, forecast->reason);
    page_close(page);
    put_expected(page, forecast, 4, "next 4 hours");
    put_expected(page, forecast, 12, "next 12 hours");
    put_expected(page, forecast, 24, "next 24 hours");
    page_close(page);
}

/* An emergency department that counts arrivals has no beds to be over. */
static void put_flows(Page *page, const Facts *facts)
{
    const BriefInput *input = facts->input;
    page_open(page, "table", "flows");
    page_open(page, "thead", NULL);
    page_open(page, "tr", NULL);
    page_put(page, "th", NULL, "Expected on average");
    page_put(page, "th", NULL, "next 4 hours");
    page_put(page, "th", NULL, "next 12 hours");
    page_put(page, "th", NULL, "next 24 hours");
    page_close(page);
    page_close(page);
    page_open(page, "tbody", NULL);
    for (guint u = 0; u < facts->units->len; u++) {
        const FactUnit *fact = &g_array_index(facts->units, FactUnit, u);
        for (gsize k = 0; k < input->forecasts && fact->flows_only; k++)
            if (facts_is_of(&input->forecast[k], fact) && input->forecast[k].series->grain == GRAIN_HOUR && input->forecast[k].series->flow)
                put_flow(page, facts, fact, &input->forecast[k]);
    }
    page_close(page);
    page_close(page);
    page_put(page, "p", "lead", "No census or beds are known of these units, so nothing can be said to be over.");
}

void section_beds(Page *page, const Facts *facts)
{
    guint all = facts->units->len, shown = facts->wide ? MIN(all, WIDE_ROWS) : all;
    page_open(page, "section", NULL);
    page_put(page, "h2", NULL, facts->flows_only == all && all > 0 ? "What is expected" : facts->wide ? "Where it is tight, the worst first" : "Beds, unit by unit");
    if (all == 0)
        page_put(page, "p", NULL, "No unit is known yet. Units come from the units feed or with the first census.");
    else if (facts->flows_only < all) {
        page_open(page, "p", "lead");
        page_text(page, "In each place: the chance of more patients than beds");
        section_note(page, NOTE_OVER);
        page_text(page, ", then the beds free at the most likely census (in brackets: free with 90 %% probability)");
        section_note(page, NOTE_NET);
        page_text(page, ". Beds needed: enough with 90 %% probability");
        section_note(page, NOTE_NEEDED);
        page_text(page, ".");
        page_close(page);
        put_table(page, facts, 0, shown);
        put_reasons(page, facts, shown);
        put_told(page, facts);
    }
    if (facts->flows_only > 0)
        put_flows(page, facts);
    if (shown < all && facts->flows_only < all) {
        page_open(page, "details", NULL);
        page_put(page, "summary", NULL, "The other %u, none more likely to be over", all - shown);
        put_table(page, facts, shown, all);
        page_close(page);
        page_put(page, "p", "onlyprint", "%u more are on the screen version, none more likely to be over.", all - shown);
    }
    page_close(page);
}

/* --- moves --------------------------------------------------------------------- */

/* All advice of the group with where it belongs, by time, then by unit. */
typedef struct {
    const BriefFacility *facility;
    const MoveRow *row;
} Advice;

static int compare_advice(gconstpointer a, gconstpointer b)
{
    const Advice *x = a, *y = b;
    return x->row->target_at < y->row->target_at ? -1 : x->row->target_at > y->row->target_at;
}

static GArray *list_advice(const BriefInput *input)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(Advice));
    for (gsize f = 0; f < input->facilities; f++) {
        const Plan *plan = input->facility[f].plan;
        for (guint k = 0; plan != NULL && k < plan->moves->len; k++) {
            Advice advice = {&input->facility[f], &g_array_index(plan->moves, MoveRow, k)};
            g_array_append_val(all, advice);
        }
    }
    g_array_sort(all, compare_advice); /* stable: units keep the plan's order */
    return all;
}

static void put_way(Page *page, const Facts *facts, const Advice *advice)
{
    const MoveRow *row = advice->row;
    g_autofree char *beds = words_count((gsize)row->beds, "bed", "beds"), *patients = words_count((gsize)row->beds, "patient", "patients");
    if (row->nowhere)
        page_put(page, "b", NULL, "no bed is left for %s", patients);
    else if (row->to == NULL)
        page_text(page, "open %s", beds);
    else
        page_text(page, "send %s to %s", patients, facts_unit_name(advice->facility, row->to));
    section_status(page, facts, row->status, NULL);
}

/* One line per unit and time: everything advised for it. */
static void put_advice(Page *page, const Facts *facts, const GArray *all)
{
    const Advice *before = NULL;
    for (guint k = 0; k < all->len; k++) {
        const Advice *advice = &g_array_index(all, Advice, k);
        gboolean new_time = before == NULL || before->row->target_at != advice->row->target_at;
        gboolean new_unit = new_time || before->facility != advice->facility || !g_str_equal(before->row->from, advice->row->from);
        if (before != NULL && new_unit)
            page_close(page);
        if (before != NULL && new_time)
            page_close(page);
        if (new_time) {
            g_autofree char *when = words_time(facts->input->calendar, advice->row->target_at);
            page_put(page, "h3", NULL, "By %s", when);
            page_open(page, "ul", "moves");
        }
        if (new_unit) {
            page_open(page, "li", NULL);
            page_put(page, "b", NULL, "%s", facts_unit_name(advice->facility, advice->row->from));
            if (facts->input->facilities > 1)
                page_text(page, " (%s)", facts_facility_name(advice->facility));
        }
        page_text(page, new_unit ? ": " : "; ");
        put_way(page, facts, advice);
        before = advice;
    }
    page_close(page);
    page_close(page);
}

void section_moves(Page *page, const Facts *facts)
{
    g_autoptr(GArray) all = list_advice(facts->input);
    page_open(page, "section", NULL);
    page_put(page, "h2", NULL, "Where to open, where to send");
    if (facts->units->len > 0 && facts->flows_only == facts->units->len)
        page_put(page, "p", NULL, "No beds are known in this group.");
    else if (all->len == 0 && facts->over + facts->tight > 0)
        page_put(page, "p", NULL, "No advice: no rule says what may be opened, or where the units that are tight may send.");
    else if (all->len == 0)
        page_put(page, "p", NULL, "Nothing needs to be opened or sent: no unit with a forecast reaches the hospital's limit of %.0f %% for being over.",
                 100 * facts->input->over_limit);
    else {
        put_advice(page, facts, all);
        page_open(page, "details", NULL);
        page_put(page, "summary", NULL, "How this came about");
        page_open(page, "ul", "trace");
        for (guint k = 0; k < all->len; k++)
            page_put(page, "li", NULL, "%s", g_array_index(all, Advice, k).row->trace);
        page_close(page);
        page_close(page);
    }
    page_close(page);
}
