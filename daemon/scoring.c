#include "daemon/scoring.h"

#include "forecast/judge/drift.h"
#include "forecast/model/calibrate.h"

#include <string.h>

enum { MOST_MISSES = 8, Q10 = 2, Q90 = 10 };

typedef struct {
    const SnapshotSeries *series;
    Instant from, until;
    guint n, naive_n, inside80, outside95;
    double error, naive_error, pinball, expected, bias;
    double first_score, last_pit;
    double worst, worst_truth, worst_median; /* the largest miss, in steps of the 80 % band's half width */
    Instant worst_at;
} Tally;

typedef struct {
    const Snapshot *snapshot;
    GHashTable *tally; /* "facility/unit/measure/grain" -> Tally */
    GPtrArray *order;
    Tally **asked; /* by question */
} Judge;

static Tally *tally_of(const Judge *judge, const PastForecast *row)
{
    g_autofree char *key = g_strdup_printf("%s/%s/%s/%s", row->facility, row->unit, row->measure, grain_name(row->grain));
    return g_hash_table_lookup(judge->tally, key);
}

double scoring_truth(const Series *series, gint64 step)
{
    gint64 t = step - series->start;
    return t >= 0 && t < (gint64)series->length && series->mended[t] != MEND_GAP ? series->value[t] : MISSING;
}

gboolean scoring_newest(const Series *series, gint64 *step)
{
    for (gsize t = series->length; t-- > 0;)
        if (!isnan(scoring_truth(series, series->start + (gint64)t))) {
            *step = series->start + (gint64)t;
            return TRUE;
        }
    return FALSE;
}

static double mean_pinball(const double *quantile, double truth)
{
    double sum = 0;
    for (int q = 0; q < OUTLOOK_LEVELS; q++) {
        double e = truth - quantile[q];
        sum += MAX(outlook_level[q] * e, (outlook_level[q] - 1) * e);
    }
    return sum / OUTLOOK_LEVELS;
}

static void note_worst(Tally *tally, const PastForecast *row, double truth)
{
    double half = MAX(0.5 * (row->quantile[Q90] - row->quantile[Q10]), 0.5);
    double miss = fabs(truth - row->quantile[OUTLOOK_MEDIAN]) / half;
    if (miss > tally->worst) {
        tally->worst = miss;
        tally->worst_truth = truth;
        tally->worst_median = row->quantile[OUTLOOK_MEDIAN];
        tally->worst_at = row->target_at;
    }
}

/* Does the range between two levels, of counts as it is handed over, hold the truth? */
static gboolean holds(const PastForecast *row, gboolean counts, gsize low, gsize high, double truth)
{
    double least = row->quantile[low], most = row->quantile[high];
    return truth >= (counts ? outlook_settle(least) : least) && truth <= (counts ? outlook_settle(most) : most);
}

/* What drift watches: losses against expected ones, the nearest and the farthest target. */
static void note_fit(Tally *tally, const PastForecast *row, gint64 step, double truth)
{
    Outlook outlook = {.horizon = 1, .quantile = (double *)row->quantile};
    gboolean counts = tally->series->series->counts;
    double score = calibrate_score(&outlook, 0, truth, counts, (guint64)step);
    tally->expected += drift_expected_loss(row->quantile);
    if (row->target_at == tally->from)
        tally->first_score = score;
    if (row->target_at == tally->until)
        tally->last_pit = 0.5 * erfc(-score / sqrt(2.0));
}

static void judge_row(const Judge *judge, Tally *tally, const PastForecast *row)
{
    const Series *series = tally->series->series;
    gint64 step = calendar_step(judge->snapshot->calendar, row->grain, row->target_at);
    double truth = scoring_truth(series, step);
    if (isnan(truth))
        return;
    /* One week for hours and days, one year for weeks and months. */
    static const gint64 season[GRAINS] = {168, 7, 52, 12};
    double naive = scoring_truth(series, step - season[row->grain]);
    double median = row->quantile[OUTLOOK_MEDIAN];
    tally->from = tally->n == 0 ? row->target_at : MIN(tally->from, row->target_at);
    tally->until = tally->n == 0 ? row->target_at : MAX(tally->until, row->target_at);
    tally->n++;
    tally->error += fabs(truth - median);
    tally->bias += median - truth;
    tally->pinball += mean_pinball(row->quantile, truth);
    tally->inside80 += holds(row, series->counts, Q10, Q90, truth);
    tally->outside95 += !holds(row, series->counts, 0, OUTLOOK_LEVELS - 1, truth);
    if (!isnan(naive)) {
        tally->naive_n++;
        tally->naive_error += fabs(truth - naive);
    }
    note_worst(tally, row, truth);
    note_fit(tally, row, step, truth);
}

