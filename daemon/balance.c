#include "daemon/balance.h"

#include "forecast/model/reconcile.h"

/* Of how the census moves, in squares. */
#define MOST_UNEXPLAINED 0.5
/* Of those who came and left: counted here and not there. */
#define MOST_LOST 0.01
/* In seasons of the grain; fewer steps show nothing. */
enum { LEAST_SEASONS = 2 };

/* ------------------------------------------------------------------ the past */

/* As it was reported; MISSING when it was not. */
static double known(const Series *series, gint64 step)
{
    gint64 t = step - series->start;
    return t >= 0 && t < (gint64)series->length && series->mended[t] == MEND_NONE ? series->value[t] : MISSING;
}

gboolean balance_held(const Series *census, const Series *admissions, const Series *discharges, gint64 ahead)
{
    double moved = 0, unexplained = 0, lost = 0, passed = 0, steps = 0;
    for (gint64 step = census->start + 1; step < census->start + (gint64)census->length; step++) {
        double change = known(census, step) - known(census, step - 1);
        double came = known(admissions, step - ahead), left = known(discharges, step - ahead), off = change - came + left;
        if (isnan(off))
            continue;
        moved += change * change;
        unexplained += off * off;
        lost += off;
        passed += came + left;
        steps++;
    }
    return steps >= LEAST_SEASONS * (double)grain_season(census->grain) && unexplained <= MOST_UNEXPLAINED * moved && fabs(lost) <= 1 + MOST_LOST * passed;
}

/* ------------------------------------------------------------------ the forecasts */

static ForecastItem *beside(ForecastItem *const *item, gsize n, const ForecastItem *census, const char *measure)
{
    const SnapshotSeries *of = census->series;
    for (gsize k = 0; k < n; k++) {
        const SnapshotSeries *series = item[k]->series;
        if (!series->total && item[k]->outlook != NULL && series->series->counts && g_str_equal(series->measure, measure) &&
            g_str_equal(series->unit, of->unit) && g_str_equal(series->facility, of->facility))
            return item[k];
    }
    return NULL;
}

static void balance_unit(ForecastItem *const *item, gsize n, ForecastItem *census)
{
    const ForecastItem *admissions = beside(item, n, census, "admissions");
    ForecastItem *discharges = beside(item, n, census, "discharges");
    const Series *series = census->series->series;
    g_autoptr(GError) error = NULL;
    if (admissions == NULL || discharges == NULL || admissions->outlook->origin != discharges->outlook->origin)
        return;
    gint64 ahead = census->outlook->origin - admissions->outlook->origin;
    gboolean together = admissions->outlook->horizon == census->outlook->horizon && discharges->outlook->horizon == census->outlook->horizon;
    gint64 last = census->outlook->origin - 1 - series->start;
    double now = last >= 0 && last < (gint64)series->length ? series->value[last] : MISSING;
    if (!together || ahead < 0 || ahead > 1 || isnan(now) || !balance_held(series, admissions->series->series, discharges->series->series, ahead))
        return;
    /* Ranges that are not finite are told where they are made; these figures then stay as they are. */
    if (!reconcile_flow(now, admissions->outlook, census->outlook, discharges->outlook, &error))
        g_debug("%s: %s", series->id, error->message);
}

void balance_units(ForecastItem *const *item, gsize n)
{
    for (gsize k = 0; k < n; k++)
        if (!item[k]->series->total && item[k]->outlook != NULL && item[k]->series->series->counts && g_str_equal(item[k]->series->measure, "census"))
            balance_unit(item, n, item[k]);
}
