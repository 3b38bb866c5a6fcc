#include "forecast/model/fits.h"

#include "forecast/model/anchor.h"

#include <string.h>

enum { LENGTH = 24 * 28, END = 24 * 24, HORIZON = 30 };
static const gsize season[2] = {24, 168};

static Calendar *utc(void)
{
    return calendar_new("UTC", NULL, NULL);
}

/* Arrivals that need no chance: more by day, fewer on Sundays, and a slow rise. */
static Series *arrivals(void)
{
    Series *series = series_new("general/ed/arrivals", GRAIN_HOUR, 24 * 19000, LENGTH);
    series->counts = series->flow = TRUE;
    for (gsize t = 0; t < LENGTH; t++)
        series->value[t] = t % 53 == 7 ? MISSING : rint((t % 24 < 8 ? 2 : 6) + (double)(t * 7 % 5) + (double)t / 300 - (t / 24 % 7 == 6 ? 1 : 0));
    return series;
}

static void who_asks_second_is_given_the_same(void)
{
    g_autoptr(Calendar) calendar = utc();
    g_autoptr(Series) series = arrivals();
    g_autoptr(Fits) fits = fits_new(series, calendar, END, season, NULL);
    g_autoptr(Poisson) first = fits_poisson(fits, NULL), second = fits_poisson(fits, NULL);
    g_autoptr(Ets) one = fits_ets(fits, NULL), two = fits_ets(fits, NULL);
    g_assert_true(first != NULL && first == second && one != NULL && one == two);
    g_assert_cmpuint(fits_end(fits), ==, END);
    g_assert_cmpfloat(fits_z(fits)[3], ==, transform_apply(fits_transform(fits), series->value[3]));
}

/* What is kept lives as long as anybody holds it. */
static void a_fit_outlives_its_keeper(void)
{
    g_autoptr(Calendar) calendar = utc();
    g_autoptr(Series) series = arrivals();
    Fits *fits = fits_new(series, calendar, END, season, NULL);
    g_autoptr(Poisson) poisson = fits_poisson(fits, NULL);
    g_autoptr(Anchor) anchor = anchor_of(fits, NULL);
    double before[HORIZON], after[HORIZON], spare[HORIZON];
    poisson_at(poisson, END, HORIZON, before, spare);
    fits_free(fits);
    poisson_at(poisson, END, HORIZON, after, spare);
    g_assert_cmpmem(before, sizeof before, after, sizeof after);
    anchor_at(anchor, END, HORIZON, after, spare);
    g_assert_true(isfinite(after[HORIZON - 1]));
}

static Outlook *ask(const Member *member, const Series *series, const Calendar *calendar, gsize origin, Fits *fits)
{
    const Task task = {series, calendar, origin, HORIZON, {season[0], season[1]}, 0};
    g_autoptr(Outlook) outlook = outlook_new(member->name, series->start + (gint64)origin, HORIZON);
    g_autoptr(GError) error = NULL;
    gboolean done = member_forecast_with(member, &task, 1, fits, &outlook, &error);
    g_assert_no_error(error);
    g_assert_true(done);
    return g_steal_pointer(&outlook);
}

/* With it or without, at its end or later: the same forecast. */
static void members_say_the_same_with_it(void)
{
    static const char *const name[] = {"ets", "profile", "ridge", "poisson", "naive"};
    g_autoptr(Calendar) calendar = utc();
    g_autoptr(Series) series = arrivals();
    g_autoptr(Fits) fits = fits_new(series, calendar, END, season, NULL);
    for (gsize m = 0; m < G_N_ELEMENTS(name); m++)
        for (gsize origin = END; origin <= END + 24; origin += 24) {
            const Member *member = member_find(name[m]);
            g_autoptr(Outlook) alone = ask(member, series, calendar, origin, NULL), with = ask(member, series, calendar, origin, fits);
            g_assert_cmpmem(alone->mean, HORIZON * sizeof(double), with->mean, HORIZON * sizeof(double));
            g_assert_cmpmem(alone->quantile, HORIZON * OUTLOOK_LEVELS * sizeof(double), with->quantile, HORIZON * OUTLOOK_LEVELS * sizeof(double));
        }
}

static void what_cannot_be_fitted_is_said_each_time(void)
{
    g_autoptr(Series) series = series_new("general/new/arrivals", GRAIN_HOUR, 0, 48);
    g_autoptr(Calendar) calendar = utc();
    series->value[5] = 1;
    g_autoptr(Fits) fits = fits_new(series, calendar, 48, season, NULL), lost = fits_new(series, NULL, 48, season, NULL);
    for (int k = 0; k < 2; k++) {
        g_autoptr(GError) few = NULL, no_poisson = NULL, no_calendar = NULL;
        g_assert_null(fits_ets(fits, &few));
        g_assert_error(few, MODEL_ERROR, MODEL_ERROR_SHORT);
        g_assert_null(fits_poisson(fits, &no_poisson));
        g_assert_error(no_poisson, MODEL_ERROR, MODEL_ERROR_SHORT);
        g_assert_null(fits_poisson(lost, &no_calendar));
        g_assert_nonnull(strstr(no_calendar->message, "calendar"));
    }
    g_assert_null(fits_ets(fits, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/fits/who-asks-second-is-given-the-same", who_asks_second_is_given_the_same);
    g_test_add_func("/model/fits/a-fit-outlives-its-keeper", a_fit_outlives_its_keeper);
    g_test_add_func("/model/fits/members-say-the-same-with-it", members_say_the_same_with_it);
    g_test_add_func("/model/fits/what-cannot-be-fitted-is-said-each-time", what_cannot_be_fitted_is_said_each_time);
    return g_test_run();
}
