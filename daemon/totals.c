#include "daemon/totals.h"

#include "daemon/engine/engine.h"
#include "forecast/model/paths.h"
#include "forecast/model/reconcile.h"

#include <string.h>

enum { FEWEST_PARTS = 2 };

static gboolean is_part(const SnapshotSeries *series, const char *facility, const char *measure, Grain grain)
{
    return !series->total && series->series->grain == grain && g_str_equal(series->facility, facility) && g_str_equal(series->measure, measure);
}

/* ------------------------------------------------------------------ the series */

/* The parts of a total; of those withheld only the names. */
static GPtrArray *parts_of(const Snapshot *snapshot, const char *facility, const TargetSettings *target, GString *absent)
{
    GPtrArray *parts = g_ptr_array_new();
    for (guint s = 0; s < snapshot->series->len; s++) {
        SnapshotSeries *series = g_ptr_array_index(snapshot->series, s);
        if (!is_part(series, facility, target->measure, target->grain))
            continue;
        if (series->status == ROW_WITHHELD)
            g_string_append_printf(absent, "%s%s", absent->len > 0 ? ", " : "", series->unit);
        else
            g_ptr_array_add(parts, series);
    }
    return parts;
}

/* From where all are there to where the first ends. */
static Series *sum_of(const GPtrArray *parts, const char *id)
{
    gint64 from = G_MININT64, until = G_MAXINT64;
    const Series *first = ((const SnapshotSeries *)g_ptr_array_index(parts, 0))->series;
    for (guint k = 0; k < parts->len; k++) {
        const Series *one = ((const SnapshotSeries *)g_ptr_array_index(parts, k))->series;
        from = MAX(from, one->start);
        until = MIN(until, one->start + (gint64)one->length);
    }
    if (from >= until)
        return NULL;
    Series *sum = series_new(id, first->grain, from, (gsize)(until - from));
    sum->flow = first->flow;
    sum->label_day = first->label_day;
    sum->counts = TRUE;
    memset(sum->value, 0, sum->length * sizeof *sum->value);
    for (guint k = 0; k < parts->len; k++) {
        const Series *one = ((const SnapshotSeries *)g_ptr_array_index(parts, k))->series;
        sum->counts = sum->counts && one->counts;
        for (gsize t = 0; t < sum->length; t++)
            sum->value[t] += one->value[(gint64)t + from - one->start];
    }
    return sum;
}

/* The gravest trouble of the parts is the total's. */
static void inherit(SnapshotSeries *total, const GPtrArray *parts, const GString *absent)
{
    total->data_as_of = G_MAXINT64;
    for (guint k = 0; k < parts->len; k++) {
        const SnapshotSeries *one = g_ptr_array_index(parts, k);
        total->data_as_of = MIN(total->data_as_of, one->data_as_of);
        if (one->status == ROW_OK || (total->status != ROW_OK && one->status != ROW_STALE))
            continue;
        total->status = one->status;
        g_free(total->reason);
        total->reason = g_strdup_printf("%s: %s", one->unit, one->reason);
    }
    if (absent->len > 0 && total->status == ROW_OK) {
        total->status = ROW_DEGRADED;
        total->reason = g_strdup_printf("the data of %s are withheld and not in the sum", absent->str);
    }
}

static gboolean named_already(const Snapshot *snapshot, const SnapshotFacility *facility, const TargetSettings *target)
{
    if (snapshot_unit(facility, target->total) == NULL)
        return FALSE;
    g_ptr_array_add(snapshot->remarks, g_strdup_printf("%s has a unit called %s: its %s are not added up under that name; give the target another total",
                                                       facility->id, target->total, target->measure));
    return TRUE;
}

