/* ridge.h -- regression on the calendar and on recent levels.
 *
 * What the hour, the weekday, the season of the year, holidays and the level of
 * the last day and weeks say about each step ahead, weighed by a regression
 * that shrinks every effect towards none.  How much it shrinks is chosen by
 * leaving out each step once.  Covariates of the series that are known ahead
 * take part.
 *
 * Missing  a step with a missing value is not learnt from; a missing covariate counts as its mean.
 * Source   A. E. Hoerl, R. W. Kennard (1970), Technometrics 12(1); D. M. Allen (1974), Technometrics
 *          16(1), for leave-one-out errors without refitting.
 * Threads  pure.
 */
#pragma once
#include "forecast/model/member.h"

/* As Member.forecast, and as Member.fit.  MODEL_ERROR_SHORT with fewer than three known values. */
gboolean ridge_forecast(const Task *task, gsize tasks, Outlook **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ridge_fit(const Task *task, gsize tasks, Fits *fits, Outlook **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
