#include "daemon/inspect.h"

#include "daemon/command.h"
#include "daemon/drifting.h"
#include "daemon/exit.h"
#include "daemon/options.h"
#include "daemon/site.h"
#include "forecast/kernel/precision.h"

#include <gio/gio.h>
#include <string.h>

static void print_line(void *self, const char *line)
{
    (void)self;
    g_print("%s\n", line);
}

int init_main(int argc, char **argv)
{
    g_auto(Options) options = {0};
    g_autoptr(GError) error = NULL;
    int code = options_parse(&options, OPTION_CONFIG, "Create or migrate the warehouse, as its owner.  Safe to repeat.", argc, argv);
    if (code >= 0)
        return code;
    g_autoptr(Config) config = options_config(&options, &error);
    if (config == NULL || !site_init(config, print_line, NULL, &error))
        return options_fail(error);
    g_print("the warehouse is up to date\n");
    return EXIT_FINE;
}

/* --- check --------------------------------------------------------------- */

typedef struct {
    guint good, bad;
} Tally;

static void told(Tally *tally, const char *what, const GError *error)
{
    if (error == NULL) {
        tally->good++;
        g_print("ok    %s\n", what);
    } else {
        tally->bad++;
        if (g_str_has_prefix(error->message, what))
            g_print("WRONG %s\n", error->message);
        else
            g_print("WRONG %s: %s\n", what, error->message);
    }
}

static void check_sources(const Config *config, Tally *tally)
{
    for (guint s = 0; s < config->sources->len; s++) {
        const SourceSettings *settings = g_ptr_array_index(config->sources, s);
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) report = g_string_new(NULL);
        g_autoptr(Source) source = site_source(config, settings, &error);
        g_autofree char *what = g_strdup_printf("source %s", settings->name);
        if (source != NULL && source_check(source, report, &error))
            g_debug("%s was checked", what);
        told(tally, what, error);
        if (report->len > 0)
            g_print("%s%s", report->str, g_str_has_suffix(report->str, "\n") ? "" : "\n");
    }
}

static void check_warehouse(const Config *config, Tally *tally)
{
    g_autoptr(GError) error = NULL;
    Warehouse *warehouse = site_warehouse(config, &error);
    told(tally, error == NULL ? "warehouse: reachable, right schema, right rights" : "warehouse", error);
    warehouse_close(warehouse);
}

static void check_calendars(const Config *config, Tally *tally)
{
    for (guint g = 0; g < config->groups->len; g++) {
        const GroupSettings *group = g_ptr_array_index(config->groups, g);
        g_autoptr(GError) error = NULL;
        Calendar *calendar = site_calendar(group, &error);
        g_autofree char *what = g_strdup_printf("group %s: zone %s, %s%s", group->id, group->timezone, group->country ? "holidays of " : "no holidays", group->country ? group->country : "");
        told(tally, what, error);
        calendar_free(calendar);
    }
}

/* Below this little room weights and reports may fail to be written. */
#define LEAST_FREE_BYTES (G_GUINT64_CONSTANT(256) << 20)

static void check_folder(const char *key, const char *path, Tally *tally)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GFile) folder = g_file_new_for_path(path);
    g_autoptr(GFileInfo) room = NULL;
    g_autofree char *what = g_strdup_printf("%s %s", key, path);
    if (!g_file_test(path, G_FILE_TEST_IS_DIR))
        g_set_error(&error, CONFIG_ERROR, CONFIG_ERROR_SETTING, "there is no such folder; make it, owned by the daemon's account");
    else if ((room = g_file_query_filesystem_info(folder, G_FILE_ATTRIBUTE_FILESYSTEM_FREE, NULL, &error)) != NULL &&
             g_file_info_get_attribute_uint64(room, G_FILE_ATTRIBUTE_FILESYSTEM_FREE) < LEAST_FREE_BYTES)
        g_set_error(&error, CONFIG_ERROR, CONFIG_ERROR_SETTING, "only %" G_GUINT64_FORMAT " MiB are free; wanted at least 256 MiB",
                    g_file_info_get_attribute_uint64(room, G_FILE_ATTRIBUTE_FILESYSTEM_FREE) >> 20);
    told(tally, what, error);
}

int check_main(int argc, char **argv)
{
    g_auto(Options) options = {0};
    g_autoptr(GError) error = NULL;
    int code = options_parse(&options, OPTION_CONFIG | OPTION_OFFLINE, "Check the configuration, the sources and the warehouse.  Changes nothing.", argc, argv);
    if (code >= 0)
        return code;
    g_autoptr(Config) config = options_config(&options, &error);
    if (config == NULL)
        return options_fail(error);
    Tally tally = {0};
    told(&tally, config->path, NULL);
    told(&tally, precision_reason(), NULL);
    check_calendars(config, &tally);
    if (!options.offline) {
        check_folder("daemon.state_dir", config->daemon.state_dir, &tally);
        check_folder("daemon.report_dir", config->daemon.report_dir, &tally);
        check_sources(config, &tally);
        check_warehouse(config, &tally);
    }
    g_print("%u fine, %u wrong\n", tally.good, tally.bad);
    return tally.bad == 0 ? EXIT_FINE : EXIT_CONFIG;
}

