#include "forecast/model/growth_field.h"

#include "forecast/model/sorted.h"

#include <string.h>

static const double offset = 0.05; /* a rate of zero must not look infinitely far from a small one */

/* Weight of the newest week: what one week reports is half a tale (holidays,
 * late reports). */
static const double alpha = 0.7;

/* Robust standard deviations from the group beyond which a week's step is doubtful. */
static const double doubtful = 3.5;

enum { TWO_YEARS = 104, VOLATILE_WEEKS = 8, FEWEST_STEPS = 10 };

static double *missing_block(gsize count)
{
    double *block = g_new(double, count + 1);
    for (gsize k = 0; k < count; k++)
        block[k] = MISSING;
    return block;
}

void growth_field_free(GrowthField *field)
{
    if (field == NULL)
        return;
    g_free(field->unit);
    g_free(field->size);
    g_free(field->known);
    g_free(field->z);
    g_free(field->sure);
    g_free(field->smooth);
    g_free(field->feature);
    g_free(field->spread);
    g_free(field);
}

/* ------------------------------------------------------------------ one scale */

/* Mean of the known values; MISSING with a complaint when no scale can be had. */
static double mean_of(const Task *task, gsize from, GError **complaint)
{
    double sum = 0;
    gsize known = 0;
    gboolean negative = FALSE;
    for (gsize t = from; t < task->origin; t++)
        if (!isnan(task->series->value[t])) {
            sum += task->series->value[t];
            known++;
            negative = negative || task->series->value[t] < 0;
        }
    if (known > 0 && !negative && isfinite(sum))
        return sum / (double)known;
    g_set_error(complaint, MODEL_ERROR, MODEL_ERROR_SHORT, "%s: %s, wanted counts of events", task->series->id,
                known == 0 ? "no value is known" : negative ? "some values are below zero" : "the values are too large to add up");
    return MISSING;
}

/* Is there an exposure, or is it 1 because none was named? */
static gboolean has_exposure(const Task *task, gsize tasks)
{
    for (gsize i = 0; i < tasks; i++)
        if (task[i].series->exposure < 1 || task[i].series->exposure > 1)
            return TRUE;
    return FALSE;
}

static void find_units(GrowthField *f, const Task *task, const gsize *from, GError **complaint)
{
    gboolean exposed = has_exposure(task, f->series);
    double sum = 0, count = 0, sizes = 0;
    for (gsize i = 0; i < f->series; i++) {
        double mean = mean_of(&task[i], from[i], &complaint[i]);
        f->unit[i] = isnan(mean) ? MISSING : exposed ? task[i].series->exposure : mean;
        sum += isnan(mean) || !exposed ? 0 : mean / task[i].series->exposure;
        count += !isnan(mean);
    }
    double rate = exposed && count > 0 ? sum / count : 1;
    for (gsize i = 0; i < f->series; i++) {
        f->unit[i] *= rate;
        if (isnan(f->unit[i]) || f->unit[i] > 0)
            continue;
        f->unit[i] = MISSING;
        g_set_error(&complaint[i], MODEL_ERROR, MODEL_ERROR_SHORT, "%s: only zeros are known, wanted a count above", task[i].series->id);
    }
    count = 0;
    for (gsize i = 0; i < f->series; i++)
        if (!isnan(f->unit[i])) {
            sizes += log(f->unit[i]);
            count++;
        }
    for (gsize i = 0; i < f->series; i++)
        f->size[i] = count > 0 ? log(f->unit[i]) - sizes / count : MISSING;
}

double growth_field_count(const GrowthField *field, gsize series, double z)
{
    double square = fmax(z, 0) * fmax(z, 0);
    return fmax(square * square - offset, 0) * field->unit[series];
}

static double root(double rate)
{
    return sqrt(sqrt(rate + offset));
}

double growth_field_z(const GrowthField *field, gsize series, double count)
{
    return root(count / field->unit[series]);
}

static void fill_series(GrowthField *f, gsize i, const Task *task)
{
    double *z = f->z + i * f->weeks;
    for (gsize t = 0; t < f->weeks; t++) {
        gsize back = f->weeks - t; /* weeks before the origin */
        double value = back <= task->origin && !isnan(f->unit[i]) ? task->series->value[task->origin - back] : MISSING;
        gboolean first = t == 0 || isnan(z[t - 1]);
        f->known[i * f->weeks + t] = !isnan(value);
        z[t] = !isnan(value) ? growth_field_z(f, i, value) : first ? MISSING : z[t - 1];
    }
}

