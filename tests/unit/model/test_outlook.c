#include "forecast/model/outlook.h"

#include <string.h>

/* 10 + 2 * score: a normal forecast of mean 10 and deviation 2. */
static Outlook *normal_outlook(gsize horizon)
{
    Outlook *outlook = outlook_new("made", 5, horizon);
    for (gsize h = 0; h < horizon; h++) {
        outlook->mean[h] = 10.0;
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
            outlook->quantile[h * OUTLOOK_LEVELS + k] = 10.0 + 2.0 * outlook_probit[k];
    }
    return outlook;
}

static void tidy_puts_crossed_quantiles_in_order(void)
{
    g_autoptr(Outlook) outlook = outlook_new("made", 0, 2);
    const double crossed[OUTLOOK_LEVELS] = {-3, 1, 0, 2, 5, 4, 6, 7, 9, 8, 10, 12, 11};
    const double ordered[OUTLOOK_LEVELS] = {-3, 0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
        outlook->quantile[OUTLOOK_LEVELS + k] = crossed[k];
    outlook_tidy(outlook, FALSE);
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
        g_assert_cmpfloat(outlook->quantile[OUTLOOK_LEVELS + k], ==, ordered[k]);
}

static void tidy_lifts_counts_to_zero_and_leaves_others(void)
{
    g_autoptr(Outlook) counts = outlook_new("made", 0, 1);
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
        counts->quantile[k] = (double)k - 4.0;
    counts->mean[0] = -0.5;
    g_autoptr(Outlook) level = outlook_copy(counts);
    outlook_tidy(counts, TRUE);
    outlook_tidy(level, FALSE);
    g_assert_cmpfloat(counts->mean[0], ==, 0.0);
    g_assert_cmpfloat(counts->quantile[0], ==, 0.0);
    g_assert_cmpfloat(counts->quantile[5], ==, 1.0);
    g_assert_cmpfloat(level->mean[0], ==, -0.5);
    g_assert_cmpfloat(level->quantile[0], ==, -4.0);
}

/* Normal quantiles from tables: z(.75) = .674490, z(.999) = 3.090232, z(.001) = -3.090232. */
static void levels_between_and_beyond_follow_the_normal_score(void)
{
    g_autoptr(Outlook) outlook = normal_outlook(2);
    g_assert_cmpfloat_with_epsilon(outlook_at(outlook, 1, .75, FALSE), 11.348980, 1e-5);
    g_assert_cmpfloat_with_epsilon(outlook_at(outlook, 1, .5, FALSE), 10.0, 1e-12);
    g_assert_cmpfloat_with_epsilon(outlook_at(outlook, 1, .999, FALSE), 16.180464, 1e-5);
    g_assert_cmpfloat_with_epsilon(outlook_at(outlook, 1, .001, FALSE), 3.819536, 1e-5);
}

/* Between .5 (value 4, score 0) and .6 (value 8, score .2533471), the score
 * .12667355 is half way; its level is .550400 by a table of the normal. */
static void a_bent_curve_is_read_segment_by_segment(void)
{
    g_autoptr(Outlook) outlook = outlook_new("made", 0, 1);
    const double value[OUTLOOK_LEVELS] = {0, 0, 0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13};
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
        outlook->quantile[k] = value[k];
    g_assert_cmpfloat_with_epsilon(outlook_at(outlook, 0, .5504003, FALSE), 6.0, 1e-4);
    g_assert_cmpfloat_with_epsilon(outlook_probability(outlook, 0, 6.0), .5504003, 1e-5);
    /* below the lowest level the first, flat segment goes on */
    g_assert_cmpfloat(outlook_at(outlook, 0, .001, TRUE), ==, 0.0);
    /* zero is reached up to the level .1 */
    g_assert_cmpfloat_with_epsilon(outlook_probability(outlook, 0, 0.0), .1, 1e-9);
}

static void counts_are_never_read_below_zero(void)
{
    g_autoptr(Outlook) outlook = normal_outlook(1);
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
        outlook->quantile[k] -= 6.0; /* lowest 4 - 3.92 = .08 */
    g_assert_cmpfloat(outlook_at(outlook, 0, .001, TRUE), ==, 0.0);
    g_assert_cmpfloat_with_epsilon(outlook_at(outlook, 0, .001, FALSE), -2.180464, 1e-5);
}

static void probability_is_the_inverse_and_stays_inside(void)
{
    g_autoptr(Outlook) outlook = normal_outlook(1);
    for (double level = .01; level < .995; level += .01)
        g_assert_cmpfloat_with_epsilon(outlook_probability(outlook, 0, outlook_at(outlook, 0, level, FALSE)), level, 1e-9);
    g_assert_cmpfloat(outlook_probability(outlook, 0, -1e6), ==, 0.0005);
    g_assert_cmpfloat(outlook_probability(outlook, 0, 1e6), ==, 0.9995);
}

/* Nine tenths of the way to the nearest whole number, on the same side of it; what lies nearest to 0 is 0. */
static void settled_counts_lie_beside_whole_numbers(void)
{
    static const double before[OUTLOOK_LEVELS] = {0, 0.3, 0.7, 1.2, 1.6, 2, 2.4, 2.6, 3.45, 4, 5.9, 7.1, 120.25};
    static const double after[OUTLOOK_LEVELS] = {0, 0, 0.97, 1.02, 1.96, 2, 2.04, 2.96, 3.045, 4, 5.99, 7.01, 120.025};
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
        g_assert_cmpfloat_with_epsilon(outlook_settle(before[k]), after[k], 1e-12);
}

static void a_certain_forecast_is_a_step(void)
{
    g_autoptr(Outlook) outlook = outlook_new("made", 0, 1);
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
        outlook->quantile[k] = 3.0;
    g_assert_cmpfloat(outlook_probability(outlook, 0, 2.9), ==, 0.0005);
    g_assert_cmpfloat(outlook_probability(outlook, 0, 3.0), ==, 0.9995);
    g_assert_cmpfloat(outlook_at(outlook, 0, .99, TRUE), ==, 3.0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/outlook/tidy-puts-crossed-quantiles-in-order", tidy_puts_crossed_quantiles_in_order);
    g_test_add_func("/model/outlook/tidy-lifts-counts-to-zero-and-leaves-others", tidy_lifts_counts_to_zero_and_leaves_others);
    g_test_add_func("/model/outlook/levels-between-and-beyond-follow-the-normal-score", levels_between_and_beyond_follow_the_normal_score);
    g_test_add_func("/model/outlook/a-bent-curve-is-read-segment-by-segment", a_bent_curve_is_read_segment_by_segment);
    g_test_add_func("/model/outlook/counts-are-never-read-below-zero", counts_are_never_read_below_zero);
    g_test_add_func("/model/outlook/probability-is-the-inverse-and-stays-inside", probability_is_the_inverse_and_stays_inside);
    g_test_add_func("/model/outlook/settled-counts-lie-beside-whole-numbers", settled_counts_lie_beside_whole_numbers);
    g_test_add_func("/model/outlook/a-certain-forecast-is-a-step", a_certain_forecast_is_a_step);
    return g_test_run();
}
