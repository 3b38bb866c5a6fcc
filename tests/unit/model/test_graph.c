#include "forecast/model/graph.h"

#include "forecast/kernel/adamw.h"
#include "forecast/kernel/precision.h"
#include "forecast/model/duo.h"
#include "forecast/model/outlook.h"

#include <string.h>

enum { ROWS = 8, CONTEXT = 6, FUTURE = 2, FEATURES = 20, PATCH = 7, STEPS = CONTEXT + FUTURE, TARGETS = FUTURE * ROWS * PATCH };

static GraphShape shape_of(gboolean transformer)
{
    return (GraphShape){.transformer = transformer, .rows = ROWS, .context = CONTEXT, .future = FUTURE, .features = FEATURES,
                        .patch = PATCH, .width = 64, .layers = transformer ? 3 : 2, .heads = 4};
}

/* Eight windows of noise: nothing can be said about one from another. */
typedef struct {
    GraphShape shape;
    Tensors tensors;
    float x[STEPS * ROWS * FEATURES], live[STEPS * ROWS], key[STEPS * ROWS];
    float anchor[TARGETS], spread[TARGETS], target[TARGETS], weight[TARGETS];
    float *w, *wt, *dw, *work;
} Fixture;

static GraphInput input_of(const Fixture *f)
{
    return (GraphInput){f->x, f->live, f->key, f->anchor, f->spread, f->target, f->weight};
}

static void fill_random(float *x, gsize n)
{
    for (gsize k = 0; k < n; k++)
        x[k] = (float)g_test_rand_double_range(-1, 1);
}

static void set_up(Fixture *f, gconstpointer transformer)
{
    precision_choose(PRECISION_AUTOMATIC);
    f->shape = shape_of(GPOINTER_TO_INT(transformer));
    graph_tensors(&f->shape, &f->tensors);
    fill_random(f->x, G_N_ELEMENTS(f->x));
    fill_random(f->anchor, TARGETS);
    fill_random(f->target, TARGETS);
    for (gsize k = 0; k < TARGETS; k++) {
        f->spread[k] = 1;
        f->weight[k] = 1.0f / TARGETS;
    }
    for (gsize k = 0; k < STEPS * ROWS; k++)
        f->live[k] = f->key[k] = k / ROWS >= 2; /* the first two tokens are padding */
    f->w = g_new0(float, f->tensors.size);
    f->wt = g_new0(float, f->tensors.size);
    f->dw = g_new0(float, f->tensors.size);
    f->work = g_new0(float, graph_workspace(&f->shape));
    graph_start(&f->shape, &f->tensors, 11, f->w);
}

static void tear_down(Fixture *f, gconstpointer transformer)
{
    g_free(f->w);
    g_free(f->wt);
    g_free(f->dw);
    g_free(f->work);
}

static void test_start(Fixture *f, gconstpointer transformer)
{
    GraphInput input = input_of(f);
    const float *quantile = graph_forward(&f->shape, &f->tensors, f->w, &input, f->work);
    for (gsize r = 0; r < FUTURE * ROWS; r++)
        for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
            for (gsize s = 0; s < PATCH; s++) {
                double want = (double)f->anchor[r * PATCH + s] + (double)f->spread[r * PATCH + s] * outlook_probit[q];
                g_assert_cmpfloat_with_epsilon((double)quantile[(r * OUTLOOK_LEVELS + q) * PATCH + s], want, 1e-6);
            }
}

/* A network that cannot learn eight windows by heart has lost a gradient somewhere. */
static void test_overfit(Fixture *f, gconstpointer transformer)
{
    enum { LEARN = 300 };
    GraphInput input = input_of(f);
    g_autofree float *first = g_new0(float, f->tensors.size);
    g_autofree float *second = g_new0(float, f->tensors.size);
    double start = 0, loss = 0;
    for (int t = 1; t <= LEARN; t++) {
        tensors_transpose(&f->tensors, f->w, f->wt);
        memset(f->dw, 0, f->tensors.size * sizeof *f->dw);
        graph_forward(&f->shape, &f->tensors, f->w, &input, f->work);
        loss = graph_loss(&f->shape, &input, f->work);
        start = t == 1 ? loss : start;
        graph_backward(&f->shape, &f->tensors, f->w, f->wt, &input, f->work, f->dw);
        const AdamwStep step = {.rate = 3e-3f * (1 - (float)t / (LEARN + 1)), .beta1 = .9f, .beta2 = .98f, .epsilon = 1e-8f, .clip = 1,
                                .mend1 = (float)(1 / (1 - pow(.9, t))), .mend2 = (float)(1 / (1 - pow(.98, t)))};
        adamw_step(&step, f->dw, f->tensors.size, first, second, f->w);
    }
    g_test_message("loss %.5f at first, %.5f after %d steps", start, loss, LEARN);
    g_assert_cmpfloat(loss, <, 0.05 * start);
}

