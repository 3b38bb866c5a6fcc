#include "daemon/models.h"

#include "daemon/engine/card.h"
#include "daemon/engine/file_mode.h"
#include "daemon/exit.h"
#include "daemon/json.h"
#include "forecast/model/weights.h"
#include "tests/harness/command.h"
#include "tests/harness/folder.h"

#include <glib/gstdio.h>
#include <string.h>

static char *folder; /* of this run's files */

/* Trainings of the seeds 1 .. n in a folder of their own, the last one current. */
static char *trained(const char *name, int n)
{
    g_autofree char *csv = g_build_filename(folder, "days.csv", NULL);
    g_autoptr(GString) text = g_string_new("series_id,timestamp,value\n");
    for (int t = 0; t < 60; t++)
        g_string_append_printf(text, "ward,2024-%02d-%02d,%d\n", 1 + t / 28, 1 + t % 28, 40 + (t * 7) % 11);
    g_assert_true(g_file_set_contents(csv, text->str, -1, NULL));
    char *models = g_build_filename(folder, name, NULL);
    for (int seed = 1; seed <= n; seed++)
        g_assert_cmpint(command_run(file_mode_train, "train --csv %s --horizon 3 --member naive --seed %d --model-dir %s", csv, seed, models), ==, EXIT_FINE);
    return models;
}

static guint64 seed_of(const char *models, guint generation)
{
    g_autofree char *path = release_path(models, GRAIN_DAY);
    g_autoptr(GError) error = NULL;
    g_autoptr(Release) release = release_load_generation(path, generation, &error);
    g_assert_no_error(error);
    return release->seed;
}

static char *bytes_of(const char *models, guint generation, gsize *size)
{
    g_autofree char *path = release_path(models, GRAIN_DAY), *name = weights_path(path, generation);
    char *data = NULL;
    g_assert_true(g_file_get_contents(name, &data, size, NULL));
    return data;
}

static void rot(const char *models, guint generation)
{
    g_autofree char *path = release_path(models, GRAIN_DAY), *name = weights_path(path, generation);
    gsize size;
    g_autofree char *data = bytes_of(models, generation, &size);
    data[size / 2] = (char)(data[size / 2] ^ 4);
    g_assert_true(g_file_set_contents(name, data, (gssize)size, NULL));
}

static void test_list(void)
{
    g_autofree char *models = trained("list", 3);
    g_assert_cmpint(command_run(model_main, "model list --model-dir %s", models), ==, EXIT_FINE);
    command_assert_said("list         day   0 current");
    command_assert_said("list         day   2 before that");
    command_assert_said("data until 2024-03-04, seed 3, 0 parameters, 1 series; publishes: naive 100 %");
    command_assert_said("seed 1,");
    rot(models, 1);
    g_assert_cmpint(command_run(model_main, "model list --model-dir %s", models), ==, EXIT_FINE);
    command_assert_said("DAMAGED: ");
    command_assert_said("day.weights.1 is damaged: its checksum does not match");
    g_assert_null(strstr(command_said(), "seed 2,"));
    g_assert_cmpint(command_run(model_main, "model list --json --model-dir %s", models), ==, EXIT_FINE);
    command_assert_said("[{\"group\":\"list\",\"grain_of_file\":\"day\",");
    command_assert_said("\"checksum_ok\":false}");
    command_assert_said("\"program_version\":");
    command_assert_said("\"seed\":\"3\"");
}

static void test_show(void)
{
    g_autofree char *models = trained("show", 2);
    gsize size;
    g_autofree char *data = bytes_of(models, 0, &size);
    g_autoptr(GBytes) file = g_bytes_new(data, size);
    g_autofree char *checksum = weights_checksum(file), *line = g_strdup_printf("Checksum     ok, SHA-256 %s\n", checksum);
    g_assert_cmpint(command_run(model_main, "model show --model-dir %s --grain day", models), ==, EXIT_FINE);
    command_assert_said(line);
    command_assert_said("Products     here, networks multiply in ");
    command_assert_said("Data         2024-01-01 .. 2024-03-04\n");
    command_assert_said("seed 2\n");
    command_assert_said("Settings     members: naive; optimiser steps as usual; no time limit\n");
    command_assert_said("against naive (95 % interval)\nnaive ");
    g_assert_null(strstr(command_said(), "seed 1\n"));
    g_assert_cmpint(command_run(model_main, "model show --model-dir %s --generation 1", models), ==, EXIT_FINE);
    command_assert_said("seed 1\n");
}

