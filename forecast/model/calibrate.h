/* calibrate.h -- make a range hold as often as it says.
 *
 * Past forecasts beside what came show whether a 90 % range held nine times in
 * ten.  A Calibration moves and stretches later forecasts so that it does: a
 * curve for the whole group and, as far as its own evidence goes, a shift and a
 * stretch for each series, each for four ranges of steps ahead.  A middle moves and
 * the group's ranges narrow only as far as the origins agree, they widen at once:
 * the series of one hospital meet the same good and bad weeks.  Within the group
 * some series then widen and others narrow, so that on the whole it stays as it is.
 *
 * Shapes   quantile[series][origins][horizon][OUTLOOK_LEVELS], actual[series][origins][horizon].
 * Units    everything inside is on the scale of normal scores: 0 is the median,
 *          1.96 the 97.5 % level.
 * Missing  a NaN actual or quantile is left out.
 * Source   V. Kuleshov, N. Fenner, S. Ermon (2018), ICML, for recalibrated levels; C. Czado,
 *          T. Gneiting, L. Held (2009), Biometrics 65, for counts; W. James, C. Stein (1961), Proc.
 *          4th Berkeley Symp. 1, for shifts that no accident explains; V. Vovk et al. (2005),
 *          Algorithmic Learning in a Random World, for the finite-sample rank.
 * Threads  after it is made it is only read.
 */
#pragma once
#include "forecast/model/outlook.h"

enum { CALIBRATE_BUCKETS = 4 };

typedef struct Calibration Calibration;

/* A series that the Calibration has not seen: the group's curve alone. */
#define CALIBRATE_GROUP G_MAXSIZE

/* Learn from a backtest of what is to be released.  counts[series].  The
 * caller owns it.  Without any known pair it changes nothing. */
Calibration *calibrate_new(const float *quantile, const float *actual, const gboolean *counts,
                           gsize series, gsize origins, gsize horizon) G_GNUC_WARN_UNUSED_RESULT;
void calibrate_free(Calibration *calibration);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Calibration, calibrate_free)

/* Correct an Outlook of series number `series` in the order of calibrate_new(),
 * or CALIBRATE_GROUP.  The 95 % range never becomes narrower than 0.8 times or
 * wider than 4 times what it was.  Steps beyond the horizon it learnt from are
 * taken as its last. */
void calibrate_apply(const Calibration *calibration, gsize series, gboolean counts, Outlook *outlook);

gsize calibrate_series(const Calibration *calibration);

/* The normal score of what came under a forecast, within -5 .. 5.  For
 * counts the probability is spread over the jump at the whole number by a fixed
 * function of `key` (any number that names the case). MISSING in, MISSING out. */
double calibrate_score(const Outlook *outlook, gsize h, double actual, gboolean counts, guint64 key);

/* As bytes, and back.  MODEL_ERROR_FILE: not what it should be. */
GBytes *calibrate_to_bytes(const Calibration *calibration);
Calibration *calibrate_from_bytes(GBytes *bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
