#include "tests/unit/daemon/agnes.h"

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <string.h>

/* With WARDCAST_BRIEF_DIR set the pages are left there to look at. */

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
    g_autoptr(Agnes) agnes = agnes_new();
    agnes_add_hospital(agnes);
    agnes_add_history(agnes);
    g_autofree char *html = brief_html(agnes_input(agnes)), *text = brief_text(agnes_input(agnes));
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
    g_autoptr(Agnes) agnes = agnes_new();
    agnes_add_hospital(agnes);
    const Plan *plan = g_array_index(agnes->facility, BriefFacility, 0).plan;
    BedRow *row = &g_array_index(plan->beds, BedRow, BED_HORIZONS - 1); /* of the first unit, tomorrow 08:00 */
    row->over = 0.37;
    row->net_p50 = 3;
    row->net_p10 = -2;
    row->census_p90 = 31.2;
    g_autofree char *html = brief_html(agnes_input(agnes));
    Html page = parse(html);
    g_autofree char *cell = words(&page, "string(//table[@class='beds']/tbody/tr[1]/td[5])"), *needed = words(&page, "string(//table[@class='beds']/tbody/tr[1]/td[6])");
    g_assert_cmpstr(cell, ==, "\xe2\x96\xb2 37 %+3 (\xe2\x88\x92" "2)");
    g_assert_cmpstr(needed, ==, "at least 32");
    html_clear(&page);
}

/* Six feeds of one source that are alike are one line, its note is told once, and one bed is a bed. */
static void test_said_once(void)
{
    g_autoptr(Agnes) agnes = agnes_new();
    agnes_add_hospital(agnes);
    Instant as_of = agnes->input.as_of;
    for (int s = 0; s < 3; s++)
        agnes->source[s] = (BriefSource){{.source = (char *)"tables", .feed = s == 0 ? FEED_UNITS : s == 1 ? FEED_ROSTER : FEED_BEDS, .pulled_at = as_of, .newest_fact = as_of - INSTANT_DAY}, 0, 0, "the hospital's tables"};
    agnes->input.source = agnes->source, agnes->input.sources = 3;
    MoveRow move[] = {{.from = "icu", .beds = 1, .target_at = as_of, .trace = g_strdup("one")}, {.from = "icu", .to = "step", .beds = 2, .target_at = as_of, .trace = g_strdup("two")}};
    g_array_append_vals(g_array_index(agnes->facility, BriefFacility, 0).plan->moves, move, 2);
    g_autofree char *html = brief_html(agnes_input(agnes)), *text = brief_text(agnes_input(agnes));
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
    g_autoptr(Agnes) agnes = agnes_new();
    agnes_add_hospital(agnes);
    g_autofree char *before = brief_html(agnes_input(agnes)), *before_text = brief_text(agnes_input(agnes));
    g_assert_null(strstr(before, "against the usual"));
    g_assert_null(strstr(before_text, "against the usual"));
    const BriefFacility *facility = &g_array_index(agnes->facility, BriefFacility, 0);
    for (guint k = 0; k < facility->plan->beds->len; k++) {
        BedRow *row = &g_array_index(facility->plan->beds, BedRow, k);
        if (row->horizon != BED_HORIZONS - 1 || row->status == ROW_WITHHELD)
            continue;
        gboolean first = row->unit == facility->unit[0].unit, second = row->unit == facility->unit[1].unit;
        row->over = first ? 0.97 : second ? 0.99 : row->over;
        row->explanation = g_strdup(first ? "2 fewer than on a usual Tuesday 08:00 (26): -3 day after Memorial Day, +1 season" : "as many as on a usual Tuesday 08:00 (16)");
        row->census_p50 = first ? 24 : row->census_p50;
    }
    g_autofree char *html = brief_html(agnes_input(agnes)), *text = brief_text(agnes_input(agnes));
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
    g_autoptr(Agnes) agnes = agnes_new();
    for (int s = 0; s < STATES; s++) {
        PlanUnit *unit = agnes_keep(agnes, g_new0(PlanUnit, 1));
        char *id = agnes_keep(agnes, g_strdup_printf("US-%c%c", 'A' + s / 26, 'A' + s % 26));
        double census = 700 + 130.0 * s;
        *unit = (PlanUnit){.unit = "state", .name = "All hospitals", .kind = "state", .staffed = census * (1.02 + 0.008 * ((s * 7) % 54)), .physical = MISSING, .blocked = MISSING,
                           .reserved = MISSING, .census = census, .status = ROW_OK, .data_as_of = agnes->input.as_of};
        agnes_add_facility(agnes, id, NULL, unit, 1, GRAIN_DAY, NULL, 0);
    }
    agnes->input.name = "US states";
    agnes->input.summary = "3 of 54 states are likely to be over tomorrow.";
    g_autofree char *html = brief_html(agnes_input(agnes)), *text = brief_text(agnes_input(agnes));
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
    g_autoptr(Agnes) agnes = agnes_new();
    agnes_add_hospital(agnes);
    PlanUnit *unit = (PlanUnit *)g_array_index(agnes->facility, BriefFacility, 0).unit;
    for (gsize u = 0; u < 12; u++) {
        unit[u].status = ROW_FALLBACK;
        unit[u].reason = "no trained release";
    }
    GArray *beds = g_array_index(agnes->facility, BriefFacility, 0).plan->beds;
    for (guint k = 0; k < beds->len; k++)
        g_array_index(beds, BedRow, k).status = ROW_FALLBACK;
    g_autofree char *html = brief_html(agnes_input(agnes));
    Html page = parse(html);
    g_assert_cmpfloat(number(&page, "count(//table[@class='beds']//*[contains(@class, 'status')])"), ==, 0);
    g_autofree char *told = words(&page, "string(//p[@class='lead'][starts-with(., 'All units')])");
    g_assert_cmpstr(told, ==, "All units fallback: no trained release.10");
    html_clear(&page);
}

