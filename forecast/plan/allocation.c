#include "forecast/plan/allocation.h"

#include "forecast/plan/beds.h"
#include "forecast/plan/spread.h"

#include <glpk.h>

/* Answers are whole but for the rounding of the simplex method. */
#define WHOLE_SLACK 1e-6

/* Beds are whole; 12.0000001 patients too many are 12. */
#define BED_SLACK 1e-9

/* Horizons that advice is given for. */
static const int advised[] = {1, 3};

/* --- the transportation problem ----------------------------------------------- */

static glp_prob *build(const int *supply, gsize sources, const int *capacity, gsize sinks, const AllocationWay *way, gsize ways)
{
    glp_prob *problem = glp_create_prob();
    glp_set_obj_dir(problem, GLP_MIN);
    glp_add_rows(problem, (int)(sources + sinks));
    for (gsize s = 0; s < sources; s++)
        glp_set_row_bnds(problem, (int)s + 1, GLP_FX, supply[s], supply[s]);
    for (gsize d = 0; d < sinks; d++)
        glp_set_row_bnds(problem, (int)(sources + d) + 1, GLP_UP, 0, capacity[d]);
    if (ways > 0) /* GLPK ends the process when asked for no columns */
        glp_add_cols(problem, (int)ways);
    for (gsize w = 0; w < ways; w++) {
        /* GLPK counts from 1 and leaves element 0 of its arrays alone. */
        int rows[3] = {0, (int)way[w].from + 1, (int)(sources + way[w].to) + 1};
        double ones[3] = {0, 1, 1};
        glp_set_col_bnds(problem, (int)w + 1, GLP_LO, 0, 0);
        glp_set_obj_coef(problem, (int)w + 1, way[w].cost);
        glp_set_mat_col(problem, (int)w + 1, 2, rows, ones);
    }
    return problem;
}

static gboolean read_back(glp_prob *problem, AllocationWay *way, gsize ways, GError **error)
{
    for (gsize w = 0; w < ways; w++) {
        double beds = glp_get_col_prim(problem, (int)w + 1), whole = round(beds);
        if (fabs(beds - whole) > WHOLE_SLACK) {
            g_set_error(error, PLAN_ERROR, PLAN_ERROR_SOLVER, "GLPK placed %g patients, wanted a whole number", beds);
            return FALSE;
        }
        way[w].beds = (int)whole;
    }
    return TRUE;
}

gboolean allocation_solve(const int *supply, gsize sources, const int *capacity, gsize sinks, AllocationWay *way, gsize ways,
                          double *total, GError **error)
{
    static GMutex one_environment;
    *total = 0;
    if (sources == 0)
        return TRUE;
    g_mutex_lock(&one_environment);
    glp_term_out(GLP_OFF);
    glp_prob *problem = build(supply, sources, capacity, sinks, way, ways);
    glp_smcp options;
    glp_init_smcp(&options);
    options.msg_lev = GLP_MSG_OFF;
    int failed = glp_simplex(problem, &options);
    int status = glp_get_status(problem);
    gboolean ok = failed == 0 && status == GLP_OPT;
    if (!ok)
        g_set_error(error, PLAN_ERROR, PLAN_ERROR_SOLVER,
                    "GLPK found no placement of %" G_GSIZE_FORMAT " units' patients (result %d, status %d)", sources, failed, status);
    else
        ok = read_back(problem, way, ways, error);
    *total = glp_get_obj_val(problem);
    glp_delete_prob(problem);
    glp_free_env();
    g_mutex_unlock(&one_environment);
    return ok;
}

/* --- a facility's beds as such a problem -------------------------------------- */

typedef struct {
    const PlanInput *input;
    int horizon;
    gsize hour;
    double level;      /* the planning quantile */
    double *available; /* [units] */
    double *census;    /* [units] at the planning quantile; MISSING = takes no part */
    GArray *source;    /* gsize: unit that each source is */
    GArray *supply;    /* int */
    GArray *capacity;  /* int, per sink: first [units] spare beds, then escalation per source, then nowhere */
    GArray *way;       /* AllocationWay */
} Allocation;

static void allocation_clear(Allocation *a)
{
    g_free(a->available);
    g_free(a->census);
    g_array_unref(a->source);
    g_array_unref(a->supply);
    g_array_unref(a->capacity);
    g_array_unref(a->way);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Allocation, allocation_clear)

static const PlanRule *rule_of(const Allocation *a, gsize unit)
{
    return plan_rule_find(a->input->settings, a->input->unit[unit].kind);
}

/* Beds that stand there and can be opened beyond the staffed ones. */
static int escalation_beds(const PlanUnit *unit, const PlanRule *rule)
{
    double beds = rule->escalation_beds;
    if (isfinite(unit->physical))
        beds = MIN(beds, MAX(unit->physical - unit->staffed, 0));
    return (int)floor(beds + BED_SLACK);
}

static void measure(Allocation *a, char *const *withheld)
{
    const PlanInput *input = a->input;
    for (gsize u = 0; u < input->units; u++) {
        const PlanUnit *unit = &input->unit[u];
        a->available[u] = beds_available(unit);
        a->census[u] = MISSING;
        int spare = 0;
        if (withheld[u] == NULL && !isnan(a->available[u])) {
            g_autoptr(Spread) census = spread_new(unit, input->paths, input->hours, a->hour, a->hour);
            a->census[u] = spread_quantile(census, a->level);
            int lacking = (int)ceil(a->census[u] - a->available[u] - BED_SLACK);
            spare = (int)floor(a->available[u] - a->census[u] + BED_SLACK);
            if (lacking > 0 && rule_of(a, u)) {
                g_array_append_val(a->source, u);
                g_array_append_val(a->supply, lacking);
            }
        }
        spare = MAX(spare, 0);
        g_array_append_val(a->capacity, spare);
    }
}

