#include "forecast/series/calendar.h"

#include <gio/gio.h>
#include <string.h>

G_DEFINE_QUARK(wardcast-series-error-quark, series_error)

/* The tables reach from 1970 to 2099; days outside are worked out one by one.
 * GLib knows the rules of a zone until 2037 and keeps the last offset after. */
enum { DAYS = 47482, HOUR_S = 3600, DAY_S = 86400 };

/* A zone is never further than this from UTC, with room to spare. */
enum { FARTHEST_S = 26 * HOUR_S };

enum { IS_HOLIDAY = 1, IS_BEFORE = 2, IS_AFTER = 4, IS_BRIDGE = 8, IS_WORKING = 16 };

typedef struct {
    guint16 yearday;  /* 0 = 1 January */
    guint16 yeardays; /* 365 or 366 */
    guint8 month;     /* 1..12 */
    guint8 weekday;   /* 0 = Monday */
    guint8 flags;
} Day;

/* From `from` on the zone's clock is `offset` ahead of UTC, both in seconds. */
typedef struct {
    gint64 from;
    gint64 offset;
} Span;

struct Calendar {
    char *zone;
    GArray *spans;        /* Span, ascending; the first begins before everything */
    GHashTable *holidays; /* day number + 1 (so that 1970-01-01 is not NULL) -> name */
    Day *day;             /* [DAYS], from 1970-01-01 */
};

static gint64 floor_div(gint64 a, gint64 b)
{
    return a / b - (a % b < 0);
}

/* --- zones ---------------------------------------------------------------- */

static const char *zone_folder(void)
{
    const char *folder = g_getenv("TZDIR");
    return folder ? folder : "/usr/share/zoneinfo";
}

