#include "forecast/model/theta.h"

static Outlook *forecast(const double *value, gsize n, gsize season, gsize horizon, gboolean counts, GError **error)
{
    g_autoptr(Series) series = series_new("general/clinic/visits", GRAIN_MONTH, 360, n);
    for (gsize t = 0; t < n; t++)
        series->value[t] = value[t];
    series->counts = counts;
    const Task task = {.series = series, .origin = n, .horizon = horizon, .season = {season, 0}};
    g_autoptr(Outlook) out = outlook_new("theta", 360 + (gint64)n, horizon);
    Outlook *all[] = {out};
    return theta_forecast(&task, 1, all, error) ? g_steal_pointer(&out) : NULL;
}

/* On a straight line the smoother keeps up with what the half slope leaves:
 * after z = 10 + 2 t the level at the end is z[n-1] - (2 - 1) (1 - alpha) / alpha,
 * which for the fastest alpha, 0.99, is z[n-1] - 1/99, and each step adds 1. */
static void a_line_goes_on_at_half_its_slope(void)
{
    double z[200];
    for (gsize t = 0; t < 200; t++)
        z[t] = 10 + 2 * (double)t;
    g_autoptr(Outlook) out = forecast(z, 200, 12, 5, FALSE, NULL);
    for (gsize h = 0; h < 5; h++)
        g_assert_cmpfloat_with_epsilon(out->quantile[h * OUTLOOK_LEVELS + OUTLOOK_MEDIAN], 408 - 1.0 / 99 + (double)(h + 1), 1e-2);
}

/* 2, 4, 2, 4 ..: the best level is the mean at alpha 0.01 (the slowest), the errors are of 1,
 * and with the slope of the line through an even number of them, 6 / (2 (n^2 - 1)) per step for n = 100. */
static void an_even_swing_is_met_in_its_middle(void)
{
    double z[100];
    for (gsize t = 0; t < 100; t++)
        z[t] = t % 2 ? 4 : 2;
    g_autoptr(Outlook) out = forecast(z, 100, 0, 1, FALSE, NULL);
    g_assert_cmpfloat_with_epsilon(out->mean[0], 3.0, 0.05);
    double sd = (out->quantile[OUTLOOK_LEVELS - 1] - out->quantile[0]) / (2 * 1.959963985);
    g_assert_cmpfloat_with_epsilon(sd, sqrt(100.0 / 97.0), 0.02);
}

static void a_season_is_found_and_put_back(void)
{
    double z[72];
    for (gsize t = 0; t < 72; t++)
        z[t] = 100 + 20 * (t % 12 == 0) - 10 * (t % 12 == 6);
    g_autoptr(Outlook) out = forecast(z, 72, 12, 24, TRUE, NULL);
    for (gsize h = 0; h < 24; h++)
        g_assert_cmpfloat_with_epsilon(out->quantile[h * OUTLOOK_LEVELS + OUTLOOK_MEDIAN], 100 + 20 * (h % 12 == 0) - 10 * (h % 12 == 6), 0.5);
}

static void no_season_is_seen_where_none_is(void)
{
    /* squares modulo 17: correlated with itself at no shift but its own 17 */
    static const double part[17] = {0, 3, 3, -3, 3, -3, -3, -3, 3, 3, -3, -3, -3, 3, -3, 3, 3};
    double z[68];
    for (gsize t = 0; t < 68; t++)
        z[t] = 50 + part[t % 17];
    g_autoptr(Outlook) out = forecast(z, 68, 12, 12, FALSE, NULL);
    for (gsize h = 1; h < 12; h++) /* a straight line */
        g_assert_cmpfloat_with_epsilon(out->mean[h] - out->mean[h - 1], out->mean[1] - out->mean[0], 1e-9);
}

static void three_values_are_too_few(void)
{
    const double z[5] = {MISSING, 4, 5, MISSING, 6};
    g_autoptr(GError) error = NULL;
    g_assert_null(forecast(z, 5, 12, 3, TRUE, &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_SHORT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/theta/a-line-goes-on-at-half-its-slope", a_line_goes_on_at_half_its_slope);
    g_test_add_func("/model/theta/an-even-swing-is-met-in-its-middle", an_even_swing_is_met_in_its_middle);
    g_test_add_func("/model/theta/a-season-is-found-and-put-back", a_season_is_found_and_put_back);
    g_test_add_func("/model/theta/no-season-is-seen-where-none-is", no_season_is_seen_where_none_is);
    g_test_add_func("/model/theta/three-values-are-too-few", three_values_are_too_few);
    return g_test_run();
}
