#include "forecast/model/recent.h"

#include "forecast/series/missing.h"

#include <math.h>

enum { PAST = 128, LENGTH = 140 };
static const gsize season[2] = {2, 6};

/* 0, 1, 2 ...: means over windows and places can be read off. */
static void test_means(void)
{
    double left[LENGTH], feature[RECENT_FEATURES];
    for (gsize t = 0; t < LENGTH; t++)
        left[t] = (double)t;
    g_autoptr(Recent) recent = recent_new(left, PAST, LENGTH, season);
    recent_at(recent, 100, 3, feature);
    /* windows of 1, 3, 5, 2, 4, 6 and 24 steps before step 100; of step 103 the places 99 (two steps apart), 97 (six) and 97, 91, 85, 79 */
    static const double wanted[RECENT_FEATURES] = {99, 98, 97, 98.5, 97.5, 96.5, 87.5, 99, 97, 88};
    for (gsize k = 0; k < RECENT_FEATURES; k++)
        g_assert_cmpfloat_with_epsilon(feature[k], wanted[k], 1e-12);
    recent_at(recent, 2, 0, feature);
    static const double early[RECENT_FEATURES] = {1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0, 0, 0};
    for (gsize k = 0; k < RECENT_FEATURES; k++)
        g_assert_cmpfloat_with_epsilon(feature[k], early[k], 1e-12);
    recent_at(recent, 0, 5, feature);
    for (gsize k = 0; k < RECENT_FEATURES; k++)
        g_assert_cmpfloat(feature[k], ==, 0);
}

static void test_missing(void)
{
    double left[LENGTH], feature[RECENT_FEATURES];
    for (gsize t = 0; t < LENGTH; t++)
        left[t] = t % 2 ? MISSING : (double)t;
    g_autoptr(Recent) recent = recent_new(left, PAST, LENGTH, season);
    recent_at(recent, 100, 3, feature);
    static const double wanted[RECENT_FEATURES] = {0, 98, 97, 98, 97, 96, 87, 0, 0, 0};
    for (gsize k = 0; k < RECENT_FEATURES; k++)
        g_assert_cmpfloat_with_epsilon(feature[k], wanted[k], 1e-12);
    recent_at(recent, 100, 2, feature);
    g_assert_cmpfloat(feature[7], ==, 98);
    g_assert_cmpfloat(feature[8], ==, 96);
    g_assert_cmpfloat(feature[9], ==, 87);
}

/* A window is at most a quarter of the past, but for the season's level of a short one. */
static void test_short_past(void)
{
    double left[20], feature[RECENT_FEATURES];
    for (gsize t = 0; t < 20; t++)
        left[t] = 1;
    g_autoptr(Recent) recent = recent_new(left, 20, 20, season);
    recent_at(recent, 20, 0, feature);
    static const double wanted[RECENT_FEATURES] = {1, 1, 1, 1, 1, 0, 0, 1, 0, 0};
    for (gsize k = 0; k < RECENT_FEATURES; k++)
        g_assert_cmpfloat(feature[k], ==, wanted[k]);
}

static void test_season(void)
{
    g_assert_cmpuint(recent_season((const gsize[]){24, 168}), ==, 24);
    g_assert_cmpuint(recent_season((const gsize[]){52, 0}), ==, 4);
    g_assert_cmpuint(recent_season((const gsize[]){0, 0}), ==, 4);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/recent/means-before-and-at-the-same-place", test_means);
    g_test_add_func("/model/recent/what-is-missing-is-left-out", test_missing);
    g_test_add_func("/model/recent/a-short-past-has-short-windows", test_short_past);
    g_test_add_func("/model/recent/a-season-that-is-short", test_season);
    return g_test_run();
}
