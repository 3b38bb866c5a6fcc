#include "daemon/engine/file_mode.h"

#include "daemon/exit.h"
#include "forecast/series/grain.h"
#include "tests/harness/command.h"
#include "tests/harness/folder.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

static char *folder; /* of this run's files */

/* Two wards by days from 2024-01-01, one value missing, with a covariate that is known a week ahead. */
static void write_sample(const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GRand) rand = g_rand_new_with_seed(11);
    GString *text = g_string_new("series_id,timestamp,value,clinic\n");
    gint64 day = grain_day_of_date(2024, 1, 1);
    for (int ward = 0; ward < 2; ward++)
        for (int t = 0; t < 130; t++) {
            int y, m, d;
            grain_date_of_day(day + t, &y, &m, &d);
            g_string_append_printf(text, "ward-%d,%04d-%02d-%02d,", ward, y, m, d);
            int value = 40 + 25 * ward + (t % 7 < 5 ? 6 : -8) + g_rand_int_range(rand, -3, 4);
            if (t != 50 && t < 123)
                g_string_append_printf(text, "%d", value);
            g_string_append_printf(text, ",%d\n", t % 7 < 5);
        }
    g_assert_true(g_file_set_contents(path, text->str, -1, NULL));
    g_string_free(text, TRUE);
}

