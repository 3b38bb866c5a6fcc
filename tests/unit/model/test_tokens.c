#include "forecast/model/tokens.h"

#include <string.h>

static const gsize weekly[2] = {7, 0};

/* 2022-01-05 is a Wednesday, day 18997 since 1970-01-01. */
enum { WEDNESDAY = 18997, LENGTH = 220, HORIZON = 10 };

typedef struct {
    Calendar *calendar;
    Series *series;
    Anchor *anchor;
    TokensShape shape;
    float *block;
    Tokens tokens;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
    f->calendar = calendar_new("Europe/Berlin", NULL, NULL);
    f->series = series_new("general/ed/arrivals", GRAIN_DAY, WEDNESDAY, LENGTH);
    series_set_covariates(f->series, (const char *const[]){"snow", "electives"}, 2, LENGTH + 30);
    for (gsize t = 0; t < LENGTH; t++)
        f->series->value[t] = 50 + 10 * (t % 7 < 5) + g_test_rand_int_range(0, 8);
    for (gsize t = 0; t < LENGTH + 30; t++)
        f->series->covariate[LENGTH + 30 + t] = (double)(t % 4);
    f->anchor = anchor_new(f->series, f->calendar, LENGTH, weekly, NULL);
    f->shape = tokens_shape(GRAIN_DAY, HORIZON, (const char *const[]){"electives", "nowhere"}, 2);
    f->block = g_new0(float, tokens_floats(&f->shape, 2));
    f->tokens = tokens_at(&f->shape, 2, f->block);
}

static void tear_down(Fixture *f, gconstpointer data)
{
    g_free(f->block);
    anchor_free(f->anchor);
    series_free(f->series);
    calendar_free(f->calendar);
}

static TokensWindow window_at(const Fixture *f, gsize origin)
{
    return (TokensWindow){.series = f->series, .calendar = f->calendar, .anchor = f->anchor, .origin = origin, .known = origin};
}

/* The features of one token of row 1. */
static const float *token_at(const Fixture *f, gsize token)
{
    return f->tokens.x + (token * 2 + 1) * f->shape.features;
}

/* Days: a week before whole weeks, and enough weeks for ten days from any weekday: ceil((6 + 10) / 7) = 3. */
static void test_shapes(Fixture *f, gconstpointer data)
{
    g_assert_cmpuint(f->shape.patch, ==, 7);
    g_assert_cmpuint(f->shape.context, ==, 26);
    g_assert_cmpuint(f->shape.future, ==, 3);
    /* 3 * 7 values, place, 8 phases, 5 facts of 7 days, 3 statistics, 2 covariates and masks of 7 days */
    g_assert_cmpuint(f->shape.features, ==, 21 + 1 + 8 + 35 + 3 + 28);
    TokensShape hours = tokens_shape(GRAIN_HOUR, 72, NULL, 0);
    g_assert_cmpuint(hours.patch, ==, 24);
    g_assert_cmpuint(hours.future, ==, 4); /* 23 + 72 hours touch four days */
    g_assert_cmpuint(tokens_shape(GRAIN_DAY, 1, NULL, 0).future, ==, 1);
    g_assert_cmpuint(tokens_shape(GRAIN_DAY, 2, NULL, 0).future, ==, 2);
}

/* Wednesday is the third day of its week; day 0 of the series lies there, day 5 is Monday. */
static void test_place(Fixture *f, gconstpointer data)
{
    gsize future, within;
    tokens_place(&f->shape, WEDNESDAY, 0, &future, &within);
    g_assert_cmpuint(future, ==, 0);
    g_assert_cmpuint(within, ==, 2);
    tokens_place(&f->shape, WEDNESDAY, 5, &future, &within);
    g_assert_cmpuint(future, ==, 1);
    g_assert_cmpuint(within, ==, 0);
    tokens_place(&f->shape, -3, 0, &future, &within); /* 1969-12-29, a Monday */
    g_assert_cmpuint(within, ==, 0);
}

