/* patience.h -- how long to leave a failing source alone.
 *
 * After each failure a source is asked half as often, from its normal interval
 * up to a limit, with jitter so that many sources do not come back at once;
 * after a success it is asked normally again.  Also says when to complain:
 * at the first failure, then at each doubling, and once when it is over.
 *
 * Units    seconds on the monotonic clock, passed in.
 * Threads  plain data, one owner.
 */
#pragma once
#include <glib.h>

typedef struct {
    double every_s, most_s; /* normal interval, longest one */
    guint failures;         /* in a row */
    double due_s;           /* when to ask next */
    guint64 seed;           /* of the jitter */
} Patience;

void patience_init(Patience *patience, double every_s, double most_s, guint64 seed);
gboolean patience_due(const Patience *patience, double now_s);
/* Note a result; TRUE when it is worth a line in the log. */
gboolean patience_success(Patience *patience, double now_s);
gboolean patience_failure(Patience *patience, double now_s);
