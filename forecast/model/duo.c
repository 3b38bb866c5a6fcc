#include "forecast/model/duo.h"

#include <stdatomic.h>
#include <stdbool.h>

enum {
    LOOK = 2000,     /* pauses, some 50 us, before a thread without work gives its processor away */
    CROWDED = 1000000 /* us for which a second caller is remembered */
};

typedef enum { OPEN, TAKEN, DONE } State;

typedef struct {
    const DuoTask *task;
    gsize tasks;
    DuoDo *perform;
    gpointer self;
    atomic_size_t done;    /* how many */
    atomic_bool left;      /* the helper has gone: nobody but the caller knows of this any more */
    _Atomic(guint8) state[DUO_TASKS];
} Work;

/* The helper, and what is known of those who ask for it. */
static struct {
    atomic_bool forbidden, taken, asleep;
    _Atomic(Work *) work; /* waits to be picked up */
    _Atomic(GThread *) caller; /* the last */
    atomic_llong asked, crowd; /* when it did, and until when there are several */
    GMutex lock;
    GCond wake;
    GThread *thread;      /* whoever has taken the helper may start it */
} helper;

static void pause_briefly(void)
{
#if defined __x86_64__
    __builtin_ia32_pause();
#endif
}

/* Look again: at once, and after a while only when others have had the processor. */
static void wait_a_little(gsize *looks)
{
    if (++*looks < LOOK)
        pause_briefly();
    else
        g_thread_yield();
}

static gboolean can_begin(Work *work, const DuoTask *task)
{
    for (int k = 0; k < 2; k++)
        if (task->after[k] >= 0 && atomic_load_explicit(&work->state[task->after[k]], memory_order_acquire) != DONE)
            return FALSE;
    return atomic_load_explicit(&work->done, memory_order_acquire) >= task->all;
}

/* Take the first task from `*from` on that can be begun; all before `*from` are taken. */
static gboolean take_one(Work *work, gsize *from, gsize *task)
{
    gboolean behind = TRUE;
    for (gsize k = *from; k < work->tasks; k++) {
        guint8 open = OPEN;
        if (atomic_load_explicit(&work->state[k], memory_order_relaxed) != OPEN) {
            *from = behind ? k + 1 : *from;
            continue;
        }
        behind = FALSE;
        if (can_begin(work, &work->task[k]) &&
            atomic_compare_exchange_strong_explicit(&work->state[k], &open, TAKEN, memory_order_acq_rel, memory_order_relaxed)) {
            *task = k;
            return TRUE;
        }
    }
    return FALSE;
}

/* Do tasks until all are taken. */
static void take_part(Work *work)
{
    gsize from = 0, task, looks = 0;
    while (from < work->tasks) {
        if (!take_one(work, &from, &task)) {
            wait_a_little(&looks);
            continue;
        }
        work->perform(work->self, task);
        atomic_store_explicit(&work->state[task], DONE, memory_order_release);
        atomic_fetch_add_explicit(&work->done, 1, memory_order_acq_rel);
        looks = 0;
    }
}

static Work *sleep_until_asked(void)
{
    Work *work;
    g_mutex_lock(&helper.lock);
    atomic_store(&helper.asleep, TRUE);
    while ((work = atomic_exchange(&helper.work, NULL)) == NULL)
        g_cond_wait(&helper.wake, &helper.lock);
    atomic_store(&helper.asleep, FALSE);
    g_mutex_unlock(&helper.lock);
    return work;
}

static gpointer help(gpointer nothing)
{
    (void)nothing;
    for (;;) {
        Work *work = NULL;
        for (gsize looks = 0; work == NULL && looks < LOOK; looks++) {
            pause_briefly();
            if (atomic_load_explicit(&helper.work, memory_order_relaxed) != NULL)
                work = atomic_exchange(&helper.work, NULL);
        }
        if (work == NULL)
            work = sleep_until_asked();
        take_part(work);
        atomic_store_explicit(&work->left, TRUE, memory_order_release);
    }
    return NULL;
}

/* Has another thread asked within the last second? */
static gboolean is_crowded(void)
{
    gint64 now = g_get_monotonic_time(), before = atomic_exchange(&helper.asked, now);
    GThread *me = g_thread_self(), *last = atomic_exchange(&helper.caller, me);
    if (last != NULL && last != me && now - before < CROWDED)
        atomic_store(&helper.crowd, now + CROWDED);
    return now < atomic_load(&helper.crowd);
}

gboolean duo_take(void)
{
    bool open = false;
    if (atomic_load(&helper.forbidden) || is_crowded() || !atomic_compare_exchange_strong(&helper.taken, &open, TRUE))
        return FALSE;
    if (helper.thread == NULL && g_get_num_processors() > 1)
        helper.thread = g_thread_try_new("helper", help, NULL, NULL);
    if (helper.thread != NULL)
        return TRUE;
    atomic_store(&helper.forbidden, TRUE);
    atomic_store(&helper.taken, FALSE);
    return FALSE;
}

void duo_run(const DuoTask *task, gsize tasks, DuoDo *perform, gpointer self)
{
    Work work = {.task = task, .tasks = tasks, .perform = perform, .self = self};
    g_assert(tasks <= DUO_TASKS);
    atomic_store(&helper.work, &work);
    if (atomic_load(&helper.asleep)) {
        g_mutex_lock(&helper.lock);
        g_cond_signal(&helper.wake);
        g_mutex_unlock(&helper.lock);
    }
    take_part(&work);
    gboolean picked_up = atomic_exchange(&helper.work, NULL) == NULL;
    for (gsize looks = 0; picked_up && !atomic_load_explicit(&work.left, memory_order_acquire);)
        wait_a_little(&looks);
    g_assert(atomic_load(&work.done) == tasks);
    atomic_store(&helper.taken, FALSE);
}

void duo_allow(gboolean allowed)
{
    atomic_store(&helper.forbidden, !allowed);
}
