#include "forecast/plan/allocation.h"

#include "tests/unit/plan/fixture.h"

#include <string.h>

enum { HOURS = 30 };

static Plan *plan_of(Fixture *f)
{
    GError *error = NULL;
    Plan *plan = plan_new(fixture_input(f), &error);
    g_assert_no_error(error);
    return plan;
}

static const MoveRow *move_of(const Plan *plan, guint k)
{
    g_assert_cmpuint(k, <, plan->moves->len);
    return &g_array_index(plan->moves, MoveRow, k);
}

/* How many beds the advice for 12 hours ahead gives from one unit to another (NULL: its own, "-": nowhere). */
static int beds_between(const Plan *plan, const char *from, const char *to)
{
    int beds = 0;
    for (guint k = 0; k < plan->moves->len; k++) {
        const MoveRow *row = move_of(plan, k);
        if (row->target_at == FIXTURE_AS_OF + 12 * INSTANT_HOUR && g_str_equal(row->from, from) &&
            (g_strcmp0(to, "-") == 0 ? row->nowhere : !row->nowhere && g_strcmp0(row->to, to) == 0))
            beds += row->beds;
    }
    return beds;
}

static void own_beds_are_opened_first_then_the_best_kind_then_nowhere(void)
{
    g_autoptr(Fixture) f = fixture_new(10, HOURS);
    fixture_rule(f, "medical", 5, 2, 4, 1, "surgical,rehab", 2);
    fixture_rule(f, "surgical", 5, 2, 4, 1, "", 0);
    fixture_rule(f, "rehab", 7, 2, 4, 1, "", 0);
    fixture_unit(f, "med1", "medical", 20, 30);
    fixture_unit(f, "sur1", "surgical", 20, 17);
    fixture_unit(f, "reh1", "rehab", 20, 16);
    g_autoptr(Plan) plan = plan_of(f);
    g_assert_cmpint(beds_between(plan, "med1", NULL), ==, 2);
    g_assert_cmpint(beds_between(plan, "med1", "sur1"), ==, 3);
    g_assert_cmpint(beds_between(plan, "med1", "reh1"), ==, 4);
    g_assert_cmpint(beds_between(plan, "med1", "-"), ==, 1);
    g_assert_cmpuint(plan->moves->len, ==, 8); /* the same tomorrow at 08:00 */
    g_assert_cmpint(move_of(plan, 4)->target_at, ==, FIXTURE_AS_OF + 26 * INSTANT_HOUR);
    for (guint k = 0; k < plan->moves->len; k++)
        if (g_strcmp0(move_of(plan, k)->to, "reh1") == 0) {
            g_assert_cmpfloat(move_of(plan, k)->cost, ==, 20);
            g_assert_nonnull(strstr(move_of(plan, k)->trace,
                                    "med1 lacks 10: census 30 at quantile 0.70, 20 beds; 4 to reh1, which has 4 left: census 16, 20 beds; penalty 20 a bed"));
        }
}

static void a_ward_of_the_same_kind_comes_before_all_other_kinds(void)
{
    g_autoptr(Fixture) f = fixture_new(4, HOURS);
    fixture_rule(f, "medical", 5, 2, 4, 1, "surgical", 0);
    fixture_rule(f, "surgical", 5, 2, 4, 1, "", 0);
    fixture_unit(f, "med1", "medical", 20, 24);
    fixture_unit(f, "sur1", "surgical", 20, 10);
    fixture_unit(f, "med2", "medical", 20, 17);
    g_autoptr(Plan) plan = plan_of(f);
    g_assert_cmpint(beds_between(plan, "med1", "med2"), ==, 3);
    g_assert_cmpint(beds_between(plan, "med1", "sur1"), ==, 1);
}

