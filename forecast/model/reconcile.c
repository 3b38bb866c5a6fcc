#include "forecast/model/reconcile.h"

#include <lapacke.h>
#include <string.h>

/* Fewer rows per series say more about their own chance than about dependence. */
enum { ROWS_PER_SERIES = 3 };
/* Of the largest spread: a series that is certain is nearly so, or nothing could be solved. */
#define LEAST_SPREAD 1e-6
/* Added to the diagonal, as a share of it. */
#define RIDGE 2e-8
/* The same of flows, whose equations contradict each other only where nothing is uncertain. */
#define FLOW_RIDGE 1e-12
/* Normal scores of the .2 and .8 levels, which stand for one spread on either side. */
enum { LOW = 3, HIGH = 9 };
/* Beyond, the proportion to a mean of next to nothing says nothing of the range. */
#define MOST_STRETCH 2.0
/* Of the outer levels: few come to or leave a small ward, and between the inner ones nobody. */
#define OUTER_SCORES (outlook_probit[OUTLOOK_LEVELS - 1] - outlook_probit[0])

struct Reconcile {
    gsize aggregates, bottoms, series;
    double *part;        /* [aggregates][bottoms] */
    double *correlation; /* [series][series], shrunk */
    double shrinkage;
    double *covariance;  /* [series][series], as weighed */
    double *gain;        /* [aggregates][series]: how a disagreement moves each */
};

/* ------------------------------------------------------------------ learning */

static gboolean whole_row(const double *row, gsize series)
{
    for (gsize i = 0; i < series; i++)
        if (!isfinite(row[i]))
            return FALSE;
    return TRUE;
}

/* Rows without a hole, each column scaled to a mean square of 1: their count. */
static gsize standardise(const double *residual, gsize times, gsize series, double *z)
{
    gsize rows = 0;
    for (gsize t = 0; t < times; t++)
        if (whole_row(residual + t * series, series))
            memcpy(z + rows++ * series, residual + t * series, series * sizeof *z);
    for (gsize i = 0; i < series; i++) {
        double square = 0;
        for (gsize t = 0; t < rows; t++)
            square += z[t * series + i] * z[t * series + i];
        double scale = square > 0 ? sqrt((double)rows / square) : 0;
        for (gsize t = 0; t < rows; t++)
            z[t * series + i] *= scale;
    }
    return rows;
}

/* Sum of the sampling variances of all correlations over the sum of their squares (Schaefer, Strimmer, eq. 10). */
static void learn(Reconcile *r, const double *z, gsize rows)
{
    double variance = 0, square = 0, n = (double)rows;
    for (gsize i = 0; i < r->series; i++)
        for (gsize j = 0; j < i; j++) {
            double mean = 0, spread = 0;
            for (gsize t = 0; t < rows; t++)
                mean += z[t * r->series + i] * z[t * r->series + j] / n;
            for (gsize t = 0; t < rows; t++) {
                double off = z[t * r->series + i] * z[t * r->series + j] - mean;
                spread += off * off;
            }
            r->correlation[i * r->series + j] = mean;
            variance += n / ((n - 1) * (n - 1) * (n - 1)) * spread;
            square += mean * mean;
        }
    r->shrinkage = square > 0 ? CLAMP(variance / square, 0, 1) : 1;
    for (gsize i = 0; i < r->series; i++)
        for (gsize j = 0; j < i; j++) {
            double kept = (1 - r->shrinkage) * r->correlation[i * r->series + j];
            r->correlation[i * r->series + j] = r->correlation[j * r->series + i] = kept;
        }
}

Reconcile *reconcile_new(const double *part, gsize aggregates, gsize bottoms, const double *residual, gsize times)
{
    Reconcile *r = g_new0(Reconcile, 1);
    gsize series = aggregates + bottoms;
    *r = (Reconcile){.aggregates = aggregates, .bottoms = bottoms, .series = series, .shrinkage = 1};
    r->part = g_memdup2(part, aggregates * bottoms * sizeof *part);
    r->correlation = g_new0(double, series * series + 1);
    r->covariance = g_new0(double, series * series + 1);
    r->gain = g_new0(double, aggregates * series + 1);
    for (gsize i = 0; i < series; i++)
        r->correlation[i * series + i] = 1;
    g_autofree double *z = g_new(double, times * series + 1);
    gsize rows = residual != NULL ? standardise(residual, times, series, z) : 0;
    if (rows >= ROWS_PER_SERIES * series && rows >= 2)
        learn(r, z, rows);
    return r;
}

