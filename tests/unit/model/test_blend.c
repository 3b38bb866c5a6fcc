#include "forecast/model/blend.h"

#include <string.h>

enum { MEMBERS = 3, ORIGINS = 4, HORIZON = 2 };

typedef struct {
    BlendTrial trial;
    float *quantile, *actual;
} Made;

static float *cell(Made *made, gsize member, gsize series, gsize origin, gsize step)
{
    const BlendTrial *trial = &made->trial;
    return made->quantile + (((member * trial->series + series) * trial->origins + origin) * trial->horizon + step) * OUTLOOK_LEVELS;
}

static void fill(float *quantile, double value)
{
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
        quantile[k] = (float)value;
}

/* Truth 10 everywhere; each member is certain of its own number: 10 + off[member]. */
static Made *make(gsize series, const double *off)
{
    Made *made = g_new0(Made, 1);
    made->quantile = g_new0(float, MEMBERS * series * ORIGINS * HORIZON * OUTLOOK_LEVELS);
    made->actual = g_new0(float, series * ORIGINS * HORIZON);
    made->trial = (BlendTrial){MEMBERS, series, ORIGINS, HORIZON, made->quantile, made->actual, NULL, 1, 0};
    for (gsize k = 0; k < series * ORIGINS * HORIZON; k++)
        made->actual[k] = 10.0f;
    for (gsize m = 0; m < MEMBERS; m++)
        for (gsize s = 0; s < series; s++)
            for (gsize o = 0; o < ORIGINS; o++)
                for (gsize h = 0; h < HORIZON; h++)
                    fill(cell(made, m, s, o, h), 10.0 + off[m]);
    return made;
}

static void made_free(Made *made)
{
    g_free(made->quantile);
    g_free(made->actual);
    g_free(made);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Made, made_free)

/* The levels add up to 6.5 of 13: being certain and wrong by d costs d / 2 on average. */
static void a_certain_error_costs_half_of_itself(void)
{
    const double off[MEMBERS] = {4, -2, 0}, first[MEMBERS] = {1, 0, 0}, both[MEMBERS] = {.5, .5, 0};
    g_autoptr(Made) made = make(2, off);
    g_assert_cmpfloat_with_epsilon(blend_loss(&made->trial, first, 0), 2.0, 1e-9);
    g_assert_cmpfloat_with_epsilon(blend_loss(&made->trial, both, 1), 0.5, 1e-9); /* half way between 14 and 8 is 11 */
    const double scale[2] = {1, 4};
    made->trial.scale = scale;
    g_assert_cmpfloat_with_epsilon(blend_loss(&made->trial, first, 1), 0.5, 1e-9);
    g_assert_cmpfloat_with_epsilon(blend_loss(&made->trial, first, BLEND_ALL), 1.25, 1e-9);
}

/* Member 1 errs by 0.  Member 0 errs by 1, 2, 3, 2, so that its losses are worse by .5, 1,
 * 1.5, 1: mean 1, deviation .408248, standard error .204124 of four origins, that is
 * 4.89898 of them; of two separate ones .288675 and 3.46410. */
static void who_was_worse_speaks_less_by_standard_errors(void)
{
    const double off[MEMBERS] = {0, 0, 9};
    static const double error[ORIGINS] = {1, 2, 3, 2};
    const gboolean allowed[MEMBERS] = {TRUE, TRUE, FALSE};
    double weight[MEMBERS];
    g_autoptr(Made) made = make(3, off);
    for (gsize s = 0; s < 3; s++)
        for (gsize o = 0; o < ORIGINS; o++)
            for (gsize h = 0; h < HORIZON; h++)
                fill(cell(made, 0, s, o, h), 10.0 + error[o]);
    blend_group(&made->trial, allowed, weight);
    g_assert_cmpfloat_with_epsilon(weight[0] / weight[1], exp(-4.89898), 1e-6);
    g_assert_cmpfloat_with_epsilon(weight[0] + weight[1], 1.0, 1e-12);
    g_assert_cmpfloat(weight[2], ==, 0.0);
    made->trial.separate = 2;
    blend_group(&made->trial, allowed, weight);
    g_assert_cmpfloat_with_epsilon(weight[0] / weight[1], exp(-3.46410), 1e-6);
}

