#include "forecast/model/candidate.h"

#include "forecast/kernel/smoother.h"

#include <string.h>

enum { L = SMOOTHER_LANES, SHARES = 4, STRIDES = 4, WIDE_ROUNDS = 3, CLOSE_ROUNDS = 12, POINTS = WIDE_ROUNDS * L };

/* Bounds of the shares; alpha, beta / alpha, phi, gamma / (1 - alpha). */
static const double low[SHARES] = {1e-4, 1e-4, 0.8, 1e-4}, high[SHARES] = {0.9999, 0.9999, 0.98, 0.9999};
/* The start is free but for what makes the regression's answer one: level and
 * pattern tell the same thing twice. */
static const double loose = 1e-6;
/* Smaller errors are rounding. */
static const double least_sd = 1e-3;

struct CandidateBench {
    gsize length, columns;
    gboolean whole; /* the series at hand has no holes */
    guint8 *known;
    double *z, *column, *square, *precision, *work, *errors, *start;
    double point[POINTS][SHARES]; /* evenly spread over the unit box */
};

/* Halton (1960): the digits of k in a prime base, mirrored at the point. */
static double halton(gsize k, gsize base)
{
    double value = 0.0, place = 1.0;
    for (; k > 0; k /= base) {
        place /= (double)base;
        value += place * (double)(k % base);
    }
    return value;
}

CandidateBench *candidate_bench_new(gsize length, gsize season)
{
    static const gsize base[SHARES] = {2, 3, 5, 7};
    g_assert(length <= CANDIDATE_LENGTH && season <= CANDIDATE_SEASON);
    CandidateBench *bench = g_new0(CandidateBench, 1);
    bench->length = length;
    bench->columns = 2 + season;
    bench->known = g_new(guint8, length + 1);
    bench->z = g_new(double, length + 1);
    bench->column = g_new(double, bench->columns * (length + 1) * L);
    bench->square = g_new(double, bench->columns * bench->columns * L);
    bench->precision = g_new(double, bench->columns * L);
    bench->work = g_new(double, (season + 1) * L);
    bench->errors = g_new(double, (length + 1) * L);
    bench->start = g_new(double, bench->columns * L);
    for (gsize k = 0; k < POINTS; k++)
        for (gsize s = 0; s < SHARES; s++)
            bench->point[k][s] = halton(k + 1, base[s]);
    return bench;
}

void candidate_bench_free(CandidateBench *bench)
{
    if (bench == NULL)
        return;
    g_free(bench->known);
    g_free(bench->z);
    g_free(bench->column);
    g_free(bench->square);
    g_free(bench->precision);
    g_free(bench->work);
    g_free(bench->errors);
    g_free(bench->start);
    g_free(bench);
}

/* A place in the unit box as shares; squared, so that slow ones lie closer together. */
static void to_shares(const Candidate *kind, const double *place, double *alpha, double *beta, double *phi, double *gamma)
{
    double share[SHARES];
    for (int s = 0; s < SHARES; s++)
        share[s] = low[s] + (high[s] - low[s]) * (s == 2 ? place[s] : place[s] * place[s]);
    *alpha = share[0];
    *beta = kind->trend != TREND_NONE ? share[0] * share[1] : 0.0;
    *phi = kind->trend == TREND_DAMPED ? share[2] : 1.0;
    *gamma = kind->season > 0 ? (1.0 - share[0]) * share[3] : 0.0;
}

/* Sixteen places tried at once: the sum of squared errors of each. */
static void try_places(CandidateBench *bench, const Candidate *kind, gsize n, double place[L][SHARES], SmootherRates *rates, double *squares)
{
    gsize D = 2 + kind->season;
    for (gsize l = 0; l < L; l++)
        to_shares(kind, place[l], &rates->alpha[l], &rates->beta[l], &rates->phi[l], &rates->gamma[l]);
    gboolean whole = kind->season > 0 && bench->whole;
    if (whole) {
        smoother_columns_whole(rates, kind->season, n, bench->work, bench->column);
        smoother_gram_whole(bench->column, bench->precision, kind->season, n, bench->square);
    } else {
        smoother_columns(rates, kind->season, NULL, 0, bench->known, n, n, bench->work, bench->column);
        smoother_gram(bench->column, bench->precision, D, n, n, bench->square);
    }
    smoother_factor(bench->square, D, NULL);
    smoother_errors(rates, kind->season, bench->z, bench->known, n, n, bench->work, bench->errors);
    if (whole)
        smoother_start_whole(bench->square, bench->column, bench->errors, kind->season, n, bench->start, squares);
    else
        smoother_start(bench->square, bench->column, bench->errors, D, n, n, bench->start, squares);
}

