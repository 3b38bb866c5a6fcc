/* Whatever a file holds: a forecast that can be read, or a sentence that says why there is none. */
#include "daemon/engine/file_mode.h"

#include "daemon/exit.h"
#include "forecast/series/grain.h"
#include "tests/harness/folder.h"

#include <gio/gio.h>
#include <math.h>
#include <string.h>

static char *folder; /* of this run's files */

/* --- files ------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    double (*value)(gsize t); /* NaN: an empty cell */
} Shape;

static double constant(gsize t) { return (void)t, 12; }
static double zero(gsize t) { return (void)t, 0; }
static double two_point(gsize t) { return t % 2 ? 7 : 3; }
static double huge(gsize t) { return 1e9 + 1e7 * (double)(t % 7); }
static double fractional(gsize t) { return 0.125 + (double)(t % 5) / 3; }
static double negative(gsize t) { return -20 + (double)(t % 7); }
static double missing(gsize t) { return (void)t, NAN; }
static double nearly_missing(gsize t) { return t % 50 == 17 ? 4 : NAN; }
static double one_value(gsize t) { return t == 0 ? 5 : NAN; }
static double one_spike(gsize t) { return t == 60 ? 1e6 : 10; }
static double ordinary(gsize t) { return 30 + (double)(t % 7) + (double)((t * 7919) % 5); }

static const Shape shapes[] = {
    {"constant", constant}, {"zero", zero}, {"two-point", two_point}, {"huge", huge}, {"fractional", fractional}, {"negative", negative},
    {"missing", missing}, {"nearly-missing", nearly_missing}, {"one-value", one_value}, {"one-spike", one_spike}, {"ordinary", ordinary},
};

static char *stamp(Grain grain, gsize t)
{
    int y, m, d;
    gint64 day = grain_day_of_date(2023, 1, 2); /* a Monday */
    switch (grain) {
    case GRAIN_HOUR:
        grain_date_of_day(day + (gint64)t / 24, &y, &m, &d);
        return g_strdup_printf("%04d-%02d-%02dT%02d:00", y, m, d, (int)(t % 24));
    case GRAIN_MONTH:
        return g_strdup_printf("%04d-%02d-01", (int)(2010 + t / 12), (int)(1 + t % 12));
    case GRAIN_WEEK:
    case GRAIN_DAY:
    default:
        grain_date_of_day(day + (gint64)t * (grain == GRAIN_WEEK ? 7 : 1), &y, &m, &d);
        return g_strdup_printf("%04d-%02d-%02d", y, m, d);
    }
}

static void put_series(GString *text, const char *id, Grain grain, gsize from, gsize length, double (*value)(gsize t), const char *covariates)
{
    for (gsize t = from; t < from + length; t++) {
        g_autofree char *at = stamp(grain, t);
        double y = value(t);
        g_string_append_printf(text, "%s,%s,", id, at);
        if (!isnan(y))
            g_string_append_printf(text, "%.10g", y);
        g_string_append_printf(text, "%s\n", covariates);
    }
}

static char *save(const char *name, GString *text)
{
    char *path = g_build_filename(folder, name, NULL);
    g_assert_true(g_file_set_contents(path, text->str, (gssize)text->len, NULL));
    g_string_free(text, TRUE);
    return path;
}

static GString *header(const char *covariates)
{
    GString *text = g_string_new("series_id,timestamp,value");
    g_string_append(text, covariates);
    return g_string_append_c(text, '\n');
}

/* --- the program itself, so that what it says can be read --------------------------- */

static int run(char **said, const char *format, ...) G_GNUC_PRINTF(2, 3);
static int run(char **said, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *words = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *line = g_strdup_printf("%s/wardcast %s", g_getenv("top_builddir"), words);
    g_auto(GStrv) argv = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(g_shell_parse_argv(line, NULL, &argv, NULL));
    g_autoptr(GSubprocess) process = g_subprocess_newv((const char *const *)argv, G_SUBPROCESS_FLAGS_STDERR_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error);
    g_assert_no_error(error);
    g_subprocess_communicate_utf8(process, NULL, NULL, NULL, said, &error);
    g_assert_no_error(error);
    if (!g_subprocess_get_if_exited(process))
        g_error("%s: ended by signal %d: %s", line, g_subprocess_get_term_sig(process), *said);
    g_test_message("%s: %s", line, *said);
    return g_subprocess_get_exit_status(process);
}

