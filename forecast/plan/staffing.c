#include "forecast/plan/staffing.h"

#include "forecast/plan/spread.h"

/* A ratio below this asks for more than a hundred nurses per patient. */
#define RATIO_LEAST 0.01

/* 33 / 1.1 is 30 nurses and not 31 by a rounding of the division. */
#define NURSE_SLACK 1e-9

double staffing_fractile(const PlanRule *rule)
{
    double sum = rule->cost_short + rule->cost_idle;
    if (!(rule->cost_short > 0 && rule->cost_idle > 0 && isfinite(sum)))
        return MISSING;
    return rule->cost_short / sum;
}

static int nurses(double census, const PlanRule *rule)
{
    int needed = (int)ceil(census / rule->patients_per_nurse - NURSE_SLACK);
    return MAX(needed, (int)rule->floor);
}

/* What the roster has for the moment the shift begins. */
static double scheduled(const PlanInput *input, const PlanUnit *unit, const PlanRule *rule, const PlanShiftWindow *shift)
{
    double sum = MISSING;
    for (gsize r = 0; r < input->rosters; r++) {
        const PlanRoster *roster = &input->roster[r];
        if (!g_str_equal(roster->unit, unit->unit) || !g_str_equal(roster->role, rule->role) ||
            roster->starts_at > shift->starts_at || roster->ends_at <= shift->starts_at || !(roster->scheduled >= 0))
            continue;
        sum = (isnan(sum) ? 0 : sum) + roster->scheduled;
    }
    return sum;
}

static char *complaint_of_rule(const PlanRule *rule)
{
    if (!(rule->patients_per_nurse >= RATIO_LEAST))
        return g_strdup_printf("the rule for %s has %g patients per nurse, wanted at least %g", rule->kind,
                               rule->patients_per_nurse, RATIO_LEAST);
    if (isnan(staffing_fractile(rule)))
        return g_strdup_printf("the rule for %s has costs %g (short) and %g (idle), wanted two numbers above 0", rule->kind,
                               rule->cost_short, rule->cost_idle);
    return NULL;
}

static char *trace_of(const PlanInput *input, const StaffingRow *row, const PlanRule *rule, const PlanShiftWindow *shift,
                      const Spread *worst)
{
    double census = spread_quantile(worst, row->fractile);
    GString *trace = g_string_new(NULL);
    g_string_append_printf(trace,
                           "%d %s: the shift's worst hour has at most %.0f patients in %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT
                           " futures (%.0f %% are wanted), 1 nurse per %g patients, floor %d",
                           row->required, row->role, census, spread_within(worst, census), worst->paths, 100 * row->fractile,
                           rule->patients_per_nurse, row->floor);
    if (input->hour_at[shift->first_hour] > shift->starts_at)
        g_string_append_printf(trace, "; the shift has begun, hours still counted: %" G_GSIZE_FORMAT, shift->last_hour - shift->first_hour + 1);
    return g_string_free(trace, FALSE);
}

static void fill(const PlanInput *input, const PlanUnit *unit, const PlanRule *rule, const PlanShiftWindow *shift,
                 StaffingRow *row)
{
    g_autoptr(Spread) worst = spread_new(unit, input->paths, input->hours, shift->first_hour, shift->last_hour);
    row->fractile = staffing_fractile(rule);
    row->census_p50 = spread_quantile(worst, 0.5);
    row->census_p90 = spread_quantile(worst, 0.9);
    row->p50 = nurses(row->census_p50, rule);
    row->p90 = nurses(row->census_p90, rule);
    /* ceil(census / ratio) grows with census, so its quantile is that of census. */
    row->required = nurses(spread_quantile(worst, row->fractile), rule);
    row->gap = row->required - row->scheduled;
    row->status = unit->status;
    row->reason = g_strdup(unit->reason);
    row->trace = trace_of(input, row, rule, shift, worst);
}

static void withhold(StaffingRow *row, const PlanRule *rule, const char *reason)
{
    row->status = ROW_WITHHELD;
    row->reason = g_strdup(reason);
    row->trace = rule ? g_strdup_printf("no number: %s; the floor of %u %s holds all the same", reason, rule->floor, rule->role)
                      : g_strdup_printf("no number: %s", reason);
}

static void append(const PlanInput *input, const PlanUnit *unit, const PlanRule *rule, const PlanShiftWindow *shift,
                   const char *withheld, GArray *rows)
{
    StaffingRow row = {.unit = unit->unit, .role = rule ? rule->role : "unknown", .shift = shift->name,
                       .shift_starts_at = shift->starts_at, .shift_ends_at = shift->ends_at,
                       .scheduled = rule ? scheduled(input, unit, rule, shift) : MISSING, .gap = MISSING,
                       .floor = rule ? (int)rule->floor : 0, .fractile = MISSING, .census_p50 = MISSING, .census_p90 = MISSING,
                       .data_as_of = unit->data_as_of,
                       .valid_until = MIN(shift->ends_at, input->as_of + INSTANT_DAY)};
    g_autofree char *complaint = rule && withheld == NULL ? complaint_of_rule(rule) : NULL;
    if (withheld || complaint)
        withhold(&row, rule, withheld ? withheld : complaint);
    else
        fill(input, unit, rule, shift, &row);
    g_array_append_val(rows, row);
}

static char *complaint_of_kind(const PlanInput *input, const PlanUnit *unit)
{
    g_autoptr(GString) kinds = g_string_new(NULL);
    for (guint r = 0; r < input->settings->rules->len; r++) {
        const PlanRule *rule = g_ptr_array_index(input->settings->rules, r);
        g_string_append_printf(kinds, "%s%s", r ? ", " : "", rule->kind);
    }
    return g_strdup_printf("no rule for the kind %s; rules are there for: %s", unit->kind, kinds->len ? kinds->str : "none");
}

void staffing_rows(const PlanInput *input, const PlanUnit *unit, const char *withheld, GArray *rows)
{
    g_autofree char *complaint = plan_rule_find(input->settings, unit->kind) ? NULL : complaint_of_kind(input, unit);
    for (gsize s = 0; s < input->shifts; s++) {
        if (complaint)
            append(input, unit, NULL, &input->shift[s], complaint, rows);
        for (guint r = 0; r < input->settings->rules->len; r++) {
            const PlanRule *rule = g_ptr_array_index(input->settings->rules, r);
            if (g_str_equal(rule->kind, unit->kind))
                append(input, unit, rule, &input->shift[s], withheld, rows);
        }
    }
}
