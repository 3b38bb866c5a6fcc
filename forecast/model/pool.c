#include "forecast/model/pool.h"

#include "forecast/model/belief.h"
#include "forecast/model/pulse.h"
#include "forecast/model/transform.h"

#include <gsl/gsl_cdf.h>
#include <stdlib.h>
#include <string.h>

enum {
    FEWEST = 4,  /* known values: a level and how it errs */
    MANY = 20,   /* series of one measure that are a group of their own */
    KINDS = TRANSFORM_KINDS,
    CELLS = KINDS * BELIEF_CELLS,
};

/* Values beyond this cannot be squared and added up. */
static const double too_large = 1e100;

/* Steps of past that are read: longer, and a slow change of ways is taken for noise. */
static const gsize grain_past[GRAINS] = {[GRAIN_HOUR] = 0, [GRAIN_DAY] = 364, [GRAIN_WEEK] = 208, [GRAIN_MONTH] = 180};

/* The group's opinion of the smoothers starts as if this many series had found all alike good. */
static const double open_mind = 10.0;
/* Smoothers believed less than this are left out. */
static const double least_weight = 1e-3;
/* Errors at which the shape of the group's own errors counts as much as that of Student's t. */
static const double shape_trust = 200.0;

/* One scale of all series. */
typedef struct {
    double *z;                 /* [series][n], its mean and what the group shares taken out */
    double *centre, *share;    /* [series] */
    double *offset, *variance; /* [series][horizon] */
    double *stretch;           /* [series]: log of how the scale stretches the past */
} Scale;

typedef struct {
    const Task *const *task; /* [series] */
    Outlook *const *out;
    gsize series, n, horizon, season;
    gsize *order, *first;
    guint8 *known;
    double *calendar;
    Transform *transform; /* [series]; its kind is set anew for each scale */
    gboolean *counts;     /* [series]: all scales suit */
    Scale scale[KINDS];
    float *weight;        /* [series][CELLS]: log evidence, then how far each smoother is believed */
    double *apart;        /* [series][horizon]: mean and mean square of what the smoothers expect, then how far they are apart */
    double *error;        /* errors of all series in units of their spread */
    gsize errors;
} Pool;

static void pool_clear(Pool *p)
{
    g_free(p->order);
    g_free(p->first);
    g_free(p->known);
    g_free(p->calendar);
    g_free(p->transform);
    g_free(p->counts);
    g_free(p->weight);
    g_free(p->apart);
    g_free(p->error);
    for (int k = 0; k < KINDS; k++) {
        g_free(p->scale[k].z);
        g_free(p->scale[k].centre);
        g_free(p->scale[k].offset);
    }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pool, pool_clear)

/* ---- what is known ------------------------------------------------------- */

static double value_at(const Pool *p, gsize i, gsize t)
{
    gsize origin = p->task[i]->origin;
    return t + origin >= p->n ? p->task[i]->series->value[t + origin - p->n] : MISSING;
}

static int compare_known(gconstpointer a, gconstpointer b, gpointer data)
{
    const Pool *p = data;
    gsize x = *(const gsize *)a, y = *(const gsize *)b;
    int order = memcmp(p->known + x * p->n, p->known + y * p->n, p->n);
    return order != 0 ? order : (x > y) - (x < y);
}

static void see_series(Pool *p, gsize i)
{
    static const double room = 100.0; /* as transform_choose() */
    double least = (double)INFINITY, most = 0;
    p->first[i] = p->n;
    for (gsize t = p->n; t-- > 0;) {
        double y = value_at(p, i, t);
        p->known[i * p->n + t] = !isnan(y);
        if (isnan(y))
            continue;
        p->first[i] = t;
        least = fmin(least, y);
        most = fmax(most, fabs(y));
    }
    p->counts[i] = p->task[i]->series->counts && least >= 0;
    p->transform[i] = (Transform){TRANSFORM_IDENTITY, room * (most + 1.0)};
}

