#include "forecast/model/ets.h"

#include "forecast/model/member.h"

/* Standard normal noise by summing twelve uniforms, from the test's own seed. */
static double noise(void)
{
    double sum = -6.0;
    for (int k = 0; k < 12; k++)
        sum += g_test_rand_double();
    return sum;
}

static void a_constant_series_stays_constant(void)
{
    double z[40], mean[20], sd[20];
    for (int t = 0; t < 40; t++)
        z[t] = 5.0;
    const gsize season[2] = {7, 0};
    g_autoptr(Ets) ets = ets_new(z, 40, 40, season, NULL);
    ets_at(ets, 40, 20, mean, sd);
    for (int h = 0; h < 20; h++) {
        g_assert_cmpfloat_with_epsilon(mean[h], 5.0, 1e-9);
        g_assert_cmpfloat_with_epsilon(sd[h], 1e-3, 1e-2);
    }
}

static void a_weekly_pattern_is_repeated(void)
{
    static const double pattern[7] = {3, 1, 4, 1, 5, 9, 2};
    double z[70], mean[14], sd[14];
    for (int t = 0; t < 70; t++)
        z[t] = 100.0 + pattern[t % 7];
    const gsize season[2] = {7, 0};
    g_autoptr(Ets) ets = ets_new(z, 70, 70, season, NULL);
    g_assert_cmpuint(ets_shape(ets)->season[0], ==, 7);
    for (gsize origin = 60; origin <= 70; origin++) {
        ets_at(ets, origin, 14, mean, sd);
        for (gsize h = 0; h < 14; h++)
            g_assert_cmpfloat_with_epsilon(mean[h], 100.0 + pattern[(origin + h) % 7], 1e-6);
    }
}

static void a_day_and_a_week_are_told_apart(void)
{
    enum { LENGTH = 168 * 8 };
    g_autofree double *z = g_new(double, LENGTH);
    for (int t = 0; t < LENGTH; t++)
        z[t] = 20.0 + ((t % 24) >= 8 ? 5.0 : 0.0) + ((t / 24) % 7 == 0 && t % 24 < 3 ? 7.0 : 0.0) + 0.1 * noise();
    const gsize season[2] = {24, 168};
    g_autoptr(Ets) ets = ets_new(z, LENGTH, LENGTH, season, NULL);
    const EtsShape *shape = ets_shape(ets);
    g_assert_cmpuint(MAX(shape->season[0], shape->season[1]), ==, 168);
    g_autofree double *mean = g_new(double, 168), *sd = g_new(double, 168);
    ets_at(ets, LENGTH, 168, mean, sd);
    for (int h = 0; h < 168; h++)
        g_assert_cmpfloat_with_epsilon(mean[h], 20.0 + ((h % 24) >= 8 ? 5.0 : 0.0) + (h < 24 && h % 24 < 3 ? 7.0 : 0.0), 0.35);
}

/* phi + phi^2 + .. of `steps` terms, 0 without trend. */
static double drift(const EtsShape *shape, int steps)
{
    double sum = 0.0;
    for (int k = 1; shape->trend && k <= steps; k++)
        sum += pow(shape->phi, k);
    return sum;
}

/* The textbook recursion, written out again from the forecasts at step 0. */
static void the_states_of_every_origin_follow_the_recursion(void)
{
    enum { LENGTH = 120, SEASON = 12 };
    double z[LENGTH], mean[SEASON + 1], sd[SEASON + 1], pattern[SEASON];
    for (int t = 0; t < LENGTH; t++)
        z[t] = 50.0 + 10.0 * (t % SEASON < 6) + 0.02 * t * (t > 60) + noise();
    z[33] = z[34] = MISSING;
    const gsize season[2] = {SEASON, 0};
    g_autoptr(Ets) ets = ets_new(z, LENGTH, LENGTH, season, NULL);
    const EtsShape *shape = ets_shape(ets);
    g_assert_cmpuint(shape->season[0], ==, SEASON);
    ets_at(ets, 0, SEASON + 1, mean, sd);
    double level = ets_level(ets, 0);
    double slope = shape->trend ? (mean[SEASON] - mean[0]) / (drift(shape, SEASON + 1) - drift(shape, 1)) : 0.0;
    for (int k = 0; k < SEASON; k++)
        pattern[k] = mean[k] - level - drift(shape, k + 1) * slope;
    for (gsize t = 0; t < LENGTH; t++) {
        ets_at(ets, t, 3, mean, sd);
        g_assert_cmpfloat_with_epsilon(mean[0], level + drift(shape, 1) * slope + pattern[t % SEASON], 1e-7);
        g_assert_cmpfloat_with_epsilon(mean[2], level + drift(shape, 3) * slope + pattern[(t + 2) % SEASON], 1e-7);
        double error = isnan(z[t]) ? 0.0 : z[t] - mean[0];
        level += shape->phi * slope + shape->alpha * error;
        slope = shape->phi * slope + shape->beta * error;
        pattern[t % SEASON] += shape->gamma[0] * error;
    }
    g_assert_cmpfloat_with_epsilon(ets_level(ets, LENGTH), level, 1e-7);
}

