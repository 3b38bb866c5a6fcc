#include "forecast/model/lesson.h"

#include "forecast/model/fits.h"

enum { MOST_MAKERS = 64 };

void lesson_free(Lesson *lesson)
{
    for (gsize k = 0; k < lesson->count; k++) {
        series_free(lesson->seen[k]);
        anchor_free(lesson->anchor[k]);
    }
    g_free(lesson->seen);
    g_free(lesson->anchor);
    g_free(lesson->series);
    g_free(lesson);
}

/* What the makers of anchors share; each takes the next series without one. */
typedef struct {
    NetworkKind kind;
    const Series *const *series;
    const gsize *until, *fit;
    gsize n;
    const Calendar *const *calendar; /* [n] */
    const gsize *season;
    Series **seen;
    Anchor **anchor;
    GError **error;
    gint next;
} Making;

static gpointer make_anchors(gpointer data)
{
    Making *m = data;
    for (gsize k = (gsize)g_atomic_int_add(&m->next, 1); k < m->n; k = (gsize)g_atomic_int_add(&m->next, 1)) {
        Series *seen = series_upto(m->series[k], MIN(m->until[k], m->series[k]->length));
        m->seen[k] = seen;
        g_autoptr(Fits) fits = fits_new(seen, m->calendar[k], m->fit != NULL ? MIN(m->fit[k], seen->length) : seen->length, m->season, NULL);
        m->anchor[k] = network_kind_anchor(m->kind, fits, &m->error[k]);
    }
    return NULL;
}

static void make_all_anchors(Making *making, gsize threads)
{
    GThread *thread[MOST_MAKERS];
    gsize more = MIN(MIN(threads, making->n), MOST_MAKERS);
    for (gsize k = 1; k < more; k++)
        thread[k] = g_thread_new("anchors", make_anchors, making);
    make_anchors(making);
    for (gsize k = 1; k < more; k++)
        g_thread_join(thread[k]);
}

Lesson *lesson_new(NetworkKind kind, const Series *const *series, const gsize *until, gsize n, const Calendar *calendar,
                   const gsize season[2], const NetworkTraining *training, GError **error)
{
    g_autoptr(Lesson) lesson = g_new0(Lesson, 1);
    lesson->count = n;
    lesson->seen = g_new0(Series *, n);
    lesson->anchor = g_new0(Anchor *, n);
    lesson->series = g_new0(TrainerSeries, n);
    g_autofree GError **cause = g_new0(GError *, n);
    g_autofree const Calendar **own = g_new(const Calendar *, n);
    for (gsize k = 0; k < n; k++)
        own[k] = training->calendar != NULL ? training->calendar[k] : calendar;
    Making making = {kind, series, until, training->fit, n, own, season, lesson->seen, lesson->anchor, cause, 0};
    make_all_anchors(&making, training->threads);
    gboolean fine = TRUE;
    gsize count = 0;
    for (gsize k = 0; k < n; k++) {
        gsize length = lesson->seen[k]->length, from = training->fit != NULL && training->fit[k] < length ? training->fit[k] : 0;
        if (lesson->anchor[k] != NULL)
            lesson->series[count++] = (TrainerSeries){lesson->seen[k], lesson->anchor[k], own[k], length, from};
        else if (fine && !g_error_matches(cause[k], MODEL_ERROR, MODEL_ERROR_SHORT)) {
            g_propagate_prefixed_error(error, g_steal_pointer(&cause[k]), "series %s: ", series[k]->id);
            fine = FALSE;
        }
        g_clear_error(&cause[k]);
    }
    lesson->lessons = count;
    return fine ? g_steal_pointer(&lesson) : NULL;
}
