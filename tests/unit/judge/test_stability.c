#include "forecast/judge/stability.h"

#include "forecast/model/draw.h"

#include <gsl/gsl_cdf.h>

enum { YEARS = 4, DAYS = 365 * YEARS };

/* (10 - 20) / 30 ln(1 / 2) twice, with half a value in each bin; 0.9 ln 19 twice; and nothing for the same shares. */
static void test_index(void)
{
    g_assert_cmpfloat(fabs(stability_index((double[]){9.5, 19.5}, (double[]){19.5, 9.5}, 2) - log(2) * 2 / 3), <, 1e-12);
    g_assert_cmpfloat(fabs(stability_index((double[]){0, 9}, (double[]){9, 0}, 2) - 1.8 * log(19)), <, 1e-12);
    g_assert_cmpfloat(fabs(stability_index((double[]){1.5, 3.5}, (double[]){15.5, 31.5}, 2)), <, 1e-12);
    g_assert_cmpfloat(fabs(stability_index((double[]){0, 0, 9}, (double[]){9, 0, 0}, 3) - 1.8 * log(19)), <, 1e-12);
    /* By the same formula in Python. */
    g_assert_cmpfloat(fabs(stability_index((double[]){10, 5, 5, 5, 3}, (double[]){20, 20, 20, 20, 20}, 5) - 0.1318137982754813), <, 1e-12);
    g_assert_cmpfloat(fabs(stability_index((double[]){0, 0, 0, 0, 28}, (double[]){100, 100, 100, 100, 100}, 5) - 2.969322898344063), <, 1e-12);
}

/* ------------------------------------------------------------------ a life */

typedef struct {
    const char *name;
    Grain grain;
    double resemblance; /* of one step to the next; 1 = it wanders without end */
    double poisson;     /* mean of a count, 0 = a normal */
    double week, year;  /* how much Sundays are quieter, and summers, in standard deviations */
} World;

static double normal(guint64 stream, gsize k)
{
    return gsl_cdf_ugaussian_Pinv(CLAMP(draw_uniform(20261123, stream, k), 1e-12, 1 - 1e-12));
}

static double *live(const World *w, guint64 stream)
{
    gsize day = w->grain == GRAIN_HOUR ? 24 : 1;
    double *value = g_new(double, DAYS * day), z = 0, fresh = w->resemblance < 1 ? sqrt(1 - w->resemblance * w->resemblance) : 1;
    for (gsize t = 0; t < DAYS * day; t++) {
        z = t == 0 ? normal(stream, 0) : w->resemblance * z + fresh * normal(stream, t);
        double usual = -w->week * (t / day % 7 == 6) - w->year * cos(2 * G_PI * (double)t / (365.25 * (double)day)) - (day > 1 ? cos(2 * G_PI * (double)(t % 24) / 24) : 0);
        value[t] = w->poisson > 0 ? gsl_cdf_ugaussian_P(z) : z + usual;
        if (w->poisson > 0) {
            double u = value[t], mean = w->poisson * exp(0.3 * usual), p = exp(-mean), sum = p;
            for (value[t] = 0; sum < u && value[t] < 1000; sum += p)
                p *= mean / ++value[t];
        }
    }
    return value;
}

/* Values that never repeat, and a quiet Sunday; `step` 0 is a Thursday as in grain.h. */
static double *quiet(gsize days)
{
    double *value = g_new(double, days);
    for (gsize t = 0; t < days; t++)
        value[t] = (t % 7 == 3 ? 10 : 50) + 20 * normal(7, t);
    return value;
}

/* Of the last 28 days eight are below all others, eight in their midst, and then twelve above all others. */
static void test_since(void)
{
    enum { N = 28 * 14 };
    g_autofree double *value = quiet(N);
    Stability before, after;
    g_assert_true(stability_judge(value, N, 700, GRAIN_DAY, &before));
    g_assert_cmpfloat(before.index, <, before.limit);
    for (gsize t = N - 28; t < N; t++)
        value[t] = t >= N - 12 ? 1000 : t % 2 ? -1000 : t % 7 == 3 ? 10 : 50;
    g_assert_true(stability_judge(value, N, 700, GRAIN_DAY, &after));
    g_assert_cmpint(after.since, ==, 700 + N - 12);
    g_assert_cmpfloat(fabs(after.share[0] - 8.0 / 28), <, 1e-12);
    g_assert_cmpfloat(fabs(after.share[2] - 8.0 / 28), <, 1e-12);
    g_assert_cmpfloat(fabs(after.share[4] - 12.0 / 28), <, 1e-12);
    g_assert_cmpfloat(after.index, >, before.index);
    g_assert_cmpfloat(fabs(after.limit - before.limit), <, 1e-12); /* the years before are what they were */
    double sum = 0;
    for (gsize b = 0; b < STABILITY_BINS; b++)
        sum += after.share[b];
    g_assert_cmpfloat(fabs(sum - 1), <, 1e-12);
}

