#include "forecast/model/fits.h"
#include "forecast/model/network.h"

#include <string.h>

static const gsize weekly[2] = {7, 0};
enum { HORIZON = 10, SERIES = 6, LENGTH = 300 };

/* Daily counts with a weekday pattern, some unknown, and a planned list that adds two patients each. */
static Series *ward(gsize number)
{
    g_autofree char *id = g_strdup_printf("general/ward-%" G_GSIZE_FORMAT "/admissions", number);
    Series *series = series_new(id, GRAIN_DAY, 18991 + (gint64)number, LENGTH);
    series_set_covariates(series, (const char *const[]){"electives"}, 1, LENGTH + 60);
    series->counts = series->flow = TRUE;
    for (gsize t = 0; t < LENGTH + 60; t++)
        series->covariate[t] = g_test_rand_int_range(0, 10);
    for (gsize t = 0; t < LENGTH; t++)
        series->value[t] = 20.0 + 5.0 * (double)number + 4.0 * ((18991 + number + t) % 7 < 5) + 2.0 * series->covariate[t] +
                           g_test_rand_int_range(-2, 3);
    for (gsize t = 40; t < 45; t++)
        series->value[t] = MISSING;
    return series;
}

typedef struct {
    Calendar *calendar;
    Series *series[SERIES];
    gsize until[SERIES];
    NetworkTraining training;
    NetworkKind kind;
} Fixture;

static void set_up(Fixture *f, gconstpointer kind)
{
    g_autoptr(GError) error = NULL;
    f->kind = (NetworkKind)GPOINTER_TO_INT(kind);
    f->calendar = calendar_new("Europe/Berlin", NULL, &error);
    g_assert_no_error(error);
    for (gsize k = 0; k < SERIES; k++) {
        f->series[k] = ward(k);
        f->until[k] = LENGTH - 40;
    }
    f->training = (NetworkTraining){.seed = 7, .steps = 12, .threads = 1};
}

static void tear_down(Fixture *f, gconstpointer kind)
{
    for (gsize k = 0; k < SERIES; k++)
        series_free(f->series[k]);
    calendar_free(f->calendar);
}

static Network *train(const Fixture *f)
{
    g_autoptr(GError) error = NULL;
    Network *network = network_train(f->kind, (const Series *const *)f->series, f->until, SERIES, f->calendar, weekly, HORIZON, &f->training, &error);
    g_assert_no_error(error);
    g_assert_nonnull(network);
    return network;
}

static Task task_of(const Fixture *f, gsize k, gsize origin)
{
    return (Task){.series = f->series[k], .calendar = f->calendar, .origin = origin, .horizon = HORIZON, .season = {7, 0}};
}

/* The anchor that a network of this kind corrects. */
static Anchor *anchor_of_kind(const Fixture *f, gsize k, gsize fit)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Fits) fits = fits_new(f->series[k], f->calendar, fit, weekly, NULL);
    Anchor *anchor = network_kind_anchor(f->kind, fits, &error);
    g_assert_no_error(error);
    return anchor;
}

