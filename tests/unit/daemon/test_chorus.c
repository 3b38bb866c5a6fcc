#include "daemon/engine/chorus.h"

#include <string.h>

/* A group member made for this test: every series gets the mean of all values
 * that lie before the date, plus its own last one.  A series whose last value
 * is below zero has no answer, and above a thousand nobody has. */
enum { VOICES = 8 };
static gint calls, tasks_seen; /* atomic */

static double last_of(const Task *task)
{
    return task->series->value[task->origin - 1];
}

static gboolean choir_forecast(const Task *task, gsize tasks, Outlook **out, GError **complaint, GError **error)
{
    double sum = 0, count = 0;
    gint64 date = task[0].series->start + (gint64)task[0].origin;
    gboolean loud = FALSE;
    g_atomic_int_inc(&calls);
    g_atomic_int_set(&tasks_seen, (gint)tasks);
    for (gsize k = 0; k < tasks; k++) {
        g_assert_cmpint(task[k].series->start + (gint64)task[k].origin, ==, date);
        loud = loud || last_of(&task[k]) > 1000;
        for (gsize t = 0; t < task[k].origin; t++, count++)
            sum += task[k].series->value[t];
    }
    for (gsize k = 0; k < tasks; k++) {
        if (last_of(&task[k]) < 0) {
            g_set_error(&complaint[k], MODEL_ERROR, MODEL_ERROR_NUMERIC, "%s sings flat", task[k].series->id);
            continue;
        }
        for (gsize h = 0; h < out[k]->horizon; h++) {
            out[k]->mean[h] = sum / count + last_of(&task[k]);
            for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
                out[k]->quantile[h * OUTLOOK_LEVELS + q] = out[k]->mean[h] + outlook_probit[q];
        }
    }
    if (loud)
        g_set_error_literal(error, MODEL_ERROR, MODEL_ERROR_SHORT, "nobody can sing");
    return !loud;
}

static const Member choir = {"choir", "all sing", NULL, choir_forecast, 0, NULL};
static const gsize season[2] = {52, 0};

/* Series i begins at step 100 + i and ends before step 140. */
static GPtrArray *voices(gsize n)
{
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    for (gsize i = 0; i < n; i++) {
        g_autofree char *id = g_strdup_printf("voice-%zu", i);
        Series *series = series_new(id, GRAIN_WEEK, 100 + (gint64)i, 40 - i);
        for (gsize t = 0; t < series->length; t++)
            series->value[t] = (double)((7 * t + 3 * i) % 11);
        g_ptr_array_add(all, series);
    }
    return all;
}

static Series *voice(const GPtrArray *all, gsize i)
{
    return all->pdata[i];
}

static Chorus *chorus_of(const GPtrArray *all)
{
    g_atomic_int_set(&calls, 0);
    return chorus_new((const Series *const *)all->pdata, all->len, NULL, season);
}

/* The mean at the first step, for a date; MISSING with the error kept. */
static double ask(Chorus *chorus, const GPtrArray *all, gsize i, gint64 date, GError **error)
{
    gsize origin = (gsize)(date - voice(all, i)->start);
    g_autoptr(Outlook) out = outlook_new("choir", date, 3);
    return chorus_ask(chorus, &choir, i, &origin, 1, &out, error) ? out->mean[0] : MISSING;
}

/* By hand: all values of all series before the date. */
static double wanted(const GPtrArray *all, gsize i, gint64 date)
{
    double sum = 0, count = 0;
    for (gsize k = 0; k < all->len; k++)
        for (gint64 at = voice(all, k)->start; at < date && date <= voice(all, k)->start + (gint64)voice(all, k)->length; at++, count++)
            sum += voice(all, k)->value[at - voice(all, k)->start];
    return sum / count + voice(all, i)->value[date - 1 - voice(all, i)->start];
}

static void once_per_date(void)
{
    g_autoptr(GPtrArray) all = voices(5);
    g_autoptr(Chorus) chorus = chorus_of(all);
    for (gsize i = 5; i-- > 0;)
        for (gint64 date = 120; date < 124; date++)
            g_assert_cmpfloat(ask(chorus, all, i, date, NULL), ==, wanted(all, i, date));
    g_assert_cmpint(g_atomic_int_get(&calls), ==, 4);
    g_assert_cmpuint(chorus_held(chorus), ==, 0);
}

