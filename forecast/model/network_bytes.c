#include "forecast/model/network_parts.h"

#include <string.h>

/* The bytes: magic, then whole numbers of 32 bits (kind, grain, horizon,
 * features, width, layers, heads, parameters, covariates, yearly), each covariate's name
 * as length and bytes, then the weights of one voice after the other as IEEE
 * singles; all little-endian.  The size tells the number of voices. */
static const char magic[8] = "WARDNET1";
enum { NUMBERS = 10 };

static void put_number(GByteArray *bytes, gsize number)
{
    guint32 little = GUINT32_TO_LE((guint32)number);
    g_byte_array_append(bytes, (const guint8 *)&little, sizeof little);
}

static void put_weights(GByteArray *bytes, const Network *network, const float *w)
{
    for (gsize k = 0; k < network->tensors.count; k++) {
        const Tensor *t = &network->tensors.tensor[k];
        for (gsize j = 0; j < t->rows * t->columns; j++) {
            guint32 bits;
            memcpy(&bits, w + t->offset + j, sizeof bits);
            put_number(bytes, bits);
        }
    }
}

GBytes *network_to_bytes(const Network *network)
{
    const TokensShape *tokens = &network->tokens;
    GByteArray *bytes = g_byte_array_new();
    g_byte_array_append(bytes, (const guint8 *)magic, sizeof magic);
    const gsize number[NUMBERS] = {network->kind, tokens->grain, tokens->horizon, tokens->features, NETWORK_WIDTH, network->graph.layers, NETWORK_HEADS,
                                   tensors_parameters(&network->tensors), tokens->covariates, tokens->yearly};
    for (gsize k = 0; k < NUMBERS; k++)
        put_number(bytes, number[k]);
    for (gsize c = 0; c < tokens->covariates; c++) {
        gsize length = strlen(tokens->covariate[c]);
        put_number(bytes, length);
        g_byte_array_append(bytes, (const guint8 *)tokens->covariate[c], (guint)length);
    }
    for (gsize v = 0; v < network->voices; v++)
        put_weights(bytes, network, network->w[v]);
    return g_byte_array_free_to_bytes(bytes);
}

/* What is left to read. */
typedef struct {
    const guint8 *at;
    gsize left;
} Reader;

static gboolean get_number(Reader *reader, gsize *number)
{
    guint32 little;
    if (reader->left < sizeof little)
        return FALSE;
    memcpy(&little, reader->at, sizeof little);
    reader->at += sizeof little;
    reader->left -= sizeof little;
    *number = GUINT32_FROM_LE(little);
    return TRUE;
}

static gboolean get_name(Reader *reader, char name[NETWORK_NAME_MOST + 1])
{
    gsize length;
    if (!get_number(reader, &length) || length < 1 || length > NETWORK_NAME_MOST || length > reader->left ||
        !g_utf8_validate_len((const char *)reader->at, length, NULL))
        return FALSE;
    memcpy(name, reader->at, length);
    name[length] = '\0';
    reader->at += length;
    reader->left -= length;
    return TRUE;
}

static gboolean refuse(GError **error, const char *why)
{
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_FILE, "not the weights of a network: %s; train it anew", why);
    return FALSE;
}

/* Everything before the weights; makes the Network whose shape it tells. */
static gboolean read_shape(Reader *reader, Network **network, GError **error)
{
    gsize number[NUMBERS];
    if (reader->left < sizeof magic || memcmp(reader->at, magic, sizeof magic) != 0)
        return refuse(error, "they do not begin with WARDNET1");
    reader->at += sizeof magic;
    reader->left -= sizeof magic;
    for (gsize k = 0; k < NUMBERS; k++)
        if (!get_number(reader, &number[k]))
            return refuse(error, "they end in the head line");
    if (number[0] >= NETWORK_KINDS || number[1] >= GRAINS || number[2] < 1 || number[2] > TOKENS_HORIZON || number[8] > TOKENS_COVARIATES ||
        number[9] > 1)
        return refuse(error, "kind, grain, horizon or covariates are out of range");
    char name[TOKENS_COVARIATES][NETWORK_NAME_MOST + 1];
    const char *covariate[TOKENS_COVARIATES];
    for (gsize c = 0; c < number[8]; c++) {
        if (!get_name(reader, name[c]))
            return refuse(error, "a covariate's name is broken");
        covariate[c] = name[c];
    }
    TokensShape tokens = tokens_shape((Grain)number[1], number[2], covariate, number[8]);
    tokens.yearly = number[9] == 1;
    *network = network_new((NetworkKind)number[0], &tokens, 0);
    if (number[3] != tokens.features || number[4] != NETWORK_WIDTH || number[5] != (*network)->graph.layers || number[6] != NETWORK_HEADS ||
        number[7] != tensors_parameters(&(*network)->tensors))
        return refuse(error, "their shapes are those of another release");
    gsize one = number[7] * sizeof(guint32), voices = reader->left / one;
    if (reader->left % one != 0 || voices < 1 || voices > NETWORK_VOICES_MOST)
        return refuse(error, "too few or too many bytes");
    (*network)->voices = voices;
    return TRUE;
}

static gboolean read_weights(Reader *reader, const Network *network, float *w, GError **error)
{
    for (gsize k = 0; k < network->tensors.count; k++) {
        const Tensor *t = &network->tensors.tensor[k];
        for (gsize j = 0; j < t->rows * t->columns; j++) {
            gsize number = 0;
            guint32 bits = get_number(reader, &number) ? (guint32)number : 0;
            memcpy(w + t->offset + j, &bits, sizeof bits);
            if (!isfinite(w[t->offset + j]))
                return refuse(error, "a weight is not finite");
        }
    }
    return TRUE;
}

Network *network_from_bytes(GBytes *bytes, GError **error)
{
    Reader reader;
    reader.at = g_bytes_get_data(bytes, &reader.left);
    g_autoptr(Network) network = NULL;
    if (!read_shape(&reader, &network, error))
        return NULL;
    for (gsize v = 0; v < network->voices; v++) {
        network->w[v] = g_new0(float, network->tensors.size);
        if (!read_weights(&reader, network, network->w[v], error))
            return NULL;
    }
    network_settle(network);
    return g_steal_pointer(&network);
}
