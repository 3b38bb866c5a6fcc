/* brief.h -- the morning brief: one page that a bed manager reads in two minutes.
 *
 * A Brief shows a facility group as of one run: how fresh the data are, which
 * unit is likely to be over its beds and when, where to open or send, which
 * shifts are short, the forecasts as charts, what was wrong yesterday, what
 * changed, and what every number means.  It is a single HTML file without
 * scripts and without anything to fetch, for a phone and for paper, and the
 * same as plain text for a terminal or a mail.
 *
 * Shapes   the arrays of BriefInput; empty ones are told in words.
 * Units    as in plan.h, warehouse.h; chances 0..1.
 * Missing  an unknown number is shown as a dash and explained.
 * Threads  pure: same input, same bytes (given the same fonts).
 */
#pragma once
#include "connectors/out/warehouse.h"
#include "forecast/plan/plan.h"
#include "forecast/series/calendar.h"
#include "forecast/series/mend.h"

typedef struct {
    SourceFreshness fresh;        /* borrowed cells */
    guint stale_s, withhold_s;    /* the source's limits; 0 = none */
    const char *note;             /* where its data come from; NULL = nothing */
} BriefSource;

typedef struct {
    const char *facility;         /* its id */
    const char *name;             /* NULL = id */
    const Plan *plan;             /* NULL: none was made */
    const PlanUnit *unit;         /* path is not used */
    gsize units;
} BriefFacility;

typedef struct {
    const char *facility, *unit, *measure;
    const Series *series;         /* history; covariates are not used */
    const Outlook *outlook;       /* NULL: withheld */
    double capacity;              /* beds that can be used; drawn as a line; MISSING = none */
    RowStatus status;
    const char *reason;           /* NULL when ok */
} BriefForecast;

typedef struct {
    const char *group, *name;     /* id, and as people know it */
    const char *note;             /* where the group's data come from; NULL = nothing */
    const Calendar *calendar;
    Instant as_of, slot;
    gint64 run_id;                /* 0: not published (a dry run) */
    const char *summary;          /* one line */
    const char *program_version, *model_hash, *config_hash; /* NULL = not shown */
    const char *const *model_note; gsize model_notes;       /* what a reader should know about the models */
    double over_limit;            /* chance of being over that calls for advice, as in PlanSettings */

    const BriefSource *source; gsize sources;
    const BriefFacility *facility; gsize facilities;
    const BriefForecast *forecast; gsize forecasts;

    gsize mended[MENDS];          /* values of the history by kind */
    const char *const *remark; gsize remarks;               /* sentences about the data */

    Instant scored_as_of;         /* of the run that is scored; INSTANT_NONE = nothing to score yet */
    gint64 scored_run_id;
    const ScoreRow *score; gsize scores;
    const char *const *miss; gsize misses;                  /* the worst misses in words, worst first */

    const char *const *alarm; gsize alarms;                 /* forecasts that no longer fit, in words, gravest first */

    Instant previous_as_of;       /* of the last run; INSTANT_NONE = this is the first */
    const char *const *change; gsize changes;               /* what changed since, in words */
} BriefInput;

/* Are the facilities so many and so small, a unit or two each, that people speak of facilities and not of units? */
gboolean brief_is_wide(gsize facilities, gsize units);

/* The page.  The caller frees it. */
char *brief_html(const BriefInput *input);

/* The same as plain text, lines of at most 78 columns where words allow.  The caller frees it. */
char *brief_text(const BriefInput *input);
