#include "daemon/train.h"

#include "connectors/wire/failpoint.h"
#include "daemon/drifting.h"
#include "daemon/engine/card.h"
#include "daemon/engine/engine.h"
#include "daemon/exit.h"
#include "daemon/engine/file_mode.h"
#include "daemon/options.h"
#include "daemon/progress.h"
#include "daemon/site.h"
#include "daemon/snapshot.h"

#include <glib/gstdio.h>

static gboolean step(void *self, const char *what, double share, double loss)
{
    failpoint("train-step");
    return progress_tell(self, what, share, loss);
}

/* Everything of one grain that a cycle would forecast. */
static GPtrArray *series_of_grain(const Snapshot *snapshot, Grain grain, gsize *horizon)
{
    GPtrArray *series = g_ptr_array_new();
    *horizon = 0;
    for (guint s = 0; s < snapshot->series->len; s++) {
        const SnapshotSeries *known = g_ptr_array_index(snapshot->series, s);
        if (known->series->grain != grain)
            continue;
        g_ptr_array_add(series, known->series);
        *horizon = MAX(*horizon, known->horizon);
    }
    return series;
}

static gboolean train_grain(const Config *config, const Snapshot *snapshot, Grain grain, GChecksum *hash, GString *card, GError **error)
{
    gsize horizon;
    g_autoptr(GPtrArray) series = series_of_grain(snapshot, grain, &horizon);
    if (series->len == 0)
        return TRUE;
    g_autofree char *what = g_strdup_printf("%s, %u %s series", snapshot->group->id, series->len, grain_name(grain));
    g_autoptr(Progress) progress = progress_new(what);
    EngineOptions options;
    engine_options_init(&options, horizon);
    options.seed = config->forecast.seed;
    options.seeds = config->forecast.seeds;
    options.steps = config->forecast.steps;
    options.seconds = config->forecast.seconds;
    options.threads = config->forecast.threads;
    options.member = config->forecast.member;
    options.progress = step;
    options.self = progress;
    g_autoptr(Release) release = NULL;
    if (!engine_train((const Series *const *)series->pdata, series->len, snapshot->calendar, &options, &release, error))
        return FALSE;
    g_autofree char *folder = site_model_folder(config, snapshot->group->id);
    g_autofree char *path = release_path(folder, grain);
    failpoint("weights-before-rename");
    if (!release_save(release, path, error))
        return FALSE;
    failpoint("weights-after-rename");
    g_autoptr(GBytes) bytes = release_to_bytes(release);
    g_checksum_update(hash, g_bytes_get_data(bytes, NULL), (gssize)g_bytes_get_size(bytes));
    g_autofree char *words = card_text(release);
    g_string_append(card, words);
    progress_done(progress, release->group.verdict);
    return TRUE;
}

static gboolean train_group(const Options *options, const Config *config, const GroupSettings *group, Warehouse *warehouse, GError **error)
{
    Instant as_of = site_now();
    g_autofree char *folder = site_model_folder(config, group->id);
    g_autoptr(Calendar) calendar = site_calendar(group, error);
    /* Whether there is a place for them is asked before the long work. */
    if (calendar == NULL || !site_make_folder(folder, "daemon.state_dir", error) || (options->as_of != NULL && !site_read_time(options->as_of, group->timezone, &as_of, error)))
        return FALSE;
    /* The wish is taken away first: a training that fails must not be asked for without end. */
    g_autofree char *wish = drifting_wish(config, group->id);
    (void)g_unlink(wish);
    g_autoptr(Snapshot) snapshot = snapshot_read(warehouse, group, config->sources, calendar, as_of, error);
    if (snapshot == NULL)
        return FALSE;
    g_autoptr(GChecksum) hash = g_checksum_new(G_CHECKSUM_SHA256);
    g_autoptr(GString) card = g_string_new(NULL);
    for (Grain grain = 0; grain < GRAINS; grain++)
        if (!train_grain(config, snapshot, grain, hash, card, error)) {
            g_prefix_error(error, "%s models: ", grain_name(grain));
            return FALSE;
        }
    if (card->len == 0) {
        g_printerr("%s: nothing to train on; pull first (`wardcast once`), or check the group's targets\n", group->id);
        return TRUE;
    }
    return warehouse_note_model(warehouse, group->id, g_checksum_get_string(hash), as_of, card->str, error);
}

static gboolean wants_file_mode(int argc, char **argv)
{
    for (int a = 1; a < argc; a++)
        if (g_str_has_prefix(argv[a], "--csv"))
            return TRUE;
    return FALSE;
}

int train_main(int argc, char **argv)
{
    if (wants_file_mode(argc, argv))
        return file_mode_train(argc, argv);
    g_auto(Options) options = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = NULL;
    g_autoptr(Warehouse) warehouse = NULL;
    int code = options_open(&options, OPTION_CONFIG | OPTION_GROUP | OPTION_AS_OF,
                            "Train and backtest the models of every group from the warehouse.\n"
                            "With --csv FILE from a file instead: `wardcast train --csv FILE --help` tells its options.", argc, argv, &config, &warehouse);
    if (code >= 0)
        return code;
    gboolean fine = TRUE;
    for (guint g = 0; g < config->groups->len; g++) {
        const GroupSettings *group = g_ptr_array_index(config->groups, g);
        /* One group's failure must not keep the others from being trained. */
        if (options_means(&options, group) && !train_group(&options, config, group, warehouse, &error)) {
            g_printerr("wardcast: %s: %s\n", group->id, error->message);
            g_clear_error(&error);
            fine = FALSE;
        }
    }
    return fine ? EXIT_FINE : EXIT_FAILED;
}
