#include "daemon/models.h"

#include "daemon/engine/card.h"
#include "daemon/exit.h"
#include "daemon/json.h"
#include "daemon/options.h"
#include "daemon/site.h"
#include "forecast/kernel/precision.h"
#include "forecast/model/weights.h"

#include <glib/gstdio.h>
#include <string.h>

/* ------------------------------------------------------------------ the command line */

typedef struct {
    char *config, *group, *grain, *model_dir;
    gint generation; /* -1 = not named */
    gboolean json, help; /* help is looked for before; here it is listed */
    const char *action;
} Wish;

static void wish_clear(Wish *wish)
{
    g_clear_pointer(&wish->config, g_free);
    g_clear_pointer(&wish->group, g_free);
    g_clear_pointer(&wish->grain, g_free);
    g_clear_pointer(&wish->model_dir, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wish, wish_clear)

static int complain(const char *format, ...) G_GNUC_PRINTF(1, 2);
static int complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_printerr("wardcast model: %s; see wardcast model --help\n", text);
    return EXIT_USAGE;
}

static GOptionContext *context_of(Wish *wish)
{
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &wish->config, "the configuration (default: /etc/wardcast/wardcast.yaml)", "FILE"},
        {"group", 'g', 0, G_OPTION_ARG_STRING, &wish->group, "only this facility group (default: all)", "ID"},
        {"grain", 0, 0, G_OPTION_ARG_STRING, &wish->grain, "only the models of this step: hour, day, week or month", "GRAIN"},
        {"generation", 0, 0, G_OPTION_ARG_INT, &wish->generation, "which training: 0 is the current one, 1 and 2 are kept (show: 0, rollback: 1)", "N"},
        {"model-dir", 0, 0, G_OPTION_ARG_FILENAME, &wish->model_dir, "a folder of models made with train --csv, instead of a configuration", "DIR"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &wish->json, "list and show for programs", NULL},
        {"help", 'h', 0, G_OPTION_ARG_NONE, &wish->help, "show this help", NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };
    GOptionContext *context = g_option_context_new("list|show|rollback");
    g_option_context_set_summary(context, "List the trained models, show the card of each, or make the training before the last one current again.\n"
                                          "A rollback holds until the next training; the same rollback once more takes it back.");
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_help_enabled(context, FALSE);
    return context;
}

/* -1 to go on, else the exit code. */
static int read_wish(Wish *wish, int argc, char **argv)
{
    static const char *const action[] = {"list", "show", "rollback", NULL};
    g_set_prgname("wardcast model");
    g_autoptr(GOptionContext) context = context_of(wish);
    g_autoptr(GError) error = NULL;
    Grain grain;
    if (options_help(context, argc, argv))
        return EXIT_FINE;
    if (!g_option_context_parse(context, &argc, &argv, &error))
        return complain("%s", error->message);
    if (argc != 2 || !g_strv_contains(action, argv[1]))
        return complain("wanted one of list, show and rollback%s%s", argc > 1 ? ", not " : "", argc > 1 ? argv[argc - 1] : "");
    wish->action = argv[1];
    if (wish->grain != NULL && !grain_from_name(wish->grain, &grain))
        return complain("--grain is \"%s\"; wanted hour, day, week or month", wish->grain);
    if (wish->generation < -1 || wish->generation >= WEIGHTS_GENERATIONS || (wish->generation == 0 && g_str_equal(wish->action, "rollback")))
        return complain("--generation is %d; wanted %s", wish->generation, g_str_equal(wish->action, "rollback") ? "1 or 2" : "0, 1 or 2");
    return -1;
}

/* ------------------------------------------------------------------ what is kept */

/* One file of the registry. */
typedef struct {
    char *group, *path, *name, *checksum, *damage; /* path of generation 0, name of this file; damage NULL = whole */
    Grain grain;
    guint generation;
    guint64 size;
    gint64 made_at; /* seconds since 1970 UTC */
    Release *release;
} Kept;

static void kept_free(gpointer data)
{
    Kept *kept = data;
    g_free(kept->group);
    g_free(kept->path);
    g_free(kept->name);
    g_free(kept->checksum);
    g_free(kept->damage);
    release_free(kept->release);
    g_free(kept);
}

/* NULL when there is no such file. */
static Kept *look(const char *group, const char *folder, Grain grain, guint generation)
{
    g_autofree char *path = release_path(folder, grain), *name = weights_path(path, generation), *data = NULL;
    g_autoptr(GError) error = NULL;
    GStatBuf about;
    gsize size;
    if (g_stat(name, &about) != 0)
        return NULL;
    Kept *kept = g_new0(Kept, 1);
    *kept = (Kept){.group = g_strdup(group), .grain = grain, .generation = generation, .size = (guint64)about.st_size, .made_at = about.st_mtim.tv_sec};
    if (kept->size <= WEIGHTS_MOST && g_file_get_contents(name, &data, &size, NULL)) {
        g_autoptr(GBytes) bytes = g_bytes_new_take(g_steal_pointer(&data), size);
        kept->checksum = weights_checksum(bytes);
    }
    kept->release = release_load_generation(path, generation, &error);
    if (kept->release != NULL && kept->release->grain != grain) {
        g_set_error(&error, MODEL_ERROR, MODEL_ERROR_FILE, "%s holds a model of %ss", name, grain_name(kept->release->grain));
        g_clear_pointer(&kept->release, release_free);
    }
    kept->damage = error != NULL ? g_strdup(error->message) : NULL;
    kept->path = g_steal_pointer(&path);
    kept->name = g_steal_pointer(&name);
    return kept;
}

