#include "forecast/model/weights.h"

#include <glib/gstdio.h>
#include <string.h>

static GBytes *content_of(gsize length)
{
    guint8 *data = g_malloc(length + 1);
    for (gsize k = 0; k < length; k++)
        data[k] = (guint8)(k * 131 + k / 251);
    return g_bytes_new_take(data, length);
}

static void test_round_trip(void)
{
    for (gsize length = 0; length < 2000; length = length * 3 + 1) {
        g_autoptr(GBytes) content = content_of(length);
        g_autoptr(GBytes) file = weights_pack(content);
        g_autoptr(GError) error = NULL;
        g_assert_cmpuint(g_bytes_get_size(file), ==, length + WEIGHTS_HEADER);
        g_autoptr(GBytes) back = weights_unpack(file, "w", &error);
        g_assert_no_error(error);
        g_assert_true(g_bytes_equal(content, back));
    }
}

/* sha256sum of the 24 bytes of header and the content "abc", made by coreutils:
 * printf 'WARDCAST\1\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0abc' | sha256sum */
static void test_bytes(void)
{
    g_autoptr(GBytes) content = g_bytes_new_static("abc", 3);
    g_autoptr(GBytes) file = weights_pack(content);
    const guint8 *data = g_bytes_get_data(file, NULL);
    GString *digest = g_string_new(NULL);
    for (gsize k = 24; k < 56; k++)
        g_string_append_printf(digest, "%02x", data[k]);
    g_assert_cmpmem(data, 24, "WARDCAST\1\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0", 24);
    g_assert_cmpstr(digest->str, ==, "27fd274687db2485981370ed7cf512411dbb5d0fe472c59b06edca7c64813dcd");
    g_assert_cmpmem(data + 56, 3, "abc", 3);
    g_string_free(digest, TRUE);
}

static void assert_refused(guint8 *data, gsize size)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(GError) error = NULL;
    g_assert_null(weights_unpack(bytes, "lab.weights", &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_FILE);
    g_assert_nonnull(strstr(error->message, "lab.weights"));
    g_assert_nonnull(strstr(error->message, "wardcast train"));
}

static void test_bits(void)
{
    g_autoptr(GBytes) content = content_of(700);
    g_autoptr(GBytes) file = weights_pack(content);
    gsize size;
    g_autofree guint8 *data = g_memdup2(g_bytes_get_data(file, &size), g_bytes_get_size(file));
    size = g_bytes_get_size(file);
    for (int k = 0; k < 1000; k++) {
        gsize byte = (gsize)g_test_rand_int_range(0, (gint32)size);
        if (k < 8 * WEIGHTS_HEADER) /* every bit of the header, then places by chance */
            byte = (gsize)k / 8;
        guint8 bit = (guint8)(1 << (k % 8));
        data[byte] ^= bit;
        assert_refused(data, size);
        data[byte] ^= bit;
    }
}

static void test_truncations(void)
{
    g_autoptr(GBytes) content = content_of(700);
    g_autoptr(GBytes) file = weights_pack(content);
    gsize size;
    const guint8 *whole = g_bytes_get_data(file, &size);
    g_autofree guint8 *data = g_malloc0(size + 1);
    memcpy(data, whole, size);
    for (gsize length = 0; length < size; length++)
        assert_refused(data, length);
    assert_refused(data, size + 1);
}

static void test_generations(void)
{
    g_autofree char *folder = g_dir_make_tmp("weights-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "lab.weights", NULL);
    for (guint k = 0; k < 5; k++) {
        g_autofree char *text = g_strdup_printf("training %u", k);
        g_autoptr(GBytes) content = g_bytes_new(text, strlen(text));
        g_autoptr(GError) error = NULL;
        g_assert_true(weights_save(path, content, &error));
        g_assert_no_error(error);
    }
    for (guint g = 0; g < WEIGHTS_GENERATIONS; g++) {
        g_autoptr(GBytes) content = weights_load(path, g, NULL);
        g_autofree char *text = g_strdup_printf("training %u", 4 - g);
        g_assert_cmpmem(g_bytes_get_data(content, NULL), g_bytes_get_size(content), text, strlen(text));
    }
}

static void test_damaged_current(void)
{
    g_autofree char *folder = g_dir_make_tmp("weights-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "lab.weights", NULL);
    g_autoptr(GBytes) good = g_bytes_new_static("good", 4);
    g_autoptr(GBytes) newer = g_bytes_new_static("newer", 5);
    g_autoptr(GBytes) newest = g_bytes_new_static("newest", 6);
    g_assert_true(weights_save(path, good, NULL));
    g_assert_true(weights_save(path, newer, NULL));
    g_assert_true(g_file_set_contents(path, "WARDCASTrot", -1, NULL));
    g_assert_null(weights_load(path, 0, NULL));
    g_assert_true(weights_save(path, newest, NULL));
    g_autoptr(GBytes) before = weights_load(path, 1, NULL); /* the damaged one pushed nothing out */
    g_assert_true(g_bytes_equal(before, good));
}

static void test_no_room(void)
{
    g_autofree char *folder = g_dir_make_tmp("weights-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "none", "lab.weights", NULL);
    g_autoptr(GBytes) content = g_bytes_new_static("x", 1);
    g_autoptr(GError) error = NULL;
    g_assert_false(weights_save(path, content, &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_FILE);
    g_assert_nonnull(strstr(error->message, path));
    g_clear_error(&error);
    g_assert_null(weights_load(path, 2, &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_FILE);
}

static void test_failed_write(void)
{
    g_autofree char *folder = g_dir_make_tmp("weights-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "lab.weights", NULL);
    g_autofree char *fresh = g_strconcat(path, ".new", NULL);
    g_autoptr(GBytes) content = g_bytes_new_static("old", 3);
    g_assert_true(weights_save(path, content, NULL));
    g_assert_cmpint(g_mkdir(fresh, 0700), ==, 0); /* the new file cannot be put in place */
    g_autoptr(GError) error = NULL;
    g_assert_false(weights_save(path, content, &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_FILE);
    g_autoptr(GBytes) kept = weights_load(path, 0, NULL);
    g_assert_true(g_bytes_equal(kept, content));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/weights/content-comes-back", test_round_trip);
    g_test_add_func("/model/weights/the-bytes-are-the-ones-the-header-promises", test_bytes);
    g_test_add_func("/model/weights/a-flipped-bit-is-refused", test_bits);
    g_test_add_func("/model/weights/every-truncation-is-refused", test_truncations);
    g_test_add_func("/model/weights/three-generations-are-kept", test_generations);
    g_test_add_func("/model/weights/a-damaged-file-pushes-nothing-out", test_damaged_current);
    g_test_add_func("/model/weights/a-missing-folder-is-named", test_no_room);
    g_test_add_func("/model/weights/a-failed-write-leaves-what-was", test_failed_write);
    return g_test_run();
}