static void smooth_series(GrowthField *f, gsize i)
{
    const double *z = f->z + i * f->weeks;
    double *smooth = f->smooth + i * f->weeks;
    for (gsize t = 0; t < f->weeks; t++)
        smooth[t] = t == 0 || isnan(z[t - 1]) ? z[t] : alpha * z[t] + (1 - alpha) * smooth[t - 1];
}

/* ------------------------------------------------------------------ what one week alone may claim */

static double middle_of(double *value, gsize n)
{
    sorted_put(value, n);
    return (value[(n - 1) / 2] + value[n / 2]) / 2;
}

/* step[series]: how far each series moved in week t, MISSING where nobody knows.
 * What the week before bears out, whatever was made of it then, is no news. */
static void find_steps(const GrowthField *f, const double *told, gsize t, double *step)
{
    for (gsize i = 0; i < f->series; i++) {
        gsize at = i * f->weeks + t;
        double again = f->z[at] - told[at - 1], news = f->z[at] - f->z[at - 1];
        step[i] = f->known[at] ? (fabs(again) < fabs(news) ? again : news) : MISSING;
    }
}

/* The middle of the steps; `spread` is their robust standard deviation.  FALSE: too few to tell. */
static gboolean usual_step(const double *step, gsize series, double *middle, double *spread)
{
    g_autofree double *some = g_new(double, series);
    gsize n = 0;
    for (gsize i = 0; i < series; i++)
        if (!isnan(step[i]))
            some[n++] = step[i];
    if (n < FEWEST_STEPS)
        return FALSE;
    *middle = middle_of(some, n);
    for (gsize k = 0; k < n; k++)
        some[k] = fabs(some[k] - *middle);
    *spread = 1.4826 * middle_of(some, n);
    return TRUE;
}

/* How far chance alone moves z of a series where it is expected to be: the
 * root of the count through the slope of the scale, of one case at least. */
static double chance_of(const GrowthField *f, gsize i, double z)
{
    double rate = fmax(z * z * z * z - offset, 0);
    return sqrt((rate + 1 / f->unit[i]) / f->unit[i]) / (4 * z * z * z);
}

/* A place that leaps while the others do not has made a mistake in its report,
 * or begins a wave of its own: the next week tells.  Until then it is taken to
 * have leapt no further than can be believed. */
static void hold_leaps(GrowthField *f)
{
    g_autofree double *told = g_memdup2(f->z, (f->series * f->weeks + 1) * sizeof *f->z), *step = g_new(double, f->series);
    double middle, spread;
    for (gsize t = 1; t < f->weeks; t++) {
        find_steps(f, told, t, step);
        gboolean usual = usual_step(step, f->series, &middle, &spread);
        for (gsize i = 0; i < f->series; i++) {
            double *now = &f->z[i * f->weeks + t], expected = now[-1] + middle;
            if (!f->known[i * f->weeks + t])
                *now = now[-1];
            else if (usual && !isnan(step[i]) && expected > 0) {
                double most = doubtful * hypot(spread, chance_of(f, i, expected));
                if (fabs(step[i] - middle) > most) {
                    f->sure[i * f->weeks + t] = expected;
                    *now = CLAMP(*now, expected - most, expected + most);
                }
            }
        }
    }
}

/* ------------------------------------------------------------------ what growth depends on */

static gboolean is_held(const GrowthField *f, gsize at)
{
    return !isnan(f->sure[at]);
}

/* z of the whole group's rate at week t, over the series that have one, and one that
 * is believed, at week `with` too; weighted as they are large where an exposure says so. */
static double whole(const GrowthField *f, const double *share, gsize t, gsize with)
{
    double sum = 0, shares = 0;
    for (gsize i = 0; i < f->series; i++) {
        double z = f->z[i * f->weeks + t], other = f->z[i * f->weeks + with];
        if (isnan(z) || isnan(other) || is_held(f, i * f->weeks + t) || is_held(f, i * f->weeks + with))
            continue;
        sum += share[i] * (z * z * z * z - offset);
        shares += share[i];
    }
    return shares > 0 ? root(fmax(sum / shares, 0)) : MISSING;
}

static double known_or(double value, double otherwise)
{
    return isnan(value) ? otherwise : value;
}

