#include "daemon/inputs.h"

#include "daemon/scoring.h"
#include "forecast/judge/stability.h"

/* How long an alarm can stand, and when it asks for the next step. */
enum { STANDS_MOST = 2 * STABILITY_DAYS, LASTS = 14 };

/* What one series of values said. */
typedef struct {
    const char *name; /* of a covariate; NULL: the values themselves */
    Stability first;  /* on the day of the alarm */
    double excess;    /* of today's index over its limit; 0 = no alarm */
    gint64 day;
    gint64 stood;     /* days */
} Finding;

static gint64 day_of(Grain grain, gint64 step)
{
    return grain_step_of_hour(GRAIN_DAY, grain_first_hour(grain, step));
}

static gboolean judge_values(const double *value, const Series *series, Finding *finding)
{
    Stability today, before;
    if (!stability_judge(value, series->length, series->start, series->grain, &today))
        return FALSE;
    if (today.index <= today.limit)
        return TRUE;
    gsize day = series->grain == GRAIN_HOUR ? 24 : 1, length = series->length;
    finding->excess = today.index - today.limit;
    finding->first = today;
    while (finding->stood < STANDS_MOST && length > day && stability_judge(value, length - day, series->start, series->grain, &before) && before.index > before.limit) {
        length -= day;
        finding->stood++;
        finding->first = before;
    }
    finding->day = day_of(series->grain, series->start + (gint64)length - 1);
    return TRUE;
}

static void take_graver(const Finding *finding, Finding *worst)
{
    if (finding->excess > worst->excess)
        *worst = *finding;
}

/* ------------------------------------------------------------------ words */

static char *sentence_of(const Finding *finding, Grain grain)
{
    static const char *const fifth[STABILITY_BINS] = {"lowest", "second lowest", "middle", "second highest", "highest"};
    const Stability *first = &finding->first;
    int year, month, monthday;
    gsize fullest = 0;
    for (gsize b = 1; b < STABILITY_BINS; b++)
        fullest = first->share[b] > first->share[fullest] ? b : fullest;
    grain_date_of_day(day_of(grain, first->since), &year, &month, &monthday);
    return g_strdup_printf("%s%s has not been spread as in the years before since about %04d-%02d-%02d: %.0f %% lie in the %s fifth for %s (index %.2f, usual below %.2f)",
                           finding->name != NULL ? "its input " : "what came", finding->name != NULL ? finding->name : "", year, month, monthday,
                           100 * first->share[fullest], fifth[fullest], grain == GRAIN_HOUR ? "their hour of the week" : "their weekday", first->index, first->limit);
}

static void tell(const Finding *worst, Grain grain, DriftVerdict *verdict)
{
    *verdict = (DriftVerdict){
        .cause = DRIFT_INPUT,
        .action = worst->stood >= LASTS ? DRIFT_TUNE : DRIFT_REFIT,
        .day = worst->day,
        .since = day_of(grain, worst->first.since),
        .alarms = 1,
        .sentence = sentence_of(worst, grain),
    };
}

gboolean inputs_judge(const SnapshotSeries *series, DriftVerdict *verdict)
{
    const Series *s = series->series;
    Finding worst = {0}, own = {0};
    *verdict = (DriftVerdict){.cause = DRIFT_NONE};
    if (!scoring_sound(series))
        return FALSE;
    g_autofree double *value = g_new(double, s->length + 1);
    for (gsize t = 0; t < s->length; t++)
        value[t] = scoring_truth(s, s->start + (gint64)t);
    gboolean judged = judge_values(value, s, &own);
    take_graver(&own, &worst);
    for (gsize c = 0; c < s->covariates; c++) {
        Finding one = {.name = s->covariate_name[c]};
        judged = judge_values(s->covariate + c * s->cover, s, &one) || judged;
        take_graver(&one, &worst);
    }
    if (worst.excess > 0)
        tell(&worst, s->grain, verdict);
    return judged;
}
