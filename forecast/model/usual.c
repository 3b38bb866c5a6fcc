#include "forecast/model/usual.h"

#include "forecast/model/member.h"

#include <cblas.h>
#include <lapacke.h>
#include <string.h>

enum {
    DAY_PARTS = 6,     /* blocks of four hours: a holiday changes morning, evening and night differently */
    WAVES = 3,         /* of the year */
    DAY_WAVES = 2,     /* of the day, whose shape changes with the year */
    HOUR_WAVES = 4,    /* of the day itself: neighbouring hours are alike */
    WEEK_WAVES = 2,    /* of each weekday */
    LEVEL_DAYS = 7,    /* the level moves on a line from week to week */
    MOST_NAMES = 32,   /* of holidays */
    MOST_FILLED = 64,  /* columns of one row that are not 0 */
    MOST_ROUNDS = 20
};
/* Below this many years a season cannot be told from a drift. */
#define YEARS_WANTED 1.9
#define YEAR_DAYS 365.25
/* How far an effect may be held back or let go, in values of information. */
#define LEAST_PENALTY 1e-4
#define MOST_PENALTY 1e6
/* Rounds end when the free parameters change by less than this share. */
#define SETTLED 0.005
#define MOST_EFFECT 12.0

typedef enum {
    EFFECT_HOUR_WAVE, EFFECT_HOUR, EFFECT_WEEKDAY, EFFECT_WEEKDAY_WAVE, EFFECT_WEEK_HOUR, EFFECT_YEAR, EFFECT_YEAR_DAY, EFFECT_HOLIDAY, EFFECT_BESIDE,
    EFFECT_NAME, EFFECT_NAME_PART, EFFECT_LEVEL, EFFECTS
} Effect;

struct Usual {
    const Calendar *calendar;
    Grain grain;
    GHashTable *name;              /* of a holiday -> its number + 1 */
    gsize start[EFFECTS + 1];      /* first column of each effect; the last is their number */
    double *beta;
    double centre;                 /* log of the mean rate */
    double dispersion, freedom;
};

typedef struct {
    guint16 filled, column[MOST_FILLED];
    double value[MOST_FILLED];
} Row;

/* ------------------------------------------------------------------ one step's row */

static gsize day_parts(const Usual *usual)
{
    return usual->grain == GRAIN_HOUR ? DAY_PARTS : 1;
}

static gsize width(const Usual *usual, Effect effect)
{
    return usual->start[effect + 1] - usual->start[effect];
}

static void put(const Usual *usual, Row *row, Effect effect, gsize place, double value)
{
    if (place >= width(usual, effect))
        return;
    g_assert(row->filled < MOST_FILLED);
    row->column[row->filled] = (guint16)(usual->start[effect] + place);
    row->value[row->filled++] = value;
}

static void put_day(const Usual *usual, Row *row, const CalendarDay *day)
{
    for (int k = 0; k < HOUR_WAVES; k++) {
        double turn = 2 * G_PI * (k + 1) * day->hour / 24.0, wave[2] = {sin(turn), cos(turn)};
        for (int j = 0; j < 2; j++) {
            put(usual, row, EFFECT_HOUR_WAVE, (gsize)(2 * k + j), wave[j]);
            if (k < WEEK_WAVES)
                put(usual, row, EFFECT_WEEKDAY_WAVE, (gsize)(2 * (day->weekday * WEEK_WAVES + k) + j), wave[j]);
        }
    }
}

static void put_year(const Usual *usual, Row *row, const CalendarDay *day)
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
    for (gsize k = 0; k < 4 * DAY_WAVES; k++) {
        double angle = 2 * G_PI * day->hour / 24.0 * (double)(1 + k / 4);
        put(usual, row, EFFECT_YEAR_DAY, k, wave[k % 2] * (k % 4 < 2 ? sin(angle) : cos(angle)));
    }
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

static void put_name(const Usual *usual, Row *row, gint64 day, gsize kind)
{
    gsize number = holiday_number(usual, day);
    if (number != G_MAXSIZE)
        put(usual, row, EFFECT_NAME, 3 * number + kind, 1);
}

static void put_holiday(const Usual *usual, Row *row, const CalendarDay *day, gint64 date)
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

