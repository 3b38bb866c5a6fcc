/* blend.h -- who may speak, and how much: weights of members and the gate for networks.
 *
 * Past forecasts beside what came (a backtest) say which members to trust.  A
 * blend averages the members' quantiles level by level.  Whoever was worse than
 * the best by one standard error speaks less than half as loud, by three hardly
 * at all; who cannot be told from the best speaks as loud as it.  A series bends
 * the group's weights towards those who were good for it as far as that would
 * have helped on mornings left out.  A network must pass a gate: it publishes
 * only where the backtest shows, by more than one standard error, that it is
 * better than the best classical blend.
 *
 * Shapes   quantile[members][series][origins][horizon][OUTLOOK_LEVELS],
 *          actual[series][origins][horizon]; weight[members], sum 1.
 * Units    the series' own; losses are mean pinball losses over the 13 levels,
 *          divided by the series' scale.
 * Missing  an actual that is not known; the quantiles of a member that failed: a
 *          blend then is the average of the others, their weights made to sum to 1.
 * Source   C. Genest (1992), Ann. Stat. 20(2), for averaging quantiles (Vincentization);
 *          Y. Freund, R. E. Schapire (1997), J. Comput. Syst. Sci. 55(1), for exponential
 *          weights; F. X. Diebold, R. S. Mariano (1995), J. Bus. Econ. Stat. 13(3), for differences
 *          of losses in standard errors; L. Breiman et al. (1984), Classification and Regression
 *          Trees, for the rule of one standard error.
 * Threads  pure functions.
 */
#pragma once
#include "forecast/model/outlook.h"

typedef struct {
    gsize members, series, origins, horizon;
    const float *quantile;
    const float *actual;
    const double *scale; /* [series], above 0: one unit of loss (say, the seasonal naive error); NULL: 1 for all */
    gsize season;        /* steps in one season of the grain: what counts as one piece of evidence; 0 = horizon */
    double separate;     /* how many origins do not overlap: only they tell of different days; 0 = all */
} BlendTrial;

/* All series of a trial. */
#define BLEND_ALL G_MAXSIZE

/* Mean loss of one blend on one series or all (each series counts alike); MISSING when
 * nothing can be scored. */
double blend_loss(const BlendTrial *trial, const double *weight, gsize series);

/* Weights for a group among the members allowed (NULL: all): exp(-how many standard
 * errors worse than the best), the errors those of origins that do not overlap.
 * With fewer than three origins that is blend_better_half().  A member that failed
 * more than half the time has no say. */
void blend_group(const BlendTrial *trial, const gboolean *allowed, double *weight);

/* What speaks where nothing is shown to be better: the better half of the members
 * allowed, each alike, without those so much worse than the best (by three tenths) that
 * they could only spoil it.  Equal weights of all allowed when nothing can be scored. */
void blend_better_half(const BlendTrial *trial, const gboolean *allowed, double *weight);

/* Weights of all series, weight[series][members]: the group's, times exp(-strength
 * x seasons of evidence x how much worse the member was here than for the group).
 * The strength, which is given back, is the smallest within one standard error
 * of the best on origins left out in turn: 0 where bending would not have
 * helped, and with fewer than three origins or two series. */
double blend_series(const BlendTrial *trial, const double *group, double *weight);

typedef struct {
    gboolean publish;
    gsize origins;             /* at which both could be scored */
    double network, classical; /* mean losses */
    double difference, error;  /* mean of classical - network per origin, above 0 when the network is better; its standard error */
    char *sentence;            /* for people; owned */
} BlendVerdict;
void blend_verdict_clear(BlendVerdict *verdict);

/* May `name` (say, a blend that holds a network) publish instead of another
 * blend, for one series or for BLEND_ALL?  Fewer than three origins: no. */
void blend_gate(const BlendTrial *trial, gsize series, const char *name, const double *weight,
                const double *classical, BlendVerdict *verdict);

/* The middle of the members' outlooks, level by level, of those not NULL and of
 * weight above 0: what to publish while little is known of who may be trusted,
 * for no single member can spoil it.  Where half the weight lies below and half
 * above, a member's own weight lying around its value.  FALSE, out untouched,
 * when no weight is left. */
gboolean blend_median(const Outlook *const *outlook, const double *weight, gsize members, gboolean counts, Outlook *out);

/* Average the members' outlooks (NULL or weight 0: not in it) into out, whose
 * horizon is theirs; put in order.  FALSE, out untouched, when no weight is left. */
gboolean blend_apply(const Outlook *const *outlook, const double *weight, gsize members, gboolean counts, Outlook *out);
