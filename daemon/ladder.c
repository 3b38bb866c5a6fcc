#include "daemon/ladder.h"

/* An alarm stands for two months at most (drift.h), and 14 months are no more than
 * that many days; lines of the diary that a range which has no room left is measured by. */
enum { ALARM_DAYS = 14 * 31, LINES = 14 };

struct Ladder {
    GArray *rows;        /* StepRow */
    GStringChunk *words; /* of the rows */
    GHashTable *refit;   /* SnapshotSeries, a set */
};

typedef struct {
    const Snapshot *snapshot;
    Ranging *ranging;
    Drifting *drifting;
    Warehouse *warehouse;
    Instant slot;
    const char *model_hash;
    Ladder *ladder;
    GArray *alarms;     /* DriftingSeries; sentences are not its own */
    GHashTable *by_key; /* "facility/unit/measure/grain" -> SnapshotSeries */
    GHashTable *taken;  /* "facility/unit/measure/grain/step" -> slot of the newest, gint64 */
} Climb;

static char *key_of(const char *facility, const char *unit, const char *measure, Grain grain)
{
    return g_strdup_printf("%s/%s/%s/%s", facility, unit, measure, grain_name(grain));
}

static char *key_of_series(const SnapshotSeries *series)
{
    return key_of(series->facility, series->unit, series->measure, series->series->grain);
}

/* ------------------------------------------------------------------ steps taken before */

static gboolean take_step(void *self, const StepRow *row, GError **error)
{
    (void)error;
    const Climb *climb = self;
    g_autofree char *key = key_of(row->facility, row->unit, row->measure, row->grain);
    SnapshotSeries *series = g_hash_table_lookup(climb->by_key, key);
    gint64 *slot = g_new(gint64, 1);
    *slot = row->slot;
    g_hash_table_insert(climb->taken, g_strdup_printf("%s/%s", key, row->step), slot);
    if (series != NULL && g_str_equal(row->step, drift_action_name(DRIFT_REFIT)) && g_str_equal(row->model_hash, climb->model_hash))
        g_hash_table_add(climb->ladder->refit, series);
    return TRUE;
}

/* Once per alarm. */
static gboolean is_taken(const Climb *climb, const DriftingSeries *one, DriftAction step)
{
    g_autofree char *series = key_of_series(one->series), *key = g_strdup_printf("%s/%s", series, drift_action_name(step));
    const gint64 *slot = g_hash_table_lookup(climb->taken, key);
    return slot != NULL && calendar_step(climb->snapshot->calendar, drifting_line(one->series->series->grain), *slot) >= one->verdict.day;
}

/* ------------------------------------------------------------------ steps taken now */

static Instant since_of(const Climb *climb, const DriftingSeries *one)
{
    return calendar_instant(climb->snapshot->calendar, drifting_line(one->series->series->grain), one->verdict.since);
}

static void note(const Climb *climb, const DriftingSeries *one, DriftAction step, const char *done)
{
    GStringChunk *words = climb->ladder->words;
    StepRow row = {
        .facility = one->series->facility,
        .unit = one->series->unit,
        .measure = one->series->measure,
        .grain = one->series->series->grain,
        .step = drift_action_name(step),
        .cause = drift_cause_name(one->verdict.cause),
        .since = since_of(climb, one),
        .reason = g_string_chunk_insert(words, one->verdict.sentence),
        .done = g_string_chunk_insert(words, done),
    };
    g_array_append_val(climb->ladder->rows, row);
    g_ptr_array_add(climb->drifting->sentences, g_strdup_printf("%s %s: done now: %s", row.unit, row.measure, done));
}

/* A level that has shifted needs another middle, not other ranges: the members follow. */
static gboolean is_of_the_ranges(DriftCause cause)
{
    return cause == DRIFT_LOSS || cause == DRIFT_COVERAGE || cause == DRIFT_SHAPE;
}

static gboolean asks_for(const DriftingSeries *one, DriftAction step)
{
    const DriftVerdict *verdict = &one->verdict;
    if (verdict->answered || verdict->cause == DRIFT_NONE || verdict->cause == DRIFT_DATA)
        return FALSE;
    switch (step) {
    case DRIFT_RECALIBRATE: return is_of_the_ranges(verdict->cause);
    case DRIFT_REFIT: return verdict->action >= DRIFT_REFIT;
    default: return verdict->action == step;
    }
}

static gboolean recalibrate(const Climb *climb, GError **error)
{
    const GArray *all = climb->alarms;
    g_autofree const SnapshotSeries **series = g_new(const SnapshotSeries *, all->len + 1);
    g_autofree const DriftingSeries **one = g_new(const DriftingSeries *, all->len + 1);
    g_autofree Instant *since = g_new(Instant, all->len + 1);
    g_autofree gboolean *moves = g_new(gboolean, all->len + 1);
    g_autofree char **done = g_new0(char *, all->len + 1);
    gsize n = 0;
    for (guint k = 0; k < all->len; k++) {
        one[n] = &g_array_index(all, DriftingSeries, k);
        if (!asks_for(one[n], DRIFT_RECALIBRATE) || is_taken(climb, one[n], DRIFT_RECALIBRATE))
            continue;
        series[n] = one[n]->series;
        since[n] = since_of(climb, one[n]);
        moves[n] = one[n]->verdict.cause == DRIFT_SHAPE;
        n++;
    }
    gboolean measured = n == 0 || ranging_recalibrate(climb->ranging, climb->warehouse, climb->slot, series, since, moves, n, done, error);
    for (gsize k = 0; k < n; k++) {
        if (done[k] != NULL) /* else tried again by the next cycle */
            note(climb, one[k], DRIFT_RECALIBRATE, done[k]);
        g_free(done[k]);
    }
    return measured;
}

