#include "tests/harness/cluster.h"

#include <gio/gio.h>
#include <glib/gstdio.h>

struct Cluster {
    char *script;       /* sql/private-cluster.sh */
    char *psql;
    char *folder;       /* the cluster's, and its socket's */
    GSubprocess *guard; /* deletes the cluster when its standard input ends, so also when we die */
};

enum { NO_SERVER = 69 };

/* Run a program; TRUE when it succeeded.  Both outputs are the caller's. */
static gboolean run(const char *const *argv, char **out, char **err, int *status)
{
    g_autoptr(GError) error = NULL;
    int wait_status = 0;
    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, out, err, &wait_status, &error))
        g_error("cannot run %s: %s", argv[0], error->message);
    *status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128;
    return *status == 0;
}

static char *script_path(void)
{
    const char *top = g_getenv("top_srcdir");
    return g_build_filename(top ? top : ".", "sql", "private-cluster.sh", NULL);
}

/* The build folder keeps one initialised data folder, so that each test need not make its own. */
static void set_template(void)
{
    const char *top = g_getenv("top_builddir");
    if (top == NULL || g_getenv("WARDCAST_PG_TEMPLATE") != NULL)
        return;
    g_autofree char *folder = g_build_filename(top, "tests", "harness", NULL);
    g_mkdir_with_parents(folder, 0755);
    g_autofree char *file = g_build_filename(folder, "cluster-template.tar", NULL);
    g_setenv("WARDCAST_PG_TEMPLATE", file, FALSE);
}

static void command(const Cluster *cluster, const char *verb)
{
    g_autofree char *out = NULL, *err = NULL;
    int status = 0;
    const char *argv[] = {"/bin/sh", cluster->script, verb, cluster->folder, "fsync=off", "full_page_writes=off",
                          "shared_buffers=16MB", NULL};
    if (!g_str_equal(verb, "start"))
        argv[4] = NULL;
    if (!run(argv, &out, &err, &status))
        g_error("private-cluster %s: %s", verb, err);
}

static char *find_psql(const char *script)
{
    g_autofree char *out = NULL, *err = NULL;
    int status = 0;
    const char *argv[] = {"/bin/sh", script, "bindir", NULL};
    if (!run(argv, &out, &err, &status)) {
        if (status != NO_SERVER)
            g_error("private-cluster bindir: %s", err);
        g_test_skip(g_strchomp(err));
        return NULL;
    }
    g_autofree char *beside = g_build_filename(g_strchomp(out), "psql", NULL);
    return g_file_test(beside, G_FILE_TEST_IS_EXECUTABLE) ? g_steal_pointer(&beside) : g_strdup("psql");
}

Cluster *cluster_new(void)
{
    g_autofree char *script = script_path();
    g_autofree char *psql = find_psql(script);
    if (psql == NULL)
        return NULL;
    set_template();
    g_autoptr(GError) error = NULL;
    Cluster *cluster = g_new0(Cluster, 1);
    cluster->script = g_steal_pointer(&script);
    cluster->psql = g_steal_pointer(&psql);
    /* Not TMPDIR: a socket's path must stay short. */
    cluster->folder = g_mkdtemp(g_strdup("/tmp/wardcast-test-XXXXXX"));
    if (cluster->folder == NULL)
        g_error("cannot make a folder under /tmp");
    cluster->guard = g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error, "/bin/sh",
                                      cluster->script, "guard", cluster->folder, NULL);
    if (cluster->guard == NULL)
        g_error("cannot guard the cluster: %s", error->message);
    command(cluster, "start");
    return cluster;
}

void cluster_free(Cluster *cluster)
{
    if (cluster == NULL)
        return;
    g_output_stream_close(g_subprocess_get_stdin_pipe(cluster->guard), NULL, NULL);
    g_subprocess_wait(cluster->guard, NULL, NULL);
    g_clear_object(&cluster->guard);
    g_free(cluster->script);
    g_free(cluster->psql);
    g_free(cluster->folder);
    g_free(cluster);
}

char *cluster_conninfo(const Cluster *cluster, const char *database, const char *user)
{
    return g_strdup_printf("host=%s port=5432 dbname=%s user=%s", cluster->folder, database, user);
}

const char *cluster_host(const Cluster *cluster)
{
    return cluster->folder;
}

/* psql with `option` ("-c" or "-f") and its operand. */
static char *psql(const Cluster *cluster, const char *database, const char *option, const char *operand)
{
    g_autofree char *conninfo = cluster_conninfo(cluster, database, "postgres");
    g_autofree char *out = NULL, *err = NULL;
    int status = 0;
    const char *argv[] = {cluster->psql, "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", conninfo, option, operand, NULL};
    if (!run(argv, &out, &err, &status))
        g_error("psql: %s", err);
    return g_strchomp(g_steal_pointer(&out));
}

/* Through a file, so that each statement is committed by itself and CREATE DATABASE may stand among them. */
void cluster_sql(const Cluster *cluster, const char *database, const char *sql)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("wardcast-XXXXXX.sql", &path, &error);
    if (fd < 0 || !g_close(fd, &error) || !g_file_set_contents(path, sql, -1, &error))
        g_error("cannot write a SQL file: %s", error->message);
    g_free(psql(cluster, database, "-f", path));
    g_unlink(path);
}

void cluster_file(const Cluster *cluster, const char *database, const char *path)
{
    g_free(psql(cluster, database, "-f", path));
}

char *cluster_ask(const Cluster *cluster, const char *database, const char *sql)
{
    return psql(cluster, database, "-c", sql);
}

void cluster_stop(const Cluster *cluster)
{
    command(cluster, "stop");
}

void cluster_kill9(const Cluster *cluster)
{
    command(cluster, "kill");
}

void cluster_start(const Cluster *cluster)
{
    command(cluster, "start");
}
