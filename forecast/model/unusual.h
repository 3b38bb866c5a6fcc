/* unusual.h -- how a forecast differs from the usual, and why.
 *
 * Tomorrow at eight is compared with the same hour of the same weekday in the
 * last weeks that were ordinary, without a holiday near.  Of the anchor's forecasters
 * the one that says most nearly what is forecast is asked: its forecast is a sum
 * (anchor_voice_parts), and it was one for those hours too, as many steps ahead, so that
 * part by part the difference says why.  The level's share is split once more,
 * into what the last two weeks were above the weeks compared with, and what
 * today is above the last two weeks.  What no part accounts for - other members of the
 * blend, chance in those weeks - is told as a rest; when the rest is the greater half of
 * the difference, the causes are not to be shown.
 *
 * Units    patients (the series' own unit): steps in g-space times the slope between
 *          usual and expected, so that the causes add up to the difference exactly.
 * Missing  weeks whose value is not known are not compared with.
 * Source   B. W. Ang (2005), Energy Policy 33(7): the logarithmic mean Divisia decomposition,
 *          which this is where g is the logarithm.
 * Threads  pure.
 */
#pragma once
#include "forecast/model/anchor.h"

/* Two months of weeks; with fewer than four a usual one is not known. */
enum { UNUSUAL_WEEKS = 8, UNUSUAL_FEWEST = 4 };

/* Above this share of the difference the rest says more than all causes. */
#define UNUSUAL_MOST_REST 0.5

typedef enum { UNUSUAL_LATELY, UNUSUAL_TODAY, UNUSUAL_PATTERN, UNUSUAL_HOLIDAYS, UNUSUAL_REST, UNUSUAL_CAUSES } UnusualCause;

typedef struct {
    gsize weeks;                   /* compared with */
    double usual, difference;      /* what is usual; how much more is expected */
    double spread;                 /* standard deviation of what came in the weeks compared with */
    double cause[UNUSUAL_CAUSES];  /* their sum is the difference */
    gboolean trusted;              /* the rest is no more than its share */
} Unusual;

/* Of value[origin + h], of which `expected` is forecast; the Anchor was made of
 * this series and may be asked from origin on, back to the weeks compared
 * with.  Hours and days only (asserted).  FALSE: too few weeks are known. */
gboolean unusual_find(const Anchor *anchor, const Series *series, const Calendar *calendar, gsize origin, gsize h, double expected, Unusual *unusual) G_GNUC_WARN_UNUSED_RESULT;
