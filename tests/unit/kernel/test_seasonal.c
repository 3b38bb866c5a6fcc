#include "forecast/kernel/seasonal.h"

#include <string.h>

enum { LANES = SEASONAL_LANES, SHORT = 3, LONG = 7, STEPS = 40 };

typedef struct {
    SeasonalRates rates;
    SeasonalState state;
    double memory[(SHORT + LONG) * LANES], z[STEPS];
} Fixture;

static double between(double low, double high)
{
    return g_test_rand_double_range(low, high);
}

static void set_up(Fixture *f, gconstpointer data)
{
    for (gsize lane = 0; lane < LANES; lane++) {
        f->rates.alpha[lane] = between(0, 1);
        f->rates.beta[lane] = between(0, .5);
        f->rates.phi[lane] = between(.8, 1);
        f->rates.gamma[0][lane] = lane % 2 ? between(0, .5) : 0;
        f->rates.gamma[1][lane] = lane % 4 > 1 ? between(0, .5) : 0;
        f->state.level[lane] = between(-1, 1);
        f->state.slope[lane] = between(-1, 1);
    }
    f->state.pattern[0] = f->memory;
    f->state.pattern[1] = f->memory + SHORT * LANES;
    for (gsize k = 0; k < G_N_ELEMENTS(f->memory); k++)
        f->memory[k] = between(-1, 1);
    for (gsize t = 0; t < STEPS; t++)
        f->z[t] = t % 11 == 4 ? (double)NAN : between(-3, 3);
}

/* Table 2.2 as it is printed, for one lane. */
static void run_lane(const Fixture *f, gsize lane, gboolean backwards, double state[2], double *fast, double *slow, double *squares)
{
    for (gsize k = 0; k < STEPS; k++) {
        gsize t = backwards ? STEPS - 1 - k : k;
        double drift = f->rates.phi[lane] * state[1], said = state[0] + drift + fast[t % SHORT] + slow[t % LONG];
        double error = isnan(f->z[t]) ? 0 : f->z[t] - said;
        state[0] = state[0] + drift + f->rates.alpha[lane] * error;
        state[1] = drift + f->rates.beta[lane] * error;
        fast[t % SHORT] += f->rates.gamma[0][lane] * error;
        slow[t % LONG] += f->rates.gamma[1][lane] * error;
        *squares += error * error;
    }
}

static void assert_near(double a, double b)
{
    g_assert_cmpfloat_with_epsilon(a, b, 1e-9 * (1 + fabs(b)));
}

static void test_recursion(Fixture *f, gconstpointer backwards)
{
    Fixture before = *f;
    double squares[LANES];
    const gsize period[2] = {SHORT, LONG};
    seasonal_run(&f->rates, period, f->z, STEPS, GPOINTER_TO_INT(backwards), &f->state, squares);
    for (gsize lane = 0; lane < LANES; lane++) {
        double state[2] = {before.state.level[lane], before.state.slope[lane]}, fast[SHORT], slow[LONG], sum = 0;
        for (gsize k = 0; k < SHORT; k++)
            fast[k] = before.memory[k * LANES + lane];
        for (gsize k = 0; k < LONG; k++)
            slow[k] = before.memory[(SHORT + k) * LANES + lane];
        run_lane(&before, lane, GPOINTER_TO_INT(backwards), state, fast, slow, &sum);
        assert_near(f->state.level[lane], state[0]);
        assert_near(f->state.slope[lane], state[1]);
        assert_near(squares[lane], sum);
        for (gsize k = 0; k < SHORT; k++)
            assert_near(f->state.pattern[0][k * LANES + lane], fast[k]);
        for (gsize k = 0; k < LONG; k++)
            assert_near(f->state.pattern[1][k * LANES + lane], slow[k]);
    }
}

static void test_nothing(Fixture *f, gconstpointer data)
{
    Fixture before = *f;
    double squares[LANES];
    const gsize period[2] = {1, 1};
    seasonal_run(&f->rates, period, f->z, 0, TRUE, &f->state, squares);
    for (gsize lane = 0; lane < LANES; lane++) {
        g_assert_cmpfloat(squares[lane], ==, 0);
        g_assert_cmpfloat(f->state.level[lane], ==, before.state.level[lane]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/kernel/seasonal/each-lane-follows-the-recursion", Fixture, GINT_TO_POINTER(FALSE), set_up, test_recursion, NULL);
    g_test_add("/kernel/seasonal/and-back-again", Fixture, GINT_TO_POINTER(TRUE), set_up, test_recursion, NULL);
    g_test_add("/kernel/seasonal/no-step-changes-nothing", Fixture, NULL, set_up, test_nothing, NULL);
    return g_test_run();
}