/* med1 would rather send to s1, but s1 is the only one that takes med2's: unit by unit one patient stays without a bed. */
static void the_whole_house_is_settled_at_once(void)
{
    g_autoptr(Fixture) f = fixture_new(4, HOURS);
    fixture_rule(f, "a", 5, 2, 4, 1, "s,r", 0);
    fixture_rule(f, "b", 5, 2, 4, 1, "s", 0);
    fixture_rule(f, "s", 5, 2, 4, 1, "", 0);
    fixture_rule(f, "r", 5, 2, 4, 1, "", 0);
    fixture_unit(f, "med1", "a", 20, 21);
    fixture_unit(f, "med2", "b", 20, 21);
    fixture_unit(f, "s1", "s", 20, 19);
    fixture_unit(f, "r1", "r", 20, 19);
    g_autoptr(Plan) plan = plan_of(f);
    g_assert_cmpint(beds_between(plan, "med1", "r1"), ==, 1);
    g_assert_cmpint(beds_between(plan, "med2", "s1"), ==, 1);
}

static void nobody_is_moved_below_the_limit(void)
{
    g_autoptr(Fixture) f = fixture_new(10, HOURS);
    fixture_rule(f, "medical", 5, 2, 4, 1, "medical", 0);
    float *path = fixture_unit(f, "med1", "medical", 20, 18);
    fixture_unit(f, "med2", "medical", 20, 10);
    for (int p = 0; p < 3; p++) /* over in 3 of 10 paths; the limit is 0.3 */
        for (int h = 0; h < HOURS; h++)
            path[p * HOURS + h] = 24;
    g_autoptr(Plan) calm = plan_of(f);
    g_assert_cmpuint(calm->moves->len, ==, 0);
    for (int h = 0; h < HOURS; h++)
        path[3 * HOURS + h] = 22; /* a fourth path: 40 % are over, by at least 2 at the quantile 0.7 */
    g_autoptr(Plan) over = plan_of(f);
    g_assert_cmpint(beds_between(over, "med1", "med2"), ==, 2);
}

static void a_unit_without_numbers_neither_sends_nor_receives(void)
{
    g_autoptr(Fixture) f = fixture_new(4, HOURS);
    fixture_rule(f, "medical", 5, 2, 4, 1, "medical", 0);
    fixture_unit(f, "med1", "medical", 20, 22);
    fixture_unit(f, "med2", "medical", MISSING, 1);
    fixture_unit(f, "med3", "medical", 20, 1);
    fixture_unit(f, "med4", "medical", 20, 40);
    fixture_unit_at(f, 2)->path = NULL;
    fixture_unit_at(f, 3)->status = ROW_WITHHELD;
    g_autoptr(Plan) plan = plan_of(f);
    g_assert_cmpint(beds_between(plan, "med1", "-"), ==, 2);
    g_assert_cmpuint(plan->moves->len, ==, 2);
}

static void a_move_is_no_better_than_the_worse_of_its_two_forecasts(void)
{
    g_autoptr(Fixture) f = fixture_new(4, HOURS);
    fixture_rule(f, "medical", 5, 2, 4, 1, "medical", 0);
    fixture_unit(f, "med1", "medical", 20, 22);
    fixture_unit(f, "med2", "medical", 20, 10);
    fixture_unit_at(f, 1)->status = ROW_STALE;
    fixture_unit_at(f, 1)->data_as_of = FIXTURE_AS_OF - 5 * INSTANT_HOUR;
    g_autoptr(Plan) plan = plan_of(f);
    g_assert_cmpint(move_of(plan, 0)->status, ==, ROW_STALE);
    g_assert_cmpint(move_of(plan, 0)->data_as_of, ==, FIXTURE_AS_OF - 5 * INSTANT_HOUR);
}

static void no_bed_is_opened_that_does_not_stand_there(void)
{
    g_autoptr(Fixture) f = fixture_new(4, HOURS);
    fixture_rule(f, "medical", 5, 2, 4, 1, "", 8);
    fixture_unit(f, "med1", "medical", 20, 26);
    fixture_unit_at(f, 0)->physical = 23;
    g_autoptr(Plan) plan = plan_of(f);
    g_assert_cmpint(beds_between(plan, "med1", NULL), ==, 3);
    g_assert_cmpint(beds_between(plan, "med1", "-"), ==, 3);
}

