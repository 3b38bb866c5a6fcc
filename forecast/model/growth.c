#include "forecast/model/growth.h"

#include "forecast/model/growth_field.h"
#include "forecast/model/growth_fit.h"
#include "forecast/model/growth_prior.h"

#include <stdlib.h>
#include <string.h>

/* Weeks after which half of what the regression says is believed, roughly: a
 * rise and a fall have been seen. */
static const double believed_weeks = 32;

/* Invented epidemics that have less of a say than this are not asked. */
static const double least_say = 0.05;

/* Weeks of errors that weigh as much as what is usual: errors that grow with
 * the root of the horizon and have Student's tails. */
static const double usual_weeks = 16;

/* What spread depends on, besides their mean size, is held back like growth,
 * but less: sizes of errors are many. */
static const double spread_penalty = 10;

enum { EARLY_WEEKS = 5 };

/* Student's t with 4 degrees of freedom at outlook_level; its mean size is 1. */
static const double usual_shape[OUTLOOK_LEVELS] = {-2.776445105, -2.131846786, -1.533206274, -0.940964577, -0.568649063, -0.270722295, 0,
                                                   0.270722295, 0.568649063, 0.940964577, 1.533206274, 2.131846786, 2.776445105};

/* ------------------------------------------------------------------ one horizon */

typedef struct {
    double growth[GROWTH_FEATURES], spread[GROWTH_SPREADS];
    double size, least;            /* mean size of the errors; no spread is below `least` */
    double shape[OUTLOOK_LEVELS];  /* quantiles of the errors in units of their spread */
    gsize weeks;                   /* that it was learnt from; 0 = nothing */
} Horizon;

