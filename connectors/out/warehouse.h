/* warehouse.h -- Wardcast's own tables in PostgreSQL: facts in, snapshots out, whole runs published.
 *
 * Facts are appended with their source's new watermark in one transaction.  A
 * run - ledger row, forecasts, staffing, beds, moves, scores - is published in
 * one transaction under the ledger's unique cycle_key and the lease's fencing
 * token; a lost reply to COMMIT is resolved by looking the key up.  Readers see
 * whole runs through the current_* views.
 *
 * Errors   WAREHOUSE_ERROR_DOWN     not reachable now, nothing happened: try later
 *          WAREHOUSE_ERROR_SCHEMA   the schema is missing, older or newer than this program
 *          WAREHOUSE_ERROR_ROLE     a superuser or a role with too many or too few rights
 *          WAREHOUSE_ERROR_LEASE    the lease is another daemon's: do not publish
 *          WAREHOUSE_ERROR_REFUSED  the database refused a row (the last wall): a bug or impossible data
 * Threads  one Warehouse per thread.
 */
#pragma once
#include "connectors/out/settings.h"
#include "forecast/model/outlook.h"
#include "forecast/plan/plan.h"
#include "forecast/series/observation.h"

typedef struct Warehouse Warehouse;

#define WAREHOUSE_ERROR (warehouse_error_quark())
GQuark warehouse_error_quark(void);
typedef enum {
    WAREHOUSE_ERROR_DOWN, WAREHOUSE_ERROR_SCHEMA, WAREHOUSE_ERROR_ROLE, WAREHOUSE_ERROR_LEASE, WAREHOUSE_ERROR_REFUSED
} WarehouseError;

/* Open as the writer; refuses a superuser and a schema version that is not this
 * program's.  Reconnects by itself when a call finds the connection lost. */
Warehouse *warehouse_open(const WarehouseSettings *settings, const char *secret, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void warehouse_close(Warehouse *warehouse);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Warehouse, warehouse_close)

/* Create or migrate the schema as owner, under an advisory lock; idempotent.
 * Each migration that runs is told to `say`.  A role with CREATEROLE and CREATE
 * on the database is enough; it makes the group roles wardcast_owner,
 * wardcast_writer and wardcast_reader where they are missing.  The role of
 * warehouse_open() is made by an administrator: CREATE ROLE name LOGIN IN ROLE
 * wardcast_writer. */
