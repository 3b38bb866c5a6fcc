#include "forecast/model/factors.h"

#include "forecast/kernel/counts.h"
#include "forecast/kernel/triangle.h"
#include "forecast/model/member.h"

#include <math.h>
#include <string.h>

enum { MOST_ROUNDS = 20 };
/* How far an effect may be held back, in values of information. */
#define MOST_PENALTY 1e6
/* And how little: of values that are expected without any noise a penalty has a log all the same. */
#define LEAST_PENALTY 1e-12
/* Logs of one kind of effect do not differ by more than this deviation: one
 * quiet holiday does not say that nobody ever comes. */
#define MOST_SPREAD 1.0
/* Rounds end when the free parameters change by less than this share, and no effect moves by more than this. */
#define SETTLED 0.02
#define STILL 0.1
/* A penalty goes on at most this many times as far as its own step, and changes by at most this (a log) in one round. */
#define MOST_LEAP 10.0
#define MOST_CHANGE 2.0
/* A grain of sand keeps what nothing speaks of from being undetermined. */
#define SAND 1e-7

/* The information is kept in three parts: core[rest][stride] (upper triangle) of
 * the plain columns and the walk, meets[cells][stride] of these with the columns
 * that lie apart, and of those, which never meet one another, the diagonal. */
typedef struct {
    const FactorsLesson *lesson;
    gsize walk, knots;         /* first column of the walk; how many */
    gsize rest, cells;         /* columns of plain effects and walk; those that lie apart */
    gsize stride;              /* of the rest, as triangle.h wants it */
    gsize *first;              /* [patterns + 1]: its rows in the arrays below, which are ordered by pattern */
    gsize *knot;               /* [rows] */
    double *share, *y, *x, *mu;/* [rows]; x is the sum of effects, mu = exp(x) */
    double *beta, *last;       /* [rest + cells]; last: of the round before */
    double *core, *inverse, *meets;
    guint16 *filled;           /* [cells][rest]: where a row of meets is not 0 */
    gsize *places;             /* [cells] */
    guint16 *whose;            /* [cells * rest]: the same by columns: whose rows are not 0 there */
    gsize *begin;              /* [rest + 1]: first of each column in `whose` */
    double *spare;             /* [stride] */
    double *right, *diagonal;  /* [rest + cells]; [cells] */
    double *cross;             /* [stride]: the walk's part of one pattern, 0 between uses and elsewhere */
    double *doubt;             /* [rest]: diagonal of the inverse */
    double *beside;            /* [knots]: what stands right of it, of the walk */
    double apart_doubt;        /* the trace of the inverse over the cells */
    double penalty[FACTORS_EFFECTS];
    double place[FACTORS_EFFECTS], step[FACTORS_EFFECTS]; /* of the round before: log of the penalty, and how far it wanted to go */
} Work;

double factors_sum(const FactorsPattern *pattern, const double *beta)
{
    double sum = pattern->apart != FACTORS_NONE ? beta[pattern->apart] : 0;
    for (gsize k = 0; k < pattern->filled; k++)
        sum += pattern->value[k] * beta[pattern->column[k]];
    return sum;
}

double factors_expected(double sum)
{
    return exp(CLAMP(sum, -FACTORS_MOST, FACTORS_MOST));
}

/* ------------------------------------------------------------------ one round */

static void expect(Work *work)
{
    const FactorsLesson *lesson = work->lesson;
    const double *level = work->beta + work->walk;
    for (gsize p = 0; p < lesson->patterns; p++) {
        double sum = factors_sum(&lesson->pattern[p], work->beta);
        for (gsize r = work->first[p]; r < work->first[p + 1]; r++) {
            gsize knot = work->knot[r];
            double all = sum + work->share[r] * level[knot - 1] + (1 - work->share[r]) * level[knot];
            work->x[r] = CLAMP(all, -FACTORS_MOST, FACTORS_MOST);
        }
    }
    counts_exp(work->x, lesson->rows, work->mu);
}

/* The first round starts half way from the mean to each value: from the mean
 * alone, a step as high as the value is far off takes as many rounds to come back
 * from (McCullagh and Nelder 1989, 2.5). */
