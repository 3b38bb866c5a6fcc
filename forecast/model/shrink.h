/* shrink.h -- least squares that holds back: ridge regression on arrays.
 *
 * Every effect is pulled towards none, all by the same penalty; the penalty is
 * the one under which each row, left out, is best predicted by the others.
 *
 * Shapes   x[rows][columns] row-major, y[rows], beta[columns], left_out[rows].
 * Source   A. E. Hoerl, R. W. Kennard (1970), Technometrics 12(1); D. M. Allen (1974), Technometrics
 *          16(1): leave-one-out errors from one decomposition.
 * Threads  pure.
 */
#pragma once
#include "forecast/series/series.h"

/* Fit y = intercept + x beta.  x is overwritten.  left_out: each row's error when
 * it is predicted from the others.  The intercept is not held back.  At least
 * three rows (asserted).  MODEL_ERROR_NUMERIC: values that are not finite. */
gboolean shrink_fit(double *x, const double *y, gsize rows, gsize columns, double *beta, double *intercept,
                    double *left_out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
