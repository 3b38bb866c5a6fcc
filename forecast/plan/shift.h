/* shift.h -- the hospital's shifts as spans of the hours ahead.
 *
 * Shifts are given on the wall clock ("night 19:00 to 07:00"); a night in which
 * the clock is put forward has 11 hours, one in which it is put back 13.
 *
 * Threads  pure.
 */
#pragma once
#include "forecast/plan/plan.h"
#include "forecast/series/calendar.h"

/* The shifts that are not over at as_of and end within the hours ahead, in
 * order of their beginning; a shift already begun keeps the hours that are
 * left.  hour_at[hours] are the instants at which the hours begin, the first at
 * or before as_of.  Names are borrowed from the settings.  The caller owns the
 * array (PlanShiftWindow); end with g_array_unref(). */
GArray *shift_windows(const PlanSettings *settings, const Calendar *calendar, Instant as_of, const Instant *hour_at, gsize hours);
