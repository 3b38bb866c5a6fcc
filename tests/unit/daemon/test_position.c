#include "daemon/position.h"

/* Facilities of so many units each; every second unit is likely over, the first of each has a roster that is short. */
typedef struct {
    Planning planning;
    Plan plan[8];
    FacilityPlanning facility[8];
} World;

static void world_fill(World *world, gsize facilities, gsize units, RowStatus status)
{
    world->planning.facilities = g_ptr_array_new();
    for (gsize f = 0; f < facilities; f++) {
        Plan *plan = &world->plan[f];
        *plan = (Plan){.staffing = g_array_new(FALSE, TRUE, sizeof(StaffingRow)), .beds = g_array_new(FALSE, TRUE, sizeof(BedRow))};
        for (gsize u = 0; u < units; u++) {
            const StaffingRow shift = {.gap = u == 0 ? 2 : u == 1 ? 0 : MISSING, .status = status};
            g_array_append_val(plan->staffing, shift);
            for (int horizon = 0; horizon < BED_HORIZONS; horizon++) {
                const BedRow row = {.horizon = horizon, .over = horizon < BED_HORIZONS - 1 ? 0.9 : u % 2 ? 0.51 : 0.5, .status = status};
                g_array_append_val(plan->beds, row);
            }
        }
        world->facility[f] = (FacilityPlanning){.input = {.units = units}, .plan = plan};
        g_ptr_array_add(world->planning.facilities, &world->facility[f]);
    }
}

static void world_clear(World *world)
{
    for (guint f = 0; f < world->planning.facilities->len; f++) {
        g_array_unref(world->plan[f].staffing);
        g_array_unref(world->plan[f].beds);
    }
    g_ptr_array_unref(world->planning.facilities);
}

static void assert_told(gsize facilities, gsize units, RowStatus status, const char *wanted)
{
    World world;
    g_autoptr(GString) line = g_string_new("ok");
    world_fill(&world, facilities, units, status);
    position_tell(&world.planning, line);
    g_assert_cmpstr(line->str, ==, wanted);
    world_clear(&world);
}

static void one_hospital_has_units(void)
{
    assert_told(1, 4, ROW_OK, "ok; 2 of 4 units more likely than not over their beds tomorrow 08:00; 1 of 2 shifts short of nurses");
}

static void many_small_facilities_are_counted_as_such(void)
{
    assert_told(8, 1, ROW_OK, "ok; 0 of 8 facilities more likely than not over their beds tomorrow 08:00; 8 of 8 shifts short of nurses");
    assert_told(4, 1, ROW_OK, "ok; 0 of 4 units more likely than not over their beds tomorrow 08:00; 4 of 4 shifts short of nurses");
    assert_told(8, 3, ROW_OK, "ok; 8 of 24 units more likely than not over their beds tomorrow 08:00; 8 of 16 shifts short of nurses");
}

static void what_is_withheld_is_not_counted(void)
{
    assert_told(1, 4, ROW_WITHHELD, "ok");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/position/one-hospital-has-units", one_hospital_has_units);
    g_test_add_func("/daemon/position/many-small-facilities-are-counted-as-such", many_small_facilities_are_counted_as_such);
    g_test_add_func("/daemon/position/what-is-withheld-is-not-counted", what_is_withheld_is_not_counted);
    return g_test_run();
}
