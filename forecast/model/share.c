#include "forecast/model/share.h"

#include <math.h>

/* The least mean loss of those who were awake on at least half of the days on which
 * anybody was; 0 when nobody ever was. */
static double usual_loss(const double *loss, gsize days, gsize members)
{
    double least = (double)INFINITY;
    gsize told = 0;
    for (gsize d = 0; d < days; d++) {
        gboolean any = FALSE;
        for (gsize m = 0; m < members; m++)
            any = any || !isnan(loss[d * members + m]);
        told += any;
    }
    for (gsize m = 0; m < members; m++) {
        double sum = 0;
        gsize awake = 0;
        for (gsize d = 0; d < days; d++)
            if (!isnan(loss[d * members + m])) {
                sum += loss[d * members + m];
                awake++;
            }
        if (awake > 0 && 2 * awake >= told)
            least = fmin(least, sum / (double)awake);
    }
    return isfinite(least) ? least : 0;
}

/* Those awake divide among them what they had together. */
static void judge(const double *loss, gsize members, double rate, double *weight)
{
    double best = (double)INFINITY, before = 0, after = 0;
    for (gsize m = 0; m < members; m++)
        if (!isnan(loss[m]) && weight[m] > 0) {
            best = fmin(best, loss[m]);
            before += weight[m];
        }
    for (gsize m = 0; m < members; m++)
        if (!isnan(loss[m]) && weight[m] > 0)
            after += weight[m] *= exp(-rate * (loss[m] - best));
    for (gsize m = 0; m < members && after > 0; m++)
        if (!isnan(loss[m]))
            weight[m] *= before / after;
}

static void spread(const gboolean *allowed, gsize members, double change, double *weight)
{
    double heads = 0, total = 0;
    for (gsize m = 0; m < members; m++) {
        heads += allowed[m];
        total += weight[m];
    }
    for (gsize m = 0; m < members && heads > 0 && total > 0; m++)
        weight[m] = (1 - change) * weight[m] / total + (allowed[m] ? change / heads : 0);
}

void share_follow(const double *loss, gsize days, gsize members, double evidence, double change, const gboolean *allowed, double *weight)
{
    double usual = usual_loss(loss, days, members);
    spread(allowed, members, change, weight);
    for (gsize d = 0; d < days && usual > 0; d++) {
        judge(loss + d * members, members, evidence / usual, weight);
        spread(allowed, members, change, weight);
    }
}
