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

static gpointer tell_much(gpointer data)
{
    for (int k = 0; k < 40; k++) {
        notify_status("a line that nobody reads");
        notify_watchdog();
    }
    g_atomic_int_set((gint *)data, 1);
    return NULL;
}

static void a_listener_who_does_not_read_is_not_waited_for(Listener *listener, gconstpointer data)
{
    (void)data;
    static gint done; /* outlives the test, should the thread hang */
    char buffer[512];
    GThread *thread = g_thread_new("tell", tell_much, &done);
    for (int k = 0; k < 6000 && !g_atomic_int_get(&done); k++)
        g_usleep(10000);
    g_assert_cmpint(g_atomic_int_get(&done), ==, 1);
    g_thread_join(thread);
    g_assert_true(g_str_has_prefix(heard(listener, buffer, sizeof buffer), "STATUS=a line"));
    for (GIOCondition more = G_IO_IN; more & G_IO_IN; more = g_socket_condition_check(listener->socket, G_IO_IN))
        heard(listener, buffer, sizeof buffer);
    notify_ready();
    g_assert_cmpstr(heard(listener, buffer, sizeof buffer), ==, "READY=1");
}

static void a_name_in_no_folder_is_reached(Listener *listener, gconstpointer data)
{
    (void)data;
    g_autoptr(GError) error = NULL;
    char buffer[512];
    g_autofree char *name = g_strdup_printf("@wardcast-notify-%s", listener->path);
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new_with_type(name + 1, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);
    g_autoptr(GSocket) socket = g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_DEFAULT, &error);
    g_assert_no_error(error);
    g_assert_true(g_socket_bind(socket, address, FALSE, &error));
    g_socket_set_timeout(socket, 5);
    g_setenv("NOTIFY_SOCKET", name, TRUE);
    notify_ready();
    gssize length = g_socket_receive(socket, buffer, sizeof buffer - 1, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(length, ==, strlen("READY=1"));
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
    g_test_add("/daemon/notify/a-listener-who-does-not-read-is-not-waited-for", Listener, NULL, listen_as_systemd, a_listener_who_does_not_read_is_not_waited_for, hang_up);
    g_test_add("/daemon/notify/a-name-in-no-folder-is-reached", Listener, NULL, listen_as_systemd, a_name_in_no_folder_is_reached, hang_up);
    g_test_add_func("/daemon/notify/is-silent-without-systemd", is_silent_without_systemd);
    return g_test_run();
}
