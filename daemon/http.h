/* http.h -- a small window for monitoring: health, metrics and the newest briefs.
 *
 *   GET /health         200 while alive, 503 when a worker is over its time; one human line
 *   GET /metrics        Prometheus text
 *   GET /brief/GROUP    the newest brief of a facility group
 *
 * Loopback by default.  Few connections, ten seconds each in all, no request body, no
 * state: nothing that comes in can change anything.
 *
 * Errors   HTTP_ERROR_ADDRESS: the address is not HOST:PORT or cannot be bound; the message says which.
 * Threads  serves from a thread of its own; the callbacks must be safe for that.
 */
#pragma once
#include <glib.h>

typedef struct Http Http;

typedef struct {
    /* Each gives text the server frees. */
    char *(*health)(void *self, gboolean *alive);
    char *(*metrics)(void *self);
    char *(*brief)(void *self, const char *group); /* NULL: there is none */
    void *self;
} HttpContent;

#define HTTP_ERROR (http_error_quark())
GQuark http_error_quark(void);
typedef enum { HTTP_ERROR_ADDRESS } HttpError;

/* Serve on "127.0.0.1:9187" or "[::1]:9187"; port 0 takes a free one. */
Http *http_start(const char *address, const HttpContent *content, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void http_stop(Http *http);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Http, http_stop)

guint16 http_port(const Http *http);
