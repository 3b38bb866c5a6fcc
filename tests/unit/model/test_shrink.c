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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/shrink/a-clear-effect-is-held-back-little", a_clear_effect_is_held_back_little);
    g_test_add_func("/model/shrink/a-doubtful-effect-is-held-back-more", a_doubtful_effect_is_held_back_more);
    g_test_add_func("/model/shrink/an-effect-of-nothing-is-none", an_effect_of_nothing_is_none);
    g_test_add_func("/model/shrink/endless-values-are-refused", endless_values_are_refused);
    return g_test_run();
}
