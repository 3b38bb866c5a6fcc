#include "forecast/model/ranges.h"

#include "forecast/series/missing.h"

#include <math.h>

enum { LENGTH = 400 };
static const double forever[RANGES_MEMORIES] = {(double)INFINITY, (double)INFINITY, (double)INFINITY, (double)INFINITY, (double)INFINITY};

typedef struct {
    double value[LENGTH], rate[LENGTH], ratio[LENGTH + 1][RANGES_MEMORIES];
    RangesPast past;
    Range range[RANGES];
} Ward;

/* Everything usual: rates of 1, ratios of 0 (logs), memories that never fade. */
static Ward *ward_new(void)
{
    Ward *ward = g_new0(Ward, 1);
    for (gsize t = 0; t < LENGTH; t++)
        ward->rate[t] = ward->value[t] = 1;
    ward->past = (RangesPast){.value = ward->value, .rate = ward->rate, .ratio = (const double(*)[RANGES_MEMORIES])ward->ratio, .half_life = forever,
                              .first = 1, .fit = LENGTH, .level = 1, .unit = 1, .optimism = 1, .ceiling = 1e6};
    return ward;
}

static void test_leads(void)
{
    static const gsize lead[] = {1, 2, 3, 4, 5, 8, 9, 16, 17, 128, 129, 65536, 65537, 1000000};
    static const gsize range[] = {0, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 16, 16, 16};
    for (gsize k = 0; k < G_N_ELEMENTS(lead); k++)
        g_assert_cmpuint(ranges_of(lead[k]), ==, range[k]);
}

static void test_level(void)
{
    const Range range = {.weight = {1, 0.5, 0.25, 0}, .linear = 2, .square = 0.5};
    static const double ratio[RANGES_MEMORIES] = {1, 2, 4, 8, 100};
    g_assert_cmpfloat(ranges_level(&range, ratio), ==, 1 + 1 + 1 + 1);
    g_assert_cmpfloat(ranges_variance(&range, 10), ==, 20 + 50);
    g_assert_cmpfloat(ranges_variance(&range, 0), ==, 0);
}

/* A half more and a half less by turns: a variance of 0.25, as far as 399 values speak against ten
 * that count as what one patient is.  No ratio says anything: weights stay what is believed. */
static void test_spread(void)
{
    g_autofree Ward *ward = ward_new();
    for (gsize t = 0; t < LENGTH; t++)
        ward->value[t] = t % 2 ? 1.5 : 0.5;
    ranges_learn(&ward->past, ward->range);
    double wanted = (399 * 0.25 + 10 * 1.0) / 409;
    g_assert_cmpfloat_with_epsilon(ward->range[0].linear, wanted, 1e-3);
    g_assert_cmpfloat_with_epsilon(ward->range[0].square, 0, 1e-6);
    for (int k = 0; k < RANGES_WEIGHTS; k++)
        g_assert_cmpfloat_with_epsilon(ward->range[0].weight[k], 0.5, 1e-9);
    /* further ahead ever fewer values lean on nearer ranges, which say the same */
    for (gsize r = 1; r < RANGES; r++)
        g_assert_cmpfloat_with_epsilon(ward->range[r].linear, 0.255, 0.015);
    ward->past.optimism = 2;
    ranges_learn(&ward->past, ward->range);
    g_assert_cmpfloat_with_epsilon(ward->range[0].linear, (399 * 0.5 + 10 * 1.0) / 409, 2e-3);
}

/* Leads longer than the past: what the nearer range learnt. */
static void test_beyond(void)
{
    g_autofree Ward *ward = ward_new();
    for (gsize t = 0; t < LENGTH; t++)
        ward->value[t] = t % 3 == 0 ? 3 : 0;
    ranges_learn(&ward->past, ward->range);
    g_assert_cmpuint(ranges_of(LENGTH), ==, 9);
    for (gsize r = 10; r < RANGES; r++) {
        g_assert_cmpfloat_with_epsilon(ward->range[r].linear, ward->range[9].linear, 1e-12);
        for (int k = 0; k < RANGES_WEIGHTS; k++)
            g_assert_cmpfloat_with_epsilon(ward->range[r].weight[k], ward->range[9].weight[k], 1e-12);
    }
}

/* A hundred times e to the shorter memory's ratio (or to nothing), ten more and less by turns. */
static double learnt_weight(gboolean follows)
{
    g_autofree Ward *ward = ward_new();
    for (gsize t = 0; t <= LENGTH; t++) {
        double busy = 0.3 * sin(0.7 * (double)t);
        for (int k = 1; k < RANGES_MEMORIES; k++)
            ward->ratio[t][k] = busy;
        if (t == LENGTH)
            break;
        ward->rate[t] = 100;
        ward->value[t] = 100 * exp(follows ? busy : 0) + (t % 2 ? 10 : -10);
    }
    ward->past.level = 1;
    ranges_learn(&ward->past, ward->range);
    return ward->range[0].weight[0];
}

static void test_weights(void)
{
    g_assert_cmpfloat(learnt_weight(TRUE), >, 0.9);
    g_assert_cmpfloat(learnt_weight(FALSE), <, 0.1);
}

static void test_missing(void)
{
    g_autofree Ward *ward = ward_new();
    for (gsize t = 0; t < LENGTH; t++)
        ward->value[t] = MISSING;
    ranges_learn(&ward->past, ward->range);
    for (gsize r = 0; r < RANGES; r++) {
        g_assert_cmpfloat_with_epsilon(ward->range[r].linear, 1, 1e-12); /* one patient */
        g_assert_cmpfloat_with_epsilon(ward->range[r].square, 0, 1e-12);
    }
}

/* One step of ten thousand is an accident: it moves the variance by no more than a far miss. */
static void test_accident(void)
{
    g_autofree Ward *ward = ward_new();
    for (gsize t = 0; t < LENGTH; t++)
        ward->value[t] = t == 200 ? 1e4 : t % 2 ? 1.5 : 0.5;
    ranges_learn(&ward->past, ward->range);
    g_assert_cmpfloat(ward->range[0].linear, <, 1e8 / LENGTH / 5);
    g_assert_true(isfinite(ward->range[0].square));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/ranges/leads-double-from-range-to-range", test_leads);
    g_test_add_func("/model/ranges/a-level-is-made-of-steps-between-memories", test_level);
    g_test_add_func("/model/ranges/the-spread-is-that-of-the-past", test_spread);
    g_test_add_func("/model/ranges/beyond-the-past-the-nearer-range-speaks", test_beyond);
    g_test_add_func("/model/ranges/a-memory-that-tells-gets-its-weight", test_weights);
    g_test_add_func("/model/ranges/of-nothing-known-one-patient-is-the-spread", test_missing);
    g_test_add_func("/model/ranges/an-accident-is-not-the-rule", test_accident);
    return g_test_run();
}
