#include "forecast/kernel/triangle.h"

#include <math.h>
#include <string.h>

enum { MOST = 23, ROOM = TRIANGLE_STRIDE(MOST) };

typedef struct {
    gsize n, stride;
    double full[MOST * MOST];     /* the matrix, both halves */
    double a[MOST * ROOM], inverse[MOST * ROOM];
} Case;

/* A diagonal and the products of a few rows: well away from singular.  What lies below the diagonal is no part of it. */
static void begin(Case *c, gsize n)
{
    *c = (Case){.n = n, .stride = TRIANGLE_STRIDE(n)};
    for (gsize i = 0; i < n; i++)
        c->full[i * n + i] = g_test_rand_double_range(1, 2);
    for (int k = 0; k < 5; k++) {
        double row[MOST];
        for (gsize i = 0; i < n; i++)
            row[i] = g_test_rand_double_range(-1, 1);
        for (gsize i = 0; i < n; i++)
            for (gsize j = 0; j < n; j++)
                c->full[i * n + j] += row[i] * row[j];
    }
    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < n; j++)
            c->a[i * c->stride + j] = j >= i ? c->full[i * n + j] : 99;
}

static void assert_near(double seen, double wanted)
{
    g_assert_cmpfloat(fabs(seen - wanted), <=, 1e-9 * (1 + fabs(wanted)));
}

static void the_factor_multiplies_back(void)
{
    for (gsize n = 1; n <= MOST; n++) {
        Case c;
        begin(&c, n);
        g_assert_true(triangle_factor(c.a, n, c.stride));
        for (gsize i = 0; i < n; i++)
            for (gsize j = i; j < n; j++) {
                double sum = 0;
                for (gsize k = 0; k <= i; k++)
                    sum += c.a[k * c.stride + i] * c.a[k * c.stride + j];
                assert_near(sum, c.full[i * n + j]);
            }
    }
}

static void what_is_solved_solves(void)
{
    for (gsize n = 1; n <= MOST; n++) {
        Case c;
        double x[ROOM] = {0}, right[MOST];
        begin(&c, n);
        for (gsize i = 0; i < n; i++)
            x[i] = right[i] = g_test_rand_double_range(-3, 3);
        g_assert_true(triangle_factor(c.a, n, c.stride));
        triangle_solve(c.a, n, c.stride, x);
        for (gsize i = 0; i < n; i++) {
            double sum = 0;
            for (gsize j = 0; j < n; j++)
                sum += c.full[i * n + j] * x[j];
            assert_near(sum, right[i]);
        }
    }
}

/* Its rows' products are the inverse: times the matrix, one. */
static void the_inverse_is_one(void)
{
    for (gsize n = 1; n <= MOST; n++) {
        Case c;
        double whole[MOST * MOST];
        begin(&c, n);
        g_assert_true(triangle_factor(c.a, n, c.stride));
        triangle_invert(c.a, n, c.stride, c.inverse);
        for (gsize i = 0; i < n; i++)
            for (gsize j = 0; j < n; j++)
                whole[i * n + j] = triangle_dot(c.inverse + i * c.stride, c.inverse + j * c.stride, MAX(i, j), c.stride);
        for (gsize i = 0; i < n; i++)
            for (gsize j = 0; j < n; j++) {
                double sum = 0;
                for (gsize k = 0; k < n; k++)
                    sum += c.full[i * n + k] * whole[k * n + j];
                assert_near(sum, i == j ? 1 : 0);
            }
    }
}

/* Three rows with few entries taken out, and the length of each under the inverse. */
static void rows_with_few_entries_are_rows(void)
{
    enum { ROWS = 3 };
    static const guint16 place[ROWS][4] = {{2, 3, 17, 19}, {0, 3, 8, 22}, {3, 9, 17, 22}};
    guint16 which[ROWS * 4];
    gsize start[MOST + 1] = {0};
    Case c, solved;
    double row[ROWS][ROOM] = {{0}}, x[ROOM];
    begin(&c, MOST);
    for (gsize r = 0; r < ROWS; r++)
        for (int k = 0; k < 4; k++)
            row[r][place[r][k]] = g_test_rand_double_range(-0.3, 0.3);
    for (gsize j = 0; j < MOST; j++) {
        start[j + 1] = start[j];
        for (gsize r = 0; r < ROWS; r++)
            if (row[r][j] < 0 || row[r][j] > 0)
                which[start[j + 1]++] = (guint16)r;
    }
    solved = c;
    g_assert_true(triangle_factor(solved.a, MOST, ROOM));
    triangle_invert(solved.a, MOST, ROOM, solved.inverse);
    for (gsize r = 0; r < ROWS; r++) {
        double sum = 0;
        memcpy(x, row[r], sizeof x);
        triangle_solve(solved.a, MOST, ROOM, x);
        for (gsize k = 0; k < MOST; k++)
            sum += row[r][k] * x[k];
        assert_near(triangle_norm(solved.inverse, ROOM, row[r], place[r], 4), sum);
    }
    triangle_subtract(c.a, MOST, ROOM, row[0], which, start);
    for (gsize i = 0; i < MOST; i++)
        for (gsize j = i; j < MOST; j++)
            assert_near(c.a[i * ROOM + j], c.full[i * MOST + j] - row[0][i] * row[0][j] - row[1][i] * row[1][j] - row[2][i] * row[2][j]);
}

static void a_row_is_spread_over_its_products(void)
{
    static const guint16 place[] = {1, 7, 8};
    static const double value[] = {2, -1, 0.5};
    double a[MOST * ROOM] = {0}, beside[ROOM] = {0}, row[MOST] = {0};
    for (gsize k = 11; k < 20; k++)
        beside[k] = g_test_rand_double_range(-1, 1);
    for (gsize k = 0; k < G_N_ELEMENTS(place); k++)
        row[place[k]] = value[k];
    triangle_spread(a, ROOM, place, value, G_N_ELEMENTS(place), 3, beside, 11, 20);
    for (gsize i = 0; i < MOST; i++)
        for (gsize j = i; j < MOST; j++)
            assert_near(a[i * ROOM + j], 3 * row[i] * row[j] + row[i] * beside[j]);
}

static void what_has_no_root_is_refused(void)
{
    static const double bad[] = {0, -1, NAN, INFINITY};
    for (gsize k = 0; k < G_N_ELEMENTS(bad); k++) {
        Case c;
        begin(&c, 9);
        c.a[4 * c.stride + 4] = bad[k];
        g_assert_false(triangle_factor(c.a, 9, c.stride));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kernel/triangle/the-factor-multiplies-back", the_factor_multiplies_back);
    g_test_add_func("/kernel/triangle/what-is-solved-solves", what_is_solved_solves);
    g_test_add_func("/kernel/triangle/the-inverse-is-one", the_inverse_is_one);
    g_test_add_func("/kernel/triangle/rows-with-few-entries-are-rows", rows_with_few_entries_are_rows);
    g_test_add_func("/kernel/triangle/a-row-is-spread-over-its-products", a_row_is_spread_over_its_products);
    g_test_add_func("/kernel/triangle/what-has-no-root-is-refused", what_has_no_root_is_refused);
    return g_test_run();
}
