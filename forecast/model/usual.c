#include "forecast/model/usual.h"

#include "forecast/model/factors.h"

#include <math.h>
#include <string.h>

enum {
    DAY_PARTS = 6,     /* blocks of four hours: a holiday changes morning, evening and night differently */
    WAVES = 3,         /* of the year */
    DAY_WAVES = 2,     /* of the day, whose shape changes with the year */
    HOUR_WAVES = 4,    /* of the day itself: neighbouring hours are alike */
    WEEK_WAVES = 2,    /* of each weekday */
    LEVEL_DAYS = 7,    /* the level moves on a line from week to week */
    MOST_NAMES = 32,   /* of holidays */
    WEEK_HOURS = 168
};
/* Below this many years a season cannot be told from a drift. */
#define YEARS_WANTED 1.9
#define YEAR_DAYS 365.25
/* In the order that factors.h wants: the walk, then what lies apart, last. */
typedef enum {
    EFFECT_HOUR_WAVE, EFFECT_HOUR, EFFECT_WEEKDAY, EFFECT_WEEKDAY_WAVE, EFFECT_YEAR, EFFECT_YEAR_DAY, EFFECT_HOLIDAY, EFFECT_BESIDE,
    EFFECT_NAME, EFFECT_NAME_PART, EFFECT_LEVEL, EFFECT_WEEK_HOUR, EFFECTS
} Effect;

struct Usual {
    const Calendar *calendar;
    Grain grain;
    GHashTable *name;              /* of a holiday -> its number + 1 */
    gsize start[EFFECTS + 1];      /* first column of each effect; the last is their number */
    double wave[24][2 * HOUR_WAVES]; /* sine and cosine of the hour, once to four times a day */
    double *beta;
    double centre;                 /* log of the mean rate */
    double plain[WEEK_HOURS];      /* rates of plain steps, by their place in the week */
    double dispersion, freedom;
};

/* ------------------------------------------------------------------ one step's row */

static gsize day_parts(const Usual *usual)
{
    return usual->grain == GRAIN_HOUR ? DAY_PARTS : 1;
}

static gsize steps_of_day(const Usual *usual)
{
    return usual->grain == GRAIN_HOUR ? 24 : 1;
}

static gsize width(const Usual *usual, Effect effect)
{
    return usual->start[effect + 1] - usual->start[effect];
}

/* Columns stand in order; most come in order. */
static void put(const Usual *usual, FactorsPattern *row, Effect effect, gsize place, double value)
{
    if (place >= width(usual, effect))
        return;
    g_assert(row->filled < FACTORS_FILLED);
    guint16 column = (guint16)(usual->start[effect] + place);
    gsize at = row->filled++;
    for (; at > 0 && row->column[at - 1] > column; at--) {
        row->column[at] = row->column[at - 1];
        row->value[at] = row->value[at - 1];
    }
    row->column[at] = column;
    row->value[at] = value;
}

static void draw_waves(Usual *usual)
{
    for (int hour = 0; hour < 24; hour++)
        for (int k = 0; k < HOUR_WAVES; k++) {
            usual->wave[hour][2 * k] = sin(2 * G_PI * (k + 1) * hour / 24.0);
            usual->wave[hour][2 * k + 1] = cos(2 * G_PI * (k + 1) * hour / 24.0);
        }
}

static void put_day(const Usual *usual, FactorsPattern *row, const CalendarDay *day)
{
    const double *wave = usual->wave[day->hour];
    for (gsize k = 0; k < 2 * HOUR_WAVES; k++)
        put(usual, row, EFFECT_HOUR_WAVE, k, wave[k]);
    put(usual, row, EFFECT_HOUR, (gsize)day->hour, 1);
    put(usual, row, EFFECT_WEEKDAY, (gsize)day->weekday, 1);
    for (gsize k = 0; k < 2 * WEEK_WAVES; k++)
        put(usual, row, EFFECT_WEEKDAY_WAVE, (gsize)day->weekday * 2 * WEEK_WAVES + k, wave[k]);
}

