#include "forecast/series/grain.h"

static const struct {
    const char *name;
    gsize season;
} grains[GRAINS] = {
    [GRAIN_HOUR] = {"hour", 24},
    [GRAIN_DAY] = {"day", 7},
    [GRAIN_WEEK] = {"week", 52},
    [GRAIN_MONTH] = {"month", 12},
};

/* GDate counts days from 0001-01-01 (= 1); 1970-01-01 is its day 719163. */
enum { UNIX_EPOCH_JULIAN = 719163, EPOCH_WEEKDAY = 3 };

static gint64 floor_div(gint64 a, gint64 b)
{
    return a / b - (a % b < 0);
}

const char *grain_name(Grain grain)
{
    g_assert(grain < GRAINS);
    return grains[grain].name;
}

gboolean grain_from_name(const char *name, Grain *grain)
{
    for (Grain g = 0; g < GRAINS; g++)
        if (g_str_equal(name, grains[g].name)) {
            *grain = g;
            return TRUE;
        }
    return FALSE;
}

gint64 grain_day_of_date(int year, int month, int day)
{
    GDate date;
    g_date_clear(&date, 1);
    g_date_set_dmy(&date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
    g_assert(g_date_valid(&date));
    return (gint64)g_date_get_julian(&date) - UNIX_EPOCH_JULIAN;
}

void grain_date_of_day(gint64 day, int *year, int *month, int *monthday)
{
    GDate date;
    g_date_clear(&date, 1);
    g_date_set_julian(&date, (guint32)(day + UNIX_EPOCH_JULIAN));
    *year = g_date_get_year(&date);
    *month = g_date_get_month(&date);
    *monthday = g_date_get_day(&date);
}

int grain_weekday(gint64 day)
{
    return (int)(day + EPOCH_WEEKDAY - 7 * floor_div(day + EPOCH_WEEKDAY, 7));
}

gint64 grain_first_hour(Grain grain, gint64 step)
{
    switch (grain) {
    case GRAIN_HOUR:
        return step;
    case GRAIN_DAY:
        return 24 * step;
    case GRAIN_WEEK:
        return 24 * (7 * step - EPOCH_WEEKDAY);
    case GRAIN_MONTH: {
        gint64 year = floor_div(step, 12);
        return 24 * grain_day_of_date(1970 + (int)year, 1 + (int)(step - 12 * year), 1);
    }
    case GRAINS:
        break;
    }
    g_assert_not_reached();
}

gint64 grain_step_of_hour(Grain grain, gint64 civil_hour)
{
    gint64 day = floor_div(civil_hour, 24);
    switch (grain) {
    case GRAIN_HOUR:
        return civil_hour;
    case GRAIN_DAY:
        return day;
    case GRAIN_WEEK:
        return floor_div(day + EPOCH_WEEKDAY, 7);
    case GRAIN_MONTH: {
        int year, month, monthday;
        grain_date_of_day(day, &year, &month, &monthday);
        return 12 * ((gint64)year - 1970) + month - 1;
    }
    case GRAINS:
        break;
    }
    g_assert_not_reached();
}

gsize grain_season(Grain grain)
{
    g_assert(grain < GRAINS);
    return grains[grain].season;
}
