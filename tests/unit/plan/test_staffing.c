#include "forecast/plan/staffing.h"

#include "tests/unit/plan/fixture.h"

#include <stdio.h>
#include <string.h>

/* Ten paths whose shift (hours 2..4) peaks at 11, 12, ... 20 in its middle hour and is 10 otherwise. */
static Fixture *peaks(double cost_short, double cost_idle)
{
    Fixture *f = fixture_new(10, 6);
    fixture_rule(f, "medical", 5, 2, cost_short, cost_idle, "", 0);
    float *path = fixture_unit(f, "med1", "medical", 24, 10);
    for (int p = 0; p < 10; p++)
        path[p * 6 + 3] = (float)(20 - p);
    fixture_shift(f, "day", 2, 4);
    return f;
}

static const StaffingRow *row_of(const Plan *plan, guint k)
{
    g_assert_cmpuint(k, <, plan->staffing->len);
    return &g_array_index(plan->staffing, StaffingRow, k);
}

static Plan *plan_of(Fixture *f)
{
    GError *error = NULL;
    Plan *plan = plan_new(fixture_input(f), &error);
    g_assert_no_error(error);
    return plan;
}

static void the_worst_hour_counts_and_an_average_would_fail(void)
{
    g_autoptr(Fixture) f = peaks(4, 1);
    g_autoptr(Plan) plan = plan_of(f);
    const StaffingRow *row = row_of(plan, 0);
    g_assert_cmpfloat_with_epsilon(row->fractile, 0.8, 1e-12);
    g_assert_cmpint(row->required, ==, 4); /* eighth peak is 18: ceil(18 / 5) */
    g_assert_cmpint(row->p50, ==, 3);      /* fifth peak is 15 */
    g_assert_cmpint(row->p90, ==, 4);      /* ninth peak is 19 */
    g_assert_cmpfloat(row->census_p50, ==, 15);
    g_assert_cmpfloat(row->census_p90, ==, 19);
    /* The shift's average is (10 + 18 + 10) / 3 = 12.7 patients: ceil(12.7 / 5) = 3 would break the ratio. */
    g_assert_cmpint(row->required, >, 3);
    g_assert_cmpstr(row->trace, ==,
                    "4 RN: the shift's worst hour has at most 18 patients in 8 of 10 futures (80 % are wanted), 1 nurse per 5 patients, floor 2");
}

static void the_quantile_of_the_maximum_is_not_the_maximum_of_quantiles(void)
{
    g_autoptr(Fixture) f = fixture_new(9, 3);
    fixture_rule(f, "medical", 5, 0, 1, 1, "", 0);
    float *path = fixture_unit(f, "med1", "medical", 24, 10);
    for (int p = 0; p < 9; p++)
        path[p * 3 + p % 3] = 20; /* each path peaks, each at its own hour: the median of every hour is 10 */
    fixture_shift(f, "day", 0, 2);
    g_autoptr(Plan) plan = plan_of(f);
    g_assert_cmpint(row_of(plan, 0)->required, ==, 4);
}

static void tau_is_two_thirds_when_short_costs_twice_idle(void)
{
    g_autoptr(Fixture) f = fixture_new(3, 2);
    const PlanRule *rule = fixture_rule(f, "icu", 1, 0, 2, 1, "", 0);
    float *path = fixture_unit(f, "icu", "icu", 10, 0);
    for (int p = 0; p < 3; p++)
        path[p * 2] = (float)(p + 4); /* 4, 5, 6: two of three paths need at most 5 */
    fixture_shift(f, "day", 0, 1);
    g_autoptr(Plan) plan = plan_of(f);
    g_assert_cmpfloat_with_epsilon(staffing_fractile(rule), 2.0 / 3.0, 1e-15);
    g_assert_cmpint(row_of(plan, 0)->required, ==, 5);
}

