#include "forecast/judge/drift.h"

#include <stdlib.h>

/* Lines that only teach a watcher what is usual, lines its windows look back, how
 * long the band must be off, how long an alarm stands, and how soon another one
 * asks for more.  Nobody waits for years until a monthly series is watched. */
typedef struct {
    gsize reference, window, sustained;
    gint64 stands, escalates;
    const char *lines;
} Pace;
static const Pace pace_of[GRAINS] = {
    [GRAIN_DAY] = {30, 60, 7, 14, 60, "days"},
    [GRAIN_WEEK] = {26, 52, 4, 4, 16, "weeks"},
    [GRAIN_MONTH] = {12, 24, 2, 2, 6, "months"},
};
enum { WINDOW_MOST = 60, DOUBTFUL_OF = 7, DOUBTFUL_MOST = 3 };

/* Level: cumulative sum of scores freed of their day-to-day correlation, held at
 * +-3 so that one odd day raises no alarm. */
#define LEVEL_SLACK 0.5
#define LEVEL_LIMIT 9.0
#define LEVEL_CLIP 3.0
#define CORRELATION_MOST 0.7
#define LEANING 0.7

/* Loss: Page-Hinkley; a loss beyond six times the expected one counts as six. */
#define LOSS_SLACK 0.25
#define LOSS_LIMIT 11.0
#define LOSS_CLIP 6.0

/* Band: off by more than eight points, and by more than chance. */
#define BAND_NOMINAL 0.8
#define BAND_OFF 0.08
#define BAND_LIMIT 3.5

/* Misses: cumulative sum of the shares outside the band beyond the usual one, in
 * their usual spread.  It tells in days that a band has become far too narrow. */
#define MISS_SLACK 0.5
#define MISS_LIMIT 14.0
#define MISS_CLIP 3.0
#define MISS_SPREAD_LEAST 0.05

/* Shape: Kolmogorov's distance times the root of the window. */
#define SHAPE_LIMIT 2.3
#define USUAL_DISTANCE 1.36 /* of one window in twenty that is right */

static const char *const cause_name[DRIFT_CAUSES] = {"none", "data", "level", "loss", "coverage", "shape", "input"};
static const char *const action_name[DRIFT_ACTIONS] = {"keep", "wait", "recalibrate", "refit", "tune", "retrain"};
static const DriftAction first_step[DRIFT_CAUSES] = {
    [DRIFT_NONE] = DRIFT_KEEP, [DRIFT_DATA] = DRIFT_WAIT, [DRIFT_LEVEL] = DRIFT_REFIT, [DRIFT_LOSS] = DRIFT_TUNE,
    [DRIFT_COVERAGE] = DRIFT_RECALIBRATE, [DRIFT_SHAPE] = DRIFT_RECALIBRATE, [DRIFT_INPUT] = DRIFT_REFIT};

const char *drift_cause_name(DriftCause cause)
{
    return cause_name[cause];
}

const char *drift_action_name(DriftAction action)
{
    return action_name[action];
}

void drift_verdict_clear(DriftVerdict *verdict)
{
    g_clear_pointer(&verdict->sentence, g_free);
}

/* The mean over both levels and outcomes: outcomes stand at the 13 quantiles,
 * each with the probability that lies nearest to it. */
double drift_expected_loss(const double quantile[OUTLOOK_LEVELS])
{
    double sum = 0;
    for (gsize y = 0; y < OUTLOOK_LEVELS; y++) {
        double below = y == 0 ? 0 : 0.5 * (outlook_level[y - 1] + outlook_level[y]);
        double above = y + 1 == OUTLOOK_LEVELS ? 1 : 0.5 * (outlook_level[y] + outlook_level[y + 1]);
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++) {
            double off = quantile[y] - quantile[k];
            sum += (above - below) * (off > 0 ? outlook_level[k] * off : (outlook_level[k] - 1) * off);
        }
    }
    return sum / OUTLOOK_LEVELS;
}

/* The longest run of one known value other than zero that ends before `end`. */
static gsize still_before(const double *value, gsize end)
{
    gsize run = 0;
    double last = MISSING;
    while (end-- > 0) {
        if (isnan(value[end]))
            continue;
        if (!isnan(last) && (value[end] < last || value[end] > last))
            break;
        last = value[end];
        run++;
    }
    return last > 0 || last < 0 ? run : 0;
}

gboolean drift_stuck(const double *value, gsize length, gsize season)
{
    gsize newest = still_before(value, length), longest = 0, run = 0;
    double last = MISSING;
    for (gsize t = 0; t + newest < length; t++) {
        if (isnan(value[t]))
            continue;
        run = !isnan(last) && value[t] <= last && value[t] >= last ? run + 1 : 1;
        last = value[t];
        longest = MAX(longest, run);
    }
    return newest >= MAX(season, 6) && newest > 2 * longest;
}

