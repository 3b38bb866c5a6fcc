/* stability.h -- are the values that the models read still spread as they were?
 *
 * A ward that is given other patients, a feed that counts something new: forecasts
 * may hold for a while, but the networks read what they have never seen.  The last
 * four weeks of a series, or of a covariate that a feed brings, are compared with
 * the years before.  Like is compared with like: each value has its place among
 * those of the same hour of the week (of days: the same weekday), so that a quiet
 * Sunday is no drift, and the places are counted in fifths.
 *
 * How far two such spreads are apart is told by the population stability index:
 * 0 = alike, beyond 0.2 = another population, by the usual rule.  But few values,
 * values that resemble their neighbours, and the seasons of the year make it large
 * where nothing has changed.  So it counts only what is more than chance makes it,
 * and only an index three times as large as any that four weeks of the years before had
 * when they were held against the rest.
 *
 * Shapes   value[length], step 0 of it is `start`; the newest last.
 * Missing  NaN is passed over.  A fourth of the last weeks may be missing, and half
 *          of any four before; twelve such are needed, about a year, or nothing is
 *          judged.  Weeks and months are too few to be judged.
 * Source   S. Kullback, R. A. Leibler (1951), Ann. Math. Stat. 22(1), for the symmetric
 *          divergence; N. Siddiqi (2006), Credit Risk Scorecards, for its use and the 0.2;
 *          B. Yurdakul (2018), Statistical properties of population stability index, for
 *          its mean (fifths - 1)(1/n + 1/m) under no change.
 * Threads  pure functions.
 */
#pragma once
#include "forecast/series/grain.h"
#include "forecast/series/missing.h"

enum { STABILITY_BINS = 5, STABILITY_DAYS = 28 };

typedef struct {
    double index;                 /* of the last four weeks */
    double limit;                 /* beyond it is drift */
    double share[STABILITY_BINS]; /* of the last four weeks, from the lowest fifth to the highest */
    gint64 since;                 /* step at which they most likely began to differ */
} Stability;

/* The index of two counts: sum of (p - q) ln(p / q), half a value added to each bin
 * so that an empty one is no wonder; a bin that neither has counts for nothing. */
double stability_index(const double *recent, const double *reference, gsize bins);

/* FALSE: too little is known. */
gboolean stability_judge(const double *value, gsize length, gint64 start, Grain grain, Stability *stability) G_GNUC_WARN_UNUSED_RESULT;
