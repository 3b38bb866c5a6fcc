#include "config/setting.h"

#include <string.h>

#include "config/config.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };
#define MIB 1048576.0
#define GIB 1073741824.0

static void free_group(gpointer group);
static void free_target(gpointer target);
static void free_source(gpointer source);
static void free_feed(gpointer feed);
static void free_rule(gpointer rule);
static void free_shift(gpointer shift);

/* Ratios are patients per nurse at any time of a shift: California Code of Regulations, title 22, section 70217, where it
 * names the kind of unit.  Costs of 4 to 1 make the critical fractile 0.8. */
static const char standard_rules[] =
    "- {kind: icu, patients_per_nurse: 2, floor: 2, may_send_to: [step_down]}\n"
    "- {kind: step_down, patients_per_nurse: 3, floor: 2, may_send_to: [telemetry, medical]}\n"
    "- {kind: telemetry, patients_per_nurse: 4, floor: 2, may_send_to: [medical, surgical]}\n"
    "- {kind: medical, patients_per_nurse: 5, floor: 2, may_send_to: [surgical, observation]}\n"
    "- {kind: surgical, patients_per_nurse: 5, floor: 2, may_send_to: [medical, observation]}\n"
    "- {kind: observation, patients_per_nurse: 5, floor: 1, may_send_to: [medical]}\n"
    "- {kind: emergency, patients_per_nurse: 4, floor: 2, may_send_to: [observation]}\n"
    "- {kind: maternity, patients_per_nurse: 3, floor: 2}\n"
    "- {kind: neonatal, patients_per_nurse: 2, floor: 2}\n"
    "- {kind: paediatric, patients_per_nurse: 4, floor: 2}\n"
    "- {kind: psychiatric, patients_per_nurse: 6, floor: 2}\n";

static const char standard_shifts[] =
    "- {name: day, starts: \"07:00\", ends: \"19:00\"}\n"
    "- {name: night, starts: \"19:00\", ends: \"07:00\"}\n";

const SettingSection setting_section[] = {
    {"daemon", "", "daemon", offsetof(Config, daemon), 0, NULL, NULL, "The daemon itself."},
    {"warehouse", "", "warehouse", offsetof(Config, warehouse), 0, NULL, NULL,
     "The PostgreSQL database that holds Wardcast's own tables."},
    {"groups[]", "", "groups", offsetof(Config, groups), sizeof(GroupSettings), free_group, NULL,
     "Groups of facilities that are forecast and planned together, one run per group and schedule slot."},
    {"groups[].targets[]", "groups[]", "targets", offsetof(GroupSettings, targets), sizeof(TargetSettings), free_target,
     "- {measure: census, grain: hour, horizon: 72}\n", "What is forecast for each unit of the group."},
    {"sources[]", "", "sources", offsetof(Config, sources), sizeof(SourceSettings), free_source, NULL,
     "The hospital's databases that facts are pulled from."},
    {"sources[].feeds[]", "sources[]", "feeds", offsetof(SourceSettings, feeds), sizeof(FeedSettings), free_feed, NULL,
     "One query per kind of fact, giving the columns listed under FEEDS."},
    {"forecast", "", "forecast", offsetof(Config, forecast), 0, NULL, NULL, "Training of the networks and choice of the member that is published."},
    {"plan", "", "plan", offsetof(Config, plan), 0, NULL, NULL, "Rules that turn forecasts into staffing and beds."},
    {"plan.rules[]", "plan", "rules", offsetof(PlanSettings, rules), sizeof(PlanRule), free_rule, standard_rules,
     "One rule per kind of unit; a list written here replaces the default one as a whole."},
    {"plan.shifts[]", "plan", "shifts", offsetof(PlanSettings, shifts), sizeof(PlanShift), free_shift, standard_shifts,
     "The shifts of a day, on the facility's clock; together they cover all 24 hours."},
};
const gsize setting_sections = G_N_ELEMENTS(setting_section);

