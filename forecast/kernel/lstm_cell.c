#include "forecast/kernel/lstm_cell.h"

#include "forecast/kernel/affine.h"
#include "forecast/kernel/product.h"

#include <string.h>

enum {
    UNITS = 16,  /* the gates of so many units lie together */
    PAIRED = 32, /* rows of pairs may be so much longer */
};

/* A stretch forward. */
typedef struct {
    gsize steps, rows, in, hidden; /* in: 0 when the input's product is already done */
    gboolean begun, keep;
    const real *x, *wx, *wh, *bias, *live, *start, *add;
    gsize apart;                   /* inner indices of the input, as they are packed */
    real *state, *gate, *cell, *out;
} Forward;

typedef struct {
    gsize rows, in, hidden;               /* in, and apart, as the weights lie */
    const real *x, *before, *before_cell; /* before is NULL in the first step */
    gsize x_apart, before_apart;          /* from one row to the next */
    const real *w, *u, *bias;             /* weights of input and state, packed */
    gsize w_deep, u_deep;                 /* their inner indices */
    const real *start;                    /* the input's product with its bias, when already done; else NULL */
    gboolean turned;                      /* go from the last units to the first: their weights are still in the cache */
    const real *live, *add;
    real *gate, *cell, *out;              /* gate is NULL when no backward pass follows */
    real *after;                          /* the output by itself, for the next step's products */
} Step;

/* One step backward. */
typedef struct {
    gsize rows, hidden;
    const real *cell, *before_cell, *live, *dout;
    real *gate, *dcell, *dstate, *out;
    gboolean last; /* step of the sequence: dcell and dstate are not yet filled */
} StepBack;

#define LEVELS_PAIRS
#define LEVELS_BODY "forecast/kernel/lstm_cell_body.h"
#include "forecast/kernel/levels.h"

/* Two steps' outputs, and for pairs a step's input. */
gsize lstm_cell_state(const LstmCellShape *shape)
{
    return 2 * shape->rows * shape->hidden + shape->rows * (shape->in + PAIRED);
}

void lstm_cell_ahead(const LstmCellShape *shape, const LstmCellWeights *weights, const real *x, real *gate)
{
    const Product input = {.rows = shape->steps * shape->rows, .inner = shape->in, .columns = 4 * shape->hidden, .a = x, .a_row = shape->in,
                           .a_inner = 1, .b = weights->wx, .packed = TRUE, .c = gate, .c_row = 4 * shape->hidden, .bias = weights->bias};
    product_run(&input);
}

void lstm_cell_forward(const LstmCellShape *shape, const LstmCellWeights *weights, const real *x, const real *live, gboolean keep,
                       real *state, real *gate, real *cell, const real *add, real *out)
{
    const Forward pass = {.steps = shape->steps, .rows = shape->rows, .in = x != NULL ? shape->in : 0, .hidden = shape->hidden, .begun = shape->begun,
                          .keep = keep, .x = x, .wx = weights->wx, .wh = weights->wh, .bias = weights->bias, .live = live,
                          .start = x == NULL ? gate : NULL, .add = add, .apart = shape->in, .state = state, .gate = keep ? gate : NULL, .cell = cell, .out = out};
    LEVELS_CALL(forward, &pass);
}

/* dstate = dgate wh', the gradient of the output before. */
static void send_back(const LstmCellShape *shape, const real *dgate, const real *wht, real *dstate)
{
    gsize hidden = shape->hidden;
    const Product product = {.rows = shape->rows, .inner = 4 * hidden, .columns = hidden, .a = dgate, .a_row = 4 * hidden, .a_inner = 1,
                             .b = wht, .packed = TRUE, .c = dstate, .c_row = hidden};
    product_run(&product);
}

/* What the gates say about the input and the weights; a state is what the gates of the step after it have read. */
static void settle(const LstmCellShape *shape, const real *wxt, const real *x, const real *out, const real *dgate,
                   real *dx, real *dwx, real *dwh, real *dbias)
{
    gsize in = shape->in, hidden = shape->hidden, n = shape->steps * shape->rows, last = shape->going ? 0 : shape->rows;
    const Product input = {.rows = n, .inner = 4 * hidden, .columns = in, .a = dgate, .a_row = 4 * hidden, .a_inner = 1,
                           .b = wxt, .packed = TRUE, .c = dx, .c_row = in};
    product_run(&input);
    affine_backward_weight(x, dgate, n, in, 4 * hidden, dwx, dbias);
    affine_backward_weight(out, dgate + shape->rows * 4 * hidden, n - last, hidden, 4 * hidden, dwh, NULL);
}

void lstm_cell_backward(const LstmCellShape *shape, const real *wxt, const real *wht, const real *x, const real *live, real *gate, const real *cell,
                        const real *dout, real *dstate, real *out, real *dx, real *dwx, real *dwh, real *dbias)
{
    gsize rows = shape->rows, hidden = shape->hidden, state = rows * hidden;
    StepBack s = {.rows = rows, .hidden = hidden, .dstate = dstate, .dcell = dstate + state};
    for (gsize t = shape->steps; t-- > 0;) {
        gboolean first = t == 0 && !shape->begun;
        s.cell = cell + t * state;
        s.before_cell = first ? NULL : s.cell - state;
        s.live = live + t * rows;
        s.dout = dout + t * state;
        s.gate = gate + t * 4 * state;
        s.out = out + t * state;
        s.last = t + 1 == shape->steps && !shape->going;
        LEVELS_CALL(step_back, &s);
        if (!first)
            send_back(shape, s.gate, wht, dstate);
    }
    settle(shape, wxt, x, out, gate, dx, dwx, dwh, dbias);
}
