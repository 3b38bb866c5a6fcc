#include "daemon/forecasting.h"

#include "daemon/balance.h"
#include "daemon/engine/card.h"
#include "daemon/engine/engine.h"
#include "daemon/site.h"
#include "daemon/totals.h"

#include <string.h>

/* The series of one grain, forecast together. */
typedef struct {
    Release *release;      /* NULL = classical only */
    const Series **series;
    ForecastItem **item;
    gsize *origin;
    gboolean *anew;        /* whose last days are asked (ladder.h) */
    gsize n, horizon;
} Batch;

struct Forecasting {
    GPtrArray *items;
    GPtrArray *remarks;
    GPtrArray *drawn;      /* TotalPaths */
    Batch batch[GRAINS];
    char *model_hash;
};

static void item_free(gpointer data)
{
    ForecastItem *item = data;
    g_clear_pointer(&item->outlook, outlook_free);
    g_free(item->shift);
    g_free(item->width);
    g_free(item->target_at);
    g_free(item->reason);
    g_free(item);
}

/* A withheld series gets one row without numbers, for the first step it would have forecast. */
static void withhold(const Snapshot *snapshot, ForecastItem *item)
{
    const Series *series = item->series->series;
    item->target_at = g_new(Instant, 1);
    item->target_at[0] = calendar_instant(snapshot->calendar, series->grain, series->start + (gint64)series->length);
}

static void collect(Forecasting *forecasting, const Snapshot *snapshot)
{
    for (guint s = 0; s < snapshot->series->len; s++) {
        const SnapshotSeries *series = g_ptr_array_index(snapshot->series, s);
        ForecastItem *item = g_new0(ForecastItem, 1);
        item->series = series;
        item->status = series->status;
        item->reason = g_strdup(series->reason);
        g_ptr_array_add(forecasting->items, item);
        if (series->status == ROW_WITHHELD) {
            withhold(snapshot, item);
            continue;
        }
        Batch *batch = &forecasting->batch[series->series->grain];
        batch->series = g_renew(const Series *, batch->series, batch->n + 1);
        batch->item = g_renew(ForecastItem *, batch->item, batch->n + 1);
        batch->origin = g_renew(gsize, batch->origin, batch->n + 1);
        batch->series[batch->n] = series->series;
        batch->item[batch->n] = item;
        batch->origin[batch->n] = series->series->length;
        item->slot = batch->n++;
        batch->horizon = MAX(batch->horizon, series->horizon);
    }
}

/* The grain's release, or NULL with a remark when there is none that is whole. */
static void load(Forecasting *forecasting, const Config *config, const char *group, Grain grain, GChecksum *hash)
{
    g_autofree char *folder = site_model_folder(config, group);
    g_autofree char *path = release_path(folder, grain);
    g_autofree char *remark = NULL;
    g_autoptr(GError) error = NULL;
    Batch *batch = &forecasting->batch[grain];
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_ptr_array_add(forecasting->remarks, g_strdup_printf("%s forecasts: no trained model yet, classical members only; `wardcast train` makes one", grain_name(grain)));
        return;
    }
    batch->release = release_load(path, NULL, &remark, &error);
    if (remark != NULL)
        g_ptr_array_add(forecasting->remarks, g_strdup_printf("%s forecasts: an older model is used: %s", grain_name(grain), remark));
    if (batch->release == NULL) {
        g_ptr_array_add(forecasting->remarks, g_strdup_printf("%s forecasts: classical members only: %s", grain_name(grain), error->message));
        return;
    }
    g_ptr_array_add(forecasting->remarks, card_sentence(batch->release));
    g_autoptr(GBytes) bytes = release_to_bytes(batch->release);
    g_checksum_update(hash, g_bytes_get_data(bytes, NULL), (gssize)g_bytes_get_size(bytes));
}

/* Which of two troubles a reader must see first: an honest model on fresh data
 * is worth more than the best model on old data. */
static const int severity[ROW_STATUSES] = {
    [ROW_OK] = 0, [ROW_FALLBACK] = 1, [ROW_DEGRADED] = 2, [ROW_STALE] = 3, [ROW_WITHHELD] = 4};

