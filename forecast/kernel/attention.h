/* attention.h -- every token looks at every other token that holds something.
 *
 * Multi-head attention over a short sequence, with rotary positions.  The whole
 * table of weights is kept for the backward pass: sequences here have some sixty
 * tokens.
 *
 * Shapes   qkv[steps][rows][3][heads][16]: queries, keys, values after their product;
 *          out[steps][rows][heads][16]; table: attention_table(shape) reals;
 *          key[steps][rows] of 0 or 1: tokens with 0 are looked at by nobody;
 *          turn[steps][2][8]: cosines and sines, attention_turns();
 *          scratch: attention_scratch(steps) reals.
 * Source   A. Vaswani et al. (2017), Attention Is All You Need; J. Su et al. (2021), RoFormer.
 */
#pragma once
#include "forecast/kernel/real.h"

#define attention_turns KERNEL(attention_turns)
#define attention_table KERNEL(attention_table)
#define attention_scratch KERNEL(attention_scratch)
#define attention_turn KERNEL(attention_turn)
#define attention_look KERNEL(attention_look)
#define attention_forward KERNEL(attention_forward)
#define attention_backward KERNEL(attention_backward)

enum { ATTENTION_HEAD = 16 }; /* units of one head */

typedef struct {
    gsize steps, rows, heads;
} AttentionShape;

void attention_turns(gsize steps, real *turn);
gsize attention_table(const AttentionShape *shape);
gsize attention_scratch(gsize steps);

/* Rotate queries and keys of tokens first .. first + tokens - 1 (counted step by step, row by row) in place, and scale queries. */
void attention_turn(const AttentionShape *shape, const real *turn, gsize first, gsize tokens, real *qkv);

/* What one head of one row sees, of a qkv that was turned. */
void attention_look(const AttentionShape *shape, const real *qkv, const real *key, gsize row, gsize head, real *table, real *scratch, real *out);

/* Both, of all tokens, rows and heads; backward wants qkv as it is then. */
void attention_forward(const AttentionShape *shape, real *qkv, const real *key, const real *turn,
                       real *table, real *scratch, real *out);

/* dqkv is overwritten with the gradient of the qkv that forward was given. */
void attention_backward(const AttentionShape *shape, const real *qkv, const real *key, const real *turn, const real *table,
                        const real *dout, real *scratch, real *dqkv);
