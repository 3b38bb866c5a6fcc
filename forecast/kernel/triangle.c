#include "forecast/kernel/triangle.h"

#include "forecast/kernel/real.h"

#include <string.h>

enum { L = TRIANGLE_LANES };
typedef double Wide __attribute__((vector_size(L * sizeof(double)), aligned(sizeof(double)), may_alias));

#define INLINE __attribute__((always_inline)) static inline

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

VECTOR void triangle_subtract(double *a, gsize stride, const double *row, const guint16 *place, gsize places)
{
    for (gsize k = 0; k < places; k++)
        add(a + place[k] * stride, row, -row[place[k]], place[k], stride);
}

/* Blocks begin before the diagonal: what they hold there is cleared last, for the next ones who read whole blocks. */
VECTOR gboolean triangle_factor(double *a, gsize n, gsize stride)
{
    for (gsize k = 0; k < n; k++) {
        double *row = a + k * stride;
        if (!(row[k] > 0) || !isfinite(row[k]))
            return FALSE;
        double root = sqrt(row[k]), inverse = 1 / root;
        row[k] = root;
        for (gsize j = k + 1; j < n; j++)
            row[j] *= inverse;
        for (gsize i = k + 1; i < n; i++)
            add(a + i * stride, row, -row[i], i, stride);
        for (gsize j = k / L * L; j < k; j++)
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

VECTOR void triangle_invert(const double *u, gsize n, gsize stride, double *inverse)
{
    memset(inverse, 0, n * stride * sizeof *inverse);
    for (gsize j = 0; j < n; j++) {
        double *x = inverse + j * stride;
        x[j] = 1;
        for (gsize k = j; k < n; k++) {
            double value = x[k] / u[k * stride + k];
            add(x, u + k * stride, -value, k, stride);
            x[k] = value;
        }
    }
}

VECTOR double triangle_norm(const double *inverse, gsize stride, const double *row, const guint16 *place, gsize places, double *spare)
{
    memset(spare, 0, stride * sizeof *spare);
    for (gsize k = 0; k < places; k++)
        add(spare, inverse + place[k] * stride, row[place[k]], place[k], stride);
    return dot(spare, spare, 0, stride);
}
