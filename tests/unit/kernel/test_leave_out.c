#include "forecast/kernel/leave_out.h"

#include <math.h>
#include <string.h>

enum { L = LEAVE_OUT_LANES, ROWS = 57, MOST = LEAVE_OUT_COLUMNS };

static void fill(double *row, gsize columns)
{
    memset(row, 0, ROWS * L * sizeof *row);
    for (gsize r = 0; r < ROWS; r++)
        for (gsize k = 0; k <= columns; k++)
            row[r * L + k] = g_test_rand_double_range(-1, 1);
}

static void assert_near(double seen, double wanted)
{
    g_assert_cmpfloat(fabs(seen - wanted), <=, 1e-10 * (1 + fabs(wanted)));
}

static void the_sums_are_of_products(void)
{
    double row[ROWS * L], sum[L * L];
    fill(row, MOST);
    leave_out_sums(row, ROWS, sum);
    for (gsize i = 0; i < L; i++)
        for (gsize j = i; j < L; j++) {
            double wanted = 0;
            for (gsize r = 0; r < ROWS; r++)
                wanted += row[r * L + i] * row[r * L + j];
            assert_near(sum[i * L + j], wanted);
        }
}

static void each_row_loses_the_mean(void)
{
    double row[ROWS * L], before[ROWS * L], mean[L];
    fill(row, MOST);
    memcpy(before, row, sizeof row);
    leave_out_centre(row, ROWS, mean);
    for (gsize k = 0; k < L; k++) {
        double sum = 0;
        for (gsize r = 0; r < ROWS; r++)
            sum += before[r * L + k];
        assert_near(mean[k], sum / ROWS);
        for (gsize r = 0; r < ROWS; r++)
            assert_near(row[r * L + k], before[r * L + k] - sum / ROWS);
    }
}

/* One error by its definition: (y - p' weight) / (1 - 1/n - sum of p^2 inverse), p = row vector. */
static double error_of(const double *row, gsize columns, const double *vector, const double *inverse, const double *weight, gsize a)
{
    double fitted = 0, leverage = 1.0 / ROWS;
    for (gsize k = 0; k < columns; k++) {
        double p = 0;
        for (gsize j = 0; j < columns; j++)
            p += row[j] * vector[j * L + k];
        fitted += p * weight[k * L + a];
        leverage += p * p * inverse[k * L + a];
    }
    return (row[columns] - fitted) / fmax(1 - leverage, 1e-3);
}

static void each_row_is_left_out(void)
{
    for (gsize columns = 1; columns <= MOST; columns++) {
        double row[ROWS * L], before[ROWS * L], vector[MOST * L] = {0}, inverse[MOST * L], weight[MOST * L], squares[L], wanted[L] = {0};
        fill(row, columns);
        memcpy(before, row, sizeof row);
        for (gsize k = 0; k < MOST * L; k++) {
            vector[k] = k % L < columns ? g_test_rand_double_range(-1, 1) : 0;
            inverse[k] = g_test_rand_double_range(0, 0.02);
            weight[k] = g_test_rand_double_range(-1, 1);
        }
        inverse[0] = 1e3; /* a row that is all of its own prediction */
        leave_out_errors(row, ROWS, columns, vector, inverse, weight, squares);
        for (gsize r = 0; r < ROWS; r++)
            for (gsize a = 0; a < L; a++) {
                double error = error_of(before + r * L, columns, vector, inverse, weight, a);
                assert_near(row[r * L + a], error);
                wanted[a] += error * error;
            }
        for (gsize a = 0; a < L; a++)
            assert_near(squares[a], wanted[a]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kernel/leave-out/the-sums-are-of-products", the_sums_are_of_products);
    g_test_add_func("/kernel/leave-out/each-row-loses-the-mean", each_row_loses_the_mean);
    g_test_add_func("/kernel/leave-out/each-row-is-left-out", each_row_is_left_out);
    return g_test_run();
}
