#include "daemon/engine/engine.h"
#include "daemon/engine/panel.h"
#include "daemon/engine/training.h"

#include <string.h>

/* GLib's own macro promotes to long double, which clang warns of. */
#define assert_near(seen, wanted, most) g_assert_cmpfloat(fabs((seen) - (wanted)), <=, (most))

enum { WARDS = 3, DAYS = 150, HORIZON = 7 };

/* Wards with a week, a level of their own and chance, the same in every run. */
static GPtrArray *wards(gsize n, gsize days)
{
    static const double week[] = {12, 8, 5, 4, 3, -14, -18};
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    for (gsize i = 0; i < n; i++) {
        g_autofree char *id = g_strdup_printf("north/ward-%zu/census", i);
        Series *series = series_new(id, GRAIN_DAY, 18300, days);
        series->counts = TRUE;
        for (gsize t = 0; t < days; t++)
            series->value[t] = 60 + 30 * (double)i + week[t % 7] + g_rand_int_range(rand, -4, 5);
        g_ptr_array_add(all, series);
    }
    return all;
}

static const Series *const *list(const GPtrArray *all)
{
    return (const Series *const *)all->pdata;
}

static Calendar *calendar(void)
{
    g_autoptr(GError) error = NULL;
    Calendar *c = calendar_new("UTC", NULL, &error);
    g_assert_no_error(error);
    return c;
}

static EngineOptions quick(gsize threads, const char *member)
{
    EngineOptions options;
    engine_options_init(&options, HORIZON);
    options.steps = 4;
    options.origins = 5;
    options.stride = 3;
    options.threads = threads;
    options.member = member;
    return options;
}

static Release *train(const GPtrArray *all, gsize threads, const char *member)
{
    g_autoptr(Calendar) c = calendar();
    g_autoptr(GError) error = NULL;
    EngineOptions options = quick(threads, member);
    Release *release = NULL;
    g_assert_true(engine_train(list(all), all->len, c, &options, &release, &error));
    g_assert_no_error(error);
    return release;
}

/* Trained once for all tests that only read it. */
static Release *shared;

static const Release *trained(void)
{
    if (shared == NULL) {
        g_autoptr(GPtrArray) all = wards(WARDS, DAYS);
        shared = train(all, 2, NULL);
    }
    return shared;
}

static void forecast(const Release *release, const GPtrArray *all, const gsize *origin, gsize threads, Outlook **out, EngineNote *note)
{
    g_autoptr(Calendar) c = calendar();
    g_autoptr(GError) error = NULL;
    g_assert_true(engine_forecast(release, list(all), all->len, origin, HORIZON, c, threads, out, note, NULL, &error));
    g_assert_no_error(error);
}

static void release_outlooks(Outlook **out, EngineNote *note, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        outlook_free(out[i]);
        engine_note_clear(&note[i]);
    }
}

static void test_training(void)
{
    const Release *release = trained();
    g_assert_cmpint(release->grain, ==, GRAIN_DAY);
    g_assert_cmpuint(release->season[0], ==, 7);
    g_assert_cmpuint(release->horizon, ==, HORIZON);
    g_assert_cmpuint(release->series, ==, WARDS);
    g_assert_cmpuint(release->origins, ==, 5);
    g_assert_cmpint(release->watermark, ==, 18300 + DAYS);
    g_assert_nonnull(release->network[NETWORK_LSTM]);
    g_assert_nonnull(release->network[NETWORK_TRANSFORMER]);
    g_assert_nonnull(release->network[NETWORK_FREE]);
    for (gsize i = 0; i < WARDS; i++) {
        double sum = 0;
        for (gsize m = 0; m < release->members; m++)
            sum += release->row[i].weight[m];
        assert_near(sum, 1.0, 1e-9);
        g_assert_cmpuint(strlen(release->row[i].verdict), >, 0);
    }
    g_assert_nonnull(strstr(release->card, "Backtest of 3 series by days from 5 origins each, 7 steps ahead."));
}