/* Rows of each series: finite, in order, one for each step asked for. Returns how many series it has. */
static gsize check_rows(const char *path, gsize horizon)
{
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) line = g_strsplit(g_strchomp(text), "\n", -1);
    g_autoptr(GHashTable) rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (char **l = line + 1; line[0] != NULL && *l != NULL; l++) {
        g_auto(GStrv) cell = g_strsplit(g_strchomp(*l), ",", -1);
        double before = -HUGE_VAL;
        g_assert_cmpuint(g_strv_length(cell), ==, 6 + 3);
        for (int k = 5; k < 9; k++) {
            char *end;
            double y = g_ascii_strtod(cell[k], &end);
            if (*cell[k] == '\0' || *end != '\0' || !isfinite(y) || (k > 5 && y < before))
                g_error("not a forecast: %s", *l);
            before = k > 5 ? y : before;
        }
        g_hash_table_insert(rows, g_strdup(cell[0]), GSIZE_TO_POINTER(GPOINTER_TO_SIZE(g_hash_table_lookup(rows, cell[0])) + 1));
    }
    GHashTableIter iter;
    gpointer id, count;
    g_hash_table_iter_init(&iter, rows);
    while (g_hash_table_iter_next(&iter, &id, &count))
        if (GPOINTER_TO_SIZE(count) != horizon)
            g_error("%s has %" G_GSIZE_FORMAT " rows", (char *)id, GPOINTER_TO_SIZE(count));
    return g_hash_table_size(rows);
}

#define TELLS(said, part) \
    G_STMT_START { \
        if (strstr(said, part) == NULL) \
            g_error("wanted \"%s\", said: %s", part, said); \
    } G_STMT_END

/* --- tests ------------------------------------------------------------------------- */

/* Lengths that leave a little for training and for the origins held back. */
static const gsize length_of[GRAINS] = {[GRAIN_HOUR] = 24 * 40, [GRAIN_DAY] = 200, [GRAIN_WEEK] = 130, [GRAIN_MONTH] = 84};

static void test_shapes(gconstpointer row)
{
    Grain grain = (Grain)GPOINTER_TO_INT(row);
    GString *text = header("");
    for (gsize s = 0; s < G_N_ELEMENTS(shapes); s++)
        put_series(text, shapes[s].name, grain, 0, length_of[grain], shapes[s].value, "");
    g_autofree char *csv = save("shapes.csv", text), *out = g_build_filename(folder, "shapes.out.csv", NULL), *said = NULL, *again = NULL;
    g_autofree char *models = g_build_filename(folder, grain_name(grain), NULL);
    g_assert_cmpint(run(&said, "train --csv %s --horizon 6 --steps 4 --seed 3 --model-dir %s", csv, models), ==, EXIT_FINE);
    g_assert_cmpint(run(&again, "forecast --csv %s --horizon 6 --levels 0.1,0.5,0.9 --model-dir %s --output %s", csv, models, out), ==, EXIT_FINE);
    gsize forecast = check_rows(out, 6);
    g_assert_cmpuint(forecast, >=, G_N_ELEMENTS(shapes) - 2); /* without a value, or with one, there may be none */
    TELLS(again, "missing");
}

static void test_each_shape_alone(void)
{
    for (gsize s = 0; s < G_N_ELEMENTS(shapes); s++) {
        GString *text = header("");
        put_series(text, shapes[s].name, GRAIN_DAY, 0, 150, shapes[s].value, "");
        g_autofree char *csv = save("alone.csv", text), *out = g_build_filename(folder, "alone.out.csv", NULL), *said = NULL, *word = NULL;
        g_autofree char *models = g_build_filename(folder, shapes[s].name, NULL);
        int trained = run(&word, "train --csv %s --horizon 6 --steps 4 --model-dir %s", csv, models);
        g_assert_true(trained == EXIT_FINE || (trained == EXIT_BAD_DATA && strlen(word) > 20));
        int code = run(&said, "forecast --csv %s --horizon 6 --levels 0.1,0.5,0.9 --model-dir %s --output %s", csv, models, out);
        if (code == EXIT_FINE)
            g_assert_cmpuint(check_rows(out, 6), ==, 1);
        else {
            g_assert_cmpint(code, ==, EXIT_BAD_DATA);
            g_assert_true(shapes[s].value == missing || shapes[s].value == one_value);
            TELLS(said, "known");
        }
    }
}

