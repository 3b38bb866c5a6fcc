#include "tests/unit/kernel/cases.h"

#include "forecast/kernel/activation.h"
#include "forecast/kernel/adamw.h"
#include "forecast/kernel/affine.h"
#include "forecast/kernel/attention.h"
#include "forecast/kernel/block.h"
#include "forecast/kernel/lstm_cell.h"
#include "forecast/kernel/pinball.h"
#include "forecast/kernel/product.h"
#include "forecast/kernel/rmsnorm.h"
#include "forecast/kernel/seasonal.h"
#include "forecast/model/graph.h"
#include "forecast/model/outlook.h"

#include <string.h>

/* The inputs of a case as reals, and zeroed gradients of the same sizes. */
typedef struct {
    real *in[CASE_INPUTS], *gradient[CASE_INPUTS], *out, *dout;
} Arrays;

static real *converted(const double *from, gsize n)
{
    real *to = g_new0(real, n);
    for (gsize k = 0; from != NULL && k < n; k++)
        to[k] = (real)from[k];
    return to;
}

static Arrays arrays_new(const Case *self, const double *const *in, const double *dout)
{
    Arrays a = {.out = converted(NULL, self->out), .dout = converted(dout, self->out)};
    for (gsize k = 0; k < self->inputs; k++) {
        a.in[k] = converted(in[k], self->size[k]);
        a.gradient[k] = converted(NULL, self->size[k]);
    }
    return a;
}

/* Hand the results back, and free. */
static void arrays_end(Arrays *a, const Case *self, double *out, double *const *din)
{
    for (gsize k = 0; k < self->out; k++)
        out[k] = (double)a->out[k];
    for (gsize i = 0; i < self->inputs; i++) {
        for (gsize k = 0; din != NULL && k < self->size[i]; k++)
            din[i][k] = (double)a->gradient[i][k];
        g_free(a->in[i]);
        g_free(a->gradient[i]);
    }
    g_free(a->out);
    g_free(a->dout);
}

static real *transposed(const real *w, gsize in, gsize out)
{
    real *wt = g_new(real, in * out);
    affine_transpose(w, in, out, wt);
    return wt;
}

enum { ROWS = 7, IN = 5, MIDDLE = 11, OUT = 9 };

static void run_affine(const Case *self, const double *const *in, const double *dout, double *out, double *const *din)
{
    Arrays a = arrays_new(self, in, dout);
    affine_forward(a.in[0], a.in[1], a.in[2], ROWS, IN, OUT, 0, a.out);
    if (dout != NULL) {
        g_autofree real *wt = transposed(a.in[1], IN, OUT);
        affine_backward_input(a.dout, wt, ROWS, IN, OUT, 0, a.gradient[0]);
        affine_backward_weight(a.in[0], a.dout, ROWS, IN, OUT, a.gradient[1], a.gradient[2]);
    }
    arrays_end(&a, self, out, din);
}

static void run_relu(const Case *self, const double *const *in, const double *dout, double *out, double *const *din)
{
    Arrays a = arrays_new(self, in, dout);
    memcpy(a.out, a.in[0], self->out * sizeof *a.out);
    activation_relu(a.out, self->out);
    activation_relu_backward(a.out, a.dout, self->out, a.gradient[0]);
    arrays_end(&a, self, out, din);
}

static void run_softmax(const Case *self, const double *const *in, const double *dout, double *out, double *const *din)
{
    real key[ROWS] = {1, 0, 1, 1, 0, 1, 1};
    Arrays a = arrays_new(self, in, dout);
    activation_softmax(a.in[0], key, ROWS, a.out);
    activation_softmax_backward(a.out, a.dout, ROWS, a.gradient[0]);
    arrays_end(&a, self, out, din);
}

enum { NORM_ROWS = 6, NORM_WIDTH = 48 };

