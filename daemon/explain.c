#include "daemon/explain.h"

#include "connectors/in/csv_series.h"
#include "connectors/wire/csv.h"
#include "daemon/cycle.h"
#include "daemon/exit.h"
#include "daemon/explaining.h"
#include "daemon/options.h"
#include "daemon/site.h"

#include <string.h>

typedef struct {
    OptionsFile file;
    Options site; /* a run of the warehouse instead of a file */
    char *series, *grain, *model_dir;
    gint64 step;
    gboolean json;
} Wish;

static void wish_clear(Wish *wish)
{
    options_file_clear(&wish->file);
    options_clear(&wish->site);
    g_free(wish->series);
    g_free(wish->grain);
    g_free(wish->model_dir);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wish, wish_clear)

static gboolean usage(GError **error, const char *text)
{
    g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, text);
    return FALSE;
}

/* A file, or a run of the warehouse; what belongs to the one is no option of the other. */
static gboolean check_wish(const Wish *wish, GError **error)
{
    gboolean run = wish->site.run > 0, file = wish->file.csv != NULL;
    if (run == file)
        return usage(error, file ? "--csv asks a file and --run the warehouse; give one of them" : "explain needs --csv FILE, or --run RUN of the warehouse");
    if (run && (wish->file.timezone != NULL || wish->file.country != NULL || wish->model_dir != NULL))
        return usage(error, "--timezone, --country and --model-dir belong to --csv; a run has its own");
    if (file && (wish->site.config != NULL || wish->grain != NULL))
        return usage(error, "--config and --grain belong to --run");
    if (run && wish->series == NULL)
        return usage(error, "--run needs --series FACILITY/UNIT/MEASURE");
    return (wish->step >= 1 && wish->step <= TOKENS_HORIZON) || usage(error, "--step is out of range; wanted 1 to 4096");
}

/* FALSE without an error: --help was printed. */
static gboolean read_wish(Wish *wish, int argc, char **argv, GError **error)
{
    gboolean help = FALSE; /* looked for below; here it is listed */
    GOptionEntry file[OPTIONS_FILE_ENTRIES];
    const GOptionEntry entries[] = {
        {"model-dir", 0, 0, G_OPTION_ARG_FILENAME, &wish->model_dir, "the folder of trained models; without it the classical members alone", "DIR"},
        {"run", 0, 0, G_OPTION_ARG_INT64, &wish->site.run, "not of a file: a forecast of this run of the warehouse", "RUN"},
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &wish->site.config, "with --run: the configuration (default: /etc/wardcast/wardcast.yaml)", "FILE"},
        {"grain", 0, 0, G_OPTION_ARG_STRING, &wish->grain, "with --run: where a series is forecast by several, the one meant (default: the finest)", "GRAIN"},
        {"series", 0, 0, G_OPTION_ARG_STRING, &wish->series, "the series to explain, with --run FACILITY/UNIT/MEASURE; may be left out when a file holds one", "ID"},
        {"step", 0, 0, G_OPTION_ARG_INT64, &wish->step, "how many steps ahead (default: 1)", "H"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &wish->json, "for programs", NULL},
        {"help", 'h', 0, G_OPTION_ARG_NONE, &help, "show this help", NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };
    g_set_prgname("wardcast explain");
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_summary(context, "Tell what one step of a forecast is made of: level, trend, seasons and calendar, each member's say,\n"
                                          "and what each network makes of what it was shown.");
    options_file_entries(&wish->file, file);
    g_option_context_add_main_entries(context, file, NULL);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_help_enabled(context, FALSE);
    if (options_help(context, argc, argv) || !g_option_context_parse(context, &argc, &argv, error))
        return FALSE;
    if (argc > 1)
        return usage(error, "what is given besides options belongs to none of them");
    return check_wish(wish, error);
}

/* ------------------------------------------------------------------ of a file */

static gboolean find_series(const Wish *wish, const GPtrArray *series, gsize *which, GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);
    for (guint k = 0; k < series->len; k++) {
        const Series *one = g_ptr_array_index(series, k);
        if (wish->series != NULL ? g_str_equal(one->id, wish->series) : series->len == 1) {
            *which = k;
            return TRUE;
        }
        if (k < 5)
            g_string_append_printf(known, "%s%s", k > 0 ? ", " : "", one->id);
    }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--series is \"%s\"; %s holds %u series: %s%s", wish->series != NULL ? wish->series : "", wish->file.csv,
                series->len, known->str, series->len > 5 ? ", ..." : "");
    return FALSE;
}

