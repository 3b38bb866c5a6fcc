#include "forecast/model/holidays.h"

#include <string.h>

enum { SERIES = 5 };

typedef struct {
    Calendar *calendar;
    gint64 first;
    gsize known;
    double *z[SERIES];
} Country;

/* Five wards of the United States from August 2020 on: weekdays lie up to a
 * tenth apart, a little noise, and `drop` on each holiday whose name `only` begins. */
static Country *country_new(gint64 until, const char *only, double drop)
{
    Country *c = g_new0(Country, 1);
    g_autofree char *file = calendar_holiday_file("US", NULL);
    c->calendar = calendar_new("America/Chicago", file, NULL);
    c->first = grain_day_of_date(2020, 8, 1);
    c->known = (gsize)(until - c->first);
    for (gsize s = 0; s < SERIES; s++) {
        c->z[s] = g_new(double, c->known + 1);
        for (gsize t = 0; t < c->known; t++) {
            const char *name = calendar_holiday(c->calendar, c->first + (gint64)t);
            gboolean falls = name != NULL && (only == NULL || g_str_has_prefix(name, only));
            c->z[s][t] = 5.0 + (double)s + 0.1 * ((t + s) % 7 < 5) + 0.004 * (g_test_rand_double() - 0.5) + (falls ? drop : 0);
        }
    }
    return c;
}

static void country_free(Country *c)
{
    for (gsize s = 0; s < SERIES; s++)
        g_free(c->z[s]);
    calendar_free(c->calendar);
    g_free(c);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Country, country_free)

static Holidays *learn(const Country *c, gsize ahead)
{
    Holidays *holidays = holidays_new(c->calendar, c->first, c->known, ahead);
    holidays_learn(holidays, (const double *const *)c->z, SERIES);
    return holidays;
}

/* Nine tenths of a holiday are common to those of its name: the next one is
 * expected at 0.9 times what the last one did, to within the noise. */
static void a_holiday_is_expected_to_be_as_it_was_last_year(void)
{
    g_autoptr(Country) c = country_new(grain_day_of_date(2021, 11, 18), "Thanksgiving", -0.1);
    g_autoptr(Holidays) holidays = learn(c, 14);
    gsize next = (gsize)(grain_day_of_date(2021, 11, 25) - c->first), last = (gsize)(grain_day_of_date(2020, 11, 26) - c->first);
    g_assert_cmpfloat_with_epsilon(holidays_effect(holidays, last), -0.1, 0.005);
    g_assert_cmpfloat_with_epsilon(holidays_effect(holidays, next), -0.09, 0.01);
    g_assert_true(holidays_variance(holidays, next) > holidays_variance(holidays, last));
    g_assert_cmpfloat_with_epsilon(holidays_effect(holidays, next - 7), 0, 1e-9); /* out of its reach, but within that of Veterans Day */
}

/* Ten holidays of other names have brought a drop: some of it, but not all, is expected of a new name. */
static void a_new_holiday_is_expected_to_be_somewhat_like_the_others(void)
{
    g_autoptr(Country) c = country_new(grain_day_of_date(2021, 5, 25), NULL, -0.1);
    g_autoptr(Holidays) holidays = learn(c, 14);
    gsize memorial = (gsize)(grain_day_of_date(2021, 5, 31) - c->first);
    g_assert_cmpfloat(holidays_effect(holidays, memorial), <, -0.02);
    g_assert_cmpfloat(holidays_effect(holidays, memorial), >, -0.1);
}

