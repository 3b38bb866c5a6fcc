#include "forecast/model/pulse.h"

#include "forecast/kernel/smoother.h"
#include "forecast/model/belief.h"

#include <stdlib.h>
#include <string.h>

enum { L = SMOOTHER_LANES, COEFFICIENTS = PULSE_EFFECTS + 1 };

static const double fewest_series = 10.0;
/* Before anything is seen: a count may follow the days of its month in full, the working days in half. */
static const double calendar_sd[PULSE_EFFECTS] = {1.0, 0.5};
/* Coefficients of single series: ten series' worth of belief that they differ this much. */
static const double usual_spread = 0.3, usual_weight = 10.0;

gsize pulse_alike(const PulseGroup *group, gsize from)
{
    const guint8 *own = group->known + group->order[from] * group->n;
    gsize end = from + 1;
    while (end < group->series && memcmp(own, group->known + group->order[end] * group->n, group->n) == 0)
        end++;
    return end;
}

/* ---- the common part ----------------------------------------------------- */

/* Sum of squares of a series' changes around their mean, as shares of its size, and their number. */
static double unrest(const PulseGroup *g, gsize i, const double *z, double *count)
{
    const guint8 *known = g->known + i * g->n;
    double sum = 0, squares = 0;
    *count = 0;
    for (gsize t = 1; t < g->n && g->share[i] > 0; t++)
        if (known[t] && known[t - 1]) {
            double change = (z[i * g->n + t] - z[i * g->n + t - 1]) / g->share[i];
            sum += change, squares += change * change, *count += 1;
        }
    return *count > 0 ? fmax(squares - sum * sum / *count, 0.0) : 0.0;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* One over the variance of each series' changes; of a short past it is mostly
 * that of the middle series.  0: takes no part. */
static void weigh_series(const PulseGroup *g, const double *z, double *weight)
{
    enum { FEWEST = 6 };
    static const double trust = 12.0;
    g_autofree double *spread = g_new(double, g->series), *count = g_new(double, g->series), *sorted = g_new(double, g->series);
    gsize there = 0;
    for (gsize i = 0; i < g->series; i++) {
        spread[i] = unrest(g, i, z, &count[i]);
        if (count[i] >= FEWEST && spread[i] > 0)
            sorted[there++] = spread[i] / count[i];
    }
    qsort(sorted, there, sizeof *sorted, ascending);
    for (gsize i = 0; i < g->series; i++)
        weight[i] = count[i] >= FEWEST && spread[i] > 0 ? (count[i] + trust) / (spread[i] + trust * sorted[there / 2]) : 0.0;
}

/* Weighted mean of what each step has beside the series' own means; a series
 * that comes late tells how steps differ, not how high they are. */
static void mean_over_series(const PulseGroup *g, const double *z, const double *weight, double *common)
{
    enum { ROUNDS = 20 };
    g_autofree double *own = g_new0(double, g->series), *total = g_new(double, g->n);
    memset(common, 0, g->n * sizeof *common);
    for (int round = 0; round < ROUNDS; round++) {
        for (gsize i = 0; i < g->series; i++) {
            double sum = 0, count = 0;
            for (gsize t = g->first[i]; t < g->n && weight[i] > 0; t++)
                if (g->known[i * g->n + t])
                    sum += z[i * g->n + t] / g->share[i] - common[t], count++;
            own[i] = count > 0 ? sum / count : 0.0;
        }
        memset(total, 0, g->n * sizeof *total);
        memset(common, 0, g->n * sizeof *common);
        for (gsize i = 0; i < g->series; i++)
            for (gsize t = g->first[i]; t < g->n && weight[i] > 0; t++)
                if (g->known[i * g->n + t]) {
                    common[t] += weight[i] * (z[i * g->n + t] / g->share[i] - own[i]);
                    total[t] += weight[i];
                }
        double mean = 0, steps = 0;
        for (gsize t = 0; t < g->n; t++)
            if (total[t] > 0)
                common[t] /= total[t], mean += common[t], steps++;
        for (gsize t = 0; t < g->n; t++)
            if (total[t] > 0)
                common[t] -= mean / steps;
    }
}

/* FALSE when too few series carry the mean.  seen[n]: at least half of the weight is known there. */
static gboolean find_common(const PulseGroup *g, const double *z, double *common, guint8 *seen)
{
    g_autofree double *weight = g_new(double, g->series), *total = g_new0(double, g->n);
    double sum = 0, squares = 0;
    weigh_series(g, z, weight);
    for (gsize i = 0; i < g->series; i++) {
        sum += weight[i], squares += weight[i] * weight[i];
        for (gsize t = 0; t < g->n; t++)
            total[t] += g->known[i * g->n + t] ? weight[i] : 0.0;
    }
    if (!(squares > 0) || sum * sum / squares < fewest_series)
        return FALSE;
    mean_over_series(g, z, weight, common);
    gsize steps = 0;
    for (gsize t = 0; t < g->n; t++) {
        seen[t] = total[t] >= 0.5 * sum;
        steps += seen[t];
    }
    return steps > PULSE_EFFECTS + 3;
}

static double change_variance(const double *common, const guint8 *seen, gsize n)
{
    double sum = 0, squares = 0, count = 0;
    for (gsize t = 1; t < n; t++)
        if (seen[t] && seen[t - 1])
            sum += common[t] - common[t - 1], squares += pow(common[t] - common[t - 1], 2), count++;
    return count > 1 ? fmax((squares - sum * sum / count) / count, 1e-12) : 1e-12;
}

/* Mean and variance of the common part ahead, over all smoothers as far as each is believed. */
static gboolean forecast_common(const PulseGroup *g, const double *common, const guint8 *seen, double *mean, double *variance)
{
    /* in units of its own changes, so that its errors are about 1 */
    double unit = sqrt(change_variance(common, seen, g->n)), precision[PULSE_EFFECTS];
    for (gsize j = 0; j < PULSE_EFFECTS; j++)
        precision[j] = pow(unit / calendar_sd[j], 2);
    g_autoptr(Belief) belief = belief_new(seen, g->n, g->season, g->horizon, g->calendar, precision, PULSE_EFFECTS);
    if (belief == NULL)
        return FALSE;
    g_autofree double *z = g_new(double, g->n), *weight = g_new(double, BELIEF_CELLS);
    g_autofree double *each = g_new0(double, BELIEF_CELLS * g->horizon), *scale = g_new0(double, BELIEF_CELLS * g->horizon);
    for (gsize t = 0; t < g->n; t++)
        z[t] = common[t] / unit;
    belief_weigh(belief, z, weight);
    double most = -(double)INFINITY, total = 0, freedom = belief_freedom(belief);
    for (gsize c = 0; c < BELIEF_CELLS; c++)
        most = fmax(most, weight[c]);
    for (gsize c = 0; c < BELIEF_CELLS; c++)
        total += weight[c] = exp(weight[c] - most);
    belief_forecast(belief, z, weight, each, scale);
    for (gsize h = 0; h < g->horizon; h++) {
        double sum = 0, squares = 0;
        for (gsize c = 0; c < BELIEF_CELLS; c++) {
            double m = each[c * g->horizon + h], s = scale[c * g->horizon + h];
            sum += weight[c] / total * m;
            squares += weight[c] / total * (m * m + s * s * freedom / fmax(freedom - 2.0, 1.0));
        }
        mean[h] = unit * sum;
        variance[h] = unit * unit * fmax(squares - sum * sum, 0.0);
    }
    return TRUE;
}

/* ---- how each series follows --------------------------------------------- */

typedef struct {
    gsize count;            /* PULSE_EFFECTS, and one for the pulse where there is one */
    double *effect;         /* [count][n + horizon] */
    double *value, *doubt;  /* [series][count]: coefficient and its variance */
} Follow;

/* Regression of a series on the effects beside a slow level and a pattern: a
 * smoother that suits most, so that the coefficients owe nothing to a search. */
static void measure(const PulseGroup *g, const double *z, Follow *f)
{
    static const double alpha = 0.2, gamma = 0.001, sds[3] = {1e4, 1e-6, 2.0}, open_sd = 1e3;
    gsize season = g->season > 1 ? g->season : 0, D = 2 + season + f->count, steps = g->n + g->horizon;
    g_autofree double *column = g_new(double, D * g->n * L), *square = g_new(double, D * D * L), *precision = g_new(double, D * L);
    g_autofree double *work = g_new(double, (season + 1) * L), *error = g_new(double, g->n * L), *start = g_new(double, D * L);
    g_autofree double *effect = g_new(double, f->count * g->n);
    double logdet[L], squares[L];
    SmootherRates rates;
    for (gsize l = 0; l < L; l++)
        rates.alpha[l] = alpha, rates.beta[l] = 0, rates.phi[l] = 1, rates.gamma[l] = (1 - alpha) * gamma;
    for (gsize d = 0; d < D; d++)
        for (gsize l = 0; l < L; l++) {
            double sd = d < 2 ? sds[d] : d < 2 + season ? sds[2] : open_sd;
            precision[d * L + l] = 1.0 / (sd * sd);
        }
    for (gsize from = 0, end; from < g->series; from = end) {
        end = pulse_alike(g, from);
        gsize first = g->first[g->order[from]], n = g->n - first;
        const guint8 *known = g->known + g->order[from] * g->n + first;
        double count = 0;
        for (gsize t = 0; t < n; t++)
            count += known[t] != 0;
        for (gsize j = 0; j < f->count; j++)
            memcpy(effect + j * n, f->effect + j * steps + first, n * sizeof *effect);
        smoother_columns(&rates, season, effect, f->count, known, n, n, work, column);
        smoother_gram(column, precision, D, n, n, square);
        smoother_factor(square, D, logdet);
        /* the last rows of the factor hold the coefficients' own part: its inverse gives their variances */
        double inverse[COEFFICIENTS][COEFFICIENTS] = {{0}}, spread[COEFFICIENTS] = {0};
        for (gsize j = 0; j < f->count; j++)
            for (gsize i = j; i < f->count; i++) {
                double sum = i == j ? 1.0 : 0.0;
                for (gsize k = j; k < i; k++)
                    sum -= square[((D - f->count + i) * D + D - f->count + k) * L] * inverse[k][j];
                inverse[i][j] = sum / square[((D - f->count + i) * D + D - f->count + i) * L];
                spread[j] += inverse[i][j] * inverse[i][j];
            }
        for (gsize k = from; k < end; k++) {
            gsize i = g->order[k];
            double share = g->share[i];
            smoother_errors(&rates, season, z + i * g->n + first, known, n, n, work, error);
            smoother_start(square, column, error, D, n, n, start, squares);
            for (gsize j = 0; j < f->count; j++) {
                f->value[i * f->count + j] = share > 0 ? start[(D - f->count + j) * L] / share : 0.0;
                f->doubt[i * f->count + j] = share > 0 ? fmax(spread[j] * squares[0] / fmax(count - 1, 1) / (share * share), 1e-12) : (double)INFINITY;
            }
        }
    }
}

/* Each coefficient is pulled towards none, the more so the less the series
 * differ beyond what chance explains. */
static void hold_back(const PulseGroup *g, Follow *f, gsize j)
{
    enum { ROUNDS = 100 };
    double spread = usual_spread * usual_spread, middle = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double sum = 0, weights = 0, squares = usual_weight * usual_spread * usual_spread, count = usual_weight;
        for (gsize i = 0; i < g->series; i++) {
            double weight = 1.0 / (f->doubt[i * f->count + j] + spread);
            sum += weight * f->value[i * f->count + j], weights += weight;
        }
        middle = weights > 0 ? sum / weights : 0.0;
        for (gsize i = 0; i < g->series; i++) {
            double doubt = f->doubt[i * f->count + j];
            if (isinf(doubt))
                continue;
            double left = 1.0 / (1.0 / doubt + 1.0 / spread);
            double at = left * (f->value[i * f->count + j] / doubt + middle / spread) - middle;
            squares += at * at + left, count++;
        }
        spread = fmax(squares / count, 1e-6);
    }
    for (gsize i = 0; i < g->series; i++)
        f->value[i * f->count + j] *= spread / (spread + f->doubt[i * f->count + j]);
}

