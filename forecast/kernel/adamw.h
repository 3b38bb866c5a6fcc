/* adamw.h -- one step of the optimiser, and the running mean of the weights.
 *
 * Shapes   all arrays [n].
 * Source   D. Kingma, J. Ba (2015), algorithm 1; I. Loshchilov, F. Hutter (2019), algorithm 2.
 */
#pragma once
#include "forecast/kernel/real.h"

#define adamw_step KERNEL(adamw_step)
#define adamw_norm KERNEL(adamw_norm)
#define adamw_blend KERNEL(adamw_blend)

typedef struct {
    real rate;       /* learning rate of this step */
    real beta1, beta2, epsilon;
    real decay;      /* weight decay, 0 for norms and biases */
    real clip;       /* factor on the gradient, from the global norm */
    real mend1, mend2; /* 1 / (1 - beta^t): start-up correction of the two moments */
} AdamwStep;

/* Move the weights against the gradient; first and second are the moments, 0 before the first step. */
void adamw_step(const AdamwStep *step, const real *gradient, gsize n, real *first, real *second, real *weight);

/* The Euclidean norm of n numbers, summed in double in a fixed order. */
double adamw_norm(const real *gradient, gsize n);

/* mean = keep * mean + (1 - keep) * weight. */
void adamw_blend(const real *weight, real keep, gsize n, real *mean);
