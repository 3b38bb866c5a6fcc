/* cutter.h -- a go-between that cuts a PostgreSQL connection at COMMIT.
 *
 * A Cutter listens on a Unix socket and passes everything on to a real server.
 * The next connection that sends COMMIT is cut, once, in the way asked for.
 *
 * Threads  its own; set and read from the test's.
 */
#pragma once
#include <glib.h>

typedef struct Cutter Cutter;

typedef enum {
    CUT_NOT,
    CUT_BEFORE,  /* COMMIT never reaches the server */
    CUT_SENT,    /* COMMIT is passed on and the line is cut at once */
    CUT_REPLY    /* the server's reply is waited for and swallowed */
} Cut;

/* Pass on to the server whose socket lies in `host`. */
Cutter *cutter_new(const char *host);
void cutter_free(Cutter *cutter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Cutter, cutter_free)

/* The folder to give as libpq's `host`; borrowed. */
const char *cutter_host(const Cutter *cutter);

void cutter_arm(Cutter *cutter, Cut cut);
/* How many connections were cut so far. */
int cutter_cuts(const Cutter *cutter);
