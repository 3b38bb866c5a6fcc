#include "forecast/model/share.h"

#include "forecast/series/missing.h"

#define assert_near(seen, wanted, most) g_assert_cmpfloat(fabs((seen) - (wanted)), <=, (most))

static const gboolean everybody[] = {TRUE, TRUE, TRUE};

/* First 0.95 and 0.05.  Day 1: exp(-1) times 0.95 against 0.05, made to sum to 1, and a
 * tenth of all spread: 0.8374 and 0.1626.  Day 2: exp(-2) times the first. */
static void test_by_hand(void)
{
    static const double loss[] = {2, 1, 3, 1};
    double weight[] = {1, 0}, slower[] = {1, 0};
    double first = 0.95 * exp(-1), second = 0.05, day1 = 0.9 * first / (first + second) + 0.05, day2 = day1 * exp(-2);
    share_follow(loss, 2, 2, 1, 0.1, everybody, weight);
    assert_near(weight[0], 0.9 * day2 / (day2 + 1 - day1) + 0.05, 1e-12);
    assert_near(weight[0] + weight[1], 1, 1e-12);
    /* numpy says so too */
    assert_near(weight[0], 0.41957583324, 1e-9);
    share_follow(loss, 2, 2, 0.5, 0.1, everybody, slower);
    assert_near(slower[0], 0.70348893004, 1e-9);
}

/* The third member never spoke: it keeps its share of what is not spread. */
static void test_asleep(void)
{
    double loss[] = {2, 1, MISSING, 1, 3, MISSING}, weight[] = {0.5, 0.3, 0.2};
    share_follow(loss, 2, 3, 1, 0.03, everybody, weight);
    assert_near(weight[2], 0.97 * (0.97 * (0.97 * 0.2 + 0.01) + 0.01) + 0.01, 1e-12);
    assert_near(weight[0], 0.59614593544, 1e-9);
    assert_near(weight[0] + weight[1] + weight[2], 1, 1e-12);
}

static void test_silence_says_nothing(void)
{
    double loss[] = {MISSING, MISSING, MISSING, MISSING}, weight[] = {0.9, 0.1};
    share_follow(loss, 2, 2, 1, 0.1, everybody, weight);
    assert_near(weight[0], 0.95 * 0.9 + 0.05 * 0.1, 1e-12);
    double same[] = {3, 3, 3, 3}, half[] = {0.5, 0.5};
    share_follow(same, 2, 2, 1, 0.1, everybody, half);
    assert_near(half[0], 0.5, 1e-12);
}

/* Who is not allowed gains nothing by the share. */
static void test_the_share_is_for_those_allowed(void)
{
    static const gboolean some[] = {TRUE, FALSE, TRUE};
    double loss[] = {1, MISSING, 1}, weight[] = {1, 0, 0};
    share_follow(loss, 1, 3, 1, 0.1, some, weight);
    g_assert_false(weight[1] > 0);
    g_assert_cmpfloat(weight[2], >, 0);
}

/* For a month the first is twice as good, then the second: it was as good as
 * silent, and has most of the weight within ten days. */
static void test_who_was_silent_comes_back(void)
{
    enum { BEFORE = 30, AFTER = 10 };
    double loss[2 * (BEFORE + AFTER)], weight[] = {0.99, 0.01}, later[] = {0.99, 0.01};
    for (int d = 0; d < BEFORE + AFTER; d++) {
        loss[2 * d] = d < BEFORE ? 1 : 2;
        loss[2 * d + 1] = d < BEFORE ? 2 : 1;
    }
    share_follow(loss, BEFORE, 2, 1, 1.0 / 365, everybody, weight);
    g_assert_cmpfloat(weight[0], >, 0.99);
    share_follow(loss, BEFORE + AFTER, 2, 1, 1.0 / 365, everybody, later);
    g_assert_cmpfloat(later[1], >, 0.5);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/share/two-days-by-hand", test_by_hand);
    g_test_add_func("/model/share/who-is-asleep-keeps-its-weight", test_asleep);
    g_test_add_func("/model/share/silence-says-nothing", test_silence_says_nothing);
    g_test_add_func("/model/share/the-share-is-for-those-allowed", test_the_share_is_for_those_allowed);
    g_test_add_func("/model/share/who-was-silent-comes-back", test_who_was_silent_comes_back);
    return g_test_run();
}