/* Day 5 is a Monday, so 201 = 5 + 28 * 7 is one, and the origin 203 a Wednesday. */
static void test_known_days(Fixture *f, gconstpointer data)
{
    TokensWindow window = window_at(f, 203);
    tokens_fill(&f->shape, &window, &f->tokens, 1);
    double level = anchor_level(f->anchor, 203), scale = anchor_scale(f->anchor, 203), mean[21], sd[21];
    anchor_at(f->anchor, 203, 21, mean, sd);
    const float *first = token_at(f, 26), *last = token_at(f, 25);
    for (gsize s = 0; s < 7; s++) {
        gboolean known = s < 2; /* Monday and Tuesday are over */
        double u = known ? asinh((anchor_transform(f->anchor, f->series->value[201 + s]) - level) / scale) : 0;
        double shape = known ? 0 : asinh((mean[s - 2] - level) / scale);
        g_assert_cmpfloat_with_epsilon((double)first[s], u, 1e-6);
        g_assert_cmpfloat((double)first[7 + s], ==, known);
        g_assert_cmpfloat_with_epsilon((double)first[14 + s], shape, 1e-6);
        u = asinh((anchor_transform(f->anchor, f->series->value[194 + s]) - level) / scale);
        g_assert_cmpfloat_with_epsilon((double)last[s], u, 1e-6);
        g_assert_cmpfloat((double)last[7 + s], ==, 1);
        g_assert_cmpfloat((double)last[14 + s], ==, 0);
        gsize at = (0 * 2 + 1) * 7 + s;
        g_assert_cmpfloat_with_epsilon((double)f->tokens.anchor[at], known ? 0 : (mean[s - 2] - level) / scale, 1e-5);
        g_assert_cmpfloat_with_epsilon((double)f->tokens.spread[at], known ? 0 : sd[s - 2] / scale, 1e-5);
        g_assert_cmpfloat((double)f->tokens.weight[at], ==, 0);
    }
}

/* With values known up to 208, five of the ten days ahead are targets; with all known, ten. */
static void test_targets(Fixture *f, gconstpointer data)
{
    for (gsize known = 208; known <= LENGTH; known += LENGTH - 208) {
        TokensWindow window = window_at(f, 203);
        window.known = known;
        f->series->value[204] = MISSING;
        tokens_fill(&f->shape, &window, &f->tokens, 1);
        double weight = 0, level = anchor_level(f->anchor, 203), scale = anchor_scale(f->anchor, 203);
        for (gsize at = 0; at < 3 * 7; at++) {
            gsize index = (at / 7 * 2 + 1) * 7 + at % 7, t = 201 + at;
            weight += (double)f->tokens.weight[index];
            if (f->tokens.weight[index] > 0)
                g_assert_cmpfloat_with_epsilon((double)f->tokens.target[index],
                                               (anchor_transform(f->anchor, f->series->value[t]) - level) / scale, 1e-5);
        }
        g_assert_cmpfloat(weight, ==, MIN(known - 203, HORIZON) - 1);
    }
}

/* A hidden patch is one whose values are missing, to the last bit; what comes before all values is not live. */
static void test_hidden_is_missing(Fixture *f, gconstpointer data)
{
    TokensWindow window = window_at(f, 203);
    window.leading = 4;
    window.hole = 10;
    window.holes = 3;
    tokens_fill(&f->shape, &window, &f->tokens, 1);
    for (gsize token = 0; token < 29; token++) {
        gboolean hidden = token < 4 || (token >= 10 && token < 13);
        g_assert_cmpfloat((double)f->tokens.key[token * 2 + 1], ==, !hidden);
        g_assert_cmpfloat((double)f->tokens.live[token * 2 + 1], ==, token >= 4);
    }
    gsize size = tokens_floats(&f->shape, 2) * sizeof(float);
    g_autofree float *hidden = g_memdup2(f->block, size);
    memset(f->block, 0, size);
    gsize first = 201 - 26 * 7;
    for (gsize t = 0; t < first + 4 * 7; t++)
        f->series->value[t] = MISSING;
    for (gsize t = first + 10 * 7; t < first + 13 * 7; t++)
        f->series->value[t] = MISSING;
    window.leading = window.hole = window.holes = 0;
    tokens_fill(&f->shape, &window, &f->tokens, 1);
    g_assert_cmpmem(hidden, size, f->block, size);
}