static void run_rmsnorm(const Case *self, const double *const *in, const double *dout, double *out, double *const *din)
{
    real inverse[NORM_ROWS];
    Arrays a = arrays_new(self, in, dout);
    rmsnorm_forward(a.in[0], a.in[1], NORM_ROWS, NORM_WIDTH, a.out, inverse);
    rmsnorm_backward(a.in[0], a.in[1], inverse, a.dout, NORM_ROWS, NORM_WIDTH, a.gradient[0], a.gradient[1]);
    arrays_end(&a, self, out, din);
}

static void run_block(const Case *self, const double *const *in, const double *dout, double *out, double *const *din)
{
    const BlockShape shape = {ROWS, IN, MIDDLE, OUT};
    real inner[ROWS * MIDDLE], dinner[ROWS * MIDDLE];
    Arrays a = arrays_new(self, in, dout);
    BlockWeights weights = {a.in[1], a.in[2], a.in[3], a.in[4], a.in[5], FALSE};
    block_forward(&shape, &weights, a.in[0], inner, a.out);
    g_autofree real *w1 = transposed(a.in[1], IN, MIDDLE);
    g_autofree real *w2 = transposed(a.in[3], MIDDLE, OUT);
    g_autofree real *w3 = transposed(a.in[5], IN, OUT);
    BlockWeights turned = {w1, NULL, w2, NULL, w3, FALSE};
    BlockGradients gradients = {a.gradient[1], a.gradient[2], a.gradient[3], a.gradient[4], a.gradient[5]};
    block_backward(&shape, &turned, a.in[0], inner, a.dout, dinner, a.gradient[0], &gradients);
    arrays_end(&a, self, out, din);
}

enum { STEPS = 12, LSTM_ROWS = 3, HIDDEN = 32, LSTM_ONE = 1, LSTM_EVEN = 8, LSTM_MANY = 11, WIDE = 80 };

static real *packed(const real *w, gsize in, gsize out)
{
    real *to = g_new(real, product_packed(in, out));
    const Product product = {.inner = in, .columns = out, .b = w, .b_inner = out, .b_column = 1};
    product_pack(&product, to);
    return to;
}

/* The part of a sequence's shape that is its steps first .. first + steps - 1. */
static LstmCellShape stretch(const LstmCellShape *all, gsize first, gsize steps)
{
    LstmCellShape part = *all;
    part.steps = steps;
    part.begun = first > 0;
    part.going = first + steps < all->steps;
    return part;
}

/* Without a backward pass in sight nothing is kept, and the result is the same to the last bit: whether the
 * input's product is done ahead or not, and what is added to may be what is written. */
static void check_light(const LstmCellShape *shape, const LstmCellWeights *weights, const Arrays *a, const real *live, real *state)
{
    gsize token = shape->rows * shape->hidden, most = 5;
    g_autofree real *cell = g_new(real, token);
    g_autofree real *gate = g_new(real, most * 4 * token);
    g_autofree real *out = g_new(real, shape->steps * token), *want = g_new(real, shape->steps * token);
    for (int k = 0; k < 2; k++) {
        for (gsize j = 0; j < shape->steps * token; j++) {
            out[j] = (real)sin((double)j);
            want[j] = out[j] + a->out[j];
        }
        for (gsize first = 0; first < shape->steps; first += most) {
            LstmCellShape part = stretch(shape, first, MIN(most, shape->steps - first));
            const real *x = a->in[0] + first * shape->rows * shape->in;
            if (k == 1)
                lstm_cell_ahead(&part, weights, x, gate);
            lstm_cell_forward(&part, weights, k == 1 ? NULL : x, live + first * shape->rows, FALSE, state, gate, cell, out + first * token, out + first * token);
        }
        g_assert_cmpmem(out, shape->steps * token * sizeof *out, want, shape->steps * token * sizeof *out);
    }
}

