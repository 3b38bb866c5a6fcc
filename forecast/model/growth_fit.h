/* growth_fit.h -- one regression for all series, which knows how little it may know.
 *
 * Rows are weeks of series; those of one week share its chances, so evidence is
 * counted in weeks.  Every effect is held back by a penalty that falls with the
 * square of the number of weeks: few weeks hold a part of one wave only.  The
 * errors are those of blocks of weeks left out, one after the other.
 *
 * Shapes   x[rows][columns] row-major, week[rows] ascending from 0 within each series.
 * Threads  pure.
 */
#pragma once
#include "forecast/series/series.h"

enum { GROWTH_COLUMNS_MOST = 16 };

typedef struct {
    gsize rows, columns, weeks; /* weeks: how many different ones there may be */
    double *x, *y;
    gsize *week;
} GrowthRows;

GrowthRows *growth_rows_new(gsize most, gsize columns, gsize weeks);
void growth_rows_free(GrowthRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GrowthRows, growth_rows_free)

/* Add a row (at most `most`). */
void growth_rows_add(GrowthRows *rows, const double *x, double y, gsize week);

/* Fit y = x beta; the penalty of an effect is `penalty` x rows x its mean
 * square, but free[columns] ones (NULL: none) have none.  left_out[rows] (NULL: not
 * wanted): y minus what the other blocks of weeks say; with one week alone, y. */
void growth_fit(const GrowthRows *rows, double penalty, const gboolean *free, double *beta, double *left_out);

double growth_dot(const double *x, const double *beta, gsize columns);
