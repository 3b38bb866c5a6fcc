#include "forecast/model/member.h"

#include <string.h>

/* Every case runs every classical member. */

static const gsize hourly[2] = {24, 168}, daily[2] = {7, 0}, monthly[2] = {12, 0};

static double noise(void)
{
    double sum = -6.0;
    for (int k = 0; k < 12; k++)
        sum += g_test_rand_double();
    return sum;
}

static Series *made_series(Grain grain, gint64 start, gsize length, double (*rule)(gsize step))
{
    Series *series = series_new("general/ward/made", grain, start, length);
    series->counts = TRUE;
    for (gsize t = 0; t < length; t++) {
        series->value[t] = rule(t);
        if (series->value[t] < 0.0 || series->value[t] != floor(series->value[t]))
            series->counts = FALSE;
    }
    return series;
}

static double seven(gsize step) { return 7.0; }
static double zero(gsize step) { return 0.0; }
static double unknown(gsize step) { return MISSING; }
static double huge(gsize step) { return 1e9 + (double)(step % 7) * 1e7 + rint(1e6 * noise()); }
static double fraction(gsize step) { return 0.4 + 0.05 * (double)(step % 7) + 0.02 * noise(); }
static double negative(gsize step) { return -20.0 + (double)(step % 7) + noise(); }
static double rare(gsize step) { return step % 40 == 11 ? 1.0 : 0.0; }
static double weekly_counts(gsize step) { return fmax(0.0, rint(50.0 + 15.0 * (step % 7 < 5) + 5.0 * noise())); }
static double hourly_counts(gsize step) { return fmax(0.0, rint(6.0 + 3.0 * (step % 24 > 9) + 2.0 * noise())); }

static void check_outlook(const Outlook *outlook, gboolean counts)
{
    for (gsize h = 0; h < outlook->horizon; h++) {
        const double *quantile = outlook->quantile + h * OUTLOOK_LEVELS;
        g_assert_true(isfinite(outlook->mean[h]));
        g_assert_true(!counts || quantile[0] >= 0.0);
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
            g_assert_true(isfinite(quantile[k]) && (k == 0 || quantile[k] >= quantile[k - 1]));
    }
}

/* The forecast, or NULL when the member says that history is short (and only then). */
static Outlook *forecast(const Member *member, const Series *series, gsize origin, gsize horizon, const gsize season[2])
{
    g_autoptr(Calendar) calendar = calendar_new("Europe/Madrid", NULL, NULL);
    const Task task = {series, calendar, origin, horizon, {season[0], season[1]}, 0};
    g_autoptr(Outlook) outlook = outlook_new(member->name, series->start + (gint64)origin, horizon);
    g_autoptr(GError) error = NULL;
    if (!member_forecast(member, &task, 1, &outlook, &error)) {
        g_assert_error(error, MODEL_ERROR, MODEL_ERROR_SHORT);
        g_assert_nonnull(strstr(error->message, series->id));
        g_assert_nonnull(strstr(error->message, "wanted"));
        return NULL;
    }
    check_outlook(outlook, series->counts);
    return g_steal_pointer(&outlook);
}

static gboolean leaves_hours(const Member *member)
{
    return g_str_equal(member->name, "pool") || g_str_equal(member->name, "level") || g_str_equal(member->name, "theta") ||
           g_str_equal(member->name, "renew") || g_str_equal(member->name, "autoets");
}

static void every_member_is_found_by_name(void)
{
    static const char *const expected[] = {"naive", "ets", "profile", "level", "ridge", "poisson", "pool", "growth", "theta", "renew", "autoets"};
    g_assert_cmpuint(classical_members, ==, G_N_ELEMENTS(expected));
    for (gsize k = 0; k < classical_members; k++) {
        g_assert_cmpstr(classical_member[k].name, ==, expected[k]);
        g_assert_true(member_find(expected[k]) == &classical_member[k]);
    }
    g_assert_null(member_find("oracle"));
}

/* growth is learnt from weeks alone; test_growth.c asks it. */
static gboolean neither_hours_nor_days(const Member *member)
{
    return g_str_equal(member->name, "growth") || g_str_equal(member->name, "autoets");
}

/* Add to the last 168 values before the origin. */
static void shift(Series *series, gsize origin, double by)
{
    for (gsize t = origin - 168; t < origin; t++)
        series->value[t] += by;
}

