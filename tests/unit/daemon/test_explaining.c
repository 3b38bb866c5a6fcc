#include "daemon/explaining.h"

#include "daemon/engine/file_mode.h"
#include "daemon/exit.h"
#include "daemon/explain.h"
#include "tests/harness/command.h"
#include "tests/harness/folder.h"

#include <string.h>

#define assert_near(seen, wanted, most) g_assert_cmpfloat(fabs((seen) - (wanted)), <=, (most))

static char *folder;  /* of this run's files */

/* Two wards by days from 2024-01-01 with a covariate, and models where the lstm alone speaks. */
static void prepare(void)
{
    g_autofree char *path = g_build_filename(folder, "a.csv", NULL);
    g_autoptr(GRand) rand = g_rand_new_with_seed(11);
    g_autoptr(GString) text = g_string_new("series_id,timestamp,value,clinic\n");
    gint64 day = grain_day_of_date(2024, 1, 1);
    for (int ward = 0; ward < 2; ward++)
        for (int t = 0; t < 130; t++) {
            int y, m, d;
            grain_date_of_day(day + t, &y, &m, &d);
            g_string_append_printf(text, "ward-%d,%04d-%02d-%02d,", ward, y, m, d);
            if (t < 123)
                g_string_append_printf(text, "%d", 40 + 25 * ward + (t % 7 < 5 ? 6 : -8) + g_rand_int_range(rand, -3, 4));
            g_string_append_printf(text, ",%d\n", t % 7 < 5);
        }
    g_assert_true(g_file_set_contents(path, text->str, -1, NULL));
    g_assert_cmpint(command_run(file_mode_train, "train --csv %s --horizon 7 --steps 20 --member lstm --model-dir %s/m", path, folder), ==, EXIT_FINE);
}

static Series *flat(gsize days)
{
    Series *series = series_new("flat", GRAIN_DAY, 19000, days);
    for (gsize t = 0; t < days; t++)
        series->value[t] = 10 + (double)(t % 7) + (double)(t * 5 % 3);
    return series;
}

static void test_adds_up(void)
{
    g_autoptr(Series) series = flat(90);
    g_autoptr(GError) error = NULL;
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, &error);
    const Series *one[] = {series};
    for (gsize step = 0; step < 5; step++) {
        g_auto(Explaining) e = {0};
        g_assert_true(explaining_make(NULL, one, 1, 0, calendar, step, &e, &error));
        g_assert_no_error(error);
        double sum = e.members + e.correction, weight = 0;
        for (int k = 0; k < ANCHOR_PARTS; k++)
            sum += e.part[k];
        for (gsize k = 0; k < e.count; k++)
            weight += e.weight[k];
        assert_near(sum, e.sum, 1e-12 * (1 + fabs(e.sum)));
        assert_near(weight, 1.0, 1e-9);
        g_assert_nonnull(e.note); /* no release: the classical members share equally */
        /* no counts: g is the identity, so the sum is the published median itself, and nothing was corrected */
        g_assert_false(e.multiplies);
        assert_near(e.sum, e.published->quantile[step * OUTLOOK_LEVELS + OUTLOOK_MEDIAN], 1e-9);
        assert_near(e.correction, 0.0, 1e-9);
    }
}

static void test_text(void)
{
    g_assert_cmpint(command_run(explain_main, "explain --csv %s/a.csv --series ward-1 --step 3 --model-dir %s/m", folder, folder), ==, EXIT_FINE);
    command_assert_said("ward-1, day 3 ahead (2024-05-05), known until 2024-05-02\n");
    command_assert_said(" than on a usual Sunday (");
    command_assert_said("lstm            1.00 ");
    command_assert_said("The lstm (weight 1.00) adds ");
    command_assert_said("  recent values ");
    command_assert_said("  clinic ");
    command_assert_said("Nearby");
}

static void test_json(void)
{
    g_assert_cmpint(command_run(explain_main, "explain --csv %s/a.csv --series ward-0 --json --model-dir %s/m", folder, folder), ==, EXIT_FINE);
    command_assert_said("{\"series\":\"ward-0\",\"target\":\"2024-05-03\",\"note\":null,\"against_usual\":\"");
    command_assert_said("\"members\":[{\"name\":\"lstm\",\"weight\":1");
    command_assert_said(",\"without\":null}],\"networks\":[{\"name\":\"lstm\",");
    g_assert_true(g_str_has_suffix(command_said(), "}]}\n"));
    g_assert_null(strstr(command_said(), ",}"));
    g_assert_null(strstr(command_said(), ",]"));
}

