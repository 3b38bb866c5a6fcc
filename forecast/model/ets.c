#include "forecast/model/ets.h"

#include "forecast/kernel/seasonal.h"
#include "forecast/model/member.h"
#include "forecast/model/simplex.h"

#include <string.h>

enum {
    START_SEASONS = 6,   /* the seasons whose averages start the patterns */
    RETURN_SEASONS = 12, /* shorter series also run backwards once, to mend the start */
    WINDOW = 4032,       /* 24 weeks of hours: enough to choose parameters on */
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

/* ---- parameters ---------------------------------------------------------- */

static double between(double low, double high, double x)
{
    return low + (high - low) / (1.0 + exp(-x));
}

/* Any real numbers are valid parameters: alpha, [beta / alpha, phi], gamma / (1 - alpha) each. */
static void set_parameters(EtsShape *shape, const double *x)
{
    shape->alpha = between(1e-4, 0.9999, *x++);
    shape->beta = shape->trend ? shape->alpha * between(1e-4, 0.9, *x++) : 0.0;
    shape->phi = shape->trend ? between(0.8, 0.98, *x++) : 1.0;
    double room = 1.0 - shape->alpha;
    for (int k = 0; k < 2; k++) {
        shape->gamma[k] = shape->season[k] > 0 ? room * between(1e-3, 0.99, *x++) : 0.0;
        room -= shape->gamma[k];
    }
}

static gsize parameters(const EtsShape *shape)
{
    return 1 + (shape->trend ? 2 : 0) + (shape->season[0] > 0) + (shape->season[1] > 0);
}

/* A coarse grid of alpha and gamma in the logistic scale: the best is where the simplex starts. */
static const double grid_alpha[] = {-3.5, -1.5, 0.5}, grid_gamma[] = {-4.0, -1.5};

static gsize grid_points(const EtsShape *shape)
{
    return G_N_ELEMENTS(grid_alpha) * (shape->season[0] > 0 ? G_N_ELEMENTS(grid_gamma) : 1);
}

static void grid_point(const EtsShape *shape, gsize at, double *x)
{
    for (gsize k = 0; k < parameters(shape); k++)
        x[k] = grid_gamma[at / G_N_ELEMENTS(grid_alpha)];
    x[0] = grid_alpha[at % G_N_ELEMENTS(grid_alpha)];
    if (shape->trend) {
        x[1] = -2.0;
        x[2] = 0.5;
    }
}

/* One candidate's search: the grid, then a simplex from its best point. */
typedef struct {
    EtsShape shape;
    gboolean done;
    gsize grid;             /* points of it that are known */
    double x[SIMPLEX_MOST]; /* what is asked */
    double best[SIMPLEX_MOST], least;
    Simplex simplex;
} Search;

static void search_tell(Search *search, double squares)
{
    enum { ROUNDS = 90 };
    gsize points = grid_points(&search->shape);
    double value = isfinite(squares) ? squares : G_MAXDOUBLE;
    if (search->grid < points) {
        if (search->grid++ == 0 || value < search->least) {
            search->least = value;
            memcpy(search->best, search->x, sizeof search->best);
        }
        if (search->grid < points)
            grid_point(&search->shape, search->grid, search->x);
        else {
            simplex_begin(&search->simplex, parameters(&search->shape), search->best, 1.0, ROUNDS, 0.03);
            memcpy(search->x, search->simplex.point, sizeof search->x);
        }
        return;
    }
    search->done = !simplex_tell(&search->simplex, value);
    memcpy(search->x, search->simplex.point, sizeof search->x);
    search->least = search->simplex.value;
}

/* ---- all candidates side by side ----------------------------------------- */

typedef struct {
    gsize lanes, period[2], length;
    const double *z;
    Search search[SEASONAL_LANES];
    SeasonalState start, state;
    double *memory;
} Race;

/* Which of the two patterns a candidate's season is. */
static int slot_of(const Race *race, const EtsShape *shape, int k)
{
    return shape->season[k] == race->period[0] ? 0 : 1;
}

static void race_init(Race *race, const gsize season[2], const double *z, gsize length)
{
    *race = (Race){.period = {period_of(season[0]), period_of(season[1])}, .z = z, .length = length};
    gsize first = race->period[0] * SEASONAL_LANES, second = race->period[1] * SEASONAL_LANES;
    race->memory = g_new0(double, 2 * (first + second));
    race->start.pattern[0] = race->memory;
    race->start.pattern[1] = race->memory + first;
    race->state.pattern[0] = race->memory + first + second;
    race->state.pattern[1] = race->memory + first + second + first;
}

static void race_add(Race *race, const EtsShape *shape)
{
    gsize lane = race->lanes++;
    Search *search = &race->search[lane];
    State start = state_new(shape->season);
    start_state(&start, shape->season, race->z, race->length);
    *search = (Search){.shape = *shape};
    grid_point(shape, 0, search->x);
    race->start.level[lane] = start.level;
    race->start.slope[lane] = start.slope;
    for (int k = 0; k < 2; k++)
        for (gsize t = 0; shape->season[k] > 0 && t < shape->season[k]; t++)
            race->start.pattern[slot_of(race, shape, k)][t * SEASONAL_LANES + lane] = start.pattern[k][t];
    state_clear(&start);
}

static void set_rates(Race *race, SeasonalRates *rates)
{
    *rates = (SeasonalRates){0};
    for (gsize lane = 0; lane < race->lanes; lane++) {
        EtsShape *shape = &race->search[lane].shape;
        set_parameters(shape, race->search[lane].x);
        rates->alpha[lane] = shape->alpha;
        rates->beta[lane] = shape->beta;
        rates->phi[lane] = shape->phi;
        for (int k = 0; k < 2; k++)
            if (shape->season[k] > 0)
                rates->gamma[slot_of(race, shape, k)][lane] = shape->gamma[k];
    }
}

static void turn_slopes(SeasonalState *state)
{
    for (gsize lane = 0; lane < SEASONAL_LANES; lane++)
        state->slope[lane] = -state->slope[lane];
}

static gsize numbers_of(const Race *race)
{
    return (race->period[0] + race->period[1]) * SEASONAL_LANES;
}

/* Lanes whose series is long in their own seasons start from the averages alone. */
static void begin_long_lanes(Race *race)
{
    for (gsize lane = 0; lane < race->lanes; lane++) {
        if (is_short(race->search[lane].shape.season, race->length))
            continue;
        race->state.level[lane] = race->start.level[lane];
        race->state.slope[lane] = race->start.slope[lane];
        for (gsize k = lane; k < numbers_of(race); k += SEASONAL_LANES)
            race->state.pattern[0][k] = race->start.pattern[0][k];
    }
}

/* From the averages, and for a short series once there and back, so that the
 * start owes something to every value; then forwards: the sums of squared errors. */
static void run_race(Race *race, double *squares)
{
    SeasonalRates rates;
    SeasonalState *state = &race->state;
    gboolean any_short = FALSE;
    set_rates(race, &rates);
    memcpy(state->level, race->start.level, sizeof state->level);
    memcpy(state->slope, race->start.slope, sizeof state->slope);
    memcpy(state->pattern[0], race->start.pattern[0], numbers_of(race) * sizeof(double));
    for (gsize lane = 0; lane < race->lanes; lane++)
        any_short = any_short || is_short(race->search[lane].shape.season, race->length);
    if (any_short) {
        seasonal_run(&rates, race->period, race->z, race->length, FALSE, state, squares);
        turn_slopes(state);
        seasonal_run(&rates, race->period, race->z, race->length, TRUE, state, squares);
        turn_slopes(state);
        begin_long_lanes(race);
    }
    seasonal_run(&rates, race->period, race->z, race->length, FALSE, state, squares);
}

/* Lead all searches to their ends; each candidate's parameters are then in its shape. */
static void run_searches(Race *race)
{
    double squares[SEASONAL_LANES];
    for (gboolean busy = TRUE; busy;) {
        run_race(race, squares);
        busy = FALSE;
        for (gsize lane = 0; lane < race->lanes; lane++) {
            if (!race->search[lane].done)
                search_tell(&race->search[lane], squares[lane]);
            busy = busy || !race->search[lane].done;
        }
    }
    for (gsize lane = 0; lane < race->lanes; lane++)
        set_parameters(&race->search[lane].shape, race->search[lane].x);
}

/* ---- choice of components ------------------------------------------------ */

static gsize known_values(const double *z, gsize length)
{
    gsize known = 0;
    for (gsize t = 0; t < length; t++)
        known += !isnan(z[t]);
    return known;
}

/* Smoothing parameters, error scale, start of level, trend and patterns (a day is part of its week). */
static double freedom_of(const EtsShape *shape)
{
    gsize longest = MAX(shape->season[0], shape->season[1]);
    return (double)(parameters(shape) + 2 + (shape->trend ? 1 : 0) + (longest > 0 ? longest - 1 : 0));
}

/* FALSE when there is too little history to judge a candidate. */
static gboolean can_judge(const EtsShape *shape, double n, gsize length)
{
    gsize longest = MAX(shape->season[0], shape->season[1]);
    return !((longest > 0 && length < 2 * longest) || ((longest > 0 || shape->trend) && n - freedom_of(shape) - 1.0 < 2.0));
}

static gboolean judge(Search *search, double n)
{
    EtsShape *shape = &search->shape;
    double k = freedom_of(shape), squares = search->least;
    if (squares >= G_MAXDOUBLE)
        return FALSE;
    shape->sd = fmax(sqrt(squares / fmax(n - k, 0.5 * n)), least_sd);
    shape->aicc = n * log(fmax(squares / n, least_sd * least_sd)) + 2.0 * k + 2.0 * k * (k + 1.0) / fmax(n - k - 1.0, 1.0);
    return TRUE;
}

static gboolean choose_shape(EtsShape *best, const double *z, gsize length, const gsize season[2])
{
    const gsize pattern[4][2] = {{0, 0}, {season[0], 0}, {season[1], 0}, {season[0], season[1]}};
    double n = (double)known_values(z, length);
    gboolean found = FALSE;
    Race race;
    race_init(&race, season, z, length);
    for (gsize p = 0; p < 4; p++) {
        gboolean repeated = (p > 0 && season[0] <= 1) || (p > 1 && season[1] <= 1);
        for (int trend = 0; trend < 2 && !repeated; trend++) {
            EtsShape shape = {.trend = trend, .season = {pattern[p][0], pattern[p][1]}};
            if (can_judge(&shape, n, length))
                race_add(&race, &shape);
        }
    }
    run_searches(&race);
    for (gsize lane = 0; lane < race.lanes; lane++)
        if (judge(&race.search[lane], n) && (!found || race.search[lane].shape.aicc < best->aicc)) {
            *best = race.search[lane].shape;
            found = TRUE;
        }
    g_free(race.memory);
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
    g_autoptr(Ets) ets = g_atomic_rc_box_new0(Ets);
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
