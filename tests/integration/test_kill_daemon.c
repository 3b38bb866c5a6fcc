/* test_kill_daemon -- the daemon is killed where only a daemon passes, and started again: nothing is lost, doubled or half. */
#include "tests/integration/daemon.h"

#include "connectors/wire/failpoint.h"

#include <signal.h>

/* Trials per place; a sanitized daemon is many times slower and gets two. */
#ifdef __SANITIZE_ADDRESS__
#define TRIALS 2
#else
#define TRIALS 10
#endif

/* `every`: further passings between trials.  `when`: what the warehouse answers before SIGHUP is sent, by turns; NULL = it is not sent. */
static const struct {
    const char *place;
    int every;
    const char *when[2];
} kill_at[] = {
    {"lease-taken", 0, {NULL, NULL}},
    {"lease-renewed", 1, {NULL, NULL}},
    {"reload", 0, {"0", "1"}},
};

/* What a clock writes: when a source was asked last, who holds the lease until when. */
static const char *const clock_tables[] = {"lease", "watermark", NULL};

#define RUNS "SELECT count(*) FROM wardcast.run"
#define SLOT "SELECT string_agg(slot::text, ' ') FROM wardcast.run"

typedef struct {
    Hospital *hospital;
    char *slot, *wanted; /* the slot an undisturbed daemon published last, and all that it left */
} Killing;

static Killing killing;

static void rewind_warehouse(const Hospital *hospital)
{
    cluster_sql(hospital->cluster, "postgres", "DROP DATABASE IF EXISTS warehouse WITH (FORCE); CREATE DATABASE warehouse OWNER wardcast_admin TEMPLATE past");
}

/* Let the daemon publish, end it, and read all rows. */
static char *publish_and_end(const Hospital *hospital)
{
    int code;
    Daemon *daemon = daemon_start(hospital, "whole", NULL);
    g_assert_true(daemon_tells(daemon, "READY=1"));
    g_assert_true(daemon_reaches(hospital, RUNS, "1"));
    daemon_end(daemon, &code);
    g_assert_cmpint(code, ==, 0);
    return hospital_rows(hospital, clock_tables);
}

static void publish_undisturbed(void)
{
    rewind_warehouse(killing.hospital);
    g_free(killing.wanted);
    g_free(killing.slot);
    killing.wanted = publish_and_end(killing.hospital);
    killing.slot = hospital_ask(killing.hospital, SLOT);
}

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
    daemon_move_hospital(hospital);
    cluster_sql(hospital->cluster, "postgres", "ALTER DATABASE warehouse RENAME TO past");
    killing.hospital = hospital;
    publish_undisturbed();
    return TRUE;
}

static void kill_and_recover(gsize k, int passing, const char *when)
{
    const Hospital *hospital = killing.hospital;
    g_autofree char *failpoint_at = g_strdup_printf("%s:%d", kill_at[k].place, passing);
    rewind_warehouse(hospital);
    Daemon *daemon = daemon_start(hospital, "killed", failpoint_at);
    if (when != NULL) {
        g_assert_true(daemon_tells(daemon, "READY=1"));
        g_assert_true(daemon_reaches(hospital, RUNS, when));
        daemon_signal(daemon, SIGHUP);
    }
    g_assert_cmpint(daemon_wait(daemon), ==, SIGKILL);
    g_autofree char *seen = publish_and_end(hospital), *slot = hospital_ask(hospital, SLOT);
    if (!g_str_equal(slot, killing.slot)) { /* the time of the next slot has come between */
        publish_undisturbed();
        rewind_warehouse(hospital);
        g_free(seen);
        seen = publish_and_end(hospital);
    }
    hospital_same(failpoint_at, killing.wanted, seen);
}

static void test_place(gconstpointer row)
{
    gsize k = GPOINTER_TO_SIZE(row);
    if (!prepare())
        return;
    for (int trial = 0; trial < TRIALS; trial++)
        kill_and_recover(k, 1 + trial % 2 * kill_at[k].every, kill_at[k].when[trial % 2]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#ifndef WITH_FAILPOINTS
    g_test_message("failpoints are not compiled in; configure with --enable-failpoints");
    g_test_skip("no failpoints in this build");
    return g_test_run();
#endif
    for (gsize k = 0; k < G_N_ELEMENTS(kill_at); k++) {
        g_autofree char *name = g_strdup_printf("/kill/daemon/at-%s-nothing-is-lost-doubled-or-half", kill_at[k].place);
        g_test_add_data_func(name, GSIZE_TO_POINTER(k), test_place);
    }
    int failed = g_test_run();
    g_clear_pointer(&killing.hospital, hospital_free);
    g_free(killing.slot);
    g_free(killing.wanted);
    return failed;
}
