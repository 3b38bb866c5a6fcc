#include "forecast/model/holidays.h"

#include <cblas.h>
#include <lapacke.h>
#include <stdlib.h>
#include <string.h>

enum {
    WEEK = 7,
    OFFSETS = 2 * HOLIDAYS_REACH + 1,
    SHAPE_REACH = 35,  /* days on each side that tell the weekdays' shape */
    LEVEL_REACH = 14,  /* and the level */
    FEWEST_LEVEL = 4,  /* values that make a level */
    SAME_REACH = 3,    /* days between a holiday and the day off for it */
    MOST_SERIES = 200, /* that are asked; more tell nothing new */
    MOST_TOUCHING = 8  /* holidays that touch one day */
};
/* Shares of a holiday's effect that all holidays have in common, that it has in
 * common with those of its name, and that are its own; and how alike the days
 * around it rise and fall. */
static const double share_all = 0.3, share_name = 0.6, share_own = 0.1, share_together = 0.6;
static const double least_share = 0.02; /* of the noise: no offset is known to have no effect */

typedef struct {
    gint64 day; /* from day 0; may lie outside */
    gsize name;
} Event;

struct Holidays {
    gsize known, days;
    GArray *event;
    double *effect, *variance; /* [days] */
    double size[OFFSETS];      /* usual size of the effect */
};

/* ---- which days ---------------------------------------------------------- */

/* "Labor Day" of "Labor Day (observed)"; free with g_free(). */
static char *plain_name(const char *name)
{
    const char *bracket = strstr(name, " (");
    return bracket != NULL ? g_strndup(name, (gsize)(bracket - name)) : g_strdup(name);
}

/* A holiday on a weekend is kept on the day that people have off for it. */
static gboolean is_moved(const Calendar *calendar, gint64 day, const char *name)
{
    gboolean moved = FALSE;
    if (strchr(name, '(') != NULL)
        return FALSE;
    for (gint64 near = day - SAME_REACH; near <= day + SAME_REACH && !moved; near++) {
        const char *other = calendar_holiday(calendar, near);
        g_autofree char *plain = other != NULL ? plain_name(other) : NULL;
        moved = other != NULL && strchr(other, '(') != NULL && g_str_equal(plain, name);
    }
    return moved;
}

static gsize number_of(GPtrArray *names, const char *name)
{
    char *plain = plain_name(name);
    for (guint k = 0; k < names->len; k++)
        if (g_str_equal(g_ptr_array_index(names, k), plain)) {
            g_free(plain);
            return k;
        }
    g_ptr_array_add(names, plain);
    return names->len - 1;
}

Holidays *holidays_new(const Calendar *calendar, gint64 first, gsize known, gsize ahead)
{
    Holidays *holidays = g_new0(Holidays, 1);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    holidays->known = known;
    holidays->days = known + ahead;
    holidays->effect = g_new0(double, holidays->days + 1);
    holidays->variance = g_new0(double, holidays->days + 1);
    holidays->event = g_array_new(FALSE, FALSE, sizeof(Event));
    for (gint64 day = -HOLIDAYS_REACH; day < (gint64)holidays->days + HOLIDAYS_REACH; day++) {
        const char *name = calendar_holiday(calendar, first + day);
        if (name == NULL || is_moved(calendar, first + day, name))
            continue;
        Event event = {day, number_of(names, name)};
        g_array_append_val(holidays->event, event);
    }
    return holidays;
}

void holidays_free(Holidays *holidays)
{
    if (holidays == NULL)
        return;
    g_array_unref(holidays->event);
    g_free(holidays->effect);
    g_free(holidays->variance);
    g_free(holidays);
}

/* The events that touch a day; their number. */
static gsize touching(const Holidays *holidays, gsize day, gsize which[MOST_TOUCHING])
{
    gsize count = 0;
    for (guint e = 0; e < holidays->event->len && count < MOST_TOUCHING; e++)
        if (ABS(g_array_index(holidays->event, Event, e).day - (gint64)day) <= HOLIDAYS_REACH)
            which[count++] = e;
    return count;
}

gboolean holidays_near(const Holidays *holidays, gsize day)
{
    gsize which[MOST_TOUCHING];
    return touching(holidays, day, which) > 0;
}

double holidays_effect(const Holidays *holidays, gsize day)
{
    return holidays->effect[day];
}

double holidays_variance(const Holidays *holidays, gsize day)
{
    return holidays->variance[day];
}