/* What stands in a token of padding must not matter, to the last bit. */
static void test_padding(Fixture *f, gconstpointer transformer)
{
    gsize outputs = TARGETS * OUTLOOK_LEVELS;
    GraphInput input = input_of(f);
    fill_random(f->w, f->tensors.size);
    for (gsize k = 0; k < f->tensors.size; k++)
        f->w[k] /= 8;
    g_autofree float *before = g_memdup2(graph_forward(&f->shape, &f->tensors, f->w, &input, f->work), outputs * sizeof(float));
    fill_random(f->x, 2 * ROWS * FEATURES);
    const float *after = graph_forward(&f->shape, &f->tensors, f->w, &input, f->work);
    g_assert_cmpmem(before, outputs * sizeof(float), after, outputs * sizeof(float));
    fill_random(f->x + 2 * ROWS * FEATURES, ROWS * FEATURES);
    after = graph_forward(&f->shape, &f->tensors, f->w, &input, f->work);
    g_assert_true(memcmp(before, after, outputs * sizeof(float)) != 0);
}

/* The greatest difference, in units of the usual size. */
static double distance(const float *a, const float *b, gsize n)
{
    double most = 0, squares = 0;
    for (gsize k = 0; k < n; k++) {
        most = MAX(most, fabs((double)a[k] - (double)b[k]));
        squares += (double)b[k] * (double)b[k];
    }
    return most / sqrt(squares / (double)n);
}

/* Seven windows of 50 tokens do not go through the transformer at once, and the
 * last group is smaller: it must not be seen in loss, gradient or forecast. */
static void test_groups(Fixture *f, gconstpointer transformer)
{
    precision_choose(PRECISION_SINGLE); /* another order of sums may round another way, which bfloat16 would show */
    GraphShape shape = f->shape;
    shape.rows = 7;
    shape.context = 40;
    shape.future = 10;
    gsize tokens = (shape.context + shape.future) * shape.rows, targets = shape.future * shape.rows * PATCH, size = f->tensors.size;
    g_autofree float *numbers = g_new0(float, tokens * (FEATURES + 2) + 4 * targets);
    float *live = numbers + tokens * FEATURES, *key = live + tokens, *rest = key + tokens;
    fill_random(numbers, tokens * FEATURES);
    fill_random(rest, 4 * targets);
    for (gsize k = 0; k < tokens; k++)
        live[k] = key[k] = k % 11 > 2;
    GraphInput input = {numbers, live, key, rest, rest + targets, rest + 2 * targets, rest + 3 * targets};
    fill_random(f->w, size);
    for (gsize k = 0; k < size; k++)
        f->w[k] /= 8;
    tensors_transpose(&f->tensors, f->w, f->wt);
    g_autofree float *work = g_new0(float, graph_workspace(&shape));
    g_autofree float *groups = g_new0(float, graph_groups(&shape));
    g_autofree float *quantile = g_new0(float, targets * OUTLOOK_LEVELS);
    g_autofree float *dw = g_new0(float, size);
    const float *said = graph_forward(&shape, &f->tensors, f->w, &input, work);
    graph_forecast(&shape, &f->tensors, f->w, NULL, &input, groups, quantile);
    g_assert_cmpfloat(distance(quantile, said, targets * OUTLOOK_LEVELS), <, 1e-5);
    double loss = graph_loss(&shape, &input, work);
    graph_backward(&shape, &f->tensors, f->w, f->wt, &input, work, f->dw);
    g_assert_cmpfloat_with_epsilon(graph_learn(&shape, &f->tensors, f->w, f->wt, &input, groups, dw), loss, 1e-5 * fabs(loss));
    g_assert_cmpfloat(distance(dw, f->dw, size), <, 1e-4);
    g_assert_cmpfloat_with_epsilon(graph_learn(&shape, &f->tensors, f->w, NULL, &input, groups, NULL), loss, 1e-5 * fabs(loss));
}

/* What is prepared once must say to the last bit what is prepared anew each time, to one window as to many. */
static void test_packed(Fixture *f, gconstpointer transformer)
{
    gsize each = OUTLOOK_LEVELS * PATCH, outputs = FUTURE * ROWS * each;
    fill_random(f->w, f->tensors.size);
    for (gsize k = 0; k < f->tensors.size; k++)
        f->w[k] /= 8;
    GraphInput input = input_of(f);
    g_autofree float *work = g_new(float, graph_groups(&f->shape)), *packed = g_new(float, graph_packed(&f->shape, &f->tensors));
    g_autofree float *anew = g_new(float, outputs), *once = g_new(float, outputs);
    for (int single = 0; single < 2; single++) {
        precision_choose(single ? PRECISION_SINGLE : PRECISION_AUTOMATIC);
        graph_pack(&f->shape, &f->tensors, f->w, packed);
        for (f->shape.rows = 1; f->shape.rows <= ROWS; f->shape.rows++) {
            outputs = FUTURE * f->shape.rows * each;
            graph_forecast(&f->shape, &f->tensors, f->w, NULL, &input, work, anew);
            graph_forecast(&f->shape, &f->tensors, f->w, packed, &input, work, once);
            g_assert_cmpmem(once, outputs * sizeof *once, anew, outputs * sizeof *anew);
        }
        f->shape.rows = ROWS;
    }
}

