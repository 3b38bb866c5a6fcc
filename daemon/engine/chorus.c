#include "daemon/engine/chorus.h"

#include <string.h>

typedef struct {
    const Member *member;
    gint64 date;
    gsize horizon;
} Key;

/* What a member said of all series at one date. */
typedef struct {
    Key key;            /* first: the table looks entries up by it */
    Outlook **answer;   /* [n]; NULL: fetched, or none */
    GError **complaint; /* [n] */
    gboolean working;   /* somebody is asking the member right now */
    gsize users;        /* who counts on it: it must stay */
    gsize held;         /* forecast steps in `answer` */
    gsize complaints;
    guint64 used;       /* when it was last asked for */
} Date;

struct Chorus {
    const Series *const *series;
    gsize n;
    const Calendar *calendar;
    gsize season[2];
    GMutex lock;
    GCond finished; /* a date has its answers */
    GHashTable *dates;
    gsize held;
    guint64 now; /* questions so far */
    gboolean keep;
};

static guint hash(gconstpointer data)
{
    const Key *key = data;
    return g_direct_hash(key->member) ^ g_int64_hash(&key->date) ^ (guint)key->horizon * 2654435761u;
}

static gboolean same(gconstpointer a, gconstpointer b)
{
    const Key *x = a, *y = b;
    return x->member == y->member && x->date == y->date && x->horizon == y->horizon;
}

/* ------------------------------------------------------------------ life */

Chorus *chorus_new(const Series *const *series, gsize n, const Calendar *calendar, const gsize season[2])
{
    Chorus *chorus = g_new0(Chorus, 1);
    chorus->series = series;
    chorus->n = n;
    chorus->calendar = calendar;
    chorus->season[0] = season[0];
    chorus->season[1] = season[1];
    g_mutex_init(&chorus->lock);
    g_cond_init(&chorus->finished);
    chorus->dates = g_hash_table_new(hash, same);
    return chorus;
}

static void forget(Chorus *chorus, Date *date)
{
    for (gsize i = 0; i < chorus->n; i++) {
        outlook_free(date->answer[i]);
        g_clear_error(&date->complaint[i]);
    }
    chorus->held -= date->held;
    g_free(date->answer);
    g_free(date->complaint);
    g_free(date);
}

void chorus_free(Chorus *chorus)
{
    if (chorus == NULL)
        return;
    GHashTableIter iter;
    gpointer date;
    g_hash_table_iter_init(&iter, chorus->dates);
    while (g_hash_table_iter_next(&iter, NULL, &date))
        forget(chorus, date);
    g_hash_table_unref(chorus->dates);
    g_mutex_clear(&chorus->lock);
    g_cond_clear(&chorus->finished);
    g_free(chorus);
}

void chorus_keep(Chorus *chorus)
{
    chorus->keep = TRUE;
}

gsize chorus_held(Chorus *chorus)
{
    g_mutex_lock(&chorus->lock);
    gsize held = chorus->held;
    g_mutex_unlock(&chorus->lock);
    return held;
}

/* The date that nobody counts on and nobody asked for longest; NULL: none. */
static Date *oldest(const Chorus *chorus)
{
    GHashTableIter iter;
    gpointer each;
    Date *old = NULL;
    g_hash_table_iter_init(&iter, chorus->dates);
    while (g_hash_table_iter_next(&iter, NULL, &each)) {
        Date *date = each;
        if (date->users == 0 && (old == NULL || date->used < old->used))
            old = date;
    }
    return old;
}

static void make_room(Chorus *chorus)
{
    while (chorus->held > CHORUS_MOST) {
        Date *old = oldest(chorus);
        if (old == NULL)
            return;
        g_hash_table_remove(chorus->dates, &old->key);
        forget(chorus, old);
    }
}

/* ------------------------------------------------------------------ asking the member */

/* One task per series that reaches the date; which[] says whose it is. */
static gsize make_tasks(const Chorus *chorus, const Date *date, Task *task, gsize *which, GError **complaint)
{
    gsize tasks = 0;
    for (gsize i = 0; i < chorus->n; i++) {
        const Series *series = chorus->series[i];
        gint64 origin = date->key.date - series->start;
        if (origin < 1)
            g_set_error(&complaint[i], MODEL_ERROR, MODEL_ERROR_SHORT, "%s: no value before the origin, wanted one", series->id);
        else if (origin > (gint64)series->length)
            g_set_error(&complaint[i], MODEL_ERROR, MODEL_ERROR_SHORT, "%s: the series ended before the origin", series->id);
        else {
            which[tasks] = i;
            task[tasks++] = (Task){series, chorus->calendar, (gsize)origin, date->key.horizon, {chorus->season[0], chorus->season[1]}, 0};
        }
    }
    return tasks;
}

