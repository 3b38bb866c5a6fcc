#include "daemon/once.h"

#include "daemon/cycle.h"
#include "daemon/exit.h"
#include "daemon/options.h"
#include "daemon/pull.h"
#include "daemon/site.h"

static void say(void *self, const char *line)
{
    (void)self;
    g_printerr("%s\n", line);
}

/* Pull what the group's sources recorded up to as_of; a failing source is told and the cycle goes on. */
static gboolean pull_group(const Config *config, const GroupSettings *group, Warehouse *warehouse, Instant as_of, GError **error)
{
    for (guint s = 0; s < config->sources->len; s++) {
        const SourceSettings *settings = g_ptr_array_index(config->sources, s);
        if (!g_str_equal(settings->group, group->id))
            continue;
        g_autoptr(Source) source = site_source(config, settings, error);
        PullReport report = {0};
        if (source == NULL || !pull_source(warehouse, source, as_of, site_now(), &report, error))
            return FALSE;
        g_printerr("%s: %" G_GUINT64_FORMAT " new rows from %s", group->id, report.rows, settings->name);
        if (report.complaints > 0)
            g_printerr(", %" G_GUINT64_FORMAT " set apart (see wardcast.quarantine)", report.complaints);
        g_printerr("\n");
        if (report.message != NULL)
            g_printerr("%s: source failed, the last good data are used: %s\n", group->id, report.message);
        pull_report_clear(&report);
    }
    return TRUE;
}

static gboolean run_group(const Options *options, const Config *config, const GroupSettings *group, Warehouse *warehouse, GError **error)
{
    CycleOrder order = {.config = config, .group = group, .warehouse = warehouse, .dry_run = options->dry_run, .say = say};
    CycleOutcome outcome = {0};
    order.as_of = site_now();
    if (options->as_of != NULL && !site_read_time(options->as_of, group->timezone, &order.as_of, error))
        return FALSE;
    order.slot = order.as_of;
    if (!pull_group(config, group, warehouse, order.as_of, error) || !cycle_run(&order, &outcome, error))
        return FALSE;
    if (outcome.run_id == 0)
        g_print("%s: dry run, nothing written: %s\nrows %s\n", group->id, outcome.summary, outcome.digest);
    else
        g_print("%s: run %" G_GINT64_FORMAT " %s: %s\n", group->id, outcome.run_id, outcome.published ? "published" : "was published before", outcome.summary);
    if (outcome.published && order.slot > site_now())
        g_printerr("%s: the time of this run has not come: readers are shown the newest run made in its time, if there is one\n", group->id);
    if (outcome.brief != NULL)
        g_print("%s: brief %s\n", group->id, outcome.brief);
    cycle_outcome_clear(&outcome);
    return TRUE;
}

int once_main(int argc, char **argv)
{
    g_auto(Options) options = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = NULL;
    g_autoptr(Warehouse) warehouse = NULL;
    int code = options_open(&options, OPTION_CONFIG | OPTION_GROUP | OPTION_AS_OF | OPTION_DRY_RUN,
                            "Pull, forecast, plan and publish one cycle now, then end.", argc, argv, &config, &warehouse);
    if (code >= 0)
        return code;
    for (guint g = 0; g < config->groups->len; g++) {
        const GroupSettings *group = g_ptr_array_index(config->groups, g);
        if (options_means(&options, group) && !run_group(&options, config, group, warehouse, &error)) {
            g_prefix_error(&error, "%s: ", group->id);
            return options_fail(error);
        }
    }
    return EXIT_FINE;
}

/* Make the rows of a run again and compare digests. */
static int replay(const Config *config, Warehouse *warehouse, const RunHead *head, GError **error)
{
    const GroupSettings *group = config_group(config, head->group);
    if (group == NULL) {
        g_printerr("wardcast: run %" G_GINT64_FORMAT " is of group %s, which %s does not have\n", head->run_id, head->group, config->path);
        return EXIT_CONFIG;
    }
    CycleOrder order = {.config = config, .group = group, .warehouse = warehouse, .slot = head->slot, .as_of = head->as_of, .dry_run = TRUE};
    CycleOutcome outcome = {0};
    g_autofree char *config_hash = config_group_hash(config, group);
    g_autofree char *stored = warehouse_run_digest(warehouse, head->run_id, error);
    if (stored == NULL || !cycle_run(&order, &outcome, error))
        return EXIT_FAILED;
    gboolean same = g_str_equal(stored, outcome.digest);
    g_print("run %" G_GINT64_FORMAT "  rows %s\nreplay  rows %s\n%s\n", head->run_id, stored, outcome.digest, same ? "the same, byte for byte" : "DIFFERENT");
    if (!same && g_strcmp0(config_hash, head->config_hash) != 0)
        g_print("the configuration has changed since the run (%.12s then, %.12s now): replay with the configuration of then\n", head->config_hash, config_hash);
    cycle_outcome_clear(&outcome);
    return same ? EXIT_FINE : EXIT_FAILED;
}

int replay_main(int argc, char **argv)
{
    g_auto(Options) options = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = NULL;
    g_autoptr(Warehouse) warehouse = NULL;
    RunHead head = {0};
    int code = options_open(&options, OPTION_CONFIG | OPTION_RUN, "Make the rows of a past run again and compare them with what was published.", argc, argv, &config, &warehouse);
    if (code >= 0)
        return code;
    if (!warehouse_run_head(warehouse, options.run, NULL, INSTANT_NONE, &head, &error))
        return options_fail(error);
    if (head.run_id == 0) {
        g_printerr("wardcast: there is no run %" G_GINT64_FORMAT "; SELECT run_id FROM wardcast.run lists them\n", options.run);
        return EXIT_FAILED;
    }
    code = replay(config, warehouse, &head, &error);
    run_head_clear(&head);
    return error != NULL ? options_fail(error) : code;
}
