/* factors.h -- by how much many small effects multiply a count, each believed as far as the counts speak for it.
 *
 * A regression for counts with very many columns: most are 0 in any one row.
 * The columns form effects (the hours of the day, the weekdays, a holiday ...).
 * Each effect is a draw from a normal distribution around none at all, and how
 * wide that is the counts say themselves.  Three kinds of effect are known:
 *   plain   its columns are alike (a ridge)
 *   walk    its columns follow one another in time, and a row stands between two of
 *           them; neighbours are alike, and how far is what is learnt (a random walk)
 *   apart   no row has two of its columns, so that it costs next to nothing
 * Rows that differ in the walk alone share a pattern, and are summed first.
 * Whole numbers vary even where effects explain each of them: around an expected
 * third of a patient lie 0 and 1, and the few that ever came are not taken for the rule.
 *
 * Units    y in units of its mean; an effect is a log.
 * Source   P. McCullagh, J. A. Nelder (1989), Generalized Linear Models, chapters 6 and 9 (quasi-
 *          likelihood); N. E. Breslow, D. G. Clayton (1993), J. Am. Stat. Assoc. 88(421): the
 *          effects as draws from normal distributions; S. N. Wood, M. Fasiolo (2017), Biometrics
 *          73(4), eq. 8: how wide these distributions are.
 * Threads  pure.
 */
#pragma once
#include <glib.h>

enum { FACTORS_FILLED = 64 /* plain columns of one row that are not 0 */, FACTORS_EFFECTS = 16, FACTORS_NONE = 0xffff };

/* What rows may share: plain columns, ascending, and the one of the effect that lies apart. */
typedef struct {
    guint16 filled, apart; /* apart: column, FACTORS_NONE = none */
    guint16 column[FACTORS_FILLED];
    double value[FACTORS_FILLED];
} FactorsPattern;

/* The plain effects come first, then the walk, then the one that lies apart. */
typedef struct {
    gsize effects;                     /* the plain ones and these two */
    gsize start[FACTORS_EFFECTS + 1];  /* first column of each; the last is their number */
    gsize patterns, rows;
    const FactorsPattern *pattern;     /* [patterns] */
    const gsize *which;                /* [rows]: pattern */
    const gsize *knot;                 /* [rows]: the later one of two columns of the walk, counted in the walk, >= 1 */
    const double *share;               /* [rows]: of the earlier one */
    const double *y;                   /* [rows], >= 0 */
    double one;                        /* of whole numbers, what one is in units of y; 0: they need not be whole */
} FactorsLesson;

typedef struct {
    double dispersion; /* variance over mean of y around what is expected */
    double freedom;    /* free parameters that it took */
} FactorsFit;

/* beta[columns], given as 0s.  FALSE: MODEL_ERROR_NUMERIC. */
gboolean factors_learn(const FactorsLesson *lesson, double *beta, FactorsFit *fit, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The sum of a pattern's effects. */
double factors_sum(const FactorsPattern *pattern, const double *beta);

/* exp of a sum of effects, held to what can be computed with. */
#define FACTORS_MOST 12.0
double factors_expected(double sum);