/* ------------------------------------------------------------------ the watchers */

typedef struct {
    const Pace *pace;
    gint64 paused_until;  /* after an alarm, so that one change is told once */
    gsize n;
    double mean;          /* usual loss */
    double loss;          /* Page-Hinkley */
    gint64 loss_since;
    gsize scores;
    double product, square, last; /* of scores: lag-one products, squares, yesterday's */
    double up, down;              /* cumulative sums */
    gint64 up_since, down_since;
    double inside[WINDOW_MOST], pit[WINDOW_MOST];
    gsize insides, pits, off; /* days the band has been off in a row */
    gsize shares;             /* of misses; their sum, squares and cumulative sum */
    double share, share_square, misses;
    gint64 misses_since;
} Watch;

static double correlation(const Watch *w)
{
    /* As if a reference of quiet, uncorrelated days had come before. */
    return CLAMP(w->product / (w->square + (double)w->pace->reference), 0, CORRELATION_MOST);
}

static DriftCause watch_level(Watch *w, const DriftDay *d)
{
    if (isnan(d->score))
        return DRIFT_NONE;
    gsize reference = w->pace->reference;
    double r = correlation(w), spread = sqrt(MAX((w->square + (double)reference) / (double)(MIN(w->scores, reference) + reference), 1));
    double fresh = CLAMP((d->score - r * w->last) / (spread * sqrt(1 - r * r)), -LEVEL_CLIP, LEVEL_CLIP);
    w->scores++;
    if (w->scores > reference && d->day >= w->paused_until) {
        w->up = MAX(0, w->up + fresh - LEVEL_SLACK);
        w->down = MAX(0, w->down - fresh - LEVEL_SLACK);
    } else if (w->scores <= reference) {
        /* what is usual is learnt from quiet days only */
        w->product += d->score * w->last;
        w->square += d->score * d->score;
    }
    w->up_since = w->up > 0 ? w->up_since : d->day + 1;
    w->down_since = w->down > 0 ? w->down_since : d->day + 1;
    w->last = d->score;
    return w->up > LEVEL_LIMIT || w->down > LEVEL_LIMIT ? DRIFT_LEVEL : DRIFT_NONE;
}

static DriftCause watch_loss(Watch *w, const DriftDay *d)
{
    if (isnan(d->loss))
        return DRIFT_NONE;
    double loss = MIN(d->loss, LOSS_CLIP);
    w->n++;
    if (w->n <= w->pace->reference)
        w->mean += (loss - w->mean) / (double)w->n;
    else if (d->day >= w->paused_until)
        w->loss = MAX(0, w->loss + loss / MAX(w->mean, 1e-6) - 1 - LOSS_SLACK);
    w->loss_since = w->loss > 0 ? w->loss_since : d->day + 1;
    return w->loss > LOSS_LIMIT ? DRIFT_LOSS : DRIFT_NONE;
}

static double mean_of(const double *x, gsize n)
{
    double sum = 0;
    for (gsize k = 0; k < n; k++)
        sum += x[k];
    return sum / (double)n;
}

/* Standard error of the mean of daily shares that resemble their neighbours. */
static double error_of(const double *x, gsize n, double mean)
{
    double square = 0, product = 0;
    for (gsize k = 0; k < n; k++) {
        square += (x[k] - mean) * (x[k] - mean);
        product += k > 0 ? (x[k] - mean) * (x[k - 1] - mean) : 0;
    }
    double r = square > 0 ? CLAMP(product / square, 0, CORRELATION_MOST) : 0;
    double variance = MAX(square / (double)(n - 1), 1.0 / (double)(n * n));
    return sqrt(variance / (double)n * (1 + r) / (1 - r));
}

static DriftCause watch_misses(Watch *w, const DriftDay *d)
{
    gsize reference = w->pace->reference;
    if (isnan(d->inside))
        return DRIFT_NONE;
    double missed = 1 - d->inside, n = (double)MAX(MIN(w->shares, reference), 1);
    double usual = fmax(w->share / n, 1 - BAND_NOMINAL), spread = fmax(sqrt(fmax(w->share_square / n - w->share * w->share / (n * n), 0)), MISS_SPREAD_LEAST);
    w->shares++;
    if (w->shares <= reference) {
        w->share += missed;
        w->share_square += missed * missed;
    } else if (d->day >= w->paused_until)
        w->misses = fmax(0, w->misses + fmin((missed - usual) / spread, MISS_CLIP) - MISS_SLACK);
    w->misses_since = w->misses > 0 ? w->misses_since : d->day + 1;
    return w->misses > MISS_LIMIT ? DRIFT_COVERAGE : DRIFT_NONE;
}

