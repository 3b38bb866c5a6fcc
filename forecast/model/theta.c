#include "forecast/model/theta.h"

#include "forecast/model/transform.h"

enum {
    FEWEST = 4,
    MOST = 4032, /* as ets.c: of a long series the end says enough */
};
static const double least_sd = 1e-3;

typedef struct {
    gsize n, season; /* season 0: none that counts */
    double *z;       /* [n]: season taken out; MISSING */
    double *pattern; /* [season] */
    double rise;     /* of the straight line, per step */
} Past;

static void past_clear(Past *past)
{
    g_free(past->z);
    g_free(past->pattern);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Past, past_clear)

static double mean_of(const double *z, gsize n)
{
    double sum = 0, count = 0;
    for (gsize t = 0; t < n; t++)
        if (!isnan(z[t]))
            sum += z[t], count++;
    return count > 0 ? sum / count : 0.0;
}

/* Fiorucci et al. (2016), 2.2: is the correlation one season apart more than
 * those before it explain by chance, at 90 %? */
static gboolean is_seasonal(const double *z, gsize n, gsize season)
{
    if (season < 2 || n < 3 * season)
        return FALSE;
    double mean = mean_of(z, n), power = 0, sum = 0, last = 0;
    for (gsize t = 0; t < n; t++)
        power += isnan(z[t]) ? 0.0 : (z[t] - mean) * (z[t] - mean);
    for (gsize lag = 1; lag <= season && power > 0; lag++) {
        double product = 0;
        for (gsize t = lag; t < n; t++)
            if (!isnan(z[t]) && !isnan(z[t - lag]))
                product += (z[t] - mean) * (z[t - lag] - mean);
        last = product / power;
        sum += lag < season ? last * last : 0.0;
    }
    return fabs(last) > 1.645 * sqrt((1 + 2 * sum) / (double)n);
}

/* Classical decomposition: what each place of the season has beside the moving
 * mean of a whole season around it. */
static void take_season(Past *past)
{
    gsize m = past->season, half = m / 2;
    g_autofree double *count = g_new0(double, m);
    past->pattern = g_new0(double, m);
    double total = 0;
    for (gsize t = half; t + half < past->n; t++) {
        double sum = 0, weight = 0;
        for (gsize k = t - half; k <= t + half; k++) {
            double share = m % 2 == 0 && (k == t - half || k == t + half) ? 0.5 : 1.0;
            if (!isnan(past->z[k]))
                sum += share * past->z[k], weight += share;
        }
        if (!isnan(past->z[t]) && 2 * weight >= (double)m) {
            past->pattern[t % m] += past->z[t] - sum / weight;
            count[t % m]++;
        }
    }
    for (gsize k = 0; k < m; k++)
        total += past->pattern[k] /= fmax(count[k], 1);
    for (gsize k = 0; k < m; k++)
        past->pattern[k] -= total / (double)m;
    for (gsize t = 0; t < past->n; t++)
        past->z[t] -= past->pattern[t % m];
}

static double line_rise(const double *z, gsize n)
{
    double count = 0, st = 0, sz = 0, stt = 0, stz = 0;
    for (gsize t = 0; t < n; t++)
        if (!isnan(z[t])) {
            double x = (double)t;
            count++, st += x, sz += z[t], stt += x * x, stz += x * z[t];
        }
    double spread = count * stt - st * st;
    return spread > 0 ? (count * stz - st * sz) / spread : 0.0;
}

/* Smoothing with drift from the best start, which is a regression on one number:
 * errors are linear in it.  The sum of squared errors; the level at the end. */
static double smooth(const Past *past, double alpha, double *level)
{
    double own = 0, unit = 1, drift = 0.5 * past->rise, ee = 0, eu = 0, uu = 0;
    for (gsize t = 0; t < past->n; t++) {
        own += drift;
        if (isnan(past->z[t]))
            continue;
        double error = past->z[t] - own;
        ee += error * error, eu += error * unit, uu += unit * unit;
        own += alpha * error;
        unit *= 1 - alpha;
    }
    double start = eu / uu;
    *level = own + start * unit;
    return fmax(ee - start * eu, 0.0);
}

/* Golden section over the logarithm of alpha: sum of squares has one valley in practice. */
static double best_alpha(const Past *past)
{
    enum { ROUNDS = 40 };
    static const double golden = 0.6180339887498949;
    double a = log(0.01), b = log(0.99), level;
    double x = b - golden * (b - a), y = a + golden * (b - a);
    double fx = smooth(past, exp(x), &level), fy = smooth(past, exp(y), &level);
    for (int round = 0; round < ROUNDS; round++)
        if (fx <= fy) {
            b = y, y = x, fy = fx, x = b - golden * (b - a);
            fx = smooth(past, exp(x), &level);
        } else {
            a = x, x = y, fx = fy, y = a + golden * (b - a);
            fy = smooth(past, exp(y), &level);
        }
    return exp(0.5 * (a + b));
}

static gboolean forecast_one(const Task *task, Outlook *out, GError **error)
{
    const Series *series = task->series;
    gsize first = task->origin > MOST ? task->origin - MOST : 0, known = 0;
    double least = (double)INFINITY, most = 0;
    g_auto(Past) past = {.n = task->origin - first};
    for (gsize t = first; t < task->origin; t++)
        if (!isnan(series->value[t])) {
            known++;
            least = fmin(least, series->value[t]);
            most = fmax(most, fabs(series->value[t]));
        }
    if (series->grain == GRAIN_HOUR || known < FEWEST) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "%s: %zu known %ss, wanted at least %d days, weeks or months; wait for data", series->id, known,
                    grain_name(series->grain), FEWEST);
        return FALSE;
    }
    Transform transform = {series->counts && least >= 0 ? TRANSFORM_ROOT : TRANSFORM_IDENTITY, 100.0 * (most + 1.0)};
    past.z = g_new(double, past.n);
    for (gsize t = 0; t < past.n; t++)
        past.z[t] = transform_apply(&transform, series->value[first + t]);
    for (int k = 1; k >= 0 && past.season == 0; k--)
        past.season = is_seasonal(past.z, past.n, task->season[k]) ? task->season[k] : 0;
    if (past.season > 0)
        take_season(&past);
    past.rise = line_rise(past.z, past.n);
    double alpha = best_alpha(&past), level, squares = smooth(&past, alpha, &level);
    double sd = fmax(sqrt(squares / fmax((double)known - 3, 0.5 * (double)known)), least_sd);
    for (gsize h = 0; h < task->horizon; h++) {
        double mean = level + 0.5 * past.rise * (double)(h + 1) + (past.season > 0 ? past.pattern[(past.n + h) % past.season] : 0.0);
        double spread = sd * sqrt(1 + alpha * alpha * (double)h);
        out->mean[h] = transform_mean(&transform, mean, spread);
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
            out->quantile[h * OUTLOOK_LEVELS + k] = transform_undo(&transform, mean + outlook_probit[k] * spread);
    }
    return member_finish(task, out, error);
}

gboolean theta_forecast(const Task *task, gsize tasks, Outlook **out, GError **error)
{
    for (gsize k = 0; k < tasks; k++)
        if (!forecast_one(&task[k], out[k], error))
            return FALSE;
    return TRUE;
}
