/* bench_cold -- how well is a new ward forecast, from its first two weeks on?
 *
 *   bench_cold FILE.csv.gz [DAYS [HORIZON [EVERY [MEASURE [COUNTRY [MODELDIR]]]]]]
 *
 * Of every series whose id ends in MEASURE ("": all) it cuts DAYS days (usual:
 * 14) at offsets EVERY days apart (usual: 37, all weekdays in turn), lets the
 * engine forecast HORIZON steps (usual: 48 hours, 14 days) from them alone,
 * without a release or with the one in MODELDIR, to which the series are
 * unknown, and prints each member's mean pinball loss over the 13 levels, every
 * start in units of its own mean value, beside that of what is published; then
 * the paired differences to naive and ETS with bootstrap 95 % intervals over
 * the starts' days.  It prints and never fails. */
#include "connectors/in/csv_series.h"
#include "daemon/engine/engine.h"

#include <string.h>

enum { MEMBERS_MOST = RELEASE_MEMBERS_MOST + 1, DRAWS = 2000 };

typedef struct {
    gsize steps, horizon, every; /* in steps */
    gsize members;               /* the last is what is published */
    Calendar *calendar;
    Release *release;
    double loss[MEMBERS_MOST], inside[MEMBERS_MOST];
    gsize starts[MEMBERS_MOST];
    GArray *to_naive, *to_ets;   /* of double: relative difference of one day's starts */
} Bench;

static Series *cut(const Series *series, gsize from, gsize steps)
{
    g_autofree char *id = g_strdup_printf("new/%s", series->id);
    Series *part = series_new(id, series->grain, series->start + (gint64)from, steps);
    part->counts = series->counts;
    part->flow = series->flow;
    memcpy(part->value, series->value + from, steps * sizeof *part->value);
    return part;
}

static double mean_size(const Series *series)
{
    double sum = 0, known = 0;
    for (gsize t = 0; t < series->length; t++)
        if (!isnan(series->value[t])) {
            sum += fabs(series->value[t]);
            known++;
        }
    return known > 0 ? sum / known : 0;
}

/* Mean pinball loss of one outlook; MISSING without any truth. */
static double judge(const Outlook *outlook, const double *truth, double *inside)
{
    ScoreSum sum = {0};
    for (gsize h = 0; h < outlook->horizon; h++)
        score_add(&sum, outlook->quantile + h * OUTLOOK_LEVELS, truth[h]);
    Score score = score_of(&sum, MISSING);
    *inside = score.coverage80;
    return score.pinball;
}

static gsize member_number(const char *name)
{
    gsize m = 0;
    while (!g_str_equal(engine_members()[m], name))
        m++;
    return m;
}

/* All series that were there on one day, as if all had opened two weeks before. */
static void run_day(Bench *bench, const GPtrArray *all, gint64 day)
{
    g_autoptr(GPtrArray) part = g_ptr_array_new_with_free_func((GDestroyNotify)series_free);
    g_autoptr(GPtrArray) truth = g_ptr_array_new();
    for (guint i = 0; i < all->len; i++) {
        const Series *series = all->pdata[i];
        gint64 from = day - series->start;
        if (from < 0 || (gsize)from + bench->steps + bench->horizon > series->length)
            continue;
        g_autoptr(Series) one = cut(series, (gsize)from, bench->steps);
        if (!(mean_size(one) > 0))
            continue;
        g_ptr_array_add(truth, series->value + (gsize)from + bench->steps);
        g_ptr_array_add(part, g_steal_pointer(&one));
    }
    gsize n = part->len, members = bench->members - 1, naive = member_number("naive"), ets = member_number("ets");
    g_autofree Outlook **out = g_new0(Outlook *, n + 1), **own = g_new0(Outlook *, n * members + 1);
    g_autofree EngineNote *note = g_new0(EngineNote, n + 1);
    g_autofree gsize *origin = g_new(gsize, n + 1);
    g_autoptr(GError) error = NULL;
    double day_loss[MEMBERS_MOST] = {0};
    for (gsize i = 0; i < n; i++)
        origin[i] = bench->steps;
    if (n == 0)
        return;
    if (!engine_forecast(bench->release, (const Series *const *)part->pdata, n, origin, bench->horizon, bench->calendar, 0, out, note, own, &error))
        g_error("%s", error->message);
    for (gsize i = 0; i < n; i++) {
        double size = mean_size(part->pdata[i]);
        for (gsize m = 0; m < bench->members; m++) {
            Outlook *outlook = m < members ? own[i * members + m] : out[i];
            double inside, loss = outlook != NULL ? judge(outlook, truth->pdata[i], &inside) / size : MISSING;
            if (isnan(loss))
                continue;
            bench->loss[m] += loss;
            bench->inside[m] += inside;
            bench->starts[m]++;
            day_loss[m] += loss / (double)n;
        }
    }
    double to_naive = day_loss[members] - day_loss[naive], to_ets = day_loss[members] - day_loss[ets];
    g_array_append_val(bench->to_naive, to_naive);
    g_array_append_val(bench->to_ets, to_ets);
    for (gsize i = 0; i < n; i++) {
        outlook_free(out[i]);
        engine_note_clear(&note[i]);
        for (gsize m = 0; m < members; m++)
            outlook_free(own[i * members + m]);
    }
}

