#include "forecast/model/level.h"

#include "forecast/model/holidays.h"
#include "forecast/model/level_view.h"

#include <lapacke.h>
#include <stdlib.h>
#include <string.h>

enum {
    WEEK = LEVEL_WEEK,
    FEATURES = LEVEL_FEATURES,
    MOST_DAYS = 1096,    /* of the past */
    HOLIDAY_DAYS = 800,  /* of these, the ones whose holidays are learnt from: the last two of each name */
    AHEAD = 92,          /* days after the last whose holidays one series alone looks up */
    FIRST_VIEW = 35,     /* days before the first past day that is learnt from */
    LEADS = 28,          /* with a spread of their own */
    STRIDE = 4,          /* between past days; any multiple of seven more keeps all weekdays */
    MOST_VIEWS = 20000,  /* past days of all series */
    FEWEST_TARGET = 4    /* known days of a week that is to be explained */
};
static const double held_back = 10.0;    /* rows' worth of belief that the base is right */
static const double scale_trust = 10.0;  /* weeks at which a series' own spread counts as much as the group's */
static const double most_error = 20.0;   /* usual changes: beyond it a step in who reports, not a spread */

typedef struct {
    gsize days, length, horizon; /* days that are learnt from; that there are */
    gsize weeks;                 /* weeks ahead that are learnt */
    gsize skip;                  /* days before those whose holidays are known */
    LevelWard *ward;
    gsize wards;
    Holidays *holidays;
    gboolean *near; /* [length] */
    LevelView *view;     /* [views], those of a ward together */
    gsize views;
    gsize *owner;   /* [views] */
    double beta[LEADS / WEEK][FEATURES];
    double *error[LEADS]; /* sorted, standardised; as many as errors */
    gsize errors[LEADS];
} Group;

static void group_clear(Group *g)
{
    for (gsize i = 0; i < g->wards; i++)
        g_free(g->ward[i].z);
    for (gsize h = 0; h < LEADS; h++)
        g_free(g->error[h]);
    holidays_free(g->holidays);
    g_free(g->ward);
    g_free(g->near);
    g_free(g->view);
    g_free(g->owner);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Group, group_clear)

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ---- wards on one clock and one scale ------------------------------------- */

/* dz / d log y at the usual size of the ward, so that 0.01 is one in a hundred everywhere. */
static double unit_of(const Transform *transform, const double *value, gsize count)
{
    g_autofree double *size = g_new(double, count + 1);
    gsize known = 0;
    for (gsize t = 0; t < count; t++)
        if (!isnan(value[t]))
            size[known++] = fabs(value[t]);
    double usual = known > 0 ? MAX(level_view_median(size, known), 1.0) : 1.0;
    return MAX(usual / transform_slope(transform, transform_apply(transform, usual)), 1e-9);
}

static void fill_ward(LevelWard *ward, const Task *task, gsize days)
{
    gsize count = MIN(task->origin, days), first = task->origin - count;
    const double *value = task->series->value + first;
    ward->id = task->series->id;
    ward->counts = task->series->counts;
    ward->transform = transform_choose(value, count, WEEK, task->series->counts);
    ward->unit = unit_of(&ward->transform, value, count);
    ward->z = g_new(double, days + 1);
    for (gsize t = 0; t < days; t++)
        ward->z[t] = t < days - count ? MISSING : transform_apply(&ward->transform, value[t - (days - count)]) / ward->unit;
}

static gboolean knows_holiday(const Group *g, gsize day)
{
    return day >= g->skip && day < g->length + g->horizon;
}

static double holiday_effect(const Group *g, gsize day)
{
    return knows_holiday(g, day) ? holidays_effect(g->holidays, day - g->skip) : 0;
}

static double holiday_variance(const Group *g, gsize day)
{
    return knows_holiday(g, day) ? holidays_variance(g->holidays, day - g->skip) : 0;
}

/* first: the civil day that is day 0. */
static void take_holidays_out(Group *g, const Calendar *calendar, gint64 first)
{
    g_autofree const double **z = g_new(const double *, g->wards);
    g->skip = g->days - MIN(g->days, (gsize)HOLIDAY_DAYS);
    for (gsize i = 0; i < g->wards; i++)
        z[i] = g->ward[i].z + g->skip;
    g->holidays = holidays_new(calendar, first + (gint64)g->skip, g->days - g->skip, g->length - g->days + g->horizon);
    holidays_learn(g->holidays, z, g->wards);
    g->near = g_new(gboolean, g->length + 1);
    for (gsize t = 0; t < g->length; t++) {
        g->near[t] = knows_holiday(g, t) && holidays_near(g->holidays, t - g->skip);
        for (gsize i = 0; i < g->wards; i++)
            g->ward[i].z[t] -= holiday_effect(g, t);
    }
}

