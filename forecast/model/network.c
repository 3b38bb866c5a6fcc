#include "forecast/model/network.h"

#include "forecast/kernel/numeric.h"
#include "forecast/model/draw.h"
#include "forecast/model/fits.h"
#include "forecast/model/lesson.h"
#include "forecast/model/network_parts.h"
#include "forecast/model/trainer.h"

#include <string.h>

enum { ROWS = NETWORK_ROWS };

static const struct {
    const char *name;
    gboolean transformer, plain;
    gsize layers;
} kind_row[NETWORK_KINDS] = {[NETWORK_LSTM] = {"lstm", FALSE, FALSE, 2}, [NETWORK_TRANSFORMER] = {"transformer", TRUE, FALSE, 3}, [NETWORK_FREE] = {"free", FALSE, TRUE, 2}};

static const gsize two_years[GRAINS] = {[GRAIN_HOUR] = 2 * 8760, [GRAIN_DAY] = 2 * 365, [GRAIN_WEEK] = 2 * 52, [GRAIN_MONTH] = 24};

const char *network_kind_name(NetworkKind kind)
{
    return kind_row[kind].name;
}

gboolean network_kind_is_plain(NetworkKind kind)
{
    return kind_row[kind].plain;
}

Anchor *network_kind_anchor(NetworkKind kind, Fits *fits, GError **error)
{
    return kind_row[kind].plain ? anchor_plain(fits, error) : anchor_of(fits, error);
}

Network *network_new(NetworkKind kind, const TokensShape *tokens, gsize voices)
{
    Network *network = g_new0(Network, 1);
    network->kind = kind;
    for (gsize k = 0; k < NETWORK_RANGES; k++)
        network->leash[k] = 1;
    network->tokens = *tokens;
    network->graph = (GraphShape){.transformer = kind_row[kind].transformer, .rows = ROWS, .context = tokens->context,
                                  .future = tokens->future, .features = tokens->features, .patch = tokens->patch,
                                  .width = NETWORK_WIDTH, .layers = kind_row[kind].layers, .heads = NETWORK_HEADS};
    graph_tensors(&network->graph, &network->tensors);
    network->voices = voices;
    for (gsize v = 0; v < voices; v++)
        network->w[v] = g_new0(float, network->tensors.size);
    return network;
}

void network_free(Network *network)
{
    if (network == NULL)
        return;
    for (gsize v = 0; v < network->voices; v++) {
        g_free(network->w[v]);
        g_free(network->packed[v]);
    }
    g_free(network);
}

void network_settle(Network *network)
{
    for (gsize v = 0; v < network->voices; v++) {
        network->packed[v] = g_new(float, graph_packed(&network->graph, &network->tensors));
        graph_pack(&network->graph, &network->tensors, network->w[v], network->packed[v]);
    }
}

/* The first four covariate names met, in the order of the series; endless ones are passed over. */
static gsize name_covariates(const Series *const *series, gsize n, const char *name[TOKENS_COVARIATES])
{
    gsize count = 0;
    for (gsize k = 0; k < n; k++)
        for (gsize c = 0; c < series[k]->covariates && count < TOKENS_COVARIATES; c++) {
            gsize j = strlen(series[k]->covariate_name[c]) > NETWORK_NAME_MOST ? TOKENS_COVARIATES : 0;
            while (j < count && strcmp(name[j], series[k]->covariate_name[c]) != 0)
                j++;
            if (j == count)
                name[count++] = series[k]->covariate_name[c];
        }
    return count;
}

/* Does the longest series hold two years? */
static gboolean sees_years(const Lesson *lesson, Grain grain)
{
    gsize longest = 0;
    for (gsize k = 0; k < lesson->lessons; k++)
        longest = MAX(longest, series_known(lesson->series[k].series));
    return longest >= two_years[grain];
}

static gboolean check_wish(const Series *const *series, gsize n, gsize horizon, GError **error)
{
    if (n == 0) {
        g_set_error_literal(error, MODEL_ERROR, MODEL_ERROR_SHORT, "no series to train on; give at least one");
        return FALSE;
    }
    if (horizon < 1 || horizon > TOKENS_HORIZON) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "a horizon of %" G_GSIZE_FORMAT " steps; a network takes 1 to %d", horizon, TOKENS_HORIZON);
        return FALSE;
    }
    for (gsize k = 1; k < n; k++)
        if (series[k]->grain != series[0]->grain) {
            g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "series %s counts by %s, series %s by %s; train a network for each grain",
                        series[0]->id, grain_name(series[0]->grain), series[k]->id, grain_name(series[k]->grain));
            return FALSE;
        }
    return TRUE;
}

