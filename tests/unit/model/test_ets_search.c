#include "forecast/model/ets_search.h"

#include <math.h>
#include <string.h>

enum { LENGTH = 60, DAY = 6 };

/* A fixed generator: the same numbers everywhere. */
static double noise(guint64 *state)
{
    double sum = -6;
    for (int k = 0; k < 12; k++) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        sum += (double)(*state >> 11) / 9007199254740992.0;
    }
    return sum;
}

static void invent(guint64 seed, double wave, double drift, double *z)
{
    double level = 10;
    for (gsize t = 0; t < LENGTH; t++) {
        level += drift + 0.3 * noise(&seed);
        z[t] = level + wave * sin(2 * G_PI * (double)t / DAY) + 0.5 * noise(&seed);
    }
}

/* The squared errors of a smoother without a trend, a short one there and back first, in
 * plain C from table 2.2 of Hyndman et al.; the start is the averages of the first six seasons. */
static double squares_of(const double *z, gsize season, double alpha, double gamma)
{
    gsize span = season > 0 ? 6 * season : 10, period = MAX(season, 1);
    double n = 0, st = 0, sz = 0, stt = 0, stz = 0, pattern[DAY] = {0}, mean = 0, squares = 0;
    for (gsize t = 0; t < span; t++)
        n++, st += (double)t, sz += z[t], stt += (double)(t * t), stz += (double)t * z[t];
    double rise = (n * stz - st * sz) / (n * stt - st * st), level = (sz - rise * st) / n;
    if (season == 0) {
        level += rise * 0.5 * (n - 1);
        rise = 0;
    }
    for (gsize t = 0; t < span && season > 0; t++)
        pattern[t % period] += (z[t] - level - rise * (double)t) / 6;
    for (gsize k = 0; k < period; k++)
        mean += pattern[k] / (double)period;
    for (gsize k = 0; k < period; k++)
        pattern[k] -= mean;
    for (int pass = 0; pass < 3; pass++) {
        squares = 0;
        for (gsize k = 0; k < LENGTH; k++) {
            gsize t = pass == 1 ? LENGTH - 1 - k : k;
            double miss = z[t] - level - pattern[t % period];
            level += alpha * miss;
            pattern[t % period] += gamma * miss;
            squares += miss * miss;
        }
        if (LENGTH > 12 * period)
            break;
    }
    return squares;
}

/* n log(squares / n) + 2 k + 2 k (k + 1) / (n - k - 1) */
static double criterion(double squares, double k)
{
    return LENGTH * log(squares / LENGTH) + 2 * k + 2 * k * (k + 1) / (LENGTH - k - 1);
}

/* The least criterion on a fine grid of both patterns without a trend. */
static double least_on_grid(const double *z)
{
    double least = G_MAXDOUBLE;
    for (int a = 1; a < 100; a++) {
        double alpha = a / 100.0;
        least = fmin(least, criterion(squares_of(z, 0, alpha, 0), 3));
        for (int g = 0; g < 50; g++)
            least = fmin(least, criterion(squares_of(z, DAY, alpha, (1 - alpha) * (0.001 + g * 0.019)), 2 + 2 + DAY - 1));
    }
    return least;
}

static void test_grid(void)
{
    const gsize season[2] = {DAY, 0};
    double z[LENGTH];
    for (guint64 seed = 1; seed <= 40; seed++) {
        EtsShape best;
        invent(seed, seed % 2 ? 2 : 0, 0, z);
        g_assert_true(ets_search_best(&best, z, LENGTH, LENGTH, season));
        g_assert_cmpfloat(best.aicc, <, least_on_grid(z) + 0.5);
        g_assert_cmpuint(best.season[0], ==, seed % 2 ? DAY : 0);
        if (!best.trend) {
            double own = squares_of(z, best.season[0], best.alpha, best.gamma[0]);
            g_assert_cmpfloat_with_epsilon(best.aicc, criterion(own, best.season[0] > 0 ? 9 : 3), 1e-6);
        }
    }
}

static void test_repeatable(void)
{
    const gsize season[2] = {DAY, 3 * DAY};
    double z[LENGTH];
    EtsShape first, second;
    invent(7, 2, 0.2, z);
    memset(&first, 0, sizeof first);
    memset(&second, 0, sizeof second);
    g_assert_true(ets_search_best(&first, z, LENGTH, LENGTH, season));
    g_assert_true(ets_search_best(&second, z, LENGTH, LENGTH, season));
    g_assert_cmpmem(&first, sizeof first, &second, sizeof second);
}

static void test_not_finite(void)
{
    const gsize season[2] = {0, 0};
    const double z[] = {1e200, -1e200, 1e200, -1e200, 1e200};
    EtsShape best;
    g_assert_false(ets_search_best(&best, z, G_N_ELEMENTS(z), G_N_ELEMENTS(z), season));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/ets-search/no-point-of-a-fine-grid-is-better", test_grid);
    g_test_add_func("/model/ets-search/the-same-again", test_repeatable);
    g_test_add_func("/model/ets-search/squares-that-are-not-finite", test_not_finite);
    return g_test_run();
}