/* A past of odd values is scored or refused in words; each of its forecasts can be explained. */
static void test_past_and_reasons(void)
{
    for (gsize s = 0; s < G_N_ELEMENTS(shapes); s++) {
        GString *text = header("");
        put_series(text, shapes[s].name, GRAIN_DAY, 0, 100, shapes[s].value, "");
        g_autofree char *csv = save("past.csv", text), *scores = g_build_filename(folder, "past.scores.csv", NULL), *out = g_build_filename(folder, "past.out.csv", NULL);
        g_autofree char *said = NULL, *why = NULL, *seen = NULL;
        gboolean known = shapes[s].value != missing && shapes[s].value != one_value;
        gboolean scored = known && shapes[s].value != nearly_missing; /* two values 50 days apart leave no past with two */
        int code = run(&said, "backtest --csv %s --horizon 4 --origins 2 --member naive,ets,ridge --output %s --forecasts %s", csv, scores, out);
        g_assert_cmpint(code, ==, scored ? EXIT_FINE : EXIT_BAD_DATA);
        TELLS(said, scored ? "" : "known");
        if (scored) {
            g_assert_true(g_file_get_contents(out, &seen, NULL, NULL));
            g_assert_true(strstr(seen, "nan") == NULL && strstr(seen, "inf") == NULL);
        }
        g_assert_cmpint(run(&why, "explain --csv %s --step 2", csv), ==, known ? EXIT_FINE : EXIT_BAD_DATA);
        TELLS(why, known ? "" : "known");
    }
}

/* What is named as a place: a folder, one that is not there, or the very file that is read. */
static void test_places(void)
{
    GString *text = header("");
    put_series(text, "w", GRAIN_DAY, 0, 90, ordinary, "");
    g_autofree char *csv = save("place.csv", text), *before = NULL, *after = NULL, *read = NULL, *same = NULL, *lost = NULL;
    g_assert_true(g_file_get_contents(csv, &before, NULL, NULL));
    g_assert_cmpint(run(&read, "forecast --csv %s --horizon 5 --output %s/x.csv", folder, folder), ==, EXIT_FAILED);
    TELLS(read, "is a folder; wanted a CSV file");
    g_assert_cmpint(run(&same, "forecast --csv %s --horizon 5 --output %s", csv, csv), ==, EXIT_USAGE);
    TELLS(same, "the same file as --csv, which would be lost");
    g_assert_cmpint(run(&lost, "forecast --csv %s --horizon 5 --output %s/none/x.csv", csv, folder), ==, EXIT_FAILED);
    TELLS(lost, "name a file in a folder that is there and may be written to");
    g_assert_null(strstr(lost, "held back")); /* told before the work */
    g_assert_true(g_file_get_contents(csv, &after, NULL, NULL));
    g_assert_cmpstr(before, ==, after);
}

/* A number that no unit explains is named; in a further column it costs that column alone. */
static void test_beyond_all_bounds(void)
{
    g_autofree char *said = NULL, *noted = NULL, *out = g_build_filename(folder, "beyond.out.csv", NULL);
    GString *text = header("");
    put_series(text, "w", GRAIN_DAY, 0, 90, ordinary, "");
    g_string_append(text, "w,2023-05-01,1e300\n");
    g_autofree char *csv = save("beyond.csv", text);
    g_assert_cmpint(run(&said, "forecast --csv %s --horizon 5 --output %s", csv, out), ==, EXIT_BAD_DATA);
    TELLS(said, "beyond.csv:92: seen value \"1e300\", wanted a number of at most 1e15, above or below zero; check the unit");
    text = header(",account");
    put_series(text, "w", GRAIN_DAY, 0, 90, ordinary, ",98765432109876543210");
    g_autofree char *column = save("column.csv", text);
    g_assert_cmpint(run(&noted, "forecast --csv %s --horizon 5 --member naive --levels 0.1,0.5,0.9 --output %s", column, out), ==, EXIT_FINE);
    TELLS(noted, "column account holds a number beyond 1e15 (\"98765432109876543210\") and is left out");
    g_assert_cmpuint(check_rows(out, 5), ==, 1);
}

