#include "forecast/model/unusual.h"

enum { WEEK_DAYS = 7, LATELY_DAYS = 14, WEEKS_LOOKED_AT = 16 };

/* No holiday on this day, beside it or across the weekend. */
static gboolean is_ordinary(const Calendar *calendar, Grain grain, gint64 step)
{
    CalendarDay day;
    calendar_day(calendar, grain, step, &day);
    return day.holiday + day.before + day.after + day.bridge <= 0;
}

static double sum_of(const double part[ANCHOR_PARTS])
{
    double sum = 0;
    for (int k = 0; k < ANCHOR_PARTS; k++)
        sum += part[k];
    return sum;
}

/* The forecaster of the anchor that says most nearly what is forecast: its reasons are the nearest, too. */
static gsize nearest_voice(const Anchor *anchor, gsize origin, gsize h, double z)
{
    double part[ANCHOR_PARTS], least = (double)INFINITY;
    gsize nearest = 0;
    for (gsize voice = 0; voice < anchor_voices(anchor); voice++) {
        anchor_voice_parts(anchor, voice, origin, h, part);
        double away = fabs(sum_of(part) - z);
        if (away < least) {
            least = away;
            nearest = voice;
        }
    }
    return nearest;
}

/* What came in the weeks compared with, how widely, and what the parts then were: means. */
typedef struct {
    gsize weeks;
    double z, y, square, part[ANCHOR_PARTS];
} Past;

static Past look_back(const Anchor *anchor, gsize voice, const Series *series, const Calendar *calendar, gsize origin, gsize h, gsize day)
{
    Past past = {0};
    double part[ANCHOR_PARTS];
    for (gsize week = 1; week <= WEEKS_LOOKED_AT && past.weeks < UNUSUAL_WEEKS; week++) {
        gsize back = week * WEEK_DAYS * day, target = origin + h;
        if (back > origin || target - back >= origin || isnan(series->value[target - back]) ||
            !is_ordinary(calendar, series->grain, series->start + (gint64)(target - back)))
            continue;
        double y = series->value[target - back];
        anchor_voice_parts(anchor, voice, origin - back, h, part);
        past.z += anchor_transform(anchor, y);
        past.y += y;
        past.square += y * y;
        for (int k = 0; k < ANCHOR_PARTS; k++)
            past.part[k] += part[k];
        past.weeks++;
    }
    for (int k = 0; k < ANCHOR_PARTS; k++)
        past.part[k] /= (double)MAX(past.weeks, 1);
    past.z /= (double)MAX(past.weeks, 1);
    return past;
}

/* The level that speaks of a step h ahead, mean of the last two weeks at this time of the day. */
static double level_lately(const Anchor *anchor, gsize voice, gsize origin, gsize h, gsize day)
{
    double sum = 0, part[ANCHOR_PARTS];
    gsize days = 0;
    for (; days < LATELY_DAYS && days * day <= origin; days++) {
        anchor_voice_parts(anchor, voice, origin - days * day, h, part);
        sum += part[ANCHOR_LEVEL];
    }
    return sum / (double)days;
}

/* Patients per step of g-space, between the two; at one where they are the same. */
static double slope_between(const Anchor *anchor, double z, double y, double other_z, double other_y)
{
    double step = z - other_z;
    return fabs(step) > 1e-9 ? (y - other_y) / step : anchor_slope(anchor, z);
}

static void split(const double now[ANCHOR_PARTS], const Past *past, double lately, double cause[UNUSUAL_CAUSES])
{
    cause[UNUSUAL_LATELY] = lately - past->part[ANCHOR_LEVEL];
    cause[UNUSUAL_TODAY] = now[ANCHOR_LEVEL] - lately + now[ANCHOR_TREND] - past->part[ANCHOR_TREND];
    cause[UNUSUAL_HOLIDAYS] = now[ANCHOR_HOLIDAYS] - past->part[ANCHOR_HOLIDAYS];
    for (AnchorPart k = ANCHOR_SEASON; k <= ANCHOR_CALENDAR; k++)
        cause[UNUSUAL_PATTERN] += now[k] - past->part[k];
}

gboolean unusual_find(const Anchor *anchor, const Series *series, const Calendar *calendar, gsize origin, gsize h, double expected, Unusual *unusual)
{
    g_assert(series->grain == GRAIN_HOUR || series->grain == GRAIN_DAY);
    double now[ANCHOR_PARTS], *cause = unusual->cause, z = anchor_transform(anchor, expected), told = 0;
    gsize day = series->grain == GRAIN_HOUR ? 24 : 1, voice = nearest_voice(anchor, origin, h, z);
    Past past = look_back(anchor, voice, series, calendar, origin, h, day);
    *unusual = (Unusual){.weeks = past.weeks};
    if (past.weeks < UNUSUAL_FEWEST)
        return FALSE;
    double n = (double)past.weeks;
    unusual->usual = anchor_undo(anchor, past.z);
    unusual->spread = sqrt(MAX(past.square - past.y * past.y / n, 0) / (n - 1));
    unusual->difference = expected - unusual->usual;
    anchor_voice_parts(anchor, voice, origin, h, now);
    split(now, &past, level_lately(anchor, voice, origin, h, day), cause);
    double slope = slope_between(anchor, z, expected, past.z, unusual->usual);
    for (UnusualCause k = 0; k < UNUSUAL_REST; k++) {
        cause[k] *= slope;
        told += cause[k];
    }
    cause[UNUSUAL_REST] = unusual->difference - told;
    unusual->trusted = fabs(cause[UNUSUAL_REST]) <= UNUSUAL_MOST_REST * fabs(unusual->difference);
    return TRUE;
}
