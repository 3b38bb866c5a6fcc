#include "daemon/report/chart.h"

#include <libxml/parser.h>
#include <string.h>

/* An SVG that stands alone: parses, names nothing elsewhere. */
static void assert_svg(char *svg)
{
    xmlDocPtr doc = xmlReadMemory(svg, (int)strlen(svg), "chart.svg", NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
    g_assert_nonnull(doc);
    g_assert_cmpstr((const char *)xmlDocGetRootElement(doc)->name, ==, "svg");
    g_assert_null(strstr(svg, "<script"));
    g_assert_null(strstr(svg, "<image"));
    g_assert_null(strstr(svg, "nan"));
    g_assert_null(strstr(svg, "inf"));
    xmlFreeDoc(doc);
    g_free(svg);
}

static Series *ramp(Grain grain, gsize length)
{
    Series *series = series_new("h/w/census", grain, 400000, length);
    for (gsize t = 0; t < length; t++)
        series->value[t] = 20 + (double)(t % 5);
    series->counts = TRUE;
    return series;
}

static Outlook *fan_from(const Series *series, gsize horizon)
{
    Outlook *outlook = outlook_new("wardcast", series->start + (gint64)series->length, horizon);
    for (gsize h = 0; h < horizon; h++)
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
            outlook->quantile[h * OUTLOOK_LEVELS + k] = 20 + (double)k; /* 20 .. 32; the median is 26 */
    return outlook;
}

static void test_says_what_it_shows(void)
{
    g_autoptr(Series) series = ramp(GRAIN_HOUR, 100);
    g_autoptr(Outlook) outlook = fan_from(series, 72);
    g_autofree char *alt = NULL;
    ChartFan fan = {"Ward 7", "patients", series, outlook, 28};
    assert_svg(chart_fan(&fan, 270, 122, &alt));
    /* The last value is 20 + 99 % 5; levels .1 and .9 are the third and the eleventh of thirteen. */
    g_assert_cmpstr(alt, ==, "Ward 7: 24 patients last counted; 26 expected 72 hours ahead, between 22 and 30 in 80 of 100 futures; 28 beds");
}

static void test_every_grain(void)
{
    for (Grain grain = 0; grain < GRAINS; grain++) {
        g_autoptr(Series) series = series_new("x", grain, grain == GRAIN_HOUR ? 400000 : grain == GRAIN_DAY ? 20000 : 660, 80);
        for (gsize t = 0; t < 80; t++)
            series->value[t] = 1e5 + (double)t;
        g_autoptr(Outlook) outlook = fan_from(series, 12);
        ChartFan fan = {"a name that is much longer than the picture is wide, so that it must be cut", "patients", series, outlook, MISSING};
        assert_svg(chart_fan(&fan, 270, 122, NULL));
    }
}

static void test_odd_input(void)
{
    g_autoptr(Series) nothing = series_new("x", GRAIN_HOUR, 400000, 0), unknown = series_new("x", GRAIN_HOUR, 400000, 50), one = ramp(GRAIN_HOUR, 1);
    const Series *const odd[] = {nothing, unknown, one};
    for (gsize k = 0; k < G_N_ELEMENTS(odd); k++) {
        g_autoptr(Outlook) outlook = fan_from(odd[k], 1);
        g_autofree char *alt = NULL;
        ChartFan with = {"\xff<&>", "patients", odd[k], outlook, 1e9}, without = {"", "patients", odd[k], NULL, MISSING};
        assert_svg(chart_fan(&with, 270, 122, &alt));
        assert_svg(chart_fan(&without, 270, 122, NULL));
        assert_svg(chart_spark(odd[k], MISSING, 84, 18));
        assert_svg(chart_spark(odd[k], 30, 84, 18));
    }
    assert_svg(chart_bar(0, 0, 60, 9));
    assert_svg(chart_bar(40, 30, 60, 9));
    g_autofree char *alt = NULL;
    assert_svg(chart_legend_lines(228, 18, &alt));
    g_assert_true(g_str_has_prefix(alt, "Black line: counted."));
    g_clear_pointer(&alt, g_free);
    assert_svg(chart_legend_bands(296, 18, &alt));
    g_assert_true(g_str_has_prefix(alt, "Bands from dark to light"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/report/chart/a-fan-says-what-it-shows", test_says_what_it_shows);
    g_test_add_func("/daemon/report/chart/every-grain-has-its-axis", test_every_grain);
    g_test_add_func("/daemon/report/chart/odd-input-gives-a-sound-picture", test_odd_input);
    return g_test_run();
}
