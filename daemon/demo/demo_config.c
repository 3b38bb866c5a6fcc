#include "daemon/demo/demo_config.h"

static const char groups[] =
    "groups:\n"
    "  - id: uihc\n"
    "    name: Emergency department (University of Iowa)\n"
    "    timezone: America/Chicago\n"
    "    country: US\n"
    "    note: \"Real data: hourly arrivals at the emergency department of the University of Iowa Hospitals and Clinics, from the R package fastTS (GPL-3). Beds and patients present are not in these data.\"\n"
    "    schedule: [\"06:00\", \"14:00\", \"22:00\"]\n"
    "    history_days: 1095\n"
    "    targets:\n"
    "      - {measure: arrivals, grain: hour, horizon: 72}\n"
    "  - id: states\n"
    "    name: Inpatient beds of 54 US states and territories\n"
    "    timezone: America/New_York\n"
    "    country: US\n"
    "    note: \"Real data: daily hospital reports by state, US Department of Health and Human Services (public domain). The number of reporting hospitals changes, so levels can step. Nurses are what 1 for 5 patients would mean; there is no roster.\"\n"
    "    schedule: [\"14:00\"]\n"
    "    history_days: 500\n"
    "    targets:\n"
    "      - {measure: census, grain: day, horizon: 21}\n"
    "      - {measure: covid_admissions, grain: day, horizon: 21}\n"
    "  - id: general\n"
    "    name: Simulated general hospital\n"
    "    timezone: America/Chicago\n"
    "    country: US\n"
    "    note: \"SIMULATED hospital. Real in it: arrivals at the emergency department (University of Iowa, fastTS, GPL-3), waits for admission and lengths of stay (Sepsis Cases event log, Mannhardt 2016, eventdataR, MIT). Made up: wards, beds, moves, lists, rosters and who is admitted.\"\n"
    "    schedule: [\"06:00\", \"14:00\", \"22:00\"]\n"
    "    history_days: 415\n"
    "    targets:\n"
    "      - {measure: census, grain: hour, horizon: 72}\n"
    "      - {measure: arrivals, grain: hour, horizon: 72}\n";

/* The clock of the sample department skips an hour in spring but its table has a row for it: the comparison leaves it out. */
static const char uihc[] =
    "    deadline: 5min\n"
    "    note: Real arrivals, University of Iowa (fastTS, GPL-3)\n"
    "    feeds:\n"
    "      - feed: units\n"
    "        sql: |\n"
    "          SELECT * FROM (SELECT 'uihc' AS facility, 'ed' AS unit, 'Emergency department' AS name, 'emergency' AS kind,\n"
    "                                NULL::float8 AS physical_beds, NULL::float8 AS staffed_beds,\n"
    "                                timestamptz '2013-07-01 05:00Z' AS recorded_at) u\n"
    "          WHERE recorded_at > $1 AND recorded_at <= $2\n"
    "      - feed: observations\n"
    "        sql: |\n"
    "          SELECT * FROM (SELECT 'uihc' AS facility, 'ed' AS unit, 'arrivals' AS measure, 'hour' AS grain,\n"
    "                                arrived_hour AT TIME ZONE 'America/Chicago' AS starts_at, arrivals::float8 AS value,\n"
    "                                (arrived_hour + interval '1 hour') AT TIME ZONE 'America/Chicago' AS recorded_at\n"
    "                         FROM ed_arrivals\n"
    "                         WHERE (arrived_hour AT TIME ZONE 'America/Chicago') AT TIME ZONE 'America/Chicago' = arrived_hour) o\n"
    "          WHERE recorded_at > $1 AND recorded_at <= $2\n"
    "      - feed: events\n"
    "        sql: |\n"
    "          SELECT * FROM (SELECT 'uihc' AS facility, 'gathering' AS kind,\n"
    "                                min(arrived_hour) AT TIME ZONE 'America/Chicago' AS starts_at,\n"
    "                                (max(arrived_hour) + interval '1 hour') AT TIME ZONE 'America/Chicago' AS ends_at,\n"
    "                                'home football game' AS note,\n"
    "                                (min(arrived_hour) - interval '90 days') AT TIME ZONE 'America/Chicago' AS recorded_at\n"
    "                         FROM ed_arrivals WHERE game_day GROUP BY arrived_hour::date) e\n"
    "          WHERE recorded_at > $1 AND recorded_at <= $2\n";

