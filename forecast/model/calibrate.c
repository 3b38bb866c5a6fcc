#include "forecast/model/calibrate.h"

#include "forecast/model/draw.h"
#include "forecast/model/member.h"

#include <gsl/gsl_cdf.h>
#include <stdlib.h>
#include <string.h>

/* Pieces of evidence at which the past weighs as much as the belief that the
 * group's forecasts are right as they are, and that a series is like its group. */
static const double group_trust = 100.0, series_trust = 40.0;
/* Bounds: of a score, of a series' shift and stretch, of the released 95 % range. */
static const double most_score = 5.0, most_shift = 0.75, least_stretch = 0.7, most_stretch = 2.5;
static const double least_width = 0.8, most_width = 4.0;
static const double least_rise = 1e-3;

struct Calibration {
    gsize series, horizon;
    double group[CALIBRATE_BUCKETS][OUTLOOK_LEVELS]; /* the score at which to read a level */
    double *shift, *stretch;                         /* [series][CALIBRATE_BUCKETS], in the group's scores */
};

static Calibration *calibration_of(gsize series, gsize horizon)
{
    Calibration *calibration = g_new0(Calibration, 1);
    calibration->series = series;
    calibration->horizon = horizon;
    calibration->shift = g_new0(double, series * CALIBRATE_BUCKETS + 1);
    calibration->stretch = g_new0(double, series * CALIBRATE_BUCKETS + 1);
    for (gsize k = 0; k < series * CALIBRATE_BUCKETS; k++)
        calibration->stretch[k] = 1.0;
    for (gsize b = 0; b < CALIBRATE_BUCKETS; b++)
        memcpy(calibration->group[b], outlook_probit, sizeof outlook_probit);
    return calibration;
}

void calibrate_free(Calibration *calibration)
{
    if (calibration == NULL)
        return;
    g_free(calibration->shift);
    g_free(calibration->stretch);
    g_free(calibration);
}

gsize calibrate_series(const Calibration *calibration)
{
    return calibration->series;
}

/* The first eighth of the horizon, up to a quarter, up to a half, the rest. */
static gsize bucket_of(gsize horizon, gsize h)
{
    gsize bucket = CALIBRATE_BUCKETS - 1;
    for (gsize share = 2; bucket > 0 && (h + 1) * share <= horizon; share *= 2)
        bucket--;
    return bucket;
}

/* ---- scores -------------------------------------------------------------- */

/* The normal score at which the curve reaches y.  Unlike a probability it tells
 * how far out a surprise was; where levels share the value y, all are reached. */
static double score_reached(const double *quantile, double y)
{
    gsize k = 0;
    while (k + 2 < OUTLOOK_LEVELS && y >= quantile[k + 1])
        k++;
    double rise = quantile[k + 1] - quantile[k];
    if (!(rise > 0.0))
        return y < quantile[k] ? -most_score : most_score;
    double score = outlook_probit[k] + (y - quantile[k]) / rise * (outlook_probit[k + 1] - outlook_probit[k]);
    return CLAMP(score, -most_score, most_score);
}

/* An outlook is a smooth curve through whole numbers: the number y stands for
 * y - 1/2 .. y + 1/2.  Where the curve jumps, the jump is spread in the same way. */
double calibrate_score(const Outlook *outlook, gsize h, double actual, gboolean counts, guint64 key)
{
    const double *quantile = outlook->quantile + h * OUTLOOK_LEVELS;
    if (isnan(actual) || isnan(quantile[OUTLOOK_MEDIAN]))
        return MISSING;
    double upto = score_reached(quantile, counts ? actual + 0.5 : actual);
    double below = score_reached(quantile, counts ? actual - 0.5 : nextafter(actual, -(double)INFINITY));
    if (counts && actual < 0.5)
        below = -most_score;
    double low = gsl_cdf_ugaussian_P(below), high = gsl_cdf_ugaussian_P(upto);
    return CLAMP(gsl_cdf_ugaussian_Pinv(low + draw_uniform(0, 0, key) * (high - low)), below, upto);
}

/* score[series][origins][horizon] of the backtest. */
static void score_all(const float *quantile, const float *actual, const gboolean *counts, gsize series, gsize origins,
                      gsize horizon, double *score)
{
    g_autoptr(Outlook) outlook = outlook_new("calibrated", 0, horizon);
    for (gsize row = 0; row < series * origins; row++) {
        for (gsize k = 0; k < horizon * OUTLOOK_LEVELS; k++)
            outlook->quantile[k] = (double)quantile[row * horizon * OUTLOOK_LEVELS + k];
        for (gsize h = 0; h < horizon; h++)
            score[row * horizon + h] =
                calibrate_score(outlook, h, (double)actual[row * horizon + h], counts[row / origins], row * horizon + h);
    }
}