/* The start's weights, tensor by tensor; where this network reads more (its
 * covariates come last of all features) the new rows begin at zero. */
static void begin_from(const Network *network, const Network *start, float *w)
{
    for (gsize k = 0; k < network->tensors.count; k++) {
        const Tensor *to = &network->tensors.tensor[k], *from = &start->tensors.tensor[k];
        gsize all = to->rows * to->columns, known = MIN(from->rows, to->rows) * to->columns;
        g_assert(from->columns == to->columns);
        memset(w + to->offset, 0, all * sizeof *w);
        memcpy(w + to->offset, start->w[0] + from->offset, known * sizeof *w);
    }
}

/* How far to go from where the network began towards what it learnt.  What a
 * year or two of one hospital teach holds for its next season only in part:
 * half way keeps most of the gain and loses least when the regime changes
 * (M. Wortsman et al. (2022), Robust fine-tuning of zero-shot models). */
static const float go_share = 0.5f;

static void go_half_way(const float *began, gsize size, float *w)
{
    for (gsize k = 0; k < size; k++)
        w[k] = began[k] + go_share * (w[k] - began[k]);
}

static gboolean begin(const Network *network, const NetworkTraining *training, float *w, GError **error)
{
    const Network *start = training->start;
    graph_start(&network->graph, &network->tensors, training->seed, w);
    if (start == NULL)
        return TRUE;
    if (start->kind == network->kind && start->tokens.grain == network->tokens.grain && start->tokens.covariates == 0) {
        begin_from(network, start, w);
        return TRUE;
    }
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_FILE, "a %s of %ss cannot begin with the weights of a %s of %ss", network_kind_name(network->kind),
                grain_name(network->tokens.grain), network_kind_name(start->kind), grain_name(start->tokens.grain));
    return FALSE;
}

/* Too little to learn from is no failure where there are weights to start from. */
static gboolean learn(Network *network, const Lesson *lesson, gsize season, const NetworkTraining *training, float *w, GError **error)
{
    g_autoptr(GError) cause = NULL;
    gsize learnt_steps = 0;
    g_autofree float *began = g_memdup2(w, network->tensors.size * sizeof *w);
    gboolean learnt = trainer_run(&network->graph, &network->tensors, &network->tokens, lesson->series, lesson->lessons, season,
                                  training, w, &learnt_steps, &cause);
    network->learnt = MAX(network->learnt, learnt_steps);
    if (learnt && training->start != NULL)
        go_half_way(began, network->tensors.size, w);
    if (learnt || (training->start != NULL && g_error_matches(cause, MODEL_ERROR, MODEL_ERROR_SHORT)))
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
}

/* How far all voices are, of whom one is learning. */
typedef struct {
    const NetworkTraining *training;
    const char *name;
    gsize voice, voices;
} Choir;

static gboolean report(void *self, const char *what, double share, double loss)
{
    const Choir *choir = self;
    return choir->training->progress(choir->training->self, choir->name, ((double)choir->voice + share) / (double)choir->voices, loss);
}

/* Of chance; no step of a training reaches it. */
static const guint64 voice_stream = G_MAXUINT64;

/* The first voice has the seed that was asked for; the others' follow from it. */
static gboolean train_voices(Network *network, const Lesson *lesson, const gsize season[2], const NetworkTraining *training, GError **error)
{
    Choir choir = {training, network_kind_name(network->kind), 0, network->voices};
    for (; choir.voice < choir.voices; choir.voice++) {
        NetworkTraining own = *training;
        own.seed = choir.voice == 0 ? training->seed : draw_bits(training->seed, voice_stream, choir.voice);
        own.turns = network_kind_is_plain(network->kind) ? MAX(season[0], season[1]) : 0;
        own.seconds = training->seconds / (double)choir.voices;
        if (training->progress != NULL) {
            own.progress = report;
            own.self = &choir;
        }
        float *w = network->w[choir.voice];
        if (!begin(network, &own, w, error) || !learn(network, lesson, season[0], &own, w, error))
            return FALSE;
    }
    return TRUE;
}

Network *network_train(NetworkKind kind, const Series *const *series, const gsize *until, gsize n,
                       const Calendar *calendar, const gsize season[2], gsize horizon,
                       const NetworkTraining *training, GError **error)
{
    if (!check_wish(series, n, horizon, error))
        return NULL;
    g_autoptr(Lesson) lesson = lesson_new(kind, series, until, n, calendar, season, training, error);
    if (lesson == NULL)
        return NULL;
    const char *name[TOKENS_COVARIATES];
    gsize covariates = name_covariates(series, n, name);
    TokensShape tokens = tokens_shape(series[0]->grain, horizon, name, covariates);
    tokens.yearly = training->fit != NULL || sees_years(lesson, tokens.grain);
    g_autoptr(Network) network = network_new(kind, &tokens, CLAMP(training->voices, 1, NETWORK_VOICES_MOST));
    if (!train_voices(network, lesson, season, training, error))
        return NULL;
    network_settle(network);
    return g_steal_pointer(&network);
}

