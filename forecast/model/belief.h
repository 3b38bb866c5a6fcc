/* belief.h -- many smoothers of one series, each believed as far as it has earned.
 *
 * One smoother fitted to three years of months is a bet: how fast the level
 * moves and whether there is a season is hardly known.  A Belief is a grid of
 * additive exponential smoothers, from a fixed level to a quick one, with and
 * without a damped trend, with no pattern, a fixed or a moving one, small or
 * large.  Each says how likely it makes the past (its start and the size of
 * its errors integrated out) and what it expects, and how surely.
 *
 * A Belief depends on where values are known, not on the values: all series
 * that are known at the same steps share one.
 *
 * Shapes   z[n]; evidence[BELIEF_CELLS]; mean, scale[BELIEF_CELLS][horizon];
 *          extra[extras][n + horizon]: effects that a coefficient each is learnt for.
 * Units    those of z, which should have mean 0; scale is that of Student's t with
 *          belief_freedom() degrees of freedom.
 * Missing  steps that are not known are not learnt from.
 * Source   R. J. Hyndman, A. B. Koehler, J. K. Ord, R. D. Snyder (2008), Forecasting with
 *          Exponential Smoothing, chapters 2 and 6; C. S. Forbes, R. D. Snyder, R. S. Shami (2000),
 *          Bayesian exponential smoothing, Monash working paper 7/2000.
 * Threads  after belief_new it is only read.
 */
#pragma once
#include "forecast/series/series.h"

/* 7 patterns of 16: the last of each 16 is empty, its evidence minus infinity. */
enum { BELIEF_LANES = 16, BELIEF_PATTERNS = 7, BELIEF_CELLS = BELIEF_PATTERNS * BELIEF_LANES };

typedef struct Belief Belief;

/* precision[extras]: of each coefficient before anything is seen, in units of
 * 1 / error variance.  season 0 or 1: no pattern.  At least three known steps
 * (asserted).  The caller owns it.  NULL: no memory for it. */
Belief *belief_new(const guint8 *known, gsize n, gsize season, gsize horizon, const double *extra, const double *precision, gsize extras);
void belief_free(Belief *belief);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Belief, belief_free)

double belief_freedom(const Belief *belief);

/* Log of how likely each smoother makes z, up to a constant that all share. */
void belief_weigh(const Belief *belief, const double *z, double *evidence);

/* What each smoother of weight above 0 expects; the others' places stay as they are. */
void belief_forecast(const Belief *belief, const double *z, const double *weight, double *mean, double *scale);

/* One-step errors of one smoother from the start that suits it; 0 where z is not known. */
void belief_errors(const Belief *belief, const double *z, gsize cell, double *error);
