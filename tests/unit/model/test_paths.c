#include "forecast/model/paths.h"

#include "forecast/model/draw.h"

#include <gsl/gsl_cdf.h>
#include <stdlib.h>
#include <string.h>

enum { HORIZON = 24, PATHS = 2000, ORIGINS = 120 };

static double normal(guint64 seed, guint64 stream, guint64 counter)
{
    return gsl_cdf_ugaussian_Pinv(CLAMP(draw_uniform(seed, stream, counter), 1e-12, 1 - 1e-12));
}

/* An Outlook that is normal with a mean and a spread at every step. */
static Outlook *bell(double mean, double spread)
{
    Outlook *outlook = outlook_new("test", 0, HORIZON);
    for (gsize h = 0; h < HORIZON; h++) {
        outlook->mean[h] = mean;
        for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
            outlook->quantile[h * OUTLOOK_LEVELS + q] = mean + spread * outlook_probit[q];
    }
    return outlook;
}

/* Scores of two series that follow AR(1) with correlation rho and share a part of their shocks. */
static float *make_scores(guint64 seed, double rho, double shared)
{
    float *score = g_new(float, ORIGINS * 2 * HORIZON);
    for (gsize o = 0; o < ORIGINS; o++) {
        double z[2] = {0, 0};
        for (gsize h = 0; h < HORIZON; h++) {
            double common = normal(seed, 100, o * HORIZON + h);
            for (gsize s = 0; s < 2; s++) {
                double shock = sqrt(shared) * common + sqrt(1 - shared) * normal(seed, 101 + s, o * HORIZON + h);
                z[s] = h == 0 ? shock : rho * z[s] + sqrt(1 - rho * rho) * shock;
                score[(o * 2 + s) * HORIZON + h] = (float)z[s];
            }
        }
    }
    return score;
}

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

