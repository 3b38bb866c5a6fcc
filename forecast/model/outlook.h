/* outlook.h -- a forecast: what one series is expected to do, and how surely.
 *
 * An Outlook holds, for each step ahead, the mean and 13 quantiles.  Quantiles
 * never cross (outlook_tidy) and counts are never negative.  Levels other than
 * the 13 are read by interpolation on the normal scale.
 *
 * Shapes   mean[horizon], quantile[horizon][OUTLOOK_LEVELS] row-major; row 0 is the step `origin`.
 * Units    the series' own.
 * Missing  none: a member that cannot forecast fails instead.
 * Threads  plain data.
 */
#pragma once
#include "forecast/series/series.h"

enum { OUTLOOK_LEVELS = 13, OUTLOOK_MEDIAN = 6 };
/* .025 .05 .1 .2 .3 .4 .5 .6 .7 .8 .9 .95 .975 */
extern const double outlook_level[OUTLOOK_LEVELS];
/* Their standard normal quantiles. */
extern const double outlook_probit[OUTLOOK_LEVELS];

typedef struct {
    const char *member;  /* name of the member that made it; static */
    gint64 origin;       /* step number of the first forecast step */
    gsize horizon;
    double *mean;
    double *quantile;
} Outlook;

/* An Outlook of zeros.  The caller owns it. */
Outlook *outlook_new(const char *member, gint64 origin, gsize horizon);
void outlook_free(Outlook *outlook);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Outlook, outlook_free)
Outlook *outlook_copy(const Outlook *outlook);

/* Put the quantiles of each step in order (sorting never raises the pinball
 * loss) and, for counts, lift everything to at least 0. */
void outlook_tidy(Outlook *outlook, gboolean counts);

/* The quantile at any level in (0, 1) of step h, by linear interpolation of
 * the quantiles over the normal score; beyond the outer levels the last
 * segment goes on.  Not below 0 when `counts`. */
double outlook_at(const Outlook *outlook, gsize h, double level, gboolean counts);

/* A quantile of a count as it is handed over: nine tenths of the way to the
 * nearest whole number.  A quantile of a count is a whole number, and pinball
 * loss rewards it; but a range between whole numbers, both included, holds more
 * often than it says.  What is left of the distance keeps each number on the
 * side of the range where it was: coverage stays what it was, the loss is nearly
 * the least.  Nobody is nobody: what lies nearest to 0 is 0, for no fewer can come, and a
 * range that began a hair above would never hold an empty day.  Only at the
 * very end: levels between the 13 are read before. */
double outlook_settle(double quantile);

/* P(Y <= y) at step h: the inverse of outlook_at, in [0.0005, 0.9995]. */
double outlook_probability(const Outlook *outlook, gsize h, double y);
