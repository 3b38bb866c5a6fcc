#include "forecast/model/release.h"

#include "forecast/model/weights.h"

#include <string.h>

/* grain, seasons, horizon, seed, watermark, member names, the group's row, rows,
 * networks (kind, bytes, leash), calibration, origins, scores, card, what training was
 * told (version, first step, steps, seconds, members), figures. */
#define ROW_TYPE "(sadbs)"
#define RELEASE_TYPE "(u(tt)ttxas" ROW_TYPE "a" ROW_TYPE "a(uayad)aytans(sxtds)ad)"
enum { AT_GRAIN, AT_SEASON, AT_HORIZON, AT_SEED, AT_WATERMARK, AT_MEMBER, AT_GROUP, AT_ROW, AT_NETWORK, AT_CALIBRATION, AT_ORIGINS, AT_SCORE, AT_CARD, AT_ORDER, AT_FIGURES };

enum { FIGURES = sizeof(ReleaseFigures) / sizeof(double) };

/* Ten years of hours: no horizon or season is longer. */
enum { STEPS_MOST = 87660 };

/* ------------------------------------------------------------------ life */

static void clear_row(ReleaseRow *row)
{
    g_clear_pointer(&row->id, g_free);
    g_clear_pointer(&row->weight, g_free);
    g_clear_pointer(&row->verdict, g_free);
}

void release_free(Release *release)
{
    if (release == NULL)
        return;
    for (gsize i = 0; release->row != NULL && i < release->series; i++)
        clear_row(&release->row[i]);
    clear_row(&release->group);
    for (int k = 0; k < NETWORK_KINDS; k++)
        network_free(release->network[k]);
    g_strfreev(release->member);
    g_free(release->row);
    calibrate_free(release->calibration);
    g_free(release->score);
    g_free(release->program);
    g_free(release->only);
    g_free(release->figures);
    g_free(release->card);
    g_clear_pointer(&release->place, g_hash_table_unref);
    g_free(release);
}

gboolean release_index(Release *release)
{
    g_clear_pointer(&release->place, g_hash_table_unref);
    release->place = g_hash_table_new(g_str_hash, g_str_equal);
    for (gsize i = 0; i < release->series; i++)
        if (!g_hash_table_insert(release->place, release->row[i].id, GSIZE_TO_POINTER(i + 1)))
            return FALSE;
    return TRUE;
}

gsize release_find(const Release *release, const char *id)
{
    gsize place = GPOINTER_TO_SIZE(g_hash_table_lookup(release->place, id));
    return place > 0 ? place - 1 : RELEASE_UNKNOWN;
}

const ReleaseRow *release_row(const Release *release, gsize number)
{
    return number == RELEASE_UNKNOWN ? &release->group : &release->row[number];
}

const gint16 *release_scores(const Release *release, gsize number)
{
    return number == RELEASE_UNKNOWN ? NULL : release->score + number * release->origins * release->horizon;
}

/* ------------------------------------------------------------------ to bytes */

static GVariant *fixed(const char *type, gconstpointer data, gsize count, gsize size)
{
    return g_variant_new_fixed_array(G_VARIANT_TYPE(type), data, count, size);
}

static GVariant *bytes_variant(GBytes *bytes)
{
    gsize size;
    gconstpointer data = g_bytes_get_data(bytes, &size);
    return fixed("y", data, size, 1);
}

static GVariant *row_variant(const ReleaseRow *row, gsize members)
{
    return g_variant_new("(s@adbs)", row->id, fixed("d", row->weight, members, sizeof(double)), row->network, row->verdict);
}

static GVariant *rows_variant(const Release *release)
{
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a" ROW_TYPE));
    for (gsize i = 0; i < release->series; i++)
        g_variant_builder_add_value(&builder, row_variant(&release->row[i], release->members));
    return g_variant_builder_end(&builder);
}