gboolean warehouse_init(const WarehouseSettings *settings, const char *secret,
                        void (*say)(void *self, const char *line), void *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What the configuration says about a group; its zone makes the *_local columns
 * of the views.  name and country and note may be NULL.  To be called when the
 * daemon starts; a group that was not described counts as in UTC. */
gboolean warehouse_describe_group(Warehouse *warehouse, const char *group, const char *name, const char *zone, const char *country,
                                  const char *note, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Register trained networks with their card (a few lines for people); the hash
 * is the one that runs will name. */
gboolean warehouse_note_model(Warehouse *warehouse, const char *group, const char *model_hash, Instant trained_at, const char *card, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* --- facts in --------------------------------------------------------------- */

/* The watermark of a source's feed; INSTANT_NONE when never pulled. */
gboolean warehouse_watermark(Warehouse *warehouse, const char *source, Feed feed, Instant *watermark, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Begin taking a pull, put rows (complaint NULL: into the feed's table, doubles
 * of a row already there with equal values are dropped; else into quarantine),
 * then end: rows and watermark are committed together.  With ok = FALSE all is
 * forgotten.  `pulled_at` is the time of the pull for source_freshness.
 * Quarantined besides: a row that contradicts one with the same key and
 * recorded_at, and rows of a facility that belongs to another group.  A pull
 * may be taken again whole or in part at any time; nothing is doubled.  Between
 * begin and end only warehouse_take() may be called, and end always must be,
 * also after a failed take (then with ok = FALSE). `stored` may be NULL. */
gboolean warehouse_take_begin(Warehouse *warehouse, const char *source, const char *group, Feed feed, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean warehouse_take(Warehouse *warehouse, const Observation *row, const char *complaint, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean warehouse_take_end(Warehouse *warehouse, gboolean ok, Instant watermark, Instant pulled_at, guint64 *stored, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Seconds that taking one feed may last beyond the pull itself, whatever the server does. */
double warehouse_take_longest(const WarehouseSettings *settings);

/* Note that a pull failed, for source_freshness and the brief. */
gboolean warehouse_note_failure(Warehouse *warehouse, const char *source, const char *group, Feed feed, const char *message, Instant at, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* --- snapshot out ----------------------------------------------------------- */

/* Read a feed of a group as it was known at as_of (recorded_at <= as_of; of
 * corrections the newest), from `since` on by the feed's own time column
 * (INSTANT_NONE: all), ordered by key and time.  `take` owns nothing. */
gboolean warehouse_read(Warehouse *warehouse, const char *group, Feed feed, Instant as_of, Instant since,
                        gboolean (*take)(void *self, const char *source, const Observation *row, GError **error), void *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
    char *source;             /* owned */
    Feed feed;
    Instant pulled_at;        /* last good pull; INSTANT_NONE = never */
    Instant newest_fact;      /* newest recorded_at (facts known at as_of) */
    guint64 rows, quarantined;
    guint failures;           /* in a row */
    char *message;            /* of the last failure, owned; NULL when the last pull was good */
} SourceFreshness;

/* One element per source and feed of the group; free with g_array_unref (cells are cleared). */
GArray *warehouse_freshness(Warehouse *warehouse, const char *group, Instant as_of, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* --- lease ------------------------------------------------------------------ */

/* Take or renew the lease on a group; TRUE with *token > 0 when it is ours,
 * TRUE with 0 when another holder has it (its name in *holder, caller frees). */
gboolean warehouse_lease(Warehouse *warehouse, const char *group, const char *me, gint64 *token, char **holder, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean warehouse_lease_release(Warehouse *warehouse, const char *group, const char *me, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* --- runs ------------------------------------------------------------------- */

typedef struct {
    const char *facility, *unit, *measure;
    Grain grain;
    const Outlook *outlook;      /* member = who made it ("wardcast" for the released one); NULL only when withheld:
                                    then one row without numbers is written for target_at[0] */
    const Instant *target_at;    /* [horizon] */
    RowStatus status;
    const char *reason;          /* NULL when ok */
    Instant data_as_of, valid_until; /* INSTANT_NONE: unknown, for ever */
    gboolean counts;
    const double *shift, *width; /* [horizon] correction by what came of earlier forecasts; NULL = none */
} ForecastRows;

typedef struct {
    const char *facility;
    const Plan *plan;
} FacilityPlan;

typedef struct {
    const char *facility, *unit, *measure;
    Grain grain;
    Instant from, until;         /* targets scored */
    guint n;
    double mae, naive_mae, pinball, coverage80, bias; /* MISSING when unknown */
    double expected;             /* pinball loss that the forecast's own quantiles led one to expect */
    double first_score, last_pit; /* normal score of the first target, probability integral of the last */
    gboolean sound;              /* the data were fresh and moved: the models may be judged by this row */
} ScoreRow;

/* What the ranges of one series and one range of steps ahead have learnt (aci.h). */
typedef struct {
    const char *facility, *unit, *measure;
    Grain grain;
    guint bucket;                /* 0 = the nearest steps */
    double shift, stretch;       /* of the last recalibration, in normal scores; 0 and 1 = none */
    double factor;               /* on top of it, by what came since */
    guint64 seen;
    double missed;
    Instant judged_until;        /* the newest target judged; INSTANT_NONE = none */
    const char *model_hash;      /* read only: of the run that told it */
} RangeRow;

/* A step taken because the forecasts of a series no longer fit. */
typedef struct {
    const char *facility, *unit, *measure;
    Grain grain;
    const char *step, *cause;    /* words of drift.h */
    Instant since;               /* about when the change began */
    const char *reason, *done;   /* in words */
    Instant slot;                /* read only, as the next: of the run that took it */
    const char *model_hash;
} StepRow;

typedef struct {
    const char *group;
    Instant slot;                /* schedule slot; (group, slot) is the cycle_key */
    Instant as_of;               /* inputs known until here */
    Instant data_watermark;      /* newest recorded_at among the inputs; INSTANT_NONE = no facts */
    guint64 seed;
    const char *program_version;
    const char *model_hash;      /* SHA-256 hex of the release file, "none" without networks */
    const char *config_hash;     /* SHA-256 hex of the settings that shape the rows */
    const char *summary;         /* one human line */
    gint64 token;                /* fencing token of the lease; 0 for runs without a lease (once, demo) */
    const ForecastRows *forecast; gsize forecasts;
    const FacilityPlan *plan; gsize plans;
    const ScoreRow *score; gsize scores;
    const RangeRow *range; gsize ranges;
    const StepRow *step; gsize steps;
} RunRecord;

/* Is there a run for this group and slot?  *run_id 0 when not. */
gboolean warehouse_find_run(Warehouse *warehouse, const char *group, Instant slot, gint64 *run_id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Publish: everything in one transaction, NOTIFY wardcast_published.  When the
 * slot is already published nothing is written and *run_id is that run's
 * (*published FALSE).  Retries serialization failures and failovers with
 * jitter until deadline_s.  Numbers of withheld rows are not written.  After
 * WAREHOUSE_ERROR_DOWN the run may be there all the same (the reply to COMMIT
 * was lost and the server did not come back in time): publish again, or ask
 * warehouse_find_run(). */
gboolean warehouse_publish(Warehouse *warehouse, const RunRecord *record, double deadline_s, gint64 *run_id, gboolean *published, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* SHA-256 hex over all rows of a run in key order, for replay; caller frees.
 * Of the run itself it covers group, slot, as_of, data watermark, seed, model
 * and configuration, not program version, summary, run_id or published_at. */
char *warehouse_run_digest(Warehouse *warehouse, gint64 run_id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same digest for a record not published. */
char *warehouse_record_digest(const RunRecord *record);

typedef struct { gint64 run_id; char *group; Instant slot, as_of, published_at; guint64 seed; char *model_hash, *config_hash, *summary; } RunHead;
void run_head_clear(RunHead *head);
/* The head of a run by id, or (run_id 0) the newest of a group at or before `before`; head->run_id 0 when none. */
gboolean warehouse_run_head(Warehouse *warehouse, gint64 run_id, const char *group, Instant before, RunHead *head, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* How many runs of a group were made before their time (slots to come, and those
 * of the last week), and the last of these slots; INSTANT_NONE when none.  Readers
 * are not shown them as long as there is another. */
gboolean warehouse_runs_ahead(Warehouse *warehouse, const char *group, guint *runs, Instant *last, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Scores that the runs of a group told, slots from `since` (of weeks and months
 * from `long_since`) to before `before`, oldest first; runs of versions that did
 * not watch drift are passed over. */
typedef struct {
    const char *facility, *unit, *measure;
    Grain grain;
    Instant slot;
    guint n;
    double pinball, coverage80, expected, first_score, last_pit; /* as in ScoreRow */
    gboolean sound;
    const char *model_hash;
    Instant until;               /* the newest target scored */
} PastScore;
gboolean warehouse_read_scores(Warehouse *warehouse, const char *group, Instant since, Instant long_since, Instant before,
                               gboolean (*take)(void *self, const PastScore *row, GError **error), void *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Forecast rows of a run, released member only, for scoring: `take` sees one row per target. */
typedef struct { const char *facility, *unit, *measure; Grain grain; Instant target_at; gsize step; double mean; const double *quantile; } PastForecast;
gboolean warehouse_read_forecasts(Warehouse *warehouse, gint64 run_id,
                                  gboolean (*take)(void *self, const PastForecast *row, GError **error), void *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What the ranges had learnt by the newest run of a group before `slot`: `take` sees one row per series and bucket. */
gboolean warehouse_read_ranges(Warehouse *warehouse, const char *group, Instant slot,
                               gboolean (*take)(void *self, const RangeRow *row, GError **error), void *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Published forecasts whose day has come: of each question's series all that runs
 * of the group with slots from `spoken_after` to before `slot` said of targets
 * after `after` up to `until`, released member only.  `take` sees them by question,
 * target and run. */
typedef struct {
    const char *facility, *unit, *measure;
    Grain grain;
    Instant spoken_after, after, until;
} AnswerQuestion;
typedef struct {
    gsize question;
    Instant target_at;
    gsize step;
    double shift, width;         /* as it had been corrected; 0 and 1 = not */
    const double *quantile;      /* [OUTLOOK_LEVELS] */
} Answer;
gboolean warehouse_read_answers(Warehouse *warehouse, const char *group, Instant slot, const AnswerQuestion *question, gsize questions,
                                gboolean (*take)(void *self, const Answer *row, GError **error), void *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Of these only what the newest run said that had spoken of the target `until`. */
gboolean warehouse_read_newest(Warehouse *warehouse, const char *group, Instant slot, const AnswerQuestion *question, gsize questions,
                               gboolean (*take)(void *self, const Answer *row, GError **error), void *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Steps that runs of a group with slots before `before` took, oldest first: those
 * since `since`, and all of runs that forecast with `model_hash`. */
gboolean warehouse_read_steps(Warehouse *warehouse, const char *group, Instant since, Instant before, const char *model_hash,
                              gboolean (*take)(void *self, const StepRow *row, GError **error), void *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
