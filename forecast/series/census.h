/* census.h -- who is in which ward, from who came and who left.
 *
 * A Census folds stay events (enter, leave and their cancellations) into three
 * hourly Series per unit: census, the patients present when the hour begins;
 * admissions and discharges, who came and who left during it.  Events may be
 * taken in any order and more than once, and a cancellation may come before
 * what it cancels: the result is the same.
 *
 * An event is known by unit, stay, kind and effective_at; a cancellation names
 * the same stay and time as its target and is final.  A patient is present from
 * the instant of the enter until just before the instant of the leave.  When
 * both happen at one instant, who was absent comes and goes at once, and who
 * was present leaves and comes back.
 *
 * What cannot be is never hidden: a leave of somebody who was not there counts
 * as a discharge but leaves the census alone (it never falls below zero), an
 * enter of somebody already there changes nothing, and both are counted so that
 * the morning brief can name them.
 *
 * Missing  the hour skipped in spring is MISSING and marked MEND_CLOCK; of the
 *          doubled one the census is that of the first, admissions and
 *          discharges are averaged and rounded, marked MEND_CLOCK.
 * Threads  one owner.
 */
#pragma once
#include "forecast/series/calendar.h"
#include "forecast/series/series.h"

typedef struct Census Census;

/* What was odd about a unit's events. */
typedef struct {
    const char *facility, *unit; /* borrowed from the Census */
    gsize events;                /* different ones, cancellations aside */
    gsize cancelled;             /* of these, taken back */
    gsize cancels_alone;         /* cancellations whose target never came */
    gsize leaves_alone;          /* leaves of somebody who was not there */
    gsize enters_again;          /* enters of somebody already there */
} CensusUnit;

/* The calendar must outlive the Census.  The caller owns it. */
Census *census_new(const Calendar *calendar);
void census_free(Census *census);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Census, census_free)

/* Take a row of FEED_STAYS; others are left alone.  The row stays the caller's.
 * Rows must have passed observation_complaint(). */
void census_take(Census *census, const Observation *row);

/* Census, admissions and discharges of every unit as known at `until` (elements
 * owned by the array, the array by the caller), sorted by id
 * "facility/unit/measure".  Each begins with the hour of the unit's first event;
 * the census reaches to the hour that holds `until`, the flows to the one
 * before.  Events after `until` do not count, nor do units without any before. */
GPtrArray *census_series(Census *census, Instant until);

/* One CensusUnit per unit, sorted by facility and unit; g_array_unref it. */
GArray *census_units(Census *census);
