#include "forecast/model/anchor.h"

#include "forecast/model/ets.h"
#include "forecast/model/profile.h"
#include "forecast/model/transform.h"

/* Which forecaster an Anchor stands for. */
typedef enum { STAND_BEST, STAND_ETS, STAND_PROFILE } Stand;

enum { TRIAL_SEASONS = 2, MOST_TRIALS = 40 };
/* The smoother's parameters were fitted on the very values of the trial, the
 * profile has none: the smoother must win by this much to count as better. */
#define FITTED_ADVANTAGE 1.1

struct Anchor {
    Transform transform;
    Ets *ets;         /* NULL where the profile stands */
    Profile *profile; /* NULL where the smoother stands */
};

/* Sum of absolute errors of one forecaster over two seasons ahead, at origins
 * one season apart in the newer half of what may be seen. */
static double trial_loss(const Anchor *anchor, const double *z, gsize fit, gsize season)
{
    gsize ahead = TRIAL_SEASONS * season;
    g_autofree double *mean = g_new(double, ahead), *sd = g_new(double, ahead);
    double loss = 0;
    gsize origin = fit - season;
    for (gsize used = 0; used < MOST_TRIALS && origin >= fit / 2; used++, origin -= season) {
        anchor_at(anchor, origin, ahead, mean, sd);
        for (gsize h = 0; h < ahead && origin + h < fit; h++)
            if (!isnan(z[origin + h]))
                loss += fabs(z[origin + h] - mean[h]);
    }
    return loss;
}

/* Of smoother and profile keep the one that would have done better. */
static void choose(Anchor *anchor, const double *z, gsize fit, gsize season)
{
    const Anchor smoother = {.transform = anchor->transform, .ets = anchor->ets};
    const Anchor shaped = {.transform = anchor->transform, .profile = anchor->profile};
    if (trial_loss(&shaped, z, fit, season) < FITTED_ADVANTAGE * trial_loss(&smoother, z, fit, season))
        g_clear_pointer(&anchor->ets, ets_free);
    else
        g_clear_pointer(&anchor->profile, profile_free);
}

static Anchor *make(const Series *series, gsize fit, const gsize season[2], Stand stand, GError **error)
{
    g_assert(fit <= series->length);
    g_autoptr(Anchor) anchor = g_new0(Anchor, 1);
    gsize longest = MAX(season[0], season[1]);
    anchor->transform = transform_choose(series->value, fit, longest, series->counts);
    g_autofree double *z = g_new(double, series->length + 1);
    for (gsize t = 0; t < series->length; t++)
        z[t] = transform_apply(&anchor->transform, series->value[t]);
    /* A week is short enough to be alike last week, a year is not; and hours are
     * left to the smoother unless the profile alone is asked for. */
    if (stand != STAND_ETS && (series->grain == GRAIN_DAY || (series->grain == GRAIN_HOUR && stand == STAND_PROFILE)))
        anchor->profile = profile_new(z, fit, series->length, longest);
    if (stand == STAND_PROFILE && anchor->profile == NULL) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "%s: too little for a weekly profile, wanted five weeks of days or hours with half of them known; wait for data", series->id);
        return NULL;
    }
    if (stand != STAND_PROFILE && (anchor->ets = ets_new(z, fit, series->length, season, error)) == NULL) {
        g_prefix_error(error, "%s: ", series->id);
        return NULL;
    }
    if (anchor->ets != NULL && anchor->profile != NULL)
        choose(anchor, z, fit, longest);
    return g_steal_pointer(&anchor);
}

Anchor *anchor_new(const Series *series, const Calendar *calendar, gsize fit, const gsize season[2], GError **error)
{
    (void)calendar;
    return make(series, fit, season, STAND_BEST, error);
}

void anchor_free(Anchor *anchor)
{
    if (anchor == NULL)
        return;
    ets_free(anchor->ets);
    profile_free(anchor->profile);
    g_free(anchor);
}

void anchor_at(const Anchor *anchor, gsize origin, gsize horizon, double *mean, double *sd)
{
    if (anchor->ets != NULL)
        ets_at(anchor->ets, origin, horizon, mean, sd);
    else
        profile_at(anchor->profile, origin, horizon, mean, sd);
}

double anchor_level(const Anchor *anchor, gsize origin)
{
    return anchor->ets != NULL ? ets_level(anchor->ets, origin) : profile_level(anchor->profile, origin);
}

double anchor_scale(const Anchor *anchor, gsize origin)
{
    return anchor->ets != NULL ? ets_scale(anchor->ets, origin) : profile_scale(anchor->profile, origin);
}

double anchor_transform(const Anchor *anchor, double y)
{
    return transform_apply(&anchor->transform, y);
}

double anchor_undo(const Anchor *anchor, double z)
{
    return transform_undo(&anchor->transform, z);
}

double anchor_slope(const Anchor *anchor, double z)
{
    return transform_slope(&anchor->transform, z);
}

double anchor_mean(const Anchor *anchor, double mean, double sd)
{
    return transform_mean(&anchor->transform, mean, sd);
}

static gboolean forecast_one(const Task *task, Stand stand, Outlook *out, GError **error)
{
    g_autoptr(Series) known = series_upto(task->series, MIN(task->origin, task->series->length));
    g_autoptr(Anchor) anchor = make(known, known->length, task->season, stand, error);
    if (anchor == NULL)
        return FALSE;
    g_autofree double *mean = g_new(double, task->horizon), *sd = g_new(double, task->horizon);
    anchor_at(anchor, known->length, task->horizon, mean, sd);
    for (gsize h = 0; h < task->horizon; h++) {
        out->mean[h] = anchor_mean(anchor, mean[h], sd[h]);
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
            out->quantile[h * OUTLOOK_LEVELS + k] = anchor_undo(anchor, mean[h] + outlook_probit[k] * sd[h]);
    }
    return member_finish(task, out, error);
}

static gboolean forecast_all(const Task *task, gsize tasks, Stand stand, Outlook **out, GError **error)
{
    for (gsize k = 0; k < tasks; k++)
        if (!forecast_one(&task[k], stand, out[k], error))
            return FALSE;
    return TRUE;
}

gboolean anchor_forecast(const Task *task, gsize tasks, Outlook **out, GError **error)
{
    return forecast_all(task, tasks, STAND_ETS, out, error);
}

gboolean anchor_forecast_profile(const Task *task, gsize tasks, Outlook **out, GError **error)
{
    return forecast_all(task, tasks, STAND_PROFILE, out, error);
}
