#include "forecast/kernel/activation.h"

#include <float.h>
#include <string.h>

/* The same functions of every build, for the bounds that activation.h promises. */
#define BUILD(suffix) \
    void activation_exp##suffix(const float *x, gsize n, float *y); \
    void activation_sigmoid##suffix(const float *x, gsize n, float *y); \
    void activation_tanh##suffix(const float *x, gsize n, float *y);
BUILD(_plain)
BUILD(_avx2)
BUILD(_avx512f)

typedef void Function(const float *x, gsize n, float *y);

static const struct {
    const char *name;
    Function *exp, *sigmoid, *tanh;
} build[] = {
    {"as shipped", activation_exp, activation_sigmoid, activation_tanh},
    {"plain", activation_exp_plain, activation_sigmoid_plain, activation_tanh_plain},
    {"avx2", activation_exp_avx2, activation_sigmoid_avx2, activation_tanh_avx2},
    {"avx512f", activation_exp_avx512f, activation_sigmoid_avx512f, activation_tanh_avx512f},
};

static gboolean processor_has(const char *feature)
{
#ifdef __x86_64__
    return (strcmp(feature, "avx2") != 0 || __builtin_cpu_supports("avx2")) &&
           (strcmp(feature, "avx512f") != 0 || __builtin_cpu_supports("avx512f"));
#else
    return TRUE;
#endif
}

static double exact_sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* The greatest relative error over [-span, span], dense, and over magnitudes down to 1e-30. */
static double worst(Function *function, double (*exact)(double), double span)
{
    enum { POINTS = 200001 };
    g_autofree float *x = g_new(float, 2 * POINTS);
    g_autofree float *y = g_new(float, 2 * POINTS);
    for (int k = 0; k < POINTS; k++) {
        x[k] = (float)(span * (2.0 * k / (POINTS - 1) - 1));
        x[POINTS + k] = (float)((k % 2 ? 1 : -1) * pow(10, -30.0 * k / POINTS));
    }
    function(x, 2 * POINTS, y);
    double most = 0;
    for (int k = 0; k < 2 * POINTS; k++) {
        double want = exact((double)x[k]);
        most = fmax(most, want != 0 ? fabs((double)y[k] / want - 1) : fabs((double)y[k]));
    }
    return most;
}

static void test_bounds(void)
{
    for (gsize k = 0; k < G_N_ELEMENTS(build); k++) {
        if (!processor_has(build[k].name))
            continue;
        double off[] = {worst(build[k].exp, exp, 86.9), worst(build[k].sigmoid, exact_sigmoid, 86.9), worst(build[k].tanh, tanh, 40)};
        g_test_message("%s: exp %.2g sigmoid %.2g tanh %.2g", build[k].name, off[0], off[1], off[2]);
        g_assert_cmpfloat(off[0], <, 2e-7);
        g_assert_cmpfloat(off[1], <, 3e-7);
        g_assert_cmpfloat(off[2], <, 5e-7);
    }
}

/* What lies beyond the range, infinity among it, saturates, and what is no number stays none;
 * at every place of a vector and of what is left over after whole vectors. */
static void test_far_away(void)
{
    const float far[] = {1e30f, -1e30f, (float)INFINITY, -(float)INFINITY, 200, -200, 88.5f, -88.5f, FLT_MAX, -FLT_MAX};
    enum { N = 37 };
    float x[N], y[N];
    for (gsize b = 0; b < G_N_ELEMENTS(build); b++) {
        if (!processor_has(build[b].name))
            continue;
        for (gsize k = 0; k < N; k++)
            x[k] = far[k % G_N_ELEMENTS(far)];
        build[b].sigmoid(x, N, y);
        for (gsize k = 0; k < N; k++)
            g_assert_cmpfloat_with_epsilon((double)y[k], x[k] > 0 ? 1 : 0, 1e-30);
        build[b].tanh(x, N, y);
        for (gsize k = 0; k < N; k++)
            g_assert_cmpfloat((double)y[k], ==, x[k] > 0 ? 1 : -1);
        build[b].exp(x, N, y);
        for (gsize k = 0; k < N; k++)
            g_assert_cmpfloat(fabs(log((double)y[k]) - (x[k] > 0 ? 87 : -87)), <, 1e-5);
        for (gsize k = 0; k < N; k++)
            x[k] = k % 3 == 1 ? NAN : 0;
        build[b].sigmoid(x, N, y);
        for (gsize k = 0; k < N; k++)
            g_assert_true(k % 3 == 1 ? isnan(y[k]) : fabs((double)y[k] - 0.5) < 1e-7);
        build[b].tanh(x, N, y);
        for (gsize k = 0; k < N; k++)
            g_assert_true(k % 3 == 1 ? isnan(y[k]) : fabs((double)y[k]) < 1e-30);
        build[b].exp(x, N, y);
        for (gsize k = 0; k < N; k++)
            g_assert_true(k % 3 == 1 ? isnan(y[k]) : fabs((double)y[k] - 1) < 2e-7);
    }
}

/* softmax of (ln 1, ln 3, -, ln 4) with the third hidden: 1/8, 3/8, 0, 4/8. */
static void test_softmax(void)
{
    const float x[] = {0, 1.0986123f, 50, 1.3862944f}, key[] = {1, 1, 0, 1}, nobody[4] = {0};
    float p[4];
    activation_softmax(x, key, 4, p);
    const double want[] = {.125, .375, 0, .5};
    for (int k = 0; k < 4; k++)
        g_assert_cmpfloat_with_epsilon((double)p[k], want[k], 1e-6);
    activation_softmax(x, nobody, 4, p);
    for (int k = 0; k < 4; k++)
        g_assert_cmpfloat((double)p[k], ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kernel/activation/errors-stay-within-the-promised-bounds", test_bounds);
    g_test_add_func("/kernel/activation/far-arguments-saturate-and-what-is-no-number-stays-none", test_far_away);
    g_test_add_func("/kernel/activation/softmax-gives-hidden-entries-nothing", test_softmax);
    return g_test_run();
}
