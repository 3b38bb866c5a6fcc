#include "forecast/model/reconcile.h"

#include "forecast/model/draw.h"

#include <gsl/gsl_cdf.h>
#include <string.h>

/* GLib's own macro promotes to long double, which clang warns of. */
#define assert_near(seen, wanted, most) g_assert_cmpfloat(fabs((seen) - (wanted)), <=, (most))

static double normal(guint64 seed, gsize k)
{
    return gsl_cdf_ugaussian_Pinv(CLAMP(draw_uniform(seed, 0, k), 1e-12, 1 - 1e-12));
}

/* A total of 10 beside wards of 4 and 3 is 3 too many.  Equally sure, each moves by
 * one: 9 = 5 + 4.  A total with twice the spread has four sixths of the error. */
static void test_two_children(void)
{
    static const double part[] = {1, 1}, same[] = {1, 1, 1}, loose[] = {2, 1, 1};
    g_autoptr(Reconcile) r = reconcile_new(part, 1, 2, NULL, 0);
    g_autoptr(GError) error = NULL;
    double y[] = {10, 4, 3};
    g_assert_cmpfloat(reconcile_shrinkage(r), ==, 1);
    g_assert_true(reconcile_weigh(r, same, &error));
    reconcile_apply(r, y);
    assert_near(y[0], 9.0, 1e-6);
    assert_near(y[1], 5.0, 1e-6);
    assert_near(y[2], 4.0, 1e-6);
    double z[] = {10, 4, 3};
    g_assert_true(reconcile_weigh(r, loose, &error));
    reconcile_apply(r, z);
    assert_near(z[0], 8.0, 1e-6);
    assert_near(z[1], 4.5, 1e-6);
    assert_near(z[2], 3.5, 1e-6);
}

/* Two sites of two and three wards, and the hospital. */
enum { AGGREGATES = 3, BOTTOMS = 5, SERIES = AGGREGATES + BOTTOMS, TIMES = 60 };
static const double house[AGGREGATES * BOTTOMS] = {1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1};

static void draw_residuals(guint64 seed, double *residual, gsize times)
{
    for (gsize t = 0; t < times; t++) {
        double common = normal(seed, t * (SERIES + 1));
        for (gsize i = 0; i < SERIES; i++)
            residual[t * SERIES + i] = 0.6 * common + 0.8 * normal(seed, t * (SERIES + 1) + 1 + i);
    }
}

static void sums(const double *bottom, double *y)
{
    for (gsize k = 0; k < AGGREGATES; k++) {
        y[k] = 0;
        for (gsize j = 0; j < BOTTOMS; j++)
            y[k] += house[k * BOTTOMS + j] * bottom[j];
    }
    for (gsize j = 0; j < BOTTOMS; j++)
        y[AGGREGATES + j] = bottom[j];
}

/* S P S = S: what adds up is left alone; and whatever is put in adds up. */
static void test_projection(void)
{
    guint64 seed = (guint64)(guint32)g_test_rand_int();
    double residual[TIMES * SERIES], spread[SERIES];
    g_autoptr(GError) error = NULL;
    draw_residuals(seed, residual, TIMES);
    residual[7 * SERIES + 2] = MISSING;
    g_autoptr(Reconcile) r = reconcile_new(house, AGGREGATES, BOTTOMS, residual, TIMES);
    g_assert_cmpfloat(reconcile_shrinkage(r), <, 1);
    g_assert_cmpfloat(reconcile_shrinkage(r), >, 0);
    for (gsize i = 0; i < SERIES; i++)
        spread[i] = 0.5 + 5 * draw_uniform(seed, 1, i);
    g_assert_true(reconcile_weigh(r, spread, &error));
    for (gsize c = 0; c < BOTTOMS; c++) {
        double bottom[BOTTOMS] = {0}, y[SERIES], wanted[SERIES];
        bottom[c] = 1;
        sums(bottom, wanted);
        sums(bottom, y);
        reconcile_apply(r, y);
        for (gsize i = 0; i < SERIES; i++)
            assert_near(y[i], wanted[i], 1e-9);
    }
    double y[SERIES], wanted[SERIES];
    for (gsize i = 0; i < SERIES; i++)
        y[i] = 100 * draw_uniform(seed, 2, i);
    reconcile_apply(r, y);
    sums(y + AGGREGATES, wanted);
    for (gsize i = 0; i < SERIES; i++)
        assert_near(y[i], wanted[i], 1e-9 * 100);
}

