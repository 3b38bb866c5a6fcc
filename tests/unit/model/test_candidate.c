#include "forecast/model/candidate.h"

#include <stdlib.h>
#include <string.h>

enum { SEASON = 12, LENGTH = 60 };

static const char *const trend_name[TRENDS] = {"none", "line", "damped"};

static Trend trend_of(const char *name)
{
    for (int k = 0; k < TRENDS; k++)
        if (g_str_equal(name, trend_name[k]))
            return (Trend)k;
    g_assert_not_reached();
}

/* The recursion written out: the states after z[n] and the sum of squared errors. */
static double walk(Candidate *c, const double *z, gsize n)
{
    double squares = 0;
    for (gsize t = 0; t < n; t++) {
        double none = 0, *season = c->season > 0 ? &c->pattern[t % c->season] : &none;
        double error = isnan(z[t]) ? 0 : z[t] - (c->level + c->phi * c->slope + *season);
        c->level += c->phi * c->slope + c->alpha * error;
        c->slope = c->phi * c->slope + c->beta * error;
        *season += c->gamma * error;
        squares += error * error;
    }
    return squares;
}

/* Against statsmodels (golden/make_ets.py): no worse a fit than its best of ten
 * starts, hardly a better one, and where shares are told apart, like forecasts. */
static void fits_are_those_of_statsmodels(void)
{
    g_autofree char *path = g_build_filename(g_getenv("top_srcdir"), "tests/unit/model/golden/ets.txt", NULL);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) line = g_strsplit(text, "\n", -1);
    g_autoptr(CandidateBench) bench = candidate_bench_new(LENGTH, SEASON);
    double z[LENGTH], squares = 0;
    Candidate fit = {0};
    int fits = 0;
    for (char **at = line; *at != NULL; at++) {
        g_auto(GStrv) word = g_strsplit(*at, " ", -1);
        gsize words = g_strv_length(word);
        for (gsize t = 0; t < LENGTH && words == LENGTH; t++)
            z[t] = g_ascii_strtod(word[t], NULL);
        if (words == 4) {
            fit = (Candidate){.trend = trend_of(word[1]), .season = strtoul(word[2], NULL, 10)};
            squares = g_ascii_strtod(word[3], NULL);
            g_assert_true(candidate_fit(bench, z, LENGTH, &fit));
            g_test_message("%s %s: %.2f, statsmodels %.2f (alpha %.3f beta %.4f phi %.3f gamma %.3f)", word[1], word[2], fit.squares, squares,
                           fit.alpha, fit.beta, fit.phi, fit.gamma);
            g_assert_cmpfloat(fit.squares, <, 1.005 * squares);
            fits++;
        }
        if (words == 12) {
            Candidate end = fit;
            g_assert_cmpfloat_with_epsilon(walk(&end, z, LENGTH), fit.squares, 1e-3 * fit.squares);
            double drift = 0, off = 0;
            for (gsize h = 0; h < 12; h++) {
                drift += pow(end.phi, (double)(h + 1));
                off += fabs(end.level + drift * end.slope + (end.season > 0 ? end.pattern[(LENGTH + h) % SEASON] : 0) - g_ascii_strtod(word[h], NULL)) / 12;
            }
            g_test_message("mean difference of the forecasts %.2f", off);
            if (fit.squares > 0.995 * squares)
                g_assert_cmpfloat(off, <, 3.0); /* patients of about 200; errors are of 12 */
        }
    }
    g_assert_cmpint(fits, ==, 12);
}

static double noise(void)
{
    double sum = -6.0;
    for (int k = 0; k < 12; k++)
        sum += g_test_rand_double();
    return sum;
}

/* Nothing near the fitted shares does better, whatever the start: a walk from
 * random starts near the fitted one never has fewer squared errors. */
