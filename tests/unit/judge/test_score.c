#include "forecast/judge/score.h"

/* GLib's own macro promotes to long double, which clang warns of. */
#define assert_near(seen, wanted, most) g_assert_cmpfloat(fabs((seen) - (wanted)), <=, (most))

/* Every expected number below was worked out by hand from the definitions. */

static void flat(double q[OUTLOOK_LEVELS], double value)
{
    for (int k = 0; k < OUTLOOK_LEVELS; k++)
        q[k] = value;
}

static void test_pinball(void)
{
    assert_near(score_pinball(0.9, 10, 13), 2.7, 1e-12);
    assert_near(score_pinball(0.9, 10, 8), 0.2, 1e-12);
    g_assert_cmpfloat(score_pinball(0.3, 5, 5), ==, 0);
}

static void test_interval(void)
{
    assert_near(score_interval(0.2, 4, 10, 6), 6, 1e-12);
    assert_near(score_interval(0.2, 4, 10, 12), 6 + 10 * 2, 1e-12);
    assert_near(score_interval(0.05, 4, 10, 3.5), 6 + 40 * 0.5, 1e-12);
}

static void test_wis(void)
{
    /* All quantiles 10, truth 13: pinball = 3 x level; the levels sum to 6.5. */
    double q[OUTLOOK_LEVELS];
    flat(q, 10);
    assert_near(score_wis(q, 13), 2 * 3 * 6.5 / 13, 1e-12);
    assert_near(score_wis(q, 8), 2 * 2 * 6.5 / 13, 1e-12);
}

static void test_wis_is_the_interval_form(void)
{
    /* Bracher et al. eq. 3 with K = 6 intervals: (|y - m| / 2 + sum alpha_k / 2 IS_k) / (K + 1/2). */
    double q[OUTLOOK_LEVELS];
    for (int k = 0; k < OUTLOOK_LEVELS; k++)
        q[k] = 20 + 3 * outlook_probit[k];
    for (double y = 10; y < 32; y += 1.7) {
        double sum = 0.5 * fabs(y - q[OUTLOOK_MEDIAN]);
        for (int k = 0; k < OUTLOOK_MEDIAN; k++) {
            double alpha = 2 * outlook_level[k];
            sum += alpha / 2 * score_interval(alpha, q[k], q[OUTLOOK_LEVELS - 1 - k], y);
        }
        assert_near(score_wis(q, y), sum / 6.5, 1e-9);
    }
}

static void test_seasonal_error(void)
{
    /* season 2: |3-1|, |6-2|; the pair with the missing value is left out. */
    double y[] = {1, 2, 3, 6, MISSING, 6};
    assert_near(score_seasonal_error(y, 6, 2), (2 + 4 + 0) / 3.0, 1e-12);
    assert_near(score_seasonal_error(y, 4, 2), 3, 1e-12);
    g_assert_true(isnan(score_seasonal_error(y, 2, 2)));
}

static void test_figures(void)
{
    /* Two steps, flat forecast 10; truths 13 and 8. */
    double q[OUTLOOK_LEVELS];
    ScoreSum sum = {0};
    flat(q, 10);
    score_add(&sum, q, 13);
    score_add(&sum, q, 8);
    Score score = score_of(&sum, 5);
    g_assert_cmpuint(score.rows, ==, 2);
    assert_near(score.mae, 2.5, 1e-12);
    assert_near(score.mase, 0.5, 1e-12);
    assert_near(score.wape, 5.0 / 21, 1e-12);
    assert_near(score.bias, (-3 + 2) / 2.0, 1e-12);
    assert_near(score.pinball, (1.5 + 1.0) / 2, 1e-12);
    assert_near(score.wis, 2.5, 1e-12);
    /* Nine deciles sum to 4.5: 2 x 3 x 4.5 and 2 x 2 x 4.5, over 9 x 21. */
    assert_near(score.wql, (27.0 + 18.0) / (9 * 21), 1e-12);
    assert_near(score.interval80, (10 * 3 + 10 * 2) / 2.0, 1e-12);
    g_assert_cmpfloat(score.coverage80, ==, 0);
}

static void test_coverage(void)
{
    double q[OUTLOOK_LEVELS]; /* .025 -> 0, .1 -> 2, .9 -> 10, .975 -> 12 */
    ScoreSum sum = {0};
    for (int k = 0; k < OUTLOOK_LEVELS; k++)
        q[k] = k;
    double truth[] = {0, 1, 2, 6, 10, 11, 12, 13};
    for (gsize t = 0; t < G_N_ELEMENTS(truth); t++)
        score_add(&sum, q, truth[t]);
    Score score = score_of(&sum, MISSING);
    assert_near(score.coverage80, 3.0 / 8, 1e-12);
    assert_near(score.coverage95, 7.0 / 8, 1e-12);
    g_assert_true(isnan(score.mase));
    /* .2 -> 3, .3 -> 4 and .7 -> 8, .8 -> 9: the quartiles lie between, 6 alone inside */
    assert_near(score.coverage50, 1.0 / 8, 1e-12);
}