/* Errors of 3, 0, 0, 3 and of 0, 3, 3, 0 cost the same; one of 9 always costs more. */
static void who_cannot_be_told_from_the_best_speaks_as_loud(void)
{
    const double off[MEMBERS] = {0, 0, 9};
    double weight[MEMBERS];
    g_autoptr(Made) made = make(2, off);
    for (gsize s = 0; s < 2; s++)
        for (gsize o = 0; o < ORIGINS; o++)
            for (gsize h = 0; h < HORIZON; h++)
                fill(cell(made, o % 3 == 0 ? 0 : 1, s, o, h), 13.0);
    blend_group(&made->trial, NULL, weight);
    g_assert_cmpfloat_with_epsilon(weight[0], 0.5, 1e-3);
    g_assert_cmpfloat_with_epsilon(weight[1], 0.5, 1e-3);
    g_assert_cmpfloat_with_epsilon(weight[0], weight[1], 1e-12);
}

/* Alone they cost 1.25, 1 and 4.5: of two origins the better half is all there is. */
static void two_origins_are_too_few_for_a_standard_error(void)
{
    const double off[MEMBERS] = {2.5, -2, 9};
    double weight[MEMBERS];
    g_autoptr(Made) made = make(1, off);
    for (gsize k = 0; k < 2 * HORIZON; k++)
        made->actual[k] = (float)MISSING;
    blend_group(&made->trial, NULL, weight);
    g_assert_true(weight[0] == 0.5 && weight[1] == 0.5 && weight[2] == 0.0);
}

static void a_member_that_is_not_allowed_has_no_say(void)
{
    const double off[MEMBERS] = {0, 5, 3};
    const gboolean allowed[MEMBERS] = {FALSE, TRUE, TRUE};
    double weight[MEMBERS];
    g_autoptr(Made) made = make(1, off);
    blend_group(&made->trial, allowed, weight);
    g_assert_cmpfloat(weight[0], ==, 0.0);
    g_assert_cmpfloat_with_epsilon(weight[2], 1.0, 1e-9);
}

static void a_member_that_failed_is_left_out(void)
{
    const double off[MEMBERS] = {0, 5, 3};
    double weight[MEMBERS];
    g_autoptr(Made) made = make(1, off);
    for (gsize o = 0; o < ORIGINS; o++)
        for (gsize h = 0; h < HORIZON; h++)
            fill(cell(made, 0, 0, o, h), MISSING);
    blend_group(&made->trial, NULL, weight);
    g_assert_cmpfloat(weight[0], ==, 0.0);
    g_assert_cmpfloat_with_epsilon(weight[2], 1.0, 1e-9);
    /* and a blend that leans on it is made of the others */
    const double lean[MEMBERS] = {.8, .2, 0};
    g_assert_cmpfloat_with_epsilon(blend_loss(&made->trial, lean, 0), 2.5, 1e-9);
    const double alone[MEMBERS] = {1, 0, 0};
    g_assert_true(isnan(blend_loss(&made->trial, alone, 0)));
}

static void without_evidence_all_speak_alike(void)
{
    const double off[MEMBERS] = {0, 5, 3};
    const gboolean allowed[MEMBERS] = {TRUE, TRUE, FALSE};
    double weight[MEMBERS];
    g_autoptr(Made) made = make(1, off);
    for (gsize k = 0; k < ORIGINS * HORIZON; k++)
        made->actual[k] = (float)MISSING;
    blend_group(&made->trial, allowed, weight);
    g_assert_cmpfloat_with_epsilon(weight[0], 0.5, 1e-9);
    g_assert_cmpfloat_with_epsilon(weight[1], 0.5, 1e-9);
    g_assert_cmpfloat(weight[2], ==, 0.0);
}

