#include "daemon/telling.h"

#include "daemon/engine/panel.h"

#include <string.h>

/* A holiday is named as far as its effect is learnt (holidays.h). */
enum { NAMED_DAYS = 4, TOMORROW = BED_HORIZONS - 1 };

/* A cause below this share of the difference is not worth a reader's time. */
#define LEAST_SHARE 0.05

/* ------------------------------------------------------------------ words */

static gint64 day_of(Grain grain, gint64 step)
{
    return grain == GRAIN_DAY ? step : step / 24 - (step % 24 < 0);
}

/* "Memorial Day", "day after Memorial Day", "2 days before Memorial Day"; NULL: none is near. */
static char *holiday_words(const Calendar *calendar, gint64 day)
{
    const char *name = calendar_holiday(calendar, day);
    if (name != NULL)
        return g_strdup(name);
    for (int away = 1; away <= NAMED_DAYS; away++)
        for (int side = -1; side <= 1; side += 2) {
            if ((name = calendar_holiday(calendar, day + side * away)) == NULL)
                continue;
            const char *where = side < 0 ? "after" : "before";
            return away == 1 ? g_strdup_printf("day %s %s", where, name) : g_strdup_printf("%d days %s %s", away, where, name);
        }
    return NULL;
}

/* What is small, and holidays that cannot be named, go to the rest. */
static void gather(const Unusual *unusual, const char *holiday, double cause[UNUSUAL_CAUSES])
{
    memcpy(cause, unusual->cause, sizeof unusual->cause);
    for (UnusualCause k = 0; k < UNUSUAL_REST; k++) {
        if (fabs(cause[k]) >= LEAST_SHARE * fabs(unusual->difference) && (k != UNUSUAL_HOLIDAYS || holiday != NULL))
            continue;
        cause[UNUSUAL_REST] += cause[k];
        cause[k] = 0;
    }
}

/* Whole numbers that add up to `total`: each rounded down, then those that lost most up again. */
static void share_out(const double *cause, gint64 total, gint64 whole[UNUSUAL_CAUSES])
{
    for (int k = 0; k < UNUSUAL_CAUSES; k++) {
        whole[k] = (gint64)floor(cause[k]);
        total -= whole[k];
    }
    for (; total != 0; total -= total > 0 ? 1 : -1) {
        int most = 0;
        double sign = total > 0 ? 1 : -1;
        for (int k = 1; k < UNUSUAL_CAUSES; k++)
            if (sign * (cause[k] - (double)whole[k]) > sign * (cause[most] - (double)whole[most]))
                most = k;
        whole[most] += total > 0 ? 1 : -1;
    }
}

/* The cause that weighs most first, the rest last. */
static void put_causes(GString *text, const gint64 whole[UNUSUAL_CAUSES], const char *holiday)
{
    static const char *const name[UNUSUAL_CAUSES][2] = {
        [UNUSUAL_LATELY] = {"lower level of the last two weeks", "higher level of the last two weeks"},
        [UNUSUAL_TODAY] = {"lower level of the last days", "higher level of the last days"},
        [UNUSUAL_PATTERN] = {"season", "season"},
        [UNUSUAL_REST] = {"everything else", "everything else"}};
    gboolean told[UNUSUAL_CAUSES] = {FALSE};
    for (int put = 0; put < UNUSUAL_CAUSES; put++) {
        int next = UNUSUAL_REST;
        for (int k = 0; k < UNUSUAL_REST; k++)
            if (!told[k] && whole[k] != 0 && (next == UNUSUAL_REST || ABS(whole[k]) > ABS(whole[next])))
                next = k;
        if (told[next] || whole[next] == 0)
            return;
        const char *words = next == UNUSUAL_HOLIDAYS ? holiday : name[next][whole[next] > 0];
        g_string_append_printf(text, "%s%+" G_GINT64_FORMAT " %s", put == 0 ? ": " : ", ", whole[next], words);
        told[next] = TRUE;
    }
}

/* " on a usual Tuesday 08:00 (25"; the caller closes it. */
static void put_usual(GString *text, Grain grain, gint64 step, gint64 usual)
{
    static const char *const weekday[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
    gint64 day = day_of(grain, step);
    g_string_append_printf(text, " on a usual %s", weekday[grain_weekday(day)]);
    if (grain == GRAIN_HOUR)
        g_string_append_printf(text, " %02d:00", (int)(step - 24 * day));
    g_string_append_printf(text, " (%" G_GINT64_FORMAT, usual);
}

/* Whole causes that account for the difference as whole numbers, too. */
static gboolean find_causes(const Unusual *unusual, gint64 difference, const char *holiday, gint64 whole[UNUSUAL_CAUSES])
{
    double cause[UNUSUAL_CAUSES];
    gather(unusual, holiday, cause);
    share_out(cause, difference, whole);
    return unusual->trusted && (double)ABS(whole[UNUSUAL_REST]) <= UNUSUAL_MOST_REST * (double)ABS(difference);
}

char *telling_sentence(const Unusual *unusual, const Calendar *calendar, Grain grain, gint64 step, double expected)
{
    gint64 whole[UNUSUAL_CAUSES], difference = (gint64)rint(unusual->difference), usual = (gint64)rint(expected) - difference;
    g_autofree char *holiday = holiday_words(calendar, day_of(grain, step));
    GString *text = g_string_new(NULL);
    if (difference == 0) {
        g_string_append(text, "as many as");
        put_usual(text, grain, step, usual);
        g_string_append_c(text, ')');
    } else if (find_causes(unusual, difference, holiday, whole)) {
        g_string_append_printf(text, "%" G_GINT64_FORMAT " %s than", ABS(difference), difference > 0 ? "more" : "fewer");
        put_usual(text, grain, step, usual);
        g_string_append_c(text, ')');
        put_causes(text, whole, holiday);
    } else if (fabs(unusual->difference) <= unusual->spread) {
        g_string_append(text, "about as many as");
        put_usual(text, grain, step, usual);
        g_string_append_printf(text, ", give or take %.0f)", MAX(unusual->spread, 1));
    }
    return g_string_free(text, text->len == 0);
}

/* ------------------------------------------------------------------ rows */

static char *explanation_of(const Snapshot *snapshot, const ForecastItem *item, const BedRow *row)
{
    const Series *series = item->series->series;
    gint64 step = calendar_step(snapshot->calendar, series->grain, row->target_at), ahead = step - item->outlook->origin;
    gsize season[2] = {0, 0}, origin = series->length;
    Unusual unusual;
    if ((series->grain != GRAIN_HOUR && series->grain != GRAIN_DAY) || ahead < 0 || ahead >= (gint64)item->outlook->horizon)
        return NULL;
    panel_season(series->grain, season);
    g_autoptr(Anchor) anchor = anchor_new(series, snapshot->calendar, origin, season, NULL);
    if (anchor == NULL || !unusual_find(anchor, series, snapshot->calendar, origin, (gsize)ahead, row->census_p50, &unusual))
        return NULL;
    return telling_sentence(&unusual, snapshot->calendar, series->grain, step, row->census_p50);
}

void telling_explain(const Snapshot *snapshot, const Forecasting *forecasting, const char *facility, Plan *plan)
{
    for (guint k = 0; k < plan->beds->len; k++) {
        BedRow *row = &g_array_index(plan->beds, BedRow, k);
        const ForecastItem *item = row->horizon == TOMORROW && row->status != ROW_WITHHELD ? forecasting_find(forecasting, facility, row->unit, "census") : NULL;
        if (item != NULL && item->outlook != NULL)
            row->explanation = explanation_of(snapshot, item, row);
    }
}
