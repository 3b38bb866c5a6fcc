#include "forecast/kernel/smoother.h"

#include <math.h>
#include <string.h>

enum { L = SMOOTHER_LANES, SEASON = 4, PAST = 23, STEPS = 30, COLUMNS = 2 + SEASON + 1 };

static double noise(void)
{
    return g_test_rand_double_range(-1, 1);
}

typedef struct {
    SmootherRates rates;
    double z[PAST], extra[STEPS], column[COLUMNS * STEPS * L], precision[COLUMNS * L], square[COLUMNS * COLUMNS * L];
    double work[COLUMNS * L], errors[STEPS * L], start[COLUMNS * L], squares[L], logdet[L];
    guint8 known[PAST];
} Case;

static void begin(Case *c, gboolean holes)
{
    for (gsize l = 0; l < L; l++) {
        c->rates.alpha[l] = g_test_rand_double_range(0.01, 0.9);
        c->rates.beta[l] = c->rates.alpha[l] * g_test_rand_double();
        c->rates.phi[l] = g_test_rand_double_range(0.8, 1);
        c->rates.gamma[l] = (1 - c->rates.alpha[l]) * g_test_rand_double();
    }
    for (gsize t = 0; t < PAST; t++)
        c->known[t] = !(holes && (t == 0 || t == 9 || t == PAST - 1)), c->z[t] = c->known[t] ? 5 * noise() : (double)NAN;
    for (gsize t = 0; t < STEPS; t++)
        c->extra[t] = noise();
    for (gsize k = 0; k < COLUMNS * L; k++)
        c->precision[k] = g_test_rand_double_range(0.1, 2);
}

/* One lane by the textbook: errors of the past and forecasts ahead from a start. */
static void walk(const Case *c, gsize l, const double *start, double coefficient, double *out)
{
    double level = start[0], slope = start[1], season[SEASON];
    memcpy(season, start + 2, sizeof season);
    for (gsize t = 0; t < STEPS; t++) {
        double drift = c->rates.phi[l] * slope, *s = &season[t % SEASON], forecast = level + drift + *s + coefficient * c->extra[t], error = 0;
        if (t < PAST && c->known[t])
            error = c->z[t] - forecast;
        out[t] = t < PAST ? error : forecast;
        level += drift + c->rates.alpha[l] * error;
        slope = drift + c->rates.beta[l] * error;
        *s += c->rates.gamma[l] * error;
    }
}

static void run(Case *c)
{
    smoother_columns(&c->rates, SEASON, c->extra, 1, c->known, PAST, STEPS, c->work, c->column);
    smoother_gram(c->column, c->precision, COLUMNS, PAST, STEPS, c->square);
    smoother_factor(c->square, COLUMNS, c->logdet);
    smoother_errors(&c->rates, SEASON, c->z, c->known, PAST, STEPS, c->work, c->errors);
    smoother_start(c->square, c->column, c->errors, COLUMNS, PAST, STEPS, c->start, c->squares);
}

/* What is minimised: squared errors and what the start's precision adds. */
static double price(const Case *c, gsize l, const double *start)
{
    double out[STEPS], sum = 0;
    walk(c, l, start, start[COLUMNS - 1], out);
    for (gsize t = 0; t < PAST; t++)
        sum += out[t] * out[t];
    for (gsize d = 0; d < COLUMNS; d++)
        sum += c->precision[d * L + l] * start[d] * start[d];
    return sum;
}

static void every_lane_is_the_textbooks_walk(void)
{
    for (int round = 0; round < 20; round++) {
        Case c;
        begin(&c, round % 2);
        run(&c);
        smoother_apply(c.column, c.start, COLUMNS, PAST, STEPS, 0, STEPS, c.errors);
        for (gsize l = 0; l < L; l++) {
            double start[COLUMNS], out[STEPS];
            for (gsize d = 0; d < COLUMNS; d++)
                start[d] = c.start[d * L + l];
            walk(&c, l, start, start[COLUMNS - 1], out);
            for (gsize t = 0; t < STEPS; t++)
                g_assert_cmpfloat_with_epsilon(c.errors[t * L + l], out[t], 1e-9);
            g_assert_cmpfloat_with_epsilon(price(&c, l, start), c.squares[l], 1e-9 * c.squares[l]);
        }
    }
}