/* One or two rows begin late: their first two steps are not live.  The sequence goes through in stretches of 7 steps, there and back. */
static void run_lstm_cell(const Case *self, const double *const *in, const double *dout, double *out, double *const *din)
{
    enum { MOST = 7 };
    gsize hidden = self->size[3] / 4, rows = self->out / STEPS / hidden, tokens = STEPS * rows, token = rows * hidden;
    const LstmCellShape shape = {.steps = STEPS, .rows = rows, .in = IN, .hidden = hidden};
    g_autofree real *live = g_new(real, tokens);
    g_autofree real *gate = g_new(real, tokens * 4 * hidden);
    g_autofree real *cell = g_new(real, tokens * hidden);
    g_autofree real *dstate = g_new(real, 2 * token);
    g_autofree real *state = g_new(real, lstm_cell_state(&shape));
    const LstmCellShape longest = stretch(&shape, 0, MOST);
    g_autofree real *scratch = g_new(real, lstm_cell_scratch(&longest));
    for (gsize k = 0; k < tokens; k++)
        live[k] = k != rows / 2 && k != rows + rows / 2;
    Arrays a = arrays_new(self, in, dout);
    g_autofree real *wx = packed(a.in[1], IN, 4 * hidden), *wh = packed(a.in[2], hidden, 4 * hidden);
    const LstmCellWeights weights = {wx, wh, a.in[3]};
    for (gsize first = 0; first < STEPS; first += MOST) {
        LstmCellShape part = stretch(&shape, first, MIN(MOST, STEPS - first));
        lstm_cell_forward(&part, &weights, a.in[0] + first * rows * IN, live + first * rows, TRUE, state, gate + first * 4 * token,
                          cell + first * token, NULL, a.out + first * token);
    }
    if (dout != NULL) {
        check_light(&shape, &weights, &a, live, state);
        g_autofree real *wxt = transposed(a.in[1], IN, 4 * hidden), *wht = transposed(a.in[2], hidden, 4 * hidden);
        g_autofree real *back_x = packed(wxt, 4 * hidden, IN), *back_h = packed(wht, 4 * hidden, hidden);
        for (gsize end = STEPS; end > 0;) {
            gsize steps = (end - 1) % MOST + 1, first = end - steps;
            LstmCellShape part = stretch(&shape, first, steps);
            lstm_cell_backward(&part, back_x, back_h, a.in[0] + first * rows * IN, live + first * rows, gate + first * 4 * token, cell + first * token,
                               a.dout + first * token, dstate, scratch, a.gradient[0] + first * rows * IN, a.gradient[1], a.gradient[2], a.gradient[3]);
            end = first;
        }
    }
    arrays_end(&a, self, out, din);
}

enum { LOOK_STEPS = 21, LOOK_ROWS = 3, HEADS = 2, LOOK_WIDTH = HEADS * ATTENTION_HEAD };

static void run_attention(const Case *self, const double *const *in, const double *dout, double *out, double *const *din)
{
    const AttentionShape shape = {LOOK_STEPS, LOOK_ROWS, HEADS};
    real turn[LOOK_STEPS * ATTENTION_HEAD], key[LOOK_STEPS * LOOK_ROWS];
    g_autofree real *table = g_new(real, attention_table(&shape));
    g_autofree real *scratch = g_new(real, attention_scratch(LOOK_STEPS));
    for (gsize k = 0; k < G_N_ELEMENTS(key); k++)
        key[k] = k % 5 != 2 && k % LOOK_ROWS != 1;
    attention_turns(LOOK_STEPS, turn);
    Arrays a = arrays_new(self, in, dout);
    attention_forward(&shape, a.in[0], key, turn, table, scratch, a.out);
    attention_backward(&shape, a.in[0], key, turn, table, a.dout, scratch, a.gradient[0]);
    arrays_end(&a, self, out, din);
}

static void run_pinball(const Case *self, const double *const *in, const double *dout, double *out, double *const *din)
{
    const double level[3] = {.1, .5, .975};
    Arrays a = arrays_new(self, in, dout);
    a.in[2][4] = 0; /* a missing target */
    double loss = pinball_loss(a.in[0], a.in[1], a.in[2], level, ROWS, 3, IN, (real)0.05, (real)0.5, a.gradient[0]);
    a.out[0] = (real)loss;
    for (gsize k = 0; k < self->size[0]; k++)
        a.gradient[0][k] *= a.dout[0];
    arrays_end(&a, self, out, din);
}

