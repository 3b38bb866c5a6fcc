#include "daemon/engine/voices.h"

#include "daemon/engine/publish.h"

#include <string.h>

/* Most of what was said by some is said by others. */
#define OVERRULED 0.5

void voices_begin(Voices *voices)
{
    voices->moved = voices->changed = 0;
    voices->strays = voices->own = FALSE;
    publish_weights(voices->release, voices->number, voices->series->grain, voices->weight);
}

static gboolean has_strayed(const Voices *v, Outlook *const *part)
{
    g_autoptr(Outlook) said = outlook_new("wardcast", v->series->start + (gint64)v->origin, v->horizon);
    return publish_blend(v->release, part, v->weight, v->series->counts, said) && trust_strays(v->series, v->origin, said);
}

/* Of a ward that training has not seen the release's weights hold only where its past
 * is long enough for all that they name: else all classical members begin alike, and
 * networks with the share they have. */
static void begin_alike(const Voices *v, const gboolean *allowed, double *weight)
{
    double networks = 0, heads = 0;
    for (gsize m = 0; m < panel_members(); m++) {
        networks += panel_is_network(m) ? weight[m] : 0;
        heads += !panel_is_network(m) && panel_serves(m, v->series->grain) && allowed[m];
    }
    for (gsize m = 0; m < panel_members() && heads > 0; m++)
        if (!panel_is_network(m))
            weight[m] = panel_serves(m, v->series->grain) && allowed[m] ? (1 - networks) / heads : 0;
}

/* Who begins anew is heard where habits have changed, even if the training dismissed it. */
static void renew(Voices *v, double *weight)
{
    gboolean allowed[RELEASE_MEMBERS_MOST];
    trust_allowed(v->release, v->series->grain, v->group, allowed);
    v->changed = trust_changed(v->series, v->origin);
    trust_renew(v->changed, allowed, weight);
    v->strays = v->strays || (v->release != NULL && v->changed > OVERRULED);
}

void voices_listen(Voices *voices, Outlook *const *part, gboolean all)
{
    gboolean allowed[RELEASE_MEMBERS_MOST], alone = voices->release == NULL || (voices->number == RELEASE_UNKNOWN && !all);
    double weight[RELEASE_MEMBERS_MOST];
    if (voices->past == NULL)
        return;
    voices->strays = voices->release != NULL && has_strayed(voices, part);
    if (!alone && !voices->anew && !voices->strays && !trust_always(voices->series->grain))
        return;
    trust_allowed(voices->release, voices->series->grain, voices->group, allowed);
    /* while nothing strays those whom the training dismissed need not be asked */
    for (gsize m = 0; m < panel_members() && !alone && !voices->anew && !voices->strays; m++)
        allowed[m] = allowed[m] && trust_hears(voices->weight[m]);
    memcpy(weight, voices->weight, sizeof weight);
    if (alone)
        begin_alike(voices, allowed, weight);
    if (!trust_weights(voices->past, voices->series, voices->place, voices->origin, voices->horizon, allowed, weight))
        return;
    renew(voices, weight);
    for (gsize m = 0; m < panel_members(); m++)
        voices->moved += fabs(weight[m] - voices->weight[m]) / 2;
    memcpy(voices->weight, weight, sizeof weight);
    voices->own = alone;
}

gboolean voices_overrule(const Voices *voices)
{
    return !voices->own && voices->strays && voices->moved > OVERRULED;
}

gsize voices_first(const Voices *voices)
{
    gsize first = 0;
    for (gsize m = 1; m < panel_members(); m++)
        if (voices->weight[m] > voices->weight[first])
            first = m;
    return first;
}