static void start(Work *work)
{
    for (gsize r = 0; r < work->lesson->rows; r++) {
        work->mu[r] = (work->y[r] + 1) / 2;
        work->x[r] = log(work->mu[r]);
    }
}

/* What the rows of one pattern say together: the sums of their weights and of
 * their working values, and the walk's part of both. */
typedef struct {
    double weight, pull;
    gsize low, high; /* knots touched: low .. high - 1 */
} Sum;

static void sum_rows(Work *work, gsize pattern, Sum *sum)
{
    double *core = work->core + work->walk * (work->stride + 1), *right = work->right + work->walk;
    *sum = (Sum){.low = work->knots};
    for (gsize r = work->first[pattern]; r < work->first[pattern + 1]; r++) {
        double mu = work->mu[r], pull = mu * work->x[r] + work->y[r] - mu, share = work->share[r], other = 1 - share;
        gsize knot = work->knot[r];
        double *corner = core + (knot - 1) * (work->stride + 1);
        sum->weight += mu;
        sum->pull += pull;
        corner[0] += mu * share * share;
        corner[1] += mu * share * other;
        corner[work->stride + 1] += mu * other * other;
        right[knot - 1] += pull * share;
        right[knot] += pull * other;
        work->cross[work->walk + knot - 1] += mu * share;
        work->cross[work->walk + knot] += mu * other;
        sum->low = MIN(sum->low, knot - 1);
        sum->high = MAX(sum->high, knot + 1);
    }
}

static void add_pattern(Work *work, const FactorsPattern *pattern, const Sum *sum)
{
    gsize low = work->walk + sum->low, high = work->walk + sum->high;
    triangle_spread(work->core, work->stride, pattern->column, pattern->value, pattern->filled, sum->weight, work->cross, low, high);
    for (gsize j = 0; j < pattern->filled; j++)
        work->right[pattern->column[j]] += sum->pull * pattern->value[j];
    if (pattern->apart == FACTORS_NONE)
        return;
    gsize cell = pattern->apart - work->rest;
    double *meets = work->meets + cell * work->stride;
    for (gsize j = 0; j < pattern->filled; j++)
        meets[pattern->column[j]] += sum->weight * pattern->value[j];
    for (gsize k = low; k < high; k++)
        meets[k] += work->cross[k];
    work->diagonal[cell] += sum->weight;
    work->right[pattern->apart] += sum->pull;
}

/* x' W x and x' W z of the working values z = eta + (y - mu) / mu, W = mu
 * (McCullagh and Nelder 1989, 2.5). */
static void gather_information(Work *work)
{
    memset(work->core, 0, work->rest * work->stride * sizeof *work->core);
    memset(work->meets, 0, work->cells * work->stride * sizeof *work->meets);
    memset(work->right, 0, (work->rest + work->cells) * sizeof *work->right);
    memset(work->diagonal, 0, work->cells * sizeof *work->diagonal);
    for (gsize p = 0; p < work->lesson->patterns; p++) {
        Sum sum;
        sum_rows(work, p, &sum);
        if (sum.high == 0)
            continue;
        add_pattern(work, &work->lesson->pattern[p], &sum);
        memset(work->cross + work->walk + sum.low, 0, (sum.high - sum.low) * sizeof *work->cross);
    }
}

/* A draw for each column, but a walk from knot to knot for the level. */
static void add_penalties(Work *work)
{
    const FactorsLesson *lesson = work->lesson;
    double sand = SAND * (double)lesson->rows;
    for (gsize e = 0; e < lesson->effects; e++) {
        gboolean walk = e + 2 == lesson->effects, apart = e + 1 == lesson->effects;
        for (gsize c = lesson->start[e]; c < lesson->start[e + 1]; c++) {
            double *diagonal = apart ? work->diagonal + (c - work->rest) : work->core + c * (work->stride + 1);
            gsize neighbours = (c > lesson->start[e]) + (c + 1 < lesson->start[e + 1]);
            *diagonal += work->penalty[e] * (walk ? (double)neighbours : 1) + sand;
            if (walk && c + 1 < lesson->start[e + 1])
                diagonal[1] -= work->penalty[e];
        }
    }
}

