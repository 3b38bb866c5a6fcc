#include "forecast/plan/shift.h"

static PlanShift day = {(char *)"day", 7 * 60, 19 * 60}, night = {(char *)"night", 19 * 60, 7 * 60};

static GArray *windows_of(const char *zone, Instant as_of, const Instant *hour_at, gsize hours, PlanShift *one, PlanShift *two)
{
    GError *error = NULL;
    g_autoptr(Calendar) calendar = calendar_new(zone, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(GPtrArray) shifts = g_ptr_array_new();
    g_ptr_array_add(shifts, one);
    if (two)
        g_ptr_array_add(shifts, two);
    PlanSettings settings = {.shifts = shifts};
    return shift_windows(&settings, calendar, as_of, hour_at, hours);
}

static Instant utc(int year, int month, int monthday, int hour)
{
    return (grain_day_of_date(year, month, monthday) * 24 + hour) * INSTANT_HOUR;
}

static void hourly(Instant from, Instant *hour_at, gsize hours)
{
    for (gsize h = 0; h < hours; h++)
        hour_at[h] = from + (Instant)h * INSTANT_HOUR;
}

static void assert_window(GArray *windows, guint k, const char *name, Instant starts, Instant ends, gsize first, gsize last)
{
    g_assert_cmpuint(k, <, windows->len);
    const PlanShiftWindow *window = &g_array_index(windows, PlanShiftWindow, k);
    g_assert_cmpstr(window->name, ==, name);
    g_assert_cmpint(window->starts_at, ==, starts);
    g_assert_cmpint(window->ends_at, ==, ends);
    g_assert_cmpuint(window->first_hour, ==, first);
    g_assert_cmpuint(window->last_hour, ==, last);
}

/* Chicago in winter is UTC - 6: day 13:00 to 01:00 UTC. */
static void shifts_follow_one_another_over_the_hours_ahead(void)
{
    Instant hour_at[48], as_of = utc(2018, 1, 10, 12); /* 06:00 local */
    hourly(as_of, hour_at, 48);
    g_autoptr(GArray) windows = windows_of("America/Chicago", as_of, hour_at, 48, &day, &night);
    g_assert_cmpuint(windows->len, ==, 4);
    assert_window(windows, 0, "night", utc(2018, 1, 10, 1), utc(2018, 1, 10, 13), 0, 0); /* its last hour */
    assert_window(windows, 1, "day", utc(2018, 1, 10, 13), utc(2018, 1, 11, 1), 1, 12);
    assert_window(windows, 2, "night", utc(2018, 1, 11, 1), utc(2018, 1, 11, 13), 13, 24);
    assert_window(windows, 3, "day", utc(2018, 1, 11, 13), utc(2018, 1, 12, 1), 25, 36);
    /* the next night would end an hour after the hours ahead: its worst hour is not known */
}

/* 2018-03-11 02:00 CST became 03:00 CDT. */
static void a_night_in_spring_has_eleven_hours(void)
{
    Instant hour_at[30], as_of = utc(2018, 3, 10, 23);
    hourly(as_of, hour_at, 30);
    g_autoptr(GArray) windows = windows_of("America/Chicago", as_of, hour_at, 30, &night, NULL);
    assert_window(windows, 0, "night", utc(2018, 3, 11, 1), utc(2018, 3, 11, 12), 2, 12);
    g_assert_cmpint(g_array_index(windows, PlanShiftWindow, 0).ends_at - g_array_index(windows, PlanShiftWindow, 0).starts_at, ==, 11 * INSTANT_HOUR);
}

/* 2017-11-05 02:00 CDT became 01:00 CST. */
static void a_night_in_autumn_has_thirteen_hours(void)
{
    Instant hour_at[30], as_of = utc(2017, 11, 4, 22);
    hourly(as_of, hour_at, 30);
    g_autoptr(GArray) windows = windows_of("America/Chicago", as_of, hour_at, 30, &night, NULL);
    assert_window(windows, 0, "night", utc(2017, 11, 5, 0), utc(2017, 11, 5, 13), 2, 14);
}

/* Civil hours: the hour that happens twice is one step of 120 minutes. */
static void civil_hours_of_autumn_still_cover_the_night(void)
{
    GError *error = NULL;
    g_autoptr(Calendar) calendar = calendar_new("America/Chicago", NULL, &error);
    g_assert_no_error(error);
    Instant hour_at[24], as_of = utc(2017, 11, 4, 23); /* 18:00 local */
    for (int h = 0; h < 24; h++)
        hour_at[h] = calendar_instant(calendar, GRAIN_HOUR, calendar_civil_hour(calendar, as_of) + h);
    g_autoptr(GArray) windows = windows_of("America/Chicago", as_of, hour_at, 24, &night, NULL);
    assert_window(windows, 0, "night", utc(2017, 11, 5, 0), utc(2017, 11, 5, 13), 1, 12);
}

/* Shifts at half past take in the hour they begin in. */
static void a_shift_at_half_past_takes_in_the_hour_it_begins_in(void)
{
    PlanShift early = {(char *)"early", 7 * 60 + 30, 15 * 60 + 30};
    Instant hour_at[24], as_of = utc(2018, 1, 10, 6);
    hourly(as_of, hour_at, 24);
    g_autoptr(GArray) windows = windows_of("UTC", as_of, hour_at, 24, &early, NULL);
    assert_window(windows, 0, "early", utc(2018, 1, 10, 7) + INSTANT_HOUR / 2, utc(2018, 1, 10, 15) + INSTANT_HOUR / 2, 1, 9);
}

static void a_shift_in_the_skipped_hour_begins_at_the_jump(void)
{
    PlanShift odd = {(char *)"odd", 2 * 60 + 30, 6 * 60};
    Instant hour_at[24], as_of = utc(2018, 3, 11, 6);
    hourly(as_of, hour_at, 24);
    g_autoptr(GArray) windows = windows_of("America/Chicago", as_of, hour_at, 24, &odd, NULL);
    assert_window(windows, 0, "odd", utc(2018, 3, 11, 8), utc(2018, 3, 11, 11), 2, 4);
}

static void twenty_four_hours_are_one_shift(void)
{
    PlanShift all = {(char *)"all", 8 * 60, 8 * 60};
    Instant hour_at[48], as_of = utc(2018, 1, 10, 6);
    hourly(as_of, hour_at, 48);
    g_autoptr(GArray) windows = windows_of("UTC", as_of, hour_at, 48, &all, NULL);
    g_assert_cmpuint(windows->len, ==, 2);
    assert_window(windows, 1, "all", utc(2018, 1, 10, 8), utc(2018, 1, 11, 8), 2, 25);
}

static void no_hours_give_no_shifts(void)
{
    Instant none = 0;
    g_autoptr(GArray) windows = windows_of("UTC", utc(2018, 1, 10, 6), &none, 0, &day, &night);
    g_assert_cmpuint(windows->len, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plan/shift/shifts-follow-one-another-over-the-hours-ahead", shifts_follow_one_another_over_the_hours_ahead);
    g_test_add_func("/plan/shift/a-night-in-spring-has-eleven-hours", a_night_in_spring_has_eleven_hours);
    g_test_add_func("/plan/shift/a-night-in-autumn-has-thirteen-hours", a_night_in_autumn_has_thirteen_hours);
    g_test_add_func("/plan/shift/civil-hours-of-autumn-still-cover-the-night", civil_hours_of_autumn_still_cover_the_night);
    g_test_add_func("/plan/shift/a-shift-at-half-past-takes-in-the-hour-it-begins-in", a_shift_at_half_past_takes_in_the_hour_it_begins_in);
    g_test_add_func("/plan/shift/a-shift-in-the-skipped-hour-begins-at-the-jump", a_shift_in_the_skipped_hour_begins_at_the_jump);
    g_test_add_func("/plan/shift/twenty-four-hours-are-one-shift", twenty_four_hours_are_one_shift);
    g_test_add_func("/plan/shift/no-hours-give-no-shifts", no_hours_give_no_shifts);
    return g_test_run();
}
