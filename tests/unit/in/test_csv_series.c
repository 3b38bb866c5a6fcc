#include "connectors/in/csv_series.h"

#include "connectors/in/csv_cell.h"
#include "connectors/wire/csv.h"

#include <glib/gstdio.h>
#include <string.h>

static GPtrArray *notes;

static GPtrArray *read_text(const char *text, const Calendar *calendar, const char *exposure, GError **error)
{
    g_autoptr(GInputStream) stream = g_memory_input_stream_new_from_data(text, (gssize)strlen(text), NULL);
    g_clear_pointer(&notes, g_ptr_array_unref);
    notes = g_ptr_array_new_with_free_func(g_free);
    return csv_series_read_stream(stream, "f.csv", calendar, exposure, notes, error);
}

static GPtrArray *reads(const char *text, const Calendar *calendar, const char *exposure)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *all = read_text(text, calendar, exposure, &error);
    g_assert_no_error(error);
    return all;
}

static void refuses(const char *text, int code, const char *word)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) all = read_text(text, NULL, NULL, &error);
    g_assert_null(all);
    g_assert_error(error, CSV_SERIES_ERROR, code);
    if (strstr(error->message, word) == NULL)
        g_error("\"%s\" does not say \"%s\"", error->message, word);
}

static void assert_values(const Series *series, gsize length, const double *want)
{
    g_assert_cmpint(series->length, ==, length);
    for (gsize t = 0; t < length; t++)
        if (isnan(want[t]))
            g_assert_true(isnan(series->value[t]));
        else
            g_assert_cmpfloat(series->value[t], ==, want[t]);
}

#define VALUES(...) G_N_ELEMENTS(((const double[]){__VA_ARGS__})), (const double[]){__VA_ARGS__}

static void test_days(void)
{
    g_autoptr(GPtrArray) all = reads("series_id,timestamp,value\n"
        "b,2025-03-03,3\nb,2025-03-01,1\na,2025-03-02,2.5\nb,2025-03-05,\na,2025-03-01,7\nb,2025-03-04,0\n", NULL, NULL);
    g_assert_cmpint(all->len, ==, 2);
    const Series *b = g_ptr_array_index(all, 0), *a = g_ptr_array_index(all, 1);
    g_assert_cmpstr(b->id, ==, "b");
    g_assert_cmpint(b->grain, ==, GRAIN_DAY);
    g_assert_cmpint(b->start, ==, grain_day_of_date(2025, 3, 1));
    assert_values(b, VALUES(1, MISSING, 3, 0));
    g_assert_true(b->counts && !a->counts);
    assert_values(a, VALUES(7, 2.5));
}

static void test_weeks(void)
{
    g_autoptr(GPtrArray) all = reads("series_id,timestamp,value\nx,2022-02-05,5\nx,2022-02-12,9\nx,2022-02-26,14\n", NULL, NULL);
    const Series *x = g_ptr_array_index(all, 0);
    g_assert_cmpint(x->grain, ==, GRAIN_WEEK);
    g_assert_cmpint(x->label_day, ==, 5);
    assert_values(x, VALUES(5, 9, MISSING, 14));
}

static void test_months(void)
{
    g_autoptr(GPtrArray) first = reads("series_id,timestamp,value\nx,2023-01-01,5\nx,2023-02-01,6\nx,2023-04-01,8\n", NULL, NULL);
    const Series *x = g_ptr_array_index(first, 0);
    g_assert_cmpint(x->grain, ==, GRAIN_MONTH);
    g_assert_cmpint(x->label_day, ==, 0);
    g_assert_cmpint(x->start, ==, 53 * 12);
    assert_values(x, VALUES(5, 6, MISSING, 8));
    g_autoptr(GPtrArray) last = reads("series_id,timestamp,value\nx,2023-01-31,5\nx,2023-02-28,6\nx,2023-03-31,7\n", NULL, NULL);
    const Series *y = g_ptr_array_index(last, 0);
    g_assert_cmpint(y->grain, ==, GRAIN_MONTH);
    g_assert_cmpint(y->label_day, ==, 30);
    assert_values(y, VALUES(5, 6, 7));
}

