/* reconcile.h -- wards must add up to the hospital, and patients must come from somewhere.
 *
 * The hospital's total is forecast on its own, because a sum is steadier than its
 * parts, and so is each ward; the figures then disagree by a few beds.  A
 * Reconcile moves all of them, the uncertain ones most, until every total is
 * the sum of its parts.  Ranges move along and keep their width: a total and its
 * wards are forecast from the same days and err together, so that one teaches
 * little about the width of the other.  It weighs errors by how past forecasts
 * erred together, shrunk towards independence as far as the evidence is thin;
 * with less than three rows per series only by how widely each spreads.
 *
 * Who is there after a step is who was there before it, plus who came, less who
 * left.  Who comes does not depend on who is there: admissions stay as they are
 * forecast, and the discharges and the census move until each step's figures balance.
 *
 * Shapes   series = aggregates + bottoms, aggregates first; part[aggregates][bottoms]: 1 where
 *          the bottom series is part of the aggregate, else 0; residual[times][series].
 * Units    residuals in spreads of their forecasts (normal scores); figures in the series' own unit.
 * Missing  rows of residuals with a NaN are left out.
 * Source   S. Wickramasuriya, G. Athanasopoulos, R. Hyndman (2019), J. Am. Stat. Assoc. 114(526):
 *          MinT; J. Schaefer, K. Strimmer (2005), Stat. Appl. Genet. Mol. Biol. 4(1): the shrinkage.
 * Threads  weighing needs the Reconcile to itself; flows are pure.
 */
#pragma once
#include "forecast/model/member.h"

typedef struct Reconcile Reconcile;

/* Learn how they err together; residual may be NULL (times 0).  The caller owns it. */
Reconcile *reconcile_new(const double *part, gsize aggregates, gsize bottoms, const double *residual, gsize times);
void reconcile_free(Reconcile *reconcile);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reconcile, reconcile_free)

/* How far correlations were shrunk: 0 not at all, 1 none is left (as with too few rows). */
double reconcile_shrinkage(const Reconcile *reconcile);

/* Take spread[series] (standard deviations, 0 = certain) as the weights of what
 * follows.  MODEL_ERROR_NUMERIC when they are not finite. */
gboolean reconcile_weigh(Reconcile *reconcile, const double *spread, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Move y[series] to the nearest figures that add up, in the metric of the weights. */
void reconcile_apply(const Reconcile *reconcile, double *y);

/* Outlooks of one horizon, step by step: means add up exactly, quantiles move with
 * them; counts stay at or above 0. */
gboolean reconcile_outlooks(Reconcile *reconcile, Outlook *const *outlook, gboolean counts, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Census at the end of each step, admissions and discharges during it, of one
 * horizon: the census and the discharges nearest to their forecasts, in spreads, with
 * now + admissions - discharges = census, step by step, none below 0.  Quantiles of the
 * census move with its mean, those of the discharges keep their proportion to it but are
 * at most doubled.
 * now >= 0; MODEL_ERROR_NUMERIC, nothing changed, when it is not, or a figure is not finite. */
gboolean reconcile_flow(double now, const Outlook *admissions, Outlook *census, Outlook *discharges, GError **error) G_GNUC_WARN_UNUSED_RESULT;
