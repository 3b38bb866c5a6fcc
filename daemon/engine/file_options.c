#include "daemon/engine/file_options.h"

#include "daemon/engine/engine.h"
#include "daemon/options.h"

#include <glib/gstdio.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Ten years of hours; a longer horizon is a slip of the finger. */
enum { STEPS_MOST = 87660, ORIGINS_MOST = 100000, THREADS_MOST = 1024, STEPS_OF_TRAINING_MOST = 1000000 };

static const struct {
    const char *name, *summary;
    gboolean output;
} kinds[FILE_COMMANDS] = {
    [FILE_TRAIN] = {"train", "Train the networks on the series of a CSV file, let a backtest decide who may publish, and keep the outcome in a folder.", FALSE},
    [FILE_FORECAST] = {"forecast", "Forecast the series of a CSV file; trains first when no folder of trained models is given.", TRUE},
    [FILE_BACKTEST] = {"backtest", "Say how good the forecasts of past days would have been: train before the first origin, then forecast from each.", TRUE},
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

/* One row per option: what it is, where it goes, and to which commands it belongs.
 * Of a command it does not belong to, it is refused by name; but what `quiet`
 * names takes it without a word, because one line often serves all three. */
enum { TRAIN = 1 << FILE_TRAIN, FORECAST = 1 << FILE_FORECAST, BACKTEST = 1 << FILE_BACKTEST, ALL = TRAIN | FORECAST | BACKTEST };

static const struct {
    const char *name;
    guint of, quiet;
    GOptionArg kind;
    gsize place; /* in Raw */
    const char *text, *argument;
} table[] = {
    {"horizon", ALL, 0, G_OPTION_ARG_INT64, offsetof(Raw, horizon), "steps ahead", "H"},
    {"season", ALL, 0, G_OPTION_ARG_STRING, offsetof(Raw, season), "steps per season (default: 24,168 for hours, 7 for days, 52 for weeks, 12 for months)", "M[,M2]"},
    {"levels", FORECAST | BACKTEST, TRAIN, G_OPTION_ARG_STRING, offsetof(Raw, levels), "quantile levels of the output (default: the 13 from 0.025 to 0.975)", "L,..."},
    {"member", ALL, 0, G_OPTION_ARG_STRING, offsetof(Raw, member), "hold all members back but these (default: the backtest decides)", "NAME,..."},
    {"exposure", ALL, 0, G_OPTION_ARG_STRING, offsetof(Raw, exposure), "the covariate that puts series on a common scale", "COLUMN"},
    {"seed", ALL, 0, G_OPTION_ARG_INT64, offsetof(Raw, seed), "same seed, same file, same bytes (default: 1)", "N"},
    {"seeds", ALL, 0, G_OPTION_ARG_INT64, offsetof(Raw, seeds), "networks of a kind that learn alike and speak as one, but for the free one, which is alone (default: as many as pay)", "N"},
    {"steps", ALL, 0, G_OPTION_ARG_INT64, offsetof(Raw, steps), "optimiser steps per network (default: as the data ask)", "N"},
    {"from-scratch", ALL, 0, G_OPTION_ARG_NONE, offsetof(Raw, from_scratch), "leave the pretrained networks aside", NULL},
    {"threads", ALL, 0, G_OPTION_ARG_INT64, offsetof(Raw, threads), "workers (default: one per processor)", "N"},
    {"model-dir", TRAIN | FORECAST, 0, G_OPTION_ARG_FILENAME, offsetof(Raw, model_dir), "folder of trained models", "DIR"},
    {"output", FORECAST | BACKTEST, 0, G_OPTION_ARG_FILENAME, offsetof(Raw, output), "where the result goes", "FILE"},
    {"origins", BACKTEST, 0, G_OPTION_ARG_INT64, offsetof(Raw, origins), "past mornings to forecast from; the last leaves a whole horizon of known values", "K"},
    {"stride", BACKTEST, 0, G_OPTION_ARG_INT64, offsetof(Raw, stride), "steps between origins (default: the horizon)", "S"},
    {"refit", BACKTEST, 0, G_OPTION_ARG_INT64, offsetof(Raw, refit), "steps of later origins that a classical fit serves (default: fit at every origin)", "N"},
    {"forecasts", BACKTEST, 0, G_OPTION_ARG_FILENAME, offsetof(Raw, forecasts), "where all members' forecasts go", "FILE"},
};

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

/* An option of another command is no riddle: it is named with those it belongs to. */
static gboolean check_places(FileCommand command, int argc, char **argv, GError **error)
{
    for (int a = 1; a < argc && !g_str_equal(argv[a], "--"); a++)
        for (gsize k = 0; k < G_N_ELEMENTS(table); k++) {
            gsize length = strlen(table[k].name);
            if (strncmp(argv[a], "--", 2) != 0 || strncmp(argv[a] + 2, table[k].name, length) != 0 || (argv[a][2 + length] != '\0' && argv[a][2 + length] != '=') ||
                ((table[k].of | table[k].quiet) & (1u << command)) != 0)
                continue;
            g_autoptr(GString) home = g_string_new(NULL);
            for (FileCommand other = 0; other < FILE_COMMANDS; other++)
                if ((table[k].of & (1u << other)) != 0)
                    g_string_append_printf(home, "%s%s", home->len > 0 ? " and " : "", kinds[other].name);
            return usage(error, "--%s is no option of %s; it belongs to %s", table[k].name, kinds[command].name, home->str);
        }
    return TRUE;
}

static GOptionContext *context_of(Raw *raw, FileCommand command, gboolean *help)
{
    GOptionEntry file[OPTIONS_FILE_ENTRIES], own[G_N_ELEMENTS(table) + 2] = {{0}};
    gsize n = 0;
    for (gsize k = 0; k < G_N_ELEMENTS(table); k++)
        if (((table[k].of | table[k].quiet) & (1u << command)) != 0)
            own[n++] = (GOptionEntry){table[k].name, 0, (table[k].quiet & (1u << command)) != 0 ? G_OPTION_FLAG_HIDDEN : G_OPTION_FLAG_NONE, table[k].kind,
                                      G_STRUCT_MEMBER_P(raw, table[k].place), table[k].text, table[k].argument};
    own[n] = (GOptionEntry){"help", 'h', 0, G_OPTION_ARG_NONE, help, "show this help", NULL};
    options_file_entries(&raw->file, file);
    GOptionContext *context = g_option_context_new(NULL);
    g_option_context_set_summary(context, kinds[command].summary);
    g_option_context_add_main_entries(context, file, NULL);
    g_option_context_add_main_entries(context, own, NULL);
    g_option_context_set_help_enabled(context, FALSE);
    return context;
}

static gboolean parse(Raw *raw, FileCommand command, int *argc, char ***argv, GError **error)
{
    gboolean help = FALSE;
    g_autofree char *name = g_strdup_printf("wardcast %s", kinds[command].name);
    g_set_prgname(name);
    g_autoptr(GOptionContext) context = context_of(raw, command, &help);
    if (!check_places(command, *argc, *argv, error) || !g_option_context_parse(context, argc, argv, error))
        return FALSE;
    if (!help)
        return TRUE;
    g_autofree char *text = g_option_context_get_help(context, TRUE, NULL);
    g_print("%s", text);
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

/* Are two paths one regular file, or both standard output? */
static gboolean is_same(const char *a, const char *b)
{
    g_autofree char *whole_a = g_canonicalize_filename(a, NULL), *whole_b = g_canonicalize_filename(b, NULL);
    GStatBuf one, two;
    if (g_str_equal(a, "-") || g_str_equal(b, "-"))
        return g_str_equal(a, b);
    if (g_stat(a, &one) != 0 || g_stat(b, &two) != 0)
        return g_str_equal(whole_a, whole_b);
    return S_ISREG(one.st_mode) && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

/* What is written would take the place of what is read, or of what else is written. */
static gboolean apart(const FileOptions *o, GError **error)
{
    const struct { const char *name, *path, *other_name, *other; } pair[] = {
        {"output", o->output, "csv", o->csv}, {"forecasts", o->forecasts, "csv", o->csv}, {"forecasts", o->forecasts, "output", o->output}};
    for (gsize k = 0; k < G_N_ELEMENTS(pair); k++) {
        gboolean reads = g_str_equal(pair[k].other_name, "csv");
        if (pair[k].path == NULL || pair[k].other == NULL || (reads && g_str_equal(pair[k].other, "-")) || !is_same(pair[k].path, pair[k].other))
            continue;
        return usage(error, "--%s is \"%s\", the same file as --%s, which would be lost; name another one", pair[k].name, pair[k].path, pair[k].other_name);
    }
    return TRUE;
}

static gboolean required(const FileOptions *o, GError **error)
{
    const char *name = kinds[o->command].name;
    if (o->csv == NULL)
        return usage(error, "%s needs --csv FILE", name);
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
    return apart(o, error) && read_season(raw->season, o->season, error) && read_levels(raw->levels, o, error) && read_members(raw->member, o, error);
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
        return usage(error, "\"%s\" belongs to no option", words[1]);
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
