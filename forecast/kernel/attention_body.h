/* attention_body.h -- attention.c for one vector width; included by levels.h.
 *
 * As many queries as a vector has lanes sit side by side and meet the keys one
 * after another: greatest, sum and weighted mean of a query need no sum across
 * lanes, and keys that nobody looks at are simply not there.
 *
 * Products of pairs want two numbers of their inner index side by side: by_unit()
 * and by_key() lay them so; elsewhere they leave everything where it is.
 *
 * Shapes   turned[16][lanes] has queries in its columns; a tile[count][lanes] has a row
 *          for each key; rows up to a multiple of LOOK_KEYS are computed with the
 *          others and mean nothing.
 */
#ifdef LEVEL
#include "forecast/kernel/curve.h"

#define greater LEVEL_NAME(greater)
#define interleave LEVEL_NAME(interleave)
#define turn_square LEVEL_NAME(turn_square)
#define turn_in LEVEL_NAME(turn_in)
#define turn_out LEVEL_NAME(turn_out)
#define meet LEVEL_NAME(meet)
#define mix LEVEL_NAME(mix)
#define hand_out LEVEL_NAME(hand_out)
#define weigh LEVEL_NAME(weigh)
#define slope LEVEL_NAME(slope)
#define gather LEVEL_NAME(gather)
#define by_unit LEVEL_NAME(by_unit)
#define by_key LEVEL_NAME(by_key)
#define forward_head LEVEL_NAME(forward_head)
#define backward_head LEVEL_NAME(backward_head)

/* a0 b0 a1 b1 ... in two vectors. */
INLINE LEVEL_TARGET void interleave(vec a, vec b, vec *low, vec *high)
{
#if LEVEL == 2
    *low = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    *high = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
#elif LEVEL == 1
    *low = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
    *high = __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
#elif defined KERNEL_DOUBLE
    *low = __builtin_shufflevector(a, b, 0, 2);
    *high = __builtin_shufflevector(a, b, 1, 3);
#else
    *low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    *high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
#endif
}

INLINE LEVEL_TARGET vec greater(vec a, vec b)
{
#if LEVEL == 2
    return (vec)_mm512_max_ps((__m512)a, (__m512)b);
#elif LEVEL == 1
    return (vec)_mm256_max_ps((__m256)a, (__m256)b);
#else
    vec_truth first = a > b;
    return (vec)(((vec_truth)a & first) | ((vec_truth)b & ~first));
#endif
}

/* Rows become columns: each round interleaves the first half of the rows with the second. */
INLINE LEVEL_TARGET void turn_square(vec *square)
{
    UNROLL for (gsize round = 1; round < VEC_LANES; round *= 2) {
        vec next[VEC_LANES];
        UNROLL for (gsize k = 0; k < VEC_LANES / 2; k++)
            interleave(square[k], square[k + VEC_LANES / 2], &next[2 * k], &next[2 * k + 1]);
        UNROLL for (gsize k = 0; k < VEC_LANES; k++)
            square[k] = next[k];
    }
}

/* The heads of `count` tokens, at most one for each lane; zero beyond. */
LEVEL_TARGET static void turn_in(const real *head, gsize stride, gsize count, real *turned)
{
    for (gsize part = 0; part < ATTENTION_HEAD; part += VEC_LANES) {
        vec square[VEC_LANES];
        UNROLL for (gsize t = 0; t < VEC_LANES; t++)
            square[t] = t < count ? vec_load(head + t * stride + part) : (vec){0};
        turn_square(square);
        UNROLL for (gsize k = 0; k < VEC_LANES; k += VEC_DEEP)
            vec_store(turned + (part + k) / VEC_DEEP * VEC_LANES, vec_pair(square[k], square[k + VEC_DEEP - 1]));
    }
}

/* The other way round, of single numbers. */
LEVEL_TARGET static void turn_out(const real *turned, gsize stride, gsize count, real *head)
{
    for (gsize part = 0; part < ATTENTION_HEAD; part += VEC_LANES) {
        vec square[VEC_LANES];
        UNROLL for (gsize k = 0; k < VEC_LANES; k++)
            square[k] = vec_load(turned + (part + k) * VEC_LANES);
        turn_square(square);
        UNROLL for (gsize t = 0; t < VEC_LANES; t++)
            if (t < count)
                vec_store(head + t * stride + part, square[t]);
    }
}

