#include "forecast/model/draw.h"

#include <math.h>

/* Means and correlations of uniform draws over each of the three arguments. */
static void test_uniform(void)
{
    enum { N = 40000 };
    for (int which = 0; which < 3; which++) {
        double sum = 0, squares = 0, pairs = 0, before = 0.5;
        for (guint64 k = 0; k < N; k++) {
            double u = draw_uniform(which == 0 ? k : 3, which == 1 ? k : 5, which == 2 ? k : 7);
            g_assert_true(u >= 0 && u < 1);
            sum += u;
            squares += u * u;
            pairs += (u - 0.5) * (before - 0.5);
            before = u;
        }
        /* five standard errors of the mean, of the mean square, of the covariance */
        g_assert_cmpfloat(fabs(sum / N - 0.5), <, 5 * 0.2887 / sqrt(N));
        g_assert_cmpfloat(fabs(squares / N - 1.0 / 3), <, 5 * 0.2981 / sqrt(N));
        g_assert_cmpfloat(fabs(pairs / N), <, 5 / 12.0 / sqrt(N));
    }
}

static void test_below(void)
{
    gsize seen[6] = {0};
    for (guint64 k = 0; k < 6000; k++)
        seen[draw_below(1, 2, k, 6)]++;
    for (int k = 0; k < 6; k++)
        g_assert_cmpfloat(fabs((double)seen[k] - 1000), <, 5 * sqrt(1000));
    g_assert_cmpuint(draw_below(9, 9, 9, 1), ==, 0);
}

static void test_again(void)
{
    g_assert_cmpuint(draw_bits(1, 2, 3), ==, draw_bits(1, 2, 3));
    g_assert_cmpuint(draw_bits(1, 2, 3), !=, draw_bits(2, 1, 3));
    g_assert_cmpuint(draw_bits(1, 2, 3), !=, draw_bits(1, 3, 2));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/draw/draws-are-uniform-and-unrelated", test_uniform);
    g_test_add_func("/model/draw/whole-numbers-are-even", test_below);
    g_test_add_func("/model/draw/a-draw-can-be-told-again", test_again);
    return g_test_run();
}
