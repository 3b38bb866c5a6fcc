/* mend.h -- take out what cannot be, and say so.
 *
 * A typing error or a broken export shows as a value that no season explains:
 * 4,000 patients in a ward of 30.  Mending replaces such a value by MISSING and
 * marks it, so that no forecaster learns from it and the morning brief can
 * count it.  It is slow to call a value absurd: a forecast that ignores a real
 * surge is worse than one that has seen a typing error.
 *
 * Missing  a step that is not known stays MISSING.
 * Source   robust z: B. Iglewicz, D. C. Hoaglin (1993), How to Detect and Handle Outliers.
 * Threads  mending needs the Series to itself; counting only reads it.
 */
#pragma once
#include "forecast/series/calendar.h"
#include "forecast/series/series.h"

/* Replace absurd values by MISSING and mark them MEND_ABSURD; gives how many.
 * Absurd is what is not finite; what is negative where fewer than one value in
 * twenty is; and what none of the two steps and the two seasons before and after
 * explains: from each of them it is at least 10 times larger (in a level also:
 * 10 times smaller), and more than 12 robust standard deviations away.  A flow
 * that drops is never absurd: wards close, and on holidays nobody is planned.
 * `season` is in steps; 0 looks at neighbouring steps only. */
gsize mend_absurd(Series *series, gsize season);

/* Hourly series: mark the skipped hour of spring, which becomes MISSING, and
 * the doubled one of autumn MEND_CLOCK; gives how many steps.  Other grains: 0. */
gsize mend_clock(Series *series, const Calendar *calendar);

/* How many steps of each kind; a step that is MISSING for no other reason
 * counts as MEND_GAP. */
void mend_count(const Series *series, gsize count[MENDS]);