static void add_total(Snapshot *snapshot, const SnapshotFacility *facility, const TargetSettings *target)
{
    g_autoptr(GString) absent = g_string_new(NULL);
    g_autoptr(GPtrArray) parts = parts_of(snapshot, facility->id, target, absent);
    if (parts->len < FEWEST_PARTS || named_already(snapshot, facility, target))
        return;
    g_autofree char *id = g_strdup_printf("%s/%s/%s", facility->id, target->total, target->measure);
    Series *sum = sum_of(parts, id);
    if (sum == NULL || series_known(sum) == 0) {
        g_ptr_array_add(snapshot->remarks, g_strdup_printf("%s: there is no step at which the %s of all units is known, so they are not added up", facility->id, target->measure));
        g_clear_pointer(&sum, series_free);
        return;
    }
    const SnapshotSeries *first = g_ptr_array_index(parts, 0);
    SnapshotSeries *total = g_new0(SnapshotSeries, 1);
    total->facility = first->facility;
    total->unit = g_string_chunk_insert_const(snapshot->strings, target->total);
    total->measure = first->measure;
    total->series = sum;
    total->horizon = target->horizon;
    total->total = TRUE;
    inherit(total, parts, absent);
    g_ptr_array_add(snapshot->series, total);
}

void totals_add(Snapshot *snapshot)
{
    for (guint t = 0; t < snapshot->group->targets->len; t++) {
        const TargetSettings *target = g_ptr_array_index(snapshot->group->targets, t);
        for (guint f = 0; target->total != NULL && f < snapshot->facilities->len; f++)
            add_total(snapshot, g_ptr_array_index(snapshot->facilities, f), target);
    }
}

/* ------------------------------------------------------------------ the forecasts */

/* Mean normal score of a season's steps; NaN when none is known. */
static double block_mean(const gint16 *score, gsize from, gsize until)
{
    double sum = 0, n = 0;
    for (gsize h = from; h < until; h++)
        if (score[h] != RELEASE_SCORE_NONE) {
            sum += score[h] / 1000.0;
            n++;
        }
    return n > 0 ? sum / n : MISSING;
}

/* Neighbouring steps tell of the same day, so each season of each past morning
 * is one row: residual[rows][series].  NULL when a series was not in the backtest. */
static double *residuals(const Release *release, const GPtrArray *items, gsize *rows)
{
    gsize season = release != NULL ? MAX(release->season[0], 1) : 1, blocks = release != NULL ? MAX(release->horizon / season, 1) : 0;
    *rows = release != NULL ? release->origins * blocks : 0;
    double *residual = g_new(double, *rows * items->len + 1);
    for (guint i = 0; i < items->len; i++) {
        const ForecastItem *item = g_ptr_array_index(items, i);
        const gint16 *score = release != NULL ? release_scores(release, release_find(release, item->series->series->id)) : NULL;
        for (gsize r = 0; r < *rows; r++) {
            const gint16 *origin = score != NULL ? score + r / blocks * release->horizon : NULL;
            gsize from = r % blocks * season;
            residual[r * items->len + i] = origin != NULL ? block_mean(origin, from, MIN(from + season, release->horizon)) : MISSING;
        }
    }
    return residual;
}

/* The total first, then its parts; NULL when one of the parts has no outlook. */
static GPtrArray *family(ForecastItem *const *item, gsize n, ForecastItem *total)
{
    const SnapshotSeries *whole = total->series;
    g_autoptr(GPtrArray) items = g_ptr_array_new();
    g_ptr_array_add(items, total);
    for (gsize k = 0; k < n; k++) {
        if (!is_part(item[k]->series, whole->facility, whole->measure, whole->series->grain) || item[k]->series->status == ROW_WITHHELD)
            continue;
        if (item[k]->outlook == NULL || item[k]->outlook->horizon != total->outlook->horizon || item[k]->outlook->origin != total->outlook->origin)
            return NULL;
        g_ptr_array_add(items, item[k]);
    }
    return g_steal_pointer(&items);
}

static gboolean reconcile(const Release *release, const GPtrArray *items, GError **error)
{
    gsize n = items->len, rows;
    g_autofree double *part = g_new(double, n), *residual = residuals(release, items, &rows);
    g_autofree Outlook **outlook = g_new(Outlook *, n);
    gboolean counts = TRUE;
    for (gsize i = 0; i < n; i++) {
        const ForecastItem *item = g_ptr_array_index(items, i);
        part[i] = 1;
        outlook[i] = item->outlook;
        counts = counts && item->series->series->counts;
    }
    g_autoptr(Reconcile) r = reconcile_new(part, 1, n - 1, residual, rows);
    return reconcile_outlooks(r, outlook, counts, error);
}

