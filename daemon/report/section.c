#include "daemon/report/section.h"

const char *const section_definition[NOTES] = {
    [NOTE_OVER] = "Chance of being over: of 100 possible futures, in how many more patients are in the unit at that time than it has beds that can be used. "
                  "\xe2\x97\x8f fits: below the hospital's limit for advice; \xe2\x96\xb2 tight: at or above it; \xe2\x96\xa0 over: at least even odds; \xe2\x97\x8b not known.",
    [NOTE_NET] = "Beside the chance: beds free (beds that can be used less patients) at the most likely census; in brackets what is free in at least 90 of 100 futures. "
                 "Below zero: patients without a bed.",
    [NOTE_NEEDED] = "Beds needed with 90 % probability: in 90 of 100 futures this many beds are enough.",
    [NOTE_USUAL] = "A usual day: the same hour of the same weekday in the last eight weeks without a holiday near, in the middle; \"give or take\" is how widely they lay around it. "
                   "The reasons add up to the difference; everything else is what other forecasting methods and chance make of it. Where that is more than half, no reason is given.",
    [NOTE_BEDS] = "Beds: staffed beds less blocked and reserved ones, as last reported. Patients now: the newest census known.",
    [NOTE_STAFF] = "Needed: the nurses for the shift's busiest hour, never below the floor; how sure it must be follows from what one too few and one too many cost. "
                   "Short: needed less scheduled.",
    [NOTE_FAN] = "Bands: 50, 80 and 95 of 100 possible futures lie inside, hour by hour.",
    [NOTE_OFF] = "Off by: how far the most likely number was from what came, on average, in patients; beside it how far \"the same time last week\" would have been off. "
                 "Too high by: the average with its sign.",
    [NOTE_BAND] = "In the 80 % band: how often what came lay between the forecast's 10 % and 90 % levels; 80 % is right, far less is overconfident.",
    [NOTE_STATUS] = "Stale: data older than the source's first limit. Degraded: something was missing. Fallback: a simpler forecaster stood in. "
                    "Withheld: too little is known to say a number.",
};

void section_note(Page *page, int definition)
{
    g_autofree char *target = g_strdup_printf("#d%d", definition);
    page_open(page, "sup", NULL);
    page_open(page, "a", NULL);
    page_attribute(page, "href", target);
    page_text(page, "%d", definition);
    page_close(page);
    page_close(page);
}

void section_light(Page *page, Light light, const char *text)
{
    page_put(page, "span", words_light_class(light), "%s %s", words_light_mark(light), text ? text : words_light_name(light));
}

void section_status(Page *page, const Facts *facts, RowStatus status, const char *reason)
{
    if (status == ROW_OK || status == facts->common_status)
        return;
    page_text(page, " ");
    page_open(page, "span", "status");
    page_text(page, "(%s%s%s)", row_status_name(status), reason ? ": " : "", reason ? reason : "");
    page_close(page);
}

void section_changes(Page *page, const Facts *facts)
{
    const BriefInput *input = facts->input;
    page_open(page, "section", NULL);
    page_put(page, "h2", NULL, "What changed since the last run");
    if (input->previous_as_of == INSTANT_NONE)
        page_put(page, "p", NULL, "This is the first run of this group: there is nothing to compare with.");
    else {
        g_autofree char *when = words_time(input->calendar, input->previous_as_of);
        if (input->changes == 0)
            page_put(page, "p", NULL, "Nothing of note since %s.", when);
        else
            page_put(page, "p", NULL, "Since %s:", when);
    }
    if (input->previous_as_of != INSTANT_NONE && input->changes > 0) {
        page_open(page, "ul", NULL);
        for (gsize k = 0; k < input->changes; k++)
            page_put(page, "li", NULL, "%s", input->change[k]);
        page_close(page);
    }
    page_close(page);
}

/* --- data --------------------------------------------------------------------- */

/* How old it is, in words; the caller frees it. */
static char *age_said(const BriefInput *input, const BriefSource *source)
{
    if (source->fresh.newest_fact == INSTANT_NONE)
        return g_strdup("no data");
    g_autofree char *age = words_age(facts_source_age(input, source));
    return g_strdup_printf(facts_feed_flows(source->fresh.feed) ? "%s old" : "read %s ago", age);
}

/* Feeds of one source that are alike are told together. */
static gboolean alike(const BriefInput *input, const BriefSource *a, const BriefSource *b)
{
    g_autofree char *said = age_said(input, a), *other = age_said(input, b);
    return g_str_equal(a->fresh.source, b->fresh.source) && g_str_equal(said, other) && facts_source_light(input, a) == facts_source_light(input, b) &&
           a->fresh.failures == b->fresh.failures;
}

static gboolean told_before(const BriefInput *input, gsize source)
{
    for (gsize s = 0; s < source; s++)
        if (alike(input, &input->source[s], &input->source[source]))
            return TRUE;
    return FALSE;
}

