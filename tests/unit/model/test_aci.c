#include "forecast/model/aci.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

enum { DAYS = 20000, LEADS = 14 };

/* Twelve uniform numbers less six: a normal score but for the far tails. */
static double normal(void)
{
    double sum = -6;
    for (int k = 0; k < 12; k++)
        sum += g_test_rand_double();
    return sum;
}

static double share_missed(const Aci *aci)
{
    return aci->missed / (double)aci->seen;
}

static void take(Aci *aci, double score)
{
    aci_take(aci, &score, 1);
}

static void a_range_that_was_right_stays_as_it_is(void)
{
    Aci aci = aci_start(0.8, 1);
    double factors = 0;
    for (int day = 0; day < DAYS; day++) {
        take(&aci, normal());
        factors += aci.factor / DAYS;
    }
    g_assert_cmpfloat_with_epsilon(aci.reach, 1.2815515655446004, 1e-9);
    g_assert_cmpfloat_with_epsilon(share_missed(&aci), 0.2, 0.01);
    g_assert_cmpfloat_with_epsilon(factors, 1, 0.05);
}

/* Quiet months and wild ones take turns, and the middle drifts: in the long run
 * four of five days are still inside.  As it was made the range would miss 30 %. */
static void in_the_long_run_it_misses_as_often_as_it_says(void)
{
    static const double coverage[] = {0.5, 0.8, 0.95};
    for (gsize k = 0; k < G_N_ELEMENTS(coverage); k++) {
        Aci aci = aci_start(coverage[k], 1);
        for (int day = 0; day < DAYS; day++) {
            double spread = (day / 500) % 2 ? 1.3 : 0.75, middle = 0.2 * sin(day / 300.0);
            take(&aci, middle + spread * normal());
        }
        g_test_message("%.0f %%: missed %.4f", 100 * coverage[k], share_missed(&aci));
        g_assert_cmpfloat_with_epsilon(share_missed(&aci), 1 - coverage[k], 0.01);
    }
}

/* The same where each morning forecasts two weeks and each answer comes on its
 * day: all that had been said of a day moves the range once. */
static void answers_that_come_late_do_no_harm(void)
{
    Aci aci = aci_start(0.8, 1);
    double said[LEADS], missed = 0, released = 0;
    for (gint64 day = 0; day < DAYS; day++) {
        for (gsize lead = 0; lead < LEADS; lead++)
            said[lead] = (day / 500 % 2 ? 1.3 : 0.75) * normal();
        for (gsize lead = 0; lead < LEADS; lead++)
            missed += aci_misses(&aci, said[lead]);
        released += LEADS;
        aci_take(&aci, said, LEADS);
    }
    g_test_message("missed %.4f", missed / released);
    g_assert_cmpfloat_with_epsilon(missed / released, 0.2, 0.01);
    g_assert_cmpuint(aci.seen, ==, DAYS);
    g_assert_cmpfloat_with_epsilon(aci.missed, missed / LEADS, 1e-6);
}

/* Of 40 % more noise the header promises four fifths in 130 days, or in 27 days of hours. */
static void the_promise_of_its_header_holds(void)
{
    static const struct {
        gsize together, days;
    } promise[] = {{1, 130}, {24, 27}};
    enum { LIVES = 400 };
    for (gsize p = 0; p < G_N_ELEMENTS(promise); p++) {
        double end = 0;
        for (int life = 0; life < LIVES; life++) {
            Aci aci = aci_start(0.8, promise[p].together);
            for (gsize t = 0; t < promise[p].days * promise[p].together; t++)
                take(&aci, 1.4 * normal());
            end += aci.factor / LIVES;
        }
        g_test_message("factor %.3f after %zu days", end, promise[p].days);
        g_assert_cmpfloat(end, >, 1 + 0.8 * 0.4 - 0.03);
        g_assert_cmpfloat(end, <, 1.4);
    }
}

static void steps_ahead_fall_into_four_ranges(void)
{
    static const gsize first_of[ACI_BUCKETS + 1] = {1, 7, 13, 25, 49};
    for (gsize b = 0; b < ACI_BUCKETS; b++)
        for (gsize lead = first_of[b]; lead < first_of[b + 1]; lead++)
            g_assert_cmpuint(aci_bucket(48, lead), ==, b);
    g_assert_cmpuint(aci_bucket(1, 1), ==, ACI_BUCKETS - 1);
}

