/* bench_coherent -- what does it cost or gain to let wards add up, and patients come from somewhere?
 *
 *   bench_coherent FILE.csv[.gz] TOTAL [HORIZON [ORIGINS [STRIDE [MEMBERS [COUNTRY [ZONE]]]]]]
 *
 * FILE (coherent.py writes one of a simulated hospital) has series UNIT/MEASURE; the series TOTAL/MEASURE are the sums over the units.
 * Trains on what lies before the first of ORIGINS origins (usual: 57) STRIDE steps apart
 * (usual: 73), forecasts HORIZON steps (usual: 72) from each, and scores each measure of
 * the units and of the total as the members have it and as it is published: reconciled,
 * balanced, and the total read off the sums of 2,000 joint paths.  Then it looks how often the
 * most of a shift of 8 steps and of all steps lies within the limits of the paths.
 * Standard errors are those of origins.  It prints and never fails. */
#include "connectors/in/csv_series.h"
#include "daemon/balance.h"
#include "daemon/engine/engine.h"
#include "daemon/totals.h"

#include <string.h>

enum { PATHS = 2000, SHIFT = 8, SHARES = 4, LEVEL_LOW = 2, LEVEL_HIGH = 10 };
static const double share[SHARES] = {.5, .8, .9, .95};

/* Of one origin, one measure, units or total, before or after. */
typedef struct {
    double pinball, inside, steps;
    double windows[2], held[2][SHARES]; /* of a shift, of all steps */
} Tally;

typedef struct {
    Backtest *backtest;
    Release *release;
    const GPtrArray *all;
    GPtrArray *measures;  /* char* */
    SnapshotSeries *snap; /* [series] */
    gsize horizon, origins;
    Tally *tally;         /* [origins][measures][2: units, total][2: before, after] */
} Bench;

static Tally *tally_of(const Bench *bench, gsize origin, gsize s, int after)
{
    guint m = 0;
    while (!g_str_equal(g_ptr_array_index(bench->measures, m), bench->snap[s].measure))
        m++;
    return &bench->tally[((origin * bench->measures->len + m) * 2 + (bench->snap[s].total ? 1 : 0)) * 2 + (gsize)after];
}

static void score(const Bench *bench, gsize origin, gsize s, const Outlook *outlook, int after)
{
    Tally *tally = tally_of(bench, origin, s, after);
    const float *actual = backtest_actual(bench->backtest, s, origin);
    for (gsize h = 0; h < bench->horizon; h++) {
        double y = (double)actual[h];
        const double *quantile = outlook->quantile + h * OUTLOOK_LEVELS;
        if (isnan(y))
            continue;
        for (gsize q = 0; q < OUTLOOK_LEVELS; q++)
            tally->pinball += MAX(outlook_level[q] * (y - quantile[q]), (outlook_level[q] - 1) * (y - quantile[q])) / OUTLOOK_LEVELS;
        tally->inside += CLAMP(quantile[LEVEL_HIGH] - y + 0.5, 0, 1) - CLAMP(quantile[LEVEL_LOW] - y + 0.5, 0, 1);
        tally->steps++;
    }
}

/* Where the most of steps from .. to-1 lies among the paths, of which `parts` are added up. */
static double place_of(const float *path, gsize parts, gsize horizon, const float *truth, gsize from, gsize to)
{
    double came = (double)truth[from], below = 0;
    for (gsize h = from; h < to; h++)
        came = isnan((double)truth[h]) ? MISSING : fmax(came, (double)truth[h]);
    for (gsize p = 0; p < PATHS; p++) {
        double most = 0;
        for (gsize h = from; h < to; h++) {
            double sum = 0;
            for (gsize k = 0; k < parts; k++)
                sum += (double)path[(k * PATHS + p) * horizon + h];
            most = fmax(most, sum);
        }
        below += 0.5 * (most < came - 0.5) + 0.5 * (most <= came + 0.5);
    }
    return isnan(came) ? MISSING : below / PATHS;
}

