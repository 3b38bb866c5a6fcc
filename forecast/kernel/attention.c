#include "forecast/kernel/attention.h"

#include "forecast/kernel/activation.h"

#include <string.h>

enum { HALF = ATTENTION_HEAD / 2 };

static const real score_scale = (real)0.25; /* 1 / sqrt(16) */

void attention_turns(gsize steps, real *turn)
{
    for (gsize t = 0; t < steps; t++)
        for (int k = 0; k < HALF; k++) {
            double angle = (double)t * pow(1e4, -(double)k / HALF);
            turn[(t * 2) * HALF + (gsize)k] = (real)cos(angle);
            turn[(t * 2 + 1) * HALF + (gsize)k] = (real)sin(angle);
        }
}

gsize attention_scratch(gsize steps)
{
    return steps * (4 * ATTENTION_HEAD + 1);
}

/* Rotate each head's pairs (k, k + 8) of n heads by +-angle of their step. */
VECTOR static void rotate(real *head, gsize n, const real *turn, real direction)
{
    for (gsize h = 0; h < n; h++, head += ATTENTION_HEAD)
        for (int k = 0; k < HALF; k++) {
            real a = head[k], b = head[k + HALF], c = turn[k], s = direction * turn[HALF + k];
            head[k] = a * c - b * s;
            head[k + HALF] = a * s + b * c;
        }
}

static void rotate_all(const AttentionShape *shape, real *qkv, const real *turn, real direction)
{
    gsize token = 3 * shape->heads * ATTENTION_HEAD;
    for (gsize t = 0; t < shape->steps; t++)
        for (gsize r = 0; r < shape->rows; r++)
            rotate(qkv + (t * shape->rows + r) * token, 2 * shape->heads, turn + t * 2 * HALF, direction);
}

/* across[16][steps] of from[steps at stride][16]. */
static void turn_over(const real *from, gsize stride, gsize steps, real *across)
{
    for (gsize t = 0; t < steps; t++)
        for (int k = 0; k < ATTENTION_HEAD; k++)
            across[(gsize)k * steps + t] = from[t * stride + (gsize)k];
}

/* Copy one head's tokens side by side, and back.  In qkv the tokens of one row
 * lie a multiple of the cache's way size apart and would push each other out. */
static void pack(const real *from, gsize stride, gsize steps, real *to)
{
    for (gsize t = 0; t < steps; t++)
        memcpy(to + t * ATTENTION_HEAD, from + t * stride, ATTENTION_HEAD * sizeof *to);
}

static void unpack(const real *from, gsize stride, gsize steps, real *to)
{
    for (gsize t = 0; t < steps; t++)
        memcpy(to + t * stride, from + t * ATTENTION_HEAD, ATTENTION_HEAD * sizeof *to);
}

/* row[steps] = scale * one[16] across[16][steps]. */
VECTOR static void look(const real *one, const real *across, gsize steps, real scale, real *row)
{
    memset(row, 0, steps * sizeof *row);
    for (int k = 0; k < ATTENTION_HEAD; k++) {
        real f = scale * one[k];
        for (gsize t = 0; t < steps; t++)
            row[t] += f * across[(gsize)k * steps + t];
    }
}

/* sum[16] = row[steps] from[steps][16]. */
VECTOR static void gather(const real *row, const real *from, gsize steps, real *sum)
{
    real part[ATTENTION_HEAD] = {0};
    for (gsize t = 0; t < steps; t++)
        for (int k = 0; k < ATTENTION_HEAD; k++)
            part[k] += row[t] * from[t * ATTENTION_HEAD + (gsize)k];
    memcpy(sum, part, sizeof part);
}

/* to[steps][16] += row[steps] one[16]. */
VECTOR static void spread(const real *row, const real *one, gsize steps, real *to)
{
    for (gsize t = 0; t < steps; t++)
        for (int k = 0; k < ATTENTION_HEAD; k++)
            to[t * ATTENTION_HEAD + (gsize)k] += row[t] * one[k];
}

void attention_forward(const AttentionShape *shape, real *qkv, const real *key, const real *turn,
                       real *weight, real *scratch, real *out)
{
    gsize steps = shape->steps, width = shape->heads * ATTENTION_HEAD;
    gsize stride = shape->rows * 3 * width, over = shape->rows * width;
    real *across = scratch, *values = across + steps * ATTENTION_HEAD, *seen = values + steps * ATTENTION_HEAD;
    rotate_all(shape, qkv, turn, 1);
    for (gsize r = 0; r < shape->rows; r++) {
        for (gsize t = 0; t < steps; t++)
            seen[t] = key[t * shape->rows + r];
        for (gsize h = 0; h < shape->heads; h++) {
            const real *q = qkv + r * 3 * width + h * ATTENTION_HEAD, *k = q + width, *v = k + width;
            real *p = weight + (r * shape->heads + h) * steps * steps;
            turn_over(k, stride, steps, across);
            pack(v, stride, steps, values);
            for (gsize t = 0; t < steps; t++, p += steps) {
                look(q + t * stride, across, steps, score_scale, p);
                activation_softmax(p, seen, steps, p);
                gather(p, values, steps, out + t * over + r * width + h * ATTENTION_HEAD);
            }
        }
    }
}

void attention_backward(const AttentionShape *shape, const real *qkv, const real *turn, const real *weight,
                        const real *dout, real *scratch, real *dqkv)
{
    gsize steps = shape->steps, width = shape->heads * ATTENTION_HEAD;
    gsize stride = shape->rows * 3 * width, over = shape->rows * width;
    gsize head = steps * ATTENTION_HEAD;
    real *across = scratch, *keys = across + head, *dk = keys + head, *dv = dk + head, *row = dv + head;
    for (gsize r = 0; r < shape->rows; r++)
        for (gsize h = 0; h < shape->heads; h++) {
            gsize at = r * 3 * width + h * ATTENTION_HEAD;
            const real *q = qkv + at, *k = q + width, *v = k + width;
            const real *p = weight + (r * shape->heads + h) * steps * steps;
            turn_over(v, stride, steps, across);
            pack(k, stride, steps, keys);
            memset(dk, 0, 2 * head * sizeof *dk);
            for (gsize t = 0; t < steps; t++, p += steps) {
                const real *d = dout + t * over + r * width + h * ATTENTION_HEAD;
                look(d, across, steps, 1, row);
                activation_softmax_backward(p, row, steps, row);
                for (gsize j = 0; j < steps; j++)
                    row[j] *= score_scale;
                gather(row, keys, steps, dqkv + at + t * stride);
                spread(row, q + t * stride, steps, dk);
                spread(p, d, steps, dv);
            }
            unpack(dk, stride, steps, dqkv + at + width);
            unpack(dv, stride, steps, dqkv + at + 2 * width);
        }
    rotate_all(shape, dqkv, turn, -1);
}
