#include "daemon/engine/leash.h"

enum { PARTS = 10, FEWEST_ORIGINS = 3 };

/* Mean pinball loss of one step when that part of the addition is taken. */
static double step_loss(const float *free_speech, const float *anchored, double part, double actual)
{
    double sum = 0;
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
        sum += score_pinball(outlook_level[k], (double)anchored[k] + part * ((double)free_speech[k] - (double)anchored[k]), actual);
    return sum / OUTLOOK_LEVELS;
}

typedef struct {
    const Backtest *free_speech, *anchored;
    gsize member, range;
    const double *scale;
} Trial;

/* Mean loss at one origin, each series alike; MISSING when nothing is known. */
static double origin_loss(const Trial *trial, gsize origin, double part)
{
    const Backtest *b = trial->free_speech;
    double total = 0;
    gsize series = 0;
    for (gsize s = 0; s < b->series; s++) {
        const float *loose = backtest_quantile(b, trial->member, s, origin), *tied = backtest_quantile(trial->anchored, trial->member, s, origin);
        const float *actual = backtest_actual(b, s, origin);
        double sum = 0;
        gsize steps = 0;
        for (gsize h = 0; h < b->horizon; h++) {
            gsize at = h * OUTLOOK_LEVELS;
            if (network_range(b->horizon, h) != trial->range || isnan(actual[h]) || isnan(loose[at]) || isnan(tied[at]))
                continue;
            sum += step_loss(loose + at, tied + at, part, (double)actual[h]);
            steps++;
        }
        if (steps > 0) {
            total += sum / (double)steps / trial->scale[s];
            series++;
        }
    }
    return series > 0 ? total / (double)series : MISSING;
}

/* Mean gain of a part over none, less its standard error over the origins. */
static double sure_gain(const Trial *trial, const double *none, double part)
{
    double sum = 0, squares = 0, n = 0;
    for (gsize o = 0; o < trial->free_speech->origins; o++) {
        if (isnan(none[o]))
            continue;
        double gain = none[o] - origin_loss(trial, o, part);
        sum += gain;
        squares += gain * gain;
        n++;
    }
    if (n < FEWEST_ORIGINS)
        return 0;
    double mean = sum / n;
    return mean - sqrt(MAX(squares - n * mean * mean, 0) / (n - 1) / n);
}

void leash_learn(const Backtest *free_speech, const Backtest *anchored, gsize member, const double *scale, double leash[NETWORK_RANGES])
{
    g_autofree double *none = g_new(double, free_speech->origins + 1);
    for (gsize range = 0; range < NETWORK_RANGES; range++) {
        Trial trial = {free_speech, anchored, member, range, scale};
        double most = 0;
        leash[range] = 0;
        for (gsize o = 0; o < free_speech->origins; o++)
            none[o] = origin_loss(&trial, o, 0);
        for (int part = 1; part <= PARTS; part++) {
            double gain = sure_gain(&trial, none, (double)part / PARTS);
            if (gain > most) {
                most = gain;
                leash[range] = (double)part / PARTS;
            }
        }
    }
}
