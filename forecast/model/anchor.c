#include "forecast/model/anchor.h"

#include "forecast/model/fits.h"
#include "forecast/model/level.h"
#include "forecast/model/negbin.h"
#include "forecast/model/profile.h"
#include "forecast/model/repeat.h"

/* Which forecaster an Anchor stands for.  ANY is for all that are fitted, each as far as it did well. */
typedef enum { STAND_ETS, STAND_PROFILE, STAND_LEVEL, STAND_POISSON, STAND_REPEAT, STANDS, STAND_ANY = STANDS } Stand;

enum { TRIAL_SEASONS = 2, MOST_TRIALS = 40, DAYS_OF_WEEK = 7 };
/* What was fitted on the very values of the trial must win by this much to count
 * as better than what was not. */
static const double handicap[STANDS] = {[STAND_ETS] = 1.1, [STAND_PROFILE] = 1, [STAND_LEVEL] = 1, [STAND_POISSON] = 1.1, [STAND_REPEAT] = 1};
#define LEAST_SCALE 1e-3
#define LEAST_WEIGHT 0.05 /* of the best's; below, it only costs time */

struct Anchor {
    Transform transform;
    gboolean counts;
    Ets *ets; /* of these five at least one is not NULL */
    Profile *profile;
    Level *level;
    Poisson *poisson;
    Repeat *repeat;        /* beside none of the others */
    double *scale;         /* of the Poisson, [length + 1] */
    double weight[STANDS]; /* sum 1; above 0 only where there is one */
};

/* ------------------------------------------------------------------ the regression for counts in g-space */

/* g of its median, and half of what g makes of its middle two thirds. */
static void normal_of(const Anchor *anchor, double mean, double variance, double *middle, double *sd)
{
    static const double level[] = {0.15865525393145705, 0.5, 0.84134474606854295};
    double quantile[3];
    negbin_at(mean, variance, anchor->counts, level, 3, quantile);
    *middle = transform_apply(&anchor->transform, quantile[1]);
    *sd = fmax((transform_apply(&anchor->transform, quantile[2]) - transform_apply(&anchor->transform, quantile[0])) / 2, LEAST_SCALE);
}

static void poisson_normal_at(const Anchor *anchor, gsize origin, gsize horizon, double *mean, double *sd)
{
    poisson_at(anchor->poisson, origin, horizon, mean, sd);
    for (gsize h = 0; h < horizon; h++)
        normal_of(anchor, mean[h], sd[h], &mean[h], &sd[h]);
}

/* The middle alone, at a third of the price; `spare` has room for `horizon` numbers. */
static void poisson_middle_at(const Anchor *anchor, gsize origin, gsize horizon, double *mean, double *spare)
{
    static const double half = 0.5;
    poisson_at(anchor->poisson, origin, horizon, mean, spare);
    for (gsize h = 0; h < horizon; h++) {
        double median;
        negbin_at(mean[h], spare[h], anchor->counts, &half, 1, &median);
        mean[h] = transform_apply(&anchor->transform, median);
    }
}

static void run_scale(Anchor *anchor, const double *z, gsize length, gsize season)
{
    double keep = pow(0.5, 1 / (2.0 * (double)season)), mean, sd;
    anchor->scale = g_new(double, length + 1);
    poisson_normal_at(anchor, 0, 1, &mean, &sd);
    double square = sd * sd;
    for (gsize t = 0; t <= length; t++) {
        anchor->scale[t] = fmax(sqrt(square), LEAST_SCALE);
        if (t == length || isnan(z[t]))
            continue;
        poisson_middle_at(anchor, t, 1, &mean, &sd);
        square = keep * square + (1 - keep) * (z[t] - mean) * (z[t] - mean);
    }
}

/* ------------------------------------------------------------------ which one */

