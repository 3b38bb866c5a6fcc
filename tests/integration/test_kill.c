/* test_kill -- the program is killed at every named place and run again: nothing is lost, doubled or half.
 *
 * Each trial starts from a copy of the same warehouse, runs one command until a
 * failpoint kills it (kill -9: nothing is tidied up), runs the command again,
 * and compares every table row by row with what an undisturbed run leaves.
 */
#include "tests/integration/hospital.h"

#include "connectors/wire/failpoint.h"

#include <gio/gio.h>
#include <signal.h>
#include <string.h>

/* Trials per place; a sanitized program is many times slower and gets two. */
#ifdef __SANITIZE_ADDRESS__
#define TRIALS 2
#else
#define TRIALS 10
#endif

/* The cycle that the tests kill, and the one before it that makes the common past. */
#define BEFORE "2026-03-09T18:00:00Z"
#define NOW HOSPITAL_NOW

typedef enum { KILL_INIT, KILL_ONCE, KILL_TRAIN } KillCommand;

/* `every`: further passings between trials, so that places passed often are hit at different ones; 0 = always the first. */
static const struct {
    const char *place;
    KillCommand command;
    int every;
} kill_at[] = {
    {"migrate-step", KILL_INIT, 1},
    {"pull-begin", KILL_ONCE, 1}, {"pull-row", KILL_ONCE, 7}, {"pull-end", KILL_ONCE, 1},
    {"take-begin", KILL_ONCE, 1}, {"take-row", KILL_ONCE, 7}, {"take-before-commit", KILL_ONCE, 1}, {"take-after-commit", KILL_ONCE, 1},
    {"snapshot-read", KILL_ONCE, 0}, {"series-made", KILL_ONCE, 0}, {"forecast-begin", KILL_ONCE, 0}, {"forecast-end", KILL_ONCE, 0},
    {"paths-made", KILL_ONCE, 0},
    {"plan-made", KILL_ONCE, 0},
    {"publish-begin", KILL_ONCE, 0}, {"publish-ledger", KILL_ONCE, 0}, {"publish-forecast", KILL_ONCE, 0}, {"publish-staffing", KILL_ONCE, 0},
    {"publish-beds", KILL_ONCE, 0}, {"publish-scores", KILL_ONCE, 0}, {"publish-ranges", KILL_ONCE, 0}, {"publish-before-commit", KILL_ONCE, 0}, {"publish-after-commit", KILL_ONCE, 0},
    {"notify-sent", KILL_ONCE, 1}, {"report-begin", KILL_ONCE, 0}, {"report-written", KILL_ONCE, 0},
    {"train-step", KILL_TRAIN, 3}, {"weights-before-rename", KILL_TRAIN, 0}, {"weights-after-rename", KILL_TRAIN, 0},
};

/* --- what is compared ---------------------------------------------------------- */

/* Every object of the schema, for migrations: rows alone would not show a half-made table. */
static char *all_objects(const Hospital *hospital)
{
    g_autofree char *rows = hospital_rows(hospital, NULL);
    g_autofree char *objects = hospital_ask(hospital,
        "SELECT c.relkind, c.relname, c.relacl, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
        "WHERE c.relnamespace = 'wardcast'::regnamespace UNION ALL "
        "SELECT 'c', conname, NULL, pg_get_constraintdef(oid), '' FROM pg_constraint WHERE connamespace = 'wardcast'::regnamespace UNION ALL "
        "SELECT 'f', proname, proacl, prosrc, '' FROM pg_proc WHERE pronamespace = 'wardcast'::regnamespace ORDER BY 1, 2, 4, 5");
    return g_strconcat(objects, rows, NULL);
}

/* The weights in use with their SHA-256; who trained twice also keeps the weights before as another generation. */
static char *all_weights(const Hospital *hospital)
{
    g_autofree char *command = g_strdup_printf("cd '%s/state' && find . -name '*.weights' | LC_ALL=C sort | xargs -r sha256sum", hospital->folder);
    const char *argv[] = {"/bin/sh", "-c", command, NULL};
    g_autoptr(GError) error = NULL;
    char *out = NULL;
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL, NULL, &error);
    g_assert_no_error(error);
    return out;
}

static char *outcome(const Hospital *hospital, KillCommand command)
{
    if (command == KILL_INIT)
        return all_objects(hospital);
    g_autofree char *rows = hospital_rows(hospital, NULL), *weights = all_weights(hospital);
    return g_strconcat(rows, weights, NULL);
}

/* --- the commands ------------------------------------------------------------------ */

static int run_command(const Hospital *hospital, KillCommand command, char **said)
{
    switch (command) {
    case KILL_INIT: return hospital_run(hospital, said, "init", NULL);
    case KILL_TRAIN: return hospital_run(hospital, said, "train", "--as-of", BEFORE, NULL);
    case KILL_ONCE:
    default: return hospital_run(hospital, said, "once", "--group", "tiny", "--as-of", NOW, NULL);
    }
}

static void run_whole(const Hospital *hospital, KillCommand command)
{
    g_autofree char *said = NULL;
    int code = run_command(hospital, command, &said);
    if (code != 0)
        g_error("the undisturbed command ended with %d: %s", code, said);
}

/* Back to the common past. */
static void rewind_to(const Hospital *hospital, KillCommand command)
{
    g_autofree char *sql = g_strdup_printf("DROP DATABASE IF EXISTS warehouse WITH (FORCE); CREATE DATABASE warehouse OWNER wardcast_admin TEMPLATE %s",
                                           command == KILL_INIT ? "template0" : "past");
    cluster_sql(hospital->cluster, "postgres", sql);
    g_autofree char *command_line = g_strdup_printf("rm -rf '%s/state' '%s/report'; mkdir -m 700 '%s/state' '%s/report'", hospital->folder, hospital->folder, hospital->folder, hospital->folder);
    g_assert_cmpint(system(command_line), ==, 0);
}

