#include "forecast/plan/beds.h"

#include "forecast/plan/spread.h"

const char *const bed_horizon_name[BED_HORIZONS] = {"4h", "12h", "24h", "tomorrow 08:00"};

/* Hours after as_of; the last horizon is a time of the day instead. */
static const gint64 hours_ahead[BED_HORIZONS] = {4, 12, 24, 0};

static gboolean known(double beds)
{
    return isfinite(beds) && beds >= 0;
}

double beds_available(const PlanUnit *unit)
{
    if (!known(unit->staffed))
        return MISSING;
    double taken = (known(unit->blocked) ? unit->blocked : 0) + (known(unit->reserved) ? unit->reserved : 0);
    return MAX(unit->staffed - taken, 0);
}

gboolean beds_hour(const PlanInput *input, int horizon, gsize *hour)
{
    if (hours_ahead[horizon] == 0) {
        *hour = input->next_morning;
        return input->next_morning < input->hours;
    }
    Instant target = input->as_of + hours_ahead[horizon] * INSTANT_HOUR;
    if (target >= input->hour_at[input->hours - 1] + INSTANT_HOUR)
        return FALSE;
    gsize found = 0;
    for (gsize h = 0; h < input->hours && input->hour_at[h] <= target; h++)
        found = h;
    *hour = found;
    return TRUE;
}

static void append_beds(GString *trace, const char *what, double beds)
{
    if (known(beds))
        g_string_append_printf(trace, " - %g %s", beds, what);
    else
        g_string_append_printf(trace, " - 0 %s (not reported)", what);
}

static char *trace_of(const PlanUnit *unit, const BedRow *row, const Spread *census)
{
    GString *trace = g_string_new(NULL);
    if (isnan(row->available))
        g_string_append(trace, "staffed beds are not known");
    else {
        g_string_append_printf(trace, "%g beds = %g staffed", row->available, unit->staffed);
        append_beds(trace, "blocked", unit->blocked);
        append_beds(trace, "reserved", unit->reserved);
    }
    g_string_append_printf(trace, "; census %.0f, %.0f, %.0f at p10, p50, p90 of %" G_GSIZE_FORMAT " paths", row->census_p10,
                           row->census_p50, row->census_p90, census->paths);
    if (!isnan(row->available))
        g_string_append_printf(trace, "; over in %" G_GSIZE_FORMAT " paths, by %.2f patients on average of all",
                               census->paths - spread_within(census, row->available), row->overflow);
    return g_string_free(trace, FALSE);
}

static void fill(const PlanInput *input, const PlanUnit *unit, gsize hour, BedRow *row)
{
    g_autoptr(Spread) census = spread_new(unit, input->paths, input->hours, hour, hour);
    row->census_p10 = spread_quantile(census, 0.1);
    row->census_p50 = spread_quantile(census, 0.5);
    row->census_p90 = spread_quantile(census, 0.9);
    row->status = unit->status;
    row->reason = g_strdup(unit->reason);
    if (isnan(row->available)) {
        row->status = MAX(unit->status, ROW_DEGRADED);
        g_free(row->reason);
        row->reason = unit->reason ? g_strdup_printf("%s; staffed beds are not known", unit->reason)
                                   : g_strdup("staffed beds are not known");
    } else {
        row->net_p50 = row->available - row->census_p50;
        row->net_p10 = row->available - row->census_p90;
        row->over = (double)(census->paths - spread_within(census, row->available)) / (double)census->paths;
        row->overflow = spread_excess(census, row->available);
    }
    row->trace = trace_of(unit, row, census);
}

void beds_rows(const PlanInput *input, const PlanUnit *unit, const char *withheld, GArray *rows)
{
    for (int horizon = 0; horizon < BED_HORIZONS; horizon++) {
        BedRow row = {.unit = unit->unit, .horizon = horizon, .available = beds_available(unit), .census_p10 = MISSING,
                      .census_p50 = MISSING, .census_p90 = MISSING, .net_p50 = MISSING, .net_p10 = MISSING, .over = MISSING,
                      .overflow = MISSING, .data_as_of = unit->data_as_of};
        gsize hour = 0;
        gboolean reached = beds_hour(input, horizon, &hour);
        g_autofree char *short_paths = reached ? NULL : g_strdup_printf(
            "the forecast ends %" G_GSIZE_FORMAT " hours ahead, before %s", input->hours, bed_horizon_name[horizon]);
        const char *reason = withheld ? withheld : short_paths;
        row.target_at = reached ? input->hour_at[hour] : input->as_of + MAX(hours_ahead[horizon], 24) * INSTANT_HOUR;
        row.valid_until = MIN(row.target_at, input->as_of + INSTANT_DAY);
        if (reason) {
            row.status = ROW_WITHHELD;
            row.reason = g_strdup(reason);
            row.trace = g_strdup_printf("no number: %s", reason);
        } else {
            fill(input, unit, hour, &row);
        }
        g_array_append_val(rows, row);
    }
}
