#include "forecast/kernel/smoother.h"

#include "forecast/kernel/real.h"

#include <string.h>

/* Two of the widest vectors, so that one waits while the other works. */
enum { WIDE = 8, PARTS = SMOOTHER_LANES / WIDE };
typedef double Wide __attribute__((vector_size(WIDE * sizeof(double)), aligned(sizeof(double)), may_alias));

#define INLINE __attribute__((always_inline)) static inline
#ifdef __clang__
#define BOTH _Pragma("unroll") for (int p = 0; p < PARTS; p++)
#else
#define BOTH _Pragma("GCC unroll 2") for (int p = 0; p < PARTS; p++)
#endif

typedef struct {
    Wide part[PARTS];
} Lanes;

INLINE void load(Lanes *lanes, const double *from)
{
    const Wide *wide = (const Wide *)from;
    BOTH lanes->part[p] = wide[p];
}

INLINE void store(double *to, const Lanes *lanes)
{
    Wide *wide = (Wide *)to;
    BOTH wide[p] = lanes->part[p];
}

INLINE void zero(Lanes *lanes)
{
    BOTH lanes->part[p] = (Wide){0};
}

/* sum += a * b */
INLINE void multiply_add(Lanes *sum, const double *a, const double *b)
{
    const Wide *x = (const Wide *)a, *y = (const Wide *)b;
    BOTH sum->part[p] += x[p] * y[p];
}

INLINE void multiply_subtract(Lanes *sum, const double *a, const double *b)
{
    const Wide *x = (const Wide *)a, *y = (const Wide *)b;
    BOTH sum->part[p] -= x[p] * y[p];
}

typedef struct {
    Lanes alpha, beta, phi, gamma, level, slope;
} Walk;

INLINE void walk_begin(Walk *walk, const SmootherRates *rates)
{
    load(&walk->alpha, rates->alpha);
    load(&walk->beta, rates->beta);
    load(&walk->phi, rates->phi);
    load(&walk->gamma, rates->gamma);
    zero(&walk->level);
    zero(&walk->slope);
}

/* One step from a forecast of level + drift + season + extra.  Writes the error
 * (value - forecast) where the step is known, the forecast where it lies ahead. */
INLINE void walk_step(Walk *walk, double *season, double value, double extra, gboolean known, gboolean ahead, double *out)
{
    Wide *pattern = (Wide *)season, *result = (Wide *)out;
    BOTH
    {
        Wide drift = walk->phi.part[p] * walk->slope.part[p];
        Wide sight = walk->level.part[p] + drift;
        Wide forecast = sight + pattern[p] + extra;
        if (known) {
            Wide error = value - forecast;
            walk->level.part[p] = sight + walk->alpha.part[p] * error;
            walk->slope.part[p] = drift + walk->beta.part[p] * error;
            pattern[p] += walk->gamma.part[p] * error;
            result[p] = error;
        } else {
            walk->level.part[p] = sight;
            walk->slope.part[p] = drift;
            result[p] = ahead ? forecast : (Wide){0};
        }
    }
}

INLINE gsize next_season(gsize at, gsize m)
{
    return at + 1 >= m ? 0 : at + 1;
}

/* What one unit in place `d` of the start adds to the forecasts of all steps. */
INLINE void one_column(const SmootherRates *rates, gsize m, gsize d, const double *effect, const guint8 *known, gsize n, gsize steps,
                       double *work, double *out)
{
    static const Wide one = {1, 1, 1, 1, 1, 1, 1, 1};
    Walk walk;
    walk_begin(&walk, rates);
    memset(work, 0, (m + 1) * SMOOTHER_LANES * sizeof *work);
    BOTH
    {
        if (d == 0)
            walk.level.part[p] = one;
        if (d == 1)
            walk.slope.part[p] = one;
        if (d >= 2 && d < 2 + m)
            ((Wide *)(work + (d - 2) * SMOOTHER_LANES))[p] = one;
    }
    gsize at = 0;
    for (gsize t = 0; t < steps; t++) {
        double *here = out + t * SMOOTHER_LANES;
        gboolean seen = t < n && (known == NULL || known[t]);
        walk_step(&walk, work + at * SMOOTHER_LANES, 0.0, effect != NULL ? effect[t] : 0.0, seen, t >= n, here);
        at = next_season(at, m);
        if (seen) {
            Wide *sign = (Wide *)here;
            BOTH sign[p] = -sign[p];
        }
    }
}

VECTOR void smoother_columns(const SmootherRates *rates, gsize m, const double *extra, gsize extras, const guint8 *known,
                             gsize n, gsize steps, double *work, double *column)
{
    gsize D = 2 + m + extras;
    for (gsize d = 0; d < D; d++)
        one_column(rates, m, d, d >= 2 + m ? extra + (d - 2 - m) * steps : NULL, known, n, steps, work, column + d * steps * SMOOTHER_LANES);
}