/* ---- how far each day lies from the usual --------------------------------- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *value, gsize count)
{
    qsort(value, count, sizeof *value, ascending);
    return count % 2 ? value[count / 2] : 0.5 * (value[count / 2 - 1] + value[count / 2]);
}

/* One series before its holidays are known. */
typedef struct {
    const double *z;
    gsize known;
    const gboolean *near; /* [known] */
    double *deviation;    /* [known]: from the mean of the week around; MISSING near holidays */
} Plain;

static void find_deviations(Plain *plain)
{
    for (gsize t = 0; t < plain->known; t++) {
        double sum = 0;
        gsize count = 0;
        for (gsize u = t > WEEK / 2 ? t - WEEK / 2 : 0; u < MIN(plain->known, t + WEEK / 2 + 1); u++)
            if (!isnan(plain->z[u])) {
                sum += plain->z[u];
                count++;
            }
        plain->deviation[t] = count > 0 && !plain->near[t] ? plain->z[t] - sum / (double)count : MISSING;
    }
}

/* shape[weekday], weekdays counted from day 0, around `middle`. */
static void shape_around(const Plain *plain, gsize middle, double shape[WEEK])
{
    double value[2 * SHAPE_REACH / WEEK + 2], total = 0;
    gsize from = middle > SHAPE_REACH ? middle - SHAPE_REACH : 0, to = MIN(plain->known, middle + SHAPE_REACH + 1);
    for (gsize k = 0; k < WEEK; k++) {
        gsize count = 0;
        for (gsize t = from + (k + WEEK - from % WEEK) % WEEK; t < to; t += WEEK)
            if (!isnan(plain->deviation[t]))
                value[count++] = plain->deviation[t];
        shape[k] = count > 0 ? median(value, count) : 0;
        total += shape[k];
    }
    for (gsize k = 0; k < WEEK; k++)
        shape[k] -= total / WEEK;
}

/* Weighted level of the ordinary days around t, itself left out. */
static double level_around(const Plain *plain, gsize t, gsize reach, const double shape[WEEK])
{
    double sum = 0, weights = 0;
    gsize count = 0;
    for (gsize u = t >= reach ? t - reach + 1 : 0; u < MIN(plain->known, t + reach); u++) {
        if (u == t || plain->near[u] || isnan(plain->z[u]))
            continue;
        double weight = 1 - fabs((double)u - (double)t) / (double)reach;
        sum += weight * (plain->z[u] - shape[u % WEEK]);
        weights += weight;
        count++;
    }
    return count >= FEWEST_LEVEL ? sum / weights : MISSING;
}

/* away[known]: how far each day lies from level and weekday. */
static void find_away(Plain *plain, double *away)
{
    double shape[WEEK] = {0};
    find_deviations(plain);
    for (gsize t = 0; t < plain->known; t++) {
        if (t % WEEK == 0)
            shape_around(plain, t + WEEK / 2, shape);
        double level = level_around(plain, t, LEVEL_REACH, shape);
        if (isnan(level))
            level = level_around(plain, t, SHAPE_REACH, shape);
        away[t] = plain->z[t] - shape[t % WEEK] - level;
    }
}

/* away[known] of all: medians over the series. */
static void find_away_of_all(const double *const *z, gsize series, gsize known, const gboolean *near, double *away)
{
    gsize asked = MIN(series, MOST_SERIES);
    g_autofree double *each = g_new(double, asked * known + 1), *column = g_new(double, asked + 1), *deviation = g_new(double, known + 1);
    for (gsize s = 0; s < asked; s++) {
        Plain plain = {z[s * series / asked], known, near, deviation};
        find_away(&plain, each + s * known);
    }
    for (gsize t = 0; t < known; t++) {
        gsize count = 0;
        for (gsize s = 0; s < asked; s++)
            if (!isnan(each[s * known + t]))
                column[count++] = each[s * known + t];
        away[t] = count > 0 ? median(column, count) : MISSING;
    }
}

/* ---- from past holidays to the next ---------------------------------------- */

/* Variance of `away` on ordinary days, by its median size. */
static double noise_of(const double *away, gsize known, const gboolean *near)
{
    g_autofree double *size = g_new(double, known + 1);
    gsize count = 0;
    for (gsize t = 0; t < known; t++)
        if (!near[t] && !isnan(away[t]))
            size[count++] = fabs(away[t]);
    double sd = count > 0 ? 1.4826 * median(size, count) : 0;
    return MAX(sd * sd, 1e-12);
}

