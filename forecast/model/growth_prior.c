#include "forecast/model/growth_prior.h"

#include "forecast/model/growth_fit.h"

#include <gsl/gsl_randist.h>
#include <string.h>

enum {
    GROUPS = 500,
    PLACES_MOST = 10,  /* of a larger group every so-manieth, by size */
    WEEKS_MOST = 60,   /* known of an invented group: more tell nothing new of growth */
    LAST_WEEKS = 8,    /* that are learnt from: what is known is as long then as in the real group */
    EARLY_WEEKS = 5,
    SETTLING = 104,    /* weeks until chance alone says where between waves a group is */
    SEED = 1,
};

/* Holds effects that cannot be told apart near each other. */
static const double hair = 1e-3;

/* Weeks do not grow or fall by more than this power of e. */
static const double steepest = 1.5;

static double between(gsl_rng *chance, double low, double high)
{
    return low + (high - low) * gsl_rng_uniform(chance);
}

/* From `low` to `high`, every factor as likely. */
static double spread(gsl_rng *chance, double low, double high)
{
    return low * pow(high / low, gsl_rng_uniform(chance));
}

/* ------------------------------------------------------------------ one invented epidemic */

typedef struct {
    double reproduction, generations; /* infected by one; generations in a week */
    double forgetting, imported, mixing;
    double season, turn;              /* of contacts, whenever in the year */
    double wander, keep, own;         /* of contacts: size, share kept after a week, part that is each place's own */
    double week, place;               /* errors of reports: of a week in all places, of one place */
} Epidemic;

static Epidemic draw_epidemic(gsl_rng *chance)
{
    return (Epidemic){
        .reproduction = between(chance, 1.2, 3), .generations = between(chance, 1, 2),
        .forgetting = 1 / spread(chance, 10, 150), .imported = spread(chance, 1e-7, 1e-4), .mixing = spread(chance, 0.001, 0.1),
        .season = fmax(between(chance, -0.13, 0.3), 0), .turn = between(chance, 0, 2 * G_PI),
        .wander = spread(chance, 0.02, 0.15), .keep = exp(-1 / spread(chance, 2, 20)), .own = between(chance, 0.2, 1),
        .week = spread(chance, 0.005, 0.3), .place = spread(chance, 0.02, 0.2),
    };
}

/* A place: who can get it, who has it, and how its contacts differ. */
typedef struct {
    double open, ill, contacts;
} Place;

static double wander(gsl_rng *chance, const Epidemic *e, double from, double size)
{
    return e->keep * from + size * sqrt(1 - e->keep * e->keep) * gsl_ran_ugaussian(chance);
}

static void next_week(gsl_rng *chance, const Epidemic *e, double contacts, Place *place, gsize places)
{
    double mean = 0;
    for (gsize i = 0; i < places; i++)
        mean += place[i].ill / (double)places;
    for (gsize i = 0; i < places; i++) {
        Place *p = &place[i];
        p->contacts = wander(chance, e, p->contacts, e->own * e->wander);
        double growth = e->generations * (log(e->reproduction) + contacts + p->contacts + log(p->open));
        double ill = ((1 - e->mixing) * p->ill + e->mixing * mean) * exp(CLAMP(growth, -steepest, steepest)) + e->imported;
        p->ill = fmin(ill, p->open / 2);
        p->open = CLAMP(p->open - p->ill + e->forgetting * (1 - p->open), 1e-3, 1);
    }
}

/* ill[places][weeks], once it is forgotten how it began. */
static void run_epidemic(gsl_rng *chance, const Epidemic *e, gsize places, gsize weeks, double *ill)
{
    Place place[PLACES_MOST];
    double contacts = 0;
    for (gsize i = 0; i < places; i++)
        place[i] = (Place){CLAMP(1 / e->reproduction, 0.05, 1), e->forgetting * (1 - 1 / e->reproduction) / 2, 0};
    for (gsize t = 0; t < SETTLING + weeks; t++) {
        contacts = wander(chance, e, contacts, e->wander);
        next_week(chance, e, contacts + e->season * cos(2 * G_PI * (double)t / 52.18 + e->turn), place, places);
        for (gsize i = 0; i < places && t >= SETTLING; i++)
            ill[i * weeks + t - SETTLING] = place[i].ill;
    }
}

/* ------------------------------------------------------------------ as it is counted */

/* Real places that invented ones are as large as. */
typedef struct {
    gsize places, known, weeks; /* weeks: known ones and those to be foreseen */
    double mean[PLACES_MOST], exposure[PLACES_MOST];
    const Task *like;
} Sizes;

static int by_mean(gconstpointer a, gconstpointer b, gpointer data)
{
    const double *mean = data, x = mean[*(const gsize *)a], y = mean[*(const gsize *)b];
    return (x > y) - (x < y);
}

static double mean_count(const GrowthField *f, const Task *task, gsize i)
{
    double sum = 0;
    gsize known = 0;
    for (gsize t = 0; t < f->weeks; t++)
        if (f->known[i * f->weeks + t]) {
            sum += task[i].series->value[task[i].origin - (f->weeks - t)];
            known++;
        }
    return known > 0 ? sum / (double)known : 0;
}

