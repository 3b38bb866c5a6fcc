#include "forecast/series/calendar.h"

#include <glib/gstdio.h>
#include <string.h>

static Calendar *calendar_of(const char *zone, const char *country)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = country ? calendar_holiday_file(country, &error) : NULL;
    g_assert_no_error(error);
    Calendar *calendar = calendar_new(zone, path, &error);
    g_assert_no_error(error);
    return calendar;
}

static Instant instant(const char *iso)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(iso, NULL);
    g_assert_nonnull(time);
    return g_date_time_to_unix(time) * INSTANT_SECOND;
}

static gint64 hour(int year, int month, int day, int hour_of_day)
{
    return 24 * grain_day_of_date(year, month, day) + hour_of_day;
}

typedef struct {
    const char *zone;
    int year, month, day, hour;
    int count;
    const char *at[2];
} Begin;

/* Worked out by hand from the zones' published rules. */
static const Begin begin[] = {
    {"America/New_York", 2025, 3, 9, 1, 1, {"2025-03-09T06:00:00Z", NULL}},
    {"America/New_York", 2025, 3, 9, 2, 0, {NULL, NULL}},
    {"America/New_York", 2025, 3, 9, 3, 1, {"2025-03-09T07:00:00Z", NULL}},
    {"America/New_York", 2025, 11, 2, 0, 1, {"2025-11-02T04:00:00Z", NULL}},
    {"America/New_York", 2025, 11, 2, 1, 2, {"2025-11-02T05:00:00Z", "2025-11-02T06:00:00Z"}},
    {"America/New_York", 2025, 11, 2, 2, 1, {"2025-11-02T07:00:00Z", NULL}},
    {"Europe/London", 2025, 3, 30, 0, 1, {"2025-03-30T00:00:00Z", NULL}},
    {"Europe/London", 2025, 3, 30, 1, 0, {NULL, NULL}},
    {"Europe/London", 2025, 3, 30, 2, 1, {"2025-03-30T01:00:00Z", NULL}},
    {"Europe/London", 2025, 10, 26, 1, 2, {"2025-10-26T00:00:00Z", "2025-10-26T01:00:00Z"}},
    {"Europe/London", 2025, 10, 26, 2, 1, {"2025-10-26T02:00:00Z", NULL}},
    {"Australia/Lord_Howe", 2025, 10, 5, 1, 1, {"2025-10-04T14:30:00Z", NULL}},
    {"Australia/Lord_Howe", 2025, 10, 5, 2, 1, {"2025-10-04T15:30:00Z", NULL}},
    {"Australia/Lord_Howe", 2025, 10, 5, 3, 1, {"2025-10-04T16:00:00Z", NULL}},
    {"Australia/Lord_Howe", 2025, 4, 6, 1, 1, {"2025-04-05T14:00:00Z", NULL}},
    {"Australia/Lord_Howe", 2025, 4, 6, 2, 1, {"2025-04-05T15:30:00Z", NULL}},
    {"America/Sao_Paulo", 2018, 11, 4, 0, 0, {NULL, NULL}},
    {"Pacific/Apia", 2011, 12, 30, 12, 0, {NULL, NULL}},
    {"Asia/Kolkata", 2025, 6, 1, 0, 1, {"2025-05-31T18:30:00Z", NULL}},
};

static void test_begins(void)
{
    for (gsize k = 0; k < G_N_ELEMENTS(begin); k++) {
        const Begin *b = &begin[k];
        g_autoptr(Calendar) calendar = calendar_of(b->zone, NULL);
        Instant at[2];
        int count = calendar_instants(calendar, hour(b->year, b->month, b->day, b->hour), at);
        g_test_message("%s %d-%d-%d %02d", b->zone, b->year, b->month, b->day, b->hour);
        g_assert_cmpint(count, ==, b->count);
        for (int j = 0; j < count; j++)
            g_assert_cmpint(at[j], ==, instant(b->at[j]));
    }
}

/* The hours of a civil day that begin, repeated ones counted twice. */
static int instants_of_day(const char *zone, int year, int month, int day)
{
    g_autoptr(Calendar) calendar = calendar_of(zone, NULL);
    int sum = 0;
    for (int h = 0; h < 24; h++) {
        Instant at[2];
        sum += calendar_instants(calendar, hour(year, month, day, h), at);
    }
    return sum;
}