static gboolean keep_best(const CandidateBench *bench, Candidate *kind, double place[L][SHARES], const SmootherRates *rates, const double *squares, double *best)
{
    gboolean found = FALSE;
    for (gsize l = 0; l < L; l++) {
        if (!(squares[l] < kind->squares))
            continue;
        found = TRUE;
        kind->squares = squares[l];
        kind->alpha = rates->alpha[l];
        kind->beta = rates->beta[l];
        kind->phi = rates->phi[l];
        kind->gamma = rates->gamma[l];
        kind->level = bench->start[l];
        kind->slope = kind->trend != TREND_NONE ? bench->start[L + l] : 0.0;
        for (gsize s = 0; s < kind->season; s++)
            kind->pattern[s] = bench->start[(2 + s) * L + l];
        memcpy(best, place[l], SHARES * sizeof *best);
    }
    return found;
}

static void search(CandidateBench *bench, Candidate *kind, gsize n)
{
    /* As long as the best moves the box follows it, and some points go on the way it
     * went; when it stays the box closes in. */
    static const double first_radius = 0.3, moved = 0.8, stayed = 0.4;
    double place[L][SHARES], squares[L], best[SHARES] = {0.5, 0.5, 0.5, 0.5}, stride[SHARES] = {0}, radius = first_radius;
    SmootherRates rates;
    kind->squares = (double)INFINITY;
    for (gsize round = 0; round < WIDE_ROUNDS + CLOSE_ROUNDS; round++) {
        gboolean wide = round < WIDE_ROUNDS;
        double before[SHARES];
        memcpy(before, best, sizeof before);
        for (gsize l = 0; l < L; l++)
            for (gsize s = 0; s < SHARES; s++) {
                const double *even = bench->point[(round * L + l) % POINTS];
                double step = l < STRIDES ? (double)(l + 1) * stride[s] : radius * (2.0 * even[s] - 1.0);
                place[l][s] = wide ? even[s] : CLAMP(best[s] + step, 0.0, 1.0);
            }
        try_places(bench, kind, n, place, &rates, squares);
        gboolean better = keep_best(bench, kind, place, &rates, squares, best);
        radius *= wide ? 1.0 : better ? moved : stayed;
        for (gsize s = 0; s < SHARES && !wide; s++)
            stride[s] = best[s] - before[s];
    }
}

gboolean candidate_fit(CandidateBench *bench, const double *z, gsize n, Candidate *candidate)
{
    g_assert(n <= bench->length && 2 + candidate->season <= bench->columns);
    double known = 0, sum = 0;
    for (gsize t = 0; t < n; t++) {
        bench->known[t] = !isnan(z[t]);
        known += bench->known[t], sum += bench->known[t] ? z[t] : 0.0;
    }
    gboolean trend = candidate->trend != TREND_NONE, damped = candidate->trend == TREND_DAMPED, seasonal = candidate->season > 0;
    /* shares, error scale, start of level, slope and pattern */
    double k = 3 + 2 * trend + damped + (seasonal ? (double)candidate->season : 0.0);
    if ((seasonal && n < 2 * candidate->season) || ((seasonal || trend) && known - k - 1 < 2) || known < 2)
        return FALSE;
    bench->whole = known >= (double)n;
    double mean = sum / known, size = 0;
    for (gsize t = 0; t < n; t++) {
        bench->z[t] = bench->known[t] ? z[t] - mean : 0.0;
        size += bench->z[t] * bench->z[t];
    }
    if (!isfinite(size))
        return FALSE;
    for (gsize d = 0; d < 2 + candidate->season; d++)
        for (gsize l = 0; l < L; l++)
            bench->precision[d * L + l] = d == 1 && !trend ? 1e12 : d < 2 ? loose * loose : loose;
    search(bench, candidate, n);
    candidate->level += mean;
    double squares = candidate->squares;
    candidate->sd = fmax(sqrt(squares / fmax(known - k, 0.5 * known)), least_sd);
    candidate->aicc = known * log(fmax(squares / known, least_sd * least_sd)) + 2 * k + 2 * k * (k + 1) / fmax(known - k - 1, 1);
    return isfinite(squares);
}

gboolean candidate_choose(CandidateBench *bench, const double *z, gsize n, gsize season, Candidate *best)
{
    gboolean found = FALSE;
    for (int seasonal = 0; seasonal < (season > 1 ? 2 : 1); seasonal++)
        for (int trend = 0; trend < TRENDS; trend++) {
            Candidate next = {.trend = (Trend)trend, .season = seasonal ? season : 0};
            if (!candidate_fit(bench, z, n, &next) || (found && next.aicc >= best->aicc))
                continue;
            *best = next;
            found = TRUE;
        }
    return found;
}