static void look(const Bench *bench, gsize origin, gsize s, const float *path, gsize parts, int after)
{
    Tally *tally = tally_of(bench, origin, s, after);
    const float *truth = backtest_actual(bench->backtest, s, origin);
    for (int all = 0; all < 2; all++)
        for (gsize length = all ? bench->horizon : MIN(SHIFT, bench->horizon), from = 0; from + length <= bench->horizon; from += length) {
            double place = place_of(path, parts, bench->horizon, truth, from, from + length);
            if (isnan(place))
                continue;
            tally->windows[all]++;
            for (gsize k = 0; k < SHARES; k++)
                tally->held[all][k] += place <= share[k];
        }
}

/* Paths of one series by itself, from its outlook. */
static void look_alone(const Bench *bench, gsize origin, gsize s, const Outlook *outlook, float *path, int after)
{
    const Series *series = bench->all->pdata[s];
    g_autoptr(GError) error = NULL;
    if (!engine_paths(bench->release, &series, &outlook, 1, PATHS, origin + 1, path, &error))
        g_error("%s", error->message);
    look(bench, origin, s, path, 1, after);
}

static void run_origin(const Bench *bench, gsize origin)
{
    gsize n = bench->all->len;
    g_autofree ForecastItem *item = g_new0(ForecastItem, n), **items = g_new(ForecastItem *, n), **family = g_new(ForecastItem *, n);
    g_autofree SnapshotSeries *known = g_memdup2(bench->snap, n * sizeof *known);
    g_autofree float *path = g_new(float, PATHS * bench->horizon);
    g_autoptr(GError) error = NULL;
    for (gsize s = 0; s < n; s++) {
        known[s].series = series_upto(bench->all->pdata[s], bench->backtest->origin[s * bench->origins + origin]);
        item[s] = (ForecastItem){.series = &known[s]};
        item[s].outlook = backtest_outlook(bench->backtest, bench->backtest->members - 1, bench->all->pdata[s], s, origin);
        items[s] = &item[s];
        score(bench, origin, s, item[s].outlook, 0);
        look_alone(bench, origin, s, item[s].outlook, path, 0);
    }
    totals_reconcile(bench->release, items, n);
    balance_units(items, n);
    for (guint m = 0; m < bench->measures->len; m++) { /* a measure at a time, for its paths */
        const char *measure = g_ptr_array_index(bench->measures, m);
        gsize count = 0;
        g_autoptr(GPtrArray) drawn = g_ptr_array_new_with_free_func((GDestroyNotify)total_paths_free);
        for (gsize s = 0; s < n; s++)
            if (g_str_equal(known[s].measure, measure))
                family[count++] = items[s];
        if (!totals_draw(bench->release, family, count, PATHS, origin + 1, measure, drawn, &error))
            g_error("%s", error->message);
        for (guint d = 0; d < drawn->len; d++) {
            const TotalPaths *whole = g_ptr_array_index(drawn, d);
            look(bench, origin, (gsize)(whole->total - item), whole->path, whole->parts, 1);
            for (gsize k = 0; k < whole->parts; k++)
                look(bench, origin, (gsize)(whole->part[k] - item), whole->path + k * PATHS * bench->horizon, 1, 1);
        }
    }
    for (gsize s = 0; s < n; s++) {
        score(bench, origin, s, item[s].outlook, 1);
        outlook_free(item[s].outlook);
        g_free(item[s].reason);
        series_free(known[s].series);
    }
}

static void print_held(const Bench *bench, gsize m, gsize total, gsize after, int all)
{
    double windows = 0;
    for (gsize o = 0; o < bench->origins; o++)
        windows += bench->tally[((o * bench->measures->len + m) * 2 + total) * 2 + after].windows[all];
    g_print("    most of %s, %s, %6.0f windows:", all ? "all steps" : "a shift  ", after ? "published" : "by itself", windows);
    for (int k = 0; k < SHARES; k++) {
        double held = 0, squares = 0;
        for (gsize o = 0; o < bench->origins; o++)
            held += bench->tally[((o * bench->measures->len + m) * 2 + total) * 2 + after].held[all][k];
        for (gsize o = 0; o < bench->origins; o++) {
            const Tally *tally = &bench->tally[((o * bench->measures->len + m) * 2 + total) * 2 + after];
            squares += pow(tally->held[all][k] - tally->windows[all] * held / windows, 2);
        }
        g_print("  %.0f %%: %5.1f (error %.1f)", 100 * share[k], 100 * held / windows, 100 * sqrt(squares) / windows);
    }
    g_print("\n");
}

