#include "daemon/ranging.h"

#include "daemon/scoring.h"
#include "forecast/model/aci.h"
#include "forecast/model/calibrate.h"

#include <string.h>

/* The range that is followed is the 80 % one; the others are stretched with it. */
#define COVERAGE 0.8

/* A width is told when it differs from the members' by this much at least. */
#define TOLD 0.05

typedef struct {
    double shift, stretch; /* of the last recalibration */
    Aci aci;
} Reach;

typedef struct {
    const SnapshotSeries *series;
    Reach reach[ACI_BUCKETS];
    Instant judged; /* the newest target judged */
} Learner;

struct Ranging {
    const Snapshot *snapshot;
    const char *model_hash;
    Learner *learner;      /* in the order of the Snapshot */
    GHashTable *by_key;    /* "facility/unit/measure/grain" -> Learner */
    GHashTable *by_series; /* SnapshotSeries -> Learner */
    gsize horizon[GRAINS];
    GArray *rows;          /* RangeRow */
};

static char *key_of(const char *facility, const char *unit, const char *measure, Grain grain)
{
    return g_strdup_printf("%s/%s/%s/%s", facility, unit, measure, grain_name(grain));
}

/* Of how many steps a day something is learnt about these steps ahead: of each
 * hour when the runs of a day together speak of all of them. */
static gsize steps_together(const Ranging *ranging, Grain grain, gsize bucket)
{
    char **schedule = ranging->snapshot->group->schedule;
    gsize leads = 0, runs = schedule != NULL ? g_strv_length(schedule) : 1;
    if (grain != GRAIN_HOUR)
        return 1;
    for (gsize lead = 1; lead <= ranging->horizon[grain]; lead++)
        leads += aci_bucket(ranging->horizon[grain], lead) == bucket;
    return CLAMP(runs * leads, 1, grain_season(grain));
}

static void begin(Ranging *ranging)
{
    const GPtrArray *all = ranging->snapshot->series;
    for (guint s = 0; s < all->len; s++) {
        const SnapshotSeries *series = g_ptr_array_index(all, s);
        gsize *horizon = &ranging->horizon[series->series->grain];
        *horizon = MAX(*horizon, series->horizon);
    }
    ranging->learner = g_new0(Learner, all->len + 1);
    ranging->by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    ranging->by_series = g_hash_table_new(NULL, NULL);
    for (guint s = 0; s < all->len; s++) {
        const SnapshotSeries *series = g_ptr_array_index(all, s);
        Learner *learner = &ranging->learner[s];
        Grain grain = series->series->grain;
        *learner = (Learner){.series = series, .judged = INSTANT_NONE};
        for (gsize b = 0; b < ACI_BUCKETS; b++)
            learner->reach[b] = (Reach){0, 1, aci_start(COVERAGE, steps_together(ranging, grain, b))};
        g_hash_table_insert(ranging->by_key, key_of(series->facility, series->unit, series->measure, grain), learner);
        g_hash_table_insert(ranging->by_series, (gpointer)series, learner);
    }
}

static gboolean take_state(void *self, const RangeRow *row, GError **error)
{
    (void)error;
    const Ranging *ranging = self;
    g_autofree char *key = key_of(row->facility, row->unit, row->measure, row->grain);
    Learner *learner = g_hash_table_lookup(ranging->by_key, key);
    if (learner == NULL || row->bucket >= ACI_BUCKETS)
        return TRUE; /* no longer a target */
    Reach *reach = &learner->reach[row->bucket];
    gboolean same = g_str_equal(row->model_hash, ranging->model_hash);
    reach->shift = same ? row->shift : 0;
    reach->stretch = same ? row->stretch : 1;
    reach->aci.factor = CLAMP(row->factor, ACI_LEAST, ACI_MOST);
    reach->aci.seen = (gsize)row->seen;
    reach->aci.missed = row->missed;
    learner->judged = row->judged_until;
    return TRUE;
}

/* ------------------------------------------------------------------ learning */

/* What the forecasts had said of one target. */
typedef struct {
    Ranging *ranging;
    Learner **asked;          /* by question */
    gsize question;
    Instant target_at;
    GArray *score[ACI_BUCKETS]; /* double */
} Lesson;

