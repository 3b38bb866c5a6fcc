#include "daemon/report/section.h"

#include <string.h>

enum { MISSES_SHOWN = 5 };

/* All units of a measure together, weighted by how many steps were scored. */
typedef struct {
    const char *measure;
    Grain grain;
    double n, mae, naive_n, naive_mae, cover_n, cover, bias_n, bias;
} Sum;

static void add(double value, guint n, double *count, double *sum)
{
    if (isnan(value))
        return;
    *count += n;
    *sum += n * value;
}

static GArray *sum_up(const BriefInput *input)
{
    GArray *sums = g_array_new(FALSE, TRUE, sizeof(Sum));
    for (gsize k = 0; k < input->scores; k++) {
        const ScoreRow *row = &input->score[k];
        guint s = 0;
        if (row->n == 0 || isnan(row->mae))
            continue;
        while (s < sums->len && (g_array_index(sums, Sum, s).grain != row->grain || !g_str_equal(g_array_index(sums, Sum, s).measure, row->measure)))
            s++;
        if (s == sums->len) {
            Sum fresh = {.measure = row->measure, .grain = row->grain};
            g_array_append_val(sums, fresh);
        }
        Sum *sum = &g_array_index(sums, Sum, s);
        add(row->mae, row->n, &sum->n, &sum->mae);
        add(row->naive_mae, row->n, &sum->naive_n, &sum->naive_mae);
        add(row->coverage80, row->n, &sum->cover_n, &sum->cover);
        add(row->bias, row->n, &sum->bias_n, &sum->bias);
    }
    return sums;
}

static char *mean_words(double sum, double n)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    return n > 0 ? g_strdup(g_ascii_formatd(buffer, sizeof buffer, "%.1f", sum / n)) : words_number(MISSING);
}

static void put_value(Page *page, const char *label, const char *text)
{
    page_open(page, "td", NULL);
    page_attribute(page, "data-label", label);
    page_put(page, "span", "value", "%s", text);
    page_close(page);
}

static void put_sum(Page *page, const Sum *sum)
{
    g_autofree char *mae = mean_words(sum->mae, sum->n), *naive = mean_words(sum->naive_mae, sum->naive_n);
    g_autofree char *bias = sum->bias_n > 0 ? words_signed(sum->bias / sum->bias_n) : words_signed(MISSING);
    g_autofree char *cover = sum->cover_n > 0 ? g_strdup_printf("%.0f %%", 100 * sum->cover / sum->cover_n) : words_chance(MISSING);
    page_open(page, "tr", NULL);
    page_open(page, "th", NULL);
    page_attribute(page, "scope", "row");
    g_autofree char *measure = words_measure(sum->measure);
    page_text(page, "%s by the %s", measure, grain_name(sum->grain));
    page_close(page);
    put_value(page, "Off by", mae);
    put_value(page, "Same time last week", naive);
    put_value(page, "Too high by", bias);
    put_value(page, "In the 80 % band", cover);
    page_close(page);
}

static void put_scores(Page *page, const GArray *sums)
{
    page_open(page, "table", "scores");
    page_open(page, "thead", NULL);
    page_open(page, "tr", NULL);
    page_put(page, "th", NULL, "What");
    page_open(page, "th", NULL);
    page_text(page, "Off by");
    section_note(page, NOTE_OFF);
    page_close(page);
    page_put(page, "th", NULL, "Same time last week");
    page_put(page, "th", NULL, "Too high by");
    page_open(page, "th", NULL);
    page_text(page, "In the 80 %% band");
    section_note(page, NOTE_BAND);
    page_close(page);
    page_close(page);
    page_close(page);
    page_open(page, "tbody", NULL);
    for (guint s = 0; s < sums->len; s++)
        put_sum(page, &g_array_index(sums, Sum, s));
    page_close(page);
    page_close(page);
}

void section_yesterday(Page *page, const Facts *facts)
{
    const BriefInput *input = facts->input;
    g_autoptr(GArray) sums = sum_up(input);
    page_open(page, "section", NULL);
    page_put(page, "h2", NULL, "What was wrong yesterday");
    if (input->scored_as_of == INSTANT_NONE)
        page_put(page, "p", NULL, "Nothing can be scored yet: forecasts are judged once their hours have passed, half a day after the first run.");
    else {
        g_autofree char *when = words_time(input->calendar, input->scored_as_of);
        if (sums->len == 0)
            page_put(page, "p", NULL, "Of the run of %s nothing is known yet that it could be judged by.", when);
        else {
            page_put(page, "p", "lead", "The run of %s against what came since:", when);
            put_scores(page, sums);
        }
        if (input->misses == 0 && sums->len > 0)
            page_put(page, "p", NULL, "Nothing came outside the 95 %% bands.");
    }
    if (input->misses > 0) {
        page_open(page, "ul", NULL);
        for (gsize k = 0; k < MIN(input->misses, MISSES_SHOWN); k++)
            page_put(page, "li", NULL, "%s", input->miss[k]);
        page_close(page);
    }
    if (input->alarms > 0) {
        page_put(page, "p", "lead", "No longer as forecast, by the scores of the last weeks:");
        page_open(page, "ul", NULL);
        for (gsize k = 0; k < input->alarms; k++)
            page_put(page, "li", NULL, "%s", input->alarm[k]);
        page_close(page);
    }
    page_close(page);
}