/* --- the tests ---------------------------------------------------------------------- */

typedef struct {
    Hospital *hospital;
    char *wanted[3]; /* outcome of each command, undisturbed */
} Killing;

static Killing killing;

static gboolean prepare(void)
{
    static gboolean tried;
    if (tried)
        return killing.hospital != NULL;
    tried = TRUE;
    Hospital *hospital = hospital_new();
    if (hospital == NULL)
        return FALSE;
    hospital_hurry(hospital);
    g_autofree char *said = NULL;
    int code = hospital_run(hospital, &said, "once", "--group", "tiny", "--as-of", BEFORE, NULL);
    if (code != 0)
        g_error("the cycle before ended with %d: %s", code, said);
    cluster_sql(hospital->cluster, "postgres", "ALTER DATABASE warehouse RENAME TO past");
    for (KillCommand command = KILL_INIT; command <= KILL_TRAIN; command++) {
        rewind_to(hospital, command);
        run_whole(hospital, command);
        killing.wanted[command] = outcome(hospital, command);
    }
    killing.hospital = hospital;
    return TRUE;
}

/* Kill the command at a passing of a place and run it again. FALSE: it ended before that passing came. */
static gboolean kill_and_recover(const char *place, KillCommand command, int passing)
{
    const Hospital *hospital = killing.hospital;
    g_autofree char *failpoint_at = g_strdup_printf("%s:%d", place, passing), *said = NULL, *again = NULL;
    rewind_to(hospital, command);
    setenv("WARDCAST_FAILPOINT", failpoint_at, 1); /* the child inherits it; g_setenv() would complain of our threads each time */
    int code = run_command(hospital, command, &said);
    unsetenv("WARDCAST_FAILPOINT");
    if (code == 0 && passing > 1)
        return FALSE;
    if (code != -SIGKILL)
        g_error("at %s: wanted a kill, seen exit %d: %s", failpoint_at, code, said);
    code = run_command(hospital, command, &again);
    if (code != 0)
        g_error("after %s: the second run ended with %d: %s", failpoint_at, code, again);
    g_autofree char *seen = outcome(hospital, command);
    hospital_same(failpoint_at, killing.wanted[command], seen);
    return TRUE;
}

static void test_place(gconstpointer row)
{
    gsize k = GPOINTER_TO_SIZE(row);
    if (!prepare())
        return;
    int passing = 1;
    for (int trial = 0; trial < TRIALS; trial++) {
        /* Past the last passing it begins again with the first. */
        if (!kill_and_recover(kill_at[k].place, kill_at[k].command, passing)) {
            passing = 1;
            g_assert_true(kill_and_recover(kill_at[k].place, kill_at[k].command, passing));
        }
        passing += kill_at[k].every;
    }
}

static void test_the_comparison_would_tell(void)
{
    if (!prepare())
        return;
    const Hospital *hospital = killing.hospital;
    static const char *const damage[] = {
        "DELETE FROM wardcast.observation WHERE ctid = (SELECT min(ctid) FROM wardcast.observation)",
        "UPDATE wardcast.score SET bias = bias + 1e-9",
        "DELETE FROM wardcast.bed_recommendation WHERE ctid = (SELECT min(ctid) FROM wardcast.bed_recommendation)",
        "INSERT INTO wardcast.quarantine VALUES ('tiny', 'door', 'stays', repeat('0', 64), 'x', '{}')",
    };
    for (gsize d = 0; d < G_N_ELEMENTS(damage); d++) {
        rewind_to(hospital, KILL_ONCE);
        run_whole(hospital, KILL_ONCE);
        cluster_sql(hospital->cluster, "warehouse", damage[d]);
        g_autofree char *seen = outcome(hospital, KILL_ONCE);
        g_assert_cmpstr(seen, !=, killing.wanted[KILL_ONCE]);
    }
}

/* Whoever adds a failpoint adds it here, or says why not. */
static void test_no_place_is_forgotten(void)
{
    static const char *const excused[] = {
        "lease-taken", "lease-renewed", "reload", /* passed by the daemon only: test_kill_daemon */
        NULL,
    };
    for (const char *const *name = failpoint_names(); *name != NULL; name++) {
        gboolean killed = g_strv_contains(excused, *name);
        for (gsize k = 0; k < G_N_ELEMENTS(kill_at); k++)
            killed = killed || g_str_equal(kill_at[k].place, *name);
        if (!killed)
            g_error("no test kills the program at %s", *name);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#ifndef WITH_FAILPOINTS
    g_test_message("failpoints are not compiled in; configure with --enable-failpoints");
    g_test_skip("no failpoints in this build");
    return g_test_run();
#endif
    g_test_add_func("/kill/no-place-is-forgotten", test_no_place_is_forgotten);
    g_test_add_func("/kill/the-comparison-would-tell", test_the_comparison_would_tell);
    for (gsize k = 0; k < G_N_ELEMENTS(kill_at); k++) {
        g_autofree char *name = g_strdup_printf("/kill/at-%s-nothing-is-lost-doubled-or-half", kill_at[k].place);
        g_test_add_data_func(name, GSIZE_TO_POINTER(k), test_place);
    }
    int failed = g_test_run();
    g_clear_pointer(&killing.hospital, hospital_free);
    for (gsize c = 0; c < G_N_ELEMENTS(killing.wanted); c++)
        g_free(killing.wanted[c]);
    return failed;
}
