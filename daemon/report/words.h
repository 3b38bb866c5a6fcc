/* words.h -- numbers, times and chances as people read them.
 *
 * One way to say each thing, shared by the page and the plain text.
 *
 * Missing  an unknown number is a dash.
 * Threads  pure; every string is the caller's to free.
 */
#pragma once
#include "connectors/out/warehouse.h"
#include "forecast/series/calendar.h"

/* "Tue 24 Nov 2026, 08:00", "Tue 24 Nov 08:00", "Tue 08:00", "08:00" on the calendar's clock. */
char *words_full_time(const Calendar *calendar, Instant at);
char *words_time(const Calendar *calendar, Instant at);
char *words_day_time(const Calendar *calendar, Instant at);
char *words_clock(const Calendar *calendar, Instant at);

/* "<1 min", "25 min", "3 h", "2 days". */
char *words_age(Instant age);

/* "34 %"; the ends are "<1 %" and ">99 %". */
char *words_chance(double chance);

/* A plain number, and one with its sign. */
char *words_number(double number);
char *words_signed(double number);

/* "covid admissions" of "covid_admissions". */
char *words_measure(const char *measure);

/* "1 unit", "3 units". */
char *words_count(gsize count, const char *one, const char *many);

/* What a row explains, as a sentence of the brief: "34 patients for 31 beds, 2 more than ...". */
char *words_explanation(double patients, double beds, const char *explanation);

/* How likely trouble is: three lights, and one for "not known".  Told by a mark
 * and a word, never by colour alone. */
typedef enum { LIGHT_FITS, LIGHT_TIGHT, LIGHT_OVER, LIGHT_UNKNOWN } Light;
Light words_light(double over, double limit);
const char *words_light_name(Light light);  /* "fits", "tight", "over", "unknown" */
const char *words_light_mark(Light light);
const char *words_light_class(Light light); /* of the page's style */