/* All columns but the level's. */
static void fill_row(const Usual *usual, gint64 step, Row *row)
{
    CalendarDay day;
    calendar_day(usual->calendar, usual->grain, step, &day);
    row->filled = 0;
    put_day(usual, row, &day);
    put(usual, row, EFFECT_HOUR, (gsize)day.hour, 1);
    put(usual, row, EFFECT_WEEKDAY, (gsize)day.weekday, 1);
    put(usual, row, EFFECT_WEEK_HOUR, (gsize)(24 * day.weekday + day.hour), 1);
    put_year(usual, row, &day);
    put_holiday(usual, row, &day, date_of(usual->grain, step));
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
    gsize day = hours ? 24 : 1, parts = day_parts(usual), names = g_hash_table_size(usual->name);
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
    Usual *usual;
    gsize rows, columns;
    Row *row;
    double *y;                /* in units of their mean */
    double *a;                /* [columns][columns]: information with the penalties, then what measure() needs of its inverse */
    double *right;            /* [columns] */
    double penalty[EFFECTS];
    double dispersion, freedom;
} Lesson;

static double predict(const Row *row, const double *beta)
{
    double sum = 0;
    for (gsize k = 0; k < row->filled; k++)
        sum += row->value[k] * beta[row->column[k]];
    return sum;
}

static double expected(const Lesson *lesson, gsize r)
{
    return exp(CLAMP(predict(&lesson->row[r], lesson->usual->beta), -MOST_EFFECT, MOST_EFFECT));
}

/* x' W x and x' W z of the working values z = eta + (y - mu) / mu, W = mu
 * (McCullagh and Nelder 1989, 2.5); the upper triangle alone. */
static void gather_information(Lesson *lesson)
{
    gsize columns = lesson->columns;
    memset(lesson->a, 0, columns * columns * sizeof *lesson->a);
    memset(lesson->right, 0, columns * sizeof *lesson->right);
    for (gsize r = 0; r < lesson->rows; r++) {
        const Row *row = &lesson->row[r];
        double mu = expected(lesson, r), weighted = mu * log(mu) + lesson->y[r] - mu;
        for (gsize j = 0; j < row->filled; j++) {
            double size = mu * row->value[j];
            for (gsize k = j; k < row->filled; k++) {
                gsize low = MIN(row->column[j], row->column[k]), high = MAX(row->column[j], row->column[k]);
                lesson->a[low * columns + high] += size * row->value[k];
            }
            lesson->right[row->column[j]] += weighted * row->value[j];
        }
    }
}

/* A draw for each column, but a walk from week to week for the level; a grain
 * of sand keeps what nothing speaks of from being undetermined. */
static void add_penalties(Lesson *lesson)
{
    static const double sand = 1e-7;
    const gsize *start = lesson->usual->start;
    gsize columns = lesson->columns;
    for (Effect e = 0; e < EFFECTS; e++)
        for (gsize c = start[e]; c < start[e + 1]; c++) {
            double *diagonal = lesson->a + c * columns + c;
            gsize neighbours = (c > start[e]) + (c + 1 < start[e + 1]);
            *diagonal += lesson->penalty[e] * (e == EFFECT_LEVEL ? (double)neighbours : 1) + sand * (double)lesson->rows;
            if (e == EFFECT_LEVEL && c + 1 < start[e + 1])
                diagonal[1] -= lesson->penalty[e];
        }
}

/* The hours of the week never meet: their part of the information is a diagonal.
 * They are taken out first, and the rest is small (Schur's complement). */
typedef struct {
    gsize cells, first, rest; /* the diagonal part and where it begins; columns of the rest */
    double *meets;            /* [cells][rest]: between the two, over the root of the diagonal */
    double *weighed;          /* [cells][rest]: the same times the rest's inverse */
    double *core;             /* [rest][rest]: the rest's information, then its inverse; upper triangle */
    double *beta;             /* [rest] */
} Split;

/* Column of the whole for column j of the rest. */
static gsize whole_column(const Split *split, gsize j)
{
    return j < split->first ? j : j + split->cells;
}

static double between(const Lesson *lesson, gsize a, gsize b)
{
    return lesson->a[MIN(a, b) * lesson->columns + MAX(a, b)];
}

/* FALSE: the diagonal is not positive. */
static gboolean take_apart(const Lesson *lesson, Split *split)
{
    for (gsize j = 0; j < split->rest; j++) {
        split->beta[j] = lesson->right[whole_column(split, j)];
        for (gsize k = j; k < split->rest; k++)
            split->core[j * split->rest + k] = between(lesson, whole_column(split, j), whole_column(split, k));
    }
    for (gsize i = 0; i < split->cells; i++) {
        gsize cell = split->first + i;
        double diagonal = between(lesson, cell, cell), *row = split->meets + i * split->rest;
        if (!(diagonal > 0))
            return FALSE;
        for (gsize j = 0; j < split->rest; j++) {
            row[j] = between(lesson, cell, whole_column(split, j)) / sqrt(diagonal);
            split->beta[j] -= row[j] * lesson->right[cell] / sqrt(diagonal);
        }
    }
    if (split->cells > 0)
        cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, (int)split->rest, (int)split->cells, -1, split->meets, (int)split->rest, 1,
                    split->core, (int)split->rest);
    return TRUE;
}

