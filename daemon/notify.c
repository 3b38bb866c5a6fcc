#include "daemon/notify.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

/* What is said once waits longer for a listener who is behind than what is said again soon. */
enum { ONCE_MS = 2000, AGAIN_MS = 50 };

/* The socket's name as sd_notify(3) has it; one that begins with @ stands in no folder.  0: nobody listens. */
static socklen_t address_of(struct sockaddr_un *address)
{
    const char *name = g_getenv("NOTIFY_SOCKET");
    gsize length = name != NULL ? strlen(name) : 0;
    if (length < 2 || length >= sizeof address->sun_path || (*name != '/' && *name != '@'))
        return 0;
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path, name, length);
    if (*name == '@')
        address->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (*name == '/'));
}

/* sd_notify() itself waits without end for a listener who does not read, and the daemon would with it. */
static void tell(int patience_ms, const char *state)
{
    struct sockaddr_un address;
    socklen_t length = address_of(&address);
    int line = length > 0 ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
    if (line < 0)
        return;
    const struct timeval patience = {.tv_sec = patience_ms / 1000, .tv_usec = patience_ms % 1000 * 1000};
    if (setsockopt(line, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0 ||
        sendto(line, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, length) < 0)
        g_debug("systemd was not told %s", state);
    close(line);
}

void notify_ready(void)
{
    tell(ONCE_MS, "READY=1");
}

void notify_reloading(void)
{
    g_autofree char *state = g_strdup_printf("RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time());
    tell(ONCE_MS, state);
}

void notify_stopping(void)
{
    tell(AGAIN_MS, "STOPPING=1");
}

void notify_watchdog(void)
{
    tell(AGAIN_MS, "WATCHDOG=1");
}

void notify_status(const char *line)
{
    g_autofree char *flat = g_strdelimit(g_strdup(line), "\r\n", ' '), *state = g_strconcat("STATUS=", flat, NULL);
    tell(AGAIN_MS, state);
}

double notify_watchdog_s(void)
{
    guint64 wait = 0;
    return sd_watchdog_enabled(0, &wait) > 0 ? (double)wait / G_USEC_PER_SEC : 0.0;
}
