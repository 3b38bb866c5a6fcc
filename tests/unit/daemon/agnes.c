#include "tests/unit/daemon/agnes.h"

#include "forecast/plan/shift.h"

gpointer agnes_keep(Agnes *agnes, gpointer block)
{
    g_ptr_array_add(agnes->keep, block);
    return block;
}

static void add_rule(Agnes *agnes, const char *kind, const char *role, double ratio, guint floor, const char *to)
{
    static char *nobody[] = {NULL};
    PlanRule *rule = agnes_keep(agnes, g_new0(PlanRule, 1));
    *rule = (PlanRule){.kind = (char *)kind, .role = (char *)role, .patients_per_nurse = ratio, .floor = floor, .cost_short = 4, .cost_idle = 1,
                       .may_send_to = nobody, .escalation_beds = 2};
    if (to != NULL) {
        rule->may_send_to = agnes_keep(agnes, g_new0(char *, 2));
        rule->may_send_to[0] = (char *)to;
    }
    g_ptr_array_add(agnes->settings.rules, rule);
}

static void add_shift(Agnes *agnes, const char *name, guint starts, guint ends)
{
    PlanShift *shift = agnes_keep(agnes, g_new0(PlanShift, 1));
    *shift = (PlanShift){(char *)name, starts, ends};
    g_ptr_array_add(agnes->settings.shifts, shift);
}

Agnes *agnes_new(void)
{
    Agnes *agnes = g_new0(Agnes, 1);
    g_autoptr(GError) error = NULL;
    agnes->calendar = calendar_new("America/New_York", NULL, &error);
    g_assert_no_error(error);
    agnes->keep = g_ptr_array_new_with_free_func(g_free);
    agnes->facility = g_array_new(FALSE, FALSE, sizeof(BriefFacility));
    agnes->forecast = g_array_new(FALSE, FALSE, sizeof(BriefForecast));
    agnes->plans = g_ptr_array_new_with_free_func((GDestroyNotify)plan_free);
    agnes->series = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    agnes->outlooks = g_ptr_array_new_with_free_func((GDestroyNotify)outlook_free);
    agnes->settings.rules = g_ptr_array_new();
    agnes->settings.shifts = g_ptr_array_new();
    agnes->settings.paths = AGNES_PATHS;
    agnes->settings.over_limit = 0.2;
    Instant morning = calendar_instant(agnes->calendar, GRAIN_HOUR, 24 * grain_day_of_date(2026, 11, 23) + 6);
    for (gsize h = 0; h < AGNES_HOURS; h++)
        agnes->hour_at[h] = morning + (Instant)h * INSTANT_HOUR;
    agnes->input = (BriefInput){.group = "st-agnes", .name = "St Agnes Hospitals", .calendar = agnes->calendar, .as_of = morning, .slot = morning,
                                .over_limit = 0.2, .scored_as_of = INSTANT_NONE, .previous_as_of = INSTANT_NONE};
    return agnes;
}

void agnes_free(Agnes *agnes)
{
    g_ptr_array_unref(agnes->keep);
    g_array_unref(agnes->facility);
    g_array_unref(agnes->forecast);
    g_ptr_array_unref(agnes->plans);
    g_ptr_array_unref(agnes->series);
    g_ptr_array_unref(agnes->outlooks);
    g_clear_pointer(&agnes->shifts, g_array_unref);
    g_ptr_array_unref(agnes->settings.rules);
    g_ptr_array_unref(agnes->settings.shifts);
    calendar_free(agnes->calendar);
    g_free(agnes);
}

const BriefInput *agnes_input(Agnes *agnes)
{
    agnes->input.facility = (const BriefFacility *)(const void *)agnes->facility->data;
    agnes->input.facilities = agnes->facility->len;
    agnes->input.forecast = (const BriefForecast *)(const void *)agnes->forecast->data;
    agnes->input.forecasts = agnes->forecast->len;
    return &agnes->input;
}

static double wave(const PlanUnit *unit, double hour)
{
    return unit->census * (1 + 0.05 * sin(hour / 24 * 2 * G_PI)) + 0.02 * hour;
}

Series *agnes_add_series(Agnes *agnes, const PlanUnit *unit, Grain grain, gsize length)
{
    gint64 now = calendar_step(agnes->calendar, grain, agnes->input.as_of);
    Series *series = series_new(unit->unit, grain, now - (gint64)length + 1, length);
    for (gsize t = 0; t < length; t++)
        series->value[t] = round(wave(unit, (double)(t + 1) - (double)length) + 2 * sin((double)(t * t)));
    if (length > 30)
        series->value[length - 14] = series->value[length - 15] = series->value[length - 30] = MISSING;
    series->counts = TRUE;
    g_ptr_array_add(agnes->series, series);
    return series;
}