static void test_origins(void)
{
    /* Two origins: next steps off by 3 and 1, sums by 10 and, its truth not known, not counted. */
    ScoreSum sum = {0}, other = {0};
    score_add_origin(&sum, 10, 13, 50, 40);
    score_add_origin(&other, 5, 4, 20, MISSING);
    score_join(&sum, &other);
    Score score = score_of(&sum, MISSING);
    assert_near(score.next, 2, 1e-12);
    assert_near(score.whole, 10, 1e-12);
    g_assert_cmpuint(score.rows, ==, 0);
}

static void test_missing(void)
{
    double q[OUTLOOK_LEVELS];
    ScoreSum sum = {0};
    flat(q, 10);
    score_add(&sum, q, MISSING);
    q[3] = MISSING;
    score_add(&sum, q, 12);
    Score score = score_of(&sum, 1);
    g_assert_cmpuint(score.rows, ==, 0);
    g_assert_true(isnan(score.mae) && isnan(score.wape) && isnan(score.mase) && isnan(score.coverage95));
}

static void test_many(void)
{
    /* Series of error 2 (scale 4), error 3 (scale 2), error 5 (scale 0: no MASE): mean of 0.5 and 1.5. */
    double q[OUTLOOK_LEVELS], scale[] = {4, 2, 0}, truth[] = {12, 13, 15};
    ScoreSum sum[3] = {{0}, {0}, {0}};
    flat(q, 10);
    for (gsize i = 0; i < 3; i++)
        score_add(&sum[i], q, truth[i]);
    Score score = score_of_many(sum, scale, 3);
    assert_near(score.mase, 1.0, 1e-12);
    assert_near(score.wape, 10.0 / 40, 1e-12);
    g_assert_cmpuint(score.rows, ==, 3);
}

static void test_difference(void)
{
    double d[] = {1, MISSING, 2, 3, 4};
    ScoreDifference one = score_difference(d, 5, 2000, 7), again = score_difference(d, 5, 2000, 7);
    g_assert_cmpuint(one.pairs, ==, 4);
    assert_near(one.mean, 2.5, 1e-12);
    g_assert_cmpfloat(one.low, ==, again.low);
    g_assert_cmpfloat(one.high, ==, again.high);
    g_assert_cmpfloat(one.low, >=, 1);
    g_assert_cmpfloat(one.high, <=, 4);
    g_assert_cmpfloat(one.low, <, one.mean);
    g_assert_cmpfloat(one.high, >, one.mean);
}

static void test_difference_width(void)
{
    /* 400 values +1 and -1: the mean's standard error is 1/20, so about +-0.098 at 95 %. */
    double d[400];
    for (gsize i = 0; i < 400; i++)
        d[i] = i % 2 == 0 ? 1 : -1;
    ScoreDifference difference = score_difference(d, 400, 4000, 11);
    assert_near(difference.low, -0.098, 0.012);
    assert_near(difference.high, 0.098, 0.012);
}

static void test_difference_of_one(void)
{
    double d[] = {MISSING, 3};
    ScoreDifference one = score_difference(d, 2, 100, 1);
    g_assert_cmpfloat(one.mean, ==, 3);
    g_assert_true(isnan(one.low) && isnan(one.high));
    g_assert_true(isnan(score_difference(d, 1, 100, 1).mean));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/judge/score/pinball-charges-each-side-by-its-level", test_pinball);
    g_test_add_func("/judge/score/an-interval-pays-for-width-and-for-misses", test_interval);
    g_test_add_func("/judge/score/wis-of-a-flat-forecast", test_wis);
    g_test_add_func("/judge/score/wis-is-the-interval-form", test_wis_is_the_interval_form);
    g_test_add_func("/judge/score/the-seasonal-error-skips-missing-pairs", test_seasonal_error);
    g_test_add_func("/judge/score/all-figures-of-two-steps", test_figures);
    g_test_add_func("/judge/score/coverage-includes-the-ends", test_coverage);
    g_test_add_func("/judge/score/an-origin-counts-its-next-step-and-its-sum", test_origins);
    g_test_add_func("/judge/score/missing-truth-and-missing-forecast-are-left-out", test_missing);
    g_test_add_func("/judge/score/mase-is-the-plain-mean-over-series", test_many);
    g_test_add_func("/judge/score/the-bootstrap-repeats-with-its-seed", test_difference);
    g_test_add_func("/judge/score/the-bootstrap-is-as-wide-as-the-normal-interval", test_difference_width);
    g_test_add_func("/judge/score/one-pair-has-no-interval", test_difference_of_one);
    return g_test_run();
}