/* Alone they cost 1.25, 1 and 4.5. */
static void the_better_half_speaks_alike(void)
{
    const double off[MEMBERS] = {2.5, -2, 9};
    const gboolean allowed[MEMBERS] = {TRUE, FALSE, TRUE};
    double weight[MEMBERS];
    g_autoptr(Made) made = make(3, off);
    blend_better_half(&made->trial, NULL, weight);
    g_assert_true(weight[0] == 0.5 && weight[1] == 0.5 && weight[2] == 0.0);
    blend_better_half(&made->trial, allowed, weight);
    g_assert_true(weight[0] == 1.0 && weight[1] == 0.0 && weight[2] == 0.0);
    for (gsize k = 0; k < 3 * ORIGINS * HORIZON; k++)
        made->actual[k] = (float)MISSING;
    blend_better_half(&made->trial, allowed, weight);
    g_assert_true(weight[0] == 0.5 && weight[1] == 0.0 && weight[2] == 0.5);
}

/* Alone they cost 1.35, 1 and 4.5: the second best could only spoil the best. */
static void of_the_better_half_those_far_behind_are_silent(void)
{
    const double off[MEMBERS] = {2.7, -2, 9};
    double weight[MEMBERS];
    g_autoptr(Made) made = make(3, off);
    blend_better_half(&made->trial, NULL, weight);
    g_assert_true(weight[0] == 0.0 && weight[1] == 1.0 && weight[2] == 0.0);
}

/* Member 0 is right in series 0 and 8 off in series 1, member 1 the other way
 * round, on every morning: each series ends with its own. */
static void a_series_bends_the_weights_where_that_helps(void)
{
    const double off[MEMBERS] = {0, 8, 0}, group[MEMBERS] = {.5, .5, 0};
    double weight[2 * MEMBERS];
    g_autoptr(Made) made = make(2, off);
    for (gsize o = 0; o < ORIGINS; o++)
        for (gsize h = 0; h < HORIZON; h++) {
            fill(cell(made, 0, 1, o, h), 18.0);
            fill(cell(made, 1, 1, o, h), 10.0);
        }
    g_assert_cmpfloat(blend_series(&made->trial, group, weight), ==, 1.6);
    g_assert_cmpfloat_with_epsilon(weight[0], 1.0, 1e-6);
    g_assert_cmpfloat_with_epsilon(weight[MEMBERS + 1], 1.0, 1e-6);
    g_assert_true(weight[2] == 0.0 && weight[MEMBERS + 2] == 0.0); /* who has no say for the group has none here */
}

/* The same, but who is right changes with every morning: the past says nothing. */
static void a_series_keeps_the_groups_weights_where_bending_would_not_help(void)
{
    const double off[MEMBERS] = {0, 8, 0}, group[MEMBERS] = {.5, .5, 0};
    double weight[2 * MEMBERS];
    g_autoptr(Made) made = make(2, off);
    for (gsize o = 0; o < ORIGINS; o++)
        for (gsize h = 0; h < HORIZON; h++)
            for (gsize s = 0; s < 2; s++) {
                fill(cell(made, 0, s, o, h), (o + s) % 2 ? 18.0 : 10.0);
                fill(cell(made, 1, s, o, h), (o + s) % 2 ? 10.0 : 18.0);
            }
    g_assert_cmpfloat(blend_series(&made->trial, group, weight), ==, 0.0);
    for (gsize s = 0; s < 2; s++)
        g_assert_true(weight[s * MEMBERS] == 0.5 && weight[s * MEMBERS + 1] == 0.5);
}

static void one_series_or_two_origins_keep_the_groups_weights(void)
{
    const double off[MEMBERS] = {0, 8, 3}, group[MEMBERS] = {.25, .25, .5};
    double weight[MEMBERS];
    g_autoptr(Made) made = make(1, off);
    g_assert_cmpfloat(blend_series(&made->trial, group, weight), ==, 0.0);
    g_assert_cmpmem(weight, sizeof weight, group, sizeof group);
}

/* Gains of 1, 2, 3 and 2 in error are .5, 1, 1.5, 1 in loss: mean 1, deviation
 * sqrt(.5 / 3) = .408248, standard error .204124. */
