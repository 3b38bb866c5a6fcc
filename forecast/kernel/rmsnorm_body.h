/* rmsnorm_body.h -- rmsnorm.c for one vector width; included by levels.h. */
#ifdef LEVEL
#include "forecast/kernel/vector.h"

#define total LEVEL_NAME(total)
#define forward LEVEL_NAME(forward)
#define backward LEVEL_NAME(backward)

/* The sum of all lanes. */
INLINE LEVEL_TARGET real total(vec v)
{
#if LEVEL == 2
    return _mm512_reduce_add_ps((__m512)v);
#else
    real sum = 0;
    for (gsize k = 0; k < VEC_LANES; k++)
        sum += v[k];
    return sum;
#endif
}

LEVEL_TARGET static void forward(const real *x, const real *gain, gsize rows, gsize width, real *y, real *inverse)
{
    for (gsize r = 0; r < rows; r++, x += width, y += width) {
        vec sum = {0};
        for (gsize k = 0; k < width; k += VEC_LANES)
            sum += vec_load(x + k) * vec_load(x + k);
        inverse[r] = 1 / real_sqrt(total(sum) / (real)width + epsilon);
        for (gsize k = 0; k < width; k += VEC_LANES)
            vec_store(y + k, vec_load(x + k) * inverse[r] * vec_load(gain + k));
    }
}

LEVEL_TARGET static void backward(const real *x, const real *gain, const real *inverse, const real *dy, gsize rows, gsize width, real *dx, real *dgain)
{
    for (gsize r = 0; r < rows; r++, x += width, dy += width, dx += width) {
        vec sum = {0};
        for (gsize k = 0; k < width; k += VEC_LANES)
            sum += vec_load(x + k) * vec_load(gain + k) * vec_load(dy + k);
        real s = inverse[r], pull = s * s * s / (real)width * total(sum);
        for (gsize k = 0; k < width; k += VEC_LANES) {
            vec d = vec_load(dy + k) * s, at = vec_load(x + k);
            vec_store(dgain + k, vec_load(dgain + k) + d * at);
            vec_store(dx + k, vec_load(dx + k) + (vec_load(gain + k) * d - pull * at));
        }
    }
}

#undef total
#undef forward
#undef backward
#endif
