#include "daemon/report/chart.h"
#include "daemon/report/section.h"

/* A sheet holds this many beside the tables. */
enum { CHARTS_SHOWN = 12, CHARTS_WIDE = 6, CHART_WIDTH = 270, CHART_HEIGHT = 114 };

static int compare_pressing(gconstpointer a, gconstpointer b)
{
    const FactUnit *x = *(const FactUnit *const *)a, *y = *(const FactUnit *const *)b;
    double over_x = isnan(x->over) ? -1 : x->over, over_y = isnan(y->over) ? -1 : y->over;
    if (over_x != over_y)
        return over_x > over_y ? -1 : 1;
    return x < y ? -1 : x > y; /* both in one array: its order */
}

static void put_chart(Page *page, const Facts *facts, const FactUnit *fact)
{
    gboolean one = fact->facility->units == 1 && facts->input->facilities > 1;
    const char *name = one ? facts_facility_name(fact->facility) : fact->name;
    g_autofree char *title = g_strdup_printf("%s", name);
    ChartFan fan = {.title = title, .noun = "patients", .series = fact->census->series, .outlook = fact->census->outlook, .capacity = fact->available};
    char *alt = NULL;
    char *svg = chart_fan(&fan, CHART_WIDTH, CHART_HEIGHT, &alt);
    page_open(page, "figure", NULL);
    page_image(page, NULL, svg, alt);
    if (fact->census->status != ROW_OK && fact->census->status != facts->common_status) {
        page_open(page, "figcaption", NULL);
        page_text(page, "%s%s%s", row_status_name(fact->census->status), fact->census->reason ? ": " : "", fact->census->reason ? fact->census->reason : "");
        page_close(page);
    }
    page_close(page);
}

void section_charts(Page *page, const Facts *facts)
{
    g_autoptr(GPtrArray) order = g_ptr_array_new();
    for (guint k = 0; k < facts->units->len; k++)
        if (g_array_index(facts->units, FactUnit, k).census != NULL)
            g_ptr_array_add(order, &g_array_index(facts->units, FactUnit, k));
    guint shown = MIN(order->len, facts->wide ? CHARTS_WIDE : CHARTS_SHOWN);
    if (shown < order->len)
        g_ptr_array_sort(order, compare_pressing);
    page_open(page, "section", "charts");
    page_open(page, "h2", NULL);
    page_text(page, "Patients in each %s, and what is expected", facts->wide ? "facility" : "unit");
    section_note(page, NOTE_FAN);
    page_close(page);
    if (shown == 0)
        page_put(page, "p", NULL, "No census is known yet.");
    else {
        char *alt = NULL;
        char *lines = chart_legend_lines(228, 18, &alt);
        page_image(page, "legend", lines, alt);
        char *bands = chart_legend_bands(296, 18, &alt);
        page_image(page, "legend", bands, alt);
    }
    page_open(page, "div", "grid");
    for (guint k = 0; k < shown; k++)
        put_chart(page, facts, g_ptr_array_index(order, k));
    page_close(page);
    if (shown < order->len)
        page_put(page, "p", "lead", "The %u most pressing of %u.", shown, order->len);
    page_close(page);
}
