#include "config/document.h"

#include <string.h>

#include "config/build.h"
#include "config/config.h"
#include "config/value.h"

enum { WIDTH = 78 };

static guint depth_of(const SettingSection *section)
{
    guint depth = 0;
    for (const SettingSection *s = section; *s->parent; s = setting_section_by_key(s->parent))
        depth += setting_section_is_list(setting_section_by_key(s->parent)) ? 2 : 1;
    return depth + 1;
}

/* "default 15min", "required", "when left out, no password is sent". */
static char *default_of(const Setting *row)
{
    if (row->flags & SETTING_REQUIRED)
        return g_strdup("required");
    if (!row->standard)
        return g_strconcat("when left out, ", row->otherwise, NULL);
    if (!*row->standard)
        return g_strdup("default none");
    g_auto(GStrv) word = g_strsplit(row->standard, " ", -1);
    g_autofree char *items = g_strjoinv(", ", word);
    return g_strconcat("default ", row->flags & SETTING_LIST ? items : row->standard, NULL);
}

/* "a duration from 5s to 1d; default 15min". */
static char *terms_of(const Setting *row)
{
    g_autofree char *wanted = value_wanted(row), *otherwise = default_of(row);
    return g_strconcat(row->flags & SETTING_LIST ? "list, each item " : "", wanted, row->unit ? ", in " : "", row->unit ? row->unit : "", "; ",
                       otherwise, row->flags & SETTING_RESTART ? "; a change needs a restart" : "", NULL);
}

/* Append words, broken at WIDTH, each line after `lead`. */
static void wrap(GString *out, const char *lead, const char *words)
{
    g_auto(GStrv) word = g_strsplit(words, " ", -1);
    gsize column = 0;
    for (gsize i = 0; word[i]; i++) {
        if (column == 0 || column + 1 + strlen(word[i]) > WIDTH) {
            g_string_append_printf(out, "%s%s%s", column ? "\n" : "", lead, word[i]);
            column = strlen(lead) + strlen(word[i]);
        } else {
            g_string_append_printf(out, " %s", word[i]);
            column += 1 + strlen(word[i]);
        }
    }
    g_string_append_c(out, '\n');
}

/* --- text ----------------------------------------------------------------- */

static char *write_text(void)
{
    GString *out = g_string_new("Settings of wardcast.yaml\n");
    for (gsize s = 0; s < setting_sections; s++) {
        g_string_append_printf(out, "\n%s  %s\n", setting_section[s].key, setting_section[s].sentence);
        for (gsize i = 0; i < settings; i++) {
            if (!g_str_equal(setting[i].section, setting_section[s].key))
                continue;
            g_autofree char *key = setting_key(&setting[i]), *terms = terms_of(&setting[i]);
            g_string_append_printf(out, "  %s\n", key);
            wrap(out, "      ", setting[i].sentence);
            wrap(out, "      ", terms);
        }
    }
    return g_string_free(out, FALSE);
}

/* --- yaml ----------------------------------------------------------------- */

static gboolean needs_quotes(const Setting *row, const char *value)
{
    return !*value || row->type == SETTING_CLOCK || row->type == SETTING_SLOT || row->type == SETTING_ADDRESS || strstr(value, ": ") ||
           strstr(value, " #");
}

static void append_scalar(GString *out, const Setting *row, const char *value)
{
    g_string_append_printf(out, needs_quotes(row, value) ? "\"%s\"" : "%s", value);
}

static void append_value(GString *out, const Setting *row)
{
    const char *value = row->flags & SETTING_REQUIRED || !row->standard ? row->example : row->standard;
    if (!(row->flags & SETTING_LIST)) {
        append_scalar(out, row, value);
        return;
    }
    g_auto(GStrv) word = g_strsplit(value, " ", -1);
    g_string_append_c(out, '[');
    for (gsize i = 0; word[i]; i++) {
        g_string_append(out, i ? ", " : "");
        append_scalar(out, row, word[i]);
    }
    g_string_append_c(out, ']');
}

