#include "daemon/engine/scoreboard.h"

#include <string.h>

enum { DRAWS = 2000, SERIES_ENOUGH = 10 };

/* Mean pinball loss of each pair, in units of the series' scale: one pair per
 * series, or per series and origin. */
static double *losses(const Backtest *b, gsize member, const double *scale, gboolean per_series, gsize *pairs)
{
    *pairs = per_series ? b->series : b->series * b->origins;
    double *loss = g_new(double, *pairs + 1);
    for (gsize i = 0; i < b->series; i++) {
        ScoreSum sum = {0};
        for (gsize k = 0; k < b->origins; k++) {
            ScoreSum one = backtest_sum(b, member, i, k);
            score_join(&sum, &one);
            if (!per_series)
                loss[i * b->origins + k] = score_of(&one, MISSING).pinball / scale[i];
        }
        if (per_series)
            loss[i] = score_of(&sum, MISSING).pinball / scale[i];
    }
    return loss;
}

static Score score_member(const Backtest *b, gsize member, const double *scale)
{
    g_autofree ScoreSum *sum = g_new0(ScoreSum, b->series + 1);
    for (gsize i = 0; i < b->series; i++)
        for (gsize k = 0; k < b->origins; k++) {
            ScoreSum one = backtest_sum(b, member, i, k);
            score_join(&sum[i], &one);
        }
    return score_of_many(sum, scale, b->series);
}

static void compare(const Backtest *b, gsize member, const double *scale, const double *naive, guint64 seed, ScoreboardRow *row)
{
    gsize pairs, known = 0;
    g_autofree double *loss = losses(b, member, scale, b->series >= SERIES_ENOUGH, &pairs);
    double base = 0;
    for (gsize k = 0; k < pairs; k++) {
        loss[k] -= naive[k];
        if (!isnan(loss[k])) {
            base += naive[k];
            known++;
        }
    }
    base = base > 0 ? base / (double)known : MISSING;
    ScoreDifference difference = score_difference(loss, pairs, DRAWS, seed);
    row->pairs = difference.pairs;
    row->difference = difference.mean / base;
    row->low = difference.low / base;
    row->high = difference.high / base;
}

static gsize naive_of(const Backtest *b)
{
    for (gsize m = 0; m < b->members; m++)
        if (g_str_equal(b->name[m], "naive"))
            return m;
    return 0;
}

ScoreboardRow *scoreboard_new(const Backtest *backtest, const double *scale, guint64 seed)
{
    gsize pairs;
    ScoreboardRow *row = g_new0(ScoreboardRow, backtest->members + 1);
    g_autofree double *naive = losses(backtest, naive_of(backtest), scale, backtest->series >= SERIES_ENOUGH, &pairs);
    for (gsize m = 0; m < backtest->members; m++) {
        row[m].member = backtest->name[m];
        row[m].score = score_member(backtest, m, scale);
        compare(backtest, m, scale, naive, seed, &row[m]);
    }
    return row;
}

char *scoreboard_text(const ScoreboardRow *row, gsize rows)
{
    GString *text = g_string_new("member           MASE    WAPE     WQL  in 50 %  in 80 %  in 95 %   pinball  next MAE   sum MAE  against naive (95 % interval)\n");
    for (gsize m = 0; m < rows; m++) {
        const Score *s = &row[m].score;
        if (s->rows == 0)
            continue;
        g_string_append_printf(text, "%-12s %8.4f %6.2f%% %7.4f %7.1f%% %7.1f%% %7.1f%% %9.4g %9.4g %9.4g", row[m].member, s->mase, 100 * s->wape, s->wql,
                               100 * s->coverage50, 100 * s->coverage80, 100 * s->coverage95, s->pinball, s->next, s->whole);
        if (!g_str_equal(row[m].member, "naive"))
            g_string_append_printf(text, "  %+.1f%% (%+.1f .. %+.1f)", 100 * row[m].difference, 100 * row[m].low, 100 * row[m].high);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

/* A number that reads back as the same figure in any program; empty when MISSING. */
static void append_number(GString *text, double number)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_c(text, ',');
    if (!isnan(number))
        g_string_append(text, g_ascii_formatd(buffer, sizeof buffer, "%.10g", number));
}

char *scoreboard_csv(const ScoreboardRow *row, gsize rows)
{
    GString *text = g_string_new("member,rows,mase,wape,wql,coverage80,coverage95,pinball,wis,mae,bias,interval80,difference_to_naive,low,high,coverage50,next_mae,sum_mae,pairs\n");
    for (gsize m = 0; m < rows; m++) {
        const Score *s = &row[m].score;
        const double figure[] = {s->mase, s->wape, s->wql, s->coverage80, s->coverage95, s->pinball, s->wis, s->mae, s->bias, s->interval80,
                                 row[m].difference, row[m].low, row[m].high, s->coverage50, s->next, s->whole};
        g_string_append_printf(text, "%s,%zu", row[m].member, s->rows);
        for (gsize f = 0; f < G_N_ELEMENTS(figure); f++)
            append_number(text, figure[f]);
        g_string_append_printf(text, ",%zu\n", row[m].pairs);
    }
    return g_string_free(text, FALSE);
}
