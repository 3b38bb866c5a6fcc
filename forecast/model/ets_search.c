#include "forecast/model/ets_search.h"

#include "forecast/kernel/seasonal.h"
#include "forecast/model/ets_state.h"
#include "forecast/model/simplex.h"

#include <string.h>

enum { LANES = SEASONAL_LANES, MOST_ROUNDS = 90, CANDIDATES = 8, ASKED = 1 + SIMPLEX_AHEAD };
/* Parameters are settled when they no longer matter for the choice: in units of the criterion. */
#define SETTLED 0.1
/* Further behind than this, and than twice what its own corners still differ by, nothing is caught up. */
#define HOPELESS 10.0

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
    gboolean done, lost;     /* lost: given up */
    gsize grid;              /* points of it that are known */
    double best[SIMPLEX_MOST], least;
    Simplex simplex;
    gsize asked, answered;   /* points; those that had a lane */
    double point[ASKED][SIMPLEX_MOST]; /* the one that is asked, then those that may be next */
    double squares[ASKED];
} Search;

static void ask(Search *search)
{
    gsize points = grid_points(&search->shape);
    search->asked = search->answered = 0;
    if (search->done)
        return;
    for (gsize k = search->grid; k < points; k++)
        grid_point(&search->shape, k, search->point[search->asked++]);
    if (search->asked > 0)
        return;
    memcpy(search->point[0], search->simplex.point, sizeof search->point[0]);
    search->asked = 1 + simplex_ahead(&search->simplex, search->point + 1);
}

static void tell(Search *search, const double *point, double squares, double flat)
{
    double value = isfinite(squares) ? squares : G_MAXDOUBLE;
    if (search->grid == grid_points(&search->shape)) {
        search->done = !simplex_tell(&search->simplex, value);
        search->least = fmin(search->least, value);
        return;
    }
    if (search->grid++ == 0 || value < search->least) {
        search->least = value;
        memcpy(search->best, point, sizeof search->best);
    }
    if (search->grid == grid_points(&search->shape))
        simplex_begin(&search->simplex, parameters(&search->shape), search->best, 1.0, MOST_ROUNDS, 0.03, flat);
}

/* The answer to what the simplex asks now, if it is known by luck; G_MAXSIZE: it is not. */
static gsize answer_of(const Search *search)
{
    gsize bytes = parameters(&search->shape) * sizeof(double), k = 0;
    while (k < search->answered && memcmp(search->point[k], search->simplex.point, bytes) != 0)
        k++;
    return k < search->answered ? k : G_MAXSIZE;
}

static void tell_all(Search *search, double flat)
{
    gsize points = grid_points(&search->shape), known = 0;
    for (; known < search->answered && search->grid < points; known++)
        tell(search, search->point[known], search->squares[known], flat);
    for (gsize k = answer_of(search); search->grid == points && !search->done && k != G_MAXSIZE; k = answer_of(search))
        tell(search, search->point[k], search->squares[k], flat);
}

/* ---- choice of components ------------------------------------------------ */

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

static double criterion(const EtsShape *shape, double squares, double n)
{
    double k = freedom_of(shape), least = ETS_SEARCH_LEAST_SD * ETS_SEARCH_LEAST_SD;
    return n * log(fmax(squares / n, least)) + 2.0 * k + 2.0 * k * (k + 1.0) / fmax(n - k - 1.0, 1.0);
}

static gboolean judge(Search *search, double n)
{
    EtsShape *shape = &search->shape;
    double k = freedom_of(shape), squares = search->least;
    if (search->lost || squares >= G_MAXDOUBLE)
        return FALSE;
    set_parameters(shape, search->simplex.point);
    shape->sd = fmax(sqrt(squares / fmax(n - k, 0.5 * n)), ETS_SEARCH_LEAST_SD);
    shape->aicc = criterion(shape, squares, n);
    return TRUE;
}

/* Give up who lies hopelessly behind the best of all so far. */
static void give_up(Search *search, gsize searches, double n)
{
    double leader = G_MAXDOUBLE;
    for (gsize s = 0; s < searches; s++)
        leader = fmin(leader, criterion(&search[s].shape, search[s].least, n));
    for (gsize s = 0; s < searches; s++) {
        const Simplex *simplex = &search[s].simplex;
        if (search[s].done || simplex->rounds == 0)
            continue;
        double low = criterion(&search[s].shape, search[s].least, n);
        double high = criterion(&search[s].shape, simplex->height[simplex->highest], n);
        search[s].lost = low - leader > HOPELESS + 2 * (high - low);
        search[s].done = search[s].lost;
    }
}

/* ---- all candidates side by side ----------------------------------------- */

/* Lanes are dealt anew each time: first to what is asked, then to what may be asked next. */
typedef struct {
    gsize period[2], length, searches;
    const double *z;
    Search search[CANDIDATES];
    EtsState begin[CANDIDATES];  /* from the averages */
    gsize lanes;
    struct {
        gsize search, point;
    } lane[LANES];
    gsize owner[LANES];          /* whose beginning stands in a lane of `start`; CANDIDATES: nobody's */
    SeasonalState start, state;
    double *memory;
} Race;

static void race_init(Race *race, const gsize season[2], const double *z, gsize length)
{
    *race = (Race){.period = {ets_state_period(season[0]), ets_state_period(season[1])}, .z = z, .length = length};
    gsize first = race->period[0] * LANES, second = race->period[1] * LANES;
    race->memory = g_new0(double, 2 * (first + second));
    race->start.pattern[0] = race->memory;
    race->start.pattern[1] = race->memory + first;
    race->state.pattern[0] = race->memory + first + second;
    race->state.pattern[1] = race->memory + first + second + first;
    for (gsize k = 0; k < LANES; k++)
        race->owner[k] = CANDIDATES;
}

