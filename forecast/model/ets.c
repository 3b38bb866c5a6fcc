#include "forecast/model/ets.h"

#include "forecast/model/member.h"

#include <gsl/gsl_multimin.h>
#include <string.h>

enum {
    START_SEASONS = 6,   /* the seasons whose averages start the patterns */
    RETURN_SEASONS = 12, /* shorter series also run backwards once, to mend the start */
    WINDOW = 4032,       /* 24 weeks of hours: enough to choose parameters on */
    MOST_PARAMETERS = 5,
};

/* Smaller errors are rounding; a forecast of no spread at all cannot be scored. */
static const double least_sd = 1e-3;

typedef struct {
    double level, slope;
    double *pattern[2]; /* pattern[k][t % period[k]]; an unused one is a single zero */
} State;

struct Ets {
    EtsShape shape;
    gsize length;
    gsize period[2];
    double *level, *slope; /* [length + 1]: just before step t */
    double *pattern[2];    /* [length + period]: entry t + period is the value set at step t */
    double *scale;         /* [length + 1] */
};

static gsize period_of(gsize season)
{
    return MAX(season, 1);
}

static State state_new(const gsize season[2])
{
    State state = {0};
    for (int k = 0; k < 2; k++)
        state.pattern[k] = g_new0(double, period_of(season[k]));
    return state;
}

static void state_clear(State *state)
{
    g_free(state->pattern[0]);
    g_free(state->pattern[1]);
}

static void state_copy(State *to, const State *from, const gsize season[2])
{
    to->level = from->level;
    to->slope = from->slope;
    for (int k = 0; k < 2; k++)
        memcpy(to->pattern[k], from->pattern[k], period_of(season[k]) * sizeof(double));
}

/* One step of Hyndman et al. (2008), table 2.2, additive errors; returns the error (0 when missing). */
static inline double advance(const EtsShape *shape, State *state, gsize first, gsize second, double z)
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

static double run_forwards(const EtsShape *shape, State *state, const double *z, gsize length)
{
    gsize period[2] = {period_of(shape->season[0]), period_of(shape->season[1])}, at[2] = {0, 0};
    double squares = 0.0;
    for (gsize t = 0; t < length; t++) {
        double error = advance(shape, state, at[0], at[1], z[t]);
        squares += error * error;
        for (int k = 0; k < 2; k++)
            at[k] = at[k] + 1 == period[k] ? 0 : at[k] + 1;
    }
    return squares;
}

static void run_backwards(const EtsShape *shape, State *state, const double *z, gsize length)
{
    state->slope = -state->slope;
    for (gsize t = length; t-- > 0;)
        advance(shape, state, t % period_of(shape->season[0]), t % period_of(shape->season[1]), z[t]);
    state->slope = -state->slope;
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

/* States to start from at z[0], from the averages of the first seasons. */
static void start_state(State *state, const gsize season[2], const double *z, gsize length)
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
        memset(state->pattern[k], 0, period_of(season[k]) * sizeof(double));
        if (season[k] > 0)
            average_pattern(state->pattern[k], season[k], left, span);
    }
}

static gboolean is_short(const gsize season[2], gsize length)
{
    return length <= RETURN_SEASONS * MAX(MAX(season[0], season[1]), 1);
}

/* From the averages, and for a short series once there and back, so that the
 * start owes something to every value; then forwards: the sum of squared errors. */
static double run_from(const EtsShape *shape, const State *start, State *state, const double *z, gsize length)
{
    state_copy(state, start, shape->season);
    if (is_short(shape->season, length)) {
        run_forwards(shape, state, z, length);
        run_backwards(shape, state, z, length);
    }
    return run_forwards(shape, state, z, length);
}

/* ---- parameters ---------------------------------------------------------- */

typedef struct {
    EtsShape *shape;
    const State *start;
    State *state;
    const double *z;
    gsize length;
} Search;

static double between(double low, double high, double x)
{
    return low + (high - low) / (1.0 + exp(-x));
}

