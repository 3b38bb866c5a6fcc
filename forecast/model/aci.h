/* aci.h -- keep a range honest while the days go by.
 *
 * A range that was right in the backtest may be too narrow next month.  An Aci
 * follows one series and one range of steps ahead: each time something came that
 * the range had missed it asks for a wider one, each time it held for a slightly
 * narrower one, so that in the long run it misses as often as it says, whatever
 * the days do.  What it asks for is a factor on the width, between one half and
 * one and a half.
 *
 * A forecast made today is answered only when its day has come: an AciQueue holds
 * it back until then, so that nothing is learnt before it could have been known.
 *
 * Units    levels and misses are shares, 0..1; a score is a normal score (0 = the
 *          median of the forecast as it was made, 1.96 its 97.5 % level).
 * Missing  a score that is not known changes nothing.
 * Source   I. Gibbs, E. Candes (2021), NeurIPS, adaptive conformal inference; A. N.
 *          Angelopoulos, E. Candes, R. J. Tibshirani (2023), NeurIPS, for following the
 *          quantile itself (quantile tracking).
 * Threads  plain data, one owner.
 */
#pragma once
#include <glib.h>

#define ACI_LEAST 0.5
#define ACI_MOST 1.5

typedef struct {
    double miss;    /* share of misses that is meant, say 0.2 for an 80 % range */
    double reach;   /* normal score of the range's end as it was made: 1.2816 for 80 % */
    double factor;  /* on the width, ACI_LEAST .. ACI_MOST */
    gsize seen;     /* scores that were known */
    gsize missed;   /* of these, outside the range as it was widened then */
} Aci;

/* A range of that coverage, 0 < coverage < 1 (asserted), as it is. */
Aci aci_start(double coverage);

/* Is that score outside the range that is released now? */
gboolean aci_misses(const Aci *aci, double score);

/* What came had that score; the factor moves. */
void aci_take(Aci *aci, double score);

/* Forecasts that wait for their day: a queue in the order of the days.  Made for
 * leads up to `leads` steps. */
typedef struct AciQueue AciQueue;
AciQueue *aci_queue_new(gsize leads);
void aci_queue_free(AciQueue *queue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AciQueue, aci_queue_free)

/* A forecast whose first step was `origin` scored `score` at its step number `lead`
 * (1 = the first), whenever that is put down. */
void aci_queue_put(AciQueue *queue, gint64 origin, gsize lead, double score);

/* Give the Aci, in the order of the days, all scores of steps before `now`; gives
 * their number.  They leave the queue. */
gsize aci_queue_give(AciQueue *queue, gint64 now, Aci *aci);
