#include "forecast/model/negbin.h"

/* Expected values: scipy 1.17 (scipy.stats.nbinom, poisson, gamma).  For a count
 * the quantile at level p is k - 1/2 + (p - cdf(k - 1)) / pmf(k), k = ppf(p), and
 * 0 for k = 0. */

static void check(double mean, double variance, gboolean counts, const double expected[OUTLOOK_LEVELS], double within)
{
    double quantile[OUTLOOK_LEVELS];
    negbin_quantiles(mean, variance, counts, quantile);
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
        g_assert_cmpfloat_with_epsilon(quantile[k], expected[k], within);
}

static void a_negative_binomial_is_that_of_another_program(void)
{
    static const double few[] = {1.801805, 2.493353, 3.177953, 4.173204, 4.942226, 5.636658, 6.299218, 7.000801, 7.768096, 8.698441, 10.078931, 11.24883, 12.303995};
    static const double rare[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.991262};
    static const double many[] = {83.553255, 88.78471, 95.044537, 102.946402, 108.864328, 114.068374, 119.056945, 124.166414, 129.767951, 136.498664, 146.166951, 154.427547, 161.814619};
    check(6.5, 7.15, TRUE, few, 1e-6);
    check(0.05, 0.06, TRUE, rare, 1e-6);
    check(120, 400, TRUE, many, 1e-5);
}

static void variance_equal_to_the_mean_is_a_poisson_count(void)
{
    static const double expected[] = {0, 0.570821, 0.954142, 1.637989, 2.11714, 2.590273, 3.039477, 3.488681, 4.047357, 4.670096, 5.588965, 6.411482, 7.205996};
    check(3.2, 3.2, TRUE, expected, 1e-6);
}

static void large_and_regular_values_are_a_gamma(void)
{
    static const double large[] = {904.3907, 919.2029, 936.4815, 957.6943, 973.1882, 986.559, 999.1668, 1011.8815, 1025.6037, 1041.8197, 1064.589, 1083.6393, 1100.3442};
    static const double regular[] = {0.3603, 0.4888, 0.6764, 0.9682, 1.2276, 1.4847, 1.7563, 2.0596, 2.4207, 2.8932, 3.6414, 4.3438, 5.0169};
    check(1000, 2500, TRUE, large, 0.02);
    check(2, 1.5, TRUE, regular, 1e-3);
    check(2, 1.5, FALSE, regular, 1e-3);
}

/* The two ways of counting meet: at the change the quantiles differ by less than a thirtieth of the deviation. */
static void nothing_jumps_where_counts_become_many(void)
{
    double below[OUTLOOK_LEVELS], above[OUTLOOK_LEVELS];
    negbin_quantiles(399.9, 900, TRUE, below);
    negbin_quantiles(400.1, 900, TRUE, above);
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
        g_assert_cmpfloat_with_epsilon(below[k], above[k], 1);
}

static void any_mean_and_variance_give_rising_finite_quantiles(void)
{
    static const double mean[] = {0, 1e-9, 0.02, 1, 37, 399, 401, 1e9}, share[] = {0, 1e-12, 0.3, 1, 1.0000000001, 40, 1e6};
    for (gsize m = 0; m < G_N_ELEMENTS(mean); m++)
        for (gsize s = 0; s < G_N_ELEMENTS(share); s++)
            for (int counts = 0; counts < 2; counts++) {
                double quantile[OUTLOOK_LEVELS];
                negbin_quantiles(mean[m], share[s] * mean[m], counts, quantile);
                for (gsize k = 0; k < OUTLOOK_LEVELS; k++) {
                    g_assert_true(isfinite(quantile[k]) && quantile[k] >= (k > 0 ? quantile[k - 1] : 0));
                    if (share[s] <= 0 && (mean[m] >= 1 || !counts)) /* no variance, no range */
                        g_assert_cmpfloat_with_epsilon(quantile[k], mean[m], 1e-4 * mean[m] + 1e-12);
                }
            }
}

/* Poisson counts of many means between 4 and 9: the range between the .1 and the .9 quantile holds four times in five. */
static void a_range_holds_as_often_as_it_says(void)
{
    double inside = 0, means = 0;
    for (double mean = 4; mean < 9; mean += 0.05, means++) {
        double quantile[OUTLOOK_LEVELS], chance = exp(-mean);
        negbin_quantiles(mean, mean, TRUE, quantile);
        for (int k = 0; k < 60; chance *= mean / ++k)
            inside += k >= quantile[2] && k <= quantile[10] ? chance : 0;
    }
    g_assert_cmpfloat_with_epsilon(inside / means, 0.8, 0.01);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/negbin/a-negative-binomial-is-that-of-another-program", a_negative_binomial_is_that_of_another_program);
    g_test_add_func("/model/negbin/variance-equal-to-the-mean-is-a-poisson-count", variance_equal_to_the_mean_is_a_poisson_count);
    g_test_add_func("/model/negbin/large-and-regular-values-are-a-gamma", large_and_regular_values_are_a_gamma);
    g_test_add_func("/model/negbin/nothing-jumps-where-counts-become-many", nothing_jumps_where_counts_become_many);
    g_test_add_func("/model/negbin/any-mean-and-variance-give-rising-finite-quantiles", any_mean_and_variance_give_rising_finite_quantiles);
    g_test_add_func("/model/negbin/a-range-holds-as-often-as-it-says", a_range_holds_as_often_as_it_says);
    return g_test_run();
}