static void race_clear(Race *race)
{
    for (gsize s = 0; s < race->searches; s++)
        ets_state_clear(&race->begin[s]);
    g_free(race->memory);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Race, race_clear)

static void race_add(Race *race, const EtsShape *shape)
{
    gsize place = race->searches++;
    race->search[place] = (Search){.shape = *shape, .least = G_MAXDOUBLE};
    race->begin[place] = ets_state_new(shape->season);
    ets_state_start(&race->begin[place], shape->season, race->z, race->length);
}

/* Which of the two patterns a candidate's season is. */
static int slot_of(const Race *race, const EtsShape *shape, int k)
{
    return shape->season[k] == race->period[0] ? 0 : 1;
}

/* The beginning of a lane's candidate, unless it stands there already. */
static void put_start(Race *race, gsize lane)
{
    gsize place = race->lane[lane].search;
    const EtsShape *shape = &race->search[place].shape;
    const EtsState *begin = &race->begin[place];
    if (race->owner[lane] == place)
        return;
    race->owner[lane] = place;
    race->start.level[lane] = begin->level;
    race->start.slope[lane] = begin->slope;
    for (gsize k = lane; k < (race->period[0] + race->period[1]) * LANES; k += LANES)
        race->start.pattern[0][k] = 0;
    for (int k = 0; k < 2; k++)
        for (gsize t = 0; t < shape->season[k]; t++)
            race->start.pattern[slot_of(race, shape, k)][t * LANES + lane] = begin->pattern[k][t];
}

static void deal(Race *race)
{
    race->lanes = 0;
    for (gsize s = 0; s < race->searches; s++)
        ask(&race->search[s]);
    for (gsize point = 0; point < ASKED; point++)
        for (gsize s = 0; s < race->searches && race->lanes < LANES; s++)
            if (point < race->search[s].asked) {
                race->lane[race->lanes].search = s;
                race->lane[race->lanes].point = point;
                race->search[s].answered++;
                put_start(race, race->lanes++);
            }
}

static void set_rates(Race *race, SeasonalRates *rates)
{
    *rates = (SeasonalRates){0};
    for (gsize lane = 0; lane < race->lanes; lane++) {
        const Search *search = &race->search[race->lane[lane].search];
        EtsShape shape = search->shape;
        set_parameters(&shape, search->point[race->lane[lane].point]);
        rates->alpha[lane] = shape.alpha;
        rates->beta[lane] = shape.beta;
        rates->phi[lane] = shape.phi;
        for (int k = 0; k < 2; k++)
            if (shape.season[k] > 0)
                rates->gamma[slot_of(race, &shape, k)][lane] = shape.gamma[k];
    }
}

static void turn_slopes(SeasonalState *state)
{
    for (gsize lane = 0; lane < LANES; lane++)
        state->slope[lane] = -state->slope[lane];
}

static gsize numbers_of(const Race *race)
{
    return (race->period[0] + race->period[1]) * LANES;
}

static gboolean returns(const Race *race, gsize lane)
{
    return ets_state_returns(race->search[race->lane[lane].search].shape.season, race->length);
}

/* Lanes whose series is long in their own seasons start from the averages alone. */
static void begin_long_lanes(Race *race)
{
    for (gsize lane = 0; lane < race->lanes; lane++) {
        if (returns(race, lane))
            continue;
        race->state.level[lane] = race->start.level[lane];
        race->state.slope[lane] = race->start.slope[lane];
        for (gsize k = lane; k < numbers_of(race); k += LANES)
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
        any_short = any_short || returns(race, lane);
    if (any_short) {
        seasonal_run(&rates, race->period, race->z, race->length, FALSE, state, squares);
        turn_slopes(state);
        seasonal_run(&rates, race->period, race->z, race->length, TRUE, state, squares);
        turn_slopes(state);
        begin_long_lanes(race);
    }
    seasonal_run(&rates, race->period, race->z, race->length, FALSE, state, squares);
}

/* Lead all searches to their ends. */
static void run_searches(Race *race, double n)
{
    double squares[LANES];
    for (deal(race); race->lanes > 0; deal(race)) {
        run_race(race, squares);
        for (gsize lane = 0; lane < race->lanes; lane++)
            race->search[race->lane[lane].search].squares[race->lane[lane].point] = squares[lane];
        for (gsize s = 0; s < race->searches; s++)
            tell_all(&race->search[s], SETTLED / n);
        give_up(race->search, race->searches, n);
    }
}

gboolean ets_search_best(EtsShape *best, const double *z, gsize length, gsize known, const gsize season[2])
{
    const gsize pattern[4][2] = {{0, 0}, {season[0], 0}, {season[1], 0}, {season[0], season[1]}};
    double n = (double)known;
    gboolean found = FALSE;
    g_auto(Race) race;
    race_init(&race, season, z, length);
    for (gsize p = 0; p < 4; p++) {
        gboolean repeated = (p > 0 && season[0] <= 1) || (p > 1 && season[1] <= 1);
        for (int trend = 0; trend < 2 && !repeated; trend++) {
            EtsShape shape = {.trend = trend, .season = {pattern[p][0], pattern[p][1]}};
            if (can_judge(&shape, n, length))
                race_add(&race, &shape);
        }
    }
    run_searches(&race, n);
    for (gsize s = 0; s < race.searches; s++)
        if (judge(&race.search[s], n) && (!found || race.search[s].shape.aicc < best->aicc)) {
            *best = race.search[s].shape;
            found = TRUE;
        }
    return found;
}
