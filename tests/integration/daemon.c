#include "tests/integration/daemon.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/* A sanitized program on a busy machine is slow. */
enum { PATIENCE_S = 120 };

struct Daemon {
    GSubprocess *process;
    GSocket *socket; /* what systemd would listen on */
    char *path;
};

void daemon_move_hospital(const Hospital *hospital)
{
    cluster_sql(hospital->cluster, "hospital",
                "UPDATE bed_move SET at = at + s, written = written + s FROM (SELECT date_trunc('hour', now()) - '2026-03-11 23:00Z' AS s) AS shift;"
                "UPDATE door_count SET hour = hour + s, written = written + s FROM (SELECT date_trunc('hour', now()) - '2026-03-11 23:00Z' AS s) AS shift");
}

Daemon *daemon_start(const Hospital *hospital, const char *name, const char *failpoint)
{
    g_autoptr(GError) error = NULL;
    Daemon *daemon = g_new0(Daemon, 1);
    daemon->path = g_build_filename(hospital->folder, name, NULL);
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(daemon->path);
    daemon->socket = g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_DEFAULT, &error);
    g_assert_no_error(error);
    g_assert_true(g_socket_bind(daemon->socket, address, FALSE, &error));
    g_socket_set_timeout(daemon->socket, 1);
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
    g_autofree char *program = g_build_filename(g_getenv("top_builddir"), "wardcast", NULL);
    g_autofree char *log = g_strconcat(daemon->path, ".log", NULL);
    g_subprocess_launcher_set_stderr_file_path(launcher, log);
    g_subprocess_launcher_setenv(launcher, "NOTIFY_SOCKET", daemon->path, TRUE);
    if (failpoint != NULL)
        g_subprocess_launcher_setenv(launcher, "WARDCAST_FAILPOINT", failpoint, TRUE);
    daemon->process = g_subprocess_launcher_spawn(launcher, &error, program, "run", "--config", hospital->config, NULL);
    g_assert_no_error(error);
    return daemon;
}

gboolean daemon_tells(Daemon *daemon, const char *part)
{
    gint64 until = g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC;
    while (g_get_monotonic_time() < until) {
        char buffer[4096];
        gssize length = g_socket_receive(daemon->socket, buffer, sizeof buffer - 1, NULL, NULL);
        if (length <= 0)
            continue;
        buffer[length] = '\0';
        g_test_message("daemon: %s", buffer);
        if (strstr(buffer, part) != NULL)
            return TRUE;
    }
    return FALSE;
}

gboolean daemon_reaches(const Hospital *hospital, const char *sql, const char *wanted)
{
    gint64 until = g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC;
    while (g_get_monotonic_time() < until) {
        g_autofree char *answer = hospital_ask(hospital, sql);
        if (g_str_equal(g_strstrip(answer), wanted))
            return TRUE;
        g_usleep(100000);
    }
    return FALSE;
}

void daemon_signal(Daemon *daemon, int number)
{
    g_subprocess_send_signal(daemon->process, number);
}

static void daemon_free(Daemon *daemon)
{
    g_object_unref(daemon->process);
    g_object_unref(daemon->socket);
    g_remove(daemon->path);
    g_free(daemon->path);
    g_free(daemon);
}

/* One that lives on is killed, so that it does not outlive the test. */
static void wait_for_end(Daemon *daemon)
{
    gint64 until = g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC;
    while (g_subprocess_get_identifier(daemon->process) != NULL) {
        if (g_get_monotonic_time() > until) {
            g_subprocess_force_exit(daemon->process);
            g_error("the daemon lives on; its log is %s.log", daemon->path);
        }
        g_usleep(10000);
    }
    g_subprocess_wait(daemon->process, NULL, NULL);
}

int daemon_wait(Daemon *daemon)
{
    wait_for_end(daemon);
    int number = g_subprocess_get_if_signaled(daemon->process) ? g_subprocess_get_term_sig(daemon->process) : 0;
    daemon_free(daemon);
    return number;
}

double daemon_end(Daemon *daemon, int *code)
{
    gint64 begun = g_get_monotonic_time();
    daemon_signal(daemon, SIGTERM);
    wait_for_end(daemon);
    *code = g_subprocess_get_if_exited(daemon->process) ? g_subprocess_get_exit_status(daemon->process) : -1;
    double took = (double)(g_get_monotonic_time() - begun) / G_USEC_PER_SEC;
    daemon_free(daemon);
    return took;
}

gint64 daemon_kib(const Daemon *daemon)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/status", g_subprocess_get_identifier(daemon->process));
    g_autofree char *status = NULL;
    g_assert_true(g_file_get_contents(path, &status, NULL, NULL));
    const char *line = strstr(status, "VmRSS:");
    g_assert_nonnull(line);
    return g_ascii_strtoll(line + strlen("VmRSS:"), NULL, 10);
}
