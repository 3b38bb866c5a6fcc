#include "forecast/kernel/pinball.h"

/* One step, quantiles 8 and 14 at levels .1 and .9, target 10, weight 2, no smoothing to speak of:
 * e = 2 costs .1 * 2 = .2, e = -4 costs (.9 - 1) * -4 = .4, together 1.2; slopes -.2 and .2. */
static void test_by_hand(void)
{
    const float quantile[] = {8, 14}, target[] = {10}, weight[] = {2};
    const double level[] = {.1, .9};
    float gradient[2];
    double loss = pinball_loss(quantile, target, weight, level, 1, 2, 1, 1e-3f, 1, gradient);
    g_assert_cmpfloat_with_epsilon(loss, 1.2, 1e-6);
    g_assert_cmpfloat_with_epsilon((double)gradient[0], -.2, 1e-6);
    g_assert_cmpfloat_with_epsilon((double)gradient[1], .2, 1e-6);
}

/* At e = 0 the parabola has slope 0: what is left of the gradient is -(level - .5). */
static void test_smooth(void)
{
    const float quantile[] = {10}, target[] = {10}, weight[] = {1};
    const double level[] = {.9};
    float gradient[1];
    double loss = pinball_loss(quantile, target, weight, level, 1, 1, 1, .5f, 1, gradient);
    g_assert_cmpfloat_with_epsilon(loss, .125, 1e-6); /* half of kappa / 2 */
    g_assert_cmpfloat_with_epsilon((double)gradient[0], -.4, 1e-6);
}

static void test_missing(void)
{
    const float quantile[] = {1, 2}, target[] = {0, 5}, weight[] = {0, 1};
    const double level[] = {.5};
    float gradient[2];
    double loss = pinball_loss(quantile, target, weight, level, 1, 1, 2, 1e-3f, 1, gradient);
    g_assert_cmpfloat_with_epsilon(loss, 1.5, 1e-6);
    g_assert_cmpfloat((double)gradient[0], ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kernel/pinball/two-levels-by-hand", test_by_hand);
    g_test_add_func("/kernel/pinball/the-kink-is-a-parabola", test_smooth);
    g_test_add_func("/kernel/pinball/a-missing-target-costs-nothing", test_missing);
    return g_test_run();
}
