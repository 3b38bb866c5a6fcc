/* house.h -- what the warehouse's tests start from: a cluster with the schema and a plain writer.
 *
 * A House has the roles `daemon` (in wardcast_writer) and `scheduler` (in
 * wardcast_reader) besides the superuser postgres.
 */
#pragma once
#include "connectors/out/warehouse.h"
#include "tests/harness/cluster.h"

typedef struct {
    Cluster *cluster;
    char *writer, *owner; /* conninfo */
    WarehouseSettings settings;
    Warehouse *warehouse;
} House;

/* NULL after g_test_skip() when no server is installed. */
House *house_new(void);
void house_free(House *house);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(House, house_free)

/* SQL as a role; NULL when all is well, else the server's words.  Caller frees. */
char *house_refusal(const House *house, const char *role, const char *sql);

/* A record of `units` units with `steps` hourly steps each, made from `seed` alone. */
RunRecord *house_record(const char *group, Instant slot, gsize units, gsize steps, guint seed);
void house_record_free(RunRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RunRecord, house_record_free)

/* Publish it; the number of the run. */
gint64 house_publish(const House *house, const RunRecord *record);

/* What the server answers, rows by line and cells by "|", must be this. */
void house_assert_asked(const House *house, const char *sql, const char *wanted);

/* 2026-03-01 06:00 UTC and that many hours later. */
Instant house_hour(int hours);

/* All rows of a group's runs with the slot in place of the run's number: what two histories are compared by. */
char *house_rows(const House *house);