/* What may be left out is commented out, at its default. */
static void write_setting(GString *out, const Setting *row, guint depth, gboolean first_of_item)
{
    g_autofree char *indent = g_strnfill(2 * depth, ' '), *lead = g_strconcat(indent, "# ", NULL), *terms = terms_of(row);
    g_autofree char *words = g_strdup_printf("%s (%s)", row->sentence, terms);
    gboolean required = (row->flags & SETTING_REQUIRED) != 0;
    wrap(out, lead, words);
    if (first_of_item && depth > 0)
        g_string_append_printf(out, "%.*s- ", (int)(2 * depth - 2), indent);
    else
        g_string_append(out, indent);
    g_string_append_printf(out, "%s%s: ", required ? "" : "#", row->name);
    append_value(out, row);
    g_string_append_c(out, '\n');
}

static void write_lines(GString *out, const char *lead, const char *text)
{
    g_auto(GStrv) line = g_strsplit(text, "\n", -1);
    for (gsize i = 0; line[i]; i++)
        if (*line[i])
            g_string_append_printf(out, "%s%s\n", lead, line[i]);
}

static void write_section(GString *out, const SettingSection *section)
{
    guint depth = depth_of(section);
    gboolean list = setting_section_is_list(section), first = list;
    g_autofree char *outer = g_strnfill(2 * (depth - 1), ' '), *sentence_lead = g_strconcat(outer, "# ", NULL);
    g_string_append_c(out, '\n');
    wrap(out, sentence_lead, section->sentence);
    g_string_append_printf(out, "%s%s%s:\n", outer, section->standard ? "#" : "", section->name);
    if (section->standard) {
        g_autofree char *lead = g_strconcat(outer, "#  ", NULL);
        write_lines(out, lead, section->standard);
        wrap(out, sentence_lead, "Each item has these keys:");
    }
    for (gsize i = 0; i < settings; i++) {
        if (!g_str_equal(setting[i].section, section->key))
            continue;
        if (section->standard) {
            g_autofree char *terms = terms_of(&setting[i]), *line = g_strdup_printf("%s: %s (%s)", setting[i].name, setting[i].sentence, terms);
            g_autofree char *lead = g_strconcat(outer, "#   ", NULL);
            wrap(out, lead, line);
            continue;
        }
        write_setting(out, &setting[i], depth + (list ? 1 : 0), first);
        first = FALSE;
    }
}

static char *write_yaml(void)
{
    GString *out = g_string_new("# wardcast.yaml -- the configuration of Wardcast, with every setting there is.\n"
                                "#\n"
                                "# A line that begins with \"#name:\" shows a default; take the # away to change it.\n"
                                "# \"wardcast check\" reads the file and says what is wrong.  See wardcast.yaml(5).\n");
    for (gsize s = 0; s < setting_sections; s++)
        write_section(out, &setting_section[s]);
    return g_string_free(out, FALSE);
}

/* --- man ------------------------------------------------------------------ */

/* Text as troff takes it: a backslash, a leading dot or quote and a plain hyphen mean something else there. */
static void append_troff(GString *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        g_string_append(out, "\\&");
    for (; *text; text++) {
        if (*text == '\\')
            g_string_append(out, "\\e");
        else if (*text == '-')
            g_string_append(out, "\\-");
        else if (*text == '\'')
            g_string_append(out, "\\(aq");
        else
            g_string_append_c(out, *text);
        if (*text == '\n' && (text[1] == '.' || text[1] == '\''))
            g_string_append(out, "\\&");
    }
}

static void man_term(GString *out, const char *term)
{
    g_string_append(out, ".TP\n.B ");
    append_troff(out, term);
    g_string_append_c(out, '\n');
}

static void man_section(GString *out, const SettingSection *section)
{
    g_string_append(out, ".SS ");
    append_troff(out, section->key);
    g_string_append_c(out, '\n');
    append_troff(out, section->sentence);
    g_string_append_c(out, '\n');
    for (gsize i = 0; i < settings; i++) {
        if (!g_str_equal(setting[i].section, section->key))
            continue;
        g_autofree char *terms = terms_of(&setting[i]);
        man_term(out, setting[i].name);
        append_troff(out, setting[i].sentence);
        g_string_append(out, "\n.br\n");
        terms[0] = g_ascii_toupper(terms[0]);
        append_troff(out, terms);
        g_string_append(out, ".\n");
    }
    if (section->standard) {
        g_string_append(out, ".PP\nDefault:\n.PP\n.nf\n");
        append_troff(out, section->standard);
        g_string_append(out, ".fi\n");
    }
}

