/* totals.h -- the whole hospital beside its wards, and made to agree with them.
 *
 * Where a target of the configuration names a total, the units of each facility
 * are added up to a series of its own, which is forecast like any other: a sum is
 * steadier than its parts.  Afterwards wards and total are reconciled
 * (reconcile.h), so that what the tables say of the wards adds up to what they
 * say of the hospital.
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

/* Make the outlooks of units and totals among items[n], all of one grain, add up.
 * Where they cannot be, the total is marked degraded with the reason. */
void totals_reconcile(const Release *release, ForecastItem *const *item, gsize n);
