#include "forecast/model/trainer.h"

#include "forecast/kernel/activation.h"
#include "forecast/kernel/adamw.h"
#include "forecast/kernel/numeric.h"
#include "forecast/model/draw.h"

#include <string.h>

enum {
    SHARDS = 2,          /* of graph->rows windows each: one batch */
    CHECK_EVERY = 50,    /* steps between looks at the held-out part */
    PATIENCE = 5,        /* looks without progress before training ends */
    HELD_OUT = 256,      /* windows of a look, at most */
    REPORT_EVERY = 10,   /* steps between calls of progress */
};

static const double weight_decay = 0.01, clip_norm = 1.0, mean_keep = 0.995;
/* Chances that a window is cut short, has a hole (method of masked patches), or, in pretraining, is not told the
 * place in the year, as wards without two years of history are not. */
static const double short_chance = 0.3, hole_chance = 0.5, year_chance = 0.33;

/* Chances that a window is turned upside down, and that it is twisted in each other way; and how far at most. */
static const double flip_chance = 0.25, twist_chance = 0.2, most_swing = 0.5, most_shift = 3, most_noise = 0.1;

/* Chance that the past of a window of a network that is to know breaks had other habits. */
static const double turn_chance = 0.5;

/* Streams of chance: what is drawn for a window. */
enum { DRAW_SERIES, DRAW_ORIGIN, DRAW_SHORT, DRAW_LENGTH, DRAW_HOLE, DRAW_HOLE_AT, DRAW_HOLE_SIZE, DRAW_YEAR, DRAW_FLIP, DRAW_SWING, DRAW_SWING_SIZE,
       DRAW_SHIFT, DRAW_SHIFT_SIZE, DRAW_SHIFT_AT, DRAW_NOISE, DRAW_NOISE_SIZE, DRAWS };

static const struct {
    gsize history, grown;
    double half_life; /* steps after which an origin is drawn half as often: two years */
} grain_row[GRAINS] = {
    [GRAIN_HOUR] = {15 * 24, 14 * 24, 17532}, [GRAIN_DAY] = {42, 14, 730.5}, [GRAIN_WEEK] = {26, 8, 104.4}, [GRAIN_MONTH] = {24, 12, 24},
};

/* Where a series is learned from and where it is held out. */
typedef struct {
    const TrainerSeries *from;
    gsize first, last; /* origins to learn from, inclusive */
    gsize hold;        /* values from here on are held out */
    double reach;      /* cumulated chance of being drawn */
    double error;      /* seasonal naive error of the known part, in the series' unit */
} Source;

typedef struct Trainer Trainer;

/* What one worker needs for one shard. */
typedef struct {
    Trainer *trainer;
    gsize index;
    float *block, *work, *gradient;
    Tokens tokens;
    double loss;
} Shard;

struct Trainer {
    const GraphShape *graph;
    const Tensors *tensors;
    const TokensShape *shape;
    const NetworkTraining *training;
    GArray *source;  /* Source */
    GArray *held;    /* TokensWindow, with the index of its Source in `leading` */
    float *w, *wt, *first, *second, *mean, *best, *sum;
    Shard shard[SHARDS];
    GThreadPool *pool;
    GMutex lock;
    GCond done;
    gsize busy;
    gboolean looking; /* workers only look at held-out windows from `at` on */
    gsize step, at;
    const float *look_at; /* the weights that are looked at */
    double best_loss;
    gsize best_step;
};

/* Mean |y[t] - y[t - season]|, the naive forecast's error; 0 when nothing can be compared. */
static double naive_error(const Series *series, gsize until, gsize season)
{
    double sum = 0, n = 0;
    for (gsize t = season; t < until; t++) {
        double e = fabs(series->value[t] - series->value[t - season]);
        if (!isnan(e)) {
            sum += e;
            n++;
        }
    }
    return n > 0 ? sum / n : 0;
}

