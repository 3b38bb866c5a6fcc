#include "forecast/kernel/lstm_cell.h"

#include "forecast/kernel/affine.h"
#include "forecast/kernel/product.h"

#include <string.h>

enum {
    UNITS = 16,        /* the gates of so many units lie together */
    PANEL = 64,        /* columns of the transposed weights that are packed side by side */
    TOGETHER = 128,    /* rows whose gradients go into the weights at once: they are still in the cache */
    FEW = 2,           /* rows that do not fill a tile: the input's product is done for all steps at once */
};

/* One step forward. */
typedef struct {
    gsize rows, in, hidden;
    const real *x, *before, *before_cell; /* before is NULL in the first step */
    const real *w, *u, *bias;             /* weights of input and state, packed */
    const real *start;                    /* the input's product with its bias, when already done; else NULL */
    gsize group;                          /* how far the weights of groups of units lie apart */
    gboolean turned;                      /* go from the last units to the first: their weights are still in the cache */
    const real *live;
    real *gate, *cell, *squashed, *out;   /* gate and squashed are NULL when no backward pass follows */
} Step;

/* One step backward. */
typedef struct {
    gsize rows, hidden;
    const real *before_cell, *squashed, *live, *dout;
    real *gate, *dcell, *dstate;
    gboolean last; /* step of the sequence: dcell and dstate are not yet filled */
} StepBack;

#define LEVELS_BODY "forecast/kernel/lstm_cell_body.h"
#include "forecast/kernel/levels.h"

gsize lstm_cell_scratch(const LstmCellShape *shape)
{
    return 4 * shape->hidden * (shape->in + shape->hidden);
}

/* Panels of `width` columns of w[rows][columns] side by side, `apart` numbers from one to the next. */
static void pack(const real *w, gsize rows, gsize columns, gsize width, gsize apart, real *to)
{
    for (gsize column = 0; column < columns; column += width, to += apart) {
        gsize some = MIN(width, columns - column);
        for (gsize k = 0; k < rows; k++)
            memcpy(to + k * some, w + k * columns + column, some * sizeof *w);
    }
}

void lstm_cell_forward(const LstmCellShape *shape, const real *x, const real *wx, const real *wh, const real *bias,
                       const real *live, real *scratch, real *gate, real *cell, real *squashed, real *out)
{
    gsize rows = shape->rows, in = shape->in, hidden = shape->hidden, state = rows * hidden;
    gboolean few = rows <= FEW && gate != NULL;
    Step s = {.rows = rows, .in = few ? 0 : in, .hidden = hidden, .w = scratch, .bias = bias, .group = (in + hidden) * 4 * UNITS};
    s.u = scratch + in * 4 * UNITS;
    pack(wh, hidden, 4 * hidden, 4 * UNITS, s.group, scratch + in * 4 * UNITS);
    if (few)
        affine_forward(x, wx, bias, shape->steps * rows, in, 4 * hidden, 0, gate);
    else
        pack(wx, in, 4 * hidden, 4 * UNITS, s.group, scratch);
    for (gsize t = 0; t < shape->steps; t++) {
        s.x = x + t * rows * in;
        s.live = live + t * rows;
        s.out = out + t * state;
        s.before = t > 0 ? s.out - state : NULL;
        s.gate = gate != NULL ? gate + t * 4 * state : NULL;
        s.start = few ? s.gate : NULL;
        s.squashed = gate != NULL ? squashed + t * state : NULL;
        s.before_cell = t == 0 ? NULL : gate != NULL ? cell + (t - 1) * state : cell;
        s.cell = gate != NULL ? cell + t * state : cell;
        s.turned = t % 2 == 1;
        LEVELS_CALL(step, &s);
    }
}

/* dstate = dgate wh', the gradient of the output before, from the panels that pack() made of wh'. */
static void send_back(const LstmCellShape *shape, const real *dgate, const real *packed, real *dstate)
{
    gsize hidden = shape->hidden;
    for (gsize column = 0; column < hidden; column += PANEL, packed += 4 * hidden * PANEL) {
        gsize some = MIN(PANEL, hidden - column);
        const Product product = {.rows = shape->rows, .inner = 4 * hidden, .columns = some, .a = dgate, .a_row = 4 * hidden, .a_inner = 1,
                                 .b = packed, .b_inner = some, .b_column = 1, .c = dstate + column, .c_row = hidden};
        product_run(&product);
    }
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
    pack(wht, 4 * hidden, hidden, PANEL, 4 * hidden * PANEL, scratch);
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
