#include "config/config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "config/setting.h"

#define WAREHOUSE "warehouse: {connection: dbname=wardcast}\n"
#define GROUPS "groups: [{id: a, timezone: Europe/London}]\n"
#define SOURCES "sources: [{name: s, group: a, connection: dbname=ehr, feeds: [{feed: units, sql: SELECT 1}]}]\n"
#define LEAST WAREHOUSE GROUPS SOURCES

static Config *read(const char *text, GError **error)
{
    return config_read_text("w.yaml", text, strlen(text), error);
}

static Config *read_good(const char *text)
{
    GError *error = NULL;
    Config *config = read(text, &error);
    g_assert_no_error(error);
    return config;
}

static void test_least(void)
{
    g_autoptr(Config) config = read_good(LEAST);
    const GroupSettings *group = config_group(config, "a");
    const SourceSettings *source = config->sources->pdata[0];
    const TargetSettings *target = group->targets->pdata[0];
    const FeedSettings *feed = source->feeds->pdata[0];
    const PlanRule *rule = config->plan.rules->pdata[0];
    const PlanShift *night = config->plan.shifts->pdata[1];

    g_assert_cmpstr(config->daemon.state_dir, ==, "/var/lib/wardcast");
    g_assert_cmpstr(config->daemon.report_dir, ==, "/var/lib/wardcast/report");
    g_assert_cmpstr(config->daemon.http_address, ==, "127.0.0.1:9187");
    g_assert_cmpstr(config->daemon.stay_key, ==, "stay-key");
    g_assert_cmpstr(config->daemon.name, ==, g_get_host_name());
    g_assert_cmpuint(config->daemon.cycle_deadline_s, ==, 300);
    g_assert_cmpstr(config->warehouse.connection, ==, "dbname=wardcast");
    g_assert_null(config->warehouse.password);
    g_assert_null(config->warehouse.owner_connection);
    g_assert_cmpuint(config->warehouse.deadline_s, ==, 30);
    g_assert_cmpuint(config->warehouse.lease_s, ==, 15);
    g_assert_cmpstr(group->name, ==, "a");
    g_assert_null(group->country);
    g_assert_cmpstr(group->schedule[0], ==, "06:00");
    g_assert_cmpuint(g_strv_length(group->schedule), ==, 3);
    g_assert_cmpuint(group->history_days, ==, 730);
    g_assert_cmpstr(target->measure, ==, "census");
    g_assert_cmpint(target->grain, ==, GRAIN_HOUR);
    g_assert_cmpuint(target->horizon, ==, 72);
    g_assert_cmpstr(source->type, ==, "postgres");
    g_assert_cmpuint(source->every_s, ==, 900);
    g_assert_cmpuint(source->deadline_s, ==, 60);
    g_assert_cmpuint(source->overlap_s, ==, 600);
    g_assert_cmpuint(source->max_rows, ==, 5000000);
    g_assert_cmpuint(source->max_bytes, ==, 1073741824);
    g_assert_cmpuint(source->stale_s, ==, 21600);
    g_assert_cmpuint(source->withhold_s, ==, 172800);
    g_assert_cmpint(feed->feed, ==, FEED_UNITS);
    g_assert_cmpstr(feed->sql, ==, "SELECT 1");
    g_assert_cmpuint(config->forecast.steps, ==, 0);
    g_assert_cmpuint(config->forecast.seconds, ==, 0);
    g_assert_cmpuint(config->forecast.threads, ==, 0);
    g_assert_cmpuint(config->forecast.seed, ==, 20);
    g_assert_cmpstr(config->forecast.member, ==, "auto");
    g_assert_cmpstr(config->forecast.precision, ==, "auto");
    g_assert_cmpuint(config->plan.paths, ==, 2000);
    g_assert_cmpfloat(config->plan.over_limit, ==, 0.2);
    g_assert_cmpstr(rule->kind, ==, "icu");
    g_assert_cmpstr(rule->role, ==, "RN");
    g_assert_cmpfloat(rule->patients_per_nurse, ==, 2);
    g_assert_cmpuint(rule->floor, ==, 2);
    g_assert_cmpfloat(rule->cost_short, ==, 4);
    g_assert_cmpfloat(rule->cost_idle, ==, 1);
    g_assert_cmpstr(rule->may_send_to[0], ==, "step_down");
    g_assert_null(rule->may_send_to[1]);
    g_assert_cmpuint(rule->escalation_beds, ==, 0);
    g_assert_cmpuint(night->starts, ==, 19 * 60);
    g_assert_cmpuint(night->ends, ==, 7 * 60);
}

