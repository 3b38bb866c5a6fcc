#include "forecast/kernel/leave_out.h"

#include "forecast/kernel/real.h"

#include <string.h>

enum { L = LEAVE_OUT_LANES, WIDE = 8, PARTS = L / WIDE };
typedef double Wide __attribute__((vector_size(WIDE * sizeof(double)), aligned(sizeof(double)), may_alias));
typedef guint64 Bits __attribute__((vector_size(WIDE * sizeof(double)), may_alias));

#define INLINE __attribute__((always_inline)) static inline
#ifdef __clang__
#define ROWS(r, some) _Pragma("unroll") for (gsize r = 0; r < some; r++)
#define EACH(p) _Pragma("unroll") for (gsize p = 0; p < PARTS; p++)
#else
#define ROWS(r, some) _Pragma("GCC unroll 2") for (gsize r = 0; r < some; r++)
#define EACH(p) _Pragma("GCC unroll 2") for (gsize p = 0; p < PARTS; p++)
#endif

VECTOR void leave_out_centre(double *row, gsize rows, double mean[L])
{
    Wide sum[PARTS] = {{0}}, *wide = (Wide *)row;
    for (gsize r = 0; r < rows; r++)
        EACH(p) sum[p] += wide[r * PARTS + p];
    EACH(p) sum[p] /= (double)rows;
    for (gsize r = 0; r < rows; r++)
        EACH(p) wide[r * PARTS + p] -= sum[p];
    memcpy(mean, sum, sizeof sum);
}

/* The rows j .. j + 3 of the sums. */
INLINE void some_sums(const double *row, gsize rows, gsize j, double *sum)
{
    Wide one[PARTS] = {{0}}, two[PARTS] = {{0}}, three[PARTS] = {{0}}, four[PARTS] = {{0}}, *to = (Wide *)(sum + j * L);
    for (gsize r = 0; r < rows; r++) {
        const double *at = row + r * L;
        const Wide *wide = (const Wide *)at;
        EACH(p)
        {
            one[p] += at[j] * wide[p];
            two[p] += at[j + 1] * wide[p];
            three[p] += at[j + 2] * wide[p];
            four[p] += at[j + 3] * wide[p];
        }
    }
    EACH(p)
    {
        to[p] = one[p];
        to[PARTS + p] = two[p];
        to[2 * PARTS + p] = three[p];
        to[3 * PARTS + p] = four[p];
    }
}

VECTOR void leave_out_sums(const double *row, gsize rows, double sum[L * L])
{
    some_sums(row, rows, 0, sum);
    some_sums(row, rows, 4, sum);
    some_sums(row, rows, 8, sum);
    some_sums(row, rows, 12, sum);
}

/* What both loops over rows share. */
typedef struct {
    gsize columns;
    const double *vector, *inverse, *weight;
    double share;
    Wide total[PARTS];
} Walk;

/* Some rows at once, so that one waits while the other works. */
INLINE void some_errors(Walk *walk, double *row, const gsize some)
{
    Wide side[2][PARTS] = {{{0}}}, room[2][PARTS], miss[2][PARTS];
    const Wide low = (Wide){0} + 1e-3;
    double turned[2][L];
    for (gsize j = 0; j < walk->columns; j++)
        ROWS(r, some)
            EACH(p)
                side[r][p] += row[r * L + j] * *(const Wide *)(walk->vector + j * L + p * WIDE);
    memcpy(turned, side, sizeof turned);
    ROWS(r, some)
        EACH(p)
        {
            room[r][p] = (Wide){0} + walk->share;
            miss[r][p] = (Wide){0} + row[r * L + walk->columns];
        }
    for (gsize k = 0; k < walk->columns; k++)
        ROWS(r, some)
            EACH(p)
            {
                room[r][p] -= turned[r][k] * turned[r][k] * *(const Wide *)(walk->inverse + k * L + p * WIDE);
                miss[r][p] -= turned[r][k] * *(const Wide *)(walk->weight + k * L + p * WIDE);
            }
    ROWS(r, some)
        EACH(p)
        {
            Bits small = (Bits)(room[r][p] < low);
            room[r][p] = (Wide)((small & (Bits)low) | (~small & (Bits)room[r][p]));
            miss[r][p] /= room[r][p];
            walk->total[p] += miss[r][p] * miss[r][p];
            *(Wide *)(row + r * L + p * WIDE) = miss[r][p];
        }
}

VECTOR void leave_out_errors(double *row, gsize rows, gsize columns, const double *vector, const double *inverse, const double *weight,
                             double squares[L])
{
    Walk walk = {.columns = columns, .vector = vector, .inverse = inverse, .weight = weight, .share = 1 - 1 / (double)rows};
    gsize r = 0;
    for (; r + 2 <= rows; r += 2)
        some_errors(&walk, row + r * L, 2);
    if (r < rows)
        some_errors(&walk, row + r * L, 1);
    memcpy(squares, walk.total, sizeof walk.total);
}