static gboolean has(const Anchor *anchor, Stand stand)
{
    return (stand == STAND_ETS && anchor->ets != NULL) || (stand == STAND_PROFILE && anchor->profile != NULL) ||
           (stand == STAND_LEVEL && anchor->level != NULL) || (stand == STAND_POISSON && anchor->poisson != NULL) ||
           (stand == STAND_REPEAT && anchor->repeat != NULL);
}

static void drop(Anchor *anchor, Stand stand)
{
    if (stand == STAND_ETS)
        g_clear_pointer(&anchor->ets, ets_free);
    if (stand == STAND_PROFILE)
        g_clear_pointer(&anchor->profile, profile_free);
    if (stand == STAND_LEVEL)
        g_clear_pointer(&anchor->level, level_free);
    if (stand == STAND_POISSON)
        g_clear_pointer(&anchor->poisson, poisson_free);
    if (stand == STAND_REPEAT)
        g_clear_pointer(&anchor->repeat, repeat_free);
}

static void speak(const Anchor *anchor, Stand stand, gsize origin, gsize horizon, double *mean, double *sd)
{
    if (stand == STAND_ETS)
        ets_at(anchor->ets, origin, horizon, mean, sd);
    else if (stand == STAND_PROFILE)
        profile_at(anchor->profile, origin, horizon, mean, sd);
    else if (stand == STAND_LEVEL)
        level_at(anchor->level, origin, horizon, mean, sd);
    else if (stand == STAND_REPEAT)
        repeat_at(anchor->repeat, origin, horizon, mean, sd);
    else
        poisson_normal_at(anchor, origin, horizon, mean, sd);
}

/* Sum of absolute errors of one forecaster over two seasons ahead, at origins
 * one season apart in the newer half of what may be seen. */
static double trial_loss(const Anchor *anchor, Stand stand, const double *z, gsize fit, gsize season)
{
    gsize ahead = TRIAL_SEASONS * season, origin = fit - MIN(season, fit);
    g_autofree double *mean = g_new(double, ahead), *sd = g_new(double, ahead);
    double loss = 0;
    for (gsize used = 0; used < MOST_TRIALS && origin >= fit / 2; used++) {
        gsize reach = MIN(ahead, fit - origin);
        if (stand == STAND_POISSON)
            poisson_middle_at(anchor, origin, reach, mean, sd);
        else
            speak(anchor, stand, origin, reach, mean, sd);
        for (gsize h = 0; h < reach; h++)
            if (!isnan(z[origin + h]))
                loss += fabs(z[origin + h] - mean[h]);
        if (origin < season)
            break;
        origin -= season;
    }
    return handicap[stand] * loss;
}

/* Who did twice as well says four times as much, as befits forecasts whose errors
 * have nothing in common (Bates and Granger 1969).  To pick the best would be
 * to trust a few trials. */
static void weigh(Anchor *anchor, const double *z, gsize fit, gsize season)
{
    double loss[STANDS], least = (double)INFINITY, sum = 0;
    for (Stand stand = 0; stand < STANDS; stand++) {
        loss[stand] = has(anchor, stand) ? trial_loss(anchor, stand, z, fit, season) : (double)INFINITY;
        least = fmin(least, loss[stand]);
    }
    for (Stand stand = 0; stand < STANDS; stand++) {
        double ratio = loss[stand] > 0 ? least / loss[stand] : 1;
        anchor->weight[stand] = !has(anchor, stand) ? 0 : ratio * ratio >= LEAST_WEIGHT ? ratio * ratio : 0;
        sum += anchor->weight[stand];
    }
    for (Stand stand = 0; stand < STANDS; stand++) {
        anchor->weight[stand] /= sum;
        if (anchor->weight[stand] <= 0)
            drop(anchor, stand);
    }
}

/* ------------------------------------------------------------------ making */

/* The smoother can always be had, or there is no Anchor; the others only where
 * they apply: a week is short enough to be alike last week, a year is not. */
