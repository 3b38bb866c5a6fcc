#include "forecast/model/ridge.h"

#include "forecast/model/fits.h"
#include "forecast/model/recent.h"
#include "forecast/model/sorted.h"

#include <cblas.h>
#include <string.h>

/* How much past each grain learns from, and how fine its year is drawn. */
static const struct {
    gsize most;       /* steps */
    double year;      /* steps */
    gsize waves;      /* of the year, given two years of history */
} grain_past[GRAINS] = {
    [GRAIN_HOUR] = {17520, 8766.0, 3},
    [GRAIN_DAY] = {3650, 365.25, 3},
    [GRAIN_WEEK] = {1040, 52.18, 4},
    [GRAIN_MONTH] = {600, 12.0, 0}, /* months have their own columns */
};

/* Last leads (counted from 1) of the ranges that share one regression. */
static const gsize range_end[] = {1, 2, 3, 6, 12, 24, 48, 96, 168, G_MAXSIZE};

typedef struct {
    const Task *task;
    Designs *designs;     /* may be NULL */
    Transform transform;
    gsize first, known;   /* values first .. known-1 are learnt from */
    gsize until;          /* values known .. until-1 are only looked at */
    gsize waves;          /* of the year */
    gsize columns;
    double *z;            /* [until - first] */
    double *covariate_mean, *covariate_scale;
    double *beta, intercept;
    double *left;         /* [until - first]: what the calendar leaves unexplained */
    Recent *recent;       /* of these */
} Fit;

static void fit_clear(Fit *fit)
{
    g_free(fit->z);
    g_free(fit->covariate_mean);
    g_free(fit->covariate_scale);
    g_free(fit->beta);
    g_free(fit->left);
    recent_free(fit->recent);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fit, fit_clear)

/* ---- the calendar -------------------------------------------------------- */

static double *put_flag(double *at, gsize count, gsize which, double size)
{
    memset(at, 0, count * sizeof *at);
    at[which] = size;
    return at + count;
}

static double *put_calendar(double *at, Grain grain, const CalendarDay *day)
{
    gsize weekday = (gsize)day->weekday, hour = (gsize)day->hour;
    if (grain == GRAIN_HOUR) {
        at = put_flag(at, 24, hour, 1.0);
        at = put_flag(at, 168, weekday * 24 + hour, 0.5);
        /* a holiday changes the working hours, the evening and the night differently */
        gsize part = hour < 8 ? 0 : hour < 16 ? 1 : 2;
        at = put_flag(at, 3, part, day->holiday);
        at = put_flag(at, 3, part, day->before);
        at = put_flag(at, 3, part, day->after);
    } else {
        *at++ = day->holiday;
        *at++ = day->before;
        *at++ = day->after;
    }
    if (grain == GRAIN_HOUR || grain == GRAIN_DAY) {
        at = put_flag(at, 7, weekday, 1.0);
        *at++ = day->bridge;
    } else {
        *at++ = day->working_days / day->days;
    }
    if (grain == GRAIN_MONTH) {
        at = put_flag(at, 12, (gsize)day->month - 1, 1.0);
        *at++ = day->days - 30.4;
    }
    return at;
}

/* What may be known ahead about step `t` (counted from value[0]); returns the number of columns. */
static gsize put_row(const Fit *fit, gsize t, double *row)
{
    const Task *task = fit->task;
    const Series *series = task->series;
    CalendarDay day;
    calendar_day(task->calendar, series->grain, series->start + (gint64)t, &day);
    double *at = put_calendar(row, series->grain, &day);
    for (gsize k = 1; k <= fit->waves; k++) {
        *at++ = sin(2.0 * G_PI * (double)k * day.year_phase);
        *at++ = cos(2.0 * G_PI * (double)k * day.year_phase);
    }
    /* the trend ends where knowledge ends: a line drawn on runs away */
    if (fit->waves > 0)
        *at++ = (double)(MIN(t, fit->known) - fit->first) / (double)(fit->known - fit->first) - 0.5;
    for (gsize c = 0; c < series->covariates; c++) {
        double value = t < series->cover ? series->covariate[c * series->cover + t] : MISSING;
        *at++ = isnan(value) ? 0.0 : (value - fit->covariate_mean[c]) / fit->covariate_scale[c];
    }
    return (gsize)(at - row);
}

