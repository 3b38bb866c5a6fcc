#include "connectors/wire/csv_number.h"

#include <math.h>
#include <string.h>

static void assert_written(double number)
{
    char want[G_ASCII_DTOSTR_BUF_SIZE], seen[CSV_NUMBER_BYTES];
    g_ascii_formatd(want, sizeof want, "%.10g", number);
    memset(seen, 'x', sizeof seen);
    gsize length = csv_number_put(number, seen);
    g_assert_cmpstr(seen, ==, want);
    g_assert_cmpuint(length, ==, strlen(want));
}

static void assert_read(const char *text)
{
    char *end;
    double want = g_ascii_strtod(text, &end), seen = 7;
    gboolean fine = end != text && *end == '\0' && isfinite(want) && strpbrk(text, "xXnN \t") == NULL;
    g_assert_cmpint(csv_number_take(text, &seen), ==, fine);
    if (fine)
        g_assert_cmpmem(&seen, sizeof seen, &want, sizeof want);
}

static void test_known(void)
{
    static const double number[] = {0, 1, -1, 0.5, 10, 100, 1234567890, 12345678901, 9999999999, 9999999999.4, 9999999999.5, 99999999995, 0.1, 0.0001,
                                    0.00012345678901, 0.00099999999995, 0.9999999999499, 0.99999999995, 1e-5, 1e-300, 1e300, 123.456789012345, -0.025,
                                    1000000000.25, 1000000000.5, 1000000001.5, 0.0009999999999999999, 4.000000000000001, 1e9, 1e10, 33.333333333333336};
    for (gsize k = 0; k < G_N_ELEMENTS(number); k++)
        assert_written(number[k]);
    char text[CSV_NUMBER_BYTES];
    csv_number_put(17.25, text);
    g_assert_cmpstr(text, ==, "17.25");
    csv_number_put(-0.000125, text);
    g_assert_cmpstr(text, ==, "-0.000125");
}

/* Halves of the tenth digit are where rounding goes wrong. */
static void test_halves(void)
{
    for (int k = 0; k < 200000; k++) {
        double scale = pow(2, g_test_rand_int_range(0, 12)), whole = (double)g_test_rand_int_range(1000000, 2000000000);
        double number = (whole + 0.5) / scale;
        assert_written(number);
        assert_written(nextafter(number, 0));
        assert_written(nextafter(number, 1e300));
        assert_written(-number);
    }
}

static void test_any(void)
{
    for (int k = 0; k < 300000; k++) {
        double size = pow(10, g_test_rand_double_range(-6, 12));
        assert_written(g_test_rand_bit() ? size : -size);
        assert_written(floor(size));
        assert_written(nextafter(pow(10, g_test_rand_int_range(-5, 12)), g_test_rand_bit() ? 0 : 1e300));
    }
}

static void test_cells(void)
{
    static const char *const text[] = {"", "-", "+", ".", "-.", "5.", ".5", "-0", "+7", "0", "00012", "1.2.3", "1..2", "1e5", "1E-3", "0x10", "nan", "inf", "1e999",
                                       "9007199254740993", "9007199254740992.5", "123456789012345678901234567890", "0.1", "0.30000000000000004", "1,5", " 1", "1 ",
                                       "562949953421312", "562949953421311.9", "0.0000000000000000000000001", "1e", "--1", "+-1", "7e+2", "1.50"};
    for (gsize k = 0; k < G_N_ELEMENTS(text); k++)
        assert_read(text[k]);
}

static void test_any_cell(void)
{
    char text[64];
    for (int k = 0; k < 300000; k++) {
        g_snprintf(text, sizeof text, "%.*f", g_test_rand_int_range(0, 20), g_test_rand_double_range(-1, 1) * pow(10, g_test_rand_int_range(0, 12)));
        assert_read(text);
        g_ascii_dtostr(text, sizeof text, g_test_rand_double());
        assert_read(text);
    }
}

static void test_digits(void)
{
    char text[] = "xxxxxx";
    g_assert_true(csv_number_digits(text, 4, 37) == text + 4);
    g_assert_cmpstr(text, ==, "0037xx");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/csv-number/numbers-are-written-as-by-the-library", test_known);
    g_test_add_func("/wire/csv-number/halves-of-the-last-digit", test_halves);
    g_test_add_func("/wire/csv-number/any-number", test_any);
    g_test_add_func("/wire/csv-number/cells-are-read-as-by-the-library", test_cells);
    g_test_add_func("/wire/csv-number/any-cell", test_any_cell);
    g_test_add_func("/wire/csv-number/digits-have-zeros-in-front", test_digits);
    return g_test_run();
}
