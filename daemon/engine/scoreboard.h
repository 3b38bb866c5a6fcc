/* scoreboard.h -- a backtest as a table: one row per member, best read from the bottom up.
 *
 * Units    as score.h; `difference` is the mean pinball loss against naive's, each
 *          series counted in units of its own seasonal naive error, as a share of
 *          naive's: -0.1 means a tenth better.  Its interval is a bootstrap over
 *          series when there are ten or more, else over origins.
 *          "next MAE" is that of the first step ahead, "sum MAE" that of all steps of an
 *          origin added up (the next ten hours, the next week).
 * Missing  a member that never answered has rows = 0 and MISSING figures.
 * Threads  pure.
 */
#pragma once
#include "forecast/judge/backtest.h"

typedef struct {
    const char *member; /* borrowed from the Backtest */
    Score score;
    double difference, low, high;
    gsize pairs;
} ScoreboardRow;

/* One row per member of the backtest, in its order; free with g_free().
 * scale[series]: what MASE counts in. */
ScoreboardRow *scoreboard_new(const Backtest *backtest, const double *scale, guint64 seed);

/* For people, columns aligned; free with g_free(). */
char *scoreboard_text(const ScoreboardRow *row, gsize rows);

/* As CSV with a header; free with g_free(). */
char *scoreboard_csv(const ScoreboardRow *row, gsize rows);
