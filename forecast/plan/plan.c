#include "forecast/plan/plan.h"

#include "forecast/plan/allocation.h"
#include "forecast/plan/beds.h"
#include "forecast/plan/spread.h"
#include "forecast/plan/staffing.h"

G_DEFINE_QUARK(plan-error-quark, plan_error)

const char *row_status_name(RowStatus status)
{
    static const char *const name[ROW_STATUSES] = {"ok", "stale", "degraded", "fallback", "withheld"};
    g_assert(status < ROW_STATUSES);
    return name[status];
}

/* --- is the input one that can be worked with? -------------------------------- */

static gboolean check_hours(const PlanInput *input, GError **error)
{
    for (gsize h = 1; h < input->hours; h++)
        if (input->hour_at[h] < input->hour_at[h - 1]) {
            g_set_error(error, PLAN_ERROR, PLAN_ERROR_INPUT, "hour %" G_GSIZE_FORMAT " begins before the one ahead of it", h);
            return FALSE;
        }
    for (gsize s = 0; s < input->shifts; s++)
        if (input->shift[s].first_hour > input->shift[s].last_hour || input->shift[s].last_hour >= input->hours) {
            g_set_error(error, PLAN_ERROR, PLAN_ERROR_INPUT,
                        "shift %s has hours %" G_GSIZE_FORMAT " to %" G_GSIZE_FORMAT ", wanted hours within 0 to %" G_GSIZE_FORMAT,
                        input->shift[s].name, input->shift[s].first_hour, input->shift[s].last_hour, input->hours - 1);
            return FALSE;
        }
    return TRUE;
}

static gboolean check_input(const PlanInput *input, GError **error)
{
    if (input->hours == 0 || input->paths == 0) {
        g_set_error(error, PLAN_ERROR, PLAN_ERROR_INPUT,
                    "a plan of %" G_GSIZE_FORMAT " paths of %" G_GSIZE_FORMAT " hours, wanted at least one of each", input->paths,
                    input->hours);
        return FALSE;
    }
    if (!(input->settings->over_limit >= 0 && input->settings->over_limit <= 1)) {
        g_set_error(error, PLAN_ERROR, PLAN_ERROR_INPUT, "over_limit is %g, wanted a chance from 0 to 1",
                    input->settings->over_limit);
        return FALSE;
    }
    return check_hours(input, error);
}

/* Why a unit may have no numbers; NULL when it may.  The caller frees. */
static char *reason_to_withhold(const PlanInput *input, const PlanUnit *unit)
{
    if (unit->status == ROW_WITHHELD || unit->path == NULL)
        return g_strdup(unit->reason ? unit->reason : "there is no forecast for this unit");
    return spread_complaint(unit, input->paths, input->hours);
}

/* --- rows --------------------------------------------------------------------- */

static void staffing_clear(void *row)
{
    g_free(((StaffingRow *)row)->reason);
    g_free(((StaffingRow *)row)->trace);
}

static void bed_clear(void *row)
{
    g_free(((BedRow *)row)->reason);
    g_free(((BedRow *)row)->trace);
    g_free(((BedRow *)row)->explanation);
}

static void move_clear(void *row)
{
    g_free(((MoveRow *)row)->trace);
}

static GArray *rows_new(gsize size, GDestroyNotify clear)
{
    GArray *rows = g_array_new(FALSE, FALSE, (guint)size);
    g_array_set_clear_func(rows, clear);
    return rows;
}

Plan *plan_new(const PlanInput *input, GError **error)
{
    if (!check_input(input, error))
        return NULL;
    g_autoptr(Plan) plan = g_new0(Plan, 1);
    plan->staffing = rows_new(sizeof(StaffingRow), staffing_clear);
    plan->beds = rows_new(sizeof(BedRow), bed_clear);
    plan->moves = rows_new(sizeof(MoveRow), move_clear);
    g_autoptr(GPtrArray) withheld = g_ptr_array_new_with_free_func(g_free);
    for (gsize u = 0; u < input->units; u++) {
        char *reason = reason_to_withhold(input, &input->unit[u]);
        g_ptr_array_add(withheld, reason);
        staffing_rows(input, &input->unit[u], reason, plan->staffing);
        beds_rows(input, &input->unit[u], reason, plan->beds);
    }
    if (!allocation_rows(input, (char *const *)withheld->pdata, plan->moves, error))
        return NULL;
    return g_steal_pointer(&plan);
}

void plan_free(Plan *plan)
{
    if (plan == NULL)
        return;
    g_array_unref(plan->staffing);
    g_array_unref(plan->beds);
    g_array_unref(plan->moves);
    g_free(plan);
}
