#include "forecast/model/shrink.h"

#include "forecast/model/member.h"

#include <cblas.h>
#include <lapacke.h>
#include <string.h>

/* Penalties tried: variance of an error over variance of an effect. */
static const double penalty[] = {0.03, 0.3, 1, 3, 10, 30, 100, 300, 1000, 10000, 100000};
enum { PENALTIES = G_N_ELEMENTS(penalty), CHUNK = 256 };

/* x' x = v diag(square) v' of the centred x; all penalties share it. */
typedef struct {
    gsize rows, columns;
    const double *x, *y; /* centred */
    double *vector;      /* [columns][columns], vector k in column k */
    double *square;      /* [columns] */
    double *shade;       /* [columns]: v' x' y */
} Parts;

static void centre(double *x, gsize rows, gsize columns, double *mean)
{
    memset(mean, 0, columns * sizeof *mean);
    for (gsize r = 0; r < rows; r++)
        cblas_daxpy((int)columns, 1.0 / (double)rows, x + r * columns, 1, mean, 1);
    for (gsize r = 0; r < rows; r++)
        cblas_daxpy((int)columns, -1.0, mean, 1, x + r * columns, 1);
}

static gboolean take_apart(Parts *parts, GError **error)
{
    int rows = (int)parts->rows, columns = (int)parts->columns;
    g_autofree double *cross = g_new0(double, parts->columns);
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, columns, rows, 1.0, parts->x, columns, 0.0, parts->vector, columns);
    cblas_dgemv(CblasRowMajor, CblasTrans, rows, columns, 1.0, parts->x, columns, parts->y, 1, 0.0, cross, 1);
    gboolean finite = TRUE;
    for (gsize k = 0; k < parts->columns; k++)
        finite = finite && isfinite(parts->vector[k * parts->columns + k]) && isfinite(cross[k]);
    if (!finite || LAPACKE_dsyevd(LAPACK_ROW_MAJOR, 'V', 'U', columns, parts->vector, columns, parts->square) != 0) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_NUMERIC, "the regression has no finite solution; check the unit of the series and of its covariates");
        return FALSE;
    }
    for (gsize k = 0; k < parts->columns; k++)
        parts->square[k] = fmax(parts->square[k], 0.0);
    cblas_dgemv(CblasRowMajor, CblasTrans, columns, columns, 1.0, parts->vector, columns, cross, 1, 0.0, parts->shade, 1);
    return TRUE;
}

/* Allen (1974): the error of row i left out is e_i / (1 - h_i), with the leverage
 * h_i = 1/n + sum_k p_ik^2 / (square_k + penalty), p = x v.  Of all penalties at
 * once: error[rows][PENALTIES]. */
static void all_errors(const Parts *parts, double *error)
{
    gsize n = parts->columns;
    int columns = (int)n;
    g_autofree double *p = g_new(double, CHUNK * n), *weight = g_new(double, 2 * n * PENALTIES), *leverage = g_new(double, CHUNK * PENALTIES);
    double *inverse = weight + n * PENALTIES;
    for (gsize k = 0; k < n; k++)
        for (gsize a = 0; a < PENALTIES; a++) {
            inverse[k * PENALTIES + a] = 1.0 / (parts->square[k] + penalty[a]);
            weight[k * PENALTIES + a] = parts->shade[k] * inverse[k * PENALTIES + a];
        }
    for (gsize first = 0; first < parts->rows; first += CHUNK) {
        int rows = (int)MIN((gsize)CHUNK, parts->rows - first);
        double *fitted = error + first * PENALTIES;
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, columns, columns, 1.0, parts->x + first * n, columns,
                    parts->vector, columns, 0.0, p, columns);
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, PENALTIES, columns, 1.0, p, columns, weight, PENALTIES, 0.0, fitted, PENALTIES);
        for (gsize k = 0; k < (gsize)rows * n; k++)
            p[k] *= p[k];
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, PENALTIES, columns, 1.0, p, columns, inverse, PENALTIES, 0.0, leverage, PENALTIES);
        for (gsize k = 0; k < (gsize)rows * PENALTIES; k++)
            fitted[k] = (parts->y[first + k / PENALTIES] - fitted[k]) / fmax(1.0 - 1.0 / (double)parts->rows - leverage[k], 1e-3);
    }
}

/* The penalty of the least error; of equals the strongest. */
static double choose_penalty(const Parts *parts, double *left_out)
{
    g_autofree double *error = g_new(double, parts->rows * PENALTIES);
    double squares[PENALTIES] = {0};
    gsize best = PENALTIES - 1;
    all_errors(parts, error);
    for (gsize k = 0; k < parts->rows * PENALTIES; k++)
        squares[k % PENALTIES] += error[k] * error[k];
    for (gsize a = PENALTIES; a-- > 0;)
        if (squares[a] < squares[best])
            best = a;
    for (gsize r = 0; r < parts->rows; r++)
        left_out[r] = error[r * PENALTIES + best];
    return penalty[best];
}

static void solve(const Parts *parts, double held_back, double *beta)
{
    int columns = (int)parts->columns;
    g_autofree double *weight = g_new(double, parts->columns);
    for (gsize k = 0; k < parts->columns; k++)
        weight[k] = parts->shade[k] / (parts->square[k] + held_back);
    cblas_dgemv(CblasRowMajor, CblasNoTrans, columns, columns, 1.0, parts->vector, columns, weight, 1, 0.0, beta, 1);
}

gboolean shrink_fit(double *x, const double *y, gsize rows, gsize columns, double *beta, double *intercept,
                    double *left_out, GError **error)
{
    g_assert(rows >= 3 && columns >= 1);
    g_autofree double *mean = g_new(double, columns), *centred = g_memdup2(y, rows * sizeof *y);
    g_autofree double *vector = g_new0(double, columns * columns), *square = g_new(double, columns), *shade = g_new(double, columns);
    double level;
    centre(x, rows, columns, mean);
    centre(centred, rows, 1, &level);
    Parts parts = {rows, columns, x, centred, vector, square, shade};
    if (!take_apart(&parts, error))
        return FALSE;
    solve(&parts, choose_penalty(&parts, left_out), beta);
    *intercept = level - cblas_ddot((int)columns, mean, 1, beta, 1);
    return TRUE;
}
