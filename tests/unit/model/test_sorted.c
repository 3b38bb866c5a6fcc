#include "forecast/model/sorted.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double draw(int kind)
{
    static const double some[] = {0, 1, -1, 1e300, -1e300, 1e-300, -1e-310, INFINITY, -INFINITY, 2.5};
    if (kind == 3) /* alike in all their upper bits */
        return 1 + g_test_rand_double() * 1e-9;
    return kind == 0 ? g_test_rand_double_range(-1, 1) : kind == 1 ? floor(g_test_rand_double_range(-4, 4)) + 0.5
                                                                   : some[g_test_rand_int_range(0, G_N_ELEMENTS(some))];
}

static void it_is_the_order_that_comparing_gives(void)
{
    static const gsize length[] = {0, 1, 2, 3, 24, 25, 50, 63, 64, 168, 200, 1344, 5000};
    for (gsize j = 0; j < G_N_ELEMENTS(length); j++)
        for (int kind = 0; kind < 4; kind++) {
            gsize n = length[j];
            g_autofree double *one = g_new(double, n + 1), *two = g_new(double, n + 1);
            for (gsize k = 0; k < n; k++)
                one[k] = two[k] = draw(kind);
            sorted_put(one, n);
            qsort(two, n, sizeof *two, ascending);
            for (gsize k = 0; k < n; k++)
                g_assert_true(memcmp(&one[k], &two[k], sizeof *one) == 0);
        }
}

static void equals_stay_equals(void)
{
    double same[300];
    for (int k = 0; k < 300; k++)
        same[k] = -3.25;
    sorted_put(same, 300);
    for (int k = 0; k < 300; k++)
        g_assert_cmpfloat(same[k], ==, -3.25);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/sorted/it-is-the-order-that-comparing-gives", it_is_the_order_that_comparing_gives);
    g_test_add_func("/model/sorted/equals-stay-equals", equals_stay_equals);
    return g_test_run();
}
