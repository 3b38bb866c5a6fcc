#include "forecast/model/aci.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

/* How far the end of the range moves for one miss in a day, in normal scores; a hold
 * moves it back by miss / (1 - miss) of that.  Gibbs and Candes move the level by .005
 * to .02 at a time: about this much at the ends of an 80 % range. */
static const double step_of_a_day = 0.05;

gsize aci_bucket(gsize horizon, gsize lead)
{
    gsize bucket = ACI_BUCKETS - 1;
    for (gsize share = 2; bucket > 0 && lead * share <= horizon; share *= 2)
        bucket--;
    return bucket;
}

/* Were the steps of a day independent, the root would make the factor wander as
 * much as one step a day does; as they share its luck, one day moves it by less
 * than .2 all the same. */
Aci aci_start(double coverage, gsize together)
{
    g_assert(coverage > 0 && coverage < 1 && together > 0);
    return (Aci){.miss = 1 - coverage,
                 .reach = gsl_cdf_ugaussian_Pinv(0.5 + coverage / 2),
                 .step = step_of_a_day / sqrt((double)together),
                 .factor = 1};
}

gboolean aci_misses(const Aci *aci, double score)
{
    return fabs(score) > aci->factor * aci->reach;
}

/* Angelopoulos et al. (2023), equation 5: q += step (missed - miss). */
void aci_take(Aci *aci, const double *score, gsize scores)
{
    double missed = 0, known = 0;
    for (gsize k = 0; k < scores; k++) {
        known += !isnan(score[k]);
        missed += !isnan(score[k]) && aci_misses(aci, score[k]);
    }
    if (!(known > 0))
        return;
    double end = aci->factor * aci->reach + aci->step * (missed / known - aci->miss);
    aci->factor = CLAMP(end / aci->reach, ACI_LEAST, ACI_MOST);
    aci->seen++;
    aci->missed += missed / known;
}

/* ---- measuring anew ---------------------------------------------------------- */

enum { FEWEST_DAYS = 7 }; /* so that each day of the week has its say */
static const double most_shift = 1;

/* An estimate as far as its standard error leaves it. */
static double shrunk(double estimate, double error)
{
    double square = estimate * estimate;
    return square > 0 ? estimate * fmax(0, 1 - error * error / square) : 0;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double middle_of(const double *score, gsize n, gsize days)
{
    double sum = 0, square = 0;
    for (gsize k = 0; k < n; k++)
        sum += score[k];
    double mean = sum / (double)n;
    for (gsize k = 0; k < n; k++)
        square += (score[k] - mean) * (score[k] - mean);
    return CLAMP(shrunk(mean, sqrt(square / (double)n / (double)days)), -most_shift, most_shift);
}

/* The distance from the middle that held the share of all scores which it has to
 * hold of the next one as well (Vovk et al. 2005: its rank among n + 1). */
static double reach_of(const double *score, gsize n, double coverage, double middle)
{
    g_autofree double *off = g_new(double, n);
    for (gsize k = 0; k < n; k++)
        off[k] = fabs(score[k] - middle);
    qsort(off, n, sizeof *off, ascending);
    gsize rank = (gsize)ceil((double)(n + 1) * coverage);
    return off[MIN(MAX(rank, 1), n) - 1];
}

gboolean aci_measure(const double *score, gsize n, gsize days, double coverage, gboolean moves, double *shift, double *stretch)
{
    *shift = 0;
    *stretch = 1;
    if (days < FEWEST_DAYS || n < days)
        return FALSE;
    double reach = gsl_cdf_ugaussian_Pinv(0.5 + coverage / 2);
    /* of the logarithm of a quantile of so many normal scores' sizes */
    double error = sqrt(coverage * (1 - coverage) / (double)days) / (2 * gsl_ran_ugaussian_pdf(reach) * reach);
    *shift = moves ? middle_of(score, n, days) : 0;
    double seen = fmax(reach_of(score, n, coverage, *shift), 1e-6 * reach);
    *stretch = CLAMP(exp(shrunk(log(seen / reach), error)), ACI_LEAST_STRETCH, ACI_MOST_STRETCH);
    return TRUE;
}
