#include "daemon/engine/trust.h"

#include "daemon/engine/training.h"
#include "forecast/model/renew.h"
#include "forecast/model/share.h"

#include <string.h>

enum {
    WINDOW = 28,     /* days (of weeks and months: steps) looked back on */
    FEWEST = 3,      /* of them, to say anything */
    ORIGINS = 4,     /* mornings at least, if there are days enough */
    WEEK = 7,
    YEAR = 365,      /* days of the past that tell what a day is worth, */
    PAIRS = 28,      /* and fewest pairs of them */
    HALF_YEAR = 26,  /* weeks that tell how far weeks are from each other */
};
#define LEAST_HEARD 0.01

/* Days, weeks and months in a year: a change is possible once in as many. */
static const double a_year[GRAINS] = {365, 365, 52, 12};

static gsize day_of(Grain grain)
{
    return grain == GRAIN_HOUR ? 24 : 1;
}

static gboolean has_days(Grain grain)
{
    return grain == GRAIN_HOUR || grain == GRAIN_DAY;
}

gboolean trust_always(Grain grain)
{
    return grain == GRAIN_DAY;
}

/* Days looked back on: half of what is known at most, for the members need a past too. */
static gsize held_days(Grain grain, gsize origin)
{
    return MIN(origin / 2 / day_of(grain), WINDOW);
}

gsize trust_fit(Grain grain, gsize origin)
{
    return origin - day_of(grain) * held_days(grain, origin);
}

gsize trust_steps(Grain grain)
{
    return WINDOW / 2 * day_of(grain);
}

void trust_allowed(const Release *release, Grain grain, gboolean group, gboolean *allowed)
{
    gboolean known = training_allowed(release != NULL ? release->only : NULL, grain, allowed, NULL);
    for (gsize m = 0; m < panel_members(); m++) {
        allowed[m] = allowed[m] && known && (group || !panel_is_group(m));
        if (panel_is_network(m))
            allowed[m] = allowed[m] && release != NULL && release->network[m - classical_members] != NULL;
    }
}

/* ------------------------------------------------------------------ what a day is worth */

/* The mean of a day's known values; `day` counts backwards from the origin, 0 the last one. */
static double mean_of_day(const Series *series, gsize origin, gsize day)
{
    gsize length = day_of(series->grain);
    double sum = 0, n = 0;
    for (gsize t = origin - (day + 1) * length; t < origin - day * length; t++)
        if (!isnan(series->value[t])) {
            sum += series->value[t];
            n++;
        }
    return n > 0 ? sum / n : MISSING;
}

/* Of days whose differences to the week before are autoregressive with r, n say as
 * much as n (1 - r) / (1 + r) that are independent.  Too short a past: as much as
 * one season says. */
double trust_evidence(const Series *series, gsize origin)
{
    double products = 0, squares = 0;
    gsize days = MIN(origin / day_of(series->grain), YEAR), pairs = 0;
    if (!has_days(series->grain))
        return 1 / (double)grain_season(series->grain);
    g_autofree double *mean = g_new(double, days + 1);
    for (gsize d = 0; d < days; d++)
        mean[d] = mean_of_day(series, origin, d);
    for (gsize d = 0; d + WEEK + 1 < days; d++) {
        double one = mean[d] - mean[d + WEEK], before = mean[d + 1] - mean[d + 1 + WEEK];
        if (isnan(one) || isnan(before))
            continue;
        products += one * before;
        squares += (one * one + before * before) / 2;
        pairs++;
    }
    if (pairs < PAIRS || !(squares > 0))
        return (double)day_of(series->grain) / (double)grain_season(series->grain);
    double r = fmax(products / squares, 0);
    return fmax((1 - r) / (1 + r), 1.0 / YEAR);
}

/* ------------------------------------------------------------------ is there a sign? */

/* Mean distance of week number `back` (0: the last one) from the one before it; MISSING when they share no known step. */
static double between_weeks(const Series *series, gsize origin, gsize week, gsize back)
{
    const double *value = series->value;
    double sum = 0, n = 0;
    for (gsize t = origin - (back + 1) * week; t < origin - back * week; t++)
        if (!isnan(value[t]) && !isnan(value[t - week])) {
            sum += fabs(value[t] - value[t - week]);
            n++;
        }
    return n > 0 ? sum / n : MISSING;
}

/* The median, for the week of a change is far from the one before it. */
static double usually_between(const Series *series, gsize origin, gsize week)
{
    double distance[HALF_YEAR];
    gsize n = 0;
    for (gsize back = 0; back < HALF_YEAR && (back + 2) * week <= origin; back++) {
        double one = between_weeks(series, origin, week, back);
        gsize k = n;
        if (isnan(one))
            continue;
        for (n++; k > 0 && distance[k - 1] > one; k--)
            distance[k] = distance[k - 1];
        distance[k] = one;
    }
    return n > 0 ? (distance[n / 2] + distance[(n - 1) / 2]) / 2 : MISSING;
}

gboolean trust_strays(const Series *series, gsize origin, const Outlook *outlook)
{
    const double *value = series->value;
    gsize week = WEEK * day_of(series->grain), compared = 0;
    double distance = 0;
    if (!has_days(series->grain) || origin < 2 * week)
        return FALSE;
    for (gsize h = 0; h < MIN(outlook->horizon, week); h++)
        if (!isnan(value[origin + h - week])) {
            distance += fabs(value[origin + h - week] - outlook->quantile[h * OUTLOOK_LEVELS + OUTLOOK_MEDIAN]);
            compared++;
        }
    double usual = usually_between(series, origin, week);
    return compared > 0 && !isnan(usual) && distance / (double)compared > usual;
}

