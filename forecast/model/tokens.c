#include "forecast/model/tokens.h"

#include "forecast/model/draw.h"

#include <string.h>

enum { PHASES = 8, SLOT_FACTS = 5, STATISTICS = 3 };

/* Per grain: steps in a patch, what to add to a step number so that patches
 * begin on Mondays (1970-01-01 was a Thursday), context patches, slots.
 *
 * Four weeks of hours, half a year of days, two years of weeks and six of months
 * are what the anchor's states do not already carry; the place in the year comes
 * as a phase.  Twice as much costs twice the time to train. */
static const struct {
    gsize patch, context, slots;
    gint64 shift;
} grain_row[GRAINS] = {
    [GRAIN_HOUR] = {24, 28, 1, 0},
    [GRAIN_DAY] = {7, 26, 7, 3},
    [GRAIN_WEEK] = {4, 26, 4, 0},
    [GRAIN_MONTH] = {3, 24, 3, 0},
};

TokensShape tokens_shape(Grain grain, gsize horizon, const char *const *covariate, gsize covariates)
{
    g_assert(grain < GRAINS && horizon >= 1 && horizon <= TOKENS_HORIZON && covariates <= TOKENS_COVARIATES);
    TokensShape shape = {.grain = grain, .horizon = horizon, .patch = grain_row[grain].patch, .context = grain_row[grain].context,
                         .slots = grain_row[grain].slots, .covariates = covariates};
    shape.future = (shape.patch - 1 + horizon + shape.patch - 1) / shape.patch;
    shape.features = 3 * shape.patch + 1 + PHASES + SLOT_FACTS * shape.slots + STATISTICS + 2 * covariates * shape.slots;
    for (gsize c = 0; c < covariates; c++)
        shape.covariate[c] = g_intern_string(covariate[c]);
    return shape;
}

static gsize steps_of(const TokensShape *shape)
{
    return shape->context + shape->future;
}

gsize tokens_floats(const TokensShape *shape, gsize rows)
{
    return rows * (steps_of(shape) * (shape->features + 2) + 4 * shape->future * shape->patch);
}

Tokens tokens_at(const TokensShape *shape, gsize rows, float *block)
{
    gsize tokens = steps_of(shape) * rows, targets = shape->future * shape->patch * rows;
    Tokens at = {.rows = rows, .x = block};
    at.live = at.x + tokens * shape->features;
    at.key = at.live + tokens;
    at.anchor = at.key + tokens;
    at.spread = at.anchor + targets;
    at.target = at.spread + targets;
    at.weight = at.target + targets;
    return at;
}

/* First step of the patch that holds a step: floor division for steps before 1970 too. */
static gint64 patch_start(const TokensShape *shape, gint64 step)
{
    gint64 patch = (gint64)shape->patch, shifted = step + grain_row[shape->grain].shift;
    gint64 within = ((shifted % patch) + patch) % patch;
    return step - within;
}

void tokens_place(const TokensShape *shape, gint64 origin_step, gsize h, gsize *future, gsize *within)
{
    gsize from_start = (gsize)(origin_step - patch_start(shape, origin_step)) + h;
    *future = from_start / shape->patch;
    *within = from_start % shape->patch;
}

/* One window being written. */
typedef struct {
    const TokensShape *shape;
    const TokensWindow *window;
    gint64 first;        /* index into the series of the first context step; may be negative */
    double level, scale;
    const double *ahead; /* anchor means from the origin on, in g-space */
    float statistic[STATISTICS];
    const double *covariate[TOKENS_COVARIATES]; /* rows of the series, NULL: it has none */
    double centre[TOKENS_COVARIATES], width[TOKENS_COVARIATES];
} Gather;

static gboolean hidden(const TokensWindow *window, gsize token)
{
    return token < window->leading || (token >= window->hole && token - window->hole < window->holes);
}

