/* Every gradient against central differences, and every single-precision build against the double one. */
#include "tests/unit/kernel/cases.h"

#include "forecast/kernel/precision.h"

#include <math.h>
#include <string.h>

enum { NUDGES = 200 }; /* entries of a tensor that are nudged, or all when there are fewer */

static Case in_double[CASES];

typedef struct {
    double *in[CASE_INPUTS], *gradient[CASE_INPUTS], *out, *dout;
} Numbers;

static double *random_numbers(gsize n)
{
    double *numbers = g_new(double, n);
    for (gsize k = 0; k < n; k++)
        numbers[k] = g_test_rand_double_range(-1, 1);
    return numbers;
}

static void numbers_fill(Numbers *numbers, const Case *c)
{
    numbers->out = g_new0(double, c->out);
    numbers->dout = random_numbers(c->out);
    for (gsize k = 0; k < c->inputs; k++) {
        numbers->in[k] = random_numbers(c->size[k]);
        numbers->gradient[k] = g_new0(double, c->size[k]);
    }
}

static void numbers_clear(Numbers *numbers, const Case *c)
{
    g_free(numbers->out);
    g_free(numbers->dout);
    for (gsize k = 0; k < c->inputs; k++) {
        g_free(numbers->in[k]);
        g_free(numbers->gradient[k]);
    }
}

static double root_mean_square(const double *x, gsize n)
{
    double sum = 0;
    for (gsize k = 0; k < n; k++)
        sum += x[k] * x[k];
    return sqrt(sum / (double)MAX(n, 1));
}

static double loss_with(const Case *c, Numbers *numbers, gsize tensor, gsize entry, double nudge, double *out)
{
    double kept = numbers->in[tensor][entry], loss = 0;
    numbers->in[tensor][entry] = kept + nudge;
    c->run(c, (const double *const *)numbers->in, NULL, out, NULL);
    numbers->in[tensor][entry] = kept;
    for (gsize k = 0; k < c->out; k++)
        loss += numbers->dout[k] * out[k];
    return loss;
}

/* How far the gradient of one entry is from what nudging it by h says: to both
 * sides, or twice to the side of h alone (both exact to the second order). */
static double gap(const Case *c, Numbers *numbers, gsize tensor, gsize entry, double h, gboolean both, double usual, double *out)
{
    double once = loss_with(c, numbers, tensor, entry, h, out), told = numbers->gradient[tensor][entry], nudged;
    if (both)
        nudged = (once - loss_with(c, numbers, tensor, entry, -h, out)) / (2 * h);
    else
        nudged = (4 * once - loss_with(c, numbers, tensor, entry, 2 * h, out) - 3 * loss_with(c, numbers, tensor, entry, 0, out)) / (2 * h);
    return fabs(told - nudged) / (fabs(told) + fabs(nudged) + usual + 1e-8);
}

static void test_gradient(gconstpointer data)
{
    const Case *c = data;
    Numbers numbers;
    numbers_fill(&numbers, c);
    c->run(c, (const double *const *)numbers.in, numbers.dout, numbers.out, numbers.gradient);
    g_autofree double *out = g_new(double, c->out);
    for (gsize tensor = 0; tensor < c->smooth; tensor++) {
        gsize size = c->size[tensor], nudges = MIN(size, NUDGES);
        double usual = root_mean_square(numbers.gradient[tensor], size);
        for (gsize k = 0; k < nudges; k++) {
            gsize entry = size <= NUDGES ? k : (gsize)g_test_rand_int_range(0, (gint32)size);
            /* A small gradient drowns in rounding at 1e-5, a larger nudge shows it; a
             * nudge may step over a kink of relu, then one to the other side does not. */
            const struct {
                double h;
                gboolean both;
            } nudge[] = {{1e-5, TRUE}, {1e-4, TRUE}, {1e-6, TRUE}, {1e-5, FALSE}, {-1e-5, FALSE}, {1e-6, FALSE}, {-1e-6, FALSE}};
            double off = 1;
            for (gsize j = 0; j < G_N_ELEMENTS(nudge) && off >= 1e-6; j++)
                off = gap(c, &numbers, tensor, entry, nudge[j].h, nudge[j].both, usual, out);
            if (off >= 1e-6)
                g_test_message("tensor %" G_GSIZE_FORMAT ", entry %" G_GSIZE_FORMAT, tensor, entry);
            g_assert_cmpfloat(off, <, 1e-6);
        }
    }
    numbers_clear(&numbers, c);
}

/* The greatest distance, relative to the entry and to what is usual in the array. */
static double distance(const double *a, const double *b, gsize n)
{
    double usual = root_mean_square(b, n), most = 0;
    for (gsize k = 0; k < n; k++)
        most = fmax(most, fabs(a[k] - b[k]) / (fabs(b[k]) + usual + 1e-12));
    return most;
}

/* How long the difference is beside b. */
static double apart(const double *a, const double *b, gsize n)
{
    double sum = 0;
    for (gsize k = 0; k < n; k++)
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    return sqrt(sum / (double)MAX(n, 1)) / (root_mean_square(b, n) + 1e-12);
}

typedef struct {
    const char *name;
    CasesFill *fill;
    const char *feature; /* what the processor must have; NULL: nothing */
} Path;

static const Path path[] = {
    {"as shipped", cases_fill, NULL},
    {"plain", cases_fill_plain, NULL},
    {"avx2", cases_fill_avx2, "avx2"},
    {"avx512f", cases_fill_avx512f, "avx512f"},
};

