#include "config/build.h" /* memmem */
#include "tests/unit/out/cutter.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct Cutter {
    char *folder, *path, *server;
    int listening;
    int cut, cuts;      /* atomic */
    GThread *accepting;
    GPtrArray *relaying;
};

typedef struct {
    Cutter *cutter;
    int client, server;
} Line;

static struct sockaddr_un address(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    g_assert_cmpuint(strlen(path), <, sizeof name.sun_path);
    g_strlcpy(name.sun_path, path, sizeof name.sun_path);
    return name;
}

static gboolean pass(int to, const char *buffer, ssize_t bytes)
{
    for (ssize_t sent = 0; sent < bytes;) {
        ssize_t n = send(to, buffer + sent, (size_t)(bytes - sent), MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return FALSE;
        sent += n;
    }
    return TRUE;
}

/* What to do with these bytes of a client; CUT_NOT: pass them on. */
static Cut cut_for(Cutter *cutter, const char *buffer, ssize_t bytes)
{
    if (memmem(buffer, (size_t)bytes, "COMMIT", 6) == NULL)
        return CUT_NOT;
    int cut = g_atomic_int_get(&cutter->cut);
    return cut != CUT_NOT && g_atomic_int_compare_and_exchange(&cutter->cut, cut, CUT_NOT) ? (Cut)cut : CUT_NOT;
}

/* One direction's bytes; FALSE: the line is over. */
static gboolean relay_once(Line *line, int from, int to)
{
    char buffer[65536];
    ssize_t bytes = recv(from, buffer, sizeof buffer, 0);
    if (bytes <= 0)
        return bytes < 0 && errno == EINTR;
    Cut cut = from == line->client ? cut_for(line->cutter, buffer, bytes) : CUT_NOT;
    if (cut == CUT_NOT)
        return pass(to, buffer, bytes);
    if (cut != CUT_BEFORE)
        (void)pass(to, buffer, bytes);
    if (cut == CUT_REPLY)
        (void)recv(to, buffer, sizeof buffer, 0);
    g_atomic_int_inc(&line->cutter->cuts);
    return FALSE;
}

static void *relay(void *self)
{
    Line *line = self;
    struct pollfd end[2] = {{line->client, POLLIN, 0}, {line->server, POLLIN, 0}};
    for (gboolean on = TRUE; on;) {
        if (poll(end, 2, 30000) <= 0)
            break;
        for (int i = 0; on && i < 2; i++)
            if (end[i].revents != 0)
                on = relay_once(line, end[i].fd, end[1 - i].fd);
    }
    close(line->client);
    close(line->server);
    g_free(line);
    return NULL;
}

static void *accept_lines(void *self)
{
    Cutter *cutter = self;
    for (int client; (client = accept(cutter->listening, NULL, NULL)) >= 0;) {
        struct sockaddr_un name = address(cutter->server);
        int server = socket(AF_UNIX, SOCK_STREAM, 0);
        if (connect(server, (struct sockaddr *)&name, sizeof name) < 0) {
            close(client);
            close(server);
            continue;
        }
        Line *line = g_new(Line, 1);
        *line = (Line){cutter, client, server};
        g_ptr_array_add(cutter->relaying, g_thread_new("relay", relay, line));
    }
    return NULL;
}

Cutter *cutter_new(const char *host)
{
    Cutter *cutter = g_new0(Cutter, 1);
    GError *error = NULL;
    cutter->folder = g_dir_make_tmp("cutter-XXXXXX", &error);
    g_assert_no_error(error);
    cutter->path = g_build_filename(cutter->folder, ".s.PGSQL.5432", NULL);
    cutter->server = g_build_filename(host, ".s.PGSQL.5432", NULL);
    cutter->relaying = g_ptr_array_new();
    struct sockaddr_un name = address(cutter->path);
    cutter->listening = socket(AF_UNIX, SOCK_STREAM, 0);
    g_assert_cmpint(bind(cutter->listening, (struct sockaddr *)&name, sizeof name), ==, 0);
    g_assert_cmpint(listen(cutter->listening, 16), ==, 0);
    cutter->accepting = g_thread_new("accept", accept_lines, cutter);
    return cutter;
}

void cutter_free(Cutter *cutter)
{
    if (cutter == NULL)
        return;
    shutdown(cutter->listening, SHUT_RDWR);
    g_thread_join(cutter->accepting);
    close(cutter->listening);
    for (guint i = 0; i < cutter->relaying->len; i++)
        g_thread_join(g_ptr_array_index(cutter->relaying, i));
    g_ptr_array_unref(cutter->relaying);
    g_unlink(cutter->path);
    g_rmdir(cutter->folder);
    g_free(cutter->folder);
    g_free(cutter->path);
    g_free(cutter->server);
    g_free(cutter);
}

const char *cutter_host(const Cutter *cutter)
{
    return cutter->folder;
}

void cutter_arm(Cutter *cutter, Cut cut)
{
    g_atomic_int_set(&cutter->cut, (int)cut);
}

int cutter_cuts(const Cutter *cutter)
{
    return g_atomic_int_get(&cutter->cuts);
}