static void look_in(GPtrArray *all, const Wish *wish, const char *group, const char *folder)
{
    for (Grain grain = 0; grain < GRAINS; grain++)
        for (guint generation = 0; generation < WEIGHTS_GENERATIONS; generation++) {
            if ((wish->grain != NULL && !g_str_equal(wish->grain, grain_name(grain))) || (wish->generation >= 0 && (guint)wish->generation != generation))
                continue;
            Kept *kept = look(group, folder, grain, generation);
            if (kept != NULL)
                g_ptr_array_add(all, kept);
        }
}

static GPtrArray *look_everywhere(const Wish *wish, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(kept_free);
    if (wish->model_dir != NULL) {
        g_autofree char *name = g_path_get_basename(wish->model_dir);
        look_in(all, wish, name, wish->model_dir);
        return g_steal_pointer(&all);
    }
    Options options = {.config = wish->config, .group = wish->group};
    g_autoptr(Config) config = options_config(&options, error);
    if (config == NULL)
        return NULL;
    for (guint g = 0; g < config->groups->len; g++) {
        const GroupSettings *group = g_ptr_array_index(config->groups, g);
        g_autofree char *folder = site_model_folder(config, group->id);
        if (wish->group == NULL || g_str_equal(wish->group, group->id))
            look_in(all, wish, group->id, folder);
    }
    return g_steal_pointer(&all);
}

/* ------------------------------------------------------------------ list and show */

static char *time_text(gint64 seconds)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(seconds);
    return time != NULL ? g_date_time_format(time, "%Y-%m-%dT%H:%MZ") : g_strdup("unknown");
}

static const char *generation_name(guint generation)
{
    static const char *const name[WEIGHTS_GENERATIONS] = {"current", "before", "before that"};
    return name[generation];
}

static char *against_naive(const Release *release)
{
    const ReleaseFigures *f = release->figures != NULL ? &release->figures[release->members] : NULL;
    if (f == NULL || isnan(f->against))
        return g_strdup("unknown");
    return g_strdup_printf("%+.1f%% (%+.1f .. %+.1f)", 100 * f->against, 100 * f->low, 100 * f->high);
}

static void print_line(const Kept *kept)
{
    g_autofree char *made = time_text(kept->made_at);
    g_print("%-12s %-5s %d %-11s made %s  %7.1f KiB  ", kept->group, grain_name(kept->grain), (int)kept->generation, generation_name(kept->generation), made, (double)kept->size / 1024);
    if (kept->damage != NULL) {
        g_print("DAMAGED: %s\n", kept->damage);
        return;
    }
    const Release *release = kept->release;
    g_autofree char *until = card_date(release->grain, release->watermark - 1), *publishers = card_publishers(release), *against = against_naive(release);
    g_print("checksum ok %.12s\n%20sdata until %s, seed %" G_GUINT64_FORMAT ", %zu parameters, %zu series; publishes: %s; pinball loss against naive's: %s\n",
            kept->checksum, "", until, release->seed, card_parameters(release), release->series, publishers, against);
}

static void append_json(GString *json, const Kept *kept)
{
    g_autofree char *made = time_text(kept->made_at), *card = kept->release != NULL ? card_json(kept->release) : NULL;
    const char *const text[][2] = {{"group", kept->group}, {"grain_of_file", grain_name(kept->grain)}, {"file", kept->name}, {"made_at", made},
                                   {"checksum", kept->checksum}, {"damage", kept->damage}};
    g_string_append_c(json, '{');
    for (gsize k = 0; k < G_N_ELEMENTS(text); k++) {
        json_key(json, text[k][0]);
        json_text(json, text[k][1]);
        g_string_append_c(json, ',');
    }
    g_string_append_printf(json, "\"generation\":%u,\"size\":%" G_GUINT64_FORMAT ",\"checksum_ok\":%s", kept->generation, kept->size, kept->damage == NULL ? "true" : "false");
    if (card != NULL)
        g_string_append_printf(json, ",%s", card);
    g_string_append_c(json, '}');
}

static void print_json(const GPtrArray *all)
{
    g_autoptr(GString) json = g_string_new("[");
    for (guint k = 0; k < all->len; k++) {
        g_string_append(json, k > 0 ? ",\n" : "");
        append_json(json, g_ptr_array_index(all, k));
    }
    g_print("%s]\n", json->str);
}