/* What the calendar may do: more days in the month, more working days among them; of days, a holiday. */
static void see_calendar(Pool *p)
{
    const Series *series = p->task[0]->series;
    gint64 date = series->start + (gint64)p->task[0]->origin;
    gsize steps = p->n + p->horizon;
    double *days = p->calendar, *working = p->calendar + steps, mean[2] = {0, 0};
    if (p->task[0]->calendar == NULL)
        return;
    for (gsize t = 0; t < steps; t++) {
        CalendarDay day;
        calendar_day(p->task[0]->calendar, series->grain, date - (gint64)p->n + (gint64)t, &day);
        days[t] = day.days;
        working[t] = series->grain == GRAIN_DAY ? 1.0 - (day.weekday < 5 ? day.holiday : 0.0) : day.working_days / day.days;
        mean[0] += t < p->n ? days[t] / (double)p->n : 0.0;
        mean[1] += t < p->n ? working[t] / (double)p->n : 0.0;
    }
    for (gsize t = 0; t < steps; t++) {
        days[t] = days[t] / mean[0] - 1.0;
        working[t] = mean[1] > 0 ? working[t] / mean[1] - 1.0 : 0.0;
    }
}

static void see(Pool *p)
{
    for (gsize i = 0; i < p->series; i++)
        p->n = MAX(p->n, MIN(p->task[i]->origin, grain_past[p->task[i]->series->grain]));
    p->order = g_new(gsize, p->series);
    p->first = g_new(gsize, p->series);
    p->known = g_new(guint8, p->series * p->n);
    p->transform = g_new(Transform, p->series);
    p->counts = g_new(gboolean, p->series);
    p->calendar = g_new0(double, PULSE_EFFECTS * (p->n + p->horizon));
    for (gsize i = 0; i < p->series; i++) {
        see_series(p, i);
        p->order[i] = i;
    }
    g_qsort_with_data(p->order, (gint)p->series, sizeof *p->order, compare_known, p);
    see_calendar(p);
}

static PulseGroup group_of(const Pool *p, const Scale *scale)
{
    return (PulseGroup){p->series, p->n, p->horizon, p->season, p->order, p->known, p->first, scale->share, p->calendar};
}

/* ---- one scale ----------------------------------------------------------- */

static void put_on_scale(Pool *p, Scale *scale, TransformKind kind, gsize i)
{
    double *z = scale->z + i * p->n, sum = 0, count = 0, mean = 0;
    Transform transform = p->transform[i];
    transform.kind = kind;
    if (kind != TRANSFORM_IDENTITY && !p->counts[i])
        return; /* all zero, no share, never believed */
    for (gsize t = p->first[i]; t < p->n; t++)
        if (p->known[i * p->n + t]) {
            double y = value_at(p, i, t);
            z[t] = transform_apply(&transform, y);
            scale->stretch[i] -= log(transform_slope(&transform, z[t]));
            sum += z[t], mean += y, count++;
        }
    scale->centre[i] = sum / count;
    mean /= count;
    for (gsize t = p->first[i]; t < p->n; t++)
        z[t] = p->known[i * p->n + t] ? z[t] - scale->centre[i] : 0.0;
    scale->share[i] = p->counts[i] ? mean / transform_slope(&transform, transform_apply(&transform, mean)) : 0.0;
}

static gboolean make_scale(Pool *p, TransformKind kind)
{
    Scale *scale = &p->scale[kind];
    scale->z = g_try_new0(double, p->series * p->n);
    scale->offset = g_try_new0(double, 2 * p->series * p->horizon);
    if (scale->z == NULL || scale->offset == NULL)
        return FALSE;
    scale->variance = scale->offset + p->series * p->horizon;
    scale->centre = g_new0(double, 3 * p->series);
    scale->share = scale->centre + p->series;
    scale->stretch = scale->share + p->series;
    for (gsize i = 0; i < p->series; i++)
        put_on_scale(p, scale, kind, i);
    PulseGroup group = group_of(p, scale);
    return pulse_remove(&group, scale->z, scale->offset, scale->variance);
}

/* ---- whom to believe ----------------------------------------------------- */

static Belief *belief_of(const Pool *p, gsize i)
{
    return belief_new(p->known + i * p->n + p->first[i], p->n - p->first[i], p->season, p->horizon, NULL, NULL, 0);
}

static const double *past_of(const Pool *p, const Scale *scale, gsize i)
{
    return scale->z + i * p->n + p->first[i];
}

