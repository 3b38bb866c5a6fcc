/* precision.h -- whether the networks' matrix products round what they multiply to bfloat16.
 *
 * Where the processor multiplies pairs of bfloat16 (avx512_bf16), both operands
 * of every product are rounded to eight significant bits on the way in and their
 * products added up in single precision.  Weights, moments, activations that
 * products do not read, and everything else stay single.  It halves the time
 * of a product; forecasts move by far less than they are uncertain.
 *
 * Threads  choose before the first network; asking is free.
 */
#pragma once
#include <glib.h>

typedef enum {
    PRECISION_AUTOMATIC, /* mixed where the processor can; the default */
    PRECISION_SINGLE,    /* never */
} Precision;

void precision_choose(Precision precision);
gboolean precision_is_mixed(void);

/* How networks multiply, and why, for people. */
const char *precision_reason(void);
