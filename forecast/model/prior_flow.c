#include "forecast/model/prior_flow.h"

#include <gsl/gsl_randist.h>

enum { FILL_DAYS = 56 }; /* before the span, so that the beds are filled as usual when it begins */

static double spread(gsl_rng *chance, double low, double high)
{
    return low * pow(high / low, gsl_rng_uniform(chance));
}

/* How a hospital of this kind works. */
typedef struct {
    gsl_rng *chance;
    PriorSpan span;               /* with the days that fill the beds */
    gsize wards, each;            /* steps a day */
    double admit;                 /* share of arrivals */
    double share[PRIOR_FLOW_WARDS];
    double stay[PRIOR_FLOW_WARDS], vary[PRIOR_FLOW_WARDS]; /* days: median, and spread of the logarithm */
    double planned[PRIOR_FLOW_WARDS]; /* a working day */
    double wait;                  /* chance that a weekend discharge waits for Monday */
    gsize beds[PRIOR_FLOW_WARDS];
    guint32 *leaving[PRIOR_FLOW_WARDS]; /* [steps]: who is to leave then */
    gsize present[PRIOR_FLOW_WARDS];
} House;

static void draw_house(House *house, double arrivals)
{
    gsl_rng *chance = house->chance;
    double alpha[PRIOR_FLOW_WARDS], share[PRIOR_FLOW_WARDS];
    house->wards = 1 + gsl_rng_uniform_int(chance, PRIOR_FLOW_WARDS);
    house->admit = 0.12 + 0.3 * gsl_rng_uniform(chance);
    house->wait = 0.6 * gsl_rng_uniform(chance);
    for (gsize w = 0; w < house->wards; w++)
        alpha[w] = 3;
    gsl_ran_dirichlet(chance, house->wards, alpha, share);
    for (gsize w = 0; w < house->wards; w++) {
        house->share[w] = share[w];
        house->stay[w] = spread(chance, 0.8, 9);
        house->vary[w] = 0.4 + 0.7 * gsl_rng_uniform(chance);
        double urgent = arrivals * house->admit * share[w];
        house->planned[w] = gsl_rng_uniform(chance) < 0.5 ? urgent * gsl_rng_uniform(chance) : 0;
        double usual = (urgent + 5.0 / 7 * house->planned[w]) * house->stay[w] * exp(house->vary[w] * house->vary[w] / 2);
        house->beds[w] = (gsize)ceil(usual * spread(chance, 1.05, 1.8) + 3);
    }
}

/* A stay in steps: whole days, and within the day of leaving most go around noon. */
static gsize leaves_at(House *house, gsize ward, gsize step)
{
    double days = gsl_ran_lognormal(house->chance, log(house->stay[ward]), house->vary[ward]);
    gsize day = step / house->each + (gsize)MIN(days, 365.0);
    gint64 weekday = grain_weekday(house->span.first_day + (gint64)day);
    if (weekday >= 5 && gsl_rng_uniform(house->chance) < house->wait)
        day += (gsize)(7 - weekday);
    if (house->each == 1)
        return MAX(day, step + 1);
    double hour = 13 + 3 * gsl_ran_ugaussian(house->chance);
    return MAX(day * 24 + (gsize)CLAMP(hour, 0, 23), step + 1);
}

/* The ward with the largest share of empty beds; wards when all are full. */
static gsize roomiest(const House *house)
{
    gsize best = house->wards;
    double most = 0;
    for (gsize w = 0; w < house->wards; w++) {
        double room = 1 - (double)house->present[w] / (double)house->beds[w];
        if (room > most) {
            most = room;
            best = w;
        }
    }
    return best;
}

/* One patient for a ward; FALSE when there is no bed in the house. */
static gboolean admit(House *house, gsize ward, gsize step)
{
    gsize bed = house->present[ward] < house->beds[ward] ? ward : roomiest(house);
    if (bed == house->wards)
        return FALSE;
    gsize end = leaves_at(house, ward, step);
    house->present[bed]++;
    if (end < house->span.steps)
        house->leaving[bed][end]++;
    return TRUE;
}

