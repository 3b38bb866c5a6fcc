/* demo_load.h -- a private PostgreSQL with the sample hospitals' databases in it.
 *
 * Three source databases as hospitals would have them (uihc, hhs data as
 * `states`, general) and an empty warehouse, with a login role for each task.
 * Each source is loaded in one transaction: it is there whole or not at all, so
 * a second call finds it and does nothing.
 *
 * Errors   DEMO_ERROR_CLUSTER: the cluster cannot be made or started, in the
 *          script's words; else as of sample.h, simulate.h and pg.h.
 * Threads  one caller at a time.
 */
#pragma once
#include <gio/gio.h>

#define DEMO_ERROR (demo_error_quark())
GQuark demo_error_quark(void);
typedef enum { DEMO_ERROR_CLUSTER, DEMO_ERROR_STEP } DemoError;

/* The path of private-cluster.sh, which lies beside the samples.  The caller frees it. */
char *demo_load_script(GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Make (if needed) and start the cluster in `folder`; the folder of its socket.
 * The caller frees it. */
char *demo_load_cluster(const char *script, const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Make databases and roles and fill the sources.  `simulated` is the folder with
 * the simulated hospital's files, which are written if they are not there.  Each
 * step that does something is told to `say`. */
gboolean demo_load_sources(const char *host, const char *simulated, void (*say)(void *self, const char *line), void *self,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
