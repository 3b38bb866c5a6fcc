/* pulse.h -- what moves all series of a group together, and what the calendar does to each.
 *
 * A month with 23 working days is a busy month in every ward, and when demand
 * rises it rises in most of them.  One ward alone is too noisy to show it; the
 * mean of a hundred is not.  A Pulse is that mean, each series counted as a
 * share of its own size and by how steady it is.  It is forecast by itself
 * (belief.h), with coefficients for the calendar; what is left of each series is
 * forecast without it and the two are added.  Series differ: how much each
 * follows the pulse and the calendar is learnt from all of them and each of them
 * (empirical Bayes).
 *
 * A group whose mean rests on fewer than ten series in effect has no pulse, for
 * the mean would follow the noise of the few; the calendar then speaks to each
 * series alone.
 *
 * Shapes   z[series][n], known[series][n]; all rows end at the same step.
 *          calendar[PULSE_EFFECTS][n + horizon]; offset, variance[series][horizon].
 * Units    z on a transformed scale (transform.h), its mean removed; share[series] is what one part
 *          in one of the series' size is on that scale (0: the series takes no part).
 * Missing  known 0.
 * Source   H. Robbins (1956) and B. Efron, C. Morris (1973), J. Am. Stat. Assoc. 68(341), for
 *          empirical Bayes; J. H. Stock, M. W. Watson (2002), J. Am. Stat. Assoc. 97(460), for
 *          forecasting with the common part apart.
 * Threads  pure.
 */
#pragma once
#include "forecast/series/series.h"

enum { PULSE_EFFECTS = 2 };

typedef struct {
    gsize series, n, horizon, season;
    const gsize *order;   /* [series]: all series so that equal rows of known lie side by side */
    const guint8 *known;
    const gsize *first;   /* [series]: the first known step */
    const double *share;
    const double *calendar;
} PulseGroup;

/* Take pulse and calendar out of the known steps of z; offset gets what they
 * add to each step ahead, variance how little that is known.  FALSE: no memory. */
gboolean pulse_remove(const PulseGroup *group, double *z, double *offset, double *variance) G_GNUC_WARN_UNUSED_RESULT;

/* End of the run of series in `order` from place `from` on that are known at the same steps. */
gsize pulse_alike(const PulseGroup *group, gsize from);
