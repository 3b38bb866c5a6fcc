#include "forecast/plan/beds.h"

#include "tests/unit/plan/fixture.h"

#include <stdio.h>
#include <string.h>

enum { HOURS = 30 };

/* Ten paths of 16, 17, ... 25 patients at every hour; 24 staffed, 2 blocked, 1 reserved. */
static Fixture *ward(void)
{
    Fixture *f = fixture_new(10, HOURS);
    fixture_rule(f, "medical", 5, 2, 4, 1, "", 0);
    float *path = fixture_unit(f, "med1", "medical", 24, 0);
    for (int p = 0; p < 10; p++)
        for (int h = 0; h < HOURS; h++)
            path[p * HOURS + h] = (float)(16 + p);
    fixture_unit_at(f, 0)->blocked = 2;
    fixture_unit_at(f, 0)->reserved = 1;
    return f;
}

static Plan *plan_of(Fixture *f)
{
    GError *error = NULL;
    Plan *plan = plan_new(fixture_input(f), &error);
    g_assert_no_error(error);
    g_assert_cmpuint(plan->beds->len, ==, BED_HORIZONS * f->units->len);
    return plan;
}

static const BedRow *row_of(const Plan *plan, guint k)
{
    return &g_array_index(plan->beds, BedRow, k);
}

static void the_net_position_is_what_is_left_of_the_usable_beds(void)
{
    g_autoptr(Fixture) f = ward();
    g_autoptr(Plan) plan = plan_of(f);
    for (guint h = 0; h < BED_HORIZONS; h++) {
        const BedRow *row = row_of(plan, h);
        g_assert_cmpint(row->status, ==, ROW_OK);
        g_assert_cmpfloat(row->available, ==, 21);
        g_assert_cmpfloat(row->census_p10, ==, 16);
        g_assert_cmpfloat(row->census_p50, ==, 20);
        g_assert_cmpfloat(row->census_p90, ==, 24);
        g_assert_cmpfloat(row->net_p50, ==, 1);
        g_assert_cmpfloat(row->net_p10, ==, -3);
        g_assert_cmpfloat_with_epsilon(row->over, 0.4, 1e-12);     /* 22, 23, 24, 25 */
        g_assert_cmpfloat_with_epsilon(row->overflow, 1.0, 1e-12); /* (1 + 2 + 3 + 4) / 10 */
    }
    g_assert_cmpstr(row_of(plan, 0)->trace, ==,
                    "21 beds = 24 staffed - 2 blocked - 1 reserved; census 16, 20, 24 at p10, p50, p90 of 10 paths; over in 4 paths, by 1.00 patients on average of all");
}

static void each_horizon_reads_its_own_hour(void)
{
    g_autoptr(Fixture) f = fixture_new(3, HOURS);
    fixture_rule(f, "medical", 5, 2, 4, 1, "", 0);
    float *path = fixture_unit(f, "med1", "medical", 24, 0);
    for (int k = 0; k < 3 * HOURS; k++)
        path[k] = (float)(k % HOURS);
    f->input.as_of += 20 * 60 * INSTANT_SECOND; /* twenty past: 4 h ahead lies in hour 4 */
    g_autoptr(Plan) plan = plan_of(f);
    static const int hour[BED_HORIZONS] = {4, 12, 24, 26};
    for (guint h = 0; h < BED_HORIZONS; h++) {
        g_assert_cmpfloat(row_of(plan, h)->census_p50, ==, hour[h]);
        g_assert_cmpint(row_of(plan, h)->target_at, ==, FIXTURE_AS_OF + hour[h] * INSTANT_HOUR);
    }
}

static void a_horizon_beyond_the_forecast_is_withheld(void)
{
    g_autoptr(Fixture) f = fixture_new(2, 13);
    fixture_rule(f, "medical", 5, 2, 4, 1, "", 0);
    fixture_unit(f, "med1", "medical", 24, 20);
    g_autoptr(Plan) plan = plan_of(f);
    g_assert_cmpint(row_of(plan, 0)->status, ==, ROW_OK);
    g_assert_cmpint(row_of(plan, 1)->status, ==, ROW_OK);
    for (guint h = 2; h < BED_HORIZONS; h++) {
        g_assert_cmpint(row_of(plan, h)->status, ==, ROW_WITHHELD);
        g_assert_nonnull(strstr(row_of(plan, h)->reason, "the forecast ends 13 hours ahead"));
        g_assert_true(isnan(row_of(plan, h)->over));
    }
}

