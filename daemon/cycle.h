/* cycle.h -- one cycle: snapshot, forecast, plan, score, publish, report.
 *
 * A cycle is a value: its key is (group, slot), its inputs are what was known
 * at as_of, and everything it writes is one transaction.  Run twice it
 * publishes once; killed anywhere it loses and doubles nothing.
 *
 * Errors   as of the rooms it calls, with the step in front.
 * Threads  one cycle per Warehouse at a time.
 */
#pragma once
#include "config/config.h"
#include "connectors/out/warehouse.h"

typedef struct {
    const Config *config;
    const GroupSettings *group;
    Warehouse *warehouse;
    Instant slot, as_of;
    gint64 token;       /* fencing token; 0 = no lease */
    gboolean dry_run;   /* make everything, publish and write nothing */
    void (*say)(void *self, const char *line); /* progress; may be NULL */
    void *self;
} CycleOrder;

typedef struct {
    gint64 run_id;      /* 0 for a dry run */
    gboolean published; /* FALSE: the slot had been published before */
    char *summary;      /* one human line, owned */
    char *brief;        /* path of the brief, owned; NULL when none was written */
    char *text;         /* the brief as plain text, owned */
    char *digest;       /* SHA-256 hex over all rows, owned */
    guint drift_alarms; /* series whose forecasts no longer fit */
} CycleOutcome;

/* Which step of which forecast: a series as facility/unit/measure, and where that is
 * forecast by several grains the name of one (NULL: the finest); step 0 = the first. */
typedef struct {
    const char *series, *grain;
    gsize step;
    gboolean json; /* for programs */
} CycleQuestion;

/* Make that cycle's forecasts again and explain one of them in words (explaining.h);
 * nothing is published.  *model_hash is that of the models of today.  The caller frees
 * both.  NULL: CONFIG_ERROR_SETTING when there is no such series. */
char *cycle_explain(const CycleOrder *order, const CycleQuestion *question, char **model_hash, GError **error) G_GNUC_WARN_UNUSED_RESULT;

gboolean cycle_run(const CycleOrder *order, CycleOutcome *outcome, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cycle_outcome_clear(CycleOutcome *outcome);
