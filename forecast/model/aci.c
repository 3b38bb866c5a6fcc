#include "forecast/model/aci.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

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
