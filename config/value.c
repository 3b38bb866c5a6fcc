#include "config/value.h"

#include <gio/gio.h>
#include <string.h>

#include "config/config.h"
#include "config/conninfo.h"
#include "config/statement.h"
#include "forecast/series/calendar.h"

typedef struct {
    const char *suffix;
    guint64 factor;
} Unit;

static const Unit duration_unit[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}};
static const Unit size_unit[] = {{"TiB", G_GUINT64_CONSTANT(1) << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}};
enum { DURATION_UNITS = G_N_ELEMENTS(duration_unit), SIZE_UNITS = G_N_ELEMENTS(size_unit), MINUTES_OF_DAY = 1440, LEAST_SLOT_MINUTES = 5 };

/* A value on its way: text for the text types (owned), else number. */
typedef struct {
    char *text;
    double number;
} Parsed;

void value_fault_clear(ValueFault *fault)
{
    g_clear_pointer(&fault->wanted, g_free);
    g_clear_pointer(&fault->remedy, g_free);
}

gboolean value_is_shown(const Setting *row)
{
    return row->type != SETTING_CREDENTIAL && row->type != SETTING_CONNINFO;
}

/* --- numbers with units --------------------------------------------------- */

static gboolean parse_digits(const char **c, double *number)
{
    const char *start = *c;
    *number = 0;
    while (g_ascii_isdigit(**c))
        *number = *number * 10 + *(*c)++ - '0';
    return *c > start && *c - start <= 19;
}

static gboolean parse_units(const char *text, const Unit *unit, gsize units, double *number)
{
    if (g_str_equal(text, "0")) {
        *number = 0;
        return TRUE;
    }
    *number = 0;
    for (gsize last = 0; *text; last++) { /* each unit at most once, the large one first */
        double digits;
        gsize u = last;
        if (!parse_digits(&text, &digits))
            return FALSE;
        gsize length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
        while (u < units && (strlen(unit[u].suffix) != length || strncmp(unit[u].suffix, text, length) != 0))
            u++;
        if (u == units)
            return FALSE;
        *number += digits * (double)unit[u].factor;
        text += length;
        last = u;
    }
    return *number > 0;
}

static char *print_units(guint64 number, const Unit *unit, gsize units)
{
    gsize u = 0;
    if (number == 0)
        return g_strdup("0");
    while (u < units - 1 && number % unit[u].factor != 0)
        u++;
    return g_strdup_printf("%" G_GUINT64_FORMAT "%s", number / unit[u].factor, unit[u].suffix);
}

static gboolean parse_plain(const char *text, double *number)
{
    char *end;
    if (!*text || text[strspn(text, "0123456789.+-eE")])
        return FALSE;
    *number = g_ascii_strtod(text, &end);
    return !*end && isfinite(*number);
}

static gboolean parse_clock(const char *text, double *minutes)
{
    if (strlen(text) != 5 || text[2] != ':' || !g_ascii_isdigit(text[0]) || !g_ascii_isdigit(text[1]) ||
        !g_ascii_isdigit(text[3]) || !g_ascii_isdigit(text[4]))
        return FALSE;
    int hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
    *minutes = hour * 60 + minute;
    return hour < 24 && minute < 60;
}

/* --- texts ---------------------------------------------------------------- */

static gboolean is_line(const char *text, double least, double most)
{
    glong length = g_utf8_strlen(text, -1);
    for (const char *c = text; *c; c = g_utf8_next_char(c))
        if (g_unichar_iscntrl(g_utf8_get_char(c)))
            return FALSE;
    return (double)length >= least && (double)length <= most;
}