/* How far z has moved to `now` over the last `lag` weeks; 0 when that is not known. */
static double moved(const double *z, double now, gsize t, gsize lag)
{
    return t >= lag ? known_or(now - z[t - lag], 0) : 0;
}

static double highest(const double *z, gsize t)
{
    double most = z[t];
    for (gsize back = 1; back < TWO_YEARS && back <= t; back++)
        most = fmax(most, known_or(z[t - back], most));
    return most;
}

static double volatility(const double *z, gsize t)
{
    double sum = 0;
    gsize count = 0;
    for (gsize back = 0; back < VOLATILE_WEEKS && back < t; back++)
        if (!isnan(z[t - back - 1])) {
            sum += fabs(z[t - back] - z[t - back - 1]);
            count++;
        }
    return count > 0 ? sum / (double)count : 0;
}

/* What all series share in a week. */
typedef struct {
    double phase, level, last, recent;
} Week;

static Week week_of(const GrowthField *f, const Task *task, const double *share, gsize t)
{
    CalendarDay day;
    calendar_day(task->calendar, GRAIN_WEEK, task->series->start + (gint64)task->origin - (gint64)(f->weeks - t), &day);
    Week week = {2 * G_PI * day.year_phase, known_or(whole(f, share, t, t), 0), 0, 0};
    if (t >= 1)
        week.last = known_or(whole(f, share, t, t - 1) - whole(f, share, t - 1, t), 0);
    if (t >= 3)
        week.recent = known_or(whole(f, share, t, t - 3) - whole(f, share, t - 3, t), 0);
    return week;
}

static void fill_features(GrowthField *f, gsize i, gsize t, const Week *week)
{
    const double *z = f->z + i * f->weeks, now = known_or(f->sure[i * f->weeks + t], z[t]);
    const double feature[GROWTH_FEATURES] = {1, sin(week->phase), cos(week->phase), sin(2 * week->phase), cos(2 * week->phase),
                                             moved(z, now, t, 1), moved(z, now, t, 2), moved(z, now, t, 4), week->last, week->recent,
                                             z[t], week->level, highest(z, t) - z[t], z[t] * z[t]};
    const double spread[GROWTH_SPREADS] = {1, z[t], volatility(z, t), fabs(moved(z, z[t], t, 1)), f->size[i], fabs(week->last)};
    memcpy(f->feature + (i * f->weeks + t) * GROWTH_FEATURES, feature, sizeof feature);
    memcpy(f->spread + (i * f->weeks + t) * GROWTH_SPREADS, spread, sizeof spread);
}

static void fill_all(GrowthField *f, const Task *task)
{
    g_autofree double *share = g_new(double, f->series);
    gboolean exposed = has_exposure(task, f->series);
    for (gsize i = 0; i < f->series; i++) {
        share[i] = exposed ? f->unit[i] : 1;
        fill_series(f, i, &task[i]);
    }
    hold_leaps(f);
    for (gsize i = 0; i < f->series; i++)
        smooth_series(f, i);
    for (gsize t = 0; t < f->weeks; t++) {
        Week week = week_of(f, &task[0], share, t);
        for (gsize i = 0; i < f->series; i++)
            if (!isnan(f->z[i * f->weeks + t]))
                fill_features(f, i, t, &week);
    }
}

GrowthField *growth_field_new(const Task *task, gsize tasks, GError **complaint)
{
    GrowthField *f = g_new0(GrowthField, 1);
    g_autofree gsize *from = g_new(gsize, tasks);
    f->series = tasks;
    for (gsize i = 0; i < tasks; i++) {
        f->weeks = MIN(MAX(f->weeks, task[i].origin), GROWTH_WEEKS_MOST);
        from[i] = task[i].origin > GROWTH_WEEKS_MOST ? task[i].origin - GROWTH_WEEKS_MOST : 0;
    }
    f->unit = missing_block(tasks);
    f->size = missing_block(tasks);
    f->known = g_new0(gboolean, tasks * f->weeks + 1);
    f->sure = missing_block(tasks * f->weeks);
    f->z = missing_block(tasks * f->weeks);
    f->smooth = missing_block(tasks * f->weeks);
    f->feature = missing_block(tasks * f->weeks * GROWTH_FEATURES);
    f->spread = missing_block(tasks * f->weeks * GROWTH_SPREADS);
    find_units(f, task, from, complaint);
    fill_all(f, task);
    return f;
}
