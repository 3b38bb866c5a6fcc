#include "daemon/service.h"

#include "connectors/wire/failpoint.h"
#include "daemon/exit.h"
#include "daemon/http.h"
#include "daemon/notify.h"
#include "daemon/options.h"
#include "daemon/site.h"
#include "daemon/worker.h"
#include "forecast/kernel/precision.h"

#include <glib-unix.h>
#include <unistd.h>

/* systemd allows five seconds by our own promise; one is left for the rest. */
#define STOP_S 4.0
/* The status line is refreshed and the watchdog fed this often. */
enum { BEAT_S = 5 };

typedef struct {
    char *path, *report_dir; /* as they were at the start */
    Config *config;
    Config *pending;    /* read at a reload, waiting for the old workers to leave */
    guint swapping;     /* the timer that waits */
    Health *health;
    Workers *workers;
    Http *http;
    GMainLoop *loop;
    ExitCode code;
} Service;

static void tell_status(Service *service)
{
    g_autofree char *line = health_line(service->health);
    notify_status(line);
}

static gboolean beat(gpointer data)
{
    Service *service = data;
    g_autofree char *who = NULL;
    tell_status(service);
    if (health_alive(service->health, &who))
        notify_watchdog();
    else
        g_critical("%s is over its time; the watchdog is not fed", who);
    return G_SOURCE_CONTINUE;
}

static gboolean stop(gpointer data)
{
    Service *service = data;
    notify_stopping();
    g_message("stopping");
    g_main_loop_quit(service->loop);
    return G_SOURCE_CONTINUE;
}

static void keep_names(Service *service)
{
    g_autoptr(GPtrArray) sources = g_ptr_array_new(), groups = g_ptr_array_new();
    for (guint s = 0; s < service->config->sources->len; s++)
        g_ptr_array_add(sources, ((SourceSettings *)g_ptr_array_index(service->config->sources, s))->name);
    for (guint g = 0; g < service->config->groups->len; g++)
        g_ptr_array_add(groups, ((GroupSettings *)g_ptr_array_index(service->config->groups, g))->id);
    g_ptr_array_add(sources, NULL);
    g_ptr_array_add(groups, NULL);
    health_keep(service->health, WORKER_SOURCE, (const char *const *)sources->pdata);
    health_keep(service->health, WORKER_GROUP, (const char *const *)groups->pdata);
}

/* Settings that are read once, when the daemon starts. */
static void warn_not_reloaded(const Config *old, const Config *fresh)
{
    if (g_strcmp0(old->daemon.http_address, fresh->daemon.http_address) != 0)
        g_warning("daemon.http_address changed from %s to %s: restart the daemon for it to take effect", old->daemon.http_address, fresh->daemon.http_address);
    if (g_strcmp0(old->daemon.report_dir, fresh->daemon.report_dir) != 0)
        g_warning("daemon.report_dir changed: briefs go to %s now, /brief shows those of %s until the daemon is restarted", fresh->daemon.report_dir, old->daemon.report_dir);
}

/* Swap to the pending configuration as soon as the old workers have left;
 * one in the middle of a call with a deadline is waited for, not cut off. */
static gboolean swap(gpointer data)
{
    Service *service = data;
    if (!workers_stop(service->workers, 0.5))
        return G_SOURCE_CONTINUE;
    warn_not_reloaded(service->config, service->pending);
    config_free(service->config);
    service->config = g_steal_pointer(&service->pending);
    site_choose_precision(service->config); /* no network is open while no worker is there */
    keep_names(service);
    service->workers = workers_start(service->config, service->health);
    service->swapping = 0;
    g_message("configuration %s reloaded; %s", service->path, precision_reason());
    notify_ready();
    tell_status(service);
    return G_SOURCE_REMOVE;
}

static gboolean reload(gpointer data)
{
    Service *service = data;
    g_autoptr(GError) error = NULL;
    notify_reloading();
    failpoint("reload");
    Config *fresh = config_read(service->path, &error);
    if (fresh == NULL) {
        g_warning("the new configuration is not used, the old one goes on: %s", error->message);
        notify_ready();
        notify_status("reload refused, the old configuration goes on; see the log");
        return G_SOURCE_CONTINUE;
    }
    g_clear_pointer(&service->pending, config_free);
    service->pending = fresh;
    if (service->swapping == 0)
        service->swapping = g_timeout_add(100, swap, service);
    return G_SOURCE_CONTINUE;
}

/* --- the window ----------------------------------------------------------- */

static char *http_health(void *self, gboolean *alive)
{
    Service *service = self;
    g_autofree char *who = NULL;
    g_autofree char *line = health_line(service->health);
    *alive = health_alive(service->health, &who);
    return *alive ? g_strdup_printf("%s\n", line) : g_strdup_printf("%s is over its time; %s\n", who, line);
}

static char *http_metrics(void *self)
{
    return health_metrics(((Service *)self)->health);
}

static char *http_brief(void *self, const char *group)
{
    Service *service = self;
    g_autofree char *path = g_build_filename(service->report_dir, group, "latest.html", NULL);
    char *page = NULL;
    return g_file_get_contents(path, &page, NULL, NULL) ? page : NULL;
}

static gboolean open_window(Service *service, GError **error)
{
    const char *address = service->config->daemon.http_address;
    if (address == NULL || *address == '\0')
        return TRUE;
    HttpContent content = {.health = http_health, .metrics = http_metrics, .brief = http_brief, .self = service};
    service->http = http_start(address, &content, error);
    return service->http != NULL;
}

/* --- life ------------------------------------------------------------------ */

/* A worker that is still in a call with a deadline is not waited for: every
 * write is one transaction, so ending here loses and doubles nothing. */
static void end(Service *service)
{
    http_stop(service->http);
    if (!workers_stop(service->workers, STOP_S)) {
        g_message("ending in the middle of a call; nothing is lost");
        _exit(service->code);
    }
    config_free(service->config);
    g_clear_pointer(&service->pending, config_free);
    health_free(service->health);
    g_main_loop_unref(service->loop);
    g_free(service->report_dir);
    g_free(service->path);
}

static void live(Service *service)
{
    service->loop = g_main_loop_new(NULL, FALSE);
    service->workers = workers_start(service->config, service->health);
    g_unix_signal_add(SIGTERM, stop, service);
    g_unix_signal_add(SIGINT, stop, service);
    g_unix_signal_add(SIGHUP, reload, service);
    double watchdog = notify_watchdog_s();
    guint every = watchdog > 0 ? MIN(BEAT_S, MAX(1, (guint)(watchdog / 2))) : BEAT_S;
    g_timeout_add_seconds(every, beat, service);
    /* Ready says that the daemon works, not that any source does. */
    notify_ready();
    beat(service);
    g_message("wardcast runs with %s; %s", service->path, precision_reason());
    g_main_loop_run(service->loop);
}

int service_main(int argc, char **argv)
{
    g_auto(Options) options = {0};
    g_autoptr(GError) error = NULL;
    int code = options_parse(&options, OPTION_CONFIG, "The daemon: pull, forecast, plan and publish at the named times.  SIGHUP reloads the configuration.", argc, argv);
    if (code >= 0)
        return code;
    Service service = {.config = options_config(&options, &error), .code = EXIT_FINE};
    if (service.config == NULL)
        return options_fail(error);
    service.path = g_strdup(service.config->path);
    service.report_dir = g_strdup(service.config->daemon.report_dir);
    service.health = health_new();
    if (!open_window(&service, &error)) {
        g_critical("%s", error->message);
        return EXIT_CONFIG;
    }
    live(&service);
    end(&service);
    return service.code;
}
