#include "daemon/drifting.h"

#include "daemon/inputs.h"
#include "daemon/site.h"


/* Enough for every watcher's memory and for the alarms of two months, and of months
 * five years; a share of the series that chance alone hardly reaches. */
enum { DIARY_DAYS = 200, DIARY_LONG_DAYS = 5 * 366, ONE_IN = 10, SENTENCES_MOST = 8 };

typedef struct {
    const SnapshotSeries *series;
    GArray *day; /* DriftDay */
} Diary;

typedef struct {
    const Calendar *calendar;
    GHashTable *diary; /* "facility/unit/measure/grain" -> Diary */
} Archive;

static void diary_free(gpointer data)
{
    Diary *diary = data;
    g_array_unref(diary->day);
    g_free(diary);
}

static char *key_of(const char *facility, const char *unit, const char *measure, Grain grain)
{
    return g_strdup_printf("%s/%s/%s/%s", facility, unit, measure, grain_name(grain));
}

static GHashTable *open_diaries(const Snapshot *snapshot)
{
    GHashTable *diaries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, diary_free);
    for (guint s = 0; s < snapshot->series->len; s++) {
        const SnapshotSeries *series = g_ptr_array_index(snapshot->series, s);
        Diary *diary = g_new(Diary, 1);
        *diary = (Diary){series, g_array_new(FALSE, TRUE, sizeof(DriftDay))};
        g_hash_table_insert(diaries, key_of(series->facility, series->unit, series->measure, series->series->grain), diary);
    }
    return diaries;
}

Grain drifting_line(Grain grain)
{
    return grain == GRAIN_HOUR ? GRAIN_DAY : grain;
}

/* The first scores of each line count: later slots score the same forecasts again.
 * Of hours the day of the run is the line, else the target that was scored. */
static void write_day(Archive *archive, const PastScore *row)
{
    g_autofree char *key = key_of(row->facility, row->unit, row->measure, row->grain);
    Diary *diary = g_hash_table_lookup(archive->diary, key);
    gint64 day = calendar_step(archive->calendar, drifting_line(row->grain), row->grain == GRAIN_HOUR ? row->slot : row->until);
    if (diary == NULL || row->n == 0 || (diary->day->len > 0 && g_array_index(diary->day, DriftDay, diary->day->len - 1).day >= day))
        return;
    DriftDay line = {
        .day = day,
        .loss = row->expected > 0 ? row->pinball / row->expected : MISSING,
        .score = row->first_score,
        .inside = row->coverage80,
        .pit = row->last_pit,
        .sound = row->sound,
        .model = MAX(g_str_hash(row->model_hash), 1),
    };
    g_array_append_val(diary->day, line);
}

static gboolean take(void *self, const PastScore *row, GError **error)
{
    (void)error;
    write_day(self, row);
    return TRUE;
}

static void write_today(Archive *archive, const Scoring *scoring, Instant slot, const char *model_hash)
{
    for (guint k = 0; k < scoring->rows->len; k++) {
        const ScoreRow *s = &g_array_index(scoring->rows, ScoreRow, k);
        const PastScore row = {s->facility, s->unit, s->measure, s->grain, slot, s->n, s->pinball, s->coverage80,
                               s->expected, s->first_score, s->last_pit, s->sound, model_hash, s->until};
        write_day(archive, &row);
    }
}

/* ------------------------------------------------------------------ verdicts */

static const char *const remedy[DRIFT_ACTIONS] = {
    [DRIFT_KEEP] = "", [DRIFT_WAIT] = "",
    [DRIFT_RECALIBRATE] = "; the ranges are measured anew",
    [DRIFT_REFIT] = "; the classical members follow by themselves",
    [DRIFT_TUNE] = "; a training lets the networks learn it",
    [DRIFT_RETRAIN] = "; it came back: a training must decide anew who publishes",
};

static char *sentence_of(const DriftingSeries *one)
{
    const SnapshotSeries *series = one->series;
    return g_strdup_printf("%s %s: %s%s", series->unit, series->measure, one->verdict.sentence,
                           one->verdict.answered ? "; another model forecasts since" : remedy[one->verdict.action]);
}

static gboolean needs_training(const DriftVerdict *verdict)
{
    return !verdict->answered && verdict->action >= DRIFT_TUNE;
}

/* Does another model forecast than on that day? */
static gboolean is_another_model(const Diary *diary, gint64 since)
{
    const DriftDay *day = (const DriftDay *)(const void *)diary->day->data;
    gsize first = 0, days = diary->day->len;
    while (first < days && day[first].day < since)
        first++;
    return first < days && day[first].model != day[days - 1].model;
}

