/* fits.h -- what several members fit alike of one series, fitted once.
 *
 * The smoother and the regression for counts speak for themselves and again as
 * part of the networks' anchor.  A Fits keeps each from whoever asks first for
 * those who ask later: fitted on the values before `end`, run over the whole
 * series, so that it can be asked at any later origin.
 *
 * Errors   as of who is fitted; kept, too.
 * Threads  may be asked from several threads at once.
 */
#pragma once
#include "forecast/model/designs.h"
#include "forecast/model/ets.h"
#include "forecast/model/poisson.h"
#include "forecast/model/transform.h"

/* Nothing is fitted before it is asked for.  Series, calendar and designs (either NULL: none) must outlive it. */
Fits *fits_new(const Series *series, const Calendar *calendar, gsize end, const gsize season[2], Designs *designs);
void fits_free(Fits *fits);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fits, fits_free)

const Series *fits_series(const Fits *fits);
const Calendar *fits_calendar(const Fits *fits);
gsize fits_end(const Fits *fits);
const gsize *fits_season(const Fits *fits); /* [2] */
Designs *fits_designs(const Fits *fits);    /* what this series shares with others; NULL: nothing */

/* The scale on which the series varies evenly before `end`, and all its values on that scale. */
const Transform *fits_transform(const Fits *fits);
const double *fits_z(const Fits *fits);

/* One more reference each (ets_free, poisson_free); NULL with why not.  Without a calendar there is no
 * regression for counts: MODEL_ERROR_SHORT. */
Ets *fits_ets(Fits *fits, GError **error) G_GNUC_WARN_UNUSED_RESULT;
Poisson *fits_poisson(Fits *fits, GError **error) G_GNUC_WARN_UNUSED_RESULT;
