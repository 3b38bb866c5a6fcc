/* share.h -- weights that follow those who do well, and let nobody be forgotten.
 *
 * Day by day each member's weight falls by the exponential of what it lost
 * beyond the best, counted in units of a usual loss; then a small share of all
 * weight is spread alike over everybody.  While nothing changes, the weights stay
 * with whom they were given to; after a change whoever now does well has them
 * within days, for nobody's weight is ever smaller than what the share left it.
 *
 * Units    losses in any unit above 0; weights sum to 1.
 * Missing  a loss of MISSING: the member was asleep that day, and keeps its weight among
 *          the others; a day on which nobody was awake says nothing.
 * Source   M. Herbster, M. K. Warmuth (1998), Machine Learning 32(2), for the share; Y. Freund, R. E.
 *          Schapire, Y. Singer, M. K. Warmuth (1997), STOC, for those asleep.  exp(-loss / usual)
 *          is the likelihood of errors that follow Laplace's law, whose scale is their mean size.
 * Threads  pure.
 */
#pragma once
#include <glib.h>

/* From weight[members] before the first day to those after the last one:
 * loss[days][members], row-major; `evidence`, 0 .. 1, is what one day says, where
 * 1 is a day whose errors have nothing to do with the next one's; `change` is the
 * share spread each day over the members that are `allowed`, the chance that
 * a day is the first of another regime.  The usual loss is the mean loss of the
 * member that did best over all days. */
void share_follow(const double *loss, gsize days, gsize members, double evidence, double change, const gboolean *allowed, double *weight);