/* Any real vector is a valid set of parameters: alpha, [beta / alpha, phi], gamma / (1 - alpha) each. */
static void set_parameters(EtsShape *shape, const gsl_vector *x)
{
    gsize at = 0;
    shape->alpha = between(1e-4, 0.9999, gsl_vector_get(x, at++));
    shape->beta = shape->trend ? shape->alpha * between(1e-4, 0.9, gsl_vector_get(x, at++)) : 0.0;
    shape->phi = shape->trend ? between(0.8, 0.98, gsl_vector_get(x, at++)) : 1.0;
    double room = 1.0 - shape->alpha;
    for (int k = 0; k < 2; k++) {
        shape->gamma[k] = shape->season[k] > 0 ? room * between(1e-3, 0.99, gsl_vector_get(x, at++)) : 0.0;
        room -= shape->gamma[k];
    }
}

static gsize parameters(const EtsShape *shape)
{
    return 1 + (shape->trend ? 2 : 0) + (shape->season[0] > 0) + (shape->season[1] > 0);
}

static double loss(const gsl_vector *x, void *data)
{
    Search *search = data;
    set_parameters(search->shape, x);
    double squares = run_from(search->shape, search->start, search->state, search->z, search->length);
    return isfinite(squares) ? squares : G_MAXDOUBLE;
}

/* A coarse grid of alpha and gamma in the logistic scale: the best is where the simplex starts. */
static double best_of_grid(Search *search, gsl_vector *best)
{
    static const double alpha[] = {-3.5, -1.5, 0.5}, gamma[] = {-4.0, -1.5};
    double smallest = (double)INFINITY;
    gsl_vector *x = gsl_vector_alloc(best->size);
    for (gsize a = 0; a < G_N_ELEMENTS(alpha); a++)
        for (gsize g = 0; g < (search->shape->season[0] > 0 ? G_N_ELEMENTS(gamma) : 1); g++) {
            gsl_vector_set_all(x, gamma[g]);
            gsl_vector_set(x, 0, alpha[a]);
            if (search->shape->trend) {
                gsl_vector_set(x, 1, -2.0);
                gsl_vector_set(x, 2, 0.5);
            }
            double value = loss(x, search);
            if (value < smallest) {
                smallest = value;
                gsl_vector_memcpy(best, x);
            }
        }
    gsl_vector_free(x);
    return smallest;
}

static double find_parameters(Search *search)
{
    enum { ROUNDS = 90 };
    gsize count = parameters(search->shape);
    gsl_vector *x = gsl_vector_alloc(count), *step = gsl_vector_alloc(count);
    double squares = best_of_grid(search, x);
    gsl_vector_set_all(step, 1.0);
    gsl_multimin_function function = {loss, count, search};
    gsl_multimin_fminimizer *simplex = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, count);
    if (isfinite(squares) && gsl_multimin_fminimizer_set(simplex, &function, x, step) == 0) {
        for (int round = 0; round < ROUNDS; round++)
            if (gsl_multimin_fminimizer_iterate(simplex) != 0 || gsl_multimin_fminimizer_size(simplex) < 0.03)
                break;
        gsl_vector_memcpy(x, simplex->x);
    }
    squares = loss(x, search);
    gsl_multimin_fminimizer_free(simplex);
    gsl_vector_free(x);
    gsl_vector_free(step);
    return squares;
}

/* ---- choice of components ------------------------------------------------ */

static gsize known_values(const double *z, gsize length)
{
    gsize known = 0;
    for (gsize t = 0; t < length; t++)
        known += !isnan(z[t]);
    return known;
}

/* Fit one candidate; FALSE when there is too little history to judge it. */
static gboolean fit_candidate(EtsShape *shape, const double *z, gsize length)
{
    gsize longest = MAX(shape->season[0], shape->season[1]);
    double n = (double)known_values(z, length);
    /* smoothing parameters, error scale, start of level, trend and patterns (a day is part of its week) */
    double k = (double)(parameters(shape) + 2 + (shape->trend ? 1 : 0) + (longest > 0 ? longest - 1 : 0));
    if ((longest > 0 && length < 2 * longest) || ((longest > 0 || shape->trend) && n - k - 1.0 < 2.0))
        return FALSE;
    State start = state_new(shape->season), state = state_new(shape->season);
    start_state(&start, shape->season, z, length);
    Search search = {shape, &start, &state, z, length};
    double squares = find_parameters(&search);
    state_clear(&start);
    state_clear(&state);
    if (!isfinite(squares) || squares >= G_MAXDOUBLE)
        return FALSE;
    shape->sd = fmax(sqrt(squares / fmax(n - k, 0.5 * n)), least_sd);
    shape->aicc = n * log(fmax(squares / n, least_sd * least_sd)) + 2.0 * k + 2.0 * k * (k + 1.0) / fmax(n - k - 1.0, 1.0);
    return TRUE;
}

