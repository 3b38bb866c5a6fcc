#include "forecast/model/repeat.h"

/* Worked out by hand, season of 3 and level of the 2 newest known; the roots with Python 3.11. */
enum { LENGTH = 6, SEASON = 3, STRETCH = 2 };
static const double z[LENGTH] = {2, 5, 1, 4, (double)NAN, 3};

static void it_says_last_seasons_values_and_those_before_them_where_they_are_missing(void)
{
    g_autoptr(Repeat) repeat = repeat_new(z, LENGTH, SEASON, STRETCH);
    static const double wanted[] = {4, 5, 3, 4, 5, 3, 4}, seasons[] = {1, 1, 1, 2, 2, 2, 3};
    double mean[7], sd[7];
    repeat_at(repeat, LENGTH, 7, mean, sd);
    for (gsize h = 0; h < 7; h++) {
        g_assert_cmpfloat(mean[h], ==, wanted[h]);
        g_assert_cmpfloat_with_epsilon(sd[h], repeat_scale(repeat, LENGTH) * sqrt(seasons[h]), 1e-12);
    }
}

static void less_than_a_season_known_leaves_the_level(void)
{
    g_autoptr(Repeat) repeat = repeat_new(z, LENGTH, SEASON, STRETCH);
    static const double wanted[] = {3.5, 2, 5, 3.5};
    double mean[4], sd[4];
    repeat_at(repeat, 2, 4, mean, sd); /* 2 and 5 are known */
    for (gsize h = 0; h < 4; h++)
        g_assert_cmpfloat(mean[h], ==, wanted[h]);
    repeat_at(repeat, 0, 4, mean, sd);
    for (gsize h = 0; h < 4; h++)
        g_assert_cmpfloat(mean[h], ==, 0);
}

static void the_level_is_the_mean_of_the_newest_known(void)
{
    g_autoptr(Repeat) repeat = repeat_new(z, LENGTH, SEASON, STRETCH);
    static const double wanted[] = {0, 2, 3.5, 3, 2.5, 2.5, 3.5};
    for (gsize t = 0; t <= LENGTH; t++)
        g_assert_cmpfloat_with_epsilon(repeat_level(repeat, t), wanted[t], 1e-12);
}

/* Differences of neighbours squared: 9, 16, 9, then 1 over the gap; over a season: 4 and 4. */
static void the_scale_is_of_differences_over_a_season_and_one_of_neighbours(void)
{
    g_autoptr(Repeat) repeat = repeat_new(z, LENGTH, SEASON, STRETCH);
    static const double wanted[] = {1, 1, 3, 3.563978589203291, 2.7679403625517165, 2.7679403625517165, 2.3410035343323528};
    for (gsize t = 0; t <= LENGTH; t++)
        if (t != 5) /* as at 4: the value at 4 is missing */
            g_assert_cmpfloat_with_epsilon(repeat_scale(repeat, t), wanted[t], 1e-12);
    g_assert_cmpfloat(repeat_scale(repeat, 5), ==, repeat_scale(repeat, 4));
}

static void no_difference_at_all_keeps_a_least_scale(void)
{
    static const double same[] = {7, 7, 7, 7, 7, 7, 7, 7};
    g_autoptr(Repeat) repeat = repeat_new(same, G_N_ELEMENTS(same), 2, 3);
    g_assert_cmpfloat(repeat_scale(repeat, G_N_ELEMENTS(same)), ==, 1e-3);
    g_assert_cmpfloat_with_epsilon(repeat_level(repeat, G_N_ELEMENTS(same)), 7, 1e-12);
}

static void nothing_at_or_after_an_origin_is_read(void)
{
    g_autoptr(Repeat) before = repeat_new(z, LENGTH, SEASON, STRETCH);
    double other[LENGTH], mean[2][4], sd[2][4];
    for (gsize t = 0; t < LENGTH; t++)
        other[t] = t < 4 ? z[t] : 1e6;
    g_autoptr(Repeat) after = repeat_new(other, LENGTH, SEASON, STRETCH);
    for (gsize origin = 0; origin <= 4; origin++) {
        gsize horizon = MIN(SEASON, 4); /* beyond a season it repeats what it said */
        repeat_at(before, origin, horizon, mean[0], sd[0]);
        repeat_at(after, origin, horizon, mean[1], sd[1]);
        g_assert_cmpmem(mean[0], horizon * sizeof(double), mean[1], horizon * sizeof(double));
        g_assert_cmpmem(sd[0], horizon * sizeof(double), sd[1], horizon * sizeof(double));
        g_assert_cmpfloat(repeat_level(before, origin), ==, repeat_level(after, origin));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/repeat/it-says-last-season's-values-and-those-before-them-where-they-are-missing", it_says_last_seasons_values_and_those_before_them_where_they_are_missing);
    g_test_add_func("/model/repeat/less-than-a-season-known-leaves-the-level", less_than_a_season_known_leaves_the_level);
    g_test_add_func("/model/repeat/the-level-is-the-mean-of-the-newest-known", the_level_is_the_mean_of_the_newest_known);
    g_test_add_func("/model/repeat/the-scale-is-of-differences-over-a-season-and-one-of-neighbours", the_scale_is_of_differences_over_a_season_and_one_of_neighbours);
    g_test_add_func("/model/repeat/no-difference-at-all-keeps-a-least-scale", no_difference_at_all_keeps_a_least_scale);
    g_test_add_func("/model/repeat/nothing-at-or-after-an-origin-is-read", nothing_at_or_after_an_origin_is_read);
    return g_test_run();
}
