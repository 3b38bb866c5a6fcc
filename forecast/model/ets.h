/* ets.h -- exponential smoothing: what is usual, learnt by forgetting slowly.
 *
 * A fitted smoother keeps a level, perhaps a damped trend, and up to two
 * repeating patterns (the day and the week of an hourly series), and moves each
 * a little with every new value.  It keeps its states of all steps, so that the
 * forecast from any past origin can be asked for at once.
 *
 * Units    the unit of z, the values it is given (usually transformed counts).
 * Missing  a missing value leaves the states as predicted.
 * Source   R. J. Hyndman, A. B. Koehler, J. K. Ord, R. D. Snyder (2008), Forecasting with
 *          Exponential Smoothing, chapters 2, 5 and 6; J. W. Taylor (2003), J. Oper. Res. Soc. 54(8).
 * Threads  after ets_new it is only read.
 */
#pragma once
#include "forecast/series/series.h"

typedef struct Ets Ets;

typedef struct {
    gboolean trend;             /* a damped trend */
    gsize season[2];            /* steps of each pattern in use; 0 = none */
    double alpha, beta, phi;    /* level, trend, damping */
    double gamma[2];            /* patterns */
    double sd;                  /* of the one-step errors */
    double aicc;
} EtsShape;

/* Choose among no or a damped trend and no, one or two patterns by the corrected
 * Akaike criterion on z[0 .. fit-1] (of a long series its end), then run over
 * z[0 .. length-1].  season[] as in Task.  The caller owns it.
 * MODEL_ERROR_SHORT: fewer than two known values; MODEL_ERROR_NUMERIC: values
 * too large to square. */
Ets *ets_new(const double *z, gsize fit, gsize length, const gsize season[2], GError **error) G_GNUC_WARN_UNUSED_RESULT;
Ets *ets_ref(Ets *ets); /* one more owner, each of whom ends with ets_free() */
void ets_free(Ets *ets);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Ets, ets_free)

/* Mean and standard deviation of z[origin ..] knowing z[0 .. origin-1]. */
void ets_at(const Ets *ets, gsize origin, gsize horizon, double *mean, double *sd);

/* What the mean of step origin + h is the sum of: level, trend, and both patterns. */
void ets_parts(const Ets *ets, gsize origin, gsize h, double part[4]);

/* The level just before `origin`, and the scale of recent one-step errors there. */
double ets_level(const Ets *ets, gsize origin);
double ets_scale(const Ets *ets, gsize origin);

const EtsShape *ets_shape(const Ets *ets);