static void values_from_the_origin_on_change_nothing(void)
{
    g_autoptr(Series) weeks = made_series(GRAIN_DAY, 18000, 300, weekly_counts);
    g_autoptr(Series) hours = made_series(GRAIN_HOUR, 420000, 24 * 60, hourly_counts);
    const struct {
        Series *series;
        const gsize *season;
        gsize horizon;
    } cases[] = {{weeks, daily, 28}, {hours, hourly, 48}};
    for (gsize c = 0; c < G_N_ELEMENTS(cases); c++) {
        Series *series = cases[c].series;
        gsize horizon = cases[c].horizon, origin = series->length - horizon;
        g_autoptr(Series) changed = series_upto(series, series->length);
        for (gsize t = origin; t < series->length; t++)
            changed->value[t] = t % 3 ? 9999.0 : MISSING;
        for (gsize k = 0; k < classical_members; k++) {
            if (neither_hours_nor_days(&classical_member[k]))
                continue;
            if (leaves_hours(&classical_member[k]) && series->grain == GRAIN_HOUR)
                continue;
            g_autoptr(Outlook) before = forecast(&classical_member[k], series, origin, horizon, cases[c].season);
            g_autoptr(Outlook) after = forecast(&classical_member[k], changed, origin, horizon, cases[c].season);
            g_assert_nonnull(before);
            g_assert_cmpmem(before->mean, horizon * sizeof(double), after->mean, horizon * sizeof(double));
            g_assert_cmpmem(before->quantile, horizon * OUTLOOK_LEVELS * sizeof(double), after->quantile,
                            horizon * OUTLOOK_LEVELS * sizeof(double));
            /* and the week before it does matter */
            shift(changed, origin, 500.0);
            g_autoptr(Outlook) moved = forecast(&classical_member[k], changed, origin, horizon, cases[c].season);
            shift(changed, origin, -500.0);
            g_assert_cmpint(memcmp(before->quantile, moved->quantile, horizon * OUTLOOK_LEVELS * sizeof(double)), !=, 0);
        }
    }
}

/* Several origins that share a fit: the first is forecast as it is alone, the later
 * ones from its fit and all values before them, and from no value after them. */
static void a_fit_may_serve_later_origins(void)
{
    enum { ORIGINS = 12, HORIZON = 10, FIRST = 24 * 60 };
    g_autoptr(Calendar) calendar = calendar_new("Europe/Madrid", NULL, NULL);
    g_autoptr(Series) series = made_series(GRAIN_HOUR, 420000, FIRST + 200, hourly_counts);
    g_autoptr(Series) changed = series_upto(series, series->length);
    for (gsize t = FIRST + 40; t < series->length; t++)
        changed->value[t] = 900.0;
    for (gsize m = 0; m < classical_members; m++) {
        if (leaves_hours(&classical_member[m]))
            continue;
        Task task[2][ORIGINS];
        Outlook *out[2][ORIGINS];
        for (int c = 0; c < 2; c++) {
            for (gsize k = 0; k < ORIGINS; k++) { /* every ten hours; 55 hours share a fit */
                task[c][k] = (Task){c ? changed : series, calendar, FIRST + 10 * k, HORIZON, {24, 168}, 55};
                out[c][k] = outlook_new(classical_member[m].name, 420000 + (gint64)task[c][k].origin, HORIZON);
            }
            if (classical_member[m].forecast != NULL)
                g_assert_true(classical_member[m].forecast(task[c], ORIGINS, out[c], NULL));
        }
        gsize bytes = HORIZON * OUTLOOK_LEVELS * sizeof(double);
        for (gsize k = 0; k < ORIGINS && classical_member[m].forecast != NULL; k++) {
            gboolean same = memcmp(out[0][k]->quantile, out[1][k]->quantile, bytes) == 0, naive = g_str_equal(classical_member[m].name, "naive");
            g_assert_true(k <= 4 ? same : !same || naive); /* naive looks a week back: only its ranges may know */
            g_autoptr(Outlook) alone = forecast(&classical_member[m], series, task[0][k].origin, HORIZON, hourly);
            if (k % 6 == 0)
                g_assert_cmpmem(out[0][k]->quantile, bytes, alone->quantile, bytes);
            for (gsize h = 0; h < HORIZON; h++) /* two hours' noise, of values about 6 and 9 */
                g_assert_cmpfloat_with_epsilon(out[0][k]->mean[h], alone->mean[h], 1.0);
        }
        for (gsize k = 0; k < 2 * ORIGINS; k++)
            outlook_free(out[k / ORIGINS][k % ORIGINS]);
    }
}