#define FIELD(type, field) .offset = offsetof(type, field), .size = sizeof(((type *)0)->field)

const Setting setting[] = {
    {"daemon", "state_dir", SETTING_PATH, SETTING_RESTART, 1, 1000, .standard = "/var/lib/wardcast", FIELD(DaemonSettings, state_dir),
     .sentence = "Folder for network weights and other state of this machine."},
    {"daemon", "report_dir", SETTING_PATH, SETTING_RESTART, 1, 1000, .otherwise = "the folder \"report\" in daemon.state_dir",
     .example = "/var/lib/wardcast/report", FIELD(DaemonSettings, report_dir), .sentence = "Folder the briefs are written to."},
    {"daemon", "http_address", SETTING_ADDRESS, SETTING_RESTART, 0, 100, .standard = "127.0.0.1:9187", FIELD(DaemonSettings, http_address),
     .sentence = "Where health and metrics are served, in plain HTTP; \"\" turns them off."},
    {"daemon", "stay_key", SETTING_CREDENTIAL, 0, 1, 63, .standard = "stay-key", FIELD(DaemonSettings, stay_key),
     .sentence = "Name of the credential that holds the key for hashing stay ids."},
    {"daemon", "name", SETTING_TEXT, SETTING_RESTART | SETTING_KEY, 1, 100, .otherwise = "the name of the host", .example = "wardcast-a",
     FIELD(DaemonSettings, name), .sentence = "This daemon's name in the lease, where several share the work."},
    {"daemon", "cycle_deadline", SETTING_DURATION, 0, 10, 6 * HOUR, .standard = "5min", FIELD(DaemonSettings, cycle_deadline_s),
     .sentence = "Time one cycle may take before it is given up."},

    {"warehouse", "connection", SETTING_CONNINFO, SETTING_REQUIRED, 1, 4000, .example = "host=/var/run/postgresql dbname=wardcast user=wardcast",
     FIELD(WarehouseSettings, connection),
     .sentence = "The warehouse as a conninfo string or URI without a password; of several hosts the primary is used."},
    {"warehouse", "password", SETTING_CREDENTIAL, 0, 1, 63, .otherwise = "no password is sent", .example = "warehouse-password",
     FIELD(WarehouseSettings, password), .sentence = "Name of the credential that holds the password of that role."},
    {"warehouse", "owner_connection", SETTING_CONNINFO, 0, 1, 4000, .otherwise = "warehouse.connection is used",
     .example = "host=/var/run/postgresql dbname=wardcast user=wardcast_owner", FIELD(WarehouseSettings, owner_connection),
     .sentence = "The warehouse as its owner, used by \"wardcast init\" only."},
    {"warehouse", "owner_password", SETTING_CREDENTIAL, 0, 1, 63, .otherwise = "no password is sent", .example = "warehouse-owner-password",
     FIELD(WarehouseSettings, owner_password), .sentence = "Name of the credential that holds the owner's password."},
    {"warehouse", "deadline", SETTING_DURATION, 0, 1, HOUR, .standard = "30s", FIELD(WarehouseSettings, deadline_s),
     .sentence = "Time one statement in the warehouse may take."},
    {"warehouse", "lease", SETTING_DURATION, 0, 6, HOUR, .standard = "15s", FIELD(WarehouseSettings, lease_s),
     .sentence = "Time after which another daemon takes over from one that went silent."},

    {"groups[]", "id", SETTING_ID, SETTING_REQUIRED | SETTING_SHAPES, 1, 63, .example = "st_mary", FIELD(GroupSettings, id),
     .sentence = "The group's key in every table; never change it."},
    {"groups[]", "name", SETTING_TEXT, 0, 1, 200, .otherwise = "the id", .example = "St Mary's Hospital", FIELD(GroupSettings, name),
     .sentence = "The group's name as people know it."},
    {"groups[]", "timezone", SETTING_ZONE, SETTING_REQUIRED | SETTING_SHAPES, 1, 100, .example = "America/New_York", FIELD(GroupSettings, timezone),
     .sentence = "Time zone of the group's clocks, shifts and days, by its IANA name."},
    {"groups[]", "country", SETTING_COUNTRY, SETTING_SHAPES, 2, 2, .otherwise = "no holidays are known", .example = "US", FIELD(GroupSettings, country),
     .sentence = "Country whose public holidays count, by its two-letter code."},
    {"groups[]", "note", SETTING_TEXT, 0, 1, 1000, .otherwise = "nothing is shown", .example = "Data of the test system",
     FIELD(GroupSettings, note), .sentence = "Where the group's data come from, shown in the brief."},
    {"groups[]", "schedule", SETTING_SLOT, SETTING_LIST, 1, 1440, .standard = "06:00 14:00 22:00", FIELD(GroupSettings, schedule),
     .sentence = "Local times of the runs; \"every 4h\" stands for 00:00, 04:00 and so on."},
    {"groups[]", "history_days", SETTING_COUNT, SETTING_SHAPES, 14, 7320, .standard = "730", .unit = "days", FIELD(GroupSettings, history_days),
     .sentence = "Days of history that forecasts are made from."},

    {"groups[].targets[]", "measure", SETTING_ID, SETTING_REQUIRED | SETTING_SHAPES, 1, 63, .example = "census", FIELD(TargetSettings, measure),
     .sentence = "The measure, such as census, arrivals, admissions or discharges.  Where a unit's census, admissions and discharges are all targets by one "
     "grain, the census expected at each step is the one before it plus the admissions less the discharges expected."},
    {"groups[].targets[]", "grain", SETTING_GRAIN, SETTING_SHAPES, 0, 0, .standard = "hour", FIELD(TargetSettings, grain),
     .sentence = "Length of a step."},
    {"groups[].targets[]", "horizon", SETTING_COUNT, SETTING_SHAPES, 1, 1000, .standard = "72", .unit = "steps", FIELD(TargetSettings, horizon),
     .sentence = "Steps that are forecast ahead."},
    {"groups[].targets[]", "total", SETTING_ID, SETTING_SHAPES | SETTING_LATER, 1, 63, .otherwise = "units are not added up", .example = "hospital",
     FIELD(TargetSettings, total), .sentence = "Name under which the sum over the units of a facility is forecast too, made to agree with its units: expected values add up, "
     "and quantiles are those of the sums of the units' sample paths."},

    {"sources[]", "name", SETTING_ID, SETTING_REQUIRED, 1, 63, .example = "ehr", FIELD(SourceSettings, name),
     .sentence = "The source's name in messages, tables and briefs."},
    {"sources[]", "group", SETTING_ID, SETTING_REQUIRED, 1, 63, .example = "st_mary", FIELD(SourceSettings, group),
     .sentence = "The id of the group it feeds."},
    {"sources[]", "type", SETTING_CHOICE, 0, 0, 0, .standard = "postgres", .choices = "postgres", FIELD(SourceSettings, type),
     .sentence = "The kind of source."},
    {"sources[]", "connection", SETTING_CONNINFO, SETTING_REQUIRED, 1, 4000, .example = "host=ehr-replica.example.org dbname=ehr user=wardcast_reader sslmode=verify-full",
     FIELD(SourceSettings, connection), .sentence = "The source as a conninfo string or URI without a password."},
    {"sources[]", "password", SETTING_CREDENTIAL, 0, 1, 63, .otherwise = "no password is sent", .example = "ehr-password",
     FIELD(SourceSettings, password), .sentence = "Name of the credential that holds the password."},
    {"sources[]", "every", SETTING_DURATION, 0, 5, DAY, .standard = "15min", FIELD(SourceSettings, every_s),
     .sentence = "Time from one pull to the next."},
    {"sources[]", "deadline", SETTING_DURATION, 0, 1, HOUR, .standard = "1min", FIELD(SourceSettings, deadline_s),
     .sentence = "Time one pull may take."},
    {"sources[]", "overlap", SETTING_DURATION, 0, 0, 7 * DAY, .standard = "10min", FIELD(SourceSettings, overlap_s),
     .sentence = "Time before the newest known row that is pulled again, for rows the source committed late."},
    {"sources[]", "max_rows", SETTING_COUNT, 0, 1, 1e9, .standard = "5000000", .unit = "rows", FIELD(SourceSettings, max_rows),
     .sentence = "Rows one pull of one feed may bring."},
    {"sources[]", "max_bytes", SETTING_SIZE, 0, MIB, 64 * GIB, .standard = "1GiB", FIELD(SourceSettings, max_bytes),
     .sentence = "Data one pull of one feed may bring."},
    {"sources[]", "stale", SETTING_DURATION, SETTING_SHAPES, MINUTE, 366 * DAY, .standard = "6h", FIELD(SourceSettings, stale_s),
     .sentence = "Age of the newest fact above which forecasts are marked stale."},
    {"sources[]", "withhold", SETTING_DURATION, SETTING_SHAPES, MINUTE, 1830 * DAY, .standard = "2d", FIELD(SourceSettings, withhold_s),
     .sentence = "Age of the newest fact above which forecasts are withheld."},
    {"sources[]", "note", SETTING_TEXT, 0, 1, 1000, .otherwise = "nothing is shown", .example = "Replica of the EHR, ten minutes behind",
     FIELD(SourceSettings, note), .sentence = "Where the data come from, shown wherever they are."},

    {"sources[].feeds[]", "feed", SETTING_FEED, SETTING_REQUIRED, 0, 0, .example = "stays", FIELD(FeedSettings, feed),
     .sentence = "The kind of fact."},
    {"sources[].feeds[]", "sql", SETTING_SQL, SETTING_REQUIRED, 1, 100000,
     .example = "SELECT facility, unit, stay_id AS stay, event, effective_at, recorded_at FROM adt_event WHERE recorded_at > $1 AND recorded_at <= $2",
     FIELD(FeedSettings, sql),
     .sentence = "One SELECT that gives the feed's columns by name; $1 and $2 are the times after and until which rows were recorded."},

    {"forecast", "seeds", SETTING_COUNT, SETTING_SHAPES | SETTING_LATER, 0, 16, .standard = "0", .unit = "networks", FIELD(ForecastSettings, seeds),
     .sentence = "Networks of a kind that learn alike from different seeds and speak as one, but for the free one, which is alone; 0 leaves the choice to the program."},
    {"forecast", "steps", SETTING_COUNT, SETTING_SHAPES, 0, 1000000, .standard = "0", .unit = "steps", FIELD(ForecastSettings, steps),
     .sentence = "Optimiser steps per network; 0 leaves the choice to the program."},
    {"forecast", "seconds", SETTING_COUNT, SETTING_SHAPES, 0, 604800, .standard = "0", .unit = "seconds", FIELD(ForecastSettings, seconds),
     .sentence = "Training time per network at most; 0 means no limit, and only then is training the same to the bit everywhere."},
    {"forecast", "threads", SETTING_COUNT, 0, 0, 256, .standard = "0", .unit = "threads", FIELD(ForecastSettings, threads),
     .sentence = "Worker threads; 0 takes one per processor.  The numbers do not depend on it."},
    {"forecast", "seed", SETTING_COUNT, SETTING_SHAPES, 0, 9007199254740992.0, .standard = "20", FIELD(ForecastSettings, seed),
     .sentence = "Seed of every random number: the same seed and data give the same rows."},
    {"forecast", "member", SETTING_CHOICE, SETTING_SHAPES, 0, 0, .standard = "auto", .choices = "auto naive ets ridge lstm transformer",
     FIELD(ForecastSettings, member), .sentence = "The forecaster that is published; \"auto\" lets the backtest decide per series."},
    {"forecast", "precision", SETTING_CHOICE, SETTING_SHAPES | SETTING_LATER, 0, 0, .standard = "auto", .choices = "auto single", FIELD(ForecastSettings, precision),
     .sentence = "How the networks multiply: \"auto\" takes bfloat16 where the processor has it, which is faster; \"single\" never does, "
                 "so that a replay on a processor of another kind differs by no more than the last digits."},

    {"plan", "paths", SETTING_COUNT, SETTING_SHAPES, 100, 100000, .standard = "2000", .unit = "paths", FIELD(PlanSettings, paths),
     .sentence = "Sample paths that plans are made from; more are finer and slower."},
    {"plan", "over_limit", SETTING_SHARE, SETTING_SHAPES, 0, 1, .standard = "0.2", FIELD(PlanSettings, over_limit),
     .sentence = "Chance of having more patients than beds above which a move is advised."},

    {"plan.rules[]", "kind", SETTING_TEXT, SETTING_REQUIRED | SETTING_SHAPES, 1, 100, .example = "medical", FIELD(PlanRule, kind),
     .sentence = "Kind of unit the rule is for, as the units feed names it."},
    {"plan.rules[]", "role", SETTING_TEXT, SETTING_SHAPES | SETTING_KEY, 1, 100, .standard = "RN", FIELD(PlanRule, role),
     .sentence = "Role in the roster that the requirement is compared with."},
    {"plan.rules[]", "patients_per_nurse", SETTING_NUMBER, SETTING_REQUIRED | SETTING_SHAPES, 0.1, 100, .example = "5", .unit = "patients",
     FIELD(PlanRule, patients_per_nurse), .sentence = "Patients one nurse may have at any time of the shift."},
    {"plan.rules[]", "floor", SETTING_COUNT, SETTING_SHAPES, 0, 1000, .standard = "1", .unit = "nurses", FIELD(PlanRule, floor),
     .sentence = "Nurses that are never gone below, however few the patients."},
    {"plan.rules[]", "cost_short", SETTING_NUMBER, SETTING_SHAPES, 0.001, 1e9, .standard = "4", FIELD(PlanRule, cost_short),
     .sentence = "Cost of one nurse too few for a shift; only its relation to cost_idle matters."},
    {"plan.rules[]", "cost_idle", SETTING_NUMBER, SETTING_SHAPES, 0.001, 1e9, .standard = "1", FIELD(PlanRule, cost_idle),
     .sentence = "Cost of one nurse too many for a shift, in the unit of cost_short."},
    {"plan.rules[]", "may_send_to", SETTING_TEXT, SETTING_LIST | SETTING_SHAPES, 1, 100, .standard = "", .example = "surgical observation",
     FIELD(PlanRule, may_send_to), .sentence = "Kinds of unit that may take this kind's overflow, best first."},
    {"plan.rules[]", "escalation_beds", SETTING_COUNT, SETTING_SHAPES, 0, 10000, .standard = "0", .unit = "beds", FIELD(PlanRule, escalation_beds),
     .sentence = "Physical beds per unit that can be opened beyond the staffed ones."},

    {"plan.shifts[]", "name", SETTING_TEXT, SETTING_REQUIRED | SETTING_SHAPES | SETTING_KEY, 1, 100, .example = "day", FIELD(PlanShift, name),
     .sentence = "The shift's name."},
    {"plan.shifts[]", "starts", SETTING_CLOCK, SETTING_REQUIRED | SETTING_SHAPES, 0, 1439, .example = "07:00", FIELD(PlanShift, starts),
     .sentence = "Local time the shift begins."},
    {"plan.shifts[]", "ends", SETTING_CLOCK, SETTING_REQUIRED | SETTING_SHAPES, 0, 1439, .example = "19:00", FIELD(PlanShift, ends),
     .sentence = "Local time it ends; at or before the start means on the next day."},
};
const gsize settings = G_N_ELEMENTS(setting);

