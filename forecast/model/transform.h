/* transform.h -- the scale on which a count varies evenly.
 *
 * Ten patients more or less mean something else in a ward of 20 than in one of
 * 400.  A Transform g stretches the counts so that their spread no longer grows
 * with their level; forecasts are made in g-space and mapped back.  Quantiles
 * map one by one: the .9 quantile of g(Y) is g of the .9 quantile of Y.
 *
 * Units    y in the series' own unit; z = g(y) unit-free.
 * Missing  NaN in gives NaN out.
 * Source   G. E. P. Box, D. R. Cox (1964), J. R. Stat. Soc. B 26(2), for the choice by likelihood;
 *          F. J. Anscombe (1948), Biometrika 35, for the square root of counts.
 * Threads  plain data, pure functions.
 */
#pragma once
#include "forecast/series/series.h"

typedef enum {
    TRANSFORM_LOG,      /* log(1 + y) */
    TRANSFORM_ROOT,     /* 2 sqrt(y + 3/8) */
    TRANSFORM_IDENTITY, /* y */
    TRANSFORM_KINDS
} TransformKind;

typedef struct {
    TransformKind kind;
    double ceiling; /* no forecast above this value: far beyond anything seen */
} Transform;

/* The kind under which value[0 .. length-1] is most likely, its pattern of
 * `season` steps (0: none) and its level removed.  Identity unless `counts`,
 * and when any value is negative or fewer than eight are known. */
Transform transform_choose(const double *value, gsize length, gsize season, gboolean counts);

/* g(y), and back.  Going back, values below the smallest of g give 0 and the
 * result never exceeds the ceiling, so it is always finite. */
double transform_apply(const Transform *transform, double y);
double transform_undo(const Transform *transform, double z);

/* dy/dz at z. */
double transform_slope(const Transform *transform, double z);

/* The mean of g^-1(Z) for a normal Z. */
double transform_mean(const Transform *transform, double mean, double sd);
