#include "daemon/report/chart.h"

#include "daemon/report/canvas.h"

/* Okabe and Ito's blue and vermillion, which the colour-blind tell apart; the
 * bands are tints of the blue that also step down evenly in grey. */
static const Colour ink = {0.10, 0.10, 0.12}, soft = {0.35, 0.36, 0.40}, rule = {0.86, 0.87, 0.89};
static const Colour median_blue = {0.00, 0.29, 0.50}, beds_red = {0.72, 0.23, 0.00}, missing_grey = {0.45, 0.45, 0.48};
static const Colour band_colour[] = {{0.86, 0.92, 0.97}, {0.68, 0.82, 0.92}, {0.45, 0.67, 0.84}};
static const double band_level[] = {0.025, 0.10, 0.25};

/* History shown before a forecast, in steps of each grain. */
static const gsize tail_steps[GRAINS] = {48, 28, 26, 36};

static char *short_number(double value)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    if (fabs(value) >= 100000)
        return g_strconcat(g_ascii_formatd(buffer, sizeof buffer, "%.0f", value / 1000), "k", NULL);
    return g_strdup(g_ascii_formatd(buffer, sizeof buffer, fabs(value) < 10 && value != floor(value) ? "%.1f" : "%.0f", value));
}

/* --- the frame of a fan chart ------------------------------------------------- */

typedef struct {
    const ChartFan *fan;
    gint64 first, now, end;        /* steps: first shown, first not known, behind the last */
    double low, high, tick;        /* of the value axis */
    double left, right, top, foot; /* of the plot */
} Frame;

static double x_of(const Frame *frame, double step)
{
    double span = (double)MAX(frame->end - frame->first - 1, 1);
    return frame->left + (step - (double)frame->first) / span * (frame->right - frame->left);
}

static double y_of(const Frame *frame, double value)
{
    double share = (CLAMP(value, frame->low, frame->high) - frame->low) / (frame->high - frame->low);
    return frame->foot - share * (frame->foot - frame->top);
}

static double value_at(const Series *series, gint64 step)
{
    gint64 t = step - series->start;
    return t >= 0 && t < (gint64)series->length ? series->value[t] : MISSING;
}

static double quantile_at(const Frame *frame, gint64 step, double level)
{
    return outlook_at(frame->fan->outlook, (gsize)(step - frame->now), level, frame->fan->series->counts);
}

static void widen(double value, double *low, double *high)
{
    if (!isfinite(value))
        return;
    *low = MIN(*low, value);
    *high = MAX(*high, value);
}

/* 1, 2 or 5 times a power of ten, for about four ticks. */
static double nice_tick(double span)
{
    double rough = span / 3, power = pow(10, floor(log10(rough))), lead = rough / power;
    return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
}

static void set_axis(Frame *frame)
{
    double low = (double)INFINITY, high = -(double)INFINITY;
    for (gint64 step = frame->first; step < frame->now; step++)
        widen(value_at(frame->fan->series, step), &low, &high);
    for (gint64 step = frame->now; step < frame->end; step++) {
        widen(quantile_at(frame, step, band_level[0]), &low, &high);
        widen(quantile_at(frame, step, 1 - band_level[0]), &low, &high);
    }
    if (!(low <= high))
        low = high = 0;
    /* A line of beds far away would flatten the rest. */
    double room = MAX(high - low, 0.1 * high);
    if (frame->fan->capacity <= high + 1.5 * room && frame->fan->capacity >= low - 1.5 * room)
        widen(frame->fan->capacity, &low, &high);
    if (low >= 0 && low < 0.4 * high)
        low = 0;
    if (high - low < 1)
        high = low + 1;
    double tick = frame->fan->series->counts ? MAX(nice_tick(high - low), 1) : nice_tick(high - low);
    frame->low = tick * floor(low / tick);
    frame->high = tick * ceil(high / tick + 0.05);
    frame->tick = tick;
}