static GVariant *networks_variant(const Release *release)
{
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(uayad)"));
    for (guint32 k = 0; k < NETWORK_KINDS; k++)
        if (release->network[k] != NULL) {
            g_autoptr(GBytes) bytes = network_to_bytes(release->network[k]);
            g_variant_builder_add(&builder, "(u@ay@ad)", k, bytes_variant(bytes), fixed("d", network_leash(release->network[k]), NETWORK_RANGES, sizeof(double)));
        }
    return g_variant_builder_end(&builder);
}

static GVariant *order_variant(const Release *release)
{
    return g_variant_new("(sxtds)", release->program != NULL ? release->program : "", release->since, release->steps, release->seconds,
                         release->only != NULL ? release->only : "");
}

static GVariant *figures_variant(const Release *release)
{
    gsize count = release->figures != NULL ? (release->members + 1) * FIGURES : 0;
    return fixed("d", release->figures, count, sizeof(double));
}

GBytes *release_to_bytes(const Release *release)
{
    gsize scores = release->series * release->origins * release->horizon;
    g_autoptr(GBytes) calibration = calibrate_to_bytes(release->calibration);
    g_autoptr(GVariant) whole = g_variant_ref_sink(g_variant_new(
        "(u(tt)ttx^as@" ROW_TYPE "@a" ROW_TYPE "@a(uayad)@ayt@ans@(sxtds)@ad)", (guint32)release->grain, (guint64)release->season[0],
        (guint64)release->season[1], (guint64)release->horizon, release->seed, release->watermark, release->member,
        row_variant(&release->group, release->members), rows_variant(release), networks_variant(release),
        bytes_variant(calibration), (guint64)release->origins, fixed("n", release->score, scores, sizeof(gint16)),
        release->card, order_variant(release), figures_variant(release)));
#if G_BYTE_ORDER == G_BIG_ENDIAN
    g_autoptr(GVariant) little = g_variant_byteswap(whole);
    return g_variant_get_data_as_bytes(little);
#else
    return g_variant_get_data_as_bytes(whole);
#endif
}

/* ------------------------------------------------------------------ from bytes */

static gboolean refuse(const char *what, GError **error)
{
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_FILE, "the release's %s; train again with \"wardcast train\"", what);
    return FALSE;
}

static gboolean read_weights(GVariant *variant, ReleaseRow *row, gsize members, GError **error)
{
    gsize count;
    const double *weight = g_variant_get_fixed_array(variant, &count, sizeof(double));
    double sum = 0;
    if (count != members)
        return refuse("weights are not one per member", error);
    for (gsize m = 0; m < members; m++) {
        if (!(weight[m] >= 0 && weight[m] <= 1 + 1e-6))
            return refuse("weights are not all from 0 to 1", error);
        sum += weight[m];
    }
    if (fabs(sum - 1) > 1e-6)
        return refuse("weights of a series do not add up to 1", error);
    row->weight = g_memdup2(weight, members * sizeof *weight);
    return TRUE;
}

static gboolean read_row(GVariant *variant, ReleaseRow *row, gsize members, GError **error)
{
    g_autoptr(GVariant) weight = NULL;
    g_variant_get(variant, "(s@adbs)", &row->id, &weight, &row->network, &row->verdict);
    return read_weights(weight, row, members, error);
}

static gboolean read_rows(GVariant *whole, Release *r, GError **error)
{
    g_autoptr(GVariant) group = g_variant_get_child_value(whole, AT_GROUP), rows = g_variant_get_child_value(whole, AT_ROW);
    if (!read_row(group, &r->group, r->members, error))
        return FALSE;
    r->series = g_variant_n_children(rows);
    r->row = g_new0(ReleaseRow, r->series + 1);
    for (gsize i = 0; i < r->series; i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        if (!read_row(row, &r->row[i], r->members, error))
            return FALSE;
    }
    return release_index(r) || refuse("series ids are not unique", error);
}

