#include "daemon/http.h"

#include <gio/gio.h>
#include <microhttpd.h>
#include <string.h>
#include <sys/socket.h>

G_DEFINE_QUARK(wardcast-http-error-quark, http_error)

/* A scraper, a browser and a person with curl at once; more is not our job. */
enum { MOST_CONNECTIONS = 16, MOST_PER_ADDRESS = 8, CONNECTION_S = 10, MOST_MEMORY = 16 * 1024 };

struct Http {
    struct MHD_Daemon *daemon;
    HttpContent content;
    GMutex lock;
    GCond changed;
    GHashTable *begun; /* socket -> gint64, monotonic */
    gboolean stopping;
    GThread *reaper;
};

/* --- ten seconds in all ------------------------------------------------------ */

/* The library's timeout counts from the last byte, so a client that sends one
 * now and then would keep its place for ever. */
static void note_connection(void *self, struct MHD_Connection *connection, void **state, enum MHD_ConnectionNotificationCode what)
{
    (void)state;
    Http *http = self;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info == NULL)
        return;
    g_mutex_lock(&http->lock);
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        gint64 *now = g_new(gint64, 1);
        *now = g_get_monotonic_time();
        g_hash_table_insert(http->begun, GINT_TO_POINTER(info->connect_fd), now);
        g_cond_signal(&http->changed);
    } else {
        g_hash_table_remove(http->begun, GINT_TO_POINTER(info->connect_fd));
    }
    g_mutex_unlock(&http->lock);
}

/* Hangs up on connections that are too old; the server then forgets them.  The
 * lock is held meanwhile, so that no socket is closed and given to another. */
static gpointer reap(gpointer self)
{
    Http *http = self;
    g_mutex_lock(&http->lock);
    while (!http->stopping) {
        GHashTableIter each;
        gpointer fd, begun;
        gint64 now = g_get_monotonic_time();
        g_hash_table_iter_init(&each, http->begun);
        while (g_hash_table_iter_next(&each, &fd, &begun))
            if (now - *(gint64 *)begun >= CONNECTION_S * G_TIME_SPAN_SECOND)
                shutdown(GPOINTER_TO_INT(fd), SHUT_RDWR);
        if (g_hash_table_size(http->begun) == 0)
            g_cond_wait(&http->changed, &http->lock);
        else
            g_cond_wait_until(&http->changed, &http->lock, now + G_TIME_SPAN_SECOND / 2);
    }
    g_mutex_unlock(&http->lock);
    return NULL;
}

/* --- answers ----------------------------------------------------------------- */

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned int code, const char *type, char *text)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_COPY);
    g_free(text);
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (code == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    enum MHD_Result queued = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result answer_health(const Http *http, struct MHD_Connection *connection)
{
    gboolean alive = FALSE;
    char *text = http->content.health(http->content.self, &alive);
    return answer(connection, alive ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, "text/plain; charset=utf-8", text);
}

/* A group's id as config/ allows it; anything else never reaches a path. */
static gboolean is_group(const char *text)
{
    gsize length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    return length > 0 && length <= 64 && text[length] == '\0';
}

static enum MHD_Result serve(void *self, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
                             const char *upload, size_t *upload_size, void **state)
{
    (void)version;
    (void)upload;
    (void)state;
    const Http *http = self;
    if (!g_str_equal(method, MHD_HTTP_METHOD_GET) && !g_str_equal(method, MHD_HTTP_METHOD_HEAD))
        return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain; charset=utf-8", g_strdup("only GET\n"));
    *upload_size = 0;
    if (g_str_equal(url, "/health"))
        return answer_health(http, connection);
    if (g_str_equal(url, "/metrics"))
        return answer(connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", http->content.metrics(http->content.self));
    char *brief = g_str_has_prefix(url, "/brief/") && is_group(url + strlen("/brief/")) ? http->content.brief(http->content.self, url + strlen("/brief/")) : NULL;
    if (brief != NULL)
        return answer(connection, MHD_HTTP_OK, "text/html; charset=utf-8", brief);
    return answer(connection, MHD_HTTP_NOT_FOUND, "text/plain; charset=utf-8", g_strdup("there are /health, /metrics and /brief/GROUP\n"));
}

static void http_free(Http *http)
{
    g_hash_table_unref(http->begun);
    g_mutex_clear(&http->lock);
    g_cond_clear(&http->changed);
    g_free(http);
}

Http *http_start(const char *address, const HttpContent *content, GError **error)
{
    g_autoptr(GSocketConnectable) parsed = g_network_address_parse(address, 0, NULL);
    const char *host = parsed ? g_network_address_get_hostname(G_NETWORK_ADDRESS(parsed)) : NULL;
    g_autoptr(GSocketAddress) bound = host ? g_inet_socket_address_new_from_string(host, g_network_address_get_port(G_NETWORK_ADDRESS(parsed))) : NULL;
    if (bound == NULL) {
        g_set_error(error, HTTP_ERROR, HTTP_ERROR_ADDRESS, "address is \"%s\"; wanted such as 127.0.0.1:9187 or [::1]:9187", address);
        return NULL;
    }
    g_autofree struct sockaddr *native = g_malloc0((gsize)g_socket_address_get_native_size(bound));
    if (!g_socket_address_to_native(bound, native, (gsize)g_socket_address_get_native_size(bound), error))
        return NULL;
    Http *http = g_new0(Http, 1);
    http->content = *content;
    g_mutex_init(&http->lock);
    g_cond_init(&http->changed);
    http->begun = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    unsigned int flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | (native->sa_family == AF_INET6 ? MHD_USE_IPv6 : 0);
    http->daemon = MHD_start_daemon(flags, 0, NULL, NULL, serve, http, MHD_OPTION_SOCK_ADDR, native, MHD_OPTION_CONNECTION_LIMIT, (unsigned int)MOST_CONNECTIONS,
                                    MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned int)MOST_PER_ADDRESS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)CONNECTION_S,
                                    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MOST_MEMORY,
                                    MHD_OPTION_NOTIFY_CONNECTION, note_connection, http, MHD_OPTION_END);
    if (http->daemon != NULL) {
        http->reaper = g_thread_new("http-reaper", reap, http);
        return http;
    }
    g_set_error(error, HTTP_ERROR, HTTP_ERROR_ADDRESS, "cannot listen on %s; is another daemon there? change daemon.http_address, or empty it to do without", address);
    http_free(http);
    return NULL;
}

void http_stop(Http *http)
{
    if (http == NULL)
        return;
    g_mutex_lock(&http->lock);
    http->stopping = TRUE;
    g_cond_signal(&http->changed);
    g_mutex_unlock(&http->lock);
    g_thread_join(http->reaper);
    MHD_stop_daemon(http->daemon);
    http_free(http);
}

guint16 http_port(const Http *http)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : 0;
}
