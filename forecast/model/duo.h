/* duo.h -- one small piece of work done by two threads, if the second has nothing else to do.
 *
 * A forecast of a single window is over in a tenth of a millisecond: too short to start a
 * thread for it, too long to wait for when it is the only one.  So there is one helper for
 * the whole program.  Work is a list of tasks that say which others they need; whoever is
 * free takes the first that can be done.  Who does which is left to chance, so a task may
 * not depend on it.  Nobody waits for a task that was not begun: if the helper gets no
 * processor the caller does everything alone.
 *
 * Where several threads forecast side by side there is no free processor: a caller that is
 * not the only one of the last second gets no helper.  A helper without work
 * looks around for some 50 microseconds, and sleeps then.
 *
 * Threads  any; who comes second gets no helper.
 */
#pragma once
#include <glib.h>

/* What must be done before a task: two others (-1: none), which come before it in the list, and so many in all. */
typedef struct {
    int after[2];
    gsize all;
} DuoTask;

typedef void DuoDo(gpointer self, gsize task);

enum { DUO_TASKS = 256 }; /* at most */

/* Is a second thread free?  It is then the caller's until duo_run, which must follow. */
gboolean duo_take(void);

/* Do all tasks, with the second thread; returns when all are done.  A task must be possible as soon as those before it are done. */
void duo_run(const DuoTask *task, gsize tasks, DuoDo *perform, gpointer self);

/* FALSE: from now on nobody gets a helper.  TRUE is the default, where there are two processors. */
void duo_allow(gboolean allowed);
