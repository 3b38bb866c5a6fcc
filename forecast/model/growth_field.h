/* growth_field.h -- a group of weekly series on one scale and one calendar.
 *
 * Shapes   [series][weeks] row-major; week 0 is the first of the group (at most
 *          GROWTH_WEEKS_MOST before the origin), week weeks-1 the last before it.
 * Units    z = (rate + 0.05)^(1/4); the mean rate of the group is 1.
 * One week alone that leaps away from what the group does is not believed: it
 * counts as a step of 3.5 robust standard deviations of the group's steps, until
 * the week after bears it out, and tells nothing of growth.  Fewer than ten series do not tell what is usual.
 *
 * Source   B. Iglewicz, D. C. Hoaglin (1993), How to Detect and Handle Outliers, for the 3.5; S. Gelper, R.
 *          Fried, C. Croux (2010), J. Forecast. 29(3), for smoothing what has been held back so.
 * Missing  z is MISSING before the first known value, afterwards the last known one.
 * Threads  after growth_field_new it is only read.
 */
#pragma once
#include "forecast/model/member.h"

enum { GROWTH_WEEKS_MOST = 520, GROWTH_FEATURES = 14, GROWTH_SPREADS = 6 };

typedef struct {
    gsize series, weeks;
    double *unit;    /* [series]: the count that is a rate of 1 */
    double *size;    /* [series]: log of unit, its mean over the series taken off */
    gboolean *known; /* as reported, not carried on */
    double *z;
    double *sure;    /* where a leap is not believed yet: z as the middle step of the places has it, from which growth is told; else MISSING */
    double *smooth;  /* z smoothed exponentially */
    double *feature; /* [series][weeks][GROWTH_FEATURES]: what growth may depend on */
    double *spread;  /* [series][weeks][GROWTH_SPREADS]: what the size of errors may depend on */
} GrowthField;

/* The series of the tasks before their common date.  A series that cannot be
 * put on the scale gets its complaint and is nowhere known. */
GrowthField *growth_field_new(const Task *task, gsize tasks, GError **complaint);
void growth_field_free(GrowthField *field);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GrowthField, growth_field_free)

/* z of a count of a series; from z back to a count, at least 0. */
double growth_field_z(const GrowthField *field, gsize series, double count);
double growth_field_count(const GrowthField *field, gsize series, double z);
