#include "connectors/wire/pg.h"

/* Microseconds worked out with `date -u -d ... +%s`. */
static const struct { const char *text; gint64 seconds, micros; } good[] = {
    {"1970-01-01 00:00:00+00", 0, 0},
    {"2026-11-23 05:00:00+00", 1795410000, 0},
    {"2026-11-23T05:00:00Z", 1795410000, 0},
    {"2026-11-23 05:00:00.5+00", 1795410000, 500000},
    {"2026-11-23 05:00:00.000001Z", 1795410000, 1},
    {"2026-11-23 10:30:00+05:30", 1795410000, 0},
    {"2026-11-22 21:30:00-07:30", 1795410000, 0},
    {"1883-11-18 12:03:58-04:56:02", -2717650800, 0},
    {"2000-02-29 23:59:59Z", 951868799, 0},
    {"1969-12-31 23:59:59.999999Z", -1, 999999},
    {"0001-01-01 00:00:00Z", -62135596800, 0},
    {"9999-12-31 23:59:59.999999Z", 253402300799, 999999},
};

static const char *const bad[] = {
    "", "infinity", "-infinity", "now", "2026-11-23", "2026-11-23 05:00:00", "2026-11-23 05:00:00.1234567Z", "2026-11-23 05:00:00.Z",
    "0044-03-15 00:00:00+00 BC", "294276-12-31 23:59:59+00", "10000-01-01 00:00:00Z", "0000-01-01 00:00:00Z",
    "2026-02-29 00:00:00Z", "1900-02-29 00:00:00Z", "2026-13-01 00:00:00Z", "2026-04-31 00:00:00Z", "2026-00-10 00:00:00Z", "2026-01-00 00:00:00Z",
    "2026-11-23 24:00:00Z", "2026-11-23 05:60:00Z", "2026-11-23 05:00:60Z", "2026-11-23 05:00:00+16", "2026-11-23 05:00:00+05:61",
    "2026-11-23 05:00:00 +00", "2026-11-23 05:00:00ZZ", "2026-11-23 05:00:00+0530", " 2026-11-23 05:00:00Z", "2026-11-23 5:00:00Z",
};

static void what_the_server_prints_is_read(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        gint64 instant = 0;
        g_test_message("%s", good[i].text);
        g_assert_true(pg_read_instant(good[i].text, &instant));
        g_assert_cmpint(instant, ==, good[i].seconds * 1000000 + good[i].micros);
    }
}

static void everything_else_is_refused(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        gint64 instant = 0;
        g_test_message("%s", bad[i]);
        g_assert_false(pg_read_instant(bad[i], &instant));
    }
}

static void an_instant_is_printed_in_full(void)
{
    char buffer[PG_INSTANT_BYTES];
    g_assert_cmpstr(pg_instant(G_GINT64_CONSTANT(1795410000000000), buffer), ==, "2026-11-23T05:00:00.000000Z");
    g_assert_cmpstr(pg_instant(-1, buffer), ==, "1969-12-31T23:59:59.999999Z");
    g_assert_cmpstr(pg_instant(G_MININT64, buffer), ==, "0001-01-01T00:00:00.000000Z");
    g_assert_cmpstr(pg_instant(G_MAXINT64, buffer), ==, "9999-12-31T23:59:59.999999Z");
}

/* GLib's calendar is the judge. */
static void any_instant_comes_back_and_agrees_with_glib(void)
{
    for (int i = 0; i < 20000; i++) {
        gint64 instant = (gint64)(g_test_rand_double_range(-62135596800, 253402300799)) * 1000000 + g_test_rand_int_range(0, 1000000), back = 0;
        char buffer[PG_INSTANT_BYTES];
        pg_instant(instant, buffer);
        g_assert_true(pg_read_instant(buffer, &back));
        g_assert_cmpint(back, ==, instant);
        gint64 seconds = instant / 1000000 - (instant % 1000000 < 0);
        g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc(seconds);
        g_autofree char *text = g_date_time_format(at, "%H:%M:%S");
        g_autofree char *whole = g_strdup_printf("%04d-%02d-%02dT%s.%06dZ", g_date_time_get_year(at), g_date_time_get_month(at),
                                                 g_date_time_get_day_of_month(at), text, (int)(instant - seconds * 1000000));
        g_assert_cmpstr(buffer, ==, whole);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/pg-instant/what-the-server-prints-is-read", what_the_server_prints_is_read);
    g_test_add_func("/wire/pg-instant/everything-else-is-refused", everything_else_is_refused);
    g_test_add_func("/wire/pg-instant/an-instant-is-printed-in-full", an_instant_is_printed_in_full);
    g_test_add_func("/wire/pg-instant/any-instant-comes-back-and-agrees-with-glib", any_instant_comes_back_and_agrees_with_glib);
    return g_test_run();
}