/* ---- the group ----------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The share of the scores that are below `at`, by the rank among n + 1 places. */
static double share_below(const double *score, gsize count, double at)
{
    gsize low = 0, high = count;
    while (low < high) {
        gsize middle = low + (high - low) / 2;
        if (score[middle] <= at)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return 0.0;
    double gap = low < count ? score[low] - score[low - 1] : 0.0;
    double between = gap > 0.0 ? (at - score[low - 1]) / gap : 0.0;
    return ((double)low + between) / (double)(count + 1);
}

/* Where the past's share of scores, held towards the normal's, reaches the level. */
static double score_at_level(const double *score, gsize count, double evidence, double level)
{
    enum { HALVINGS = 50 };
    double low = -2.0 * most_score, high = 2.0 * most_score;
    for (int k = 0; k < HALVINGS; k++) {
        double middle = 0.5 * (low + high);
        double share = evidence * share_below(score, count, middle) + group_trust * gsl_cdf_ugaussian_P(middle);
        if (share < level * (evidence + group_trust))
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

/* Steps of one forecast err together: they count as the square root of their number. */
static double evidence_of(gsize forecasts, gsize values)
{
    return forecasts > 0 ? sqrt((double)forecasts * (double)values) : 0.0;
}

typedef struct {
    const double *score;
    gsize series, origins, horizon;
} Past;

/* The known scores of series first .. last-1 in one range of steps. */
typedef struct {
    double *score;
    gsize count, forecasts; /* scores; forecasts that have any */
    gsize origins;          /* origins that have any */
    double shift;           /* the part of their mean that is no accident */
    double quiet;           /* 0..1: how sure it is that they are smaller than they should be */
} Sample;

/* All forecasts of one origin meet the same winter or the same strike, so that
 * only origins count as independent: W. James, C. Stein (1961), the positive
 * part, at three standard errors. */
static double lasting_shift(const double *mean, gsize origins)
{
    double sum = 0.0, squares = 0.0, n = (double)origins;
    for (gsize o = 0; o < origins; o++)
        sum += mean[o] / n;
    for (gsize o = 0; o < origins; o++)
        squares += (mean[o] - sum) * (mean[o] - sum);
    if (origins < 6 || !(fabs(sum) > 0.0))
        return 0.0;
    double accident = 9.0 * squares / (n - 1.0) / n;
    return sum * fmax(0.0, 1.0 - accident / (sum * sum));
}

/* Ranges that were too narrow are widened at once; those that were too wide only
 * as far as the origins agree that they were, since quiet times end: the positive
 * part again, at two standard errors of the mean size of the scores. */
static double lasting_quiet(const double *size, gsize origins)
{
    static const double usual = 0.79788456080286541; /* mean size of a normal score */
    double sum = 0.0, squares = 0.0, n = (double)origins;
    for (gsize o = 0; o < origins; o++)
        sum += (usual - size[o]) / n;
    for (gsize o = 0; o < origins; o++)
        squares += (usual - size[o] - sum) * (usual - size[o] - sum);
    if (origins < 6 || !(sum > 0.0))
        return 0.0;
    return fmax(0.0, 1.0 - 4.0 * squares / (n - 1.0) / n / (sum * sum));
}

static void collect(const Past *past, gsize first, gsize last, gsize bucket, Sample *sample)
{
    g_autofree double *mean = g_new(double, past->origins + 1), *size = g_new(double, past->origins + 1);
    sample->count = sample->forecasts = sample->origins = 0;
    for (gsize o = 0; o < past->origins; o++) {
        gsize begin = sample->count;
        double sum = 0.0, sizes = 0.0;
        for (gsize s = first; s < last; s++) {
            const double *score = past->score + (s * past->origins + o) * past->horizon;
            gsize before = sample->count;
            for (gsize h = 0; h < past->horizon; h++)
                if (bucket_of(past->horizon, h) == bucket && !isnan(score[h])) {
                    sample->score[sample->count++] = score[h];
                    sum += score[h];
                    sizes += fabs(score[h]);
                }
            sample->forecasts += sample->count > before;
        }
        if (sample->count == begin)
            continue;
        size[sample->origins] = sizes / (double)(sample->count - begin);
        mean[sample->origins++] = sum / (double)(sample->count - begin);
    }
    sample->shift = lasting_shift(mean, sample->origins);
    sample->quiet = lasting_quiet(size, sample->origins);
}

/* The curve is learnt from the scores and their mirror images: a common accident
 * widens it but does not bend it. */
static void learn_group(Calibration *calibration, const Past *past, gsize bucket, double *room)
{
    Sample sample = {.score = room};
    collect(past, 0, past->series, bucket, &sample);
    for (gsize k = 0; k < sample.count; k++) {
        room[k] -= sample.shift;
        room[sample.count + k] = -room[k];
    }
    qsort(room, 2 * sample.count, sizeof *room, ascending);
    double *group = calibration->group[bucket], evidence = evidence_of(sample.forecasts, sample.count);
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++) {
        double score = score_at_level(room, 2 * sample.count, evidence, outlook_level[k]);
        if (fabs(score) < fabs(outlook_probit[k]))
            score = outlook_probit[k] + sample.quiet * (score - outlook_probit[k]);
        group[k] = CLAMP(sample.shift, -most_shift, most_shift) + score;
        if (k > 0) /* many equal scores reach several levels at once; the curve must still rise */
            group[k] = fmax(group[k], group[k - 1] + least_rise);
    }
}

/* ---- one series ---------------------------------------------------------- */

/* y at x on the line through (from, to), its outer pieces going on; both ascending. */
static double along(const double *from, const double *to, double x)
{
    gsize k = 0;
    while (k + 2 < OUTLOOK_LEVELS && x >= from[k + 1])
        k++;
    return to[k] + (x - from[k]) / (from[k + 1] - from[k]) * (to[k + 1] - to[k]);
}

/* What is left to correct when the group's curve is applied: mean and deviation of the scores. */
static void learn_series(Calibration *calibration, const Past *past, gsize series, gsize bucket, double *room)
{
    Sample sample = {.score = room};
    collect(past, series, series + 1, bucket, &sample);
    double evidence = evidence_of(sample.forecasts, sample.count), squares = 0.0;
    double shift = CLAMP(sample.shift, -most_shift, most_shift);
    for (gsize k = 0; k < sample.count; k++)
        squares += (room[k] - shift) * (room[k] - shift);
    double variance = sample.count > 0 ? squares / (double)sample.count : 1.0;
    double stretch = sqrt((evidence * variance + series_trust) / (evidence + series_trust));
    /* beside others that are wider than the group, some are narrower; alone it has been narrowed already */
    if (stretch < 1.0 && past->series == 1)
        stretch = 1.0 + sample.quiet * (stretch - 1.0);
    calibration->shift[series * CALIBRATE_BUCKETS + bucket] = shift;
    calibration->stretch[series * CALIBRATE_BUCKETS + bucket] = CLAMP(stretch, least_stretch, most_stretch);
}

Calibration *calibrate_new(const float *quantile, const float *actual, const gboolean *counts, gsize series, gsize origins, gsize horizon)
{
    Calibration *calibration = calibration_of(series, horizon);
    gsize total = series * origins * horizon;
    g_autofree double *score = g_new(double, total + 1), *room = g_new(double, 2 * total + 1);
    score_all(quantile, actual, counts, series, origins, horizon, score);
    Past past = {score, series, origins, horizon};
    for (gsize b = 0; b < CALIBRATE_BUCKETS; b++) {
        learn_group(calibration, &past, b, room);
        for (gsize k = 0; k < total; k++) /* NaN stays NaN */
            if (bucket_of(horizon, k % horizon) == b)
                score[k] = along(calibration->group[b], outlook_probit, score[k]);
        for (gsize s = 0; s < series; s++)
            learn_series(calibration, &past, s, b, room);
    }
    return calibration;
}

/* ---- forecasts ----------------------------------------------------------- */

/* The value of a step at any normal score; beyond the outer levels the last piece goes on. */
static double read_at(const double *quantile, double score)
{
    return along(outlook_probit, quantile, CLAMP(score, -2.0 * most_score, 2.0 * most_score));
}

/* Stretch around the median until the outer range has a width that is allowed. */
static void bound_width(double *quantile, double width_before)
{
    double width = quantile[OUTLOOK_LEVELS - 1] - quantile[0], median = quantile[OUTLOOK_MEDIAN];
    double wanted = CLAMP(width, least_width * width_before, most_width * width_before);
    if (!(width > 0.0) || wanted == width)
        return;
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
        quantile[k] = median + (quantile[k] - median) * wanted / width;
}

void calibrate_apply(const Calibration *calibration, gsize series, gboolean counts, Outlook *outlook)
{
    g_assert(series == CALIBRATE_GROUP || series < calibration->series);
    for (gsize h = 0; h < outlook->horizon; h++) {
        gsize bucket = bucket_of(calibration->horizon, MIN(h, MAX(calibration->horizon, 1) - 1));
        gboolean known = series != CALIBRATE_GROUP;
        double shift = known ? calibration->shift[series * CALIBRATE_BUCKETS + bucket] : 0.0;
        double stretch = known ? calibration->stretch[series * CALIBRATE_BUCKETS + bucket] : 1.0;
        double *quantile = outlook->quantile + h * OUTLOOK_LEVELS, before[OUTLOOK_LEVELS];
        memcpy(before, quantile, sizeof before);
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
            quantile[k] = read_at(before, along(outlook_probit, calibration->group[bucket], shift + stretch * outlook_probit[k]));
        bound_width(quantile, before[OUTLOOK_LEVELS - 1] - before[0]);
        outlook->mean[h] += quantile[OUTLOOK_MEDIAN] - before[OUTLOOK_MEDIAN];
    }
    outlook_tidy(outlook, counts);
}

/* ---- bytes --------------------------------------------------------------- */

/* Little-endian: mark, series, horizon, then the numbers in the order of the struct. */
static const guint64 mark = G_GUINT64_CONSTANT(0x3142494c41434357); /* "WCCALIB1" */
enum { HEADER = 3, MOST_SERIES = 10000000 };

static gsize words_of(gsize series)
{
    return HEADER + CALIBRATE_BUCKETS * OUTLOOK_LEVELS + 2 * series * CALIBRATE_BUCKETS;
}

static void put_number(guint64 *word, double value)
{
    memcpy(word, &value, sizeof value);
    *word = GUINT64_TO_LE(*word);
}

static double get_number(const guint8 *bytes, gsize place)
{
    guint64 word;
    double value;
    memcpy(&word, bytes + place * sizeof word, sizeof word);
    word = GUINT64_FROM_LE(word);
    memcpy(&value, &word, sizeof value);
    return value;
}

static guint64 get_word(const guint8 *bytes, gsize place)
{
    guint64 word;
    memcpy(&word, bytes + place * sizeof word, sizeof word);
    return GUINT64_FROM_LE(word);
}

GBytes *calibrate_to_bytes(const Calibration *calibration)
{
    gsize words = words_of(calibration->series), at = HEADER, own = calibration->series * CALIBRATE_BUCKETS;
    guint64 *word = g_new0(guint64, words);
    word[0] = GUINT64_TO_LE(mark);
    word[1] = GUINT64_TO_LE((guint64)calibration->series);
    word[2] = GUINT64_TO_LE((guint64)calibration->horizon);
    for (gsize k = 0; k < CALIBRATE_BUCKETS * OUTLOOK_LEVELS; k++)
        put_number(&word[at++], calibration->group[k / OUTLOOK_LEVELS][k % OUTLOOK_LEVELS]);
    for (gsize k = 0; k < own; k++)
        put_number(&word[at++], calibration->shift[k]);
    for (gsize k = 0; k < own; k++)
        put_number(&word[at++], calibration->stretch[k]);
    return g_bytes_new_take(word, words * sizeof *word);
}

/* Only numbers that learning could have made; comparisons are false for NaN. */
static gboolean is_sane(const Calibration *calibration)
{
    for (gsize b = 0; b < CALIBRATE_BUCKETS; b++)
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++) {
            double score = calibration->group[b][k];
            if (!(fabs(score) <= 2.0 * most_score + OUTLOOK_LEVELS * least_rise) || (k > 0 && !(score > calibration->group[b][k - 1])))
                return FALSE;
        }
    for (gsize k = 0; k < calibration->series * CALIBRATE_BUCKETS; k++)
        if (!(fabs(calibration->shift[k]) <= most_shift) || !(calibration->stretch[k] >= least_stretch && calibration->stretch[k] <= most_stretch))
            return FALSE;
    return TRUE;
}

Calibration *calibrate_from_bytes(GBytes *bytes, GError **error)
{
    gsize size, at = HEADER;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    if (size < words_of(0) * sizeof(guint64) || get_word(data, 0) != mark || get_word(data, 1) > MOST_SERIES ||
        get_word(data, 2) > G_MAXUINT32 || size != words_of((gsize)get_word(data, 1)) * sizeof(guint64)) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_FILE, "%" G_GSIZE_FORMAT " bytes that are no calibration of this version; train again", size);
        return NULL;
    }
    g_autoptr(Calibration) calibration = calibration_of((gsize)get_word(data, 1), (gsize)get_word(data, 2));
    for (gsize k = 0; k < CALIBRATE_BUCKETS * OUTLOOK_LEVELS; k++)
        calibration->group[k / OUTLOOK_LEVELS][k % OUTLOOK_LEVELS] = get_number(data, at++);
    for (gsize k = 0; k < calibration->series * CALIBRATE_BUCKETS; k++)
        calibration->shift[k] = get_number(data, at++);
    for (gsize k = 0; k < calibration->series * CALIBRATE_BUCKETS; k++)
        calibration->stretch[k] = get_number(data, at++);
    if (!is_sane(calibration)) {
        g_set_error_literal(error, MODEL_ERROR, MODEL_ERROR_FILE, "the calibration holds a number that learning cannot give; train again");
        return NULL;
    }
    return g_steal_pointer(&calibration);
}