static int range_width(gsize stride)
{
    g_autoptr(GPtrArray) all = wards(1, DAYS);
    g_autoptr(Calendar) c = calendar();
    EngineOptions options = quick(1, "naive");
    g_autoptr(Release) release = NULL;
    options.stride = stride;
    for (gsize t = DAYS - 45; t < DAYS; t++) /* what was held back lies far above all forecasts */
        list(all)[0]->value[t] += 2 * (double)(t + 45 - DAYS);
    g_assert_true(engine_train(list(all), 1, c, &options, &release, NULL));
    g_assert_true((strstr(release->card, "too few horizons") != NULL) == (stride < 4));
    g_autoptr(GPtrArray) plain = wards(1, DAYS);
    Outlook *out[1];
    EngineNote note[1];
    gsize origin[1] = {DAYS - 60};
    forecast(release, plain, origin, 1, out, note);
    int width = (int)(100 * (out[0]->quantile[OUTLOOK_LEVELS - 1] - out[0]->quantile[0]));
    release_outlooks(out, note, 1);
    return width;
}

/* Origins 3 apart at a horizon of 7 all tell of the same three weeks: no reason to widen every range to come. */
static void test_separate_horizons(void)
{
    g_assert_cmpint(range_width(7), >, range_width(3));
}

static void test_threads(void)
{
    g_autoptr(GPtrArray) all = wards(WARDS, DAYS);
    g_autoptr(Release) one = train(all, 1, NULL);
    const Release *two = trained();
    g_autoptr(GBytes) a = release_to_bytes(one), b = release_to_bytes(two);
    g_assert_true(g_bytes_equal(a, b));
    Outlook *x[WARDS], *y[WARDS];
    EngineNote note[WARDS], again[WARDS];
    forecast(one, all, NULL, 1, x, note);
    forecast(two, all, NULL, 2, y, again);
    for (gsize i = 0; i < WARDS; i++)
        g_assert_cmpmem(x[i]->quantile, HORIZON * OUTLOOK_LEVELS * sizeof(double), y[i]->quantile, HORIZON * OUTLOOK_LEVELS * sizeof(double));
    release_outlooks(x, note, WARDS);
    release_outlooks(y, again, WARDS);
}

/* After a file and back, the forecast is the same; and it makes sense. */
static void test_forecast(void)
{
    g_autoptr(GPtrArray) all = wards(WARDS, DAYS);
    const Release *release = trained();
    g_autoptr(GBytes) bytes = release_to_bytes(release);
    g_autoptr(GError) error = NULL;
    g_autoptr(Release) back = release_from_bytes(bytes, &error);
    g_assert_no_error(error);
    Outlook *x[WARDS], *y[WARDS];
    EngineNote note[WARDS], again[WARDS];
    forecast(release, all, NULL, 2, x, note);
    forecast(back, all, NULL, 2, y, again);
    for (gsize i = 0; i < WARDS; i++) {
        g_assert_cmpstr(x[i]->member, ==, "wardcast");
        g_assert_cmpint(x[i]->origin, ==, 18300 + DAYS);
        g_assert_cmpmem(x[i]->quantile, HORIZON * OUTLOOK_LEVELS * sizeof(double), y[i]->quantile, HORIZON * OUTLOOK_LEVELS * sizeof(double));
        g_assert_false(note[i].fallback);
        g_assert_null(note[i].sentence);
        g_assert_cmpstr(note[i].verdict, ==, release->row[i].verdict);
        for (gsize h = 0; h < HORIZON; h++) { /* the week is +12 .. -18 around the level */
            g_assert_cmpfloat(x[i]->quantile[h * OUTLOOK_LEVELS + OUTLOOK_MEDIAN], >, 60 + 30 * (double)i - 30);
            g_assert_cmpfloat(x[i]->quantile[h * OUTLOOK_LEVELS + OUTLOOK_MEDIAN], <, 60 + 30 * (double)i + 25);
        }
    }
    release_outlooks(x, note, WARDS);
    release_outlooks(y, again, WARDS);
}

