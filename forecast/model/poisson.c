#include "forecast/model/poisson.h"

#include "forecast/model/negbin.h"
#include "forecast/model/usual.h"

#include <lapacke.h>
#include <string.h>

/* Half-lives of the ratios in days, the longest first: all history, then ever
 * shorter memories.  Range r of leads is 2^(r-1)+1 .. 2^r steps. */
static const double half_life[] = {(double)INFINITY, 28, 7, 1, 0.25};
enum {
    MEMORIES = G_N_ELEMENTS(half_life),
    WEIGHTS = MEMORIES - 1, /* of each memory's ratio against the longer one's */
    LEVEL_MEMORY = 2,       /* a week */
    RANGES = 17,
    YEARS = 3,              /* learnt from: older habits have changed */
    FEWEST = 3,
    PASSES = 3
};
/* What is believed of a weight before any value speaks: somewhere between
 * nothing and all. */
#define WEIGHT_MIDDLE 0.5
#define WEIGHT_SPREAD 0.5
/* Values that what is learnt of nearer ranges counts as for the next one. */
#define RANGE_FAITH 10.0
/* Squared misses beyond this many deviations are one accident, not the rule. */
#define FAR_OFF 4.0
/* No forecast above this many times the largest value seen. */
#define ROOM 100.0

typedef struct {
    double weight[WEIGHTS];
    double linear, square; /* variance = linear * mean + square * mean^2 */
} Range;

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

static gsize range_of(gsize lead)
{
    return MIN((gsize)g_bit_storage(lead - 1) * (lead > 1), RANGES - 1);
}

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

static double mean_at(const Poisson *poisson, const double *weight, gsize origin, gsize step)
{
    const double *ratio = poisson->ratio[origin];
    double level = ratio[0];
    for (int k = 0; k < WEIGHTS; k++)
        level += weight[k] * (ratio[k + 1] - ratio[k]);
    return CLAMP(rate_at(poisson, step) * exp(level), 0, poisson->ceiling);
}

/* ------------------------------------------------------------------ what it says ahead */

/* The past steps that teach one range: each is predicted from one of its leads in turn. */
typedef struct {
    const Poisson *poisson;
    const double *value;
    gsize first, fit;  /* targets */
    gsize low, high;   /* leads, both included */
    double optimism;   /* what has been fitted lies closer than what will come: Akaike (1969), (n + p) / (n - p) */
} Trial;

static gboolean trial_origin(const Trial *trial, gsize target, gsize *origin)
{
    gsize lead = trial->low + target % (trial->high - trial->low + 1);
    if (isnan(trial->value[target]) || lead > target)
        return FALSE;
    *origin = target + 1 - lead;
    return *origin >= trial->first;
}

static double variance_of(const Range *range, double mean)
{
    return range->linear * mean + range->square * mean * mean;
}

/* Independent values in a run of misses of which one resembles the next: with
 * the correlation of neighbours c, the share (1 - c) / (1 + c). */
static double independent_share(const Trial *trial, const Range *range)
{
    double before = MISSING, squares = 0, products = 0;
    for (gsize t = trial->first; t < trial->fit; t++) {
        gsize origin;
        double miss = MISSING;
        if (trial_origin(trial, t, &origin)) {
            double mean = mean_at(trial->poisson, range->weight, origin, t);
            miss = (trial->value[t] - mean) / sqrt(mean + 1e-12);
            squares += miss * miss;
        }
        if (!isnan(miss) && !isnan(before))
            products += miss * before;
        before = miss;
    }
    double alike = squares > 0 ? CLAMP(products / squares, 0, 0.98) : 0;
    return (1 - alike) / (1 + alike);
}

/* One step of Gauss and Newton for the weights, held to what is believed of them. */
static void learn_weights(const Trial *trial, const double *believed, double share, Range *range)
{
    double a[WEIGHTS * WEIGHTS] = {0}, b[WEIGHTS], spread = WEIGHT_SPREAD * WEIGHT_SPREAD;
    for (int j = 0; j < WEIGHTS; j++) {
        a[j * WEIGHTS + j] = 1 / spread;
        b[j] = (believed[j] - range->weight[j]) / spread;
    }
    for (gsize t = trial->first; t < trial->fit; t++) {
        gsize origin;
        if (!trial_origin(trial, t, &origin))
            continue;
        double mean = mean_at(trial->poisson, range->weight, origin, t), variance = variance_of(range, mean);
        if (!(variance > 0))
            continue;
        const double *ratio = trial->poisson->ratio[origin];
        double size = share * mean / variance;
        for (int j = 0; j < WEIGHTS; j++) {
            double lean = size * (ratio[j + 1] - ratio[j]);
            b[j] += lean * (trial->value[t] - mean);
            for (int k = j; k < WEIGHTS; k++)
                a[j * WEIGHTS + k] += lean * mean * (ratio[k + 1] - ratio[k]);
        }
    }
    if (LAPACKE_dposv(LAPACK_ROW_MAJOR, 'U', WEIGHTS, 1, a, WEIGHTS, b, 1) != 0)
        return;
    for (int j = 0; j < WEIGHTS; j++)
        range->weight[j] = CLAMP(range->weight[j] + b[j], 0, 1);
}

/* Moments: miss^2 / mean = linear + square * mean, neither below 0, far misses
 * cut to what was believed (`before`) of the variance. */