/* Nothing here is shared but the Date, which is ours while it is `working`. */
static void ask_member(const Chorus *chorus, const Date *date, Outlook **answer, GError **complaint)
{
    g_autofree Task *task = g_new(Task, chorus->n);
    g_autofree gsize *which = g_new(gsize, chorus->n);
    gsize tasks = make_tasks(chorus, date, task, which, complaint);
    g_autofree Outlook **out = g_new(Outlook *, tasks + 1);
    g_autofree GError **why = g_new0(GError *, tasks + 1);
    g_autoptr(GError) error = NULL;
    for (gsize k = 0; k < tasks; k++)
        out[k] = outlook_new(date->key.member->name, date->key.date, date->key.horizon);
    gboolean fine = tasks > 0 && date->key.member->forecast_group(task, tasks, out, why, &error);
    for (gsize k = 0; k < tasks; k++) {
        if (!fine && why[k] == NULL)
            why[k] = g_error_copy(error);
        if (why[k] == NULL)
            answer[which[k]] = g_steal_pointer(&out[k]);
        complaint[which[k]] = why[k];
        outlook_free(out[k]);
    }
}

/* Called with the lock held, gives it back meanwhile. */
static void work_out(Chorus *chorus, Date *date)
{
    g_autofree Outlook **answer = g_new0(Outlook *, chorus->n);
    g_autofree GError **complaint = g_new0(GError *, chorus->n);
    date->working = TRUE;
    g_mutex_unlock(&chorus->lock);
    ask_member(chorus, date, answer, complaint);
    g_mutex_lock(&chorus->lock);
    date->complaints = 0;
    for (gsize i = 0; i < chorus->n; i++) {
        gboolean more = date->answer[i] == NULL && answer[i] != NULL;
        outlook_free(more ? NULL : answer[i]);
        if (more)
            date->answer[i] = answer[i];
        date->held += more ? date->key.horizon : 0;
        chorus->held += more ? date->key.horizon : 0;
        g_clear_error(&date->complaint[i]);
        date->complaint[i] = complaint[i];
        date->complaints += complaint[i] != NULL;
    }
    date->working = FALSE;
    g_cond_broadcast(&chorus->finished);
}

/* ------------------------------------------------------------------ questions */

static Date *find(Chorus *chorus, const Member *member, gint64 at, gsize horizon)
{
    Key key = {member, at, horizon};
    Date *date = g_hash_table_lookup(chorus->dates, &key);
    if (date == NULL) {
        date = g_new0(Date, 1);
        date->key = key;
        date->answer = g_new0(Outlook *, chorus->n);
        date->complaint = g_new0(GError *, chorus->n);
        g_hash_table_add(chorus->dates, date);
    }
    date->users++;
    date->used = ++chorus->now;
    return date;
}

/* Work out what nobody works on; wait for the rest. */
static void wait_for(Chorus *chorus, gsize series, Date *const *date, gsize dates)
{
    for (;;) {
        Date *idle = NULL;
        gboolean all = TRUE;
        for (gsize k = 0; k < dates; k++) {
            gboolean known = date[k]->answer[series] != NULL || date[k]->complaint[series] != NULL;
            all = all && known;
            if (!known && !date[k]->working && idle == NULL)
                idle = date[k];
        }
        if (all)
            return;
        if (idle != NULL)
            work_out(chorus, idle);
        else
            g_cond_wait(&chorus->finished, &chorus->lock);
    }
}

/* Copied first and dropped later: an origin may be named twice. */
static gboolean fetch(Date *const *date, gsize series, gsize dates, Outlook **out, GError **error)
{
    for (gsize k = 0; k < dates; k++)
        if (date[k]->answer[series] == NULL) {
            if (error != NULL)
                *error = g_error_copy(date[k]->complaint[series]);
            return FALSE;
        }
    for (gsize k = 0; k < dates; k++) {
        const Outlook *answer = date[k]->answer[series];
        memcpy(out[k]->mean, answer->mean, answer->horizon * sizeof *answer->mean);
        memcpy(out[k]->quantile, answer->quantile, answer->horizon * OUTLOOK_LEVELS * sizeof *answer->quantile);
    }
    return TRUE;
}

static void drop(Chorus *chorus, Date *date, gsize series)
{
    if (date->answer[series] == NULL)
        return;
    g_clear_pointer(&date->answer[series], outlook_free);
    date->held -= date->key.horizon;
    chorus->held -= date->key.horizon;
}

/* A date that everybody has fetched is over; complaints stay for who asks again. */
static void leave(Chorus *chorus, Date *date)
{
    if (--date->users > 0 || date->held > 0 || date->complaints > 0)
        return;
    g_hash_table_remove(chorus->dates, &date->key);
    forget(chorus, date);
}

gboolean chorus_ask(Chorus *chorus, const Member *member, gsize series, const gsize *origin, gsize origins, Outlook **out, GError **error)
{
    g_assert(series < chorus->n && member->forecast_group != NULL);
    g_autofree Date **date = g_new(Date *, origins + 1);
    g_mutex_lock(&chorus->lock);
    for (gsize k = 0; k < origins; k++) {
        g_assert(origin[k] <= chorus->series[series]->length);
        date[k] = find(chorus, member, chorus->series[series]->start + (gint64)origin[k], out[k]->horizon);
    }
    wait_for(chorus, series, date, origins);
    gboolean fine = fetch(date, series, origins, out, error);
    for (gsize k = 0; fine && !chorus->keep && k < origins; k++)
        drop(chorus, date[k], series);
    for (gsize k = 0; k < origins; k++)
        leave(chorus, date[k]);
    make_room(chorus);
    g_mutex_unlock(&chorus->lock);
    return fine;
}
