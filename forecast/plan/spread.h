/* spread.h -- how a count of patients scatters over the sample paths.
 *
 * A Spread is one number per sample path, in ascending order: the census of a
 * unit at one hour, or its highest census over the hours of a shift.  The
 * highest is taken along each path before anything is counted, because the
 * quantile of a maximum is not the maximum of quantiles.
 *
 * Units    whole patients: paths drawn from a smooth distribution are rounded to
 *          the nearest, so that 25.1 of them do not ask for a sixth nurse.
 * Missing  none: paths are checked first (spread_complaint).
 * Threads  plain data.
 */
#pragma once
#include "forecast/plan/plan.h"

typedef struct {
    gsize paths;
    float *value; /* [paths], ascending */
} Spread;

/* What is wrong with a unit's paths: NULL when every value is a possible count,
 * else a sentence the caller frees. */
char *spread_complaint(const PlanUnit *unit, gsize paths, gsize hours);

/* The highest census over the hours first..last (inclusive) of each path.  The
 * caller owns the Spread. */
Spread *spread_new(const PlanUnit *unit, gsize paths, gsize hours, gsize first, gsize last);
void spread_free(Spread *spread);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Spread, spread_free)

/* The smallest value that at least `level` of the paths do not exceed. */
double spread_quantile(const Spread *spread, double level);

/* Paths with a value of at most `limit`. */
gsize spread_within(const Spread *spread, double limit);

/* Mean over all paths of what lies above `limit`. */
double spread_excess(const Spread *spread, double limit);
