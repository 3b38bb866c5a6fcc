#include "daemon/explain.h"

#include "connectors/in/csv_series.h"
#include "connectors/wire/csv.h"
#include "daemon/exit.h"
#include "daemon/explaining.h"
#include "daemon/options.h"

#include <string.h>

typedef struct {
    OptionsFile file;
    char *series, *model_dir;
    gint64 step;
    gboolean json;
} Wish;

static void wish_clear(Wish *wish)
{
    options_file_clear(&wish->file);
    g_free(wish->series);
    g_free(wish->model_dir);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wish, wish_clear)

static gboolean usage(GError **error, const char *text)
{
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s; see wardcast explain --help", text);
    return FALSE;
}

/* FALSE without an error: --help was printed. */
static gboolean read_wish(Wish *wish, int argc, char **argv, GError **error)
{
    gboolean help = FALSE; /* looked for below; here it is listed */
    GOptionEntry file[OPTIONS_FILE_ENTRIES];
    const GOptionEntry entries[] = {
        {"series", 0, 0, G_OPTION_ARG_STRING, &wish->series, "the series to explain; may be left out when there is one", "ID"},
        {"step", 0, 0, G_OPTION_ARG_INT64, &wish->step, "how many steps ahead (default: 1)", "H"},
        {"model-dir", 0, 0, G_OPTION_ARG_FILENAME, &wish->model_dir, "the folder of trained models; without it the classical members alone", "DIR"},
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
    for (int a = 1; a < argc; a++)
        if (g_str_equal(argv[a], "--help") || g_str_equal(argv[a], "-h")) {
            g_autofree char *text = g_option_context_get_help(context, TRUE, NULL);
            g_print("%s", text);
            return FALSE;
        }
    if (!g_option_context_parse(context, &argc, &argv, error))
        return FALSE;
    if (argc > 1)
        return usage(error, "what is given besides options belongs to none");
    if (wish->file.csv == NULL)
        return usage(error, "explain needs --csv FILE");
    return (wish->step >= 1 && wish->step <= TOKENS_HORIZON) || usage(error, "--step is out of range; wanted 1 to 4096");
}

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

static gboolean explain(const Wish *wish, GError **error)
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

int explain_main(int argc, char **argv)
{
    g_auto(Wish) wish = {.step = 1};
    g_autoptr(GError) error = NULL;
    /* GOption moves the words it has read, so it gets a copy of the list. */
    g_autofree char **words = g_memdup2(argv, ((gsize)argc + 1) * sizeof *argv);
    if (!read_wish(&wish, argc, words, &error) && error == NULL)
        return EXIT_FINE;
    if (error == NULL && explain(&wish, &error))
        return EXIT_FINE;
    return options_file_fail("explain", error);
}
