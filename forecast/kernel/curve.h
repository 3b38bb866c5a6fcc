/* curve.h -- exp, tanh and the logistic function of one vector, for the bodies of levels.h.
 *
 * In single precision each is a polynomial after range reduction.  Relative
 * error against the exact value (tested for every width): exp below 2e-7 within
 * +-87, where it saturates, sigmoid below 3e-7 where its result is a normal number,
 * tanh below 5e-7.  Infinity gives the limit, a NaN stays one.  Beside products of
 * pairs, which round to bfloat16, they are shorter: off by 3e-6, tanh close to 0 by 4e-5 of it or 1e-7.
 *
 * Source   the reduction is that of W. J. Cody, W. Waite (1980), Software Manual for the
 *          Elementary Functions, chapter 6; 1 - tanh cancels nowhere because tanh is
 *          made of e^2x - 1, not of e^2x.
 */
#ifdef LEVEL
#include "forecast/kernel/vector.h"

#ifndef CURVE_NAMES
#define CURVE_NAMES
#define curve_reduce LEVEL_NAME(curve_reduce)
#define curve_power LEVEL_NAME(curve_power)
#define curve_inverse LEVEL_NAME(curve_inverse)
#define curve_two LEVEL_NAME(curve_two)
#define curve_exp LEVEL_NAME(curve_exp)
#define curve_sigmoid LEVEL_NAME(curve_sigmoid)
#define curve_tanh LEVEL_NAME(curve_tanh)
#endif

/* 1 / x for normal x and 1 / x: a division costs as much as half an exp, a first guess with one step of Newton's next to nothing. */
INLINE LEVEL_TARGET vec curve_inverse(vec x)
{
#if LEVEL == 2
    vec guess = (vec)_mm512_rcp14_ps((__m512)x);
    return guess + guess * (1.0f - x * guess);
#else
    return 1 / x;
#endif
}

#ifdef KERNEL_DOUBLE
INLINE LEVEL_TARGET vec curve_exp(vec x)
{
    for (gsize k = 0; k < VEC_LANES; k++)
        x[k] = exp(CLAMP(x[k], -87, 87));
    return x;
}

INLINE LEVEL_TARGET vec curve_tanh(vec x)
{
    for (gsize k = 0; k < VEC_LANES; k++)
        x[k] = tanh(x[k]);
    return x;
}
#else
/* e^x = 2^n e^r with |r| <= ln(2)/2, ln(2) split in two so that n ln(2) is
 * exact enough.  Of e^r the part above 1 is returned, r + r^2 (1/2 + r/6 + ...). */
INLINE LEVEL_TARGET vec curve_reduce(vec x, vec *n)
{
#if LEVEL == 2
    *n = (vec)_mm512_roundscale_ps((__m512)(x * 1.44269504f), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
    /* Adding 1.5 * 2^23 rounds to a whole number. */
    *n = (x * 1.44269504f + 12582912.0f) - 12582912.0f;
#endif
    vec r = (x - *n * 0.693359375f) + *n * 2.12194440e-4f;
    vec p = r * 1.9841270e-4f + 1.3888889e-3f;
    p = p * r + 8.3333333e-3f;
    p = p * r + 4.1666667e-2f;
    p = p * r + 1.6666667e-1f;
    p = p * r + 0.5f;
    return p * (r * r) + r;
}

/* y 2^n for whole |n| <= 126; n that is no number gives some number. */
INLINE LEVEL_TARGET vec curve_power(vec y, vec n)
{
#if LEVEL == 2
    return (vec)_mm512_scalef_ps((__m512)y, (__m512)n);
#else
    /* The last bits of n + 1.5 * 2^23 are n. */
    vec_truth bits = ((vec_truth)(n + 12582912.0f) - 0x4b400000 + 127) << 23;
    return y * (vec)bits;
#endif
}

#if LEVEL_PAIRS
/* 2^x up to 2^126.  2^f for |f| <= 1/2 is the polynomial of least relative error, 2.8e-6, that is 1 at 0. */
INLINE LEVEL_TARGET vec curve_two(vec x)
{
    x = (vec)_mm512_min_ps(_mm512_set1_ps(126), (__m512)x);
    vec f = (vec)_mm512_reduce_ps((__m512)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    vec p = f * 9.58538239e-3f + 5.59066283e-2f;
    p = p * f + 2.40240382e-1f;
    p = p * f + 6.93124184e-1f;
    return (vec)_mm512_scalef_ps((__m512)(p * f + 1.0f), (__m512)(x - f));
}

INLINE LEVEL_TARGET vec curve_exp(vec x)
{
    return curve_two(x * 1.44269504f);
}

INLINE LEVEL_TARGET vec curve_tanh(vec x)
{
    vec power = curve_two(x * 2.88539008f);
    return (power - 1.0f) * curve_inverse(power + 1.0f);
}
#else
INLINE LEVEL_TARGET vec curve_exp(vec x)
{
    vec n, r = curve_reduce(vec_within(x, 87), &n);
    return curve_power(r + 1.0f, n);
}

INLINE LEVEL_TARGET vec curve_tanh(vec x)
{
    vec n, r = curve_reduce(vec_within(x * 2.0f, 40), &n), one = curve_power((vec){0} + 1.0f, n);
    vec above = one * r + (one - 1.0f);
    return above * curve_inverse(above + 2.0f);
}
#endif
#endif

INLINE LEVEL_TARGET vec curve_sigmoid(vec x)
{
    return curve_inverse(1 + curve_exp(-x));
}
#endif