/* A Sunday is held against Sundays: what would be absurdly low on any other day is none of its business. */
static void test_sunday(void)
{
    enum { N = 28 * 20 };
    g_autofree double *value = g_new(double, N);
    for (gsize t = 0; t < N; t++)
        value[t] = (t % 7 == 3 ? 0 : 1000) + (double)(t * 37 % 101);
    Stability usual, moved;
    g_assert_true(stability_judge(value, N, 0, GRAIN_DAY, &usual));
    g_assert_cmpfloat(usual.index, <, usual.limit);
    for (gsize t = N - 28; t < N; t++) /* now Mondays are quiet */
        value[t] = (t % 7 == 4 ? 0 : 1000) + (double)(t * 37 % 101);
    g_assert_true(stability_judge(value, N, 0, GRAIN_DAY, &moved));
    g_assert_cmpfloat(moved.index, >, usual.index);
    g_assert_cmpfloat(moved.share[0], >=, 4.0 / 28); /* four Mondays below all others */
    g_assert_cmpfloat(moved.share[STABILITY_BINS - 1], >=, 4.0 / 28);
}

static void test_little(void)
{
    enum { N = 28 * 13 };
    g_autofree double *value = quiet(N);
    Stability stability;
    g_assert_true(stability_judge(value, N, 0, GRAIN_DAY, &stability));
    g_assert_false(stability_judge(value + 1, N - 1, 1, GRAIN_DAY, &stability));
    g_assert_false(stability_judge(value, N, 0, GRAIN_WEEK, &stability));
    g_assert_false(stability_judge(value, N, 0, GRAIN_MONTH, &stability));
    for (gsize t = N - 7; t < N; t++)
        value[t] = MISSING;
    g_assert_true(stability_judge(value, N, 0, GRAIN_DAY, &stability)); /* three quarters are known */
    g_assert_true(stability.index < stability.limit);
    value[N - 8] = MISSING;
    g_assert_false(stability_judge(value, N, 0, GRAIN_DAY, &stability));
    g_autofree double *holes = quiet(N);
    for (gsize t = 0; t < 15; t++)
        holes[t] = MISSING; /* of one block less than half is left, and twelve are needed */
    g_assert_false(stability_judge(holes, N, 0, GRAIN_DAY, &stability));
    for (gsize t = 0; t < N; t++)
        holes[t] = 3;
    g_assert_true(stability_judge(holes, N, 0, GRAIN_DAY, &stability)); /* a constant is as it was */
    g_assert_cmpfloat(stability.index, <, 1e-12);
    for (gsize t = 0; t < N; t++)
        holes[t] = MISSING;
    g_assert_false(stability_judge(holes, N, 0, GRAIN_DAY, &stability));
}

static gboolean is_drift(const double *value, gsize length, Grain grain)
{
    Stability stability;
    return stability_judge(value, length, 0, grain, &stability) && stability.index > stability.limit;
}

/* Alarms between which four weeks are quiet. */
static guint alarms_in(const double *value, Grain grain, gsize stride)
{
    gsize day = grain == GRAIN_HOUR ? 24 : 1, last = 0;
    guint alarms = 0;
    for (gsize d = 365; d <= DAYS; d += stride)
        if (is_drift(value, d * day, grain)) {
            alarms += last == 0 || d - last > STABILITY_DAYS;
            last = d;
        }
    return alarms;
}

