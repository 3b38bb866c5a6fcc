/* series.h -- a count of patients (or beds) at regular civil steps.
 *
 * A Series is what every forecaster reads: one unit, one measure, one grain,
 * no holes in the step numbers.  A value that is not known is MISSING; a value
 * that was filled or replaced by mend.h carries the reason in `mended`.
 * Covariates that are known ahead (a planned list, a holiday flag of the
 * hospital, a temperature forecast) reach beyond the last value.
 *
 * Shapes   value[length], mended[length]; covariate[covariates][cover] row-major,
 *          column t belongs to step start + t; cover >= length when there are covariates.
 * Units    value in the measure's own unit (patients, beds, reports per step).
 * Missing  MISSING (NaN) in value and in covariate.
 * Threads  readers may share a Series that nobody changes.
 */
#pragma once
#include "forecast/series/grain.h"
#include "forecast/series/missing.h"

/* Why a value is not what the source reported. */
typedef enum {
    MEND_NONE,     /* as reported */
    MEND_GAP,      /* missing, filled from neighbouring steps or seasons */
    MEND_ABSURD,   /* negative, not finite or out of any reason: replaced */
    MEND_CLOCK,    /* the hour that does not exist in spring, or one of the two of autumn */
    MENDS
} Mend;

typedef struct {
    char *id;            /* "facility/unit/measure" from the warehouse, series_id in file mode; UTF-8, never empty */
    Grain grain;
    int label_day;       /* day that the source's dates fall on; GRAIN_WEEK: weekday, 0 = Monday;
                            GRAIN_MONTH: day of the month, 0 = the first, 30 = the last of every month */
    gboolean flow;       /* TRUE: events during the step (arrivals); FALSE: a level (census, beds) */
    gboolean counts;     /* TRUE: every known value is a whole number >= 0, and so is every forecast */
    gint64 start;        /* step number of value[0] */
    gsize length;
    double *value;
    guint8 *mended;      /* Mend */
    gsize covariates, cover;
    char **covariate_name;
    double *covariate;
    double exposure;     /* common scale (population, staffed beds); 1 when none was named */
} Series;

/* A Series of `length` missing values.  The caller owns it: end with series_free(). */
Series *series_new(const char *id, Grain grain, gint64 start, gsize length);
void series_free(Series *series);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Series, series_free)

/* Give the Series `count` named covariates over `cover` steps, all MISSING.
 * Replaces earlier ones.  cover must be at least length (asserted). */
void series_set_covariates(Series *series, const char *const *name, gsize count, gsize cover);

/* A deep copy that knows only the first `length` values; covariates are kept
 * whole, because they are known ahead. */
Series *series_upto(const Series *series, gsize length);

/* Number of values that are known. */
gsize series_known(const Series *series);