static gboolean fit_stands(Anchor *anchor, Fits *fits, Stand stand, GError **error)
{
    const Series *series = fits_series(fits);
    const Calendar *calendar = fits_calendar(fits);
    gsize longest = MAX(fits_season(fits)[0], fits_season(fits)[1]), fit = fits_end(fits);
    gboolean hours = series->grain == GRAIN_HOUR, days = series->grain == GRAIN_DAY;
    if (stand == STAND_ANY && calendar != NULL && days && longest == DAYS_OF_WEEK)
        anchor->level = level_new(series, calendar, &anchor->transform, fit);
    /* the level of days does all that the profile does, and knows holidays */
    if ((stand == STAND_PROFILE && hours) || (stand != STAND_ETS && days && anchor->level == NULL))
        anchor->profile = profile_new(fits_z(fits), fit, series->length, longest);
    if (stand == STAND_ANY && calendar != NULL && longest > 1 && (hours || days))
        anchor->poisson = fits_poisson(fits, NULL);
    if (stand == STAND_PROFILE && anchor->profile == NULL) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "%s: too little for a weekly profile, wanted two weeks of days or hours with half of them known; wait for data", series->id);
        return FALSE;
    }
    if (stand != STAND_PROFILE && (anchor->ets = fits_ets(fits, error)) == NULL) {
        g_prefix_error(error, "%s: ", series->id);
        return FALSE;
    }
    return TRUE;
}

static Anchor *make(Fits *fits, Stand stand, GError **error)
{
    g_autoptr(Anchor) anchor = g_new0(Anchor, 1);
    gsize longest = MAX(fits_season(fits)[0], fits_season(fits)[1]);
    anchor->transform = *fits_transform(fits);
    anchor->counts = fits_series(fits)->counts;
    if (!fit_stands(anchor, fits, stand, error))
        return NULL;
    if (stand == STAND_ANY)
        weigh(anchor, fits_z(fits), fits_end(fits), MAX(longest, 1));
    else
        anchor->weight[stand] = 1;
    if (anchor->poisson != NULL)
        run_scale(anchor, fits_z(fits), fits_series(fits)->length, longest);
    return g_steal_pointer(&anchor);
}

Anchor *anchor_new(const Series *series, const Calendar *calendar, gsize fit, const gsize season[2], GError **error)
{
    g_autoptr(Fits) fits = fits_new(series, calendar, fit, season, NULL);
    return make(fits, STAND_ANY, error);
}

Anchor *anchor_of(Fits *fits, GError **error)
{
    return make(fits, STAND_ANY, error);
}

/* Steps that the hospital sees together: a day of hours, a week, four weeks, a quarter of a year. */
static const gsize stretch[GRAINS] = {[GRAIN_HOUR] = 24, [GRAIN_DAY] = 7, [GRAIN_WEEK] = 4, [GRAIN_MONTH] = 3};

static gsize known_before(const double *z, gsize end)
{
    gsize known = 0;
    for (gsize t = 0; t < end; t++)
        known += !isnan(z[t]);
    return known;
}

Anchor *anchor_plain(Fits *fits, GError **error)
{
    const Series *series = fits_series(fits);
    gsize longest = MAX(fits_season(fits)[0], fits_season(fits)[1]), known = known_before(fits_z(fits), fits_end(fits));
    if (known < 2) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "%s: %" G_GSIZE_FORMAT " known values; to go by last season wanted at least 2", series->id, known);
        return NULL;
    }
    Anchor *anchor = g_new0(Anchor, 1);
    anchor->transform = *fits_transform(fits);
    anchor->counts = series->counts;
    anchor->repeat = repeat_new(fits_z(fits), series->length, MAX(longest, 1), stretch[series->grain]);
    anchor->weight[STAND_REPEAT] = 1;
    return anchor;
}

void anchor_free(Anchor *anchor)
{
    if (anchor == NULL)
        return;
    ets_free(anchor->ets);
    profile_free(anchor->profile);
    level_free(anchor->level);
    poisson_free(anchor->poisson);
    repeat_free(anchor->repeat);
    g_free(anchor->scale);
    g_free(anchor);
}

