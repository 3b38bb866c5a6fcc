/* progress.h -- tell on a terminal how far long work has come, and in a log once per step.
 *
 * On a terminal one line is rewritten a few times a second; elsewhere a line is
 * printed when the kind of work changes.
 *
 * Threads  any one thread at a time.
 */
#pragma once
#include <glib.h>

typedef struct Progress Progress;

/* `what` is said in front of every line. */
Progress *progress_new(const char *what);
void progress_free(Progress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Progress, progress_free)

/* The step being done, its share 0..1 and a loss (NaN: none).  Always TRUE, so
 * that it serves as a callback that never stops the work. */
gboolean progress_tell(Progress *progress, const char *step, double share, double loss);

/* All done, with a sentence about the outcome. */
void progress_done(Progress *progress, const char *sentence);