static Outlook *forecast(const Network *network, const Task *task, const Anchor *anchor)
{
    g_autoptr(GError) error = NULL;
    Outlook *out = outlook_new("", task->series->start + (gint64)task->origin, task->horizon);
    gboolean ok = network_forecast(network, task, anchor ? &anchor : NULL, 1, &out, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    return out;
}

static void assert_same(const Outlook *a, const Outlook *b)
{
    g_assert_cmpmem(a->mean, HORIZON * sizeof(double), b->mean, HORIZON * sizeof(double));
    g_assert_cmpmem(a->quantile, HORIZON * OUTLOOK_LEVELS * sizeof(double), b->quantile, HORIZON * OUTLOOK_LEVELS * sizeof(double));
}

static void test_untrained(Fixture *f, gconstpointer kind)
{
    f->training.steps = 0;
    g_autoptr(Network) network = train(f);
    for (gsize k = 0; k < SERIES; k++) {
        Task task = task_of(f, k, LENGTH - 33 + k); /* every phase of the week in turn */
        g_autoptr(Anchor) anchor = anchor_of_kind(f, k, f->until[k]);
        g_autoptr(Outlook) out = forecast(network, &task, anchor);
        double mean[HORIZON], sd[HORIZON];
        anchor_at(anchor, task.origin, HORIZON, mean, sd);
        g_assert_cmpstr(out->member, ==, network_kind_name(f->kind));
        for (gsize h = 0; h < HORIZON; h++)
            for (gsize q = 0; q < OUTLOOK_LEVELS; q++) {
                double want = MAX(anchor_undo(anchor, mean[h] + sd[h] * outlook_probit[q]), 0);
                g_assert_cmpfloat_with_epsilon(out->quantile[h * OUTLOOK_LEVELS + q], want, 1e-5 * (1 + want));
            }
    }
}

/* An untrained free network says last week again, whatever was before it. */
static void test_free(void)
{
    Fixture f;
    set_up(&f, GINT_TO_POINTER(NETWORK_FREE));
    f.training.steps = 0;
    g_autoptr(Network) network = train(&f);
    g_assert_true(network_kind_is_plain(NETWORK_FREE) && !network_kind_is_plain(NETWORK_LSTM) && !network_kind_is_plain(NETWORK_TRANSFORMER));
    for (gsize k = 0; k < SERIES; k++) {
        Task task = task_of(&f, k, 270);
        g_autoptr(Outlook) out = forecast(network, &task, NULL);
        for (gsize h = 0; h < HORIZON; h++)
            g_assert_cmpfloat_with_epsilon(out->quantile[h * OUTLOOK_LEVELS + OUTLOOK_MEDIAN], f.series[k]->value[263 + h % 7], 1e-3);
    }
    tear_down(&f, NULL);
}

/* Mean pinball loss over the last 40 days, which training never saw. */
static double price(const Fixture *f, const Network *network)
{
    double sum = 0, n = 0;
    for (gsize k = 0; k < SERIES; k++)
        for (gsize origin = LENGTH - 40; origin + HORIZON <= LENGTH; origin += 3) {
            Task task = task_of(f, k, origin);
            g_autoptr(Outlook) out = forecast(network, &task, NULL);
            for (gsize h = 0; h < HORIZON; h++)
                for (gsize q = 0; q < OUTLOOK_LEVELS; q++, n++) {
                    double e = f->series[k]->value[origin + h] - out->quantile[h * OUTLOOK_LEVELS + q];
                    sum += MAX(outlook_level[q] * e, (outlook_level[q] - 1) * e);
                }
        }
    return sum / n;
}

/* The anchor knows nothing of planned patients: a network that reads the list must do far better. */
static void test_learns(Fixture *f, gconstpointer kind)
{
    f->training.steps = 0;
    g_autoptr(Network) untrained = train(f);
    f->training.steps = 250;
    f->training.threads = 2;
    g_autoptr(Network) trained = train(f);
    double before = price(f, untrained), after = price(f, trained);
    g_test_message("pinball loss %.4f untrained, %.4f trained", before, after);
    g_assert_cmpfloat(after, <, 0.7 * before);
}

static void test_leak(Fixture *f, gconstpointer kind)
{
    g_autoptr(Network) network = train(f);
    Task task = task_of(f, 2, 250);
    g_autoptr(Anchor) anchor = anchor_of_kind(f, 2, 240);
    g_autoptr(Outlook) own = forecast(network, &task, NULL);
    g_autoptr(Outlook) given = forecast(network, &task, anchor);
    for (gsize t = 250; t < LENGTH; t++)
        f->series[2]->value[t] = t % 3 ? MISSING : 1e6;
    g_autoptr(Anchor) later = anchor_of_kind(f, 2, 240);
    g_autoptr(Outlook) own_later = forecast(network, &task, NULL);
    g_autoptr(Outlook) given_later = forecast(network, &task, later);
    assert_same(own, own_later);
    assert_same(given, given_later);
    f->series[2]->value[249] += 10;
    g_autoptr(Outlook) moved = forecast(network, &task, NULL);
    g_assert_true(memcmp(own->quantile, moved->quantile, HORIZON * OUTLOOK_LEVELS * sizeof(double)) != 0);
}

static void test_unseen(Fixture *f, gconstpointer kind)
{
    g_autoptr(Network) before = train(f);
    for (gsize k = 0; k < SERIES; k++)
        for (gsize t = f->until[k]; t < LENGTH; t++)
            f->series[k]->value[t] = 1e5;
    g_autoptr(Network) after = train(f);
    g_autoptr(GBytes) one = network_to_bytes(before);
    g_autoptr(GBytes) two = network_to_bytes(after);
    g_assert_true(g_bytes_equal(one, two));
}

static void test_threads(Fixture *f, gconstpointer kind)
{
    f->training.voices = 2;
    g_autoptr(Network) alone = train(f);
    g_autoptr(GBytes) bytes = network_to_bytes(alone);
    for (gsize threads = 2; threads <= 4; threads *= 2) {
        f->training.threads = threads;
        g_autoptr(Network) together = train(f);
        g_autoptr(GBytes) same = network_to_bytes(together);
        g_assert_true(g_bytes_equal(bytes, same));
    }
    f->training.seed++;
    g_autoptr(Network) other = train(f);
    g_autoptr(GBytes) different = network_to_bytes(other);
    g_assert_false(g_bytes_equal(bytes, different));
}

static void test_many(Fixture *f, gconstpointer kind)
{
    enum { TASKS = 70 };
    g_autoptr(GError) error = NULL;
    g_autoptr(Network) network = train(f);
    Task task[TASKS];
    Outlook *out[TASKS];
    for (gsize k = 0; k < TASKS; k++) {
        task[k] = task_of(f, k % SERIES, 200 + k);
        task[k].horizon = 1 + k % HORIZON;
        out[k] = outlook_new("", task[k].series->start + (gint64)task[k].origin, task[k].horizon);
    }
    gboolean ok = network_forecast(network, task, NULL, TASKS, out, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    for (gsize k = 0; k < TASKS; k++) {
        g_autoptr(Outlook) alone = forecast(network, &task[k], NULL);
        for (gsize j = 0; j < task[k].horizon * OUTLOOK_LEVELS; j++) {
            g_assert_cmpfloat_with_epsilon(out[k]->quantile[j], alone->quantile[j], 1e-4 * (1 + fabs(alone->quantile[j])));
            g_assert_cmpfloat(out[k]->quantile[j], >=, j % OUTLOOK_LEVELS ? out[k]->quantile[j - 1] : 0);
        }
        outlook_free(out[k]);
    }
}

static void test_bytes(Fixture *f, gconstpointer kind)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Network) network = train(f);
    g_autoptr(GBytes) bytes = network_to_bytes(network);
    g_autoptr(Network) again = network_from_bytes(bytes, &error);
    g_assert_no_error(error);
    g_assert_cmpint(network_kind(again), ==, f->kind);
    g_assert_cmpint(network_grain(again), ==, GRAIN_DAY);
    g_assert_cmpuint(network_horizon(again), ==, HORIZON);
    g_assert_cmpuint(network_parameters(again), ==, network_parameters(network));
    Task task = task_of(f, 1, 260);
    g_autoptr(Outlook) one = forecast(network, &task, NULL);
    g_autoptr(Outlook) two = forecast(again, &task, NULL);
    assert_same(one, two);
}

