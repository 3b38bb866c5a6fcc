#include "forecast/model/prior_rate.h"

#include <gsl/gsl_randist.h>

/* From `low` to `high`, every factor as likely. */
static double spread(gsl_rng *chance, double low, double high)
{
    return low * pow(high / low, gsl_rng_uniform(chance));
}

static gboolean happens(gsl_rng *chance, double probability)
{
    return gsl_rng_uniform(chance) < probability;
}

static double between(gsl_rng *chance, double low, double high)
{
    return low + (high - low) * gsl_rng_uniform(chance);
}

static gsize per_day(const PriorSpan *span)
{
    return span->hours ? 24 : 1;
}

static double days_of(const PriorSpan *span)
{
    return (double)span->steps / (double)per_day(span);
}

static CalendarDay day_at(const PriorSpan *span, gsize day)
{
    CalendarDay about;
    calendar_day(span->calendar, GRAIN_DAY, span->first_day + (gint64)day, &about);
    return about;
}

/* The same amount in all hours of a day. */
static void add_to_day(const PriorSpan *span, gsize day, double amount, double *eta)
{
    gsize each = per_day(span);
    for (gsize t = day * each; t < (day + 1) * each; t++)
        eta[t] += amount;
}

/* ------------------------------------------------------------------ level */

static void add_walk(gsl_rng *chance, const PriorSpan *span, double *eta)
{
    double daily = spread(chance, 0.02, 0.4) / sqrt(365.25), level = 0, slope = 0, keep = exp(-1 / spread(chance, 20, 400));
    double push = happens(chance, 0.3) ? daily * between(chance, 0.02, 0.15) : 0;
    for (gsize day = 0; day < (gsize)days_of(span); day++) {
        slope = keep * slope + push * gsl_ran_ugaussian(chance);
        level += slope + daily * gsl_ran_ugaussian(chance);
        add_to_day(span, day, level, eta);
    }
}

/* Straight pieces, at most three bends. */
static void add_pieces(gsl_rng *chance, const PriorSpan *span, double *eta)
{
    gsize days = (gsize)days_of(span), bends = gsl_rng_uniform_int(chance, 4);
    double steep = spread(chance, 0.02, 0.3) / 365.25, level = 0, slope = steep * gsl_ran_ugaussian(chance);
    for (gsize day = 0; day < days; day++) {
        if (happens(chance, (double)bends / (double)days))
            slope = steep * gsl_ran_ugaussian(chance);
        level += slope;
        add_to_day(span, day, level, eta);
    }
}

static void add_trend(gsl_rng *chance, const PriorSpan *span, double *eta)
{
    double kind = gsl_rng_uniform(chance);
    if (kind < 0.45)
        add_walk(chance, span, eta);
    else if (kind < 0.75)
        add_pieces(chance, span, eta);
}

/* ------------------------------------------------------------------ seasons */

enum { HARMONICS = 3 };

static void add_year(gsl_rng *chance, const PriorSpan *span, double amplitude, double *eta)
{
    double cosine[HARMONICS], sine[HARMONICS], fade = between(chance, 0.2, 0.7), drift = between(chance, -0.3, 0.3);
    double peak = happens(chance, 0.6) ? 0.05 + 0.06 * gsl_ran_ugaussian(chance) : gsl_rng_uniform(chance);
    for (int k = 0; k < HARMONICS; k++) {
        double size = amplitude * pow(fade, k), turn = 2 * G_PI * (k + 1) * peak + (k > 0 ? between(chance, -1, 1) : 0);
        cosine[k] = size * cos(turn);
        sine[k] = size * sin(turn);
    }
    double days = days_of(span);
    for (gsize day = 0; day < (gsize)days; day++) {
        double phase = 2 * G_PI * day_at(span, day).year_phase, sum = 0;
        for (int k = 0; k < HARMONICS; k++)
            sum += cosine[k] * cos((k + 1) * phase) + sine[k] * sin((k + 1) * phase);
        add_to_day(span, day, sum * (1 + drift * ((double)day / days - 0.5)), eta);
    }
}

void prior_rate_add_week(const PriorSpan *span, const double effect[7], double *eta)
{
    for (gsize day = 0; day < (gsize)days_of(span); day++)
        add_to_day(span, day, effect[grain_weekday(span->first_day + (gint64)day)], eta);
}

/* Weekends differ together, each day a little by itself; the pattern fades or grows. */
static void add_week(gsl_rng *chance, const PriorSpan *span, double *eta)
{
    double effect[7], own = spread(chance, 0.005, 0.12), kind = gsl_rng_uniform(chance), growth = between(chance, -0.4, 0.4);
    double weekend = kind < 0.6 ? -spread(chance, 0.02, 1.0) : kind < 0.75 ? spread(chance, 0.02, 0.25) : 0, days = days_of(span);
    for (int w = 0; w < 7; w++)
        effect[w] = own * gsl_ran_ugaussian(chance) + (w == 5 ? weekend * between(chance, 0.6, 1) : w == 6 ? weekend : 0);
    for (gsize day = 0; day < (gsize)days; day++) {
        double now = 1 + growth * ((double)day / days - 0.5);
        add_to_day(span, day, now * effect[grain_weekday(span->first_day + (gint64)day)], eta);
    }
}

