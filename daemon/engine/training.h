/* training.h -- decide from a backtest who publishes, and make the Release.
 *
 * The judge's side of training: which past mornings to hold back, and what the
 * answers of those mornings mean for each series.
 *
 * Threads  pure.
 */
#pragma once
#include "daemon/engine/engine.h"
#include "forecast/judge/backtest.h"

/* Choose how many origins to hold back, and how far apart, so that at least two
 * thirds of a series of usual length stay for training; what `options` names is kept. */
void training_plan(const Series *const *series, gsize n, const EngineOptions *options, const gsize season[2], BacktestOptions *plan);

/* Which members `names` (comma-separated; NULL or "auto": all) allows for series
 * of a grain: allowed[panel_members()].  JUDGE_ERROR_DATA: an unknown name (the
 * message has the known ones), or none of them is made for the grain. */
gboolean training_allowed(const char *names, Grain grain, gboolean *allowed, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The scale of a series' losses: its seasonal naive error over value[0 .. until-1],
 * else its mean size, else 1. */
double training_scale(const Series *series, gsize until, gsize season);

/* Weights, gate, calibration, scores and card from the backtest of all panel
 * members (a member that is not allowed may be all MISSING).  Networks, seed
 * and watermark are the caller's to fill in. */
Release *training_decide(const Backtest *backtest, const Series *const *series, const gboolean *allowed, const gsize season[2]);

/* What a backtest (BacktestOptions.self) passes on to the options' progress. */
typedef struct {
    const EngineOptions *options;
    const char *what; /* is being done */
} TrainingReport;
gboolean training_report(void *self, double share);
