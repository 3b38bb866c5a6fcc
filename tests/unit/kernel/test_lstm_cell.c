/* One LSTM layer in every build: its gates against libm, and its rows against each other. */
#include "forecast/kernel/lstm_cell.h"

#include "forecast/kernel/precision.h"
#include "forecast/kernel/product.h"

#include <string.h>

typedef void Forward(const LstmCellShape *shape, const LstmCellWeights *weights, const float *x, const float *live, gboolean keep,
                     float *state, float *gate, float *cell, const float *add, float *out);
Forward lstm_cell_forward_plain, lstm_cell_forward_avx2, lstm_cell_forward_avx512f, lstm_cell_forward_bf16;
typedef void Ahead(const LstmCellShape *shape, const LstmCellWeights *weights, const float *x, float *gate);
Ahead lstm_cell_ahead_plain, lstm_cell_ahead_avx2, lstm_cell_ahead_avx512f, lstm_cell_ahead_bf16;
typedef void Pack(const Product *product, float *to);
Pack product_pack_plain, product_pack_avx2, product_pack_avx512f, product_pack_bf16;

typedef struct {
    const char *name, *feature;
    Forward *forward;
    Ahead *ahead;
    Pack *pack;
    double bound; /* of an activation's error */
} Build;

static const Build build[] = {
    {"as shipped", NULL, lstm_cell_forward, lstm_cell_ahead, product_pack, 2e-5},
    {"plain", NULL, lstm_cell_forward_plain, lstm_cell_ahead_plain, product_pack_plain, 2e-6},
    {"avx2", "avx2", lstm_cell_forward_avx2, lstm_cell_ahead_avx2, product_pack_avx2, 2e-6},
    {"avx512f", "avx512f", lstm_cell_forward_avx512f, lstm_cell_ahead_avx512f, product_pack_avx512f, 2e-6},
    {"bf16", "avx512bf16", lstm_cell_forward_bf16, lstm_cell_ahead_bf16, product_pack_bf16, 2e-5},
};

static gboolean processor_has(const char *feature)
{
#ifdef __x86_64__
    return feature == NULL || (strcmp(feature, "avx2") == 0 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) ||
           (strcmp(feature, "avx512f") == 0 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) ||
           (strcmp(feature, "avx512bf16") == 0 && precision_is_mixed());
#else
    return feature == NULL;
#endif
}

enum { UNITS = 16, IN = 5, STEPS = 9, MOST_ROWS = 9, MOST_HIDDEN = 96 };

/* Numbers that never change, no two runs of the test alike by chance alone. */
static float *waves(gsize n, double speed, double size)
{
    float *wave = g_new(float, n);
    for (gsize k = 0; k < n; k++)
        wave[k] = (float)(size * sin(speed * (double)(k + 1)));
    return wave;
}

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

/* With weights of zero the biases are what the gates are opened with: out = o tanh(i g) after one step. */
static void test_gates(gconstpointer data)
{
    const Build *with = data;
    const LstmCellShape shape = {.steps = 1, .rows = 1, .in = IN, .hidden = UNITS};
    const float none[IN] = {0}, all[(UNITS + 1) * 4 * UNITS] = {0}, live[1] = {1};
    g_autofree float *state = g_new(float, lstm_cell_state(&shape));
    for (double at = -30; at <= 30; at += 0.37) {
        float bias[4 * UNITS], gate[4 * UNITS], cell[UNITS], out[UNITS];
        for (int k = 0; k < UNITS; k++) {
            bias[k] = (float)at;
            bias[UNITS + k] = 0;
            bias[2 * UNITS + k] = (float)(k % 2 ? at / 3 : pow(10, -k)); /* also close to zero */
            bias[3 * UNITS + k] = (float)(-at / 2);
        }
        const LstmCellWeights weights = {all, all, bias};
        with->forward(&shape, &weights, none, live, TRUE, state, gate, cell, NULL, out);
        for (int k = 0; k < UNITS; k++) {
            double i = logistic((double)bias[k]), g = tanh((double)bias[2 * UNITS + k]), o = logistic((double)bias[3 * UNITS + k]);
            g_assert_cmpfloat_with_epsilon((double)gate[k], i, with->bound);
            g_assert_cmpfloat_with_epsilon((double)gate[2 * UNITS + k], g, with->bound);
            g_assert_cmpfloat_with_epsilon((double)gate[3 * UNITS + k], o, with->bound);
            g_assert_cmpfloat_with_epsilon((double)out[k], o * tanh(i * g), with->bound);
            g_assert_cmpfloat(fabs((double)gate[2 * UNITS + k] - g), <=, 4 * with->bound * fabs(g) + 1e-7); /* close to zero, too */
        }
    }
}

