#include "forecast/kernel/pinball.h"

#include <string.h>

typedef double Loss(const float *quantile, const float *target, const float *weight, const double *level,
                    gsize rows, gsize levels, gsize steps, float kappa, float share, float *gradient);
typedef void Lay(const float *middle, const float *spread, const double *score, gsize rows, gsize levels, gsize steps, float *quantile);
Loss pinball_loss_plain, pinball_loss_avx2, pinball_loss_avx512f;
Lay pinball_lay_plain, pinball_lay_avx2, pinball_lay_avx512f;

typedef struct {
    const char *name, *feature;
    Loss *loss;
    Lay *lay;
} Build;

static const Build build[] = {
    {"as shipped", NULL, pinball_loss, pinball_lay},
    {"plain", NULL, pinball_loss_plain, pinball_lay_plain},
    {"avx2", "avx2", pinball_loss_avx2, pinball_lay_avx2},
    {"avx512f", "avx512f", pinball_loss_avx512f, pinball_lay_avx512f},
};

static gboolean processor_has(const char *feature)
{
#ifdef __x86_64__
    return feature == NULL || (strcmp(feature, "avx2") == 0 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) ||
           (strcmp(feature, "avx512f") == 0 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"));
#else
    return feature == NULL;
#endif
}

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

/* Numbers that never change. */
static float *waves(gsize n, double speed)
{
    float *wave = g_new(float, n);
    for (gsize k = 0; k < n; k++)
        wave[k] = (float)sin(speed * (double)(k + 1));
    return wave;
}

/* The definition, in double: e smoothed within kappa of zero. */
static double price(double e, double level, double kappa, double *slope)
{
    double size = fabs(e) < kappa ? e * e / (2 * kappa) + kappa / 2 : fabs(e);
    *slope = -(level - 0.5 + CLAMP(e / kappa, -1, 1) / 2);
    return (level - 0.5) * e + size / 2;
}

enum { ROWS = 3 };
static const double kappa = 0.125, share = 0.25;

/* Arrays end where their last number does, so that memory checkers see any step too far. */
static void check(const Build *with, gsize levels, gsize steps)
{
    gsize each = levels * steps, n = ROWS * each;
    g_autofree float *quantile = waves(n, 1.37), *target = waves(ROWS * steps, 0.9), *weight = waves(ROWS * steps, 2.3), *spread = waves(ROWS * steps, 3.1);
    g_autofree float *gradient = g_new(float, n), *laid = g_memdup2(quantile, n * sizeof *laid);
    g_autofree double *level = g_new(double, levels);
    for (gsize q = 0; q < levels; q++)
        level[q] = (1 + (double)q) / (1 + (double)levels);
    weight[steps / 2] = 0;
    double loss = 0, said = with->loss(quantile, target, weight, level, ROWS, levels, steps, (float)kappa, (float)share, gradient);
    with->lay(target, spread, level, ROWS, levels, steps, laid);
    for (gsize k = 0; k < n; k++) {
        gsize at = k / each * steps + k % steps, q = k % each / steps;
        double slope, w = share * (double)weight[at];
        loss += w * price((double)target[at] - (double)quantile[k], level[q], kappa, &slope);
        g_assert_cmpfloat_with_epsilon((double)gradient[k], w * slope, 1e-6);
        g_assert_cmpfloat_with_epsilon((double)laid[k], (double)quantile[k] + (double)target[at] + (double)spread[at] * level[q], 1e-6);
    }
    g_assert_cmpfloat_with_epsilon(said, loss, 1e-6 * (double)n);
}

static void test_shapes(gconstpointer with)
{
    const gsize levels[] = {1, 3, 13}, steps[] = {1, 5, 7, 15, 16, 17, 24, 31, 32, 33, 40, 70};
    for (gsize q = 0; q < G_N_ELEMENTS(levels); q++)
        for (gsize s = 0; s < G_N_ELEMENTS(steps); s++)
            check(with, levels[q], steps[s]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kernel/pinball/two-levels-by-hand", test_by_hand);
    g_test_add_func("/kernel/pinball/the-kink-is-a-parabola", test_smooth);
    g_test_add_func("/kernel/pinball/a-missing-target-costs-nothing", test_missing);
    for (gsize k = 0; k < G_N_ELEMENTS(build); k++)
        if (processor_has(build[k].feature)) {
            g_autofree char *name = g_strdup_printf("/kernel/pinball/%s/every-shape-costs-what-the-definition-says", build[k].name);
            g_test_add_data_func(name, &build[k], test_shapes);
        }
    return g_test_run();
}
