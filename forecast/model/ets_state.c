#include "forecast/model/ets_state.h"

#include <string.h>

enum {
    START_SEASONS = 6,   /* the seasons whose averages start the patterns */
    RETURN_SEASONS = 12, /* shorter series also run backwards once, to mend the start */
};

gsize ets_state_period(gsize season)
{
    return MAX(season, 1);
}

EtsState ets_state_new(const gsize season[2])
{
    EtsState state = {0};
    for (int k = 0; k < 2; k++)
        state.pattern[k] = g_new0(double, ets_state_period(season[k]));
    return state;
}

void ets_state_clear(EtsState *state)
{
    g_free(state->pattern[0]);
    g_free(state->pattern[1]);
}

/* One step of Hyndman et al. (2008), table 2.2, additive errors; returns the error (0 when missing). */
double ets_state_advance(EtsState *state, const EtsShape *shape, gsize first, gsize second, double z)
{
    double drift = shape->phi * state->slope;
    double error = z - (state->level + drift + state->pattern[0][first] + state->pattern[1][second]);
    if (isnan(error))
        error = 0.0;
    state->level += drift + shape->alpha * error;
    state->slope = drift + shape->beta * error;
    state->pattern[0][first] += shape->gamma[0] * error;
    state->pattern[1][second] += shape->gamma[1] * error;
    return error;
}

/* Straight line through the known values: what a pattern is measured against. */
static void fit_line(const double *z, gsize length, double *at_start, double *rise)
{
    double n = 0, st = 0, sz = 0, stt = 0, stz = 0;
    for (gsize t = 0; t < length; t++) {
        if (isnan(z[t]))
            continue;
        double x = (double)t;
        n++, st += x, sz += z[t], stt += x * x, stz += x * z[t];
    }
    double spread = n * stt - st * st;
    *rise = n >= 2 && spread > 0 ? (n * stz - st * sz) / spread : 0.0;
    *at_start = n > 0 ? (sz - *rise * st) / n : 0.0;
}

/* Average of what is left of z at each phase, the average over phases removed. */
static void average_pattern(double *pattern, gsize period, double *left, gsize length)
{
    g_autofree gsize *count = g_new0(gsize, period);
    double total = 0.0;
    for (gsize t = 0; t < length; t++)
        if (!isnan(left[t])) {
            pattern[t % period] += left[t];
            count[t % period]++;
        }
    for (gsize k = 0; k < period; k++) {
        pattern[k] /= (double)MAX(count[k], 1);
        total += pattern[k];
    }
    for (gsize k = 0; k < period; k++)
        pattern[k] -= total / (double)period;
    for (gsize t = 0; t < length; t++)
        left[t] -= pattern[t % period];
}

void ets_state_start(EtsState *state, const gsize season[2], const double *z, gsize length)
{
    gsize longest = MAX(season[0], season[1]);
    gsize span = MIN(length, longest > 0 ? START_SEASONS * longest : 10);
    double rise;
    fit_line(z, span, &state->level, &rise);
    if (longest == 0 || span < 3 * longest) {
        /* a line through few values runs away; their mean does not */
        state->level += rise * 0.5 * (double)(span - 1);
        rise = 0.0;
    }
    state->slope = 0.0;
    g_autofree double *left = g_new(double, span);
    for (gsize t = 0; t < span; t++)
        left[t] = z[t] - state->level - rise * (double)t;
    for (int k = 0; k < 2; k++) {
        memset(state->pattern[k], 0, ets_state_period(season[k]) * sizeof(double));
        if (season[k] > 0)
            average_pattern(state->pattern[k], season[k], left, span);
    }
}

gboolean ets_state_returns(const gsize season[2], gsize length)
{
    return length <= RETURN_SEASONS * MAX(MAX(season[0], season[1]), 1);
}

void ets_state_return(EtsState *state, const EtsShape *shape, const double *z, gsize length)
{
    gsize period[2] = {ets_state_period(shape->season[0]), ets_state_period(shape->season[1])};
    for (gsize t = 0; t < length; t++)
        (void)ets_state_advance(state, shape, t % period[0], t % period[1], z[t]);
    state->slope = -state->slope;
    for (gsize t = length; t-- > 0;)
        (void)ets_state_advance(state, shape, t % period[0], t % period[1], z[t]);
    state->slope = -state->slope;
}