/* Few windows are shared with a second thread, where there is one: who did what must not be seen to the last bit. */
static void test_shared(Fixture *f, gconstpointer transformer)
{
    enum { TIMES = 100, LONG = 40, AHEAD = 13, MOST = 2 };
    GraphShape shape = f->shape;
    shape.context = LONG;
    shape.future = AHEAD;
    gsize tokens = (LONG + AHEAD) * MOST, targets = AHEAD * MOST * PATCH, outputs = targets * OUTLOOK_LEVELS;
    g_autofree float *numbers = g_new0(float, tokens * (FEATURES + 2) + 2 * targets), *packed = g_new(float, graph_packed(&shape, &f->tensors));
    float *live = numbers + tokens * FEATURES, *key = live + tokens, *rest = key + tokens;
    g_autofree float *alone = g_new(float, outputs), *shared = g_new(float, outputs);
    fill_random(numbers, tokens * FEATURES);
    fill_random(rest, 2 * targets);
    for (gsize k = 0; k < tokens; k++)
        live[k] = key[k] = k % 11 > 2;
    fill_random(f->w, f->tensors.size);
    for (gsize k = 0; k < f->tensors.size; k++)
        f->w[k] /= 8;
    graph_pack(&shape, &f->tensors, f->w, packed);
    const GraphInput input = {.x = numbers, .live = live, .key = key, .anchor = rest, .spread = rest + targets};
    for (shape.rows = 1; shape.rows <= MOST; shape.rows++) {
        gsize size = outputs / MOST * shape.rows * sizeof(float);
        g_autofree float *work = g_new(float, graph_groups(&shape));
        duo_allow(FALSE);
        graph_forecast(&shape, &f->tensors, f->w, packed, &input, work, alone);
        duo_allow(TRUE);
        for (int k = 0; k < TIMES; k++) {
            memset(shared, 0, size);
            graph_forecast(&shape, &f->tensors, f->w, packed, &input, work, shared);
            g_assert_cmpmem(shared, size, alone, size);
        }
    }
}

/* Without an anchor the head's share alone is said. */
static void test_share(Fixture *f, gconstpointer transformer)
{
    fill_random(f->w, f->tensors.size);
    for (gsize k = 0; k < f->tensors.size; k++)
        f->w[k] /= 8;
    GraphInput input = input_of(f), share = input;
    share.anchor = share.spread = NULL;
    gsize outputs = TARGETS * OUTLOOK_LEVELS;
    g_autofree float *whole = g_memdup2(graph_forward(&f->shape, &f->tensors, f->w, &input, f->work), outputs * sizeof(float));
    const float *said = graph_forward(&f->shape, &f->tensors, f->w, &share, f->work);
    for (gsize k = 0; k < outputs; k++) {
        gsize at = k / (OUTLOOK_LEVELS * PATCH) * PATCH + k % PATCH, q = k / PATCH % OUTLOOK_LEVELS;
        double anchor = (double)f->anchor[at] + (double)f->spread[at] * outlook_probit[q];
        g_assert_cmpfloat_with_epsilon((double)whole[k], (double)said[k] + anchor, 1e-5);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (int transformer = 0; transformer < 2; transformer++) {
        const char *name = transformer ? "transformer" : "lstm";
        const struct {
            const char *says;
            void (*run)(Fixture *, gconstpointer);
        } test[] = {{"an-untrained-network-says-what-its-anchor-says", test_start},
                    {"eight-windows-are-learnt-by-heart", test_overfit},
                    {"padding-does-not-matter", test_padding},
                    {"weights-prepared-once-say-the-same", test_packed},
                    {"a-second-thread-is-not-seen", test_shared},
                    {"without-an-anchor-the-share-alone-is-said", test_share},
                    {"groups-of-windows-do-not-matter", test_groups}};
        for (gsize k = 0; k < G_N_ELEMENTS(test); k++) {
            g_autofree char *path = g_strdup_printf("/model/graph/%s/%s", name, test[k].says);
            g_test_add(path, Fixture, GINT_TO_POINTER(transformer), set_up, test[k].run, tear_down);
        }
    }
    return g_test_run();
}