/* --- status -------------------------------------------------------------- */

static char *local_time(const GroupSettings *group, Instant at)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(group->timezone);
    g_autoptr(GDateTime) utc = at == INSTANT_NONE ? NULL : g_date_time_new_from_unix_utc(at / INSTANT_SECOND);
    g_autoptr(GDateTime) local = utc && zone ? g_date_time_to_timezone(utc, zone) : NULL;
    return local ? g_date_time_format(local, "%Y-%m-%d %H:%M") : g_strdup("never");
}

enum { STEPS_DAYS = 30 };

static gboolean tell_step(void *self, const StepRow *row, GError **error)
{
    (void)error;
    g_autofree char *at = local_time(self, row->slot);
    g_print("  %s  %s %s by the %s, %s: %s\n    done: %s\n", at, row->unit, row->measure, grain_name(row->grain), row->step, row->reason, row->done);
    return TRUE;
}

static gboolean tell_ahead(const GroupSettings *group, Warehouse *warehouse, GError **error)
{
    guint runs;
    Instant last;
    if (!warehouse_runs_ahead(warehouse, group->id, &runs, &last, error))
        return FALSE;
    g_autofree char *slot = local_time(group, last);
    if (runs > 0)
        g_print("  %u run%s made before %s time, up to that of %s: by a clock that had jumped ahead, or a mistaken --as-of; readers are shown the newest run made in its time\n",
                runs, runs == 1 ? " was" : "s were", runs == 1 ? "its" : "their", slot);
    return TRUE;
}

static gboolean status_of(const Config *config, const GroupSettings *group, Warehouse *warehouse, Instant now, GError **error)
{
    RunHead head = {0};
    if (!warehouse_run_head(warehouse, 0, group->id, now, &head, error))
        return FALSE;
    g_autofree char *published = local_time(group, head.run_id ? head.published_at : INSTANT_NONE);
    if (head.run_id == 0)
        g_print("%s: no run published yet\n", group->id);
    else
        g_print("%s: run %" G_GINT64_FORMAT " published %s: %s\n", group->id, head.run_id, published, head.summary);
    run_head_clear(&head);
    if (!tell_ahead(group, warehouse, error))
        return FALSE;
    g_autofree char *wish = drifting_wish(config, group->id), *reasons = NULL;
    if (g_file_get_contents(wish, &reasons, NULL, NULL))
        g_print("  training is asked for (`wardcast train`):\n    %s", reasons);
    if (!warehouse_read_steps(warehouse, group->id, now - (Instant)STEPS_DAYS * INSTANT_DAY, now, "", tell_step, (gpointer)group, error))
        return FALSE;
    g_autoptr(GArray) freshness = warehouse_freshness(warehouse, group->id, now, error);
    if (freshness == NULL)
        return FALSE;
    for (guint f = 0; f < freshness->len; f++) {
        const SourceFreshness *fresh = &g_array_index(freshness, SourceFreshness, f);
        g_autofree char *newest = local_time(group, fresh->newest_fact);
        g_print("  %s, %s: newest fact %s, %" G_GUINT64_FORMAT " rows", fresh->source, feed_shape[fresh->feed].name, newest, fresh->rows);
        if (fresh->quarantined > 0)
            g_print(", %" G_GUINT64_FORMAT " set apart", fresh->quarantined);
        if (fresh->message != NULL)
            g_print("; failed %u time%s: %s", fresh->failures, fresh->failures == 1 ? "" : "s", fresh->message);
        g_print("\n");
    }
    return TRUE;
}

int status_main(int argc, char **argv)
{
    g_auto(Options) options = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = NULL;
    g_autoptr(Warehouse) warehouse = NULL;
    int code = options_open(&options, OPTION_CONFIG | OPTION_GROUP, "Tell what was published and how fresh each source is.", argc, argv, &config, &warehouse);
    if (code >= 0)
        return code;
    for (guint g = 0; g < config->groups->len; g++) {
        const GroupSettings *group = g_ptr_array_index(config->groups, g);
        if (options_means(&options, group) && !status_of(config, group, warehouse, site_now(), &error))
            return options_fail(error);
    }
    return EXIT_FINE;
}

/* --- help ---------------------------------------------------------------- */

int help_main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    const char *what = argc > 1 ? argv[1] : "commands";
    if (g_str_equal(what, "commands") || g_str_equal(what, "--help"))
        text = command_help();
    else if (g_str_equal(what, "manual"))
        text = command_manual("/proc/self/exe", &error);
    else if (g_str_equal(what, "settings"))
        text = config_document("text");
    else if (g_str_equal(what, "settings-manual"))
        text = config_document("man");
    else if (g_str_equal(what, "sample"))
        text = config_document("yaml");
    if (text == NULL) {
        g_printerr("wardcast: %s\n", error ? error->message : "help knows: commands, settings, sample, manual, settings-manual");
        return error ? EXIT_FAILED : EXIT_USAGE;
    }
    g_print("%s", text);
    return EXIT_FINE;
}
