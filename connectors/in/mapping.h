/* mapping.h -- which column of a hospital's query is which column of a feed.
 *
 * Columns are matched by name, in any order; what the feed does not know is
 * ignored, and what it needs and does not find stops the source.  A Mapping
 * then turns the query's text cells into Observations, strictly: a cell that
 * cannot be read is a complaint about that row, never a guess.
 *
 * Privacy  stay ids leave as HMAC-SHA-256 under the hospital's key, first 32 hex
 *          digits; complaints quote no text cell.
 * Errors   SOURCE_ERROR_CHANGED: a column is missing, doubled or of another type.
 * Threads  a Mapping never changes.
 */
#pragma once
#include "connectors/in/source.h"

/* What a column's type can be read as. */
typedef enum {
    MAPPING_TEXT = 1,
    MAPPING_TIME = 2,        /* an instant: the offset is part of the value */
    MAPPING_NUMBER = 4,
    MAPPING_PADDED = 8,      /* text filled up with blanks that mean nothing */
    MAPPING_LOCAL_TIME = 16  /* a time of which nobody knows the zone */
} MappingFit;

typedef struct {
    const char *name, *type; /* as the source names them */
    guint fits;              /* MappingFit, or'd */
} MappingColumn;

typedef struct Mapping Mapping;

Mapping *mapping_new(Feed feed, const MappingColumn *column, gsize columns, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void mapping_free(Mapping *mapping);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mapping, mapping_free)

/* Columns of the feed that were found. */
gsize mapping_found(const Mapping *mapping);

/* Columns of the query that no feed column takes, "a, b"; NULL when none.  Borrowed. */
const char *mapping_ignored(const Mapping *mapping);

/* What is gone or of another type than before, as a sentence; NULL when
 * nothing is.  Caller frees. */
char *mapping_change(const Mapping *before, const Mapping *now) G_GNUC_WARN_UNUSED_RESULT;

/* Read one row.  Gives back a complaint when a cell cannot be read (the cell is
 * then missing, the others are read all the same); NULL when all could.  The
 * caller frees it, and clears the row. */
char *mapping_row(const Mapping *mapping, const char *const *cell, const guint8 key[32], Observation *row) G_GNUC_WARN_UNUSED_RESULT;
