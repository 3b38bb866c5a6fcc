#include "forecast/model/pretrained.h"

#include "forecast/model/draw.h"
#include "forecast/model/prior.h"
#include "forecast/model/weights.h"

#include <string.h>

#define CONTENT_TYPE "(uttta(uayaq))"

/* Per grain: how long the invented records are, how far ahead is asked, the
 * fewest steps of a young ward, and how much there is to learn from. */
static const struct {
    gsize length, horizon, young, steps, series;
} grain_row[GRAINS] = {
    [GRAIN_HOUR] = {10 * 168, 96, 336, 1000, 500},
    [GRAIN_DAY] = {900, 28, 14, 1500, 1500},
    [GRAIN_WEEK] = {260, 12, 8, 1500, 1500},
    [GRAIN_MONTH] = {144, 12, 12, 1500, 1500},
};

/* Chances that a record is forecast beyond what its anchor was fitted on, and that it is a young one. */
static const double beyond_share = 0.25, young_share = 0.25;

void pretrained_free(Pretrained *pretrained)
{
    if (pretrained == NULL)
        return;
    for (int k = 0; k < NETWORK_KINDS; k++)
        network_free(pretrained->network[k]);
    g_free(pretrained);
}

/* ------------------------------------------------------------------ making */

/* Of chance; no step of a training reaches it.  The two kinds that came first share the seed of the whole. */
static const guint64 kind_stream = G_MAXUINT64 - 1;

static guint64 seed_of(guint64 seed, NetworkKind kind)
{
    return kind < NETWORK_FREE ? seed : draw_bits(seed, kind_stream, kind);
}

/* Until when a record is known, and on what its anchor is fitted: most as in
 * training, some as in a forecast, some of wards that have just opened. */
static void cut(const PretrainedOptions *options, gsize length, guint64 number, gsize *until, gsize *fit)
{
    gsize young = grain_row[options->grain].young, horizon = grain_row[options->grain].horizon;
    double kind = draw_uniform(options->seed, number, 0), x = draw_uniform(options->seed, number, 1);
    *until = *fit = length;
    if (kind < beyond_share)
        *fit = young + (gsize)(x * (double)(length - 3 * horizon - young));
    else if (kind < beyond_share + young_share) {
        *fit = (gsize)((double)young * pow(8, x));
        *fit = MIN(*fit, length - 3 * horizon);
        *until = *fit + 3 * horizon;
    }
}

/* `count` series of as many hospitals as it takes, and the calendar of each. */
static GPtrArray *invent(const PretrainedOptions *options, gsize count, const Calendar **calendar)
{
    GPtrArray *series = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    for (guint64 number = 0; series->len < count; number++) {
        const Calendar *own = options->calendar[number % options->calendars];
        const PriorOptions prior = {options->grain, own, options->seed, grain_row[options->grain].length, FALSE};
        gsize from = series->len;
        prior_hospital(&prior, number, series);
        for (gsize k = from; k < MIN(series->len, count); k++)
            calendar[k] = own;
    }
    g_ptr_array_set_size(series, (gint)count);
    return series;
}

Pretrained *pretrained_make(const PretrainedOptions *options, GError **error)
{
    g_autoptr(Pretrained) pretrained = g_new0(Pretrained, 1);
    gsize steps = options->steps > 0 ? options->steps : grain_row[options->grain].steps;
    gsize count = options->series > 0 ? options->series : grain_row[options->grain].series, length = grain_row[options->grain].length;
    *pretrained = (Pretrained){options->grain, options->seed, steps, count, {NULL}};
    g_autofree const Calendar **calendar = g_new(const Calendar *, count);
    g_autoptr(GPtrArray) series = invent(options, count, calendar);
    g_autofree gsize *until = g_new(gsize, count), *fit = g_new(gsize, count);
    for (gsize k = 0; k < count; k++)
        cut(options, length, k, &until[k], &fit[k]);
    const gsize day = grain_season(options->grain), season[2] = {day, options->grain == GRAIN_HOUR ? 7 * day : 0};
    NetworkTraining training = {.steps = steps, .threads = options->threads, .fit = fit, .calendar = calendar, .progress = options->progress, .self = options->self};
    for (int k = 0; k < NETWORK_KINDS; k++) {
        training.seed = seed_of(options->seed, (NetworkKind)k);
        pretrained->network[k] = network_train((NetworkKind)k, (const Series *const *)series->pdata, until, count, NULL, season,
                                               grain_row[options->grain].horizon, &training, error);
        if (pretrained->network[k] == NULL)
            return NULL;
    }
    return g_steal_pointer(&pretrained);
}

