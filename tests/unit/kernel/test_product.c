/* The matrix product against the definition, in double, for shapes around every edge of its tiles. */
#include "forecast/kernel/precision.h"
#include "forecast/kernel/product.h"

#include <string.h>

typedef void Run(const Product *product);
typedef void Pack(const Product *product, float *to);
Run product_run_plain, product_run_avx2, product_run_avx512f, product_run_bf16;
Pack product_pack_plain, product_pack_avx2, product_pack_avx512f, product_pack_bf16;

typedef struct {
    const char *name, *feature;
    Run *run;
    Pack *pack;
} Build;

static const Build build[] = {
    {"as shipped", NULL, product_run, product_pack},
    {"plain", NULL, product_run_plain, product_pack_plain},
    {"avx2", "avx2", product_run_avx2, product_pack_avx2},
    {"avx512f", "avx512f", product_run_avx512f, product_pack_avx512f},
    {"bf16", "avx512bf16", product_run_bf16, product_pack_bf16},
};

static gboolean processor_has(const char *feature)
{
#ifdef __x86_64__
    return feature == NULL || (strcmp(feature, "avx2") == 0 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) ||
           (strcmp(feature, "avx512f") == 0 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) ||
           (strcmp(feature, "avx512bf16") == 0 && precision_is_mixed());
#else
    return TRUE;
#endif
}

/* Multiples of 1/128 that bfloat16 can hold, so that every build is held to the same bounds. */
static float *random_floats(gsize n)
{
    float *numbers = g_new(float, MAX(n, 1));
    for (gsize k = 0; k < n; k++)
        numbers[k] = (float)g_test_rand_int_range(-128, 129) / 128;
    return numbers;
}

/* What c[row, column] should be. */
static double expected(const Product *p, const float *before, gsize row, gsize column)
{
    double sum = p->from != NULL ? (double)p->from[row * p->c_row + column] : p->add ? (double)before[row * p->c_row + column] : p->bias != NULL ? (double)p->bias[column] : 0;
    for (gsize k = 0; k < p->inner; k++)
        sum += (double)p->a[row * p->a_row + k * p->a_inner] * (double)p->b[k * p->b_inner + column * p->b_column];
    for (gsize k = 0; p->more != NULL && k < p->more->inner; k++)
        sum += (double)p->more->a[row * p->more->a_row + k * p->more->a_inner] * (double)p->more->b[k * p->more->b_inner + column * p->more->b_column];
    if (p->relu && sum < 0)
        sum = 0;
    return p->open != NULL && !(p->open[row * p->c_row + column] > 0) ? 0 : sum;
}

enum { TURN_A = 1, TURN_B = 2, BIAS = 4, ADD = 8, RELU = 16, OPEN = 32, SUM = 64, MORE = 128, PACKED = 256, FROM = 512, CHOICES = 1024 };
enum { BEYOND = 3 }; /* columns of c that are not the product's and must stay */

/* Arrays end where their last number does, so that memory checkers see any step too far. */
static void check(const Build *with, gsize rows, gsize inner, gsize columns, int choice)
{
    gsize wide = columns + BEYOND;
    g_autofree float *a = random_floats(rows * inner);
    g_autofree float *b = random_floats(inner * columns);
    g_autofree float *before = random_floats(rows * wide);
    g_autofree float *open = random_floats(rows * wide);
    g_autofree float *from = random_floats(rows * wide);
    g_autofree float *bias = random_floats(columns);
    g_autofree float *sum = g_new0(float, columns);
    gsize further = inner / 2 + 3;
    g_autofree float *a2 = random_floats(rows * further);
    g_autofree float *b2 = random_floats(further * columns);
    const Product more = {.inner = further, .a = a2, .a_row = further, .a_inner = 1, .b = b2, .b_inner = columns, .b_column = 1};
    g_autofree float *c = g_memdup2(before, rows * wide * sizeof *c);
    Product p = {.rows = rows, .inner = inner, .columns = columns, .a = a, .b = b, .c = c, .c_row = wide,
                 .a_row = choice & TURN_A ? 1 : inner, .a_inner = choice & TURN_A ? rows : 1,
                 .b_inner = choice & TURN_B ? 1 : columns, .b_column = choice & TURN_B ? inner : 1,
                 .bias = choice & BIAS ? bias : NULL, .add = (choice & ADD) != 0, .relu = (choice & RELU) != 0,
                 .open = choice & OPEN ? open : NULL, .sum = choice & SUM ? sum : NULL, .more = choice & MORE ? &more : NULL,
                 .from = choice & FROM ? from : NULL};
    g_autofree float *packed = g_new(float, product_packed(inner, columns));
    if (choice & PACKED && p.sum == NULL) {
        with->pack(&p, packed);
        p.b = packed;
        p.packed = TRUE;
    }
    with->run(&p);
    p.b = b;
    double bound = 1e-6 * (2 + 2 * (double)inner);
    for (gsize r = 0; r < rows; r++)
        for (gsize n = 0; n < wide; n++) {
            double want = n < columns ? expected(&p, before, r, n) : (double)before[r * wide + n];
            g_assert_cmpfloat(fabs((double)c[r * wide + n] - want), <=, (n < columns ? bound : 0));
        }
    for (gsize n = 0; n < columns; n++) {
        double want = 0;
        for (gsize k = 0; p.sum != NULL && k < inner; k++)
            want += (double)b[k * p.b_inner + n * p.b_column];
        g_assert_cmpfloat(fabs((double)sum[n] - want), <=, bound);
    }
}

static void test_edges(gconstpointer data)
{
    const Build *with = data;
    const gsize rows[] = {1, 2, 3, 5, 6, 13, 16}, columns[] = {1, 4, 7, 16, 17, 33, 48, 64, 67, 91};
    for (gsize r = 0; r < G_N_ELEMENTS(rows); r++)
        for (gsize n = 0; n < G_N_ELEMENTS(columns); n++)
            for (int k = 0; k < 8; k++)
                check(with, rows[r], (gsize)g_test_rand_int_range(1, 40), columns[n], g_test_rand_int_range(0, CHOICES));
}

/* Beyond one block of rows and of inner indices. */
static void test_blocks(gconstpointer data)
{
    const Build *with = data;
    for (int choice = 0; choice < CHOICES; choice++)
        check(with, 9, 300, 70, choice);
    check(with, 1100, 140, 65, BIAS | RELU | SUM);
    check(with, 1100, 140, 65, ADD | OPEN | TURN_A);
}

static void test_nothing(gconstpointer data)
{
    const Build *with = data;
    for (int choice = 0; choice < CHOICES; choice++)
        check(with, 7, 0, 20, choice);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    precision_choose(PRECISION_AUTOMATIC);
    for (gsize k = 0; k < G_N_ELEMENTS(build); k++) {
        if (!processor_has(build[k].feature))
            continue;
        const struct {
            const char *sentence;
            GTestDataFunc test;
        } test[] = {{"every-edge-of-a-tile-is-right", test_edges},
                    {"many-blocks-give-one-product", test_blocks},
                    {"an-empty-product-is-its-start", test_nothing}};
        for (gsize j = 0; j < G_N_ELEMENTS(test); j++) {
            g_autofree char *name = g_strdup_printf("/kernel/product/%s/%s", build[k].name, test[j].sentence);
            g_test_add_data_func(name, &build[k], test[j].test);
        }
    }
    return g_test_run();
}
