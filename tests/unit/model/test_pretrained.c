#include "forecast/model/pretrained.h"

#include "forecast/model/fits.h"
#include "forecast/model/prior.h"
#include "tests/harness/folder.h"

#include <string.h>

enum { STEPS = 8, WARDS = 40, HORIZON = 10 };

typedef struct {
    Calendar *calendar;
    Pretrained *pretrained;
} Fixture;

static Pretrained *make(const Calendar *calendar, guint64 seed, gsize threads)
{
    const Calendar *everywhere[] = {calendar};
    g_autoptr(GError) error = NULL;
    PretrainedOptions options = {.grain = GRAIN_DAY, .seed = seed, .steps = STEPS, .series = WARDS, .threads = threads, .calendar = everywhere, .calendars = 1};
    Pretrained *pretrained = pretrained_make(&options, &error);
    g_assert_no_error(error);
    return pretrained;
}

static void set_up(Fixture *f, gconstpointer data)
{
    f->calendar = calendar_new("UTC", NULL, NULL);
    f->pretrained = make(f->calendar, 5, 2);
}

static void tear_down(Fixture *f, gconstpointer data)
{
    pretrained_free(f->pretrained);
    calendar_free(f->calendar);
}

/* Written down from IEEE 754-2008, table 3.5 and 4.3.1: to nearest, ties to even. */
static void test_half(void)
{
    const struct {
        float number;
        guint16 half;
    } row[] = {
        {0.0f, 0x0000}, {1.0f, 0x3c00}, {-2.0f, 0xc000}, {0.5f, 0x3800}, {65504.0f, 0x7bff}, {65519.0f, 0x7bff}, {65520.0f, 0x7c00},
        {0x1p-14f, 0x0400}, {0x1p-24f, 0x0001}, {0x1p-25f, 0x0000}, {0x1.8p-24f, 0x0002}, {0x1.ff8p-15f, 0x03ff}, {0x1.ffcp-15f, 0x0400},
        {1.0f / 3, 0x3555}, {0x1.002p0f, 0x3c00}, {0x1.006p0f, 0x3c02}, {-0x1.0021p0f, 0xbc01}, {1e9f, 0x7c00}, {-1e9f, 0xfc00},
    };
    for (gsize k = 0; k < G_N_ELEMENTS(row); k++)
        g_assert_cmphex(pretrained_half(row[k].number), ==, row[k].half);
    for (guint half = 0; half < 0x10000; half++) {
        float number = pretrained_number((guint16)half);
        if ((half & 0x7c00) == 0x7c00)
            g_assert_false(isfinite(number));
        else
            g_assert_cmphex(pretrained_half(number), ==, half == 0x8000 ? 0x8000 : half);
    }
    g_assert_cmpfloat((double)pretrained_number(0x3555), ==, 0x1.554p-2);
    g_assert_cmpfloat((double)pretrained_number(0x0001), ==, 0x1p-24);
}

static void test_bytes(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = pretrained_to_bytes(f->pretrained);
    g_autoptr(Pretrained) again = pretrained_from_bytes(bytes, &error);
    g_assert_no_error(error);
    g_autoptr(GBytes) same = pretrained_to_bytes(again);
    g_assert_true(g_bytes_equal(bytes, same));
    g_assert_cmpint(again->grain, ==, GRAIN_DAY);
    g_assert_cmpuint(again->seed, ==, 5);
    g_assert_cmpuint(again->steps, ==, STEPS);
    g_assert_cmpuint(again->series, ==, WARDS);
    for (int k = 0; k < NETWORK_KINDS; k++)
        g_assert_cmpuint(network_parameters(again->network[k]), ==, network_parameters(f->pretrained->network[k]));
}

/* The last weights of a network, which lie in its head. */
static gboolean alike(const Network *a, const Network *b)
{
    g_autoptr(GBytes) one = network_to_bytes(a), two = network_to_bytes(b);
    gsize size, other;
    const guint8 *first = g_bytes_get_data(one, &size), *second = g_bytes_get_data(two, &other);
    gsize weights = network_parameters(a) * sizeof(float);
    return size == other && memcmp(first + size - weights, second + size - weights, weights) == 0;
}

/* An LSTM and a free network are built alike, but each has chance of its own. */
static void test_own_stream(Fixture *f, gconstpointer data)
{
    const Network *lstm = f->pretrained->network[NETWORK_LSTM], *free_one = f->pretrained->network[NETWORK_FREE];
    g_assert_cmpuint(network_parameters(lstm), ==, network_parameters(free_one));
    g_assert_false(alike(lstm, free_one));
}

