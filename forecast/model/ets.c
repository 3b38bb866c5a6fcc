#include "forecast/model/ets.h"

#include "forecast/model/ets_search.h"
#include "forecast/model/ets_state.h"
#include "forecast/model/member.h"

#include <string.h>

enum { WINDOW = 4032 /* 24 weeks of hours: enough to choose parameters on */ };

struct Ets {
    EtsShape shape;
    gsize length;
    gsize period[2];
    double *level, *slope; /* [length + 1]: just before step t */
    double *pattern[2];    /* [length + period]: entry t + period is the value set at step t */
    double *scale;         /* [length + 1] */
};

static gsize known_values(const double *z, gsize length)
{
    gsize known = 0;
    for (gsize t = 0; t < length; t++)
        known += !isnan(z[t]);
    return known;
}

/* ---- states over the whole series ---------------------------------------- */

/* Run from the start over all of z; the state moves to its end. */
static void keep_states(Ets *ets, EtsState *state, const double *z, gsize half_life)
{
    const EtsShape *shape = &ets->shape;
    for (int k = 0; k < 2; k++)
        memcpy(ets->pattern[k], state->pattern[k], ets->period[k] * sizeof(double));
    double keep = pow(0.5, 1.0 / (double)half_life), square = shape->sd * shape->sd;
    for (gsize t = 0; t <= ets->length; t++) {
        ets->level[t] = state->level;
        ets->slope[t] = state->slope;
        ets->scale[t] = fmax(sqrt(square), ETS_SEARCH_LEAST_SD);
        if (t == ets->length)
            break;
        gsize at[2] = {t % ets->period[0], t % ets->period[1]};
        double error = ets_state_advance(state, shape, at[0], at[1], z[t]);
        if (!isnan(z[t]))
            square = keep * square + (1.0 - keep) * error * error;
        for (int k = 0; k < 2; k++)
            ets->pattern[k][t + ets->period[k]] = state->pattern[k][at[k]];
    }
}

static void run_all(Ets *ets, const double *z, gsize fit, const gsize season[2])
{
    const EtsShape *shape = &ets->shape;
    g_auto(EtsState) state = ets_state_new(shape->season);
    ets_state_start(&state, shape->season, z, fit);
    if (ets_state_returns(shape->season, fit))
        ets_state_return(&state, shape, z, fit);
    gsize longest = MAX(season[0], season[1]);
    keep_states(ets, &state, z, longest > 1 ? 2 * longest : 20);
}

Ets *ets_new(const double *z, gsize fit, gsize length, const gsize season[2], GError **error)
{
    g_assert(fit <= length);
    gsize known = known_values(z, fit);
    if (known < 2) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "%" G_GSIZE_FORMAT " known values, at least 2 are wanted to smooth a series; wait for more history", known);
        return NULL;
    }
    gsize window = MIN(fit, MAX((gsize)WINDOW, 3 * MAX(season[0], season[1])));
    if (known_values(z + fit - window, window) < 2)
        window = fit;
    g_autoptr(Ets) ets = g_atomic_rc_box_new0(Ets);
    ets->length = length;
    if (!ets_search_best(&ets->shape, z + fit - window, window, known_values(z + fit - window, window), season)) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_NUMERIC, "the squares of the values are not finite; check the unit of the series");
        return NULL;
    }
    ets->level = g_new(double, length + 1);
    ets->slope = g_new(double, length + 1);
    ets->scale = g_new(double, length + 1);
    for (int k = 0; k < 2; k++) {
        ets->period[k] = ets_state_period(ets->shape.season[k]);
        ets->pattern[k] = g_new(double, length + ets->period[k]);
    }
    run_all(ets, z, fit, season);
    return g_steal_pointer(&ets);
}

Ets *ets_ref(Ets *ets)
{
    return g_atomic_rc_box_acquire(ets);
}

static void clear(gpointer data)
{
    Ets *ets = data;
    g_free(ets->level);
    g_free(ets->slope);
    g_free(ets->scale);
    g_free(ets->pattern[0]);
    g_free(ets->pattern[1]);
}

void ets_free(Ets *ets)
{
    if (ets != NULL)
        g_atomic_rc_box_release_full(ets, clear);
}

/* Mean and variance ahead: Hyndman et al. (2008), table 6.1, additive classes. */
void ets_at(const Ets *ets, gsize origin, gsize horizon, double *mean, double *sd)
{
    g_assert(origin <= ets->length);
    const EtsShape *shape = &ets->shape;
    double drift = 0.0, power = 1.0, growth = 0.0, sum = 1.0;
    for (gsize h = 0; h < horizon; h++) {
        power *= shape->phi;
        drift += shape->trend ? power : 0.0;
        mean[h] = ets->level[origin] + drift * ets->slope[origin] + ets->pattern[0][origin + h % ets->period[0]] +
                  ets->pattern[1][origin + h % ets->period[1]];
        sd[h] = ets->scale[origin] * sqrt(sum);
        growth = shape->alpha + shape->beta * drift;
        for (int k = 0; k < 2; k++)
            if (shape->season[k] > 0 && (h + 1) % shape->season[k] == 0)
                growth += shape->gamma[k];
        sum += growth * growth;
    }
}

void ets_parts(const Ets *ets, gsize origin, gsize h, double part[4])
{
    g_assert(origin <= ets->length);
    double drift = 0.0, power = 1.0;
    for (gsize k = 0; k <= h && ets->shape.trend; k++) {
        power *= ets->shape.phi;
        drift += power;
    }
    part[0] = ets->level[origin];
    part[1] = drift * ets->slope[origin];
    part[2] = ets->pattern[0][origin + h % ets->period[0]];
    part[3] = ets->pattern[1][origin + h % ets->period[1]];
}

double ets_level(const Ets *ets, gsize origin)
{
    g_assert(origin <= ets->length);
    return ets->level[origin];
}

double ets_scale(const Ets *ets, gsize origin)
{
    g_assert(origin <= ets->length);
    return ets->scale[origin];
}

const EtsShape *ets_shape(const Ets *ets)
{
    return &ets->shape;
}