static void the_gate_opens_beyond_one_standard_error(void)
{
    const double off[MEMBERS] = {6, 0, 0}, network[MEMBERS] = {0, 1, 0}, classical[MEMBERS] = {1, 0, 0};
    static const double gain[ORIGINS] = {1, 2, 3, 2};
    g_autoptr(Made) made = make(1, off);
    for (gsize o = 0; o < ORIGINS; o++)
        for (gsize h = 0; h < HORIZON; h++)
            fill(cell(made, 1, 0, o, h), 16.0 - gain[o]);
    BlendVerdict verdict;
    blend_gate(&made->trial, 0, "lstm", network, classical, &verdict);
    g_assert_true(verdict.publish);
    g_assert_cmpuint(verdict.origins, ==, 4);
    g_assert_cmpfloat_with_epsilon(verdict.difference, 1.0, 1e-6);
    g_assert_cmpfloat_with_epsilon(verdict.error, 0.204124, 1e-5);
    g_assert_cmpstr(verdict.sentence, ==, "lstm publishes: mean pinball 2 against 3, better by 1 (standard error 0.2) over 4 origins");
    blend_verdict_clear(&verdict);
}

/* Gains of 3, -2, 1, -1 in error: mean .125 in loss, well below its error. */
static void the_gate_stays_shut_when_luck_could_explain_it(void)
{
    const double off[MEMBERS] = {6, 0, 0}, network[MEMBERS] = {0, 1, 0}, classical[MEMBERS] = {1, 0, 0};
    static const double gain[ORIGINS] = {3, -2, 1, -1};
    g_autoptr(Made) made = make(1, off);
    for (gsize o = 0; o < ORIGINS; o++)
        for (gsize h = 0; h < HORIZON; h++)
            fill(cell(made, 1, 0, o, h), 16.0 - gain[o]);
    BlendVerdict verdict;
    blend_gate(&made->trial, BLEND_ALL, "lstm", network, classical, &verdict);
    g_assert_false(verdict.publish);
    g_assert_cmpfloat_with_epsilon(verdict.difference, 0.125, 1e-6);
    g_assert_true(g_str_has_prefix(verdict.sentence, "lstm stands down: mean pinball 2.875 against 3"));
    blend_verdict_clear(&verdict);
}

static void the_gate_stays_shut_for_equals_and_for_few_origins(void)
{
    const double off[MEMBERS] = {6, 6, 1}, network[MEMBERS] = {0, 1, 0}, better[MEMBERS] = {0, 0, 1}, classical[MEMBERS] = {1, 0, 0};
    g_autoptr(Made) made = make(1, off);
    BlendVerdict verdict;
    blend_gate(&made->trial, 0, "lstm", network, classical, &verdict);
    g_assert_false(verdict.publish);
    blend_verdict_clear(&verdict);
    blend_gate(&made->trial, 0, "lstm", better, classical, &verdict);
    g_assert_true(verdict.publish);
    blend_verdict_clear(&verdict);
    for (gsize k = 0; k < 2 * HORIZON; k++)
        made->actual[k] = (float)MISSING; /* two origins are left */
    blend_gate(&made->trial, 0, "lstm", better, classical, &verdict);
    g_assert_false(verdict.publish);
    g_assert_cmpstr(verdict.sentence, ==, "lstm stands down: compared at 2 origins, at least 3 are wanted");
    blend_verdict_clear(&verdict);
}

static void outlooks_are_averaged_level_by_level(void)
{
    g_autoptr(Outlook) low = outlook_new("low", 7, 1), high = outlook_new("high", 7, 1), out = outlook_new("blend", 7, 1);
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++) {
        low->quantile[k] = (double)k;
        high->quantile[k] = 20.0 + 2.0 * (double)k;
    }
    low->mean[0] = 6.0;
    high->mean[0] = 32.0;
    const Outlook *const outlook[3] = {low, NULL, high};
    const double weight[3] = {.3, .6, .1};
    g_assert_true(blend_apply(outlook, weight, 3, TRUE, out));
    g_assert_cmpfloat_with_epsilon(out->mean[0], 12.5, 1e-12); /* .75 * 6 + .25 * 32 */
    g_assert_cmpfloat_with_epsilon(out->quantile[0], 5.0, 1e-12);
    g_assert_cmpfloat_with_epsilon(out->quantile[12], 20.0, 1e-12); /* .75 * 12 + .25 * 44 */
    const double none[3] = {0, 1, 0};
    g_assert_false(blend_apply(outlook, none, 3, TRUE, out));
    g_assert_cmpfloat_with_epsilon(out->mean[0], 12.5, 1e-12);
}