VECTOR void smoother_columns_whole(const SmootherRates *rates, gsize m, gsize n, double *work, double *column)
{
    for (gsize d = 0; d < 3; d++)
        one_column(rates, m, d, NULL, NULL, n, n, work, column + d * n * SMOOTHER_LANES);
}

VECTOR void smoother_gram(const double *column, const double *precision, gsize D, gsize n, gsize steps, double *square)
{
    for (gsize i = 0; i < D; i++)
        for (gsize j = 0; j <= i; j++) {
            const double *a = column + i * steps * SMOOTHER_LANES, *b = column + j * steps * SMOOTHER_LANES;
            Lanes sum;
            zero(&sum);
            for (gsize t = 0; t < n; t++)
                multiply_add(&sum, a + t * SMOOTHER_LANES, b + t * SMOOTHER_LANES);
            if (i == j) {
                const Wide *own = (const Wide *)(precision + i * SMOOTHER_LANES);
                BOTH sum.part[p] += own[p];
            }
            store(square + (i * D + j) * SMOOTHER_LANES, &sum);
        }
}

/* Sum over t of a[t] b[t], `count` steps. */
INLINE void inner(const double *a, const double *b, gsize count, Lanes *sum)
{
    zero(sum);
    for (gsize t = 0; t < count; t++)
        multiply_add(sum, a + t * SMOOTHER_LANES, b + t * SMOOTHER_LANES);
}

INLINE void put(double *square, gsize D, gsize i, gsize j, const double *precision, Lanes *sum)
{
    if (i == j) {
        const Wide *own = (const Wide *)(precision + i * SMOOTHER_LANES);
        BOTH sum->part[p] += own[p];
    }
    store(square + (i * D + j) * SMOOTHER_LANES, sum);
}

VECTOR void smoother_gram_whole(const double *column, const double *precision, gsize m, gsize n, double *square)
{
    const double *part[3] = {column, column + n * SMOOTHER_LANES, column + 2 * n * SMOOTHER_LANES};
    gsize D = 2 + m;
    Lanes sum;
    for (gsize i = 0; i < 2; i++)
        for (gsize j = 0; j <= i; j++) {
            inner(part[i], part[j], n, &sum);
            put(square, D, i, j, precision, &sum);
        }
    for (gsize k = 0; k < m; k++)
        for (gsize j = 0; j < 2; j++) {
            inner(part[2], part[j] + k * SMOOTHER_LANES, k < n ? n - k : 0, &sum);
            put(square, D, 2 + k, j, precision, &sum);
        }
    /* seasons k and k - lag meet as the first season and itself `lag` steps on, over n - k steps: one running sum per lag */
    for (gsize lag = 0; lag < m; lag++) {
        gsize t = 0;
        zero(&sum);
        for (gsize k = m; k-- > lag;) {
            for (; t + k < n; t++)
                multiply_add(&sum, part[2] + t * SMOOTHER_LANES, part[2] + (t + lag) * SMOOTHER_LANES);
            Lanes own = sum;
            put(square, D, 2 + k, 2 + k - lag, precision, &own);
        }
    }
}

VECTOR void smoother_factor(double *square, gsize D, double *logdet)
{
    for (int l = 0; l < SMOOTHER_LANES && logdet != NULL; l++)
        logdet[l] = 0.0;
    for (gsize j = 0; j < D; j++) {
        double *pivot = square + (j * D + j) * SMOOTHER_LANES;
        Lanes sum;
        load(&sum, pivot);
        for (gsize k = 0; k < j; k++)
            multiply_subtract(&sum, square + (j * D + k) * SMOOTHER_LANES, square + (j * D + k) * SMOOTHER_LANES);
        store(pivot, &sum);
        for (int l = 0; l < SMOOTHER_LANES; l++) {
            pivot[l] = sqrt(pivot[l] > 1e-12 ? pivot[l] : 1e-12);
            if (logdet != NULL)
                logdet[l] += 2.0 * log(pivot[l]);
        }
        for (gsize i = j + 1; i < D; i++) {
            double *cell = square + (i * D + j) * SMOOTHER_LANES;
            load(&sum, cell);
            for (gsize k = 0; k < j; k++)
                multiply_subtract(&sum, square + (i * D + k) * SMOOTHER_LANES, square + (j * D + k) * SMOOTHER_LANES);
            const Wide *by = (const Wide *)pivot;
            BOTH sum.part[p] /= by[p];
            store(cell, &sum);
        }
    }
}

