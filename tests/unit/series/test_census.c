#include "forecast/series/census.h"

#include <string.h>

static Calendar *zone(const char *name)
{
    g_autoptr(GError) error = NULL;
    Calendar *calendar = calendar_new(name, NULL, &error);
    g_assert_no_error(error);
    return calendar;
}

static void take(Census *census, const char *unit, const char *stay, const char *event, Instant at)
{
    char facility[] = "st-x";
    Observation row = {.feed = FEED_STAYS, .cell = {{.text = facility}, {.text = (char *)unit}, {.text = (char *)stay},
                       {.text = (char *)event}, {.time = at}, {.time = at + INSTANT_SECOND}}};
    census_take(census, &row);
}

static Series *find(GPtrArray *all, const char *id)
{
    for (guint k = 0; k < all->len; k++) {
        Series *series = g_ptr_array_index(all, k);
        if (g_str_equal(series->id, id))
            return series;
    }
    g_error("no series %s", id);
}

#define H(hours) ((Instant)((hours) * (double)INSTANT_HOUR))

static void test_simple(void)
{
    g_autoptr(Calendar) calendar = zone("UTC");
    g_autoptr(Census) census = census_new(calendar);
    take(census, "icu", "b", "leave", H(103.0)); /* on the hour: gone when it begins */
    take(census, "icu", "a", "enter", H(100.5));
    take(census, "icu", "b", "enter", H(101.0)); /* on the hour: there when it begins */
    take(census, "icu", "a", "leave", H(102.25));
    g_autoptr(GPtrArray) all = census_series(census, H(104.5));
    g_assert_cmpint(all->len, ==, 3);
    static const double level[] = {0, 2, 2, 0, 0}, came[] = {1, 1, 0, 0}, left[] = {0, 0, 1, 1};
    const Series *c = find(all, "st-x/icu/census"), *a = find(all, "st-x/icu/admissions"), *d = find(all, "st-x/icu/discharges");
    g_assert_cmpint(c->start, ==, 100);
    g_assert_cmpint(c->length, ==, 5);
    g_assert_cmpint(a->length, ==, 4);
    g_assert_true(!c->flow && a->flow && d->flow && c->counts && a->counts);
    g_assert_cmpmem(c->value, sizeof level, level, sizeof level);
    g_assert_cmpmem(a->value, sizeof came, came, sizeof came);
    g_assert_cmpmem(d->value, sizeof left, left, sizeof left);
}

static void test_odd_events_are_counted(void)
{
    g_autoptr(Calendar) calendar = zone("UTC");
    g_autoptr(Census) census = census_new(calendar);
    take(census, "a", "1", "leave", H(10.5));         /* was never there */
    take(census, "a", "2", "enter", H(11.5));
    take(census, "a", "2", "enter", H(12.5));         /* already there */
    take(census, "a", "3", "cancel_enter", H(12.5));  /* target never came */
    take(census, "a", "4", "cancel_enter", H(11.5));  /* before its target */
    take(census, "a", "4", "enter", H(11.5));
    take(census, "a", "5", "enter", H(13.5));         /* comes and goes at once */
    take(census, "a", "5", "leave", H(13.5));
    g_autoptr(GPtrArray) all = census_series(census, H(15));
    static const double level[] = {0, 0, 1, 1, 1, 1}, came[] = {0, 1, 0, 1, 0}, left[] = {1, 0, 0, 1, 0};
    g_assert_cmpmem(find(all, "st-x/a/census")->value, 6 * sizeof(double), level, sizeof level);
    g_assert_cmpmem(find(all, "st-x/a/admissions")->value, 5 * sizeof(double), came, sizeof came);
    g_assert_cmpmem(find(all, "st-x/a/discharges")->value, 5 * sizeof(double), left, sizeof left);
    g_autoptr(GArray) units = census_units(census);
    g_assert_cmpint(units->len, ==, 1);
    CensusUnit *unit = &g_array_index(units, CensusUnit, 0);
    g_assert_cmpint(unit->events, ==, 6);
    g_assert_cmpint(unit->cancelled, ==, 1);
    g_assert_cmpint(unit->cancels_alone, ==, 1);
    g_assert_cmpint(unit->leaves_alone, ==, 1);
    g_assert_cmpint(unit->enters_again, ==, 1);
}