void reconcile_free(Reconcile *reconcile)
{
    if (reconcile == NULL)
        return;
    g_free(reconcile->part);
    g_free(reconcile->correlation);
    g_free(reconcile->covariance);
    g_free(reconcile->gain);
    g_free(reconcile);
}

double reconcile_shrinkage(const Reconcile *reconcile)
{
    return reconcile->shrinkage;
}

/* ------------------------------------------------------------------ weighing */

static gboolean numeric(const char *what, GError **error)
{
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_NUMERIC, "%s; the figures are left as they are", what);
    return FALSE;
}

static gboolean spreads(const Reconcile *r, const double *spread, double *sd)
{
    double most = 0;
    for (gsize i = 0; i < r->series; i++) {
        if (!(isfinite(spread[i]) && spread[i] >= 0))
            return FALSE;
        most = MAX(most, spread[i]);
    }
    for (gsize i = 0; i < r->series; i++)
        sd[i] = most > 0 ? MAX(spread[i], LEAST_SPREAD * most) : 1;
    return TRUE;
}

/* of[aggregates] = each aggregate minus the sum of its parts, of a column of any stride. */
static void disagreement(const Reconcile *r, const double *y, gsize stride, double *of)
{
    for (gsize k = 0; k < r->aggregates; k++) {
        of[k] = y[k * stride];
        for (gsize j = 0; j < r->bottoms; j++)
            of[k] -= r->part[k * r->bottoms + j] * y[(r->aggregates + j) * stride];
    }
}

/* gain = (U'WU)^-1 U'W, where U' takes the disagreement and W is the covariance. */
gboolean reconcile_weigh(Reconcile *reconcile, const double *spread, GError **error)
{
    Reconcile *r = reconcile;
    gsize n = r->series, a = r->aggregates;
    g_autofree double *sd = g_new(double, n + 1), *system = g_new(double, a * a + 1), *column = g_new(double, a + 1);
    if (!spreads(r, spread, sd))
        return numeric("the spread of a forecast is not finite", error);
    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < n; j++)
            r->covariance[i * n + j] = r->correlation[i * n + j] * sd[i] * sd[j] * (i == j ? 1 + RIDGE : 1);
    for (gsize i = 0; i < n; i++) {
        disagreement(r, r->covariance + i, n, column);
        for (gsize k = 0; k < a; k++)
            r->gain[k * n + i] = column[k];
    }
    for (gsize k = 0; k < a; k++) /* a row of U'W is the column of WU */
        disagreement(r, r->gain + k * n, 1, system + k * a);
    if (a > 0 && LAPACKE_dposv(LAPACK_ROW_MAJOR, 'L', (lapack_int)a, (lapack_int)n, system, (lapack_int)a, r->gain, (lapack_int)n) != 0)
        return numeric("the totals contradict each other", error);
    return TRUE;
}

void reconcile_apply(const Reconcile *reconcile, double *y)
{
    const Reconcile *r = reconcile;
    g_autofree double *off = g_new(double, r->aggregates + 1);
    disagreement(r, y, 1, off);
    for (gsize k = 0; k < r->aggregates; k++)
        for (gsize i = 0; i < r->series; i++)
            y[i] -= r->gain[k * r->series + i] * off[k];
}

/* ------------------------------------------------------------------ outlooks */

static double spread_of(const Outlook *outlook, gsize h)
{
    const double *quantile = outlook->quantile + h * OUTLOOK_LEVELS;
    return (quantile[HIGH] - quantile[LOW]) / (outlook_probit[HIGH] - outlook_probit[LOW]);
}

static gboolean weigh_step(Reconcile *r, const Outlook *const *outlook, gsize h, GError **error)
{
    g_autofree double *spread = g_new(double, r->series + 1);
    for (gsize i = 0; i < r->series; i++)
        spread[i] = spread_of(outlook[i], h);
    return reconcile_weigh(r, spread, error);
}

/* The aggregates from their parts, which alone are free. */
static void add_up(const Reconcile *r, double *y, gboolean counts)
{
    for (gsize j = 0; counts && j < r->bottoms; j++)
        y[r->aggregates + j] = MAX(y[r->aggregates + j], 0);
    for (gsize k = 0; k < r->aggregates; k++) {
        y[k] = 0;
        for (gsize j = 0; j < r->bottoms; j++)
            y[k] += r->part[k * r->bottoms + j] * y[r->aggregates + j];
    }
}