static void print(const Bench *bench, gsize m, gsize total)
{
    double sum[2] = {0}, inside[2] = {0}, steps = 0, gain = 0, squares = 0, n = (double)bench->origins;
    for (gsize o = 0; o < bench->origins; o++) {
        const Tally *tally = &bench->tally[((o * bench->measures->len + m) * 2 + total) * 2];
        for (int after = 0; after < 2; after++) {
            sum[after] += tally[after].pinball;
            inside[after] += tally[after].inside;
        }
        steps += tally[0].steps;
    }
    gain = (sum[1] - sum[0]) / n;
    for (gsize o = 0; o < bench->origins; o++) {
        const Tally *tally = &bench->tally[((o * bench->measures->len + m) * 2 + total) * 2];
        squares += pow(tally[1].pinball - tally[0].pinball - gain, 2);
    }
    g_print("%s of %s: pinball loss %.4f, published %.4f: %+.2f %% (error %.2f); the 80 %% range holds %.1f %%, published %.1f %%\n",
            (char *)g_ptr_array_index(bench->measures, m), total ? "the total" : "the units", sum[0] / steps, sum[1] / steps, 100 * (sum[1] / sum[0] - 1),
            100 * sqrt(squares) / sum[0], 100 * inside[0] / steps, 100 * inside[1] / steps);
    for (int all = 0; all < 2; all++)
        for (gsize after = 0; after < 2; after++)
            print_held(bench, m, total, after, all);
}

/* UNIT/MEASURE */
static void name_series(Bench *bench, const char *total)
{
    bench->measures = g_ptr_array_new();
    bench->snap = g_new0(SnapshotSeries, bench->all->len);
    for (guint s = 0; s < bench->all->len; s++) {
        const Series *series = bench->all->pdata[s];
        char *unit = g_strdup(series->id), *slash = strrchr(unit, '/');
        if (slash == NULL)
            g_error("series %s is not named UNIT/MEASURE", series->id);
        *slash = '\0';
        bench->snap[s] = (SnapshotSeries){.facility = "f", .unit = unit, .measure = slash + 1, .total = g_str_equal(unit, total)};
        if (!g_ptr_array_find_with_equal_func(bench->measures, slash + 1, g_str_equal, NULL))
            g_ptr_array_add(bench->measures, slash + 1);
    }
}

static const char *word(int argc, char **argv, int k, const char *usual)
{
    return argc > k && argv[k][0] != '\0' ? argv[k] : usual;
}

static gsize number(int argc, char **argv, int k, const char *usual)
{
    return (gsize)g_ascii_strtoull(word(argc, argv, k, usual), NULL, 10);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        g_error("wanted a CSV file of series UNIT/MEASURE and the total's name; see the head of bench_coherent.c");
    g_autoptr(GError) error = NULL;
    Bench bench = {.horizon = number(argc, argv, 3, "72"), .origins = number(argc, argv, 4, "57")};
    const char *country = word(argc, argv, 7, NULL);
    g_autofree char *holidays = country != NULL ? calendar_holiday_file(country, &error) : NULL;
    g_autoptr(Calendar) calendar = error == NULL ? calendar_new(word(argc, argv, 8, "UTC"), holidays, &error) : NULL;
    g_autoptr(GPtrArray) all = calendar != NULL ? csv_series_read(argv[1], calendar, NULL, NULL, &error) : NULL;
    EngineOptions options;
    engine_options_init(&options, bench.horizon);
    options.member = word(argc, argv, 6, NULL);
    options.refit = 168;
    if (all == NULL || !engine_backtest((const Series *const *)all->pdata, all->len, calendar, &options, bench.origins, number(argc, argv, 5, "73"),
                                        &bench.release, &bench.backtest, &error))
        g_error("%s", error->message);
    bench.all = all;
    name_series(&bench, argv[2]);
    bench.tally = g_new0(Tally, bench.origins * bench.measures->len * 4);
    for (gsize o = 0; o < bench.origins; o++)
        run_origin(&bench, o);
    g_print("%u series, %zu origins, %zu steps ahead, paths by %zu past mornings\n", all->len, bench.origins, bench.horizon, bench.release->origins);
    for (guint m = 0; m < bench.measures->len; m++)
        for (gsize total = 0; total < 2; total++)
            print(&bench, m, total);
    return 0;
}
