#include "connectors/out/warehouse_rows.h"
#include "connectors/wire/failpoint.h"
#include "sql/statements.h"

#include <string.h>

/* Pauses between tries, doubling: a lock is gone after the first, a new primary elected before the last. */
#define PAUSE_LEAST_S 0.05
#define PAUSE_MOST_S 5.0

typedef struct {
    Warehouse *warehouse;
    const RunRecord *record;
    const char *slot;        /* as text */
    char *publication;       /* drawn for this call: tells our run from another's */
    char *digest;
    gint64 ends;             /* monotonic microseconds */
    gint64 run_id;
    gboolean published;
} Publication;

/* No statement may outlast the publication. */
static double patience(const Publication *p)
{
    double left = (double)(p->ends - g_get_monotonic_time()) / 1e6;
    return CLAMP(left, 0.1, p->warehouse->deadline_s);
}

static gboolean run(Publication *p, const char *sql, const char *const *value, gsize values, PgExpect expect, PgResult **result, GError **error)
{
    return pg_query(p->warehouse->pg, sql, value, values, expect, result, patience(p), error);
}

/* Is the slot published, by us (a lost reply) or by anybody? */
static gboolean find(Publication *p, gboolean *found, GError **error)
{
    const char *const value[] = {p->record->group, p->slot};
    g_autoptr(PgResult) result = NULL;
    if (!run(p, sql_run_find, value, G_N_ELEMENTS(value), PG_EXPECT_MAYBE_ROW, &result, error))
        return FALSE;
    *found = pg_rows(result) > 0;
    if (*found) {
        p->run_id = g_ascii_strtoll(pg_cell(result, 0, 0), NULL, 10);
        p->published = g_str_equal(pg_cell(result, 0, 1), p->publication);
    }
    return TRUE;
}

static gboolean check_lease(Publication *p, GError **error)
{
    if (p->record->token == 0)
        return TRUE;
    char token[24];
    g_snprintf(token, sizeof token, "%" G_GINT64_FORMAT, p->record->token);
    const char *const value[] = {p->record->group, token};
    g_autoptr(PgResult) result = NULL, holder = NULL;
    if (!run(p, sql_lease_check, value, G_N_ELEMENTS(value), PG_EXPECT_MAYBE_ROW, &result, error))
        return FALSE;
    if (pg_rows(result) > 0)
        return TRUE;
    if (!run(p, sql_lease_holder, value, 1, PG_EXPECT_MAYBE_ROW, &holder, error))
        return FALSE;
    gboolean known = pg_rows(holder) > 0;
    g_set_error(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_LEASE, "the lease on group %s went to %s with token %s, ours is %s; this run is not published",
                p->record->group, known ? pg_cell(holder, 0, 0) : "nobody", known ? pg_cell(holder, 0, 1) : "none", token);
    return FALSE;
}

/* --- the transaction --------------------------------------------------------------------- */

static void add_facility(GPtrArray *all, GHashTable *seen, const char *facility)
{
    if (g_hash_table_add(seen, (gpointer)facility))
        g_ptr_array_add(all, (gpointer)facility);
}

/* The facilities of the record, each once; borrowed names. */
static GPtrArray *facilities(const RunRecord *record)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *all = g_ptr_array_new();
    for (gsize i = 0; i < record->forecasts; i++)
        add_facility(all, seen, record->forecast[i].facility);
    for (gsize i = 0; i < record->plans; i++)
        add_facility(all, seen, record->plan[i].facility);
    for (gsize i = 0; i < record->scores; i++)
        add_facility(all, seen, record->score[i].facility);
    for (gsize i = 0; i < record->ranges; i++)
        add_facility(all, seen, record->range[i].facility);
    for (gsize i = 0; i < record->steps; i++)
        add_facility(all, seen, record->step[i].facility);
    return all;
}