static void test_hours_on_the_wall(void)
{
    g_autoptr(GPtrArray) all = reads("series_id,timestamp,value\nx,2025-03-09T01:00:00,1\nx,2025-03-09 02:00,2\nx,2025-03-09T04:00:00.000,4\n", NULL, NULL);
    const Series *x = g_ptr_array_index(all, 0);
    g_assert_cmpint(x->grain, ==, GRAIN_HOUR);
    g_assert_cmpint(x->start, ==, 24 * grain_day_of_date(2025, 3, 9) + 1);
    assert_values(x, VALUES(1, 2, MISSING, 4));
}

static Calendar *york(void)
{
    g_autoptr(GError) error = NULL;
    Calendar *calendar = calendar_new("America/New_York", NULL, &error);
    g_assert_no_error(error);
    return calendar;
}

static void test_instants(void)
{
    g_autoptr(Calendar) calendar = york();
    g_autoptr(GPtrArray) autumn = reads("series_id,timestamp,value\nx,2025-11-02T04:00:00Z,1\nx,2025-11-02T05:00:00Z,2\nx,2025-11-02T01:00:00-05:00,5\n"
        "x,2025-11-02T07:00:00Z,6\nx,2025-11-02T06:00:00+00,5\n", calendar, NULL);
    const Series *x = g_ptr_array_index(autumn, 0);
    assert_values(x, VALUES(1, 4, 6)); /* 00:00, the mean of both 01:00 (3.5, a count), 02:00 */
    g_assert_cmpint(x->mended[1], ==, MEND_CLOCK);
    g_assert_true(x->counts);
    g_autoptr(GPtrArray) spring = reads("series_id,timestamp,value\nx,2025-03-09T06:00:00Z,1\nx,2025-03-09T07:00:00Z,2\n", calendar, NULL);
    const Series *y = g_ptr_array_index(spring, 0);
    assert_values(y, VALUES(1, MISSING, 2));
    g_assert_cmpint(y->mended[1], ==, MEND_CLOCK);
    g_autoptr(GPtrArray) days = reads("series_id,timestamp,value\nx,2025-03-08T05:00:00Z,1\nx,2025-03-09T05:00:00Z,2\nx,2025-03-10T04:00:00Z,3\n", calendar, NULL);
    const Series *z = g_ptr_array_index(days, 0);
    g_assert_cmpint(z->grain, ==, GRAIN_DAY);
    assert_values(z, VALUES(1, 2, 3));
    g_autoptr(GPtrArray) wall = reads("series_id,timestamp,value\nx,2025-11-02T00:00,1\nx,2025-11-02T01:00,2\nx,2025-11-02T01:00,4\nx,2025-11-02T02:00,6\n", calendar, NULL);
    assert_values(g_ptr_array_index(wall, 0), VALUES(1, 3, 6));
}

static void test_covariates(void)
{
    g_autoptr(GPtrArray) all = reads("series_id,population,timestamp,value,value_asof,temp,name,none\n"
        "a,100,2025-03-01,1,9,20.5,Alabama,\na,100,2025-03-02,2,9,,Alabama,\na,100,2025-03-03,,,22,Alabama,\na,100,2025-03-04,,,23,Alabama,\n"
        "b,300,2025-03-01,1,9,1,5,\n", NULL, "population");
    const Series *a = g_ptr_array_index(all, 0), *b = g_ptr_array_index(all, 1);
    g_assert_cmpint(a->covariates, ==, 1);
    g_assert_cmpstr(a->covariate_name[0], ==, "temp");
    g_assert_cmpint(a->length, ==, 2);
    g_assert_cmpint(a->cover, ==, 4);
    g_assert_true(a->covariate[0] == 20.5 && isnan(a->covariate[1]) && a->covariate[2] == 22 && a->covariate[3] == 23);
    g_assert_true(a->exposure == 100 && b->exposure == 300);
    g_assert_cmpint(b->cover, ==, 1);
    g_assert_cmpint(notes->len, ==, 3);
    g_assert_cmpstr(g_ptr_array_index(notes, 0), ==, "f.csv: column value_asof is another version of the value and is left out");
    g_assert_cmpstr(g_ptr_array_index(notes, 1), ==, "f.csv:2: column name holds text (\"Alabama\") and is left out");
    g_assert_cmpstr(g_ptr_array_index(notes, 2), ==, "f.csv: column none is empty and is left out");
}

