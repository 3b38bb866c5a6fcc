#include "forecast/model/paths.h"

#include "forecast/model/draw.h"

#include <gsl/gsl_cdf.h>
#include <stdlib.h>

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
static void draw_series(const Drawing *drawing, const gsize *template, gsize series, double *latent)
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
            latent[p * drawing->horizon + h] = last;
        }
    }
}

typedef struct {
    double latent;
    gsize path;
} Place;

static int by_latent(const void *a, const void *b)
{
    const Place *x = a, *y = b;
    if (x->latent != y->latent)
        return x->latent < y->latent ? -1 : 1;
    return x->path < y->path ? -1 : x->path > y->path;
}

/* Hand out the outlook's quantiles by rank, so that each step's spread is exactly the outlook's. */
static void give_values(const Drawing *drawing, const Outlook *outlook, const double *latent, gboolean counts, Place *place, float *out)
{
    for (gsize h = 0; h < drawing->horizon; h++) {
        for (gsize p = 0; p < drawing->paths; p++)
            place[p] = (Place){latent[p * drawing->horizon + h], p};
        qsort(place, drawing->paths, sizeof *place, by_latent);
        for (gsize r = 0; r < drawing->paths; r++)
            out[place[r].path * drawing->horizon + h] = (float)outlook_at(outlook, h, ((double)r + 0.5) / (double)drawing->paths, counts);
    }
}

void paths_draw(const Outlook *const *outlook, gsize series, const float *score, gsize origins, gsize horizon,
                gsize paths, guint64 seed, gboolean counts, float *out)
{
    Drawing drawing = {score, score ? origins : 0, series, horizon, paths, seed};
    g_autofree double *latent = g_new(double, paths * horizon);
    g_autofree gsize *template = g_new0(gsize, paths);
    g_autofree Place *place = g_new(Place, paths);
    for (gsize p = 0; p < paths && drawing.origins > 0; p++)
        template[p] = draw_below(seed, 0, p, drawing.origins);
    for (gsize s = 0; s < series; s++) {
        g_assert(outlook[s]->horizon >= horizon);
        draw_series(&drawing, template, s, latent);
        give_values(&drawing, outlook[s], latent, counts, place, out + s * paths * horizon);
    }
}
