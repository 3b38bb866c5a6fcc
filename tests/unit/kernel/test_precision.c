/* Which way networks multiply, what it costs in digits, and that threads do not matter. */
#include "forecast/kernel/precision.h"

#include "forecast/kernel/product.h"

#include <string.h>

enum { ROWS = 61, INNER = 83, COLUMNS = 50 };

typedef struct {
    float a[ROWS * INNER], b[INNER * COLUMNS], bias[COLUMNS], c[ROWS * COLUMNS];
} Case;

/* Numbers that eight bits cannot hold, always the same. */
static Case *case_new(void)
{
    Case *one = g_new0(Case, 1);
    guint32 state = 20261123;
    float *all[] = {one->a, one->b, one->bias};
    const gsize n[] = {ROWS * INNER, INNER * COLUMNS, COLUMNS};
    for (gsize k = 0; k < G_N_ELEMENTS(all); k++)
        for (gsize t = 0; t < n[k]; t++) {
            state = state * 1664525 + 1013904223;
            all[k][t] = (float)(state >> 8) / 8388608.0f - 1;
        }
    return one;
}

static void multiply(Case *one, gsize from, gsize until)
{
    const Product p = {.rows = until - from, .inner = INNER, .columns = COLUMNS, .a = one->a + from * INNER, .a_row = INNER, .a_inner = 1, .b = one->b,
                       .b_inner = COLUMNS, .b_column = 1, .c = one->c + from * COLUMNS, .c_row = COLUMNS, .bias = one->bias, .relu = TRUE};
    product_run(&p);
}

static void says_what_was_chosen(void)
{
    precision_choose(PRECISION_SINGLE);
    g_assert_false(precision_is_mixed());
    g_assert_cmpstr(precision_reason(), ==, "networks multiply in single precision, as was asked for");
    precision_choose(PRECISION_AUTOMATIC);
    g_test_message("%s", precision_reason());
    if (precision_is_mixed())
        g_assert_cmpstr(precision_reason(), ==, "networks multiply in bfloat16 and add in single precision: this processor has avx512_bf16");
    else
        g_assert_cmpstr(precision_reason(), ==, "networks multiply in single precision: this processor has no avx512_bf16");
}

/* The largest distance from the sums in double, in units of what the size of the products allows:
 * two operands of `digits` bits each are off by a relative 2^-digits at most, a little more added up. */
static double worst(const Case *one, int digits)
{
    double most = 0;
    for (gsize r = 0; r < ROWS; r++)
        for (gsize k = 0; k < COLUMNS; k++) {
            double sum = (double)one->bias[k], size = fabs(sum);
            for (gsize i = 0; i < INNER; i++) {
                sum += (double)one->a[r * INNER + i] * (double)one->b[i * COLUMNS + k];
                size += fabs((double)one->a[r * INNER + i] * (double)one->b[i * COLUMNS + k]);
            }
            most = MAX(most, fabs((double)one->c[r * COLUMNS + k] - MAX(sum, 0)) / (size * exp2(1 - digits)));
        }
    return most;
}

static void single_keeps_all_digits(void)
{
    g_autofree Case *one = case_new();
    precision_choose(PRECISION_SINGLE);
    multiply(one, 0, ROWS);
    g_assert_cmpfloat(worst(one, 20), <, 1); /* 24 bits, less what adding up 83 of them may cost */
}

static void bfloat16_keeps_eight(void)
{
    g_autofree Case *one = case_new();
    precision_choose(PRECISION_AUTOMATIC);
    if (!precision_is_mixed()) {
        g_test_skip("this processor has no avx512_bf16");
        return;
    }
    multiply(one, 0, ROWS);
    g_assert_cmpfloat(worst(one, 8), <, 1);
    g_assert_cmpfloat(worst(one, 20), >, 1); /* and they are indeed rounded */
}

/* ------------------------------------------------------------------ threads */

typedef struct {
    Case *one;
    gsize from, until;
} Share;

static gpointer work(gpointer data)
{
    const Share *share = data;
    multiply(share->one, share->from, share->until);
    return NULL;
}

/* Each thread has its share of the rows, as a batch is split. */
static void share_out(Case *one, gsize threads)
{
    GThread *thread[4];
    Share share[4];
    g_assert_cmpuint(threads, <=, G_N_ELEMENTS(thread));
    for (gsize k = 0; k < threads; k++) {
        share[k] = (Share){one, ROWS * k / threads, ROWS * (k + 1) / threads};
        thread[k] = g_thread_new("share", work, &share[k]);
    }
    for (gsize k = 0; k < threads; k++)
        g_thread_join(thread[k]);
}

static void the_same_bytes_for_any_number_of_threads(gconstpointer data)
{
    precision_choose((Precision)GPOINTER_TO_INT(data));
    if (GPOINTER_TO_INT(data) == PRECISION_AUTOMATIC && !precision_is_mixed()) {
        g_test_skip("this processor has no avx512_bf16");
        return;
    }
    g_autofree Case *alone = case_new();
    multiply(alone, 0, ROWS);
    for (gsize threads = 1; threads <= 4; threads *= 2) {
        g_autofree Case *shared = case_new();
        share_out(shared, threads);
        g_assert_cmpmem(shared->c, sizeof shared->c, alone->c, sizeof alone->c);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kernel/precision/says-what-was-chosen", says_what_was_chosen);
    g_test_add_func("/kernel/precision/single-keeps-all-digits", single_keeps_all_digits);
    g_test_add_func("/kernel/precision/bfloat16-keeps-eight", bfloat16_keeps_eight);
    g_test_add_data_func("/kernel/precision/bfloat16-gives-the-same-bytes-for-any-number-of-threads", GINT_TO_POINTER(PRECISION_AUTOMATIC), the_same_bytes_for_any_number_of_threads);
    g_test_add_data_func("/kernel/precision/single-gives-the-same-bytes-for-any-number-of-threads", GINT_TO_POINTER(PRECISION_SINGLE), the_same_bytes_for_any_number_of_threads);
    return g_test_run();
}