/* Fewest values before an origin that training looks at; a network that knows wards already learns from fewer. */
static gsize history_of(const Trainer *trainer)
{
    gboolean grown = trainer->training->start != NULL || trainer->training->fit != NULL;
    return grown ? grain_row[trainer->shape->grain].grown : grain_row[trainer->shape->grain].history;
}

/* Hold out at least a horizon; more where few series must give the windows to look at. */
static gboolean divide(const Trainer *trainer, const TrainerSeries *from, gsize n, gsize season, Source *source)
{
    gsize horizon = trainer->shape->horizon, history = from->from > 0 ? from->from : history_of(trainer);
    gsize wish = MAX(HELD_OUT * horizon / (2 * n), 2 * horizon), hold = MAX(horizon, MIN(wish, from->until / 8));
    if (from->until <= history + hold)
        return FALSE;
    *source = (Source){.from = from, .first = history, .hold = from->until - hold};
    source->last = source->hold >= history + horizon ? source->hold - horizon : source->hold - 1;
    source->error = naive_error(from->series, source->hold, season);
    return TRUE;
}

/* Draw a series as often as the root of its number of origins. */
static gboolean gather_sources(Trainer *trainer, const TrainerSeries *series, gsize n, gsize season, GError **error)
{
    double reach = 0;
    for (gsize k = 0; k < n; k++) {
        Source source;
        if (!divide(trainer, &series[k], n, season, &source))
            continue;
        reach += sqrt((double)(source.last - source.first + 1));
        source.reach = reach;
        g_array_append_val(trainer->source, source);
    }
    if (trainer->source->len > 0)
        return TRUE;
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT,
                "none of %" G_GSIZE_FORMAT " series has more than %" G_GSIZE_FORMAT " %ss, what a network needs for a horizon of %" G_GSIZE_FORMAT
                "; forecast with the classical members until there is more",
                n, history_of(trainer) + trainer->shape->horizon, grain_name(trainer->shape->grain),
                trainer->shape->horizon);
    return FALSE;
}

/* The held-out windows: evenly over the held-out part of evenly chosen series. */
static void gather_held(Trainer *trainer)
{
    gsize n = trainer->source->len, each = MAX(HELD_OUT / n, 1), stride = MAX(n / HELD_OUT, 1);
    for (gsize k = 0; k < n; k += stride) {
        const Source *source = &g_array_index(trainer->source, Source, k);
        gsize room = source->from->until - source->hold - trainer->shape->horizon;
        gsize count = MIN(each, room + 1);
        for (gsize j = 0; j < count; j++) {
            gsize origin = source->hold + (count > 1 ? room * j / (count - 1) : 0);
            TokensWindow window = {.series = source->from->series, .calendar = source->from->calendar, .anchor = source->from->anchor,
                                   .origin = origin, .known = source->from->until, .leading = k};
            g_array_append_val(trainer->held, window);
        }
    }
}

/* Turn 0/1 weights into shares: a window counts as its error on the ward's own
 * scale over the naive forecast's, whatever its number of known steps. */
static void weigh(const Trainer *trainer, const Source *source, const TokensWindow *window, Tokens *tokens, gsize row, gsize windows)
{
    const TokensShape *shape = trainer->shape;
    double known = 0, centre = 0;
    for (gsize f = 0; f < shape->future; f++)
        for (gsize s = 0; s < shape->patch; s++) {
            gsize at = (f * tokens->rows + row) * shape->patch + s;
            known += (double)tokens->weight[at];
            centre += (double)tokens->weight[at] * (double)tokens->anchor[at];
        }
    if (known == 0)
        return;
    double level = anchor_level(window->anchor, window->origin), scale = anchor_scale(window->anchor, window->origin);
    double z = level + scale * centre / known;
    double unit = anchor_undo(window->anchor, z + scale / 2) - anchor_undo(window->anchor, z - scale / 2);
    double ratio = source->error > 0 && isfinite(unit) ? CLAMP(unit / source->error, 0.2, 5) : 1;
    for (gsize f = 0; f < shape->future; f++)
        for (gsize s = 0; s < shape->patch; s++)
            tokens->weight[(f * tokens->rows + row) * shape->patch + s] *= (float)(ratio / known / (double)windows);
}

