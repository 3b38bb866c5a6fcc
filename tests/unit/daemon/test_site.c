#include "daemon/site.h"

#include <glib/gstdio.h>
#include <string.h>

static Instant at(const char *text, const char *zone)
{
    g_autoptr(GError) error = NULL;
    Instant read = INSTANT_NONE;
    gboolean fine = site_read_time(text, zone, &read, &error);
    g_assert_no_error(error);
    g_assert_true(fine);
    return read / INSTANT_SECOND;
}

static void times_are_read_on_the_groups_clock(void)
{
    g_assert_cmpint(at("2026-02-28T06:00", "UTC"), ==, 1772258400);
    g_assert_cmpint(at("2026-02-28 06:00", "America/New_York"), ==, 1772258400 + 5 * 3600);
    g_assert_cmpint(at("2024-02-29", "UTC"), ==, 1709164800);
    g_assert_cmpint(at("2026-02-28T06:00:00+01:00", "America/New_York"), ==, 1772258400 - 3600);
}

/* A run of a far year would stand as the newest one until then. */
static void times_that_cannot_be_are_refused(void)
{
    static const char *const wrong[] = {"1969-12-31T23:59:59Z", "0001-01-01", "2199-01-01T00:00", "9999-12-31", "2026-02-29", "2026-13-01T00:00", "garbage", ""};
    for (gsize k = 0; k < G_N_ELEMENTS(wrong); k++) {
        g_autoptr(GError) error = NULL;
        Instant read;
        g_test_message("%s", wrong[k]);
        g_assert_false(site_read_time(wrong[k], "UTC", &read, &error));
        g_assert_error(error, CONFIG_ERROR, CONFIG_ERROR_SETTING);
    }
}

static void a_folder_is_made_or_the_setting_is_named(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *top = g_dir_make_tmp("site-XXXXXX", &error), *folder = g_build_filename(top, "models", "north", NULL);
    g_autofree char *file = g_build_filename(top, "models", "north", "file", NULL), *under = g_build_filename(file, "models", NULL);
    g_assert_true(site_make_folder(folder, "daemon.state_dir", &error));
    g_assert_true(site_make_folder(folder, "daemon.state_dir", &error)); /* there already */
    g_assert_no_error(error);
    g_assert_true(g_file_test(folder, G_FILE_TEST_IS_DIR));
    g_assert_true(g_file_set_contents(file, "x", 1, NULL));
    g_assert_false(site_make_folder(under, "daemon.state_dir", &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOTDIR);
    g_assert_nonnull(strstr(error->message, under));
    g_assert_true(g_str_has_suffix(error->message, "or change daemon.state_dir"));
    g_assert_cmpint(g_unlink(file), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
    g_autofree char *models = g_path_get_dirname(folder);
    g_assert_cmpint(g_rmdir(models), ==, 0);
    g_assert_cmpint(g_rmdir(top), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/site/times-are-read-on-the-groups-clock", times_are_read_on_the_groups_clock);
    g_test_add_func("/daemon/site/times-that-cannot-be-are-refused", times_that_cannot_be_are_refused);
    g_test_add_func("/daemon/site/a-folder-is-made-or-the-setting-is-named", a_folder_is_made_or_the_setting_is_named);
    return g_test_run();
}