/* A quiet night under a morning and an evening hump; weekends come later. */
static void draw_hours(gsl_rng *chance, double late, const double at[2], const double narrow[2], double share, double night, double shape[24])
{
    double sum = 0;
    for (int hour = 0; hour < 24; hour++) {
        double turn[2];
        for (int k = 0; k < 2; k++)
            turn[k] = exp(narrow[k] * (cos(2 * G_PI * (hour - at[k] - late) / 24) - 1));
        shape[hour] = night + share * turn[0] + (1 - share) * turn[1] + 0.02 * gsl_rng_uniform(chance);
        sum += shape[hour];
    }
    for (int hour = 0; hour < 24; hour++)
        shape[hour] = log(shape[hour] / sum); /* eta is per day until here */
}

static void add_hours(gsl_rng *chance, const PriorSpan *span, double *eta)
{
    double at[2] = {12 + 2 * gsl_ran_ugaussian(chance), 18.5 + 2 * gsl_ran_ugaussian(chance)};
    double narrow[2] = {spread(chance, 0.5, 5), spread(chance, 0.5, 5)}, share = between(chance, 0.2, 0.8), night = spread(chance, 0.03, 2);
    double shape[2][24], late = between(chance, -0.3, 1.5);
    draw_hours(chance, 0, at, narrow, share, night, shape[0]);
    draw_hours(chance, late, at, narrow, share * between(chance, 0.6, 1.1), night * between(chance, 0.8, 1.5), shape[1]);
    for (gsize t = 0; t < span->steps; t++)
        eta[t] += shape[grain_weekday(span->first_day + (gint64)(t / 24)) >= 5][t % 24];
}

static void add_holidays(gsl_rng *chance, const PriorSpan *span, double *eta)
{
    double effect = (happens(chance, 0.8) ? -1 : 1) * spread(chance, 0.02, 0.8);
    double after = -effect * between(chance, -0.1, 0.5), before = effect * between(chance, -0.1, 0.4), bridge = effect * between(chance, 0, 0.7);
    for (gsize day = 0; day < (gsize)days_of(span); day++) {
        CalendarDay about = day_at(span, day);
        /* What keeps people at home on a holiday does not double on a Sunday. */
        double weekend = about.weekday >= 5 ? 0.4 : 1;
        add_to_day(span, day, effect * weekend * about.holiday + weekend * (after * about.after + before * about.before) + bridge * about.bridge, eta);
    }
}

/* ------------------------------------------------------------------ events */

void prior_rate_add_step(const PriorSpan *span, gsize from, double size, double *eta)
{
    for (gsize t = from; t < span->steps; t++)
        eta[t] += size;
}

static void add_steps(gsl_rng *chance, const PriorSpan *span, double *eta)
{
    guint count = gsl_ran_poisson(chance, spread(chance, 0.1, 2) * days_of(span) / 365.25);
    for (guint k = 0; k < count; k++) {
        double size = (happens(chance, 0.8) ? spread(chance, 0.01, 0.2) : spread(chance, 0.1, 1)) * (happens(chance, 0.5) ? 1 : -1);
        prior_rate_add_step(span, per_day(span) * gsl_rng_uniform_int(chance, (gulong)days_of(span)), size, eta);
    }
}

/* Days on which something closes or everybody comes. */
static void add_events(gsl_rng *chance, const PriorSpan *span, double *eta)
{
    gsize days = (gsize)days_of(span);
    guint count = gsl_ran_poisson(chance, 1.0 * days_of(span) / 365.25);
    for (guint k = 0; k < count; k++) {
        gsize from = gsl_rng_uniform_int(chance, days), long_ = 1 + (gsize)spread(chance, 1, 10);
        double size = spread(chance, 0.05, 0.7) * (happens(chance, 0.5) ? 1 : -1);
        for (gsize day = from; day < MIN(from + long_, days); day++)
            add_to_day(span, day, size, eta);
    }
}

/* Logistic growth and decay on the log scale, its top at 0: smooth, then straight. */
static double wave(double days, double rise, double fall)
{
    return log(2.0) - log(exp(-rise * days) + exp(fall * days));
}

