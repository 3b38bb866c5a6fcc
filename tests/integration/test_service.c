/* The daemon itself: ready, publishing, reloading, standing by, ending. */
#include "config/build.h"
#include "tests/integration/daemon.h"

#include <signal.h>
#include <string.h>

/* The sanitizer keeps shadow memory and freed blocks. */
#ifdef __SANITIZE_ADDRESS__
#define SMALL_KIB (4096 * 1024)
#else
#define SMALL_KIB (200 * 1024)
#endif

static void the_daemon_publishes_the_latest_slot_and_stays_small(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    int code;
    daemon_move_hospital(hospital);
    Daemon *daemon = daemon_start(hospital, "one", NULL);
    g_assert_true(daemon_tells(daemon, "READY=1"));
    g_assert_true(daemon_reaches(hospital, "SELECT count(*) FROM wardcast.run", "1"));
    g_assert_true(daemon_tells(daemon, "STATUS=tiny run"));
    /* The sanitizers keep memory of their own, so the limit is for the plain build. */
    g_assert_cmpint(daemon_kib(daemon), <, SMALL_KIB);
    g_assert_cmpfloat(daemon_end(daemon, &code), <, 5.0);
    g_assert_cmpint(code, ==, 0);
    g_autofree char *lease = hospital_ask(hospital, "SELECT count(*) FROM wardcast.lease WHERE expires_at > now()");
    g_assert_cmpstr(g_strstrip(lease), ==, "0"); /* given back, so that another need not wait */
}

static void a_broken_reload_keeps_the_old_configuration(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    int code;
    daemon_move_hospital(hospital);
    Daemon *daemon = daemon_start(hospital, "one", NULL);
    g_assert_true(daemon_tells(daemon, "READY=1"));
    g_assert_true(daemon_reaches(hospital, "SELECT count(*) FROM wardcast.run", "1"));
    hospital_edit(hospital, "history_days: 60", "history_days: sixty");
    daemon_signal(daemon, SIGHUP);
    g_assert_true(daemon_tells(daemon, "RELOADING=1"));
    g_assert_true(daemon_tells(daemon, "reload refused"));
    hospital_edit(hospital, "history_days: sixty", "history_days: 50");
    daemon_signal(daemon, SIGHUP);
    g_assert_true(daemon_tells(daemon, "RELOADING=1"));
    g_assert_true(daemon_tells(daemon, "READY=1"));
    daemon_end(daemon, &code);
    g_assert_cmpint(code, ==, 0);
}

static void of_two_daemons_one_works_and_the_other_takes_over(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    int code;
    daemon_move_hospital(hospital);
    hospital_edit(hospital, "  http_address", "  name: first\n  http_address");
    Daemon *first = daemon_start(hospital, "one", NULL);
    g_assert_true(daemon_tells(first, "READY=1"));
    g_assert_true(daemon_reaches(hospital, "SELECT count(*) FROM wardcast.run", "1"));
    hospital_edit(hospital, "name: first", "name: second");
    Daemon *second = daemon_start(hospital, "two", NULL);
    g_assert_true(daemon_tells(second, "READY=1"));
    g_assert_true(daemon_reaches(hospital, "SELECT holder FROM wardcast.lease", "first"));
    /* Frozen, not dead: the lease runs out and the second takes it with a higher token. */
    daemon_signal(first, SIGSTOP);
    g_assert_true(daemon_reaches(hospital, "SELECT holder FROM wardcast.lease", "second"));
    daemon_signal(first, SIGCONT);
    g_assert_true(daemon_reaches(hospital, "SELECT count(*) FROM wardcast.run", "1"));
    daemon_end(first, &code);
    g_assert_true(daemon_reaches(hospital, "SELECT holder FROM wardcast.lease", "second"));
    daemon_end(second, &code);
    g_assert_cmpint(code, ==, 0);
}

static void a_warehouse_that_is_down_is_waited_for(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    int code;
    daemon_move_hospital(hospital);
    cluster_kill9(hospital->cluster);
    Daemon *daemon = daemon_start(hospital, "one", NULL);
    g_assert_true(daemon_tells(daemon, "READY=1"));
    cluster_start(hospital->cluster);
    g_assert_true(daemon_reaches(hospital, "SELECT count(*) FROM wardcast.run", "1"));
    g_assert_cmpfloat(daemon_end(daemon, &code), <, 5.0);
    g_assert_cmpint(code, ==, 0);
}

/* The first pull stores years of history; it is waited for, and nobody takes it for one that hangs. */
static void a_slow_first_pull_is_waited_for(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    int code;
    daemon_move_hospital(hospital);
    hospital_hurry(hospital);
    hospital_edit(hospital, "  deadline: 10s\n", "  deadline: 5s\n");
    cluster_sql(hospital->cluster, "warehouse",
                "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(32); RETURN NULL; END';"
                "CREATE TRIGGER wait AFTER INSERT ON wardcast.stay_event EXECUTE FUNCTION wait()");
    Daemon *daemon = daemon_start(hospital, "one", NULL);
    g_assert_true(daemon_tells(daemon, "READY=1"));
    g_assert_true(daemon_reaches(hospital, "SELECT count(*) > 0 FROM wardcast.stay_event", "t"));
    g_assert_true(daemon_reaches(hospital, "SELECT count(*) FROM wardcast.run", "1"));
    daemon_end(daemon, &code);
    g_assert_cmpint(code, ==, 0);
    g_autofree char *log = g_build_filename(hospital->folder, "one.log", NULL), *said = NULL;
    g_assert_true(g_file_get_contents(log, &said, NULL, NULL));
    g_assert_null(strstr(said, "source pas is over its time"));
}

static void a_broken_configuration_ends_with_78(void)
{
    g_autoptr(Hospital) hospital = hospital_new();
    if (hospital == NULL)
        return;
    g_autofree char *said = NULL;
    hospital_edit(hospital, "timezone: UTC", "timezone: Mars/Olympus");
    g_assert_cmpint(hospital_run(hospital, &said, "run", NULL), ==, 78);
    g_assert_nonnull(strstr(said, "Mars/Olympus"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/service/the-daemon-publishes-the-latest-slot-and-stays-small", the_daemon_publishes_the_latest_slot_and_stays_small);
    g_test_add_func("/service/a-broken-reload-keeps-the-old-configuration", a_broken_reload_keeps_the_old_configuration);
    g_test_add_func("/service/of-two-daemons-one-works-and-the-other-takes-over", of_two_daemons_one_works_and_the_other_takes_over);
    g_test_add_func("/service/a-warehouse-that-is-down-is-waited-for", a_warehouse_that_is_down_is_waited_for);
    g_test_add_func("/service/a-slow-first-pull-is-waited-for", a_slow_first_pull_is_waited_for);
    g_test_add_func("/service/a-broken-configuration-ends-with-78", a_broken_configuration_ends_with_78);
    return g_test_run();
}