static gboolean judge_hour(void *self, const PastForecast *row, GError **error)
{
    (void)error;
    const Judge *judge = self;
    Tally *tally = row->grain == GRAIN_HOUR ? tally_of(judge, row) : NULL;
    if (tally != NULL) /* else no longer a target */
        judge_row(judge, tally, row);
    return TRUE;
}

/* ------------------------------------------------------------------ days, weeks and months */

static gboolean judge_answer(void *self, const Answer *answer, GError **error)
{
    (void)error;
    const Judge *judge = self;
    Tally *tally = judge->asked[answer->question];
    const SnapshotSeries *series = tally->series;
    const PastForecast row = {series->facility, series->unit, series->measure, series->series->grain, answer->target_at, answer->step, MISSING, answer->quantile};
    judge_row(judge, tally, &row);
    return TRUE;
}

/* Who has spoken of the newest step that has come? */
static gboolean ask(const Judge *judge, const Tally *tally, AnswerQuestion *question)
{
    const SnapshotSeries *series = tally->series;
    const Calendar *calendar = judge->snapshot->calendar;
    Grain grain = series->series->grain;
    gint64 newest;
    if (grain == GRAIN_HOUR || !scoring_newest(series->series, &newest))
        return FALSE;
    Instant first = calendar_instant(calendar, grain, newest - (gint64)series->horizon - 1);
    *question = (AnswerQuestion){series->facility, series->unit, series->measure, grain, first, first, calendar_instant(calendar, grain, newest)};
    return TRUE;
}

static gboolean judge_longer(Judge *judge, Warehouse *warehouse, Instant slot, GError **error)
{
    g_autofree AnswerQuestion *question = g_new(AnswerQuestion, judge->order->len + 1);
    g_autofree Tally **asked = g_new(Tally *, judge->order->len + 1);
    gsize questions = 0;
    for (guint s = 0; s < judge->order->len; s++)
        if (ask(judge, g_ptr_array_index(judge->order, s), &question[questions]))
            asked[questions++] = g_ptr_array_index(judge->order, s);
    judge->asked = asked;
    return warehouse_read_newest(warehouse, judge->snapshot->group->id, slot, question, questions, judge_answer, judge, error);
}

/* ------------------------------------------------------------------ all series */

static void prepare(Judge *judge)
{
    judge->tally = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    judge->order = g_ptr_array_new();
    for (guint s = 0; s < judge->snapshot->series->len; s++) {
        const SnapshotSeries *series = g_ptr_array_index(judge->snapshot->series, s);
        Tally *tally = g_new0(Tally, 1);
        tally->series = series;
        g_hash_table_insert(judge->tally, g_strdup_printf("%s/%s/%s/%s", series->facility, series->unit, series->measure, grain_name(series->series->grain)), tally);
        g_ptr_array_add(judge->order, tally);
    }
}

gboolean scoring_stuck(const Series *series)
{
    return drift_stuck(series->value, series->length, grain_season(series->grain));
}

gboolean scoring_sound(const SnapshotSeries *series)
{
    return series->status == ROW_OK && !scoring_stuck(series->series);
}

static ScoreRow score_row(const Tally *tally)
{
    return (ScoreRow){
        .facility = tally->series->facility,
        .unit = tally->series->unit,
        .measure = tally->series->measure,
        .grain = tally->series->series->grain,
        .from = tally->from,
        .until = tally->until,
        .n = tally->n,
        .mae = tally->error / tally->n,
        .naive_mae = tally->naive_n > 0 ? tally->naive_error / tally->naive_n : MISSING,
        .pinball = tally->pinball / tally->n,
        .coverage80 = (double)tally->inside80 / tally->n,
        .bias = tally->bias / tally->n,
        .expected = tally->expected / tally->n,
        .first_score = tally->first_score,
        .last_pit = tally->last_pit,
        .sound = scoring_sound(tally->series),
    };
}

