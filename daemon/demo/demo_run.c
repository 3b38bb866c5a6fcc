#include "daemon/demo/demo_run.h"

#include "config/build.h"
#include "daemon/demo/demo_load.h"
#include "daemon/pull.h"
#include "daemon/site.h"

#include <gio/gio.h>

static const struct {
    const char *group;
    const char *morning[2]; /* on the group's clock; the second one is the last of the simulated record, or of the real reports */
} samples[] = {
    {"uihc", {"2018-03-24T06:00", "2018-03-25T06:00"}},
    {"states", {"2021-11-29T14:00", "2021-11-30T14:00"}},
    {"general", {"2018-03-24T06:00", "2018-03-25T06:00"}},
};

static void say(const DemoRun *run, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void say(const DemoRun *run, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *line = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    run->say(run->self, line);
}

/* Run a command of this same program; it shares our terminal. */
static gboolean command(const char *const *words, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    g_autofree char *program = g_file_read_link("/proc/self/exe", error);
    if (program == NULL)
        return FALSE;
    g_ptr_array_add(all, program);
    for (gsize w = 0; words[w]; w++)
        g_ptr_array_add(all, (char *)words[w]);
    g_ptr_array_add(all, NULL);
    g_autoptr(GSubprocess) child = g_subprocess_newv((const char *const *)all->pdata, G_SUBPROCESS_FLAGS_NONE, error);
    if (child == NULL || !g_subprocess_wait(child, NULL, error))
        return FALSE;
    if (g_subprocess_get_successful(child))
        return TRUE;
    g_set_error(error, DEMO_ERROR, DEMO_ERROR_STEP, "`wardcast %s` failed; what it said stands above", words[0]);
    return FALSE;
}

/* --- pull --------------------------------------------------------------------------- */

static gboolean pull_group(const DemoRun *run, const Config *config, const GroupSettings *group, Warehouse *warehouse, Instant until, GError **error)
{
    for (guint s = 0; s < config->sources->len; s++) {
        const SourceSettings *settings = g_ptr_array_index(config->sources, s);
        if (!g_str_equal(settings->group, group->id))
            continue;
        PullReport report = {0};
        g_autoptr(Source) source = site_source(config, settings, error);
        if (source == NULL || !pull_source(warehouse, source, until, site_now(), &report, error))
            return FALSE;
        g_autofree char *message = g_steal_pointer(&report.message);
        pull_report_clear(&report);
        if (report.failed > 0) {
            g_set_error(error, DEMO_ERROR, DEMO_ERROR_STEP, "pulling failed: %s", message);
            return FALSE;
        }
        if (report.rows > 0)
            say(run, "%s: %" G_GUINT64_FORMAT " facts pulled", group->id, report.rows);
    }
    return TRUE;
}

static gboolean pull_all(const DemoRun *run, const Config *config, Warehouse *warehouse, GError **error)
{
    for (gsize k = 0; k < G_N_ELEMENTS(samples); k++) {
        const GroupSettings *group = config_group(config, samples[k].group);
        Instant until;
        if (!site_read_time(samples[k].morning[0], group->timezone, &until, error) ||
            !pull_group(run, config, group, warehouse, until, error))
            return FALSE;
    }
    return TRUE;
}

/* --- train -------------------------------------------------------------------------- */

/* What the models of a group depend on, as text. */
static char *stamp_of(const Config *config, gsize k)
{
    g_autofree char *hash = config_group_hash(config, config_group(config, samples[k].group));
    return g_strdup_printf("%s %s %s\n", PACKAGE_VERSION, samples[k].morning[0], hash);
}

static gboolean train_group(const DemoRun *run, const Config *config, gsize k, GError **error)
{
    g_autofree char *folder = site_model_folder(config, samples[k].group), *path = g_build_filename(folder, "demo-stamp", NULL);
    g_autofree char *stamp = stamp_of(config, k), *before = NULL;
    if (!run->train_again && g_file_get_contents(path, &before, NULL, NULL) && g_str_equal(before, stamp))
        return TRUE;
    say(run, "%s: training on what was known at %s", samples[k].group, samples[k].morning[0]);
    const char *const train[] = {"train", "--config", run->config, "--group", samples[k].group, "--as-of", samples[k].morning[0], NULL};
    return command(train, error) && g_file_set_contents_full(path, stamp, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, error);
}

/* --- two mornings --------------------------------------------------------------------- */

static gboolean publish(const DemoRun *run, const Config *config, Warehouse *warehouse, gsize k, int morning, GError **error)
{
    const GroupSettings *group = config_group(config, samples[k].group);
    Instant slot;
    gint64 run_id;
    if (!site_read_time(samples[k].morning[morning], group->timezone, &slot, error) ||
        !warehouse_find_run(warehouse, group->id, slot, &run_id, error))
        return FALSE;
    if (run_id != 0)
        return TRUE;
    say(run, "%s: as of %s", samples[k].group, samples[k].morning[morning]);
    const char *const once[] = {"once", "--config", run->config, "--group", samples[k].group, "--as-of", samples[k].morning[morning], NULL};
    return command(once, error);
}

/* --- the summary ------------------------------------------------------------------------ */

static gboolean summarise(const DemoRun *run, const Config *config, Warehouse *warehouse, GError **error)
{
    g_print("\n");
    for (gsize k = 0; k < G_N_ELEMENTS(samples); k++) {
        const GroupSettings *group = config_group(config, samples[k].group);
        RunHead head = {0};
        if (!warehouse_run_head(warehouse, 0, group->id, G_MAXINT64, &head, error))
            return FALSE;
        g_autofree char *brief = g_build_filename(config->daemon.report_dir, group->id, "latest.html", NULL);
        g_print("%s (run %" G_GINT64_FORMAT ", as of %s)\n  %s\n  brief: %s\n", group->name, head.run_id, samples[k].morning[1], head.summary, brief);
        run_head_clear(&head);
    }
    return TRUE;
}

gboolean demo_run(const DemoRun *run, GError **error)
{
    const char *const init[] = {"init", "--config", run->config, NULL};
    g_autoptr(Config) config = config_read(run->config, error);
    if (config == NULL || !command(init, error))
        return FALSE;
    g_autoptr(Warehouse) warehouse = site_warehouse(config, error);
    if (warehouse == NULL || !pull_all(run, config, warehouse, error))
        return FALSE;
    for (gsize k = 0; k < G_N_ELEMENTS(samples); k++)
        if (!train_group(run, config, k, error))
            return FALSE;
    for (gsize k = 0; k < G_N_ELEMENTS(samples); k++)
        for (int morning = 0; morning < 2; morning++)
            if (!publish(run, config, warehouse, k, morning, error))
                return FALSE;
    return summarise(run, config, warehouse, error);
}