static void run_adamw(const Case *self, const double *const *in, const double *dout, double *out, double *const *din)
{
    enum { N = 77 };
    const AdamwStep step = {.rate = (real)1e-2, .beta1 = (real).9, .beta2 = (real).98, .epsilon = (real)1e-8,
                            .decay = (real).01, .clip = (real).7, .mend1 = 10, .mend2 = 50};
    Arrays a = arrays_new(self, in, dout);
    for (gsize k = 0; k < N; k++)
        a.in[2][k] *= a.in[2][k]; /* second moments are never negative */
    memcpy(a.out, a.in[3], N * sizeof *a.out);
    adamw_step(&step, a.in[0], N, a.in[1], a.in[2], a.out);
    memcpy(a.out + N, a.in[1], N * sizeof *a.out);
    memcpy(a.out + 2 * N, a.in[2], N * sizeof *a.out);
    adamw_blend(a.in[0], (real).9, N, a.out + N);
    arrays_end(&a, self, out, din);
}

enum { SEASON_STEPS = 60, SHORT = 4, LONG = 9 };

/* Eight smoothers there, back, and there again; they compute in double whatever real is. */
static void run_seasonal(const Case *self, const double *const *in, const double *dout, double *out, double *const *din)
{
    const gsize period[2] = {SHORT, LONG};
    double pattern[(SHORT + LONG) * SEASONAL_LANES];
    SeasonalRates rates;
    SeasonalState state = {.pattern = {pattern, pattern + SHORT * SEASONAL_LANES}};
    memcpy(pattern, in[1], sizeof pattern);
    for (gsize lane = 0; lane < SEASONAL_LANES; lane++) {
        const double *one = in[2] + lane * 7;
        rates.alpha[lane] = fabs(one[0]);
        rates.beta[lane] = fabs(one[1]) / 2;
        rates.phi[lane] = 1 - fabs(one[2]) / 5;
        rates.gamma[0][lane] = fabs(one[3]) / 2;
        rates.gamma[1][lane] = fabs(one[4]) / 2;
        state.level[lane] = one[5];
        state.slope[lane] = one[6];
    }
    for (int run = 0; run < 3; run++)
        seasonal_run(&rates, period, in[0], SEASON_STEPS, run == 1, &state, out);
    memcpy(out + SEASONAL_LANES, state.level, sizeof state.level);
    memcpy(out + 2 * SEASONAL_LANES, pattern, sizeof pattern);
}

/* A whole network and its loss as a function of each of its tensors. */
static GraphShape network_shape(gboolean transformer)
{
    return (GraphShape){.transformer = transformer, .rows = 3, .context = 4, .future = 2, .features = 6, .patch = 3,
                        .width = 32, .layers = 2, .heads = 2};
}

/* What tokens would give: fixed waves, no two alike. */
static real wave(gsize k, double speed)
{
    return (real)sin(speed * (double)(k + 1));
}

static void run_network(const Case *self, const double *const *in, const double *dout, double *out, double *const *din)
{
    GraphShape shape = network_shape(self->transformer);
    Tensors tensors;
    graph_tensors(&shape, &tensors);
    enum { TOKENS = 18, TARGETS = 18 };
    real x[TOKENS * 6], live[TOKENS], key[TOKENS], anchor[TARGETS], spread[TARGETS], target[TARGETS], weight[TARGETS];
    for (gsize k = 0; k < TOKENS * 6; k++)
        x[k] = wave(k, 1.37);
    for (gsize k = 0; k < TOKENS; k++) {
        live[k] = k != 0;
        key[k] = k != 0 && k != 8;
        anchor[k] = wave(k, 0.9);
        spread[k] = 1 + wave(k, 2.3) / 2;
        target[k] = wave(k, 3.1) * 2;
        weight[k] = k % 4 != 1;
    }
    GraphInput input = {x, live, key, anchor, spread, target, weight};
    g_autofree real *w = g_new0(real, tensors.size);
    g_autofree real *wt = g_new0(real, tensors.size);
    g_autofree real *dw = g_new0(real, tensors.size);
    g_autofree real *work = g_new0(real, graph_workspace(&shape));
    for (gsize k = 0; k < self->inputs; k++)
        for (gsize j = 0; j < self->size[k]; j++)
            w[tensors.tensor[k].offset + j] = (real)in[k][j] / 4;
    tensors_transpose(&tensors, w, wt);
    graph_forward(&shape, &tensors, w, &input, work);
    out[0] = graph_loss(&shape, &input, work);
    if (dout == NULL)
        return;
    graph_backward(&shape, &tensors, w, wt, &input, work, dw);
    for (gsize k = 0; k < self->inputs; k++)
        for (gsize j = 0; j < self->size[k]; j++)
            din[k][j] = dout[0] * (double)dw[tensors.tensor[k].offset + j] / 4;
}

