#include "forecast/model/belief.h"

#include "forecast/kernel/smoother.h"

#include <string.h>

enum { L = BELIEF_LANES, SPEEDS = 5, TRENDS = 3 };
G_STATIC_ASSERT((int)L == (int)SMOOTHER_LANES && SPEEDS * TRENDS < L);

/* How fast a level moves: about evenly spaced in how far back it remembers. */
static const double speed[SPEEDS] = {0.01, 0.05, 0.15, 0.3, 0.6};
/* A slope's share of the level's step; a trend that never bends is not offered, it runs away. */
static const double bend[TRENDS] = {0.0, 0.03, 0.15};
static const double damping = 0.9;
/* How large a pattern is beside the errors, and how fast it moves. */
static const struct {
    double size, speed;
} pattern[BELIEF_PATTERNS] = {{0, 0}, {0.5, 0.001}, {0.5, 0.15}, {1, 0.001}, {1, 0.15}, {2, 0.001}, {2, 0.15}};

/* What a start may be before anything is seen, in errors: anything for a level, little for a slope. */
static const double level_sd = 1e4, slope_sd = 0.1, none_sd = 1e-6;
/* Smaller errors are rounding. */
static const double least_error = 1e-3;

typedef struct {
    SmootherRates rates;
    gsize season, columns; /* season 0: no pattern */
    double *column, *square, *doubt; /* as smoother.h */
    double logdet[L]; /* with what the prior takes off */
} Pattern;

struct Belief {
    gsize n, horizon, steps, extras, known, most; /* most: columns of the widest pattern */
    guint8 *is_known;
    gsize patterns; /* 1 without a season */
    Pattern pattern[BELIEF_PATTERNS];
};

static void set_rates(Pattern *p, gsize kind)
{
    for (gsize l = 0; l < L; l++) {
        gsize cell = MIN(l, (gsize)(SPEEDS * TRENDS - 1));
        double alpha = speed[cell / TRENDS], share = bend[cell % TRENDS];
        p->rates.alpha[l] = alpha;
        p->rates.beta[l] = alpha * share;
        p->rates.phi[l] = share > 0 ? damping : 1.0;
        p->rates.gamma[l] = (1.0 - alpha) * pattern[kind].speed;
    }
}

static double prior_sd(const Pattern *p, gsize kind, gsize column, gsize lane)
{
    if (column == 0)
        return level_sd;
    if (column == 1)
        return p->rates.beta[lane] > 0 ? slope_sd : none_sd;
    return pattern[kind].size;
}

static gboolean make_pattern(Belief *b, gsize kind, gsize season, const double *extra, const double *precision, double *work)
{
    Pattern *p = &b->pattern[kind];
    p->season = kind > 0 ? season : 0;
    p->columns = 2 + p->season + b->extras;
    set_rates(p, kind);
    p->column = g_try_malloc_n(p->columns * b->steps * L, sizeof *p->column);
    p->square = g_try_malloc_n(p->columns * p->columns * L, sizeof *p->square);
    p->doubt = g_try_malloc_n((b->horizon + 1) * L, sizeof *p->doubt);
    if (p->column == NULL || p->square == NULL || p->doubt == NULL)
        return FALSE;
    double held[L] = {0};
    g_autofree double *own = g_new(double, p->columns * L);
    for (gsize d = 0; d < p->columns; d++)
        for (gsize l = 0; l < L; l++) {
            double sd = d < 2 + p->season ? prior_sd(p, kind, d, l) : 0.0;
            own[d * L + l] = d < 2 + p->season ? 1.0 / (sd * sd) : precision[d - 2 - p->season];
            held[l] += log(own[d * L + l]);
        }
    smoother_columns(&p->rates, p->season, extra, b->extras, b->is_known, b->n, b->steps, work, p->column);
    smoother_gram(p->column, own, p->columns, b->n, b->steps, p->square);
    smoother_factor(p->square, p->columns, p->logdet);
    smoother_doubt(p->square, p->column, p->columns, b->n, b->steps, work, p->doubt);
    for (gsize l = 0; l < L; l++)
        p->logdet[l] -= held[l];
    return TRUE;
}

/* Hyndman et al. (2008), table 6.1: what the errors to come add, on top of the start's doubt. */
static void add_errors_ahead(Pattern *p, gsize horizon)
{
    for (gsize l = 0; l < L; l++) {
        double sum = 1.0, drift = 0.0, power = 1.0;
        for (gsize h = 0; h < horizon; h++) {
            p->doubt[h * L + l] += sum;
            power *= p->rates.phi[l];
            drift += power;
            double step = p->rates.alpha[l] + p->rates.beta[l] * drift;
            if (p->season > 0 && (h + 1) % p->season == 0)
                step += p->rates.gamma[l];
            sum += step * step;
        }
    }
}

