#include "forecast/judge/drift.h"

#include "forecast/model/draw.h"

#include <gsl/gsl_cdf.h>
#include <string.h>

/* A diary of forecasts that are right until something happens. */
typedef struct {
    guint64 seed, stream;
    gsize steps;        /* scored a day; 24 move together by half */
    double resemblance; /* of one day to the next */
    double poisson;     /* mean of a count, 0 = a normal */
    gsize from;         /* day of the change */
    double shift, stretch; /* in standard deviations; times the spread (1 = none) */
    double skew;        /* truths drawn towards one side without a new mean */
} World;

static double normal(const World *w, gsize k)
{
    return gsl_cdf_ugaussian_Pinv(CLAMP(draw_uniform(w->seed, w->stream, k), 1e-12, 1 - 1e-12));
}

static double pinball(const double *quantile, double y)
{
    double sum = 0;
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++) {
        double off = y - quantile[k];
        sum += MAX(outlook_level[k] * off, (outlook_level[k] - 1) * off);
    }
    return sum / OUTLOOK_LEVELS;
}

/* The forecast in its own units, and the truth that a normal score means. */
static double truth_of(const World *w, double z, double *quantile)
{
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
        quantile[k] = w->poisson > 0 ? w->poisson + sqrt(w->poisson) * outlook_probit[k] : outlook_probit[k];
    return w->poisson > 0 ? MAX(round(w->poisson + sqrt(w->poisson) * z), 0) : z;
}

static DriftDay *live(const World *w, gsize days)
{
    DriftDay *day = g_new0(DriftDay, days);
    double common = 0, quantile[OUTLOOK_LEVELS];
    for (gsize t = 0, k = 0; t < days; t++) {
        double fresh = normal(w, k++);
        common = t == 0 ? fresh : w->resemblance * common + sqrt(1 - w->resemblance * w->resemblance) * fresh;
        day[t] = (DriftDay){.day = 19000 + (gint64)t, .sound = TRUE, .model = 1};
        for (gsize s = 0; s < w->steps; s++) {
            double z = w->steps == 1 ? common : sqrt(0.5) * common + sqrt(0.5) * normal(w, k++);
            if (t >= w->from) {
                z = w->skew > 0 ? (z < 0 ? z : z * w->skew) - 0.4 * (w->skew - 1) : z;
                z = w->stretch * z + w->shift;
            }
            double y = truth_of(w, z, quantile), own = w->poisson > 0 ? (y - w->poisson) / sqrt(w->poisson) : z;
            day[t].loss += pinball(quantile, y) / drift_expected_loss(quantile) / (double)w->steps;
            day[t].inside += (y >= quantile[2] && y <= quantile[10] ? 1.0 : 0.0) / (double)w->steps;
            day[t].score = s == 0 ? CLAMP(own, -5, 5) : day[t].score;
            day[t].pit = gsl_cdf_ugaussian_P(own);
        }
    }
    return day;
}

static guint alarms_in(const DriftDay *day, gsize days)
{
    DriftVerdict verdict;
    drift_judge(day, days, GRAIN_DAY, &verdict);
    guint alarms = verdict.alarms;
    drift_verdict_clear(&verdict);
    return alarms;
}

enum { SERIES = 100, YEARS = 4, QUIET = 200 };

static double false_alarms(World w, gsize series)
{
    guint alarms = 0;
    w.from = G_MAXSIZE;
    for (w.stream = 0; w.stream < series; w.stream++) {
        g_autofree DriftDay *day = live(&w, 365 * YEARS);
        alarms += alarms_in(day, 365 * YEARS);
    }
    return (double)alarms / (double)(series * YEARS);
}

/* One alarm a year at most for daily counts, hours that move together, days that
 * resemble each other, and rounded counts. */
static void test_false_alarms(void)
{
    const guint64 seed = 20260301; /* always the same lives: rates of rare alarms differ much between seeds */
    const struct {
        const char *name;
        World world;
    } row[] = {
        {"days", {.steps = 1}},
        {"days that resemble each other", {.steps = 1, .resemblance = 0.3}},
        {"hours", {.steps = 24, .resemblance = 0.3}},
        {"hours of days that resemble each other much", {.steps = 24, .resemblance = 0.5}},
        {"small counts", {.steps = 1, .poisson = 9}},
    };
    for (gsize k = 0; k < G_N_ELEMENTS(row); k++) {
        World w = row[k].world;
        w.seed = seed;
        w.stretch = 1;
        double rate = false_alarms(w, SERIES);
        g_test_message("%s: %.2f false alarms per series and year (seed %" G_GUINT64_FORMAT ")", row[k].name, rate, seed);
        g_assert_cmpfloat(rate, <=, 1);
    }
}