static const char full[] =
    "daemon: {state_dir: /srv/w, report_dir: /srv/r, http_address: \"[::1]:80\", stay_key: K.1, name: blue, cycle_deadline: 1h30min}\n"
    "warehouse:\n"
    "  connection: postgresql://wardcast@db1,db2/wardcast?target_session_attrs=read-write\n"
    "  password: wh\n"
    "  owner_connection: host=db1 user='the owner'\n"
    "  owner_password: own\n"
    "  deadline: 1min\n"
    "  lease: 20s\n"
    "groups:\n"
    "  - id: north-1\n"
    "    name: \"Nord \\u00e4\"\n"
    "    timezone: Europe/Berlin\n"
    "    country: DE\n"
    "    note: test\n"
    "    schedule: [\"22:15\", every 12h, \"12:00\"]\n"
    "    history_days: 400\n"
    "    targets:\n"
    "      - {measure: arrivals, grain: day, horizon: 28}\n"
    "      - measure: census\n"
    "sources:\n"
    "  - name: lab\n"
    "    group: north-1\n"
    "    type: postgres\n"
    "    connection: dbname=lab\n"
    "    password: lab-pw\n"
    "    every: 90s\n"
    "    deadline: 5s\n"
    "    overlap: 0\n"
    "    max_rows: 10\n"
    "    max_bytes: 2MiB\n"
    "    stale: 1h\n"
    "    withhold: 1d\n"
    "    note: from the lab\n"
    "    feeds:\n"
    "      - feed: stays\n"
    "        sql: |\n"
    "          -- one; comment\n"
    "          SELECT ';' AS stay, $1, $2;\n"
    "forecast: {steps: 7, seconds: 8, threads: 2, seed: 9007199254740992, member: lstm, precision: single}\n"
    "plan:\n"
    "  paths: 500\n"
    "  over_limit: 0.05\n"
    "  rules:\n"
    "    - {kind: Ward A, role: HCA, patients_per_nurse: 2.5, floor: 0, cost_short: 1e3, cost_idle: 0.5, may_send_to: Ward B, escalation_beds: 4}\n"
    "    - {kind: Ward B, patients_per_nurse: 6}\n"
    "  shifts: [{name: all, starts: \"08:00\", ends: \"08:00\"}]\n";

static void test_full(void)
{
    g_autoptr(Config) config = read_good(full);
    const GroupSettings *group = config->groups->pdata[0];
    const SourceSettings *source = config->sources->pdata[0];
    const TargetSettings *target = group->targets->pdata[0];
    const FeedSettings *feed = source->feeds->pdata[0];
    const PlanRule *rule = plan_rule_find(&config->plan, "Ward A");

    g_assert_cmpstr(config->daemon.report_dir, ==, "/srv/r");
    g_assert_cmpstr(config->daemon.http_address, ==, "[::1]:80");
    g_assert_cmpstr(config->daemon.stay_key, ==, "K.1");
    g_assert_cmpstr(config->daemon.name, ==, "blue");
    g_assert_cmpuint(config->daemon.cycle_deadline_s, ==, 5400);
    g_assert_cmpstr(config->warehouse.owner_connection, ==, "host=db1 user='the owner'");
    g_assert_cmpstr(config->warehouse.owner_password, ==, "own");
    g_assert_cmpuint(config->warehouse.deadline_s, ==, 60);
    g_assert_cmpstr(group->name, ==, "Nord \303\244");
    g_assert_cmpstr(group->country, ==, "DE");
    g_autofree char *schedule = g_strjoinv(" ", group->schedule);
    g_assert_cmpstr(schedule, ==, "00:00 12:00 22:15");
    g_assert_cmpuint(group->targets->len, ==, 2);
    g_assert_cmpint(target->grain, ==, GRAIN_DAY);
    g_assert_cmpuint(target->horizon, ==, 28);
    g_assert_cmpuint(source->every_s, ==, 90);
    g_assert_cmpuint(source->overlap_s, ==, 0);
    g_assert_cmpuint(source->max_bytes, ==, 2097152);
    g_assert_cmpstr(feed->sql, ==, "-- one; comment\nSELECT ';' AS stay, $1, $2");
    g_assert_cmpuint(config->forecast.seed, ==, G_GUINT64_CONSTANT(9007199254740992));
    g_assert_cmpstr(config->forecast.member, ==, "lstm");
    g_assert_cmpstr(config->forecast.precision, ==, "single");
    g_assert_cmpfloat(config->plan.over_limit, ==, 0.05);
    g_assert_cmpfloat(rule->cost_short, ==, 1000);
    g_assert_cmpfloat(rule->patients_per_nurse, ==, 2.5);
    g_assert_cmpstr(rule->may_send_to[0], ==, "Ward B");
    g_assert_cmpuint(config->plan.shifts->len, ==, 1);
}