static void put_value_axis(cairo_t *cr, const Frame *frame)
{
    cairo_set_line_width(cr, 0.7);
    for (double value = frame->low; value <= frame->high + 0.01 * frame->tick; value += frame->tick) {
        g_autofree char *label = short_number(value);
        double y = floor(y_of(frame, value)) + 0.5;
        canvas_use(cr, rule);
        cairo_move_to(cr, frame->left, y);
        cairo_line_to(cr, frame->right, y);
        cairo_stroke(cr);
        canvas_use(cr, soft);
        canvas_text(cr, frame->left - 4, y - 6, SIDE_RIGHT, 9, FALSE, 0, label);
    }
}

static const char *const day_name[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
static const char *const month_name[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* What to write at a step, or NULL when the axis has no mark there. */
static char *mark_of(const Frame *frame, gint64 step, double day_width)
{
    int year, month, day;
    gint64 first_day = grain_step_of_hour(GRAIN_DAY, grain_first_hour(frame->fan->series->grain, step));
    grain_date_of_day(first_day, &year, &month, &day);
    int weekday = grain_weekday(first_day);
    switch (frame->fan->series->grain) {
    case GRAIN_HOUR:
        if (step % 24 != 0)
            return NULL;
        return day_width < 34 ? g_strndup(day_name[weekday], day_width < 24 ? 1 : 3) : g_strdup_printf("%s %d", day_name[weekday], day);
    case GRAIN_DAY:
        return weekday == 0 ? g_strdup_printf("%d %s", day, month_name[month - 1]) : NULL;
    case GRAIN_WEEK:
        return day <= 7 ? g_strdup(month_name[month - 1]) : NULL;
    case GRAIN_MONTH:
        return month == 1 ? g_strdup_printf("%d", year) : NULL;
    case GRAINS:
        break;
    }
    return NULL;
}

static void put_time_axis(cairo_t *cr, const Frame *frame)
{
    gboolean hours = frame->fan->series->grain == GRAIN_HOUR;
    double day_width = x_of(frame, 24) - x_of(frame, 0), clear = frame->left - 10;
    for (gint64 step = frame->first; step < frame->end; step++) {
        g_autofree char *mark = mark_of(frame, step, day_width);
        if (mark == NULL)
            continue;
        double x = floor(x_of(frame, (double)step)) + 0.5;
        canvas_use(cr, rule);
        cairo_set_line_width(cr, 0.7);
        cairo_move_to(cr, x, frame->top);
        cairo_line_to(cr, x, frame->foot + 3);
        cairo_stroke(cr);
        /* The name of a day stands in its middle, other names at their mark. */
        double at = hours ? x + day_width / 2 : x;
        if (at + 12 > frame->right + 8 || at - 14 < clear)
            continue;
        canvas_use(cr, soft);
        clear = at + canvas_text(cr, at, frame->foot + 4, SIDE_CENTRE, 9, FALSE, 0, mark) / 2;
    }
}

/* --- what is drawn into it ---------------------------------------------------- */

/* The newest known value, from where the fan opens; FALSE when there is none. */
static gboolean last_known(const Frame *frame, gint64 *step, double *value)
{
    for (*step = frame->now - 1; *step >= frame->first; (*step)--) {
        *value = value_at(frame->fan->series, *step);
        if (!isnan(*value))
            return TRUE;
    }
    return FALSE;
}

static void put_bands(cairo_t *cr, const Frame *frame)
{
    gint64 from;
    double value;
    gboolean known = last_known(frame, &from, &value) && from == frame->now - 1;
    for (gsize band = 0; band < G_N_ELEMENTS(band_level); band++) {
        if (known)
            cairo_move_to(cr, x_of(frame, (double)from), y_of(frame, value));
        for (gint64 step = frame->now; step < frame->end; step++)
            cairo_line_to(cr, x_of(frame, (double)step), y_of(frame, quantile_at(frame, step, 1 - band_level[band])));
        for (gint64 step = frame->end - 1; step >= frame->now; step--)
            cairo_line_to(cr, x_of(frame, (double)step), y_of(frame, quantile_at(frame, step, band_level[band])));
        cairo_close_path(cr);
        canvas_use(cr, band_colour[band]);
        cairo_fill(cr);
    }
    canvas_use(cr, median_blue);
    cairo_set_line_width(cr, 1.8);
    if (known)
        cairo_move_to(cr, x_of(frame, (double)from), y_of(frame, value));
    for (gint64 step = frame->now; step < frame->end; step++)
        cairo_line_to(cr, x_of(frame, (double)step), y_of(frame, quantile_at(frame, step, 0.5)));
    cairo_stroke(cr);
}

static void put_history(cairo_t *cr, const Frame *frame, double weight)
{
    gboolean pen_down = FALSE;
    canvas_use(cr, ink);
    cairo_set_line_width(cr, weight);
    for (gint64 step = frame->first; step < frame->now; step++) {
        double value = value_at(frame->fan->series, step), x = x_of(frame, (double)step);
        if (isnan(value)) {
            pen_down = FALSE;
            continue;
        }
        double y = y_of(frame, value);
        if (!pen_down && isnan(value_at(frame->fan->series, step + 1)))
            cairo_rectangle(cr, x - 0.6, y - 0.6, 1.2, 1.2); /* alone between two gaps */
        else if (pen_down)
            cairo_line_to(cr, x, y);
        else
            cairo_move_to(cr, x, y);
        pen_down = TRUE;
    }
    cairo_stroke(cr);
}

/* A strip at the foot: where the history is not known or was mended. */
static void put_gaps(cairo_t *cr, const Frame *frame)
{
    const Series *series = frame->fan->series;
    double width = MAX(x_of(frame, 1) - x_of(frame, 0), 1.0);
    canvas_use(cr, missing_grey);
    for (gint64 step = MAX(frame->first, series->start); step < frame->now; step++) {
        gint64 t = step - series->start;
        gboolean gap = t >= (gint64)series->length || isnan(series->value[t]) || series->mended[t] == MEND_GAP || series->mended[t] == MEND_ABSURD;
        if (gap)
            cairo_rectangle(cr, x_of(frame, (double)step) - width / 2, frame->foot - 3, width, 3);
    }
    cairo_fill(cr);
}

static void put_capacity(cairo_t *cr, const Frame *frame)
{
    static const double dash[] = {5, 3};
    double capacity = frame->fan->capacity;
    if (!(capacity >= frame->low && capacity <= frame->high))
        return;
    double y = y_of(frame, capacity);
    canvas_use(cr, beds_red);
    cairo_set_line_width(cr, 1.4);
    cairo_set_dash(cr, dash, 2, 0);
    cairo_move_to(cr, frame->left, y);
    cairo_line_to(cr, frame->right, y);
    cairo_stroke(cr);
    cairo_set_dash(cr, NULL, 0, 0);
}

/* The name to the left, the beds to the right, above the plot where nothing crosses them. */
static void put_title(cairo_t *cr, const Frame *frame)
{
    double beds_width = 0;
    if (!isnan(frame->fan->capacity)) {
        g_autofree char *number = short_number(frame->fan->capacity);
        g_autofree char *label = g_strdup_printf("%s beds", number);
        canvas_use(cr, beds_red);
        beds_width = canvas_text(cr, frame->right, 2, SIDE_RIGHT, 10, TRUE, 0, label) + 8;
    }
    canvas_use(cr, ink);
    canvas_text(cr, 1, 1, SIDE_LEFT, 11, TRUE, frame->right - beds_width, frame->fan->title);
}

static void put_now(cairo_t *cr, const Frame *frame)
{
    if (frame->now >= frame->end)
        return;
    double x = floor(x_of(frame, (double)frame->now - 1)) + 0.5;
    canvas_use(cr, soft);
    cairo_set_line_width(cr, 0.8);
    cairo_move_to(cr, x, frame->top - 2);
    cairo_line_to(cr, x, frame->foot);
    cairo_stroke(cr);
}

static void frame_init(Frame *frame, const ChartFan *fan, int width, int height)
{
    const Series *series = fan->series;
    gint64 known_end = series->start + (gint64)series->length;
    *frame = (Frame){.fan = fan, .left = 32, .right = width - 6, .top = 20, .foot = height - 18};
    frame->now = fan->outlook ? fan->outlook->origin : known_end;
    frame->end = frame->now + (fan->outlook ? (gint64)fan->outlook->horizon : 0);
    frame->first = MAX(frame->now - (gint64)tail_steps[series->grain], MIN(series->start, frame->now - 1));
    set_axis(frame);
}

static char *describe(const Frame *frame)
{
    const ChartFan *fan = frame->fan;
    GString *text = g_string_new(fan->title);
    gint64 step;
    double value;
    g_string_append(text, ": ");
    if (last_known(frame, &step, &value)) {
        g_autofree char *number = short_number(value);
        g_string_append_printf(text, "%s %s last counted", number, fan->noun);
    } else
        g_string_append(text, "nothing counted lately");
    if (fan->outlook != NULL) {
        gint64 last = frame->end - 1;
        g_autofree char *middle = short_number(quantile_at(frame, last, 0.5));
        g_autofree char *low = short_number(quantile_at(frame, last, 0.1)), *high = short_number(quantile_at(frame, last, 0.9));
        g_string_append_printf(text, "; %s expected %" G_GSIZE_FORMAT " %ss ahead, between %s and %s in 80 of 100 futures", middle,
                               fan->outlook->horizon, grain_name(fan->series->grain), low, high);
    } else
        g_string_append(text, "; no forecast");
    if (!isnan(fan->capacity)) {
        g_autofree char *beds = short_number(fan->capacity);
        g_string_append_printf(text, "; %s beds", beds);
    }
    return g_string_free(text, FALSE);
}

char *chart_fan(const ChartFan *fan, int width, int height, char **alt)
{
    Canvas canvas;
    Frame frame;
    canvas_open(&canvas, width, height);
    frame_init(&frame, fan, width, height);
    put_title(canvas.cr, &frame);
    put_value_axis(canvas.cr, &frame);
    put_time_axis(canvas.cr, &frame);
    if (fan->outlook != NULL)
        put_bands(canvas.cr, &frame);
    put_now(canvas.cr, &frame);
    put_gaps(canvas.cr, &frame);
    put_capacity(canvas.cr, &frame);
    put_history(canvas.cr, &frame, 1.3);
    if (alt != NULL)
        *alt = describe(&frame);
    return canvas_close(&canvas);
}

char *chart_spark(const Series *series, double capacity, int width, int height)
{
    enum { STEPS = 72 };
    const ChartFan fan = {.title = "", .noun = "", .series = series, .capacity = capacity};
    Frame frame = {.fan = &fan, .left = 2, .right = width - 3, .top = 2, .foot = height - 2};
    Canvas canvas;
    frame.now = frame.end = series->start + (gint64)series->length;
    frame.first = MAX(frame.now - STEPS, MIN(series->start, frame.now - 1));
    set_axis(&frame);
    canvas_open(&canvas, width, height);
    if (capacity >= frame.low && capacity <= frame.high) {
        static const double dash[] = {3, 2};
        canvas_use(canvas.cr, beds_red);
        cairo_set_line_width(canvas.cr, 1);
        cairo_set_dash(canvas.cr, dash, 2, 0);
        cairo_move_to(canvas.cr, frame.left, y_of(&frame, capacity));
        cairo_line_to(canvas.cr, frame.right, y_of(&frame, capacity));
        cairo_stroke(canvas.cr);
        cairo_set_dash(canvas.cr, NULL, 0, 0);
    }
    put_history(canvas.cr, &frame, 1);
    gint64 step;
    double value;
    if (last_known(&frame, &step, &value)) {
        cairo_arc(canvas.cr, x_of(&frame, (double)step), y_of(&frame, value), 1.8, 0, 2 * G_PI);
        cairo_fill(canvas.cr);
    }
    return canvas_close(&canvas);
}

/* Slanted strokes tell "too many" from "taken" also without colour. */
static void hatch(cairo_t *cr, double left, double right, double height)
{
    cairo_save(cr);
    cairo_rectangle(cr, left, 0.5, right - left, height - 1);
    cairo_clip_preserve(cr);
    canvas_use(cr, (Colour){0.98, 0.85, 0.79});
    cairo_fill(cr);
    canvas_use(cr, beds_red);
    cairo_set_line_width(cr, 1.2);
    for (double x = left - height; x < right + height; x += 3.5) {
        cairo_move_to(cr, x, height);
        cairo_line_to(cr, x + height, 0);
    }
    cairo_stroke(cr);
    cairo_restore(cr);
}

char *chart_bar(double patients, double beds, int width, int height)
{
    Canvas canvas;
    canvas_open(&canvas, width, height);
    double most = MAX(MAX(patients, beds), 1), scale = (width - 1) / most;
    double full = MIN(patients, beds) * scale;
    canvas_use(canvas.cr, band_colour[2]);
    cairo_rectangle(canvas.cr, 0.5, 0.5, full, height - 1);
    cairo_fill(canvas.cr);
    if (patients > beds)
        hatch(canvas.cr, beds * scale + 0.5, patients * scale + 0.5, height);
    canvas_use(canvas.cr, ink);
    cairo_set_line_width(canvas.cr, 1);
    cairo_rectangle(canvas.cr, 0.5, 0.5, beds * scale, height - 1);
    cairo_stroke(canvas.cr);
    return canvas_close(&canvas);
}

/* --- legend ------------------------------------------------------------------- */

static double legend_line(cairo_t *cr, double x, double y, Colour colour, double weight, gboolean dashed, const char *text)
{
    static const double dash[] = {5, 3};
    canvas_use(cr, colour);
    cairo_set_line_width(cr, weight);
    cairo_set_dash(cr, dash, dashed ? 2 : 0, 0);
    cairo_move_to(cr, x, y + 7);
    cairo_line_to(cr, x + 18, y + 7);
    cairo_stroke(cr);
    cairo_set_dash(cr, NULL, 0, 0);
    canvas_use(cr, ink);
    return x + 23 + canvas_text(cr, x + 23, y, SIDE_LEFT, 10, FALSE, 0, text) + 12;
}

static double legend_box(cairo_t *cr, double x, double y, Colour colour, double height, const char *text)
{
    canvas_use(cr, colour);
    cairo_rectangle(cr, x, y + 13 - height, 14, height);
    cairo_fill(cr);
    canvas_use(cr, ink);
    return x + 18 + canvas_text(cr, x + 18, y, SIDE_LEFT, 10, FALSE, 0, text) + 10;
}

char *chart_legend_lines(int width, int height, char **alt)
{
    Canvas canvas;
    canvas_open(&canvas, width, height);
    double x = legend_line(canvas.cr, 1, 1, ink, 1.3, FALSE, "counted");
    x = legend_line(canvas.cr, x, 1, median_blue, 1.8, FALSE, "most likely");
    legend_line(canvas.cr, x, 1, beds_red, 1.4, TRUE, "beds");
    *alt = g_strdup("Black line: counted. Blue line: most likely. Dashed: beds.");
    return canvas_close(&canvas);
}

char *chart_legend_bands(int width, int height, char **alt)
{
    Canvas canvas;
    canvas_open(&canvas, width, height);
    double x = legend_box(canvas.cr, 1, 1, band_colour[2], 12, "50");
    x = legend_box(canvas.cr, x, 1, band_colour[1], 12, "80");
    x = legend_box(canvas.cr, x, 1, band_colour[0], 12, "95 of 100 futures");
    legend_box(canvas.cr, x, 1, missing_grey, 4, "not known");
    *alt = g_strdup("Bands from dark to light: 50, 80 and 95 of 100 futures. Grey marks at the foot: not known.");
    return canvas_close(&canvas);
}
