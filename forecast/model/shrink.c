#include "forecast/model/shrink.h"

#include "forecast/kernel/leave_out.h"
#include "forecast/model/member.h"

#include <cblas.h>
#include <lapacke.h>
#include <string.h>

/* Penalties tried: variance of an error over variance of an effect. */
static const double penalty[] = {0.03, 0.3, 1, 3, 10, 30, 100, 300, 1000, 10000, 100000};
enum { PENALTIES = G_N_ELEMENTS(penalty), CHUNK = 256 };
G_STATIC_ASSERT((int)PENALTIES <= (int)LEAVE_OUT_LANES);

/* x' x = v diag(square) v' of the centred x, all rows counted. */
struct ShrinkDesign {
    gsize patterns, rows, columns;
    double *x;       /* [patterns][columns], centred */
    double *mean;    /* [columns] */
    double *vector;  /* [columns][columns], vector k in column k */
    double *square;  /* [columns] */
    double *room;    /* [patterns][PENALTIES]: 1 / (1 - leverage) */
    gsize *which;    /* [rows], NULL: each row is its own pattern */
};

static gsize pattern_of(const ShrinkDesign *design, gsize row)
{
    return design->which != NULL ? design->which[row] : row;
}

static gboolean refuse(GError **error)
{
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_NUMERIC, "the regression has no finite solution; check the unit of the series and of its covariates");
    return FALSE;
}

/* ------------------------------------------------------------------ of x alone */

static void centre(ShrinkDesign *design, const double *count)
{
    gsize columns = design->columns;
    for (gsize p = 0; p < design->patterns; p++)
        for (gsize k = 0; k < columns; k++)
            design->mean[k] += count[p] * design->x[p * columns + k];
    for (gsize k = 0; k < columns; k++)
        design->mean[k] /= (double)design->rows;
    for (gsize p = 0; p < design->patterns; p++)
        for (gsize k = 0; k < columns; k++)
            design->x[p * columns + k] -= design->mean[k];
}

static gboolean take_apart(ShrinkDesign *design, const double *count, GError **error)
{
    gsize n = design->columns;
    int columns = (int)n;
    g_autofree double *part = g_new(double, CHUNK * n);
    for (gsize first = 0; first < design->patterns; first += CHUNK) {
        gsize rows = MIN((gsize)CHUNK, design->patterns - first);
        for (gsize p = 0; p < rows; p++) {
            double root = sqrt(count[first + p]);
            for (gsize k = 0; k < n; k++)
                part[p * n + k] = root * design->x[(first + p) * n + k];
        }
        cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, columns, (int)rows, 1.0, part, columns, first > 0 ? 1.0 : 0.0, design->vector, columns);
    }
    for (gsize k = 0; k < n; k++)
        if (!isfinite(design->vector[k * n + k]))
            return refuse(error);
    if (LAPACKE_dsyevd(LAPACK_ROW_MAJOR, 'V', 'U', columns, design->vector, columns, design->square) != 0)
        return refuse(error);
    for (gsize k = 0; k < n; k++)
        design->square[k] = fmax(design->square[k], 0.0);
    return TRUE;
}

/* Allen (1974): the error of row i left out is e_i / (1 - h_i), with the leverage
 * h_i = 1/n + sum_k p_ik^2 / (square_k + penalty), p = x v. */
static void measure_leverage(ShrinkDesign *design)
{
    gsize n = design->columns;
    int columns = (int)n;
    g_autofree double *p = g_new(double, CHUNK * n), *inverse = g_new(double, n * PENALTIES);
    for (gsize k = 0; k < n; k++)
        for (gsize a = 0; a < PENALTIES; a++)
            inverse[k * PENALTIES + a] = 1.0 / (design->square[k] + penalty[a]);
    for (gsize first = 0; first < design->patterns; first += CHUNK) {
        gsize rows = MIN((gsize)CHUNK, design->patterns - first);
        double *room = design->room + first * PENALTIES;
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, columns, columns, 1.0, design->x + first * n, columns,
                    design->vector, columns, 0.0, p, columns);
        for (gsize k = 0; k < rows * n; k++)
            p[k] *= p[k];
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, PENALTIES, columns, 1.0, p, columns, inverse, PENALTIES, 0.0, room, PENALTIES);
        for (gsize k = 0; k < rows * PENALTIES; k++) {
            double left = 1.0 - 1.0 / (double)design->rows - room[k];
            room[k] = 1.0 / (left > 1e-3 ? left : 1e-3);
        }
    }
}

