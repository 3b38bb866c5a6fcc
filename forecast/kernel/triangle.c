#include "forecast/kernel/triangle.h"

#include "forecast/kernel/real.h"

#include <string.h>

enum { L = TRIANGLE_LANES };
typedef double Wide __attribute__((vector_size(L * sizeof(double)), aligned(sizeof(double)), may_alias));

#define INLINE __attribute__((always_inline)) static inline
#ifdef __clang__
#define EACH(b, blocks) _Pragma("unroll") for (gsize b = 0; b < blocks; b++)
#else
#define EACH(b, blocks) _Pragma("GCC unroll 4") for (gsize b = 0; b < blocks; b++)
#endif

/* Sums over many rows stay in registers, four blocks of columns at a time: BLOCKS(f, ...)
 * calls f for all blocks from the one that holds `first` on, f(.., column, blocks) with a fixed number of blocks. */
#define BLOCKS(f, first, stride, ...) \
    for (gsize column_ = (first) / L * L, left_ = ((stride) - column_) / L; left_ > 0; column_ += 4 * L, left_ -= MIN(left_, 4)) \
        switch (left_) { \
        case 1: f(__VA_ARGS__, column_, 1); break; \
        case 2: f(__VA_ARGS__, column_, 2); break; \
        case 3: f(__VA_ARGS__, column_, 3); break; \
        default: f(__VA_ARGS__, column_, 4); \
        }

/* y += factor x, from the block that holds `first` on. */
INLINE void add(double *y, const double *x, double factor, gsize first, gsize stride)
{
    for (gsize k = first / L * L; k < stride; k += L)
        *(Wide *)(y + k) += factor * *(const Wide *)(x + k);
}

INLINE double dot(const double *x, const double *y, gsize first, gsize stride)
{
    Wide sum = {0};
    double total = 0;
    for (gsize k = first / L * L; k < stride; k += L)
        sum += *(const Wide *)(x + k) * *(const Wide *)(y + k);
    for (int k = 0; k < L; k++)
        total += sum[k];
    return total;
}

VECTOR double triangle_dot(const double *x, const double *y, gsize first, gsize stride)
{
    return dot(x, y, first, stride);
}

/* Row i of a -= sum over the cells that have an entry there of that entry times the cell. */
INLINE void subtract_blocks(double *to, const double *rows, gsize stride, gsize i, const guint16 *which, gsize count, gsize column, const gsize blocks)
{
    Wide sum[4];
    EACH(b, blocks) sum[b] = *(const Wide *)(to + column + b * L);
    for (gsize k = 0; k < count; k++) {
        const double *row = rows + which[k] * stride, factor = -row[i];
        EACH(b, blocks) sum[b] += factor * *(const Wide *)(row + column + b * L);
    }
    EACH(b, blocks) *(Wide *)(to + column + b * L) = sum[b];
}

VECTOR void triangle_subtract(double *a, gsize n, gsize stride, const double *rows, const guint16 *which, const gsize *start)
{
    for (gsize i = 0; i < n; i++)
        BLOCKS(subtract_blocks, i, stride, a + i * stride, rows, stride, i, which + start[i], start[i + 1] - start[i])
}

VECTOR void triangle_spread(double *a, gsize stride, const guint16 *place, const double *value, gsize places, double weight,
                            const double *beside, gsize first, gsize end)
{
    for (gsize j = 0; j < places; j++) {
        double *row = a + place[j] * stride, size = weight * value[j];
        for (gsize k = j; k < places; k++)
            row[place[k]] += size * value[k];
        add(row, beside, value[j], first, (end + L - 1) / L * L);
    }
}

INLINE void factor_blocks(double *a, gsize stride, gsize i, gsize column, const gsize blocks)
{
    Wide sum[4];
    double *to = a + i * stride + column;
    EACH(b, blocks) sum[b] = *(const Wide *)(to + b * L);
    for (gsize k = 0; k < i; k++) {
        const double *row = a + k * stride, factor = -row[i];
        EACH(b, blocks) sum[b] += factor * *(const Wide *)(row + column + b * L);
    }
    EACH(b, blocks) *(Wide *)(to + b * L) = sum[b];
}

