#include "forecast/model/prior_count.h"

#include <gsl/gsl_randist.h>
#include <math.h>

static double spread(gsl_rng *chance, double low, double high)
{
    return low * pow(high / low, gsl_rng_uniform(chance));
}

PriorCount prior_count_draw(gsl_rng *chance)
{
    double kind = gsl_rng_uniform(chance);
    if (kind < 0.4)
        return (PriorCount){0, 0};
    return kind < 0.75 ? (PriorCount){spread(chance, 0.0005, 0.3), 0} : (PriorCount){0, spread(chance, 0.003, 0.1)};
}

double prior_count(gsl_rng *chance, const PriorCount *counting, double mean)
{
    double m = CLAMP(mean, 0, 1e6);
    if (counting->even > 0 && m >= PRIOR_COUNT_LARGE)
        return floor(MAX(0, m * (1 + counting->even * gsl_ran_ugaussian(chance))) + 0.5);
    if (counting->various > 0)
        m = gsl_ran_gamma(chance, 1 / counting->various, m * counting->various);
    /* Beyond this a normal is a Poisson to all that can be seen of it. */
    return m < 1e4 ? gsl_ran_poisson(chance, m) : floor(m + sqrt(m) * gsl_ran_ugaussian(chance) + 0.5);
}
