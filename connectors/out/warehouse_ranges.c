#include "connectors/out/warehouse_base.h"
#include "sql/statements.h"

/* --- what was learnt ---------------------------------------------------------------- */

typedef struct {
    gboolean (*take)(void *self, const RangeRow *row, GError **error);
    void *self;
} RangeReader;

static gboolean read_range(void *self, const char *const *cell, gsize cells, GError **error)
{
    enum { CELLS = 12 };
    const RangeReader *reader = self;
    RangeRow row = {.facility = cell[0], .unit = cell[1], .measure = cell[2], .model_hash = cell[11]};
    g_return_val_if_fail(cells == CELLS, FALSE);
    if (!warehouse_base_read_grain(cell[3], &row.grain, error) || !warehouse_base_read_time(cell[10], &row.judged_until, error))
        return FALSE;
    row.bucket = (guint)g_ascii_strtoull(cell[4], NULL, 10) - 1;
    row.shift = warehouse_base_read_number(cell[5]);
    row.stretch = warehouse_base_read_number(cell[6]);
    row.factor = warehouse_base_read_number(cell[7]);
    row.seen = g_ascii_strtoull(cell[8], NULL, 10);
    row.missed = warehouse_base_read_number(cell[9]);
    return reader->take(reader->self, &row, error);
}

gboolean warehouse_read_ranges(Warehouse *warehouse, const char *group, Instant slot,
                               gboolean (*take)(void *self, const RangeRow *row, GError **error), void *self, GError **error)
{
    char before[40];
    const char *const value[] = {group, pg_instant(slot, before)};
    RangeReader reader = {take, self};
    return warehouse_base_stream(warehouse, sql_ranges_read, value, G_N_ELEMENTS(value), read_range, &reader, error);
}

/* --- forecasts whose day has come --------------------------------------------------------- */

typedef struct {
    gboolean (*take)(void *self, const Answer *row, GError **error);
    void *self;
} AnswerReader;

static gboolean read_answer(void *self, const char *const *cell, gsize cells, GError **error)
{
    enum { FIRST_QUANTILE = 5 };
    const AnswerReader *reader = self;
    double quantile[OUTLOOK_LEVELS];
    Answer row = {.quantile = quantile};
    g_return_val_if_fail(cells == FIRST_QUANTILE + OUTLOOK_LEVELS, FALSE);
    if (!warehouse_base_read_time(cell[1], &row.target_at, error))
        return FALSE;
    row.question = (gsize)g_ascii_strtoull(cell[0], NULL, 10) - 1;
    row.step = (gsize)g_ascii_strtoull(cell[2], NULL, 10);
    row.shift = warehouse_base_read_number(cell[3]);
    row.width = warehouse_base_read_number(cell[4]);
    for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
        quantile[q] = warehouse_base_read_number(cell[FIRST_QUANTILE + q]);
    return reader->take(reader->self, &row, error);
}

typedef enum { ASK_FACILITY, ASK_UNIT, ASK_MEASURE, ASK_GRAIN, ASK_SPOKEN_AFTER, ASK_AFTER, ASK_UNTIL, ASK_COLUMNS } AskColumn;

static const char *ask_cell(const AnswerQuestion *question, AskColumn column, char time[40])
{
    switch (column) {
    case ASK_FACILITY: return question->facility;
    case ASK_UNIT: return question->unit;
    case ASK_MEASURE: return question->measure;
    case ASK_GRAIN: return grain_name(question->grain);
    case ASK_SPOKEN_AFTER: return pg_instant(question->spoken_after, time);
    case ASK_AFTER: return pg_instant(question->after, time);
    default: return pg_instant(question->until, time);
    }
}

/* One column of all questions, in PostgreSQL's notation. */
static char *ask_column(const AnswerQuestion *question, gsize questions, AskColumn column)
{
    g_autofree const char **text = g_new(const char *, questions);
    g_autofree char *times = g_malloc(questions * 40);
    for (gsize k = 0; k < questions; k++)
        text[k] = ask_cell(&question[k], column, times + k * 40);
    return warehouse_base_array(text, questions);
}

static gboolean ask(Warehouse *warehouse, const char *sql, const char *group, Instant slot, const AnswerQuestion *question, gsize questions,
                    AnswerReader reader, GError **error)
{
    char before[40];
    char *column[ASK_COLUMNS];
    const char *value[2 + ASK_COLUMNS] = {group, pg_instant(slot, before)};
    if (questions == 0)
        return TRUE;
    for (AskColumn c = 0; c < ASK_COLUMNS; c++)
        value[2 + c] = column[c] = ask_column(question, questions, c);
    gboolean ok = warehouse_base_stream(warehouse, sql, value, G_N_ELEMENTS(value), read_answer, &reader, error);
    for (AskColumn c = 0; c < ASK_COLUMNS; c++)
        g_free(column[c]);
    return ok;
}

gboolean warehouse_read_answers(Warehouse *warehouse, const char *group, Instant slot, const AnswerQuestion *question, gsize questions,
                                gboolean (*take)(void *self, const Answer *row, GError **error), void *self, GError **error)
{
    return ask(warehouse, sql_answers_read, group, slot, question, questions, (AnswerReader){take, self}, error);
}

gboolean warehouse_read_newest(Warehouse *warehouse, const char *group, Instant slot, const AnswerQuestion *question, gsize questions,
                               gboolean (*take)(void *self, const Answer *row, GError **error), void *self, GError **error)
{
    return ask(warehouse, sql_newest_read, group, slot, question, questions, (AnswerReader){take, self}, error);
}

/* --- steps ---------------------------------------------------------------------------------- */

typedef struct {
    gboolean (*take)(void *self, const StepRow *row, GError **error);
    void *self;
} StepReader;

static gboolean read_step(void *self, const char *const *cell, gsize cells, GError **error)
{
    enum { CELLS = 11 };
    const StepReader *reader = self;
    StepRow row = {.facility = cell[0], .unit = cell[1], .measure = cell[2], .step = cell[4], .cause = cell[5], .reason = cell[7], .done = cell[8], .model_hash = cell[10]};
    g_return_val_if_fail(cells == CELLS, FALSE);
    if (!warehouse_base_read_grain(cell[3], &row.grain, error) || !warehouse_base_read_time(cell[6], &row.since, error) ||
        !warehouse_base_read_time(cell[9], &row.slot, error))
        return FALSE;
    return reader->take(reader->self, &row, error);
}

gboolean warehouse_read_steps(Warehouse *warehouse, const char *group, Instant since, Instant before, const char *model_hash,
                              gboolean (*take)(void *self, const StepRow *row, GError **error), void *self, GError **error)
{
    char from[40], until[40];
    const char *const value[] = {group, pg_instant(before, until), pg_instant(since, from), model_hash};
    StepReader reader = {take, self};
    return warehouse_base_stream(warehouse, sql_steps_read, value, G_N_ELEMENTS(value), read_step, &reader, error);
}
