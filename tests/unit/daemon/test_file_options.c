#include "daemon/engine/file_options.h"

#include <string.h>

static gboolean read_line(FileOptions *options, FileCommand command, const char *line, GError **error)
{
    g_auto(GStrv) word = NULL;
    int words;
    g_assert_true(g_shell_parse_argv(line, &words, &word, NULL));
    return file_options_read(options, command, words, word, error);
}

static void test_everything(void)
{
    FileOptions o;
    g_autoptr(GError) error = NULL;
    gboolean fine = read_line(&o, FILE_BACKTEST,
                              "backtest --csv a.csv.gz --horizon 48 --origins 10 --stride 24 --refit 168 --season 24,168 --levels 0.1,0.5,0.9 --member naive,ets "
                              "--output s.csv --forecasts f.csv --exposure beds --timezone America/Chicago --country US --seed 7 --seeds 3 --from-scratch --steps 30 --threads 2", &error);
    g_assert_no_error(error);
    g_assert_true(fine);
    g_assert_cmpstr(o.csv, ==, "a.csv.gz");
    g_assert_cmpuint(o.horizon, ==, 48);
    g_assert_cmpuint(o.origins, ==, 10);
    g_assert_cmpuint(o.stride, ==, 24);
    g_assert_cmpuint(o.refit, ==, 168);
    g_assert_cmpuint(o.season[0], ==, 24);
    g_assert_cmpuint(o.season[1], ==, 168);
    g_assert_cmpuint(o.levels, ==, 3);
    g_assert_cmpfloat(o.level[2], ==, 0.9);
    g_assert_cmpstr(o.member[1], ==, "ets");
    g_assert_cmpstr(o.forecasts, ==, "f.csv");
    g_assert_cmpstr(o.exposure, ==, "beds");
    g_assert_cmpstr(o.timezone, ==, "America/Chicago");
    g_assert_cmpstr(o.country, ==, "US");
    g_assert_cmpuint(o.seed, ==, 7);
    g_assert_cmpuint(o.seeds, ==, 3);
    g_assert_true(o.from_scratch);
    g_assert_cmpuint(o.steps, ==, 30);
    g_assert_cmpuint(o.threads, ==, 2);
    file_options_clear(&o);
}

static void test_usual_values(void)
{
    FileOptions o;
    g_autoptr(GError) error = NULL;
    g_assert_true(read_line(&o, FILE_FORECAST, "forecast --csv a.csv --horizon 7 --output o.csv --member auto", &error));
    g_assert_no_error(error);
    g_assert_cmpuint(o.season[0] + o.season[1], ==, 0);
    g_assert_cmpuint(o.levels, ==, OUTLOOK_LEVELS);
    g_assert_cmpfloat(o.level[0], ==, 0.025);
    g_assert_null(o.member);
    g_assert_null(o.country);
    g_assert_null(o.model_dir);
    g_assert_cmpstr(o.timezone, ==, "UTC");
    g_assert_cmpuint(o.seed, ==, 1);
    g_assert_cmpuint(o.seeds, ==, 0);
    g_assert_false(o.from_scratch);
    file_options_clear(&o);
}

/* What one line for all three commands holds beyond a training's own is read, and means nothing there. */
static void test_levels_of_a_training(void)
{
    FileOptions o;
    g_autoptr(GError) error = NULL;
    g_assert_true(read_line(&o, FILE_TRAIN, "train --csv a.csv --horizon 7 --model-dir d --levels 0.1,0.9", &error));
    g_assert_no_error(error);
    g_assert_cmpstr(o.model_dir, ==, "d");
    file_options_clear(&o);
}