/* The days before it were as before all others: the day itself will be, too. */
static void a_holiday_under_way_goes_on_as_it_began(void)
{
    g_autoptr(Country) quiet = country_new(grain_day_of_date(2021, 5, 31), "Labor", -0.1);
    g_autoptr(Country) begun = country_new(grain_day_of_date(2021, 5, 31), "Labor", -0.1);
    static const double course[] = {-0.05, -0.1, -0.05}; /* the day before, the day and the day after */
    gsize labor = (gsize)(grain_day_of_date(2020, 9, 7) - quiet->first), memorial = (gsize)(grain_day_of_date(2021, 5, 31) - quiet->first);
    for (gsize s = 0; s < SERIES; s++) {
        memcpy(begun->z[s], quiet->z[s], quiet->known * sizeof(double)); /* the same but for what begins */
        for (gsize k = 0; k < 3; k += 2) {
            quiet->z[s][labor - 1 + k] += course[k];
            begun->z[s][labor - 1 + k] += course[k];
        }
        begun->z[s][memorial - 1] += course[0];
    }
    g_autoptr(Holidays) of_quiet = learn(quiet, 7), of_begun = learn(begun, 7);
    g_assert_cmpfloat(holidays_effect(of_begun, memorial), <, holidays_effect(of_quiet, memorial) - 0.01);
    g_assert_cmpfloat(holidays_variance(of_begun, memorial), <=, holidays_variance(of_quiet, memorial) + 1e-3);
}

static void one_ward_that_drops_makes_no_holiday(void)
{
    g_autoptr(Country) c = country_new(grain_day_of_date(2021, 11, 18), "None", 0);
    for (gsize t = 0; t < c->known; t++)
        if (calendar_holiday(c->calendar, c->first + (gint64)t) != NULL)
            c->z[2][t] -= 3;
    g_autoptr(Holidays) holidays = learn(c, 14);
    for (gsize t = 0; t < c->known + 14; t++)
        g_assert_cmpfloat_with_epsilon(holidays_effect(holidays, t), 0, 0.01);
}

/* Christmas of 2021 fell on a Saturday: Friday is off. */
static void a_holiday_on_a_weekend_is_the_day_off_for_it(void)
{
    g_autoptr(Country) c = country_new(grain_day_of_date(2021, 12, 20), NULL, 0);
    g_autoptr(Holidays) holidays = holidays_new(c->calendar, c->first, c->known, 10);
    gsize friday = (gsize)(grain_day_of_date(2021, 12, 24) - c->first);
    g_assert_true(holidays_near(holidays, friday - HOLIDAYS_REACH) && holidays_near(holidays, friday + HOLIDAYS_REACH));
    g_assert_false(holidays_near(holidays, friday - HOLIDAYS_REACH - 1));
}

static void missing_days_and_no_holidays_do_no_harm(void)
{
    g_autoptr(Country) c = country_new(grain_day_of_date(2021, 11, 18), NULL, -0.1);
    for (gsize t = 0; t < c->known; t++)
        for (gsize s = 0; s < SERIES; s++)
            if (t % 3 == s % 3 || s == 4)
                c->z[s][t] = MISSING;
    g_autoptr(Holidays) holidays = learn(c, 14);
    for (gsize t = 0; t < c->known + 14; t++)
        g_assert_true(isfinite(holidays_effect(holidays, t)) && isfinite(holidays_variance(holidays, t)));
    g_autoptr(Calendar) plain = calendar_new("America/Chicago", NULL, NULL);
    g_autoptr(Holidays) none = holidays_new(plain, c->first, c->known, 14);
    holidays_learn(none, (const double *const *)c->z, SERIES);
    for (gsize t = 0; t < c->known + 14; t++)
        g_assert_true(!holidays_near(none, t) && holidays_effect(none, t) == 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/holidays/a-holiday-is-expected-to-be-as-it-was-last-year", a_holiday_is_expected_to_be_as_it_was_last_year);
    g_test_add_func("/model/holidays/a-new-holiday-is-expected-to-be-somewhat-like-the-others", a_new_holiday_is_expected_to_be_somewhat_like_the_others);
    g_test_add_func("/model/holidays/a-holiday-under-way-goes-on-as-it-began", a_holiday_under_way_goes_on_as_it_began);
    g_test_add_func("/model/holidays/one-ward-that-drops-makes-no-holiday", one_ward_that_drops_makes_no_holiday);
    g_test_add_func("/model/holidays/a-holiday-on-a-weekend-is-the-day-off-for-it", a_holiday_on_a_weekend_is_the_day_off_for_it);
    g_test_add_func("/model/holidays/missing-days-and-no-holidays-do-no-harm", missing_days_and_no_holidays_do_no_harm);
    return g_test_run();
}