/* An emergency department that only counts arrivals: 3.5 an hour for three days. */
static void test_arrivals_only(void)
{
    g_autoptr(Agnes) agnes = agnes_new();
    PlanUnit *unit = agnes_keep(agnes, g_new0(PlanUnit, 1));
    *unit = (PlanUnit){.unit = "ed", .name = "Emergency", .kind = "ed", .staffed = MISSING, .physical = MISSING, .blocked = MISSING, .reserved = MISSING,
                       .census = MISSING, .status = ROW_WITHHELD, .reason = "no census is known for this unit", .data_as_of = agnes->input.as_of};
    PlanUnit counted = *unit;
    counted.census = 4;
    Series *series = agnes_add_series(agnes, &counted, GRAIN_HOUR, AGNES_TAIL);
    series->flow = TRUE;
    Outlook *outlook = agnes_add_outlook(agnes, &counted, series, 72);
    for (gsize h = 0; h < 72; h++)
        outlook->mean[h] = 3.5;
    BriefForecast forecast = {"main", "ed", "arrivals", series, outlook, MISSING, ROW_OK, NULL};
    g_array_append_val(agnes->forecast, forecast);
    BriefFacility facility = {"main", "Main", NULL, unit, 1};
    g_array_append_val(agnes->facility, facility);
    g_autofree char *html = brief_html(agnes_input(agnes)), *text = brief_text(agnes_input(agnes));
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
    g_autoptr(Agnes) agnes = agnes_new();
    g_autofree char *html = brief_html(agnes_input(agnes)), *text = brief_text(agnes_input(agnes));
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
    g_autoptr(Agnes) agnes = agnes_new();
    PlanUnit *unit = agnes_keep(agnes, g_new0(PlanUnit, 1));
    *unit = (PlanUnit){.unit = evil, .name = evil, .kind = evil, .staffed = 10, .physical = 12, .blocked = 0, .reserved = 0, .census = 9, .status = ROW_STALE,
                       .reason = evil, .data_as_of = agnes->input.as_of};
    agnes_add_facility(agnes, evil, evil, unit, 1, GRAIN_HOUR, NULL, 0);
    agnes_add_history(agnes);
    BriefInput *input = (BriefInput *)agnes_input(agnes);
    const char *const evils[] = {evil};
    input->name = input->group = input->summary = input->note = evil;
    input->miss = input->change = input->remark = input->model_note = evils;
    input->misses = input->changes = input->remarks = input->model_notes = 1;
    input->alarm = evils;
    input->alarms = 1;
    agnes->source[1].fresh.message = agnes->source[1].fresh.source = (char *)evil;
    agnes->source[2].note = evil;
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
    g_autoptr(Agnes) agnes = agnes_new();
    agnes_add_hospital(agnes);
    agnes_add_history(agnes);
    g_autofree char *text = brief_text(agnes_input(agnes));
    g_auto(GStrv) line = g_strsplit(text, "\n", -1);
    for (gsize k = 0; line[k]; k++)
        g_assert_cmpint(g_utf8_strlen(line[k], -1), <=, 78);
}

