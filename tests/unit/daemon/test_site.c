#include "daemon/site.h"

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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/site/times-are-read-on-the-groups-clock", times_are_read_on_the_groups_clock);
    g_test_add_func("/daemon/site/times-that-cannot-be-are-refused", times_that_cannot_be_are_refused);
    return g_test_run();
}
