#include "daemon/explaining.h"

#include "daemon/engine/panel.h"
#include "daemon/engine/publish.h"
#include "daemon/json.h"
#include "daemon/telling.h"
#include "forecast/model/fits.h"

#include <string.h>

void explaining_clear(Explaining *explaining)
{
    g_clear_pointer(&explaining->published, outlook_free);
    for (gsize k = 0; k < explaining->networks; k++)
        explain_network_clear(&explaining->explanation[k]);
    explaining->networks = 0;
    g_clear_pointer(&explaining->against, g_free);
    g_clear_pointer(&explaining->note, g_free);
}

/* ------------------------------------------------------------------ making */

static double median_at(const Outlook *outlook, gsize step)
{
    return outlook->quantile[step * OUTLOOK_LEVELS + OUTLOOK_MEDIAN];
}

/* The median of the members' blend before its ranges are corrected; MISSING when nobody is left. */
static double blended(const Explaining *e, const Release *release, Outlook *const *part, const double *weight, gsize horizon)
{
    g_autoptr(Outlook) out = outlook_new("blend", e->series->start + (gint64)e->origin, horizon);
    return publish_blend(release, part, weight, e->series->counts, out) ? median_at(out, e->step) : MISSING;
}

/* What the members said of it, and how much each of it is in what was published. */
typedef struct {
    const Calendar *calendar;
    Outlook *const *part; /* [panel_members()] */
    const double *weight; /* [panel_members()] */
    gsize horizon;
} Said;

/* Those who spoke, each as loud as it did. */
static double tell_members(Explaining *e, const Release *release, const Said *all, double *weight)
{
    Outlook *const *part = all->part;
    gsize horizon = all->horizon;
    memcpy(weight, all->weight, panel_members() * sizeof *weight);
    for (gsize m = 0; m < panel_members(); m++) {
        if (!(weight[m] > 0))
            continue;
        double kept = weight[m];
        weight[m] = 0;
        e->member[e->count] = panel_name(m);
        e->weight[e->count] = kept;
        e->says[e->count] = part[m] != NULL ? median_at(part[m], e->step) : MISSING;
        e->without[e->count++] = blended(e, release, part, weight, horizon);
        weight[m] = kept;
    }
    return blended(e, release, part, weight, horizon);
}

/* Each of what it adds to its own anchor: `anchor` is that of all kinds but the plain one's. */
static gboolean tell_networks(Explaining *e, const Release *release, const Task *task, Fits *fits, const Anchor *anchor, const double *weight, GError **error)
{
    for (int k = 0; release != NULL && k < NETWORK_KINDS; k++) {
        double own = weight[panel_find(network_kind_name((NetworkKind)k))];
        if (release->network[k] == NULL || !(own > 0))
            continue;
        e->plain[e->networks] = network_kind_is_plain((NetworkKind)k);
        g_autoptr(Anchor) plain = e->plain[e->networks] ? anchor_plain(fits, error) : NULL;
        const Anchor *start = e->plain[e->networks] ? plain : anchor;
        if (start == NULL || !explain_network(release->network[k], task, start, e->step, release->seed, &e->explanation[e->networks], error))
            return FALSE;
        anchor_parts(start, e->origin, e->step, e->network_part[e->networks]);
        e->network[e->networks] = network_kind_name((NetworkKind)k);
        e->network_weight[e->networks++] = own;
    }
    return TRUE;
}

static void tell_usual(Explaining *e, const Anchor *anchor, const Calendar *calendar, double said)
{
    Unusual unusual;
    Grain grain = e->series->grain;
    if ((grain == GRAIN_HOUR || grain == GRAIN_DAY) && unusual_find(anchor, e->series, calendar, e->origin, e->step, said, &unusual))
        e->against = telling_sentence(&unusual, calendar, grain, e->published->origin + (gint64)e->step, said);
}