ShrinkDesign *shrink_design_new(const double *x, gsize patterns, gsize columns, const gsize *which, gsize rows, GError **error)
{
    g_assert(rows >= 3 && columns >= 1 && (which != NULL || rows == patterns));
    g_autoptr(ShrinkDesign) design = g_atomic_rc_box_new0(ShrinkDesign);
    g_autofree double *count = g_new0(double, patterns);
    design->patterns = patterns;
    design->rows = rows;
    design->columns = columns;
    design->x = g_memdup2(x, patterns * columns * sizeof *x);
    design->which = which != NULL ? g_memdup2(which, rows * sizeof *which) : NULL;
    design->mean = g_new0(double, columns);
    design->vector = g_new0(double, columns * columns);
    design->square = g_new(double, columns);
    design->room = g_new(double, patterns * PENALTIES);
    for (gsize r = 0; r < rows; r++)
        count[pattern_of(design, r)]++;
    centre(design, count);
    if (!take_apart(design, count, error))
        return NULL;
    measure_leverage(design);
    return g_steal_pointer(&design);
}

ShrinkDesign *shrink_design_ref(ShrinkDesign *design)
{
    return g_atomic_rc_box_acquire(design);
}

static void clear(gpointer data)
{
    ShrinkDesign *design = data;
    g_free(design->x);
    g_free(design->mean);
    g_free(design->vector);
    g_free(design->square);
    g_free(design->room);
    g_free(design->which);
}

void shrink_design_free(ShrinkDesign *design)
{
    if (design != NULL)
        g_atomic_rc_box_release_full(design, clear);
}

gsize shrink_design_size(const ShrinkDesign *design)
{
    return design->patterns * (design->columns + PENALTIES) + design->columns * (design->columns + 2) + (design->which != NULL ? design->rows : 0);
}

/* ------------------------------------------------------------------ of y */

/* v' x' y of the centred y, by patterns. */
static gboolean shade_of(const ShrinkDesign *design, const double *y, double level, double *shade)
{
    int columns = (int)design->columns;
    g_autofree double *sum = g_new0(double, design->patterns), *cross = g_new(double, design->columns);
    for (gsize r = 0; r < design->rows; r++)
        sum[pattern_of(design, r)] += y[r] - level;
    cblas_dgemv(CblasRowMajor, CblasTrans, (int)design->patterns, columns, 1.0, design->x, columns, sum, 1, 0.0, cross, 1);
    for (gsize k = 0; k < design->columns; k++)
        if (!isfinite(cross[k]))
            return FALSE;
    cblas_dgemv(CblasRowMajor, CblasTrans, columns, columns, 1.0, design->vector, columns, cross, 1, 0.0, shade, 1);
    return TRUE;
}

/* What each pattern is expected to be under each penalty: fitted[patterns][PENALTIES]; effect[columns][PENALTIES]. */
static void fit_all(const ShrinkDesign *design, const double *shade, double *effect, double *fitted)
{
    int columns = (int)design->columns;
    g_autofree double *weight = g_new(double, design->columns * PENALTIES);
    for (gsize k = 0; k < design->columns; k++)
        for (gsize a = 0; a < PENALTIES; a++)
            weight[k * PENALTIES + a] = shade[k] / (design->square[k] + penalty[a]);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, columns, PENALTIES, columns, 1.0, design->vector, columns, weight, PENALTIES, 0.0, effect, PENALTIES);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)design->patterns, PENALTIES, columns, 1.0, design->x, columns, effect, PENALTIES, 0.0,
                fitted, PENALTIES);
}

/* The penalty of the least error; of equals the strongest. */
static gsize least_of(const double *squares)
{
    gsize best = PENALTIES - 1;
    for (gsize a = PENALTIES; a-- > 0;)
        if (squares[a] < squares[best])
            best = a;
    return best;
}

static gsize choose_penalty(const ShrinkDesign *design, const double *y, double level, const double *fitted)
{
    double squares[PENALTIES] = {0};
    for (gsize r = 0; r < design->rows; r++) {
        gsize p = pattern_of(design, r);
        for (gsize a = 0; a < PENALTIES; a++) {
            double miss = (y[r] - level - fitted[p * PENALTIES + a]) * design->room[p * PENALTIES + a];
            squares[a] += miss * miss;
        }
    }
    return least_of(squares);
}

gboolean shrink_design_fit(const ShrinkDesign *design, const double *y, double *beta, double *intercept, double *left_out, GError **error)
{
    gsize columns = design->columns;
    g_autofree double *memory = g_new(double, columns + (columns + design->patterns) * PENALTIES);
    double *shade = memory, *effect = shade + columns, *fitted = effect + columns * PENALTIES, level = 0;
    for (gsize r = 0; r < design->rows; r++)
        level += y[r] / (double)design->rows;
    if (!shade_of(design, y, level, shade))
        return refuse(error);
    fit_all(design, shade, effect, fitted);
    gsize best = choose_penalty(design, y, level, fitted);
    for (gsize r = 0; r < design->rows; r++) {
        gsize at = pattern_of(design, r) * PENALTIES + best;
        left_out[r] = (y[r] - level - fitted[at]) * design->room[at];
    }
    for (gsize k = 0; k < columns; k++)
        beta[k] = effect[k * PENALTIES + best];
    *intercept = level - cblas_ddot((int)columns, design->mean, 1, beta, 1);
    return TRUE;
}

