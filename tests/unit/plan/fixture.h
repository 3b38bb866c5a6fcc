/* fixture.h -- a small hospital for the tests of plan: a few hours, a few paths, all by hand.
 *
 * Hours begin at `FIXTURE_AS_OF` and are 60 minutes apart.
 */
#pragma once
#include "forecast/plan/plan.h"

/* 2018-03-12 11:00 UTC. */
#define FIXTURE_AS_OF (1520852400 * INSTANT_SECOND)

typedef struct {
    PlanInput input;
    PlanSettings settings;
    GArray *units;   /* PlanUnit */
    GArray *rosters; /* PlanRoster */
    GArray *shifts;  /* PlanShiftWindow */
    GPtrArray *paths; /* owned float blocks */
    Instant *hour_at;
} Fixture;

Fixture *fixture_new(gsize paths, gsize hours);
void fixture_free(Fixture *f);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixture, fixture_free)

/* A rule; may_send_to is a comma-separated list. */
PlanRule *fixture_rule(Fixture *f, const char *kind, double ratio, guint floor, double cost_short, double cost_idle,
                       const char *may_send_to, guint escalation);
/* A unit with every value of its paths set to `census`; the paths may be changed. */
float *fixture_unit(Fixture *f, const char *unit, const char *kind, double staffed, double census);
PlanUnit *fixture_unit_at(Fixture *f, guint index);
void fixture_shift(Fixture *f, const char *name, gsize first, gsize last);
void fixture_roster(Fixture *f, const char *unit, const char *role, gsize from_hour, gsize to_hour, double scheduled);

/* The input, complete; valid until the fixture changes. */
const PlanInput *fixture_input(Fixture *f);
