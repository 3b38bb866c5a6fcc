/* Both networks, in double, against numbers that PyTorch made (golden/make_golden.py). */
#include "forecast/model/graph.h"

#include "forecast/model/outlook.h"

#include <stdlib.h>

enum { ROWS = 2, CONTEXT = 3, FUTURE = 2, FEATURES = 5, PATCH = 2, STEPS = CONTEXT + FUTURE, TARGETS = FUTURE * ROWS * PATCH };

static void wave(double *x, gsize n, double speed, double scale, double shift)
{
    for (gsize k = 0; k < n; k++)
        x[k] = shift + scale * sin(speed * (double)(k + 1));
}

/* The line of the file that begins with `title`: its count, then so many numbers. */
static double *numbers_of(char **line, const char *title, gsize n)
{
    double *numbers = g_new0(double, n);
    for (; *line != NULL; line++) {
        g_auto(GStrv) word = g_strsplit(*line, " ", -1);
        if (g_strv_length(word) < 2 || !g_str_equal(word[0], title))
            continue;
        g_assert_cmpuint(strtoul(word[1], NULL, 10), ==, n);
        g_assert_cmpuint(g_strv_length(word), ==, n + 2);
        for (gsize k = 0; k < n; k++)
            numbers[k] = g_ascii_strtod(word[2 + k], NULL);
        return numbers;
    }
    g_test_fail_printf("no line %s", title);
    return numbers;
}

/* The file has nine digits. */
static void assert_near(const char *title, char **line, const double *got, gsize n)
{
    g_autofree double *want = numbers_of(line, title, n);
    for (gsize k = 0; k < n; k++)
        if (!(fabs(got[k] - want[k]) <= 1e-8 * (1 + fabs(want[k]))))
            g_test_fail_printf("%s[%" G_GSIZE_FORMAT "]: %.10g, golden %.10g", title, k, got[k], want[k]);
}

typedef struct {
    const char *file;
    gboolean transformer;
    gsize layers, heads; /* more than one: rows begin late, and gradients are kept as projections */
} Golden;

/* Three sums over the gradient, each weighted by a wave. */
static void project(const double *gradient, gsize n, double out[3])
{
    static const double speed[3] = {0.37, 0.53, 0.71};
    for (int k = 0; k < 3; k++) {
        out[k] = 0;
        for (gsize j = 0; j < n; j++)
            out[k] += gradient[j] * sin(speed[k] * (double)(j + 1));
    }
}

/* The head's quantiles lie [row][level][step] in both. */
static void test_golden(gconstpointer data)
{
    const Golden *golden = data;
    gboolean deep = golden->layers > 1;
    g_autofree char *file = g_strdup_printf("tests/unit/model/golden/%s.txt", golden->file);
    g_autofree char *path = g_build_filename(g_getenv("top_srcdir"), file, NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, &error));
    g_auto(GStrv) line = g_strsplit(text, "\n", -1);

    GraphShape shape = {.transformer = golden->transformer, .rows = ROWS, .context = CONTEXT, .future = FUTURE, .features = FEATURES,
                        .patch = PATCH, .width = 16 * golden->heads, .layers = golden->layers, .heads = golden->heads};
    Tensors tensors;
    graph_tensors(&shape, &tensors);
    double x[STEPS * ROWS * FEATURES], live[STEPS * ROWS], key[STEPS * ROWS], anchor[TARGETS], spread[TARGETS], target[TARGETS], weight[TARGETS];
    wave(x, G_N_ELEMENTS(x), 1.37, 1, 0);
    wave(anchor, TARGETS, 0.9, 1, 0);
    wave(spread, TARGETS, 2.3, 0.5, 1);
    wave(target, TARGETS, 3.1, 2, 0);
    wave(weight, TARGETS, 1.9, 0.5, 0.5);
    for (gsize k = 0; k < STEPS * ROWS; k++)
        live[k] = key[k] = 1;
    key[1 * ROWS + (deep ? 0 : 1)] = 0; /* only attention reads it */
    for (gsize step = 0; step < 2 && deep; step++)
        live[step * ROWS + 1] = key[step * ROWS + 1] = 0;

    g_autofree double *w = g_new0(double, tensors.size);
    g_autofree double *wt = g_new0(double, tensors.size);
    g_autofree double *dw = g_new0(double, tensors.size);
    g_autofree double *work = g_new0(double, graph_workspace(&shape));
    for (gsize k = 0; k < tensors.count; k++) {
        const Tensor *t = &tensors.tensor[k];
        gboolean gain = t->rows == 1 && t->start == 1;
        wave(w + t->offset, t->rows * t->columns, 0.7 + 0.1 * (double)k, 0.3, gain ? 1 : 0);
    }
    tensors_transpose(&tensors, w, wt);
    GraphInput input = {x, live, key, anchor, spread, target, weight};
    const double *quantile = graph_forward(&shape, &tensors, w, &input, work);
    assert_near("quantile", line, quantile, TARGETS * OUTLOOK_LEVELS);
    double loss = graph_loss(&shape, &input, work);
    assert_near("loss", line, &loss, 1);
    graph_backward(&shape, &tensors, w, wt, &input, work, dw);
    for (gsize k = 0; k < tensors.count; k++) {
        const Tensor *t = &tensors.tensor[k];
        g_autofree char *title = g_strdup_printf("gradient%" G_GSIZE_FORMAT, k);
        double projection[3];
        project(dw + t->offset, t->rows * t->columns, projection);
        if (deep)
            assert_near(title, line, projection, 3);
        else
            assert_near(title, line, dw + t->offset, t->rows * t->columns);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const Golden golden[] = {{"lstm", FALSE, 1, 1}, {"transformer", TRUE, 1, 1}, {"lstm_deep", FALSE, 2, 2}, {"transformer_deep", TRUE, 2, 2}};
    g_test_add_data_func("/model/golden/the-lstm-is-the-one-pytorch-has", &golden[0], test_golden);
    g_test_add_data_func("/model/golden/the-transformer-is-the-one-pytorch-has", &golden[1], test_golden);
    g_test_add_data_func("/model/golden/the-lstm-of-two-layers-begins-as-late-as-its-rows", &golden[2], test_golden);
    g_test_add_data_func("/model/golden/the-transformer-of-two-heads-looks-where-pytorch-does", &golden[3], test_golden);
    return g_test_run();
}
