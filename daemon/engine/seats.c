#include "daemon/engine/seats.h"

#include "daemon/engine/publish.h"

#include <string.h>

/* What a member said, kept until the last row has blended it. */
typedef struct {
    gsize member, origin;
    Outlook *outlook;
} Said;

typedef struct {
    Seats *seats;
    gsize member;
    gboolean asked;
} Seat;

struct Seats {
    Panel *panel, *past; /* past NULL: the last days are not asked */
    gboolean group;
    const Release *release;
    const Series *const *series;
    gsize n;
    Seat seat[RELEASE_MEMBERS_MOST];
    Forecaster row[RELEASE_MEMBERS_MOST + 1];
    gsize rows;
    GMutex lock;   /* of said */
    GArray **said; /* [n] of Said; NULL without a release */
};

static void clear_said(gpointer data)
{
    outlook_free(((Said *)data)->outlook);
}

/* ------------------------------------------------------------------ a member's row */

static void keep_said(Seats *s, gsize member, gsize series, const gsize *origin, gsize origins, Outlook *const *out)
{
    g_mutex_lock(&s->lock);
    for (gsize k = 0; k < origins; k++) {
        Said said = {member, origin[k], outlook_copy(out[k])};
        g_array_append_val(s->said[series], said);
    }
    g_mutex_unlock(&s->lock);
}

static gboolean member_row(void *self, gsize series, const gsize *origin, gsize origins, Outlook **out, GError **error)
{
    const Seat *seat = self;
    if (!seat->asked) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "%s was held back", panel_name(seat->member));
        return FALSE;
    }
    if (!panel_ask(seat->seats->panel, seat->member, series, origin, origins, out, error))
        return FALSE;
    if (seat->seats->said != NULL)
        keep_said(seat->seats, seat->member, series, origin, origins, out);
    return TRUE;
}

/* ------------------------------------------------------------------ the last row: what would have been published */

static void take_said(Seats *s, gsize series, gsize origin, Outlook **part)
{
    g_mutex_lock(&s->lock);
    for (guint k = s->said[series]->len; k > 0; k--) {
        Said *said = &g_array_index(s->said[series], Said, k - 1);
        if (said->origin != origin)
            continue;
        part[said->member] = g_steal_pointer(&said->outlook);
        g_array_remove_index_fast(s->said[series], k - 1);
    }
    g_mutex_unlock(&s->lock);
}

static gboolean publish_one(Seats *s, gsize series, gsize origin, Outlook *out, GError **error)
{
    Outlook *part[RELEASE_MEMBERS_MOST] = {NULL};
    char *complaint[RELEASE_MEMBERS_MOST] = {NULL};
    g_auto(EngineNote) note = {.fallback = FALSE};
    Voices voices = {.release = s->release, .number = release_find(s->release, s->series[series]->id), .series = s->series[series], .origin = origin,
                     .horizon = out->horizon, .past = s->past, .place = series, .group = s->group};
    gboolean all = TRUE;
    take_said(s, series, origin, part);
    voices_begin(&voices);
    for (gsize m = 0; m < panel_members(); m++)
        all = all && (part[m] != NULL || !(voices.weight[m] > 0));
    voices_listen(&voices, part, all);
    g_autoptr(Outlook) published = publish_outlook(&voices, part, complaint, &note);
    for (gsize m = 0; m < RELEASE_MEMBERS_MOST; m++)
        outlook_free(part[m]);
    if (published == NULL) {
        g_set_error_literal(error, MODEL_ERROR, MODEL_ERROR_SHORT, note.sentence);
        return FALSE;
    }
    memcpy(out->mean, published->mean, out->horizon * sizeof *out->mean);
    memcpy(out->quantile, published->quantile, out->horizon * OUTLOOK_LEVELS * sizeof *out->quantile);
    return TRUE;
}

/* Each origin is looked at alone, so that one without an answer costs no other its own. */
static gboolean publisher_row(void *self, gsize series, const gsize *origin, gsize origins, Outlook **out, GError **error)
{
    if (origins == 1)
        return publish_one(self, series, origin[0], out[0], error);
    g_set_error_literal(error, MODEL_ERROR, MODEL_ERROR_SHORT, "asked for several origins at once");
    return FALSE;
}

/* ------------------------------------------------------------------ life */

Seats *seats_new(Panel *panel, const gboolean *asked, const Release *release, const Series *const *series, gsize n)
{
    Seats *s = g_new0(Seats, 1);
    s->panel = panel;
    s->release = release;
    s->series = series;
    s->n = n;
    g_mutex_init(&s->lock);
    for (gsize m = 0; m < panel_members(); m++) {
        s->seat[m] = (Seat){s, m, asked[m]};
        s->row[s->rows++] = (Forecaster){panel_name(m), member_row, &s->seat[m]};
    }
    if (release == NULL)
        return s;
    s->row[s->rows++] = (Forecaster){"wardcast", publisher_row, s};
    s->said = g_new(GArray *, n + 1);
    for (gsize i = 0; i < n; i++) {
        s->said[i] = g_array_new(FALSE, FALSE, sizeof(Said));
        g_array_set_clear_func(s->said[i], clear_said);
    }
    return s;
}

void seats_free(Seats *seats)
{
    if (seats == NULL)
        return;
    for (gsize i = 0; seats->said != NULL && i < seats->n; i++)
        g_array_unref(seats->said[i]);
    g_free(seats->said);
    g_mutex_clear(&seats->lock);
    g_free(seats);
}

void seats_recall(Seats *seats, Panel *past, gboolean group)
{
    seats->past = past;
    seats->group = group;
}

const Forecaster *seats_rows(const Seats *seats, gsize *rows)
{
    *rows = seats->rows;
    return seats->row;
}