static void test_constant_stays(void)
{
    GString *text = header("");
    put_series(text, "zero", GRAIN_DAY, 0, 150, zero, "");
    put_series(text, "huge", GRAIN_DAY, 0, 150, huge, "");
    g_autofree char *csv = save("stays.csv", text), *out = g_build_filename(folder, "stays.out.csv", NULL), *said = NULL, *seen = NULL;
    g_assert_cmpint(run(&said, "forecast --csv %s --horizon 7 --steps 4 --levels 0.1,0.5,0.9 --output %s", csv, out), ==, EXIT_FINE);
    g_assert_true(g_file_get_contents(out, &seen, NULL, NULL));
    g_auto(GStrv) line = g_strsplit(g_strchomp(seen), "\n", -1);
    for (char **l = line + 1; *l != NULL; l++) {
        g_auto(GStrv) cell = g_strsplit(g_strchomp(*l), ",", -1);
        double median = g_ascii_strtod(cell[7], NULL);
        if (g_str_equal(cell[0], "zero"))
            g_assert_cmpfloat(median, <, 0.5); /* nobody ever came */
        else
            g_assert_cmpfloat(fabs(median - 1.03e9), <, 5e7);
    }
}

static void test_contradictions(void)
{
    g_autofree char *said = NULL, *other = NULL, *order = NULL, *out = g_build_filename(folder, "x.csv", NULL);
    g_autofree char *twice = save("twice.csv", g_string_new("series_id,timestamp,value\nw,2024-01-01,1\nw,2024-01-02,2\nw,2024-01-02,3\nw,2024-01-03,3\n"));
    g_assert_cmpint(run(&said, "forecast --csv %s --horizon 2 --output %s", twice, out), ==, EXIT_BAD_DATA);
    TELLS(said, "twice.csv:4: series w already has a row for this time: line 3 says 2, this one 3");
    g_autofree char *mixed = save("mixed.csv", g_string_new("series_id,timestamp,value\nw,2024-01-01T00:10,1\nw,2024-01-01T00:25,2\nw,2024-01-02T07:01,3\n"));
    g_assert_cmpint(run(&other, "forecast --csv %s --horizon 2 --output %s", mixed, out), ==, EXIT_BAD_DATA);
    TELLS(other, "hour");
    /* Rows in any order give the same forecast. */
    GString *text = header("");
    for (gsize k = 0; k < 90; k++)
        put_series(text, "w", GRAIN_DAY, (k * 37) % 90, 1, ordinary, "");
    g_autofree char *shuffled = save("shuffled.csv", text), *out_1 = g_build_filename(folder, "o1.csv", NULL), *out_2 = g_build_filename(folder, "o2.csv", NULL);
    text = header("");
    put_series(text, "w", GRAIN_DAY, 0, 90, ordinary, "");
    g_autofree char *sorted = save("sorted.csv", text), *quiet = NULL, *one = NULL, *two = NULL;
    g_assert_cmpint(run(&order, "forecast --csv %s --horizon 5 --member ets --output %s", shuffled, out_1), ==, EXIT_FINE);
    g_assert_cmpint(run(&quiet, "forecast --csv %s --horizon 5 --member ets --output %s", sorted, out_2), ==, EXIT_FINE);
    g_assert_true(g_file_get_contents(out_1, &one, NULL, NULL));
    g_assert_true(g_file_get_contents(out_2, &two, NULL, NULL));
    g_assert_cmpstr(one, ==, two);
}

