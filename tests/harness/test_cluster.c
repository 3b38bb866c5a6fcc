#include "tests/harness/cluster.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <unistd.h>

static void answers_and_survives_a_kill(void)
{
    g_autoptr(Cluster) cluster = cluster_new();
    if (cluster == NULL)
        return;
    cluster_sql(cluster, "postgres", "create database ward; create role nurse login;");
    cluster_sql(cluster, "ward", "create table bed (id int); insert into bed values (1), (2);");
    g_autofree char *before = cluster_ask(cluster, "ward", "select id, id * 2 from bed order by id");
    g_assert_cmpstr(before, ==, "1|2\n2|4");
    cluster_kill9(cluster);
    cluster_start(cluster);
    g_autofree char *after = cluster_ask(cluster, "ward", "select count(*) from bed");
    g_assert_cmpstr(after, ==, "2");
    cluster_stop(cluster);
    cluster_start(cluster);
    g_autofree char *empty = cluster_ask(cluster, "ward", "select 1 where false");
    g_assert_cmpstr(empty, ==, "");
    g_autofree char *conninfo = cluster_conninfo(cluster, "ward", "nurse");
    g_assert_true(g_str_has_suffix(conninfo, " port=5432 dbname=ward user=nurse"));
}

static void leaves_nothing_behind(void)
{
    Cluster *cluster = cluster_new();
    if (cluster == NULL)
        return;
    g_autofree char *folder = g_strdup(cluster_host(cluster));
    g_assert_true(g_file_test(folder, G_FILE_TEST_IS_DIR));
    cluster_free(cluster);
    g_assert_false(g_file_test(folder, G_FILE_TEST_EXISTS));
}

/* After a restart of the machine another process may have the number of the server. */
static void strangers_are_left_alone(void)
{
    g_autoptr(Cluster) cluster = cluster_new();
    if (cluster == NULL)
        return;
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_strdup(cluster_host(cluster)), *other = g_dir_make_tmp("wardcast-other-XXXXXX", &error);
    g_autofree char *number = g_build_filename(folder, "data", "postmaster.pid", NULL), *socket = g_build_filename(folder, "socket", NULL);
    g_autoptr(GSubprocess) stranger = g_subprocess_new(G_SUBPROCESS_FLAGS_NONE, &error, "sleep", "600", NULL);
    g_assert_no_error(error);
    g_autofree char *text = g_strdup_printf("%s\n%s/data\n", g_subprocess_get_identifier(stranger), folder);
    cluster_stop(cluster);
    g_assert_true(g_file_set_contents(number, text, -1, NULL));
    cluster_kill9(cluster);
    g_usleep(200000);
    g_assert_nonnull(g_subprocess_get_identifier(stranger));
    cluster_start(cluster);
    g_autofree char *answer = cluster_ask(cluster, "postgres", "select 1");
    g_assert_cmpstr(answer, ==, "1");
    g_assert_true(g_file_set_contents(socket, other, -1, NULL));
    g_clear_pointer(&cluster, cluster_free);
    g_assert_cmpint(g_rmdir(other), ==, 0); /* it is still there */
    g_assert_nonnull(g_subprocess_get_identifier(stranger));
    g_subprocess_force_exit(stranger);
}

/* A test that dies must not leave a server running: the guard sees its input end. */
static void goes_away_with_a_test_that_dies(void)
{
    if (g_test_subprocess()) {
        Cluster *doomed = cluster_new();
        g_assert_true(g_file_set_contents(g_getenv("WARDCAST_TEST_NOTE"), cluster_host(doomed), -1, NULL));
        g_abort();
    }
    g_autoptr(Cluster) probe = cluster_new();
    if (probe == NULL)
        return;
    g_autofree char *note_name = g_strdup_printf("wardcast-test-note-%d", getpid());
    g_autofree char *note = g_build_filename(g_get_tmp_dir(), note_name, NULL);
    g_setenv("WARDCAST_TEST_NOTE", note, TRUE);
    g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_failed();
    g_autofree char *folder = NULL;
    g_assert_true(g_file_get_contents(note, &folder, NULL, NULL));
    g_unlink(note);
    gint64 until = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
    while (g_file_test(folder, G_FILE_TEST_EXISTS) && g_get_monotonic_time() < until)
        g_usleep(50000);
    g_assert_false(g_file_test(folder, G_FILE_TEST_EXISTS));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/harness/cluster/strangers-are-left-alone", strangers_are_left_alone);
    g_test_add_func("/harness/cluster/answers-and-survives-a-kill", answers_and_survives_a_kill);
    g_test_add_func("/harness/cluster/leaves-nothing-behind", leaves_nothing_behind);
    g_test_add_func("/harness/cluster/goes-away-with-a-test-that-dies", goes_away_with_a_test_that_dies);
    return g_test_run();
}