static void man_feed(GString *out, const FeedShape *shape)
{
    static const char *const type[] = {[CELL_TEXT] = "text", [CELL_TIME] = "timestamp with time zone", [CELL_NUMBER] = "number"};
    g_string_append_printf(out, ".SS %s\n", shape->name);
    for (gsize c = 0; c < shape->columns; c++) {
        const FeedColumn *column = &shape->column[c];
        man_term(out, column->name);
        g_autofree char *line = g_strdup_printf("%s (%s%s%s)", column->meaning, type[column->type], column->required ? "" : ", may be NULL",
                                                column->key ? ", key" : "");
        append_troff(out, line);
        g_string_append_c(out, '\n');
    }
}

static const char man_head[] =
    ".SH NAME\n"
    "wardcast.yaml \\- configuration of the ward forecasting daemon\n"
    ".SH DESCRIPTION\n"
    "A YAML file, UTF\\-8, of at most 1 MiB.  Unknown keys are errors.  Anchors, aliases and tags are refused.  A duration is\n"
    "written like 30s, 15min, 2h, 1d or 1h30min, a size like 64MiB, a local time like \"06:00\".  Where a list of values is\n"
    "wanted, a single value may stand alone.  Every complaint names the file, the line, the key, what was seen and what was wanted:\n"
    ".PP\n.nf\n"
    "/etc/wardcast/wardcast.yaml:12: sources[].every: seen \"15m\", wanted a duration from 5s to 1d; write it like \"15min\"\n"
    ".fi\n"
    ".PP\n"
    "A changed file takes effect on reload (SIGHUP), settings marked so only after a restart.  When the changed file has an error,\n"
    "the daemon goes on with the settings it has and says so.\n";

static const char man_feeds[] =
    ".SH FEEDS\n"
    "A feed\\(aqs query gives these columns, by name and in any order.  Rows are facts: a correction is a newer row with the same key\n"
    "and a later recorded_at.\n";

static const char man_tail[] =
    ".SH SECRETS\n"
    "The file holds no secret.  Settings such as\n.B password\nname a credential: a file of that name in the folder that systemd gives the\n"
    "service ($CREDENTIALS_DIRECTORY, from LoadCredential= in the unit), or else in the folder\n.B credentials\nbeside the configuration\n"
    "file.  Other users must not be able to read it.\n"
    ".SH EXAMPLE\n"
    "The least that does something useful:\n"
    ".PP\n.nf\n"
    "warehouse:\n"
    "  connection: host=/var/run/postgresql dbname=wardcast user=wardcast\n"
    "groups:\n"
    "  \\- id: st_mary\n"
    "    timezone: America/New_York\n"
    "sources:\n"
    "  \\- name: ehr\n"
    "    group: st_mary\n"
    "    connection: host=ehr\\-replica.example.org dbname=ehr user=wardcast_reader\n"
    "    feeds:\n"
    "      \\- feed: stays\n"
    "        sql: SELECT facility, unit, stay, event, effective_at, recorded_at FROM adt WHERE recorded_at > $1 AND recorded_at <= $2\n"
    ".fi\n"
    ".SH FILES\n"
    ".TP\n.I /etc/wardcast/wardcast.yaml\nThe configuration of the service.\n"
    ".SH SEE ALSO\n"
    ".BR wardcast (1),\n.BR systemd.exec (5)\n";

static char *write_man(void)
{
    GString *out = g_string_new(".\\\" Made from the table of settings; a change belongs into config/setting.c.\n");
    g_string_append_printf(out, ".TH WARDCAST.YAML 5 \"\" \"wardcast %s\" \"File formats\"\n", PACKAGE_VERSION);
    g_string_append(out, man_head);
    g_string_append(out, ".SH SETTINGS\n");
    for (gsize s = 0; s < setting_sections; s++)
        man_section(out, &setting_section[s]);
    g_string_append(out, man_feeds);
    for (Feed f = 0; f < FEEDS; f++)
        man_feed(out, &feed_shape[f]);
    return g_string_free(g_string_append(out, man_tail), FALSE);
}

char *document_new(const char *format)
{
    if (g_str_equal(format, "text"))
        return write_text();
    if (g_str_equal(format, "man"))
        return write_man();
    return g_str_equal(format, "yaml") ? write_yaml() : NULL;
}
