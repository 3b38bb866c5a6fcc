#include "forecast/model/prior.h"

#include "forecast/model/prior_count.h"
#include "forecast/model/prior_flow.h"

#include <string.h>

enum { DRAWS = 40000, HOUSES = 12 };

static Calendar *calendar(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *holidays = calendar_holiday_file("US", &error);
    g_assert_no_error(error);
    Calendar *us = calendar_new("UTC", holidays, &error);
    g_assert_no_error(error);
    return us;
}

static gsl_rng *generator(void)
{
    gsl_rng *chance = gsl_rng_alloc(gsl_rng_mt19937);
    gulong seed = (gulong)g_test_rand_int_range(1, G_MAXINT32);
    g_test_message("seed %lu", seed);
    gsl_rng_set(chance, seed);
    return chance;
}

/* ------------------------------------------------------------------ counts */

/* Poisson: variance = mean; negative binomial: mean + various mean^2; even: (even mean)^2 and 1/12 of rounding.
 * The sample variance of n values of excess kurtosis k has a standard deviation of about sqrt((2 + k) / n) of itself. */
static void test_counts(void)
{
    const struct {
        PriorCount counting;
        double mean, variance, kurtosis;
    } row[] = {
        {{0, 0}, 0.3, 0.3, 1 / 0.3}, {{0, 0}, 12, 12, 1.0 / 12}, {{0, 0}, 30000, 30000, 0},
        {{0.1, 0}, 20, 20 + 0.1 * 400, 1}, {{0.3, 0}, 2, 2 + 0.3 * 4, 3}, {{0, 0.05}, 500, 625 + 1.0 / 12, 0},
    };
    gsl_rng *chance = generator();
    for (gsize k = 0; k < G_N_ELEMENTS(row); k++) {
        double sum = 0, squares = 0;
        for (int j = 0; j < DRAWS; j++) {
            double y = prior_count(chance, &row[k].counting, row[k].mean);
            g_assert_cmpfloat(y, >=, 0);
            g_assert_cmpfloat(y, ==, floor(y));
            sum += y;
            squares += (y - row[k].mean) * (y - row[k].mean);
        }
        double mean = sum / DRAWS, variance = squares / DRAWS;
        g_assert_cmpfloat(fabs(mean - row[k].mean), <, 5 * sqrt(row[k].variance / DRAWS));
        g_assert_cmpfloat(fabs(variance / row[k].variance - 1), <, 5 * sqrt((2 + row[k].kurtosis) / DRAWS) + 0.002);
    }
    gsl_rng_free(chance);
}

/* ------------------------------------------------------------------ rates */

/* 2024-01-01 is Monday, day 19723: a rate of 10 a day with half of it on Sundays, doubled from day 21 on. */
static void test_parts(void)
{
    g_autoptr(Calendar) us = calendar();
    double eta[2][28 * 24], effect[7] = {[6] = log(0.5)};
    for (int hours = 0; hours < 2; hours++) {
        PriorSpan span = {us, hours, 19723, hours ? 28 * 24 : 28};
        gsize each = hours ? 24 : 1;
        for (gsize t = 0; t < span.steps; t++)
            eta[hours][t] = log(10);
        prior_rate_add_week(&span, effect, eta[hours]);
        prior_rate_add_step(&span, 21 * each, log(2), eta[hours]);
        for (gsize t = 0; t < span.steps; t++) {
            gsize day = t / each;
            g_assert_cmpfloat_with_epsilon(exp(eta[hours][t]), 10 * (day % 7 == 6 ? 0.5 : 1) * (day >= 21 ? 2 : 1), 1e-9);
        }
    }
}

static double mean_exp(const double *eta, gsize n)
{
    double sum = 0;
    for (gsize t = 0; t < n; t++)
        sum += exp(eta[t]);
    return sum / (double)n;
}

/* The mean of many wards is about what was asked for, hours add up to days, and
 * weekends are quieter in more wards than not. */