static gboolean is_id(const char *text)
{
    gsize length = strlen(text);
    return length >= 1 && length <= 63 && g_ascii_isalnum(*text) &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

static gboolean is_credential(const char *text)
{
    gsize length = strlen(text);
    return length >= 1 && length <= 63 && *text != '.' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == length;
}

static gboolean is_choice(const char *choices, const char *text)
{
    g_auto(GStrv) word = g_strsplit(choices, " ", -1);
    return g_strv_contains((const char *const *)word, text);
}

static gboolean is_path(const char *text)
{
    g_auto(GStrv) part = g_strsplit(text, "/", -1);
    return *text == '/' && !g_strv_contains((const char *const *)part, "..");
}

static gboolean is_zone(const char *text, GError **error)
{
    g_autoptr(Calendar) calendar = calendar_new(text, NULL, error);
    return calendar != NULL;
}

static gboolean is_country(const char *text, GError **error)
{
    g_autofree char *file = calendar_holiday_file(text, error);
    return file && g_ascii_isupper(text[0]) && g_ascii_isupper(text[1]);
}

static gboolean is_address(const char *text)
{
    const char *colon = strrchr(text, ':');
    double port;
    const char *digits = colon ? colon + 1 : "";
    if (!*text)
        return TRUE;
    if (!colon || !parse_digits(&digits, &port) || *digits || port < 1 || port > 65535)
        return FALSE;
    gsize length = (gsize)(colon - text);
    gboolean bracketed = length > 2 && text[0] == '[' && text[length - 1] == ']';
    g_autofree char *host = bracketed ? g_strndup(text + 1, length - 2) : g_strndup(text, length);
    return g_hostname_is_ip_address(host) && (bracketed || !strchr(host, ':'));
}

/* --- a row's form --------------------------------------------------------- */

static gboolean parse_text(const Setting *row, const char *text)
{
    switch (row->type) {
    case SETTING_ID: return is_id(text);
    case SETTING_CHOICE: return is_choice(row->choices, text);
    case SETTING_PATH: return is_path(text) && is_line(text, row->least, row->most);
    case SETTING_ZONE: return is_line(text, row->least, row->most) && is_zone(text, NULL);
    case SETTING_COUNTRY: return is_line(text, row->least, row->most) && is_country(text, NULL);
    case SETTING_ADDRESS: return is_address(text);
    case SETTING_CREDENTIAL: return is_credential(text);
    case SETTING_CONNINFO: return conninfo_judge(text) == CONNINFO_GOOD && is_line(text, row->least, row->most);
    default: return is_line(text, row->least, row->most) && (!(row->flags & SETTING_KEY) || strlen(text) <= SETTING_KEY_BYTES);
    }
}

static gboolean parse_number(const Setting *row, const char *text, double *number)
{
    Grain grain;
    Feed feed;
    switch (row->type) {
    case SETTING_COUNT: return parse_digits(&text, number) && !*text;
    case SETTING_DURATION: return parse_units(text, duration_unit, DURATION_UNITS, number);
    case SETTING_SIZE: return parse_units(text, size_unit, SIZE_UNITS, number);
    case SETTING_CLOCK: return parse_clock(text, number);
    case SETTING_GRAIN: return grain_from_name(text, &grain) ? (*number = grain, TRUE) : FALSE;
    case SETTING_FEED: return feed_from_name(text, &feed) ? (*number = feed, TRUE) : FALSE;
    default: return parse_plain(text, number);
    }
}

static gboolean is_text(SettingType type)
{
    return type < SETTING_COUNT;
}

static gboolean is_bounded(SettingType type)
{
    return type != SETTING_GRAIN && type != SETTING_FEED;
}

static char *parse_statement(const char *text)
{
    gsize length;
    if (statement_judge(text, &length) != STATEMENT_GOOD)
        return NULL;
    for (const char *c = text; *c; c = g_utf8_next_char(c))
        if (g_unichar_iscntrl(g_utf8_get_char(c)) && !strchr("\n\t\r", *c))
            return NULL;
    return g_strndup(text, length);
}

static gboolean parse(const Setting *row, const char *text, Parsed *parsed)
{
    if (row->type == SETTING_SQL)
        return (parsed->text = parse_statement(text)) != NULL;
    if (is_text(row->type))
        return parse_text(row, text) ? (parsed->text = g_strdup(text), TRUE) : FALSE;
    return parse_number(row, text, &parsed->number) &&
           (!is_bounded(row->type) || (parsed->number >= row->least && parsed->number <= row->most));
}

/* --- what is wanted ------------------------------------------------------- */

static char *print_number(const Setting *row, double number)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];
    switch (row->type) {
    case SETTING_COUNT: return g_strdup_printf("%.0f", number);
    case SETTING_DURATION: return print_units((guint64)number, duration_unit, DURATION_UNITS);
    case SETTING_SIZE: return print_units((guint64)number, size_unit, SIZE_UNITS);
    case SETTING_CLOCK: return g_strdup_printf("%02d:%02d", (int)number / 60, (int)number % 60);
    case SETTING_GRAIN: return g_strdup(grain_name((Grain)number));
    case SETTING_FEED: return g_strdup(feed_shape[(int)number].name);
    default: return g_strdup(g_ascii_formatd(digits, sizeof digits, number == (double)(gint64)number ? "%.0f" : "%.15g", number));
    }
}