static gboolean weigh(Pool *p)
{
    double evidence[BELIEF_CELLS];
    PulseGroup group = group_of(p, &p->scale[0]);
    for (gsize from = 0, end; from < p->series; from = end) {
        end = pulse_alike(&group, from);
        g_autoptr(Belief) belief = belief_of(p, p->order[from]);
        if (belief == NULL)
            return FALSE;
        for (gsize k = 0; k < (end - from) * KINDS; k++) {
            gsize i = p->order[from + k / KINDS], kind = k % KINDS;
            gboolean suits = kind == TRANSFORM_IDENTITY || p->counts[i];
            belief_weigh(belief, past_of(p, &p->scale[kind], i), evidence);
            for (gsize c = 0; c < BELIEF_CELLS; c++)
                p->weight[i * CELLS + kind * BELIEF_CELLS + c] = suits ? (float)(evidence[c] + p->scale[kind].stretch[i]) : -(float)INFINITY;
        }
    }
    return TRUE;
}

static void to_likelihood(float *weight)
{
    float most = -(float)INFINITY;
    for (gsize c = 0; c < CELLS; c++)
        most = fmaxf(most, weight[c]);
    for (gsize c = 0; c < CELLS; c++)
        weight[c] = expf(weight[c] - most);
}

/* How often each smoother is the right one in this group: expectation and
 * maximisation, from all alike; then each series' own weights. */
static void believe(Pool *p)
{
    enum { ROUNDS = 30 };
    g_autofree double *prior = g_new(double, CELLS), *next = g_new(double, CELLS);
    for (gsize c = 0; c < CELLS; c++)
        prior[c] = 1.0 / CELLS;
    for (gsize i = 0; i < p->series; i++)
        to_likelihood(p->weight + i * CELLS);
    for (int round = 0; round < ROUNDS; round++) {
        for (gsize c = 0; c < CELLS; c++)
            next[c] = open_mind / CELLS;
        for (gsize i = 0; i < p->series; i++) {
            const float *own = p->weight + i * CELLS;
            double total = 0;
            for (gsize c = 0; c < CELLS; c++)
                total += (double)own[c] * prior[c];
            for (gsize c = 0; c < CELLS; c++)
                next[c] += (double)own[c] * prior[c] / total;
        }
        for (gsize c = 0; c < CELLS; c++)
            prior[c] = next[c] / ((double)p->series + open_mind);
    }
    for (gsize i = 0; i < p->series; i++) {
        float *own = p->weight + i * CELLS;
        double total = 0, kept = 0;
        for (gsize c = 0; c < CELLS; c++)
            total += (double)own[c] * prior[c];
        for (gsize c = 0; c < CELLS; c++) {
            double share = (double)own[c] * prior[c] / total;
            own[c] = share >= least_weight ? (float)share : 0.0f;
            kept += (double)own[c];
        }
        for (gsize c = 0; c < CELLS; c++)
            own[c] = (float)((double)own[c] / kept);
    }
}

/* ---- forecasts ----------------------------------------------------------- */

/* Add what the smoothers of one scale expect of one series, each by its weight. */
static void add_scale(const Pool *p, const Belief *belief, gsize i, TransformKind kind, const double *student, double *mean, double *spread)
{
    const Scale *scale = &p->scale[kind];
    double weight[BELIEF_CELLS];
    Transform transform = p->transform[i];
    Outlook *out = p->out[i];
    transform.kind = kind;
    for (gsize c = 0; c < BELIEF_CELLS; c++)
        weight[c] = (double)p->weight[i * CELLS + kind * BELIEF_CELLS + c];
    belief_forecast(belief, past_of(p, scale, i), weight, mean, spread);
    for (gsize c = 0; c < BELIEF_CELLS; c++)
        for (gsize h = 0; h < p->horizon && weight[c] > 0; h++) {
            double centre = scale->centre[i] + scale->offset[i * p->horizon + h] + mean[c * p->horizon + h];
            double sd = sqrt(pow(spread[c * p->horizon + h], 2) + scale->variance[i * p->horizon + h]);
            double middle = transform_undo(&transform, centre), *apart = p->apart + 2 * (i * p->horizon + h);
            apart[0] += weight[c] * middle;
            apart[1] += weight[c] * middle * middle;
            out->mean[h] += weight[c] * transform_mean(&transform, centre, sd);
            for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
                out->quantile[h * OUTLOOK_LEVELS + k] += weight[c] * transform_undo(&transform, centre + sd * student[k]);
        }
}

