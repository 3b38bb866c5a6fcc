/* calendar.h -- what kind of day it is, and which instants a civil step covers.
 *
 * A Calendar knows one IANA zone and the holidays of one country.  It maps
 * civil steps (grain.h) to instants and back, and says of each step what a
 * forecaster may know ahead: hour, weekday, place in the year, holidays,
 * working days.
 *
 * A civil hour is what the clock shows, so it need not last an hour.  In most
 * zones the spring hour is skipped and the autumn hour lasts two.  On Lord Howe
 * Island the clock moves by 30 minutes: no hour is skipped or repeated, but one
 * of spring lasts half an hour (it begins at the jump, when the clock shows
 * 02:30) and one of autumn lasts an hour and a half (it begins once).
 *
 * Source   holidays come from a dated data file, one `YYYY-MM-DD,name` per line
 *          ('#' starts a comment); nothing is assumed beyond the file's last year.
 *          Zones come from the system's tz data base; their rules are known
 *          until 2037, and the last offset goes on after that.
 * Threads  a Calendar never changes; readers may share it.
 */
#pragma once
#include "forecast/series/observation.h"

typedef struct Calendar Calendar;

typedef struct {
    int hour;             /* 0..23; 0 for coarser grains */
    int weekday;          /* 0 = Monday .. 6 = Sunday, of the step's first day */
    int month;            /* 1..12, of the step's first day */
    double year_phase;    /* 0..1, place of the step's middle in its year */
    double holiday;       /* share of the step's days that are holidays, 0..1 */
    double before, after; /* the same for the day before, the day after a holiday (a holiday itself is neither) */
    double bridge;        /* share of days that are a working Monday before, or a working Friday after, a holiday */
    double working_days;  /* Mondays to Fridays that are no holiday, in the step (0 or 1 for days and hours) */
    double days;          /* days in the step: 1, 7, 28..31 */
} CalendarDay;

/* A Calendar of `zone` (IANA name) and the holidays in the file `holidays`
 * (NULL: none).  The caller owns it.  SERIES_ERROR_ZONE: no such zone, the
 * message names the nearest known one; SERIES_ERROR_FILE: file, line, value. */
Calendar *calendar_new(const char *zone, const char *holidays, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void calendar_free(Calendar *calendar);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Calendar, calendar_free)

const char *calendar_zone(const Calendar *calendar);

/* The path of the holiday file of a country (ISO 3166 alpha-2), in
 * $WARDCAST_DATADIR or the installed data folder; NULL with SERIES_ERROR_FILE
 * naming the countries there are. */
char *calendar_holiday_file(const char *country, GError **error) G_GNUC_WARN_UNUSED_RESULT;

void calendar_day(const Calendar *calendar, Grain grain, gint64 step, CalendarDay *day);

/* Is this day number (grain.h) a holiday?  Its name, or NULL. */
const char *calendar_holiday(const Calendar *calendar, gint64 day);

/* What the zone's clock shows at an instant, in seconds since 1970-01-01 00:00
 * civil, and the civil hour that holds it. */
gint64 calendar_civil_second(const Calendar *calendar, Instant at);
gint64 calendar_civil_hour(const Calendar *calendar, Instant at);

/* The instants at which a civil hour begins, that is at which the clock shows
 * it full, or jumps forward into it: 0 (skipped in spring), 1 or 2 (repeated in
 * autumn, earlier first). */
int calendar_instants(const Calendar *calendar, gint64 civil_hour, Instant at[2]);

/* The instant at which a step of any grain begins; a skipped hour gives the
 * instant of the jump, a repeated one its first occurrence. */
Instant calendar_instant(const Calendar *calendar, Grain grain, gint64 step);

/* The step that holds an instant. */
gint64 calendar_step(const Calendar *calendar, Grain grain, Instant at);

#define SERIES_ERROR (series_error_quark())
GQuark series_error_quark(void);
typedef enum { SERIES_ERROR_ZONE, SERIES_ERROR_FILE, SERIES_ERROR_DATA } SeriesError;
