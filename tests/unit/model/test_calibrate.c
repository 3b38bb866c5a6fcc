#include "forecast/model/calibrate.h"

#include "forecast/model/draw.h"
#include "forecast/model/member.h"

#include <gsl/gsl_cdf.h>
#include <string.h>

enum { ORIGINS = 8, HORIZON = 16 };

/* The same draws on every machine and in every run: a shift that chance makes is rare, not impossible. */
static guint64 drawn;

static double uniform(void)
{
    return draw_uniform(1, 0, drawn++);
}

static double noise(void)
{
    return gsl_cdf_ugaussian_Pinv(CLAMP(uniform(), 1e-9, 1.0 - 1e-9));
}

/* The mean and deviation that one series is forecast with, and those that come. */
typedef struct {
    double said_mean, said_sd, mean, sd;
} Rule;

static void say(double *quantile, const Rule *rule)
{
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
        quantile[k] = rule->said_mean + rule->said_sd * outlook_probit[k];
}

static Calibration *learn(gsize series, void (*rule_of)(gsize series, gsize step, Rule *rule))
{
    gsize rows = series * ORIGINS * HORIZON;
    g_autofree float *quantile = g_new(float, rows * OUTLOOK_LEVELS), *actual = g_new(float, rows);
    g_autofree gboolean *counts = g_new0(gboolean, series);
    for (gsize row = 0; row < rows; row++) {
        Rule rule;
        double said[OUTLOOK_LEVELS];
        rule_of(row / (ORIGINS * HORIZON), row % HORIZON, &rule);
        say(said, &rule);
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
            quantile[row * OUTLOOK_LEVELS + k] = (float)said[k];
        actual[row] = (float)(rule.mean + rule.sd * noise());
    }
    return calibrate_new(quantile, actual, counts, series, ORIGINS, HORIZON);
}

/* Shares of new truths inside the 80 % and the 95 % range of calibrated forecasts:
 * the truth is normal, so the shares are worked out and not drawn. */
static void coverage(const Calibration *calibration, gsize series, const Rule *rule, gsize step, double *inside80, double *inside95)
{
    g_autoptr(Outlook) outlook = outlook_new("made", 0, HORIZON);
    for (gsize h = 0; h < HORIZON; h++)
        say(outlook->quantile + h * OUTLOOK_LEVELS, rule);
    calibrate_apply(calibration, series, FALSE, outlook);
    const double *quantile = outlook->quantile + step * OUTLOOK_LEVELS;
    *inside80 = gsl_cdf_ugaussian_P((quantile[10] - rule->mean) / rule->sd) - gsl_cdf_ugaussian_P((quantile[2] - rule->mean) / rule->sd);
    *inside95 = gsl_cdf_ugaussian_P((quantile[12] - rule->mean) / rule->sd) - gsl_cdf_ugaussian_P((quantile[0] - rule->mean) / rule->sd);
}

static void honest(gsize series, gsize step, Rule *rule) { *rule = (Rule){100, 10, 100, 10}; }
static void narrow(gsize series, gsize step, Rule *rule) { *rule = (Rule){100, 6, 100, 10}; }
static void wide(gsize series, gsize step, Rule *rule) { *rule = (Rule){100, 40, 100, 10}; }
static void biased(gsize series, gsize step, Rule *rule) { *rule = (Rule){100, 10, 105, 10}; }
static void later(gsize series, gsize step, Rule *rule) { *rule = (Rule){100, 10, 100, step < HORIZON / 2 ? 10 : 20}; }
static void one_odd(gsize series, gsize step, Rule *rule) { *rule = (Rule){100, 10, 100, series == 3 ? 25 : 10}; }

static void two_kinds(gsize series, gsize step, Rule *rule) { *rule = (Rule){100, 10, 100, series % 2 ? 14 : 6}; }

static void honest_forecasts_stay_as_they_are(void)
{
    g_autoptr(Calibration) calibration = learn(100, honest);
    Rule rule;
    honest(0, 0, &rule);
    for (gsize step = 0; step < HORIZON; step += 3) {
        double inside80, inside95;
        coverage(calibration, CALIBRATE_GROUP, &rule, step, &inside80, &inside95);
        g_assert_cmpfloat_with_epsilon(inside80, .80, .04);
        g_assert_cmpfloat_with_epsilon(inside95, .95, .025);
    }
}

