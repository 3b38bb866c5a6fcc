#include "daemon/command.h"

#include "config/build.h"

#include <gio/gio.h>
#include <string.h>

static const char preamble[] =
    "wardcast forecasts how many patients each ward of a hospital will hold and\n"
    "recommends nurses and beds, in tables of a PostgreSQL warehouse and a morning brief.\n";

const Command *command_find(const char *name)
{
    for (gsize c = 0; c < commands; c++)
        if (g_str_equal(command[c].name, name))
            return &command[c];
    return NULL;
}

/* Optimal string alignment distance (Damerau 1964), names are short. */
static guint distance(const char *a, const char *b)
{
    enum { LONGEST = 32 };
    gsize n = MIN(strlen(a), LONGEST - 1), m = MIN(strlen(b), LONGEST - 1);
    guint d[LONGEST][LONGEST];
    for (gsize i = 0; i <= n; i++)
        d[i][0] = (guint)i;
    for (gsize j = 0; j <= m; j++)
        d[0][j] = (guint)j;
    for (gsize i = 1; i <= n; i++)
        for (gsize j = 1; j <= m; j++) {
            d[i][j] = MIN(MIN(d[i - 1][j] + 1, d[i][j - 1] + 1), d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = MIN(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[n][m];
}

const char *command_nearest(const char *name)
{
    const char *nearest = NULL;
    guint best = 3; /* further away it is another word, not a slip */
    for (gsize c = 0; c < commands; c++) {
        guint d = distance(name, command[c].name);
        if (d < best) {
            best = d;
            nearest = command[c].name;
        }
    }
    return nearest;
}

char *command_help(void)
{
    GString *help = g_string_new("Usage: wardcast COMMAND [OPTION...]\n\n");
    g_string_append(help, preamble);
    g_string_append(help, "\nCommands:\n");
    for (gsize c = 0; c < commands; c++)
        g_string_append_printf(help, "  %-10s %s\n", command[c].name, command[c].sentence);
    g_string_append(help, "\n`wardcast COMMAND --help` tells the options of one command.\n");
    return g_string_free(help, FALSE);
}

static void append_troff(GString *page, const char *text)
{
    for (const char *c = text; *c; c++) {
        if ((*c == '.' || *c == '\'') && (c == text || c[-1] == '\n'))
            g_string_append(page, "\\&");
        if (*c == '\\')
            g_string_append(page, "\\e");
        else if (*c == '-')
            g_string_append(page, "\\-");
        else
            g_string_append_c(page, *c);
    }
}

static gboolean append_command(GString *page, const char *program, const Command *row, const char *form, GError **error)
{
    const char *const argv[] = {program, row->name, form != NULL ? form : "--help", form != NULL ? "--help" : NULL, NULL};
    g_autoptr(GSubprocess) child = g_subprocess_newv(argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, error);
    g_autofree char *help = NULL;
    if (child == NULL || !g_subprocess_communicate_utf8(child, NULL, NULL, &help, NULL, error))
        return FALSE;
    g_string_append_printf(page, ".SS %s", row->name);
    if (form != NULL) {
        g_string_append_c(page, ' ');
        append_troff(page, form);
    } else {
        g_string_append_c(page, '\n');
        append_troff(page, row->sentence);
    }
    g_string_append(page, "\n.PP\n.nf\n");
    append_troff(page, help);
    g_string_append(page, ".fi\n");
    return TRUE;
}

char *command_manual(const char *program, GError **error)
{
    g_autoptr(GString) page = g_string_new(".TH WARDCAST 1 \"\" \"wardcast " PACKAGE_VERSION "\" \"User Commands\"\n"
                                           ".SH NAME\nwardcast \\- forecast ward demand, recommend nurses and beds\n"
                                           ".SH SYNOPSIS\n.B wardcast\n.I COMMAND\n[\\fIOPTION\\fR...]\n.SH DESCRIPTION\n");
    append_troff(page, preamble);
    g_string_append(page, ".SH COMMANDS\n");
    for (gsize c = 0; c < commands; c++)
        if (!append_command(page, program, &command[c], NULL, error) || (command[c].form != NULL && !append_command(page, program, &command[c], command[c].form, error)))
            return NULL;
    g_string_append(page,
                    ".SH EXIT STATUS\n.TP\n0\nfine\n.TP\n1\nfailed; the message says what to do\n.TP\n2\nwrong command line\n"
                    ".TP\n65\nthe input data cannot be used\n.TP\n69\nthe warehouse cannot be reached now\n.TP\n78\nthe configuration is wrong\n"
                    ".SH FILES\n.TP\n/etc/wardcast/wardcast.yaml\nthe configuration, see wardcast.yaml(5)\n"
                    ".TP\n/var/lib/wardcast\nmodels and reports\n.SH SEE ALSO\nwardcast.yaml(5)\n");
    return g_string_free(g_steal_pointer(&page), FALSE);
}
