/* explaining.h -- why a series' forecast says what it says.
 *
 * One step of one series is told as a sum: the anchor's level, trend, seasons and
 * calendar, what the members together make of it, and the correction of the
 * ranges; nothing is left over.  Of hours and days also how it differs from the usual.  Beside it each member with its weight, what it
 * says, and what would be published without it; and of each network that has a
 * say how what it adds is shared out among what it was shown (explain.h).
 *
 * Units    parts in the anchor's g-space; what members say in the series' own unit.
 * Threads  pure.
 */
#pragma once
#include "daemon/engine/engine.h"
#include "forecast/model/explain.h"

typedef struct {
    const Series *series;
    gsize origin, step;               /* index of the first unknown value; 0 = it */
    Outlook *published;               /* owned */
    gboolean multiplies;              /* parts are factors of 1 + y once exponentiated */
    double part[ANCHOR_PARTS];
    double members, correction, sum;  /* what the members add, what the ranges' correction adds; all together */
    gsize count;                      /* members with a weight */
    const char *member[RELEASE_MEMBERS_MOST];
    double weight[RELEASE_MEMBERS_MOST], says[RELEASE_MEMBERS_MOST], without[RELEASE_MEMBERS_MOST]; /* MISSING: no answer, nobody left */
    gsize networks;
    const char *network[NETWORK_KINDS];
    double network_weight[NETWORK_KINDS];
    gboolean plain[NETWORK_KINDS];    /* it corrects not the anchor above but the same as last season */
    double network_part[NETWORK_KINDS][ANCHOR_PARTS]; /* of the anchor that it corrects */
    ExplainNetwork explanation[NETWORK_KINDS];
    char *against;                    /* the usual, in words (telling.h); owned, NULL: nothing can be said for sure */
    char *note;                       /* why it is not as the release intends; owned, NULL when it is */
} Explaining;

/* What is to be explained, and how it was forecast. */
typedef struct {
    const Release *release;         /* NULL: without one */
    const Series *const *series;    /* [n] forecast together */
    gsize n, which, step;           /* the series and the step ahead that is explained; 0 = the first */
    const Calendar *calendar;
    const gsize *origin;            /* [n]; NULL: after the last known value */
    const gboolean *anew;           /* [n] as of engine_forecast_anew(); NULL: none */
    gsize horizon;                  /* 0: the release's, or up to the step */
    const Outlook *published;       /* what came of it after all corrections; NULL: what the engine says */
} ExplainingOrder;

/* *explaining must be cleared, also when it fails; it borrows the series. */
gboolean explaining_order(const ExplainingOrder *order, Explaining *explaining, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same of step `step` of series number `which` as engine_forecast() has it. */
gboolean explaining_make(const Release *release, const Series *const *series, gsize n, gsize which, const Calendar *calendar, gsize step,
                         Explaining *explaining, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void explaining_clear(Explaining *explaining);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Explaining, explaining_clear)

/* For people and for programs; free with g_free(). */
char *explaining_text(const Explaining *explaining);
char *explaining_json(const Explaining *explaining);
