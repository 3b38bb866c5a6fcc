/* profile.h -- last season's level and the usual shape of a season.
 *
 * What a bed manager does by heart: this week is like last week, and Mondays
 * are as Mondays were in the last eight weeks.  It forgets everything older, so
 * a step in who reports is over in a week where a smoother limps for months.
 *
 * Units    the unit of z, the values it is given (usually transformed counts:
 *          on the log scale level and shape multiply).
 * Missing  a missing value is left out of level and shape.
 * Source   the level-times-shape split: P. Winters (1960), Manag. Sci. 6(3), with medians in
 *          place of smoothing.
 * Threads  after profile_new it is only read.
 */
#pragma once
#include "forecast/series/series.h"

typedef struct Profile Profile;

/* Learn the spread of its errors on z[0 .. fit-1] and run over z[0 .. length-1].
 * The caller owns it.  NULL when z[0 .. fit-1] holds fewer than two seasons or
 * fewer than half of their values. */
Profile *profile_new(const double *z, gsize fit, gsize length, gsize season);
void profile_free(Profile *profile);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Profile, profile_free)

/* Mean and standard deviation of z[origin ..] knowing z[0 .. origin-1]; with
 * less than one season known the mean is that of what is known, 0 of nothing. */
void profile_at(const Profile *profile, gsize origin, gsize horizon, double *mean, double *sd);

/* The level just before `origin`, and the scale there of recent errors up to one
 * season ahead (half-life two seasons, never below 1e-3). */
double profile_level(const Profile *profile, gsize origin);
double profile_scale(const Profile *profile, gsize origin);