/* Said deviation 6 where 10 comes: uncalibrated, 80 % would hold 56 %, 95 % 76 %. */
static void ranges_that_were_too_narrow_hold_again(void)
{
    g_autoptr(Calibration) calibration = learn(200, narrow);
    Rule rule;
    narrow(0, 0, &rule);
    for (gsize series = 0; series < 200; series += 50)
        for (gsize step = 0; step < HORIZON; step += 5) {
            double inside80, inside95;
            coverage(calibration, CALIBRATE_GROUP, &rule, step, &inside80, &inside95);
            g_assert_cmpfloat_with_epsilon(inside80, .80, .045);
            g_assert_cmpfloat_with_epsilon(inside95, .95, .025);
            coverage(calibration, series, &rule, step, &inside80, &inside95);
            g_assert_cmpfloat_with_epsilon(inside80, .80, .08);
            g_assert_cmpfloat_with_epsilon(inside95, .95, .05);
        }
}

static void a_bias_is_taken_out(void)
{
    g_autoptr(Calibration) calibration = learn(100, biased);
    g_autoptr(Outlook) outlook = outlook_new("made", 0, HORIZON);
    Rule rule;
    biased(0, 0, &rule);
    for (gsize h = 0; h < HORIZON; h++) {
        say(outlook->quantile + h * OUTLOOK_LEVELS, &rule);
        outlook->mean[h] = 100.0;
    }
    calibrate_apply(calibration, 7, FALSE, outlook);
    for (gsize h = 0; h < HORIZON; h++) {
        g_assert_cmpfloat_with_epsilon(outlook->quantile[h * OUTLOOK_LEVELS + OUTLOOK_MEDIAN], 105.0, 3.2);
        g_assert_cmpfloat_with_epsilon(outlook->mean[h], outlook->quantile[h * OUTLOOK_LEVELS + OUTLOOK_MEDIAN], 1e-9);
    }
}

/* Truths spread twice as far as said, but only in the later half of the horizon. */
static void each_range_of_steps_has_its_own_correction(void)
{
    g_autoptr(Calibration) calibration = learn(200, later);
    double inside80[2], inside95[2];
    Rule early = {100, 10, 100, 10}, late = {100, 10, 100, 20};
    coverage(calibration, CALIBRATE_GROUP, &early, 2, &inside80[0], &inside95[0]);
    coverage(calibration, CALIBRATE_GROUP, &late, HORIZON - 1, &inside80[1], &inside95[1]);
    g_assert_cmpfloat_with_epsilon(inside80[0], .80, .03);
    g_assert_cmpfloat_with_epsilon(inside80[1], .80, .06);
    g_assert_cmpfloat_with_epsilon(inside95[1], .95, .03);
}

/* Of 40 series, number 3 spreads 2.5 times as far: it is widened, its neighbours are not. */
static void a_series_is_corrected_by_its_own_past(void)
{
    g_autoptr(Calibration) calibration = learn(40, one_odd);
    double inside80, inside95;
    Rule odd = {100, 10, 100, 25}, usual = {100, 10, 100, 10};
    coverage(calibration, CALIBRATE_GROUP, &odd, HORIZON - 1, &inside80, &inside95);
    double by_group = inside95;
    coverage(calibration, 3, &odd, HORIZON - 1, &inside80, &inside95);
    g_assert_cmpfloat(inside95, >, by_group + .05);
    coverage(calibration, 4, &usual, HORIZON - 1, &inside80, &inside95);
    g_assert_cmpfloat_with_epsilon(inside95, .95, .03);
}

/* Said deviation 10; 14 comes in every other series and 6 in the rest, 10.8 in the group.  Half of
 * the horizon tells of 64 values in 8 forecasts, 22.6 pieces of evidence beside 40 of the group:
 * variances of 1.69 and .31 of the group's become 1.25 and .75, widths 1.12 and .87. */
