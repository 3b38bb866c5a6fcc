/* schooling.h -- one training of a group, from its series to a Release.
 *
 * The last origins of every series are held back.  The networks learn from what
 * lies before them (from pretrained weights, where there are any), all members
 * are asked what they would have said, how far a network may leave its anchor
 * and who publishes is decided (training.h, leash.h), and the networks that
 * speak learn once more, from all values.  A network that cannot be trained is
 * left out and the card says why.
 *
 * Errors   as of the rooms below; when options->progress says so, MODEL_ERROR_STOPPED
 *          of a network that learns, JUDGE_ERROR_STOPPED of days held back.
 * Threads  as engine.h says.
 */
#pragma once
#include "daemon/engine/engine.h"

/* series[n], one grain, n >= 1, no two with the same id.  The caller owns *out. */
gboolean schooling_run(const Series *const *series, gsize n, const Calendar *calendar, const EngineOptions *options,
                       Release **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