static void test_seeds(Fixture *f, gconstpointer data)
{
    g_autoptr(Pretrained) same = make(f->calendar, 5, 1), other = make(f->calendar, 6, 2);
    g_autoptr(GBytes) one = pretrained_to_bytes(f->pretrained), two = pretrained_to_bytes(same), three = pretrained_to_bytes(other);
    g_assert_true(g_bytes_equal(one, two));
    g_assert_false(g_bytes_equal(one, three));
}

/* Hospitals lie in the countries in turn: which days are holidays changes what is learnt. */
static void test_countries(Fixture *f, gconstpointer data)
{
    g_autofree char *first = calendar_holiday_file("US", NULL), *second = calendar_holiday_file("SE", NULL);
    g_autoptr(Calendar) us = calendar_new("UTC", first, NULL), se = calendar_new("UTC", second, NULL);
    const Calendar *const some[3][2] = {{us, us}, {us, se}, {us, se}};
    GBytes *bytes[3];
    for (gsize k = 0; k < 3; k++) {
        PretrainedOptions options = {.grain = GRAIN_DAY, .seed = 5, .steps = 2, .series = 12, .threads = 1 + k, .calendar = some[k], .calendars = 2};
        g_autoptr(Pretrained) pretrained = pretrained_make(&options, NULL);
        bytes[k] = pretrained_to_bytes(pretrained);
    }
    g_assert_false(g_bytes_equal(bytes[0], bytes[1]));
    g_assert_true(g_bytes_equal(bytes[1], bytes[2]));
    for (gsize k = 0; k < 3; k++)
        g_bytes_unref(bytes[k]);
}

static void test_broken(Fixture *f, gconstpointer data)
{
    g_autoptr(GBytes) bytes = pretrained_to_bytes(f->pretrained);
    gsize size;
    const guint8 *good = g_bytes_get_data(bytes, &size);
    for (gsize cut = 0; cut < size; cut += 1 + size / 97) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) part = g_bytes_new(good, cut);
        g_autoptr(Pretrained) none = pretrained_from_bytes(part, &error);
        g_assert_null(none);
        g_assert_error(error, MODEL_ERROR, MODEL_ERROR_FILE);
    }
    g_autofree guint8 *bad = g_memdup2(good, size);
    bad[0] = GRAIN_WEEK; /* another grain than its networks are of */
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) whole = g_bytes_new(bad, size);
    g_assert_null(pretrained_from_bytes(whole, &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_FILE);
}

static void test_files(Fixture *f, gconstpointer data)
{
    g_autofree char *folder = g_dir_make_tmp("wardcast-pretrained-XXXXXX", NULL);
    g_autofree char *path = pretrained_path(folder, GRAIN_DAY), *wrong = pretrained_path(folder, GRAIN_WEEK);
    g_autoptr(GError) error = NULL, none = NULL, another = NULL, damaged = NULL;
    g_assert_true(pretrained_save(f->pretrained, folder, &error));
    g_assert_no_error(error);
    g_autofree char *before = g_strdup(g_getenv("WARDCAST_PRETRAINED"));
    g_setenv("WARDCAST_PRETRAINED", folder, TRUE);
    g_autoptr(Pretrained) loaded = pretrained_load(GRAIN_DAY, &error);
    g_assert_no_error(error);
    g_autoptr(GBytes) one = pretrained_to_bytes(f->pretrained), two = pretrained_to_bytes(loaded);
    g_assert_true(g_bytes_equal(one, two));
    g_assert_null(pretrained_load(GRAIN_MONTH, &none));
    g_assert_error(none, MODEL_ERROR, MODEL_ERROR_FILE);
    char *file;
    gsize size;
    g_assert_true(g_file_get_contents(path, &file, &size, NULL));
    g_assert_true(g_file_set_contents(wrong, file, (gssize)size, NULL));
    g_assert_null(pretrained_load(GRAIN_WEEK, &another));
    g_assert_error(another, MODEL_ERROR, MODEL_ERROR_FILE);
    file[size / 2] ^= 1;
    g_assert_true(g_file_set_contents(path, file, (gssize)size, NULL));
    g_free(file);
    g_assert_null(pretrained_load(GRAIN_DAY, &damaged));
    g_assert_error(damaged, MODEL_ERROR, MODEL_ERROR_FILE);
    if (before != NULL)
        g_setenv("WARDCAST_PRETRAINED", before, TRUE);
    else
        g_unsetenv("WARDCAST_PRETRAINED");
    folder_remove(folder);
}

/* ------------------------------------------------------------------ what they are for */

static Series *ward(gsize length)
{
    Series *series = series_new("new/ward", GRAIN_DAY, 19000, length);
    series->counts = series->flow = TRUE;
    for (gsize t = 0; t < length; t++)
        series->value[t] = 20 + 6 * (t % 7 < 5) + g_test_rand_int_range(-3, 4);
    return series;
}