static void no_start_nearby_is_better(void)
{
    g_autoptr(CandidateBench) bench = candidate_bench_new(LENGTH, SEASON);
    double z[LENGTH];
    for (gsize t = 0; t < LENGTH; t++)
        z[t] = 100 + 0.3 * (double)t + 10 * sin(0.5236 * (double)t) + 4 * noise();
    z[7] = z[8] = z[30] = MISSING;
    for (int trend = 0; trend < TRENDS; trend++) {
        Candidate fit = {.trend = (Trend)trend, .season = SEASON};
        g_assert_true(candidate_fit(bench, z, LENGTH, &fit));
        for (int round = 0; round < 200; round++) {
            Candidate other = fit;
            other.level += noise();
            other.slope += trend != TREND_NONE ? 0.1 * noise() : 0;
            for (gsize k = 0; k < SEASON; k++)
                other.pattern[k] += noise();
            g_assert_cmpfloat(walk(&other, z, LENGTH), >=, fit.squares * (1 - 1e-9));
        }
    }
}

static void holes_do_not_change_the_arithmetic(void)
{
    /* a hole sends the fit the long way round (smoother_columns and not _whole): like answers from like values */
    g_autoptr(CandidateBench) bench = candidate_bench_new(LENGTH + 1, SEASON);
    double z[LENGTH + 1];
    for (gsize t = 0; t < LENGTH; t++)
        z[t] = 50 + 8 * cos(0.5236 * (double)t) + 2 * noise();
    z[LENGTH] = MISSING; /* after the end: nothing is learnt from it */
    Candidate whole = {.trend = TREND_DAMPED, .season = SEASON}, holed = whole;
    g_assert_true(candidate_fit(bench, z, LENGTH, &whole));
    g_assert_true(candidate_fit(bench, z, LENGTH + 1, &holed));
    g_assert_cmpfloat_with_epsilon(whole.squares, holed.squares, 1e-6 * whole.squares);
    g_assert_cmpfloat_with_epsilon(whole.alpha, holed.alpha, 1e-6);
    g_assert_cmpfloat_with_epsilon(whole.level, holed.level, 1e-4);
}

static void what_is_there_is_chosen(void)
{
    g_autoptr(CandidateBench) bench = candidate_bench_new(120, SEASON);
    double z[120];
    Candidate best;
    for (gsize t = 0; t < 120; t++)
        z[t] = 10 + noise();
    g_assert_true(candidate_choose(bench, z, 120, SEASON, &best));
    g_assert_cmpuint(best.season, ==, 0);
    for (gsize t = 0; t < 120; t++)
        z[t] = 10 + 2 * (double)t + 9 * (t % 12 == 3) + noise();
    g_assert_true(candidate_choose(bench, z, 120, SEASON, &best));
    g_assert_cmpuint(best.season, ==, SEASON);
    g_assert_cmpint(best.trend, !=, TREND_NONE);
    g_assert_cmpfloat_with_epsilon(best.sd, 1.0, 0.3);
}

static void too_little_is_refused(void)
{
    g_autoptr(CandidateBench) bench = candidate_bench_new(30, SEASON);
    double z[30];
    for (gsize t = 0; t < 30; t++)
        z[t] = t % 10 == 0 ? 4.0 : MISSING;
    Candidate seasonal = {.season = SEASON}, line = {.trend = TREND_LINE}, huge = {.trend = TREND_NONE};
    g_assert_false(candidate_fit(bench, z, 30, &seasonal));
    g_assert_false(candidate_fit(bench, z, 20, &line));
    for (gsize t = 0; t < 30; t++)
        z[t] = t % 2 ? 1e200 : -1e200;
    g_assert_false(candidate_fit(bench, z, 30, &huge));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/candidate/fits-are-those-of-statsmodels", fits_are_those_of_statsmodels);
    g_test_add_func("/model/candidate/no-start-nearby-is-better", no_start_nearby_is_better);
    g_test_add_func("/model/candidate/holes-do-not-change-the-arithmetic", holes_do_not_change_the_arithmetic);
    g_test_add_func("/model/candidate/what-is-there-is-chosen", what_is_there_is_chosen);
    g_test_add_func("/model/candidate/too-little-is-refused", too_little_is_refused);
    return g_test_run();
}
