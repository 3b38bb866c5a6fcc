#include "connectors/in/csv_cell.h"

#include "forecast/series/grain.h"

#include <string.h>

/* Exactly `digits` digits; moves on behind them. */
static gboolean read_digits(const char **text, int digits, int *number)
{
    *number = 0;
    for (int k = 0; k < digits; k++, (*text)++) {
        if (!g_ascii_isdigit(**text))
            return FALSE;
        *number = 10 * *number + (**text - '0');
    }
    return TRUE;
}

static gboolean read_mark(const char **text, char mark)
{
    if (**text != mark)
        return FALSE;
    (*text)++;
    return TRUE;
}

static gboolean read_date(const char **text, gint64 *second)
{
    int year, month, day;
    if (!read_digits(text, 4, &year) || !read_mark(text, '-') || !read_digits(text, 2, &month) || !read_mark(text, '-') || !read_digits(text, 2, &day))
        return FALSE;
    if (year < 1 || !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
        return FALSE;
    *second = 86400 * grain_day_of_date(year, month, day);
    return TRUE;
}

static gboolean read_time(const char **text, gint64 *second)
{
    int hour, minute, whole = 0;
    if (!read_digits(text, 2, &hour) || !read_mark(text, ':') || !read_digits(text, 2, &minute))
        return FALSE;
    if (read_mark(text, ':')) {
        if (!read_digits(text, 2, &whole))
            return FALSE;
        if (read_mark(text, '.')) {
            if (!g_ascii_isdigit(**text))
                return FALSE;
            while (g_ascii_isdigit(**text))
                (*text)++;
        }
    }
    if (hour > 23 || minute > 59 || whole > 59)
        return FALSE;
    *second += 3600 * hour + 60 * minute + whole;
    return TRUE;
}

/* "Z", "+HH", "+HHMM" or "+HH:MM" to the end of the text. */
static gboolean read_offset(const char **text, gint64 *second)
{
    int hour, minute = 0, sign = **text == '-' ? 1 : -1;
    if (read_mark(text, 'Z'))
        return TRUE;
    if (!read_mark(text, '+') && !read_mark(text, '-'))
        return FALSE;
    if (!read_digits(text, 2, &hour))
        return FALSE;
    if (**text != '\0' && (read_mark(text, ':'), !read_digits(text, 2, &minute)))
        return FALSE;
    if (hour > 23 || minute > 59)
        return FALSE;
    *second += sign * (3600 * hour + 60 * minute);
    return TRUE;
}

gboolean csv_cell_time(const char *cell, CsvCellTime *style, gint64 *second)
{
    const char *text = cell;
    if (!read_date(&text, second))
        return FALSE;
    *style = CSV_CELL_DATE;
    if (*text == '\0')
        return TRUE;
    if ((!read_mark(&text, 'T') && !read_mark(&text, ' ')) || !read_time(&text, second))
        return FALSE;
    *style = CSV_CELL_WALL;
    if (*text == '\0')
        return TRUE;
    *style = CSV_CELL_INSTANT;
    return read_offset(&text, second) && *text == '\0';
}

gboolean csv_cell_is_empty(const char *cell)
{
    return cell[0] == '\0' || g_ascii_strcasecmp(cell, "na") == 0 || g_ascii_strcasecmp(cell, "nan") == 0 || g_ascii_strcasecmp(cell, "null") == 0;
}

char *csv_cell_shown(const char *cell)
{
    g_autofree char *valid = g_utf8_make_valid(cell, (gssize)strnlen(cell, 60));
    return g_strescape(valid, NULL);
}
