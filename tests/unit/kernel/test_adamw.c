#include "forecast/kernel/adamw.h"

/* By hand, g = 0.5 twice: m = .05, .095; v = .005, .0099; corrected by 1/.1, 1/.19
 * and 1/.02, 1/.0396 both moments are g and g^2, so each step is the rate. */
static void test_steps(void)
{
    float w[1] = {1}, first[1] = {0}, second[1] = {0};
    const float g[1] = {.5f};
    AdamwStep step = {.rate = .1f, .beta1 = .9f, .beta2 = .98f, .epsilon = 0, .decay = 0, .clip = 1, .mend1 = 10, .mend2 = 50};
    adamw_step(&step, g, 1, first, second, w);
    g_assert_cmpfloat_with_epsilon((double)w[0], .9, 1e-6);
    step.mend1 = 1 / .19f;
    step.mend2 = 1 / .0396f;
    adamw_step(&step, g, 1, first, second, w);
    g_assert_cmpfloat_with_epsilon((double)w[0], .8, 1e-6);
}

/* Without a gradient only the decay moves the weight: 1 - .1 * .01. */
static void test_decay(void)
{
    float w[1] = {1}, first[1] = {0}, second[1] = {0};
    const float g[1] = {0};
    const AdamwStep step = {.rate = .1f, .beta1 = .9f, .beta2 = .98f, .epsilon = 1e-8f, .decay = .01f, .clip = 1, .mend1 = 10, .mend2 = 50};
    adamw_step(&step, g, 1, first, second, w);
    g_assert_cmpfloat_with_epsilon((double)w[0], .999, 1e-6);
}

/* A clipped gradient reaches the moments scaled: .5 * .2 = .1, m = .01, v = .0002. */
static void test_clip(void)
{
    float w[1] = {1}, first[1] = {0}, second[1] = {0};
    const float g[1] = {.5f};
    const AdamwStep step = {.rate = .1f, .beta1 = .9f, .beta2 = .98f, .epsilon = 1e-8f, .decay = 0, .clip = .2f, .mend1 = 10, .mend2 = 50};
    adamw_step(&step, g, 1, first, second, w);
    g_assert_cmpfloat_with_epsilon((double)first[0], .01, 1e-8);
    g_assert_cmpfloat_with_epsilon((double)second[0], .0002, 1e-9);
}

static void test_norm_and_mean(void)
{
    const float g[] = {3, 0, -4};
    float mean[] = {1, 1, 1};
    g_assert_cmpfloat(adamw_norm(g, 3), ==, 5);
    adamw_blend(g, .75f, 3, mean);
    g_assert_cmpfloat((double)mean[0], ==, 1.5);
    g_assert_cmpfloat((double)mean[1], ==, .75);
    g_assert_cmpfloat((double)mean[2], ==, -.25);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kernel/adamw/two-steps-by-hand", test_steps);
    g_test_add_func("/kernel/adamw/decay-needs-no-gradient", test_decay);
    g_test_add_func("/kernel/adamw/clipping-scales-what-the-moments-see", test_clip);
    g_test_add_func("/kernel/adamw/the-norm-and-the-running-mean-by-hand", test_norm_and_mean);
    return g_test_run();
}
