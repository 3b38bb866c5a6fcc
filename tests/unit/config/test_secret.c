#include "config/config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    char *folder, *own, *given;
    Config config; /* only its path is looked at */
} Place;

static void place_setup(Place *place, gconstpointer data)
{
    place->folder = g_dir_make_tmp("wardcast-secret-XXXXXX", NULL);
    place->own = g_build_filename(place->folder, "credentials", NULL);
    place->given = g_build_filename(place->folder, "given", NULL);
    place->config.path = g_build_filename(place->folder, "wardcast.yaml", NULL);
    g_assert_cmpint(g_mkdir(place->own, 0700), ==, 0);
    g_assert_cmpint(g_mkdir(place->given, 0700), ==, 0);
    g_unsetenv("CREDENTIALS_DIRECTORY");
}

static void put(const char *folder, const char *name, const char *secret, gssize length, int mode)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_assert_true(g_file_set_contents(path, secret, length, NULL));
    g_assert_cmpint(g_chmod(path, mode), ==, 0);
}

static void empty_folder(const char *path)
{
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    for (const char *name; (name = g_dir_read_name(folder));) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        g_remove(file);
    }
    g_rmdir(path);
}

static void place_teardown(Place *place, gconstpointer data)
{
    empty_folder(place->own);
    empty_folder(place->given);
    g_rmdir(place->folder);
    g_free(place->folder);
    g_free(place->own);
    g_free(place->given);
    g_free(place->config.path);
    g_unsetenv("CREDENTIALS_DIRECTORY");
}

static void expect(Place *place, const char *name, const char *wanted)
{
    GError *error = NULL;
    char *secret = config_secret(&place->config, name, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(secret, ==, wanted);
    config_secret_free(secret);
}

static void refuse(Place *place, const char *name, const char *part)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(config_secret(&place->config, name, &error));
    g_assert_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, part));
    g_assert_null(strstr(error->message, "hunter2"));
}

static void test_own(Place *place, gconstpointer data)
{
    put(place->own, "pw", "hunter2\n", -1, 0600);
    put(place->own, "bare", "hunter2", -1, 0400);
    put(place->own, "lines", "a\nb\n\n", -1, 0600);
    expect(place, "pw", "hunter2");
    expect(place, "bare", "hunter2");
    expect(place, "lines", "a\nb\n"); /* only one line feed goes */
    config_secret_free(NULL);
}

static void test_given(Place *place, gconstpointer data)
{
    put(place->own, "pw", "own", -1, 0600);
    put(place->own, "only-own", "own", -1, 0600);
    put(place->given, "pw", "given", -1, 0400);
    g_setenv("CREDENTIALS_DIRECTORY", place->given, TRUE);
    expect(place, "pw", "given");
    expect(place, "only-own", "own");
    g_setenv("CREDENTIALS_DIRECTORY", "/nowhere", TRUE);
    expect(place, "pw", "own");
}

static void test_modes(Place *place, gconstpointer data)
{
    const int open[] = {0640, 0604, 0660, 0444, 0644, 0601, 0620};
    for (gsize i = 0; i < G_N_ELEMENTS(open); i++) {
        put(place->own, "pw", "hunter2", -1, open[i]);
        refuse(place, "pw", "chmod 600");
    }
    /* In a folder from systemd, root's file may be readable through an access list, whose mask stands in the group's place. */
    g_setenv("CREDENTIALS_DIRECTORY", place->given, TRUE);
    put(place->given, "pw", "hunter2", -1, 0440);
    if (getuid() == 0)
        expect(place, "pw", "hunter2");
    else
        refuse(place, "pw", "chmod 600");
    put(place->given, "pw", "hunter2", -1, 0444);
    refuse(place, "pw", "chmod 600");
}

static void test_contents(Place *place, gconstpointer data)
{
    g_autofree char *large = g_strnfill(65537, 'x'), *fits = g_strnfill(65536, 'x');
    put(place->own, "empty", "", 0, 0600);
    refuse(place, "empty", "is empty");
    put(place->own, "line", "\n", 1, 0600);
    refuse(place, "line", "is empty");
    put(place->own, "zero", "hunter2\0x", 9, 0600);
    refuse(place, "zero", "zero byte");
    put(place->own, "large", large, -1, 0600);
    refuse(place, "large", "65537 bytes, wanted at most 65536");
    put(place->own, "fits", fits, -1, 0600);
    expect(place, "fits", fits);
}

static void test_places(Place *place, gconstpointer data)
{
    g_autofree char *folder = g_build_filename(place->own, "folder", NULL);
    g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
    refuse(place, "folder", "not a plain file");
    refuse(place, "absent", "LoadCredential=absent:");
    refuse(place, "absent", place->own);
    refuse(place, "../given/pw", "holds a \"/\"");
    refuse(place, "..", "begins with \".\"");
    refuse(place, "", "is empty");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/secret/a-file-beside-the-configuration-is-read", Place, NULL, place_setup, test_own, place_teardown);
    g_test_add("/secret/what-systemd-gives-comes-first", Place, NULL, place_setup, test_given, place_teardown);
    g_test_add("/secret/a-file-that-others-can-read-is-refused", Place, NULL, place_setup, test_modes, place_teardown);
    g_test_add("/secret/empty-large-and-binary-files-are-refused", Place, NULL, place_setup, test_contents, place_teardown);
    g_test_add("/secret/a-missing-one-says-where-it-was-looked-for", Place, NULL, place_setup, test_places, place_teardown);
    return g_test_run();
}