static gsize learn_variance(const Trial *trial, const Range *before, Range *range)
{
    double n = 0, x = 0, y = 0, xx = 0, xy = 0, unit = trial->poisson->unit;
    for (gsize t = trial->first; t < trial->fit; t++) {
        gsize origin;
        if (!trial_origin(trial, t, &origin))
            continue;
        double mean = fmax(mean_at(trial->poisson, range->weight, origin, t), 1e-9 * trial->poisson->level);
        double miss = fabs(trial->value[t] - mean);
        if (before != NULL)
            miss = fmin(miss, FAR_OFF * sqrt(variance_of(before, mean)) + unit);
        double size = miss * miss / mean;
        n++, x += mean, y += size, xx += mean * mean, xy += mean * size;
    }
    if (n < 1)
        return 0;
    double varied = xx - x * x / n, slope = varied > 1e-3 * xx ? (xy - x * y / n) / varied : 0;
    slope = fmax(slope, 0);
    range->linear = (y - slope * x) / n;
    range->square = slope;
    if (range->linear < 0) {
        range->linear = 0;
        range->square = xy / xx;
    }
    range->linear *= trial->optimism;
    range->square *= trial->optimism;
    return (gsize)n;
}

/* How far one more patient than expected moves the level of the next step. */
static double gain(const Poisson *poisson, const Range *range)
{
    double sum = 0;
    for (int k = 0; k < WEIGHTS; k++) {
        double shorter = k + 1 < WEIGHTS ? range->weight[k + 1] : 0;
        sum += (range->weight[k] - shorter) * (1 - pow(0.5, 1 / (half_life[k + 1] * (double)poisson->day)));
    }
    return CLAMP(sum, 0, 1);
}

/* Few values of their own: what the nearer range learnt, its variance grown as
 * that of a level with this gain (Hyndman et al. 2008, 6.1: 1 + (h - 1) gain^2). */
static void lean_on(const Trial *trial, const Range *nearer, double values, Range *range)
{
    double share = values / (values + RANGE_FAITH), lead = 0.5 * (double)(trial->low + trial->high), before = fmax(0.5 * lead, 1);
    double square = gain(trial->poisson, trial->low > 1 ? &trial->poisson->range[0] : range);
    square *= square;
    double growth = (1 + (lead - 1) * square) / (1 + (before - 1) * square);
    range->linear = share * range->linear + (1 - share) * growth * nearer->linear;
    range->square = share * range->square + (1 - share) * growth * nearer->square;
}

/* What is believed of the next step's weights fades with the memory; what is
 * believed of later ones is what the nearer range has learnt. */
static void believe(const Trial *trial, const Range *nearer, double *believed)
{
    for (int k = 0; k < WEIGHTS; k++)
        believed[k] = trial->low > 1 ? nearer->weight[k] : WEIGHT_MIDDLE * pow(0.5, 1 / (half_life[k + 1] * (double)trial->poisson->day));
}

static void learn_range(const Trial *trial, const Range *nearer, Range *range)
{
    double believed[WEIGHTS], share = 1;
    believe(trial, nearer, believed);
    memcpy(range->weight, believed, sizeof believed);
    range->linear = nearer->linear;
    range->square = nearer->square;
    gsize values = 0;
    for (int pass = 0; pass < PASSES; pass++) {
        Range before = *range;
        values = learn_variance(trial, pass > 0 ? &before : NULL, range);
        /* one step ahead, misses that are alike say that the weights are wrong; further ahead they overlap */
        share = trial->low > 1 ? independent_share(trial, range) : 1;
        learn_weights(trial, believed, share, range);
    }
    lean_on(trial, nearer, share * (double)values, range);
}

static void learn_ranges(Poisson *poisson, const double *value, gsize first, gsize fit, double freedom, double known)
{
    /* the ratios need some past of their own before they can teach */
    gsize burn = MIN((gsize)56 * poisson->day, (fit - first) / 4);
    Range nearest = {.linear = poisson->unit};
    for (gsize r = 0; r < RANGES; r++) {
        Trial trial = {.poisson = poisson, .value = value, .first = first + burn, .fit = fit,
                       .low = r == 0 ? 1 : ((gsize)1 << (r - 1)) + 1, .high = (gsize)1 << r,
                       .optimism = (known + freedom) / fmax(known - freedom - WEIGHTS, known / 4)};
        learn_range(&trial, r > 0 ? &poisson->range[r - 1] : &nearest, &poisson->range[r]);
    }
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
    g_autoptr(Poisson) poisson = g_new0(Poisson, 1);
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

void poisson_free(Poisson *poisson)
{
    if (poisson == NULL)
        return;
    usual_free(poisson->usual);
    g_free(poisson->rate);
    g_free(poisson->ratio);
    g_free(poisson->stale);
    g_free(poisson);
}

void poisson_at(const Poisson *poisson, gsize origin, gsize horizon, double *mean, double *variance)
{
    g_assert(origin <= poisson->length);
    for (gsize h = 0; h < horizon; h++) {
        const Range *range = &poisson->range[range_of(h + 1 + poisson->stale[origin])];
        mean[h] = mean_at(poisson, range->weight, origin, origin + h);
        variance[h] = variance_of(range, mean[h]);
    }
}

double poisson_level(const Poisson *poisson, gsize origin)
{
    return exp(poisson->ratio[origin][LEVEL_MEMORY]);
}

/* ------------------------------------------------------------------ the member */

/* Tasks that share one fit: made before the first origin, run up to the last. */
static gboolean forecast_shared(const Task *task, gsize tasks, Outlook **out, GError **error)
{
    gsize length = task->series->length, fit = MIN(task->origin, length);
    g_autoptr(Series) known = series_upto(task->series, MIN(task[tasks - 1].origin, length));
    g_autoptr(Poisson) poisson = poisson_new(known, task->calendar, fit, error);
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
    for (gsize first = 0, count; first < tasks; first += count) {
        count = member_shared(task + first, tasks - first);
        if (!forecast_shared(task + first, count, out + first, error))
            return FALSE;
    }
    return TRUE;
}
