/* demo_config.h -- the configuration of the sample hospitals, as a person would write it.
 *
 * Threads  pure.
 */
#pragma once
#include <glib.h>

typedef struct {
    const char *state_dir, *report_dir; /* absolute */
    const char *host;                   /* folder of the cluster's socket */
} DemoPlaces;

/* The names that the demo uses in PostgreSQL. */
#define DEMO_WAREHOUSE "wardcast"
#define DEMO_OWNER "demo_owner"   /* owns the warehouse and its schema */
#define DEMO_WRITER "demo_writer" /* what the daemon writes as */
#define DEMO_READER "demo_reader" /* may read what was published */
#define DEMO_SOURCE "demo_source" /* may read the sample hospitals' tables */

/* A conninfo string of the cluster, without password.  The caller frees. */
char *demo_conninfo(const char *host, const char *database, const char *user);

/* wardcast.yaml as text.  The caller frees. */
char *demo_config(const DemoPlaces *places);
