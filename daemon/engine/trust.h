/* trust.h -- whom the last days bear out.
 *
 * A release knows who was good before it was trained.  Hospitals change: a ward
 * doubles, a clinic opens in the afternoon, Mondays become Thursdays; and of a
 * ward that has just opened no training knows anything.  The last days know:
 * what each member would have said on mornings of the last four weeks, beside what
 * came.  Starting from what is believed anyway, day by day whoever did better
 * gains and whoever did worse loses (share.h), and a change is held to be possible
 * once a year, so that nobody is ever forgotten.
 *
 * A day says as much as it tells besides the day before: where the numbers wander (beds in
 * use) a week of days says little more than one of them, where each day is drawn
 * anew (arrivals) each says all it can.  The series' own past tells which.
 *
 * Members that were asked before a change cannot tell who is good after it.  So where
 * the numbers themselves tell of other habits within these four weeks (renew.h), the
 * member that begins anew on that day speaks as far as that is likely.
 *
 * Missing  values that are not known are not judged by.
 * Source   share.h; M. S. Bartlett (1946), J. R. Stat. Soc. Suppl. 8(1), for what correlated days are worth.
 * Threads  may be asked from several threads at once, each about its own series.
 */
#pragma once
#include "daemon/engine/panel.h"
#include "forecast/model/release.h"

/* Whose forecasts of an hour or a day are judged anew every time, without a sign that
 * anything has changed: days are cheap to ask about and gain by it, hours are neither. */
gboolean trust_always(Grain grain);

/* Before which value the Panel must have been fitted (panel_new) that is asked about an
 * origin, and for how many steps it keeps fits (panel_keep_fits): two weeks, so that after
 * a change those are heard that have begun to learn of it. */
gsize trust_fit(Grain grain, gsize origin);
gsize trust_steps(Grain grain);

/* Who may be believed: allowed[panel_members()] of a release (NULL: the classical
 * members made for the grain).  Members that learn from all series together only
 * where the release asks some (`group`), and nobody that was not to be part of it. */
void trust_allowed(const Release *release, Grain grain, gboolean group, gboolean *allowed);

/* weight[panel_members()]: from what is believed without the last days to what they
 * make of it, for series number `number` of the panel, from what is known
 * before `origin`; the sum is 1, and who would not be heard has none.  FALSE, nothing
 * changed, when there is too little to judge by. */
gboolean trust_weights(Panel *panel, const Series *series, gsize number, gsize origin, gsize horizon, const gboolean *allowed, double *weight) G_GNUC_WARN_UNUSED_RESULT;

/* How likely the habits of a series by days have changed within the days looked back on: the
 * evidence of renew_changed(), of which each day tells as much as it did before these days,
 * and the less, the more often the past looked like it; 0 for other grains. */
double trust_changed(const Series *series, gsize origin);

/* So much of all weight goes to the member that begins anew where it is allowed, and as
 * much less to each of the others; who would not be heard has none. */
void trust_renew(double changed, const gboolean *allowed, double *weight);

/* Is a member of this weight heard at all?  Below, it only costs time. */
gboolean trust_hears(double weight);

/* Is a forecast from `origin` further from the week before it, step by step, than weeks
 * are from each other?  Hours and days; FALSE where fewer than two weeks are known. */
gboolean trust_strays(const Series *series, gsize origin, const Outlook *outlook);

/* How much one day says, above 0 and at most 1. */
double trust_evidence(const Series *series, gsize origin);
