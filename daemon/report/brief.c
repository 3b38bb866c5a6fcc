#include "daemon/report/brief.h"

#include "daemon/report/section.h"

/* One style for screen, phone and paper.  No quotes that need escaping, no
 * fonts or pictures from elsewhere.  Contrast of all text is at least 4.5:1. */
static const char style[] =
    "html{-webkit-text-size-adjust:100%}"
    "body{font:15px/1.4 system-ui,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;color:#1a1a1e;background:#fff;margin:0 auto;max-width:1120px;padding:14px 18px 40px}"
    "header{border-bottom:3px solid #004a80;padding-bottom:8px}"
    ".kicker{margin:0;color:#004a80;font-weight:700;font-size:13px;letter-spacing:.06em;text-transform:uppercase}"
    "h1{font-size:28px;line-height:1.15;margin:2px 0;overflow-wrap:anywhere}"
    "h2{font-size:18px;margin:26px 0 8px;color:#004a80;break-after:avoid}"
    "h3{font-size:14px;margin:8px 0 2px;break-after:avoid}"
    "sup{font-size:10px;font-weight:400;line-height:0}"
    "p{margin:6px 0}"
    ".asof{color:#45464d;margin:2px 0}"
    ".summary{font-size:17px;font-weight:600;margin:10px 0 0}"
    ".tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:10px;margin:14px 0 0}"
    ".tile{border:1px solid #c9ccd2;border-left-width:6px;border-radius:4px;padding:8px 10px}"
    ".tile b{display:block;font-size:24px;line-height:1.1}"
    ".tile.fits{border-left-color:#2f7fb8}.tile.tight{border-left-color:#c98a00}.tile.over{border-left-color:#b83a00}.tile.none{border-left-color:#77787d}"
    ".light{display:inline-block;white-space:nowrap;font-weight:700;padding:0 7px;border-radius:9px;border:1px solid}"
    ".light.fits{background:#e4f0f9;color:#0a4672;border-color:#9cc4e0}"
    ".light.tight{background:#fdedc9;color:#5f3d00;border-color:#d9a736}"
    ".light.over{background:#f9d7c9;color:#7c1f00;border-color:#c9582c}"
    ".light.none{background:#f1f1f3;color:#45464d;border-color:#b5b6ba}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:6px 8px 6px 0;border-bottom:1px solid #dcdee2}"
    "tbody th{overflow-wrap:break-word;min-width:6.5em}"
    "thead th{font-size:13px;color:#45464d;border-bottom:2px solid #9a9ca3;vertical-align:bottom}"
    "tr.facility th{font-size:16px;padding-top:14px;color:#004a80}"
    "th small{font-weight:400;color:#45464d;white-space:nowrap}"
    ".net{font-size:13px;color:#33343a;margin-left:6px;white-space:nowrap}.beds td{white-space:nowrap}"
    ".status{font-size:13px;color:#7c1f00;margin-left:6px}"
    ".now .value{display:flex;flex-wrap:wrap;gap:2px 10px;align-items:center}.now .count{white-space:nowrap;min-width:4.6em}"
    ".needed b,.scores th{white-space:nowrap}"
    "ul.trace,.lead{font-size:13px;color:#45464d}ul.trace{font-size:12px}"
    ".pair{display:grid;grid-template-columns:3fr 2fr;gap:0 28px}"
    "ul{margin:6px 0;padding-left:20px}li{overflow-wrap:anywhere}"
    "ul.plain{list-style:none;padding-left:0}"
    ".fresh h2{font-size:15px;margin:14px 0 4px}.fresh ul{display:flex;flex-wrap:wrap;gap:4px 18px;margin:0}"
    ".moves li{margin:2px 0;break-inside:avoid}"
    ".told{margin:2px 0}.told li{margin:1px 0;break-inside:avoid}"
    ".grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(270px,1fr));gap:14px}"
    "figure{margin:0;break-inside:avoid}figure img{width:100%;height:auto;display:block}"
    "figcaption{font-size:12px;color:#7c1f00}"
    ".legend{display:inline-block;margin:0 16px 6px 0;max-width:100%;height:auto}"
    "details{margin:8px 0}summary{cursor:pointer;color:#004a80}"
    ".notes{font-size:12.5px;color:#33343a}.notes h2{font-size:15px;margin-bottom:4px}.notes ol{padding-left:22px;margin:4px 0}"
    "a{color:#004a80}sup a{text-decoration:none;padding:0 2px}"
    ".onlyprint{display:none}"
    "tr{break-inside:avoid}"
    "@media screen and (max-width:720px){"
    "body{padding:10px 12px 30px}h1{font-size:24px}"
    ".tiles{grid-template-columns:1fr 1fr}"
    "table,tbody,th,td{display:block}thead{display:none}"
    "tbody tr{display:grid;grid-template-columns:1fr 1fr;gap:6px 12px;border:1px solid #c9ccd2;border-radius:6px;margin:0 0 10px;padding:8px 10px}"
    "tbody tr.facility{display:block;border:0;margin:0;padding:0}"
    "tbody th{border:0;font-size:17px;padding:0;grid-column:1/3}"
    "td{border:0;padding:0}"
    "td::before{content:attr(data-label);display:block;color:#45464d;font-size:12px}"
    ".beds .now{order:1}.beds .needed{order:2}.beds td{order:3}"
    ".beds td{white-space:normal}.net,.status{white-space:normal}.staff .net{display:block;margin:0}"
    ".pair{display:block}.scores td{font-size:15px}"
    "}"
    "@media print{"
    "@page{margin:9mm 11mm}"
    "*{-webkit-print-color-adjust:exact;print-color-adjust:exact}"
    "body{font-size:8.2pt;line-height:1.22;padding:0;max-width:none}"
    "h1{font-size:15pt}h2{font-size:10pt;margin:7pt 0 2pt}h3{font-size:8.2pt;margin:2pt 0 0}.kicker{font-size:7.5pt}.asof{margin:0}.summary{font-size:9.2pt;margin-top:3pt}"
    "header{padding-bottom:3pt;border-bottom-width:1.5pt}"
    ".tiles{margin-top:5pt;gap:5pt}.tile{padding:2pt 5pt;border-left-width:4pt}.tile b{display:inline;font-size:11pt;margin-right:3pt}"
    "th,td{padding:1pt 4pt 1pt 0}thead th{font-size:7.2pt}"
    "sup{font-size:5.6pt}"
    ".net,.status{font-size:7.4pt;margin-left:3pt}"
    ".light{padding:0 3.5pt;border-radius:5pt}"
    ".fresh h2{display:none}.fresh ul{margin-top:5pt}"
    ".now .value{flex-wrap:nowrap;gap:4pt}.now .count{min-width:4.2em}.now .bar{width:34pt;height:5pt}.now .spark{display:none}"
    ".coarse .now .spark{display:block;width:40pt;height:9pt}"
    ".notprint{display:none}.charts{break-inside:avoid}"
    "ul.trace,.lead{font-size:6.8pt}.moves,ul.trace{columns:2;column-gap:14pt}"
    ".grid{grid-template-columns:repeat(3,1fr);gap:4pt 8pt}.legend{height:11pt;margin:0 12pt 2pt 0}"
    "ul.trace{break-inside:avoid}ul.trace li:nth-child(n+4){display:none}"
    ".beds tbody th,.staff tbody th{white-space:nowrap;font-size:7.6pt;padding-right:6pt}.staff td{font-size:7.4pt}.staff .net{font-size:6.8pt;margin-left:2pt}"
    "tbody tr:nth-last-child(-n+2){break-before:avoid}h2,h3,.staff~.lead{break-after:avoid}"
    "figcaption{font-size:6.8pt}"
    ".notes{font-size:6.6pt;line-height:1.18}.notes h2{font-size:7.6pt;margin:5pt 0 1pt}.notes ol{columns:2;column-gap:14pt;padding-left:12pt}"
    "details{display:none}.onlyprint{display:block}a{color:inherit;text-decoration:none}"
    "ul{margin:1pt 0}p{margin:1.5pt 0}"
    "}";

