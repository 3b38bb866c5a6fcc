#include "forecast/model/explain.h"

#include "forecast/model/fits.h"
#include "forecast/model/tokens.h"

#include <string.h>

/* GLib's own macro promotes to long double, which clang warns of. */
#define assert_near(seen, wanted, most) g_assert_cmpfloat(fabs((seen) - (wanted)), <=, (most))

/* One left glove and two right ones; only a pair is worth something (Shapley's
 * own kind of example): 2/3 for the left one, 1/6 for each right one. */
static void test_gloves(void)
{
    double value[8], phi[3];
    for (gsize s = 0; s < 8; s++)
        value[s] = (s & 1) && (s & 6) ? 1 : 0;
    explain_shapley(value, 3, phi);
    assert_near(phi[0], 2.0 / 3, 1e-12);
    assert_near(phi[1], 1.0 / 6, 1e-12);
    assert_near(phi[2], 1.0 / 6, 1e-12);
}

static void test_properties(void)
{
    double value[256], phi[8];
    for (gsize s = 0; s < 256; s++)
        value[s] = s & 4 ? value[s & ~(gsize)4] + 3 : g_test_rand_double_range(-1, 1); /* group 2 always adds 3 */
    explain_shapley(value, 8, phi);
    double sum = 0;
    for (gsize g = 0; g < 8; g++)
        sum += phi[g];
    assert_near(sum, value[255] - value[0], 1e-12);
    assert_near(phi[2], 3.0, 1e-12);
    explain_shapley(value, 0, phi);
}

static void draw(guint64 *present, gsize samples, gsize features)
{
    for (gsize s = 0; s < samples; s++) {
        present[s] = 0;
        for (gsize k = 0; k < features; k++)
            present[s] |= (guint64)(g_test_rand_double() < 0.8) << k;
    }
}

static void test_picture(void)
{
    enum { SAMPLES = 256 };
    static const double effect[] = {2, -1, 0.5, 0};
    guint64 present[SAMPLES];
    double value[SAMPLES];
    ExplainPicture picture;
    g_autoptr(GError) error = NULL;
    draw(present, SAMPLES, 4);
    for (gsize s = 0; s < SAMPLES; s++) {
        value[s] = 7;
        for (gsize k = 0; k < 4; k++)
            value[s] += present[s] >> k & 1 ? effect[k] : 0;
    }
    g_assert_true(explain_picture(present, value, SAMPLES, 4, &picture, &error));
    g_assert_true(picture.faithful);
    g_assert_cmpfloat(picture.r2, >, 0.999);
    for (gsize k = 0; k < 4; k++)
        assert_near(picture.effect[k], effect[k], 0.01);
    /* whether an even number is left out: no line tells that */
    for (gsize s = 0; s < SAMPLES; s++) {
        gsize left = 0;
        for (gsize k = 0; k < 4; k++)
            left += !(present[s] >> k & 1);
        value[s] = left % 2;
        present[s] |= (guint64)(g_test_rand_bit()) << 4;
    }
    g_assert_true(explain_picture(present, value, SAMPLES, 5, &picture, &error));
    g_assert_cmpfloat(picture.r2, <, EXPLAIN_LEAST_R2);
    g_assert_false(picture.faithful);
    for (gsize s = 0; s < SAMPLES; s++)
        value[s] = 4;
    g_assert_true(explain_picture(present, value, SAMPLES, 5, &picture, &error));
    g_assert_true(isnan(picture.r2));
    g_assert_false(picture.faithful);
}

/* ------------------------------------------------------------------ a network */

enum { DAYS = 160, HORIZON = 7 };

static Series *ward(gboolean covariate)
{
    static const double week[] = {12, 8, 5, 4, 3, -14, -18};
    static const char *const name[] = {"clinic"};
    g_autoptr(GRand) rand = g_rand_new_with_seed(3);
    Series *series = series_new("ward", GRAIN_DAY, 18300, DAYS);
    series->counts = TRUE;
    if (covariate)
        series_set_covariates(series, name, 1, DAYS + HORIZON);
    for (gsize t = 0; t < DAYS + HORIZON; t++) {
        gboolean clinic = g_rand_boolean(rand);
        if (covariate)
            series->covariate[t] = clinic;
        if (t < DAYS)
            series->value[t] = 80 + week[t % 7] + 20 * clinic + g_rand_int_range(rand, -4, 5);
    }
    return series;
}

typedef struct {
    Calendar *calendar;
    Series *series;
    Network *network;
    Anchor *anchor;
    Task task;
} World;