static void test_no_future(void)
{
    g_autoptr(GPtrArray) all = wards(WARDS, DAYS);
    const Release *release = trained();
    gsize origin[WARDS] = {120, 120, 120}; /* one date: what is known of one ward that day may help the others */
    Outlook *x[WARDS], *y[WARDS];
    EngineNote note[WARDS], again[WARDS];
    forecast(release, all, origin, 2, x, note);
    for (gsize i = 0; i < WARDS; i++)
        for (gsize t = origin[i]; t < DAYS; t++)
            list(all)[i]->value[t] = t % 3 == 0 ? MISSING : 9000;
    forecast(release, all, origin, 2, y, again);
    for (gsize i = 0; i < WARDS; i++)
        g_assert_cmpmem(x[i]->quantile, HORIZON * OUTLOOK_LEVELS * sizeof(double), y[i]->quantile, HORIZON * OUTLOOK_LEVELS * sizeof(double));
    release_outlooks(x, note, WARDS);
    release_outlooks(y, again, WARDS);
}

static void test_without_release(void)
{
    g_autoptr(GPtrArray) all = wards(WARDS, DAYS);
    Outlook *out[WARDS];
    EngineNote note[WARDS];
    forecast(NULL, all, NULL, 2, out, note);
    for (gsize i = 0; i < WARDS; i++) {
        g_assert_nonnull(out[i]);
        g_assert_true(note[i].fallback);
        g_assert_nonnull(strstr(note[i].sentence, "no trained release"));
        g_assert_null(note[i].verdict);
    }
    release_outlooks(out, note, WARDS);
}

static void test_stranger(void)
{
    const Release *release = trained();
    g_autoptr(GPtrArray) more = wards(WARDS + 2, DAYS);
    Series *empty = more->pdata[WARDS + 1];
    for (gsize t = 0; t < DAYS; t++)
        empty->value[t] = MISSING;
    Outlook *out[WARDS + 2];
    EngineNote note[WARDS + 2];
    forecast(release, more, NULL, 2, out, note);
    g_assert_nonnull(out[WARDS]);
    g_assert_false(note[WARDS].fallback);
    g_assert_cmpstr(note[WARDS].verdict, ==, release->group.verdict);
    g_assert_null(out[WARDS + 1]);
    g_assert_true(note[WARDS + 1].fallback);
    g_assert_nonnull(strstr(note[WARDS + 1].sentence, "no value"));
    release_outlooks(out, note, WARDS + 2);
}

/* Three values are too few for ets and ridge to be sure of, enough to say something. */
static void test_ladder(void)
{
    g_autoptr(GPtrArray) all = wards(WARDS, DAYS);
    g_autoptr(Release) release = train(all, 2, "lstm");
    g_autoptr(GPtrArray) few = wards(1, 1);
    Outlook *out[1];
    EngineNote note[1];
    forecast(release, few, NULL, 1, out, note);
    g_assert_nonnull(out[0]);
    g_assert_true(note[0].fallback);
    g_assert_nonnull(strstr(note[0].sentence, "lstm: "));
    g_assert_nonnull(strstr(note[0].sentence, "last season stands in"));
    release_outlooks(out, note, 1);
}

static void test_one_member(void)
{
    g_autoptr(GPtrArray) all = wards(WARDS, DAYS);
    g_autoptr(Release) release = train(all, 2, "ets");
    g_assert_null(release->network[NETWORK_LSTM]);
    for (gsize m = 0; m < release->members; m++)
        assert_near(release->row[1].weight[m], g_str_equal(release->member[m], "ets") ? 1.0 : 0.0, 1e-9);
    g_autoptr(Calendar) c = calendar();
    g_autoptr(GError) error = NULL;
    EngineOptions options = quick(1, "prophet");
    Release *none = NULL;
    g_assert_false(engine_train(list(all), all->len, c, &options, &none, &error));
    g_assert_error(error, JUDGE_ERROR, JUDGE_ERROR_DATA);
    g_assert_nonnull(strstr(error->message, "\"prophet\""));
    g_clear_error(&error);
    options = quick(1, "growth");
    g_assert_false(engine_train(list(all), all->len, c, &options, &none, &error));
    g_assert_error(error, JUDGE_ERROR, JUDGE_ERROR_DATA);
    g_assert_cmpstr(error->message, ==, "member growth forecasts no days; wanted one that does, or auto");
}

