#include "daemon/demo/demo_load.h"

#include "config/config.h"
#include "connectors/wire/pg.h"
#include "daemon/demo/demo_config.h"
#include "tests/harness/cluster.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static Cluster *cluster;
static char *simulated; /* folder */

static void listen_to(void *self, const char *line)
{
    g_string_append_printf(self, "%s\n", line);
}

static void load(GString *said)
{
    GError *error = NULL;
    gboolean loaded = demo_load_sources(cluster_host(cluster), simulated, listen_to, said, &error);
    g_assert_no_error(error);
    g_assert_true(loaded);
}

static void assert_answer(const char *database, const char *sql, const char *wanted)
{
    g_autofree char *answer = cluster_ask(cluster, database, sql);
    g_assert_cmpstr(g_strchomp(answer), ==, wanted);
}

/* Counted in the packed files by `zcat FILE | wc -l`, `awk`. */
static void the_sources_hold_what_the_files_hold(void)
{
    g_autoptr(GString) said = g_string_new(NULL);
    load(said);
    g_assert_nonnull(strstr(said->str, "source database uihc: 41640 rows of real data"));
    g_assert_nonnull(strstr(said->str, "source database states: 103640 rows of real data"));
    g_assert_nonnull(strstr(said->str, "rows of a simulated hospital"));
    assert_answer("uihc", "SELECT count(*), sum(arrivals) FROM ed_arrivals", "41640|275971");
    assert_answer("states", "SELECT count(DISTINCT state), count(DISTINCT measure), min(day), max(day) FROM state_beds", "54|4|2020-08-01|2021-11-30");
    assert_answer("general", "SELECT count(*) FROM wards", "13");
    assert_answer("general", "SELECT count(*) > 200000 FROM bed_moves", "t");
}

static void a_second_time_there_is_nothing_to_do(void)
{
    g_autoptr(GString) said = g_string_new(NULL);
    gint64 begun = g_get_monotonic_time();
    load(said);
    g_assert_cmpstr(said->str, ==, "");
    g_assert_cmpint(g_get_monotonic_time() - begun, <, 5 * G_USEC_PER_SEC);
}

static void a_source_that_breaks_off_leaves_nothing_and_is_loaded_the_next_time(void)
{
    g_autofree char *broken = g_dir_make_tmp("wardcast-samples-XXXXXX", NULL);
    g_autofree char *kept = g_strdup(g_getenv("WARDCAST_SAMPLES"));
    g_autofree char *schema = g_build_filename(kept, "uihc.sql", NULL), *copy = g_build_filename(broken, "uihc.sql", NULL), *text = NULL;
    g_autofree char *data = g_build_filename(broken, "uihc_ed_arrivals_hourly.csv.gz", NULL);
    g_assert_true(g_file_get_contents(schema, &text, NULL, NULL) && g_file_set_contents(copy, text, -1, NULL));
    g_assert_true(g_file_set_contents(data, "timestamp,value,temp_f,xmas,xmas2,nye,nyd,thx,thx1,ind,game_day\n"
                                            "2013-07-01T00:00:00,5,57,0,0,0,0,0,0,0,0\n2013-07-01T01:00:00,several,57,0,0,0,0,0,0,0,0\n", -1, NULL));
    cluster_sql(cluster, "postgres", "DROP DATABASE uihc");
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) said = g_string_new(NULL);
    g_setenv("WARDCAST_SAMPLES", broken, TRUE);
    g_assert_false(demo_load_sources(cluster_host(cluster), simulated, listen_to, said, &error));
    g_setenv("WARDCAST_SAMPLES", kept, TRUE);
    g_assert_nonnull(error);
    g_assert_true(g_str_has_prefix(error->message, "sample hospital uihc: "));
    assert_answer("uihc", "SELECT to_regclass('ed_arrivals') IS NULL", "t");
    load(said);
    assert_answer("uihc", "SELECT count(*) FROM ed_arrivals", "41640");
    g_unlink(copy);
    g_unlink(data);
    g_rmdir(broken);
}

static void the_source_role_reads_and_cannot_write(void)
{
    g_autofree char *conninfo = demo_conninfo(cluster_host(cluster), "general", DEMO_SOURCE);
    GError *error = NULL;
    g_autoptr(Pg) pg = pg_open(conninfo, NULL, 10, &error);
    g_assert_no_error(error);
    g_autoptr(PgResult) result = NULL;
    g_assert_true(pg_query(pg, "SELECT count(*) FROM bed_moves", NULL, 0, PG_EXPECT_ROW, &result, 10, &error));
    g_assert_false(pg_query(pg, "DELETE FROM bed_moves", NULL, 0, PG_EXPECT_NONE, NULL, 10, &error));
    g_assert_error(error, PG_ERROR, PG_ERROR_STATEMENT);
    g_error_free(error);
}