static void put_source(Page *page, const Facts *facts, const BriefSource *source)
{
    const BriefInput *input = facts->input;
    g_autofree char *said = age_said(input, source);
    g_autoptr(GString) feeds = g_string_new(NULL);
    for (gsize s = 0; s < input->sources; s++)
        if (alike(input, source, &input->source[s]))
            g_string_append_printf(feeds, "%s%s", feeds->len > 0 ? ", " : "", feed_shape[input->source[s].fresh.feed].name);
    page_open(page, "li", NULL);
    section_light(page, facts_source_light(input, source), said);
    page_text(page, " %s", source->fresh.source);
    if (!g_str_equal(source->fresh.source, feeds->str))
        page_text(page, ": %s", feeds->str);
    if (source->fresh.failures > 0)
        page_put(page, "small", NULL, " (the last %u %s)", source->fresh.failures, source->fresh.failures == 1 ? "pull failed" : "pulls failed");
    page_close(page);
}

void section_freshness(Page *page, const Facts *facts)
{
    const BriefInput *input = facts->input;
    page_open(page, "section", "fresh");
    page_put(page, "h2", NULL, "How fresh the data are");
    if (input->sources == 0)
        page_put(page, "p", NULL, "No source has been read yet.");
    page_open(page, "ul", "plain");
    for (gsize s = 0; s < input->sources; s++)
        if (!told_before(input, s))
            put_source(page, facts, &input->source[s]);
    page_close(page);
    page_close(page);
}

static void put_trouble(Page *page, const BriefSource *source)
{
    const SourceFreshness *fresh = &source->fresh;
    if (fresh->quarantined > 0)
        page_put(page, "li", NULL, "%s, %s: %" G_GUINT64_FORMAT " rows are set apart because they cannot be.", fresh->source, feed_shape[fresh->feed].name, fresh->quarantined);
    if (fresh->failures > 0 && fresh->message != NULL)
        page_put(page, "li", NULL, "%s, %s: %s", fresh->source, feed_shape[fresh->feed].name, fresh->message);
}

void section_data(Page *page, const Facts *facts)
{
    const BriefInput *input = facts->input;
    gsize mended = input->mended[MEND_GAP] + input->mended[MEND_ABSURD] + input->mended[MEND_CLOCK];
    page_open(page, "section", NULL);
    page_put(page, "h2", NULL, "About the data");
    page_open(page, "ul", NULL);
    for (gsize s = 0; s < input->sources; s++)
        put_trouble(page, &input->source[s]);
    static const char *const what[MENDS] = {[MEND_GAP] = "are missing", [MEND_ABSURD] = "were taken out because they cannot be",
                                            [MEND_CLOCK] = "are hours skipped or doubled by the clock"};
    page_open(page, "li", NULL);
    page_text(page, mended == 0 ? "Every value of the history is as reported" : "Of the values behind the forecasts ");
    for (Mend kind = MEND_GAP, told = MEND_NONE; kind < MENDS; kind++)
        if (input->mended[kind] > 0) {
            page_text(page, "%s%" G_GSIZE_FORMAT " %s", told != MEND_NONE ? ", " : "", input->mended[kind], what[kind]);
            told = kind;
        }
    page_text(page, ".");
    page_close(page);
    for (gsize k = 0; k < input->remarks; k++)
        page_put(page, "li", NULL, "%s", input->remark[k]);
    page_close(page);
    page_close(page);
}

/* --- the foot ------------------------------------------------------------------ */

void section_definitions(Page *page)
{
    page_open(page, "section", "notes");
    page_put(page, "h2", NULL, "What the numbers mean");
    page_open(page, "ol", NULL);
    for (int k = 1; k < NOTES; k++) {
        g_autofree char *id = g_strdup_printf("d%d", k);
        page_open(page, "li", NULL);
        page_attribute(page, "id", id);
        page_text(page, "%s", section_definition[k]);
        page_close(page);
    }
    page_close(page);
    page_close(page);
}

gboolean section_note_is_new(const BriefInput *input, gsize source)
{
    const char *note = input->source[source].note;
    for (gsize s = 0; s < source; s++)
        if (g_strcmp0(input->source[s].note, note) == 0)
            return FALSE;
    return note != NULL && g_strcmp0(note, input->note) != 0;
}

void section_provenance(Page *page, const Facts *facts)
{
    const BriefInput *input = facts->input;
    page_open(page, "section", "notes");
    page_put(page, "h2", NULL, "Where this comes from");
    if (input->note != NULL)
        page_put(page, "p", NULL, "Data: %s", input->note);
    for (gsize s = 0; s < input->sources; s++)
        if (section_note_is_new(input, s))
            page_put(page, "p", NULL, "Source %s: %s", input->source[s].fresh.source, input->source[s].note);
    for (gsize k = 0; k < input->model_notes; k++)
        page_put(page, "p", NULL, "%s", input->model_note[k]);
    page_open(page, "p", NULL);
    if (input->run_id > 0)
        page_text(page, "Run %" G_GINT64_FORMAT ".", input->run_id);
    else
        page_text(page, "Not published: a trial run.");
    if (input->program_version != NULL)
        page_text(page, " Wardcast %s.", input->program_version);
    if (input->model_hash != NULL)
        page_text(page, " Models %.12s.", input->model_hash);
    if (input->config_hash != NULL)
        page_text(page, " Settings %.12s.", input->config_hash);
    page_text(page, " Advice only: nothing here acts by itself.");
    page_close(page);
    page_close(page);
}