static void several_origins_at_once(void)
{
    g_autoptr(GPtrArray) all = voices(3);
    g_autoptr(Chorus) chorus = chorus_of(all);
    gsize origin[] = {10, 20, 20, 30};
    Outlook *out[4];
    for (int k = 0; k < 4; k++)
        out[k] = outlook_new("choir", 101 + (gint64)origin[k], 2);
    g_assert_true(chorus_ask(chorus, &choir, 1, origin, 4, out, NULL));
    for (int k = 0; k < 4; k++) {
        g_assert_cmpfloat(out[k]->mean[1], ==, wanted(all, 1, 101 + (gint64)origin[k]));
        g_assert_cmpfloat(out[k]->quantile[OUTLOOK_LEVELS + OUTLOOK_MEDIAN], ==, out[k]->mean[1]);
        outlook_free(out[k]);
    }
    g_assert_cmpint(g_atomic_int_get(&calls), ==, 3);
    g_assert_cmpuint(chorus_held(chorus), ==, 3 * 2 * 2); /* three dates, two steps, the two others */
}

static void the_same_again(void)
{
    g_autoptr(GPtrArray) all = voices(4);
    g_autoptr(Chorus) chorus = chorus_of(all);
    double first = ask(chorus, all, 2, 130, NULL);
    g_assert_cmpfloat(first, ==, ask(chorus, all, 2, 130, NULL));
    g_assert_cmpfloat(ask(chorus, all, 3, 130, NULL), ==, wanted(all, 3, 130));
    g_assert_cmpint(g_atomic_int_get(&calls), ==, 2);
}

/* Told to keep them, it works a date out once however often it is asked. */
static void answers_are_kept_when_wanted(void)
{
    g_autoptr(GPtrArray) all = voices(4);
    g_autoptr(Chorus) chorus = chorus_of(all);
    chorus_keep(chorus);
    for (int k = 0; k < 3; k++)
        for (gsize i = 0; i < 4; i++)
            g_assert_cmpfloat(ask(chorus, all, i, 130, NULL), ==, wanted(all, i, 130));
    g_assert_cmpint(g_atomic_int_get(&calls), ==, 1);
}

static void who_does_not_reach_the_date_is_left_out(void)
{
    g_autoptr(GPtrArray) all = voices(4);
    voice(all, 1)->length = 20; /* ended before step 121 */
    g_autoptr(Chorus) chorus = chorus_of(all);
    g_assert_cmpfloat(ask(chorus, all, 0, 103, NULL), ==, wanted(all, 0, 103));
    g_assert_cmpint(g_atomic_int_get(&tasks_seen), ==, 3); /* series 3 begins there */
    g_assert_cmpfloat(ask(chorus, all, 0, 121, NULL), ==, wanted(all, 0, 121));
    g_assert_cmpint(g_atomic_int_get(&tasks_seen), ==, 4);
    g_assert_cmpfloat(ask(chorus, all, 0, 122, NULL), ==, wanted(all, 0, 122));
    g_assert_cmpint(g_atomic_int_get(&tasks_seen), ==, 3);
    g_autoptr(GError) error = NULL;
    g_assert_true(isnan(ask(chorus, all, 3, 103, &error)));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_SHORT);
    g_assert_cmpstr(error->message, ==, "voice-3: no value before the origin, wanted one");
}

static void a_complaint_is_its_own(void)
{
    g_autoptr(GPtrArray) all = voices(3);
    g_autoptr(GError) error = NULL, again = NULL, none = NULL;
    voice(all, 1)->value[18] = -1; /* the last before step 120 */
    g_autoptr(Chorus) chorus = chorus_of(all);
    g_assert_cmpfloat(ask(chorus, all, 0, 120, NULL), ==, wanted(all, 0, 120));
    g_assert_cmpfloat(ask(chorus, all, 2, 120, NULL), ==, wanted(all, 2, 120));
    g_assert_true(isnan(ask(chorus, all, 1, 120, &error)));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_NUMERIC);
    g_assert_cmpstr(error->message, ==, "voice-1 sings flat");
    g_assert_true(isnan(ask(chorus, all, 1, 120, &again)));
    g_assert_cmpint(g_atomic_int_get(&calls), ==, 1);
    voice(all, 1)->value[20] = 1001;
    g_assert_true(isnan(ask(chorus, all, 0, 122, &none)));
    g_assert_error(none, MODEL_ERROR, MODEL_ERROR_SHORT);
    g_assert_cmpstr(none->message, ==, "nobody can sing");
}