Outlook *agnes_add_outlook(Agnes *agnes, const PlanUnit *unit, const Series *series, gsize horizon)
{
    Outlook *outlook = outlook_new("wardcast", series->start + (gint64)series->length, horizon);
    for (gsize h = 0; h < horizon; h++) {
        outlook->mean[h] = wave(unit, (double)h + 1);
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
            outlook->quantile[h * OUTLOOK_LEVELS + k] = outlook->mean[h] + outlook_probit[k] * sqrt(unit->census * ((double)h + 1)) * 0.12;
    }
    g_ptr_array_add(agnes->outlooks, outlook);
    return outlook;
}

static float *add_paths(Agnes *agnes, const PlanUnit *unit)
{
    float *path = agnes_keep(agnes, g_new(float, AGNES_PATHS * AGNES_HOURS));
    for (gsize p = 0; p < AGNES_PATHS; p++)
        for (gsize h = 0; h < AGNES_HOURS; h++)
            path[p * AGNES_HOURS + h] = (float)round(wave(unit, (double)h) + sqrt(unit->census * ((double)h + 1)) * 0.12 * (((double)p + 0.5) / AGNES_PATHS - 0.5) * 4);
    return path;
}

void agnes_add_facility(Agnes *agnes, const char *id, const char *name, PlanUnit *unit, gsize units, Grain grain, const PlanRoster *roster, gsize rosters)
{
    g_autoptr(GError) error = NULL;
    for (gsize u = 0; u < units; u++) {
        Series *series = agnes_add_series(agnes, &unit[u], grain, grain == GRAIN_HOUR ? AGNES_TAIL : 60);
        Outlook *outlook = unit[u].status == ROW_WITHHELD ? NULL : agnes_add_outlook(agnes, &unit[u], series, grain == GRAIN_HOUR ? 72 : 14);
        BriefForecast forecast = {id, unit[u].unit, "census", series, outlook, unit[u].staffed, unit[u].status, unit[u].reason};
        g_array_append_val(agnes->forecast, forecast);
        unit[u].path = outlook ? add_paths(agnes, &unit[u]) : NULL;
    }
    g_clear_pointer(&agnes->shifts, g_array_unref);
    agnes->shifts = shift_windows(&agnes->settings, agnes->calendar, agnes->input.as_of, agnes->hour_at, AGNES_HOURS);
    PlanInput input = {.facility = id, .as_of = agnes->input.as_of, .paths = AGNES_PATHS, .hours = AGNES_HOURS, .hour_at = agnes->hour_at, .next_morning = 26,
                       .unit = unit, .units = units, .roster = roster, .rosters = rosters,
                       .shift = (const PlanShiftWindow *)(const void *)agnes->shifts->data, .shifts = agnes->shifts->len, .settings = &agnes->settings};
    Plan *plan = plan_new(&input, &error);
    g_assert_no_error(error);
    g_ptr_array_add(agnes->plans, plan);
    BriefFacility facility = {id, name, plan, unit, units};
    g_array_append_val(agnes->facility, facility);
}

void agnes_add_hospital(Agnes *agnes)
{
    static const struct {
        const char *unit, *name, *kind;
        double staffed, census;
    } ward[] = {
        {"ed", "Emergency", "ed", 30, 22}, {"icu", "Intensive care", "icu", 16, 15}, {"step", "Step-down", "medical", 20, 17},
        {"med-a", "Medical A", "medical", 28, 28}, {"med-b", "Medical B", "medical", 28, 24}, {"med-c", "Medical C", "medical", 26, 25},
        {"surg-a", "Surgical A", "surgical", 30, 23}, {"surg-b", "Surgical B", "surgical", 24, 19}, {"ortho", "Orthopaedics", "surgical", 22, 16},
        {"cardio", "Cardiology", "medical", 24, 23}, {"maternity", "Maternity", "maternity", 18, 11}, {"paeds", "Paediatrics", "paediatric", 20, 9},
    };
    PlanUnit *unit = agnes_keep(agnes, g_new0(PlanUnit, G_N_ELEMENTS(ward)));
    PlanRoster *roster = agnes_keep(agnes, g_new0(PlanRoster, 6 * G_N_ELEMENTS(ward)));
    gsize rosters = 0;
    static const char *const kinds[] = {"ed", "icu", "medical", "surgical", "maternity", "paediatric"};
    for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++)
        add_rule(agnes, kinds[k], "RN", k == 1 ? 2 : 5, 2, k == 2 ? "surgical" : NULL);
    add_shift(agnes, "day", 7 * 60, 19 * 60);
    add_shift(agnes, "night", 19 * 60, 7 * 60);
    for (gsize u = 0; u < G_N_ELEMENTS(ward); u++) {
        unit[u] = (PlanUnit){.unit = ward[u].unit, .name = ward[u].name, .kind = ward[u].kind, .staffed = ward[u].staffed, .physical = ward[u].staffed + 4,
                             .blocked = u == 3, .reserved = 0, .census = ward[u].census, .status = ROW_OK, .data_as_of = agnes->input.as_of};
        for (int s = 0; s < 6; s++) {
            Instant starts = agnes->input.as_of + INSTANT_HOUR + (Instant)s * 12 * INSTANT_HOUR;
            roster[rosters++] = (PlanRoster){ward[u].unit, "RN", starts, starts + 12 * INSTANT_HOUR, ceil(ward[u].census / (u == 1 ? 2 : 5)) + (u % 3 == 0 ? -1 : u % 3 == 1 ? 1 : 0)};
        }
    }
    unit[10].status = ROW_STALE;
    unit[10].reason = "the newest fact of source adt is 3 h old";
    unit[11].status = ROW_WITHHELD;
    unit[11].reason = "the newest fact of source adt is 15 h old";
    agnes_add_facility(agnes, "main", "St Agnes Main", unit, G_N_ELEMENTS(ward), GRAIN_HOUR, roster, rosters);
}

