#include "tests/integration/hospital.h"

#include "tests/harness/folder.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

static const char config_text[] =
    "daemon:\n"
    "  state_dir: %1$s/state\n"
    "  report_dir: %1$s/report\n"
    "  http_address: \"\"\n"
    "warehouse:\n"
    "  connection: %2$s dbname=warehouse user=wardcast_daemon\n"
    "  owner_connection: %2$s dbname=warehouse user=wardcast_admin\n"
    "  deadline: 10s\n"
    "  lease: 6s\n"
    "groups:\n"
    "  - id: tiny\n"
    "    name: Tiny hospital\n"
    "    timezone: UTC\n"
    "    country: GB\n"
    "    schedule: [\"06:00\", \"18:00\"]\n"
    "    history_days: 60\n"
    "    targets:\n"
    "      - {measure: census, grain: hour, horizon: 48}\n"
    "      - {measure: arrivals, grain: hour, horizon: 48}\n"
    "sources:\n"
    "  - name: pas\n"
    "    group: tiny\n"
    "    connection: %2$s dbname=hospital user=pas_reader\n"
    "    deadline: 5s\n"
    "    feeds:\n"
    "      - feed: units\n"
    "        sql: SELECT 'tiny' AS facility, code AS unit, title AS name, kind, beds AS physical_beds, beds AS staffed_beds, changed AS recorded_at FROM ward\n"
    "      - feed: stays\n"
    "        sql: SELECT 'tiny' AS facility, ward AS unit, stay, event, at AS effective_at, written AS recorded_at FROM bed_move WHERE written > $1 AND written <= $2\n"
    "      - feed: roster\n"
    "        sql: SELECT 'tiny' AS facility, ward AS unit, 'RN' AS role, starts AS shift_starts_at, ends AS shift_ends_at, nurses AS scheduled, written AS recorded_at FROM nurse_shift WHERE written > $1 AND written <= $2\n"
    "  - name: door\n"
    "    group: tiny\n"
    "    connection: %2$s dbname=hospital user=pas_reader\n"
    "    deadline: 5s\n"
    "    feeds:\n"
    "      - feed: observations\n"
    "        sql: SELECT 'tiny' AS facility, 'ed' AS unit, 'arrivals' AS measure, 'hour' AS grain, hour AS starts_at, arrivals AS value, written AS recorded_at FROM door_count WHERE written > $1 AND written <= $2\n"
    "forecast:\n"
    "  steps: 20\n"
    "  threads: 2\n"
    "plan:\n"
    "  paths: 200\n";

static void write_file(const char *folder, const char *name, const char *text, int mode)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, mode, &error);
    g_assert_no_error(error);
}

static void make_files(Hospital *hospital)
{
    g_autoptr(GError) error = NULL;
    hospital->folder = g_dir_make_tmp("wardcast-hospital-XXXXXX", &error);
    g_assert_no_error(error);
    g_autofree char *secrets = g_build_filename(hospital->folder, "credentials", NULL);
    g_autofree char *state = g_build_filename(hospital->folder, "state", NULL), *report = g_build_filename(hospital->folder, "report", NULL);
    g_mkdir(secrets, 0700);
    g_mkdir(state, 0700);
    g_mkdir(report, 0700);
    write_file(secrets, "stay-key", "a key for tests only\n", 0600);
    g_autofree char *where = g_strdup_printf("host=%s", cluster_host(hospital->cluster));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    g_autofree char *text = g_strdup_printf(config_text, hospital->folder, where);
#pragma GCC diagnostic pop
    write_file(hospital->folder, "wardcast.yaml", text, 0640);
    hospital->config = g_build_filename(hospital->folder, "wardcast.yaml", NULL);
}

static void make_databases(const Hospital *hospital)
{
    g_autofree char *tables = g_build_filename(g_getenv("top_srcdir"), "tests", "integration", "hospital.sql", NULL);
    cluster_sql(hospital->cluster, "postgres",
                "CREATE ROLE wardcast_admin LOGIN CREATEROLE; CREATE ROLE pas_reader LOGIN;"
                "CREATE DATABASE hospital; CREATE DATABASE warehouse OWNER wardcast_admin");
    cluster_file(hospital->cluster, "hospital", tables);
    cluster_sql(hospital->cluster, "hospital", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO pas_reader");
    g_autofree char *said = NULL;
    int code = hospital_run(hospital, &said, "init", NULL);
    if (code != 0)
        g_error("init ended with %d: %s", code, said);
    cluster_sql(hospital->cluster, "warehouse", "CREATE ROLE wardcast_daemon LOGIN IN ROLE wardcast_writer");
}

Hospital *hospital_new(void)
{
    Cluster *cluster = cluster_new();
    if (cluster == NULL)
        return NULL;
    Hospital *hospital = g_new0(Hospital, 1);
    hospital->cluster = cluster;
    make_files(hospital);
    make_databases(hospital);
    return hospital;
}

void hospital_free(Hospital *hospital)
{
    if (hospital == NULL)
        return;
    cluster_free(hospital->cluster);
    folder_remove(hospital->folder);
    g_free(hospital->folder);
    g_free(hospital->config);
    g_free(hospital);
}

void hospital_edit(const Hospital *hospital, const char *old, const char *fresh)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    g_file_get_contents(hospital->config, &text, NULL, &error);
    g_assert_no_error(error);
    const char *place = strstr(text, old);
    g_assert_nonnull(place);
    g_autofree char *changed = g_strdup_printf("%.*s%s%s", (int)(place - text), text, fresh, place + strlen(old));
    g_file_set_contents(hospital->config, changed, -1, &error);
    g_assert_no_error(error);
}

