/* vector.h -- what the bodies of levels.h share: a vector of reals and what no operator of C says.
 *
 * Included by a body, once per level.  Loads and stores need no alignment;
 * those of `some` touch the first count lanes only, the others read as 0.
 */
#ifdef LEVEL
#include <string.h>

#ifndef VEC_NAMES
#define VEC_NAMES
#define vec LEVEL_NAME(vec)
#define vec_truth LEVEL_NAME(vec_truth)
#define vec_load LEVEL_NAME(vec_load)
#define vec_store LEVEL_NAME(vec_store)
#define vec_load_some LEVEL_NAME(vec_load_some)
#define vec_store_some LEVEL_NAME(vec_store_some)
#define vec_where LEVEL_NAME(vec_where)
#define vec_within LEVEL_NAME(vec_within)
#define vec_gather LEVEL_NAME(vec_gather)
#define vec_pair LEVEL_NAME(vec_pair)
#define vec_pair_up LEVEL_NAME(vec_pair_up)
#define VEC_LANES ((gsize)LEVEL_BYTES / sizeof(real))
#ifdef KERNEL_DOUBLE
typedef gint64 vec_whole;
#else
typedef gint32 vec_whole;
#endif
#endif

typedef real vec __attribute__((vector_size(LEVEL_BYTES)));
typedef vec_whole vec_truth __attribute__((vector_size(LEVEL_BYTES)));

#if LEVEL == 2
/* By name: a copy of 64 bytes may become a call. */
INLINE LEVEL_TARGET vec vec_load(const real *from)
{
    return (vec)_mm512_loadu_ps(from);
}

INLINE LEVEL_TARGET void vec_store(real *to, vec v)
{
    _mm512_storeu_ps(to, (__m512)v);
}

INLINE LEVEL_TARGET vec vec_load_some(const real *from, gsize count)
{
    return (vec)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), from);
}

INLINE LEVEL_TARGET void vec_store_some(real *to, gsize count, vec v)
{
    _mm512_mask_storeu_ps(to, (__mmask16)((1u << count) - 1), (__m512)v);
}

/* v kept within -bound .. bound; a NaN stays one. */
INLINE LEVEL_TARGET vec vec_within(vec v, real bound)
{
    return (vec)_mm512_max_ps(_mm512_set1_ps(-bound), _mm512_min_ps(_mm512_set1_ps(bound), (__m512)v));
}

/* v where open > 0, else 0. */
INLINE LEVEL_TARGET vec vec_where(vec open, vec v)
{
    return (vec)_mm512_maskz_mov_ps(_mm512_cmp_ps_mask((__m512)open, _mm512_setzero_ps(), _CMP_GT_OQ), (__m512)v);
}
#else
INLINE LEVEL_TARGET vec vec_load(const real *from)
{
    vec v;
    memcpy(&v, from, sizeof v);
    return v;
}

INLINE LEVEL_TARGET void vec_store(real *to, vec v)
{
    memcpy(to, &v, sizeof v);
}

INLINE LEVEL_TARGET vec vec_load_some(const real *from, gsize count)
{
    real some[VEC_LANES] = {0};
    for (gsize k = 0; k < VEC_LANES && k < count; k++)
        some[k] = from[k];
    return vec_load(some);
}

INLINE LEVEL_TARGET void vec_store_some(real *to, gsize count, vec v)
{
    real some[VEC_LANES];
    vec_store(some, v);
    for (gsize k = 0; k < VEC_LANES && k < count; k++)
        to[k] = some[k];
}

INLINE LEVEL_TARGET vec vec_where(vec open, vec v)
{
    return (vec)((vec_truth)v & (open > 0));
}

INLINE LEVEL_TARGET vec vec_within(vec v, real bound)
{
    vec low = (vec){0} - bound, high = (vec){0} + bound;
    vec_truth below = v < low, above = v > high;
    return (vec)(((vec_truth)v & ~below & ~above) | ((vec_truth)low & below) | ((vec_truth)high & above));
}
#endif

/* How many numbers of an inner index lie in one lane, and how many lanes n of them take. */
#undef VEC_DEEP
#define VEC_DEEP (LEVEL_PAIRS ? (gsize)2 : (gsize)1)
#define VEC_DEPTH(n) (((n) + VEC_DEEP - 1) / VEC_DEEP)

/* Columns of one panel of a packed matrix (product.h): as many as a tile is wide. */
#undef VEC_PANEL
#define VEC_PANEL ((LEVEL == 2 ? (gsize)4 : (gsize)2) * VEC_LANES)

#if LEVEL_PAIRS
/* sum + a b, of both bfloat16 of a, in every lane the same, and of b. */
INLINE LEVEL_TARGET vec vec_gather(vec sum, real a, vec b)
{
    return (vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_ps(a), (__m512bh)b);
}

/* The lanes of two vectors rounded to bfloat16, side by side. */
INLINE LEVEL_TARGET vec vec_pair(vec first, vec second)
{
    const __m512i turn = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8,
                                          23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    return (vec)_mm512_permutexvar_epi16(turn, (__m512i)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first));
}

/* from[n] as pairs of neighbours, with zeros up to whole vectors. */
INLINE LEVEL_TARGET void vec_pair_up(const real *from, gsize n, real *to)
{
    for (; n > 2 * VEC_LANES; n -= 2 * VEC_LANES, from += 2 * VEC_LANES, to += VEC_LANES)
        vec_store(to, (vec)_mm512_cvtne2ps_pbh((__m512)vec_load(from + VEC_LANES), (__m512)vec_load(from)));
    vec low = vec_load_some(from, MIN(n, VEC_LANES)), high = n > VEC_LANES ? vec_load_some(from + VEC_LANES, n - VEC_LANES) : (vec){0};
    vec_store(to, (vec)_mm512_cvtne2ps_pbh((__m512)high, (__m512)low));
}
#else
INLINE LEVEL_TARGET vec vec_gather(vec sum, real a, vec b)
{
    return sum + a * b;
}

INLINE LEVEL_TARGET vec vec_pair(vec first, vec second)
{
    (void)second;
    return first;
}
#endif
#endif
