#include "config/config.h"

#include "tests/unit/config/least.h"

#include <string.h>

static Config *read(const char *text, GError **error)
{
    return config_read_text("w.yaml", text, strlen(text), error);
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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(broken); i++) {
        g_autofree char *name = g_strconcat("/config/broken/", broken[i].sentence, NULL);
        g_test_add_data_func(name, &broken[i], test_broken);
    }
    g_test_add_func("/config/all-complaints-come-at-once-in-the-files-order", test_all_complaints);
    g_test_add_func("/config/a-flood-of-complaints-is-cut", test_flood);
    g_test_add_func("/config/what-may-be-a-secret-is-never-quoted", test_secret_not_quoted);
    return g_test_run();
}