static void gather(Group *g, const Task *task, gsize tasks)
{
    for (gsize i = 0; i < tasks; i++)
        g->days = MAX(g->days, MIN(task[i].origin, (gsize)MOST_DAYS));
    g->length = g->days;
    g->horizon = task[0].horizon;
    g->weeks = MIN((g->horizon + WEEK - 1) / WEEK, (gsize)LEADS / WEEK);
    g->wards = tasks;
    g->ward = g_new0(LevelWard, tasks);
    for (gsize i = 0; i < tasks; i++)
        fill_ward(&g->ward[i], &task[i], g->days);
    take_holidays_out(g, task[0].calendar, task[0].series->start + (gint64)task[0].origin - (gint64)g->days);
}

/* ---- what was seen on past days ------------------------------------------- */

static void see_past(Group *g)
{
    gsize stride = STRIDE;
    while (g->days / stride * g->wards > MOST_VIEWS)
        stride += WEEK;
    g->view = g_new(LevelView, (g->days / stride + 1) * g->wards);
    g->owner = g_new(gsize, (g->days / stride + 1) * g->wards);
    for (gsize i = 0; i < g->wards; i++)
        for (gsize day = FIRST_VIEW; day < g->days; day += stride)
            if (level_view_see(&g->view[g->views], &g->ward[i], g->near, day))
                g->owner[g->views++] = i;
}

/* ---- what the past teaches ---------------------------------------------------- */

static double explained(const LevelView *view, const double beta[FEATURES])
{
    double sum = view->base;
    for (gsize f = 0; f < FEATURES; f++)
        sum += beta[f] * view->feature[f];
    return sum;
}

/* How far the week that many weeks ahead lay from the base, in usual changes. */
static double target_of(const Group *g, const LevelView *view, const LevelWard *ward, gsize week)
{
    double sum = 0;
    gsize count = 0;
    for (gsize k = 0; k < WEEK; k++) {
        gsize t = view->day + week * WEEK + k;
        if (t < g->days && !isnan(ward->z[t])) {
            sum += ward->z[t] - view->shape[k];
            count++;
        }
    }
    return count >= FEWEST_TARGET ? (sum / (double)count - view->base) / view->scale : MISSING;
}

/* Least absolute errors by weighted least squares, again and again. */
static void learn_week(Group *g, gsize week)
{
    enum { ROUNDS = 30 };
    static const double least_error = 1e-3;
    g_autofree double *target = g_new(double, g->views + 1);
    double *beta = g->beta[week];
    for (gsize v = 0; v < g->views; v++)
        target[v] = target_of(g, &g->view[v], &g->ward[g->owner[v]], week);
    for (gsize round = 0; round < ROUNDS; round++) {
        double square[FEATURES][FEATURES] = {{0}}, next[FEATURES] = {0};
        for (gsize f = 0; f < FEATURES; f++)
            square[f][f] = held_back;
        for (gsize v = 0; v < g->views; v++) {
            const LevelView *view = &g->view[v];
            if (isnan(target[v]))
                continue;
            double error = target[v] - (explained(view, beta) - view->base) / view->scale;
            double weight = 1 / MAX(fabs(error), least_error) / view->scale;
            for (gsize a = 0; a < FEATURES; a++) {
                next[a] += weight * view->feature[a] * target[v];
                for (gsize b = 0; b < FEATURES; b++)
                    square[a][b] += weight / view->scale * view->feature[a] * view->feature[b];
            }
        }
        if (LAPACKE_dposv(LAPACK_ROW_MAJOR, 'U', FEATURES, 1, &square[0][0], FEATURES, next, 1) != 0)
            return;
        memcpy(beta, next, sizeof next);
    }
}

