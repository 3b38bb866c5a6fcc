/* drift.h -- has the hospital changed, or only had a bad week?
 *
 * Every day the forecasts of the day before are held against what came.  Five
 * watchers read that diary of one series: errors that lean to one side (a level
 * shift), errors that grow (the model no longer fits), a band that has at once
 * become too narrow, one that in the long run does not hold as often as it says,
 * and truths that fall where the forecast did not
 * expect them.  One alarm a year is what chance alone may raise.  Each alarm
 * says in plain words what changed and since when, and asks for the smallest
 * step that can help: correct the ranges, refit the classical members, tune the
 * networks, train anew.  An alarm that comes back asks for the next step.
 *
 * Whether the values that the models read are still spread as they were is seen
 * elsewhere (stability.h): DRIFT_INPUT is never found here.
 *
 * While the data themselves are late or stuck no model is accused: those days
 * are passed over, and the data are named as the cause.
 *
 * Weekly and monthly series keep a diary of weeks and months: fewer lines teach
 * what is usual and alarms stand for longer, in days.
 *
 * Shapes   one DriftDay per day (week, month) that was scored, ascending; gaps are allowed.
 * Units    losses in what the forecast's own quantiles lead one to expect: 1 = as
 *          it says; scores are normal scores (0 = the median came).
 * Missing  a figure that is not known is passed over by its watcher.
 * Source   E. S. Page (1954), Biometrika 41, for the cumulative sum; D. V. Hinkley (1971),
 *          Biometrika 58, for the running mean; A. Kolmogorov (1933).  The limits were
 *          set by simulation: test_drift prints rate and delay with its seed.
 * Threads  pure functions.
 */
#pragma once
#include "forecast/model/outlook.h"

typedef struct {
    gint64 day;      /* day, week or month (grain.h) of the scoring */
    double loss;     /* mean pinball loss over the expected one */
    double score;    /* normal score of the first step's truth */
    double inside;   /* share of the truths inside the 80 % band */
    double pit;      /* P(Y <= y) of the last step scored */
    gboolean sound;  /* the data behind it were fresh and moved */
    guint model;     /* any number above 0 that changes when another model forecasts */
} DriftDay;

typedef enum { DRIFT_NONE, DRIFT_DATA, DRIFT_LEVEL, DRIFT_LOSS, DRIFT_COVERAGE, DRIFT_SHAPE, DRIFT_INPUT, DRIFT_CAUSES } DriftCause;
typedef enum { DRIFT_KEEP, DRIFT_WAIT, DRIFT_RECALIBRATE, DRIFT_REFIT, DRIFT_TUNE, DRIFT_RETRAIN, DRIFT_ACTIONS } DriftAction;

const char *drift_cause_name(DriftCause cause);    /* "none", "data", "level", ... */
const char *drift_action_name(DriftAction action); /* "keep", "wait", "recalibrate", ... */

typedef struct {
    DriftCause cause;
    DriftAction action;
    gint64 day;      /* of the alarm: day, week or month as in the diary */
    gint64 since;    /* about when the change began, likewise */
    guint alarms;    /* of the models, in all days given */
    gboolean answered; /* another model forecasts since the alarm */
    char *sentence;  /* what changed, in plain words; NULL when nothing did; owned */
} DriftVerdict;
void drift_verdict_clear(DriftVerdict *verdict);

/* What stands today: the newest alarm of the last two weeks (weeks: four, months:
 * two of them), or the state of the data.  `grain` is that of the diary:
 * GRAIN_DAY, GRAIN_WEEK or GRAIN_MONTH. */
void drift_judge(const DriftDay *day, gsize days, Grain grain, DriftVerdict *verdict);

/* The pinball loss that quantiles which are right lead one to expect, a mean over their 13 levels. */
double drift_expected_loss(const double quantile[OUTLOOK_LEVELS]);

/* Do the newest values of a series stand still as those before never did?  A
 * feed that repeats itself looks like this.  NaN is passed over; zeros are quiet, not stuck. */
gboolean drift_stuck(const double *value, gsize length, gsize season);
