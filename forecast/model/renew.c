#include "forecast/model/renew.h"

#include "forecast/model/sorted.h"
#include "forecast/model/transform.h"

#include <gsl/gsl_cdf.h>
#include <string.h>

enum {
    WEEK = 7,
    BEGIN = 2 * WEEK,  /* days that the first belief is made of */
    FEWEST = 4 * WEEK, /* days, to say anything */
    MOST = 730,        /* days looked back on */
    SCALE_DAYS = 60,   /* memory of how much days vary */
    KEPT = 8,          /* beliefs */
    HALVINGS = 24,
};

static const double freedom = 5;        /* degrees of it, of Student's errors */
static const double least_variance = 1e-6;
static const double weekdays_drift = 5e-4; /* a day's, of each weekday alone: a year of them is half a usual day's variance */
static const double jump = 1.5;         /* a level that has changed is so many times what it was, or less, in two cases of three */
static const double half_jump = 0.25;   /* a week's new shape: as weekdays have been apart, or half of that jump (its variance) */
static const double faint = 1e-3;       /* beliefs below this do not speak */
static const double forgotten = 1e-12;  /* those that are not kept may still be right */

/* How much of a usual day's variance the level moves in one: what fits best. */
static const double movement[] = {0, 0.001, 0.01, 0.05, 0.2, 0.6};

/* One belief: what is usual on each weekday, and what was before it changed. */
typedef struct {
    double mean[WEEK], variance[WEEK][WEEK];
} Week;

typedef struct {
    Week week, before;
    double level, shape;       /* variances today of a jump, and of a weekday around it in a week of another shape */
    gsize began, began_before; /* day of the last change; 0: never */
    gboolean changed;          /* there is a `before` */
    double odds;               /* logarithm of its weight */
} Belief;

typedef enum { STAYS, JUMPS, RESHAPES, RETURNS, TURNS } Turn;

typedef struct {
    gsize from;
    Turn turn;
    double mean, variance, odds; /* of today's weekday */
} Guess;

typedef struct {
    Transform transform;
    const double *z;
    double moves, scale; /* of a day's variance; the variance of a usual day */
    gsize seen;
    double fit;          /* log-likelihood so far */
    Belief *belief;      /* [beliefs], likeliest first; in one room */
    gsize beliefs;
    Belief room[2][KEPT];
    Guess guess[KEPT * TURNS];
} Renew;

/* ------------------------------------------------------------------ a day */

static void let_drift(const Renew *renew, Week *week, double days)
{
    for (gsize a = 0; a < WEEK; a++) {
        for (gsize b = 0; b < WEEK; b++)
            week->variance[a][b] += days * renew->moves;
        week->variance[a][a] += days * weekdays_drift;
    }
}

static double mean_of(const double *value)
{
    double sum = 0;
    for (gsize d = 0; d < WEEK; d++)
        sum += value[d] / WEEK;
    return sum;
}

static double jump_variance(const Renew *renew, double mean)
{
    double far = jump * transform_undo(&renew->transform, mean);
    double step = transform_apply(&renew->transform, far) - mean;
    return fmax(step * step / renew->scale, 1);
}

/* A ward that doubles has twice as many on its busy days, too: roots move in proportion. */
static double reach_of_jump(const Renew *renew, const Week *week, gsize weekday)
{
    return renew->transform.kind == TRANSFORM_ROOT ? week->mean[weekday] / mean_of(week->mean) : 1;
}

static void foresee_turns(const Renew *renew, Belief *belief)
{
    double mean = mean_of(belief->week.mean), squares = 0;
    for (gsize d = 0; d < WEEK; d++)
        squares += (belief->week.mean[d] - mean) * (belief->week.mean[d] - mean) / WEEK;
    belief->level = jump_variance(renew, mean);
    belief->shape = fmax(squares / renew->scale, half_jump * belief->level);
}

static Guess guess(const Renew *renew, gsize from, Turn turn, gsize today, gsize day)
{
    const Belief *belief = &renew->belief[from];
    Guess g = {from, turn, belief->week.mean[today], belief->week.variance[today][today], belief->odds};
    g.odds += turn == STAYS ? log1p(-RENEW_CHANCE) : log(RENEW_CHANCE / (TURNS - 1));
    if (turn == JUMPS)
        g.variance += belief->level * reach_of_jump(renew, &belief->week, today) * reach_of_jump(renew, &belief->week, today);
    if (turn == RESHAPES) {
        g.mean = mean_of(belief->week.mean);
        g.variance = belief->level + belief->shape;
    }
    if (turn == RETURNS) {
        g.mean = belief->before.mean[today];
        g.variance = belief->before.variance[today][today] + (double)(day - belief->began) * (renew->moves + weekdays_drift);
    }
    return g;
}

