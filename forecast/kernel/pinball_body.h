/* pinball_body.h -- pinball.c for one vector width; included by levels.h. */
#ifdef LEVEL
#include "forecast/kernel/vector.h"

#define loss LEVEL_NAME(loss)
#define lay LEVEL_NAME(lay)
#define flat_at LEVEL_NAME(flat_at)
#define flat_from LEVEL_NAME(flat_from)
#define flat_load LEVEL_NAME(flat_load)
#define Flat LEVEL_NAME(Flat)
#define loss_of LEVEL_NAME(loss_of)
#define flat_loss LEVEL_NAME(flat_loss)
#define flat_lay LEVEL_NAME(flat_lay)

/* |e| smoothed: e^2 / (2 kappa) + kappa / 2 inside, so that it meets |e| at kappa
 * with slope 1.  With its slope s it is s e + (1 - s^2) kappa / 2 on both sides. */
INLINE LEVEL_TARGET vec loss_of(vec e, vec w, vec tilt, real kappa, vec *gradient)
{
    vec slope = vec_within(e * (1 / kappa), 1);
    *gradient = -w * (tilt + slope / 2);
    return w * (tilt * e + (slope * e + (1 - slope * slope) * (kappa / 2)) / 2);
}

#if LEVEL == 2
/* A row's levels x steps numbers as one, when they are few: what there is for each
 * step is dealt out to all its levels in registers. */
#define FLAT 32
typedef struct {
    gsize vectors, last;  /* how many; lanes of the last */
    vec_truth step[FLAT]; /* of each number */
    vec level[FLAT];
} Flat;

INLINE gboolean flat_at(gsize levels, gsize steps)
{
    return steps <= 2 * VEC_LANES && levels * steps <= FLAT * VEC_LANES;
}

LEVEL_TARGET static void flat_from(const double *level, gsize levels, gsize steps, Flat *flat)
{
    gsize n = levels * steps;
    flat->vectors = (n + VEC_LANES - 1) / VEC_LANES;
    flat->last = n - (flat->vectors - 1) * VEC_LANES;
    for (gsize q = 0, k = 0; q < levels; q++)
        for (gsize s = 0; s < steps; s++, k++) {
            flat->step[k / VEC_LANES][k % VEC_LANES] = (vec_whole)s;
            flat->level[k / VEC_LANES][k % VEC_LANES] = (real)level[q];
        }
}

/* The numbers of all steps, and what each of vector v finds there. */
INLINE LEVEL_TARGET void flat_load(const real *from, gsize steps, vec part[2])
{
    part[0] = vec_load_some(from, MIN(steps, VEC_LANES));
    part[1] = steps > VEC_LANES ? vec_load_some(from + VEC_LANES, steps - VEC_LANES) : (vec){0};
}
#define FLAT_DEAL(part, flat, v) ((vec)_mm512_permutex2var_ps((__m512)(part)[0], (__m512i)(flat).step[v], (__m512)(part)[1]))

LEVEL_TARGET static double flat_loss(const real *quantile, const real *target, const real *weight, const double *level,
                                     gsize rows, gsize levels, gsize steps, real kappa, real share, real *gradient)
{
    Flat flat UNINITIALIZED;
    double sum = 0;
    flat_from(level, levels, steps, &flat);
    for (gsize r = 0; r < rows; r++, target += steps, weight += steps, quantile += levels * steps, gradient += levels * steps) {
        vec part = {0}, wanted[2], heavy[2], slope;
        flat_load(target, steps, wanted);
        flat_load(weight, steps, heavy);
        for (gsize v = 0; v < flat.vectors; v++) {
            gsize some = v + 1 < flat.vectors ? VEC_LANES : flat.last;
            vec e = FLAT_DEAL(wanted, flat, v) - vec_load_some(quantile + v * VEC_LANES, some);
            vec paid = loss_of(e, share * FLAT_DEAL(heavy, flat, v), flat.level[v] - (real)0.5, kappa, &slope);
            part += (vec)_mm512_maskz_mov_ps((__mmask16)((1u << some) - 1), (__m512)paid);
            vec_store_some(gradient + v * VEC_LANES, some, slope);
        }
        for (gsize k = 0; k < VEC_LANES; k++)
            sum += (double)part[k];
    }
    return sum;
}

LEVEL_TARGET static void flat_lay(const real *middle, const real *spread, const double *score, gsize rows, gsize levels, gsize steps, real *quantile)
{
    Flat flat UNINITIALIZED;
    flat_from(score, levels, steps, &flat);
    for (gsize r = 0; r < rows; r++, middle += steps, spread += steps, quantile += levels * steps) {
        vec at[2], wide[2];
        flat_load(middle, steps, at);
        flat_load(spread, steps, wide);
        for (gsize v = 0; v < flat.vectors; v++) {
            gsize some = v + 1 < flat.vectors ? VEC_LANES : flat.last;
            real *to = quantile + v * VEC_LANES;
            vec_store_some(to, some, vec_load_some(to, some) + (FLAT_DEAL(at, flat, v) + FLAT_DEAL(wide, flat, v) * flat.level[v]));
        }
    }
}
#undef FLAT
#undef FLAT_DEAL
#endif

LEVEL_TARGET static double loss(const real *quantile, const real *target, const real *weight, const double *level,
                                gsize rows, gsize levels, gsize steps, real kappa, real share, real *gradient)
{
    double sum = 0;
#if LEVEL == 2
    if (flat_at(levels, steps))
        return flat_loss(quantile, target, weight, level, rows, levels, steps, kappa, share, gradient);
#endif
    for (gsize r = 0; r < rows; r++, target += steps, weight += steps) {
        vec part = {0};
        for (gsize q = 0; q < levels; q++, quantile += steps, gradient += steps) {
            vec tilt = (vec){0} + (real)(level[q] - 0.5);
            for (gsize s = 0; s < steps; s += VEC_LANES) {
                gsize some = MIN(steps - s, VEC_LANES);
                vec e = vec_load_some(target + s, some) - vec_load_some(quantile + s, some), slope;
                part += loss_of(e, share * vec_load_some(weight + s, some), tilt, kappa, &slope);
                vec_store_some(gradient + s, some, slope);
            }
        }
        for (gsize k = 0; k < VEC_LANES; k++)
            sum += (double)part[k];
    }
    return sum;
}

LEVEL_TARGET static void lay(const real *middle, const real *spread, const double *score, gsize rows, gsize levels, gsize steps, real *quantile)
{
#if LEVEL == 2
    if (flat_at(levels, steps)) {
        flat_lay(middle, spread, score, rows, levels, steps, quantile);
        return;
    }
#endif
    for (gsize r = 0; r < rows; r++, middle += steps, spread += steps)
        for (gsize q = 0; q < levels; q++, quantile += steps)
            for (gsize s = 0; s < steps; s += VEC_LANES) {
                gsize some = MIN(steps - s, VEC_LANES);
                vec at = vec_load_some(middle + s, some) + vec_load_some(spread + s, some) * (real)score[q];
                vec_store_some(quantile + s, some, vec_load_some(quantile + s, some) + at);
            }
}

#undef loss
#undef lay
#undef flat_at
#undef flat_from
#undef flat_load
#undef Flat
#undef loss_of
#undef flat_loss
#undef flat_lay
#endif
