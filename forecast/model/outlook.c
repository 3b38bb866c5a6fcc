#include "forecast/model/outlook.h"

#include <gsl/gsl_cdf.h>
#include <string.h>

const double outlook_level[OUTLOOK_LEVELS] = {.025, .05, .1, .2, .3, .4, .5, .6, .7, .8, .9, .95, .975};
const double outlook_probit[OUTLOOK_LEVELS] = {
    -1.959963984540054, -1.6448536269514722, -1.2815515655446004, -0.8416212335729143, -0.5244005127080407,
    -0.2533471031357997, 0.0, 0.2533471031357997, 0.5244005127080407, 0.8416212335729143,
    1.2815515655446004, 1.6448536269514722, 1.959963984540054};

Outlook *outlook_new(const char *member, gint64 origin, gsize horizon)
{
    Outlook *outlook = g_new0(Outlook, 1);
    outlook->member = member;
    outlook->origin = origin;
    outlook->horizon = horizon;
    outlook->mean = g_new0(double, horizon);
    outlook->quantile = g_new0(double, horizon * OUTLOOK_LEVELS);
    return outlook;
}

void outlook_free(Outlook *outlook)
{
    if (outlook == NULL)
        return;
    g_free(outlook->mean);
    g_free(outlook->quantile);
    g_free(outlook);
}

Outlook *outlook_copy(const Outlook *outlook)
{
    Outlook *copy = outlook_new(outlook->member, outlook->origin, outlook->horizon);
    memcpy(copy->mean, outlook->mean, outlook->horizon * sizeof *copy->mean);
    memcpy(copy->quantile, outlook->quantile, outlook->horizon * OUTLOOK_LEVELS * sizeof *copy->quantile);
    return copy;
}

static void sort_levels(double *quantile)
{
    for (gsize k = 1; k < OUTLOOK_LEVELS; k++) {
        double value = quantile[k];
        gsize at = k;
        for (; at > 0 && quantile[at - 1] > value; at--)
            quantile[at] = quantile[at - 1];
        quantile[at] = value;
    }
}

void outlook_tidy(Outlook *outlook, gboolean counts)
{
    for (gsize h = 0; h < outlook->horizon; h++) {
        double *quantile = outlook->quantile + h * OUTLOOK_LEVELS;
        sort_levels(quantile);
        if (!counts)
            continue;
        outlook->mean[h] = fmax(outlook->mean[h], 0.0);
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
            quantile[k] = fmax(quantile[k], 0.0);
    }
}

double outlook_at(const Outlook *outlook, gsize h, double level, gboolean counts)
{
    g_assert(h < outlook->horizon && level > 0.0 && level < 1.0);
    const double *quantile = outlook->quantile + h * OUTLOOK_LEVELS;
    double score = gsl_cdf_ugaussian_Pinv(level);
    gsize k = 0; /* the segment k .. k+1 that holds the score, or the outer one nearest to it */
    while (k + 2 < OUTLOOK_LEVELS && score >= outlook_probit[k + 1])
        k++;
    double share = (score - outlook_probit[k]) / (outlook_probit[k + 1] - outlook_probit[k]);
    double value = quantile[k] + share * (quantile[k + 1] - quantile[k]);
    return counts ? fmax(value, 0.0) : value;
}

double outlook_settle(double quantile)
{
    static const double left = 0.1;
    double whole = rint(quantile);
    return whole > 0.0 ? whole + left * (quantile - whole) : 0.0;
}

/* P(Y <= y) takes the upper end of a step of the curve: where several levels
 * share the value y, all of them are reached. */
double outlook_probability(const Outlook *outlook, gsize h, double y)
{
    static const double least = 0.0005;
    g_assert(h < outlook->horizon);
    const double *quantile = outlook->quantile + h * OUTLOOK_LEVELS;
    gsize k = 0;
    while (k + 2 < OUTLOOK_LEVELS && y >= quantile[k + 1])
        k++;
    double rise = quantile[k + 1] - quantile[k];
    if (!(rise > 0.0))
        return y < quantile[k] ? least : 1.0 - least;
    double score = outlook_probit[k] + (y - quantile[k]) / rise * (outlook_probit[k + 1] - outlook_probit[k]);
    return CLAMP(gsl_cdf_ugaussian_P(score), least, 1.0 - least);
}