static double chance(const Trainer *trainer, gsize window, gsize what)
{
    return draw_uniform(trainer->training->seed, 1 + trainer->step, window * DRAWS + what);
}

static const Source *draw_source(const Trainer *trainer, gsize window)
{
    const Source *source = &g_array_index(trainer->source, Source, 0);
    double reach = chance(trainer, window, DRAW_SERIES) * source[trainer->source->len - 1].reach;
    gsize low = 0, high = trainer->source->len - 1;
    while (low < high) {
        gsize middle = (low + high) / 2;
        if (source[middle].reach > reach)
            high = middle;
        else
            low = middle + 1;
    }
    return &source[low];
}

/* An origin with a chance that halves with each half-life of age: the inverse of a cut exponential distribution. */
static gsize draw_origin(const Trainer *trainer, const Source *source, gsize window)
{
    double half_life = grain_row[trainer->shape->grain].half_life, span = (double)(source->last - source->first + 1);
    double left = 1 - exp2(-span / half_life);
    double age = -half_life * log2(1 - chance(trainer, window, DRAW_ORIGIN) * left);
    return source->last - MIN((gsize)MAX(age, 0), source->last - source->first);
}

static TokensWindow draw_window(const Trainer *trainer, const Source *source, gsize index)
{
    const TokensShape *shape = trainer->shape;
    TokensWindow window = {.series = source->from->series, .calendar = source->from->calendar, .anchor = source->from->anchor,
                           .origin = draw_origin(trainer, source, index), .known = source->hold};
    if (chance(trainer, index, DRAW_SHORT) < short_chance)
        window.leading = (gsize)(chance(trainer, index, DRAW_LENGTH) * (double)(shape->context - 1));
    if (chance(trainer, index, DRAW_HOLE) < hole_chance) {
        window.holes = 1 + (gsize)(chance(trainer, index, DRAW_HOLE_SIZE) * (double)MIN(shape->future, shape->context / 2));
        window.hole = (gsize)(chance(trainer, index, DRAW_HOLE_AT) * (double)(shape->context - window.holes + 1));
    }
    window.yearless = trainer->training->fit != NULL && chance(trainer, index, DRAW_YEAR) < year_chance;
    return window;
}

/* A network that learns from few wards learns from what they might have been, too. */
static TokensTwist draw_twist(const Trainer *trainer, const TokensWindow *window, gsize index)
{
    const TokensShape *shape = trainer->shape;
    gsize context = MIN(shape->context * shape->patch, window->origin);
    TokensTwist twist = {.flip = chance(trainer, index, DRAW_FLIP) < flip_chance,
                         .seed = draw_bits(trainer->training->seed, 1 + trainer->step, index * DRAWS + DRAW_NOISE_SIZE)};
    if (chance(trainer, index, DRAW_SWING) < twist_chance)
        twist.swing = most_swing * (2 * chance(trainer, index, DRAW_SWING_SIZE) - 1);
    if (chance(trainer, index, DRAW_NOISE) < twist_chance)
        twist.noise = most_noise * chance(trainer, index, DRAW_NOISE_SIZE);
    if (chance(trainer, index, DRAW_SHIFT) < twist_chance) {
        /* Not in the newest quarter of the context, which the anchor has learnt its level from. */
        twist.shift = most_shift * (2 * chance(trainer, index, DRAW_SHIFT_SIZE) - 1);
        twist.shift_until = window->origin - context + (gsize)(chance(trainer, index, DRAW_SHIFT_AT) * 0.75 * (double)context);
    }
    return twist;
}

/* Of chance; no step of a training reaches it. */
static const guint64 turn_stream = G_MAXUINT64 - 2;