static gboolean choose_shape(EtsShape *best, const double *z, gsize length, const gsize season[2])
{
    const gsize pattern[4][2] = {{0, 0}, {season[0], 0}, {season[1], 0}, {season[0], season[1]}};
    gboolean found = FALSE;
    for (gsize p = 0; p < 4; p++) {
        gboolean repeated = (p > 0 && season[0] <= 1) || (p > 1 && season[1] <= 1);
        for (int trend = 0; trend < 2 && !repeated; trend++) {
            EtsShape shape = {.trend = trend, .season = {pattern[p][0], pattern[p][1]}};
            if (fit_candidate(&shape, z, length) && (!found || shape.aicc < best->aicc)) {
                *best = shape;
                found = TRUE;
            }
        }
    }
    return found;
}

/* ---- states over the whole series ---------------------------------------- */

static void keep_states(Ets *ets, const State *start, const double *z, gsize half_life)
{
    const EtsShape *shape = &ets->shape;
    State state = state_new(shape->season);
    state_copy(&state, start, shape->season);
    for (int k = 0; k < 2; k++)
        memcpy(ets->pattern[k], start->pattern[k], ets->period[k] * sizeof(double));
    double keep = pow(0.5, 1.0 / (double)half_life), square = shape->sd * shape->sd;
    for (gsize t = 0; t <= ets->length; t++) {
        ets->level[t] = state.level;
        ets->slope[t] = state.slope;
        ets->scale[t] = fmax(sqrt(square), least_sd);
        if (t == ets->length)
            break;
        gsize at[2] = {t % ets->period[0], t % ets->period[1]};
        double error = advance(shape, &state, at[0], at[1], z[t]);
        if (!isnan(z[t]))
            square = keep * square + (1.0 - keep) * error * error;
        for (int k = 0; k < 2; k++)
            ets->pattern[k][t + ets->period[k]] = state.pattern[k][at[k]];
    }
    state_clear(&state);
}

static void run_all(Ets *ets, const double *z, gsize fit, const gsize season[2])
{
    const EtsShape *shape = &ets->shape;
    State start = state_new(shape->season), state = state_new(shape->season);
    start_state(&start, shape->season, z, fit);
    state_copy(&state, &start, shape->season);
    if (is_short(shape->season, fit)) {
        run_forwards(shape, &state, z, fit);
        run_backwards(shape, &state, z, fit);
    }
    gsize longest = MAX(season[0], season[1]);
    keep_states(ets, &state, z, longest > 1 ? 2 * longest : 20);
    state_clear(&start);
    state_clear(&state);
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
    g_autoptr(Ets) ets = g_new0(Ets, 1);
    ets->length = length;
    if (!choose_shape(&ets->shape, z + fit - window, window, season)) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_NUMERIC, "the squares of the values are not finite; check the unit of the series");
        return NULL;
    }
    ets->level = g_new(double, length + 1);
    ets->slope = g_new(double, length + 1);
    ets->scale = g_new(double, length + 1);
    for (int k = 0; k < 2; k++) {
        ets->period[k] = period_of(ets->shape.season[k]);
        ets->pattern[k] = g_new(double, length + ets->period[k]);
    }
    run_all(ets, z, fit, season);
    return g_steal_pointer(&ets);
}

void ets_free(Ets *ets)
{
    if (ets == NULL)
        return;
    g_free(ets->level);
    g_free(ets->slope);
    g_free(ets->scale);
    g_free(ets->pattern[0]);
    g_free(ets->pattern[1]);
    g_free(ets);
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