static void put_year(const Usual *usual, FactorsPattern *row, const CalendarDay *day)
{
    double wave[2 * WAVES], turn = 2 * G_PI * day->year_phase;
    if (width(usual, EFFECT_YEAR) == 0)
        return;
    for (int k = 0; k < WAVES; k++) {
        wave[2 * k] = sin((k + 1) * turn);
        wave[2 * k + 1] = cos((k + 1) * turn);
    }
    for (gsize k = 0; k < 2 * WAVES; k++)
        put(usual, row, EFFECT_YEAR, k, wave[k]);
    for (gsize k = 0; k < 4 * DAY_WAVES; k++)
        put(usual, row, EFFECT_YEAR_DAY, k, wave[k % 2] * usual->wave[day->hour][k / 2]);
}

/* "Christmas Day (observed)" is a Christmas Day. */
static char *plain_name(const char *name)
{
    const char *end = strstr(name, " (");
    return end != NULL ? g_strndup(name, (gsize)(end - name)) : g_strdup(name);
}

/* The number of the holiday on that day, G_MAXSIZE when there is none that is known. */
static gsize holiday_number(const Usual *usual, gint64 day)
{
    const char *name = calendar_holiday(usual->calendar, day);
    if (name == NULL)
        return G_MAXSIZE;
    g_autofree char *plain = plain_name(name);
    gsize number = GPOINTER_TO_SIZE(g_hash_table_lookup(usual->name, plain));
    return number > 0 ? number - 1 : G_MAXSIZE;
}

static void put_name(const Usual *usual, FactorsPattern *row, gint64 day, gsize kind)
{
    gsize number = holiday_number(usual, day);
    if (number != G_MAXSIZE)
        put(usual, row, EFFECT_NAME, 3 * number + kind, 1);
}

static void put_holiday(const Usual *usual, FactorsPattern *row, const CalendarDay *day, gint64 date)
{
    gsize part = (gsize)day->hour * day_parts(usual) / 24, parts = day_parts(usual);
    if (day->holiday > 0) {
        gsize number = holiday_number(usual, date);
        put(usual, row, EFFECT_HOLIDAY, part, 1);
        put_name(usual, row, date, 0);
        if (number != G_MAXSIZE)
            put(usual, row, EFFECT_NAME_PART, parts * number + part, 1);
        return;
    }
    if (day->before > 0) {
        put(usual, row, EFFECT_BESIDE, part, 1);
        put_name(usual, row, date + 1, 1);
    }
    if (day->after > 0) {
        put(usual, row, EFFECT_BESIDE, parts + part, 1);
        put_name(usual, row, date - 1, 2);
    }
    if (day->bridge > 0)
        put(usual, row, EFFECT_BESIDE, 2 * parts, 1);
}

static gint64 date_of(Grain grain, gint64 step)
{
    return grain == GRAIN_DAY ? step : step / 24 - (step % 24 < 0);
}

static gsize week_hour(const CalendarDay *day)
{
    return (gsize)(24 * day->weekday + day->hour);
}

/* Is all that may be said of the step its place in the week? */
static gboolean is_plain(const Usual *usual, const CalendarDay *day)
{
    return width(usual, EFFECT_YEAR) == 0 && !(day->holiday > 0 || day->before > 0 || day->after > 0 || day->bridge > 0);
}

/* All columns but the level's. */
static void fill_pattern(const Usual *usual, const CalendarDay *day, gint64 step, FactorsPattern *row)
{
    gboolean hours = usual->grain == GRAIN_HOUR;
    row->filled = 0;
    row->apart = hours ? (guint16)(usual->start[EFFECT_WEEK_HOUR] + week_hour(day)) : FACTORS_NONE;
    put_day(usual, row, day);
    put_year(usual, row, day);
    put_holiday(usual, row, day, date_of(usual->grain, step));
}

/* ------------------------------------------------------------------ the columns */