/* Add a trouble: the graver status stays, both reasons are told. */
static void worse(ForecastItem *item, RowStatus status, const char *reason)
{
    if (severity[status] > severity[item->status])
        item->status = status;
    char *both = item->reason != NULL ? g_strdup_printf("%s; %s", item->reason, reason) : g_strdup(reason);
    g_free(item->reason);
    item->reason = both;
}

static void place_targets(const Snapshot *snapshot, ForecastItem *item)
{
    const Outlook *outlook = item->outlook;
    item->target_at = g_new(Instant, outlook->horizon);
    for (gsize h = 0; h < outlook->horizon; h++)
        item->target_at[h] = calendar_instant(snapshot->calendar, item->series->series->grain, outlook->origin + (gint64)h);
}

/* Nobody comes or leaves in the hour that spring skips: it begins when the next does. */
static void skip_hours(ForecastItem *item)
{
    Outlook *outlook = item->outlook;
    for (gsize h = 0; item->series->series->flow && h + 1 < outlook->horizon; h++)
        if (item->target_at[h] == item->target_at[h + 1]) {
            outlook->mean[h] = 0;
            memset(outlook->quantile + h * OUTLOOK_LEVELS, 0, OUTLOOK_LEVELS * sizeof *outlook->quantile);
        }
}

static void correct(const Ranging *ranging, ForecastItem *item)
{
    item->shift = g_new(double, item->outlook->horizon);
    item->width = g_new(double, item->outlook->horizon);
    ranging_correct(ranging, item->series, item->outlook, item->shift, item->width);
}

static gboolean forecast_batch(const Config *config, const Snapshot *snapshot, const Ranging *ranging, GHashTable *refit, Batch *batch, GPtrArray *drawn,
                               GError **error)
{
    batch->anew = g_renew(gboolean, batch->anew, batch->n);
    for (gsize k = 0; k < batch->n; k++)
        batch->anew[k] = refit != NULL && g_hash_table_contains(refit, batch->item[k]->series);
    g_autofree Outlook **out = g_new0(Outlook *, batch->n);
    g_autofree EngineNote *note = g_new0(EngineNote, batch->n);
    gboolean done = engine_forecast_anew(batch->release, batch->series, batch->n, batch->origin, batch->anew, batch->horizon, snapshot->calendar,
                                         config->forecast.threads, out, note, NULL, error);
    for (gsize k = 0; k < batch->n; k++) {
        ForecastItem *item = batch->item[k];
        item->outlook = out[k];
        if (out[k] == NULL) {
            worse(item, ROW_WITHHELD, note[k].sentence ? note[k].sentence : "no member had an answer");
            withhold(snapshot, item);
        } else {
            place_targets(snapshot, item);
            correct(ranging, item);
            skip_hours(item);
            if (note[k].fallback)
                worse(item, ROW_FALLBACK, note[k].sentence);
        }
        engine_note_clear(&note[k]);
    }
    totals_reconcile(batch->release, batch->item, batch->n);
    balance_units(batch->item, batch->n);
    return done && totals_draw(batch->release, batch->item, batch->n, config->plan.paths, config->forecast.seed, "census", drawn, error);
}

Forecasting *forecasting_new(const Config *config, const Snapshot *snapshot)
{
    Forecasting *forecasting = g_new0(Forecasting, 1);
    g_autoptr(GChecksum) hash = g_checksum_new(G_CHECKSUM_SHA256);
    gboolean trained = FALSE;
    forecasting->items = g_ptr_array_new_with_free_func(item_free);
    forecasting->remarks = g_ptr_array_new_with_free_func(g_free);
    forecasting->drawn = g_ptr_array_new_with_free_func((GDestroyNotify)total_paths_free);
    collect(forecasting, snapshot);
    for (Grain grain = 0; grain < GRAINS; grain++)
        if (forecasting->batch[grain].n > 0) {
            load(forecasting, config, snapshot->group->id, grain, hash);
            trained = trained || forecasting->batch[grain].release != NULL;
        }
    forecasting->model_hash = g_strdup(trained ? g_checksum_get_string(hash) : "none");
    return forecasting;
}

