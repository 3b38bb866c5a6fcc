#include "forecast/model/release.h"

#include "forecast/model/weights.h"

#include <glib/gstdio.h>
#include <string.h>

enum { ORIGINS = 3, HORIZON = 4, SERIES = 2 };

static ReleaseRow row(const char *id, double first, gboolean network, const char *verdict)
{
    double weight[] = {first, 1 - first};
    return (ReleaseRow){g_strdup(id), g_memdup2(weight, sizeof weight), network, g_strdup(verdict)};
}

static Calibration *calibration(gsize series)
{
    gsize rows = series * ORIGINS * HORIZON;
    g_autofree float *quantile = g_new(float, rows * OUTLOOK_LEVELS), *actual = g_new(float, rows);
    g_autofree gboolean *counts = g_new0(gboolean, series);
    for (gsize r = 0; r < rows; r++) {
        actual[r] = (float)(r % 7);
        for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
            quantile[r * OUTLOOK_LEVELS + q] = (float)(3 + outlook_probit[q]);
    }
    return calibrate_new(quantile, actual, counts, series, ORIGINS, HORIZON);
}

static Release *sample(void)
{
    Release *r = g_new0(Release, 1);
    const char *member[] = {"naive", "ets", NULL};
    r->grain = GRAIN_DAY;
    r->season[0] = 7;
    r->horizon = HORIZON;
    r->seed = 42;
    r->watermark = 18500;
    r->members = 2;
    r->member = g_strdupv((char **)member);
    r->group = row("", 0.25, FALSE, "the classical members publish");
    r->series = SERIES;
    r->row = g_new0(ReleaseRow, SERIES);
    r->row[0] = row("north/ward-3/census", 0.5, TRUE, "the networks may publish");
    r->row[1] = row("Süd/Station 1/census", 0, FALSE, "too few origins");
    r->calibration = calibration(SERIES);
    r->origins = ORIGINS;
    r->score = g_new(gint16, SERIES * ORIGINS * HORIZON);
    for (gsize k = 0; k < SERIES * ORIGINS * HORIZON; k++)
        r->score[k] = (gint16)(k == 5 ? RELEASE_SCORE_NONE : 100 * (int)k - 1000);
    r->card = g_strdup("a card");
    r->since = 18000;
    r->program = g_strdup("1.2.3");
    r->only = g_strdup("naive,ets");
    r->steps = 30;
    r->seconds = 1.5;
    r->figures = g_new0(ReleaseFigures, 3);
    r->figures[0].mase = MISSING;
    r->figures[2].high = -0.25;
    g_assert_true(release_index(r));
    return r;
}

static void assert_like_sample(const Release *r)
{
    g_assert_cmpint(r->grain, ==, GRAIN_DAY);
    g_assert_cmpuint(r->season[0], ==, 7);
    g_assert_cmpuint(r->season[1], ==, 0);
    g_assert_cmpuint(r->horizon, ==, HORIZON);
    g_assert_cmpuint(r->seed, ==, 42);
    g_assert_cmpint(r->watermark, ==, 18500);
    g_assert_cmpstr(r->member[1], ==, "ets");
    g_assert_cmpstr(r->card, ==, "a card");
    g_assert_cmpint(r->since, ==, 18000);
    g_assert_cmpstr(r->program, ==, "1.2.3");
    g_assert_cmpstr(r->only, ==, "naive,ets");
    g_assert_cmpuint(r->steps, ==, 30);
    g_assert_cmpfloat(r->seconds, ==, 1.5);
    g_assert_true(isnan(r->figures[0].mase));
    g_assert_cmpfloat(r->figures[2].high, ==, -0.25);
    gsize south = release_find(r, "Süd/Station 1/census");
    g_assert_cmpuint(south, ==, 1);
    g_assert_cmpfloat(release_row(r, south)->weight[1], ==, 1);
    g_assert_cmpstr(release_row(r, south)->verdict, ==, "too few origins");
    g_assert_cmpint(release_scores(r, south)[0], ==, 200);
    g_assert_true(release_row(r, 0)->network);
    g_assert_cmpint(release_scores(r, 0)[5], ==, RELEASE_SCORE_NONE);
    g_assert_true(release_find(r, "unheard of") == RELEASE_UNKNOWN);
    g_assert_cmpfloat(release_row(r, RELEASE_UNKNOWN)->weight[0], ==, 0.25);
    g_assert_null(release_scores(r, RELEASE_UNKNOWN));
    g_assert_cmpuint(calibrate_series(r->calibration), ==, SERIES);
}

static void test_round_trip(void)
{
    g_autoptr(Release) release = sample();
    g_autoptr(GBytes) bytes = release_to_bytes(release);
    g_autoptr(GError) error = NULL;
    g_autoptr(Release) back = release_from_bytes(bytes, &error);
    g_assert_no_error(error);
    assert_like_sample(back);
    g_autoptr(GBytes) again = release_to_bytes(back);
    g_assert_true(g_bytes_equal(bytes, again));
}