/* What the models read comes before nothing but doubtful data; beside errors it may be their reason. */
static gboolean judge_inputs(const Diary *diary, DriftVerdict *verdict)
{
    DriftVerdict input = {0};
    if (!inputs_judge(diary->series, &input))
        return FALSE;
    input.answered = is_another_model(diary, input.day);
    if (verdict->cause == DRIFT_NONE || (verdict->answered && !input.answered)) {
        input.alarms += verdict->alarms;
        drift_verdict_clear(verdict);
        *verdict = input;
    } else if (verdict->cause != DRIFT_DATA && input.cause != DRIFT_NONE) {
        g_autofree char *words = verdict->sentence;
        verdict->sentence = g_strdup_printf("%s; %s", words, input.sentence);
        drift_verdict_clear(&input);
    } else
        drift_verdict_clear(&input);
    return TRUE;
}

static void judge(Drifting *drifting, const Diary *diary)
{
    DriftingSeries one = {.series = diary->series};
    drift_judge((const DriftDay *)(const void *)diary->day->data, diary->day->len,
                drifting_line(diary->series->series->grain), &one.verdict);
    gboolean inputs = judge_inputs(diary, &one.verdict);
    drifting->judged += inputs || diary->day->len > 0;
    if (one.verdict.cause == DRIFT_NONE)
        return;
    drifting->alarms += one.verdict.cause != DRIFT_DATA && !one.verdict.answered;
    drifting->wishes += needs_training(&one.verdict);
    g_array_append_val(drifting->series, one);
}

static gint graver(gconstpointer a, gconstpointer b)
{
    const DriftingSeries *x = a, *y = b;
    if (x->verdict.answered != y->verdict.answered)
        return x->verdict.answered - y->verdict.answered;
    if (x->verdict.action != y->verdict.action)
        return (gint)y->verdict.action - (gint)x->verdict.action;
    return g_strcmp0(x->series->series->id, y->series->series->id);
}

static void tell(Drifting *drifting)
{
    g_array_sort(drifting->series, graver);
    for (guint k = 0; k < MIN(drifting->series->len, SENTENCES_MOST); k++)
        g_ptr_array_add(drifting->sentences, sentence_of(&g_array_index(drifting->series, DriftingSeries, k)));
    if (drifting->series->len > SENTENCES_MOST)
        g_ptr_array_add(drifting->sentences, g_strdup_printf("and %u more series likewise", drifting->series->len - SENTENCES_MOST));
}

static void clear_series(gpointer data)
{
    drift_verdict_clear(&((DriftingSeries *)data)->verdict);
}

Drifting *drifting_new(Warehouse *warehouse, const Snapshot *snapshot, const Scoring *scoring, Instant slot, const char *model_hash, GError **error)
{
    g_autoptr(Drifting) drifting = g_new0(Drifting, 1);
    g_autoptr(GHashTable) diaries = open_diaries(snapshot);
    Archive archive = {snapshot->calendar, diaries};
    drifting->series = g_array_new(FALSE, TRUE, sizeof(DriftingSeries));
    g_array_set_clear_func(drifting->series, clear_series);
    drifting->sentences = g_ptr_array_new_with_free_func(g_free);
    if (!warehouse_read_scores(warehouse, snapshot->group->id, slot - (Instant)DIARY_DAYS * INSTANT_DAY, slot - (Instant)DIARY_LONG_DAYS * INSTANT_DAY, slot, take,
                               &archive, error)) {
        g_prefix_error(error, "drift: ");
        return NULL;
    }
    write_today(&archive, scoring, slot, model_hash);
    GHashTableIter walk;
    gpointer diary;
    g_hash_table_iter_init(&walk, diaries);
    while (g_hash_table_iter_next(&walk, NULL, &diary))
        judge(drifting, diary);
    tell(drifting);
    return g_steal_pointer(&drifting);
}

void drifting_free(Drifting *drifting)
{
    if (drifting == NULL)
        return;
    g_array_unref(drifting->series);
    g_ptr_array_unref(drifting->sentences);
    g_free(drifting);
}

/* ------------------------------------------------------------------ the wish */

gboolean drifting_wants(const Drifting *drifting)
{
    return drifting->wishes > 0 && drifting->wishes * ONE_IN >= drifting->judged;
}

char *drifting_wish(const Config *config, const char *group)
{
    g_autofree char *folder = site_model_folder(config, group);
    return g_build_filename(folder, "train.wanted", NULL);
}

gboolean drifting_ask(const Config *config, const char *group, const Drifting *drifting, GError **error)
{
    g_autofree char *path = drifting_wish(config, group), *folder = g_path_get_dirname(path);
    if (g_file_test(path, G_FILE_TEST_EXISTS))
        return TRUE;
    if (!site_make_folder(folder, "daemon.state_dir", error))
        return FALSE;
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint k = 0; k < drifting->sentences->len; k++)
        g_string_append_printf(text, "%s\n", (const char *)g_ptr_array_index(drifting->sentences, k));
    return g_file_set_contents(path, text->str, -1, error);
}