gboolean forecasting_make(Forecasting *forecasting, const Config *config, const Snapshot *snapshot, const Ranging *ranging, GHashTable *refit, GError **error)
{
    for (Grain grain = 0; grain < GRAINS; grain++)
        if (forecasting->batch[grain].n > 0 && !forecast_batch(config, snapshot, ranging, refit, &forecasting->batch[grain], forecasting->drawn, error)) {
            g_prefix_error(error, "%s forecasts: ", grain_name(grain));
            return FALSE;
        }
    return TRUE;
}

void forecasting_free(Forecasting *forecasting)
{
    if (forecasting == NULL)
        return;
    for (Grain grain = 0; grain < GRAINS; grain++) {
        Batch *batch = &forecasting->batch[grain];
        g_clear_pointer(&batch->release, release_free);
        g_free(batch->series);
        g_free(batch->item);
        g_free(batch->origin);
        g_free(batch->anew);
    }
    g_ptr_array_unref(forecasting->drawn);
    g_ptr_array_unref(forecasting->items);
    g_ptr_array_unref(forecasting->remarks);
    g_free(forecasting->model_hash);
    g_free(forecasting);
}

const GPtrArray *forecasting_items(const Forecasting *forecasting)
{
    return forecasting->items;
}

const ForecastItem *forecasting_find(const Forecasting *forecasting, const char *facility, const char *unit, const char *measure)
{
    for (guint k = 0; k < forecasting->items->len; k++) {
        const ForecastItem *item = g_ptr_array_index(forecasting->items, k);
        const SnapshotSeries *series = item->series;
        if (g_str_equal(series->unit, unit) && g_str_equal(series->measure, measure) && g_str_equal(series->facility, facility))
            return item;
    }
    return NULL;
}

gboolean forecasting_explain(const Forecasting *forecasting, const ForecastItem *item, gsize step, const Calendar *calendar, Explaining *explaining, GError **error)
{
    const Batch *batch = &forecasting->batch[item->series->series->grain];
    const ExplainingOrder order = {
        .release = batch->release,
        .series = batch->series,
        .n = batch->n,
        .which = item->slot,
        .step = step,
        .calendar = calendar,
        .origin = batch->origin,
        .anew = batch->anew,
        .horizon = batch->horizon,
        .published = item->outlook,
    };
    return explaining_order(&order, explaining, error);
}

const char *forecasting_model_hash(const Forecasting *forecasting)
{
    return forecasting->model_hash;
}

const GPtrArray *forecasting_remarks(const Forecasting *forecasting)
{
    return forecasting->remarks;
}

/* The paths that a total was read off, where all items are parts of it. */
static gboolean drawn_already(const TotalPaths *drawn, const ForecastItem *const *item, gsize items, gsize paths, float *out)
{
    gsize cells = paths * drawn->total->outlook->horizon, found = 0;
    for (gsize k = 0; k < items && drawn->paths == paths; k++)
        for (gsize p = 0; p < drawn->parts; p++)
            if (drawn->part[p] == item[k]) {
                memcpy(out + k * cells, drawn->path + p * cells, cells * sizeof *out);
                found++;
            }
    return found == items;
}

gboolean forecasting_paths(const Forecasting *forecasting, const ForecastItem *const *item, gsize items, gsize paths, guint64 seed, float *out, GError **error)
{
    g_autofree const Series **series = g_new(const Series *, items);
    g_autofree const Outlook **outlook = g_new(const Outlook *, items);
    for (gsize k = 0; k < items; k++) {
        series[k] = item[k]->series->series;
        outlook[k] = item[k]->outlook;
    }
    for (guint d = 0; d < forecasting->drawn->len; d++)
        if (drawn_already(g_ptr_array_index(forecasting->drawn, d), item, items, paths, out))
            return TRUE;
    const Batch *batch = &forecasting->batch[series[0]->grain];
    return engine_paths(batch->release, series, outlook, items, paths, seed, out, error);
}