static char *wanted_feed(void)
{
    GString *names = g_string_new("one of ");
    for (Feed f = 0; f < FEEDS; f++)
        g_string_append_printf(names, "%s%s", f ? ", " : "", feed_shape[f].name);
    return g_string_free(names, FALSE);
}

static char *wanted_choice(const Setting *row)
{
    g_auto(GStrv) word = g_strsplit(row->choices, " ", -1);
    g_autofree char *list = g_strjoinv(", ", word);
    return word[1] ? g_strconcat("one of ", list, NULL) : g_strdup(list);
}

static const char *noun_of_number(SettingType type)
{
    switch (type) {
    case SETTING_COUNT: return "a whole number";
    case SETTING_DURATION: return "a duration";
    case SETTING_SIZE: return "a size";
    case SETTING_CLOCK: return "a local time";
    case SETTING_SHARE: return "a share";
    default: return "a number";
    }
}

char *value_wanted(const Setting *row)
{
    switch (row->type) {
    case SETTING_ID: return g_strdup("1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit");
    case SETTING_CHOICE: return wanted_choice(row);
    case SETTING_PATH: return g_strdup("an absolute path without \"..\"");
    case SETTING_ZONE: return g_strdup("the IANA name of a time zone");
    case SETTING_COUNTRY: return g_strdup("the code of a country with a holiday file, in capital letters");
    case SETTING_ADDRESS: return g_strdup("a numeric address and a port, or nothing");
    case SETTING_CREDENTIAL: return g_strdup("the name of a credential, 1 to 63 of A-Z, a-z, 0-9, _, - and .");
    case SETTING_CONNINFO: return g_strdup("a conninfo string or URI without a password");
    case SETTING_SQL: return g_strdup("one SELECT statement");
    case SETTING_SLOT: return g_strdup("a local time from 00:00 to 23:59, or \"every\" and a part of a day of 5min or more");
    case SETTING_GRAIN: return g_strdup("one of hour, day, week, month");
    case SETTING_FEED: return wanted_feed();
    case SETTING_TEXT:
        return row->flags & SETTING_KEY ? g_strdup_printf("one line of %.0f to %.0f characters, in UTF-8 at most %d bytes", row->least, row->most, SETTING_KEY_BYTES)
                                        : g_strdup_printf("one line of %.0f to %.0f characters", row->least, row->most);
    default: break;
    }
    g_autofree char *least = print_number(row, row->least), *most = print_number(row, row->most);
    return g_strdup_printf("%s from %s to %s", noun_of_number(row->type), least, most);
}

static char *remedy_of_statement(const char *text)
{
    gsize length;
    switch (statement_judge(text, &length)) {
    case STATEMENT_EMPTY: return g_strdup("write the query; only blanks and comments are there");
    case STATEMENT_VERB: return g_strdup("begin it with SELECT, WITH, VALUES or TABLE");
    case STATEMENT_SEVERAL: return g_strdup("take out what follows the first \";\"");
    case STATEMENT_OPEN: return g_strdup("close every quote, comment and parenthesis");
    case STATEMENT_PARAMETER: return g_strdup("use no parameters but $1 (since) and $2 (until)");
    default: return g_strdup("take out control characters");
    }
}

/* What forecast/series says of a zone or country it does not know; it names those there are. */
static char *remedy_of_place(const Setting *row, const char *text)
{
    g_autoptr(GError) error = NULL;
    if (!is_line(text, row->least, row->most) || (row->type == SETTING_ZONE ? is_zone : is_country)(text, &error))
        return g_strdup_printf("write it like \"%s\"", row->example);
    const char *advice = strstr(error->message, row->type == SETTING_ZONE ? "did you mean" : "wanted one of");
    return g_strdup(advice ? advice : error->message);
}

static char *remedy_of(const Setting *row, const char *text)
{
    if (row->type == SETTING_SQL)
        return remedy_of_statement(text);
    if (row->type == SETTING_CONNINFO && conninfo_judge(text) == CONNINFO_PASSWORD)
        return g_strdup("take the password out, put it into a credential and give that credential's name under \"password\" (or \"owner_password\")");
    if (row->type == SETTING_CREDENTIAL)
        return g_strdup("put the secret itself into a credential file (see SECRETS in wardcast.yaml(5)) and its name here");
    if (row->type == SETTING_ZONE || row->type == SETTING_COUNTRY)
        return remedy_of_place(row, text);
    if (row->type == SETTING_SLOT)
        return g_strdup("write it like \"06:00\" or \"every 4h\"");
    g_autofree char *quoted = g_strdup_printf("\"%s\"", row->example ? row->example : row->standard);
    return g_strconcat("write it like ", quoted, NULL);
}