/* The errors of the smoother that is believed most, in units of their own spread. */
static void add_errors(Pool *p, const Belief *belief, gsize i, double *error)
{
    const float *own = p->weight + i * CELLS;
    gsize best = 0, n = p->n - p->first[i];
    for (gsize c = 1; c < CELLS; c++)
        best = own[c] > own[best] ? c : best;
    belief_errors(belief, past_of(p, &p->scale[best / BELIEF_CELLS], i), best % BELIEF_CELLS, error);
    const guint8 *known = p->known + i * p->n + p->first[i];
    double squares = 0, count = 0;
    for (gsize t = 0; t < n; t++)
        if (known[t])
            squares += error[t] * error[t], count++;
    for (gsize t = 0; t < n && squares > 0; t++)
        if (known[t])
            p->error[p->errors++] = error[t] / sqrt(squares / count);
}

static gboolean forecast(Pool *p)
{
    g_autofree double *mean = g_try_new(double, BELIEF_CELLS * p->horizon), *spread = g_try_new(double, BELIEF_CELLS * p->horizon);
    g_autofree double *error = g_new(double, p->n);
    double student[OUTLOOK_LEVELS];
    PulseGroup group = group_of(p, &p->scale[0]);
    if (mean == NULL || spread == NULL)
        return FALSE;
    for (gsize from = 0, end; from < p->series; from = end) {
        end = pulse_alike(&group, from);
        g_autoptr(Belief) belief = belief_of(p, p->order[from]);
        if (belief == NULL)
            return FALSE;
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
            student[k] = gsl_cdf_tdist_Pinv(outlook_level[k], belief_freedom(belief));
        for (gsize k = from; k < end; k++) {
            for (gsize kind = 0; kind < KINDS; kind++)
                add_scale(p, belief, p->order[k], (TransformKind)kind, student, mean, spread);
            add_errors(p, belief, p->order[k], error);
        }
    }
    return TRUE;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Errors of counts are seldom normal: what comes nine times in ten is nearer, what
 * comes once in forty further away.  Stretch each level as the group's errors say. */
static void shape(const Pool *p)
{
    double stretch[OUTLOOK_LEVELS];
    qsort(p->error, p->errors, sizeof *p->error, ascending);
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++) {
        stretch[k] = 1.0;
        if (k == OUTLOOK_MEDIAN || p->errors < 2)
            continue;
        gsize at = (gsize)(outlook_level[k] * (double)(p->errors - 1)), mirror = p->errors - 1 - at;
        double found = (p->error[MAX(at, mirror)] - p->error[MIN(at, mirror)]) / (2.0 * fabs(outlook_probit[k]));
        stretch[k] = ((double)p->errors * found + shape_trust) / ((double)p->errors + shape_trust);
    }
    for (gsize i = 0; i < p->series; i++)
        for (gsize h = 0; h < p->horizon; h++) {
            double *quantile = p->out[i]->quantile + h * OUTLOOK_LEVELS, median = quantile[OUTLOOK_MEDIAN];
            for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
                quantile[k] = median + stretch[k] * (quantile[k] - median);
        }
}

/* Averaged quantiles are as wide as the smoothers' own on average; that these do not
 * agree where the series goes is not in them.  Where little is known it is much. */
static void part_ways(const Pool *p)
{
    for (gsize i = 0; i < p->series; i++)
        for (gsize h = 0; h < p->horizon; h++) {
            double *quantile = p->out[i]->quantile + h * OUTLOOK_LEVELS, median = quantile[OUTLOOK_MEDIAN];
            const double *apart = p->apart + 2 * (i * p->horizon + h);
            double between = fmax(apart[1] - apart[0] * apart[0], 0.0);
            double within = pow((quantile[10] - quantile[2]) / (outlook_probit[10] - outlook_probit[2]), 2);
            double wider = within > 0 ? sqrt(1.0 + between / within) : 1.0;
            for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
                quantile[k] = median + wider * (quantile[k] - median);
        }
}