/* --- against every possible choice --------------------------------------------- */

typedef struct {
    int supply[3], capacity[4];
    gsize sources, sinks, ways;
    AllocationWay way[12];
} Instance;

/* The least cost by trying everything, way after way; infinite when a supply cannot leave. */
static double cheapest(const Instance *at, gsize w, int *supply, int *capacity)
{
    if (w == at->ways) {
        for (gsize s = 0; s < at->sources; s++)
            if (supply[s] > 0)
                return (double)INFINITY;
        return 0;
    }
    const AllocationWay *way = &at->way[w];
    double best = (double)INFINITY;
    int most = MIN(supply[way->from], capacity[way->to]);
    for (int beds = 0; beds <= most; beds++) {
        supply[way->from] -= beds;
        capacity[way->to] -= beds;
        best = MIN(best, beds * way->cost + cheapest(at, w + 1, supply, capacity));
        supply[way->from] += beds;
        capacity[way->to] += beds;
    }
    return best;
}

static void make(Instance *at)
{
    *at = (Instance){.sources = (gsize)g_test_rand_int_range(1, 4), .sinks = (gsize)g_test_rand_int_range(1, 5)};
    for (gsize s = 0; s < at->sources; s++)
        at->supply[s] = g_test_rand_int_range(0, 5);
    for (gsize d = 0; d < at->sinks; d++)
        at->capacity[d] = g_test_rand_int_range(0, 5);
    for (gsize s = 0; s < at->sources; s++)
        for (gsize d = 0; d < at->sinks; d++)
            if (g_test_rand_int_range(0, 4) > 0)
                at->way[at->ways++] = (AllocationWay){s, d, g_test_rand_int_range(1, 40), 0};
}

static void check_answer(const Instance *at, double total)
{
    int left[3] = {at->supply[0], at->supply[1], at->supply[2]}, used[4] = {0};
    double cost = 0;
    for (gsize w = 0; w < at->ways; w++) {
        g_assert_cmpint(at->way[w].beds, >=, 0);
        left[at->way[w].from] -= at->way[w].beds;
        used[at->way[w].to] += at->way[w].beds;
        cost += at->way[w].beds * at->way[w].cost;
    }
    for (gsize s = 0; s < at->sources; s++)
        g_assert_cmpint(left[s], ==, 0);
    for (gsize d = 0; d < at->sinks; d++)
        g_assert_cmpint(used[d], <=, at->capacity[d]);
    g_assert_cmpfloat_with_epsilon(cost, total, 1e-6);
}

static void the_answer_is_the_best_of_all(void)
{
    int solved = 0, refused = 0;
    for (int round = 0; round < 400; round++) {
        Instance at;
        make(&at);
        g_autoptr(GError) error = NULL;
        double total, best = cheapest(&at, 0, at.supply, at.capacity);
        if (allocation_solve(at.supply, at.sources, at.capacity, at.sinks, at.way, at.ways, &total, &error)) {
            g_assert_cmpfloat_with_epsilon(total, best, 1e-6);
            check_answer(&at, total);
            solved++;
        } else {
            g_assert_error(error, PLAN_ERROR, PLAN_ERROR_SOLVER);
            g_assert_true(isinf(best));
            refused++;
        }
    }
    g_assert_cmpint(solved, >, 20);
    g_assert_cmpint(refused, >, 20);
}

/* --- size and threads ------------------------------------------------------------ */

static Fixture *large(void)
{
    static char name[100][8];
    Fixture *f = fixture_new(200, HOURS);
    static const char *const kind[] = {"medical", "surgical", "icu", "rehab"};
    for (int k = 0; k < 4; k++)
        fixture_rule(f, kind[k], 5, 2, 4, 1, "medical,surgical,rehab", 1);
    for (int u = 0; u < 100; u++) {
        g_snprintf(name[u], sizeof name[u], "u%02d", u);
        fixture_unit(f, name[u], kind[u % 4], 10, 6 + u * 7 % 9);
    }
    return f;
}