static void test_day_lengths(void)
{
    g_assert_cmpint(instants_of_day("America/New_York", 2025, 3, 8), ==, 24);
    g_assert_cmpint(instants_of_day("America/New_York", 2025, 3, 9), ==, 23);
    g_assert_cmpint(instants_of_day("America/New_York", 2025, 11, 2), ==, 25);
    g_assert_cmpint(instants_of_day("Europe/London", 2025, 3, 30), ==, 23);
    g_assert_cmpint(instants_of_day("Europe/London", 2025, 10, 26), ==, 25);
    g_assert_cmpint(instants_of_day("Australia/Lord_Howe", 2025, 10, 5), ==, 24);
    g_assert_cmpint(instants_of_day("Australia/Lord_Howe", 2025, 4, 6), ==, 24);
    g_assert_cmpint(instants_of_day("Pacific/Apia", 2011, 12, 30), ==, 0);
}

static void test_steps_begin(void)
{
    g_autoptr(Calendar) york = calendar_of("America/New_York", NULL);
    g_assert_cmpint(calendar_instant(york, GRAIN_HOUR, hour(2025, 3, 9, 2)), ==, instant("2025-03-09T07:00:00Z"));
    g_assert_cmpint(calendar_instant(york, GRAIN_HOUR, hour(2025, 11, 2, 1)), ==, instant("2025-11-02T05:00:00Z"));
    g_assert_cmpint(calendar_instant(york, GRAIN_MONTH, (2025 - 1970) * 12 + 6), ==, instant("2025-07-01T04:00:00Z"));
    g_assert_cmpint(calendar_step(york, GRAIN_DAY, instant("2025-07-05T03:59:59Z")), ==, grain_day_of_date(2025, 7, 4));
    g_assert_cmpint(calendar_step(york, GRAIN_DAY, instant("2025-07-05T04:00:00Z")), ==, grain_day_of_date(2025, 7, 5));
    g_autoptr(Calendar) paulo = calendar_of("America/Sao_Paulo", NULL);
    g_assert_cmpint(calendar_instant(paulo, GRAIN_DAY, grain_day_of_date(2018, 11, 4)), ==, instant("2018-11-04T03:00:00Z"));
}

/* GDateTime is the independent judge of the clock; a beginning must be one. */
static void test_agrees_with_glib(void)
{
    static const char *const zone[] = {"America/New_York", "Europe/London", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Apia", "UTC"};
    for (gsize z = 0; z < G_N_ELEMENTS(zone); z++) {
        g_autoptr(Calendar) calendar = calendar_of(zone[z], NULL);
        g_autoptr(GTimeZone) other = g_time_zone_new_identifier(zone[z]);
        for (int k = 0; k < 3000; k++) {
            gint64 second = (gint64)(g_test_rand_double() * 2.1e9);
            g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(second);
            g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, other);
            gint64 shown = hour(g_date_time_get_year(local), g_date_time_get_month(local), g_date_time_get_day_of_month(local), g_date_time_get_hour(local));
            g_assert_cmpint(calendar_civil_hour(calendar, second * INSTANT_SECOND + 7), ==, shown);
            Instant at[2];
            int count = calendar_instants(calendar, shown, at);
            g_assert_cmpint(count, >=, 1);
            for (int j = 0; j < count; j++)
                g_assert_cmpint(calendar_civil_hour(calendar, at[j]), ==, shown);
            g_assert_cmpint(second * INSTANT_SECOND, >=, at[0]);
        }
    }
}

static void test_fourth_of_july(void)
{
    g_autoptr(Calendar) calendar = calendar_of("America/Chicago", "US");
    gint64 fourth = grain_day_of_date(2025, 7, 4);
    CalendarDay day;
    g_assert_cmpstr(calendar_holiday(calendar, fourth), ==, "Independence Day");
    g_assert_null(calendar_holiday(calendar, fourth + 1));
    calendar_day(calendar, GRAIN_DAY, fourth, &day);
    g_assert_true(day.holiday == 1 && day.before == 0 && day.after == 0 && day.bridge == 0 && day.working_days == 0 && day.days == 1);
    g_assert_cmpint(day.weekday, ==, 4);
    g_assert_cmpint(day.month, ==, 7);
    g_assert_true(fabs(day.year_phase - ((181 + 3 + 0.5) / 365)) < 1e-12);
    calendar_day(calendar, GRAIN_HOUR, 24 * (fourth - 1) + 13, &day);
    g_assert_true(day.hour == 13 && day.weekday == 3 && day.before == 1 && day.holiday == 0 && day.working_days == 1);
    calendar_day(calendar, GRAIN_DAY, fourth + 1, &day);
    g_assert_true(day.after == 1 && day.working_days == 0 && day.weekday == 5);
}

