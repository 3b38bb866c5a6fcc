#include "daemon/report/brief.h"

#include "forecast/plan/shift.h"

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <string.h>

/* A made-up group: as many facilities and units as asked, a sine for a census,
 * and sample paths around it.  With WARDCAST_BRIEF_DIR set the pages are left
 * there to look at. */

enum { HOURS = 73, PATHS = 200, TAIL = 24 * 14 };

typedef struct {
    BriefInput input;
    Calendar *calendar;
    PlanSettings settings;
    GPtrArray *keep;       /* everything allocated */
    GArray *facility;      /* BriefFacility */
    GArray *forecast;      /* BriefForecast */
    GPtrArray *plans, *series, *outlooks;
    GArray *shifts;
    Instant hour_at[HOURS];
    BriefSource source[3];
    ScoreRow score[4];
} World;

static gpointer keep(World *world, gpointer block)
{
    g_ptr_array_add(world->keep, block);
    return block;
}

static void add_rule(World *world, const char *kind, const char *role, double ratio, guint floor, const char *to)
{
    static char *nobody[] = {NULL};
    PlanRule *rule = keep(world, g_new0(PlanRule, 1));
    *rule = (PlanRule){.kind = (char *)kind, .role = (char *)role, .patients_per_nurse = ratio, .floor = floor, .cost_short = 4, .cost_idle = 1,
                       .may_send_to = nobody, .escalation_beds = 2};
    if (to != NULL) {
        rule->may_send_to = keep(world, g_new0(char *, 2));
        rule->may_send_to[0] = (char *)to;
    }
    g_ptr_array_add(world->settings.rules, rule);
}

static void add_shift(World *world, const char *name, guint starts, guint ends)
{
    PlanShift *shift = keep(world, g_new0(PlanShift, 1));
    *shift = (PlanShift){(char *)name, starts, ends};
    g_ptr_array_add(world->settings.shifts, shift);
}

static World *world_new(void)
{
    World *world = g_new0(World, 1);
    g_autoptr(GError) error = NULL;
    world->calendar = calendar_new("America/New_York", NULL, &error);
    g_assert_no_error(error);
    world->keep = g_ptr_array_new_with_free_func(g_free);
    world->facility = g_array_new(FALSE, FALSE, sizeof(BriefFacility));
    world->forecast = g_array_new(FALSE, FALSE, sizeof(BriefForecast));
    world->plans = g_ptr_array_new_with_free_func((GDestroyNotify)plan_free);
    world->series = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    world->outlooks = g_ptr_array_new_with_free_func((GDestroyNotify)outlook_free);
    world->settings.rules = g_ptr_array_new();
    world->settings.shifts = g_ptr_array_new();
    world->settings.paths = PATHS;
    world->settings.over_limit = 0.2;
    Instant morning = calendar_instant(world->calendar, GRAIN_HOUR, 24 * grain_day_of_date(2026, 11, 23) + 6);
    for (gsize h = 0; h < HOURS; h++)
        world->hour_at[h] = morning + (Instant)h * INSTANT_HOUR;
    world->input = (BriefInput){.group = "st-agnes", .name = "St Agnes Hospitals", .calendar = world->calendar, .as_of = morning, .slot = morning,
                                .over_limit = 0.2, .scored_as_of = INSTANT_NONE, .previous_as_of = INSTANT_NONE};
    return world;
}

