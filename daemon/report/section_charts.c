#include "daemon/report/chart.h"
#include "daemon/report/section.h"

/* The screen holds this many beside the tables, paper one row fewer. */
enum { CHARTS_SHOWN = 12, CHARTS_WIDE = 6, CHARTS_PRINTED = 9, CHART_WIDTH = 270, CHART_HEIGHT = 114 };

typedef struct {
    const FactUnit *fact;
    const BriefForecast *forecast;
} Chart;

static int compare_pressing(gconstpointer a, gconstpointer b)
{
    const FactUnit *x = ((const Chart *)a)->fact, *y = ((const Chart *)b)->fact;
    double over_x = isnan(x->over) ? -1 : x->over, over_y = isnan(y->over) ? -1 : y->over;
    if (over_x != over_y)
        return over_x > over_y ? -1 : 1;
    return x < y ? -1 : x > y; /* both in one array: its order */
}

/* The census of each unit; of units without one, whatever is forecast. */
static GArray *list_charts(const Facts *facts)
{
    GArray *charts = g_array_new(FALSE, FALSE, sizeof(Chart));
    for (guint u = 0; u < facts->units->len; u++) {
        Chart chart = {.fact = &g_array_index(facts->units, FactUnit, u)};
        chart.forecast = chart.fact->census;
        if (chart.forecast != NULL)
            g_array_append_val(charts, chart);
        for (gsize k = 0; k < facts->input->forecasts && chart.fact->census == NULL; k++)
            if (facts_is_of(&facts->input->forecast[k], chart.fact)) {
                chart.forecast = &facts->input->forecast[k];
                g_array_append_val(charts, chart);
            }
    }
    return charts;
}

static void put_chart(Page *page, const Facts *facts, const Chart *chart, const char *class)
{
    const FactUnit *fact = chart->fact;
    const BriefForecast *forecast = chart->forecast;
    gboolean one = fact->facility->units == 1 && facts->input->facilities > 1, census = forecast == fact->census;
    const char *name = one ? facts_facility_name(fact->facility) : fact->name;
    g_autofree char *measure = words_measure(forecast->measure);
    g_autofree char *title = census ? g_strdup(name) : g_strdup_printf("%s: %s by the %s", name, measure, grain_name(forecast->series->grain));
    ChartFan fan = {.title = title, .noun = census ? "patients" : measure, .series = forecast->series, .outlook = forecast->outlook,
                    .capacity = census ? fact->available : MISSING};
    char *alt = NULL;
    char *svg = chart_fan(&fan, CHART_WIDTH, CHART_HEIGHT, &alt);
    page_open(page, "figure", class);
    page_image(page, NULL, svg, alt);
    if (forecast->status != ROW_OK && forecast->status != facts->common_status)
        page_put(page, "figcaption", NULL, "%s%s%s", row_status_name(forecast->status), forecast->reason ? ": " : "", forecast->reason ? forecast->reason : "");
    page_close(page);
}

void section_charts(Page *page, const Facts *facts)
{
    g_autoptr(GArray) order = list_charts(facts);
    guint shown = MIN(order->len, facts->wide ? CHARTS_WIDE : CHARTS_SHOWN);
    if (MIN(shown, CHARTS_PRINTED) < order->len)
        g_array_sort(order, compare_pressing);
    page_open(page, "section", "charts");
    page_open(page, "h2", NULL);
    page_text(page, "%s, and what is expected", facts->flows_only && facts->flows_only == facts->units->len ? "What was counted" : facts->wide ? "Patients in each facility" : "Patients in each unit");
    section_note(page, NOTE_FAN);
    page_close(page);
    if (shown == 0)
        page_put(page, "p", NULL, "Nothing is forecast yet.");
    else {
        char *alt = NULL;
        char *lines = chart_legend_lines(228, 18, &alt);
        page_image(page, "legend", lines, alt);
        char *bands = chart_legend_bands(296, 18, &alt);
        page_image(page, "legend", bands, alt);
    }
    page_open(page, "div", "grid");
    for (guint k = 0; k < shown; k++)
        put_chart(page, facts, &g_array_index(order, Chart, k), k < CHARTS_PRINTED ? NULL : "notprint");
    page_close(page);
    if (shown < order->len)
        page_put(page, "p", "lead notprint", "The %u most pressing of %u.", shown, order->len);
    if (MIN(shown, CHARTS_PRINTED) < order->len)
        page_put(page, "p", "lead onlyprint", "The %u most pressing of %u.", MIN(shown, CHARTS_PRINTED), order->len);
    page_close(page);
}
