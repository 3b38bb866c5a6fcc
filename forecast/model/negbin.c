#include "forecast/model/negbin.h"

#include <gsl/gsl_cdf.h>

/* Above this mean a count is as good as continuous, and its first probability is
 * still far from the smallest number. */
#define LARGE_MEAN 400.0
/* Below this shape the Wilson-Hilferty cube is off by more than a hundredth of
 * a standard deviation; below the least nearly all mass is at 0. */
#define SMALL_SHAPE 10.0
#define LEAST_SHAPE 1e-3
enum { HALVINGS = 60 };

/* Walk up the whole numbers: p[k+1] = p[k] (k + size) / (k + 1) * mean / (mean + size). */
static void walk(double mean, double variance, const double *level, gsize levels, double *quantile)
{
    double extra = variance - mean, size = extra > 1e-9 * mean ? mean * mean / extra : (double)INFINITY;
    gboolean poisson = isinf(size);
    double chance = exp(poisson ? -mean : -size * log1p(mean / size)), below = 0, k = 0;
    for (gsize j = 0; j < levels; j++) {
        while (below + chance < level[j] && chance > 0) {
            below += chance;
            chance *= poisson ? mean / (k + 1) : (k + size) / (k + 1) * (mean / (mean + size));
            k++;
        }
        quantile[j] = k > 0 ? k - 0.5 + (chance > 0 ? (level[j] - below) / chance : 0.5) : 0;
    }
}

/* By halving: GSL's own inverse gives up for some shapes below 1. */
static double small_gamma_quantile(double mean, double shape, double level)
{
    double low = 0, high = mean / shape;
    while (gsl_cdf_gamma_P(high, shape, mean / shape) < level)
        high *= 2;
    for (int k = 0; k < HALVINGS; k++) {
        double middle = (low + high) / 2;
        if (gsl_cdf_gamma_P(middle, shape, mean / shape) < level)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static double gamma_quantile(double mean, double shape, double level)
{
    if (shape < LEAST_SHAPE)
        return 0;
    if (shape < SMALL_SHAPE)
        return small_gamma_quantile(mean, shape, level);
    double ninth = 1 / (9 * shape), root = 1 - ninth + gsl_cdf_ugaussian_Pinv(level) * sqrt(ninth);
    return root > 0 ? mean * root * root * root : 0;
}

void negbin_at(double mean, double variance, gboolean counts, const double *level, gsize levels, double *quantile)
{
    /* whole numbers of a mean below 1 cannot vary much less than a Poisson count */
    if (counts && mean > 0 && (mean < 1 || (mean <= LARGE_MEAN && variance >= (1 - 1e-9) * mean))) {
        walk(mean, variance, level, levels, quantile);
        return;
    }
    double shape = fmin(mean * mean / fmax(variance, 1e-300), 1e12);
    for (gsize j = 0; j < levels; j++)
        quantile[j] = mean > 0 ? gamma_quantile(mean, shape, level[j]) : 0;
}

void negbin_quantiles(double mean, double variance, gboolean counts, double quantile[OUTLOOK_LEVELS])
{
    negbin_at(mean, variance, counts, outlook_level, OUTLOOK_LEVELS, quantile);
}
