/* postgres.h -- a hospital database that speaks PostgreSQL.
 *
 * Each query of a mapping runs on a connection of its own, in a transaction
 * that is read-only and rolled back: nothing that the mapping's author wrote
 * can change the hospital's data or leave a lock or a setting behind.
 *
 * Errors   SOURCE_ERROR, as in source.h.
 * Threads  one at a time.
 */
#pragma once
#include "connectors/in/mapping.h"

/* Who reads: `columns` is told what the query returns before the first row;
 * either says FALSE to stop, with its own error. */
typedef struct {
    void *self;
    gboolean (*columns)(void *self, const MappingColumn *column, gsize columns, GError **error);
    gboolean (*row)(void *self, const char *const *cell, gsize cells, GError **error);
} PostgresReader;

/* Run one statement with $1 = since and $2 = until.  `password` may be NULL. */
gboolean postgres_read(const SourceSettings *settings, const char *password, const char *sql, Instant since, Instant until,
                       const PostgresReader *reader, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Something about the account that a person should know, such as that it may
 * do everything; NULL when there is nothing.  Caller frees. */
char *postgres_warning(const SourceSettings *settings, const char *password) G_GNUC_WARN_UNUSED_RESULT;
