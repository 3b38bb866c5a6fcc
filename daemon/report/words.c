#include "daemon/report/words.h"

/* At even odds a unit is called over, whatever the hospital's limit for advice. */
#define EVEN_ODDS 0.5

#define DASH "\xe2\x80\x93"
#define MINUS "\xe2\x88\x92"

static const char *const day_name[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
static const char *const month_name[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

typedef struct {
    int year, month, day, weekday, hour, minute;
} Civil;

static Civil civil_of(const Calendar *calendar, Instant at)
{
    Civil civil;
    gint64 second = calendar_civil_second(calendar, at);
    gint64 day = second / 86400 - (second % 86400 < 0), rest = second - 86400 * day;
    grain_date_of_day(day, &civil.year, &civil.month, &civil.day);
    civil.weekday = grain_weekday(day);
    civil.hour = (int)(rest / 3600);
    civil.minute = (int)(rest % 3600 / 60);
    return civil;
}

char *words_full_time(const Calendar *calendar, Instant at)
{
    Civil c = civil_of(calendar, at);
    return g_strdup_printf("%s %d %s %d, %02d:%02d", day_name[c.weekday], c.day, month_name[c.month - 1], c.year, c.hour, c.minute);
}

char *words_time(const Calendar *calendar, Instant at)
{
    Civil c = civil_of(calendar, at);
    return g_strdup_printf("%s %d %s %02d:%02d", day_name[c.weekday], c.day, month_name[c.month - 1], c.hour, c.minute);
}

char *words_day_time(const Calendar *calendar, Instant at)
{
    Civil c = civil_of(calendar, at);
    return g_strdup_printf("%s %02d:%02d", day_name[c.weekday], c.hour, c.minute);
}

char *words_clock(const Calendar *calendar, Instant at)
{
    Civil c = civil_of(calendar, at);
    return g_strdup_printf("%02d:%02d", c.hour, c.minute);
}

char *words_age(Instant age)
{
    gint64 minutes = age / (60 * INSTANT_SECOND);
    if (minutes < 1)
        return g_strdup("<1 min");
    if (minutes < 90)
        return g_strdup_printf("%" G_GINT64_FORMAT " min", minutes);
    if (minutes < 48 * 60)
        return g_strdup_printf("%" G_GINT64_FORMAT " h", (minutes + 30) / 60);
    return g_strdup_printf("%" G_GINT64_FORMAT " days", (minutes + 12 * 60) / (24 * 60));
}

char *words_chance(double chance)
{
    if (isnan(chance))
        return g_strdup(DASH);
    if (chance < 0.01)
        return g_strdup("<1 %");
    if (chance > 0.99)
        return g_strdup(">99 %");
    return g_strdup_printf("%.0f %%", 100 * chance);
}

char *words_number(double number)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    if (isnan(number))
        return g_strdup(DASH);
    gboolean whole = fabs(number - round(number)) < 0.05 || fabs(number) >= 100;
    g_ascii_formatd(buffer, sizeof buffer, whole ? "%.0f" : "%.1f", fabs(number));
    gboolean zero = g_str_equal(buffer, "0") || g_str_equal(buffer, "0.0");
    return g_strconcat(number < 0 && !zero ? MINUS : "", zero ? "0" : buffer, NULL);
}

char *words_signed(double number)
{
    g_autofree char *plain = words_number(number);
    gboolean plus = number > 0 && !g_str_equal(plain, "0");
    return g_strconcat(plus ? "+" : "", plain, NULL);
}

char *words_count(gsize count, const char *one, const char *many)
{
    return g_strdup_printf("%" G_GSIZE_FORMAT " %s", count, count == 1 ? one : many);
}

char *words_measure(const char *measure)
{
    return g_strdelimit(g_strdup(measure), "_", ' ');
}

char *words_explanation(double patients, double beds, const char *explanation)
{
    g_autofree char *number = words_number(patients), *room = words_number(beds);
    g_autofree char *all = isnan(beds) ? g_strdup_printf("%s patients, %s", number, explanation)
                                       : g_strdup_printf("%s patients for %s beds, %s", number, room, explanation);
    GString *text = g_string_new(NULL);
    for (const char *c = all; *c != '\0'; c++)
        if (*c == '-' && c > all && c[-1] == ' ' && g_ascii_isdigit(c[1]))
            g_string_append(text, MINUS);
        else
            g_string_append_c(text, *c);
    g_string_append_c(text, '.');
    return g_string_free(text, FALSE);
}

Light words_light(double over, double limit)
{
    if (isnan(over))
        return LIGHT_UNKNOWN;
    if (over >= MAX(EVEN_ODDS, limit))
        return LIGHT_OVER;
    return over >= MIN(EVEN_ODDS, limit) ? LIGHT_TIGHT : LIGHT_FITS;
}

static const struct {
    const char *name, *mark, *class;
} lights[] = {
    [LIGHT_FITS] = {"fits", "\xe2\x97\x8f", "light fits"},       /* circle */
    [LIGHT_TIGHT] = {"tight", "\xe2\x96\xb2", "light tight"},    /* triangle */
    [LIGHT_OVER] = {"over", "\xe2\x96\xa0", "light over"},       /* square */
    [LIGHT_UNKNOWN] = {"unknown", "\xe2\x97\x8b", "light none"}, /* ring */
};

const char *words_light_name(Light light)
{
    return lights[light].name;
}

const char *words_light_mark(Light light)
{
    return lights[light].mark;
}

const char *words_light_class(Light light)
{
    return lights[light].class;
}
