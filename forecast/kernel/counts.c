#include "forecast/kernel/counts.h"

#include "forecast/kernel/real.h"

#include <string.h>

enum { L = COUNTS_LANES, W = COUNTS_WEIGHTS };
typedef double Wide __attribute__((vector_size(L * sizeof(double)), aligned(sizeof(double)), may_alias));
typedef guint64 Bits __attribute__((vector_size(L * sizeof(double)), may_alias));

#define INLINE __attribute__((always_inline)) static inline

INLINE void load(Wide *to, const double *from)
{
    memcpy(to, from, sizeof *to);
}

INLINE void store(double *to, const Wide *from)
{
    memcpy(to, from, sizeof *from);
}

/* Where the truth's lanes are all ones take a, else b. */
INLINE void choose(Wide *to, const Bits *truth, const Wide *a, const Wide *b)
{
    *to = (Wide)((*truth & (Bits)*a) | (~*truth & (Bits)*b));
}

INLINE void lower(Wide *x, const Wide *most)
{
    Bits above = (Bits)(*x > *most);
    choose(x, &above, most, x);
}

INLINE void lift(Wide *x, const Wide *least)
{
    Bits below = (Bits)(*x < *least);
    choose(x, &below, least, x);
}

INLINE double fold(const Wide *sum)
{
    double total = 0;
    for (int k = 0; k < L; k++)
        total += (*sum)[k];
    return total;
}

/* e^x = 2^n e^r with |r| <= ln(2)/2; the last bits of n + 1.5 * 2^52 are n. */
INLINE void exponential(Wide *x)
{
    static const double term[] = {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040,
                                  1.0 / 720,        1.0 / 120,       1.0 / 24,       1.0 / 6,       0.5,          1.0};
    const Wide most = (Wide){0} + 700, least = (Wide){0} - 700;
    lower(x, &most);
    lift(x, &least);
    Wide shifted = *x * 1.4426950408889634 + 0x1.8p52, n = shifted - 0x1.8p52;
    Wide r = (*x - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33, p = r * term[0] + term[1];
    for (gsize k = 2; k < G_N_ELEMENTS(term); k++)
        p = p * r + term[k];
    Bits power = ((Bits)shifted + 1023) << 52;
    *x = (p * r + 1.0) * (Wide)power;
}

VECTOR void counts_exp(const double *x, gsize n, double *y)
{
    Wide v;
    gsize k = 0;
    for (; k + L <= n; k += L) {
        load(&v, x + k);
        exponential(&v);
        store(y + k, &v);
    }
    if (k == n)
        return;
    double rest[L] = {0};
    memcpy(rest, x + k, (n - k) * sizeof *rest);
    load(&v, rest);
    exponential(&v);
    store(rest, &v);
    memcpy(y + k, rest, (n - k) * sizeof *rest);
}

VECTOR void counts_mean(const Counts *counts, const double weight[W], double least, double most, double *mean)
{
    const Wide low = (Wide){0} + least, high = (Wide){0} + most;
    for (gsize k = 0; k < counts->n; k += L) {
        Wide v, x, rate;
        load(&v, counts->level + k);
        for (gsize j = 0; j < W; j++) {
            load(&x, counts->lean + j * counts->n + k);
            v += weight[j] * x;
        }
        exponential(&v);
        load(&rate, counts->rate + k);
        v *= rate;
        lower(&v, &high);
        lift(&v, &low);
        store(mean + k, &v);
    }
}

INLINE void root(Wide *x)
{
    for (int k = 0; k < L; k++)
        (*x)[k] = sqrt((*x)[k]);
}

VECTOR void counts_moments(const Counts *counts, const double *mean, double linear, double square, double far, double slack, double sum[5])
{
    Wide n = {0}, x = {0}, y = {0}, xx = {0}, xy = {0};
    for (gsize k = 0; k < counts->n; k += L) {
        Wide live, miss, m, bound;
        load(&live, counts->live + k);
        load(&m, mean + k);
        load(&miss, counts->value + k);
        miss -= m;
        bound = linear * m + square * m * m;
        root(&bound);
        bound = far * bound + slack;
        lower(&miss, &bound);
        bound = -bound;
        lift(&miss, &bound);
        Wide size = live * (miss * miss / m);
        m *= live;
        n += live, x += m, y += size, xx += m * m, xy += m * size;
    }
    const Wide *all[5] = {&n, &x, &y, &xx, &xy};
    for (int k = 0; k < 5; k++)
        sum[k] = fold(all[k]);
}

VECTOR void counts_misses(const Counts *counts, const double *mean, double *miss)
{
    for (gsize k = 0; k < counts->n; k += L) {
        Wide live, m, v;
        load(&live, counts->live + k);
        load(&m, mean + k);
        load(&v, counts->value + k);
        v -= m;
        m += 1e-12;
        root(&m);
        v = live * (v / m);
        store(miss + k, &v);
    }
}

VECTOR void counts_lean(const Counts *counts, const double *mean, double linear, double square, double share, double a[W * W], double b[W])
{
    const Wide none = {0};
    Wide product[W * W] = {{0}}, pull[W] = {{0}};
    for (gsize k = 0; k < counts->n; k += L) {
        Wide x[W], m, miss, live;
        load(&live, counts->live + k);
        load(&m, mean + k);
        load(&miss, counts->value + k);
        Wide variance = linear * m + square * m * m, size = share * m / variance * live;
        Bits fine = (Bits)(variance > none);
        choose(&size, &fine, &size, &none);
        miss -= m;
        for (int j = 0; j < W; j++)
            load(&x[j], counts->lean + (gsize)j * counts->n + k);
        for (int j = 0; j < W; j++) {
            Wide lean = size * x[j];
            pull[j] += lean * miss;
            for (int i = j; i < W; i++)
                product[j * W + i] += lean * m * x[i];
        }
    }
    for (int j = 0; j < W; j++) {
        b[j] = fold(&pull[j]);
        for (int i = j; i < W; i++)
            a[j * W + i] = fold(&product[j * W + i]);
    }
}