/* The value at an index when the network may see it, else NaN. */
static double visible(const Gather *g, gint64 index)
{
    const TokensTwist *twist = g->window->twist;
    gint64 from = twist != NULL && index < (gint64)twist->turn_until ? index - (gint64)twist->turn : index;
    return from >= 0 && index < (gint64)g->window->origin ? g->window->series->value[from] : MISSING;
}

/* Size, variation and share of zeros of the visible context: what kind of ward this is. */
static void describe(Gather *g)
{
    double n = 0, sum = 0, squares = 0, zeros = 0;
    gint64 end = (gint64)g->window->origin;
    for (gint64 t = g->first; t < end; t++) {
        gsize token = (gsize)(t - g->first) / g->shape->patch;
        double y = token < g->shape->context && hidden(g->window, token) ? MISSING : visible(g, t);
        if (isnan(y))
            continue;
        n++;
        sum += y;
        squares += y * y;
        zeros += y <= 0;
    }
    double mean = n > 0 ? sum / n : 0, variance = n > 0 ? MAX(squares / n - mean * mean, 0) : 0;
    g->statistic[0] = (float)(log10(MAX(mean, 0) + 0.1) / 2);
    g->statistic[1] = (float)(log10(sqrt(variance) / (fabs(mean) + 0.1) + 0.01));
    g->statistic[2] = (float)(n > 0 ? zeros / n : 0);
}

static double covariate_value(const Gather *g, gsize c, gint64 index)
{
    if (g->covariate[c] == NULL || index < 0 || index >= (gint64)g->window->series->cover)
        return MISSING;
    return g->covariate[c][index];
}

/* Find the series' covariates by name, and what is usual for each within the window. */
static void meet_covariates(Gather *g)
{
    const Series *series = g->window->series;
    gint64 end = g->first + (gint64)(steps_of(g->shape) * g->shape->patch);
    for (gsize c = 0; c < g->shape->covariates; c++) {
        g->covariate[c] = NULL;
        for (gsize k = 0; k < series->covariates; k++)
            if (strcmp(series->covariate_name[k], g->shape->covariate[c]) == 0)
                g->covariate[c] = series->covariate + k * series->cover;
        double n = 0, mean = 0, squares = 0;
        for (gint64 t = g->first; t < end; t++) {
            double x = covariate_value(g, c, t);
            if (isnan(x))
                continue;
            n++;
            double step = x - mean;
            mean += step / n;
            squares += step * (x - mean);
        }
        double deviation = n > 1 ? sqrt(squares / n) : 0;
        g->centre[c] = mean;
        g->width[c] = deviation > 1e-9 * (1 + fabs(mean)) ? deviation : 1;
    }
}

/* A normal number for the noise of a step: the sum of twelve uniforms, less six. */
static double noise_at(const TokensTwist *twist, gint64 index)
{
    double sum = -6;
    for (guint64 k = 0; k < 12; k++)
        sum += draw_uniform(twist->seed, (guint64)index, k);
    return sum;
}

/* A value before the origin, in scales from the level, as the network reads it. */
static double standard(const Gather *g, double y, gint64 index)
{
    double z = (anchor_transform(g->window->anchor, y) - g->level) / g->scale;
    const TokensTwist *twist = g->window->twist;
    if (twist == NULL)
        return z;
    double age = (double)((gint64)g->window->origin - index) / (double)(g->shape->context * g->shape->patch);
    z = z * exp(twist->swing * age) + (index < (gint64)twist->shift_until ? twist->shift : 0);
    if (twist->noise > 0)
        z += twist->noise * noise_at(twist, index);
    return twist->flip ? -z : z;
}

/* What is ahead is turned with the past, and otherwise stays. */
static double ahead(const Gather *g, double z)
{
    double standard = (z - g->level) / g->scale;
    return g->window->twist != NULL && g->window->twist->flip ? -standard : standard;
}