static void test_back_and_forth(void)
{
    g_autofree char *models = trained("back", 3);
    g_assert_cmpint(command_run(model_main, "model rollback --model-dir %s", models), ==, EXIT_FINE);
    command_assert_said("forecasts from the next cycle on");
    g_assert_cmpuint(seed_of(models, 0), ==, 2);
    g_assert_cmpuint(seed_of(models, 1), ==, 3);
    g_assert_cmpuint(seed_of(models, 2), ==, 1);
    g_assert_cmpint(command_run(model_main, "model rollback --model-dir %s", models), ==, EXIT_FINE);
    g_assert_cmpuint(seed_of(models, 0), ==, 3);
    g_assert_cmpint(command_run(model_main, "model rollback --generation 2 --model-dir %s", models), ==, EXIT_FINE);
    g_assert_cmpuint(seed_of(models, 0), ==, 1);
    g_assert_cmpuint(seed_of(models, 2), ==, 3);
}

/* A current file that is rotten is just what one wants to leave. */
static void test_away_from_a_damaged_one(void)
{
    g_autofree char *models = trained("rotten", 2);
    rot(models, 0);
    g_assert_cmpint(command_run(model_main, "model rollback --model-dir %s", models), ==, EXIT_FINE);
    command_assert_said("the damaged one made ");
    g_assert_cmpuint(seed_of(models, 0), ==, 1);
}

static void test_refusals(void)
{
    g_autofree char *models = trained("refuse", 1);
    g_assert_cmpint(command_run(model_main, "model rollback --model-dir %s", models), ==, EXIT_FAILED);
    command_assert_said("there is no training before the current one to go back to; nothing was changed");
    g_assert_cmpint(command_run(model_main, "model rollback --model-dir %s/none", models), ==, EXIT_FAILED);
    command_assert_said("there is no trained model");
    g_free(trained("refuse", 1));
    rot(models, 1);
    gsize before, after;
    g_autofree char *kept = bytes_of(models, 0, &before);
    g_assert_cmpint(command_run(model_main, "model rollback --model-dir %s", models), ==, EXIT_FAILED);
    command_assert_said("the earlier training cannot be used, nothing was changed");
    g_autofree char *left = bytes_of(models, 0, &after);
    g_assert_cmpmem(kept, before, left, after);
    g_autofree char *hour = g_build_filename(models, "hour.weights", NULL);
    g_assert_true(g_file_set_contents(hour, kept, (gssize)before, NULL));
    g_assert_cmpint(command_run(model_main, "model rollback --model-dir %s", models), ==, EXIT_USAGE);
    command_assert_said("there are several models; name one of: --group refuse --grain hour, --group refuse --grain day");
    g_assert_cmpint(command_run(model_main, "model show --grain hour --model-dir %s", models), ==, EXIT_FINE);
    command_assert_said("hour.weights holds a model of days");
    g_assert_cmpint(command_run(model_main, "model rollback --generation 0 --model-dir %s", models), ==, EXIT_USAGE);
    g_assert_cmpint(command_run(model_main, "model rollback --grain year --model-dir %s", models), ==, EXIT_USAGE);
    g_assert_cmpint(command_run(model_main, "model away --model-dir %s", models), ==, EXIT_USAGE);
    g_assert_cmpint(command_run(model_main, "model"), ==, EXIT_USAGE);
}

static gpointer let_go(gpointer data)
{
    g_usleep(300000);
    weights_unlock(GPOINTER_TO_INT(data));
    return NULL;
}

static void test_lock(void)
{
    g_autofree char *models = trained("lock", 2), *path = release_path(models, GRAIN_DAY);
    int lock = weights_lock(path, NULL);
    g_assert_cmpint(lock, >=, 0);
    gint64 began = g_get_monotonic_time();
    GThread *thread = g_thread_new("holder", let_go, GINT_TO_POINTER(lock));
    g_assert_cmpint(command_run(model_main, "model rollback --model-dir %s", models), ==, EXIT_FINE);
    g_assert_cmpint(g_get_monotonic_time() - began, >=, 300000);
    g_thread_join(thread);
    g_assert_cmpuint(seed_of(models, 0), ==, 1);
}

static void put(float *quantile, gsize rows, float value)
{
    for (gsize k = 0; k < rows * OUTLOOK_LEVELS; k++)
        quantile[k] = value;
}

/* Truth 10: a point forecast x above it costs (x - 10) / 2 at 13 symmetric
 * levels, so 12 costs 1, 11 costs 1/2 and 10.5 costs 1/4. */
