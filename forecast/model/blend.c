#include "forecast/model/blend.h"

#include <stdlib.h>
#include <string.h>

enum {
    FEWEST_ORIGINS = 3, /* below this a standard error means nothing */
};

/* How far a series may bend the group's weights. */
static const double strength_tried[] = {0.0, 0.1, 0.2, 0.4, 0.8, 1.6};
enum { STRENGTHS = G_N_ELEMENTS(strength_tried) };

static gsize row_of(const BlendTrial *trial, gsize series, gsize origin, gsize step)
{
    return (series * trial->origins + origin) * trial->horizon + step;
}

static const float *quantile_of(const BlendTrial *trial, gsize member, gsize row)
{
    return trial->quantile + (member * trial->series * trial->origins * trial->horizon + row) * OUTLOOK_LEVELS;
}

static double scale_of(const BlendTrial *trial, gsize series)
{
    return trial->scale != NULL && trial->scale[series] > 0.0 ? trial->scale[series] : 1.0;
}

static double pinball(const double *quantile, double actual)
{
    double sum = 0.0;
    for (gsize k = 0; k < OUTLOOK_LEVELS; k++) {
        double above = actual - quantile[k];
        sum += above >= 0.0 ? outlook_level[k] * above : (outlook_level[k] - 1.0) * above;
    }
    return sum / OUTLOOK_LEVELS;
}

/* The blend's quantiles of one row; FALSE when no member with weight has any. */
static gboolean blend_row(const BlendTrial *trial, const double *weight, gsize row, double *quantile)
{
    double total = 0.0;
    memset(quantile, 0, OUTLOOK_LEVELS * sizeof *quantile);
    for (gsize m = 0; m < trial->members; m++) {
        const float *own = quantile_of(trial, m, row);
        if (!(weight[m] > 0.0) || isnan(own[OUTLOOK_MEDIAN]))
            continue;
        total += weight[m];
        for (gsize k = 0; k < OUTLOOK_LEVELS; k++)
            quantile[k] += weight[m] * (double)own[k];
    }
    for (gsize k = 0; k < OUTLOOK_LEVELS && total > 0.0; k++)
        quantile[k] /= total;
    return total > 0.0;
}

static double loss_of_series(const BlendTrial *trial, const double *weight, gsize series, gsize origin)
{
    double sum = 0.0, quantile[OUTLOOK_LEVELS];
    gsize count = 0;
    for (gsize h = 0; h < trial->horizon; h++) {
        gsize row = row_of(trial, series, origin, h);
        if (isnan(trial->actual[row]) || !blend_row(trial, weight, row, quantile))
            continue;
        sum += pinball(quantile, (double)trial->actual[row]);
        count++;
    }
    return count > 0 ? sum / (double)count / scale_of(trial, series) : MISSING;
}

/* Mean of the values that are known. */
static double mean_known(const double *value, gsize count)
{
    double sum = 0.0;
    gsize known = 0;
    for (gsize k = 0; k < count; k++)
        if (!isnan(value[k])) {
            sum += value[k];
            known++;
        }
    return known > 0 ? sum / (double)known : MISSING;
}

/* At one origin. */
static double loss_at(const BlendTrial *trial, const double *weight, gsize series, gsize origin)
{
    if (series != BLEND_ALL)
        return loss_of_series(trial, weight, series, origin);
    g_autofree double *loss = g_new(double, trial->series);
    for (gsize s = 0; s < trial->series; s++)
        loss[s] = loss_of_series(trial, weight, s, origin);
    return mean_known(loss, trial->series);
}

/* Mean of loss[series][origins], each series alike. */
static double mean_of_series(const double *loss, gsize series, gsize origins)
{
    g_autofree double *mean = g_new(double, series + 1);
    for (gsize s = 0; s < series; s++)
        mean[s] = mean_known(loss + s * origins, origins);
    return mean_known(mean, series);
}