static gint worse_first(gconstpointer a, gconstpointer b)
{
    const Tally *x = *(Tally *const *)a, *y = *(Tally *const *)b;
    return (y->worst > x->worst) - (y->worst < x->worst);
}

static char *miss_sentence(const Snapshot *snapshot, const Tally *tally)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(calendar_zone(snapshot->calendar));
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(tally->worst_at / INSTANT_SECOND);
    g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, zone);
    g_autofree char *at = g_date_time_format(local, tally->series->series->grain == GRAIN_HOUR ? "%a %d %b %H:%M" : "%a %d %b");
    g_autofree char *measure = g_strdelimit(g_strdup(tally->series->measure), "_", ' '); /* as people say it */
    return g_strdup_printf("%s %s, %s: expected about %.0f, was %.0f; %u of %u values %s outside the 95 %% band",
                           snapshot_unit_name(snapshot, tally->series->facility, tally->series->unit), measure, at, tally->worst_median, tally->worst_truth, tally->outside95, tally->n,
                           tally->outside95 == 1 ? "was" : "were");
}

/* A week or month is news for two days only. */
static gboolean is_news(const Judge *judge, const Tally *tally)
{
    Grain grain = tally->series->series->grain;
    const Calendar *calendar = judge->snapshot->calendar;
    Instant ended = calendar_instant(calendar, grain, calendar_step(calendar, grain, tally->until) + 1);
    return grain == GRAIN_HOUR || grain == GRAIN_DAY || judge->snapshot->as_of - ended < 2 * INSTANT_DAY;
}

static void conclude(const Judge *judge, Scoring *scoring)
{
    for (guint s = 0; s < judge->order->len; s++) {
        const Tally *tally = g_ptr_array_index(judge->order, s);
        if (tally->n == 0)
            continue;
        ScoreRow row = score_row(tally);
        g_array_append_val(scoring->rows, row);
    }
    g_ptr_array_sort(judge->order, worse_first);
    for (guint s = 0; s < judge->order->len && scoring->misses->len < MOST_MISSES; s++) {
        const Tally *tally = g_ptr_array_index(judge->order, s);
        if (tally->n > 0 && tally->outside95 > 0 && is_news(judge, tally))
            g_ptr_array_add(scoring->misses, miss_sentence(judge->snapshot, tally));
    }
}

/* Half a day old at least: younger runs have hardly an hour to be judged on. */
static gboolean find_hours(Warehouse *warehouse, const Snapshot *snapshot, Scoring *scoring, GError **error)
{
    RunHead head = {0};
    if (!warehouse_run_head(warehouse, 0, snapshot->group->id, snapshot->as_of - 12 * INSTANT_HOUR, &head, error))
        return FALSE;
    scoring->run_id = head.run_id;
    scoring->as_of = head.as_of;
    run_head_clear(&head);
    return TRUE;
}

Scoring *scoring_new(Warehouse *warehouse, const Snapshot *snapshot, Instant slot, GError **error)
{
    g_autoptr(Scoring) scoring = g_new0(Scoring, 1);
    scoring->rows = g_array_new(FALSE, TRUE, sizeof(ScoreRow));
    scoring->misses = g_ptr_array_new_with_free_func(g_free);
    if (!find_hours(warehouse, snapshot, scoring, error))
        return NULL;
    Judge judge = {.snapshot = snapshot};
    prepare(&judge);
    gboolean read = (scoring->run_id == 0 || warehouse_read_forecasts(warehouse, scoring->run_id, judge_hour, &judge, error)) &&
                    judge_longer(&judge, warehouse, slot, error);
    if (read)
        conclude(&judge, scoring);
    g_ptr_array_unref(judge.order);
    g_hash_table_unref(judge.tally);
    return read ? g_steal_pointer(&scoring) : NULL;
}

void scoring_free(Scoring *scoring)
{
    if (scoring == NULL)
        return;
    g_array_unref(scoring->rows);
    g_ptr_array_unref(scoring->misses);
    g_free(scoring);
}