/* ------------------------------------------------------------------ half floats */

guint16 pretrained_half(float number)
{
    guint32 bits;
    memcpy(&bits, &number, sizeof bits);
    guint16 sign = (guint16)(bits >> 16 & 0x8000);
    guint32 size = bits & 0x7fffffff;
    if (size >= 0x7f800000) /* infinite, or no number */
        return (guint16)(sign | 0x7c00 | (size > 0x7f800000 ? 0x200 : 0));
    if (size >= 0x477ff000) /* rounds to 65536 or more */
        return (guint16)(sign | 0x7c00);
    if (size < 0x38800000) { /* below 2^-14: in steps of 2^-24 */
        float magnitude = number < 0 ? -number : number;
        return (guint16)(sign | (guint16)rintf(magnitude * 0x1p24f));
    }
    guint32 kept = size >> 13, rest = size & 0x1fff;
    kept += rest > 0x1000 || (rest == 0x1000 && (kept & 1)) ? 1 : 0;
    return (guint16)(sign | (kept - (112 << 10)));
}

float pretrained_number(guint16 half)
{
    guint32 exponent = half >> 10 & 0x1f, fraction = half & 0x3ff, bits;
    float sign = half & 0x8000 ? -1 : 1, number;
    if (exponent == 0)
        return sign * (float)fraction * 0x1p-24f;
    bits = (guint32)(half & 0x8000) << 16 | (exponent == 31 ? 255u : exponent + 112) << 23 | fraction << 13;
    memcpy(&number, &bits, sizeof number);
    return number;
}

/* ------------------------------------------------------------------ bytes */

/* A network's bytes are a head and then its weights: "(uayaq)". */
static GVariant *network_variant(guint32 kind, const Network *network)
{
    g_autoptr(GBytes) bytes = network_to_bytes(network);
    gsize size, weights = network_parameters(network);
    const guint8 *data = g_bytes_get_data(bytes, &size), *at = data + size - weights * sizeof(float);
    g_autofree guint16 *half = g_new(guint16, weights + 1);
    for (gsize k = 0; k < weights; k++) {
        guint32 bits;
        float number;
        memcpy(&bits, at + k * sizeof bits, sizeof bits);
        bits = GUINT32_FROM_LE(bits);
        memcpy(&number, &bits, sizeof number);
        half[k] = pretrained_half(number);
    }
    GVariant *head = g_variant_new_fixed_array(G_VARIANT_TYPE("y"), data, (gsize)(at - data), 1);
    return g_variant_new("(u@ay@aq)", kind, head, g_variant_new_fixed_array(G_VARIANT_TYPE("q"), half, weights, sizeof *half));
}

GBytes *pretrained_to_bytes(const Pretrained *p)
{
    GVariantBuilder networks;
    g_variant_builder_init(&networks, G_VARIANT_TYPE("a(uayaq)"));
    for (guint32 k = 0; k < NETWORK_KINDS; k++)
        if (p->network[k] != NULL)
            g_variant_builder_add_value(&networks, network_variant(k, p->network[k]));
    g_autoptr(GVariant) whole = g_variant_ref_sink(g_variant_new("(uttt@a(uayaq))", (guint32)p->grain, p->seed, (guint64)p->steps, (guint64)p->series,
                                                                 g_variant_builder_end(&networks)));
#if G_BYTE_ORDER == G_BIG_ENDIAN
    g_autoptr(GVariant) little = g_variant_byteswap(whole);
    return g_variant_get_data_as_bytes(little);
#else
    return g_variant_get_data_as_bytes(whole);
#endif
}

static gboolean refuse(const char *what, GError **error)
{
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_FILE, "pretrained networks: %s; make them again with \"wardcast pretrain\"", what);
    return FALSE;
}