static World *world_new(NetworkKind kind)
{
    World *w = g_new0(World, 1);
    g_autoptr(GError) error = NULL;
    const gsize season[2] = {7, 0}, until = DAYS;
    const NetworkTraining training = {.seed = 5, .steps = 30, .threads = 2};
    w->calendar = calendar_new("UTC", NULL, &error);
    g_assert_no_error(error);
    w->series = ward(TRUE);
    const Series *one[] = {w->series};
    w->network = network_train(kind, one, &until, 1, w->calendar, season, HORIZON, &training, &error);
    g_assert_no_error(error);
    g_autoptr(Fits) fits = fits_new(w->series, w->calendar, DAYS, season, NULL);
    w->anchor = network_kind_anchor(kind, fits, &error);
    g_assert_no_error(error);
    w->task = (Task){.series = w->series, .calendar = w->calendar, .origin = DAYS, .horizon = HORIZON, .season = {7, 0}};
    return w;
}

static void world_free(World *w)
{
    anchor_free(w->anchor);
    network_free(w->network);
    series_free(w->series);
    calendar_free(w->calendar);
    g_free(w);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static void check_network(NetworkKind kind)
{
    g_autoptr(World) w = world_new(kind);
    g_autoptr(GError) error = NULL;
    const Anchor *anchor[] = {w->anchor};
    g_autoptr(Outlook) outlook = outlook_new("", 18300 + DAYS, HORIZON);
    Outlook *out[] = {outlook};
    double mean[HORIZON], sd[HORIZON];
    gboolean any = FALSE;
    const double leash[NETWORK_RANGES] = {0.5, 0.25, 1, 0.75};
    network_set_leash(w->network, leash);
    g_assert_true(network_forecast(w->network, &w->task, anchor, 1, out, &error));
    anchor_at(w->anchor, DAYS, HORIZON, mean, sd);
    for (gsize h = 0; h < HORIZON; h += 3) {
        ExplainNetwork e, again;
        g_assert_true(explain_network(w->network, &w->task, w->anchor, h, 9, &e, &error));
        g_assert_cmpuint(e.groups, ==, 6);
        g_assert_cmpstr(e.group[5], ==, "clinic");
        double sum = 0;
        for (gsize g = 0; g < e.groups; g++)
            sum += e.share[g];
        assert_near(sum, e.all - e.none, 1e-12 * (1 + fabs(e.all)));
        any = any || fabs(e.all - e.none) > 1e-6;
        /* shown everything it says what it forecasts, though that may since have been put in order */
        double said = anchor_undo(w->anchor, mean[h] + e.all), nearest = G_MAXDOUBLE;
        for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
            nearest = MIN(nearest, fabs(outlook->quantile[h * OUTLOOK_LEVELS + q] - said));
        g_assert_cmpfloat(nearest, <, 1e-4 * (1 + fabs(said)));
        g_assert_true(explain_network(w->network, &w->task, w->anchor, h, 9, &again, &error));
        g_assert_cmpmem(e.share, sizeof e.share, again.share, sizeof again.share);
        g_assert_cmpmem(e.picture.effect, sizeof e.picture.effect, again.picture.effect, sizeof again.picture.effect);
        explain_network_clear(&e);
        explain_network_clear(&again);
    }
    g_assert_true(any);
    ExplainNetwork beyond;
    g_assert_false(explain_network(w->network, &w->task, w->anchor, HORIZON, 9, &beyond, &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_SHORT);
}

static void test_lstm(void)
{
    check_network(NETWORK_LSTM);
}

static void test_transformer(void)
{
    check_network(NETWORK_TRANSFORMER);
}

static void test_free(void)
{
    check_network(NETWORK_FREE);
}

/* A covariate that is missing throughout is shown or not alike: its share is 0 to the last bit. */
static void test_dummy(void)
{
    g_autoptr(World) w = world_new(NETWORK_LSTM);
    g_autoptr(GError) error = NULL;
    for (gsize t = 0; t < w->series->cover; t++)
        w->series->covariate[t] = MISSING;
    ExplainNetwork e;
    g_assert_true(explain_network(w->network, &w->task, w->anchor, 2, 9, &e, &error));
    g_assert_cmpfloat(e.share[5], ==, 0);
    explain_network_clear(&e);
}

/* What is taken away from a window looks as if it had been hidden in training. */
static void test_mask(void)
{
    g_autoptr(World) w = world_new(NETWORK_LSTM);
    const TokensShape *shape = network_tokens(w->network);
    enum { LEADING = 20 };
    gsize floats = tokens_floats(shape, 1), patch = shape->patch;
    g_autofree float *a = g_new0(float, floats), *b = g_new0(float, floats);
    Tokens masked = tokens_at(shape, 1, a), hidden = tokens_at(shape, 1, b);
    TokensWindow window = {.series = w->series, .calendar = w->calendar, .anchor = w->anchor, .origin = DAYS, .known = DAYS};
    tokens_fill(shape, &window, &masked, 0);
    tokens_mask(shape, &masked, 0, TOKENS_STATISTICS, ((guint64)1 << LEADING) - 1);
    window.leading = LEADING;
    tokens_fill(shape, &window, &hidden, 0);
    tokens_mask(shape, &hidden, 0, TOKENS_STATISTICS, 0);
    for (gsize token = 0; token < shape->context + shape->future; token++) {
        g_assert_cmpmem(masked.x + token * shape->features, shape->features * sizeof *a, hidden.x + token * shape->features, shape->features * sizeof *b);
        g_assert_cmpfloat((double)masked.key[token], ==, (double)hidden.key[token]);
        g_assert_cmpfloat((double)masked.live[token], ==, (double)hidden.live[token]);
    }
    tokens_mask(shape, &masked, 0, TOKENS_TODAY, G_MAXUINT64);
    for (gsize token = 0; token < shape->context + shape->future; token++)
        for (gsize k = 0; k < 2 * patch; k++)
            g_assert_cmpfloat((double)masked.x[token * shape->features + k], ==, 0);
}

/* ------------------------------------------------------------------ the anchor */

/* What all together say lies between what the lowest and the highest of them say. */
static void check_voices(const Anchor *anchor, gsize origin, gsize h, double mean)
{
    double part[ANCHOR_PARTS], low = (double)INFINITY, high = -(double)INFINITY;
    g_assert_cmpuint(anchor_voices(anchor), >=, 1);
    for (gsize voice = 0; voice < anchor_voices(anchor); voice++) {
        double sum = 0;
        anchor_voice_parts(anchor, voice, origin, h, part);
        for (int k = 0; k < ANCHOR_PARTS; k++)
            sum += part[k];
        low = MIN(low, sum);
        high = MAX(high, sum);
    }
    g_assert_cmpfloat(low, <=, mean + 1e-9 * (1 + fabs(mean)));
    g_assert_cmpfloat(high, >=, mean - 1e-9 * (1 + fabs(mean)));
}

static void check_parts(const Series *series, const gsize season[2])
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, &error);
    g_autoptr(Anchor) anchor = anchor_new(series, calendar, series->length, season, &error);
    g_assert_no_error(error);
    double mean[60], sd[60], part[ANCHOR_PARTS];
    for (gsize origin = series->length - 3; origin <= series->length; origin++) {
        anchor_at(anchor, origin, 60, mean, sd);
        for (gsize h = 0; h < 60; h++) {
            double sum = 0;
            anchor_parts(anchor, origin, h, part);
            for (int k = 0; k < ANCHOR_PARTS; k++)
                sum += part[k];
            assert_near(sum, mean[h], 1e-9 * (1 + fabs(mean[h])));
            check_voices(anchor, origin, h, mean[h]);
        }
    }
}

