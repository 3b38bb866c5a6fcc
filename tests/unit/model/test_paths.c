#include "forecast/model/paths.h"

#include "forecast/model/calibrate.h"
#include "forecast/model/draw.h"

#include <gsl/gsl_cdf.h>
#include <stdlib.h>
#include <string.h>

/* GLib's own macro promotes to long double, which clang warns of. */
#define assert_near(seen, wanted, most) g_assert_cmpfloat(fabs((seen) - (wanted)), <=, (most))

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
            assert_near((double)column[r], outlook_at(one, h, ((double)r + 0.5) / PATHS, FALSE), 1e-4);
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

/* ---- counts whose truth is known ----------------------------------------- */

/* Patients of an hour are Poisson about LEVEL times how busy the day is, a gamma of mean 1
 * and shape BUSY that the hours of a day share: by itself each hour is negative binomial. */
#define LEVEL 12.0
#define BUSY 12.0
enum { DAYS = 3, HOURS = 24 * DAYS, PAST = 48, FUTURES = 1500 };

static unsigned count_below(double u, double mean)
{
    unsigned y = 0;
    while (gsl_cdf_poisson_P(y, mean) < u)
        y++;
    return y;
}

static void live(guint64 stream, double *value)
{
    double busy = 0;
    for (guint64 h = 0; h < HOURS; h++) {
        if (h % 24 == 0)
            busy = gsl_cdf_gamma_Pinv(draw_uniform(23, 2 * stream, h / 24), BUSY, 1 / BUSY);
        value[h] = count_below(draw_uniform(23, 2 * stream + 1, h), LEVEL * busy);
    }
}

/* The outlook that knows each hour by itself: the curve through the middles of the jumps. */
static Outlook *hours_alone(void)
{
    Outlook *outlook = outlook_new("test", 0, HOURS);
    double p = BUSY / (BUSY + LEVEL);
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++) {
        unsigned y = 0;
        while (gsl_cdf_negative_binomial_P(y, p, BUSY) < outlook_level[k])
            y++;
        double below = y > 0 ? gsl_cdf_negative_binomial_P(y - 1, p, BUSY) : 0, upto = gsl_cdf_negative_binomial_P(y, p, BUSY);
        for (gsize h = 0; h < HOURS; h++)
            outlook->quantile[h * OUTLOOK_LEVELS + k] = y - 0.5 + (outlook_level[k] - below) / (upto - below);
    }
    return outlook;
}

/* The largest or the sum of hours from .. to-1. */
static double figure_of(const float *path, const double *value, gsize from, gsize to, gboolean worst)
{
    double figure = 0;
    for (gsize h = from; h < to; h++) {
        double y = path != NULL ? (double)path[h] : value[h];
        figure = worst ? MAX(figure, y) : figure + y;
    }
    return figure;
}

/* Share of the futures within what 90 % of the paths hold, half of those that meet it. */
static double held(const float *path, const double *future, gsize from, gsize to, gboolean worst)
{
    g_autofree float *figure = g_new(float, PATHS);
    double inside = 0;
    for (gsize p = 0; p < PATHS; p++)
        figure[p] = (float)figure_of(path + p * HOURS, NULL, from, to, worst);
    qsort(figure, PATHS, sizeof *figure, ascending);
    double limit = (double)figure[PATHS * 9 / 10];
    for (gsize k = 0; k < FUTURES; k++) {
        double came = figure_of(NULL, future + k * HOURS, from, to, worst);
        inside += CLAMP(limit - came + 0.5, 0.0, 1.0);
    }
    return inside / FUTURES;
}

/* Forty-eight past mornings tell how the hours of a day hang together: the most
 * crowded hour and all patients of a shift, a day and three days come within the
 * limit of the paths nine times in ten.  Hours that did not hang together would
 * hold the patients of a day in 64 % (a standard deviation of 24 for 85). */
