/* observation.h -- one canonical row of a feed, as a source hands it over.
 *
 * A hospital's tables all look different; a mapping turns each into one of the
 * feeds below.  Every feed is a table of columns, so that connectors, checks
 * and the warehouse treat all feeds alike: one loop over columns, no code per
 * feed.  Rows are facts: they are appended, never changed; a correction is a
 * newer row (later recorded_at) with the same key.
 *
 * Units    instants are microseconds since 1970-01-01 UTC; numbers are plain counts.
 * Missing  a text cell NULL, a time cell INSTANT_NONE, a number MISSING.
 * Privacy  stay ids are keyed hashes made by the connector; no other column may
 *          hold anything about one person.
 * Threads  plain data.
 */
#pragma once
#include "forecast/series/grain.h"
#include "forecast/series/missing.h"

typedef gint64 Instant;
#define INSTANT_NONE G_MININT64
#define INSTANT_SECOND G_GINT64_CONSTANT(1000000)
#define INSTANT_HOUR (3600 * INSTANT_SECOND)
#define INSTANT_DAY (24 * INSTANT_HOUR)

typedef enum {
    FEED_UNITS,        /* what wards there are */
    FEED_OBSERVATIONS, /* measured counts at a grain */
    FEED_STAYS,        /* a patient enters or leaves a unit */
    FEED_ROSTER,       /* staff scheduled for a shift */
    FEED_BEDS,         /* staffed, blocked and reserved beds from an instant on */
    FEED_ELECTIVES,    /* planned admissions of a day */
    FEED_EVENTS,       /* marked events: strike, downtime, concert */
    FEEDS
} Feed;

typedef enum { CELL_TEXT, CELL_TIME, CELL_NUMBER } CellType;

typedef struct {
    const char *name;    /* canonical column name, also the warehouse's */
    CellType type;
    gboolean required;   /* FALSE: may be missing */
    gboolean key;        /* part of what makes two rows the same fact */
    double least, most;  /* CELL_NUMBER: allowed range, inclusive */
    const char *meaning; /* a sentence for man page, warehouse comment and messages */
} FeedColumn;

enum { FEED_MAX_COLUMNS = 10 };

typedef struct {
    const char *name;  /* "units", "observations", ... */
    gsize columns;
    FeedColumn column[FEED_MAX_COLUMNS]; /* the last one is always recorded_at, the watermark */
} FeedShape;

extern const FeedShape feed_shape[FEEDS];

gboolean feed_from_name(const char *name, Feed *feed) G_GNUC_WARN_UNUSED_RESULT;

typedef union {
    char *text; /* owned by the Observation */
    Instant time;
    double number;
} Cell;

typedef struct {
    Feed feed;
    Cell cell[FEED_MAX_COLUMNS];
} Observation;

/* Free what the cells own (not the Observation itself); safe twice. */
void observation_clear(Observation *row);

/* Is every cell possible?  `now` bounds times: nothing before 1970 or more than
 * ten years ahead.  NULL when fine, else a newly allocated sentence that names
 * column, value seen and value wanted (never a stay id or any free text); free
 * it with g_free(). */
char *observation_complaint(const Observation *row, Instant now) G_GNUC_WARN_UNUSED_RESULT;
