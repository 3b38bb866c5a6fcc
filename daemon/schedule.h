/* schedule.h -- when cycles are due, on the hospital's own clock.
 *
 * A schedule is a list of local times such as "06:00".  Each names one slot per
 * civil day: a time that the clock skips in spring falls at the jump, a time
 * that comes twice in autumn is taken once, the first time.
 *
 * Threads  pure.
 */
#pragma once
#include "forecast/series/calendar.h"

/* The minute of the day of "HH:MM" (0..1439), or -1. */
int schedule_minute(const char *time);

/* The newest slot at or before `at`; the first one after it.  The list is
 * NULL-terminated, holds valid times (asserted) and is not empty. */
Instant schedule_latest(const Calendar *calendar, const char *const *time, Instant at);
Instant schedule_next(const Calendar *calendar, const char *const *time, Instant after);