static void shifts_and_days_of_counts_are_covered(void)
{
    g_autoptr(Outlook) outlook = hours_alone();
    g_autofree float *score = g_new(float, PAST * HOURS), *out = g_new(float, PATHS * HOURS);
    g_autofree double *future = g_new(double, FUTURES * HOURS);
    for (guint64 k = 0; k < FUTURES; k++)
        live(1000 + k, future + k * HOURS);
    for (guint64 o = 0; o < PAST; o++) {
        double value[HOURS];
        live(o, value);
        for (gsize h = 0; h < HOURS; h++)
            score[o * HOURS + h] = (float)calibrate_score(outlook, h, value[h], TRUE, o * HOURS + h);
    }
    const Outlook *one[] = {outlook};
    paths_draw(one, 1, score, PAST, HOURS, PATHS, 5, TRUE, out);
    static const gsize window[][2] = {{0, 8}, {8, 20}, {24, 48}, {0, 72}};
    for (gsize w = 0; w < G_N_ELEMENTS(window); w++)
        for (int worst = 0; worst < 2; worst++) {
            double share = held(out, future, window[w][0], window[w][1], worst);
            g_test_message("%s of hours %zu .. %zu: %.3f", worst ? "the most" : "the sum", window[w][0], window[w][1], share);
            g_assert_cmpfloat(share, >, .85);
            g_assert_cmpfloat(share, <, .95);
        }
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

/* ---- parts of a total ------------------------------------------------------ */

enum { WARDS = 5 };

static double spread_of_sum(const float *path, gsize h)
{
    double mean = 0, square = 0;
    for (gsize p = 0; p < PATHS; p++) {
        double sum = 0;
        for (gsize w = 0; w < WARDS; w++)
            sum += (double)path[(w * PATHS + p) * HORIZON + h];
        mean += sum / PATHS;
        square += sum * sum / PATHS;
    }
    return sqrt(square - mean * mean);
}

/* Five wards of spread 4: between 0 and 20 the sum may spread as it likes, and by themselves
 * it would by 9.  The hospital says 5, 9, 15, and what no wards can: 40. */
static void wards_move_together_as_the_hospital_spreads(void)
{
    static const double wanted[] = {5, 9, 15, 40}, reached[] = {5, 9, 15, 20};
    Outlook *ward[WARDS];
    g_autofree float *out = g_new(float, WARDS * PATHS * HORIZON), *again = g_new(float, WARDS * PATHS * HORIZON), *column = g_new(float, PATHS);
    for (int w = 0; w < WARDS; w++)
        ward[w] = bell(30 + 5 * w, 4);
    for (gsize k = 0; k < G_N_ELEMENTS(wanted); k++) {
        g_autoptr(Outlook) total = bell(200, wanted[k]);
        paths_draw_parts((const Outlook *const *)ward, WARDS, total, NULL, 0, HORIZON, PATHS, 3, TRUE, out);
        paths_draw_parts((const Outlook *const *)ward, WARDS, total, NULL, 0, HORIZON, PATHS, 3, TRUE, again);
        g_assert_cmpmem(out, WARDS * PATHS * HORIZON * sizeof *out, again, WARDS * PATHS * HORIZON * sizeof *out);
        for (gsize h = 0; h < HORIZON; h++)
            assert_near(spread_of_sum(out, h), reached[k], 0.05 * reached[k]);
        /* Each ward by itself is as it was, in whole patients. */
        for (gsize h = 0; h < HORIZON; h += 7)
            for (gsize w = 0; w < WARDS; w++) {
                for (gsize p = 0; p < PATHS; p++)
                    column[p] = out[(w * PATHS + p) * HORIZON + h];
                qsort(column, PATHS, sizeof *column, ascending);
                for (gsize r = 0; r < PATHS; r++)
                    g_assert_cmpfloat((double)column[r], ==, rint(outlook_at(ward[w], h, ((double)r + 0.5) / PATHS, TRUE)));
            }
        /* From hour to hour they still move as they would have (0.9 when nothing is known). */
        g_assert_cmpfloat(correlate(out + 10, out + 11, PATHS, HORIZON), >, 0.75);
    }
    for (int w = 0; w < WARDS; w++)
        outlook_free(ward[w]);
}

/* Wards in which nothing is uncertain, alone or among others. */
static void certain_wards_have_paths_too(void)
{
    Outlook *ward[WARDS];
    g_autoptr(Outlook) total = bell(50, 3);
    g_autofree float *out = g_new(float, WARDS * PATHS * HORIZON);
    for (int w = 0; w < WARDS; w++)
        ward[w] = bell(10, 0);
    for (int uncertain = 0; uncertain < 2; uncertain++) {
        paths_draw_parts((const Outlook *const *)ward, WARDS, total, NULL, 0, HORIZON, PATHS, 3, TRUE, out);
        for (gsize w = (gsize)uncertain; w < WARDS; w++)
            for (gsize k = 0; k < PATHS * HORIZON; k++)
                g_assert_cmpfloat((double)out[w * PATHS * HORIZON + k], ==, 10);
        outlook_free(ward[0]);
        ward[0] = bell(10, 2);
    }
    for (int w = 0; w < WARDS; w++)
        outlook_free(ward[w]);
}

/* Two wards, four paths: sums of 1, 2, 2 and 3, worked out by hand. */
static void sums_of_four_paths_by_hand(void)
{
    static const float path[] = {0, 1, 2, 1, 1, 1, 0, 2};
    static const double half[] = {0.6, 0.7, 0.9, 1.3, 1.6, 1.8, 2, 2.2, 2.4, 2.7, 3.1, 3.3, 3.4};
    static const double between[] = {1, 1, 1, 1.3, 1.7, 2, 2, 2, 2.3, 2.7, 3, 3, 3};
    g_autoptr(Outlook) counts = outlook_new("test", 0, 1), levels = outlook_new("test", 0, 1);
    paths_sum(path, 2, 4, 1, TRUE, counts);
    paths_sum(path, 2, 4, 1, FALSE, levels);
    for (gsize q = 0; q < OUTLOOK_LEVELS; q++) {
        assert_near(counts->quantile[q], half[q], 1e-9);
        assert_near(levels->quantile[q], between[q], 1e-9);
    }
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
    g_test_add_func("/model/paths/shifts-and-days-of-counts-are-covered", shifts_and_days_of_counts_are_covered);
    g_test_add_func("/model/paths/few-or-missing-scores-still-give-whole-paths", few_or_missing_scores_still_give_whole_paths);
    g_test_add_func("/model/paths/wards-move-together-as-the-hospital-spreads", wards_move_together_as_the_hospital_spreads);
    g_test_add_func("/model/paths/certain-wards-have-paths-too", certain_wards_have_paths_too);
    g_test_add_func("/model/paths/sums-of-four-paths-by-hand", sums_of_four_paths_by_hand);
    g_test_add_func("/model/paths/the-same-seed-gives-the-same-bytes", the_same_seed_gives_the_same_bytes);
    return g_test_run();
}