static void a_thousand_beds_in_a_hundred_units_take_less_than_a_second(void)
{
    g_autoptr(Fixture) f = large();
    /* what others do on the machine may slow one try, never all of half a minute */
    gint64 taken = G_MAXINT64, deadline = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;
    while (taken >= G_USEC_PER_SEC && g_get_monotonic_time() < deadline) {
        gint64 begun = g_get_monotonic_time();
        g_autoptr(Plan) plan = plan_of(f);
        taken = g_get_monotonic_time() - begun;
        g_assert_cmpuint(plan->moves->len, >, 50);
    }
    g_test_message("100 units, 1000 beds, 200 paths: %.3f s", (double)taken / 1e6);
    if (g_getenv("WARDCAST_SLOW_TESTS") == NULL) /* set where the clock says nothing, as under valgrind */
        g_assert_cmpint(taken, <, G_USEC_PER_SEC);
}

static void *solve_some(void *data)
{
    g_autoptr(Plan) plan = plan_of(data);
    return GINT_TO_POINTER(plan->moves->len);
}

static void threads_wait_for_one_another(void)
{
    g_autoptr(Fixture) f = large();
    fixture_input(f);
    g_autoptr(Plan) alone = plan_of(f);
    GThread *thread[4];
    for (int t = 0; t < 4; t++)
        thread[t] = g_thread_new("plan", solve_some, f);
    for (int t = 0; t < 4; t++)
        g_assert_cmpint(GPOINTER_TO_INT(g_thread_join(thread[t])), ==, alone->moves->len);
}

static void the_same_input_gives_the_same_plan(void)
{
    g_autoptr(Fixture) f = large();
    g_autoptr(Plan) one = plan_of(f), two = plan_of(f);
    g_assert_cmpuint(one->moves->len, ==, two->moves->len);
    for (guint k = 0; k < one->moves->len; k++)
        g_assert_cmpstr(move_of(one, k)->trace, ==, move_of(two, k)->trace);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plan/allocation/own-beds-are-opened-first-then-the-best-kind-then-nowhere", own_beds_are_opened_first_then_the_best_kind_then_nowhere);
    g_test_add_func("/plan/allocation/a-ward-of-the-same-kind-comes-before-all-other-kinds", a_ward_of_the_same_kind_comes_before_all_other_kinds);
    g_test_add_func("/plan/allocation/the-whole-house-is-settled-at-once", the_whole_house_is_settled_at_once);
    g_test_add_func("/plan/allocation/nobody-is-moved-below-the-limit", nobody_is_moved_below_the_limit);
    g_test_add_func("/plan/allocation/a-unit-without-numbers-neither-sends-nor-receives", a_unit_without_numbers_neither_sends_nor_receives);
    g_test_add_func("/plan/allocation/a-move-is-no-better-than-the-worse-of-its-two-forecasts", a_move_is_no_better_than_the_worse_of_its_two_forecasts);
    g_test_add_func("/plan/allocation/no-bed-is-opened-that-does-not-stand-there", no_bed_is_opened_that_does_not_stand_there);
    g_test_add_func("/plan/allocation/the-answer-is-the-best-of-all", the_answer_is_the_best_of_all);
    g_test_add_func("/plan/allocation/a-thousand-beds-in-a-hundred-units-take-less-than-a-second", a_thousand_beds_in_a_hundred_units_take_less_than_a_second);
    g_test_add_func("/plan/allocation/threads-wait-for-one-another", threads_wait_for_one_another);
    g_test_add_func("/plan/allocation/the-same-input-gives-the-same-plan", the_same_input_gives_the_same_plan);
    return g_test_run();
}
