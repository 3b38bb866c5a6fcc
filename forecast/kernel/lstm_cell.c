#include "forecast/kernel/lstm_cell.h"

#include "forecast/kernel/product.h"

#include <string.h>

enum {
    UNITS = 16,  /* the gates of so many units lie together */
    PAIRED = 32, /* rows of pairs may be so much longer */
};

/* A stretch forward. */
typedef struct {
    gsize steps, rows, in, hidden; /* in: 0 when the input's product is already done */
    gboolean begun, keep, pairs;
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
    gboolean pairs;                       /* gates are kept as pairs: in half the room */
    real *after;                          /* the output by itself, for the next step's products */
} Step;

/* One step backward. */
typedef struct {
    gsize rows, hidden;
    const real *cell, *before_cell, *live, *dout;
    real *gate, *dcell, *dstate, *out;
    gboolean last;    /* step of the sequence: dcell and dstate are not yet filled */
    real *pairs;      /* the gradient of the gates for products that read it by rows, if not in gate */
    real *laid;       /* and for those that read two rows at once, in panels of `deep` pairs of rows */
    gsize deep;
    real *dbias;
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

/* Where products are of pairs, which two rows make, gates are kept as such, and so is their gradient. */
static gboolean in_pairs(const LstmCellShape *shape)
{
    return shape->rows % 2 == 0 && LEVELS_CALL(has_pairs);
}

void lstm_cell_forward(const LstmCellShape *shape, const LstmCellWeights *weights, const real *x, const real *live, gboolean keep,
                       real *state, real *gate, real *cell, const real *add, real *out)
{
    const Forward pass = {.steps = shape->steps, .rows = shape->rows, .in = x != NULL ? shape->in : 0, .hidden = shape->hidden, .begun = shape->begun,
                          .keep = keep, .pairs = keep && in_pairs(shape), .x = x, .wx = weights->wx, .wh = weights->wh, .bias = weights->bias, .live = live,
                          .start = x == NULL ? gate : NULL, .add = add, .apart = shape->in, .state = state, .gate = keep ? gate : NULL, .cell = cell, .out = out};
    g_assert(x != NULL || !keep);
    LEVELS_CALL(forward, &pass);
}

/* The gradient of the gates of some steps, and how products read it. */
typedef struct {
    const real *rows, *laid; /* laid: NULL where it is the same */
    gsize apart;             /* from one row to the next */
} Slopes;

/* dstate = dgate wh', the gradient of the output before. */
static void send_back(const LstmCellShape *shape, const Slopes *slopes, gsize step, const real *wht, real *dstate)
{
    gsize hidden = shape->hidden;
    const Product product = {.rows = shape->rows, .inner = 4 * hidden, .columns = hidden, .a = slopes->rows + step * shape->rows * slopes->apart,
                             .a_row = slopes->apart, .a_inner = 1, .paired = slopes->laid != NULL, .b = wht, .packed = TRUE, .c = dstate, .c_row = hidden};
    product_run(&product);
}

/* dw[inner][4 hidden] += from[rows][inner]' dgate. */
static void learn(const LstmCellShape *shape, const Slopes *slopes, const real *from, gsize inner, real *dw, real *dbias)
{
    gsize n = shape->steps * shape->rows, columns = 4 * shape->hidden;
    const Product product = {.rows = inner, .inner = n, .columns = columns, .a = from, .a_row = 1, .a_inner = inner,
                             .b = slopes->laid != NULL ? slopes->laid : slopes->rows, .packed = slopes->laid != NULL, .b_inner = columns, .b_column = 1,
                             .c = dw, .c_row = columns, .add = TRUE, .sum = slopes->laid != NULL ? NULL : dbias};
    product_run(&product);
}

/* What the gates say about the input and the weights. */
static void settle(const LstmCellShape *shape, const Slopes *slopes, const real *wxt, const real *x, const real *before,
                   real *dx, real *dwx, real *dwh, real *dbias)
{
    gsize in = shape->in, hidden = shape->hidden;
    const Product input = {.rows = shape->steps * shape->rows, .inner = 4 * hidden, .columns = in, .a = slopes->rows, .a_row = slopes->apart,
                           .a_inner = 1, .paired = slopes->laid != NULL, .b = wxt, .packed = TRUE, .c = dx, .c_row = in};
    product_run(&input);
    learn(shape, slopes, x, in, dwx, dbias);
    learn(shape, slopes, before, hidden, dwh, NULL);
}

/* The outputs from the step before on; the gradient of the gates twice, each in pairs. */
gsize lstm_cell_scratch(const LstmCellShape *shape)
{
    gsize state = shape->rows * shape->hidden;
    return (shape->steps + 1) * state + 4 * shape->steps * state;
}

void lstm_cell_backward(const LstmCellShape *shape, const real *wxt, const real *wht, const real *x, const real *live, real *gate, const real *cell,
                        const real *dout, real *dstate, real *scratch, real *dx, real *dwx, real *dwh, real *dbias)
{
    gsize rows = shape->rows, hidden = shape->hidden, state = rows * hidden, half = 2 * shape->steps * state;
    real *before = scratch, *pairs = scratch + (shape->steps + 1) * state;
    gboolean paired = in_pairs(shape);
    const Slopes slopes = {.rows = paired ? pairs : gate, .laid = paired ? pairs + half : NULL, .apart = paired ? 2 * hidden : 4 * hidden};
    StepBack s = {.rows = rows, .hidden = hidden, .dstate = dstate, .dcell = dstate + state, .deep = shape->steps * rows / 2, .dbias = dbias};
    if (shape->begun)
        LEVELS_CALL(say_again, gate - 4 * state, cell - state, rows, hidden, paired, before);
    else
        memset(before, 0, state * sizeof *before);
    for (gsize t = shape->steps; t-- > 0;) {
        gboolean first = t == 0 && !shape->begun;
        s.cell = cell + t * state;
        s.before_cell = first ? NULL : s.cell - state;
        s.live = live + t * rows;
        s.dout = dout + t * state;
        s.gate = gate + t * 4 * state;
        s.out = before + (t + 1) * state;
        s.last = t + 1 == shape->steps && !shape->going;
        s.pairs = paired ? pairs + t * 2 * state : NULL;
        s.laid = paired ? pairs + half + t * rows / 2 * 4 * UNITS : NULL;
        LEVELS_CALL(step_back, &s);
        if (!first)
            send_back(shape, &slopes, t, wht, dstate);
    }
    settle(shape, &slopes, wxt, x, before, dx, dwx, dwh, dbias);
}
