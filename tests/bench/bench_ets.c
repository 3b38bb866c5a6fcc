/* bench_ets -- how long exponential smoothing takes on a region's monthly counts.
 *
 *   bench_ets [SERIES [MONTHS]]     (767 and 72)
 *
 * Made-up counts, three scales, all of {none, line, damped} x {no pattern, 12},
 * the best by AICc; on one thread and on two; then one evaluation of sixteen
 * sets of shares side by side against the same sixteen one after the other in
 * plain C; then the whole pool, from counts to quantiles.
 */
#include "forecast/kernel/smoother.h"
#include "forecast/model/candidate.h"
#include "forecast/model/pool.h"
#include "forecast/model/transform.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SEASON = 12, COLUMNS = 2 + SEASON, AHEAD = 12 };

static GRand *dice;

static double noise(void)
{
    double sum = -6.0;
    for (int k = 0; k < 12; k++)
        sum += g_rand_double(dice);
    return sum;
}

static double *made_counts(gsize series, gsize months)
{
    double *value = g_new(double, series * months);
    for (gsize i = 0; i < series; i++) {
        double level = exp(3.0 + 1.5 * noise()), size = 0.1 * fabs(noise());
        for (gsize t = 0; t < months; t++) {
            value[i * months + t] = fmax(0, rint(level * (1 + size * sin(0.5236 * (double)t)) + sqrt(level) * noise()));
            level = fmax(1.0, level + 0.1 * sqrt(level) * noise());
        }
    }
    return value;
}

typedef struct {
    const double *value;
    gsize series, months;
    gint next;
} Job;

static gpointer fit_some(gpointer data)
{
    Job *job = data;
    g_autofree double *z = g_new(double, job->months);
    g_autoptr(CandidateBench) bench = candidate_bench_new(job->months, SEASON);
    for (;;) {
        gsize k = (gsize)g_atomic_int_add(&job->next, 1);
        if (k >= job->series * TRANSFORM_KINDS)
            return NULL;
        Transform transform = {(TransformKind)(k % TRANSFORM_KINDS), 1e9};
        Candidate best;
        for (gsize t = 0; t < job->months; t++)
            z[t] = transform_apply(&transform, job->value[k / TRANSFORM_KINDS * job->months + t]);
        g_assert_true(candidate_choose(bench, z, job->months, SEASON, &best));
    }
}

static double seconds_to_fit(const double *value, gsize series, gsize months, int threads, double *busy)
{
    Job job = {value, series, months, 0};
    clock_t cpu = clock();
    gint64 begin = g_get_monotonic_time();
    GThread *other = threads > 1 ? g_thread_new("fit", fit_some, &job) : NULL;
    fit_some(&job);
    if (other != NULL)
        g_thread_join(other);
    *busy = (double)(clock() - cpu) / CLOCKS_PER_SEC;
    return 1e-6 * (double)(g_get_monotonic_time() - begin);
}

/* ---- one set of shares, the plain way ------------------------------------ */

static double one_by_one(double alpha, double beta, double phi, double gamma, const double *z, gsize n, double *column)
{
    double square[COLUMNS][COLUMNS], b[COLUMNS], left = 0;
    for (gsize d = 0; d <= COLUMNS; d++) { /* the last column is the series itself */
        double level = d == 0, slope = d == 1, season[SEASON] = {0};
        if (d >= 2 && d < COLUMNS)
            season[d - 2] = 1;
        for (gsize t = 0; t < n; t++) {
            double *s = &season[t % SEASON], error = (d == COLUMNS ? z[t] : 0.0) - (level + phi * slope + *s);
            column[d * n + t] = d == COLUMNS ? error : -error;
            level += phi * slope + alpha * error;
            slope = phi * slope + beta * error;
            *s += gamma * error;
        }
    }
    for (gsize i = 0; i < COLUMNS; i++)
        for (gsize j = 0; j <= i; j++) {
            square[i][j] = i == j ? 1e-6 : 0.0;
            for (gsize t = 0; t < n; t++)
                square[i][j] += column[i * n + t] * column[j * n + t];
        }
    for (gsize t = 0; t < n; t++)
        left += column[COLUMNS * n + t] * column[COLUMNS * n + t];
    for (gsize i = 0; i < COLUMNS; i++) {
        b[i] = 0;
        for (gsize t = 0; t < n; t++)
            b[i] += column[i * n + t] * column[COLUMNS * n + t];
        for (gsize j = 0; j <= i; j++) {
            for (gsize k = 0; k < j; k++)
                square[i][j] -= square[i][k] * square[j][k];
            square[i][j] = i == j ? sqrt(square[i][j]) : square[i][j] / square[j][j];
        }
        for (gsize k = 0; k < i; k++)
            b[i] -= square[i][k] * b[k];
        b[i] /= square[i][i];
        left -= b[i] * b[i];
    }
    return left;
}

