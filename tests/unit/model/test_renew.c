#include "forecast/model/renew.h"

#include <string.h>

#define assert_near(seen, wanted, most) g_assert_cmpfloat(fabs((seen) - (wanted)), <=, (most))

enum { NEVER = 100000 };

static const gsize daily[2] = {7, 0};

/* A ward without chance: two shapes of a week, and a disturbance that looks like noise. */
static Series *ward(gsize change, gsize back, gsize length)
{
    static const double week[] = {30, 44, 60, 52, 41, 25, 18}, other[] = {52, 18, 30, 41, 25, 60, 44};
    Series *series = series_new("north/a/arrivals", GRAIN_DAY, 19000, length);
    series->counts = series->flow = TRUE;
    for (gsize t = 0; t < length; t++)
        series->value[t] = (t >= change && t < back ? other : week)[t % 7] + (double)((t * t * 31 + t * 17) % 11) - 5;
    return series;
}

static Outlook *forecast(const Series *series, gsize origin)
{
    const Task task = {series, NULL, origin, 10, {daily[0], daily[1]}, 0};
    g_autoptr(Outlook) out = outlook_new("renew", series->start + (gint64)origin, 10);
    g_autoptr(GError) error = NULL;
    Outlook *one[] = {out};
    g_assert_true(renew_forecast(&task, 1, one, &error));
    g_assert_no_error(error);
    return g_steal_pointer(&out);
}

static void assert_says(const Outlook *out, gsize h, double low, double middle, double high)
{
    const double *quantile = out->quantile + h * OUTLOOK_LEVELS;
    assert_near(quantile[2], low, 1e-4 * low);
    assert_near(quantile[OUTLOOK_MEDIAN], middle, 1e-4 * middle);
    assert_near(quantile[10], high, 1e-4 * high);
}

/* The numbers of these tests: an implementation in Python of its own, with whole matrices,
 * logsumexp for the weights and Brent's method for the quantiles. */
static void test_a_week_that_stays(void)
{
    g_autoptr(Series) series = ward(NEVER, NEVER, 120);
    g_autoptr(Outlook) out = forecast(series, 120);
    assert_says(out, 0, 38.045554, 42.867735, 47.974912);
    assert_says(out, 4, 20.253192, 23.832570, 27.698157);
    assert_says(out, 9, 45.301026, 50.552160, 56.088946);
    assert_near(renew_changed(series, 120, 28, NULL), 0.00236487, 1e-5);
}

static void test_a_week_that_takes_another_shape(void)
{
    g_autoptr(Series) series = ward(110, NEVER, 120);
    g_autoptr(Outlook) out = forecast(series, 120), early = forecast(series, 114);
    assert_says(out, 0, 10.218962, 14.520614, 19.553409);
    assert_says(out, 4, 51.341264, 58.374118, 65.855175);
    assert_says(out, 9, 31.618468, 37.898272, 44.740430);
    assert_near(renew_changed(series, 120, 28, NULL), 1, 1e-6);
    assert_near(renew_changed(series, 120, 10, NULL), 0.90547773, 1e-4);
    assert_near(renew_changed(series, 120, 5, NULL), 0.00066654, 1e-5);
    /* after four days the other three are anybody's guess: between the level and what they were worth */
    assert_says(early, 0, 18.646953, 38.053690, 64.182828);
    assert_says(early, 4, 35.909968, 42.719448, 50.077474);
}

static void test_what_was_undone(void)
{
    g_autoptr(Series) series = ward(100, 110, 120);
    g_autoptr(Outlook) out = forecast(series, 120);
    assert_says(out, 0, 37.014843, 42.497876, 48.356121);
    assert_says(out, 9, 44.626972, 50.651191, 57.053705);
    assert_near(renew_changed(series, 108, 28, NULL), 1, 1e-3);
    assert_near(renew_changed(series, 120, 28, NULL), 0.00159337, 1e-5);
}

static void test_a_wild_day(void)
{
    g_autoptr(Series) series = ward(NEVER, NEVER, 120);
    series->value[112] = 200;
    assert_near(renew_changed(series, 113, 28, NULL), 0.5880, 1e-4);
    assert_near(renew_changed(series, 114, 28, NULL), 0.0428, 1e-4);
    assert_near(renew_changed(series, 117, 28, NULL), 0.0014, 1e-4);
}

static void test_a_level_that_jumps(void)
{
    g_autoptr(Series) series = ward(NEVER, NEVER, 120);
    for (gsize t = 114; t < 120; t++)
        series->value[t] *= 2;
    g_autoptr(Outlook) out = forecast(series, 120);
    assert_says(out, 0, 80.311303, 89.831122, 99.756652);
    assert_says(out, 4, 41.355867, 50.899061, 61.460493);
    assert_near(renew_changed(series, 120, 5, NULL), 0.0042963, 1e-5);
    assert_near(renew_changed(series, 120, 10, NULL), 1, 1e-6);
}

