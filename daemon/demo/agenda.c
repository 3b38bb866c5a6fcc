#include "daemon/demo/agenda.h"

typedef struct Item Item;
struct Item {
    AgendaEntry entry;
    Item *next;
};

typedef struct {
    Item *first, *last;
} Minute;

struct Agenda {
    gint64 begin, end;
    Minute *minute; /* [end - begin] */
};

Agenda *agenda_new(gint64 begin, gint64 end)
{
    Agenda *agenda = g_new0(Agenda, 1);
    *agenda = (Agenda){begin, end, g_new0(Minute, (gsize)(end - begin))};
    return agenda;
}

void agenda_free(Agenda *agenda)
{
    AgendaEntry entry;
    if (agenda == NULL)
        return;
    for (gint64 now = agenda->begin; now < agenda->end; now++)
        while (agenda_take(agenda, now, &entry))
            ;
    g_free(agenda->minute);
    g_free(agenda);
}

void agenda_plan(Agenda *agenda, gint64 at, AgendaEntry entry)
{
    if (at < agenda->begin || at >= agenda->end)
        return;
    Minute *minute = &agenda->minute[at - agenda->begin];
    Item *item = g_new(Item, 1);
    *item = (Item){entry, NULL};
    if (minute->first == NULL)
        minute->first = item;
    else
        minute->last->next = item;
    minute->last = item;
}

gboolean agenda_take(Agenda *agenda, gint64 now, AgendaEntry *entry)
{
    Minute *minute = &agenda->minute[now - agenda->begin];
    Item *item = minute->first;
    if (item == NULL)
        return FALSE;
    *entry = item->entry;
    minute->first = item->next;
    g_free(item);
    return TRUE;
}
