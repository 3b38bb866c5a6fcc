#include "daemon/totals.h"

#include <stdlib.h>
#include <string.h>

#define assert_near(seen, wanted, most) g_assert_cmpfloat(fabs((seen) - (wanted)), <=, (most))

enum { HOURS = 10, HORIZON = 4, PATHS = 1000 };

typedef struct {
    TargetSettings target;
    GroupSettings group;
    Snapshot snapshot;
    SnapshotFacility facility;
    SnapshotUnit unit[3];
} World;

static SnapshotSeries *add(World *w, const char *unit, gint64 start, gsize length, double value)
{
    SnapshotSeries *series = g_new0(SnapshotSeries, 1);
    g_autofree char *id = g_strdup_printf("main/%s/census", unit);
    *series = (SnapshotSeries){.facility = "main", .unit = unit, .measure = "census", .series = series_new(id, GRAIN_HOUR, start, length),
                               .horizon = HORIZON, .data_as_of = 1000 + start};
    series->series->counts = TRUE;
    for (gsize t = 0; t < length; t++)
        series->series->value[t] = value + (double)t;
    g_ptr_array_add(w->snapshot.series, series);
    return series;
}

static void series_clear(gpointer data)
{
    SnapshotSeries *series = data;
    series_free(series->series);
    g_free(series->reason);
    g_free(series);
}

static World *world_new(void)
{
    static const char *const unit[] = {"icu", "med", "surg"};
    World *w = g_new0(World, 1);
    w->target = (TargetSettings){(char *)"census", GRAIN_HOUR, HORIZON, (char *)"hospital"};
    w->group.targets = g_ptr_array_new();
    g_ptr_array_add(w->group.targets, &w->target);
    w->facility = (SnapshotFacility){.id = (char *)"main", .units = g_ptr_array_new()};
    for (int u = 0; u < 3; u++) {
        w->unit[u].id = (char *)unit[u];
        g_ptr_array_add(w->facility.units, &w->unit[u]);
    }
    w->snapshot = (Snapshot){.group = &w->group, .facilities = g_ptr_array_new(), .series = g_ptr_array_new_with_free_func(series_clear),
                             .strings = g_string_chunk_new(64), .remarks = g_ptr_array_new_with_free_func(g_free)};
    g_ptr_array_add(w->snapshot.facilities, &w->facility);
    return w;
}

