#include "daemon/worker.h"

#include "connectors/in/patience.h"
#include "connectors/wire/failpoint.h"
#include "daemon/cycle.h"
#include "daemon/pull.h"
#include "daemon/schedule.h"
#include "daemon/site.h"

/* A failing source or warehouse is asked at least this often, in seconds. */
enum { MOST_PATIENCE_S = 300, TICK_MS = 250 };

typedef struct {
    char *group;
    gint64 token; /* 0 = another daemon's */
    char *holder;
} Lease;

struct Workers {
    const Config *config;
    Health *health;
    GMutex lock;
    GCond woken;
    gboolean stop;
    GPtrArray *threads;
    guint running;
    Lease *lease;       /* one per group, under lock */
    Instant *asked_at;  /* one per source: when its newest pull began, under lock */
    Instant started_at;
};

typedef struct {
    Workers *workers;
    guint index; /* of the source or the group */
} Post;

/* Sleep until `until_s` on the monotonic clock or until told to stop: TRUE to go on working. */
static gboolean rest(Workers *workers, double until_s)
{
    g_mutex_lock(&workers->lock);
    gint64 until = (gint64)(until_s * G_USEC_PER_SEC);
    while (!workers->stop && g_get_monotonic_time() < until)
        g_cond_wait_until(&workers->woken, &workers->lock, until);
    gboolean go_on = !workers->stop;
    g_mutex_unlock(&workers->lock);
    return go_on;
}

static double monotonic_s(void)
{
    return (double)g_get_monotonic_time() / G_USEC_PER_SEC;
}

/* A thread's warehouse, opened when needed and again after it was lost. */
static gboolean have_warehouse(Workers *workers, Warehouse **warehouse, GError **error)
{
    if (*warehouse == NULL)
        *warehouse = site_warehouse(workers->config, error);
    return *warehouse != NULL;
}

/* The journal's field that names the worker, so that `journalctl WARDCAST_SOURCE=pas` finds all of one. */
static const char *const journal_field[] = {[WORKER_SOURCE] = "WARDCAST_SOURCE", [WORKER_GROUP] = "WARDCAST_GROUP", [WORKER_LEASE] = "WARDCAST_LEASE"};

static void report(Workers *workers, WorkerKind kind, const char *name, guint64 rows, const char *message, gboolean loud)
{
    health_result(workers->health, kind, name, site_now(), rows, message);
    health_idle(workers->health, kind, name);
    if (loud)
        g_log_structured(G_LOG_DOMAIN, message != NULL ? G_LOG_LEVEL_WARNING : G_LOG_LEVEL_MESSAGE, journal_field[kind], name,
                         "MESSAGE", "%s: %s", name, message != NULL ? message : "fine again");
}

static void leave(Workers *workers)
{
    g_mutex_lock(&workers->lock);
    workers->running--;
    g_cond_broadcast(&workers->woken);
    g_mutex_unlock(&workers->lock);
}

/* --- sources ------------------------------------------------------------- */

/* One pull; the message is NULL when all went well. */
static char *pull_once(Workers *workers, const SourceSettings *settings, Source **source, Warehouse **warehouse, guint64 *rows)
{
    g_autoptr(GError) error = NULL;
    PullReport pulled = {0};
    Instant now = site_now();
    if (*source == NULL)
        *source = site_source(workers->config, settings, &error);
    if (*source == NULL || !have_warehouse(workers, warehouse, &error) || !pull_source(*warehouse, *source, now, now, &pulled, &error)) {
        pull_report_clear(&pulled);
        g_clear_pointer(warehouse, warehouse_close);
        return g_strdup(error->message);
    }
    *rows = pulled.rows;
    if (pulled.complaints > 0)
        g_log_structured(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "WARDCAST_SOURCE", settings->name, "MESSAGE",
                         "%s: %" G_GUINT64_FORMAT " rows were set apart; see wardcast.quarantine", settings->name, pulled.complaints);
    return g_steal_pointer(&pulled.message);
}