/* Until a day of the context the season's shape lay elsewhere; last season, which the anchor repeats, is as the target is. */
static void draw_turn(const Trainer *trainer, const TokensWindow *window, gsize index, TokensTwist *twist)
{
    enum { DRAW_TURN, DRAW_TURN_SIZE, DRAW_TURN_AT, TURN_DRAWS };
    guint64 own = draw_bits(trainer->training->seed, turn_stream, 0), step = 1 + trainer->step, at = index * TURN_DRAWS;
    gsize season = trainer->training->turns, context = MIN(trainer->shape->context * trainer->shape->patch, window->origin);
    if (season < 2 || context <= season || draw_uniform(own, step, at + DRAW_TURN) >= turn_chance)
        return;
    twist->turn = 1 + (gsize)(draw_uniform(own, step, at + DRAW_TURN_SIZE) * (double)(season - 1));
    twist->turn_until = window->origin - context + (gsize)(draw_uniform(own, step, at + DRAW_TURN_AT) * (double)(context - season + 1));
}

static GraphInput input_of(const Tokens *t)
{
    return (GraphInput){t->x, t->live, t->key, t->anchor, t->spread, t->target, t->weight};
}

static void learn(Shard *shard)
{
    const Trainer *trainer = shard->trainer;
    gsize rows = trainer->graph->rows;
    for (gsize row = 0; row < rows; row++) {
        gsize index = shard->index * rows + row;
        const Source *source = draw_source(trainer, index);
        TokensWindow window = draw_window(trainer, source, index);
        TokensTwist twist = {0};
        if (trainer->training->fit == NULL) /* the prior needs no more variety */
            twist = draw_twist(trainer, &window, index);
        if (trainer->training->turns > 0)
            draw_turn(trainer, &window, index, &twist);
        if (trainer->training->fit == NULL || trainer->training->turns > 0)
            window.twist = &twist;
        tokens_fill(trainer->shape, &window, &shard->tokens, row);
        weigh(trainer, source, &window, &shard->tokens, row, SHARDS * rows);
    }
    GraphInput input = input_of(&shard->tokens);
    memset(shard->gradient, 0, trainer->tensors->size * sizeof *shard->gradient);
    shard->loss = graph_learn(trainer->graph, trainer->tensors, trainer->w, trainer->wt, &input, shard->work, shard->gradient);
}

static void look(Shard *shard)
{
    const Trainer *trainer = shard->trainer;
    gsize rows = trainer->graph->rows;
    for (gsize row = 0; row < rows; row++) {
        gsize at = trainer->at + shard->index * rows + row;
        if (at >= trainer->held->len) {
            tokens_blank(trainer->shape, &shard->tokens, row);
            continue;
        }
        TokensWindow window = g_array_index(trainer->held, TokensWindow, at);
        const Source *source = &g_array_index(trainer->source, Source, window.leading);
        window.leading = 0;
        tokens_fill(trainer->shape, &window, &shard->tokens, row);
        weigh(trainer, source, &window, &shard->tokens, row, trainer->held->len);
    }
    GraphInput input = input_of(&shard->tokens);
    shard->loss = graph_learn(trainer->graph, trainer->tensors, trainer->look_at, NULL, &input, shard->work, NULL);
}

static void work(gpointer data, gpointer user)
{
    Shard *shard = data;
    Trainer *trainer = user;
    (trainer->looking ? look : learn)(shard);
    g_mutex_lock(&trainer->lock);
    if (--trainer->busy == 0)
        g_cond_signal(&trainer->done);
    g_mutex_unlock(&trainer->lock);
}

/* Have all shards worked; the sum of their losses in order. */
static double work_all(Trainer *trainer)
{
    trainer->busy = SHARDS;
    for (gsize k = 0; k < SHARDS; k++)
        if (trainer->pool != NULL)
            g_thread_pool_push(trainer->pool, &trainer->shard[k], NULL);
        else
            work(&trainer->shard[k], trainer);
    g_mutex_lock(&trainer->lock);
    while (trainer->busy > 0)
        g_cond_wait(&trainer->done, &trainer->lock);
    g_mutex_unlock(&trainer->lock);
    double loss = 0;
    for (gsize k = 0; k < SHARDS; k++)
        loss += trainer->shard[k].loss;
    return loss;
}