/* Days from the change to the alarm; QUIET when it takes longer. */
static gsize delay_of(const World *w, DriftVerdict *verdict)
{
    g_autofree DriftDay *day = live(w, 2 * QUIET);
    guint before = alarms_in(day, w->from);
    for (gsize t = w->from + 1; t <= 2 * QUIET; t++) {
        drift_verdict_clear(verdict);
        drift_judge(day, t, GRAIN_DAY, verdict);
        if (verdict->alarms > before)
            return t - w->from;
    }
    return QUIET;
}

static int ascending(const void *a, const void *b)
{
    gsize x = *(const gsize *)a, y = *(const gsize *)b;
    return (x > y) - (x < y);
}

typedef struct {
    const char *name;
    World world;
    gsize most;       /* median delay in days */
    DriftCause cause; /* named more often than others would be by chance */
} Change;

static void test_delays(void)
{
    enum { TRIES = 45 };
    const guint64 seed = 20260301; /* always the same lives: rates of rare alarms differ much between seeds */
    const Change row[] = {
        {"a level up by five standard deviations", {.steps = 24, .resemblance = 0.3, .shift = 5, .stretch = 1}, 3, DRIFT_LEVEL},
        {"a level up by one and a half", {.steps = 1, .shift = 1.5, .stretch = 1}, 15, DRIFT_LEVEL},
        {"a level down by one and a half", {.steps = 1, .shift = -1.5, .stretch = 1}, 15, DRIFT_LEVEL},
        {"errors three times as large", {.steps = 24, .stretch = 3}, 10, DRIFT_LOSS},
        {"errors half as large", {.steps = 24, .stretch = 0.5}, 60, DRIFT_COVERAGE},
    };
    for (gsize k = 0; k < G_N_ELEMENTS(row); k++) {
        gsize delay[TRIES], named = 0;
        World w = row[k].world;
        w.seed = seed;
        w.from = QUIET;
        for (w.stream = 0; w.stream < TRIES; w.stream++) {
            DriftVerdict verdict = {0};
            delay[w.stream] = delay_of(&w, &verdict);
            named += verdict.cause == row[k].cause;
            drift_verdict_clear(&verdict);
        }
        qsort(delay, TRIES, sizeof *delay, ascending);
        g_test_message("%s: alarm after %zu days (half of the cases), %zu (nine in ten), named %s in %zu of %d (seed %" G_GUINT64_FORMAT ")", row[k].name,
                       delay[TRIES / 2], delay[TRIES * 9 / 10], drift_cause_name(row[k].cause), named, TRIES, seed);
        g_assert_cmpuint(delay[TRIES / 2], <=, row[k].most);
        g_assert_cmpuint(named, >, TRIES / 4);
    }
}

/* Every day half a step off: no cumulative sum works on more than its slack. */
static void test_shape(void)
{
    enum { DAYS = 120 };
    DriftDay day[DAYS] = {{0}};
    for (gsize t = 0; t < DAYS; t++)
        day[t] = (DriftDay){.day = 19000 + (gint64)t, .loss = 1, .score = t % 2 ? 0.3 : -0.3, .inside = 0.8, .sound = TRUE,
                            .pit = t < 60 ? (double)(t % 20) / 20 + 0.025 : (double)(t % 10) / 20 + 0.275};
    DriftVerdict verdict;
    drift_judge(day, 60, GRAIN_DAY, &verdict);
    g_assert_cmpint(verdict.cause, ==, DRIFT_NONE);
    g_assert_null(verdict.sentence);
    drift_verdict_clear(&verdict);
    drift_judge(day, DAYS, GRAIN_DAY, &verdict);
    g_assert_cmpuint(verdict.alarms, ==, 0); /* the middle half only: a distance of 0.275, or 2.13 times the root of 60 */
    drift_verdict_clear(&verdict);
    for (gsize t = 60; t < DAYS; t++)
        day[t].pit = (double)(t % 10) / 20 + 0.5;
    for (gsize t = 60; t <= DAYS; t++) {
        drift_verdict_clear(&verdict);
        drift_judge(day, t, GRAIN_DAY, &verdict);
        if (verdict.alarms > 0)
            break;
    }
    g_assert_cmpint(verdict.cause, ==, DRIFT_SHAPE);
    g_assert_cmpint(verdict.action, ==, DRIFT_RECALIBRATE);
    drift_verdict_clear(&verdict);
}

