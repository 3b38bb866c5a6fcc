#include "connectors/in/patience.h"

static void a_failing_source_is_asked_half_as_often_up_to_the_limit(void)
{
    static const double full_s[] = {120, 240, 480, 960, 1800, 1800, 1800}; /* 60 s doubled, limit 1800 s */
    Patience patience;
    patience_init(&patience, 60, 1800, 17);
    g_assert_true(patience_due(&patience, 0));
    double now_s = 1000;
    for (gsize i = 0; i < G_N_ELEMENTS(full_s); i++) {
        patience_failure(&patience, now_s);
        g_assert_cmpfloat(patience.due_s - now_s, <=, full_s[i]);
        g_assert_cmpfloat(patience.due_s - now_s, >=, 0.8 * full_s[i]);
        g_assert_false(patience_due(&patience, patience.due_s - 0.001));
        g_assert_true(patience_due(&patience, patience.due_s));
        now_s = patience.due_s;
    }
    patience_success(&patience, now_s);
    g_assert_cmpfloat(patience.due_s, ==, now_s + 60);
}

static void complaints_come_at_the_first_and_at_each_doubling_and_once_when_it_is_over(void)
{
    Patience patience;
    patience_init(&patience, 1, 100, 1);
    g_assert_false(patience_success(&patience, 0));
    for (guint n = 1; n <= 70; n++) {
        gboolean wanted = n == 1 || n == 2 || n == 4 || n == 8 || n == 16 || n == 32 || n == 64;
        g_assert_cmpint(patience_failure(&patience, n), ==, wanted);
    }
    g_assert_true(patience_success(&patience, 71));
    g_assert_false(patience_success(&patience, 72));
    g_assert_true(patience_failure(&patience, 73));
}

static void many_sources_do_not_come_back_at_once(void)
{
    gboolean second[40] = {FALSE};
    guint different = 0;
    for (guint64 seed = 0; seed < 200; seed++) {
        Patience patience;
        patience_init(&patience, 100, 100, seed * 7919);
        patience.every_s = 10;
        for (int i = 0; i < 8; i++)
            patience_failure(&patience, 0);
        gsize bin = (gsize)(patience.due_s - 79);
        g_assert_cmpuint(bin, <, G_N_ELEMENTS(second));
        different += !second[bin];
        second[bin] = TRUE;
    }
    g_assert_cmpuint(different, >=, 15);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/in/patience/a-failing-source-is-asked-half-as-often-up-to-the-limit", a_failing_source_is_asked_half_as_often_up_to_the_limit);
    g_test_add_func("/in/patience/complaints-come-at-the-first-and-at-each-doubling-and-once-when-it-is-over",
                    complaints_come_at_the_first_and_at_each_doubling_and_once_when_it_is_over);
    g_test_add_func("/in/patience/many-sources-do-not-come-back-at-once", many_sources_do_not_come_back_at_once);
    return g_test_run();
}
