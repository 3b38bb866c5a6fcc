#include "daemon/notify.h"

#include <systemd/sd-daemon.h>

void notify_ready(void)
{
    sd_notify(0, "READY=1");
}

void notify_reloading(void)
{
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time());
}

void notify_stopping(void)
{
    sd_notify(0, "STOPPING=1");
}

void notify_watchdog(void)
{
    sd_notify(0, "WATCHDOG=1");
}

void notify_status(const char *line)
{
    g_autofree char *flat = g_strdelimit(g_strdup(line), "\r\n", ' ');
    sd_notifyf(0, "STATUS=%s", flat);
}

double notify_watchdog_s(void)
{
    guint64 wait = 0;
    return sd_watchdog_enabled(0, &wait) > 0 ? (double)wait / G_USEC_PER_SEC : 0.0;
}