/* Of several origins one fails: none is fetched, the others can be asked alone. */
static void one_bad_origin_fetches_nothing(void)
{
    g_autoptr(GPtrArray) all = voices(2);
    voice(all, 0)->value[19] = -1;
    g_autoptr(Chorus) chorus = chorus_of(all);
    gsize origin[] = {15, 20};
    Outlook *out[2] = {outlook_new("choir", 115, 3), outlook_new("choir", 120, 3)};
    g_autoptr(GError) error = NULL;
    g_assert_false(chorus_ask(chorus, &choir, 0, origin, 2, out, &error));
    g_assert_cmpstr(error->message, ==, "voice-0 sings flat");
    g_assert_cmpfloat(ask(chorus, all, 0, 115, NULL), ==, wanted(all, 0, 115));
    g_assert_cmpint(g_atomic_int_get(&calls), ==, 2);
    outlook_free(out[0]);
    outlook_free(out[1]);
}

typedef struct {
    Chorus *chorus;
    const GPtrArray *all;
    gint next;
} Crowd;

static gpointer ask_in_turn(gpointer data)
{
    Crowd *crowd = data;
    for (;;) {
        gsize i = (gsize)g_atomic_int_add(&crowd->next, 1);
        if (i >= crowd->all->len)
            return NULL;
        for (gint64 date = 110; date < 140; date++)
            g_assert_cmpfloat(ask(crowd->chorus, crowd->all, i, date, NULL), ==, wanted(crowd->all, i, date));
    }
}

static void from_many_threads(void)
{
    g_autoptr(GPtrArray) all = voices(VOICES);
    g_autoptr(Chorus) chorus = chorus_of(all);
    Crowd crowd = {chorus, all, 0};
    GThread *thread[4];
    for (int k = 0; k < 4; k++)
        thread[k] = g_thread_new("singer", ask_in_turn, &crowd);
    for (int k = 0; k < 4; k++)
        g_thread_join(thread[k]);
    g_assert_cmpint(g_atomic_int_get(&calls), ==, 30);
    g_assert_cmpuint(chorus_held(chorus), ==, 0);
}

/* Two series, one of which never fetches: what waits for it is forgotten at last. */
static void memory_is_bounded(void)
{
    g_autoptr(GPtrArray) all = voices(2);
    g_autoptr(Chorus) chorus = chorus_of(all);
    gsize horizon = CHORUS_MOST / 4;
    double before = MISSING;
    for (gint64 date = 110; date < 120; date++) {
        gsize origin = (gsize)(date - 100);
        g_autoptr(Outlook) out = outlook_new("choir", date, horizon);
        g_assert_true(chorus_ask(chorus, &choir, 0, &origin, 1, &out, NULL));
        g_assert_cmpuint(chorus_held(chorus), <=, CHORUS_MOST);
        before = date == 110 ? out->mean[0] : before;
    }
    gsize origin = 10;
    g_autoptr(Outlook) out = outlook_new("choir", 110, horizon);
    g_assert_true(chorus_ask(chorus, &choir, 0, &origin, 1, &out, NULL));
    g_assert_cmpfloat(out->mean[0], ==, before);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/chorus/a-date-is-worked-out-once-for-all-series", once_per_date);
    g_test_add_func("/daemon/chorus/several-origins-may-be-asked-at-once", several_origins_at_once);
    g_test_add_func("/daemon/chorus/who-asks-again-hears-the-same", the_same_again);
    g_test_add_func("/daemon/chorus/answers-are-kept-when-wanted", answers_are_kept_when_wanted);
    g_test_add_func("/daemon/chorus/a-series-that-does-not-reach-the-date-is-left-out", who_does_not_reach_the_date_is_left_out);
    g_test_add_func("/daemon/chorus/a-complaint-concerns-one-series-alone", a_complaint_is_its_own);
    g_test_add_func("/daemon/chorus/one-bad-origin-fetches-nothing", one_bad_origin_fetches_nothing);
    g_test_add_func("/daemon/chorus/threads-share-the-work-and-hear-the-same", from_many_threads);
    g_test_add_func("/daemon/chorus/memory-is-bounded", memory_is_bounded);
    return g_test_run();
}
