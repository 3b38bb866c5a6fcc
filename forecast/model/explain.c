#include "forecast/model/explain.h"

#include "forecast/kernel/numeric.h"
#include "forecast/model/draw.h"
#include "forecast/model/shrink.h"

/* Of the context, what counts as recent: a season, but no more than a quarter. */
enum { RECENT_SHARE = 4 };
/* Nearby: each feature is left out in one case of five. */
#define LEFT_OUT 0.2

/* ------------------------------------------------------------------ Shapley */

static gsize bits_of(gsize mask)
{
    gsize bits = 0;
    for (; mask != 0; mask &= mask - 1)
        bits++;
    return bits;
}

void explain_shapley(const double *value, gsize groups, double *phi)
{
    g_assert(groups <= EXPLAIN_GROUPS);
    double weight[EXPLAIN_GROUPS] = {0}; /* of a coalition of that many: k! (n - k - 1)! / n! */
    for (gsize k = 0; k < groups; k++) {
        weight[k] = 1 / (double)groups;
        for (gsize j = 1; j <= k; j++) /* over the binomial coefficient of n - 1 above k */
            weight[k] *= (double)j / (double)(groups - j);
    }
    for (gsize g = 0; g < groups; g++) {
        phi[g] = 0;
        for (gsize without = 0; without < (gsize)1 << groups; without++)
            if (!(without >> g & 1))
                phi[g] += weight[bits_of(without)] * (value[without | (gsize)1 << g] - value[without]);
    }
}

/* ------------------------------------------------------------------ the linear picture */

gboolean explain_picture(const guint64 *present, const double *value, gsize samples, gsize features, ExplainPicture *picture, GError **error)
{
    g_assert(features <= EXPLAIN_FEATURES && samples >= 3);
    g_autofree double *x = g_new(double, samples * features + 1), *left_out = g_new(double, samples);
    double intercept, mean = 0, total = 0, missed = 0, size = 0;
    for (gsize s = 0; s < samples; s++) {
        for (gsize k = 0; k < features; k++)
            x[s * features + k] = present[s] >> k & 1 ? 1 : 0;
        mean += value[s] / (double)samples;
        size = MAX(size, fabs(value[s]));
    }
    *picture = (ExplainPicture){.features = features, .r2 = MISSING};
    for (gsize s = 0; s < samples; s++)
        total += (value[s] - mean) * (value[s] - mean);
    if (!(total > 1e-12 * size * size * (double)samples)) /* it adds the same whatever it is shown */
        return TRUE;
    if (!shrink_fit(x, value, samples, features, picture->effect, &intercept, left_out, error))
        return FALSE;
    for (gsize s = 0; s < samples; s++)
        missed += left_out[s] * left_out[s];
    picture->r2 = 1 - missed / total;
    picture->faithful = picture->r2 >= EXPLAIN_LEAST_R2;
    return TRUE;
}

/* ------------------------------------------------------------------ asking a network */

typedef struct {
    guint absent;   /* as in tokens_mask() */
    guint64 hidden;
} Mask;

typedef struct {
    const Network *network;
    const TokensShape *shape;
    const Task *task;
    const Anchor *anchor;
    gsize future, within; /* where the step lies */
    double scale;
} Asking;

/* What the network adds to the anchor's median under each mask. */
static gboolean ask(const Asking *a, const Mask *mask, gsize masks, double *value, GError **error)
{
    gsize most = MIN(masks, NETWORK_ROWS), floats = tokens_floats(a->shape, most) + network_room(a->network, most);
    g_autofree float *block = g_try_new(float, floats);
    if (block == NULL) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_MEMORY, "explaining wants %zu MiB of memory that there is not; shorten the horizon", floats * sizeof(float) >> 20);
        return FALSE;
    }
    const TokensWindow window = {.series = a->task->series, .calendar = a->task->calendar, .anchor = a->anchor,
                                 .origin = a->task->origin, .known = a->task->origin};
    for (gsize first = 0; first < masks; first += most) {
        gsize rows = MIN(most, masks - first);
        Tokens tokens = tokens_at(a->shape, rows, block);
        for (gsize row = 0; row < rows; row++) {
            tokens_fill(a->shape, &window, &tokens, row);
            tokens_mask(a->shape, &tokens, row, mask[first + row].absent, mask[first + row].hidden);
        }
        const float *shift = network_say(a->network, &tokens, block + tokens_floats(a->shape, rows));
        for (gsize row = 0; row < rows; row++)
            value[first + row] = a->scale * (double)shift[((a->future * rows + row) * OUTLOOK_LEVELS + OUTLOOK_MEDIAN) * a->shape->patch + a->within];
    }
    return TRUE;
}

/* ------------------------------------------------------------------ groups */

static gsize recent_patches(const Asking *a)
{
    gsize season = MAX(a->task->season[0], a->task->season[1]);
    return CLAMP(season / a->shape->patch, 1, MAX(a->shape->context / RECENT_SHARE, 1));
}

/* Bits of the context patches [first, end). */
static guint64 patches(gsize first, gsize end)
{
    guint64 bits = 0;
    for (gsize p = first; p < end; p++)
        bits |= (guint64)1 << p;
    return bits;
}

static void add_group(ExplainNetwork *e, Mask *group, const char *name, Mask mask)
{
    e->group[e->groups] = name;
    group[e->groups++] = mask;
}

