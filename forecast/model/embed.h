/* embed.h -- the door of all networks: a token of any width becomes `width` numbers.
 *
 * Shapes   as graph.h; e[steps][rows][width].
 */
#pragma once
#include "forecast/model/graph.h"

#define embed_tensors KERNEL(embed_tensors)
#define embed_workspace KERNEL(embed_workspace)
#define embed_forward KERNEL(embed_forward)
#define embed_backward KERNEL(embed_backward)

enum { EMBED_TENSORS = 5 };

/* packed is tensors_pack of w, or NULL.  These must be the first tensors of a network, and `work` the first part of its workspace.
 * Tokens first .. first + tokens - 1 of x and e are read and written. */
void embed_tensors(const GraphShape *shape, Tensors *tensors);
gsize embed_workspace(const GraphShape *shape);
void embed_forward(const GraphShape *shape, const Tensors *tensors, const real *w, const real *packed, const real *x, gsize first, gsize tokens,
                   real *work, real *e);
void embed_backward(const GraphShape *shape, const Tensors *tensors, const real *wt, const real *x, gsize first, gsize tokens,
                    real *work, const real *de, real *dw);