/* ------------------------------------------------------------------ what the last days say */

/* Mornings asked about, and where the days begin that are judged. */
typedef struct {
    const Series *series;
    gsize first, origin, horizon, days;
    gsize mornings;
    gsize morning[WINDOW];
} Past;

/* A horizon apart, so that each step is forecast once; closer where few days are
 * known or the horizon is long. */
static Past past_of(const Series *series, gsize origin, gsize horizon)
{
    gsize day = day_of(series->grain), days = held_days(series->grain, origin);
    gsize apart = MAX(MIN(horizon / day, days / ORIGINS), 1);
    Past past = {.series = series, .first = origin - days * day, .origin = origin, .horizon = horizon, .days = days};
    for (gsize back = days - days % apart; back >= apart && past.mornings < WINDOW; back -= apart)
        past.morning[past.mornings++] = origin - back * day;
    return past;
}

static double pinball(const double *quantile, double actual)
{
    double sum = 0;
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
        sum += score_pinball(outlook_level[k], quantile[k], actual);
    return sum / OUTLOOK_LEVELS;
}

/* loss[days] of one member, at every `stride`th place; all MISSING when it has no answer. */
static void judge_member(const Past *past, Panel *panel, gsize number, gsize member, double *loss, gsize stride)
{
    Outlook *out[WINDOW];
    double n[WINDOW] = {0}, sum[WINDOW] = {0};
    gsize day = day_of(past->series->grain);
    for (gsize k = 0; k < past->mornings; k++)
        out[k] = outlook_new(panel_name(member), past->series->start + (gint64)past->morning[k], past->horizon);
    gboolean answered = panel_ask(panel, member, number, past->morning, past->mornings, out, NULL);
    for (gsize k = 0; k < past->mornings; k++) {
        for (gsize h = 0; answered && h < past->horizon && past->morning[k] + h < past->origin; h++) {
            gsize t = past->morning[k] + h, d = (t - past->first) / day;
            if (isnan(past->series->value[t]))
                continue;
            sum[d] += pinball(out[k]->quantile + h * OUTLOOK_LEVELS, past->series->value[t]);
            n[d]++;
        }
        outlook_free(out[k]);
    }
    for (gsize d = 0; d < past->days; d++)
        loss[d * stride] = n[d] > 0 ? sum[d] / n[d] : MISSING;
}

/* Losses below a millionth of the values are as good as none. */
static double least_loss(const Past *past)
{
    double sum = 0, n = 0;
    for (gsize t = 0; t < past->origin; t++)
        if (!isnan(past->series->value[t])) {
            sum += fabs(past->series->value[t]);
            n++;
        }
    return n > 0 ? 1e-6 * sum / n + 1e-300 : 1e-300;
}

gboolean trust_hears(double weight)
{
    return weight >= LEAST_HEARD;
}

static void hush(double *weight)
{
    double total = 0;
    for (gsize m = 0; m < panel_members(); m++)
        total += weight[m] = trust_hears(weight[m]) ? weight[m] : 0;
    for (gsize m = 0; m < panel_members(); m++)
        weight[m] /= total;
}

gboolean trust_weights(Panel *panel, const Series *series, gsize number, gsize origin, gsize horizon, const gboolean *allowed, double *weight)
{
    Past past = past_of(series, origin, horizon);
    gsize members = panel_members();
    gboolean any = FALSE;
    if (past.days < FEWEST)
        return FALSE;
    g_autofree double *loss = g_new(double, past.days * members);
    double least = least_loss(&past);
    for (gsize m = 0; m < members; m++) {
        if (allowed[m])
            judge_member(&past, panel, number, m, loss + m, members);
        for (gsize d = 0; d < past.days; d++) {
            double *place = &loss[d * members + m];
            *place = allowed[m] ? *place + least : MISSING;
            any = any || !isnan(*place);
        }
    }
    if (!any)
        return FALSE;
    share_follow(loss, past.days, members, trust_evidence(series, origin), 1 / a_year[series->grain], allowed, weight);
    hush(weight);
    return TRUE;
}

/* ------------------------------------------------------------------ other habits */

/* How likely a change is one that the training has not known.  `before`: the chance of a
 * change within `days`; in a past that was full of what looks like changes (waves, say) the training has
 * seen who does well in them.  One such stretch of days is what is believed before the past is asked. */
static double novelty(double before, RenewUsual usual, double days)
{
    double stretches = (double)usual.mornings / days, rate = (before + stretches * usual.changed) / (1 + stretches);
    return before / (before + (1 - before) * rate);
}

/* What the days tell for a change counts as much as they are worth, what they tell against it in full. */
double trust_changed(const Series *series, gsize origin)
{
    double days = (double)held_days(series->grain, origin);
    RenewUsual usual;
    if (series->grain != GRAIN_DAY || days < FEWEST)
        return 0;
    double changed = renew_changed(series, origin, (gsize)days, &usual), before = -expm1(days * log1p(-RENEW_CHANCE)), odds = before / (1 - before);
    double told = log(changed / (1 - changed) / odds);
    odds *= exp(told > 0 ? told * trust_evidence(series, trust_fit(series->grain, origin)) : told);
    return (isfinite(odds) ? odds / (1 + odds) : 1) * novelty(before, usual, days);
}

void trust_renew(double changed, const gboolean *allowed, double *weight)
{
    gsize anew = panel_find("renew");
    if (anew == G_MAXSIZE || !allowed[anew])
        return;
    for (gsize m = 0; m < panel_members(); m++)
        weight[m] = (1 - changed) * weight[m] + (m == anew ? changed : 0);
    hush(weight);
}