/* Weeks held back are spread over a whole year once one and a half are known. */
static void test_plan_of_weeks(void)
{
    const gsize season[2] = {52, 0};
    EngineOptions options;
    engine_options_init(&options, 5);
    for (gsize weeks = 40; weeks <= 300; weeks += 20) {
        g_autoptr(GPtrArray) all = wards(1, weeks);
        BacktestOptions plan;
        training_plan(list(all), 1, &options, season, &plan);
        gsize span = (plan.origins - 1) * plan.stride + 5;
        g_assert_true((span >= 52) == (weeks >= 78));
        g_assert_cmpuint(span, <, weeks);
    }
}

/* Five origins three weeks apart and seven ahead have seen 19 weeks of 52: of that
 * 19 / 71 count, and the member made for weeks has the rest. */
static void test_part_of_a_season(void)
{
    g_autoptr(GPtrArray) all = wards(WARDS, 40);
    for (gsize i = 0; i < WARDS; i++)
        ((Series *)all->pdata[i])->grain = GRAIN_WEEK;
    g_autoptr(Release) release = train(all, 1, NULL);
    g_assert_cmpfloat(release->group.weight[panel_find("growth")], >=, 52.0 / 71 - 1e-9);
    g_assert_nonnull(strstr(release->group.verdict, "with 0.4 seasons seen that decides 27 %, the rest those made for weeks alone"));
}

static void test_parts(void)
{
    g_autoptr(GPtrArray) all = wards(WARDS, DAYS);
    g_autoptr(Release) release = train(all, 2, "ets");
    g_autoptr(Calendar) c = calendar();
    g_autoptr(GError) error = NULL;
    gsize members = g_strv_length((char **)engine_members());
    Outlook *out[WARDS], **part = g_new0(Outlook *, WARDS * members);
    EngineNote note[WARDS];
    g_assert_true(engine_forecast(release, list(all), WARDS, NULL, HORIZON, c, 2, out, note, part, &error));
    for (gsize k = 0; k < WARDS * members; k++) {
        const char *name = engine_members()[k % members];
        gboolean silent = panel_is_network(k % members) || !panel_serves(k % members, GRAIN_DAY);
        g_assert_true((part[k] == NULL) == silent);
        if (part[k] != NULL)
            g_assert_cmpstr(part[k]->member, ==, name);
        outlook_free(part[k]);
    }
    g_free(part);
    release_outlooks(out, note, WARDS);
}

static void test_paths(void)
{
    enum { PATHS = 200 };
    g_autoptr(GPtrArray) all = wards(WARDS, DAYS);
    g_autoptr(Release) release = train(all, 2, "ets");
    Outlook *out[WARDS];
    EngineNote note[WARDS];
    g_autoptr(GError) error = NULL;
    forecast(release, all, NULL, 2, out, note);
    g_autofree float *path = g_new0(float, WARDS * PATHS * HORIZON), *again = g_new0(float, WARDS * PATHS * HORIZON);
    g_assert_true(engine_paths(release, list(all), (const Outlook *const *)out, WARDS, PATHS, 5, path, &error));
    g_assert_true(engine_paths(release, list(all), (const Outlook *const *)out, WARDS, PATHS, 5, again, &error));
    g_assert_cmpmem(path, WARDS * PATHS * HORIZON * sizeof *path, again, WARDS * PATHS * HORIZON * sizeof *again);
    for (gsize i = 0; i < WARDS; i++) /* half of the paths lie below the median of each step */
        for (gsize h = 0; h < HORIZON; h++) {
            gsize below = 0;
            for (gsize p = 0; p < PATHS; p++)
                below += (double)path[(i * PATHS + p) * HORIZON + h] <= out[i]->quantile[h * OUTLOOK_LEVELS + OUTLOOK_MEDIAN];
            g_assert_cmpuint(below, >=, PATHS / 2 - 1);
            g_assert_cmpuint(below, <=, PATHS / 2 + 1);
        }
    g_autoptr(Outlook) longer = outlook_new("wardcast", 0, HORIZON + 1);
    const Outlook *uneven[] = {out[0], longer};
    g_assert_false(engine_paths(release, list(all), uneven, 2, PATHS, 5, path, &error));
    g_assert_error(error, JUDGE_ERROR, JUDGE_ERROR_DATA);
    release_outlooks(out, note, WARDS);
}

