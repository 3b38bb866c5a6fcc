/* The daemon itself: ready, publishing, reloading, standing by, ending. */
#include "config/build.h"
#include "tests/integration/hospital.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

enum { PATIENCE_S = 60 };

typedef struct {
    GSubprocess *process;
    GSocket *socket;     /* what systemd would listen on */
    char *path;
    GString *heard;
} Daemon;

/* Tests run at the clock's time, so the tiny hospital is moved up to end about now. */
static void move_hospital_to_now(const Hospital *hospital)
{
    cluster_sql(hospital->cluster, "hospital",
                "UPDATE bed_move SET at = at + s, written = written + s FROM (SELECT date_trunc('hour', now()) - '2026-03-11 23:00Z' AS s) AS shift;"
                "UPDATE door_count SET hour = hour + s, written = written + s FROM (SELECT date_trunc('hour', now()) - '2026-03-11 23:00Z' AS s) AS shift");
}

static Daemon *daemon_start(const Hospital *hospital, const char *name)
{
    g_autoptr(GError) error = NULL;
    Daemon *daemon = g_new0(Daemon, 1);
    daemon->heard = g_string_new(NULL);
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
    daemon->process = g_subprocess_launcher_spawn(launcher, &error, program, "run", "--config", hospital->config, NULL);
    g_assert_no_error(error);
    return daemon;
}

/* Listen until something said holds `part`; FALSE after PATIENCE_S. */
static gboolean hears(Daemon *daemon, const char *part)
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

static gboolean asks_until(const Hospital *hospital, const char *sql, const char *wanted)
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

/* Seconds from SIGTERM to the end; the exit code in *code. */
static double daemon_end(Daemon *daemon, int *code)
{
    gint64 begun = g_get_monotonic_time();
    g_subprocess_send_signal(daemon->process, SIGTERM);
    g_subprocess_wait(daemon->process, NULL, NULL);
    *code = g_subprocess_get_if_exited(daemon->process) ? g_subprocess_get_exit_status(daemon->process) : -1;
    double took = (double)(g_get_monotonic_time() - begun) / G_USEC_PER_SEC;
    g_object_unref(daemon->process);
    g_object_unref(daemon->socket);
    g_remove(daemon->path);
    g_free(daemon->path);
    g_string_free(daemon->heard, TRUE);
    g_free(daemon);
    return took;
}

/* The sanitizer keeps shadow memory and freed blocks. */
#ifdef __SANITIZE_ADDRESS__
#define SMALL_KIB (4096 * 1024)
#else
#define SMALL_KIB (200 * 1024)
#endif

static gint64 resident_kib(const Daemon *daemon)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/status", g_subprocess_get_identifier(daemon->process));
    g_autofree char *status = NULL;
    g_assert_true(g_file_get_contents(path, &status, NULL, NULL));
    const char *line = strstr(status, "VmRSS:");
    g_assert_nonnull(line);
    return g_ascii_strtoll(line + strlen("VmRSS:"), NULL, 10);
}

static void the_daemon_publishes_the_latest_slot_and_stays_small(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    int code;
    move_hospital_to_now(hospital);
    Daemon *daemon = daemon_start(hospital, "one");
    g_assert_true(hears(daemon, "READY=1"));
    g_assert_true(asks_until(hospital, "SELECT count(*) FROM wardcast.run", "1"));
    g_assert_true(hears(daemon, "STATUS=tiny run"));
    /* The sanitizers keep memory of their own, so the limit is for the plain build. */
    g_assert_cmpint(resident_kib(daemon), <, SMALL_KIB);
    g_assert_cmpfloat(daemon_end(daemon, &code), <, 5.0);
    g_assert_cmpint(code, ==, 0);
    g_autofree char *lease = hospital_ask(hospital, "SELECT count(*) FROM wardcast.lease WHERE expires_at > now()");
    g_assert_cmpstr(g_strstrip(lease), ==, "0"); /* given back, so that another need not wait */
}