/* A row of meets over the root of its diagonal. */
static void scale_cell(Work *work, gsize cell)
{
    double *row = work->meets + cell * work->stride, root = 1 / sqrt(work->diagonal[cell]);
    const guint16 *place = work->filled + cell * work->rest;
    for (gsize k = 0; k < work->places[cell]; k++)
        row[place[k]] *= root;
    work->right[work->rest + cell] *= root;
}

/* The columns that lie apart are taken out first (Schur's complement).  FALSE: the diagonal is not positive. */
static gboolean take_out(Work *work)
{
    for (gsize i = 0; i < work->cells; i++) {
        if (!(work->diagonal[i] > 0))
            return FALSE;
        scale_cell(work, i);
        const double *row = work->meets + i * work->stride, size = work->right[work->rest + i];
        const guint16 *place = work->filled + i * work->rest;
        for (gsize k = 0; k < work->places[i]; k++)
            work->right[place[k]] -= size * row[place[k]];
    }
    triangle_subtract(work->core, work->rest, work->stride, work->meets, work->whose, work->begin);
    return TRUE;
}

static gboolean solve_rest(Work *work)
{
    if (!triangle_factor(work->core, work->rest, work->stride))
        return FALSE;
    memset(work->spare, 0, work->stride * sizeof *work->spare);
    memcpy(work->spare, work->right, work->rest * sizeof *work->spare);
    triangle_solve(work->core, work->rest, work->stride, work->spare);
    memcpy(work->beta, work->spare, work->rest * sizeof *work->beta);
    triangle_invert(work->core, work->rest, work->stride, work->inverse);
    for (gsize j = 0; j < work->rest; j++)
        if (!isfinite(work->beta[j]))
            return FALSE;
    return TRUE;
}

/* Of the inverse of all only the diagonal and what stands beside it in the walk is wanted: row j of
 * `inverse` is column j of the inverse factor. */
static void put_back(Work *work)
{
    gsize rest = work->rest, stride = work->stride;
    for (gsize j = 0; j < rest; j++) {
        const double *row = work->inverse + j * stride;
        work->doubt[j] = triangle_dot(row, row, j, stride);
        if (j >= work->walk && j + 1 < rest)
            work->beside[j - work->walk] = triangle_dot(row, row + stride, j, stride);
    }
    work->apart_doubt = 0;
    for (gsize i = 0; i < work->cells; i++) {
        const double *row = work->meets + i * stride;
        const guint16 *place = work->filled + i * rest;
        double left = work->right[rest + i];
        for (gsize k = 0; k < work->places[i]; k++)
            left -= row[place[k]] * work->beta[place[k]];
        work->beta[rest + i] = left / sqrt(work->diagonal[i]);
        work->apart_doubt += (1 + triangle_norm(work->inverse, stride, row, place, work->places[i])) / work->diagonal[i];
    }
}

/* Traces of inverse times penalty shape and b' shape b of one effect. */
static void measure(const Work *work, gsize effect, double *trace, double *square)
{
    const FactorsLesson *lesson = work->lesson;
    gboolean walk = effect + 2 == lesson->effects, apart = effect + 1 == lesson->effects;
    const double *beta = work->beta;
    *trace = apart ? work->apart_doubt : 0;
    *square = 0;
    for (gsize c = lesson->start[effect]; c < lesson->start[effect + 1]; c++) {
        if (!walk) {
            *trace += apart ? 0 : work->doubt[c];
            *square += beta[c] * beta[c];
        } else if (c + 1 < lesson->start[effect + 1]) {
            *trace += work->doubt[c] + work->doubt[c + 1] - 2 * work->beside[c - work->walk];
            *square += (beta[c + 1] - beta[c]) * (beta[c + 1] - beta[c]);
        }
    }
}

/* Step by step a penalty comes to its place ever more slowly.  How much shorter its
 * step became over the way it went says how far it still is (D. G. Anderson
 * (1965), J. ACM 12(4), with one round's memory, each penalty by itself). */
static double leap(Work *work, gsize effect, double wanted, gboolean first)
{
    double place = log(work->penalty[effect]), step = log(wanted) - place, went = place - work->place[effect];
    double shorter = !first && fabs(went) > 1e-9 ? (work->step[effect] - step) / went : 1;
    work->place[effect] = place;
    work->step[effect] = step;
    double far = CLAMP(step / CLAMP(shorter, 1 / MOST_LEAP, 1), -MOST_CHANGE, MOST_CHANGE);
    return exp(place + (fabs(step) > MOST_CHANGE ? step : far));
}

