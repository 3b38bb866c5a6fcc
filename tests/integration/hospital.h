/* hospital.h -- the tiny hospital of hospital.sql with a warehouse, a configuration and the real program.
 *
 * Threads  one owner.
 */
#pragma once
#include "tests/harness/cluster.h"

typedef struct {
    Cluster *cluster;
    char *folder;  /* of configuration, credentials, state and reports */
    char *config;  /* path of wardcast.yaml */
} Hospital;

/* The instant that tests call now: 2026-03-10 06:00 UTC. */
#define HOSPITAL_NOW "2026-03-10T06:00:00Z"

/* Make source database, warehouse (initialised) and configuration.  NULL after
 * g_test_skip() when no server is installed. */
Hospital *hospital_new(void);
void hospital_free(Hospital *hospital);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Hospital, hospital_free)

/* Weeks instead of months and the quickest member: for tests of the order of things, not of the forecast. */
void hospital_hurry(const Hospital *hospital);

/* Replace a part of the configuration file (asserted to be there). */
void hospital_edit(const Hospital *hospital, const char *old, const char *fresh);

/* Run the program with arguments (NULL-terminated list; the configuration is
 * added); its exit code, and what it printed on both streams when said != NULL. */
int hospital_run(const Hospital *hospital, char **said, ...) G_GNUC_NULL_TERMINATED;

/* Rows of the warehouse, as cluster_ask(). */
char *hospital_ask(const Hospital *hospital, const char *sql);

/* All rows of all tables of the warehouse in order, but for what is drawn, read
 * from a clock or counts starts (the fencing token); a run's number is replaced
 * by its slot.  Tables whose names are in `except` (NULL-terminated, or NULL) are
 * left out. */
char *hospital_rows(const Hospital *hospital, const char *const *except);

/* End the test naming the first line that differs; `killed` says where. */
void hospital_same(const char *killed, const char *wanted, const char *seen);