static void a_constant_series_goes_on(void)
{
    for (gsize k = 0; k < classical_members; k++) {
        if (neither_hours_nor_days(&classical_member[k]))
            continue;
        g_autoptr(Series) series = made_series(GRAIN_DAY, 18000, 200, seven);
        g_autoptr(Outlook) outlook = forecast(&classical_member[k], series, 200, 28, daily);
        for (gsize h = 0; h < 28; h++) {
            g_assert_cmpfloat_with_epsilon(outlook->mean[h], 7.0, 0.05);
            g_assert_cmpfloat_with_epsilon(outlook->quantile[h * OUTLOOK_LEVELS], 7.0, 0.5);
            g_assert_cmpfloat_with_epsilon(outlook->quantile[h * OUTLOOK_LEVELS + 12], 7.0, 0.5);
        }
    }
}

static void an_empty_ward_stays_empty(void)
{
    for (gsize k = 0; k < classical_members; k++) {
        if (neither_hours_nor_days(&classical_member[k]))
            continue;
        g_autoptr(Series) series = made_series(GRAIN_HOUR, 420000, 24 * 40, zero);
        g_autoptr(Outlook) outlook = forecast(&classical_member[k], series, 24 * 40, 48, hourly);
        g_assert_true((outlook == NULL) == leaves_hours(&classical_member[k]));
        for (gsize h = 0; h < 48 && outlook != NULL; h++)
            g_assert_cmpfloat_with_epsilon(outlook->quantile[h * OUTLOOK_LEVELS + 12], 0.0, 0.5);
    }
}

static void a_series_without_any_value_is_refused(void)
{
    for (gsize k = 0; k < classical_members; k++) {
        g_autoptr(Series) series = made_series(GRAIN_DAY, 18000, 200, unknown);
        g_assert_null(forecast(&classical_member[k], series, 200, 14, daily));
        g_autoptr(Series) counts = made_series(GRAIN_DAY, 18000, 20, seven);
        g_assert_null(forecast(&classical_member[k], counts, 0, 14, daily));
    }
}

/* Members either answer or say how much history they want; they never crash or answer NaN. */
static void short_histories_are_answered_or_refused(void)
{
    for (gsize k = 0; k < classical_members; k++)
        for (gsize length = 1; length < 60; length++) {
            g_autoptr(Series) days = made_series(GRAIN_DAY, 18000, length, weekly_counts);
            g_autoptr(Outlook) week = forecast(&classical_member[k], days, length, 14, daily);
            g_autoptr(Series) months = made_series(GRAIN_MONTH, 400, length, weekly_counts);
            g_autoptr(Outlook) year = forecast(&classical_member[k], months, length, 14, monthly);
            g_autoptr(Series) hours = made_series(GRAIN_HOUR, 420000, 11 * length, hourly_counts);
            g_autoptr(Outlook) day = forecast(&classical_member[k], hours, 11 * length, 24, hourly);
            if (g_str_equal(classical_member[k].name, "profile")) /* two weeks, and never years */
                g_assert_true((week != NULL) == (length >= 14) && (day != NULL) == (11 * length >= 2 * 168) && year == NULL);
            else if (g_str_equal(classical_member[k].name, "poisson")) /* hours and days */
                g_assert_true((week != NULL) == (length >= 3) && day != NULL && year == NULL);
            else if (g_str_equal(classical_member[k].name, "autoets"))
                g_assert_true(week == NULL && (year != NULL) == (length >= 6) && day == NULL);
            else if (neither_hours_nor_days(&classical_member[k]))
                g_assert_true(week == NULL && year == NULL && day == NULL);
            else if (g_str_equal(classical_member[k].name, "pool") || g_str_equal(classical_member[k].name, "theta"))
                g_assert_true((week != NULL) == (length >= 4) && (year != NULL) == (length >= 4) && day == NULL);
            else if (g_str_equal(classical_member[k].name, "renew")) /* four weeks, and days only */
                g_assert_true((week != NULL) == (length >= 28) && year == NULL && day == NULL);
            else if (g_str_equal(classical_member[k].name, "level")) /* five weeks and a day, and days only */
                g_assert_true((week != NULL) == (length >= 36) && day == NULL && year == NULL);
            else
                g_assert_true(length < 3 || (week != NULL && year != NULL && day != NULL));
        }
}