/* The mean of a distribution whose quantiles are linear in the normal score
 * between the levels and go on straight beyond the outer ones: the integral of
 * each segment against the normal density. */
static double quantile_mean(const double *quantile)
{
    double mean = 0;
    for (gsize k = 0; k + 1 < OUTLOOK_LEVELS; k++) {
        gboolean first = k == 0, last = k + 2 == OUTLOOK_LEVELS;
        double low = outlook_probit[k], high = outlook_probit[k + 1], slope = (quantile[k + 1] - quantile[k]) / (high - low);
        double mass = (last ? 1 : outlook_level[k + 1]) - (first ? 0 : outlook_level[k]);
        double moment = ((first ? 0 : exp(-low * low / 2)) - (last ? 0 : exp(-high * high / 2))) / sqrt(2 * G_PI);
        mean += mass * (quantile[k] - slope * low) + slope * moment;
    }
    return mean;
}

/* Put what the network says about one window into its Outlook.  `shift` is what
 * the head adds to the anchor's quantiles, in scales, [future][rows][13][patch]; NULL: nothing. */
static gboolean write_outlook(const Network *network, const Task *task, const Anchor *anchor, const float *shift,
                              gsize rows, gsize row, Outlook *out, GError **error)
{
    const TokensShape *shape = &network->tokens;
    g_autofree double *mean = g_new(double, 2 * task->horizon);
    double *sd = mean + task->horizon, scale = anchor_scale(anchor, task->origin);
    anchor_at(anchor, task->origin, task->horizon, mean, sd);
    for (gsize h = 0; h < task->horizon; h++) {
        gsize future, within;
        double reach = scale * network->leash[network_range(shape->horizon, h)];
        tokens_place(shape, task->series->start + (gint64)task->origin, h, &future, &within);
        for (gsize q = 0; q < OUTLOOK_LEVELS; q++) {
            float said = shift != NULL ? shift[((future * rows + row) * OUTLOOK_LEVELS + q) * shape->patch + within] : 0;
            out->quantile[h * OUTLOOK_LEVELS + q] = anchor_undo(anchor, mean[h] + sd[h] * outlook_probit[q] + reach * (double)said);
        }
    }
    outlook_tidy(out, task->series->counts);
    for (gsize h = 0; h < task->horizon; h++) {
        const double *quantile = out->quantile + h * OUTLOOK_LEVELS;
        out->mean[h] = task->series->counts ? MAX(quantile_mean(quantile), 0) : quantile_mean(quantile);
        if (!isfinite(out->mean[h])) {
            g_set_error(error, MODEL_ERROR, MODEL_ERROR_NUMERIC, "series %s: the %s has no finite forecast %" G_GSIZE_FORMAT " %ss ahead",
                        task->series->id, network_kind_name(network->kind), h + 1, grain_name(task->series->grain));
            return FALSE;
        }
    }
    out->member = network_kind_name(network->kind);
    return TRUE;
}

static gboolean check_task(const Network *network, const Task *task, GError **error)
{
    if (task->series->grain != network->tokens.grain) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "series %s counts by %s, the %s was trained by %s; train one for it",
                    task->series->id, grain_name(task->series->grain), network_kind_name(network->kind), grain_name(network->tokens.grain));
        return FALSE;
    }
    if (task->horizon <= network->tokens.horizon)
        return TRUE;
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "a horizon of %" G_GSIZE_FORMAT " steps, but the %s was trained for %" G_GSIZE_FORMAT
                "; train it anew with the longer one", task->horizon, network_kind_name(network->kind), network->tokens.horizon);
    return FALSE;
}

/* The given anchor, or one made here of what the task knows; `own` then owns it. */
static const Anchor *task_anchor(const Network *network, const Task *task, const Anchor *given, Anchor **own, GError **error)
{
    if (given != NULL)
        return given;
    g_autoptr(Series) seen = series_upto(task->series, task->origin);
    g_autoptr(Fits) fits = fits_new(seen, task->calendar, task->origin, task->season, NULL);
    *own = network_kind_anchor(network->kind, fits, error);
    return *own;
}

/* Floats of what the graph says. */
static gsize outputs_of(const GraphShape *graph)
{
    return graph->future * graph->rows * OUTLOOK_LEVELS * graph->patch;
}