static void test_parts(void)
{
    g_autoptr(Series) days = ward(FALSE), hours = series_new("ed", GRAIN_HOUR, 18300 * 24, 24 * 60), months = series_new("year", GRAIN_MONTH, 600, 60);
    g_autoptr(GRand) rand = g_rand_new_with_seed(8);
    const gsize week[2] = {7, 0}, day[2] = {24, 168}, year[2] = {12, 0};
    hours->counts = months->counts = hours->flow = TRUE;
    for (gsize t = 0; t < hours->length; t++)
        hours->value[t] = 5 + (t % 24 > 8 ? 6 : 0) + g_rand_int_range(rand, 0, 5);
    for (gsize t = 0; t < months->length; t++)
        months->value[t] = 200 + 3 * (double)t + 30 * sin(G_PI / 6 * (double)t) + g_rand_int_range(rand, -9, 10);
    check_parts(days, week);
    check_parts(hours, day);
    check_parts(months, year);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/explain/two-gloves-make-a-pair", test_gloves);
    g_test_add_func("/model/explain/shares-add-up-and-a-steady-group-gets-what-it-adds", test_properties);
    g_test_add_func("/model/explain/a-poor-picture-is-withheld", test_picture);
    g_test_add_func("/model/explain/shares-of-the-lstm-add-up-to-what-it-adds", test_lstm);
    g_test_add_func("/model/explain/shares-of-the-transformer-add-up-to-what-it-adds", test_transformer);
    g_test_add_func("/model/explain/shares-of-the-free-one-add-up-to-what-it-adds", test_free);
    g_test_add_func("/model/explain/what-is-never-there-has-no-share", test_dummy);
    g_test_add_func("/model/explain/what-is-taken-away-looks-as-in-training", test_mask);
    g_test_add_func("/model/explain/the-parts-of-the-anchor-add-up", test_parts);
    return g_test_run();
}
