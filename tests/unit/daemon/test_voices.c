#include "daemon/engine/voices.h"

#include "daemon/engine/engine.h"
#include "daemon/explaining.h"

#include <string.h>

/* Wards drawn from a fixed generator, whose week (or day) takes another shape on one day. */
enum { NEVER = 100000 };

static double draw(GRand *rand, double mean)
{
    double left = mean, count = -1;
    for (; left > 0; count++)
        left += log(1 - g_rand_double(rand));
    return count;
}

static double by_days(gsize t, gsize ward, gsize change)
{
    static const double week[] = {1.5, 1.3, 1.1, 1, 0.9, 0.7, 0.5};
    return (30 + 5 * (double)ward) * week[(t + (t < change ? 0 : 3)) % 7];
}

static double by_hours(gsize t, gsize ward, gsize change)
{
    double peak = t < change ? 10 : 18;
    return (8 + 2 * (double)ward) * (1 + 0.9 * cos(2 * G_PI * ((double)(t % 24) - peak) / 24));
}

typedef struct {
    Grain grain;
    gsize day, horizon, wards, break_day, known, days;
    const char *member;
    double (*mean)(gsize t, gsize ward, gsize change);
} Place;

/* The release knows what was before the break; seen are `known` days. */
static const Place daily = {GRAIN_DAY, 1, 14, 6, 105, 126, 140, "naive,ets,profile,poisson,theta", by_days};
static const Place hourly = {GRAIN_HOUR, 24, 48, 2, 56, 70, 72, "naive,ets,profile,poisson", by_hours};

static GPtrArray *make(const Place *place, gboolean breaks)
{
    GRand *rand = g_rand_new_with_seed(31);
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    for (gsize i = 0; i < place->wards; i++) {
        g_autofree char *id = g_strdup_printf("north/ward-%zu/arrivals", i);
        Series *series = series_new(id, place->grain, 19005 * (gint64)place->day, place->days * place->day);
        series->counts = series->flow = TRUE;
        for (gsize t = 0; t < series->length; t++)
            series->value[t] = draw(rand, place->mean(t, i, breaks ? place->break_day * place->day : NEVER));
        g_ptr_array_add(all, series);
    }
    g_rand_free(rand);
    return all;
}

static const Series *const *list(const GPtrArray *all)
{
    return (const Series *const *)all->pdata;
}

static EngineOptions options_of(const Place *place)
{
    EngineOptions options;
    engine_options_init(&options, place->horizon);
    options.origins = 5;
    options.stride = 5 * place->day;
    options.threads = 2;
    options.member = place->member;
    return options;
}

static Release *train(const Place *place, const GPtrArray *all, const Calendar *calendar)
{
    g_autoptr(GPtrArray) past = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    EngineOptions options = options_of(place);
    g_autoptr(GError) error = NULL;
    Release *release = NULL;
    for (guint i = 0; i < all->len; i++)
        g_ptr_array_add(past, series_upto(list(all)[i], place->break_day * place->day));
    g_assert_true(engine_train(list(past), past->len, calendar, &options, &release, &error));
    g_assert_no_error(error);
    return release;
}

/* What was published, by whom, and what each said alone. */
typedef struct {
    const Place *place;
    Outlook **out, **part;
    EngineNote *note;
} Said;

static Said forecast(const Place *place, const Release *release, const GPtrArray *all, const Calendar *calendar, gsize threads)
{
    Said said = {place, g_new0(Outlook *, all->len), g_new0(Outlook *, all->len * panel_members()), g_new0(EngineNote, all->len)};
    g_autofree gsize *origin = g_new(gsize, all->len);
    g_autoptr(GError) error = NULL;
    for (guint i = 0; i < all->len; i++)
        origin[i] = place->known * place->day;
    g_assert_true(engine_forecast(release, list(all), all->len, origin, place->horizon, calendar, threads, said.out, said.note, said.part, &error));
    g_assert_no_error(error);
    return said;
}

static void said_clear(Said *said)
{
    for (gsize i = 0; i < said->place->wards; i++) {
        outlook_free(said->out[i]);
        engine_note_clear(&said->note[i]);
        for (gsize m = 0; m < panel_members(); m++)
            outlook_free(said->part[i * panel_members() + m]);
    }
    g_free(said->out);
    g_free(said->part);
    g_free(said->note);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Said, said_clear)

