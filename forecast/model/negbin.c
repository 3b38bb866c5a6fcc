#include "forecast/model/negbin.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>

/* Above this mean a count is as good as continuous, and its first probability is
 * still far from the smallest number. */
#define LARGE_MEAN 400.0
/* Below this shape the Wilson-Hilferty cube is off by more than a hundredth of
 * a standard deviation; below the least nearly all mass is at 0. */
#define SMALL_SHAPE 10.0
#define LEAST_SHAPE 1e-3
#define LEAST_QUANTILE 1e-200
#define CLOSE 1e-6
#define FAR_OUT 200.0
enum { STEPS = 100 };

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

/* E. B. Wilson, M. M. Hilferty (1931); in units of the scale. */
static double cube_quantile(double shape, double level)
{
    double ninth = 1 / (9 * shape), root = 1 - ninth + gsl_cdf_ugaussian_Pinv(level) * sqrt(ninth);
    return root > 0 ? shape * root * root * root : 0;
}

/* The distribution function of a gamma of scale 1 and its density by the series
 * x^a e^-x / Gamma(a + 1) (1 + x / (a + 1) + x^2 / ((a + 1) (a + 2)) ...), all of
 * whose terms are positive; `factorial` is log Gamma(a + 1).  Far out it would take too many. */
static double small_gamma(double x, double shape, double factorial, double *density)
{
    if (x > FAR_OUT) {
        *density = gsl_ran_gamma_pdf(x, shape, 1);
        return gsl_cdf_gamma_P(x, shape, 1);
    }
    double head = exp(shape * log(x) - x - factorial), term = 1, sum = 1;
    for (double below = shape + 1; term > 1e-17 * sum; below++) {
        term *= x / below;
        sum += term;
    }
    *density = head * shape / x;
    return head * sum;
}

/* Halley's steps, kept between what is known to be too low and too high: GSL's
 * own inverse gives up for some shapes below 1.  After a step as short as CLOSE the
 * next one would be as short as rounding.  The start is the first term of the
 * distribution's series where the cube root is poor. */
static double small_gamma_quantile(double mean, double shape, double level)
{
    double scale = mean / shape, factorial = gsl_sf_lngamma(shape + 1), low = 0, high = (double)INFINITY, x = shape > 1 ? cube_quantile(shape, level) : 0;
    if (!(x > 0))
        x = exp((log(level) + factorial) / shape);
    if (x < LEAST_QUANTILE)
        return 0;
    for (int k = 0; k < STEPS; k++) {
        double density, miss = small_gamma(x, shape, factorial, &density) - level, step = miss / density;
        double bend = 1 - 0.5 * step * ((shape - 1) / x - 1), next = x - step / (bend > 0.5 ? bend : 1);
        if (fabs(next - x) <= CLOSE * x)
            return scale * next;
        if (miss < 0)
            low = x;
        else
            high = x;
        if (!(next > low && next < high))
            next = isinf(high) ? 2 * x : (low + high) / 2;
        x = next;
    }
    return scale * x;
}

static double gamma_quantile(double mean, double shape, double level)
{
    if (shape < LEAST_SHAPE)
        return 0;
    if (shape < SMALL_SHAPE)
        return small_gamma_quantile(mean, shape, level);
    return mean / shape * cube_quantile(shape, level);
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