double blend_loss(const BlendTrial *trial, const double *weight, gsize series)
{
    gsize first = series == BLEND_ALL ? 0 : series, last = series == BLEND_ALL ? trial->series : series + 1;
    g_autofree double *loss = g_new(double, (last - first) * trial->origins + 1);
    for (gsize s = first; s < last; s++)
        for (gsize o = 0; o < trial->origins; o++)
            loss[(s - first) * trial->origins + o] = loss_of_series(trial, weight, s, o);
    return mean_of_series(loss, last - first, trial->origins);
}

/* ---- the group ----------------------------------------------------------- */

/* A member that could not forecast half as often as another is no candidate. */
static void find_candidates(const BlendTrial *trial, const gboolean *allowed, gboolean *candidate)
{
    g_autofree gsize *known = g_new0(gsize, trial->members);
    gsize rows = trial->series * trial->origins * trial->horizon, most = 0;
    for (gsize m = 0; m < trial->members; m++) {
        for (gsize row = 0; row < rows; row++)
            known[m] += (allowed == NULL || allowed[m]) && !isnan(quantile_of(trial, m, row)[OUTLOOK_MEDIAN]);
        most = MAX(most, known[m]);
    }
    for (gsize m = 0; m < trial->members; m++)
        candidate[m] = known[m] > 0 && 2 * known[m] >= most;
}

static void equal_weights(const BlendTrial *trial, const gboolean *allowed, double *weight)
{
    gsize count = 0;
    for (gsize m = 0; m < trial->members; m++)
        count += allowed == NULL || allowed[m];
    for (gsize m = 0; m < trial->members; m++)
        weight[m] = allowed == NULL || allowed[m] ? 1.0 / (double)count : 0.0;
}

/* loss[series][origins] of one member alone. */
static void losses_alone(const BlendTrial *trial, gsize member, double *loss)
{
    g_autofree double *alone = g_new0(double, trial->members);
    alone[member] = 1.0;
    for (gsize s = 0; s < trial->series; s++)
        for (gsize o = 0; o < trial->origins; o++)
            loss[s * trial->origins + o] = loss_of_series(trial, alone, s, o);
}

/* How much worse one was than another, in standard errors of the mean difference
 * of an origin; 0 when it was not, or when that cannot be told. */
static double how_much_worse(const BlendTrial *trial, const double *loss, const double *best)
{
    g_autofree double *difference = g_new(double, trial->series);
    double n = 0.0, mean = 0.0, squares = 0.0;
    for (gsize o = 0; o < trial->origins; o++) {
        for (gsize s = 0; s < trial->series; s++)
            difference[s] = loss[s * trial->origins + o] - best[s * trial->origins + o];
        double here = mean_known(difference, trial->series);
        if (isnan(here))
            continue;
        double before = here - mean;
        mean += before / ++n;
        squares += before * (here - mean);
    }
    if (n < FEWEST_ORIGINS || !(mean > 0.0))
        return 0.0;
    double apart = trial->separate > 0.0 ? fmin(trial->separate, n) : n;
    double error = sqrt(squares / (n - 1.0) / apart);
    return error > 0.0 ? mean / error : (double)INFINITY;
}

/* Origins at which a member could be scored for whichever series. */
static gsize origins_scored(const BlendTrial *trial, const double *loss)
{
    gsize count = 0;
    for (gsize o = 0; o < trial->origins; o++) {
        gboolean any = FALSE;
        for (gsize s = 0; s < trial->series && !any; s++)
            any = !isnan(loss[s * trial->origins + o]);
        count += any;
    }
    return count;
}

void blend_group(const BlendTrial *trial, const gboolean *allowed, double *weight)
{
    gsize each = trial->series * trial->origins, best = G_MAXSIZE;
    g_autofree gboolean *candidate = g_new(gboolean, trial->members);
    g_autofree double *loss = g_new(double, trial->members * each + 1);
    double least = (double)INFINITY, total = 0.0;
    find_candidates(trial, allowed, candidate);
    for (gsize m = 0; m < trial->members; m++) {
        if (candidate[m])
            losses_alone(trial, m, loss + m * each);
        double mean = candidate[m] ? mean_of_series(loss + m * each, trial->series, trial->origins) : MISSING;
        if (mean < least) {
            least = mean;
            best = m;
        }
    }
    if (best == G_MAXSIZE || origins_scored(trial, loss + best * each) < FEWEST_ORIGINS) {
        blend_better_half(trial, allowed, weight);
        return;
    }
    for (gsize m = 0; m < trial->members; m++)
        total += weight[m] = candidate[m] ? exp(-how_much_worse(trial, loss + m * each, loss + best * each)) : 0.0;
    for (gsize m = 0; m < trial->members; m++)
        weight[m] /= total;
}

