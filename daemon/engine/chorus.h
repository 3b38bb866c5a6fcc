/* chorus.h -- members that answer for all series at once, asked once per date.
 *
 * A group member (member.h) learns from all wards or all states together, while
 * training and forecasting go from series to series.  The Chorus stands
 * between: the first question about a date asks the member about every series
 * that has values before that date and reaches it, and keeps the answers until
 * each series has fetched its own.
 *
 * An answer depends on the list of series, the date and the horizon alone: not
 * on who asks first, how often, or from how many threads.
 *
 * Units    a date is a step number of the grain (series->start + origin).
 * Errors   as of member.h; a series that does not reach the date: MODEL_ERROR_SHORT.
 * Threads  may be asked from several threads at once; they work on different dates.
 */
#pragma once
#include "forecast/model/member.h"

typedef struct Chorus Chorus;

/* Series (all of one grain) and calendar must outlive it. */
Chorus *chorus_new(const Series *const *series, gsize n, const Calendar *calendar, const gsize season[2]);
void chorus_free(Chorus *chorus);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Chorus, chorus_free)

/* Fill out[k] with what the group member says of series number `series` from
 * origin[k] (at most the series' length).  When it has no answer for one of
 * them, none is fetched. */
gboolean chorus_ask(Chorus *chorus, const Member *member, gsize series, const gsize *origin, gsize origins, Outlook **out,
                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Answers stay when they are fetched, for those who ask about a date again and again. */
void chorus_keep(Chorus *chorus);

/* Forecast steps that wait to be fetched.  Beyond CHORUS_MOST the dates that
 * were longest not asked for are forgotten, to be worked out again if need be. */
#define CHORUS_MOST ((gsize)4 << 20)
gsize chorus_held(Chorus *chorus);