/* Three weeks of a clinic that is closed at weekends, and of one whose rows say so. */
static void test_absent_rows(void)
{
    g_autoptr(GString) text = g_string_new("series_id,timestamp,value\n");
    for (int day = 1; day <= 19; day++) { /* 1 September 2025 is a Monday */
        if ((day - 1) % 7 < 5)
            g_string_append_printf(text, "a,2025-09-%02d,7\nb,2025-09-%02d,0\n", day, day);
        g_string_append_printf(text, "c,2025-09-%02d,%s\n", day, (day - 1) % 7 < 5 ? "7" : "");
    }
    g_autoptr(GPtrArray) all = reads(text->str, NULL, NULL);
    const Series *a = g_ptr_array_index(all, 0);
    g_assert_cmpuint(a->length, ==, 19);
    g_assert_true(isnan(a->value[5]) && isnan(a->value[6]) && a->value[7] == 7);
    g_assert_cmpuint(notes->len, ==, 1);
    g_assert_cmpstr(g_ptr_array_index(notes, 0), ==, "f.csv: 4 of the 19 days of series a have no row (and many of 1 more series); "
                    "they are taken as unknown, not as 0: where nobody came, give a row that says 0");
}

static void test_doubles(void)
{
    g_autoptr(GPtrArray) all = reads("series_id,timestamp,value,t\na,2025-03-01,1,2\na,2025-03-02,5,\na,2025-03-01,1,2\na,2025-03-02,5,NA\n", NULL, NULL);
    assert_values(g_ptr_array_index(all, 0), VALUES(1, 5));
    refuses("series_id,timestamp,value\na,2025-03-01,12\na,2025-03-02,2\na,2025-03-01,13\n", CSV_SERIES_ERROR_FORMAT,
            "f.csv:4: series a already has a row for this time: line 2 says 12, this one 13; keep one");
    refuses("series_id,timestamp,value\na,2025-03-01,12\na,2025-03-02,2\na,2025-03-01,\n", CSV_SERIES_ERROR_FORMAT, "line 2 says 12, this one nothing");
    refuses("series_id,timestamp,value,x\na,2025-03-01,12,1\na,2025-03-01,12,2\na,2025-03-02,2,3\n", CSV_SERIES_ERROR_FORMAT, "this one 12 with other covariates");
}

static void test_refusals(void)
{
    refuses("", CSV_SERIES_ERROR_FORMAT, "no rows");
    refuses("series_id,timestamp,value\n", CSV_SERIES_ERROR_FORMAT, "no rows");
    refuses("id,timestamp,value\na,2025-03-01,1\n", CSV_SERIES_ERROR_FORMAT, "f.csv:1: seen the columns id,timestamp,value, wanted series_id,timestamp,value; series_id is missing");
    refuses("series_id,timestamp,value,\033[2Jx\n", CSV_SERIES_ERROR_FORMAT, "column 4 has no name in UTF-8");
    refuses("series_id;timestamp;value\n", CSV_SERIES_ERROR_FORMAT, "put commas between the cells");
    refuses("series_id,timestamp,value,x,x\n", CSV_SERIES_ERROR_FORMAT, "the column x comes twice");
    refuses("series_id,timestamp,value\na,2025-03-01\n", CSV_SERIES_ERROR_FORMAT, "f.csv:2: seen 2 cells, wanted 3");
    refuses("series_id,timestamp,value\na,2025-02-30,1\n", CSV_SERIES_ERROR_FORMAT, "f.csv:2: seen timestamp \"2025-02-30\"");
    refuses("series_id,timestamp,value\na,2025-03-01,1\na,2025-03-02T00:00,1\n", CSV_SERIES_ERROR_FORMAT, "f.csv:3: seen timestamp \"2025-03-02T00:00\" of another style");
    refuses("series_id,timestamp,value\na,2025-03-01,twelve\n", CSV_SERIES_ERROR_FORMAT, "f.csv:2: seen value \"twelve\"");
    refuses("series_id,timestamp,value\na,2025-03-01,0x10\n", CSV_SERIES_ERROR_FORMAT, "seen value \"0x10\"");
    refuses("series_id,timestamp,value\na,2025-03-01,inf\n", CSV_SERIES_ERROR_FORMAT, "seen value \"inf\"");
    refuses("series_id,timestamp,value\na,2025-03-01,1e15\na,2025-03-02,-1.1e15\n", CSV_SERIES_ERROR_FORMAT, "f.csv:3: seen value \"-1.1e15\", wanted a number of at most 1e15");
    refuses("series_id,timestamp,value\na,2025-03-01,1e999\n", CSV_SERIES_ERROR_FORMAT, "seen value \"1e999\"");
    refuses("series_id,timestamp,value\n\"a\nb\",2025-03-01,1\n", CSV_SERIES_ERROR_FORMAT, "seen series_id \"a\\nb\"");
    refuses("series_id,timestamp,value\na,2025-03-01,\n", CSV_SERIES_ERROR_FORMAT, "no value is known");
    refuses("series_id,timestamp,value\na,0001-01-01T00:00,1\na,0001-01-01T01:00,1\na,9999-01-01T00:00,1\n", CSV_SERIES_ERROR_FORMAT, "is a date wrong?");
}