/* Mean over the rows of the least variance over mean that whole numbers can have:
 * of those with mean m and the fraction f of m, f (1 - f) / m. */
static double least_dispersion(const Work *work)
{
    double sum = 0, one = work->lesson->one;
    for (gsize r = 0; r < work->lesson->rows; r++) {
        double m = work->mu[r] / one, f = m - floor(m);
        sum += f * (1 - f) / m;
    }
    return one * sum / (double)work->lesson->rows;
}

/* Wood and Fasiolo (2017), eq. 8, for penalties that do not overlap: an effect is
 * held back by noise over its own variance, counted in the columns the values
 * could say something about. */
static void renew_penalties(Work *work, gboolean first, FactorsFit *fit)
{
    const FactorsLesson *lesson = work->lesson;
    double squares = 0, used = 0, known[FACTORS_EFFECTS], square[FACTORS_EFFECTS], rows = (double)lesson->rows;
    for (gsize r = 0; r < lesson->rows; r++)
        squares += (work->y[r] - work->mu[r]) * (work->y[r] - work->mu[r]) / work->mu[r];
    for (gsize e = 0; e < lesson->effects; e++) {
        double trace, rank = (double)(lesson->start[e + 1] - lesson->start[e]) - (e + 2 == lesson->effects ? 1 : 0);
        measure(work, e, &trace, &square[e]);
        known[e] = fmax(rank - work->penalty[e] * trace, 0);
        used += known[e];
    }
    fit->freedom = used + 1;
    fit->dispersion = squares / fmax(rows - fit->freedom, rows / 4);
    if (fit->dispersion < lesson->one) /* no least dispersion is larger */
        fit->dispersion = fmax(fit->dispersion, least_dispersion(work));
    double least = CLAMP(fit->dispersion / (MOST_SPREAD * MOST_SPREAD), LEAST_PENALTY, MOST_PENALTY);
    for (gsize e = 0; e < lesson->effects; e++) {
        double penalty = fit->dispersion * known[e] / fmax(square[e], 1e-12);
        double wanted = known[e] > 0 ? CLAMP(penalty, least, MOST_PENALTY) : MOST_PENALTY;
        double far = leap(work, e, wanted, first);
        work->penalty[e] = CLAMP(far, least, MOST_PENALTY);
    }
}

/* ------------------------------------------------------------------ all rounds */

/* Rows that share a pattern side by side, each pattern's in their own order. */
static void order_rows(Work *work)
{
    const FactorsLesson *lesson = work->lesson;
    memset(work->first, 0, (lesson->patterns + 1) * sizeof *work->first);
    for (gsize r = 0; r < lesson->rows; r++)
        work->first[lesson->which[r] + 1]++;
    for (gsize p = 0; p < lesson->patterns; p++)
        work->first[p + 1] += work->first[p];
    for (gsize r = 0; r < lesson->rows; r++) {
        gsize at = work->first[lesson->which[r]]++;
        work->knot[at] = lesson->knot[r];
        work->share[at] = lesson->share[r];
        work->y[at] = lesson->y[r];
    }
    for (gsize p = lesson->patterns; p > 0; p--)
        work->first[p] = work->first[p - 1];
    work->first[0] = 0;
}

static void meet(Work *work, gsize cell, gsize column, guint8 *met)
{
    if (met[cell * work->rest + column])
        return;
    met[cell * work->rest + column] = TRUE;
    work->begin[column + 1]++;
}