/* Longest that one pull may take, all its feeds and what it stores: years of history the first time. */
static double longest_pull_s(const Workers *workers, const SourceSettings *settings)
{
    return settings->feeds->len * (settings->deadline_s + warehouse_take_longest(&workers->config->warehouse));
}

static void note_asked(Workers *workers, guint s, Instant at)
{
    g_mutex_lock(&workers->lock);
    workers->asked_at[s] = at;
    g_mutex_unlock(&workers->lock);
}

/* The next time to ask: when patience says so, or at the group's next slot if
 * that is sooner, so that a cycle never waits for yesterday's pull. */
static double next_pull_s(const Calendar *calendar, const GroupSettings *group, const Patience *patience)
{
    if (calendar == NULL || patience->failures > 0)
        return patience->due_s;
    Instant now = site_now();
    Instant slot = schedule_next(calendar, (const char *const *)group->schedule, now);
    return MIN(patience->due_s, monotonic_s() + (double)(slot - now) / INSTANT_SECOND + 0.1);
}

static gpointer source_thread(gpointer data)
{
    g_autofree Post *post = data;
    Workers *workers = post->workers;
    const SourceSettings *settings = g_ptr_array_index(workers->config->sources, post->index);
    const GroupSettings *group = config_group(workers->config, settings->group);
    g_autoptr(Calendar) calendar = site_calendar(group, NULL);
    g_autoptr(Source) source = NULL;
    g_autoptr(Warehouse) warehouse = NULL;
    Patience patience;
    patience_init(&patience, settings->every_s, MAX(MOST_PATIENCE_S, settings->every_s), workers->config->forecast.seed + post->index);
    patience.due_s = 0; /* the first pull is now */
    do {
        guint64 rows = 0;
        Instant began = site_now();
        health_busy(workers->health, WORKER_SOURCE, settings->name, longest_pull_s(workers, settings));
        g_autofree char *message = pull_once(workers, settings, &source, &warehouse, &rows);
        gboolean loud = message == NULL ? patience_success(&patience, monotonic_s()) : patience_failure(&patience, monotonic_s());
        report(workers, WORKER_SOURCE, settings->name, rows, message, loud);
        note_asked(workers, post->index, began);
    } while (rest(workers, next_pull_s(calendar, group, &patience)));
    leave(workers);
    return NULL;
}

/* --- leases -------------------------------------------------------------- */

static gboolean renew(Workers *workers, Warehouse *warehouse, guint g, GError **error)
{
    const GroupSettings *group = g_ptr_array_index(workers->config->groups, g);
    g_autofree char *holder = NULL;
    gint64 token = 0;
    gboolean asked = warehouse_lease(warehouse, group->id, workers->config->daemon.name, &token, &holder, error);
    failpoint("lease-renewed");
    g_mutex_lock(&workers->lock);
    Lease *lease = &workers->lease[g];
    if (asked && token != 0 && lease->token == 0)
        g_message("%s: this daemon holds the lease (token %" G_GINT64_FORMAT ")", group->id, token);
    if (asked && token == 0 && g_strcmp0(holder, lease->holder) != 0)
        g_message("%s: %s holds the lease; standing by", group->id, holder);
    lease->token = asked ? token : 0;
    g_free(lease->holder);
    lease->holder = g_steal_pointer(&holder);
    g_mutex_unlock(&workers->lock);
    return asked;
}

static void give_back(Workers *workers, Warehouse *warehouse)
{
    for (guint g = 0; warehouse != NULL && g < workers->config->groups->len; g++) {
        const GroupSettings *group = g_ptr_array_index(workers->config->groups, g);
        g_autoptr(GError) error = NULL;
        if (workers->lease[g].token != 0 && !warehouse_lease_release(warehouse, group->id, workers->config->daemon.name, &error))
            g_debug("%s: lease not given back, it will expire: %s", group->id, error->message);
    }
}