static void test_other_steps(void)
{
    refuses("series_id,timestamp,value\na,2025-03-01T00:00,1\na,2025-03-01T00:15,1\n", CSV_SERIES_ERROR_STEP, "step by 15 minutes, wanted hours, days, weeks or months");
    refuses("series_id,timestamp,value\na,2025-03-01T00:00,1\na,2025-03-01T06:00,1\n", CSV_SERIES_ERROR_STEP, "6 hours");
    refuses("series_id,timestamp,value\na,2025-03-01,1\na,2025-03-03,1\na,2025-03-07,1\n", CSV_SERIES_ERROR_STEP, "2 days");
    refuses("series_id,timestamp,value\na,2025-01-01,1\na,2025-04-01,1\na,2025-07-01,1\n", CSV_SERIES_ERROR_STEP, "3 months");
    refuses("series_id,timestamp,value\na,2025-03-01,1\na,2025-03-15,1\n", CSV_SERIES_ERROR_STEP, "2 weeks");
}

static void test_exposure(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) none = read_text("series_id,timestamp,value\na,2025-03-01,1\n", NULL, "population", &error);
    g_assert_null(none);
    g_assert_cmpstr(error->message, ==, "f.csv:1: no column population for the exposure; name one of the file's covariates");
    g_clear_error(&error);
    g_autoptr(GPtrArray) text = read_text("series_id,timestamp,value,population\na,2025-03-01,1,many\n", NULL, "population", &error);
    g_assert_null(text);
    g_assert_cmpstr(error->message, ==, "f.csv:2: seen \"many\" in the exposure's column population, wanted numbers");
    g_clear_error(&error);
    g_autoptr(GPtrArray) zero = read_text("series_id,timestamp,value,population\na,2025-03-01,1,0\n", NULL, "population", &error);
    g_assert_null(zero);
    g_assert_error(error, CSV_SERIES_ERROR, CSV_SERIES_ERROR_FORMAT);
}

static void test_times(void)
{
    static const struct {
        const char *text;
        CsvCellTime style;
        gint64 second;
    } good[] = {{"1970-01-02", CSV_CELL_DATE, 86400}, {"1970-01-01T01:02", CSV_CELL_WALL, 3720}, {"1970-01-01 01:02:03.5", CSV_CELL_WALL, 3723},
                {"1970-01-01T00:00:00Z", CSV_CELL_INSTANT, 0}, {"1970-01-01T00:00+01:30", CSV_CELL_INSTANT, -5400}, {"1969-12-31T19:00:00-0500", CSV_CELL_INSTANT, 0}};
    static const char *const bad[] = {"", "1970", "1970-1-1", "1970-01-01T", "1970-01-01T1:00", "1970-01-01T24:00", "1970-01-01T00:60", "1970-01-01T00:00x",
                                      "1970-01-01T00:00:00.", "0000-01-01", "1970-01-01T00:00+1", "1970-01-01Z", "1970-02-29", " 1970-01-01", "1970-01-01T00:00Z "};
    CsvCellTime style;
    gint64 second;
    for (gsize k = 0; k < G_N_ELEMENTS(good); k++) {
        g_assert_true(csv_cell_time(good[k].text, &style, &second));
        g_assert_cmpint(style, ==, good[k].style);
        g_assert_cmpint(second, ==, good[k].second);
    }
    for (gsize k = 0; k < G_N_ELEMENTS(bad); k++)
        if (csv_cell_time(bad[k], &style, &second))
            g_error("\"%s\" was taken for a time", bad[k]);
}

