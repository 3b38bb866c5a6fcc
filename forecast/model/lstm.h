/* lstm.h -- the body of the recurrent network: normalise, recur, add, twice.
 *
 *   e = block(x);  for each layer: e = e + lstm(rmsnorm(e))
 *
 * The recurrence runs on through the masked future tokens, which hold only what
 * is known ahead.
 *
 * Shapes   as graph.h; stream[steps][rows][width] is the result.
 */
#pragma once
#include "forecast/model/duo.h"
#include "forecast/model/graph.h"

#define lstm_tensors KERNEL(lstm_tensors)
#define lstm_start KERNEL(lstm_start)
#define lstm_workspace KERNEL(lstm_workspace)
#define lstm_stream KERNEL(lstm_stream)
#define lstm_forward KERNEL(lstm_forward)
#define lstm_plan KERNEL(lstm_plan)
#define lstm_do KERNEL(lstm_do)
#define lstm_backward KERNEL(lstm_backward)

void lstm_tensors(const GraphShape *shape, Tensors *tensors);
/* Lean the forget gates of freshly started weights towards remembering. */
void lstm_start(const GraphShape *shape, const Tensors *tensors, real *w);
gsize lstm_workspace(const GraphShape *shape);
/* Where in the workspace the stream after the last layer lies. */
gsize lstm_stream(const GraphShape *shape);
/* packed is tensors_pack of w, or NULL. */
void lstm_forward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *packed,
                  const GraphInput *input, real *work);
/* The same for few windows and no backward pass in tasks: how many, the last `parts` of which leave the stream of one part
 * of the steps each; and do one.  The weights must be packed. */
gsize lstm_plan(const GraphShape *shape, gsize parts, DuoTask *task);
void lstm_do(const GraphPass *pass, gsize task);
/* dstream is the gradient of the stream and is used up; dw is added to. */
void lstm_backward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *wt,
                   const GraphInput *input, real *work, real *dstream, real *dw);