/* Gates without bound and none at all: limits, and a NaN that stays where it was. */
static void test_limits(gconstpointer data)
{
    const Build *with = data;
    const LstmCellShape shape = {.steps = 1, .rows = 1, .in = IN, .hidden = UNITS};
    const float none[IN] = {0}, all[(UNITS + 1) * 4 * UNITS] = {0}, live[1] = {1}, dead[1] = {0};
    float bias[4 * UNITS] = {0}, gate[4 * UNITS], cell[UNITS], out[UNITS];
    g_autofree float *state = g_new(float, lstm_cell_state(&shape));
    const LstmCellWeights weights = {all, all, bias};
    bias[0] = bias[2 * UNITS] = bias[3 * UNITS] = INFINITY;
    bias[1] = bias[2 * UNITS + 1] = -1e30f;
    bias[2] = NAN;
    with->forward(&shape, &weights, none, live, TRUE, state, gate, cell, NULL, out);
    g_assert_cmpfloat_with_epsilon((double)gate[0], 1, 1e-6);
    g_assert_cmpfloat_with_epsilon((double)gate[2 * UNITS], 1, 1e-6);
    g_assert_cmpfloat_with_epsilon((double)out[0], tanh(1), with->bound);
    g_assert_cmpfloat_with_epsilon((double)gate[1], 0, 1e-6);
    g_assert_cmpfloat_with_epsilon((double)gate[2 * UNITS + 1], -1, 1e-6);
    g_assert_true(isnan(out[2]));
    for (int k = 3; k < UNITS; k++)
        g_assert_cmpfloat((double)out[k], ==, 0);
    bias[2] = 0;
    with->forward(&shape, &weights, none, dead, TRUE, state, gate, cell, NULL, out);
    for (int k = 0; k < UNITS; k++)
        g_assert_cmpfloat((double)out[k], ==, 0);
}

/* The weights w[in][out], which it frees, as products want them. */
static float *packed(const Build *with, float *w, gsize in, gsize out)
{
    float *to = g_new(float, product_packed(in, out));
    const Product product = {.inner = in, .columns = out, .b = w, .b_inner = out, .b_column = 1};
    with->pack(&product, to);
    g_free(w);
    return to;
}

/* out[STEPS][rows][hidden] of the first rows of x[STEPS][MOST_ROWS][IN]; with `keep` as if a backward pass followed, `ahead` with the input's product first. */
static float *run(const Build *with, gsize rows, gsize hidden, const float *x, gboolean keep, gboolean ahead)
{
    const LstmCellShape shape = {.steps = STEPS, .rows = rows, .in = IN, .hidden = hidden};
    gsize token = rows * hidden;
    g_autofree float *wx = packed(with, waves(IN * 4 * hidden, 0.61, 0.7), IN, 4 * hidden);
    g_autofree float *wh = packed(with, waves(hidden * 4 * hidden, 1.7, 0.3), hidden, 4 * hidden), *bias = waves(4 * hidden, 2.9, 1);
    g_autofree float *state = g_new(float, lstm_cell_state(&shape)), *gate = g_new(float, STEPS * 4 * token), *cell = g_new(float, STEPS * token);
    g_autofree float *some = g_new(float, STEPS * rows * IN), *live = g_new(float, STEPS * rows);
    const LstmCellWeights weights = {wx, wh, bias};
    float *out = g_new(float, STEPS * token);
    for (gsize t = 0; t < STEPS; t++)
        for (gsize r = 0; r < rows; r++) {
            memcpy(some + (t * rows + r) * IN, x + (t * MOST_ROWS + r) * IN, IN * sizeof *some);
            live[t * rows + r] = t > r % 3;
        }
    if (ahead)
        with->ahead(&shape, &weights, some, gate);
    with->forward(&shape, &weights, ahead ? NULL : some, live, keep, state, gate, cell, NULL, out);
    return out;
}

/* What a window is told must not depend on those it is asked with, nor on whether anything is to be learnt from it. */
static void test_rows(gconstpointer data)
{
    const Build *with = data;
    g_autofree float *x = waves(STEPS * MOST_ROWS * IN, 1.37, 1);
    for (gsize hidden = UNITS; hidden <= MOST_HIDDEN; hidden += UNITS) {
        g_autofree float *together = run(with, MOST_ROWS, hidden, x, FALSE, FALSE);
        for (gsize rows = 1; rows < MOST_ROWS; rows++)
            for (int way = 0; way < 3; way++) {
                g_autofree float *alone = run(with, rows, hidden, x, way == 1, way == 2);
                for (gsize t = 0; t < STEPS; t++)
                    g_assert_cmpmem(alone + t * rows * hidden, rows * hidden * sizeof *alone, together + t * MOST_ROWS * hidden, rows * hidden * sizeof *alone);
            }
    }
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
        } test[] = {{"its-gates-open-as-far-as-they-should", test_gates},
                    {"its-gates-have-limits", test_limits},
                    {"a-row-says-the-same-beside-any-others", test_rows}};
        for (gsize j = 0; j < G_N_ELEMENTS(test); j++) {
            g_autofree char *name = g_strdup_printf("/kernel/lstm-cell/%s/%s", build[k].name, test[j].sentence);
            g_test_add_data_func(name, &build[k], test[j].test);
        }
    }
    return g_test_run();
}