typedef struct {
    const char *sentence; /* the test's name */
    const char *text;
    const char *message;  /* all of it */
} Broken;

static const Broken broken[] = {
    {"an-unknown-section", LEAST "wharehouse: {}\n",
     "w.yaml:4: wharehouse: seen the unknown key \"wharehouse\", wanted a key that wardcast.yaml(5) lists; did you mean \"warehouse\"? otherwise take it out"},
    {"an-unknown-key", LEAST "daemon:\n  stat_dir: /x\n",
     "w.yaml:5: daemon.stat_dir: seen the unknown key \"stat_dir\", wanted a key that wardcast.yaml(5) lists; did you mean \"state_dir\"? otherwise take it out"},
    {"an-unknown-key-in-a-list", WAREHOUSE "groups:\n  - id: a\n    timezone: UTC\n    tagets: []\n" SOURCES,
     "w.yaml:5: groups[].tagets: seen the unknown key \"tagets\", wanted a key that wardcast.yaml(5) lists; did you mean \"targets\"? otherwise take it out"},
    {"a-key-twice", LEAST "forecast:\n  seed: 1\n  steps: 2\n  seed: 3\n",
     "w.yaml:7: forecast.seed: seen the key again that is on line 5, wanted each key once; take one of the two out"},
    {"a-duration-without-its-unit", LEAST "daemon: {cycle_deadline: 300}\n",
     "w.yaml:4: daemon.cycle_deadline: seen \"300\", wanted a duration from 10s to 6h; write it like \"5min\""},
    {"a-duration-out-of-bounds", LEAST "daemon: {cycle_deadline: 7h}\n",
     "w.yaml:4: daemon.cycle_deadline: seen \"7h\", wanted a duration from 10s to 6h; write it like \"5min\""},
    {"a-count-that-is-negative", LEAST "forecast: {threads: -1}\n",
     "w.yaml:4: forecast.threads: seen \"-1\", wanted a whole number from 0 to 256; write it like \"0\""},
    {"a-share-beyond-one", LEAST "plan: {over_limit: 20}\n",
     "w.yaml:4: plan.over_limit: seen \"20\", wanted a share from 0 to 1; write it like \"0.2\""},
    {"a-number-that-is-not-finite", LEAST "plan: {over_limit: .nan}\n",
     "w.yaml:4: plan.over_limit: seen \".nan\", wanted a share from 0 to 1; write it like \"0.2\""},
    {"a-value-that-is-left-empty", LEAST "forecast:\n  member:\n",
     "w.yaml:5: forecast.member: seen nothing, wanted one of auto, naive, ets, ridge, lstm, transformer; write a value, or take the key out"},
    {"a-list-in-the-place-of-a-value", LEAST "forecast: {member: [lstm]}\n",
     "w.yaml:4: forecast.member: seen a list, wanted one of auto, naive, ets, ridge, lstm, transformer; write one value"},
    {"a-value-in-the-place-of-a-section", LEAST "forecast: fast\n",
     "w.yaml:4: forecast: seen \"fast\", wanted a mapping; write \"name: value\" lines, indented, below it"},
    {"a-mapping-in-the-place-of-a-list", WAREHOUSE "groups: {id: a}\n" SOURCES,
     "w.yaml:2: groups[]: seen a mapping, wanted a list; begin each item with \"- \""},
    {"a-list-item-that-is-no-mapping", WAREHOUSE "groups: [a]\n" SOURCES,
     "w.yaml:2: groups[]: seen \"a\", wanted a mapping; write \"- name: value\""},
    {"no-group-and-no-source", WAREHOUSE "groups: []\n",
     "w.yaml:1: sources[]: seen nothing, wanted a list of at least one item under \"sources:\"; add one; wardcast.yaml(5) has an example\n"
     "w.yaml:2: groups[]: seen an empty list, wanted a list of at least one item under \"groups:\"; add one; wardcast.yaml(5) has an example"},
    {"no-warehouse", GROUPS SOURCES,
     "w.yaml:1: warehouse.connection: seen nothing, wanted a conninfo string or URI without a password; add \"connection:\" here"},
    {"a-zone-that-does-not-exist", WAREHOUSE "groups: [{id: a, timezone: Europe/Londn}]\n" SOURCES,
     "w.yaml:2: groups[].timezone: seen \"Europe/Londn\", wanted the IANA name of a time zone; did you mean Europe/London?"},
    {"an-offset-instead-of-a-zone", WAREHOUSE "groups: [{id: a, timezone: \"+01:00\"}]\n" SOURCES,
     "w.yaml:2: groups[].timezone: seen \"+01:00\", wanted the IANA name of a time zone; did you mean UTC?"},
    {"a-country-by-its-name", WAREHOUSE "groups: [{id: a, timezone: UTC, country: England}]\n" SOURCES,
     "w.yaml:2: groups[].country: seen \"England\", wanted the code of a country with a holiday file, in capital letters; write it like \"US\""},
    {"an-id-with-capitals", WAREHOUSE "groups: [{id: St Mary, timezone: UTC}]\n" SOURCES,
     "w.yaml:2: groups[].id: seen \"St Mary\", wanted 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit; write it like \"st_mary\""},
    {"a-time-of-day-out-of-the-day", WAREHOUSE "groups: [{id: a, timezone: UTC, schedule: [\"24:00\"]}]\n" SOURCES,
     "w.yaml:2: groups[].schedule[]: seen \"24:00\", wanted a local time from 00:00 to 23:59, or \"every\" and a part of a day of 5min or more; write it like \"06:00\" or \"every 4h\""},
    {"an-interval-that-does-not-divide-the-day", WAREHOUSE "groups: [{id: a, timezone: UTC, schedule: every 7h}]\n" SOURCES,
     "w.yaml:2: groups[].schedule[]: seen \"every 7h\", wanted a local time from 00:00 to 23:59, or \"every\" and a part of a day of 5min or more; write it like \"06:00\" or \"every 4h\""},
    {"an-empty-schedule", WAREHOUSE "groups: [{id: a, timezone: UTC, schedule: []}]\n" SOURCES,
     "w.yaml:2: groups[].schedule[]: seen an empty list, wanted at least one time; write it like [\"06:00\"]"},
    {"a-group-id-twice", WAREHOUSE "groups:\n  - {id: a, timezone: UTC}\n  - {id: a, timezone: UTC}\n" SOURCES,
     "w.yaml:4: groups[].id: seen \"a\", which line 3 has already, wanted a name of its own; rename one of the two"},
    {"a-group-without-a-source", WAREHOUSE "groups:\n  - {id: a, timezone: UTC}\n  - {id: b, timezone: UTC}\n" SOURCES,
     "w.yaml:4: groups[].id: seen \"b\", which no source feeds, wanted a source with \"group: b\"; add one under \"sources:\""},
    {"a-target-twice", WAREHOUSE "groups: [{id: a, timezone: UTC, targets: [{measure: census}, {measure: census, grain: hour}]}]\n" SOURCES,
     "w.yaml:2: groups[].targets[].measure: seen \"census\" by the hour twice, wanted each measure and grain once; take one of the two out"},
    {"a-source-of-an-unknown-group", WAREHOUSE GROUPS "sources:\n- {name: s, group: a, connection: dbname=x, feeds: [{feed: units, sql: SELECT 1}]}\n"
                                     "- {name: t, group: aa, connection: dbname=x, feeds: [{feed: units, sql: SELECT 1}]}\n",
     "w.yaml:5: sources[].group: seen \"aa\", wanted the id of a group (a); correct it, or add the group under \"groups:\""},
    {"an-unknown-feed", WAREHOUSE GROUPS "sources: [{name: s, group: a, connection: dbname=x, feeds: [{feed: stay, sql: SELECT 1}]}]\n",
     "w.yaml:3: sources[].feeds[].feed: seen \"stay\", wanted one of units, observations, stays, roster, beds, electives, events; write it like \"stays\""},
    {"a-feed-twice", WAREHOUSE GROUPS "sources:\n- name: s\n  group: a\n  connection: dbname=x\n  feeds:\n  - {feed: units, sql: SELECT 1}\n  - {feed: units, sql: SELECT 2}\n",
     "w.yaml:9: sources[].feeds[].feed: seen \"units\" a second time, wanted each feed once per source; join the two queries with UNION ALL"},
    {"two-statements", WAREHOUSE GROUPS "sources: [{name: s, group: a, connection: dbname=x, feeds: [{feed: units, sql: SELECT 1; DROP TABLE x}]}]\n",
     "w.yaml:3: sources[].feeds[].sql: seen \"SELECT 1; DROP TABLE x\", wanted one SELECT statement; take out what follows the first \";\""},
    {"a-statement-that-writes", WAREHOUSE GROUPS "sources: [{name: s, group: a, connection: dbname=x, feeds: [{feed: units, sql: DELETE FROM x}]}]\n",
     "w.yaml:3: sources[].feeds[].sql: seen \"DELETE FROM x\", wanted one SELECT statement; begin it with SELECT, WITH, VALUES or TABLE"},
    {"a-password-in-a-conninfo", WAREHOUSE GROUPS "sources: [{name: s, group: a, connection: dbname=x password=hunter2, feeds: [{feed: units, sql: SELECT 1}]}]\n",
     "w.yaml:3: sources[].connection: seen a value that is not shown, wanted a conninfo string or URI without a password; "
     "take the password out, put it into a credential and give that credential's name under \"password\" (or \"owner_password\")"},
    {"a-password-in-the-place-of-its-name", "warehouse:\n  connection: dbname=x\n  password: hunter2!\n" GROUPS SOURCES,
     "w.yaml:3: warehouse.password: seen a value that is not shown, wanted the name of a credential, 1 to 63 of A-Z, a-z, 0-9, _, - and .; "
     "put the secret itself into a credential file (see SECRETS in wardcast.yaml(5)) and its name here"},
    {"a-relative-path", LEAST "daemon: {state_dir: var/lib}\n",
     "w.yaml:4: daemon.state_dir: seen \"var/lib\", wanted an absolute path without \"..\"; write it like \"/var/lib/wardcast\""},
    {"a-host-name-to-listen-on", LEAST "daemon: {http_address: \"localhost:80\"}\n",
     "w.yaml:4: daemon.http_address: seen \"localhost:80\", wanted a numeric address and a port, or nothing; write it like \"127.0.0.1:9187\""},
    {"stale-after-withheld", WAREHOUSE GROUPS "sources:\n- name: s\n  group: a\n  connection: dbname=x\n  withhold: 6h\n  stale: 24h\n  feeds: [{feed: units, sql: SELECT 1}]\n",
     "w.yaml:8: sources[].stale: seen 1d, wanted less than sources[].withhold, which is 6h; lower this one or raise the other"},
    {"asked-less-often-than-stale", WAREHOUSE GROUPS "sources:\n- name: s\n  group: a\n  connection: dbname=x\n  every: 12h\n  feeds: [{feed: units, sql: SELECT 1}]\n",
     "w.yaml:7: sources[].every: seen 12h, wanted less than sources[].stale, which is 6h; lower this one or raise the other"},
    {"a-statement-longer-than-a-cycle", "warehouse: {connection: dbname=x, deadline: 10min}\n" GROUPS SOURCES,
     "w.yaml:1: warehouse.deadline: seen 10min, wanted less than daemon.cycle_deadline, which is 5min; lower this one or raise the other"},
    {"a-rule-twice", LEAST "plan:\n  rules:\n  - {kind: icu, patients_per_nurse: 2}\n  - {kind: icu, patients_per_nurse: 1}\n",
     "w.yaml:7: plan.rules[].kind: seen \"icu\", which line 6 has already, wanted a name of its own; rename one of the two"},
    {"overflow-sent-to-a-kind-without-a-rule", LEAST "plan: {rules: [{kind: icu, patients_per_nurse: 2, may_send_to: ward}]}\n",
     "w.yaml:4: plan.rules[].may_send_to[]: seen \"ward\", wanted a kind that has a rule of its own; correct it, or add a rule for it"},
    {"overflow-sent-to-itself", LEAST "plan: {rules: [{kind: icu, patients_per_nurse: 2, may_send_to: icu}]}\n",
     "w.yaml:4: plan.rules[].may_send_to[]: seen \"icu\", the rule's own kind, wanted other kinds; take it out"},
    {"a-rule-without-a-ratio", LEAST "plan:\n  rules:\n  - kind: icu\n",
     "w.yaml:6: plan.rules[].patients_per_nurse: seen nothing, wanted a number from 0.1 to 100; add \"patients_per_nurse: 5\" here"},
    {"shifts-with-a-gap", LEAST "plan:\n  shifts:\n  - {name: day, starts: \"07:00\", ends: \"19:00\"}\n  - {name: night, starts: \"19:30\", ends: \"07:00\"}\n",
     "w.yaml:6: plan.shifts[]: seen no shift at 19:00, wanted shifts that cover all 24 hours; add a shift, or make one longer"},
    {"an-anchor-and-aliases", "a: &a [x, x]\nb: [*a, *a]\n", "w.yaml:1: file: seen an anchor (&), wanted plain values; write the value out at each place"},
    {"an-alias", LEAST "forecast: {member: *x}\n", "w.yaml:4: file: seen an alias (*), wanted plain values; write the value out, or put quotes around it"},
    {"a-tag", LEAST "forecast: {seed: !!int 4}\n", "w.yaml:4: file: seen a tag (!), wanted plain values; leave the tag out, or put quotes around the value"},
    {"nesting-without-end", "[[[[[[[[[[[[[[[[[[[[", "w.yaml:1: file: seen values nested more than 8 deep, wanted fewer levels; see wardcast.yaml(5) for the levels there are"},
    {"two-documents", LEAST "---\n" LEAST, "w.yaml:4: file: seen a second document (---), wanted one document; put everything into the first"},
    {"a-tab-as-indent", "warehouse:\n\tconnection: x\n",
     "w.yaml:2: file: seen text that is not YAML (while scanning for the next token: found character that cannot start any token), wanted YAML; "
     "indent with blanks, and put quotes around a value that holds \": \", \" #\" or begins with a special character"},
    {"an-open-quote", "warehouse:\n  connection: \"x\n",
     "w.yaml:3: file: seen text that is not YAML (while scanning a quoted scalar: found unexpected end of stream), wanted YAML; "
     "indent with blanks, and put quotes around a value that holds \": \", \" #\" or begins with a special character"},
    {"bytes-that-are-no-text", "warehouse:\n  connection: \"\xff\xfe\"\n",
     "w.yaml:2: file: seen a byte that is not text (invalid leading UTF-8 octet at offset 26), wanted UTF-8 text; save the file as UTF-8"},
    {"a-zero-byte", LEAST "forecast: {member: \"au\\0to\"}\n", "w.yaml:4: file: seen a zero byte, wanted text; take the \\0 out"},
    {"an-escape-sequence", LEAST "daemon: {name: \"a\\eb\"}\n",
     "w.yaml:4: daemon.name: seen \"a\\u001bb\", wanted one line of 1 to 100 characters, in UTF-8 at most 128 bytes; write it like \"wardcast-a\""},
    {"a-list-as-a-key", LEAST "? [a]\n: b\n", "w.yaml:4: file: seen a list or mapping in the place of a key, wanted a name; write \"name: value\""},
    {"a-scalar-as-the-file", "hello\n", "w.yaml:1: file: seen \"hello\", wanted sections such as \"warehouse:\"; see wardcast.yaml(5)"},
};