/* New York, 2 November 2025: 01:00 happens at 05:00Z and 06:00Z. */
static void test_autumn(void)
{
    g_autoptr(Calendar) calendar = zone("America/New_York");
    g_autoptr(Census) census = census_new(calendar);
    Instant midnight = calendar_instant(calendar, GRAIN_DAY, grain_day_of_date(2025, 11, 2));
    take(census, "a", "1", "enter", midnight + H(0.5));
    take(census, "a", "2", "enter", midnight + H(1.5));
    take(census, "a", "3", "enter", midnight + H(2.2));
    take(census, "a", "4", "enter", midnight + H(2.5));
    take(census, "a", "1", "leave", midnight + H(3.5)); /* 02:30 on the clock */
    g_autoptr(GPtrArray) all = census_series(census, midnight + H(5.1));
    const Series *c = find(all, "st-x/a/census"), *a = find(all, "st-x/a/admissions");
    static const double level[] = {0, 1, 4, 3, 3}, came[] = {1, 2, 0, 0};
    g_assert_cmpint(c->length, ==, 5);
    g_assert_cmpmem(c->value, sizeof level, level, sizeof level);
    g_assert_cmpmem(a->value, sizeof came, came, sizeof came); /* 3 in two hours, averaged and rounded */
    g_assert_cmpint(c->mended[1], ==, MEND_CLOCK);
    g_assert_cmpint(a->mended[1], ==, MEND_CLOCK);
    g_assert_cmpint(c->mended[2], ==, MEND_NONE);
}

static void test_spring(void)
{
    g_autoptr(Calendar) calendar = zone("Europe/London");
    g_autoptr(Census) census = census_new(calendar);
    Instant midnight = calendar_instant(calendar, GRAIN_DAY, grain_day_of_date(2025, 3, 30));
    take(census, "a", "1", "enter", midnight + H(0.5));
    take(census, "a", "2", "enter", midnight + H(1.5)); /* 02:30 on the clock */
    g_autoptr(GPtrArray) all = census_series(census, midnight + H(2.5));
    const Series *c = find(all, "st-x/a/census"), *a = find(all, "st-x/a/admissions");
    g_assert_cmpint(c->length, ==, 4);
    g_assert_true(c->value[0] == 0 && isnan(c->value[1]) && c->value[2] == 1 && c->value[3] == 2);
    g_assert_true(a->value[0] == 1 && isnan(a->value[1]) && a->value[2] == 1);
    g_assert_cmpint(c->mended[1], ==, MEND_CLOCK);
}

/* --- properties, judged by a slow oracle that shares no code ----------------- */

enum { STAYS = 12, EVENTS = 120, HOURS = 40 };
static const char *const names[] = {"enter", "leave", "cancel_enter", "cancel_leave"};

typedef struct {
    int stay, kind;
    int quarter; /* effective at quarter hours, so that ties and full hours are common */
} Made;

static gboolean happened(const Made *made, int n, int stay, int kind, int quarter)
{
    gboolean there = FALSE, cancelled = FALSE;
    for (int k = 0; k < n; k++)
        if (made[k].stay == stay && made[k].quarter == quarter) {
            there |= made[k].kind == kind;
            cancelled |= made[k].kind == kind + 2;
        }
    return there && !cancelled;
}

/* Is the stay there just after this quarter?  What happened last decides, and a
 * quarter in which both happened changes nothing. */
static gboolean oracle_present(const Made *made, int n, int stay, int quarter)
{
    for (int q = quarter; q >= 0; q--) {
        gboolean in = happened(made, n, stay, 0, q), out = happened(made, n, stay, 1, q);
        if (in != out)
            return in;
    }
    return FALSE;
}

static void check_against_oracle(const Made *made, int n, GPtrArray *all)
{
    const Series *c = find(all, "st-x/w/census"), *a = find(all, "st-x/w/admissions"), *d = find(all, "st-x/w/discharges");
    for (gsize t = 0; t < c->length; t++) {
        int hour = (int)c->start + (int)t, level = 0, came = 0, left = 0;
        for (int stay = 0; stay < STAYS; stay++) {
            level += oracle_present(made, n, stay, 4 * hour);
            for (int q = 4 * hour; q < 4 * hour + 4; q++) {
                gboolean in = happened(made, n, stay, 0, q), out = happened(made, n, stay, 1, q);
                came += in && (out || q == 0 || !oracle_present(made, n, stay, q - 1));
                left += out;
            }
        }
        g_assert_cmpfloat(c->value[t], ==, level);
        if (t < a->length) {
            g_assert_cmpfloat(a->value[t], ==, came);
            g_assert_cmpfloat(d->value[t], ==, left);
        }
    }
}