static gpointer lease_thread(gpointer data)
{
    g_autofree Post *post = data;
    Workers *workers = post->workers;
    g_autoptr(Warehouse) warehouse = NULL;
    double every = MAX(1.0, workers->config->warehouse.lease_s / 3.0);
    Patience patience;
    patience_init(&patience, every, every, workers->config->forecast.seed);
    do {
        g_autoptr(GError) error = NULL;
        health_busy(workers->health, WORKER_LEASE, "leases", 3.0 * workers->config->warehouse.deadline_s);
        gboolean fine = have_warehouse(workers, &warehouse, &error);
        for (guint g = 0; fine && g < workers->config->groups->len; g++)
            fine = renew(workers, warehouse, g, &error);
        if (!fine)
            g_clear_pointer(&warehouse, warehouse_close);
        gboolean loud = fine ? patience_success(&patience, monotonic_s()) : patience_failure(&patience, monotonic_s());
        report(workers, WORKER_LEASE, "leases", 0, fine ? NULL : error->message, loud);
    } while (rest(workers, monotonic_s() + every));
    give_back(workers, warehouse);
    leave(workers);
    return NULL;
}

static gint64 token_of(Workers *workers, guint g)
{
    g_mutex_lock(&workers->lock);
    gint64 token = workers->lease[g].token;
    g_mutex_unlock(&workers->lock);
    return token;
}

/* --- groups -------------------------------------------------------------- */

/* Has every source of the group been asked since the slot?  After the longest
 * time a pull may take the cycle goes on without it, with the last good data.
 * A daemon that starts late gives its sources that time from its start: a slot
 * is published once, and should not be published from an empty warehouse. */
static gboolean sources_asked(Workers *workers, const GroupSettings *group, Instant slot)
{
    gboolean asked = TRUE;
    double longest_s = 0;
    g_mutex_lock(&workers->lock);
    for (guint s = 0; s < workers->config->sources->len; s++) {
        const SourceSettings *settings = g_ptr_array_index(workers->config->sources, s);
        if (!g_str_equal(settings->group, group->id))
            continue;
        asked = asked && workers->asked_at[s] >= slot;
        longest_s = MAX(longest_s, longest_pull_s(workers, settings));
    }
    g_mutex_unlock(&workers->lock);
    return asked || site_now() > MAX(slot, workers->started_at) + (Instant)(longest_s * INSTANT_SECOND);
}

/* Runs that a clock which had jumped ahead has left behind.  That this cannot be asked spoils no run. */
static void look_ahead(Workers *workers, const GroupSettings *group, Warehouse *warehouse)
{
    g_autoptr(GError) error = NULL;
    guint runs;
    Instant last;
    if (warehouse_runs_ahead(warehouse, group->id, &runs, &last, &error))
        health_ahead(workers->health, group->id, runs);
    else
        g_debug("%s: runs made before their time: %s", group->id, error->message);
}

/* Run the cycle of a slot; the message is NULL when it is published. */
static char *run_slot(Workers *workers, const GroupSettings *group, Warehouse **warehouse, Instant slot, gint64 token)
{
    g_autoptr(GError) error = NULL;
    CycleOutcome outcome = {0};
    CycleOrder order = {.config = workers->config, .group = group, .slot = slot, .as_of = slot, .token = token};
    if (have_warehouse(workers, warehouse, &error)) {
        order.warehouse = *warehouse;
        if (cycle_run(&order, &outcome, &error)) {
            health_run(workers->health, group->id, outcome.run_id, outcome.summary);
            health_drift(workers->health, group->id, outcome.drift_alarms);
            g_autofree char *run = g_strdup_printf("%" G_GINT64_FORMAT, outcome.run_id);
            g_log_structured(G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "WARDCAST_GROUP", group->id, "WARDCAST_RUN", run, "MESSAGE", "%s: run %s %s: %s",
                             group->id, run, outcome.published ? "published" : "was there already", outcome.summary);
            cycle_outcome_clear(&outcome);
            look_ahead(workers, group, *warehouse);
            return NULL;
        }
    }
    cycle_outcome_clear(&outcome);
    g_clear_pointer(warehouse, warehouse_close);
    return g_strdup(error->message);
}

