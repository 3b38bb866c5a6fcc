#include "daemon/report/brief.h"

#include "daemon/report/section.h"

#include <string.h>

enum { COLUMNS = 78, WIDE_ROWS = 20, MISSES_SHOWN = 5, SHORTS_SHOWN = 20 };

/* Adds a paragraph, broken between words; later lines begin with the indent. */
static void put_wrapped(GString *text, const char *first, const char *indent, const char *paragraph)
{
    g_autofree char *valid = g_utf8_make_valid(paragraph, -1);
    g_auto(GStrv) word = g_strsplit_set(valid, " \n\t", -1);
    glong column = g_utf8_strlen(first, -1);
    gboolean fresh = TRUE;
    g_string_append(text, first);
    for (gsize k = 0; word[k]; k++) {
        glong length = g_utf8_strlen(word[k], -1);
        if (length == 0)
            continue;
        if (!fresh && column + 1 + length > COLUMNS) {
            g_string_append_printf(text, "\n%s", indent);
            column = g_utf8_strlen(indent, -1);
            fresh = TRUE;
        }
        if (!fresh) {
            g_string_append_c(text, ' ');
            column++;
        }
        for (const char *c = word[k]; *c; c++)
            g_string_append_c(text, g_ascii_iscntrl(*c) ? '?' : *c); /* no terminal escapes */
        column += length;
        fresh = FALSE;
    }
    g_string_append_c(text, '\n');
}

G_GNUC_PRINTF(2, 3)
static void put_item(GString *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *item = g_strdup_vprintf(format, args);
    va_end(args);
    put_wrapped(text, "- ", "  ", item);
}

G_GNUC_PRINTF(2, 3)
static void put_line(GString *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *line = g_strdup_vprintf(format, args);
    va_end(args);
    put_wrapped(text, "", "", line);
}

static void put_heading(GString *text, const char *heading)
{
    g_string_append_printf(text, "\n%s\n", heading);
    for (gsize k = 0; k < strlen(heading); k++)
        g_string_append_c(text, '-');
    g_string_append_c(text, '\n');
}

static void put_source(GString *text, const Facts *facts, const BriefSource *source)
{
    static const char *const state[] = {"fresh", "LATE", "TOO OLD", "unknown"};
    const BriefInput *input = facts->input;
    const SourceFreshness *fresh = &source->fresh;
    if (fresh->newest_fact == INSTANT_NONE)
        put_item(text, "%s (%s): no data yet", fresh->source, feed_shape[fresh->feed].name);
    else {
        g_autofree char *age = words_age(facts_source_age(input, source));
        put_item(text, facts_feed_flows(fresh->feed) ? "%s (%s): %s, newest fact %s old" : "%s (%s): %s, read %s ago", fresh->source,
                 feed_shape[fresh->feed].name, state[facts_source_light(input, source)], age);
    }
    if (fresh->failures > 0)
        put_wrapped(text, "  ", "  ", fresh->message ? fresh->message : "the last pull failed");
}

static void put_head(GString *text, const Facts *facts)
{
    const BriefInput *input = facts->input;
    g_autofree char *as_of = words_full_time(input->calendar, input->as_of);
    g_autofree char *run = input->run_id > 0 ? g_strdup_printf(", run %" G_GINT64_FORMAT, input->run_id) : g_strdup("");
    put_line(text, "MORNING BRIEF  %s", input->name ? input->name : input->group);
    put_line(text, "As of %s (%s)%s", as_of, calendar_zone(input->calendar), run);
    if (input->summary != NULL)
        put_line(text, "%s", input->summary);
    put_heading(text, "How fresh the data are");
    if (input->sources == 0)
        put_line(text, "No source has been read yet.");
    for (gsize s = 0; s < input->sources; s++)
        put_source(text, facts, &input->source[s]);
}

/* Pads or cuts to a number of characters. */
static void put_cell(GString *text, const char *cell, glong width, gboolean right)
{
    g_autofree char *valid = g_utf8_make_valid(cell, -1);
    glong length = g_utf8_strlen(valid, -1);
    g_autofree char *begin = g_utf8_substring(valid, 0, MIN(length, length > width ? width - 1 : width));
    g_autofree char *cut = length > width ? g_strconcat(begin, "\xe2\x80\xa6", NULL) : g_strdup(begin);
    for (char *c = cut; *c; c++)
        if (g_ascii_iscntrl(*c))
            *c = '?';
    if (!right)
        g_string_append(text, cut);
    for (glong k = length; k < width; k++)
        g_string_append_c(text, ' ');
    if (right)
        g_string_append(text, cut);
}

static void put_chance(GString *text, double over, double net, double limit)
{
    Light light = words_light(over, limit);
    g_autofree char *free_beds = words_signed(floor(net + 1e-6));
    g_autofree char *cell = isnan(over) ? g_strdup("-") : g_strdup_printf("%.0f%%%s %s", 100 * over, light == LIGHT_OVER ? "!!" : light == LIGHT_TIGHT ? "!" : "", free_beds);
    put_cell(text, cell, 11, TRUE);
}

