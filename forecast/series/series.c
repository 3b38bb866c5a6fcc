#include "forecast/series/series.h"

#include <string.h>

Series *series_new(const char *id, Grain grain, gint64 start, gsize length)
{
    Series *series = g_new0(Series, 1);
    series->id = g_strdup(id);
    series->grain = grain;
    series->start = start;
    series->length = length;
    series->value = g_new(double, length);
    for (gsize t = 0; t < length; t++)
        series->value[t] = MISSING;
    series->mended = g_new0(guint8, length);
    series->exposure = 1.0;
    return series;
}

static void clear_covariates(Series *series)
{
    for (gsize c = 0; c < series->covariates; c++)
        g_free(series->covariate_name[c]);
    g_clear_pointer(&series->covariate_name, g_free);
    g_clear_pointer(&series->covariate, g_free);
    series->covariates = series->cover = 0;
}

void series_free(Series *series)
{
    if (series == NULL)
        return;
    clear_covariates(series);
    g_free(series->id);
    g_free(series->value);
    g_free(series->mended);
    g_free(series);
}

void series_set_covariates(Series *series, const char *const *name, gsize count, gsize cover)
{
    g_assert(cover >= series->length);
    clear_covariates(series);
    series->covariates = count;
    series->cover = cover;
    series->covariate_name = g_new0(char *, count + 1);
    series->covariate = g_new(double, count * cover);
    for (gsize c = 0; c < count; c++)
        series->covariate_name[c] = g_strdup(name[c]);
    for (gsize k = 0; k < count * cover; k++)
        series->covariate[k] = MISSING;
}

Series *series_upto(const Series *series, gsize length)
{
    g_assert(length <= series->length);
    Series *copy = series_new(series->id, series->grain, series->start, length);
    copy->label_day = series->label_day;
    copy->flow = series->flow;
    copy->counts = series->counts;
    copy->exposure = series->exposure;
    if (length > 0) {
        memcpy(copy->value, series->value, length * sizeof *copy->value);
        memcpy(copy->mended, series->mended, length);
    }
    if (series->covariates > 0) {
        series_set_covariates(copy, (const char *const *)series->covariate_name, series->covariates, series->cover);
        memcpy(copy->covariate, series->covariate, series->covariates * series->cover * sizeof *copy->covariate);
    }
    return copy;
}

gsize series_known(const Series *series)
{
    gsize known = 0;
    for (gsize t = 0; t < series->length; t++)
        known += !isnan(series->value[t]);
    return known;
}
