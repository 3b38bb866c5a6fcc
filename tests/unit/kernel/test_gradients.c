/* Every gradient against central differences, and every single-precision build against the double one. */
#include "tests/unit/kernel/cases.h"

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

/* How far the gradient of one entry is from what nudging it by h says. */
static double gap(const Case *c, Numbers *numbers, gsize tensor, gsize entry, double h, double usual, double *out)
{
    double nudged = (loss_with(c, numbers, tensor, entry, h, out) - loss_with(c, numbers, tensor, entry, -h, out)) / (2 * h);
    double told = numbers->gradient[tensor][entry];
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
             * nudge may step over a kink of relu, a smaller one hardly ever does too. */
            const double h[] = {1e-5, 1e-4, 1e-6};
            double off = 1;
            for (gsize j = 0; j < G_N_ELEMENTS(h) && off >= 1e-6; j++)
                off = gap(c, &numbers, tensor, entry, h[j], usual, out);
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

static void compare_path(const Path *p, gsize which, Numbers *exact, const Case *c)
{
    Case single[CASES];
    Numbers rough = {.out = g_new0(double, c->out)};
    double limit = 1e-4 * (double)MAX(c->passes, 1);
    p->fill(single);
    for (gsize k = 0; k < c->inputs; k++)
        rough.gradient[k] = g_new0(double, c->size[k]);
    single[which].run(&single[which], (const double *const *)exact->in, exact->dout, rough.out, rough.gradient);
    g_assert_cmpfloat(distance(rough.out, exact->out, c->out), <, 1e-5 * (double)MAX(c->passes, 1));
    for (gsize k = 0; k < c->smooth; k++) {
        double off = distance(rough.gradient[k], exact->gradient[k], c->size[k]);
        if (off >= limit)
            g_test_message("%s, gradient %" G_GSIZE_FORMAT, p->name, k);
        g_assert_cmpfloat(off, <, limit);
    }
    for (gsize k = 0; k < c->inputs; k++)
        g_free(rough.gradient[k]);
    g_free(rough.out);
}

static void test_single(gconstpointer data)
{
    const Case *c = data;
    Numbers numbers;
    numbers_fill(&numbers, c);
    /* Both precisions start from the same numbers. */
    for (gsize k = 0; k < c->inputs; k++)
        for (gsize j = 0; j < c->size[k]; j++)
            numbers.in[k][j] = (double)(float)numbers.in[k][j];
    c->run(c, (const double *const *)numbers.in, numbers.dout, numbers.out, numbers.gradient);
    for (gsize k = 0; k < G_N_ELEMENTS(path); k++)
        if (processor_has(path[k].feature))
            compare_path(&path[k], (gsize)(c - in_double), &numbers, c);
        else
            g_test_message("this processor has no %s", path[k].feature);
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
    }
    return g_test_run();
}
