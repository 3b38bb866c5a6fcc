/* tokens.h -- a stretch of a series as a network reads it: patches of the calendar.
 *
 * A token is a patch that the hospital would name: a day of hours, a Monday week
 * of days, four weeks, a quarter of months.  `context` whole patches before the
 * one that holds the origin are followed by `future` patches from that one on;
 * steps of it that are already known are given, the rest is masked, and holds
 * only what may be known ahead: the Anchor's shape, the calendar, covariates.
 *
 * Shapes   x[steps][rows][features]: for each step of the patch its value, whether it is
 *          known, and the anchor's shape; then place, phases of year and week,
 *          calendar, statistics of the window, covariates and whether they are known.
 *          live, key[steps][rows]: is the sequence under way, does the token hold a value;
 *          anchor, spread, target, weight[future][rows][patch]; steps = context + future.
 * Units    value asinh((g - level) / scale) with the Anchor's level and scale at the
 *          origin; anchor and target (g - level) / scale; spread in scales.
 * Missing  0 with a mask of 0; never NaN.
 * Threads  pure functions.
 */
#pragma once
#include "forecast/model/anchor.h"

enum { TOKENS_COVARIATES = 4 };

typedef struct {
    Grain grain;
    gsize horizon;
    gsize patch, context, future; /* steps in a patch; patches */
    gboolean yearly;              /* tell the place in the year; without two years to learn from it only names past waves */
    gsize slots;                  /* calendar days (or coarser steps) told apart within a patch */
    gsize covariates, features;
    const char *covariate[TOKENS_COVARIATES]; /* interned names; a series without one has it masked */
} TokensShape;

/* The shape for a grain, a horizon in steps (1 .. TOKENS_HORIZON) and up to four covariates. */
enum { TOKENS_HORIZON = 4096 };
TokensShape tokens_shape(Grain grain, gsize horizon, const char *const *covariate, gsize covariates);

/* The arrays of `rows` windows, cut from one block of tokens_floats() floats. */
typedef struct {
    gsize rows;
    float *x, *live, *key, *anchor, *spread, *target, *weight;
} Tokens;

gsize tokens_floats(const TokensShape *shape, gsize rows);
Tokens tokens_at(const TokensShape *shape, gsize rows, float *block);

/* What a window might have been: the same ward upside down, swinging more or
 * less in the past, at another level or with other habits until some day, or reported with noise. */
typedef struct {
    gboolean flip;
    double swing;       /* past values deviate from the level by exp(swing * age) times as much; age is 0 .. 1 over the context */
    double shift;       /* scales added to values before index shift_until */
    gsize shift_until;
    gsize turn, turn_until; /* values before index turn_until are those of `turn` steps earlier: the season's shape lies elsewhere */
    double noise;       /* standard deviation, in scales, of what is added to each value read */
    guint64 seed;       /* of the noise */
} TokensTwist;

typedef struct {
    const Series *series;
    const Calendar *calendar;
    const Anchor *anchor;
    const TokensTwist *twist; /* NULL = as it was */
    gsize origin;       /* values before it are read */
    gsize known;        /* values from the origin up to here are targets; = origin when forecasting */
    gsize leading;      /* context patches hidden at the start, to train for young wards */
    gboolean yearless;  /* hide the place in the year, to train for those who must do without */
    gsize hole, holes;  /* context patches [hole, hole + holes) hidden, to train for gaps */
} TokensWindow;

/* Write one window into row `row` of the arrays. */
void tokens_fill(const TokensShape *shape, const TokensWindow *window, Tokens *tokens, gsize row);
/* Write a row that holds nothing and weighs nothing. */
void tokens_blank(const TokensShape *shape, Tokens *tokens, gsize row);

/* Take parts of a written window away again, for those who ask what each is worth:
 * what is known of the origin's own patch, the phases of year and week, holidays
 * and working days, the window's statistics, and from TOKENS_COVARIATE on, shifted,
 * each covariate; besides, the context patches whose bits are set in `hidden`.
 * What is taken away looks as it does where it is not known. */
enum { TOKENS_TODAY = 1, TOKENS_PHASES = 2, TOKENS_HOLIDAYS = 4, TOKENS_STATISTICS = 8, TOKENS_COVARIATE = 16 };
void tokens_mask(const TokensShape *shape, Tokens *tokens, gsize row, guint absent, guint64 hidden);

/* Where step origin + h of a window lies: its future patch, and the place within it. */
void tokens_place(const TokensShape *shape, gint64 origin_step, gsize h, gsize *future, gsize *within);