static void conclude(Lesson *lesson)
{
    for (gsize b = 0; b < ACI_BUCKETS; b++) {
        GArray *score = lesson->score[b];
        if (score->len > 0)
            aci_take(&lesson->asked[lesson->question]->reach[b].aci, (const double *)(const void *)score->data, score->len);
        g_array_set_size(score, 0);
    }
}

/* The score under the forecast as the members had it. */
static double own_score(const Learner *learner, const Answer *answer, gint64 step)
{
    const Series *series = learner->series->series;
    const Outlook outlook = {.horizon = 1, .quantile = (double *)answer->quantile};
    return answer->shift + answer->width * calibrate_score(&outlook, 0, scoring_truth(series, step), series->counts, (guint64)step);
}

static gboolean take_answer(void *self, const Answer *answer, GError **error)
{
    (void)error;
    Lesson *lesson = self;
    Learner *learner = lesson->asked[answer->question];
    const Series *series = learner->series->series;
    if (answer->question != lesson->question || answer->target_at != lesson->target_at) {
        conclude(lesson);
        lesson->question = answer->question;
        lesson->target_at = answer->target_at;
    }
    gint64 step = calendar_step(lesson->ranging->snapshot->calendar, series->grain, answer->target_at);
    gsize bucket = aci_bucket(lesson->ranging->horizon[series->grain], answer->step);
    const Reach *reach = &learner->reach[bucket];
    double score = (own_score(learner, answer, step) - reach->shift) / reach->stretch;
    if (isnan(score))
        return TRUE; /* the truth is not known */
    g_array_append_val(lesson->score[bucket], score);
    return TRUE;
}

static AnswerQuestion question_of(const Ranging *ranging, const SnapshotSeries *series, Instant after, Instant until)
{
    const Calendar *calendar = ranging->snapshot->calendar;
    Grain grain = series->series->grain;
    gint64 first = calendar_step(calendar, grain, after) - (gint64)ranging->horizon[grain] - 1;
    return (AnswerQuestion){series->facility, series->unit, series->measure, grain, calendar_instant(calendar, grain, first), after, until};
}

/* What is to be asked about a series, if anything; it counts as judged from now on. */
static gboolean ask(const Ranging *ranging, Learner *learner, AnswerQuestion *question)
{
    const SnapshotSeries *series = learner->series;
    const Calendar *calendar = ranging->snapshot->calendar;
    Grain grain = series->series->grain;
    gint64 newest;
    if (series->status == ROW_WITHHELD || !scoring_newest(series->series, &newest))
        return FALSE;
    Instant until = calendar_instant(calendar, grain, newest), after = learner->judged;
    if (after != INSTANT_NONE && until <= after)
        return FALSE;
    learner->judged = until;
    if (after == INSTANT_NONE || scoring_stuck(series->series))
        return FALSE;
    *question = question_of(ranging, series, after, until);
    return TRUE;
}

static gboolean learn(Ranging *ranging, Warehouse *warehouse, Instant slot, GError **error)
{
    const Snapshot *snapshot = ranging->snapshot;
    g_autofree AnswerQuestion *question = g_new(AnswerQuestion, snapshot->series->len + 1);
    g_autofree Learner **asked = g_new(Learner *, snapshot->series->len + 1);
    gsize questions = 0;
    for (guint s = 0; s < snapshot->series->len; s++)
        if (ask(ranging, &ranging->learner[s], &question[questions]))
            asked[questions++] = &ranging->learner[s];
    Lesson lesson = {.ranging = ranging, .asked = asked};
    for (gsize b = 0; b < ACI_BUCKETS; b++)
        lesson.score[b] = g_array_new(FALSE, FALSE, sizeof(double));
    gboolean read = warehouse_read_answers(warehouse, snapshot->group->id, slot, question, questions, take_answer, &lesson, error);
    if (read && questions > 0)
        conclude(&lesson);
    for (gsize b = 0; b < ACI_BUCKETS; b++)
        g_array_unref(lesson.score[b]);
    return read;
}