static void test_order_does_not_matter(void)
{
    enum { ROWS = 400 };
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    for (int k = 0; k < ROWS; k++)
        g_ptr_array_add(lines, g_strdup_printf("s%d,2025-%02d-%02d,%d\n", k % 7, 1 + k / 7 / 28, 1 + k / 7 % 28, g_test_rand_int_range(0, 100)));
    double sum[2] = {0, 0};
    for (int round = 0; round < 2; round++) {
        g_autoptr(GString) text = g_string_new("series_id,timestamp,value\n");
        for (guint k = 0; k < lines->len; k++)
            g_string_append(text, g_ptr_array_index(lines, k));
        g_autoptr(GPtrArray) all = reads(text->str, NULL, NULL);
        g_assert_cmpint(all->len, ==, 7);
        for (guint k = 0; k < all->len; k++) {
            const Series *series = g_ptr_array_index(all, k);
            for (gsize t = 0; t < series->length; t++)
                sum[round] += isnan(series->value[t]) ? 0 : series->value[t] * (double)(t + 1) * (series->id[1] - '0' + 1);
        }
        for (guint k = lines->len - 1; k > 0; k--) {
            guint other = (guint)g_test_rand_int_range(0, (gint32)k + 1);
            gpointer kept = lines->pdata[k];
            lines->pdata[k] = lines->pdata[other];
            lines->pdata[other] = kept;
        }
    }
    g_assert_cmpfloat(sum[0], ==, sum[1]);
}

/* What batches hand over, and how many there were. */
typedef struct {
    GPtrArray *series; /* Series */
    guint batches;
} Taken;

static gboolean take(void *self, GPtrArray *series, GError **error)
{
    Taken *taken = self;
    taken->batches++;
    g_assert_cmpuint(series->len, <=, 2);
    while (series->len > 0)
        g_ptr_array_add(taken->series, g_ptr_array_steal_index(series, 0));
    return TRUE;
}

static gboolean read_batches(const char *text, Taken *taken, GError **error)
{
    g_autofree char *path = NULL;
    int file = g_file_open_tmp("batches-XXXXXX.csv", &path, NULL);
    g_assert_cmpint(file, >=, 0);
    g_assert_true(g_close(file, NULL));
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    *taken = (Taken){g_ptr_array_new_with_free_func((GDestroyNotify)series_free), 0};
    gboolean fine = csv_series_read_batches(path, NULL, NULL, 2, take, taken, NULL, error);
    g_assert_cmpint(g_remove(path), ==, 0);
    return fine;
}