static double loss_of(const Place *place, const GPtrArray *all, Outlook *const *out, gsize apart)
{
    ScoreSum sum = {0};
    for (guint i = 0; i < all->len; i++)
        for (gsize h = 0; h < place->horizon; h++)
            score_add(&sum, out[i * apart]->quantile + h * OUTLOOK_LEVELS, list(all)[i]->value[place->known * place->day + h]);
    return score_of(&sum, MISSING).pinball;
}

static double moved(const Release *release, const Said *said, gsize i)
{
    double distance = 0;
    for (gsize k = 0; k < release->members; k++)
        distance += fabs(said->note[i].weight[panel_find(release->member[k])] - release_row(release, i)->weight[k]) / 2;
    return distance;
}

/* Two or three weeks after a break the published forecast is as good as the best of
 * those who need no training, and says that the training was overruled. */
static void follows_a_break(const Place *place)
{
    static const char *const simple[] = {"naive", "ets", "profile"};
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, NULL);
    g_autoptr(GPtrArray) all = make(place, TRUE);
    g_autoptr(Release) release = train(place, all, calendar);
    g_auto(Said) said = forecast(place, release, all, calendar, 2);
    double best = (double)INFINITY, published = loss_of(place, all, said.out, 1);
    for (gsize k = 0; k < G_N_ELEMENTS(simple); k++)
        best = fmin(best, loss_of(place, all, said.part + panel_find(simple[k]), panel_members()));
    for (guint i = 0; i < all->len; i++) {
        double sum = 0;
        for (gsize m = 0; m < panel_members(); m++)
            sum += said.note[i].weight[m];
        g_assert_cmpfloat(fabs(sum - 1), <, 1e-9);
        g_assert_cmpfloat(moved(release, &said, i), >, 0.5);
        g_assert_true(said.note[i].fallback);
        g_assert_true(g_str_has_prefix(said.note[i].sentence, "something has changed since the training: the members speak as far as the last days bear them out, most of all "));
    }
    g_test_message("published %.4f, best simple member %.4f, poisson %.4f", published, best, loss_of(place, all, said.part + panel_find("poisson"), panel_members()));
    g_assert_cmpfloat(published, <, 1.1 * best);
}

static void test_a_week_that_changes(void)
{
    follows_a_break(&daily);
}

static void test_a_day_that_changes(void)
{
    follows_a_break(&hourly);
}

/* Ten days after a break only two of them tell of who foresees the new week; the numbers
 * themselves tell that there is one: who begins anew speaks, and nobody knows better. */
static void test_a_week_that_has_just_changed(void)
{
    static const Place soon = {GRAIN_DAY, 1, 14, 6, 210, 220, 245, "naive,ets,profile,poisson,theta,renew", by_days};
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, NULL);
    g_autoptr(GPtrArray) all = make(&soon, TRUE), same = make(&soon, FALSE);
    g_autoptr(Release) release = train(&soon, all, calendar);
    g_auto(Said) said = forecast(&soon, release, all, calendar, 2), peace = forecast(&soon, release, same, calendar, 2);
    double published = loss_of(&soon, all, said.out, 1), naive = loss_of(&soon, all, said.part + panel_find("naive"), panel_members());
    for (guint i = 0; i < all->len; i++) {
        g_test_message("renew has %.3f, in peace %.3f", said.note[i].weight[panel_find("renew")], peace.note[i].weight[panel_find("renew")]);
        g_assert_cmpfloat(said.note[i].weight[panel_find("renew")], >, 0.5);
        g_assert_true(said.note[i].fallback);
        g_assert_true(g_str_has_suffix(said.note[i].sentence, "most of all renew"));
        g_assert_cmpfloat(moved(release, &peace, i), <, 0.5);
        g_assert_false(peace.note[i].fallback);
    }
    g_test_message("published %.4f, naive %.4f", published, naive);
    g_assert_cmpfloat(published, <, naive);
}