/* Squared distance in units of what was to be expected. */
static double distance(const Renew *renew, const Guess *g, double z)
{
    return (z - g->mean) * (z - g->mean) / ((g->variance + 1) * renew->scale);
}

/* Student's density but for a factor, the power being (freedom + 1) / 2. */
static double student(double error, double variance)
{
    double far = 1 + error * error / variance / freedom;
    return 1 / (far * far * far * sqrt(variance));
}

/* Of a day like others, or, as rarely as things change, of one that is as far from them as another level would be and means nothing. */
static double likelihood(const Renew *renew, const Guess *g, double z)
{
    double variance = (g->variance + 1) * renew->scale, far = renew->belief[g->from].level * renew->scale;
    return log((1 - RENEW_CHANCE) * student(z - g->mean, variance) + RENEW_CHANCE * student(z - g->mean, variance + far));
}

/* What the guess makes of the belief it came from. */
static void turn_to(const Renew *renew, const Guess *g, gsize day, Belief *belief)
{
    *belief = renew->belief[g->from];
    belief->odds = g->odds;
    if (g->turn == STAYS)
        return;
    if (g->turn == RETURNS) {
        belief->week = belief->before;
        let_drift(renew, &belief->week, (double)(day - belief->began));
        belief->began = belief->began_before;
        belief->changed = FALSE;
        return;
    }
    double mean = mean_of(belief->week.mean), far[WEEK];
    belief->before = belief->week;
    belief->began_before = belief->began;
    belief->began = day;
    belief->changed = TRUE;
    for (gsize d = 0; d < WEEK; d++)
        far[d] = g->turn == JUMPS ? reach_of_jump(renew, &belief->before, d) : 1;
    for (gsize a = 0; a < WEEK; a++) {
        for (gsize b = 0; b < WEEK; b++)
            belief->week.variance[a][b] = belief->level * far[a] * far[b] + (g->turn == JUMPS ? belief->week.variance[a][b] : a == b ? belief->shape : 0);
        belief->week.mean[a] = g->turn == JUMPS ? belief->week.mean[a] : mean;
    }
}

/* Kalman's step for one weekday; a surprise counts the less, the wilder it is. */
static void learn(const Renew *renew, const Guess *g, double z, gsize today, Week *week)
{
    double row[WEEK], noise = fmax((freedom + distance(renew, g, z)) / (freedom + 1), 1);
    memcpy(row, week->variance[today], sizeof row);
    double whole = row[today] + noise;
    for (gsize a = 0; a < WEEK; a++) {
        double gain = row[a] / whole;
        week->mean[a] += gain * (z - g->mean);
        for (gsize b = 0; b < WEEK; b++)
            week->variance[a][b] -= gain * row[b];
    }
}

/* The `most` likeliest first; among equals the earlier one. */
static gsize put_best_first(Guess *g, gsize n, gsize most)
{
    for (gsize k = 0; k < MIN(n, most); k++) {
        gsize best = k;
        for (gsize j = k + 1; j < n; j++)
            if (g[j].odds > g[best].odds)
                best = j;
        Guess one = g[best];
        memmove(g + k + 1, g + k, (best - k) * sizeof *g);
        g[k] = one;
    }
    return MIN(n, most);
}

static void follow_scale(Renew *renew, const Guess *best, double z)
{
    double square = (z - best->mean) * (z - best->mean) / (best->variance + 1);
    renew->seen++;
    renew->scale += (fmin(square, 9 * renew->scale) - renew->scale) / (double)MIN(renew->seen + BEGIN, SCALE_DAYS);
    renew->scale = fmax(renew->scale, least_variance);
}

/* A day for one belief that nothing changes. */
static void live_on(Renew *renew, gsize day)
{
    Belief *belief = renew->belief;
    double z = renew->z[day];
    let_drift(renew, &belief->week, 1);
    if (isnan(z))
        return;
    Guess g = guess(renew, 0, STAYS, day % WEEK, day);
    foresee_turns(renew, belief);
    renew->fit += likelihood(renew, &g, z);
    learn(renew, &g, z, day % WEEK, &belief->week);
    follow_scale(renew, &g, z);
}