static void within_a_group_some_series_widen_and_others_narrow(void)
{
    g_autoptr(Calibration) calibration = learn(40, two_kinds);
    double width[3] = {0, 0, 0};
    for (gsize series = 0; series <= 40; series++) {
        g_autoptr(Outlook) outlook = outlook_new("made", 0, HORIZON);
        for (gsize h = 0; h < HORIZON; h++)
            say(outlook->quantile + h * OUTLOOK_LEVELS, &(Rule){100, 10, 0, 0});
        calibrate_apply(calibration, series < 40 ? series : CALIBRATE_GROUP, FALSE, outlook);
        const double *last = outlook->quantile + (HORIZON - 1) * OUTLOOK_LEVELS;
        width[series < 40 ? series % 2 : 2] += (last[10] - last[2]) / (series < 40 ? 20 : 1);
    }
    g_assert_cmpfloat_with_epsilon(width[0] / width[2], .87, .05);
    g_assert_cmpfloat_with_epsilon(width[1] / width[2], 1.12, .08);
}

/* Said deviation 40 where 10 comes, at every origin: narrower, but never by more than a fifth. */
static void quiet_times_narrow_a_range_to_its_bound(void)
{
    g_autoptr(Calibration) calibration = learn(100, wide);
    g_autoptr(Outlook) outlook = outlook_new("made", 0, HORIZON);
    for (gsize h = 0; h < HORIZON; h++)
        say(outlook->quantile + h * OUTLOOK_LEVELS, &(Rule){100, 40, 0, 0});
    double before = outlook->quantile[12] - outlook->quantile[0];
    calibrate_apply(calibration, 5, FALSE, outlook);
    for (gsize h = 0; h < HORIZON; h++) {
        double width = outlook->quantile[h * OUTLOOK_LEVELS + 12] - outlook->quantile[h * OUTLOOK_LEVELS];
        g_assert_cmpfloat(width, >=, 0.8 * before - 1e-6);
        g_assert_cmpfloat(width, <, 0.85 * before);
    }
}

/* Said deviation 10; 6 comes at six origins and 14 at two: they do not agree. */
static void origins_that_do_not_agree_narrow_nothing(void)
{
    enum { SERIES = 100, ROWS = SERIES * ORIGINS * HORIZON };
    g_autofree float *quantile = g_new(float, ROWS * OUTLOOK_LEVELS), *actual = g_new(float, ROWS);
    g_autofree gboolean *counts = g_new0(gboolean, SERIES);
    for (gsize row = 0; row < ROWS; row++) {
        double said[OUTLOOK_LEVELS], sd = row / HORIZON % ORIGINS % 3 == 2 ? 14 : 6;
        say(said, &(Rule){100, 10, 0, 0});
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
            quantile[row * OUTLOOK_LEVELS + k] = (float)said[k];
        actual[row] = (float)(100 + sd * noise());
    }
    g_autoptr(Calibration) calibration = calibrate_new(quantile, actual, counts, SERIES, ORIGINS, HORIZON);
    g_autoptr(Outlook) outlook = outlook_new("made", 0, HORIZON);
    for (gsize h = 0; h < HORIZON; h++)
        say(outlook->quantile + h * OUTLOOK_LEVELS, &(Rule){100, 10, 0, 0});
    calibrate_apply(calibration, CALIBRATE_GROUP, FALSE, outlook);
    for (gsize h = 0; h < HORIZON; h++)
        g_assert_cmpfloat(outlook->quantile[h * OUTLOOK_LEVELS + 10] - outlook->quantile[h * OUTLOOK_LEVELS + 2], >, 0.97 * 2 * 12.8155);
}

/* The bytes of a calibration whose curve is `share` of the normal's. */
static GBytes *made_bytes(double share, double stretch)
{
    GByteArray *array = g_byte_array_new();
    const guint64 head[3] = {GUINT64_TO_LE(G_GUINT64_CONSTANT(0x3142494c41434357)), GUINT64_TO_LE(1), GUINT64_TO_LE(HORIZON)};
    g_byte_array_append(array, (const guint8 *)head, sizeof head);
    for (gsize k = 0; k < CALIBRATE_BUCKETS * OUTLOOK_LEVELS + 2 * CALIBRATE_BUCKETS; k++) {
        gsize own = CALIBRATE_BUCKETS * OUTLOOK_LEVELS;
        double value = k < own ? share * outlook_probit[k % OUTLOOK_LEVELS] : k < own + CALIBRATE_BUCKETS ? 0.0 : stretch;
        guint64 word;
        memcpy(&word, &value, sizeof word);
        word = GUINT64_TO_LE(word);
        g_byte_array_append(array, (const guint8 *)&word, sizeof word);
    }
    return g_byte_array_free_to_bytes(array);
}

