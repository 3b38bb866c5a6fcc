/* candidate.h -- one kind of smoother, its shares and its start fitted to a short series.
 *
 * Is there a trend, does it bend, is there a season?  Each answer is a
 * Candidate; all are fitted and the corrected Akaike criterion weighs what each
 * explains against what it had to learn.  The start is a regression and only the
 * shares are searched for: sixteen sets at a time, first over the whole range,
 * then ever closer around the best.
 *
 * Units    those of z.
 * Missing  not learnt from.
 * Source   R. J. Hyndman, A. B. Koehler, J. K. Ord, R. D. Snyder (2008), Forecasting with
 *          Exponential Smoothing, chapters 2, 5 and 7;
 *          J. H. Halton (1960), Numer. Math. 2, for the points.
 * Threads  pure; a Bench belongs to one thread.
 */
#pragma once
#include "forecast/series/series.h"

typedef enum { TREND_NONE, TREND_LINE, TREND_DAMPED, TRENDS } Trend;

/* Longer patterns cost more than they are worth here. */
enum { CANDIDATE_SEASON = 24, CANDIDATE_LENGTH = 600 };

typedef struct {
    Trend trend;
    gsize season;               /* 0: no pattern */
    double alpha, beta, phi, gamma;
    double level, slope;        /* the start, just before z[0] */
    double pattern[CANDIDATE_SEASON];
    double squares;             /* sum of squared errors */
    double sd, aicc;
} Candidate;

/* Room to work in, for series of up to `length` values and patterns up to `season`. */
typedef struct CandidateBench CandidateBench;
CandidateBench *candidate_bench_new(gsize length, gsize season);
void candidate_bench_free(CandidateBench *bench);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CandidateBench, candidate_bench_free)

/* Fit trend and season (of the Candidate) to z[n].  FALSE when there is too
 * little history to judge it by, or a figure is not finite. */
gboolean candidate_fit(CandidateBench *bench, const double *z, gsize n, Candidate *candidate);

/* Fit all of {none, line, damped} x {no pattern, season} (season 0 or 1: no
 * pattern) and give the one of smallest AICc. */
gboolean candidate_choose(CandidateBench *bench, const double *z, gsize n, gsize season, Candidate *best);
