#include "connectors/in/rhythm.h"

enum { HOUR_S = 3600, DAY_S = 86400 };

static gint64 common(gint64 a, gint64 b)
{
    while (b != 0) {
        gint64 rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

static gint64 day_of(gint64 second)
{
    return second / DAY_S - (second % DAY_S < 0);
}

void rhythm_init(Rhythm *rhythm)
{
    *rhythm = (Rhythm){.least = G_MAXINT64};
}

void rhythm_see(Rhythm *rhythm, gint64 wall, gint64 utc, gint64 wall_before, gint64 utc_before)
{
    int year, month, monthday;
    gint64 day = day_of(wall);
    grain_date_of_day(day, &year, &month, &monthday);
    rhythm->timed |= wall != day * DAY_S;
    rhythm->not_month_end |= monthday != g_date_get_days_in_month((GDateMonth)month, (GDateYear)year);
    if (rhythm->monthday == 0)
        rhythm->monthday = monthday;
    else if (rhythm->monthday != monthday)
        rhythm->monthday = -1;
    if (wall_before == G_MININT64 || (wall == wall_before && utc == utc_before))
        return;
    gint64 before = day_of(wall_before);
    rhythm->wall_step = common(rhythm->wall_step, wall - wall_before);
    rhythm->utc_step = common(rhythm->utc_step, utc - utc_before);
    rhythm->least = MIN(rhythm->least, day - before);
    rhythm->month_step = common(rhythm->month_step, grain_step_of_hour(GRAIN_MONTH, 24 * day) - grain_step_of_hour(GRAIN_MONTH, 24 * before));
}

/* No month is shorter than 28 days, no day of the month above 28 is in all. */
static gboolean is_monthly(const Rhythm *rhythm)
{
    gboolean same_day = rhythm->monthday > 0 && rhythm->monthday <= 28;
    return rhythm->least != G_MAXINT64 && rhythm->least >= 28 && (same_day || !rhythm->not_month_end);
}

static char *in_words(gint64 second)
{
    static const struct {
        gint64 second;
        const char *name;
    } unit[] = {{7 * DAY_S, "week"}, {DAY_S, "day"}, {HOUR_S, "hour"}, {60, "minute"}, {1, "second"}};
    gsize k = 0;
    while (second % unit[k].second != 0)
        k++;
    gint64 count = second / unit[k].second;
    return g_strdup_printf("%" G_GINT64_FORMAT " %s%s", count, unit[k].name, count == 1 ? "" : "s");
}

char *rhythm_grain(const Rhythm *rhythm, Grain *grain, int *label_day)
{
    gint64 wall = rhythm->wall_step, utc = rhythm->utc_step;
    *label_day = 0;
    if (is_monthly(rhythm)) {
        *grain = GRAIN_MONTH;
        *label_day = rhythm->not_month_end ? rhythm->monthday - 1 : 30;
        return rhythm->month_step == 1 ? NULL : g_strdup_printf("%" G_GINT64_FORMAT " months", rhythm->month_step);
    }
    if (wall == 0 && utc == 0)
        *grain = rhythm->timed ? GRAIN_HOUR : GRAIN_DAY; /* one step per series: nothing better to go by */
    else if (wall == 7 * DAY_S || utc == 7 * DAY_S)
        *grain = GRAIN_WEEK;
    else if (wall == DAY_S || utc == DAY_S)
        *grain = GRAIN_DAY;
    else if (wall == HOUR_S || utc == HOUR_S)
        *grain = GRAIN_HOUR;
    else
        return in_words(wall);
    return NULL;
}