static double spread_of(const Horizon *h, const double *spread)
{
    return fmax(growth_dot(spread, h->spread, GROWTH_SPREADS), h->least);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void shape_of(const GrowthRows *rows, const double *error, Horizon *h)
{
    g_autofree double *share = g_new(double, rows->rows);
    for (gsize k = 0; k < rows->rows; k++)
        share[k] = error[k] / spread_of(h, rows->x + k * GROWTH_SPREADS);
    qsort(share, rows->rows, sizeof *share, ascending);
    for (int q = 0; q < OUTLOOK_LEVELS; q++) {
        double place = CLAMP(outlook_level[q] * (double)rows->rows - 0.5, 0, (double)(rows->rows - 1));
        gsize below = (gsize)place, above = MIN(below + 1, rows->rows - 1);
        h->shape[q] = share[below] + (place - (double)below) * (share[above] - share[below]);
    }
}

static void learn_spread(const GrowthRows *growth, const double *spread, const double *error, Horizon *h)
{
    static const gboolean free[GROWTH_SPREADS] = {TRUE};
    g_autoptr(GrowthRows) rows = growth_rows_new(growth->rows, GROWTH_SPREADS, growth->weeks);
    double sum = 0;
    for (gsize k = 0; k < growth->rows; k++) {
        growth_rows_add(rows, spread + k * GROWTH_SPREADS, fabs(error[k]), growth->week[k]);
        sum += fabs(error[k]);
    }
    h->size = sum / (double)growth->rows;
    h->least = h->size / 4 + 1e-6;
    growth_fit(rows, spread_penalty / (double)h->weeks, free, h->spread, NULL);
    shape_of(rows, error, h);
}

/* How many times as much as the weeks known what is usual weighs. */
static double ratio_of(gsize weeks)
{
    double ratio = believed_weeks / (double)weeks;
    return ratio * ratio;
}

/* What these weeks say, held back towards nothing, and the same held back
 * towards what is usual: the fewer weeks, the more the second is believed. */
static void learn_growth(GrowthRows *rows, const double *usual, Horizon *h, double *error)
{
    double ratio = ratio_of(h->weeks), say = ratio / (1 + ratio), growth[GROWTH_FEATURES];
    g_autofree double *left_out = g_new(double, rows->rows);
    growth_fit(rows, ratio, NULL, h->growth, error);
    if (usual == NULL)
        return;
    for (gsize k = 0; k < rows->rows; k++)
        rows->y[k] -= growth_dot(rows->x + k * GROWTH_FEATURES, usual, GROWTH_FEATURES);
    growth_fit(rows, ratio, NULL, growth, left_out);
    for (gsize c = 0; c < GROWTH_FEATURES; c++)
        h->growth[c] += say * (usual[c] + growth[c] - h->growth[c]);
    for (gsize k = 0; k < rows->rows; k++)
        error[k] += say * (left_out[k] - error[k]);
}

/* All weeks whose level `ahead` weeks later is known. */
static void learn(const GrowthField *f, gsize ahead, const double *usual, Horizon *h)
{
    gsize weeks = f->weeks > ahead ? f->weeks - ahead : 0, from = MIN(EARLY_WEEKS, weeks / 3);
    *h = (Horizon){.weeks = weeks - from};
    g_autoptr(GrowthRows) rows = growth_rows_new(f->series * h->weeks, GROWTH_FEATURES, h->weeks);
    g_autofree double *spread = g_new(double, f->series * h->weeks * GROWTH_SPREADS + 1);
    for (gsize i = 0; i < f->series; i++)
        for (gsize t = from; t < weeks; t++) {
            gsize at = i * f->weeks + t;
            if (!f->known[at] || !f->known[at + ahead])
                continue;
            memcpy(spread + rows->rows * GROWTH_SPREADS, f->spread + at * GROWTH_SPREADS, GROWTH_SPREADS * sizeof *spread);
            growth_rows_add(rows, f->feature + at * GROWTH_FEATURES, f->z[at + ahead] - f->smooth[at], t - from);
        }
    if (rows->rows == 0) {
        h->weeks = 0;
        if (usual != NULL)
            memcpy(h->growth, usual, sizeof h->growth);
        return;
    }
    g_autofree double *error = g_new(double, rows->rows);
    learn_growth(rows, usual, h, error);
    learn_spread(rows, spread, error, h);
}

/* Few weeks say little about far horizons: theirs lean on what is usual,
 * beginning from errors one week ahead. */
static void lean_on_usual(const Horizon *first, gsize ahead, Horizon *h)
{
    double usual = first->size * sqrt((double)ahead), weeks = (double)h->weeks;
    double wanted = sqrt((weeks * h->size * h->size + usual_weeks * usual * usual) / (weeks + usual_weeks));
    double stretch = h->weeks > 0 ? wanted / fmax(h->size, 1e-9) : 1;
    for (gsize c = 0; c < GROWTH_SPREADS; c++)
        h->spread[c] *= stretch;
    h->least = h->weeks > 0 ? h->least * stretch : wanted;
    for (int q = 0; q < OUTLOOK_LEVELS; q++)
        h->shape[q] = (weeks * h->shape[q] + usual_weeks * usual_shape[q]) / (weeks + usual_weeks);
}

/* ------------------------------------------------------------------ the forecast */

/* The mean of the distribution that the quantiles draw, by the shares of
 * probability between levels. */
static double mean_of(const double *quantile)
{
    double sum = outlook_level[0] * quantile[0] + (1 - outlook_level[OUTLOOK_LEVELS - 1]) * quantile[OUTLOOK_LEVELS - 1];
    for (int q = 1; q < OUTLOOK_LEVELS; q++)
        sum += (outlook_level[q] - outlook_level[q - 1]) * (quantile[q] + quantile[q - 1]) / 2;
    return sum;
}

/* The highest z of the group: growth beyond twice of that has never been meant. */
static double ceiling_of(const GrowthField *f)
{
    double most = 0;
    for (gsize k = 0; k < f->series * f->weeks; k++)
        most = isnan(f->z[k]) ? most : fmax(most, f->z[k]);
    return 2 * most;
}

static void forecast_step(const GrowthField *f, gsize i, const Horizon *h, double ceiling, double *mean, double *quantile)
{
    gsize at = (i + 1) * f->weeks - 1;
    double middle = f->smooth[at] + growth_dot(f->feature + at * GROWTH_FEATURES, h->growth, GROWTH_FEATURES);
    double spread = spread_of(h, f->spread + at * GROWTH_SPREADS);
    middle = CLAMP(middle, 0, ceiling);
    for (int q = 0; q < OUTLOOK_LEVELS; q++)
        quantile[q] = growth_field_count(f, i, fmin(middle + spread * h->shape[q], ceiling));
    *mean = mean_of(quantile);
}

static Horizon *learn_all(const GrowthField *f, const Task *task)
{
    gsize horizon = task[0].horizon;
    Horizon *h = g_new0(Horizon, horizon);
    double ratio = ratio_of(f->weeks);
    g_autofree double *usual = ratio / (1 + ratio) < least_say ? NULL : growth_prior(f, task);
    for (gsize k = 0; k < horizon; k++)
        learn(f, k + 1, usual != NULL ? usual + k * GROWTH_FEATURES : NULL, &h[k]);
    const Horizon first = h[0];
    for (gsize k = 0; k < horizon && first.weeks > 0; k++)
        lean_on_usual(&first, k + 1, &h[k]);
    return h;
}

static gboolean complain_all(const Task *task, gsize tasks, const char *why, GError **complaint, GError **error)
{
    for (gsize k = 0; k < tasks; k++)
        if (complaint[k] == NULL)
            g_set_error(&complaint[k], MODEL_ERROR, MODEL_ERROR_SHORT, "%s: %s", task[k].series->id, why);
    if (error != NULL)
        *error = g_error_copy(complaint[0]);
    return FALSE;
}

gboolean growth_forecast_group(const Task *task, gsize tasks, Outlook **out, GError **complaint, GError **error)
{
    if (task[0].series->grain != GRAIN_WEEK)
        return complain_all(task, tasks, "growth is learnt from weeks, wanted a weekly series", complaint, error);
    g_autoptr(GrowthField) field = growth_field_new(task, tasks, complaint);
    g_autofree Horizon *h = learn_all(field, task);
    double ceiling = ceiling_of(field);
    gboolean any = FALSE;
    if (h[0].weeks == 0)
        return complain_all(task, tasks, "no two weeks in a row are known in the group, wanted at least two", complaint, error);
    for (gsize k = 0; k < tasks; k++) {
        for (gsize a = 0; a < task[0].horizon && complaint[k] == NULL; a++)
            forecast_step(field, k, &h[a], ceiling, &out[k]->mean[a], out[k]->quantile + a * OUTLOOK_LEVELS);
        any = complaint[k] == NULL && member_finish(&task[k], out[k], &complaint[k]) ? TRUE : any;
    }
    return any || complain_all(task, tasks, "no answer", complaint, error);
}
