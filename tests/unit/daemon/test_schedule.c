#include "daemon/schedule.h"

static Instant utc(const char *text)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, NULL);
    g_assert_nonnull(time);
    return g_date_time_to_unix(time) * INSTANT_SECOND;
}

static Calendar *calendar_in(const char *zone)
{
    g_autoptr(GError) error = NULL;
    Calendar *calendar = calendar_new(zone, NULL, &error);
    g_assert_no_error(error);
    return calendar;
}

static void times_are_read_strictly(void)
{
    g_assert_cmpint(schedule_minute("06:00"), ==, 360);
    g_assert_cmpint(schedule_minute("23:59"), ==, 1439);
    const char *const wrong[] = {"6:00", "06:60", "24:00", "06:00x", "", "06-00", "0600"};
    for (gsize k = 0; k < G_N_ELEMENTS(wrong); k++)
        g_assert_cmpint(schedule_minute(wrong[k]), ==, -1);
}

static void the_latest_slot_is_at_or_before(void)
{
    g_autoptr(Calendar) calendar = calendar_in("America/New_York");
    const char *const times[] = {"22:00", "06:00", NULL};
    /* 2026-11-23 is winter: New York is five hours behind. */
    g_assert_cmpint(schedule_latest(calendar, times, utc("2026-11-23T11:00:00Z")), ==, utc("2026-11-23T11:00:00Z"));
    g_assert_cmpint(schedule_latest(calendar, times, utc("2026-11-23T10:59:59Z")), ==, utc("2026-11-23T03:00:00Z"));
    g_assert_cmpint(schedule_next(calendar, times, utc("2026-11-23T11:00:00Z")), ==, utc("2026-11-24T03:00:00Z"));
}

static void a_time_skipped_in_spring_falls_at_the_jump(void)
{
    g_autoptr(Calendar) calendar = calendar_in("America/New_York");
    const char *const times[] = {"02:30", NULL};
    /* 2026-03-08 02:00 EST does not exist; the jump is at 07:00 UTC. */
    g_assert_cmpint(schedule_next(calendar, times, utc("2026-03-08T05:00:00Z")), ==, utc("2026-03-08T07:00:00Z"));
    g_assert_cmpint(schedule_next(calendar, times, utc("2026-03-08T07:00:00Z")), ==, utc("2026-03-09T06:30:00Z"));
}

static void a_time_doubled_in_autumn_is_taken_once(void)
{
    g_autoptr(Calendar) calendar = calendar_in("America/New_York");
    const char *const times[] = {"01:30", NULL};
    /* 2026-11-01 01:30 comes at 05:30 UTC (EDT) and again at 06:30 UTC (EST). */
    g_assert_cmpint(schedule_next(calendar, times, utc("2026-11-01T00:00:00Z")), ==, utc("2026-11-01T05:30:00Z"));
    g_assert_cmpint(schedule_next(calendar, times, utc("2026-11-01T05:30:00Z")), ==, utc("2026-11-02T06:30:00Z"));
}

static void a_clock_that_jumps_half_an_hour_is_followed(void)
{
    g_autoptr(Calendar) calendar = calendar_in("Australia/Lord_Howe");
    /* Spring 2026-10-04: 02:00 becomes 02:30 at 15:30 UTC the day before.  Autumn 2026-04-05: 02:00 becomes 01:30 at 15:00 UTC.
     * Instants by Python's zoneinfo. */
    static const struct { const char *time, *from, *slot; } table[] = {
        {"01:59", "2026-10-03T12:00:00Z", "2026-10-03T15:29:00Z"}, {"02:00", "2026-10-03T12:00:00Z", "2026-10-03T15:30:00Z"},
        {"02:15", "2026-10-03T12:00:00Z", "2026-10-03T15:30:00Z"}, {"02:30", "2026-10-03T12:00:00Z", "2026-10-03T15:30:00Z"},
        {"02:45", "2026-10-03T12:00:00Z", "2026-10-03T15:45:00Z"}, {"03:00", "2026-10-03T12:00:00Z", "2026-10-03T16:00:00Z"},
        {"01:15", "2026-04-04T12:00:00Z", "2026-04-04T14:15:00Z"}, {"01:45", "2026-04-04T12:00:00Z", "2026-04-04T14:45:00Z"},
        {"02:00", "2026-04-04T12:00:00Z", "2026-04-04T15:30:00Z"}, {"02:15", "2026-04-04T12:00:00Z", "2026-04-04T15:45:00Z"},
    };
    for (gsize k = 0; k < G_N_ELEMENTS(table); k++) {
        const char *const times[] = {table[k].time, NULL};
        g_test_message("%s", table[k].time);
        Instant slot = schedule_next(calendar, times, utc(table[k].from));
        g_assert_cmpint(slot, ==, utc(table[k].slot));
        g_assert_cmpint(schedule_next(calendar, times, slot), >, slot + 20 * INSTANT_HOUR);
    }
}

static void a_year_has_one_slot_per_time_and_day(gconstpointer data)
{
    g_autoptr(Calendar) calendar = calendar_in(data);
    const char *const times[] = {"00:00", "01:15", "02:30", "06:00", "23:45", NULL};
    Instant at = utc("2028-01-01T00:00:00Z") - INSTANT_DAY, end = at + 366 * INSTANT_DAY;
    Instant first = schedule_next(calendar, times, at), slot = first;
    guint slots = 0;
    for (; slot < first + (end - at); slot = schedule_next(calendar, times, slot), slots++) {
        g_assert_cmpint(schedule_latest(calendar, times, slot), ==, slot);
        g_assert_cmpint(schedule_latest(calendar, times, slot + 1), ==, slot);
    }
    /* A skipped 02:30 falls together with nothing else, so 366 days of five. */
    g_assert_cmpuint(slots, ==, 366 * 5);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/schedule/times-are-read-strictly", times_are_read_strictly);
    g_test_add_func("/daemon/schedule/the-latest-slot-is-at-or-before", the_latest_slot_is_at_or_before);
    g_test_add_func("/daemon/schedule/a-time-skipped-in-spring-falls-at-the-jump", a_time_skipped_in_spring_falls_at_the_jump);
    g_test_add_func("/daemon/schedule/a-time-doubled-in-autumn-is-taken-once", a_time_doubled_in_autumn_is_taken_once);
    g_test_add_func("/daemon/schedule/a-clock-that-jumps-half-an-hour-is-followed", a_clock_that_jumps_half_an_hour_is_followed);
    g_test_add_data_func("/daemon/schedule/a-leap-year-in-london-misses-and-doubles-no-slot", "Europe/London", a_year_has_one_slot_per_time_and_day);
    g_test_add_data_func("/daemon/schedule/a-leap-year-in-new-york-misses-and-doubles-no-slot", "America/New_York", a_year_has_one_slot_per_time_and_day);
    g_test_add_data_func("/daemon/schedule/a-leap-year-on-lord-howe-misses-and-doubles-no-slot", "Australia/Lord_Howe", a_year_has_one_slot_per_time_and_day);
    return g_test_run();
}
