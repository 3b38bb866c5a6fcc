#include "daemon/planning.h"

#include "connectors/wire/failpoint.h"
#include "daemon/telling.h"
#include "forecast/plan/shift.h"

#include <string.h>

/* Three days of hours, now included: the longest anybody rosters by the hour. */
enum { MOST_HOURS = 73, MORNING_HOUR = 8 };

static void facility_free(gpointer data)
{
    FacilityPlanning *facility = data;
    g_clear_pointer(&facility->plan, plan_free);
    g_free(facility->unit);
    g_free(facility->hour_at);
    g_clear_pointer(&facility->shift, g_array_unref);
    g_free(facility->path);
    g_free(facility);
}

/* Real hours from the one that holds as_of, so that a 23-hour day has 23. */
static void make_hours(const Snapshot *snapshot, PlanInput *input, Instant **hour_at, gsize hours)
{
    Instant *at = g_new(Instant, hours);
    Instant first = snapshot->as_of - snapshot->as_of % INSTANT_HOUR;
    gint64 today = calendar_step(snapshot->calendar, GRAIN_DAY, snapshot->as_of);
    input->next_morning = hours - 1;
    for (gsize h = hours; h-- > 0;) {
        at[h] = first + (Instant)h * INSTANT_HOUR;
        if (calendar_civil_hour(snapshot->calendar, at[h]) == 24 * (today + 1) + MORNING_HOUR)
            input->next_morning = h;
    }
    input->hours = hours;
    input->hour_at = *hour_at = at;
}

/* The census of one unit on the grid: known steps as known, later ones from the sample path. */
static void lay_on_grid(const Snapshot *snapshot, const ForecastItem *item, const float *path, gsize paths, const PlanInput *input, float *out)
{
    const Series *series = item->series->series;
    const Outlook *outlook = item->outlook;
    for (gsize h = 0; h < input->hours; h++) {
        gint64 step = calendar_step(snapshot->calendar, series->grain, input->hour_at[h]);
        gint64 ahead = step - outlook->origin;
        gint64 t = step - series->start;
        double now = ahead < 0 && t >= 0 && t < (gint64)series->length ? series->value[t] : MISSING;
        gsize k = (gsize)CLAMP(ahead, 0, (gint64)outlook->horizon - 1);
        for (gsize p = 0; p < paths; p++) {
            float value = isnan(now) ? path[p * outlook->horizon + k] : (float)now;
            /* Nobody lies in half a bed. */
            out[p * input->hours + h] = series->counts ? roundf(value) : value;
        }
    }
}

static gsize hours_of(const ForecastItem *item)
{
    gsize per_step = item->series->series->grain == GRAIN_HOUR ? 1 : 24;
    return MIN(MOST_HOURS, item->outlook->horizon * per_step);
}

static void describe_unit(const Snapshot *snapshot, const SnapshotUnit *known, const ForecastItem *item, PlanUnit *unit)
{
    unit->unit = known->id;
    unit->name = known->name;
    unit->kind = known->kind;
    unit->staffed = known->staffed;
    unit->physical = known->physical;
    unit->blocked = known->blocked;
    unit->reserved = known->reserved;
    unit->census = MISSING;
    if (item == NULL) {
        unit->status = ROW_WITHHELD;
        unit->reason = "no census is known for this unit";
        unit->data_as_of = snapshot->watermark;
        return;
    }
    const Series *series = item->series->series;
    unit->census = series->length > 0 ? series->value[series->length - 1] : MISSING;
    unit->status = item->status;
    unit->reason = item->reason;
    unit->data_as_of = item->series->data_as_of;
}

/* Items of one facility with a path, all of one grain and horizon (the first one's). */
static GPtrArray *items_with_path(const Forecasting *forecasting, const SnapshotFacility *facility)
{
    GPtrArray *items = g_ptr_array_new();
    for (guint u = 0; u < facility->units->len; u++) {
        const SnapshotUnit *unit = g_ptr_array_index(facility->units, u);
        const ForecastItem *item = forecasting_find(forecasting, facility->id, unit->id, "census");
        if (item == NULL || item->outlook == NULL)
            continue;
        const ForecastItem *first = items->len > 0 ? g_ptr_array_index(items, 0) : item;
        if (item->series->series->grain == first->series->series->grain && item->outlook->horizon == first->outlook->horizon)
            g_ptr_array_add(items, (gpointer)item);
    }
    return items;
}

