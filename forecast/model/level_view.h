/* level_view.h -- what is seen of a ward on one day: its level, how it usually changes, and the shape of its week.
 *
 * The weekdays' shape is the middle of the last eight weeks, away from holidays
 * where there are enough of these; the level is what the last days lie at once it is
 * taken off.
 *
 * Units    z, shares of the ward's usual size (Ward.unit).
 * Missing  NaN.
 * Threads  pure.
 */
#pragma once
#include "forecast/model/transform.h"

enum {
    LEVEL_WEEK = 7,
    LEVEL_RECENT = 28,       /* days that are looked at */
    LEVEL_FEWEST_KNOWN = 14, /* of these */
    LEVEL_BASE_DAYS = 4,     /* days whose mean the features correct */
    LEVEL_FEATURES = 5
};
#define LEVEL_LEAST_SCALE 1e-4

/* A series on the group's clock: day 0 is `days` before the date. */
typedef struct {
    const char *id;
    gboolean counts;
    Transform transform;
    double unit; /* of z, in transformed values */
    double *z;   /* [length], holidays taken out */
    double error, weeks; /* sum of the sizes of its standardised errors, and how many weeks */
    double count;
} LevelWard;

/* What is seen of a ward on one day. */
typedef struct {
    gsize day;
    double shape[LEVEL_WEEK]; /* of the days from `day` on */
    double base, scale; /* level; usual change from day to day */
    double feature[LEVEL_FEATURES];
} LevelView;

/* On `day`, knowing z[0 .. day-1]; near[0 .. day-1]: on a holiday or beside one.  FALSE
 * when the four weeks before tell too little. */
gboolean level_view_see(LevelView *view, const LevelWard *ward, const gboolean *near, gsize day);

/* The middle of value[count], count >= 1, which is put in order. */
double level_view_median(double *value, gsize count);