static Backtest *run_backtest(const GPtrArray *all, Release **release)
{
    g_autoptr(Calendar) c = calendar();
    g_autoptr(GError) error = NULL;
    EngineOptions options = quick(2, NULL);
    Backtest *backtest = NULL;
    g_assert_true(engine_backtest(list(all), all->len, c, &options, 3, 7, release, &backtest, &error));
    g_assert_no_error(error);
    return backtest;
}

/* Nothing after the first origin may have been seen by what forecasts from it. */
static void test_backtest(void)
{
    g_autoptr(GPtrArray) all = wards(WARDS, DAYS);
    g_autoptr(Release) release = NULL, other = NULL;
    g_autoptr(Backtest) backtest = run_backtest(all, &release);
    gsize first = backtest->origin[0], last = backtest->members - 1;
    g_assert_cmpuint(first, ==, DAYS - HORIZON - 14);
    g_assert_cmpstr(backtest->name[last], ==, "wardcast");
    g_assert_cmpint(release->watermark, ==, 18300 + (gint64)first);
    for (gsize m = 0; m < backtest->members; m++) {
        if (m < last && !panel_serves(m, GRAIN_DAY))
            continue;
        g_assert_null(backtest->complaint[m * backtest->series]);
        g_assert_false(isnan(backtest_quantile(backtest, m, 0, 2)[0]));
    }
    for (gsize i = 0; i < WARDS; i++)
        for (gsize t = first; t < DAYS; t++)
            list(all)[i]->value[t] += 500;
    g_autoptr(Backtest) changed = run_backtest(all, &other);
    for (gsize m = 0; m < backtest->members; m++)
        for (gsize i = 0; i < WARDS; i++)
            g_assert_cmpmem(backtest_quantile(backtest, m, i, 0), HORIZON * OUTLOOK_LEVELS * sizeof(float), backtest_quantile(changed, m, i, 0),
                            HORIZON * OUTLOOK_LEVELS * sizeof(float));
}

static gboolean stop(void *self, const char *what, double share, double loss)
{
    return FALSE;
}

