/* transformer.h -- the body of the patch transformer: look around, think, three times.
 *
 *   e = block(x);  for each layer: e = e + attention(rmsnorm(e)) Wo;  e = e + relu(rmsnorm(e) W1) W2
 *
 * No biases, no dropout; positions enter by rotation of queries and keys.
 * Tokens that hold no value are looked at by nobody; future tokens, which hold
 * what is known ahead, are looked at by all.
 *
 * Shapes   as graph.h; stream[steps][rows][width] is the result.
 */
#pragma once
#include "forecast/model/duo.h"
#include "forecast/model/graph.h"

#define transformer_tensors KERNEL(transformer_tensors)
#define transformer_workspace KERNEL(transformer_workspace)
#define transformer_packed KERNEL(transformer_packed)
#define transformer_pack KERNEL(transformer_pack)
#define transformer_stream KERNEL(transformer_stream)
#define transformer_forward KERNEL(transformer_forward)
#define transformer_plan KERNEL(transformer_plan)
#define transformer_do KERNEL(transformer_do)
#define transformer_backward KERNEL(transformer_backward)

void transformer_tensors(const GraphShape *shape, Tensors *tensors);
gsize transformer_workspace(const GraphShape *shape);
/* Where in the workspace the stream after the last layer lies. */
gsize transformer_stream(const GraphShape *shape);
/* As graph_packed and graph_pack. */
gsize transformer_packed(const GraphShape *shape, const Tensors *tensors);
void transformer_pack(const GraphShape *shape, const Tensors *tensors, const real *w, real *packed);
void transformer_forward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *packed,
                         const GraphInput *input, real *work);
/* The same for few windows and no backward pass in tasks: how many, the last `parts` of which leave the stream of one part
 * of the steps each; and do one.  The weights must be packed. */
gsize transformer_plan(const GraphShape *shape, gsize parts, DuoTask *task);
void transformer_do(const GraphPass *pass, gsize task);
/* dstream is the gradient of the stream and is used up; dw is added to. */
void transformer_backward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *wt,
                          const GraphInput *input, real *work, real *dstream, real *dw);
