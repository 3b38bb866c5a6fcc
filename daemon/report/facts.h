/* facts.h -- what the brief has to say, before it is page or text.
 *
 * Facts are the units with the rows of their plan beside each other, the
 * figures of the head, and which of several layouts fits the group.
 *
 * Threads  plain data; borrows from the BriefInput, which must outlive it.
 */
#pragma once
#include "daemon/report/brief.h"
#include "daemon/report/words.h"

typedef struct {
    const BriefFacility *facility;
    const PlanUnit *unit;
    const char *name;                  /* as people know it */
    const BedRow *row[BED_HORIZONS];   /* NULL: none */
    const BriefForecast *census;       /* NULL: none */
    gboolean flows_only;               /* other forecasts, but neither census nor beds */
    double available;                  /* beds that can be used; MISSING when unknown */
    double over;                       /* highest chance of being over in sight; MISSING when unknown */
    gint64 later_step;                 /* coarse groups: the step a week ahead, */
    double later_over, later_p50, later_p90; /* and what it looks like; MISSING when unknown */
    Light light;
} FactUnit;

typedef struct {
    const char *unit_name, *facility_name;
    const StaffingRow *row;
    Light light;
} FactStaff;

typedef struct {
    const char *name;                  /* of the shift */
    Instant starts_at, ends_at;
} FactShift;

typedef struct {
    const BriefInput *input;
    gboolean wide;     /* many facilities of a unit or two each: one table, the worst first */
    gboolean coarse;   /* census by the day or longer: no hours ahead */
    GArray *units;     /* FactUnit; by facility, or the worst first when wide */
    GPtrArray *told;   /* FactUnit, borrowed: the most pressing whose tomorrow is explained, the worst first */
    gsize flows_only;  /* of these, units without census and beds */
    gboolean roster;   /* some shift's roster is known */
    GArray *staff;     /* FactStaff with numbers, in the plan's order */
    GArray *shifts;    /* FactShift of those, by time */
    gsize over, tight, unknown; /* units by light */
    gsize withheld_staff;       /* staffing rows without numbers */
    const char *withheld_reason; /* of the first of them; NULL = none */
    double short_nurses;        /* in the worst shift of all: the sum of its gaps above zero */
    const FactShift *short_shift; /* which one; NULL = no gap */
    gsize moves;                /* advice rows */
    gsize stale_sources;
    RowStatus common_status;    /* of all units alike (then told once, not row by row); ROW_OK when they differ */
    const char *common_reason;
} Facts;

Facts *facts_new(const BriefInput *input);
void facts_free(Facts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Facts, facts_free)

/* Does a feed tell of every hour?  Then its newest fact shows its age; of others,
 * such as the list of units, the last time it was looked at does. */
gboolean facts_feed_flows(Feed feed);

/* How old a source is, and that against its own limits: LIGHT_FITS, LIGHT_TIGHT
 * (stale or failing), LIGHT_OVER (withheld or never pulled). */
Instant facts_source_age(const BriefInput *input, const BriefSource *source);
Light facts_source_light(const BriefInput *input, const BriefSource *source);

/* The row for tomorrow 08:00; NULL: none, or withheld. */
const BedRow *facts_tomorrow(const FactUnit *fact);

/* Is this forecast of this unit? */
gboolean facts_is_of(const BriefForecast *forecast, const FactUnit *fact);

/* Name of a facility or a unit by its id. */
const char *facts_unit_name(const BriefFacility *facility, const char *unit);
const char *facts_facility_name(const BriefFacility *facility);
