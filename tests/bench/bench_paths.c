/* bench_paths -- does the worst hour of a shift, or of three days, come as often as the sample paths say?
 *
 *   bench_paths FILE.csv.gz [HORIZON [ORIGINS [STRIDE [MEMBERS [COUNTRY [ZONE]]]]]]
 *
 * Trains on what lies before the first of ORIGINS origins (usual: 57) STRIDE
 * steps apart (usual: 73), forecasts HORIZON steps (usual: 72) from each, draws
 * 2,000 joint paths and looks where the truth lies among them: the largest value
 * and the sum of windows of 8, 12, 24 and HORIZON steps.  A limit that holds 90 %
 * of the paths should hold 90 % of the truths.  MEMBERS as --member; "": all.
 * Windows of one origin hang together, so that the standard errors are those of
 * origins.  It prints and never fails. */
#include "connectors/in/csv_series.h"
#include "daemon/engine/engine.h"

enum { PATHS = 2000, WINDOWS = 4, SHARES = 4 };
static const double share[SHARES] = {.5, .8, .9, .95};

/* Of one origin: windows looked at, and of these those whose truth lies within each share of the paths. */
typedef struct {
    double windows, held[SHARES];
} Tally;

static double figure_of(const float *value, gsize from, gsize to, gboolean worst)
{
    double figure = (double)value[from];
    for (gsize h = from + 1; h < to; h++)
        figure = worst ? fmax(figure, (double)value[h]) : figure + (double)value[h];
    return figure;
}

/* Share of the paths below the truth, of whole numbers half of those that meet it. */
static double place_of(const float *path, gsize horizon, const float *truth, gsize from, gsize to, gboolean worst, gboolean counts)
{
    double came = figure_of(truth, from, to, worst), below = 0, slack = counts ? 0.5 : 0;
    for (gsize p = 0; p < PATHS; p++) {
        double figure = figure_of(path + p * horizon, from, to, worst);
        below += 0.5 * (figure < came - slack) + 0.5 * (figure <= came + slack);
    }
    return below / PATHS;
}

static void look(const float *path, gsize horizon, const float *truth, gsize length, gboolean worst, gboolean counts, Tally *tally)
{
    for (gsize from = 0; from + length <= horizon; from += length) {
        if (isnan(figure_of(truth, from, from + length, FALSE)))
            continue;
        double place = place_of(path, horizon, truth, from, from + length, worst, counts);
        tally->windows++;
        for (gsize s = 0; s < SHARES; s++)
            tally->held[s] += place <= share[s];
    }
}

static void print(const char *what, gsize length, const Tally *tally, gsize n)
{
    double windows = 0;
    for (gsize o = 0; o < n; o++)
        windows += tally[o].windows;
    g_print("%-8s of %3zu steps, %5.0f windows:", what, length, windows);
    for (gsize s = 0; s < SHARES; s++) {
        double held = 0, squares = 0;
        for (gsize o = 0; o < n; o++)
            held += tally[o].held[s];
        for (gsize o = 0; o < n; o++)
            squares += pow(tally[o].held[s] - tally[o].windows * held / windows, 2);
        g_print("  %.0f %%: %5.1f (error %.1f)", 100 * share[s], 100 * held / windows, 100 * sqrt(squares) / windows);
    }
    g_print("\n");
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
    if (argc < 2)
        g_error("wanted a CSV file of series; see the head of bench_paths.c");
    g_autoptr(GError) error = NULL;
    gsize horizon = number(argc, argv, 2, "72"), origins = number(argc, argv, 3, "57"), stride = number(argc, argv, 4, "73");
    const char *country = word(argc, argv, 6, NULL);
    g_autofree char *holidays = country != NULL ? calendar_holiday_file(country, &error) : NULL;
    g_autoptr(Calendar) calendar = error == NULL ? calendar_new(word(argc, argv, 7, "UTC"), holidays, &error) : NULL;
    g_autoptr(GPtrArray) all = calendar != NULL ? csv_series_read(argv[1], calendar, NULL, NULL, &error) : NULL;
    g_autoptr(Release) release = NULL;
    g_autoptr(Backtest) backtest = NULL;
    EngineOptions options;
    engine_options_init(&options, horizon);
    options.member = word(argc, argv, 5, NULL);
    options.refit = 168;
    if (all == NULL || !engine_backtest((const Series *const *)all->pdata, all->len, calendar, &options, origins, stride, &release, &backtest, &error))
        g_error("%s", error->message);
    const gsize length[WINDOWS] = {8, 12, 24, horizon};
    gsize rows = backtest->series * origins;
    g_autofree Tally *tally = g_new0(Tally, 2 * WINDOWS * rows + 1);
    g_autofree float *path = g_new(float, PATHS * horizon);
    for (gsize r = 0; r < rows; r++) {
        const Series *series = all->pdata[r / origins];
        g_autoptr(Outlook) outlook = backtest_outlook(backtest, backtest->members - 1, series, r / origins, r % origins);
        const Outlook *one[] = {outlook};
        if (outlook == NULL)
            continue;
        if (!engine_paths(release, &series, one, 1, PATHS, r + 1, path, &error))
            g_error("%s", error->message);
        for (gsize w = 0; w < 2 * WINDOWS; w++)
            look(path, horizon, backtest_actual(backtest, r / origins, r % origins), length[w / 2], w % 2 == 0, series->counts, tally + w * rows + r);
    }
    g_print("%zu series, %zu origins, %zu steps ahead, paths by %zu past mornings\n", backtest->series, origins, horizon, release->origins);
    for (gsize w = 0; w < 2 * WINDOWS; w++)
        print(w % 2 == 0 ? "the most" : "the sum", length[w / 2], tally + w * rows, rows);
    return 0;
}