static char *contents(const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static void test_train_and_forecast(void)
{
    write_sample("a.csv");
    g_assert_cmpint(command_run(file_mode_train, "train --csv %s/a.csv --horizon 7 --steps 3 --model-dir %s/m", folder, folder), ==, EXIT_FINE);
    g_assert_cmpint(command_run(file_mode_forecast, "forecast --csv %s/a.csv --horizon 7 --model-dir %s/m --levels 0.1,0.5,0.9 --output %s/o.csv", folder, folder, folder), ==, EXIT_FINE);
    g_autofree char *text = contents("o.csv");
    g_auto(GStrv) line = g_strsplit(g_strchomp(text), "\n", -1);
    g_assert_cmpuint(g_strv_length(line), ==, 1 + 2 * 7);
    g_assert_cmpstr(g_strchomp(line[0]), ==, "series_id,origin,timestamp,horizon,member,mean,q0.1,q0.5,q0.9");
    g_assert_true(g_str_has_prefix(line[1], "ward-0,2024-05-02,2024-05-03,1,wardcast,"));
    g_assert_true(g_str_has_prefix(line[14], "ward-1,2024-05-02,2024-05-09,7,wardcast,"));
}

static void test_same_bytes(void)
{
    write_sample("a.csv");
    for (int threads = 1; threads <= 2; threads++) {
        g_assert_cmpint(command_run(file_mode_forecast, "forecast --csv %s/a.csv --horizon 5 --steps 3 --seed 9 --threads %d --output %s/f%d.csv", folder, threads, folder, threads), ==, EXIT_FINE);
        g_assert_cmpint(command_run(file_mode_backtest, "backtest --csv %s/a.csv --horizon 5 --origins 3 --steps 3 --seed 9 --threads %d --output %s/s%d.csv --forecasts %s/b%d.csv",
                            folder, threads, folder, threads, folder, threads), ==, EXIT_FINE);
    }
    g_autofree char *f1 = contents("f1.csv"), *f2 = contents("f2.csv"), *s1 = contents("s1.csv"), *s2 = contents("s2.csv"), *b1 = contents("b1.csv"), *b2 = contents("b2.csv");
    g_assert_cmpstr(f1, ==, f2);
    g_assert_cmpstr(s1, ==, s2);
    g_assert_cmpstr(b1, ==, b2);
}

static void test_backtest(void)
{
    write_sample("a.csv");
    g_assert_cmpint(command_run(file_mode_backtest, "backtest --csv %s/a.csv --horizon 7 --origins 2 --stride 3 --member naive,ets --output %s/s.csv --forecasts %s/b.csv", folder, folder, folder), ==, EXIT_FINE);
    g_autofree char *scores = contents("s.csv"), *forecasts = contents("b.csv");
    g_assert_nonnull(strstr(scores, "\nwardcast,28,"));
    g_assert_nonnull(strstr(scores, "\nets,28,"));
    g_assert_nonnull(strstr(scores, "\nlstm,0,"));
    g_auto(GStrv) line = g_strsplit(g_strchomp(forecasts), "\n", -1);
    g_assert_cmpuint(g_strv_length(line), ==, 1 + 2 * 2 * 7 * 3); /* naive, ets and wardcast */
    g_assert_true(g_str_has_prefix(line[1], "ward-0,2024-04-22,2024-04-23,1,naive,"));
}

/* More wards than one batch holds, their ids rising or falling. */
static void write_many(const char *name, gboolean falling)
{
    enum { WARDS = 300, DAYS = 40 };
    g_autofree char *path = g_build_filename(folder, name, NULL);
    GString *text = g_string_new("series_id,timestamp,value\n");
    gint64 day = grain_day_of_date(2024, 1, 1);
    for (int k = 0; k < WARDS; k++)
        for (int t = 0, ward = falling ? WARDS - 1 - k : k; t < DAYS; t++) {
            int y, m, d;
            grain_date_of_day(day + t, &y, &m, &d);
            g_string_append_printf(text, "ward-%03d,%04d-%02d-%02d,%d\n", ward, y, m, d, 10 + ward % 17 + (t % 7 < 5 ? 6 : -8) + (ward * 31 + t * 17) % 7);
        }
    g_assert_true(g_file_set_contents(path, text->str, -1, NULL));
    g_string_free(text, TRUE);
}

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A file in order goes through in batches, one out of order as a whole: the same forecasts. */
static void test_batches(void)
{
    char **line[2];
    write_sample("a.csv");
    g_assert_cmpint(command_run(file_mode_train, "train --csv %s/a.csv --horizon 7 --steps 3 --model-dir %s/many", folder, folder), ==, EXIT_FINE);
    for (int falling = 0; falling < 2; falling++) {
        write_many("many.csv", falling);
        g_assert_cmpint(command_run(file_mode_forecast, "forecast --csv %s/many.csv --horizon 7 --member naive --threads %d --model-dir %s/many --output %s/many-o.csv",
                            folder, 1 + falling, folder, folder), ==, EXIT_FINE);
        g_autofree char *text = contents("many-o.csv");
        line[falling] = g_strsplit(g_strchomp(text), "\n", -1);
        g_assert_cmpuint(g_strv_length(line[falling]), ==, 1 + 300 * 7);
        qsort(line[falling], 1 + 300 * 7, sizeof(char *), by_text);
    }
    g_assert_true(g_strv_equal((const char *const *)line[0], (const char *const *)line[1]));
    g_strfreev(line[0]);
    g_strfreev(line[1]);
}

static void test_exposure(void)
{
    write_sample("a.csv");
    g_assert_cmpint(command_run(file_mode_forecast, "forecast --csv %s/a.csv --horizon 7 --exposure clinic --member naive --output %s/e.csv", folder, folder), ==, EXIT_FINE);
    command_assert_said("note: clinic is read as the exposure");
}

static void test_damaged_model(void)
{
    write_sample("a.csv");
    g_autofree char *weights = g_build_filename(folder, "rot", "day.weights", NULL), *rot = g_build_filename(folder, "rot", NULL);
    g_mkdir(rot, 0700);
    g_assert_true(g_file_set_contents(weights, "WARDCAST but not really", -1, NULL));
    g_assert_cmpint(command_run(file_mode_forecast, "forecast --csv %s/a.csv --horizon 7 --model-dir %s --output %s/r.csv", folder, rot, folder), ==, EXIT_FINE);
    g_autofree char *text = contents("r.csv");
    g_assert_nonnull(strstr(text, "ward-1,2024-05-02,2024-05-09,7,wardcast,"));
}

static void test_exit_codes(void)
{
    g_autofree char *bad = g_build_filename(folder, "bad.csv", NULL);
    write_sample("a.csv");
    g_assert_true(g_file_set_contents(bad, "series_id,timestamp,value\nw,2024-01-01,many\n", -1, NULL));
    g_assert_cmpint(command_run(file_mode_forecast, "forecast --csv %s --horizon 2 --output %s/x.csv", bad, folder), ==, EXIT_BAD_DATA);
    g_assert_cmpint(command_run(file_mode_forecast, "forecast --csv %s/a.csv --output %s/x.csv", folder, folder), ==, EXIT_USAGE);
    g_assert_cmpint(command_run(file_mode_forecast, "forecast --csv %s/a.csv --horizont 7", folder), ==, EXIT_USAGE);
    command_assert_said("--horizont; see wardcast forecast --help");
    /* before the long work, not after it */
    g_assert_cmpint(command_run(file_mode_train, "train --csv %s/a.csv --horizon 7 --model-dir %s/a.csv/m", folder, folder), ==, EXIT_FAILED);
    command_assert_said("or change --model-dir");
    g_assert_null(strstr(command_said(), "lstm"));
    g_assert_cmpint(command_run(file_mode_forecast, "forecast --csv %s/a.csv --horizon 2 --timezone Mars/Olympus --output %s/x.csv", folder, folder), ==, EXIT_CONFIG);
    g_assert_cmpint(command_run(file_mode_forecast, "forecast --csv %s/none.csv --horizon 2 --output %s/x.csv", folder, folder), ==, EXIT_FAILED);
    g_assert_cmpint(command_run(file_mode_backtest, "backtest --csv %s/a.csv --horizon 500 --origins 2 --output %s/x.csv", folder, folder), ==, EXIT_BAD_DATA);
    g_assert_cmpint(command_run(file_mode_forecast, "forecast --csv %s/a.csv --horizon 2 --member naive --output %s/none/x.csv", folder, folder), ==, EXIT_FAILED);
    g_autofree char *none = g_build_filename(folder, "x.csv", NULL);
    g_assert_false(g_file_test(none, G_FILE_TEST_EXISTS));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("file-mode-XXXXXX", NULL);
    g_test_add_func("/daemon/file-mode/trained-models-forecast-from-their-folder", test_train_and_forecast);
    g_test_add_func("/daemon/file-mode/same-seed-same-file-same-bytes-for-any-threads", test_same_bytes);
    g_test_add_func("/daemon/file-mode/a-backtest-writes-scores-and-forecasts", test_backtest);
    g_test_add_func("/daemon/file-mode/batches-forecast-what-a-whole-file-does", test_batches);
    g_test_add_func("/daemon/file-mode/an-exposure-is-taken-and-its-use-told", test_exposure);
    g_test_add_func("/daemon/file-mode/a-damaged-model-gives-way-to-the-classical-members", test_damaged_model);
    g_test_add_func("/daemon/file-mode/exit-codes-say-whose-fault-it-was", test_exit_codes);
    int result = g_test_run();
    folder_remove(folder);
    g_free(folder);
    return result;
}
