#include "forecast/kernel/counts.h"

#include <math.h>
#include <string.h>

enum { N = 5 * COUNTS_LANES, LIVE = N - 3, W = COUNTS_WEIGHTS };

static void exp_is_exp(void)
{
    double x[1003], y[1003];
    for (int k = 0; k < 1003; k++)
        x[k] = (k - 501) * 1.3931;
    for (gsize n = 0; n <= 1003; n += n < 20 ? 1 : 983) {
        memset(y, 0, sizeof y);
        counts_exp(x, n, y);
        for (gsize k = 0; k < n; k++)
            g_assert_cmpfloat(fabs(y[k] / exp(x[k]) - 1), <, 5e-16);
        g_assert_true(n == 1003 || memcmp(&y[n], &(double){0}, sizeof(double)) == 0);
    }
    for (int k = 0; k < 1003; k++)
        x[k] = (k - 501) / 1000.0;
    counts_exp(x, 1003, x);
    for (int k = 0; k < 1003; k++)
        g_assert_cmpfloat(fabs(x[k] / exp((k - 501) / 1000.0) - 1), <, 5e-16);
}

static void exp_has_ends(void)
{
    double x[] = {INFINITY, -INFINITY, NAN, 0, 1e9, -1e9};
    counts_exp(x, G_N_ELEMENTS(x), x);
    g_assert_cmpfloat(fabs(x[0] / exp(700) - 1), <, 1e-15);
    g_assert_cmpfloat(fabs(x[1] / exp(-700) - 1), <, 1e-15);
    g_assert_true(isnan(x[2]));
    g_assert_cmpfloat(x[3], ==, 1);
    g_assert_cmpfloat(x[4], ==, x[0]);
    g_assert_cmpfloat(x[5], ==, x[1]);
}

typedef struct {
    double live[N], value[N], rate[N], level[N], lean[W * N], mean[N], miss[N];
    Counts counts;
} Case;

static double between(double low, double high)
{
    return g_test_rand_double_range(low, high);
}

static void set_up(Case *c, gconstpointer data)
{
    memset(c, 0, sizeof *c);
    for (gsize k = 0; k < LIVE; k++) {
        c->live[k] = 1;
        c->value[k] = floor(between(0, 12));
        c->rate[k] = between(0.1, 3);
        c->level[k] = between(-1, 2);
        for (gsize j = 0; j < W; j++)
            c->lean[j * N + k] = between(-1, 1);
        c->mean[k] = between(0.1, 9);
    }
    for (gsize k = LIVE; k < N; k++)
        c->mean[k] = 0.5;
    c->counts = (Counts){N, c->live, c->value, c->rate, c->level, c->lean};
}

static void assert_near(double seen, double wanted)
{
    g_assert_cmpfloat(fabs(seen - wanted), <=, 1e-10 * (1 + fabs(wanted)));
}

static void means_lie_between_least_and_most(Case *c, gconstpointer data)
{
    static const double weight[W] = {0.9, 0.4, 0.2, 0.1};
    double mean[N];
    counts_mean(&c->counts, weight, 0.3, 6, mean);
    for (gsize k = 0; k < LIVE; k++) {
        double level = c->level[k];
        for (gsize j = 0; j < W; j++)
            level += weight[j] * c->lean[j * N + k];
        assert_near(mean[k], fmin(fmax(c->rate[k] * exp(level), 0.3), 6));
    }
}

static void moments_see_what_is_live_and_cut_what_is_far(Case *c, gconstpointer data)
{
    for (int cut = 0; cut < 2; cut++) {
        double sum[5], slow[5] = {0}, slack = cut ? 0.2 : (double)INFINITY;
        counts_moments(&c->counts, c->mean, 0.4, 0.05, 1.5, slack, sum);
        for (gsize k = 0; k < LIVE; k++) {
            double m = c->mean[k], miss = fmin(fabs(c->value[k] - m), 1.5 * sqrt(0.4 * m + 0.05 * m * m) + slack), s = miss * miss / m;
            const double term[5] = {1, m, s, m * m, m * s};
            for (int j = 0; j < 5; j++)
                slow[j] += term[j];
        }
        for (int j = 0; j < 5; j++)
            assert_near(sum[j], slow[j]);
    }
}

static void misses_are_counted_in_roots_of_the_mean(Case *c, gconstpointer data)
{
    counts_misses(&c->counts, c->mean, c->miss);
    for (gsize k = 0; k < LIVE; k++)
        assert_near(c->miss[k], (c->value[k] - c->mean[k]) / sqrt(c->mean[k] + 1e-12));
    for (gsize k = LIVE; k < N; k++)
        g_assert_cmpfloat(c->miss[k], ==, 0);
}

static void the_sums_of_gauss_and_newton_are_theirs(Case *c, gconstpointer data)
{
    double a[W * W], b[W], slow_a[W * W] = {0}, slow_b[W] = {0};
    counts_lean(&c->counts, c->mean, 0.7, 0.1, 0.6, a, b);
    for (gsize k = 0; k < LIVE; k++)
        for (gsize j = 0; j < W; j++) {
            double m = c->mean[k], x = 0.6 * m / (0.7 * m + 0.1 * m * m) * c->lean[j * N + k];
            slow_b[j] += x * (c->value[k] - m);
            for (gsize i = j; i < W; i++)
                slow_a[j * W + i] += x * m * c->lean[i * N + k];
        }
    for (gsize j = 0; j < W; j++) {
        assert_near(b[j], slow_b[j]);
        for (gsize i = j; i < W; i++)
            assert_near(a[j * W + i], slow_a[j * W + i]);
    }
    counts_lean(&c->counts, c->mean, 0, 0, 1, a, b); /* no variance: nothing is said */
    for (gsize j = 0; j < W; j++)
        g_assert_cmpfloat(b[j], ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kernel/counts/exp-is-exp", exp_is_exp);
    g_test_add_func("/kernel/counts/exp-has-ends", exp_has_ends);
    g_test_add("/kernel/counts/means-lie-between-least-and-most", Case, NULL, set_up, means_lie_between_least_and_most, NULL);
    g_test_add("/kernel/counts/moments-see-what-is-live-and-cut-what-is-far", Case, NULL, set_up, moments_see_what_is_live_and_cut_what_is_far, NULL);
    g_test_add("/kernel/counts/misses-are-counted-in-roots-of-the-mean", Case, NULL, set_up, misses_are_counted_in_roots_of_the_mean, NULL);
    g_test_add("/kernel/counts/the-sums-of-gauss-and-newton-are-theirs", Case, NULL, set_up, the_sums_of_gauss_and_newton_are_theirs, NULL);
    return g_test_run();
}