static void world_free(World *w)
{
    g_ptr_array_unref(w->group.targets);
    g_ptr_array_unref(w->facility.units);
    g_ptr_array_unref(w->snapshot.facilities);
    g_ptr_array_unref(w->snapshot.series);
    g_ptr_array_unref(w->snapshot.remarks);
    g_string_chunk_free(w->snapshot.strings);
    g_free(w);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

/* icu begins two hours later, and one of its hours is not known. */
static void test_sum(void)
{
    g_autoptr(World) w = world_new();
    SnapshotSeries *icu = add(w, "icu", 102, HOURS - 2, 5);
    add(w, "med", 100, HOURS, 20);
    icu->series->value[3] = MISSING;
    icu->status = ROW_STALE;
    icu->reason = g_strdup("old");
    totals_add(&w->snapshot);
    g_assert_cmpuint(w->snapshot.series->len, ==, 3);
    const SnapshotSeries *total = g_ptr_array_index(w->snapshot.series, 2);
    g_assert_true(total->total);
    g_assert_cmpstr(total->series->id, ==, "main/hospital/census");
    g_assert_cmpint(total->series->start, ==, 102);
    g_assert_cmpuint(total->series->length, ==, HOURS - 2);
    g_assert_cmpfloat(total->series->value[0], ==, 5 + 22);
    g_assert_cmpfloat(total->series->value[7], ==, 12 + 29);
    g_assert_true(isnan(total->series->value[3]));
    g_assert_true(total->series->counts);
    g_assert_cmpint(total->status, ==, ROW_STALE);
    g_assert_cmpstr(total->reason, ==, "icu: old");
    g_assert_cmpint(total->data_as_of, ==, 1100);
}

static void test_without(void)
{
    g_autoptr(World) w = world_new();
    add(w, "icu", 100, HOURS, 5);
    add(w, "med", 100, HOURS, 20);
    add(w, "surg", 100, HOURS, 7)->status = ROW_WITHHELD;
    totals_add(&w->snapshot);
    const SnapshotSeries *total = g_ptr_array_index(w->snapshot.series, 3);
    g_assert_cmpfloat(total->series->value[0], ==, 25);
    g_assert_cmpint(total->status, ==, ROW_DEGRADED);
    g_assert_cmpstr(total->reason, ==, "the data of surg are withheld and not in the sum");
}

static void test_none(void)
{
    g_autoptr(World) w = world_new(), clash = world_new(), off = world_new();
    add(w, "icu", 100, HOURS, 5); /* one unit is no sum */
    totals_add(&w->snapshot);
    g_assert_cmpuint(w->snapshot.series->len, ==, 1);
    add(clash, "icu", 100, HOURS, 5);
    add(clash, "med", 100, HOURS, 5);
    clash->target.total = (char *)"surg";
    totals_add(&clash->snapshot);
    g_assert_cmpuint(clash->snapshot.series->len, ==, 2);
    g_assert_nonnull(strstr(g_ptr_array_index(clash->snapshot.remarks, 0), "give the target another total"));
    add(off, "icu", 100, HOURS, 5);
    add(off, "med", 100, HOURS, 5);
    off->target.total = NULL;
    totals_add(&off->snapshot);
    g_assert_cmpuint(off->snapshot.series->len, ==, 2);
}

static ForecastItem *expect(const SnapshotSeries *series, double mean, double sd)
{
    ForecastItem *item = g_new0(ForecastItem, 1);
    item->series = series;
    item->outlook = outlook_new("wardcast", 112, HORIZON);
    for (gsize h = 0; h < HORIZON; h++) {
        item->outlook->mean[h] = mean;
        for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
            item->outlook->quantile[h * OUTLOOK_LEVELS + q] = mean + sd * outlook_probit[q];
    }
    return item;
}

static void items_clear(ForecastItem **item, guint n)
{
    for (guint k = 0; k < n; k++) {
        outlook_free(item[k]->outlook);
        g_free(item[k]->reason);
        g_free(item[k]);
    }
}

/* 60 beside 30 and 27, all alike sure: three too many, one for each. */
static void test_agree(void)
{
    g_autoptr(World) w = world_new();
    g_autoptr(GPtrArray) drawn = g_ptr_array_new_with_free_func((GDestroyNotify)total_paths_free);
    g_autoptr(GError) error = NULL;
    add(w, "icu", 100, HOURS, 30);
    add(w, "med", 100, HOURS, 27);
    totals_add(&w->snapshot);
    ForecastItem *item[3];
    static const double mean[] = {30, 27, 60};
    for (guint k = 0; k < 3; k++)
        item[k] = expect(g_ptr_array_index(w->snapshot.series, k), mean[k], 2);
    totals_reconcile(NULL, item, 3);
    for (gsize h = 0; h < HORIZON; h++) {
        assert_near(item[0]->outlook->mean[h], 31.0, 1e-6);
        assert_near(item[1]->outlook->mean[h], 28.0, 1e-6);
        assert_near(item[2]->outlook->mean[h], 59.0, 1e-6);
    }
    g_assert_cmpint(item[2]->status, ==, ROW_OK);
    g_assert_true(item[2]->whole);
    item[2]->whole = FALSE;
    g_clear_pointer(&item[1]->outlook, outlook_free);
    totals_reconcile(NULL, item, 3);
    g_assert_cmpint(item[2]->status, ==, ROW_DEGRADED);
    assert_near(item[2]->outlook->mean[0], 59.0, 1e-6);
    /* Apart it stays apart: no path says otherwise. */
    double median = item[2]->outlook->quantile[OUTLOOK_MEDIAN];
    g_assert_false(item[2]->whole);
    g_assert_true(totals_draw(NULL, item, 3, PATHS, 1, "census", drawn, &error));
    g_assert_cmpuint(drawn->len, ==, 0);
    assert_near(item[2]->outlook->quantile[OUTLOOK_MEDIAN], median, 0);
    items_clear(item, 3);
}

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* What is published of the hospital, rounded, is what its wards' paths add up to: at each level the
 * least sum that so many paths do not exceed. */
static void assert_sums(const TotalPaths *drawn, const Outlook *total)
{
    g_autofree float *sum = g_new(float, drawn->paths);
    for (gsize h = 0; h < HORIZON; h++) {
        for (gsize p = 0; p < drawn->paths; p++) {
            sum[p] = 0;
            for (gsize k = 0; k < drawn->parts; k++) {
                float one = drawn->path[(k * drawn->paths + p) * HORIZON + h];
                g_assert_cmpfloat((double)one, ==, rint((double)one));
                sum[p] += one;
            }
        }
        qsort(sum, drawn->paths, sizeof *sum, ascending);
        for (gsize q = 0; q < OUTLOOK_LEVELS; q++) {
            gsize place = (gsize)ceil(outlook_level[q] * (double)drawn->paths - 1e-9) - 1;
            assert_near(total->quantile[h * OUTLOOK_LEVELS + q], (double)sum[place], 0.5 + 1e-9);
        }
    }
}

/* After the wards have moved once more (balance.h): the hospital follows them, its quantiles are
 * those of their paths, it spreads as it did, and no ward is larger. */
static void test_paths(void)
{
    static const double mean[] = {12, 27, 3, 43}, wide = 5;
    static const char *const unit[] = {"icu", "med", "surg"};
    g_autoptr(World) w = world_new();
    g_autoptr(GPtrArray) drawn = g_ptr_array_new_with_free_func((GDestroyNotify)total_paths_free), none = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    ForecastItem *item[4];
    for (guint k = 0; k < 3; k++)
        add(w, unit[k], 100, HOURS, mean[k]);
    totals_add(&w->snapshot);
    for (guint k = 0; k < 4; k++)
        item[k] = expect(g_ptr_array_index(w->snapshot.series, k), mean[k], k < 3 ? 2 : wide);
    totals_reconcile(NULL, item, 4);
    for (gsize h = 0; h < HORIZON; h++)
        item[0]->outlook->mean[h] += (double)h;
    g_assert_true(totals_draw(NULL, item, 4, PATHS, 1, "beds", none, &error));
    g_assert_cmpuint(none->len, ==, 0);
    g_assert_true(totals_draw(NULL, item, 4, PATHS, 1, "census", drawn, &error));
    g_assert_cmpuint(drawn->len, ==, 1);
    const TotalPaths *one = g_ptr_array_index(drawn, 0);
    g_assert_true(one->total == item[3] && one->parts == 3 && one->part[2] == item[2]);
    const Outlook *total = item[3]->outlook;
    assert_sums(one, total);
    for (gsize h = 0; h < HORIZON; h++) {
        const double *quantile = total->quantile + h * OUTLOOK_LEVELS;
        assert_near(total->mean[h], item[0]->outlook->mean[h] + item[1]->outlook->mean[h] + item[2]->outlook->mean[h], 1e-12);
        assert_near((quantile[9] - quantile[3]) / (outlook_probit[9] - outlook_probit[3]), wide, 1);
        for (guint k = 0; k < 3; k++)
            for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
                g_assert_cmpfloat(quantile[q] + 1, >=, item[k]->outlook->quantile[h * OUTLOOK_LEVELS + q]);
    }
    items_clear(item, 4);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/totals/units-are-added-up-where-all-are-known", test_sum);
    g_test_add_func("/daemon/totals/a-withheld-unit-is-left-out-and-named", test_without);
    g_test_add_func("/daemon/totals/no-sum-where-none-is-wanted-or-possible", test_none);
    g_test_add_func("/daemon/totals/units-and-total-come-to-agree", test_agree);
    g_test_add_func("/daemon/totals/the-total-is-read-off-the-sums-of-its-units-paths", test_paths);
    return g_test_run();
}