static void a_broken_reload_keeps_the_old_configuration(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    int code;
    move_hospital_to_now(hospital);
    Daemon *daemon = daemon_start(hospital, "one");
    g_assert_true(hears(daemon, "READY=1"));
    g_assert_true(asks_until(hospital, "SELECT count(*) FROM wardcast.run", "1"));
    hospital_edit(hospital, "history_days: 60", "history_days: sixty");
    g_subprocess_send_signal(daemon->process, SIGHUP);
    g_assert_true(hears(daemon, "RELOADING=1"));
    g_assert_true(hears(daemon, "reload refused"));
    hospital_edit(hospital, "history_days: sixty", "history_days: 50");
    g_subprocess_send_signal(daemon->process, SIGHUP);
    g_assert_true(hears(daemon, "RELOADING=1"));
    g_assert_true(hears(daemon, "READY=1"));
    daemon_end(daemon, &code);
    g_assert_cmpint(code, ==, 0);
}

static void of_two_daemons_one_works_and_the_other_takes_over(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    int code;
    move_hospital_to_now(hospital);
    hospital_edit(hospital, "  http_address", "  name: first\n  http_address");
    Daemon *first = daemon_start(hospital, "one");
    g_assert_true(hears(first, "READY=1"));
    g_assert_true(asks_until(hospital, "SELECT count(*) FROM wardcast.run", "1"));
    hospital_edit(hospital, "name: first", "name: second");
    Daemon *second = daemon_start(hospital, "two");
    g_assert_true(hears(second, "READY=1"));
    g_assert_true(asks_until(hospital, "SELECT holder FROM wardcast.lease", "first"));
    /* Frozen, not dead: the lease runs out and the second takes it with a higher token. */
    g_subprocess_send_signal(first->process, SIGSTOP);
    g_assert_true(asks_until(hospital, "SELECT holder FROM wardcast.lease", "second"));
    g_subprocess_send_signal(first->process, SIGCONT);
    g_assert_true(asks_until(hospital, "SELECT count(*) FROM wardcast.run", "1"));
    daemon_end(first, &code);
    g_assert_true(asks_until(hospital, "SELECT holder FROM wardcast.lease", "second"));
    daemon_end(second, &code);
    g_assert_cmpint(code, ==, 0);
}

static void a_warehouse_that_is_down_is_waited_for(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    int code;
    move_hospital_to_now(hospital);
    cluster_kill9(hospital->cluster);
    Daemon *daemon = daemon_start(hospital, "one");
    g_assert_true(hears(daemon, "READY=1"));
    cluster_start(hospital->cluster);
    g_assert_true(asks_until(hospital, "SELECT count(*) FROM wardcast.run", "1"));
    g_assert_cmpfloat(daemon_end(daemon, &code), <, 5.0);
    g_assert_cmpint(code, ==, 0);
}

static void a_broken_configuration_ends_with_78(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    g_autofree char *said = NULL;
    hospital_edit(hospital, "timezone: UTC", "timezone: Mars/Olympus");
    g_assert_cmpint(hospital_run(hospital, &said, "run", NULL), ==, 78);
    g_assert_nonnull(strstr(said, "Mars/Olympus"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/service/the-daemon-publishes-the-latest-slot-and-stays-small", the_daemon_publishes_the_latest_slot_and_stays_small);
    g_test_add_func("/service/a-broken-reload-keeps-the-old-configuration", a_broken_reload_keeps_the_old_configuration);
    g_test_add_func("/service/of-two-daemons-one-works-and-the-other-takes-over", of_two_daemons_one_works_and_the_other_takes_over);
    g_test_add_func("/service/a-warehouse-that-is-down-is-waited-for", a_warehouse_that_is_down_is_waited_for);
    g_test_add_func("/service/a-broken-configuration-ends-with-78", a_broken_configuration_ends_with_78);
    return g_test_run();
}