/* Where rows of meets are not 0, by cells and by columns: the same in all rounds. */
static void find_places(Work *work)
{
    const FactorsLesson *lesson = work->lesson;
    g_autofree guint8 *met = g_new0(guint8, work->cells * work->rest + 1);
    memset(work->begin, 0, (work->rest + 1) * sizeof *work->begin);
    for (gsize p = 0; p < lesson->patterns; p++) {
        const FactorsPattern *pattern = &lesson->pattern[p];
        gsize cell = pattern->apart - work->rest;
        if (pattern->apart == FACTORS_NONE)
            continue;
        for (gsize k = 0; k < pattern->filled; k++)
            meet(work, cell, pattern->column[k], met);
        for (gsize r = work->first[p]; r < work->first[p + 1]; r++) {
            meet(work, cell, work->walk + work->knot[r] - 1, met);
            meet(work, cell, work->walk + work->knot[r], met);
        }
    }
    for (gsize j = 0; j < work->rest; j++)
        work->begin[j + 1] += work->begin[j];
    for (gsize i = 0; i < work->cells; i++) {
        work->places[i] = 0;
        for (gsize j = 0; j < work->rest; j++)
            if (met[i * work->rest + j]) {
                work->filled[i * work->rest + work->places[i]++] = (guint16)j;
                work->whose[work->begin[j]++] = (guint16)i;
            }
    }
    for (gsize j = work->rest; j > 0; j--)
        work->begin[j] = work->begin[j - 1];
    work->begin[0] = 0;
}

/* The furthest that an effect went in this round. */
static double moved(Work *work)
{
    double furthest = 0;
    for (gsize c = 0; c < work->rest + work->cells; c++) {
        furthest = fmax(furthest, fabs(work->beta[c] - work->last[c]));
        work->last[c] = work->beta[c];
    }
    return furthest;
}

static gboolean learn(Work *work, FactorsFit *fit)
{
    gboolean settled = FALSE;
    for (gsize e = 0; e < work->lesson->effects; e++)
        work->penalty[e] = 1;
    start(work);
    for (int round = 0; round < MOST_ROUNDS && !settled; round++) {
        double before = fit->freedom;
        gather_information(work);
        add_penalties(work);
        if (!take_out(work) || !solve_rest(work))
            return FALSE;
        put_back(work);
        expect(work);
        renew_penalties(work, round == 0, fit);
        settled = moved(work) < STILL && round > 1 && fabs(fit->freedom - before) < SETTLED * before;
    }
    return TRUE;
}

gboolean factors_learn(const FactorsLesson *lesson, double *beta, FactorsFit *fit, GError **error)
{
    g_assert(lesson->effects >= 2 && lesson->effects <= FACTORS_EFFECTS);
    gsize rows = lesson->rows, walk = lesson->start[lesson->effects - 2], rest = lesson->start[lesson->effects - 1];
    gsize columns = lesson->start[lesson->effects], cells = columns - rest, knots = rest - walk, stride = TRIANGLE_STRIDE(rest);
    g_autofree double *memory = g_new(double, (2 * rest + cells + 1) * stride + 2 * columns + cells + stride + knots + rest + 4 * rows);
    g_autofree gsize *numbers = g_new(gsize, lesson->patterns + 1 + rows + cells + rest + 1);
    g_autofree guint16 *filled = g_new(guint16, 2 * cells * rest + 1);
    Work work = {.lesson = lesson, .walk = walk, .knots = knots, .rest = rest, .cells = cells, .beta = beta, .core = memory,
                 .first = numbers, .knot = numbers + lesson->patterns + 1};
    work.stride = stride;
    work.filled = filled;
    work.whose = filled + cells * rest;
    work.places = work.knot + rows;
    work.begin = work.places + cells;
    work.inverse = work.core + rest * stride;
    work.meets = work.inverse + rest * stride;
    work.spare = work.meets + cells * stride;
    work.right = work.spare + stride;
    work.diagonal = work.right + columns;
    work.cross = work.diagonal + cells;
    work.beside = work.cross + stride;
    work.doubt = work.beside + knots;
    work.share = work.doubt + rest;
    work.y = work.share + rows;
    work.x = work.y + rows;
    work.mu = work.x + rows;
    work.last = work.mu + rows;
    memset(work.cross, 0, stride * sizeof *work.cross);
    memset(work.last, 0, columns * sizeof *work.last);
    order_rows(&work);
    find_places(&work);
    *fit = (FactorsFit){0};
    if (learn(&work, fit))
        return TRUE;
    g_set_error_literal(error, MODEL_ERROR, MODEL_ERROR_NUMERIC, "the regression on the calendar has no finite solution; check the unit of the series");
    return FALSE;
}
