/* lesson.h -- what a training sees of its series, each with the anchor that the network's kind corrects.
 *
 * Nothing at or after `until` is in it, so that no training can look ahead.
 * Fitting the anchors is most of the work before the first step of a training;
 * it is shared by all voices of a network (network.h).
 *
 * Errors   a series too short for an anchor is left out; any other failure is one.
 * Threads  anchors are fitted by training->threads workers; the result does not depend on how many.
 */
#pragma once
#include "forecast/model/network.h"
#include "forecast/model/trainer.h"

typedef struct {
    gsize count;           /* series given */
    Series **seen;         /* [count] */
    Anchor **anchor;       /* [count], NULL = too short for one */
    gsize lessons;
    TrainerSeries *series; /* [lessons] */
} Lesson;

/* Of series[n] what lies before until[n]; arguments as of network_train().  The caller owns it. */
Lesson *lesson_new(NetworkKind kind, const Series *const *series, const gsize *until, gsize n, const Calendar *calendar, const gsize season[2],
                   const NetworkTraining *training, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lesson_free(Lesson *lesson);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lesson, lesson_free)
