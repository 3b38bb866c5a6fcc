/* aci.h -- keep a range honest while the days go by.
 *
 * A range that was right in the backtest may be too narrow next month.  An Aci
 * follows one series and one range of steps ahead: each time something came that
 * the range had missed it asks for a wider one, each time it held for a slightly
 * narrower one, so that in the long run it misses as often as it says, whatever
 * the days do.  What it asks for is a factor on the width, between one half and
 * one and a half, so that the worst of mornings cannot blow a range up.
 *
 * A forecast made today is answered only when its day has come.  Until then it
 * waits where it was published; whoever keeps an Aci gives it the answers in the
 * order of the days, each only once, and each as a score under the forecast as it
 * was before any correction: so an answer that was long under way is judged by
 * the range as it is now, and a delay makes nothing overshoot.
 *
 * Promise  of n steps it misses the share that is meant, give or take
 *          (reach + step) / (step n), while the factor is within its bounds.
 *          After noise that has grown by 40 %, four fifths of the way back takes
 *          about 130 daily steps, or 27 days of hours.
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

/* Steps ahead are followed in four ranges: up to an eighth, a quarter, half and all of the horizon. */
enum { ACI_BUCKETS = 4 };
gsize aci_bucket(gsize horizon, gsize lead); /* lead 1 is the first step; 0 .. ACI_BUCKETS - 1 */

typedef struct {
    double miss;    /* share of misses that is meant, say 0.2 for an 80 % range */
    double reach;   /* normal score of the range's end as it was made: 1.2816 for 80 % */
    double step;    /* how far the end moves for one miss, in normal scores */
    double factor;  /* on the width, ACI_LEAST .. ACI_MOST */
    gsize seen;     /* answers that were known */
    double missed;  /* of these, outside the range as it was widened then */
} Aci;

/* A range of that coverage, 0 < coverage < 1, as it is, of a series that has
 * `together` steps a day (1 for days and longer), which share its luck. */
Aci aci_start(double coverage, gsize together);

/* Is that score outside the range that is released now? */
gboolean aci_misses(const Aci *aci, double score);

/* What came had these scores under the forecasts that had spoken of it: the
 * factor moves once, by the share of them that it would miss. */
void aci_take(Aci *aci, const double *score, gsize scores);

#define ACI_LEAST_STRETCH 0.5
#define ACI_MOST_STRETCH 2.0

/* Measure a range anew from scores[n] that came on `days` different days, of which
 * the scores of one day share their luck: where its middle belongs (only if
 * `moves`; else 0) and by how much it must be stretched
 * (ACI_LEAST_STRETCH .. ACI_MOST_STRETCH) to hold that
 * share, each as far as no accident explains it (W. James, C. Stein 1961, positive
 * part).  FALSE, 0 and 1, when there are fewer than seven days to judge by. */
gboolean aci_measure(const double *score, gsize n, gsize days, double coverage, gboolean moves, double *shift, double *stretch);
