/* renew.h -- the level and the week of a ward, begun anew on the day they broke.
 *
 * A ward doubles, another team moves in, Mondays become Thursdays.  A Renew follows
 * what is usual on each weekday, and holds beside it, on every day, that the level
 * has jumped that day, that the whole week has taken another shape, or that things are
 * again as they were before the last change.  Whichever of these beliefs foresees
 * the days that follow gains, the others fade; a few of them are kept.  After a
 * change the days since then speak, and a forecast widens as far as nobody knows
 * yet.  One wild day may be a change or an accident; the next days tell which.
 *
 * Units    inside, roots of counts, variances in those of a usual day.
 * Missing  tells nothing; half of the days must be known.
 * Source   P. J. Harrison, C. F. Stevens (1976), J. R. Stat. Soc. B 38(3), multi-process models;
 *          R. P. Adams, D. J. C. MacKay (2007), arXiv:0710.3742, for keeping the day of the
 *          change; R. J. Meinhold, N. D. Singpurwalla (1989), J. Am. Stat. Assoc. 84(406), for
 *          Kalman filters with Student's errors.
 * Threads  pure.
 */
#pragma once
#include "forecast/model/member.h"

/* A change on any day is as likely as one in a year. */
#define RENEW_CHANCE (1.0 / 365)

/* As Member.forecast.  MODEL_ERROR_SHORT: not days, or fewer than four weeks. */
gboolean renew_forecast(const Task *task, gsize tasks, Outlook **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What was said of the same on the mornings before, those with two weeks and as many days of past. */
typedef struct {
    double changed; /* mean */
    gsize mornings;
} RenewUsual;

/* How likely is it, from what is known before `origin`, that level or week of a series
 * by days have been others for no longer than `days`?  0 where a forecast would be refused.
 * *usual (NULL: not wanted): what was said on the mornings up to `days` before. */
double renew_changed(const Series *series, gsize origin, gsize days, RenewUsual *usual);
