#include "forecast/model/growth_fit.h"

#include <lapacke.h>
#include <string.h>

enum {
    BLOCK_WEEKS = 8, /* weeks left out together: a wave's rise or fall */
    BLOCKS_MOST = 12,
};

GrowthRows *growth_rows_new(gsize most, gsize columns, gsize weeks)
{
    g_assert(columns <= GROWTH_COLUMNS_MOST);
    GrowthRows *rows = g_new0(GrowthRows, 1);
    rows->columns = columns;
    rows->weeks = weeks;
    rows->x = g_new(double, most * columns + 1);
    rows->y = g_new(double, most + 1);
    rows->week = g_new(gsize, most + 1);
    return rows;
}

void growth_rows_free(GrowthRows *rows)
{
    if (rows == NULL)
        return;
    g_free(rows->x);
    g_free(rows->y);
    g_free(rows->week);
    g_free(rows);
}

void growth_rows_add(GrowthRows *rows, const double *x, double y, gsize week)
{
    memcpy(rows->x + rows->rows * rows->columns, x, rows->columns * sizeof *x);
    rows->y[rows->rows] = y;
    rows->week[rows->rows++] = week;
}

double growth_dot(const double *x, const double *beta, gsize columns)
{
    double sum = 0;
    for (gsize c = 0; c < columns; c++)
        sum += x[c] * beta[c];
    return sum;
}

/* Sums of products of one block of weeks, or of all. */
typedef struct {
    double xx[GROWTH_COLUMNS_MOST * GROWTH_COLUMNS_MOST], xy[GROWTH_COLUMNS_MOST];
} Products;

static gsize blocks_of(gsize weeks)
{
    return weeks > 1 ? CLAMP(weeks / BLOCK_WEEKS, 2, BLOCKS_MOST) : 1;
}

static gsize block_of(const GrowthRows *rows, gsize row)
{
    return rows->week[row] * blocks_of(rows->weeks) / rows->weeks;
}

static void add_row(Products *to, const double *x, double y, gsize columns)
{
    for (gsize r = 0; r < columns; r++) {
        for (gsize c = 0; c <= r; c++)
            to->xx[r * columns + c] += x[r] * x[c];
        to->xy[r] += x[r] * y;
    }
}

static void join(Products *to, const Products *from, double sign, gsize columns)
{
    for (gsize k = 0; k < columns * columns; k++)
        to->xx[k] += sign * from->xx[k];
    for (gsize r = 0; r < columns; r++)
        to->xy[r] += sign * from->xy[r];
}

/* No answer (all effects 0) where the system cannot be solved. */
static void solve(const Products *products, const double *hold, gsize columns, double *beta)
{
    Products p = *products;
    for (gsize c = 0; c < columns; c++)
        p.xx[c * columns + c] += hold[c];
    memcpy(beta, p.xy, columns * sizeof *beta);
    lapack_int n = (lapack_int)columns;
    if (LAPACKE_dposv(LAPACK_ROW_MAJOR, 'L', n, 1, p.xx, n, beta, 1) != 0)
        memset(beta, 0, columns * sizeof *beta);
}

void growth_fit(const GrowthRows *rows, double penalty, const gboolean *free, double *beta, double *left_out)
{
    gsize columns = rows->columns, blocks = blocks_of(rows->weeks);
    g_autofree Products *block = g_new0(Products, blocks);
    Products all = {{0}, {0}};
    double hold[GROWTH_COLUMNS_MOST];
    for (gsize k = 0; k < rows->rows; k++)
        add_row(&block[block_of(rows, k)], rows->x + k * columns, rows->y[k], columns);
    for (gsize b = 0; b < blocks; b++)
        join(&all, &block[b], 1, columns);
    /* a hair above 0, so that effects that are always 0 can be solved for */
    for (gsize c = 0; c < columns; c++)
        hold[c] = (free != NULL && free[c] ? 0 : penalty) * all.xx[c * columns + c] + 1e-9 * (double)(rows->rows + 1);
    solve(&all, hold, columns, beta);
    for (gsize b = 0; left_out != NULL && b < blocks; b++) {
        double other[GROWTH_COLUMNS_MOST] = {0};
        join(&block[b], &all, -1, columns);
        join(&block[b], &block[b], -2, columns); /* all - block */
        if (blocks > 1)
            solve(&block[b], hold, columns, other);
        for (gsize k = 0; k < rows->rows; k++)
            if (block_of(rows, k) == b)
                left_out[k] = rows->y[k] - growth_dot(rows->x + k * columns, other, columns);
    }
}