typedef struct {
    gsize member;
    double loss;
} Ranked;

static int by_loss(const void *a, const void *b)
{
    const Ranked *x = a, *y = b;
    return x->loss != y->loss ? (x->loss > y->loss) - (x->loss < y->loss) : (x->member > y->member) - (x->member < y->member);
}

/* Two forecasts averaged alike are better than the better one while the other's
 * errors are less than this many times as large, if half of their chance is shared. */
static const double too_bad = 1.3;

void blend_better_half(const BlendTrial *trial, const gboolean *allowed, double *weight)
{
    g_autofree gboolean *candidate = g_new(gboolean, trial->members);
    g_autofree Ranked *ranked = g_new(Ranked, trial->members + 1);
    g_autofree double *alone = g_new0(double, trial->members + 1);
    gsize count = 0;
    find_candidates(trial, allowed, candidate);
    for (gsize m = 0; m < trial->members; m++) {
        alone[m] = 1.0;
        double loss = candidate[m] ? blend_loss(trial, alone, BLEND_ALL) : MISSING;
        alone[m] = 0.0;
        if (!isnan(loss))
            ranked[count++] = (Ranked){m, loss};
    }
    if (count == 0) {
        equal_weights(trial, allowed, weight);
        return;
    }
    qsort(ranked, count, sizeof *ranked, by_loss);
    memset(weight, 0, trial->members * sizeof *weight);
    gsize half = (count + 1) / 2;
    while (half > 1 && ranked[half - 1].loss > too_bad * ranked[0].loss)
        half--;
    for (gsize k = 0; k < half; k++)
        weight[ranked[k].member] = 1.0 / (double)half;
}

/* ---- one series ---------------------------------------------------------- */

/* Losses of members with a say, [members][series][origins], and their means over the series, [members][origins]. */
typedef struct {
    const BlendTrial *trial;
    double *loss, *mean;
} Record;

static Record record_of(const BlendTrial *trial, const double *group)
{
    gsize each = trial->series * trial->origins;
    Record record = {trial, g_new(double, trial->members * each + 1), g_new(double, trial->members * trial->origins + 1)};
    g_autofree double *alone = g_new0(double, trial->members + 1), *column = g_new(double, trial->series + 1);
    for (gsize m = 0; m < trial->members; m++) {
        alone[m] = 1.0;
        for (gsize o = 0; o < trial->origins; o++) {
            for (gsize s = 0; s < trial->series; s++)
                column[s] = record.loss[m * each + s * trial->origins + o] = group[m] > 0.0 ? loss_of_series(trial, alone, s, o) : MISSING;
            record.mean[m * trial->origins + o] = mean_known(column, trial->series);
        }
        alone[m] = 0.0;
    }
    return record;
}

static void record_clear(Record *record)
{
    g_free(record->loss);
    g_free(record->mean);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Record, record_clear)

/* Steps of a season tell of the same days: they are one piece of evidence. */
static double pieces_of(const BlendTrial *trial)
{
    gsize piece = trial->season > 0 ? MIN(trial->season, trial->horizon) : trial->horizon;
    return (double)trial->horizon / (double)MAX(piece, 1);
}

/* By how much a member was worse for a series than for the group, added up over
 * its pieces of evidence at all origins but one. */
static double excess_of(const Record *record, gsize member, gsize series, gsize left_out)
{
    const BlendTrial *trial = record->trial;
    const double *loss = record->loss + (member * trial->series + series) * trial->origins;
    double sum = 0.0;
    for (gsize o = 0; o < trial->origins; o++)
        if (o != left_out && !isnan(loss[o]))
            sum += loss[o] - record->mean[member * trial->origins + o];
    return sum * pieces_of(trial);
}