static void world_free(World *world)
{
    g_ptr_array_unref(world->keep);
    g_array_unref(world->facility);
    g_array_unref(world->forecast);
    g_ptr_array_unref(world->plans);
    g_ptr_array_unref(world->series);
    g_ptr_array_unref(world->outlooks);
    g_clear_pointer(&world->shifts, g_array_unref);
    g_ptr_array_unref(world->settings.rules);
    g_ptr_array_unref(world->settings.shifts);
    calendar_free(world->calendar);
    g_free(world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static const BriefInput *world_input(World *world)
{
    world->input.facility = (const BriefFacility *)(const void *)world->facility->data;
    world->input.facilities = world->facility->len;
    world->input.forecast = (const BriefForecast *)(const void *)world->forecast->data;
    world->input.forecasts = world->forecast->len;
    return &world->input;
}

static double wave(const PlanUnit *unit, double hour)
{
    return unit->census * (1 + 0.05 * sin(hour / 24 * 2 * G_PI)) + 0.02 * hour;
}

static Series *add_series(World *world, const PlanUnit *unit, Grain grain, gsize length)
{
    gint64 now = calendar_step(world->calendar, grain, world->input.as_of);
    Series *series = series_new(unit->unit, grain, now - (gint64)length + 1, length);
    for (gsize t = 0; t < length; t++)
        series->value[t] = round(wave(unit, (double)(t + 1) - (double)length) + 2 * sin((double)(t * t)));
    if (length > 30)
        series->value[length - 14] = series->value[length - 15] = series->value[length - 30] = MISSING;
    series->counts = TRUE;
    g_ptr_array_add(world->series, series);
    return series;
}

static Outlook *add_outlook(World *world, const PlanUnit *unit, const Series *series, gsize horizon)
{
    Outlook *outlook = outlook_new("wardcast", series->start + (gint64)series->length, horizon);
    for (gsize h = 0; h < horizon; h++) {
        outlook->mean[h] = wave(unit, (double)h + 1);
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
            outlook->quantile[h * OUTLOOK_LEVELS + k] = outlook->mean[h] + outlook_probit[k] * sqrt(unit->census * ((double)h + 1)) * 0.12;
    }
    g_ptr_array_add(world->outlooks, outlook);
    return outlook;
}

static float *add_paths(World *world, const PlanUnit *unit)
{
    float *path = keep(world, g_new(float, PATHS * HOURS));
    for (gsize p = 0; p < PATHS; p++)
        for (gsize h = 0; h < HOURS; h++)
            path[p * HOURS + h] = (float)round(wave(unit, (double)h) + sqrt(unit->census * ((double)h + 1)) * 0.12 * (((double)p + 0.5) / PATHS - 0.5) * 4);
    return path;
}

static void add_facility(World *world, const char *id, const char *name, PlanUnit *unit, gsize units, Grain grain, const PlanRoster *roster, gsize rosters)
{
    g_autoptr(GError) error = NULL;
    for (gsize u = 0; u < units; u++) {
        Series *series = add_series(world, &unit[u], grain, grain == GRAIN_HOUR ? TAIL : 60);
        Outlook *outlook = unit[u].status == ROW_WITHHELD ? NULL : add_outlook(world, &unit[u], series, grain == GRAIN_HOUR ? 72 : 14);
        BriefForecast forecast = {id, unit[u].unit, "census", series, outlook, unit[u].staffed, unit[u].status, unit[u].reason};
        g_array_append_val(world->forecast, forecast);
        unit[u].path = outlook ? add_paths(world, &unit[u]) : NULL;
    }
    g_clear_pointer(&world->shifts, g_array_unref);
    world->shifts = shift_windows(&world->settings, world->calendar, world->input.as_of, world->hour_at, HOURS);
    PlanInput input = {.facility = id, .as_of = world->input.as_of, .paths = PATHS, .hours = HOURS, .hour_at = world->hour_at, .next_morning = 26,
                       .unit = unit, .units = units, .roster = roster, .rosters = rosters,
                       .shift = (const PlanShiftWindow *)(const void *)world->shifts->data, .shifts = world->shifts->len, .settings = &world->settings};
    Plan *plan = plan_new(&input, &error);
    g_assert_no_error(error);
    g_ptr_array_add(world->plans, plan);
    BriefFacility facility = {id, name, plan, unit, units};
    g_array_append_val(world->facility, facility);
}

static void add_hospital(World *world)
{
    static const struct {
        const char *unit, *name, *kind;
        double staffed, census;
    } ward[] = {
        {"ed", "Emergency", "ed", 30, 22}, {"icu", "Intensive care", "icu", 16, 15}, {"step", "Step-down", "medical", 20, 17},
        {"med-a", "Medical A", "medical", 28, 28}, {"med-b", "Medical B", "medical", 28, 24}, {"med-c", "Medical C", "medical", 26, 25},
        {"surg-a", "Surgical A", "surgical", 30, 23}, {"surg-b", "Surgical B", "surgical", 24, 19}, {"ortho", "Orthopaedics", "surgical", 22, 16},
        {"cardio", "Cardiology", "medical", 24, 23}, {"maternity", "Maternity", "maternity", 18, 11}, {"paeds", "Paediatrics", "paediatric", 20, 9},
    };
    PlanUnit *unit = keep(world, g_new0(PlanUnit, G_N_ELEMENTS(ward)));
    PlanRoster *roster = keep(world, g_new0(PlanRoster, 6 * G_N_ELEMENTS(ward)));
    gsize rosters = 0;
    static const char *const kinds[] = {"ed", "icu", "medical", "surgical", "maternity", "paediatric"};
    for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++)
        add_rule(world, kinds[k], "RN", k == 1 ? 2 : 5, 2, k == 2 ? "surgical" : NULL);
    add_shift(world, "day", 7 * 60, 19 * 60);
    add_shift(world, "night", 19 * 60, 7 * 60);
    for (gsize u = 0; u < G_N_ELEMENTS(ward); u++) {
        unit[u] = (PlanUnit){.unit = ward[u].unit, .name = ward[u].name, .kind = ward[u].kind, .staffed = ward[u].staffed, .physical = ward[u].staffed + 4,
                             .blocked = u == 3, .reserved = 0, .census = ward[u].census, .status = ROW_OK, .data_as_of = world->input.as_of};
        for (int s = 0; s < 6; s++) {
            Instant starts = world->input.as_of + INSTANT_HOUR + (Instant)s * 12 * INSTANT_HOUR;
            roster[rosters++] = (PlanRoster){ward[u].unit, "RN", starts, starts + 12 * INSTANT_HOUR, ceil(ward[u].census / (u == 1 ? 2 : 5)) + (u % 3 == 0 ? -1 : u % 3 == 1 ? 1 : 0)};
        }
    }
    unit[10].status = ROW_STALE;
    unit[10].reason = "the newest fact of source adt is 3 h old";
    unit[11].status = ROW_WITHHELD;
    unit[11].reason = "the newest fact of source adt is 15 h old";
    add_facility(world, "main", "St Agnes Main", unit, G_N_ELEMENTS(ward), GRAIN_HOUR, roster, rosters);
}

static void add_history(World *world)
{
    static const char *const miss[] = {"Medical A: 31 patients came at Sun 22 18:00, 27 were expected (24 to 29 in 95 of 100)",
                                       "Emergency: 12 arrivals at Sun 22 03:00, 5 were expected"};
    static const char *const alarm[] = {"med-a census: what came has been above the forecasts since about 2026-02-10: the level has shifted"};
    static const char *const change[] = {"Cardiology: tomorrow 08:00 goes from 22 to 25 patients", "Roster of the night shift has 2 nurses more"};
    static const char *const remark[] = {"med-b: 2 of 412 events are patients leaving who were never seen to enter"};
    static const char *const note[] = {"Hourly series: a blend of ETS, ridge, LSTM and transformer; released on a backtest of 40 mornings."};
    Instant as_of = world->input.as_of;
    world->source[0] = (BriefSource){{.source = (char *)"adt", .feed = FEED_STAYS, .pulled_at = as_of, .newest_fact = as_of - 10 * 60 * INSTANT_SECOND, .rows = 51234}, 7200, 21600, "the hospital's ADT events"};
    world->source[1] = (BriefSource){{.source = (char *)"roster", .feed = FEED_ROSTER, .pulled_at = as_of - 9 * INSTANT_HOUR, .newest_fact = as_of - 20 * INSTANT_DAY, .rows = 900, .failures = 3, .message = (char *)"no answer within 30 s"}, 14400, 172800, NULL};
    world->source[2] = (BriefSource){{.source = (char *)"beds", .feed = FEED_BEDS, .pulled_at = as_of, .newest_fact = as_of - 40 * 60 * INSTANT_SECOND, .rows = 300, .quarantined = 2}, 7200, 21600, NULL};
    world->score[0] = (ScoreRow){"main", "med-a", "census", GRAIN_HOUR, as_of - INSTANT_DAY, as_of, 24, 1.5, 2.5, 0.5, 0.75, 0.4, MISSING, MISSING, MISSING, TRUE};
    world->score[1] = (ScoreRow){"main", "med-b", "census", GRAIN_HOUR, as_of - INSTANT_DAY, as_of, 24, 0.5, 1.5, 0.2, 0.85, -0.2, MISSING, MISSING, MISSING, TRUE};
    world->score[2] = (ScoreRow){"main", "ed", "arrivals", GRAIN_HOUR, as_of - INSTANT_DAY, as_of, 24, 2.0, MISSING, 0.6, 0.79, MISSING, MISSING, MISSING, MISSING, TRUE};
    world->score[3] = (ScoreRow){"main", "icu", "census", GRAIN_HOUR, as_of - INSTANT_DAY, as_of, 0, MISSING, MISSING, MISSING, MISSING, MISSING, MISSING, MISSING, MISSING, TRUE};
    BriefInput *input = &world->input;
    input->run_id = 1234;
    input->summary = "4 of 12 units are likely over their beds tomorrow 08:00; 5 shifts are short of nurses; 1 feed is late.";
    input->note = "Synthetic data, made up to show the program.";
    input->program_version = "0.1.0";
    input->model_hash = "0123456789abcdef0123456789abcdef";
    input->config_hash = "fedcba9876543210";
    input->source = world->source, input->sources = 3;
    input->score = world->score, input->scores = 4;
    input->scored_as_of = as_of - INSTANT_DAY;
    input->miss = miss, input->misses = 2;
    input->alarm = alarm, input->alarms = 1;
    input->previous_as_of = as_of - 12 * INSTANT_HOUR;
    input->change = change, input->changes = 2;
    input->remark = remark, input->remarks = 1;
    input->model_note = note, input->model_notes = 1;
    input->mended[MEND_GAP] = 31, input->mended[MEND_ABSURD] = 2, input->mended[MEND_CLOCK] = 4;
}

/* --- reading the page back ----------------------------------------------------- */

static void leave(const char *name, const char *text)
{
    const char *folder = g_getenv("WARDCAST_BRIEF_DIR");
    if (folder == NULL)
        return;
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

typedef struct {
    xmlDocPtr doc;
    xmlXPathContextPtr path;
} Html;

/* Strictly, as XML: what the writer closes must be closed. */
static Html parse(const char *html)
{
    g_assert_true(g_str_has_prefix(html, "<!DOCTYPE html>\n"));
    Html page = {.doc = xmlReadMemory(html, (int)strlen(html), "brief.html", "UTF-8", XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_HUGE)};
    g_assert_nonnull(page.doc);
    page.path = xmlXPathNewContext(page.doc);
    return page;
}

static void html_clear(Html *page)
{
    xmlXPathFreeContext(page->path);
    xmlFreeDoc(page->doc);
}

static double number(const Html *page, const char *expression)
{
    xmlXPathObjectPtr result = xmlXPathEvalExpression(BAD_CAST expression, page->path);
    g_assert_nonnull(result);
    double value = xmlXPathCastToNumber(result);
    xmlXPathFreeObject(result);
    return value;
}

static char *words(const Html *page, const char *expression)
{
    xmlXPathObjectPtr result = xmlXPathEvalExpression(BAD_CAST expression, page->path);
    g_assert_nonnull(result);
    xmlChar *text = xmlXPathCastToString(result);
    char *copy = g_strdup((const char *)text);
    xmlFree(text);
    xmlXPathFreeObject(result);
    return copy;
}

static void assert_says(const char *text, const char *wanted)
{
    if (strstr(text, wanted) == NULL)
        g_error("the brief does not say \"%s\"", wanted);
}

/* What every page must be, whatever it shows. */
static void assert_sane(const char *html)
{
    Html page = parse(html);
    g_assert_cmpfloat(number(&page, "count(//script|//iframe|//object|//embed|//link|//base|//form|//video|//audio)"), ==, 0);
    g_assert_cmpfloat(number(&page, "count(//@*[starts-with(name(), 'on')])"), ==, 0);
    g_assert_cmpfloat(number(&page, "count(//@*[contains(., '://')])"), ==, 0);
    g_assert_cmpfloat(number(&page, "count(//img[not(starts-with(@src, 'data:image/svg+xml;base64,')) or string-length(@alt) = 0])"), ==, 0);
    g_assert_cmpfloat(number(&page, "count(//a[not(starts-with(@href, '#'))])"), ==, 0);
    g_assert_cmpfloat(number(&page, "count(//a[not(substring(@href, 2) = //@id)])"), ==, 0);
    g_assert_cmpfloat(number(&page, "count(//meta[@http-equiv='Content-Security-Policy' and contains(@content, \"default-src 'none'\")])"), ==, 1);
    g_assert_cmpfloat(number(&page, "count(//h2[. = 'What was wrong yesterday'])"), ==, 1);
    g_assert_cmpfloat(number(&page, "count(//h1)"), ==, 1);
    g_assert_cmpfloat(number(&page, "count(//span[contains(@class, 'light') and string-length(.) < 4])"), ==, 0);
    g_autofree char *style = words(&page, "string(//style)");
    g_assert_null(strstr(style, "url("));
    g_assert_null(strstr(style, "&"));
    g_assert_null(strstr(style, "<"));
    html_clear(&page);
    htmlDocPtr lenient = htmlReadMemory(html, (int)strlen(html), "brief.html", "UTF-8", HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_RECOVER);
    g_assert_nonnull(lenient);
    xmlFreeDoc(lenient);
}

static void test_hospital(void)
{
    g_autoptr(World) world = world_new();
    add_hospital(world);
    add_history(world);
    g_autofree char *html = brief_html(world_input(world)), *text = brief_text(world_input(world));
    leave("hospital.html", html);
    leave("hospital.txt", text);
    assert_sane(html);
    Html page = parse(html);
    g_assert_cmpfloat(number(&page, "count(//table[@class='beds']/tbody/tr)"), ==, 12);
    g_assert_cmpfloat(number(&page, "count(//table[@class='beds']/tbody/tr[1]/td)"), ==, 6);
    g_assert_cmpfloat(number(&page, "count(//figure)"), ==, 12);
    /* Paper has room for nine, and says nine. */
    g_assert_cmpfloat(number(&page, "count(//figure[not(contains(@class, 'notprint'))])"), ==, 9);
    g_assert_cmpfloat(number(&page, "count(//p[contains(@class, 'onlyprint') and starts-with(., 'The 9 most pressing of')])"), ==, 1);
    g_assert_cmpfloat(number(&page, "count(//table[contains(@class, 'staff')]/tbody/tr)"), ==, 11); /* one is withheld */
    g_autofree char *title = words(&page, "string(//h1)"), *as_of = words(&page, "string(//p[@class='asof']/b)");
    g_assert_cmpstr(title, ==, "St Agnes Hospitals");
    g_assert_cmpstr(as_of, ==, "Mon 23 Nov 2026, 06:00");
    /* 24 steps off by 1.5 and 24 off by 0.5 are off by 1 on average. */
    g_autofree char *off = words(&page, "string(//table[@class='scores']/tbody/tr[1]/td[1])"), *naive = words(&page, "string(//table[@class='scores']/tbody/tr[1]/td[2])");
    g_autofree char *bias = words(&page, "string(//table[@class='scores']/tbody/tr[1]/td[3])"), *band = words(&page, "string(//table[@class='scores']/tbody/tr[1]/td[4])");
    g_assert_cmpstr(off, ==, "1.0");
    g_assert_cmpstr(naive, ==, "2.0");
    g_assert_cmpstr(bias, ==, "+0.1");
    g_assert_cmpstr(band, ==, "80 %");
    html_clear(&page);
    assert_says(html, "the newest fact of source adt is 15 h old");
    assert_says(html, "no answer within 30 s");
    assert_says(html, "<li>med-a census: what came has been above the forecasts");
    assert_says(html, "31 are missing, 2 were taken out because they cannot be, 4 are hours skipped or doubled by the clock.");
    assert_says(html, "Synthetic data, made up to show the program.");
    assert_says(html, "Medical A: 31 patients came");
    assert_says(html, "Cardiology: tomorrow 08:00 goes from 22 to 25 patients");
    assert_says(text, "Medical A: 31 patients came");
    assert_says(text, "No longer as forecast");
    assert_says(text, "med-a census: what came has been above the forecasts");
    assert_says(text, "roster (roster): LATE, read 9 h ago");
}

/* The chances and beds on the page are those of the plan. */
static void test_numbers_are_the_plans(void)
{
    g_autoptr(World) world = world_new();
    add_hospital(world);
    const Plan *plan = g_array_index(world->facility, BriefFacility, 0).plan;
    BedRow *row = &g_array_index(plan->beds, BedRow, BED_HORIZONS - 1); /* of the first unit, tomorrow 08:00 */
    row->over = 0.37;
    row->net_p50 = 3;
    row->net_p10 = -2;
    row->census_p90 = 31.2;
    g_autofree char *html = brief_html(world_input(world));
    Html page = parse(html);
    g_autofree char *cell = words(&page, "string(//table[@class='beds']/tbody/tr[1]/td[5])"), *needed = words(&page, "string(//table[@class='beds']/tbody/tr[1]/td[6])");
    g_assert_cmpstr(cell, ==, "\xe2\x96\xb2 37 %+3 (\xe2\x88\x92" "2)");
    g_assert_cmpstr(needed, ==, "at least 32");
    html_clear(&page);
}

/* Six feeds of one source that are alike are one line, its note is told once, and one bed is a bed. */
static void test_said_once(void)
{
    g_autoptr(World) world = world_new();
    add_hospital(world);
    Instant as_of = world->input.as_of;
    for (int s = 0; s < 3; s++)
        world->source[s] = (BriefSource){{.source = (char *)"tables", .feed = s == 0 ? FEED_UNITS : s == 1 ? FEED_ROSTER : FEED_BEDS, .pulled_at = as_of, .newest_fact = as_of - INSTANT_DAY}, 0, 0, "the hospital's tables"};
    world->input.source = world->source, world->input.sources = 3;
    MoveRow move[] = {{.from = "icu", .beds = 1, .target_at = as_of, .trace = g_strdup("one")}, {.from = "icu", .to = "step", .beds = 2, .target_at = as_of, .trace = g_strdup("two")}};
    g_array_append_vals(g_array_index(world->facility, BriefFacility, 0).plan->moves, move, 2);
    g_autofree char *html = brief_html(world_input(world)), *text = brief_text(world_input(world));
    assert_sane(html);
    assert_says(html, "read &lt;1 min ago</span> tables: units, roster, beds</li></ul>");
    const char *note = strstr(text, "the hospital's tables");
    g_assert_nonnull(note);
    g_assert_null(strstr(note + 1, "the hospital's tables"));
    assert_says(text, "open 1 bed\n");
    assert_says(text, "send 2 patients to Step-down\n");
}

/* Of the units that are tight or over, the worst first and no more than six; of the others nothing. */
static void test_explanations(void)
{
    g_autoptr(World) world = world_new();
    add_hospital(world);
    g_autofree char *before = brief_html(world_input(world)), *before_text = brief_text(world_input(world));
    g_assert_null(strstr(before, "against the usual"));
    g_assert_null(strstr(before_text, "against the usual"));
    const BriefFacility *facility = &g_array_index(world->facility, BriefFacility, 0);
    for (guint k = 0; k < facility->plan->beds->len; k++) {
        BedRow *row = &g_array_index(facility->plan->beds, BedRow, k);
        if (row->horizon != BED_HORIZONS - 1 || row->status == ROW_WITHHELD)
            continue;
        gboolean first = row->unit == facility->unit[0].unit, second = row->unit == facility->unit[1].unit;
        row->over = first ? 0.97 : second ? 0.99 : row->over;
        row->explanation = g_strdup(first ? "2 fewer than on a usual Tuesday 08:00 (26): -3 day after Memorial Day, +1 season" : "as many as on a usual Tuesday 08:00 (16)");
        row->census_p50 = first ? 24 : row->census_p50;
    }
    g_autofree char *html = brief_html(world_input(world)), *text = brief_text(world_input(world));
    assert_sane(html);
    Html page = parse(html);
    g_autofree char *first = words(&page, "string(//ul[@class='plain told']/li[2])");
    g_assert_cmpstr(first, ==, "Emergency: 24 patients for 30 beds, 2 fewer than on a usual Tuesday 08:00 (26): \xe2\x88\x92" "3 day after Memorial Day, +1 season.");
    g_assert_cmpfloat(number(&page, "count(//ul[@class='plain told']/li[1][starts-with(., 'Intensive care: ')])"), ==, 1);
    g_assert_cmpfloat(number(&page, "count(//ul[@class='plain told']/li)"), ==, 6);
    g_assert_cmpfloat(number(&page, "count(//ul[@class='plain told']/li[starts-with(., 'Paediatrics')])"), ==, 0);
    html_clear(&page);
    assert_says(text, "Tomorrow 08:00 against the usual");
    assert_says(text, "- Emergency: 24 patients for 30 beds, 2 fewer than on a usual Tuesday 08:00");
}

static void test_many_facilities(void)
{
    enum { STATES = 54 };
    g_autoptr(World) world = world_new();
    for (int s = 0; s < STATES; s++) {
        PlanUnit *unit = keep(world, g_new0(PlanUnit, 1));
        char *id = keep(world, g_strdup_printf("US-%c%c", 'A' + s / 26, 'A' + s % 26));
        double census = 700 + 130.0 * s;
        *unit = (PlanUnit){.unit = "state", .name = "All hospitals", .kind = "state", .staffed = census * (1.02 + 0.008 * ((s * 7) % 54)), .physical = MISSING, .blocked = MISSING,
                           .reserved = MISSING, .census = census, .status = ROW_OK, .data_as_of = world->input.as_of};
        add_facility(world, id, NULL, unit, 1, GRAIN_DAY, NULL, 0);
    }
    world->input.name = "US states";
    world->input.summary = "3 of 54 states are likely to be over tomorrow.";
    g_autofree char *html = brief_html(world_input(world)), *text = brief_text(world_input(world));
    leave("states.html", html);
    leave("states.txt", text);
    assert_sane(html);
    Html page = parse(html);
    g_assert_cmpfloat(number(&page, "count(//section/table/tbody/tr)"), ==, 20);
    g_assert_cmpfloat(number(&page, "count(//details/table/tbody/tr)"), ==, STATES - 20);
    g_assert_cmpfloat(number(&page, "count(//figure)"), ==, 6);
    html_clear(&page);
    /* The worst first: the first state of the page has the least room, 2 % above its census. */
    const char *first = strstr(text, "US-"), *second = first ? strstr(first + 1, "US-") : NULL;
    g_assert_true(first != NULL && second != NULL && g_str_has_prefix(strstr(first, "\n") + 1, "US-"));
    assert_says(text, "and 34 others, none more likely to be over.");
}

/* Told once below the table, not at each of twelve units. */
static void test_common_status(void)
{
    g_autoptr(World) world = world_new();
    add_hospital(world);
    PlanUnit *unit = (PlanUnit *)g_array_index(world->facility, BriefFacility, 0).unit;
    for (gsize u = 0; u < 12; u++) {
        unit[u].status = ROW_FALLBACK;
        unit[u].reason = "no trained release";
    }
    GArray *beds = g_array_index(world->facility, BriefFacility, 0).plan->beds;
    for (guint k = 0; k < beds->len; k++)
        g_array_index(beds, BedRow, k).status = ROW_FALLBACK;
    g_autofree char *html = brief_html(world_input(world));
    Html page = parse(html);
    g_assert_cmpfloat(number(&page, "count(//table[@class='beds']//*[contains(@class, 'status')])"), ==, 0);
    g_autofree char *told = words(&page, "string(//p[@class='lead'][starts-with(., 'All units')])");
    g_assert_cmpstr(told, ==, "All units fallback: no trained release.10");
    html_clear(&page);
}

/* An emergency department that only counts arrivals: 3.5 an hour for three days. */
static void test_arrivals_only(void)
{
    g_autoptr(World) world = world_new();
    PlanUnit *unit = keep(world, g_new0(PlanUnit, 1));
    *unit = (PlanUnit){.unit = "ed", .name = "Emergency", .kind = "ed", .staffed = MISSING, .physical = MISSING, .blocked = MISSING, .reserved = MISSING,
                       .census = MISSING, .status = ROW_WITHHELD, .reason = "no census is known for this unit", .data_as_of = world->input.as_of};
    PlanUnit counted = *unit;
    counted.census = 4;
    Series *series = add_series(world, &counted, GRAIN_HOUR, TAIL);
    series->flow = TRUE;
    Outlook *outlook = add_outlook(world, &counted, series, 72);
    for (gsize h = 0; h < 72; h++)
        outlook->mean[h] = 3.5;
    BriefForecast forecast = {"main", "ed", "arrivals", series, outlook, MISSING, ROW_OK, NULL};
    g_array_append_val(world->forecast, forecast);
    BriefFacility facility = {"main", "Main", NULL, unit, 1};
    g_array_append_val(world->facility, facility);
    g_autofree char *html = brief_html(world_input(world)), *text = brief_text(world_input(world));
    assert_says(text, "No beds are known in this group.");
    assert_says(text, "- Emergency: about 14, 42 and 84 arrivals in the next 4, 12 and 24 hours");
    leave("arrivals.html", html);
    assert_sane(html);
    Html page = parse(html);
    g_assert_cmpfloat(number(&page, "count(//table[@class='beds'])"), ==, 0);
    g_assert_cmpfloat(number(&page, "count(//figure)"), ==, 1);
    g_autofree char *four = words(&page, "string(//table[@class='flows']/tbody/tr/td[1])"), *day = words(&page, "string(//table[@class='flows']/tbody/tr/td[3])");
    g_assert_cmpstr(four, ==, "14");
    g_assert_cmpstr(day, ==, "84");
    html_clear(&page);
}

static void test_nothing(void)
{
    g_autoptr(World) world = world_new();
    g_autofree char *html = brief_html(world_input(world)), *text = brief_text(world_input(world));
    leave("nothing.html", html);
    assert_sane(html);
    static const char *const says[] = {"No source has been read yet", "No unit is known yet", "Nothing can be scored yet", "This is the first run", "No staffing numbers"};
    for (gsize k = 0; k < G_N_ELEMENTS(says); k++) {
        assert_says(html, says[k]);
        assert_says(text, says[k]);
    }
}

static void test_hostile(void)
{
    static const char evil[] = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;\x01\x1b[31m\xff\xef\xbf\xbf{{x}} javascript:alert(3)";
    g_autoptr(World) world = world_new();
    PlanUnit *unit = keep(world, g_new0(PlanUnit, 1));
    *unit = (PlanUnit){.unit = evil, .name = evil, .kind = evil, .staffed = 10, .physical = 12, .blocked = 0, .reserved = 0, .census = 9, .status = ROW_STALE,
                       .reason = evil, .data_as_of = world->input.as_of};
    add_facility(world, evil, evil, unit, 1, GRAIN_HOUR, NULL, 0);
    add_history(world);
    BriefInput *input = (BriefInput *)world_input(world);
    const char *const evils[] = {evil};
    input->name = input->group = input->summary = input->note = evil;
    input->miss = input->change = input->remark = input->model_note = evils;
    input->misses = input->changes = input->remarks = input->model_notes = 1;
    input->alarm = evils;
    input->alarms = 1;
    world->source[1].fresh.message = world->source[1].fresh.source = (char *)evil;
    world->source[2].note = evil;
    g_autofree char *html = brief_html(input), *text = brief_text(input);
    leave("hostile.html", html);
    assert_sane(html);
    g_assert_null(strstr(html, "<script"));
    g_assert_null(strstr(html, "<img src=x"));
    g_assert_true(g_utf8_validate(html, -1, NULL) && g_utf8_validate(text, -1, NULL));
    for (const char *c = text; *c; c++)
        g_assert_true(!g_ascii_iscntrl(*c) || *c == '\n');
    assert_says(html, "&lt;script&gt;alert(1)&lt;/script&gt;");
}

static void test_text_width(void)
{
    g_autoptr(World) world = world_new();
    add_hospital(world);
    add_history(world);
    g_autofree char *text = brief_text(world_input(world));
    g_auto(GStrv) line = g_strsplit(text, "\n", -1);
    for (gsize k = 0; line[k]; k++)
        g_assert_cmpint(g_utf8_strlen(line[k], -1), <=, 78);
}

static void test_same_bytes(void)
{
    char *page[2];
    for (int k = 0; k < 2; k++) {
        g_autoptr(World) world = world_new();
        add_hospital(world);
        add_history(world);
        page[k] = brief_text(world_input(world));
    }
    g_assert_cmpstr(page[0], ==, page[1]);
    g_free(page[0]);
    g_free(page[1]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/report/brief/a-hospital-of-twelve-units-has-all-its-parts", test_hospital);
    g_test_add_func("/daemon/report/brief/its-numbers-are-those-of-the-plan", test_numbers_are_the_plans);
    g_test_add_func("/daemon/report/brief/what-is-alike-is-said-once", test_said_once);
    g_test_add_func("/daemon/report/brief/the-most-pressing-units-say-why-tomorrow-is-unusual", test_explanations);
    g_test_add_func("/daemon/report/brief/many-facilities-share-one-table-the-worst-first", test_many_facilities);
    g_test_add_func("/daemon/report/brief/what-holds-for-all-units-is-said-once", test_common_status);
    g_test_add_func("/daemon/report/brief/arrivals-without-beds-are-summed-and-drawn", test_arrivals_only);
    g_test_add_func("/daemon/report/brief/nothing-known-is-said-in-words", test_nothing);
    g_test_add_func("/daemon/report/brief/hostile-names-stay-text", test_hostile);
    g_test_add_func("/daemon/report/brief/plain-text-fits-a-terminal", test_text_width);
    g_test_add_func("/daemon/report/brief/the-same-input-gives-the-same-text", test_same_bytes);
    return g_test_run();
}