Belief *belief_new(const guint8 *known, gsize n, gsize season, gsize horizon, const double *extra, const double *precision, gsize extras)
{
    g_autoptr(Belief) b = g_new0(Belief, 1);
    b->n = n;
    b->horizon = horizon;
    b->steps = n + horizon;
    b->extras = extras;
    b->is_known = g_memdup2(known, n);
    for (gsize t = 0; t < n; t++)
        b->known += known[t] != 0;
    g_assert(b->known >= 3);
    b->patterns = season > 1 ? BELIEF_PATTERNS : 1;
    b->most = 2 + (season > 1 ? season : 0) + extras;
    g_autofree double *work = g_try_malloc_n((b->most + 1) * L, sizeof *work);
    for (gsize kind = 0; kind < b->patterns; kind++) {
        if (work == NULL || !make_pattern(b, kind, season, extra, precision, work))
            return NULL;
        add_errors_ahead(&b->pattern[kind], horizon);
    }
    return g_steal_pointer(&b);
}

void belief_free(Belief *belief)
{
    if (belief == NULL)
        return;
    for (gsize kind = 0; kind < BELIEF_PATTERNS; kind++) {
        g_free(belief->pattern[kind].column);
        g_free(belief->pattern[kind].square);
        g_free(belief->pattern[kind].doubt);
    }
    g_free(belief->is_known);
    g_free(belief);
}

double belief_freedom(const Belief *belief)
{
    return (double)(belief->known - 1);
}

/* Room for one pattern's run over one series. */
typedef struct {
    double *errors, *start, *work;
    double squares[L];
} Run;

static void run_clear(Run *run)
{
    g_free(run->errors);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static void run_begin(Run *run, const Belief *b)
{
    run->errors = g_new(double, (b->steps + 2 * b->most + 2) * L);
    run->start = run->errors + b->steps * L;
    run->work = run->start + b->most * L;
}

static void run_pattern(Run *run, const Belief *b, const Pattern *p, const double *z)
{
    smoother_errors(&p->rates, p->season, z, b->is_known, b->n, b->steps, run->work, run->errors);
    smoother_start(p->square, p->column, run->errors, p->columns, b->n, b->steps, run->start, run->squares);
    for (gsize l = 0; l < L; l++)
        run->squares[l] = fmax(run->squares[l], (double)b->known * least_error * least_error);
}

void belief_weigh(const Belief *belief, const double *z, double *evidence)
{
    g_auto(Run) run = {0};
    run_begin(&run, belief);
    for (gsize c = 0; c < BELIEF_CELLS; c++)
        evidence[c] = -(double)INFINITY;
    for (gsize kind = 0; kind < belief->patterns; kind++) {
        const Pattern *p = &belief->pattern[kind];
        run_pattern(&run, belief, p, z);
        for (gsize l = 0; l < SPEEDS * TRENDS; l++)
            evidence[kind * L + l] = -0.5 * ((double)belief->known * log(run.squares[l]) + p->logdet[l]);
    }
}

static gboolean any(const double *weight)
{
    for (gsize l = 0; l < L; l++)
        if (weight[l] > 0)
            return TRUE;
    return FALSE;
}

void belief_forecast(const Belief *belief, const double *z, const double *weight, double *mean, double *scale)
{
    g_auto(Run) run = {0};
    run_begin(&run, belief);
    for (gsize kind = 0; kind < belief->patterns; kind++) {
        const Pattern *p = &belief->pattern[kind];
        if (!any(weight + kind * L))
            continue;
        run_pattern(&run, belief, p, z);
        smoother_apply(p->column, run.start, p->columns, belief->n, belief->steps, belief->n, belief->steps, run.errors);
        for (gsize l = 0; l < L; l++) {
            gsize cell = (kind * L + l) * belief->horizon;
            for (gsize h = 0; h < belief->horizon && weight[kind * L + l] > 0; h++) {
                mean[cell + h] = run.errors[(belief->n + h) * L + l];
                scale[cell + h] = sqrt(run.squares[l] / belief_freedom(belief) * p->doubt[h * L + l]);
            }
        }
    }
}

void belief_errors(const Belief *belief, const double *z, gsize cell, double *error)
{
    g_auto(Run) run = {0};
    run_begin(&run, belief);
    const Pattern *p = &belief->pattern[cell / L];
    g_assert(cell / L < belief->patterns);
    run_pattern(&run, belief, p, z);
    smoother_apply(p->column, run.start, p->columns, belief->n, belief->steps, 0, belief->n, run.errors);
    for (gsize t = 0; t < belief->n; t++)
        error[t] = belief->is_known[t] ? run.errors[t * L + cell % L] : 0.0;
}