/* Where nothing has changed the training stands: of hours to the bit. */
static void test_peace(void)
{
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, NULL);
    const Place *const place[] = {&daily, &hourly};
    for (gsize k = 0; k < G_N_ELEMENTS(place); k++) {
        g_autoptr(GPtrArray) all = make(place[k], FALSE);
        g_autoptr(Release) release = train(place[k], all, calendar);
        g_auto(Said) said = forecast(place[k], release, all, calendar, 2);
        for (guint i = 0; i < all->len; i++) {
            g_test_message("%s: moved %.3f", list(all)[i]->id, moved(release, &said, i));
            g_assert_cmpfloat(moved(release, &said, i), <, place[k]->grain == GRAIN_HOUR ? 1e-9 : 0.5);
            g_assert_false(said.note[i].fallback);
            g_assert_null(said.note[i].sentence);
        }
    }
}

/* A year of weeks is too few to overrule anybody: the training stands whatever came last. */
static void test_weeks_stay(void)
{
    static const Place weekly = {GRAIN_WEEK, 1, 4, 3, 150, 160, 170, "naive,ets,ridge", by_days};
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, NULL);
    g_autoptr(GPtrArray) all = make(&weekly, TRUE);
    g_autoptr(Release) release = train(&weekly, all, calendar);
    g_auto(Said) said = forecast(&weekly, release, all, calendar, 2);
    for (guint i = 0; i < all->len; i++) {
        g_assert_cmpfloat(moved(release, &said, i), <, 1e-12);
        g_assert_false(said.note[i].fallback);
    }
}

/* Of hours the last days are asked when there is a sign of change, or when somebody
 * wants it so: then they are, and nobody else's forecast changes. */
static void test_asked_anew(void)
{
    static const gboolean anew[] = {TRUE, FALSE};
    const gsize bytes = hourly.horizon * OUTLOOK_LEVELS * sizeof(double), origin[] = {hourly.known * hourly.day, hourly.known * hourly.day};
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, NULL);
    g_autoptr(GPtrArray) all = make(&hourly, FALSE);
    g_autoptr(Release) release = train(&hourly, all, calendar);
    g_auto(Said) plain = forecast(&hourly, release, all, calendar, 2);
    Said said = {&hourly, g_new0(Outlook *, 2), g_new0(Outlook *, 2 * panel_members()), g_new0(EngineNote, 2)};
    g_assert_true(engine_forecast_anew(release, list(all), 2, origin, anew, hourly.horizon, calendar, 2, said.out, said.note, said.part, NULL));
    g_assert_cmpfloat(moved(release, &said, 0), >, 1e-6);
    g_assert_cmpint(memcmp(plain.out[0]->quantile, said.out[0]->quantile, bytes), !=, 0);
    g_assert_cmpmem(plain.out[1]->quantile, bytes, said.out[1]->quantile, bytes);
    g_assert_false(said.note[0].fallback);
    said_clear(&said);
}

/* From the day of the forecast on anything may have come: nobody looks.  Nor does it
 * matter how many threads work. */
static void test_the_future_is_not_read(void)
{
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, NULL);
    const Place *const place[] = {&daily, &hourly};
    for (gsize k = 0; k < G_N_ELEMENTS(place); k++) {
        const gsize bytes = place[k]->horizon * OUTLOOK_LEVELS * sizeof(double);
        g_autoptr(GPtrArray) all = make(place[k], TRUE);
        g_autoptr(Release) release = train(place[k], all, calendar);
        g_auto(Said) said = forecast(place[k], release, all, calendar, 1);
        for (gsize threads = 2; threads <= 4; threads += 2) {
            for (guint i = 0; i < all->len; i++)
                for (gsize t = place[k]->known * place[k]->day; t < list(all)[i]->length; t++)
                    list(all)[i]->value[t] = 1000 * (double)threads + (double)t;
            g_auto(Said) again = forecast(place[k], release, all, calendar, threads);
            for (guint i = 0; i < all->len; i++) {
                g_assert_cmpmem(said.out[i]->quantile, bytes, again.out[i]->quantile, bytes);
                g_assert_cmpmem(said.note[i].weight, sizeof said.note[i].weight, again.note[i].weight, sizeof again.note[i].weight);
            }
        }
    }
}

/* A backtest publishes what a forecast would have published: its last row is as
 * good after the break, trained before it. */