static void print_card(const Kept *kept)
{
    g_autofree char *made = time_text(kept->made_at);
    g_print("%s, %s models (%s)\nFile         %s, %" G_GUINT64_FORMAT " bytes, made %s\n", kept->group, grain_name(kept->grain), generation_name(kept->generation), kept->name, kept->size, made);
    if (kept->damage != NULL) {
        g_print("DAMAGED      %s\n\n", kept->damage);
        return;
    }
    g_autofree char *card = card_text(kept->release);
    g_print("Checksum     ok, SHA-256 %s\nProducts     here, %s\n%s\n", kept->checksum, precision_reason(), card);
}

static int tell(const Wish *wish, const GPtrArray *all)
{
    if (wish->json)
        print_json(all);
    else if (all->len == 0)
        g_print("there is no trained model yet; `wardcast train` makes one\n");
    for (guint k = 0; k < all->len && !wish->json; k++) {
        if (g_str_equal(wish->action, "list"))
            print_line(g_ptr_array_index(all, k));
        else
            print_card(g_ptr_array_index(all, k));
    }
    return EXIT_FINE;
}

/* ------------------------------------------------------------------ rollback */

/* The one current file that is meant; more than one must be told apart. */
static const Kept *only_one(const GPtrArray *all, GError **error)
{
    if (all->len == 1)
        return g_ptr_array_index(all, 0);
    if (all->len == 0) {
        g_set_error_literal(error, MODEL_ERROR, MODEL_ERROR_FILE, "there is no trained model to roll back; `wardcast train` makes one");
        return NULL;
    }
    g_autoptr(GString) known = g_string_new(NULL);
    for (guint k = 0; k < all->len; k++) {
        const Kept *kept = g_ptr_array_index(all, k);
        g_string_append_printf(known, "%s--group %s --grain %s", k > 0 ? ", " : "", kept->group, grain_name(kept->grain));
    }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "there are several models; name one of: %s", known->str);
    return NULL;
}

static char *what_of(const Release *release, gint64 made_at)
{
    g_autofree char *made = time_text(made_at), *until = release != NULL ? card_date(release->grain, release->watermark - 1) : NULL;
    return release != NULL ? g_strdup_printf("the one made %s (data until %s)", made, until) : g_strdup_printf("the damaged one made %s", made);
}

/* Under the lock: read the earlier one whole, then exchange. */
static gboolean exchange(const Kept *current, const char *folder, guint generation, GError **error)
{
    Kept *earlier = look(current->group, folder, current->grain, generation);
    gboolean done = FALSE;
    if (earlier == NULL)
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_FILE, "%s, %s: there is no %s to go back to; nothing was changed", current->group, grain_name(current->grain),
                    generation == 1 ? "training before the current one" : "training two before the current one");
    else if (earlier->damage != NULL)
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_FILE, "%s, %s: the earlier training cannot be used, nothing was changed: %s", current->group, grain_name(current->grain), earlier->damage);
    else
        done = weights_exchange(current->path, generation, error);
    if (done) {
        g_autofree char *now = what_of(earlier->release, earlier->made_at), *aside = what_of(current->release, current->made_at);
        g_print("%s, %s: %s forecasts from the next cycle on\n%s is kept as %s; the same command takes it back, and the next training replaces both\n", current->group,
                grain_name(current->grain), now, aside, earlier->name);
    }
    if (earlier != NULL)
        kept_free(earlier);
    return done;
}

static gboolean roll_back(Wish *wish, GError **error)
{
    guint generation = wish->generation > 0 ? (guint)wish->generation : 1;
    wish->generation = 0;
    g_autoptr(GPtrArray) all = look_everywhere(wish, error);
    const Kept *found = all != NULL ? only_one(all, error) : NULL;
    if (found == NULL)
        return FALSE;
    g_autofree char *folder = g_path_get_dirname(found->path);
    int lock = weights_lock(found->path, error);
    if (lock < 0)
        return FALSE;
    /* A training may have ended while we waited: look again. */
    Kept *current = look(found->group, folder, found->grain, 0);
    gboolean done = current != NULL && exchange(current, folder, generation, error);
    if (current == NULL)
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_FILE, "%s is gone; `wardcast model list` tells what there is", found->path);
    else
        kept_free(current);
    weights_unlock(lock);
    return done;
}

int model_main(int argc, char **argv)
{
    g_auto(Wish) wish = {.generation = -1};
    g_autoptr(GError) error = NULL;
    /* GOption moves the words it has read, so it gets a copy of the list. */
    g_autofree char **words = g_memdup2(argv, ((gsize)argc + 1) * sizeof *argv);
    int code = read_wish(&wish, argc, words);
    if (code >= 0)
        return code;
    if (g_str_equal(wish.action, "rollback"))
        return roll_back(&wish, &error) ? EXIT_FINE : error->domain == G_OPTION_ERROR ? complain("%s", error->message) : options_fail(error);
    if (g_str_equal(wish.action, "show") && wish.generation < 0)
        wish.generation = 0;
    g_autoptr(GPtrArray) all = look_everywhere(&wish, &error);
    return all != NULL ? tell(&wish, all) : options_fail(error);
}