static void fill_network(Case *into, const char *name, gboolean transformer)
{
    GraphShape shape = network_shape(transformer);
    Tensors tensors;
    graph_tensors(&shape, &tensors);
    *into = (Case){.name = name, .inputs = tensors.count, .out = 1, .run = run_network, .transformer = transformer, .smooth = tensors.count};
    g_assert_cmpuint(tensors.count, <=, CASE_INPUTS);
    for (gsize k = 0; k < tensors.count; k++)
        into->size[k] = tensors.tensor[k].rows * tensors.tensor[k].columns;
}

#define LSTM_CASE(name, rows, hidden) \
    {name, 4, {STEPS * (rows) * IN, IN * 4 * (hidden), (hidden) * 4 * (hidden), 4 * (hidden)}, STEPS * (rows) * (hidden), run_lstm_cell, .smooth = 4, .passes = STEPS}

#define cases_fill KERNEL(cases_fill)
void cases_fill(Case cases[CASES])
{
    const Case table[] = {
        {"affine", 3, {ROWS * IN, IN * OUT, OUT}, ROWS * OUT, run_affine, .smooth = 3},
        {"relu", 1, {300}, 300, run_relu, .smooth = 1},
        {"softmax", 1, {ROWS}, ROWS, run_softmax, .smooth = 1},
        {"rmsnorm", 2, {NORM_ROWS * NORM_WIDTH, NORM_WIDTH}, NORM_ROWS * NORM_WIDTH, run_rmsnorm, .smooth = 2},
        {"block", 6, {ROWS * IN, IN * MIDDLE, MIDDLE, MIDDLE * OUT, OUT, IN * OUT}, ROWS * OUT, run_block, .smooth = 6},
        LSTM_CASE("lstm-cell", LSTM_ROWS, HIDDEN),
        LSTM_CASE("lstm-cell-of-one", LSTM_ONE, HIDDEN),
        LSTM_CASE("lstm-cell-of-even-rows", LSTM_EVEN, HIDDEN),
        LSTM_CASE("lstm-cell-of-many", LSTM_MANY, WIDE),
        {"attention", 1, {LOOK_STEPS * LOOK_ROWS * 3 * LOOK_WIDTH}, LOOK_STEPS * LOOK_ROWS * LOOK_WIDTH, run_attention, .smooth = 1},
        {"pinball", 3, {ROWS * 3 * IN, ROWS * IN, ROWS * IN}, 1, run_pinball, .smooth = 1},
        {"adamw", 4, {77, 77, 77, 77}, 3 * 77, run_adamw, .smooth = 0},
        {"seasonal", 3, {SEASON_STEPS, (SHORT + LONG) * SEASONAL_LANES, 7 * SEASONAL_LANES}, (2 + SHORT + LONG) * SEASONAL_LANES, run_seasonal, .smooth = 0},
    };
    G_STATIC_ASSERT(G_N_ELEMENTS(table) + 2 == CASES);
    memcpy(cases, table, sizeof table);
    fill_network(&cases[CASES - 2], "lstm-network", FALSE);
    fill_network(&cases[CASES - 1], "transformer-network", TRUE);
}
