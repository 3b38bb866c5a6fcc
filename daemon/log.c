#include "daemon/log.h"

#include <glib.h>
#include <string.h>
#include <unistd.h>

static const char *level_name(GLogLevelFlags level)
{
    if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
        return "error: ";
    return level & G_LOG_LEVEL_WARNING ? "warning: " : "";
}

static const char *message_of(const GLogField *field, gsize fields)
{
    for (gsize f = 0; f < fields; f++)
        if (g_str_equal(field[f].key, "MESSAGE"))
            return field[f].value;
    return "";
}

static GLogWriterOutput write_line(GLogLevelFlags level, const GLogField *field, gsize fields, gpointer data)
{
    (void)data;
    if (g_log_writer_default_would_drop(level, G_LOG_DOMAIN))
        return G_LOG_WRITER_HANDLED;
    if (g_log_writer_is_journald(STDERR_FILENO) && g_log_writer_journald(level, field, fields, NULL) == G_LOG_WRITER_HANDLED)
        return G_LOG_WRITER_HANDLED;
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *time = g_date_time_format(now, "%Y-%m-%d %H:%M:%S");
    /* One write per line, so that threads do not mix theirs. */
    g_autofree char *line = g_strdup_printf("%s %s%s\n", time, level_name(level), message_of(field, fields));
    gssize written = write(STDERR_FILENO, line, strlen(line));
    return written < 0 ? G_LOG_WRITER_UNHANDLED : G_LOG_WRITER_HANDLED;
}

void log_begin(void)
{
    g_log_set_writer_func(write_line, NULL, NULL);
}