/* Solution and inverse of the rest; an upper triangle by rows is a lower one by columns. */
static gboolean solve_rest(Split *split)
{
    int rest = (int)split->rest;
    return LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'L', rest, split->core, rest) == 0 &&
           LAPACKE_dpotrs(LAPACK_COL_MAJOR, 'L', rest, 1, split->core, rest, split->beta, rest) == 0 &&
           LAPACKE_dpotri(LAPACK_COL_MAJOR, 'L', rest, split->core, rest) == 0;
}

/* beta of all columns; of the inverse what measure() looks at: the diagonal and what stands beside it. */
static void put_together(Lesson *lesson, Split *split)
{
    gsize rest = split->rest, columns = lesson->columns;
    double *beta = lesson->usual->beta;
    if (split->cells > 0)
        cblas_dsymm(CblasRowMajor, CblasRight, CblasUpper, (int)split->cells, (int)rest, 1, split->core, (int)rest, split->meets, (int)rest, 0,
                    split->weighed, (int)rest);
    for (gsize i = 0; i < split->cells; i++) {
        gsize cell = split->first + i;
        double diagonal = between(lesson, cell, cell), share = 0, doubt = 1;
        for (gsize j = 0; j < rest; j++) {
            share += split->meets[i * rest + j] * split->beta[j];
            doubt += split->meets[i * rest + j] * split->weighed[i * rest + j];
        }
        beta[cell] = (lesson->right[cell] / sqrt(diagonal) - share) / sqrt(diagonal);
        lesson->a[cell * columns + cell] = doubt / diagonal;
    }
    for (gsize j = 0; j < rest; j++) {
        gsize column = whole_column(split, j);
        beta[column] = split->beta[j];
        lesson->a[column * columns + column] = split->core[j * rest + j];
        if (j + 1 < rest && whole_column(split, j + 1) == column + 1)
            lesson->a[column * columns + column + 1] = split->core[j * rest + j + 1];
    }
}

static gboolean solve(Lesson *lesson, GError **error)
{
    gsize cells = width(lesson->usual, EFFECT_WEEK_HOUR), rest = lesson->columns - cells;
    g_autofree double *memory = g_new(double, 2 * cells * rest + rest * rest + rest);
    Split split = {.cells = cells, .first = lesson->usual->start[EFFECT_WEEK_HOUR], .rest = rest, .meets = memory};
    split.weighed = split.meets + cells * rest;
    split.core = split.weighed + cells * rest;
    split.beta = split.core + rest * rest;
    gboolean fine = take_apart(lesson, &split) && solve_rest(&split);
    if (fine)
        put_together(lesson, &split);
    else
        g_set_error_literal(error, MODEL_ERROR, MODEL_ERROR_NUMERIC, "the regression on the calendar has no finite solution; check the unit of the series");
    return fine;
}

/* Traces of inverse times penalty shape and b' shape b of one effect. */
static void measure(const Lesson *lesson, Effect effect, double *trace, double *square)
{
    gsize columns = lesson->columns, first = lesson->usual->start[effect], last = lesson->usual->start[effect + 1];
    const double *inverse = lesson->a, *beta = lesson->usual->beta;
    *trace = *square = 0;
    for (gsize c = first; c < last; c++) {
        if (effect != EFFECT_LEVEL) {
            *trace += inverse[c * columns + c];
            *square += beta[c] * beta[c];
        } else if (c + 1 < last) {
            *trace += inverse[c * columns + c] + inverse[(c + 1) * (columns + 1)] - 2 * inverse[c * columns + c + 1];
            *square += (beta[c + 1] - beta[c]) * (beta[c + 1] - beta[c]);
        }
    }
}

/* Wood and Fasiolo (2017), eq. 8, for penalties that do not overlap: an effect is
 * held back by noise over its own variance, counted in the columns the values
 * could say something about. */
