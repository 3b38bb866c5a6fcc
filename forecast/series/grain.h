/* grain.h -- the step of a series, and the civil steps it counts.
 *
 * Inside forecast/ time is civil: a step is a whole number counted on the wall
 * clock of the hospital, so that every day has 24 hourly steps.  The hour that
 * does not exist in spring is a missing step; the hour that happens twice in
 * autumn is one step (calendar.h maps steps to instants and back).
 *
 * Units    GRAIN_HOUR   hours since 1970-01-01 00:00, civil
 *          GRAIN_DAY    days since 1970-01-01
 *          GRAIN_WEEK   weeks; week 0 holds 1970-01-01 and runs Monday 1969-12-29 .. Sunday 1970-01-04
 *          GRAIN_MONTH  months since 1970-01
 * Threads  pure functions.
 */
#pragma once
#include <glib.h>

typedef enum { GRAIN_HOUR, GRAIN_DAY, GRAIN_WEEK, GRAIN_MONTH, GRAINS } Grain;

/* "hour", "day", "week", "month". */
const char *grain_name(Grain grain);

/* The grain with this name; FALSE when there is none. */
gboolean grain_from_name(const char *name, Grain *grain) G_GNUC_WARN_UNUSED_RESULT;

/* Days since 1970-01-01 (proleptic Gregorian) of a civil date, and back. */
gint64 grain_day_of_date(int year, int month, int day);
void grain_date_of_day(gint64 day, int *year, int *month, int *monthday);

/* Weekday of a day number: 0 = Monday .. 6 = Sunday. */
int grain_weekday(gint64 day);

/* The civil hour (hours since 1970-01-01 00:00) at which a step begins. */
gint64 grain_first_hour(Grain grain, gint64 step);

/* The step that holds this civil hour. */
gint64 grain_step_of_hour(Grain grain, gint64 civil_hour);

/* Steps in one season of the grain by default: 24, 7, 52, 12. */
gsize grain_season(Grain grain);
