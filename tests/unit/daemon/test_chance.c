#include "daemon/demo/chance.h"

#include <math.h>

/* Made by an independent implementation in Python of splitmix64 (whose first output for the
 * seed 1234567 is the published 6457827717110365317) and xoshiro256**. */
static void the_stream_is_the_published_generator(void)
{
    static const guint64 first[4] = {0x309714ec38d33b4c, 0x1bc11473d28024a0, 0xaa4f7bbef2a5a194, 0xe418b571ccc48341};
    static const guint64 other[4] = {0xf06fccf18d791660, 0x920d4389b4c9a1bb, 0x3f480c961cbea7f4, 0xe53c7c4957704a5e};
    Chance one, two;
    chance_init(&one, 1, 1);
    chance_init(&two, 20, 3);
    for (int k = 0; k < 4; k++) {
        g_assert_cmphex(chance_bits(&one), ==, first[k]);
        g_assert_cmphex(chance_bits(&two), ==, other[k]);
    }
}

/* 100,000 draws: means and variances within five standard errors of what they must be. */
static void draws_have_their_mean_and_spread(void)
{
    enum { DRAWS = 100000 };
    Chance chance;
    double uniform = 0, wait = 0, waits = 0, count = 0, counts = 0, yes = 0;
    chance_init(&chance, g_test_rand_int_range(0, G_MAXINT), 1);
    for (int k = 0; k < DRAWS; k++) {
        double u = chance_uniform(&chance), e = chance_exponential(&chance, 3);
        int n = chance_poisson(&chance, 8.2);
        g_assert_true(u >= 0 && u < 1 && e >= 0);
        gint64 die = chance_below(&chance, 6);
        g_assert_true(die >= 0 && die < 6);
        uniform += u;
        wait += e;
        waits += e * e;
        count += n;
        counts += (double)n * n;
        yes += chance_true(&chance, 0.3);
    }
    double root = sqrt(DRAWS), poisson = count / DRAWS;
    g_assert_cmpfloat_with_epsilon(uniform / DRAWS, 0.5, 5 * sqrt(1.0 / 12) / root);
    g_assert_cmpfloat_with_epsilon(wait / DRAWS, 3, 5 * 3 / root);
    g_assert_cmpfloat_with_epsilon(waits / DRAWS, 18, 5 * 9 * sqrt(20) / root);
    g_assert_cmpfloat_with_epsilon(poisson, 8.2, 5 * sqrt(8.2) / root);
    g_assert_cmpfloat_with_epsilon(counts / DRAWS - poisson * poisson, 8.2, 5 * sqrt(8.2 * (1 + 2 * 8.2)) / root);
    g_assert_cmpfloat_with_epsilon(yes / DRAWS, 0.3, 5 * sqrt(0.21) / root);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/chance/the-stream-is-the-published-generator", the_stream_is_the_published_generator);
    g_test_add_func("/daemon/chance/draws-have-their-mean-and-spread", draws_have_their_mean_and_spread);
    return g_test_run();
}