static void measure_covariates(Fit *fit)
{
    const Series *series = fit->task->series;
    fit->covariate_mean = g_new0(double, series->covariates);
    fit->covariate_scale = g_new0(double, series->covariates);
    for (gsize c = 0; c < series->covariates; c++) {
        double n = 0, sum = 0, squares = 0;
        const double *value = series->covariate + c * series->cover;
        for (gsize t = fit->first; t < fit->known; t++)
            if (!isnan(value[t]))
                n++, sum += value[t];
        fit->covariate_mean[c] = n > 0 ? sum / n : 0.0;
        for (gsize t = fit->first; t < fit->known; t++)
            if (!isnan(value[t]))
                squares += (value[t] - fit->covariate_mean[c]) * (value[t] - fit->covariate_mean[c]);
        fit->covariate_scale[c] = squares > 0 ? sqrt(squares / n) : 1.0;
    }
}

enum { MOST_CALENDAR = 256 };

/* The level around each step, of a year of months or four of the shorter
 * seasons; it is taken out before the calendar is learnt where the past is too
 * short to tell a drift from the year. */
static double *local_level(const Fit *fit)
{
    gsize span = fit->known - fit->first, season = MAX(fit->task->season[0], 4);
    gsize half = fit->task->series->grain == GRAIN_MONTH ? season / 2 : 2 * season;
    double *level = g_new0(double, span), sum = 0.0;
    gsize count = 0;
    for (gsize k = 0; k < span + half && fit->waves == 0; k++) {
        if (k < span && !isnan(fit->z[k]))
            sum += fit->z[k], count++;
        if (k > 2 * half && !isnan(fit->z[k - 2 * half - 1]))
            sum -= fit->z[k - 2 * half - 1], count--;
        if (k >= half)
            level[k - half] = count > 0 ? sum / (double)count : 0.0;
    }
    return level;
}

/* The known steps as rows of a regression: those of one kind of step share a pattern. */
typedef struct {
    gsize patterns, rows, columns;
    double *x;      /* [patterns][columns] */
    gsize *which;   /* [rows] */
} Lesson;

static void lesson_clear(Lesson *lesson)
{
    g_free(lesson->x);
    g_free(lesson->which);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Lesson, lesson_clear)

/* Where neither the year nor a covariate is looked at, what tells steps of hours or days apart. */
enum { KINDS = 168 * 16 };

static gsize kind_of(const Fit *fit, gsize t)
{
    CalendarDay day;
    const Series *series = fit->task->series;
    calendar_day(fit->task->calendar, series->grain, series->start + (gint64)t, &day);
    gsize flags = (day.holiday > 0) | (day.before > 0) << 1 | (day.after > 0) << 2 | (day.bridge > 0) << 3;
    return (gsize)(24 * day.weekday + day.hour) * 16 + flags;
}

static void collect_steps(const Fit *fit, gsize values, Lesson *lesson)
{
    const Series *series = fit->task->series;
    gsize span = fit->known - fit->first, of_kind[KINDS] = {0}; /* number of its pattern + 1 */
    gboolean alike = (series->grain == GRAIN_HOUR || series->grain == GRAIN_DAY) && fit->waves == 0 && series->covariates == 0;
    lesson->x = g_new(double, (alike ? MIN(values, (gsize)KINDS) : values) * fit->columns);
    lesson->which = g_new(gsize, values);
    lesson->columns = fit->columns;
    for (gsize k = 0; k < span; k++) {
        if (isnan(fit->z[k]))
            continue;
        gsize kind = alike ? kind_of(fit, fit->first + k) : 0, pattern = alike && of_kind[kind] > 0 ? of_kind[kind] - 1 : lesson->patterns;
        if (pattern == lesson->patterns)
            put_row(fit, fit->first + k, lesson->x + lesson->patterns++ * fit->columns);
        of_kind[kind] = pattern + 1;
        lesson->which[lesson->rows++] = pattern;
    }
}