/* Covariates beyond the room there is are one group. */
static void add_covariates(const Asking *a, ExplainNetwork *e, Mask *group)
{
    for (gsize c = 0; c < a->shape->covariates; c++) {
        Mask mask = {.absent = (guint)TOKENS_COVARIATE << c};
        if (e->groups < EXPLAIN_GROUPS)
            add_group(e, group, a->shape->covariate[c], mask);
        else {
            group[e->groups - 1].absent |= mask.absent;
            e->group[e->groups - 1] = "other covariates";
        }
    }
}

static void make_groups(const Asking *a, ExplainNetwork *e, Mask *group)
{
    gsize context = a->shape->context, recent = context - recent_patches(a);
    add_group(e, group, "recent values", (Mask){TOKENS_TODAY, patches(recent, context)});
    add_group(e, group, "older values", (Mask){0, patches(0, recent)});
    add_group(e, group, "place in year and week", (Mask){TOKENS_PHASES, 0});
    add_group(e, group, "holidays and working days", (Mask){TOKENS_HOLIDAYS, 0});
    add_group(e, group, "size and variation", (Mask){TOKENS_STATISTICS, 0});
    add_covariates(a, e, group);
}

static Mask without(const Mask *part, gsize parts, guint64 present)
{
    Mask all = {0, 0};
    for (gsize k = 0; k < parts; k++)
        if (!(present >> k & 1)) {
            all.absent |= part[k].absent;
            all.hidden |= part[k].hidden;
        }
    return all;
}

static gboolean share_out(const Asking *a, ExplainNetwork *e, const Mask *group, GError **error)
{
    Mask mask[1 << EXPLAIN_GROUPS];
    double value[1 << EXPLAIN_GROUPS];
    gsize masks = (gsize)1 << e->groups;
    for (gsize present = 0; present < masks; present++)
        mask[present] = without(group, e->groups, present);
    if (!ask(a, mask, masks, value, error))
        return FALSE;
    explain_shapley(value, e->groups, e->share);
    e->none = value[0];
    e->all = value[masks - 1];
    return TRUE;
}

/* ------------------------------------------------------------------ nearby */

/* The newest patches one by one, then everything else that is a group. */
static gsize make_features(const Asking *a, ExplainNetwork *e, const Mask *group, Mask *feature)
{
    gsize features = 0, context = a->shape->context, single = MIN(EXPLAIN_PATCHES, context);
    for (gsize k = 0; k < single; k++) {
        e->feature[features] = k == 0 ? g_strdup_printf("the last whole stretch of %zu %ss", a->shape->patch, grain_name(a->shape->grain))
                                      : g_strdup_printf("the one %zu before that", k);
        feature[features++] = (Mask){0, patches(context - 1 - k, context - k)};
    }
    e->feature[features] = g_strdup("older values");
    feature[features++] = (Mask){0, patches(0, context - single)};
    for (gsize g = 2; g < e->groups && features < EXPLAIN_FEATURES; g++) {
        e->feature[features] = g_strdup(e->group[g]);
        feature[features++] = group[g];
    }
    return features;
}

static gboolean draw_picture(const Asking *a, ExplainNetwork *e, const Mask *group, guint64 seed, GError **error)
{
    Mask feature[EXPLAIN_FEATURES], mask[EXPLAIN_SAMPLES];
    guint64 present[EXPLAIN_SAMPLES];
    double value[EXPLAIN_SAMPLES];
    gsize features = make_features(a, e, group, feature);
    for (gsize s = 0; s < EXPLAIN_SAMPLES; s++) {
        present[s] = 0;
        for (gsize k = 0; k < features; k++)
            present[s] |= (guint64)(draw_uniform(seed, 0, s * features + k) >= LEFT_OUT) << k;
        mask[s] = without(feature, features, present[s]);
    }
    return ask(a, mask, EXPLAIN_SAMPLES, value, error) && explain_picture(present, value, EXPLAIN_SAMPLES, features, &e->picture, error);
}

void explain_network_clear(ExplainNetwork *explanation)
{
    for (gsize k = 0; k < EXPLAIN_FEATURES; k++)
        g_clear_pointer(&explanation->feature[k], g_free);
}

gboolean explain_network(const Network *network, const Task *task, const Anchor *anchor, gsize step, guint64 seed, ExplainNetwork *explanation, GError **error)
{
    Asking a = {.network = network, .shape = network_tokens(network), .task = task, .anchor = anchor, .scale = anchor_scale(anchor, task->origin)};
    Mask group[EXPLAIN_GROUPS];
    *explanation = (ExplainNetwork){0};
    if (step >= network_horizon(network) || network_grain(network) != task->series->grain) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "series %s: the %s was trained for %zu %ss; it has nothing to say of step %zu", task->series->id,
                    network_kind_name(network_kind(network)), network_horizon(network), grain_name(network_grain(network)), step + 1);
        return FALSE;
    }
    numeric_begin();
    a.scale *= network_leash(network)[network_range(network_horizon(network), step)];
    tokens_place(a.shape, task->series->start + (gint64)task->origin, step, &a.future, &a.within);
    make_groups(&a, explanation, group);
    return share_out(&a, explanation, group, error) && draw_picture(&a, explanation, group, seed, error);
}