/* One miss of an 80 % range moves its end by .05 x .8, one hold back by .05 x .2. */
static void it_moves_by_small_steps_and_within_bounds(void)
{
    Aci aci = aci_start(0.8, 1);
    take(&aci, 5);
    g_assert_cmpfloat_with_epsilon(aci.factor * aci.reach, 1.2815515655446004 + 0.04, 1e-9);
    take(&aci, 0);
    g_assert_cmpfloat_with_epsilon(aci.factor * aci.reach, 1.2815515655446004 + 0.03, 1e-9);
    take(&aci, (double)NAN);
    aci_take(&aci, NULL, 0);
    g_assert_cmpuint(aci.seen, ==, 2);
    for (int day = 0; day < 200; day++)
        take(&aci, -20);
    g_assert_cmpfloat(aci.factor, ==, ACI_MOST);
    for (int day = 0; day < 1000; day++)
        take(&aci, 0);
    g_assert_cmpfloat(aci.factor, ==, ACI_LEAST);
}

/* Scores whose sizes stand evenly at the quantiles of |Z| x 1.6, 40 of them on 40 days,
 * half of each sign; worked out by hand:
 * the rank ceil(41 x .8) = 33 stands at level 32.5 / 40 = .8125 of |Z|: 1.3181 x 1.6, or
 * 1.6455 times 1.2816.  The error of its logarithm is sqrt(.16 / 40) / (2 x .17550 x 1.2816)
 * = .14060; .49806 x (1 - .14060^2 / .49806^2) = .45836; e^.45836 = 1.5815. */
static void a_range_is_measured_as_far_as_chance_does_not_explain_it(void)
{
    enum { N = 40 };
    double score[N], shift, stretch;
    for (int k = 0; k < N; k++) {
        double level = 0.5 + (k + 0.5) / (2 * N);
        score[k] = (k % 2 ? 1.6 : -1.6) * gsl_cdf_ugaussian_Pinv(level);
    }
    g_assert_true(aci_measure(score, N, N, 0.8, FALSE, &shift, &stretch));
    g_assert_cmpfloat(shift, ==, 0);
    g_assert_cmpfloat_with_epsilon(stretch, 1.58148, 1e-4);
    for (int k = 0; k < N; k++)
        score[k] /= 1.6;
    g_assert_true(aci_measure(score, N, N, 0.8, FALSE, &shift, &stretch));
    g_assert_cmpfloat(stretch, ==, 1); /* 1.0287 is chance */
    for (int k = 0; k < N; k++)
        score[k] = 0.6 + 0.5 * score[k]; /* half as wide, and .6 above */
    g_assert_true(aci_measure(score, N, N, 0.8, TRUE, &shift, &stretch));
    g_assert_cmpfloat_with_epsilon(shift, 0.6, 0.05);
    g_assert_cmpfloat(stretch, <, 0.65);
    g_assert_cmpfloat(stretch, >=, 0.5);
    g_assert_false(aci_measure(score, N, 4, 0.8, TRUE, &shift, &stretch)); /* hours of four days */
    g_assert_true(shift >= 0 && shift <= 0 && stretch >= 1 && stretch <= 1);
    for (int k = 0; k < N; k++)
        score[k] = k % 2 ? 15 : -15; /* absurd */
    g_assert_true(aci_measure(score, N, N, 0.8, TRUE, &shift, &stretch));
    g_assert_cmpfloat(stretch, ==, 2);
    for (int k = 0; k < N; k++)
        score[k] = 15;
    g_assert_true(aci_measure(score, N, N, 0.8, TRUE, &shift, &stretch));
    g_assert_cmpfloat(shift, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/aci/a-range-that-was-right-stays-as-it-is", a_range_that_was_right_stays_as_it_is);
    g_test_add_func("/model/aci/in-the-long-run-it-misses-as-often-as-it-says", in_the_long_run_it_misses_as_often_as_it_says);
    g_test_add_func("/model/aci/answers-that-come-late-do-no-harm", answers_that_come_late_do_no_harm);
    g_test_add_func("/model/aci/the-promise-of-its-header-holds", the_promise_of_its_header_holds);
    g_test_add_func("/model/aci/steps-ahead-fall-into-four-ranges", steps_ahead_fall_into_four_ranges);
    g_test_add_func("/model/aci/a-range-is-measured-as-far-as-chance-does-not-explain-it", a_range_is_measured_as_far_as_chance_does_not_explain_it);
    g_test_add_func("/model/aci/it-moves-by-small-steps-and-within-bounds", it_moves_by_small_steps_and_within_bounds);
    return g_test_run();
}
