#include "daemon/position.h"

#include "daemon/report/brief.h"

/* What the plans say in numbers: units with a known bed position, those more
 * likely than not over it tomorrow, shifts with a roster, those short of it. */
typedef struct {
    guint beds, over, shifts, shorts;
    gsize units;
} Position;

static Position position_of(const Planning *planning)
{
    Position position = {0};
    for (guint f = 0; f < planning->facilities->len; f++) {
        const Plan *plan = ((const FacilityPlanning *)g_ptr_array_index(planning->facilities, f))->plan;
        position.units += ((const FacilityPlanning *)g_ptr_array_index(planning->facilities, f))->input.units;
        for (guint k = 0; k < plan->beds->len; k++) {
            const BedRow *row = &g_array_index(plan->beds, BedRow, k);
            gboolean known = row->horizon == BED_HORIZONS - 1 && row->status != ROW_WITHHELD && !isnan(row->over);
            position.beds += known;
            position.over += known && row->over > 0.5;
        }
        for (guint k = 0; k < plan->staffing->len; k++) {
            const StaffingRow *row = &g_array_index(plan->staffing, StaffingRow, k);
            gboolean known = row->status != ROW_WITHHELD && !isnan(row->gap);
            position.shifts += known;
            position.shorts += known && row->gap > 0;
        }
    }
    return position;
}

void position_tell(const Planning *planning, GString *line)
{
    Position position = position_of(planning);
    const char *what = brief_is_wide(planning->facilities->len, position.units) ? "facilities" : "units";
    if (position.beds > 0)
        g_string_append_printf(line, "; %u of %u %s more likely than not over their beds tomorrow 08:00", position.over, position.beds, what);
    if (position.shifts > 0)
        g_string_append_printf(line, "; %u of %u shifts short of nurses", position.shorts, position.shifts);
}
