#include "forecast/model/anchor.h"

#include "forecast/model/fits.h"
#include "forecast/model/poisson.h"

static const gsize weekly[2] = {7, 0};

/* Of a fixed generator: how three forecasters lie to one another is no matter for chance. */
static double noise(GRand *rand)
{
    double sum = -6.0;
    for (int k = 0; k < 12; k++)
        sum += g_rand_double(rand);
    return sum;
}

/* Weeks with a pattern of seven, so that the smoother stands alone. */
static Series *regular_counts(gsize length)
{
    Series *series = series_new("general/ed/arrivals", GRAIN_WEEK, 2700, length);
    g_autoptr(GRand) rand = g_rand_new_with_seed(2);
    series->counts = series->flow = TRUE;
    for (gsize t = 0; t < length; t++)
        series->value[t] = MAX(0.0, rint(60.0 + 20.0 * (t % 7 < 5) + 8.0 * noise(rand)));
    return series;
}

static void it_fits_a_part_and_runs_over_the_whole(void)
{
    g_autoptr(Series) series = regular_counts(300);
    g_autoptr(Anchor) anchor = anchor_new(series, NULL, 200, weekly, NULL);
    double mean[14], sd[14];
    for (gsize origin = 100; origin <= 300; origin += 50) {
        anchor_at(anchor, origin, 14, mean, sd);
        for (gsize h = 0; h < 14; h++) {
            double expected = 60.0 + 20.0 * ((origin + h) % 7 < 5);
            g_assert_cmpfloat_with_epsilon(anchor_undo(anchor, mean[h]), expected, 12.0);
            /* the noise has deviation 8 patients */
            g_assert_cmpfloat_with_epsilon(sd[h] * anchor_slope(anchor, mean[h]), 8.0, 4.5);
        }
    }
}

static void values_after_the_fit_change_no_earlier_forecast(void)
{
    g_autoptr(Series) series = regular_counts(300);
    g_autoptr(Anchor) first = anchor_new(series, NULL, 200, weekly, NULL);
    for (gsize t = 200; t < 300; t++)
        series->value[t] = t % 2 ? MISSING : 5000.0;
    g_autoptr(Anchor) second = anchor_new(series, NULL, 200, weekly, NULL);
    double mean[2][7], sd[2][7];
    for (gsize origin = 0; origin <= 200; origin += 20) {
        anchor_at(first, origin, 7, mean[0], sd[0]);
        anchor_at(second, origin, 7, mean[1], sd[1]);
        g_assert_cmpmem(mean[0], sizeof mean[0], mean[1], sizeof mean[1]);
        g_assert_cmpmem(sd[0], sizeof sd[0], sd[1], sizeof sd[1]);
        g_assert_cmpfloat(anchor_level(first, origin), ==, anchor_level(second, origin));
        g_assert_cmpfloat(anchor_scale(first, origin), ==, anchor_scale(second, origin));
    }
}

static void a_missing_stretch_leaves_the_forecast_in_place(void)
{
    g_autoptr(Series) series = regular_counts(210);
    for (gsize t = 203; t < 210; t++)
        series->value[t] = MISSING;
    g_autoptr(Anchor) anchor = anchor_new(series, NULL, 210, weekly, NULL);
    double before[14], after[7], sd[14];
    anchor_at(anchor, 203, 14, before, sd);
    anchor_at(anchor, 210, 7, after, sd);
    for (int h = 0; h < 7; h++)
        g_assert_cmpfloat_with_epsilon(after[h], before[7 + h], 1e-9);
}

static void too_little_history_names_the_series(void)
{
    g_autoptr(Series) series = series_new("general/icu/census", GRAIN_DAY, 0, 20);
    series->value[3] = 4.0;
    g_autoptr(GError) error = NULL;
    g_autoptr(Anchor) anchor = anchor_new(series, NULL, 20, weekly, &error);
    g_assert_null(anchor);
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_SHORT);
    g_assert_nonnull(strstr(error->message, "general/icu/census"));
}

/* Every eight weeks another hospital begins or ends to report: a smoother limps behind. */
static void daily_series_with_steps_are_given_to_the_profile(void)
{
    g_autoptr(Series) series = series_new("states/all/census", GRAIN_DAY, 19000, 420);
    series->counts = TRUE;
    for (gsize t = 0; t < series->length; t++)
        series->value[t] = 1000.0 + 300.0 * (double)((t / 56) % 2) + 40.0 * (t % 7 < 5);
    g_autoptr(Anchor) anchor = anchor_new(series, NULL, 420, weekly, NULL);
    double mean[14], sd[14];
    anchor_at(anchor, 56 * 7 + 7, 14, mean, sd); /* one week after the newest step; the shape is still that of the lower level */
    for (gsize h = 0; h < 14; h++)
        g_assert_cmpfloat_with_epsilon(anchor_undo(anchor, mean[h]), 1300.0 + 40.0 * ((56 * 7 + 7 + h) % 7 < 5), 20.0);
}