/* Rows are found by way of their facility's group, so that has to be right. */
static gboolean ensure_facilities(Publication *p, GError **error)
{
    g_autoptr(GPtrArray) all = facilities(p->record);
    g_autofree char *array = warehouse_base_array((const char *const *)all->pdata, all->len);
    const char *const value[] = {p->record->group, array};
    g_autoptr(PgResult) strangers = NULL;
    if (!run(p, sql_group_ensure, value, 1, PG_EXPECT_NONE, NULL, error) || !run(p, sql_facility_ensure, value, 2, PG_EXPECT_NONE, NULL, error) ||
        !run(p, sql_facility_strangers, value, 2, PG_EXPECT_ROW, &strangers, error))
        return FALSE;
    const char *who = pg_cell(strangers, 0, 0);
    if (who == NULL)
        return TRUE;
    g_set_error(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_REFUSED, "facilities of another group in a run of group %s: %s; a facility is forecast with one group only",
                p->record->group, who);
    return FALSE;
}

static gboolean insert_run(Publication *p, gboolean *inserted, GError **error)
{
    const RunRecord *r = p->record;
    char as_of[40], watermark[40], seed[24], token[24], forecasts[24], recommendations[24], scores[24];
    g_snprintf(seed, sizeof seed, "%" G_GUINT64_FORMAT, r->seed);
    g_snprintf(token, sizeof token, "%" G_GINT64_FORMAT, r->token);
    g_snprintf(forecasts, sizeof forecasts, "%" G_GUINT64_FORMAT, warehouse_rows_count(r, RUN_FORECAST));
    g_snprintf(recommendations, sizeof recommendations, "%" G_GUINT64_FORMAT,
               warehouse_rows_count(r, RUN_STAFFING) + warehouse_rows_count(r, RUN_BEDS) + warehouse_rows_count(r, RUN_MOVES));
    g_snprintf(scores, sizeof scores, "%" G_GUINT64_FORMAT, warehouse_rows_count(r, RUN_SCORE));
    const char *const value[] = {r->group, p->slot, pg_instant(r->as_of, as_of),
                                 r->data_watermark == INSTANT_NONE ? NULL : pg_instant(r->data_watermark, watermark), seed,
                                 r->program_version, r->model_hash, r->config_hash, r->summary, token, forecasts, recommendations, scores,
                                 p->digest, p->publication};
    g_autoptr(PgResult) result = NULL;
    if (!run(p, sql_run_insert, value, G_N_ELEMENTS(value), PG_EXPECT_MAYBE_ROW, &result, error))
        return FALSE;
    *inserted = pg_rows(result) > 0;
    if (*inserted)
        p->run_id = g_ascii_strtoll(pg_cell(result, 0, 0), NULL, 10);
    return TRUE;
}

typedef struct {
    Publication *p;
    char run[24];
    gboolean slot;
} Copy;

static gboolean copy_row(void *self, const Row *row, GError **error)
{
    const Copy *copy = self;
    const char *cell[ROW_MOST + 2];
    memcpy(cell, row->cell, row->cells * sizeof *cell);
    cell[row->cells] = copy->run;
    cell[row->cells + 1] = copy->p->slot;
    return pg_copy_row(copy->p->warehouse->pg, cell, row->cells + (copy->slot ? 2 : 1), error);
}

static gboolean copy_table(Publication *p, RunTable table, GError **error)
{
    if (warehouse_rows_count(p->record, table) == 0)
        return TRUE;
    Copy copy = {.p = p, .slot = table == RUN_FORECAST};
    g_snprintf(copy.run, sizeof copy.run, "%" G_GINT64_FORMAT, p->run_id);
    g_autofree char *sql = warehouse_base_fill(sql_rows_copy, "table", run_table[table].table, "columns", run_table[table].columns,
                                               "run", copy.slot ? "run_id, slot" : "run_id", NULL);
    return pg_copy_begin(p->warehouse->pg, sql, patience(p), error) && warehouse_rows_each(p->record, table, copy_row, &copy, error) &&
           pg_copy_end(p->warehouse->pg, TRUE, error);
}