/* tile[key][lane] = sum over units of from[key][unit] turned[unit][lane]. */
LEVEL_TARGET static void meet(const real *from, gsize count, const real *turned, real *tile)
{
    enum { DEPTH = ATTENTION_HEAD / VEC_DEEP };
    for (gsize key = 0; key < count; key += LOOK_KEYS) {
        const real *f = from + key * DEPTH;
        vec sum[LOOK_KEYS] = {{0}};
        UNROLL for (gsize unit = 0; unit < DEPTH; unit++) {
            vec t = vec_load(turned + unit * VEC_LANES);
            UNROLL for (gsize j = 0; j < LOOK_KEYS; j++)
                sum[j] = vec_gather(sum[j], f[j * DEPTH + unit], t);
        }
        UNROLL for (gsize j = 0; j < LOOK_KEYS; j++)
            vec_store(tile + (key + j) * VEC_LANES, sum[j]);
    }
}

/* turned[unit][lane] = scale[lane] sum over keys of tile[key][lane] from[key][unit]. */
LEVEL_TARGET static void mix(const real *tile, const real *from, gsize count, vec scale, real *turned)
{
    enum { UNITS = LEVEL == 2 ? 16 : 8 };
    for (gsize part = 0; part < ATTENTION_HEAD; part += UNITS) {
        vec sum[UNITS] = {{0}};
        for (gsize key = 0; key < count; key += VEC_DEEP) {
            vec t = vec_pair(vec_load(tile + key * VEC_LANES), vec_load(tile + (key + VEC_DEEP - 1) * VEC_LANES));
            const real *f = from + key / VEC_DEEP * ATTENTION_HEAD + part;
            UNROLL for (gsize k = 0; k < UNITS; k++)
                sum[k] = vec_gather(sum[k], f[k], t);
        }
        UNROLL for (gsize k = 0; k < UNITS; k++)
            vec_store(turned + (part + k) * VEC_LANES, sum[k] * scale);
    }
}

/* to[key][unit] += sum over lanes of tile[key][lane] from[lane][unit]. */
LEVEL_TARGET static void hand_out(const real *tile, gsize count, const real *from, real *to)
{
    enum { HALVES = ATTENTION_HEAD / VEC_LANES, KEYS = LOOK_KEYS / HALVES, DEPTH = VEC_LANES / VEC_DEEP };
    for (gsize key = 0; key < count; key += KEYS) {
        real *t = to + key * ATTENTION_HEAD;
        vec sum[LOOK_KEYS];
#if LEVEL_PAIRS
        real p[KEYS * DEPTH] UNINITIALIZED __attribute__((aligned(64)));
        vec_pair_up(tile + key * VEC_LANES, KEYS * VEC_LANES, p);
#else
        const real *p = tile + key * VEC_LANES;
#endif
        UNROLL for (gsize j = 0; j < LOOK_KEYS; j++)
            sum[j] = vec_load(t + j * VEC_LANES);
        UNROLL for (gsize lane = 0; lane < DEPTH; lane++)
            UNROLL for (gsize part = 0; part < HALVES; part++) {
                vec f = vec_load(from + lane * ATTENTION_HEAD + part * VEC_LANES);
                UNROLL for (gsize j = 0; j < KEYS; j++)
                    sum[j * HALVES + part] = vec_gather(sum[j * HALVES + part], p[j * DEPTH + lane], f);
            }
        UNROLL for (gsize j = 0; j < LOOK_KEYS; j++)
            vec_store(t + j * VEC_LANES, sum[j]);
    }
}

/* tile = exp(tile - greatest of its lane); inverse = 1 / sum, 0 without a key. */
LEVEL_TARGET static void weigh(real *tile, gsize count, real *inverse)
{
    vec top, sum = {0};
    if (count == 0) {
        vec_store(inverse, sum);
        return;
    }
    top = vec_load(tile);
    for (gsize key = 1; key < count; key++)
        top = greater(vec_load(tile + key * VEC_LANES), top);
    for (gsize key = 0; key < count; key++) {
        vec weight = curve_exp(vec_load(tile + key * VEC_LANES) - top);
        vec_store(tile + key * VEC_LANES, weight);
        sum += weight;
    }
    vec_store(inverse, 1 / sum);
}

/* tile = weight * (tile - sum(weight * tile) * inverse): what softmax hands back, with weights before their division by the sum. */
LEVEL_TARGET static void slope(const real *weight, gsize count, vec inverse, real *tile)
{
    vec mean = {0};
    for (gsize key = 0; key < count; key++)
        mean += vec_load(weight + key * VEC_LANES) * vec_load(tile + key * VEC_LANES);
    mean *= inverse;
    for (gsize key = 0; key < count; key++)
        vec_store(tile + key * VEC_LANES, vec_load(weight + key * VEC_LANES) * (vec_load(tile + key * VEC_LANES) - mean));
}