/* What a state reports of a day is known at noon of the next. */
static const char states[] =
    "    deadline: 5min\n"
    "    stale: 3d\n"
    "    withhold: 14d\n"
    "    note: Real daily reports by state, US HHS (public domain)\n"
    "    feeds:\n"
    "      - feed: units\n"
    "        sql: |\n"
    "          SELECT * FROM (SELECT state AS facility, 'inpatient' AS unit, state || ', inpatient beds' AS name, 'inpatient' AS kind,\n"
    "                                NULL::float8 AS physical_beds, NULL::float8 AS staffed_beds,\n"
    "                                min(day)::timestamp AT TIME ZONE 'America/New_York' AS recorded_at\n"
    "                         FROM state_beds GROUP BY state) u\n"
    "          WHERE recorded_at > $1 AND recorded_at <= $2\n"
    "      - feed: observations\n"
    "        sql: |\n"
    "          SELECT * FROM (SELECT state AS facility, 'inpatient' AS unit,\n"
    "                                CASE measure WHEN 'inpatient_beds_used' THEN 'census'\n"
    "                                             WHEN 'previous_day_admission_adult_covid_confirmed' THEN 'covid_admissions'\n"
    "                                             ELSE 'shortage_reports' END AS measure,\n"
    "                                'day' AS grain, day::timestamp AT TIME ZONE 'America/New_York' AS starts_at, value::float8 AS value,\n"
    "                                (day + interval '36 hours') AT TIME ZONE 'America/New_York' AS recorded_at\n"
    "                         FROM state_beds WHERE measure <> 'inpatient_beds') o\n"
    "          WHERE recorded_at > $1 AND recorded_at <= $2\n"
    "      - feed: beds\n"
    "        sql: |\n"
    "          SELECT * FROM (SELECT state AS facility, 'inpatient' AS unit, day::timestamp AT TIME ZONE 'America/New_York' AS effective_at,\n"
    "                                value::float8 AS staffed, NULL::float8 AS blocked, NULL::float8 AS reserved,\n"
    "                                (day + interval '36 hours') AT TIME ZONE 'America/New_York' AS recorded_at\n"
    "                         FROM state_beds WHERE measure = 'inpatient_beds') b\n"
    "          WHERE recorded_at > $1 AND recorded_at <= $2\n";

/* Arrivals are counted from the moves: an hour in which nobody came is a zero, not a gap, and an hour is told again when a
 * late or cancelled line changes it.  The first days hold only those who stayed, so counting begins with the record. */
static const char general[] =
    "    deadline: 5min\n"
    "    note: Simulated tables of a general hospital\n"
    "    feeds:\n"
    "      - feed: units\n"
    "        sql: |\n"
    "          SELECT 'general' AS facility, ward AS unit, name, kind, physical_beds::float8 AS physical_beds, staffed_beds::float8 AS staffed_beds, recorded_at\n"
    "          FROM wards WHERE recorded_at > $1 AND recorded_at <= $2\n"
    "      - feed: stays\n"
    "        sql: |\n"
    "          SELECT 'general' AS facility, ward AS unit, stay_id::text AS stay,\n"
    "                 CASE WHEN cancelled THEN 'cancel_' ELSE '' END || CASE WHEN in_time IS NOT NULL THEN 'enter' ELSE 'leave' END AS event,\n"
    "                 coalesce(in_time, out_time) AS effective_at, recorded_at\n"
    "          FROM bed_moves WHERE recorded_at > $1 AND recorded_at <= $2\n"
    "      - feed: observations\n"
    "        sql: |\n"
    "          WITH line AS (\n"
    "            SELECT date_trunc('hour', in_time) AS hour, CASE WHEN cancelled THEN -1 ELSE 1 END AS came, recorded_at\n"
    "            FROM bed_moves\n"
    "            WHERE ward = 'ED' AND in_time >= (SELECT min(recorded_at) FROM wards) AND recorded_at <= $2),\n"
    "          hour AS (\n"
    "            SELECT generate_series(min(hour), date_trunc('hour', max(recorded_at)) - interval '1 hour', interval '1 hour') AS hour FROM line),\n"
    "          counted AS (\n"
    "            SELECT hour, coalesce(sum(came), 0)::float8 AS value, greatest(hour + interval '1 hour', max(recorded_at)) AS recorded_at\n"
    "            FROM hour LEFT JOIN line USING (hour) GROUP BY hour)\n"
    "          SELECT 'general' AS facility, 'ED' AS unit, 'arrivals' AS measure, 'hour' AS grain, hour AS starts_at, value, recorded_at\n"
    "          FROM counted WHERE recorded_at > $1 AND recorded_at <= $2\n"
    "      - feed: roster\n"
    "        sql: |\n"
    "          SELECT 'general' AS facility, ward AS unit, role, shift_start AS shift_starts_at, shift_end AS shift_ends_at, nurses::float8 AS scheduled, recorded_at\n"
    "          FROM nurse_roster WHERE recorded_at > $1 AND recorded_at <= $2\n"
    "      - feed: beds\n"
    "        sql: |\n"
    "          SELECT 'general' AS facility, ward AS unit, from_time AS effective_at, staffed::float8 AS staffed, blocked::float8 AS blocked, reserved::float8 AS reserved, recorded_at\n"
    "          FROM ward_beds WHERE recorded_at > $1 AND recorded_at <= $2\n"
    "      - feed: electives\n"
    "        sql: |\n"
    "          SELECT 'general' AS facility, ward AS unit, day::timestamp AT TIME ZONE 'America/Chicago' AS starts_at, planned::float8 AS planned, recorded_at\n"
    "          FROM theatre_list WHERE recorded_at > $1 AND recorded_at <= $2\n";

