/* score.h -- how good a forecast was, once the truth is known.
 *
 * A hospital asks three things of a forecast: how far off is it (in patients,
 * and against a forecast anybody could make), does it lean to one side, and
 * does the range it names hold as often as it says.  A Score answers all
 * three from the steps whose truth is known.
 *
 * Units    mae, next, whole, bias, pinball, wis, interval80 in the series' own unit; wape and
 *          wql are shares of the total that came; mase counts errors of the
 *          seasonal naive forecast; coverages are shares, 0..1.
 * Missing  a step whose truth or forecast is MISSING is left out; a figure that
 *          no step or series can give is MISSING.
 * Source   T. Gneiting, A. E. Raftery (2007), J. Am. Stat. Assoc. 102(477): pinball loss
 *          and interval score; J. Bracher et al. (2021), PLoS Comput. Biol. 17(2): WIS;
 *          R. J. Hyndman, A. B. Koehler (2006), Int. J. Forecast. 22(4): MASE;
 *          B. Efron (1979), Ann. Stat. 7(1): the bootstrap.
 * Threads  pure functions.
 */
#pragma once
#include "forecast/model/outlook.h"

/* level (y - q) when the truth y is above the quantile q, else (1 - level) (q - y). */
double score_pinball(double level, double quantile, double actual);

/* Width of the central interval [lower, upper] of coverage 1 - alpha, plus
 * 2 / alpha times how far the truth lies outside. */
double score_interval(double alpha, double lower, double upper, double actual);

/* Weighted interval score of the 13 quantiles: the mean of twice their pinball
 * losses, which is the interval form with six central intervals and the median. */
double score_wis(const double quantile[OUTLOOK_LEVELS], double actual);

/* The scale of MASE: mean |y[t] - y[t - season]| over pairs of known values
 * among value[0 .. length-1]; MISSING when there is no pair. */
double score_seasonal_error(const double *value, gsize length, gsize season);

typedef struct {
    gsize rows;                    /* steps with a known truth and a forecast */
    double total;                  /* sum of |truth| */
    double absolute, signed_error; /* sums of |y - median| and median - y */
    double pinball;                /* sum of the mean pinball loss over the 13 levels */
    double deciles;                /* sum over the 9 levels .1 .. .9 of twice the pinball loss */
    double interval80;             /* sum of interval scores of [q.1, q.9] */
    gsize inside50, inside80, inside95; /* truths inside [q.25, q.75], [q.1, q.9] and [q.025, q.975] */
    gsize nexts, wholes;           /* origins whose next step, whose every step is known */
    double next, whole;            /* sums of |y - forecast| of the next step, and of all steps together */
} ScoreSum;

/* Start from {0}.  Adds one step; nothing when truth or forecast is MISSING. */
void score_add(ScoreSum *sum, const double quantile[OUTLOOK_LEVELS], double actual);

/* Adds one origin: its next step, and the sum of all its steps.  The point forecast
 * of a step is its median.  That of a sum is the sum of the means: means add up
 * however the steps hang together, medians of skewed counts do not, and a sum of
 * many steps is hardly skewed.  Nothing where a truth or forecast is MISSING. */
void score_add_origin(ScoreSum *sum, double next_median, double next_actual, double whole_mean, double whole_actual);

/* Adds the sums of `other` to `sum`. */
void score_join(ScoreSum *sum, const ScoreSum *other);

typedef struct {
    gsize rows;
    double mae, wape, bias, pinball, wql, wis, coverage50, coverage80, coverage95, interval80;
    double next, whole; /* mean absolute errors of the next step, and of all steps of an origin together */
    double mase; /* of one series: mae / scale; of many: plain mean over those with a scale above 0 */
} Score;

/* The figures of one series whose seasonal error is `scale` (MISSING: no mase). */
Score score_of(const ScoreSum *sum, double scale);

/* The figures of many series together: sum[n], scale[n]. */
Score score_of_many(const ScoreSum *sum, const double *scale, gsize n);

typedef struct {
    gsize pairs;            /* differences that are known */
    double mean, low, high; /* and the bootstrap 95 % interval of the mean */
} ScoreDifference;

/* Mean of the paired differences that are not MISSING and its percentile
 * bootstrap interval from `draws` resamples; the same seed gives the same
 * interval.  With fewer than two pairs low and high are MISSING. */
ScoreDifference score_difference(const double *difference, gsize n, gsize draws, guint64 seed);