/* All that the rows depend on, for a series without covariates: calendar, span, and which steps are known. */
static GBytes *key_of(const Fit *fit)
{
    const struct {
        const Calendar *calendar;
        gint64 start;
        gsize grain, span, waves;
    } place = {fit->task->calendar, fit->task->series->start + (gint64)fit->first, (gsize)fit->task->series->grain, fit->known - fit->first, fit->waves};
    GByteArray *bytes = g_byte_array_new();
    g_byte_array_append(bytes, (const guint8 *)&place, sizeof place);
    for (gsize k = 0; k < place.span; k += 8) {
        guint8 known = 0;
        for (gsize j = k; j < MIN(k + 8, place.span); j++)
            known = (guint8)(known | (!isnan(fit->z[j])) << (j - k));
        g_byte_array_append(bytes, &known, 1);
    }
    return g_byte_array_free_to_bytes(bytes);
}

static ShrinkDesign *design_of(const Fit *fit, gsize values, GError **error)
{
    gboolean shared = fit->task->series->covariates == 0;
    g_autoptr(GBytes) key = shared ? key_of(fit) : NULL;
    ShrinkDesign *design = shared ? designs_find(fit->designs, key) : NULL;
    if (design != NULL)
        return design;
    g_auto(Lesson) lesson = {0};
    collect_steps(fit, values, &lesson);
    design = shrink_design_new(lesson.x, lesson.patterns, lesson.columns, lesson.which, lesson.rows, error);
    if (shared && design != NULL)
        designs_keep(fit->designs, key, design);
    return design;
}

static gboolean fit_calendar(Fit *fit, gsize values, GError **error)
{
    gsize span = fit->known - fit->first;
    g_autofree double *row = g_new(double, MOST_CALENDAR + fit->task->series->covariates), *y = g_new(double, values), *error_at = g_new(double, values);
    g_autofree double *level = local_level(fit);
    fit->columns = put_row(fit, fit->first, row);
    gsize rows = 0;
    for (gsize k = 0; k < span; k++)
        if (!isnan(fit->z[k]))
            y[rows++] = fit->z[k] - level[k];
    fit->beta = g_new(double, fit->columns);
    g_autoptr(ShrinkDesign) design = design_of(fit, values, error);
    if (design == NULL || !shrink_design_fit(design, y, fit->beta, &fit->intercept, error_at, error))
        return FALSE;
    fit->left = g_new(double, fit->until - fit->first);
    rows = 0;
    for (gsize k = 0; k < span; k++)
        fit->left[k] = isnan(fit->z[k]) ? MISSING : level[k] + error_at[rows++];
    return TRUE;
}

/* ---- recent levels ------------------------------------------------------- */

enum { FEATURES = RECENT_FEATURES };

/* What the calendar leaves of the steps that are only looked at. */
static void look_on(Fit *fit)
{
    g_autofree double *row = g_new(double, MOST_CALENDAR + fit->task->series->covariates);
    for (gsize k = fit->known - fit->first; k < fit->until - fit->first; k++) {
        put_row(fit, fit->first + k, row);
        fit->left[k] = fit->z[k] - fit->intercept - cblas_ddot((int)fit->columns, row, 1, fit->beta, 1);
    }
}

static void centre(Fit *fit, gsize values)
{
    gsize span = fit->known - fit->first, all = fit->until - fit->first;
    double mean = 0.0;
    for (gsize k = 0; k < span; k++)
        mean += isnan(fit->left[k]) ? 0.0 : fit->left[k] / (double)values;
    for (gsize k = 0; k < span; k++)
        fit->left[k] -= mean;
    fit->intercept += mean;
    look_on(fit);
    fit->recent = recent_new(fit->left, span, all, fit->task->season);
}

typedef struct {
    double beta[FEATURES], intercept;
    gboolean from_season;
    double scale;         /* of what is left: features are counted in it */
    double *error;        /* [errors] left-out errors, sorted */
    gsize errors;
} Range;

/* The past steps that teach one range: features in x, what is left in y; each
 * step is predicted from one of the leads low .. high-1 in turn. */
static gsize collect(const Fit *fit, gsize low, gsize high, double *x, double *y)
{
    gsize span = fit->known - fit->first, rows = 0;
    gsize turn = high - low, place = (low + 1) % turn; /* of k in the turn */
    for (gsize k = low + 1; k < span; k++, place = place + 1 == turn ? 0 : place + 1) {
        gsize lead = low + place;
        if (lead >= k || isnan(fit->left[k]))
            continue;
        recent_at(fit->recent, k - lead, lead, x + rows * FEATURES);
        y[rows++] = fit->left[k];
    }
    return rows;
}