/* Five wards of three days, with a covariate; batches of two give what reading at once gives. */
static void test_batches(void)
{
    const char *text = "series_id,timestamp,value,open\n"
                       "a,2025-03-03,3,1\na,2025-03-01,1,0\na,2025-03-02,2,1\nb,2025-03-01,7,1\nb,2025-03-02,,0\nb,2025-03-03,9,1\n"
                       "c,2025-03-01,,1\nc,2025-03-02,,1\nd,2025-03-01,1,0\nd,2025-03-02,4,1\nd,2025-03-03,,1\ne,2025-03-05,2,1\ne,2025-03-06,3,1\n";
    g_autoptr(GPtrArray) all = reads(text, NULL, NULL);
    g_autoptr(GError) error = NULL;
    Taken taken;
    g_assert_true(read_batches(text, &taken, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(taken.batches, ==, 3);
    g_assert_cmpuint(taken.series->len, ==, all->len);
    for (guint k = 0; k < all->len; k++) {
        const Series *want = all->pdata[k], *got = taken.series->pdata[k];
        g_assert_cmpstr(got->id, ==, want->id);
        g_assert_cmpint(got->start, ==, want->start);
        assert_values(got, want->length, want->value);
        g_assert_cmpmem(got->covariate, got->covariates * got->cover * sizeof(double), want->covariate, want->covariates * want->cover * sizeof(double));
    }
    g_ptr_array_unref(taken.series);
}

static void test_no_batches(void)
{
    const struct {
        const char *text;
        int code;
    } row[] = {
        /* ids that come back, or go back */
        {"series_id,timestamp,value\na,2025-03-01,1\nb,2025-03-01,1\na,2025-03-02,1\n", CSV_SERIES_ERROR_ORDER},
        {"series_id,timestamp,value\nb,2025-03-01,1\nb,2025-03-02,1\na,2025-03-01,1\na,2025-03-02,1\n", CSV_SERIES_ERROR_ORDER},
        /* days that turn out to be hours */
        {"series_id,timestamp,value\na,2025-03-01T00:00:00,1\na,2025-03-02T00:00:00,1\nb,2025-03-01T00:00:00,1\nb,2025-03-02T00:00:00,1\n"
         "c,2025-03-01T00:00:00,1\nc,2025-03-01T01:00:00,1\n", CSV_SERIES_ERROR_ORDER},
        /* a covariate that turns out to be a label */
        {"series_id,timestamp,value,open\na,2025-03-01,1,1\na,2025-03-02,1,1\nb,2025-03-01,1,1\nb,2025-03-02,1,0\nc,2025-03-01,1,no\nc,2025-03-02,1,1\n",
         CSV_SERIES_ERROR_ORDER},
        {"series_id,timestamp,value\n", CSV_SERIES_ERROR_FORMAT},
        {"series_id,timestamp,value\na,2025-03-01,\na,2025-03-02,\n", CSV_SERIES_ERROR_FORMAT},
        {"series_id,timestamp,value\na,2025-03-01,1\na,2025-03-02,many\n", CSV_SERIES_ERROR_FORMAT},
    };
    for (gsize k = 0; k < G_N_ELEMENTS(row); k++) {
        g_autoptr(GError) error = NULL;
        Taken taken;
        g_assert_false(read_batches(row[k].text, &taken, &error));
        g_assert_error(error, CSV_SERIES_ERROR, row[k].code);
        g_ptr_array_unref(taken.series);
    }
}

/* On 2 April 2023 at 15:00Z the clock of Lord Howe went back from 02:00 to 01:30: 14:00Z and 15:00Z are both of the
 * hour 01, of which the mean stays; on 1 October 2022 at 15:30Z it went on from 02:00 to 02:30. */
static void test_half_hour(void)
{
    g_autoptr(Calendar) howe = calendar_new("Australia/Lord_Howe", NULL, NULL);
    g_autoptr(GPtrArray) autumn = reads("series_id,timestamp,value\n"
        "a,2023-04-01T12:00Z,2\na,2023-04-01T13:00Z,4\na,2023-04-01T14:00Z,6\na,2023-04-01T15:00Z,10\na,2023-04-01T16:00Z,1\n", howe, NULL);
    const Series *a = g_ptr_array_index(autumn, 0);
    assert_values(a, VALUES(2, 4, 8, 1));
    g_assert_cmpint(a->start, ==, 24 * grain_day_of_date(2023, 4, 1) + 23);
    g_autoptr(GPtrArray) spring = reads("series_id,timestamp,value\n"
        "a,2022-10-01T14:00Z,2\na,2022-10-01T15:00Z,4\na,2022-10-01T16:00Z,6\n", howe, NULL);
    g_assert_cmpint(((const Series *)g_ptr_array_index(spring, 0))->length, ==, 4);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/in/csv_series/days-in-any-order-with-holes", test_days);
    g_test_add_func("/in/csv_series/weeks-keep-their-weekday", test_weeks);
    g_test_add_func("/in/csv_series/months-by-first-or-last-day", test_months);
    g_test_add_func("/in/csv_series/hours-on-the-wall", test_hours_on_the_wall);
    g_test_add_func("/in/csv_series/instants-are-seen-on-the-zones-clock", test_instants);
    g_test_add_func("/in/csv_series/covariates-reach-ahead-and-labels-are-left-out", test_covariates);
    g_test_add_func("/in/csv_series/days-without-a-row-are-told-of", test_absent_rows);
    g_test_add_func("/in/csv_series/doubles-are-dropped-and-contradictions-named", test_doubles);
    g_test_add_func("/in/csv_series/what-cannot-be-read-is-named-by-line", test_refusals);
    g_test_add_func("/in/csv_series/other-steps-are-named", test_other_steps);
    g_test_add_func("/in/csv_series/an-exposure-must-be-there-and-positive", test_exposure);
    g_test_add_func("/in/csv_series/times-are-read-exactly", test_times);
    g_test_add_func("/in/csv_series/order-of-rows-does-not-matter", test_order_does_not_matter);
    g_test_add_func("/in/csv_series/batches-give-what-reading-at-once-gives", test_batches);
    g_test_add_func("/in/csv_series/what-needs-the-whole-file-gives-no-batches", test_no_batches);
    g_test_add_func("/in/csv_series/a-clock-that-goes-back-by-half-an-hour-doubles-one-hour", test_half_hour);
    int failed = g_test_run();
    g_clear_pointer(&notes, g_ptr_array_unref);
    return failed;
}
