#include "forecast/model/designs.h"

#include "forecast/model/fits.h"

#include <string.h>

static GBytes *key_of(int number)
{
    return g_bytes_new(&number, sizeof number);
}

static ShrinkDesign *design_of(double step)
{
    const double x[4] = {0, step, 2 * step, 5 * step};
    return shrink_design_new(x, 4, 1, NULL, 4, NULL);
}

static void what_was_kept_is_found_by_its_key(void)
{
    g_autoptr(Designs) designs = designs_new();
    g_autoptr(GBytes) one = key_of(1), again = key_of(1), two = key_of(2);
    g_autoptr(ShrinkDesign) design = design_of(1);
    g_assert_null(designs_find(designs, one));
    designs_keep(designs, one, design);
    g_autoptr(ShrinkDesign) found = designs_find(designs, again);
    g_assert_true(found == design);
    g_assert_null(designs_find(designs, two));
    g_assert_null(designs_find(NULL, one));
    designs_keep(NULL, one, design);
}

/* Of five the one that was not found for longest is gone: the second. */
static void the_one_not_found_for_longest_goes(void)
{
    g_autoptr(Designs) designs = designs_new();
    for (int k = 1; k <= DESIGNS_KEPT + 1; k++) {
        g_autoptr(GBytes) key = key_of(k), first = key_of(1);
        g_autoptr(ShrinkDesign) design = design_of(k), kept = NULL;
        designs_keep(designs, key, design);
        kept = designs_find(designs, first);
        g_assert_nonnull(kept);
    }
    for (int k = 1; k <= DESIGNS_KEPT + 1; k++) {
        g_autoptr(GBytes) key = key_of(k);
        g_autoptr(ShrinkDesign) found = designs_find(designs, key);
        g_assert_true((found != NULL) == (k != 2));
    }
}

static void a_key_that_is_kept_again_holds_the_newer(void)
{
    g_autoptr(Designs) designs = designs_new();
    g_autoptr(GBytes) key = key_of(7);
    g_autoptr(ShrinkDesign) old = design_of(1), newer = design_of(2);
    designs_keep(designs, key, old);
    designs_keep(designs, key, newer);
    g_autoptr(ShrinkDesign) found = designs_find(designs, key);
    g_assert_true(found == newer);
}

static void a_large_one_is_not_kept(void)
{
    enum { ROWS = 2000, COLUMNS = 600 };
    g_autoptr(Designs) designs = designs_new();
    g_autoptr(GBytes) key = key_of(1);
    g_autofree double *x = g_new0(double, ROWS * COLUMNS);
    for (gsize r = 0; r < ROWS; r++)
        x[r * COLUMNS + r % 3] = 1;
    g_autoptr(ShrinkDesign) design = shrink_design_new(x, ROWS, COLUMNS, NULL, ROWS, NULL);
    g_assert_cmpuint(shrink_design_size(design), >, DESIGNS_MOST);
    designs_keep(designs, key, design);
    g_assert_null(designs_find(designs, key));
}

enum { HOURS = 24 * 21, HORIZON = 24 };

static Series *ward(gsize k, gint64 start, gsize hole)
{
    Series *series = series_new("general/ward/census", GRAIN_HOUR, start, HOURS);
    for (gsize t = 0; t < HOURS; t++)
        series->value[t] = hole > 0 && t % hole == 3 ? MISSING : 10 + (double)((t * (7 + k) + t / 24) % 11) + (t % 24 < 12 ? 0 : 4);
    series->counts = TRUE;
    return series;
}

/* Wards that end together, later, or have holes: each as if it were alone. */
static void a_ward_is_forecast_as_if_it_were_alone(void)
{
    static const gsize season[2] = {24, 168};
    static const gsize hole[] = {0, 0, 31, 0, 31, 17, 0, 31};
    static const gint64 later[] = {0, 0, 0, 5, 0, 0, 168, 0};
    g_autofree char *file = calendar_holiday_file("US", NULL);
    g_autoptr(Calendar) calendar = calendar_new("UTC", file, NULL);
    g_autoptr(Designs) designs = designs_new();
    const Member *ridge = member_find("ridge");
    for (gsize k = 0; k < G_N_ELEMENTS(hole); k++) {
        g_autoptr(Series) series = ward(k, 24 * grain_day_of_date(2023, 12, 10) + later[k], hole[k]);
        g_autoptr(Fits) fits = fits_new(series, calendar, HOURS, season, designs);
        const Task task = {series, calendar, HOURS, HORIZON, {season[0], season[1]}, 0};
        g_autoptr(Outlook) alone = outlook_new("ridge", 0, HORIZON), among = outlook_new("ridge", 0, HORIZON);
        g_assert_true(member_forecast_with(ridge, &task, 1, NULL, &alone, NULL) && member_forecast_with(ridge, &task, 1, fits, &among, NULL));
        g_assert_cmpmem(alone->quantile, HORIZON * OUTLOOK_LEVELS * sizeof(double), among->quantile, HORIZON * OUTLOOK_LEVELS * sizeof(double));
        g_assert_cmpmem(alone->mean, HORIZON * sizeof(double), among->mean, HORIZON * sizeof(double));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/designs/what-was-kept-is-found-by-its-key", what_was_kept_is_found_by_its_key);
    g_test_add_func("/model/designs/the-one-not-found-for-longest-goes", the_one_not_found_for_longest_goes);
    g_test_add_func("/model/designs/a-key-that-is-kept-again-holds-the-newer", a_key_that_is_kept_again_holds_the_newer);
    g_test_add_func("/model/designs/a-large-one-is-not-kept", a_large_one_is_not_kept);
    g_test_add_func("/model/designs/a-ward-is-forecast-as-if-it-were-alone", a_ward_is_forecast_as_if_it_were_alone);
    return g_test_run();
}
