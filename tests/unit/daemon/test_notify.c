#include "daemon/notify.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>

typedef struct {
    GSocket *socket;
    char *folder, *path;
} Listener;

static void listen_as_systemd(Listener *listener, gconstpointer data)
{
    (void)data;
    g_autoptr(GError) error = NULL;
    listener->folder = g_dir_make_tmp("notify-XXXXXX", &error);
    listener->path = g_build_filename(listener->folder, "socket", NULL);
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(listener->path);
    listener->socket = g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_DEFAULT, &error);
    g_assert_no_error(error);
    g_socket_bind(listener->socket, address, FALSE, &error);
    g_assert_no_error(error);
    g_socket_set_timeout(listener->socket, 5);
    g_setenv("NOTIFY_SOCKET", listener->path, TRUE);
}

static void hang_up(Listener *listener, gconstpointer data)
{
    (void)data;
    g_unsetenv("NOTIFY_SOCKET");
    g_object_unref(listener->socket);
    g_unlink(listener->path);
    g_rmdir(listener->folder);
    g_free(listener->path);
    g_free(listener->folder);
}

static const char *heard(Listener *listener, char *buffer, gsize size)
{
    g_autoptr(GError) error = NULL;
    gssize length = g_socket_receive(listener->socket, buffer, size - 1, NULL, &error);
    g_assert_no_error(error);
    buffer[length] = '\0';
    return buffer;
}

static void says_each_state(Listener *listener, gconstpointer data)
{
    (void)data;
    char buffer[512];
    notify_ready();
    g_assert_cmpstr(heard(listener, buffer, sizeof buffer), ==, "READY=1");
    notify_stopping();
    g_assert_cmpstr(heard(listener, buffer, sizeof buffer), ==, "STOPPING=1");
    notify_watchdog();
    g_assert_cmpstr(heard(listener, buffer, sizeof buffer), ==, "WATCHDOG=1");
    notify_status("run 4711\npublished");
    g_assert_cmpstr(heard(listener, buffer, sizeof buffer), ==, "STATUS=run 4711 published");
}

static void a_reload_carries_the_monotonic_time(Listener *listener, gconstpointer data)
{
    (void)data;
    char buffer[512];
    gint64 before = g_get_monotonic_time();
    notify_reloading();
    heard(listener, buffer, sizeof buffer);
    g_assert_true(g_str_has_prefix(buffer, "RELOADING=1\nMONOTONIC_USEC="));
    gint64 said = g_ascii_strtoll(strrchr(buffer, '=') + 1, NULL, 10);
    g_assert_cmpint(said, >=, before);
    g_assert_cmpint(said, <=, g_get_monotonic_time());
}

static void is_silent_without_systemd(void)
{
    g_unsetenv("NOTIFY_SOCKET");
    notify_ready();
    notify_status("nobody listens");
    g_assert_cmpfloat(notify_watchdog_s(), ==, 0.0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/daemon/notify/says-each-state", Listener, NULL, listen_as_systemd, says_each_state, hang_up);
    g_test_add("/daemon/notify/a-reload-carries-the-monotonic-time", Listener, NULL, listen_as_systemd, a_reload_carries_the_monotonic_time, hang_up);
    g_test_add_func("/daemon/notify/is-silent-without-systemd", is_silent_without_systemd);
    return g_test_run();
}
