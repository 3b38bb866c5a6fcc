/* demo.h -- `wardcast demo`: the whole job on sample hospitals and a private PostgreSQL.
 *
 * In one folder: a PostgreSQL cluster, the sample hospitals as source
 * databases, a configuration, credentials, trained models and briefs.  Nothing
 * outside the folder is touched.  A second call uses what is there.
 *
 * Threads  the main thread's own.
 */
#pragma once

int demo_main(int argc, char **argv);
