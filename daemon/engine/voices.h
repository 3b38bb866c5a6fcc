/* voices.h -- who speaks in a forecast: those whom training trusts, as far as the last days bear them out.
 *
 * First the release says who speaks.  What these say together is compared with the
 * last week; where it strays from it, and of days always, the last days say whom
 * to believe instead (trust.h).  The same happens to a past morning in a backtest,
 * to a file of an administrator, and in the daemon.
 *
 * Threads  each Voices has one owner.
 */
#pragma once
#include "daemon/engine/trust.h"

typedef struct {
    const Release *release; /* NULL: none */
    gsize number;           /* the series' row in it */
    const Series *series;
    gsize origin, horizon;
    Panel *past;            /* fitted before trust_fit(), or earlier; NULL: the last days are not asked */
    gsize place;            /* of the series in it */
    gboolean group;         /* engine_asks_group() */
    gboolean anew;          /* ask the last days without a sign that anything has changed */
    /* what comes of it */
    double weight[RELEASE_MEMBERS_MOST]; /* [panel_members()] */
    double moved;           /* share of all weight that is not where the release has it, 0 .. 1 */
    double changed;         /* how likely its habits have, lately (trust_changed) */
    gboolean strays;        /* from the last week, does what the release alone would say; or habits are more likely to have changed than not */
    gboolean own;           /* training says nothing of this series: its own days alone decide */
} Voices;

/* As the release has it; the first part is the caller's to fill in. */
void voices_begin(Voices *voices);

/* Let the last days speak, once those with a weight have been asked: part[panel_members()],
 * NULL where one had no answer; `all`: all had.  Who then has a weight is to be asked too. */
void voices_listen(Voices *voices, Outlook *const *part, gboolean all);

/* Did the last days say something else than the training, and need to? */
gboolean voices_overrule(const Voices *voices);

/* Who speaks loudest. */
gsize voices_first(const Voices *voices);
