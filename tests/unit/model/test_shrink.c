#include "forecast/model/shrink.h"

#include "forecast/model/member.h"

enum { ROWS = 8, COLUMNS = 2 };
static const double table[ROWS * COLUMNS] = {0, 1, 1, 0, 2, 1, 3, 0, 4, 2, 5, 0, 6, 1, 7, 3};

static void check(const double *y, const double *beta_expected, double intercept_expected, const double *left_out_expected)
{
    double x[ROWS * COLUMNS], beta[COLUMNS], intercept, left_out[ROWS];
    for (gsize k = 0; k < ROWS * COLUMNS; k++)
        x[k] = table[k];
    g_assert_true(shrink_fit(x, y, ROWS, COLUMNS, beta, &intercept, left_out, NULL));
    for (gsize k = 0; k < COLUMNS; k++)
        g_assert_cmpfloat_with_epsilon(beta[k], beta_expected[k], 1e-6);
    g_assert_cmpfloat_with_epsilon(intercept, intercept_expected, 1e-6);
    for (gsize k = 0; k < ROWS; k++)
        g_assert_cmpfloat_with_epsilon(left_out[k], left_out_expected[k], 1e-6);
}

/* Numbers made with numpy: each row left out in turn, the rest fitted anew by the
 * normal equations under every penalty, the penalty of the least sum of squares taken. */
static void a_clear_effect_is_held_back_little(void)
{
    static const double y[ROWS] = {1, 2.5, 3, 5, 4.5, 8, 8.5, 7}, beta[COLUMNS] = {1.24871882, -1.02596131};
    static const double left_out[ROWS] = {0.8810046994, -0.4945085449, -0.0800706532, -0.4592374979,
                                          -0.0486159211, 0.3052826259, 0.6487242203, -0.7824601258};
    check(y, beta, 1.5929454584759748, left_out);
}

static void a_doubtful_effect_is_held_back_more(void)
{
    static const double y[ROWS] = {2, 1, 4, 0, 3, 1.5, 1, 4}, beta[COLUMNS] = {-0.1102941176, 1.0547385621};
    static const double left_out[ROWS] = {-0.8714285714, -0.4063231850, 2.1909090909, -1.4049676026, -0.0820734341, 1.1338028169, -1.1382978723, 0.5874439462};
    check(y, beta, 1.3937908496732025, left_out);
}

static void an_effect_of_nothing_is_none(void)
{
    double x[ROWS * COLUMNS], y[ROWS], beta[COLUMNS], intercept, left_out[ROWS];
    for (gsize k = 0; k < ROWS * COLUMNS; k++)
        x[k] = table[k];
    for (gsize k = 0; k < ROWS; k++)
        y[k] = 6.0;
    g_assert_true(shrink_fit(x, y, ROWS, COLUMNS, beta, &intercept, left_out, NULL));
    g_assert_cmpfloat_with_epsilon(beta[0], 0.0, 1e-12);
    g_assert_cmpfloat_with_epsilon(intercept, 6.0, 1e-12);
    g_assert_cmpfloat_with_epsilon(left_out[3], 0.0, 1e-12);
}

static void endless_values_are_refused(void)
{
    double x[ROWS * COLUMNS], y[ROWS] = {1, 2, 3, 4, 5, 6, 7, INFINITY}, beta[COLUMNS], intercept, left_out[ROWS];
    for (gsize k = 0; k < ROWS * COLUMNS; k++)
        x[k] = table[k];
    g_autoptr(GError) error = NULL;
    g_assert_false(shrink_fit(x, y, ROWS, COLUMNS, beta, &intercept, left_out, &error));
    g_assert_error(error, MODEL_ERROR, MODEL_ERROR_NUMERIC);
}

/* Rows 0 .. 7 of the table and the first three once more: as eight patterns and as eleven rows. */
static void rows_that_are_alike_count_as_often_as_they_are(void)
{
    enum { MORE = ROWS + 3 };
    static const gsize which[MORE] = {0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2};
    static const double y[MORE] = {1, 2.5, 3, 5, 4.5, 8, 8.5, 7, 1.5, 2, 3.5};
    double x[MORE * COLUMNS], beta[2][COLUMNS], intercept[2], left_out[2][MORE];
    for (gsize r = 0; r < MORE; r++)
        for (gsize k = 0; k < COLUMNS; k++)
            x[r * COLUMNS + k] = table[which[r] * COLUMNS + k];
    g_autoptr(ShrinkDesign) design = shrink_design_new(table, ROWS, COLUMNS, which, MORE, NULL);
    g_assert_true(shrink_design_fit(design, y, beta[0], &intercept[0], left_out[0], NULL));
    g_assert_true(shrink_fit(x, y, MORE, COLUMNS, beta[1], &intercept[1], left_out[1], NULL));
    g_assert_cmpfloat_with_epsilon(intercept[0], intercept[1], 1e-12);
    for (gsize k = 0; k < COLUMNS; k++)
        g_assert_cmpfloat_with_epsilon(beta[0][k], beta[1][k], 1e-12);
    for (gsize r = 0; r < MORE; r++)
        g_assert_cmpfloat_with_epsilon(left_out[0][r], left_out[1][r], 1e-12);
}

/* A second y is answered as if it were the first. */
static void a_design_serves_any_number_of_values(void)
{
    static const double first[ROWS] = {1, 2.5, 3, 5, 4.5, 8, 8.5, 7}, second[ROWS] = {2, 1, 4, 0, 3, 1.5, 1, 4}, expected[COLUMNS] = {-0.1102941176, 1.0547385621};
    double beta[COLUMNS], intercept, left_out[ROWS];
    g_autoptr(ShrinkDesign) design = shrink_design_new(table, ROWS, COLUMNS, NULL, ROWS, NULL);
    g_assert_true(shrink_design_fit(design, first, beta, &intercept, left_out, NULL));
    g_assert_true(shrink_design_fit(design, second, beta, &intercept, left_out, NULL));
    for (gsize k = 0; k < COLUMNS; k++)
        g_assert_cmpfloat_with_epsilon(beta[k], expected[k], 1e-6);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/shrink/a-clear-effect-is-held-back-little", a_clear_effect_is_held_back_little);
    g_test_add_func("/model/shrink/a-doubtful-effect-is-held-back-more", a_doubtful_effect_is_held_back_more);
    g_test_add_func("/model/shrink/an-effect-of-nothing-is-none", an_effect_of_nothing_is_none);
    g_test_add_func("/model/shrink/endless-values-are-refused", endless_values_are_refused);
    g_test_add_func("/model/shrink/rows-that-are-alike-count-as-often-as-they-are", rows_that_are_alike_count_as_often_as_they_are);
    g_test_add_func("/model/shrink/a-design-serves-any-number-of-values", a_design_serves_any_number_of_values);
    return g_test_run();
}