static void test_a_backtest_follows_too(void)
{
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, NULL);
    g_autoptr(GPtrArray) all = make(&daily, TRUE);
    g_autoptr(Release) release = NULL;
    g_autoptr(Backtest) backtest = NULL;
    g_autoptr(GError) error = NULL;
    EngineOptions options = options_of(&daily);
    ScoreSum sum[RELEASE_MEMBERS_MOST + 1] = {{0}};
    g_assert_true(engine_backtest(list(all), all->len, calendar, &options, 6, 7, &release, &backtest, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(backtest->origin[0], ==, 91); /* before the break of day 105 */
    for (gsize m = 0; m < backtest->members; m++)
        for (guint i = 0; i < all->len; i++) {
            ScoreSum one = backtest_sum(backtest, m, i, backtest->origins - 1);
            score_join(&sum[m], &one);
        }
    double published = score_of(&sum[backtest->members - 1], MISSING).pinball, naive = score_of(&sum[panel_find("naive")], MISSING).pinball;
    g_test_message("three weeks later: published %.4f, naive %.4f", published, naive);
    g_assert_cmpfloat(published, <, 1.1 * naive);
    g_auto(Said) said = forecast(&daily, release, all, calendar, 2);
    for (guint i = 0; i < all->len; i++)
        for (gsize k = 0; k < daily.horizon * OUTLOOK_LEVELS; k++) {
            double then = (double)backtest_quantile(backtest, backtest->members - 1, i, backtest->origins - 1)[k];
            g_assert_cmpfloat(fabs(then - said.out[i]->quantile[k]), <, 1e-4 * fabs(then) + 1e-4);
        }
}

/* An explanation tells the weights that were used, and why they are not the training's. */
static void test_explained(void)
{
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, NULL);
    g_autoptr(GPtrArray) all = make(&daily, TRUE), past = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    g_autoptr(Release) release = train(&daily, all, calendar);
    g_auto(Said) said = forecast(&daily, release, all, calendar, 2);
    g_auto(Explaining) e = {0};
    for (guint i = 0; i < all->len; i++)
        g_ptr_array_add(past, series_upto(list(all)[i], daily.known));
    g_assert_true(explaining_make(release, list(past), past->len, 3, calendar, 5, &e, NULL));
    g_assert_cmpstr(e.note, ==, said.note[3].sentence);
    double total = 0;
    for (gsize k = 0; k < e.count; k++) {
        g_assert_cmpfloat(fabs(e.weight[k] - said.note[3].weight[panel_find(e.member[k])]), <, 1e-12);
        total += e.weight[k];
    }
    g_assert_cmpfloat(fabs(total - 1), <, 1e-9);
}

/* One member alone may publish: the last days bring nobody else in. */
static void test_only_one(void)
{
    Place place = daily;
    place.member = "poisson";
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, NULL);
    g_autoptr(GPtrArray) all = make(&place, TRUE);
    g_autoptr(Release) release = train(&place, all, calendar);
    g_auto(Said) said = forecast(&place, release, all, calendar, 2);
    for (guint i = 0; i < all->len; i++) {
        g_assert_cmpfloat(fabs(said.note[i].weight[panel_find("poisson")] - 1), <, 1e-9);
        g_assert_false(said.note[i].fallback);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/voices/a-week-that-changes-its-shape-is-followed", test_a_week_that_changes);
    g_test_add_func("/daemon/voices/a-week-that-has-just-changed-is-begun-anew", test_a_week_that_has_just_changed);
    g_test_add_func("/daemon/voices/a-day-that-changes-its-shape-is-followed", test_a_day_that_changes);
    g_test_add_func("/daemon/voices/where-nothing-changes-the-training-stands", test_peace);
    g_test_add_func("/daemon/voices/weeks-stay-with-the-training", test_weeks_stay);
    g_test_add_func("/daemon/voices/the-last-days-of-hours-can-be-asked-anew", test_asked_anew);
    g_test_add_func("/daemon/voices/the-future-is-not-read-by-any-number-of-threads", test_the_future_is_not_read);
    g_test_add_func("/daemon/voices/a-backtest-publishes-what-a-forecast-would", test_a_backtest_follows_too);
    g_test_add_func("/daemon/voices/an-explanation-tells-who-really-spoke", test_explained);
    g_test_add_func("/daemon/voices/one-member-alone-stays-alone", test_only_one);
    return g_test_run();
}
