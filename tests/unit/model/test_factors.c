#include "forecast/model/factors.h"

#include "forecast/model/member.h"

#include <math.h>
#include <string.h>

enum { MOST = 256, COLUMNS = 32 };

/* Rows are added one by one; each has a pattern of its own. */
typedef struct {
    FactorsPattern pattern[MOST];
    gsize which[MOST], knot[MOST], columns;
    double share[MOST], y[MOST], beta[COLUMNS];
    FactorsLesson lesson;
} Table;

/* widths: of the plain effects, the walk and the one that lies apart. */
static Table *table_new(const gsize *width, gsize effects)
{
    Table *table = g_new0(Table, 1);
    table->lesson = (FactorsLesson){.effects = effects, .pattern = table->pattern, .which = table->which, .knot = table->knot,
                                    .share = table->share, .y = table->y};
    for (gsize e = 0; e < effects; e++)
        table->lesson.start[e + 1] = table->lesson.start[e] + width[e];
    table->columns = table->lesson.start[effects];
    return table;
}

static void add(Table *table, double y, const gsize *plain, gsize filled, gsize knot, double share, gsize apart)
{
    gsize r = table->lesson.rows++;
    table->lesson.patterns++;
    FactorsPattern *pattern = &table->pattern[r];
    pattern->filled = (guint16)filled;
    pattern->apart = (guint16)apart;
    for (gsize k = 0; k < filled; k++) {
        pattern->column[k] = (guint16)plain[k];
        pattern->value[k] = 1;
    }
    table->which[r] = r;
    table->knot[r] = knot;
    table->share[r] = share;
    table->y[r] = y;
}

static FactorsFit learn(Table *table)
{
    GError *error = NULL;
    FactorsFit fit;
    memset(table->beta, 0, sizeof table->beta);
    gboolean fine = factors_learn(&table->lesson, table->beta, &fit, &error);
    g_assert_no_error(error);
    g_assert_true(fine);
    return fit;
}

static double expected(const Table *table, gsize row)
{
    const double *walk = table->beta + table->lesson.start[table->lesson.effects - 2];
    double share = table->share[row];
    return factors_expected(factors_sum(&table->pattern[row], table->beta) + share * walk[table->knot[row] - 1] + (1 - share) * walk[table->knot[row]]);
}

/* Rows times columns, without noise: 1 or 2 times 1, 3 or 0.5, around a level of 0.6. */
static void test_table(void)
{
    static const double first[] = {1, 2}, second[] = {1, 3, 0.5};
    g_autofree Table *table = table_new((const gsize[]){2, 3, 2, 0}, 4);
    for (gsize k = 0; k < 36; k++)
        add(table, 0.6 * first[k % 2] * second[k % 3], (const gsize[]){k % 2, 2 + k % 3}, 2, 1, (double)k / 36, FACTORS_NONE);
    FactorsFit fit = learn(table);
    for (gsize k = 0; k < 36; k++)
        g_assert_cmpfloat_with_epsilon(expected(table, k) / table->y[k], 1, 0.002);
    g_assert_cmpfloat_with_epsilon(table->beta[1] - table->beta[0], log(2), 0.002);
    g_assert_cmpfloat_with_epsilon(table->beta[3] - table->beta[2], log(3), 0.002);
    g_assert_cmpfloat_with_epsilon(table->beta[4] - table->beta[2], log(0.5), 0.002);
    g_assert_cmpfloat(fit.dispersion, <, 1e-4);
}

/* Values that alternate by turns say nothing of an effect both of whose columns saw as many of each. */
static void test_nothing(void)
{
    g_autofree Table *table = table_new((const gsize[]){2, 2, 0}, 3);
    for (gsize k = 0; k < 80; k++)
        add(table, k / 2 % 2 ? 1.5 : 0.5, (const gsize[]){k % 2}, 1, 1, 0.5, FACTORS_NONE);
    FactorsFit fit = learn(table);
    g_assert_cmpfloat_with_epsilon(table->beta[0], 0, 1e-6);
    g_assert_cmpfloat_with_epsilon(table->beta[1], 0, 1e-6);
    g_assert_cmpfloat_with_epsilon(expected(table, 0), 1, 1e-3);
    g_assert_cmpfloat_with_epsilon(fit.freedom, 1, 0.1);
    g_assert_cmpfloat_with_epsilon(fit.dispersion, 0.25 * 80 / 79, 0.01); /* squares of 0.5 around 1 */
}

/* Six days of four weeks.  The fixed point of eq. 8 was found by 3,000 rounds in
 * numpy, with all matrices written out: knots of the walk share a row by where it
 * stands in its week; two kinds of days lie apart. */
static const double count[] = {3, 5, 8, 6, 2, 1, 4, 7, 9, 8, 3, 0, 6, 9, 14, 9, 5, 3, 5, 12, 17, 12, 4, 2};
static const double fixed_point[] = {3.110, 5.514, 7.955, 5.840, 2.277, 1.092, 3.730, 6.754, 9.950,  7.459,  2.969, 1.454,
                                     5.074, 9.126, 13.355, 9.946, 3.933, 1.913, 6.633, 11.501, 16.230, 11.655, 4.444, 2.085};

static Table *weeks(gboolean apart)
{
    Table *table = apart ? table_new((const gsize[]){6, 5, 2}, 3) : table_new((const gsize[]){6, 2, 5, 0}, 4);
    double mean = 0;
    for (gsize t = 0; t < 24; t++)
        mean += count[t] / 24;
    for (gsize t = 0; t < 24; t++) {
        gsize day = t % 6, kind = day >= 4;
        const gsize plain[] = {day, 6 + kind};
        add(table, count[t] / mean, plain, apart ? 1 : 2, t / 6 + 1, 1 - (double)day / 6, apart ? 11 + kind : FACTORS_NONE);
    }
    return table;
}

