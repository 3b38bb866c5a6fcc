#include "daemon/health.h"

#include "config/build.h"

typedef struct {
    WorkerKind kind;
    char *name;
    gint64 over_at;      /* monotonic; 0 = idle */
    Instant good_at, bad_at;
    guint64 rows, good, bad;
    char *message;       /* of the newest failure while it lasts */
    gint64 run_id;
    char *summary;
    guint drift, ahead;
} Worker;

struct Health {
    GMutex lock;
    GPtrArray *workers;
    Instant since;
};

static const char *const kind_name[] = {"source", "group", "lease"};

static void worker_free(gpointer data)
{
    Worker *worker = data;
    g_free(worker->name);
    g_free(worker->message);
    g_free(worker->summary);
    g_free(worker);
}

Health *health_new(void)
{
    Health *health = g_new0(Health, 1);
    g_mutex_init(&health->lock);
    health->workers = g_ptr_array_new_with_free_func(worker_free);
    health->since = g_get_real_time();
    return health;
}

void health_free(Health *health)
{
    if (health == NULL)
        return;
    g_ptr_array_unref(health->workers);
    g_mutex_clear(&health->lock);
    g_free(health);
}

/* The board is locked by the caller. */
static Worker *find(Health *health, WorkerKind kind, const char *name)
{
    for (guint w = 0; w < health->workers->len; w++) {
        Worker *worker = g_ptr_array_index(health->workers, w);
        if (worker->kind == kind && g_str_equal(worker->name, name))
            return worker;
    }
    Worker *worker = g_new0(Worker, 1);
    worker->kind = kind;
    worker->name = g_strdup(name);
    worker->good_at = worker->bad_at = INSTANT_NONE;
    g_ptr_array_add(health->workers, worker);
    return worker;
}

void health_busy(Health *health, WorkerKind kind, const char *name, double at_most_s)
{
    g_mutex_lock(&health->lock);
    find(health, kind, name)->over_at = g_get_monotonic_time() + (gint64)(at_most_s * G_USEC_PER_SEC);
    g_mutex_unlock(&health->lock);
}

void health_idle(Health *health, WorkerKind kind, const char *name)
{
    g_mutex_lock(&health->lock);
    find(health, kind, name)->over_at = 0;
    g_mutex_unlock(&health->lock);
}

void health_result(Health *health, WorkerKind kind, const char *name, Instant at, guint64 rows, const char *message)
{
    g_mutex_lock(&health->lock);
    Worker *worker = find(health, kind, name);
    worker->rows += rows;
    g_free(worker->message);
    worker->message = g_strdup(message);
    if (message == NULL) {
        worker->good++;
        worker->good_at = at;
    } else {
        worker->bad++;
        worker->bad_at = at;
    }
    g_mutex_unlock(&health->lock);
}

void health_run(Health *health, const char *group, gint64 run_id, const char *summary)
{
    g_mutex_lock(&health->lock);
    Worker *worker = find(health, WORKER_GROUP, group);
    worker->run_id = run_id;
    g_free(worker->summary);
    worker->summary = g_strdup(summary);
    g_mutex_unlock(&health->lock);
}

void health_drift(Health *health, const char *group, guint alarms)
{
    g_mutex_lock(&health->lock);
    find(health, WORKER_GROUP, group)->drift = alarms;
    g_mutex_unlock(&health->lock);
}

void health_ahead(Health *health, const char *group, guint runs)
{
    g_mutex_lock(&health->lock);
    find(health, WORKER_GROUP, group)->ahead = runs;
    g_mutex_unlock(&health->lock);
}

void health_keep(Health *health, WorkerKind kind, const char *const *name)
{
    g_mutex_lock(&health->lock);
    for (guint w = health->workers->len; w-- > 0;) {
        Worker *worker = g_ptr_array_index(health->workers, w);
        if (worker->kind == kind && !g_strv_contains(name, worker->name))
            g_ptr_array_remove_index(health->workers, w);
    }
    g_mutex_unlock(&health->lock);
}

gboolean health_alive(const Health *health, char **who)
{
    Health *board = (Health *)health;
    gboolean alive = TRUE;
    *who = NULL;
    g_mutex_lock(&board->lock);
    gint64 now = g_get_monotonic_time();
    for (guint w = 0; alive && w < board->workers->len; w++) {
        const Worker *worker = g_ptr_array_index(board->workers, w);
        if (worker->over_at != 0 && now > worker->over_at) {
            alive = FALSE;
            *who = g_strdup_printf("%s %s", kind_name[worker->kind], worker->name);
        }
    }
    g_mutex_unlock(&board->lock);
    return alive;
}

