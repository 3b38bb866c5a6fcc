/* cluster.h -- a PostgreSQL of a test's own.
 *
 * A Cluster is a real server in a temporary folder, reached over a Unix socket
 * by nobody else, without fsync.  It goes away with the test program, however
 * that ends.  Shell tests use sql/private-cluster.sh themselves.
 *
 * Errors   trouble with the cluster ends the test program with the server's words.
 * Threads  one owner.
 */
#pragma once
#include <glib.h>

typedef struct Cluster Cluster;

/* Make and start a cluster with the superuser postgres and the database
 * postgres.  NULL after g_test_skip() when no server is installed. */
Cluster *cluster_new(void);
void cluster_free(Cluster *cluster);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Cluster, cluster_free)

/* Where it is: "host=... port=5432 dbname=... user=...".  Caller frees. */
char *cluster_conninfo(const Cluster *cluster, const char *database, const char *user);

/* The folder of its Unix socket, as libpq's `host`; borrowed. */
const char *cluster_host(const Cluster *cluster);

/* Run SQL as the superuser; any number of statements, each committed by itself. */
void cluster_sql(const Cluster *cluster, const char *database, const char *sql);

/* The same for a SQL file. */
void cluster_file(const Cluster *cluster, const char *database, const char *path);

/* Rows that SQL returns, one a line, cells separated by '|'; "" for none.  Caller frees. */
char *cluster_ask(const Cluster *cluster, const char *database, const char *sql);

/* Orderly stop; kill -9 of all its processes; start again. */
void cluster_stop(const Cluster *cluster);
void cluster_kill9(const Cluster *cluster);
void cluster_start(const Cluster *cluster);
