/* lstm_cell.h -- one LSTM layer over a whole sequence, forward and backward.
 *
 * Both products of a step, the gates, cell and output are one piece of work in
 * registers.  Where live is 0 the state is held at zero, so that a sequence may
 * begin late.
 *
 * Shapes   x[steps][rows][in], wx[in][4 hidden], wh[hidden][4 hidden], bias[4 hidden],
 *          gate[steps][rows][4 hidden], cell, squashed, out[steps][rows][hidden],
 *          live[steps][rows] of 0 or 1; hidden a multiple of 16.  Gate columns
 *          come in groups of 64: 16 units' input, forget, candidate, output gates.
 * Source   S. Hochreiter, J. Schmidhuber (1997), Neural Computation 9(8).
 */
#pragma once
#include "forecast/kernel/real.h"

#define lstm_cell_scratch KERNEL(lstm_cell_scratch)
#define lstm_cell_packed KERNEL(lstm_cell_packed)
#define lstm_cell_pack KERNEL(lstm_cell_pack)
#define lstm_cell_forward KERNEL(lstm_cell_forward)
#define lstm_cell_backward KERNEL(lstm_cell_backward)

typedef struct {
    gsize steps, rows, in, hidden;
} LstmCellShape;

/* Reals that both passes need as scratch. */
gsize lstm_cell_scratch(const LstmCellShape *shape);

/* Lay the weights out as the forward pass wants them, once for many passes: asks for
 * lstm_cell_packed() reals.  Of the shape in and hidden count. */
gsize lstm_cell_packed(const LstmCellShape *shape);
void lstm_cell_pack(const LstmCellShape *shape, const real *wx, const real *wh, real *to);

/* packed is what lstm_cell_pack made of wx and wh, or NULL.  gate, cell and squashed are what the backward pass needs; out is the result.  Where
 * no backward pass follows, squashed is NULL, cell may be cell[rows][hidden], and gate is
 * scratch or NULL. */
void lstm_cell_forward(const LstmCellShape *shape, const real *x, const real *wx, const real *wh, const real *packed,
                       const real *bias, const real *live, real *scratch, real *gate, real *cell, real *squashed, real *out);

/* dout[steps][rows][hidden] is the gradient of out.  gate is overwritten by its
 * gradient.  dstate[2][rows][hidden] is scratch.  wxt and wht are the transposed
 * weights.  dx is overwritten; dwx, dwh, dbias are added to. */
void lstm_cell_backward(const LstmCellShape *shape, const real *x, const real *wxt, const real *wht,
                        const real *live, real *scratch, real *gate, const real *cell, const real *squashed, const real *out,
                        const real *dout, real *dstate, real *dx, real *dwx, real *dwh, real *dbias);