static void test_broken(gconstpointer data)
{
    const Broken *one = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = read(one->text, &error);
    g_assert_null(config);
    g_assert_error(error, CONFIG_ERROR, CONFIG_ERROR_SETTING);
    g_assert_cmpstr(error->message, ==, one->message);
}

static void test_empty(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(read("# nothing\n", &error));
    g_auto(GStrv) line = g_strsplit(error->message, "\n", -1);
    g_assert_cmpuint(g_strv_length(line), ==, 3); /* warehouse.connection, groups, sources */
}

static void test_mark(void)
{
    g_autoptr(Config) config = read_good("\xef\xbb\xbf" LEAST);
    g_assert_nonnull(config_group(config, "a"));
    g_autoptr(GError) error = NULL;
    g_assert_null(read("\xef\xbb\xbf" "warehouse:\n  x: 1\n", &error));
    g_assert_true(g_str_has_prefix(error->message, "w.yaml:1: "));
    g_clear_error(&error);
    g_assert_null(read("\xef\xbb", &error));
    g_assert_error(error, CONFIG_ERROR, CONFIG_ERROR_SETTING);
}

static void test_country(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(read(WAREHOUSE "groups: [{id: a, timezone: UTC, country: ZZ}]\n" SOURCES, &error));
    g_assert_true(g_str_has_prefix(error->message, "w.yaml:2: groups[].country: seen \"ZZ\", wanted the code of a country with a holiday file, "
                                                   "in capital letters; wanted one of"));
    g_assert_nonnull(strstr(error->message, "GB"));
    g_assert_null(strchr(error->message, '\n'));
}

