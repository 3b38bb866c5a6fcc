#include "daemon/cycle.h"

#include "config/build.h"
#include "connectors/wire/failpoint.h"
#include "daemon/drifting.h"
#include "daemon/forecasting.h"
#include "daemon/ladder.h"
#include "daemon/morning.h"
#include "daemon/planning.h"
#include "daemon/position.h"
#include "daemon/schedule.h"
#include "daemon/scoring.h"
#include "daemon/site.h"
#include "daemon/snapshot.h"

/* What the steps of a cycle hand on to each other. */
typedef struct {
    const CycleOrder *order;
    Calendar *calendar;
    Snapshot *snapshot;
    Ranging *ranging;
    Forecasting *forecasting;
    Planning *planning;
    Scoring *scoring;
    Drifting *drifting;
    Ladder *ladder;
    Instant valid_until;
    ForecastRows *forecast;
    gsize forecasts;
    FacilityPlan *plan;
    char *config_hash, *summary;
} Cycle;

static void cycle_clear(Cycle *cycle)
{
    g_clear_pointer(&cycle->forecast, g_free);
    g_clear_pointer(&cycle->plan, g_free);
    g_clear_pointer(&cycle->ladder, ladder_free);
    g_clear_pointer(&cycle->drifting, drifting_free);
    g_clear_pointer(&cycle->scoring, scoring_free);
    g_clear_pointer(&cycle->planning, planning_free);
    g_clear_pointer(&cycle->forecasting, forecasting_free);
    g_clear_pointer(&cycle->ranging, ranging_free);
    g_clear_pointer(&cycle->snapshot, snapshot_free);
    g_clear_pointer(&cycle->calendar, calendar_free);
    g_clear_pointer(&cycle->config_hash, g_free);
    g_clear_pointer(&cycle->summary, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Cycle, cycle_clear)

void cycle_outcome_clear(CycleOutcome *outcome)
{
    g_clear_pointer(&outcome->summary, g_free);
    g_clear_pointer(&outcome->brief, g_free);
    g_clear_pointer(&outcome->text, g_free);
    g_clear_pointer(&outcome->digest, g_free);
}

static void say(const CycleOrder *order, const char *line)
{
    if (order->say != NULL)
        order->say(order->self, line);
}

/* Rows are good until the slot after the next one: one missed run makes them stale. */
static Instant valid_until(const Calendar *calendar, const GroupSettings *group, Instant as_of)
{
    const char *const *schedule = (const char *const *)group->schedule;
    return schedule_next(calendar, schedule, schedule_next(calendar, schedule, as_of));
}

static void list_forecasts(Cycle *cycle)
{
    const GPtrArray *items = forecasting_items(cycle->forecasting);
    cycle->forecast = g_new0(ForecastRows, items->len);
    for (guint k = 0; k < items->len; k++) {
        const ForecastItem *item = g_ptr_array_index(items, k);
        cycle->forecast[cycle->forecasts++] = (ForecastRows){
            .facility = item->series->facility,
            .unit = item->series->unit,
            .measure = item->series->measure,
            .grain = item->series->series->grain,
            .outlook = item->outlook,
            .target_at = item->target_at,
            .status = item->status,
            .reason = item->reason,
            .data_as_of = item->series->data_as_of,
            .valid_until = cycle->valid_until,
            .counts = item->series->series->counts,
            .shift = item->shift,
            .width = item->width,
        };
    }
}

/* How a plan's ranges were corrected, at the end of its trace. */
static char *retrace(const Cycle *cycle, const char *facility, const char *unit, char *trace)
{
    const ForecastItem *census = forecasting_find(cycle->forecasting, facility, unit, "census");
    g_autofree char *words = census != NULL && census->outlook != NULL ? ranging_words(cycle->ranging, census->series) : NULL;
    if (words == NULL)
        return trace;
    char *both = g_strdup_printf("%s; %s", trace, words);
    g_free(trace);
    return both;
}

/* plan/ knows neither the schedule nor the days before: how long its rows are
 * good, and how their ranges were corrected, is said here. */
static void list_plans(Cycle *cycle)
{
    const GPtrArray *facilities = cycle->planning->facilities;
    cycle->plan = g_new0(FacilityPlan, facilities->len);
    for (guint f = 0; f < facilities->len; f++) {
        const FacilityPlanning *facility = g_ptr_array_index(facilities, f);
        cycle->plan[f] = (FacilityPlan){facility->input.facility, facility->plan};
        for (guint k = 0; k < facility->plan->staffing->len; k++) {
            StaffingRow *row = &g_array_index(facility->plan->staffing, StaffingRow, k);
            row->valid_until = cycle->valid_until;
            row->trace = retrace(cycle, facility->input.facility, row->unit, row->trace);
        }
        for (guint k = 0; k < facility->plan->beds->len; k++) {
            BedRow *row = &g_array_index(facility->plan->beds, BedRow, k);
            row->valid_until = cycle->valid_until;
            row->trace = retrace(cycle, facility->input.facility, row->unit, row->trace);
        }
        for (guint k = 0; k < facility->plan->moves->len; k++)
            g_array_index(facility->plan->moves, MoveRow, k).valid_until = cycle->valid_until;
    }
}

static char *summarise(const Cycle *cycle)
{
    guint count[ROW_STATUSES] = {0};
    const GPtrArray *items = forecasting_items(cycle->forecasting);
    for (guint k = 0; k < items->len; k++)
        count[((const ForecastItem *)g_ptr_array_index(items, k))->status]++;
    if (items->len == 0)
        return g_strdup_printf("nothing to forecast: no facts of the last %u days fit the group's targets", cycle->order->group->history_days);
    g_autoptr(GString) line = g_string_new(NULL);
    g_string_append_printf(line, "%u of %u forecasts ok", count[ROW_OK], items->len);
    for (RowStatus status = ROW_STALE; status < ROW_STATUSES; status++)
        if (count[status] > 0)
            g_string_append_printf(line, ", %u %s", count[status], row_status_name(status));
    position_tell(cycle->planning, line);
    const Drifting *drifting = cycle->drifting;
    if (drifting->alarms > 0)
        g_string_append_printf(line, "; drift: %u of %u series%s", drifting->alarms, drifting->judged, drifting_wants(drifting) ? ", training asked for" : "");
    return g_string_free(g_steal_pointer(&line), FALSE);
}

static RunRecord record_of(const Cycle *cycle)
{
    const CycleOrder *order = cycle->order;
    return (RunRecord){
        .group = order->group->id,
        .slot = order->slot,
        .as_of = order->as_of,
        .data_watermark = cycle->snapshot->watermark,
        .seed = order->config->forecast.seed,
        .program_version = PACKAGE_VERSION,
        .model_hash = forecasting_model_hash(cycle->forecasting),
        .config_hash = cycle->config_hash,
        .summary = cycle->summary,
        .token = order->token,
        .forecast = cycle->forecast,
        .forecasts = cycle->forecasts,
        .plan = cycle->plan,
        .plans = cycle->planning->facilities->len,
        .score = (const ScoreRow *)(const void *)cycle->scoring->rows->data,
        .scores = cycle->scoring->rows->len,
        .range = (const RangeRow *)(const void *)ranging_rows(cycle->ranging)->data,
        .ranges = ranging_rows(cycle->ranging)->len,
        .step = (const StepRow *)(const void *)ladder_rows(cycle->ladder)->data,
        .steps = ladder_rows(cycle->ladder)->len,
    };
}

/* What came of earlier forecasts, and what follows from it for the next. */
static gboolean look_back(Cycle *cycle, GError **error)
{
    const CycleOrder *order = cycle->order;
    const char *model_hash = forecasting_model_hash(cycle->forecasting);
    return (cycle->scoring = scoring_new(order->warehouse, cycle->snapshot, order->slot, error)) != NULL &&
           (cycle->ranging = ranging_new(order->warehouse, cycle->snapshot, order->slot, model_hash, error)) != NULL &&
           (cycle->drifting = drifting_new(order->warehouse, cycle->snapshot, cycle->scoring, order->slot, model_hash, error)) != NULL &&
           (cycle->ladder = ladder_new(order->warehouse, cycle->snapshot, cycle->ranging, cycle->drifting, order->slot, model_hash, error)) != NULL;
}

static gboolean forecast(Cycle *cycle, GError **error)
{
    const CycleOrder *order = cycle->order;
    say(order, "reading what is known");
    cycle->snapshot = snapshot_read(order->warehouse, order->group, order->config->sources, cycle->calendar, order->as_of, error);
    if (cycle->snapshot == NULL)
        return FALSE;
    failpoint("series-made");
    cycle->forecasting = forecasting_new(order->config, cycle->snapshot);
    if (!look_back(cycle, error))
        return FALSE;
    say(order, "forecasting");
    failpoint("forecast-begin");
    if (!forecasting_make(cycle->forecasting, order->config, cycle->snapshot, cycle->ranging, ladder_refit(cycle->ladder), error))
        return FALSE;
    failpoint("forecast-end");
    return TRUE;
}

static gboolean think(Cycle *cycle, GError **error)
{
    const CycleOrder *order = cycle->order;
    if (!forecast(cycle, error))
        return FALSE;
    say(order, "planning");
    cycle->planning = planning_new(cycle->snapshot, cycle->forecasting, &order->config->plan, order->config->forecast.seed, error);
    if (cycle->planning == NULL)
        return FALSE;
    failpoint("plan-made");
    return TRUE;
}

static gboolean publish(Cycle *cycle, const RunRecord *record, CycleOutcome *outcome, GError **error)
{
    const CycleOrder *order = cycle->order;
    const GroupSettings *group = order->group;
    say(order, "publishing");
    if (!warehouse_describe_group(order->warehouse, group->id, group->name, group->timezone, group->country, group->note, error) ||
        !warehouse_publish(order->warehouse, record, order->config->daemon.cycle_deadline_s, &outcome->run_id, &outcome->published, error))
        return FALSE;
    failpoint("notify-sent");
    g_autoptr(GError) why = NULL;
    if (drifting_wants(cycle->drifting) && !drifting_ask(order->config, group->id, cycle->drifting, &why)) {
        g_warning("%s: training is asked for, but the wish could not be written: %s", group->id, why->message);
        g_clear_error(&why);
    }
    MorningOrder morning = {
        .config = order->config,
        .group = group,
        .snapshot = cycle->snapshot,
        .forecasting = cycle->forecasting,
        .planning = cycle->planning,
        .scoring = cycle->scoring,
        .drifting = cycle->drifting,
        .record = record,
        .run_id = outcome->run_id,
    };
    failpoint("report-begin");
    /* A brief that cannot be written is told, but the rows are out and stay out. */
    if (!morning_write(order->warehouse, &morning, &outcome->brief, &outcome->text, &why))
        g_warning("%s: run %" G_GINT64_FORMAT " is published, but its brief could not be written: %s", group->id, outcome->run_id, why->message);
    failpoint("report-written");
    return TRUE;
}

/* Series that a message names when the one wanted is none of them. */
enum { KNOWN_MOST = 8 };

static const ForecastItem *find_series(const Cycle *cycle, const CycleQuestion *question, GError **error)
{
    const GPtrArray *items = forecasting_items(cycle->forecasting);
    g_autoptr(GString) known = g_string_new(NULL);
    for (guint k = 0; k < items->len; k++) {
        const ForecastItem *item = g_ptr_array_index(items, k);
        const char *id = item->series->series->id, *grain = grain_name(item->series->series->grain);
        if (g_str_equal(id, question->series) && (question->grain == NULL || g_str_equal(grain, question->grain)))
            return item;
        if (k < KNOWN_MOST)
            g_string_append_printf(known, "%s%s by the %s", k > 0 ? ", " : "", id, grain);
    }
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SETTING, "the series is \"%s\"%s%s; group %s forecasts: %s%s", question->series, question->grain != NULL ? " by the " : "",
                question->grain != NULL ? question->grain : "", cycle->order->group->id, known->str, items->len > KNOWN_MOST ? ", ..." : "");
    return NULL;
}

