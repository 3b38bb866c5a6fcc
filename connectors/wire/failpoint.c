#include "connectors/wire/failpoint.h"

#include <glib.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const char *const names[] = {FAILPOINTS, NULL};

const char *const *failpoint_names(void)
{
    return names;
}

#ifdef WITH_FAILPOINTS

static struct {
    char *name;   /* NULL: kill nowhere */
    gint left;    /* passings until the kill */
} armed;

static void arm(void)
{
    const char *wanted = g_getenv("WARDCAST_FAILPOINT");
    if (wanted == NULL || *wanted == '\0')
        return;
    const char *colon = strrchr(wanted, ':');
    guint64 passing = 0;
    if (colon == NULL || !g_ascii_string_to_unsigned(colon + 1, 10, 1, G_MAXINT, &passing, NULL))
        g_error("WARDCAST_FAILPOINT is %s; wanted NAME:N with N from 1", wanted);
    char *name = g_strndup(wanted, (gsize)(colon - wanted));
    if (!g_strv_contains(names, name))
        g_error("WARDCAST_FAILPOINT names %s, which is no failpoint", name);
    armed.left = (gint)passing;
    armed.name = name;
}

void failpoint(const char *name)
{
    static gsize once;
    if (g_once_init_enter(&once)) {
        arm();
        g_once_init_leave(&once, 1);
    }
    if (!g_strv_contains(names, name))
        g_error("failpoint %s is not in the table of failpoint.h", name);
    if (armed.name != NULL && g_str_equal(armed.name, name) && g_atomic_int_dec_and_test(&armed.left))
        kill(getpid(), SIGKILL);
}

#endif