static gpointer group_thread(gpointer data)
{
    g_autofree Post *post = data;
    Workers *workers = post->workers;
    const GroupSettings *group = g_ptr_array_index(workers->config->groups, post->index);
    g_autoptr(GError) error = NULL;
    g_autoptr(Calendar) calendar = site_calendar(group, &error);
    g_autoptr(Warehouse) warehouse = NULL;
    Patience patience;
    patience_init(&patience, 5, MOST_PATIENCE_S, workers->config->forecast.seed + post->index);
    patience.due_s = 0;
    Instant done = INSTANT_NONE;
    if (calendar == NULL)
        report(workers, WORKER_GROUP, group->id, 0, error->message, TRUE);
    while (calendar != NULL && rest(workers, monotonic_s() + TICK_MS / 1000.0)) {
        Instant slot = schedule_latest(calendar, (const char *const *)group->schedule, site_now());
        gint64 token = token_of(workers, post->index);
        if (slot == done || token == 0 || !patience_due(&patience, monotonic_s()) || !sources_asked(workers, group, slot))
            continue;
        health_busy(workers->health, WORKER_GROUP, group->id, workers->config->daemon.cycle_deadline_s);
        g_autofree char *message = run_slot(workers, group, &warehouse, slot, token);
        gboolean loud = message == NULL ? patience_success(&patience, monotonic_s()) : patience_failure(&patience, monotonic_s());
        report(workers, WORKER_GROUP, group->id, message == NULL, message, loud);
        if (message == NULL)
            done = slot;
    }
    leave(workers);
    return NULL;
}

/* --- all ----------------------------------------------------------------- */

static void start(Workers *workers, const char *name, GThreadFunc work, guint index)
{
    Post *post = g_new(Post, 1);
    *post = (Post){workers, index};
    workers->running++;
    g_ptr_array_add(workers->threads, g_thread_new(name, work, post));
}

Workers *workers_start(const Config *config, Health *health)
{
    Workers *workers = g_new0(Workers, 1);
    workers->config = config;
    workers->health = health;
    workers->started_at = site_now();
    g_mutex_init(&workers->lock);
    g_cond_init(&workers->woken);
    workers->threads = g_ptr_array_new();
    workers->lease = g_new0(Lease, config->groups->len);
    workers->asked_at = g_new0(Instant, config->sources->len);
    g_mutex_lock(&workers->lock);
    start(workers, "leases", lease_thread, 0);
    for (guint s = 0; s < config->sources->len; s++)
        start(workers, "source", source_thread, s);
    for (guint g = 0; g < config->groups->len; g++)
        start(workers, "group", group_thread, g);
    g_mutex_unlock(&workers->lock);
    return workers;
}

gboolean workers_stop(Workers *workers, double seconds)
{
    g_mutex_lock(&workers->lock);
    workers->stop = TRUE;
    g_cond_broadcast(&workers->woken);
    gint64 until = g_get_monotonic_time() + (gint64)(seconds * G_USEC_PER_SEC);
    while (workers->running > 0 && g_cond_wait_until(&workers->woken, &workers->lock, until))
        ;
    gboolean ended = workers->running == 0;
    g_mutex_unlock(&workers->lock);
    if (!ended)
        return FALSE;
    for (guint t = 0; t < workers->threads->len; t++)
        g_thread_join(g_ptr_array_index(workers->threads, t));
    g_ptr_array_unref(workers->threads);
    for (guint g = 0; g < workers->config->groups->len; g++)
        g_free(workers->lease[g].holder);
    g_free(workers->lease);
    g_free(workers->asked_at);
    g_cond_clear(&workers->woken);
    g_mutex_clear(&workers->lock);
    g_free(workers);
    return TRUE;
}
