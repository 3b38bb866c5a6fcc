#include "tests/unit/daemon/north.h"

gboolean north_begin(North *north, const char *zone)
{
    g_autoptr(GError) error = NULL;
    *north = (North){.house = house_new(), .group = {.id = (char *)"north"}};
    if (north->house == NULL)
        return FALSE;
    north->calendar = calendar_new(zone, NULL, &error);
    g_assert_no_error(error);
    north->snapshot = (Snapshot){.group = &north->group, .calendar = north->calendar, .facilities = g_ptr_array_new(), .series = g_ptr_array_new()};
    return TRUE;
}

void north_end(North *north)
{
    house_free(north->house);
    calendar_free(north->calendar);
    g_ptr_array_unref(north->snapshot.facilities);
    g_ptr_array_unref(north->snapshot.series);
}

RunRecord north_record(const North *north, Instant slot, const char *model_hash)
{
    return (RunRecord){.group = north->group.id, .slot = slot, .as_of = slot, .data_watermark = INSTANT_NONE, .program_version = "0",
                       .model_hash = model_hash, .config_hash = "made up", .summary = "a run"};
}
