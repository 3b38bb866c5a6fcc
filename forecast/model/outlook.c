#include "forecast/model/outlook.h"

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
