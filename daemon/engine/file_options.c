#include "daemon/engine/file_options.h"

#include "daemon/engine/engine.h"
#include "daemon/options.h"

#include <stdlib.h>
#include <string.h>

/* Ten years of hours; a longer horizon is a slip of the finger. */
enum { STEPS_MOST = 87660, ORIGINS_MOST = 100000, THREADS_MOST = 1024, STEPS_OF_TRAINING_MOST = 1000000 };

static const struct {
    const char *name, *summary;
    gboolean output, origins;
} kinds[FILE_COMMANDS] = {
    [FILE_TRAIN] = {"train", "Train the networks on the series of a CSV file, let a backtest decide who may publish, and keep the outcome in a folder.", FALSE, FALSE},
    [FILE_FORECAST] = {"forecast", "Forecast the series of a CSV file; trains first when no folder of trained models is given.", TRUE, FALSE},
    [FILE_BACKTEST] = {"backtest", "Say how good the forecasts of past days would have been: train before the first origin, then forecast from each.", TRUE, TRUE},
};

/* What GOption fills in; the rest of this file turns it into FileOptions. */
typedef struct {
    OptionsFile file;
    char *season, *levels, *model_dir, *member, *output, *forecasts, *exposure;
    gint64 horizon, origins, stride, refit, seed, seeds, steps, threads;
    gboolean from_scratch;
} Raw;

static void clear_raw(Raw *raw)
{
    char **text[] = {&raw->season, &raw->levels, &raw->model_dir, &raw->member, &raw->output, &raw->forecasts, &raw->exposure};
    for (gsize k = 0; k < G_N_ELEMENTS(text); k++)
        g_clear_pointer(text[k], g_free);
    options_file_clear(&raw->file);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Raw, clear_raw)

static gboolean parse(Raw *raw, FileCommand command, int *argc, char ***argv, GError **error)
{
    GOptionEntry file[OPTIONS_FILE_ENTRIES], common[] = {
        {"horizon", 0, 0, G_OPTION_ARG_INT64, &raw->horizon, "steps ahead", "H"},
        {"season", 0, 0, G_OPTION_ARG_STRING, &raw->season, "steps per season (default: 24,168 for hours, 7 for days, 52 for weeks, 12 for months)", "M[,M2]"},
        {"levels", 0, 0, G_OPTION_ARG_STRING, &raw->levels, "quantile levels of the output (default: the 13 from 0.025 to 0.975)", "L,..."},
        {"member", 0, 0, G_OPTION_ARG_STRING, &raw->member, "hold all members back but these (default: the backtest decides)", "NAME,..."},
        {"exposure", 0, 0, G_OPTION_ARG_STRING, &raw->exposure, "the covariate that puts series on a common scale", "COLUMN"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &raw->seed, "same seed, same file, same bytes (default: 1)", "N"},
        {"seeds", 0, 0, G_OPTION_ARG_INT64, &raw->seeds, "networks of a kind that learn alike and speak as one (default: as many as pay)", "N"},
        {"steps", 0, 0, G_OPTION_ARG_INT64, &raw->steps, "optimiser steps per network (default: as the data ask)", "N"},
        {"from-scratch", 0, 0, G_OPTION_ARG_NONE, &raw->from_scratch, "leave the pretrained networks aside", NULL},
        {"threads", 0, 0, G_OPTION_ARG_INT64, &raw->threads, "workers (default: one per processor)", "N"},
        G_OPTION_ENTRY_NULL};
    GOptionEntry models[] = {
        {"model-dir", 0, 0, G_OPTION_ARG_FILENAME, &raw->model_dir, "folder of trained models", "DIR"}, G_OPTION_ENTRY_NULL};
    GOptionEntry outputs[] = {
        {"output", 0, 0, G_OPTION_ARG_FILENAME, &raw->output, "where the result goes", "FILE"}, G_OPTION_ENTRY_NULL};
    GOptionEntry backtests[] = {
        {"origins", 0, 0, G_OPTION_ARG_INT64, &raw->origins, "past mornings to forecast from; the last leaves a whole horizon of known values", "K"},
        {"stride", 0, 0, G_OPTION_ARG_INT64, &raw->stride, "steps between origins (default: the horizon)", "S"},
        {"refit", 0, 0, G_OPTION_ARG_INT64, &raw->refit, "steps of later origins that a classical fit serves (default: fit at every origin)", "N"},
        {"forecasts", 0, 0, G_OPTION_ARG_FILENAME, &raw->forecasts, "where all members' forecasts go", "FILE"},
        G_OPTION_ENTRY_NULL};
    g_autofree char *name = g_strdup_printf("wardcast %s", kinds[command].name);
    g_set_prgname(name);
    options_file_entries(&raw->file, file);
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_summary(context, kinds[command].summary);
    g_option_context_add_main_entries(context, file, NULL);
    g_option_context_add_main_entries(context, common, NULL);
    if (!kinds[command].origins)
        g_option_context_add_main_entries(context, models, NULL);
    if (kinds[command].output)
        g_option_context_add_main_entries(context, outputs, NULL);
    if (kinds[command].origins)
        g_option_context_add_main_entries(context, backtests, NULL);
    g_option_context_set_help_enabled(context, FALSE);
    gboolean help = FALSE;
    GOptionEntry helps[] = {{"help", 'h', 0, G_OPTION_ARG_NONE, &help, "show this help", NULL}, G_OPTION_ENTRY_NULL};
    g_option_context_add_main_entries(context, helps, NULL);
    if (!g_option_context_parse(context, argc, argv, error))
        return FALSE;
    if (!help)
        return TRUE;
    g_autofree char *text = g_option_context_get_help(context, TRUE, NULL);
    g_print("%s", text);
    return FALSE;
}