/* What each belief may have become today, as likely as it foresaw what came. */
static gsize guess_all(Renew *renew, gsize day)
{
    gsize n = 0;
    for (gsize k = 0; k < renew->beliefs; k++) {
        foresee_turns(renew, &renew->belief[k]);
        for (Turn turn = STAYS; turn < TURNS; turn++)
            if (turn != RETURNS || renew->belief[k].changed) {
                renew->guess[n] = guess(renew, k, turn, day % WEEK, day);
                renew->guess[n].odds += likelihood(renew, &renew->guess[n], renew->z[day]);
                n++;
            }
    }
    return n;
}

static void live(Renew *renew, gsize day)
{
    Guess *g = renew->guess;
    Belief *next = renew->belief == renew->room[0] ? renew->room[1] : renew->room[0];
    double total = 0;
    for (gsize k = 0; k < renew->beliefs; k++)
        let_drift(renew, &renew->belief[k].week, 1);
    if (isnan(renew->z[day]))
        return;
    renew->beliefs = put_best_first(g, guess_all(renew, day), KEPT);
    for (gsize k = 0; k < renew->beliefs; k++) {
        turn_to(renew, &g[k], day, &next[k]);
        learn(renew, &g[k], renew->z[day], day % WEEK, &next[k].week);
        total += exp(g[k].odds - g[0].odds);
    }
    for (gsize k = 0; k < renew->beliefs; k++)
        next[k].odds -= g[0].odds + log(total);
    renew->belief = next;
    follow_scale(renew, &g[0], renew->z[day]);
}

/* ------------------------------------------------------------------ a past */

/* The variance of a usual day from how far weeks at the beginning are apart. */
static double first_scale(const double *z)
{
    double apart[FEWEST - WEEK];
    gsize n = 0;
    for (gsize t = WEEK; t < FEWEST; t++)
        if (!isnan(z[t]) && !isnan(z[t - WEEK]))
            apart[n++] = fabs(z[t] - z[t - WEEK]);
    if (n == 0)
        return least_variance;
    sorted_put(apart, n);
    double middle = apart[n / 2] / (0.67448975 * G_SQRT2);
    return fmax(middle * middle, least_variance);
}

static void begin(Renew *renew)
{
    double sum[WEEK] = {0}, count[WEEK] = {0}, all = 0, known = 0;
    Week *week = &renew->room[0][0].week;
    for (gsize t = 0; t < BEGIN; t++)
        if (!isnan(renew->z[t])) {
            sum[t % WEEK] += renew->z[t];
            count[t % WEEK]++;
            all += renew->z[t];
            known++;
        }
    renew->scale = first_scale(renew->z);
    renew->beliefs = 1;
    renew->seen = 0;
    renew->fit = 0;
    renew->belief = renew->room[0];
    renew->belief[0] = (Belief){.odds = 0};
    for (gsize d = 0; d < WEEK; d++)
        week->mean[d] = count[d] > 0 ? sum[d] / count[d] : known > 0 ? all / known : 0;
    double unknown = 1 + jump_variance(renew, mean_of(week->mean));
    for (gsize d = 0; d < WEEK; d++)
        week->variance[d][d] = count[d] > 0 ? 1 / count[d] : unknown;
}

/* How the level moves, from the days before `length`. */
static void choose_movement(Renew *renew, gsize length)
{
    double best = -(double)INFINITY, chosen = 0;
    for (gsize k = 0; k < G_N_ELEMENTS(movement); k++) {
        renew->moves = movement[k];
        begin(renew);
        for (gsize t = BEGIN; t < length; t++)
            live_on(renew, t);
        if (renew->fit > best) {
            best = renew->fit;
            chosen = movement[k];
        }
    }
    renew->moves = chosen;
}

typedef struct {
    gsize first;
    double *z;
} Past;

/* z of the days `first` .. until-1, first as MOST days before `origin`; z NULL: too little is known. */
static Past past_of(const Series *series, gsize origin, gsize until, Transform *transform)
{
    Past past = {origin > MOST ? origin - MOST : 0, NULL};
    double least = (double)INFINITY, most = 0;
    gsize known = 0;
    for (gsize t = past.first; t < origin; t++)
        if (!isnan(series->value[t])) {
            known++;
            least = fmin(least, series->value[t]);
            most = fmax(most, fabs(series->value[t]));
        }
    if (series->grain != GRAIN_DAY || origin < FEWEST || 2 * known < origin - past.first)
        return past;
    *transform = (Transform){series->counts && least >= 0 ? TRANSFORM_ROOT : TRANSFORM_IDENTITY, 100.0 * (most + 1.0)};
    past.z = g_new(double, until - past.first + 1);
    for (gsize t = past.first; t < until; t++)
        past.z[t - past.first] = transform_apply(transform, series->value[t]);
    return past;
}