static double correlate(const float *a, const float *b, gsize n, gsize stride)
{
    double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;
    for (gsize k = 0; k < n; k++) {
        ma += (double)a[k * stride] / (double)n;
        mb += (double)b[k * stride] / (double)n;
    }
    for (gsize k = 0; k < n; k++) {
        double x = (double)a[k * stride] - ma, y = (double)b[k * stride] - mb;
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    return ab / sqrt(aa * bb);
}

static void every_step_spreads_exactly_as_its_outlook(void)
{
    g_autoptr(Outlook) one = bell(50, 5);
    g_autofree float *score = make_scores(7, 0.9, 0.5), *out = g_new(float, PATHS * HORIZON), *column = g_new(float, PATHS);
    const Outlook *outlook[] = {one};
    paths_draw(outlook, 1, score, ORIGINS, HORIZON, PATHS, 1, FALSE, out);
    for (gsize h = 0; h < HORIZON; h++) {
        for (gsize p = 0; p < PATHS; p++)
            column[p] = out[p * HORIZON + h];
        qsort(column, PATHS, sizeof *column, ascending);
        for (gsize r = 0; r < PATHS; r++)
            g_assert_cmpfloat_with_epsilon((double)column[r], outlook_at(one, h, ((double)r + 0.5) / PATHS, FALSE), 1e-4);
    }
}

static void hours_and_wards_move_together_as_their_errors_did(void)
{
    g_autoptr(Outlook) a = bell(50, 5), b = bell(20, 2);
    g_autofree float *score = make_scores(11, 0.9, 0.7), *out = g_new(float, 2 * PATHS * HORIZON);
    const Outlook *outlook[] = {a, b};
    paths_draw(outlook, 2, score, ORIGINS, HORIZON, PATHS, 3, FALSE, out);
    /* Truth: 0.9 from hour to hour, 0.7 between the wards, of which the noise keeps at least 85 %. */
    g_assert_cmpfloat(correlate(out + 10, out + 11, PATHS, HORIZON), >, 0.8);
    g_assert_cmpfloat(correlate(out + 12, out + PATHS * HORIZON + 12, PATHS, HORIZON), >, 0.4);
    g_assert_cmpfloat(correlate(out + 12, out + PATHS * HORIZON + 12, PATHS, HORIZON), <, 0.85);
}

/* The worst of twelve hours: what quantiles of single hours cannot tell. */
static void the_worst_hour_of_a_shift_is_covered(void)
{
    const double rho = 0.8;
    g_autoptr(Outlook) one = bell(0, 1);
    g_autofree float *score = make_scores(13, rho, 0), *out = g_new(float, PATHS * HORIZON), *worst = g_new(float, PATHS);
    const Outlook *outlook[] = {one};
    g_autofree float *first = g_new(float, ORIGINS * HORIZON);
    for (gsize o = 0; o < ORIGINS; o++)
        for (gsize h = 0; h < HORIZON; h++)
            first[o * HORIZON + h] = score[o * 2 * HORIZON + h];
    paths_draw(outlook, 1, first, ORIGINS, HORIZON, PATHS, 5, FALSE, out);
    for (gsize p = 0; p < PATHS; p++) {
        worst[p] = -100;
        for (gsize h = 0; h < 12; h++)
            worst[p] = MAX(worst[p], out[p * HORIZON + h]);
    }
    qsort(worst, PATHS, sizeof *worst, ascending);
    double limit = (double)worst[PATHS * 9 / 10];
    gsize under = 0;
    enum { TRUTHS = 4000 };
    for (gsize k = 0; k < TRUTHS; k++) {
        double z = 0, most = -100;
        for (gsize h = 0; h < 12; h++) {
            double shock = normal(17, 300, k * 12 + h);
            z = h == 0 ? shock : rho * z + sqrt(1 - rho * rho) * shock;
            most = MAX(most, z);
        }
        under += most <= limit;
    }
    g_assert_cmpfloat((double)under / TRUTHS, >, 0.85);
    g_assert_cmpfloat((double)under / TRUTHS, <, 0.95);
}

static void few_or_missing_scores_still_give_whole_paths(void)
{
    g_autoptr(Outlook) a = bell(5, 2), b = bell(20, 2);
    g_autofree float *out = g_new(float, 2 * PATHS * HORIZON), *score = make_scores(19, 0.9, 0.5);
    const Outlook *outlook[] = {a, b};
    for (gsize o = 0; o < ORIGINS; o++)
        for (gsize h = 0; h < HORIZON; h++)
            if (h % 3 == 1 || o % 2)
                score[o * 2 * HORIZON + h] = NAN;
    paths_draw(outlook, 2, score, ORIGINS, HORIZON, PATHS, 1, TRUE, out);
    for (gsize k = 0; k < 2 * PATHS * HORIZON; k++)
        g_assert_true(isfinite(out[k]) && out[k] >= 0);
    paths_draw(outlook, 2, NULL, 0, HORIZON, PATHS, 1, TRUE, out);
    g_assert_cmpfloat(correlate(out + 10, out + 11, PATHS, HORIZON), >, 0.8);
    g_assert_cmpfloat(fabs(correlate(out + 10, out + PATHS * HORIZON + 10, PATHS, HORIZON)), <, 0.1);
}

static void the_same_seed_gives_the_same_bytes(void)
{
    g_autoptr(Outlook) one = bell(50, 5);
    g_autofree float *score = make_scores(7, 0.9, 0.5), *a = g_new(float, PATHS * HORIZON), *b = g_new(float, PATHS * HORIZON);
    const Outlook *outlook[] = {one};
    paths_draw(outlook, 1, score, ORIGINS, HORIZON, PATHS, 1, FALSE, a);
    paths_draw(outlook, 1, score, ORIGINS, HORIZON, PATHS, 1, FALSE, b);
    g_assert_cmpmem(a, PATHS * HORIZON * sizeof *a, b, PATHS * HORIZON * sizeof *b);
    paths_draw(outlook, 1, score, ORIGINS, HORIZON, PATHS, 2, FALSE, b);
    g_assert_cmpint(memcmp(a, b, PATHS * HORIZON * sizeof *a), !=, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/paths/every-step-spreads-exactly-as-its-outlook", every_step_spreads_exactly_as_its_outlook);
    g_test_add_func("/model/paths/hours-and-wards-move-together-as-their-errors-did", hours_and_wards_move_together_as_their_errors_did);
    g_test_add_func("/model/paths/the-worst-hour-of-a-shift-is-covered", the_worst_hour_of_a_shift_is_covered);
    g_test_add_func("/model/paths/few-or-missing-scores-still-give-whole-paths", few_or_missing_scores_still_give_whole_paths);
    g_test_add_func("/model/paths/the-same-seed-gives-the-same-bytes", the_same_seed_gives_the_same_bytes);
    return g_test_run();
}