static gboolean run(Pool *p, GError **error)
{
    see(p);
    p->weight = g_try_new(float, p->series * CELLS);
    p->apart = g_try_new0(double, 2 * p->series * p->horizon);
    p->error = g_try_new(double, p->series * p->n);
    gboolean fine = p->weight != NULL && p->apart != NULL && p->error != NULL;
    for (int kind = 0; kind < KINDS && fine; kind++)
        fine = make_scale(p, (TransformKind)kind);
    fine = fine && weigh(p);
    if (fine)
        believe(p);
    fine = fine && forecast(p);
    if (!fine) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_MEMORY, "no memory to forecast %zu series together; give the machine more or split the group", p->series);
        return FALSE;
    }
    part_ways(p);
    shape(p);
    return TRUE;
}

/* ---- the member ---------------------------------------------------------- */

static gboolean suits(const Task *task, GError **complaint)
{
    const Series *series = task->series;
    gsize past = MIN(task->origin, grain_past[series->grain]), known = 0;
    double most = 0;
    for (gsize t = task->origin - past; t < task->origin; t++) {
        known += !isnan(series->value[t]);
        most = fmax(most, fabs(series->value[t]));
    }
    if (series->grain == GRAIN_HOUR)
        g_set_error(complaint, MODEL_ERROR, MODEL_ERROR_SHORT, "%s: the pool wanted days, weeks or months and not hours; ask another member", series->id);
    else if (known < FEWEST)
        g_set_error(complaint, MODEL_ERROR, MODEL_ERROR_SHORT, "%s: %zu known values in the last %zu %ss, at least %d are wanted; wait for data",
                    series->id, known, past, grain_name(series->grain), FEWEST);
    else if (most > too_large)
        g_set_error(complaint, MODEL_ERROR, MODEL_ERROR_SHORT, "%s: a value as large as %.3g, at most %.0e is wanted; correct the record", series->id, most, too_large);
    else
        return TRUE;
    return FALSE;
}

/* What a series counts: the last part of its id, as in "facility/unit/measure". */
static const char *measure_of(const Series *series)
{
    gsize at = strlen(series->id);
    while (at > 0 && series->id[at - 1] != '/' && series->id[at - 1] != ':')
        at--;
    return at > 0 ? series->id + at : "";
}

/* Forecast the tasks number[0 .. count-1] together. */
static gboolean forecast_together(const Task *task, const gsize *number, gsize count, Outlook **out, GError **complaint, GError **error)
{
    g_autofree const Task **fit = g_new(const Task *, count);
    g_autofree Outlook **fill = g_new(Outlook *, count);
    g_auto(Pool) pool = {.task = fit, .out = fill, .series = count, .horizon = task[0].horizon, .season = MAX(task[0].season[0], task[0].season[1])};
    for (gsize k = 0; k < count; k++) {
        fit[k] = &task[number[k]];
        fill[k] = out[number[k]];
    }
    if (count == 0)
        return TRUE;
    if (!run(&pool, error))
        return FALSE;
    gsize finished = 0;
    for (gsize k = 0; k < count; k++)
        finished += member_finish(fit[k], fill[k], &complaint[number[k]]);
    g_debug("the pool answered for %zu of %zu series", finished, count);
    return TRUE;
}

static int by_measure(gconstpointer a, gconstpointer b, gpointer data)
{
    const Task *task = data;
    gsize x = *(const gsize *)a, y = *(const gsize *)b;
    int order = strcmp(measure_of(task[x].series), measure_of(task[y].series));
    return order != 0 ? order : (x > y) - (x < y);
}

gboolean pool_forecast(const Task *task, gsize tasks, Outlook **out, GError **complaint, GError **error)
{
    g_autofree gsize *number = g_new(gsize, tasks), *rest = g_new(gsize, tasks);
    gsize count = 0, left = 0;
    for (gsize k = 0; k < tasks; k++)
        if (suits(&task[k], &complaint[k]))
            number[count++] = k;
    g_qsort_with_data(number, (gint)count, sizeof *number, by_measure, (gpointer)task);
    /* what many series count moves together; measures of few series join each other */
    for (gsize from = 0, end; from < count; from = end) {
        const char *measure = measure_of(task[number[from]].series);
        for (end = from + 1; end < count && g_str_equal(measure, measure_of(task[number[end]].series)); end++)
            ;
        if (end - from >= MANY) {
            if (!forecast_together(task, number + from, end - from, out, complaint, error))
                return FALSE;
        } else
            for (gsize k = from; k < end; k++)
                rest[left++] = number[k];
    }
    return forecast_together(task, rest, left, out, complaint, error);
}