static void test_stopped(void)
{
    g_autoptr(GPtrArray) all = wards(WARDS, DAYS);
    g_autoptr(Calendar) c = calendar();
    g_autoptr(GError) error = NULL;
    EngineOptions options = quick(2, NULL);
    Release *release = NULL;
    options.progress = stop;
    g_assert_false(engine_train(list(all), all->len, c, &options, &release, &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_STOPPED);
    g_assert_null(release);
}

static void test_bad_calls(void)
{
    g_autoptr(GPtrArray) all = wards(2, DAYS);
    g_autoptr(Calendar) c = calendar();
    g_autoptr(GError) error = NULL;
    EngineOptions options = quick(1, "naive");
    Release *release = NULL;
    g_assert_false(engine_train(list(all), 0, c, &options, &release, &error));
    g_assert_error(error, JUDGE_ERROR, JUDGE_ERROR_DATA);
    g_clear_error(&error);
    Series *second = all->pdata[1];
    g_free(second->id);
    second->id = g_strdup("north/ward-0/census");
    g_assert_false(engine_train(list(all), 2, c, &options, &release, &error));
    g_assert_nonnull(strstr(error->message, "same id"));
    g_clear_error(&error);
    second->grain = GRAIN_HOUR;
    g_assert_false(engine_train(list(all), 2, c, &options, &release, &error));
    g_assert_nonnull(strstr(error->message, "one grain"));
}

/* Two weeks tell nothing of who is right: the pretrained networks speak, where there are such. */
static void test_young_wards(void)
{
    g_autoptr(GPtrArray) all = wards(WARDS, 14);
    g_autoptr(Calendar) c = calendar();
    g_autofree char *before = g_strdup(g_getenv("WARDCAST_PRETRAINED"));
    for (int pretrained = 0; pretrained < 2; pretrained++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Release) release = NULL;
        EngineOptions options;
        engine_options_init(&options, 14);
        options.threads = 1;
        g_setenv("WARDCAST_PRETRAINED", pretrained ? before : "/no/such/folder", TRUE);
        g_assert_true(engine_train(list(all), WARDS, c, &options, &release, &error));
        g_assert_no_error(error);
        double networks = 0;
        for (gsize m = 0; m < release->members; m++)
            networks += panel_is_network(m) ? release->row[0].weight[m] : 0;
        assert_near(networks, pretrained ? 1.0 : 0.0, 1e-9);
        g_assert_true(release->group.network == (pretrained == 1));
        g_assert_true((strstr(release->card, "from scratch") != NULL) == (pretrained == 0));
        Outlook *out[WARDS];
        EngineNote note[WARDS];
        g_assert_true(engine_forecast(release, list(all), WARDS, NULL, 14, c, 1, out, note, NULL, &error));
        for (gsize i = 0; i < WARDS; i++) {
            g_assert_nonnull(out[i]);
            for (gsize h = 0; h < 14; h++)
                assert_near(out[i]->mean[h], 60 + 30 * (double)i, 25);
        }
        release_outlooks(out, note, WARDS);
    }
}

/* Of a few weeks, too; but there a member that learns from the whole group goes first. */
static void test_young_group_of_weeks(void)
{
    g_autoptr(GPtrArray) all = wards(WARDS, 8);
    g_autoptr(Calendar) c = calendar();
    g_autoptr(GError) error = NULL;
    g_autoptr(Release) release = NULL;
    EngineOptions options;
    for (guint i = 0; i < all->len; i++)
        ((Series *)all->pdata[i])->grain = GRAIN_WEEK;
    engine_options_init(&options, 4);
    options.threads = 1;
    options.season[0] = 52;
    options.steps = 2;
    g_assert_true(engine_train(list(all), WARDS, c, &options, &release, &error));
    g_assert_no_error(error);
    g_assert_false(release->group.network);
    g_assert_cmpfloat(release->group.weight[panel_find("growth")], >, 0.5);
}

/* Bytes of a release without its free network and without that member, as releases were when there was none. */
static GBytes *before_the_free_one(const Release *release)
{
    g_autoptr(GBytes) bytes = release_to_bytes(release);
    g_autoptr(Release) older = release_from_bytes(bytes, NULL);
    gsize free_one = older->members - 1;
    g_assert_cmpstr(older->member[free_one], ==, "free");
    g_clear_pointer(&older->network[NETWORK_FREE], network_free);
    g_clear_pointer(&older->member[free_one], g_free);
    older->members--;
    older->figures[free_one] = older->figures[free_one + 1];
    for (gsize i = 0; i <= older->series; i++) {
        double *weight = (i < older->series ? &older->row[i] : &older->group)->weight, rest = 1 - weight[free_one];
        for (gsize m = 0; m < older->members; m++)
            weight[m] = rest > 0 ? weight[m] / rest : m == 0;
    }
    return release_to_bytes(older);
}

static void test_older_release(void)
{
    g_autoptr(GPtrArray) all = wards(WARDS, DAYS);
    g_autoptr(Calendar) c = calendar();
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = before_the_free_one(trained());
    g_autoptr(Release) older = release_from_bytes(bytes, &error);
    g_assert_no_error(error);
    g_assert_nonnull(older->network[NETWORK_LSTM]);
    g_assert_nonnull(older->network[NETWORK_TRANSFORMER]);
    g_assert_null(older->network[NETWORK_FREE]);
    gsize members = panel_members();
    Outlook *out[WARDS], **part = g_new0(Outlook *, WARDS * members);
    EngineNote note[WARDS];
    g_assert_true(engine_forecast(older, list(all), WARDS, NULL, HORIZON, c, 2, out, note, part, &error));
    for (gsize i = 0; i < WARDS; i++) {
        g_assert_nonnull(out[i]);
        g_assert_false(note[i].fallback);
        g_assert_nonnull(part[i * members + panel_find("lstm")]);
        g_assert_null(part[i * members + panel_find("free")]);
    }
    for (gsize k = 0; k < WARDS * members; k++)
        outlook_free(part[k]);
    g_free(part);
    release_outlooks(out, note, WARDS);
}

