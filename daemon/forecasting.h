/* forecasting.h -- the outlook of every series of a Snapshot, and how far to trust it.
 *
 * Series of one grain are forecast together by that grain's release (the
 * trained networks with the backtest's verdict); without a release, or with a
 * damaged one, the classical members do it and the rows say so.
 *
 * Shapes   one ForecastItem per series of the Snapshot, in its order.
 * Threads  pure but for reading model files.
 */
#pragma once
#include "config/config.h"
#include "daemon/explaining.h"
#include "daemon/ranging.h"

typedef struct {
    const SnapshotSeries *series;
    Outlook *outlook;       /* owned; NULL when withheld */
    double *shift, *width;  /* [outlook->horizon], owned: how ranging.h corrected it; NULL when withheld */
    Instant *target_at;     /* [outlook->horizon], owned; when withheld one element: the first step that would have been */
    RowStatus status;       /* the worse of the data's and the forecast's */
    char *reason;           /* owned; NULL when ok */
    gboolean whole;         /* a total that its units add up to (totals.h) */
    gsize slot;             /* place of the series among those of its grain */
} ForecastItem;

typedef struct Forecasting Forecasting;

/* Open the models of each grain of the Snapshot, which must outlive the Forecasting. */
Forecasting *forecasting_new(const Config *config, const Snapshot *snapshot);

/* Forecast all, once, and correct the ranges by what has been learnt.  Of the
 * series (SnapshotSeries) in the set `refit`, which may be NULL, the last days
 * decide anew whom to believe; networks keep their share. */
gboolean forecasting_make(Forecasting *forecasting, const Config *config, const Snapshot *snapshot, const Ranging *ranging, GHashTable *refit,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
void forecasting_free(Forecasting *forecasting);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Forecasting, forecasting_free)

const GPtrArray *forecasting_items(const Forecasting *forecasting); /* ForecastItem */
const ForecastItem *forecasting_find(const Forecasting *forecasting, const char *facility, const char *unit, const char *measure);

/* Why step `step` of an item that has an outlook says what it says: with the weights it
 * was made with, and all that was corrected afterwards.  *explaining is to be
 * cleared, and borrows from the Snapshot. */
gboolean forecasting_explain(const Forecasting *forecasting, const ForecastItem *item, gsize step, const Calendar *calendar, Explaining *explaining,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* SHA-256 hex over the release files used, "none" without any. */
const char *forecasting_model_hash(const Forecasting *forecasting);

/* What a reader should know about the models: one sentence per grain. */
const GPtrArray *forecasting_remarks(const Forecasting *forecasting);

/* Joint sample paths of some items of one grain and one horizon: out[items][paths][horizon].
 * Of the census of units that a total adds up, as many paths as plans are made from are those that
 * the total's quantiles were read off, whatever the seed. */
gboolean forecasting_paths(const Forecasting *forecasting, const ForecastItem *const *item, gsize items,
                           gsize paths, guint64 seed, float *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
