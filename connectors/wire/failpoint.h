/* failpoint.h -- named places where a test can kill the program.
 *
 * A crash must lose and double nothing, wherever it happens.  A program built
 * with --enable-failpoints and started with WARDCAST_FAILPOINT=name:n kills
 * itself (SIGKILL, so that nothing is tidied up) when it passes that name for
 * the n-th time.  In any other build the call is nothing at all.
 *
 * Errors   a name that is not in the table ends the program with a message.
 * Threads  safe from any.
 */
#pragma once
#include "config/build.h"

/* Every name there is, in the order of a cycle. */
#define FAILPOINTS \
    "pull-begin", "pull-row", "pull-end", \
    "take-begin", "take-row", "take-before-commit", "take-after-commit", \
    "snapshot-read", "series-made", "forecast-begin", "forecast-end", "paths-made", "plan-made", \
    "publish-begin", "publish-ledger", "publish-forecast", "publish-staffing", "publish-beds", "publish-scores", "publish-ranges", \
    "publish-before-commit", "publish-after-commit", "notify-sent", \
    "lease-taken", "lease-renewed", "report-begin", "report-written", \
    "train-step", "weights-before-rename", "weights-after-rename", "migrate-step", "reload"

/* The table, NULL-terminated; in every build. */
const char *const *failpoint_names(void);

#ifdef WITH_FAILPOINTS
void failpoint(const char *name);
#else
#define failpoint(name) ((void)0)
#endif
