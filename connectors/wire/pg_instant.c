#include "connectors/wire/pg.h"

#include <string.h>

/* Days since 1970-01-01 (proleptic Gregorian) and back: H. Hinnant,
 * "chrono-Compatible Low-Level Date Algorithms" (2013), days_from_civil. */
static gint64 days_from_civil(gint64 year, int month, int day)
{
    year -= month <= 2;
    gint64 era = (year >= 0 ? year : year - 399) / 400;
    gint64 year_of_era = year - era * 400;
    gint64 day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    gint64 day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void civil_from_days(gint64 days, int *year, int *month, int *day)
{
    days += 719468;
    gint64 era = (days >= 0 ? days : days - 146096) / 146097;
    gint64 day_of_era = days - era * 146097;
    gint64 year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    gint64 day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    gint64 shifted = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

#define SECOND_US G_GINT64_CONSTANT(1000000)
#define DAY_US (86400 * SECOND_US)

const char *pg_instant(gint64 instant, char *buffer)
{
    gint64 first = days_from_civil(1, 1, 1) * DAY_US, last = days_from_civil(10000, 1, 1) * DAY_US - 1;
    instant = CLAMP(instant, first, last);
    gint64 days = instant / DAY_US - (instant % DAY_US < 0);
    gint64 rest = instant - days * DAY_US;
    int year, month, day;
    civil_from_days(days, &year, &month, &day);
    int second = (int)(rest / SECOND_US);
    g_snprintf(buffer, PG_INSTANT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", year, month, day,
               second / 3600, second / 60 % 60, second % 60, (int)(rest % SECOND_US));
    return buffer;
}

/* Exactly `digits` digits; moves on. */
static gboolean read_digits(const char **text, int digits, int *value)
{
    *value = 0;
    for (int i = 0; i < digits; i++, (*text)++) {
        if (!g_ascii_isdigit(**text))
            return FALSE;
        *value = *value * 10 + (**text - '0');
    }
    return TRUE;
}

static gboolean read_mark(const char **text, const char *marks)
{
    if (**text == '\0' || strchr(marks, **text) == NULL)
        return FALSE;
    (*text)++;
    return TRUE;
}

static gboolean read_date(const char **text, gint64 *days)
{
    static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day;
    if (!read_digits(text, 4, &year) || !read_mark(text, "-") || !read_digits(text, 2, &month) || !read_mark(text, "-") ||
        !read_digits(text, 2, &day) || year < 1 || month < 1 || month > 12 || day < 1)
        return FALSE;
    gboolean leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    *days = days_from_civil(year, month, day);
    return day <= length[month - 1] + (month == 2 && leap);
}

static gboolean read_clock(const char **text, gint64 *us)
{
    int hour, minute, second;
    if (!read_digits(text, 2, &hour) || !read_mark(text, ":") || !read_digits(text, 2, &minute) || !read_mark(text, ":") ||
        !read_digits(text, 2, &second) || hour > 23 || minute > 59 || second > 59)
        return FALSE;
    *us = (hour * 3600 + minute * 60 + second) * SECOND_US;
    if (!read_mark(text, "."))
        return TRUE;
    int digits = 0;
    for (gint64 unit = 100000; g_ascii_isdigit(**text); unit /= 10, digits++, (*text)++)
        *us += unit * (**text - '0');
    return digits >= 1 && digits <= 6;
}

/* "Z" or what PostgreSQL prints: +05, +05:30, -04:56:02. */
static gboolean read_offset(const char **text, gint64 *us)
{
    int hour, minute = 0, second = 0;
    *us = 0;
    if (read_mark(text, "Z"))
        return TRUE;
    gboolean west = **text == '-';
    if (!read_mark(text, "+-") || !read_digits(text, 2, &hour) || hour > 15)
        return FALSE;
    if (read_mark(text, ":") && (!read_digits(text, 2, &minute) || minute > 59))
        return FALSE;
    if (read_mark(text, ":") && (!read_digits(text, 2, &second) || second > 59))
        return FALSE;
    *us = (west ? -1 : 1) * (hour * 3600 + minute * 60 + second) * SECOND_US;
    return TRUE;
}

gboolean pg_read_instant(const char *text, gint64 *instant)
{
    gint64 days, clock, offset;
    if (!read_date(&text, &days) || !read_mark(&text, " T") || !read_clock(&text, &clock) || !read_offset(&text, &offset) || *text != '\0')
        return FALSE;
    *instant = days * DAY_US + clock - offset;
    return TRUE;
}