static gboolean read_head(GVariant *whole, Release *r, GError **error)
{
    guint32 grain;
    guint64 season[2], horizon;
    g_variant_get_child(whole, AT_GRAIN, "u", &grain);
    g_variant_get_child(whole, AT_SEASON, "(tt)", &season[0], &season[1]);
    g_variant_get_child(whole, AT_HORIZON, "t", &horizon);
    g_variant_get_child(whole, AT_SEED, "t", &r->seed);
    g_variant_get_child(whole, AT_WATERMARK, "x", &r->watermark);
    g_variant_get_child(whole, AT_MEMBER, "^as", &r->member);
    g_variant_get_child(whole, AT_CARD, "s", &r->card);
    r->members = g_strv_length(r->member);
    if (grain >= GRAINS)
        return refuse("grain is none this program knows", error);
    if (horizon < 1 || horizon > STEPS_MOST || season[0] > STEPS_MOST || season[1] > STEPS_MOST)
        return refuse("horizon or seasons are out of range", error);
    if (r->members < 1 || r->members > RELEASE_MEMBERS_MOST)
        return refuse("number of members is out of range", error);
    r->grain = (Grain)grain;
    r->horizon = (gsize)horizon;
    r->season[0] = (gsize)season[0];
    r->season[1] = (gsize)season[1];
    return TRUE;
}

static char *said(char *text)
{
    if (*text != '\0')
        return text;
    g_free(text);
    return NULL;
}

static gboolean read_order(GVariant *whole, Release *r, GError **error)
{
    gsize count;
    g_autoptr(GVariant) figures = g_variant_get_child_value(whole, AT_FIGURES);
    const double *figure = g_variant_get_fixed_array(figures, &count, sizeof(double));
    g_variant_get_child(whole, AT_ORDER, "(sxtds)", &r->program, &r->since, &r->steps, &r->seconds, &r->only);
    r->program = said(r->program);
    r->only = said(r->only);
    if (!(r->seconds >= 0 && isfinite(r->seconds)))
        return refuse("training time is out of range", error);
    if (count != 0 && count != (r->members + 1) * FIGURES)
        return refuse("figures are not one row per member and one of the whole", error);
    r->figures = count > 0 ? g_memdup2(figure, count * sizeof *figure) : NULL;
    return TRUE;
}

static gboolean read_scores(GVariant *whole, Release *r, GError **error)
{
    guint64 origins;
    gsize count, rows, wanted;
    g_autoptr(GVariant) scores = g_variant_get_child_value(whole, AT_SCORE);
    const gint16 *score = g_variant_get_fixed_array(scores, &count, sizeof(gint16));
    g_variant_get_child(whole, AT_ORIGINS, "t", &origins);
    if (!g_size_checked_mul(&rows, r->series, (gsize)origins) || !g_size_checked_mul(&wanted, rows, r->horizon) || wanted != count)
        return refuse("scores are not one per series, origin and step", error);
    r->origins = (gsize)origins;
    r->score = g_memdup2(score, count * sizeof *score);
    return TRUE;
}

static gboolean read_leash(GVariant *variant, Network *network, GError **error)
{
    gsize count;
    const double *leash = g_variant_get_fixed_array(variant, &count, sizeof(double));
    gboolean fine = count == NETWORK_RANGES;
    for (gsize k = 0; k < count && fine; k++)
        fine = leash[k] >= 0 && leash[k] <= 1;
    if (!fine)
        return refuse("leash of a network is not four numbers from 0 to 1", error);
    network_set_leash(network, leash);
    return TRUE;
}

static gboolean read_networks(GVariant *whole, Release *r, GError **error)
{
    g_autoptr(GVariant) networks = g_variant_get_child_value(whole, AT_NETWORK);
    for (gsize k = 0; k < g_variant_n_children(networks); k++) {
        guint32 kind;
        g_autoptr(GVariant) data = NULL, leash = NULL;
        g_variant_get_child(networks, k, "(u@ay@ad)", &kind, &data, &leash);
        if (kind >= NETWORK_KINDS || r->network[kind] != NULL)
            return refuse("networks are of unknown or repeated kinds", error);
        g_autoptr(GBytes) bytes = g_variant_get_data_as_bytes(data);
        r->network[kind] = network_from_bytes(bytes, error);
        if (r->network[kind] == NULL || !read_leash(leash, r->network[kind], error))
            return FALSE;
        if (network_kind(r->network[kind]) != (NetworkKind)kind || network_grain(r->network[kind]) != r->grain)
            return refuse("networks are not of the kind and grain it names", error);
    }
    return TRUE;
}

