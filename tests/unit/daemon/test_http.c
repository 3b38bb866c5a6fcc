#include "daemon/http.h"

#include <gio/gio.h>
#include <string.h>

static gboolean alive_now = TRUE;

static char *health(void *self, gboolean *alive)
{
    (void)self;
    *alive = alive_now;
    return g_strdup("run 7 published\n");
}

static char *metrics(void *self)
{
    (void)self;
    return g_strdup("wardcast_run_id 7\n");
}

static char *brief(void *self, const char *group)
{
    (void)self;
    return g_str_equal(group, "general") ? g_strdup("<html>brief</html>") : NULL;
}

static const HttpContent content = {health, metrics, brief, NULL};

static Http *start(void)
{
    g_autoptr(GError) error = NULL;
    Http *http = http_start("127.0.0.1:0", &content, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(http_port(http), >, 0);
    return http;
}

/* Send raw bytes, read until the server closes. */
static char *exchange(const Http *http, const char *request, gsize length)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_socket_client_set_timeout(client, 20);
    g_socket_client_set_enable_proxy(client, FALSE);
    g_autoptr(GSocketConnection) connection = g_socket_client_connect_to_host(client, "127.0.0.1", http_port(http), NULL, &error);
    g_assert_no_error(error);
    g_output_stream_write_all(g_io_stream_get_output_stream(G_IO_STREAM(connection)), request, length, NULL, NULL, NULL);
    g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable();
    g_output_stream_splice(memory, g_io_stream_get_input_stream(G_IO_STREAM(connection)), G_OUTPUT_STREAM_SPLICE_NONE, NULL, NULL);
    gsize got = g_memory_output_stream_get_data_size(G_MEMORY_OUTPUT_STREAM(memory));
    return got == 0 ? g_strdup("") : g_strndup(g_memory_output_stream_get_data(G_MEMORY_OUTPUT_STREAM(memory)), got);
}

static char *get(const Http *http, const char *path)
{
    g_autofree char *request = g_strdup_printf("GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);
    return exchange(http, request, strlen(request));
}

static void tells_health_metrics_and_brief(void)
{
    g_autoptr(Http) http = start();
    g_autofree char *up = get(http, "/health"), *numbers = get(http, "/metrics"), *page = get(http, "/brief/general");
    g_assert_true(g_str_has_prefix(up, "HTTP/1.1 200"));
    g_assert_nonnull(strstr(up, "run 7 published"));
    g_assert_nonnull(strstr(numbers, "text/plain; version=0.0.4"));
    g_assert_nonnull(strstr(numbers, "wardcast_run_id 7"));
    g_assert_nonnull(strstr(page, "text/html"));
    g_assert_nonnull(strstr(page, "default-src 'none'"));
    alive_now = FALSE;
    g_autofree char *down = get(http, "/health");
    alive_now = TRUE;
    g_assert_true(g_str_has_prefix(down, "HTTP/1.1 503"));
}

static void refuses_everything_else(void)
{
    g_autoptr(Http) http = start();
    const char *const paths[] = {"/", "/brief/", "/brief/..%2f..%2fetc%2fpasswd", "/brief/../../etc/passwd", "/brief/other", "/brief/GENERAL"};
    for (gsize p = 0; p < G_N_ELEMENTS(paths); p++) {
        g_autofree char *reply = get(http, paths[p]);
        g_assert_true(g_str_has_prefix(reply, "HTTP/1.1 404"));
    }
    const char post[] = "POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    g_autofree char *reply = exchange(http, post, strlen(post));
    g_assert_true(g_str_has_prefix(reply, "HTTP/1.1 405"));
}

static void survives_garbage(void)
{
    g_autoptr(Http) http = start();
    g_autoptr(GString) head = g_string_new("GET /health HTTP/1.1\r\nX: ");
    for (int k = 0; k < 100000; k++)
        g_string_append_c(head, 'a');
    g_string_append(head, "\r\n\r\n");
    const char junk[] = "\0\xff\xfe GET GET\r\n\r\n\r\n\r\n";
    g_autofree char *long_reply = exchange(http, head->str, head->len);
    g_autofree char *junk_reply = exchange(http, junk, sizeof junk);
    g_autofree char *after = get(http, "/health");
    g_assert_false(g_str_has_prefix(long_reply, "HTTP/1.1 200"));
    g_assert_false(g_str_has_prefix(junk_reply, "HTTP/1.1 200"));
    g_assert_true(g_str_has_prefix(after, "HTTP/1.1 200"));
}

static void hangs_up_on_a_slow_client(void)
{
    g_autoptr(Http) http = start();
    gint64 begun = g_get_monotonic_time();
    g_autofree char *reply = exchange(http, "GET /hea", 8);
    g_assert_cmpint(g_get_monotonic_time() - begun, <, 15 * G_USEC_PER_SEC);
    g_assert_null(strstr(reply, "200"));
}

/* A byte now and then must not keep a place for ever. */
static void hangs_up_on_a_client_that_dribbles(void)
{
    g_autoptr(Http) http = start();
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_socket_client_set_enable_proxy(client, FALSE);
    g_autoptr(GSocketConnection) connection = g_socket_client_connect_to_host(client, "127.0.0.1", http_port(http), NULL, NULL);
    GSocket *socket = g_socket_connection_get_socket(connection);
    gint64 begun = g_get_monotonic_time();
    char reply[1024];
    g_socket_set_blocking(socket, FALSE);
    while (g_get_monotonic_time() - begun < 20 * G_TIME_SPAN_SECOND) {
        g_socket_send(socket, "G", 1, NULL, NULL);
        if (g_socket_condition_timed_wait(socket, G_IO_IN, G_TIME_SPAN_SECOND / 2, NULL, NULL) && g_socket_receive(socket, reply, sizeof reply, NULL, NULL) <= 0)
            break;
    }
    gint64 took = g_get_monotonic_time() - begun;
    g_assert_cmpint(took, >, 8 * G_TIME_SPAN_SECOND);
    g_assert_cmpint(took, <, 12 * G_TIME_SPAN_SECOND);
    g_autofree char *after = get(http, "/health");
    g_assert_true(g_str_has_prefix(after, "HTTP/1.1 200"));
}

static void says_what_is_wrong_with_an_address(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(http_start("localhost?", &content, &error));
    g_assert_error(error, HTTP_ERROR, HTTP_ERROR_ADDRESS);
    g_assert_nonnull(strstr(error->message, "localhost?"));
    g_clear_error(&error);
    g_autoptr(Http) first = start();
    g_autofree char *taken = g_strdup_printf("127.0.0.1:%u", http_port(first));
    g_assert_null(http_start(taken, &content, &error));
    g_assert_error(error, HTTP_ERROR, HTTP_ERROR_ADDRESS);
    g_assert_nonnull(strstr(error->message, "another daemon"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/http/tells-health-metrics-and-brief", tells_health_metrics_and_brief);
    g_test_add_func("/daemon/http/refuses-everything-else", refuses_everything_else);
    g_test_add_func("/daemon/http/survives-garbage", survives_garbage);
    g_test_add_func("/daemon/http/hangs-up-on-a-slow-client", hangs_up_on_a_slow_client);
    g_test_add_func("/daemon/http/hangs-up-on-a-client-that-dribbles", hangs_up_on_a_client_that_dribbles);
    g_test_add_func("/daemon/http/says-what-is-wrong-with-an-address", says_what_is_wrong_with_an_address);
    return g_test_run();
}