static void bend(const Record *record, gsize series, gsize left_out, const double *group, double strength, double *weight)
{
    gsize members = record->trial->members;
    double least = (double)INFINITY, total = 0.0;
    for (gsize m = 0; m < members; m++)
        if (group[m] > 0.0) {
            weight[m] = excess_of(record, m, series, left_out);
            least = fmin(least, weight[m]);
        }
    for (gsize m = 0; m < members; m++) {
        weight[m] = group[m] > 0.0 ? group[m] * exp(-strength * (weight[m] - least)) : 0.0;
        total += weight[m];
    }
    for (gsize m = 0; m < members; m++)
        weight[m] /= total;
}

/* at[origins]: mean loss of all series at each origin, their weights bent by the other origins. */
static void losses_left_out(const Record *record, const double *group, double strength, double *at)
{
    const BlendTrial *trial = record->trial;
    g_autofree double *weight = g_new(double, trial->members), *loss = g_new(double, trial->series + 1);
    for (gsize o = 0; o < trial->origins; o++) {
        for (gsize s = 0; s < trial->series; s++) {
            bend(record, s, o, group, strength, weight);
            loss[s] = loss_of_series(trial, weight, s, o);
        }
        at[o] = mean_known(loss, trial->series);
    }
}

/* Is one no worse than the other by more than the standard error of their differences? */
static gboolean as_good(const double *one, const double *other, gsize origins)
{
    double sum = 0.0, squares = 0.0, n = 0.0;
    for (gsize o = 0; o < origins; o++)
        if (!isnan(one[o]) && !isnan(other[o])) {
            double difference = one[o] - other[o];
            sum += difference;
            squares += difference * difference;
            n++;
        }
    if (n < 2.0)
        return TRUE;
    double mean = sum / n, variance = fmax(squares - n * mean * mean, 0.0) / (n - 1.0);
    return mean <= sqrt(variance / n);
}

static double strength_of(const Record *record, const double *group)
{
    gsize origins = record->trial->origins, best = 0, plain = 0;
    g_autofree double *at = g_new(double, STRENGTHS * origins + 1);
    double least = (double)INFINITY;
    for (gsize k = 0; k < STRENGTHS; k++) {
        losses_left_out(record, group, strength_tried[k], at + k * origins);
        double loss = mean_known(at + k * origins, origins);
        if (loss < least) {
            least = loss;
            best = k;
        }
    }
    while (plain < best && !as_good(at + plain * origins, at + best * origins, origins))
        plain++;
    return strength_tried[plain];
}

double blend_series(const BlendTrial *trial, const double *group, double *weight)
{
    gboolean enough = trial->origins >= FEWEST_ORIGINS && trial->series > 1;
    g_auto(Record) record = record_of(trial, group);
    double strength = enough ? strength_of(&record, group) : 0.0;
    for (gsize s = 0; s < trial->series; s++)
        bend(&record, s, G_MAXSIZE, group, strength, weight + s * trial->members);
    return strength;
}

/* ---- the gate ------------------------------------------------------------ */

void blend_verdict_clear(BlendVerdict *verdict)
{
    g_clear_pointer(&verdict->sentence, g_free);
}

static void compare(const BlendTrial *trial, gsize series, const double *weight, const double *classical, BlendVerdict *verdict)
{
    double squares = 0.0;
    for (gsize o = 0; o < trial->origins; o++) {
        double network = loss_at(trial, weight, series, o), other = loss_at(trial, classical, series, o);
        if (isnan(network) || isnan(other))
            continue;
        verdict->origins++;
        double n = (double)verdict->origins, before = verdict->difference;
        verdict->network += (network - verdict->network) / n;
        verdict->classical += (other - verdict->classical) / n;
        verdict->difference += (other - network - before) / n;
        squares += (other - network - before) * (other - network - verdict->difference);
    }
    double n = (double)verdict->origins;
    verdict->error = verdict->origins > 1 ? sqrt(fmax(squares, 0.0) / (n - 1.0) / n) : MISSING;
}

