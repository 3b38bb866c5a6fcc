#include "daemon/options.h"

#include "connectors/in/csv_series.h"
#include "connectors/wire/csv.h"
#include "connectors/wire/pg.h"
#include "daemon/exit.h"
#include "daemon/site.h"
#include "forecast/judge/backtest.h"
#include "forecast/model/member.h"

#include <string.h>

void options_clear(Options *options)
{
    g_clear_pointer(&options->config, g_free);
    g_clear_pointer(&options->group, g_free);
    g_clear_pointer(&options->as_of, g_free);
}

gboolean options_help(GOptionContext *context, int argc, char **argv)
{
    for (int a = 1; a < argc; a++)
        if (g_str_equal(argv[a], "--help") || g_str_equal(argv[a], "-h")) {
            g_autofree char *text = g_option_context_get_help(context, TRUE, NULL);
            g_print("%s", text);
            return TRUE;
        }
    return FALSE;
}

/* What is left when all options are read; -1 to go on. */
static int check_words(Options *options, OptionSet wanted, const char *name, int argc, char **argv)
{
    /* `wardcast replay 4711` is what people type. */
    if ((wanted & OPTION_RUN) && argc == 2 && options->run == 0 && g_ascii_string_to_signed(argv[1], 10, 1, G_MAXINT64, &options->run, NULL))
        argc = 1;
    if (argc > 1) {
        g_printerr("%s: \"%s\" is not an option; see %s --help\n", name, argv[1], name);
        return EXIT_USAGE;
    }
    if ((wanted & OPTION_RUN) && options->run <= 0) {
        g_printerr("%s: wanted the number of a run, as in %s 4711; `wardcast status` tells the newest\n", name, name);
        return EXIT_USAGE;
    }
    return -1;
}

int options_parse(Options *options, OptionSet wanted, const char *sentence, int argc, char **argv)
{
    const struct {
        OptionSet set;
        GOptionEntry entry;
    } table[] = {
        {OPTION_CONFIG, {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options->config, "the configuration (default: /etc/wardcast/wardcast.yaml)", "FILE"}},
        {OPTION_GROUP, {"group", 'g', 0, G_OPTION_ARG_STRING, &options->group, "only this facility group (default: all)", "ID"}},
        {OPTION_AS_OF, {"as-of", 0, 0, G_OPTION_ARG_STRING, &options->as_of, "as if it were then, with what was known then; without offset on the group's clock", "TIME"}},
        {OPTION_DRY_RUN, {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &options->dry_run, "publish nothing, write no brief", NULL}},
        {OPTION_RUN, {"run", 0, 0, G_OPTION_ARG_INT64, &options->run, "the run's number; the word RUN alone does, too", "RUN"}},
        {OPTION_OFFLINE, {"offline", 0, 0, G_OPTION_ARG_NONE, &options->offline, "only the file: ask no source and no warehouse", NULL}},
    };
    gboolean help = FALSE; /* looked for below, before anything can be wrong with the rest; here it is listed */
    GOptionEntry entries[G_N_ELEMENTS(table) + 2] = {{0}};
    gsize count = 0;
    for (gsize k = 0; k < G_N_ELEMENTS(table); k++)
        if (wanted & table[k].set)
            entries[count++] = table[k].entry;
    entries[count] = (GOptionEntry){"help", 'h', 0, G_OPTION_ARG_NONE, &help, "show this help", NULL};
    g_autofree char *name = g_strdup_printf("wardcast %s", argv[0]);
    g_set_prgname(name);
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    g_option_context_set_summary(context, sentence);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_help_enabled(context, FALSE);
    if (options_help(context, argc, argv))
        return EXIT_FINE;
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        g_printerr("%s: %s; see %s --help\n", name, error->message, name);
        return EXIT_USAGE;
    }
    return check_words(options, wanted, name, argc, argv);
}

void options_file_clear(OptionsFile *file)
{
    g_clear_pointer(&file->csv, g_free);
    g_clear_pointer(&file->timezone, g_free);
    g_clear_pointer(&file->country, g_free);
}

