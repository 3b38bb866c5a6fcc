#include "daemon/engine/trust.h"

#include <string.h>

enum { ORIGINS = 4, FEWEST_DAYS = 3 };

static gsize day_of(Grain grain)
{
    return grain == GRAIN_HOUR ? 24 : 1;
}

gsize trust_steps(Grain grain)
{
    return TRUST_DAYS * day_of(grain);
}

/* Mean pinball loss of one member over the days held back; MISSING when it has no answer. */
static double loss_of(Panel *panel, gsize member, const Series *series, gsize number, const gsize *origin, gsize known, gsize horizon)
{
    Outlook *out[ORIGINS];
    ScoreSum sum = {0};
    for (int k = 0; k < ORIGINS; k++)
        out[k] = outlook_new(panel_name(member), series->start + (gint64)origin[k], horizon);
    gboolean answered = panel_ask(panel, member, number, origin, ORIGINS, out, NULL);
    for (int k = 0; k < ORIGINS; k++) {
        for (gsize h = 0; answered && h < horizon && origin[k] + h < known; h++)
            score_add(&sum, out[k]->quantile + h * OUTLOOK_LEVELS, series->value[origin[k] + h]);
        outlook_free(out[k]);
    }
    return score_of(&sum, MISSING).pinball;
}

static double mean_size(const Series *series, gsize known)
{
    double sum = 0, n = 0;
    for (gsize t = 0; t < known; t++)
        if (!isnan(series->value[t])) {
            sum += fabs(series->value[t]);
            n++;
        }
    return n > 0 ? sum / n : 0;
}

gboolean trust_weights(Panel *panel, const Series *series, gsize number, gsize origin, gsize horizon, double *weight)
{
    gsize day = day_of(series->grain), season = grain_season(series->grain), held = MIN(origin / 2, trust_steps(series->grain)), from[ORIGINS];
    memset(weight, 0, panel_members() * sizeof *weight);
    if (held < FEWEST_DAYS * day)
        return FALSE;
    for (gsize k = 0; k < ORIGINS; k++)
        from[k] = origin - held + k * held / ORIGINS;
    double best = MISSING, total = 0, pieces = (double)held / (double)season;
    /* losses below a millionth of the values are as good as none */
    double least = 1e-6 * mean_size(series, origin) + 1e-300;
    g_autofree double *loss = g_new(double, panel_members());
    for (gsize m = 0; m < panel_members(); m++) {
        loss[m] = panel_is_network(m) || !panel_serves(m, series->grain) ? MISSING : loss_of(panel, m, series, number, from, origin, MIN(horizon, held)) + least;
        best = isnan(best) ? loss[m] : fmin(best, isnan(loss[m]) ? best : loss[m]);
    }
    for (gsize m = 0; m < panel_members(); m++)
        if (!isnan(loss[m]))
            total += weight[m] = pow(best / loss[m], pieces);
    for (gsize m = 0; m < panel_members() && total > 0; m++)
        weight[m] /= total;
    return total > 0;
}
