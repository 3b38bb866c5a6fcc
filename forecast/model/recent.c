#include "forecast/model/recent.h"

#include <math.h>
#include <string.h>

enum { WINDOWS = 7, OLD = 4 /* seasons */ };

struct Recent {
    gsize small, large;
    gboolean places[3];          /* is there past enough for the small season, the large one, four of it? */
    double (*window)[WINDOWS];   /* [length + 1]: means just before each step */
    double *newest, *older;      /* [length]: of the step itself, and with the same place of the seasons before it */
};

gsize recent_season(const gsize season[2])
{
    return season[0] > 1 && season[0] <= 24 ? season[0] : 4;
}

/* Means over up to `steps` steps before each: column `at` of the windows. */
static void fill_window(Recent *recent, const double *sum, const gsize *count, gsize past, gsize length, gsize at, gsize steps)
{
    for (gsize k = 0; k <= length; k++) {
        gsize from = k > steps ? k - steps : 0, known = count[k] - count[from];
        recent->window[k][at] = known > 0 && 4 * steps <= past ? (sum[k] - sum[from]) / (double)known : 0.0;
    }
}

static void fill_windows(Recent *recent, const double *left, gsize past, gsize length)
{
    gsize small = recent->small, large = recent->large;
    /* Under three seasons, a season's mean would leave less than two to learn from: the last quarter has to do.
     * Otherwise it is a whole season, whose mean has no season in it. */
    const gsize steps[WINDOWS] = {1, 3, MAX(small / 2, 5), past < 3 * small ? CLAMP(past / 4, 1, small) : small, 2 * small, large, 4 * large};
    g_autofree double *sum = g_new0(double, length + 1);
    g_autofree gsize *count = g_new0(gsize, length + 1);
    for (gsize k = 0; k < length; k++) {
        gboolean known = !isnan(left[k]);
        sum[k + 1] = sum[k] + (known ? left[k] : 0.0);
        count[k + 1] = count[k] + known;
    }
    for (gsize w = 0; w < WINDOWS; w++)
        fill_window(recent, sum, count, past, length, w, steps[w]);
}

static void fill_places(Recent *recent, const double *left, gsize length)
{
    for (gsize k = 0; k < length; k++) {
        gsize count = 0;
        double sum = 0.0;
        for (gsize s = 0; s < OLD && s * recent->large <= k; s++) {
            double value = left[k - s * recent->large];
            sum += isnan(value) ? 0.0 : value;
            count += !isnan(value);
        }
        recent->newest[k] = isnan(left[k]) ? 0.0 : left[k];
        recent->older[k] = count > 0 ? sum / (double)count : 0.0;
    }
}

Recent *recent_new(const double *left, gsize past, gsize length, const gsize season[2])
{
    Recent *recent = g_new0(Recent, 1);
    gsize longest = MAX(season[0], season[1]);
    recent->small = recent_season(season);
    recent->large = longest > recent->small ? longest : 4 * recent->small;
    recent->places[0] = 4 * recent->small <= past;
    recent->places[1] = 4 * recent->large <= past;
    recent->places[2] = 4 * recent->large * OLD <= past;
    recent->window = g_malloc_n(length + 1, sizeof *recent->window);
    recent->newest = g_new(double, length + 1);
    recent->older = g_new(double, length + 1);
    fill_windows(recent, left, past, length);
    fill_places(recent, left, length);
    return recent;
}

void recent_free(Recent *recent)
{
    if (recent == NULL)
        return;
    g_free(recent->window);
    g_free(recent->newest);
    g_free(recent->older);
    g_free(recent);
}

/* The newest step known at the origin at the target's place in the season; G_MAXSIZE: there is none. */
static gsize same_place(gsize origin, gsize lead, gsize season)
{
    gsize back = (lead / season + 1) * season;
    return back <= origin + lead ? origin + lead - back : G_MAXSIZE;
}

void recent_at(const Recent *recent, gsize origin, gsize lead, double feature[RECENT_FEATURES])
{
    gsize small = same_place(origin, lead, recent->small), large = same_place(origin, lead, recent->large);
    memcpy(feature, recent->window[origin], sizeof recent->window[origin]);
    feature[WINDOWS] = recent->places[0] && small != G_MAXSIZE ? recent->newest[small] : 0.0;
    feature[WINDOWS + 1] = recent->places[1] && large != G_MAXSIZE ? recent->newest[large] : 0.0;
    feature[WINDOWS + 2] = recent->places[2] && large != G_MAXSIZE ? recent->older[large] : 0.0;
}
