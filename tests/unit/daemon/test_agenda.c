#include "daemon/demo/agenda.h"

static void assert_next(Agenda *agenda, gint64 now, int what, gint64 patient)
{
    AgendaEntry entry;
    g_assert_true(agenda_take(agenda, now, &entry));
    g_assert_cmpint(entry.what, ==, what);
    g_assert_cmpint(entry.patient, ==, patient);
}

static void a_minute_keeps_the_order_of_planning(void)
{
    AgendaEntry entry;
    Agenda *agenda = agenda_new(100, 110);
    agenda_plan(agenda, 103, (AgendaEntry){1, 7, 0});
    agenda_plan(agenda, 102, (AgendaEntry){2, 8, 0});
    agenda_plan(agenda, 103, (AgendaEntry){3, 9, 0});
    g_assert_false(agenda_take(agenda, 100, &entry));
    assert_next(agenda, 102, 2, 8);
    assert_next(agenda, 103, 1, 7);
    agenda_plan(agenda, 103, (AgendaEntry){4, 7, 1}); /* for the minute at hand: last in it */
    assert_next(agenda, 103, 3, 9);
    assert_next(agenda, 103, 4, 7);
    g_assert_false(agenda_take(agenda, 103, &entry));
    agenda_plan(agenda, 103, (AgendaEntry){5, 1, 0}); /* also when it was empty already */
    assert_next(agenda, 103, 5, 1);
    agenda_free(agenda);
}

static void outside_its_minutes_nothing_happens(void)
{
    AgendaEntry entry;
    Agenda *agenda = agenda_new(-5, 5);
    agenda_plan(agenda, -6, (AgendaEntry){1, 1, 0});
    agenda_plan(agenda, 5, (AgendaEntry){1, 1, 0});
    agenda_plan(agenda, 4, (AgendaEntry){2, 2, 0}); /* left over: freed with the agenda */
    for (gint64 now = -5; now < 4; now++)
        g_assert_false(agenda_take(agenda, now, &entry));
    agenda_free(agenda);
    agenda_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/agenda/a-minute-keeps-the-order-of-planning", a_minute_keeps_the_order_of_planning);
    g_test_add_func("/daemon/agenda/outside-its-minutes-nothing-happens", outside_its_minutes_nothing_happens);
    return g_test_run();
}
