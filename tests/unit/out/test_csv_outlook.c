#include "connectors/out/csv_outlook.h"

#include <glib/gstdio.h>

/* A file of one forecast that begins with this step; its row says when that is. */
static void assert_timestamp(Grain grain, int label_day, gint64 step, const char *want)
{
    static const double level[] = {0.5};
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("outlook-XXXXXX", &error), *path = g_build_filename(folder, "out.csv", NULL), *text = NULL;
    g_autoptr(Series) series = series_new("x", grain, 0, 0);
    g_autoptr(Outlook) outlook = outlook_new("wardcast", step, 1);
    series->label_day = label_day;
    outlook->mean[0] = 1;
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
        outlook->quantile[k] = 1;
    CsvOutlook *file = csv_outlook_new(path, level, 1, &error);
    g_assert_no_error(error);
    gboolean fine = csv_outlook_put(file, series, outlook, &error) && csv_outlook_end(file, &error);
    g_assert_no_error(error);
    g_assert_true(fine);
    csv_outlook_free(file);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) line = g_strsplit(text, "\n", -1), cell = g_strsplit(line[1], ",", -1);
    g_assert_cmpstr(cell[2], ==, want);
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

static void test_timestamps(void)
{
    assert_timestamp(GRAIN_HOUR, 0, 24 * grain_day_of_date(2025, 7, 4) + 13, "2025-07-04T13:00:00");
    assert_timestamp(GRAIN_DAY, 0, grain_day_of_date(2025, 7, 4), "2025-07-04");
    assert_timestamp(GRAIN_WEEK, 5, grain_step_of_hour(GRAIN_WEEK, 24 * grain_day_of_date(2022, 2, 5)), "2022-02-05");
    assert_timestamp(GRAIN_MONTH, 0, 12 * 53 + 1, "2023-02-01");
    assert_timestamp(GRAIN_MONTH, 30, 12 * 53 + 1, "2023-02-28");
    assert_timestamp(GRAIN_MONTH, 30, 12 * 54 + 1, "2024-02-29");
}

static void test_file(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("outlook-XXXXXX", &error);
    g_autofree char *path = g_build_filename(folder, "out.csv", NULL);
    g_autoptr(Series) series = series_new("Ward \"7\", east", GRAIN_DAY, grain_day_of_date(2025, 2, 1), 28);
    g_autoptr(Outlook) outlook = outlook_new("wardcast", series->start + 28, 2);
    for (gsize h = 0; h < 2; h++) {
        outlook->mean[h] = 10.123456789 + (double)h;
        for (int k = 0; k < OUTLOOK_LEVELS; k++)
            outlook->quantile[h * OUTLOOK_LEVELS + (gsize)k] = 1000 * (double)h + k;
    }
    static const double level[] = {0.025, 0.5, 0.9};
    CsvOutlook *file = csv_outlook_new(path, level, 3, &error);
    g_assert_no_error(error);
    gboolean fine = csv_outlook_put(file, series, outlook, &error) && csv_outlook_end(file, &error);
    g_assert_no_error(error);
    g_assert_true(fine);
    csv_outlook_free(file);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==,
        "series_id,origin,timestamp,horizon,member,mean,q0.025,q0.5,q0.9\n"
        "\"Ward \"\"7\"\", east\",2025-02-28,2025-03-01,1,wardcast,10.12345679,0,6,10\n"
        "\"Ward \"\"7\"\", east\",2025-02-28,2025-03-02,2,wardcast,11.12345679,1000,1006,1010\n");
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

/* .1 -> 3.4 and .2 -> 4.6: halfway on the normal scale, .15 is read before it is brought to a whole number. */
static void test_counts(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("outlook-XXXXXX", &error);
    g_autofree char *path = g_build_filename(folder, "out.csv", NULL);
    g_autoptr(Series) series = series_new("ed", GRAIN_DAY, 0, 3);
    g_autoptr(Outlook) outlook = outlook_new("wardcast", 3, 1);
    series->counts = TRUE;
    outlook->mean[0] = 6.5;
    for (int k = 0; k < OUTLOOK_LEVELS; k++)
        outlook->quantile[k] = k < 2 ? 0 : k == 2 ? 3.4 : k == 3 ? 4.6 : 4 + 0.6 * (k - 2);
    static const double level[] = {0.05, 0.1, 0.1439, 0.2};
    CsvOutlook *file = csv_outlook_new(path, level, 4, &error);
    g_assert_true(csv_outlook_put(file, series, outlook, &error) && csv_outlook_end(file, &error));
    csv_outlook_free(file);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) line = g_strsplit(text, "\n", -1), cell = g_strsplit(line[1], ",", -1);
    static const double expected[] = {6.5, 0, 3.04, 4, 4.96}; /* z(.1439) = -1.0629 lies at .497 of the way: 3.996 */
    for (int k = 0; k < 5; k++)
        g_assert_cmpfloat_with_epsilon(g_ascii_strtod(cell[5 + k], NULL), expected[k], 0.001);
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/out/csv_outlook/steps-are-written-like-the-series-dates", test_timestamps);
    g_test_add_func("/out/csv_outlook/a-row-per-step-with-its-quantiles", test_file);
    g_test_add_func("/out/csv_outlook/quantiles-of-counts-lie-beside-whole-numbers", test_counts);
    return g_test_run();
}
