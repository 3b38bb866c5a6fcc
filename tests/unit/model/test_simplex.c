#include "forecast/model/simplex.h"

#include <math.h>
#include <string.h>

typedef double Hill(const double *x);

static gsize climb(Simplex *simplex, Hill *hill, gsize n, const double *start, gsize most, double small)
{
    gsize asked = 1;
    simplex_begin(simplex, n, start, 1, most, small, 0);
    while (simplex_tell(simplex, hill(simplex->point)))
        asked++;
    return asked;
}

/* H. H. Rosenbrock (1960): lowest at (1, 1). */
static double banana(const double *x)
{
    return 100 * (x[1] - x[0] * x[0]) * (x[1] - x[0] * x[0]) + (1 - x[0]) * (1 - x[0]);
}

/* Lowest, 3, at (1, -2, 3, -4, 5). */
static double bowl(const double *x)
{
    double sum = 3;
    for (int k = 0; k < 5; k++)
        sum += (k + 1) * pow(x[k] - (k % 2 ? -1 : 1) * (k + 1), 2);
    return sum;
}

/* One dimension with a wall. */
static double wall(const double *x)
{
    return x[0] < 2 ? G_MAXDOUBLE : x[0];
}

static double plain(const double *x)
{
    return 7;
}

static void test_banana(void)
{
    Simplex simplex;
    const double start[] = {-1.2, 1};
    climb(&simplex, banana, 2, start, 500, 1e-8);
    g_assert_cmpfloat_with_epsilon(simplex.point[0], 1, 1e-5);
    g_assert_cmpfloat_with_epsilon(simplex.point[1], 1, 1e-5);
    g_assert_cmpfloat(simplex.value, <, 1e-10);
}

static void test_bowl(void)
{
    Simplex simplex;
    const double start[] = {0, 0, 0, 0, 0};
    climb(&simplex, bowl, 5, start, 2000, 1e-7);
    for (int k = 0; k < 5; k++)
        g_assert_cmpfloat_with_epsilon(simplex.point[k], (k % 2 ? -1 : 1) * (k + 1), 1e-4);
    g_assert_cmpfloat_with_epsilon(simplex.value, 3, 1e-7);
}

static void test_wall(void)
{
    Simplex simplex;
    const double start[] = {9};
    climb(&simplex, wall, 1, start, 200, 1e-6);
    g_assert_cmpfloat_with_epsilon(simplex.point[0], 2, 1e-4);
    g_assert_cmpfloat(simplex.point[0], >=, 2);
}

/* Nowhere lower: it ends all the same, and after no more rounds than allowed. */
static void test_end(void)
{
    Simplex simplex;
    const double start[] = {0, 0, 0};
    g_assert_cmpuint(climb(&simplex, plain, 3, start, 10, 0), <=, 4 + 10 * 5);
    g_assert_cmpfloat(simplex.value, ==, 7);
    g_assert_cmpuint(climb(&simplex, plain, 3, start, 0, 0), ==, 4);
}

/* Corners that differ by less than a share of their height are as good as one another. */
static void test_level(void)
{
    Simplex simplex;
    const double start[] = {0, 0, 0, 0, 0};
    simplex_begin(&simplex, 5, start, 1, 2000, 1e-7, 1e-3);
    gsize asked = 1;
    while (simplex_tell(&simplex, bowl(simplex.point)))
        asked++;
    g_assert_cmpfloat(simplex.value, <, 3.01);
    g_assert_cmpuint(asked, <, climb(&simplex, bowl, 5, start, 2000, 1e-7) / 2);
}

/* Whatever is asked after a corner was mirrored, but for the next mirroring, was foretold. */
static void test_ahead(void)
{
    Simplex simplex;
    const double start[] = {-1.2, 1};
    gsize foretold = 0, rounds = 0;
    simplex_begin(&simplex, 2, start, 1, 200, 1e-8, 0);
    for (gboolean more = TRUE; more;) {
        double point[SIMPLEX_AHEAD][SIMPLEX_MOST];
        gsize points = simplex_ahead(&simplex, point);
        g_assert_cmpuint(points, <=, SIMPLEX_AHEAD);
        more = simplex_tell(&simplex, banana(simplex.point));
        gboolean met = FALSE;
        for (gsize k = 0; k < points; k++)
            met = met || memcmp(point[k], simplex.point, 2 * sizeof(double)) == 0;
        foretold += met;
        rounds += points > 0 && !met;
    }
    g_assert_cmpuint(rounds, <=, simplex.rounds);
    g_assert_cmpuint(foretold, >, simplex.rounds / 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/simplex/it-follows-a-bent-valley", test_banana);
    g_test_add_func("/model/simplex/five-dimensions", test_bowl);
    g_test_add_func("/model/simplex/points-out-of-the-question-are-left", test_wall);
    g_test_add_func("/model/simplex/it-ends", test_end);
    g_test_add_func("/model/simplex/level-ground-is-an-end", test_level);
    g_test_add_func("/model/simplex/what-may-be-asked-next-is-foretold", test_ahead);
    return g_test_run();
}