/* Values, masks and the anchor's shape; TRUE when the token holds a value. */
static gboolean write_values(const Gather *g, gsize token, float *x)
{
    gsize patch = g->shape->patch;
    gint64 start = g->first + (gint64)(token * patch), origin = (gint64)g->window->origin;
    gboolean hide = token < g->shape->context && hidden(g->window, token), any = FALSE;
    for (gsize s = 0; s < patch; s++) {
        gint64 t = start + (gint64)s;
        double y = hide ? MISSING : visible(g, t);
        gboolean known = !isnan(y);
        any = any || known;
        x[s] = known ? (float)asinh(standard(g, y, t)) : 0;
        x[patch + s] = known;
        x[2 * patch + s] = t >= origin ? (float)asinh(ahead(g, g->ahead[t - origin])) : 0;
    }
    return any;
}

/* Place, phases, calendar, statistics. */
static float *write_calendar(const Gather *g, gsize token, float *x)
{
    const TokensShape *shape = g->shape;
    gint64 start = g->window->series->start + g->first + (gint64)(token * shape->patch);
    gsize each = shape->patch / shape->slots;
    CalendarDay middle, day;
    calendar_day(g->window->calendar, shape->grain, start + (gint64)shape->patch / 2, &middle);
    *x++ = ((float)token - (float)shape->context) / (float)shape->context;
    for (int k = 1; k <= PHASES / 2; k++) {
        gboolean week = shape->grain == GRAIN_HOUR && k > 2;
        double turn = 2 * G_PI * (week ? (k - 2) * middle.weekday / 7.0 : k * middle.year_phase);
        gboolean told = week || (shape->yearly && !g->window->yearless);
        *x++ = told ? (float)sin(turn) : 0;
        *x++ = told ? (float)cos(turn) : 0;
    }
    for (gsize slot = 0; slot < shape->slots; slot++) {
        calendar_day(g->window->calendar, shape->grain, start + (gint64)(slot * each), &day);
        *x++ = (float)(day.holiday * day.days);
        *x++ = (float)(day.before * day.days);
        *x++ = (float)(day.after * day.days);
        *x++ = (float)(day.bridge * day.days);
        *x++ = (float)(day.days < 2 ? day.working_days : (day.working_days - 5.0 / 7.0 * day.days) / 2);
    }
    memcpy(x, g->statistic, sizeof g->statistic);
    return x + STATISTICS;
}

/* Means of the known steps of each slot, and the shares that are known. */
static void write_covariates(const Gather *g, gsize token, float *x)
{
    gsize each = g->shape->patch / g->shape->slots;
    gint64 start = g->first + (gint64)(token * g->shape->patch);
    for (gsize c = 0; c < g->shape->covariates; c++)
        for (gsize slot = 0; slot < g->shape->slots; slot++) {
            double sum = 0, n = 0;
            for (gsize s = 0; s < each; s++) {
                double value = covariate_value(g, c, start + (gint64)(slot * each + s));
                if (isnan(value))
                    continue;
                sum += (value - g->centre[c]) / g->width[c];
                n++;
            }
            *x++ = (float)(n > 0 ? sum / n : 0);
            *x++ = (float)(n / (double)each);
        }
}

/* What the head starts from, and what it is judged by. */
static void write_targets(const Gather *g, const double *deviation, Tokens *tokens, gsize row)
{
    const TokensShape *shape = g->shape;
    gint64 origin = (gint64)g->window->origin, end = MIN((gint64)g->window->known, origin + (gint64)shape->horizon);
    for (gsize f = 0; f < shape->future; f++)
        for (gsize s = 0; s < shape->patch; s++) {
            gsize at = (f * tokens->rows + row) * shape->patch + s;
            gint64 t = g->first + (gint64)((shape->context + f) * shape->patch + s);
            gboolean later = t >= origin;
            double y = later && t < end ? g->window->series->value[t] : MISSING;
            tokens->anchor[at] = later ? (float)ahead(g, g->ahead[t - origin]) : 0;
            tokens->spread[at] = later ? (float)(deviation[t - origin] / g->scale) : 0;
            tokens->target[at] = isnan(y) ? 0 : (float)ahead(g, anchor_transform(g->window->anchor, y));
            tokens->weight[at] = !isnan(y);
        }
}