/* A fallback below all members leaves no blend: then the members' part is all that is not the anchor's. */
static gboolean add_up(Explaining *e, const Release *release, const Said *all, GError **error)
{
    const Calendar *calendar = all->calendar;
    double weight[RELEASE_MEMBERS_MOST], anchored = 0;
    Task task = {.series = e->series, .calendar = calendar, .origin = e->origin, .horizon = all->horizon,
                 .season = {release != NULL ? release->season[0] : 0, release != NULL ? release->season[1] : 0}};
    panel_season(e->series->grain, task.season);
    g_autoptr(Series) known = series_upto(e->series, e->origin);
    g_autoptr(Fits) fits = fits_new(known, calendar, e->origin, task.season, NULL);
    g_autoptr(Anchor) anchor = anchor_of(fits, error);
    if (anchor == NULL)
        return FALSE;
    anchor_parts(anchor, e->origin, e->step, e->part);
    for (int k = 0; k < ANCHOR_PARTS; k++)
        anchored += e->part[k];
    double blend = tell_members(e, release, all, weight), said = median_at(e->published, e->step);
    e->multiplies = anchor_multiplies(anchor);
    e->sum = anchor_transform(anchor, said);
    e->members = anchor_transform(anchor, isnan(blend) ? said : blend) - anchored;
    e->correction = e->sum - anchored - e->members;
    tell_usual(e, anchor, calendar, said);
    return tell_networks(e, release, &task, fits, anchor, weight, error);
}

/* Members that learn from all series say the same only where all are asked. */
static ExplainingOrder alone(const ExplainingOrder *order)
{
    ExplainingOrder one = *order;
    if (engine_asks_group(order->release, order->series[order->which]->grain))
        return one;
    one.series += order->which;
    one.origin = order->origin != NULL ? order->origin + order->which : NULL;
    one.anew = order->anew != NULL ? order->anew + order->which : NULL;
    one.which = 0;
    one.n = 1;
    return one;
}

static gboolean explain_published(const ExplainingOrder *order, gsize horizon, Outlook **out, EngineNote *note, Outlook *const *part, Explaining *explaining, GError **error)
{
    EngineNote *own = &note[order->which];
    if (out[order->which] == NULL) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "series %s has no forecast: %s", explaining->series->id, own->sentence);
        return FALSE;
    }
    explaining->published = order->published != NULL ? outlook_copy(order->published) : g_steal_pointer(&out[order->which]);
    explaining->note = own->fallback ? g_strdup(own->sentence) : NULL;
    const Said said = {order->calendar, part + order->which * panel_members(), own->weight, horizon};
    return add_up(explaining, order->release, &said, error);
}

gboolean explaining_order(const ExplainingOrder *asked, Explaining *explaining, GError **error)
{
    const ExplainingOrder order = alone(asked);
    const Series *series = order.series[order.which];
    gsize horizon = order.horizon > 0 ? order.horizon : order.release != NULL ? order.release->horizon : order.step + 1;
    *explaining = (Explaining){.series = series, .origin = order.origin != NULL ? order.origin[order.which] : engine_origin(series), .step = order.step};
    if (order.step >= horizon) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "step %zu is beyond the %zu steps that are forecast", order.step + 1, horizon);
        return FALSE;
    }
    g_autofree Outlook **out = g_new0(Outlook *, order.n), **part = g_new0(Outlook *, order.n * panel_members());
    g_autofree EngineNote *note = g_new0(EngineNote, order.n);
    gboolean done = engine_forecast_anew(order.release, order.series, order.n, order.origin, order.anew, horizon, order.calendar, 0, out, note, part, error) &&
                    explain_published(&order, horizon, out, note, part, explaining, error);
    for (gsize i = 0; i < order.n; i++) {
        outlook_free(out[i]);
        engine_note_clear(&note[i]);
    }
    for (gsize k = 0; k < order.n * panel_members(); k++)
        outlook_free(part[k]);
    return done;
}

gboolean explaining_make(const Release *release, const Series *const *series, gsize n, gsize which, const Calendar *calendar, gsize step,
                         Explaining *explaining, GError **error)
{
    const ExplainingOrder order = {.release = release, .series = series, .n = n, .which = which, .calendar = calendar, .step = step};
    return explaining_order(&order, explaining, error);
}