static void test_covariates(void)
{
    GString *text = header(",temperature");
    put_series(text, "w", GRAIN_DAY, 0, 150, ordinary, ",20");
    g_autofree char *known = save("known.csv", text), *models = g_build_filename(folder, "covariates", NULL), *out = g_build_filename(folder, "c.csv", NULL);
    g_autofree char *said = NULL, *absent = NULL, *fresh = NULL;
    /* Not known ahead: the file ends with the last value. */
    g_assert_cmpint(run(&said, "train --csv %s --horizon 7 --steps 4 --model-dir %s", known, models), ==, EXIT_FINE);
    g_assert_cmpint(run(&absent, "forecast --csv %s --horizon 7 --levels 0.1,0.5,0.9 --model-dir %s --output %s", known, models, out), ==, EXIT_FINE);
    g_assert_cmpuint(check_rows(out, 7), ==, 1);
    /* Other covariates than those that training saw. */
    text = header(",visitors,noise");
    put_series(text, "w", GRAIN_DAY, 0, 150, ordinary, ",1,2");
    g_autofree char *unknown = save("unknown.csv", text);
    g_assert_cmpint(run(&fresh, "forecast --csv %s --horizon 7 --levels 0.1,0.5,0.9 --model-dir %s --output %s", unknown, models, out), ==, EXIT_FINE);
    g_assert_cmpuint(check_rows(out, 7), ==, 1);
}

static void test_long_horizon(void)
{
    GString *text = header("");
    put_series(text, "w", GRAIN_DAY, 0, 20, ordinary, "");
    g_autofree char *csv = save("short.csv", text), *out = g_build_filename(folder, "long.csv", NULL), *said = NULL, *word = NULL;
    g_assert_cmpint(run(&said, "forecast --csv %s --horizon 60 --levels 0.1,0.5,0.9 --output %s", csv, out), ==, EXIT_FINE);
    g_assert_cmpuint(check_rows(out, 60), ==, 1);
    g_assert_cmpint(run(&word, "backtest --csv %s --horizon 60 --origins 2 --output %s", csv, out), ==, EXIT_BAD_DATA);
    TELLS(word, "60");
}

static void test_a_million_rows(void)
{
    GString *text = header("");
    enum { WARDS = 20, HOURS = 50000 };
    g_autoptr(GPtrArray) at = g_ptr_array_new_full(HOURS, g_free);
    for (gsize t = 0; t < HOURS; t++)
        g_ptr_array_add(at, stamp(GRAIN_HOUR, t));
    for (int ward = 0; ward < WARDS; ward++)
        for (gsize t = 0; t < HOURS; t++)
            g_string_append_printf(text, "ward-%d,%s,%d\n", ward, (char *)at->pdata[t], (int)(t % 24 + t % 7));
    g_autofree char *csv = save("million.csv", text), *out = g_build_filename(folder, "million.out.csv", NULL), *said = NULL;
    g_assert_cmpint(run(&said, "forecast --csv %s --horizon 24 --member naive --levels 0.1,0.5,0.9 --output %s", csv, out), ==, EXIT_FINE);
    g_assert_cmpuint(check_rows(out, 24), ==, WARDS);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("bad-input-XXXXXX", NULL);
    for (Grain grain = GRAIN_HOUR; grain < GRAINS; grain++) {
        g_autofree char *name = g_strdup_printf("/daemon/bad-input/odd-%s-series-beside-each-other", grain_name(grain));
        g_test_add_data_func(name, GINT_TO_POINTER((int)grain), test_shapes);
    }
    g_test_add_func("/daemon/bad-input/each-odd-series-alone", test_each_shape_alone);
    g_test_add_func("/daemon/bad-input/the-past-of-odd-series-is-scored-and-their-forecasts-explained", test_past_and_reasons);
    g_test_add_func("/daemon/bad-input/places-that-cannot-be-are-told-before-the-work", test_places);
    g_test_add_func("/daemon/bad-input/numbers-beyond-all-bounds-are-named", test_beyond_all_bounds);
    g_test_add_func("/daemon/bad-input/nothing-stays-nothing-and-a-billion-a-billion", test_constant_stays);
    g_test_add_func("/daemon/bad-input/contradictions-are-named-and-order-does-not-matter", test_contradictions);
    g_test_add_func("/daemon/bad-input/covariates-that-end-or-that-training-never-saw", test_covariates);
    g_test_add_func("/daemon/bad-input/a-horizon-longer-than-the-history", test_long_horizon);
    g_test_add_func("/daemon/bad-input/a-million-rows", test_a_million_rows);
    int result = g_test_run();
    folder_remove(folder);
    g_free(folder);
    return result;
}
