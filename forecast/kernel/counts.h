/* counts.h -- the sums that learning from counts takes, over many values at once, in double.
 *
 * A value is expected to come at mean[k] = rate[k] exp(level[k] + sum_j weight[j] lean[j][k]):
 * what is usual, times how busy it has been by several memories.
 *
 * Shapes   n is a multiple of COUNTS_LANES; lean[COUNTS_WEIGHTS][n].  Where live[k] is 0, not 1, no
 *          value stands: value, rate, level and lean are 0 there, and no sum sees it.
 * Source   the reduction of exp is that of W. J. Cody, W. Waite (1980), Software Manual for the
 *          Elementary Functions, chapter 6.
 */
#pragma once
#include <glib.h>

enum { COUNTS_LANES = 8, COUNTS_WEIGHTS = 4 };
#define COUNTS_PADDED(n) (((n) + COUNTS_LANES - 1) / COUNTS_LANES * COUNTS_LANES)

/* y = exp(x), relative error below 5e-16; x beyond +-700 counts as +-700, a NaN stays
 * one.  Any n; x and y may be the same. */
void counts_exp(const double *x, gsize n, double *y);

typedef struct {
    gsize n;
    const double *live, *value, *rate, *level, *lean;
} Counts;

/* mean, at least `least` and at most `most`. */
void counts_mean(const Counts *counts, const double weight[COUNTS_WEIGHTS], double least, double most, double *mean);

/* Sums over what is live of 1, m, s, m^2 and m s, with m = mean and s = miss^2 / m, where
 * |miss| is at most far sqrt(linear m + square m^2) + slack (slack infinite: any). */
void counts_moments(const Counts *counts, const double *mean, double linear, double square, double far, double slack, double sum[5]);

/* miss = (value - mean) / sqrt(mean + 1e-12) where live, 0 elsewhere. */
void counts_misses(const Counts *counts, const double *mean, double *miss);

/* Gauss and Newton's sums of x = lean, with the weight share mean / (linear mean + square mean^2) on
 * each: a[j][k] = sum of x[j] mean x[k] for j <= k, b[j] = sum of x[j] (value - mean).  A mean whose variance is 0 is passed over. */
void counts_lean(const Counts *counts, const double *mean, double linear, double square, double share,
                 double a[COUNTS_WEIGHTS * COUNTS_WEIGHTS], double b[COUNTS_WEIGHTS]);