static double look_all(Trainer *trainer, const float *w)
{
    double loss = 0;
    trainer->looking = TRUE;
    trainer->look_at = w;
    for (trainer->at = 0; trainer->at < trainer->held->len; trainer->at += SHARDS * trainer->graph->rows)
        loss += work_all(trainer);
    trainer->looking = FALSE;
    return loss;
}

/* Linear warm-up over 5 % of the steps, then half a cosine down to 1 %. */
static double rate_at(const Trainer *trainer, gsize step)
{
    gboolean gently = trainer->training->start != NULL;
    double peak = trainer->graph->transformer ? (gently ? 2e-4 : 1e-3) : gently ? 3e-4 : 2e-3;
    double warm = MAX(1, 0.05 * (double)trainer->training->steps), done = (double)step + 1;
    if (done < warm)
        return peak * done / warm;
    double share = (done - warm) / MAX(1, (double)trainer->training->steps - warm);
    return peak * (0.01 + 0.99 * 0.5 * (1 + cos(G_PI * share)));
}

static void move_weights(Trainer *trainer)
{
    const Tensors *tensors = trainer->tensors;
    memcpy(trainer->sum, trainer->shard[0].gradient, tensors->size * sizeof *trainer->sum);
    for (gsize s = 1; s < SHARDS; s++)
        activation_add(trainer->shard[s].gradient, tensors->size, trainer->sum);
    double norm = adamw_norm(trainer->sum, tensors->size), t = (double)trainer->step + 1;
    AdamwStep step = {.rate = (float)rate_at(trainer, trainer->step), .beta1 = 0.9f, .beta2 = 0.98f, .epsilon = 1e-8f,
                      .clip = (float)(norm > clip_norm ? clip_norm / norm : 1),
                      .mend1 = (float)(1 / (1 - pow(0.9, t))), .mend2 = (float)(1 / (1 - pow(0.98, t)))};
    for (gsize k = 0; k < tensors->count; k++) {
        const Tensor *at = &tensors->tensor[k];
        gsize o = at->offset;
        step.decay = at->decays ? (float)weight_decay : 0;
        adamw_step(&step, trainer->sum + o, at->rows * at->columns, trainer->first + o, trainer->second + o, trainer->w + o);
    }
    tensors_transpose(tensors, trainer->w, trainer->wt);
    /* The mean forgets the start faster than it will forget later. */
    adamw_blend(trainer->w, (float)MIN(mean_keep, (1 + t) / (10 + t)), tensors->size, trainer->mean);
}

static gboolean check(Trainer *trainer, GError **error)
{
    double loss = look_all(trainer, trainer->mean);
    if (!isfinite(loss)) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_NUMERIC, "the held-out loss is not finite after %" G_GSIZE_FORMAT
                    " steps; look for absurd values in the series", trainer->step);
        return FALSE;
    }
    if (loss < trainer->best_loss) {
        trainer->best_loss = loss;
        trainer->best_step = trainer->step;
        memcpy(trainer->best, trainer->mean, trainer->tensors->size * sizeof *trainer->best);
    }
    return TRUE;
}

static gboolean report(const Trainer *trainer, GError **error)
{
    const NetworkTraining *training = trainer->training;
    const char *what = network_kind_name(trainer->graph->transformer ? NETWORK_TRANSFORMER : NETWORK_LSTM);
    if (training->progress == NULL ||
        training->progress(training->self, what, (double)trainer->step / (double)MAX(training->steps, 1), trainer->best_loss))
        return TRUE;
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_STOPPED, "training stopped on request after %" G_GSIZE_FORMAT " steps", trainer->step);
    return FALSE;
}