/* With two weeks of history no network can be trained; the pretrained one serves unchanged, and so do its weights. */
static void test_young_ward(Fixture *f, gconstpointer data)
{
    const gsize weekly[2] = {7, 0};
    g_autoptr(Series) series = ward(14);
    const Series *one[] = {series};
    gsize until = 14;
    for (int k = 0; k < NETWORK_KINDS; k++) {
        g_autoptr(GError) little = NULL, error = NULL;
        NetworkTraining training = {.seed = 1, .steps = 5, .threads = 1};
        g_assert_null(network_train((NetworkKind)k, one, &until, 1, f->calendar, weekly, HORIZON, &training, &little));
        g_assert_error(little, MODEL_ERROR, MODEL_ERROR_SHORT);
        training.start = f->pretrained->network[k];
        g_autoptr(Network) network = network_train((NetworkKind)k, one, &until, 1, f->calendar, weekly, HORIZON, &training, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(network_learnt(network), ==, 0);
        g_autoptr(GBytes) served = network_to_bytes(network), started = network_to_bytes(f->pretrained->network[k]);
        gsize served_size, started_size, weights = network_parameters(network) * sizeof(float);
        const guint8 *one_end = g_bytes_get_data(served, &served_size), *other_end = g_bytes_get_data(started, &started_size);
        g_assert_cmpmem(one_end + served_size - weights, weights, other_end + started_size - weights, weights);
        Task task = {series, f->calendar, 14, HORIZON, {7, 0}, 0};
        g_autoptr(Outlook) out = outlook_new("", 0, HORIZON);
        g_assert_true(network_forecast(network, &task, NULL, 1, &out, &error));
        for (gsize h = 0; h < HORIZON; h++)
            g_assert_true(out->mean[h] > 5 && out->mean[h] < 60);
    }
}

/* A covariate the pretrained network does not know has no say until it is learnt. */
static void test_covariate(Fixture *f, gconstpointer data)
{
    const gsize weekly[2] = {7, 0};
    gsize until = 14;
    g_autoptr(Series) plain = ward(14), with = series_upto(plain, 14);
    series_set_covariates(with, (const char *const[]){"planned"}, 1, 14 + HORIZON);
    for (gsize t = 0; t < 14 + HORIZON; t++)
        with->covariate[t] = (double)(t * t % 11);
    for (int k = 0; k < NETWORK_KINDS; k++) {
        NetworkTraining training = {.seed = 1, .steps = 5, .threads = 1, .start = f->pretrained->network[k]};
        const Series *one[] = {plain}, *two[] = {with};
        g_autoptr(Network) without = network_train((NetworkKind)k, one, &until, 1, f->calendar, weekly, HORIZON, &training, NULL);
        g_autoptr(Network) knows = network_train((NetworkKind)k, two, &until, 1, f->calendar, weekly, HORIZON, &training, NULL);
        g_assert_cmpuint(network_parameters(knows), >, network_parameters(without));
        Task task[2] = {{plain, f->calendar, 14, HORIZON, {7, 0}, 0}, {with, f->calendar, 14, HORIZON, {7, 0}, 0}};
        g_autoptr(Outlook) first = outlook_new("", 0, HORIZON), second = outlook_new("", 0, HORIZON);
        g_assert_true(network_forecast(without, &task[0], NULL, 1, &first, NULL));
        g_assert_true(network_forecast(knows, &task[1], NULL, 1, &second, NULL));
        for (gsize h = 0; h < HORIZON; h++)
            g_assert_cmpfloat_with_epsilon(first->mean[h], second->mean[h], 1e-4 * first->mean[h]);
    }
}

static void test_other_kind(Fixture *f, gconstpointer data)
{
    const gsize weekly[2] = {7, 0};
    g_autoptr(Series) series = ward(200);
    const Series *one[] = {series};
    gsize until = 200;
    g_autoptr(GError) error = NULL;
    NetworkTraining training = {.seed = 1, .steps = 5, .threads = 1, .start = f->pretrained->network[NETWORK_LSTM]};
    g_assert_null(network_train(NETWORK_TRANSFORMER, one, &until, 1, f->calendar, weekly, HORIZON, &training, &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_FILE);
}

/* ------------------------------------------------------------------ those that ship */

/* Pinball loss over the horizon of quantiles [horizon][OUTLOOK_LEVELS]; a step that is missing counts nothing. */
static double pinball(const Series *series, gsize origin, gsize horizon, const double *quantile)
{
    double sum = 0;
    for (gsize h = 0; h < horizon; h++)
        for (gsize q = 0; q < OUTLOOK_LEVELS && !isnan(series->value[origin + h]); q++) {
            double e = series->value[origin + h] - quantile[h * OUTLOOK_LEVELS + q];
            sum += MAX(outlook_level[q] * e, (outlook_level[q] - 1) * e);
        }
    return sum;
}

/* log(loss of the network / loss of its anchor) of one series from its last horizon; 0 where neither errs. */
static double gain(const Network *network, const Series *series, const Calendar *calendar, const gsize season[2], gsize horizon)
{
    gsize origin = series->length - horizon;
    g_autoptr(Series) known = series_upto(series, origin);
    g_autoptr(Fits) fits = fits_new(known, calendar, origin, season, NULL);
    g_autoptr(Anchor) anchor = network_kind_anchor(network_kind(network), fits, NULL);
    if (anchor == NULL)
        return 0;
    g_autofree double *mean = g_new(double, 2 * horizon), *plain = g_new(double, horizon * OUTLOOK_LEVELS);
    anchor_at(anchor, origin, horizon, mean, mean + horizon);
    for (gsize c = 0; c < horizon * OUTLOOK_LEVELS; c++)
        plain[c] = MAX(anchor_undo(anchor, mean[c / OUTLOOK_LEVELS] + mean[horizon + c / OUTLOOK_LEVELS] * outlook_probit[c % OUTLOOK_LEVELS]), 0);
    Task task = {.series = known, .calendar = calendar, .origin = origin, .horizon = horizon, .season = {season[0], season[1]}};
    const Anchor *given = anchor;
    g_autoptr(Outlook) out = outlook_new("", 0, horizon);
    g_assert_true(network_forecast(network, &task, &given, 1, &out, NULL));
    double network_loss = pinball(series, origin, horizon, out->quantile), anchor_loss = pinball(series, origin, horizon, plain);
    return network_loss > 0 && anchor_loss > 0 ? log(network_loss / anchor_loss) : 0;
}

/* Of invented hospitals that they have not met, they know more than their anchors do. */
static void test_shipped(gconstpointer data)
{
    Grain grain = (Grain)GPOINTER_TO_INT(data);
    static const gsize length[GRAINS] = {70 * 24, 900, 260, 144}, horizon[GRAINS] = {96, 28, 12, 12};
    enum { UNMET = 100 };
    g_autoptr(GError) error = NULL;
    g_autoptr(Pretrained) shipped = pretrained_load(grain, &error);
    g_assert_no_error(error);
    g_autofree char *holidays = calendar_holiday_file("US", NULL);
    g_autoptr(Calendar) calendar = calendar_new("UTC", holidays, NULL);
    const PriorOptions prior = {grain, calendar, shipped->seed + 1000, length[grain], FALSE};
    g_autoptr(GPtrArray) series = prior_series(&prior, UNMET);
    const gsize season[2] = {grain_season(grain), grain == GRAIN_HOUR ? 168 : 0};
    for (int k = 0; k < NETWORK_KINDS; k++) {
        g_assert_nonnull(shipped->network[k]);
        double sum = 0;
        for (guint i = 0; i < series->len; i++)
            sum += gain(shipped->network[k], series->pdata[i], calendar, season, horizon[grain]) / UNMET;
        g_test_message("%s of %ss: %.1f %% of its anchor's loss", network_kind_name((NetworkKind)k), grain_name(grain), 100 * exp(sum));
        g_assert_cmpfloat(sum, <, 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/pretrained/half-floats-are-those-of-the-standard", test_half);
    const struct {
        const char *says;
        void (*run)(Fixture *, gconstpointer);
    } test[] = {
        {"bytes-keep-the-networks", test_bytes},
        {"a-seed-tells-every-byte-whatever-the-threads", test_seeds},
        {"the-free-network-has-chance-of-its-own", test_own_stream},
        {"hospitals-lie-in-the-countries-in-turn", test_countries},
        {"broken-bytes-are-refused", test_broken},
        {"files-are-found-by-grain-and-checked", test_files},
        {"a-ward-of-two-weeks-is-served", test_young_ward},
        {"a-new-covariate-changes-nothing-at-first", test_covariate},
        {"a-network-of-another-kind-is-no-start", test_other_kind},
    };
    for (gsize k = 0; k < G_N_ELEMENTS(test); k++) {
        g_autofree char *path = g_strdup_printf("/model/pretrained/%s", test[k].says);
        g_test_add(path, Fixture, NULL, set_up, test[k].run, tear_down);
    }
    for (Grain grain = 0; grain < GRAINS; grain++) {
        g_autofree char *path = g_strdup_printf("/model/pretrained/the-networks-of-%ss-that-ship-beat-their-anchors-on-hospitals-not-met", grain_name(grain));
        g_test_add_data_func(path, GINT_TO_POINTER(grain), test_shipped);
    }
    return g_test_run();
}