static void test_wards(void)
{
    enum { WARDS = 150, DAYS = 364 };
    g_autoptr(Calendar) us = calendar();
    gsl_rng *chance = generator();
    g_autofree double *eta = g_new(double, DAYS * 24);
    for (int hours = 0; hours < 2; hours++) {
        PriorSpan span = {us, hours, 19723, hours ? DAYS * 24 : DAYS};
        double log_mean = 0;
        int quiet = 0;
        for (int ward = 0; ward < WARDS; ward++) {
            prior_rate_ward(chance, &span, 50, eta);
            log_mean += log(mean_exp(eta, span.steps) * (hours ? 24 : 1));
            double weekend = 0, working = 0;
            for (gsize t = 0; t < span.steps; t++)
                *(t / (hours ? 24 : 1) % 7 >= 5 ? &weekend : &working) += exp(eta[t]);
            quiet += weekend / 2 < working / 5;
        }
        g_assert_cmpfloat_with_epsilon(log_mean / WARDS, log(50), 0.3);
        g_assert_cmpint(quiet, >, WARDS / 2);
        g_assert_cmpint(quiet, <, WARDS); /* not in all: emergencies know no weekend */
    }
    gsl_rng_free(chance);
}

/* From trough to peak an epidemic grows at least tenfold, and a day is much like the day before. */
static void test_epidemics(void)
{
    enum { DAYS = 3 * 365 };
    g_autoptr(Calendar) us = calendar();
    gsl_rng *chance = generator();
    double eta[DAYS];
    for (int k = 0; k < 40; k++) {
        PriorSpan span = {us, FALSE, 18000 + k, DAYS};
        prior_rate_epidemic(chance, &span, 100, eta);
        double least = (double)INFINITY, most = -(double)INFINITY;
        for (gsize t = 0; t < DAYS; t++) {
            g_assert_true(isfinite(eta[t]));
            least = MIN(least, eta[t]);
            most = MAX(most, eta[t]);
        }
        g_assert_cmpfloat(most - least, >, log(10));
        g_assert_cmpfloat(most, <, log(100) + 5);
    }
    gsl_rng_free(chance);
}

/* ------------------------------------------------------------------ flow */

/* Who is there is who was there, plus who came, less who left; nobody lies in a bed that is not. */
static void test_flow(void)
{
    g_autoptr(Calendar) us = calendar();
    gsl_rng *chance = generator();
    int roomy = 0;
    for (int k = 0; k < HOUSES; k++) {
        gboolean hours = k % 2;
        PriorSpan span = {us, hours, 19000, hours ? 60 * 24 : 400};
        g_autoptr(PriorFlow) flow = prior_flow_new(chance, &span);
        double before = MISSING, diverted = 0, admitted = 0;
        for (gsize t = 0; t < flow->steps; t++) {
            double now = 0;
            for (gsize w = 0; w < flow->wards; w++) {
                g_assert_cmpfloat(flow->census[w][t], >=, 0);
                g_assert_cmpfloat(flow->census[w][t], <=, (double)flow->beds[w]);
                now += flow->census[w][t];
            }
            g_assert_cmpfloat(flow->diverted[t], >=, 0);
            if (t > 0)
                g_assert_cmpfloat(now, ==, before + flow->admissions[t] - flow->discharges[t]);
            before = now;
            diverted += flow->diverted[t];
            admitted += flow->admissions[t];
        }
        g_assert_cmpfloat(admitted, >, 0);
        roomy += diverted < 0.1 * admitted;
    }
    g_assert_cmpint(roomy, >=, HOUSES / 3); /* some are full for long, not most */
    gsl_rng_free(chance);
}

/* ------------------------------------------------------------------ series */

static Series *named(GPtrArray *series, guint from, const char *what)
{
    for (guint k = from; k < series->len; k++)
        if (g_str_has_suffix(((Series *)series->pdata[k])->id, what))
            return series->pdata[k];
    return NULL;
}