/* 3, 5, 40: the middle is 5; of 3 and 40 it is 21.5, whoever else keeps silent. */
static void the_middle_of_members_is_no_mean(void)
{
    static const double says[3] = {5, 40, 3};
    Outlook *outlook[4] = {NULL};
    double weight[4] = {1, 1, 1, 1};
    for (gsize m = 0; m < 3; m++) {
        outlook[m] = outlook_new("made", 0, 2);
        for (gsize h = 0; h < 2; h++) {
            outlook[m]->mean[h] = says[m] + (double)h;
            for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
                outlook[m]->quantile[h * OUTLOOK_LEVELS + k] = says[m] + (double)(h + k);
        }
    }
    g_autoptr(Outlook) out = outlook_new("wardcast", 0, 2);
    g_assert_true(blend_median((const Outlook *const *)outlook, weight, 4, TRUE, out));
    g_assert_cmpfloat(out->mean[1], ==, 6);
    g_assert_cmpfloat(out->quantile[OUTLOOK_LEVELS + 12], ==, 5 + 1 + 12);
    weight[0] = 0;
    g_assert_true(blend_median((const Outlook *const *)outlook, weight, 4, TRUE, out));
    g_assert_cmpfloat(out->mean[0], ==, 21.5);
    /* 3 weighs 3, 40 weighs 1: their middles lie at 1.5 and 3.5 of 4, and 2 is a quarter of the way */
    weight[2] = 3;
    g_assert_true(blend_median((const Outlook *const *)outlook, weight, 4, TRUE, out));
    g_assert_cmpfloat_with_epsilon(out->mean[0], 3 + 37 / 4.0, 1e-12);
    weight[1] = weight[2] = 0;
    g_assert_false(blend_median((const Outlook *const *)outlook, weight, 4, TRUE, out));
    g_assert_cmpfloat_with_epsilon(out->mean[0], 12.25, 1e-12);
    for (gsize m = 0; m < 3; m++)
        outlook_free(outlook[m]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/blend/a-certain-error-costs-half-of-itself", a_certain_error_costs_half_of_itself);
    g_test_add_func("/model/blend/who-was-worse-speaks-less-by-standard-errors", who_was_worse_speaks_less_by_standard_errors);
    g_test_add_func("/model/blend/who-cannot-be-told-from-the-best-speaks-as-loud", who_cannot_be_told_from_the_best_speaks_as_loud);
    g_test_add_func("/model/blend/two-origins-are-too-few-for-a-standard-error", two_origins_are_too_few_for_a_standard_error);
    g_test_add_func("/model/blend/a-member-that-is-not-allowed-has-no-say", a_member_that_is_not_allowed_has_no_say);
    g_test_add_func("/model/blend/a-member-that-failed-is-left-out", a_member_that_failed_is_left_out);
    g_test_add_func("/model/blend/without-evidence-all-speak-alike", without_evidence_all_speak_alike);
    g_test_add_func("/model/blend/the-better-half-speaks-alike", the_better_half_speaks_alike);
    g_test_add_func("/model/blend/of-the-better-half-those-far-behind-are-silent", of_the_better_half_those_far_behind_are_silent);
    g_test_add_func("/model/blend/a-series-bends-the-weights-where-that-helps", a_series_bends_the_weights_where_that_helps);
    g_test_add_func("/model/blend/a-series-keeps-the-groups-weights-where-bending-would-not-help", a_series_keeps_the_groups_weights_where_bending_would_not_help);
    g_test_add_func("/model/blend/one-series-or-two-origins-keep-the-groups-weights", one_series_or_two_origins_keep_the_groups_weights);
    g_test_add_func("/model/blend/the-gate-opens-beyond-one-standard-error", the_gate_opens_beyond_one_standard_error);
    g_test_add_func("/model/blend/the-gate-stays-shut-when-luck-could-explain-it", the_gate_stays_shut_when_luck_could_explain_it);
    g_test_add_func("/model/blend/the-gate-stays-shut-for-equals-and-for-few-origins", the_gate_stays_shut_for_equals_and_for_few_origins);
    g_test_add_func("/model/blend/outlooks-are-averaged-level-by-level", outlooks_are_averaged_level_by_level);
    g_test_add_func("/model/blend/the-middle-of-members-is-no-mean", the_middle_of_members_is_no_mean);
    return g_test_run();
}