static void test_fixed_point(void)
{
    g_autofree Table *table = weeks(TRUE);
    double mean = count[0] / table->y[0];
    FactorsFit fit = learn(table);
    for (gsize t = 0; t < 24; t++)
        g_assert_cmpfloat_with_epsilon(expected(table, t) * mean / fixed_point[t], 1, 0.02);
    g_assert_cmpfloat_with_epsilon(fit.freedom / 8.4547, 1, 0.05);
    g_assert_cmpfloat_with_epsilon(fit.dispersion / 0.034353, 1, 0.05);
}

/* That its columns never meet only makes an effect cheaper. */
static void test_apart(void)
{
    g_autofree Table *apart = weeks(TRUE), *plain = weeks(FALSE);
    FactorsFit one = learn(apart), other = learn(plain);
    for (gsize t = 0; t < 24; t++)
        g_assert_cmpfloat_with_epsilon(expected(apart, t), expected(plain, t), 1e-9);
    g_assert_cmpfloat_with_epsilon(one.freedom, other.freedom, 1e-7);
    g_assert_cmpfloat_with_epsilon(one.dispersion, other.dispersion, 1e-9);
}

/* Rows of one pattern are summed first: in any order, under one pattern or many, the same. */
static void test_patterns(void)
{
    g_autofree Table *many = weeks(TRUE), *few = weeks(TRUE);
    few->lesson.patterns = 6;
    for (gsize t = 0; t < 24; t++) {
        few->which[t] = t % 6;
        g_assert_cmpint(few->pattern[t].column[0], ==, few->pattern[t % 6].column[0]);
    }
    FactorsFit one = learn(many), other = learn(few);
    for (gsize c = 0; c < many->columns; c++)
        g_assert_cmpfloat_with_epsilon(many->beta[c], few->beta[c], 1e-9);
    g_assert_cmpfloat_with_epsilon(one.freedom, other.freedom, 1e-7);
}

/* One quiet holiday does not say that nobody ever comes: its effect b is drawn from a
 * distribution no wider than 1.  Where y is 0, exp(level + b) = -penalty b with a penalty of at
 * least the dispersion, 0.09 and more: b is above -1.83. */
static void test_quiet_holiday(void)
{
    g_autofree Table *table = table_new((const gsize[]){1, 2, 0}, 3);
    for (gsize k = 0; k < 60; k++)
        add(table, k == 30 ? 0 : k % 2 ? 1.3 : 0.7, (const gsize[]){0}, k == 30, 1, 0.5, FACTORS_NONE);
    FactorsFit fit = learn(table);
    g_assert_cmpfloat(table->beta[0], <, -0.1);
    g_assert_cmpfloat(table->beta[0], >, -1.83);
    g_assert_cmpfloat(fit.dispersion, <, 0.2);
    g_assert_cmpfloat_with_epsilon(expected(table, 0), 1, 0.02);
}

/* A sum of effects beyond what can be computed with is held. */
static void test_held(void)
{
    g_assert_cmpfloat(factors_expected(1000), ==, exp(FACTORS_MOST));
    g_assert_cmpfloat(factors_expected(-1000), ==, exp(-FACTORS_MOST));
    g_assert_cmpfloat_with_epsilon(factors_expected(log(3)), 3, 1e-12);
    const FactorsPattern pattern = {.filled = 2, .apart = 3, .column = {0, 2}, .value = {1, 0.5}};
    g_assert_cmpfloat(factors_sum(&pattern, (const double[]){1, 10, 4, 100}), ==, 103);
}

/* Steps of a thousand times neither run away nor end in no number. */
static void test_cliff(void)
{
    g_autofree Table *table = table_new((const gsize[]){2, 3, 0}, 3);
    for (gsize k = 0; k < 60; k++)
        add(table, k < 30 ? 1e-3 : 2, (const gsize[]){k % 2}, 1, 1 + k / 30, 1 - (double)(k % 30) / 30, FACTORS_NONE);
    FactorsFit fit = learn(table);
    g_assert_true(isfinite(fit.dispersion) && isfinite(fit.freedom));
    for (gsize c = 0; c < table->columns; c++)
        g_assert_cmpfloat(fabs(table->beta[c]), <, 20);
    g_assert_cmpfloat(expected(table, 55), >, 0.5);
}

static void test_not_finite(void)
{
    g_autofree Table *table = table_new((const gsize[]){1, 2, 0}, 3);
    g_autoptr(GError) error = NULL;
    FactorsFit fit;
    for (gsize k = 0; k < 10; k++)
        add(table, k == 3 ? (double)INFINITY : 1, (const gsize[]){0}, 1, 1, 0.5, FACTORS_NONE);
    g_assert_false(factors_learn(&table->lesson, table->beta, &fit, &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_NUMERIC);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/factors/a-table-of-products-is-found", test_table);
    g_test_add_func("/model/factors/an-effect-of-which-nothing-speaks-is-none", test_nothing);
    g_test_add_func("/model/factors/the-fixed-point-is-reached", test_fixed_point);
    g_test_add_func("/model/factors/apart-or-plain-is-the-same", test_apart);
    g_test_add_func("/model/factors/rows-may-share-a-pattern", test_patterns);
    g_test_add_func("/model/factors/one-quiet-holiday-is-held-back", test_quiet_holiday);
    g_test_add_func("/model/factors/sums-are-held", test_held);
    g_test_add_func("/model/factors/a-cliff-is-survived", test_cliff);
    g_test_add_func("/model/factors/what-is-not-finite-is-refused", test_not_finite);
    return g_test_run();
}
