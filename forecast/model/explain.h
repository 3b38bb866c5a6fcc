/* explain.h -- why does the forecast say what it says?
 *
 * Three answers that can be checked.  The anchor's forecast is a sum: level,
 * trend, seasons, calendar (anchor_parts); nothing is left over.  What a network adds to it
 * is shared out among what it was shown (recent values, older ones, the place in
 * year and week, holidays, the size of the ward, each covariate) by Shapley's
 * rule, exactly: every combination is asked for, and the shares add up to what
 * the network adds.  And a plain linear picture of what the network does nearby
 * tells which past stretches move it; when that picture is poor it is withheld.
 *
 * Shapes   value[1 << groups]: bit k set = group k is shown.
 * Units    g-space of the anchor.
 * Missing  a group that is not shown looks to the network as data do that are not
 *          there: values, covariates and the place in the year are trained to be
 *          absent; phases of the week and the ward's size are not, holidays
 *          become ordinary days.
 * Source   L. S. Shapley (1953), Contributions to the Theory of Games II; S. Lundberg, S.-I. Lee
 *          (2017), NeurIPS; M. T. Ribeiro, S. Singh, C. Guestrin (2016), KDD, for the local picture.
 * Threads  pure: the same seed gives the same bytes.
 */
#pragma once
#include "forecast/model/network.h"

enum { EXPLAIN_GROUPS = 8, EXPLAIN_FEATURES = 16, EXPLAIN_PATCHES = 8, EXPLAIN_SAMPLES = 256 };

/* Below this share of explained variance a linear picture misleads. */
#define EXPLAIN_LEAST_R2 0.5

/* The exact Shapley values of `groups` (0 .. EXPLAIN_GROUPS): their sum is value[all] - value[none]. */
void explain_shapley(const double *value, gsize groups, double *phi);

typedef struct {
    gsize features;
    double effect[EXPLAIN_FEATURES]; /* what showing the feature adds */
    double r2;         /* share of the variance nearby, each case predicted from the others; MISSING: nothing varies */
    gboolean faithful; /* r2 is at least EXPLAIN_LEAST_R2; else do not show the effects */
} ExplainPicture;

/* Fit one: bit k of present[samples] says that feature k was shown. */
gboolean explain_picture(const guint64 *present, const double *value, gsize samples, gsize features, ExplainPicture *picture, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
    gsize groups;
    const char *group[EXPLAIN_GROUPS];     /* names for people; static or interned */
    double share[EXPLAIN_GROUPS];          /* Shapley values */
    double none, all;                      /* what the network adds to the anchor's median, shown nothing and everything */
    ExplainPicture picture;
    char *feature[EXPLAIN_FEATURES];       /* names for people; owned */
} ExplainNetwork;
void explain_network_clear(ExplainNetwork *explanation);

/* Of what the network adds to step `step` (0 .. horizon - 1) of one task. */
gboolean explain_network(const Network *network, const Task *task, const Anchor *anchor, gsize step, guint64 seed,
                         ExplainNetwork *explanation, GError **error) G_GNUC_WARN_UNUSED_RESULT;