static gboolean usage(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static gboolean usage(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, message);
    return FALSE;
}

static gboolean whole(const char *option, gint64 value, gint64 least, gint64 most, gsize *out, GError **error)
{
    if (value < least || value > most)
        return usage(error, "--%s is %" G_GINT64_FORMAT "; wanted a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, option, value, least, most);
    *out = (gsize)value;
    return TRUE;
}

static gboolean read_season(const char *text, gsize season[2], GError **error)
{
    if (text == NULL)
        return TRUE;
    g_auto(GStrv) part = g_strsplit(text, ",", -1);
    gsize parts = g_strv_length(part);
    for (gsize k = 0; k < MIN(parts, 2); k++) {
        guint64 value;
        if (!g_ascii_string_to_unsigned(g_strstrip(part[k]), 10, 1, STEPS_MOST, &value, NULL))
            return usage(error, "--season is \"%s\"; wanted one or two whole numbers from 1 to %d, as in 7 or 24,168", text, STEPS_MOST);
        season[k] = (gsize)value;
    }
    if (parts < 1 || parts > 2 || (parts == 2 && season[1] <= season[0]))
        return usage(error, "--season is \"%s\"; wanted one or two whole numbers, the shorter season first, as in 7 or 24,168", text);
    return TRUE;
}

static gboolean read_levels(const char *text, FileOptions *o, GError **error)
{
    if (text == NULL) {
        o->levels = OUTLOOK_LEVELS;
        memcpy(o->level, outlook_level, sizeof outlook_level);
        return TRUE;
    }
    g_auto(GStrv) part = g_strsplit(text, ",", -1);
    o->levels = g_strv_length(part);
    if (o->levels < 1 || o->levels > FILE_LEVELS_MOST)
        return usage(error, "--levels names %zu levels; wanted 1 to %d", o->levels, FILE_LEVELS_MOST);
    for (gsize k = 0; k < o->levels; k++) {
        char *end;
        o->level[k] = g_ascii_strtod(g_strstrip(part[k]), &end);
        if (end == part[k] || *end != '\0' || !(o->level[k] > 0 && o->level[k] < 1) || (k > 0 && o->level[k] <= o->level[k - 1]))
            return usage(error, "--levels holds \"%s\"; wanted rising numbers above 0 and below 1, as in 0.1,0.5,0.9", part[k]);
    }
    return TRUE;
}

static gboolean read_members(const char *text, FileOptions *o, GError **error)
{
    if (text == NULL || g_str_equal(text, "auto"))
        return TRUE;
    o->member = g_strsplit(text, ",", -1);
    for (gsize k = 0; o->member[k] != NULL; k++)
        if (!g_strv_contains(engine_members(), g_strstrip(o->member[k]))) {
            g_autofree char *all = g_strjoinv(", ", (char **)engine_members());
            return usage(error, "--member names \"%s\"; wanted auto or some of %s", o->member[k], all);
        }
    if (o->command != FILE_BACKTEST && g_strv_length(o->member) != 1)
        return usage(error, "--member is \"%s\"; wanted auto or one name", text);
    return TRUE;
}

static gboolean required(const FileOptions *o, GError **error)
{
    const char *name = kinds[o->command].name;
    if (o->csv == NULL)
        return usage(error, "%s needs --csv FILE; see wardcast %s --help", name, name);
    if (o->command == FILE_TRAIN && o->model_dir == NULL)
        return usage(error, "train needs --model-dir DIR, the folder to keep the models in");
    if (kinds[o->command].output && o->output == NULL)
        return usage(error, "%s needs --output FILE", name);
    return TRUE;
}

static gboolean fill(FileOptions *o, const Raw *raw, GError **error)
{
    gsize seed;
    o->csv = g_strdup(raw->file.csv);
    o->model_dir = g_strdup(raw->model_dir);
    o->output = g_strdup(raw->output);
    o->forecasts = g_strdup(raw->forecasts);
    o->exposure = g_strdup(raw->exposure);
    o->timezone = g_strdup(raw->file.timezone != NULL ? raw->file.timezone : "UTC");
    o->country = g_strdup(raw->file.country);
    if (!required(o, error) || !whole("horizon", raw->horizon, 1, STEPS_MOST, &o->horizon, error) ||
        !whole("seed", raw->seed, 0, G_MAXINT64, &seed, error) ||
        !whole("seeds", raw->seeds, 0, NETWORK_VOICES_MOST, &o->seeds, error) ||
        !whole("steps", raw->steps, 0, STEPS_OF_TRAINING_MOST, &o->steps, error) ||
        !whole("threads", raw->threads, 0, THREADS_MOST, &o->threads, error))
        return FALSE;
    o->seed = seed;
    o->from_scratch = raw->from_scratch;
    if (o->command == FILE_BACKTEST && (!whole("origins", raw->origins, 1, ORIGINS_MOST, &o->origins, error) ||
                                        !whole("stride", raw->stride, 0, STEPS_MOST, &o->stride, error) ||
                                        !whole("refit", raw->refit, 0, STEPS_MOST, &o->refit, error)))
        return FALSE;
    return read_season(raw->season, o->season, error) && read_levels(raw->levels, o, error) && read_members(raw->member, o, error);
}

gboolean file_options_read(FileOptions *options, FileCommand command, int argc, char **argv, GError **error)
{
    *options = (FileOptions){.command = command};
    g_auto(Raw) raw = {.seed = 1};
    /* GOption moves the words it has read, so it gets a copy of the list. */
    g_autofree char **list = g_memdup2(argv, ((gsize)argc + 1) * sizeof *argv);
    char **words = list;
    if (!parse(&raw, command, &argc, &words, error))
        return FALSE;
    if (argc > 1)
        return usage(error, "\"%s\" belongs to no option; see wardcast %s --help", words[1], kinds[command].name);
    return fill(options, &raw, error);
}

void file_options_clear(FileOptions *options)
{
    char *text[] = {options->csv, options->model_dir, options->output, options->forecasts, options->exposure, options->timezone, options->country};
    for (gsize k = 0; k < G_N_ELEMENTS(text); k++)
        g_free(text[k]);
    g_strfreev(options->member);
    *options = (FileOptions){.command = options->command};
}