static gboolean draw(const Snapshot *snapshot, const Forecasting *forecasting, const GPtrArray *items, guint64 seed, FacilityPlanning *facility, GError **error)
{
    PlanInput *input = &facility->input;
    const ForecastItem *first = g_ptr_array_index(items, 0);
    gsize horizon = first->outlook->horizon, paths = input->paths;
    g_autofree float *raw = g_try_new(float, items->len * paths * horizon);
    facility->path = g_try_new(float, items->len * paths * input->hours);
    if (raw == NULL || facility->path == NULL) {
        g_set_error(error, PLAN_ERROR, PLAN_ERROR_INPUT, "no memory for %" G_GSIZE_FORMAT " sample paths of %u units; lower plan.paths", paths, items->len);
        return FALSE;
    }
    if (!forecasting_paths(forecasting, (const ForecastItem *const *)items->pdata, items->len, paths, seed, raw, error))
        return FALSE;
    failpoint("paths-made");
    for (guint i = 0; i < items->len; i++) {
        const ForecastItem *item = g_ptr_array_index(items, i);
        float *out = facility->path + i * paths * input->hours;
        lay_on_grid(snapshot, item, raw + i * paths * horizon, paths, input, out);
        for (gsize u = 0; u < input->units; u++)
            if (g_str_equal(facility->unit[u].unit, item->series->unit))
                facility->unit[u].path = out;
    }
    return TRUE;
}

static FacilityPlanning *plan_facility(const Snapshot *snapshot, const Forecasting *forecasting, const SnapshotFacility *known, const PlanSettings *settings, guint64 seed, GError **error)
{
    FacilityPlanning *facility = g_new0(FacilityPlanning, 1);
    PlanInput *input = &facility->input;
    g_autoptr(GPtrArray) items = items_with_path(forecasting, known);
    make_hours(snapshot, input, &facility->hour_at, items->len > 0 ? hours_of(g_ptr_array_index(items, 0)) : MOST_HOURS);
    facility->unit = g_new0(PlanUnit, known->units->len);
    for (guint u = 0; u < known->units->len; u++) {
        const SnapshotUnit *unit = g_ptr_array_index(known->units, u);
        describe_unit(snapshot, unit, forecasting_find(forecasting, known->id, unit->id, "census"), &facility->unit[u]);
    }
    input->facility = known->id;
    input->as_of = snapshot->as_of;
    input->paths = settings->paths;
    input->unit = facility->unit;
    input->units = known->units->len;
    input->roster = (const PlanRoster *)(const void *)known->roster->data;
    input->rosters = known->roster->len;
    input->settings = settings;
    facility->shift = shift_windows(settings, snapshot->calendar, snapshot->as_of, input->hour_at, input->hours);
    input->shift = (const PlanShiftWindow *)(const void *)facility->shift->data;
    input->shifts = facility->shift->len;
    if ((items->len == 0 || draw(snapshot, forecasting, items, seed, facility, error)) && (facility->plan = plan_new(input, error)) != NULL) {
        telling_explain(snapshot, forecasting, known->id, facility->plan);
        return facility;
    }
    g_prefix_error(error, "plan of %s: ", known->id);
    facility_free(facility);
    return NULL;
}

Planning *planning_new(const Snapshot *snapshot, const Forecasting *forecasting, const PlanSettings *settings, guint64 seed, GError **error)
{
    g_autoptr(Planning) planning = g_new0(Planning, 1);
    planning->facilities = g_ptr_array_new_with_free_func(facility_free);
    for (guint f = 0; f < snapshot->facilities->len; f++) {
        FacilityPlanning *facility = plan_facility(snapshot, forecasting, g_ptr_array_index(snapshot->facilities, f), settings, seed + f, error);
        if (facility == NULL)
            return NULL;
        g_ptr_array_add(planning->facilities, facility);
    }
    return g_steal_pointer(&planning);
}

void planning_free(Planning *planning)
{
    if (planning == NULL)
        return;
    g_ptr_array_unref(planning->facilities);
    g_free(planning);
}