char *cycle_explain(const CycleOrder *order, const CycleQuestion *question, char **model_hash, GError **error)
{
    g_auto(Cycle) cycle = {.order = order};
    g_auto(Explaining) explaining = {0};
    cycle.calendar = site_calendar(order->group, error);
    if (cycle.calendar == NULL || !forecast(&cycle, error))
        return NULL;
    const ForecastItem *item = find_series(&cycle, question, error);
    if (item == NULL)
        return NULL;
    if (item->outlook == NULL) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "series %s was withheld: %s", question->series, item->reason);
        return NULL;
    }
    if (!forecasting_explain(cycle.forecasting, item, question->step, cycle.calendar, &explaining, error))
        return NULL;
    *model_hash = g_strdup(forecasting_model_hash(cycle.forecasting));
    return question->json ? explaining_json(&explaining) : explaining_text(&explaining);
}

gboolean cycle_run(const CycleOrder *order, CycleOutcome *outcome, GError **error)
{
    g_auto(Cycle) cycle = {.order = order};
    *outcome = (CycleOutcome){0};
    cycle.calendar = site_calendar(order->group, error);
    if (cycle.calendar == NULL || !think(&cycle, error))
        return FALSE;
    cycle.valid_until = valid_until(cycle.calendar, order->group, order->as_of);
    cycle.config_hash = config_group_hash(order->config, order->group);
    list_forecasts(&cycle);
    list_plans(&cycle);
    cycle.summary = summarise(&cycle);
    RunRecord record = record_of(&cycle);
    outcome->digest = warehouse_record_digest(&record);
    outcome->summary = g_strdup(cycle.summary);
    outcome->drift_alarms = cycle.drifting->alarms;
    if (!order->dry_run && !publish(&cycle, &record, outcome, error)) {
        cycle_outcome_clear(outcome);
        return FALSE;
    }
    return TRUE;
}