/* Errors of every lead, and how large those of each ward are. */
static void measure_errors(Group *g)
{
    for (gsize h = 0; h < g->weeks * WEEK; h++)
        g->error[h] = g_new(double, g->views + 1);
    for (gsize v = 0; v < g->views; v++) {
        const LevelView *view = &g->view[v];
        LevelWard *ward = &g->ward[g->owner[v]];
        for (gsize h = 0; h < g->weeks * WEEK && view->day + h < g->days; h++) {
            double error = (ward->z[view->day + h] - view->shape[h % WEEK] - explained(view, g->beta[h / WEEK])) / view->scale;
            if (isnan(error))
                continue;
            g->error[h][g->errors[h]++] = error;
            ward->error += MIN(fabs(error), most_error);
            ward->count++;
        }
    }
    for (gsize h = 0; h < g->weeks * WEEK; h++)
        qsort(g->error[h], g->errors[h], sizeof(double), ascending);
}

/* A ward's errors against the group's, held towards 1. */
static double own_scale(const Group *g, const LevelWard *ward)
{
    double sum = 0, count = 0;
    for (gsize i = 0; i < g->wards; i++) {
        sum += g->ward[i].error;
        count += g->ward[i].count;
    }
    if (!(sum > 0) || !(ward->count > 0))
        return 1;
    double weeks = ward->count / (double)WEEK / (double)g->weeks * STRIDE / (double)WEEK;
    return (weeks * (ward->error / ward->count) / (sum / count) + scale_trust) / (weeks + scale_trust);
}

/* ---- forecasts ------------------------------------------------------------------ */

static double error_at(const Group *g, gsize lead, double level)
{
    gsize count = g->errors[lead];
    double place = CLAMP(level * (double)(count + 1) - 1, 0, (double)(count - 1));
    gsize below = (gsize)place, above = MIN(below + 1, count - 1);
    return g->error[lead][below] + (place - (double)below) * (g->error[lead][above] - g->error[lead][below]);
}

/* The lead whose errors stand for those of step h. */
static gsize lead_of(const Group *g, gsize h)
{
    gsize lead = MIN(h, g->weeks * WEEK - 1);
    while (g->errors[lead] == 0)
        lead--;
    return lead;
}

static double middle_of(const Group *g, const LevelView *view, gsize lead, gsize h)
{
    return explained(view, g->beta[lead / WEEK]) + view->shape[h % WEEK] + holiday_effect(g, view->day + h);
}

static double sd_of(const Group *g, double scale, gsize lead, gsize h)
{
    static const double wide = 2.5631031310892007; /* probits between the levels .1 and .9 */
    double grown = sqrt((double)(h + 1) / (double)(lead + 1));
    return MAX(scale * (error_at(g, lead, 0.9) - error_at(g, lead, 0.1)) / wide * grown, LEVEL_LEAST_SCALE);
}

static void forecast_step(const Group *g, const LevelWard *ward, const LevelView *view, double scale, gsize h, Outlook *out)
{
    gsize lead = lead_of(g, h);
    double grown = sqrt((double)(h + 1) / (double)(lead + 1)), extra = holiday_variance(g, g->days + h);
    double middle = middle_of(g, view, lead, h), sd = sd_of(g, scale, lead, h);
    double stretch = scale * grown * sqrt(1 + extra / (sd * sd));
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
        out->quantile[h * OUTLOOK_LEVELS + k] =
            transform_undo(&ward->transform, ward->unit * (middle + stretch * error_at(g, lead, outlook_level[k])));
    out->mean[h] = transform_mean(&ward->transform, ward->unit * middle, ward->unit * sqrt(sd * sd + extra));
}

static gboolean forecast_ward(const Group *g, const LevelWard *ward, const Task *task, Outlook *out, GError **error)
{
    LevelView view;
    if (!level_view_see(&view, ward, g->near, g->days)) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "%s: too little is known of the last %d days for a level, wanted %d of them; wait for data",
                    ward->id, LEVEL_RECENT, LEVEL_FEWEST_KNOWN);
        return FALSE;
    }
    double scale = view.scale * own_scale(g, ward);
    for (gsize h = 0; h < g->horizon; h++)
        forecast_step(g, ward, &view, scale, h, out);
    return member_finish(task, out, error);
}

static gboolean learn(Group *g)
{
    see_past(g);
    for (gsize week = 0; week < g->weeks; week++)
        learn_week(g, week);
    measure_errors(g);
    return g->errors[0] > 0;
}