void anchor_at(const Anchor *anchor, gsize origin, gsize horizon, double *mean, double *sd)
{
    g_autofree double *one = g_new(double, 2 * horizon);
    for (gsize h = 0; h < horizon; h++)
        mean[h] = sd[h] = 0;
    for (Stand stand = 0; stand < STANDS; stand++) {
        if (anchor->weight[stand] <= 0)
            continue;
        speak(anchor, stand, origin, horizon, one, one + horizon);
        for (gsize h = 0; h < horizon; h++) {
            mean[h] += anchor->weight[stand] * one[h];
            sd[h] += anchor->weight[stand] * one[horizon + h];
        }
    }
}

double anchor_level(const Anchor *anchor, gsize origin)
{
    if (anchor->repeat != NULL)
        return repeat_level(anchor->repeat, origin);
    double level = anchor->ets != NULL ? anchor->weight[STAND_ETS] * ets_level(anchor->ets, origin) : 0;
    level += anchor->profile != NULL ? anchor->weight[STAND_PROFILE] * profile_level(anchor->profile, origin) : 0;
    level += anchor->level != NULL ? anchor->weight[STAND_LEVEL] * level_base(anchor->level, origin) : 0;
    return level + (anchor->poisson != NULL ? anchor->weight[STAND_POISSON] * transform_apply(&anchor->transform, poisson_level(anchor->poisson, origin)) : 0);
}

double anchor_scale(const Anchor *anchor, gsize origin)
{
    if (anchor->repeat != NULL)
        return repeat_scale(anchor->repeat, origin);
    double scale = anchor->ets != NULL ? anchor->weight[STAND_ETS] * ets_scale(anchor->ets, origin) : 0;
    scale += anchor->profile != NULL ? anchor->weight[STAND_PROFILE] * profile_scale(anchor->profile, origin) : 0;
    scale += anchor->level != NULL ? anchor->weight[STAND_LEVEL] * level_scale(anchor->level, origin) : 0;
    return scale + (anchor->poisson != NULL ? anchor->weight[STAND_POISSON] * anchor->scale[origin] : 0);
}

/* Factors of the mean become steps in g-space; what its median is beside the mean is the calendar's. */
static void poisson_parts_of(const Anchor *anchor, gsize origin, gsize h, double mean, double part[ANCHOR_PARTS])
{
    double level, ordinary, holiday;
    poisson_parts(anchor->poisson, origin, h, &level, &ordinary, &holiday);
    part[ANCHOR_LEVEL] = transform_apply(&anchor->transform, level);
    part[ANCHOR_HOLIDAYS] = transform_apply(&anchor->transform, level * ordinary * holiday) - transform_apply(&anchor->transform, level * ordinary);
    part[ANCHOR_CALENDAR] = mean - part[ANCHOR_LEVEL] - part[ANCHOR_HOLIDAYS];
}

/* What one forecaster's mean of a step is the sum of. */
static void parts_of(const Anchor *anchor, Stand stand, gsize origin, gsize h, double part[ANCHOR_PARTS])
{
    for (int k = 0; k < ANCHOR_PARTS; k++)
        part[k] = 0;
    if (stand == STAND_ETS) {
        ets_parts(anchor->ets, origin, h, part);
        return;
    }
    g_autofree double *mean = g_new(double, h + 1), *sd = g_new(double, h + 1);
    speak(anchor, stand, origin, h + 1, mean, sd);
    if (stand == STAND_POISSON)
        poisson_parts_of(anchor, origin, h, mean[h], part);
    else if (stand == STAND_LEVEL) {
        part[ANCHOR_LEVEL] = level_base(anchor->level, origin);
        part[ANCHOR_HOLIDAYS] = level_holiday(anchor->level, origin + h);
        part[ANCHOR_SEASON] = mean[h] - part[ANCHOR_LEVEL] - part[ANCHOR_HOLIDAYS];
    } else {
        part[ANCHOR_LEVEL] = stand == STAND_PROFILE ? profile_level(anchor->profile, origin) : repeat_level(anchor->repeat, origin);
        part[ANCHOR_SEASON] = mean[h] - part[ANCHOR_LEVEL];
    }
}

