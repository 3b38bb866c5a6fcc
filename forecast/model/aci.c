#include "forecast/model/aci.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/* How far the end of the range moves for one miss, in normal scores; a hold moves
 * it back by miss / (1 - miss) of that.  Gibbs and Candes move the level by .005 to
 * .02 at a time: about this much at the ends of an 80 % range. */
static const double step = 0.05;

Aci aci_start(double coverage)
{
    g_assert(coverage > 0 && coverage < 1);
    return (Aci){.miss = 1 - coverage, .reach = gsl_cdf_ugaussian_Pinv(0.5 + coverage / 2), .factor = 1};
}

gboolean aci_misses(const Aci *aci, double score)
{
    return fabs(score) > aci->factor * aci->reach;
}

/* Angelopoulos et al. (2023), equation 5: q += step (missed - miss). */
void aci_take(Aci *aci, double score)
{
    if (isnan(score))
        return;
    gboolean missed = aci_misses(aci, score);
    double end = aci->factor * aci->reach + step * ((missed ? 1.0 : 0.0) - aci->miss);
    aci->factor = CLAMP(end / aci->reach, ACI_LEAST, ACI_MOST);
    aci->seen++;
    aci->missed += missed;
}

/* ---- what waits for its day ------------------------------------------------ */

typedef struct {
    gint64 origin, day;
    double score;
} Waiting;

struct AciQueue {
    gsize leads;
    GArray *waiting; /* of Waiting, by day, then by origin */
};

AciQueue *aci_queue_new(gsize leads)
{
    AciQueue *queue = g_new0(AciQueue, 1);
    queue->leads = leads;
    queue->waiting = g_array_new(FALSE, FALSE, sizeof(Waiting));
    return queue;
}

void aci_queue_free(AciQueue *queue)
{
    if (queue == NULL)
        return;
    g_array_unref(queue->waiting);
    g_free(queue);
}

void aci_queue_put(AciQueue *queue, gint64 origin, gsize lead, double score)
{
    g_assert(lead >= 1 && lead <= queue->leads);
    Waiting waiting = {origin, origin + (gint64)lead - 1, score};
    guint at = queue->waiting->len;
    for (; at > 0; at--) {
        const Waiting *before = &g_array_index(queue->waiting, Waiting, at - 1);
        if (before->day < waiting.day || (before->day == waiting.day && before->origin <= waiting.origin))
            break;
    }
    g_array_insert_val(queue->waiting, at, waiting);
}

gsize aci_queue_give(AciQueue *queue, gint64 now, Aci *aci)
{
    guint given = 0;
    for (; given < queue->waiting->len; given++) {
        const Waiting *waiting = &g_array_index(queue->waiting, Waiting, given);
        if (waiting->day >= now)
            break;
        aci_take(aci, waiting->score);
    }
    if (given > 0)
        g_array_remove_range(queue->waiting, 0, given);
    return given;
}
