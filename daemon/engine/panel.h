/* panel.h -- all members behind one face: the classical ones and the networks.
 *
 * A Panel sits before a list of series and can be asked what a member says of
 * one of them from any origin.  It fits the anchor of the networks once per
 * series, and all networks share it but the free one, which goes by last season
 * (network.h); what members fit alike of the values before
 * fit[i] is fitted once, too (fits.h).  A group member is asked once about all
 * series of the list at each date (chorus.h).
 *
 * Errors   as of member.h; a network that the Panel does not have: MODEL_ERROR_SHORT.
 * Threads  may be asked from several threads at once.
 */
#pragma once
#include "forecast/judge/backtest.h"
#include "forecast/model/network.h"

typedef struct Panel Panel;

/* Members a Panel knows: the classical ones first, then the networks. */
gsize panel_members(void);
const char *panel_name(gsize member);        /* static */
gboolean panel_is_network(gsize member);
gboolean panel_is_group(gsize member);       /* learns from all series of the list together */
gboolean panel_serves(gsize member, Grain grain); /* is it made for series of this grain? */
gboolean panel_is_made_for(gsize member, Grain grain); /* a group member for this grain and no other */
gsize panel_find(const char *name);          /* G_MAXSIZE: no such member */

/* season both 0: as usual for the grain. */
void panel_season(Grain grain, gsize season[2]);

/* Anchors are fitted on the values before fit[i] (copied); no origin asked for
 * may be earlier (asserted).  Series, calendar and networks (either may be NULL)
 * must outlive the Panel. */
Panel *panel_new(const Series *const *series, gsize n, const gsize *fit, const Calendar *calendar, const gsize season[2], Network *const network[NETWORK_KINDS]);
void panel_free(Panel *panel);

/* Classical members may keep a fit for this many steps of later origins (Task.refit);
 * a new Panel fits at every origin. */
void panel_keep_fits(Panel *panel, gsize steps);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Panel, panel_free)

/* Group members' answers stay when they are fetched (chorus_keep), for those who ask about a date again and again. */
void panel_keep_answers(Panel *panel);

/* Nobody will ask about this series any more, or only now and then: what is kept of it is let go. */
void panel_leave(Panel *panel, gsize series);

/* Fill out[k] with what `member` says of series number `series` from origin[k],
 * origin ascending. */
gboolean panel_ask(Panel *panel, gsize member, gsize series, const gsize *origin, gsize origins, Outlook **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