static void fractions_of_a_patient_are_rounded_before_nurses_are_counted(void)
{
    static const struct {
        double census;
        int nurses;
    } smooth[] = {{24.6, 5}, {25.4, 5}, {25.6, 6}, {30.2, 6}, {0.3, 0}};
    for (gsize k = 0; k < G_N_ELEMENTS(smooth); k++) {
        g_autoptr(Fixture) f = fixture_new(4, 2);
        fixture_rule(f, "ward", 5, 0, 3, 1, "", 0);
        fixture_unit(f, "w", "ward", 20, smooth[k].census);
        fixture_shift(f, "day", 0, 1);
        g_autoptr(Plan) plan = plan_of(f);
        g_assert_cmpint(row_of(plan, 0)->required, ==, smooth[k].nurses);
        g_assert_cmpfloat(row_of(plan, 0)->census_p50, ==, round(smooth[k].census));
    }
}

/* Worked out by hand: census (the same in all paths), ratio, floor, nurses. */
static void the_golden_table(void)
{
    static const struct {
        double census, ratio;
        guint floor;
        int nurses;
    } golden[] = {
        {0, 5, 0, 0},  {0, 5, 2, 2},   {1, 5, 0, 1},   {5, 5, 0, 1},  {6, 5, 0, 2},   {25, 5, 2, 5}, {26, 5, 2, 6},   {57, 5, 2, 12},
        {12, 2, 2, 6}, {13, 2, 2, 7},  {33, 1.1, 0, 30}, {34, 1.1, 0, 31}, {9, 3, 4, 4}, {13, 3, 4, 5}, {6, 1.5, 1, 4}, {7, 1.5, 1, 5},
        {3, 0.5, 0, 6}, {8, 8, 2, 2},  {16, 8, 2, 2},  {17, 8, 2, 3}, {1000, 4, 0, 250},
    };
    for (gsize k = 0; k < G_N_ELEMENTS(golden); k++) {
        g_autoptr(Fixture) f = fixture_new(4, 2);
        fixture_rule(f, "ward", golden[k].ratio, golden[k].floor, 3, 1, "", 0);
        fixture_unit(f, "w", "ward", 20, golden[k].census);
        fixture_shift(f, "day", 0, 1);
        g_autoptr(Plan) plan = plan_of(f);
        g_assert_cmpint(row_of(plan, 0)->required, ==, golden[k].nurses);
        g_assert_cmpint(row_of(plan, 0)->p50, ==, golden[k].nurses);
    }
}

static void the_gap_is_what_is_required_beyond_the_roster(void)
{
    g_autoptr(Fixture) f = peaks(4, 1);
    fixture_roster(f, "med1", "RN", 2, 5, 2);   /* the shift itself */
    fixture_roster(f, "med1", "RN", 0, 3, 1);   /* begins earlier, still there when the shift begins */
    fixture_roster(f, "med1", "RN", 0, 2, 7);   /* goes home when it begins */
    fixture_roster(f, "med1", "RN", 3, 5, 7);   /* comes later */
    fixture_roster(f, "med1", "HCA", 2, 5, 7);  /* another role */
    fixture_roster(f, "med2", "RN", 2, 5, 7);   /* another unit */
    fixture_roster(f, "med1", "RN", 2, 5, MISSING);
    fixture_roster(f, "med1", "RN", 2, 5, -3);
    g_autoptr(Plan) plan = plan_of(f);
    g_assert_cmpfloat(row_of(plan, 0)->scheduled, ==, 3);
    g_assert_cmpfloat(row_of(plan, 0)->gap, ==, 1);
}

static void without_a_roster_the_gap_is_missing(void)
{
    g_autoptr(Fixture) f = peaks(4, 1);
    g_autoptr(Plan) plan = plan_of(f);
    g_assert_true(isnan(row_of(plan, 0)->scheduled));
    g_assert_true(isnan(row_of(plan, 0)->gap));
    g_assert_cmpint(row_of(plan, 0)->status, ==, ROW_OK);
}