static void test_all_complaints(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(read("sources:\n- {name: S, group: a, connection: x=1, feeds: [{feed: beds, sql: \"\"}]}\ngroups:\n- timezone: Mars\nplan: {paths: 1}\n", &error));
    const char *wanted[] = {"w.yaml:1: warehouse.connection: seen nothing", "w.yaml:2: sources[].name: seen \"S\"", "w.yaml:2: sources[].feeds[].sql: seen \"\"",
                            "w.yaml:4: groups[].id: seen nothing", "w.yaml:4: groups[].timezone: seen \"Mars\"", "w.yaml:5: plan.paths: seen \"1\""};
    g_auto(GStrv) line = g_strsplit(error->message, "\n", -1);
    g_assert_cmpuint(g_strv_length(line), ==, G_N_ELEMENTS(wanted));
    for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++)
        g_assert_true(g_str_has_prefix(line[i], wanted[i]));
}

static void test_flood(void)
{
    g_autoptr(GString) text = g_string_new(LEAST "forecast:\n");
    for (int i = 0; i < 1000; i++)
        g_string_append_printf(text, "  key%d: 1\n", i);
    g_autoptr(GError) error = NULL;
    g_assert_null(read(text->str, &error));
    g_assert_true(g_str_has_suffix(error->message, "\nw.yaml: and 900 more"));
    g_string_append(text, "  one_too_many: 1\n");
    g_clear_error(&error);
    g_assert_null(read(text->str, &error));
    g_assert_cmpstr(error->message, ==,
                    "w.yaml:1005: file: seen more than 1000 items in one list or mapping, wanted at most 1000; take out what is not needed");
}