static void a_range_stays_between_four_fifths_and_four_times(void)
{
    static const struct {
        double share, stretch, expected;
    } cases[] = {{.3, .7, .8}, {3.0, 2.5, 4.0}, {1.1, 1.2, 1.32}};
    for (gsize c = 0; c < G_N_ELEMENTS(cases); c++) {
        g_autoptr(GBytes) bytes = made_bytes(cases[c].share, cases[c].stretch);
        g_autoptr(Calibration) calibration = calibrate_from_bytes(bytes, NULL);
        g_assert_nonnull(calibration);
        g_autoptr(Outlook) outlook = outlook_new("made", 0, 1);
        say(outlook->quantile, &(Rule){100, 10, 0, 0});
        double before = outlook->quantile[12] - outlook->quantile[0];
        calibrate_apply(calibration, 0, FALSE, outlook);
        g_assert_cmpfloat_with_epsilon((outlook->quantile[12] - outlook->quantile[0]) / before, cases[c].expected, 1e-6);
        g_assert_cmpfloat_with_epsilon(outlook->quantile[OUTLOOK_MEDIAN], 100.0, 1e-6);
    }
}

/* All series of an origin miss by the same amount, up at one origin and down at
 * the next: chance, not bias, and the middle must stay. */
static void a_common_accident_is_not_taken_for_a_bias(void)
{
    enum { SERIES = 50, ROWS = SERIES * ORIGINS * HORIZON };
    static const float accident[ORIGINS] = {9, -3, 12, -5, 8, -6, 10, -1}; /* mean 3, standard error 2.6 */
    g_autofree float *quantile = g_new(float, ROWS * OUTLOOK_LEVELS), *actual = g_new(float, ROWS);
    g_autofree gboolean *counts = g_new0(gboolean, SERIES);
    for (gsize row = 0; row < ROWS; row++) {
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
            quantile[row * OUTLOOK_LEVELS + k] = (float)(100.0 + 10.0 * outlook_probit[k]);
        actual[row] = (float)(100.0 + 10.0 * noise()) + accident[row / HORIZON % ORIGINS];
    }
    g_autoptr(Calibration) calibration = calibrate_new(quantile, actual, counts, SERIES, ORIGINS, HORIZON);
    g_autoptr(Outlook) outlook = outlook_new("made", 0, HORIZON);
    for (gsize h = 0; h < HORIZON; h++)
        say(outlook->quantile + h * OUTLOOK_LEVELS, &(Rule){100, 10, 0, 0});
    calibrate_apply(calibration, CALIBRATE_GROUP, FALSE, outlook);
    for (gsize h = 0; h < HORIZON; h++)
        g_assert_cmpfloat_with_epsilon(outlook->quantile[h * OUTLOOK_LEVELS + OUTLOOK_MEDIAN], 100.0, 1e-3);
}

static void without_evidence_nothing_changes(void)
{
    enum { ROWS = 2 * ORIGINS * HORIZON };
    g_autofree float *quantile = g_new(float, ROWS * OUTLOOK_LEVELS), *actual = g_new(float, ROWS);
    const gboolean counts[2] = {TRUE, FALSE};
    for (gsize k = 0; k < ROWS * OUTLOOK_LEVELS; k++)
        quantile[k] = (float)(k % OUTLOOK_LEVELS);
    for (gsize k = 0; k < ROWS; k++)
        actual[k] = (float)MISSING;
    g_autoptr(Calibration) calibration = calibrate_new(quantile, actual, counts, 2, ORIGINS, HORIZON);
    g_autoptr(Outlook) outlook = outlook_new("made", 0, HORIZON + 5);
    for (gsize k = 0; k < (HORIZON + 5) * OUTLOOK_LEVELS; k++)
        outlook->quantile[k] = (double)(k % OUTLOOK_LEVELS);
    calibrate_apply(calibration, 1, FALSE, outlook);
    for (gsize k = 0; k < (HORIZON + 5) * OUTLOOK_LEVELS; k++)
        g_assert_cmpfloat_with_epsilon(outlook->quantile[k], (double)(k % OUTLOOK_LEVELS), 1e-6);
}

