#include "forecast/model/member.h"

#include "forecast/model/anchor.h"
#include "forecast/model/autoets.h"
#include "forecast/model/fits.h"
#include "forecast/model/growth.h"
#include "forecast/model/level.h"
#include "forecast/model/naive.h"
#include "forecast/model/pool.h"
#include "forecast/model/renew.h"
#include "forecast/model/ridge.h"
#include "forecast/model/theta.h"

const Member classical_member[] = {
    {"naive", "the same as one season earlier", naive_forecast, NULL, 0, NULL},
    {"ets", "exponential smoothing with damped trend and repeating patterns", anchor_forecast, NULL, 0, anchor_fit_ets},
    {"profile", "last week's level and the usual shape of a week", anchor_forecast_profile, NULL, 0, anchor_fit_profile},
    {"level", "the level of the last days, moved as the whole group tells, and what holidays did", NULL, level_forecast, MEMBER_GRAIN(GRAIN_DAY), NULL},
    {"ridge", "regression on the calendar and on recent levels", ridge_forecast, NULL, 0, ridge_fit},
    {"poisson", "the usual number by the calendar, times how busy it has been lately", poisson_forecast, NULL, MEMBER_GRAIN(GRAIN_HOUR) | MEMBER_GRAIN(GRAIN_DAY), poisson_fit},
    {"pool", "the group's common movement and a grid of smoothers for each series", NULL, pool_forecast, MEMBER_GRAIN(GRAIN_DAY) | MEMBER_GRAIN(GRAIN_WEEK) | MEMBER_GRAIN(GRAIN_MONTH), NULL},
    {"growth", "how epidemics grow and fall, learnt from all series together", NULL, growth_forecast_group, MEMBER_GRAIN(GRAIN_WEEK), NULL},
    {"theta", "smoothing that drifts by half the slope of a straight line", theta_forecast, NULL, MEMBER_GRAIN(GRAIN_DAY) | MEMBER_GRAIN(GRAIN_WEEK) | MEMBER_GRAIN(GRAIN_MONTH), NULL},
    {"renew", "level and week by weekdays, begun anew on the day they broke", renew_forecast, NULL, MEMBER_GRAIN(GRAIN_DAY), NULL},
    {"autoets", "the textbook's exponential smoother, chosen among all by AICc", autoets_forecast, NULL, MEMBER_GRAIN(GRAIN_MONTH), NULL},
};
const gsize classical_members = G_N_ELEMENTS(classical_member);

gboolean member_serves(const Member *member, Grain grain)
{
    return member->grains == 0 || (member->grains & MEMBER_GRAIN(grain)) != 0;
}

const Member *member_find(const char *name)
{
    for (gsize k = 0; k < classical_members; k++)
        if (g_str_equal(classical_member[k].name, name))
            return &classical_member[k];
    return NULL;
}

/* A group member that gives a series no answer says why, of the series or of all. */
static gboolean forecast_alone(const Member *member, const Task *task, Outlook **out, GError **error)
{
    g_autoptr(GError) complaint = NULL;
    if (!member->forecast_group(task, 1, out, &complaint, error))
        return FALSE;
    if (complaint == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&complaint));
    return FALSE;
}

gboolean member_forecast(const Member *member, const Task *task, gsize tasks, Outlook **out, GError **error)
{
    if (member->forecast != NULL)
        return member->forecast(task, tasks, out, error);
    for (gsize k = 0; k < tasks; k++)
        if (!forecast_alone(member, &task[k], &out[k], error))
            return FALSE;
    return TRUE;
}

gboolean member_forecast_with(const Member *member, const Task *task, gsize tasks, Fits *fits, Outlook **out, GError **error)
{
    if (member->fit != NULL)
        return member_forecast_each(member->fit, task, tasks, fits, out, error);
    return member_forecast(member, task, tasks, out, error);
}

gboolean member_forecast_each(MemberFit fit, const Task *task, gsize tasks, Fits *fits, Outlook **out, GError **error)
{
    for (gsize first = 0, count; first < tasks; first += count) {
        gboolean kept = fits != NULL && fits_series(fits) == task[first].series && fits_end(fits) == MIN(task[first].origin, task[first].series->length);
        count = member_shared(task + first, tasks - first);
        if (!fit(task + first, count, kept ? fits : NULL, out + first, error))
            return FALSE;
    }
    return TRUE;
}

gsize member_shared(const Task *task, gsize tasks)
{
    gsize count = 1;
    while (count < tasks && task[count].series == task->series && task[count].origin >= task[count - 1].origin &&
           task[count].origin - task->origin < task->refit)
        count++;
    return count;
}

gboolean member_finish(const Task *task, Outlook *outlook, GError **error)
{
    gboolean finite = TRUE;
    for (gsize h = 0; h < outlook->horizon; h++) {
        finite = finite && isfinite(outlook->mean[h]);
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
            finite = finite && isfinite(outlook->quantile[h * OUTLOOK_LEVELS + k]);
    }
    if (!finite) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_NUMERIC, "%s: the forecast of member %s is not finite; check the unit of the series",
                    task->series->id, outlook->member);
        return FALSE;
    }
    outlook_tidy(outlook, task->series->counts);
    return TRUE;
}

G_DEFINE_QUARK(wardcast-model-error-quark, model_error)