/* Edits that turn one word into the other, letters' case aside. */
static gsize distance_between(const char *a, const char *b)
{
    gsize length = strlen(b);
    g_autofree gsize *row = g_new(gsize, length + 1);
    for (gsize j = 0; j <= length; j++)
        row[j] = j;
    for (gsize i = 1; a[i - 1]; i++) {
        gsize corner = row[0];
        row[0] = i;
        for (gsize j = 1; j <= length; j++) {
            gsize change = corner + (g_ascii_tolower(a[i - 1]) != g_ascii_tolower(b[j - 1]));
            corner = row[j];
            row[j] = MIN(change, MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[length];
}

/* People also write only the city, so both the whole name and its end count. */
static gsize distance_to_zone(const char *wanted, const char *zone)
{
    const char *city = strrchr(zone, '/');
    gsize whole = distance_between(wanted, zone);
    gsize end = city ? distance_between(wanted, city + 1) : whole;
    return MIN(whole, end);
}

static char *nearest_zone(const char *wanted)
{
    g_autofree char *path = g_build_filename(zone_folder(), "zone1970.tab", NULL);
    g_autofree char *text = NULL;
    if (strlen(wanted) > 64 || !g_file_get_contents(path, &text, NULL, NULL))
        return g_strdup("UTC");
    g_auto(GStrv) line = g_strsplit(text, "\n", -1);
    g_autofree char *nearest = g_strdup("UTC");
    gsize least = distance_between(wanted, nearest);
    for (gsize k = 0; line[k]; k++) {
        g_auto(GStrv) cell = g_strsplit(line[k], "\t", 4);
        if (line[k][0] == '#' || g_strv_length(cell) < 3)
            continue;
        gsize distance = distance_to_zone(wanted, cell[2]);
        if (distance < least) {
            least = distance;
            g_free(nearest);
            nearest = g_strdup(cell[2]);
        }
    }
    return g_steal_pointer(&nearest);
}

/* GLib also takes POSIX rules and bare offsets; a hospital lives in a named
 * zone, so the name must be one of the data base's own files. */
static gboolean zone_is_named(const char *zone)
{
    if (g_str_equal(zone, "UTC"))
        return TRUE;
    if (!g_ascii_isalpha(zone[0]))
        return FALSE;
    for (const char *c = zone; *c; c++)
        if (!g_ascii_isalnum(*c) && strchr("/_+-", *c) == NULL)
            return FALSE;
    g_autofree char *path = g_build_filename(zone_folder(), zone, NULL);
    return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

static gint64 offset_at(GTimeZone *zone, gint64 second)
{
    return g_time_zone_get_offset(zone, g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, second));
}

/* The first second of (low, high] at which the offset is that of `high`. */
static gint64 bisect_change(GTimeZone *zone, gint64 low, gint64 high)
{
    gint64 after = offset_at(zone, high);
    while (high - low > 1) {
        gint64 middle = low + (high - low) / 2;
        if (offset_at(zone, middle) == after)
            high = middle;
        else
            low = middle;
    }
    return high;
}

static GArray *read_spans(GTimeZone *zone)
{
    GArray *spans = g_array_new(FALSE, FALSE, sizeof(Span));
    gint64 second = -(gint64)DAY_S, last = grain_day_of_date(2038, 1, 1) * DAY_S;
    Span span = {G_MININT64 / 4, offset_at(zone, second)};
    g_array_append_val(spans, span);
    for (; second < last; second += DAY_S) {
        gint64 offset = offset_at(zone, second + DAY_S);
        if (offset == span.offset)
            continue;
        span = (Span){bisect_change(zone, second, second + DAY_S), offset};
        g_array_append_val(spans, span);
    }
    return spans;
}

/* Index of the span that holds a second. */
static guint span_of(const Calendar *calendar, gint64 second)
{
    guint low = 0, high = calendar->spans->len;
    while (high - low > 1) {
        guint middle = (low + high) / 2;
        if (g_array_index(calendar->spans, Span, middle).from <= second)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* --- holidays ------------------------------------------------------------- */

/* Reads exactly "YYYY-MM-DD" at the beginning of a line. */
static gboolean read_date(const char *text, gint64 *day)
{
    for (int k = 0; k < 10; k++)
        if (k == 4 || k == 7 ? text[k] != '-' : !g_ascii_isdigit(text[k]))
            return FALSE;
    int year = (int)g_ascii_strtoll(text, NULL, 10);
    int month = (int)g_ascii_strtoll(text + 5, NULL, 10), monthday = (int)g_ascii_strtoll(text + 8, NULL, 10);
    if (year < 1 || !g_date_valid_dmy((GDateDay)monthday, (GDateMonth)month, (GDateYear)year))
        return FALSE;
    *day = grain_day_of_date(year, month, monthday);
    return TRUE;
}

static gpointer holiday_key(gint64 day)
{
    return GSIZE_TO_POINTER((gsize)(day + 1));
}

static gboolean read_holidays(GHashTable *holidays, const char *path, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) cause = NULL;
    if (!g_file_get_contents(path, &text, NULL, &cause)) {
        g_set_error(error, SERIES_ERROR, SERIES_ERROR_FILE, "holiday file %s: %s", path, cause->message);
        return FALSE;
    }
    g_auto(GStrv) line = g_strsplit(text, "\n", -1);
    for (gsize k = 0; line[k]; k++) {
        g_strchomp(line[k]);
        if (line[k][0] == '\0' || line[k][0] == '#')
            continue;
        gint64 day;
        if (!read_date(line[k], &day) || line[k][10] != ',' || line[k][11] == '\0' || !g_utf8_validate(line[k], -1, NULL)) {
            g_autofree char *shown = g_strescape(line[k], NULL);
            g_set_error(error, SERIES_ERROR, SERIES_ERROR_FILE, "%s:%" G_GSIZE_FORMAT ": seen \"%.60s\", wanted YYYY-MM-DD,name; correct the line", path, k + 1, shown);
            return FALSE;
        }
        if (!g_hash_table_contains(holidays, holiday_key(day)))
            g_hash_table_insert(holidays, holiday_key(day), g_strdup(line[k] + 11));
    }
    return TRUE;
}

const char *calendar_holiday(const Calendar *calendar, gint64 day)
{
    return g_hash_table_lookup(calendar->holidays, holiday_key(day));
}

/* --- days ----------------------------------------------------------------- */

static guint8 flags_of(const Calendar *calendar, gint64 day, int weekday)
{
    gboolean yesterday = calendar_holiday(calendar, day - 1) != NULL;
    gboolean tomorrow = calendar_holiday(calendar, day + 1) != NULL;
    if (calendar_holiday(calendar, day) != NULL)
        return IS_HOLIDAY;
    guint8 flags = (guint8)((tomorrow ? IS_BEFORE : 0) | (yesterday ? IS_AFTER : 0));
    if (weekday < 5)
        flags |= IS_WORKING;
    if ((weekday == 0 && tomorrow) || (weekday == 4 && yesterday))
        flags |= IS_BRIDGE;
    return flags;
}

static Day make_day(const Calendar *calendar, gint64 day)
{
    int year, month, monthday;
    grain_date_of_day(day, &year, &month, &monthday);
    int weekday = grain_weekday(day);
    return (Day){.yearday = (guint16)(day - grain_day_of_date(year, 1, 1)),
                 .yeardays = g_date_is_leap_year((GDateYear)year) ? 366 : 365,
                 .month = (guint8)month, .weekday = (guint8)weekday,
                 .flags = flags_of(calendar, day, weekday)};
}

static Day day_of(const Calendar *calendar, gint64 day)
{
    return day >= 0 && day < DAYS ? calendar->day[day] : make_day(calendar, day);
}

static void put_first_day(const Day *first, double middle, CalendarDay *day)
{
    day->hour = 0;
    day->weekday = first->weekday;
    day->month = first->month;
    /* The middle of a week may lie in the next year. */
    double phase = (first->yearday + middle) / first->yeardays;
    day->year_phase = phase < 1 ? phase : phase - 1;
}

/* One day, or one hour of it: every share is 0 or 1. */
static void put_single(const Day *one, CalendarDay *day)
{
    day->holiday = (one->flags & IS_HOLIDAY) != 0;
    day->before = (one->flags & IS_BEFORE) != 0;
    day->after = (one->flags & IS_AFTER) != 0;
    day->bridge = (one->flags & IS_BRIDGE) != 0;
    day->working_days = (one->flags & IS_WORKING) != 0;
    day->days = 1;
}

static void put_many(const Calendar *calendar, gint64 first, gint64 days, CalendarDay *day)
{
    int holiday = 0, before = 0, after = 0, bridge = 0, working = 0;
    for (gint64 k = first; k < first + days; k++) {
        guint8 flags = day_of(calendar, k).flags;
        holiday += (flags & IS_HOLIDAY) != 0;
        before += (flags & IS_BEFORE) != 0;
        after += (flags & IS_AFTER) != 0;
        bridge += (flags & IS_BRIDGE) != 0;
        working += (flags & IS_WORKING) != 0;
    }
    double share = 1.0 / (double)days;
    day->holiday = holiday * share;
    day->before = before * share;
    day->after = after * share;
    day->bridge = bridge * share;
    day->working_days = working;
    day->days = (double)days;
}

void calendar_day(const Calendar *calendar, Grain grain, gint64 step, CalendarDay *day)
{
    gint64 first = grain == GRAIN_DAY ? step : floor_div(grain_first_hour(grain, step), 24);
    Day start = day_of(calendar, first);
    if (grain == GRAIN_HOUR || grain == GRAIN_DAY) {
        int hour = grain == GRAIN_HOUR ? (int)(step - 24 * first) : 0;
        put_first_day(&start, grain == GRAIN_HOUR ? (hour + 0.5) / 24 : 0.5, day);
        day->hour = hour;
        put_single(&start, day);
        return;
    }
    gint64 days = floor_div(grain_first_hour(grain, step + 1), 24) - first;
    put_first_day(&start, (double)days / 2, day);
    put_many(calendar, first, days, day);
}

/* --- making --------------------------------------------------------------- */

Calendar *calendar_new(const char *zone, const char *holidays, GError **error)
{
    g_autoptr(GTimeZone) known = zone_is_named(zone) ? g_time_zone_new_identifier(zone) : NULL;
    if (known == NULL) {
        g_autofree char *nearest = nearest_zone(zone);
        g_autofree char *shown = g_strescape(zone, NULL);
        g_set_error(error, SERIES_ERROR, SERIES_ERROR_ZONE, "time zone \"%.64s\" is not known, wanted an IANA name; did you mean %s?", shown, nearest);
        return NULL;
    }
    g_autoptr(Calendar) calendar = g_new0(Calendar, 1);
    calendar->zone = g_strdup(zone);
    calendar->spans = read_spans(known);
    calendar->holidays = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
    if (holidays != NULL && !read_holidays(calendar->holidays, holidays, error))
        return NULL;
    calendar->day = g_new(Day, DAYS);
    for (gint64 d = 0; d < DAYS; d++)
        calendar->day[d] = make_day(calendar, d);
    return g_steal_pointer(&calendar);
}

void calendar_free(Calendar *calendar)
{
    if (calendar == NULL)
        return;
    g_free(calendar->zone);
    g_array_unref(calendar->spans);
    g_hash_table_unref(calendar->holidays);
    g_free(calendar->day);
    g_free(calendar);
}

const char *calendar_zone(const Calendar *calendar)
{
    return calendar->zone;
}

/* Adds the countries of a folder to a sorted set of names. */
static void list_countries(const char *folder, GTree *countries)
{
    g_autoptr(GDir) open = g_dir_open(folder, 0, NULL);
    const char *name;
    while (open != NULL && (name = g_dir_read_name(open)) != NULL)
        if (strlen(name) == 6 && g_str_has_suffix(name, ".csv"))
            g_tree_insert(countries, g_strndup(name, 2), NULL);
}

static gboolean append_country(gpointer name, gpointer value, gpointer text)
{
    g_string_append_printf(text, "%s%s", ((GString *)text)->len ? " " : "", (const char *)name);
    return FALSE;
}

static int compare_names(gconstpointer a, gconstpointer b, gpointer self)
{
    return strcmp(a, b);
}

char *calendar_holiday_file(const char *country, GError **error)
{
    const char *const folder[] = {g_getenv("WARDCAST_DATADIR"), PKGDATADIR};
    gboolean possible = strlen(country) == 2 && g_ascii_isalpha(country[0]) && g_ascii_isalpha(country[1]);
    g_autofree char *upper = g_ascii_strup(country, -1);
    g_autofree char *file = g_strconcat(upper, ".csv", NULL);
    g_autoptr(GTree) countries = g_tree_new_full(compare_names, NULL, g_free, NULL);
    for (gsize k = 0; k < G_N_ELEMENTS(folder); k++) {
        if (folder[k] == NULL)
            continue;
        g_autofree char *path = g_build_filename(folder[k], "holidays", file, NULL);
        if (possible && g_file_test(path, G_FILE_TEST_IS_REGULAR))
            return g_steal_pointer(&path);
        g_autofree char *holidays = g_build_filename(folder[k], "holidays", NULL);
        list_countries(holidays, countries);
    }
    g_autoptr(GString) names = g_string_new(NULL);
    g_tree_foreach(countries, append_country, names);
    g_autofree char *shown = g_strescape(country, NULL);
    g_set_error(error, SERIES_ERROR, SERIES_ERROR_FILE, "no holiday file for country \"%.16s\", wanted one of: %s; or leave the country out",
                shown, names->len ? names->str : "(none is installed)");
    return NULL;
}

/* --- instants ------------------------------------------------------------- */

gint64 calendar_civil_second(const Calendar *calendar, Instant at)
{
    gint64 second = floor_div(at, INSTANT_SECOND);
    return second + g_array_index(calendar->spans, Span, span_of(calendar, second)).offset;
}

gint64 calendar_civil_hour(const Calendar *calendar, Instant at)
{
    return floor_div(calendar_civil_second(calendar, at), HOUR_S);
}

int calendar_instants(const Calendar *calendar, gint64 civil_hour, Instant at[2])
{
    gint64 shown = civil_hour * HOUR_S;
    int found = 0;
    for (guint k = span_of(calendar, shown - FARTHEST_S); k < calendar->spans->len && found < 2; k++) {
        const Span *span = &g_array_index(calendar->spans, Span, k);
        gboolean last = k + 1 == calendar->spans->len;
        gint64 second = shown - span->offset;
        if (span->from > shown + FARTHEST_S)
            break;
        if (second >= span->from && (last || second < span[1].from))
            at[found++] = second * INSTANT_SECOND;
        else if (k > 0 && span->from + span[-1].offset <= shown && shown < span->from + span->offset &&
                 span->from + span->offset < shown + HOUR_S)
            at[found++] = span->from * INSTANT_SECOND; /* the clock jumped into the middle of this hour */
    }
    return found;
}

/* The instant of the jump that skipped this civil hour. */
static Instant jump_over(const Calendar *calendar, gint64 civil_hour)
{
    gint64 shown = civil_hour * HOUR_S;
    for (guint k = 1 + span_of(calendar, shown - FARTHEST_S); k < calendar->spans->len; k++) {
        const Span *span = &g_array_index(calendar->spans, Span, k);
        if (span->from + span[-1].offset <= shown && shown < span->from + span->offset)
            return span->from * INSTANT_SECOND;
    }
    g_assert_not_reached();
}

Instant calendar_instant(const Calendar *calendar, Grain grain, gint64 step)
{
    gint64 hour = grain_first_hour(grain, step);
    Instant at[2];
    return calendar_instants(calendar, hour, at) > 0 ? at[0] : jump_over(calendar, hour);
}

gint64 calendar_step(const Calendar *calendar, Grain grain, Instant at)
{
    return grain_step_of_hour(grain, calendar_civil_hour(calendar, at));
}