/* Each line is wrong in one way; the message must name the word. */
static const struct {
    FileCommand command;
    const char *line, *word;
} wrong[] = {
    {FILE_TRAIN, "train --horizon 7 --model-dir d", "--csv"},
    {FILE_TRAIN, "train --csv a --horizon 7", "--model-dir"},
    {FILE_FORECAST, "forecast --csv a --horizon 7", "--output"},
    {FILE_FORECAST, "forecast --csv a --output b", "--horizon is 0"},
    {FILE_FORECAST, "forecast --csv a --output b --horizon -3", "--horizon is -3"},
    {FILE_FORECAST, "forecast --csv a --output b --horizon seven", "seven"},
    {FILE_FORECAST, "forecast --csv a --output b --horizon 7 --origins 3", "--origins is no option of forecast; it belongs to backtest"},
    {FILE_TRAIN, "train --csv a --model-dir b --horizon 7 --output=c", "--output is no option of train; it belongs to forecast and backtest"},
    {FILE_BACKTEST, "backtest --csv a --output b --horizon 7", "--origins is 0"},
    {FILE_BACKTEST, "backtest --csv a --output b --horizon 7 --origins 2 --stride -1", "--stride is -1"},
    {FILE_BACKTEST, "backtest --csv a --output b --horizon 7 --origins 2 --refit -1", "--refit is -1"},
    {FILE_BACKTEST, "backtest --csv a --output b --horizon 7 --origins 2 --model-dir d", "--model-dir is no option of backtest; it belongs to train and forecast"},
    {FILE_FORECAST, "forecast --csv a.csv --output ./a.csv --horizon 7", "--output is \"./a.csv\", the same file as --csv"},
    {FILE_BACKTEST, "backtest --csv a --output b --forecasts a --horizon 7 --origins 2", "--forecasts is \"a\", the same file as --csv"},
    {FILE_BACKTEST, "backtest --csv a --output x/../b --forecasts b --horizon 7 --origins 2", "--forecasts is \"b\", the same file as --output"},
    {FILE_BACKTEST, "backtest --csv - --output - --forecasts - --horizon 7 --origins 2", "--forecasts is \"-\", the same file as --output"},
    {FILE_TRAIN, "train --csv a --horizon 7 --model-dir d --levels 0.5,0.1", "\"0.1\""},
    {FILE_FORECAST, "forecast --csv a --output b --horizon 7 --seeds 17", "--seeds is 17"},
    {FILE_FORECAST, "forecast --csv a --output b --horizon 7 --season week", "\"week\""},
    {FILE_FORECAST, "forecast --csv a --output b --horizon 7 --season 168,24", "168,24"},
    {FILE_FORECAST, "forecast --csv a --output b --horizon 7 --season 1,2,3", "1,2,3"},
    {FILE_FORECAST, "forecast --csv a --output b --horizon 7 --levels 0.5,0.1", "\"0.1\""},
    {FILE_FORECAST, "forecast --csv a --output b --horizon 7 --levels 0.5,1", "\"1\""},
    {FILE_FORECAST, "forecast --csv a --output b --horizon 7 --levels 0.5,nan", "\"nan\""},
    {FILE_FORECAST, "forecast --csv a --output b --horizon 7 --levels 0.5,,", "\"\""},
    {FILE_FORECAST, "forecast --csv a --output b --horizon 7 --member prophet", "\"prophet\""},
    {FILE_FORECAST, "forecast --csv a --output b --horizon 7 --member naive,ets", "one name"},
    {FILE_FORECAST, "forecast --csv a --output b --horizon 7 --seed -1", "--seed is -1"},
    {FILE_FORECAST, "forecast --csv a --output b --horizon 7 c.csv", "\"c.csv\""},
    {FILE_FORECAST, "forecast --csv a --output b --horizon 7 --colour red", "--colour"},
};

static void test_wrong(gconstpointer data)
{
    gsize k = GPOINTER_TO_SIZE(data);
    FileOptions o;
    g_autoptr(GError) error = NULL;
    g_assert_false(read_line(&o, wrong[k].command, wrong[k].line, &error));
    g_assert_nonnull(error);
    g_test_message("%s: %s", wrong[k].line, error->message);
    g_assert_true(error->domain == G_OPTION_ERROR);
    g_assert_nonnull(strstr(error->message, wrong[k].word));
    file_options_clear(&o);
}

static void test_help(void)
{
    if (g_test_subprocess()) {
        FileOptions o;
        GError *error = NULL;
        g_assert_false(read_line(&o, FILE_BACKTEST, "backtest --help", &error));
        g_assert_no_error(error);
        return;
    }
    g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_passed();
    g_test_trap_assert_stdout("*--origins=K*--forecasts=FILE*");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/file-options/every-option-is-read", test_everything);
    g_test_add_func("/daemon/file-options/usual-values-stand-in", test_usual_values);
    g_test_add_func("/daemon/file-options/levels-mean-nothing-to-a-training", test_levels_of_a_training);
    g_test_add_func("/daemon/file-options/help-is-printed-and-is-no-error", test_help);
    for (gsize k = 0; k < G_N_ELEMENTS(wrong); k++) {
        g_autofree char *name = g_strdup_printf("/daemon/file-options/a-wrong-line-is-named/%zu", k + 1);
        g_test_add_data_func(name, GSIZE_TO_POINTER(k), test_wrong);
    }
    return g_test_run();
}
