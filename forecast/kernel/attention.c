#include "forecast/kernel/attention.h"

#include <string.h>

enum { HALF = ATTENTION_HEAD / 2, MOST_LANES = 16, LOOK_KEYS = 8 /* keys that are met at once */ };

static const real score_scale = (real)0.25; /* 1 / sqrt(16) */

/* One head of one row: queries where they lie, the keys that are seen side by side. */
typedef struct {
    gsize steps, stride; /* queries, and from one to the next */
    const real *query;   /* rotated and scaled */
    gsize count, room;   /* keys that are seen; rows of a tile */
    const real *keys, *values;
    real *laid; /* both once more, for products of pairs */
    real *out;
    gsize over; /* from one output to the next */
} Head;

typedef struct {
    real *query, *keys, *values, *tile;
} HeadSlope;

static gsize up_to(gsize n, gsize multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

#define LEVELS_PAIRS
#define LEVELS_BODY "forecast/kernel/attention_body.h"
#include "forecast/kernel/levels.h"

void attention_turns(gsize steps, real *turn)
{
    for (gsize t = 0; t < steps; t++)
        for (int k = 0; k < HALF; k++) {
            double angle = (double)t * pow(1e4, -(double)k / HALF);
            turn[(t * 2) * HALF + (gsize)k] = (real)cos(angle);
            turn[(t * 2 + 1) * HALF + (gsize)k] = (real)sin(angle);
        }
}

/* Of one head: 1 / sum of each query's weights, then tiles of the weights before their division. */
static gsize table_of(gsize steps)
{
    return up_to(steps, MOST_LANES) * (1 + up_to(steps, LOOK_KEYS));
}

gsize attention_table(const AttentionShape *shape)
{
    return shape->rows * shape->heads * table_of(shape->steps);
}

/* Keys, values, both laid out for pairs, both gradients, and a tile. */
enum { PART_KEYS, PART_VALUES, PART_LAID, PART_DKEYS, PART_DVALUES, PART_TILE, PARTS };

gsize attention_scratch(gsize steps)
{
    return PARTS * up_to(steps, LOOK_KEYS) * ATTENTION_HEAD;
}

/* Rotate each head's pairs (k, k + 8) of n heads by +-angle of their step. */
VECTOR static void rotate(real *head, gsize n, const real *turn, real direction, real scale)
{
    for (gsize h = 0; h < n; h++, head += ATTENTION_HEAD)
        for (int k = 0; k < HALF; k++) {
            real a = scale * head[k], b = scale * head[k + HALF], c = turn[k], s = direction * turn[HALF + k];
            head[k] = a * c - b * s;
            head[k + HALF] = a * s + b * c;
        }
}

/* Rotate queries, with a scale, and keys of some tokens. */
static void rotate_some(const AttentionShape *shape, const real *turn, gsize first, gsize tokens, real direction, real scale, real *qkv)
{
    gsize width = shape->heads * ATTENTION_HEAD;
    for (gsize k = first; k < first + tokens; k++) {
        const real *at = turn + k / shape->rows * 2 * HALF;
        rotate(qkv + k * 3 * width, shape->heads, at, direction, scale);
        rotate(qkv + k * 3 * width + width, shape->heads, at, direction, 1);
    }
}

/* Copy the tokens of one head that are seen side by side, padded with zeros; how many there are. */
static gsize pack(const AttentionShape *shape, const real *from, const real *key, real *to)
{
    gsize stride = shape->rows * 3 * shape->heads * ATTENTION_HEAD, count = 0;
    for (gsize t = 0; t < shape->steps; t++)
        if (key[t * shape->rows] > 0)
            memcpy(to + count++ * ATTENTION_HEAD, from + t * stride, ATTENTION_HEAD * sizeof *to);
    memset(to + count * ATTENTION_HEAD, 0, (up_to(count, LOOK_KEYS) - count) * ATTENTION_HEAD * sizeof *to);
    return count;
}

/* Back to their tokens; those that nobody sees get zeros. */
static void unpack(const AttentionShape *shape, const real *from, const real *key, real *to)
{
    gsize stride = shape->rows * 3 * shape->heads * ATTENTION_HEAD;
    for (gsize t = 0; t < shape->steps; t++)
        if (key[t * shape->rows] > 0) {
            memcpy(to + t * stride, from, ATTENTION_HEAD * sizeof *to);
            from += ATTENTION_HEAD;
        } else
            memset(to + t * stride, 0, ATTENTION_HEAD * sizeof *to);
}

/* Head h of row r, its keys and values packed into scratch. */
static Head head_at(const AttentionShape *shape, const real *qkv, const real *key, gsize r, gsize h, real *scratch)
{
    gsize width = shape->heads * ATTENTION_HEAD, room = up_to(shape->steps, LOOK_KEYS);
    const real *query = qkv + r * 3 * width + h * ATTENTION_HEAD;
    Head head = {.steps = shape->steps, .stride = shape->rows * 3 * width, .query = query, .room = room, .keys = scratch,
                 .values = scratch + PART_VALUES * room * ATTENTION_HEAD, .laid = scratch + PART_LAID * room * ATTENTION_HEAD, .over = shape->rows * width};
    head.count = pack(shape, query + width, key + r, scratch);
    (void)pack(shape, query + 2 * width, key + r, scratch + PART_VALUES * room * ATTENTION_HEAD);
    return head;
}

void attention_turn(const AttentionShape *shape, const real *turn, gsize first, gsize tokens, real *qkv)
{
    rotate_some(shape, turn, first, tokens, 1, score_scale, qkv);
}

void attention_look(const AttentionShape *shape, const real *qkv, const real *key, gsize row, gsize head, real *table, real *scratch, real *out)
{
    gsize width = shape->heads * ATTENTION_HEAD;
    real *own = table + (row * shape->heads + head) * table_of(shape->steps);
    Head at = head_at(shape, qkv, key, row, head, scratch);
    at.out = out + row * width + head * ATTENTION_HEAD;
    LEVELS_CALL(forward_head, &at, own + up_to(shape->steps, MOST_LANES), own);
}

void attention_forward(const AttentionShape *shape, real *qkv, const real *key, const real *turn,
                       real *table, real *scratch, real *out)
{
    attention_turn(shape, turn, 0, shape->steps * shape->rows, qkv);
    for (gsize r = 0; r < shape->rows; r++)
        for (gsize h = 0; h < shape->heads; h++)
            attention_look(shape, qkv, key, r, h, table, scratch, out);
}

void attention_backward(const AttentionShape *shape, const real *qkv, const real *key, const real *turn, const real *table,
                        const real *dout, real *scratch, real *dqkv)
{
    gsize width = shape->heads * ATTENTION_HEAD, each = table_of(shape->steps), part = up_to(shape->steps, LOOK_KEYS) * ATTENTION_HEAD;
    for (gsize r = 0; r < shape->rows; r++)
        for (gsize h = 0; h < shape->heads; h++, table += each) {
            Head head = head_at(shape, qkv, key, r, h, scratch);
            real *at = dqkv + r * 3 * width + h * ATTENTION_HEAD;
            HeadSlope slope_of = {at, scratch + PART_DKEYS * part, scratch + PART_DVALUES * part, scratch + PART_TILE * part};
            memset(slope_of.keys, 0, 2 * part * sizeof *scratch);
            LEVELS_CALL(backward_head, &head, table + up_to(shape->steps, MOST_LANES), table, dout + r * width + h * ATTENTION_HEAD, &slope_of);
            unpack(shape, slope_of.keys, key + r, at + width);
            unpack(shape, slope_of.values, key + r, at + 2 * width);
        }
    rotate_some(shape, turn, 0, shape->steps * shape->rows, -1, 1, dqkv);
}