static Config *read_config(const char *host)
{
    g_autofree char *path = g_build_filename(simulated, "wardcast.yaml", NULL);
    DemoPlaces places = {.state_dir = "/var/lib/x y", .report_dir = "/var/lib/x \"y\"", .host = host};
    g_autofree char *yaml = demo_config(&places);
    GError *error = NULL;
    g_assert_true(g_file_set_contents(path, yaml, -1, NULL));
    Config *config = config_read(path, &error);
    g_assert_no_error(error);
    g_unlink(path);
    return config;
}

static void the_configuration_is_a_good_one(void)
{
    g_autoptr(Config) config = read_config("/tmp/o'hare \\ \"x\"");
    g_assert_cmpuint(config->groups->len, ==, 3);
    g_assert_cmpuint(config->sources->len, ==, 3);
    g_assert_cmpstr(config->daemon.report_dir, ==, "/var/lib/x \"y\"");
    g_assert_cmpstr(config->warehouse.connection, ==, "host='/tmp/o\\'hare \\\\ \"x\"' dbname=wardcast user=demo_writer");
    for (guint g = 0; g < config->groups->len; g++) {
        const GroupSettings *group = g_ptr_array_index(config->groups, g);
        g_assert_nonnull(group->note);
        g_assert_true(strstr(group->note, "Real data") || strstr(group->note, "SIMULATED"));
    }
}

static void every_kind_of_ward_has_its_rule(void)
{
    g_autoptr(Config) config = read_config("/tmp");
    g_autofree char *text = cluster_ask(cluster, "general", "SELECT DISTINCT kind FROM wards");
    g_auto(GStrv) kind = g_strsplit(g_strchomp(text), "\n", 0);
    g_assert_cmpuint(g_strv_length(kind), ==, 10);
    for (gsize k = 0; kind[k]; k++)
        if (plan_rule_find(&config->plan, kind[k]) == NULL)
            g_error("the kind %s has no rule", kind[k]);
}

/* --- what the mappings give ---------------------------------------------------------- */

typedef struct {
    Pg *pg;
    const Config *config;
} Mapped;

/* Count and check the rows of a feed recorded in (since, until]. */
static guint64 rows_of(const Config *config, guint source, Feed feed, const char *since, const char *until, const char *what)
{
    const SourceSettings *settings = g_ptr_array_index(config->sources, source);
    GError *error = NULL;
    g_autoptr(Pg) pg = pg_open(settings->connection, NULL, 10, &error);
    g_assert_no_error(error);
    for (guint f = 0; f < settings->feeds->len; f++) {
        const FeedSettings *mapping = g_ptr_array_index(settings->feeds, f);
        if (mapping->feed != feed)
            continue;
        g_autofree char *sql = g_strdup_printf("SELECT %s FROM (%s) mapped", what, mapping->sql);
        const char *const value[] = {since, until};
        g_autoptr(PgResult) result = NULL;
        g_assert_true(pg_query(pg, sql, value, 2, PG_EXPECT_ROW, &result, 60, &error));
        g_assert_no_error(error);
        return g_ascii_strtoull(pg_cell(result, 0, 0), NULL, 10);
    }
    g_assert_not_reached();
}

static void every_mapping_has_the_columns_of_its_feed(void)
{
    g_autoptr(Config) config = read_config(cluster_host(cluster));
    for (guint s = 0; s < config->sources->len; s++) {
        const SourceSettings *settings = g_ptr_array_index(config->sources, s);
        GError *error = NULL;
        g_autoptr(Pg) pg = pg_open(settings->connection, NULL, 10, &error);
        for (guint f = 0; f < settings->feeds->len; f++) {
            const FeedSettings *mapping = g_ptr_array_index(settings->feeds, f);
            g_auto(GStrv) name = NULL, type = NULL;
            g_assert_true(pg_describe(pg, mapping->sql, &name, &type, 10, &error));
            for (gsize c = 0; c < feed_shape[mapping->feed].columns; c++)
                if (!g_strv_contains((const char *const *)name, feed_shape[mapping->feed].column[c].name))
                    g_error("source %s, feed %s lacks %s", settings->name, feed_shape[mapping->feed].name, feed_shape[mapping->feed].column[c].name);
        }
    }
}

static const char never[] = "-infinity", always[] = "infinity";

static void the_hour_that_spring_skips_is_left_out(void)
{
    g_autoptr(Config) config = read_config(cluster_host(cluster));
    /* 41,640 rows less the five springs 2014 to 2018. */
    g_assert_cmpuint(rows_of(config, 0, FEED_OBSERVATIONS, never, always, "count(*)"), ==, 41635);
    g_assert_cmpuint(rows_of(config, 0, FEED_OBSERVATIONS, never, always, "count(DISTINCT starts_at)"), ==, 41635);
    g_assert_cmpuint(rows_of(config, 0, FEED_OBSERVATIONS, never, always, "count(*) FILTER (WHERE recorded_at <= starts_at)"), ==, 0);
}