void blend_gate(const BlendTrial *trial, gsize series, const char *name, const double *weight,
                const double *classical, BlendVerdict *verdict)
{
    *verdict = (BlendVerdict){0};
    compare(trial, series, weight, classical, verdict);
    if (verdict->origins < FEWEST_ORIGINS) {
        verdict->sentence = g_strdup_printf("%s stands down: compared at %" G_GSIZE_FORMAT " origins, at least %d are wanted",
                                            name, verdict->origins, FEWEST_ORIGINS);
        return;
    }
    verdict->publish = verdict->difference > verdict->error && verdict->difference > 0.0;
    verdict->sentence = g_strdup_printf("%s %s: mean pinball %.4g against %.4g, %s by %.2g (standard error %.2g) over %" G_GSIZE_FORMAT " origins",
                                        name, verdict->publish ? "publishes" : "stands down", verdict->network, verdict->classical,
                                        verdict->difference < 0.0 ? "worse" : "better", fabs(verdict->difference), verdict->error, verdict->origins);
}

/* ---- forecasts ----------------------------------------------------------- */

gboolean blend_apply(const Outlook *const *outlook, const double *weight, gsize members, gboolean counts, Outlook *out)
{
    double total = 0.0;
    for (gsize m = 0; m < members; m++)
        total += outlook[m] != NULL && weight[m] > 0.0 ? weight[m] : 0.0;
    if (!(total > 0.0))
        return FALSE;
    memset(out->mean, 0, out->horizon * sizeof *out->mean);
    memset(out->quantile, 0, out->horizon * OUTLOOK_LEVELS * sizeof *out->quantile);
    for (gsize m = 0; m < members; m++) {
        if (outlook[m] == NULL || !(weight[m] > 0.0))
            continue;
        g_assert(outlook[m]->horizon == out->horizon);
        double share = weight[m] / total;
        for (gsize h = 0; h < out->horizon; h++)
            out->mean[h] += share * outlook[m]->mean[h];
        for (gsize k = 0; k < out->horizon * OUTLOOK_LEVELS; k++)
            out->quantile[k] += share * outlook[m]->quantile[k];
    }
    outlook_tidy(out, counts);
    return TRUE;
}

typedef struct {
    double value, weight;
} Voice;

static double middle_of(Voice *voice, gsize count)
{
    double total = 0, below = 0;
    for (gsize j = 0; j < count; j++) {
        total += voice[j].weight;
        for (gsize k = j; k > 0 && voice[k - 1].value > voice[k].value; k--) {
            Voice smaller = voice[k];
            voice[k] = voice[k - 1];
            voice[k - 1] = smaller;
        }
    }
    for (gsize k = 0; k + 1 < count; k++) { /* from the middle of one voice to that of the next */
        double here = below + voice[k].weight / 2, there = below + voice[k].weight + voice[k + 1].weight / 2;
        if (here >= total / 2)
            return voice[k].value;
        if (there >= total / 2)
            return voice[k].value + (total / 2 - here) / (there - here) * (voice[k + 1].value - voice[k].value);
        below += voice[k].weight;
    }
    return voice[count - 1].value;
}

gboolean blend_median(const Outlook *const *outlook, const double *weight, gsize members, gboolean counts, Outlook *out)
{
    g_autofree Voice *voice = g_new(Voice, members + 1);
    gsize count = 0;
    for (gsize m = 0; m < members; m++)
        count += outlook[m] != NULL && weight[m] > 0;
    if (count == 0)
        return FALSE;
    for (gsize k = 0; k < out->horizon * (OUTLOOK_LEVELS + 1); k++) {
        double *place = k < out->horizon ? &out->mean[k] : &out->quantile[k - out->horizon];
        count = 0;
        for (gsize m = 0; m < members; m++)
            if (outlook[m] != NULL && weight[m] > 0)
                voice[count++] = (Voice){k < out->horizon ? outlook[m]->mean[k] : outlook[m]->quantile[k - out->horizon], weight[m]};
        *place = middle_of(voice, count);
    }
    outlook_tidy(out, counts);
    return TRUE;
}
