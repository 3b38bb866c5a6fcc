#include "forecast/model/level_view.h"

#include "forecast/model/sorted.h"

enum {
    WEEK = LEVEL_WEEK,
    RECENT = LEVEL_RECENT,
    FEATURES = LEVEL_FEATURES,
    SHAPE_WEEKS = 8,     /* whose weekdays count */
    FEWEST_ORDINARY = 3, /* weekdays of a kind away from holidays; with fewer all count */
};
static const double no_change = 1e-9; /* less is rounding, also of the largest numbers there are */

double level_view_median(double *value, gsize count)
{
    sorted_put(value, count);
    return count % 2 ? value[count / 2] : 0.5 * (value[count / 2 - 1] + value[count / 2]);
}

/* shape[k]: what the k-th day from `day` on usually lies above its week's median. */
static void see_shape(const LevelWard *ward, const gboolean *near, gsize day, double shape[WEEK])
{
    gsize weeks = MIN((gsize)SHAPE_WEEKS, day / WEEK);
    double middle[SHAPE_WEEKS], total = 0;
    for (gsize b = 0; b < weeks; b++) {
        double value[WEEK];
        gsize count = 0;
        for (gsize k = 0; k < WEEK; k++)
            if (!isnan(ward->z[day - (b + 1) * WEEK + k]))
                value[count++] = ward->z[day - (b + 1) * WEEK + k];
        middle[b] = count > 0 ? level_view_median(value, count) : MISSING;
    }
    for (gsize k = 0; k < WEEK; k++) {
        double all[SHAPE_WEEKS], ordinary[SHAPE_WEEKS];
        gsize count_all = 0, count_ordinary = 0;
        for (gsize b = 0; b < weeks; b++) {
            gsize t = day - (b + 1) * WEEK + k;
            double deviation = ward->z[t] - middle[b];
            if (isnan(deviation))
                continue;
            all[count_all++] = deviation;
            if (!near[t])
                ordinary[count_ordinary++] = deviation;
        }
        gboolean enough = count_ordinary >= FEWEST_ORDINARY;
        shape[k] = count_all == 0 ? 0 : enough ? level_view_median(ordinary, count_ordinary) : level_view_median(all, count_all);
        total += shape[k];
    }
    for (gsize k = 0; k < WEEK; k++)
        shape[k] -= total / WEEK;
}

/* Mean of x[from .. to-1], counted back from the newest; MISSING when none is known. */
static double mean_of(const double *x, gsize from, gsize to)
{
    double sum = 0;
    gsize count = 0;
    for (gsize j = from; j < to; j++)
        if (!isnan(x[j])) {
            sum += x[j];
            count++;
        }
    return count > 0 ? sum / (double)count : MISSING;
}

static double median_of(const double *x, gsize count)
{
    double value[RECENT];
    gsize known = 0;
    for (gsize j = 0; j < count; j++)
        if (!isnan(x[j]))
            value[known++] = x[j];
    return known > 0 ? level_view_median(value, known) : MISSING;
}

/* Counts are never surer than a part of their chance (the root of the number),
 * however long nothing happened. */
static double least_change(const LevelWard *ward, double base)
{
    static const double part = 0.3, half = 0.4;
    if (!ward->counts)
        return 10 * LEVEL_LEAST_SCALE;
    double count = transform_undo(&ward->transform, ward->unit * base) + half;
    return part * sqrt(count) / transform_slope(&ward->transform, transform_apply(&ward->transform, count)) / ward->unit;
}

static double usual_change(const double *x)
{
    double change[RECENT];
    for (gsize j = 0; j + 1 < RECENT; j++)
        change[j] = fabs(x[j] - x[j + 1]);
    double mean = mean_of(change, 0, RECENT - 1), usual = median_of(change, RECENT - 1);
    /* where most days are alike, the median tells nothing of the others */
    return isnan(usual) ? MISSING : MAX(usual, mean / 4);
}

gboolean level_view_see(LevelView *view, const LevelWard *ward, const gboolean *near, gsize day)
{
    double x[RECENT];
    gsize known = 0;
    view->day = day;
    see_shape(ward, near, day, view->shape);
    for (gsize j = 0; j < RECENT; j++) { /* x[0] is yesterday */
        x[j] = j < day ? ward->z[day - 1 - j] - view->shape[(WEEK - (j + 1) % WEEK) % WEEK] : MISSING;
        known += !isnan(x[j]);
    }
    if (known < LEVEL_FEWEST_KNOWN)
        return FALSE;
    view->base = MISSING;
    for (gsize reach = LEVEL_BASE_DAYS; isnan(view->base) && reach <= RECENT; reach += LEVEL_BASE_DAYS)
        view->base = mean_of(x, 0, reach);
    view->scale = fmax(fmax(usual_change(x), least_change(ward, view->base)), no_change);
    const double level[FEATURES] = {x[0], mean_of(x, 0, WEEK), median_of(x, WEEK), mean_of(x, WEEK, 2 * WEEK), mean_of(x, 2 * WEEK, RECENT)};
    for (gsize f = 0; f < FEATURES; f++)
        view->feature[f] = isnan(level[f]) ? 0 : level[f] - view->base;
    return !isnan(view->base) && !isnan(view->scale);
}