static gboolean processor_has(const char *feature)
{
#ifdef __x86_64__
    return feature == NULL || (strcmp(feature, "avx2") == 0 && __builtin_cpu_supports("avx2")) ||
           (strcmp(feature, "avx512f") == 0 && __builtin_cpu_supports("avx512f"));
#else
    return feature == NULL;
#endif
}

/* Run the case by path p, from the same numbers. */
static Numbers run_path(const Path *p, gsize which, const Numbers *exact, const Case *c)
{
    Case single[CASES];
    Numbers numbers = {.out = g_new0(double, c->out)};
    p->fill(single);
    for (gsize k = 0; k < c->inputs; k++)
        numbers.gradient[k] = g_new0(double, c->size[k]);
    single[which].run(&single[which], (const double *const *)exact->in, exact->dout, numbers.out, numbers.gradient);
    return numbers;
}

static void hold(const Path *p, gsize gradient, double off, double limit)
{
    if (off >= limit)
        g_test_message("%s, gradient %" G_GSIZE_FORMAT, p->name, gradient);
    g_assert_cmpfloat(off, <, limit);
}

static void compare_path(const Path *p, gsize which, const Numbers *exact, const Case *c)
{
    double passes = (double)MAX(c->passes, 1);
    Numbers numbers = run_path(p, which, exact, c);
    g_assert_cmpfloat(distance(numbers.out, exact->out, c->out), <, 1e-5 * passes);
    for (gsize k = 0; k < c->smooth; k++)
        hold(p, k, distance(numbers.gradient[k], exact->gradient[k], c->size[k]), 1e-4 * passes);
    numbers_clear(&numbers, c);
}

static void run_exact(const Case *c, Numbers *numbers)
{
    /* Both precisions start from the same numbers. */
    for (gsize k = 0; k < c->inputs; k++)
        for (gsize j = 0; j < c->size[k]; j++)
            numbers->in[k][j] = (double)(float)numbers->in[k][j];
    c->run(c, (const double *const *)numbers->in, numbers->dout, numbers->out, numbers->gradient);
}

static void test_single(gconstpointer data)
{
    const Case *c = data;
    Numbers numbers;
    numbers_fill(&numbers, c);
    run_exact(c, &numbers);
    precision_choose(PRECISION_SINGLE);
    for (gsize k = 0; k < G_N_ELEMENTS(path); k++)
        if (processor_has(path[k].feature))
            compare_path(&path[k], (gsize)(c - in_double), &numbers, c);
        else
            g_test_message("this processor has no %s", path[k].feature);
    numbers_clear(&numbers, c);
}

/* Numbers that never change: rounding may carry a number over the kink of a relu or
 * of the loss, and how much of a gradient goes with it is a matter of chance. */
static void fill_fixed(Numbers *numbers, const Case *c)
{
    guint32 state = 1;
    for (gsize k = 0; k <= c->inputs; k++) {
        double *to = k < c->inputs ? numbers->in[k] : numbers->dout;
        for (gsize j = 0; j < (k < c->inputs ? c->size[k] : c->out); j++) {
            state = state * 1664525u + 1013904223u;
            to[j] = (double)(state >> 8) / (1 << 23) - 1;
        }
    }
}

/* Operands with eight bits cost every number some three thousandths, which a recurrence adds up. */
static void test_rough(gconstpointer data)
{
    const Case *c = data;
    static const Path rough[] = {{"bf16", cases_fill_bf16, NULL}, {"as shipped", cases_fill, NULL}};
    Numbers numbers;
    precision_choose(PRECISION_AUTOMATIC);
    if (!precision_is_mixed()) {
        g_test_skip("this processor does not multiply bfloat16");
        return;
    }
    numbers_fill(&numbers, c);
    fill_fixed(&numbers, c);
    run_exact(c, &numbers);
    for (gsize p = 0; p < G_N_ELEMENTS(rough); p++) {
        Numbers off = run_path(&rough[p], (gsize)(c - in_double), &numbers, c);
        g_test_message("%s: off by %.4f", rough[p].name, apart(off.out, numbers.out, c->out));
        g_assert_cmpfloat(apart(off.out, numbers.out, c->out), <, 0.02);
        for (gsize k = 0; k < c->smooth; k++) {
            g_test_message("gradient %" G_GSIZE_FORMAT ": off by %.4f", k, apart(off.gradient[k], numbers.gradient[k], c->size[k]));
            hold(&rough[p], k, apart(off.gradient[k], numbers.gradient[k], c->size[k]), 0.15);
        }
        numbers_clear(&off, c);
    }
    numbers_clear(&numbers, c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    cases_fill_double(in_double);
    for (gsize k = 0; k < CASES; k++) {
        g_autofree char *nudged = g_strdup_printf("/kernel/%s/each-gradient-is-what-a-nudge-says", in_double[k].name);
        g_autofree char *single = g_strdup_printf("/kernel/%s/every-vector-width-agrees-with-double", in_double[k].name);
        if (in_double[k].smooth > 0)
            g_test_add_data_func(nudged, &in_double[k], test_gradient);
        g_test_add_data_func(single, &in_double[k], test_single);
        g_autofree char *rough = g_strdup_printf("/kernel/%s/rounding-to-bfloat16-stays-small", in_double[k].name);
        g_test_add_data_func(rough, &in_double[k], test_rough);
    }
    return g_test_run();
}