static void test_false_alarms(void)
{
    const World world[] = {
        {"days", GRAIN_DAY, 0, 0, 0, 0},
        {"days with quiet Sundays", GRAIN_DAY, 0, 0, 3, 0},
        {"days that resemble each other", GRAIN_DAY, 0.5, 0, 1, 0},
        {"days that resemble each other much", GRAIN_DAY, 0.9, 0, 1, 0},
        {"days with summers", GRAIN_DAY, 0.3, 0, 1, 1},
        {"days that wander", GRAIN_DAY, 1, 0, 1, 0},
        {"small counts of days", GRAIN_DAY, 0.3, 2, 1, 0},
        {"hours", GRAIN_HOUR, 0.9, 0, 1, 0},
        {"hours that resemble each other much", GRAIN_HOUR, 0.99, 0, 1, 0.5},
        {"small counts of hours", GRAIN_HOUR, 0, 0.3, 1, 0},
    };
    for (gsize k = 0; k < G_N_ELEMENTS(world); k++) {
        guint series = world[k].grain == GRAIN_HOUR ? 3 : 20, alarms = 0;
        for (guint64 stream = 0; stream < series; stream++) {
            g_autofree double *value = live(&world[k], stream);
            alarms += alarms_in(value, world[k].grain, world[k].grain == GRAIN_HOUR ? 7 : 2);
        }
        double rate = alarms / (double)(series * (YEARS - 1));
        g_test_message("%s: %.3f false alarms per series and year", world[k].name, rate);
        g_assert_cmpfloat(rate, <=, 0.1);
    }
}

/* ------------------------------------------------------------------ changes */

typedef struct {
    World world;
    double shift, stretch; /* in standard deviations; times the spread */
    gsize most;            /* median delay in days */
} Change;

enum { CHANGE = 365 * 3, TRIES = 5 };

static double *change(const Change *c, guint64 stream)
{
    gsize day = c->world.grain == GRAIN_HOUR ? 24 : 1;
    double *value = live(&c->world, stream);
    for (gsize t = CHANGE * day; t < DAYS * day; t++)
        value[t] = c->stretch * value[t] + c->shift;
    return value;
}

static gsize delay_of(const double *value, Grain grain)
{
    for (gsize d = 8; d <= 60; d += 4)
        if (is_drift(value, (CHANGE + d) * (grain == GRAIN_HOUR ? 24 : 1), grain))
            return d;
    return 60;
}

static int ascending(const void *a, const void *b)
{
    gsize x = *(const gsize *)a, y = *(const gsize *)b;
    return (x > y) - (x < y);
}

static void test_delays(void)
{
    const Change row[] = {
        {{"days up by one and a half", GRAIN_DAY, 0.3, 0, 1, 0}, 1.5, 1, 35},
        {{"days down by three", GRAIN_DAY, 0.3, 0, 1, 0}, -3, 1, 35},
        {{"days that no longer change", GRAIN_DAY, 0.3, 0, 1, 0}, 0, 0, 35},
        {{"hours up by one and a half", GRAIN_HOUR, 0.9, 0, 1, 0}, 1.5, 1, 35},
        {{"hours spread three times as wide", GRAIN_HOUR, 0.9, 0, 1, 0}, 0, 3, 35},
    };
    for (gsize k = 0; k < G_N_ELEMENTS(row); k++) {
        gsize delay[TRIES];
        for (guint64 stream = 0; stream < TRIES; stream++) {
            g_autofree double *value = change(&row[k], stream);
            delay[stream] = delay_of(value, row[k].world.grain);
        }
        qsort(delay, TRIES, sizeof *delay, ascending);
        g_test_message("%s: told after %zu days (half of the cases), %zu at most", row[k].world.name, delay[TRIES / 2], delay[TRIES - 1]);
        g_assert_cmpuint(delay[TRIES / 2], <=, row[k].most);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/judge/stability/the-index-is-as-worked-out-by-hand", test_index);
    g_test_add_func("/judge/stability/the-day-of-the-change-is-found", test_since);
    g_test_add_func("/judge/stability/a-quiet-sunday-is-no-drift", test_sunday);
    g_test_add_func("/judge/stability/too-little-is-not-judged", test_little);
    g_test_add_func("/judge/stability/nothing-changed-is-hardly-ever-told-as-drift", test_false_alarms);
    g_test_add_func("/judge/stability/another-population-is-told-within-five-weeks", test_delays);
    return g_test_run();
}