const Setting *setting_find(const char *section, const char *name)
{
    for (gsize i = 0; i < settings; i++)
        if (g_str_equal(setting[i].section, section) && g_str_equal(setting[i].name, name))
            return &setting[i];
    return NULL;
}

const SettingSection *setting_section_find(const char *section, const char *name)
{
    for (gsize i = 0; i < setting_sections; i++)
        if (g_str_equal(setting_section[i].parent, section) && g_str_equal(setting_section[i].name, name))
            return &setting_section[i];
    return NULL;
}

const SettingSection *setting_section_by_key(const char *key)
{
    for (gsize i = 0; i < setting_sections; i++)
        if (g_str_equal(setting_section[i].key, key))
            return &setting_section[i];
    return NULL;
}

gboolean setting_section_is_list(const SettingSection *section)
{
    return section->size > 0;
}

char *setting_key(const Setting *row)
{
    return g_strconcat(row->section, ".", row->name, row->flags & SETTING_LIST ? "[]" : NULL, NULL);
}

/* Levenshtein's distance; the names are short, so one row on the stack does.  Source: V. I. Levenshtein (1966). */
static guint distance(const char *a, const char *b)
{
    guint row[64];
    gsize n = MIN(strlen(b), G_N_ELEMENTS(row) - 1);
    for (gsize j = 0; j <= n; j++)
        row[j] = (guint)j;
    for (gsize i = 1; a[i - 1]; i++) {
        guint corner = row[0];
        row[0] = (guint)i;
        for (gsize j = 1; j <= n; j++) {
            guint change = corner + (a[i - 1] != b[j - 1]);
            corner = row[j];
            row[j] = MIN(change, MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[n];
}

static void consider(const char *name, const char *known, const char **best, guint *least)
{
    guint far = distance(name, known);
    if (far < *least) {
        *least = far;
        *best = known;
    }
}

const char *setting_nearest(const char *section, const char *name)
{
    const char *best = "";
    guint least = G_MAXUINT;
    g_autofree char *lower = g_ascii_strdown(name, (gssize)MIN(strlen(name), 200));
    for (gsize i = 0; i < settings; i++)
        if (g_str_equal(setting[i].section, section))
            consider(lower, setting[i].name, &best, &least);
    for (gsize i = 0; i < setting_sections; i++)
        if (g_str_equal(setting_section[i].parent, section))
            consider(lower, setting_section[i].name, &best, &least);
    return best;
}

static gboolean is_text(SettingType type)
{
    return type < SETTING_COUNT;
}

void setting_clear(const char *section, gpointer fields)
{
    for (gsize i = 0; i < settings; i++) {
        if (!g_str_equal(setting[i].section, section) || !is_text(setting[i].type))
            continue;
        gpointer field = (char *)fields + setting[i].offset;
        if (setting[i].flags & SETTING_LIST)
            g_clear_pointer((char ***)field, g_strfreev);
        else
            g_clear_pointer((char **)field, g_free);
    }
    for (gsize i = 0; i < setting_sections; i++) {
        const SettingSection *inner = &setting_section[i];
        if (!g_str_equal(inner->parent, section))
            continue;
        gpointer field = (char *)fields + inner->offset;
        if (setting_section_is_list(inner))
            g_clear_pointer((GPtrArray **)field, g_ptr_array_unref);
        else
            setting_clear(inner->key, field);
    }
}

static void item_free(const char *section, gpointer item)
{
    if (!item)
        return;
    setting_clear(section, item);
    g_free(item);
}

static void free_group(gpointer group) { item_free("groups[]", group); }
static void free_target(gpointer target) { item_free("groups[].targets[]", target); }
static void free_source(gpointer source) { item_free("sources[]", source); }
static void free_feed(gpointer feed) { item_free("sources[].feeds[]", feed); }
static void free_rule(gpointer rule) { item_free("plan.rules[]", rule); }
static void free_shift(gpointer shift) { item_free("plan.shifts[]", shift); }
