#include "daemon/telling.h"

#include <stdlib.h>
#include <string.h>

static Calendar *calendar;

static gint64 hour_of(int year, int month, int day)
{
    return 24 * grain_day_of_date(year, month, day) + 8;
}

static Unusual unusual_of(double usual, double spread, double lately, double today, double pattern, double holidays, double rest)
{
    Unusual unusual = {.weeks = 8, .usual = usual, .spread = spread, .cause = {lately, today, pattern, holidays, rest}};
    for (int k = 0; k < UNUSUAL_CAUSES; k++)
        unusual.difference += unusual.cause[k];
    unusual.trusted = fabs(rest) <= UNUSUAL_MOST_REST * fabs(unusual.difference);
    return unusual;
}

static void assert_told(Unusual unusual, Grain grain, gint64 step, const char *wanted)
{
    g_autofree char *told = telling_sentence(&unusual, calendar, grain, step, unusual.usual + unusual.difference);
    g_assert_cmpstr(told, ==, wanted);
}

/* Tuesday 2023-05-30 is the day after Memorial Day. */
static void it_names_causes_the_heaviest_first(void)
{
    assert_told(unusual_of(25, 2, 4.2, -0.1, -1.4, 9.1, 0.2), GRAIN_HOUR, hour_of(2023, 5, 30),
                "12 more than on a usual Tuesday 08:00 (25): +9 day after Memorial Day, +4 higher level of the last two weeks, -1 season");
    assert_told(unusual_of(1000, 20, -40, 22, 1, 0, 5), GRAIN_DAY, grain_day_of_date(2023, 8, 16),
                "12 fewer than on a usual Wednesday (1000): -40 lower level of the last two weeks, +22 higher level of the last days, +1 season, +5 everything else");
    assert_told(unusual_of(30, 2, 0, 0, 0, -6, 0), GRAIN_HOUR, hour_of(2023, 12, 25), "6 fewer than on a usual Monday 08:00 (30): -6 Christmas Day");
    assert_told(unusual_of(30, 2, 0, 0, 0, -6, 0), GRAIN_HOUR, hour_of(2023, 12, 22), "6 fewer than on a usual Friday 08:00 (30): -6 3 days before Christmas Day");
}

static void holidays_that_are_not_near_have_no_name(void)
{
    assert_told(unusual_of(30, 1, 5, 0, 0, 2, 0), GRAIN_HOUR, hour_of(2023, 8, 16),
                "7 more than on a usual Wednesday 08:00 (30): +5 higher level of the last two weeks, +2 everything else");
}

static void what_is_usual_needs_no_cause(void)
{
    assert_told(unusual_of(34.6, 2, 6, -6.1, 0, 0, 0.2), GRAIN_HOUR, hour_of(2023, 8, 16), "as many as on a usual Wednesday 08:00 (35)");
}

static void what_is_not_accounted_for_is_told_as_usual_or_not_at_all(void)
{
    assert_told(unusual_of(30, 2.6, 0.5, 0, 0, 0, 1.6), GRAIN_HOUR, hour_of(2023, 8, 16), "about as many as on a usual Wednesday 08:00 (30, give or take 3)");
    assert_told(unusual_of(30, 1.5, 0.5, 0, 0, 0, 1.6), GRAIN_HOUR, hour_of(2023, 8, 16), NULL);
    /* trusted in parts of a patient, but of whole ones nothing is left: .6 + .5 is one, and it is the rest's */
    assert_told(unusual_of(30, 2, 0.28, 0.26, 0, 0, 0.5), GRAIN_HOUR, hour_of(2023, 8, 16), "about as many as on a usual Wednesday 08:00 (30, give or take 2)");
}

/* Whatever the causes: as told, they add up to the difference told, and usual and difference to the forecast. */
static void what_is_told_adds_up(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(6);
    guint explained = 0;
    for (int trial = 0; trial < 2000; trial++) {
        Unusual unusual = unusual_of(rint(g_rand_double_range(rand, 0, 60)) + 40, 1, g_rand_double_range(rand, -9, 9), g_rand_double_range(rand, -9, 9),
                                     g_rand_double_range(rand, -2, 2), g_rand_double_range(rand, -9, 9), g_rand_double_range(rand, -3, 3));
        double expected = unusual.usual + unusual.difference;
        g_autofree char *told = telling_sentence(&unusual, calendar, GRAIN_HOUR, hour_of(2023, 5, 30), expected);
        const char *colon = told != NULL ? strstr(told, "): ") : NULL;
        if (colon == NULL)
            continue;
        int sum = 0, difference = atoi(told) * (strstr(told, "more than") ? 1 : -1), usual = atoi(strchr(told, '(') + 1);
        g_auto(GStrv) part = g_strsplit(colon + 3, ", ", -1);
        for (gsize k = 0; part[k] != NULL; k++) {
            g_assert_true(part[k][0] == '+' || part[k][0] == '-');
            sum += atoi(part[k]);
        }
        g_assert_cmpint(sum, ==, difference);
        g_assert_cmpint(usual + difference, ==, (int)rint(expected));
        explained++;
    }
    g_assert_cmpuint(explained, >, 1000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autofree char *file = calendar_holiday_file("US", NULL);
    g_assert_nonnull(file);
    calendar = calendar_new("America/Chicago", file, NULL);
    g_test_add_func("/daemon/telling/it-names-causes-the-heaviest-first", it_names_causes_the_heaviest_first);
    g_test_add_func("/daemon/telling/holidays-that-are-not-near-have-no-name", holidays_that_are_not_near_have_no_name);
    g_test_add_func("/daemon/telling/what-is-usual-needs-no-cause", what_is_usual_needs_no_cause);
    g_test_add_func("/daemon/telling/what-is-not-accounted-for-is-told-as-usual-or-not-at-all", what_is_not_accounted_for_is_told_as_usual_or_not_at_all);
    g_test_add_func("/daemon/telling/what-is-told-adds-up", what_is_told_adds_up);
    int result = g_test_run();
    calendar_free(calendar);
    return result;
}