void agnes_add_history(Agnes *agnes)
{
    static const char *const miss[] = {"Medical A: 31 patients came at Sun 22 18:00, 27 were expected (24 to 29 in 95 of 100)",
                                       "Emergency: 12 arrivals at Sun 22 03:00, 5 were expected"};
    static const char *const alarm[] = {"med-a census: what came has been above the forecasts since about 2026-02-10: the level has shifted"};
    static const char *const change[] = {"Cardiology: tomorrow 08:00 goes from 22 to 25 patients", "Roster of the night shift has 2 nurses more"};
    static const char *const remark[] = {"med-b: 2 of 412 events are patients leaving who were never seen to enter"};
    static const char *const note[] = {"Hourly series: a blend of ETS, ridge, LSTM and transformer; released on a backtest of 40 mornings."};
    Instant as_of = agnes->input.as_of;
    agnes->source[0] = (BriefSource){{.source = (char *)"adt", .feed = FEED_STAYS, .pulled_at = as_of, .newest_fact = as_of - 10 * 60 * INSTANT_SECOND, .rows = 51234}, 7200, 21600, "the hospital's ADT events"};
    agnes->source[1] = (BriefSource){{.source = (char *)"roster", .feed = FEED_ROSTER, .pulled_at = as_of - 9 * INSTANT_HOUR, .newest_fact = as_of - 20 * INSTANT_DAY, .rows = 900, .failures = 3, .message = (char *)"no answer within 30 s"}, 14400, 172800, NULL};
    agnes->source[2] = (BriefSource){{.source = (char *)"beds", .feed = FEED_BEDS, .pulled_at = as_of, .newest_fact = as_of - 40 * 60 * INSTANT_SECOND, .rows = 300, .quarantined = 2}, 7200, 21600, NULL};
    agnes->score[0] = (ScoreRow){"main", "med-a", "census", GRAIN_HOUR, as_of - INSTANT_DAY, as_of, 24, 1.5, 2.5, 0.5, 0.75, 0.4, MISSING, MISSING, MISSING, TRUE};
    agnes->score[1] = (ScoreRow){"main", "med-b", "census", GRAIN_HOUR, as_of - INSTANT_DAY, as_of, 24, 0.5, 1.5, 0.2, 0.85, -0.2, MISSING, MISSING, MISSING, TRUE};
    agnes->score[2] = (ScoreRow){"main", "ed", "arrivals", GRAIN_HOUR, as_of - INSTANT_DAY, as_of, 24, 2.0, MISSING, 0.6, 0.79, MISSING, MISSING, MISSING, MISSING, TRUE};
    agnes->score[3] = (ScoreRow){"main", "icu", "census", GRAIN_HOUR, as_of - INSTANT_DAY, as_of, 0, MISSING, MISSING, MISSING, MISSING, MISSING, MISSING, MISSING, MISSING, TRUE};
    BriefInput *input = &agnes->input;
    input->run_id = 1234;
    input->summary = "4 of 12 units are likely over their beds tomorrow 08:00; 5 shifts are short of nurses; 1 feed is late.";
    input->note = "Synthetic data, made up to show the program.";
    input->program_version = "0.1.0";
    input->model_hash = "0123456789abcdef0123456789abcdef";
    input->config_hash = "fedcba9876543210";
    input->source = agnes->source, input->sources = 3;
    input->score = agnes->score, input->scores = 4;
    input->scored_as_of = as_of - INSTANT_DAY;
    input->miss = miss, input->misses = 2;
    input->alarm = alarm, input->alarms = 1;
    input->previous_as_of = as_of - 12 * INSTANT_HOUR;
    input->change = change, input->changes = 2;
    input->remark = remark, input->remarks = 1;
    input->model_note = note, input->model_notes = 1;
    input->mended[MEND_GAP] = 31, input->mended[MEND_ABSURD] = 2, input->mended[MEND_CLOCK] = 4;
}
