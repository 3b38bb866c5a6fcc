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
        if (h == 0 || facts->coarse) {
            section_note(page, NOTE_OVER);
            section_note(page, NOTE_NET);
        }
        page_close(page);
    }
    if (facts->coarse)
        page_put(page, "th", NULL, "A week ahead");
    page_open(page, "th", NULL);
    page_text(page, facts->coarse ? "Needed tomorrow (90 %%)" : "Needed at 08:00 (90 %%)");
    section_note(page, NOTE_NEEDED);
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
    page_put(page, "b", NULL, "%s", now);
    page_text(page, " of %s", beds);
    if (!isnan(patients) && !isnan(fact->available))
        page_image(page, "bar", chart_bar(patients, fact->available, 64, 9), g_strdup_printf("%s patients, %s beds", now, beds));
    if (fact->census != NULL)
        page_image(page, "spark", chart_spark(fact->census->series, fact->available, 64, 20), g_strdup("the census of late"));
    page_close(page);
    page_close(page);
}

static void put_cell(Page *page, const char *label, double over, double limit, double net, double sure, RowStatus status)
{
    Light light = words_light(over, limit);
    g_autofree char *chance = words_chance(over), *free_beds = words_signed(net), *surely = words_signed(sure);
    page_open(page, "td", NULL);
    page_attribute(page, "data-label", label);
    page_open(page, "span", "value");
    section_light(page, light, light == LIGHT_UNKNOWN ? NULL : chance);
    if (!isnan(net))
        page_put(page, "span", "net", "%s free (%s)", free_beds, surely);
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
    page_attribute(page, "data-label", facts->coarse ? "Needed tomorrow (90 %)" : "Needed at 08:00 (90 %)");
    page_open(page, "span", "value");
    page_put(page, "b", NULL, "%s%s", isnan(needed) ? "" : "at least ", number);
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
    if (fact->unit->status != ROW_OK && fact->unit->reason != NULL)
        page_put(page, "small", "why", "%s: %s", row_status_name(fact->unit->status), fact->unit->reason);
    page_close(page);
    put_now(page, fact);
    for (int h = 0; h < BED_HORIZONS; h++) {
        const BedRow *row = fact->row[h];
        gboolean known = row != NULL && row->status != ROW_WITHHELD;
        if (shows(facts, h))
            put_cell(page, facts->coarse ? "Tomorrow" : ahead[h], known ? row->over : MISSING, limit, known ? row->net_p50 : MISSING,
                     known ? row->net_p10 : MISSING, row ? row->status : ROW_OK);
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

void section_beds(Page *page, const Facts *facts)
{
    guint all = facts->units->len, shown = facts->wide ? MIN(all, WIDE_ROWS) : all;
    page_open(page, "section", NULL);
    page_put(page, "h2", NULL, facts->wide ? "Where it is tight, the worst first" : "Beds, unit by unit");
    if (all == 0)
        page_put(page, "p", NULL, "No unit is known yet. Units come from the units feed or with the first census.");
    else
        put_table(page, facts, 0, shown);
    if (shown < all) {
        page_open(page, "details", NULL);
        page_put(page, "summary", NULL, "The other %u, none more likely to be over", all - shown);
        put_table(page, facts, shown, all);
        page_close(page);
        page_put(page, "p", "onlyprint", "%u more are on the screen version, none more likely to be over.", all - shown);
    }
    page_close(page);
}

/* --- moves --------------------------------------------------------------------- */

static void put_move(Page *page, const Facts *facts, const BriefFacility *facility, const MoveRow *move)
{
    const char *from = facts_unit_name(facility, move->from);
    g_autofree char *when = words_time(facts->input->calendar, move->target_at);
    g_autofree char *patients = words_count((gsize)move->beds, "patient", "patients"), *beds = words_count((gsize)move->beds, "bed", "beds");
    page_open(page, "li", NULL);
    if (move->nowhere)
        page_put(page, "b", NULL, "%s: no bed is left for %s", from, patients);
    else if (move->to == NULL)
        page_put(page, "b", NULL, "Open %s in %s", beds, from);
    else
        page_put(page, "b", NULL, "Send %s from %s to %s", patients, from, facts_unit_name(facility, move->to));
    page_text(page, " by %s", when);
    if (facts->input->facilities > 1)
        page_text(page, ", %s", facts_facility_name(facility));
    section_status(page, move->status, NULL);
    page_put(page, "small", "trace", "%s", move->trace);
    page_close(page);
}

void section_moves(Page *page, const Facts *facts)
{
    page_open(page, "section", NULL);
    page_put(page, "h2", NULL, "Where to open, where to send");
    if (facts->moves == 0)
        page_put(page, "p", NULL, "Nothing needs to be opened or sent: no unit reaches the hospital's limit of %.0f %% for being over, or there are no rules for it.",
                 100 * facts->input->over_limit);
    else
        page_open(page, "ul", NULL);
    for (gsize f = 0; f < facts->input->facilities && facts->moves > 0; f++) {
        const BriefFacility *facility = &facts->input->facility[f];
        for (guint k = 0; facility->plan != NULL && k < facility->plan->moves->len; k++)
            put_move(page, facts, facility, &g_array_index(facility->plan->moves, MoveRow, k));
    }
    if (facts->moves > 0)
        page_close(page);
    page_close(page);
}