const TokensShape *network_tokens(const Network *network)
{
    return &network->tokens;
}

gsize network_room(const Network *network, gsize rows)
{
    GraphShape graph = network->graph;
    graph.rows = rows;
    return (network->voices > 1 ? 2 : 1) * outputs_of(&graph) + graph_groups(&graph);
}

/* Without anchor and spread the graph returns the head's share alone; the anchor's is added in double. */
const float *network_say(const Network *network, const Tokens *tokens, float *room)
{
    GraphShape graph = network->graph;
    graph.rows = tokens->rows;
    GraphInput input = {.x = tokens->x, .live = tokens->live, .key = tokens->key};
    gsize outputs = outputs_of(&graph);
    float *one = room + outputs, *work = network->voices > 1 ? one + outputs : one;
    graph_forecast(&graph, &network->tensors, network->w[0], network->packed[0], &input, work, room);
    for (gsize v = 1; v < network->voices; v++) {
        graph_forecast(&graph, &network->tensors, network->w[v], network->packed[v], &input, work, one);
        for (gsize k = 0; k < outputs; k++)
            room[k] += (one[k] - room[k]) / (float)(v + 1);
    }
    return room;
}

/* Up to ROWS tasks in one pass.  block holds the tokens, what the graph says, and the workspace. */
static gboolean forecast_shard(const Network *network, const Task *task, const Anchor *const *given, gsize rows,
                               float *block, Outlook **out, GError **error)
{
    Tokens tokens = tokens_at(&network->tokens, rows, block);
    Anchor *own[ROWS] = {NULL};
    const Anchor *anchor[ROWS];
    gboolean ok = TRUE, speaks = FALSE;
    for (gsize k = 0; k < NETWORK_RANGES; k++)
        speaks = speaks || network->leash[k] > 0; /* else it is its anchor, whatever it would say */
    for (gsize row = 0; ok && row < rows; row++) {
        ok = (anchor[row] = task_anchor(network, &task[row], given != NULL ? given[row] : NULL, &own[row], error)) != NULL;
        TokensWindow window = {.series = task[row].series, .calendar = task[row].calendar, .anchor = anchor[row],
                               .origin = task[row].origin, .known = task[row].origin};
        if (ok && speaks)
            tokens_fill(&network->tokens, &window, &tokens, row);
    }
    if (ok) {
        const float *shift = speaks ? network_say(network, &tokens, block + tokens_floats(&network->tokens, rows)) : NULL;
        for (gsize row = 0; ok && row < rows; row++)
            ok = write_outlook(network, &task[row], anchor[row], shift, rows, row, out[row], error);
    }
    for (gsize row = 0; row < rows; row++)
        anchor_free(own[row]);
    return ok;
}

gboolean network_forecast(const Network *network, const Task *task, const Anchor *const *anchor, gsize tasks,
                          Outlook **out, GError **error)
{
    for (gsize k = 0; k < tasks; k++)
        if (!check_task(network, &task[k], error))
            return FALSE;
    gsize rows = MIN(tasks, ROWS), all = tokens_floats(&network->tokens, rows) + network_room(network, rows);
    g_autofree float *block = g_try_new(float, MAX(all, 1));
    if (block == NULL) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_MEMORY, "forecasting wants %" G_GSIZE_FORMAT " MiB of memory that there is not; shorten the horizon",
                    all * sizeof(float) >> 20);
        return FALSE;
    }
    numeric_begin();
    for (gsize first = 0; first < tasks; first += ROWS)
        if (!forecast_shard(network, task + first, anchor != NULL ? anchor + first : NULL, MIN(tasks - first, ROWS), block, out + first, error))
            return FALSE;
    return TRUE;
}

NetworkKind network_kind(const Network *network)
{
    return network->kind;
}

gsize network_horizon(const Network *network)
{
    return network->tokens.horizon;
}

Grain network_grain(const Network *network)
{
    return network->tokens.grain;
}

gsize network_parameters(const Network *network)
{
    return network->voices * tensors_parameters(&network->tensors);
}

gsize network_voices(const Network *network)
{
    return network->voices;
}

gsize network_range(gsize horizon, gsize h)
{
    gsize range = NETWORK_RANGES - 1;
    for (gsize share = 2; range > 0 && (h + 1) * share <= horizon; share *= 2)
        range--;
    return range;
}

void network_set_leash(Network *network, const double leash[NETWORK_RANGES])
{
    memcpy(network->leash, leash, sizeof network->leash);
}

const double *network_leash(const Network *network)
{
    return network->leash;
}

gsize network_learnt(const Network *network)
{
    return network->learnt;
}
