/* prior_count.h -- the count of a step whose mean is known.
 *
 * Patients who come independently count as Poisson; when they come in families,
 * coaches and clusters, counts vary more; and what large houses report has an
 * error of its own that does not shrink with the count.
 *
 * Threads  the generator of chance belongs to the caller.
 */
#pragma once
#include <glib.h>
#include <gsl/gsl_rng.h>

enum { PRIOR_COUNT_LARGE = 100 };

typedef struct {
    double various; /* variance = mean + various * mean^2 (negative binomial); 0: Poisson */
    double even;    /* above 0: from a mean of PRIOR_COUNT_LARGE on normal with this standard deviation over the mean, rounded */
} PriorCount;

/* One of the three ways to count, and how strongly. */
PriorCount prior_count_draw(gsl_rng *chance);

/* A whole number >= 0 whose mean is `mean` (kept within 0 .. 1e6). */
double prior_count(gsl_rng *chance, const PriorCount *counting, double mean);
