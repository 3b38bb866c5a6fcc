#include "daemon/schedule.h"

int schedule_minute(const char *time)
{
    /* Exactly HH:MM, so that "6:00" and "06:00x" are caught. */
    for (int c = 0; c < 5; c++)
        if (c == 2 ? time[c] != ':' : !g_ascii_isdigit(time[c]))
            return -1;
    if (time[5] != '\0')
        return -1;
    int hour = 10 * (time[0] - '0') + time[1] - '0', minute = 10 * (time[3] - '0') + time[4] - '0';
    return hour < 24 && minute < 60 ? 60 * hour + minute : -1;
}

/* The instant of a local time on a civil day.  A clock may jump by half an hour
 * (Lord Howe), so what the hour's begin suggests is held against the clock. */
static Instant slot_of(const Calendar *calendar, gint64 day, int minute)
{
    gint64 hour = 24 * day + minute / 60, wanted = 3600 * hour + 60 * (minute % 60);
    Instant at[2];
    int found = calendar_instants(calendar, hour, at);
    for (int k = 0; k < found; k++) {
        Instant slot = at[k] + (Instant)(minute % 60) * 60 * INSTANT_SECOND;
        slot += (wanted - calendar_civil_second(calendar, slot)) * INSTANT_SECOND;
        if (calendar_civil_second(calendar, slot) == wanted)
            return slot;
    }
    return found > 0 ? at[0] : calendar_instant(calendar, GRAIN_HOUR, hour); /* skipped: the jump itself */
}

Instant schedule_latest(const Calendar *calendar, const char *const *time, Instant at)
{
    gint64 today = calendar_step(calendar, GRAIN_DAY, at);
    Instant latest = INSTANT_NONE;
    for (gint64 day = today + 1; day >= today - 2 && latest == INSTANT_NONE; day--)
        for (gsize t = 0; time[t] != NULL; t++) {
            Instant slot = slot_of(calendar, day, schedule_minute(time[t]));
            if (slot <= at && slot > latest)
                latest = slot;
        }
    g_assert(latest != INSTANT_NONE);
    return latest;
}

Instant schedule_next(const Calendar *calendar, const char *const *time, Instant after)
{
    gint64 today = calendar_step(calendar, GRAIN_DAY, after);
    Instant next = G_MAXINT64;
    for (gint64 day = today - 1; day <= today + 2 && next == G_MAXINT64; day++)
        for (gsize t = 0; time[t] != NULL; t++) {
            Instant slot = slot_of(calendar, day, schedule_minute(time[t]));
            if (slot > after && slot < next)
                next = slot;
        }
    g_assert(next != G_MAXINT64);
    return next;
}
