/* prior_rate.h -- how many patients an invented hospital expects, hour by hour or day by day.
 *
 * The logarithm of an expected count is a sum of what hospitals know: a level
 * that drifts, the place in the year, the weekday, the hour, holidays and the
 * days around them, epidemic waves, short events such as a strike, lasting
 * steps, and weather that lingers for days.  Each part is there or not, strong
 * or weak, by chance.
 *
 * Shapes   eta[steps], the natural logarithm of the mean per step; steps are
 *          days, or hours that begin at midnight.
 * Threads  the generator of chance belongs to the caller; otherwise pure.
 */
#pragma once
#include "forecast/series/calendar.h"

#include <gsl/gsl_rng.h>

typedef struct {
    const Calendar *calendar;
    gboolean hours;   /* steps are hours, else days */
    gint64 first_day; /* day number (grain.h) of eta[0] */
    gsize steps;      /* whole days */
} PriorSpan;

/* A ward's or a department's rate around `mean` patients per day. */
void prior_rate_ward(gsl_rng *chance, const PriorSpan *span, double mean, double *eta);

/* Admissions with an infection that comes in waves, mostly in winter: they grow
 * and fall as powers, a hundredfold and more.  `peak` patients per day at the usual height. */
void prior_rate_epidemic(gsl_rng *chance, const PriorSpan *span, double peak, double *eta);

/* A rate that owes nothing to a calendar: a walk, waves of any length, steps. */
void prior_rate_plain(gsl_rng *chance, const PriorSpan *span, double mean, double *eta);

/* The parts alone, each added to eta: for the weekday w (0 = Monday) effect[w],
 * and an event that begins at step `from` and lasts. */
void prior_rate_add_week(const PriorSpan *span, const double effect[7], double *eta);
void prior_rate_add_step(const PriorSpan *span, gsize from, double size, double *eta);