static const char *const failpoint_after[RUN_TABLES] = {
    [RUN_FORECAST] = "publish-forecast", [RUN_STAFFING] = "publish-staffing", [RUN_BEDS] = "publish-beds", [RUN_SCORE] = "publish-scores",
    [RUN_RANGES] = "publish-ranges",
};

static gboolean copy_tables(Publication *p, GError **error)
{
    for (RunTable t = 0; t < RUN_TABLES; t++) {
        if (!copy_table(p, t, error)) {
            g_prefix_error(error, "%s: ", run_table[t].table);
            return FALSE;
        }
        if (failpoint_after[t] != NULL)
            failpoint(failpoint_after[t]);
    }
    return TRUE;
}

static gboolean notify(Publication *p, GError **error)
{
    char run_id[24];
    g_snprintf(run_id, sizeof run_id, "%" G_GINT64_FORMAT, p->run_id);
    const char *const value[] = {run_id, p->record->group, p->slot};
    if (!run(p, sql_run_notify, value, G_N_ELEMENTS(value), PG_EXPECT_ROW, NULL, error))
        return FALSE;
    failpoint("notify-sent");
    return TRUE;
}

/* Everything or nothing.  TRUE: committed, or somebody else's run is there. */
static gboolean publish_once(Publication *p, GError **error)
{
    gboolean found = FALSE, inserted = FALSE;
    failpoint("publish-begin");
    if (!warehouse_base_ready(p->warehouse, error) || !find(p, &found, error))
        return FALSE;
    if (found)
        return TRUE;
    if (!run(p, sql_run_partition, (const char *const[]){p->slot}, 1, PG_EXPECT_ROW, NULL, error) ||
        !run(p, "BEGIN", NULL, 0, PG_EXPECT_NONE, NULL, error) || !check_lease(p, error) || !ensure_facilities(p, error) ||
        !insert_run(p, &inserted, error))
        return FALSE;
    if (!inserted)
        return run(p, "ROLLBACK", NULL, 0, PG_EXPECT_NONE, NULL, error) && find(p, &found, error);
    failpoint("publish-ledger");
    if (!copy_tables(p, error) || !notify(p, error))
        return FALSE;
    failpoint("publish-before-commit");
    if (!run(p, "COMMIT", NULL, 0, PG_EXPECT_NONE, NULL, error))
        return FALSE;
    p->published = TRUE;
    failpoint("publish-after-commit");
    return TRUE;
}

gboolean warehouse_publish(Warehouse *warehouse, const RunRecord *record, double deadline_s, gint64 *run_id, gboolean *published, GError **error)
{
    g_return_val_if_fail(!warehouse->taking, FALSE);
    char slot[40];
    g_autofree char *digest = warehouse_record_digest(record), *publication = g_uuid_string_random();
    Publication p = {.warehouse = warehouse, .record = record, .slot = pg_instant(record->slot, slot), .publication = publication, .digest = digest,
                     .ends = g_get_monotonic_time() + (gint64)(deadline_s * 1e6)};
    for (double pause = PAUSE_LEAST_S;; pause = MIN(2 * pause, PAUSE_MOST_S)) {
        GError *cause = NULL;
        if (publish_once(&p, &cause)) {
            *run_id = p.run_id;
            *published = p.published;
            return TRUE;
        }
        /* Whatever was begun is undone by the server; a COMMIT whose reply was lost is found by the next try. */
        warehouse_base_drop(warehouse);
        double wait = pause * g_random_double_range(0.5, 1.5);
        if (!warehouse_base_passing(cause) || g_get_monotonic_time() + (gint64)(wait * 1e6) > p.ends)
            return warehouse_base_fail(cause, error);
        g_error_free(cause);
        g_usleep((gulong)(wait * 1e6));
    }
}
