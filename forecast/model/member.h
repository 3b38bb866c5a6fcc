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
    gsize refit;     /* what is fitted for an earlier task may be used up to this many steps later, run over the
                        values in between; 0 = fit at every origin */
} Task;

/* What members fit alike of one series (fits.h). */
typedef struct Fits Fits;

/* Fill out[k] for tasks that share what is fitted on the values before the first
 * one's origin (member_shared).  `fits` is of just these values, or NULL. */
typedef gboolean (*MemberFit)(const Task *task, gsize tasks, Fits *fits, Outlook **out, GError **error);

typedef struct {
    const char *name;     /* "naive", "ets", "ridge": as in options, tables and reports */
    const char *sentence; /* what it is, for help and reports */
    /* Fill out[k] (made by the caller with the task's origin and horizon) for
     * each of the tasks.  MODEL_ERROR_SHORT: not enough history, the message
     * says how much is wanted; MODEL_ERROR_NUMERIC: no finite answer.  NULL for
     * a group member. */
    gboolean (*forecast)(const Task *task, gsize tasks, Outlook **out, GError **error);
    /* A group member learns from all series of a group at once.  One Task per
     * series, all of one horizon and at one civil date: series->start + origin is
     * the same in all of them, origin >= 1.  Series that begin at the date or later,
     * or that have ended before it, are left out.  Of every series only what lies
     * before the date may be read.  Fill out[k], or set complaint[k] (NULL at first,
     * errors as above) where that series alone has no answer; FALSE with *error
     * when none has.  One series alone is a group too.  NULL for other members. */
    gboolean (*forecast_group)(const Task *task, gsize tasks, Outlook **out, GError **complaint, GError **error);
    guint grains; /* it is made for, MEMBER_GRAIN() of each; 0 = all. Of others it always complains */
    MemberFit fit; /* what `forecast` does of tasks that share a fit; NULL: it shares nothing */
} Member;
#define MEMBER_GRAIN(grain) (1u << (grain))
gboolean member_serves(const Member *member, Grain grain);

/* The classical members.  `classical_members` rows. */
extern const Member classical_member[];
extern const gsize classical_members;

/* Ask any member; a group member is asked about each task alone, as a group of
 * one series (chorus.h asks it about all series together). */
gboolean member_forecast(const Member *member, const Task *task, gsize tasks, Outlook **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same of one series, for a panel that keeps its Fits (NULL: none): they
 * are used where a task begins at their end. */
gboolean member_forecast_with(const Member *member, const Task *task, gsize tasks, Fits *fits, Outlook **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What a member with a `fit` does: ask it about as many tasks at a time as may share. */
gboolean member_forecast_each(MemberFit fit, const Task *task, gsize tasks, Fits *fits, Outlook **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* How many of the first tasks may share what is fitted on the values before the
 * first one's origin: those of its series whose origins are not before it, rise,
 * and lie less than task->refit steps after it.  At least 1. */
gsize member_shared(const Task *task, gsize tasks);

/* The row with this name, or NULL. */
const Member *member_find(const char *name);

/* What every member does last: put the outlook in order.  FALSE with
 * MODEL_ERROR_NUMERIC, naming the series, when a figure is not finite. */
gboolean member_finish(const Task *task, Outlook *outlook, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#define MODEL_ERROR (model_error_quark())
GQuark model_error_quark(void);
typedef enum { MODEL_ERROR_SHORT, MODEL_ERROR_NUMERIC, MODEL_ERROR_FILE, MODEL_ERROR_MEMORY, MODEL_ERROR_STOPPED } ModelError;