/* 30 days teach, then a score of 2 adds 1.5 a day: 9 is reached on the 6th and passed on the 7th.  The loss stays as it is. */
static DriftDay *shifted(gsize days)
{
    DriftDay *day = g_new0(DriftDay, days);
    for (gsize t = 0; t < days; t++)
        day[t] = (DriftDay){.day = 19000 + (gint64)t, .loss = 1, .score = t < 40 ? 0 : 2, .inside = 0.8, .pit = MISSING, .sound = TRUE, .model = 1};
    return day;
}

static void test_words(void)
{
    g_autofree DriftDay *day = shifted(120);
    DriftVerdict verdict;
    g_assert_cmpuint(alarms_in(day, 46), ==, 0);
    drift_judge(day, 47, GRAIN_DAY, &verdict);
    g_assert_cmpint(verdict.cause, ==, DRIFT_LEVEL);
    g_assert_cmpint(verdict.action, ==, DRIFT_REFIT);
    g_assert_cmpint(verdict.day, ==, 19046);
    g_assert_cmpint(verdict.since, ==, 19040);
    g_assert_cmpstr(verdict.sentence, ==, "what came has been above the forecasts since about 2022-02-17: the level has shifted");
    g_assert_false(verdict.answered);
    drift_verdict_clear(&verdict);
    day[45 + 3].model = 2;
    drift_judge(day, 49, GRAIN_DAY, &verdict);
    g_assert_true(verdict.answered);
    drift_verdict_clear(&verdict);
}

/* The shift goes on: after two weeks of silence it takes seven days again, and
 * each further alarm asks for the next step. */
static void test_ladder(void)
{
    g_autofree DriftDay *day = shifted(120);
    DriftVerdict verdict;
    g_assert_cmpuint(alarms_in(day, 66), ==, 1);
    drift_judge(day, 67, GRAIN_DAY, &verdict); /* 46 + 14 days of silence, then seven */
    g_assert_cmpuint(verdict.alarms, ==, 2);
    g_assert_cmpint(verdict.action, ==, DRIFT_TUNE);
    drift_verdict_clear(&verdict);
    drift_judge(day, 115, GRAIN_DAY, &verdict); /* 46, 66, 86, 106 */
    g_assert_cmpuint(verdict.alarms, ==, 4);
    g_assert_cmpint(verdict.action, ==, DRIFT_RETRAIN);
    drift_verdict_clear(&verdict);
    for (gsize t = 60; t < 120; t++)
        day[t].score = 0;
    drift_judge(day, 61, GRAIN_DAY, &verdict); /* two weeks after the alarm */
    g_assert_cmpint(verdict.cause, ==, DRIFT_NONE);
    g_assert_cmpuint(verdict.alarms, ==, 1);
    drift_verdict_clear(&verdict);
}

static void test_data(void)
{
    g_autofree DriftDay *day = shifted(60);
    DriftVerdict verdict;
    for (gsize t = 40; t < 60; t++)
        day[t].sound = FALSE;
    drift_judge(day, 60, GRAIN_DAY, &verdict);
    g_assert_cmpint(verdict.cause, ==, DRIFT_DATA);
    g_assert_cmpint(verdict.action, ==, DRIFT_WAIT);
    g_assert_cmpuint(verdict.alarms, ==, 0);
    g_assert_nonnull(strstr(verdict.sentence, "late or stuck since 2022-03-02"));
    drift_verdict_clear(&verdict);
    drift_judge(day, 0, GRAIN_DAY, &verdict);
    g_assert_cmpint(verdict.cause, ==, DRIFT_NONE);
}

static void test_missing(void)
{
    g_autofree DriftDay *day = shifted(100);
    for (gsize t = 0; t < 100; t++)
        day[t].loss = day[t].score = day[t].inside = MISSING;
    g_assert_cmpuint(alarms_in(day, 100), ==, 0);
}

static void test_stuck(void)
{
    double value[60];
    for (gsize t = 0; t < 60; t++)
        value[t] = 20 + (double)(t * 7 % 5);
    g_assert_false(drift_stuck(value, 60, 7));
    for (gsize t = 54; t < 60; t++)
        value[t] = 23;
    g_assert_false(drift_stuck(value, 60, 7)); /* six days of a season of seven */
    for (gsize t = 50; t < 60; t++)
        value[t] = t == 55 ? MISSING : 23;
    g_assert_true(drift_stuck(value, 60, 7));
    for (gsize t = 20; t < 27; t++)
        value[t] = 21; /* it has stood still for a week before */
    g_assert_false(drift_stuck(value, 60, 7));
    for (gsize t = 45; t < 60; t++)
        value[t] = 0;
    g_assert_false(drift_stuck(value, 60, 7));
    g_assert_false(drift_stuck(value, 0, 7));
}