static void write_rows(Ranging *ranging)
{
    g_array_set_size(ranging->rows, 0);
    for (guint s = 0; s < ranging->snapshot->series->len; s++)
        for (guint b = 0; b < ACI_BUCKETS; b++) {
            const Learner *learner = &ranging->learner[s];
            const SnapshotSeries *series = learner->series;
            const Reach *reach = &learner->reach[b];
            RangeRow row = {series->facility, series->unit, series->measure, series->series->grain, b, reach->shift, reach->stretch,
                            reach->aci.factor, reach->aci.seen, reach->aci.missed, learner->judged, ranging->model_hash};
            g_array_append_val(ranging->rows, row);
        }
}

Ranging *ranging_new(Warehouse *warehouse, const Snapshot *snapshot, Instant slot, const char *model_hash, GError **error)
{
    g_autoptr(Ranging) ranging = g_new0(Ranging, 1);
    ranging->snapshot = snapshot;
    ranging->model_hash = model_hash;
    ranging->rows = g_array_new(FALSE, TRUE, sizeof(RangeRow));
    begin(ranging);
    if (!warehouse_read_ranges(warehouse, snapshot->group->id, slot, take_state, ranging, error) || !learn(ranging, warehouse, slot, error)) {
        g_prefix_error(error, "ranges: ");
        return NULL;
    }
    write_rows(ranging);
    return g_steal_pointer(&ranging);
}

void ranging_free(Ranging *ranging)
{
    if (ranging == NULL)
        return;
    g_array_unref(ranging->rows);
    g_hash_table_unref(ranging->by_series);
    g_hash_table_unref(ranging->by_key);
    g_free(ranging->learner);
    g_free(ranging);
}

const GArray *ranging_rows(const Ranging *ranging)
{
    return ranging->rows;
}

/* ------------------------------------------------------------------ measuring anew */

/* What came since the change, by steps ahead: the last that was said of each target. */
typedef struct {
    Learner *learner;
    GArray *score[ACI_BUCKETS]; /* double */
    gint64 target[ACI_BUCKETS], day[ACI_BUCKETS];
    gsize days[ACI_BUCKETS];
} Review;

typedef struct {
    const Ranging *ranging;
    Review *review; /* by question */
} Reviewing;

static gboolean review_answer(void *self, const Answer *answer, GError **error)
{
    (void)error;
    const Reviewing *reviewing = self;
    const Calendar *calendar = reviewing->ranging->snapshot->calendar;
    Review *review = &reviewing->review[answer->question];
    Grain grain = review->learner->series->series->grain;
    gsize bucket = aci_bucket(reviewing->ranging->horizon[grain], answer->step);
    gint64 step = calendar_step(calendar, grain, answer->target_at), day = calendar_step(calendar, grain == GRAIN_HOUR ? GRAIN_DAY : grain, answer->target_at);
    double score = own_score(review->learner, answer, step);
    if (isnan(score))
        return TRUE;
    GArray *known = review->score[bucket];
    if (known->len > 0 && review->target[bucket] == step) {
        g_array_index(known, double, known->len - 1) = score;
        return TRUE;
    }
    review->days[bucket] += known->len == 0 || review->day[bucket] != day;
    review->target[bucket] = step;
    review->day[bucket] = day;
    g_array_append_val(known, score);
    return TRUE;
}

static char *measure(const Ranging *ranging, const Review *review, gboolean moves)
{
    double least = 2, most = 0;
    for (gsize b = 0; b < ACI_BUCKETS; b++) {
        Reach *reach = &review->learner->reach[b];
        const double *score = (const double *)(const void *)review->score[b]->data;
        double shift, stretch;
        if (!aci_measure(score, review->score[b]->len, review->days[b], COVERAGE, moves, &shift, &stretch))
            continue;
        *reach = (Reach){shift, stretch, aci_start(COVERAGE, steps_together(ranging, review->learner->series->series->grain, b))};
        least = MIN(least, stretch);
        most = MAX(most, stretch);
    }
    return least > most ? NULL : g_strdup_printf("the ranges were measured anew: %.2f to %.2f times as wide as the members have them", least, most);
}