static const char rest[] =
    "\nforecast:\n"
    "  seed: 20\n"
    "\nplan:\n"
    "  paths: 1000\n"
    "  over_limit: 0.2\n"
    "  rules: # patients per nurse at any time; where to send a kind's overflow after units of its own kind, best first\n"
    "    - {kind: emergency, patients_per_nurse: 4, floor: 2, may_send_to: [acute, medical]}\n"
    "    - {kind: acute, patients_per_nurse: 4, floor: 2, may_send_to: [medical, surgical], escalation_beds: 6}\n"
    "    - {kind: medical, patients_per_nurse: 5, floor: 2, may_send_to: [rehab, orthopaedic, surgical], escalation_beds: 4}\n"
    "    - {kind: surgical, patients_per_nurse: 5, floor: 2, may_send_to: [orthopaedic, medical], escalation_beds: 4}\n"
    "    - {kind: orthopaedic, patients_per_nurse: 5, floor: 2, may_send_to: [surgical, rehab], escalation_beds: 4}\n"
    "    - {kind: icu, patients_per_nurse: 2, floor: 2, may_send_to: [step_down], escalation_beds: 3}\n"
    "    - {kind: step_down, patients_per_nurse: 3, floor: 2, may_send_to: [acute, surgical, medical], escalation_beds: 2}\n"
    "    - {kind: maternity, patients_per_nurse: 4, floor: 2, escalation_beds: 4}\n"
    "    - {kind: paediatric, patients_per_nurse: 4, floor: 2, escalation_beds: 6}\n"
    "    - {kind: rehab, patients_per_nurse: 6, floor: 2, may_send_to: [medical], escalation_beds: 4}\n"
    "    - {kind: inpatient, patients_per_nurse: 5, floor: 2}\n"
    "  shifts:\n"
    "    - {name: day, starts: \"07:00\", ends: \"19:00\"}\n"
    "    - {name: night, starts: \"19:00\", ends: \"07:00\"}\n";

/* Escape for a quoted value: conninfo's single quotes and YAML's double ones both use a backslash. */
static char *escape(const char *text, char quote)
{
    GString *out = g_string_new(NULL);
    for (const char *c = text; *c; c++) {
        if (*c == quote || *c == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, *c);
    }
    return g_string_free(out, FALSE);
}

char *demo_conninfo(const char *host, const char *database, const char *user)
{
    g_autofree char *where = escape(host, '\'');
    return g_strdup_printf("host='%s' dbname=%s user=%s", where, database, user);
}

static void append_setting(GString *yaml, const char *indent, const char *name, const char *value)
{
    g_autofree char *quoted = escape(value, '"');
    g_string_append_printf(yaml, "%s%s: \"%s\"\n", indent, name, quoted);
}

static void append_connection(GString *yaml, const char *indent, const char *name, const char *host, const char *database, const char *user)
{
    g_autofree char *conninfo = demo_conninfo(host, database, user);
    append_setting(yaml, indent, name, conninfo);
}

static void append_source(GString *yaml, const char *name, const char *group, const char *host, const char *text)
{
    g_string_append_printf(yaml, "  - name: %s\n    group: %s\n", name, group);
    append_connection(yaml, "    ", "connection", host, group, DEMO_SOURCE);
    g_string_append(yaml, text);
}

char *demo_config(const DemoPlaces *places)
{
    GString *yaml = g_string_new("# wardcast.yaml -- three sample hospitals, written by `wardcast demo`.\n"
                                 "# uihc and states are real data, general is simulated; the notes say which is which.\n\ndaemon:\n");
    append_setting(yaml, "  ", "state_dir", places->state_dir);
    append_setting(yaml, "  ", "report_dir", places->report_dir);
    append_setting(yaml, "  ", "http_address", "");
    g_string_append(yaml, "\nwarehouse:\n");
    append_connection(yaml, "  ", "connection", places->host, DEMO_WAREHOUSE, DEMO_WRITER);
    append_connection(yaml, "  ", "owner_connection", places->host, DEMO_WAREHOUSE, DEMO_OWNER);
    g_string_append_printf(yaml, "\n%s\nsources:\n", groups);
    append_source(yaml, "uihc_ed", "uihc", places->host, uihc);
    append_source(yaml, "hhs_reports", "states", places->host, states);
    append_source(yaml, "general_tables", "general", places->host, general);
    g_string_append(yaml, rest);
    return g_string_free(yaml, FALSE);
}
