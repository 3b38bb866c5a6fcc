#include "daemon/engine/schooling.h"

#include "daemon/engine/panel.h"

#include <string.h>

enum { WARDS = 2, HORIZON = 5 };

/* Busy weekdays, quiet weekends and what looks like chance, always the same. */
static double census(gsize ward, gsize t)
{
    return 60 + 30 * (double)ward + (t % 7 < 5 ? 12 : 0) + (double)((t * t + 13 * t + 5 * ward) % 11);
}

static GPtrArray *wards(gsize days)
{
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    for (gsize i = 0; i < WARDS; i++) {
        g_ptr_array_add(all, series_new(i == 0 ? "north/icu/census" : "north/med/census", GRAIN_DAY, 18300, days));
        Series *series = g_ptr_array_index(all, i);
        for (gsize t = 0; t < days; t++)
            series->value[t] = census(i, t);
        series->counts = TRUE;
    }
    return all;
}

static gboolean school(gsize days, const EngineOptions *options, Release **release, GError **error)
{
    g_autoptr(GPtrArray) all = wards(days);
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, error);
    g_assert_nonnull(calendar);
    *release = NULL;
    return schooling_run((const Series *const *)all->pdata, all->len, calendar, options, release, error);
}

static EngineOptions quick(const char *member)
{
    EngineOptions options;
    engine_options_init(&options, HORIZON);
    options.steps = 3;
    options.seeds = 1;
    options.origins = 3;
    options.stride = 3;
    options.threads = 1;
    options.member = member;
    options.from_scratch = TRUE;
    return options;
}

/* ------------------------------------------------------------------ stopped */

typedef struct {
    guint calls, at; /* at 0: never */
} Stop;

static gboolean count_down(void *self, const char *what, double share, double loss)
{
    Stop *stop = self;
    return ++stop->calls != stop->at;
}

/* Whenever somebody loses patience there is no half release; who asks no more gets one. */
static void stopped_at_any_point_it_leaves_nothing(void)
{
    Stop stop = {0};
    EngineOptions options = quick("naive,lstm");
    options.progress = count_down;
    options.self = &stop;
    g_autoptr(GError) error = NULL;
    g_autoptr(Release) whole = NULL;
    g_assert_true(school(90, &options, &whole, &error));
    g_assert_no_error(error);
    const guint all = stop.calls, at[] = {1, all / 2, all};
    g_assert_cmpuint(all, >=, 5);
    for (gsize k = 0; k < G_N_ELEMENTS(at); k++) {
        g_autoptr(GError) stopped = NULL;
        Release *release;
        stop = (Stop){.at = at[k]};
        g_test_message("stopped at call %u of %u", at[k], all);
        g_assert_false(school(90, &options, &release, &stopped));
        g_assert_true(g_error_matches(stopped, MODEL_ERROR, MODEL_ERROR_STOPPED) || g_error_matches(stopped, JUDGE_ERROR, JUDGE_ERROR_STOPPED));
        g_assert_null(release);
        g_assert_cmpuint(stop.calls, ==, at[k]); /* nobody is asked again */
    }
}

/* ------------------------------------------------------------------ not to be trained */

/* Three weeks are too short for a network that has seen nothing yet. */
static void a_network_that_cannot_be_trained_is_left_out_and_the_card_says_why(void)
{
    EngineOptions options = quick("naive,lstm");
    g_autoptr(GError) error = NULL;
    g_autoptr(Release) release = NULL;
    g_assert_true(school(21, &options, &release, &error));
    g_assert_no_error(error);
    for (int k = 0; k < NETWORK_KINDS; k++)
        g_assert_null(release->network[k]);
    g_assert_nonnull(strstr(release->card, "The networks learnt from scratch, as was asked for.\n"));
    g_assert_nonnull(strstr(release->card, "The lstm network is not part of it: "));
    g_assert_null(strstr(release->card, "The transformer network")); /* which nobody asked for */
}

static void when_it_was_the_only_one_the_error_says_why(void)
{
    EngineOptions options = quick("lstm");
    g_autoptr(GError) error = NULL;
    Release *release;
    g_assert_false(school(21, &options, &release, &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_SHORT);
    g_assert_nonnull(strstr(error->message, "no member is left: "));
    g_assert_nonnull(strstr(error->message, "The lstm network is not part of it: "));
    g_assert_null(release);
}

/* ------------------------------------------------------------------ pretrained */

/* What the shipped networks know serves a ward of two weeks, which has nothing to teach. */
static void pretrained_networks_serve_as_they_are_where_there_is_nothing_to_learn(void)
{
    EngineOptions options = quick(NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Release) release = NULL;
    options.from_scratch = FALSE;
    options.horizon = 14;
    options.origins = options.stride = 0;
    g_assert_true(school(14, &options, &release, &error));
    g_assert_no_error(error);
    g_assert_null(strstr(release->card, "from scratch"));
    g_assert_nonnull(strstr(release->card, "network serves as it was pretrained: what it could learn here did not help it.\n"));
    double networks = 0;
    for (gsize m = 0; m < release->members; m++)
        networks += panel_is_network(m) ? release->group.weight[m] : 0;
    g_assert_cmpfloat(networks, >, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/schooling/stopped-at-any-point-it-leaves-nothing", stopped_at_any_point_it_leaves_nothing);
    g_test_add_func("/daemon/schooling/a-network-that-cannot-be-trained-is-left-out-and-the-card-says-why",
                    a_network_that_cannot_be_trained_is_left_out_and_the_card_says_why);
    g_test_add_func("/daemon/schooling/when-it-was-the-only-one-the-error-says-why", when_it_was_the_only_one_the_error_says_why);
    g_test_add_func("/daemon/schooling/pretrained-networks-serve-as-they-are-where-there-is-nothing-to-learn",
                    pretrained_networks_serve_as_they_are_where_there_is_nothing_to_learn);
    return g_test_run();
}
