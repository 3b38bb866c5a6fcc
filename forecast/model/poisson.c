#include "forecast/model/poisson.h"

#include "forecast/model/fits.h"
#include "forecast/model/negbin.h"
#include "forecast/model/ranges.h"
#include "forecast/model/usual.h"

/* Half-lives of the ratios in days, the longest first: all history, then ever
 * shorter memories. */
static const double half_life[] = {(double)INFINITY, 28, 7, 1, 0.25};
enum {
    MEMORIES = G_N_ELEMENTS(half_life),
    LEVEL_MEMORY = 2, /* a week */
    YEARS = 3,        /* learnt from: older habits have changed */
    FEWEST = 3
};
G_STATIC_ASSERT((int)MEMORIES == (int)RANGES_MEMORIES);
/* No forecast above this many times the largest value seen. */
#define ROOM 100.0

struct Poisson {
    gint64 start;          /* step number of value[0] */
    gsize length, day;     /* steps of a day */
    Usual *usual;          /* NULL where nobody ever came */
    double *rate;          /* [length] */
    double (*ratio)[MEMORIES]; /* [length + 1]: logs, known just before each step */
    gsize *stale;          /* [length + 1]: steps since the newest known value */
    double level;          /* of all history up to the fit */
    double unit;           /* variance over mean: what counts as one patient */
    double ceiling;
    Range range[RANGES];
};

/* ------------------------------------------------------------------ how busy it has been */

/* Each memory's ratio, as if `unit` had come at the longer memory's ratio before:
 * the mean of a gamma-Poisson pair (Harvey and Fernandes 1989, 2.1). */
static void put_ratios(const Poisson *poisson, const double *came, const double *usual, double *ratio)
{
    double longer = poisson->level;
    for (int k = 0; k < MEMORIES; k++) {
        longer = (came[k] + poisson->unit) / (usual[k] + poisson->unit / longer);
        ratio[k] = log(longer);
    }
}

static void run(Poisson *poisson, const double *value)
{
    double came[MEMORIES] = {0}, usual[MEMORIES] = {0}, keep[MEMORIES];
    for (int k = 0; k < MEMORIES; k++)
        keep[k] = pow(0.5, 1 / (half_life[k] * (double)poisson->day));
    gsize stale = 0;
    for (gsize t = 0; t <= poisson->length; t++) {
        put_ratios(poisson, came, usual, poisson->ratio[t]);
        poisson->stale[t] = stale;
        if (t == poisson->length || isnan(value[t])) {
            stale++;
            continue;
        }
        stale = 0;
        for (int k = 0; k < MEMORIES; k++) {
            came[k] = keep[k] * came[k] + fmax(value[t], 0);
            usual[k] = keep[k] * usual[k] + poisson->rate[t];
        }
    }
}

static double rate_at(const Poisson *poisson, gsize t)
{
    if (t < poisson->length)
        return poisson->rate[t];
    return poisson->usual != NULL ? usual_rate(poisson->usual, poisson->start + (gint64)t) : 1;
}

static double level_at(const Poisson *poisson, const Range *range, gsize origin)
{
    return exp(ranges_level(range, poisson->ratio[origin]));
}

static double mean_at(const Poisson *poisson, const Range *range, gsize origin, gsize step)
{
    return CLAMP(rate_at(poisson, step) * level_at(poisson, range, origin), 0, poisson->ceiling);
}

/* ------------------------------------------------------------------ what it says ahead */

static void learn_ranges(Poisson *poisson, const double *value, gsize first, gsize fit, double freedom, double known)
{
    /* the ratios need some past of their own before they can teach */
    gsize burn = MIN((gsize)56 * poisson->day, (fit - first) / 4);
    double steps[MEMORIES];
    for (int k = 0; k < MEMORIES; k++)
        steps[k] = half_life[k] * (double)poisson->day;
    RangesPast past = {.value = value, .rate = poisson->rate, .ratio = (const double(*)[MEMORIES])poisson->ratio, .half_life = steps,
                       .first = first + burn, .fit = fit, .level = poisson->level, .unit = poisson->unit, .ceiling = poisson->ceiling,
                       .optimism = (known + freedom) / fmax(known - freedom - RANGES_WEIGHTS, known / 4)};
    ranges_learn(&past, poisson->range);
}

/* ------------------------------------------------------------------ making */

static gboolean check(const Series *series, gsize first, gsize fit, gsize *known, double *total, GError **error)
{
    *known = 0;
    *total = 0;
    for (gsize t = 0; t < fit; t++) {
        if (isnan(series->value[t]))
            continue;
        if (series->value[t] < 0) {
            g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "%s: the value %g; a regression for counts wanted none below 0", series->id, series->value[t]);
            return FALSE;
        }
        *known += t >= first;
        *total += t >= first ? series->value[t] : 0;
    }
    if ((series->grain == GRAIN_HOUR || series->grain == GRAIN_DAY) && *known >= FEWEST)
        return TRUE;
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "%s: %" G_GSIZE_FORMAT " known %ss; a regression for counts wanted at least %d hours or days",
                series->id, *known, grain_name(series->grain), FEWEST);
    return FALSE;
}