static void a_shift_already_begun_counts_what_is_left_and_says_so(void)
{
    g_autoptr(Fixture) f = peaks(4, 1);
    fixture_shift(f, "late", 3, 4);
    g_array_index(f->shifts, PlanShiftWindow, 1).starts_at = FIXTURE_AS_OF - 5 * INSTANT_HOUR;
    g_autoptr(Plan) plan = plan_of(f);
    g_assert_nonnull(strstr(row_of(plan, 1)->trace, "the shift has begun, hours still counted: 2"));
    g_assert_null(strstr(row_of(plan, 0)->trace, "begun"));
}

/* Read a trace as a person would and redo the sum from the paths. */
static void a_trace_can_be_recomputed(void)
{
    for (int round = 0; round < 200; round++) {
        gsize paths = (gsize)g_test_rand_int_range(1, 60), hours = 5;
        double ratio = g_test_rand_int_range(1, 9);
        g_autoptr(Fixture) f = fixture_new(paths, hours);
        fixture_rule(f, "ward", ratio, (guint)g_test_rand_int_range(0, 5), g_test_rand_int_range(1, 20), g_test_rand_int_range(1, 20), "", 0);
        float *path = fixture_unit(f, "w", "ward", 20, 0);
        for (gsize k = 0; k < paths * hours; k++)
            path[k] = (float)g_test_rand_int_range(0, 70);
        fixture_shift(f, "day", 1, 3);
        g_autoptr(Plan) plan = plan_of(f);
        const StaffingRow *row = row_of(plan, 0);
        int nurses, floor_;
        unsigned within, of;
        double patients, tau, per;
        g_assert_cmpint(sscanf(row->trace, "%d RN: the shift's worst hour has at most %lf patients in %u of %u futures (%lf %% are wanted), 1 nurse per %lf patients, floor %d",
                               &nurses, &patients, &within, &of, &tau, &per, &floor_), ==, 7);
        unsigned seen = 0, fewer = 0;
        for (gsize p = 0; p < paths; p++) {
            const float *c = path + p * hours;
            float worst = MAX(c[1], MAX(c[2], c[3]));
            seen += (double)worst <= patients;
            fewer += (double)worst <= patients - 1;
        }
        g_assert_cmpuint(of, ==, paths);
        g_assert_cmpuint(seen, ==, within);
        g_assert_cmpfloat(within, >=, row->fractile * (double)paths - 1e-6);
        g_assert_cmpfloat(fewer, <, row->fractile * (double)paths);
        g_assert_cmpfloat_with_epsilon(tau / 100, row->fractile, 0.00501);
        g_assert_cmpint(nurses, ==, MAX((int)((patients + per - 1) / per), floor_));
        g_assert_cmpint(nurses, ==, row->required);
    }
}

static void assert_withheld(const StaffingRow *row, const char *why)
{
    g_assert_cmpint(row->status, ==, ROW_WITHHELD);
    g_assert_nonnull(strstr(row->reason, why));
    g_assert_nonnull(strstr(row->trace, why));
    g_assert_cmpint(row->required, ==, 0);
    g_assert_cmpint(row->p50, ==, 0);
    g_assert_cmpint(row->p90, ==, 0);
    g_assert_true(isnan(row->gap) && isnan(row->fractile) && isnan(row->census_p50) && isnan(row->census_p90));
}

static void without_a_forecast_no_number_is_invented(void)
{
    g_autoptr(Fixture) f = peaks(4, 1);
    fixture_roster(f, "med1", "RN", 2, 5, 2);
    fixture_unit_at(f, 0)->path = NULL;
    fixture_unit_at(f, 0)->reason = "bed system silent for 9 h";
    g_autoptr(Plan) plan = plan_of(f);
    assert_withheld(row_of(plan, 0), "bed system silent for 9 h");
    g_assert_cmpfloat(row_of(plan, 0)->scheduled, ==, 2); /* the roster is a fact, not a forecast */
}

