/* negbin.h -- the range of a count whose mean and variance are known.
 *
 * Arrivals vary at least as much as a Poisson count, and more when the rate
 * itself is uncertain: the negative binomial of the same mean and variance says
 * how far.  Counts that vary less, values that are no counts, and counts in the
 * hundreds are given a gamma of the same mean and variance.
 *
 * The chance of each whole number above 0 is spread evenly over half a patient
 * to both sides: a range between two whole numbers, both included, holds more
 * often than it says, one between the quantiles so spread as often on average.
 * That nobody comes is spread over nothing: where most hours are empty most
 * quantiles are 0.
 *
 * Units    the series' own.
 * Source   A. C. Cameron, P. K. Trivedi (2013), Regression Analysis of Count Data, 3.3; E. B. Wilson,
 *          M. M. Hilferty (1931), PNAS 17(12), for gamma quantiles.
 * Threads  pure.
 */
#pragma once
#include "forecast/model/outlook.h"

/* quantile[OUTLOOK_LEVELS] of a value with this mean (>= 0) and variance (>= 0),
 * rising and never below 0; `counts`: of a whole number. */
void negbin_quantiles(double mean, double variance, gboolean counts, double quantile[OUTLOOK_LEVELS]);

/* The same at rising levels of the caller's own, each in (0, 1). */
void negbin_at(double mean, double variance, gboolean counts, const double *level, gsize levels, double *quantile);
