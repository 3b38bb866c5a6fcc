#include "daemon/progress.h"

#include <math.h>
#include <unistd.h>

/* Often enough to look alive, seldom enough to cost nothing. */
enum { REFRESH_US = 200000 };

struct Progress {
    char *what, *step;
    gboolean terminal;
    gint64 began_at, told_at;
};

Progress *progress_new(const char *what)
{
    Progress *progress = g_new0(Progress, 1);
    progress->what = g_strdup(what);
    progress->terminal = isatty(STDERR_FILENO) == 1;
    progress->began_at = g_get_monotonic_time();
    return progress;
}

void progress_free(Progress *progress)
{
    if (progress == NULL)
        return;
    g_free(progress->what);
    g_free(progress->step);
    g_free(progress);
}

static double elapsed_s(const Progress *progress)
{
    return (double)(g_get_monotonic_time() - progress->began_at) / G_USEC_PER_SEC;
}

gboolean progress_tell(Progress *progress, const char *step, double share, double loss)
{
    gboolean fresh = g_strcmp0(progress->step, step) != 0;
    gint64 now = g_get_monotonic_time();
    if (fresh) {
        g_free(progress->step);
        progress->step = g_strdup(step);
    }
    if (!fresh && (!progress->terminal || now - progress->told_at < REFRESH_US))
        return TRUE;
    progress->told_at = now;
    if (!progress->terminal) {
        g_printerr("%s: %s\n", progress->what, step);
        return TRUE;
    }
    g_printerr("\r\033[K%s: %s %3.0f %%", progress->what, step, 100 * share);
    if (!isnan(loss))
        g_printerr(", loss %.4f", loss);
    g_printerr(", %.0f s", elapsed_s(progress));
    return TRUE;
}

void progress_done(Progress *progress, const char *sentence)
{
    g_printerr("%s%s: done in %.0f s%s%s\n", progress->terminal ? "\r\033[K" : "", progress->what, elapsed_s(progress),
               sentence ? "; " : "", sentence ? sentence : "");
}