static void meet_names(Usual *usual, gint64 from, gint64 until)
{
    usual->name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (gint64 day = date_of(usual->grain, from) - 1; day <= date_of(usual->grain, until) + 1; day++) {
        const char *name = calendar_holiday(usual->calendar, day);
        gsize known = g_hash_table_size(usual->name);
        if (name == NULL || known >= MOST_NAMES)
            continue;
        char *plain = plain_name(name);
        if (g_hash_table_contains(usual->name, plain))
            g_free(plain);
        else
            g_hash_table_insert(usual->name, plain, GSIZE_TO_POINTER(known + 1));
    }
}

static void lay_out(Usual *usual, gsize span)
{
    gboolean hours = usual->grain == GRAIN_HOUR;
    gsize day = steps_of_day(usual), parts = day_parts(usual), names = g_hash_table_size(usual->name);
    gboolean years = (double)span >= YEARS_WANTED * YEAR_DAYS * (double)day;
    const gsize columns[EFFECTS] = {
        [EFFECT_HOUR_WAVE] = hours ? 2 * HOUR_WAVES : 0,
        [EFFECT_WEEKDAY_WAVE] = hours ? 7 * 2 * WEEK_WAVES : 0,
        [EFFECT_HOUR] = hours ? 24 : 0,
        [EFFECT_WEEKDAY] = 7,
        [EFFECT_WEEK_HOUR] = hours ? 168 : 0,
        [EFFECT_YEAR] = years ? 2 * WAVES : 0,
        [EFFECT_YEAR_DAY] = years && hours ? 4 * DAY_WAVES : 0,
        [EFFECT_HOLIDAY] = names > 0 ? parts : 0,
        [EFFECT_BESIDE] = names > 0 ? 2 * parts + 1 : 0,
        [EFFECT_NAME] = 3 * names,
        [EFFECT_NAME_PART] = hours ? parts * names : 0,
        [EFFECT_LEVEL] = (span - 1) / (LEVEL_DAYS * day) + 2,
    };
    for (Effect e = 0; e < EFFECTS; e++)
        usual->start[e + 1] = usual->start[e] + columns[e];
}

/* ------------------------------------------------------------------ learning */

typedef struct {
    FactorsPattern *pattern;
    gsize *which, *knot;
    double *share, *y;
    gsize patterns, rows;
    gsize of_hour[WEEK_HOURS];  /* number of the plain pattern of that hour of the week; G_MAXSIZE: not met */
} Rows;

static Rows rows_new(gsize most)
{
    Rows rows = {.pattern = g_new(FactorsPattern, most), .which = g_new(gsize, 2 * most), .share = g_new(double, 2 * most)};
    rows.knot = rows.which + most;
    rows.y = rows.share + most;
    for (gsize k = 0; k < WEEK_HOURS; k++)
        rows.of_hour[k] = G_MAXSIZE;
    return rows;
}

static void rows_clear(Rows *rows)
{
    g_free(rows->pattern);
    g_free(rows->which);
    g_free(rows->share);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Rows, rows_clear)

/* Plain steps share the pattern of their hour of the week; every other one has its own. */
static gsize pattern_of(const Usual *usual, gint64 step, Rows *rows)
{
    CalendarDay day;
    calendar_day(usual->calendar, usual->grain, step, &day);
    gsize hour = week_hour(&day);
    gboolean plain = is_plain(usual, &day);
    if (plain && rows->of_hour[hour] != G_MAXSIZE)
        return rows->of_hour[hour];
    fill_pattern(usual, &day, step, &rows->pattern[rows->patterns]);
    if (plain)
        rows->of_hour[hour] = rows->patterns;
    return rows->patterns++;
}

/* FALSE: nobody ever came. */
static gboolean fill_rows(const Usual *usual, const Series *series, gsize first, gsize fit, Rows *rows)
{
    gsize week = LEVEL_DAYS * steps_of_day(usual);
    double total = 0;
    for (gsize t = first; t < fit; t++) {
        if (isnan(series->value[t]))
            continue;
        gsize r = rows->rows++, back = fit - 1 - t; /* weeks are counted back from the end */
        rows->which[r] = pattern_of(usual, series->start + (gint64)t, rows);
        rows->knot[r] = width(usual, EFFECT_LEVEL) - 1 - back / week;
        rows->share[r] = (double)(back % week) / (double)week;
        rows->y[r] = series->value[t];
        total += series->value[t];
    }
    return total > 0;
}

