#include "forecast/model/transform.h"

static void known_values_map_as_written(void)
{
    const Transform logarithm = {TRANSFORM_LOG, 1e9}, root = {TRANSFORM_ROOT, 1e9}, identity = {TRANSFORM_IDENTITY, 1e9};
    g_assert_cmpfloat_with_epsilon(transform_apply(&logarithm, 6.38905609893065), 2.0, 1e-12); /* e^2 - 1 */
    g_assert_cmpfloat_with_epsilon(transform_apply(&root, 3.625), 4.0, 1e-12);                 /* 2 sqrt 4 */
    g_assert_cmpfloat(transform_apply(&identity, -3.5), ==, -3.5);
}

static void going_back_undoes_the_transform(void)
{
    for (TransformKind kind = 0; kind < TRANSFORM_KINDS; kind++) {
        const Transform transform = {kind, 1e9};
        for (double y = 0; y < 1e6; y = 2 * y + 1)
            g_assert_cmpfloat_with_epsilon(transform_undo(&transform, transform_apply(&transform, y)), y, 1e-9 * (1 + y));
    }
}

static void going_back_is_never_negative_nor_endless(void)
{
    const Transform logarithm = {TRANSFORM_LOG, 500.0}, root = {TRANSFORM_ROOT, 500.0};
    g_assert_cmpfloat(transform_undo(&logarithm, -4.0), ==, 0.0);
    g_assert_cmpfloat(transform_undo(&root, -4.0), ==, 0.0);
    g_assert_cmpfloat(transform_undo(&root, 0.5), ==, 0.0);
    g_assert_cmpfloat(transform_undo(&logarithm, 1e6), ==, 500.0);
    g_assert_cmpfloat(transform_undo(&root, 1e6), ==, 500.0);
}

static void missing_stays_missing(void)
{
    for (TransformKind kind = 0; kind < TRANSFORM_KINDS; kind++) {
        const Transform transform = {kind, 1e9};
        g_assert_true(isnan(transform_apply(&transform, MISSING)));
        g_assert_true(isnan(transform_undo(&transform, MISSING)));
    }
}

static void the_slope_is_the_nudge(void)
{
    for (TransformKind kind = 0; kind < TRANSFORM_KINDS; kind++) {
        const Transform transform = {kind, 1e9};
        double nudge = (transform_undo(&transform, 3.0 + 1e-5) - transform_undo(&transform, 3.0 - 1e-5)) / 2e-5;
        g_assert_cmpfloat_with_epsilon(transform_slope(&transform, 3.0), nudge, 1e-6);
    }
}

/* E[(Z/2)^2 - 3/8] = (36 + 1)/4 - 3/8 = 8.875; E[e^Z - 1] = e^(2 + .125) - 1 = 7.372897. */
static void the_mean_counts_the_spread(void)
{
    const Transform logarithm = {TRANSFORM_LOG, 1e9}, root = {TRANSFORM_ROOT, 1e9}, identity = {TRANSFORM_IDENTITY, 1e9};
    g_assert_cmpfloat_with_epsilon(transform_mean(&identity, 7.0, 3.0), 7.0, 1e-9);
    g_assert_cmpfloat_with_epsilon(transform_mean(&root, 6.0, 1.0), 8.875, 1e-6);
    g_assert_cmpfloat_with_epsilon(transform_mean(&logarithm, 2.0, 0.5), 7.372897, 1e-4);
}

static double noise(void)
{
    double sum = -6.0;
    for (int k = 0; k < 12; k++)
        sum += g_test_rand_double();
    return sum;
}

/* 400 values whose spread is even on the named scale over a 19-fold range of level. */
static TransformKind choice_for(TransformKind kind, double sd)
{
    double value[400];
    const Transform transform = {kind, 1e9};
    for (int t = 0; t < 400; t++) {
        double level = kind == TRANSFORM_IDENTITY ? 500.0 : 200.0 + 180.0 * sin(t * 0.016);
        value[t] = rint(transform_undo(&transform, transform_apply(&transform, level) + sd * noise()));
    }
    return transform_choose(value, 400, 0, TRUE).kind;
}

static void the_scale_of_even_spread_is_found(void)
{
    g_assert_cmpint(choice_for(TRANSFORM_LOG, 0.3), ==, TRANSFORM_LOG);
    g_assert_cmpint(choice_for(TRANSFORM_ROOT, 2.0), ==, TRANSFORM_ROOT);
}

static void fractions_negatives_and_short_series_stay_as_they_are(void)
{
    const double counts[10] = {1, 5, 20, 100, 400, 3, 2, 50, 9, 800};
    const double negative[10] = {1, 5, 20, 100, 400, 3, 2, 50, 9, -800};
    g_assert_cmpint(transform_choose(counts, 10, 0, FALSE).kind, ==, TRANSFORM_IDENTITY);
    g_assert_cmpint(transform_choose(negative, 10, 0, TRUE).kind, ==, TRANSFORM_IDENTITY);
    g_assert_cmpint(transform_choose(counts, 5, 0, TRUE).kind, ==, TRANSFORM_IDENTITY);
    g_assert_cmpint(transform_choose(counts, 10, 0, TRUE).kind, ==, TRANSFORM_LOG);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/transform/known-values-map-as-written", known_values_map_as_written);
    g_test_add_func("/model/transform/going-back-undoes-the-transform", going_back_undoes_the_transform);
    g_test_add_func("/model/transform/going-back-is-never-negative-nor-endless", going_back_is_never_negative_nor_endless);
    g_test_add_func("/model/transform/missing-stays-missing", missing_stays_missing);
    g_test_add_func("/model/transform/the-slope-is-the-nudge", the_slope_is_the_nudge);
    g_test_add_func("/model/transform/the-mean-counts-the-spread", the_mean_counts_the_spread);
    g_test_add_func("/model/transform/the-scale-of-even-spread-is-found", the_scale_of_even_spread_is_found);
    g_test_add_func("/model/transform/fractions-negatives-and-short-series-stay-as-they-are", fractions_negatives_and_short_series_stay_as_they_are);
    return g_test_run();
}
