#include "connectors/out/warehouse.h"

#include "connectors/out/warehouse_base.h"
#include "sql/statements.h"

#include <string.h>

#define LEASE_S 60

Warehouse *warehouse_open(const WarehouseSettings *settings, const char *secret, GError **error)
{
    g_autoptr(Warehouse) warehouse = g_new0(Warehouse, 1);
    warehouse->connection = g_strdup(settings->connection);
    warehouse->secret = g_strdup(secret);
    warehouse->deadline_s = settings->deadline_s ? settings->deadline_s : WAREHOUSE_DEADLINE_S;
    warehouse->lease_s = settings->lease_s ? settings->lease_s : LEASE_S;
    GError *cause = NULL;
    if (!warehouse_base_ready(warehouse, &cause)) {
        (void)warehouse_base_fail(cause, error);
        return NULL;
    }
    return g_steal_pointer(&warehouse);
}

void warehouse_close(Warehouse *warehouse)
{
    if (warehouse == NULL)
        return;
    warehouse_base_drop(warehouse);
    if (warehouse->secret != NULL)
        explicit_bzero(warehouse->secret, strlen(warehouse->secret));
    g_free(warehouse->secret);
    g_free(warehouse->connection);
    g_free(warehouse->source);
    g_free(warehouse->group);
    g_free(warehouse);
}

gboolean warehouse_describe_group(Warehouse *warehouse, const char *group, const char *name, const char *zone, const char *country,
                                  const char *note, GError **error)
{
    const char *const value[] = {group, name ? name : group, zone, country, note};
    return warehouse_base_query(warehouse, sql_group_describe, value, G_N_ELEMENTS(value), PG_EXPECT_NONE, NULL, error);
}

gboolean warehouse_note_model(Warehouse *warehouse, const char *group, const char *model_hash, Instant trained_at, const char *card, GError **error)
{
    char when[40];
    const char *const ensured[] = {group};
    const char *const value[] = {group, model_hash, pg_instant(trained_at, when), card};
    return warehouse_base_query(warehouse, sql_group_ensure, ensured, 1, PG_EXPECT_NONE, NULL, error) &&
           warehouse_base_query(warehouse, sql_model_note, value, G_N_ELEMENTS(value), PG_EXPECT_NONE, NULL, error);
}