static void move(Outlook *outlook, gsize h, double mean, gboolean counts)
{
    double *quantile = outlook->quantile + h * OUTLOOK_LEVELS, by = mean - outlook->mean[h];
    for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
        quantile[q] = counts ? MAX(quantile[q] + by, 0) : quantile[q] + by;
    outlook->mean[h] = mean;
}

gboolean reconcile_outlooks(Reconcile *reconcile, Outlook *const *outlook, gboolean counts, GError **error)
{
    Reconcile *r = reconcile;
    g_autofree double *mean = g_new(double, r->series + 1);
    for (gsize h = 0; r->series > 0 && h < outlook[0]->horizon; h++) {
        if (!weigh_step(r, (const Outlook *const *)outlook, h, error))
            return FALSE;
        for (gsize i = 0; i < r->series; i++)
            mean[i] = outlook[i]->mean[h];
        reconcile_apply(r, mean);
        add_up(r, mean, counts);
        for (gsize i = 0; i < r->series; i++)
            move(outlook[i], h, mean[i], counts);
    }
    return TRUE;
}

/* ------------------------------------------------------------------ flows */

/* variance[horizon]; FALSE where a figure is not finite. */
static gboolean variances(const Outlook *outlook, double *variance, double *most)
{
    gboolean finite = TRUE;
    for (gsize h = 0; h < outlook->horizon; h++) {
        const double *quantile = outlook->quantile + h * OUTLOOK_LEVELS;
        double spread = (quantile[OUTLOOK_LEVELS - 1] - quantile[0]) / OUTER_SCORES;
        variance[h] = spread * spread;
        finite = finite && isfinite(variance[h]) && isfinite(outlook->mean[h]);
        *most = MAX(*most, variance[h]);
    }
    return finite;
}

/* Where hardly anybody leaves, a few more must not lift a range that begins at 0. */
static void stretch(Outlook *outlook, gsize h, double mean)
{
    double *quantile = outlook->quantile + h * OUTLOOK_LEVELS, before = outlook->mean[h];
    for (gsize q = 0; q < OUTLOOK_LEVELS && before > 0; q++)
        quantile[q] *= MIN(mean / before, MOST_STRETCH);
    outlook->mean[h] = mean;
}

/* From step to step: who is not there cannot leave, and nobody leaves who was never counted. */
static void balance(double now, const Outlook *admissions, const double *census, Outlook *of_census, Outlook *of_discharges)
{
    for (gsize h = 0; h < of_census->horizon; h++) {
        double most = now + MAX(admissions->mean[h], 0), after = CLAMP(census[h], 0, most);
        move(of_census, h, after, TRUE);
        stretch(of_discharges, h, most - after);
        now = after;
    }
}

/* One equation per step, census[h] - census[h-1] - admissions[h] + discharges[h] = 0; with
 * admissions certain and errors of different steps independent a tridiagonal system. */
gboolean reconcile_flow(double now, const Outlook *admissions, Outlook *census, Outlook *discharges, GError **error)
{
    gsize n = census->horizon;
    g_assert(admissions->horizon == n && discharges->horizon == n);
    g_autofree double *stay = g_new(double, n + 1), *leave = g_new(double, n + 1), *come = g_new(double, n + 1);
    g_autofree double *diagonal = g_new(double, n + 1), *beside = g_new0(double, n + 1), *off = g_new0(double, n + 1);
    double most = 0, none = 0;
    if (!(variances(census, stay, &most) && variances(discharges, leave, &most) && variances(admissions, come, &none) && now >= 0 && isfinite(now)))
        return numeric("the range of a flow or the census of now is not finite", error);
    for (gsize h = 0; h < n; h++) {
        double before = h > 0 ? stay[h - 1] : 0, ridge = most > 0 ? FLOW_RIDGE * most : 1;
        diagonal[h] = stay[h] + before + leave[h] + ridge;
        beside[h] = -stay[h];
        off[h] = census->mean[h] - (h > 0 ? census->mean[h - 1] : now) - MAX(admissions->mean[h], 0) + discharges->mean[h];
    }
    if (n > 0 && LAPACKE_dptsv(LAPACK_ROW_MAJOR, (lapack_int)n, 1, diagonal, beside, off, 1) != 0)
        return numeric("the flows contradict each other", error);
    for (gsize h = 0; h < n; h++)
        stay[h] = census->mean[h] - stay[h] * (off[h] - (h + 1 < n ? off[h + 1] : 0));
    balance(now, admissions, stay, census, discharges);
    return TRUE;
}