/* Rise and fall over weeks. */
static void add_waves(gsl_rng *chance, const PriorSpan *span, double *eta)
{
    double days = days_of(span);
    guint count = gsl_ran_poisson(chance, spread(chance, 0.2, 2) * (days / 365.25 + 0.2));
    for (guint k = 0; k < count; k++) {
        double top = between(chance, -30, days + 30), height = spread(chance, 0.05, 1.2);
        double rise = spread(chance, 0.02, 0.2), fall = spread(chance, 0.02, 0.2);
        for (gsize day = 0; day < (gsize)days; day++)
            add_to_day(span, day, height * exp(wave((double)day - top, rise, fall)), eta);
    }
}

/* What lingers (weather, a bug going round) and what is of the day alone. */
static void add_weather(gsl_rng *chance, const PriorSpan *span, double *eta)
{
    double keep = exp(-1 / spread(chance, 0.7, 40)), lingering = spread(chance, 0.003, 0.15) * sqrt(1 - keep * keep);
    double own = spread(chance, 0.002, 0.08), now = 0;
    for (gsize day = 0; day < (gsize)days_of(span); day++) {
        now = keep * now + lingering * gsl_ran_ugaussian(chance);
        add_to_day(span, day, now + own * gsl_ran_ugaussian(chance), eta);
    }
}

static void begin(const PriorSpan *span, double mean, double *eta)
{
    for (gsize t = 0; t < span->steps; t++)
        eta[t] = log(mean);
}

/* ------------------------------------------------------------------ rates */

void prior_rate_ward(gsl_rng *chance, const PriorSpan *span, double mean, double *eta)
{
    begin(span, mean, eta);
    add_trend(chance, span, eta);
    if (happens(chance, 0.75))
        add_year(chance, span, happens(chance, 0.15) ? between(chance, 0.4, 1.2) : spread(chance, 0.01, 0.4), eta);
    if (happens(chance, 0.9))
        add_week(chance, span, eta);
    if (span->hours)
        add_hours(chance, span, eta);
    if (happens(chance, 0.6))
        add_holidays(chance, span, eta);
    if (happens(chance, 0.5))
        add_waves(chance, span, eta);
    if (happens(chance, 0.5))
        add_steps(chance, span, eta);
    if (happens(chance, 0.5))
        add_events(chance, span, eta);
    add_weather(chance, span, eta);
}

/* What is expected between the waves is small and never nothing. */
void prior_rate_epidemic(gsl_rng *chance, const PriorSpan *span, double peak, double *eta)
{
    gsize days = (gsize)days_of(span);
    gboolean winters = happens(chance, 0.6);
    double floor = peak * spread(chance, 0.002, 0.1), usual = 21 * gsl_ran_ugaussian(chance);
    double rise = spread(chance, 0.03, 0.15), fall = spread(chance, 0.03, 0.12);
    begin(span, floor, eta);
    for (gint64 year = -1; year <= (gint64)days / 365 + 1; year++) {
        guint waves = winters ? 1 : 1 + gsl_ran_poisson(chance, 0.7);
        for (guint k = 0; k < waves; k++) {
            gint64 begins = grain_day_of_date(1970 + (int)(((double)span->first_day + 365.25 * (double)year) / 365.25), 1, 1) - span->first_day;
            double top = (double)begins + 10 + (winters ? usual + 14 * gsl_ran_ugaussian(chance) : between(chance, 0, 365));
            double height = log(peak) + 0.5 * gsl_ran_ugaussian(chance) - (k > 0 ? 0.5 : 0);
            double up = rise * spread(chance, 0.7, 1.4), down = fall * spread(chance, 0.7, 1.4);
            for (gsize day = 0; day < days; day++) {
                double now = height + wave((double)day - top, up, down), before = eta[day * per_day(span)];
                add_to_day(span, day, now > before ? now - before + log1p(exp(before - now)) : log1p(exp(now - before)), eta);
            }
        }
    }
    if (happens(chance, 0.5))
        add_week(chance, span, eta);
    if (happens(chance, 0.3))
        add_holidays(chance, span, eta);
    if (happens(chance, 0.3))
        add_steps(chance, span, eta);
    add_weather(chance, span, eta);
    if (span->hours)
        add_hours(chance, span, eta);
}

void prior_rate_plain(gsl_rng *chance, const PriorSpan *span, double mean, double *eta)
{
    double days = days_of(span);
    begin(span, span->hours ? mean / 24 : mean, eta);
    add_walk(chance, span, eta);
    for (gulong waves = gsl_rng_uniform_int(chance, 4); waves > 0; waves--) {
        double period = spread(chance, 4, 2 * days), height = spread(chance, 0.02, 0.6), turn = between(chance, 0, 2 * G_PI);
        for (gsize day = 0; day < (gsize)days; day++)
            add_to_day(span, day, height * sin(2 * G_PI * (double)day / period + turn), eta);
    }
    if (happens(chance, 0.5))
        add_steps(chance, span, eta);
    add_weather(chance, span, eta);
}