static gboolean read_calibration(GVariant *whole, Release *r, GError **error)
{
    g_autoptr(GVariant) data = g_variant_get_child_value(whole, AT_CALIBRATION);
    g_autoptr(GBytes) bytes = g_variant_get_data_as_bytes(data);
    r->calibration = calibrate_from_bytes(bytes, error);
    if (r->calibration != NULL && calibrate_series(r->calibration) != r->series)
        return refuse("calibration is not of its series", error);
    return r->calibration != NULL;
}

static Release *read_all(GVariant *whole, GError **error)
{
    g_autoptr(Release) r = g_new0(Release, 1);
    if (read_head(whole, r, error) && read_order(whole, r, error) && read_rows(whole, r, error) && read_scores(whole, r, error) &&
        read_networks(whole, r, error) && read_calibration(whole, r, error))
        return g_steal_pointer(&r);
    return NULL;
}

/* GVariant looks at each byte by itself, which for millions of weights took longer than
 * all the rest.  Bytes and numbers of fixed size have one form only; how many they
 * are and what they say is checked where they are read, and GVariant itself never
 * reads beyond the bytes that it was given. */
static gboolean is_normal(GVariant *whole)
{
    for (gsize at = 0; at <= AT_FIGURES; at++) {
        g_autoptr(GVariant) part = g_variant_get_child_value(whole, at);
        if (at != AT_NETWORK && at != AT_CALIBRATION && at != AT_SCORE && !g_variant_is_normal_form(part))
            return FALSE;
    }
    return TRUE;
}

Release *release_from_bytes(GBytes *bytes, GError **error)
{
    g_autoptr(GVariant) whole = g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(RELEASE_TYPE), bytes, FALSE));
    if (!is_normal(whole)) {
        refuse("content is not in the form it should be", error);
        return NULL;
    }
#if G_BYTE_ORDER == G_BIG_ENDIAN
    g_autoptr(GVariant) native = g_variant_byteswap(whole);
    return read_all(native, error);
#else
    return read_all(whole, error);
#endif
}

/* ------------------------------------------------------------------ files */

char *release_path(const char *folder, Grain grain)
{
    g_autofree char *name = g_strconcat(grain_name(grain), ".weights", NULL);
    return g_build_filename(folder, name, NULL);
}

gboolean release_save(const Release *release, const char *path, GError **error)
{
    g_autoptr(GBytes) bytes = release_to_bytes(release);
    return weights_save(path, bytes, error);
}

Release *release_load_generation(const char *path, guint generation, GError **error)
{
    g_autoptr(GBytes) content = weights_load(path, generation, error);
    if (content == NULL)
        return NULL;
    Release *release = release_from_bytes(content, error);
    if (release == NULL)
        g_prefix_error(error, "%s: ", path);
    return release;
}

Release *release_load(const char *path, guint *generation, char **remark, GError **error)
{
    g_autoptr(GError) newest = NULL;
    for (guint g = 0; g < WEIGHTS_GENERATIONS; g++) {
        g_autoptr(GError) older = NULL;
        Release *release = release_load_generation(path, g, g == 0 ? &newest : &older);
        if (release == NULL)
            continue;
        if (generation != NULL)
            *generation = g;
        if (remark != NULL)
            *remark = g == 0 ? NULL : g_strdup_printf("the training %u before the last one is used: %s", g, newest->message);
        return release;
    }
    g_propagate_error(error, g_steal_pointer(&newest));
    return NULL;
}