/* Learn until the steps, the patience or the time is spent. */
static gboolean run(Trainer *trainer, GError **error)
{
    const NetworkTraining *training = trainer->training;
    gint64 end = g_get_monotonic_time() + (gint64)(MIN(training->seconds, 1e9) * G_USEC_PER_SEC);
    trainer->best_loss = G_MAXDOUBLE;
    if (!check(trainer, error))
        return FALSE;
    while (trainer->step < training->steps) {
        if (trainer->step % REPORT_EVERY == 0 && !report(trainer, error))
            return FALSE;
        if (!isfinite(work_all(trainer))) {
            g_set_error(error, MODEL_ERROR, MODEL_ERROR_NUMERIC, "the loss is not finite after %" G_GSIZE_FORMAT
                        " steps; look for absurd values in the series", trainer->step);
            return FALSE;
        }
        move_weights(trainer);
        trainer->step++;
        gboolean late = training->seconds > 0 && g_get_monotonic_time() >= end;
        if ((trainer->step % CHECK_EVERY == 0 || trainer->step == training->steps || late) && !check(trainer, error))
            return FALSE;
        if (late || trainer->step - trainer->best_step >= PATIENCE * CHECK_EVERY)
            break;
    }
    return report(trainer, error);
}

/* One block for all arrays, sized before it is taken; each begins at a line of the cache. */
static float *take_memory(Trainer *trainer, GError **error)
{
    gsize size = trainer->tensors->size, rows = trainer->graph->rows;
    gsize tokens = real_lines(tokens_floats(trainer->shape, rows)), space = real_lines(graph_groups(trainer->graph));
    gsize all = 6 * size + SHARDS * (tokens + space + size) + REAL_LINE;
    float *block = g_try_new0(float, all), *at = block;
    if (block == NULL) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_MEMORY, "training wants %" G_GSIZE_FORMAT " MiB of memory that there is not; shorten the horizon",
                    all * sizeof(float) >> 20);
        return NULL;
    }
    at += real_ahead(block);
    float **array[] = {&trainer->wt, &trainer->first, &trainer->second, &trainer->mean, &trainer->best, &trainer->sum};
    for (gsize k = 0; k < G_N_ELEMENTS(array); k++, at += size)
        *array[k] = at;
    for (gsize k = 0; k < SHARDS; k++) {
        Shard *shard = &trainer->shard[k];
        *shard = (Shard){.trainer = trainer, .index = k, .block = at, .work = at + tokens, .gradient = at + tokens + space};
        shard->tokens = tokens_at(trainer->shape, rows, shard->block);
        at = shard->gradient + size;
    }
    return block;
}

gboolean trainer_run(const GraphShape *graph, const Tensors *tensors, const TokensShape *tokens,
                     const TrainerSeries *series, gsize n, gsize season,
                     const NetworkTraining *training, float *w, gsize *learnt, GError **error)
{
    g_autoptr(GArray) source = g_array_new(FALSE, FALSE, sizeof(Source));
    g_autoptr(GArray) held = g_array_new(FALSE, FALSE, sizeof(TokensWindow));
    Trainer trainer = {.graph = graph, .tensors = tensors, .shape = tokens, .training = training,
                       .source = source, .held = held, .w = w};
    if (!gather_sources(&trainer, series, n, MAX(season, 1), error))
        return FALSE;
    gather_held(&trainer);
    g_autofree float *block = take_memory(&trainer, error);
    if (block == NULL)
        return FALSE;
    numeric_begin(); /* the shards are the parallel part; sums keep their order */
    tensors_transpose(tensors, w, trainer.wt);
    memcpy(trainer.mean, w, tensors->size * sizeof *w);
    g_mutex_init(&trainer.lock);
    g_cond_init(&trainer.done);
    if (training->threads > 1)
        trainer.pool = g_thread_pool_new(work, &trainer, (int)MIN(training->threads, SHARDS), TRUE, NULL);
    gboolean ok = run(&trainer, error);
    if (trainer.pool != NULL)
        g_thread_pool_free(trainer.pool, FALSE, TRUE);
    g_cond_clear(&trainer.done);
    g_mutex_clear(&trainer.lock);
    if (ok) {
        memcpy(w, trainer.best, tensors->size * sizeof *w);
        *learnt = trainer.best_step;
    }
    return ok;
}
