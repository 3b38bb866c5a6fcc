#include "connectors/out/warehouse_base.h"
#include "connectors/wire/failpoint.h"
#include "sql/statements.h"

/* Tells this process from another of the same name: after a crash and restart
 * the old lease must run out, because nobody knows whether its holder is dead. */
static const char *session(void)
{
    static char *drawn;
    if (g_once_init_enter(&drawn))
        g_once_init_leave(&drawn, g_uuid_string_random());
    return drawn;
}

gboolean warehouse_lease(Warehouse *warehouse, const char *group, const char *me, gint64 *token, char **holder, GError **error)
{
    char seconds[G_ASCII_DTOSTR_BUF_SIZE];
    const char *const value[] = {group, me, session(), g_ascii_dtostr(seconds, sizeof seconds, warehouse->lease_s)};
    g_autoptr(PgResult) result = NULL;
    *token = 0;
    if (holder != NULL)
        *holder = NULL;
    if (!warehouse_base_query(warehouse, sql_lease_take, value, G_N_ELEMENTS(value), PG_EXPECT_ROW, &result, error))
        return FALSE;
    const char *mine = pg_cell(result, 0, 0), *other = pg_cell(result, 0, 1);
    if (mine == NULL) {
        if (holder != NULL)
            *holder = g_strdup(other ? other : "another daemon");
        return TRUE;
    }
    *token = g_ascii_strtoll(mine, NULL, 10);
    failpoint(g_strcmp0(pg_cell(result, 0, 2), mine) == 0 ? "lease-renewed" : "lease-taken");
    return TRUE;
}

gboolean warehouse_lease_release(Warehouse *warehouse, const char *group, const char *me, GError **error)
{
    const char *const value[] = {group, me, session()};
    return warehouse_base_query(warehouse, sql_lease_release, value, G_N_ELEMENTS(value), PG_EXPECT_NONE, NULL, error);
}
