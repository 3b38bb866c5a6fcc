#include "daemon/engine/publish.h"

#include "daemon/engine/panel.h"
#include "forecast/model/blend.h"

#include <string.h>

void engine_note_clear(EngineNote *note)
{
    g_clear_pointer(&note->sentence, g_free);
    g_clear_pointer(&note->verdict, g_free);
    note->fallback = FALSE;
}

/* The release's weights in the order of the panel; a member it names and we do
 * not know gives nothing. */
void publish_weights(const Release *release, gsize number, Grain grain, double *weight)
{
    gsize serve = 0;
    for (gsize m = 0; m < classical_members; m++)
        serve += panel_serves(m, grain);
    for (gsize m = 0; m < panel_members(); m++)
        weight[m] = release == NULL && !panel_is_network(m) && panel_serves(m, grain) ? 1.0 / (double)serve : 0;
    const ReleaseRow *row = release != NULL ? release_row(release, number) : NULL;
    for (gsize k = 0; row != NULL && k < release->members; k++) {
        gsize m = panel_find(release->member[k]);
        if (m != G_MAXSIZE)
            weight[m] = row->weight[k];
    }
}

void publish_wanted(const Release *release, gsize number, Grain grain, gboolean *wanted)
{
    double weight[RELEASE_MEMBERS_MOST];
    publish_weights(release, number, grain, weight);
    for (gsize m = 0; m < panel_members(); m++)
        wanted[m] = weight[m] > 0;
}

/* The rungs below the release's own weights, best first. */
static const struct {
    const char *member[2], *sentence;
} ladder[] = {
    {{"ets", "ridge"}, "ets and ridge stand in"},
    {{"naive", NULL}, "the same as last season stands in"},
};

static const char *climb_down(Outlook *const *part, gboolean counts, Outlook *out)
{
    for (gsize rung = 0; rung < G_N_ELEMENTS(ladder); rung++) {
        double weight[RELEASE_MEMBERS_MOST] = {0};
        for (gsize k = 0; k < G_N_ELEMENTS(ladder[rung].member); k++) {
            gsize m = ladder[rung].member[k] != NULL ? panel_find(ladder[rung].member[k]) : G_MAXSIZE;
            if (m != G_MAXSIZE)
                weight[m] = 1;
        }
        if (blend_apply((const Outlook *const *)part, weight, panel_members(), counts, out))
            return ladder[rung].sentence;
    }
    return NULL;
}

/* "lstm: <why>; ridge: <why>" of the members that should have answered and did not. */
static char *absences(const double *weight, Outlook *const *part, char *const *complaint)
{
    GString *text = g_string_new(NULL);
    for (gsize m = 0; m < panel_members(); m++)
        if (weight[m] > 0 && part[m] == NULL)
            g_string_append_printf(text, "%s%s: %s", text->len > 0 ? "; " : "", panel_name(m), complaint[m] != NULL ? complaint[m] : "no answer");
    if (text->len > 0)
        return g_string_free(text, FALSE);
    g_string_free(text, TRUE);
    return NULL;
}

static Outlook *blank_like(Outlook *const *part)
{
    for (gsize m = 0; m < panel_members(); m++)
        if (part[m] != NULL)
            return outlook_new("wardcast", part[m]->origin, part[m]->horizon);
    return NULL;
}

/* A release has learnt whom to trust; without one nobody may spoil what is said. */
gboolean publish_blend(const Release *release, Outlook *const *part, const double *weight, gboolean counts, Outlook *out)
{
    if (release != NULL)
        return blend_apply((const Outlook *const *)part, weight, panel_members(), counts, out);
    return blend_median((const Outlook *const *)part, weight, panel_members(), counts, out);
}

/* What training learnt of how far ranges hold, it learnt of those whom it let speak: as far as
 * others speak now, because something has changed, ranges stay as they are said. */
static void calibrate(const Voices *voices, Outlook *out)
{
    g_autoptr(Outlook) said = outlook_copy(out);
    calibrate_apply(voices->release->calibration, voices->number, voices->series->counts, out);
    if (!voices->strays || !(voices->moved > 0))
        return;
    for (gsize h = 0; h < out->horizon; h++)
        out->mean[h] += voices->moved * (said->mean[h] - out->mean[h]);
    for (gsize k = 0; k < out->horizon * OUTLOOK_LEVELS; k++)
        out->quantile[k] += voices->moved * (said->quantile[k] - out->quantile[k]);
    outlook_tidy(out, voices->series->counts);
}

/* Why it was not made as the release intends; `rung` of those who stood in. */
static char *why(const Voices *voices, const char *absent, const char *rung)
{
    const char *missing = absent != NULL ? "; missing " : "";
    if (voices->release == NULL)
        return g_strdup_printf("no trained release: the classical members speak%s%s%s", voices->own ? " as far as the last days bear them out" : "", missing,
                               absent != NULL ? absent : "");
    if (voices->own)
        return g_strdup_printf("training has not seen this series: the members speak as far as its last days bear them out%s%s", missing, absent != NULL ? absent : "");
    if (rung == NULL && voices_overrule(voices))
        return g_strdup_printf("something has changed since the training: the members speak as far as the last days bear them out, most of all %s%s%s",
                               panel_name(voices_first(voices)), missing, absent != NULL ? absent : "");
    return absent != NULL ? g_strdup_printf("%s (%s)", rung != NULL ? rung : "the other members stand in", absent) : NULL;
}

Outlook *publish_outlook(const Voices *voices, Outlook *const *part, char *const *complaint, EngineNote *note)
{
    const Release *release = voices->release;
    gboolean counts = voices->series->counts;
    g_autofree char *absent = absences(voices->weight, part, complaint);
    g_autoptr(Outlook) out = blank_like(part);
    note->verdict = release != NULL ? g_strdup(release_row(release, voices->number)->verdict) : NULL;
    note->fallback = release == NULL || absent != NULL || voices_overrule(voices);
    memcpy(note->weight, voices->weight, sizeof note->weight);
    if (out == NULL) {
        note->sentence = g_strdup_printf("no member could forecast (%s)", absent != NULL ? absent : "none was asked");
        return NULL;
    }
    const char *rung = NULL;
    if (!publish_blend(voices->own ? NULL : release, part, voices->weight, counts, out)) {
        rung = climb_down(part, counts, out);
        if (rung == NULL) {
            note->sentence = g_strdup_printf("no member that may publish could forecast (%s)", absent);
            return NULL;
        }
    }
    note->sentence = why(voices, absent, rung);
    if (release != NULL && !voices->own)
        calibrate(voices, out);
    return g_steal_pointer(&out);
}