static void print_difference(const char *name, const GArray *difference, double base)
{
    ScoreDifference d = score_difference((const double *)(const void *)difference->data, difference->len, DRAWS, 1);
    g_print("published against %-6s %+.1f%% (%+.1f .. %+.1f) over %zu days\n", name, 100 * d.mean / base, 100 * d.low / base, 100 * d.high / base, d.pairs);
}

static const char *word(int argc, char **argv, int k, const char *usual)
{
    return argc > k && argv[k][0] != '\0' ? argv[k] : usual;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        g_error("wanted a CSV file of series by hours or days; see the head of bench_cold.c");
    g_autoptr(GError) error = NULL;
    const char *measure = word(argc, argv, 5, ""), *country = word(argc, argv, 6, NULL), *folder = word(argc, argv, 7, NULL);
    g_autofree char *holidays = country != NULL ? calendar_holiday_file(country, &error) : NULL;
    g_autoptr(Calendar) calendar = error == NULL ? calendar_new("UTC", holidays, &error) : NULL;
    g_autoptr(GPtrArray) read = calendar != NULL ? csv_series_read(argv[1], calendar, NULL, NULL, &error) : NULL;
    if (read == NULL)
        g_error("%s", error->message);
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    gint64 first = G_MAXINT64, last = G_MININT64;
    for (guint i = 0; i < read->len; i++) {
        Series *series = read->pdata[i];
        if (!g_str_has_suffix(series->id, measure))
            continue;
        g_ptr_array_add(all, series);
        first = MIN(first, series->start);
        last = MAX(last, series->start + (gint64)series->length);
    }
    if (all->len == 0)
        g_error("no series ends in \"%s\"", measure);
    Grain grain = ((Series *)all->pdata[0])->grain;
    gsize day = grain == GRAIN_HOUR ? 24 : 1;
    Bench bench = {.calendar = calendar, .to_naive = g_array_new(FALSE, FALSE, sizeof(double)), .to_ets = g_array_new(FALSE, FALSE, sizeof(double))};
    bench.steps = (gsize)g_ascii_strtoull(word(argc, argv, 2, "14"), NULL, 10) * day;
    bench.horizon = (gsize)g_ascii_strtoull(word(argc, argv, 3, grain == GRAIN_HOUR ? "48" : "14"), NULL, 10);
    bench.every = (gsize)g_ascii_strtoull(word(argc, argv, 4, "37"), NULL, 10) * day;
    for (bench.members = 1; engine_members()[bench.members - 1] != NULL; bench.members++)
        ;
    if (folder != NULL) {
        g_autofree char *path = release_path(folder, grain);
        if ((bench.release = release_load(path, NULL, NULL, &error)) == NULL)
            g_error("%s", error->message);
    }
    for (gint64 at = first; at < last; at += (gint64)bench.every)
        run_day(&bench, all, at);
    g_print("%u series by %ss, %zu steps known, %zu ahead, %s\n", all->len, grain_name(grain), bench.steps, bench.horizon, folder != NULL ? folder : "no release");
    for (gsize m = 0; m < bench.members; m++)
        if (bench.starts[m] > 0)
            g_print("%-12s %6zu starts  loss %.5f  in 80 %% %5.1f%%\n", m + 1 < bench.members ? engine_members()[m] : "published", bench.starts[m],
                    bench.loss[m] / (double)bench.starts[m], 100 * bench.inside[m] / (double)bench.starts[m]);
    gsize naive = member_number("naive"), ets = member_number("ets");
    print_difference("naive", bench.to_naive, bench.loss[naive] / (double)bench.starts[naive]);
    print_difference("ets", bench.to_ets, bench.loss[ets] / (double)bench.starts[ets]);
    release_free(bench.release);
    g_array_unref(bench.to_naive);
    g_array_unref(bench.to_ets);
    return 0;
}
