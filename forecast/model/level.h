/* level.h -- the level of the last days, moved as the whole group tells, and holidays.
 *
 * Beds next week are as many as in the last days, weekday by weekday, unless a
 * holiday empties them.  Holidays are taken out first (holidays.h), so that the
 * days after one are not mistaken for a quiet week.  How far to trust the newest
 * day against last week and the weeks before is one regression over all series
 * of the group and all their past days, by absolute errors: one ward whose
 * reporting jumps does not bend it.
 *
 * Units    inside, shares of a series' usual size.
 * Source   R. Koenker, G. Bassett (1978), Econometrica 46(1), for regression on the median.
 * Threads  a Level is only read after level_new; the member is pure.
 */
#pragma once
#include "forecast/model/member.h"
#include "forecast/model/transform.h"

typedef struct Level Level;

/* The same for one series alone, in the space of `transform`, to be asked at any
 * day: learnt from value[0 .. fit-1], run over all values.  The caller owns it.
 * NULL when too little is known to learn from. */
Level *level_new(const Series *series, const Calendar *calendar, const Transform *transform, gsize fit);
void level_free(Level *level);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Level, level_free)

/* Mean and standard deviation of the transformed values from `origin` on,
 * knowing those before it. */
void level_at(const Level *level, gsize origin, gsize horizon, double *mean, double *sd);

/* The level just before `origin`, and the scale there of errors one day ahead
 * (half-life two weeks); what holidays do to the day. */
double level_base(const Level *level, gsize origin);
double level_scale(const Level *level, gsize origin);
double level_holiday(const Level *level, gsize day);

/* As Member.forecast_group.  Days only; at least five weeks of one series. */
gboolean level_forecast(const Task *task, gsize tasks, Outlook **out, GError **complaint, GError **error) G_GNUC_WARN_UNUSED_RESULT;