/* from[count][16] with pairs of units side by side; there are zeros up to a multiple of LOOK_KEYS. */
LEVEL_TARGET static const real *by_unit(const real *from, gsize count, real *to)
{
#if LEVEL_PAIRS
    vec_pair_up(from, up_to(count, LOOK_KEYS) * ATTENTION_HEAD, to);
    return to;
#else
    (void)count, (void)to;
    return from;
#endif
}

/* The same with pairs of tokens side by side. */
LEVEL_TARGET static const real *by_key(const real *from, gsize count, real *to)
{
#if LEVEL_PAIRS
    for (gsize key = 0; key < count; key += VEC_DEEP)
        vec_store(to + key / VEC_DEEP * ATTENTION_HEAD, vec_pair(vec_load(from + key * ATTENTION_HEAD), vec_load(from + (key + 1) * ATTENTION_HEAD)));
    return to;
#else
    (void)count, (void)to;
    return from;
#endif
}

LEVEL_TARGET static void forward_head(const Head *head, real *table, real *inverse)
{
    const real *keys = by_unit(head->keys, head->count, head->laid);
    const real *values = by_key(head->values, head->count, head->laid + head->room * ATTENTION_HEAD / VEC_DEEP);
    real turned[ATTENTION_HEAD * VEC_LANES] UNINITIALIZED, seen[ATTENTION_HEAD * VEC_LANES] UNINITIALIZED;
    for (gsize first = 0; first < head->steps; first += VEC_LANES, table += head->room * VEC_LANES) {
        gsize queries = MIN(head->steps - first, VEC_LANES);
        turn_in(head->query + first * head->stride, head->stride, queries, turned);
        meet(keys, head->count, turned, table);
        weigh(table, head->count, inverse + first);
        mix(table, values, head->count, vec_load(inverse + first), seen);
        turn_out(seen, head->over, queries, head->out + first * head->over);
    }
}

/* dout of the lanes' queries, divided by their sums, and the queries themselves; zero beyond `count`. */
LEVEL_TARGET static void gather(const Head *head, const real *inverse, const real *dout, gsize first, gsize count, real *flat, real *query)
{
    memset(flat, 0, ATTENTION_HEAD * VEC_LANES * sizeof *flat);
    memset(query, 0, ATTENTION_HEAD * VEC_LANES * sizeof *query);
    for (gsize t = 0; t < count; t++)
        UNROLL for (gsize part = 0; part < ATTENTION_HEAD; part += VEC_LANES) {
            vec_store(flat + t * ATTENTION_HEAD + part, vec_load(dout + (first + t) * head->over + part) * inverse[first + t]);
            vec_store(query + t * ATTENTION_HEAD + part, vec_load(head->query + (first + t) * head->stride + part));
        }
}

LEVEL_TARGET static void backward_head(const Head *head, const real *table, const real *inverse, const real *dout, const HeadSlope *d)
{
    const real *keys = by_key(head->keys, head->count, head->laid);
    const real *values = by_unit(head->values, head->count, head->laid + head->room * ATTENTION_HEAD / VEC_DEEP);
    real turned[ATTENTION_HEAD * VEC_LANES] UNINITIALIZED, flat[ATTENTION_HEAD * VEC_LANES] UNINITIALIZED, query[ATTENTION_HEAD * VEC_LANES] UNINITIALIZED;
    real laid[ATTENTION_HEAD * VEC_LANES] UNINITIALIZED __attribute__((aligned(64)));
    for (gsize first = 0; first < head->steps; first += VEC_LANES, table += head->room * VEC_LANES) {
        gsize queries = MIN(head->steps - first, VEC_LANES);
        gather(head, inverse, dout, first, queries, flat, query);
        hand_out(table, head->count, by_key(flat, VEC_LANES, laid), d->values);
        turn_in(flat, ATTENTION_HEAD, VEC_LANES, turned);
        meet(values, head->count, turned, d->tile);
        slope(table, head->count, vec_load(inverse + first), d->tile);
        hand_out(d->tile, head->count, by_key(query, VEC_LANES, laid), d->keys);
        mix(d->tile, keys, head->count, (vec){0} + score_scale, turned);
        turn_out(turned, head->stride, queries, d->query + first * head->stride);
    }
}
#endif
