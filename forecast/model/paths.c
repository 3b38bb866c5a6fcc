#include "forecast/model/paths.h"

#include "forecast/model/draw.h"

#include <gsl/gsl_cdf.h>
#include <stdlib.h>
#include <string.h>

/* With fewer origins a template says more about its day than about dependence. */
enum { LEAST_ORIGINS = 8 };
/* Correlation of neighbouring steps when nothing is known. */
#define USUAL_CORRELATION 0.9
#define MOST_CORRELATION 0.995
/* Share of a path's variance that is its own noise and not its template's, so
 * that a few dozen origins give thousands of different futures. */
#define OWN_SHARE 0.15
/* Below this spread a step's scores are one value told many times. */
#define LEAST_SPREAD 1e-3
/* With so much of what they have in common all parts rise and fall as one. */
#define MOST_COMMON 20.0
/* Of an interval of at most MOST_COMMON + 1, to a hundred thousandth. */
enum { HALVINGS = 21 };

typedef struct {
    const float *score;
    gsize origins, series, horizon, paths;
    guint64 seed;
} Drawing;

static double score_at(const Drawing *drawing, gsize origin, gsize series, gsize h)
{
    return (double)drawing->score[(origin * drawing->series + series) * drawing->horizon + h];
}

/* A standard normal that belongs to one path and step of one series. */
static double noise(const Drawing *drawing, gsize series, gsize path, gsize h)
{
    double u = draw_uniform(drawing->seed, 1 + series, path * drawing->horizon + h);
    return gsl_cdf_ugaussian_Pinv(CLAMP(u, 1e-12, 1 - 1e-12));
}

/* Correlation of neighbouring steps in a series' scores. */
static double correlation(const Drawing *drawing, gsize series)
{
    double product = 0, square = 0;
    for (gsize o = 0; o < drawing->origins; o++)
        for (gsize h = 0; h + 1 < drawing->horizon; h++) {
            double a = score_at(drawing, o, series, h), b = score_at(drawing, o, series, h + 1);
            if (isnan(a) || isnan(b))
                continue;
            product += a * b;
            square += 0.5 * (a * a + b * b);
        }
    return square > 0 ? CLAMP(product / square, 0, MOST_CORRELATION) : USUAL_CORRELATION;
}

/* Mean and spread of each step's scores over the origins, so that templates
 * carry dependence and neither bias nor width; the outlooks have those. */
static void moments(const Drawing *drawing, gsize series, double *mean, double *spread)
{
    for (gsize h = 0; h < drawing->horizon; h++) {
        double sum = 0, square = 0;
        gsize n = 0;
        for (gsize o = 0; o < drawing->origins; o++) {
            double score = score_at(drawing, o, series, h);
            if (isnan(score))
                continue;
            sum += score;
            square += score * score;
            n++;
        }
        mean[h] = n > 0 ? sum / (double)n : 0;
        double variance = n > 1 ? (square - sum * mean[h]) / (double)(n - 1) : 0;
        spread[h] = variance > LEAST_SPREAD * LEAST_SPREAD ? sqrt(variance) : MISSING;
    }
}

/* The latent normals of one series: latent[paths][horizon]. */
static void draw_series(const Drawing *drawing, const gsize *template, gsize series, float *latent)
{
    g_autofree double *mean = g_new(double, drawing->horizon), *spread = g_new(double, drawing->horizon);
    double rho = correlation(drawing, series), fresh = sqrt(1 - rho * rho);
    gboolean by_template = drawing->origins >= LEAST_ORIGINS;
    moments(drawing, series, mean, spread);
    for (gsize p = 0; p < drawing->paths; p++) {
        double own = 0, last = 0;
        for (gsize h = 0; h < drawing->horizon; h++) {
            double shock = noise(drawing, series, p, h);
            own = h == 0 ? shock : rho * own + fresh * shock;
            double score = by_template ? (score_at(drawing, template[p], series, h) - mean[h]) / spread[h] : MISSING;
            if (!isnan(score))
                last = sqrt(1 - OWN_SHARE) * score + sqrt(OWN_SHARE) * own;
            else
                last = h == 0 ? shock : rho * last + fresh * shock;
            latent[p * drawing->horizon + h] = (float)last;
        }
    }
}

/* out[series][paths][horizon]: the latent normals of all. */
static void draw_all(const Drawing *drawing, const Outlook *const *outlook, float *out)
{
    g_autofree gsize *template = g_new0(gsize, drawing->paths);
    for (gsize p = 0; p < drawing->paths && drawing->origins > 0; p++)
        template[p] = draw_below(drawing->seed, 0, p, drawing->origins);
    for (gsize s = 0; s < drawing->series; s++) {
        g_assert(outlook[s]->horizon >= drawing->horizon);
        draw_series(drawing, template, s, out + s * drawing->paths * drawing->horizon);
    }
}

/* A path in the order of its latent normal: above the number of the path its bits,
 * turned so that as whole numbers they compare as they do. */