static void test_figures(void)
{
    enum { ORIGINS = 4, HORIZON = 3, ROWS = ORIGINS * HORIZON };
    gsize origin[ORIGINS] = {10, 13, 16, 19};
    char *name[] = {g_strdup("naive"), g_strdup("ets"), NULL}, *complaint[2] = {NULL};
    float actual[ROWS], quantile[2 * ROWS * OUTLOOK_LEVELS], released[ROWS * OUTLOOK_LEVELS];
    for (gsize k = 0; k < ROWS; k++)
        actual[k] = 10;
    put(quantile, ROWS, 12);
    put(quantile + ROWS * OUTLOOK_LEVELS, ROWS, 11);
    put(released, ROWS, 10.5F);
    const Backtest backtest = {2, 1, ORIGINS, HORIZON, name, origin, quantile, NULL, actual, complaint, NULL};
    const double scale = 2;
    Release release = {.members = 2, .member = name};
    card_judge(&release, &backtest, released, &scale);
    g_assert_cmpfloat(fabs(release.figures[0].pinball - 1), <, 1e-6);
    g_assert_cmpfloat(fabs(release.figures[1].against + 0.5), <, 1e-6);
    g_assert_cmpfloat(fabs(release.figures[2].against + 0.75), <, 1e-6);
    g_assert_cmpfloat(fabs(release.figures[2].low + 0.75), <, 1e-6);
    g_assert_cmpfloat(fabs(release.figures[2].mase - 0.25), <, 1e-6);
    g_assert_cmpfloat(fabs(release.figures[2].wape - 0.05), <, 1e-6);
    g_assert_cmpfloat(release.figures[2].coverage80, ==, 0);
    g_free(release.figures);
    g_free(name[0]);
    g_free(name[1]);
}

static void test_json(void)
{
    g_autoptr(GString) json = g_string_new(NULL);
    json_key(json, "a");
    json_text(json, "x\"\\\n\001é\xff");
    json_number(json, 0.1);
    json_number(json, (double)NAN);
    json_text(json, NULL);
    g_assert_cmpstr(json->str, ==, "\"a\":\"x\\\"\\\\\\n\\u0001é\xef\xbf\xbd\"0.10000000000000001nullnull");
}

static void test_sentence(void)
{
    char ridge[] = "ridge", naive[] = "naive", *member[] = {ridge, naive};
    double weight[] = {0.75, 0.25};
    ReleaseFigures figures[3] = {[2] = {.against = -0.359, .low = -0.483, .high = -0.252}};
    Release release = {.grain = GRAIN_HOUR, .members = 2, .member = member, .group = {.weight = weight}, .figures = figures};
    g_autofree char *less = card_sentence(&release);
    g_assert_cmpstr(less, ==, "Forecasts by the hour are made, as a rule, by ridge 75 %, naive 25 %. In the backtest their loss was 36 % (25 to 48 % in 95 of 100) below that of repeating the last week.");
    figures[2] = (ReleaseFigures){.against = 0.1, .low = -0.05, .high = 0.25};
    release.grain = GRAIN_MONTH;
    g_autofree char *more = card_sentence(&release);
    g_assert_cmpstr(more, ==, "Forecasts by the month are made, as a rule, by ridge 75 %, naive 25 %. In the backtest their loss was 10 % (-5 to 25 % in 95 of 100) above that of repeating the last year.");
    figures[2].against = MISSING;
    g_autofree char *unknown = card_sentence(&release);
    g_assert_true(g_str_has_suffix(unknown, "naive 25 %."));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("models-XXXXXX", NULL);
    g_test_add_func("/daemon/models/the-list-tells-every-training-and-its-damage", test_list);
    g_test_add_func("/daemon/models/the-card-tells-data-settings-scores-and-checksum", test_show);
    g_test_add_func("/daemon/models/a-rollback-goes-back-and-forth", test_back_and_forth);
    g_test_add_func("/daemon/models/a-rollback-leads-away-from-a-damaged-file", test_away_from_a_damaged_one);
    g_test_add_func("/daemon/models/what-cannot-be-is-refused-and-changes-nothing", test_refusals);
    g_test_add_func("/daemon/models/a-rollback-waits-for-a-training-that-writes", test_lock);
    g_test_add_func("/daemon/models/figures-are-those-worked-out-by-hand", test_figures);
    g_test_add_func("/daemon/models/the-sentence-says-who-forecasts-and-how-well", test_sentence);
    g_test_add_func("/daemon/models/json-says-what-was-meant", test_json);
    int result = g_test_run();
    folder_remove(folder);
    g_free(folder);
    return result;
}
