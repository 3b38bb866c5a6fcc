#include "config/build.h"
#include "connectors/out/warehouse_base.h"
#include "connectors/wire/failpoint.h"
#include "sql/statements.h"

#include <string.h>

/* A migration may have to rewrite a large table, and another init may run before this one. */
#define INIT_DEADLINE_S 600

typedef struct {
    Pg *pg;
    void (*say)(void *self, const char *line);
    void *self;
} Init;

static gboolean run(Pg *pg, const char *sql, GError **error)
{
    return pg_query(pg, sql, NULL, 0, PG_EXPECT_NONE, NULL, INIT_DEADLINE_S, error);
}

/* A statement ends with the line that ends in ';' while an even number of $$ has been seen. */
static gboolean run_statements(Pg *pg, const char *text, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GString) statement = g_string_new(NULL);
    gboolean quoted = FALSE;
    for (char **line = lines; *line != NULL; line++) {
        if (!quoted && (**line == '\0' || g_str_has_prefix(*line, "--")))
            continue;
        for (const char *at = *line; (at = strstr(at, "$$")) != NULL; at += 2)
            quoted = !quoted;
        g_string_append(statement, *line);
        g_string_append_c(statement, '\n');
        if (quoted || !g_str_has_suffix(*line, ";"))
            continue;
        if (!run(pg, statement->str, error))
            return FALSE;
        g_string_truncate(statement, 0);
    }
    g_assert(statement->len == 0);
    return TRUE;
}

static gboolean migrate(const Init *init, const SqlMigration *migration, const char *sha256, GError **error)
{
    char version[16];
    g_snprintf(version, sizeof version, "%d", migration->version);
    const char *const value[] = {version, migration->name, sha256, PACKAGE_VERSION};
    if (!run(init->pg, "BEGIN", error) || !run_statements(init->pg, migration->text, error) ||
        !pg_query(init->pg, sql_init_record, value, G_N_ELEMENTS(value), PG_EXPECT_NONE, NULL, INIT_DEADLINE_S, error)) {
        g_prefix_error(error, "migration %s: ", migration->name);
        return FALSE;
    }
    failpoint("migrate-step");
    if (!run(init->pg, "COMMIT", error))
        return FALSE;
    g_autofree char *line = g_strdup_printf("migration %s done", migration->name);
    if (init->say != NULL)
        init->say(init->self, line);
    return TRUE;
}

/* Migrations already there must be ours, unchanged. */
static gboolean check_history(const PgResult *history, GError **error)
{
    if (pg_rows(history) > sql_migrations) {
        g_set_error(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_SCHEMA, "the schema is at version %" G_GSIZE_FORMAT ", this program knows %" G_GSIZE_FORMAT
                    "; install the newer program", pg_rows(history), sql_migrations);
        return FALSE;
    }
    for (gsize i = 0; i < pg_rows(history); i++) {
        g_autofree char *ours = g_compute_checksum_for_string(G_CHECKSUM_SHA256, sql_migration[i].text, -1);
        const char *theirs = pg_cell(history, i, 2);
        if (g_str_equal(ours, theirs))
            continue;
        g_set_error(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_SCHEMA, "migration %s was run as %s, this program has it as %.12s; "
                    "migrations are never edited: use the program that made the schema or a later one", pg_cell(history, i, 1), theirs, ours);
        return FALSE;
    }
    return TRUE;
}

static gboolean migrate_all(const Init *init, GError **error)
{
    g_autoptr(PgResult) exists = NULL, history = NULL;
    if (!pg_query(init->pg, sql_init_lock, NULL, 0, PG_EXPECT_ROW, NULL, INIT_DEADLINE_S, error) ||
        !pg_query(init->pg, sql_init_exists, NULL, 0, PG_EXPECT_ROW, &exists, INIT_DEADLINE_S, error))
        return FALSE;
    gsize done = 0;
    if (g_str_equal(pg_cell(exists, 0, 0), "t")) {
        if (!pg_query(init->pg, sql_open_versions, NULL, 0, PG_EXPECT_ROWS, &history, INIT_DEADLINE_S, error) || !check_history(history, error))
            return FALSE;
        done = pg_rows(history);
    }
    for (; done < sql_migrations; done++) {
        g_autofree char *sha256 = g_compute_checksum_for_string(G_CHECKSUM_SHA256, sql_migration[done].text, -1);
        if (!migrate(init, &sql_migration[done], sha256, error))
            return FALSE;
    }
    return TRUE;
}

gboolean warehouse_init(const WarehouseSettings *settings, const char *secret, void (*say)(void *self, const char *line), void *self, GError **error)
{
    const char *connection = settings->owner_connection ? settings->owner_connection : settings->connection;
    GError *cause = NULL;
    g_autoptr(Pg) pg = warehouse_base_connect(connection, secret, INIT_DEADLINE_S, &cause);
    Init init = {pg, say, self};
    if (pg != NULL && migrate_all(&init, &cause))
        return TRUE;
    return warehouse_base_fail(cause, error);
}