static void put_unit(GString *text, const Facts *facts, const FactUnit *fact)
{
    double limit = facts->input->over_limit;
    g_autofree char *now = words_number(fact->unit->census), *beds = words_number(fact->available);
    g_autofree char *both = g_strdup_printf("%s/%s", now, beds);
    put_cell(text, facts->wide && fact->facility->units == 1 ? facts_facility_name(fact->facility) : fact->name, 22, FALSE);
    put_cell(text, both, 12, TRUE);
    for (int h = facts->coarse ? BED_HORIZONS - 1 : 0; h < BED_HORIZONS; h++) {
        const BedRow *row = fact->row[h];
        gboolean known = row != NULL && row->status != ROW_WITHHELD;
        put_chance(text, known ? row->over : MISSING, known ? row->net_p50 : MISSING, limit);
    }
    if (facts->coarse)
        put_chance(text, fact->later_over, fact->available - fact->later_p50, limit);
    g_string_append_c(text, '\n');
}

static double expected(const Outlook *outlook, gsize steps)
{
    double sum = 0;
    for (gsize h = 0; h < MIN(steps, outlook->horizon); h++)
        sum += outlook->mean[h];
    return sum;
}

static void put_flows(GString *text, const Facts *facts, const FactUnit *fact)
{
    for (gsize k = 0; k < facts->input->forecasts; k++) {
        const BriefForecast *forecast = &facts->input->forecast[k];
        if (!facts_is_of(forecast, fact) || forecast->outlook == NULL || forecast->series->grain != GRAIN_HOUR || forecast->outlook->horizon < 24)
            continue;
        g_autofree char *measure = words_measure(forecast->measure);
        put_item(text, "%s: about %.0f, %.0f and %.0f %s in the next 4, 12 and 24 hours", fact->name, expected(forecast->outlook, 4),
                 expected(forecast->outlook, 12), expected(forecast->outlook, 24), measure);
    }
}

static void put_beds(GString *text, const Facts *facts)
{
    static const char *const head[] = {"4 h", "12 h", "24 h", "08:00"};
    guint shown = facts->wide ? MIN(facts->units->len, WIDE_ROWS) : facts->units->len;
    gboolean beds = facts->flows_only < facts->units->len || facts->units->len == 0;
    put_heading(text, !beds ? "What is expected" : facts->wide ? "Where it is tight, the worst first" : "Beds, unit by unit");
    if (shown == 0) {
        put_line(text, "No unit is known yet.");
        return;
    }
    for (guint k = 0; k < facts->units->len; k++)
        if (g_array_index(facts->units, FactUnit, k).flows_only)
            put_flows(text, facts, &g_array_index(facts->units, FactUnit, k));
    if (facts->flows_only == facts->units->len)
        return;
    put_cell(text, facts->wide ? "Facility" : "Unit", 22, FALSE);
    put_cell(text, "now/beds", 12, TRUE);
    for (int h = 0; h < BED_HORIZONS && !facts->coarse; h++)
        put_cell(text, head[h], 11, TRUE);
    if (facts->coarse) {
        put_cell(text, "tomorrow", 11, TRUE);
        put_cell(text, "in a week", 11, TRUE);
    }
    g_string_append_c(text, '\n');
    for (guint k = 0; k < shown; k++)
        if (!g_array_index(facts->units, FactUnit, k).flows_only)
            put_unit(text, facts, &g_array_index(facts->units, FactUnit, k));
    if (shown < facts->units->len)
        put_line(text, "and %u others, none more likely to be over.", facts->units->len - shown);
    put_line(text, "In each place: chance of more patients than beds (! tight, !! over), and beds free at the most likely census; 08:00 is tomorrow's.");
}

static void put_told(GString *text, const Facts *facts)
{
    if (facts->told->len == 0)
        return;
    put_heading(text, facts->coarse ? "Tomorrow against the usual" : "Tomorrow 08:00 against the usual");
    for (guint k = 0; k < facts->told->len; k++) {
        const FactUnit *fact = g_ptr_array_index(facts->told, k);
        const BedRow *row = facts_tomorrow(fact);
        g_autofree char *said = words_explanation(row->census_p50, row->available, row->explanation);
        put_item(text, "%s: %s", facts->wide && fact->facility->units == 1 ? facts_facility_name(fact->facility) : fact->name, said);
    }
}