static gboolean open_release(const Wish *wish, Grain grain, Release **release, GError **error)
{
    g_autofree char *path = wish->model_dir != NULL ? release_path(wish->model_dir, grain) : NULL, *remark = NULL;
    if (path == NULL)
        return TRUE;
    *release = release_load(path, NULL, &remark, error);
    if (remark != NULL)
        g_printerr("warning: %s\n", remark);
    return *release != NULL;
}

static gboolean explain_file(const Wish *wish, GError **error)
{
    gsize which = 0;
    g_autoptr(Calendar) calendar = options_calendar(wish->file.timezone, wish->file.country, error);
    g_autoptr(GPtrArray) series = calendar != NULL ? csv_series_read(wish->file.csv, calendar, NULL, NULL, error) : NULL;
    g_autoptr(Release) release = NULL;
    g_auto(Explaining) explaining = {0};
    if (series == NULL || !find_series(wish, series, &which, error))
        return FALSE;
    const Series *one = g_ptr_array_index(series, which);
    if (!open_release(wish, one->grain, &release, error) ||
        !explaining_make(release, (const Series *const *)series->pdata, series->len, which, calendar, (gsize)wish->step - 1, &explaining, error))
        return FALSE;
    g_autofree char *text = wish->json ? explaining_json(&explaining) : explaining_text(&explaining);
    g_print("%s", text);
    return TRUE;
}

/* ------------------------------------------------------------------ of a run */

/* As it was known then; with the models that are there today. */
static gboolean explain_head(const Wish *wish, const Config *config, Warehouse *warehouse, const RunHead *head, GError **error)
{
    CycleOrder order = {.config = config, .group = config_group(config, head->group), .warehouse = warehouse, .slot = head->slot, .as_of = head->as_of, .dry_run = TRUE};
    const CycleQuestion question = {.series = wish->series, .grain = wish->grain, .step = (gsize)wish->step - 1, .json = wish->json};
    g_autofree char *model_hash = NULL;
    if (order.group == NULL) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SETTING, "run %" G_GINT64_FORMAT " is of group %s, which %s does not have", head->run_id, head->group, config->path);
        return FALSE;
    }
    g_autofree char *text = cycle_explain(&order, &question, &model_hash, error);
    if (text == NULL)
        return FALSE;
    if (!g_str_equal(model_hash, head->model_hash))
        g_printerr("warning: the models have changed since run %" G_GINT64_FORMAT "; this is what those of today make of what was known then\n", head->run_id);
    g_print("%s", text);
    return TRUE;
}

static int explain_run(const Wish *wish)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = options_config(&wish->site, &error);
    g_autoptr(Warehouse) warehouse = config != NULL ? site_warehouse(config, &error) : NULL;
    RunHead head = {0};
    if (warehouse == NULL || !warehouse_run_head(warehouse, wish->site.run, NULL, INSTANT_NONE, &head, &error))
        return options_fail(error);
    gboolean done = FALSE;
    if (head.run_id != 0)
        done = explain_head(wish, config, warehouse, &head, &error);
    else
        g_set_error(&error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "there is no run %" G_GINT64_FORMAT "; SELECT run_id FROM wardcast.run lists them", wish->site.run);
    run_head_clear(&head);
    return done ? EXIT_FINE : options_fail(error);
}

int explain_main(int argc, char **argv)
{
    g_auto(Wish) wish = {.step = 1};
    g_autoptr(GError) error = NULL;
    /* GOption moves the words it has read, so it gets a copy of the list. */
    g_autofree char **words = g_memdup2(argv, ((gsize)argc + 1) * sizeof *argv);
    if (!read_wish(&wish, argc, words, &error))
        return error != NULL ? options_file_fail("explain", error) : EXIT_FINE;
    if (wish.site.run > 0)
        return explain_run(&wish);
    return explain_file(&wish, &error) ? EXIT_FINE : options_file_fail("explain", error);
}
