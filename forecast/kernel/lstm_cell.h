/* lstm_cell.h -- one LSTM layer over a stretch of a sequence, forward and backward.
 *
 * Both products of a step, the gates, cell and output are one piece of work in
 * registers.  A sequence may go through in stretches of steps, whose numbers stay
 * in the cache: forward from the first stretch on, backward from the last.  Where live
 * is 0 the state is held at zero, so that a sequence may begin late.
 *
 * Shapes   x[steps][rows][in], wx[in][4 hidden], wh[hidden][4 hidden], bias[4 hidden],
 *          gate[steps][rows][4 hidden], cell, add, out[steps][rows][hidden],
 *          live[steps][rows] of 0 or 1; hidden a multiple of 16.  Gate columns
 *          come in groups of 64: 16 units' input, forget, candidate, output gates.
 *          The weights are as product_pack() lays them out.
 * Source   S. Hochreiter, J. Schmidhuber (1997), Neural Computation 9(8).
 */
#pragma once
#include "forecast/kernel/real.h"

#define lstm_cell_state KERNEL(lstm_cell_state)
#define lstm_cell_ahead KERNEL(lstm_cell_ahead)
#define lstm_cell_forward KERNEL(lstm_cell_forward)
#define lstm_cell_scratch KERNEL(lstm_cell_scratch)
#define lstm_cell_backward KERNEL(lstm_cell_backward)

typedef struct {
    gsize steps, rows, in, hidden;
    gboolean begun; /* there are steps before these */
    gboolean going; /* and after them */
} LstmCellShape;

typedef struct {
    const real *wx, *wh, *bias;
} LstmCellWeights;

/* Reals that the forward pass carries from one stretch to the next. */
gsize lstm_cell_state(const LstmCellShape *shape);

/* What x gives to the gates of all steps, at once: pays for a row or two, which do not fill a
 * tile of a step's.  The forward pass then finds it in gate, and its x is NULL; no backward pass may follow. */
void lstm_cell_ahead(const LstmCellShape *shape, const LstmCellWeights *weights, const real *x, real *gate);

/* out = the layer's output, added to `add` (NULL: to nothing; it may be the same array).
 * gate and cell are what the backward pass needs, those of all stretches one after the other (gates may
 * lie there as pairs of bfloat16, each step's in the first half of its part).  Where none follows, `keep` is
 * FALSE, cell is cell[rows][hidden], carried from stretch to stretch, and gate counts only when lstm_cell_ahead filled it. */
void lstm_cell_forward(const LstmCellShape *shape, const LstmCellWeights *weights, const real *x, const real *live, gboolean keep,
                       real *state, real *gate, real *cell, const real *add, real *out);

/* Reals of scratch that the backward pass needs for so many steps. */
gsize lstm_cell_scratch(const LstmCellShape *shape);

/* dout[steps][rows][hidden] is the gradient of out.  gate is used up, after that of all
 * later stretches; that of the step before these, and its cell, are read.  dstate[2][rows][hidden] is
 * carried from stretch to stretch.  wxt and wht are the transposed weights, packed.
 * dx is overwritten; dwx, dwh, dbias are added to. */
void lstm_cell_backward(const LstmCellShape *shape, const real *wxt, const real *wht, const real *x, const real *live, real *gate, const real *cell,
                        const real *dout, real *dstate, real *scratch, real *dx, real *dwx, real *dwh, real *dbias);
