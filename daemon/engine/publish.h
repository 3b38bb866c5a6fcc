/* publish.h -- from what the members said to what is released.
 *
 * The one place where weights, gate and calibration of a Release meet the
 * members' outlooks, used alike on past mornings and today, and where the
 * ladder of fallbacks stands.
 *
 * Threads  pure.
 */
#pragma once
#include "daemon/engine/engine.h"
#include "daemon/engine/voices.h"

/* Which members are wanted for a row of the release (its weight is above 0), or
 * for the release NULL: the classical ones made for the grain. wanted[panel_members()] */
void publish_wanted(const Release *release, gsize number, Grain grain, gboolean *wanted);

/* How much each member may say there: weight[panel_members()]. */
void publish_weights(const Release *release, gsize number, Grain grain, double *weight);

/* What the members make of it together before ranges are corrected: weighted as
 * the release says, without one their middle.  FALSE, out untouched: nobody with a weight has an answer. */
gboolean publish_blend(const Release *release, Outlook *const *part, const double *weight, gboolean counts, Outlook *out) G_GNUC_WARN_UNUSED_RESULT;

/* Blend part[panel_members()] (NULL = has no answer, `complaint` says why) as the
 * voices have it and calibrate; the caller owns the result.  Without a release, and
 * where a series' own days alone decide, the middle speaks.  NULL when nobody has an
 * answer.  `note` must be clear and is filled. */
Outlook *publish_outlook(const Voices *voices, Outlook *const *part, char *const *complaint, EngineNote *note);