static void compare(const double *value, gsize n)
{
    enum { REPEATS = 200, BATCH = 10 };
    SmootherRates rates;
    guint8 *known = g_malloc(n);
    memset(known, 1, n);
    gsize lanes = SMOOTHER_LANES;
    double *column = g_new(double, (COLUMNS + 1) * n * lanes), *square = g_new(double, COLUMNS * COLUMNS * lanes);
    double *precision = g_new(double, COLUMNS * lanes), *work = g_new(double, (SEASON + 1) * lanes), *errors = g_new(double, n * lanes);
    double *start = g_new(double, COLUMNS * lanes), squares[SMOOTHER_LANES], plain[SMOOTHER_LANES] = {0}, seconds[2];
    for (gsize k = 0; k < COLUMNS * lanes; k++)
        precision[k] = 1e-6;
    for (gsize l = 0; l < lanes; l++)
        rates.alpha[l] = 0.05 * (double)(l + 1), rates.beta[l] = 0.1 * rates.alpha[l], rates.phi[l] = 0.9, rates.gamma[l] = 0.1 * (1 - rates.alpha[l]);
    seconds[0] = seconds[1] = (double)INFINITY;
    for (int r = 0; r < REPEATS; r++) { /* the fastest of many: the machine may have other work */
        gint64 begin = g_get_monotonic_time();
        for (int k = 0; k < BATCH; k++) {
            smoother_columns_whole(&rates, SEASON, n, work, column);
            smoother_gram_whole(column, precision, SEASON, n, square);
            smoother_factor(square, COLUMNS, NULL);
            smoother_errors(&rates, SEASON, value, known, n, n, work, errors);
            smoother_start_whole(square, column, errors, SEASON, n, start, squares);
        }
        seconds[0] = fmin(seconds[0], 1e-6 * (double)(g_get_monotonic_time() - begin) / BATCH);
        begin = g_get_monotonic_time();
        for (gsize l = 0; l < lanes; l++)
            plain[l] = one_by_one(rates.alpha[l], rates.beta[l], rates.phi[l], rates.gamma[l], value, n, column);
        seconds[1] = fmin(seconds[1], 1e-6 * (double)(g_get_monotonic_time() - begin));
    }
    for (gsize l = 0; l < lanes; l++)
        g_assert_cmpfloat_with_epsilon(squares[l] / plain[l], 1.0, 1e-6);
    g_print("sixteen side by side %.1f us, one after the other %.1f us: %.1f times\n", 1e6 * seconds[0], 1e6 * seconds[1],
            seconds[1] / seconds[0]);
    g_free(known), g_free(column), g_free(square), g_free(precision), g_free(work), g_free(errors), g_free(start);
}

static void whole_pool(const double *value, gsize series, gsize months)
{
    g_autoptr(Calendar) calendar = calendar_new("UTC", NULL, NULL);
    Task *task = g_new(Task, series);
    Outlook **out = g_new(Outlook *, series);
    GError **complaint = g_new0(GError *, series);
    for (gsize i = 0; i < series; i++) {
        g_autofree char *id = g_strdup_printf("made/%zu/visits", i);
        Series *one = series_new(id, GRAIN_MONTH, 360, months);
        one->counts = TRUE;
        memcpy(one->value, value + i * months, months * sizeof *value);
        task[i] = (Task){.series = one, .calendar = calendar, .origin = months, .horizon = AHEAD, .season = {SEASON, 0}};
        out[i] = outlook_new("pool", 360 + (gint64)months, AHEAD);
    }
    gint64 begin = g_get_monotonic_time();
    g_assert_true(pool_forecast(task, series, out, complaint, NULL));
    g_print("the whole pool, %zu series by 105 smoothers on 3 scales: %.3f s on one thread\n", series, 1e-6 * (double)(g_get_monotonic_time() - begin));
    for (gsize i = 0; i < series; i++) {
        series_free((Series *)task[i].series);
        outlook_free(out[i]);
        g_assert_no_error(complaint[i]);
    }
    g_free(task), g_free(out), g_free(complaint);
}

int main(int argc, char **argv)
{
    gsize series = argc > 1 ? strtoul(argv[1], NULL, 10) : 767, months = argc > 2 ? strtoul(argv[2], NULL, 10) : 72;
    dice = g_rand_new_with_seed(1);
    g_autofree double *value = made_counts(series, months);
    for (int threads = 1; threads <= 2; threads++) {
        double busy, seconds = seconds_to_fit(value, series, months, threads, &busy);
        g_print("%zu series of %zu months, 6 candidates on 3 scales: %.2f s on %d thread%s (%.2f s of processor)\n", series, months, seconds, threads,
                threads > 1 ? "s" : "", busy);
    }
    compare(value, months);
    whole_pool(value, series, months);
    g_rand_free(dice);
    return 0;
}