static void no_other_start_is_cheaper(void)
{
    Case c;
    begin(&c, TRUE);
    run(&c);
    for (gsize l = 0; l < L; l++)
        for (int round = 0; round < 50; round++) {
            double start[COLUMNS];
            for (gsize d = 0; d < COLUMNS; d++)
                start[d] = c.start[d * L + l] + 0.1 * noise();
            g_assert_cmpfloat(price(&c, l, start), >=, c.squares[l]);
        }
}

/* A diagonal precision so large that nothing else counts: its logarithms. */
static void the_determinant_is_that_of_the_square(void)
{
    Case c;
    double expected = COLUMNS * log(1e12);
    begin(&c, FALSE);
    for (gsize k = 0; k < COLUMNS * L; k++)
        c.precision[k] = 1e12;
    run(&c);
    for (gsize l = 0; l < L; l++)
        g_assert_cmpfloat_with_epsilon(c.logdet[l], expected, 1e-6);
}

/* The variance ahead of not knowing the start, by moving each part of it. */
static void doubt_ahead_is_that_of_the_inverse(void)
{
    Case c;
    double ahead[(STEPS - PAST) * L], check[COLUMNS * L], zero[STEPS * L] = {0}, squares[L];
    begin(&c, FALSE);
    run(&c);
    smoother_doubt(c.square, c.column, COLUMNS, PAST, STEPS, c.work, ahead);
    for (gsize t = PAST; t < STEPS; t++) {
        /* the inverse times the step's row, by asking for the start of errors whose products with the columns are that row */
        double column[COLUMNS * L];
        for (gsize d = 0; d < COLUMNS; d++)
            memcpy(column + d * L, c.column + (d * STEPS + t) * L, L * sizeof *column);
        for (gsize l = 0; l < L; l++)
            zero[l] = 1;
        smoother_start(c.square, column, zero, COLUMNS, 1, 1, check, squares);
        for (gsize l = 0; l < L; l++) {
            double sum = 0;
            for (gsize d = 0; d < COLUMNS; d++)
                sum += check[d * L + l] * column[d * L + l];
            g_assert_cmpfloat_with_epsilon(ahead[(t - PAST) * L + l], sum, 1e-9);
            g_assert_cmpfloat_with_epsilon(squares[l], 1 - sum, 1e-9);
        }
    }
}

static void a_whole_past_takes_the_short_way_to_the_same(void)
{
    enum { D = 2 + SEASON };
    Case c;
    double column[D * PAST * L], few[3 * PAST * L], square[D * D * L], same[D * D * L], start[D * L], squares[L];
    begin(&c, FALSE);
    smoother_columns(&c.rates, SEASON, NULL, 0, c.known, PAST, PAST, c.work, column);
    smoother_gram(column, c.precision, D, PAST, PAST, square);
    smoother_columns_whole(&c.rates, SEASON, PAST, c.work, few);
    smoother_gram_whole(few, c.precision, SEASON, PAST, same);
    for (gsize i = 0; i < D; i++)
        for (gsize j = 0; j <= i; j++)
            for (gsize l = 0; l < L; l++)
                g_assert_cmpfloat_with_epsilon(same[(i * D + j) * L + l], square[(i * D + j) * L + l], 1e-10);
    smoother_factor(square, D, NULL);
    smoother_errors(&c.rates, SEASON, c.z, c.known, PAST, PAST, c.work, c.errors);
    smoother_start(square, column, c.errors, D, PAST, PAST, c.start, c.squares);
    smoother_start_whole(square, few, c.errors, SEASON, PAST, start, squares);
    for (gsize l = 0; l < L; l++)
        g_assert_cmpfloat_with_epsilon(squares[l], c.squares[l], 1e-9);
    for (gsize k = 0; k < D * L; k++)
        g_assert_cmpfloat_with_epsilon(start[k], c.start[k], 1e-9);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kernel/smoother/every-lane-is-the-textbooks-walk", every_lane_is_the_textbooks_walk);
    g_test_add_func("/kernel/smoother/no-other-start-is-cheaper", no_other_start_is_cheaper);
    g_test_add_func("/kernel/smoother/the-determinant-is-that-of-the-square", the_determinant_is_that_of_the_square);
    g_test_add_func("/kernel/smoother/doubt-ahead-is-that-of-the-inverse", doubt_ahead_is_that_of_the_inverse);
    g_test_add_func("/kernel/smoother/a-whole-past-takes-the-short-way-to-the-same", a_whole_past_takes_the_short_way_to_the_same);
    return g_test_run();
}