/* What it begins with and what it adds are the middle of what it says: that is all there is of it. */
static void test_free(void)
{
    g_autofree char *path = g_build_filename(folder, "a.csv", NULL);
    g_assert_cmpint(command_run(file_mode_train, "train --csv %s --horizon 7 --steps 20 --member free --from-scratch --model-dir %s/f", path, folder), ==, EXIT_FINE);
    g_assert_cmpint(command_run(explain_main, "explain --csv %s/a.csv --series ward-1 --step 3 --model-dir %s/f", folder, folder), ==, EXIT_FINE);
    command_assert_said("The free (weight 1.00) begins with the same as last season:\n  level ");
    command_assert_said("and adds ");
    g_assert_cmpint(command_run(explain_main, "explain --csv %s/a.csv --series ward-1 --step 3 --json --model-dir %s/f", folder, folder), ==, EXIT_FINE);
    command_assert_said("\"networks\":[{\"name\":\"free\",\"weight\":1,\"adds\":");
    command_assert_said(",\"to\":{\"level\":");
    g_assert_null(strstr(command_said(), ",}"));
}

static void test_free_adds_up(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Series) series = flat(120);
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, &error);
    const Series *one[] = {series};
    EngineOptions options;
    g_autoptr(Release) release = NULL;
    engine_options_init(&options, 7);
    options.steps = 20;
    options.origins = 5;
    options.member = "free";
    options.from_scratch = TRUE;
    g_assert_true(engine_train(one, 1, calendar, &options, &release, &error));
    const double leash[NETWORK_RANGES] = {0.1, 0.05, 0.1, 0.025}; /* on a short leash its ranges cannot cross: nothing is put in order */
    network_set_leash(release->network[NETWORK_FREE], leash);
    for (gsize step = 0; step < 7; step++) {
        g_auto(Explaining) e = {0};
        g_assert_true(explaining_make(release, one, 1, 0, calendar, step, &e, &error));
        g_assert_cmpuint(e.networks, ==, 1);
        g_assert_true(e.plain[0]);
        double sum = e.explanation[0].all, whole = e.members + e.correction;
        for (int k = 0; k < ANCHOR_PARTS; k++) {
            sum += e.network_part[0][k];
            whole += e.part[k];
        }
        /* no counts: g is the identity, and alone it is the blend */
        assert_near(e.network_part[0][ANCHOR_LEVEL] + e.network_part[0][ANCHOR_SEASON], series->value[113 + step], 1e-9);
        assert_near(sum, e.says[0], 1e-4 * fabs(sum));
        assert_near(whole, e.sum, 1e-12 * (1 + fabs(e.sum)));
    }
}

/* Two wards by the hour whose days have a shape, 60 of them; always the same. */
static Series *hours(int ward)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(7 + (guint32)ward);
    g_autofree char *id = g_strdup_printf("ward-%d", ward);
    Series *series = series_new(id, GRAIN_HOUR, 456120, 60 * 24);
    for (gsize t = 0; t < series->length; t++)
        series->value[t] = 20 + 5 * ward + 8 * cos(2 * G_PI * (double)(t % 24) / 24) + g_rand_double_range(rand, -4, 4);
    return series;
}

static double weight_of(const Explaining *e, const char *member)
{
    for (gsize k = 0; k < e->count; k++)
        if (g_str_equal(e->member[k], member))
            return e->weight[k];
    return 0;
}