static gsize pick_ward(const House *house)
{
    double x = gsl_rng_uniform(house->chance);
    gsize w = 0;
    while (w + 1 < house->wards && x >= house->share[w])
        x -= house->share[w++];
    return w;
}

/* Planned patients come on the morning of a working day. */
static gsize planned_at(const House *house, gsize ward, gsize step)
{
    CalendarDay about;
    gsize day = step / house->each;
    if (house->planned[ward] <= 0 || (house->each == 24 && step % 24 != 8))
        return 0;
    calendar_day(house->span.calendar, GRAIN_DAY, house->span.first_day + (gint64)day, &about);
    return about.working_days > 0 ? gsl_ran_poisson(house->chance, house->planned[ward]) : 0;
}

typedef struct {
    double arrivals, admissions, discharges, diverted;
} Moves;

static Moves live(House *house, gsize step, double eta)
{
    Moves moves = {0};
    for (gsize w = 0; w < house->wards; w++) {
        house->present[w] -= house->leaving[w][step];
        moves.discharges += house->leaving[w][step];
    }
    guint arrivals = gsl_ran_poisson(house->chance, MIN(exp(eta), 1e4)), urgent = gsl_ran_binomial(house->chance, house->admit, arrivals);
    moves.arrivals = arrivals;
    gsize wish = urgent;
    for (guint k = 0; k < urgent; k++)
        moves.admissions += admit(house, pick_ward(house), step);
    for (gsize w = 0; w < house->wards; w++) {
        gsize planned = planned_at(house, w, step);
        wish += planned;
        for (gsize k = 0; k < planned; k++)
            moves.admissions += admit(house, w, step);
    }
    moves.diverted = (double)wish - moves.admissions;
    return moves;
}

static void keep(PriorFlow *flow, const House *house, const Moves *moves, gsize at)
{
    flow->arrivals[at] = moves->arrivals;
    flow->admissions[at] = moves->admissions;
    flow->discharges[at] = moves->discharges;
    flow->diverted[at] = moves->diverted;
    for (gsize w = 0; w < house->wards; w++)
        flow->census[w][at] = (double)house->present[w];
}

/* Houses are built for the patients they get. */
static double arrivals_a_day(const House *house, const double *eta)
{
    double sum = 0;
    for (gsize t = 0; t < house->span.steps; t++)
        sum += MIN(exp(eta[t]), 1e4);
    return (double)house->each * sum / (double)house->span.steps;
}

PriorFlow *prior_flow_new(gsl_rng *chance, const PriorSpan *span)
{
    House house = {.chance = chance, .span = *span, .each = span->hours ? 24 : 1};
    gsize fill = FILL_DAYS * house.each;
    house.span.first_day -= FILL_DAYS;
    house.span.steps += fill;
    g_autofree double *eta = g_new(double, house.span.steps);
    prior_rate_ward(chance, &house.span, spread(chance, 8, span->hours ? 250 : 1500), eta);
    draw_house(&house, arrivals_a_day(&house, eta));
    PriorFlow *flow = g_new0(PriorFlow, 1);
    flow->steps = span->steps;
    flow->wards = house.wards;
    double **whole[] = {&flow->arrivals, &flow->admissions, &flow->discharges, &flow->diverted};
    for (gsize k = 0; k < G_N_ELEMENTS(whole); k++)
        *whole[k] = g_new0(double, span->steps);
    for (gsize w = 0; w < house.wards; w++) {
        flow->beds[w] = house.beds[w];
        flow->census[w] = g_new0(double, span->steps);
        house.leaving[w] = g_new0(guint32, house.span.steps);
    }
    for (gsize step = 0; step < house.span.steps; step++) {
        Moves moves = live(&house, step, eta[step]);
        if (step >= fill)
            keep(flow, &house, &moves, step - fill);
    }
    for (gsize w = 0; w < house.wards; w++)
        g_free(house.leaving[w]);
    return flow;
}

void prior_flow_free(PriorFlow *flow)
{
    if (flow == NULL)
        return;
    g_free(flow->arrivals);
    g_free(flow->admissions);
    g_free(flow->discharges);
    g_free(flow->diverted);
    for (gsize w = 0; w < flow->wards; w++)
        g_free(flow->census[w]);
    g_free(flow);
}
