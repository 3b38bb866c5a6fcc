/* agnes.h -- a made-up group for the brief's tests: as many facilities and units as asked, a sine
 * for a census, and sample paths around it.
 */
#pragma once
#include "daemon/report/brief.h"

enum { AGNES_HOURS = 73, AGNES_PATHS = 200, AGNES_TAIL = 24 * 14 };

typedef struct {
    BriefInput input;
    Calendar *calendar;
    PlanSettings settings;
    GPtrArray *keep;       /* everything allocated */
    GArray *facility;      /* BriefFacility */
    GArray *forecast;      /* BriefForecast */
    GPtrArray *plans, *series, *outlooks;
    GArray *shifts;
    Instant hour_at[AGNES_HOURS];
    BriefSource source[3];
    ScoreRow score[4];
} Agnes;

/* Without facilities, on a Monday morning. */
Agnes *agnes_new(void);
void agnes_free(Agnes *agnes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Agnes, agnes_free)

/* All that was added so far, ready for brief_html() and brief_text(). */
const BriefInput *agnes_input(Agnes *agnes);

/* A block that lives as long as it. */
gpointer agnes_keep(Agnes *agnes, gpointer block);

/* History and forecast of a unit; both are its own. */
Series *agnes_add_series(Agnes *agnes, const PlanUnit *unit, Grain grain, gsize length);
Outlook *agnes_add_outlook(Agnes *agnes, const PlanUnit *unit, const Series *series, gsize horizon);

/* A facility of such units, planned. */
void agnes_add_facility(Agnes *agnes, const char *id, const char *name, PlanUnit *unit, gsize units, Grain grain, const PlanRoster *roster, gsize rosters);

/* The hospital of twelve wards with rules, shifts and rosters; and what came of earlier mornings. */
void agnes_add_hospital(Agnes *agnes);
void agnes_add_history(Agnes *agnes);
