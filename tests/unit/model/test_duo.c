/* The helper: every task once, none too early, whoever asks and however many do. */
#include "forecast/model/duo.h"

#include <stdatomic.h>

/* Work in rows of tasks: each needs the one above it and its left neighbour, and every fourth row the whole of all before. */
enum { ROWS = 12, COLUMNS = 7, TASKS = ROWS * COLUMNS, BARRIER = 4 };

typedef struct {
    DuoTask task[TASKS];
    atomic_int done[TASKS], early, twice, finished;
    double value[TASKS];
} Weave;

static void weave_start(Weave *w)
{
    *w = (Weave){0};
    for (int k = 0; k < TASKS; k++) {
        gboolean barrier = k / COLUMNS % BARRIER == 0;
        w->task[k] = (DuoTask){.after = {k >= COLUMNS && !barrier ? k - COLUMNS : -1, k % COLUMNS > 0 ? k - 1 : -1},
                               .all = barrier ? (gsize)(k / COLUMNS * COLUMNS) : 0};
    }
}

static void weave_do(gpointer self, gsize task)
{
    Weave *w = self;
    const DuoTask *t = &w->task[task];
    double value = 1;
    for (int k = 0; k < 2; k++)
        if (t->after[k] >= 0) {
            if (!atomic_load(&w->done[t->after[k]]))
                atomic_fetch_add(&w->early, 1);
            value += w->value[t->after[k]] / 3;
        }
    if ((gsize)atomic_load(&w->finished) < t->all)
        atomic_fetch_add(&w->early, 1);
    w->value[task] = value;
    if (atomic_exchange(&w->done[task], 1))
        atomic_fetch_add(&w->twice, 1);
    atomic_fetch_add(&w->finished, 1);
}

static void weave_check(const Weave *w)
{
    Weave alone;
    weave_start(&alone);
    for (gsize k = 0; k < TASKS; k++)
        weave_do(&alone, k);
    g_assert_cmpint(w->early, ==, 0);
    g_assert_cmpint(w->twice, ==, 0);
    g_assert_cmpint(w->finished, ==, TASKS);
    g_assert_cmpmem(w->value, sizeof w->value, alone.value, sizeof alone.value);
}

/* Ask until there is a helper: this is the only thread that does, though it may not have been within the last second. */
static gboolean take_in_time(void)
{
    for (int tries = 0; tries < 300; tries++) {
        if (duo_take())
            return TRUE;
        g_usleep(10000);
    }
    return FALSE;
}

static void test_order(void)
{
    enum { TIMES = 2000 };
    if (!take_in_time()) {
        g_test_skip("this machine has one processor");
        return;
    }
    for (int k = 0; k < TIMES; k++) {
        Weave weave;
        weave_start(&weave);
        duo_run(weave.task, TASKS, weave_do, &weave);
        weave_check(&weave);
        if (k % 100 == 0)
            g_usleep(1000); /* long enough for the helper to fall asleep */
        g_assert_true(duo_take());
    }
    duo_run(NULL, 0, weave_do, NULL);
}

/* Two tasks that wait for each other: none ends unless both are under way. */
typedef struct {
    atomic_int under_way;
} Meeting;

static void meet(gpointer self, gsize task)
{
    enum { PATIENCE = 60000 };
    Meeting *meeting = self;
    (void)task;
    atomic_fetch_add(&meeting->under_way, 1);
    for (int tries = 0; tries < PATIENCE && atomic_load(&meeting->under_way) < 2; tries++)
        g_usleep(1000);
    g_assert_cmpint(atomic_load(&meeting->under_way), ==, 2);
}

static void test_help(void)
{
    const DuoTask task[2] = {{{-1, -1}, 0}, {{-1, -1}, 0}};
    if (!take_in_time()) {
        g_test_skip("this machine has one processor");
        return;
    }
    Meeting meeting = {0};
    duo_run(task, 2, meet, &meeting);
}

static void test_forbidden(void)
{
    duo_allow(FALSE);
    g_assert_false(duo_take());
    duo_allow(TRUE);
}

/* What one of several threads that ask at once gets: a helper or none, and never another's tasks. */
static gpointer ask(gpointer data)
{
    enum { TIMES = 300 };
    gsize *helped = data;
    for (int k = 0; k < TIMES; k++)
        if (duo_take()) {
            Weave weave;
            weave_start(&weave);
            duo_run(weave.task, TASKS, weave_do, &weave);
            weave_check(&weave);
            ++*helped;
        }
    return NULL;
}

static void test_crowd(void)
{
    enum { THREADS = 4 };
    GThread *thread[THREADS];
    gsize helped[THREADS] = {0};
    gint64 start = g_get_monotonic_time();
    for (int k = 0; k < THREADS; k++)
        thread[k] = g_thread_new("asker", ask, &helped[k]);
    for (int k = 0; k < THREADS; k++)
        g_thread_join(thread[k]);
    gboolean alone = duo_take();
    if (g_get_monotonic_time() - start < G_USEC_PER_SEC)
        g_assert_false(alone); /* others have asked a moment ago */
    if (alone)
        duo_run(NULL, 0, weave_do, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/duo/every-task-is-done-once-and-none-too-early", test_order);
    g_test_add_func("/model/duo/two-threads-are-at-work", test_help);
    g_test_add_func("/model/duo/who-may-not-gets-no-helper", test_forbidden);
    g_test_add_func("/model/duo/of-many-who-ask-none-gets-anothers-tasks", test_crowd);
    return g_test_run();
}