void options_file_entries(OptionsFile *file, GOptionEntry entry[OPTIONS_FILE_ENTRIES])
{
    const GOptionEntry all[OPTIONS_FILE_ENTRIES] = {
        {"csv", 0, 0, G_OPTION_ARG_FILENAME, &file->csv, "series_id,timestamp,value[,covariate...]; may be gzip'd", "FILE"},
        {"timezone", 0, 0, G_OPTION_ARG_STRING, &file->timezone, "IANA zone of the hospital's clock (default: UTC)", "ZONE"},
        {"country", 0, 0, G_OPTION_ARG_STRING, &file->country, "ISO 3166 code of the country whose holidays count (default: none)", "CC"},
        G_OPTION_ENTRY_NULL};
    memcpy(entry, all, sizeof all);
}

Calendar *options_calendar(const char *zone, const char *country, GError **error)
{
    g_autofree char *holidays = country != NULL ? calendar_holiday_file(country, error) : NULL;
    return country != NULL && holidays == NULL ? NULL : calendar_new(zone != NULL ? zone : "UTC", holidays, error);
}

int options_file_fail(const char *command, const GError *error)
{
    if (error->domain == G_OPTION_ERROR) {
        g_printerr("wardcast %s: %s; see wardcast %s --help\n", command, error->message, command);
        return EXIT_USAGE;
    }
    g_printerr("wardcast %s: %s\n", command, error->message);
    if (g_error_matches(error, SERIES_ERROR, SERIES_ERROR_ZONE) || g_error_matches(error, SERIES_ERROR, SERIES_ERROR_FILE))
        return EXIT_CONFIG;
    if (error->domain == CSV_SERIES_ERROR || g_error_matches(error, CSV_ERROR, CSV_ERROR_FORMAT) || g_error_matches(error, CSV_ERROR, CSV_ERROR_LARGE) ||
        g_error_matches(error, JUDGE_ERROR, JUDGE_ERROR_DATA) || g_error_matches(error, MODEL_ERROR, MODEL_ERROR_SHORT) ||
        g_error_matches(error, MODEL_ERROR, MODEL_ERROR_NUMERIC))
        return EXIT_BAD_DATA;
    return EXIT_FAILED;
}

Config *options_config(const Options *options, GError **error)
{
    g_autoptr(Config) config = config_read(options->config ? options->config : "/etc/wardcast/wardcast.yaml", error);
    if (config == NULL)
        return NULL;
    if (options->group != NULL && config_group(config, options->group) == NULL) {
        g_autoptr(GString) known = g_string_new(NULL);
        for (guint g = 0; g < config->groups->len; g++)
            g_string_append_printf(known, "%s%s", g ? ", " : "", ((GroupSettings *)g_ptr_array_index(config->groups, g))->id);
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SETTING, "group is \"%s\"; %s has: %s", options->group, config->path, known->str);
        return NULL;
    }
    site_choose_precision(config);
    return g_steal_pointer(&config);
}

gboolean options_means(const Options *options, const GroupSettings *group)
{
    return options->group == NULL || g_str_equal(options->group, group->id);
}

int options_fail(const GError *error)
{
    g_printerr("wardcast: %s\n", error->message);
    if (error->domain == CONFIG_ERROR)
        return EXIT_CONFIG;
    if (g_error_matches(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_SCHEMA) || g_error_matches(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_ROLE))
        return EXIT_CONFIG;
    if (g_error_matches(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_DOWN) || error->domain == PG_ERROR)
        return EXIT_DOWN;
    return EXIT_FAILED;
}

int options_open(Options *options, OptionSet wanted, const char *sentence, int argc, char **argv, Config **config, Warehouse **warehouse)
{
    g_autoptr(GError) error = NULL;
    int code = options_parse(options, wanted, sentence, argc, argv);
    if (code >= 0)
        return code;
    *config = options_config(options, &error);
    *warehouse = *config != NULL ? site_warehouse(*config, &error) : NULL;
    return *warehouse != NULL ? -1 : options_fail(error);
}