static void test_seeds(void)
{
    g_autoptr(GPtrArray) all = wards(WARDS, DAYS);
    g_autoptr(Calendar) c = calendar();
    const gsize seeds[] = {0, 1, 3};
    for (gsize k = 0; k < G_N_ELEMENTS(seeds); k++) {
        g_autoptr(Release) release = NULL;
        g_autoptr(GError) error = NULL;
        EngineOptions options = quick(2, "lstm,free");
        options.seeds = seeds[k];
        options.from_scratch = TRUE;
        g_assert_true(engine_train(list(all), WARDS, c, &options, &release, &error));
        g_assert_no_error(error);
        g_autoptr(GBytes) bytes = release_to_bytes(release);
        g_autoptr(Release) again = release_from_bytes(bytes, &error);
        g_assert_no_error(error);
        if (seeds[k] > 0)
            g_assert_cmpuint(network_voices(again->network[NETWORK_LSTM]), ==, seeds[k]);
        else
            g_assert_cmpuint(network_voices(again->network[NETWORK_LSTM]), >=, 2); /* as usual: several */
        g_assert_cmpuint(network_voices(again->network[NETWORK_FREE]), ==, 1);     /* it is there to differ */
        g_assert_nonnull(strstr(again->card, "The networks learnt from scratch, as was asked for."));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/engine/training-ends-in-a-whole-release", test_training);
    g_test_add_func("/daemon/engine/ranges-are-corrected-by-separate-horizons-only", test_separate_horizons);
    g_test_add_func("/daemon/engine/a-network-has-as-many-seeds-as-are-asked-for", test_seeds);
    g_test_add_func("/daemon/engine/a-release-from-before-the-free-network-still-forecasts", test_older_release);
    g_test_add_func("/daemon/engine/threads-change-no-byte", test_threads);
    g_test_add_func("/daemon/engine/a-forecast-survives-the-file", test_forecast);
    g_test_add_func("/daemon/engine/no-value-after-the-origin-is-used", test_no_future);
    g_test_add_func("/daemon/engine/without-a-release-the-classical-members-forecast", test_without_release);
    g_test_add_func("/daemon/engine/wards-of-two-weeks-are-left-to-the-pretrained-networks", test_young_wards);
    g_test_add_func("/daemon/engine/a-group-of-few-weeks-is-left-to-who-learns-from-all-of-it", test_young_group_of_weeks);
    g_test_add_func("/daemon/engine/a-new-ward-gets-the-group's-weights", test_stranger);
    g_test_add_func("/daemon/engine/when-a-member-fails-the-next-rung-holds", test_ladder);
    g_test_add_func("/daemon/engine/one-member-can-be-asked-alone", test_one_member);
    g_test_add_func("/daemon/engine/weeks-held-back-see-a-whole-year", test_plan_of_weeks);
    g_test_add_func("/daemon/engine/who-saw-a-part-of-a-season-does-not-decide-it-all", test_part_of_a_season);
    g_test_add_func("/daemon/engine/every-member's-own-outlook-can-be-had", test_parts);
    g_test_add_func("/daemon/engine/paths-spread-as-the-outlooks-say", test_paths);
    g_test_add_func("/daemon/engine/a-backtest-knows-nothing-of-what-came", test_backtest);
    g_test_add_func("/daemon/engine/training-can-be-stopped", test_stopped);
    g_test_add_func("/daemon/engine/calls-that-make-no-sense-are-refused", test_bad_calls);
    int result = g_test_run();
    release_free(shared);
    return result;
}