/* mean 10, deviation 2: 14 is two deviations above; without jump the key does not matter. */
static void a_score_is_the_place_under_the_curve(void)
{
    g_autoptr(Outlook) outlook = outlook_new("made", 0, 1);
    say(outlook->quantile, &(Rule){10, 2, 0, 0});
    g_assert_cmpfloat_with_epsilon(calibrate_score(outlook, 0, 14.0, FALSE, 1), 2.0, 1e-6);
    g_assert_cmpfloat_with_epsilon(calibrate_score(outlook, 0, 9.0, FALSE, 99), -0.5, 1e-6);
    g_assert_cmpfloat_with_epsilon(calibrate_score(outlook, 0, 1e6, FALSE, 1), 5.0, 1e-9);
    g_assert_true(isnan(calibrate_score(outlook, 0, MISSING, FALSE, 1)));
    /* a count of 14 is somewhere between 13.5 and 14.5, by its key and always the same */
    double least = 9, most = -9;
    for (guint64 key = 0; key < 200; key++) {
        double score = calibrate_score(outlook, 0, 14.0, TRUE, key);
        g_assert_cmpfloat(score, ==, calibrate_score(outlook, 0, 14.0, TRUE, key));
        g_assert_true(score >= 1.75 - 1e-9 && score <= 2.25 + 1e-9);
        least = fmin(least, score);
        most = fmax(most, score);
    }
    g_assert_cmpfloat(most - least, >, 0.4);
}

/* Quantiles of a Poisson distribution are an honest forecast of its counts: scores of
 * 4000 draws are standard normal (the deviations allowed are four standard errors). */
static void scores_of_honest_counts_are_normal(void)
{
    enum { DRAWS = 4000 };
    static const double mean = 6.0;
    g_autoptr(Outlook) outlook = outlook_new("made", 0, 1);
    /* smooth curve through the middles of the steps of the distribution function */
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++) {
        unsigned y = 0;
        while (gsl_cdf_poisson_P(y, mean) < outlook_level[k])
            y++;
        double below = y > 0 ? gsl_cdf_poisson_P(y - 1, mean) : 0.0, upto = gsl_cdf_poisson_P(y, mean);
        outlook->quantile[k] = y - 0.5 + (outlook_level[k] - below) / (upto - below);
    }
    double sum = 0, squares = 0;
    for (guint64 draw = 0; draw < DRAWS; draw++) {
        double u = uniform();
        unsigned y = 0;
        while (gsl_cdf_poisson_P(y, mean) < u)
            y++;
        double score = calibrate_score(outlook, 0, y, TRUE, draw);
        sum += score;
        squares += score * score;
    }
    g_assert_cmpfloat_with_epsilon(sum / DRAWS, 0.0, 0.065);
    g_assert_cmpfloat_with_epsilon(squares / DRAWS, 1.0, 0.12);
}

static void a_certain_forecast_that_comes_true_is_no_surprise(void)
{
    g_autoptr(Outlook) outlook = outlook_new("made", 0, 1);
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
        outlook->quantile[k] = 7.0;
    double sum = 0;
    for (guint64 key = 0; key < 1000; key++)
        sum += calibrate_score(outlook, 0, 7.0, key % 2 == 0, key);
    g_assert_cmpfloat_with_epsilon(sum / 1000.0, 0.0, 0.13);
    g_assert_cmpfloat(calibrate_score(outlook, 0, 9.0, FALSE, 0), >, 3.0);
}

static void bytes_bring_back_the_same_calibration(void)
{
    g_autoptr(Calibration) calibration = learn(5, one_odd);
    g_autoptr(GBytes) bytes = calibrate_to_bytes(calibration);
    g_autoptr(Calibration) again = calibrate_from_bytes(bytes, NULL);
    g_assert_nonnull(again);
    g_assert_cmpuint(calibrate_series(again), ==, 5);
    for (gsize series = 0; series < 6; series++) {
        g_autoptr(Outlook) one = outlook_new("made", 0, HORIZON), two = outlook_new("made", 0, HORIZON);
        for (gsize h = 0; h < HORIZON; h++) {
            say(one->quantile + h * OUTLOOK_LEVELS, &(Rule){50, 5, 0, 0});
            say(two->quantile + h * OUTLOOK_LEVELS, &(Rule){50, 5, 0, 0});
        }
        calibrate_apply(calibration, series < 5 ? series : CALIBRATE_GROUP, TRUE, one);
        calibrate_apply(again, series < 5 ? series : CALIBRATE_GROUP, TRUE, two);
        g_assert_cmpmem(one->quantile, HORIZON * OUTLOOK_LEVELS * sizeof(double), two->quantile, HORIZON * OUTLOOK_LEVELS * sizeof(double));
    }
}

