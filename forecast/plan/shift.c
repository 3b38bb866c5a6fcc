#include "forecast/plan/shift.h"

enum { DAY_MINUTES = 1440 };

/* A minute of a civil day as an instant; one that the clock skips is the jump. */
static Instant instant_of(const Calendar *calendar, gint64 day, guint minute)
{
    gint64 hour = 24 * day + minute / 60;
    Instant at[2], begins = calendar_instant(calendar, GRAIN_HOUR, hour);
    return calendar_instants(calendar, hour, at) == 0 ? begins : begins + (minute % 60) * 60 * INSTANT_SECOND;
}

static Instant hour_end(const Instant *hour_at, gsize hours, gsize h)
{
    return h + 1 < hours ? hour_at[h + 1] : hour_at[h] + INSTANT_HOUR;
}

static gboolean find_hours(PlanShiftWindow *window, Instant as_of, const Instant *hour_at, gsize hours)
{
    gboolean found = FALSE;
    for (gsize h = 0; h < hours && hour_at[h] < window->ends_at; h++) {
        Instant end = hour_end(hour_at, hours, h);
        if (end <= window->starts_at || end <= as_of)
            continue;
        if (!found)
            window->first_hour = h;
        window->last_hour = h;
        found = TRUE;
    }
    return found;
}

static int by_beginning(const void *a, const void *b)
{
    const PlanShiftWindow *x = a, *y = b;
    return x->starts_at != y->starts_at ? (x->starts_at > y->starts_at) - (x->starts_at < y->starts_at)
                                        : (x->ends_at > y->ends_at) - (x->ends_at < y->ends_at);
}

GArray *shift_windows(const PlanSettings *settings, const Calendar *calendar, Instant as_of, const Instant *hour_at, gsize hours)
{
    GArray *windows = g_array_new(FALSE, FALSE, sizeof(PlanShiftWindow));
    if (hours == 0)
        return windows;
    Instant horizon = hour_end(hour_at, hours, hours - 1);
    gint64 last = calendar_step(calendar, GRAIN_DAY, horizon);
    for (gint64 day = calendar_step(calendar, GRAIN_DAY, as_of) - 1; day <= last; day++)
        for (guint s = 0; s < settings->shifts->len; s++) {
            const PlanShift *shift = g_ptr_array_index(settings->shifts, s);
            g_assert(shift->starts < DAY_MINUTES && shift->ends < DAY_MINUTES);
            PlanShiftWindow window = {.name = shift->name, .starts_at = instant_of(calendar, day, shift->starts),
                                      .ends_at = instant_of(calendar, day + (shift->ends <= shift->starts), shift->ends)};
            if (window.ends_at > as_of && window.ends_at <= horizon && find_hours(&window, as_of, hour_at, hours))
                g_array_append_val(windows, window);
        }
    g_array_sort(windows, by_beginning);
    return windows;
}
