#include "daemon/engine/panel.h"

#include "daemon/engine/chorus.h"
#include "forecast/model/fits.h"

typedef struct {
    GMutex lock;
    gsize fit;
    Fits *fits; /* NULL until somebody asks */
    struct {
        Anchor *anchor; /* NULL until it is asked for, and when it cannot be made */
        GError *error;  /* why not */
    } start[2];         /* what networks correct: a fitted forecast, the same as last season */
} Place;

struct Panel {
    const Series *const *series;
    gsize n;
    const Calendar *calendar;
    gsize season[2], refit;
    Network *const *network;
    Place *place;   /* [n] */
    Designs *designs;
    Chorus *chorus; /* the group members' answers */
};

gsize panel_members(void)
{
    return classical_members + NETWORK_KINDS;
}

gboolean panel_is_network(gsize member)
{
    return member >= classical_members;
}

gboolean panel_is_group(gsize member)
{
    return !panel_is_network(member) && classical_member[member].forecast_group != NULL;
}

gboolean panel_serves(gsize member, Grain grain)
{
    return panel_is_network(member) || member_serves(&classical_member[member], grain);
}

gboolean panel_is_made_for(gsize member, Grain grain)
{
    return panel_is_group(member) && classical_member[member].grains == MEMBER_GRAIN(grain);
}

const char *panel_name(gsize member)
{
    return panel_is_network(member) ? network_kind_name((NetworkKind)(member - classical_members)) : classical_member[member].name;
}

gsize panel_find(const char *name)
{
    for (gsize m = 0; m < panel_members(); m++)
        if (g_str_equal(name, panel_name(m)))
            return m;
    return G_MAXSIZE;
}

void panel_season(Grain grain, gsize season[2])
{
    if (season[0] > 0 || season[1] > 0)
        return;
    season[0] = grain_season(grain);
    season[1] = grain == GRAIN_HOUR ? 7 * season[0] : 0;
}

Panel *panel_new(const Series *const *series, gsize n, const gsize *fit, const Calendar *calendar, const gsize season[2], Network *const network[NETWORK_KINDS])
{
    Panel *panel = g_new0(Panel, 1);
    panel->series = series;
    panel->n = n;
    panel->calendar = calendar;
    panel->season[0] = season[0];
    panel->season[1] = season[1];
    panel->network = network;
    panel->designs = designs_new();
    panel->place = g_new0(Place, n + 1);
    panel->chorus = chorus_new(series, n, calendar, season);
    for (gsize i = 0; i < n; i++) {
        g_mutex_init(&panel->place[i].lock);
        panel->place[i].fit = fit[i];
    }
    return panel;
}

void panel_keep_fits(Panel *panel, gsize steps)
{
    panel->refit = steps;
}

void panel_keep_answers(Panel *panel)
{
    chorus_keep(panel->chorus);
}

void panel_leave(Panel *panel, gsize series)
{
    Place *place = &panel->place[series];
    for (gsize k = 0; k < G_N_ELEMENTS(place->start); k++) {
        g_clear_pointer(&place->start[k].anchor, anchor_free);
        g_clear_error(&place->start[k].error);
    }
    g_clear_pointer(&place->fits, fits_free);
}

void panel_free(Panel *panel)
{
    if (panel == NULL)
        return;
    for (gsize i = 0; i < panel->n; i++) {
        panel_leave(panel, i);
        g_mutex_clear(&panel->place[i].lock);
    }
    g_free(panel->place);
    designs_free(panel->designs);
    chorus_free(panel->chorus);
    g_free(panel);
}

static Fits *fits_at(Panel *panel, gsize series)
{
    Place *place = &panel->place[series];
    g_mutex_lock(&place->lock);
    if (place->fits == NULL)
        place->fits = fits_new(panel->series[series], panel->calendar, place->fit, panel->season, panel->designs);
    g_mutex_unlock(&place->lock);
    return place->fits;
}

static const Anchor *anchor_at_place(Panel *panel, NetworkKind kind, gsize series, GError **error)
{
    Place *place = &panel->place[series];
    Fits *fits = fits_at(panel, series);
    gsize k = network_kind_is_plain(kind);
    g_mutex_lock(&place->lock);
    if (place->start[k].anchor == NULL && place->start[k].error == NULL)
        place->start[k].anchor = network_kind_anchor(kind, fits, &place->start[k].error);
    g_mutex_unlock(&place->lock);
    if (place->start[k].anchor == NULL && error != NULL)
        *error = g_error_copy(place->start[k].error);
    return place->start[k].anchor;
}

static gboolean ask_network(Panel *panel, const Network *network, gsize series, const Task *task, gsize tasks, Outlook **out, GError **error)
{
    g_assert(task[0].origin >= panel->place[series].fit);
    const Anchor *anchor = anchor_at_place(panel, network_kind(network), series, error);
    if (anchor == NULL)
        return FALSE;
    g_autofree const Anchor **anchors = g_new(const Anchor *, tasks);
    for (gsize k = 0; k < tasks; k++)
        anchors[k] = anchor;
    return network_forecast(network, task, anchors, tasks, out, error);
}

/* Who asks about other days than those that are kept fits anew. */
static gboolean ask_classical(Panel *panel, const Member *member, gsize series, const Task *task, gsize tasks, Outlook **out, GError **error)
{
    gboolean kept = member->fit != NULL && task[0].origin == panel->place[series].fit;
    return member_forecast_with(member, task, tasks, kept ? fits_at(panel, series) : NULL, out, error);
}

gboolean panel_ask(Panel *panel, gsize member, gsize series, const gsize *origin, gsize origins, Outlook **out, GError **error)
{
    g_assert(origins >= 1);
    if (panel_is_group(member))
        return chorus_ask(panel->chorus, &classical_member[member], series, origin, origins, out, error);
    g_autofree Task *task = g_new(Task, origins);
    for (gsize k = 0; k < origins; k++)
        task[k] = (Task){panel->series[series], panel->calendar, origin[k], out[k]->horizon, {panel->season[0], panel->season[1]}, panel->refit};
    if (!panel_is_network(member))
        return ask_classical(panel, &classical_member[member], series, task, origins, out, error);
    const Network *network = panel->network[member - classical_members];
    if (network != NULL)
        return ask_network(panel, network, series, task, origins, out, error);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "no %s network has been trained", panel_name(member));
    return FALSE;
}
