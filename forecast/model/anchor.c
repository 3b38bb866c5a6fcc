#include "forecast/model/anchor.h"

#include "forecast/model/ets.h"
#include "forecast/model/transform.h"

struct Anchor {
    Transform transform;
    Ets *ets;
};

Anchor *anchor_new(const Series *series, const Calendar *calendar, gsize fit, const gsize season[2], GError **error)
{
    g_assert(fit <= series->length);
    (void)calendar;
    g_autoptr(Anchor) anchor = g_new0(Anchor, 1);
    gsize longest = MAX(season[0], season[1]);
    anchor->transform = transform_choose(series->value, fit, longest, series->counts);
    g_autofree double *z = g_new(double, series->length + 1);
    for (gsize t = 0; t < series->length; t++)
        z[t] = transform_apply(&anchor->transform, series->value[t]);
    anchor->ets = ets_new(z, fit, series->length, season, error);
    if (anchor->ets == NULL) {
        g_prefix_error(error, "%s: ", series->id);
        return NULL;
    }
    return g_steal_pointer(&anchor);
}

void anchor_free(Anchor *anchor)
{
    if (anchor == NULL)
        return;
    ets_free(anchor->ets);
    g_free(anchor);
}

void anchor_at(const Anchor *anchor, gsize origin, gsize horizon, double *mean, double *sd)
{
    ets_at(anchor->ets, origin, horizon, mean, sd);
}

double anchor_level(const Anchor *anchor, gsize origin)
{
    return ets_level(anchor->ets, origin);
}

double anchor_scale(const Anchor *anchor, gsize origin)
{
    return ets_scale(anchor->ets, origin);
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

static gboolean forecast_one(const Task *task, Outlook *out, GError **error)
{
    g_autoptr(Series) known = series_upto(task->series, MIN(task->origin, task->series->length));
    g_autoptr(Anchor) anchor = anchor_new(known, task->calendar, known->length, task->season, error);
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

gboolean anchor_forecast(const Task *task, gsize tasks, Outlook **out, GError **error)
{
    for (gsize k = 0; k < tasks; k++)
        if (!forecast_one(&task[k], out[k], error))
            return FALSE;
    return TRUE;
}