gboolean level_forecast(const Task *task, gsize tasks, Outlook **out, GError **complaint, GError **error)
{
    g_auto(Group) g = {0};
    if (task[0].series->grain != GRAIN_DAY) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "%s: counts by %s, wanted days", task[0].series->id, grain_name(task[0].series->grain));
        return FALSE;
    }
    gather(&g, task, tasks);
    if (!learn(&g)) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "%s: no series has enough days to learn from, wanted %d; wait for data", task[0].series->id, FIRST_VIEW + 1);
        return FALSE;
    }
    gsize answers = 0;
    for (gsize i = 0; i < tasks; i++)
        answers += forecast_ward(&g, &g.ward[i], &task[i], out[i], &complaint[i]);
    if (answers == 0)
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "%s", complaint[0]->message);
    return answers > 0;
}

/* ---- one series at any day -------------------------------------------------------- */

struct Level {
    Group group;
    double usual;  /* change from day to day, its middle over the past */
    double *error; /* [length + 1]: scale of errors one day ahead */
};

static double usual_of(const Group *g)
{
    g_autofree double *scale = g_new(double, g->views + 1);
    for (gsize v = 0; v < g->views; v++)
        scale[v] = g->view[v].scale;
    return level_view_median(scale, g->views);
}

/* As level_view_see(); where too little is known, the newest values as they are. */
static void see_any(const Level *level, gsize day, LevelView *view)
{
    const LevelWard *ward = level->group.ward;
    day = MIN(day, level->group.length);
    if (level_view_see(view, ward, level->group.near, day))
        return;
    *view = (LevelView){.day = day, .scale = level->usual};
    gsize known = 0;
    double sum = 0;
    for (gsize t = day; t-- > 0 && known < LEVEL_BASE_DAYS;)
        if (!isnan(ward->z[t])) {
            sum += ward->z[t];
            known++;
        }
    view->base = known > 0 ? sum / (double)known : 0;
}

void level_at(const Level *level, gsize origin, gsize horizon, double *mean, double *sd)
{
    const Group *g = &level->group;
    LevelView view;
    see_any(level, origin, &view);
    for (gsize h = 0; h < horizon; h++) {
        gsize lead = lead_of(g, h);
        double own = sd_of(g, view.scale, lead, h);
        mean[h] = g->ward->unit * middle_of(g, &view, lead, h);
        sd[h] = g->ward->unit * sqrt(own * own + holiday_variance(g, view.day + h));
    }
}

double level_base(const Level *level, gsize origin)
{
    LevelView view;
    see_any(level, origin, &view);
    return level->group.ward->unit * explained(&view, level->group.beta[0]);
}

double level_scale(const Level *level, gsize origin)
{
    return level->error[MIN(origin, level->group.length)];
}

double level_holiday(const Level *level, gsize day)
{
    return level->group.ward->unit * holiday_effect(&level->group, day);
}

static void run(Level *level)
{
    static const double least = 1e-3;
    const Group *g = &level->group;
    double keep = pow(0.5, 1.0 / (2.0 * WEEK)), square = level->usual * level->usual * g->ward->unit * g->ward->unit;
    level->error = g_new(double, g->length + 1);
    for (gsize t = 0; t <= g->length; t++) {
        double mean, sd;
        level->error[t] = MAX(sqrt(square), least);
        if (t == g->length || isnan(g->ward->z[t]) || t < LEVEL_FEWEST_KNOWN)
            continue;
        level_at(level, t, 1, &mean, &sd);
        double miss = g->ward->unit * (g->ward->z[t] + holiday_effect(g, t)) - mean;
        square = keep * square + (1 - keep) * miss * miss;
    }
}

Level *level_new(const Series *series, const Calendar *calendar, const Transform *transform, gsize fit)
{
    g_autoptr(Level) level = g_new0(Level, 1);
    Group *g = &level->group;
    *g = (Group){.days = fit, .length = series->length, .horizon = AHEAD, .weeks = LEADS / WEEK, .wards = 1};
    LevelWard *ward = g->ward = g_new0(LevelWard, 1);
    ward->counts = series->counts;
    ward->transform = *transform;
    ward->unit = unit_of(transform, series->value, fit);
    ward->z = g_new(double, g->length + 1);
    for (gsize t = 0; t < g->length; t++)
        ward->z[t] = transform_apply(transform, series->value[t]) / ward->unit;
    take_holidays_out(g, calendar, series->start);
    if (!learn(g))
        return NULL;
    level->usual = usual_of(g);
    run(level);
    return g_steal_pointer(&level);
}

void level_free(Level *level)
{
    if (level == NULL)
        return;
    group_clear(&level->group);
    g_free(level->error);
    g_free(level);
}