static void append_group(GString *line, const Worker *worker)
{
    if (worker->run_id != 0)
        g_string_append_printf(line, "%s run %" G_GINT64_FORMAT ": %s; ", worker->name, worker->run_id, worker->summary);
    else
        g_string_append_printf(line, "%s: no run published yet; ", worker->name);
    if (worker->ahead > 0)
        g_string_append_printf(line, "%s: %u run%s made before %s time, not shown to readers; ", worker->name, worker->ahead, worker->ahead == 1 ? "" : "s",
                               worker->ahead == 1 ? "its" : "their");
    if (worker->message != NULL)
        g_string_append_printf(line, "%s cannot publish: %s; ", worker->name, worker->message);
}

char *health_line(const Health *health)
{
    Health *board = (Health *)health;
    g_autoptr(GString) line = g_string_new(NULL);
    guint sources = 0, fine = 0;
    const Worker *failing = NULL;
    g_mutex_lock(&board->lock);
    for (guint w = 0; w < board->workers->len; w++) {
        const Worker *worker = g_ptr_array_index(board->workers, w);
        if (worker->kind == WORKER_GROUP)
            append_group(line, worker);
        if (worker->kind != WORKER_SOURCE)
            continue;
        sources++;
        fine += worker->message == NULL;
        if (worker->message != NULL)
            failing = worker;
    }
    g_string_append_printf(line, "%u/%u sources fine", fine, sources);
    if (failing != NULL)
        g_string_append_printf(line, "; %s", failing->message);
    g_mutex_unlock(&board->lock);
    return g_string_free(g_steal_pointer(&line), FALSE);
}

typedef struct {
    const char *name, *type, *help;
    double (*value)(const Worker *worker);
} Metric;

static double up(const Worker *w) { return w->message == NULL && w->good > 0; }
static double good(const Worker *w) { return (double)w->good; }
static double bad(const Worker *w) { return (double)w->bad; }
static double rows(const Worker *w) { return (double)w->rows; }
static double run_id(const Worker *w) { return (double)w->run_id; }
static double drift(const Worker *w) { return w->drift; }
static double ahead(const Worker *w) { return w->ahead; }
static double good_at(const Worker *w) { return w->good_at == INSTANT_NONE ? 0 : (double)w->good_at / INSTANT_SECOND; }

static const Metric metric[] = {
    {"wardcast_worker_up", "gauge", "1 when the newest piece of work went well", up},
    {"wardcast_worker_success_total", "counter", "pieces of work that went well", good},
    {"wardcast_worker_failure_total", "counter", "pieces of work that failed", bad},
    {"wardcast_worker_rows_total", "counter", "rows stored or published", rows},
    {"wardcast_worker_last_success_seconds", "gauge", "time of the newest success, seconds since 1970 UTC, 0 = never", good_at},
    {"wardcast_drift_alarms", "gauge", "series of the newest run whose forecasts no longer fit, 0 for workers that forecast none", drift},
    {"wardcast_runs_ahead", "gauge", "runs made before their time (a clock that jumped, a mistaken --as-of), not shown to readers", ahead},
    {"wardcast_run_id", "gauge", "number of the newest published run, 0 for workers that publish none", run_id},
};

char *health_metrics(const Health *health)
{
    Health *board = (Health *)health;
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "# HELP wardcast_info the program\n# TYPE wardcast_info gauge\nwardcast_info{version=\"%s\"} 1\n", PACKAGE_VERSION);
    g_mutex_lock(&board->lock);
    g_string_append_printf(text, "# HELP wardcast_start_seconds when the daemon began\n# TYPE wardcast_start_seconds gauge\nwardcast_start_seconds %" G_GINT64_FORMAT "\n",
                           board->since / INSTANT_SECOND);
    for (gsize m = 0; m < G_N_ELEMENTS(metric); m++) {
        g_string_append_printf(text, "# HELP %s %s\n# TYPE %s %s\n", metric[m].name, metric[m].help, metric[m].name, metric[m].type);
        for (guint w = 0; w < board->workers->len; w++) {
            const Worker *worker = g_ptr_array_index(board->workers, w);
            g_string_append_printf(text, "%s{kind=\"%s\",name=\"%s\"} %.17g\n", metric[m].name, kind_name[worker->kind], worker->name, metric[m].value(worker));
        }
    }
    g_mutex_unlock(&board->lock);
    return g_string_free(text, FALSE);
}
