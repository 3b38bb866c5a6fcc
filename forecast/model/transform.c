#include "forecast/model/transform.h"

static const double anscombe = 0.375;

static double apply_kind(TransformKind kind, double y)
{
    switch (kind) {
    case TRANSFORM_LOG:
        return log1p(y);
    case TRANSFORM_ROOT:
        return 2.0 * sqrt(y + anscombe);
    case TRANSFORM_IDENTITY:
    case TRANSFORM_KINDS:
        break;
    }
    return y;
}

/* log g'(y): what stretching the axis at y adds to the log-likelihood. */
static double log_stretch(TransformKind kind, double y)
{
    switch (kind) {
    case TRANSFORM_LOG:
        return -log1p(y);
    case TRANSFORM_ROOT:
        return -0.5 * log(y + anscombe);
    case TRANSFORM_IDENTITY:
    case TRANSFORM_KINDS:
        break;
    }
    return 0.0;
}

/* Box and Cox (1964), eq. 8: -n/2 log s^2 + sum log g'.  The errors are those of
 * a quick smoother with level and season; a season's first round only starts it. */
static double log_likelihood(TransformKind kind, const double *value, gsize length, gsize season)
{
    static const double alpha = 0.2, gamma = 0.1;
    gsize phases = MAX(season, 1);
    g_autofree double *shape = g_new(double, phases);
    for (gsize k = 0; k < phases; k++)
        shape[k] = MISSING;
    double level = MISSING, squares = 0.0, stretch = 0.0;
    gsize known = 0;
    for (gsize t = 0; t < length; t++) {
        if (isnan(value[t]))
            continue;
        double z = apply_kind(kind, value[t]);
        if (isnan(level))
            level = z;
        gsize phase = t % phases;
        if (season > 0 && isnan(shape[phase])) {
            shape[phase] = z - level;
            level += alpha / 4.0 * (z - level);
            continue;
        }
        double error = z - level - (season > 0 ? shape[phase] : 0.0);
        level += alpha * error;
        if (season > 0)
            shape[phase] += gamma * error;
        squares += error * error;
        stretch += log_stretch(kind, value[t]);
        known++;
    }
    return known < 2 ? 0.0 : -0.5 * (double)known * log(squares / (double)known + 1e-12) + stretch;
}

Transform transform_choose(const double *value, gsize length, gsize season, gboolean counts)
{
    enum { FEWEST = 8 };
    /* A forecast a hundred times the largest value seen is a runaway, not a surge. */
    static const double room = 100.0;
    gsize known = 0;
    double least = (double)INFINITY, most = 0.0;
    for (gsize t = 0; t < length; t++) {
        if (isnan(value[t]))
            continue;
        known++;
        least = fmin(least, value[t]);
        most = fmax(most, fabs(value[t]));
    }
    Transform transform = {TRANSFORM_IDENTITY, room * (most + 1.0)};
    if (!counts || known < FEWEST || least < 0.0)
        return transform;
    double best = -(double)INFINITY;
    for (TransformKind kind = 0; kind < TRANSFORM_KINDS; kind++) {
        double fit = log_likelihood(kind, value, length, length >= 3 * season ? season : 0);
        if (fit > best) {
            best = fit;
            transform.kind = kind;
        }
    }
    return transform;
}

double transform_apply(const Transform *transform, double y)
{
    return apply_kind(transform->kind, transform->kind == TRANSFORM_IDENTITY ? y : fmax(y, 0.0) + 0.0 * y);
}

double transform_undo(const Transform *transform, double z)
{
    if (isnan(z))
        return z;
    switch (transform->kind) {
    case TRANSFORM_LOG:
        return CLAMP(expm1(z), 0.0, transform->ceiling);
    case TRANSFORM_ROOT:
        return z <= 0.0 ? 0.0 : CLAMP(0.25 * z * z - anscombe, 0.0, transform->ceiling);
    case TRANSFORM_IDENTITY:
    case TRANSFORM_KINDS:
        break;
    }
    return CLAMP(z, -transform->ceiling, transform->ceiling);
}

double transform_slope(const Transform *transform, double z)
{
    switch (transform->kind) {
    case TRANSFORM_LOG:
        return fmin(exp(z), 1.0 + transform->ceiling);
    case TRANSFORM_ROOT:
        return fmax(0.5 * z, 0.0);
    case TRANSFORM_IDENTITY:
    case TRANSFORM_KINDS:
        break;
    }
    return 1.0;
}

/* Gauss-Hermite rule of five points: exact up to the ninth power of z. */
double transform_mean(const Transform *transform, double mean, double sd)
{
    static const double node[3] = {0.0, 1.3556261799742659, 2.8569700138728056};
    static const double weight[3] = {0.53333333333333333, 0.22207592200561266, 0.011257411327720689};
    double sum = weight[0] * transform_undo(transform, mean);
    for (int k = 1; k < 3; k++)
        sum += weight[k] * (transform_undo(transform, mean - sd * node[k]) + transform_undo(transform, mean + sd * node[k]));
    return sum;
}