static void put_tile(Page *page, Light light, const char *number, const char *what)
{
    static const char *const class[] = {"tile fits", "tile tight", "tile over", "tile none"};
    page_open(page, "div", class[light]);
    page_put(page, "b", NULL, "%s", number);
    page_text(page, "%s %s", words_light_mark(light), what);
    page_close(page);
}

static void put_tiles(Page *page, const Facts *facts)
{
    g_autofree char *over = words_number((double)facts->over), *tight = words_number((double)facts->tight);
    g_autofree char *nurses = words_number(facts->short_nurses), *late = words_number((double)facts->stale_sources);
    const char *what = facts->wide ? "facilities" : "units";
    const char *until = facts->coarse ? "within a week" : "by tomorrow";
    g_autofree char *over_what = g_strdup_printf("%s likely over %s", what, until);
    g_autofree char *tight_what = g_strdup_printf("%s tight %s", what, until);
    g_autofree char *starts = facts->short_shift ? words_day_time(facts->input->calendar, facts->short_shift->starts_at) : NULL;
    g_autofree char *short_what = starts ? g_strdup_printf("nurses short, %s %s", facts->short_shift->name, starts) : g_strdup("nurses short");
    gboolean known = facts->over + facts->tight + facts->unknown < facts->units->len || facts->over + facts->tight > 0;
    gboolean roster = FALSE;
    for (guint k = 0; k < facts->staff->len; k++)
        roster |= g_array_index(facts->staff, FactStaff, k).light != LIGHT_UNKNOWN;
    page_open(page, "div", "tiles");
    put_tile(page, !known ? LIGHT_UNKNOWN : facts->over ? LIGHT_OVER : LIGHT_FITS, known ? over : "\xe2\x80\x93", over_what);
    put_tile(page, !known ? LIGHT_UNKNOWN : facts->tight ? LIGHT_TIGHT : LIGHT_FITS, known ? tight : "\xe2\x80\x93", tight_what);
    put_tile(page, !roster ? LIGHT_UNKNOWN : facts->short_nurses > 0 ? LIGHT_OVER : LIGHT_FITS, roster ? nurses : "\xe2\x80\x93",
             roster ? short_what : "nurses: no roster");
    put_tile(page, facts->input->sources == 0 ? LIGHT_UNKNOWN : facts->stale_sources ? LIGHT_TIGHT : LIGHT_FITS, late, "feeds late");
    page_close(page);
}