static void refit(const Climb *climb, const DriftingSeries *one)
{
    if (!asks_for(one, DRIFT_REFIT) || is_taken(climb, one, DRIFT_REFIT))
        return;
    g_hash_table_add(climb->ladder->refit, (gpointer)one->series);
    note(climb, one, DRIFT_REFIT, "the members are weighed by how they did in the last days, until the next training");
}

static void ask(const Climb *climb, const DriftingSeries *one, DriftAction step)
{
    if (!asks_for(one, step) || is_taken(climb, one, step))
        return;
    note(climb, one, step, drifting_wants(climb->drifting) ? "a training is asked for (train.wanted); `wardcast train` does it"
                                                          : "a training would help; it is asked for when one series in ten needs it, `wardcast train` does it at once");
}

/* ------------------------------------------------------------------ the ladder */

static gboolean has_alarm(const Drifting *drifting, const SnapshotSeries *series)
{
    for (guint k = 0; k < drifting->series->len; k++) {
        const DriftingSeries *one = &g_array_index(drifting->series, DriftingSeries, k);
        if (one->series == series && (one->verdict.cause == DRIFT_DATA || asks_for(one, DRIFT_RECALIBRATE)))
            return TRUE;
    }
    return FALSE;
}

/* Where learning step by step has reached its bound, there is more to do than it
 * may, before the diary is long enough to tell. */
static void add_bounded(const Climb *climb)
{
    for (guint s = 0; s < climb->snapshot->series->len; s++) {
        const SnapshotSeries *series = g_ptr_array_index(climb->snapshot->series, s);
        int bound = ranging_bound(climb->ranging, series);
        if (bound == 0 || has_alarm(climb->drifting, series))
            continue;
        gint64 since = calendar_step(climb->snapshot->calendar, drifting_line(series->series->grain), climb->slot) - LINES + 1;
        g_autofree char *sentence = g_strdup_printf("the 80 %% band has been made as %s step by step as it may", bound > 0 ? "wide" : "narrow");
        DriftingSeries one = {series, {.cause = DRIFT_COVERAGE, .action = DRIFT_RECALIBRATE, .day = since, .since = since,
                                       .sentence = g_string_chunk_insert(climb->ladder->words, sentence)}};
        g_array_append_val(climb->alarms, one);
    }
}

static gboolean climb_up(Climb *climb, GError **error)
{
    const GArray *all = climb->alarms;
    if (!warehouse_read_steps(climb->warehouse, climb->snapshot->group->id, climb->slot - (Instant)ALARM_DAYS * INSTANT_DAY, climb->slot, climb->model_hash,
                              take_step, climb, error))
        return FALSE;
    g_array_append_vals(climb->alarms, climb->drifting->series->data, climb->drifting->series->len);
    add_bounded(climb);
    if (!recalibrate(climb, error))
        return FALSE;
    for (guint k = 0; k < all->len; k++) {
        const DriftingSeries *one = &g_array_index(all, DriftingSeries, k);
        refit(climb, one);
        ask(climb, one, DRIFT_TUNE);
        ask(climb, one, DRIFT_RETRAIN);
    }
    return TRUE;
}

Ladder *ladder_new(Warehouse *warehouse, const Snapshot *snapshot, Ranging *ranging, Drifting *drifting, Instant slot, const char *model_hash, GError **error)
{
    g_autoptr(Ladder) ladder = g_new0(Ladder, 1);
    g_autoptr(GHashTable) by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    ladder->rows = g_array_new(FALSE, TRUE, sizeof(StepRow));
    ladder->words = g_string_chunk_new(1024);
    ladder->refit = g_hash_table_new(NULL, NULL);
    for (guint s = 0; s < snapshot->series->len; s++) {
        SnapshotSeries *series = g_ptr_array_index(snapshot->series, s);
        g_hash_table_insert(by_key, key_of_series(series), series);
    }
    g_autoptr(GArray) alarms = g_array_new(FALSE, TRUE, sizeof(DriftingSeries));
    Climb climb = {snapshot, ranging, drifting, warehouse, slot, model_hash, ladder, alarms, by_key, taken};
    if (!climb_up(&climb, error)) {
        g_prefix_error(error, "ladder: ");
        return NULL;
    }
    return g_steal_pointer(&ladder);
}

void ladder_free(Ladder *ladder)
{
    if (ladder == NULL)
        return;
    g_array_unref(ladder->rows);
    g_string_chunk_free(ladder->words);
    g_hash_table_unref(ladder->refit);
    g_free(ladder);
}

const GArray *ladder_rows(const Ladder *ladder)
{
    return ladder->rows;
}

GHashTable *ladder_refit(const Ladder *ladder)
{
    return ladder->refit;
}
