#include "daemon/engine/leash.h"

enum { ORIGINS = 5, HORIZON = 8 };

/* One series; what came is 10.  The anchor says 10 + off[origin] for certain; the
 * network, when it speaks freely, 10 + off[origin] - adds[origin].  One step in
 * each range of the horizon of 8 would do: ranges are 0, 1, 2..3 and 4..7. */
static Backtest *said(const double *off, const double *adds)
{
    Backtest *b = g_new0(Backtest, 1);
    b->members = b->series = 1;
    b->origins = ORIGINS;
    b->horizon = HORIZON;
    b->name = g_new0(char *, 2);
    b->complaint = g_new0(char *, 1);
    b->origin = g_new0(gsize, ORIGINS);
    b->quantile = g_new(float, ORIGINS * HORIZON * OUTLOOK_LEVELS);
    b->mean = g_new0(float, ORIGINS * HORIZON);
    b->actual = g_new(float, ORIGINS * HORIZON);
    for (gsize o = 0; o < ORIGINS; o++)
        for (gsize h = 0; h < HORIZON; h++) {
            b->actual[o * HORIZON + h] = 10;
            for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
                b->quantile[(o * HORIZON + h) * OUTLOOK_LEVELS + k] = (float)(10 + off[o] - (adds != NULL ? adds[o] : 0));
        }
    return b;
}

static void learn(const double *off, const double *adds, double leash[NETWORK_RANGES])
{
    static const double scale[1] = {2};
    g_autoptr(Backtest) anchored = said(off, NULL), loose = said(off, adds);
    leash_learn(loose, anchored, 0, scale, leash);
}

static void a_network_that_is_always_right_may_say_all(void)
{
    static const double off[ORIGINS] = {4, -4, 4, 4, -4}, adds[ORIGINS] = {4, -4, 4, 4, -4};
    double leash[NETWORK_RANGES];
    learn(off, adds, leash);
    for (gsize r = 0; r < NETWORK_RANGES; r++)
        g_assert_cmpfloat(leash[r], ==, 1);
}

/* It adds twice what was wanted: half of it is right. */
static void a_network_that_goes_too_far_may_say_half(void)
{
    static const double off[ORIGINS] = {4, -4, 4, 4, -4}, adds[ORIGINS] = {8, -8, 8, 8, -8};
    double leash[NETWORK_RANGES];
    learn(off, adds, leash);
    for (gsize r = 0; r < NETWORK_RANGES; r++)
        g_assert_cmpfloat_with_epsilon(leash[r], 0.5, 1e-9);
}

/* Gains of 2 and 1, losses of 1, 1 and none: 0.2 on average in error, and its standard error is above it. */
static void a_gain_that_luck_explains_is_none(void)
{
    static const double off[ORIGINS] = {4, 4, 4, 4, 4}, adds[ORIGINS] = {2, -1, 1, -1, 0};
    double leash[NETWORK_RANGES];
    learn(off, adds, leash);
    for (gsize r = 0; r < NETWORK_RANGES; r++)
        g_assert_cmpfloat(leash[r], ==, 0);
}

static void each_range_has_its_own(void)
{
    static const double off[ORIGINS] = {4, 4, 4, 4, 4}, adds[ORIGINS] = {4, 4, 4, 4, 4}, scale[1] = {1};
    double leash[NETWORK_RANGES];
    g_autoptr(Backtest) anchored = said(off, NULL), loose = said(off, adds);
    for (gsize o = 0; o < ORIGINS; o++)
        for (gsize h = 4; h < HORIZON; h++) /* far ahead it leads astray */
            for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
                loose->quantile[(o * HORIZON + h) * OUTLOOK_LEVELS + k] = 30;
    leash_learn(loose, anchored, 0, scale, leash);
    g_assert_true(leash[0] == 1 && leash[1] == 1 && leash[2] == 1 && leash[3] == 0);
}

static void two_mornings_are_too_few(void)
{
    static const double off[ORIGINS] = {4, 4, 4, 4, 4}, scale[1] = {1};
    double leash[NETWORK_RANGES];
    g_autoptr(Backtest) anchored = said(off, NULL), loose = said(off, off);
    for (gsize k = 0; k < 3 * HORIZON; k++)
        loose->actual[k] = (float)MISSING;
    leash_learn(loose, anchored, 0, scale, leash);
    for (gsize r = 0; r < NETWORK_RANGES; r++)
        g_assert_cmpfloat(leash[r], ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/leash/a-network-that-is-always-right-may-say-all", a_network_that_is_always_right_may_say_all);
    g_test_add_func("/daemon/leash/a-network-that-goes-too-far-may-say-half", a_network_that_goes_too_far_may_say_half);
    g_test_add_func("/daemon/leash/a-gain-that-luck-explains-is-none", a_gain_that_luck_explains_is_none);
    g_test_add_func("/daemon/leash/each-range-has-its-own", each_range_has_its_own);
    g_test_add_func("/daemon/leash/two-mornings-are-too-few", two_mornings_are_too_few);
    return g_test_run();
}