static guint64 place_of(float latent, gsize path)
{
    guint32 bits;
    memcpy(&bits, &latent, sizeof bits);
    bits = (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
    return (guint64)bits << 32 | path;
}

/* By the bits of the latent normals, eight at a time from the lowest; of equals the earlier path first. */
static void sort_places(guint64 *place, guint64 *spare, gsize n)
{
    for (int shift = 32; shift < 64; shift += 8) {
        gsize from[257] = {0};
        for (gsize p = 0; p < n; p++)
            from[(place[p] >> shift & 0xff) + 1]++;
        for (int k = 1; k < 257; k++)
            from[k] += from[k - 1];
        for (gsize p = 0; p < n; p++)
            spare[from[place[p] >> shift & 0xff]++] = place[p];
        guint64 *sorted = spare;
        spare = place;
        place = sorted;
    }
}

/* Hand out sorted values by the rank of the latent normals; value[paths], place[2 * paths]. */
static void give_values(const Drawing *drawing, gsize h, const double *value, guint64 *place, float *path)
{
    sort_places(place, place + drawing->paths, drawing->paths);
    for (gsize r = 0; r < drawing->paths; r++)
        path[(place[r] & 0xffffffffu) * drawing->horizon + h] = (float)value[r];
}

/* Normal scores of the ranks, from the lowest. */
static double *ranks_new(gsize paths)
{
    double *rank = g_new(double, paths);
    for (gsize r = 0; r < paths; r++)
        rank[r] = gsl_cdf_ugaussian_Pinv(((double)r + 0.5) / (double)paths);
    return rank;
}

/* The outlook's quantiles at the ranks, as outlook_at() has them. */
static void values_at(const Outlook *outlook, gsize h, const double *rank, gsize paths, gboolean counts, double *value)
{
    const double *quantile = outlook->quantile + h * OUTLOOK_LEVELS;
    gsize k = 0;
    for (gsize r = 0; r < paths; r++) {
        while (k + 2 < OUTLOOK_LEVELS && rank[r] >= outlook_probit[k + 1])
            k++;
        double share = (rank[r] - outlook_probit[k]) / (outlook_probit[k + 1] - outlook_probit[k]);
        double at = quantile[k] + share * (quantile[k + 1] - quantile[k]);
        value[r] = counts ? fmax(at, 0.0) : at;
    }
}

void paths_draw(const Outlook *const *outlook, gsize series, const float *score, gsize origins, gsize horizon,
                gsize paths, guint64 seed, gboolean counts, float *out)
{
    Drawing drawing = {score, score ? origins : 0, series, horizon, paths, seed};
    g_autofree guint64 *place = g_new(guint64, 2 * paths);
    g_autofree double *rank = ranks_new(paths), *value = g_new(double, paths);
    draw_all(&drawing, outlook, out);
    for (gsize s = 0; s < series; s++)
        for (gsize h = 0; h < horizon; h++) {
            float *path = out + s * paths * horizon;
            for (gsize p = 0; p < paths; p++)
                place[p] = place_of(path[p * horizon + h], p);
            values_at(outlook[s], h, rank, paths, counts, value);
            give_values(&drawing, h, value, place, path);
        }
}

/* ------------------------------------------------------------------ parts of a total */

/* One step of all parts: latent normals of mean 0 and spread 1, the values they are given, and their sum. */
typedef struct {
    gsize series, paths;
    double *latent, *value; /* [series][paths] */
    double *spread;         /* [series] of the values */
    double *common;         /* [paths]: the sum of the latent normals by spreads, itself of spread 1 */
    double *together;       /* [series]: correlation with it */
    double *correlation;    /* [series][series] */
} Step;

/* To a mean of 0 and, unless it never changes, a spread of 1: the spread it had. */
static double standardise(double *value, gsize n, double *out)
{
    double mean = 0, square = 0;
    for (gsize p = 0; p < n; p++)
        mean += value[p] / (double)n;
    for (gsize p = 0; p < n; p++)
        square += (value[p] - mean) * (value[p] - mean) / (double)n;
    double spread = sqrt(square);
    for (gsize p = 0; out != NULL && p < n; p++)
        out[p] = spread > 0 ? (value[p] - mean) / spread : 0;
    return spread;
}

static double product(const double *a, const double *b, gsize n)
{
    double sum = 0;
    for (gsize p = 0; p < n; p++)
        sum += a[p] * b[p];
    return sum / (double)n;
}

/* What the parts have in common: the spread of their sum. */
static double find_common(Step *step)
{
    memset(step->common, 0, step->paths * sizeof *step->common);
    for (gsize s = 0; s < step->series; s++)
        for (gsize p = 0; p < step->paths; p++)
            step->common[p] += step->spread[s] * step->latent[s * step->paths + p];
    double spread = standardise(step->common, step->paths, step->common);
    for (gsize i = 0; i < step->series; i++) {
        step->together[i] = product(step->latent + i * step->paths, step->common, step->paths);
        for (gsize j = 0; j <= i; j++)
            step->correlation[i * step->series + j] = step->correlation[j * step->series + i] =
                product(step->latent + i * step->paths, step->latent + j * step->paths, step->paths);
    }
    return spread;
}

/* Spread of the sum when each part takes on `more` of what is common and keeps its own spread. */
static double spread_with(const Step *step, double more)
{
    double variance = 0;
    for (gsize i = 0; i < step->series; i++)
        for (gsize j = 0; j < step->series; j++) {
            double joint = step->correlation[i * step->series + j] + more * (step->together[i] + step->together[j] + more);
            double own = (1 + more * (2 * step->together[i] + more)) * (1 + more * (2 * step->together[j] + more));
            variance += own > 0 ? step->spread[i] * step->spread[j] * joint / sqrt(own) : 0;
        }
    return sqrt(MAX(variance, 0));
}

/* How much more of it makes the sum spread as wanted; the spread grows with it. */
static double find_more(const Step *step, double spread, double wanted)
{
    double all = 0;
    for (gsize s = 0; s < step->series; s++)
        all += step->spread[s];
    double low = all > 0 ? -spread / all : 0, high = MOST_COMMON;
    for (int k = 0; k < HALVINGS; k++) {
        double middle = (low + high) / 2;
        *(spread_with(step, middle) < wanted ? &low : &high) = middle;
    }
    return (low + high) / 2;
}

static void round_all(double *value, gsize n)
{
    for (gsize k = 0; k < n; k++)
        value[k] = rint(value[k]);
}

/* Read the latent normals of a step and what the series' values will be. */
static void read_step(Step *step, const Outlook *const *outlook, const double *rank, const float *out, gsize horizon, gsize h, gboolean counts)
{
    for (gsize s = 0; s < step->series; s++) {
        double *latent = step->latent + s * step->paths, *value = step->value + s * step->paths;
        for (gsize p = 0; p < step->paths; p++)
            latent[p] = (double)out[(s * step->paths + p) * horizon + h];
        (void)standardise(latent, step->paths, latent);
        values_at(outlook[s], h, rank, step->paths, counts, value);
        if (counts)
            round_all(value, step->paths);
        step->spread[s] = standardise(value, step->paths, NULL);
    }
}

void paths_draw_parts(const Outlook *const *outlook, gsize series, const Outlook *total, const float *score, gsize origins,
                      gsize horizon, gsize paths, guint64 seed, gboolean counts, float *out)
{
    Drawing drawing = {score, score ? origins : 0, series, horizon, paths, seed};
    g_autofree guint64 *place = g_new(guint64, 2 * paths);
    g_autofree double *rank = ranks_new(paths), *whole = g_new(double, paths);
    g_autofree double *latent = g_new(double, series * paths + 1), *value = g_new(double, series * paths + 1), *common = g_new(double, paths);
    g_autofree double *spread = g_new(double, series + 1), *together = g_new(double, series + 1), *alike = g_new(double, series * series + 1);
    Step step = {series, paths, latent, value, spread, common, together, alike};
    draw_all(&drawing, outlook, out);
    for (gsize h = 0; h < horizon; h++) {
        read_step(&step, outlook, rank, out, horizon, h, counts);
        values_at(total, h, rank, paths, counts, whole);
        double before = find_common(&step), more = find_more(&step, before, standardise(whole, paths, NULL));
        for (gsize s = 0; s < series; s++) {
            for (gsize p = 0; p < paths; p++)
                place[p] = place_of((float)(latent[s * paths + p] + more * common[p]), p);
            give_values(&drawing, h, value + s * paths, place, out + s * paths * horizon);
        }
    }
}

/* ------------------------------------------------------------------ sums */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Of sorted numbers: between the middles of their places. */
static double quantile_between(const double *sum, gsize n, double level)
{
    double place = CLAMP(level * (double)n - 0.5, 0, (double)(n - 1));
    gsize k = MIN((gsize)place, n - 1), next = MIN(k + 1, n - 1);
    return sum[k] + (place - (double)k) * (sum[next] - sum[k]);
}

/* Of sorted whole numbers: the least that as many are not above, less half of it as far as fewer would do. */
static double quantile_whole(const double *sum, gsize n, double level)
{
    double wanted = level * (double)n;
    gsize k = (gsize)CLAMP(ceil(wanted - 1e-9) - 1, 0, (double)(n - 1)), first = k, last = k;
    while (first > 0 && !(sum[first - 1] < sum[k]))
        first--;
    while (last + 1 < n && !(sum[last + 1] > sum[k]))
        last++;
    double share = (wanted - (double)first) / (double)(last - first + 1);
    return MAX(sum[k] - 0.5 + CLAMP(share, 0, 1), 0);
}

void paths_sum(const float *path, gsize series, gsize paths, gsize horizon, gboolean counts, Outlook *total)
{
    g_autofree double *sum = g_new(double, paths);
    g_assert(paths > 0 && total->horizon >= horizon);
    for (gsize h = 0; h < horizon; h++) {
        for (gsize p = 0; p < paths; p++) {
            sum[p] = 0;
            for (gsize s = 0; s < series; s++)
                sum[p] += (double)path[(s * paths + p) * horizon + h];
        }
        qsort(sum, paths, sizeof *sum, ascending);
        for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
            total->quantile[h * OUTLOOK_LEVELS + q] = (counts ? quantile_whole : quantile_between)(sum, paths, outlook_level[q]);
    }
}