static void test_same_bytes(void)
{
    char *page[2];
    for (int k = 0; k < 2; k++) {
        g_autoptr(Agnes) agnes = agnes_new();
        agnes_add_hospital(agnes);
        agnes_add_history(agnes);
        page[k] = brief_text(agnes_input(agnes));
    }
    g_assert_cmpstr(page[0], ==, page[1]);
    g_free(page[0]);
    g_free(page[1]);
}

/* --- on paper ------------------------------------------------------------------ */

/* Take the block of rules that begins so out of a style. */
static char *take_rules(GString *style, const char *begins)
{
    const char *block = strstr(style->str, begins);
    g_assert_nonnull(block);
    gsize end = strlen(begins);
    for (int depth = 1; depth > 0; end++) {
        g_assert_true(block[end] != '\0');
        depth += (block[end] == '{') - (block[end] == '}');
    }
    char *rules = g_strndup(block, end);
    g_string_erase(style, block - style->str, (gssize)end);
    return rules;
}

/* Widths that do not give way, in pixels: the most a rule asks for. */
static double widest(const char *rules)
{
    static const char *const property[] = {"{width:", ";width:", "min-width:", "minmax(", "flex-basis:", "column-width:"};
    double most = 0;
    for (gsize k = 0; k < G_N_ELEMENTS(property); k++)
        for (const char *at = rules; (at = strstr(at, property[k])) != NULL;) {
            char *unit;
            double length = g_ascii_strtod(at += strlen(property[k]), &unit);
            if (!g_str_has_prefix(unit, "%"))
                most = MAX(most, length * (g_str_has_prefix(unit, "pt") ? 96.0 / 72 : g_str_has_prefix(unit, "em") ? 16 : 1));
        }
    return most;
}

/* Both A4 and Letter take it: no length is wider than the narrower sheet, no row and no
 * picture is torn, columns keep their names on the next sheet, and what is for a small
 * screen is not for a sheet, which is no wider than one. */
static void test_paper(void)
{
    g_autoptr(Agnes) agnes = agnes_new();
    agnes_add_hospital(agnes);
    agnes_add_history(agnes);
    g_autofree char *html = brief_html(agnes_input(agnes));
    Html page = parse(html);
    g_autofree char *text = words(&page, "string(//style)");
    g_autoptr(GString) style = g_string_new(text);
    g_autofree char *phone = take_rules(style, "@media screen and (max-width:720px){"), *paper = take_rules(style, "@media print{");
    g_assert_null(strstr(style->str, "@media"));
    g_string_append(style, paper); /* what holds on paper */
    g_autofree char *sheet = take_rules(style, "@page{");
    g_assert_null(strstr(sheet, "size:")); /* the reader's printer knows its paper */
    const char *sides = strstr(sheet, "mm ");
    g_assert_nonnull(sides);
    double room = (210 - 2 * g_ascii_strtod(sides + strlen("mm "), NULL)) / 25.4 * 96;
    g_assert_cmpfloat(room, >, 600);
    g_assert_cmpfloat(widest(style->str), >, 0);
    g_assert_cmpfloat(widest(style->str), <, room);
    g_assert_cmpfloat(number(&page, "count(//@style)"), ==, 0);
    g_assert_nonnull(strstr(paper, "max-width:none"));
    g_assert_nonnull(strstr(phone, "display:block"));
    g_assert_nonnull(strstr(style->str, "tr{break-inside:avoid}"));
    g_assert_nonnull(strstr(style->str, "figure{margin:0;break-inside:avoid}"));
    g_assert_cmpfloat(number(&page, "count(//table)"), >, 1);
    g_assert_cmpfloat(number(&page, "count(//table[not(thead/tr/th)])"), ==, 0);
    /* what unfolds on a screen cannot on paper: there it stands, or a hint to it */
    g_assert_nonnull(strstr(paper, "details{display:none}.onlyprint{display:block}"));
    g_assert_true(number(&page, "count(//details)") <= 0 || number(&page, "count(//*[contains(@class, 'onlyprint')])") > 0);
    html_clear(&page);
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
    g_test_add_func("/daemon/brief/a-sheet-of-paper-takes-it", test_paper);
    return g_test_run();
}
