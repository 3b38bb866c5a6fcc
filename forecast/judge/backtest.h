/* backtest.h -- what would each forecaster have said on past mornings, and what came?
 *
 * For each series the harness picks origins (mornings), the last one the
 * latest that leaves a whole horizon of known values, the others `stride`
 * steps apart before it; it asks every forecaster at every origin and keeps
 * the answers beside the truth.  A series whose steps are never all known over
 * a whole horizon ends at its last known value instead.
 *
 * Shapes   quantile[member][series][origin][horizon][OUTLOOK_LEVELS],
 *          actual[series][origin][horizon], origin[series][origins] ascending.
 * Missing  an actual that is not known; the quantiles of a forecaster that failed;
 *          the places of origins that a short series does not have (index BACKTEST_NONE).
 * Threads  the work is spread over threads in jobs that do not depend on their
 *          number, each with its own place: the result is the same, bit for bit.
 */
#pragma once
#include "forecast/judge/score.h"

#define BACKTEST_NONE G_MAXSIZE

typedef struct {
    const char *name;
    /* Fill out[k] with the forecast of series number `series` from origin[k]
     * (index of the first unknown value), k < origins, ascending.  Called from
     * worker threads, for one origin of one series by one thread, the
     * forecasters in their order.  When it fails for several origins together it
     * is asked again for each alone. */
    gboolean (*forecast)(void *self, gsize series, const gsize *origin, gsize origins, Outlook **out, GError **error);
    void *self;
} Forecaster;

typedef struct {
    gsize horizon, origins, stride; /* each >= 1 */
    gsize least;                    /* known values that an origin must have before it, >= 1 */
    gsize threads;                  /* 0 = processors */
    /* Called from one thread at a time; FALSE stops: JUDGE_ERROR_STOPPED.  May be NULL. */
    gboolean (*progress)(void *self, double share);
    void *self;
} BacktestOptions;

typedef struct {
    gsize members, series, origins, horizon;
    char **name;      /* [members] */
    gsize *origin;    /* [series][origins] */
    float *quantile;
    float *mean;      /* as quantile, without the last axis; NULL: not kept, nor scored */
    float *actual;
    char **complaint; /* [members][series]: why the member failed there, or NULL */
    gboolean *counts; /* [series]: whole numbers; NULL: none */
} Backtest;

/* Fills origin[options->origins], ascending, with the origins of one series;
 * BACKTEST_NONE comes first where the series is too short for all of them. */
void backtest_origins(const Series *series, const BacktestOptions *options, gsize *origin);

/* The earliest of them, or BACKTEST_NONE. */
gsize backtest_first(const Series *series, const BacktestOptions *options);

/* Run it.  The caller owns the Backtest.  JUDGE_ERROR_MEMORY: the result does
 * not fit; the message names the size and the settings to lower. */
Backtest *backtest_new(const Series *const *series, gsize n, const Forecaster *forecaster, gsize members,
                       const BacktestOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void backtest_free(Backtest *backtest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Backtest, backtest_free)

/* The places of one origin: quantile[horizon][OUTLOOK_LEVELS], actual[horizon]. */
float *backtest_quantile(const Backtest *backtest, gsize member, gsize series, gsize origin);
float *backtest_mean(const Backtest *backtest, gsize member, gsize series, gsize origin);
float *backtest_actual(const Backtest *backtest, gsize series, gsize origin);

/* What one member said at one origin of one series, the caller owns it; NULL
 * when it had no answer.  `member` of the Outlook is borrowed from the Backtest. */
Outlook *backtest_outlook(const Backtest *backtest, gsize member, const Series *series, gsize number, gsize origin);

/* What one member scored at one origin of one series, with the quantiles of counts as
 * they are handed over (outlook_settle). */
ScoreSum backtest_sum(const Backtest *backtest, gsize member, gsize series, gsize origin);

#define JUDGE_ERROR (judge_error_quark())
GQuark judge_error_quark(void);
typedef enum { JUDGE_ERROR_MEMORY, JUDGE_ERROR_STOPPED, JUDGE_ERROR_DATA } JudgeError;