static double mean_square(const double *error, gsize rows)
{
    return cblas_ddot((int)rows, error, 1, error, 1) / (double)rows;
}

/* A long past finds the right level by itself; a short one starts from the level
 * of the last season, because its own average has seen the step to be explained. */
static double start_from(const Range *range, const double *feature)
{
    return range->from_season ? feature[RECENT_SEASON] : 0.0;
}

static void start_range(const double *x, const double *y, gsize rows, Range *range)
{
    enum { LONG = 2000 };
    range->from_season = rows < LONG;
    for (gsize r = 0; r < rows; r++)
        range->error[r] = y[r] - start_from(range, x + r * FEATURES);
    range->errors = rows;
}

/* Neighbouring steps share most of their recent past: leaving one out flatters
 * the regression, so it needs many seasons and must win by the share of them
 * that its features use up. */
static gboolean correct_range(const Fit *fit, double *x, Range *range, GError **error)
{
    enum { SEASONS_WANTED = 20 };
    gsize rows = range->errors;
    double beta[FEATURES], intercept, room = 1.0 + (double)(FEATURES * recent_season(fit->task->season)) / (double)rows;
    if (rows < SEASONS_WANTED * recent_season(fit->task->season))
        return TRUE;
    g_autofree double *left_out = g_new(double, rows);
    cblas_dscal((int)(rows * FEATURES), 1.0 / range->scale, x, 1);
    if (!shrink_fit(x, range->error, rows, FEATURES, beta, &intercept, left_out, error))
        return FALSE;
    if (mean_square(left_out, rows) * room >= mean_square(range->error, rows))
        return TRUE;
    memcpy(range->beta, beta, sizeof beta);
    range->intercept = intercept;
    memcpy(range->error, left_out, rows * sizeof *left_out);
    return TRUE;
}

static gboolean fit_range(const Fit *fit, gsize low, gsize high, double scale, Range *range, GError **error)
{
    enum { FEWEST = 3 };
    gsize span = fit->known - fit->first;
    g_autofree double *x = g_new(double, span * FEATURES), *y = g_new(double, span);
    range->scale = scale;
    range->error = g_new(double, span);
    gsize rows = collect(fit, low, high, x, y);
    if (rows >= FEWEST) {
        start_range(x, y, rows, range);
        return correct_range(fit, x, range, error);
    }
    /* too little history for this lead: the calendar alone */
    for (gsize k = 0; k < span; k++)
        if (!isnan(fit->left[k]))
            range->error[range->errors++] = fit->left[k];
    return TRUE;
}

/* Quantiles of the errors: of their ranks as far as they are many, else of a normal of their spread. */
static void spread_of(const Range *range, double *spread)
{
    static const double trusted = 60.0;
    double n = (double)range->errors, squares = 0.0;
    for (gsize k = 0; k < range->errors; k++)
        squares += range->error[k] * range->error[k];
    double sd = sqrt(squares / n * (n + 1.0) / fmax(n - 1.0, 1.0)), share = n / (n + trusted);
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++) {
        double place = CLAMP(outlook_level[k] * (n + 1.0) - 1.0, 0.0, n - 1.0);
        gsize below = (gsize)place, above = MIN(below + 1, range->errors - 1);
        double ranked = range->error[below] + (place - (double)below) * (range->error[above] - range->error[below]);
        spread[k] = share * ranked + (1.0 - share) * sd * outlook_probit[k];
    }
}

/* Mean of g^-1(middle + error): N. Duan (1983), J. Am. Stat. Assoc. 78(383). */
static double smeared_mean(const Fit *fit, const Range *range, double middle)
{
    enum { DRAWS = 101 };
    double sum = 0.0;
    for (gsize k = 0; k < DRAWS; k++)
        sum += transform_undo(&fit->transform, middle + range->error[(2 * k + 1) * range->errors / (2 * DRAWS)]);
    return sum / DRAWS;
}

