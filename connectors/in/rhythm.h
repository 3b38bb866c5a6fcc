/* rhythm.h -- which step a file of times keeps.
 *
 * A Rhythm is shown the times of each series in ascending order and says
 * whether they step by the hour, the day, the week or the month.  Steps may be
 * left out as long as the rest still shows the step.
 *
 * Units    seconds since 1970-01-01 00:00 on the hospital's clock and in UTC
 *          (the same where the file knows no zones): days of 23 and 25 hours
 *          keep the step of a day on either of the two.
 * Threads  plain data, one owner.
 */
#pragma once
#include "forecast/series/grain.h"

typedef struct {
    gint64 wall_step, utc_step; /* greatest common divisors of the differences, 0 = none seen */
    gint64 least;               /* smallest difference on the wall, days */
    gint64 month_step;          /* greatest common divisor in months */
    int monthday;               /* shared by all times: 1..31; 0 = none yet, -1 = differs */
    gboolean not_month_end;     /* a time is not on the last day of its month */
    gboolean timed;             /* a time is not midnight */
} Rhythm;

void rhythm_init(Rhythm *rhythm);

/* Show a time; `wall_before` and `utc_before` are of the same series, or
 * G_MININT64 for its first. */
void rhythm_see(Rhythm *rhythm, gint64 wall, gint64 utc, gint64 wall_before, gint64 utc_before);

/* The grain, and for months the day of the month that times fall on (0-based,
 * 30 = the last), else 0.  NULL, or the step seen in words ("15 minutes"),
 * which the caller frees, when it is none of the four. */
char *rhythm_grain(const Rhythm *rhythm, Grain *grain, int *label_day) G_GNUC_WARN_UNUSED_RESULT;
