#include "daemon/demo/demo.h"

#include "config/build.h"
#include "daemon/demo/demo_config.h"
#include "daemon/demo/demo_load.h"
#include "daemon/demo/demo_run.h"
#include "daemon/exit.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    char *state, *cluster, *simulated, *credentials, *config, *reports, *host, *script;
    gint64 begun; /* monotonic, microseconds */
} Demo;

static void demo_clear(Demo *demo)
{
    g_free(demo->state);
    g_free(demo->cluster);
    g_free(demo->simulated);
    g_free(demo->credentials);
    g_free(demo->config);
    g_free(demo->reports);
    g_free(demo->host);
    g_free(demo->script);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Demo, demo_clear)

/* One line per step, with the time since the beginning. */
static void say(void *self, const char *line)
{
    const Demo *demo = self;
    g_print("[%4.0f s] %s\n", (double)(g_get_monotonic_time() - demo->begun) / G_USEC_PER_SEC, line);
}

/* --- the folder ----------------------------------------------------------------- */

static gboolean fail_file(const char *what, const char *path, GError **error)
{
    int cause = errno;
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(cause), "%s %s: %s", what, path, g_strerror(cause));
    return FALSE;
}

/* The usual place lies where everybody may write: what another account left there is not trusted. */
static gboolean make_folder(const char *path, int mode, GError **error)
{
    GStatBuf about;
    if (g_mkdir_with_parents(path, 0755) != 0 || g_lstat(path, &about) != 0)
        return fail_file("cannot make the folder", path, error);
    if (!S_ISDIR(about.st_mode) || about.st_uid != geteuid()) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_PERM, "%s is %s; wanted a folder of your own: name one with --state", path,
                    S_ISDIR(about.st_mode) ? "a folder of another account" : "a link");
        return FALSE;
    }
    return g_chmod(path, mode) == 0 || fail_file("cannot set the mode of", path, error);
}

/* Where everything lies by default: as root a place that the account of PostgreSQL may enter. */
static char *usual_state(void)
{
    return geteuid() == 0 ? g_strdup("/var/tmp/wardcast-demo") : g_build_filename(g_get_user_state_dir(), "wardcast-demo", NULL);
}

static gboolean choose_places(Demo *demo, const char *state, GError **error)
{
    g_autofree char *usual = usual_state();
    demo->state = g_canonicalize_filename(state ? state : usual, NULL);
    demo->cluster = g_build_filename(demo->state, "cluster", NULL);
    demo->simulated = g_build_filename(demo->state, "simulated-hospital", NULL);
    demo->credentials = g_build_filename(demo->state, "credentials", NULL);
    demo->config = g_build_filename(demo->state, "wardcast.yaml", NULL);
    demo->reports = g_build_filename(demo->state, "report", NULL);
    return make_folder(demo->state, 0755, error) && make_folder(demo->credentials, 0700, error) && make_folder(demo->reports, 0755, error);
}

