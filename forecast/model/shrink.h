/* shrink.h -- least squares that holds back: ridge regression on arrays.
 *
 * Every effect is pulled towards none, all by the same penalty; the penalty is
 * the one under which each row, left out, is best predicted by the others.
 *
 * What depends on x alone is by far the most work: a ShrinkDesign holds it for
 * all y.  Rows that are alike are given once, as a pattern.
 *
 * Shapes   x[patterns][columns] row-major, which[rows], y[rows], beta[columns], left_out[rows].
 * Source   A. E. Hoerl, R. W. Kennard (1970), Technometrics 12(1); D. M. Allen (1974), Technometrics
 *          16(1): leave-one-out errors from one decomposition.
 * Threads  after it is made a ShrinkDesign is only read.
 */
#pragma once
#include "forecast/series/series.h"

typedef struct ShrinkDesign ShrinkDesign;

/* Row r of the regression is x[which[r]] (which NULL: row r is pattern r).  x is
 * copied.  At least three rows (asserted).  The caller owns it; each further
 * owner (ref) ends with free, too.  MODEL_ERROR_NUMERIC: values that are not finite. */
ShrinkDesign *shrink_design_new(const double *x, gsize patterns, gsize columns, const gsize *which, gsize rows, GError **error) G_GNUC_WARN_UNUSED_RESULT;
ShrinkDesign *shrink_design_ref(ShrinkDesign *design);
void shrink_design_free(ShrinkDesign *design);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ShrinkDesign, shrink_design_free)
gsize shrink_design_size(const ShrinkDesign *design); /* numbers it holds */

/* Fit y = intercept + x beta.  left_out: each row's error when it is predicted from
 * the others.  The intercept is not held back.  MODEL_ERROR_NUMERIC: values that are not finite. */
gboolean shrink_design_fit(const ShrinkDesign *design, const double *y, double *beta, double *intercept, double *left_out,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Both at once, for an x that is used once. */
gboolean shrink_fit(const double *x, const double *y, gsize rows, gsize columns, double *beta, double *intercept,
                    double *left_out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
