#include "forecast/kernel/lstm_cell.h"

#include "forecast/kernel/affine.h"
#include "forecast/kernel/product.h"

enum {
    UNITS = 16,        /* the gates of so many units lie together */
    TOGETHER = 256,    /* rows whose gradients go into the weights at once: they are still in the cache */
    FEW = 2,           /* rows that do not fill a tile: the input's product is done for all steps at once */
    PAIRED = 32,       /* rows of pairs may be so much longer */
};

/* A sequence forward, and where its step stands. */
typedef struct {
    gsize steps, rows, in, hidden; /* in: 0 when the input's product is already done */
    const real *x, *packed, *bias, *live, *start; /* packed: of groups of units, first for the input, then for the state */
    gsize apart;                                  /* inner indices of the input, as they are packed */
    real *paired, *gate, *cell, *squashed, *out;
} Forward;

typedef struct {
    gsize rows, in, hidden;               /* in, and apart, as the weights lie */
    const real *x, *before, *before_cell; /* before is NULL in the first step */
    gsize x_apart, before_apart;          /* from one row to the next */
    const real *w, *u, *bias;             /* weights of input and state, packed */
    const real *start;                    /* the input's product with its bias, when already done; else NULL */
    gsize group;                          /* how far the weights of groups of units lie apart */
    gboolean turned;                      /* go from the last units to the first: their weights are still in the cache */
    const real *live;
    real *gate, *cell, *squashed, *out;   /* gate and squashed are NULL when no backward pass follows */
    real *paired;                         /* out once more, for the next step's products of pairs */
} Step;

/* One step backward. */
typedef struct {
    gsize rows, hidden;
    const real *before_cell, *squashed, *live, *dout;
    real *gate, *dcell, *dstate;
    gboolean last; /* step of the sequence: dcell and dstate are not yet filled */
} StepBack;

#define LEVELS_PAIRS
#define LEVELS_BODY "forecast/kernel/lstm_cell_body.h"
#include "forecast/kernel/levels.h"

/* Both weights in groups. */
static gsize groups(const LstmCellShape *shape)
{
    return 4 * shape->hidden * (shape->in + 1 + shape->hidden);
}

/* The groups, and for pairs a step's input and two outputs. */
gsize lstm_cell_scratch(const LstmCellShape *shape)
{
    return groups(shape) + shape->rows * (shape->in + PAIRED + shape->hidden);
}

/* The groups, and the input's weights as a product wants them. */
gsize lstm_cell_packed(const LstmCellShape *shape)
{
    return groups(shape) + product_packed(shape->in, 4 * shape->hidden);
}

static Product input_product(const LstmCellShape *shape, const real *wx)
{
    return (Product){.rows = shape->steps * shape->rows, .inner = shape->in, .columns = 4 * shape->hidden, .a_row = shape->in, .a_inner = 1,
                     .b = wx, .b_inner = 4 * shape->hidden, .b_column = 1, .c_row = 4 * shape->hidden};
}

void lstm_cell_pack(const LstmCellShape *shape, const real *wx, const real *wh, real *to)
{
    Product input = input_product(shape, wx);
    LEVELS_CALL(lay, wx, wh, shape->in, shape->hidden, to);
    product_pack(&input, to + groups(shape));
}

void lstm_cell_forward(const LstmCellShape *shape, const real *x, const real *wx, const real *wh, const real *packed,
                       const real *bias, const real *live, real *scratch, real *gate, real *cell, real *squashed, real *out)
{
    gboolean few = shape->rows <= FEW && gate != NULL;
    if (packed == NULL)
        LEVELS_CALL(lay, wx, wh, shape->in, shape->hidden, scratch);
    const Forward pass = {.steps = shape->steps, .rows = shape->rows, .in = few ? 0 : shape->in, .hidden = shape->hidden, .x = x,
                          .packed = packed != NULL ? packed : scratch, .bias = bias, .live = live, .start = few ? gate : NULL,
                          .apart = shape->in, .paired = scratch + groups(shape), .gate = squashed != NULL ? gate : NULL, .cell = cell, .squashed = squashed, .out = out};
    if (few) {
        Product input = input_product(shape, packed != NULL ? packed + groups(shape) : wx);
        input.packed = packed != NULL;
        input.a = x;
        input.bias = bias;
        input.c = gate;
        product_run(&input);
    }
    LEVELS_CALL(forward, &pass);
}

/* dstate = dgate wh', the gradient of the output before. */
static void send_back(const LstmCellShape *shape, const real *dgate, const real *packed, real *dstate)
{
    gsize hidden = shape->hidden;
    const Product product = {.rows = shape->rows, .inner = 4 * hidden, .columns = hidden, .a = dgate, .a_row = 4 * hidden, .a_inner = 1,
                             .b = packed, .packed = TRUE, .c = dstate, .c_row = hidden};
    product_run(&product);
}

/* What the gates of `steps` steps from `first` on say about the input and the weights. */
static void settle(const LstmCellShape *shape, gsize first, gsize steps, const real *x, const real *wxt, const real *out,
                   const real *dgate, real *dx, real *dwx, real *dwh, real *dbias)
{
    gsize rows = shape->rows, in = shape->in, hidden = shape->hidden, at = first * rows, n = steps * rows;
    const real *d = dgate + at * 4 * hidden;
    affine_backward_input(d, wxt, n, in, 4 * hidden, 0, dx + at * in);
    affine_backward_weight(x + at * in, d, n, in, 4 * hidden, dwx, dbias);
    gsize skipped = first == 0 ? rows : 0; /* the first step has no state before it */
    affine_backward_weight(out + (at + skipped - rows) * hidden, d + skipped * 4 * hidden, n - skipped, hidden, 4 * hidden, dwh, NULL);
}

void lstm_cell_backward(const LstmCellShape *shape, const real *x, const real *wxt, const real *wht,
                        const real *live, real *scratch, real *gate, const real *cell, const real *squashed, const real *out,
                        const real *dout, real *dstate, real *dx, real *dwx, real *dwh, real *dbias)
{
    gsize rows = shape->rows, hidden = shape->hidden, state = rows * hidden, end = shape->steps;
    StepBack s = {.rows = rows, .hidden = hidden, .dstate = dstate, .dcell = dstate + state};
    const Product back = {.inner = 4 * hidden, .columns = hidden, .b = wht, .b_inner = hidden, .b_column = 1};
    product_pack(&back, scratch);
    for (gsize t = shape->steps; t-- > 0;) {
        s.before_cell = t > 0 ? cell + (t - 1) * state : NULL;
        s.squashed = squashed + t * state;
        s.live = live + t * rows;
        s.dout = dout + t * state;
        s.gate = gate + t * 4 * state;
        s.last = t + 1 == shape->steps;
        LEVELS_CALL(step_back, &s);
        if (t > 0)
            send_back(shape, s.gate, scratch, dstate);
        if (t > 0 && (end - t) * rows < TOGETHER)
            continue;
        settle(shape, t, end - t, x, wxt, out, gate, dx, dwx, dwh, dbias);
        end = t;
    }
}