static void forecast_leads(const Fit *fit, const Range *range, const double *spread, gsize low, gsize high, gsize origin, Outlook *out)
{
    double feature[FEATURES];
    g_autofree double *row = g_new(double, MOST_CALENDAR + fit->task->series->covariates);
    for (gsize lead = low; lead < MIN(high, out->horizon); lead++) {
        put_row(fit, origin + lead, row);
        recent_at(fit->recent, origin - fit->first, lead, feature);
        double middle = fit->intercept + cblas_ddot((int)fit->columns, row, 1, fit->beta, 1) + range->intercept +
                        start_from(range, feature) + cblas_ddot(FEATURES, feature, 1, range->beta, 1) / range->scale;
        out->mean[lead] = smeared_mean(fit, range, middle);
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
            out->quantile[lead * OUTLOOK_LEVELS + k] = transform_undo(&fit->transform, middle + spread[k]);
    }
}

static gboolean forecast_range(const Fit *fit, gsize low, gsize high, double scale, const Task *task, gsize tasks, Outlook **out, GError **error)
{
    Range range = {0};
    double spread[OUTLOOK_LEVELS];
    gboolean done = fit_range(fit, low, high, scale, &range, error);
    if (done) {
        sorted_put(range.error, range.errors);
        spread_of(&range, spread);
    }
    for (gsize k = 0; done && k < tasks; k++)
        forecast_leads(fit, &range, spread, low, high, MIN(task[k].origin, fit->until), out[k]);
    g_free(range.error);
    return done;
}

/* ---- the member ---------------------------------------------------------- */

static gsize start_fit(Fit *fit, const Task *task, gsize until)
{
    const Series *series = task->series;
    fit->task = task;
    fit->known = MIN(task->origin, series->length);
    fit->until = MIN(until, series->length);
    fit->first = fit->known - MIN(fit->known, grain_past[series->grain].most);
    gsize span = fit->known - fit->first, values = 0;
    fit->transform = transform_choose(series->value + fit->first, span, MAX(task->season[0], task->season[1]), series->counts);
    fit->z = g_new(double, fit->until - fit->first);
    for (gsize k = 0; k < fit->until - fit->first; k++) {
        fit->z[k] = transform_apply(&fit->transform, series->value[fit->first + k]);
        values += k < span && !isnan(fit->z[k]);
    }
    /* with less than two years the season cannot be told from a drift */
    fit->waves = (double)span >= 1.9 * grain_past[series->grain].year ? grain_past[series->grain].waves : 0;
    measure_covariates(fit);
    return values;
}

gboolean ridge_fit(const Task *task, gsize tasks, Fits *fits, Outlook **out, GError **error)
{
    enum { FEWEST = 3 };
    g_auto(Fit) fit = {0};
    gsize values = start_fit(&fit, task, task[tasks - 1].origin), longest = 0;
    fit.designs = fits != NULL ? fits_designs(fits) : NULL;
    if (values < FEWEST) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHORT, "%s: %" G_GSIZE_FORMAT " known values before the forecast, at least %d are wanted for a regression; wait for more history",
                    task->series->id, values, FEWEST);
        return FALSE;
    }
    if (!fit_calendar(&fit, values, error)) {
        g_prefix_error(error, "%s: ", task->series->id);
        return FALSE;
    }
    centre(&fit, values);
    double squares = 0.0;
    for (gsize k = 0; k < fit.known - fit.first; k++)
        squares += isnan(fit.left[k]) ? 0.0 : fit.left[k] * fit.left[k];
    double scale = fmax(sqrt(squares / (double)values), 1e-6);
    for (gsize k = 0; k < tasks; k++)
        longest = MAX(longest, out[k]->horizon);
    gsize low = 0;
    for (gsize r = 0; low < longest; low = range_end[r++])
        if (!forecast_range(&fit, low, MIN(range_end[r], longest), scale, task, tasks, out, error))
            return FALSE;
    for (gsize k = 0; k < tasks; k++)
        if (!member_finish(&task[k], out[k], error))
            return FALSE;
    return TRUE;
}

gboolean ridge_forecast(const Task *task, gsize tasks, Outlook **out, GError **error)
{
    return member_forecast_each(ridge_fit, task, tasks, NULL, out, error);
}
