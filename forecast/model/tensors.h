/* tensors.h -- where each tensor of a network lies in one flat array.
 *
 * Weights, gradients, both moments and the running mean are flat arrays of the
 * same layout, so that the optimiser and the worker threads need not know what
 * a network is.  A transposed copy has the same offsets.
 *
 * Shapes   a tensor is [rows][columns]; offsets are multiples of 16, the padding is always 0.
 */
#pragma once
#include "forecast/kernel/real.h"

#define tensors_add KERNEL(tensors_add)
#define tensors_start KERNEL(tensors_start)
#define tensors_transpose KERNEL(tensors_transpose)
#define tensors_pack KERNEL(tensors_pack)
#define tensors_pack_one KERNEL(tensors_pack_one)
#define tensors_parameters KERNEL(tensors_parameters)

enum { TENSORS_MOST = 48 };

typedef struct {
    gsize offset, rows, columns;
    gsize packed; /* where its packed copy lies among those */
    double start, spread; /* starts uniform in start +- spread */
    gboolean decays;      /* weight decay applies: matrices, not norms or biases */
} Tensor;

typedef struct {
    gsize count, size; /* size: elements of the flat array, with padding */
    gsize packed;      /* elements of all packed copies */
    Tensor tensor[TENSORS_MOST];
} Tensors;

/* Append a tensor; one with a single row does not decay.  Asserts that there is room. */
void tensors_add(Tensors *tensors, gsize rows, gsize columns, double start, double spread);

/* Fill w[size] with the starting values that belong to `seed`. */
void tensors_start(const Tensors *tensors, guint64 seed, real *w);

/* wt[size]: every matrix of w[size] transposed; single rows are left out. */
void tensors_transpose(const Tensors *tensors, const real *w, real *wt);

/* packed[tensors->packed]: every matrix of w as product.h wants it, for many forward
 * passes with the same weights; single rows are left out. */
void tensors_pack(const Tensors *tensors, const real *w, real *packed);
/* One matrix of w by itself: asks for product_packed() of its rows and columns. */
void tensors_pack_one(const Tensor *tensor, const real *w, real *to);

/* Elements without padding. */
gsize tensors_parameters(const Tensors *tensors);
