#include "daemon/health.h"

#include <string.h>

static void tells_which_worker_is_over_its_time(void)
{
    g_autoptr(Health) health = health_new();
    g_autofree char *who = NULL;
    g_assert_true(health_alive(health, &who));
    health_busy(health, WORKER_SOURCE, "pas", 60);
    g_assert_true(health_alive(health, &who));
    health_busy(health, WORKER_SOURCE, "pas", -1); /* over since a second */
    g_assert_false(health_alive(health, &who));
    g_assert_cmpstr(who, ==, "source pas");
    g_clear_pointer(&who, g_free);
    health_idle(health, WORKER_SOURCE, "pas");
    g_assert_true(health_alive(health, &who));
}

static void says_in_one_line_what_a_sysadmin_asks(void)
{
    g_autoptr(Health) health = health_new();
    health_result(health, WORKER_SOURCE, "pas", 10, 5, NULL);
    health_result(health, WORKER_SOURCE, "lab", 11, 0, "lab, feed beds: connection refused");
    health_run(health, "general", 4711, "41/42 units ok");
    g_autofree char *line = health_line(health);
    g_assert_cmpstr(line, ==, "general run 4711: 41/42 units ok; 1/2 sources fine; lab, feed beds: connection refused");
    health_result(health, WORKER_SOURCE, "lab", 12, 1, NULL);
    g_autofree char *after = health_line(health);
    g_assert_nonnull(strstr(after, "2/2 sources fine"));
}

static void runs_made_before_their_time_are_told(void)
{
    g_autoptr(Health) health = health_new();
    health_run(health, "general", 4711, "41/42 units ok");
    health_ahead(health, "general", 1);
    g_autofree char *line = health_line(health), *text = health_metrics(health);
    g_assert_cmpstr(line, ==, "general run 4711: 41/42 units ok; general: 1 run made before its time, not shown to readers; 0/0 sources fine");
    g_assert_nonnull(strstr(text, "wardcast_runs_ahead{kind=\"group\",name=\"general\"} 1\n"));
    health_ahead(health, "general", 0);
    g_autofree char *after = health_line(health);
    g_assert_null(strstr(after, "before its time"));
}

static void metrics_are_prometheus_text(void)
{
    g_autoptr(Health) health = health_new();
    health_result(health, WORKER_SOURCE, "pas", 3 * INSTANT_SECOND, 5, NULL);
    health_result(health, WORKER_SOURCE, "pas", 4 * INSTANT_SECOND, 7, NULL);
    health_drift(health, "general", 3);
    g_autofree char *text = health_metrics(health);
    g_assert_nonnull(strstr(text, "wardcast_drift_alarms{kind=\"group\",name=\"general\"} 3\n"));
    g_assert_nonnull(strstr(text, "wardcast_worker_rows_total{kind=\"source\",name=\"pas\"} 12\n"));
    g_assert_nonnull(strstr(text, "wardcast_worker_last_success_seconds{kind=\"source\",name=\"pas\"} 4\n"));
    g_assert_nonnull(strstr(text, "wardcast_worker_up{kind=\"source\",name=\"pas\"} 1\n"));
    g_assert_nonnull(strstr(text, "# TYPE wardcast_worker_rows_total counter\n"));
}

static void a_reload_forgets_workers_that_are_gone(void)
{
    g_autoptr(Health) health = health_new();
    health_result(health, WORKER_SOURCE, "old", 1, 0, "down");
    health_result(health, WORKER_SOURCE, "new", 1, 0, NULL);
    const char *const keep[] = {"new", NULL};
    health_keep(health, WORKER_SOURCE, keep);
    g_autofree char *line = health_line(health);
    g_assert_cmpstr(line, ==, "1/1 sources fine");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/health/tells-which-worker-is-over-its-time", tells_which_worker_is_over_its_time);
    g_test_add_func("/daemon/health/says-in-one-line-what-a-sysadmin-asks", says_in_one_line_what_a_sysadmin_asks);
    g_test_add_func("/daemon/health/runs-made-before-their-time-are-told", runs_made_before_their_time_are_told);
    g_test_add_func("/daemon/health/metrics-are-prometheus-text", metrics_are_prometheus_text);
    g_test_add_func("/daemon/health/a-reload-forgets-workers-that-are-gone", a_reload_forgets_workers_that_are_gone);
    return g_test_run();
}