/* Penalty of sending a patient from one unit to another; MISSING when it may not be. */
static double penalty_of(const PlanUnit *from, const PlanRule *rule, const PlanUnit *to)
{
    if (g_str_equal(from->unit, to->unit))
        return MISSING;
    if (g_str_equal(from->kind, to->kind))
        return ALLOCATION_SAME_KIND;
    for (int k = 0; rule->may_send_to && rule->may_send_to[k]; k++)
        if (g_str_equal(rule->may_send_to[k], to->kind))
            return (double)ALLOCATION_STEP * (k + 1);
    return MISSING;
}

static void open_ways(Allocation *a)
{
    const PlanInput *input = a->input;
    gsize nowhere = input->units + a->source->len;
    int everybody = 0;
    for (gsize s = 0; s < a->source->len; s++) {
        gsize from = g_array_index(a->source, gsize, s);
        const PlanRule *rule = rule_of(a, from);
        AllocationWay open = {s, input->units + s, ALLOCATION_ESCALATE, 0}, none = {s, nowhere, ALLOCATION_NOWHERE, 0};
        int escalation = escalation_beds(&input->unit[from], rule);
        g_array_append_val(a->capacity, escalation);
        g_array_append_val(a->way, open);
        for (gsize u = 0; u < input->units; u++) {
            AllocationWay send = {s, u, penalty_of(&input->unit[from], rule, &input->unit[u]), 0};
            if (!isnan(send.cost) && g_array_index(a->capacity, int, u) > 0)
                g_array_append_val(a->way, send);
        }
        g_array_append_val(a->way, none);
        everybody += g_array_index(a->supply, int, s);
    }
    g_array_append_val(a->capacity, everybody);
}

static char *trace_of(const Allocation *a, const AllocationWay *way, gsize from)
{
    const PlanInput *input = a->input;
    const PlanUnit *unit = &input->unit[from];
    GString *trace = g_string_new(NULL);
    g_string_append_printf(trace, "at %s %s lacks %d: census %.0f at quantile %.2f, %g beds; ", bed_horizon_name[a->horizon],
                           unit->unit, g_array_index(a->supply, int, way->from), a->census[from], a->level, a->available[from]);
    if (way->to < input->units)
        g_string_append_printf(trace, "%d to %s, which has %d left: census %.0f, %g beds; penalty %g a bed", way->beds,
                               input->unit[way->to].unit, g_array_index(a->capacity, int, way->to), a->census[way->to],
                               a->available[way->to], way->cost);
    else if (way->to < input->units + a->source->len)
        g_string_append_printf(trace, "%d of %d escalation beds opened; penalty %g a bed", way->beds,
                               g_array_index(a->capacity, int, way->to), way->cost);
    else
        g_string_append_printf(trace, "%d stay without a bed, no unit that may take them has one left", way->beds);
    return g_string_free(trace, FALSE);
}

static void append_moves(const Allocation *a, GArray *rows)
{
    const PlanInput *input = a->input;
    for (guint w = 0; w < a->way->len; w++) {
        const AllocationWay *way = &g_array_index(a->way, AllocationWay, w);
        if (way->beds == 0)
            continue;
        gsize from = g_array_index(a->source, gsize, way->from);
        const PlanUnit *sender = &input->unit[from], *taker = way->to < input->units ? &input->unit[way->to] : sender;
        MoveRow row = {.from = sender->unit, .to = taker == sender ? NULL : taker->unit,
                       .nowhere = way->to == input->units + a->source->len, .beds = way->beds,
                       .target_at = input->hour_at[a->hour], .cost = way->cost, .trace = trace_of(a, way, from),
                       .status = MAX(sender->status, taker->status), .data_as_of = MIN(sender->data_as_of, taker->data_as_of)};
        row.valid_until = MIN(row.target_at, input->as_of + INSTANT_DAY);
        g_array_append_val(rows, row);
    }
}

gboolean allocation_rows(const PlanInput *input, char *const *withheld, GArray *rows, GError **error)
{
    for (gsize k = 0; k < G_N_ELEMENTS(advised); k++) {
        g_auto(Allocation) a = {.input = input, .horizon = advised[k], .level = 1 - input->settings->over_limit,
                                .available = g_new(double, input->units), .census = g_new(double, input->units),
                                .source = g_array_new(FALSE, FALSE, sizeof(gsize)), .supply = g_array_new(FALSE, FALSE, sizeof(int)),
                                .capacity = g_array_new(FALSE, FALSE, sizeof(int)),
                                .way = g_array_new(FALSE, FALSE, sizeof(AllocationWay))};
        if (!beds_hour(input, advised[k], &a.hour))
            continue;
        measure(&a, withheld);
        open_ways(&a);
        double penalty;
        if (!allocation_solve((const int *)a.supply->data, a.source->len, (const int *)a.capacity->data, a.capacity->len,
                              (AllocationWay *)a.way->data, a.way->len, &penalty, error)) {
            g_prefix_error(error, "placing patients at %s: ", bed_horizon_name[advised[k]]);
            return FALSE;
        }
        append_moves(&a, rows);
    }
    return TRUE;
}
