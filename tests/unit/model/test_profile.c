#include "forecast/model/profile.h"

enum { SEASON = 7, WEEKS = 10, LENGTH = SEASON * WEEKS };

static const double shape[SEASON] = {3, 2, 1, 0, -1, -2, -3};

static void fill(double *z, double level)
{
    for (gsize t = 0; t < LENGTH; t++)
        z[t] = level + shape[t % SEASON];
}

static void a_perfect_week_is_repeated(void)
{
    double z[LENGTH], mean[2 * SEASON], sd[2 * SEASON];
    fill(z, 100);
    g_autoptr(Profile) profile = profile_new(z, LENGTH, LENGTH, SEASON);
    g_assert_nonnull(profile);
    profile_at(profile, LENGTH, 2 * SEASON, mean, sd);
    for (gsize h = 0; h < 2 * SEASON; h++)
        g_assert_true(fabs(mean[h] - 100 - shape[h % SEASON]) < 1e-9);
    g_assert_true(fabs(profile_level(profile, LENGTH) - 100) < 1e-9);
    g_assert_true(sd[0] > 0 && sd[SEASON] >= sd[0]);
}

/* From day 50 on ten more beds report: a week later the level has followed altogether. */
static void a_step_is_over_in_a_week(void)
{
    double z[LENGTH], mean[SEASON], sd[SEASON];
    fill(z, 100);
    for (gsize t = 50; t < LENGTH; t++)
        z[t] += 10;
    g_autoptr(Profile) profile = profile_new(z, LENGTH, LENGTH, SEASON);
    g_assert_true(fabs(profile_level(profile, 57) - 110) < 1.0);
    profile_at(profile, LENGTH, SEASON, mean, sd);
    for (gsize h = 0; h < SEASON; h++)
        g_assert_true(fabs(mean[h] - 110 - shape[h]) < 1.0);
}

/* One wild Sunday among four weeks moves a mean by a quarter of it, a median not at all. */
static void one_wild_day_leaves_the_shape_alone(void)
{
    double z[LENGTH], mean[SEASON], sd[SEASON];
    fill(z, 100);
    z[LENGTH - SEASON - 1] += 70;
    g_autoptr(Profile) profile = profile_new(z, LENGTH, LENGTH, SEASON);
    profile_at(profile, LENGTH, SEASON, mean, sd);
    for (gsize h = 0; h < SEASON; h++)
        g_assert_true(fabs(mean[h] - 100 - shape[h]) < 1e-9);
}

/* Yesterday's typing error would lift last week's mean by 10. */
static void one_wild_day_leaves_the_level_alone(void)
{
    double z[LENGTH];
    fill(z, 100);
    z[LENGTH - 2] += 70;
    g_autoptr(Profile) profile = profile_new(z, LENGTH, LENGTH, SEASON);
    g_assert_true(fabs(profile_level(profile, LENGTH) - 100) < 1e-9);
}

static void missing_days_do_not_lift_the_level(void)
{
    double z[LENGTH], mean[SEASON], sd[SEASON];
    fill(z, 100);
    for (gsize t = LENGTH - 3; t < LENGTH; t++)
        z[t] = MISSING; /* the three quiet days of the newest week */
    g_autoptr(Profile) profile = profile_new(z, LENGTH, LENGTH, SEASON);
    profile_at(profile, LENGTH, SEASON, mean, sd);
    for (gsize h = 0; h < SEASON; h++)
        g_assert_true(fabs(mean[h] - 100 - shape[h]) < 1.0);
}

static void the_future_is_not_looked_at(void)
{
    double z[LENGTH], changed[LENGTH], a[SEASON], b[SEASON], sa[SEASON], sb[SEASON];
    fill(z, 100);
    fill(changed, 100);
    for (gsize t = 56; t < LENGTH; t++)
        changed[t] = 1e6;
    g_autoptr(Profile) one = profile_new(z, 56, LENGTH, SEASON);
    g_autoptr(Profile) two = profile_new(changed, 56, LENGTH, SEASON);
    profile_at(one, 56, SEASON, a, sa);
    profile_at(two, 56, SEASON, b, sb);
    g_assert_cmpmem(a, sizeof a, b, sizeof b);
    g_assert_cmpmem(sa, sizeof sa, sb, sizeof sb);
    g_assert_true(profile_scale(one, 56) >= 1e-3);
}

static void too_little_history_is_refused(void)
{
    double z[LENGTH];
    fill(z, 100);
    g_assert_null(profile_new(z, 2 * SEASON - 1, LENGTH, SEASON));
    for (gsize t = 0; t < LENGTH; t++)
        if (t % 5)
            z[t] = MISSING;
    g_assert_null(profile_new(z, LENGTH, LENGTH, SEASON));
}

/* Of two perfect weeks the second was forecast from the first without an error. */
static void two_weeks_are_enough(void)
{
    double z[LENGTH], mean[SEASON], sd[SEASON];
    fill(z, 100);
    for (gsize t = 2 * SEASON; t < LENGTH; t++)
        z[t] = 1e6; /* not known yet */
    g_autoptr(Profile) profile = profile_new(z, 2 * SEASON, LENGTH, SEASON);
    g_assert_nonnull(profile);
    profile_at(profile, 2 * SEASON, SEASON, mean, sd);
    for (gsize h = 0; h < SEASON; h++) {
        g_assert_true(fabs(mean[h] - 100 - shape[h]) < 1e-9);
        g_assert_true(sd[h] < 0.01);
    }
    z[2 * SEASON - 1] += 7; /* a Sunday that was no such day: errors of 0 and 7, their mean is 1 a day */
    g_autoptr(Profile) wrong = profile_new(z, 2 * SEASON, LENGTH, SEASON);
    profile_at(wrong, 2 * SEASON, SEASON, mean, sd);
    g_assert_true(fabs(sd[0] - 1.2533141373155) < 1e-9);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/profile/a-perfect-week-is-repeated", a_perfect_week_is_repeated);
    g_test_add_func("/model/profile/a-step-is-over-in-a-week", a_step_is_over_in_a_week);
    g_test_add_func("/model/profile/one-wild-day-leaves-the-shape-alone", one_wild_day_leaves_the_shape_alone);
    g_test_add_func("/model/profile/one-wild-day-leaves-the-level-alone", one_wild_day_leaves_the_level_alone);
    g_test_add_func("/model/profile/missing-days-do-not-lift-the-level", missing_days_do_not_lift_the_level);
    g_test_add_func("/model/profile/the-future-is-not-looked-at", the_future_is_not_looked_at);
    g_test_add_func("/model/profile/two-weeks-are-enough", two_weeks_are_enough);
    g_test_add_func("/model/profile/too-little-history-is-refused", too_little_history_is_refused);
    return g_test_run();
}