static void put_header(Page *page, const Facts *facts)
{
    const BriefInput *input = facts->input;
    g_autofree char *as_of = words_full_time(input->calendar, input->as_of), *slot = words_clock(input->calendar, input->slot);
    page_open(page, "header", NULL);
    page_put(page, "p", "kicker", "Morning brief");
    page_put(page, "h1", NULL, "%s", input->name ? input->name : input->group);
    page_open(page, "p", "asof");
    page_text(page, "As of ");
    page_put(page, "b", NULL, "%s", as_of);
    page_text(page, " (%s), for the %s slot", calendar_zone(input->calendar), slot);
    if (input->run_id > 0)
        page_text(page, ", run %" G_GINT64_FORMAT, input->run_id);
    page_close(page);
    if (input->summary != NULL)
        page_put(page, "p", "summary", "%s", input->summary);
    page_close(page);
    put_tiles(page, facts);
}

char *brief_html(const BriefInput *input)
{
    g_autoptr(Facts) facts = facts_new(input);
    g_autofree char *as_of = words_full_time(input->calendar, input->as_of);
    g_autofree char *title = g_strdup_printf("%s, %s", input->name ? input->name : input->group, as_of);
    Page *page = page_new(title, style);
    put_header(page, facts);
    page_open(page, "main", NULL);
    section_freshness(page, facts);
    section_beds(page, facts);
    section_moves(page, facts);
    section_staffing(page, facts);
    page_open(page, "div", "pair");
    section_yesterday(page, facts);
    section_changes(page, facts);
    page_close(page);
    section_charts(page, facts);
    page_open(page, "div", "pair");
    section_data(page, facts);
    section_provenance(page, facts);
    page_close(page);
    section_definitions(page);
    page_close(page);
    return page_end(page);
}
