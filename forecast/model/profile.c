#include "forecast/model/profile.h"

#include "forecast/model/sorted.h"

#include <string.h>

enum {
    SHAPE_SEASONS = 8,   /* seasons whose shape counts, where there are as many */
    LEAST_SEASONS = 4,   /* before an origin that errors are measured at, where there are as many */
    FEWEST_SEASONS = 2,  /* one to learn from and one to be judged on: a ward of two weeks is better off with it than without */
    SPREAD_SEASONS = 4,  /* seasons ahead whose errors are measured */
    MOST_ORIGINS = 60    /* past origins that errors are measured at */
};
#define LEAST_SCALE 1e-3
/* Mean absolute error to standard deviation of a normal. */
#define ABSOLUTE_TO_SD 1.2533141373155

struct Profile {
    double *z;
    gsize length, season;
    gsize least;               /* seasons before an origin that errors are measured at */
    double sd[SPREAD_SEASONS]; /* of errors that many seasons ahead */
    double *scale;             /* [length + 1] */
};

static double median(double *value, gsize count)
{
    sorted_put(value, count);
    return count % 2 ? value[count / 2] : 0.5 * (value[count / 2 - 1] + value[count / 2]);
}

/* Mean of the known values of z[from .. from+count-1]; MISSING when none is. */
static double mean_of(const double *z, gsize from, gsize count)
{
    double sum = 0;
    gsize known = 0;
    for (gsize t = from; t < from + count; t++)
        if (!isnan(z[t])) {
            sum += z[t];
            known++;
        }
    return known > 0 ? sum / (double)known : MISSING;
}

/* shape[season]: what the k-th step after the origin usually lies above its season's mean. */
static void shape_before(const Profile *profile, gsize origin, double *shape)
{
    gsize season = profile->season, seasons = MIN((gsize)SHAPE_SEASONS, origin / season);
    double mean[SHAPE_SEASONS], total = 0;
    for (gsize b = 0; b < seasons; b++)
        mean[b] = mean_of(profile->z, origin - (b + 1) * season, season);
    for (gsize k = 0; k < season; k++) {
        double deviation[SHAPE_SEASONS];
        gsize count = 0;
        for (gsize b = 0; b < seasons; b++) {
            double value = profile->z[origin - (b + 1) * season + k] - mean[b];
            if (!isnan(value))
                deviation[count++] = value;
        }
        shape[k] = count > 0 ? median(deviation, count) : 0;
        total += shape[k];
    }
    for (gsize k = 0; k < season; k++)
        shape[k] -= total / (double)season;
}

/* The mean of the middle half, which one or two wild days do not move. */
static double middle_mean(double *value, gsize count)
{
    gsize cut = count / 4;
    double sum = 0;
    sorted_put(value, count);
    for (gsize k = cut; k < count - cut; k++)
        sum += value[k];
    return sum / (double)(count - 2 * cut);
}

/* The newest season's level once its shape is taken off, so that a missing
 * Sunday does not lift it; of older seasons when nothing of it is known. */
static double level_before(const Profile *profile, gsize origin, const double *shape)
{
    gsize season = profile->season;
    g_autofree double *value = g_new(double, season);
    for (gsize end = origin; end >= season; end -= season) {
        gsize known = 0;
        for (gsize k = 0; k < season; k++)
            if (!isnan(profile->z[end - season + k]))
                value[known++] = profile->z[end - season + k] - shape[k];
        if (known > 0)
            return middle_mean(value, known);
    }
    double mean = mean_of(profile->z, 0, origin);
    return isnan(mean) ? 0 : mean;
}

static double spread_ahead(const Profile *profile, gsize seasons)
{
    if (seasons < SPREAD_SEASONS)
        return profile->sd[seasons];
    return profile->sd[SPREAD_SEASONS - 1] * sqrt((double)(seasons + 1) / SPREAD_SEASONS);
}

void profile_at(const Profile *profile, gsize origin, gsize horizon, double *mean, double *sd)
{
    g_assert(origin <= profile->length);
    g_autofree double *shape = g_new(double, profile->season);
    shape_before(profile, origin, shape);
    double level = level_before(profile, origin, shape);
    for (gsize h = 0; h < horizon; h++) {
        mean[h] = level + shape[h % profile->season];
        sd[h] = spread_ahead(profile, h / profile->season);
    }
}

double profile_level(const Profile *profile, gsize origin)
{
    g_autofree double *shape = g_new(double, profile->season);
    shape_before(profile, origin, shape);
    return level_before(profile, origin, shape);
}

double profile_scale(const Profile *profile, gsize origin)
{
    return profile->scale[origin];
}

/* Spread by seasons ahead from absolute errors at past origins: a step in who
 * reports is one bad week and not the measure of all weeks. */
static void learn_spread(Profile *profile, gsize fit)
{
    gsize season = profile->season, ahead = SPREAD_SEASONS * season;
    g_autofree double *mean = g_new(double, ahead), *sd = g_new(double, ahead);
    double sum[SPREAD_SEASONS] = {0};
    gsize count[SPREAD_SEASONS] = {0};
    gsize origin = fit - season;
    for (gsize used = 0; used < MOST_ORIGINS && origin >= profile->least * season; used++, origin -= season) {
        profile_at(profile, origin, ahead, mean, sd);
        for (gsize h = 0; h < ahead && origin + h < fit; h++)
            if (!isnan(profile->z[origin + h])) {
                sum[h / season] += fabs(profile->z[origin + h] - mean[h]);
                count[h / season]++;
            }
    }
    for (gsize s = 0; s < SPREAD_SEASONS; s++) {
        double before = s > 0 ? profile->sd[s - 1] : LEAST_SCALE;
        profile->sd[s] = count[s] > 0 ? MAX(before, ABSOLUTE_TO_SD * sum[s] / (double)count[s]) : before;
    }
}

/* Season by season: what the forecast made at its beginning misses in it. */
static void run(Profile *profile)
{
    gsize season = profile->season;
    double forget = pow(0.5, 1.0 / (2.0 * (double)season)), square = profile->sd[0] * profile->sd[0];
    g_autofree double *mean = g_new(double, season), *sd = g_new(double, season);
    profile->scale = g_new(double, profile->length + 1);
    for (gsize t = 0; t <= profile->length; t++) {
        profile->scale[t] = MAX(sqrt(square), LEAST_SCALE);
        if (t < profile->least * season)
            continue;
        if (t % season == 0)
            profile_at(profile, t, season, mean, sd);
        double miss = t < profile->length ? profile->z[t] - mean[t % season] : MISSING;
        if (!isnan(miss))
            square = forget * square + (1 - forget) * miss * miss;
    }
}

Profile *profile_new(const double *z, gsize fit, gsize length, gsize season)
{
    gsize known = 0;
    for (gsize t = 0; t < fit; t++)
        known += !isnan(z[t]);
    if (season < 2 || fit < FEWEST_SEASONS * season || 2 * known < fit)
        return NULL;
    Profile *profile = g_new0(Profile, 1);
    profile->season = season;
    profile->length = length;
    profile->least = MIN((gsize)LEAST_SEASONS, fit / season - 1);
    profile->z = g_new(double, length + 1);
    memcpy(profile->z, z, length * sizeof *z);
    learn_spread(profile, fit);
    run(profile);
    return profile;
}

void profile_free(Profile *profile)
{
    if (profile == NULL)
        return;
    g_free(profile->z);
    g_free(profile->scale);
    g_free(profile);
}