/* ------------------------------------------------------------------ of both, few columns */

/* row[rows][LANES] of the centred x, y after it. */
static double *centred(const double *x, const double *y, gsize rows, gsize columns, double *mean)
{
    double *row = g_new0(double, rows * LEAVE_OUT_LANES);
    for (gsize r = 0; r < rows; r++) {
        memcpy(row + r * LEAVE_OUT_LANES, x + r * columns, columns * sizeof *row);
        row[r * LEAVE_OUT_LANES + columns] = y[r];
    }
    leave_out_centre(row, rows, mean);
    return row;
}

/* What leave_out.h wants of x' x = v diag(square) v' (in `sum`, with x' y beside it); FALSE: there is none. */
typedef struct {
    double vector[LEAVE_OUT_COLUMNS * LEAVE_OUT_LANES], inverse[LEAVE_OUT_COLUMNS * LEAVE_OUT_LANES], weight[LEAVE_OUT_COLUMNS * LEAVE_OUT_LANES];
} Directions;

static gboolean find_directions(double *sum, gsize columns, Directions *to)
{
    double square[LEAVE_OUT_LANES], cross[LEAVE_OUT_LANES];
    memset(to, 0, sizeof *to);
    for (gsize k = 0; k < columns; k++) {
        cross[k] = sum[k * LEAVE_OUT_LANES + columns];
        if (!isfinite(sum[k * LEAVE_OUT_LANES + k]) || !isfinite(cross[k]))
            return FALSE;
    }
    if (LAPACKE_dsyevd(LAPACK_ROW_MAJOR, 'V', 'U', (int)columns, sum, LEAVE_OUT_LANES, square) != 0)
        return FALSE;
    for (gsize j = 0; j < columns; j++)
        memcpy(to->vector + j * LEAVE_OUT_LANES, sum + j * LEAVE_OUT_LANES, columns * sizeof *sum);
    for (gsize k = 0; k < columns; k++) {
        double shade = 0;
        for (gsize j = 0; j < columns; j++)
            shade += sum[j * LEAVE_OUT_LANES + k] * cross[j];
        for (gsize a = 0; a < PENALTIES; a++) {
            to->inverse[k * LEAVE_OUT_LANES + a] = 1.0 / (fmax(square[k], 0.0) + penalty[a]);
            to->weight[k * LEAVE_OUT_LANES + a] = shade * to->inverse[k * LEAVE_OUT_LANES + a];
        }
    }
    return TRUE;
}

static gboolean fit_few(const double *x, const double *y, gsize rows, gsize columns, double *beta, double *intercept, double *left_out, GError **error)
{
    double mean[LEAVE_OUT_LANES], sum[LEAVE_OUT_LANES * LEAVE_OUT_LANES], squares[LEAVE_OUT_LANES];
    Directions directions;
    g_autofree double *row = centred(x, y, rows, columns, mean);
    leave_out_sums(row, rows, sum);
    if (!find_directions(sum, columns, &directions))
        return refuse(error);
    leave_out_errors(row, rows, columns, directions.vector, directions.inverse, directions.weight, squares);
    gsize best = least_of(squares);
    for (gsize r = 0; r < rows; r++)
        left_out[r] = row[r * LEAVE_OUT_LANES + best];
    *intercept = mean[columns];
    for (gsize j = 0; j < columns; j++) {
        beta[j] = 0;
        for (gsize k = 0; k < columns; k++)
            beta[j] += directions.vector[j * LEAVE_OUT_LANES + k] * directions.weight[k * LEAVE_OUT_LANES + best];
        *intercept -= mean[j] * beta[j];
    }
    return TRUE;
}

gboolean shrink_fit(const double *x, const double *y, gsize rows, gsize columns, double *beta, double *intercept, double *left_out, GError **error)
{
    g_assert(rows >= 3 && columns >= 1);
    if (columns <= LEAVE_OUT_COLUMNS)
        return fit_few(x, y, rows, columns, beta, intercept, left_out, error);
    g_autoptr(ShrinkDesign) design = shrink_design_new(x, rows, columns, NULL, rows, error);
    return design != NULL && shrink_design_fit(design, y, beta, intercept, left_out, error);
}