static void test_bridge(void)
{
    g_autoptr(Calendar) calendar = calendar_of("America/Chicago", "US");
    gint64 friday = grain_day_of_date(2025, 11, 28); /* the day after Thanksgiving */
    CalendarDay day;
    calendar_day(calendar, GRAIN_DAY, friday, &day);
    g_assert_true(day.bridge == 1 && day.after == 1 && day.working_days == 1);
    calendar_day(calendar, GRAIN_DAY, friday + 3, &day);
    g_assert_true(day.bridge == 0);
    calendar_day(calendar, GRAIN_WEEK, grain_step_of_hour(GRAIN_WEEK, 24 * friday), &day);
    g_assert_true(day.weekday == 0 && day.days == 7 && day.working_days == 4);
    g_assert_true(fabs(day.holiday - (1.0 / 7)) < 1e-12);
    g_assert_true(fabs(day.bridge - (1.0 / 7)) < 1e-12);
    g_assert_true(fabs(day.before - (1.0 / 7)) < 1e-12);
}

/* numpy.busday_count with the same holidays. */
static void test_months(void)
{
    static const int working[12] = {21, 19, 21, 22, 21, 20, 22, 21, 21, 22, 18, 22};
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    g_autoptr(Calendar) calendar = calendar_of("UTC", "US");
    for (int m = 0; m < 12; m++) {
        CalendarDay day;
        calendar_day(calendar, GRAIN_MONTH, (2025 - 1970) * 12 + m, &day);
        g_assert_cmpint(day.month, ==, m + 1);
        g_assert_true(day.working_days == working[m] && day.days == days[m]);
        if (m == 1)
            g_assert_true(fabs(day.year_phase - ((31 + 14) / 365.0)) < 1e-12);
    }
}

static void test_far_years(void)
{
    g_autoptr(Calendar) calendar = calendar_of("America/New_York", "US");
    CalendarDay day;
    calendar_day(calendar, GRAIN_DAY, grain_day_of_date(1968, 2, 29), &day);
    g_assert_true(day.month == 2 && day.holiday == 0 && day.days == 1);
    calendar_day(calendar, GRAIN_MONTH, (2164 - 1970) * 12 + 1, &day);
    g_assert_true(day.month == 2 && day.days == 29);
    Instant at[2];
    g_assert_cmpint(calendar_instants(calendar, hour(2164, 7, 1, 0), at), ==, 1);
    g_assert_cmpint(calendar_civil_hour(calendar, at[0]), ==, hour(2164, 7, 1, 0));
}

static void assert_refused(const char *zone, const char *holidays, const char *word)
{
    g_autoptr(GError) error = NULL;
    Calendar *calendar = calendar_new(zone, holidays, &error);
    g_assert_null(calendar);
    g_assert_nonnull(error);
    g_assert_true(error->domain == SERIES_ERROR);
    if (strstr(error->message, word) == NULL)
        g_error("\"%s\" does not say \"%s\"", error->message, word);
}

static void test_unknown_zone(void)
{
    assert_refused("America/New_Yrok", NULL, "did you mean America/New_York?");
    assert_refused("Londn", NULL, "did you mean Europe/London?");
    assert_refused("EST5EDT,M3.2.0,M11.1.0", NULL, "is not known");
    assert_refused("+05:00", NULL, "is not known");
    assert_refused("../../../etc/hostname", NULL, "is not known");
    assert_refused("", NULL, "is not known");
}