/* Smoother, level and regression do about as well: the mean of the three lies between them and is none of them. */
static void days_are_given_to_all_who_do_well(void)
{
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, NULL);
    g_autoptr(Series) series = series_new("general/ward/census", GRAIN_DAY, 19000, 280);
    g_autoptr(GRand) rand = g_rand_new_with_seed(2);
    series->counts = TRUE;
    for (gsize t = 0; t < series->length; t++)
        series->value[t] = MAX(0.0, rint(60.0 + 15.0 * (t % 7 < 5) + 6.0 * noise(rand)));
    g_autoptr(Anchor) anchor = anchor_new(series, calendar, 280, weekly, NULL);
    static const char *const asked[] = {"ets", "level", "poisson"};
    Task task = {.series = series, .calendar = calendar, .origin = 280, .horizon = 14, .season = {7, 0}};
    double mean[14], sd[14], low[14], high[14];
    anchor_at(anchor, 280, 14, mean, sd);
    for (gsize k = 0; k < G_N_ELEMENTS(asked); k++) {
        g_autoptr(Outlook) out = outlook_new("", 0, 14);
        g_assert_true(member_forecast(member_find(asked[k]), &task, 1, &out, NULL));
        for (gsize h = 0; h < 14; h++) {
            double median = out->quantile[h * OUTLOOK_LEVELS + OUTLOOK_MEDIAN];
            low[h] = k == 0 ? median : MIN(low[h], median);
            high[h] = k == 0 ? median : MAX(high[h], median);
        }
    }
    gsize inside = 0;
    for (gsize h = 0; h < 14; h++) {
        double y = anchor_undo(anchor, mean[h]);
        g_assert_cmpfloat(y, >, low[h] - 1); /* the regression's median is a whole number */
        g_assert_cmpfloat(y, <, high[h] + 1);
        inside += y > low[h] && y < high[h];
    }
    g_test_message("%" G_GSIZE_FORMAT " of 14 days inside", inside);
    g_assert_cmpuint(inside, >=, 10);
}

static Anchor *plain_of(const Series *series, gsize fit, GError **error)
{
    g_autoptr(Fits) fits = fits_new(series, NULL, fit, weekly, NULL);
    return anchor_plain(fits, error);
}

static void a_plain_one_is_the_same_as_last_season(void)
{
    g_autoptr(Series) series = regular_counts(300);
    series->value[296] = MISSING;
    g_autoptr(Anchor) anchor = plain_of(series, 300, NULL);
    double mean[14], sd[14], part[ANCHOR_PARTS];
    anchor_at(anchor, 300, 14, mean, sd);
    for (gsize h = 0; h < 14; h++) {
        gsize from = 293 + h % 7;
        g_assert_cmpfloat_with_epsilon(anchor_undo(anchor, mean[h]), series->value[from == 296 ? 289 : from], 1e-9);
        g_assert_cmpfloat_with_epsilon(sd[h], anchor_scale(anchor, 300) * (h < 7 ? 1 : G_SQRT2), 1e-12);
        anchor_parts(anchor, 300, h, part);
        g_assert_cmpfloat_with_epsilon(part[ANCHOR_LEVEL] + part[ANCHOR_SEASON], mean[h], 1e-12);
        g_assert_cmpfloat(part[ANCHOR_LEVEL], ==, anchor_level(anchor, 300));
        g_assert_true(part[ANCHOR_TREND] == 0 && part[ANCHOR_LONG_SEASON] == 0 && part[ANCHOR_CALENDAR] == 0 && part[ANCHOR_HOLIDAYS] == 0);
    }
    g_assert_cmpuint(anchor_voices(anchor), ==, 1);
}

/* A year of busy Mondays, then two weeks of busy Saturdays: of the year nothing is left. */
static void a_plain_one_has_forgotten_what_was_before_a_break(void)
{
    g_autoptr(Series) series = series_new("general/ed/arrivals", GRAIN_DAY, 19000, 378);
    series->counts = TRUE;
    for (gsize t = 0; t < series->length; t++)
        series->value[t] = 50.0 + 30.0 * (t % 7 == (t < 364 ? 0 : 5));
    g_autoptr(Anchor) anchor = plain_of(series, 364, NULL);
    double mean[7], sd[7];
    anchor_at(anchor, 378, 7, mean, sd);
    for (gsize h = 0; h < 7; h++)
        g_assert_cmpfloat_with_epsilon(anchor_undo(anchor, mean[h]), 50.0 + 30.0 * (h == 5), 1e-9);
}

static void a_plain_one_wants_two_known_values(void)
{
    g_autoptr(Series) series = series_new("general/icu/census", GRAIN_DAY, 0, 20);
    series->value[3] = 4.0;
    series->value[12] = 4.0;
    g_autoptr(GError) error = NULL;
    g_assert_null(plain_of(series, 12, &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_SHORT);
    g_assert_nonnull(strstr(error->message, "general/icu/census"));
    g_autoptr(Anchor) anchor = plain_of(series, 20, NULL);
    g_assert_nonnull(anchor);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/anchor/days-are-given-to-all-who-do-well", days_are_given_to_all_who_do_well);
    g_test_add_func("/model/anchor/it-fits-a-part-and-runs-over-the-whole", it_fits_a_part_and_runs_over_the_whole);
    g_test_add_func("/model/anchor/values-after-the-fit-change-no-earlier-forecast", values_after_the_fit_change_no_earlier_forecast);
    g_test_add_func("/model/anchor/a-missing-stretch-leaves-the-forecast-in-place", a_missing_stretch_leaves_the_forecast_in_place);
    g_test_add_func("/model/anchor/too-little-history-names-the-series", too_little_history_names_the_series);
    g_test_add_func("/model/anchor/daily-series-with-steps-are-given-to-the-profile", daily_series_with_steps_are_given_to_the_profile);
    g_test_add_func("/model/anchor/a-plain-one-is-the-same-as-last-season", a_plain_one_is_the_same_as_last_season);
    g_test_add_func("/model/anchor/a-plain-one-has-forgotten-what-was-before-a-break", a_plain_one_has_forgotten_what_was_before_a_break);
    g_test_add_func("/model/anchor/a-plain-one-wants-two-known-values", a_plain_one_wants_two_known_values);
    return g_test_run();
}
