/* ets_state.h -- what a smoother remembers at one step, and how it begins and moves.
 *
 * A level, a slope, and up to two repeating patterns of the additive kind.  The
 * beginning is read off the averages of the first seasons; a short series also
 * runs forwards and back again, so that its start owes something to every value.
 *
 * Shapes   pattern[k][period[k]], entry t % period[k] belongs to step t; a pattern that is
 *          not used has one entry, zero.
 * Missing  NaN in z: the state moves as forecast.
 * Source   as ets.h.
 * Threads  one owner.
 */
#pragma once
#include "forecast/model/ets.h"

typedef struct {
    double level, slope;
    double *pattern[2];
} EtsState;

/* Of a shape's seasons, all zeros.  End with ets_state_clear(). */
EtsState ets_state_new(const gsize season[2]);
void ets_state_clear(EtsState *state);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(EtsState, ets_state_clear)

gsize ets_state_period(gsize season); /* entries of a pattern */

/* One step, whose places in the patterns are first and second; returns the error (0 when missing). */
double ets_state_advance(EtsState *state, const EtsShape *shape, gsize first, gsize second, double z);

/* As it stands before z[0], from the averages of the first seasons of z[0 .. length-1]. */
void ets_state_start(EtsState *state, const gsize season[2], const double *z, gsize length);

/* Is a series of that length to run there and back before it begins? */
gboolean ets_state_returns(const gsize season[2], gsize length);
void ets_state_return(EtsState *state, const EtsShape *shape, const double *z, gsize length);
