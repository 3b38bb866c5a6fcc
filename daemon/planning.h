/* planning.h -- lay the forecasts of each facility on a grid of hours and ask plan/ what to do.
 *
 * Missing  a unit without a census forecast gets no path; plan/ withholds its rows.
 * Threads  pure.
 */
#pragma once
#include "daemon/forecasting.h"

typedef struct {
    PlanInput input;      /* borrows from the Snapshot and from the arrays below */
    Plan *plan;
    PlanUnit *unit;
    Instant *hour_at;
    GArray *shift;        /* PlanShiftWindow */
    float *path;          /* [units][paths][hours] */
} FacilityPlanning;

typedef struct {
    GPtrArray *facilities; /* FacilityPlanning, in the Snapshot's order */
} Planning;

Planning *planning_new(const Snapshot *snapshot, const Forecasting *forecasting, const PlanSettings *settings, guint64 seed, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void planning_free(Planning *planning);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Planning, planning_free)
