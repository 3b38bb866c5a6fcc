/* totals.h -- the whole hospital beside its wards, and made to agree with them.
 *
 * Where a target of the configuration names a total, the units of each facility
 * are added up to a series of its own, which is forecast like any other: a sum is
 * steadier than its parts.  Afterwards wards and total are reconciled
 * (reconcile.h), so that what the tables say of the wards adds up to what they
 * say of the hospital: the expected values as they are, and the ranges by joint
 * paths.  Each path of the hospital is the sum of its wards' paths, which are made
 * to move together so much that the sum spreads as the hospital's own forecast
 * does (paths.h), and the hospital's quantiles are those of the sums.
 *
 * Missing  a step at which one unit is unknown; the total begins where the last
 *          unit begins.  A unit whose data are withheld is left out, and the total says so.
 * Threads  pure.
 */
#pragma once
#include "daemon/snapshot.h"
#include "daemon/forecasting.h"
#include "forecast/model/release.h"

/* Add the totals that the group's targets ask for to the Snapshot's series. */
void totals_add(Snapshot *snapshot);

/* The joint paths of the units of a total, which its quantiles were read off. */
typedef struct {
    const ForecastItem *total;
    const ForecastItem **part; /* [parts] owned, not what they point to */
    gsize parts, paths;
    float *path;               /* [parts][paths][horizon], owned */
} TotalPaths;
void total_paths_free(TotalPaths *drawn);

/* Make the outlooks of units and totals among items[n], all of one grain, add up.
 * Where they cannot be, the total is marked degraded with the reason and stays apart. */
void totals_reconcile(const Release *release, ForecastItem *const *item, gsize n);

/* Draw the paths and let the totals be the sums, once the units' outlooks are final.  Totals
 * that were not made to agree are left alone.  The paths of `keep` (a measure) are added
 * to `drawn` (TotalPaths).  MODEL_ERROR_MEMORY: the message names the setting to lower. */
gboolean totals_draw(const Release *release, ForecastItem *const *item, gsize n, gsize paths, guint64 seed, const char *keep,
                     GPtrArray *drawn, GError **error) G_GNUC_WARN_UNUSED_RESULT;