static void measure_ceiling(Poisson *poisson, const Series *series, gsize fit)
{
    double most = 0;
    for (gsize t = 0; t < fit; t++)
        if (!isnan(series->value[t]))
            most = fmax(most, series->value[t]);
    poisson->ceiling = ROOM * (most + 1);
}

Poisson *poisson_new(const Series *series, const Calendar *calendar, gsize fit, GError **error)
{
    g_assert(fit <= series->length);
    g_autoptr(Poisson) poisson = g_atomic_rc_box_new0(Poisson);
    poisson->start = series->start;
    poisson->length = series->length;
    poisson->day = series->grain == GRAIN_HOUR ? 24 : 1;
    gsize most = (gsize)(YEARS * 365.25) * poisson->day, first = fit > most ? fit - most : 0, known;
    double total, freedom = 1;
    if (!check(series, first, fit, &known, &total, error))
        return NULL;
    poisson->unit = 1;
    /* where nobody came, half a patient may have (Jeffreys 1946) */
    poisson->level = fmax(total, 0.5) / (double)known;
    if (total > 0) {
        if ((poisson->usual = usual_new(series, calendar, first, fit, error)) == NULL) {
            g_prefix_error(error, "%s: ", series->id);
            return NULL;
        }
        poisson->unit = fmax(usual_dispersion(poisson->usual), 1e-9 * poisson->level);
        freedom = usual_freedom(poisson->usual);
    }
    poisson->rate = g_new(double, poisson->length + 1);
    for (gsize t = 0; t < poisson->length; t++)
        poisson->rate[t] = poisson->usual != NULL ? usual_rate(poisson->usual, poisson->start + (gint64)t) : 1;
    poisson->ratio = g_malloc_n(poisson->length + 1, sizeof *poisson->ratio);
    poisson->stale = g_new(gsize, poisson->length + 1);
    measure_ceiling(poisson, series, fit);
    run(poisson, series->value);
    learn_ranges(poisson, series->value, first, fit, freedom, (double)known);
    return g_steal_pointer(&poisson);
}

Poisson *poisson_ref(Poisson *poisson)
{
    return g_atomic_rc_box_acquire(poisson);
}

static void clear(gpointer data)
{
    Poisson *poisson = data;
    usual_free(poisson->usual);
    g_free(poisson->rate);
    g_free(poisson->ratio);
    g_free(poisson->stale);
}

void poisson_free(Poisson *poisson)
{
    if (poisson != NULL)
        g_atomic_rc_box_release_full(poisson, clear);
}

void poisson_at(const Poisson *poisson, gsize origin, gsize horizon, double *mean, double *variance)
{
    g_assert(origin <= poisson->length);
    for (gsize h = 0; h < horizon; h++) {
        const Range *range = &poisson->range[ranges_of(h + 1 + poisson->stale[origin])];
        mean[h] = mean_at(poisson, range, origin, origin + h);
        variance[h] = ranges_variance(range, mean[h]);
    }
}

double poisson_level(const Poisson *poisson, gsize origin)
{
    return exp(poisson->ratio[origin][LEVEL_MEMORY]);
}

void poisson_parts(const Poisson *poisson, gsize origin, gsize h, double *level, double *ordinary, double *holiday)
{
    g_assert(origin <= poisson->length);
    const Range *range = &poisson->range[ranges_of(h + 1 + poisson->stale[origin])];
    *level = level_at(poisson, range, origin);
    *holiday = poisson->usual != NULL ? usual_holiday(poisson->usual, poisson->start + (gint64)(origin + h)) : 1;
    *ordinary = rate_at(poisson, origin + h) / *holiday;
}

/* ------------------------------------------------------------------ the member */

gboolean poisson_fit(const Task *task, gsize tasks, Fits *fits, Outlook **out, GError **error)
{
    gsize length = task->series->length;
    g_autoptr(Series) known = fits == NULL ? series_upto(task->series, MIN(task[tasks - 1].origin, length)) : NULL;
    g_autoptr(Poisson) poisson = fits != NULL ? fits_poisson(fits, error) : poisson_new(known, task->calendar, MIN(task->origin, length), error);
    if (poisson == NULL)
        return FALSE;
    for (gsize k = 0; k < tasks; k++) {
        gsize horizon = task[k].horizon;
        g_autofree double *variance = g_new(double, horizon);
        poisson_at(poisson, MIN(task[k].origin, length), horizon, out[k]->mean, variance);
        for (gsize h = 0; h < horizon; h++)
            negbin_quantiles(out[k]->mean[h], variance[h], task[k].series->counts, out[k]->quantile + h * OUTLOOK_LEVELS);
        if (!member_finish(&task[k], out[k], error))
            return FALSE;
    }
    return TRUE;
}

gboolean poisson_forecast(const Task *task, gsize tasks, Outlook **out, GError **error)
{
    return member_forecast_each(poisson_fit, task, tasks, NULL, out, error);
}
