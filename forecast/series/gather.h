/* gather.h -- make regular series out of scattered observations.
 *
 * The rows of a facility group arrive in any order, corrected and with holes.
 * A Gather sorts them into one Series per facility, unit, measure and grain on
 * the hospital's clock.  Of rows for the same step the newest recorded_at
 * counts (of equals, the one taken last).  The hour that happens twice in
 * autumn is one step with the average of both, rounded for counts; it and the
 * hour skipped in spring are marked MEND_CLOCK.
 *
 * Planned admissions (FEED_ELECTIVES) become the covariate "electives" of every
 * series of their unit: the plan of the step's day, or the sum over a week or a
 * month.  Between the first and the last day of the list a day that is not
 * named has none planned; outside it is MISSING.
 *
 * Threads  one owner.
 */
#pragma once
#include "forecast/series/calendar.h"
#include "forecast/series/series.h"

typedef struct Gather Gather;

/* The calendar must outlive the Gather.  The caller owns it. */
Gather *gather_new(const Calendar *calendar);
void gather_free(Gather *gather);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Gather, gather_free)

/* Take a row of FEED_OBSERVATIONS or FEED_ELECTIVES; others are left alone.
 * The row stays the caller's.  Rows must have passed observation_complaint(). */
void gather_take(Gather *gather, const Observation *row);

/* The Series (elements owned by the array, the array by the caller), sorted by
 * id and grain; id is "facility/unit/measure".  Each reaches to its own last
 * known step.  `until` (INSTANT_NONE: no limit) leaves out levels after it and
 * flows whose step is not over by then. */
GPtrArray *gather_series(Gather *gather, Instant until);

/* Does a measure of this name count events during a step?  Names that speak of
 * census, beds, patients, occupancy or shortage are levels. */
gboolean gather_is_flow(const char *measure);
