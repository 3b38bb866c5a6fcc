#include "forecast/model/autoets.h"

#include "forecast/model/candidate.h"
#include "forecast/model/transform.h"

enum { FEWEST = 6 };

typedef struct {
    Transform transform;
    Candidate candidate;
    double criterion; /* AICc of the counts themselves */
} Choice;

/* The best smoother on one scale; its criterion with the stretch of the scale (Box and Cox, 1964). */
static gboolean choose_on(const Task *task, gsize first, TransformKind kind, double ceiling, Choice *choice)
{
    gsize n = task->origin - first, season = MAX(task->season[0], task->season[1]);
    g_autoptr(CandidateBench) bench = candidate_bench_new(n, season);
    g_autofree double *z = g_new(double, n);
    double stretch = 0;
    choice->transform = (Transform){kind, ceiling};
    for (gsize t = 0; t < n; t++) {
        z[t] = transform_apply(&choice->transform, task->series->value[first + t]);
        if (!isnan(z[t]))
            stretch -= log(transform_slope(&choice->transform, z[t]));
    }
    if (!candidate_choose(bench, z, n, season, &choice->candidate))
        return FALSE;
    choice->criterion = choice->candidate.aicc - 2 * stretch;
    return TRUE;
}

/* States at the end of the past. */
static void run(Candidate *c, const Task *task, gsize first, const Transform *transform)
{
    for (gsize t = first; t < task->origin; t++) {
        double none = 0, *season = c->season > 0 ? &c->pattern[(t - first) % c->season] : &none, drift = c->phi * c->slope;
        double error = transform_apply(transform, task->series->value[t]) - (c->level + drift + *season);
        if (isnan(error))
            error = 0;
        c->level += drift + c->alpha * error;
        c->slope = drift + c->beta * error;
        *season += c->gamma * error;
    }
}

/* Mean and variance ahead: Hyndman et al. (2008), table 6.1. */
static void look_ahead(const Choice *choice, const Task *task, gsize first, Outlook *out)
{
    Candidate c = choice->candidate;
    run(&c, task, first, &choice->transform);
    double drift = 0, power = 1, sum = 1;
    for (gsize h = 0; h < task->horizon; h++) {
        power *= c.phi;
        drift += c.trend != TREND_NONE ? power : 0;
        double mean = c.level + drift * c.slope + (c.season > 0 ? c.pattern[(task->origin - first + h) % c.season] : 0), sd = c.sd * sqrt(sum);
        out->mean[h] = transform_mean(&choice->transform, mean, sd);
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
            out->quantile[h * OUTLOOK_LEVELS + k] = transform_undo(&choice->transform, mean + outlook_probit[k] * sd);
        double step = c.alpha + c.beta * drift + (c.season > 0 && (h + 1) % c.season == 0 ? c.gamma : 0);
        sum += step * step;
    }
}

static gboolean forecast_one(const Task *task, Outlook *out, GError **error)
{
    const Series *series = task->series;
    gsize first = task->origin > CANDIDATE_LENGTH ? task->origin - CANDIDATE_LENGTH : 0, known = 0;
    double least = (double)INFINITY, most = 0;
    for (gsize t = first; t < task->origin; t++)
        if (!isnan(series->value[t])) {
            known++;
            least = fmin(least, series->value[t]);
            most = fmax(most, fabs(series->value[t]));
        }
    if (series->grain != GRAIN_MONTH || known < FEWEST || MAX(task->season[0], task->season[1]) > CANDIDATE_SEASON) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "%s: %zu known %ss and a season of %zu, wanted months, at least %d, and a season of at most %d; ask ets",
                    series->id, known, grain_name(series->grain), MAX(task->season[0], task->season[1]), FEWEST, CANDIDATE_SEASON);
        return FALSE;
    }
    Choice best = {.criterion = (double)INFINITY}, next = {.criterion = (double)INFINITY};
    for (int kind = 0; kind < TRANSFORM_KINDS; kind++) {
        gboolean suits = kind == TRANSFORM_IDENTITY || (series->counts && least >= 0);
        if (suits && choose_on(task, first, (TransformKind)kind, 100.0 * (most + 1.0), &next) && next.criterion < best.criterion)
            best = next;
    }
    if (!isfinite(best.criterion)) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_NUMERIC, "%s: the squares of the values are not finite; check the unit of the series", series->id);
        return FALSE;
    }
    look_ahead(&best, task, first, out);
    return member_finish(task, out, error);
}

gboolean autoets_forecast(const Task *task, gsize tasks, Outlook **out, GError **error)
{
    for (gsize k = 0; k < tasks; k++)
        if (!forecast_one(&task[k], out[k], error))
            return FALSE;
    return TRUE;
}
