/* head.h -- the quantile head all networks share.
 *
 * Read the normalised stream of each future token, and say for each of its
 * steps how far each of the 13 quantiles lies from the Anchor's Gaussian one:
 *
 *   quantile = anchor + spread * probit + block(rmsnorm(stream))
 *
 * The block's last layer and straight path start at zero, so that an untrained
 * network forecasts its Anchor.  Without anchor and spread (NULL) the block's share is all.
 *
 * Shapes   stream, dstream[future * rows][width]; anchor, spread[future * rows][patch];
 *          quantile, dquantile[future * rows][13][patch].
 */
#pragma once
#include "forecast/model/graph.h"

#define head_tensors KERNEL(head_tensors)
#define head_workspace KERNEL(head_workspace)
#define head_forward KERNEL(head_forward)
#define head_backward KERNEL(head_backward)

/* packed is tensors_pack of w, or NULL.  These must be the last tensors of a network. */
void head_tensors(const GraphShape *shape, Tensors *tensors);
gsize head_workspace(const GraphShape *shape);
void head_forward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *packed, const real *stream,
                  const real *anchor, const real *spread, real *work, real *quantile);
/* dstream and dw are added to. */
void head_backward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *wt, const real *stream,
                   const real *dquantile, real *work, real *dstream, real *dw);
