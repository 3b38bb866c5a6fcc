/* activation_body.h -- activation.c for one vector width; included by levels.h. */
#ifdef LEVEL
#include "forecast/kernel/curve.h"

#define all_exp LEVEL_NAME(all_exp)
#define all_sigmoid LEVEL_NAME(all_sigmoid)
#define all_tanh LEVEL_NAME(all_tanh)
#define softmax LEVEL_NAME(softmax)

LEVEL_TARGET static void all_exp(const real *x, gsize n, real *y)
{
    for (; n >= VEC_LANES; n -= VEC_LANES, x += VEC_LANES, y += VEC_LANES)
        vec_store(y, curve_exp(vec_load(x)));
    vec_store_some(y, n, curve_exp(vec_load_some(x, n)));
}

LEVEL_TARGET static void all_sigmoid(const real *x, gsize n, real *y)
{
    for (; n >= VEC_LANES; n -= VEC_LANES, x += VEC_LANES, y += VEC_LANES)
        vec_store(y, curve_sigmoid(vec_load(x)));
    vec_store_some(y, n, curve_sigmoid(vec_load_some(x, n)));
}

LEVEL_TARGET static void all_tanh(const real *x, gsize n, real *y)
{
    for (; n >= VEC_LANES; n -= VEC_LANES, x += VEC_LANES, y += VEC_LANES)
        vec_store(y, curve_tanh(vec_load(x)));
    vec_store_some(y, n, curve_tanh(vec_load_some(x, n)));
}

/* Hidden entries are carried along as exp(0) and cleared by their key. */
LEVEL_TARGET static void softmax(const real *x, const real *key, gsize n, real *p)
{
    real top = (real)-1e30, whole = 0;
    for (gsize k = 0; k < n; k++)
        top = key[k] > 0 && x[k] > top ? x[k] : top;
    for (gsize k = 0; k < n; k += VEC_LANES) {
        gsize some = MIN(n - k, VEC_LANES);
        vec e = vec_where(vec_load_some(key + k, some), curve_exp(vec_load_some(x + k, some) - top));
        vec_store_some(p + k, some, e);
        for (gsize j = 0; j < some; j++)
            whole += p[k + j];
    }
    real inverse = whole > 0 ? 1 / whole : 0;
    for (gsize k = 0; k < n; k++)
        p[k] *= inverse;
}

#undef all_exp
#undef all_sigmoid
#undef all_tanh
#undef softmax
#endif
