#include "forecast/model/lesson.h"

static const gsize weekly[2] = {7, 0};
enum { SERIES = 3, LENGTH = 120 };

typedef struct {
    Calendar *calendar, *other;
    Series *series[SERIES];
    gsize until[SERIES];
    NetworkTraining training;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
    f->calendar = calendar_new("UTC", NULL, NULL);
    f->other = calendar_new("Europe/Paris", NULL, NULL);
    for (gsize k = 0; k < SERIES; k++) {
        g_autofree char *id = g_strdup_printf("ward-%zu", k);
        f->series[k] = series_new(id, GRAIN_DAY, 19000, LENGTH);
        f->series[k]->counts = f->series[k]->flow = TRUE;
        for (gsize t = 0; t < LENGTH; t++)
            f->series[k]->value[t] = (double)(20 + 10 * k + 4 * (t % 7 < 5) + t * t % 3);
        f->until[k] = LENGTH - 30;
    }
    f->training = (NetworkTraining){.threads = 2};
}

static void tear_down(Fixture *f, gconstpointer data)
{
    for (gsize k = 0; k < SERIES; k++)
        series_free(f->series[k]);
    calendar_free(f->calendar);
    calendar_free(f->other);
}

static Lesson *lesson_of(const Fixture *f)
{
    g_autoptr(GError) error = NULL;
    Lesson *lesson = lesson_new(NETWORK_LSTM, (const Series *const *)f->series, f->until, SERIES, f->calendar, weekly, &f->training, &error);
    g_assert_no_error(error);
    return lesson;
}

static void test_until(Fixture *f, gconstpointer data)
{
    g_autoptr(Lesson) lesson = lesson_of(f);
    g_assert_cmpuint(lesson->lessons, ==, SERIES);
    for (gsize k = 0; k < SERIES; k++) {
        g_assert_cmpuint(lesson->series[k].until, ==, LENGTH - 30);
        g_assert_cmpuint(lesson->series[k].series->length, ==, LENGTH - 30);
        g_assert_cmpstr(lesson->series[k].series->id, ==, f->series[k]->id);
        g_assert_true(lesson->series[k].calendar == f->calendar);
        g_assert_nonnull(lesson->series[k].anchor);
    }
}

static void test_short(Fixture *f, gconstpointer data)
{
    f->until[1] = 1; /* no anchor fits one value */
    g_autoptr(Lesson) lesson = lesson_of(f);
    g_assert_cmpuint(lesson->count, ==, SERIES);
    g_assert_cmpuint(lesson->lessons, ==, SERIES - 1);
    g_assert_cmpstr(lesson->series[0].series->id, ==, "ward-0");
    g_assert_cmpstr(lesson->series[1].series->id, ==, "ward-2");
}

/* A free network's lesson knows last week and no more: its next week is this one again. */
static void test_kind(Fixture *f, gconstpointer data)
{
    g_autoptr(Lesson) lesson = lesson_new(NETWORK_FREE, (const Series *const *)f->series, f->until, SERIES, f->calendar, weekly, &f->training, NULL);
    g_assert_cmpuint(lesson->lessons, ==, SERIES);
    for (gsize k = 0; k < SERIES; k++) {
        double mean[7], sd[7];
        anchor_at(lesson->series[k].anchor, 60, 7, mean, sd);
        for (gsize h = 0; h < 7; h++)
            g_assert_cmpfloat_with_epsilon(anchor_undo(lesson->series[k].anchor, mean[h]), f->series[k]->value[53 + h], 1e-9);
    }
}

static void test_own_calendars(Fixture *f, gconstpointer data)
{
    const Calendar *own[SERIES] = {f->calendar, f->other, f->calendar};
    f->training.calendar = own;
    g_autoptr(Lesson) lesson = lesson_of(f);
    for (gsize k = 0; k < SERIES; k++)
        g_assert_true(lesson->series[k].calendar == own[k]);
}

static void test_fit(Fixture *f, gconstpointer data)
{
    const gsize fit[SERIES] = {40, LENGTH, 50};
    f->training.fit = fit;
    g_autoptr(Lesson) lesson = lesson_of(f);
    g_assert_cmpuint(lesson->series[0].from, ==, 40);
    g_assert_cmpuint(lesson->series[1].from, ==, 0); /* fitted on all that is seen: as in any training */
    g_assert_cmpuint(lesson->series[2].from, ==, 50);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/model/lesson/nothing-at-or-after-until-is-in-it", Fixture, NULL, set_up, test_until, tear_down);
    g_test_add("/model/lesson/a-series-too-short-for-an-anchor-is-left-out", Fixture, NULL, set_up, test_short, tear_down);
    g_test_add("/model/lesson/the-anchor-is-that-of-the-network's-kind", Fixture, NULL, set_up, test_kind, tear_down);
    g_test_add("/model/lesson/each-series-may-have-a-calendar-of-its-own", Fixture, NULL, set_up, test_own_calendars, tear_down);
    g_test_add("/model/lesson/windows-begin-where-the-anchor's-fit-ends", Fixture, NULL, set_up, test_fit, tear_down);
    return g_test_run();
}