void hospital_hurry(const Hospital *hospital)
{
    hospital_edit(hospital, "history_days: 60", "history_days: 21");
    hospital_edit(hospital, "steps: 20\n", "steps: 20\n  member: naive\n");
    hospital_edit(hospital, "paths: 200", "paths: 100");
}

int hospital_run(const Hospital *hospital, char **said, ...)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(argv, g_build_filename(g_getenv("top_builddir"), "wardcast", NULL));
    va_list arguments;
    va_start(arguments, said);
    for (const char *argument; (argument = va_arg(arguments, const char *)) != NULL;)
        g_ptr_array_add(argv, g_strdup(argument));
    va_end(arguments);
    g_ptr_array_add(argv, g_strdup("--config"));
    g_ptr_array_add(argv, g_strdup(hospital->config));
    g_ptr_array_add(argv, NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *printed = NULL;
    g_autoptr(GSubprocess) child = g_subprocess_newv((const char *const *)argv->pdata, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE, &error);
    g_assert_no_error(error);
    g_subprocess_communicate_utf8(child, NULL, NULL, &printed, NULL, &error);
    g_assert_no_error(error);
    g_test_message("%s", printed);
    if (said != NULL)
        *said = g_steal_pointer(&printed);
    return g_subprocess_get_if_exited(child) ? g_subprocess_get_exit_status(child) : -g_subprocess_get_term_sig(child);
}

char *hospital_ask(const Hospital *hospital, const char *sql)
{
    return cluster_ask(hospital->cluster, "warehouse", sql);
}

static char *rows_sql(const Hospital *hospital, const char *const *except)
{
    g_autofree char *names = hospital_ask(hospital,
        "SELECT c.relname, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'run_id' AND c.relname <> 'run') "
        "FROM pg_class c WHERE c.relnamespace = 'wardcast'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1");
    g_auto(GStrv) line = g_strsplit(g_strchomp(names), "\n", -1);
    GString *sql = g_string_new(NULL);
    g_assert_cmpuint(g_strv_length(line), >=, 18);
    for (char **l = line; *l != NULL; l++) {
        char *bar = strchr(*l, '|');
        *bar = '\0';
        if (except != NULL && g_strv_contains(except, *l))
            continue;
        g_string_append_printf(sql, "%s SELECT '%s' COLLATE \"C\" AS name, (to_jsonb(t) - ARRAY['run_id', 'stored_at', 'first_seen', 'seen_at', 'pulled_at', 'published_at', "
                               "'publication', 'applied_at', 'expires_at', 'session', 'token'] %s)::text COLLATE \"C\" AS cells FROM wardcast.%s t %s",
                               sql->len ? " UNION ALL" : "", *l, bar[1] == 't' ? "|| jsonb_build_object('run', r.slot)" : "", *l,
                               bar[1] == 't' ? "JOIN wardcast.run r USING (run_id)" : "");
    }
    g_string_append(sql, " ORDER BY name, cells");
    return g_string_free(sql, FALSE);
}

char *hospital_rows(const Hospital *hospital, const char *const *except)
{
    g_autofree char *sql = rows_sql(hospital, except);
    return hospital_ask(hospital, sql);
}

void hospital_same(const char *killed, const char *wanted, const char *seen)
{
    if (g_str_equal(wanted, seen))
        return;
    g_auto(GStrv) want = g_strsplit(wanted, "\n", -1), see = g_strsplit(seen, "\n", -1);
    gsize line = 0;
    while (want[line] != NULL && see[line] != NULL && g_str_equal(want[line], see[line]))
        line++;
    g_error("killed at %s and run again, line %" G_GSIZE_FORMAT " of %u (undisturbed: %u) differs\nundisturbed: %s\nkilled:      %s", killed, line + 1,
            g_strv_length(see), g_strv_length(want), want[line] ? want[line] : "(none)", see[line] ? see[line] : "(none)");
}