static void put_moves(GString *text, const Facts *facts)
{
    put_heading(text, "Where to open, where to send");
    if (facts->units->len > 0 && facts->flows_only == facts->units->len)
        put_line(text, "No beds are known in this group.");
    else if (facts->moves == 0)
        put_line(text, facts->over + facts->tight > 0 ? "No advice: no rule says what may be opened, or where the units that are tight may send."
                                                      : "Nothing needs to be opened or sent.");
    for (gsize f = 0; f < facts->input->facilities; f++) {
        const BriefFacility *facility = &facts->input->facility[f];
        for (guint k = 0; facility->plan != NULL && k < facility->plan->moves->len; k++) {
            const MoveRow *move = &g_array_index(facility->plan->moves, MoveRow, k);
            g_autofree char *when = words_time(facts->input->calendar, move->target_at);
            const char *from = facts_unit_name(facility, move->from);
            g_autofree char *beds = words_count((gsize)move->beds, "bed", "beds"), *patients = words_count((gsize)move->beds, "patient", "patients");
            if (move->nowhere)
                put_item(text, "%s by %s: no bed is left for %s", from, when, patients);
            else if (move->to == NULL)
                put_item(text, "%s by %s: open %s", from, when, beds);
            else
                put_item(text, "%s by %s: send %s to %s", from, when, patients, facts_unit_name(facility, move->to));
            put_wrapped(text, "    ", "    ", move->trace);
        }
    }
}

static void put_staffing(GString *text, const Facts *facts)
{
    guint put = 0;
    put_heading(text, "Nurses short, shift by shift");
    for (guint k = 0; k < facts->staff->len; k++) {
        const FactStaff *staff = &g_array_index(facts->staff, FactStaff, k);
        if (!(staff->row->gap > 0) || put++ >= SHORTS_SHOWN)
            continue;
        g_autofree char *when = words_day_time(facts->input->calendar, staff->row->shift_starts_at);
        g_autofree char *gap = words_number(staff->row->gap), *scheduled = words_number(staff->row->scheduled);
        put_item(text, "%s, %s %s: %s %s short (needs %d, has %s)", staff->unit_name, staff->row->shift, when, gap, staff->row->role, staff->row->required, scheduled);
        put_wrapped(text, "    ", "    ", staff->row->trace);
    }
    if (put > SHORTS_SHOWN)
        put_line(text, "and %u more.", put - SHORTS_SHOWN);
    if (facts->staff->len == 0)
        put_line(text, "No staffing numbers: %s.", facts->withheld_reason ? facts->withheld_reason : "no shifts are set, or no unit has a forecast");
    else if (put == 0)
        put_line(text, "No shift with a roster is short.");
}

static void put_yesterday(GString *text, const Facts *facts)
{
    const BriefInput *input = facts->input;
    put_heading(text, "What was wrong yesterday");
    if (input->scored_as_of == INSTANT_NONE)
        put_line(text, "Nothing can be scored yet: forecasts are judged once their hours have passed, half a day after the first run.");
    for (gsize k = 0; k < MIN(input->misses, MISSES_SHOWN); k++)
        put_item(text, "%s", input->miss[k]);
    if (input->scored_as_of != INSTANT_NONE && input->misses == 0)
        put_line(text, input->scores ? "Nothing came outside the 95 %% bands." : "Nothing is known yet that it could be judged by.");
    if (input->alarms > 0)
        put_line(text, "No longer as forecast, by the scores of the last weeks:");
    for (gsize k = 0; k < input->alarms; k++)
        put_item(text, "%s", input->alarm[k]);
}

static void put_changes(GString *text, const Facts *facts)
{
    const BriefInput *input = facts->input;
    put_heading(text, "What changed since the last run");
    if (input->previous_as_of == INSTANT_NONE)
        put_line(text, "This is the first run.");
    else if (input->changes == 0)
        put_line(text, "Nothing of note.");
    for (gsize k = 0; k < input->changes && input->previous_as_of != INSTANT_NONE; k++)
        put_item(text, "%s", input->change[k]);
}

static void put_foot(GString *text, const Facts *facts)
{
    const BriefInput *input = facts->input;
    if (input->remarks > 0)
        put_heading(text, "About the data");
    for (gsize k = 0; k < input->remarks; k++)
        put_item(text, "%s", input->remark[k]);
    put_heading(text, "What the numbers mean");
    for (int k = 1; k < NOTES; k++)
        put_item(text, "%s", section_definition[k]);
    put_heading(text, "Where this comes from");
    if (input->note != NULL)
        put_line(text, "%s", input->note);
    for (gsize s = 0; s < input->sources; s++)
        if (section_note_is_new(input, s))
            put_item(text, "%s: %s", input->source[s].fresh.source, input->source[s].note);
    for (gsize k = 0; k < input->model_notes; k++)
        put_item(text, "%s", input->model_note[k]);
    put_line(text, "Advice only: nothing here acts by itself.");
}

char *brief_text(const BriefInput *input)
{
    g_autoptr(Facts) facts = facts_new(input);
    GString *text = g_string_new(NULL);
    put_head(text, facts);
    put_beds(text, facts);
    put_told(text, facts);
    put_moves(text, facts);
    put_staffing(text, facts);
    put_yesterday(text, facts);
    put_changes(text, facts);
    put_foot(text, facts);
    return g_string_free(text, FALSE);
}