/* Covariates are found by name and known ahead; one that no series has is masked. */
static void test_covariates(Fixture *f, gconstpointer data)
{
    TokensWindow window = window_at(f, 203);
    tokens_fill(&f->shape, &window, &f->tokens, 1);
    const float *electives = token_at(f, 27) + f->shape.features - 28, *nowhere = electives + 14;
    /* token 27 is days 208 .. 214; 203 days of 0 1 2 3 in turn have mean 1.5 and deviation sqrt(1.25) */
    for (gsize s = 0; s < 7; s++) {
        g_assert_cmpfloat_with_epsilon((double)electives[2 * s], ((double)((208 + s) % 4) - 1.5) / sqrt(1.25), 0.02);
        g_assert_cmpfloat((double)electives[2 * s + 1], ==, 1);
        g_assert_cmpfloat((double)nowhere[2 * s], ==, 0);
        g_assert_cmpfloat((double)nowhere[2 * s + 1], ==, 0);
    }
}

/* sinh() of what the network reads of the value at an index, with and without a twist; origin 203, context from day 19 on. */
static void read_twisted(Fixture *f, const TokensTwist *twist, double value[184], double ahead[10], double target[10])
{
    TokensWindow window = window_at(f, 203);
    window.known = LENGTH;
    window.twist = twist;
    tokens_fill(&f->shape, &window, &f->tokens, 1);
    for (gsize t = 19; t < 203; t++)
        value[t - 19] = sinh((double)token_at(f, (t - 19) / 7)[(t - 19) % 7]);
    for (gsize t = 203; t < 213; t++) {
        ahead[t - 203] = sinh((double)token_at(f, (t - 19) / 7)[14 + (t - 19) % 7]);
        target[t - 203] = (double)f->tokens.target[((t - 201) / 7 * 2 + 1) * 7 + (t - 201) % 7];
    }
}

static void test_twist(Fixture *f, gconstpointer data)
{
    double value[184], ahead[10], target[10], twisted[184], turned[10], aimed[10], squares = 0;
    read_twisted(f, NULL, value, ahead, target);
    const TokensTwist flip = {.flip = TRUE};
    read_twisted(f, &flip, twisted, turned, aimed);
    for (gsize k = 0; k < 184; k++)
        g_assert_cmpfloat_with_epsilon(twisted[k], -value[k], 1e-5);
    for (gsize k = 0; k < 10; k++) {
        g_assert_cmpfloat_with_epsilon(turned[k], -ahead[k], 1e-5);
        g_assert_cmpfloat_with_epsilon(aimed[k], -target[k], 1e-5);
    }
    const TokensTwist past = {.swing = 0.3, .shift = 2, .shift_until = 100};
    read_twisted(f, &past, twisted, turned, aimed);
    for (gsize k = 0; k < 184; k++) {
        gsize t = 19 + k;
        double want = value[k] * exp(0.3 * (double)(203 - t) / 182) + (t < 100 ? 2 : 0);
        g_assert_cmpfloat_with_epsilon(twisted[k], want, 1e-4);
    }
    g_assert_cmpmem(turned, sizeof turned, ahead, sizeof ahead);
    g_assert_cmpmem(aimed, sizeof aimed, target, sizeof target);
    const TokensTwist habits = {.turn = 3, .turn_until = 120};
    read_twisted(f, &habits, twisted, turned, aimed);
    for (gsize k = 3; k < 184; k++)
        g_assert_cmpfloat_with_epsilon(twisted[k], value[19 + k < 120 ? k - 3 : k], 1e-5);
    g_assert_cmpmem(turned, sizeof turned, ahead, sizeof ahead);
    g_assert_cmpmem(aimed, sizeof aimed, target, sizeof target);
    const TokensTwist noise = {.noise = 0.5, .seed = (guint64)g_test_rand_int()};
    read_twisted(f, &noise, twisted, turned, aimed);
    for (gsize k = 0; k < 184; k++)
        squares += (twisted[k] - value[k]) * (twisted[k] - value[k]) / 184;
    g_assert_cmpfloat(sqrt(squares), >, 0.35); /* 0.5, and five standard errors of 0.026 */
    g_assert_cmpfloat(sqrt(squares), <, 0.65);
}