/* Without trend and pattern the variance h steps ahead is sd^2 (1 + (h - 1) alpha^2). */
static void spread_grows_as_the_textbook_says(void)
{
    enum { LENGTH = 300 };
    double z[LENGTH], mean[6], sd[6], level = 10.0;
    for (int t = 0; t < LENGTH; t++) {
        double error = noise();
        z[t] = level + error;
        level += 0.4 * error;
    }
    const gsize season[2] = {0, 0};
    g_autoptr(Ets) ets = ets_new(z, LENGTH, LENGTH, season, NULL);
    const EtsShape *shape = ets_shape(ets);
    g_assert_cmpfloat_with_epsilon(shape->sd, 1.0, 0.25);
    ets_at(ets, LENGTH, 6, mean, sd);
    if (!shape->trend) {
        g_assert_cmpfloat_with_epsilon(shape->alpha, 0.4, 0.25);
        for (int h = 0; h < 6; h++)
            g_assert_cmpfloat_with_epsilon(sd[h] / sd[0], sqrt(1.0 + h * shape->alpha * shape->alpha), 1e-9);
    }
    g_assert_cmpfloat(sd[5], >, sd[0]);
}

static void values_after_the_fit_change_no_earlier_origin(void)
{
    enum { LENGTH = 200, FIT = 150 };
    double z[LENGTH], before[14], after[14], sd[14];
    for (int t = 0; t < LENGTH; t++)
        z[t] = 30.0 + 5.0 * (t % 7 == 2) + noise();
    const gsize season[2] = {7, 0};
    g_autoptr(Ets) first = ets_new(z, FIT, LENGTH, season, NULL);
    for (int t = FIT; t < LENGTH; t++)
        z[t] += 1000.0;
    g_autoptr(Ets) second = ets_new(z, FIT, LENGTH, season, NULL);
    for (gsize origin = 0; origin <= FIT; origin += 10) {
        ets_at(first, origin, 14, before, sd);
        ets_at(second, origin, 14, after, sd);
        g_assert_cmpmem(before, sizeof before, after, sizeof after);
        g_assert_cmpfloat(ets_scale(first, origin), ==, ets_scale(second, origin));
    }
    ets_at(first, FIT + 1, 14, before, sd);
    ets_at(second, FIT + 1, 14, after, sd);
    g_assert_cmpfloat(before[0], !=, after[0]);
}

static void one_value_is_too_few(void)
{
    const double z[3] = {MISSING, 4.0, MISSING};
    const gsize season[2] = {0, 0};
    g_autoptr(GError) error = NULL;
    g_autoptr(Ets) ets = ets_new(z, 3, 3, season, &error);
    g_assert_null(ets);
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_SHORT);
}

static void two_values_are_enough(void)
{
    const double z[2] = {4.0, 6.0};
    double mean[3], sd[3];
    const gsize season[2] = {7, 0};
    g_autoptr(Ets) ets = ets_new(z, 2, 2, season, NULL);
    ets_at(ets, 2, 3, mean, sd);
    g_assert_cmpfloat(mean[2], >=, 4.0);
    g_assert_cmpfloat(mean[2], <=, 6.0);
    g_assert_cmpfloat(sd[2], >, 0.0);
}

static void values_too_large_to_square_are_refused(void)
{
    const double z[4] = {1e200, -1e200, 1e200, -1e200};
    const gsize season[2] = {0, 0};
    g_autoptr(GError) error = NULL;
    g_autoptr(Ets) ets = ets_new(z, 4, 4, season, &error);
    g_assert_null(ets);
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_NUMERIC);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/ets/a-constant-series-stays-constant", a_constant_series_stays_constant);
    g_test_add_func("/model/ets/a-weekly-pattern-is-repeated", a_weekly_pattern_is_repeated);
    g_test_add_func("/model/ets/a-day-and-a-week-are-told-apart", a_day_and_a_week_are_told_apart);
    g_test_add_func("/model/ets/the-states-of-every-origin-follow-the-recursion", the_states_of_every_origin_follow_the_recursion);
    g_test_add_func("/model/ets/spread-grows-as-the-textbook-says", spread_grows_as_the_textbook_says);
    g_test_add_func("/model/ets/values-after-the-fit-change-no-earlier-origin", values_after_the_fit_change_no_earlier_origin);
    g_test_add_func("/model/ets/one-value-is-too-few", one_value_is_too_few);
    g_test_add_func("/model/ets/two-values-are-enough", two_values_are_enough);
    g_test_add_func("/model/ets/values-too-large-to-square-are-refused", values_too_large_to_square_are_refused);
    return g_test_run();
}