static Sizes sizes_of(const GrowthField *f, const Task *task)
{
    Sizes sizes = {.known = MIN(f->weeks, WEEKS_MOST), .like = &task[0]};
    g_autofree double *mean = g_new(double, f->series);
    g_autofree gsize *order = g_new(gsize, f->series);
    gsize scaled = 0;
    for (gsize i = 0; i < f->series; i++) {
        mean[i] = isnan(f->unit[i]) ? 0 : mean_count(f, task, i);
        if (mean[i] > 0)
            order[scaled++] = i;
    }
    g_qsort_with_data(order, (int)scaled, sizeof *order, by_mean, mean);
    sizes.weeks = sizes.known + task[0].horizon;
    sizes.places = MIN(scaled, PLACES_MOST);
    for (gsize k = 0; k < sizes.places; k++) {
        gsize i = order[sizes.places > 1 ? k * (scaled - 1) / (sizes.places - 1) : 0];
        sizes.mean[k] = fmin(mean[i], 1e9);
        sizes.exposure[k] = task[i].series->exposure;
    }
    return sizes;
}

static void count_place(gsl_rng *chance, const Epidemic *e, const Sizes *sizes, const double *ill, const double *week, double mean, double *value)
{
    double sum = 0, shape = 1 / (e->place * e->place);
    for (gsize t = 0; t < sizes->known; t++)
        sum += ill[t];
    for (gsize t = 0; t < sizes->weeks; t++) {
        double expected = mean * (double)sizes->known * ill[t] / sum * week[t] * gsl_ran_gamma(chance, shape, 1 / shape);
        /* of large counts chance is a normal one, and generators of small ones are slow or run over */
        value[t] = expected < 1e4 ? gsl_ran_poisson(chance, expected) : fmax(rint(expected + sqrt(expected) * gsl_ran_ugaussian(chance)), 0);
    }
}

/* Series of an invented group, begun somewhere in a year. */
static void invent(gsl_rng *chance, const Sizes *sizes, Series **series, Task *task)
{
    const Epidemic e = draw_epidemic(chance);
    g_autofree double *ill = g_new(double, sizes->places * sizes->weeks), *week = g_new(double, sizes->weeks);
    gint64 date = sizes->like->series->start + (gint64)sizes->like->origin - (gint64)gsl_rng_uniform_int(chance, 52);
    run_epidemic(chance, &e, sizes->places, sizes->weeks, ill);
    for (gsize t = 0; t < sizes->weeks; t++)
        week[t] = exp(e.week * gsl_ran_ugaussian(chance));
    for (gsize i = 0; i < sizes->places; i++) {
        series[i] = series_new("invented", GRAIN_WEEK, date - (gint64)sizes->known, sizes->weeks);
        series[i]->exposure = sizes->exposure[i];
        count_place(chance, &e, sizes, ill + i * sizes->weeks, week, sizes->mean[i], series[i]->value);
        task[i] = (Task){series[i], sizes->like->calendar, sizes->known, sizes->like->horizon, {52, 0}, 0};
    }
}

/* ------------------------------------------------------------------ what it teaches */

/* What the invented groups show: one row per place and week, and how far the
 * place moves from there in up to `horizon` weeks. */
typedef struct {
    GrowthRows *rows;
    double *moved; /* [horizon][most rows] */
    gsize most, horizon;
} Lessons;

static void learn_from(const GrowthField *f, const Task *task, Lessons *lessons)
{
    gsize from = MAX(f->weeks > LAST_WEEKS ? f->weeks - LAST_WEEKS : 0, MIN(EARLY_WEEKS, (f->weeks - 1) / 3));
    for (gsize i = 0; i < f->series; i++)
        for (gsize t = from; t < f->weeks && !isnan(f->unit[i]); t++) {
            gsize at = i * f->weeks + t, row = lessons->rows->rows;
            for (gsize ahead = 1; ahead <= lessons->horizon; ahead++)
                lessons->moved[(ahead - 1) * lessons->most + row] = growth_field_z(f, i, task[i].series->value[t + ahead]) - f->smooth[at];
            growth_rows_add(lessons->rows, f->feature + at * GROWTH_FEATURES, 0, t);
        }
}

static void teach(gsl_rng *chance, const Sizes *sizes, Lessons *lessons)
{
    Series *series[PLACES_MOST];
    Task task[PLACES_MOST];
    GError *complaint[PLACES_MOST] = {NULL};
    invent(chance, sizes, series, task);
    g_autoptr(GrowthField) f = growth_field_new(task, sizes->places, complaint);
    learn_from(f, task, lessons);
    for (gsize i = 0; i < sizes->places; i++) {
        g_clear_error(&complaint[i]); /* only zeros: it teaches nothing */
        series_free(series[i]);
    }
}

double *growth_prior(const GrowthField *field, const Task *task)
{
    const Sizes sizes = sizes_of(field, task);
    if (sizes.places == 0)
        return NULL;
    Lessons lessons = {.most = GROUPS * sizes.places * LAST_WEEKS, .horizon = task[0].horizon};
    g_autoptr(GrowthRows) rows = lessons.rows = growth_rows_new(lessons.most, GROWTH_FEATURES, sizes.known);
    g_autofree double *moved = lessons.moved = g_new(double, lessons.horizon * lessons.most);
    gsl_rng *chance = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(chance, SEED);
    for (gsize g = 0; g < GROUPS; g++)
        teach(chance, &sizes, &lessons);
    gsl_rng_free(chance);
    double *effect = g_new(double, lessons.horizon * GROWTH_FEATURES);
    for (gsize a = 0; a < lessons.horizon; a++) {
        memcpy(rows->y, moved + a * lessons.most, rows->rows * sizeof *moved);
        growth_fit(rows, hair, NULL, effect + a * GROWTH_FEATURES, NULL);
    }
    return effect;
}