static void renew_penalties(Lesson *lesson)
{
    const gsize *start = lesson->usual->start;
    double squares = 0, used = 0;
    for (gsize r = 0; r < lesson->rows; r++) {
        double mu = expected(lesson, r), miss = lesson->y[r] - mu;
        squares += miss * miss / mu;
    }
    double known[EFFECTS], square[EFFECTS];
    for (Effect e = 0; e < EFFECTS; e++) {
        double trace, rank = (double)(start[e + 1] - start[e]);
        measure(lesson, e, &trace, &square[e]);
        if (e == EFFECT_LEVEL)
            rank--;
        known[e] = fmax(rank - lesson->penalty[e] * trace, 0);
        used += known[e];
    }
    lesson->freedom = used + 1;
    double rows = (double)lesson->rows;
    lesson->dispersion = squares / fmax(rows - lesson->freedom, rows / 4);
    for (Effect e = 0; e < EFFECTS; e++)
        lesson->penalty[e] = CLAMP(lesson->dispersion * known[e] / fmax(square[e], 1e-12), LEAST_PENALTY, MOST_PENALTY);
    for (Effect e = 0; e < EFFECTS; e++)
        if (known[e] <= 0)
            lesson->penalty[e] = MOST_PENALTY;
}

static gboolean learn(Lesson *lesson, GError **error)
{
    for (Effect e = 0; e < EFFECTS; e++)
        lesson->penalty[e] = 1;
    double before = 0;
    for (int round = 0; round < MOST_ROUNDS && (round < 3 || fabs(lesson->freedom - before) > SETTLED * before); round++) {
        before = lesson->freedom;
        gather_information(lesson);
        add_penalties(lesson);
        if (!solve(lesson, error))
            return FALSE;
        renew_penalties(lesson);
    }
    return TRUE;
}

static gsize fill_lesson(Lesson *lesson, const Series *series, gsize first, gsize fit)
{
    const Usual *usual = lesson->usual;
    gsize week = LEVEL_DAYS * (usual->grain == GRAIN_HOUR ? 24 : 1);
    double total = 0;
    for (gsize t = first; t < fit; t++) {
        if (isnan(series->value[t]))
            continue;
        Row *row = &lesson->row[lesson->rows];
        fill_row(usual, series->start + (gint64)t, row);
        /* weeks are counted back from the end */
        gsize back = (fit - 1 - t) / week, knot = width(usual, EFFECT_LEVEL) - 1 - back;
        double share = (double)((fit - 1 - t) % week) / (double)week;
        put(usual, row, EFFECT_LEVEL, knot - 1, share);
        put(usual, row, EFFECT_LEVEL, knot, 1 - share);
        lesson->y[lesson->rows++] = series->value[t];
        total += series->value[t];
    }
    return total > 0 ? lesson->rows : 0;
}

/* Rates are factors: their mean over the history is 1. */
static void settle(Lesson *lesson)
{
    Usual *usual = lesson->usual;
    double sum = 0;
    memset(usual->beta + usual->start[EFFECT_LEVEL], 0, width(usual, EFFECT_LEVEL) * sizeof(double));
    for (gsize r = 0; r < lesson->rows; r++)
        sum += expected(lesson, r);
    usual->centre = log(sum / (double)lesson->rows);
}

Usual *usual_new(const Series *series, const Calendar *calendar, gsize first, gsize fit, GError **error)
{
    g_assert((series->grain == GRAIN_HOUR || series->grain == GRAIN_DAY) && first < fit && fit <= series->length);
    g_autoptr(Usual) usual = g_new0(Usual, 1);
    usual->calendar = calendar;
    usual->grain = series->grain;
    meet_names(usual, series->start + (gint64)first, series->start + (gint64)fit);
    lay_out(usual, fit - first);
    gsize columns = usual->start[EFFECTS];
    usual->beta = g_new0(double, columns);
    g_autofree Row *row = g_new(Row, fit - first);
    g_autofree double *y = g_new(double, fit - first), *a = g_new(double, columns * columns), *right = g_new(double, columns);
    Lesson lesson = {.usual = usual, .columns = columns, .row = row, .y = y, .a = a, .right = right};
    gsize rows = fill_lesson(&lesson, series, first, fit);
    g_assert(rows > 0);
    double mean = 0;
    for (gsize r = 0; r < rows; r++)
        mean += y[r] / (double)rows;
    for (gsize r = 0; r < rows; r++)
        y[r] /= mean;
    if (!learn(&lesson, error))
        return NULL;
    settle(&lesson);
    usual->dispersion = lesson.dispersion * mean;
    usual->freedom = lesson.freedom;
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
    Row row;
    fill_row(usual, step, &row);
    return exp(CLAMP(predict(&row, usual->beta) - usual->centre, -MOST_EFFECT, MOST_EFFECT));
}

double usual_dispersion(const Usual *usual)
{
    return usual->dispersion;
}

double usual_freedom(const Usual *usual)
{
    return usual->freedom;
}