static Network *read_network(GVariant *variant, GError **error)
{
    g_autoptr(GVariant) head = g_variant_get_child_value(variant, 1), weights = g_variant_get_child_value(variant, 2);
    gsize heads, count;
    const guint8 *data = g_variant_get_fixed_array(head, &heads, 1);
    const guint16 *half = g_variant_get_fixed_array(weights, &count, sizeof *half);
    g_autoptr(GByteArray) bytes = g_byte_array_sized_new((guint)(heads + count * sizeof(float)));
    g_byte_array_append(bytes, data, (guint)heads);
    for (gsize k = 0; k < count; k++) {
        float number = pretrained_number(half[k]);
        guint32 bits;
        memcpy(&bits, &number, sizeof bits);
        bits = GUINT32_TO_LE(bits);
        g_byte_array_append(bytes, (const guint8 *)&bits, sizeof bits);
    }
    g_autoptr(GBytes) whole = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
    return network_from_bytes(whole, error);
}

static gboolean read_networks(GVariant *whole, Pretrained *p, GError **error)
{
    g_autoptr(GVariant) networks = g_variant_get_child_value(whole, 4);
    for (gsize k = 0; k < g_variant_n_children(networks); k++) {
        g_autoptr(GVariant) one = g_variant_get_child_value(networks, k);
        guint32 kind;
        g_variant_get_child(one, 0, "u", &kind);
        if (kind >= NETWORK_KINDS || p->network[kind] != NULL)
            return refuse("networks are of unknown or repeated kinds", error);
        p->network[kind] = read_network(one, error);
        if (p->network[kind] == NULL)
            return FALSE;
        if (network_kind(p->network[kind]) != (NetworkKind)kind || network_grain(p->network[kind]) != p->grain)
            return refuse("networks are not of the kind and grain it names", error);
    }
    return TRUE;
}

Pretrained *pretrained_from_bytes(GBytes *content, GError **error)
{
    g_autoptr(GVariant) whole = g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(CONTENT_TYPE), content, FALSE));
    g_autoptr(Pretrained) p = g_new0(Pretrained, 1);
    guint32 grain;
    guint64 steps, series;
    if (!g_variant_is_normal_form(whole)) {
        refuse("content is not in the form it should be", error);
        return NULL;
    }
#if G_BYTE_ORDER == G_BIG_ENDIAN
    GVariant *native = g_variant_byteswap(whole);
    g_variant_unref(whole);
    whole = native;
#endif
    g_variant_get_child(whole, 0, "u", &grain);
    g_variant_get_child(whole, 1, "t", &p->seed);
    g_variant_get_child(whole, 2, "t", &steps);
    g_variant_get_child(whole, 3, "t", &series);
    p->grain = (Grain)grain;
    p->steps = (gsize)steps;
    p->series = (gsize)series;
    if (grain >= GRAINS)
        refuse("grain is none this program knows", error);
    else if (read_networks(whole, p, error))
        return g_steal_pointer(&p);
    return NULL;
}

/* ------------------------------------------------------------------ files */

char *pretrained_path(const char *folder, Grain grain)
{
    g_autofree char *name = g_strconcat(grain_name(grain), ".weights", NULL);
    return g_build_filename(folder, name, NULL);
}

gboolean pretrained_save(const Pretrained *pretrained, const char *folder, GError **error)
{
    g_autofree char *path = pretrained_path(folder, pretrained->grain);
    g_autoptr(GBytes) content = pretrained_to_bytes(pretrained), file = weights_pack(content);
    g_autoptr(GError) cause = NULL;
    gsize size;
    const char *data = g_bytes_get_data(file, &size);
    if (g_file_set_contents_full(path, data, (gssize)size, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644, &cause))
        return TRUE;
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_FILE, "cannot write %s: %s; make room on the disk or name another folder", path, cause->message);
    return FALSE;
}

Pretrained *pretrained_load(Grain grain, GError **error)
{
    const char *named = g_getenv("WARDCAST_PRETRAINED");
    g_autofree char *folder = named != NULL && *named ? g_strdup(named) : g_build_filename(PKGDATADIR, "pretrained", NULL);
    g_autofree char *path = pretrained_path(folder, grain);
    g_autoptr(GError) cause = NULL;
    char *data;
    gsize size;
    if (!g_file_get_contents(path, &data, &size, &cause)) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_FILE, "no pretrained networks: %s", cause->message);
        return NULL;
    }
    g_autoptr(GBytes) file = g_bytes_new_take(data, size), content = weights_unpack(file, path, error);
    g_autoptr(Pretrained) pretrained = content != NULL ? pretrained_from_bytes(content, error) : NULL;
    if (pretrained != NULL && pretrained->grain != grain) {
        refuse("the file is of another grain than its name", error);
        return NULL;
    }
    return g_steal_pointer(&pretrained);
}
