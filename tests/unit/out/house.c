#include "tests/unit/out/house.h"

#include "connectors/wire/pg.h"

#include <string.h>

House *house_new(void)
{
    g_autoptr(Cluster) cluster = cluster_new();
    if (cluster == NULL)
        return NULL;
    House *house = g_new0(House, 1);
    GError *error = NULL;
    house->owner = cluster_conninfo(cluster, "postgres", "postgres");
    house->writer = cluster_conninfo(cluster, "postgres", "daemon");
    house->settings = (WarehouseSettings){.connection = house->writer, .owner_connection = house->owner, .deadline_s = 20, .lease_s = 30};
    house->cluster = g_steal_pointer(&cluster);
    gboolean made = warehouse_init(&house->settings, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(made);
    cluster_sql(house->cluster, "postgres", "CREATE ROLE daemon LOGIN IN ROLE wardcast_writer; CREATE ROLE scheduler LOGIN IN ROLE wardcast_reader;");
    house->warehouse = warehouse_open(&house->settings, NULL, &error);
    g_assert_no_error(error);
    return house;
}

void house_free(House *house)
{
    if (house == NULL)
        return;
    warehouse_close(house->warehouse);
    cluster_free(house->cluster);
    g_free(house->writer);
    g_free(house->owner);
    g_free(house);
}

char *house_refusal(const House *house, const char *role, const char *sql)
{
    g_autofree char *conninfo = cluster_conninfo(house->cluster, "postgres", role);
    g_autoptr(GError) error = NULL;
    g_autoptr(Pg) pg = pg_open(conninfo, NULL, 10, &error);
    g_assert_no_error(error);
    if (pg_query(pg, sql, NULL, 0, PG_EXPECT_ROWS, NULL, 20, &error) || g_error_matches(error, PG_ERROR, PG_ERROR_SHAPE))
        return NULL;
    return g_strdup(error->message);
}

Instant house_hour(int hours)
{
    return G_GINT64_CONSTANT(1772344800) * INSTANT_SECOND + hours * INSTANT_HOUR;
}

/* --- records ------------------------------------------------------------------------ */

static void staffing_clear(void *row) { g_free(((StaffingRow *)row)->trace); g_free(((StaffingRow *)row)->reason); }
static void bed_clear(void *row) { g_free(((BedRow *)row)->trace); g_free(((BedRow *)row)->reason); g_free(((BedRow *)row)->explanation); }
static void move_clear(void *row) { g_free(((MoveRow *)row)->trace); }

static GArray *rows_new(gsize size, GDestroyNotify clear)
{
    GArray *rows = g_array_new(FALSE, TRUE, (guint)size);
    g_array_set_clear_func(rows, clear);
    return rows;
}

static ForecastRows forecast_new(GRand *rand, const char *unit, Instant slot, gsize steps)
{
    Outlook *outlook = outlook_new("wardcast", 0, steps);
    Instant *target_at = g_new(Instant, steps);
    for (gsize h = 0; h < steps; h++) {
        target_at[h] = slot + (Instant)h * INSTANT_HOUR;
        outlook->mean[h] = g_rand_double_range(rand, 0, 30);
        double quantile = 0;
        for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
            outlook->quantile[h * OUTLOOK_LEVELS + q] = quantile += g_rand_double(rand);
    }
    return (ForecastRows){.facility = "general", .unit = unit, .measure = "census", .grain = GRAIN_HOUR, .outlook = outlook, .target_at = target_at,
                          .status = ROW_OK, .data_as_of = slot, .valid_until = slot + INSTANT_DAY, .counts = TRUE};
}

static Plan *plan_made(GRand *rand, const ForecastRows *forecast, gsize units, Instant slot)
{
    Plan *plan = g_new0(Plan, 1);
    plan->staffing = rows_new(sizeof(StaffingRow), staffing_clear);
    plan->beds = rows_new(sizeof(BedRow), bed_clear);
    plan->moves = rows_new(sizeof(MoveRow), move_clear);
    for (gsize u = 0; u < units; u++) {
        double census = g_rand_double_range(rand, 0, 30);
        StaffingRow staffing = {.unit = forecast[u].unit, .role = "RN", .shift = "day", .shift_starts_at = slot, .shift_ends_at = slot + 12 * INSTANT_HOUR,
                                .required = 5, .p50 = 4, .p90 = 6, .floor = 2, .scheduled = MISSING, .gap = MISSING, .fractile = 0.8, .census_p50 = census,
                                .census_p90 = census + 2, .status = ROW_OK, .trace = g_strdup("q0.80 of max\tceil(census / 4)\n= 5 \\ 1"),
                                .data_as_of = slot, .valid_until = slot + INSTANT_DAY};
        g_array_append_val(plan->staffing, staffing);
        for (int horizon = 0; horizon < BED_HORIZONS; horizon++) {
            BedRow bed = {.unit = forecast[u].unit, .horizon = horizon, .target_at = slot + (horizon + 1) * INSTANT_HOUR, .available = 20, .census_p10 = census,
                          .census_p50 = census + 1, .census_p90 = census + 3, .net_p50 = 19 - census, .net_p10 = 17 - census, .over = 0.25, .overflow = 0.1,
                          .status = u % 2 ? ROW_DEGRADED : ROW_OK, .reason = u % 2 ? g_strdup("census is 3 h old") : NULL, .trace = g_strdup("20 - census"),
                          .explanation = horizon + 1 == BED_HORIZONS ? g_strdup("3 more than on a usual Tuesday 08:00 (16): +3 day after Memorial Day") : NULL,
                          .data_as_of = slot, .valid_until = slot + INSTANT_DAY};
            g_array_append_val(plan->beds, bed);
        }
    }
    MoveRow move = {.from = forecast[0].unit, .beds = 2, .target_at = slot, .cost = 1.5, .trace = g_strdup("2 escalation beds"), .status = ROW_OK,
                    .data_as_of = slot, .valid_until = slot + INSTANT_DAY};
    g_array_append_val(plan->moves, move);
    return plan;
}

RunRecord *house_record(const char *group, Instant slot, gsize units, gsize steps, guint seed)
{
    static const char *const unit[] = {"icu", "med", "surg", "ed", "ob", "peds", "onc", "card", "neuro", "ortho", "rehab", "psych"};
    g_assert_cmpuint(units, <=, G_N_ELEMENTS(unit));
    GRand *rand = g_rand_new_with_seed(seed);
    RunRecord *record = g_new0(RunRecord, 1);
    *record = (RunRecord){.group = group, .slot = slot, .as_of = slot, .data_watermark = slot - INSTANT_HOUR, .seed = G_MAXUINT64 - seed, .program_version = "0",
                          .model_hash = "none", .config_hash = "made up", .summary = "a run", .forecasts = units, .plans = 1, .scores = units};
    ForecastRows *forecast = g_new0(ForecastRows, units);
    ScoreRow *score = g_new0(ScoreRow, units);
    for (gsize u = 0; u < units; u++) {
        forecast[u] = forecast_new(rand, unit[u], slot, steps);
        score[u] = (ScoreRow){.facility = "general", .unit = unit[u], .measure = "census", .grain = GRAIN_HOUR, .from = slot - INSTANT_DAY, .until = slot,
                              .n = 24, .mae = g_rand_double(rand), .naive_mae = 1.25, .pinball = 0.4, .coverage80 = 0.79, .bias = -g_rand_double(rand)};
    }
    FacilityPlan *plan = g_new0(FacilityPlan, 1);
    *plan = (FacilityPlan){"general", plan_made(rand, forecast, units, slot)};
    record->forecast = forecast;
    record->plan = plan;
    record->score = score;
    g_rand_free(rand);
    return record;
}

void house_record_free(RunRecord *record)
{
    if (record == NULL)
        return;
    for (gsize i = 0; i < record->forecasts; i++) {
        outlook_free((Outlook *)record->forecast[i].outlook);
        g_free((Instant *)record->forecast[i].target_at);
    }
    for (gsize i = 0; i < record->plans; i++) {
        Plan *plan = (Plan *)record->plan[i].plan;
        g_array_unref(plan->staffing);
        g_array_unref(plan->beds);
        g_array_unref(plan->moves);
        g_free(plan);
    }
    g_free((ForecastRows *)record->forecast);
    g_free((FacilityPlan *)record->plan);
    g_free((ScoreRow *)record->score);
    g_free(record);
}

char *house_rows(const House *house)
{
    static const char *const table[] = {"forecast", "staffing_recommendation", "bed_recommendation", "move_recommendation", "score"};
    GString *all = g_string_new(NULL);
    for (gsize t = 0; t < G_N_ELEMENTS(table); t++) {
        g_autofree char *sql = g_strdup_printf("SELECT '%s', r.slot, to_jsonb(t) - 'run_id' FROM wardcast.%s t JOIN wardcast.run r USING (run_id) ORDER BY 1, 2, 3",
                                               table[t], table[t]);
        g_autofree char *rows = cluster_ask(house->cluster, "postgres", sql);
        g_string_append(all, rows);
    }
    g_autofree char *ledger = cluster_ask(house->cluster, "postgres",
                                          "SELECT to_jsonb(r) - 'run_id' - 'published_at' - 'publication' FROM wardcast.run r ORDER BY group_id, slot");
    g_string_append(all, ledger);
    return g_string_free(all, FALSE);
}

gint64 house_publish(const House *house, const RunRecord *record)
{
    GError *error = NULL;
    gint64 run_id = 0;
    gboolean published = FALSE, ok = warehouse_publish(house->warehouse, record, 30, &run_id, &published, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    g_assert_true(published);
    return run_id;
}

void house_assert_asked(const House *house, const char *sql, const char *wanted)
{
    g_autofree char *seen = cluster_ask(house->cluster, "postgres", sql);
    g_assert_cmpstr(g_strchomp(seen), ==, wanted);
}
