/* smoother.h -- sixteen exponential smoothers at once over one series.
 *
 * A smoother with additive errors forecasts each step from a level, a slope
 * and a pattern of m seasons, and moves them by shares of its error.  Given the
 * shares, all its errors are linear in the states it starts from, so the best
 * start need not be searched for: it is a regression, and its columns do not
 * depend on the values at all.  Sixteen sets of shares are worked side by side.
 *
 * Shapes   L = 16 lanes, innermost; D = 2 + m + extras columns: level, slope, m
 *          seasons, extras.  column[D][steps][L], errors[steps][L], square[D][D][L]
 *          (lower triangle), vector[D][L].  The first n steps are the past, the
 *          rest is ahead: there a column holds what one unit of the start adds to
 *          the forecast, and errors hold the forecast itself.
 * Missing  known[t] == 0: the states move as forecast, the step teaches nothing.
 * Source   R. J. Hyndman, A. B. Koehler, J. K. Ord, R. D. Snyder (2008), Forecasting with
 *          Exponential Smoothing, table 2.2 and chapter 12 (regression on the start).
 */
#pragma once
#include <glib.h>

enum { SMOOTHER_LANES = 16 };

typedef struct {
    double alpha[SMOOTHER_LANES], beta[SMOOTHER_LANES], phi[SMOOTHER_LANES], gamma[SMOOTHER_LANES];
} SmootherRates;

/* What the columns add.  extra[extras][steps]: effects that are no state; m may
 * be 0.  work: (m + 1) * L doubles. */
void smoother_columns(const SmootherRates *rates, gsize m, const double *extra, gsize extras, const guint8 *known,
                      gsize n, gsize steps, double *work, double *column);

/* square = column' column over the past, plus precision[D][L] on the diagonal. */
void smoother_gram(const double *column, const double *precision, gsize D, gsize n, gsize steps, double *square);

/* Cholesky factor in place of the lower triangle; logdet[L] of the square (NULL: not wanted). */
void smoother_factor(double *square, gsize D, double *logdet);

/* ahead[steps - n][L]: variance that not knowing the start adds to each forecast
 * (for errors of variance 1).  square is a factor.  work: D * L doubles. */
void smoother_doubt(const double *square, const double *column, gsize D, gsize n, gsize steps, double *work, double *ahead);

/* Errors over the past, forecasts ahead, of z[n] from a start of zeros.  work: (m + 1) * L doubles. */
void smoother_errors(const SmootherRates *rates, gsize m, const double *z, const guint8 *known, gsize n, gsize steps,
                     double *work, double *errors);

/* The start that the errors ask for: start[D][L], and squares[L], the sum of
 * squared errors left, with what the start's precision adds.  square is a factor. */
void smoother_start(const double *square, const double *column, const double *errors, gsize D, gsize n, gsize steps,
                    double *start, double *squares);

/* Add the start's part: errors of the past and forecasts ahead as they are from
 * `start`, of the steps first .. end-1. */
void smoother_apply(const double *column, const double *start, gsize D, gsize n, gsize steps, gsize first, gsize end, double *errors);

/* The same for a past without holes and no extras, where the column of one season
 * is that of the first, so many steps later: column[3][n][L] holds level, slope
 * and first season (m > 0), and D = 2 + m. */
void smoother_columns_whole(const SmootherRates *rates, gsize m, gsize n, double *work, double *column);
void smoother_gram_whole(const double *column, const double *precision, gsize m, gsize n, double *square);
void smoother_start_whole(const double *square, const double *column, const double *errors, gsize m, gsize n, double *start, double *squares);