static void odd_values_are_forecast_near_themselves(void)
{
    const struct {
        double (*rule)(gsize step);
        double low, high;
    } cases[] = {{huge, 0.99e9, 1.08e9}, {fraction, 0.2, 0.9}, {negative, -25.0, -9.0}, {rare, 0.0, 1.0}};
    for (gsize k = 0; k < classical_members; k++)
        for (gsize c = 0; c < G_N_ELEMENTS(cases); c++) {
            g_autoptr(Series) series = made_series(GRAIN_DAY, 18000, 250, cases[c].rule);
            g_autoptr(Outlook) outlook = forecast(&classical_member[k], series, 250, 21, daily);
            gboolean refused = cases[c].low < 0 && g_str_equal(classical_member[k].name, "poisson"); /* no count is below 0 */
            refused = refused || neither_hours_nor_days(&classical_member[k]);
            g_assert_true((outlook == NULL) == refused);
            for (gsize h = 0; h < 21 && !refused; h++) {
                g_assert_cmpfloat(outlook->quantile[h * OUTLOOK_LEVELS + OUTLOOK_MEDIAN], >=, cases[c].low);
                g_assert_cmpfloat(outlook->quantile[h * OUTLOOK_LEVELS + OUTLOOK_MEDIAN], <=, cases[c].high);
            }
        }
}

static void holes_in_the_history_do_no_harm(void)
{
    g_autoptr(Series) series = made_series(GRAIN_DAY, 18000, 300, weekly_counts);
    for (gsize t = 0; t < 300; t++)
        if (t % 5 == 0 || (t > 100 && t < 140) || t > 296)
            series->value[t] = MISSING;
    for (gsize k = 0; k < classical_members; k++) {
        if (neither_hours_nor_days(&classical_member[k]))
            continue;
        g_autoptr(Outlook) outlook = forecast(&classical_member[k], series, 300, 14, daily);
        for (gsize h = 0; h < 14; h++)
            g_assert_cmpfloat_with_epsilon(outlook->mean[h], 50.0 + 15.0 * ((300 + h) % 7 < 5), 20.0);
    }
}

/* A weekly pattern of 15 with noise of deviation 5: the 80 % range holds about
 * four times in five and its middle is about right. */
static void ranges_hold_roughly_as_often_as_they_say(void)
{
    for (gsize k = 0; k < classical_members; k++) {
        if (neither_hours_nor_days(&classical_member[k]))
            continue;
        int inside = 0;
        for (int round = 0; round < 20; round++) {
            g_autoptr(Series) series = made_series(GRAIN_DAY, 18000, 414, weekly_counts);
            g_autoptr(Outlook) outlook = forecast(&classical_member[k], series, 400, 14, daily);
            for (gsize h = 0; h < 14; h++)
                inside += series->value[400 + h] >= outlook->quantile[h * OUTLOOK_LEVELS + 2] &&
                          series->value[400 + h] <= outlook->quantile[h * OUTLOOK_LEVELS + 10];
        }
        g_test_message("%s: %d of 280 inside 80 %%", classical_member[k].name, inside);
        g_assert_cmpint(inside, >=, 190); /* 224 expected, deviation below 7 */
        g_assert_cmpint(inside, <=, 262);
    }
}

/* naive: each step equals the value a week before; the spread is that of the
 * weekly differences, which are +10 or -10 here. */
static void naive_repeats_the_last_week(void)
{
    g_autoptr(Series) series = series_new("general/ward/made", GRAIN_DAY, 0, 70);
    for (gsize t = 0; t < 70; t++)
        series->value[t] = 100.0 + (double)(t % 7) + ((t / 7) % 2 ? 10.0 : 0.0);
    series->value[64] = MISSING; /* second day of the last week: the week before counts */
    g_autoptr(Outlook) outlook = forecast(member_find("naive"), series, 70, 7, daily);
    static const double expected[7] = {110, 101, 112, 113, 114, 115, 116};
    for (gsize h = 0; h < 7; h++) {
        const double *quantile = outlook->quantile + h * OUTLOOK_LEVELS;
        g_assert_cmpfloat(quantile[OUTLOOK_MEDIAN], ==, expected[h]);
        g_assert_cmpfloat_with_epsilon(quantile[12], expected[h] + 10.0, 1e-9);
        g_assert_cmpfloat_with_epsilon(quantile[0], expected[h] - 10.0, 1e-9);
    }
}

static void naive_without_a_season_repeats_the_last_value(void)
{
    g_autoptr(Series) series = series_new("general/ward/made", GRAIN_WEEK, 0, 30);
    for (gsize t = 0; t < 30; t++)
        series->value[t] = (double)t;
    const gsize yearly[2] = {52, 0};
    g_autoptr(Outlook) outlook = forecast(member_find("naive"), series, 30, 9, yearly);
    for (gsize h = 0; h < 9; h++) {
        g_assert_cmpfloat(outlook->mean[h], ==, 29.0);
        /* every difference over h + 1 steps is h + 1 */
        g_assert_cmpfloat_with_epsilon(outlook->quantile[h * OUTLOOK_LEVELS + 10], 29.0 + (double)(h + 1), 1e-9);
    }
}