static GPtrArray *fold_made(const Calendar *calendar, const Made *made, int n)
{
    g_autoptr(Census) census = census_new(calendar);
    for (int k = 0; k < n; k++) {
        g_autofree char *stay = g_strdup_printf("stay-%d", made[k].stay);
        take(census, "w", stay, names[made[k].kind], H(made[k].quarter / 4.0));
    }
    return census_series(census, H(HOURS));
}

static void make_events(Made *made, int n)
{
    for (int k = 0; k < n; k++) {
        int kind = g_test_rand_int_range(0, 10);
        made[k] = (Made){g_test_rand_int_range(0, STAYS), kind < 4 ? 0 : kind < 8 ? 1 : kind - 6, g_test_rand_int_range(0, 4 * HOURS)};
    }
}

static void shuffle(Made *made, int n)
{
    for (int k = n - 1; k > 0; k--) {
        int other = g_test_rand_int_range(0, k + 1);
        Made kept = made[k];
        made[k] = made[other];
        made[other] = kept;
    }
}

static void assert_same(GPtrArray *one, GPtrArray *other)
{
    g_assert_cmpint(one->len, ==, other->len);
    for (guint k = 0; k < one->len; k++) {
        const Series *x = g_ptr_array_index(one, k), *y = g_ptr_array_index(other, k);
        g_assert_cmpstr(x->id, ==, y->id);
        g_assert_cmpint(x->start, ==, y->start);
        g_assert_cmpmem(x->value, x->length * sizeof(double), y->value, y->length * sizeof(double));
    }
}

static void test_oracle(void)
{
    g_autoptr(Calendar) calendar = zone("UTC");
    for (int round = 0; round < 40; round++) {
        Made made[EVENTS];
        make_events(made, EVENTS);
        g_autoptr(GPtrArray) all = fold_made(calendar, made, EVENTS);
        check_against_oracle(made, EVENTS, all);
    }
}

static void test_order_and_doubles(void)
{
    g_autoptr(Calendar) calendar = zone("UTC");
    for (int round = 0; round < 200; round++) {
        Made made[2 * EVENTS];
        make_events(made, EVENTS);
        g_autoptr(GPtrArray) once = fold_made(calendar, made, EVENTS);
        memcpy(made + EVENTS, made, EVENTS * sizeof *made);
        shuffle(made, 2 * EVENTS);
        g_autoptr(GPtrArray) twice = fold_made(calendar, made, 2 * EVENTS);
        assert_same(once, twice);
    }
}

static void test_cancelled_never_happened(void)
{
    g_autoptr(Calendar) calendar = zone("UTC");
    for (int round = 0; round < 200; round++) {
        Made made[EVENTS + 40];
        make_events(made, EVENTS);
        made[0] = (Made){0, 0, 0}; /* both begin with the same hour */
        g_autoptr(GPtrArray) without = fold_made(calendar, made, EVENTS);
        for (int k = 0; k < 20; k++) {
            Made extra = {STAYS + g_test_rand_int_range(0, 5), g_test_rand_int_range(0, 2), g_test_rand_int_range(0, 4 * HOURS)};
            made[EVENTS + 2 * k] = extra;
            extra.kind += 2;
            made[EVENTS + 2 * k + 1] = extra;
        }
        shuffle(made, EVENTS + 40);
        g_autoptr(GPtrArray) with = fold_made(calendar, made, EVENTS + 40);
        assert_same(without, with);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/series/census/counts-who-is-there-when-the-hour-begins", test_simple);
    g_test_add_func("/series/census/odd-events-are-counted-not-hidden", test_odd_events_are_counted);
    g_test_add_func("/series/census/the-doubled-hour-of-autumn-is-one-step", test_autumn);
    g_test_add_func("/series/census/the-skipped-hour-of-spring-is-missing", test_spring);
    g_test_add_func("/series/census/agrees-with-a-slow-count", test_oracle);
    g_test_add_func("/series/census/any-order-and-doubles-give-the-same", test_order_and_doubles);
    g_test_add_func("/series/census/an-event-and-its-cancellation-never-happened", test_cancelled_never_happened);
    return g_test_run();
}
