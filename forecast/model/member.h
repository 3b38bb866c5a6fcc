/* member.h -- one row of functions per kind of forecaster.
 *
 * A Task says what is known and what is asked.  A member reads
 * series->value[0 .. origin-1] and covariates of any step, never a value at or
 * after the origin (a test perturbs those and looks for a change).
 *
 * Threads  members keep no state; one Task may be worked by one thread while
 *          another works the next.
 */
#pragma once
#include "forecast/model/outlook.h"
#include "forecast/series/calendar.h"

typedef struct {
    const Series *series;
    const Calendar *calendar;
    gsize origin;    /* index of the first step that is not known; values before it are */
    gsize horizon;   /* steps asked for, >= 1 */
    gsize season[2]; /* steps per season, shorter first; 0 = none. Hourly: 24, 168; daily: 7, 0; weekly: 52; monthly: 12 */
} Task;

typedef struct {
    const char *name;     /* "naive", "ets", "ridge": as in options, tables and reports */
    const char *sentence; /* what it is, for help and reports */
    /* Fill out[k] (made by the caller with the task's origin and horizon) for
     * each of the tasks.  MODEL_ERROR_SHORT: not enough history, the message
     * says how much is wanted; MODEL_ERROR_NUMERIC: no finite answer. */
    gboolean (*forecast)(const Task *task, gsize tasks, Outlook **out, GError **error);
} Member;

/* The classical members: naive, ets, ridge.  `classical_members` rows. */
extern const Member classical_member[];
extern const gsize classical_members;

/* The row with this name, or NULL. */
const Member *member_find(const char *name);

/* What every member does last: put the outlook in order.  FALSE with
 * MODEL_ERROR_NUMERIC, naming the series, when a figure is not finite. */
gboolean member_finish(const Task *task, Outlook *outlook, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#define MODEL_ERROR (model_error_quark())
GQuark model_error_quark(void);
typedef enum { MODEL_ERROR_SHORT, MODEL_ERROR_NUMERIC, MODEL_ERROR_FILE, MODEL_ERROR_MEMORY, MODEL_ERROR_STOPPED } ModelError;
