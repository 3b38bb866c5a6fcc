#include "forecast/judge/score.h"

#include <stdlib.h>

/* Places of .1, .9, .025 and .975 among the 13 levels; the deciles lie between the first two. */
enum { Q10 = 2, Q90 = 10, Q025 = 0, Q975 = 12, Q20 = 3, Q70 = 8, DECILES = 9 };
/* Normal score of the .75 level. */
#define QUARTILE 0.67448975019608174

double score_pinball(double level, double quantile, double actual)
{
    return actual >= quantile ? level * (actual - quantile) : (1 - level) * (quantile - actual);
}

double score_interval(double alpha, double lower, double upper, double actual)
{
    double outside = actual < lower ? lower - actual : actual > upper ? actual - upper : 0;
    return upper - lower + 2 / alpha * outside;
}

double score_wis(const double quantile[OUTLOOK_LEVELS], double actual)
{
    double sum = 0;
    for (int q = 0; q < OUTLOOK_LEVELS; q++)
        sum += 2 * score_pinball(outlook_level[q], quantile[q], actual);
    return sum / OUTLOOK_LEVELS;
}

double score_seasonal_error(const double *value, gsize length, gsize season)
{
    double sum = 0;
    gsize pairs = 0;
    for (gsize t = season; t < length; t++)
        if (!isnan(value[t]) && !isnan(value[t - season])) {
            sum += fabs(value[t] - value[t - season]);
            pairs++;
        }
    return pairs > 0 ? sum / (double)pairs : MISSING;
}

static gboolean complete(const double quantile[OUTLOOK_LEVELS])
{
    for (int q = 0; q < OUTLOOK_LEVELS; q++)
        if (isnan(quantile[q]))
            return FALSE;
    return TRUE;
}

/* The quantile of a normal score between those of levels k and k + 1 (outlook_at). */
static double between(const double quantile[OUTLOOK_LEVELS], int k, double score)
{
    double share = (score - outlook_probit[k]) / (outlook_probit[k + 1] - outlook_probit[k]);
    return quantile[k] + share * (quantile[k + 1] - quantile[k]);
}

void score_add(ScoreSum *sum, const double quantile[OUTLOOK_LEVELS], double actual)
{
    if (isnan(actual) || !complete(quantile))
        return;
    sum->rows++;
    sum->total += fabs(actual);
    sum->absolute += fabs(actual - quantile[OUTLOOK_MEDIAN]);
    sum->signed_error += quantile[OUTLOOK_MEDIAN] - actual;
    sum->pinball += score_wis(quantile, actual) / 2;
    for (int q = Q10; q <= Q90; q++)
        sum->deciles += 2 * score_pinball(outlook_level[q], quantile[q], actual);
    sum->interval80 += score_interval(0.2, quantile[Q10], quantile[Q90], actual);
    sum->inside50 += actual >= between(quantile, Q20, -QUARTILE) && actual <= between(quantile, Q70, QUARTILE);
    sum->inside80 += actual >= quantile[Q10] && actual <= quantile[Q90];
    sum->inside95 += actual >= quantile[Q025] && actual <= quantile[Q975];
}

void score_add_origin(ScoreSum *sum, double next_median, double next_actual, double whole_mean, double whole_actual)
{
    double next = fabs(next_actual - next_median), whole = fabs(whole_actual - whole_mean);
    if (!isnan(next)) {
        sum->next += next;
        sum->nexts++;
    }
    if (!isnan(whole)) {
        sum->whole += whole;
        sum->wholes++;
    }
}

void score_join(ScoreSum *sum, const ScoreSum *other)
{
    sum->rows += other->rows;
    sum->total += other->total;
    sum->absolute += other->absolute;
    sum->signed_error += other->signed_error;
    sum->pinball += other->pinball;
    sum->deciles += other->deciles;
    sum->interval80 += other->interval80;
    sum->inside50 += other->inside50;
    sum->inside80 += other->inside80;
    sum->inside95 += other->inside95;
    sum->nexts += other->nexts;
    sum->wholes += other->wholes;
    sum->next += other->next;
    sum->whole += other->whole;
}

static double share(double part, double whole)
{
    return whole > 0 ? part / whole : MISSING;
}

Score score_of(const ScoreSum *sum, double scale)
{
    double rows = (double)sum->rows;
    Score score = {
        .rows = sum->rows,
        .mae = share(sum->absolute, rows),
        .wape = share(sum->absolute, sum->total),
        .bias = share(sum->signed_error, rows),
        .pinball = share(sum->pinball, rows),
        .wql = share(sum->deciles / DECILES, sum->total),
        .wis = share(2 * sum->pinball, rows),
        .coverage50 = share((double)sum->inside50, rows),
        .coverage80 = share((double)sum->inside80, rows),
        .coverage95 = share((double)sum->inside95, rows),
        .interval80 = share(sum->interval80, rows),
        .next = share(sum->next, (double)sum->nexts),
        .whole = share(sum->whole, (double)sum->wholes),
    };
    score.mase = share(score.mae, isnan(scale) ? 0 : scale);
    return score;
}

Score score_of_many(const ScoreSum *sum, const double *scale, gsize n)
{
    ScoreSum all = {0};
    double mase = 0;
    gsize scaled = 0;
    for (gsize i = 0; i < n; i++) {
        score_join(&all, &sum[i]);
        double one = score_of(&sum[i], scale[i]).mase;
        if (!isnan(one)) {
            mase += one;
            scaled++;
        }
    }
    Score score = score_of(&all, MISSING);
    score.mase = share(mase, (double)scaled);
    return score;
}

/* SplitMix64: G. L. Steele, D. Lea, C. H. Flood (2014), OOPSLA. */
static guint64 random_next(guint64 *state)
{
    guint64 z = (*state += G_GUINT64_CONSTANT(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* A whole number below n; the bias of the remainder is below n / 2^32. */
static gsize random_below(guint64 *state, gsize n)
{
    return (gsize)(((random_next(state) >> 32) * (guint64)n) >> 32);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double mean_of_resample(const double *known, gsize pairs, guint64 *state)
{
    double sum = 0;
    for (gsize k = 0; k < pairs; k++)
        sum += known[random_below(state, pairs)];
    return sum / (double)pairs;
}

ScoreDifference score_difference(const double *difference, gsize n, gsize draws, guint64 seed)
{
    g_autofree double *known = g_new(double, n + 1);
    ScoreDifference result = {0, MISSING, MISSING, MISSING};
    double sum = 0;
    for (gsize i = 0; i < n; i++)
        if (!isnan(difference[i])) {
            known[result.pairs++] = difference[i];
            sum += difference[i];
        }
    if (result.pairs > 0)
        result.mean = sum / (double)result.pairs;
    if (result.pairs < 2 || draws < 1)
        return result;
    g_autofree double *mean = g_new(double, draws);
    for (gsize d = 0; d < draws; d++)
        mean[d] = mean_of_resample(known, result.pairs, &seed);
    qsort(mean, draws, sizeof *mean, ascending);
    result.low = mean[(gsize)(0.025 * (double)(draws - 1) + 0.5)];
    result.high = mean[(gsize)(0.975 * (double)(draws - 1) + 0.5)];
    return result;
}
