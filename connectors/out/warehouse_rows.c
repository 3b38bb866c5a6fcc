#include "connectors/out/warehouse_rows.h"

#include "sql/statements.h"

#include <string.h>

#define QUANTILES "q025, q05, q10, q20, q30, q40, q50, q60, q70, q80, q90, q95, q975"
#define TEN_NUMBERS "nnnnnnnnnn"

const RunTableShape run_table[RUN_TABLES] = {
    [RUN_FORECAST] = {"forecast", "facility_id, unit_id, measure, grain, member, target_at, step, counts, mean, " QUANTILES ", status, reason, data_as_of, valid_until, range_shift, range_width",
                      "tttttwit" TEN_NUMBERS "nnnn" "ttww" "nn"},
    [RUN_STAFFING] = {"staffing_recommendation", "facility_id, unit_id, role, shift_starts_at, shift_ends_at, shift, required, p50, p90, floor, scheduled, gap, "
                      "fractile, census_p50, census_p90, status, reason, trace, data_as_of, valid_until", "tttwwtiiiinnnnntttww"},
    [RUN_BEDS] = {"bed_recommendation", "facility_id, unit_id, horizon, target_at, available, census_p10, census_p50, census_p90, net_p50, net_p10, p_over, overflow, "
                  "status, reason, trace, explanation, data_as_of, valid_until", "tttwnnnnnnnnttttww"},
    [RUN_MOVES] = {"move_recommendation", "facility_id, rank, action, from_unit, to_unit, beds, target_at, cost, status, trace, data_as_of, valid_until", "titttiwnttww"},
    [RUN_SCORE] = {"score", "facility_id, unit_id, measure, grain, from_at, until_at, n, mae, naive_mae, pinball, coverage80, bias, expected, first_score, last_pit, sound",
                   "ttttwwinnnnn" "nnni"},
    [RUN_RANGES] = {"range_state", "facility_id, unit_id, measure, grain, bucket, shift, stretch, factor, seen, missed, judged_until", "ttttinnninw"},
    [RUN_STEPS] = {"drift_step", "facility_id, unit_id, measure, grain, step, cause, since_at, reason, done", "ttttttwtt"},
};

/* --- a row of each table --------------------------------------------------------------- */

typedef struct {
    gboolean (*take)(void *self, const Row *row, GError **error);
    void *self;
} Taker;

/* A withheld row carries no number that somebody could act on. */
static void number_unless(Row *row, gboolean withheld, double number)
{
    warehouse_base_number(row, withheld ? MISSING : number);
}

static void integer_unless(Row *row, gboolean withheld, int integer)
{
    if (withheld)
        warehouse_base_text(row, NULL);
    else
        warehouse_base_integer(row, integer);
}

static void trust(Row *row, RowStatus status, const char *reason)
{
    warehouse_base_text(row, row_status_name(status));
    warehouse_base_text(row, reason);
}

static gsize forecast_steps(const ForecastRows *rows)
{
    return rows->outlook ? rows->outlook->horizon : 1;
}

/* The hour that spring skips shares its instant with the next, which is the one that will be. */
static gboolean is_skipped(const ForecastRows *rows, gsize h)
{
    return h + 1 < forecast_steps(rows) && rows->target_at[h] == rows->target_at[h + 1];
}