static void assert_bad_file(const char *text, const char *word)
{
    g_autofree char *path = NULL;
    int file = g_file_open_tmp("holidays-XXXXXX.csv", &path, NULL);
    g_assert_cmpint(file, >=, 0);
    g_assert_true(g_close(file, NULL));
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    assert_refused("UTC", path, word);
    g_assert_cmpint(g_unlink(path), ==, 0);
}

static void test_bad_file(void)
{
    assert_bad_file("# fine\n2025-01-01,New Year\n2025-02-30,Never\n", ":3: seen \"2025-02-30,Never\"");
    assert_bad_file("2025-01-01\n", ":1: seen");
    assert_bad_file("2025-1-1,x\n", ":1: seen");
    assert_bad_file("0000-01-01,x\n", ":1: seen");
    assert_refused("UTC", "/nonexistent/XX.csv", "/nonexistent/XX.csv");
}

static void test_unknown_country(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(calendar_holiday_file("ZZ", &error));
    g_assert_error(error, SERIES_ERROR, SERIES_ERROR_FILE);
    g_assert_nonnull(strstr(error->message, "AT AU BE CA CH DE DK ES FR GB IE IT NL NO NZ PT SE US"));
    g_clear_error(&error);
    g_assert_null(calendar_holiday_file("../US", &error));
    g_assert_error(error, SERIES_ERROR, SERIES_ERROR_FILE);
    g_autofree char *lower = calendar_holiday_file("gb", NULL);
    g_assert_true(g_str_has_suffix(lower, "holidays/GB.csv"));
}

/* Dates of the church's tables, the earliest and the latest Easter of our time among them. */
static void test_us_easter(void)
{
    static const int easter[][3] = {{1995, 4, 16}, {2000, 4, 23}, {2008, 3, 23}, {2018, 4, 1}, {2024, 3, 31}, {2038, 4, 25}};
    g_autoptr(Calendar) calendar = calendar_of("UTC", "US");
    for (gsize k = 0; k < G_N_ELEMENTS(easter); k++)
        g_assert_cmpstr(calendar_holiday(calendar, grain_day_of_date(easter[k][0], easter[k][1], easter[k][2])), ==, "Easter Sunday");
}

static void test_every_file(void)
{
    static const char *const country[] = {"AT", "AU", "BE", "CA", "CH", "DE", "DK", "ES", "FR", "GB", "IE", "IT", "NL", "NO", "NZ", "PT", "SE", "US"};
    for (gsize k = 0; k < G_N_ELEMENTS(country); k++) {
        g_autoptr(Calendar) calendar = calendar_of("UTC", country[k]);
        /* Spain's file begins in 2008, and a Christmas on a Sunday is not in the national list: the regions move it. */
        gboolean spain = g_str_equal(country[k], "ES");
        for (int year = spain ? 2008 : 1995; year <= 2040; year++) {
            gint64 christmas = grain_day_of_date(year, 12, 25);
            if (!spain || grain_weekday(christmas) != 6)
                g_assert_nonnull(calendar_holiday(calendar, christmas));
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/series/calendar/a-civil-hour-begins-where-the-clock-shows-it", test_begins);
    g_test_add_func("/series/calendar/a-spring-day-has-23-instants", test_day_lengths);
    g_test_add_func("/series/calendar/a-step-begins-at-its-first-instant", test_steps_begin);
    g_test_add_func("/series/calendar/the-clock-agrees-with-glib-everywhere", test_agrees_with_glib);
    g_test_add_func("/series/calendar/the-fourth-of-july-is-a-holiday", test_fourth_of_july);
    g_test_add_func("/series/calendar/a-friday-after-thanksgiving-is-a-bridge", test_bridge);
    g_test_add_func("/series/calendar/months-count-their-working-days", test_months);
    g_test_add_func("/series/calendar/years-beyond-the-tables-still-work", test_far_years);
    g_test_add_func("/series/calendar/an-unknown-zone-is-refused-with-the-nearest-name", test_unknown_zone);
    g_test_add_func("/series/calendar/a-bad-holiday-file-names-its-line", test_bad_file);
    g_test_add_func("/series/calendar/an-unknown-country-names-the-known-ones", test_unknown_country);
    g_test_add_func("/series/calendar/easter-counts-in-the-us", test_us_easter);
    g_test_add_func("/series/calendar/every-shipped-file-reads-and-reaches-2040", test_every_file);
    return g_test_run();
}
