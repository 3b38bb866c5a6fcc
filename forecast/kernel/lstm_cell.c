#include "forecast/kernel/lstm_cell.h"

#include "forecast/kernel/activation.h"
#include "forecast/kernel/affine.h"

#include <string.h>

void lstm_cell_forward(const LstmCellShape *shape, const real *x, const real *wx, const real *wh, const real *bias,
                       const real *live, real *gate, real *cell, real *squashed, real *out)
{
    gsize rows = shape->rows, hidden = shape->hidden, state = rows * hidden;
    affine_forward(x, wx, bias, shape->steps * rows, shape->in, 4 * hidden, 0, gate);
    for (gsize t = 0; t < shape->steps; t++) {
        if (t > 0)
            affine_forward(out + (t - 1) * state, wh, NULL, rows, hidden, 4 * hidden, 1, gate + t * 4 * state);
        activation_gates(gate + t * 4 * state, t > 0 ? cell + (t - 1) * state : NULL, live + t * rows, rows, hidden,
                         cell + t * state, squashed + t * state, out + t * state);
    }
}

void lstm_cell_backward(const LstmCellShape *shape, const real *x, const real *wxt, const real *wht,
                        const real *live, real *gate, const real *cell, const real *squashed, const real *out,
                        real *dout, real *dcell, real *dx, real *dwx, real *dwh, real *dbias)
{
    gsize rows = shape->rows, hidden = shape->hidden, state = rows * hidden, steps = shape->steps;
    memset(dcell, 0, state * sizeof *dcell);
    for (gsize t = steps; t-- > 0;) {
        activation_gates_backward(gate + t * 4 * state, t > 0 ? cell + (t - 1) * state : NULL, squashed + t * state,
                                  live + t * rows, dout + t * state, rows, hidden, dcell);
        if (t > 0)
            affine_backward_input(gate + t * 4 * state, wht, rows, hidden, 4 * hidden, 1, dout + (t - 1) * state);
    }
    affine_backward_weight(x, gate, steps * rows, shape->in, 4 * hidden, dwx, dbias);
    if (steps > 1)
        affine_backward_weight(out, gate + 4 * state, (steps - 1) * rows, hidden, 4 * hidden, dwh, NULL);
    affine_backward_input(gate, wxt, steps * rows, shape->in, 4 * hidden, 0, dx);
}