static gboolean each_forecast(const ForecastRows *rows, const Taker *taker, GError **error)
{
    const Outlook *outlook = rows->outlook;
    gboolean withheld = rows->status == ROW_WITHHELD;
    for (gsize h = 0; h < forecast_steps(rows); h++) {
        if (is_skipped(rows, h))
            continue;
        Row row = {.cells = 0};
        warehouse_base_text(&row, rows->facility);
        warehouse_base_text(&row, rows->unit);
        warehouse_base_text(&row, rows->measure);
        warehouse_base_text(&row, grain_name(rows->grain));
        warehouse_base_text(&row, outlook ? outlook->member : "wardcast");
        warehouse_base_time(&row, rows->target_at[h]);
        warehouse_base_integer(&row, (gint64)h + 1);
        warehouse_base_text(&row, rows->counts ? "t" : "f");
        number_unless(&row, withheld || outlook == NULL, outlook ? outlook->mean[h] : MISSING);
        for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
            number_unless(&row, withheld || outlook == NULL, outlook ? outlook->quantile[h * OUTLOOK_LEVELS + q] : MISSING);
        trust(&row, rows->status, rows->reason);
        warehouse_base_time(&row, rows->data_as_of);
        warehouse_base_time(&row, rows->valid_until);
        number_unless(&row, withheld || rows->shift == NULL, rows->shift ? rows->shift[h] : MISSING);
        number_unless(&row, withheld || rows->width == NULL, rows->width ? rows->width[h] : MISSING);
        if (!taker->take(taker->self, &row, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean each_staffing(const char *facility, const StaffingRow *staffing, const Taker *taker, GError **error)
{
    gboolean withheld = staffing->status == ROW_WITHHELD;
    Row row = {.cells = 0};
    warehouse_base_text(&row, facility);
    warehouse_base_text(&row, staffing->unit);
    warehouse_base_text(&row, staffing->role);
    warehouse_base_time(&row, staffing->shift_starts_at);
    warehouse_base_time(&row, staffing->shift_ends_at);
    warehouse_base_text(&row, staffing->shift);
    integer_unless(&row, withheld, staffing->required);
    integer_unless(&row, withheld, staffing->p50);
    integer_unless(&row, withheld, staffing->p90);
    warehouse_base_integer(&row, staffing->floor);
    warehouse_base_number(&row, staffing->scheduled);
    number_unless(&row, withheld, staffing->gap);
    number_unless(&row, withheld, staffing->fractile);
    number_unless(&row, withheld, staffing->census_p50);
    number_unless(&row, withheld, staffing->census_p90);
    trust(&row, staffing->status, staffing->reason);
    warehouse_base_text(&row, staffing->trace);
    warehouse_base_time(&row, staffing->data_as_of);
    warehouse_base_time(&row, staffing->valid_until);
    return taker->take(taker->self, &row, error);
}

static gboolean each_bed(const char *facility, const BedRow *bed, const Taker *taker, GError **error)
{
    gboolean withheld = bed->status == ROW_WITHHELD;
    Row row = {.cells = 0};
    warehouse_base_text(&row, facility);
    warehouse_base_text(&row, bed->unit);
    warehouse_base_text(&row, bed_horizon_name[bed->horizon]);
    warehouse_base_time(&row, bed->target_at);
    warehouse_base_number(&row, bed->available);
    number_unless(&row, withheld, bed->census_p10);
    number_unless(&row, withheld, bed->census_p50);
    number_unless(&row, withheld, bed->census_p90);
    number_unless(&row, withheld, bed->net_p50);
    number_unless(&row, withheld, bed->net_p10);
    number_unless(&row, withheld, bed->over);
    number_unless(&row, withheld, bed->overflow);
    trust(&row, bed->status, bed->reason);
    warehouse_base_text(&row, bed->trace);
    warehouse_base_text(&row, bed->explanation);
    warehouse_base_time(&row, bed->data_as_of);
    warehouse_base_time(&row, bed->valid_until);
    return taker->take(taker->self, &row, error);
}

static gboolean each_move(const char *facility, gsize rank, const MoveRow *move, const Taker *taker, GError **error)
{
    Row row = {.cells = 0};
    warehouse_base_text(&row, facility);
    warehouse_base_integer(&row, (gint64)rank + 1);
    warehouse_base_text(&row, move->nowhere ? "nowhere" : move->to ? "send" : "open");
    warehouse_base_text(&row, move->from);
    warehouse_base_text(&row, move->nowhere ? NULL : move->to);
    warehouse_base_integer(&row, move->beds);
    warehouse_base_time(&row, move->target_at);
    warehouse_base_number(&row, move->cost);
    warehouse_base_text(&row, row_status_name(move->status));
    warehouse_base_text(&row, move->trace);
    warehouse_base_time(&row, move->data_as_of);
    warehouse_base_time(&row, move->valid_until);
    return taker->take(taker->self, &row, error);
}

static gboolean each_score(const ScoreRow *score, const Taker *taker, GError **error)
{
    Row row = {.cells = 0};
    warehouse_base_text(&row, score->facility);
    warehouse_base_text(&row, score->unit);
    warehouse_base_text(&row, score->measure);
    warehouse_base_text(&row, grain_name(score->grain));
    warehouse_base_time(&row, score->from);
    warehouse_base_time(&row, score->until);
    warehouse_base_integer(&row, score->n);
    warehouse_base_number(&row, score->mae);
    warehouse_base_number(&row, score->naive_mae);
    warehouse_base_number(&row, score->pinball);
    warehouse_base_number(&row, score->coverage80);
    warehouse_base_number(&row, score->bias);
    warehouse_base_number(&row, score->expected);
    warehouse_base_number(&row, score->first_score);
    warehouse_base_number(&row, score->last_pit);
    warehouse_base_text(&row, score->sound ? "t" : "f");
    return taker->take(taker->self, &row, error);
}

static gboolean each_range(const RangeRow *range, const Taker *taker, GError **error)
{
    Row row = {.cells = 0};
    warehouse_base_text(&row, range->facility);
    warehouse_base_text(&row, range->unit);
    warehouse_base_text(&row, range->measure);
    warehouse_base_text(&row, grain_name(range->grain));
    warehouse_base_integer(&row, (gint64)range->bucket + 1);
    warehouse_base_number(&row, range->shift);
    warehouse_base_number(&row, range->stretch);
    warehouse_base_number(&row, range->factor);
    warehouse_base_integer(&row, (gint64)range->seen);
    warehouse_base_number(&row, range->missed);
    warehouse_base_time(&row, range->judged_until);
    return taker->take(taker->self, &row, error);
}

static gboolean each_step(const StepRow *step, const Taker *taker, GError **error)
{
    Row row = {.cells = 0};
    warehouse_base_text(&row, step->facility);
    warehouse_base_text(&row, step->unit);
    warehouse_base_text(&row, step->measure);
    warehouse_base_text(&row, grain_name(step->grain));
    warehouse_base_text(&row, step->step);
    warehouse_base_text(&row, step->cause);
    warehouse_base_time(&row, step->since);
    warehouse_base_text(&row, step->reason);
    warehouse_base_text(&row, step->done);
    return taker->take(taker->self, &row, error);
}

static gboolean each_of_plan(const FacilityPlan *plan, RunTable table, const Taker *taker, GError **error)
{
    GArray *rows = table == RUN_STAFFING ? plan->plan->staffing : table == RUN_BEDS ? plan->plan->beds : plan->plan->moves;
    gboolean ok = TRUE;
    for (guint r = 0; ok && r < rows->len; r++)
        if (table == RUN_STAFFING)
            ok = each_staffing(plan->facility, &g_array_index(rows, StaffingRow, r), taker, error);
        else if (table == RUN_BEDS)
            ok = each_bed(plan->facility, &g_array_index(rows, BedRow, r), taker, error);
        else
            ok = each_move(plan->facility, r, &g_array_index(rows, MoveRow, r), taker, error);
    return ok;
}

gboolean warehouse_rows_each(const RunRecord *record, RunTable table, gboolean (*take)(void *self, const Row *row, GError **error), void *self, GError **error)
{
    const Taker taker = {take, self};
    gboolean ok = TRUE;
    if (table == RUN_FORECAST)
        for (gsize i = 0; ok && i < record->forecasts; i++)
            ok = each_forecast(&record->forecast[i], &taker, error);
    else if (table == RUN_SCORE)
        for (gsize i = 0; ok && i < record->scores; i++)
            ok = each_score(&record->score[i], &taker, error);
    else if (table == RUN_RANGES)
        for (gsize i = 0; ok && i < record->ranges; i++)
            ok = each_range(&record->range[i], &taker, error);
    else if (table == RUN_STEPS)
        for (gsize i = 0; ok && i < record->steps; i++)
            ok = each_step(&record->step[i], &taker, error);
    else
        for (gsize i = 0; ok && i < record->plans; i++)
            ok = each_of_plan(&record->plan[i], table, &taker, error);
    return ok;
}

guint64 warehouse_rows_count(const RunRecord *record, RunTable table)
{
    guint64 rows = 0;
    if (table == RUN_SCORE)
        return record->scores;
    if (table == RUN_RANGES)
        return record->ranges;
    if (table == RUN_STEPS)
        return record->steps;
    for (gsize i = 0; table == RUN_FORECAST && i < record->forecasts; i++)
        rows += forecast_steps(&record->forecast[i]);
    for (gsize i = 0; table != RUN_FORECAST && i < record->plans; i++) {
        const Plan *plan = record->plan[i].plan;
        rows += (table == RUN_STAFFING ? plan->staffing : table == RUN_BEDS ? plan->beds : plan->moves)->len;
    }
    return rows;
}

/* --- digest ---------------------------------------------------------------------------------- */

/* The canonical text of a row: table and cells between tabs.  Keys come first and a tab sorts
 * before every character of a key, so that sorted lines are in key order. */
typedef struct {
    GPtrArray *line;
    const char *table, *types;
} Lines;

static void append_cell(GString *line, const char *cell)
{
    g_string_append_c(line, '\t');
    if (cell == NULL)
        g_string_append(line, "\\N");
    else
        for (const char *c = cell; *c; c++)
            switch (*c) {
            case '\t': g_string_append(line, "\\t"); break;
            case '\n': g_string_append(line, "\\n"); break;
            case '\\': g_string_append(line, "\\\\"); break;
            default: g_string_append_c(line, *c);
            }
}

static void add_line(Lines *lines, const char *const *cell, gsize cells)
{
    GString *line = g_string_new(lines->table);
    for (gsize c = 0; c < cells; c++)
        append_cell(line, cell[c]);
    g_ptr_array_add(lines->line, g_string_free(line, FALSE));
}

static gboolean line_of_record(void *self, const Row *row, GError **error)
{
    (void)error;
    add_line(self, row->cell, row->cells);
    return TRUE;
}

/* The server's text of a number or a time, said in our words. */
static gboolean line_of_answer(void *self, const char *const *cell, gsize cells, GError **error)
{
    Lines *lines = self;
    Row row = {.cells = 0};
    for (gsize c = 0; c < cells; c++) {
        Instant time;
        if (lines->types[c] == 'n')
            warehouse_base_number(&row, warehouse_base_read_number(cell[c]));
        else if (lines->types[c] != 'w')
            warehouse_base_text(&row, cell[c]);
        else if (warehouse_base_read_time(cell[c], &time, error))
            warehouse_base_time(&row, time);
        else
            return FALSE;
    }
    add_line(lines, row.cell, row.cells);
    return TRUE;
}

static int compare_lines(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *digest_lines(GPtrArray *line)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_ptr_array_sort(line, compare_lines);
    for (guint i = 0; i < line->len; i++) {
        const char *text = g_ptr_array_index(line, i);
        g_checksum_update(sum, (const guchar *)text, (gssize)strlen(text));
        g_checksum_update(sum, (const guchar *)"\n", 1);
    }
    return g_strdup(g_checksum_get_string(sum));
}

char *warehouse_record_digest(const RunRecord *record)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    Lines lines = {all, "run", NULL};
    Row head = {.cells = 0};
    char seed[24];
    g_snprintf(seed, sizeof seed, "%" G_GUINT64_FORMAT, record->seed);
    warehouse_base_text(&head, record->group);
    warehouse_base_time(&head, record->slot);
    warehouse_base_time(&head, record->as_of);
    warehouse_base_time(&head, record->data_watermark);
    warehouse_base_text(&head, seed);
    warehouse_base_text(&head, record->model_hash);
    warehouse_base_text(&head, record->config_hash);
    add_line(&lines, head.cell, head.cells);
    for (RunTable t = 0; t < RUN_TABLES; t++) {
        lines.table = run_table[t].table;
        gboolean ok = warehouse_rows_each(record, t, line_of_record, &lines, NULL);
        g_assert(ok);
    }
    return digest_lines(all);
}

static gboolean read_lines(Warehouse *warehouse, const char *sql, const char *run, Lines *lines, GError **error)
{
    const char *const value[] = {run};
    return warehouse_base_stream(warehouse, sql, value, 1, line_of_answer, lines, error);
}

char *warehouse_run_digest(Warehouse *warehouse, gint64 run_id, GError **error)
{
    char run[24];
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    Lines lines = {all, "run", "twwwttt"};
    g_snprintf(run, sizeof run, "%" G_GINT64_FORMAT, run_id);
    gboolean ok = read_lines(warehouse, sql_run_ledger, run, &lines, error);
    if (ok && all->len == 0) {
        g_set_error(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_REFUSED, "there is no run %s; see current_run for the newest", run);
        return NULL;
    }
    for (RunTable t = 0; ok && t < RUN_TABLES; t++) {
        g_auto(GStrv) name = g_strsplit(run_table[t].columns, ", ", -1);
        g_autofree char *joined = g_strjoinv(", t.", name);
        g_autofree char *columns = g_strconcat("t.", joined, NULL);
        g_autofree char *sql = warehouse_base_fill(sql_rows_read, "table", run_table[t].table, "columns", columns, "run",
                                                   t == RUN_FORECAST ? "n.run_id = r.run_id AND n.slot = r.slot" : "n.run_id = r.run_id", NULL);
        lines.table = run_table[t].table;
        lines.types = run_table[t].types;
        ok = read_lines(warehouse, sql, run, &lines, error);
    }
    return ok ? digest_lines(all) : NULL;
}
