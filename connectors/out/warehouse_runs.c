#include "connectors/out/warehouse_base.h"
#include "sql/statements.h"

gboolean warehouse_find_run(Warehouse *warehouse, const char *group, Instant slot, gint64 *run_id, GError **error)
{
    char when[40];
    const char *const value[] = {group, pg_instant(slot, when)};
    g_autoptr(PgResult) result = NULL;
    *run_id = 0;
    if (!warehouse_base_query(warehouse, sql_run_find, value, G_N_ELEMENTS(value), PG_EXPECT_MAYBE_ROW, &result, error))
        return FALSE;
    if (pg_rows(result) > 0)
        *run_id = g_ascii_strtoll(pg_cell(result, 0, 0), NULL, 10);
    return TRUE;
}

void run_head_clear(RunHead *head)
{
    g_clear_pointer(&head->group, g_free);
    g_clear_pointer(&head->model_hash, g_free);
    g_clear_pointer(&head->config_hash, g_free);
    g_clear_pointer(&head->summary, g_free);
    head->run_id = 0;
}

gboolean warehouse_run_head(Warehouse *warehouse, gint64 run_id, const char *group, Instant before, RunHead *head, GError **error)
{
    char run[24], when[40];
    g_autoptr(PgResult) result = NULL;
    *head = (RunHead){.run_id = 0};
    g_snprintf(run, sizeof run, "%" G_GINT64_FORMAT, run_id);
    const char *const by_id[] = {run};
    const char *const newest[] = {group, run_id == 0 ? pg_instant(before, when) : NULL};
    if (!warehouse_base_query(warehouse, run_id ? sql_run_head : sql_run_head_before, run_id ? by_id : newest, run_id ? 1 : 2, PG_EXPECT_MAYBE_ROW, &result, error))
        return FALSE;
    if (pg_rows(result) == 0)
        return TRUE;
    if (!warehouse_base_read_time(pg_cell(result, 0, 2), &head->slot, error) || !warehouse_base_read_time(pg_cell(result, 0, 3), &head->as_of, error) ||
        !warehouse_base_read_time(pg_cell(result, 0, 4), &head->published_at, error))
        return FALSE;
    head->run_id = g_ascii_strtoll(pg_cell(result, 0, 0), NULL, 10);
    head->group = g_strdup(pg_cell(result, 0, 1));
    head->seed = g_ascii_strtoull(pg_cell(result, 0, 5), NULL, 10);
    head->model_hash = g_strdup(pg_cell(result, 0, 6));
    head->config_hash = g_strdup(pg_cell(result, 0, 7));
    head->summary = g_strdup(pg_cell(result, 0, 8));
    return TRUE;
}

gboolean warehouse_runs_ahead(Warehouse *warehouse, const char *group, guint *runs, Instant *last, GError **error)
{
    const char *const value[] = {group};
    g_autoptr(PgResult) result = NULL;
    *runs = 0;
    *last = INSTANT_NONE;
    if (!warehouse_base_query(warehouse, sql_runs_ahead, value, G_N_ELEMENTS(value), PG_EXPECT_ROW, &result, error))
        return FALSE;
    *runs = (guint)g_ascii_strtoull(pg_cell(result, 0, 0), NULL, 10);
    return *runs == 0 || warehouse_base_read_time(pg_cell(result, 0, 1), last, error);
}

typedef struct {
    gboolean (*take)(void *self, const PastForecast *row, GError **error);
    void *self;
} Reader;

static gboolean read_row(void *self, const char *const *cell, gsize cells, GError **error)
{
    enum { FIRST_QUANTILE = 7 };
    const Reader *reader = self;
    double quantile[OUTLOOK_LEVELS];
    PastForecast row = {.facility = cell[0], .unit = cell[1], .measure = cell[2], .quantile = quantile};
    g_return_val_if_fail(cells == FIRST_QUANTILE + OUTLOOK_LEVELS, FALSE);
    if (!warehouse_base_read_grain(cell[3], &row.grain, error) || !warehouse_base_read_time(cell[4], &row.target_at, error))
        return FALSE;
    row.step = (gsize)g_ascii_strtoull(cell[5], NULL, 10);
    row.mean = warehouse_base_read_number(cell[6]);
    for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
        quantile[q] = warehouse_base_read_number(cell[FIRST_QUANTILE + q]);
    return reader->take(reader->self, &row, error);
}

gboolean warehouse_read_forecasts(Warehouse *warehouse, gint64 run_id, gboolean (*take)(void *self, const PastForecast *row, GError **error), void *self, GError **error)
{
    char run[24];
    const char *const value[] = {run};
    Reader reader = {take, self};
    g_snprintf(run, sizeof run, "%" G_GINT64_FORMAT, run_id);
    return warehouse_base_stream(warehouse, sql_forecasts_read, value, 1, read_row, &reader, error);
}

typedef struct {
    gboolean (*take)(void *self, const PastScore *row, GError **error);
    void *self;
} ScoreReader;

static gboolean read_score(void *self, const char *const *cell, gsize cells, GError **error)
{
    enum { CELLS = 14 };
    const ScoreReader *reader = self;
    PastScore row = {.facility = cell[0], .unit = cell[1], .measure = cell[2], .model_hash = cell[12]};
    g_return_val_if_fail(cells == CELLS, FALSE);
    if (!warehouse_base_read_grain(cell[3], &row.grain, error) || !warehouse_base_read_time(cell[4], &row.slot, error) ||
        !warehouse_base_read_time(cell[13], &row.until, error))
        return FALSE;
    row.n = (guint)g_ascii_strtoull(cell[5], NULL, 10);
    row.pinball = warehouse_base_read_number(cell[6]);
    row.coverage80 = warehouse_base_read_number(cell[7]);
    row.expected = warehouse_base_read_number(cell[8]);
    row.first_score = warehouse_base_read_number(cell[9]);
    row.last_pit = warehouse_base_read_number(cell[10]);
    row.sound = g_str_equal(cell[11], "t");
    return reader->take(reader->self, &row, error);
}

gboolean warehouse_read_scores(Warehouse *warehouse, const char *group, Instant since, Instant long_since, Instant before,
                               gboolean (*take)(void *self, const PastScore *row, GError **error), void *self, GError **error)
{
    char from[40], long_from[40], until[40];
    const char *const value[] = {group, pg_instant(since, from), pg_instant(before, until), pg_instant(long_since, long_from)};
    ScoreReader reader = {take, self};
    return warehouse_base_stream(warehouse, sql_scores_read, value, G_N_ELEMENTS(value), read_score, &reader, error);
}
