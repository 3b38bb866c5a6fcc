/* pool.h -- a whole group forecast together: the hospital's pulse, and what each series adds.
 *
 * Three years of a clinic's monthly counts say little about its trend and its
 * season, three years of all clinics say much.  The pool forecasts what moves
 * them all (pulse.h) and what is left of each by a grid of smoothers on three
 * scales of the counts (belief.h, transform.h).  How far each smoother is to be
 * believed is learnt from the whole group first and then from the series
 * itself, so that a young series leans on its neighbours and an old one on
 * itself.  Quantiles are averaged over smoothers and scales, level by level;
 * they hold what is not known of levels, seasons, calendar and spread, and
 * their shape is that of the errors of the whole group.
 *
 * Twenty series or more of one measure (the last part of their ids) are a group
 * of their own; measures of fewer join each other.
 *
 * For months, weeks and days; of days and weeks only the recent past is read,
 * and hours are left to others.
 *
 * Missing  not learnt from.
 * Source   B. Efron, C. Morris (1973), J. Am. Stat. Assoc. 68(341), empirical Bayes; J. A.
 *          Hoeting et al. (1999), Stat. Sci. 14(4), model averaging; C. Genest (1992), Ann. Stat.
 *          20(2), averaging quantiles.
 * Threads  pure.
 */
#pragma once
#include "forecast/model/member.h"

/* As Member.forecast_group.  MODEL_ERROR_SHORT for a series with fewer than four
 * known values or one beyond 1e100, and for hours; MODEL_ERROR_MEMORY. */
gboolean pool_forecast(const Task *task, gsize tasks, Outlook **out, GError **complaint, GError **error) G_GNUC_WARN_UNUSED_RESULT;