void tokens_fill(const TokensShape *shape, const TokensWindow *window, Tokens *tokens, gsize row)
{
    gint64 step = window->series->start + (gint64)window->origin;
    gsize steps = shape->future * shape->patch;
    g_autofree double *mean = g_new(double, 2 * steps);
    anchor_at(window->anchor, window->origin, steps, mean, mean + steps);
    Gather g = {.shape = shape, .window = window, .ahead = mean,
                .first = patch_start(shape, step) - window->series->start - (gint64)(shape->context * shape->patch),
                .level = anchor_level(window->anchor, window->origin), .scale = anchor_scale(window->anchor, window->origin)};
    describe(&g);
    meet_covariates(&g);
    gboolean begun = FALSE;
    for (gsize token = 0; token < steps_of(shape); token++) {
        float *x = tokens->x + (token * tokens->rows + row) * shape->features;
        gboolean any = write_values(&g, token, x), future = token >= shape->context;
        write_covariates(&g, token, write_calendar(&g, token, x + 3 * shape->patch));
        begun = begun || any || future;
        tokens->key[token * tokens->rows + row] = any || future;
        tokens->live[token * tokens->rows + row] = begun;
    }
    write_targets(&g, mean + steps, tokens, row);
}

void tokens_blank(const TokensShape *shape, Tokens *tokens, gsize row)
{
    for (gsize token = 0; token < steps_of(shape); token++) {
        memset(tokens->x + (token * tokens->rows + row) * shape->features, 0, shape->features * sizeof *tokens->x);
        tokens->live[token * tokens->rows + row] = tokens->key[token * tokens->rows + row] = 0;
    }
    for (gsize f = 0; f < shape->future; f++)
        for (gsize s = 0; s < shape->patch; s++) {
            gsize at = (f * tokens->rows + row) * shape->patch + s;
            tokens->anchor[at] = tokens->spread[at] = tokens->target[at] = tokens->weight[at] = 0;
        }
}

static void blank(float *x, gsize count)
{
    memset(x, 0, count * sizeof *x);
}

/* One token without what is absent; `values`: without its values too. */
static void mask_token(const TokensShape *shape, float *x, guint absent, gboolean values)
{
    if (values)
        blank(x, 2 * shape->patch);
    float *phases = x + 3 * shape->patch + 1, *facts = phases + PHASES, *statistics = facts + SLOT_FACTS * shape->slots;
    if (absent & TOKENS_PHASES)
        blank(phases, PHASES);
    if (absent & TOKENS_HOLIDAYS)
        blank(facts, SLOT_FACTS * shape->slots);
    if (absent & TOKENS_STATISTICS)
        blank(statistics, STATISTICS);
    for (gsize c = 0; c < shape->covariates; c++)
        if (absent & ((guint)TOKENS_COVARIATE << c))
            blank(statistics + STATISTICS + 2 * c * shape->slots, 2 * shape->slots);
}

void tokens_mask(const TokensShape *shape, Tokens *tokens, gsize row, guint absent, guint64 hidden)
{
    gboolean begun = FALSE;
    g_assert(shape->context <= 64);
    for (gsize token = 0; token < steps_of(shape); token++) {
        gsize at = token * tokens->rows + row;
        gboolean future = token >= shape->context, hide = future ? (absent & TOKENS_TODAY) != 0 : (hidden >> token & 1) != 0;
        mask_token(shape, tokens->x + at * shape->features, absent, hide);
        tokens->key[at] = hide && !future ? 0 : tokens->key[at];
        begun = begun || tokens->key[at] > 0 || future;
        tokens->live[at] = begun;
    }
}
