#include "forecast/model/belief.h"

#include <stdlib.h>
#include <string.h>

enum { HORIZON = 14, MOST = 64 };

static gsize numbers(char **word, double *to)
{
    gsize count = 0;
    for (; *word != NULL; word++)
        to[count++] = g_str_equal(*word, "nan") ? MISSING : g_ascii_strtod(*word, NULL);
    return count;
}

static void near(const double *got, const double *want, gsize n)
{
    for (gsize k = 0; k < n; k++)
        g_assert_cmpfloat_with_epsilon(got[k], want[k], 2e-6 * (1 + fabs(want[k])));
}

/* What golden/make_belief.py works out by matrices, without any recursion.
 * Evidence is known up to a constant: what counts is its difference to the first cell's. */
static void beliefs_are_those_of_the_matrices(void)
{
    g_autofree char *path = g_build_filename(g_getenv("top_srcdir"), "tests/unit/model/golden/belief.txt", NULL);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) line = g_strsplit(text, "\n", -1);
    static const double precision[2] = {0.5, 3.0};
    double z[MOST], extra[2 * MOST], want[MOST], evidence[BELIEF_CELLS], first = 0, first_want = 0;
    double mean[BELIEF_CELLS * HORIZON], scale[BELIEF_CELLS * HORIZON], weight[BELIEF_CELLS];
    gsize n = 0, season = 0, extras = 0, got = 0, cell = 0, cells = 0;
    g_autoptr(Belief) belief = NULL;
    for (char **at = line; *at != NULL; at++) {
        g_auto(GStrv) word = g_strsplit(*at, " ", -1);
        if (word[0] == NULL)
            continue;
        if (g_str_equal(word[0], "case")) {
            n = strtoul(word[2], NULL, 10), season = strtoul(word[3], NULL, 10), extras = strtoul(word[4], NULL, 10);
            g_clear_pointer(&belief, belief_free);
            got = 0;
        } else if (g_str_equal(word[0], "z"))
            g_assert_cmpuint(numbers(word + 1, z), ==, n);
        else if (g_str_equal(word[0], "extra"))
            g_assert_cmpuint(numbers(word + 1, extra + got++ * (n + HORIZON)), ==, n + HORIZON);
        else if (g_str_equal(word[0], "cell")) {
            cell = strtoul(word[1], NULL, 10);
            double said = g_ascii_strtod(word[2], NULL);
            if (belief == NULL) {
                guint8 known[MOST];
                for (gsize t = 0; t < n; t++)
                    known[t] = !isnan(z[t]);
                belief = belief_new(known, n, season, HORIZON, extra, precision, extras);
                belief_weigh(belief, z, evidence);
                first = evidence[cell], first_want = said;
            }
            /* the level's prior is wide: what cancels costs digits */
            g_assert_cmpfloat_with_epsilon(evidence[cell] - first, said - first_want, 1e-4);
            memset(weight, 0, sizeof weight);
            weight[cell] = 1;
            belief_forecast(belief, z, weight, mean, scale);
            cells++;
        } else if (g_str_equal(word[0], "mean")) {
            g_assert_cmpuint(numbers(word + 1, want), ==, HORIZON);
            near(mean + cell * HORIZON, want, HORIZON);
        } else if (g_str_equal(word[0], "scale")) {
            g_assert_cmpuint(numbers(word + 1, want), ==, HORIZON);
            near(scale + cell * HORIZON, want, HORIZON);
        }
    }
    g_assert_cmpuint(cells, ==, 18);
}

/* The last lane of each pattern holds no smoother, and without a season only the first pattern holds any. */
static void empty_cells_are_never_believed(void)
{
    double z[20], evidence[BELIEF_CELLS];
    guint8 known[20];
    for (gsize t = 0; t < 20; t++)
        known[t] = 1, z[t] = sin((double)t);
    for (gsize season = 0; season <= 4; season += 4) {
        g_autoptr(Belief) belief = belief_new(known, 20, season, 3, NULL, NULL, 0);
        belief_weigh(belief, z, evidence);
        for (gsize c = 0; c < BELIEF_CELLS; c++)
            g_assert_true((isinf(evidence[c]) != 0) == (c % BELIEF_LANES == BELIEF_LANES - 1 || (season == 0 && c >= BELIEF_LANES)));
    }
}

/* On what one smoother made, it is believed more than those far from it; its
 * errors are those it was made with. */
static void the_smoother_that_made_a_series_is_found(void)
{
    enum { LENGTH = 400, QUICK = 4 * 3 };
    double z[LENGTH], evidence[BELIEF_CELLS], made[LENGTH], error[LENGTH], level = 0, mean = 0, off = 0;
    guint8 known[LENGTH];
    for (gsize t = 0; t < LENGTH; t++) {
        made[t] = -6.0;
        for (int k = 0; k < 12; k++)
            made[t] += g_test_rand_double();
        known[t] = 1, z[t] = level + made[t], level += 0.6 * made[t], mean += z[t] / LENGTH;
    }
    for (gsize t = 0; t < LENGTH; t++)
        z[t] -= mean;
    g_autoptr(Belief) belief = belief_new(known, LENGTH, 0, 1, NULL, NULL, 0);
    belief_weigh(belief, z, evidence);
    g_assert_cmpfloat(evidence[QUICK], >, evidence[0] + 20); /* speeds 0.6 and 0.01 */
    belief_errors(belief, z, QUICK, error);
    for (gsize t = 20; t < LENGTH; t++)
        off = fmax(off, fabs(error[t] - made[t]));
    g_assert_cmpfloat(off, <, 0.01); /* the start is forgotten */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/belief/beliefs-are-those-of-the-matrices", beliefs_are_those_of_the_matrices);
    g_test_add_func("/model/belief/empty-cells-are-never-believed", empty_cells_are_never_believed);
    g_test_add_func("/model/belief/the-smoother-that-made-a-series-is-found", the_smoother_that_made_a_series_is_found);
    return g_test_run();
}
