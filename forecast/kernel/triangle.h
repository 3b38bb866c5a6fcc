/* triangle.h -- Cholesky's factor of a small matrix, its inverse, and sums of outer products, in double.
 *
 * For matrices of some tens to hundreds of columns to which rows with few
 * entries are added: a library of large products spends more on calls than on these.
 *
 * Shapes   a[n][stride] row-major, stride = TRIANGLE_STRIDE(n), zeros from n on.  Of a symmetric matrix the upper
 *          triangle is given; what stands below is overwritten with anything.
 *          A row with few entries is row[stride], zeros but at place[places], ascending.
 */
#pragma once
#include <glib.h>

enum { TRIANGLE_LANES = 8 };
#define TRIANGLE_STRIDE(n) (((n) + TRIANGLE_LANES - 1) / TRIANGLE_LANES * TRIANGLE_LANES)

/* a -= rows' rows, of rows with few entries: those that have one in column i are which[start[i] .. start[i + 1] - 1]. */
void triangle_subtract(double *a, gsize n, gsize stride, const double *rows, const guint16 *which, const gsize *start);

/* a += weight row' row + row' beside, of a row value[places] at place[places], ascending, which lie before
 * beside[first .. end-1]; beside[stride] is 0 elsewhere. */
void triangle_spread(double *a, gsize stride, const guint16 *place, const double *value, gsize places, double weight,
                     const double *beside, gsize first, gsize end);

/* a = u' u, u in the place of a.  FALSE: not positive definite, or not finite. */
gboolean triangle_factor(double *a, gsize n, gsize stride);

/* x := a^-1 x for a factor u of a; x[stride], zeros from n on. */
void triangle_solve(const double *u, gsize n, gsize stride, double *x);

/* Row j of inverse[n][stride] := column j of the inverse of u': zeros before j. */
void triangle_invert(const double *u, gsize n, gsize stride, double *inverse);

/* From such an inverse, row a^-1 row'. */
double triangle_norm(const double *inverse, gsize stride, const double *row, const guint16 *place, gsize places);

/* Sum of x y over whole blocks of lanes from the one that holds `first` on. */
double triangle_dot(const double *x, const double *y, gsize first, gsize stride);
