/* paths.h -- whole futures, not hours one by one.
 *
 * A staffing law speaks of the worst hour of a shift and a facility of all its
 * wards at once; neither can be read off the quantiles of single hours.  A path
 * is one possible future of all series together.  Step by step the paths spread
 * exactly as the outlooks say; how hours and wards move together is taken from
 * how past forecasts erred together.  Where the wards add up to a hospital that has an
 * outlook of its own, that says how widely their sum spreads, and the wards move together
 * as much as it takes; the hospital's paths are then the sums of its wards'.
 *
 * Shapes   score[origins][series][horizon]; out[series][paths][horizon].
 * Units    scores are normal scores of what came under the forecast of that origin
 *          (calibrate_score); out is in the series' own unit, not rounded.
 * Missing  a score that is not known (NaN) is made up from the dependence of the others.
 * Errors   none; the caller sizes out.
 * Source   M. Clark et al. (2004), J. Hydrometeorol. 5(1), the Schaake shuffle; R. Schefzik,
 *          T. Thorarinsdottir, T. Gneiting (2013), Stat. Sci. 28(4), ensemble copula coupling;
 *          S. Ben Taieb, J. Taylor, R. Hyndman (2021), J. Am. Stat. Assoc. 116(533), sums of reordered samples.
 * Threads  pure: the same seed gives the same bytes.
 */
#pragma once
#include "forecast/model/outlook.h"

/* Draw `paths` joint paths of outlook[series], which share one horizon of at
 * least `horizon` steps.  At every step the sorted values of a series' paths
 * are its outlook's quantiles at (1/2, 3/2, ..) / paths.  With fewer than eight origins, dependence
 * over time is that of an AR(1) process (its correlation estimated from what
 * scores there are, else 0.9) and series move independently. */
void paths_draw(const Outlook *const *outlook, gsize series, const float *score, gsize origins, gsize horizon,
                gsize paths, guint64 seed, gboolean counts, float *out);

/* The same for all parts of a total, as far as they can be made to: the sums of the paths
 * spread as `total` does, step by step.  Paths of counts are whole numbers. */
void paths_draw_parts(const Outlook *const *outlook, gsize series, const Outlook *total, const float *score, gsize origins,
                      gsize horizon, gsize paths, guint64 seed, gboolean counts, float *out);

/* Put the quantiles of the paths' sums in place of those of `total`; path[series][paths][horizon].
 * Those of counts go through the middles of the jumps: rounded they are the sums' own. */
void paths_sum(const float *path, gsize series, gsize paths, gsize horizon, gboolean counts, Outlook *total);
