#include "connectors/wire/failpoint.h"

#include <glib.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void no_name_is_listed_twice(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    guint count = 0;
    for (const char *const *name = failpoint_names(); *name; name++, count++)
        g_assert_true(g_hash_table_add(seen, (char *)*name));
    g_assert_cmpuint(count, >=, 20);
}

#ifdef WITH_FAILPOINTS

/* The signal that ended a child which passes `name` `passes` times, 0 when it lived through. */
static int ended_by(const char *setting, const char *name, int passes)
{
    pid_t child = fork();
    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        g_setenv("WARDCAST_FAILPOINT", setting, TRUE);
        for (int i = 0; i < passes; i++)
            failpoint(name);
        _exit(0);
    }
    int status = 0;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void the_third_passing_kills_and_the_second_does_not(void)
{
    g_assert_cmpint(ended_by("pull-row:3", "pull-row", 2), ==, 0);
    g_assert_cmpint(ended_by("pull-row:3", "pull-row", 3), ==, SIGKILL);
    g_assert_cmpint(ended_by("pull-row:1", "take-row", 5), ==, 0);
    g_assert_cmpint(ended_by("", "take-row", 5), ==, 0);
}

static void a_name_that_is_not_listed_is_our_bug(void)
{
    if (g_test_subprocess()) {
        failpoint("no-such-place");
        return;
    }
    g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*no-such-place is not in the table*");
}

#endif

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/failpoint/no-name-is-listed-twice", no_name_is_listed_twice);
#ifdef WITH_FAILPOINTS
    g_test_add_func("/wire/failpoint/the-third-passing-kills-and-the-second-does-not", the_third_passing_kills_and_the_second_does_not);
    g_test_add_func("/wire/failpoint/a-name-that-is-not-listed-is-our-bug", a_name_that_is_not_listed_is_our_bug);
#endif
    return g_test_run();
}