/* What was asked for, and corrected afterwards, is what is explained. */
static void test_as_it_was_made(void)
{
    static const gboolean anew[] = {FALSE, TRUE};
    g_autoptr(GError) error = NULL;
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, &error);
    g_autoptr(Series) first = hours(0), second = hours(1);
    const Series *both[] = {first, second};
    g_autoptr(Release) release = NULL;
    EngineOptions options;
    engine_options_init(&options, 24);
    options.origins = 5;
    options.stride = 48;
    options.member = "naive,ets,profile";
    g_assert_true(engine_train(both, 2, calendar, &options, &release, &error));
    Outlook *out[2];
    EngineNote note[2];
    g_assert_true(engine_forecast_anew(release, both, 2, NULL, anew, 24, calendar, 1, out, note, NULL, &error));
    g_autoptr(Outlook) published = outlook_copy(out[1]);
    for (gsize k = 0; k < 24 * OUTLOOK_LEVELS; k++)
        published->quantile[k] += 3;
    const ExplainingOrder order = {.release = release, .series = both, .n = 2, .which = 1, .step = 4, .calendar = calendar, .anew = anew, .published = published};
    g_auto(Explaining) asked = {0}, plain = {0};
    g_assert_true(explaining_order(&order, &asked, &error));
    g_assert_true(explaining_make(release, both, 2, 1, calendar, 4, &plain, &error));
    double moved = 0;
    for (gsize m = 0; engine_members()[m] != NULL; m++) {
        assert_near(weight_of(&asked, engine_members()[m]), note[1].weight[m], 1e-12);
        moved += fabs(weight_of(&asked, engine_members()[m]) - weight_of(&plain, engine_members()[m]));
    }
    g_assert_cmpfloat(moved, >, 1e-6);
    /* no counts: g is the identity */
    assert_near(asked.sum, out[1]->quantile[4 * OUTLOOK_LEVELS + OUTLOOK_MEDIAN] + 3, 1e-9);
    assert_near(asked.correction, 3.0, 1e-6);
    for (int i = 0; i < 2; i++) {
        outlook_free(out[i]);
        engine_note_clear(&note[i]);
    }
}

static void test_refusals(void)
{
    g_assert_cmpint(command_run(explain_main, "explain --csv %s/a.csv --model-dir %s/m", folder, folder), ==, EXIT_USAGE);
    command_assert_said("holds 2 series: ward-0, ward-1");
    g_assert_cmpint(command_run(explain_main, "explain --csv %s/a.csv --series ward-0 --step 8 --model-dir %s/m", folder, folder), ==, EXIT_BAD_DATA);
    command_assert_said("step 8 is beyond the 7 steps");
    g_assert_cmpint(command_run(explain_main, "explain --csv %s/a.csv --series ward-0 --step 0", folder), ==, EXIT_USAGE);
    g_assert_cmpint(command_run(explain_main, "explain --series ward-0"), ==, EXIT_USAGE);
    command_assert_said("needs --csv FILE, or --run RUN");
    g_assert_cmpint(command_run(explain_main, "explain --run 1 --csv %s/a.csv", folder), ==, EXIT_USAGE);
    g_assert_cmpint(command_run(explain_main, "explain --run 1 --config %s/none.yaml", folder), ==, EXIT_USAGE);
    command_assert_said("--series FACILITY/UNIT/MEASURE");
    g_assert_cmpint(command_run(explain_main, "explain --run 1 --series a/b/c --timezone UTC"), ==, EXIT_USAGE);
    g_assert_cmpint(command_run(explain_main, "explain --csv %s/a.csv --series ward-0 --grain hour", folder), ==, EXIT_USAGE);
    g_assert_cmpint(command_run(explain_main, "explain --run 1 --series a/b/c --config %s/none.yaml", folder), ==, EXIT_CONFIG);
    g_assert_cmpint(command_run(explain_main, "explain --csv %s/a.csv --series ward-0 --timezone Mars", folder), ==, EXIT_CONFIG);
    g_assert_cmpint(command_run(explain_main, "explain --csv %s/a.csv --series ward-0 --model-dir %s/none", folder, folder), ==, EXIT_FAILED);
    g_assert_cmpint(command_run(explain_main, "explain --help"), ==, EXIT_FINE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("explaining-XXXXXX", NULL);
    prepare();
    g_test_add_func("/daemon/explaining/parts-members-and-correction-add-up", test_adds_up);
    g_test_add_func("/daemon/explaining/the-text-tells-members-and-shares", test_text);
    g_test_add_func("/daemon/explaining/json-for-programs", test_json);
    g_test_add_func("/daemon/explaining/the-free-network-begins-with-last-season", test_free);
    g_test_add_func("/daemon/explaining/what-the-free-network-begins-with-and-adds-is-what-it-says", test_free_adds_up);
    g_test_add_func("/daemon/explaining/weights-and-corrections-are-those-it-was-made-with", test_as_it_was_made);
    g_test_add_func("/daemon/explaining/exit-codes-say-whose-fault-it-was", test_refusals);
    int result = g_test_run();
    folder_remove(folder);
    g_free(folder);
    return result;
}