static void unknown_staffed_beds_degrade_the_row_and_invent_nothing(void)
{
    static const double absurd[] = {MISSING, (double)INFINITY, -4};
    for (gsize k = 0; k < G_N_ELEMENTS(absurd); k++) {
        g_autoptr(Fixture) f = ward();
        fixture_unit_at(f, 0)->staffed = absurd[k];
        g_autoptr(Plan) plan = plan_of(f);
        const BedRow *row = row_of(plan, 0);
        g_assert_cmpint(row->status, ==, ROW_DEGRADED);
        g_assert_cmpstr(row->reason, ==, "staffed beds are not known");
        g_assert_cmpfloat(row->census_p50, ==, 20);
        g_assert_true(isnan(row->available) && isnan(row->net_p50) && isnan(row->net_p10) && isnan(row->over) && isnan(row->overflow));
    }
}

static void unreported_blocked_beds_count_as_none_and_are_said(void)
{
    g_autoptr(Fixture) f = ward();
    fixture_unit_at(f, 0)->blocked = MISSING;
    g_autoptr(Plan) plan = plan_of(f);
    g_assert_cmpfloat(row_of(plan, 0)->available, ==, 23);
    g_assert_nonnull(strstr(row_of(plan, 0)->trace, "- 0 blocked (not reported) - 1 reserved"));
}

static void more_blocked_than_staffed_leaves_no_bed_and_not_fewer(void)
{
    g_autoptr(Fixture) f = ward();
    fixture_unit_at(f, 0)->blocked = 99;
    g_autoptr(Plan) plan = plan_of(f);
    g_assert_cmpfloat(row_of(plan, 0)->available, ==, 0);
    g_assert_cmpfloat_with_epsilon(row_of(plan, 0)->over, 1.0, 1e-12);
}

static void a_unit_without_forecast_is_withheld(void)
{
    g_autoptr(Fixture) f = ward();
    fixture_unit_at(f, 0)->path = NULL;
    fixture_unit_at(f, 0)->reason = "feed withheld after 12 h";
    g_autoptr(Plan) plan = plan_of(f);
    for (guint h = 0; h < BED_HORIZONS; h++) {
        g_assert_cmpint(row_of(plan, h)->status, ==, ROW_WITHHELD);
        g_assert_cmpstr(row_of(plan, h)->reason, ==, "feed withheld after 12 h");
        g_assert_true(isnan(row_of(plan, h)->census_p50) && isnan(row_of(plan, h)->over));
        g_assert_cmpfloat(row_of(plan, h)->available, ==, 21); /* beds are a fact */
    }
}

/* Chance and size of overflow of a Poisson(20) census over 22 beds, from 100,000 draws made
 * here by inversion, against the exact values (the sums of its terms in Python: sf(22, 20) = 0.279389,
 * sum over k > 22 of (k - 22) pmf = 0.979497). */
static void chances_agree_with_the_exact_distribution(void)
{
    enum { DRAWS = 100000 };
    g_autoptr(Fixture) f = fixture_new(DRAWS, HOURS);
    fixture_rule(f, "medical", 5, 2, 4, 1, "", 0);
    float *path = fixture_unit(f, "med1", "medical", 22, 0);
    for (int p = 0; p < DRAWS; p++) {
        double u = (p + 0.5) / DRAWS, term = exp(-20.0), cumulated = term;
        int k = 0;
        while (cumulated < u && k < 200)
            cumulated += term *= 20.0 / ++k;
        path[p * HOURS + 4] = (float)k;
    }
    g_autoptr(Plan) plan = plan_of(f);
    g_assert_cmpfloat_with_epsilon(row_of(plan, 0)->over, 0.279389, 2e-5);
    g_assert_cmpfloat_with_epsilon(row_of(plan, 0)->overflow, 0.979497, 2e-3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plan/beds/the-net-position-is-what-is-left-of-the-usable-beds", the_net_position_is_what_is_left_of_the_usable_beds);
    g_test_add_func("/plan/beds/each-horizon-reads-its-own-hour", each_horizon_reads_its_own_hour);
    g_test_add_func("/plan/beds/a-horizon-beyond-the-forecast-is-withheld", a_horizon_beyond_the_forecast_is_withheld);
    g_test_add_func("/plan/beds/unknown-staffed-beds-degrade-the-row-and-invent-nothing", unknown_staffed_beds_degrade_the_row_and_invent_nothing);
    g_test_add_func("/plan/beds/unreported-blocked-beds-count-as-none-and-are-said", unreported_blocked_beds_count_as_none_and_are_said);
    g_test_add_func("/plan/beds/more-blocked-than-staffed-leaves-no-bed-and-not-fewer", more_blocked_than_staffed_leaves_no_bed_and_not_fewer);
    g_test_add_func("/plan/beds/a-unit-without-forecast-is-withheld", a_unit_without_forecast_is_withheld);
    g_test_add_func("/plan/beds/chances-agree-with-the-exact-distribution", chances_agree_with_the_exact_distribution);
    return g_test_run();
}
