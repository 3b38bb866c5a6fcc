#include "forecast/model/repeat.h"

#define LEAST_SCALE 1e-3

struct Repeat {
    gsize season;
    double *z;             /* [length] */
    double *level, *scale; /* [length + 1] */
};

/* An exponentially weighted mean that begins with what it first sees. */
typedef struct {
    double keep, sum, weight;
} Lately;

static void add(Lately *lately, double x)
{
    lately->sum = lately->keep * lately->sum + x;
    lately->weight = lately->keep * lately->weight + 1;
}

static void run_level(Repeat *repeat, gsize length, gsize stretch)
{
    g_autofree double *total = g_new(double, length + 1); /* of the first k known values */
    gsize known = 0;
    total[0] = 0;
    for (gsize t = 0; t <= length; t++) {
        gsize count = MIN(stretch, known);
        repeat->level[t] = count > 0 ? (total[known] - total[known - count]) / (double)count : 0;
        if (t == length || isnan(repeat->z[t]))
            continue;
        total[known + 1] = total[known] + repeat->z[t];
        known++;
    }
}

/* A few differences over a season may happen to be none at all: those of neighbours keep the scale from vanishing. */
static void run_scale(Repeat *repeat, gsize length)
{
    const double *z = repeat->z, keep = pow(0.5, 1 / (2.0 * (double)repeat->season));
    Lately seasons = {.keep = keep}, steps = {.keep = keep};
    double last = MISSING;
    for (gsize t = 0; t <= length; t++) {
        double square = steps.weight > 0 ? (seasons.sum + steps.sum / steps.weight) / (seasons.weight + 1) : 1;
        repeat->scale[t] = fmax(sqrt(square), LEAST_SCALE);
        if (t == length || isnan(z[t]))
            continue;
        if (!isnan(last))
            add(&steps, (z[t] - last) * (z[t] - last));
        if (t >= repeat->season && !isnan(z[t - repeat->season]))
            add(&seasons, (z[t] - z[t - repeat->season]) * (z[t] - z[t - repeat->season]));
        last = z[t];
    }
}

Repeat *repeat_new(const double *z, gsize length, gsize season, gsize stretch)
{
    g_assert(season >= 1 && stretch >= 1);
    Repeat *repeat = g_new0(Repeat, 1);
    repeat->season = season;
    repeat->z = g_memdup2(z, length * sizeof *z);
    repeat->level = g_new(double, length + 1);
    repeat->scale = g_new(double, length + 1);
    run_level(repeat, length, stretch);
    run_scale(repeat, length);
    return repeat;
}

void repeat_free(Repeat *repeat)
{
    if (repeat == NULL)
        return;
    g_free(repeat->z);
    g_free(repeat->level);
    g_free(repeat->scale);
    g_free(repeat);
}

void repeat_at(const Repeat *repeat, gsize origin, gsize horizon, double *mean, double *sd)
{
    for (gsize h = 0; h < horizon; h++) {
        gsize seasons = 1 + h / repeat->season, back = seasons * repeat->season;
        while (back <= origin + h && isnan(repeat->z[origin + h - back]))
            back += repeat->season;
        mean[h] = back <= origin + h ? repeat->z[origin + h - back] : repeat->level[origin];
        sd[h] = repeat->scale[origin] * sqrt((double)seasons);
    }
}

double repeat_level(const Repeat *repeat, gsize origin)
{
    return repeat->level[origin];
}

double repeat_scale(const Repeat *repeat, gsize origin)
{
    return repeat->scale[origin];
}