static void degrade(ForecastItem *item, const char *reason)
{
    if (item->status == ROW_OK)
        item->status = ROW_DEGRADED;
    char *both = item->reason != NULL ? g_strdup_printf("%s; %s", item->reason, reason) : g_strdup(reason);
    g_free(item->reason);
    item->reason = both;
}

void totals_reconcile(const Release *release, ForecastItem *const *item, gsize n)
{
    for (gsize k = 0; k < n; k++) {
        if (!item[k]->series->total || item[k]->outlook == NULL)
            continue;
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) items = family(item, n, item[k]);
        if (items == NULL)
            degrade(item[k], "a unit has no forecast of its own, so the total was not made to agree with its units");
        else if (!reconcile(release, items, &error))
            degrade(item[k], error->message);
        else
            item[k]->whole = TRUE;
    }
}

/* ------------------------------------------------------------------ the paths */

void total_paths_free(TotalPaths *drawn)
{
    if (drawn == NULL)
        return;
    g_free(drawn->part);
    g_free(drawn->path);
    g_free(drawn);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TotalPaths, total_paths_free)

/* The units may have moved since: their expected values are added up again, and the range goes along. */
static void follow(Outlook *total, const Outlook *const *part, gsize parts, gboolean counts)
{
    for (gsize h = 0; h < total->horizon; h++) {
        double before = total->mean[h];
        total->mean[h] = 0;
        for (gsize k = 0; k < parts; k++)
            total->mean[h] += part[k]->mean[h];
        for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
            total->quantile[h * OUTLOOK_LEVELS + q] += total->mean[h] - before;
    }
    outlook_tidy(total, counts);
}

static gboolean draw(const Release *release, ForecastItem *total, guint64 seed, TotalPaths *drawn, GError **error)
{
    g_autofree const Series **series = g_new(const Series *, drawn->parts);
    g_autofree const Outlook **outlook = g_new(const Outlook *, drawn->parts);
    gsize horizon = total->outlook->horizon;
    gboolean counts = TRUE;
    for (gsize k = 0; k < drawn->parts; k++) {
        series[k] = drawn->part[k]->series->series;
        outlook[k] = drawn->part[k]->outlook;
        counts = counts && series[k]->counts;
    }
    follow(total->outlook, outlook, drawn->parts, counts);
    drawn->path = g_try_new(float, drawn->parts * drawn->paths * horizon);
    if (drawn->path == NULL) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_MEMORY, "no memory for %zu sample paths of the %zu units of %s; lower plan.paths", drawn->paths, drawn->parts,
                    total->series->series->id);
        return FALSE;
    }
    /* Measures of one facility must not share their dice. */
    if (!engine_paths_parts(release, series, outlook, drawn->parts, total->outlook, drawn->paths, seed + g_str_hash(total->series->series->id), drawn->path, error))
        return FALSE;
    paths_sum(drawn->path, drawn->parts, drawn->paths, horizon, counts, total->outlook);
    return TRUE;
}

gboolean totals_draw(const Release *release, ForecastItem *const *item, gsize n, gsize paths, guint64 seed, const char *keep, GPtrArray *drawn, GError **error)
{
    for (gsize k = 0; k < n; k++) {
        if (!item[k]->whole)
            continue;
        g_autoptr(GPtrArray) items = family(item, n, item[k]);
        g_autoptr(TotalPaths) one = g_new0(TotalPaths, 1);
        *one = (TotalPaths){.total = item[k], .parts = items->len - 1, .paths = paths};
        one->part = g_memdup2(items->pdata + 1, one->parts * sizeof *one->part);
        if (!draw(release, item[k], seed, one, error))
            return FALSE;
        if (g_str_equal(item[k]->series->measure, keep))
            g_ptr_array_add(drawn, g_steal_pointer(&one));
    }
    return TRUE;
}
