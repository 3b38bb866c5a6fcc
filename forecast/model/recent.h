/* recent.h -- what was lately left unexplained, as ten numbers that say something about a step ahead.
 *
 * Means over windows up to four long seasons before the origin, and over the same
 * place of the newest seasons.  What is left sums to about none over all the
 * past, so that a window of much of it would only mirror the step to be
 * explained: such a window is 0, and so is one of which nothing is known.
 *
 * Missing  NaN; the mean is of what is known.
 * Threads  after recent_new it only is read.
 */
#pragma once
#include <glib.h>

enum { RECENT_FEATURES = 10, RECENT_SEASON = 3 /* the place of the last short season's level among them */ };

typedef struct Recent Recent;

/* Of left[0 .. length-1], whose first `past` steps are what is learnt from.  season[] as in Task. */
Recent *recent_new(const double *left, gsize past, gsize length, const gsize season[2]);
void recent_free(Recent *recent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recent, recent_free)

/* The steps whose average stands for "lately": a day, a week, a year of months, four weeks. */
gsize recent_season(const gsize season[2]);

/* What is known at `origin` <= length about the step `lead` later. */
void recent_at(const Recent *recent, gsize origin, gsize lead, double feature[RECENT_FEATURES]);
