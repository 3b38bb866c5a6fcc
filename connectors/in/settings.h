/* settings.h -- what the hospital decides about its sources.
 *
 * Plain rows, filled by config/ and handed to in/.
 */
#pragma once
#include "forecast/series/observation.h"

typedef struct {
    Feed feed;
    char *sql;            /* one SELECT; $1 = since, $2 = until (timestamptz), both optional to use */
} FeedSettings;

typedef struct {
    char *name;           /* unique; in messages, tables and reports */
    char *group;          /* the facility group it feeds */
    char *type;           /* "postgres" */
    char *connection;     /* conninfo without password */
    char *password;       /* name of a credential, NULL = none */
    guint every_s;        /* seconds between pulls */
    guint deadline_s;     /* seconds one pull may take */
    guint overlap_s;      /* seconds pulled again before the watermark, for rows committed late */
    guint64 max_rows, max_bytes; /* per pull and feed */
    guint stale_s;        /* age of the newest fact above which forecasts are marked stale */
    guint withhold_s;     /* age above which they are withheld */
    char *note;           /* where the data come from, shown wherever they are; NULL = nothing */
    GPtrArray *feeds;     /* FeedSettings, owned */
} SourceSettings;