/* ridge: 40 patients on every day but 15 on holidays; the next Fourth of July is a Tuesday. */
static void ridge_knows_a_holiday_ahead(void)
{
    g_autofree char *file = calendar_holiday_file("US", NULL);
    g_assert_nonnull(file);
    g_autoptr(Calendar) calendar = calendar_new("America/Chicago", file, NULL);
    gint64 start = grain_day_of_date(2019, 1, 1), origin = grain_day_of_date(2023, 6, 30);
    g_autoptr(Series) series = series_new("general/clinic/visits", GRAIN_DAY, start, (gsize)(origin - start));
    series->counts = TRUE;
    for (gsize t = 0; t < series->length; t++)
        series->value[t] = calendar_holiday(calendar, start + (gint64)t) ? 15.0 : 40.0;
    const Task task = {series, calendar, series->length, 7, {7, 0}, 0};
    g_autoptr(Outlook) outlook = outlook_new("ridge", origin, 7);
    g_assert_true(member_find("ridge")->forecast(&task, 1, &outlook, NULL));
    for (gsize h = 0; h < 7; h++) /* 30 June .. 6 July: the holiday is step 4 */
        g_assert_cmpfloat_with_epsilon(outlook->quantile[h * OUTLOOK_LEVELS + OUTLOOK_MEDIAN], h == 4 ? 15.0 : 40.0, 2.0);
}

/* ridge: a covariate known ahead is 0 or 1 at random and each brings 30 patients. */
static void ridge_follows_a_covariate_known_ahead(void)
{
    enum { LENGTH = 300, HORIZON = 10 };
    g_autoptr(Calendar) calendar = calendar_new("Europe/Madrid", NULL, NULL);
    g_autoptr(Series) series = series_new("general/theatre/patients", GRAIN_DAY, 19000, LENGTH);
    static const char *const name[] = {"planned_list"};
    series_set_covariates(series, name, 1, LENGTH + HORIZON);
    for (gsize t = 0; t < LENGTH + HORIZON; t++)
        series->covariate[t] = g_test_rand_bit() ? 1.0 : 0.0;
    series->counts = TRUE;
    for (gsize t = 0; t < LENGTH; t++)
        series->value[t] = rint(100.0 + 30.0 * series->covariate[t] + 3.0 * noise());
    const Task task = {series, calendar, LENGTH, HORIZON, {7, 0}, 0};
    g_autoptr(Outlook) outlook = outlook_new("ridge", 19000 + LENGTH, HORIZON);
    g_assert_true(member_find("ridge")->forecast(&task, 1, &outlook, NULL));
    for (gsize h = 0; h < HORIZON; h++)
        g_assert_cmpfloat_with_epsilon(outlook->mean[h], 100.0 + 30.0 * series->covariate[LENGTH + h], 6.0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/member/every-member-is-found-by-name", every_member_is_found_by_name);
    g_test_add_func("/model/member/values-from-the-origin-on-change-nothing", values_from_the_origin_on_change_nothing);
    g_test_add_func("/model/member/a-fit-may-serve-later-origins", a_fit_may_serve_later_origins);
    g_test_add_func("/model/member/a-constant-series-goes-on", a_constant_series_goes_on);
    g_test_add_func("/model/member/an-empty-ward-stays-empty", an_empty_ward_stays_empty);
    g_test_add_func("/model/member/a-series-without-any-value-is-refused", a_series_without_any_value_is_refused);
    g_test_add_func("/model/member/short-histories-are-answered-or-refused", short_histories_are_answered_or_refused);
    g_test_add_func("/model/member/odd-values-are-forecast-near-themselves", odd_values_are_forecast_near_themselves);
    g_test_add_func("/model/member/holes-in-the-history-do-no-harm", holes_in_the_history_do_no_harm);
    g_test_add_func("/model/member/ranges-hold-roughly-as-often-as-they-say", ranges_hold_roughly_as_often_as_they_say);
    g_test_add_func("/model/member/naive-repeats-the-last-week", naive_repeats_the_last_week);
    g_test_add_func("/model/member/naive-without-a-season-repeats-the-last-value", naive_without_a_season_repeats_the_last_value);
    g_test_add_func("/model/member/ridge-knows-a-holiday-ahead", ridge_knows_a_holiday_ahead);
    g_test_add_func("/model/member/ridge-follows-a-covariate-known-ahead", ridge_follows_a_covariate_known_ahead);
    return g_test_run();
}