/* ------------------------------------------------------------------ a forecast */

/* Where all beliefs together reach a level. */
static double reach(const double *weight, const double *mean, const double *sd, gsize n, double level)
{
    double low = (double)INFINITY, high = -(double)INFINITY;
    for (gsize k = 0; k < n; k++) {
        low = fmin(low, mean[k] - 4 * sd[k]);
        high = fmax(high, mean[k] + 4 * sd[k]);
    }
    for (int step = 0; step < HALVINGS; step++) {
        double middle = (low + high) / 2, share = 0;
        for (gsize k = 0; k < n; k++)
            share += weight[k] * gsl_cdf_ugaussian_P((middle - mean[k]) / sd[k]);
        if (share < level)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

static gboolean speak(const Renew *renew, const Task *task, gsize day, Outlook *out, GError **error)
{
    double weight[KEPT], mean[KEPT], sd[KEPT], total = 0;
    gsize n = 0;
    while (n < renew->beliefs && exp(renew->belief[n].odds) > faint)
        total += weight[n] = exp(renew->belief[n].odds), n++;
    for (gsize h = 0; h < task->horizon; h++) {
        gsize d = (day + h) % WEEK;
        out->mean[h] = 0;
        for (gsize k = 0; k < n; k++) {
            const Week *week = &renew->belief[k].week;
            mean[k] = week->mean[d];
            sd[k] = sqrt(renew->scale * (week->variance[d][d] + 1 + (double)(h + 1) * (renew->moves + weekdays_drift)));
            out->mean[h] += weight[k] / total * transform_mean(&renew->transform, mean[k], sd[k]);
        }
        for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
            out->quantile[h * OUTLOOK_LEVELS + q] = transform_undo(&renew->transform, reach(weight, mean, sd, n, outlook_level[q] * total));
    }
    return member_finish(task, out, error);
}

static gboolean forecast_some(const Task *task, gsize tasks, Outlook **out, GError **error)
{
    g_autofree Renew *renew = g_new(Renew, 1);
    gsize length = task->series->length, origin = MIN(task->origin, length), k = 0;
    Past past = past_of(task->series, origin, MIN(task[tasks - 1].origin, length), &renew->transform);
    g_autofree double *z = past.z;
    if (z == NULL) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "%s: %zu %ss, wanted at least %d days, half of them known; wait for data", task->series->id, origin,
                    grain_name(task->series->grain), FEWEST);
        return FALSE;
    }
    renew->z = z;
    choose_movement(renew, origin - past.first);
    begin(renew);
    for (gsize t = BEGIN; k < tasks; t++) {
        for (; k < tasks && MIN(task[k].origin, length) == past.first + t; k++)
            if (!speak(renew, &task[k], t, out[k], error))
                return FALSE;
        if (k < tasks)
            live(renew, t);
    }
    return TRUE;
}

gboolean renew_forecast(const Task *task, gsize tasks, Outlook **out, GError **error)
{
    for (gsize first = 0, count; first < tasks; first += count) {
        count = member_shared(task + first, tasks - first);
        if (!forecast_some(task + first, count, out + first, error))
            return FALSE;
    }
    return TRUE;
}

/* Of the beliefs, by weight, those in which things are others since `days` days or less before `day`. */
static double share_changed(const Renew *renew, gsize day, gsize days)
{
    double share = 0;
    for (gsize k = 0; k < renew->beliefs; k++)
        if (renew->belief[k].began > 0 && renew->belief[k].began + days >= day)
            share += exp(renew->belief[k].odds);
    return fmin(share, 1 - forgotten);
}

double renew_changed(const Series *series, gsize origin, gsize days, RenewUsual *usual)
{
    g_autofree Renew *renew = g_new(Renew, 1);
    Past past = past_of(series, origin, origin, &renew->transform);
    g_autofree double *z = past.z;
    gsize length = origin - past.first, mornings = 0;
    double sum = 0;
    if (usual != NULL)
        *usual = (RenewUsual){0, 0};
    if (z == NULL)
        return 0;
    renew->z = z;
    choose_movement(renew, length);
    begin(renew);
    for (gsize t = BEGIN; t < length; t++) {
        if (t >= BEGIN + days && t + days <= length) {
            sum += share_changed(renew, t, days);
            mornings++;
        }
        live(renew, t);
    }
    if (usual != NULL && mornings > 0)
        *usual = (RenewUsual){sum / (double)mornings, mornings};
    return share_changed(renew, length, days);
}
