/* inputs.h -- do the models still read what they were made for?
 *
 * Forecasts may hold although the ward has become another one: its networks then
 * read what they have never seen.  The last four weeks of a series, and of every
 * covariate that a feed brings to it, are held against the years before
 * (stability.h).  Of several that have changed the one that differs most is told.
 *
 * An alarm asks first that the last days decide which classical member to believe;
 * one that has stood for two weeks asks for a training.  It ends by itself when
 * the change has become a part of the years before, after a month or two.
 *
 * While the data are late or stuck nothing is judged.
 *
 * Threads  pure function.
 */
#pragma once
#include "daemon/snapshot.h"
#include "forecast/judge/drift.h"

/* FALSE: nothing could be judged.  Else `verdict` is DRIFT_INPUT or DRIFT_NONE; its day is that of the alarm. */
gboolean inputs_judge(const SnapshotSeries *series, DriftVerdict *verdict) G_GNUC_WARN_UNUSED_RESULT;