/* The bytes of a network with `voices` voices, cut so that voice number v is the only one. */
static Network *only_voice(GBytes *bytes, gsize voices, gsize parameters, gsize v)
{
    gsize size, one = parameters / voices * sizeof(float);
    const guint8 *data = g_bytes_get_data(bytes, &size);
    g_autoptr(GByteArray) part = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    g_byte_array_append(part, data, (guint)(size - voices * one));
    g_byte_array_append(part, data + size - (voices - v) * one, (guint)one);
    g_autoptr(GBytes) whole = g_byte_array_free_to_bytes(g_steal_pointer(&part));
    Network *network = network_from_bytes(whole, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(network_voices(network), ==, 1);
    return network;
}

/* What a network adds to its anchor's quantiles of one window; free it. */
static float *say(const Fixture *f, const Network *network, gsize *count)
{
    const TokensShape *shape = network_tokens(network);
    g_autoptr(Anchor) anchor = anchor_of_kind(f, 1, 260);
    g_autofree float *block = g_new0(float, tokens_floats(shape, 1)), *room = g_new0(float, network_room(network, 1));
    Tokens tokens = tokens_at(shape, 1, block);
    TokensWindow window = {.series = f->series[1], .calendar = f->calendar, .anchor = anchor, .origin = 260, .known = 260};
    tokens_fill(shape, &window, &tokens, 0);
    *count = shape->future * OUTLOOK_LEVELS * shape->patch;
    return g_memdup2(network_say(network, &tokens, room), *count * sizeof(float));
}

/* The first is the network that a training of one voice gives; the others are none of the same; together they say their mean.
 * Forty steps may better nothing: then each voice goes back to where it began, which is different too, and says nothing. */
static void test_voices(Fixture *f, gconstpointer kind)
{
    enum { VOICES = 3 };
    f->training.steps = 40;
    g_autoptr(Network) single = train(f);
    f->training.voices = VOICES;
    g_autoptr(Network) many = train(f);
    g_autoptr(GBytes) one = network_to_bytes(single), all = network_to_bytes(many);
    gsize size;
    const guint8 *first = g_bytes_get_data(one, &size);
    g_assert_cmpuint(network_voices(single), ==, 1);
    g_assert_cmpuint(network_voices(many), ==, VOICES);
    g_assert_cmpuint(network_parameters(many), ==, VOICES * network_parameters(single));
    g_assert_cmpmem(first, size, g_bytes_get_data(all, NULL), size);
    gsize count;
    g_autofree float *together = say(f, many, &count), *alone = say(f, single, &count);
    g_autofree double *mean = g_new0(double, count);
    double apart = 0, largest = 0;
    const gsize own = network_parameters(single) * sizeof(float);
    const guint8 *data = g_bytes_get_data(all, &size);
    for (gsize v = 1; v < VOICES; v++)
        g_assert_cmpint(memcmp(data + size - (VOICES - v) * own, data + size - VOICES * own, own), !=, 0);
    for (gsize v = 0; v < VOICES; v++) {
        g_autoptr(Network) voice = only_voice(all, VOICES, network_parameters(many), v);
        g_autofree float *said = say(f, voice, &count);
        for (gsize k = 0; k < count; k++) {
            mean[k] += (double)said[k] / VOICES;
            apart = MAX(apart, fabs((double)(said[k] - alone[k])));
            largest = MAX(largest, fabs((double)said[k]));
        }
    }
    g_assert_true(apart > 0 || largest <= 0);
    for (gsize k = 0; k < count; k++)
        g_assert_cmpfloat_with_epsilon((double)together[k], mean[k], 1e-5 * largest + 1e-12);
}

static void test_too_many_voices(Fixture *f, gconstpointer kind)
{
    f->training.steps = 0;
    f->training.voices = NETWORK_VOICES_MOST;
    g_autoptr(Network) most = train(f);
    g_autoptr(GBytes) bytes = network_to_bytes(most);
    g_autoptr(Network) again = network_from_bytes(bytes, NULL);
    g_assert_cmpuint(network_voices(again), ==, NETWORK_VOICES_MOST);
    gsize size, one = network_parameters(most) / NETWORK_VOICES_MOST * sizeof(float);
    const guint8 *data = g_bytes_get_data(bytes, &size);
    g_autofree guint8 *more = g_malloc(size + one);
    memcpy(more, data, size);
    memcpy(more + size, data + size - one, one);
    g_autoptr(GBytes) beyond = g_bytes_new(more, size + one);
    g_autoptr(GError) error = NULL;
    g_assert_null(network_from_bytes(beyond, &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_FILE);
    g_assert_nonnull(strstr(error->message, "train it anew"));
}

static void assert_refused(const guint8 *data, gsize size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(Network) network = network_from_bytes(bytes, &error);
    g_assert_null(network);
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_FILE);
}

static void test_broken_bytes(Fixture *f, gconstpointer kind)
{
    g_autoptr(Network) network = train(f);
    g_autoptr(GBytes) bytes = network_to_bytes(network);
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    g_autofree guint8 *copy = g_malloc(size + 4);
    for (gsize keep = 0; keep < 80; keep++)
        assert_refused(data, keep);
    assert_refused(data, size - 1);
    memcpy(copy, data, size);
    memset(copy + size, 0, 4);
    assert_refused(copy, size + 4);
    for (gsize at = 0; at < 48; at++) { /* magic and the ten numbers */
        if (at == 16 || at == 17) /* another horizon has the same weights */
            continue;
        memcpy(copy, data, size);
        copy[at] ^= 0x40;
        assert_refused(copy, size);
    }
    const float infinite = (float)INFINITY;
    memcpy(copy, data, size);
    memcpy(copy + size - 400, &infinite, sizeof infinite);
    assert_refused(copy, size);
}

static void test_wishes(Fixture *f, gconstpointer kind)
{
    g_autoptr(GError) longer = NULL, hourly = NULL, none = NULL, little = NULL;
    g_autoptr(Network) network = train(f);
    Task task = task_of(f, 0, 250);
    g_autoptr(Outlook) out = outlook_new("", 0, HORIZON + 1);
    task.horizon = HORIZON + 1;
    g_assert_false(network_forecast(network, &task, NULL, 1, &out, &longer));
    g_assert_error(longer, MODEL_ERROR, MODEL_ERROR_SHORT);
    g_assert_nonnull(strstr(longer->message, "11"));
    g_assert_nonnull(strstr(longer->message, "10"));
    task.horizon = HORIZON;
    f->series[0]->grain = GRAIN_HOUR;
    g_assert_false(network_forecast(network, &task, NULL, 1, &out, &hourly));
    g_assert_error(hourly, MODEL_ERROR, MODEL_ERROR_SHORT);
    f->series[0]->grain = GRAIN_DAY;
    g_assert_null(network_train(f->kind, NULL, NULL, 0, f->calendar, weekly, HORIZON, &f->training, &none));
    g_assert_error(none, MODEL_ERROR, MODEL_ERROR_SHORT);
    for (gsize k = 0; k < SERIES; k++)
        f->until[k] = 50;
    g_assert_null(network_train(f->kind, (const Series *const *)f->series, f->until, SERIES, f->calendar, weekly, HORIZON, &f->training, &little));
    g_assert_error(little, MODEL_ERROR, MODEL_ERROR_SHORT);
}

static gboolean stop_soon(void *self, const char *what, double share, double loss)
{
    g_assert_cmpfloat(share, >=, 0);
    g_assert_cmpfloat(share, <=, 1);
    g_assert_cmpfloat(loss, >, 0);
    return ++*(int *)self < 2;
}

static void test_stop(Fixture *f, gconstpointer kind)
{
    int calls = 0;
    g_autoptr(GError) error = NULL;
    f->training.steps = 1000;
    f->training.progress = stop_soon;
    f->training.self = &calls;
    g_assert_null(network_train(f->kind, (const Series *const *)f->series, f->until, SERIES, f->calendar, weekly, HORIZON, &f->training, &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_STOPPED);
    g_assert_cmpint(calls, ==, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    const struct {
        const char *says;
        void (*run)(Fixture *, gconstpointer);
    } test[] = {
        {"untrained-it-forecasts-its-anchor", test_untrained},
        {"trained-it-uses-what-the-anchor-cannot-know", test_learns},
        {"nothing-at-or-after-the-origin-is-read", test_leak},
        {"nothing-at-or-after-until-is-learnt-from", test_unseen},
        {"any-number-of-threads-trains-the-same-bytes", test_threads},
        {"many-tasks-give-what-each-gives-alone", test_many},
        {"voices-differ-and-say-their-mean", test_voices},
        {"sixteen-voices-are-kept-and-no-more", test_too_many_voices},
        {"bytes-keep-the-network", test_bytes},
        {"broken-bytes-are-refused", test_broken_bytes},
        {"impossible-wishes-are-named", test_wishes},
        {"progress-may-stop-it", test_stop},
    };
    g_test_add_func("/model/network/free/untrained-it-is-the-same-as-last-season", test_free);
    for (NetworkKind kind = 0; kind < NETWORK_KINDS; kind++)
        for (gsize k = 0; k < G_N_ELEMENTS(test); k++) {
            g_autofree char *path = g_strdup_printf("/model/network/%s/%s", network_kind_name(kind), test[k].says);
            g_test_add(path, Fixture, GINT_TO_POINTER(kind), set_up, test[k].run, tear_down);
        }
    return g_test_run();
}