static void a_withheld_unit_stays_withheld_though_it_has_paths(void)
{
    g_autoptr(Fixture) f = peaks(4, 1);
    fixture_unit_at(f, 0)->status = ROW_WITHHELD;
    g_autoptr(Plan) plan = plan_of(f);
    assert_withheld(row_of(plan, 0), "no forecast");
}

static void stale_degraded_and_fallback_keep_their_numbers_and_say_why(void)
{
    for (RowStatus status = ROW_STALE; status <= ROW_FALLBACK; status++) {
        g_autoptr(Fixture) f = peaks(4, 1);
        fixture_unit_at(f, 0)->status = status;
        fixture_unit_at(f, 0)->reason = "newest fact is 3 h old";
        g_autoptr(Plan) plan = plan_of(f);
        g_assert_cmpint(row_of(plan, 0)->status, ==, status);
        g_assert_cmpstr(row_of(plan, 0)->reason, ==, "newest fact is 3 h old");
        g_assert_cmpint(row_of(plan, 0)->required, ==, 4);
    }
}

static void a_forecast_that_is_no_count_is_withheld(void)
{
    static const double absurd[] = {MISSING, (double)INFINITY, -(double)INFINITY, -1, 2e6};
    for (gsize k = 0; k < G_N_ELEMENTS(absurd); k++) {
        g_autoptr(Fixture) f = peaks(4, 1);
        ((float *)g_ptr_array_index(f->paths, 0))[7] = (float)absurd[k];
        g_autoptr(Plan) plan = plan_of(f);
        assert_withheld(row_of(plan, 0), "1 of 60 forecast values are no counts");
    }
}

static void a_kind_without_a_rule_is_withheld_and_named(void)
{
    g_autoptr(Fixture) f = peaks(4, 1);
    fixture_rule(f, "icu", 1, 2, 4, 1, "", 0);
    fixture_unit_at(f, 0)->kind = "burns";
    g_autoptr(Plan) plan = plan_of(f);
    assert_withheld(row_of(plan, 0), "no rule for the kind burns; rules are there for: medical, icu");
}

static void an_impossible_rule_is_withheld(void)
{
    static const double rule[][3] = {{0, 4, 1}, {-5, 4, 1}, {MISSING, 4, 1}, {1e-9, 4, 1}, {5, 0, 0}, {5, -1, 1}, {5, MISSING, 1}, {5, (double)INFINITY, 1}};
    for (gsize k = 0; k < G_N_ELEMENTS(rule); k++) {
        g_autoptr(Fixture) f = peaks(4, 1);
        PlanRule *first = g_ptr_array_index(f->settings.rules, 0);
        first->patients_per_nurse = rule[k][0];
        first->cost_short = rule[k][1];
        first->cost_idle = rule[k][2];
        g_autoptr(Plan) plan = plan_of(f);
        assert_withheld(row_of(plan, 0), "the rule for medical has");
    }
}

static void every_role_of_a_kind_gets_its_row(void)
{
    g_autoptr(Fixture) f = peaks(4, 1);
    PlanRule *second = fixture_rule(f, "medical", 9, 1, 1, 1, "", 0);
    g_free(second->role);
    second->role = g_strdup("HCA");
    g_autoptr(Plan) plan = plan_of(f);
    g_assert_cmpuint(plan->staffing->len, ==, 2);
    g_assert_cmpstr(row_of(plan, 1)->role, ==, "HCA");
    g_assert_cmpint(row_of(plan, 1)->required, ==, 2); /* fifth peak 15, 9 per head */
}

static void no_hours_or_no_paths_is_an_error(void)
{
    for (int k = 0; k < 4; k++) {
        g_autoptr(Fixture) f = peaks(4, 1);
        g_autoptr(GError) error = NULL;
        if (k == 0)
            f->input.hours = 0;
        if (k == 1)
            f->input.paths = 0;
        if (k == 2)
            g_array_index(f->shifts, PlanShiftWindow, 0).last_hour = 6;
        if (k == 3)
            f->settings.over_limit = MISSING;
        g_assert_null(plan_new(fixture_input(f), &error));
        g_assert_error(error, PLAN_ERROR, PLAN_ERROR_INPUT);
    }
}