gboolean ranging_recalibrate(Ranging *ranging, Warehouse *warehouse, Instant slot, const SnapshotSeries *const *series, const Instant *since,
                             const gboolean *moves, gsize n, char **done, GError **error)
{
    g_autofree AnswerQuestion *question = g_new(AnswerQuestion, n + 1);
    g_autofree Review *review = g_new0(Review, n + 1);
    Reviewing reviewing = {ranging, review};
    for (gsize k = 0; k < n; k++) {
        review[k].learner = g_hash_table_lookup(ranging->by_series, series[k]);
        Instant until = review[k].learner->judged;
        question[k] = question_of(ranging, series[k], since[k] - 1, until == INSTANT_NONE ? since[k] - 1 : until);
        for (gsize b = 0; b < ACI_BUCKETS; b++)
            review[k].score[b] = g_array_new(FALSE, FALSE, sizeof(double));
    }
    gboolean read = warehouse_read_answers(warehouse, ranging->snapshot->group->id, slot, question, n, review_answer, &reviewing, error);
    for (gsize k = 0; k < n; k++) {
        done[k] = read ? measure(ranging, &review[k], moves[k]) : NULL;
        for (gsize b = 0; b < ACI_BUCKETS; b++)
            g_array_unref(review[k].score[b]);
    }
    write_rows(ranging);
    return read;
}

int ranging_bound(const Ranging *ranging, const SnapshotSeries *series)
{
    const Learner *learner = g_hash_table_lookup(ranging->by_series, series);
    for (gsize b = 0; b < ACI_BUCKETS; b++) {
        const Reach *reach = &learner->reach[b];
        /* Where the measure is at its own bound as well, measuring again changes nothing. */
        if (reach->aci.factor >= ACI_MOST && reach->stretch < ACI_MOST_STRETCH)
            return 1;
        if (reach->aci.factor <= ACI_LEAST && reach->stretch > ACI_LEAST_STRETCH)
            return -1;
    }
    return 0;
}

/* ------------------------------------------------------------------ correcting */

/* The value at a normal score; beyond the outer levels the last piece goes on. */
static double value_at(const double *quantile, double score)
{
    gsize k = 0;
    while (k + 2 < OUTLOOK_LEVELS && score >= outlook_probit[k + 1])
        k++;
    return quantile[k] + (score - outlook_probit[k]) / (outlook_probit[k + 1] - outlook_probit[k]) * (quantile[k + 1] - quantile[k]);
}

static void correct_step(Outlook *outlook, gsize h, double shift, double width)
{
    double *quantile = outlook->quantile + h * OUTLOOK_LEVELS, before[OUTLOOK_LEVELS];
    memcpy(before, quantile, sizeof before);
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
        quantile[k] = value_at(before, shift + width * outlook_probit[k]);
    outlook->mean[h] += quantile[OUTLOOK_MEDIAN] - before[OUTLOOK_MEDIAN];
}

void ranging_correct(const Ranging *ranging, const SnapshotSeries *series, Outlook *outlook, double *shift, double *width)
{
    const Learner *learner = g_hash_table_lookup(ranging->by_series, series);
    for (gsize h = 0; h < outlook->horizon; h++) {
        const Reach *reach = &learner->reach[aci_bucket(ranging->horizon[series->series->grain], h + 1)];
        shift[h] = reach->shift;
        width[h] = reach->stretch * reach->aci.factor;
        gboolean as_it_is = !(fabs(shift[h]) > 0) && !(fabs(width[h] - 1) > 0);
        if (!as_it_is)
            correct_step(outlook, h, shift[h], width[h]);
    }
    outlook_tidy(outlook, series->series->counts);
}

char *ranging_words(const Ranging *ranging, const SnapshotSeries *series)
{
    const Learner *learner = g_hash_table_lookup(ranging->by_series, series);
    double least = 1, most = 1;
    for (gsize b = 0; b < ACI_BUCKETS; b++) {
        double width = learner->reach[b].stretch * learner->reach[b].aci.factor;
        least = MIN(least, width);
        most = MAX(most, width);
    }
    double told = most - 1 >= 1 - least ? most : least;
    if (fabs(told - 1) < TOLD)
        return NULL;
    return g_strdup_printf("ranges up to %.0f %% %s after what came of earlier forecasts", 100 * fabs(told - 1), told > 1 ? "wider" : "narrower");
}