static DriftCause watch_band(Watch *w, const DriftDay *d)
{
    if (isnan(d->inside))
        return DRIFT_NONE;
    gsize window = w->pace->window;
    w->inside[w->insides++ % window] = d->inside;
    if (w->insides < window)
        return DRIFT_NONE;
    double in_order[WINDOW_MOST];
    for (gsize k = 0; k < window; k++)
        in_order[k] = w->inside[(w->insides + k) % window];
    double mean = mean_of(in_order, window), off = fabs(mean - BAND_NOMINAL);
    gboolean is_off = off > BAND_OFF && off > BAND_LIMIT * error_of(in_order, window, mean);
    w->off = is_off ? w->off + 1 : 0;
    return w->off >= w->pace->sustained ? DRIFT_COVERAGE : DRIFT_NONE;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov's distance of pit[n] from even, times the root of n. */
static double unevenness(const double *pit, gsize n)
{
    double sorted[WINDOW_MOST], most = 0;
    for (gsize k = 0; k < n; k++)
        sorted[k] = pit[k];
    qsort(sorted, n, sizeof *sorted, ascending);
    for (gsize k = 0; k < n; k++)
        most = MAX(most, MAX((double)(k + 1) / (double)n - sorted[k], sorted[k] - (double)k / (double)n));
    return most * sqrt((double)n);
}

static DriftCause watch_shape(Watch *w, const DriftDay *d)
{
    if (isnan(d->pit))
        return DRIFT_NONE;
    gsize window = w->pace->window;
    w->pit[w->pits++ % window] = d->pit;
    return w->pits >= window && unevenness(w->pit, window) > SHAPE_LIMIT ? DRIFT_SHAPE : DRIFT_NONE;
}

/* All look at every day; of several alarms the first is told. */
static DriftCause watch(Watch *w, const DriftDay *d)
{
    const DriftCause cause[] = {watch_level(w, d), watch_loss(w, d), watch_misses(w, d), watch_band(w, d), watch_shape(w, d)};
    for (gsize k = 0; k < G_N_ELEMENTS(cause); k++)
        if (cause[k] != DRIFT_NONE)
            return cause[k];
    return DRIFT_NONE;
}

/* ------------------------------------------------------------------ words */

/* The day, or the first one of the week or month. */
static char *date_of(Grain grain, gint64 line)
{
    int year, month, monthday;
    gint64 hour = grain_first_hour(grain, line);
    grain_date_of_day(hour >= 0 ? hour / 24 : -((23 - hour) / 24), &year, &month, &monthday);
    return g_strdup_printf("%04d-%02d-%02d", year, month, monthday);
}

static gint64 began(const Watch *w, DriftCause cause, gint64 today)
{
    switch (cause) {
    case DRIFT_LEVEL: return w->up > w->down ? w->up_since : w->down_since;
    case DRIFT_LOSS: return w->loss_since;
    case DRIFT_COVERAGE: return w->misses > MISS_LIMIT ? w->misses_since : today - (gint64)w->pace->window + 1;
    default: return today - (gint64)w->pace->window + 1;
    }
}

static double mean_loss_since(const DriftDay *day, gsize t, gint64 since)
{
    double sum = 0, n = 0;
    for (gsize k = t + 1; k-- > 0 && day[k].day >= since;)
        if (day[k].sound && !isnan(day[k].loss)) {
            sum += day[k].loss;
            n++;
        }
    return n > 0 ? sum / n : MISSING;
}

/* Large errors raise both alarms: a level has shifted when most of them lean to one side. */
static DriftCause tell_apart(const Watch *w, DriftCause cause, const DriftDay *day, gsize t)
{
    double sum = 0, size = 0;
    if ((cause != DRIFT_LEVEL && cause != DRIFT_LOSS) || w->loss < LOSS_LIMIT / 2)
        return cause;
    for (gsize k = t + 1; k-- > 0 && day[k].day >= w->loss_since;)
        if (day[k].sound && !isnan(day[k].score)) {
            sum += day[k].score;
            size += fabs(day[k].score);
        }
    return fabs(sum) > LEANING * size ? DRIFT_LEVEL : DRIFT_LOSS;
}

static char *explain(const Watch *w, Grain grain, DriftCause cause, const DriftDay *day, gsize t, gint64 since)
{
    g_autofree char *date = date_of(grain, since);
    gsize window = w->pace->window;
    switch (cause) {
    case DRIFT_LEVEL:
        return g_strdup_printf("what came has been %s the forecasts since about %s: the level has shifted", w->up > w->down ? "above" : "below", date);
    case DRIFT_LOSS:
        return g_strdup_printf("errors have been about %.1f times as large as the forecasts allow for since about %s", mean_loss_since(day, t, since), date);
    case DRIFT_COVERAGE: {
        if (w->misses > MISS_LIMIT)
            return g_strdup_printf("more than the fifth that should be has come outside the 80 %% band since about %s: it is too narrow", date);
        double mean = mean_of(w->inside, window);
        return g_strdup_printf("the 80 %% band held %.0f %% of what came in the last %zu %s: it is too %s", 100 * mean, window, w->pace->lines, mean < BAND_NOMINAL ? "narrow" : "wide");
    }
    default:
        return g_strdup_printf("for %zu %s what came has not been spread as the forecasts say (distance %.2f, usual below %.2f)", window, w->pace->lines,
                               unevenness(w->pit, window) / sqrt((double)window), USUAL_DISTANCE / sqrt((double)window));
    }
}

/* ------------------------------------------------------------------ the verdict */

/* The first step of a cause; when an alarm shortly before asked for as much, the next one. */
static DriftAction step_of(const Pace *pace, DriftCause cause, const DriftVerdict *before, gint64 today)
{
    if (before->alarms == 0 || today - before->day > pace->escalates)
        return first_step[cause];
    return MAX(first_step[cause], MIN(before->action + 1, DRIFT_RETRAIN));
}

static void raise_alarm(const Watch *w, Grain grain, DriftCause cause, const DriftDay *day, gsize t, DriftVerdict *verdict)
{
    verdict->action = step_of(w->pace, cause, verdict, day[t].day);
    drift_verdict_clear(verdict);
    verdict->cause = cause;
    verdict->day = day[t].day;
    verdict->since = began(w, cause, day[t].day);
    verdict->alarms++;
    verdict->sentence = explain(w, grain, cause, day, t, verdict->since);
}

/* Count anew; what is usual stays known, or a change that lasts would become usual. */
static void start_again(Watch *w, gint64 today)
{
    w->paused_until = today + w->pace->stands;
    w->loss = w->up = w->down = w->misses = 0;
    w->insides = w->pits = w->off = 0;
}

/* Too many doubtful days among the newest? */
static gboolean data_in_doubt(const DriftDay *day, gsize days)
{
    guint doubtful = 0;
    for (gsize k = days; k-- > 0 && day[k].day > day[days - 1].day - DOUBTFUL_OF;)
        doubtful += !day[k].sound;
    return days > 0 && (!day[days - 1].sound || doubtful >= DOUBTFUL_MOST);
}

static void blame_data(const DriftDay *day, gsize days, Grain grain, DriftVerdict *verdict)
{
    gsize first = days - 1;
    for (gsize k = days; k-- > 0 && day[k].day > day[days - 1].day - DOUBTFUL_OF;)
        first = day[k].sound ? first : k;
    g_autofree char *date = date_of(grain, day[first].day);
    drift_verdict_clear(verdict);
    *verdict = (DriftVerdict){.cause = DRIFT_DATA, .action = DRIFT_WAIT, .day = day[days - 1].day, .since = day[first].day, .alarms = verdict->alarms};
    verdict->sentence = g_strdup_printf("the data have been late or stuck since %s: the models are not judged by them", date);
}

void drift_judge(const DriftDay *day, gsize days, Grain grain, DriftVerdict *verdict)
{
    const Pace *pace = &pace_of[grain];
    g_assert(pace->window > 0 && pace->window <= WINDOW_MOST);
    Watch w = {.pace = pace};
    guint model = 0; /* that forecast when the last alarm was raised; 0 = none since */
    *verdict = (DriftVerdict){.cause = DRIFT_NONE};
    for (gsize t = 0; t < days; t++) {
        /* Another model after an alarm: what is usual with it is yet to be seen. */
        if (model != 0 && day[t].model != model) {
            w = (Watch){.pace = pace, .paused_until = w.paused_until};
            model = 0;
        }
        DriftCause cause = day[t].sound ? watch(&w, &day[t]) : DRIFT_NONE;
        if (cause == DRIFT_NONE)
            continue;
        raise_alarm(&w, grain, tell_apart(&w, cause, day, t), day, t, verdict);
        model = day[t].model;
        start_again(&w, day[t].day);
    }
    if (data_in_doubt(day, days)) {
        blame_data(day, days, grain, verdict);
        return;
    }
    if (verdict->alarms == 0)
        return;
    verdict->answered = model == 0;
    if (day[days - 1].day - verdict->day >= pace->stands) {
        guint alarms = verdict->alarms;
        drift_verdict_clear(verdict);
        *verdict = (DriftVerdict){.cause = DRIFT_NONE, .alarms = alarms};
    }
}