static void assert_refused(Release *release, const char *word)
{
    g_autoptr(GBytes) bytes = release_to_bytes(release);
    g_autoptr(GError) error = NULL;
    g_assert_null(release_from_bytes(bytes, &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_FILE);
    g_assert_nonnull(strstr(error->message, word));
    g_assert_nonnull(strstr(error->message, "train again"));
}

static void test_nonsense(void)
{
    g_autoptr(Release) r = sample();
    r->grain = (Grain)77;
    assert_refused(r, "grain");
    r->grain = GRAIN_DAY;
    r->horizon = 0;
    r->series = 0;
    assert_refused(r, "horizon");
    r->horizon = HORIZON;
    r->seconds = MISSING;
    assert_refused(r, "training time");
    r->seconds = 0;
    r->series = SERIES;
    r->row[0].weight[0] = -0.5;
    assert_refused(r, "weights");
    r->row[0].weight[0] = MISSING;
    assert_refused(r, "weights");
    r->row[0].weight[0] = 0.75;
    assert_refused(r, "add up to 1");
    r->row[0].weight[0] = 0.5;
    char *kept = r->row[1].id;
    r->row[1].id = r->row[0].id;
    assert_refused(r, "unique");
    r->row[1].id = kept;
    calibrate_free(r->calibration);
    r->calibration = calibration(SERIES + 1);
    assert_refused(r, "calibration");
}

/* Whatever a bit says, the reader answers with a release or a message. */
static void test_bits_of_the_content(void)
{
    g_autoptr(Release) release = sample();
    g_autoptr(GBytes) bytes = release_to_bytes(release);
    gsize size = g_bytes_get_size(bytes);
    g_autofree guint8 *data = g_memdup2(g_bytes_get_data(bytes, NULL), size);
    for (int k = 0; k < 3000; k++) {
        gsize byte = (gsize)g_test_rand_int_range(0, (gint32)size);
        guint8 was = data[byte];
        data[byte] ^= (guint8)g_test_rand_int_range(1, 256);
        g_autoptr(GBytes) changed = g_bytes_new(data, size);
        g_autoptr(GError) error = NULL;
        g_autoptr(Release) back = release_from_bytes(changed, &error);
        g_assert_true((back == NULL) == (error != NULL));
        data[byte] = was;
    }
    for (gsize length = 0; length < size; length++) {
        g_autoptr(GBytes) cut = g_bytes_new_from_bytes(bytes, 0, length);
        g_autoptr(GError) error = NULL;
        g_assert_null(release_from_bytes(cut, &error));
        g_assert_error(error, MODEL_ERROR, MODEL_ERROR_FILE);
    }
}

static void rot(const char *path, guint generation, gsize at)
{
    g_autofree char *name = weights_path(path, generation), *data = NULL;
    gsize size;
    g_assert_true(g_file_get_contents(name, &data, &size, NULL));
    data[at % size] = (char)(data[at % size] ^ 1);
    g_assert_true(g_file_set_contents(name, data, (gssize)size, NULL));
}

static void test_file_bits(void)
{
    g_autoptr(Release) release = sample();
    g_autoptr(GBytes) content = release_to_bytes(release);
    g_autoptr(GBytes) file = weights_pack(content);
    gsize size = g_bytes_get_size(file);
    g_autofree guint8 *data = g_memdup2(g_bytes_get_data(file, NULL), size);
    for (gsize k = 0; k < 1000; k++) {
        gsize byte = k * (size - 1) / 999;
        data[byte] ^= (guint8)(1 << k % 8);
        g_autoptr(GBytes) changed = g_bytes_new(data, size);
        g_autoptr(GError) error = NULL;
        g_assert_null(weights_unpack(changed, "day.weights", &error));
        g_assert_error(error, MODEL_ERROR, MODEL_ERROR_FILE);
        data[byte] ^= (guint8)(1 << k % 8);
    }
}

static void test_falls_back(void)
{
    g_autofree char *folder = g_dir_make_tmp("release-XXXXXX", NULL), *path = release_path(folder, GRAIN_DAY);
    g_autofree char *remark = NULL;
    g_autoptr(GError) error = NULL;
    guint generation = 9;
    for (guint k = 1; k <= 3; k++) {
        g_autoptr(Release) release = sample();
        release->seed = k;
        g_assert_true(release_save(release, path, &error));
    }
    g_autoptr(Release) newest = release_load(path, &generation, &remark, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(newest->seed, ==, 3);
    g_assert_cmpuint(generation, ==, 0);
    g_assert_null(remark);
    rot(path, 0, 300);
    rot(path, 1, 301);
    g_autoptr(Release) oldest = release_load(path, &generation, &remark, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(oldest->seed, ==, 1);
    g_assert_cmpuint(generation, ==, 2);
    g_assert_nonnull(strstr(remark, "day.weights is damaged"));
    rot(path, 2, 302);
    g_assert_null(release_load(path, &generation, NULL, &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_FILE);
    g_assert_nonnull(strstr(error->message, "train again"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/release/everything-comes-back", test_round_trip);
    g_test_add_func("/model/release/nonsense-is-refused-by-name", test_nonsense);
    g_test_add_func("/model/release/no-content-can-crash-the-reader", test_bits_of_the_content);
    g_test_add_func("/model/release/a-flipped-bit-in-the-file-is-refused", test_file_bits);
    g_test_add_func("/model/release/a-damaged-file-gives-way-to-the-one-before", test_falls_back);
    return g_test_run();
}