/* ------------------------------------------------------------------ words */

static const char *const part_name[ANCHOR_PARTS] = {"level", "trend", "season", "longer season", "calendar", "holidays"};

static char *when(Grain grain, gint64 step)
{
    int year, month, day;
    gint64 hour = grain_first_hour(grain, step), days = hour >= 0 ? hour / 24 : -((23 - hour) / 24);
    grain_date_of_day(days, &year, &month, &day);
    return grain == GRAIN_HOUR ? g_strdup_printf("%04d-%02d-%02dT%02d:00", year, month, day, (int)(hour - 24 * days))
                               : g_strdup_printf("%04d-%02d-%02d", year, month, day);
}

static void put_part(GString *text, const Explaining *e, const char *name, double value)
{
    /* what rounds to nothing has no sign */
    g_string_append_printf(text, "  %-28s %+9.4f", name, fabs(value) < 0.00005 ? 0.0 : value);
    if (e->multiplies)
        g_string_append_printf(text, "   x %.3f", exp(value));
    g_string_append_c(text, '\n');
}

static void put_number(GString *text, double value)
{
    if (isnan(value))
        g_string_append_printf(text, "%12s", "-");
    else
        g_string_append_printf(text, "%12.2f", value);
}

static void put_members(GString *text, const Explaining *e)
{
    g_string_append(text, "member        weight        says  without it\n");
    for (gsize k = 0; k < e->count; k++) {
        g_string_append_printf(text, "%-12s %7.2f", e->member[k], e->weight[k]);
        put_number(text, e->says[k]);
        put_number(text, e->without[k]);
        g_string_append_c(text, '\n');
    }
}

static void put_network(GString *text, const Explaining *e, gsize n)
{
    const ExplainNetwork *x = &e->explanation[n];
    if (e->plain[n]) {
        g_string_append_printf(text, "\nThe %s (weight %.2f) begins with the same as last season:\n", e->network[n], e->network_weight[n]);
        put_part(text, e, part_name[ANCHOR_LEVEL], e->network_part[n][ANCHOR_LEVEL]);
        put_part(text, e, part_name[ANCHOR_SEASON], e->network_part[n][ANCHOR_SEASON]);
        g_string_append_printf(text, "and adds %+.4f to it:\n", x->all);
    } else
        g_string_append_printf(text, "\nThe %s (weight %.2f) adds %+.4f to the anchor:\n", e->network[n], e->network_weight[n], x->all);
    put_part(text, e, "shown nothing", x->none);
    for (gsize g = 0; g < x->groups; g++)
        put_part(text, e, x->group[g], x->share[g]);
    if (isnan(x->picture.r2)) {
        g_string_append(text, "Nearby it adds the same whatever it is shown.\n");
        return;
    }
    if (!x->picture.faithful) {
        g_string_append_printf(text, "Nearby no straight line tells what it does (%.0f %% explained): no picture is shown.\n", 100 * MAX(x->picture.r2, 0));
        return;
    }
    g_string_append_printf(text, "Nearby, each of these shown adds about (%.0f %% explained):\n", 100 * x->picture.r2);
    for (gsize k = 0; k < x->picture.features; k++)
        put_part(text, e, x->feature[k], x->picture.effect[k]);
}