/* The same law holds of the series that are handed out, by hours and days; by weeks the wards add up but for rounding. */
static void test_linked(void)
{
    g_autoptr(Calendar) us = calendar();
    for (Grain grain = GRAIN_HOUR; grain <= GRAIN_WEEK; grain++) {
        PriorOptions options = {grain, us, 3, 200, TRUE};
        guint houses = 0;
        for (guint64 number = 0; houses < 4; number++) {
            if (prior_kind(&options, number) != PRIOR_HOUSE)
                continue;
            houses++;
            g_autoptr(GPtrArray) series = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
            prior_hospital(&options, number, series);
            const Series *in = named(series, 0, "/admissions"), *out = named(series, 0, "/discharges"), *census = named(series, 0, "/census");
            for (gsize t = 1; t < 200 && grain != GRAIN_WEEK; t++)
                g_assert_cmpfloat(census->value[t], ==, census->value[t - 1] + in->value[t] - out->value[t]);
            for (gsize t = 0; t < 200; t++) {
                double wards = 0;
                for (guint k = 3; k + 1 < series->len; k++)
                    wards += ((Series *)series->pdata[k])->value[t];
                g_assert_cmpfloat(fabs(wards - census->value[t]), <=, grain == GRAIN_WEEK ? 0.5 * (series->len - 3) : 0);
            }
        }
    }
}

static void test_series(void)
{
    g_autoptr(Calendar) us = calendar();
    const gsize length[GRAINS] = {600, 400, 200, 120};
    for (Grain grain = 0; grain < GRAINS; grain++) {
        PriorOptions options = {grain, us, 11, length[grain], FALSE};
        g_autoptr(GPtrArray) series = prior_series(&options, 120), again = prior_series(&options, 120);
        options.seed++;
        g_autoptr(GPtrArray) other = prior_series(&options, 120);
        g_assert_cmpuint(series->len, ==, 120);
        guint holes = 0, different = 0;
        for (guint k = 0; k < series->len; k++) {
            const Series *s = series->pdata[k], *same = again->pdata[k], *not = other->pdata[k];
            g_assert_cmpuint(s->length, ==, length[grain]);
            g_assert_cmpint(s->grain, ==, grain);
            g_assert_cmpmem(s->value, s->length * sizeof(double), same->value, same->length * sizeof(double));
            different += memcmp(s->value, not->value, s->length * sizeof(double)) != 0;
            holes += series_known(s) < s->length;
            for (gsize t = 0; t < s->length; t++)
                g_assert_true(isnan(s->value[t]) || (s->value[t] >= 0 && s->value[t] == floor(s->value[t])));
        }
        g_assert_cmpuint(different, ==, 120);
        g_assert_cmpuint(holes, >, 4);
        g_assert_cmpuint(holes, <, 60);
    }
}

/* Hospital 7 is the same whether those before it are made or not. */
static void test_numbered(void)
{
    g_autoptr(Calendar) us = calendar();
    PriorOptions options = {GRAIN_DAY, us, 5, 100, FALSE};
    g_autoptr(GPtrArray) alone = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    prior_hospital(&options, 7, alone);
    guint from = 0;
    for (guint64 number = 0; number <= 7; number++) {
        from = all->len;
        prior_hospital(&options, number, all);
    }
    g_assert_cmpuint(all->len - from, ==, alone->len);
    const Series *one = alone->pdata[0], *two = all->pdata[from];
    g_assert_cmpstr(one->id, ==, two->id);
    g_assert_cmpmem(one->value, one->length * sizeof(double), two->value, two->length * sizeof(double));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/prior/counts-have-the-mean-and-variance-of-their-law", test_counts);
    g_test_add_func("/model/prior/weekdays-and-steps-multiply-the-rate", test_parts);
    g_test_add_func("/model/prior/wards-keep-their-size-and-mostly-their-weekend", test_wards);
    g_test_add_func("/model/prior/epidemics-come-in-waves", test_epidemics);
    g_test_add_func("/model/prior/no-patient-is-lost-and-no-bed-invented", test_flow);
    g_test_add_func("/model/prior/the-series-of-a-house-are-of-one-piece", test_linked);
    g_test_add_func("/model/prior/a-seed-tells-every-record", test_series);
    g_test_add_func("/model/prior/a-hospital-owes-nothing-to-the-others", test_numbered);
    return g_test_run();
}