static void take_effects(const PulseGroup *g, const Follow *f, double *z, double *offset, double *variance)
{
    gsize steps = g->n + g->horizon;
    for (gsize i = 0; i < g->series; i++) {
        const double *value = f->value + i * f->count;
        for (gsize t = g->first[i]; t < steps; t++) {
            double sum = 0;
            for (gsize j = 0; j < f->count; j++)
                sum += g->share[i] * value[j] * f->effect[j * steps + t];
            if (t >= g->n)
                offset[i * g->horizon + t - g->n] += sum;
            else if (g->known[i * g->n + t])
                z[i * g->n + t] -= sum;
        }
        double follows = f->count > PULSE_EFFECTS ? 1.0 + value[PULSE_EFFECTS] : 1.0;
        for (gsize h = 0; h < g->horizon; h++)
            variance[i * g->horizon + h] *= follows * follows;
    }
}

/* ---- all together -------------------------------------------------------- */

static void fill_unseen(double *common, const guint8 *seen, gsize n)
{
    double last = 0;
    for (gsize t = 0; t < n; t++)
        common[t] = last = seen[t] ? common[t] : last;
}

gboolean pulse_remove(const PulseGroup *group, double *z, double *offset, double *variance)
{
    gsize n = group->n, horizon = group->horizon, steps = n + horizon;
    g_autofree double *effect = g_new0(double, COEFFICIENTS * steps), *doubt = g_new0(double, horizon);
    g_autofree guint8 *seen = g_new0(guint8, n);
    double *common = effect + PULSE_EFFECTS * steps;
    memcpy(effect, group->calendar, PULSE_EFFECTS * steps * sizeof *effect);
    memset(offset, 0, group->series * horizon * sizeof *offset);
    gboolean there = find_common(group, z, common, seen);
    if (there) {
        if (!forecast_common(group, common, seen, common + n, doubt))
            return FALSE;
        fill_unseen(common, seen, n);
    }
    for (gsize i = 0; i < group->series; i++) {
        for (gsize t = group->first[i]; t < n && there; t++)
            if (group->known[i * n + t])
                z[i * n + t] -= group->share[i] * common[t];
        for (gsize h = 0; h < horizon; h++) {
            offset[i * horizon + h] = there ? group->share[i] * common[n + h] : 0.0;
            variance[i * horizon + h] = there ? group->share[i] * group->share[i] * doubt[h] : 0.0;
        }
    }
    gsize count = there ? COEFFICIENTS : PULSE_EFFECTS;
    g_autofree double *value = g_new0(double, group->series * count), *spread = g_new0(double, group->series * count);
    Follow follow = {count, effect, value, spread};
    measure(group, z, &follow);
    for (gsize j = 0; j < count; j++)
        hold_back(group, &follow, j);
    take_effects(group, &follow, z, offset, variance);
    return TRUE;
}