char *explaining_text(const Explaining *e)
{
    const double *quantile = e->published->quantile + e->step * OUTLOOK_LEVELS;
    g_autofree char *target = when(e->series->grain, e->published->origin + (gint64)e->step), *known = when(e->series->grain, e->published->origin - 1);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%s, %s %zu ahead (%s), known until %s\n", e->series->id, grain_name(e->series->grain), e->step + 1, target, known);
    g_string_append_printf(text, "Published: %.2f in the middle, %.2f to %.2f in 80 of 100 cases\n", quantile[OUTLOOK_MEDIAN], quantile[2], quantile[10]);
    if (e->against != NULL)
        g_string_append_printf(text, "That is %s.\n", e->against);
    if (e->note != NULL)
        g_string_append_printf(text, "Note: %s\n", e->note);
    put_members(text, e);
    g_string_append_printf(text, "The sum behind it%s:\n", e->multiplies ? ", in logarithms of 1 + the number" : "");
    for (int k = 0; k < ANCHOR_PARTS; k++)
        if (e->part[k] > 0 || e->part[k] < 0)
            put_part(text, e, part_name[k], e->part[k]);
    put_part(text, e, "what the members make of it", e->members);
    put_part(text, e, "correction of the ranges", e->correction);
    g_string_append_printf(text, "  %-28s %+9.4f   that is %.2f\n", "together", e->sum, quantile[OUTLOOK_MEDIAN]);
    for (gsize n = 0; n < e->networks; n++)
        put_network(text, e, n);
    return g_string_free(text, FALSE);
}

/* ------------------------------------------------------------------ for programs */

static void number(GString *json, const char *key, double value)
{
    json_key(json, key);
    json_number(json, value);
    g_string_append_c(json, ',');
}

static void word(GString *json, const char *key, const char *value)
{
    json_key(json, key);
    json_text(json, value);
    g_string_append_c(json, ',');
}

/* Take the last comma away, and close. */
static void close_with(GString *json, const char *end)
{
    if (json->len > 0 && json->str[json->len - 1] == ',')
        g_string_truncate(json, json->len - 1);
    g_string_append(json, end);
}

static void add_network(GString *json, const Explaining *e, gsize n)
{
    const ExplainNetwork *x = &e->explanation[n];
    g_string_append_c(json, '{');
    word(json, "name", e->network[n]);
    number(json, "weight", e->network_weight[n]);
    number(json, "adds", x->all);
    g_string_append(json, "\"to\":{");
    for (int k = 0; k < ANCHOR_PARTS; k++)
        number(json, part_name[k], e->network_part[n][k]);
    close_with(json, "},");
    number(json, "shown_nothing", x->none);
    g_string_append(json, "\"shares\":{");
    for (gsize g = 0; g < x->groups; g++)
        number(json, x->group[g], x->share[g]);
    close_with(json, "},");
    number(json, "picture_r2", x->picture.r2);
    g_string_append(json, "\"picture\":");
    g_string_append(json, x->picture.faithful ? "{" : "null");
    for (gsize k = 0; x->picture.faithful && k < x->picture.features; k++)
        number(json, x->feature[k], x->picture.effect[k]);
    close_with(json, x->picture.faithful ? "}}," : "},");
}

char *explaining_json(const Explaining *e)
{
    const double *quantile = e->published->quantile + e->step * OUTLOOK_LEVELS;
    g_autofree char *target = when(e->series->grain, e->published->origin + (gint64)e->step);
    GString *json = g_string_new("{");
    word(json, "series", e->series->id);
    word(json, "target", target);
    word(json, "note", e->note);
    word(json, "against_usual", e->against);
    number(json, "step", (double)e->step + 1);
    number(json, "median", quantile[OUTLOOK_MEDIAN]);
    number(json, "q0.1", quantile[2]);
    number(json, "q0.9", quantile[10]);
    word(json, "scale", e->multiplies ? "log(1 + y)" : "additive");
    g_string_append(json, "\"parts\":{");
    for (int k = 0; k < ANCHOR_PARTS; k++)
        number(json, part_name[k], e->part[k]);
    number(json, "members", e->members);
    number(json, "correction", e->correction);
    close_with(json, "},");
    number(json, "sum", e->sum);
    g_string_append(json, "\"members\":[");
    for (gsize k = 0; k < e->count; k++) {
        g_string_append_c(json, '{');
        word(json, "name", e->member[k]);
        number(json, "weight", e->weight[k]);
        number(json, "says", e->says[k]);
        number(json, "without", e->without[k]);
        close_with(json, "},");
    }
    close_with(json, "],\"networks\":[");
    for (gsize n = 0; n < e->networks; n++)
        add_network(json, e, n);
    close_with(json, "]}\n");
    return g_string_free(json, FALSE);
}
