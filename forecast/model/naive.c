#include "forecast/model/naive.h"

#include <stdlib.h>

enum {
    FEWEST = 20,  /* differences below which their rank says too little */
    MOST = 4368,  /* half a year of hours: the recent past of a long series */
};

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Longest season of the task that lies wholly in the past, else one step. */
static gsize usable_season(const Task *task, gsize known)
{
    for (int k = 1; k >= 0; k--)
        if (task->season[k] > 0 && task->season[k] <= known)
            return task->season[k];
    return 1;
}

/* Sizes of y[t] - y[t - lag], sorted; their number. */
static gsize differences(const double *value, gsize known, gsize lag, double *size)
{
    gsize count = 0;
    for (gsize t = known; t-- > lag && count < MOST;)
        if (!isnan(value[t]) && !isnan(value[t - lag]))
            size[count++] = fabs(value[t] - value[t - lag]);
    qsort(size, count, sizeof *size, ascending);
    return count;
}

/* The spread at each level around the forecast, the sign of a difference being
 * a matter of chance: half of the quantile curve is known, the other mirrors it. */
static void spread_of(const double *size, gsize count, double *spread)
{
    double squares = 0.0;
    for (gsize k = 0; k < count; k++)
        squares += size[k] * size[k];
    double sd = count > 0 ? sqrt(squares / (double)count) : 0.0;
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++) {
        spread[k] = outlook_probit[k] * sd;
        if (count < FEWEST || k == OUTLOOK_MEDIAN)
            continue;
        double place = fabs(2.0 * outlook_level[k] - 1.0) * (double)(count + 1) - 1.0;
        gsize below = (gsize)CLAMP(place, 0.0, (double)(count - 1)), above = MIN(below + 1, count - 1);
        double at = size[below] + CLAMP(place - (double)below, 0.0, 1.0) * (size[above] - size[below]);
        spread[k] = k < OUTLOOK_MEDIAN ? -at : at;
    }
}

/* Spread `seasons` ahead: the differences over that many seasons if enough are
 * known, else those over one season, growing like a random walk. */
static void spread_ahead(const Task *task, gsize known, gsize season, gsize seasons, double last, double *size, double *spread)
{
    const double *value = task->series->value;
    gsize count = seasons * season < known ? differences(value, known, seasons * season, size) : 0;
    if (count >= FEWEST || (seasons == 1 && count > 0)) {
        spread_of(size, count, spread);
        return;
    }
    count = differences(value, known, season, size);
    if (count == 0)
        count = differences(value, known, 1, size);
    spread_of(size, count, spread);
    /* lone values say nothing of spread: that of a Poisson count then */
    for (gsize k = 0; k < OUTLOOK_LEVELS && count == 0; k++)
        spread[k] = outlook_probit[k] * sqrt(fabs(last) + 1.0);
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
        spread[k] *= sqrt((double)seasons);
}

/* The newest known value a whole number of seasons before the step, else `last`. */
static double season_before(const double *value, gsize known, gsize season, gsize step, double last)
{
    gsize back = (step - known) / season + 1;
    for (gsize gap = back * season; gap <= step; gap += season)
        if (!isnan(value[step - gap]))
            return value[step - gap];
    return last;
}

static gboolean forecast_one(const Task *task, Outlook *out, GError **error)
{
    const double *value = task->series->value;
    gsize known = MIN(task->origin, task->series->length), newest = known;
    while (newest > 0 && isnan(value[newest - 1]))
        newest--;
    if (newest == 0) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "%s: no known value before the forecast, at least 1 is wanted; wait for data",
                    task->series->id);
        return FALSE;
    }
    double last = value[newest - 1], spread[OUTLOOK_LEVELS];
    gsize season = usable_season(task, newest);
    g_autofree double *size = g_new(double, MIN(known, (gsize)MOST) + 1);
    for (gsize h = 0; h < task->horizon; h++) {
        if (h % season == 0)
            spread_ahead(task, known, season, h / season + 1, last, size, spread);
        double middle = season_before(value, known, season, known + h, last);
        out->mean[h] = middle;
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
            out->quantile[h * OUTLOOK_LEVELS + k] = middle + spread[k];
    }
    return member_finish(task, out, error);
}

gboolean naive_forecast(const Task *task, gsize tasks, Outlook **out, GError **error)
{
    for (gsize k = 0; k < tasks; k++)
        if (!forecast_one(&task[k], out[k], error))
            return FALSE;
    return TRUE;
}
