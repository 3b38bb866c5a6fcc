#include "forecast/model/fits.h"

#include <string.h>

struct Fits {
    const Series *series;
    const Calendar *calendar;
    gsize end, season[2];
    Designs *designs;
    Transform transform;
    double *z; /* [length] */
    GMutex lock;
    Ets *ets;
    GError *no_ets;
    Poisson *poisson;
    GError *no_poisson;
};

Fits *fits_new(const Series *series, const Calendar *calendar, gsize end, const gsize season[2], Designs *designs)
{
    g_assert(end <= series->length);
    Fits *fits = g_new0(Fits, 1);
    fits->series = series;
    fits->calendar = calendar;
    fits->end = end;
    fits->designs = designs;
    memcpy(fits->season, season, sizeof fits->season);
    fits->transform = transform_choose(series->value, end, MAX(season[0], season[1]), series->counts);
    fits->z = g_new(double, series->length + 1);
    for (gsize t = 0; t < series->length; t++)
        fits->z[t] = transform_apply(&fits->transform, series->value[t]);
    g_mutex_init(&fits->lock);
    return fits;
}

void fits_free(Fits *fits)
{
    if (fits == NULL)
        return;
    ets_free(fits->ets);
    poisson_free(fits->poisson);
    g_clear_error(&fits->no_ets);
    g_clear_error(&fits->no_poisson);
    g_mutex_clear(&fits->lock);
    g_free(fits->z);
    g_free(fits);
}

const Series *fits_series(const Fits *fits)
{
    return fits->series;
}

const Calendar *fits_calendar(const Fits *fits)
{
    return fits->calendar;
}

gsize fits_end(const Fits *fits)
{
    return fits->end;
}

const gsize *fits_season(const Fits *fits)
{
    return fits->season;
}

Designs *fits_designs(const Fits *fits)
{
    return fits->designs;
}

const Transform *fits_transform(const Fits *fits)
{
    return &fits->transform;
}

const double *fits_z(const Fits *fits)
{
    return fits->z;
}

static void tell(GError **error, const GError *why)
{
    if (error != NULL)
        *error = g_error_copy(why);
}

Ets *fits_ets(Fits *fits, GError **error)
{
    g_mutex_lock(&fits->lock);
    if (fits->ets == NULL && fits->no_ets == NULL)
        fits->ets = ets_new(fits->z, fits->end, fits->series->length, fits->season, &fits->no_ets);
    Ets *ets = fits->ets != NULL ? ets_ref(fits->ets) : NULL;
    g_mutex_unlock(&fits->lock);
    if (ets == NULL)
        tell(error, fits->no_ets);
    return ets;
}

Poisson *fits_poisson(Fits *fits, GError **error)
{
    g_mutex_lock(&fits->lock);
    if (fits->calendar == NULL && fits->no_poisson == NULL)
        g_set_error(&fits->no_poisson, MODEL_ERROR, MODEL_ERROR_SHORT, "%s: no calendar; a regression for counts wanted one", fits->series->id);
    if (fits->poisson == NULL && fits->no_poisson == NULL)
        fits->poisson = poisson_new(fits->series, fits->calendar, fits->end, &fits->no_poisson);
    Poisson *poisson = fits->poisson != NULL ? poisson_ref(fits->poisson) : NULL;
    g_mutex_unlock(&fits->lock);
    if (poisson == NULL)
        tell(error, fits->no_poisson);
    return poisson;
}
