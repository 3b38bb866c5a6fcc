/* growth.h -- how an epidemic grows, learnt from all places at once.
 *
 * Weekly admissions of one state tell little of how waves rise and fall; those
 * of fifty states tell much.  All series of the group are put on one scale
 * (cases per head of the exposure; without one, in units of each series' own
 * mean), and one regression per horizon says how far a series moves from its
 * smoothed level: by its own growth and level, the whole group's, how far it is
 * below its peak, and the season.  What the regression may say is held back the
 * more, the fewer weeks are known, and what invented epidemics of the same size
 * say takes its place (growth_prior.h): half of the forecast is theirs after 32
 * weeks, nearly all of it after two, nothing after 140.  A place that
 * leaps while the others do not is believed when the next week bears it out.
 *
 * Units    rates are per exposure, divided by their mean over the group.
 * Missing  a missing week is nothing to learn from; features take the last known value instead.
 * Errors   MODEL_ERROR_SHORT: another grain than weeks, fewer than two weeks known in
 *          the group, or (one series alone) no value, only zeros or negative ones.
 * Source   the fourth root of cases per head: E. L. Ray et al. (2025), Flusion, arXiv 2407.19054;
 *          A. E. Hoerl, R. W. Kennard (1970), Technometrics 12(1), for holding back.
 * Threads  pure.
 */
#pragma once
#include "forecast/model/member.h"

/* As Member.forecast_group. */
gboolean growth_forecast_group(const Task *task, gsize tasks, Outlook **out, GError **complaint, GError **error) G_GNUC_WARN_UNUSED_RESULT;