/* Blocks begin before the diagonal: what they hold there is cleared, for the next rows who read whole blocks. */
VECTOR gboolean triangle_factor(double *a, gsize n, gsize stride)
{
    for (gsize i = 0; i < n; i++) {
        double *row = a + i * stride;
        BLOCKS(factor_blocks, i, stride, a, stride, i)
        if (!(row[i] > 0) || !isfinite(row[i]))
            return FALSE;
        double root = sqrt(row[i]), inverse = 1 / root;
        row[i] = root;
        for (gsize j = i + 1; j < n; j++)
            row[j] *= inverse;
        for (gsize j = i / L * L; j < i; j++)
            row[j] = 0;
    }
    return TRUE;
}

VECTOR void triangle_solve(const double *u, gsize n, gsize stride, double *x)
{
    for (gsize k = 0; k < n; k++) {
        double value = x[k] / u[k * stride + k];
        add(x, u + k * stride, -value, k, stride);
        x[k] = value;
    }
    for (gsize k = n; k-- > 0;) {
        double value = x[k];
        x[k] = 0;
        x[k] = (value - dot(u + k * stride, x, k, stride)) / u[k * stride + k];
    }
}

/* Four rows of the inverse at once: each block of them waits for all before it, but not for one another. */
INLINE void invert_rows(const double *u, gsize n, gsize stride, gsize j, double *inverse, const gsize rows)
{
    for (gsize r = 0; r < rows; r++)
        inverse[r * stride + j + r] = 1;
    for (gsize column = j / L * L; column < n; column += L) {
        Wide sum[4];
        EACH(r, rows) sum[r] = *(const Wide *)(inverse + r * stride + column);
        for (gsize k = j; k < column; k++) {
            Wide row = *(const Wide *)(u + k * stride + column);
            EACH(r, rows) sum[r] -= inverse[r * stride + k] * row;
        }
        EACH(r, rows) *(Wide *)(inverse + r * stride + column) = sum[r];
        for (gsize k = MAX(column, j); k < MIN(column + L, n); k++) {
            Wide row = *(const Wide *)(u + k * stride + column);
            double root = 1 / u[k * stride + k];
            EACH(r, rows)
            {
                Wide *to = (Wide *)(inverse + r * stride + column);
                double value = inverse[r * stride + k] * root;
                *to -= value * row;
                inverse[r * stride + k] = value;
            }
        }
    }
}

VECTOR void triangle_invert(const double *u, gsize n, gsize stride, double *inverse)
{
    gsize j = 0;
    memset(inverse, 0, n * stride * sizeof *inverse);
    for (; j + 4 <= n; j += 4)
        invert_rows(u, n, stride, j, inverse + j * stride, 4);
    for (; j < n; j++)
        invert_rows(u, n, stride, j, inverse + j * stride, 1);
}

INLINE void norm_blocks(double *total, const double *inverse, gsize stride, const double *row, const guint16 *place, gsize places, gsize column,
                        const gsize blocks)
{
    Wide sum[4] = {{0}}, squares = {0};
    for (gsize k = 0; k < places && place[k] < column + blocks * L; k++) {
        const double *from = inverse + place[k] * stride + column;
        EACH(b, blocks) sum[b] += row[place[k]] * *(const Wide *)(from + b * L);
    }
    EACH(b, blocks) squares += sum[b] * sum[b];
    for (int k = 0; k < L; k++)
        *total += squares[k];
}

VECTOR double triangle_norm(const double *inverse, gsize stride, const double *row, const guint16 *place, gsize places)
{
    double total = 0;
    BLOCKS(norm_blocks, 0, stride, &total, inverse, stride, row, place, places)
    return total;
}