/* What hides the year hides nothing else. */
static void test_yearless(Fixture *f, gconstpointer data)
{
    f->shape.yearly = TRUE;
    TokensWindow window = window_at(f, 203);
    tokens_fill(&f->shape, &window, &f->tokens, 1);
    gsize size = tokens_floats(&f->shape, 2) * sizeof(float);
    g_autofree float *told = g_memdup2(f->block, size);
    window.yearless = TRUE;
    tokens_fill(&f->shape, &window, &f->tokens, 1);
    gsize changed = 0;
    for (gsize k = 0; k < size / sizeof(float); k++)
        changed += told[k] != f->block[k];
    g_assert_cmpuint(changed, <=, 29 * 8);
    g_assert_cmpuint(changed, >, 29 * 7); /* a sine or cosine may be 0 */
    for (gsize token = 0; token < 29; token++)
        for (gsize k = 0; k < 8; k++)
            g_assert_cmpfloat((double)token_at(f, token)[3 * 7 + 1 + k], ==, 0);
}

/* Early in a series most of the context lies before its first value. */
static void test_early(Fixture *f, gconstpointer data)
{
    TokensWindow window = window_at(f, 9);
    tokens_fill(&f->shape, &window, &f->tokens, 1);
    for (gsize token = 0; token < 29; token++) {
        /* the patch of the origin begins on day 5; the one before it holds days 0 .. 4 */
        g_assert_cmpfloat((double)f->tokens.key[token * 2 + 1], ==, token >= 25);
        for (gsize k = 0; k < f->shape.features; k++)
            g_assert_true(isfinite(token_at(f, token)[k]));
    }
    const float *short_week = token_at(f, 25);
    for (gsize s = 0; s < 7; s++)
        g_assert_cmpfloat((double)short_week[7 + s], ==, s >= 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/model/tokens/shapes-follow-the-grain-and-the-horizon", Fixture, NULL, set_up, test_shapes, tear_down);
    g_test_add("/model/tokens/weeks-begin-on-monday", Fixture, NULL, set_up, test_place, tear_down);
    g_test_add("/model/tokens/days-of-the-week-that-are-over-are-given", Fixture, NULL, set_up, test_known_days, tear_down);
    g_test_add("/model/tokens/targets-are-what-is-known-of-the-horizon", Fixture, NULL, set_up, test_targets, tear_down);
    g_test_add("/model/tokens/a-hidden-patch-is-a-missing-one", Fixture, NULL, set_up, test_hidden_is_missing, tear_down);
    g_test_add("/model/tokens/covariates-go-by-name", Fixture, NULL, set_up, test_covariates, tear_down);
    g_test_add("/model/tokens/a-twisted-past-is-twisted-as-told", Fixture, NULL, set_up, test_twist, tear_down);
    g_test_add("/model/tokens/the-place-in-the-year-can-be-hidden", Fixture, NULL, set_up, test_yearless, tear_down);
    g_test_add("/model/tokens/a-young-series-begins-late", Fixture, NULL, set_up, test_early, tear_down);
    return g_test_run();
}
