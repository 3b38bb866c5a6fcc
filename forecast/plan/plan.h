/* plan.h -- what to do: nurses per shift, beds per unit, where to open and where to send.
 *
 * A Plan is made for one facility from the sample paths of its units' census
 * (paths.h), its beds, its roster and its rules.  Every row carries a one-line
 * trace that lets a reader redo the sum, and a status that says how far to
 * trust it.
 *
 * Shapes   see PlanInput.
 * Units    beds and nurses are counts; times are hours ahead of `as_of`.
 * Threads  pure: same input, same Plan.
 */
#pragma once
#include "forecast/plan/settings.h"
#include "forecast/series/observation.h"

typedef enum { ROW_OK, ROW_STALE, ROW_DEGRADED, ROW_FALLBACK, ROW_WITHHELD, ROW_STATUSES } RowStatus;
const char *row_status_name(RowStatus status); /* "ok", "stale", "degraded", "fallback", "withheld" */

typedef struct {
    const char *unit, *name, *kind;
    double staffed, physical, blocked, reserved; /* beds now; MISSING when unknown */
    double census;                               /* patients now; MISSING when unknown */
    RowStatus status;                            /* of the forecast this unit's paths come from */
    const char *reason;                          /* why it is not ok; NULL when it is */
    Instant data_as_of;                          /* newest fact behind this unit's paths */
    const float *path;                           /* [paths][hours] census at the start of each hour ahead, rounded to whole patients when read; NULL = no forecast */
} PlanUnit;

typedef struct {
    const char *unit, *role;
    Instant starts_at, ends_at;
    double scheduled;
} PlanRoster;

typedef struct {
    const char *name;         /* shift's name */
    Instant starts_at, ends_at;
    gsize first_hour, last_hour; /* rows of path that fall into the shift, inclusive */
} PlanShiftWindow;

typedef struct {
    const char *facility;
    Instant as_of;
    gsize paths, hours;       /* hour 0 begins at or before as_of */
    const Instant *hour_at;   /* [hours] */
    gsize next_morning;       /* hour index of tomorrow 08:00 local */
    const PlanUnit *unit;
    gsize units;
    const PlanRoster *roster;
    gsize rosters;
    const PlanShiftWindow *shift;
    gsize shifts;
    const PlanSettings *settings;
} PlanInput;

typedef struct {
    const char *unit, *role, *shift; /* borrowed from the input */
    Instant shift_starts_at, shift_ends_at;
    int required;            /* at the critical fractile, never below the floor */
    int p50, p90;            /* nurses at the median and the 90th percentile of the shift's worst hour */
    int floor;
    double scheduled;        /* MISSING when the roster says nothing */
    double gap;              /* required - scheduled; MISSING likewise */
    double fractile;         /* cost_short / (cost_short + cost_idle) */
    double census_p50, census_p90; /* of the shift's worst hour */
    RowStatus status;
    char *reason;            /* owned; NULL when ok */
    char *trace;             /* owned */
    Instant data_as_of, valid_until;
} StaffingRow;

enum { BED_HORIZONS = 4 }; /* 4 h, 12 h, 24 h, tomorrow 08:00 */
extern const char *const bed_horizon_name[BED_HORIZONS]; /* "4h", "12h", "24h", "tomorrow 08:00" */

typedef struct {
    const char *unit;
    int horizon;             /* index into bed_horizon_name */
    Instant target_at;
    double available;        /* staffed - blocked - reserved; MISSING when unknown */
    double census_p10, census_p50, census_p90;
    double net_p50;          /* available - census, at the median */
    double net_p10;          /* net position with 90 % assurance: available - census_p90 */
    double over;             /* P(census > available) */
    double overflow;         /* expected patients beyond available beds */
    RowStatus status;
    char *reason, *trace;    /* owned */
    char *explanation;       /* owned: why the census differs from the usual, by whoever can say so; NULL = not said */
    Instant data_as_of, valid_until;
} BedRow;

typedef struct {
    const char *from;        /* unit with too many patients */
    const char *to;          /* unit that takes them; NULL = open escalation beds in `from` itself, or nowhere */
    gboolean nowhere;        /* no bed is left anywhere: this many stay without one */
    int beds;
    Instant target_at;
    double cost;             /* penalty per bed used in the optimum */
    char *trace;             /* owned */
    RowStatus status;
    Instant data_as_of, valid_until;
} MoveRow;

typedef struct {
    GArray *staffing; /* StaffingRow */
    GArray *beds;     /* BedRow */
    GArray *moves;    /* MoveRow */
} Plan;

/* The caller owns the Plan; it borrows strings of the input, which must
 * outlive it.  A unit without paths, with paths that hold no counts, or of
 * status ROW_WITHHELD gets withheld rows without numbers (staffing.h, beds.h);
 * one whose kind has no rule gets withheld staffing rows (the reason names the
 * kind and the kinds there are; role "unknown") and takes no part in moves.  A
 * rule of each role of its kind gives a staffing row.  Rows are valid until the
 * time they speak of, or a day after as_of if that is earlier.
 * PLAN_ERROR_INPUT: no hours, no paths, shifts outside the hours.
 * PLAN_ERROR_SOLVER: GLPK found no optimum. */
Plan *plan_new(const PlanInput *input, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void plan_free(Plan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)

#define PLAN_ERROR (plan_error_quark())
GQuark plan_error_quark(void);
typedef enum { PLAN_ERROR_INPUT, PLAN_ERROR_SOLVER } PlanError;