static gsize offset_of(const Holidays *holidays, gsize event, gsize day)
{
    return (gsize)((gint64)day - g_array_index(holidays->event, Event, event).day + HOLIDAYS_REACH);
}

static void measure_sizes(Holidays *holidays, const double *away, double noise)
{
    double squares[OFFSETS] = {0};
    gsize count[OFFSETS] = {0}, which[MOST_TOUCHING];
    for (gsize t = 0; t < holidays->known; t++)
        if (!isnan(away[t]) && touching(holidays, t, which) == 1) {
            gsize offset = offset_of(holidays, which[0], t);
            squares[offset] += away[t] * away[t];
            count[offset]++;
        }
    for (gsize k = 0; k < OFFSETS; k++) {
        double square = count[k] > 0 ? squares[k] / (double)count[k] - noise : 0;
        holidays->size[k] = sqrt(MAX(square, least_share * noise));
    }
}

static double covariance(const Holidays *holidays, gsize day, gsize other)
{
    gsize a[MOST_TOUCHING], b[MOST_TOUCHING], count_a = touching(holidays, day, a), count_b = touching(holidays, other, b);
    double sum = 0;
    for (gsize i = 0; i < count_a; i++)
        for (gsize j = 0; j < count_b; j++) {
            gsize x = offset_of(holidays, a[i], day), y = offset_of(holidays, b[j], other);
            gboolean same = g_array_index(holidays->event, Event, a[i]).name == g_array_index(holidays->event, Event, b[j]).name;
            double alike = share_all + (same ? share_name : 0) + (a[i] == b[j] ? share_own : 0);
            sum += holidays->size[x] * holidays->size[y] * (x == y ? 1 : share_together) * alike;
        }
    return sum;
}

/* factor[seen][seen], the lower triangle; FALSE when it cannot be had. */
static gboolean factorize(const Holidays *holidays, const gsize *seen, gsize count, double noise, double *factor)
{
    for (gsize a = 0; a < count; a++)
        for (gsize b = 0; b <= a; b++)
            factor[a * count + b] = covariance(holidays, seen[a], seen[b]) + (a == b ? noise : 0);
    return LAPACKE_dpotrf(LAPACK_ROW_MAJOR, 'L', (int)count, factor, (int)count) == 0;
}

/* Equations 2.23 and 2.24: one triangular solve gives mean and variance. */
static void predict(Holidays *holidays, const gsize *seen, gsize count, const double *factor, const double *half, double *room)
{
    for (gsize t = 0; t < holidays->days; t++) {
        if (!holidays_near(holidays, t))
            continue;
        double mean = 0, explained = 0;
        for (gsize k = 0; k < count; k++)
            room[k] = covariance(holidays, t, seen[k]);
        cblas_dtrsv(CblasRowMajor, CblasLower, CblasNoTrans, CblasNonUnit, (int)count, factor, (int)count, room, 1);
        for (gsize k = 0; k < count; k++) {
            mean += room[k] * half[k];
            explained += room[k] * room[k];
        }
        holidays->effect[t] = mean;
        holidays->variance[t] = MAX(covariance(holidays, t, t) - explained, 0);
    }
}

void holidays_learn(Holidays *holidays, const double *const *z, gsize series)
{
    gsize known = holidays->known, count = 0;
    g_autofree gboolean *near = g_new(gboolean, known + 1);
    g_autofree double *away = g_new(double, known + 1);
    g_autofree gsize *seen = g_new(gsize, known + 1);
    for (gsize t = 0; t < known; t++)
        near[t] = holidays_near(holidays, t);
    find_away_of_all(z, series, known, near, away);
    for (gsize t = 0; t < known; t++)
        if (near[t] && !isnan(away[t]))
            seen[count++] = t;
    if (count == 0)
        return;
    double noise = noise_of(away, known, near);
    measure_sizes(holidays, away, noise);
    g_autofree double *factor = g_new0(double, count * count), *half = g_new(double, count), *room = g_new(double, count);
    for (gsize k = 0; k < count; k++)
        half[k] = away[seen[k]];
    if (!factorize(holidays, seen, count, noise, factor))
        return;
    cblas_dtrsv(CblasRowMajor, CblasLower, CblasNoTrans, CblasNonUnit, (int)count, factor, (int)count, half, 1);
    predict(holidays, seen, count, factor, half, room);
}