/* 256 random bits in hexadecimal, made once. */
static gboolean make_stay_key(const Demo *demo, GError **error)
{
    g_autofree char *path = g_build_filename(demo->credentials, "stay-key", NULL);
    if (g_file_test(path, G_FILE_TEST_EXISTS))
        return TRUE;
    guint8 bits[32];
    int random = g_open("/dev/urandom", O_RDONLY | O_CLOEXEC, 0);
    gboolean drawn = random >= 0 && read(random, bits, sizeof bits) == (gssize)sizeof bits;
    if (random >= 0)
        close(random);
    if (!drawn)
        return fail_file("cannot draw a key from", "/dev/urandom", error);
    GString *key = g_string_new(NULL);
    for (gsize b = 0; b < sizeof bits; b++)
        g_string_append_printf(key, "%02x", bits[b]);
    gboolean written = g_file_set_contents_full(path, key->str, (gssize)key->len, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
    explicit_bzero(bits, sizeof bits);
    explicit_bzero(key->str, key->len);
    g_string_free(key, TRUE);
    return written;
}

static gboolean write_config(const Demo *demo, GError **error)
{
    g_autofree char *models = g_build_filename(demo->state, "state", NULL);
    DemoPlaces places = {.state_dir = models, .report_dir = demo->reports, .host = demo->host};
    g_autofree char *yaml = demo_config(&places), *before = NULL;
    if (!make_folder(models, 0750, error))
        return FALSE;
    if (g_file_get_contents(demo->config, &before, NULL, NULL) && g_str_equal(before, yaml))
        return TRUE;
    return g_file_set_contents_full(demo->config, yaml, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, error);
}

static gboolean prepare(Demo *demo, GError **error)
{
    say(demo, "a private PostgreSQL, reached by nobody else");
    demo->script = demo_load_script(error);
    demo->host = demo->script ? demo_load_cluster(demo->script, demo->cluster, error) : NULL;
    return demo->host != NULL && demo_load_sources(demo->host, demo->simulated, say, demo, error) && make_stay_key(demo, error) &&
           write_config(demo, error);
}

/* --- the command ------------------------------------------------------------------ */

static void tell_how_to_go_on(const Demo *demo)
{
    g_autofree char *host = g_shell_quote(demo->host);
    g_print("\nThe tables (a view is marked stale when the clock on the wall is past the data, as it is here):\n"
            "  psql -h %s -U " DEMO_READER " -d " DEMO_WAREHOUSE " -c \"SELECT unit_id, shift, shift_starts_local, required, scheduled, gap, trace FROM wardcast.current_staffing WHERE group_id = 'general' ORDER BY 3, 1\"\n"
            "  psql -h %s -U " DEMO_READER " -d " DEMO_WAREHOUSE " -c \"SELECT unit_id, horizon, available, census_p50, census_p90, p_over, trace FROM wardcast.current_beds WHERE group_id = 'general'\"\n"
            "uihc and states are real data, general is a simulated hospital; its truth is in %s.\n"
            "The PostgreSQL keeps running for you; it is stopped by: sh %s stop %s\n",
            host, host, demo->simulated, demo->script, demo->cluster);
    say((void *)demo, "done");
}

int demo_main(int argc, char **argv)
{
    gboolean prepare_only = FALSE, train_again = FALSE;
    g_autofree char *state = NULL;
    const GOptionEntry entries[] = {
        {"state", 0, 0, G_OPTION_ARG_FILENAME, &state, "folder for everything (as root /var/tmp/wardcast-demo, else in ~/.local/state)", "DIR"},
        {"prepare-only", 0, 0, G_OPTION_ARG_NONE, &prepare_only, "load the sample hospitals and write the configuration, then end", NULL},
        {"train-again", 0, 0, G_OPTION_ARG_NONE, &train_again, "train although there are models", NULL},
        G_OPTION_ENTRY_NULL};
    g_auto(Demo) demo = {.begun = g_get_monotonic_time()};
    g_autoptr(GError) error = NULL;
    g_set_prgname("wardcast demo");
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_summary(context, "The whole job on sample hospitals and a private PostgreSQL: train, run two mornings, write the briefs.");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || argc > 1) {
        g_printerr("wardcast demo: %s; --help tells the options\n", error ? error->message : "it takes options only");
        return EXIT_USAGE;
    }
    if (!choose_places(&demo, state, &error) || !prepare(&demo, &error)) {
        g_printerr("wardcast demo: %s\n", error->message);
        return EXIT_FAILED;
    }
    g_autofree char *line = g_strdup_printf("configuration %s", demo.config);
    say(&demo, line);
    if (prepare_only)
        return EXIT_FINE;
    DemoRun run = {.config = demo.config, .state = demo.state, .train_again = train_again, .say = say, .self = &demo};
    if (!demo_run(&run, &error)) {
        g_printerr("wardcast demo: %s\n", error->message);
        return EXIT_FAILED;
    }
    tell_how_to_go_on(&demo);
    return EXIT_FINE;
}