/* Rates are factors: their mean over the history is 1. */
static void settle(Usual *usual, const Rows *rows)
{
    double sum = 0;
    g_autofree double *rate = g_new(double, rows->patterns);
    for (gsize p = 0; p < rows->patterns; p++)
        rate[p] = factors_expected(factors_sum(&rows->pattern[p], usual->beta));
    for (gsize r = 0; r < rows->rows; r++)
        sum += rate[rows->which[r]];
    usual->centre = log(sum / (double)rows->rows);
}

static double rate_of_day(const Usual *usual, const CalendarDay *day, gint64 step)
{
    FactorsPattern pattern;
    fill_pattern(usual, day, step, &pattern);
    return factors_expected(factors_sum(&pattern, usual->beta) - usual->centre);
}

/* Rates of plain hours of the week, or days of it. */
static void keep_plain(Usual *usual)
{
    for (int hour = 0; hour < WEEK_HOURS && width(usual, EFFECT_YEAR) == 0; hour++) {
        const CalendarDay day = {.weekday = hour / 24, .hour = hour % 24};
        usual->plain[hour] = rate_of_day(usual, &day, 0);
    }
}

static gboolean learn(Usual *usual, Rows *rows, gboolean counts, GError **error)
{
    double mean = 0;
    for (gsize r = 0; r < rows->rows; r++)
        mean += rows->y[r] / (double)rows->rows;
    for (gsize r = 0; r < rows->rows; r++)
        rows->y[r] /= mean;
    FactorsLesson lesson = {.effects = EFFECTS, .patterns = rows->patterns, .rows = rows->rows, .pattern = rows->pattern, .which = rows->which,
                            .knot = rows->knot, .share = rows->share, .y = rows->y, .one = counts ? 1 / mean : 0};
    memcpy(lesson.start, usual->start, sizeof usual->start);
    FactorsFit fit;
    if (!factors_learn(&lesson, usual->beta, &fit, error))
        return FALSE;
    usual->dispersion = fit.dispersion * mean;
    usual->freedom = fit.freedom;
    return TRUE;
}

Usual *usual_new(const Series *series, const Calendar *calendar, gsize first, gsize fit, GError **error)
{
    g_assert((series->grain == GRAIN_HOUR || series->grain == GRAIN_DAY) && first < fit && fit <= series->length);
    g_autoptr(Usual) usual = g_new0(Usual, 1);
    usual->calendar = calendar;
    usual->grain = series->grain;
    meet_names(usual, series->start + (gint64)first, series->start + (gint64)fit);
    lay_out(usual, fit - first);
    draw_waves(usual);
    usual->beta = g_new0(double, usual->start[EFFECTS]);
    g_auto(Rows) rows = rows_new(fit - first);
    gboolean came = fill_rows(usual, series, first, fit, &rows);
    g_assert(came);
    if (!learn(usual, &rows, series->counts, error))
        return NULL;
    settle(usual, &rows);
    keep_plain(usual);
    return g_steal_pointer(&usual);
}

void usual_free(Usual *usual)
{
    if (usual == NULL)
        return;
    g_hash_table_unref(usual->name);
    g_free(usual->beta);
    g_free(usual);
}

double usual_rate(const Usual *usual, gint64 step)
{
    CalendarDay day;
    calendar_day(usual->calendar, usual->grain, step, &day);
    return is_plain(usual, &day) ? usual->plain[week_hour(&day)] : rate_of_day(usual, &day, step);
}

double usual_holiday(const Usual *usual, gint64 step)
{
    CalendarDay day;
    FactorsPattern row = {.apart = FACTORS_NONE};
    calendar_day(usual->calendar, usual->grain, step, &day);
    put_holiday(usual, &row, &day, date_of(usual->grain, step));
    return factors_expected(factors_sum(&row, usual->beta));
}

double usual_dispersion(const Usual *usual)
{
    return usual->dispersion;
}

double usual_freedom(const Usual *usual)
{
    return usual->freedom;
}
