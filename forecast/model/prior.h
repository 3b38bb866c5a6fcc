/* prior.h -- invented hospitals, for networks to learn from before they meet a real one.
 *
 * A ward with two weeks of history says little of itself; what is common to
 * hospitals must be known before.  The prior makes any number of hospitals up:
 * single counts with trend, seasons, holidays, waves and steps; epidemics;
 * whole hospitals through which patients flow; and series that follow no
 * calendar at all.  Then records are kept as badly as real ones are: some steps
 * are missing, some are reported late and made up for, some are slips.  No real
 * record is used.
 *
 * Shapes   one hospital gives 1 to 9 series of one grain; those of a flow are linked.
 * Missing  as in any Series.
 * Source   pretraining on a synthetic prior: S. Dooley et al. (2023), ForecastPFN.
 * Threads  pure: the same options and number give the same series.
 */
#pragma once
#include "forecast/series/calendar.h"
#include "forecast/series/series.h"

typedef struct {
    Grain grain;
    const Calendar *calendar; /* its holidays are those of all invented hospitals */
    guint64 seed;
    gsize length;             /* steps of each series */
    gboolean clean;           /* keep records perfectly */
} PriorOptions;

typedef enum { PRIOR_COUNT, PRIOR_EPIDEMIC, PRIOR_HOUSE, PRIOR_PLAIN, PRIOR_KINDS } PriorKind;

/* What hospital number `number` is. */
PriorKind prior_kind(const PriorOptions *options, guint64 number);

/* Append the series of hospital `number` (owned by the array's free function). */
void prior_hospital(const PriorOptions *options, guint64 number, GPtrArray *series);

/* `count` series of as many hospitals as it takes; free with g_ptr_array_unref(). */
GPtrArray *prior_series(const PriorOptions *options, gsize count);
