/* agenda.h -- what is to happen to whom, minute by minute.
 *
 * Things of the same minute come in the order in which they were planned; what
 * is planned for the minute at hand comes last in it.
 *
 * Units    minutes since 1970-01-01 UTC.
 * Threads  one owner.
 */
#pragma once
#include <glib.h>

typedef struct Agenda Agenda;

typedef struct {
    int what;       /* the owner's own kinds */
    gint64 patient;
    int stage;      /* of the patient when it was planned */
} AgendaEntry;

/* An empty agenda of the minutes [begin, end). */
Agenda *agenda_new(gint64 begin, gint64 end);
void agenda_free(Agenda *agenda);

/* Plan something; outside its minutes nothing happens. */
void agenda_plan(Agenda *agenda, gint64 at, AgendaEntry entry);

/* Take the next thing of a minute; FALSE when there is nothing left. */
gboolean agenda_take(Agenda *agenda, gint64 now, AgendaEntry *entry);