static void a_row_is_valid_until_its_shift_ends_or_a_day_has_passed(void)
{
    g_autoptr(Fixture) f = fixture_new(2, 48);
    fixture_rule(f, "ward", 5, 2, 4, 1, "", 0);
    fixture_unit(f, "w", "ward", 20, 9);
    fixture_shift(f, "day", 1, 12);
    fixture_shift(f, "day", 25, 36);
    g_autoptr(Plan) plan = plan_of(f);
    g_assert_cmpint(row_of(plan, 0)->valid_until, ==, FIXTURE_AS_OF + 13 * INSTANT_HOUR);
    g_assert_cmpint(row_of(plan, 1)->valid_until, ==, FIXTURE_AS_OF + 24 * INSTANT_HOUR);
    g_assert_cmpint(row_of(plan, 1)->data_as_of, ==, FIXTURE_AS_OF - INSTANT_HOUR);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plan/staffing/the-worst-hour-counts-and-an-average-would-fail", the_worst_hour_counts_and_an_average_would_fail);
    g_test_add_func("/plan/staffing/the-quantile-of-the-maximum-is-not-the-maximum-of-quantiles", the_quantile_of_the_maximum_is_not_the_maximum_of_quantiles);
    g_test_add_func("/plan/staffing/tau-is-two-thirds-when-short-costs-twice-idle", tau_is_two_thirds_when_short_costs_twice_idle);
    g_test_add_func("/plan/staffing/fractions-of-a-patient-are-rounded-before-nurses-are-counted", fractions_of_a_patient_are_rounded_before_nurses_are_counted);
    g_test_add_func("/plan/staffing/the-golden-table", the_golden_table);
    g_test_add_func("/plan/staffing/the-gap-is-what-is-required-beyond-the-roster", the_gap_is_what_is_required_beyond_the_roster);
    g_test_add_func("/plan/staffing/without-a-roster-the-gap-is-missing", without_a_roster_the_gap_is_missing);
    g_test_add_func("/plan/staffing/a-shift-already-begun-counts-what-is-left-and-says-so", a_shift_already_begun_counts_what_is_left_and_says_so);
    g_test_add_func("/plan/staffing/a-trace-can-be-recomputed", a_trace_can_be_recomputed);
    g_test_add_func("/plan/staffing/without-a-forecast-no-number-is-invented", without_a_forecast_no_number_is_invented);
    g_test_add_func("/plan/staffing/a-withheld-unit-stays-withheld-though-it-has-paths", a_withheld_unit_stays_withheld_though_it_has_paths);
    g_test_add_func("/plan/staffing/stale-degraded-and-fallback-keep-their-numbers-and-say-why", stale_degraded_and_fallback_keep_their_numbers_and_say_why);
    g_test_add_func("/plan/staffing/a-forecast-that-is-no-count-is-withheld", a_forecast_that_is_no_count_is_withheld);
    g_test_add_func("/plan/staffing/a-kind-without-a-rule-is-withheld-and-named", a_kind_without_a_rule_is_withheld_and_named);
    g_test_add_func("/plan/staffing/an-impossible-rule-is-withheld", an_impossible_rule_is_withheld);
    g_test_add_func("/plan/staffing/every-role-of-a-kind-gets-its-row", every_role_of_a_kind_gets_its_row);
    g_test_add_func("/plan/staffing/no-hours-or-no-paths-is-an-error", no_hours_or_no_paths_is_an_error);
    g_test_add_func("/plan/staffing/a-row-is-valid-until-its-shift-ends-or-a-day-has-passed", a_row_is_valid_until_its_shift_ends_or_a_day_has_passed);
    return g_test_run();
}
