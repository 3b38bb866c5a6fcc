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

/* Explain step `step` of series number `which`.  release may be NULL; *explaining
 * must be cleared, also when it fails. */
gboolean explaining_make(const Release *release, const Series *const *series, gsize n, gsize which, const Calendar *calendar, gsize step,
                         Explaining *explaining, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void explaining_clear(Explaining *explaining);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Explaining, explaining_clear)

/* For people and for programs; free with g_free(). */
char *explaining_text(const Explaining *explaining);
char *explaining_json(const Explaining *explaining);