static void damaged_bytes_are_refused(void)
{
    g_autoptr(Calibration) calibration = learn(5, one_odd);
    g_autoptr(GBytes) bytes = calibrate_to_bytes(calibration);
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    for (gsize keep = 0; keep < size; keep += 37) {
        g_autoptr(GBytes) cut = g_bytes_new(data, keep);
        g_autoptr(GError) error = NULL;
        g_assert_null(calibrate_from_bytes(cut, &error));
        g_assert_error(error, MODEL_ERROR, MODEL_ERROR_FILE);
    }
    static const double poison[] = {NAN, INFINITY, 1e30};
    for (gsize word = 3; word < size / 8; word += 5)
        for (gsize p = 0; p < G_N_ELEMENTS(poison); p++) {
            g_autofree guint8 *copy = g_memdup2(data, size);
            memcpy(copy + 8 * word, &poison[p], 8);
            g_autoptr(GBytes) bad = g_bytes_new(copy, size);
            g_autoptr(GError) error = NULL;
            g_assert_null(calibrate_from_bytes(bad, &error));
            g_assert_error(error, MODEL_ERROR, MODEL_ERROR_FILE);
        }
    g_autofree guint8 *copy = g_memdup2(data, size);
    memset(copy + 8, 0xff, 8); /* a number of series that no file could hold */
    g_autoptr(GBytes) bad = g_bytes_new(copy, size);
    g_assert_null(calibrate_from_bytes(bad, NULL));
}

static void begin(gconstpointer test)
{
    drawn = 0;
    ((void (*)(void))test)();
}

static void add(const char *name, void (*test)(void))
{
    g_test_add_data_func(name, (gconstpointer)test, begin);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/model/calibrate/honest-forecasts-stay-as-they-are", honest_forecasts_stay_as_they_are);
    add("/model/calibrate/ranges-that-were-too-narrow-hold-again", ranges_that_were_too_narrow_hold_again);
    add("/model/calibrate/a-bias-is-taken-out", a_bias_is_taken_out);
    add("/model/calibrate/each-range-of-steps-has-its-own-correction", each_range_of_steps_has_its_own_correction);
    add("/model/calibrate/a-series-is-corrected-by-its-own-past", a_series_is_corrected_by_its_own_past);
    add("/model/calibrate/within-a-group-some-series-widen-and-others-narrow", within_a_group_some_series_widen_and_others_narrow);
    add("/model/calibrate/quiet-times-narrow-a-range-to-its-bound", quiet_times_narrow_a_range_to_its_bound);
    add("/model/calibrate/origins-that-do-not-agree-narrow-nothing", origins_that_do_not_agree_narrow_nothing);
    add("/model/calibrate/a-range-stays-between-four-fifths-and-four-times", a_range_stays_between_four_fifths_and_four_times);
    add("/model/calibrate/a-common-accident-is-not-taken-for-a-bias", a_common_accident_is_not_taken_for_a_bias);
    add("/model/calibrate/without-evidence-nothing-changes", without_evidence_nothing_changes);
    add("/model/calibrate/a-score-is-the-place-under-the-curve", a_score_is_the_place_under_the_curve);
    add("/model/calibrate/scores-of-honest-counts-are-normal", scores_of_honest_counts_are_normal);
    add("/model/calibrate/a-certain-forecast-that-comes-true-is-no-surprise", a_certain_forecast_that_comes_true_is_no_surprise);
    add("/model/calibrate/bytes-bring-back-the-same-calibration", bytes_bring_back_the_same_calibration);
    add("/model/calibrate/damaged-bytes-are-refused", damaged_bytes_are_refused);
    return g_test_run();
}