static void test_secret_not_quoted(void)
{
    const char *text[] = {"warehouse: {connection: \"host=x password = 'hunter2'\"}\n" GROUPS SOURCES,
                          "warehouse: {connection: \"postgres://me:hunter2@x/y\"}\n" GROUPS SOURCES,
                          "warehouse: {connection: \"postgres://x/y?pass%77ord=hunter2\"}\n" GROUPS SOURCES,
                          "warehouse: {connection: [hunter2]}\n" GROUPS SOURCES,
                          "warehouse: {connection: dbname=x, password: \"hunter2 \"}\n" GROUPS SOURCES};
    for (gsize i = 0; i < G_N_ELEMENTS(text); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(read(text[i], &error));
        g_assert_null(strstr(error->message, "hunter2"));
    }
}

static void test_files(void)
{
    g_autofree char *folder = g_dir_make_tmp("wardcast-config-XXXXXX", NULL), *path = g_build_filename(folder, "w.yaml", NULL);
    g_autoptr(GError) error = NULL;
    g_assert_null(config_read(path, &error));
    g_assert_error(error, CONFIG_ERROR, CONFIG_ERROR_FILE);
    g_assert_nonnull(strstr(error->message, "No such file"));
    g_clear_error(&error);
    g_assert_null(config_read(folder, &error));
    g_assert_nonnull(strstr(error->message, "seen a folder"));
    g_clear_error(&error);
    g_assert_null(config_read("/dev/zero", &error));
    g_assert_nonnull(strstr(error->message, "not a plain file"));
    g_clear_error(&error);

    g_autofree char *large = g_strnfill((1 << 20) + 1, '#');
    g_assert_true(g_file_set_contents(path, large, -1, NULL));
    g_assert_null(config_read(path, &error));
    g_assert_nonnull(strstr(error->message, "a larger file"));
    g_clear_error(&error);

    g_assert_true(g_file_set_contents(path, LEAST, -1, NULL));
    g_autoptr(Config) config = config_read(path, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(config->path, ==, path);
    g_unlink(path);
    g_rmdir(folder);
}

/* A change of what does not shape rows leaves the hash; a change of what does moves it. */
static void test_hash(void)
{
    g_autoptr(Config) config = read_good(LEAST), again = read_good(SOURCES "# moved\n" GROUPS WAREHOUSE);
    g_autofree char *hash = config_group_hash(config, config_group(config, "a")), *same = config_group_hash(again, config_group(again, "a"));
    g_assert_cmpuint(strlen(hash), ==, 64);
    g_assert_cmpstr(hash, ==, same);

    const struct { const char *text; gboolean moves; } change[] = {
        {LEAST "daemon: {name: other, cycle_deadline: 10min}\n", FALSE},
        {LEAST "forecast: {threads: 7}\n", FALSE},
        {LEAST "forecast: {seed: 20}\n", FALSE},
        {LEAST "forecast: {seed: 21}\n", TRUE},
        {LEAST "forecast: {member: ets}\n", TRUE},
        {LEAST "forecast: {seeds: 0}\n", FALSE},
        {LEAST "forecast: {seeds: 3}\n", TRUE},
        {LEAST "plan: {over_limit: 0.21}\n", TRUE},
        {LEAST "plan: {shifts: [{name: all, starts: \"00:00\", ends: \"00:00\"}]}\n", TRUE},
        {WAREHOUSE "groups: [{id: a, timezone: Europe/Dublin}]\n" SOURCES, TRUE},
        {WAREHOUSE "groups: [{id: a, timezone: Europe/London, country: GB}]\n" SOURCES, TRUE},
        {WAREHOUSE "groups: [{id: a, timezone: Europe/London, name: A, note: x, schedule: \"07:00\"}]\n" SOURCES, FALSE},
        {WAREHOUSE "groups: [{id: a, timezone: Europe/London, targets: [{measure: census, horizon: 71}]}]\n" SOURCES, TRUE},
        {WAREHOUSE "groups: [{id: a, timezone: Europe/London, targets: [{measure: census, total: hospital}]}]\n" SOURCES, TRUE},
        {WAREHOUSE GROUPS "sources: [{name: s, group: a, every: 1h, connection: dbname=other, feeds: [{feed: beds, sql: SELECT 2}]}]\n", FALSE},
        {WAREHOUSE GROUPS "sources: [{name: s, group: a, stale: 7h, connection: dbname=ehr, feeds: [{feed: units, sql: SELECT 1}]}]\n", TRUE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(change); i++) {
        g_autoptr(Config) changed = read_good(change[i].text);
        g_autofree char *other = config_group_hash(changed, config_group(changed, "a"));
        g_assert_cmpint(g_strcmp0(hash, other) != 0, ==, change[i].moves);
    }
    /* Fixed, and made by tests/unit/config/hash.py: a stored run must still match after an upgrade that changes no setting. */
    g_assert_cmpstr(hash, ==, "7f0ddc6fa4fd5ed64428d20a8bd06a0883df5ad4be40238cd8bfd967b92064cb");
}

/* The group's lists keep their borders: two targets are not one with a longer name. */
static void test_group(void)
{
    g_autoptr(Config) config = read_good(LEAST);
    g_assert_null(config_group(config, "b"));
    g_assert_true(config_group(config, "a") == config->groups->pdata[0]);
}

/* The sample is good as it is, and every default it shows is one that passes. */
static void test_sample(void)
{
    g_autofree char *sample = config_document("yaml");
    g_autoptr(Config) config = read_good(sample);
    g_autofree char *hash = config_group_hash(config, config_group(config, "st_mary"));

    g_autoptr(GRegex) hidden = g_regex_new("^( *)#([a-z_]+:|  - \\{)", G_REGEX_MULTILINE, 0, NULL);
    g_autofree char *shown = g_regex_replace(hidden, sample, -1, 0, "\\1\\2", 0, NULL);
    g_assert_cmpstr(sample, !=, shown);
    g_autoptr(Config) all = read_good(shown);
    g_assert_cmpstr(all->daemon.name, ==, "wardcast-a"); /* so the # was really gone */
    g_assert_cmpstr(config_group(all, "st_mary")->country, ==, "US");
    /* Apart from the country, which has no default, what was shown is what holds. */
    GroupSettings *group = all->groups->pdata[0];
    g_clear_pointer(&group->country, g_free);
    g_autofree char *all_hash = config_group_hash(all, group);
    g_assert_cmpstr(hash, ==, all_hash);
}

/* Each row is in each document, under its name and with its sentence. */
static void test_documents(void)
{
    const char *format[] = {"text", "man", "yaml"};
    for (gsize f = 0; f < G_N_ELEMENTS(format); f++) {
        g_autofree char *document = config_document(format[f]);
        g_strdelimit(document, "\\#\n", ' ');
        g_autoptr(GRegex) blanks = g_regex_new("\\(aq", 0, 0, NULL), runs = g_regex_new(" +", 0, 0, NULL);
        g_autofree char *plain = g_regex_replace_literal(blanks, document, -1, 0, "'", 0, NULL);
        g_autofree char *flat = g_regex_replace_literal(runs, plain, -1, 0, " ", 0, NULL);
        for (gsize i = 0; i < settings; i++) {
            g_autofree char *words = g_regex_replace_literal(runs, setting[i].sentence, -1, 0, " ", 0, NULL);
            g_assert_nonnull(strstr(flat, setting[i].name));
            if (f != 1) /* troff has its own hyphens */
                g_assert_nonnull(strstr(flat, words));
        }
    }
    g_assert_null(config_document("html"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/config/the-least-file-gets-every-default", test_least);
    g_test_add_func("/config/every-setting-is-read", test_full);
    for (gsize i = 0; i < G_N_ELEMENTS(broken); i++) {
        g_autofree char *name = g_strconcat("/config/broken/", broken[i].sentence, NULL);
        g_test_add_data_func(name, &broken[i], test_broken);
    }
    g_test_add_func("/config/an-empty-file-names-all-that-it-lacks", test_empty);
    g_test_add_func("/config/a-country-without-holidays-gets-a-list-of-those-with", test_country);
    g_test_add_func("/config/all-complaints-come-at-once-in-the-files-order", test_all_complaints);
    g_test_add_func("/config/a-flood-of-complaints-is-cut", test_flood);
    g_test_add_func("/config/what-may-be-a-secret-is-never-quoted", test_secret_not_quoted);
    g_test_add_func("/config/files-that-are-none-are-refused", test_files);
    g_test_add_func("/config/the-hash-moves-with-what-shapes-rows-only", test_hash);
    g_test_add_func("/config/a-byte-order-mark-is-passed-over", test_mark);
    g_test_add_func("/config/a-group-is-found-by-its-id", test_group);
    g_test_add_func("/config/the-sample-passes-with-and-without-its-comment-signs", test_sample);
    g_test_add_func("/config/every-row-is-in-every-document", test_documents);
    return g_test_run();
}