static void pulls_one_after_the_other_give_every_row_once(void)
{
    g_autoptr(Config) config = read_config(cluster_host(cluster));
    static const char *const border = "2018-02-01 12:34:56Z";
    static const struct {
        guint source;
        Feed feed;
    } plain[] = {{0, FEED_UNITS}, {0, FEED_OBSERVATIONS}, {0, FEED_EVENTS}, {1, FEED_UNITS}, {1, FEED_BEDS},
                 {2, FEED_UNITS}, {2, FEED_STAYS}, {2, FEED_ROSTER}, {2, FEED_BEDS}, {2, FEED_ELECTIVES}};
    for (gsize k = 0; k < G_N_ELEMENTS(plain); k++) {
        guint64 all = rows_of(config, plain[k].source, plain[k].feed, never, always, "count(*)");
        guint64 first = rows_of(config, plain[k].source, plain[k].feed, never, border, "count(*)");
        guint64 second = rows_of(config, plain[k].source, plain[k].feed, border, always, "count(*)");
        g_assert_cmpuint(all, >, 0);
        g_assert_cmpuint(first + second, ==, all);
    }
}

/* Counted hours: every hour is there, also one in which nobody came; the sum is that of people who came. */
static void arrivals_counted_from_moves_have_no_holes(void)
{
    g_autoptr(Config) config = read_config(cluster_host(cluster));
    guint64 hours = rows_of(config, 2, FEED_OBSERVATIONS, never, "2018-03-25 11:00Z", "count(*)");
    guint64 span = rows_of(config, 2, FEED_OBSERVATIONS, never, "2018-03-25 11:00Z", "1 + extract(epoch FROM max(starts_at) - min(starts_at)) / 3600");
    g_assert_cmpuint(hours, ==, span);
    g_assert_cmpuint(hours, ==, 10060); /* from 2017-01-30 06:00 to the hour before 2018-03-25 11:00, UTC: 24 x 419 + 4 + 1 - 1 */
    g_assert_cmpuint(rows_of(config, 2, FEED_OBSERVATIONS, never, always, "count(*) FILTER (WHERE value = 0)"), >, 50);
    g_assert_cmpuint(rows_of(config, 2, FEED_OBSERVATIONS, never, always, "count(*) FILTER (WHERE value < 0)"), ==, 0);
    g_assert_cmpuint(rows_of(config, 2, FEED_OBSERVATIONS, never, always, "sum(value)"), >, 60000);
}

/* Whoever makes the folder first could otherwise have us write, and start a server, where they like. */
static void a_folder_of_others_is_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("demo-XXXXXX", &error), *link = g_build_filename(folder, "link", NULL), *said = NULL;
    g_autofree char *program = g_build_filename(g_getenv("top_builddir"), "wardcast", NULL);
    g_assert_cmpint(symlink(".", link), ==, 0);
    g_autoptr(GSubprocess) demo = g_subprocess_new(G_SUBPROCESS_FLAGS_STDERR_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error, program, "demo", "--prepare-only", "--state", link, NULL);
    g_assert_no_error(error);
    g_assert_true(g_subprocess_communicate_utf8(demo, NULL, NULL, NULL, &said, &error));
    g_assert_cmpint(g_subprocess_get_exit_status(demo), ==, 1);
    g_assert_nonnull(strstr(said, "is a link; wanted a folder of your own"));
    g_assert_cmpint(g_unlink(link), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    cluster = cluster_new();
    if (cluster == NULL)
        return 77;
    simulated = g_dir_make_tmp("wardcast-demo-XXXXXX", NULL);
    g_test_add_func("/daemon/demo/a-folder-of-others-is-refused", a_folder_of_others_is_refused);
    g_test_add_func("/daemon/demo/the-sources-hold-what-the-files-hold", the_sources_hold_what_the_files_hold);
    g_test_add_func("/daemon/demo/a-second-time-there-is-nothing-to-do", a_second_time_there_is_nothing_to_do);
    g_test_add_func("/daemon/demo/a-source-that-breaks-off-leaves-nothing-and-is-loaded-the-next-time", a_source_that_breaks_off_leaves_nothing_and_is_loaded_the_next_time);
    g_test_add_func("/daemon/demo/the-source-role-reads-and-cannot-write", the_source_role_reads_and_cannot_write);
    g_test_add_func("/daemon/demo/the-configuration-is-a-good-one", the_configuration_is_a_good_one);
    g_test_add_func("/daemon/demo/every-kind-of-ward-has-its-rule", every_kind_of_ward_has_its_rule);
    g_test_add_func("/daemon/demo/every-mapping-has-the-columns-of-its-feed", every_mapping_has_the_columns_of_its_feed);
    g_test_add_func("/daemon/demo/the-hour-that-spring-skips-is-left-out", the_hour_that_spring_skips_is_left_out);
    g_test_add_func("/daemon/demo/pulls-one-after-the-other-give-every-row-once", pulls_one_after_the_other_give_every_row_once);
    g_test_add_func("/daemon/demo/arrivals-counted-from-moves-have-no-holes", arrivals_counted_from_moves_have_no_holes);
    int result = g_test_run();
    g_autoptr(GDir) dir = g_dir_open(simulated, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *file = g_build_filename(simulated, name, NULL);
        g_unlink(file);
    }
    g_rmdir(simulated);
    g_free(simulated);
    cluster_free(cluster);
    return result;
}