static void test_holes(void)
{
    g_autoptr(Series) series = ward(110, NEVER, 120);
    for (gsize t = 104; t < 108; t++)
        series->value[t] = MISSING;
    series->value[115] = MISSING;
    g_autoptr(Outlook) out = forecast(series, 120);
    assert_says(out, 0, 10.209543, 14.492131, 19.500440);
    assert_says(out, 9, 17.641175, 35.795673, 60.210808); /* the weekday that was missed */
    assert_near(renew_changed(series, 120, 10, NULL), 0.90895203, 1e-4);
}

/* Mornings 42 to 92 of 120 days: a week that stays is hardly ever taken for another one; one that changed on
 * day 60 is so from a few days later until four weeks have passed, 22 to 28 of the 51 mornings. */
static void test_what_is_usual(void)
{
    g_autoptr(Series) quiet = ward(NEVER, NEVER, 120), once = ward(60, NEVER, 120);
    RenewUsual usual;
    assert_near(renew_changed(quiet, 120, 28, &usual), 0.00236487, 1e-5);
    g_assert_cmpuint(usual.mornings, ==, 51);
    g_assert_cmpfloat(usual.changed, <, 0.05);
    g_assert_cmpfloat(renew_changed(once, 120, 28, &usual), <, 0.05);
    g_assert_cmpuint(usual.mornings, ==, 51);
    g_assert_cmpfloat(usual.changed, >, 22.0 / 51);
    g_assert_cmpfloat(usual.changed, <, 28.0 / 51 + 0.05);
    g_assert_false(renew_changed(quiet, 27, 28, &usual) > 0);
    g_assert_cmpuint(usual.mornings, ==, 0);
}

/* Too little of the past, or another grain: refused, and nothing is said to have changed. */
static void test_too_little(void)
{
    g_autoptr(Series) days = ward(110, NEVER, 120), weeks = series_new("north/a/arrivals", GRAIN_WEEK, 2000, 120);
    g_autoptr(Outlook) out = outlook_new("renew", 0, 10);
    const Task task[] = {{days, NULL, 27, 10, {7, 0}, 0}, {weeks, NULL, 120, 10, {52, 0}, 0}};
    Outlook *one[] = {out};
    for (gsize t = 0; t < 120; t++)
        weeks->value[t] = days->value[t];
    for (gsize k = 0; k < G_N_ELEMENTS(task); k++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(renew_forecast(&task[k], 1, one, &error));
        g_assert_error(error, MODEL_ERROR, MODEL_ERROR_SHORT);
        g_assert_nonnull(strstr(error->message, "wanted at least 28 days"));
        g_assert_false(renew_changed(task[k].series, task[k].origin, 28, NULL) > 0);
    }
    for (gsize t = 0; t < 120; t++)
        days->value[t] = t % 7 < 3 ? 4 : MISSING;
    g_assert_false(renew_changed(days, 120, 28, NULL) > 0);
}

/* Mornings asked about together, each of its own fit, are those asked about alone; nothing from the origin on is read. */
static void test_together_or_alone(void)
{
    g_autoptr(Series) series = ward(110, NEVER, 130), changed = ward(110, NEVER, 130);
    Task task[3];
    Outlook *out[3];
    for (gsize k = 0; k < 3; k++) {
        task[k] = (Task){series, NULL, 108 + 6 * k, 10, {7, 0}, 0};
        out[k] = outlook_new("renew", series->start + (gint64)task[k].origin, 10);
    }
    g_assert_true(renew_forecast(task, 3, out, NULL));
    for (gsize k = 0; k < 3; k++) {
        for (gsize t = task[k].origin; t < 130; t++)
            changed->value[t] = 9999;
        g_autoptr(Series) known = series_upto(series, task[k].origin);
        memcpy(changed->value, known->value, known->length * sizeof *known->value);
        g_autoptr(Outlook) alone = forecast(changed, task[k].origin);
        g_assert_cmpmem(alone->quantile, 10 * OUTLOOK_LEVELS * sizeof(double), out[k]->quantile, 10 * OUTLOOK_LEVELS * sizeof(double));
        g_assert_cmpfloat(renew_changed(changed, task[k].origin, 28, NULL), ==, renew_changed(known, task[k].origin, 28, NULL));
        outlook_free(out[k]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/renew/a-week-that-stays-is-forecast-as-it-was", test_a_week_that_stays);
    g_test_add_func("/model/renew/a-week-that-takes-another-shape-is-begun-anew", test_a_week_that_takes_another_shape);
    g_test_add_func("/model/renew/what-was-undone-is-as-before", test_what_was_undone);
    g_test_add_func("/model/renew/how-often-the-past-looked-like-a-change-is-told", test_what_is_usual);
    g_test_add_func("/model/renew/a-wild-day-is-no-change-once-another-has-come", test_a_wild_day);
    g_test_add_func("/model/renew/a-level-that-jumps-keeps-its-week", test_a_level_that_jumps);
    g_test_add_func("/model/renew/holes-tell-nothing", test_holes);
    g_test_add_func("/model/renew/too-little-is-said-or-nothing-has-changed", test_too_little);
    g_test_add_func("/model/renew/mornings-together-are-those-alone", test_together_or_alone);
    return g_test_run();
}