static gboolean refuse(const Setting *row, const char *text, ValueFault *fault)
{
    fault->wanted = value_wanted(row);
    fault->remedy = remedy_of(row, text);
    return FALSE;
}

/* --- fields --------------------------------------------------------------- */

static void store(const Setting *row, Parsed *parsed, gpointer fields)
{
    char *field = (char *)fields + row->offset;
    if (is_text(row->type)) {
        g_free(*(char **)field);
        *(char **)field = parsed->text;
    } else if (row->type == SETTING_NUMBER || row->type == SETTING_SHARE)
        *(double *)field = parsed->number;
    else if (row->size == sizeof(guint64))
        *(guint64 *)field = (guint64)parsed->number;
    else
        *(guint *)field = (guint)parsed->number;
}

gboolean value_read(const Setting *row, const char *text, gpointer fields, ValueFault *fault)
{
    Parsed parsed = {0};
    if (!parse(row, text, &parsed))
        return refuse(row, text, fault);
    store(row, &parsed, fields);
    return TRUE;
}

static void add_once(GPtrArray *item, char *text)
{
    if (g_ptr_array_find_with_equal_func(item, text, g_str_equal, NULL))
        g_free(text);
    else
        g_ptr_array_add(item, text);
}

/* "every 4h" is 00:00, 04:00, ...; the last gap is as long as the others. */
static gboolean read_slot(const char *text, GPtrArray *item)
{
    double at, step;
    if (parse_clock(text, &at)) {
        add_once(item, g_strdup(text));
        return TRUE;
    }
    if (!g_str_has_prefix(text, "every ") || !parse_units(text + strlen("every "), duration_unit, DURATION_UNITS, &step))
        return FALSE;
    guint seconds = step <= 86400 ? (guint)step : 0, minutes = seconds / 60;
    if (seconds % 60 != 0 || minutes < LEAST_SLOT_MINUTES || MINUTES_OF_DAY % minutes != 0)
        return FALSE;
    for (guint slot = 0; slot < MINUTES_OF_DAY; slot += minutes)
        add_once(item, g_strdup_printf("%02u:%02u", slot / 60, slot % 60));
    return TRUE;
}

gboolean value_read_item(const Setting *row, const char *text, GPtrArray *item, ValueFault *fault)
{
    Parsed parsed = {0};
    if (row->type == SETTING_SLOT)
        return read_slot(text, item) || refuse(row, text, fault);
    if (!parse(row, text, &parsed))
        return refuse(row, text, fault);
    add_once(item, parsed.text);
    return TRUE;
}

static void read_standard_list(const Setting *row, char ***field)
{
    g_auto(GStrv) word = g_strsplit(row->standard, " ", -1);
    GPtrArray *item = g_ptr_array_new();
    for (gsize i = 0; word[i]; i++) {
        ValueFault fault = {0};
        gboolean fits = value_read_item(row, word[i], item, &fault);
        g_assert(fits);
    }
    g_ptr_array_add(item, NULL);
    g_strfreev(*field);
    *field = (char **)g_ptr_array_free(item, FALSE);
}

void value_read_standard(const Setting *row, gpointer fields)
{
    ValueFault fault = {0};
    if (!row->standard)
        return;
    if (row->flags & SETTING_LIST) {
        read_standard_list(row, (char ***)((char *)fields + row->offset));
        return;
    }
    gboolean fits = value_read(row, row->standard, fields, &fault);
    g_assert(fits); /* a test reads every row's default */
}

char *value_print(const Setting *row, gconstpointer fields)
{
    const char *field = (const char *)fields + row->offset;
    if (row->flags & SETTING_LIST)
        return g_strjoinv("\n", *(char **const *)field);
    if (is_text(row->type))
        return g_strdup(*(char *const *)field);
    if (row->type == SETTING_NUMBER || row->type == SETTING_SHARE)
        return print_number(row, *(const double *)field);
    if (row->size == sizeof(guint64))
        return print_number(row, (double)*(const guint64 *)field);
    return print_number(row, (double)*(const guint *)field);
}