static void test_few_rows(void)
{
    double residual[TIMES * SERIES];
    draw_residuals(1, residual, TIMES);
    g_autoptr(Reconcile) few = reconcile_new(house, AGGREGATES, BOTTOMS, residual, 3 * SERIES - 1);
    g_assert_cmpfloat(reconcile_shrinkage(few), ==, 1);
    g_autoptr(Reconcile) enough = reconcile_new(house, AGGREGATES, BOTTOMS, residual, 3 * SERIES);
    g_assert_cmpfloat(reconcile_shrinkage(enough), <, 1);
    const double broken[SERIES] = {1, 1, MISSING, 1, 1, 1, 1, 1};
    g_autoptr(GError) error = NULL;
    g_assert_false(reconcile_weigh(enough, broken, &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_NUMERIC);
}

/* Truths that add up, forecasts that err as the residuals did: reconciled ones
 * are nearer, at the bottom and at the top, and nearer than bottom-up at the top. */
static void test_improves(void)
{
    enum { DRAWS = 4000, LEARN = 200 };
    guint64 seed = (guint64)(guint32)g_test_rand_int();
    g_autofree double *residual = g_new(double, LEARN * SERIES), *error_of = g_new(double, DRAWS * SERIES);
    g_autoptr(GError) error = NULL;
    draw_residuals(seed, residual, LEARN);
    draw_residuals(seed + 1, error_of, DRAWS);
    const double spread[SERIES] = {4, 3, 3, 2, 2, 2, 3, 1};
    double before[2] = {0}, after[2] = {0}, upwards = 0, top = 0;
    g_autoptr(Reconcile) r = reconcile_new(house, AGGREGATES, BOTTOMS, residual, LEARN);
    g_assert_true(reconcile_weigh(r, spread, &error));
    for (gsize d = 0; d < DRAWS; d++) {
        double y[SERIES], sum = 0; /* the truth is 0 everywhere, which adds up */
        for (gsize i = 0; i < SERIES; i++)
            y[i] = spread[i] * error_of[d * SERIES + i];
        for (gsize i = 0; i < SERIES; i++)
            before[i >= AGGREGATES] += y[i] * y[i];
        for (gsize j = 0; j < BOTTOMS; j++)
            sum += y[AGGREGATES + j];
        upwards += sum * sum;
        reconcile_apply(r, y);
        top += y[0] * y[0];
        for (gsize i = 0; i < SERIES; i++)
            after[i >= AGGREGATES] += y[i] * y[i];
    }
    g_test_message("squared errors: totals %.2f, reconciled %.2f; wards %.2f, reconciled %.2f; hospital from its wards %.2f, reconciled %.2f (seed %" G_GUINT64_FORMAT ")",
                   before[0] / DRAWS, after[0] / DRAWS, before[1] / DRAWS, after[1] / DRAWS, upwards / DRAWS, top / DRAWS, seed);
    g_assert_cmpfloat(after[0], <, 0.9 * before[0]);
    g_assert_cmpfloat(after[1], <, 0.97 * before[1]);
    g_assert_cmpfloat(top, <, 0.97 * upwards);
}

static Outlook *outlook_of(double mean, double sd, gsize horizon)
{
    Outlook *outlook = outlook_new("x", 0, horizon);
    for (gsize h = 0; h < horizon; h++) {
        outlook->mean[h] = mean + (double)h;
        for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
            outlook->quantile[h * OUTLOOK_LEVELS + q] = MAX(outlook->mean[h] + sd * outlook_probit[q], 0);
    }
    return outlook;
}

static void test_outlooks(void)
{
    enum { HORIZON = 6 };
    static const double part[] = {1, 1};
    g_autoptr(Outlook) total = outlook_of(40, 4, HORIZON), ward = outlook_of(24, 3, HORIZON), small = outlook_of(1, 2, HORIZON);
    Outlook *outlook[] = {total, ward, small};
    g_autoptr(Reconcile) r = reconcile_new(part, 1, 2, NULL, 0);
    g_autoptr(GError) error = NULL;
    double width = ward->quantile[OUTLOOK_LEVELS - 1] - ward->quantile[0], whole = total->quantile[OUTLOOK_LEVELS - 1] - total->quantile[0];
    g_assert_true(reconcile_outlooks(r, outlook, TRUE, &error));
    for (gsize h = 0; h < HORIZON; h++) {
        assert_near(total->mean[h], ward->mean[h] + small->mean[h], 1e-9);
        for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
            for (int i = 0; i < 3; i++) {
                g_assert_cmpfloat(outlook[i]->quantile[h * OUTLOOK_LEVELS + q], >=, 0);
                if (q > 0)
                    g_assert_cmpfloat(outlook[i]->quantile[h * OUTLOOK_LEVELS + q], >=, outlook[i]->quantile[h * OUTLOOK_LEVELS + q - 1]);
            }
    }
    /* A total that agrees with its wards knows no more than it did. */
    assert_near(ward->quantile[OUTLOOK_LEVELS - 1] - ward->quantile[0], width, 1e-9);
    assert_near(total->quantile[OUTLOOK_LEVELS - 1] - total->quantile[0], whole, 1e-9);
}

/* ---- flows ---------------------------------------------------------------- */

enum { STEPS = 72 };

/* 10 now, 3 come and 2 leave makes 11, not 12.  Equally sure, census and discharges give
 * half each; who comes is not asked. */
static void test_flow_by_hand(void)
{
    g_autoptr(Outlook) census = outlook_of(12, 1, 1), admissions = outlook_of(3, 1, 1), discharges = outlook_of(2, 1, 1);
    g_autoptr(GError) error = NULL;
    /* Both as wide, and neither range reaches 0. */
    for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
        discharges->quantile[q] = 2 + outlook_probit[q];
    g_assert_true(reconcile_flow(10, admissions, census, discharges, &error));
    assert_near(census->mean[0], 11.5, 1e-6);
    assert_near(admissions->mean[0], 3.0, 0);
    assert_near(discharges->mean[0], 1.5, 1e-6);
    assert_near(census->quantile[OUTLOOK_MEDIAN], 11.5, 1e-6);
    assert_near(discharges->quantile[OUTLOOK_MEDIAN], 1.5, 1e-6);
    assert_near(discharges->quantile[OUTLOOK_LEVELS - 1], 0.75 * (2 + outlook_probit[OUTLOOK_LEVELS - 1]), 1e-6);
}

/* An outlook of means and spreads, its quantiles not cut off at 0. */
static Outlook *outlook_as(const double *mean, const double *sd, gsize horizon)
{
    Outlook *outlook = outlook_new("x", 0, horizon);
    for (gsize h = 0; h < horizon; h++) {
        outlook->mean[h] = mean[h];
        for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
            outlook->quantile[h * OUTLOOK_LEVELS + q] = mean[h] + sd[h] * outlook_probit[q];
    }
    return outlook;
}

/* The same as a dense least squares problem: numpy.linalg.lstsq of rows census / spread
 * and (admissions + census before - census) / spread. */
static void test_flow_by_least_squares(void)
{
    static const double come[] = {1.5, 2, .5, 3}, there[] = {20, 22, 19, 21.5}, leave[] = {2, 1, 1.5, 2.5};
    static const double sd_there[] = {1, 1.5, 2, 2.5}, sd_leave[] = {1.2, .8, .5, 1};
    static const double want_there[] = {19.94571471, 21.10906755, 20.07388476, 20.7016248}, want_leave[] = {1.55428529, 0.83664716, 1.53518279, 2.37225997};
    g_autoptr(Outlook) census = outlook_as(there, sd_there, 4), admissions = outlook_as(come, sd_leave, 4), discharges = outlook_as(leave, sd_leave, 4);
    g_autoptr(GError) error = NULL;
    g_assert_true(reconcile_flow(20, admissions, census, discharges, &error));
    for (gsize h = 0; h < 4; h++) {
        assert_near(census->mean[h], want_there[h], 1e-6);
        assert_near(discharges->mean[h], want_leave[h], 1e-6);
        assert_near(admissions->mean[h], come[h], 0);
    }
}

static void assert_whole(const Outlook *outlook)
{
    for (gsize h = 0; h < outlook->horizon; h++)
        for (gsize q = 0; q < OUTLOOK_LEVELS; q++) {
            double quantile = outlook->quantile[h * OUTLOOK_LEVELS + q];
            g_assert_true(isfinite(quantile) && quantile >= 0 && isfinite(outlook->mean[h]) && outlook->mean[h] >= 0);
            if (q > 0)
                g_assert_cmpfloat(quantile, >=, outlook->quantile[h * OUTLOOK_LEVELS + q - 1]);
        }
}

/* Whatever is forecast: figures that contradict each other, nobody there, more who leave
 * than are there, steps that are certain. */
static void test_flow(void)
{
    guint64 seed = (guint64)(guint32)g_test_rand_int();
    for (guint64 round = 0; round < 20; round++) {
        Outlook *outlook[3];
        double now = floor(6 * draw_uniform(seed, 1, round)), last = now, come[STEPS], size[] = {6, 3, 5};
        g_autoptr(GError) error = NULL;
        for (guint64 k = 0; k < 3; k++) {
            outlook[k] = outlook_new("x", 0, STEPS);
            for (guint64 h = 0; h < STEPS; h++) {
                guint64 place = (round * 3 + k) * STEPS + h;
                double sd = draw_uniform(seed, 2, place) < 0.2 ? 0 : 2 * draw_uniform(seed, 3, place);
                double mean = outlook[k]->mean[h] = draw_uniform(seed, 4, place) < 0.1 ? 0 : size[k] * draw_uniform(seed, 5, place);
                for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
                    outlook[k]->quantile[h * OUTLOOK_LEVELS + q] = MAX(mean + sd * outlook_probit[q], 0);
            }
        }
        memcpy(come, outlook[1]->mean, sizeof come);
        g_assert_true(reconcile_flow(now, outlook[1], outlook[0], outlook[2], &error));
        for (gsize h = 0; h < STEPS; h++) {
            assert_near(outlook[0]->mean[h], last + outlook[1]->mean[h] - outlook[2]->mean[h], 1e-9);
            assert_near(outlook[1]->mean[h], come[h], 0);
            last = outlook[0]->mean[h];
        }
        for (int k = 0; k < 3; k++) {
            assert_whole(outlook[k]);
            outlook_free(outlook[k]);
        }
    }
}

static void test_flow_left_alone(void)
{
    g_autoptr(Outlook) census = outlook_of(12, 1, 3), admissions = outlook_of(3, 1, 3), discharges = outlook_of(2, 1, 3);
    g_autoptr(GError) error = NULL, unknown = NULL;
    g_assert_false(reconcile_flow(MISSING, admissions, census, discharges, &unknown));
    g_assert_error(unknown, MODEL_ERROR, MODEL_ERROR_NUMERIC);
    discharges->quantile[OUTLOOK_LEVELS - 1] = MISSING;
    g_assert_false(reconcile_flow(10, admissions, census, discharges, &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_NUMERIC);
    assert_near(census->mean[0], 12.0, 0);
    assert_near(discharges->mean[0], 2.0, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/reconcile/two-children-worked-out-by-hand", test_two_children);
    g_test_add_func("/model/reconcile/what-adds-up-is-left-alone", test_projection);
    g_test_add_func("/model/reconcile/few-rows-teach-no-dependence", test_few_rows);
    g_test_add_func("/model/reconcile/reconciled-forecasts-are-nearer", test_improves);
    g_test_add_func("/model/reconcile/outlooks-add-up", test_outlooks);
    g_test_add_func("/model/reconcile/one-step-of-a-flow-by-hand", test_flow_by_hand);
    g_test_add_func("/model/reconcile/four-steps-of-a-flow-by-least-squares", test_flow_by_least_squares);
    g_test_add_func("/model/reconcile/who-comes-and-leaves-makes-the-census", test_flow);
    g_test_add_func("/model/reconcile/what-is-not-finite-is-left-alone", test_flow_left_alone);
    return g_test_run();
}