/* A sure forecast expects no loss; of two outcomes 0 and 1 split at the median each
 * level p costs (1 - p) / 2 or p / 2 against the other half. */
static void test_expected(void)
{
    double quantile[OUTLOOK_LEVELS] = {0}, sum = 0;
    g_assert_cmpfloat(drift_expected_loss(quantile), ==, 0);
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++) {
        quantile[k] = k > OUTLOOK_MEDIAN ? 1 : 0;
        /* P(Y = 1) = 0.45: the quantiles above the median stand for the levels above .55 */
        sum += k > OUTLOOK_MEDIAN ? 0.55 * (1 - outlook_level[k]) : 0.45 * outlook_level[k];
    }
    g_assert_cmpfloat(fabs(drift_expected_loss(quantile) - sum / OUTLOOK_LEVELS), <, 1e-12);
}

/* 26 weeks teach, then a score of 2 adds 1.5 a week; the alarm stands for four weeks
 * and names the Monday of its week.  Of months 12 teach. */
static void test_longer_grains(void)
{
    DriftDay line[60] = {{0}};
    DriftVerdict verdict;
    for (gsize t = 0; t < 60; t++)
        line[t] = (DriftDay){.day = 2700 + (gint64)t, .loss = 1, .score = t < 30 ? 0 : 2, .inside = 0.8, .pit = MISSING, .sound = TRUE, .model = 1};
    drift_judge(line, 36, GRAIN_WEEK, &verdict);
    g_assert_cmpuint(verdict.alarms, ==, 0);
    drift_judge(line, 37, GRAIN_WEEK, &verdict);
    g_assert_cmpint(verdict.cause, ==, DRIFT_LEVEL);
    g_assert_cmpint(verdict.since, ==, 2730);
    g_assert_nonnull(strstr(verdict.sentence, "since about 2022-04-25:")); /* Monday 1969-12-29 + 2730 weeks */
    drift_verdict_clear(&verdict);
    for (gsize t = 37; t < 60; t++)
        line[t].score = 0;
    drift_judge(line, 40, GRAIN_WEEK, &verdict);
    g_assert_cmpint(verdict.cause, ==, DRIFT_LEVEL);
    drift_verdict_clear(&verdict);
    drift_judge(line, 41, GRAIN_WEEK, &verdict);
    g_assert_cmpint(verdict.cause, ==, DRIFT_NONE);
    g_assert_cmpuint(verdict.alarms, ==, 1);
    for (gsize t = 0; t < 60; t++)
        line[t] = (DriftDay){.day = 600 + (gint64)t, .loss = 1, .score = t < 13 ? 0 : -2, .inside = 0.8, .pit = MISSING, .sound = TRUE, .model = 1};
    drift_judge(line, 20, GRAIN_MONTH, &verdict);
    g_assert_cmpint(verdict.cause, ==, DRIFT_LEVEL);
    g_assert_nonnull(strstr(verdict.sentence, "below the forecasts since about 2021-02-01:")); /* month 613 */
    drift_verdict_clear(&verdict);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/judge/drift/chance-alone-raises-one-alarm-a-year-at-most", test_false_alarms);
    g_test_add_func("/judge/drift/changes-are-seen-soon-and-named", test_delays);
    g_test_add_func("/judge/drift/truths-spread-otherwise-are-seen", test_shape);
    g_test_add_func("/judge/drift/an-alarm-says-what-and-since-when", test_words);
    g_test_add_func("/judge/drift/an-alarm-that-comes-back-asks-for-more", test_ladder);
    g_test_add_func("/judge/drift/weeks-and-months-are-told-by-their-own-lines", test_longer_grains);
    g_test_add_func("/judge/drift/doubtful-data-accuse-no-model", test_data);
    g_test_add_func("/judge/drift/what-is-not-known-raises-no-alarm", test_missing);
    g_test_add_func("/judge/drift/a-feed-that-repeats-itself-is-stuck", test_stuck);
    g_test_add_func("/judge/drift/the-expected-loss-is-that-of-the-quantiles", test_expected);
    return g_test_run();
}
