#include "daemon/balance.h"

#include <string.h>

#define assert_near(seen, wanted, most) g_assert_cmpfloat(fabs((seen) - (wanted)), <=, (most))

enum { HOURS = 24 * 14, HORIZON = 12, CENSUS = 0, ADMISSIONS, DISCHARGES, MEASURES };

/* One ward: who came and left by a rule, and the census that follows. */
typedef struct {
    Series *series[MEASURES];
    SnapshotSeries known[MEASURES];
    ForecastItem item[MEASURES], *items[MEASURES];
} Ward;

/* The census counted `ahead` steps after the flows that lead to it. */
static Ward *ward_new(gint64 ahead)
{
    static const char *const measure[] = {"census", "admissions", "discharges"};
    Ward *w = g_new0(Ward, 1);
    for (int m = 0; m < MEASURES; m++) {
        g_autofree char *id = g_strdup_printf("main/med/%s", measure[m]);
        w->series[m] = series_new(id, GRAIN_HOUR, 1000 + (m == CENSUS ? ahead : 0), HOURS);
        w->series[m]->counts = TRUE;
        w->known[m] = (SnapshotSeries){.facility = "main", .unit = "med", .measure = measure[m], .series = w->series[m]};
        w->item[m] = (ForecastItem){.series = &w->known[m]};
        w->item[m].outlook = outlook_new("wardcast", w->series[m]->start + HOURS, HORIZON);
        w->items[m] = &w->item[m];
    }
    double there = 20;
    for (gint64 t = 0; t < HOURS; t++) {
        double come = (double)(t * 7 % 5 % 3), leave = (double)(t * 11 % 13 % 3);
        w->series[ADMISSIONS]->value[t] = come;
        w->series[DISCHARGES]->value[t] = leave = MIN(leave, there + come);
        w->series[CENSUS]->value[t] = there = there + come - leave;
    }
    for (int m = 0; m < MEASURES; m++)
        for (gsize h = 0; h < HORIZON; h++) {
            w->item[m].outlook->mean[h] = m == CENSUS ? there : m == ADMISSIONS ? 2 : 1;
            for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
                w->item[m].outlook->quantile[h * OUTLOOK_LEVELS + q] = MAX(w->item[m].outlook->mean[h] + outlook_probit[q], 0);
        }
    return w;
}

static void ward_free(Ward *w)
{
    for (int m = 0; m < MEASURES; m++) {
        series_free(w->series[m]);
        outlook_free(w->item[m].outlook);
    }
    g_free(w);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Ward, ward_free)

static gboolean balanced(const Ward *w)
{
    double last = w->series[CENSUS]->value[HOURS - 1], most = 0;
    for (gsize h = 0; h < HORIZON; h++) {
        const double now = w->item[CENSUS].outlook->mean[h];
        most = fmax(most, fabs(now - last - w->item[ADMISSIONS].outlook->mean[h] + w->item[DISCHARGES].outlook->mean[h]));
        last = now;
    }
    return most < 1e-9;
}

static gboolean held(const Ward *w, gint64 ahead)
{
    return balance_held(w->series[CENSUS], w->series[ADMISSIONS], w->series[DISCHARGES], ahead);
}

/* Counted when the flows of a step begin (what they lead to is the next one), or when they end. */
static void test_balance(void)
{
    for (gint64 ahead = 0; ahead < 2; ahead++) {
        g_autoptr(Ward) w = ward_new(ahead);
        g_assert_true(held(w, ahead));
        g_assert_false(held(w, 1 - ahead));
        g_assert_false(balanced(w));
        balance_units(w->items, MEASURES);
        g_assert_true(balanced(w));
        for (gsize h = 0; h < HORIZON; h++)
            assert_near(w->item[ADMISSIONS].outlook->mean[h], 2, 0);
    }
}

/* A few on the stroke of the hour are counted on either side, now and then somebody is lost: it still balances. */
static void test_small_errors(void)
{
    g_autoptr(Ward) w = ward_new(1);
    for (gsize t = 10; t + 1 < HOURS; t += 30) {
        w->series[ADMISSIONS]->value[t]++;
        w->series[ADMISSIONS]->value[t + 1] = MAX(w->series[ADMISSIONS]->value[t + 1] - 1, 0);
    }
    g_assert_true(held(w, 1));
    w->series[CENSUS]->value[50] = MISSING;
    w->series[CENSUS]->value[70] = 1e6;
    w->series[CENSUS]->mended[70] = MEND_ABSURD;
    g_assert_true(held(w, 1));
    /* Who is moved in from other wards is not in the admissions: one in twenty is too many. */
    for (gsize t = 0; t < HOURS; t += 20)
        w->series[ADMISSIONS]->value[t] += 1;
    g_assert_false(held(w, 1));
    balance_units(w->items, MEASURES);
    g_assert_false(balanced(w));
}

static void test_left_alone(void)
{
    g_autoptr(Ward) lacks = ward_new(1), short_ = ward_new(1), total = ward_new(1), unknown = ward_new(1);
    const double mean = lacks->item[CENSUS].outlook->mean[3];
    balance_units(lacks->items, DISCHARGES); /* nobody counts who leaves */
    assert_near(lacks->item[CENSUS].outlook->mean[3], mean, 0);
    for (int m = 0; m < MEASURES; m++)
        short_->series[m]->length = 47; /* less than two days show nothing */
    g_assert_false(held(short_, 1));
    for (int m = 0; m < MEASURES; m++)
        total->known[m].total = TRUE;
    balance_units(total->items, MEASURES);
    assert_near(total->item[CENSUS].outlook->mean[3], mean, 0);
    unknown->series[CENSUS]->value[HOURS - 1] = MISSING;
    balance_units(unknown->items, MEASURES);
    assert_near(unknown->item[CENSUS].outlook->mean[3], mean, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/balance/who-is-there-is-who-was-who-comes-and-who-leaves", test_balance);
    g_test_add_func("/daemon/balance/small-errors-of-the-past-are-forgiven-and-large-ones-are-not", test_small_errors);
    g_test_add_func("/daemon/balance/what-cannot-be-balanced-is-left-alone", test_left_alone);
    return g_test_run();
}