void anchor_parts(const Anchor *anchor, gsize origin, gsize h, double part[ANCHOR_PARTS])
{
    double one[ANCHOR_PARTS];
    for (int k = 0; k < ANCHOR_PARTS; k++)
        part[k] = 0;
    for (Stand stand = 0; stand < STANDS; stand++) {
        if (anchor->weight[stand] <= 0)
            continue;
        parts_of(anchor, stand, origin, h, one);
        for (int k = 0; k < ANCHOR_PARTS; k++)
            part[k] += anchor->weight[stand] * one[k];
    }
}

gsize anchor_voices(const Anchor *anchor)
{
    gsize voices = 0;
    for (Stand stand = 0; stand < STANDS; stand++)
        voices += anchor->weight[stand] > 0;
    return voices;
}

void anchor_voice_parts(const Anchor *anchor, gsize voice, gsize origin, gsize h, double part[ANCHOR_PARTS])
{
    Stand stand = 0;
    for (gsize before = 0; before < voice || anchor->weight[stand] <= 0; stand++)
        before += anchor->weight[stand] > 0;
    parts_of(anchor, stand, origin, h, part);
}

gboolean anchor_multiplies(const Anchor *anchor)
{
    return anchor->transform.kind == TRANSFORM_LOG;
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

static gboolean forecast_at(const Anchor *anchor, const Task *task, Outlook *out, GError **error)
{
    g_autofree double *mean = g_new(double, task->horizon), *sd = g_new(double, task->horizon);
    anchor_at(anchor, MIN(task->origin, task->series->length), task->horizon, mean, sd);
    for (gsize h = 0; h < task->horizon; h++) {
        out->mean[h] = transform_mean(&anchor->transform, mean[h], sd[h]);
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
            out->quantile[h * OUTLOOK_LEVELS + k] = anchor_undo(anchor, mean[h] + outlook_probit[k] * sd[h]);
    }
    return member_finish(task, out, error);
}

static gboolean forecast_shared(const Task *task, gsize tasks, Fits *fits, Stand stand, Outlook **out, GError **error)
{
    gsize length = task->series->length;
    g_autoptr(Series) known = fits == NULL ? series_upto(task->series, MIN(task[tasks - 1].origin, length)) : NULL;
    g_autoptr(Fits) own = fits == NULL ? fits_new(known, task->calendar, MIN(task->origin, length), task->season, NULL) : NULL;
    g_autoptr(Anchor) anchor = make(fits != NULL ? fits : own, stand, error);
    for (gsize k = 0; anchor != NULL && k < tasks; k++)
        if (!forecast_at(anchor, &task[k], out[k], error))
            return FALSE;
    return anchor != NULL;
}

gboolean anchor_fit_ets(const Task *task, gsize tasks, Fits *fits, Outlook **out, GError **error)
{
    return forecast_shared(task, tasks, fits, STAND_ETS, out, error);
}

gboolean anchor_fit_profile(const Task *task, gsize tasks, Fits *fits, Outlook **out, GError **error)
{
    return forecast_shared(task, tasks, fits, STAND_PROFILE, out, error);
}

gboolean anchor_forecast(const Task *task, gsize tasks, Outlook **out, GError **error)
{
    return member_forecast_each(anchor_fit_ets, task, tasks, NULL, out, error);
}

gboolean anchor_forecast_profile(const Task *task, gsize tasks, Outlook **out, GError **error)
{
    return member_forecast_each(anchor_fit_profile, task, tasks, NULL, out, error);
}
