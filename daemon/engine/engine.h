/* engine.h -- from series to forecasts: the members, the networks and the judge put together.
 *
 * Training holds back the last origins of every series, trains the networks
 * once on what lies before them, asks all members what they would have said,
 * and decides per series who publishes.  The outcome is a Release.
 * Forecasting asks the members that publish, blends and calibrates.  When a
 * member fails, the others step in, and the note says so: networks and
 * classical members, then ets and ridge, then naive, then an error for that
 * series alone.
 *
 * All series of one call share a grain; they may differ in everything else.
 *
 * Errors   as of the rooms below, prefixed with the step that failed.
 * Threads  the work is spread over threads; results do not depend on their number.
 */
#pragma once
#include "forecast/judge/backtest.h"
#include "forecast/model/release.h"

typedef struct {
    gsize horizon;        /* steps ahead, >= 1 */
    gsize season[2];      /* steps per season, shorter first; both 0 = as usual for the grain */
    gsize origins;        /* held back for the backtest; 0 = as the lengths allow */
    gsize stride;         /* steps between them; 0 = as the lengths allow */
    gsize refit;          /* engine_backtest: steps that a classical fit serves later origins; 0 = fit at each */
    guint64 seed;
    gsize seeds;          /* voices of each network (network.h); 0 = as usual */
    gboolean from_scratch; /* do not begin with the pretrained networks */
    gsize steps;          /* optimiser steps per voice; 0 = as usual for the grain */
    double seconds;       /* training time per network at most, 0 = no limit; binding makes the result depend on the machine */
    gsize threads;        /* 0 = processors */
    const char *member;   /* NULL or "auto": the backtest decides; one or more names with commas: only those */
    /* What is being done, the share done (0..1) and the loss so far (MISSING: none).
     * FALSE stops: MODEL_ERROR_STOPPED, or JUDGE_ERROR_STOPPED while members are asked about past days.  May be NULL. */
    gboolean (*progress)(void *self, const char *what, double share, double loss);
    void *self;
} EngineOptions;

/* The usual settings: seed 1, everything else as the data allow. */
void engine_options_init(EngineOptions *options, gsize horizon);

/* Names of all members the engine knows, classical ones first; NULL-terminated, static. */
const char *const *engine_members(void);

/* Train on series[n].  The caller owns *out. */
gboolean engine_train(const Series *const *series, gsize n, const Calendar *calendar, const EngineOptions *options,
                      Release **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
    gboolean fallback; /* not made as the release intends (or without a release) */
    char *sentence;    /* why, or why there is no forecast; NULL when all is well */
    char *verdict;     /* the gate's sentence of the release; NULL without one */
    double weight[RELEASE_MEMBERS_MOST]; /* how much each of engine_members() said */
} EngineNote;
void engine_note_clear(EngineNote *note);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(EngineNote, engine_note_clear)

/* Index of the first step after the last known value; 0 when none is known. */
gsize engine_origin(const Series *series);

/* Forecast series[n], each from origin[i] (index of the first unknown value;
 * origin NULL: after the last known value).  Those whom the release trusts speak, days
 * always and hours where that strays from the last week as far as the last days
 * bear them out (voices.h); without a release the classical members do, and every
 * note is a fallback.  So is that of a series whose last days overrule the training.  out[i], owned by the
 * caller, is NULL where no member had an answer; note[i] says why (clear each).
 * `part` (may be NULL) takes all members' own outlooks, part[i * engine members
 * + m], NULL where a member did not forecast; the caller owns them too. */
gboolean engine_forecast(const Release *release, const Series *const *series, gsize n, const gsize *origin, gsize horizon,
                         const Calendar *calendar, gsize threads, Outlook **out, EngineNote *note, Outlook **part,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same; of the series that anew[n] marks (NULL: none) the last days are asked
 * without such a sign, and of weeks and months too. */
gboolean engine_forecast_anew(const Release *release, const Series *const *series, gsize n, const gsize *origin, const gboolean *anew, gsize horizon,
                              const Calendar *calendar, gsize threads, Outlook **out, EngineNote *note, Outlook **part,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Does forecasting a grain from this release (NULL: without one) ask members that learn from
 * all series together?  If not, each series may be forecast in a call of its own. */
gboolean engine_asks_group(const Release *release, Grain grain);

/* Joint sample paths of the units of one facility: out[n][paths][horizon], from
 * their Outlooks (one horizon) and the way their past forecasts erred together. */
gboolean engine_paths(const Release *release, const Series *const *series, const Outlook *const *outlook, gsize n,
                      gsize paths, guint64 seed, float *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same for all units that `total` adds up: the sums of their paths spread as it does (paths_draw_parts). */
gboolean engine_paths_parts(const Release *release, const Series *const *series, const Outlook *const *outlook, gsize n, const Outlook *total,
                            gsize paths, guint64 seed, float *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* How good would forecasts have been?  Trains once before the first of `origins`
 * origins (`stride` steps apart; options->origins and stride are those of the
 * training inside), then forecasts from each.  The members of *out are
 * engine_members() and, last, "wardcast": what would have been published.
 * Members that options->member holds back are MISSING, but for naive. */
gboolean engine_backtest(const Series *const *series, gsize n, const Calendar *calendar, const EngineOptions *options,
                         gsize origins, gsize stride, Release **release, Backtest **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