/* x = factor^-1 x */
INLINE void solve_forwards(const double *square, gsize D, double *x)
{
    for (gsize i = 0; i < D; i++) {
        Lanes sum;
        load(&sum, x + i * SMOOTHER_LANES);
        for (gsize k = 0; k < i; k++)
            multiply_subtract(&sum, square + (i * D + k) * SMOOTHER_LANES, x + k * SMOOTHER_LANES);
        const Wide *by = (const Wide *)(square + (i * D + i) * SMOOTHER_LANES);
        BOTH sum.part[p] /= by[p];
        store(x + i * SMOOTHER_LANES, &sum);
    }
}

/* x = factor'^-1 x */
INLINE void solve_backwards(const double *square, gsize D, double *x)
{
    for (gsize i = D; i-- > 0;) {
        Lanes sum;
        load(&sum, x + i * SMOOTHER_LANES);
        for (gsize k = i + 1; k < D; k++)
            multiply_subtract(&sum, square + (k * D + i) * SMOOTHER_LANES, x + k * SMOOTHER_LANES);
        const Wide *by = (const Wide *)(square + (i * D + i) * SMOOTHER_LANES);
        BOTH sum.part[p] /= by[p];
        store(x + i * SMOOTHER_LANES, &sum);
    }
}

VECTOR void smoother_doubt(const double *square, const double *column, gsize D, gsize n, gsize steps, double *work, double *ahead)
{
    for (gsize t = n; t < steps; t++) {
        for (gsize d = 0; d < D; d++)
            memcpy(work + d * SMOOTHER_LANES, column + (d * steps + t) * SMOOTHER_LANES, SMOOTHER_LANES * sizeof *work);
        solve_forwards(square, D, work);
        Lanes sum;
        zero(&sum);
        for (gsize d = 0; d < D; d++)
            multiply_add(&sum, work + d * SMOOTHER_LANES, work + d * SMOOTHER_LANES);
        store(ahead + (t - n) * SMOOTHER_LANES, &sum);
    }
}

VECTOR void smoother_errors(const SmootherRates *rates, gsize m, const double *z, const guint8 *known, gsize n, gsize steps,
                            double *work, double *errors)
{
    Walk walk;
    walk_begin(&walk, rates);
    memset(work, 0, (m + 1) * SMOOTHER_LANES * sizeof *work);
    gsize at = 0;
    for (gsize t = 0; t < steps; t++) {
        gboolean seen = t < n && known[t];
        walk_step(&walk, work + at * SMOOTHER_LANES, seen ? z[t] : 0.0, 0.0, seen, t >= n, errors + t * SMOOTHER_LANES);
        at = next_season(at, m);
    }
}

/* From the columns' products with the errors, in start, to the start itself. */
INLINE void finish_start(const double *square, gsize D, const Lanes *total, double *start, double *squares)
{
    Lanes left = *total;
    solve_forwards(square, D, start);
    for (gsize d = 0; d < D; d++)
        multiply_subtract(&left, start + d * SMOOTHER_LANES, start + d * SMOOTHER_LANES);
    store(squares, &left);
    solve_backwards(square, D, start);
}

VECTOR void smoother_start(const double *square, const double *column, const double *errors, gsize D, gsize n, gsize steps,
                           double *start, double *squares)
{
    Lanes sum, left;
    inner(errors, errors, n, &left);
    for (gsize d = 0; d < D; d++) {
        inner(column + d * steps * SMOOTHER_LANES, errors, n, &sum);
        store(start + d * SMOOTHER_LANES, &sum);
    }
    finish_start(square, D, &left, start, squares);
}

VECTOR void smoother_start_whole(const double *square, const double *column, const double *errors, gsize m, gsize n, double *start, double *squares)
{
    Lanes sum, left;
    inner(errors, errors, n, &left);
    for (gsize d = 0; d < 2 + m; d++) {
        gsize later = d < 2 ? 0 : d - 2;
        inner(column + MIN(d, 2) * n * SMOOTHER_LANES, errors + later * SMOOTHER_LANES, later < n ? n - later : 0, &sum);
        store(start + d * SMOOTHER_LANES, &sum);
    }
    finish_start(square, 2 + m, &left, start, squares);
}

VECTOR void smoother_apply(const double *column, const double *start, gsize D, gsize n, gsize steps, gsize first, gsize end, double *errors)
{
    for (gsize d = 0; d < D; d++) {
        const double *own = column + d * steps * SMOOTHER_LANES, *by = start + d * SMOOTHER_LANES;
        for (gsize t = first; t < end; t++) {
            Lanes sum;
            load(&sum, errors + t * SMOOTHER_LANES);
            if (t < n)
                multiply_subtract(&sum, own + t * SMOOTHER_LANES, by);
            else
                multiply_add(&sum, own + t * SMOOTHER_LANES, by);
            store(errors + t * SMOOTHER_LANES, &sum);
        }
    }
}
