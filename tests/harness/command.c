#include "tests/harness/command.h"

#include <string.h>

static GString *said;

static void listen(const char *text)
{
    g_string_append(said, text);
}

int command_run(int (*command)(int argc, char **argv), const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *line = g_strdup_vprintf(format, args);
    va_end(args);
    g_auto(GStrv) word = NULL;
    int words;
    g_assert_true(g_shell_parse_argv(line, &words, &word, NULL));
    if (said == NULL)
        said = g_string_new(NULL);
    g_string_truncate(said, 0);
    GPrintFunc out = g_set_print_handler(listen), err = g_set_printerr_handler(listen);
    int code = command(words, word);
    g_set_print_handler(out);
    g_set_printerr_handler(err);
    return code;
}

const char *command_said(void)
{
    return said != NULL ? said->str : "";
}

void command_assert_said(const char *words)
{
    if (strstr(command_said(), words) == NULL)
        g_error("\"%s\" is not in: %s", words, command_said());
}
